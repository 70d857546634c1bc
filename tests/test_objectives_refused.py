"""What is no objective: bad input is one clear line, and a sum without bound is shown by a u and a D."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Symbol

from gantheory.densities import Normal
from gantheory.discriminator import Discriminator
from gantheory.errors import DomainError, GanTheoryError, ParseError
from gantheory.estimate import Estimate
from gantheory.objectives import OBJECTIVES, Objective, alpha, label_smoothed, least_squares
from gantheory.panel import PANEL
from gantheory.symbolic.evaluation import function_of
from gantheory.symbolic.losses import SCORE, loss
from gantheory.verdict import Verdict
from gantheory.verify.command_line import main

u: Any = Symbol("u", positive=True)
LINE = ("-inf", "inf")
P, Q = Normal(0, 1), Normal(1, 1.5)
CASES = {case.name: case for case in PANEL}
BUILT = {name: make() for name, make in OBJECTIVES.items()}


def test_where_a_loss_is_undefined_is_shown_at_a_plain_D() -> None:
    """Just below ½, and not at one of the many scores near 0."""
    with pytest.raises(DomainError, match=r"undefined at D = 0\.4\d+;"):
        Objective("log(D - 0.5)", "log(1 - D)")


@pytest.mark.parametrize(
    ("real", "fake", "domain", "words"),
    [
        ("D", "D", LINE, "unbounded"),
        ("D", "-D", LINE, "unbounded"),
        ("log(D)", "log(D)", (0, "inf"), "unbounded"),
        ("-log(D)", "log(1 - D)", (0, 1), "unbounded"),
        ("D**2", "-D", (0, 1), "not concave"),
        ("abs(D)", "-D**2", (-1, 1), "not concave"),
        ("max(0, D)", "min(0, -D)", (-1, 1), "not concave"),
        ("1", "2", (0, 1), "constant"),
        ("sqrt(D - 2)", "log(1 - D)", (0, 1), "undefined"),
        ("log(D)", "log(1 - D)", (-1, 1), "undefined"),
        ("log(D)", "1/0", (0, 1), "undefined"),
        ("log(D)", "log(1 - x)", (0, 1), "the name 'x' is not known"),
        ("__import__('os').system('true')", "D", (0, 1), "not known"),
        ("D.__class__", "D", (0, 1), "."),
        ("9**9**9", "D", (0, 1), "exponent"),
        ("log(D)" + " + 0*D" * 200, "D", (0, 1), "characters"),
        ("log(D)", "log(1 - D)", (1, 0), "no interval"),
        ("log(D)", "log(1 - D)", "01x", "no interval"),
        ("log(D)", "log(1 - D)", "01", "no interval"),
        ("log(D)", "log(1 - D)", {0, 1}, "no interval"),
        ("log(D)", "-D", (0, "1" + "0" * 39 + "0000"), "no interval"),
        ("log(D)", "-D", (0, 10**400), "in size"),
        (sympy.log(sympy.Symbol("x")), sympy.log(1 - sympy.Symbol("y")), (0, 1), "is in x and fake"),
        ("log(D)", "log(1 - D)", (float("nan"), 1), "no interval"),
        (sympy.Symbol("x") * sympy.Symbol("y"), "D", (0, 1), "variables"),
        (sympy.gamma(sympy.Symbol("x")), "D", (0, 1), "no meaning"),
        (None, "D", (0, 1), "no expression"),
        (np.log, "D", (0, 1), "numeric"),
    ],
)
def test_bad_input_is_one_clear_line(real: Any, fake: Any, domain: Any, words: str) -> None:
    """A DomainError or a ParseError that says what is wrong, and no other exception."""
    with pytest.raises((DomainError, ParseError)) as caught:
        Objective(real, fake, domain=domain)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# losses, the range of D, the ratio from which (above) or below which the sum has no bound
UNBOUNDED = [
    ("-log(1 - D)", "2*log(1 - D) + log(D)", (0, 1), 2.0, True),
    ("-log(1 - D) + D", "2000*log(1 - D) + sqrt(D)", (0, 1), 2000.0, True),
    ("log(D)", "-log(D)/100", (0, 1), 0.01, False),
    ("D", "-1000*sqrt(1 + D**2)", LINE, 1000.0, True),
    ("exp(D)", "-7*exp(D) - D**2", LINE, 7.0, True),
]


@pytest.mark.parametrize(("real", "fake", "domain", "turn", "above"), UNBOUNDED)
@pytest.mark.parametrize("numeric", [False, True], ids=["formula", "numeric"])
def test_an_objective_unbounded_for_some_u_is_refused(
    real: str, fake: str, domain: Any, turn: float, above: bool, numeric: bool
) -> None:
    """With a u on the bad side, and a D at which the sum is large there and grows."""
    losses = [function_of(loss("a loss", text), SCORE) for text in (real, fake)]
    make, given = (Objective.numeric, losses) if numeric else (Objective, (real, fake))
    with pytest.raises(DomainError, match="unbounded") as caught:
        make(*given, domain=domain)
    told = re.search(r"at u = (\S+), .* is (\S+) at D = (\S+), (\S+) at D = (\S+),", str(caught.value))
    assert told is not None
    shown, first, _, second, place = (float(Fraction(number)) for number in told.groups())
    assert (shown > turn) is above
    assert second > first > 0
    assert shown * float(losses[0](place)) + float(losses[1](place)) == pytest.approx(second, rel=0.05)


@pytest.mark.parametrize("text", ["import os", "D if D else 1", "lambda D: D", "D[0]", "D; D", "'a'", "D\x00", "é", ""])
def test_hostile_text_is_refused(text: str) -> None:
    """Nothing but the grammar is read, in any of the three places."""
    for arguments in ((text, "D"), ("D", text)):
        with pytest.raises(ParseError):
            Objective(*arguments)
    with pytest.raises(ParseError):
        Objective("log(D)", "log(1 - D)", generator=text)


def test_the_criterion_that_diverges_beside_an_end_is_infinite() -> None:
    """Pearson of Exp(1) against Gamma(2) is ∫ e^(−x)/x dx = ∞: no finite number is given for it."""
    case = CASES["exponential-gamma"]
    assert BUILT["pearson"].criterion(case.p_data, case.p_g).value == math.inf


def test_a_claimed_conjugate_that_is_no_number_is_refused() -> None:
    """The slopes of squared Hellinger's f end at 1, and log(t − 5) is a number above 5 alone."""
    with pytest.raises(DomainError, match=r"^conjugate is no number anywhere in \(-inf, 1\)"):
        OBJECTIVES["squared-hellinger"]().counterexample(conjugate="log(t - 5)")


def test_a_D_outside_its_range_is_refused() -> None:
    """With its value, where it is, and the range."""
    with pytest.raises(DomainError, match=r"D is 2\.0; its values must lie in \[0, 1\]"):
        BUILT["minimax"].value(P, Q, 2.0)
    with pytest.raises(DomainError, match="probabilities"):
        BUILT["hinge"].value(P, Q, Discriminator(np.tanh))
    with pytest.raises(DomainError, match="slopes"):
        BUILT["wasserstein"].value(P, Q, lambda x: 2 * x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: least_squares(1, 1), "must differ"),
        (lambda: alpha(1), "is a limit"),
        (lambda: label_smoothed(1), "strictly between"),
        (lambda: least_squares("1e400"), "a = '1e400' has too many digits"),
        (lambda: least_squares(0, "1e5000000"), "b = '1e5000000' has too many digits"),
        (lambda: label_smoothed("0.9" + "9" * 30), "label = "),
        (lambda: least_squares(0, float("nan")), "is no number"),
    ],
)
def test_a_parameter_that_means_nothing(make: Any, words: str) -> None:
    """Equal targets, a limiting order, a label that is not smoothed, a number that is none or too long."""
    with pytest.raises(DomainError, match=words):
        make()


def test_a_generator_s_loss_in_another_variable_is_refused() -> None:
    """Each of two variables would be read as D."""
    x, y = sympy.symbols("x y")
    with pytest.raises(DomainError, match="generator = -log\\(y\\) in y"):
        Objective(sympy.log(x), sympy.log(1 - x), generator=-sympy.log(y))
    assert Objective(sympy.log(x), sympy.log(1 - x)).D_star == u / (u + 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--objective", "log(D)", "log(1-D)", "--claims", "mine.py"],
        ["--objective", "D", "D", "--domain", "-inf", "inf"],
        ["--objective", "D**2", "-D"],
        ["--objective", "1", "2"],
        ["--objective", "log(D)", "log(1-x)"],
        ["--objective", "__import__('os')", "D"],
        ["--objective", "log(D)"],
        ["--objective", "log(D)", "log(1-D)", "--domain", "1", "0"],
        ["--objective", "log(D)", "log(1-D)", "no-such-claim"],
        ["--domain", "0", "1"],
        ["--generator-loss", "-log(D)"],
    ],
)
def test_bad_objectives_are_usage_errors(arguments: list[str], capsys: Any) -> None:
    """Exit 4, and one line on standard error."""
    assert main(arguments) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1


def test_errors_are_the_package_s_own() -> None:
    """What is refused can be caught as a ValueError too."""
    with pytest.raises(ValueError, match="unbounded") as caught:
        Objective("D", "D", domain=LINE)
    assert isinstance(caught.value, GanTheoryError)
    assert isinstance(BUILT["kl"].optimum, Estimate)


@pytest.mark.parametrize("losses", [("D", "log(2 - exp(D))"), ("tanh(D)", "-D**2"), ("D", "-softplus(D)")])
def test_an_end_that_is_a_float_beside_exponentials_is_worked_out_in_numbers(losses: Any) -> None:
    """The algebra would take e to the float's own fraction for a power as long; no formula, and no end of it."""
    found = Objective(*losses, domain=(-1.0, 0.6931471805599453))
    assert not found.has_closed_form
    exact = Objective(*losses, domain=(-1, "log(2)"))
    assert found.optimum.value == pytest.approx(exact.optimum.value, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (lambda D: 0 * D + 1, lambda D: 0 * D + 2, "constant"),
        (lambda D: np.log(D) + 0j, np.log1p, "a gives complex128 of shape"),
        (lambda D: 1 / 0, np.log1p, "a raised ZeroDivisionError: division by zero"),
        (lambda D: math.log(D), np.log1p, "write np.log for math.log"),
        (lambda D: [math.log(x) for x in D], lambda D: np.zeros(3), "b gives float64 of shape|a raised"),
        (lambda D: None, np.log1p, "a gives object of shape"),
        (lambda D: "x", np.log1p, "a gives <U1"),
    ],
)
def test_functions_that_are_no_losses(a: Any, b: Any, words: str) -> None:
    """One line of our own, with the loss and the remedy, whatever the function does."""
    with pytest.raises(DomainError, match=words):
        Objective.numeric(a, b)


def test_a_loss_may_be_one_number() -> None:
    """It is that number for every D."""
    found = Objective.numeric(lambda D: -((1 - D) ** 2), lambda D: 0.0)
    assert found.criterion("norm", "norm(1)").value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ({"f": "log(u - 100)"}, "f is no number at u = 1;"),
        ({"D_star": "sqrt(u - 1)"}, "D_star is no number"),
        ({"optimum": math.nan}, "optimum is nan; it must be a finite number"),
        ({"optimum": "x"}, "optimum is 'x'"),
        ({"conjugate": "log(-1 - t**2)"}, "conjugate is no number anywhere"),
    ],
)
def test_a_claim_that_is_no_number_is_not_let_pass(claim: dict[str, Any], words: str) -> None:
    """None would say that nothing is wrong with it."""
    with pytest.raises(DomainError, match=words):
        BUILT["minimax"].counterexample(**claim)


@pytest.mark.parametrize(
    ("a", "b", "domain", "verdict"),
    [
        (lambda D: 12 * (D - 1) ** 11, lambda D: (D - 1) ** 12 - 12 * D * (D - 1) ** 11, (0, 5), Verdict.UNDECIDED),
        (lambda D: 4 * (D - 1) ** 3, lambda D: (D - 1) ** 4 - 4 * D * (D - 1) ** 3, (0, 5), Verdict.HOLDS),
        (lambda D: 1e-13 * np.log(D), lambda D: 1e-13 * np.log1p(-D), (0, 1), Verdict.UNDECIDED),
        (lambda D: 1e16 * np.log(D), lambda D: np.log1p(-D), (0, 1), Verdict.UNDECIDED),
        (lambda D: D, lambda D: -(D**2) / 2, (-1, 0.5), Verdict.REFUTED),
        (lambda D: -(D**2), lambda D: -(D**2), LINE, Verdict.REFUTED),
    ],
    ids=["(u − 1)¹²", "(u − 1)⁴", "tiny", "unlike", "cut off", "blind"],
)
def test_what_numbers_cannot_tell_is_undecided(a: Any, b: Any, domain: Any, verdict: Verdict) -> None:
    """A pair against it is shown only where f is a line near 1 beyond doubt: a higher contact, or rounding, is none."""
    found = Objective.numeric(a, b, domain=tuple(map(float, domain)))
    assert found.is_proper is verdict
    assert (found.improper_pair is None) is (verdict is not Verdict.REFUTED)
