"""Proposition 2 in function space: mirror descent on C with D* at every step, and the condition that repairs it.

.. math:: q^+ = q\\,e^{-\\eta g}/Z, \\qquad g = \\log(1 - D^*_q), \\qquad
          \\log q^+ = (1-\\eta)\\log q + \\eta\\log(p+q) - \\log Z, \\qquad 0 < \\eta \\le 1 .

C falls at every step and C(q_t) + log 4 ≤ KL(p‖q_0)/(ηt); at η = 1 the step is q⁺ = (p + q)/2. In the proofs log Z is a
symbol: that its expression in p, q and q⁺ is one constant is what defines the step.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic.bregman import (
    HALF,
    LOG4,
    SLOPE,
    C,
    bregman_identity,
    certificate,
    convexity,
    divergence,
    entropy_tangent,
    integral,
    kl_nonnegative,
    mean,
    slope,
    w,
)
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import JSD, equation, p, q
from gantheory.symbolic.inequalities import combine, define
from gantheory.symbolic.jensen_shannon import LAWS
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import UNIT, u, y

__all__ = ["capacity_price", "mirror_descent", "repaired"]

NEXT: Any = Symbol("q⁺", positive=True)
eta: Any = Symbol("η", positive=True)
log_z: Any = Symbol("log Z", real=True)
steps: Any = Symbol("t", positive=True)
kappa: Any = Symbol("κ", positive=True)
gained: Any = Symbol("κ_s", positive=True)
a: Any = Symbol("a", positive=True)
STEP = {log_z: (1 - eta) * log(q) + eta * log(p + q) - log(NEXT)}
UPDATE = "log q⁺ = (1−η) log q + η log(p + q) − log Z, that is q⁺ = q·e^(−ηg)/Z; 0 < η ≤ 1"
START = "KL(p‖q_0) < ∞, so that every integral here is finite"
IMPROVED = (
    'GAN14 has p_g "updated so as to improve the criterion" and concludes that it converges to p_data: '
    "q_t = p + (½ + 2^(−t−1))·(q_0 − p) improves C at every step, with D = D*, and does not"
)
jsd: Any = JSD


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def weighted_slope(proof: Proof, law: Any) -> int:
    """η·∫ law·g dμ by the step, which says that η·g = log(q/q⁺) − log Z."""
    gone = divergence(law, NEXT) if law != NEXT else 0
    left = divergence(law, q) if law != q else 0
    reason = "η·g = log(q/q⁺) − log Z"
    return proof.equal(eta * integral(law * slope(q)), gone - left - log_z, reason, under=(STEP,), unit=law)


def mirror_descent(counterfeit: str | None = None) -> Derivation:
    """C falls; C(q_t) + log 4 ≤ KL(p‖q_0)/(ηt); at η = 1 the error halves, and JSD at least halves."""
    proof = Proof(
        "prop2.mirror-descent",
        "q⁺ = q·e^(−ηg)/Z: C falls, C(q_t) + log 4 ≤ KL(p‖q_0)/(ηt); η = 1 halves q − p exactly, and JSD at least",
        hypotheses=(LAWS, SLOPE, UPDATE, START),
        slips=(IMPROVED,),
        domains={eta: UNIT, y: UNIT, u: UNIT},
        counterfeit=counterfeit,
        densities=(p, q, NEXT),
    )
    if counterfeit == "a wrong-sign step":
        return _wrong_sign(proof)
    if counterfeit is None:
        _descent(proof)
    if counterfeit != "JSD always quartered":
        _halving(proof, Rational(1, 3) if counterfeit == "thirds" else HALF)
    if counterfeit != "thirds":
        _halved_divergence(proof, Rational(1, 4) if counterfeit else HALF)
    return proof.derivation()


def _descent(proof: Proof) -> None:
    """The decrease of one step, what it gains on KL(p‖q), and the sum of many."""
    curve = entropy_tangent(proof)
    identity = bregman_identity(proof, NEXT, q, "the Bregman identity")
    means = kl_nonnegative(proof, mean(NEXT), mean(q), curve, w)
    forth = kl_nonnegative(proof, NEXT, q, curve, w)
    back = kl_nonnegative(proof, q, NEXT, curve, w)
    slopes = [weighted_slope(proof, law) for law in (NEXT, q, p)]
    three = combine(
        proof,
        eta * integral(NEXT * slope(q)) - eta * integral(p * slope(q)),
        "=",
        divergence(p, q) - divergence(p, NEXT) - divergence(NEXT, q),
        {slopes[0]: 1, slopes[2]: 1},
        "the three-point identity: log Z cancels",
    )
    moved = integral((NEXT - q) * slope(q))
    split = proof.equal(moved, integral(NEXT * slope(q)) - integral(q * slope(q)), "linearity")
    step = {identity: 1, means: 2, split: 1, slopes[0]: 1 / eta, slopes[1]: 1 / eta}
    closed = ({eta: 1},)
    fall = combine(
        proof,
        C(q) - C(NEXT),
        ">=",
        0,
        step | {forth: 1 / eta - 1, back: 1 / eta},
        "C(q) − C(q⁺) ≥ (KL(q‖q⁺) + KL(q⁺‖q))/η − KL(q⁺‖q)",
        also=closed,
    )
    above = certificate(proof)
    parts = proof.equal(integral((q - p) * slope(q)), integral(q * slope(q)) - integral(p * slope(q)), "linearity")
    gain = combine(
        proof,
        C(NEXT) + LOG4,
        "<=",
        (divergence(p, q) - divergence(p, NEXT)) / eta,
        {identity: 1, means: 2, split: 1, three: 1 / eta, forth: 1 / eta - 1, above: 1, parts: 1},
        "1-smoothness, the three-point identity and the certificate",
        also=closed,
    )
    potential = combine(
        proof,
        steps * (C(q) + LOG4) + divergence(p, q) / eta,
        ">=",
        (steps + 1) * (C(NEXT) + LOG4) + divergence(p, NEXT) / eta,
        {fall: steps, gain: 1},
        "t·(C(q_t) + log 4) + KL(p‖q_t)/η never rises",
        also=({steps: 0},),
    )
    premises = (potential, fall, gain)
    bound = _named("KL(p‖q_0)/(ηt)")
    reason = "it starts at KL(p‖q_0)/η, and KL(p‖q_t) ≥ 0"
    proof.conclude("induction", _named("C(q_t) + log 4"), "<=", bound, premises, reason)


def _halving(proof: Proof, ratio: Any) -> None:
    """η = 1: q⁺ = (p + q)/2, and q_t − p = 2^(−t)·(q_0 − p)."""
    scale, start = Symbol("α", positive=True), Symbol("q_0", positive=True)
    growth = 1 / (1 - p / (p + q))
    proof.equal(q * growth, p + q, "at η = 1: e^(−g) = 1/(1 − D*)", shown=_named("q·e^(−g)"))
    proof.equal(integral(p + q), 2, "Z, so that q⁺ = (p + q)/2")
    one = proof.equal(mean(q) - p, ratio * (q - p), "one step", shown=_named("q⁺ − p"))
    after = (p + (p + scale * (start - p))) / 2 - p
    many = proof.equal(after, scale / 2 * (start - p), "from q_t = p + α·(q_0 − p)", shown=_named("q⁺ − p from q_t"))
    left, right = _named("q_t − p"), _named("2^(−t)·(q_0 − p)")
    proof.conclude("induction", left, "=", right, (one, many), "α = 1 at t = 0, and halves at every step")


def halved(proof: Proof) -> int:
    """C(m) + log 4 ≤ ½·(C(q) + log 4), m = (p + q)/2."""
    between = convexity(proof, HALF, q, p)
    least = proof.equal(C(p), -LOG4, "C is −log 4 at p_g = p_data", unit=p)
    lines = {between: 1, least: HALF}
    return combine(proof, C(mean(q)) + LOG4, "<=", (C(q) + LOG4) / 2, lines, "the step to (p + q)/2 gains a half")


def _halved_divergence(proof: Proof, ratio: Any) -> None:
    gain = halved(proof)
    forms = [proof.equal(C(law), -LOG4 + 2 * jsd(p, law), "eq. (6)", unit=mean(law)) for law in (q, mean(q))]
    if ratio != HALF:
        proof.chain(jsd(p, mean(q)), "<=", ratio * jsd(p, q), (gain, *forms), "JSD would be quartered")
        return
    weights = {gain: HALF, forms[0]: Rational(1, 4), forms[1]: HALF}
    combine(proof, jsd(p, mean(q)), "<=", jsd(p, q) / 2, weights, "JSD at least halves at η = 1")


def _wrong_sign(proof: Proof) -> Derivation:
    """Two points, η = 1 and the sign of g turned: q⁺ = q²/(p + q)/Z."""
    data, before, after = (HALF, HALF), (Rational(3, 4), Rational(1, 4)), (Rational(27, 32), Rational(5, 32))
    share = before[0] ** 2 / (data[0] + before[0])
    total = share + before[1] ** 2 / (data[1] + before[1])
    reason = "q·e^(+g)/Z at the first of two points, p = (½, ½) and q = (¾, ¼)"
    proof.equal(share / total, after[0], reason, shown=_named("q⁺ there"))
    values = [sum(C(q).integrand.subs({p: P, q: Q}) for P, Q in zip(data, law)) for law in (after, before)]
    proof.compare(values[0], "<=", values[1], "C(q⁺) ≤ C(q) would hold")
    return proof.derivation()


def repaired(counterfeit: str | None = None) -> Derivation:
    """With κ the step's gain as a share of the halving step's: C_t + log 4 ≤ Π(1 − κ_s/2)·(C_0 + log 4)."""
    proof = Proof(
        "prop2.repaired",
        "Σκ_t = ∞ implies C(q_t) → −log 4, and C(q_t) + log 4 ≤ Π(1 − κ_s/2)·(C(q_0) + log 4)",
        hypotheses=(
            LAWS,
            "κ_t = [C(q_t) − C(q_{t+1})]/[C(q_t) − C((p+q_t)/2)] ≥ 0, by whatever update",
            "C ≥ −log 4 (thm1.global-minimum)",
        ),
        slips=(IMPROVED,),
        domains={y: UNIT, u: UNIT, gained: (0, 2)},
        counterfeit=counterfeit,
    )
    if counterfeit == "updated so as to improve":
        proof.equal(C(mean(q)), -LOG4, "q_t = p + (½ + 2^(−t−1))·(q_0 − p) would end at −log 4", where="q is q_0")
        return proof.derivation()
    new = _named("C(q_{t+1})")
    update = define(proof, new, C(q) - kappa * (C(q) - C(mean(q))), "κ is the gain in units of the halving step's")
    gain = halved(proof)
    one = combine(
        proof,
        new + LOG4,
        "<=",
        (1 - kappa / 2) * (C(q) + LOG4),
        {update: 1, gain: kappa},
        "C(q) − C((p+q)/2) ≥ ½(C(q) + log 4)",
        also=({kappa: 0},),
    )
    excess, product = _named("C(q_t) + log 4"), _named("Π(1 − κ_s/2)·(C(q_0) + log 4)")
    reason = "1 − κ_s/2 ≥ 0 as long as C(q_s) + log 4 > 0, since C(q_{s+1}) + log 4 ≥ 0"
    bound = proof.conclude("induction", excess, "<=", product, (one,), reason)
    line = proof.tangent("k", w - 1 - log(w), w, 1, 1 / w**2, "log w ≤ w − 1")
    reason = "at w = 1 − κ_s/2; where κ_s = 2, C is −log 4 at the next step"
    each = proof.scaled(-gained / 2, ">=", log(1 - gained / 2), line, reason, at={w: 1 - gained / 2})
    logs, sum_ = _named("log Π(1 − κ_s/2)"), _named("−½·Σκ_s")
    total = proof.conclude("induction", logs, "<=", sum_, (each,), "added up")
    where = "in the limit t → ∞, Σκ_s = ∞"
    proof.conclude("squeeze", excess, "=", 0, (bound, total), "0 ≤ C + log 4 ≤ e^(−½Σκ)·(C(q_0) + log 4)", where=where)
    _improved(proof)
    return proof.derivation()


def _improved(proof: Proof) -> None:
    """GAN14's wording: along q = p + α·(q_0 − p) C falls with α, and α falls to ½ only."""
    scale, start, factor = Symbol("α", positive=True), Symbol("q_0", positive=True), Symbol("ε", positive=True)
    moved = (start - p) * sympy.diff(C(q).integrand, q)
    reason = "∂c/∂α by the chain rule, q = p + α·(q_0 − p)"
    shown = _named("α·∂c(p, q)/∂α")
    chain = proof.equal(scale * moved.subs(start, p + (q - p) / scale), (q - p) * slope(q), reason, shown=shown)
    above = certificate(proof)
    rise = _named("α·dC/dα")
    proof.conclude(
        "differentiation in a parameter",
        rise,
        ">=",
        _named("C(q) + log 4"),
        (chain, above),
        "> 0 unless q = p: C falls with α",
    )
    weight = HALF + factor / 2
    reason = "and α = ½ + 2^(−t−1) falls at every step: C(q_t) does"
    proof.compare(weight.subs(factor, factor / 2), "<", weight, reason, where="ε = 2^(−t)")
    where, law = "in the limit t → ∞, ε = 2^(−t) falling to 0", p + weight * (start - p)
    reason = "but this is where q_t tends, and not p"
    proof.limit(law, factor, mean(start), reason, shown=_named("p + α·(q_0 − p)"), where=where)


def capacity_price(counterfeit: str | None = None) -> Derivation:
    """Over laws on a set S of probability a the least C is a log a − (1+a) log(1+a), only at p(·|S)."""
    inside: Any = Symbol("p_S", positive=True)
    proof = Proof(
        "prop2.capacity-price",
        "over laws q on S, min C = a log a − (1+a) log(1+a), a = p(S), only at q = p(·|S)",
        hypotheses=(
            "p is a density, p_S = p(·|S), so that p = a·p_S on S; 0 < a < 1",
            "q is a density on S: q = 0 off S",
        ),
        domains={a: UNIT},
        counterfeit=counterfeit,
        densities=(inside, q),
        unit=inside,
    )
    price = a * log(a) - (1 + a) * log(1 + a)
    if counterfeit == "(1-a) log 4":
        proof.equal(price + LOG4, (1 - a) * LOG4, "the price would be linear in what is out of reach")
        return proof.derivation()
    edge = Symbol("ε", positive=True)
    c = C(q).integrand
    proof.limit(c.subs(q, edge), edge, 0, "off S, where q = 0, D* = 1", shown=_named("c(p, 0)"))
    of_s = c.subs(p, a * inside)
    proof.equal(integral(of_s.subs(q, inside)), price, "C at q = p(·|S)")
    linear = integral(a * inside * log(a / (1 + a)) + q * log(1 / (1 + a)))
    constant = proof.same_mass(linear, price, log(1 + a) * (q - inside), "p_S and q have mass 1: D* is constant there")
    rest = integral(q * log(q / inside) - (a * inside + q) * log((a * inside + q) / ((1 + a) * inside)))
    identity = proof.equal(integral(of_s) - linear, rest, "the Bregman identity at q = p(·|S)")
    f = w * log(w) - (a + w) * log((a + w) / (a + 1))
    reason = "f(w) = w log w − (a+w) log((a+w)/(a+1)) ≥ 0, equality iff w = 1"
    curve = proof.tangent("f", f, w, 1, a / (w * (a + w)), reason)
    whole = proof.monotone(rest, ">=", 0, curve, "integrate p_S·f(q/p_S)", at={w: q / inside}, weight=inside)
    lines = {identity: 1, constant: 1, whole: 1}
    combine(proof, integral(of_s), ">=", price, lines, "no law on S does better")
    proof.vanishing(equation(rest, 0), equation(q, inside), whole, "and only p(·|S) does as well")
    return proof.derivation()
