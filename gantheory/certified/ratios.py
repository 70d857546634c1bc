r"""log p − log q of two laws of one family through the exact difference of their arguments.

On an interval, a difference of two log-densities is as wide as either, and a sign that should be seen is not: of nearly
equal laws everywhere, of two Cauchy laws far out. The difference of the arguments is a polynomial with exact
coefficients, of which the leading ones cancel as fractions do.
"""

from __future__ import annotations

from fractions import Fraction

from gantheory.certified.balls import Ball, Complex, ball, log1p
from gantheory.certified.laws import ExactExponential, ExactLaplace, ExactLaw, ExactLogistic, ExactNormal, ExactStudentT
from gantheory.certified.places import Place

__all__ = ["log_ratio"]


def log_ratio(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """log p − log q, where both live."""
    if type(p) is type(q) and isinstance(place.anchor, Fraction):
        scales = (ball(q.scale) / ball(p.scale)).log()
        match p, q:
            case ExactNormal(), ExactNormal():
                return _squares(p, q, place) / 2 + scales
            case ExactStudentT(), ExactStudentT() if p.df == q.df:
                df, u = ball(p.df), place.minus(q.location) / ball(q.scale)
                # (df + u_p²)/(df + u_q²) is 1 − (u_q² − u_p²)/(df + u_q²)
                return -(df + 1) / 2 * log1p(-_squares(p, q, place) / (df + u * u), place.analytic) + scales
            case (ExactLaplace(), ExactLaplace()) | (ExactExponential(), ExactExponential()):
                return _distances(p, q, place) + scales
            case ExactLogistic(), ExactLogistic():
                return _logistic(p, q, place) + scales
    return p.log_density(place) - q.log_density(place)


def _squares(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """u_q² − u_p²."""
    (a, v), (b, w) = ((place.anchor - law.location, 1 / law.scale**2) for law in (p, q))
    return _polynomial((b * b * w - a * a * v, 2 * place.side * (b * w - a * v), w - v), place)


def _distances(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """|x − location_q|/scale_q − |x − location_p|/scale_p."""
    sides = [1 if place.inside > law.location else -1 for law in (p, q)]
    (a, v), (b, w) = (
        (side * (place.anchor - law.location), side / law.scale) for law, side in zip((p, q), sides, strict=True)
    )
    return _polynomial((b / q.scale - a / p.scale, place.side * (w - v)), place)


def _logistic(p: ExactLaw, q: ExactLaw, place: Place) -> Complex | Ball:
    """−d − 2 log(1 + e^−u_q expm1(−d)/(1 + e^−u_q)), d = u_p − u_q, and with the signs of both turned where u_q < 0."""
    u = place.minus(q.location) / ball(q.scale)
    (a, v), (b, w) = ((place.anchor - law.location, 1 / law.scale) for law in (p, q))
    d = _polynomial((a * v - b * w, place.side * (v - w)), place)
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
    return total
