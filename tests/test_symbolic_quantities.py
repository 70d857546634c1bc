"""The game's quantities as expressions: closed forms and integrals, evaluated against the numerical functions."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from scipy.integrate import IntegrationWarning, quad
from sympy import Integral, Rational, Sum, exp, log, oo, symbols
from sympy.stats import (
    Beta,
    Cauchy,
    Die,
    Exponential,
    FiniteRV,
    Gamma,
    Laplace,
    Logistic,
    Normal,
    Poisson,
    StudentT,
    Uniform,
    Weibull,
)

import gantheory as gt
from gantheory import symbolic
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.symbolic.zero_test import is_zero

HALF = Rational(1, 2)
X: Any = sympy.Symbol("x", real=True)

# name: the pair in symbols, the same pair as numerical laws, and whether KL(p‖q) is closed
PAIRS: dict[str, tuple[Any, Any, str, str, bool]] = {
    "normal-shift": (Normal("P", 0, 1), Normal("Q", 1, Rational(3, 2)), "norm(0, 1)", "norm(1, 1.5)", True),
    "normal-laplace": (Normal("P", 0, 1), Laplace("Q", 0, 1), "norm(0, 1)", "laplace(0, 1)", True),
    "laplace-shift": (Laplace("P", 0, 1), Laplace("Q", 1, 2), "laplace(0, 1)", "laplace(1, 2)", True),
    "logistic-shift": (Logistic("P", 0, 1), Logistic("Q", 2, 1), "logistic(0, 1)", "logistic(2, 1)", True),
    "cauchy-shift": (Cauchy("P", 0, 1), Cauchy("Q", 1, 2), "cauchy(0, 1)", "cauchy(1, 2)", True),
    "cauchy-normal": (Cauchy("P", 0, 1), Normal("Q", 0, 1), "cauchy(0, 1)", "norm(0, 1)", True),
    "normal-cauchy": (Normal("P", 0, 1), Cauchy("Q", 0, 1), "norm(0, 1)", "cauchy(0, 1)", False),
    "student-normal": (StudentT("P", 3), Normal("Q", 0, 1), "t(3)", "norm(0, 1)", True),
    "exponential-gamma": (Exponential("P", 1), Gamma("Q", 2, 1), "expon(0, 1)", "gamma(2)", True),
    "gamma-weibull": (Gamma("P", 2, 1), Weibull("Q", 1, HALF), "gamma(2)", "weibull_min(0.5)", True),
    "arcsine-beta": (Beta("P", HALF, HALF), Beta("Q", 2, 5), "beta(0.5, 0.5)", "beta(2, 5)", True),
    "uniform-arcsine": (Uniform("P", 0, 1), Beta("Q", HALF, HALF), "uniform(0, 1)", "beta(0.5, 0.5)", True),
    "uniform-nested": (Uniform("P", 0, 1), Uniform("Q", -1, 2), "uniform(0, 1)", "uniform(-1, 3)", True),
    "uniform-overlap": (Uniform("P", 0, 2), Uniform("Q", 1, 3), "uniform(0, 2)", "uniform(1, 2)", True),
    "uniform-disjoint": (Uniform("P", 0, 1), Uniform("Q", 2, 3), "uniform(0, 1)", "uniform(2, 1)", True),
    "weibull-shape": (
        Weibull("P", 1, Rational(3, 2)),
        Weibull("Q", 2, 3),
        "weibull_min(1.5)",
        "weibull_min(3, 0, 2)",
        True,
    ),
    "exponential-normal": (Exponential("P", 1), Normal("Q", 0, 1), "expon(0, 1)", "norm(0, 1)", True),
    "poisson": (Poisson("P", 3), Poisson("Q", 5), "poisson(3)", "poisson(5)", True),
}
FUNCTIONALS = ("kl_divergence", "js_divergence", "criterion")


def number(expr: Any) -> float:
    """The value of an expression, its integrals by adaptive quadrature of an arbitrary-range integrand."""
    for total in expr.atoms(Integral):
        expr = expr.subs(total, _quadrature(total))
    for total in expr.atoms(Sum):
        ((x, _, _),) = total.limits
        term = sympy.lambdify(x, total.function, "mpmath")
        expr = expr.subs(total, sum(float(term(k)) for k in range(80)))
    return float(expr.evalf(17))


def _quadrature(total: Any) -> float:
    ((x, low, high),) = total.limits
    f = sympy.lambdify(x, total.function, "mpmath")  # mpmath: exp(-r) overflows a double where p itself is 0
    ends = [float(low), *(c for c in (-3.0, 0.0, 1.0, 2.0, 6.0) if low < c < high), float(high)]

    def integrand(t: float) -> float:
        value = float(f(t))
        return value if math.isfinite(value) else 0.0  # 1 - D is 0 to 50 digits: the density is below 1e-2000 there

    with warnings.catch_warnings(), mpmath.workdps(50):
        warnings.simplefilter("ignore", IntegrationWarning)
        return sum(quad(integrand, a, b, epsabs=1e-12, epsrel=1e-11, limit=200)[0] for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize("functional", FUNCTIONALS)
@pytest.mark.parametrize("name", PAIRS)
def test_expression_equals_the_numerical_route(name: str, functional: str):
    """Symbols and panels are two routes to one number, infinities included."""
    p, q, p_text, q_text, _ = PAIRS[name]
    expected = getattr(gt, functional)(p_text, q_text)
    found = number(getattr(symbolic, functional)(p, q))
    if float(expected) == float("inf"):
        assert found == float("inf")
    else:
        assert abs(found - float(expected)) <= float(expected.error) + 1e-10 * max(1.0, abs(found))


@pytest.mark.parametrize("name", PAIRS)
def test_kl_is_closed_where_the_family_table_reaches(name: str):
    """A closed form, or an integral left as one: never a half-evaluated thing."""
    p, q, _, _, closed = PAIRS[name]
    assert symbolic.kl_divergence(p, q).has(Integral, Sum) is not closed


mu, nu = symbols("mu nu", real=True)
s, t, k, j, theta, eta = symbols("s t k j theta eta", positive=True)


@pytest.mark.parametrize(
    ("p", "q", "formula"),
    [
        (Normal("P", mu, s), Normal("Q", nu, t), log(t / s) + (s**2 + (mu - nu) ** 2) / (2 * t**2) - HALF),
        (Exponential("P", s), Exponential("Q", t), log(s / t) + t / s - 1),
        (Laplace("P", mu, s), Laplace("Q", mu, t), log(t / s) + s / t - 1),
        (Cauchy("P", mu, s), Cauchy("Q", nu, t), log(((mu - nu) ** 2 + (s + t) ** 2) / (4 * s * t))),
        (Uniform("P", 0, s), Uniform("Q", 0, s + t), log((s + t) / s)),
        (
            Gamma("P", k, theta),
            Gamma("Q", j, eta),
            (k - j) * sympy.digamma(k)
            + log(sympy.gamma(j))
            - log(sympy.gamma(k))
            + j * log(eta / theta)
            + k * (theta - eta) / eta,
        ),
    ],
)
def test_kl_with_free_parameters(p: Any, q: Any, formula: Any):
    """The textbook forms, compared by the exact zero test."""
    assert is_zero(symbolic.kl_divergence(p, q) - formula).proved


def test_cauchy_game_with_free_parameters():
    """JSD and C are functions of χ alone, and eq. (6) holds between them."""
    p, q = Cauchy("P", mu, s), Cauchy("Q", nu, t)
    jsd, C = symbolic.js_divergence(p, q), symbolic.criterion(p, q)
    at = {mu: 0, nu: 1, s: 1, t: 2}
    chi = Rational(1, 2)
    expected = log(2 * sympy.sqrt(2 + chi) / (sympy.sqrt(2 + chi) + sympy.sqrt(2)))
    assert sympy.N(jsd.subs(at) - expected, 40, chop=True) == 0
    assert abs(sympy.N((C + log(4) - 2 * jsd).subs(at), 30, chop=True)) == 0


def test_optimal_discriminator_values():
    """D* at points, inside and outside the supports, against the numerical one."""
    for name in ("normal-shift", "cauchy-shift", "uniform-overlap", "exponential-normal", "weibull-shape"):
        p, q, p_text, q_text, _ = PAIRS[name]
        best = symbolic.optimal_discriminator(p, q)
        numerical = gt.optimal_discriminator(p_text, q_text)
        for x in (Rational(-7, 10), Rational(3, 10), Rational(17, 10), Rational(27, 10), Rational(51, 10)):
            assert float(best.subs(X, x)) == pytest.approx(float(numerical(float(x))), rel=1e-12), (name, x)


def test_optimal_discriminator_of_two_normals_is_logistic():
    """Equal variances: the log-ratio is linear, and D* shows it."""
    best = symbolic.optimal_discriminator(Normal("P", mu, s), Normal("Q", nu, s))
    logit = sympy.expand(-log(1 / best - 1).subs(log(1 / best - 1), sympy.expand_log(log(1 / best - 1), force=True)))
    assert is_zero(sympy.diff(logit, X, 2)).proved


def test_finite_laws():
    """A fair die and a loaded one: sums of logarithms of integers."""
    fair, loaded = Die("P", 6), FiniteRV("Q", {**dict.fromkeys(range(1, 6), Rational(1, 10)), 6: HALF})
    kl = symbolic.kl_divergence(fair, loaded)
    assert is_zero(kl - (5 * log(Rational(5, 3)) - log(3)) / 6).proved
    C, jsd = symbolic.criterion(fair, loaded), symbolic.js_divergence(fair, loaded)
    assert is_zero(C + log(4) - 2 * jsd).proved
    best = symbolic.optimal_discriminator(fair, loaded)
    assert [best.subs(X, x) for x in (1, 6, 7)] == [Rational(5, 8), Rational(1, 4), HALF]
    assert is_zero(symbolic.value(fair, loaded, Rational(1, 3)) - log(Rational(2, 9))).proved
    gap = symbolic.optimality_gap(fair, loaded, HALF)
    assert is_zero(gap - C - log(4)).proved
    coin = FiniteRV("P", {0: HALF, 1: HALF})
    assert symbolic.kl_divergence(fair, coin) == oo
    assert symbolic.js_divergence(FiniteRV("P", {0: 1}), FiniteRV("Q", {1: 1})) == log(2)


def test_continuous_against_discrete_is_singular():
    """The two sit on different sets: KL = +∞ both ways, JSD = log 2, C = 0."""
    p, q = Normal("P", 0, 1), Poisson("Q", 3)
    assert symbolic.kl_divergence(p, q) == symbolic.kl_divergence(q, p) == oo
    assert symbolic.js_divergence(p, q) == log(2)
    assert symbolic.criterion(p, q) == 0


def test_value_and_gap_against_the_numerical_route():
    """V and the gap for a constant and for a curve D."""
    p, q, p_text, q_text, _ = PAIRS["normal-shift"]
    curve = 1 / (1 + exp(-X))

    for D, same in ((Rational(3, 10), 0.3), (curve, lambda x: 1 / (1 + np.exp(-x)))):
        for functional in ("value", "optimality_gap"):
            found = number(getattr(symbolic, functional)(p, q, D))
            assert found == pytest.approx(float(getattr(gt, functional)(p_text, q_text, same)), rel=1e-9)
    assert symbolic.value(p, q, HALF) == -log(4)
    assert symbolic.value(p, q, 0) == -oo
    assert symbolic.optimality_gap(p, q, 1) == oo
    for name in ("normal-shift", "exponential-normal", "cauchy-shift", "uniform-overlap"):
        p, q, *_ = PAIRS[name]
        assert symbolic.optimality_gap(p, q, symbolic.optimal_discriminator(p, q)) == 0


def test_gap_is_the_loss_in_value():
    """V(G, D*) − V(G, D) on overlapping supports, the parts where one law is alone included."""
    p, q, *_ = PAIRS["exponential-normal"]
    D = 1 / (1 + exp(-X))
    assert number(symbolic.optimality_gap(p, q, D)) == pytest.approx(
        number(symbolic.criterion(p, q)) - number(symbolic.value(p, q, D)), abs=1e-9
    )


def test_densities_as_formulas():
    """A pdf in x with its support gives what the named law gives."""
    x = sympy.Symbol("x")
    formula = exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    assert number(symbolic.kl_divergence(formula, Normal("Q", 1, 1))) == pytest.approx(0.5, rel=1e-10)
    lam = sympy.Symbol("lambda", positive=True)
    kl = symbolic.kl_divergence(lam * exp(-lam * x), Exponential("Q", 1), support=(0, oo))
    assert kl.has(Integral)
    assert number(kl.subs(lam, 2)) == pytest.approx(float(log(2)) + 0.5 - 1, rel=1e-9)


x_plain = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: symbolic.kl_divergence("norm(0, 1)", Normal("Q", 0, 1)), DomainError, "p = 'norm"),
        (lambda: symbolic.kl_divergence(Normal("P", 0, 1), Normal("Q", 0, 1) + 1), DomainError, "q = "),
        (lambda: symbolic.js_divergence(sympy.Symbol("z") ** 2, Normal("Q", 0, 1)), DomainError, "symbol x"),
        (lambda: symbolic.js_divergence(x_plain, Normal("Q", 0, 1), support=(0, 1)), NotNormalizedError, "mass 0.5"),
        (
            lambda: symbolic.js_divergence(3 * x_plain**2 - 2 * x_plain + 1 - 0.0, 1, support=(1, 0)),
            DomainError,
            "a < b",
        ),
        (
            lambda: symbolic.criterion(12 * x_plain - 5, Normal("Q", 0, 1), support=(0, 1)),
            DomainError,
            "negative at x = 1/16",
        ),
        (
            lambda: symbolic.criterion(sympy.Symbol("c") * exp(-x_plain), Normal("Q", 0, 1), support=(0, oo)),
            DomainError,
            "parameters c not declared positive",
        ),
        (lambda: symbolic.value(Normal("P", 0, 1), Normal("Q", 0, 1), 2), DomainError, "D = 2 is not a probability"),
        (
            lambda: symbolic.js_divergence(Uniform("P", 0, s), Uniform("Q", 0, t)),
            DomainError,
            "supports s and t cannot be compared",
        ),
        (lambda: symbolic.optimal_discriminator(Normal("P", 0, 1), Poisson("Q", 3)), DomainError, "discrete"),
    ],
)
def test_bad_input_is_named(call: Any, error: type[Exception], message: str):
    """The argument, its value, what is required: before anything is integrated."""
    with pytest.raises(error, match=message):
        call()
