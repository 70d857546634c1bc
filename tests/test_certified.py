"""Enclosures against independent 50-digit references: none misses, and what does not close says so."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_references import law, references

import gantheory as gt
from gantheory.certified import (
    Enclosure,
    enclose_criterion,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
    integrals,
)
from gantheory.certified.enclosure import outward
from gantheory.certified.generated import image
from gantheory.certified.laws import ExactNormal
from gantheory.certified.maps import EXP
from gantheory.certified.reading import exact_law
from gantheory.densities import Normal
from gantheory.errors import ConvergenceError, DomainError, NotNormalizedError, ParseError
from gantheory.mlp import MLP

QUANTITIES: dict[str, Any] = {
    "kl_pq": enclose_kl_divergence,
    "kl_qp": lambda p, q, **options: enclose_kl_divergence(q, p, **options),
    "js": enclose_js_divergence,
    "tv": enclose_total_variation,
    "criterion": enclose_criterion,
}
ATOMIC = {"Poisson", "Atom"}
CASES = [
    (file, name)
    for file, every in (("panel", 1), ("family_pairs", 3), ("mixtures", 6), ("cornered", 1))
    for name, case in list(references(file).items())[::every]
    if not ATOMIC & {part[1] for part in (*case["p"], *case["q"])}
]
JSD = "0.099290096600781759747825675997367536697473024705722"


@pytest.mark.parametrize(("file", "name"), CASES)
def test_no_enclosure_misses(file: str, name: str) -> None:
    """Every quantity of every pair of the references, to 20 digits, or a criterion too near 0 to have any."""
    case = references(file)[name]
    p, q = law(case["p"]), law(case["q"])
    for quantity, enclose in QUANTITIES.items():
        if quantity not in case["values"]:
            continue
        exact = Decimal(case["values"][quantity])
        try:
            found = enclose(p, q, digits=20)
        except ConvergenceError:
            assert quantity == "criterion", quantity
            assert abs(exact) < Decimal("1e-300"), quantity
            continue
        assert exact in found, (quantity, found)
        assert found.width <= Decimal("1e-20") * abs(exact), quantity


IMAGES = references("images")


@pytest.mark.parametrize("name", IMAGES)
def test_images_by_monotone_maps(name: str) -> None:
    """Against 40 digits by another route, in the variable z: exp, log, sinh, tanh, σ, atan, odd powers, affine maps."""
    case = IMAGES[name]
    p, q = case["p"], gt.Pushforward(case["G"], case["prior"])
    for quantity, text in case["values"].items():
        found = QUANTITIES[quantity](p, q, digits=20)
        assert Decimal(text) in found, (quantity, found)
        assert found.width <= Decimal("1e-20") * abs(Decimal(text)), quantity


def test_a_common_bijection_leaves_divergences_as_they_are() -> None:
    """KL of two images is that of the laws of z, infinite where it is."""
    for G in ("exp(z)", "3 - sinh(z/2)", "tanh(z)", "expit(z + 1)", "atan(z)", "z**3"):
        p, q = gt.Pushforward(G), gt.Pushforward(G, "laplace")
        for enclose in (enclose_kl_divergence, enclose_js_divergence, enclose_total_variation):
            assert enclose(p, q, digits=20) == enclose("norm", "laplace", digits=20) or "z + 1" in G or "z/2" in G
    p, q = (gt.Pushforward("atan(z)", prior) for prior in ("cauchy", "norm"))
    assert enclose_kl_divergence(p, q).lower == Decimal("Infinity")


def test_thirty_digits() -> None:
    """The tails included: a cut at ±16 is wrong in the 23rd."""
    found = enclose_js_divergence("norm(0, 1)", "norm(1, 1.5)")
    assert Decimal(JSD) in found
    assert found.width < Decimal("1e-30")
    cut = Decimal("0.09929009660078175974782")  # what ends after its 23rd digit is told apart
    assert cut not in found


@pytest.mark.parametrize(
    ("p", "q"), [("cauchy(0, 1)", "norm(0, 1)"), ("t(2)", "norm(0, 1)"), ("uniform(0, 2)", "uniform(0, 1)"),
                 ("laplace(0, 1)", "expon"), ("0.5*cauchy + 0.5*norm", "laplace"), ("t(1)", "weibull_min(3)")]
)  # fmt: skip
def test_infinity_is_decided(p: str, q: str) -> None:
    """By supports and by tails; never a large number."""
    found = enclose_kl_divergence(p, q)
    assert found.lower == found.upper == Decimal("Infinity")


@pytest.mark.parametrize(
    ("p", "q"), [("t(2.5)", "norm(0, 1)"), ("cauchy", "0.5*norm + 0.5*cauchy(3)"), ("t(1.5)", "laplace")]
)
def test_heavy_tails_that_are_just_light_enough(p: str, q: str) -> None:
    """One more moment than −log q asks for, and KL is finite."""
    found = enclose_kl_divergence(p, q, digits=8)
    exact = gt.kl_divergence(p, q)
    assert found.upper.is_finite()
    assert abs(float(found) - float(exact.value)) <= float(exact.error) + float(found.width)


def test_decimals_in_a_text_are_exact() -> None:
    """And a float is its binary value: 0.1 is two different numbers."""
    assert enclose_js_divergence("norm(0.1, 1)", "norm(1/10, 1)") == Enclosure(Decimal(0), Decimal(0))
    apart = enclose_js_divergence("norm(0.1, 1)", Normal(0.1, 1.0), digits=5)
    shift = Fraction(0.1) - Fraction(1, 10)
    assert float(apart) == pytest.approx(float(shift) ** 2 / 8, rel=1e-4)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("0.5*norm + 0.5*norm(1)", "0.5*norm(1) + 0.5*norm"),
        ("0.25*norm + 0.25*norm + 0.5*laplace", "0.5*laplace + 0.5*norm"),
        ("0.5*expon + 0.5*expon", "gamma(1)"),
        ("t(1)", "cauchy"),
        ("weibull_min(1, 2, 3)", "expon(2, 3)"),
        ("beta(1, 1)", "uniform(0, 1)"),
        (gt.Pushforward("1 - tanh(z)"), gt.Pushforward("tanh(z) + 1")),
        (gt.Pushforward("exp(z)", "0.5*norm + 0.5*norm(1)"), gt.Pushforward("exp(z)", "0.5*norm(1) + 0.5*norm")),
        (gt.Pushforward("log(exp(z))", "norm"), "norm"),
        (gt.Pushforward("-2*log(z)", "uniform(0, 1)"), "expon(0, 2)"),
        (gt.Pushforward("exp(-z)", "expon(0, 2)"), "beta(0.5, 1)"),
        (gt.Pushforward("expit(z)", "logistic"), "uniform(0, 1)"),
        (gt.Pushforward("3*tanh(z/2)", "logistic"), "uniform(-3, 6)"),
        (gt.Pushforward("z**3", "weibull_min(1.5, 0, 2)"), "weibull_min(0.5, 0, 8)"),
        (gt.Pushforward("-z**3", "uniform(-2, 2)"), "beta(1/3, 1, 0, 8)"),
    ],
)
def test_one_law_written_in_two_ways(p: Any, q: Any) -> None:
    """Parts in another order, equal parts, a law that two families share, a symmetric one turned round: 0, exactly."""
    nothing = Enclosure(Decimal(0), Decimal(0))
    for enclose in (enclose_kl_divergence, enclose_js_divergence, enclose_total_variation):
        assert enclose(p, q) == nothing


@pytest.mark.parametrize(
    ("p", "q", "exact"),
    [
        (gt.Pushforward("exp(-z)", "expon(0, 2)"), "uniform(0, 1)", math.log(0.5) + 1.0),
        (gt.Pushforward("z**3", "beta(2, 1)"), "uniform(0, 1)", math.log(2 / 3) + 0.5),
        (gt.Pushforward("z**3", "expon(0, 2)"), "weibull_min(1/3)", math.log(0.5) + 1.0),
    ],
)
def test_images_that_are_elementary_laws(p: Any, q: Any, exact: float) -> None:
    """KL of a·x^(a − 1) on [0, 1] from the uniform law is log a − 1 + 1/a; powers of exponential laws have theirs."""
    assert abs(float(enclose_kl_divergence(p, q)) - exact) <= 1e-15


def test_values_of_the_game() -> None:
    """V at D* is C, at D ≡ ½ is −log 4 whatever the laws; below C anywhere else; −∞ where D gives a law no chance."""
    p, q = "norm(0, 1)", "norm(2, 1)"
    C = enclose_criterion(p, q)
    for D in ("expit(2 - 2*x)", (p, q)):
        best = enclose_value(p, q, D)
        assert max(best.lower, C.lower) <= min(best.upper, C.upper)
    assert enclose_value(p, q, "expit(2 - 2.001*x)").upper < C.lower
    for laws in ((p, q), ("cauchy", "gamma(0.3)"), ("uniform(0, 1)", "0.5*beta(0.5, 3) + 0.5*laplace")):
        half = enclose_value(*laws, 0.5)
        assert float(half) == pytest.approx(-math.log(4.0), abs=1e-15)
        assert half.width < Decimal("1e-29")
    for D in (0, 1, ("uniform(0, 1)", "norm")):
        assert enclose_value(p, q, D).upper == Decimal("-Infinity")
    assert enclose_value("cauchy", "norm", "expit(x)").upper == Decimal("-Infinity")
    assert enclose_value("norm", "cauchy", "expit(-x**2)").upper.is_finite()
    assert enclose_value("norm", "cauchy", "expit(x**2)").upper == Decimal("-Infinity")


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (gt.Pushforward("2*z + 1"), "norm(1, 2)"),
        (gt.Pushforward("-z", "beta(0.5, 2)"), "uniform(-1, 2)"),
        (gt.Pushforward("exp(z)"), "expon"),
        (gt.Pushforward("exp(z/2)", "logistic"), gt.Pushforward("exp(2*z - 1)")),
        (gt.Pushforward("exp(z)", "laplace(0, 0.3)"), "gamma(2)"),
        (gt.Pushforward("exp(z)", "expon(0, 0.25)"), "cauchy"),
    ],
)
def test_laws_of_elementary_generators(p: Any, q: Any) -> None:
    """Affine maps and exponentials: the ordinary numbers lie within their errors of the enclosures."""
    for enclose, quantity in ((enclose_js_divergence, gt.js_divergence), (enclose_kl_divergence, gt.kl_divergence)):
        found, estimate = enclose(p, q, digits=18), quantity(p, q)
        assert abs(float(found) - float(estimate.value)) <= float(estimate.error) + 1e-17


def test_a_power_of_a_logarithm_is_light_enough_for_any_tail() -> None:
    """−log f of e^Z grows as a power of log x: KL from a Pareto law is finite, however heavy its tail."""
    pareto, lognormal = (image(exact_law(base), EXP) for base in ("expon(0, 8)", "norm"))
    found = enclose_kl_divergence(pareto, image(exact_law("expon"), EXP), digits=12)
    assert abs(float(found) - (7.0 - math.log(8.0))) <= 1e-11  # that of the laws of z
    found = enclose_kl_divergence(pareto, lognormal, digits=12)
    exact = 64.0 + 0.5 * math.log(2.0 * math.pi) - 1.0 - math.log(8.0)
    assert abs(float(found) - exact) <= 1e-10


@given(st.fractions(), st.fractions(), st.integers(1, 40))
def test_decimals_are_rounded_outward(a: Fraction, b: Fraction, digits: int) -> None:
    """Both ends of an interval stay inside, by less than a unit of the last digit."""
    low, high = min(a, b), max(a, b)
    found = outward(low, high, digits)
    assert low in found
    assert high in found
    for exact, end in ((low, found.lower), (high, found.upper)):
        assert abs(exact - Fraction(end)) <= Fraction(10) ** (1 - digits) * abs(exact)


def test_an_enclosure_says_what_it_holds() -> None:
    """Numbers, other enclosures, and what is proved to be different."""
    found = Enclosure(Decimal("0.1"), Decimal("0.2"))
    assert Fraction(1, 7) in found
    assert 0.15 in found
    assert 0.1 in found  # the float, which is above the decimal
    assert 0.2 not in found
    assert Enclosure(Decimal("0.12"), Decimal("0.13")) in found
    assert found.separates(0)
    assert not found.separates(Fraction(1, 7))
    assert found.digits() == "0.…"
    assert Enclosure(Decimal("-0.1234"), Decimal("-0.1231")).digits() == "-0.123…"
    with pytest.raises(DomainError, match="lower <= upper"):
        Enclosure(Decimal(1), Decimal(0))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("poisson(3)", "norm"), DomainError, "an enclosure knows"),
        (("norm", "gumbel_r"), DomainError, "q is"),
        (("norm(pi, 1)", "norm"), ParseError, "no rational number"),
        (("0.3*norm + 0.7000000000000001*norm(1)", "norm"), NotNormalizedError, "sum to"),
        (("norm", gt.Pushforward("z**2")), DomainError, "an enclosure knows affine"),
        (("norm", gt.Pushforward("pi*z")), DomainError, "pi in G is no rational number"),
        (("norm", gt.Pushforward("exp(2**0.5*z + 1)")), DomainError, r"2\*\*0.5 in G is no rational number"),
        (("norm", gt.Pushforward(lambda z: 2 * z)), DomainError, "an enclosure knows G as text"),
        (("norm", gt.Pushforward(MLP.random(rng=1))), DomainError, "an enclosure knows G as text"),
        (("norm", gt.Pushforward("z", "norm(pi, 1)")), ParseError, "no rational number"),
        (("norm", gt.Pushforward("z + tanh(z)")), DomainError, "an enclosure knows affine"),
        (("norm", gt.Pushforward("tanh(z**3)")), DomainError, "one map of an elementary law"),
        (
            ("norm", gt.Pushforward("tanh(z)", "cauchy")),
            DomainError,
            "q is tanh.*: tanh of a Cauchy law",
        ),
        (
            ("cauchy", gt.Pushforward("log(z)", "expon")),
            DomainError,
            "p is cauchy, q is .* exp of a Cauchy law",
        ),
        (("norm(0, -1)", "norm"), DomainError, "must be > 0"),
        (("nrom", "norm"), ParseError, "Did you mean"),
    ],
)
def test_laws_that_are_not_enclosed(arguments: tuple[Any, Any], error: type[Exception], message: str) -> None:
    """What is wrong, and what is known."""
    with pytest.raises(error, match=message):
        enclose_js_divergence(*arguments)


@pytest.mark.parametrize("digits", [0, 1001, 2.5, True])
def test_digits_are_a_whole_number(digits: Any) -> None:
    """From 1 to 1000."""
    with pytest.raises(DomainError, match="digits is"):
        enclose_js_divergence("norm", "laplace", digits=digits)


@pytest.mark.parametrize("D", [1.5, -1, "x", "expit(exp(x))", None])
def test_discriminators_that_are_not_enclosed(D: Any) -> None:
    """Those whose logit is no polynomial."""
    with pytest.raises((DomainError, ParseError)):
        enclose_value("norm", "norm(1)", D)


def test_a_light_tail_of_any_power_is_no_proof_of_infinity() -> None:
    """Weibull laws of shape 1e9 have all moments: KL is finite, and is not called infinite."""
    for p in ("weibull_min(1000000000)", "expon"):
        try:
            found = enclose_kl_divergence(p, "weibull_min(1000000000, 0, 2)", digits=3)
        except ConvergenceError:  # no answer is none, and no wrong one
            continue
        assert found.upper.is_finite()


def test_what_is_too_large_for_a_ball_is_no_infinity() -> None:
    """A D* of two laws is 0 where one of them does not live, and nowhere else."""
    laws = "uniform(0, 10)", "uniform(0, 10)"
    try:
        found = enclose_value(*laws, ("weibull_min(1e20)", "expon"), digits=3)
    except ConvergenceError:
        return
    assert found.lower.is_finite()


def test_a_half_line_holds_what_lies_on_it() -> None:
    """Fractions, Decimals and floats alike."""
    below, above = Enclosure(Decimal("-Infinity"), Decimal(0)), Enclosure(Decimal(1), Decimal("Infinity"))
    for kind in (Fraction, Decimal, float):
        assert kind(-5) in below
        assert kind(5) not in below
        assert kind(5) in above
        assert kind(-5) not in above
        for end in ("Infinity", "-Infinity"):
            assert kind(5) not in Enclosure(Decimal(end), Decimal(end))


def test_no_number_lies_nowhere() -> None:
    """nan is in no enclosure."""
    assert float("nan") not in Enclosure(Decimal(0), Decimal(1))


class Raising(ExactNormal):
    """A law whose density raises at its hundredth point."""

    def log_density(self, place: Any) -> Any:
        asked.append(place)
        if len(asked) == 100:
            raise raised[0]
        return super().log_density(place)


asked: list[Any] = []
raised: list[BaseException] = []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), DomainError("in the middle"), MemoryError()])
def test_what_an_integrand_raises_is_what_is_raised(error: BaseException) -> None:
    """Ctrl-C is Ctrl-C, and nothing is asked of the integrand after it."""
    asked.clear()
    raised[:] = [error]
    with pytest.raises(type(error)) as caught:
        enclose_js_divergence(Raising(Fraction(0), Fraction(1)), "norm(1, 1)", digits=10)
    assert caught.value is error
    assert len(asked) == 100
    assert Decimal("0.5") in enclose_kl_divergence("norm", "norm(1)", digits=10)  # and the next is as ever


def test_a_signal_in_the_rule_itself_is_no_system_error() -> None:
    """Of python-flint's SystemError with Ctrl-C behind it, and not of another."""

    class Rule:
        def __init__(self, cause: BaseException) -> None:
            self.cause = cause

        def integral(self, *_: Any, **__: Any) -> Any:
            raise SystemError("returned a result with an exception set") from self.cause

    for cause, expected in ((KeyboardInterrupt(), KeyboardInterrupt), (ValueError(), SystemError)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(integrals.acb, "integral", Rule(cause).integral, raising=True)
            with pytest.raises(expected):
                integrals._by_rule(lambda s, analytic: s, None, None, {})


@pytest.mark.parametrize(("prior", "finite"), [("cauchy", False), ("t(2)", False), ("t(2.5)", True), ("laplace", True)])
def test_infinity_at_a_finite_end(prior: str, finite: bool) -> None:
    """−log q of atan(N(0, 1)) grows as the inverse square of the distance to π/2: p needs 2 moments of z."""
    p = gt.Mixture([gt.Uniform(-1, 1), gt.Pushforward("atan(z)", prior)])
    found = enclose_kl_divergence(p, gt.Pushforward("atan(z)"), digits=4)
    assert found.upper.is_finite() == found.lower.is_finite() == finite


def test_kl_at_a_finite_end_against_mpmath() -> None:
    """½ U(−1, 1) + ½ U(−π/2, π/2) from the law of atan of t₄."""
    p = gt.Mixture([gt.Uniform(-1, 1), gt.Pushforward("atan(z)", "cauchy")])
    found = enclose_kl_divergence(p, gt.Pushforward("atan(z)", "t(4)"), digits=6)
    assert Decimal("0.200916388356294458743541847965") in found


@pytest.mark.parametrize("D", ["1/0", "expit(x/0)", "expit(x*(1/0))", "0**(-1)"])
def test_a_division_by_zero_is_refused(D: str) -> None:
    """In our words."""
    with pytest.raises((ParseError, DomainError)):
        enclose_value("norm", "norm(1)", D)
