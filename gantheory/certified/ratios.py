r"""log p − log q of two laws through the exact difference of their exponents.

.. math:: -\log f = \sum_k c_k\,t^k + \rho(t), \qquad c_k \text{ exact}, \quad t = |x - \text{anchor}|

On a wide ball, a difference of two log-densities is as wide as either, and a sign that should be seen is not: of nearly
equal laws everywhere, of two Cauchy laws far out, of a Laplace and a logistic law whose tails fall alike. The
polynomials' difference has exact coefficients, of which the leading ones cancel as fractions do.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from gantheory.certified.balls import Ball, Complex, ball, log1p
from gantheory.certified.laws import (
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
)
from gantheory.certified.places import Place

__all__ = ["exact_log_ratio", "is_wide", "log_ratio", "narrower"]

_WIDE = 0.125  # of a logarithm's ball: below it nothing is lost by a difference of two of them

_DEGREE = {ExactNormal: 2, ExactLaplace: 1, ExactExponential: 1, ExactGamma: 1, ExactLogistic: 1}

Exponent = tuple[tuple[Fraction, ...], Complex | Ball]  # the coefficients of −log f, and what is left of it


def is_wide(x: Complex | Ball) -> bool:
    """Whether a ball of a logarithm says little, or nothing."""
    return not (x.real.rad() < _WIDE and x.imag.rad() < _WIDE)


def narrower(x: Complex | Ball, y: Complex | Ball) -> Complex | Ball:
    """The narrower of two balls of one number."""
    return x if x.real.rad() + x.imag.rad() <= y.real.rad() + y.imag.rad() else y


def log_ratio(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """log p − log q, where both live; of mixtures, through their largest parts where a difference says little."""
    exact = exact_log_ratio(p, q, place)
    if exact is not None:
        return exact
    plain = p.log_density(place) - q.log_density(place)
    if not is_wide(plain):
        return plain
    (first, more), (second, less) = p.leading(place), q.leading(place)
    exact = exact_log_ratio(first, second, place)
    return plain if exact is None else narrower(plain, exact + (more - less))


def exact_log_ratio(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball | None:
    """log p − log q of two elementary laws; None where no leading terms cancel."""
    if not isinstance(place.anchor, Fraction):
        return None
    match p, q:
        case ExactStudentT(), ExactStudentT() if p.df == q.df:
            df, u = ball(p.df), place.minus(q.location) / ball(q.scale)
            squares = _polynomial(_apart(_square(q, place), _square(p, place)), place)
            # (df + u_p²)/(df + u_q²) is 1 − (u_q² − u_p²)/(df + u_q²)
            return -(df + 1) / 2 * log1p(-squares / (df + u * u), place.analytic) + _log_scales(p, q)
        case ExactLogistic(), ExactLogistic():
            d = _polynomial(_apart(_distance(p, place, True), _distance(q, place, True)), place)
            if abs(d).upper() < 1:
                return _near_logistic(d, q, place) + _log_scales(p, q)
    if type(p) not in _DEGREE or _DEGREE[type(p)] != _DEGREE.get(type(q)):
        return None
    own, other = _exponent(p, place), _exponent(q, place)
    return _polynomial(_apart(other[0], own[0]), place) + (other[1] - own[1])


def _exponent(law: ExactLaw, place: Place) -> Exponent:
    match law:
        case ExactNormal():
            return tuple(c / 2 for c in _square(law, place)), law.log_scale() + (2 * arb.pi()).log() / 2
        case ExactLaplace():
            return _distance(law, place, place.inside > law.location), law.log_scale() + arb.const_log2()
        case ExactExponential():
            return _distance(law, place, True), law.log_scale()
        case ExactGamma():
            return _distance(law, place, True), law.rest(place)
        case ExactLogistic():
            u = law.u(place)
            is_right = bool(u.real.mid() >= 0)  # either holds on both sides
            return _distance(law, place, is_right), law.rest(u if is_right else -u, place)
    raise NotImplementedError(type(law).__name__)


def _distance(law: ExactLaw, place: Place, is_right: bool) -> tuple[Fraction, ...]:
    """±(x − location)/scale."""
    scale = law.scale if is_right else -law.scale
    return (place.anchor - law.location) / scale, place.side / scale


def _square(law: ExactLaw, place: Place) -> tuple[Fraction, ...]:
    """((x − location)/scale)²."""
    a, v = place.anchor - law.location, 1 / law.scale**2
    return a * a * v, 2 * place.side * a * v, v


def _apart(a: tuple[Fraction, ...], b: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return tuple(c - d for c, d in zip(a, b, strict=True))


def _log_scales(p: ExactLaw, q: ExactLaw) -> Ball:
    return (ball(q.scale) / ball(p.scale)).log()


def _near_logistic(d: Complex | Ball, q: ExactLaw, place: Place) -> Complex | Ball:
    """−d − 2 log(1 + e^−u_q expm1(−d)/(1 + e^−u_q)), d = u_p − u_q, and with the signs of both turned where u_q < 0."""
    u = place.minus(q.location) / ball(q.scale)
    if u.real.mid() < 0:
        u, d = -u, -d
    e = (-u).exp()
    return -d - 2 * log1p(e * (-d).expm1() / (1 + e), place.analytic)


def _polynomial(coefficients: tuple[Fraction, ...], place: Place) -> Complex | Ball:
    """A leading 0 is left out: the offset is a wide ball, and 0 times it is no exact 0 everywhere."""
    kept = list(coefficients)
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    total = 0 * place.offset + ball(kept[-1])
    for c in reversed(kept[:-1]):
        total = total * place.offset + ball(c)
    return narrower(total, _square_completed(kept, place)) if len(kept) == 3 and is_wide(total) else total


def _square_completed(coefficients: list[Fraction], place: Place) -> Complex | Ball:
    """In which a wide offset stands once."""
    c, b, a = coefficients
    middle = b / (2 * a)
    return ball(a) * (place.offset + ball(middle)) ** 2 + ball(c - middle * b / 2)
