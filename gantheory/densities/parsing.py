"""Laws as text: scipy.stats' names and order of parameters, ``w*law + w*law`` for a mixture, ``delta(x)`` for an atom.

The text goes through the safe grammar (`gantheory.expressions`), and its tree is read here; it reaches neither eval nor
scipy. A law's own text, str(law), is read back as an equal law, as far as the grammar's 512 characters go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from gantheory.densities.adapters import adapted
from gantheory.densities.given import keep
from gantheory.densities.half_line import Beta, Exponential, Gamma, Weibull
from gantheory.densities.location_scale import Laplace, Logistic, Normal
from gantheory.densities.mixture import Discrete, Mixture
from gantheory.densities.power_tail import Cauchy, StudentT
from gantheory.densities.protocol import Law
from gantheory.densities.scipy_names import FAMILIES, bound
from gantheory.densities.uniform import Uniform
from gantheory.errors import DomainError, ParseError
from gantheory.expressions import Binary, Call, Name, Node, Number, Unary, parse

__all__ = ["parse_density"]

_EXACT = {Beta, Cauchy, Exponential, Gamma, Laplace, Logistic, Mixture, Normal, StudentT, Uniform, Weibull}
_GRAMMAR = "a law is written as in scipy.stats, norm(0, 1), and a mixture as 0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"


def parse_density(text: str, /) -> Law:
    """The law that a text names.

    Parameters
    ----------
    text : str
        - a name of scipy.stats with its parameters in scipy's order or by name: ``norm(loc, scale)``, ``expon(loc,
          scale)``, ``gamma(a, loc, scale)``, ``beta(a, b, loc, scale)``, ``t(df, loc, scale)``, ``uniform(loc,
          scale)``, ``weibull_min(c, loc, scale)``, ``cauchy``, ``laplace``, ``logistic``; and any other,
          ``poisson(3)`` or ``lognorm(0.5)``, by way of scipy.stats itself;
        - ``delta(x)``, a point mass, and ``uniform(a=..., b=...)`` by its ends, which are ours;
        - ``w*law + w*law`` of those, nested in parentheses if need be.

    Returns
    -------
    Law
        Texts are remembered: the same text is the same law.

    Raises
    ------
    ParseError
        If the text is not one of these; the message names what is wrong, and the nearest name that is known.
    DomainError, NotNormalizedError
        If a parameter lies outside its domain, or the weights do not sum to 1.

    Examples
    --------
    >>> parse_density("0.5*norm(-2, 0.7) + 0.5*norm(2.5, scale=1)").weights
    (0.5, 0.5)

    The second parameter of scipy's uniform is the width, not the end:

    >>> parse_density("uniform(1, 2)")
    Uniform(a=1.0, b=3.0)
    >>> parse_density("uniform(a=1, b=2)")
    Uniform(a=1.0, b=2.0)

    A law without a weight in a sum is no mixture:

    >>> parse_density("norm(0, 1) + norm(2, 1)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gantheory.errors.ParseError: norm(0, 1) in the text stands in a sum without a weight; ...
    """
    if not isinstance(text, str):
        raise ParseError(f"text is {text!r}, of type {type(text).__name__}; it must be a str.")
    if not text.strip():
        raise ParseError("the text is empty; write a law, such as norm(0, 1).")
    return _parsed(text)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Law:
    return _law(parse(text, names=None, functions=None).root)


def _law(node: Node) -> Law:
    match node:
        case Name():
            law = _named(node.name, (), ())
        case Call():
            law = _named(node.name, node.args, node.kwargs)
        case Binary(operator="+" | "*"):
            law = _mixture(_terms(node))
        case _:
            raise ParseError(f"{_shown(node)} in the text is not a law; {_GRAMMAR}.")
    if type(law) in _EXACT:
        keep(law, node)  # its decimals, which floats round
    return law


def _terms(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.operator == "+":
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _mixture(terms: Sequence[Node]) -> Law:
    pairs = [_weighted(term) for term in terms]
    if all(isinstance(node, Call) and node.name == "delta" for _, node in pairs):
        locations = [law.locations[0] for _, node in pairs if isinstance(law := _law(node), Discrete)]
        return Discrete(locations, [weight for weight, _ in pairs])
    return Mixture([_law(node) for _, node in pairs], [weight for weight, _ in pairs])


def _weighted(term: Node) -> tuple[float, Node]:
    """The weight of a term, and the law that it weighs."""
    if isinstance(term, Binary) and term.operator == "*":
        left, right = _number(term.left), _number(term.right)
        if left is not None and right is None:
            return left, term.right
        if right is not None and left is None:
            return right, term.left
    if isinstance(term, (Name, Call)):
        raise ParseError(
            f"{_shown(term)} in the text stands in a sum without a weight; every law of a mixture has one, and they "
            f"sum to 1: 0.5*{_shown(term)} + 0.5*..."
        )
    raise ParseError(f"{_shown(term)} in the text is not a weight times a law; {_GRAMMAR}.")


def _named(name: str, args: Sequence[Node], kwargs: Sequence[tuple[str, Node]]) -> Law:
    values = [_parameter(name, node) for node in args]
    named = {key: _parameter(name, node) for key, node in kwargs}
    if name == "delta":
        if len(values) != 1 or named:
            raise ParseError("delta in the text takes one number, where its mass is: delta(0).")
        return Discrete(values, [1.0])
    if name == "uniform" and named.keys() == {"a", "b"} and not values:
        return Uniform(**named)
    if name in FAMILIES:
        family = FAMILIES[name]
        return family.law(**bound(name, family.parameters, values, named))
    return _from_scipy(name, values, named)


def _from_scipy(name: str, values: Sequence[float], named: dict[str, float]) -> Law:
    from scipy import stats

    generator = getattr(stats, name, None) if not name.startswith("_") else None
    if not isinstance(generator, (stats.rv_continuous, stats.rv_discrete)):
        raise ParseError(_unknown(name, stats))
    parameters = [s.strip() for s in (generator.shapes or "").split(",") if s.strip()]
    parameters += ["loc"] if isinstance(generator, stats.rv_discrete) else ["loc", "scale"]
    return adapted(generator(**bound(name, parameters, values, named)))


def _unknown(name: str, stats: Any) -> str:
    from difflib import get_close_matches

    kinds = (stats.rv_continuous, stats.rv_discrete)
    known = {*FAMILIES, "delta", *(n for n in dir(stats) if isinstance(getattr(stats, n), kinds))}
    aliases = {"normal": "norm", "gaussian": "norm", "exponential": "expon", "weibull": "weibull_min", "student": "t"}
    near = [aliases[name.lower()]] if name.lower() in aliases else get_close_matches(name.lower(), sorted(known), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{name!r} in the text is no law that is known; the names are those of scipy.stats, and delta.{hint}"


# -- numbers -------------------------------------------------------------------------------------------------------


def _parameter(name: str, node: Node) -> float:
    value = _number(node)
    if value is None:
        raise ParseError(
            f"{_shown(node)} in the text is a parameter of {name}; it must be a finite number, "
            "written with digits, pi and + - * / ** (2**0.5 for a root)."
        )
    return value


def _number(node: Node) -> float | None:
    """The value of a constant expression; None where there is a name or a call in it."""
    match node:
        case Number():
            return node.value
        case Name(name="pi"):
            return math.pi
        case Unary():
            value = _number(node.operand)
            return -value if value is not None and node.operator == "-" else value
        case Binary():
            left, right = _number(node.left), _number(node.right)
            return None if left is None or right is None else _combined(node.operator, left, right, node)
    return None


def _combined(operator: str, left: float, right: float, node: Node) -> float:
    try:
        value = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "**": lambda: left**right,
        }[operator]()
    except (ArithmeticError, ValueError):
        value = math.nan
    if isinstance(value, complex) or not math.isfinite(value):
        raise DomainError(f"{_shown(node)} in the text is not a finite real number.")
    return value


def _shown(node: Node) -> str:
    from gantheory.expressions import Expression

    text = str(Expression(node))
    return text if len(text) <= 60 else f"{text[:57]}..."
