r"""The law p_g of x = G(z), z ~ prior: exact, for any generator that can be resolved in one dimension.

.. math:: p_g(x) = \sum_{z:\ G(z)=x} \frac{p_z(z)}{|G'(z)|}, \qquad E_{x\sim p_g}[h(x)] = E_{z\sim p_z}[h(G(z))]

The second holds for *any* measurable G, injective or not. The first is a sum over the monotone branches of G; where G'
vanishes p_g has a pole, and where G is constant an atom. Distribution functions are prior masses of preimages, which
never meet a pole. Integrals under p_g run in z, where nothing is singular but what G folds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gantheory.branches import Flat, resolved
from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import (
    BOUNDED,
    Law,
    Measure,
    Pole,
    Tail,
    _shaped,
    merged,
    numbers,
    probabilities,
)
from gantheory.densities.quantile import bisected_quantile
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.generators import Generator, as_generator, contradiction
from gantheory.inverse import Branch, Image, flattened, inverses
from gantheory.panels import EPS, Edges, Points, as_breakpoints
from gantheory.tails import tail_of

__all__ = ["Preimages", "Pushforward"]

Array = Any


@dataclass(frozen=True)
class Preimages:
    """Which z made an x, and with what probability: an inference network's target.

    Attributes
    ----------
    z, probability : ndarray
        Of shape (..., k). Where x is an atom made of a flat piece, z is the prior's median there.
    """

    z: np.ndarray
    probability: np.ndarray


@dataclass(frozen=True)
class _InLatent(Measure):
    """The law of G(z) in its own coordinate t = z: mass p_z(z) dz at the point G(z)."""

    def points(self, t: Points) -> Points:
        return self.law.image(t)

    def log_mass(self, t: Points) -> Array:
        """That of the prior on a branch; where G is constant it is an atom's, and elsewhere in `mass_error`."""
        found = self.law.prior.logpdf_at(t)
        held = np.zeros(np.shape(found), bool)
        for branch in self.law.branches:
            held |= ((t.anchor - branch.z0) + t.offset > 0) & ((t.anchor - branch.z1) + t.offset < 0)
        return np.where(held, found, -np.inf)


class Pushforward(Law):
    """The law of G(z), z ~ prior.

    Parameters
    ----------
    G : callable or str
        z -> G(z), vectorised over arrays of shape (n,), in float64; or a text in z, such as ``"tanh(2*z) + 0.3*z"``.
    prior : Density or anything `as_density` accepts, default the standard normal law
    derivative : callable, optional
        G'. By default that of the text, of a G that has a method `derivative`, or found by the complex step where G
        takes complex arrays, or else by differences, to about 1e-11.
    breakpoints : array, optional
        Kinks and jumps of G that are known.

    Attributes
    ----------
    branches : tuple of Branch
    flats : tuple of Flat
        Intervals on which G is constant.
    critical_points : ndarray
        Where G' vanishes like a power.
    complete : bool
        Whether no critical point can have been missed: True for piecewise linear G, which needs no search. Else what
        was found is every zero of G' on panels that 31 nodes resolve to 1e-9, which is no proof.

    Raises
    ------
    DomainError
        If G returns nan, complex numbers, float32 or another shape, or contradicts its derivative.
    ConvergenceError
        If G oscillates past what can be resolved.

    Notes
    -----
    The basis is "estimate": G is a function that the package does not know. In the paper's words p_g is the generator's
    distribution, [1]_, section 3.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> p_g = Pushforward("z**2")               # chi-squared with one degree of freedom: a pole at 0
    >>> float(p_g.pdf(1.0)), float(p_g.cdf(1.0))
    (0.241970724519..., 0.68268949213...)
    >>> Pushforward("clip(z, -1, 1)").atoms()   # flat pieces are atoms
    (array([-1.,  1.]), array([0.15865525, 0.15865525]))

    The Jacobian matters: p_z(z) is not p_g(G(z)).

    >>> float(Pushforward("2*z").pdf(2.0)), float(as_density("norm").pdf(1.0))
    (0.120985362259..., 0.241970724519...)
    """

    basis: ClassVar[Basis] = "estimate"
    in_x: ClassVar[bool] = False

    def __init__(self, G: Any, prior: Any = "norm(0, 1)", *, derivative: Any = None, breakpoints: Array = ()) -> None:
        self.generator: Generator = as_generator(G, derivative)
        self.prior: Any = as_density(prior)
        found = resolved(self.generator, self.prior, as_breakpoints(breakpoints))
        if derivative is not None and found.branches:
            z = np.concatenate([b.table[0][1:-1:7] for b in found.branches])
            wrong = contradiction(self.generator, z[self._where_it_lives(z)])
            if wrong:
                raise DomainError(f"{wrong}; it must be the derivative of G. Leave it out, and it is found.")
        self.branches: tuple[Branch, ...] = found.branches
        self.flats: tuple[Flat, ...] = found.flats
        self.critical_points: np.ndarray = found.critical_points
        self.complete = found.complete
        nowhere = Points(np.empty(0), np.empty(0))
        self._last = nowhere, inverses(self.branches, nowhere)

    def __str__(self) -> str:
        return f"{self.generator} of {self.prior}"

    def __repr__(self) -> str:
        return f"Pushforward({str(self.generator)!r}, {str(self.prior)!r})"

    # -- the density ----------------------------------------

    def logpdf_at(self, points: Points) -> Array:
        flat = flattened(points)
        total = np.full(flat.anchor.shape, -np.inf)
        if isinstance(points, Image):
            z = Points(points.z.anchor.ravel(), points.z.offset.ravel())
            total = self._share(z, points.slope.ravel())
            known = [((z.anchor - b.z0) + z.offset > 0) & ((z.anchor - b.z1) + z.offset < 0) for b in self.branches]
            total[~np.any(known, axis=0)] = -np.inf
        found = inverses(self.branches, flat, known) if isinstance(points, Image) else self._inverses(flat)
        for here, z, slope in found:
            if z.anchor.size:
                total[here] = np.logaddexp(total[here], self._share(z, slope))
        return total.reshape(np.broadcast_shapes(np.shape(points.anchor), np.shape(points.offset)))

    def _share(self, z: Points, slope: np.ndarray) -> np.ndarray:
        """log(p_z/|G'|), what a branch adds to the density."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.prior.logpdf_at(z) - np.log(slope)
        return np.where(np.isnan(share), -np.inf, share)

    @property
    def log_rounding(self) -> float:
        return 64.0 + self.prior.log_rounding

    def poles(self) -> tuple[Pole, ...]:
        return tuple(
            Pole(fold.value, fold.direction, 1.0 / fold.order)
            for branch in self.branches
            for fold in (branch.fold0, branch.fold1)
            if fold is not None and math.isfinite(fold.value)
        )

    # -- masses ----------------------------------------

    def _below(self, points: Points, *, above: bool) -> Array:
        """P(G(z) <= x), or the mass above x, as prior masses of preimages."""
        flat = flattened(points)
        anchor, offset = flat.anchor, flat.offset
        total = np.zeros(anchor.shape)
        for branch, (inside, z, _) in zip(self.branches, self._inverses(flat), strict=True):
            beyond = ~inside & (((anchor - branch.high) + offset >= 0) != above)
            total[beyond] += self._mass(branch.z0, branch.z1)
            if inside.any():
                left = branch.increasing != above
                ends = np.full(z.anchor.shape, branch.z0 if left else branch.z1)
                pair = (Points(ends, np.zeros_like(ends)), z) if left else (z, Points(ends, np.zeros_like(ends)))
                total[inside] += self._mass_between(*pair)
        locations, masses = self._atoms
        for location, mass in zip(locations, masses, strict=True):
            at_most = (anchor - location) + offset >= 0
            total[at_most != above] += mass
        return np.minimum(total, 1.0).reshape(np.broadcast_shapes(np.shape(points.anchor), np.shape(points.offset)))

    def _inverses(self, points: Points) -> list[tuple[np.ndarray, Points, np.ndarray]]:
        """Those of the last points are kept: the mass above and below, and the density, are asked for together."""
        before, found = self._last
        if not (np.array_equal(before.anchor, points.anchor) and np.array_equal(before.offset, points.offset)):
            found = inverses(self.branches, points)
            self._last = points, found
        return found

    def _mass(self, z0: float, z1: float) -> float:
        return float(self._mass_between(*(Points.at(np.array([z])) for z in (z0, z1)))[0])

    def _mass_between(self, a: Points, b: Points) -> Array:
        """The continuous prior mass of (a, b), from the smaller tail."""
        lower = self.prior.cdf_at(b) - self.prior.cdf_at(a)
        upper = self.prior.sf_at(a) - self.prior.sf_at(b)
        found = np.where(self.prior.cdf_at(a) < 0.5, lower, upper)
        locations, masses = self.prior.atoms()
        for location, mass in zip(locations, masses, strict=True):  # those of the prior are counted apart
            held = ((a.anchor - location) + a.offset < 0) & ((b.anchor - location) + b.offset >= 0)
            found = found - mass * held
        return np.maximum(found, 0.0)

    def cdf_at(self, points: Points) -> Array:
        return self._below(points, above=False)

    def sf_at(self, points: Points) -> Array:
        return self._below(points, above=True)

    def probability(self, a: Array, b: Array) -> Array:
        """The exact mass of [a, b], ends included: the prior's mass of its preimage.

        Parameters
        ----------
        a, b : array
            Broadcast together, a <= b; they may be infinite.

        Examples
        --------
        >>> float(Pushforward("z**2").probability(0.0, 1.0))
        0.68268949213...
        """
        a, b = np.broadcast_arrays(numbers(a), numbers(b))
        if (a > b).any():
            raise DomainError(f"a is {a!r} and b is {b!r}; an interval [a, b] has a <= b.")
        low, high = (Points.at(np.clip(x, -1e308, 1e308)) for x in (a, b))
        below = self.cdf_at(high) - self.cdf_at(low)
        above = self.sf_at(low) - self.sf_at(high)
        at_a = np.zeros(a.shape)
        for location, mass in zip(*self._atoms, strict=True):
            at_a[a == location] += mass
        return _shaped(np.where(self.cdf_at(high) < 0.5, below, above) + at_a)

    def ppf(self, u: Array, /) -> Array:
        """The generalised inverse of the cdf, by bisection."""
        u = probabilities(u)
        low, high = (np.full(u.shape, end) for end in (max(self.support()[0], -1e308), min(self.support()[1], 1e308)))
        knots = self._knots
        masses = np.asarray(self.cdf(knots))
        index = np.searchsorted(masses, u)
        low = np.where(index > 0, knots[np.maximum(index - 1, 0)], low)
        high = np.where(index < len(knots), knots[np.minimum(index, len(knots) - 1)], high)
        return _shaped(np.where(u == 0, self.support()[0], bisected_quantile(self, u, low, high)))

    @cached_property
    def _knots(self) -> np.ndarray:
        """Values to look between for a quantile."""
        tables = [branch.table[1][1:-1] for branch in self.branches]
        return np.unique(np.concatenate([*tables, self._atoms[0]]))

    def sample(self, shape: Any = (), *, rng: Any = None) -> Array:
        """Independent draws: G of draws of the prior."""
        return _shaped(self.generator(np.asarray(self.prior.sample(shape, rng=rng), dtype=float)))

    # -- atoms ----------------------------------------

    def atoms(self) -> tuple[Array, Array]:
        return self._atoms

    @cached_property
    def _atoms(self) -> tuple[np.ndarray, np.ndarray]:
        z, held = self.prior.atoms()
        values = [self.generator(z), np.array([flat.value for flat in self.flats])]
        masses = [held, np.array([self._mass(flat.z0, flat.z1) for flat in self.flats])]
        located, weights = np.concatenate(values), np.concatenate(masses)
        locations, index = np.unique(located[weights > 0], return_inverse=True)
        found = np.bincount(index, weights=weights[weights > 0], minlength=len(locations))
        for array in (locations, found):
            array.setflags(write=False)
        return locations, found

    @cached_property
    def beyond_floats(self) -> float:
        """The mass of |x| above 1e150, where G' may be beyond the largest float before x is."""
        return float(self.sf(1e150) + self.cdf(-1e150))

    @property
    def atom_rounding(self) -> float:
        return 16 * EPS

    @cached_property
    def continuous_mass(self) -> float:  # type: ignore[override]
        return math.fsum(self._mass(branch.z0, branch.z1) for branch in self.branches)

    @cached_property
    def mass_error(self) -> float:
        """What branches and atoms together lack of 1, and what the rounding of G itself may move."""
        return abs(1.0 - math.fsum([self.continuous_mass, *self._atoms[1]])) + 4 * EPS

    # -- where it lives ----------------------------------------

    def _where_it_lives(self, z: np.ndarray) -> np.ndarray:
        """Which z lie within the prior's own edges: a branch is followed further."""
        reach = self.prior.edges.centre + self.prior.edges.offset
        reach = np.concatenate([self.prior.edges.anchors, reach])
        return (z >= reach.min()) & (z <= reach.max())

    def intervals(self) -> np.ndarray:
        return merged(np.array([(branch.low, branch.high) for branch in self.branches]).reshape(-1, 2))

    def support(self) -> tuple[float, float]:
        ends = [*self.intervals().ravel(), *self._atoms[0]]
        return float(min(ends)), float(max(ends))

    @cached_property
    def edges(self) -> Edges:
        """In x: the values of G where something happens, and the images of the prior's own edges."""
        special = [end for b in self.branches for end in (b.x0, b.x1) if math.isfinite(end) and abs(end) < 1e290]
        tables = [b.table if b.slope else (b.table[0][1:-1:15], b.table[1][1:-1:15]) for b in self.branches]
        soft = np.concatenate([*(x[self._where_it_lives(z)] for z, x in tables), []])
        return Edges.at(np.unique(special), 0.0, soft[np.abs(soft) < 1e290])

    def tails(self) -> tuple[Tail, Tail]:
        return self._tails

    @cached_property
    def _tails(self) -> tuple[Tail, Tail]:
        return self._tail(-1), self._tail(1)

    def _tail(self, side: int) -> Tail:
        """Read off the density where the outermost branch ends: the prior's own last edge stands for infinity."""
        if not self.branches:
            return BOUNDED
        branch = min(self.branches, key=lambda b: b.low) if side < 0 else max(self.branches, key=lambda b: b.high)
        return tail_of(self, branch, side)

    # -- the latent coordinate ----------------------------------------

    def image(self, t: Points) -> Points:
        """G of anchored points of z, as anchored points of x: near a critical point, as an offset from its value."""
        flat = flattened(t)
        with np.errstate(all="ignore"):
            x, slope = self.generator.value_and_derivative(flat.x)
        slope, moved = np.abs(slope), np.zeros(x.shape)
        for branch in self.branches:
            for fold in (branch.fold0, branch.fold1):
                if fold is None:
                    continue
                d = fold.side * ((flat.anchor - fold.z) + flat.offset)
                near = (d > 0) & (d < fold.reach)
                if near.any():
                    x[near], moved[near] = fold.value, fold.direction * fold.rise(d[near])
                    slope[near] = fold.slope(d[near])
        shape = np.broadcast_shapes(np.shape(t.anchor), np.shape(t.offset))
        z = Points(flat.anchor.reshape(shape), flat.offset.reshape(shape))
        return Image(x.reshape(shape), moved.reshape(shape), False, z, slope.reshape(shape))

    def preimages(self, x: Array) -> np.ndarray:
        """Every z of a branch that G takes to one of the numbers x, sorted."""
        points = Points.at(np.atleast_1d(numbers(x)))
        return np.unique(np.concatenate([*(z.x for _, z, _ in inverses(self.branches, points)), []]))

    def measure(self, breakpoints: Array = ()) -> Measure:
        """In z: the prior's edges, the ends of the branches, and the preimages of their values and of `breakpoints`."""
        ends = np.array([end for piece in (*self.branches, *self.flats) for end in (piece.z0, piece.z1)])
        special = np.concatenate([self.edges.anchors, self._atoms[0], np.ravel(breakpoints)])
        inner = self.preimages(special[np.isfinite(special)]) if len(special) else special
        edges = self.prior.edges
        anchors = np.concatenate([edges.anchors, ends[np.isfinite(ends)], inner])
        return _InLatent(self, Edges(anchors, edges.centre, edges.offset))

    def inversion(self, x: Array) -> Preimages:
        r"""Which z made x, and with what probability.

        .. math:: P(z_i | x) = \frac{p_z(z_i)}{|G'(z_i)|\, p_g(x)}

        Parameters
        ----------
        x : float or array
            Points of p_g's support.

        Returns
        -------
        Preimages
            Of a number, those z that there are, increasing. Of an array (...), arrays (..., k) with a column for each
            branch, flat piece and atom of the prior, in this order; nan and probability 0 where there is no such z.

        Raises
        ------
        DomainError
            If G makes no such x.

        Examples
        --------
        >>> found = Pushforward("z**2", "norm(1, 1)").inversion(1.0)
        >>> found.z, found.probability
        (array([-1.,  1.]), array([0.11920292, 0.88079708]))
        """
        x = numbers(x)
        z, logs = self._columns(np.ravel(x))
        most = logs.max(axis=1, initial=-np.inf)
        if np.isneginf(most).any():
            none = float(np.ravel(x)[np.isneginf(most)][0])
            raise DomainError(
                f"x is {none!r}, which G = {self.generator} makes of no z; its support is {self.support()}."
            )
        weights = np.exp(logs - most[:, None])  # the densities themselves may be below the smallest float
        probability = weights / weights.sum(axis=1, keepdims=True)
        if x.ndim:
            return Preimages(z.reshape(*x.shape, -1), probability.reshape(*x.shape, -1))
        order = np.argsort(z[0])
        order = order[probability[0][order] > 0]
        return Preimages(z[0][order], probability[0][order])

    def _middle(self, flat: Flat) -> float:
        """The median of the prior on a flat piece, which may have no end."""
        below = float(self.prior.cdf(max(flat.z0, -1e308)))
        return float(self.prior.ppf(min(below + 0.5 * self._mass(flat.z0, flat.z1), 1.0)))

    def _columns(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each x: the z of every branch, flat piece and atom of the prior, its log-weight; atoms outweigh all."""
        z_atoms, held = self.prior.atoms()
        z = np.full((len(x), len(self.branches) + len(self.flats) + len(z_atoms)), np.nan)
        logs = np.full(z.shape, -np.inf)
        moved = np.zeros(x.shape)
        for fold in (f for b in self.branches for f in (b.fold0, b.fold1) if f is not None):
            moved[x == fold.value] = 1e-20 * fold.direction * fold.highest  # the limit, where both weights are infinite
        for k, (here, found, slope) in enumerate(self._inverses(Points(x, moved))):
            z[here, k], logs[here, k] = found.x, self._share(found, slope)
        atomic = [(self._middle(f), f.value, self._mass(f.z0, f.z1)) for f in self.flats]
        atomic += list(zip(z_atoms, self.generator(z_atoms), held, strict=True))
        for k, (at, value, mass) in enumerate(atomic, len(self.branches)):
            made = x == value
            with np.errstate(divide="ignore"):
                z[made, k], logs[made, k] = at, np.log(mass)
        on_atom = np.isfinite(logs[:, len(self.branches) :]).any(axis=1)
        z[on_atom, : len(self.branches)], logs[on_atom, : len(self.branches)] = np.nan, -np.inf
        return z, logs
