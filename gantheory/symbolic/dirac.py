"""The Dirac-GAN (Mescheder et al. 2018): p_data = δ₀, p_g = δ_θ, logit D(x) = ψx, and f(t) = −log(1 + e^(−t)).

Simultaneous descent of L = f(θψ) + f(0) (θ down, ψ up) steps along u = (−ψ, θ)·f′(θψ), whose Jacobian at the
equilibrium (0, 0) has the eigenvalues ±i/2. A linear step of size h multiplies by 1 + hλ: its modulus, squared, is the
determinant of the step where the eigenvalues are conjugate, which is how each method is judged here.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, exp, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.proof import Proof

__all__ = ["eigenvalues"]

theta, psi, lam, t = sympy.symbols("θ ψ λ t", real=True)
h: Any = Symbol("h", positive=True)
weight: Any = Symbol("γ", positive=True)
spread: Any = Symbol("σ", positive=True)
slope, after = (Symbol(name, positive=True) for name in ("f′(θψ)", "f′(θ⁺ψ)"))
f: Any = -log(1 + exp(-t))
HALF = Rational(1, 2)
NEUTRAL = (
    "alternating descent is neutral to first order only: a bilinear f makes it cycle on an ellipse, and the logistic f "
    "keeps no such ellipse, nor areas"
)


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def _at_zero(expr: Any) -> Any:
    return expr.subs({theta: 0, psi: 0})


def _jacobian(field: tuple[Any, Any]) -> list[list[Any]]:
    return [[_at_zero(sympy.diff(component, s)) for s in (theta, psi)] for component in field]


def _field() -> tuple[Any, Any]:
    f1 = 1 / (1 + exp(theta * psi))
    return -psi * f1, theta * f1


def eigenvalues(counterfeit: str | None = None) -> Derivation:
    """±i/2; the exact growth 1 + h²f′(θψ)²; the modulus of 1 + hλ for each method."""
    proof = Proof(
        "dirac.eigenvalues",
        "Dirac-GAN: the eigenvalues ±i/2, exact growth 1 + h²f′(θψ)² of simultaneous descent, |1 + hλ| by method",
        hypotheses=(
            "p_data = δ₀, p_g = δ_θ, logit D(x) = ψx; L = f(θψ) + f(0), f(t) = −log(1 + e^(−t)), rate h > 0 for both",
            "where the eigenvalues are conjugate, |1 + hλ|² is the determinant of the linear step",
        ),
        slips=(NEUTRAL,),
        counterfeit=counterfeit,
    )
    if counterfeit == "simultaneous descent converges":
        growth = 1 + h**2 * slope**2
        proof.compare(growth, "<", 1, "|(θ, ψ)|² would shrink")
        return proof.derivation()
    if counterfeit == "alternating descent keeps its ellipse for the logistic loss":
        moved = theta + h * _field()[0]
        other = psi + h * moved / (1 + exp(moved * psi))
        kept = moved**2 + other**2 - h * moved * other / 2
        reason = "with f′(0) = ½ for the constant c of the bilinear f"
        proof.equal(kept, _ellipse(HALF), reason, shown=_named("θ² + ψ² − hcθψ after a step"))
        return proof.derivation()
    _equilibrium(proof)
    _simultaneous(proof)
    _alternating(proof)
    _damped(proof)
    return proof.derivation()


def _equilibrium(proof: Proof) -> None:
    """f′, the Jacobian at (0, 0) and its characteristic polynomial."""
    proof.derivative("f′(t)", f, t, 1 / (1 + exp(t)), "f(t) = −log(1 + e^(−t))")
    proof.equal((1 / (1 + exp(t))).subs(t, 0), HALF, "at the equilibrium", shown=_named("f′(0)"))
    proof.derivative("f″(t)", f, t, -exp(t) / (1 + exp(t)) ** 2, "twice", order=2)
    game = f.subs(t, theta * psi)
    for sign, variable, component in zip((-1, 1), (theta, psi), _field()):
        shown = f"velocity of {variable.name}"
        proof.derivative(shown, sign * game, variable, component, "θ descends L, ψ climbs it")
    for name, row, wanted in zip(("θ", "ψ"), _jacobian(_field()), ((0, -HALF), (HALF, 0))):
        for column, entry, claimed in zip(("θ", "ψ"), row, wanted):
            proof.equal(entry, claimed, "at (0, 0)", shown=_named(f"∂(velocity of {name})/∂{column}"))
    _characteristic(proof, _jacobian(_field()), lam**2 + Rational(1, 4), "so λ = ±i/2", "simultaneous")


def _characteristic(proof: Proof, matrix: Any, claimed: Any, reason: str, method: str) -> int:
    polynomial = sympy.expand((lam * sympy.eye(2) - sympy.Matrix(matrix)).det())
    return proof.equal(polynomial, claimed, reason, shown=_named("det(λ − J)"), where=method)


def _step(proof: Proof, matrix: Any, claimed: Any, reason: str, method: str) -> int:
    """|1 + hλ|² as the determinant of 1 + hJ."""
    determinant = sympy.expand((sympy.eye(2) + h * sympy.Matrix(matrix)).det())
    return proof.equal(determinant, claimed, reason, shown=_named("|1 + hλ|²"), where=method)


def _simultaneous(proof: Proof) -> None:
    """|(θ, ψ)|² grows by exactly 1 + h²·f′(θψ)² at each step."""
    moved = (theta - h * psi * slope) ** 2 + (psi + h * theta * slope) ** 2
    claimed = (1 + h**2 * slope**2) * (theta**2 + psi**2)
    proof.equal(moved, claimed, "exactly, for every f", shown=_named("|(θ⁺, ψ⁺)|²"), where="simultaneous")
    proof.compare(h**2 * slope**2, ">", 0, "f′ > 0: it moves away at every step", where="simultaneous")
    _step(proof, _jacobian(_field()), 1 + h**2 / 4, "to first order the same: f′(0) = ½", "simultaneous")


def _ellipse(c: Any) -> Any:
    """What alternating descent keeps where f′ is the constant c."""
    return theta**2 + psi**2 - h * c * theta * psi


def _alternating(proof: Proof) -> None:
    """Neutral to first order; a bilinear f cycles; the logistic f keeps no areas."""
    c, moved = Symbol("c", positive=True), theta - h * psi * HALF
    linear = sympy.Matrix([moved, psi + h * moved * HALF]).jacobian([theta, psi])
    where, shown = "alternating", _named("determinant of the step at (0, 0)")
    proof.equal(linear.det(), 1, "so the two factors of a step have product 1", shown=shown, where=where)
    proof.equal(linear.trace(), 2 - h**2 / 4, "their sum", shown=_named("trace of the step at (0, 0)"), where=where)
    between, where = 4 - (2 - h**2 / 4) ** 2, "alternating, h < 4: h = 4·x/(1+x)"
    reason = "4 − trace² > 0: they are conjugate, of modulus 1"
    proof.compare(_below(between, sympy.Integer(4)), ">", 0, reason, where=where)
    one = theta - h * psi * c
    kept = _ellipse(c).subs({theta: one, psi: psi + h * one * c}, simultaneous=True)
    shown, where = _named("θ² + ψ² − hcθψ after a step"), "alternating, f′ = c constant"
    proof.equal(kept, _ellipse(c), "a bilinear f: an ellipse is kept for hc < 2, a cycle", shown=shown, where=where)
    second = psi + h * (theta - h * psi * slope) * after
    change = sympy.expand((theta - h * psi * slope) ** 2 + second**2 - theta**2 - psi**2)
    edge = Symbol("ε", positive=True)
    where, shown = "alternating, any f; h = ε falling to 0", _named("(|(θ⁺, ψ⁺)|² − |(θ, ψ)|²)/h")
    quotient = change.subs({after: slope, h: edge}) / edge
    proof.limit(quotient, edge, 0, "no growth to first order", shown=shown, where=where)
    first, where = _field()[0], "alternating, logistic f: a step's determinant is the product"
    bend = exp(theta * psi) / (1 + exp(theta * psi)) ** 2
    proof.derivative("∂θ⁺/∂θ", theta + h * first, theta, 1 + h * psi**2 * bend, f"{where} of this")
    x = Symbol("θ⁺", real=True)
    bend = exp(x * psi) / (1 + exp(x * psi)) ** 2
    reason = "and this: areas are not kept"
    proof.derivative("∂ψ⁺/∂ψ at fixed θ⁺", psi + h * x / (1 + exp(x * psi)), psi, 1 - h * x**2 * bend, reason)


def _below(expr: Any, bound: Any) -> Any:
    """The expression at h = bound·x/(1 + x), which runs over all rates below the bound."""
    x = Symbol("x", positive=True)
    return sympy.factor(expr.subs(h, bound * x / (1 + x)))


def _damped(proof: Proof) -> None:
    """R1 or R2, instance noise and consensus: |1 + hλ| < 1 for small rates."""
    f1 = 1 / (1 + exp(theta * psi))
    penalised = (-psi * f1, theta * f1 - weight * psi)
    reason = "the penalty ½γ|∂_x logit D|² = ½γψ² on real or on generated points"
    _characteristic(proof, _jacobian(penalised), lam**2 + weight * lam + Rational(1, 4), reason, "R1 and R2")
    square = _step(proof, _jacobian(penalised), 1 - h * weight + h**2 / 4, "conjugate for γ < 1", "R1 and R2")
    _contracts(proof, square, "R1 and R2, h < 4γ: h = 4γ·x/(1+x)", h**2 / 4 - h * weight, 4 * weight)
    bend = _at_zero(sympy.diff(f, t, 2).subs(t, theta * psi)) * 2 * spread**2
    proof.equal(bend, -(spread**2) / 2, "2·f″(0)·σ²: both laws carry the noise", shown=_named("∂²E[L]/∂ψ² at (0, 0)"))
    noisy = [[0, -HALF], [HALF, bend]]
    claimed = lam**2 + spread**2 * lam / 2 + Rational(1, 4)
    _characteristic(proof, noisy, claimed, "instance noise of variance σ²: as R1 with γ = σ²/2", "instance noise")
    square = _step(proof, noisy, 1 - h * spread**2 / 2 + h**2 / 4, "conjugate for σ² < 2", "instance noise")
    bound, change = 2 * spread**2, h**2 / 4 - h * spread**2 / 2
    _contracts(proof, square, "instance noise, h < 2σ²: h = 2σ²·x/(1+x)", change, bound)
    plain = sympy.Matrix(_jacobian(_field()))
    pulled = (plain - weight * plain.T * plain).tolist()
    reason = "the velocity u less γ·∂(½|u|²): J − γ·J^T·J = J − γ/4 at (0, 0)"
    claimed = (lam + weight / 4) ** 2 + Rational(1, 4)
    _characteristic(proof, pulled, claimed, reason, "consensus")
    squared = (1 - h * weight / 4) ** 2 + h**2 / 4
    square = _step(proof, pulled, squared, "λ = −γ/4 ± i/2", "consensus")
    bound = 8 * weight / (weight**2 + 4)
    _contracts(proof, square, "consensus, h < 8γ/(γ²+4): h = 8γ/(γ²+4)·x/(1+x)", sympy.expand(squared - 1), bound)


def _contracts(proof: Proof, square: int, where: str, change: Any, bound: Any) -> None:
    """|1 + hλ|² − 1 < 0 for every h below the bound."""
    proof.compare(_below(change, bound), "<", 0, f"|1 + hλ| < 1, by line {square}", where=where)
