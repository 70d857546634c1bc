r"""Total variation, whose integrand ½ |p − q| is analytic only between the crossings of p and q.

The sign of r = log p − log q is settled on intervals by ball arithmetic; what is left around a crossing is halved until
its part of the integral is negligible, and between crossings p − q is integrated as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import acb, arb

from gantheory.certified.balls import Ball, Complex, ball
from gantheory.certified.functionals import OfMasses, alone
from gantheory.certified.integrals import Change, integral
from gantheory.certified.laws import ExactLaw
from gantheory.certified.places import Place
from gantheory.certified.ratios import log_ratio
from gantheory.errors import ConvergenceError

__all__ = ["TotalVariation"]

_MOST_INTERVALS = 50_000
_CROSSINGS = 64  # the share of the goal that is left around one of them


class TotalVariation(OfMasses):
    """½ |p − q|."""

    @property
    def defect(self) -> Ball:
        return arb(0.5)

    def over(self, p: ExactLaw | None, q: ExactLaw | None, change: Change, end: Fraction, goal: Ball) -> Ball:
        if p is None or q is None:
            law = alone(p, q)
            return integral(lambda place: law.log_density(place).exp() / 2, change, Fraction(0), end, goal)
        total = arb(0)
        for start, stop, sign, most in _runs(p, q, change, end, goal):
            if sign:
                total += sign * integral(lambda place: _difference(p, q, place), change, start, stop, goal) / 2
            else:
                total += arb(most / 4, most / 4)
        return total


def _difference(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """p − q."""
    return p.log_density(place).exp() - q.log_density(place).exp()


def _runs(
    p: ExactLaw, q: ExactLaw, change: Change, end: Fraction, goal: Ball
) -> Iterator[tuple[Fraction, Fraction, int, Ball]]:
    """Intervals (start, stop, sign of p − q, bound of ∫ |p − q| where there is none), joined where one sign holds."""
    waiting, kept = [(Fraction(0), end)], None
    for _ in range(_MOST_INTERVALS):
        if not waiting:
            break
        start, stop = waiting.pop()
        sign = _sign(p, q, change, start, stop)
        most = arb(0) if sign else _largest(p, q, change, start, stop)
        if not most * _CROSSINGS < goal:
            middle = (start + stop) / 2
            waiting += [(middle, stop), (start, middle)]
            continue
        if kept is not None and kept[2] == sign:
            kept = (kept[0], stop, sign, (kept[3] + most).upper())
            continue
        if kept is not None:
            yield kept
        kept = (start, stop, sign, most)
    if waiting:
        raise ConvergenceError(
            f"the crossings of the two densities beside {float(change.piece.anchor):.6g} are not found: they touch, or "
            "are nearly one, over some stretch; fewer digits may close."
        )
    if kept is not None:
        yield kept


def _interval(change: Change, start: Fraction, stop: Fraction) -> tuple[Place, Complex | Ball]:
    low, high = ball(start), ball(stop)
    return change(acb(low.union(high)), False)


def _sign(p: ExactLaw, q: ExactLaw, change: Change, start: Fraction, stop: Fraction) -> int:
    r = log_ratio(p, q, _interval(change, start, stop)[0]).real
    return 1 if r > 0 else -1 if r < 0 else 0


def _largest(p: ExactLaw, q: ExactLaw, change: Change, start: Fraction, stop: Fraction) -> Ball:
    """A bound of ∫ |p − q| over an interval: p |1 − e^−r|, and |1 − e^−r| ≤ |r| e^|r|."""
    place, slope = _interval(change, start, stop)
    r = abs(log_ratio(p, q, place).real).upper()
    density = p.log_density(place).real.exp().upper()
    found = density * r * r.exp() * abs(slope).upper() * ball(stop - start)
    return found.upper() if found.is_finite() else arb.pos_inf()
