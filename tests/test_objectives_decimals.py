"""Coefficients as people write them: decimals take no power of as many digits, and a common factor is taken out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Rational, Symbol, exp, log

from gantheory.objectives import OBJECTIVES, Objective
from gantheory.symbolic.degrees import MOST_DEGREE, degree
from gantheory.symbolic.zero_test import is_zero
from gantheory.verdict import Verdict

u: Any = Symbol("u", positive=True)
t: Any = Symbol("t", real=True)
LINE = ("-inf", "inf")

# losses, the range of D, D*(u), f(u), f*(t), by hand
DECIMALS = {
    "a weight of a": (
        ("1.2345*log(D)", "log(1-D)"),
        (0, 1),
        u / (u + Rational(10000, 12345)),
        Rational(12345, 10000) * u * log(2469 * u / (2469 * u + 2000)) + log(2000 / (2469 * u + 2000)),
        -log(1 - exp(t / Rational(12345, 10000))),
    ),
    "a weight of b": (
        ("log(D)", "1.2345*log(1-D)"),
        (0, 1),
        u / (u + Rational(12345, 10000)),
        u * log(2000 * u / (2000 * u + 2469)) + Rational(2469, 2000) * log(2469 / (2000 * u + 2469)),
        -Rational(12345, 10000) * log(1 - exp(t)),
    ),
    "a thousandth": (
        ("0.001*log(D)", "0.001*log(1-D)"),
        (0, 1),
        u / (u + 1),
        (u * log(u / (u + 1)) - log(u + 1)) / 1000,
        -log(1 - exp(1000 * t)) / 1000,
    ),
    "a half": (
        ("log(D)/2", "log(1-D)/2"),
        (0, 1),
        u / (u + 1),
        (u * log(u / (u + 1)) - log(u + 1)) / 2,
        -log(1 - exp(2 * t)) / 2,
    ),
    "bits": (
        ("log(D)/log(2)", "log(1-D)/log(2)"),
        (0, 1),
        u / (u + 1),
        (u * log(u / (u + 1)) - log(u + 1)) / log(2),
        -log(1 - exp(t * log(2))) / log(2),
    ),
    "a rate": (
        ("D", "-exp(1.2345*D)"),
        LINE,
        log(u / Rational(12345, 10000)) / Rational(12345, 10000),
        u * (log(u / Rational(12345, 10000)) - 1) / Rational(12345, 10000),
        exp(Rational(12345, 10000) * t),
    ),
}


@pytest.mark.parametrize("name", DECIMALS)
def test_a_decimal_leaves_the_formulas(name: str) -> None:
    """D*, f and f* are as by hand, proved, and nothing counts against them."""
    losses, domain, D_star, f, star = DECIMALS[name]
    found = Objective(*losses, domain=domain)
    assert is_zero(found.D_star - D_star).proved
    assert is_zero(found.f - f).proved
    assert found.conjugate is not None
    for slope in (-3.0, -0.5, -0.01):
        assert float(found.conjugate.subs(t, slope)) == pytest.approx(float(star.subs(t, slope)), rel=1e-12)
    assert found.derivation.proved
    assert found.is_proper is Verdict.HOLDS
    assert found.counterexample(f=found.f, D_star=found.D_star, conjugate=found.conjugate) is None
    assert found.counterexample(conjugate=found.conjugate + Rational(1, 1000)) is not None


@pytest.mark.parametrize("name", ["minimax", "pearson", "squared-hellinger", "jeffreys", "hinge", "least-squares"])
@pytest.mark.parametrize("c", [Rational(1, 2), Rational(7, 10**6), Rational(12345, 10000), 1 / log(2)])
def test_a_common_factor_is_taken_out(name: str, c: Any) -> None:
    """D* stays, f is c·f, f*(t) is c·f*(t/c), and so are f(1), f″(1) and the divergence."""
    plain = OBJECTIVES[name]()
    found = Objective(c * plain.real, c * plain.fake, domain=plain.domain)
    assert found.D_star == plain.D_star or is_zero(found.D_star - plain.D_star).proved
    ratios = np.array([0.1, 0.9, 1.0, 2.5, 40.0])
    assert found.f_at(ratios)[0] == pytest.approx(float(c) * plain.f_at(ratios)[0], rel=1e-12, abs=1e-14)
    low, high = (max(min(end, 3.0), -3.0) for end in plain.slopes)
    slopes = low + (high - low) * np.array([0.1, 0.5, 0.9])
    scaled = float(c) * plain.conjugate_at(slopes)
    assert found.conjugate is not None
    assert found.conjugate_at(float(c) * slopes) == pytest.approx(scaled, rel=1e-11, abs=1e-14)
    assert found.divergence_name.name == plain.divergence_name.name
    assert sympy.simplify(found.divergence_name.factor - c * plain.divergence_name.factor) == 0
    assert found.derivation.proved == plain.derivation.proved


# what a polynomial algorithm would take to be of a degree in the thousands, with and without a closed form
LONG = [
    ("1.2345*log(D)", "log(1-D)", (0, 1)),
    ("0.0001*log(D)", "0.0001*log(1-D)", (0, 1)),
    ("1e-9*log(D)", "log(1-D)", (0, 1)),
    ("0.87654*log(D)+0.12346*log(1-D)", "0.00321*log(D)+0.99679*log(1-D)", (0, 1)),
    ("D**0.123", "-D**1.2345", (0, "inf")),
    ("D**0.9999", "(1-D)**0.9999", (0, 1)),
    ("-log(1+exp(-1.2345*D))", "-log(1+exp(0.789*D))", LINE),
    ("D", "log(2.345-exp(1.111*D))", ("-inf", "0.7")),
    ("D", "-exp(D-1)", ("-1.2345678", "2.7182818")),
    ("D", "-exp(1.2345*D)", ("-0.777", 1)),
    ("D", "-cosh(0.777*D)", (-1, "1.23")),
]


@pytest.mark.parametrize("losses", LONG, ids=[f"{a}; {b}" for a, b, _ in LONG])
def test_no_polynomial_of_a_high_degree_is_worked_on(losses: Any, monkeypatch: Any) -> None:
    """The work is bounded by counting, before it is begun; what is left has no formula and says so."""
    asked: list[int] = []

    def counting(name: str) -> None:
        algorithm = getattr(sympy, name)
        monkeypatch.setattr(sympy, name, lambda e, *a, **k: (asked.append(degree(e)), algorithm(e, *a, **k))[1])

    for name in ("together", "factor", "cancel"):
        counting(name)
    of_poly = sympy.Poly.factor_list

    def of_terms(f: Any, *a: Any) -> Any:
        asked.append(f.degree() if len(f.terms()) > 1 else 0)  # a power alone is no work
        return of_poly(f, *a)

    monkeypatch.setattr(sympy.Poly, "factor_list", of_terms)
    a, b, domain = losses
    found = Objective(a, b, domain=domain)
    assert found.derivation is not None
    assert max(asked, default=0) <= MOST_DEGREE
    assert math.isfinite(found.optimum.value)
    sympy.factor(u ** (MOST_DEGREE + 1) - 1)
    assert max(asked) == MOST_DEGREE + 1  # the counter is counted on


def test_what_is_beyond_algebra_is_found_in_numbers() -> None:
    """u = 1.2345·D^0.2345·… has no root by a polynomial: D* is, by hand, (u/1.2345)^(1/0.2345)."""
    found = Objective("D", "-D**1.2345", domain=(0, "inf"))
    assert not found.has_closed_form
    assert found.optimal_value(0.5) == pytest.approx((math.exp(0.5) / 1.2345) ** (1 / 0.2345), rel=1e-6)
    assert found.is_proper is Verdict.HOLDS
