"""Directed rounding of float64: radii of intervals are rounded up, and an exact sum stays exact.

Two facts carry it. The rounding error of a sum of two floats is a float, found exactly by six operations (Knuth, TAOCP
2, 4.2.2, theorem B). And the exact result of one operation lies between the float neighbours of its rounded result.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = [
    "add_up",
    "divide_up",
    "exact_sum",
    "float_with_radius",
    "is_power_of_two",
    "multiply_up",
    "rounding_of",
    "sum_towards",
]

Array = Any
_HALF_ULP = 2.0**-53  # |rounding| <= |result| * 2**-53 for a normal result
_SMALLEST = 5e-324
_SMALLEST_NORMAL = float(np.finfo(float).tiny)
_MODERATE = 1e300  # below it no intermediate overflows
_LARGEST = float(np.finfo(float).max)


def exact_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """(s, t) with s = fl(a + b) and s + t = a + b exactly; t is 0 where s is infinite."""
    if isinstance(a, float) and isinstance(b, float) and math.fabs(a) < _MODERATE and math.fabs(b) < _MODERATE:
        return _exact_sum_of_floats(float(a), float(b))
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    with np.errstate(all="ignore"):
        s = a + b
        from_b = s - a
        t = (a - (s - from_b)) + (b - from_b)
        # at the top of the range an intermediate can overflow though s does not
        t = np.where(np.isfinite(t), t, np.abs(s) * (2 * _HALF_ULP))
    return s, np.where(np.isfinite(s), t, 0.0)


def _exact_sum_of_floats(a: float, b: float) -> tuple[float, float]:
    """The same for two numbers, where an array would cost twenty times as much."""
    s = a + b
    from_b = s - a
    return np.float64(s), np.float64((a - (s - from_b)) + (b - from_b))


def sum_towards(a: Array, b: Array, direction: float) -> Array:
    """a + b rounded towards direction (inf or -inf); exact where the sum is a float."""
    s, t = exact_sum(a, b)
    if isinstance(s, float) and math.isfinite(s):
        return np.float64(math.nextafter(s, direction) if t * math.copysign(1.0, direction) > 0 else s)
    overflow = (s == -direction) & np.isfinite(a) & np.isfinite(b)  # to the far side: the largest float is the bound
    s = np.where(overflow, np.copysign(_LARGEST, s), s)
    with np.errstate(over="ignore"):
        return np.where(t * np.sign(direction) > 0, np.nextafter(s, direction), s)


def add_up(*terms: Array) -> Array:
    """A sum of terms, each addition rounded up."""
    total = np.asarray(terms[0], dtype=float)
    for term in terms[1:]:
        total = sum_towards(total, term, math.inf)
    return total


def multiply_up(a: Array, b: Array) -> Array:
    """a * b rounded up, for a, b >= 0; 0 * inf is 0, since 0 times anything finite is."""
    with np.errstate(all="ignore"):
        product = np.where((a == 0) | (b == 0), 0.0, np.multiply(a, b))
        moved = (is_power_of_two(a) | is_power_of_two(b)) & (product >= _SMALLEST_NORMAL)
        exact = moved | np.equal(a, 0) | np.equal(b, 0)
        return np.where(exact, product, np.nextafter(product, math.inf))


def divide_up(a: Array, b: Array) -> Array:
    """a / b rounded up, for a, b >= 0; 0 / b is 0, and otherwise a / 0 is inf."""
    with np.errstate(all="ignore"):
        quotient = np.where(np.equal(a, 0), 0.0, np.divide(a, b))
        return np.where(np.equal(a, 0) | np.isinf(quotient), quotient, np.nextafter(quotient, math.inf))


def rounding_of(result: Array, exact: Array) -> Array:
    """A bound on what rounding added to a finite product or quotient; 0 where it is `exact` but for underflow."""
    normal = np.abs(result) >= _SMALLEST_NORMAL
    rounding = np.where(normal, multiply_up(np.abs(result), _HALF_ULP), _SMALLEST)
    return np.where(exact & normal, 0.0, rounding)


def is_power_of_two(number: Array) -> Array:
    """Where |number| is 2**k: a product with it only moves the exponent."""
    return np.abs(np.frexp(number)[0]) == 0.5


def float_with_radius(number: Fraction) -> tuple[float, float]:
    """The nearest float, and a radius that holds the number: 0 where it is a float."""
    try:
        nearest = float(number)
    except OverflowError:
        return math.copysign(_LARGEST, 1 if number > 0 else -1), math.inf
    gap = abs(number - Fraction(nearest))
    radius = float(gap)
    return nearest, radius if Fraction(radius) >= gap else math.nextafter(radius, math.inf)
