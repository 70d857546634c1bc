"""Proposition 1: for a fixed generator the best discriminator is p/(p + p_g), and what any other one loses.

h(y) = a log y + b log(1 − y), a, b ≥ 0 not both 0, is concave on [0, 1]; h(y*) − h(y) = (a + b)·kl(y*‖y), y* = a/(a
+ b).
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import D, Int, MeanData, MeanLatent, Value, bernoulli_kl, equation, p, q
from gantheory.symbolic.proof import Proof

__all__ = ["gap", "optimal_discriminator", "pointwise", "posterior"]

a: Any = Symbol("a", positive=True)
b: Any = Symbol("b", positive=True)
y: Any = Symbol("y", positive=True)
u: Any = Symbol("u", positive=True)
UNIT = (0, 1)
LAWS = "p = p_data and q = p_g are densities with respect to one measure μ"
DISCRIMINATOR = "D is measurable with values in [0, 1]; 0·log 0 = 0"

CONCAVE = (
    "the Notes call the integrand convex (凸); under the usual convention it is concave, which is why it has a maximum "
    "(in the Tongji textbook 凸 means concave)"
)
REAL_PAIRS = (
    "GAN14 takes (a, b) in ℝ² ∖ {0}; for negative ones a/(a+b) is no maximum: a, b ≥ 0, not both 0, is what is needed"
)
ANY_G = (
    "the Notes equate p_z(z) with p_g(x) for an injective G (the Jacobian dropped); "
    "the change of variables holds for any measurable G"
)
SCORE = "the Notes read D's score as a probability; only D* is one, at equal priors"


def bernoulli_nonnegative(proof: Proof) -> int:
    """kl(u‖y) ≥ 0, equality iff y = u."""
    kl = bernoulli_kl(u, y)
    second = u / y**2 + (1 - u) / (1 - y) ** 2
    return proof.tangent("kl", kl, y, u, second, "kl(u‖y) ≥ 0, equality iff y = u")


def pointwise(counterfeit: str | None = None) -> Derivation:
    """The pointwise lemma, its edge cases included."""
    proof = Proof(
        "prop1.pointwise",
        "h(y) = a log y + b log(1 − y) is concave on [0, 1], with its maximum at a/(a + b)",
        hypotheses=("a, b ≥ 0, not both 0; 0·log 0 = 0",),
        slips=(CONCAVE, REAL_PAIRS),
        domains={y: UNIT, u: UNIT},
        counterfeit=counterfeit,
    )
    if counterfeit == "GAN14: (a,b) in R^2 minus 0":
        return _negative_pair(proof)
    h = a * log(y) + b * log(1 - y)
    star = b / (a + b) if counterfeit == "maximum at b/(a+b)" else a / (a + b)
    second = -a / y**2 - b / (1 - y) ** 2
    proof.derivative("h′(y)", h, y, a / y - b / (1 - y), "differentiate")
    proof.derivative("h″(y)", h, y, second, "differentiate twice", order=2)
    if counterfeit == "convex":
        proof.compare(second, ">", 0, "h would be convex")
        return proof.derivation()
    proof.compare(second, "<", 0, "h is strictly concave where a, b > 0")
    proof.equal(
        sympy.diff(h, y).subs(y, star), 0, f"the slope vanishes at y* = {star}", shown=Symbol("h′(y*)", real=True)
    )
    loss = h.subs(y, star) - h
    proof.equal(loss, (a + b) * bernoulli_kl(star, y), "the exact gap", shown=Symbol("h(y*) − h(y)", real=True))
    nonnegative = bernoulli_nonnegative(proof)
    proof.scaled(loss, ">=", 0, nonnegative, "so y* is the maximum, and the only one", at={u: star}, weight=a + b)
    _edges(proof, h)
    return proof.derivation()


def _edges(proof: Proof, h: Any) -> None:
    """a = 0, b = 0, y = 0, y = 1."""
    proof.compare(-a * log(y), ">", 0, "h(1) − h(y) = a·kl(1‖y): the maximum is y* = 1", where="b = 0")
    proof.compare(-b * log(1 - y), ">", 0, "h(0) − h(y) = b·kl(0‖y): the maximum is y* = 0", where="a = 0")
    proof.compare(-a / y**2, "<", 0, "h is strictly concave here too", where="b = 0")
    proof.compare(-b / (1 - y) ** 2, "<", 0, "h is strictly concave here too", where="a = 0")
    edge = Symbol("ε", positive=True)
    for end, near in (("0", edge), ("1", 1 - edge)):
        close = near.subs(edge, edge / (1 + edge))
        shown = Symbol(f"h({end})", real=True)
        proof.limit(
            h.subs(y, close), edge, -sympy.oo, f"the end {end} is never the maximum", shown=shown, where="a, b > 0"
        )


def _negative_pair(proof: Proof) -> Derivation:
    """(a, b) = (−1, −1): a/(a + b) = ½ is the minimum."""
    h = -log(y) - log(1 - y)
    proof.equal(sympy.diff(h, y).subs(y, Rational(1, 2)), 0, "the slope vanishes at a/(a+b) = ½", where="a = b = −1")
    proof.compare(sympy.diff(h, y, 2), "<", 0, "h would be concave", where="a = b = −1")
    proof.compare(h.subs(y, Rational(1, 2)), ">=", h, "½ would be the maximum", where="a = b = −1")
    return proof.derivation()


def optimal_discriminator(counterfeit: str | None = None) -> Derivation:
    """Eq. (2): D* = p/(p + p_g) maximises V(G, ·)."""
    best = {"p_g/(p+p_g)": q / (p + q), "p/(p+2p_g)": p / (p + 2 * q)}.get(counterfeit or "", p / (p + q))
    proof = Proof(
        "prop1.optimal-discriminator",
        "D* = p/(p + p_g) maximises V(G, ·), alone up to sets where p + p_g = 0",
        hypotheses=(LAWS, DISCRIMINATOR, "G is any measurable map"),
        slips=(CONCAVE, ANY_G),
        domains={D: UNIT, y: UNIT, u: UNIT},
        counterfeit=counterfeit,
    )
    proof.equal(MeanData(log(D)) + MeanLatent(log(1 - D)), Value(D), "eq. (1) to (3): one integral over x")
    slope = sympy.diff(p * log(D) + q * log(1 - D), D)
    proof.equal(slope.subs(D, best), 0, "the integrand's slope in D vanishes at D*")
    gap_line = proof.equal(Value(best) - Value(D), Int((p + q) * bernoulli_kl(best, D)), "the gap identity of Prop. 1")
    nonnegative = bernoulli_nonnegative(proof)
    whole = proof.monotone(
        Int((p + q) * bernoulli_kl(best, D)), ">=", 0, nonnegative, "integrate", at={u: best, y: D}, weight=p + q
    )
    proof.chain(Value(best), ">=", Value(D), (gap_line, whole), "no D does better")
    proof.vanishing(
        equation(Int((p + q) * bernoulli_kl(best, D)), 0),
        equation(D, best),
        whole,
        "only D* does as well, where p + q > 0",
    )
    return proof.derivation()


def gap(counterfeit: str | None = None) -> Derivation:
    """The measurable size of "D is not at its optimum"."""
    best = p / (p + q)
    kl = bernoulli_kl(D, best) if counterfeit == "kl(D||D*)" else bernoulli_kl(best, D)
    proof = Proof(
        "prop1.gap",
        "V(G, D*) − V(G, D) = ∫ (p + p_g)·kl(D*‖D) dμ for every D",
        hypotheses=(LAWS, DISCRIMINATOR, "V(G, D) = −∞ exactly where the right side is +∞"),
        domains={D: UNIT},
        counterfeit=counterfeit,
    )
    pointwise_gap = p * log(best / D) + q * log((1 - best) / (1 - D))
    proof.equal(Value(best) - Value(D), Int(pointwise_gap), "subtract the integrands: V(G, D*) is finite")
    proof.equal(pointwise_gap, (p + q) * kl, "p = (p+q)·D*, q = (p+q)·(1−D*)")
    proof.equal(Value(best) - Value(D), Int((p + q) * kl), "so the gap is an integrated Bernoulli divergence")
    return proof.derivation()


def posterior(counterfeit: str | None = None) -> Derivation:
    """D* is a posterior probability, and the logistic function of the log-ratio."""
    best, half = p / (p + q), Rational(1, 2)
    proof = Proof(
        "prop1.posterior",
        "D* = P(real | x) at equal priors = σ(log p − log p_g)",
        hypotheses=(LAWS, "the label is fair: P(real) = P(fake) = ½"),
        slips=(SCORE,),
        counterfeit=counterfeit,
    )
    proof.equal(half * p / (half * p + half * q), best, "Bayes' rule at equal priors")
    ratio = log(p) - log(q)
    claimed = ratio / 2 if counterfeit == "σ of half the log-ratio" else ratio
    proof.equal(log(best / (1 - best)), claimed, "the logit of D* is the log-ratio r")
    odds = Symbol("e^r", positive=True)
    at_odds = Symbol("D* at p = q·e^r", real=True)
    proof.equal(best.subs(p, odds * q), 1 / (1 + 1 / odds), "σ(r) = 1/(1 + e^(−r))", shown=at_odds)
    proof.equal(log(best), -log(1 + q / p), "log D* = −softplus(−r)")
    proof.equal(log(1 - best), -log(1 + p / q), "log(1 − D*) = −softplus(r)")
    return proof.derivation()
