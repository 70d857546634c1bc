"""Expectations under laws of every kind: moments, kinks, atoms, heavy tails, and numbers that are refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
)
from gantheory.errors import ConvergenceError, DomainError
from gantheory.expectation import expectation, mutually_singular
from gantheory.ratio import log_ratio

VARIANCES = [
    (Normal(3.0, 2.0), 4.0),
    (Laplace(-1.0, 2.0), 8.0),
    (Logistic(1.0, 0.5), math.pi**2 / 12),
    (Uniform(-1.0, 2.0), 0.75),
    (Exponential(3.0, 1.0), 9.0),
    (Gamma(0.1, 2.0), 0.4),
    (Gamma(30.0, 0.5), 7.5),
    (Weibull(2.0, 1.0), 1 - math.pi / 4),
    (Beta(0.5, 0.5), 0.125),
    (Beta(2.0, 5.0, -1.0, 7.0), 49 * 10 / 392),
    (StudentT(8.0), 8 / 6),
    (Mixture([Normal(-2, 1), Normal(2, 1)]), 5.0),
    (Discrete([0.0, 4.0], [0.75, 0.25]), 3.0),
    (Mixture([Discrete([0.0], [1.0]), Normal(0, 2)], [0.25, 0.75]), 3.0),
]


@pytest.mark.parametrize(("law", "variance"), VARIANCES, ids=str)
def test_variance(law: Any, variance: float) -> None:
    """E[(x - E x)²] is the closed form, within its error, and the error is small."""
    mean = expectation(law, lambda x: x, atol=1e-14)
    spread = expectation(law, lambda x: (x - float(mean)) ** 2)
    assert abs(float(spread) - variance) <= spread.error + 4e-15 * variance
    assert spread.error <= 1e-11 * max(1.0, variance)
    assert spread.basis == "estimate"


def test_atoms_are_summed_with_the_density() -> None:
    """E[h] of a law with an atom is w h(0) + (1 - w) E_N[h]."""
    law = Mixture([Discrete([0.0], [1.0]), Normal()], [0.3, 0.7])
    assert 0.3 * 1 + 0.7 * math.exp(-0.5) in expectation(law, np.cos)


def test_breakpoints_make_a_jump_exact() -> None:
    """A named jump of h costs nothing; a hidden one is bisected to the tolerance."""
    exact = 0.5 * math.erfc(-0.3 / math.sqrt(2))
    named = expectation(Normal(), lambda x: x < 0.3, breakpoints=[0.3])
    hidden = expectation(Normal(), lambda x: x < 0.3, rtol=1e-8)
    assert exact in named
    assert named.error < 1e-14
    assert exact in hidden
    assert hidden.error > named.error


def test_infinite_moments_do_not_return_a_number() -> None:
    """E|x| of a Cauchy law is infinite and E x has no value: no truncated integral is passed off as either."""
    assert math.isinf(expectation(Cauchy(), np.abs).value)
    assert math.isinf(expectation(Cauchy(), lambda x: x**2).value)
    with pytest.raises(DomainError, match="in one tail"):
        expectation(Cauchy(), lambda x: x)
    with pytest.raises(ConvergenceError, match="did not converge") as caught:  # finite, and followed to 1e290 in vain
        expectation(Cauchy(), lambda x: np.abs(x) ** 0.97)
    assert caught.value.best is not None


def test_an_overflow_is_no_infinity() -> None:
    """exp(a x) overflows at 1e308/a: a number where nothing is lost there, a refusal where something may be."""
    assert math.exp(200) in expectation(Normal(), lambda x: np.exp(20 * x))
    with pytest.raises(ConvergenceError, match="approaches"):
        expectation(Normal(), lambda x: np.exp(30 * x))
    assert math.isinf(expectation(Normal(), lambda x: np.where(x > 0, np.inf, 0.0)).value)


@pytest.mark.parametrize(
    ("law", "h", "exact"),
    [
        (Cauchy(), lambda x: np.sqrt(np.abs(x)), math.sqrt(2)),
        (StudentT(2.5), np.square, 5.0),
        (StudentT(3.0), np.square, 3.0),
        (Normal(), lambda x: np.exp(x**2 / 4), math.sqrt(2)),
        (Gamma(0.1), np.log, -10.4237549404110767679),  # digamma(1/10)
    ],
    ids=["cauchy-root", "t-2.5", "t-3", "normal-exp", "gamma-log"],
)
def test_slowly_convergent_moments(law: Any, h: Any, exact: float) -> None:
    """Moments that barely exist are still right within their error."""
    found = expectation(law, h)
    assert abs(float(found) - exact) <= found.error
    assert found.error <= 1e-11


def test_unresolved_functions_do_not_return_a_number() -> None:
    """A function that the panels cannot resolve is refused with the best value reached."""
    with pytest.raises(ConvergenceError, match=r"breakpoints|rtol") as caught:
        expectation(Uniform(), lambda x: np.sign(np.sin(1e9 * x + 1)))
    assert abs(caught.value.best.value) <= 1.0


def test_h_may_be_infinite_where_there_is_no_mass() -> None:
    """An infinite h counts where there is mass, and only there."""
    assert 1.0 in expectation(Uniform(), lambda x: np.where((x < 0) | (x > 1), np.inf, 1.0))
    assert math.inf in expectation(Normal(), lambda x: np.where(x > 1, np.inf, 0.0), breakpoints=[1.0])


def test_nan_is_refused() -> None:
    """A nan of h never becomes a number."""
    with pytest.raises(DomainError, match="nan"), np.errstate(invalid="ignore"):
        expectation(Normal(), lambda x: np.sqrt(x))


# -- the log-ratio ----------------------------------------


def test_log_ratio_of_nearly_equal_laws() -> None:
    """One family: the ratio keeps its relative accuracy, where a difference of logpdfs is rounding noise."""
    r = log_ratio(Normal(0.0, 1.0), Normal(1e-12, 1.0))
    for x in (-3.0, 0.5, 2.0):
        assert math.isclose(float(r(x)), -1e-12 * (x - 0.5e-12), rel_tol=1e-14)
    naive = Normal(0.0, 1.0).logpdf(2.0) - Normal(1e-12, 1.0).logpdf(2.0)
    assert abs(naive + 2e-12) > 1e-17


def test_log_ratio_where_both_densities_underflow() -> None:
    """At x = 1000 both densities are 0 in floats, and the ratio is not."""
    assert math.isclose(float(log_ratio(Normal(0, 1), Normal(1, 1))(1000.0)), -999.5, rel_tol=1e-14)


def test_log_ratio_outside_the_supports() -> None:
    """+inf where q alone vanishes, -inf where p alone does, 0 where both do."""
    r = log_ratio(Uniform(0, 2), Uniform(1, 3))
    assert np.asarray(r([0.5, 1.5, 2.5, 5.0])).tolist() == [math.inf, 0.0, -math.inf, 0.0]


def test_log_ratio_at_an_atom() -> None:
    """An atom of one law alone is told apart perfectly; a shared one by its masses."""
    p = Mixture([Discrete([0.0], [1.0]), Normal()], [0.3, 0.7])
    assert float(log_ratio(p, Normal())(0.0)) == math.inf
    assert float(log_ratio(Normal(), p)(0.0)) == -math.inf
    q = Mixture([Discrete([0.0], [1.0]), Normal(1, 1)], [0.6, 0.4])
    assert math.isclose(float(log_ratio(p, q)(0.0)), math.log(0.5), rel_tol=1e-15)


def test_mutually_singular_by_supports_and_atoms() -> None:
    """What supports and atoms decide, and what they do not."""
    assert mutually_singular(Uniform(0, 1), Uniform(1, 2))
    assert mutually_singular(Discrete([0.0], [1.0]), Normal())
    assert mutually_singular(Discrete([0.0], [1.0]), Discrete([1.0], [1.0]))
    assert not mutually_singular(Uniform(0, 1), Uniform(0.5, 2))
    assert not mutually_singular(Discrete([0.0], [1.0]), Discrete([0.0, 1.0], [0.5, 0.5]))
