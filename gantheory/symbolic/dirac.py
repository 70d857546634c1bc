"""The Dirac-GAN (Mescheder et al. 2018): p_data = δ₀, p_g = δ_θ, logit D(x) = ψx, and f(t) = −log(1 + e^(−t)), log σ.

V = log D(0) + log(1 − D(θ)) = f(0) + f(−θψ), the convention of gantheory.dirac: θ descends V and ψ climbs it, along
u = (ψ, −θ)·f′(−θψ), whose Jacobian at the equilibrium (0, 0) has the eigenvalues ±i/2. The 2018 paper writes f(θψ), its
D being large on p_g: that is −ψ in place of ψ, under which no eigenvalue changes.

A linear step of size h multiplies by 1 + hλ: where the eigenvalues are conjugate its modulus, squared, is the
determinant of the step, which is how each method is judged here.
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
slope: Any = Symbol("f′(−θψ)", positive=True)
f: Any = -log(1 + exp(-t))
V: Any = f.subs(t, 0) + f.subs(t, -theta * psi)
HALF, QUARTER = Rational(1, 2), Rational(1, 4)
VELOCITY: Any = psi / (1 + exp(-theta * psi)), -theta / (1 + exp(-theta * psi))
NEUTRAL = (
    "alternating descent is neutral to first order only: a bilinear f makes it cycle on an ellipse, and the logistic f "
    "keeps no such ellipse, nor areas"
)
Pair = tuple[Any, Any]


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def _at_zero(expr: Any) -> Any:
    return expr.subs({theta: 0, psi: 0})


def field(value: Any, penalty: Any = 0) -> Pair:
    """The velocities: θ descends the value, and ψ climbs it less a penalty."""
    return -sympy.diff(value, theta), sympy.diff(value - penalty, psi)


def jacobian(velocity: Pair) -> Any:
    """The Jacobian at (0, 0)."""
    return sympy.Matrix(velocity).jacobian([theta, psi]).applyfunc(_at_zero)


def alternating(velocity: Pair) -> Pair:
    """A step of θ, and then one of ψ that sees the new θ."""
    moved = theta + h * velocity[0]
    return moved, psi + h * velocity[1].subs(theta, moved)


def eigenvalues(counterfeit: str | None = None) -> Derivation:
    """±i/2; the exact growth 1 + h²f′(−θψ)²; the modulus of 1 + hλ for each method."""
    proof = Proof(
        "dirac.eigenvalues",
        "Dirac-GAN: the eigenvalues ±i/2, exact growth 1 + h²f′(−θψ)² of simultaneous descent, |1 + hλ| by method",
        hypotheses=(
            "p_data = δ₀, p_g = δ_θ, logit D(x) = ψx; V = f(0) + f(−θψ), f(t) = −log(1 + e^(−t)), rate h > 0 for both",
            "Mescheder et al. (2018) write f(θψ): their ψ is −ψ here",
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
        kept = _ellipse(HALF).subs(dict(zip((theta, psi), alternating(field(V)))), simultaneous=True)
        reason = "with f′(0) = ½ for the constant c of the bilinear f"
        proof.equal(kept, _ellipse(HALF), reason, shown=_named("θ² + ψ² + hcθψ after a step"))
        return proof.derivation()
    _equilibrium(proof)
    _other_sign(proof)
    _simultaneous(proof)
    _alternating(proof)
    _damped(proof)
    return proof.derivation()


def _equilibrium(proof: Proof) -> None:
    """V, f′, the Jacobian at (0, 0) and its characteristic polynomial."""
    odds = Symbol("e^(θψ)", positive=True)
    fake, shown = f.subs(t, -t).subs(exp(t), odds), _named("log(1 − D(θ))")
    proof.equal(log(1 - odds / (1 + odds)), fake, "which is f(−θψ), D(θ) = σ(θψ)", shown=shown)
    proof.derivative("f′(t)", f, t, 1 / (1 + exp(t)), "f(t) = −log(1 + e^(−t))")
    proof.equal((1 / (1 + exp(t))).subs(t, 0), HALF, "at the equilibrium", shown=_named("f′(0)"))
    proof.derivative("f″(t)", f, t, -exp(t) / (1 + exp(t)) ** 2, "twice", order=2)
    for sign, variable, claimed in zip((-1, 1), (theta, psi), VELOCITY):
        proof.derivative(f"velocity of {variable.name}", sign * V, variable, claimed, "θ descends V, ψ climbs it")
    for name, row, wanted in zip(("θ", "ψ"), jacobian(field(V)).tolist(), ((0, HALF), (-HALF, 0))):
        for column, entry, claimed in zip(("θ", "ψ"), row, wanted):
            proof.equal(entry, claimed, "at (0, 0)", shown=_named(f"∂(velocity of {name})/∂{column}"))
    _characteristic(proof, jacobian(field(V)), lam**2 + QUARTER, "so λ = ±i/2", "simultaneous")


def _other_sign(proof: Proof) -> None:
    """The 2018 paper's f(θψ) is this game at −ψ, and has its eigenvalues."""
    where, theirs = "f(θψ), the sign of the 2018 paper", field(V.subs(psi, -psi))
    for sign, variable, found, here in zip((1, -1), ("θ", "ψ"), theirs, VELOCITY):
        reason = f"{'that' if sign > 0 else 'minus that'} of {variable} here, at −ψ"
        proof.equal(found, sign * here.subs(psi, -psi), reason, shown=_named(f"velocity of {variable}"), where=where)
    _characteristic(proof, jacobian(theirs), lam**2 + QUARTER, "the same eigenvalues", where)


def _characteristic(proof: Proof, matrix: Any, claimed: Any, reason: str, method: str) -> int:
    polynomial = sympy.expand((lam * sympy.eye(2) - matrix).det())
    return proof.equal(polynomial, claimed, reason, shown=_named("det(λ − J)"), where=method)


def _step(proof: Proof, matrix: Any, claimed: Any, reason: str, method: str) -> int:
    """|1 + hλ|² as the determinant of 1 + hJ."""
    determinant = sympy.expand((sympy.eye(2) + h * matrix).det())
    return proof.equal(determinant, claimed, reason, shown=_named("|1 + hλ|²"), where=method)


def _is_conjugate(proof: Proof, matrix: Any, where: str, symbol: Any = None, image: Any = None) -> None:
    """trace² < 4·det: the eigenvalues are conjugate, for a parameter that runs over the image."""
    found = matrix.trace() ** 2 - 4 * matrix.det()
    found = sympy.factor(found if symbol is None else found.subs(symbol, image))
    proof.compare(found, "<", 0, "trace² − 4·det < 0: the eigenvalues are conjugate", where=where)


def _simultaneous(proof: Proof) -> None:
    """|(θ, ψ)|² grows by exactly 1 + h²·f′(−θψ)² at each step."""
    moved = (theta + h * psi * slope) ** 2 + (psi - h * theta * slope) ** 2
    claimed = (1 + h**2 * slope**2) * (theta**2 + psi**2)
    proof.equal(moved, claimed, "exactly, for every f", shown=_named("|(θ⁺, ψ⁺)|²"), where="simultaneous")
    proof.compare(h**2 * slope**2, ">", 0, "f′ > 0: it moves away at every step", where="simultaneous")
    _is_conjugate(proof, jacobian(field(V)), "simultaneous")
    _step(proof, jacobian(field(V)), 1 + h**2 / 4, "to first order the same: f′(0) = ½", "simultaneous")


def _ellipse(c: Any) -> Any:
    """What alternating descent keeps where f′ is the constant c."""
    return theta**2 + psi**2 + h * c * theta * psi


def _alternating(proof: Proof) -> None:
    """Neutral to first order; a bilinear f cycles; the logistic f keeps no areas."""
    linear = jacobian(alternating(field(V)))
    where, shown = "alternating", _named("determinant of the step at (0, 0)")
    proof.equal(linear.det(), 1, "so the two factors of a step have product 1", shown=shown, where=where)
    proof.equal(linear.trace(), 2 - h**2 / 4, "their sum", shown=_named("trace of the step at (0, 0)"), where=where)
    between, where = 4 * linear.det() - linear.trace() ** 2, "alternating, h < 4: h = 4·x/(1+x)"
    reason = "4 − trace² > 0: they are conjugate, of modulus 1"
    proof.compare(_below(between, sympy.Integer(4)), ">", 0, reason, where=where)
    c = Symbol("c", positive=True)
    kept = _ellipse(c).subs(dict(zip((theta, psi), alternating((c * psi, -c * theta)))), simultaneous=True)
    shown, where = _named("θ² + ψ² + hcθψ after a step"), "alternating, f′ = c constant"
    proof.equal(kept, _ellipse(c), "a bilinear f: an ellipse is kept for hc < 2, a cycle", shown=shown, where=where)
    _first_order(proof)
    _areas(proof)


def _first_order(proof: Proof) -> None:
    """An alternating step for any f; f′ at the new θ is f′(−θψ) + h·b."""
    edge, bend = Symbol("ε", positive=True), _named("b")
    moved = theta + edge * psi * slope
    second = psi - edge * moved * (slope + edge * bend)
    quotient = sympy.expand((moved**2 + second**2 - theta**2 - psi**2) / edge)
    where, shown = "alternating, any f with f′(−θ⁺ψ) = f′(−θψ) + h·b; h = ε falling to 0", "(|(θ⁺, ψ⁺)|² − |(θ, ψ)|²)/h"
    proof.limit(quotient, edge, 0, "no growth to first order", shown=_named(shown), where=where)


def _areas(proof: Proof) -> None:
    """The determinant of an alternating step with the logistic f is above 1 where θ⁺ = 0."""
    where, x = "alternating, logistic f: a step's determinant is the product", Symbol("θ⁺", real=True)
    bend, first, second = exp(theta * psi) / (1 + exp(theta * psi)) ** 2, *field(V)
    stretched = 1 + h * psi**2 * bend
    proof.derivative("∂θ⁺/∂θ", theta + h * first, theta, stretched, f"{where} of this")
    shrunk = 1 - h * x**2 * bend.subs(theta, x)
    proof.derivative("∂ψ⁺/∂ψ at fixed θ⁺", psi + h * second.subs(theta, x), psi, shrunk, "and this")
    away = Symbol("ψ", positive=True)
    excess = (stretched * shrunk.subs(x, 0) - 1).subs(psi, away)
    proof.compare(excess, ">", 0, "the product less 1: areas are not kept", where="θ⁺ = 0, ψ > 0")


def _below(expr: Any, bound: Any) -> Any:
    """The expression at h = bound·x/(1 + x), which runs over all rates below the bound."""
    return sympy.factor(expr.subs(h, _up_to(bound)))


def _up_to(bound: Any) -> Any:
    x = Symbol("x", positive=True)
    return bound * x / (1 + x)


def _damped(proof: Proof) -> None:
    """R1 or R2, instance noise and consensus: |1 + hλ| < 1 for small rates."""
    _penalised(proof)
    _noisy(proof)
    _consensus(proof)


def _penalised(proof: Proof) -> None:
    """The penalty ½γ|∂_x logit D|² of D, at the data or at p_g."""
    x = _named("x")
    reason = "at every x: on real and on generated points the penalty ½γ|∂_x logit D|² is ½γψ²"
    proof.derivative("∂ logit D/∂x", psi * x, x, psi, reason)
    matrix = jacobian(field(V, weight * psi**2 / 2))
    _characteristic(proof, matrix, lam**2 + weight * lam + QUARTER, "ψ climbs V − ½γψ²", "R1 and R2")
    _is_conjugate(proof, matrix, "R1 and R2, γ < 1: γ = x/(1+x)", weight, _up_to(sympy.Integer(1)))
    square = _step(proof, matrix, 1 - h * weight + h**2 / 4, "conjugate for γ < 1", "R1 and R2")
    _contracts(proof, square, "R1 and R2, h < 4γ: h = 4γ·x/(1+x)", 4 * weight)


def blurred() -> Any:
    """The Jacobian at (0, 0) where both laws carry noise: that of V at ε and θ + ε′, and then its mean over them."""
    real, fake = sympy.symbols("ε ε′", real=True)
    at_points = jacobian(field(f.subs(t, psi * real) + f.subs(t, -psi * (theta + fake))))
    squares, means = {real**2: spread**2, fake**2: spread**2}, {real: 0, fake: 0}
    return at_points.applyfunc(lambda entry: sympy.expand(entry).subs(squares).subs(means))


def _noisy(proof: Proof) -> None:
    """Instance noise of variance σ² on both laws."""
    matrix = blurred()
    reason = "2·f″(0)·σ²: both laws carry the noise"
    proof.equal(matrix[1, 1], -(spread**2) / 2, reason, shown=_named("∂²E[V]/∂ψ² at (0, 0)"))
    claimed = lam**2 + spread**2 * lam / 2 + QUARTER
    _characteristic(proof, matrix, claimed, "instance noise of variance σ²: as R1 with γ = σ²/2", "instance noise")
    where = "instance noise, σ² < 2: σ² = 2·x/(1+x)"
    _is_conjugate(proof, matrix, where, spread, sympy.sqrt(_up_to(sympy.Integer(2))))
    square = _step(proof, matrix, 1 - h * spread**2 / 2 + h**2 / 4, "conjugate for σ² < 2", "instance noise")
    _contracts(proof, square, "instance noise, h < 2σ²: h = 2σ²·x/(1+x)", 2 * spread**2)


def _consensus(proof: Proof) -> None:
    """The velocity u less γ times the slope of ½|u|²."""
    first, second = field(V)
    size = (first**2 + second**2) / 2
    matrix = jacobian((first - weight * sympy.diff(size, theta), second - weight * sympy.diff(size, psi)))
    claimed = (lam + weight / 4) ** 2 + QUARTER
    _characteristic(proof, matrix, claimed, "the velocity u less γ·∂(½|u|²): J − γ/4 at (0, 0)", "consensus")
    _is_conjugate(proof, matrix, "consensus")
    square = _step(proof, matrix, (1 - h * weight / 4) ** 2 + h**2 / 4, "λ = −γ/4 ± i/2", "consensus")
    bound = 8 * weight / (weight**2 + 4)
    _contracts(proof, square, "consensus, h < 8γ/(γ²+4): h = 8γ/(γ²+4)·x/(1+x)", bound)


def _contracts(proof: Proof, square: int, where: str, bound: Any) -> None:
    """|1 + hλ|² − 1 < 0 for every h below the bound, by the line that has the square."""
    change: Any = proof.steps[square - 1].rhs
    proof.compare(_below(sympy.expand(change - 1), bound), "<", 0, f"|1 + hλ| < 1, by line {square}", where=where)
