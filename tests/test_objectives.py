"""Any objective: the built-in table against the literature, wrong claims refuted, bad input told in one line."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import LambertW, Max, Piecewise, Rational, Symbol, exp, log, sqrt

from gantheory.claims.any_objective import claims_of
from gantheory.claims.statement import judge
from gantheory.densities import Discrete, Normal, Uniform
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.game import criterion, optimal_discriminator, optimality_gap, value
from gantheory.objectives import OBJECTIVES, Objective, label_smoothed, least_squares
from gantheory.objectives.envelope import Envelope
from gantheory.objectives.quantiles import quantile_distance
from gantheory.panel import PANEL
from gantheory.symbolic.zero_test import is_zero
from gantheory.verdict import Verdict
from gantheory.verify.command_line import main
from gantheory.verify.objective_report import theorem

u: Any = Symbol("u", positive=True)
t: Any = Symbol("t", real=True)
LINE = ("-inf", "inf")
P, Q = Normal(0, 1), Normal(1, 1.5)
CASES = {case.name: case for case in PANEL}
BUILT = {name: make() for name, make in OBJECTIVES.items()}
OF_RATIO = {name: objective for name, objective in BUILT.items() if name != "wasserstein"}

# name: D*(u), f(u), f(1), f*(t), as the literature has them (f up to what the objective itself fixes)
LITERATURE = {
    "minimax": (u / (1 + u), u * log(u / (1 + u)) + log(1 / (1 + u)), -log(4), -log(1 - exp(t))),
    "non-saturating": (u / (1 + u), u * log(u / (1 + u)) + log(1 / (1 + u)), -log(4), -log(1 - exp(t))),
    "least-squares": (u / (1 + u), -u / (2 * (1 + u)), Rational(-1, 4), (1 - sqrt(-2 * t)) ** 2 / 2),
    "hinge": (Piecewise((-1, u < 1), (1, True)), Max(-2, -2 * u), -2, t + 2),
    "kl": (1 + log(u), u * log(u), 0, exp(t - 1)),
    "reverse-kl": (-1 / u, -log(u), 0, -1 - log(-t)),
    "pearson": (2 * (u - 1), (u - 1) ** 2, 0, t**2 / 4 + t),
    "neyman": (1 - 1 / u**2, (u - 1) ** 2 / u, 0, 2 - 2 * sqrt(1 - t)),
    "squared-hellinger": (1 - 1 / sqrt(u), (sqrt(u) - 1) ** 2, 0, t / (1 - t)),
    "jensen-shannon": (log(2 * u / (1 + u)), u * log(u) - (u + 1) * log((u + 1) / 2), 0, -log(2 - exp(t))),
    "jeffreys": (u, (u - 1) * log(u), 0, LambertW(exp(1 - t)) + 1 / LambertW(exp(1 - t)) + t - 2),
    "alpha": (u, (sqrt(u) - 1 - (u - 1) / 2) / Rational(-1, 4), 0, 2 * t / (2 - t)),
    "label-smoothed": (
        Rational(9, 10) * u / (1 + u),
        Rational(9, 10) * u * log(9 * u / (10 * (1 + u))) + (1 + u / 10) * log((10 + u) / (10 * (1 + u))),
        Rational(9, 10) * log(Rational(9, 20)) + Rational(11, 10) * log(Rational(11, 20)),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LITERATURE)
def test_a_built_in_is_as_in_the_literature(name: str) -> None:
    """D*, f, f(1) and f* are the published ones, by the zero test."""
    D_star, f, start, star = LITERATURE[name]
    objective = BUILT[name]
    if name == "hinge":
        assert (objective.D_star, objective.f, objective.conjugate) == (D_star, f, star)
    else:
        assert is_zero(objective.D_star - D_star).proved
        assert is_zero(objective.f - f).proved
        below = Symbol("s", positive=True)  # t = −s, or log 2 − s, or 1 − s: below the ends of f*
        if star is not None:
            top = {"jensen-shannon": log(2), "neyman": 1, "squared-hellinger": 1, "alpha": 2}.get(name, 0)
            at = {t: top - below}
            assert is_zero(sympy.expand((objective.conjugate - star).subs(at))).proved
    assert float(sympy.N(start, 30)) in objective.optimum


def test_every_built_in_is_in_the_table() -> None:
    """None is left out but Wasserstein, which has no f."""
    assert set(LITERATURE) == set(OBJECTIVES) - {"wasserstein"}
    assert BUILT["wasserstein"].f is None


@pytest.mark.parametrize("name", OF_RATIO)
def test_a_built_in_is_proved_and_proper(name: str) -> None:
    """Every step of its derivation is decided; f(1) is attained at p_g = p_data alone."""
    objective = OF_RATIO[name]
    assert objective.derivation.failures == ()
    assert objective.is_proper is Verdict.HOLDS
    assert objective.improper_pair is None


@pytest.mark.parametrize("name", OF_RATIO)
def test_f_is_the_envelope(name: str) -> None:
    """The formula and the numerical supremum agree to the errors that both report."""
    ratios = np.array([0.05, 0.4, 1.0, 1.3, 7.0])
    f, error = OF_RATIO[name].f_at(ratios)
    found, _, unsure = OF_RATIO[name].envelope(ratios)
    assert (np.abs(f - found) <= error + unsure).all()


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("minimax", lambda p, q: criterion(p, q)),
        ("hinge", lambda p, q: 2 * total_variation(p, q) - 2),
        ("kl", lambda p, q: kl_divergence(p, q)),
        ("reverse-kl", lambda p, q: kl_divergence(q, p)),
        ("jensen-shannon", lambda p, q: 2 * js_divergence(p, q)),
        ("wasserstein", lambda p, q: wasserstein_distance(p, q)),
    ],
)
@pytest.mark.parametrize("pair", ["normal-shift", "laplace-shift", "cauchy-shift", "far-apart", "dice", "equal-normal"])
def test_the_criterion_is_the_divergence(name: str, exact: Any, pair: str) -> None:
    """Against the package's own functional of the same pair, within both errors."""
    case = CASES[pair]
    found, wanted = BUILT[name].criterion(case.p_data, case.p_g), exact(case.p_data, case.p_g)
    assert (math.inf in found) if math.isinf(wanted.value) else (0.0 in found - wanted)


def test_the_paper_s_game_by_its_own_road() -> None:
    """The four verbs of the analysed minimax are those of the game, for D* and for a D given by its logit."""
    minimax, D = BUILT["minimax"], Discriminator(lambda x: 0.3 - 0.8 * np.tanh(x))
    assert 0.0 in minimax.value(P, Q, D) - value(P, Q, D)
    assert 0.0 in minimax.optimality_gap(P, Q, D) - optimality_gap(P, Q, D)
    assert 0.0 in minimax.value(P, Q, optimal_discriminator(P, Q)) - criterion(P, Q)
    x = np.linspace(-3, 3, 7)
    assert minimax.optimal_discriminator(P, Q)(x) == pytest.approx(optimal_discriminator(P, Q)(x), rel=1e-14)


@pytest.mark.parametrize("name", OF_RATIO)
def test_the_gap_is_what_is_missing(name: str) -> None:
    """criterion − value = gap for a constant D, and D* has none."""
    objective = OF_RATIO[name]
    D, q = objective.constant_score(), Normal(0.5, 1)
    gap = objective.optimality_gap(P, q, D)
    assert 0.0 in objective.criterion(P, q) - objective.value(P, q, D) - gap
    best = objective.optimal_discriminator(P, q)
    assert 0.0 in objective.optimality_gap(P, q, best)


def test_arrays_on_a_grid() -> None:
    """Every verb takes arrays, and a D that is one."""
    x = np.linspace(-9, 11, 4001)
    p, q = P.pdf(x), Q.pdf(x)
    minimax = BUILT["minimax"]
    exact = criterion(P, Q).value
    assert exact in minimax.criterion(p, q, grid=x)
    best = minimax.optimal_discriminator(p, q, grid=x)
    assert exact in minimax.value(p, q, best, grid=x)
    assert exact in minimax.value(p, q, p / (p + q), grid=x)
    assert 0.0 in minimax.optimality_gap(p, q, p / (p + q), grid=x)


# objective, what is claimed of it: twelve that are false
WRONG = [
    ("pearson", {"conjugate": "t**2/2 + t"}),
    ("pearson", {"conjugate": "t**2/4"}),
    ("jensen-shannon", {"conjugate": "-log(1 - exp(t))"}),
    ("kl", {"conjugate": "exp(t)"}),
    ("reverse-kl", {"conjugate": "-log(-t)"}),
    ("squared-hellinger", {"conjugate": "t/(1 + t)", "conjugate_on": (-0.99, 50.0)}),
    ("neyman", {"conjugate": "2 - sqrt(1 - t)"}),
    ("minimax", {"f": "u*log(u) - (1 + u)*log((1 + u)/2)"}),
    ("minimax", {"D_star": "1/(1 + u)"}),
    ("least-squares", {"f": "-u/(1 + u)"}),
    ("hinge", {"f": "-1 - min(0, 1 - u)"}),
    ("label-smoothed", {"optimum": -math.log(4.0)}),
    ("label-smoothed", {"D_star": "u/(1 + u)"}),
    ("jeffreys", {"f": "u*log(u)"}),
]


@pytest.mark.parametrize(("name", "claim"), WRONG, ids=[f"{n}-{next(iter(c.values()))}" for n, c in WRONG])
def test_a_planted_error_has_a_finite_counterexample(name: str, claim: dict[str, Any]) -> None:
    """The u at which it fails, and two finite numbers that differ there."""
    found = BUILT[name].counterexample(**claim)
    assert found is not None
    assert math.isfinite(found.claimed)
    assert math.isfinite(found.found)
    assert abs(found.claimed - found.found) > 1e-6


@pytest.mark.parametrize("name", OF_RATIO)
def test_what_is_true_has_none(name: str) -> None:
    """The objective's own f, D*, conjugate and optimum stand."""
    objective = OF_RATIO[name]
    claim = {"f": objective.f, "D_star": objective.D_star, "optimum": objective.optimum.value}
    claim = {what: expr for what, expr in claim.items() if name != "hinge" or what == "optimum"}
    if objective.conjugate is not None:
        claim["conjugate"] = objective.conjugate
    assert objective.counterexample(**claim) is None


def test_what_is_not_proper_is_shown_by_a_pair() -> None:
    """A hinge whose corner is at u = 2 tells nothing apart near u = 1."""
    objective = Objective("min(0, D - 1)/2", "min(0, -D - 1)", domain=LINE)
    assert objective.is_proper is Verdict.REFUTED
    p, q = objective.improper_pair or (None, None)
    assert p != q
    assert objective.optimum.value in objective.criterion(p, q)


@pytest.mark.parametrize(
    ("real", "fake", "domain"),
    [("-D**2", "-D**2", LINE), ("D", "D", (0, 1)), ("log(D)", "2*log(D)", (0, 1))],
)
def test_a_best_D_that_does_not_see_p_over_q_is_not_proper(real: str, fake: str, domain: Any) -> None:
    """f is a line, and laws far apart have the criterion of equal ones."""
    objective = Objective(real, fake, domain=domain)
    assert objective.is_proper is Verdict.REFUTED
    assert 0.0 in objective.criterion(P, Q) - objective.optimum


def test_half_of_the_fake_loss_is_proper_and_not_the_paper_s_game() -> None:
    """D* = 2p/(2p + q), f(1) = log 2 − 1.5·log 3, not −log 4."""
    half = Objective("log(D)", "log(1 - D)/2")
    assert half.D_star == 2 * u / (2 * u + 1)
    assert math.log(2.0) - 1.5 * math.log(3.0) in half.optimum
    assert half.is_proper is Verdict.HOLDS
    found = half.counterexample(optimum=-math.log(4.0))
    assert found is not None
    assert found.found == pytest.approx(-0.954771, abs=1e-6)


@pytest.mark.parametrize("label", ["0.9", "0.95"])
def test_a_smoothed_label_is_proper_and_not_the_paper_s_game(label: str) -> None:
    """f(1) is not −log 4 and D* is not ½ there; but no p_g does better than p_data."""
    objective = label_smoothed(label)
    s = Fraction(label)
    assert objective.optimal_value(0.0) == pytest.approx(float(s) / 2)
    assert -math.log(4.0) not in objective.optimum
    assert objective.is_proper is Verdict.HOLDS
    assert objective.criterion(P, Q) > objective.optimum


def test_the_generator_s_own_losses() -> None:
    """−log D descends 2·KL(m‖p); least squares (0, 1, 1) is proper, (−1, 1, 0) gains by leaving p_data."""
    own = BUILT["non-saturating"].own_loss
    assert str(own.divergence_name) == "2·KL(m‖p)"
    assert own.is_proper is Verdict.HOLDS
    assert own.derivation.proved
    m = Discrete([0.0, 1.0], [0.4, 0.6])
    p, q = Discrete([0.0, 1.0], [0.5, 0.5]), Discrete([0.0, 1.0], [0.3, 0.7])
    assert own.value(p, q) == pytest.approx(2 * kl_divergence(m, p).value, abs=1e-12)
    assert least_squares(0, 1, 1).own_loss.is_proper is Verdict.HOLDS
    away = least_squares(-1, 1, 0).own_loss
    assert away.is_proper is Verdict.REFUTED
    assert away.value(*away.improper_pair) < -1e-3


@pytest.mark.parametrize(
    ("name", "pull"),
    [
        ("minimax", 0),
        ("non-saturating", 1),
        ("least-squares", 1),
        ("hinge", 1),
        ("label-smoothed", 0),
        ("wasserstein", 1),
    ],
)
def test_what_pulls_where_D_is_sure(name: str, pull: int) -> None:
    """The paper's minimax loss saturates where D rejects the samples; the others named here do not."""
    assert BUILT[name].pull == pull
    assert BUILT[name].saturates is (pull == 0)


def test_an_objective_without_formulas_works_in_numbers() -> None:
    """Functions give the same criterion, to what is reported, and prove nothing."""
    found = Objective.numeric(np.log, lambda D: np.log1p(-D))
    assert found.derivation is None
    assert (found.f, found.D_star, found.conjugate) == (None, None, None)
    assert found.is_proper is Verdict.HOLDS
    for p, q in ((P, Q), (Uniform(0, 2), Uniform(1, 3)), (P, P)):
        assert 0.0 in found.criterion(p, q) - criterion(p, q)
    assert found.optimal_value(0.0) == pytest.approx(0.5, abs=1e-6)


def test_an_objective_without_a_closed_form_says_so() -> None:
    """u/D = e^D has Lambert's W for a root: D* is found in numbers, and f is proved strictly convex all the same."""
    found = Objective("log(D)", "-exp(D)", domain=(0, "inf"))
    assert not found.has_closed_form
    assert found.is_proper is Verdict.HOLDS
    assert found.derivation.proved
    omega = 0.5671432904097838  # W(1)
    assert math.log(omega) - math.exp(omega) in found.optimum
    assert found.criterion(Uniform(0, 1), Uniform(2, 3)).value == math.inf


@pytest.mark.parametrize("pair", ["normal-scale", "uniform-overlap", "exponential-gamma", "dice", "point-masses"])
def test_wasserstein_by_three_roads(pair: str) -> None:
    """The area between cdfs, between quantiles, and the best D of slopes of at most 1."""
    case, objective = CASES[pair], BUILT["wasserstein"]
    exact = objective.criterion(case.p_data, case.p_g)
    assert 0.0 in exact - quantile_distance(case.p_data, case.p_g)
    D = objective.optimal_discriminator(case.p_data, case.p_g)
    assert 0.0 in objective.value(case.p_data, case.p_g, D) - exact


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("neyman", "grows without end: the loss pulls, ever harder"),
        ("minimax", "tends to 0: the loss saturates"),
        ("hinge", "tends to 1: the loss pulls"),
        ("label-smoothed", "no closed form that could be confirmed: it is found in numbers"),
    ],
)
def test_the_theorem_is_told_in_sentences(name: str, words: str) -> None:
    """Where the gradient goes, by the limit that it has; and what there is no formula for."""
    assert any(words in content for _, content in theorem(BUILT[name]))


def test_claims_of_an_objective_find_a_wrong_f() -> None:
    """The tester is tested: with an f off by a thousandth the claims no longer hold."""
    objective = Objective("log(D)", "log(1 - D)/2")
    losses = objective._losses
    right = losses.f_on_log
    object.__setattr__(losses, "__dict__", {**losses.__dict__, "f_on_log": lambda r: 1.001 * right(r)})
    case = CASES["normal-shift"]
    verdicts = {claim.id: [judge(s, [case]).verdict for s in _numerical(claim)] for claim in claims_of(objective)}
    for name in ("best-response", "divergence", "conjugate"):
        assert Verdict.REFUTED in verdicts[name], name


def test_an_f_that_is_too_small_is_passed_by_a_constant() -> None:
    """The gap is not cut at 0: with f a tenth too low its integral is negative, and says so."""
    objective = Objective("log(D)", "log(1 - D)")
    losses = objective._losses
    below, above = losses.f_on_log, losses.f_over_u_on_log
    lowered = {"f_on_log": lambda r: below(r) - 0.1, "f_over_u_on_log": lambda r: above(r) - 0.1}
    object.__setattr__(losses, "__dict__", {**losses.__dict__, **lowered})
    gap = objective.optimality_gap("norm(0, 1)", "norm(0, 1)", 0.5)
    assert -0.11 < gap.value + gap.error < 0.0


@pytest.mark.parametrize("losses", [("D", "-D**2/2"), (np.tanh, lambda D: -np.cosh(D))])
def test_an_objective_in_numbers_alone_is_decided(losses: Any) -> None:
    """Without a closed form nothing is said to be proved, everything is decided, and every claim has its control."""
    a, b = losses
    objective = Objective(a, b) if isinstance(a, str) else Objective.numeric(a, b, domain=(0, math.inf))
    case = CASES["normal-shift"]
    for claim in claims_of(objective):
        kinds = {"N"} if objective.derivation is None or not objective.derivation.proved else {"N", "P"}
        assert set(claim.statements) <= kinds
        assert all(judge(s, [case]).verdict is not Verdict.UNDECIDED for s in _numerical(claim)), claim.id
        equal = [CASES[name] for name in claim.controls[0].cases]
        assert judge(claim.controls[0], equal).verdict is Verdict.REFUTED, claim.id


def _numerical(claim: Any) -> tuple[Any, ...]:
    found = claim.statements["N"]
    return found if isinstance(found, tuple) else (found,)


def test_the_envelope_counts_an_infinity_of_a_loss() -> None:
    """log D keeps rising on (0, ∞), −e^D does not: mass of p alone is worth ∞, of q alone −1."""
    low, high = Envelope(np.log, lambda y: -np.exp(y), 0.0, math.inf).ends
    assert low == pytest.approx(-1.0)
    assert high == math.inf


@pytest.mark.parametrize(
    ("name", "curvature"),
    [
        ("minimax", 1 / 2), ("non-saturating", 1 / 2), ("least-squares", 1 / 8), ("label-smoothed", 9 / 22), ("kl", 1),
        ("reverse-kl", 1), ("pearson", 2), ("neyman", 2), ("squared-hellinger", 1 / 2), ("jensen-shannon", 1 / 2),
        ("jeffreys", 2), ("alpha", 1),
    ],
)  # fmt: skip
def test_the_criterion_rises_by_half_its_curvature(name: str, curvature: float) -> None:
    """f″(1), as in the literature; of N(0, 1) and N(ε, 1) ∫(p − q)²/q is e^(ε²) − 1."""
    objective, eps = BUILT[name], 2e-3
    assert curvature in objective.curvature
    risen = objective.criterion("norm(0, 1)", Normal(eps, 1)) - objective.optimum
    share = float(risen.value) / (0.5 * math.expm1(eps**2))
    assert share == pytest.approx(curvature, rel=1e-4)


def test_a_curvature_that_is_none() -> None:
    """A corner at 1, a jump of f″ there, and a line."""
    assert BUILT["hinge"].curvature.value == math.inf
    jumps = Objective("D", "-D*log(D)")
    assert (jumps.curvature, jumps.exact_curvature) == (None, None)
    assert Objective("D", "-D**2/2", domain=(0, 0.5)).curvature.value == 0.0


@pytest.mark.parametrize(
    ("a", "b", "domain", "curvature"),
    [
        (np.log, lambda D: np.log1p(-D), (0, 1), 0.5),
        (lambda D: D, lambda D: -np.exp(D - 1), (-30, 30), 1.0),
        (lambda D: np.minimum(0, D - 1), lambda D: np.minimum(0, -D - 1), (-3, 3), math.inf),
        (lambda D: D, lambda D: -D * D / 2, (0, 1), None),
    ],
)
def test_a_curvature_in_numbers(a: Any, b: Any, domain: Any, curvature: float | None) -> None:
    """By differences of the slope, with their error; ∞ at a corner, None at a jump of f″."""
    found = Objective.numeric(a, b, domain=domain).curvature
    assert found is None if curvature is None else curvature in found
    assert found is None or found.error < 1e-4


# -- the command line ------------------------------------------------------------------------------------------------


def test_the_command_line_tells_the_theorem(capsys: Any, monkeypatch: Any) -> None:
    """The paper's game: D*, its divergence, that it is proper, and its proof; exit 0."""
    monkeypatch.setenv("COLUMNS", "120")
    for more in ([], ["-v"]):
        assert main(["--objective", "log(D)", "log(1-D)", *more]) == 0
        out = capsys.readouterr().out
        for words in (
            "u/(u + 1)",
            "2·JSD(p‖q)",
            "proper",
            "every one checked",
            "(f*)′(T*)",
            "f″(1) = ½: f is convex",
        ):
            assert words in out
        assert out.count("the slope vanishes at D*") == 1
    assert main(["--objective", "log(D)", "log(1-D)", "-q"]) == 0
    assert "the slope vanishes" not in capsys.readouterr().out


def test_the_command_line_refutes_the_paper_s_optimum_for_another_objective(capsys: Any, monkeypatch: Any) -> None:
    """(log D, ½ log(1 − D)): proper, log 2 − 1.5·log 3, and the counterfeit −log 4 refuted; exit 0."""
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["--objective", "log(D)", "log(1-D)/2"]) == 0
    out = capsys.readouterr().out
    for words in ("2·u/(2·u + 1)", "-0.95477125244", "proper", "optimum −log 4", "controls refuted: 5 of 5"):
        assert words in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["min(0,D-1)", "min(0,-1-D)", "--domain", "-inf", "inf", "--generator-loss", "-D"],
        ["-(D-1)**2/2", "-(D+1)**2/2", "--domain", "-inf", "inf", "--generator-loss", "D**2/2"],
        ["-D**2", "-D**2", "--domain", "-inf", "inf"],
        ["log(D)", "log(1-D)", "--p-data", "norm(0,1)", "--p-g", "norm(1,1)"],
    ],
)
def test_other_objectives_on_the_command_line(arguments: list[str], capsys: Any) -> None:
    """Expressions and ends may begin with a minus; every verdict holds."""
    assert main(["--objective", *arguments, "-q"]) == 0


@pytest.mark.parametrize(
    ("p", "q", "exact"),
    [("uniform(0, 1)", "uniform(2, 1)", 0.0), ("uniform(0, 1)", "uniform(0.5, 1)", -0.125)],
)
def test_mass_of_one_law_alone_is_paid_what_it_can_be(p: str, q: str, exact: float) -> None:
    """Least squares by functions: the largest loss lies between the places at which it was looked at."""
    squares = Objective.numeric(
        lambda D: -((D - 1) ** 2) / 2, lambda D: -(D**2) / 2, domain=(-float("inf"), float("inf"))
    )
    found = squares.criterion(p, q)
    assert abs(float(found.value) - exact) <= float(found.error)
    assert found.basis == "estimate"


def test_a_conjugate_whose_own_conjugate_is_infinite_is_refuted_by_a_finite_value() -> None:
    """t/(1 + t) for squared Hellinger's t/(1 − t): Young's inequality fails at a slope of f; the right one stands."""
    hellinger = BUILT["squared-hellinger"]
    found = hellinger.counterexample(conjugate="t/(1 + t)")
    assert found is not None
    assert math.isfinite(found.claimed)
    assert found.claimed > found.found
    assert "f**(u) would be at least" in str(found)
    assert hellinger.counterexample(conjugate="t/(1 - t)") is None
    far = BUILT["pearson"].counterexample(conjugate="sqrt(abs(t))")  # a search for its supremum stops near 1e300
    assert far is not None
    assert (far.at_least, far.claimed < 1e10) == (True, True)
