"""The best D for an objective (a, b), and what it reaches: D*(u) and f(u) = max over y of u·a(y) + b(y), u = p/q.

Smooth losses: the slope u·a′(y) + b′(y) is solved for y in the coordinate of D's range, as a polynomial, and what is
found is kept only if the zero test confirms it. Piecewise linear ones: the maximum stands at a corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.degrees import factored, numbers_named, within_reach
from gantheory.symbolic.zero_test import is_zero

__all__ = [
    "BestResponse",
    "Part",
    "RATIO",
    "cases_of",
    "positive_roots",
    "smooth_best_response",
    "stationary_points",
    "tidy",
    "whole_order",
]

#: u = p/q, the ratio of the densities at a point.
RATIO: Any = sympy.Symbol("u", positive=True)
_ROOT: Any = sympy.Symbol("ρ", positive=True)
_SAMPLES = (sympy.Rational(1, 7), sympy.Rational(9, 10), sympy.Integer(1), sympy.Integer(3), sympy.Integer(40))
_MOST_DEGREE = 24  # α-divergences of orders n/m with n and m up to 12 have it


@dataclass(frozen=True)
class Part:
    """The u between two ends for which D* and f have one formula each; `at_end` says that D* is an end of the range."""

    low: Any
    high: Any
    D_star: Any
    f: Any
    real: Any
    fake: Any
    at_end: bool


@dataclass(frozen=True)
class BestResponse:
    """D*(u), the losses there, and f(u).

    Attributes
    ----------
    D_star, f : sympy.Expr in u
    real, fake : sympy.Expr in u
        a(D*) and b(D*): f = u·real + fake.
    corners : tuple
        Of piecewise linear losses: the values of D at which they bend, one for each piece of f. Empty otherwise.
    kinks : tuple
        The values of u at which f has a corner.
    parts : tuple of Part
        Where D* stops at an end of the range for some u: the formulas, from small u to large. Empty otherwise.
    """

    D_star: Any
    f: Any
    real: Any
    fake: Any
    corners: tuple[Any, ...] = ()
    kinks: tuple[Any, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def joins(self) -> tuple[Any, ...]:
        """The u at which one formula gives way to the next, f and its slope being the same in both."""
        return tuple(part.high for part in self.parts[:-1])


def cases_of(expr: Any) -> list[Any]:
    """The values of a function of u that is constant between kinks, from small u to large."""
    cases: Any = expr.args
    return [case[0] for case in cases] if isinstance(expr, sympy.Piecewise) else [expr]


def tidy(expr: Any) -> Any:
    """A shorter form of the same function of positive symbols: cosmetic, and nothing rests on it.

    >>> tidy(RATIO / (RATIO + 1) - 1)
    -1/(u + 1)
    """
    expr, meaning = numbers_named(expr.replace(sympy.log, lambda inside: sympy.log(factored(inside))))
    if not within_reach(expr):
        return expr.xreplace(meaning)
    forms = [expr]
    for change in (
        sympy.together,
        sympy.factor,
        sympy.cancel,
        sympy.expand,
        lambda e: sympy.expand_log(e, force=False),
    ):
        try:
            forms.append(change(expr))
        except sympy.PolynomialError:
            continue
    return min((form.xreplace(meaning) for form in forms), key=lambda e: (e.count_ops(), len(str(e))))


def positive_roots(expr: Any, symbol: Any) -> list[Any]:
    """The roots of a formula that is a polynomial in some root of its symbol; none where it is no polynomial.

    >>> x = sympy.Symbol("x", positive=True)
    >>> positive_roots(RATIO / sympy.sqrt(x) - x, x)
    [u**(2/3)]
    """
    expr, meaning = numbers_named(expr)
    if not within_reach(expr):
        return []
    order = 1
    for power in expr.atoms(sympy.Pow):
        if power.base == symbol and power.exp.is_Rational:
            order = sympy.ilcm(order, power.exp.q)
    exponents = [abs(p.exp) for p in expr.atoms(sympy.Pow) if p.exp.is_Rational and p.has(symbol)]
    if max([order, *exponents]) > _MOST_DEGREE:  # a smoothed label of many digits makes a power as long
        return []
    inside = expr.subs(symbol, _ROOT**order) if order > 1 else expr.subs(symbol, _ROOT)
    try:
        numerator = sympy.fraction(sympy.together(inside))[0]
        factors = [f for f, _ in sympy.Poly(numerator, _ROOT).factor_list()[1]]
    except (sympy.PolynomialError, sympy.CoercionFailed, NotImplementedError):
        return []
    roots = [root for f in factors if f.degree() <= _MOST_DEGREE for root in _of_factor(f)]
    return [tidy(root.xreplace(meaning) ** order) for root in roots]


def _of_factor(f: sympy.Poly) -> list[Any]:
    """Of a line, a parabola, or a power of a line less a constant."""
    coefficients = f.all_coeffs()
    if f.degree() > 2 and coefficients[1] != 0:
        shift = -coefficients[1] / (f.degree() * coefficients[0])
        moved = sympy.Poly(sympy.expand(f.as_expr().subs(_ROOT, _ROOT + shift)), _ROOT)
        return [shift + root for root in _of_factor(moved)] if not any(moved.all_coeffs()[1:-1]) else []
    if f.degree() == 1:
        return [-coefficients[1] / coefficients[0]]
    if not any(coefficients[1:-1]):
        return [(-coefficients[-1] / coefficients[0]) ** sympy.Rational(1, f.degree())]
    if f.degree() == 2:
        A, B, C = coefficients
        root = sympy.sqrt(sympy.factor(B**2 - 4 * A * C))
        return [(-B + root) / (2 * A), (-B - root) / (2 * A)]
    return []


def smooth_best_response(a: Any, b: Any, at: Coordinate) -> BestResponse | None:
    """D* and f in closed form, or None where there is none that the zero test confirms.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> unit = coordinate_of(sympy.Integer(0), sympy.Integer(1))
    >>> from gantheory.symbolic.losses import SCORE
    >>> smooth_best_response(sympy.log(SCORE), sympy.log(1 - SCORE), unit).D_star
    u/(u + 1)
    """
    if any(loss.has(sympy.Abs, sympy.Min, sympy.Max) for loss in (a, b)):
        return None
    A, B = at.of(a), at.of(b)
    slope = RATIO * sympy.diff(A, at.symbol) + sympy.diff(B, at.symbol)
    roots = [root for root in stationary_points(a, b, at) if _stays(root, at)]
    if not roots:
        return None
    best = max(roots, key=lambda root: float((A + B).subs(at.symbol, root).subs(RATIO, 1).evalf(30)))
    if not is_zero(slope.subs(at.symbol, best)).proved:
        return None
    real, fake = tidy(A.subs(at.symbol, best)), tidy(B.subs(at.symbol, best))
    f = tidy(RATIO * real + fake)
    return BestResponse(tidy(at.image.subs(at.symbol, best)), f, real, fake)


def stationary_points(a: Any, b: Any, at: Coordinate) -> list[Any]:
    """Values of the coordinate at which u·a + b has slope 0, as formulas in u; which of them hold is for others to say.

    Where the slope is no polynomial, as where it holds √(1 − D), a power of u = −b′/a′ may be one.
    """
    A, B = (sympy.diff(at.of(loss), at.symbol) for loss in (a, b))
    found = positive_roots(RATIO * A + B, at.symbol)
    if found or A == 0:
        return found
    turn = sympy.powdenest(factored(-B / A), force=True)
    order = whole_order(turn, at.symbol)
    if order > 1:
        return positive_roots(turn**order - RATIO**order, at.symbol)
    return _logarithmic_roots(turn, at.symbol)


def _logarithmic_roots(turn: Any, symbol: Any) -> list[Any]:
    """Where α + β log g = u: at g = e^((u − α)/β).

    >>> x = sympy.Symbol("x", positive=True)
    >>> _logarithmic_roots(sympy.log(x) + 1, x)
    [exp(u - 1)]
    """
    logs = [term for term in turn.atoms(sympy.log) if term.has(symbol)]
    if len(logs) != 1:
        return []
    mark = sympy.Dummy("log")
    line = sympy.expand(turn.subs(logs[0], mark))
    beta, alpha = line.coeff(mark, 1), line.coeff(mark, 0)
    if not beta or {symbol, mark} & (alpha.free_symbols | beta.free_symbols) or line.has(mark**2):
        return []
    reached: Any = sympy.Symbol("e_u", positive=True)
    roots = positive_roots(logs[0].args[0] - reached, symbol)
    return [root.subs(reached, sympy.exp((RATIO - alpha) / beta)) for root in roots]


def whole_order(expr: Any, symbol: Any) -> int:
    """The power that makes every root of a formula whole, if the formula is a product."""
    return sympy.ilcm(1, 1, *(p.exp.q for p in expr.atoms(sympy.Pow) if p.exp.is_Rational and p.has(symbol)))


def _stays(root: Any, at: Coordinate) -> bool:
    """Whether it lies in the coordinate's range at some values of u; that it does at all is proved elsewhere."""
    if root.free_symbols - {RATIO}:
        return False
    values = [_at(root, u) for u in _SAMPLES]
    real = all(abs(v.imag) == 0 and v.real == v.real for v in values)
    return real and (at.is_line or all(v.real > 0 for v in values))


def _at(expr: Any, u: Any) -> complex:
    """The value at one u, nan where it is none."""
    found = expr.subs(RATIO, u).evalf(30)
    return complex(found) if found.is_number and found.is_finite else complex("nan")
