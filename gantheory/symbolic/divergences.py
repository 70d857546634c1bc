"""The Kullback–Leibler divergence: its sign, and the cross-entropy that exceeds entropy by it."""

from __future__ import annotations

from typing import Any

from sympy import Symbol, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import KL, CrossEntropy, Entropy, Int, equation, p, q
from gantheory.symbolic.proof import Proof

__all__ = ["kl_cross_entropy", "kl_nonnegative"]

LAWS = "p and q are densities with respect to one measure μ"
t: Any = Symbol("t", positive=True)


def kl_nonnegative(counterfeit: str | None = None) -> Derivation:
    """KL(p‖q) ≥ 0, equality iff p = q."""
    proof = Proof(
        "kl.nonnegative",
        "KL(p‖q) ≥ 0, equality iff p = q almost everywhere",
        hypotheses=(LAWS, "where q = 0 < p on a set of positive measure, KL = +∞"),
        counterfeit=counterfeit,
    )
    if counterfeit == "with 2q in place of q":
        curve = proof.tangent("g", t * log(t) - t + 1, t, 1, 1 / t, "t log t ≥ t − 1")
        proof.monotone(KL(p, 2 * q), ">=", 0, curve, "2q has not mass 1", at={t: p / q}, weight=q)
        return proof.derivation()
    curve = proof.tangent("g", t * log(t) - t + 1, t, 1, 1 / t, "t log t ≥ t − 1, equality iff t = 1")
    centred = Int(p * log(p / q) - p + q)
    balanced = proof.same_mass(KL(p, q), centred, q - p, "∫p = ∫q = 1, so the integrand may be centred")
    whole = proof.monotone(centred, ">=", 0, curve, "q·g(p/q) = p log(p/q) − p + q", at={t: p / q}, weight=q)
    proof.chain(KL(p, q), ">=", 0, (balanced, whole), "KL is nonnegative")
    proof.vanishing(equation(centred, 0), equation(p, q), whole, "and zero only for equal laws")
    return proof.derivation()


def kl_cross_entropy(counterfeit: str | None = None) -> Derivation:
    """H(p, q) = H(p) + KL(p‖q)."""
    entropy = Entropy(q) if counterfeit == "H(q) + KL" else Entropy(p)
    proof = Proof(
        "kl.cross-entropy",
        "H(p, q) = H(p) + KL(p‖q): KL is the excess code length",
        hypotheses=(LAWS, "H(p) is finite"),
        slips=('entropy is not "defined as follows" by the formula of KL, as the Notes have it: H(p) = −∫ p log p',),
        counterfeit=counterfeit,
    )
    if counterfeit is None:
        proof.equal(-p * log(q), -p * log(p) + p * log(p / q), "log q = log p − log(p/q)")
    proof.equal(CrossEntropy(p, q), entropy + KL(p, q), "integrate")
    return proof.derivation()
