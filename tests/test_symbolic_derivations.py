"""Every derivation is proved, every counterfeit refuted, and the checker itself catches planted errors."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sympy
from sympy import Rational, log

from gantheory.errors import DomainError
from gantheory.symbolic import COUNTERFEITS, RULES, derivations, derive, functionals
from gantheory.symbolic.functionals import D, delta, equation, p, phi, q
from gantheory.symbolic.jensen_shannon import nonnegative_jsd
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.theorem_1 import C4
from gantheory.symbolic.two_point_laws import refuted_by_laws

# sympy types a Function's call as the class itself
JSD: Any = functionals.JSD
KL: Any = functionals.KL
Int: Any = functionals.Int

NAMES = (
    "kl.nonnegative",
    "kl.cross-entropy",
    "kl.closed-forms",
    "js.bounds",
    "js.symmetric",
    "js.entropy-form",
    "js.mutual-information",
    "js.total-variation",
    "js.local",
    "js.cauchy-game",
    "value.pushforward",
    "value.nonpositive",
    "value.constant-half",
    "value.cross-entropy",
    "prop1.pointwise",
    "prop1.optimal-discriminator",
    "prop1.gap",
    "prop1.posterior",
    "thm1.criterion",
    "thm1.kl-form",
    "thm1.jsd-form",
    "thm1.global-minimum",
    "thm1.stability",
    "thm1.maximum",
    "thm1.saddle",
    "latent.inversion",
    "prop2.convex",
    "prop2.gradient",
    "prop2.relative-smoothness",
    "prop2.mirror-descent",
    "prop2.linear-rate",
    "prop2.fisher-rao-flow",
    "prop2.repaired",
    "prop2.edges",
    "prop2.log-concave",
    "prop2.capacity-price",
    "prop2.step-identity",
    "alg1.saturation",
    "alg1.non-saturating",
    "alg1.own-loss",
    "alg1.vanishing",
    "dirac.eigenvalues",
    "objective.minimax",
    "objective.f-gan",
    "objective.least-squares",
    "objective.hinge",
    "objective.wasserstein",
)
FALSE = [(name, counterfeit) for name, known in COUNTERFEITS.items() for counterfeit in known]


def test_names_are_the_claims():
    """The rows of the first four groups that ask for a proof, and no other."""
    assert sorted(derivations) == sorted(NAMES)
    assert set(COUNTERFEITS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_derivation_is_proved(name: str):
    """Every step is decided in its favour, and says how."""
    derivation = derive(name)
    assert derivation.failures == ()
    assert derivation.proved
    assert not derivation.refuted
    assert all(step.reason and step.how for step in derivation.steps)


@pytest.mark.parametrize(("name", "counterfeit"), FALSE)
def test_counterfeit_is_refuted_at_a_rational_point(name: str, counterfeit: str):
    """A false statement is refuted by a witness, not merely left unproved."""
    derivation = derive(name, counterfeit)
    assert not derivation.proved
    assert derivation.refuted
    step = next(step for step in derivation.failures if step.refuted)
    assert float(step.decision.value) != 0
    assert all(value.is_Rational or isinstance(value, sympy.Tuple) for value in step.decision.witness.values())
    assert derivation.counterfeit == counterfeit
    assert f"step {derivation.failures[0].number}" in derivation.text()


def test_premises_come_earlier_and_rules_are_on_the_list():
    """No step rests on itself or on a later one, and every method is algebra, calculus or a named rule."""
    algebra = (
        "zero test",
        "coefficients of one sign",
        "interval arithmetic",
        "calculus",
        "calculus: a limit with 0·log 0 = 0",
        "the cases of a positive density and of none",
    )
    for name in NAMES:
        for step in derive(name).steps:
            assert all(0 < n < step.number for n in step.premises), name
            parts = step.decision.method.split(", ")
            named = [part.removeprefix("stated: ") for part in parts]
            assert all(part in algebra or part in RULES for part in named), (name, step.decision.method)
            assert step.stated == (named != parts)


def test_slips_are_named_where_they_are_corrected():
    """The slips of the notes and of the paper, beside the derivation that corrects each."""
    named = {
        "prop1.pointwise": ("convex", "ℝ²"),
        "prop1.optimal-discriminator": ("any measurable G",),
        "prop1.posterior": ("score",),
        "thm1.kl-form": ("every G",),
        "thm1.jsd-form": ("every G",),
        "thm1.global-minimum": ("infimum −∞",),
        "thm1.saddle": ("saddle", "infimum −∞"),
        "kl.cross-entropy": ("entropy",),
    }
    for name, words in named.items():
        slips = " ".join(derive(name).slips)
        assert all(word in slips for word in words), name


@pytest.mark.parametrize("name", NAMES)
def test_text_is_aligned_and_complete(name: str):
    """Each step has its number, its relation and its mark; no line is wider than asked."""
    derivation = derive(name)
    lines = derivation.text(width=96).splitlines()
    assert max(map(len, lines)) <= 96
    assert lines[0].startswith(name)
    stated = sum(step.stated for step in derivation.steps)
    assert sum(line.lstrip().startswith("✓") for line in lines) == len(derivation.steps) - stated
    assert sum(line.lstrip().startswith("· ") for line in lines) == stated
    checked = f"{len(derivation.steps) - stated} checked, {stated} by a rule that is stated by name"
    said = derivation.text().splitlines()[-1]
    assert said.strip() == f"proved: {len(derivation.steps)} steps, {checked if stated else 'every one checked'}"
    body = derivation.text()
    assert "**" not in body
    assert "Int(" not in body
    assert "Dummy" not in body
    assert "TotalVariation" not in body
    assert all(step.text() not in ("0 = 0", "True") for step in derivation.steps)


@pytest.mark.parametrize("name", NAMES)
def test_latex_is_one_aligned_block(name: str):
    """One row a step, an alignment point in each, braces and \\left/\\right in balance."""
    latex = derive(name)._repr_latex_()
    assert latex.startswith("$$\n\\begin{aligned}")
    assert latex.rstrip().endswith("\\end{aligned}\n$$")
    rows = latex.split("\\begin{aligned}\n")[1].split("\n\\end{aligned}")[0].split(" \\\\[4pt]\n")
    assert len(rows) == len(derive(name).steps)
    assert all(row.count(" &") >= 2 for row in rows)
    assert latex.count("{") == latex.count("}")
    assert latex.count("\\left") == latex.count("\\right")


def test_pointwise_lemma_reads_like_the_paper():
    """The face of the package: the concavity and the exact gap, in words and symbols."""
    text = derive("prop1.pointwise").text()
    assert "h″(y) = −a/y² − b/(1 − y)²" in text
    assert "h(y*) − h(y) = (a + b)·kl(a/(a + b) ‖ y)" in text
    assert r"\mathrm{kl}\left(\frac{a}{a + b}\,\middle\|\,y\right)" in derive("prop1.pointwise")._repr_latex_()


def test_functionals_show_their_textbook_names():
    """KL and JSD with their double bar, TV and H by their letters, in the terminal and in LaTeX."""
    kl, tv = derive("thm1.kl-form"), derive("js.total-variation")
    assert "= KL(p ‖ ½·p + ½·q) + KL(q ‖ ½·p + ½·q) − log(4)" in kl.text(width=140)
    assert "JSD(p ‖ q) ≥ φ(TV(p, q))" in tv.text()
    assert r"\mathrm{KL}\left(p\,\middle\|\,\frac{p}{2} + \frac{q}{2}\right)" in kl._repr_latex_()
    assert r"\mathrm{TV}\left(p, q\right)" in tv._repr_latex_()


def test_unknown_names_say_what_is_known():
    """The message names the argument, its value and the choices."""
    with pytest.raises(DomainError, match=r"name = 'prop1.nothing' has no derivation; use one of kl.nonnegative"):
        derive("prop1.nothing")
    with pytest.raises(DomainError, match=r"counterfeit = 'x' is not one of prop1.gap's; use one of kl"):
        derive("prop1.gap", "x")


def test_steps_are_frozen():
    """What was decided cannot be edited afterwards."""
    step = derive("prop1.gap").steps[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.reason = "because"  # type: ignore[misc]


# The checker is checked: each of these plants one error. ----------------------------------------


def planted(**options: Any) -> Proof:
    return Proof("planted", "an error that must be caught", **options)


def test_planted_algebra_error_of_one_part_in_a_thousand():
    """A coefficient that is off by 0.1 % is refuted, with the laws that show it."""
    proof = planted()
    proof.equal(JSD(p, q), Rational(1001, 2000) * (KL(p, (p + q) / 2) + KL(q, (p + q) / 2)), "half, nearly")
    (step,) = proof.derivation().steps
    assert step.refuted
    assert step.decision.method == "two-point laws"


def test_planted_derivative():
    """A lost square is refuted."""
    proof = planted(domains={D: (0, 1)})
    proof.derivative("h″", p * log(D), D, -p / D, "differentiate twice", order=2)
    assert proof.derivation().refuted


def test_pointwise_different_integrands_of_equal_integral_are_not_refuted():
    """p − q has integral 0 for all laws: what no law refutes stays undecided."""
    proof = planted()
    proof.equal(Int(p), Int(q), "both are 1")
    assert proof.derivation().verdict == "undecided"


def test_infinite_minus_infinite_has_no_limit():
    """A pole at q = 0 of no certain sign has no limit, though both sides are the same."""
    proof = planted()
    proof.equal(Int((p**2 - p) / q), Int((p**2 - p) / q), "∞ or −∞, as p is above or below 1")
    assert not proof.derivation().proved


def test_monotone_needs_the_inequality_that_it_names():
    """An inequality about another function does not carry the integral."""
    proof = planted(domains={delta: (-1, 1)})
    line = proof.compare(1 / (1 - delta**2), ">", 0, "positive")
    proof.monotone(JSD(p, q), ">=", 0, line, "of something else", at={delta: (p - q) / (p + q)}, weight=(p + q) / 2)
    assert not proof.derivation().proved


def test_monotone_checks_the_range_of_what_is_substituted():
    """δ = 2(p − q)/(p + q) leaves (−1, 1): the premise does not speak about it."""
    proof = planted(domains={delta: (-1, 1)})
    wide = 2 * (p - q) / (p + q)
    line = proof.tangent("φ", phi(delta), delta, 0, 1 / (1 - delta**2), "φ ≥ 0")
    proof.monotone(Int((p + q) / 2 * phi(wide)), ">=", 0, line, "out of range", at={delta: wide}, weight=(p + q) / 2)
    assert not proof.steps[-1].proved


def test_monotone_refuses_a_negative_weight():
    """A negative multiple turns the inequality round."""
    proof = planted(domains={delta: (-1, 1)})
    line = proof.tangent("φ", phi(delta), delta, 0, 1 / (1 - delta**2), "φ ≥ 0")
    signed = (p - q) / (p + q)
    proof.monotone(-JSD(p, q), ">=", 0, line, "turned round", at={delta: signed}, weight=-(p + q) / 2)
    assert proof.steps[-1].refuted


def test_tangent_needs_the_slope_to_vanish():
    """A convex function that is 0 at a point is not nonnegative unless it is flat there."""
    proof = planted(domains={D: (0, 1)})
    proof.tangent("f", D**2 - D / 2, D, Rational(1, 2), sympy.Integer(2), "not flat at ½")
    assert not proof.steps[-1].proved
    assert proof.steps[1].refuted


def test_rules_off_the_list_and_failed_premises():
    """A made-up rule raises; a rule that rests on an unproved or a later line proves nothing."""
    proof = planted()
    bad = proof.equal(p, q, "false")
    with pytest.raises(DomainError, match="closed list"):
        proof.conclude("wishful thinking", p, "=", q, (), "no")
    proof.conclude("substitution", p, "=", q, (bad,), "from a false line")
    proof.conclude("substitution", p, "=", q, (9,), "from a later line")
    proof.conclude("substitution", p, "=", q, (), "from nothing")
    assert [step.proved for step in proof.steps] == [False] * 4


def test_chain_must_add_up():
    """Transitivity is arithmetic on the premises: a dropped factor 2 is seen."""
    proof = planted()
    form = proof.equal(KL(p, (p + q) / 2) + KL(q, (p + q) / 2), 2 * JSD(p, q), "the definition")
    proof.chain(KL(p, (p + q) / 2) + KL(q, (p + q) / 2), "=", JSD(p, q), (form,), "a factor 2 dropped")
    assert not proof.steps[-1].proved


def test_vanishing_needs_the_equality_case():
    """ "Zero only where p = 2q" does not follow from φ(δ) = 0 iff δ = 0."""
    proof = planted(domains={delta: (-1, 1)})
    line = proof.tangent("φ", phi(delta), delta, 0, 1 / (1 - delta**2), "φ ≥ 0")
    signed = (p - q) / (p + q)
    whole = proof.monotone(JSD(p, q), ">=", 0, line, "integrate", at={delta: signed}, weight=(p + q) / 2)
    right = proof.vanishing(equation(JSD(p, q), 0), equation(p, q), whole, "the true case")
    wrong = proof.vanishing(equation(JSD(p, q), 0), equation(p, 2 * q), whole, "a false case")
    assert proof.steps[right - 1].proved
    assert not proof.steps[wrong - 1].proved


# -- false proofs that the checker must not let pass -------------------------------------------------------------------


def _claimed(**options):
    return Proof("planted", "a planted error", **options)


def test_a_strict_conclusion_needs_a_strict_premise():
    """C > −log 4 is false at p = q: JSD ≥ 0 does not give it, nor does an equality alone."""
    proof = _claimed()
    form = proof.equal(Int(C4), -log(4) + 2 * JSD(p, q), "eq. (6)")
    whole = nonnegative_jsd(proof)
    proof.chain(Int(C4), ">=", -log(4), (form, whole, whole), "sound")
    assert proof.steps[-1].proved
    proof.chain(Int(C4), ">", -log(4), (form, whole, whole), "strict from nothing strict")
    assert not proof.steps[-1].proved
    proof.chain(Int(C4), ">", -log(4) + 2 * JSD(p, q), (form,), "strict from an equality")
    assert not proof.steps[-1].proved


def test_an_equivalence_is_no_premise_of_a_chain():
    """An "iff" has no sides to add up."""
    proof = _claimed()
    whole = nonnegative_jsd(proof)
    proof.vanishing(sympy.Eq(JSD(p, q), 0, evaluate=False), sympy.Eq(p, q, evaluate=False), whole, "equality")
    proof.chain(JSD(p, q), ">=", 0, (len(proof.steps),), "from an equivalence")
    assert not proof.steps[-1].proved


def test_a_tangent_touches_inside_the_interval():
    """(t − 5)⁴/50 − (t − 5)² has value and slope 0 at 5, and is negative on (0, 1)."""
    t = sympy.Symbol("t", real=True)
    proof = _claimed(domains={t: (0, 1)})
    f = (t - 5) ** 4 / 50 - (t - 5) ** 2
    proof.tangent("f", f, t, 5, sympy.diff(f, t, 2), "a tangent elsewhere")
    assert not proof.steps[-1].proved


def test_zero_on_edges_needs_both_limits():
    """Positive where p and q are, and no word of where q is 0: the equality case is not known."""
    proof = _claimed()
    loss = p * log(1 + q / p) + q * log(1 + p / q)
    strict = proof.compare(loss, ">", 0, "positive", where="p, q > 0")
    edge = sympy.Symbol("ε", positive=True)
    one = proof.limit(loss.subs(p, edge), edge, 0, "0·log 0 = 0", where="p = 0")
    proof.zero_on_edges(loss, strict, (one,), "one edge only")
    assert not proof.steps[-1].proved
    other = proof.limit(loss.subs(q, edge), edge, 0, "0·log 0 = 0", where="q = 0")
    proof.zero_on_edges(loss, strict, (one, other), "both")
    assert proof.steps[-1].proved


def test_a_name_for_a_left_side_is_a_symbol_of_its_own():
    """Another expression in its place would be proved without a word of proof."""
    with pytest.raises(DomainError, match="no name for the left side"):
        _claimed().equal(p, p, "trivial", shown=JSD(p, q) - 1)


def test_what_is_stated_is_counted_apart():
    """Weak duality and substitution are not checked, and the derivation says so."""
    derivation = derive("thm1.saddle")
    assert [step.number for step in derivation.steps if step.stated] == [2, 12, 13]
    assert "13 checked, 3 by a rule that is stated by name" in derivation.text()
    assert not any(step.stated for step in derive("thm1.jsd-form").steps)


def test_a_constant_is_no_function_of_the_point():
    """∫ λ·(p − q) = 0 for every constant λ, and not for a D that differs from point to point."""
    weight = sympy.Symbol("λ", positive=True)
    assert refuted_by_laws(Int(weight * (p - q)), "=", (p, q), p) is None
    found = refuted_by_laws(Int(D * (p - q)), "=", (p, q), p)
    assert found is not None
    assert found.refuted
