"""The claims of parameter space and of practice hold on the panel, and their counterfeits fall."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gantheory.claims import parametric
from gantheory.claims.parametric import (
    EDGES,
    PARAMETRIC,
    PARAMETRIC_DESCENT,
    has_edges,
    is_log_concave,
    is_smooth,
)
from gantheory.claims.practice import DIRAC, PRACTICE
from gantheory.claims.statement import Claim, Statement, Verdict, judge
from gantheory.densities import Beta, Cauchy, Gamma, Normal, parse_density
from gantheory.dirac import DiracGAN
from gantheory.panel import ARRAY_CASES, PANEL, Case, generator_cases

CLAIMS = (*PARAMETRIC, *PRACTICE)
CASES = {case.name: case for case in (*PANEL, *ARRAY_CASES, *generator_cases())}
CONTROLS = [(claim, control) for claim in CLAIMS for control in claim.controls]
LEDGER = {
    "prop2.envelope": "N", "prop2.edges": "PN", "prop2.parametric": "N", "prop2.log-concave": "PN",
    "alg1.saturation": "PN", "alg1.non-saturating": "PN", "alg1.own-loss": "PN", "alg1.vanishing": "PN",
    "dirac.eigenvalues": "PN",
}  # fmt: skip


def test_the_rows_are_the_ledgers() -> None:
    """In its order, with the evidence it asks for: gathered, or named as missing."""
    assert [claim.id for claim in CLAIMS] == list(LEDGER)
    for claim in CLAIMS:
        assert {*claim.statements, *claim.missing} == set(LEDGER[claim.id]), claim.id
        assert claim.controls, claim.id
        assert all((claim.title, claim.source, claim.hypotheses)), claim.id


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_claim_is_confirmed_on_every_case_that_meets_its_hypotheses(claim: Claim) -> None:
    """Each residual lies within its own error."""
    evidence = claim.evidence("N", [case for case in CASES.values() if claim.runs_on(case)])
    open_ones = [(o.case.name, str(o.residual), o.reason) for o in evidence.outcomes if o.verdict is not Verdict.HOLDS]
    assert open_ones == []
    assert evidence.verdict is Verdict.HOLDS


@pytest.mark.parametrize(("claim", "control"), CONTROLS, ids=[f"{c.id}: {s.text}" for c, s in CONTROLS])
def test_the_counterfeit_falls(claim: Claim, control: Statement) -> None:
    """By an interval that excludes it, on its named case."""
    assert control.cases
    for name in control.cases:
        assert judge(control, [CASES[name]]).verdict is Verdict.REFUTED


def test_hypotheses_are_read_off_the_laws() -> None:
    """Which pairs of the panel have a smooth motion, and which have edges."""
    assert {case.name for case in PANEL if has_edges(case)} == {
        "uniform-nested",
        "uniform-overlap",
        "exponential-normal",
    }
    smooth = {case.name for case in PANEL if is_smooth(case)}
    assert {"normal-shift", "cauchy-shift", "student-normal", "far-apart", "atom-normal"} <= smooth
    assert not smooth & {"uniform-overlap", "exponential-gamma", "arcsine-uniform", "poisson", "atom-atom"}


def test_log_concave_laws() -> None:
    """By their families and exponents."""
    assert is_log_concave(Normal(0, 1))
    assert is_log_concave(Gamma(1))
    assert not is_log_concave(Gamma(0.5))
    assert not is_log_concave(Beta(0.5, 2))
    assert not is_log_concave(Cauchy(0, 1))


OWN = [
    ("norm(0, 1)", "gamma(3)"), ("expon(0, 1)", "uniform(0, 1)"), ("t(2)", "cauchy"), ("delta(0)", "norm(0, 1)"),
    ("0.5*delta(0) + 0.5*norm(0, 1)", "0.5*delta(1) + 0.5*norm(0, 1)"), ("beta(2, 3)", "beta(2, 3)"),
    ("norm(0, 1e-6)", "norm(0, 1e6)"), ("skewnorm(3)", "norm(0.3, 2)"), ("uniform(0, 1)", "uniform(5, 6)"),
    ("0.3*laplace(-1, 1) + 0.7*norm(2, 1)", "logistic(0, 1)"), ("gamma(0.5)", "norm(0, 1)"), ("norm", "beta(0.5, 0.5)"),
]  # fmt: skip


@pytest.mark.parametrize(("p_data", "p_g"), OWN, ids=[f"{p} v {q}" for p, q in OWN])
def test_no_claim_is_refuted_on_a_pair_of_the_users(p_data: str, p_g: str) -> None:
    """Or left open: where a hypothesis fails the claim is not run."""
    case: Any = Case("your pair", parse_density(p_data), parse_density(p_g))
    found = {claim.id: claim.evidence("N", [case]) for claim in CLAIMS}
    wrong = {name: (e.verdict, str(e.residual), e.reason) for name, e in found.items()
             if e.verdict not in (Verdict.HOLDS, Verdict.SKIPPED)}  # fmt: skip
    assert wrong == {}


# -- the Dirac-GAN: a planted error falls by the statement that speaks of it ----------------------------------------


def _dirac(begins: str) -> Verdict:
    """The verdict on the one statement of the claim that begins so."""
    found = [s for s in _numerical(DIRAC) if s.text.startswith(begins)]
    assert len(found) == 1
    return judge(found[0], [CASES["normal-shift"]]).verdict


def _numerical(claim: Claim) -> tuple[Statement, ...]:
    given = claim.statements["N"]
    return given if isinstance(given, tuple) else (given,)


def test_wrong_multipliers_of_alternating_steps_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """By half as much again, which leaves every simultaneous method as it is."""
    assert _dirac("|μ|") is Verdict.HOLDS
    true = DiracGAN.multipliers
    monkeypatch.setattr(
        DiracGAN, "multipliers", lambda game: true(game) * (1.5 if game.method == "alternating" else 1.0)
    )
    assert _dirac("|μ|") is Verdict.REFUTED


def test_a_simultaneous_step_does_not_pass_for_an_alternating_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows too, by a share that is the same at every size; and its multipliers are not on the circle."""
    begins = ("|μ|", "alternating, logistic f")
    assert [_dirac(begin) for begin in begins] == [Verdict.HOLDS] * 2
    monkeypatch.setattr(DiracGAN, "after", lambda game, *at: tuple(np.array(at) + game.step * game.field(*at)))
    assert [_dirac(begin) for begin in begins] == [Verdict.REFUTED] * 2


# -- numbers in words: an error that all routes share -----------------------------------------------------------------


def _words(claim: Claim, words: str, name: str) -> Verdict:
    """The verdict on the one statement of a claim that has these words."""
    found = [s for s in _numerical(claim) if words in s.text]
    assert len(found) == 1
    return judge(found[0], [replace(CASES[name], _memo={})]).verdict


@pytest.mark.parametrize("words", ["∇C − 0.0176090519729 = 0", "G = θu against Exp(1)"])
def test_gradients_that_agree_on_another_number_are_seen(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every gradient of the claim's off by a millionth of itself: each difference of two is still 0."""
    assert _words(EDGES, words, "exponential-normal") is Verdict.HOLDS
    for name in ("criterion_gradient", "pathwise_gradient", "edge_terms"):
        true = getattr(parametric, name)
        monkeypatch.setattr(parametric, name, lambda *a, true=true, **b: true(*a, **b) * (1 + 1e-6))
    assert _words(EDGES, words, "exponential-normal") is Verdict.REFUTED


def test_an_end_too_high_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """C + log 4 = 0.775 where descent stops, and neither less nor more."""
    assert _words(PARAMETRIC_DESCENT, "5.997", "mixture-normal") is Verdict.HOLDS
    true = parametric._stopped_short
    for off in (-0.01, 0.01):

        def elsewhere(case: Any, off: float = off) -> Any:
            run = true(case)
            return SimpleNamespace(excess=run.excess + off, settings=run.settings)

        monkeypatch.setattr(parametric, "_stopped_short", elsewhere)
        assert _words(PARAMETRIC_DESCENT, "5.997", "mixture-normal") is Verdict.REFUTED
