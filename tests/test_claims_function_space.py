"""The function-space claims of Proposition 2 hold on named pairs, their controls fall, a planted error is seen."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from gantheory import descent
from gantheory.claims.function_space import PROPOSITION_2
from gantheory.claims.statement import Claim, Statement, Verdict, judge
from gantheory.claims.successive import steps
from gantheory.densities import Mixture, Normal
from gantheory.panel import ARRAY_CASES, PANEL, Case, generator_cases

CASES = {case.name: case for case in (*PANEL, *ARRAY_CASES)}
SOME = (
    "normal-shift", "laplace-shift", "cauchy-normal", "student-normal", "arcsine-beta", "uniform-overlap",
    "uniform-disjoint", "nearly-equal", "far-apart", "equal-normal", "poisson", "atom-normal",
    "grid-fine", "grid-batch",
)  # fmt: skip
CLAIMS = {claim.id: claim for claim in PROPOSITION_2}
CONTROLS = [(claim, control) for claim in PROPOSITION_2 for control in claim.controls]
EVERY = (
    "prop2.convex", "prop2.gradient", "prop2.relative-smoothness", "prop2.mirror-descent", "prop2.linear-rate",
    "prop2.fisher-rao-flow", "prop2.wasserstein-flow", "prop2.repaired", "prop2.capacity-price", "prop2.step-identity",
)  # fmt: skip


def test_the_ids_of_the_ledger() -> None:
    """All ten, once, each with a control on a case of the panel."""
    assert tuple(CLAIMS) == EVERY
    for _, control in CONTROLS:
        assert control.cases
        assert set(control.cases) <= set(CASES)


@pytest.mark.parametrize("claim", PROPOSITION_2, ids=lambda claim: claim.id)
def test_each_holds(claim: Claim) -> None:
    """On pairs with kinks, poles, atoms, power tails, no common support, nearly equal, far apart, and arrays."""
    evidence = claim.evidence("N", [CASES[name] for name in SOME])
    undecided = [(str(o.case), o.statement.text, o.reason) for o in evidence.outcomes if o.verdict is not Verdict.HOLDS]
    assert undecided == []
    assert evidence.verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("claim", "control"), CONTROLS, ids=lambda part: getattr(part, "id", getattr(part, "text", ""))
)
def test_each_control_falls(claim: Claim, control: Statement) -> None:
    """Refuted by an interval that excludes it, on the case that it names."""
    evidence = judge(control, [CASES[name] for name in control.cases])
    assert evidence.verdict is Verdict.REFUTED, evidence.reason
    assert evidence.residual is not None


def test_identities_between_laws_hold_for_generators_too() -> None:
    """Mixtures of p_data with a law of G(z), with its poles; a path on nodes in x is not for them."""
    cases = generator_cases()[:5]
    for name in ("prop2.convex", "prop2.gradient", "prop2.relative-smoothness"):
        assert CLAIMS[name].evidence("N", cases).verdict is Verdict.HOLDS
    assert CLAIMS["prop2.mirror-descent"].evidence("N", cases).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("target", "claims"),
    [
        ("gantheory.path.half_phi", {"prop2.mirror-descent"}),
        ("gantheory.claims.bregman.gradient_along", {"prop2.convex", "prop2.step-identity"}),
        ("gantheory.claims.successive.value", {"prop2.convex", "prop2.step-identity"}),
        ("gantheory.flows._variance", {"prop2.fisher-rao-flow"}),
    ],
)
def test_a_planted_error_is_seen(target: str, claims: set[str], monkeypatch: Any) -> None:
    """One quantity off by 1e-7 of itself (1e-5 for a rate, which is judged to 1e-6): the claims that use it fall."""
    module, name = target.rsplit(".", 1)
    true = getattr(__import__(module, fromlist=[name]), name)

    def planted(*arguments: Any, **options: Any) -> Any:
        found = true(*arguments, **options)
        return replace(found, value=found.value * (1 + 1e-5)) if name == "_variance" else found * (1 + 1e-7)

    monkeypatch.setattr(target, planted)
    case = replace(CASES["normal-shift"], _memo={})
    for claim in claims:
        assert CLAIMS[claim].evidence("N", [case]).verdict is Verdict.REFUTED


def test_iterates_with_half_the_step_are_no_mixtures() -> None:
    """q_1 less p_data is no multiple of q_0 less p_data: the identity is held on more than a segment."""
    for name in ("normal-shift", "grid-fine"):
        case: Any = CASES[name]
        x = np.linspace(-1.0, 2.0, 7)
        step = steps(case)[0]
        if case.is_grid:
            at = np.searchsorted(case.grid.points, x)
            p, q, later = (law[at] for law in (case.p_data, step.earlier, step.later))
        else:
            p, q, later = (law.pdf(x) for law in (case.p_data, step.earlier, step.later))
        share = (later - p) / (q - p)
        assert np.ptp(share) > 0.02


# -- the steps that are looked at -----------------------------------------------------------------------------------


def _verdict(claim: str, text: str, case: Any) -> Verdict:
    """On the one numerical statement of a claim that has these words."""
    given = CLAIMS[claim].statements["N"]
    found = [s for s in (given if isinstance(given, tuple) else (given,)) if text in s.text]
    assert len(found) == 1
    return judge(found[0], [case]).verdict


def _plant(monkeypatch: pytest.MonkeyPatch, eta: float, at: int, of: int, wrong: Any) -> None:
    """Make one step of `of` go wrong, in every path of this η."""
    true, calls = descent.mirrored, count()

    def mirrored(r: Any, log_ratio: Any, step: float, shift: Any) -> Any:
        found = true(r, log_ratio, step, shift)
        if step != eta or next(calls) % of != at:
            return found
        return wrong(r, log_ratio), found[1]

    monkeypatch.setattr(descent, "mirrored", mirrored)


@pytest.mark.parametrize(
    ("claim", "text", "eta", "at", "of", "wrong"),
    [
        ("prop2.mirror-descent", "C(q_t) − C(q_{t+1})", 0.1, 5, 40, lambda r, _: 1.2 * r),
        ("prop2.mirror-descent", "½·JSD_t", 1.0, 20, 40, lambda r, _: r),
        ("prop2.linear-rate", "(1−η/2)^t", 0.25, 2, 16, lambda r, _: 2.5 * r),
    ],
)
def test_one_wrong_step_among_many_is_seen(
    claim: str, text: str, eta: float, at: int, of: int, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that climbs, or that stands still, between two that were always looked at."""
    assert _verdict(claim, text, replace(CASES["normal-shift"], _memo={})) is Verdict.HOLDS
    _plant(monkeypatch, eta, at, of, wrong)
    assert _verdict(claim, text, replace(CASES["normal-shift"], _memo={})) is Verdict.REFUTED


def test_a_bound_that_is_infinite_counts_for_nothing() -> None:
    """Five pairs of the panel have KL(p‖q_0) = ∞: C falls along their runs, and no bound is looked at."""
    without = ("cauchy-normal", "uniform-overlap", "uniform-disjoint", "point-masses", "atom-normal")
    for name in without:
        assert _verdict("prop2.mirror-descent", "KL(p‖q_0)/(ηt)", CASES[name]) is Verdict.SKIPPED
        assert _verdict("prop2.mirror-descent", "C(q_t) − C(q_{t+1})", CASES[name]) is Verdict.HOLDS
    assert _verdict("prop2.mirror-descent", "KL(p‖q_0)/(ηt)", CASES["normal-shift"]) is Verdict.HOLDS


def test_the_wasserstein_flow_is_followed_for_the_pairs_that_are_said() -> None:
    """A mixture may be where it starts and not what it goes to; laws too near or too far apart are left out."""
    claim, modes = CLAIMS["prop2.wasserstein-flow"], Mixture([Normal(-1, 1), Normal(2, 1)])
    assert all(
        words in claim.hypotheses for words in ("1e-15 < 2·JSD < 1.3", "p_g may be a mixture and p_data is none")
    )
    pairs = [(Normal(0, 1), modes), (modes, Normal(0, 1)), (Normal(0, 1), Normal(3.5, 1)), (Normal(0, 1), Normal(9, 1))]
    pairs += [(Normal(0, 1), Normal(1e-6, 1)), (Normal(0, 1), Normal(1e-8, 1))]
    assert [claim.applies(Case("yours", *pair)) for pair in pairs] == [True, False, True, False, True, False]
