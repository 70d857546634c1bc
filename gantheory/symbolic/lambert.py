"""Lambert's W, the root x > 0 of x·e^x = z: where an equation holds both a power of s and its logarithm."""

from __future__ import annotations

from typing import Any

import sympy

__all__ = ["log_and_power_root", "resolved"]


def log_and_power_root(expr: Any, symbol: Any) -> Any:
    """The s > 0 at which α·log s + β·s^k + γ = 0, βk/α > 0; None for other formulas.

    x = (βk/α)·s^k has x·e^x = (βk/α)·e^(−γk/α).

    >>> s, t = sympy.Symbol("s", positive=True), sympy.Symbol("t", real=True)
    >>> log_and_power_root(1 + sympy.log(s) - 1 / s - t, s)
    1/LambertW(exp(1 - t))
    """
    logarithm, power, rest = sympy.Integer(0), None, sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(expr)):
        factor, of_symbol = term.as_independent(symbol, as_Add=False)
        if of_symbol == sympy.log(symbol):
            logarithm += factor
        elif of_symbol == 1:
            rest += factor
        elif power is None and of_symbol.as_base_exp()[0] == symbol:
            power = (factor, of_symbol.as_base_exp()[1])
        else:
            return None
    if logarithm == 0 or power is None or not power[1].is_Rational:
        return None
    scale = power[0] * power[1] / logarithm
    if not scale.is_positive:
        return None
    x = sympy.LambertW(scale * sympy.exp(sympy.expand(-rest * power[1] / logarithm)))
    return (x / scale) ** (1 / power[1])


def resolved(expr: Any) -> Any:
    """The same, with W(x·e^x) = x and log W(z) = log z − W(z) put in, x and z > 0.

    >>> x = sympy.Symbol("x", positive=True)
    >>> resolved(sympy.LambertW(x * sympy.exp(x))), resolved(sympy.log(sympy.LambertW(x)) + sympy.LambertW(x))
    (x, log(x))
    """
    if not expr.has(sympy.LambertW):
        return expr
    return expr.replace(sympy.LambertW, _root).replace(sympy.log, _logarithm)


def _root(z: Any, *branch: Any) -> Any:
    whole = sympy.LambertW(z, *branch)
    outside, exponent = sympy.Integer(1), sympy.Integer(0)
    for factor in sympy.Mul.make_args(z):
        if not isinstance(factor, sympy.exp):
            outside *= factor
            continue
        for term in sympy.Add.make_args(sympy.expand(factor.args[0])):
            k, log = term.as_coeff_Mul()
            outside, exponent = (
                (outside * log.args[0] ** k, exponent) if isinstance(log, sympy.log) else (outside, exponent + term)
            )
    same = bool(outside.is_positive) and sympy.cancel(outside - exponent) == 0
    return outside if same and not branch else whole


def _logarithm(inside: Any) -> Any:
    base, k = inside.as_base_exp()
    if isinstance(base, sympy.LambertW) and len(base.args) == 1 and base.args[0].is_positive:
        return k * (sympy.log(base.args[0]) - base)
    return sympy.log(inside)
