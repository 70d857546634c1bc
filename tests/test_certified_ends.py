"""What is decided before anything is integrated: laws that share nothing, infinity, and a D that is a constant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import gantheory as gt
from gantheory.certified import (
    Enclosure,
    enclose_cauchy_game,
    enclose_criterion,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
    integrals,
    log_2,
)
from gantheory.errors import ConvergenceError, DomainError, ParseError

APART: list[tuple[Any, Any]] = [
    ("beta(2, 2)", "beta(2, 2, 1, 1)"),
    ("uniform(0, 1)", "expon(5)"),
    ("expon(1)", "beta(0.5, 1)"),
    (gt.Pushforward("exp(z)"), gt.Pushforward("-exp(z)")),
    (gt.Pushforward("log(z)", "expon(1)"), gt.Pushforward("log(z)", "beta(0.5, 1)")),
    ("0.5*uniform(0, 1) + 0.5*expon(5)", "uniform(2, 1)"),
]


@pytest.mark.parametrize(("p", "q"), APART)
def test_laws_that_share_nothing(p: Any, q: Any) -> None:
    """C is 0, V at D* too, JSD is log 2, TV is 1, KL is infinite: exactly."""
    zero, one = (Enclosure(Decimal(number), Decimal(number)) for number in (0, 1))
    assert enclose_criterion(p, q, digits=3) == enclose_value(p, q, (p, q), digits=3) == zero
    assert enclose_total_variation(p, q) == one
    assert enclose_kl_divergence(p, q).lower == Decimal("Infinity")
    assert log_2(60) in enclose_js_divergence(p, q, digits=40)
    assert enclose_js_divergence(p, q, digits=40).width < Decimal("1e-40")


def test_laws_that_share_a_little() -> None:
    """A piece on which one lives alone adds nothing to C, however much lies there."""
    # on [1 - 1e-9, 1] both densities are 1, and D* is 1/2: C is 2e-9 log(1/2)
    found = enclose_criterion("uniform(0, 1)", "uniform(0.999999999, 1)", digits=20)
    assert Decimal("-1.386294361119890618834464242916353136151E-9") in found
    # D is 1 where p lives alone, so that V = C here as well
    laws = "uniform(0, 1)", "uniform(0.999999999, 1)"
    assert Decimal("-1.386294361119890618834464242916353136151E-9") in enclose_value(*laws, laws, digits=20)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_whole_numbers_of_numpy_are_digits(kind: Any) -> None:
    """And are checked as others are."""
    assert enclose_js_divergence("norm", "norm(1)", digits=kind(7)) == enclose_js_divergence(
        "norm", "norm(1)", digits=7
    )
    for enclose in (enclose_js_divergence, enclose_criterion, enclose_cauchy_game):
        with pytest.raises(DomainError, match="whole number from 1 to 1000"):
            enclose("cauchy", "cauchy", digits=kind(0))
    with pytest.raises(DomainError, match="whole number from 1 to 1000"):
        enclose_js_divergence("norm", "norm(1)", digits=np.True_)  # type: ignore[arg-type]


# V at D* of a pair of laws, by mpmath in the variable asinh x at 30 digits, with log-densities of its own
AT_A_PAIR: list[tuple[str, str, tuple[str, str], str]] = [
    ("t(1.5)", "t(1.5)", ("norm(0, 1)", "norm(1, 1)"), "-2.761074491683377587383627"),
    ("cauchy", "norm", ("cauchy", "norm"), "-1.21995418146396980384024"),
    ("cauchy", "cauchy(2)", ("logistic", "logistic(1)"), "-1.203933612853576365055415"),
    ("cauchy", "norm", ("laplace", "logistic"), "-1.526093855110557935889778"),
    ("cauchy", "norm", ("laplace", "laplace(1)"), "-1.623730214077735519817357"),
    ("cauchy", "norm", ("0.5*norm(-1) + 0.5*norm(1)", "norm"), "-1.250344402963758017348242"),
    ("cauchy", "norm", ("gamma(2)", "expon"), "-1.425406027589698101520558"),
    ("t(2.5)", "norm", ("norm", "norm(0, 2)"), "-2.876312977861562249186768"),
    ("norm", "t(2)", ("norm", "norm(0, 2)"), "-1.352631993444110365743294"),
    ("cauchy", "cauchy", ("t(2)", "t(3)"), "-1.464297878943188245066804"),
]


@pytest.mark.parametrize(("p", "q", "D", "exact"), AT_A_PAIR)
def test_value_at_a_pair_of_laws(p: str, q: str, D: tuple[str, str], exact: str) -> None:
    """The tails of p and q need the moments of the log-ratio, in which what is equal cancels, and no more."""
    found = enclose_value(p, q, D, digits=12)
    assert Decimal(exact) in found
    assert found.width < Decimal("1e-11")


def test_a_polynomial_logit_by_two_routes() -> None:
    """D* of N(0, 1) and N(1, 1) is σ(½ − x); of N(0, 1) and N(0, 2²), σ(log 2 − 3x²/8), whose log 2 is no decimal."""
    for p, q in (("t(1.5)", "norm"), ("laplace", "t(3)"), ("expon", "uniform(-1, 5)")):
        one = enclose_value(p, q, ("norm", "norm(1)"), digits=10)
        other = enclose_value(p, q, "expit(1/2 - x)", digits=10)
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)


@pytest.mark.parametrize(
    ("p", "q", "D"),
    [
        ("cauchy", "cauchy(1)", ("norm", "norm(1)")),
        ("cauchy", "cauchy(1)", "expit(1/2 - x)"),
        ("t(2)", "norm", ("norm", "norm(0, 2)")),
        ("norm", "t(2)", ("norm(0, 2)", "norm")),
        ("cauchy", "norm", ("laplace", "logistic(0, 2)")),
        ("cauchy", "norm", ("0.5*norm + 0.5*norm(1)", "norm(2)")),  # on the right, where N(1, 1) rules the mixture
        ("cauchy", "norm", ("norm(2)", "0.5*norm + 0.5*norm(1)")),  # on the left
        ("cauchy", "norm", ("norm", "t(3)")),
        ("cauchy", "norm", ("norm", "0.5*norm + 0.5*t(3)")),
        ("t(2)", "norm", ("0.5*weibull_min(3) + 0.5*norm", "0.5*weibull_min(3, 1) + 0.5*norm(0, 2)")),
        ("expon", "cauchy", ("weibull_min(1.5, 0, 2)", "weibull_min(1.5)")),
        (
            gt.Pushforward("atan(z)", "cauchy"),
            "uniform(-1, 2)",
            (gt.Pushforward("atan(z)"), gt.Pushforward("atan(z)", "t(3)")),
        ),
    ],
)
def test_infinity_at_a_pair_of_laws(p: Any, q: Any, D: Any) -> None:
    """By the power with which the log-ratio grows, and the moment that a law lacks, which is decided and no number."""
    found = enclose_value(p, q, D, digits=5)
    assert found.lower == found.upper == Decimal("-Infinity")


@pytest.mark.parametrize(
    "pair", [("norm", "norm"), ("t(1)", "cauchy"), ("0.5*norm + 0.5*laplace", "0.5*laplace + 0.5*norm")]
)
def test_two_equal_laws_are_a_constant_discriminator(pair: tuple[str, str]) -> None:
    """½, and V = −log 4 whatever the laws."""
    for p, q in (("cauchy", "cauchy(1)"), ("t(0.1)", "expon")):
        found = enclose_value(p, q, pair, digits=8)
        assert Decimal("-1.386294361119890618834464242916353136151") in found
        assert found.width < Decimal("1e-7")


@pytest.mark.parametrize("digits", [3, 5, 6, 8, 10, 20])
@pytest.mark.parametrize(
    ("enclose", "p", "q", "exact"),
    [
        # TV is 1 − 2.25e-74 and JSD log 2 − 4e-19, by mpmath in the logarithm of the distance from each centre
        (enclose_total_variation, "norm(1e6, 1e4)", "t(5, -1, 1e-9)", "0." + 73 * "9" + "7753553748"),
        (enclose_js_divergence, "laplace", "cauchy(1e6, 1e-9)", "0.69314718055994530902174569192295"),
        (enclose_js_divergence, "norm(1e6, 1)", "norm(0, 1e-9)", "0.69314718055994530941723212145818"),
    ],
)
def test_precision_grows_until_the_digits_are_had(enclose: Any, p: str, q: str, exact: str, digits: int) -> None:
    """Of scales fifteen decades apart, whose centres take more digits than the number has."""
    found = enclose(p, q, digits=digits)
    assert Decimal(exact) in found
    assert found.width <= Decimal(10) ** -digits


LOG: Any = gt.Pushforward("log(z)", "expon")


@pytest.mark.parametrize(
    ("ask", "error", "messages"),
    [
        (
            lambda: enclose_js_divergence(LOG, gt.Pushforward("-2*exp(z) + 3", "weibull_min(1.5)")),
            DomainError,
            ["p is log(z) of expon", "q is -2*exp(z) + 3 of weibull_min", "exp of minus exp of a Weibull law"],
        ),
        (
            lambda: enclose_criterion(LOG, gt.Pushforward("sinh(z)")),
            DomainError,
            ["p_data is log(z) of expon", "p_g is sinh(z) of norm", "through e^x", "exp of sinh of a normal law"],
        ),
        (
            lambda: enclose_value(LOG, "norm", ("norm", "t(3)")),
            DomainError,
            ["p_data is log(z)", "p_g is norm", "D is ('norm', 't(3)')", "exp of a Student t law", "E[e^(t|z|)]"],
        ),
        (
            lambda: enclose_js_divergence(gt.Pushforward("log(z)", "gamma(0.5, 1, 1)"), "norm(1e6, 1)"),
            ConvergenceError,
            ["q is norm(1e6, 1)", "through e^x", "exp of z about 1e+06 is too large"],
        ),
        (
            lambda: enclose_js_divergence("norm", gt.Pushforward("tanh(-z)", "t(2)")),
            DomainError,
            ["q is tanh(-z) of t(2", "tanh of a Student t law is not enclosed", "E[e^(t|z|)]"],
        ),
        (
            lambda: enclose_js_divergence("norm(sqrt(2), 1)", "norm"),
            ParseError,
            ["sqrt(2)", "parameter of norm", "2**0.5 for a root"],
        ),
        (
            lambda: enclose_js_divergence("norm(2**0.5, 1)", "norm"),
            ParseError,
            ["2**0.5 in p is no rational number", "decimals and fractions"],
        ),
        (
            lambda: enclose_value("expon", "t(0.5, 9)", (gt.Pushforward("z**3"), gt.Pushforward("z**3/8"))),
            ConvergenceError,
            ["no bound is known of what lies far from", "too heavy for the logarithm"],
        ),
    ],
)
def test_errors_name_what_was_given(ask: Any, error: type[Exception], messages: list[str]) -> None:
    """And what cannot be compared with what, in the user's words: no name of a class, no exp that only we wrote."""
    with pytest.raises(error) as caught:
        ask()
    for message in messages:
        assert message in str(caught.value)
    assert "Reflection" not in str(caught.value)


@pytest.mark.parametrize("D", ["x", "expit(exp(x))", "sin(x)", "expit(2**0.5*x)", "1.5", 2, None, ("norm",), "1/0"])
def test_what_D_may_be(D: Any) -> None:
    """Is said wherever D is none of it."""
    with pytest.raises((DomainError, ParseError), match=r"D may be a number in .0, 1., 'expit.*a pair of laws"):
        enclose_value("norm", "norm(1)", D)


def test_what_is_not_reached_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer digits."""
    monkeypatch.setattr(integrals, "_MOST_STEPS", 3)
    with pytest.raises(ConvergenceError, match=r"what lies far from 0 is at most .*fewer digits may close"):
        enclose_js_divergence("norm", "norm(1)")
