"""An interval as text that is true: what is printed contains what is held.

The radius is printed to two digits, rounded up, after it has been widened by what rounding the value for print costs.
No digit is shown below the radius, nor beyond the 17 that a float carries.
"""

from __future__ import annotations

import decimal
import math
import sys
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

__all__ = ["ascii_text", "for_stream", "interval_text", "radius_text"]

# A float's decimal expansion is finite: from 1.8e308 down to 2**-1074 it fills 1383 places. With this context every
# operation here is exact, whatever the context of the thread.
_EXACT = decimal.Context(prec=1500, Emin=-10_000, Emax=10_000)
_FLOAT_DIGITS = 17


def interval_text(value: float, error: float) -> str:
    """``value ± error`` for people; the value alone where the error is 0.

    >>> interval_text(0.25, 1e-3), interval_text(2.0 / 3.0, 0.0), interval_text(123456.0, 789.0)
    ('0.2500 ± 0.0011', '0.6666666666666666', '123460 ± 800')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    shortest = repr(value + 0.0)  # -0.0 is 0.0
    if error == 0:
        return shortest
    if math.isinf(error):
        return f"{shortest} ± ∞"
    with decimal.localcontext(_EXACT):
        shown, radius = _shown(Decimal(value), Decimal(error), Decimal(shortest))
        return f"{_digits(shown)} ± {_radius_digits(radius)}"


def radius_text(error: float) -> str:
    """A radius to two digits, rounded up.

    >>> radius_text(1e-3), radius_text(0.0), radius_text(2.0**-52)
    ('0.0011', '0', '2.3e-16')
    """
    if error == 0 or math.isinf(error):
        return "0" if error == 0 else "∞"
    with decimal.localcontext(_EXACT):
        return _radius_digits(_rounded_up(Decimal(error)))


def ascii_text(text: str) -> str:
    """The same interval for a stream that cannot show ±, ∞ or −."""
    return text.replace("±", "+/-").replace("∞", "inf").replace("−", "-")


def for_stream(text: str, stream: Any = None) -> str:
    """The text as the stream can show it (sys.stdout by default); what even ASCII cannot say becomes a "?"."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ascii_text(text).encode("ascii", "replace").decode("ascii")
    return text


def _shown(value: Decimal, error: Decimal, shortest: Decimal) -> tuple[Decimal, Decimal]:
    """The value for print, and the radius that covers both the error and the change of the value."""
    place = _second_digit(error)
    while True:  # a carry (9.96 -> 10) moves the place, once
        shown = value.quantize(place, ROUND_HALF_EVEN)
        if shown and shown.adjusted() - place.adjusted() >= _FLOAT_DIGITS:
            shown = shortest
        radius = _rounded_up(error + abs(value - shown))
        if shown is shortest or _second_digit(radius) <= place:
            return shown, radius
        place = _second_digit(radius)


def _second_digit(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(number.adjusted() - 1)


def _rounded_up(number: Decimal) -> Decimal:
    """To two digits; a carry (9.96 -> 10.0) leaves a third, which is 0 and goes."""
    rounded = number.quantize(_second_digit(number), ROUND_CEILING)
    return rounded.quantize(_second_digit(rounded))


def _digits(number: Decimal) -> str:
    if number == 0:
        return "0"
    return f"{number:f}" if -5 <= number.adjusted() < 16 else _scientific(f"{number:e}")


def _radius_digits(radius: Decimal) -> str:
    return f"{radius:f}" if -4 <= radius.adjusted() < 4 else _scientific(f"{radius:.1e}")


def _scientific(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}"
