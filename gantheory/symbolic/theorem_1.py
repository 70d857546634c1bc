"""Theorem 1: C(G) = −log 4 + 2·JSD(p_data‖p_g) for every G, and its minimum −log 4 is reached only at p_g = p_data."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import (
    JSD,
    KL,
    D,
    Int,
    MeanData,
    MeanLatent,
    TotalVariation,
    Value,
    bernoulli_kl,
    equation,
    p,
    phi,
    q,
)
from gantheory.symbolic.jensen_shannon import (
    LAWS,
    d,
    jensen_lower_bound,
    m,
    nonnegative_jsd,
    singular_equality,
)
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import ANY_G, DISCRIMINATOR, UNIT, bernoulli_nonnegative, u, y

__all__ = ["criterion", "global_minimum", "jsd_form", "kl_form", "maximum", "saddle", "stability"]

BEST_G = "the Notes state the KL and JSD forms of C for the best G only; they hold for every G"
MINIMUM_OF_V = "the Notes say that V attains its minimum −log 4: C does; V itself has infimum −∞"
SADDLE = 'the Notes look for "the G and D that minimise V": it is a saddle, minimal in G and maximal in D'
BEST: Any = p / (p + q)
C4: Any = p * log(p / (p + q)) + q * log(q / (p + q))
C: Any = Int(C4)
LOG4 = log(4)
w: Any = Symbol("w", positive=True)


def criterion(counterfeit: str | None = None) -> Derivation:
    """Eq. (4)."""
    dropped = p * log(BEST) if counterfeit == "p_g term dropped" else C4
    proof = Proof(
        "thm1.criterion",
        "C(G) = max_D V(G, D) = E[log p/(p+p_g)] + E_g[log p_g/(p+p_g)]",
        hypotheses=(LAWS, DISCRIMINATOR),
        slips=(ANY_G,),
        domains={D: UNIT, y: UNIT, u: UNIT},
        counterfeit=counterfeit,
    )
    proof.equal(MeanData(log(D)) + MeanLatent(log(1 - D)), Value(D), "eq. (1) to (3)")
    at_best = proof.equal(Value(BEST), Int(dropped), "eq. (4): D* = p/(p+q), 1 − D* = q/(p+q)")
    gap = proof.equal(Value(BEST) - Value(D), Int((p + q) * bernoulli_kl(BEST, D)), "the gap identity of Prop. 1")
    positive = bernoulli_nonnegative(proof)
    whole = proof.monotone(
        Int((p + q) * bernoulli_kl(BEST, D)), ">=", 0, positive, "integrate", at={u: BEST, y: D}, weight=p + q
    )
    proof.chain(Int(dropped), ">=", Value(D), (at_best, gap, whole), "a maximum over D climbs to it and never past")
    return proof.derivation()


def kl_form(counterfeit: str | None = None) -> Derivation:
    """Eq. (5)."""
    mean = p + q if counterfeit == "m = p + p_g" else (p + q) / 2
    proof = Proof(
        "thm1.kl-form",
        "C(G) = −log 4 + KL(p‖m) + KL(p_g‖m), m = (p + p_g)/2, for every G",
        hypotheses=(LAWS,),
        slips=(BEST_G,),
        counterfeit=counterfeit,
    )
    halved = p * log(p / mean) + q * log(q / mean) - (p + q) * log(2)
    proof.equal(C, Int(halved), "p + q = 2m inside both logarithms")
    proof.equal(Int(-(p + q) * log(2)), -LOG4, "∫p = ∫q = 1")
    proof.equal(C, -LOG4 + KL(p, mean) + KL(q, mean), "eq. (5), whatever G is")
    return proof.derivation()


def jsd_form(counterfeit: str | None = None) -> Derivation:
    """Eq. (6)."""
    constant = log(2) if counterfeit == "-log 2" else LOG4
    factor = 1 if counterfeit == "1·JSD" else 2
    proof = Proof(
        "thm1.jsd-form",
        "C(G) = −log 4 + 2·JSD(p‖p_g) for every G",
        hypotheses=(LAWS,),
        slips=(BEST_G,),
        counterfeit=counterfeit,
    )
    mean = (p + q) / 2
    proof.equal(KL(p, mean) + KL(q, mean), 2 * JSD(p, q), "the definition of JSD")
    proof.equal(C, -constant + factor * JSD(p, q), "eq. (6), whatever G is")
    return proof.derivation()


def global_minimum(counterfeit: str | None = None) -> Derivation:
    """C ≥ −log 4, with equality only at p_g = p_data."""
    proof = Proof(
        "thm1.global-minimum",
        "C(G) ≥ −log 4, equality iff p_g = p_data, and there D* = ½ almost everywhere",
        hypotheses=(LAWS,),
        slips=(BEST_G, MINIMUM_OF_V),
        counterfeit=counterfeit,
        densities=(p, q, w),
    )
    if counterfeit == "equality at p_g = (p + u)/2":
        proof.equal(
            JSD(p, (p + w) / 2), 0, "C would be −log 4 at a law between p and another law", where="p_g = (p + w)/2"
        )
        return proof.derivation()
    form = proof.equal(C, -LOG4 + 2 * JSD(p, q), "eq. (6)")
    whole = nonnegative_jsd(proof)
    proof.chain(C, ">=", -LOG4, (form, whole, whole), "JSD ≥ 0, twice")
    proof.vanishing(
        equation(JSD(p, q), 0), equation(p, q), whole, "equality only at p_g = p_data: the minimum is unique"
    )
    proof.equal(JSD(p, p), 0, "and there it is attained")
    proof.equal(BEST.subs(q, p), Rational(1, 2), "where p_g = p_data, D* = ½", shown=Symbol("D*", real=True))
    return proof.derivation()


def stability(counterfeit: str | None = None) -> Derivation:
    """C + log 4 ≥ 2φ(TV) ≥ TV²."""
    proof = Proof(
        "thm1.stability",
        "C(G) + log 4 ≥ 2φ(TV) ≥ TV²: near the minimum p_g is near p_data",
        hypotheses=(LAWS, "TV = ½∫|p − q| dμ"),
        domains={d: UNIT},
        counterfeit=counterfeit,
        densities=(p, q, m),
    )
    form = proof.equal(C, -LOG4 + 2 * JSD(p, q), "eq. (6)")
    rewritten, jensen = jensen_lower_bound(proof)
    tv = TotalVariation(p, q)
    proof.chain(C + LOG4, ">=", 2 * phi(tv), (form, rewritten, rewritten, jensen, jensen), "twice the bound on JSD")
    if counterfeit == ">= 2·TV":
        proof.compare(2 * phi(d), ">=", 2 * d, "on two-level laws, where TV = d and 2·JSD = 2φ(d)")
        return proof.derivation()
    proof.tangent(
        "g", 2 * phi(d) - d**2, d, 0, 2 * d**2 / (1 - d**2), "2φ(d) ≥ d² on [0, 1): g″ ≥ 0, and > 0 for d > 0"
    )
    below = len(proof.steps)
    proof.scaled(2 * phi(d), ">=", d**2, below, "the quadratic bound, at d = TV")
    return proof.derivation()


def maximum(counterfeit: str | None = None) -> Derivation:
    """C = 0 iff p_data and p_g are mutually singular."""
    proof = Proof(
        "thm1.maximum",
        "C(G) ≤ 0, equality iff p_data and p_g are mutually singular",
        hypotheses=(LAWS,),
        counterfeit=counterfeit,
    )
    if counterfeit == "C = 0 for overlapping supports":
        proof.equal(C, 0, "C would vanish on laws that overlap")
        return proof.derivation()
    loss = p * log((p + q) / p) + q * log((p + q) / q)
    proof.equal(C, -Int(loss), "turn the quotients over")
    singular_equality(proof, loss, equation(C, 0))
    return proof.derivation()


def saddle(counterfeit: str | None = None) -> Derivation:
    """No duality gap in p_g-space, and no minimum of V."""
    level = Rational(3, 5) if counterfeit == "D = 0.6" else Rational(1, 2)
    proof = Proof(
        "thm1.saddle",
        "max_D inf_G V = min_G max_D V = −log 4, at D ≡ ½ and p_g = p_data; inf over G and D of V is −∞",
        hypotheses=(LAWS, DISCRIMINATOR, "G ranges over all laws p_g"),
        slips=(SADDLE, MINIMUM_OF_V),
        domains={D: UNIT, y: UNIT, u: UNIT},
        counterfeit=counterfeit,
    )
    lower, upper = Symbol("max_D inf_G V", real=True), Symbol("min_G max_D V", real=True)
    flat = proof.equal(Value(level), -LOG4, f"D ≡ {level} gives one value for every G")
    below = proof.conclude("substitution", lower, ">=", -LOG4, (flat,), "so this D guarantees −log 4 against every G")
    proof.equal(C, -LOG4 + 2 * JSD(p, q), "max_D V = C(G), eq. (6)")
    whole = nonnegative_jsd(proof)
    attained = proof.equal(Int(C4.subs(q, p)), -LOG4, "C(G) at p_g = p_data", unit=p)
    above = proof.conclude("substitution", upper, "=", -LOG4, (whole, attained), "the minimum of C")
    dual = proof.conclude("weak duality", lower, "<=", upper, (flat, attained), "always")
    proof.antisymmetry(lower, upper, (below, above), (dual,), "no duality gap in p_g-space")
    proof.equal(
        Int(-2 * p * log(2) - p * log(D) - p * log(1 - D)),
        Int(2 * p * bernoulli_kl(Rational(1, 2), D)),
        "V(G, ½) − V(G, D) at p_g = p_data is ≥ 0: no D beats ½",
    )
    t = Symbol("t", positive=True)
    constant = log(t) + log(1 - t)
    proof.limit(
        constant.subs(t, t / (1 + t)), t, -sympy.oo, "constant D ≡ t, t falling to 0: V has no minimum", shown=constant
    )
    return proof.derivation()
