r"""The Fenchel conjugate of an induced f, from the objective itself: f*(a(D)) = −b(D).

At D*(u) the slope of f is t = a(D*), and u·t − f(u) = −b(D*). So f*(t) = −b(a⁻¹(t)) on the range of the slopes, and
the variational bound of f-GANs is the objective that one started from: T = a(D), f*(T) = −b(D).
"""

from __future__ import annotations

import itertools
from typing import Any

import sympy

from gantheory.symbolic.best_response import RATIO, BestResponse, cases_of, positive_roots, tidy
from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.zero_test import is_zero

__all__ = ["SLOPE", "conjugate"]

#: t, a slope of f.
SLOPE: Any = sympy.Symbol("t", real=True)
_EXP: Any = sympy.Symbol("E", positive=True)
_NESTED = 2  # powers of powers are no deeper than two: a root of a root, that an inverse is made of
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
    roads = [(at.of(a), at.of(b), at.symbol)] + ([(best.real, best.fake, RATIO)] if best is not None else [])
    for A, B, symbol in roads:
        for inverse in _inverses(A, symbol):
            found = tidy(_opened(-B.subs(symbol, inverse), A.subs(symbol, _TRIED[0])))
            if _fits(inverse, A, symbol) and is_zero(found.subs(SLOPE, A) + B).proved:
                return found
    return None


def _opened(expr: Any, slope: Any) -> Any:
    """Without bars or powers of powers, by the signs at one slope: where they change, the test below says no."""

    def upright(inside: Any) -> Any:
        return -inside if inside.subs(SLOPE, slope).evalf(30).is_negative else inside

    def apart(power: Any) -> Any:
        factors = sympy.Mul.make_args(sympy.factor(sympy.together(upright(power.base))))
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
    if direct or not A.has(sympy.log):
        return direct
    logs = sympy.expand_log(A.replace(sympy.log, lambda x: sympy.log(sympy.factor(sympy.together(x)))), force=True)
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


def _fits(inverse: Any, A: Any, symbol: Any) -> bool:
    """Whether it is the branch that gives s back."""
    for value in _TRIED:
        back = inverse.subs(SLOPE, A.subs(symbol, value)).evalf(30)
        if not back.is_number or abs(complex(back - value)) > 1e-12:
            return False
    return True
