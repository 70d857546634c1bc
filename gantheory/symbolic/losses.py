"""What a player is paid, as an expression in D: from text of the safe grammar, or from an expression of the caller's.

Text never reaches sympy's own parser. Decimals are exact: 0.9 is 9/10, so that what is proved of a smoothed label is
proved of that label.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from gantheory.errors import DomainError
from gantheory.expressions import parse

__all__ = ["SCORE", "claimed_formula", "loss", "refuse_other_variables"]

#: The value of the discriminator at a point.
SCORE: Any = sympy.Symbol("D", real=True)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": sympy.Abs,
    "atan": sympy.atan,
    "clip": lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
    "cos": sympy.cos,
    "cosh": lambda x: (sympy.exp(x) + sympy.exp(-x)) / 2,
    "erf": sympy.erf,
    "exp": sympy.exp,
    "expit": lambda x: 1 / (1 + sympy.exp(-x)),
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "max": sympy.Max,
    "min": sympy.Min,
    "relu": lambda x: sympy.Max(x, 0),
    "sin": sympy.sin,
    "sinh": lambda x: (sympy.exp(x) - sympy.exp(-x)) / 2,
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "sqrt": sympy.sqrt,
    "tanh": lambda x: 1 - 2 / (1 + sympy.exp(2 * x)),
}
_KNOWN = (sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log, sympy.Min, sympy.Max, sympy.Abs,
          sympy.sin, sympy.cos, sympy.atan, sympy.erf)  # fmt: skip
_MOST_OPERATIONS = 400


def loss(name: str, given: Any, variable: str = "D") -> Any:
    """An expression in the one symbol `SCORE`.

    Parameters
    ----------
    name : str
        What the argument is called, for messages.
    given : str, number or sympy expression
        In one variable: D in a text, any symbol in an expression.

    Raises
    ------
    ParseError
        For a text that the safe grammar does not accept.
    DomainError
        For an expression in more than one variable, or with a function that has no meaning here.

    Examples
    --------
    >>> loss("real", "0.9*log(D) + 0.1*log(1 - D)")
    9*log(D)/10 + log(1 - D)/10
    >>> x, y = sympy.symbols("x y")
    >>> loss("fake", sympy.log(1 - x))
    log(1 - D)
    >>> loss("fake", x * y)
    Traceback (most recent call last):
    gantheory.errors.DomainError: fake = x*y has the variables x, y; it must be a function of D alone.
    """
    if isinstance(given, str):
        expression = parse(given, names=(variable, "pi"), functions=tuple(_FUNCTIONS))
        meanings = {variable: SCORE, "pi": sympy.pi}
        return _real(name, expression.evaluate(meanings, _FUNCTIONS, number=sympy.Rational))
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return _real(name, sympy.nsimplify(given, rational=True))
    if not isinstance(given, sympy.Expr):
        raise DomainError(
            f"{name} = {given!r} is no expression in D; give text such as 'log(D)' or a sympy expression. "
            "For functions without a formula: Objective.numeric(a, b)."
        )
    symbols = sorted(given.free_symbols, key=lambda s: s.name)
    if len(symbols) > 1:
        names = ", ".join(s.name for s in symbols)
        raise DomainError(f"{name} = {given} has the variables {names}; it must be a function of D alone.")
    return _real(name, given.xreplace(dict.fromkeys(symbols, SCORE)))


def refuse_other_variables(**given: Any) -> None:
    """Raise where two expressions are in different variables: each would be read as D.

    >>> x, y = sympy.symbols("x y")
    >>> refuse_other_variables(real=sympy.log(x), fake=sympy.log(1 - y))
    Traceback (most recent call last):
    gantheory.errors.DomainError: real = log(x) is in x and fake = log(1 - y) in y; both must be functions of one ...
    """
    named = [(name, e, s.name) for name, e in given.items() if isinstance(e, sympy.Expr) for s in e.free_symbols]
    for name, expr, variable in named[1:]:
        first, other, its = named[0]
        if variable != its:
            raise DomainError(
                f"{first} = {other} is in {its} and {name} = {expr} in {variable}; both must be functions of one "
                "variable, the value D of the discriminator."
            )


def claimed_formula(name: str, given: Any, variable: str) -> Any:
    """As `loss`, of a formula in another variable, which may be given by cases."""
    if not isinstance(given, sympy.Piecewise):
        return loss(name, given, variable)
    cases: Any = given.args
    moved = dict.fromkeys(given.free_symbols, SCORE)
    return sympy.Piecewise(*((loss(name, value, variable), holds.xreplace(moved)) for value, holds in cases))


def _real(name: str, expr: Any) -> Any:
    """The expression, if every part of it has a meaning here."""
    expr = sympy.sympify(expr, strict=True)
    if expr.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan, sympy.I):
        raise DomainError(f"{name} = {expr} is undefined; it must be a real number wherever it is asked.")
    if expr.count_ops() > _MOST_OPERATIONS:
        raise DomainError(f"{name} has {expr.count_ops()} operations; give a loss of at most {_MOST_OPERATIONS}.")
    for part in sympy.preorder_traversal(expr):
        known = part.is_Number or part.is_Symbol or part in (sympy.pi, sympy.E) or isinstance(part, _KNOWN)
        known = known or (isinstance(part, sympy.LambertW) and len(part.args) == 1)
        if not known:
            raise DomainError(
                f"{name} holds {part}, which has no meaning here; use + - * / **, log, exp, sqrt, abs, min, max."
            )
    return expr
