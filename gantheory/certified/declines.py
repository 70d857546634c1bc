r"""log q − log p of two laws far out, in which what is equal cancels: where it is infinite for a tail, and its bound.

.. math:: -\log f = \sum_k c_k y^k + \rho(y), \qquad c_k \text{ exact}, \quad |\rho| \le A + B \log y

of a normal, logistic, Laplace, exponential or gamma law, of a Weibull law of whole shape, and, with no c, of all tails
that fall as powers. Two normal laws of one variance have a log-ratio that is linear, and needs one moment, not two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from math import comb

from flint import arb

from gantheory.certified.balls import Ball, ball
from gantheory.certified.laws import (
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactWeibull,
    Growth,
)
from gantheory.certified.reflections import ExactReflection
from gantheory.certified.tails import Outskirt, Terms, growth_power

__all__ = ["excess", "positive_part", "rise"]

_MOST_POWER = 16  # of a Weibull law's shape that is expanded


@dataclass(frozen=True)
class _Decline:
    """−log f = Σ coefficients[k] y^k + what is at most `rest` in absolute value, in u as a `Growth` is."""

    coefficients: tuple[Fraction, ...]
    rest: Growth

    @property
    def speed(self) -> tuple[Fraction, ...]:
        """By which declines are ordered: the coefficients from the highest power down, without the constant."""
        own = self.coefficients[1:]
        return (*[Fraction(0)] * (_MOST_POWER - len(own)), *own[::-1])


def _decline(part: ExactLaw, outskirt: Outskirt) -> _Decline | None:
    """Of an elementary law towards infinity; None where it falls neither as a polynomial's exponential nor slower."""
    if isinstance(part, ExactReflection):
        anchor, inside = -outskirt.anchor, -outskirt.inside
        return _decline(part.base, replace(outskirt, anchor=anchor, side=-outskirt.side, inside=inside))
    if not part.power:
        return _Decline((), part.growth(None))
    if not isinstance(outskirt.anchor, Fraction):
        return None
    # u = start + y/scale, y being so large that x lies beyond the location
    start, scale = outskirt.side * (outskirt.anchor - part.location) / part.scale, part.scale
    growth = part.growth(None)
    match part:
        case ExactNormal():
            half, power, logs = Fraction(1, 2), 2, ()
        case ExactLaplace() | ExactExponential() | ExactLogistic():
            half, power, logs = Fraction(1), 1, ()
        case ExactGamma():
            half, power, logs = Fraction(1), 1, growth.terms[1:]
        case ExactWeibull() if part.shape.denominator == 1 and part.shape <= _MOST_POWER:
            half, power, logs = Fraction(1), int(part.shape), growth.terms[1:]
        case _:
            return None
    coefficients = tuple(half * comb(power, k) * start ** (power - k) / scale**k for k in range(power + 1))
    return _Decline(coefficients, replace(growth, terms=logs))


def _slowest(law: ExactLaw, outskirt: Outskirt) -> _Decline | None:
    """Of the parts that live there, that by which a law is ruled far out; None where one of them is not known."""
    declines = [_decline(part, outskirt) for _, part in outskirt.parts(law)]
    known = [one for one in declines if one is not None]
    return min(known, key=lambda one: one.speed) if len(known) == len(declines) else None


def _less(a: tuple[Fraction, ...], b: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """a − b, without leading zeros."""
    found = [c - d for c, d in zip_longest(a, b, fillvalue=Fraction(0))]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def rise(p: ExactLaw, q: ExactLaw, outskirt: Outskirt) -> Fraction | None:
    """The power of y with which log q − log p grows over an outskirt where both live.

    0 where it falls, or grows more slowly than any power; None where that is not decided.
    """
    if not outskirt.is_end:
        slow, other = (_slowest(law, outskirt) for law in (p, q))
        if slow is not None and other is not None:
            apart = _less(slow.coefficients[1:], other.coefficients[1:])
            return Fraction(len(apart)) if apart and apart[-1] > 0 else Fraction(0)
    own, others = growth_power(p, outskirt), growth_power(q, outskirt)
    if own == others:
        return _rise_of_one_power(p, q, own) if own else Fraction(0)
    return own if own > others else Fraction(0)


def _rise_of_one_power(p: ExactLaw, q: ExactLaw, power: Fraction) -> Fraction | None:
    """Of two Weibull laws of one shape, the narrower falls faster."""
    one, other = (law.base if isinstance(law, ExactReflection) else law for law in (p, q))
    if isinstance(one, ExactWeibull) and isinstance(other, ExactWeibull) and one.scale != other.scale:
        return power if one.scale < other.scale else Fraction(0)
    return None


def excess(law: ExactLaw, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Ball:
    """A bound of ∫ law · max(0, log q − log p) over an outskirt where both live."""
    if outskirt.is_end:
        return outskirt.logarithms(law, (p, q), R)
    tops = sum((abs(part.growth(None).top).upper() for _, part in outskirt.parts(q)), arb(0))
    found = outskirt.logarithms(law, (p,), R) + outskirt.polynomial(law, ((tops, Fraction(0)),), R)
    terms = _excess_terms(law, p, q, outskirt, R)
    return found.upper() if terms is None else found.upper().min(outskirt.polynomial(law, terms, R).upper())


def _excess_terms(law: ExactLaw, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Terms | None:
    """log q − log p ≤ max log q_i − log(w p_j) of the parts q_i of q and the least steep part p_j of p."""
    own = [(one, weight, part) for weight, part in outskirt.parts(p) if (one := _decline(part, outskirt)) is not None]
    if not own:
        return None
    slow, weight, slow_part = min(own, key=lambda found: found[0].speed)
    kappa = outskirt.least_power(law)

    def rest(part: ExactLaw, growth: Growth) -> Terms:
        size = abs(growth.constant).upper() + abs(growth.top).upper()
        return ((size, Fraction(0)), *outskirt.terms(part, growth, kappa, R))

    terms = [(abs(ball(weight).log()).upper(), Fraction(0)), *rest(slow_part, slow.rest)]
    for _, part in outskirt.parts(q):
        other = _decline(part, outskirt)
        if other is None:
            return None
        apart = [ball(c) for c in _less(slow.coefficients, other.coefficients)]
        terms += [*positive_part(apart, R), *rest(part, other.rest)]
    return tuple(terms)


def positive_part(coefficients: list[Ball], R: Ball) -> Terms:
    """A bound of max(0, Σ c_k y^k) for y ≥ R: none of it is left where the leading term settles the sign."""
    if not coefficients:
        return ()
    sizes = [abs(c) * R**k for k, c in enumerate(coefficients)]
    if coefficients[-1] < 0 and sizes[-1] > sum(sizes[:-1], arb(0)):
        return ()
    return tuple((abs(c).upper(), Fraction(k)) for k, c in enumerate(coefficients))
