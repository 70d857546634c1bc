"""The claims' formulas: every claim has one, and each can be typeset."""

from __future__ import annotations

import re

import pytest

from gantheory.claims import CLAIMS, Claim, Statement
from gantheory.claims.formulas import FORMULAS
from gantheory.verify.page.mathml import math


def test_every_claim_of_the_ledger_has_a_formula_and_no_formula_is_of_none() -> None:
    """A claim that is added is typeset too."""
    assert set(FORMULAS) == {claim.id for claim in CLAIMS}
    assert all(claim.latex == FORMULAS[claim.id] for claim in CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_formula_can_be_typeset(claim: Claim) -> None:
    """Nothing of LaTeX is left in it, and every statement with one of its own can be set as well."""
    several = [one for given in claim.statements.values() for one in (given if isinstance(given, tuple) else (given,))]
    for latex in [claim.latex, *(one.latex for one in several if one.latex)]:
        shown = math(latex)
        assert shown is not None
        assert "\\" not in shown
        assert not re.search(r"[_^{}]", re.sub(r"<mo[^>]*>[{}]</mo>", "", shown))


def test_a_proof_is_typeset_as_its_claim() -> None:
    """What is proved is the claim."""
    proofs = {claim.id: claim.statements["P"] for claim in CLAIMS if "P" in claim.statements}
    assert len(proofs) > 40
    for id, proof in proofs.items():
        assert isinstance(proof, Statement)
        assert proof.latex == FORMULAS[id]


def test_a_claim_of_ones_own_brings_its_formula() -> None:
    """Its own before that of its first statement, and none where neither has one."""
    statement = Statement("x = 0", lambda case: 0.0, latex="x = 0")
    assert Claim("mine.a", statements=statement).latex == "x = 0"
    assert Claim("mine.b", statements=statement, latex="y = 0").latex == "y = 0"
    assert Claim("mine.c", statements=Statement("x = 0", lambda case: 0.0)).latex == ""
