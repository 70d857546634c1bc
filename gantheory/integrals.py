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
from gantheory.quadrature import EPS, Edges, Panels, Points, integrate
from gantheory.ratio import At

__all__ = ["Given", "How", "Terms", "estimated", "of_given", "weighted"]

Array = Any
Integrand = Callable[[Points], tuple[Array, Array]]  # values, and their rounding
_UNDERFLOW = 1e-300  # what densities below the smallest float could add up to


class Terms(NamedTuple):
    """The integrands under p and under q, None where there is none, and the rounding carried into each."""

    under_p: Array | None
    under_q: Array | None
    noise_p: Array | float = 0.0
    noise_q: Array | float = 0.0


class How(NamedTuple):
    """How well to integrate, and what the result is called.

    `lost` is by how many powers of x the integrand falls more slowly than the density.
    """

    rtol: float
    atol: float
    basis: Basis
    name: str
    lost: float = 0.0


class Given(NamedTuple):
    """What is known of integrands that a user's function makes.

    Beyond `large` they are on their way to an infinity. Where they return one they are `most` at the most.
    """

    large: float
    most: float
    remedy: str


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


def estimated(cells: Panels, integrand: Integrand, edges: Edges, laws: tuple[Any, ...], how: How) -> Estimate:
    """Integrate, add what the tails leave out, and refuse a number that did not converge."""
    found = integrate(cells, integrand, rtol=how.rtol, atol=max(how.atol, _UNDERFLOW))
    if not math.isfinite(found.value):
        return Estimate(found.value, 0.0, how.basis)
    defect = sum(getattr(law, "mass_error", 0.0) for law in laws)
    beyond = _beyond(integrand, edges, laws, how.lost) + _within_poles(integrand, cells, laws)
    error = found.error + beyond + defect * max(1.0, abs(found.value)) + _UNDERFLOW
    result = Estimate(found.value, error, how.basis)
    if not found.converged or beyond > max(how.rtol * abs(found.value), how.atol, found.rounding):
        raise ConvergenceError(
            f"{how.name or 'the integral'} did not converge to rtol={how.rtol:g}: the best estimate is {result}. "
            "Name the points where the law changes (breakpoints=...), or ask for less (rtol=1e-6).",
            result,
        )
    return result


# -- what no panel sees ----------------------------------------


def _power_tails(edges: Edges, laws: tuple[Any, ...]) -> list[tuple[float, float, float]]:
    """(index of the heaviest power, centre, offset of the last edge) for each side that has a power tail."""
    found = []
    for side, end in ((0, np.argmin), (1, np.argmax)):
        powers = [t.power for t in (law.tails()[side] for law in laws) if t.kind == "power"]
        if powers and edges.offset.size:
            i = end(edges.centre + edges.offset)
            found.append((min(powers), edges.centre[i], edges.offset[i]))
    return found


def _far(integrand: Integrand, centre: float, offset: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The integrand at steps of e**8 inwards from the last edge: offsets, outermost first, and finite values there."""
    far = offset * np.exp(-8.0 * np.arange(float(steps)))
    values = integrand(Points(np.full(far.shape, centre), far))[0]
    seen = np.isfinite(values) & (np.abs(values) > 1e-290)
    return far[seen], np.asarray(values)[seen]


def _beyond(integrand: Integrand, edges: Edges, laws: tuple[Any, ...], lost: float) -> float:
    """What power tails hold beyond the last edges, or where their densities underflow, by the integrand there."""
    beyond = 0.0
    for power, centre, offset in _power_tails(edges, laws):
        # an integrand that falls no faster than the density is seen at the last edge, or is 0 there
        far, values = _far(integrand, centre, offset, 80 if lost else 1)
        if far.size:
            beyond += 2.0 * abs(float(values[0] * far[0])) / (power - lost if power > lost else power)
    return beyond


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

    diverging = _diverges(integrand, edges, laws)
    if diverging:
        return Estimate(diverging, 0.0, how.basis)
    found = estimated(cells, integrand, edges, laws, how)
    if math.isfinite(found.value) or not _approaches_infinity(at(cells.nodes()[0]), terms, given.large):
        return found
    mass = integrate(cells, lambda points: _mass_of_infinity(at(points), terms), rtol=1e-2).value
    best = estimated(cells, lambda points: weighted(at(points), terms, given.most), edges, laws, how)
    unknown = 2.0 * mass * given.most
    if unknown > max(how.rtol * abs(best.value), how.atol, float(best.error)):
        raise ConvergenceError(
            f"{how.name or 'the integral'} cannot be told: the function returns an infinity, which it approaches, "
            f"on a mass of {mass:.2g}. {given.remedy}",
            Estimate(best.value, float(best.error) + unknown, how.basis),
        )
    return Estimate(best.value, float(best.error) + unknown, how.basis)


def _diverges(integrand: Integrand, edges: Edges, laws: tuple[Any, ...]) -> float:
    """±inf where x times the integrand does not fall in a power tail, as far out as there are floats; 0 elsewhere."""
    signs = set()
    for _, centre, offset in _power_tails(edges, laws):
        far, values = _far(integrand, centre, offset, 80)
        sizes = np.log(np.abs(values[2:6] * far[2:6]))  # the outermost may be of densities that lose their digits
        if len(sizes) == 4 and abs(far[2]) > 1e100 and (sizes[:-1] >= sizes[1:] - 1e-6).all():
            signs.add(math.copysign(1.0, values[2]))
    if len(signs) == 2:
        raise DomainError("the integral is +inf in one tail and -inf in the other: it has no value.")
    return signs.pop() * math.inf if signs else 0.0


def _held(at: At, terms: Callable[[At], Terms]) -> list[tuple[Array, Array]]:
    """The integrands beside their masses."""
    found = terms(at)
    pairs = ((found.under_p, at.log_p), (found.under_q, at.log_q))
    return [(np.asarray(h), np.exp(log_mass)) for h, log_mass in pairs if h is not None]


def _approaches_infinity(at: At, terms: Callable[[At], Terms], large: float) -> bool:
    """Whether finite integrands beyond `large` lie beside the infinite ones."""
    for h, mass in _held(at, terms):
        size = np.abs(np.broadcast_to(h, mass.shape))
        if (np.isinf(size) & (mass > 0)).any() and (np.isfinite(size) & (size > large)).any():
            return True
    return False


def _mass_of_infinity(at: At, terms: Callable[[At], Terms]) -> tuple[Array, Array]:
    """The densities where their integrand is infinite."""
    mass = sum(np.where(np.isinf(h), mass, 0.0) for h, mass in _held(at, terms))
    return mass, 1e-3 * mass
