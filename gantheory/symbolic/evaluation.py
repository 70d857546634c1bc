"""Formulas as numpy functions, without writing code: on u itself, and on log u where u may be any size.

A closed form such as log(1 − u/(1 + u)) is hopeless in floats where u is large. On the scale of r = log u it is written
twice, in u for r ≤ 0 and in w = 1/u for r > 0, each time with its logarithms taken apart, so that log u is r itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import sympy
from scipy import special

from gantheory.symbolic.degrees import factored, within_reach
from gantheory.symbolic.normal_form import OutsideClass, boundary_value

__all__ = ["end_value", "function_of", "on_log_scale"]

Array = Any
_LOG: Any = sympy.Symbol("log_u", real=True)
_EDGE: Any = sympy.Symbol("ε", positive=True)
_PLAIN: dict[Any, Callable[[Array], Array]] = {
    sympy.exp: np.exp,
    sympy.Abs: np.abs,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.atan: np.arctan,
    sympy.erf: special.erf,
}


def function_of(expr: Any, *symbols: Any) -> Callable[..., Array]:
    """The formula as a vectorised function of its symbols; floating-point exceptions are silent.

    >>> x = sympy.Symbol("x", positive=True)
    >>> function_of(sympy.log(1 + x), x)(np.array([0.0, 1e-20])).tolist()
    [0.0, 1e-20]
    """
    expr = sympy.sympify(expr, strict=True)

    def function(*values: Array) -> Array:
        given = dict(zip(symbols, (np.asarray(v, dtype=float) for v in values)))
        with np.errstate(all="ignore"):
            found = _value(expr, given)
        return np.broadcast_to(found, np.broadcast_shapes(*(np.shape(v) for v in values)))[()]

    return function


def _value(expr: Any, given: Mapping[Any, Array]) -> Array:
    if expr.is_Symbol:
        return given[expr]
    if expr.is_number and not expr.args:
        return float(expr)
    if isinstance(expr, sympy.Piecewise):
        return _by_cases(expr, given)
    if isinstance(expr, sympy.log):
        return _logarithm(expr.args[0], given)
    if isinstance(expr, sympy.LambertW):
        return _lambert(expr.args[0], given)
    parts = [_value(a, given) for a in expr.args]
    if expr.is_Add:
        return reduce(np.add, parts)
    if expr.is_Mul:
        return reduce(np.multiply, parts)
    if expr.is_Pow:
        return np.sqrt(parts[0]) if expr.exp == sympy.Rational(1, 2) else np.power(np.asarray(parts[0]), parts[1])
    if isinstance(expr, sympy.Max | sympy.Min):
        return reduce(np.maximum if isinstance(expr, sympy.Max) else np.minimum, parts)
    return _PLAIN[expr.func](parts[0])


def _logarithm(inside: Any, given: Mapping[Any, Array]) -> Array:
    """log(1 + x) keeps the digits of a small x."""
    if inside.is_Add and inside.args[0] == 1:
        return np.log1p(_value(inside - 1, given))
    return np.log(_value(inside, given))


def _lambert(inside: Any, given: Mapping[Any, Array]) -> Array:
    """W(e^z) without e^z, which may leave the floats."""
    if isinstance(inside, sympy.exp):
        return special.wrightomega(_value(inside.args[0], given))
    return special.lambertw(_value(inside, given)).real


def _by_cases(expr: Any, given: Mapping[Any, Array]) -> Array:
    found: Array = np.nan
    for value, condition in reversed(expr.args):
        if condition is sympy.true:
            found = _value(value, given)
        else:
            left, right = (_value(side, given) for side in condition.args)
            holds = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[condition.rel_op]
            found = np.where(holds(left, right), _value(value, given), found)
    return found


def end_value(expr: Any, symbol: Any, end: Any) -> Any:
    """The limit of a formula as its positive symbol goes to 0 or to ∞, or None where it is not found."""
    expr = _settled(sympy.sympify(expr, strict=True), symbol, end)
    roots = [power.exp.q for power in expr.atoms(sympy.Pow) if power.exp.is_Rational]
    small = _EDGE ** sympy.ilcm(1, 1, *roots)  # so that roots of the symbol are whole powers
    try:
        found = boundary_value(expr.subs(symbol, small if end == 0 else 1 / small), _EDGE)
        if not found.free_symbols:
            return found
    except (OutsideClass, KeyError, ValueError):
        pass
    try:
        found = sympy.limit(expr, symbol, end, "+" if end == 0 else "-")
    except Exception:  # sympy's limits raise what they like; what they do not find is not known
        return None
    return found if found.is_number or found in (sympy.oo, -sympy.oo) else None


def _settled(expr: Any, symbol: Any, end: Any) -> Any:
    """Near the end: of several cases the first or the last, of several lines the one that is largest there."""
    if not expr.has(sympy.Piecewise, sympy.Max):
        return expr
    near = sympy.Rational(1, 10**9) if end == 0 else sympy.Integer(10**9)
    expr = expr.replace(sympy.Max, lambda *lines: max(lines, key=lambda line: line.subs(symbol, near)))
    return expr.replace(lambda e: isinstance(e, sympy.Piecewise), lambda e: e.args[0][0] if end == 0 else e.args[-1][0])


def _apart(expr: Any, symbol: Any, log: Any) -> Any:
    """The formula with log(symbol) called `log`, and other logarithms of one polynomial each."""

    def opened(inside: Any) -> Any:
        found = sympy.expand_log(sympy.log(factored(inside)), force=True)
        return found.subs(sympy.log(symbol), log)

    return expr.replace(sympy.log, opened)


_SIZES = tuple(sympy.Rational(1, 10**k) for k in (0, 1, 12, 100, 160, 290))


def _steadiest(expr: Any, u: Any, sign: int) -> Callable[..., Array]:
    """Of several ways to write the formula, the one that comes nearest to itself in floats, from u = 1 to 1e-290."""
    forms = [expr]
    for change in (sympy.cancel, sympy.expand):
        if within_reach(expr) and not expr.has(sympy.Piecewise, sympy.Max, sympy.Min, sympy.Abs):
            try:
                forms.append(change(expr))
            except sympy.PolynomialError:
                continue
    exact = [_exactly(expr, u, size, sign) for size in _SIZES]
    functions = [function_of(form, u, _LOG) for form in dict.fromkeys(forms)]
    return min(functions, key=lambda function: _off(function, exact, sign))


def _exactly(expr: Any, u: Any, size: Any, sign: int) -> float:
    try:
        return float(expr.subs({u: size, _LOG: sign * sympy.log(size)}).evalf(700, maxn=2000))
    except (TypeError, OverflowError):  # no real number there, or none that is a float
        return np.nan


def _off(function: Callable[..., Array], exact: list[float], sign: int) -> float:
    """How far the floats are off, at most; what is no number is as bad as can be."""
    worst = 0.0
    for size, wanted in zip(_SIZES, exact):
        found = float(function(float(size), sign * float(sympy.log(size))))
        if np.isfinite(wanted):
            worst = max(worst, abs(found - wanted) / (1e-300 + abs(wanted)) if np.isfinite(found) else np.inf)
    return worst


def on_log_scale(expr: Any, u: Any) -> Callable[[Array], Array]:
    """r ↦ the formula at u = e^r, right to rounding at any finite r, and its limit at ±∞.

    >>> u = sympy.Symbol("u", positive=True)
    >>> best = on_log_scale(sympy.log(1 - u / (1 + u)), u)
    >>> best(np.array([-40.0, 0.0, 800.0, np.inf])).tolist()
    [-4.24...e-18, -0.69314718055994..., -800.0, -inf]
    """
    expr = sympy.sympify(expr, strict=True)
    below = _steadiest(_apart(expr, u, _LOG), u, 1)
    above = _steadiest(_apart(expr.subs(u, 1 / u), u, -_LOG), u, -1)
    ends = [_number(end_value(expr, u, end)) for end in (0, sympy.oo)]

    def function(r: Array) -> Array:
        r = np.asarray(r, dtype=float)
        finite = np.where(np.isfinite(r), r, 0.0)
        size = np.exp(-np.minimum(np.abs(finite), 700.0))  # a power of u has no float beyond
        found = np.where(finite > 0, above(size, finite), below(size, finite))
        return np.where(np.isneginf(r), ends[0], np.where(np.isposinf(r), ends[1], found))

    return function


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
