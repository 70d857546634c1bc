"""A density tabulated on points, and linear between them."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantheory.densities import Normal, Tabulated, Uniform
from gantheory.divergences import entropy, js_divergence, kl_divergence
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.expectation import expectation
from gantheory.grid import Grid
from gantheory.panels import Points

TRIANGLE = Tabulated([0, 1, 2], [0, 1, 0])


@st.composite
def tables(draw):
    steps = draw(st.lists(st.floats(1e-3, 10), min_size=2, max_size=8))
    x = np.cumsum([draw(st.floats(-5, 5)), *steps])
    heights = draw(st.lists(st.floats(0, 1), min_size=len(x), max_size=len(x)))
    heights[draw(st.integers(0, len(x) - 1))] = 1.0
    return Tabulated(x, Grid.from_points(x).normalize(heights))


def test_the_triangle_in_closed_form():
    """pdf, cdf, sf, ppf, entropy and moments of the triangular law on [0, 2]."""
    np.testing.assert_allclose(TRIANGLE.pdf([-1, 0, 0.5, 1, 1.5, 2, 3]), [0, 0, 0.5, 1, 0.5, 0, 0])
    np.testing.assert_allclose(TRIANGLE.cdf([-1, 0, 0.5, 1, 1.5, 2, 3]), [0, 0, 0.125, 0.5, 0.875, 1, 1])
    np.testing.assert_allclose(TRIANGLE.sf([-1, 0, 0.5, 1, 1.5, 2, 3]), [1, 1, 0.875, 0.5, 0.125, 0, 0])
    np.testing.assert_allclose(TRIANGLE.ppf([0, 0.125, 0.5, 0.875, 1]), [0, 0.5, 1, 1.5, 2])
    assert 0.5 in entropy(TRIANGLE)
    assert 1.0 in expectation(TRIANGLE, lambda x: x)
    assert 1 / 6 in expectation(TRIANGLE, lambda x: (x - 1) ** 2)


def test_kl_divergence_in_closed_form():
    """KL(triangle || U(0, 2)) = log 2 - 1/2, and infinite the other way only if the support were larger."""
    assert math.log(2) - 0.5 in kl_divergence(TRIANGLE, Uniform(0, 2))
    assert math.inf in kl_divergence(Uniform(0, 3), TRIANGLE)
    found = kl_divergence(Uniform(0, 2), TRIANGLE)  # E[-log 2 f], f the triangle: 1 - log 2
    assert 1 - math.log(2) in found


@given(tables())
def test_mass_and_inverse(law):
    """The mass is 1 within its error; ppf inverts the exact cdf."""
    mass = expectation(law, np.ones_like)
    assert 1.0 in mass
    assert mass.error < 1e-10
    u = np.array([0.0, 1e-6, 0.1, 0.5, 0.9, 1.0])
    np.testing.assert_allclose(law.cdf(law.ppf(u)), u, atol=1e-9)
    np.testing.assert_allclose(law.cdf(law.ppf(u)) + law.sf(law.ppf(u)), 1.0, atol=1e-14)


@given(tables(), st.floats(0, 1))
def test_linear_between_points(law, share):
    """The density is numpy's interpolation of the table."""
    low, high = law.support()
    x = min(low + share * (high - low), high)
    wanted = np.interp(x, law.grid.points, law.pdf_values)
    assert float(law.pdf(x)) == pytest.approx(wanted, abs=1e-9 * max(law.pdf_values))


def test_zero_ends_are_exact_at_offsets():
    """Beside a zero the density is slope times offset, however small the offset."""
    at = Points(np.array([2.0, 0.0]), np.array([-1e-30, 1e-30]))
    np.testing.assert_allclose(np.exp(TRIANGLE.logpdf_at(at)), 1e-30, rtol=1e-13)
    just_outside = Points(np.array([0.0, 2.0]), np.array([-1e-30, 1e-30]))
    assert np.isneginf(TRIANGLE.logpdf_at(just_outside)).all()


def test_the_support_is_where_the_mass_is():
    """Zeros at either end of the table are no part of the support; a gap inside is."""
    law = Tabulated([-2, -1, 0, 1, 2, 3, 4], [0, 0, 1, 0, 0, 0, 0])
    assert law.support() == (-1.0, 1.0)
    with_gap = Tabulated([0, 1, 2, 3, 4, 5], [0.5, 0.5, 0, 0, 0.125, 0.25])
    assert with_gap.support() == (0.0, 5.0)
    assert with_gap.pdf(2.5) == 0.0
    assert 1.0 in expectation(with_gap, np.ones_like)


def test_a_fine_table_is_near_its_law():
    """The JSD of a table of N(0, 1) to N(0, 1) is that of the broken line: small, and not 0."""
    x = np.linspace(-9, 9, 361)
    law = Tabulated(x, Normal().pdf(x))
    assert law.basis == "estimate"
    assert 0 < js_divergence(law, Normal()).value < 1e-7


def test_a_defect_below_one_percent_is_counted():
    """Cut at three standard deviations: 0.27 % is missing, and every error says so."""
    x = np.linspace(-3, 3, 601)
    law = Tabulated(x, Normal().pdf(x))
    assert law.mass_error == pytest.approx(0.0027, abs=1e-4)
    assert float(law.cdf(3.0)) == 1.0
    assert js_divergence(law, Normal(1, 1)).error >= law.mass_error


def test_grids_and_points_give_one_law():
    """A Grid's points, or the points themselves."""
    x = np.linspace(0, 1, 5)
    assert Tabulated(Grid.from_points(x), np.ones(5)) == Tabulated(x, np.ones(5))


def test_equal_after_pickle_and_copy():
    """Copies are equal and hash alike; the arrays are read-only, and the law does not change."""
    for twin in (pickle.loads(pickle.dumps(TRIANGLE)), copy.copy(TRIANGLE), copy.deepcopy(TRIANGLE)):  # noqa: S301 (our own bytes)
        assert twin == TRIANGLE
        assert hash(twin) == hash(TRIANGLE)
        assert twin.cdf(0.3) == TRIANGLE.cdf(0.3)
        with pytest.raises(ValueError, match="read-only"):
            twin.pdf_values[0] = 1.0
    with pytest.raises(AttributeError, match="does not change"):
        TRIANGLE.grid = None
    assert Tabulated([0, 1, 2], [0.5, 0.5, 0.5]) != TRIANGLE


X = np.linspace(0, 1, 5)
BAD = [
    (lambda: Tabulated(X, 2 * np.ones(5)), NotNormalizedError, ["mass 2", "grid.normalize"]),
    (lambda: Tabulated(X, np.zeros(5)), NotNormalizedError, ["mass 0"]),
    (lambda: Tabulated(X, [1, 1, -1, 2, 1]), DomainError, [">= 0", "-1"]),
    (lambda: Tabulated(X, [1, 1, math.nan, 1, 1]), DomainError, ["nan"]),
    (lambda: Tabulated(X, [1, 1, math.inf, 1, 1]), DomainError, ["inf"]),
    (lambda: Tabulated(X, np.ones(4)), DomainError, ["shape", "5 points"]),
    (lambda: Tabulated(X, np.ones((2, 5))), DomainError, ["one law at a time"]),
    (lambda: Tabulated(X, "a"), DomainError, ["numbers"]),
    (lambda: Tabulated(X[::-1], np.ones(5)), DomainError, ["increasing"]),
    (lambda: Tabulated([], []), DomainError, ["not empty"]),
    (lambda: Tabulated([0, 1], [1, 1]), DomainError, ["at least 3"]),
    (lambda: Tabulated(Grid.counting(3), np.ones(3) / 3), DomainError, ["Discrete", "counting"]),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_bad_input(call, kind, words):
    """Each is refused, and the message holds what is wrong and what to do."""
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
