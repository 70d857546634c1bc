"""An enclosure: two decimals between which the exact number lies, rounded outward from a ball."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction
from numbers import Integral
from typing import Any

from gantheory.errors import DomainError

__all__ = ["Enclosure", "whole_digits"]

_PRECISION = 1100  # decimals of a sum: more than any enclosure has
_MOST = 10**6  # decimals: as wide as a context may be needed, so that nothing is rounded but on purpose


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The exact number lies in [lower, upper].

    Attributes
    ----------
    lower, upper : Decimal
        Rounded outward; both infinite where the number is.

    Examples
    --------
    >>> found = Enclosure(Decimal("0.0992"), Decimal("0.0993"))
    >>> Decimal("0.09925") in found, 0.5 in found, found.width
    (True, False, Decimal('0.0001'))
    >>> print(found)
    [0.0992, 0.0993]
    """

    lower: Decimal
    upper: Decimal

    def __post_init__(self) -> None:
        if not self.lower <= self.upper:
            raise DomainError(f"lower is {self.lower} and upper is {self.upper}; an enclosure has lower <= upper.")

    def __contains__(self, number: Any) -> bool:
        """Whether an exact number, which a float is too, lies inside; of another enclosure, whether all of it does."""
        if isinstance(number, Enclosure):
            return self.lower <= number.lower and number.upper <= self.upper
        if isinstance(number, Fraction):
            above = Fraction(self.lower) <= number if self.lower.is_finite() else self.lower < 0
            below = number <= Fraction(self.upper) if self.upper.is_finite() else self.upper > 0
            return above and below
        return number == number and self.lower <= number <= self.upper  # nan lies nowhere

    def __float__(self) -> float:
        """The middle."""
        return float(self.lower) if self.lower == self.upper else float((self.lower + self.upper) / 2)

    def __add__(self, other: Any) -> Enclosure:
        low, high = _ends(other)
        return Enclosure(_rounded(self.lower, low, ROUND_FLOOR), _rounded(self.upper, high, ROUND_CEILING))

    def __neg__(self) -> Enclosure:
        return Enclosure(self.upper.copy_negate(), self.lower.copy_negate())  # -x would round to the context

    def __sub__(self, other: Any) -> Enclosure:
        low, high = _ends(other)
        return self + Enclosure(high.copy_negate(), low.copy_negate())

    def __mul__(self, factor: int) -> Enclosure:
        low, high = (_product(end, factor, rounding) for end, rounding in self._outward())
        return Enclosure(min(low, high), max(low, high)) if factor >= 0 else -(self * -factor)

    __radd__, __rmul__ = __add__, __mul__

    def sqrt(self) -> Enclosure:
        """Of a number that is not negative."""
        return Enclosure(*(_root(max(end, Decimal(0)), rounding) for end, rounding in self._outward()))

    def _outward(self) -> tuple[tuple[Decimal, str], tuple[Decimal, str]]:
        return (self.lower, ROUND_FLOOR), (self.upper, ROUND_CEILING)

    @property
    def width(self) -> Decimal:
        """How wide it is, rounded up."""
        if self.lower == self.upper:
            return Decimal(0)
        with localcontext(Context(prec=30, rounding=ROUND_CEILING)):
            return self.upper - self.lower

    def separates(self, number: Any) -> bool:
        """Whether it lies wholly on one side of a number, which it is then proved to differ from."""
        return number not in self

    def digits(self) -> str:
        """The digits that both ends share, with an ellipsis for those that follow."""
        if self.lower == self.upper:
            return str(self.lower)
        low, high = (format(end, "f") for end in (self.lower, self.upper))
        places = max(len(part.partition(".")[2]) for part in (low, high))
        low, high = (format(end, f".{places}f") for end in (self.lower, self.upper))
        shared = 0
        while shared < min(len(low), len(high)) and low[shared] == high[shared]:
            shared += 1
        return f"{low[:shared]}…" if "." in low[:shared] else f"[{self.lower}, {self.upper}]"

    def __str__(self) -> str:
        return f"[{self.lower}, {self.upper}]"


def _ends(number: Any) -> tuple[Decimal, Decimal]:
    """Of an enclosure, or of an exact whole number."""
    return (number.lower, number.upper) if isinstance(number, Enclosure) else (Decimal(number), Decimal(number))


def _rounded(a: Decimal, b: Decimal, rounding: str) -> Decimal:
    with localcontext(Context(prec=_PRECISION, rounding=rounding, Emin=-(10**9), Emax=10**9)):
        return a + b


def _product(a: Decimal, factor: int, rounding: str) -> Decimal:
    with localcontext(Context(prec=_PRECISION, rounding=rounding, Emin=-(10**9), Emax=10**9)):
        return a * abs(factor)


def _root(a: Decimal, rounding: str) -> Decimal:
    """Rounded to the side asked for, which Decimal's own square root, always to the nearest, is not."""
    with localcontext(Context(prec=_PRECISION, Emin=-(10**9), Emax=10**9)) as context:
        near = a.sqrt()
        if not near.is_finite() or not near:
            return near
        return context.next_minus(near) if rounding == ROUND_FLOOR else context.next_plus(near)


def outward(low: Fraction, high: Fraction, digits: int) -> Enclosure:
    """Between two exact numbers, each rounded away from the other to a number of significant digits."""
    ends = []
    for number, rounding in ((low, ROUND_FLOOR), (high, ROUND_CEILING)):
        with localcontext(Context(prec=max(1, min(digits, _MOST)), rounding=rounding, Emin=-(10**9), Emax=10**9)):
            ends.append(Decimal(number.numerator) / Decimal(number.denominator))
    return Enclosure(*ends)


def whole_digits(digits: Any) -> int:
    """A number of significant digits, numpy's own whole numbers included.

    Raises
    ------
    DomainError
        If it is no whole number from 1 to 1000.
    """
    whole = int(digits) if isinstance(digits, Integral) and not isinstance(digits, bool) else 0
    if not 1 <= whole <= 1000:
        raise DomainError(f"digits is {digits!r}; it must be a whole number from 1 to 1000.")
    return whole
