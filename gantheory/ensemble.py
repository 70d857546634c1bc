r"""The laws of an ensemble of generators, G_i(z) with one prior for all, and quantities of all of them in one sweep.

.. math:: p_{g,i}(x) = \sum_{z:\ G_i(z) = x} \frac{p_z(z)}{|G_i'(z)|}

The line is cut, for each generator, at its critical values, at the values of its pieces' ends, and where p_data wants
panels to end; on a panel a fixed set of pieces has values, each known by its expansion. The panel at a critical value
that has a pole is integrated in the logarithm of the distance from it. Quantities whose integrand is at most
(p_data + p_g) log 2, such as the criterion, lose no more than that on what is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.expansions import Expansions, expansions_of
from gantheory.generators import as_generator
from gantheory.integrals import Functional, weighted
from gantheory.mlp import MLP
from gantheory.panels import EPS, KRONROD, Edges, Panels, Points, panels
from gantheory.pushforward import Pushforward
from gantheory.quadrature import by_rows, resolution_of
from gantheory.ratio import LARGEST, LARGEST_LOG, At, from_densities

__all__ = ["LEFT_OUT", "Ensemble", "OwnedPoints", "Sweep", "outermost", "prior_mass"]

Array = Any
LEFT_OUT = 1e-18  # mass of the prior beyond the outermost ends
_GROWTH = np.full(63, 1.1)  # of the steps from the median to an end
_ENDS = 24
_DECADES = (0.0, -8.0, -24.0, -60.0, -140.0)  # logarithms of the distance from a peak, in shares of the panel
_FLAT = 32 * EPS  # of the largest |G|, the rise of a piece that is its rounding
_CONTRADICTS = 1e-7  # of a rise, how far a derivative may be off it
_FAULTY = 1e-11  # of what a piece rises, what its expansion may be off by
_ROUNDS = 30
_MOST_PANELS = 4096  # of one member to be halved at once: more are noise, as of a D whose x are rounded


class Ensemble(Sequence[Pushforward]):
    """The laws of an ensemble of generators, one beside the other.

    Parameters
    ----------
    generators : MLP with an ensemble axis, or a sequence of what `Pushforward` accepts
    prior : Density or anything `as_density` accepts, default the standard normal law
        The law of z, the same for all.

    Notes
    -----
    `criterion`, `js_divergence` and `total_variation` take an ensemble for their second law and return arrays, one
    number a generator. One member is a `Pushforward`, built when it is asked for.

    Examples
    --------
    >>> from gantheory import criterion
    >>> p_g = Ensemble(["z", "2*z", "z**2"])
    >>> print(criterion("norm(0, 1)", p_g).value.round(6))
    [-1.386294 -1.200828 -0.855783]
    >>> print(p_g[2].critical_points)
    [0.]
    """

    def __init__(self, generators: Any, prior: Any = "norm(0, 1)") -> None:
        if isinstance(generators, MLP) and len(generators.shape) != 1:
            raise DomainError(f"generators is a network of shape {generators.shape}; an ensemble has one axis, (n,).")
        if isinstance(generators, str) or not hasattr(generators, "__len__") or not len(generators):
            raise DomainError(f"generators is {generators!r}; it must be an ensemble, or a sequence of generators.")
        self.generators = tuple(as_generator(generators[i]) for i in range(len(generators)))
        self.prior: Any = as_density(prior)
        self._members: dict[int, Pushforward] = {}
        self._last: Sweep | None = None

    def __len__(self) -> int:
        return len(self.generators)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = range(len(self))[index]
        if i not in self._members:
            self._members[i] = Pushforward(self.generators[i], self.prior)
        return self._members[i]

    def __iter__(self) -> Iterator[Pushforward]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Ensemble of {len(self)} generators of {self.prior}"

    # -- in one sweep ----------------------------------------

    @cached_property
    def _ends(self) -> np.ndarray:
        """Where the prior is cut to begin with."""
        low, high = (outermost(self.prior, side) for side in (-1, 1))
        own = self.prior.breakpoints()
        return np.unique(np.concatenate([np.linspace(low, high, _ENDS), own[(own > low) & (own < high)]]))

    @cached_property
    def expansions(self) -> Expansions:
        """Every monotone piece of every generator."""
        return expansions_of(self.generators, self._ends)

    @cached_property
    def is_smooth(self) -> bool:
        """Whether every generator is known by expansions: no piecewise linear one, and a prior of light tails."""
        prior = self.prior
        light = prior.in_x and prior.continuous_mass == 1 and not prior.poles() and not prior.rounds_x
        light = light and all(tail.kind in ("bounded", "exponential") for tail in prior.tails())
        return light and all(generator.pieces is None for generator in self.generators)

    def in_one_sweep(self, p: Any) -> bool:
        """Whether quantities of all members against p can be had in one sweep."""
        return p.in_x and not p.rounds_x and self.is_known

    @cached_property
    def is_known(self) -> bool:
        """Whether the expansions of every generator come to an end; if not, members are taken one by one."""
        try:
            return self.is_smooth and len(self.expansions) > 0
        except ConvergenceError:
            return False

    @cached_property
    def contradicted(self) -> np.ndarray:
        """Members that do not rise by what their derivatives say, (n,): G jumps, or has a kink, inside a piece."""
        rows, scale = self.expansions, np.zeros(len(self))
        np.maximum.at(scale, rows.owner, np.maximum(np.abs(rows.x), np.abs(rows.beyond)))
        said, seen = rows.top**rows.order, np.abs(rows.beyond - rows.x)
        off = np.abs(said - seen) > _CONTRADICTS * np.maximum(said, seen) + 1e-11 * scale[rows.owner]
        return np.isin(np.arange(len(self)), rows.owner[off])

    def sweep(self, p: Any) -> Sweep:
        """A law and all members at the nodes of their panels; that of the last law is kept for its other quantities."""
        if self._last is None or self._last.p != p:
            self._last = Sweep(p, self)
        return self._last

    @cached_property
    def faulty(self) -> np.ndarray:
        """Members with a critical point of a higher order, which no expansion has, or a jump, (n,)."""
        rows = self.expansions
        short = rows.fault * rows.width > _FAULTY * rows.top**rows.order
        return np.isin(np.arange(len(self)), rows.owner[short]) | self.contradicted

    def halves(self) -> list[Ensemble]:
        """Its first members and its last."""
        middle = len(self) // 2
        return [Ensemble(part, self.prior) for part in (self.generators[:middle], self.generators[middle:])]


def prior_mass(prior: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The prior's mass between numbers, from the smaller of the two tails."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    below = prior.cdf(low)
    return np.where(below < 0.5, prior.cdf(high) - below, prior.sf(low) - prior.sf(high))


def outermost(prior: Any, side: int, least: float = LEFT_OUT) -> float:
    """An end of the support, or where no more than the least mass lies beyond."""
    end = prior.support()[side > 0]
    if math.isfinite(end):
        return float(end)
    beyond = prior.sf if side > 0 else prior.cdf
    low, inner, high = (float(x) for x in prior.ppf(np.array([0.25, 0.5, 0.75])))
    step = high - low
    while True:  # many at once: a record of one seed is not to wait for it
        steps = np.multiply.accumulate(np.append(step, _GROWTH))
        places = inner + side * steps
        negligible = beyond(places) <= least
        if negligible.any():
            return float(places[np.argmax(negligible)])
        step = 1.1 * steps[-1]


# -- panels in x, and the pieces that have values there ----------------------------------------


@dataclass(frozen=True, eq=False)
class _Cover:
    """Panels, whose they are, and which rows of the expansions have values there: `rows[first : first + count]`."""

    cells: Panels
    owner: np.ndarray
    rows: np.ndarray
    first: np.ndarray
    count: np.ndarray

    def halves(self, index: np.ndarray) -> _Cover:
        twice = np.concatenate([index, index])
        cells = self.cells.take(index).halves()
        return _Cover(cells, self.owner[twice], self.rows, self.first[twice], self.count[twice])

    def jobs(self) -> tuple[np.ndarray, np.ndarray]:
        """Row and panel of every piece on every panel, panel after panel."""
        panel = np.repeat(np.arange(len(self.count)), self.count)
        within = np.arange(len(panel)) - np.repeat(np.cumsum(self.count) - self.count, self.count)
        return self.rows[self.first[panel] + within], panel


def _cover(rows: Expansions, p: Any, size: int) -> _Cover:
    """Panels for each generator, cut where a piece begins or ends: a piece has values on all of a panel, or on none."""
    cells, owners, found, counts = [], [], [], []
    poles = np.array([(pole.location, pole.side) for pole in p.poles()]).reshape(-1, 2)
    ends = np.searchsorted(rows.owner, np.arange(size + 1))
    low, high, direction = rows.low, rows.high, np.sign(rows.beyond - rows.x)
    for i in range(size):
        part = slice(ends[i], ends[i + 1])
        folds = rows.peak[part]
        folded = np.stack([rows.x[part][folds], direction[part][folds]], axis=1)
        own = _panels(np.unique(np.concatenate([folded, poles]), axis=0), low[part], high[part], p)
        middle = own.points(0.5 * (own.a + own.b)[:, None])[0].x[:, 0]
        held = (low[part] <= middle[:, None]) & (middle[:, None] <= high[part])
        cells.append(own)
        owners.append(np.full(len(own), i))
        found.append(ends[i] + np.nonzero(held)[1])
        counts.append(held.sum(axis=1))
    count = np.concatenate(counts)
    return _Cover(Panels.joined(cells), np.concatenate(owners), np.concatenate(found), np.cumsum(count) - count, count)


def _panels(poles: np.ndarray, low: np.ndarray, high: np.ndarray, p: Any) -> Panels:
    """Of one generator: (location, side) of the poles of its law and of p, and the images of its pieces."""
    own = p.edges
    edges = Edges.union([Edges.at(np.unique(poles[:, 0]), 0.0, np.concatenate([low, high])), own])
    if not len(edges.anchors):
        edges = Edges.union([Edges.at([0.5 * (low.min() + high.max())]), edges])
    cells = panels(edges)
    beside = np.zeros(len(cells), bool)
    for location, side in poles:
        beside |= (cells.anchor == location) & (cells.scale == 0) & ((cells.a if side > 0 else cells.b) == 0)
    return Panels.joined([cells.take(~beside), _graded(cells.take(beside))])


def _graded(cells: Panels) -> Panels:
    """Panels that end on their anchors, in the logarithm of the distance."""
    outer = np.where(cells.a == 0, cells.b, cells.a)
    return Panels.joined([
        Panels(cells.anchor, outer, np.full(len(outer), b), np.full(len(outer), a)) for a, b in pairwise(_DECADES)
    ])  # fmt: skip


# -- the sweep ----------------------------------------


@dataclass(frozen=True, slots=True)
class OwnedPoints(Points):
    """Points of shape (rows, k), each row of which belongs to a member of an ensemble."""

    owner: Any = None


class Sweep:
    """A law and the laws of an ensemble at the nodes of their panels."""

    def __init__(self, p: Any, ensemble: Ensemble) -> None:
        self.p, self.prior, self.size, self.ensemble = p, ensemble.prior, len(ensemble), ensemble
        rows = ensemble.expansions
        scale = np.zeros(self.size)
        np.maximum.at(scale, rows.owner, np.maximum(np.abs(rows.x), np.abs(rows.beyond)))
        flat = np.minimum(rows.top**rows.order, np.abs(rows.beyond - rows.x)) <= _FLAT * scale[rows.owner]
        self.rows, self.flats = rows.take(~flat), rows.take(flat)
        with np.errstate(all="ignore"):
            self.cover = _cover(self.rows, p, self.size)
            self.at, self.factor = self._at(self.cover)

    def _at(self, cover: _Cover) -> tuple[At, np.ndarray]:
        points, factor = cover.cells.nodes()
        points = OwnedPoints(points.anchor, points.offset, False, cover.owner)
        shape = (len(cover.cells), len(KRONROD))
        log_p = np.broadcast_to(np.minimum(self.p.logpdf_at(points), LARGEST_LOG), shape)
        log_q, rounding = self._log_q(cover, points, shape)
        r = log_p - log_q
        r = np.where(np.isnan(r), 0.0, r)
        size_p = np.minimum(np.abs(log_p), LARGEST) + self.p.log_rounding
        of_p = 4 * EPS * size_p
        return At(points, log_p, log_q, r, of_p, rounding, of_p + rounding), factor

    def _log_q(self, cover: _Cover, points: Points, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """log p_g at the nodes, and what it may be off by."""
        row, panel = cover.jobs()
        rows = self.rows.take(row)
        rise = np.abs((cover.cells.anchor[panel] - rows.x)[:, None] + np.broadcast_to(points.offset, shape)[panel])
        d, slope = rows.distances(rise)
        log_z = self.prior.logpdf(rows.at(d))
        share = np.exp(log_z) / slope
        off = rows.fault[:, None] * d ** (rows.order[:, None] - 1.0) / slope + 4 * EPS * (np.abs(log_z) + 32.0)
        q, unsure = np.zeros(shape), np.zeros(shape)
        held = np.flatnonzero(cover.count)
        if held.size:
            starts = (np.cumsum(cover.count) - cover.count)[held]
            q[held] = np.add.reduceat(share, starts, axis=0)
            unsure[held] = np.add.reduceat(share * np.minimum(off, 1.0), starts, axis=0)
        rounding = np.where(q > 0, unsure / np.where(q > 0, q, 1.0), 0.0)
        return np.log(q), rounding

    def expectation(self, functional: Functional, rtol: float, atol: float) -> Estimate:
        """E_p[h_p] + E_q[h_q] of every member; one that is not resolved to the tolerance says so by its error."""
        with np.errstate(all="ignore"):
            value, apart, noise, mass = self._continuous(functional, rtol, atol)
            lumps = self._lumped(functional)
            atoms = self._atomic(functional)
        value = value + lumps[0] + atoms
        error = apart + noise + lumps[1] + functional.defect * np.abs(1.0 - mass - lumps[2])
        unknown = np.isnan(value) | np.isnan(error)
        value, error = np.where(unknown, 0.0, value), np.where(unknown, np.inf, error)
        return Estimate(value, error, "estimate")

    def _continuous(self, functional: Functional, rtol: float, atol: float) -> np.ndarray:
        """(4, size): value, resolution, rounding, and the mass of p_g, panels halved until they are resolved."""
        kept = [np.empty((0, 4)), np.empty(0, int)]
        cover, (at, factor) = self.cover, (self.at, self.factor)
        for last in np.arange(_ROUNDS) == _ROUNDS - 1:
            found = np.stack(_integrals(at, factor, functional), axis=1)
            numbers, owner = np.concatenate([kept[0], found]), np.concatenate([kept[1], cover.owner])
            totals = np.stack([np.bincount(owner, column, self.size) for column in numbers.T])
            tolerance = np.maximum(np.maximum(rtol * np.abs(totals[0]), atol), totals[2])
            share = 0.5 * tolerance / np.bincount(owner, minlength=self.size)
            bad = (found[:, 1] > np.maximum(share, EPS)[cover.owner]) & (totals[1] > tolerance)[cover.owner]
            bad &= (np.bincount(cover.owner, bad, self.size) <= _MOST_PANELS)[cover.owner]
            if last or not bad.any():
                break
            kept = [np.concatenate([kept[0], found[~bad]]), np.concatenate([kept[1], cover.owner[~bad]])]
            cover = cover.halves(np.flatnonzero(bad))
            at, factor = self._at(cover)
        return totals

    def _lumped(self, functional: Functional) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What pieces without extent in x add, what that may be off by, and their mass.

        Such a piece and the mass of p beside it are taken for atoms. That is a coarser game: the value of the true one
        lies within the entropy of the label, (P + Q) h(P/(P + Q)), P the mass of p.
        """
        rows, law = self.flats, self.p
        if not len(rows):
            return np.zeros(self.size), np.zeros(self.size), np.zeros(self.size)
        Q = prior_mass(self.prior, rows.z, rows.z + rows.side * rows.width)
        reach = 8 * EPS * np.abs(rows.x) + 1e-300
        P = law.cdf(rows.high + reach) - law.cdf(rows.low - reach)
        points = OwnedPoints(rows.x[:, None], np.zeros((len(rows), 1)), False, rows.owner)
        at = from_densities(points, P[:, None], Q[:, None], EPS)
        value, noise = (np.broadcast_to(part, (len(rows), 1))[:, 0] for part in weighted(at, functional.terms))
        label = functional.defect / math.log(2.0) * (special.entr(P / (P + Q)) + special.entr(Q / (P + Q))) * (P + Q)
        return tuple(
            np.bincount(rows.owner, np.where(Q > 0, column, 0.0), self.size) for column in (value, noise + label, Q)
        )  # type: ignore[return-value]

    @cached_property
    def support_mass(self) -> np.ndarray:
        """p's mass within the range of each G, (size,)."""
        rows, found = self.ensemble.expansions, np.zeros(self.size)
        for i in range(self.size):
            own = rows.owner == i
            found[i] = self.p.cdf(rows.high[own].max()) - self.p.cdf(np.nextafter(rows.low[own].min(), -np.inf))
        return found

    def _atomic(self, functional: Functional) -> np.ndarray | float:
        """What the atoms of p add, where no member has one."""
        locations, masses = self.p.atoms()
        if not len(locations):
            return 0.0
        shape = (self.size, len(locations))
        points = OwnedPoints(np.broadcast_to(locations, shape), np.zeros(shape), True, np.arange(self.size))
        at = from_densities(points, np.broadcast_to(masses, shape), np.zeros(shape))
        return np.broadcast_to(weighted(at, functional.terms)[0], shape).sum(axis=1)


def _integrals(at: At, factor: np.ndarray, functional: Functional) -> tuple[np.ndarray, ...]:
    """Of every panel: the integral, what resolution and rounding leave open, and the mass of p_g."""
    values, noise = weighted(at, functional.terms)
    values = values * factor
    mass = np.exp(at.log_q) * factor
    value, rounding, held = (by_rows(part, KRONROD) for part in (values, noise * factor, mass))
    return value, resolution_of(values), rounding, held
