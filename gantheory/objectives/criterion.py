r"""The four verbs of the game for any objective: what is integrated.

.. math:: V(D) = \int p\,a(D) + q\,b(D), \quad C = \int q f(p/q), \quad
          C - V(D) = \int q\,\big[f(u) - u\,a(D) - b(D)\big] \ge 0

The last two are gathered under the larger density, q f(u) where q is and p f(u)/u where p is: a term such as q·e^r
that stands for p is there where q itself has underflowed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation
from gantheory.integrals import Given, Terms
from gantheory.objectives.scores import Losses, Paid, refuse_beyond
from gantheory.panels import EPS
from gantheory.ratio import At

__all__ = ["criterion_of", "gap_of", "value_of"]

Array = Any
_NUDGE = 1e-6
_MOST = 1e140  # what is still integrated of f(u) or f(u)/u when a divergence is looked for
_OF_D = Given(1e200, 1.7e308, "Give a D whose values keep off the ends of its range, or by its logit.")
#: r -> f(u), f(u)/u, and the rounding of either, u = e^r.
Folded = Callable[[Array], tuple[Array, Array, Array]]


def value_of(
    p: Any, q: Any, paid: Paid, breakpoints: Array, bounded: bool, grid: Any, rtol: float, atol: float
) -> Estimate:
    """V(D); `bounded` says that no D that depends on p/q is paid without bound."""
    by_ratio = False

    def terms(at: At) -> Terms:
        nonlocal by_ratio
        losses = paid(at)
        by_ratio = np.ndim(losses.power_real) > 0
        return _under_the_larger(at.r, *_both_paid(at, losses)) if by_ratio else Terms(*losses[:4])

    functional = Functional(terms, False, basis="estimate", breakpoints=breakpoints, given=_OF_D)
    found = pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="value")
    return found if bounded or not by_ratio else _steady(found, p, q, functional, grid, rtol, atol, "value")


def criterion_of(
    p: Any,
    q: Any,
    folded: Folded,
    kink: Callable[[At], Array] | None,
    bounded: bool,
    grid: Any,
    rtol: float,
    atol: float,
) -> Estimate:
    """C, the maximum over D; `bounded` says that f(0) and f(u)/u at infinity are finite."""

    def terms(at: At) -> Terms:
        return _under_the_larger(at.r, *_with_noise(folded, at))

    functional = Functional(terms, kink=kink, basis="estimate")
    found = pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="criterion")
    return found if bounded else _steady(found, p, q, functional, grid, rtol, atol, "criterion")


def _steady(
    found: Estimate, p: Any, q: Any, functional: Functional, grid: Any, rtol: float, atol: float, name: str
) -> Estimate:
    """The integral, if it does not hang on integrands that only powers of p/q beyond the floats make so large."""
    if grid is not None or not np.isfinite(found.value):
        return found

    def capped(at: At) -> Terms:
        whole = functional.terms(at)
        under_p, under_q = (np.minimum(np.asarray(h), _MOST) for h in (whole.under_p, whole.under_q))
        return whole._replace(under_p=under_p, under_q=under_q)

    other = pair_expectation(
        p, q, functional._replace(terms=capped), grid=grid, rtol=rtol, atol=max(atol, 1e-9), name=name
    )
    if abs(found.value - other.value) > found.error + other.error + 1e-9 * abs(found.value):
        raise ConvergenceError(
            f"the {name} cannot be told: p/q leaves the floats where there is mass. The best estimate is {found}; "
            "it may be infinite. Use laws nearer to each other, or an objective whose f is bounded.",
            found,
        )
    return found


def _with_noise(folded: Folded, at: At) -> tuple[Array, Array, Array, Array]:
    """f(u), f(u)/u and what the log-ratio's rounding, and their own, make of each."""
    with np.errstate(all="ignore"):
        below, above, own = folded(at.r)
        refuse_beyond(at, np.isinf(own))
        near = folded(at.r + _NUDGE)
        moved = [np.abs(after - before) / _NUDGE for before, after in ((below, near[0]), (above, near[1]))]
        noise = [
            own + np.where(np.isfinite(m), np.minimum(m, 1e300), 0.0) * np.minimum(at.rounding_r, 1.0) for m in moved
        ]
    return below, above, noise[0], noise[1]


def _under_the_larger(r: Array, below: Array, above: Array, noise_below: Array, noise_above: Array) -> Terms:
    rises = np.asarray(r) > 0
    return Terms(
        np.where(rises, above, 0.0),
        np.where(rises, 0.0, below),
        np.where(rises, np.where(np.isfinite(noise_above), noise_above, 0.0), 0.0),
        np.where(rises, 0.0, np.where(np.isfinite(noise_below), noise_below, 0.0)),
    )


def gap_of(
    p: Any, q: Any, folded: Folded, paid: Paid, breakpoints: Array, grid: Any, rtol: float, atol: float
) -> Estimate:
    """C − V(D), an integral of terms not negative but for rounding; a cut at 0 would hide a wrong f.

    Raises
    ------
    DomainError
        If both are infinite.
    """

    def terms(at: At) -> Terms:
        below, above, noise_below, noise_above = _with_noise(folded, at)
        under_q, under_p, noise_q, noise_p = _both_paid(at, paid(at))
        with np.errstate(all="ignore"):
            lost_q = noise_below + noise_q + 4 * EPS * _size(below, under_q)
            lost_p = noise_above + noise_p + 4 * EPS * _size(above, under_p)
            for best, reached, log_mass in ((below, under_q, at.log_q), (above, under_p, at.log_p)):
                _refuse_both_infinite(at, best, reached, log_mass)
            return _under_the_larger(at.r, below - under_q, above - under_p, lost_q, lost_p)

    functional = Functional(terms, False, basis="estimate", breakpoints=breakpoints, given=_OF_D)
    return pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="optimality_gap")


def _both_paid(at: At, losses: Losses) -> tuple[Array, Array, Array, Array]:
    """u·a + b and a + b/u, which count where q and where p is the larger, and the rounding of each."""

    def share(loss: Array, noise: Array, exponent: Array) -> tuple[Array, Array]:
        factor = np.exp(exponent)
        value = np.where((factor > 0) & (loss != 0), loss * factor, 0.0)  # none of an infinite loss is nothing
        lost = noise * factor + np.where(exponent == 0, 0.0, 2.0 * np.abs(value) * np.minimum(at.rounding_r, 1.0))
        return value, np.where(np.isfinite(lost), lost, 0.0)

    real, fake, noise_real, noise_fake, power_real, power_fake = losses
    with np.errstate(all="ignore"):
        (real_q, lost_real_q), (real_p, lost_real_p) = (
            share(real, noise_real, power_real + lift) for lift in (at.r, np.zeros(np.shape(at.r)))
        )
        (fake_q, lost_fake_q), (fake_p, lost_fake_p) = (
            share(fake, noise_fake, power_fake + lift) for lift in (np.zeros(np.shape(at.r)), -np.asarray(at.r))
        )
        return real_q + fake_q, real_p + fake_p, lost_real_q + lost_fake_q, lost_real_p + lost_fake_p


def _refuse_both_infinite(at: At, best: Array, reached: Array, log_mass: Array) -> None:
    counts = (np.asarray(at.r) > 0) == (log_mass is at.log_p)
    if (counts & np.isposinf(best) & np.isposinf(reached) & (np.exp(log_mass) > 0)).any():
        raise DomainError("the criterion is infinite, and so is V(D): that D falls short of it by no number.")


def _size(*values: Array) -> Array:
    return sum(np.where(np.isfinite(v), np.abs(v), 0.0) for v in values)
