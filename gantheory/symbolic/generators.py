"""The change of variables from z to x on two monotone branches, one rising and one falling, and its inverse by Bayes.

Two stand for any number: each branch adds one term of the same form, with its own sign of G′.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, Symbol

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import Int, MeanLatent, q
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.proposition_1 import ANY_G

__all__ = ["inversion", "pushforward"]

p1: Any = Symbol("p_z(z₁)", positive=True)
p2: Any = Symbol("p_z(z₂)", positive=True)
g1: Any = Symbol("|G′(z₁)|", positive=True)
g2: Any = Symbol("|G′(z₂)|", positive=True)
h: Any = Symbol("h", positive=True)
BRANCHES = (
    "z₁(x) lies on a branch on which G rises, z₂(x) on one on which it falls; G(z₁) = G(z₂) = x, and G′ is not 0 there"
)
PRIOR = "p_z is a density with the distribution function F_z"


def pushforward(counterfeit: str | None = None) -> Derivation:
    """p_g(x) = Σ p_z(z)/|G′(z)|, and E_z[h(G(z))] = E_p_g[h]."""
    proof = Proof(
        "value.pushforward",
        "p_g(x) = Σ p_z(z)/|G′(z)| over the z with G(z) = x, and E_z[h(G(z))] = ∫ h p_g dμ",
        hypotheses=(PRIOR, BRANCHES, "the second holds for any measurable G, atoms included"),
        slips=(ANY_G,),
        counterfeit=counterfeit,
    )
    rising = proof.equal(g1 * (1 / g1), 1, "G(z₁(x)) = x differentiated: z₁′ = 1/G′(z₁)", shown=_named("G′(z₁)·z₁′"))
    falling = proof.equal(-g2 * (-1 / g2), 1, "likewise z₂′ = −1/|G′(z₂)|", shown=_named("G′(z₂)·z₂′"))
    claimed = {"one branch": p1 / g1, "the Jacobian dropped": p1 + p2}.get(counterfeit or "", p1 / g1 + p2 / g2)
    reason = "d/dx of P(G(z) ≤ x) = F_z(z₁(x)) + 1 − F_z(z₂(x)), by the chain rule with lines "
    proof.equal(p1 * (1 / g1) - p2 * (-1 / g2), claimed, f"{reason}{rising} and {falling}", shown=_named("p_g(x)"))
    proof.equal(MeanLatent(h), Int(q * h), "for any measurable G: the law of G(z) is what h is averaged under")
    return proof.derivation()


def inversion(counterfeit: str | None = None) -> Derivation:
    """P(z_i|x) = p_z(z_i)/|G′(z_i)| / p_g(x)."""
    proof = Proof(
        "latent.inversion",
        "P(z₁|x) = p_z(z₁)/|G′(z₁)| / p_g(x)",
        hypotheses=(PRIOR, BRANCHES),
        counterfeit=counterfeit,
    )
    p_g = p1 / g1 + p2 / g2
    first, second = p1 / g1 / p_g, p2 / g2 / p_g
    if counterfeit == "equal weights":
        first = second = Rational(1, 2)
    brought = "the mass p_z(z₁) dz₁ that branch 1 brings to dx"
    proof.equal(first * p_g, p1 / g1, brought, shown=_named("P(z₁|x)·p_g(x)"))
    proof.equal(second * p_g, p2 / g2, "likewise on branch 2", shown=_named("P(z₂|x)·p_g(x)"))
    proof.equal(first + second, 1, "every x has come from somewhere", shown=_named("P(z₁|x) + P(z₂|x)"))
    return proof.derivation()


def _named(name: str) -> Any:
    return Symbol(name, real=True)
