"""Rational numbers and polynomials of a tree of the grammar, exactly: a decimal is the decimal that is written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gantheory.errors import ParseError
from gantheory.expressions import Binary, Expression, Name, Node, Number, Unary
from gantheory.grammar import children

__all__ = ["irrational", "number_in", "polynomial", "rational", "walk"]


def walk(node: Node) -> Sequence[Node]:
    return list(Expression(node).walk())


def rational(node: Node, name: str) -> Fraction:
    match node:
        case Number():
            return Fraction(node.text)
        case Unary():
            value = rational(node.operand, name)
            return -value if node.operator == "-" else value
        case Binary():
            left, right = rational(node.left, name), rational(node.right, name)
            found = {"+": left + right, "-": left - right, "*": left * right}
            if node.operator in found:
                return found[node.operator]
            if node.operator == "/" and right:
                return left / right
            value = left**right if node.operator == "**" and (left or right >= 0) else None
            if isinstance(value, Fraction):
                return value
    raise ParseError(f"{Expression(node)} in {name} is no rational number; an enclosure is of decimals and fractions.")


def number_in(node: Node) -> Fraction | None:
    try:
        return rational(node, "G")
    except ParseError:
        return None


def irrational(node: Node) -> str:
    """A constant part of G that is no rational number, the largest such, for a message."""
    if not any(isinstance(one, Name) and one.name == "z" for one in walk(node)):
        return str(Expression(node)) if number_in(node) is None else ""
    return next(filter(None, map(irrational, children(node))), "")


def polynomial(node: Node, variable: str = "x") -> tuple[Fraction, ...]:
    """The coefficients of a polynomial, of the lowest power first."""
    match node:
        case Name() if node.name == variable:
            return (Fraction(0), Fraction(1))
        case Unary():
            return tuple(-c if node.operator == "-" else c for c in polynomial(node.operand, variable))
        case Binary(operator="+" | "-"):
            left, right = polynomial(node.left, variable), polynomial(node.right, variable)
            sign = 1 if node.operator == "+" else -1
            size = max(len(left), len(right))
            padded = [(*part, *[Fraction(0)] * (size - len(part))) for part in (left, right)]
            return tuple(a + sign * b for a, b in zip(*padded, strict=True))
        case Binary(operator="*"):
            return _product(polynomial(node.left, variable), polynomial(node.right, variable))
        case Binary(operator="/"):
            if not (divisor := rational(node.right, "D")):
                raise ParseError(f"{Expression(node)} divides by 0; an enclosure is of numbers.")
            return tuple(c / divisor for c in polynomial(node.left, variable))
        case Binary(operator="**"):
            power, found = rational(node.right, "D"), (Fraction(1),)
            if power.denominator == 1 and power >= 0:
                for _ in range(int(power)):
                    found = _product(found, polynomial(node.left, variable))
                return found
    return (rational(node, "D"),)


def _product(left: tuple[Fraction, ...], right: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return tuple(found)
