"""The log-ratio r = log p - log q: the one quantity that carries the theory.

It is computed from log-densities, never from a quotient of pdfs: D* is then right where both densities underflow.
For two laws of one family it is computed through the differences of their parameters, see `Law.log_ratio_at`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import numbers
from gantheory.panels import EPS, Points

__all__ = ["At", "atoms_at", "from_densities", "log_ratio", "log_ratio_at", "masses_at", "pair_at"]

Array = Any
LARGEST = 1e300
LARGEST_LOG = 709.0
_TINY = 1e-290


@dataclass(frozen=True, slots=True)
class At:
    """A pair of laws at some points: their log-densities, the log-ratio, and the rounding of each."""

    points: Points
    log_p: Array
    log_q: Array
    r: Array
    rounding_p: Array
    rounding_q: Array
    rounding_r: Array

    @property
    def x(self) -> Array:
        return self.points.x


def log_ratio(p: Any, q: Any, /) -> Callable[[Array], Array]:
    """The log-ratio r(x) = log p(x) - log q(x), from log-densities, never from a quotient of pdfs.

    For two laws of one family it is computed through the differences of their parameters, so that it keeps its relative
    accuracy for nearly equal laws. Continuous parts are compared, except at an atom of either law.

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts

    Returns
    -------
    callable
        x -> r(x); +inf where q alone vanishes, -inf where p alone does, 0 where both do.

    Examples
    --------
    >>> r = log_ratio("norm(0, 1)", "norm(1e-8, 1)")
    >>> float(r(2.0))
    -1.99999999...e-08
    """
    at = log_ratio_at(as_density(p), as_density(q))

    def ratio(x: Array, /) -> Array:
        return at(Points.at(numbers(x)))[0]

    return ratio


def log_ratio_at(p: Any, q: Any) -> Callable[[Points], tuple[Array, Array]]:
    """The log-ratio on anchored points, atoms included, and its rounding."""
    continuous, atomic = pair_at(p, q), atoms_at(p, q)
    locations = np.union1d(p.atoms()[0], q.atoms()[0])

    def ratio(points: Points) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            at = continuous(points)
            r, rounding = at.r, at.rounding_r
            if len(locations):
                on_atom = np.isin(points.x, locations) & (np.asarray(points.offset) == 0)
                at = atomic(Points(np.asarray(points.x), 0.0, True))
                r, rounding = np.where(on_atom, at.r, r), np.where(on_atom, at.rounding_r, rounding)
        return np.asarray(r)[()], rounding

    return ratio


def pair_at(p: Any, q: Any) -> Callable[[Points], At]:
    """The pair's continuous parts at points, by the difference form where there is one."""
    exact = p.same_shape(q)
    constants = p.log_rounding + q.log_rounding
    whole_line = all(not np.isfinite(law.support()).any() for law in (p, q))

    def at(points: Points) -> At:
        # +inf where rounding puts a node on a pole itself
        log_p, log_q = (np.minimum(law.logpdf_at(points), LARGEST_LOG) for law in (p, q))
        unsure_p, unsure_q = (getattr(law, "unsure_at", _sure)(points) for law in (p, q))
        # finite even where a density is 0, so that 0 times it is 0
        size_p, size_q = np.minimum(np.abs(log_p), LARGEST), np.minimum(np.abs(log_q), LARGEST)
        if exact:
            r, size = p.log_ratio_at(q, points)
            size = np.fmin(size, LARGEST)  # nan where neither has mass
            neither = (size_p == LARGEST) & (size_q == LARGEST)
            # densities of the whole line that overflow on the way to 0 still have a ratio
            off = neither & ~np.isfinite(r) if whole_line else neither
            r = np.where(off, 0.0, r) if off.any() else r
        else:
            r = log_p - log_q
            r = np.where(np.isnan(r), 0.0, r)
            size = size_p + size_q + constants
        return At(
            points, log_p, log_q, r,
            (4 * EPS) * (size_p + p.log_rounding) + unsure_p, (4 * EPS) * (size_q + q.log_rounding) + unsure_q,
            (4 * EPS) * size + unsure_p + unsure_q,
        )  # fmt: skip

    return at


def _sure(points: Points) -> float:
    """What a log-density may be off by beside its rounding: nothing."""
    return 0.0


def atoms_at(p: Any, q: Any) -> Callable[[Points], At]:
    """The pair's atoms at points, as densities with respect to counting measure."""

    rounding = p.atom_rounding + q.atom_rounding
    apart = _log_sum(p) - _log_sum(q)

    def at(points: Points) -> At:
        mass_p, mass_q = masses_at(p, points.x), masses_at(q, points.x)
        found = from_densities(points, mass_p, mass_q, rounding)
        found = replace(found, r=found.r - apart) if apart else found
        tiny = (mass_p < _TINY) | (mass_q < _TINY)  # their logarithms may be known where they are not
        if not tiny.any():
            return found
        log_p, log_q = p.log_masses_at(points.x), q.log_masses_at(points.x)
        neither = np.isneginf(log_p) & np.isneginf(log_q)
        r = np.where(tiny, np.where(neither, 0.0, log_p - log_q), found.r)
        sizes = [np.where(np.isfinite(log), np.abs(log), 0.0) for log in (log_p, log_q)]
        of_r = np.where(tiny, rounding + 4 * EPS * (sizes[0] + sizes[1]), found.rounding_r)
        size_p, size_q = (rounding + EPS * (2 + size) for size in sizes)
        return At(points, log_p, log_q, r, size_p, size_q, of_r)

    return at


def _log_sum(law: Any) -> float:
    """What the logarithms of all of a law's masses are off by where these sum to 1 but for rounding."""
    masses = law.atoms()[1]
    if not len(masses) or law.continuous_mass > 0 or any(law.is_cut()):
        return 0.0
    return math.log1p(math.fsum([*masses, -1.0]))


def masses_at(law: Any, x: Array) -> np.ndarray:
    locations, masses = law.atoms()
    x = np.asarray(x, dtype=float)
    if not len(locations):
        return np.zeros(x.shape)
    index = np.minimum(np.searchsorted(locations, x), len(locations) - 1)
    return np.where(locations[index] == x, masses[index], 0.0)


def from_densities(points: Points, p: Array, q: Array, rounding: float = 0.0) -> At:
    """A pair given by its densities themselves, each right to `rounding` of itself: atoms, and arrays on a grid."""
    with np.errstate(all="ignore"):
        log_p, log_q = np.log(p), np.log(q)
        change = (p - q) / q
        near = np.abs(change) < 0.5
        r = np.where(near, np.log1p(np.where(near, change, 0.0)), log_p - log_q)
        r = np.where((p == 0) & (q == 0), 0.0, r)
        of_r = rounding + 4 * EPS * np.where(near, np.abs(r), np.abs(log_p) + np.abs(log_q))
        # exp undoes the logarithm, and rounds on the way
        size_p, size_q = (rounding + EPS * (2 + np.minimum(np.abs(log), LARGEST)) for log in (log_p, log_q))
    return At(points, log_p, log_q, r, size_p, size_q, np.minimum(of_r, LARGEST))
