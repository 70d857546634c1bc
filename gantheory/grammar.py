"""The safe grammar: text from a person, a file or a command line becomes a small tree, and nothing else.

No text ever reaches Python's own parser, so there is nothing to escape from: a tokeniser knows numbers, names and
``+ - * / ** ( ) , =``, and a parser by precedence builds five kinds of node.

.. code-block:: text

    sum      = product {("+" | "-") product}
    product  = signed {("*" | "/") signed}
    signed   = ("+" | "-") signed | power
    power    = atom ["**" signed]                       -x**2 is -(x**2), and ** groups to the right, as in Python
    atom     = NUMBER | NAME | NAME "(" [argument {"," argument}] ")" | "(" sum ")"
    argument = [NAME "="] sum

The limits are on what exact arithmetic would have to write out: 512 characters, nesting 40, 200 nodes, exponents that
are constants of size <= 64, and a degree <= 256 (a power multiplies degrees), so that ``9**9**9`` and
``((9**9)**9)**9`` are refused before a number is touched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gantheory.errors import ParseError

__all__ = ["Binary", "Call", "Name", "Node", "Number", "Parser", "Unary", "children"]

MOST_CHARACTERS = 512
MOST_NESTING = 40
MOST_NODES = 200
MOST_EXPONENT = 64
MOST_DEGREE = 256
MOST_DIGITS = 40  # characters of one number: a float has 17 digits and an exponent


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, kept as its text, so that 0.1 can become a float, a rational or a ball."""

    text: str
    position: int = field(default=0, compare=False, repr=False)

    @property
    def value(self) -> float:
        return float(self.text)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a constant."""

    name: str
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``name(args, keyword=...)``; kwargs are pairs in the order written."""

    name: str
    args: tuple[Node, ...] = ()
    kwargs: tuple[tuple[str, Node], ...] = ()
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign, "+" or "-"."""

    operator: str
    operand: Node
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """One of ``+ - * / **``."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False, repr=False)


Node = Number | Name | Call | Unary | Binary


_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<operator>\*\*|[-+*/(),=])|(?P<end>\Z)|(?P<other>.))",
    re.DOTALL,
)
_REMEDIES = {
    "^": "powers are written **",
    ".": "attributes do not exist here",
    "[": "lists do not exist here",
    "%": "there is no remainder",
    "'": "there are no strings",
    '"': "there are no strings",
}


class Parser:
    """One pass from left to right, one token ahead."""

    def __init__(
        self, text: str, names: Collection[str] | None, functions: Mapping[str, tuple[int, int]] | None
    ) -> None:
        self.text, self.names, self.functions = text, names, functions
        self.nodes = 0
        if not isinstance(text, str):
            raise ParseError(f"the text is {text!r}, of type {type(text).__name__}; it must be a str.")
        if not text.strip():
            raise ParseError("the text is empty; write an expression, such as x**2.")
        if len(text) > MOST_CHARACTERS:
            raise ParseError(f"the text has {len(text)} characters; at most {MOST_CHARACTERS} are read.")
        for place, character in enumerate(text):
            if not character.isascii():
                raise self.error(place, f"{character!a} is not ASCII; write {_ascii_remedy(character)}")
        self.advance(0)

    def error(self, place: int, reason: str) -> ParseError:
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return ParseError(f'"{ascii(shown)[1:-1]}", position {place + 1}: {reason}.')

    def advance(self, start: int) -> None:
        match = _TOKEN.match(self.text, start)
        assert match is not None  # the last alternative takes any character
        self.kind = str(match.lastgroup)
        self.token, self.place, self.after = match[self.kind], match.start(self.kind), match.end()
        if self.kind == "other":
            hint = _REMEDIES.get(self.token, "allowed are numbers, names and + - * / ** ( ) , =")
            raise self.error(self.place, f"{self.token!a} is not allowed: {hint}")
        if self.kind == "number" and re.match(r"[A-Za-z_.]", self.text[self.after :]):
            raise self.error(
                self.after, "a number runs into what follows it; write decimal digits, and * for a product"
            )

    def following(self) -> str | None:
        """The operator after the present token, if one stands there."""
        match = _TOKEN.match(self.text, self.after)
        return None if match is None else match["operator"]

    def take(self, token: str) -> bool:
        if self.kind != "operator" or self.token != token:
            return False
        self.advance(self.after)
        return True

    def built(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.error(node.position, f"the expression has more than {MOST_NODES} parts; write a shorter one")
        if _degree(node) > MOST_DEGREE:
            raise self.error(node.position, f"the degree exceeds {MOST_DEGREE}; write a lower power")
        return node

    def parse(self) -> Node:
        root = self.sum(0)
        if self.kind != "end":
            raise self.error(self.place, f"{self.token!r} is not expected here; an operator or the end is")
        return root

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while self.kind == "operator" and self.token in "+-":
            operator, place = self.token, self.place
            self.advance(self.after)
            node = self.built(Binary(operator, node, self.product(depth), place))
        return node

    def product(self, depth: int) -> Node:
        node = self.signed(depth)
        while self.kind == "operator" and self.token in ("*", "/"):
            operator, place = self.token, self.place
            self.advance(self.after)
            node = self.built(Binary(operator, node, self.signed(depth), place))
        return node

    def signed(self, depth: int) -> Node:
        if depth > MOST_NESTING:
            raise self.error(self.place, f"the nesting is deeper than {MOST_NESTING}; write a flatter expression")
        if self.kind == "operator" and self.token in "+-":
            operator, place = self.token, self.place
            self.advance(self.after)
            return self.built(Unary(operator, self.signed(depth + 1), place))
        return self.power(depth)

    def power(self, depth: int) -> Node:
        base, place = self.atom(depth), self.place
        if not self.take("**"):
            return base
        start = self.place
        exponent = self.signed(depth + 1)
        self.check_exponent(exponent, start)
        return self.built(Binary("**", base, exponent, place))

    def check_exponent(self, exponent: Node, place: int) -> None:
        try:
            size = _constant(exponent)  # a power in an exponent is no constant here: 9**9**9 is not to be written out
        except ZeroDivisionError:
            raise self.error(place, "the exponent divides by 0") from None
        if size is None:
            raise self.error(place, "the exponent is no constant; write exp(x*log(2)) for 2**x")
        if abs(size) > MOST_EXPONENT:
            raise self.error(place, f"an exponent must be at most {MOST_EXPONENT} in size")

    def atom(self, depth: int) -> Node:
        token, place, kind = self.token, self.place, self.kind
        if self.take("("):
            inside = self.sum(depth + 1)
            self.close("(", place)
            return inside
        if kind == "number":
            self.advance(self.after)
            return self.built(Number(self.checked_number(token, place), place))
        if kind == "name":
            return self.call(token, place, depth) if self.following() == "(" else self.variable(token, place)
        what = "the text ends" if kind == "end" else f"{token!r} stands"
        raise self.error(place, f"{what} where a number, a name or ( is expected")

    def close(self, opened: str, place: int) -> None:
        if not self.take(")"):
            found = "the text ends" if self.kind == "end" else f"{self.token!r} stands"
            raise self.error(self.place, f"{found} where ) is expected, for the {opened} at position {place + 1}")

    def checked_number(self, token: str, place: int) -> str:
        exponent = token.lower().partition("e")[2]
        if len(token) > MOST_DIGITS or (exponent and abs(int(exponent)) > 400) or not math.isfinite(float(token)):
            raise self.error(place, f"a number must have at most {MOST_DIGITS} characters and be below 1.8e308 in size")
        return token

    def variable(self, name: str, place: int) -> Node:
        if self.functions is not None and name in self.functions and name not in (self.names or ()):
            raise self.error(place, f"{name} is a function; write {name}(...)")
        self.check_known("name", name, place, self.names)
        self.advance(self.after)
        return self.built(Name(name, place))

    def call(self, name: str, place: int, depth: int) -> Node:
        self.check_known("function", name, place, self.functions)
        self.advance(self.after)
        self.advance(self.after)
        args, kwargs = self.arguments(name, place, depth)
        if self.functions is not None:
            self.check_arguments(name, place, len(args), [key for key, _ in kwargs])
        return self.built(Call(name, tuple(args), tuple(kwargs), place))

    def check_known(self, kind: str, name: str, place: int, known: Collection[str] | None) -> None:
        if known is None and name.startswith("_"):
            raise self.error(place, f"the {kind} {name!r} is not known; names begin with a letter")
        if known is not None and name not in known:
            raise self.error(place, _unknown(kind, name, known))

    def arguments(self, name: str, place: int, depth: int) -> tuple[list[Node], list[tuple[str, Node]]]:
        args: list[Node] = []
        kwargs: list[tuple[str, Node]] = []
        if self.take(")"):
            return args, kwargs
        while True:
            keyword = self.keyword()
            start = self.place
            argument = self.sum(depth + 1)
            if keyword is not None:
                if keyword in dict(kwargs):
                    raise self.error(start, f"the argument {keyword!r} of {name} is given twice")
                kwargs.append((keyword, argument))
            elif kwargs:
                raise self.error(start, "an argument without a name follows one with a name; put it first")
            else:
                args.append(argument)
            if not self.take(","):
                self.close(f"{name}(", place)
                return args, kwargs

    def keyword(self) -> str | None:
        """The NAME of ``NAME =``, taken; None, and nothing taken, where an argument is positional."""
        if self.kind != "name" or self.following() != "=":
            return None
        keyword = self.token
        self.advance(self.after)
        self.advance(self.after)
        return keyword

    def check_arguments(self, name: str, place: int, count: int, keywords: list[str]) -> None:
        assert self.functions is not None
        fewest, most = self.functions[name]
        if keywords:
            raise self.error(place, f"{name} takes no named argument; {keywords[0]!r} is one")
        if not fewest <= count <= most:
            wanted = f"{fewest} or more arguments" if most > fewest else f"{fewest} argument{'s' * (fewest > 1)}"
            raise self.error(place, f"{name} takes {wanted}, not {count}")


def _ascii_remedy(character: str) -> str:
    signs = {"−": "-", "–": "-", "·": "*", "×": "*", "÷": "/", "π": "pi", "²": "**2", "³": "**3", "√": "sqrt(...)"}
    return signs.get(character, "it in plain letters, digits and signs")


def _unknown(kind: str, name: str, names: Collection[str]) -> str:
    from difflib import get_close_matches  # only an error needs it

    near = get_close_matches(name, sorted(names), n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"the {kind} {name!r} is not known{hint}; allowed here: {', '.join(sorted(names)) or 'none'}"


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Binary():
            return (node.left, node.right)
        case Unary():
            return (node.operand,)
        case Call():
            return node.args + tuple(argument for _, argument in node.kwargs)
    return ()


def _degree(node: Node) -> int:
    """What exact arithmetic may have to write out: a power multiplies, a product adds, a sum takes the larger."""
    if isinstance(node, Binary) and node.operator == "**":
        size = abs(_constant(node.right) or 0)
        return max(1, -(-size.numerator // size.denominator)) * _degree(node.left)
    degrees = [_degree(child) for child in children(node)]
    if isinstance(node, Binary) and node.operator in "*/":
        return sum(degrees)
    return max(degrees, default=1)


def _constant(node: Node) -> Fraction | None:
    """The exact value of a tree of literals without powers; None where there is a name, a call or a power."""
    match node:
        case Number():
            return Fraction(node.text)
        case Unary():
            inside = _constant(node.operand)
            return -inside if inside is not None and node.operator == "-" else inside
        case Binary() if node.operator != "**":
            left, right = _constant(node.left), _constant(node.right)
            if left is None or right is None:
                return None
            match node.operator:
                case "+":
                    return left + right
                case "-":
                    return left - right
                case "*":
                    return left * right
            return left / right
    return None
