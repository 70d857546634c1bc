"""What ball arithmetic adds to the claims: its reach, its digits, and what is off in the 13th place."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest

import gantheory as gt
from gantheory.certified import (
    Enclosure,
    enclose_cauchy_game,
    enclose_criterion,
    enclose_curvature,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
)
from gantheory.claims import CLAIMS, enclosures
from gantheory.claims.statement import Statement, Verdict, judge
from gantheory.errors import DomainError
from gantheory.panel import PANEL, Case, generator_cases

NAMED = next(case for case in PANEL if case.name == "normal-shift")
CERTIFIED = {"kl.asymmetric", "js.bounds", "js.metric", "js.cauchy-game", "prop1.pointwise", "thm1.kl-form",
             "thm1.jsd-form", "thm1.global-minimum", "thm1.maximum"}  # fmt: skip


def test_the_claims_that_the_ledger_marks_carry_it() -> None:
    """No claim asks for a kind of evidence that is not built."""
    assert {claim.id for claim in CLAIMS if "C" in claim.statements} >= CERTIFIED
    assert not [claim.id for claim in CLAIMS if "C" in claim.missing]


def test_how_far_it_reaches() -> None:
    """Every pair of the panel without atoms and counted laws."""
    beyond = {case.name for case in PANEL if not case.is_grid and not enclosures.reaches(case)}
    assert beyond == {"poisson", "dice", "point-masses", "atom-normal", "atom-atom"}


REACHED = {
    "normal-shift", "normal-scale", "mixture-normal", "normal-laplace", "laplace-shift", "logistic-shift",
    "cauchy-shift", "cauchy-translate", "cauchy-apart", "cauchy-normal", "student-normal", "student-cauchy",
    "exponential-gamma", "gamma-weibull", "arcsine-uniform", "arcsine-beta", "uniform-nested", "uniform-overlap",
    "uniform-disjoint", "weibull-shape", "narrow-component", "narrow-mixtures", "nearly-equal", "far-apart",
    "equal-normal", "equal-mixture", "exponential-normal", "two-level",
    "generator-affine", "generator-exponential", "generator-cube", "generator-another",
}  # fmt: skip
QUANTITIES = {
    "kl_divergence": (gt.kl_divergence, enclose_kl_divergence),
    "js_divergence": (gt.js_divergence, enclose_js_divergence),
    "criterion": (gt.criterion, enclose_criterion),
    "total_variation": (gt.total_variation, enclose_total_variation),
    "value": (lambda p, q: gt.value(p, q, 0.3), lambda p, q, digits: enclose_value(p, q, 0.3, digits=digits)),
}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_number_of_the_panel_that_is_reached_is_within_its_error(quantity: str) -> None:
    """The set is pinned: a pair that an enclosure no longer reaches, or no longer closes on, shows."""
    ordinary, enclose = QUANTITIES[quantity]
    closed = set()
    for case in (*PANEL, *generator_cases()):
        if case.is_grid or not enclosures.reaches(case):
            continue
        found, estimate = enclose(case.p_data, case.p_g, digits=14), ordinary(case.p_data, case.p_g)
        value, error = float(estimate.value), float(estimate.error)
        if math.isinf(value):
            assert found.lower == found.upper == Decimal(value), case.name
        else:
            assert found.lower - Decimal(error) <= Decimal(value) <= found.upper + Decimal(error), case.name
        closed.add(case.name)
    assert closed == REACHED


def test_each_claim_of_the_ledger_that_carries_an_enclosure_shows_its_digits() -> None:
    """In the table, under its row."""
    for claim in (claim for claim in CLAIMS if "C" in claim.statements):
        found = claim.statements["C"]
        statements = found if isinstance(found, tuple) else (found,)
        told = [one.told(case) for one in statements if one.told for case in PANEL if one.applies(case)]
        assert any(character.isdigit() for text in told for character in text), claim.id


@pytest.mark.parametrize("off", ["1e-12", "-1e-13"])
def test_an_identity_that_is_off_is_refuted(off: str) -> None:
    """Where the doubles' own errors would let it pass, the balls do not."""
    wrong = Statement(
        "C + log 4 − 2·JSD − off = 0",
        lambda case: enclosures.as_residual(
            enclosures._excess(case) - 2 * enclosures.enclosed(case, enclose_js_divergence) - Decimal(off)
        ),
    )
    assert judge(wrong, [NAMED]).verdict is Verdict.REFUTED


def test_a_number_with_too_small_an_error_is_refuted() -> None:
    """The check of the ordinary numbers: one that is off by more than it says."""

    def short(p: object, q: object) -> object:
        from gantheory.game import criterion

        return criterion(p, q) + 1e-9

    check = enclosures._within_error(short, enclose_criterion)
    assert judge(Statement("off by 1e-9", check), [Case("pair", NAMED.p_data, NAMED.p_g)]).verdict is Verdict.REFUTED


def test_a_text_is_shown_exactly_and_the_ordinary_number_judged_by_its_floats() -> None:
    """Of decimals that floats round, where the difference is larger than the ordinary number's error: both hold."""
    case = Case("pair", gt.parse_density("norm(1.1, 1e-9)"), gt.parse_density("norm(1.10000001, 1e-9)"))
    shown = enclosures.enclosed(case, enclose_kl_divergence)
    assert Decimal(50) in shown  # (1e-8)²/2e-18
    estimate = gt.kl_divergence(case.p_data, case.p_g)
    assert abs(float(estimate.value) - 50.0) > float(estimate.error)
    check = enclosures._within_error(gt.kl_divergence, enclose_kl_divergence)
    assert judge(Statement("within its error", check), [case]).verdict is Verdict.HOLDS


def test_the_difference_of_singular_laws_from_zero_is_not_proved() -> None:
    """C < 0 of laws apart is false, and the balls say so."""
    apart = next(case for case in PANEL if case.name == "uniform-disjoint")
    wrong = Statement(
        "−C > 0", lambda case: enclosures.as_residual(-enclosures.enclosed(case, enclose_criterion)), "> 0"
    )
    assert judge(wrong, [apart]).verdict is not Verdict.HOLDS


def test_closed_forms_of_two_cauchy_laws() -> None:
    """log(5/4) and (2/π) arctan(½) for one unit apart."""
    found = enclose_cauchy_game("cauchy(0, 1)", "cauchy(1, 1)")
    assert Decimal("0.2231435513142097557662950903098345033746010855480072137") in found["KL"]
    assert Decimal("0.2951672353008665483508021524494810519022690477738357892") in found["TV"]
    assert found["criterion"].width <= Decimal("1e-29")
    with pytest.raises(DomainError, match="two Cauchy laws"):
        enclose_cauchy_game("cauchy", "t(2)")


def test_curvatures() -> None:
    """A bound at every point, for weights that a density has; of a negative one it would be none, and is refused."""
    for a, b in ((Fraction(2), Fraction(1, 7)), (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1, 1000))):
        found = enclose_curvature(a, b)
        assert found.upper < 0
        assert all(-a / y**2 - b / (1 - y) ** 2 in found for y in (Fraction(k, 97) for k in range(1, 97)))
    assert enclose_curvature(Fraction(0), Fraction(0)).upper == 0
    for weights, message in (((Fraction(-1), Fraction(1)), "a is -1; it must be >= 0"), ((1, -0.5), "b is -0.5")):
        with pytest.raises(DomainError, match=message):
            enclose_curvature(*weights)


def test_sums_are_rounded_outward() -> None:
    """Of enclosures and whole numbers: what lies in the parts, the sum of it lies in the sum."""
    a, b = Enclosure(Decimal("0.1"), Decimal("0.2")), Enclosure(Decimal("-1"), Decimal("-0.5"))
    assert a + b == Enclosure(Decimal("-0.9"), Decimal("-0.3"))
    assert a - b == Enclosure(Decimal("0.6"), Decimal("1.2"))
    assert -2 * a == Enclosure(Decimal("-0.4"), Decimal("-0.2"))
    root = Enclosure(Decimal(2), Decimal(2)).sqrt()
    assert Fraction(root.lower) ** 2 < 2 < Fraction(root.upper) ** 2
    long = Enclosure(Decimal("0." + "1" * 60), Decimal("0." + "2" * 60))
    assert Fraction((-long).lower) == -Fraction(long.upper)  # a sign rounds nothing
    assert Fraction((long - 1).upper) == Fraction(long.upper) - 1
