"""The claims, the counterfeits that must fall, and the one judge of both.

`CLAIMS` is an ordinary tuple in the ledger's order; `GROUPS` holds the same claims under their headings.
"""

from __future__ import annotations

from dataclasses import dataclass

from gantheory.claims.divergences import DIVERGENCES
from gantheory.claims.function_space import PROPOSITION_2
from gantheory.claims.generators import DATA_PROCESSING, INVERSION, MINIBATCH, PUSHFORWARD
from gantheory.claims.gradients import GRADIENTS
from gantheory.claims.neural import HYPOTHESES, NEURAL
from gantheory.claims.objectives import OBJECTIVE_CLAIMS
from gantheory.claims.parametric import PARAMETRIC
from gantheory.claims.practice import PRACTICE
from gantheory.claims.proposition_1 import PROPOSITION_1
from gantheory.claims.statement import Claim, Evidence, Statement, Verdict, judge
from gantheory.claims.theorem_1 import THEOREM_1
from gantheory.claims.value_function import VALUE_FUNCTION

__all__ = [
    "CLAIMS",
    "GROUPS",
    "OF_AN_OBJECTIVE",
    "OWN",
    "Claim",
    "Evidence",
    "Group",
    "Statement",
    "Verdict",
    "group_of",
    "judge",
]


@dataclass(frozen=True)
class Group:
    """Claims under one heading."""

    name: str
    title: str
    headline: str
    claims: tuple[Claim, ...]


# in the ledger's order: what is said of generators stands among the claims of its group
_at = [claim.id for claim in DIVERGENCES].index("js.total-variation")
_DIVERGENCES = (*DIVERGENCES[:_at], DATA_PROCESSING, *DIVERGENCES[_at:])
_VALUE_FUNCTION = (PUSHFORWARD, *VALUE_FUNCTION, MINIBATCH)
_at = [claim.id for claim in PROPOSITION_2].index("prop2.capacity-price")
_PROPOSITION_2 = (*PROPOSITION_2[:_at], *PARAMETRIC, PROPOSITION_2[_at], NEURAL, *PROPOSITION_2[_at + 1 :], HYPOTHESES)

GROUPS: tuple[Group, ...] = (
    Group(
        "divergences",
        "Divergences",
        "KL(p‖q) = E_p[r] and JSD = ½·KL(p‖m) + ½·KL(q‖m), r = log p − log q",
        _DIVERGENCES,
    ),
    Group("value_function", "The value function", "V(G, D) = E_p_data[log D] + E_p_g[log(1 − D)]", _VALUE_FUNCTION),
    Group("proposition_1", "Proposition 1", "D* = p_data/(p_data + p_g) maximises V(G, ·)", PROPOSITION_1),
    Group("theorem_1", "Theorem 1", "C(G) = −log 4 + 2·JSD(p_data‖p_g) ≥ −log 4", THEOREM_1),
    Group(
        "proposition_2",
        "Proposition 2",
        "p_g → p_data with D at its optimum, while gains do not fade",
        _PROPOSITION_2,
    ),
    Group("training", "Practice", "Algorithm 1, its losses, and the Dirac-GAN", (*GRADIENTS, *PRACTICE)),
    Group(
        "objectives",
        "Other objectives",
        "(a, b) ⇒ D*(p/q), f(u) = max_y u·a(y) + b(y), proper or not",
        OBJECTIVE_CLAIMS,
    ),
    Group("extensions", "Extensions", "P(z|x) = p_z(z)/|G′(z)| / p_g(x)", (INVERSION,)),
)
CLAIMS: tuple[Claim, ...] = tuple(claim for group in GROUPS for claim in group.claims)
OWN = Group("own", "Claims of your own", "decided as the ledger's are, by the same judge", ())

OF_AN_OBJECTIVE = Group("objective", "This objective", "each claim by two routes, and beside it a counterfeit", ())


def group_of(claim: Claim) -> Group:
    """The ledger's group that has a claim of this id; `OWN` if none has."""
    return next((group for group in GROUPS if any(one.id == claim.id for one in group.claims)), OWN)
