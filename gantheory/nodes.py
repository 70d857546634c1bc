r"""A pair of laws at the nodes of one quadrature, on which a whole path of laws is followed.

A functional of one pair finds its own panels; a path :math:`q_0, q_1, \dots` from one law to another is followed on
the nodes of both, cut again until every integrand of the path is resolved. Atoms are counting nodes, and arrays bring
their own grid: all three are one dominating measure (weights at points), and what a sum misses is reported with it.

Pointwise, everything is a function of r = log p − log q, written so that it keeps its *relative* accuracy as r → 0:

.. math:: \operatorname{softplus}(r) - \log 2 = \tfrac r2 + \log\cosh\tfrac r2, \qquad
          \varphi(\tanh\tfrac r2) = \tfrac r2\tanh\tfrac r2 - \log\cosh\tfrac r2
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.expectation import together_on_grid
from gantheory.grid import Grid, as_grid
from gantheory.latent import is_latent
from gantheory.panels import EPS, KRONROD, Panels, Points, panels_of
from gantheory.quadrature import resolution_of
from gantheory.ratio import At, atoms_at, from_densities, pair_at

__all__ = ["Nodes", "Sum", "half_phi", "halved", "nodes_of", "relative_softplus", "rest_of"]

Array = Any
_NODES_PER_PANEL = len(KRONROD)
_MOST_PANELS = 4_000
_PLAIN_ROUNDS = 3
_SMALLEST_OFFSET = 1e-280
_MOST_CUTS, _NEXT_TO_NOTHING = 60, 1e-40
LOG_2 = math.log(2.0)


# -- functions of r ----------------------------------------


def relative_softplus(r: Array) -> Array:
    """log(1 + e**r) - log 2: near r/2 for small r, to a relative error of a few eps."""
    small = np.log1p(0.5 * np.expm1(np.minimum(r, 1.0)))
    return np.where(r > 1.0, r + (np.log1p(np.exp(-np.maximum(r, 0.0))) - LOG_2), small)


def halved(r: Array) -> Array:
    """log p - log m for m = (p + q)/2: near r/2 for small r, log 2 where q vanishes."""
    return -relative_softplus(-r)


def half_phi(r: Array) -> Array:
    """½ φ(tanh(r/2)), whose mean under p plus that under q is the Jensen–Shannon divergence."""
    size = np.minimum(np.abs(r), 800.0)
    w = np.exp(-size)
    y = 0.5 * size
    near = y * np.tanh(y) - np.log1p(2.0 * np.sinh(0.5 * np.minimum(y, 1.0)) ** 2)  # of y² and y²/2
    far = LOG_2 - np.log1p(w) - size * w / (1.0 + w)
    return 0.5 * np.where(size < 1.5, near, far)


def rest_of(r: Array) -> Array:
    """1 − tanh²(r/2) = 4 σ(r) σ(−r)."""
    w = np.exp(-np.abs(r))
    return 4.0 * w / ((1.0 + w) * (1.0 + w))


# -- the nodes ----------------------------------------


@dataclass(frozen=True, slots=True)
class Sum:
    """Sums over the nodes, of shape (seeds,), what they may be wrong by, and what each panel adds to that."""

    value: np.ndarray
    error: np.ndarray
    of_panels: np.ndarray


@dataclass(frozen=True)
class Nodes:
    """A pair at the nodes of one quadrature: `at` holds arrays of shape (seeds, nodes), `weights` those of the sums.

    The nodes of the panels come first, those of one after the other, then the atoms. `missing` is the mass of both
    laws that no node stands for, `defect` what their own masses may be wrong by.
    """

    p: Any
    q: Any
    at: At
    weights: np.ndarray
    basis: Basis
    cells: Panels | None = None
    grid: Grid | None = None
    missing: float = 0.0
    defect: Array = 0.0
    scale: float = 1.0

    @property
    def seeds(self) -> int:
        return self.at.r.shape[0]

    def sum(self, values: Array, noise: Array) -> Sum:
        """The integral of values (seeds, nodes), densities with respect to the dominating measure."""
        values = np.where(self.weights > 0, values, 0.0)
        with np.errstate(invalid="ignore"):
            weighed = values * self.weights
            total = weighed.sum(axis=-1)
        rounding = noise @ self.weights + 4 * EPS * np.abs(weighed).sum(axis=-1)
        if not np.isfinite(total).all():
            return self._infinite(values, total, rounding)
        of_panels = self._resolution(values)
        return Sum(total, rounding + of_panels.sum(axis=-1), of_panels)

    def _resolution(self, values: np.ndarray) -> np.ndarray:
        if self.grid is not None:
            return self.grid.resolution(values)[:, None]
        k = self.panels
        if not k:
            return np.zeros((len(values), 1))
        factor = (self.weights[: k * _NODES_PER_PANEL].reshape(k, -1)) / KRONROD
        of_panels = values[:, : k * _NODES_PER_PANEL].reshape(-1, k, _NODES_PER_PANEL) * factor
        return resolution_of(of_panels.reshape(-1, _NODES_PER_PANEL)).reshape(-1, k)

    def _infinite(self, values: np.ndarray, total: np.ndarray, rounding: np.ndarray) -> Sum:
        """+inf is a value of a KL; nothing else of a path is infinite."""
        total = np.where(np.isposinf(values).any(axis=-1), np.inf, total)
        return Sum(total, np.where(np.isinf(total), 0.0, rounding), np.zeros((len(values), max(self.panels, 1))))

    @property
    def panels(self) -> int:
        return 0 if self.cells is None else len(self.cells)

    def ends(self) -> np.ndarray:
        """The panels' ends and the atoms in x, increasing: between two of them lie whole panels and atoms."""
        atoms = np.concatenate([self.p.atoms()[0], self.q.atoms()[0]])
        found = np.unique(np.concatenate([self._panel_ends().ravel(), atoms]))
        apart = np.append(True, np.diff(found) > 8 * EPS * np.abs(found[1:]))
        return found[apart | np.isin(found, atoms)]

    def _panel_ends(self) -> np.ndarray:
        if self.cells is None:
            return np.zeros((0, 2))
        return self.cells.points(np.stack([self.cells.a, self.cells.b], axis=1))[0].x

    def masses(self, density: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """Masses of (edges[i], edges[i + 1]] for edges among `ends`, from densities (seeds, nodes)."""
        k = self.panels
        weighed = density * self.weights
        of_panels = weighed[:, : k * _NODES_PER_PANEL].reshape(len(density), k, _NODES_PER_PANEL).sum(axis=-1)
        # by its middle: ends that are one place may round an ulp apart
        x = np.concatenate([self._panel_ends() @ np.array([0.5, 0.5]), self.at.points.x[k * _NODES_PER_PANEL :]])
        cell = np.clip(np.searchsorted(edges, x, side="left") - 1, 0, len(edges) - 2)
        found = np.zeros((len(density), len(edges) - 1))
        for masses, total in zip(np.concatenate([of_panels, weighed[:, k * _NODES_PER_PANEL :]], axis=1), found):
            np.add.at(total, cell, masses)
        return found

    # -- finer ----------------------------------------

    def refined(self, bad: np.ndarray, round_: int) -> Nodes | None:
        """The same with these panels halved; None where they are as fine as they may be."""
        if self.cells is None:
            return None
        middle = 0.5 * (self.cells.a + self.cells.b)
        bad = bad & (middle > self.cells.a) & (middle < self.cells.b)
        if not bad.any() or len(self.cells) + bad.sum() > _MOST_PANELS:
            return None
        some = self.cells.take(bad)
        finer = some.halves() if round_ < _PLAIN_ROUNDS else some.finer()
        return self.on(Panels.joined([self.cells.take(~bad), finer]))

    def on(self, cells: Panels) -> Nodes:
        """The same pair on other panels."""
        at, weights = _at_nodes(self.p, self.q, cells)
        return replace(self, at=at, weights=weights, cells=cells, missing=_unseen(self.p, self.q, cells))


def nodes_of(p: Any, q: Any, grid: Any = None) -> Nodes:
    """The nodes of a pair of laws, or of arrays on a grid.

    Arrays are divided by their masses on the grid, so that they are laws there; what they lacked is the defect.
    """
    if grid is not None:
        return _of_arrays(p, q, as_grid(grid))
    p, q = as_density(p), as_density(q)
    for name, law in (("p_data", p), ("p_g", q)):
        if is_latent(law):
            raise DomainError(
                f"{name} is {law}, a law of G(z), which lives in z; a path of laws is followed on nodes in x. Give a "
                "named law, or arrays of the densities with grid=."
            )
    held = [law for law in (p, q) if law.continuous_mass > 0]
    cells = _near_poles(p, q, panels_of(*(law.measure().edges for law in held))[1]) if held else None
    at, weights = _at_nodes(p, q, cells)
    basis: Basis = "estimate" if "estimate" in (p.basis, q.basis) else "bound"
    defect = sum(getattr(law, "mass_error", 0.0) for law in (p, q))
    missing = 0.0 if cells is None else _unseen(p, q, cells)
    return Nodes(p, q, at, weights, basis, cells, None, missing, defect)


def _at_nodes(p: Any, q: Any, cells: Panels | None) -> tuple[At, np.ndarray]:
    """The pair at the panels' nodes and at the atoms, flattened, and the weights."""
    parts: list[tuple[At, np.ndarray]] = []
    with np.errstate(all="ignore"):
        if cells is not None:
            points, factor = cells.nodes()
            parts.append((pair_at(p, q)(points), factor * KRONROD))
        locations = np.union1d(p.atoms()[0], q.atoms()[0])
        if len(locations):
            parts.append((atoms_at(p, q)(Points.at(locations, atomic=True)), np.ones(len(locations))))
    names = ("log_p", "log_q", "r", "rounding_p", "rounding_q", "rounding_r")

    parts = [(_without_nothing(at, p == q), w) for at, w in parts]

    def joined(name: str) -> np.ndarray:
        return np.concatenate([np.ravel(np.broadcast_to(getattr(at, name), w.shape)) for at, w in parts])[None]

    x = [np.broadcast_arrays(at.points.anchor, at.points.offset) for at, _ in parts]
    anchor, offset = (np.concatenate([np.ravel(pair[i]) for pair in x]) for i in (0, 1))
    return At(Points(anchor, offset), *map(joined, names)), np.concatenate([np.ravel(w) for _, w in parts])


def _without_nothing(at: At, equal: bool) -> At:
    """No rounding where a density is 0 or r infinite; nor where the laws are one, and r is 0 as it stands."""
    return replace(
        at,
        rounding_p=np.where(np.isneginf(at.log_p), 0.0, at.rounding_p),
        rounding_q=np.where(np.isneginf(at.log_q), 0.0, at.rounding_q),
        rounding_r=np.where(np.isfinite(at.r) & (not equal), at.rounding_r, 0.0),
    )


def _unseen(p: Any, q: Any, cells: Panels) -> float:
    """Mass of both beyond the last panels, and between each pole and the end of the panel beside it."""
    ends = cells.points(np.stack([cells.a, cells.b], axis=1))[0]
    anchor, offset = (np.ravel(part) for part in np.broadcast_arrays(ends.anchor, ends.offset))
    # beside a pole many ends round to one x: their offsets tell them apart
    outermost = np.lexsort((offset, np.ravel(ends.x)))[[0, -1]]
    outer = Points(anchor[outermost], offset[outermost])
    held = [law for law in (p, q) if law.continuous_mass > 0]
    with np.errstate(all="ignore"):
        beyond = sum(float(np.ravel(law.cdf_at(outer))[0] + np.ravel(law.sf_at(outer))[1]) for law in held)
        return beyond + sum(_mass_beside(law, pole, cells) for law in held for pole in law.poles())


def _beside(cells: Panels, pole: Any) -> np.ndarray:
    """Whether a panel ends on the pole, on its side."""
    return (cells.scale == 0) & (cells.anchor == pole.location) & ((cells.a if pole.side > 0 else cells.b) == 0)


def _mass_beside(law: Any, pole: Any, cells: Panels) -> float:
    total = 0.0
    for end in (cells.b if pole.side > 0 else cells.a)[_beside(cells, pole)]:
        two = Points(np.full(2, pole.location), np.array([0.0, end]))
        below, above = law.cdf_at(two), law.sf_at(two)
        smaller = below if below[1] < above[1] else above  # the other tail rounds to 1
        total += float(abs(smaller[1] - smaller[0]))
    return total


def _near_poles(p: Any, q: Any, cells: Panels) -> Panels | None:
    """Panels beside poles cut until next to nothing lies in the last of them."""
    for pole in (pole for law in (p, q) for pole in law.poles()):
        for _ in range(_MOST_CUTS):
            if max(_mass_beside(law, pole, cells) for law in (p, q)) < _NEXT_TO_NOTHING:
                break
            beside = _beside(cells, pole)
            if np.abs(np.where(pole.side > 0, cells.b, cells.a)[beside]).min(initial=1.0) < _SMALLEST_OFFSET:
                break
            cells = Panels.joined([cells.take(~beside), cells.take(beside).finer()])
    return cells if len(cells) else None


def _of_arrays(p: Any, q: Any, grid: Grid) -> Nodes:
    p, q = together_on_grid(p, q, grid)
    if p.ndim > 2:
        raise DomainError(f"p_data and p_g have shape {p.shape}; give one pair (n,), or a batch of them (seeds, n).")
    defect = grid.mass_defect("p_data", p) + grid.mass_defect("p_g", q)
    p, q = (np.atleast_2d(grid.normalize(law)) for law in (p, q))
    with np.errstate(all="ignore"):
        at = from_densities(Points.at(grid.points), p, q)
    return Nodes(p, q, at, np.asarray(grid.weights), "estimate", None, grid, 0.0, np.atleast_1d(defect))
