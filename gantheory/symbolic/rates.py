"""Linear rates of descent in function space, and the Fisher–Rao flow ∂q/∂t = −q·(g − E_q[g]), g = log(1 − D*).

.. math:: KL(p\\|q^+) = (1-\\eta)\\,KL(p\\|q) + \\eta\\,KL(p\\|m) + \\log Z - \\eta\\log 2 \\le (1-\\eta/2)\\,KL(p\\|q),

since log Z ≤ η log 2 and KL(p‖m) ≤ ½KL(p‖q). Along the flow C falls at the rate Var_q[g], and KL(p‖q) at least at
the rate log 2·KL(p‖q). Both end at C → −log 4 by C + log 4 ≤ log 2·KL(p‖q).
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol, log, oo

from gantheory.symbolic.bregman import (
    LOG4,
    SLOPE,
    C,
    divergence,
    entropy_tangent,
    integral,
    kl_nonnegative,
    mean,
    slope,
    w,
)
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import p, q
from gantheory.symbolic.inequalities import combine, define, valley
from gantheory.symbolic.jensen_shannon import LAWS
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import UNIT
from gantheory.symbolic.proposition_2 import NEXT, START, STEP, UPDATE, a, eta, log_z

__all__ = ["fisher_rao_flow", "linear_rate"]

LOG2 = log(2)
FLOW = "∂q/∂t = −q·(g − E_q[g]), the flow of log q; dC/dt = ∫ g·∂q/∂t dμ by prop2.gradient"
v: Any = Symbol("v", positive=True)
below: Any = Symbol("b", positive=True)
above: Any = Symbol("B", positive=True)
x: Any = Symbol("x", positive=True)
AVERAGE: Any = Symbol("E_q[g]", real=True)
RANGES = {v: UNIT, below: UNIT, above: (1, oo)}


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def _beyond_one(proof: Proof) -> tuple[int, int]:
    """w − 1 − log w ≥ 0, and 1/b − 1 > 0 for b in (0, 1)."""
    line = proof.tangent("k", w - 1 - log(w), w, 1, 1 / w**2, "log w ≤ w − 1")
    return line, proof.compare(1 / below - 1, ">", 0, "b stands for x below 1", where="0 < b < 1")


def excess_below_divergence(proof: Proof) -> int:
    """C(q) + log 4 ≤ log 2·KL(p‖q)."""
    f = LOG2 * (-log(x) - 1 + x) - log(2 / (1 + x)) - x * log(2 * x / (1 + x))
    reason = "f(x) = log 2·(x − 1 − log x) − log(2/(1+x)) − x log(2x/(1+x))"
    proof.derivative("f′(x)", f, x, log(1 + 1 / x) - LOG2 / x, reason)
    curved = proof.convex(-log(1 + v), v, "−log(1+v) is convex")
    chord = proof.chord(log(1 + v) - v * LOG2, v, curved, "log(1+v) ≥ v·log 2 on [0, 1], where both ends agree")
    reason = "f′(x) ≥ 0 beyond 1: B stands for x there, v = 1/B"
    after = proof.scaled(log(1 + 1 / above) - LOG2 / above, ">=", 0, chord, reason, at={v: 1 / above})
    line, gap = _beyond_one(proof)
    half = (1 + 1 / below) / 2
    tangent = proof.scaled(half - 1 - log(half), ">=", 0, line, "at w = (1 + 1/b)/2", at={w: half})
    slopes = {tangent: 1, gap: LOG2 - sympy.Rational(1, 2)}
    before = combine(proof, LOG2 / below - log(1 + 1 / below), ">=", 0, slopes, "−f′(x) ≥ 0 below 1")
    curve = valley(proof, f, x, 1, (below, before), (above, after), "f falls to f(1) = 0 and rises from it")
    centred = integral(p * log(p / q) - p + q)
    reason = "integrate p·f(q/p)"
    whole = proof.monotone(LOG2 * centred, ">=", C(q) + LOG4, curve, reason, at={x: q / p}, weight=p)
    mass = proof.same_mass(divergence(p, q), centred, q - p, "∫p = ∫q = 1")
    lines = {whole: 1, mass: LOG2}
    return combine(proof, C(q) + LOG4, "<=", LOG2 * divergence(p, q), lines, "C + log 4 ≤ log 2·KL(p‖q)")


def fall_of_divergence(proof: Proof) -> int:
    """∫ (q − p)·g dμ ≥ log 2·KL(p‖q)."""
    f = (x - 1) * log(x / (1 + x)) + LOG2 * log(x)
    at_v = LOG2 * v + 2 - 2 / (1 + v) - v - log(1 + v)
    proof.derivative("f′(x)", f, x, at_v.subs(v, 1 / x), "f(x) = (x−1) log(x/(1+x)) + log 2·log x: f′ in v = 1/x")
    curved = proof.convex(-at_v, v, "−f′ is convex in v on (0, 1)")
    chord = proof.chord(at_v, v, curved, "and 0 at both ends: f′ ≥ 0 on 0 < v < 1")
    reason = "f′(x) ≥ 0 beyond 1: B stands for x there"
    after = proof.scaled(at_v.subs(v, 1 / above), ">=", 0, chord, reason, at={v: 1 / above})
    line, gap = _beyond_one(proof)
    ratio = 2 / (1 + 1 / below)
    tangent = proof.scaled(ratio - 1 - log(ratio), ">=", 0, line, "at w = 2/(1 + 1/b)", at={w: ratio})
    reason = "−f′(x) ≥ 0 below 1"
    slopes = {tangent: 1, gap: 1 - LOG2}
    before = combine(proof, -at_v.subs(v, 1 / below), ">=", 0, slopes, reason)
    curve = valley(proof, f, x, 1, (below, before), (above, after), "f falls to f(1) = 0 and rises from it")
    scaled = combine(proof, f / (1 - LOG2), ">=", 0, {curve: 1 / (1 - LOG2)}, "times 1/(1 − log 2) > 0")
    left, right = integral((q - p) * slope(q)), LOG2 * divergence(p, q)
    wanted, reason = (left - right) / (1 - LOG2), "integrate p·f(q/p)/(1 − log 2)"
    whole = proof.monotone(wanted, ">=", 0, scaled, reason, at={x: q / p}, weight=p)
    return combine(proof, left, ">=", right, {whole: 1 - LOG2}, "∫ (q−p)·g dμ ≥ log 2·KL(p‖q)")


def linear_rate(counterfeit: str | None = None) -> Derivation:
    """KL(p‖q_t) ≤ (1 − η/2)^t·KL(p‖q_0), 2^(−t) along the flow, and C + log 4 ≤ log 2·KL(p‖q)."""
    proof = Proof(
        "prop2.linear-rate",
        "KL(p‖q_t) ≤ (1−η/2)^t·KL(p‖q_0); along the Fisher–Rao flow 2^(−t); and C + log 4 ≤ log 2·KL(p‖q)",
        hypotheses=(LAWS, SLOPE, UPDATE, START, FLOW),
        domains={eta: UNIT, **RANGES},
        counterfeit=counterfeit,
        densities=(p, q, NEXT),
    )
    half = mean(q)
    if counterfeit == "(1-η)^t":
        proof.equal(divergence(p, half), 0, "at η = 1, where q⁺ = (p + q)/2, one step would end at p")
        return proof.derivation()
    if counterfeit == "e^(-t)":
        fall, curve = integral((q - p) * slope(q)), entropy_tangent(proof)
        proof.monotone(fall, ">=", divergence(p, q), curve, "KL(p‖q) would fall at the rate KL(p‖q)")
        return proof.derivation()
    _one_step(proof, half)
    _along_the_flow(proof, _mean_slope(proof), fall_of_divergence(proof))
    excess_below_divergence(proof)
    return proof.derivation()


def _one_step(proof: Proof, half: Any) -> None:
    """KL(p‖q⁺) ≤ (1 − η/2)·KL(p‖q)."""
    curve = entropy_tangent(proof)
    to_mean, to_law = (kl_nonnegative(proof, NEXT, law, curve, w) for law in (half, q))
    claimed = eta * LOG2 - eta * divergence(NEXT, half) - (1 - eta) * divergence(NEXT, q)
    reason = "average log q⁺ = (1−η) log q + η log(p + q) − log Z over q⁺"
    normal = proof.equal(log_z, claimed, reason, under=(STEP,), unit=NEXT)
    closed, lines = ({eta: 1},), {normal: 1, to_mean: eta, to_law: 1 - eta}
    small = combine(proof, log_z, "<=", eta * LOG2, lines, "Z ≤ 2^η, as Jensen has it", also=closed)
    reason = "average the same line over p"
    split = (1 - eta) * divergence(p, q) + eta * divergence(p, half) + log_z - eta * LOG2
    step = proof.equal(divergence(p, NEXT), split, reason, under=(STEP,), unit=p)
    square = proof.compare(log((p + q) ** 2 / (4 * p * q)), ">=", 0, "(p − q)² ≥ 0")
    bound = divergence(p, q) / 2
    near = proof.monotone(bound, ">=", divergence(p, half), square, "integrate ½p times it", weight=p / 2)
    lines = {step: 1, near: eta, small: 1}
    right = (1 - eta / 2) * divergence(p, q)
    one = combine(proof, divergence(p, NEXT), "<=", right, lines, "one step", also=closed)
    left, many = _named("KL(p‖q_t)"), _named("(1 − η/2)^t·KL(p‖q_0)")
    proof.conclude("induction", left, "<=", many, (one,), "every step")


def _mean_slope(proof: Proof) -> int:
    """The name E_q[g] = ∫ q·g."""
    return define(proof, AVERAGE, integral(q * slope(q)), "the mean of g under q")


def _along_the_flow(proof: Proof, whole: int, fall: int) -> None:
    """d/dt KL(p‖q_t) ≤ −log 2·KL(p‖q_t) along the Fisher–Rao flow, by the lines of E_q[g] and of the fall."""
    g, rate = slope(q), integral(p * (slope(q) - AVERAGE))
    velocity = -q * (g - AVERAGE)
    reason = "∂/∂t of p log(p/q) is −p·(∂q/∂t)/q"
    along = sympy.diff(p * log(p / q), q) * velocity
    moving = proof.equal(along, p * (g - AVERAGE), reason, shown=_named("∂(p log(p/q))/∂t"))
    name = _named("d/dt KL(p‖q_t)")
    whence = proof.conclude("differentiation in a parameter", name, "=", rate, (moving,), "under the integral")
    centred = proof.equal(rate, integral(p * g) - AVERAGE, "∫p = 1", unit=p)
    parts = proof.equal(integral((q - p) * g), integral(q * g) - integral(p * g), "linearity")
    reason = "∫ p·(g − E_q[g]) dμ = −∫ (q−p)·g dμ"
    lines = dict.fromkeys((whence, centred, whole, parts, fall), 1)
    line = combine(proof, name, "<=", -LOG2 * divergence(p, q), lines, reason)
    left, right = _named("KL(p‖q_t) on the flow"), _named("2^(−t)·KL(p‖q_0)")
    proof.conclude("Grönwall", left, "<=", right, (line,), "e^(−t·log 2) = 2^(−t)")


def fisher_rao_flow(counterfeit: str | None = None) -> Derivation:
    """dC/dt = −Var_q[g], and C → −log 4 where KL(p‖q_0) < ∞."""
    proof = Proof(
        "prop2.fisher-rao-flow",
        "∂q/∂t = −q·(g − E_q[g]): dC/dt = −Var_q[g], and C → −log 4 when KL(p‖q_0) < ∞",
        hypotheses=(LAWS, SLOPE, FLOW, START),
        domains={a: UNIT, **RANGES},
        counterfeit=counterfeit,
    )
    if counterfeit == "half the variance":
        return _two_points(proof, sympy.Rational(1, 2))
    if counterfeit == "q_0 without p's support":
        stopped = a * log(a) - (1 + a) * log(1 + a)
        reason = "mass never appears where q_0 = 0: C stops at the price of a = p(supp q_0), 0 < a < 1"
        proof.equal(stopped, -LOG4, reason, shown=_named("lim C(q_t)"))
        return proof.derivation()
    whole = _variance(proof)
    _two_points(proof, sympy.Integer(1))
    _along_the_flow(proof, whole, fall_of_divergence(proof))
    falls = len(proof.steps)
    excess = excess_below_divergence(proof)
    edge, first = Symbol("2^(−t)", positive=True), Symbol("KL(p‖q_0)", positive=True)
    fades = proof.limit(LOG2 * edge * first, edge, 0, "2^(−t) falls to 0", where="in the limit t → ∞")
    reason = "0 ≤ C + log 4 ≤ log 2·2^(−t)·KL(p‖q_0)"
    end = _named("C(q_t) + log 4")
    proof.conclude("squeeze", end, "=", 0, (falls, excess, fades), reason, where="in the limit t → ∞")
    return proof.derivation()


def _variance(proof: Proof) -> int:
    """dC/dt = ∫ g·∂q/∂t = −Var_q[g]; the line that names E_q[g]."""
    g, average = slope(q), AVERAGE
    mass, square = integral(q * g), integral(q * g**2)
    whole = _mean_slope(proof)
    slope_of_c = proof.derivative("∂c/∂q", C(q).integrand, q, g, "C = ∫ c(p, q) dμ: its derivative is g")
    moved = proof.equal(integral(g * -q * (g - average)), -square + average * mass, "g times ∂q/∂t = −q·(g − E_q[g])")
    variance = integral(q * (g - average) ** 2)
    centred = proof.equal(variance, square - 2 * average * mass + average**2, "the variance", unit=q)
    left, right = integral(g * -q * (g - average)), -variance
    same = combine(proof, left, "=", right, {moved: 1, centred: 1, whole: average}, "∫ q·g = E_q[g]")
    rate = _named("dC/dt")
    proof.conclude("differentiation in a parameter", rate, "=", right, (slope_of_c, same), "dC/dt = ∫ g·∂q/∂t dμ")
    return whole


def _two_points(proof: Proof, part: Any) -> Derivation:
    """On two points: dC/dt against −part·Var_q[g], written out."""
    first, real = Symbol("q_1", positive=True), Symbol("p_1", positive=True)
    proof.domains |= {first: UNIT, real: UNIT}
    slopes = [slope(q).subs({p: P, q: Q}) for P, Q in ((real, first), (1 - real, 1 - first))]
    average = first * slopes[0] + (1 - first) * slopes[1]
    total = C(q).integrand.subs({p: real, q: first}) + C(q).integrand.subs({p: 1 - real, q: 1 - first})
    rate = sympy.diff(total, first) * (-first * (slopes[0] - average))
    variance = first * (slopes[0] - average) ** 2 + (1 - first) * (slopes[1] - average) ** 2
    reason = "on two points, C differentiated by the chain rule"
    proof.equal(rate, -part * variance, reason, shown=_named("dC/dt on two points"))
    return proof.derivation()
