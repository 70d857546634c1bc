"""Expressions of the safe grammar, given a meaning: numpy's functions, sympy's, ball arithmetic, or laws for the calls.

`parse` turns a text into a tree (`gantheory.grammar` says what is accepted, and why nothing else can be); the tree can
be walked, printed so that it parses back to itself, or evaluated in a namespace that the caller gives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from scipy import special

from gantheory.errors import DomainError
from gantheory.grammar import MOST_NODES, Binary, Call, Name, Node, Number, Parser, Unary, children

__all__ = [
    "FUNCTIONS",
    "NUMPY_CONSTANTS",
    "NUMPY_FUNCTIONS",
    "Binary",
    "Call",
    "Expression",
    "Name",
    "Node",
    "Number",
    "Unary",
    "parse",
]

NUMPY_CONSTANTS: dict[str, Any] = {"pi": np.pi}
NUMPY_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "atan": np.arctan,
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": special.erf,
    "exp": np.exp,
    "expit": special.expit,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "max": lambda *values: reduce(np.maximum, values),
    "min": lambda *values: reduce(np.minimum, values),
    "relu": lambda x: np.maximum(x, 0.0),
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "softplus": lambda x: np.logaddexp(0.0, x),
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
#: How many arguments each known function takes, fewest and most.
FUNCTIONS: dict[str, tuple[int, int]] = {
    name: {"clip": (3, 3), "max": (2, MOST_NODES), "min": (2, MOST_NODES)}.get(name, (1, 1)) for name in NUMPY_FUNCTIONS
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed text: the tree under `root`, to be walked or to be evaluated.

    Examples
    --------
    >>> wave = parse("z**3 - 2*sin(pi*z)", names=("z", "pi"))
    >>> float(wave.evaluate({"z": 0.5, **NUMPY_CONSTANTS}))
    -1.875
    >>> print(wave)
    z**3 - 2*sin(pi*z)

    The meaning of names, functions and literals is the caller's:

    >>> from fractions import Fraction
    >>> parse("0.1 + x").evaluate({"x": Fraction(1, 5)}, {}, number=Fraction)
    Fraction(3, 10)
    """

    root: Node

    def __str__(self) -> str:
        return _text(self.root)

    @property
    def names(self) -> frozenset[str]:
        """The names that stand in the text, those of called functions apart."""
        return frozenset(node.name for node in self.walk() if isinstance(node, Name))

    def walk(self) -> Iterator[Node]:
        """Every node, a parent before its children, from left to right."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(children(node)))

    def evaluate(
        self,
        variables: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] = NUMPY_FUNCTIONS,
        *,
        number: Callable[[str], Any] = np.float64,
    ) -> Any:
        """The value, with a meaning for every name; `number` turns the text of a literal into one.

        Floating-point exceptions are silent: log(0) is -inf and 0/0 is nan, and it is the caller who refuses them.
        """
        with np.errstate(all="ignore"):
            return _value(self.root, variables, functions, number)


def parse(
    text: str,
    names: Collection[str] | None = ("x", "pi"),
    functions: Mapping[str, tuple[int, int]] | Collection[str] | None = FUNCTIONS,
) -> Expression:
    """Text to tree.

    Parameters
    ----------
    text : str
        ASCII, of at most 512 characters.
    names : collection of str, optional
        The names allowed as variables and constants; None allows any.
    functions : mapping of name to (fewest, most) arguments, or collection of str, optional
        The functions that may be called. A collection names some of `FUNCTIONS`, or others of any number of
        arguments; None allows any, and keyword arguments too (laws are written so).

    Raises
    ------
    ParseError
        The message names the position, counted from 1, what stands there, and what is allowed.

    Examples
    --------
    >>> parse("2**x")
    Traceback (most recent call last):
    gantheory.errors.ParseError: "2**x", position 4: the exponent is no constant; write exp(x*log(2)) for 2**x.
    >>> parse("0.5*norm(-2, scale=0.7)", names=None, functions=None).root.right.name
    'norm'
    """
    if functions is not None and not isinstance(functions, Mapping):
        functions = {name: FUNCTIONS.get(name, (0, MOST_NODES)) for name in functions}
    return Expression(Parser(text, names, functions).parse())


def _combined(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    return left**right


def _value(
    node: Node,
    variables: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]],
    number: Callable[[str], Any],
) -> Any:
    match node:
        case Number():
            return number(node.text)
        case Name():
            return _meaning(node, variables)
        case Unary():
            operand = _value(node.operand, variables, functions, number)
            return -operand if node.operator == "-" else operand
        case Binary():
            left = _value(node.left, variables, functions, number)
            return _combined(node.operator, left, _value(node.right, variables, functions, number))
    function = _meaning(node, functions)
    args = [_value(argument, variables, functions, number) for argument in node.args]
    return function(*args, **{key: _value(argument, variables, functions, number) for key, argument in node.kwargs})


def _meaning(node: Name | Call, namespace: Mapping[str, Any]) -> Any:
    if node.name not in namespace:
        given = ", ".join(sorted(namespace)) or "none"
        raise DomainError(f"the name {node.name!r} has no meaning here; give one (meanings given: {given}).")
    return namespace[node.name]


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_SIGNED = 3


def _rank(node: Node) -> int:
    if isinstance(node, Binary):
        return _RANK[node.operator]
    return _SIGNED if isinstance(node, Unary) else 5


def _text(node: Node) -> str:
    """The shortest text that parses back to the same tree."""
    match node:
        case Number():
            return node.text
        case Name():
            return node.name
        case Unary():
            return node.operator + _bracketed(node.operand, _SIGNED)
        case Binary(operator="**"):
            return _bracketed(node.left, 5) + "**" + _bracketed(node.right, _SIGNED)
        case Binary():
            rank = _RANK[node.operator]
            space = " " if rank == 1 else ""
            return _bracketed(node.left, rank) + space + node.operator + space + _bracketed(node.right, rank + 1)
    inside = [_text(argument) for argument in node.args] + [f"{key}={_text(value)}" for key, value in node.kwargs]
    return f"{node.name}({', '.join(inside)})"


def _bracketed(node: Node, rank: int) -> str:
    return _text(node) if _rank(node) >= rank else f"({_text(node)})"
