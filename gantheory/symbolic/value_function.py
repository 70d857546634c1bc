"""The value function V(G, D) = E_data[log D] + E_z[log(1 − D∘G)]: its sign, one constant D, and the cross-entropy
it is."""

from __future__ import annotations

from sympy import Rational, log

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import D, Int, MeanData, MeanLatent, Value, p, q
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import ANY_G, DISCRIMINATOR, LAWS, UNIT

__all__ = ["constant_half", "cross_entropy", "nonpositive"]


def nonpositive(counterfeit: str | None = None) -> Derivation:
    """V(G, D) ≤ 0."""
    proof = Proof(
        "value.nonpositive",
        "V(G, D) ≤ 0 for every G and D",
        hypotheses=(LAWS, DISCRIMINATOR),
        slips=(ANY_G,),
        domains={D: UNIT},
        counterfeit=counterfeit,
    )
    proof.equal(MeanData(log(D)) + MeanLatent(log(1 - D)), Value(D), "eq. (1) to (3): one integral over x")
    below = proof.compare(p * log(D) + q * log(1 - D), "<", 0, "D and 1 − D are below 1", where="0 < D < 1")
    bound = -log(4) if counterfeit == "V <= -log 4" else 0
    proof.monotone(Value(D), "<=", bound, below, "integrate")
    return proof.derivation()


def constant_half(counterfeit: str | None = None) -> Derivation:
    """D ≡ ½ gives −log 4."""
    level = Rational(1, 2)
    claimed = -log(2) if counterfeit == "-log 2" else -log(4)
    proof = Proof(
        "value.constant-half",
        "D ≡ ½ ⇒ V(G, D) = −log 4 for every G",
        hypotheses=(LAWS, "G is any measurable map"),
        slips=(ANY_G,),
        counterfeit=counterfeit,
    )
    proof.equal(MeanData(log(level)) + MeanLatent(log(1 - level)), Value(level), "eq. (1) to (3)")
    proof.equal(Value(level), Int(-(p + q) * log(2)), "log ½ twice")
    proof.equal(Value(level), claimed, "∫p = ∫q = 1")
    return proof.derivation()


def cross_entropy(counterfeit: str | None = None) -> Derivation:
    """V = −2 × the binary cross-entropy."""
    factor = 1 if counterfeit == "factor 1" else 2
    proof = Proof(
        "value.cross-entropy",
        "V(G, D) = −2 × the binary cross-entropy of D at equal priors",
        hypotheses=(LAWS, DISCRIMINATOR, "the label is fair: P(real) = P(fake) = ½"),
        domains={D: UNIT},
        counterfeit=counterfeit,
    )
    half = Rational(1, 2)
    entropy = -half * MeanData(log(D)) - half * MeanLatent(log(1 - D))
    proof.equal(entropy, Int(-half * p * log(D) - half * q * log(1 - D)), "the mean of −log P(label | x) under D")
    proof.equal(Value(D), -factor * entropy, "compare with eq. (3)")
    return proof.derivation()
