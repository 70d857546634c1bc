"""The best D for an objective (a, b), and what it reaches: D*(u) and f(u) = max over y of u·a(y) + b(y), u = p/q.

Smooth losses: the slope u·a′(y) + b′(y) is solved for y in the coordinate of D's range, as a polynomial, and what is
found is kept only if the zero test confirms it. Piecewise linear ones: the maximum stands at a corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.zero_test import is_zero

__all__ = ["BestResponse", "RATIO", "cases_of", "positive_roots", "smooth_best_response", "tidy"]

#: u = p/q, the ratio of the densities at a point.
RATIO: Any = sympy.Symbol("u", positive=True)
_ROOT: Any = sympy.Symbol("ρ", positive=True)
_SAMPLES = (sympy.Rational(1, 7), sympy.Rational(9, 10), sympy.Integer(1), sympy.Integer(3), sympy.Integer(40))
_MOST_DEGREE = 24  # α-divergences of orders n/m with n and m up to 12 have it


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
    """

    D_star: Any
    f: Any
    real: Any
    fake: Any
    corners: tuple[Any, ...] = ()
    kinks: tuple[Any, ...] = ()


def cases_of(expr: Any) -> list[Any]:
    """The values of a function of u that is constant between kinks, from small u to large."""
    cases: Any = expr.args
    return [case[0] for case in cases] if isinstance(expr, sympy.Piecewise) else [expr]


def tidy(expr: Any) -> Any:
    """A shorter form of the same function of positive symbols: cosmetic, and nothing rests on it.

    >>> tidy(RATIO / (RATIO + 1) - 1)
    -1/(u + 1)
    """
    expr = expr.replace(sympy.log, lambda inside: sympy.log(sympy.factor(sympy.together(inside))))
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
    return min(forms, key=lambda e: (e.count_ops(), len(str(e))))


def positive_roots(expr: Any, symbol: Any) -> list[Any]:
    """The roots of a formula that is a polynomial in some root of its symbol; none where it is no polynomial.

    >>> x = sympy.Symbol("x", positive=True)
    >>> positive_roots(RATIO / sympy.sqrt(x) - x, x)
    [u**(2/3)]
    """
    order = 1
    for power in expr.atoms(sympy.Pow):
        if power.base == symbol and power.exp.is_Rational:
            order = sympy.ilcm(order, power.exp.q)
    inside = expr.subs(symbol, _ROOT**order) if order > 1 else expr.subs(symbol, _ROOT)
    try:
        numerator = sympy.fraction(sympy.together(inside))[0]
        factors = [f for f, _ in sympy.Poly(numerator, _ROOT).factor_list()[1]]
    except (sympy.PolynomialError, sympy.CoercionFailed, NotImplementedError):
        return []
    roots = [root for f in factors if f.degree() <= _MOST_DEGREE for root in _of_factor(f)]
    return [tidy(root**order) for root in roots]


def _of_factor(f: sympy.Poly) -> list[Any]:
    """Of a line, a parabola, or a power less a constant."""
    coefficients = f.all_coeffs()
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
    roots = [root for root in positive_roots(slope, at.symbol) if _stays(root, at)]
    if not roots:
        return None
    best = max(roots, key=lambda root: float((A + B).subs(at.symbol, root).subs(RATIO, 1).evalf(30)))
    if not is_zero(slope.subs(at.symbol, best)).proved:
        return None
    real, fake = tidy(A.subs(at.symbol, best)), tidy(B.subs(at.symbol, best))
    f = tidy(RATIO * real + fake)
    return BestResponse(tidy(at.image.subs(at.symbol, best)), f, real, fake)


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
