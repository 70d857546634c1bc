r"""Exact numbers that are no fractions: π/2, e, tanh(1/2), where the image of a law ends or has a kink.

.. math:: c_0 + \sum_k c_k\,\kappa_k, \qquad c_k \text{ rational}

A piece of the line begins and ends at exact points. The sums of fractions and of a few named constants are closed under
what is done with such points: differences, halves, comparisons. Two sums of equal terms are one number; any others
are told apart by balls, and where balls do not tell them apart nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, total_ordering
from typing import Any

from flint import arb, ctx, fmpq

from gantheory.errors import ConvergenceError

__all__ = ["PI", "Sum", "constant", "difference", "is_above"]

_MOST_BITS = 4096


class _Constant:
    """A function at an exact argument, known by its name."""

    __slots__ = ("argument", "function", "key", "own_hash")

    def __init__(self, name: str, function: Callable[[Any], Any], argument: Any) -> None:
        self.function, self.argument = function, argument
        self.key = (name, argument)
        self.own_hash = hash(self.key)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Constant) and self.key == other.key)

    def __hash__(self) -> int:
        return self.own_hash


@total_ordering
class Sum:
    """A fraction, and constants times fractions that are not 0."""

    __slots__ = ("own_hash", "rational", "terms")

    def __init__(self, rational: Fraction, terms: frozenset[tuple[_Constant, Fraction]]) -> None:
        self.rational, self.terms = rational, terms
        self.own_hash = hash((rational, terms))  # asked for at every point of an integral

    def ball(self) -> Any:
        """To the working precision."""
        return _ball(self, ctx.prec)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Sum) and (self.rational, self.terms) == (other.rational, other.terms)

    def __hash__(self) -> int:
        return self.own_hash

    def __repr__(self) -> str:
        parts = (f"{c}*{one.key[0]}({one.key[1]!r})" for one, c in self.terms)
        return " + ".join([str(self.rational), *sorted(parts)])

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Sum):
            found = dict(self.terms)
            for one, c in other.terms:
                found[one] = found.get(one, Fraction(0)) + c
            return _sum(self.rational + other.rational, found)
        return _made(self.rational + other, self.terms)

    def __mul__(self, factor: Any) -> Any:
        if not isinstance(factor, (int, Fraction)):
            return NotImplemented
        return _sum(self.rational * factor, {one: c * factor for one, c in self.terms})

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, divisor: Any) -> Any:
        return self * (1 / Fraction(divisor))

    def __abs__(self) -> Any:
        return self if self > 0 else -self

    def __float__(self) -> float:
        return float(self.ball())

    def __str__(self) -> str:
        return f"{float(self):.6g}"

    def __lt__(self, other: Any) -> bool:
        return _sign(self - other) < 0


@lru_cache(maxsize=1024)
def constant(name: str, function: Callable[[Any], Any], argument: Any) -> Any:
    """The number function(argument), of a real ball's function; a name stands for one function."""
    return _made(Fraction(0), frozenset({(_Constant(name, function, argument), Fraction(1))}))


def _pi(_: Any) -> Any:
    return arb.pi()


def _sum(rational: Fraction, terms: dict[_Constant, Fraction]) -> Any:
    kept = frozenset((one, c) for one, c in terms.items() if c)
    return _made(rational, kept) if kept else rational


@lru_cache(maxsize=4096)
def _made(rational: Fraction, terms: frozenset[tuple[_Constant, Fraction]]) -> Sum:
    """One object for one sum: comparisons of the same object cost nothing."""
    return Sum(rational, terms)


def difference(a: Any, b: Any) -> Any:
    """a − b."""
    return a - b if isinstance(a, Fraction) and isinstance(b, Fraction) else _difference(a, b)


def is_above(a: Any, b: Any) -> bool:
    """a > b."""
    return a > b if isinstance(a, Fraction) and isinstance(b, Fraction) else _sign(_difference(a, b)) > 0


@lru_cache(maxsize=4096)
def _difference(a: Any, b: Any) -> Any:
    return a - b


@lru_cache(maxsize=4096)
def _ball(number: Any, bits: int) -> Any:
    if isinstance(number, Sum):
        parts = (_ball(c, bits) * one.function(_ball(one.argument, bits)) for one, c in number.terms)
        return sum(parts, _ball(number.rational, bits))
    return arb(fmpq(number.numerator, number.denominator))


@lru_cache(maxsize=4096)
def _sign(number: Any) -> int:
    if not isinstance(number, Sum):
        return (number > 0) - (number < 0)
    bits = 64
    while bits <= _MOST_BITS:
        with ctx.workprec(bits):
            found = _ball(number, bits)
        if found > 0 or found < 0:
            return 1 if found > 0 else -1
        bits *= 2
    raise ConvergenceError("two ends or kinks of the laws are so near each other that their order is not decided.")


PI = constant("pi", _pi, Fraction(0))
