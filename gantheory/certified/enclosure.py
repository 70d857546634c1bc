"""An enclosure: two decimals between which the exact number lies, rounded outward from a ball."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from gantheory.errors import DomainError

__all__ = ["Enclosure"]

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
            if not (self.lower.is_finite() and self.upper.is_finite()):
                return self.lower.is_infinite() and self.lower < 0 and self.upper.is_infinite()
            return Fraction(self.lower) <= number <= Fraction(self.upper)
        return self.lower <= number <= self.upper

    def __float__(self) -> float:
        """The middle."""
        return float(self.lower) if self.lower == self.upper else float((self.lower + self.upper) / 2)

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


def outward(low: Fraction, high: Fraction, digits: int) -> Enclosure:
    """Between two exact numbers, each rounded away from the other to a number of significant digits."""
    ends = []
    for number, rounding in ((low, ROUND_FLOOR), (high, ROUND_CEILING)):
        with localcontext(Context(prec=max(1, min(digits, _MOST)), rounding=rounding, Emin=-(10**9), Emax=10**9)):
            ends.append(Decimal(number.numerator) / Decimal(number.denominator))
    return Enclosure(*ends)
