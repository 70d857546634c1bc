"""Integrals over laws as Estimates: what the rule found, what tails and poles leave out, and what an infinity means.

The error of an integral is the resolution of the rule, the rounding carried through the integrand, what power tails
hold beyond the last panel, what a pole holds between itself and the nearest node, and the laws' own defects of mass.

A function that a user gives may return an infinity where its true value is none: a probability D rounds to 1, and
log(1 - D) to -inf; an exponential overflows. Where it approaches the infinity, that is rounding, and the mass on which
it happened says what it may be worth; where it jumps there, the infinity is meant, and is the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Basis, Estimate
from gantheory.finite_ends import beside_ends
from gantheory.panels import EPS, KRONROD, Edges, Panels, Points
from gantheory.quadrature import integrate
from gantheory.ratio import At
from gantheory.splitting import split_at_changes

__all__ = [
    "Functional",
    "Given",
    "How",
    "Terms",
    "beyond_rounding",
    "estimated",
    "of_given",
    "split_at_corners",
    "summands",
    "weighted",
]

Array = Any
Integrand = Callable[[Points], tuple[Array, Array]]  # values, and their rounding
_UNDERFLOW = 1e-300  # what densities below the smallest float could add up to


class Terms(NamedTuple):
    """The integrands under p and under q, None where there is none, and the rounding carried into each."""

    under_p: Array | None
    under_q: Array | None
    noise_p: Array | float = 0.0
    noise_q: Array | float = 0.0


class Given(NamedTuple):
    """What is known of integrands that a user's function makes.

    Beyond `large` they are on their way to an infinity. Where they return one they are `most` at the most.
    """

    large: float
    most: float
    remedy: str


class Functional(NamedTuple):
    """What is integrated over a pair.

    `terms` maps an `At` to its integrands. `corners` says that they grow without bound with a log-density, whose
    corners must then be on panels' ends. `of_ratio` says that they depend on r alone, so that equal and mutually
    singular laws are decided without integrating. `kink` is a function of r whose sign changes are kinks. `defect` is
    what a unit of missing mass costs at most, for arrays (0: the value is that of the restrictions). `lost` is by
    how many powers of x the integrands fall more slowly than the densities.
    """

    terms: Callable[[At], Terms]
    of_ratio: bool = True
    kink: Callable[[At], Array] | None = None
    defect: float = 0.0
    basis: Basis = "bound"
    breakpoints: Array = ()
    lost: float = 0.0
    corners: bool = False
    given: Given | None = None


class How(NamedTuple):
    """How well to integrate, and what the result is called.

    `lost` is by how many powers of x the integrand falls more slowly than the density. `given` says that nothing is
    known of it but its values: how it falls in a tail is read off them, and it may jump next to a panel's end.
    `of_density` says that the integrand has the density for a factor, with its poles.
    """

    rtol: float
    atol: float
    basis: Basis
    name: str
    lost: float = 0.0
    given: bool = False
    of_density: bool = True


def weighted(at: At, terms: Callable[[At], Terms], most: float = math.inf) -> tuple[Array, Array]:
    """p h_p + q h_q and its rounding, from a pair at points; no |h| above `most`."""
    under_p, under_q, noise_p, noise_q = terms(at)
    value: Array = 0.0
    noise: Array = 0.0
    for h, log_mass, rounding, carried in (
        (under_p, at.log_p, at.rounding_p, noise_p),
        (under_q, at.log_q, at.rounding_q, noise_q),
    ):
        if h is None:
            continue
        mass = np.exp(log_mass)
        term = mass * (h if most == math.inf else np.clip(h, -most, most))
        if not np.isfinite(term).all():  # an infinite h counts where there is mass, and only there
            term = np.where(mass > 0, term, 0.0)
        value = value + term
        noise = noise + np.abs(term) * (rounding + 6 * EPS) + mass * carried
    return value, noise


_MOST_CORNERED = 12  # of more components the corners lie denser than the nodes


def split_at_corners(cells: Panels, laws: tuple[Any, ...], to_x: Callable[[Points], Points] | None = None) -> Panels:
    """Cut where another component of a mixture becomes its largest: the mixture's log-density has a corner there."""
    for law in laws:
        if 1 < len(getattr(law, "components", ())) <= _MOST_CORNERED:
            label = law.largest_at if to_x is None else lambda t, law=law: law.largest_at(to_x(t))
            cells = split_at_changes(cells, label, graded=True)
    return cells


def beyond_rounding(kink: Any, at: At) -> Array:
    """A function of the log-ratio, 0 where its own rounding could give it either sign."""
    found = kink(at)
    return np.where(np.abs(found) <= at.rounding_r, 0.0, found)


def estimated(cells: Panels, integrand: Integrand, edges: Edges, laws: tuple[Any, ...], how: How) -> Estimate:
    """Integrate, add what the tails leave out, and refuse a number that did not converge."""
    within = beside_ends(integrand, laws, how.name) if how.given else 0.0
    if math.isinf(within):
        return Estimate(within, 0.0, how.basis)
    found = integrate(cells, integrand, rtol=how.rtol, atol=max(how.atol, _UNDERFLOW), ends=how.given)
    if not math.isfinite(found.value):
        return Estimate(found.value, 0.0, how.basis)
    defect = sum(getattr(law, "mass_error", 0.0) for law in laws)
    beyond = _beyond(integrand, edges, laws, how) + within
    if how.of_density:
        beyond += _within_poles(integrand, cells, laws)
    rounded = _beside_anchors(integrand, cells) if any(law.rounds_x for law in laws) else 0.0
    width = float(np.median(np.abs(edges.offset))) if edges.offset.size else 1.0
    error = found.error + beyond + rounded + defect * max(1.0, abs(found.value)) + _UNDERFLOW * max(1.0, width)
    result = Estimate(found.value, error, how.basis)
    if not found.converged or beyond > max(how.rtol * abs(found.value), how.atol, found.rounding):
        raise ConvergenceError(
            f"{how.name or 'the integral'} did not converge to rtol={how.rtol:g}: the best estimate is {result}. "
            "Ask for less (rtol=1e-6), or name the points where a function or pdf of yours changes (breakpoints=...).",
            result,
        )
    return result


# -- what no panel sees ----------------------------------------


def _power_tails(edges: Edges, laws: tuple[Any, ...]) -> list[tuple[float, float, float]]:
    """(index of the heaviest power, centre, offset of the last edge) for each side whose tail may be a power.

    The index is nan where a law does not say how its tail falls: it is read off the integrand.
    """
    found = []
    for side, end in ((0, np.argmin), (1, np.argmax)):
        open_ended = [law for law in laws if law.tails()[side].kind == "power" or not law.tails()[side].is_known]
        if not open_ended or not edges.offset.size:
            continue
        i = end(edges.centre + edges.offset)
        centre, offset = float(edges.centre[i]), float(edges.offset[i])
        unknown = [law for law in open_ended if not law.tails()[side].is_known]
        if unknown:
            middle = float(unknown[0].ppf(0.5))
            found.append((math.nan, middle, (centre - middle) + offset))
        else:
            found.append((min(law.tails()[side].power for law in open_ended), centre, offset))
    return found


def _ends(integrand: Integrand, power: float, centre: float, offset: float) -> bool:
    """Whether a tail of which nothing is known holds nothing beyond the last edge."""
    beyond = Points(np.full(1, centre), np.full(1, 1.5 * offset))
    return math.isnan(power) and not abs(float(np.ravel(integrand(beyond)[0])[0])) > 0


def _far(integrand: Integrand, centre: float, offset: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The integrand at steps inwards from the last edge, at most e**8 each: offsets, outermost first, and values."""
    step = min(8.0, max(math.log(abs(offset)) / 12.0, 0.25)) if offset else 8.0
    far = offset * np.exp(-step * np.arange(float(steps)))
    values = integrand(Points(np.full(far.shape, centre), far))[0]
    seen = np.isfinite(values) & (np.abs(values) > 1e-290)
    return far[seen], np.asarray(values)[seen]


def _beyond(integrand: Integrand, edges: Edges, laws: tuple[Any, ...], how: How) -> float:
    """What power tails hold beyond the last edges, or where their densities underflow, by the integrand there."""
    beyond = 0.0
    for power, centre, offset in _power_tails(edges, laws):
        if _ends(integrand, power, centre, offset):
            continue
        if math.isnan(power) and not how.given:  # it is in the mass defect
            continue
        # an integrand that falls no faster than the density is seen at the last edge, or is 0 there
        far, values = _far(integrand, centre, offset, 80 if how.lost or how.given else 1)
        if not far.size:
            continue
        index = power - how.lost if power > how.lost else power
        if how.given:
            index = _index(far, values)
        beyond += 2.0 * abs(float(values[0] * far[0])) / index if index > 0 else math.inf
    return beyond


def _index(far: np.ndarray, values: np.ndarray) -> float:
    """a, where the integrand falls like |x|**(-1 - a) over its outermost points; inf where there are too few."""
    some = slice(2, 8) if len(far) > 8 else slice(0, 8)  # the outermost may be of densities that lose their digits
    size, log = np.log(np.abs(far[some])), np.log(np.abs(values[some] * far[some]))
    if len(size) < 3:
        return math.inf
    falls = -np.diff(log) / np.diff(size)
    return float(np.min(falls[:2]))


def _within_poles(integrand: Integrand, cells: Panels, laws: tuple[Any, ...]) -> float:
    """What lies between a pole and the panel edge nearest to it, by the integrand there.

    The rule sees a part of it only, and its two members agree on that part.
    """
    within = 0.0
    for pole in (pole for law in laws for pole in law.poles()):
        nearest = (cells.scale == 0) & (cells.anchor == pole.location) & ((cells.a if pole.side > 0 else cells.b) == 0)
        for end in (cells.b if pole.side > 0 else cells.a)[nearest]:
            value = np.abs(integrand(Points(np.full(1, pole.location), np.full(1, end)))[0][0])
            within += 2.0 * float(value) * abs(float(end)) / pole.exponent
    return within


def _beside_anchors(integrand: Integrand, cells: Panels) -> float:
    """What the rounding of x may move where a density is known at numbers only, by the integrand beside anchors.

    At some ulps from an anchor other than 0 the distance to it, and a density with a pole there, is known to one part
    in as many. Nearer than one ulp nothing is known: a pole of exponent 0.4, of which more than the mass's own check
    lets pass would be missing, holds there 2.5 times what the nearest density says.
    """
    ulp = np.spacing(np.abs(cells.anchor))[:, None]
    points, _ = cells.nodes()
    near = (np.abs(points.offset) < 64 * ulp).any(axis=1)
    if not near.any():
        return 0.0
    points, factor = cells.take(near).nodes()
    unknown = 3.0 * np.minimum(1.0, ulp[near] / np.maximum(np.abs(points.offset), 5e-324))
    values = np.abs(integrand(points)[0]) * unknown * factor
    return float(np.sum(np.where(np.isfinite(values), values, 0.0) @ KRONROD))


# -- functions that a user gives ----------------------------------------


def of_given(
    cells: Panels,
    at: Callable[[Points], At],
    terms: Callable[[At], Terms],
    edges: Edges,
    laws: tuple[Any, ...],
    how: How,
    given: Given,
) -> Estimate:
    """The integral of terms that a user's function makes: finite, infinite, or not to be told."""

    def integrand(points: Points) -> tuple[Array, Array]:
        return weighted(at(points), terms)

    how = how._replace(given=True)
    diverging = _diverges(integrand, edges, laws)
    if diverging:
        return Estimate(diverging, 0.0, how.basis)
    found = estimated(cells, integrand, edges, laws, how)
    if math.isfinite(found.value):
        return found
    nodes, factor = cells.nodes()
    nearest = _approached(at(nodes), terms, factor * KRONROD)
    if nearest is None:
        return found
    mass = integrate(cells, lambda points: _mass_of_infinity(at(points), terms), rtol=1e-2).value
    most = _most(nearest, given)
    best = estimated(cells, lambda points: weighted(at(points), terms, most / 1e3), edges, laws, how)
    unknown = 2.0 * mass * most
    if unknown > max(how.rtol * abs(best.value), how.atol, float(best.error)):
        raise ConvergenceError(
            f"{how.name or 'the integral'} cannot be told: the function returns an infinity, which it approaches, "
            f"on a mass of {mass:.2g}. {given.remedy}",
            Estimate(best.value, float(best.error) + unknown, how.basis),
        )
    return Estimate(best.value, float(best.error) + unknown, how.basis)


def summands(at: At, terms: Callable[[At], Terms], given: Given | None, weights: Array = 1.0) -> tuple[Array, Array]:
    """What atoms, or the points of a grid, add: values and their roundings, infinities of a user's function told."""
    value, noise = weighted(at, terms)
    if given is None or not (np.isinf(value) & (np.asarray(weights) > 0)).any():
        return value, noise
    nearest = _approached(at, terms, weights)
    if nearest is None:
        return value, noise
    most = _most(nearest, given)
    infinite = _mass_of_infinity(at, terms)[0]
    capped, noise = weighted(at, terms, most / 1e3)
    mass, known = float(np.max(np.sum(infinite * weights, axis=-1))), float(np.max(np.abs(capped)))
    if 2.0 * mass * most > 1e-12 * max(known, 1e-3):
        raise ConvergenceError(
            f"the sum cannot be told: the function returns an infinity, which it approaches, on a mass of {mass:.2g}. "
            f"{given.remedy}"
        )
    return capped, noise + 2.0 * infinite * most


def _diverges(integrand: Integrand, edges: Edges, laws: tuple[Any, ...]) -> float:
    """±inf where x times the integrand does not fall in a power tail, as far out as there are floats; 0 elsewhere."""
    signs = set()
    for power, centre, offset in _power_tails(edges, laws):
        if _ends(integrand, power, centre, offset):
            continue
        far, values = _far(integrand, centre, offset, 80)
        sizes = np.log(np.abs(values[2:6] * far[2:6]))  # the outermost may be of densities that lose their digits
        if len(sizes) == 4 and (sizes[:-1] >= sizes[1:] - 1e-6).all():
            signs.add(math.copysign(1.0, values[2]))
    if len(signs) == 2:
        raise DomainError("the integral is +inf in one tail and -inf in the other: it has no value.")
    return signs.pop() * math.inf if signs else 0.0


def _held(at: At, terms: Callable[[At], Terms]) -> list[tuple[Array, Array]]:
    """The integrands beside their masses."""
    found = terms(at)
    pairs = ((found.under_p, at.log_p), (found.under_q, at.log_q))
    return [(np.asarray(h), np.exp(log_mass)) for h, log_mass in pairs if h is not None]


def _approached(at: At, terms: Callable[[At], Terms], weights: Array) -> float | None:
    """The largest finite |h| beside an infinite one, where h rises to it: several times its mean. Else nothing."""
    x = np.ravel(np.broadcast_to(at.x, np.shape(at.log_p)))
    order = np.argsort(x, kind="stable")
    found = None
    for h, mass in _held(at, terms):
        size = np.ravel(np.abs(np.broadcast_to(h, mass.shape)))[order]
        held = np.ravel(np.broadcast_to(mass * weights, mass.shape))[order]
        infinite, finite = np.isinf(size) & (held > 0), np.isfinite(size) & (held > 0)
        if not infinite.any() or not finite.any():
            continue
        mean = float(np.sum(np.where(finite, size, 0.0) * held) / max(float(np.sum(held[finite])), 5e-324))
        places, here = np.flatnonzero(finite), np.flatnonzero(infinite)
        beside = np.searchsorted(places, here)
        nearest = float(max(size[places[np.clip(beside - 1, 0, len(places) - 1)]].max(),
                            size[places[np.clip(beside, 0, len(places) - 1)]].max()))  # fmt: skip
        if nearest > 4.0 * mean:
            found = max(found or 0.0, nearest)
    return found


def _most(nearest: float, given: Given) -> float:
    """What |h| is taken to be at the most where it is infinite, from what it is beside."""
    return given.most if nearest > given.large else min(1e3 * nearest, given.most)


def _mass_of_infinity(at: At, terms: Callable[[At], Terms]) -> tuple[Array, Array]:
    """The densities where their integrand is infinite."""
    mass = sum(np.where(np.isinf(h), mass, 0.0) for h, mass in _held(at, terms))
    return mass, 1e-3 * mass
