"""Expectations under laws that live in a coordinate of their own: a generator's, in z.

E_p[h_p(r)] + E_q[h_q(r)] is then two integrals. That under a law of G(z) runs over the prior's panels, with the ends of
the branches, the preimages of what happens in x, and the preimages of the other law's edges as panel ends; the other
runs in x, with the values of G where something happens as panel ends. A mixture with such a component is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.densities.mixture import Mixture
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.integrals import (
    Functional,
    How,
    Terms,
    beyond_rounding,
    estimated,
    of_given,
    split_at_corners,
    weighted,
)
from gantheory.panels import EPS, Edges, Points, panels
from gantheory.ratio import At, pair_at
from gantheory.splitting import split_at_roots

__all__ = ["is_latent", "latent_expectation"]

Array = Any
_ROUNDED = 32 * EPS
_AT_A_POLE = 100.0  # the logarithm of a pole's density, where a distance of 1e-43 is still told
_MOST = 1e3  # what a unit of mass is worth at most, where integrands are logarithms of probabilities
_NOTHING, _LOG_NOTHING = 1e-30, -60.0  # a mass that is left out, and a log-density that holds none


def is_latent(law: Any) -> bool:
    """Whether the law, or a component of it, is integrated in a coordinate that is not x."""
    if isinstance(law, Mixture):
        return any(is_latent(part) for part in law.components)
    return not law.in_x


@dataclass(frozen=True, slots=True)
class _Weighed(At):
    """A pair at points, with the mass of the coordinate in place of both densities; `seen` is the pair itself."""

    seen: At


def latent_expectation(p: Any, q: Any, functional: Functional, how: How) -> Estimate:
    """E_p[h_p] + E_q[h_q] of the continuous parts, each law in its own coordinate."""
    total = Estimate(0.0, 0.0, how.basis)
    for law, one_sided in ((p, _under_p), (q, _under_q)):
        for weight, part in _parts(law):
            if part.continuous_mass > 0:
                total = total + weight * _under(part, (p, q), one_sided(functional.terms), functional, how)
    return total


def _parts(law: Any) -> Iterator[tuple[float, Any]]:
    if isinstance(law, Mixture) and is_latent(law):
        yield from zip(law.weights, law.components, strict=True)
    else:
        yield 1.0, law


def _under_p(terms: Callable[[At], Terms]) -> Callable[[_Weighed], Terms]:
    def one_sided(at: _Weighed) -> Terms:
        found = terms(at.seen)
        return Terms(found.under_p, None, found.noise_p)

    return one_sided


def _under_q(terms: Callable[[At], Terms]) -> Callable[[_Weighed], Terms]:
    def one_sided(at: _Weighed) -> Terms:
        found = terms(at.seen)
        return Terms(None, found.under_q, 0.0, found.noise_q)

    return one_sided


def _under(
    part: Any, laws: tuple[Any, Any], terms: Callable[[_Weighed], Terms], functional: Functional, how: How
) -> Estimate:
    """The expectation under a component of one of the laws, in its own coordinate."""
    others = [one for one in _components(*laws) if one is not part and one.continuous_mass > 0]
    elsewhere = Edges.union([Edges.at([]), *(one.edges for one in others)])
    atoms = [law.atoms()[0] for law in laws]
    special = np.concatenate([elsewhere.anchors, *atoms, np.ravel(functional.breakpoints)])
    measure = part.measure(special, elsewhere.centre + elsewhere.offset)
    latent = not part.in_x
    how = how._replace(name=f"{how.name or 'the integral'} (its part under {part})")
    edges = measure.edges if latent else Edges.union([measure.edges, _apart_from(measure.edges.anchors, elsewhere)])
    both = pair_at(*laws)
    of_first = any(one is part for one in _components(laws[0]))

    def at(t: Points) -> _Weighed:
        x = measure.points(t) if latent else t
        seen = both(x)
        if latent:
            other = seen.log_q if of_first else seen.log_p
            seen = replace(seen, rounding_r=seen.rounding_r + _moved(seen, other))
        log_mass = measure.log_mass(t)
        if latent:
            log_mass = np.where(_beyond_floats(part, t, seen.points), -np.inf, log_mass)
        rounding = 4 * EPS * (np.minimum(np.abs(log_mass), 1e300) + 8.0)
        return _Weighed(x, log_mass, log_mass, seen.r, rounding, rounding, seen.rounding_r, seen)

    cells = panels(edges, () if latent else functional.breakpoints)
    first = at(cells.nodes()[0])
    there = terms(first)
    if there.under_p is None and there.under_q is None:
        return Estimate(0.0, 0.0, how.basis)
    if functional.kink is not None:
        cells = split_at_roots(cells, lambda t: beyond_rounding(functional.kink, at(t).seen))
    if functional.corners:
        cells = split_at_corners(cells, laws, measure.points if latent else None)
    whole = part.prior if latent else part  # whose tails and poles the coordinate has
    if functional.given is not None:
        found = of_given(cells, at, terms, edges, (whole,), how, functional.given)  # type: ignore[arg-type]
    else:
        found = estimated(cells, lambda t: weighted(at(t), terms), edges, (whole,), how)  # type: ignore[arg-type]
        # supports were compared before, or the integrand is bounded by the masses: a density is beyond the floats
        if np.isinf(found.value) and (functional.corners or functional.defect):
            raise ConvergenceError(
                f"{how.name or 'the integral'} overflows under {part}: a density is beyond the floats there. "
                "Use a prior of lighter tails, or of smaller support."
            )
    if np.isinf(found.value):
        return Estimate(found.value, 0.0, found.basis)
    defect = float(getattr(part, "mass_error", 0.0)) if latent else 0.0
    defect = defect if defect > _ROUNDED else 0.0  # the rounding of masses that add up to 1 is in the sum itself
    # beside a fold, where a density and its logarithm are those of a pole, and no tail's
    misplaced = float(getattr(part, "misplaced", 0.0)) * (_AT_A_POLE + 10.0 * abs(float(found.value)))
    worth = _largest(first.log_p, there, float(found.value))
    worth = min(worth, _MOST) if functional.defect else worth
    return Estimate(found.value, found.error + defect * worth + misplaced, found.basis)


def _apart_from(anchors: np.ndarray, others: Edges) -> Edges:
    """Others' edges, less those anchors that are one of `anchors` to rounding: G's value at a place of the prior."""
    if not len(anchors):
        return others
    gap = np.abs(others.anchors[:, None] - anchors).min(axis=1)
    return replace(others, anchors=others.anchors[gap > 8 * EPS * np.abs(others.anchors)])


def _beyond_floats(part: Any, t: Points, there: Any) -> Array:
    """Where x or G' is beyond the floats, or G' underflows, and no mass lies that could be told: no density is known.

    G' rounds to 0 far out in a tail of the prior, as that of softplus does.
    """
    lost = np.zeros(np.shape(there.slope), dtype=bool)
    if part.beyond_floats < _NOTHING:
        lost |= ~(np.isfinite(there.slope) & np.isfinite(there.x))
    stands = np.equal(there.slope, 0)
    if stands.any():
        stands &= np.minimum(part.prior.cdf_at(t), part.prior.sf_at(t)) < _NOTHING
    return lost | stands


def _largest(log_mass: Array, seen: Terms, value: float) -> float:
    """What a unit of mass that is missing may be worth: the largest integrand where mass was seen, the value, or 1."""
    held = np.asarray(log_mass) > _LOG_NOTHING
    sizes = [np.abs(np.asarray(h) + np.zeros(held.shape))[held] for h in (seen.under_p, seen.under_q) if h is not None]
    return max(1.0, abs(value), *(float(size[np.isfinite(size)].max(initial=0.0)) for size in sizes))


def _components(*laws: Any) -> Iterator[Any]:
    for law in laws:
        yield from (part for _, part in _parts(law))


def _moved(seen: At, other: Array) -> Array:
    """What the rounding of x does to the log-ratio, by how fast the other law's density moves from node to node.

    That of the law itself is known by z, and does not see how x is rounded.
    """
    x, r = np.broadcast_arrays(np.asarray(seen.points.x), np.asarray(other))
    if x.ndim < 2 or x.shape[1] < 3:
        return 0.0
    with np.errstate(all="ignore"):
        steepness = np.abs(np.diff(r, axis=1) / np.diff(x, axis=1))
    steepness = np.where(np.isfinite(steepness), steepness, 0.0)
    around = np.maximum(np.pad(steepness, ((0, 0), (1, 0))), np.pad(steepness, ((0, 0), (0, 1))))
    near = np.asarray(seen.points.offset) != 0  # an anchored point is no rounded x
    return np.where(near | np.isinf(x), 0.0, 2 * EPS * np.where(np.isinf(x), 0.0, np.abs(x)) * around)
