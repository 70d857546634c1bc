"""C as a function of the law p_g: affine under a fixed D, convex, 1-smooth relative to the negative entropy.

With g = log(1 − D*_q) and any other law q′, m = (p + q)/2 and m′ = (p + q′)/2,

.. math:: C(q') - C(q) - \\int g\\,(q'-q)\\,d\\mu = KL(q'\\|q) - 2\\,KL(m'\\|m) .

The right side lies between 0 and KL(q′‖q): C is convex with derivative g, and 1-smooth relative to −H. At q′ = p it
is the certificate C(q) + log 4 ≤ ∫ (q − p) g dμ.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import KL, D, Functional, Int, Value, bernoulli_kl, equation, p, q
from gantheory.symbolic.inequalities import combine
from gantheory.symbolic.jensen_shannon import LAWS
from gantheory.symbolic.printing import text
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import UNIT, bernoulli_nonnegative, u, y

__all__ = ["Criterion", "convex", "gradient", "relative_smoothness", "step_identity"]

HALF = Rational(1, 2)
LOG4 = log(4)
OTHER: Any = Symbol("q′", positive=True)
share: Any = Symbol("λ", positive=True)
w: Any = Symbol("w", positive=True)
s: Any = Symbol("s", positive=True)
SLOPE = "g = log(1 − D*), D* = p/(p + q)"
FINITE = "KL(q′‖q) < ∞"
EVERYWHERE = "p > 0 almost everywhere in the last line: where p = 0, C does not see how p_g is spread"


class Criterion(Functional):
    """C = ∫ p log(p/(p+f)) + f log(f/(p+f)) dμ, eq. (4), as a function of the law f."""

    name_text = "C"

    @property
    def integrand(self) -> sympy.Expr:
        f: Any = self.args[0]
        return p * log(p / (p + f)) + f * log(f / (p + f))

    def _sympystr(self, printer: Any) -> str:
        return f"C({printer._print(self.args[0])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        shown = rf"C\left({printer._print(self.args[0])}\right)"
        return shown if exp is None else rf"{shown}^{{{exp}}}"


C: Any = Criterion
divergence: Any = KL
integral: Any = Int


def slope(f: Any) -> Any:
    """log(1 − D*) where the law is f."""
    return log(f / (p + f))


def mean(f: Any) -> Any:
    return (p + f) / 2


def bregman_identity(proof: Proof, new: Any, old: Any, reason: str, *, twice: int = 2) -> int:
    """C(new) − C(old) − ∫ g (new − old) = KL(new‖old) − 2·KL(mean of new‖mean of old)."""
    left = C(new) - C(old) - integral((new - old) * slope(old))
    return proof.equal(left, divergence(new, old) - twice * divergence(mean(new), mean(old)), reason)


def bregman_nonnegative(proof: Proof, new: Any, old: Any) -> int:
    """KL(new‖old) ≥ 2·KL(mean of new‖mean of old), equality iff new = old."""
    f = w * log(w) - (s + w) * log((s + w) / (s + 1))
    reason = "f(w) = w log w − (s+w) log((s+w)/(s+1)) ≥ 0, equality iff w = 1"
    curve = proof.tangent("f", f, w, 1, s / (w * (s + w)), reason)
    wanted = divergence(new, old) - 2 * divergence(mean(new), mean(old))
    where = f"integrate ({text(old)})·f(w) at w = {text(new / old)}, s = {text(p / old)}"
    return proof.monotone(wanted, ">=", 0, curve, where, at={w: new / old, s: p / old}, weight=old)


def certificate(proof: Proof) -> int:
    """C(q) + log 4 ≤ ∫ (q − p) g dμ."""
    identity = bregman_identity(proof, p, q, "the Bregman identity at q′ = p, where m′ = p")
    convex = bregman_nonnegative(proof, p, q)
    least = proof.equal(C(p), -LOG4, "C is −log 4 at p_g = p_data", unit=p)
    turned = proof.equal(integral((q - p) * slope(q)), -integral((p - q) * slope(q)), "turn the difference round")
    lines = dict.fromkeys((convex, identity, least, turned), 1)
    return combine(proof, C(q) + LOG4, "<=", integral((q - p) * slope(q)), lines, "the certificate")


def kl_nonnegative(proof: Proof, first: Any, second: Any, curve: int, x: Any) -> int:
    """KL(first‖second) ≥ 0 from the line w log w − w + 1 ≥ 0; the two have one mass."""
    centred = integral(first * log(first / second) - first + second)
    balanced = proof.same_mass(divergence(first, second), centred, second - first, "both have mass 1")
    whole = proof.monotone(centred, ">=", 0, curve, "integrate", at={x: first / second}, weight=second)
    return proof.chain(divergence(first, second), ">=", 0, (balanced, whole), "KL is nonnegative")


def entropy_tangent(proof: Proof) -> int:
    """w log w − w + 1 ≥ 0."""
    return proof.tangent("h", w * log(w) - w + 1, w, 1, 1 / w, "w log w ≥ w − 1, equality iff w = 1")


def convexity(proof: Proof, weight: Any, first: Any, second: Any) -> int:
    """weight·C(first) + (1 − weight)·C(second) ≥ C(their mixture), by what D* of the mixture loses on each."""
    between = weight * first + (1 - weight) * second
    best = p / (p + between)
    parts = ((weight, first), (1 - weight, second))
    gaps = [Int(part * (p + f) * bernoulli_kl(p / (p + f), best)) for part, f in parts]
    average = sum(part * C(f) for part, f in parts)
    reason = "V is affine in p_g: D* of the mixture reaches C there, and falls short on each law by the gap of Prop. 1"
    identity = proof.equal(average - C(between), sum(gaps), reason)
    positive = bernoulli_nonnegative(proof)
    lines = [
        proof.monotone(gap, ">=", 0, positive, "integrate", at={u: p / (p + f), y: best}, weight=part * (p + f))
        for gap, (part, f) in zip(gaps, parts)
    ]
    return combine(proof, average, ">=", C(between), dict.fromkeys((identity, *lines), 1), "C is convex")


def convex(counterfeit: str | None = None) -> Derivation:
    """V(·, D) is affine in p_g; the Bregman identity; C is convex."""
    proof = Proof(
        "prop2.convex",
        "V(·, D) is affine in p_g; C is convex, with second variation ∫ h²·p/(q(p+q)) dμ",
        hypotheses=(LAWS, "q′ is a third density; 0 < λ < 1", SLOPE, FINITE, EVERYWHERE),
        domains={D: UNIT, share: UNIT, y: UNIT, u: UNIT},
        counterfeit=counterfeit,
        densities=(p, q, OTHER),
    )
    h = Symbol("h", real=True)
    wrong = counterfeit == "the second variation without p"
    second = 1 / (q * (p + q)) if wrong else p / (q * (p + q))
    integrand = C(q).integrand
    variation = proof.derivative("∂²c/∂q²", integrand, q, second, "C = ∫ c(p, q) dμ: differentiate c twice", order=2)
    if counterfeit == "concave":
        proof.compare(second, "<", 0, "c would be concave in q")
    if counterfeit:
        return proof.derivation()
    curved = proof.compare(h**2 * second, ">=", 0, "along q + εh the second variation is not negative")
    name, value = Symbol("d²C(q+εh)/dε² at 0", real=True), integral(h**2 * second)
    rule = "differentiation in a parameter"
    proof.conclude(rule, name, "=", value, (variation, curved), "under the integral, for |h| ≤ c·q")
    mixed = share * q + (1 - share) * OTHER
    affine = share * Value(D) + (1 - share) * integral(p * log(D) + OTHER * log(1 - D))
    proof.equal(integral(p * log(D) + mixed * log(1 - D)), affine, "V is affine in p_g for a fixed D")
    convexity(proof, share, q, OTHER)
    identity = bregman_identity(proof, OTHER, q, "the Bregman identity")
    whole = bregman_nonnegative(proof, OTHER, q)
    right = divergence(OTHER, q) - 2 * divergence(mean(OTHER), mean(q))
    left = C(OTHER) - C(q) - integral((OTHER - q) * slope(q))
    combine(proof, left, ">=", 0, {identity: 1, whole: 1}, "C lies above its tangents")
    proof.vanishing(equation(right, 0), equation(OTHER, q), whole, "and where p > 0 it touches each at one law only")
    return proof.derivation()


def relative_smoothness(counterfeit: str | None = None) -> Derivation:
    """C(q′) − C(q) − ∫ g (q′ − q) ≤ KL(q′‖q), and 1 is the best constant."""
    proof = Proof(
        "prop2.relative-smoothness",
        "C(q′) − C(q) − ∫ g (q′−q) dμ ≤ KL(q′‖q): C is 1-smooth relative to −H, and 1 is the best constant",
        hypotheses=(LAWS, "q′ is a third density", SLOPE, FINITE),
        counterfeit=counterfeit,
        densities=(p, q, OTHER),
    )
    identity = bregman_identity(proof, OTHER, q, "the Bregman identity")
    curve = entropy_tangent(proof)
    below = kl_nonnegative(proof, mean(OTHER), mean(q), curve, w)
    left = C(OTHER) - C(q) - integral((OTHER - q) * slope(q))
    if counterfeit == "1/2-smooth":
        proof.chain(left, "<=", divergence(OTHER, q) / 2, (identity, below), "half the divergence would do")
        return proof.derivation()
    reason = "so C is 1-smooth relative to −H"
    smooth = combine(proof, left, "<=", divergence(OTHER, q), {identity: 1, below: 2}, reason)
    ratio, less = Symbol("second variation of C / that of −H", real=True), Symbol("L", positive=True)
    proof.domains[less] = UNIT
    of_c, of_entropy = sympy.diff(C(q).integrand, q, 2), sympy.diff(q * log(q), q, 2)
    line = proof.equal(of_c / of_entropy, p / (p + q), "∂²/∂q² of c(p, q), and of q log q", shown=ratio)
    beyond = (p / (p + q)).subs(q, p * (1 - less) / (2 * less))
    where = "q = p·(1−L)/(2L), 0 < L < 1"
    sharp = proof.compare(beyond, ">", less, "it exceeds every L below 1 somewhere", where=where)
    best = Symbol("the least constant", real=True)
    proof.conclude("substitution", best, "=", 1, (line, sharp, smooth), "so 1 is the best constant")
    return proof.derivation()


def gradient(counterfeit: str | None = None) -> Derivation:
    """δC/δp_g = log(1 − D*): V's own derivative at D*, D* held fixed (Danskin)."""
    v, size = Symbol("v", real=True), Symbol("ε", positive=True)
    proof = Proof(
        "prop2.gradient",
        "d/dε C(q + εh) at 0 = ∫ h·log(1 − D*) dμ: D* may be held fixed (Danskin)",
        hypotheses=(LAWS, "h = q·v, |v| < 1, ∫ h dμ = 0; 0 < ε < 1", "a constant added to log(1 − D*) changes nothing"),
        domains={D: UNIT, v: (-1, 1), size: UNIT},
        counterfeit=counterfeit,
    )
    best = p / (p + q)
    claimed = log(best) if counterfeit == "log D*" else log(1 - best)
    pointwise = p * log(D) + q * log(1 - D)
    proof.equal(sympy.diff(pointwise, D).subs(D, best), 0, "V's integrand does not change with D at D*")
    direct = Symbol("∂V's integrand/∂q at D*", real=True)
    proof.equal(sympy.diff(pointwise, q).subs(D, best), claimed, "D held fixed at D*", shown=direct)
    proof.derivative("∂c/∂q", C(q).integrand, q, claimed, "D* moving with q: the same, C = ∫ c(p, q) dμ")
    if counterfeit:
        return proof.derivation()
    _remainder(proof, v, size)
    return proof.derivation()


def _remainder(proof: Proof, v: Any, size: Any) -> None:
    """0 ≤ C(q+εh) − C(q) − ε∫ g h ≤ ε² ∫ h²/q, h = q·v."""
    new = q * (1 + size * v)
    rest = C(new) - C(q) - integral(size * q * v * slope(q))
    identity = proof.equal(rest, divergence(new, q) - 2 * divergence(mean(new), mean(q)), "the Bregman identity")
    above = bregman_nonnegative(proof, new, q)
    lower = combine(proof, rest, ">=", 0, {identity: 1, above: 1}, "C is convex")
    curve = entropy_tangent(proof)
    centred = integral(mean(new) * log(mean(new) / mean(q)) - mean(new) + mean(q))
    at = {w: mean(new) / mean(q)}
    below = proof.monotone(centred, ">=", 0, curve, "integrate h(m′/m)", at=at, weight=mean(q))
    line = proof.tangent("k", w - 1 - log(w), w, 1, 1 / w**2, "log w ≤ w − 1")
    square = integral(size**2 * q * v**2)
    bound = integral(size * q * v) + square - divergence(new, q)
    high = proof.monotone(bound, ">=", 0, line, "(1+εv) log(1+εv) ≤ εv + ε²v²", at={w: 1 + size * v}, weight=new)
    mass = proof.equal(centred, divergence(mean(new), mean(q)) - integral(size * q * v) / 2, "m′ − m = εh/2")
    weights = {identity: 1, below: 2, mass: 2, high: 1}
    upper = combine(proof, rest, "<=", square, weights, "C is 1-smooth relative to −H; the first-order terms cancel")
    quotient = Symbol("(C(q+εh) − C(q))/ε − ∫ h·log(1−D*) dμ", real=True)
    edge, of_square = Symbol("ε_0", positive=True), integral(q * v**2)
    scaled = proof.equal(square, size**2 * of_square, "h²/q = q·v²")
    over = (proof.steps[scaled - 1].rhs / size).subs(of_square, Symbol("∫ h²/q dμ", positive=True))  # type: ignore[operator]
    where = "in the limit ε → 0"
    fades = proof.limit(over.subs(size, edge), edge, 0, "0 below, and this above", shown=over, where=where)
    proof.conclude("squeeze", quotient, "=", 0, (lower, upper, scaled, fades), "divide by ε", where=where)


def step_identity(counterfeit: str | None = None) -> Derivation:
    """The Bregman identity on any two laws, and the certificate C(q) + log 4 ≤ ∫ (q − p) g."""
    proof = Proof(
        "prop2.step-identity",
        "C(q′) − C(q) − ∫ g (q′−q) dμ = KL(q′‖q) − 2·KL(m′‖m), and C(q) + log 4 ≤ ∫ (q−p)·log(1−D*) dμ",
        hypotheses=(LAWS, "q′ is a third density; m′ = (p + q′)/2", SLOPE, f"{FINITE} and KL(p‖q) < ∞"),
        counterfeit=counterfeit,
        densities=(p, q, OTHER),
    )
    g = slope(q)
    if counterfeit == "without the 2":
        bregman_identity(proof, OTHER, q, "without the 2", twice=1)
        return proof.derivation()
    proof.equal(log(1 - p / (p + q)), g, "1 − D* = q/(p + q)")
    moved = (C(OTHER) - C(q)).replace(C, lambda f: Int(C(f).integrand))
    sides = OTHER * log(OTHER / q) - (p + OTHER) * log((p + OTHER) / (p + q))
    proof.equal(moved - integral((OTHER - q) * g), integral(sides), "eq. (4), and ∫ q·g cancels")
    bregman_identity(proof, OTHER, q, "m′/m = (p + q′)/(p + q), and p + q′ = 2m′")
    certificate(proof)
    return proof.derivation()
