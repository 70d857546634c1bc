"""Directed rounding against rational arithmetic: never on the wrong side, and never more than one float too far."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantheory.directed import (
    add_up,
    divide_up,
    exact_sum,
    float_with_radius,
    is_power_of_two,
    multiply_up,
    rounding_of,
    sum_towards,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
sizes = st.floats(0.0, allow_nan=False, allow_infinity=False)
LARGEST = float(np.finfo(float).max)


def just_above(rounded: float, exact: Fraction) -> bool:
    """Whether `rounded` is the exact number or the first or second float above it."""
    if math.isinf(rounded):
        return exact > Fraction(math.nextafter(LARGEST, 0.0))
    two_below = math.nextafter(math.nextafter(rounded, -math.inf), -math.inf)
    return exact <= Fraction(rounded) and (math.isinf(two_below) or Fraction(two_below) < exact)


@given(finite, finite)
@example(1.0, 2.0**-53)
@example(LARGEST, -LARGEST)
@example(LARGEST, math.ulp(LARGEST) / 4)
def test_a_sum_and_its_rounding_are_the_exact_sum(a, b):
    """s + t = a + b in rationals, wherever s is a float."""
    s, t = (float(part) for part in exact_sum(a, b))
    if math.isfinite(s):
        assert Fraction(s) + Fraction(t) == Fraction(a) + Fraction(b)
    else:
        assert t == 0.0


@given(finite, finite)
@example(1.0, 1e-300)
@example(1.0, -1e-300)
def test_a_sum_is_rounded_to_the_side_asked_for(a, b):
    """Up and down bracket the exact sum, and meet where it is a float."""
    down, up = float(sum_towards(a, b, -math.inf)), float(sum_towards(a, b, math.inf))
    exact = Fraction(a) + Fraction(b)
    assert down <= exact <= up
    assert down == up or math.nextafter(down, math.inf) == up


@given(sizes, sizes)
@example(5e-324, 0.5)
@example(5e-324, 5e-324)
@example(LARGEST, 2.0)
@example(0.1, 0.1)
def test_products_quotients_and_sums_are_rounded_up(a, b):
    """Underflow gives the smallest float, not 0; overflow gives inf."""
    assert just_above(float(multiply_up(a, b)), Fraction(a) * Fraction(b))
    assert just_above(float(add_up(a, b)), Fraction(a) + Fraction(b))
    if b > 0:
        assert just_above(float(divide_up(a, b)), Fraction(a) / Fraction(b))


def test_the_ends_of_the_line():
    """0 times anything is 0; a radius over 0 is unbounded; inf stays."""
    assert float(multiply_up(0.0, math.inf)) == 0.0
    assert float(divide_up(0.0, 0.0)) == 0.0
    assert float(divide_up(1.0, 0.0)) == math.inf
    assert float(add_up(math.inf, 1.0)) == math.inf


@given(finite, finite)
@example(1e-200, 1e-200)
@example(0.5, 5e-324)
@example(0.1, 0.1)
def test_the_rounding_of_a_product_is_bounded(a, b):
    """|fl(ab) - ab| <= rounding_of, which is 0 where a factor is a power of two and nothing underflows."""
    product = a * b
    exact = bool(is_power_of_two(a) | is_power_of_two(b))
    if math.isfinite(product) and product != 0.0:
        error = abs(Fraction(product) - Fraction(a) * Fraction(b))
        assert error <= Fraction(float(rounding_of(product, exact)))


@given(st.fractions())
@example(Fraction(1, 3))
@example(Fraction(10) ** 400)
@example(-(Fraction(10) ** -400))
def test_a_rational_keeps_its_rounding(number):
    """|float - number| <= radius, 0 exactly where the number is a float."""
    nearest, radius = float_with_radius(number)
    gap = abs(Fraction(nearest) - number)
    assert math.isinf(radius) or gap <= Fraction(radius)
    assert (radius == 0) == (gap == 0)


@pytest.mark.parametrize("planted", [lambda a, b: a + b, lambda a, b: np.nextafter(a + b, -np.inf)])
def test_the_tester_is_tested(planted):
    """Rounding to nearest, or the wrong way, is caught by the same predicate."""
    pairs = [(1.0, 1e-300), (0.1, 0.7), (1e16, 1.0), (3.0, 1e-17)]
    assert all(just_above(float(add_up(a, b)), Fraction(a) + Fraction(b)) for a, b in pairs)
    assert not all(just_above(float(planted(a, b)), Fraction(a) + Fraction(b)) for a, b in pairs)
