"""The names that steps give to quantities, typeset: each is a formula, and none falls apart at its subscript."""

from __future__ import annotations

import re

import pytest
import sympy

from gantheory.claims import CLAIMS, Statement
from gantheory.symbolic.labels import label_latex
from gantheory.symbolic.printing import latex
from gantheory.verify.page.mathml import math


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("KL(p‖q_0)/(ηt)", r"\mathrm{KL}(p\,\|\,q_{0})/(ηt)"),
        ("C(q_t) + log 4", r"C(q_{t})+\log 4"),
        ("d/dt KL(p‖q_t)", r"d/dt\,\mathrm{KL}(p\,\|\,q_{t})"),
        ("max_D inf_G V", r"\max _{D}\inf _{G}\,V"),
        ("JSD's integrand on p", r"\text{JSD's }\text{integrand }\text{on }p"),
        ("KL(Laplace₁ ‖ Laplace₂)", r"\mathrm{KL}(\text{Laplace}_{1}\,\|\,\text{Laplace}_{2})"),
        ("2^(−t)·(q_0 − p)", r"2^{-t} \cdot (q_{0}-p)"),
        ("∫ D′·(F_q − F_p) dx", r"\int D' \cdot (F_{q}-F_{p})\,dx"),
        ("(f*)′(T*)", r"(f^{*})'(T^{*})"),
        ("θ² after a step", r"θ^{2}\text{ after }\text{a }\text{step}"),
    ],
)
def test_a_name_is_set_as_it_is_read(name: str, shown: str) -> None:
    """Words are words, operators are operators, and subscripts end where they end."""
    assert label_latex(name) == shown
    assert latex(sympy.Symbol(name)) == shown


@pytest.mark.parametrize("name", ["p", "q_0", "b1", "q′", "theta", "p_g"])
def test_a_variable_is_sympys(name: str) -> None:
    """A symbol that is no line of text is set as ever; so are Greek letters that are spelt."""
    assert latex(sympy.Symbol(name)) == sympy.latex(sympy.Symbol(name))


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if "P" in claim.statements], ids=lambda claim: claim.id)
def test_every_step_of_the_ledger_can_be_typeset(claim: object) -> None:
    """Brackets are balanced within every subscript, which is how a name that falls apart shows."""
    proof = claim.statements["P"]  # type: ignore[attr-defined]
    assert isinstance(proof, Statement)
    for step in proof.check(None).steps:
        shown = step.latex().replace(" &", " ", 1)
        assert math(shown) is not None, shown
        for subscript in re.findall(r"[_^]\{([^{}]*)\}", shown):
            assert subscript.count("(") == subscript.count(")"), shown
