"""The door to ball arithmetic: exact numbers in, decimals out, and precision for a block of code only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx, fmpq

from gantheory.certified.enclosure import Enclosure, outward
from gantheory.certified.numbers import Sum
from gantheory.errors import ConvergenceError

__all__ = [
    "Ball",
    "Complex",
    "ball",
    "bits_of",
    "enclosure_of",
    "finite",
    "fraction",
    "log",
    "log1p",
    "log_2",
    "precision",
]

Ball = Any  # a real ball, arb
Complex = Any  # a complex one, acb
_BITS_A_DIGIT = 3.33
_LARGEST = 10**6  # of a binary exponent


def bits_of(digits: float) -> int:
    """Binary digits for decimal ones."""
    return int(digits * _BITS_A_DIGIT) + 1


def precision(bits: int) -> AbstractContextManager[Any]:
    """The working precision of a block."""
    return ctx.workprec(bits)


def ball(number: Fraction | int) -> Ball:
    """An exact number, to the working precision."""
    if isinstance(number, Sum):
        return number.ball()
    return _ball(number.numerator, number.denominator, ctx.prec)


@lru_cache(maxsize=4096)
def _ball(numerator: int, denominator: int, bits: int) -> Ball:
    """Remembered: a density asks for its parameters at every point."""
    return arb(fmpq(numerator, denominator))


def finite(x: Complex) -> bool:
    return x.real.is_finite() and x.imag.is_finite()


def log(x: Complex, analytic: bool) -> Complex:
    """The principal logarithm; not finite where it must be analytic and is not."""
    return acb(x).log(analytic=analytic)


def log1p(x: Complex, analytic: bool) -> Complex:
    """log(1 + x): to its relative accuracy where |x| < 1, where no cut is near."""
    return x.log1p() if abs(x).upper() < 1 else (1 + x).log(analytic=analytic)


def enclosure_of(value: Ball, digits: int) -> Enclosure:
    """A real ball as decimals, rounded outward."""
    low, high = (fraction(end) for end in (value.lower(), value.upper()))
    return outward(low, high, digits)


def log_2(digits: int) -> Enclosure:
    """log 2."""
    with precision(bits_of(digits + 10)):
        return enclosure_of(arb.const_log2(), digits)


def fraction(x: Ball) -> Fraction:
    """The exact number that a ball without a radius is."""
    mantissa, exponent = (int(part) for part in x.man_exp())
    if abs(exponent) > _LARGEST:
        raise ConvergenceError(f"{x} is too small or too large a number to be written as a decimal.")
    return Fraction(mantissa * 2**exponent) if exponent >= 0 else Fraction(mantissa, 2**-exponent)
