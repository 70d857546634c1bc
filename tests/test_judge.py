"""The judge is judged: planted errors are noticed, and what cannot be decided is not decided."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantheory.claims import CLAIMS, judge
from gantheory.claims.statement import Claim, Statement, Verdict, together
from gantheory.densities import Normal
from gantheory.errors import ConvergenceError, DomainError, ResolutionWarning
from gantheory.estimate import Estimate
from gantheory.panel import PANEL, Case

HOLDS, REFUTED, UNDECIDED, SKIPPED = Verdict


@dataclass(frozen=True)
class Stub:
    """A case that is only a name and a number."""

    name: str
    number: Any = 0.0
    tolerance: float = 0.0
    tags: frozenset[str] = field(default_factory=frozenset)


def told(relation: Any, residual: Any, **options: Any) -> Any:
    """What the judge says of one residual."""
    return judge(Statement("planted", lambda case: residual, relation), [Stub("one")], **options)


@pytest.mark.parametrize(
    ("relation", "residual", "verdict"),
    [
        ("= 0", Estimate(0.0, 0.0), HOLDS),
        ("= 0", Estimate(3e-16, 4e-16), HOLDS),
        ("= 0", Estimate(1e-9, 9.99e-10), REFUTED),
        ("= 0", Estimate(-1.7e-88, 1e-97), REFUTED),
        ("= 0", Estimate(0.0, 2e-9), UNDECIDED),
        ("= 0", Estimate(np.inf), REFUTED),
        ("= 0", Estimate(0.0, np.inf), UNDECIDED),
        (">= 0", Estimate(0.0, 0.0), HOLDS),
        (">= 0", Estimate(-1e-17, 1e-15), HOLDS),
        (">= 0", Estimate(-1e-9, 9e-10), REFUTED),
        (">= 0", Estimate(0.1, 1e-3), HOLDS),
        (">= 0", Estimate(0.0, 1e-3), UNDECIDED),
        (">= 0", Estimate(-np.inf), REFUTED),
        ("> 0", Estimate(1e-80, 1e-90), HOLDS),
        ("> 0", Estimate(0.0, 0.0), REFUTED),
        ("> 0", Estimate(0.0, 1e-15), UNDECIDED),
        ("> 0", Estimate(-2e-15, 1e-15), REFUTED),
        ("> 0", Estimate(np.inf), HOLDS),
    ],
)
def test_an_interval_decides_by_itself(relation: Any, residual: Estimate, verdict: Verdict) -> None:
    """Only where the interval lies, and how wide it is, counts."""
    assert told(relation, residual).verdict is verdict


@given(st.floats(-1e-6, 1e-6), st.floats(0, 1e-8), st.sampled_from(["= 0", ">= 0", "> 0"]))
@example(5e-324, 0.0, "= 0")
@example(-1e-9, 1e-9, "> 0")
def test_no_verdict_contradicts_an_exact_value_inside_the_interval(value: float, error: float, relation: Any) -> None:
    """A refuted residual has no exact value that obeys the relation; one that holds has no obviously wrong interval."""
    verdict = told(relation, Estimate(value, error)).verdict
    if _could_be_true(relation, value, 0.999 * error):
        assert verdict is not REFUTED
    if verdict is HOLDS:
        assert _could_be_true(relation, value, 1.001 * error)
        assert error <= 1e-9 or value > 0.999 * error


def _could_be_true(relation: str, value: float, error: float) -> bool:
    low, high = value - error, value + error
    return {"= 0": low <= 0 <= high, ">= 0": high >= 0, "> 0": high > 0}[relation]


def test_nan_is_undecided_with_its_reason() -> None:
    """A nan is no refutation."""
    evidence = told("= 0", float("nan"))
    assert evidence.verdict is UNDECIDED
    assert "nan" in evidence.reason


def test_a_nan_among_numbers_is_undecided() -> None:
    """One nan in a vector spoils the vector, and refutes nothing."""
    assert told("= 0", np.array([5.0, np.nan])).verdict is UNDECIDED


def test_an_empty_residual_is_undecided() -> None:
    """A check that compares nothing decides nothing."""
    assert told("= 0", np.empty(0)).verdict is UNDECIDED


@pytest.mark.parametrize("error", [ConvergenceError("no\n convergence"), ZeroDivisionError(), DomainError("0 * inf")])
def test_an_exception_is_undecided_with_its_reason_in_one_line(error: Exception) -> None:
    """Whatever a check raises is a reason."""

    def check(case: Any) -> Any:
        raise error

    evidence = judge(Statement("raises", check), [Stub("one")])
    assert evidence.verdict is UNDECIDED
    assert evidence.reason.startswith(type(error).__name__)
    assert "\n" not in evidence.reason


def test_an_exception_in_the_hypotheses_is_undecided_too() -> None:
    """A case whose hypotheses cannot be decided is not skipped in silence."""

    def applies(case: Any) -> bool:
        raise ConvergenceError("unknown tails")

    assert judge(Statement("x", lambda case: 0.0, applies=applies), [Stub("one")]).verdict is UNDECIDED


def test_an_interrupt_passes_through() -> None:
    """Ctrl-C is not an outcome."""

    def check(case: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(Statement("x", check), [Stub("one")])


def test_one_bad_element_refutes_a_vector() -> None:
    """Every element must obey the relation, and the worst one is shown."""
    evidence = told(">= 0", together(Estimate(1.0), Estimate(-0.5, 1e-3), Estimate(-0.25, 1e-3)))
    assert evidence.verdict is REFUTED
    assert evidence.residual == Estimate(-0.5, 1e-3)


def test_the_counterexample_shown_is_the_simplest() -> None:
    """Panel order, not size of the violation."""
    cases = [Stub("fine", 0.0), Stub("first", 1e-3), Stub("larger", 5.0)]
    evidence = judge(Statement("x", lambda case: Estimate(case.number)), cases)
    assert (evidence.verdict, evidence.worst.name, evidence.cases) == (REFUTED, "first", 3)
    assert evidence.count(REFUTED) == 2


def test_the_worst_case_shown_is_the_largest_residual_with_its_error() -> None:
    """Where all hold, the case that came nearest to a refutation."""
    cases = [Stub("a", 1e-16), Stub("b", -3e-16), Stub("c", 2e-16)]
    evidence = judge(Statement("x", lambda case: Estimate(case.number, 1e-15)), cases)
    assert (evidence.verdict, evidence.worst.name, evidence.residual) == (HOLDS, "b", Estimate(-3e-16, 1e-15))


def test_a_coarse_grid_does_not_hide_what_the_laws_came_to() -> None:
    """A case with a tolerance of its own is judged by it, and is not the one shown."""
    cases = [Stub("law", 1e-16), Stub("grid", 1e-3, tolerance=0.05)]
    wide = {"law": 1e-15, "grid": 1e-2}
    evidence = judge(Statement("x", lambda case: Estimate(case.number, wide[case.name])), cases)
    assert (evidence.verdict, evidence.worst.name) == (HOLDS, "law")


def test_cases_outside_the_hypotheses_are_counted() -> None:
    """They are not run, and they are not forgotten."""
    cases = [Stub("in", 0.0), Stub("out", 7.0)]
    evidence = judge(Statement("x", lambda case: case.number, applies=lambda case: case.name == "in"), cases)
    assert (evidence.verdict, evidence.cases, evidence.skipped) == (HOLDS, 1, 1)


def test_no_case_is_skipped_with_a_reason() -> None:
    """Nothing run is nothing shown."""
    evidence = judge(Statement("x", lambda case: 0.0, applies=lambda case: False), [Stub("one")])
    assert (evidence.verdict, evidence.skipped) == (SKIPPED, 1)
    assert evidence.reason


def test_the_scale_widens_what_is_tolerated() -> None:
    """A quantity of size 1e4 may carry 1e4 times the error, and a small one no less than the tolerance."""
    narrow = Statement("x", lambda case: Estimate(0.0, 5e-6))
    assert judge(narrow, [Stub("one")]).verdict is UNDECIDED
    assert judge(Statement("x", narrow.check, scale=lambda case: 1e4), [Stub("one")]).verdict is HOLDS
    assert told("= 0", Estimate(0.0, 5e-10), tolerance=1e-10).verdict is UNDECIDED


def test_a_warning_of_resolution_is_no_outcome() -> None:
    """What a coarse grid is worth is in its error."""

    def check(case: Any) -> Estimate:
        warnings.warn("coarse", ResolutionWarning, stacklevel=2)
        return Estimate(0.0)

    assert judge(Statement("x", check), [Stub("one")]).verdict is HOLDS


@pytest.mark.parametrize(
    ("proved", "refuted", "verdict"), [(True, False, HOLDS), (False, True, REFUTED), (False, False, UNDECIDED)]
)
def test_a_derivation_speaks_for_every_case(proved: bool, refuted: bool, verdict: Verdict) -> None:
    """Proved, refuted at a rational point, or left open at a named step."""
    step = SimpleNamespace(proved=proved, reason="the step")
    derivation = SimpleNamespace(proved=proved, refuted=refuted, steps=(step,), title="t")
    evidence = judge(Statement("x", lambda case: derivation), [Stub("one"), Stub("two")])
    assert (evidence.kind, evidence.verdict, evidence.derivation) == ("P", verdict, derivation)
    assert ("step 1 of 1" in evidence.reason) is not proved


def test_a_relation_is_one_of_three() -> None:
    """A typing error in a claim is an error, not a claim that holds."""
    with pytest.raises(ValueError, match="relation is '<= 0'"):
        Statement("x", lambda case: 0.0, "<= 0")  # type: ignore[arg-type]


def test_all_statements_of_a_kind_must_hold() -> None:
    """One evidence from several statements, with the cases counted once."""
    statements = (
        Statement("a", lambda case: 0.0),
        Statement("b", lambda case: case.number, applies=lambda case: case.name != "third"),
    )
    claim = Claim("x.y", "t", "s", {"N": statements}, ())
    cases = [Stub("first"), Stub("second", 1.0), Stub("third", 1.0)]
    evidence = claim.evidence("N", cases)
    assert (evidence.verdict, evidence.worst.name, evidence.cases) == (REFUTED, "second", 3)
    assert claim.evidence("N", [cases[0], cases[2]]).verdict is HOLDS


# -- planted errors in the package itself --------------------------------------------------------------------------

PLANTED = [
    ("gantheory.claims.theorem_1", "criterion", "thm1.criterion"),
    ("gantheory.claims.theorem_1", "criterion", "thm1.kl-form"),
    ("gantheory.claims.theorem_1", "criterion", "thm1.jsd-form"),
    ("gantheory.claims.theorem_1", "kl_divergence", "thm1.kl-form"),
    ("gantheory.claims.theorem_1", "js_divergence", "thm1.jsd-form"),
    ("gantheory.claims.proposition_1", "optimality_gap", "prop1.gap"),
    ("gantheory.claims.value_function", "value", "value.constant-half"),
    ("gantheory.claims.value_function", "value", "value.integral-form"),
    ("gantheory.claims.value_function", "value", "value.cross-entropy"),
    ("gantheory.claims.jensen_shannon", "js_divergence", "js.entropy-form"),
    ("gantheory.claims.jensen_shannon", "js_divergence", "js.mutual-information"),
    ("gantheory.claims.divergences", "kl_divergence", "kl.closed-forms"),
    ("gantheory.claims.divergences", "cross_entropy", "kl.cross-entropy"),
]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("module", "name", "claim_id"), PLANTED, ids=[f"{name}-{claim}" for _, name, claim in PLANTED])
def test_a_quantity_that_is_off_by_1e_9_is_noticed(
    module: str, name: str, claim_id: str, sign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two routes stay two routes: altering one is seen by the claim in which they meet."""
    import importlib

    home = importlib.import_module(module)
    true = getattr(home, name)
    monkeypatch.setattr(home, name, lambda *args, **options: true(*args, **options) + sign * 1e-9)
    claim = next(claim for claim in CLAIMS if claim.id == claim_id)
    evidence = claim.evidence("N", [Case("fresh", Normal(0, 1), Normal(1, 1.5))])
    assert evidence.verdict is REFUTED
    assert evidence.residual is not None
    assert abs(evidence.residual.value) == pytest.approx(1e-9, rel=1.1)


def test_a_control_that_coincides_with_the_truth_is_not_refuted() -> None:
    """−log 4 + 1·JSD is right where p = q: on that pair the counterfeit stands."""
    control = next(claim for claim in CLAIMS if claim.id == "thm1.jsd-form").controls[0]
    same = next(case for case in PANEL if case.name == "equal-normal")
    assert judge(control, [same]).verdict is HOLDS
