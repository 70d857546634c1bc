"""How much work a formula is to the algebra, counted before it is asked: the highest power that would be written out.

A polynomial algorithm knows whole powers only. It makes x^1.2345 the power 2469 of x^(1/2000), and e^(12345t) the power
12345 of e^t; to factor 1 − e^(12345t) is then to factor 1 − E^12345, and does not come back. A number such as e^0.12345
is no such power: it goes by a name while the algebra is at work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sympy

__all__ = [
    "MOST_DEGREE",
    "cancelled",
    "combined",
    "degree",
    "factored",
    "numbers_named",
    "over_one",
    "within_reach",
]

#: A polynomial of a higher degree is not factored, cancelled or expanded.
MOST_DEGREE = 60


def degree(expr: Any) -> int:
    """The highest power of one base, once its powers in the formula are whole.

    >>> x, t = sympy.Symbol("x", positive=True), sympy.Symbol("t", real=True)
    >>> degree(x ** sympy.Rational(1, 3) + sympy.sqrt(x)), degree(1 - sympy.exp(sympy.Rational(12345, 10000) * t))
    (6, 2469)
    >>> degree(2469 * sympy.log(x))
    1
    """
    powers: dict[Any, set[Any]] = defaultdict(set)
    for part in sympy.preorder_traversal(expr):
        if isinstance(part, sympy.exp):
            for term in sympy.Add.make_args(sympy.expand(part.args[0])):
                times, rest = term.as_coeff_Mul(rational=True)
                powers[sympy.exp, rest].add(times)
        elif isinstance(part, sympy.Pow) and part.exp.is_Rational:
            powers[part.base] |= {part.exp, sympy.Integer(1)}  # the base may meet its root elsewhere
    return max((_whole(exponents) for exponents in powers.values()), default=1)


def _whole(exponents: set[Any]) -> int:
    return int(max(abs(e) for e in exponents) * sympy.ilcm(1, 1, *(e.q for e in exponents)))


def within_reach(*exprs: Any) -> bool:
    """Whether the algebra comes back from every one of them."""
    return all(degree(expr) <= MOST_DEGREE for expr in exprs)


def numbers_named(expr: Any) -> tuple[Any, dict[Any, Any]]:
    """The formula with a name for each e^0.12345 in it, and what the names stand for.

    >>> named, meaning = numbers_named(1 + sympy.exp(sympy.Rational(12345, 10000)))
    >>> degree(named), list(meaning.values())
    (1, [exp(2469/2000)])
    """
    long = [e for e in expr.atoms(sympy.exp) if e.is_number and not within_reach(e)]
    names = {e: sympy.Dummy("e", positive=True) for e in sorted(long, key=sympy.default_sort_key)}
    return expr.xreplace(names), {name: e for e, name in names.items()}


def _if_within_reach(change: Callable[[Any], Any], expr: Any) -> Any:
    named, meaning = numbers_named(expr)
    return change(named).xreplace(meaning) if within_reach(named) else expr


def over_one(expr: Any) -> Any:
    """One fraction, if that is within reach; the formula as it is otherwise."""
    return _if_within_reach(sympy.together, expr)


def factored(expr: Any) -> Any:
    """One fraction of factors, if that is within reach.

    >>> x = sympy.Symbol("x", positive=True)
    >>> factored(x**2 - 1), factored(x**2469 - 1)
    ((x - 1)*(x + 1), x**2469 - 1)
    """
    return _if_within_reach(lambda e: sympy.factor(sympy.together(e)), expr)


def cancelled(expr: Any) -> Any:
    """One fraction without common factors, if that is within reach."""
    return _if_within_reach(sympy.cancel, expr)


def combined(expr: Any) -> Any:
    """A sum of logarithms as one, unless that has a power beyond reach: 2469·log x stays."""
    times = [
        factor
        for product in sympy.preorder_traversal(expr)
        if product.is_Mul and any(isinstance(factor, sympy.log) for factor in product.args)
        for factor in product.args
        if factor.is_Rational
    ]
    if not expr.has(sympy.log) or any(max(abs(k.p), k.q) > MOST_DEGREE for k in times):
        return expr
    found = sympy.logcombine(expr, force=True)
    return found if within_reach(numbers_named(found)[0]) else expr
