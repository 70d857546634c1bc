"""Laws given in pieces: a density that is linear between tabulated points, and one that is constant on cells.

Both are laws like any other: their pieces are exact, every point of the table is a kink or a jump that the panels
respect, and cdf and ppf are closed forms.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gantheory.densities.half_line import end_ladder
from gantheory.densities.protocol import BOUNDED, Law, Tail, _shaped, merged, probabilities
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.estimate import Basis
from gantheory.grid import Grid
from gantheory.panels import Edges, Points

__all__ = ["Pieces", "Tabulated"]

Array = Any
_LARGEST_DEFECT = 0.01


class Pieces(Law):
    """A density that is linear on each of the cells between knots, from `left` to `right`; it may jump at a knot."""

    basis: ClassVar[Basis] = "estimate"

    def __init__(self, knots: Array, left: Array, right: Array) -> None:
        masses = 0.5 * np.diff(knots) * (np.asarray(left) + right)
        total = math.fsum(masses)
        held = np.flatnonzero(masses > 0)
        keep = slice(int(held[0]), int(held[-1]) + 1)  # cells without mass at either end are no part of the support
        pieces = (knots[keep.start : keep.stop + 1], left[keep] / total, right[keep] / total, masses[keep] / total)
        for name, values in zip(("knots", "left", "right", "masses"), pieces, strict=True):
            values = np.array(values, dtype=float)
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    knots: np.ndarray
    left: np.ndarray
    right: np.ndarray
    masses: np.ndarray

    @cached_property
    def _cumulated(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass up to each knot, and beyond it."""
        zero = [0.0]
        return np.concatenate([zero, np.cumsum(self.masses)]), np.concatenate(
            [np.cumsum(self.masses[::-1])[::-1], zero]
        )

    def _located(self, points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The cell of each point, its distances from both ends of it, and whether it lies in the support."""
        anchor, offset = np.broadcast_arrays(np.asarray(points.anchor, float), np.asarray(points.offset, float))
        knots = self.knots
        x = anchor + offset
        index = np.searchsorted(knots, x, side="right") - 1
        # rounded onto a knot from its left: the offset says so
        index = index - ((x == anchor) & (offset < 0) & (knots[np.clip(index, 0, len(knots) - 1)] == x))
        index = np.where(x == knots[-1], len(knots) - 2, index)
        inside = (index >= 0) & (index < len(knots) - 1)
        index = np.clip(index, 0, len(knots) - 2)
        width = knots[index + 1] - knots[index]
        from_left = np.clip((anchor - knots[index]) + offset, 0.0, width)
        to_right = np.clip((knots[index + 1] - anchor) - offset, 0.0, width)
        return index, from_left, to_right, inside

    def logpdf_at(self, points: Points) -> Array:
        index, from_left, to_right, inside = self._located(points)
        width = from_left + to_right
        density = (self.left[index] * to_right + self.right[index] * from_left) / width
        with np.errstate(divide="ignore"):
            return np.where(inside, np.log(np.where(inside, density, 0.0)), -np.inf)

    def cdf_at(self, points: Points) -> Array:
        index, from_left, _, inside = self._located(points)
        slope = (self.right[index] - self.left[index]) / np.diff(self.knots)[index]
        part = from_left * (self.left[index] + 0.5 * slope * from_left)
        outside = np.where(points.x < self.knots[0], 0.0, 1.0)
        return np.where(inside, np.minimum(self._cumulated[0][index] + part, 1.0), outside)

    def sf_at(self, points: Points) -> Array:
        index, _, to_right, inside = self._located(points)
        slope = (self.right[index] - self.left[index]) / np.diff(self.knots)[index]
        part = to_right * (self.right[index] - 0.5 * slope * to_right)
        outside = np.where(points.x < self.knots[0], 1.0, 0.0)
        return np.where(inside, np.minimum(self._cumulated[1][index + 1] + part, 1.0), outside)

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        below = self._cumulated[0]
        index = np.clip(np.searchsorted(below, u, side="left") - 1, 0, len(self.masses) - 1)
        mass = np.clip(u - below[index], 0.0, self.masses[index])
        left, width = self.left[index], np.diff(self.knots)[index]
        slope = (self.right[index] - left) / width
        # the root of mass = left d + slope d**2 / 2 that does not cancel
        root = np.sqrt(np.maximum(left * left + 2.0 * slope * mass, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(mass > 0, 2.0 * mass / (left + root), 0.0)
        inside = np.minimum(self.knots[index] + step, self.knots[index + 1])
        return _shaped(np.where(u == 1, self.knots[-1], inside))

    def support(self) -> tuple[float, float]:
        return float(self.knots[0]), float(self.knots[-1])

    def intervals(self) -> np.ndarray:
        held = self.masses > 0
        return merged(np.stack([self.knots[:-1][held], self.knots[1:][held]], axis=1))

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, BOUNDED

    @cached_property
    def log_rounding(self) -> float:  # type: ignore[override]
        positive = np.concatenate([self.left[self.left > 0], self.right[self.right > 0]])
        return 8.0 + float(np.abs(np.log(positive)).min(initial=math.inf))

    @cached_property
    def edges(self) -> Edges:
        """Every knot; and where the density rises from 0, a ladder, for its logarithm has a pole there."""
        width = np.diff(self.knots)
        edges = [Edges.at(self.knots.tolist())]
        for end, is_zero, sign in (
            (0, (self.left == 0) & (self.right > 0), 1),
            (1, (self.right == 0) & (self.left > 0), -1),
        ):
            for i in np.flatnonzero(is_zero):
                knot = float(self.knots[i + end])
                edges.append(Edges.at([], knot, sign * end_ladder(2.0, 0.25 * float(width[i]))))
        return Edges.union(edges)


class Tabulated(Pieces):
    """A density tabulated on points, and linear between them.

    Parameters
    ----------
    grid : Grid or array of float
        Strictly increasing points. A counting grid belongs to `Discrete`.
    pdf : array of float
        Densities there, finite and >= 0. Their broken line must have mass 1 to within 1 %; the law is the line
        divided by its mass, and `mass_error` says what the mass was short of 1, or above: it enters every error.

    Raises
    ------
    NotNormalizedError
        If the mass is more than 1 % away from 1.
    DomainError
        If the points are not increasing, or the densities are negative, infinite or nan.

    Notes
    -----
    The error of a number is that of the broken line, not of the function that was tabulated: between the points nothing
    is known of it. The basis is therefore "estimate".

    Examples
    --------
    >>> triangle = Tabulated([0, 1, 2], [0, 1, 0])
    >>> float(triangle.cdf(0.5)), float(triangle.ppf(0.125))
    (0.125, 0.5)

    A law cut off at 2.5 standard deviations lacks 1.2 % of its mass; say that it is meant:

    >>> x = np.linspace(-2.5, 2.5, 201)
    >>> density = np.exp(-x**2 / 2) / np.sqrt(2 * np.pi)
    >>> Tabulated(x, density)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gantheory.errors.NotNormalizedError: pdf of Tabulated has mass 0.98757...
    >>> Tabulated(x, Grid.from_points(x).normalize(density)).mass_error < 1e-12
    True
    """

    grid: Grid
    pdf_values: np.ndarray
    mass_error: float

    def __init__(self, grid: Grid | Array, pdf: Array) -> None:
        points = _points(grid)
        lebesgue = Grid.from_points(points)
        values = lebesgue.densities("pdf of Tabulated", pdf)
        if values.ndim != 1:
            raise DomainError(
                f"pdf of Tabulated has shape {values.shape}; it must be one-dimensional: one law at a time."
            )
        mass = math.fsum(lebesgue.weights * values)
        if not abs(mass - 1.0) <= _LARGEST_DEFECT:
            raise NotNormalizedError(
                f"pdf of Tabulated has mass {mass:.9g} on the grid; it must be 1 to within {_LARGEST_DEFECT:.0%}. "
                "Use grid.normalize(pdf), or a grid that covers and resolves it."
            )
        super().__init__(points, values[:-1], values[1:])
        object.__setattr__(self, "grid", lebesgue)
        object.__setattr__(self, "pdf_values", _read_only(values))
        object.__setattr__(self, "mass_error", abs(mass - 1.0))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} of Tabulated cannot be set: a law does not change. Make a new one.")

    def _identity(self) -> tuple[bytes, bytes]:
        return self.grid.points.tobytes(), self.pdf_values.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Tabulated) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Any, ...]:
        return Tabulated, (np.array(self.grid.points), np.array(self.pdf_values))

    def __repr__(self) -> str:
        low, high = self.grid.points[[0, -1]].tolist()
        return f"Tabulated({len(self.grid)} points from {low!r} to {high!r})"


def _points(grid: Grid | Array) -> np.ndarray:
    if not isinstance(grid, Grid):
        return Grid.from_points(grid).points
    if grid.atomic is not None and np.any(grid.atomic):
        raise DomainError(
            "grid of Tabulated has points of counting measure; densities there are probabilities. "
            "Use Discrete(points, probabilities), and a Mixture with it for a law with atoms."
        )
    return Grid.from_points(grid.points).points


def _read_only(values: Array) -> np.ndarray:
    values = np.array(values, dtype=float)
    values.setflags(write=False)
    return values
