"""What training follows, and the Dirac-GAN, in symbols: lines proved, and checked against numbers by another road."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Symbol, exp, log

from gantheory.dirac import DiracGAN
from gantheory.symbolic import RULES, dirac, practice
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import D, p, q
from gantheory.symbolic.proof import Proof
from gantheory.verify.transliteration import transliterated

DERIVATIONS: dict[str, Callable[..., Derivation]] = {
    "alg1.saturation": practice.saturation,
    "alg1.non-saturating": practice.non_saturating,
    "alg1.own-loss": practice.own_loss,
    "alg1.vanishing": practice.vanishing,
    "dirac.eigenvalues": dirac.eigenvalues,
}
FALSE = (
    ("alg1.saturation", "equal gradients"),
    ("alg1.non-saturating", "KL alone"),
    ("alg1.own-loss", "LSGAN(-1,1,0) descends Pearson"),
    ("alg1.vanishing", "slightly overlapping supports"),
    ("dirac.eigenvalues", "simultaneous descent converges"),
    ("dirac.eigenvalues", "alternating descent keeps its ellipse for the logistic loss"),
)
ALGEBRA = {
    "zero test",
    "coefficients of one sign",
    "interval arithmetic",
    "calculus",
    "calculus: a limit with 0·log 0 = 0",
}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_derivation_is_proved(name: str) -> None:
    """Under its claim's own name, every step decided in its favour by algebra, calculus or a rule of the list."""
    derivation = DERIVATIONS[name]()
    assert derivation.name == name
    assert derivation.failures == ()
    for step in derivation.steps:
        assert step.reason
        assert all(0 < n < step.number for n in step.premises)
        parts = {part.removeprefix("stated: ") for part in step.decision.method.split(", ")}
        assert parts <= ALGEBRA | set(RULES)
    assert sum(step.stated for step in derivation.steps) == (name.startswith("alg1") and name != "alg1.saturation")


@pytest.mark.parametrize(("name", "counterfeit"), FALSE)
def test_counterfeit_is_refuted_at_a_rational_point(name: str, counterfeit: str) -> None:
    """By a witness, not merely left unproved."""
    derivation = DERIVATIONS[name](counterfeit)
    assert derivation.refuted
    step = next(step for step in derivation.failures if step.refuted)
    assert float(step.decision.value) != 0
    assert all(value.is_Rational or isinstance(value, sympy.Tuple) for value in step.decision.witness.values())


@pytest.mark.parametrize("name", DERIVATIONS)
def test_text_and_latex(name: str) -> None:
    """No line wider than asked, no code among the formulas, ASCII for every character, balanced LaTeX."""
    derivation = DERIVATIONS[name]()
    text, latex = derivation.text(width=96), derivation._repr_latex_()
    assert max(map(len, text.splitlines())) <= 96
    assert not any(word in text for word in ("**", "Int(", "Matrix", "Dummy"))
    assert "?" not in transliterated(text, "ascii")
    assert latex.count("{") == latex.count("}")
    assert latex.count("\\left") == latex.count("\\right")


def line(name: str, left: str, where: str = "") -> Any:
    """The right side of the one step that is about `left`."""
    steps = DERIVATIONS[name]().steps
    (step,) = (s for s in steps if str(s.lhs) == left and s.where == where)
    return step.rhs


# -- practice ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [-30.0, -1.0, 0.5, 4.0])
def test_gradients_of_the_losses_by_complex_step(a: float) -> None:
    """∂ log(1 − σ(a)) and ∂ log σ(a) as the derivation has them, against a complex step."""
    step, symbol = 1e-30, Symbol("a", real=True)
    odds = np.exp(a + 1j * step)
    for name, found in (
        ("∂ log(1 − D)/∂a", -np.log1p(odds).imag / step),
        ("∂ log D/∂a", (a - np.log1p(odds) + 1j * step).imag / step),
    ):
        claimed = float(line("alg1.saturation", name).subs(symbol, a).evalf())
        assert claimed == pytest.approx(found, rel=1e-12)


def test_what_the_non_saturating_loss_descends_by_differences() -> None:
    """On ten points, −log D* held fixed is the derivative of KL(q‖p) − 2·JSD along every direction of mass 0."""
    rng = np.random.default_rng(7)
    P, Q, h = rng.dirichlet(np.ones(10)), rng.dirichlet(np.ones(10)), rng.normal(size=10)
    h -= h.mean()

    def descended(law: Any) -> Any:
        m = (P + law) / 2
        jsd = (P @ np.log(P / m) + law @ np.log(law / m)) / 2
        return law @ np.log(law / P) - 2 * jsd

    step = 1e-30
    slope = descended(Q + 1j * step * h).imag / step
    claimed = line("alg1.non-saturating", "∂/∂q of 2m log(m/p)")
    values = sympy.lambdify((p, q), claimed, "numpy")(P, Q)
    assert values @ h == pytest.approx(slope, rel=1e-12)
    assert -np.log(P / (P + Q)) @ h == pytest.approx(slope, rel=1e-12)
    assert np.log(Q / P) @ h != pytest.approx(slope, rel=1e-3)  # KL's own gradient


def test_a_wrong_functional_for_a_loss_is_refused() -> None:
    """F(w) = w log w has not F′(w) = log(w/(1+w)), and ℓ increasing makes no convex F."""
    w = practice.w
    proof = Proof("planted", "a planted error")
    proof.derivative("F′(w)", w * log(w), w, log(1 - 1 / (1 + w)), "minimax would descend KL(q‖p)")
    assert proof.steps[-1].refuted
    proof.compare(sympy.diff(1 / (1 + w), w), ">", 0, "ℓ(D) = D would make F convex")
    assert proof.steps[-1].refuted


def test_the_gradient_of_an_imperfect_discriminator_does_not_vanish() -> None:
    """∂ log(1 − D) = 0 for every D and ∂D would be false."""
    proof = Proof("planted", "a planted error", domains={D: (0, 1)})
    proof.equal(-Symbol("∂D", real=True) / (1 - D), 0, "for every D")
    assert proof.steps[-1].refuted


NEAR, s_, ds, dG = practice.EDGE, practice.SHAPE, practice.SHAPE_SLOPE, practice.MOVE


@pytest.mark.parametrize(
    ("loss", "shape", "holds"),
    [
        (lambda D: log(1 - D), lambda s: NEAR * s, True),
        (lambda D: log(1 - D), lambda s: NEAR + s, False),  # not constant where it is perfect
        (lambda D: log(1 - D), lambda s: s, False),
        (lambda D: -log(D), lambda s: NEAR * s, False),
    ],
)
def test_only_a_discriminator_that_is_constant_pulls_nothing(loss: Any, shape: Any, holds: bool) -> None:
    """The pull has the limit 0 for log(1 − D) at D = ε·s, and neither for another D nor for −log D."""
    proof = Proof("planted", "a planted error")
    proof.limit(practice.through_generator(loss, shape), NEAR, 0, "no gradient on G")
    assert proof.steps[-1].proved is holds
    assert proof.steps[-1].refuted is not holds


@pytest.mark.parametrize(
    "claimed",
    [
        NEAR * ds * dG / (1 - NEAR * s_),
        -NEAR * ds * dG / (1 + NEAR * s_),
        -ds * dG / (1 - NEAR * s_),
        -NEAR * ds * dG,
        0,
    ],
    ids=["sign", "1 + D", "ε left out", "no division", "nothing for every D"],
)
def test_a_wrong_pull_through_the_discriminator_is_refused(claimed: Any) -> None:
    """∂ log(1 − D(G)) is −D′(G)·∂G/(1 − D(G)) and no other."""
    proof = Proof("planted", "a planted error")
    pull = practice.through_generator(lambda D: log(1 - D), lambda s: NEAR * s)
    proof.equal(pull, claimed, "planted")
    assert proof.steps[-1].refuted


def test_the_pull_against_numbers() -> None:
    """D = ε·e^x at G = θ³: ∂ log(1 − D(G)) by a complex step in θ."""
    theta, eps, step = 0.7, 0.2, 1e-30
    found = np.log(1 - eps * np.exp((theta + 1j * step) ** 3)).imag / step
    at = np.exp(theta**3)
    pull = practice.through_generator(lambda D: log(1 - D), lambda s: NEAR * s)
    assert float(pull.subs({NEAR: eps, s_: at, ds: at, dG: 3 * theta**2})) == pytest.approx(found, rel=1e-12)


def test_least_squares_with_symmetric_targets_has_a_lower_law_than_p() -> None:
    """∫ p·F(q/p) for q/p = 1 ± b on the halves of p, by F(w) = ½(w − 4 log(1+w) − 4/(1+w)), is below F(1)."""

    def F(ratio: float) -> float:
        return 0.5 * (ratio - 4 * np.log1p(ratio) - 4 / (1 + ratio))

    assert 0.5 * (F(0.6) + F(1.4)) < F(1.0) - 1e-4


# -- the Dirac-GAN -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "method"),
    [
        ("simultaneous", "simultaneous"),
        ("R1 and R2", "r1"),
        ("R1 and R2", "r2"),
        ("instance noise", "instance noise"),
        ("consensus", "consensus"),
    ],
)
def test_moduli_against_those_of_the_game(where: str, method: str) -> None:
    """|1 + hλ|² of the derivation, against the eigenvalues of the numerical game's own Jacobian."""
    claimed = line("dirac.eigenvalues", "|1 + hλ|²", where)
    for strength, h in ((0.3, 0.1), (0.8, 0.7), (0.1, 1.5)):
        known = {dirac.h: h, dirac.weight: strength, dirac.spread: strength}
        moduli = np.abs(np.linalg.eigvals(np.eye(2) + h * DiracGAN(method, strength=strength).jacobian())) ** 2
        assert moduli == pytest.approx(float(claimed.subs(known)), rel=1e-12)


def test_the_sign_of_psi_is_that_of_the_game() -> None:
    """The velocities of the derivation are the game's field, and those of the 2018 paper the field at −ψ."""
    there = "f(θψ), the sign of the 2018 paper"
    for theta, psi in ((0.7, -0.4), (-1.2, 2.0), (0.3, 0.9)):
        known = {dirac.theta: theta, dirac.psi: psi}
        for where, sign in (("", 1), (there, -1)):
            found = [float(line("dirac.eigenvalues", f"velocity of {name}", where).subs(known)) for name in "θψ"]
            assert found == pytest.approx(DiracGAN().field(theta, sign * psi) * [1, sign], rel=1e-12)
    noisy = np.array(dirac.blurred().subs(dirac.spread, 0.6), dtype=float)
    assert noisy == pytest.approx(DiracGAN("instance noise", strength=0.6).jacobian())


def test_the_other_sign_of_psi_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With f(θψ) for f(−θψ) the velocities are refuted."""
    monkeypatch.setattr(dirac, "V", dirac.V.subs(dirac.psi, -dirac.psi))
    derivation = dirac.eigenvalues()
    assert {str(step.lhs) for step in derivation.failures if step.refuted} >= {"velocity of θ", "velocity of ψ"}


def test_simultaneous_descent_grows_by_the_law() -> None:
    """A hundred steps of the logistic Dirac-GAN, each multiplying |(θ, ψ)|² as the exact law has it."""
    claimed, game, at = line("dirac.eigenvalues", "|(θ⁺, ψ⁺)|²", "simultaneous"), DiracGAN(step=0.4), (1.0, 0.3)
    for _ in range(100):
        theta, psi = at
        slope = float(game.slope(-theta * psi))
        wanted = float(claimed.subs({dirac.theta: theta, dirac.psi: psi, dirac.h: game.step, dirac.slope: slope}))
        at = game.after(theta, psi)
        assert at[0] ** 2 + at[1] ** 2 == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(("loss", "c", "kept"), [("bilinear", 1.0, True), ("logistic", 0.5, False)])
def test_the_ellipse_of_alternating_descent(loss: str, c: float, kept: bool) -> None:
    """θ² + ψ² + hcθψ stays for the constant slope c = 1 over a thousand steps, and not for the logistic one."""
    game, name = DiracGAN("alternating", loss, 0.5), "θ² + ψ² + hcθψ after a step"
    ellipse = line("dirac.eigenvalues", name, "alternating, f′ = c constant")
    symbols = (dirac.theta, dirac.psi)
    known = {dirac.h: game.step} | {s: c for s in ellipse.free_symbols if s.name == "c"}
    values = sympy.lambdify(symbols, ellipse.subs(known))(*game.trajectory((1.5, 0.2), 1000).T)
    assert bool(np.abs(values - values[0]).max() < 1e-11) is kept


@pytest.mark.parametrize("factor", [sympy.Rational(1, 2), 2])
def test_a_wrong_growth_law_is_refused(factor: Any) -> None:
    """1 + h²f′² and no other."""
    theta, psi, h, slope = dirac.theta, dirac.psi, dirac.h, dirac.slope
    proof = Proof("planted", "a planted error")
    moved = (theta + h * psi * slope) ** 2 + (psi - h * theta * slope) ** 2
    proof.equal(moved, (1 + factor * h**2 * slope**2) * (theta**2 + psi**2), "another factor")
    assert proof.steps[-1].refuted


def test_a_wrong_slope_of_the_logistic_loss_is_refused() -> None:
    """f′ is 1/(1 + e^t) and not 1/(1 + e^(−t))."""
    proof = Proof("planted", "a planted error")
    proof.derivative("f′(t)", dirac.f, dirac.t, 1 / (1 + exp(-dirac.t)), "turned round")
    assert proof.steps[-1].refuted


@pytest.mark.parametrize("wrong", [0, sympy.Rational(1, 4), 1])
def test_a_wrong_weight_of_the_penalty_is_refused(wrong: Any) -> None:
    """½γψ² damps by γ; another weight has another characteristic polynomial."""
    found = dirac.jacobian(dirac.field(dirac.V, wrong * dirac.weight * dirac.psi**2))
    proof = Proof("planted", "a planted error")
    proof.equal(-found.trace(), dirac.weight, "planted")
    assert proof.steps[-1].refuted


def test_a_ratio_of_real_eigenvalues_is_not_conjugate() -> None:
    """Past γ = 1 the eigenvalues of R1 are real, and the line that says they are conjugate is refuted."""
    matrix = dirac.jacobian(dirac.field(dirac.V, dirac.weight * dirac.psi**2 / 2))
    proof = Proof("planted", "a planted error")
    proof.compare(sympy.expand(matrix.trace() ** 2 - 4 * matrix.det()), "<", 0, "for every γ")
    assert proof.steps[-1].refuted
