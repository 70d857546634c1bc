r"""The law p_g of x = G(z), z ~ prior: exact, for any generator that can be resolved in one dimension.

.. math:: p_g(x) = \sum_{z:\ G(z)=x} \frac{p_z(z)}{|G'(z)|}, \qquad E_{x\sim p_g}[h(x)] = E_{z\sim p_z}[h(G(z))]

The second holds for *any* measurable G, injective or not. The first is a sum over the monotone branches of G; where G'
vanishes p_g has a pole, and where G is constant an atom. Distribution functions are prior masses of preimages, which
never meet a pole. Integrals under p_g run in z, where nothing is singular but what G folds.
"""

from __future__ import annotations

import math
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
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Basis
from gantheory.generators import ContradictionError, Generator, as_generator, by_differences
from gantheory.inverse import Branch, Image, flattened, inverses
from gantheory.latent_coordinate import latent_measure
from gantheory.panels import EPS, Edges, Points, as_breakpoints
from gantheory.preimages import Preimages, inverted
from gantheory.tails import tail_of

__all__ = ["Preimages", "Pushforward"]

Array = Any
_NO_MASS = -745.0  # the logarithm of what is no float any more
_LOST = 1e-6  # of the mass, which is too much


class Pushforward(Law):
    """The law of G(z), z ~ prior.

    Parameters
    ----------
    G : callable or str
        z -> G(z), vectorised over arrays of shape (n,), in float64; or a text in z, such as ``"tanh(2*z) + 0.3*z"``.
    prior : Density or anything `as_density` accepts, default the standard normal law
    derivative : callable, optional
        G'. By default that of the text, of a G that has a method `derivative`, or found by the complex step where G
        takes complex arrays, or else by differences.
    breakpoints : array, optional
        Kinks, jumps and poles of G that are known; others are found, if not always.

    Attributes
    ----------
    branches : tuple of Branch
    flats : tuple of Flat
        Intervals on which G is constant.
    critical_points : ndarray
        Where G' vanishes like a power.
    complete : bool
        Whether no critical point can have been missed: True for piecewise linear G, which needs no search, and where
        the prior has no density. Else what was found is every zero of G' on panels that 31 nodes resolve to 1e-9 and
        on which G moves by what G' says, which is no proof.

    Raises
    ------
    DomainError
        If G returns nan, complex numbers, float32 or another shape, looks at its batch, or contradicts its derivative.
    ConvergenceError
        If G oscillates past what can be resolved, or mass is lost on the way.

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
        breakpoints = as_breakpoints(breakpoints)
        try:
            found = resolved(self.generator, self.prior, breakpoints)
        except ContradictionError:
            # a function that looks at real parts has no complex step, where it did not show at the probes
            if self.generator.text or self.generator.differentiation != "complex step":
                raise
            self.generator = by_differences(self.generator)
            found = resolved(self.generator, self.prior, breakpoints)
        self.branches: tuple[Branch, ...] = found.branches
        self.flats: tuple[Flat, ...] = found.flats
        self.critical_points: np.ndarray = found.critical_points
        self.complete = found.complete
        self._dips = found.dips
        if self.mass_error > _LOST:
            raise ConvergenceError(
                f"G = {self.generator} could not be followed on a mass of {self.mass_error:.2g} of {self.prior}. "
                "Name its kinks, jumps and poles with breakpoints=, or use a prior of lighter tails."
            )
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
        if isinstance(points, Image) and points.law is self:
            z = Points(points.z.anchor.ravel(), points.z.offset.ravel())
            total = self.share(z, points.slope.ravel())
            known = [((z.anchor - b.z0) + z.offset > 0) & ((z.anchor - b.z1) + z.offset < 0) for b in self.branches]
            total[~np.any(known, axis=0)] = -np.inf
            found = inverses(self.branches, flat, known)
        else:
            found = self.inverses_at(flat)
        for here, z, slope in found:
            if z.anchor.size:
                total[here] = np.logaddexp(total[here], self.share(z, slope))
        return total.reshape(np.broadcast_shapes(np.shape(points.anchor), np.shape(points.offset)))

    def share(self, z: Points, slope: np.ndarray) -> np.ndarray:
        """log(p_z/|G'|), what a branch adds to the density."""
        with np.errstate(divide="ignore", invalid="ignore"):
            of_z = self.prior.logpdf_at(z)
            share = of_z - np.log(slope)
        nothing = np.isnan(share) | ((of_z < _NO_MASS) & (slope == 0))  # both are below the floats
        return np.where(nothing, -np.inf, share)

    @property
    def log_rounding(self) -> float:
        return 64.0 + self.prior.log_rounding + self._fault / (4 * EPS)

    @cached_property
    def _folds(self) -> list[tuple[Any, float]]:
        """The expansions at critical points, and the prior's mass on each."""
        folds = [f for b in self.branches for f in (b.fold0, b.fold1) if f is not None]
        return [(f, self.mass_on(*sorted((f.z, f.z + f.side * f.reach)))) for f in folds]

    @cached_property
    def _fault(self) -> float:
        """What the expansions may be off by, each by its share of the mass."""
        return max((fold.fault * mass for fold, mass in self._folds), default=0.0)

    @cached_property
    def misplaced(self) -> float:
        """Mass within the rounding of the critical points: beside a pole, a place that is off by an ulp tells."""
        found = sum(4 * EPS * abs(fold.z) * mass / fold.reach for fold, mass in self._folds)
        for b in self.branches:  # and of branches so short in x that its rounding moves them
            ulps = 64 * EPS * max(abs(b.x0), abs(b.x1))
            if math.isfinite(ulps) and b.high - b.low < 1e6 * ulps:
                found += self.mass_on(b.z0, b.z1) * min(1.0, ulps / max(b.high - b.low, 5e-324))
        return found

    @cached_property
    def _singular_ends(self) -> list[tuple[int, float]]:
        """Branches, and their ends other than 0, at which G' is infinite or falls to 0 with no expansion."""
        found = []
        for k, b in enumerate(self.branches):
            for z, x, fold, side in ((b.z0, b.x0, b.fold0, 1.0), (b.z1, b.x1, b.fold1, -1.0)):
                if fold is None and not b.slope and z != 0 and math.isfinite(z):
                    near = z + side * np.minimum(b.z1 - b.z0, abs(z)) * np.array([1e-9, 1e-6])
                    far, close = np.abs(self.generator.derivative(near))[::-1]
                    if math.isinf(x) or not 0.5 <= close / far <= 2.0:
                        found.append((k, z))
        return found

    def unsure_at(self, points: Points) -> Array:
        """What the rounding of z itself leaves open in the log-density, beside the end of a root or a logarithm."""
        if not self._singular_ends:
            return 0.0
        flat = flattened(points)
        unsure = np.zeros(flat.anchor.shape)
        found = self.inverses_at(flat)
        for k, end in self._singular_ends:
            here, z, _ = found[k]
            away = np.abs((z.anchor - end) + z.offset)
            unsure[here] = np.maximum(unsure[here], np.minimum(4 * EPS * abs(end) / np.maximum(away, 5e-324), 1.0))
        return unsure.reshape(np.broadcast_shapes(np.shape(points.anchor), np.shape(points.offset)))

    def poles(self) -> tuple[Pole, ...]:
        """Where G' vanishes, and where the prior has a pole and G' does not."""
        folds = (fold for branch in self.branches for fold in (branch.fold0, branch.fold1) if fold is not None)
        made = [Pole(fold.value, fold.direction, 1.0 / fold.order) for fold in folds if math.isfinite(fold.value)]
        return (*made, *(moved for pole in self.prior.poles() for moved in self._moved(pole)))

    def _moved(self, pole: Pole) -> list[Pole]:
        """A pole of the prior, carried by a branch that is smooth there."""
        found = []
        for b in self.branches:
            if (b.z0 <= pole.location < b.z1) if pole.side > 0 else (b.z0 < pole.location <= b.z1):
                at_end = pole.location in (b.z0, b.z1)
                fold = (b.fold0 if pole.location == b.z0 else b.fold1) if at_end else None
                x = self.generator(np.array([pole.location]))[0]
                if fold is None and math.isfinite(x):
                    found.append(Pole(float(x), pole.side if b.increasing else -pole.side, pole.exponent))
        return found

    # -- masses ----------------------------------------

    def _below(self, points: Points, *, above: bool) -> Array:
        """P(G(z) <= x), or the mass above x, as prior masses of preimages."""
        flat = flattened(points)
        anchor, offset = flat.anchor, flat.offset
        total = np.zeros(anchor.shape)
        for branch, (inside, z, _) in zip(self.branches, self.inverses_at(flat), strict=True):
            with np.errstate(invalid="ignore"):  # an infinite x from an infinite end
                beyond = ~inside & (((anchor - branch.high) + offset >= 0) != above)
            total[beyond] += self.mass_on(branch.z0, branch.z1)
            if inside.any():
                left = branch.increasing != above
                ends = np.full(z.anchor.shape, branch.z0 if left else branch.z1)
                pair = (Points(ends, np.zeros_like(ends)), z) if left else (z, Points(ends, np.zeros_like(ends)))
                total[inside] += self.mass_between(*pair)
        locations, masses = self._atoms
        for location, mass in zip(locations, masses, strict=True):
            at_most = (anchor - location) + offset >= 0
            total[at_most != above] += mass
        everything = np.isposinf(anchor + offset) if not above else np.isneginf(anchor + offset)
        nothing = np.isneginf(anchor + offset) if not above else np.isposinf(anchor + offset)
        total = np.where(everything, 1.0, np.where(nothing, 0.0, np.minimum(total, 1.0)))
        return total.reshape(np.broadcast_shapes(np.shape(points.anchor), np.shape(points.offset)))

    def inverses_at(self, points: Points) -> list[tuple[np.ndarray, Points, np.ndarray]]:
        """Those of the last points are kept: the mass above and below, and the density, are asked for together."""
        before, found = self._last
        if not (np.array_equal(before.anchor, points.anchor) and np.array_equal(before.offset, points.offset)):
            found = inverses(self.branches, points)
            self._last = points, found
        return found

    def mass_on(self, z0: float, z1: float) -> float:
        """The continuous mass of the prior between two z."""
        return float(self.mass_between(*(Points.at(np.array([z])) for z in (z0, z1)))[0])

    def mass_between(self, a: Points, b: Points) -> Array:
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
        masses = [held, np.array([self.mass_on(flat.z0, flat.z1) for flat in self.flats])]
        located, weights = np.concatenate(values), np.concatenate(masses)
        locations, index = np.unique(located[weights > 0], return_inverse=True)
        found = np.bincount(index, weights=weights[weights > 0], minlength=len(locations))
        for array in (locations, found):
            array.setflags(write=False)
        return locations, found

    @cached_property
    def rounded_atoms(self) -> np.ndarray:
        """Atoms of floats: where G stands still to its own rounding only, as tanh does far out."""
        return np.unique([flat.value for flat in self.flats if flat.rounded])

    @cached_property
    def huddled(self) -> float:
        """Mass whose x is an end of a branch to rounding, as of a saturated tanh: in x its density cannot be seen."""
        total = 0.0
        for b in self.branches:
            for x, z, fold in ((b.x0, b.z0, b.fold0), (b.x1, b.z1, b.fold1)):
                if fold is None and not b.slope and math.isfinite(x):
                    near = b.table[0][np.abs(b.table[1] - x) <= 64 * EPS * abs(x)]
                    total += self.mass_on(min([z, *near]), max([z, *near]))
        return total

    @cached_property
    def beyond_floats(self) -> float:
        """The mass of |x| above 1e150, where G' may be beyond the largest float before x is."""
        return float(self.sf(1e150) + self.cdf(-1e150))

    @property
    def atom_rounding(self) -> float:
        return 16 * EPS

    @cached_property
    def continuous_mass(self) -> float:  # type: ignore[override]
        return math.fsum(self.mass_on(branch.z0, branch.z1) for branch in self.branches)

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
        inner = np.concatenate([self._dips, self.prior.edges.anchors])  # kinks, jumps and poles of the prior too
        inside = [z for z in inner if any(b.z0 < z < b.z1 for b in self.branches)]
        special = [*(end for b in self.branches for end in (b.x0, b.x1)), *self.generator(np.array(inside))]
        special = [x for x in special if math.isfinite(x) and abs(x) < 1e290]
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
        return Image(x.reshape(shape), moved.reshape(shape), False, z, slope.reshape(shape), self)

    def preimages(self, x: Array) -> np.ndarray:
        """Every z of a branch that G takes to one of the numbers x, sorted."""
        points = Points.at(np.atleast_1d(numbers(x)))
        return np.unique(np.concatenate([*(z.x for _, z, _ in inverses(self.branches, points)), []]))

    def measure(self, breakpoints: Array = (), scales: Array = ()) -> Measure:
        """In z: the prior's edges, the ends of branches, and the preimages of their values and of both arguments."""
        ends = np.array([end for piece in (*self.branches, *self.flats) for end in (piece.z0, piece.z1)])
        own = np.concatenate([self.prior.edges.anchors, self._dips, ends[np.isfinite(ends)]])
        places = np.concatenate([self._atoms[0], np.ravel(breakpoints)])
        return latent_measure(self, own, places, np.concatenate([self.edges.anchors, np.ravel(scales)]))

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
        return inverted(self, x)
