"""The game against its closed forms: D*, V, C and the gap, on laws, atoms, far-apart pairs and arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from gantheory.densities import Cauchy, Discrete, Exponential, Gamma, Laplace, Mixture, Normal, Uniform
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion, optimal_discriminator, optimality_gap, value
from gantheory.grid import Grid

LOG_2, LOG_4 = math.log(2.0), math.log(4.0)
ATOM = Mixture([Discrete([0.0], [1.0]), Normal()], [0.3, 0.7])
FAR_APART = -1.724883428451480331387635e-88  # C(N(0, 1), N(40, 1)), from 40 digits by two rules
PAIRS = [
    (Normal(0, 1), Normal(1, 1.5)),
    (Laplace(0, 1), Normal(0, 1)),
    (Exponential(1), Gamma(2, 1)),
    (Uniform(0, 2), Uniform(1, 3)),
    (Cauchy(0, 1), Normal(0, 1)),
    (ATOM, Normal()),
    (Discrete([0, 1, 2], [0.5, 0.25, 0.25]), Discrete([1, 2, 3], [0.25, 0.5, 0.25])),
]


# -- the optimal discriminator ----------------------------------------


def test_optimal_discriminator_of_two_normals() -> None:
    """D* = sigmoid(½ - x) for N(0, 1) and N(1, 1), at 1000 as well as at 0."""
    D = optimal_discriminator(Normal(0, 1), Normal(1, 1))
    x = np.array([-1000.0, -3.0, 0.0, 0.5, 7.0, 1000.0])
    assert np.allclose(D.logit(x), 0.5 - x, rtol=1e-15, atol=1e-15)
    assert np.allclose(D(x), 1 / (1 + np.exp(np.minimum(x - 0.5, 700))), rtol=1e-12, atol=1e-300)
    assert float(D.log_D(1000.0)) == pytest.approx(-999.5, rel=1e-15)
    assert float(D.log_one_minus_D(-1000.0)) == pytest.approx(-1000.5, rel=1e-15)


def test_optimal_discriminator_far_apart() -> None:
    """Where both densities underflow, the logit of D* does not."""
    D = optimal_discriminator(Normal(0, 1), Normal(40, 1))
    assert float(D(20.0)) == 0.5
    assert float(D.logit(100.0)) == -3200.0
    assert float(D.logit(-60.0)) == 3200.0


def test_optimal_discriminator_where_a_law_vanishes() -> None:
    """1 where only the data live, 0 where only p_g does, ½ outside both supports."""
    D = optimal_discriminator(Uniform(0, 2), Uniform(1, 3))
    assert np.asarray(D([0.5, 1.5, 2.5, 9.0])).tolist() == [1.0, 0.5, 0.0, 0.5]
    assert np.asarray(optimal_discriminator(ATOM, Normal())([0.0])).tolist() == [1.0]


# -- the value ----------------------------------------


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=str)
def test_one_half_is_worth_minus_log_4(p: Any, q: Any) -> None:
    """D = ½ gives -log 4 for every G, as a number, a function or a Discriminator."""
    for D in (0.5, lambda x: np.full(np.shape(x), 0.5), Discriminator(np.zeros_like)):
        v = value(p, q, D)
        assert abs(float(v) + LOG_4) <= v.error + 3e-16
        assert v.error < 1e-13


@pytest.mark.parametrize("level", [1e-300, 1e-3, 0.2, 0.9])
def test_constant_discriminators(level: float) -> None:
    """A constant D is worth log D + log(1 - D)."""
    v = value(Normal(0, 1), Laplace(1, 2), level)
    exact = math.log(level) + math.log1p(-level)
    assert abs(float(v) - exact) <= v.error + 4e-16 * abs(exact)
    assert v.basis == "bound"


def test_a_logistic_discriminator_on_uniform_laws() -> None:
    """V for D = sigmoid(a) on one half and sigmoid(b) on the other: four logarithms by hand."""
    D = Discriminator(lambda x: np.where(x < 1.0, 2.0, -1.0), breakpoints=[1.0])
    p, q = Uniform(0, 2), Uniform(1, 3)

    def log_sigmoid(t: float) -> float:
        return -math.log1p(math.exp(-t))

    exact = 0.5 * log_sigmoid(2.0) + 0.5 * log_sigmoid(-1.0) + log_sigmoid(1.0)
    assert abs(float(value(p, q, D)) - exact) <= value(p, q, D).error + 2e-16


def test_a_discriminator_that_is_certain_and_wrong() -> None:
    """D = 0 on p_data, or 1 on p_g, is worth -inf; the gap is +inf."""
    for D in (0.0, 1.0, lambda x: np.where(x > 0, 0.0, 0.5), lambda x: np.where(x > 0, 1.0, 0.5)):
        assert value(Normal(0, 1), Normal(1, 1), D).value == -math.inf
        assert optimality_gap(Normal(0, 1), Normal(1, 1), D).value == math.inf


def test_a_perfect_discriminator() -> None:
    """Of laws that live apart, one that is certain and right is worth 0: the maximum."""
    p, q = Uniform(0, 1), Uniform(2, 3)

    def perfect(x: Any) -> Any:
        return np.where(x < 1.5, 1.0, 0.0)

    assert 0.0 in value(p, q, perfect)
    assert 0.0 in optimality_gap(p, q, perfect)
    assert criterion(p, q) == Estimate(0.0)


# -- the criterion ----------------------------------------


def test_criterion_of_two_cauchy_laws() -> None:
    """C = -log 4 + 2 log(2 √(2 + chi)/(√(2 + chi) + √2)): the whole game of two Cauchy laws in closed form."""
    for q in (Cauchy(1, 2), Cauchy(0.1, 1), Cauchy(30, 1), Cauchy(0, 9)):
        chi = (q.loc**2 + (1 - q.scale) ** 2) / (2 * q.scale)
        root = math.sqrt(2 + chi)
        exact = -LOG_4 + 2 * math.log(2 * root / (root + math.sqrt(2)))
        c = criterion(Cauchy(0, 1), q)
        assert abs(float(c) - exact) <= c.error + 6e-16
        assert c.error <= 1e-12


def test_criterion_is_minus_log_4_at_equality_only() -> None:
    """C = -log 4 iff p_g = p_data."""
    law = Mixture([Normal(), Cauchy(2, 1)], [0.5, 0.5])
    c = criterion(law, law)
    assert abs(float(c) + LOG_4) <= c.error <= 1e-15
    assert criterion(law, Normal()) > -LOG_4 + 1e-3


def test_criterion_far_apart() -> None:
    """C(N(0, 1), N(40, 1)) keeps its digits, where -log 4 + 2 JSD would be 0 to rounding."""
    c = criterion(Normal(0, 1), Normal(40, 1))
    assert abs(float(c) - FAR_APART) <= c.error + 2e-16 * abs(FAR_APART)
    assert c.error <= 1e-12 * abs(FAR_APART)
    assert float(2 * js_divergence(Normal(0, 1), Normal(40, 1))) - LOG_4 == pytest.approx(0.0, abs=1e-15)


def test_criterion_of_an_atom() -> None:
    """An atom of mass w where the other has none: the rest is a constant ratio."""
    w = 0.3
    exact = (1 - w) * math.log((1 - w) / (2 - w)) - math.log(2 - w)
    c = criterion(ATOM, Normal())
    assert abs(float(c) - exact) <= c.error + 2e-16


# -- the gap ----------------------------------------


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=str)
def test_gap_is_what_the_value_lacks(p: Any, q: Any) -> None:
    """V(G, D*) - V(G, D) = the Bernoulli integral, for a D far from and one near the optimum."""
    best = optimal_discriminator(p, q)
    for D in (Discriminator(lambda x: 0.5 - np.arctan(x)), Discriminator(lambda x: best.logit(x) + 1e-4)):
        gap, lack = optimality_gap(p, q, D), criterion(p, q) - value(p, q, D)
        assert gap.value >= 0
        assert not gap < lack
        assert not gap > lack


def test_small_gaps_keep_their_digits() -> None:
    """A D whose logit is off by h lacks h²/2 ∫ (p + q) s (1 - s): by differences this is rounding noise."""
    p, q, h = Normal(0, 1), Normal(1, 1), 1e-9
    best = optimal_discriminator(p, q)
    gap = optimality_gap(p, q, Discriminator(lambda x: best.logit(x) + h))
    x = np.linspace(-12, 13, 4001)
    s = best(x)
    exact = 0.5 * h**2 * float(np.sum((p.pdf(x) + q.pdf(x)) * s * (1 - s))) * (x[1] - x[0])
    assert math.isclose(float(gap), exact, rel_tol=1e-6)


# -- arrays ----------------------------------------


def test_arrays_on_a_grid() -> None:
    """Arrays of densities, with D as an array, a number, a function or D* itself."""
    x = np.linspace(-9, 10, 1201)
    p, q = Normal(0, 1), Normal(1, 1)
    on: dict[str, Any] = {"grid": x}
    D = optimal_discriminator(p.pdf(x), q.pdf(x), grid=x)
    assert np.allclose(D(x), 1 / (1 + np.exp(x - 0.5)), rtol=1e-12)
    exact = float(criterion(p, q))
    for v in (
        criterion(p.pdf(x), q.pdf(x), **on),
        value(p.pdf(x), q.pdf(x), D, **on),
        value(p.pdf(x), q.pdf(x), D(x), **on),
        value(p.pdf(x), q.pdf(x), optimal_discriminator(p, q), **on),
    ):
        assert exact in v
        assert v.basis == "estimate"
    assert 2 * float(js_divergence(p, q)) in optimality_gap(p.pdf(x), q.pdf(x), 0.5, **on)
    assert 0.0 in optimality_gap(p.pdf(x), q.pdf(x), D(x), **on)


def test_batches_of_discriminators() -> None:
    """A batch (2, n) of D against one pair gives two values."""
    x = np.linspace(-9, 10, 801)
    levels = np.array([0.5, 0.25])
    v = value(Normal(), Normal(1), np.outer(levels, np.ones_like(x)), grid=x)
    assert v.shape == (2,)
    assert np.log(levels) + np.log1p(-levels) in v


def test_probability_vectors() -> None:
    """V of probabilities is a sum; D = 0 on a possible outcome is worth -inf."""
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.25, 0.75])
    grid = Grid.counting(3)
    D = np.array([1.0, 2 / 3, 0.0])
    exact = 0.5 * math.log(2 / 3) + 0.25 * math.log(1 / 3)
    assert abs(float(value(p, q, D, grid=grid)) - exact) < 1e-15
    assert abs(float(criterion(p, q, grid=grid)) - exact) < 1e-15
    assert value(p, q, np.array([0.0, 0.5, 0.5]), grid=grid).value == -math.inf


# -- what a discriminator must be ----------------------------------------


@pytest.mark.parametrize(
    ("D", "words"),
    [
        (1.5, r"D is .*1\.5"),
        (-0.1, "D is .*-0.1"),
        (math.nan, "D is .*nan"),
        (lambda x: 2 * np.ones_like(x), r"2\.0.*Discriminator\(logit\)"),
        (lambda x: np.where(x > 0, np.nan, 0.5), r"D\(x\) is nan at x = "),
        (Discriminator(lambda x: np.where(x > 0, np.nan, 0.5)), "logit of D is nan"),
        ("0.5", "D is '0.5'"),
        ([0.5, 0.5], "with grid="),
        (None, "D is .*None"),
    ],
    ids=["above 1", "below 0", "nan", "function above 1", "function nan", "logit nan", "text", "list", "None"],
)
def test_refused_discriminators(D: Any, words: str) -> None:
    """A D that gives no probabilities is refused by V and by the gap, with the remedy."""
    for functional in (value, optimality_gap):
        with pytest.raises(DomainError, match=words):
            functional(Normal(), Normal(1), D)


def test_from_probability_loses_what_a_logit_keeps() -> None:
    """Probabilities within 1e-16 of 1 are 1: the value is -inf where a logit gives the number."""
    D = Discriminator(lambda x: np.full(np.shape(x), 40.0))
    rounded = Discriminator.from_probability(D)
    assert float(value(Normal(), Normal(1), D)) == pytest.approx(-40.0, rel=1e-12)
    assert value(Normal(), Normal(1), rounded).value == -math.inf


def test_a_sigmoid_that_rounds_to_1_is_not_1() -> None:
    """D = sigma(x) by its probabilities is the number that its logit gives; where too much is rounded it is none."""
    p, q = Normal(0, 1), Normal(1, 1)
    by_logit = value(p, q, Discriminator(lambda x: x))
    by_probability = value(p, q, lambda x: 1 / (1 + np.exp(-x)))
    assert abs(by_probability.value - by_logit.value) <= by_probability.error + by_logit.error
    with pytest.raises(ConvergenceError, match=r"Discriminator\(logit\)"):
        value(p, q, lambda x: special.expit(10 * x))
    assert value(p, q, lambda x: np.where(x > 0, 1.0, 0.2)).value == -math.inf
    assert optimality_gap(p, q, lambda x: np.where(x > 0, 1.0, 0.2)).value == math.inf


def test_a_logit_that_grows_under_a_power_tail() -> None:
    """log(1 - D) like x² has no expectation under a Cauchy law: V is -inf, and never a truncated integral."""
    assert value(Normal(), Cauchy(), Discriminator(lambda x: x**2)).value == -math.inf
    assert value(Normal(), Cauchy(), Discriminator(lambda x: x)).value == -math.inf
    assert math.isfinite(value(Normal(), Cauchy(), Discriminator(np.arctan)).value)


def test_what_a_discriminator_was_asked_before_changes_nothing() -> None:
    """D jumps to 1 at x = 100: seen by the second pair alone, whatever the first one saw."""
    D = Discriminator.from_probability(lambda x: np.where(x > 100, 1.0, 0.3), breakpoints=[100.0])
    here = value(Normal(0, 1), Normal(1, 1), D)
    there = value(Normal(100, 1), Normal(101, 1), D)
    assert math.isfinite(here.value)
    assert there.value == -math.inf
    assert value(Normal(0, 1), Normal(1, 1), D) == here


@pytest.mark.parametrize(
    "D",
    [lambda x: 0.3 if x > 0 else 0.6, lambda x: math.exp(-x * x), lambda x: np.full(7, 0.5), lambda x: 0.5j + 0 * x],
)
def test_a_discriminator_of_single_numbers_is_refused(D: Any) -> None:
    """numpy's own words do not reach the user: the remedy is to vectorise, or a real number for each x."""
    with pytest.raises(DomainError, match=r"vectorised|a real number for each x"):
        value(Normal(0, 1), Normal(1, 1), D)


def test_a_discriminator_prints_as_the_call_that_made_it() -> None:
    """And D* of laws as one that gives it again."""
    shown = repr(optimal_discriminator(Normal(0, 1), Normal(1, 1.5)))
    assert shown == "optimal_discriminator(Normal(mu=0.0, sigma=1.0), Normal(mu=1.0, sigma=1.5))"
    again = eval(shown, {"optimal_discriminator": optimal_discriminator, "Normal": Normal})  # noqa: S307  # our own text
    assert again(0.3) == optimal_discriminator("norm(0, 1)", "norm(1, 1.5)")(0.3)
    assert repr(Discriminator(np.sign, breakpoints=[0.0])) == "Discriminator(<ufunc 'sign'>, breakpoints=[0.0])"
    assert repr(Discriminator.from_probability(np.exp)) == "Discriminator.from_probability(<ufunc 'exp'>)"
    assert repr(Discriminator.constant(0.25)) == "Discriminator.constant(0.25)"
    x = np.linspace(-1, 1, 5)
    assert repr(optimal_discriminator(np.full(5, 0.5), np.full(5, 0.5), grid=x)) == "<D* at 5 points from -1.0 to 1.0>"
