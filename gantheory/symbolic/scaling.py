r"""A factor common to both losses, taken out: c·(a, b) has the D* of (a, b), and c times its f.

.. math:: f_{c(a, b)} = c\,f, \qquad f^*_{c(a, b)}(t) = c\,f^*(t/c)

Of an a with one term c is its coefficient, whatever b's: f* is b at a⁻¹, and a⁻¹ of 1.2345·log D would be a power of
e^t with the exponent 10000/12345. Decided about (a, b)/c is decided about (a, b).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from gantheory.symbolic.best_response import BestResponse, Part, tidy
from gantheory.symbolic.degrees import within_reach
from gantheory.symbolic.fenchel import SLOPE
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.named_divergences import Named

__all__ = ["conjugate_times", "named_times", "response_times", "scale_of", "times"]


def scale_of(a: Any) -> Any:
    """The positive number that the coefficients of a loss have in common; 1 of a constant.

    >>> scale_of(sympy.log(SCORE) / 1000), scale_of(-SCORE**2 / 2 + SCORE / 3), scale_of(SCORE / sympy.log(2))
    (1/1000, 1/6, 1/log(2))
    """
    if not a.has(SCORE):
        return sympy.Integer(1)
    numbers = [term.as_independent(SCORE, as_Add=False)[0] for term in sympy.Add.make_args(a)]
    first = sympy.Abs(numbers[0])
    ratios = [number / first for number in numbers]
    if not first.is_positive or not all(ratio.is_Rational for ratio in ratios):
        return sympy.Integer(1)
    above, below = sympy.igcd(0, *(r.p for r in ratios)), sympy.ilcm(1, 1, *(r.q for r in ratios))
    return first * sympy.Rational(above, below)


def times(c: Any, expr: Any) -> Any:
    """c·expr, c > 0, with the factor put into cases and lines."""
    if expr is None or c == 1:
        return expr
    if isinstance(expr, sympy.Piecewise):
        cases: Any = expr.args
        return sympy.Piecewise(*((times(c, value), holds) for value, holds in cases))
    if isinstance(expr, sympy.Max):
        return sympy.Max(*(sympy.expand(c * line) for line in expr.args))
    return _shortest(c * expr)


def _shortest(expr: Any) -> Any:
    """1 − e^(2t) stays: as a product of two it is no shorter."""
    if expr.has(sympy.exp) or not within_reach(expr):
        return expr
    return min(tidy(sympy.together(expr)), expr, key=lambda e: (e.count_ops(), len(str(e))))


def response_times(c: Any, best: BestResponse) -> BestResponse:
    """D*, and c times what it reaches."""
    moved = {name: times(c, getattr(best, name)) for name in ("f", "real", "fake")}
    return replace(best, **moved, parts=tuple(_part_times(c, part) for part in best.parts))


def _part_times(c: Any, part: Part) -> Part:
    return replace(part, **{name: times(c, getattr(part, name)) for name in ("f", "real", "fake")})


def conjugate_times(c: Any, star: Any) -> Any:
    """c·f*(t/c).

    >>> conjugate_times(sympy.Rational(1, 2), -sympy.log(1 - sympy.exp(SLOPE)))
    -log(1 - exp(2*t))/2
    """
    return None if star is None else times(c, star.subs(SLOPE, SLOPE / c))


def named_times(c: Any, named: Named | None) -> Named | None:
    """c times the divergence and its constant."""
    return named and replace(named, factor=c * named.factor, constant=sympy.expand(c * named.constant))
