r"""The Fenchel conjugate of an induced f, from the objective itself: f*(a(D)) = −b(D).

At D*(u) the slope of f is t = a(D*), and u·t − f(u) = −b(D*). So f*(t) = −b(a⁻¹(t)) on the range of the slopes, and
the variational bound of f-GANs is the objective that one started from: T = a(D), f*(T) = −b(D).
"""

from __future__ import annotations

import itertools
from typing import Any

import sympy

from gantheory.symbolic.best_response import RATIO, BestResponse, cases_of, positive_roots, tidy, whole_order
from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.degrees import factored, over_one
from gantheory.symbolic.lambert import log_and_power_root, resolved
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.zero_test import is_zero

__all__ = ["SLOPE", "conjugate"]

#: t, a slope of f.
SLOPE: Any = sympy.Symbol("t", real=True)
_EXP: Any = sympy.Symbol("E", positive=True)
_NESTED = 2  # powers of powers are no deeper than two: a root of a root, that an inverse is made of
_WHOLE = (sympy.Integer(0), sympy.oo)
_TRIED = (sympy.Rational(1, 3), sympy.Integer(2))


def conjugate(a: Any, b: Any, at: Coordinate, best: BestResponse | None = None) -> Any:
    """f*(t) in closed form on the range of f′, or None.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> unit = coordinate_of(sympy.Integer(0), sympy.Integer(1))
    >>> conjugate(sympy.log(SCORE), sympy.log(1 - SCORE), unit)
    -log(1 - exp(t))
    """
    if best is not None and best.corners:
        return _of_lines(best)
    if a == SCORE:
        return -b.subs(SCORE, SLOPE)
    for A, B, symbol, span in _roads(a, b, at, best):
        low, high = span
        tried = [low + x if high == sympy.oo else (low + high * x) / (1 + x) for x in _TRIED]
        for inverse in _inverses(A, symbol):
            found = tidy(resolved(_opened(-B.subs(symbol, inverse), A.subs(symbol, tried[0]))))
            domains = {} if span == _WHOLE else {symbol: span}
            if _fits(inverse, A, symbol, tried) and is_zero(found.subs(SLOPE, A) + B, domains).proved:
                return found
    return None


def _roads(a: Any, b: Any, at: Coordinate, best: BestResponse | None) -> list[tuple[Any, Any, Any, tuple[Any, Any]]]:
    """The losses in the coordinate of D, and at D* in u, where D* is stationary."""
    roads = [(at.of(a), at.of(b), at.symbol, _WHOLE)]
    if best is None:
        return roads
    if best.parts:
        return roads + [(x.real, x.fake, RATIO, (x.low, x.high)) for x in best.parts if not x.at_end]
    return [*roads, (best.real, best.fake, RATIO, _WHOLE)]


def _opened(expr: Any, slope: Any) -> Any:
    """Without bars or powers of powers, by the signs at one slope: where they change, the test below says no."""

    def upright(inside: Any) -> Any:
        return -inside if inside.subs(SLOPE, slope).evalf(30).is_negative else inside

    def apart(power: Any) -> Any:
        factors = sympy.Mul.make_args(sympy.sqf(over_one(upright(power.base))))
        parts = [factor.as_base_exp() for factor in factors]
        return sympy.Mul(*(upright(base) ** (k * power.exp) for base, k in parts))

    expr = expr.replace(sympy.Abs, upright)
    for _ in range(_NESTED):
        expr = expr.replace(lambda e: e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer, apart)
    return expr


def _of_lines(best: BestResponse) -> Any:
    """Of a maximum of lines aᵢu + bᵢ: the polygon through the points (aᵢ, −bᵢ)."""
    points = [(t, -value) for t, value in zip(cases_of(best.real), cases_of(best.fake))]
    chords = [(y1 - y0) / (t1 - t0) * (SLOPE - t0) + y0 for (t0, y0), (t1, y1) in itertools.pairwise(points)]
    return sympy.Max(*(sympy.expand(chord) for chord in chords)) if chords else None


def _inverses(A: Any, symbol: Any) -> list[Any]:
    """Where A(s) = t: by a polynomial in s, or in s after an exponential was taken of both sides."""
    direct = positive_roots(A - SLOPE, symbol)
    order = whole_order(A, symbol)
    if not direct and order > 1 and (A.is_Mul or A.is_Pow):
        direct = positive_roots(A**order - SLOPE**order, symbol)
    if direct or not A.has(sympy.log):
        return direct
    lambert = log_and_power_root(A - SLOPE, symbol)
    if lambert is not None:
        return [lambert]
    logs = sympy.expand_log(A.replace(sympy.log, lambda x: sympy.log(factored(x))), force=True)
    constant, rest = sympy.Integer(0), sympy.Integer(1)
    unit = None
    for term in sympy.Add.make_args(sympy.expand(logs)):
        if not term.has(symbol):
            constant += term
            continue
        coefficient, log = term.as_coeff_Mul()
        if not isinstance(log, sympy.log):
            return []
        unit = coefficient if unit is None else unit
        rest *= log.args[0] ** (coefficient / unit)
    roots = positive_roots(rest - _EXP, symbol)
    return [root.subs(_EXP, sympy.exp((SLOPE - constant) / unit)) for root in roots]


def _fits(inverse: Any, A: Any, symbol: Any, tried: list[Any]) -> bool:
    """Whether it is the branch that gives s back."""
    for value in tried:
        back = inverse.subs(SLOPE, A.subs(symbol, value)).evalf(30)
        if not back.is_number or abs(complex(back - value)) > 1e-12:
            return False
    return True
