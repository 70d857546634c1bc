"""Where an objective has a formula and where it has none: a D* at an end of its range, conjugates, own losses."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq
from sympy import Rational, Symbol, exp, log, sqrt

from gantheory.objectives import OBJECTIVES, Objective, alpha, label_smoothed
from gantheory.panel import PANEL
from gantheory.symbolic.best_response import cases_of
from gantheory.symbolic.zero_test import is_zero
from gantheory.verdict import Verdict

u: Any = Symbol("u", positive=True)
t: Any = Symbol("t", real=True)
CASES = {case.name: case for case in PANEL}
BUILT = {name: make() for name, make in OBJECTIVES.items()}


@pytest.mark.parametrize("slope", [-3.0, -0.5, -0.33])
def test_a_conjugate_without_a_formula_is_found_in_numbers(slope: float) -> None:
    """Of the label 0.9 t = a(D) has the degree 10 in D: f*(t) = −b(D) at its root below 0.9, and ∞ past a(0.9)."""
    smooth = BUILT["label-smoothed"]
    D = brentq(lambda y: 0.9 * math.log(y) + 0.1 * math.log1p(-y) - slope, 1e-9, 0.9, xtol=1e-15)
    assert smooth.conjugate is None
    assert float(smooth.conjugate_at(slope)) == pytest.approx(-math.log1p(-D), rel=1e-9)
    assert smooth.conjugate_at(-0.3) == math.inf
    assert smooth.counterexample(conjugate=smooth.conjugate_at) is None


def test_jeffreys_conjugate_is_the_supremum() -> None:
    """W(e^(1−t)) + 1/W(e^(1−t)) + t − 2 is the largest u·t − (u − 1)·log u, far out too."""
    ratios = np.exp(np.linspace(-60, 60, 2_000_001))
    for slope in (-30.0, -3.0, 0.0, 1.0, 4.0, 20.0):
        best = np.max(ratios * slope - (ratios - 1) * np.log(ratios))
        assert float(BUILT["jeffreys"].conjugate_at(slope)) == pytest.approx(best, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
@pytest.mark.parametrize(
    ("loss", "proper"),
    [
        (lambda D: -np.log(D), True),
        (lambda D: 5.0 - np.sqrt(D), True),
        (lambda D: -np.minimum(D, 0.7), True),
        (lambda D: -np.minimum(D, 0.3), False),
        (lambda D: np.log(D), False),
        (lambda D: np.square(D - 0.5), False),
        (lambda D: np.sin(30.0 * D), False),
        (lambda D: 0.0 * D, False),
    ],
    ids=["−log D", "5 − √D", "−min(D, 0.7)", "−min(D, 0.3)", "log D", "(D − ½)²", "sin", "0"],
)
def test_a_loss_given_as_a_function_is_judged_whatever_its_size(loss: Any, proper: bool, scale: float) -> None:
    """What falls in D about ½ is proper; the rest has a pair against it: the units of a loss are no matter."""
    found = Objective.numeric(np.log, lambda D: np.log1p(-D), generator=lambda D: scale * loss(D)).own_loss
    assert found is not None
    assert found.is_proper is (Verdict.HOLDS if proper else Verdict.REFUTED)
    assert (found.improper_pair is None) is proper


@pytest.mark.parametrize("size", ["0.000000000001", "1", "1000000000"])
def test_a_loss_proved_proper_has_no_pair_against_it(size: str) -> None:
    """−log D times anything: F″ > 0 is proved, and no rounding counts against it."""
    found = Objective("log(D)", "log(1 - D)", generator=f"-{size}*log(D)").own_loss
    assert found is not None
    assert found.improper_pair is None
    assert found.is_proper is Verdict.HOLDS


@pytest.mark.parametrize(("high", "proper"), [(2, Verdict.HOLDS), (1, Verdict.HOLDS), (0.5, Verdict.REFUTED)])
def test_a_D_that_is_cut_off(high: float, proper: Verdict) -> None:
    """(D, −D²/2) on [−1, high]: D* = min(u, high), so that f is a line from u = high on; about 1 it is none for 1."""
    found = Objective("D", "-D**2/2", domain=(-1, high))
    assert (found.is_proper, found.derivation.proved) == (proper, True)
    assert found.optimal_value(math.log(3.0)) == pytest.approx(high, rel=1e-15)


# losses, the range of D, D*(u), f(u), f*(t): the stationary D, and where it would leave the range the end of it
CLIPPED = {
    "roots": (("sqrt(D)", "sqrt(1 - D)"), (0, 1), [u**2 / (1 + u**2)], [sqrt(1 + u**2)], -sqrt(1 - t**2)),
    "roots on (−1, 1)": (
        ("sqrt(1 + D)", "sqrt(1 - D)"),
        (-1, 1),
        [(u**2 - 1) / (1 + u**2)],
        [sqrt(2) * sqrt(1 + u**2)],
        -sqrt(2 - t**2),
    ),
    "entropy": (("D", "-D*log(D)"), (0, 1), [exp(u - 1), 1], [exp(u - 1), u], t * log(t)),
    "entropy on (0, ∞)": (("D", "-D*log(D)"), (0, "inf"), [exp(u - 1)], [exp(u - 1)], t * log(t)),
    "entropy of 1 − D": (
        ("-D", "-(1 - D)*log(1 - D)"),
        (0, 1),
        [1 - exp(u - 1), 0],
        [exp(u - 1) - u, 0],
        (1 + t) * log(1 + t),
    ),
    "log and line": (("log(D)", "-D"), (0, 1), [u, 1], [u * log(u) - u, -1], exp(t)),
    "square": (("D", "-D**2/2"), (0, 1), [u, 1], [u**2 / 2, u - Rational(1, 2)], t**2 / 2),
    "exponential": (("D", "-exp(D)"), (0, 1), [0, log(u), 1], [-1, u * log(u) - u, u - sympy.E], exp(t)),
    "root and line": (("sqrt(D)", "-D"), (0, 1), [u**2 / 4, 1], [u**2 / 4, u - 1], t**2),
    "decreasing": (("1 - D", "-(1 - D)**2"), (0, 1), [1 - u / 2, 0], [u**2 / 4, u - 1], t**2),
    "cube": (
        ("log(D)", "-D**3"),
        (0, 1),
        [(u / 3) ** Rational(1, 3), 1],
        [u * (log(u / 3) - 1) / 3, -1],
        exp(3 * t),
    ),
    "minimax": (
        ("log(D)", "log(1 - D)"),
        ("0.1", "0.9"),
        [Rational(1, 10), u / (1 + u), Rational(9, 10)],
        [
            -u * log(10) + log(Rational(9, 10)),
            u * log(u / (1 + u)) - log(1 + u),
            u * log(Rational(9, 10)) - log(10),
        ],
        -log(1 - exp(t)),
    ),
}


@pytest.mark.parametrize("name", CLIPPED)
def test_a_best_D_at_an_end_of_its_range_has_a_formula(name: str) -> None:
    """Every part of D* and f is as by hand, proved, and is the envelope; nothing counts against any of it."""
    losses, domain, D_star, f, star = CLIPPED[name]
    found = Objective(*losses, domain=domain)
    for expr, wanted in ((found.D_star, D_star), (found.f, f)):
        cases = cases_of(expr)
        assert len(cases) == len(wanted)
        assert all(is_zero(case - other).proved for case, other in zip(cases, wanted))
    assert is_zero((found.conjugate - star).subs(t, -Symbol("s", positive=True))).proved or found.conjugate == star
    assert found.derivation.proved
    assert found.is_proper is Verdict.HOLDS
    ratios = np.array([0.05, 0.4, 1.0, 1.3, 7.0])
    value, error = found.f_at(ratios)
    envelope, _, unsure = found.envelope(ratios)
    assert (np.abs(value - envelope) <= error + unsure).all()
    assert found.counterexample(f=found.f, D_star=found.D_star, conjugate=found.conjugate) is None
    assert found.counterexample(optimum=found.optimum.value + 1e-6) is not None


@pytest.mark.parametrize("pair", ["normal-shift", "uniform-overlap", "dice", "exponential-gamma", "equal-normal"])
def test_the_criterion_of_a_clipped_D_is_the_divergence(pair: str) -> None:
    """Its f joins two formulas where densities cross a level; on the way D is paid the same."""
    case, found = CASES[pair], Objective("D", "-D**2/2")
    exact = found.criterion(case.p_data, case.p_g)
    assert 0.0 in exact - found.divergence(case.p_data, case.p_g)
    assert 0.0 in exact - found.value(case.p_data, case.p_g, found.optimal_discriminator(case.p_data, case.p_g))


@pytest.mark.parametrize("order", [Rational(1, 3), Rational(3, 2), Rational(7, 5), 2, 3, -1, -12])
def test_the_alpha_divergences(order: Any) -> None:
    """f and its name for other orders: 2 is half of Pearson's, −1 half of Neyman's."""
    objective = alpha(Fraction(str(order)))
    wanted = (u**order - 1 - order * (u - 1)) / (order * (order - 1))
    assert is_zero(objective.f - wanted).proved
    assert objective.divergence_name is not None
    below = Symbol("s", positive=True)  # f*(t) = ((1 + (α−1)t)^(α/(α−1)) − 1)/α, by where its base is s
    star = (below ** (Rational(order) / (order - 1)) - 1) / Rational(order)
    assert is_zero(objective.conjugate.subs(t, (below - 1) / (order - 1)) - star).proved


def test_a_label_of_many_digits_takes_no_power_of_as_many() -> None:
    """D^8888888888 in t = a(D) has no closed form that is worth its time: f* is numeric, the rest is proved."""
    found = label_smoothed("0.8888888888")
    assert found.conjugate is None
    assert found.derivation.proved


@pytest.mark.parametrize("name", [name for name in BUILT if name not in ("wasserstein", "label-smoothed")])
def test_a_conjugate_is_the_supremum_beyond_the_slopes_of_f_too(name: str) -> None:
    """Below the range of f′ it is −f(0), above it ∞: the formula goes on there, and is no conjugate."""
    objective = BUILT[name]
    low, high = objective.slopes
    ratios = np.concatenate([[0.0], np.exp(np.linspace(-40.0, 18.0, 200_001))])
    f = objective.f_at(ratios)[0]
    for slope in (-30.0, -4.0, -1.0, -0.3, 0.3, 0.6, 1.5, 3.0):
        found = float(objective.conjugate_at(np.array(slope)))
        if slope > high:
            assert found == math.inf
        elif slope < low:
            assert found == -objective.ends[0] == pytest.approx(float(np.max(ratios * slope - f)))
        elif slope < 3.0:
            assert found == pytest.approx(float(np.max(ratios * slope - f)), rel=1e-4, abs=1e-4)
    assert math.isnan(objective.conjugate_at(np.array(math.nan)))


@pytest.mark.parametrize("weight", ["1e12", "1e16", "1e100"])
def test_a_maximum_nearer_to_an_end_than_floats_is_no_want_of_a_bound(weight: str) -> None:
    """u·w·log D + log(1 − D) is below 0 for every D, and greatest at w·u/(w·u + 1)."""
    found = Objective(f"{weight}*log(D)", "log(1 - D)")
    assert is_zero(found.D_star - sympy.Rational(weight) * u / (sympy.Rational(weight) * u + 1)).proved
