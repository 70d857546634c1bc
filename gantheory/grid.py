"""A dominating measure made finite: nodes x_i and weights w_i, with integral h dmu ~ sum w_i h(x_i).

Lebesgue measure gives quadrature weights, counting measure gives weights 1 (the discrete sums of a probability vector),
and the two together (``lebesgue + counting``) serve laws with a density and atoms. Arrays of densities with respect to
one such measure are what every functional takes with ``grid=``.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.errors import DomainError, NotNormalizedError, ResolutionWarning
from gantheory.estimate import Estimate
from gantheory.panels import real_array

__all__ = ["Grid", "as_grid"]

Array = Any
_EPS = float(np.finfo(float).eps)
_LARGEST_DEFECT = 0.01
# Jumps within k points of each other share differences of order k: a pulse of two points keeps this much of them.
_KEPT = {2: 1.0, 4: 0.75, 8: 0.546875, 16: 0.392761}


@dataclass(frozen=True, eq=False)
class Grid:
    """Nodes and weights of a measure on the line.

    Parameters
    ----------
    points : array (n,)
        Finite.
    weights : array (n,)
        >= 0.
    poorer : array (n,), optional
        A poorer rule on the same points: the difference between the two is the error of resolution. By default the
        weights themselves, which says that the sum *is* the integral, as for a counting measure.
    atomic : array of bool (n,), optional
        Where the density is a probability (with respect to counting measure). False by default.

    Examples
    --------
    >>> grid = Grid.from_points(np.linspace(-9, 9, 361))
    >>> print(grid.integrate(np.exp(-grid.points**2 / 2)))
    2.506628274631... ± ...e-15
    """

    points: Array
    weights: Array
    poorer: Array | None = None
    atomic: Array | None = None
    in_order: bool = False  # trapezoidal weights on sorted points: what a jump between two of them costs can be seen

    def __post_init__(self) -> None:
        points = _vector("points", self.points)
        weights = _vector("weights", self.weights)
        if (weights < 0).any():
            raise DomainError("weights of the grid must be >= 0; a measure has no negative mass.")
        poorer = weights if self.poorer is None else _vector("poorer", self.poorer)
        atomic = np.zeros(points.shape, bool) if self.atomic is None else np.asarray(self.atomic, bool)
        for name, array in (("weights", weights), ("poorer", poorer), ("atomic", atomic)):
            if array.shape != points.shape:
                raise DomainError(f"{name} of the grid has shape {array.shape}; it must be {points.shape}.")
        for name, array in (("points", points), ("weights", weights), ("poorer", poorer), ("atomic", atomic)):
            array = np.array(array)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def from_points(cls, x: Array) -> Grid:
        """The user's own sorted points, with trapezoidal weights; the error is that of every other point.

        Raises
        ------
        DomainError
            If x has fewer than 3 points, or is not strictly increasing and finite.
        """
        x = _vector("x", x)
        if len(x) < 3:
            raise DomainError(f"x has {len(x)} points; a grid needs at least 3. Use Grid.counting for probabilities.")
        if not (np.diff(x) > 0).all():
            where = int(np.argmin(np.diff(x) > 0))
            first, second = float(x[where]), float(x[where + 1])
            raise DomainError(
                f"x is not strictly increasing: x[{where}] = {first!r}, x[{where + 1}] = {second!r}. "
                "Sort it, with the densities alongside, and drop repeated points."
            )
        coarse = np.zeros_like(x)
        kept = np.unique(np.append(np.arange(0, len(x), 2), len(x) - 1))
        coarse[kept] = _trapezoid(x[kept])
        return cls(x, _trapezoid(x), coarse, None, True)

    @classmethod
    def counting(cls, points: Array) -> Grid:
        """Counting measure on some points: densities are probabilities. An int n means range(n)."""
        x = np.arange(points) if isinstance(points, (int, np.integer)) else points
        x = _vector("points", x)
        return cls(x, np.ones_like(x), None, np.ones(x.shape, bool))

    @classmethod
    def panels(cls, edges: Array, *, order: int = 16) -> Grid:
        """Gauss–Legendre nodes on each of the panels between sorted edges; the poorer rule drops every other node.

        Parameters
        ----------
        edges : array, strictly increasing
        order : int, default 16
            Nodes a panel, 2 to 64.
        """
        edges = _vector("edges", edges)
        if len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise DomainError("edges must be at least 2 strictly increasing numbers.")
        if not 2 <= order <= 64:
            raise DomainError(f"order is {order!r}; it must be between 2 and 64.")
        nodes, weights = np.polynomial.legendre.leggauss(int(order))
        half = 0.5 * np.diff(edges)[:, None]
        points = (0.5 * (edges[:-1] + edges[1:]))[:, None] + half * nodes
        return cls(points.ravel(), (half * weights).ravel(), (half * _every_other(nodes)).ravel())

    def __add__(self, other: Grid) -> Grid:
        """Both measures together, for laws with a density and atoms."""
        if not isinstance(other, Grid):
            return NotImplemented
        names = ("points", "weights", "poorer", "atomic")
        points, weights, poorer, atomic = (np.concatenate([getattr(self, n), getattr(other, n)]) for n in names)
        return Grid(points, weights, poorer, atomic)

    def integrate(self, values: Array) -> Estimate:
        """Integral of values (..., n) over the last axis: an Estimate of shape (...), basis "estimate"."""
        values = self.checked("values", values)
        if np.isinf(values).any():
            raise DomainError("values hold inf; integrate a finite function, or keep the pole off the grid.")
        rounding = 4 * _EPS * (np.abs(values) @ self.weights)
        return Estimate(values @ self.weights, self.resolution(values) + rounding, "estimate")

    def resolution(self, values: Array) -> Array:
        """What the sum of values (..., n) may be wrong by: the poorer rule's distance, and half of every jump's cell.

        The two rules agree where a jump up and a jump down lie alike between the points. Differences of an even order
        k, divided by 2**k, add up to half of a jump whatever k is, and to nearly nothing for a function that the grid
        resolves: the order that makes the least of them is taken.
        """
        apart = np.abs(values @ self.weights - values @ self.poorer)
        if not self.in_order:
            return apart
        sums = []
        for order, kept in _KEPT.items():
            half = order // 2
            padded = np.concatenate(
                [np.repeat(values[..., :1], half, -1), values, np.repeat(values[..., -1:], half, -1)], axis=-1
            )
            sums.append(np.abs(np.diff(padded, order, axis=-1)) @ self.weights / (kept * 2.0**order))
        return np.maximum(apart, np.minimum.reduce(sums))

    def normalize(self, values: Array) -> Array:
        """Densities (..., n) divided by their own mass on this grid.

        Raises
        ------
        NotNormalizedError
            If a mass is 0 or not finite.
        """
        values = self.densities("values", values)
        mass = values @ self.weights
        if not ((mass > 0) & np.isfinite(mass)).all():
            raise NotNormalizedError(f"values have mass {mass!r} on the grid; only a mass above 0 can be normalised.")
        return values / np.asarray(mass)[..., None]

    # -- what arrays must be ----------------------------------------

    def checked(self, name: str, values: Array) -> np.ndarray:
        """An array (..., n) of numbers."""
        try:
            array = real_array(values)
        except (TypeError, ValueError):
            raise DomainError(f"{name} is {values!r}; it must be an array of real numbers.") from None
        if array.ndim == 0 or array.shape[-1] != len(self.points):
            raise DomainError(
                f"{name} has shape {array.shape}; its last axis must have the grid's {len(self.points)} points."
            )
        if np.isnan(array).any():
            raise DomainError(f"{name} holds nan; a density is a number everywhere. Drop those points from the grid.")
        return array

    def densities(self, name: str, values: Array) -> np.ndarray:
        """An array (..., n) of densities: finite and >= 0."""
        array = self.checked(name, values)
        if (array < 0).any():
            raise DomainError(
                f"{name} holds {float(array.min())!r}; a density is >= 0. Is it a log-density? Then take exp."
            )
        if np.isinf(array).any():
            raise DomainError(f"{name} holds inf; leave the pole out of the grid, or use a law instead of an array.")
        return array

    def mass_defect(self, name: str, values: np.ndarray) -> np.ndarray:
        """|mass - 1| of each density, refused above 1 %; warns where the grid does not resolve it."""
        mass = values @ self.weights
        defect = np.abs(mass - 1.0)
        if (defect > _LARGEST_DEFECT).any():
            worst = float(np.ravel(mass)[np.argmax(np.ravel(defect))])
            raise NotNormalizedError(
                f"{name} has mass {worst:.6g} on the grid; a density has mass 1 (to within {_LARGEST_DEFECT:.0%}). "
                f"Use grid.normalize({name}), or a grid that covers and resolves it."
            )
        apart = np.abs(mass - values @ self.poorer)
        if (apart > _LARGEST_DEFECT).any():
            warnings.warn(
                f"the grid is too coarse for {name}: half of its points give a mass {float(np.max(apart)):.2g} away. "
                "The reported error says what the numbers are worth; a finer grid makes it smaller.",
                ResolutionWarning,
                stacklevel=4,
            )
        return defect


def as_grid(grid: Grid | Array) -> Grid:
    """A Grid as it is; an array of points by the trapezoidal rule."""
    return grid if isinstance(grid, Grid) else Grid.from_points(grid)


def _vector(name: str, values: Array) -> np.ndarray:
    try:
        array = real_array(values)
    except (TypeError, ValueError):
        raise DomainError(f"{name} of the grid is {values!r}; it must be an array of real numbers.") from None
    if array.ndim != 1 or not array.size:
        raise DomainError(f"{name} of the grid has shape {array.shape}; it must be one-dimensional and not empty.")
    if not np.isfinite(array).all():
        raise DomainError(f"{name} of the grid must be finite numbers; nan or inf is not.")
    return array


def _trapezoid(x: np.ndarray) -> np.ndarray:
    weights = np.zeros_like(x)
    weights[:-1] += 0.5 * np.diff(x)
    weights[1:] += 0.5 * np.diff(x)
    return weights


def _every_other(nodes: np.ndarray) -> np.ndarray:
    """Weights on every other node that integrate the polynomials they can."""
    kept = nodes[::2]
    powers = np.polynomial.legendre.legvander(kept, len(kept) - 1).T
    moments = np.zeros(len(kept))
    moments[0] = 2.0
    weights = np.zeros_like(nodes)
    weights[::2] = np.linalg.solve(powers, moments)
    return weights
