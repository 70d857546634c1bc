"""Mixtures of laws, and laws of atoms alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.densities.given import Parts, exact, keep
from gantheory.densities.protocol import (
    BOUNDED,
    Law,
    Pole,
    Tail,
    _shaped,
    log_of_ratio,
    merged,
    probabilities,
    random_generator,
    uniforms,
)
from gantheory.densities.quantile import bisected_quantile
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.estimate import Basis
from gantheory.panels import Edges, Points, real_array

__all__ = ["Discrete", "Mixture"]

Array = Any
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Discrete(Law):
    """A law of atoms: P(X = locations[i]) = masses[i].

    Parameters
    ----------
    locations : sequence of float
        Distinct; kept sorted.
    masses : sequence of float
        > 0, of sum 1 to within 1e-9; they are divided by their sum.

    Examples
    --------
    >>> Discrete([0, 1], [0.25, 0.75]).cdf([-1.0, 0.0, 0.5, 1.0])
    array([0.  , 0.25, 0.25, 1.  ])
    """

    locations: Any
    masses: Any

    def __post_init__(self) -> None:
        locations, masses = (_vector(name, getattr(self, name)) for name in ("locations", "masses"))
        if locations.ndim != 1 or locations.shape != masses.shape or not locations.size:
            raise DomainError(
                f"locations of shape {locations.shape} and masses of shape {masses.shape} of Discrete; "
                "they must be two one-dimensional sequences of one length, at least 1."
            )
        if not np.isfinite(locations).all() or len(np.unique(locations)) != len(locations):
            raise DomainError("locations of Discrete must be finite and distinct; add up the masses of equal ones.")
        if not (np.isfinite(masses) & (masses >= 0)).all():
            raise DomainError(f"masses of Discrete are {self.masses!r}; they must be finite and >= 0.")
        total = math.fsum(masses)
        if abs(total - 1.0) > 1e-9:
            raise NotNormalizedError(f"masses of Discrete sum to {total!r}; they must sum to 1: divide by their sum.")
        kept = masses > 0
        order = np.argsort(locations[kept])
        object.__setattr__(self, "locations", tuple((locations[kept][order] + 0.0).tolist()))
        object.__setattr__(self, "masses", tuple((masses[kept][order] / _divisor(total, len(masses))).tolist()))

    @cached_property
    def _atoms(self) -> tuple[np.ndarray, np.ndarray]:
        return _frozen(self.locations), _frozen(self.masses)

    @cached_property
    def _cumulated(self) -> np.ndarray:
        return np.minimum(np.concatenate([[0.0], np.cumsum(self._atoms[1])]), 1.0)

    def atoms(self) -> tuple[Array, Array]:
        return self._atoms

    @property
    def continuous_mass(self) -> float:
        return 0.0

    def logpdf_at(self, points: Points) -> Array:
        return np.full(np.broadcast(points.anchor, points.offset).shape, -np.inf)

    def pmf(self, x: Array, /) -> Array:
        """P(X = x)."""
        x = np.asarray(x, dtype=float)
        locations, masses = self._atoms
        index = np.minimum(np.searchsorted(locations, x), len(locations) - 1)
        return _shaped(np.where(locations[index] == x, masses[index], 0.0))

    def cdf_at(self, points: Points) -> Array:
        below = self._cumulated[self._count_at_most(points)]
        return np.where(self._count_at_most(points) == len(self.masses), 1.0, below)

    def sf_at(self, points: Points) -> Array:
        above = np.append(np.cumsum(self._atoms[1][::-1])[::-1], 0.0)
        return np.minimum(above[self._count_at_most(points)], 1.0)

    def _count_at_most(self, points: Points) -> Array:
        """Number of atoms at or below the point, decided by its offset where it is anchored on an atom."""
        anchor, offset = np.broadcast_arrays(points.anchor, points.offset)
        locations = self._atoms[0]
        count = np.searchsorted(locations, anchor + offset, side="right")
        on_atom = locations[np.minimum(np.searchsorted(locations, anchor), len(locations) - 1)] == anchor
        just_below = np.searchsorted(locations, anchor, side="left")
        return np.where(on_atom & (offset < 0) & (anchor + offset == anchor), just_below, count)

    def ppf(self, u: Array, /) -> Array:
        index = np.searchsorted(self._cumulated[1:], probabilities(u), side="left")
        return self._atoms[0][np.minimum(index, len(self.masses) - 1)]

    def support(self) -> tuple[float, float]:
        return self.locations[0], self.locations[-1]

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, BOUNDED

    @cached_property
    def edges(self) -> Edges:
        return Edges.at([])

    def __str__(self) -> str:
        deltas = [f"delta({x!r})" for x in self.locations]
        if len(deltas) == 1:
            return deltas[0]
        return " + ".join(f"{w!r}*{d}" for w, d in zip(self.masses, deltas, strict=True))


@dataclass(frozen=True)
class Mixture(Law):
    """A mixture of laws, which may have atoms.

    Parameters
    ----------
    components : sequence of laws
    weights : sequence of float, optional
        >= 0, of sum 1 to within 1e-9 (they are divided by their sum); equal weights by default.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> p = Mixture([Normal(-2, 0.7), Normal(2.5, 1)])
    >>> round(float(p.cdf(0.0)), 6)
    0.502036
    """

    components: Sequence[Any]
    weights: Any = None  # a sequence of float when it is given, a tuple of float ever after

    def __post_init__(self) -> None:
        try:
            components = tuple(self.components)
        except TypeError:
            raise DomainError(
                f"components of Mixture is {self.components!r}; it must be a sequence of laws: Mixture([p, q])."
            ) from None
        if not components:
            raise DomainError("components of Mixture is empty; it needs at least one law.")
        for law in components:
            if not isinstance(law, Law):
                raise DomainError(f"a component of Mixture is {law!r}; it must be a law: wrap it in as_density(...).")
        given = np.full(len(components), 1.0 / len(components)) if self.weights is None else self.weights
        try:
            weights = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            weights = np.array(np.nan)
        if weights.shape != (len(components),) or not (np.isfinite(weights) & (weights >= 0)).all():
            raise DomainError(
                f"weights of Mixture are {self.weights!r}; they must be {len(components)} numbers >= 0, "
                "one for each component."
            )
        total = math.fsum(weights)
        if abs(total - 1.0) > 1e-9:
            raise NotNormalizedError(f"weights of Mixture sum to {total!r}; they must sum to 1: divide by their sum.")
        divisor = _divisor(total, len(weights))
        flat = [
            (w * v / divisor, inner)
            for w, law in zip(weights, components, strict=True)
            if w > 0
            for v, inner in _parts(law)
        ]
        keep(self, Parts(components, None if self.weights is None else tuple(map(exact, given))))
        object.__setattr__(self, "components", tuple(law for _, law in flat))
        object.__setattr__(self, "weights", tuple(float(w) for w, _ in flat))

    @cached_property
    def basis(self) -> Basis:  # type: ignore[override]
        return "estimate" if any(law.basis == "estimate" for law in self.components) else "bound"

    @cached_property
    def _continuous(self) -> list[tuple[float, Any]]:
        return [(w, law) for w, law in zip(self.weights, self.components, strict=True) if law.continuous_mass > 0]

    def _shares_at(self, points: Points) -> list[Array]:
        return [law.logpdf_at(points) + math.log(w) for w, law in self._continuous]

    def logpdf_at(self, points: Points) -> Array:
        terms = self._shares_at(points)
        if not terms:
            return np.full(np.broadcast(points.anchor, points.offset).shape, -np.inf)
        return log_sum(terms)

    def largest_at(self, points: Points) -> Array:
        """Which component's share of the density is the largest."""
        shares = np.stack(np.broadcast_arrays(*self._shares_at(points)))
        top = shares.max(axis=0)
        with np.errstate(invalid="ignore"):
            # shares that rounding cannot tell apart, as in tails of one power, take turns: the first of them it is
            return np.argmax(shares >= top - 1e-11 * (1.0 + np.abs(top)), axis=0)

    @property
    def log_rounding(self) -> float:
        return max((law.log_rounding + abs(math.log(w)) for w, law in self._continuous), default=0.0) + 2.0

    def cdf_at(self, points: Points) -> Array:
        return np.minimum(self._average([law.cdf_at(points) for law in self.components]), 1.0)

    def sf_at(self, points: Points) -> Array:
        return np.minimum(self._average([law.sf_at(points) for law in self.components]), 1.0)

    def _average(self, values: Sequence[Array]) -> Array:
        return sum(w * v for w, v in zip(self.weights, values, strict=True))

    def atoms(self) -> tuple[Array, Array]:
        return self._atoms

    @cached_property
    def _atoms(self) -> tuple[np.ndarray, np.ndarray]:
        pairs = [(law.atoms(), w) for w, law in zip(self.weights, self.components, strict=True)]
        located = np.concatenate([locations for (locations, _), _ in pairs])
        masses = np.concatenate([w * masses for (_, masses), w in pairs])
        locations, index = np.unique(located, return_inverse=True)
        return _frozen(locations), _frozen(np.bincount(index, weights=masses, minlength=len(locations)))

    def log_masses_at(self, x: Array) -> Array:
        terms = [law.log_masses_at(x) + math.log(w) for w, law in zip(self.weights, self.components, strict=True)]
        with np.errstate(invalid="ignore"):  # -inf + -inf
            return np.logaddexp.reduce(terms)

    def is_cut(self) -> tuple[bool, bool]:
        cuts = [law.is_cut() for law in self.components]
        return any(left for left, _ in cuts), any(right for _, right in cuts)

    @property
    def atom_rounding(self) -> float:
        return (len(self.components) + 1) * _EPS

    @cached_property
    def continuous_mass(self) -> float:  # type: ignore[override]
        return math.fsum(w * law.continuous_mass for w, law in zip(self.weights, self.components, strict=True))

    @cached_property
    def edges(self) -> Edges:
        return Edges.union([law.edges for law in self.components])

    def poles(self) -> tuple[Pole, ...]:
        return tuple(pole for law in self.components for pole in law.poles())

    @cached_property
    def rounds_x(self) -> bool:  # type: ignore[override]
        return any(law.rounds_x for law in self.components)

    @cached_property
    def mass_error(self) -> float:
        """What is known to be wrong with the components' own masses."""
        defects = [getattr(law, "mass_error", 0.0) for law in self.components]
        return math.fsum(w * defect for w, defect in zip(self.weights, defects, strict=True))

    def intervals(self) -> np.ndarray:
        return merged(np.concatenate([law.intervals() for law in self.components]))

    def support(self) -> tuple[float, float]:
        ends = [law.support() for law in self.components]
        return min(a for a, _ in ends), max(b for _, b in ends)

    def tails(self) -> tuple[Tail, Tail]:
        pairs = [law.tails() for law in self.components]
        return _heaviest([t[0] for t in pairs], self.weights), _heaviest([t[1] for t in pairs], self.weights)

    def ppf(self, u: Array, /) -> Array:
        """The generalised inverse of the cdf, by bisection between the components' own quantiles."""
        u = probabilities(u)
        quantiles = [law.ppf(u) for law in self.components]
        return bisected_quantile(self, u, np.minimum.reduce(quantiles), np.maximum.reduce(quantiles))

    def sample(self, shape: Any = (), *, rng: Any = None) -> Array:
        """Independent draws: a component for each, then a draw of it."""
        rng = random_generator(rng)
        shares = np.cumsum(self.weights) / math.fsum(self.weights)
        which = np.minimum(np.searchsorted(shares, uniforms(shape, rng), side="right"), len(shares) - 1)
        draws = np.empty(np.shape(which))
        for i, law in enumerate(self.components):
            chosen = which == i
            draws[chosen] = law.sample(int(np.sum(chosen)), rng=rng)
        return draws[()]

    def __str__(self) -> str:
        texts = [str(law) for law in self.components]
        if all(text.startswith("delta(") for text in texts):  # a sum of weighted deltas alone is a Discrete
            texts = [f"1.0*{text}" for text in texts]
        bracketed = [f"({text})" if "*" in text or " + " in text else text for text in texts]
        return " + ".join(f"{w!r}*{text}" for w, text in zip(self.weights, bracketed, strict=True))

    # -- nearly equal mixtures ----------------------------------------

    def same_shape(self, other: Any) -> bool:
        """Whether the two pair up component by component, so that their log-ratio has a difference form."""
        if type(other) is not Mixture or len(other.components) != len(self.components):
            return False
        return all(a == b or a.same_shape(b) for a, b in zip(self.components, other.components, strict=True))

    def log_ratio_at(self, other: Any, points: Points) -> tuple[Array, Array]:
        """log p - log q, and the size of what was added up.

        Where p and q are near each other: log1p of the sum of (w_i p_i - v_i q_i)/q, each of them a difference form.
        Elsewhere the plain difference is as good.
        """
        parts = [
            (w, a, a.logpdf_at(points) + math.log(w), v, b, b.logpdf_at(points) + math.log(v))
            for w, a, v, b in zip(self.weights, self.components, other.weights, other.components, strict=True)
            if a.continuous_mass > 0
        ]
        if not parts:
            nothing = np.zeros(np.broadcast(points.anchor, points.offset).shape)
            return nothing, nothing
        log_p, log_q = log_sum([part[2] for part in parts]), log_sum([part[5] for part in parts])
        change, size = 0.0, 0.0
        rounding = np.abs(log_p) + np.abs(log_q) + 2 * self.log_rounding
        with np.errstate(over="ignore", invalid="ignore"):
            for w, a, log_wa, v, b, log_vb in parts:
                if w == v and a == b:
                    continue
                log_weight = log_of_ratio(w, v)
                ratio, ratio_size = (0.0, 0.0) if a == b else a.log_ratio_at(b, points)
                part, part_size = _share_difference(
                    log_wa - log_q, log_vb - log_q, log_weight + ratio, abs(log_weight) + ratio_size, rounding
                )
                change, size = change + part, size + part_size
            near = np.abs(change) < 0.5
            ratio = np.where(near, np.log1p(np.where(near, change, 0.0)), log_p - log_q)
        return ratio, np.where(near, size, rounding)


def _share_difference(
    log_a: Array, log_b: Array, ratio: Array, ratio_size: Array, rounding: Array
) -> tuple[Array, Array]:
    """exp(log_a) - exp(log_b) where their difference is known as `ratio`, and the size of what it is made of.

    By expm1 where the two are near each other; where they are far apart as they stand, for either may be 0 in floats.
    exp makes a relative error of the absolute one of its argument, so the sizes grow with it.
    """
    share_a, share_b = np.exp(log_a), np.exp(log_b)
    near = np.abs(ratio) < 1.0
    difference = np.where(near, share_b * np.expm1(np.where(near, ratio, 0.0)), share_a - share_b)
    size_a = np.where(share_a > 0, share_a * (2.0 + rounding + np.abs(log_a)), 0.0)
    size_b = np.where(share_b > 0, share_b * (2.0 + rounding + np.abs(log_b)), 0.0)
    # |expm1(ratio)| < 2 ratio_size here: the size of a difference that is itself small stays small
    return difference, np.where(near, 2.0 * size_b * ratio_size, size_a + size_b)


def _vector(name: str, values: Any) -> np.ndarray:
    try:
        return np.atleast_1d(real_array(values))
    except (TypeError, ValueError):
        raise DomainError(f"{name} of Discrete are {values!r}; they must be a sequence of real numbers.") from None


def _divisor(total: float, count: int) -> float:
    """1 where the sum is 1 to within rounding, so that weights that were divided once are left as they are."""
    return 1.0 if abs(total - 1.0) <= 4 * _EPS * count else total


def _parts(law: Any) -> Iterable[tuple[float, Any]]:
    return zip(law.weights, law.components, strict=True) if isinstance(law, Mixture) else [(1.0, law)]


def log_sum(terms: Sequence[Array]) -> Array:
    """log(sum(exp(terms))), -inf where all are."""
    if len(terms) == 1:
        return terms[0]
    if len(terms) == 2:
        return np.logaddexp(terms[0], terms[1])
    top = np.maximum.reduce(terms)
    finite_top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        return finite_top + np.log(sum(np.exp(t - finite_top) for t in terms))


def _heaviest(tails: Sequence[Tail], weights: Sequence[float]) -> Tail:
    if not all(t.is_known for t in tails):
        return next(t for t in tails if not t.is_known)
    power = min((t.power for t in tails if t.kind == "power"), default=None)
    if power is not None:
        weight = math.fsum(
            w * t.weight for w, t in zip(weights, tails, strict=True) if t.kind == "power" and t.power == power
        )
        return Tail("power", power, weight)
    return min(tails, key=lambda t: t.power)


def _frozen(values: Any) -> np.ndarray:
    array = np.array(values, dtype=float)
    array.setflags(write=False)
    return array
