"""Unbounded discrete laws of scipy: what lies beyond the smallest float, and beyond what was counted."""

from __future__ import annotations

import math

import mpmath
import pytest
from scipy import special, stats

from gantheory.divergences import kl_divergence
from gantheory.errors import ConvergenceError
from gantheory.expectation import expectation


@pytest.mark.parametrize(("a", "b"), [(50, 3), (500, 3), (3, 50), (0.1, 20)])
def test_kl_of_poisson_laws_beyond_the_smallest_float(a: float, b: float) -> None:
    """Where q's probabilities are below 5e-324 their logarithms are known: KL is finite, a log(a/b) - a + b."""
    with mpmath.workdps(40):
        exact = mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) - mpmath.mpf(a) + mpmath.mpf(b)
    found = kl_divergence(stats.poisson(a), stats.poisson(b))
    assert abs(exact - found.value) <= found.error < 1e-11 * max(1.0, found.value)


def test_what_was_not_counted_of_a_zeta_law_is_in_the_error() -> None:
    """E k² = zeta(2)/zeta(4) is summed to 5e5 and missing 1e-6; E k³ is infinite, and is no number."""
    second = expectation(stats.zipf(4), lambda k: k**2)
    assert abs(second.value - special.zeta(2) / special.zeta(4)) <= second.error < 1e-5
    with pytest.raises(ConvergenceError, match="does not settle"):
        expectation(stats.zipf(4), lambda k: k**3)


def test_an_atom_where_the_other_law_was_not_counted() -> None:
    """Far beyond what the library says of q, KL is no number."""
    with pytest.raises(ConvergenceError, match="below what its library says"):
        kl_divergence(stats.poisson(50_000), stats.poisson(3))
    assert kl_divergence(stats.poisson(3), stats.binom(50, 0.5)).value == math.inf
