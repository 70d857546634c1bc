"""Every claim holds, and every counterfeit falls: one test id for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gantheory.claims import CLAIMS, GROUPS, judge
from gantheory.claims.cells import COARSEST, FINEST, cell_ends, cell_masses
from gantheory.claims.closed_forms import kl_closed_form
from gantheory.claims.statement import Claim, Statement, Verdict
from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Normal,
    Uniform,
    Weibull,
    parse_density,
)
from gantheory.panel import ARRAY_CASES, PANEL, Case, generator_cases, seeded
from gantheory.symbolic import COUNTERFEITS, derivations, derive

CASES = {case.name: case for case in (*PANEL, *ARRAY_CASES, *generator_cases())}
CONTROLS = [(claim, control) for claim in CLAIMS for control in claim.controls]

# the rows of the ledger that this landing decides, with the kinds of evidence that each must carry
LEDGER = {
    "kl.nonnegative": "PN", "kl.discrete-limit": "N", "kl.cross-entropy": "PN", "kl.asymmetric": "CN",
    "kl.infinite": "N", "kl.closed-forms": "PN", "js.bounds": "PCN", "js.symmetric": "PN", "js.entropy-form": "PN",
    "js.mutual-information": "PN", "js.metric": "CN", "js.data-processing": "N", "js.total-variation": "PN",
    "js.local": "PN", "js.instance-noise": "N", "js.cauchy-game": "PCN",
    "value.pushforward": "PN", "value.integral-form": "N", "value.nonpositive": "PN", "value.constant-half": "PN",
    "value.cross-entropy": "PN", "value.minibatch": "O",
    "prop1.pointwise": "PC", "prop1.optimal-discriminator": "PN", "prop1.gap": "PN", "prop1.posterior": "PN",
    "prop1.off-support": "N",
    "thm1.criterion": "PN", "thm1.kl-form": "PCN", "thm1.jsd-form": "PCN", "thm1.global-minimum": "PC",
    "thm1.stability": "PN", "thm1.maximum": "PCN", "thm1.saddle": "PN",
    "prop2.convex": "PN", "prop2.gradient": "PN", "prop2.relative-smoothness": "PN", "prop2.mirror-descent": "PN",
    "prop2.linear-rate": "PN", "prop2.fisher-rao-flow": "PN", "prop2.wasserstein-flow": "N", "prop2.repaired": "PN",
    "prop2.envelope": "N", "prop2.edges": "PN", "prop2.parametric": "N", "prop2.log-concave": "PN",
    "prop2.capacity-price": "PN", "prop2.neural": "O", "prop2.step-identity": "PN",
    "prop2.hypotheses": "NO",
    "alg1.gradients": "N", "alg1.saturation": "PN", "alg1.non-saturating": "PN", "alg1.own-loss": "PN",
    "alg1.vanishing": "PN", "dirac.eigenvalues": "PN",
    "objective.minimax": "P", "objective.f-gan": "PN", "objective.least-squares": "PN", "objective.hinge": "PN",
    "objective.wasserstein": "PN",
    "latent.inversion": "PN",
}  # fmt: skip


OBSERVABLE = [(claim, kind) for claim in CLAIMS for kind in "NO" if kind in claim.statements]


@pytest.mark.parametrize(("claim", "kind"), OBSERVABLE, ids=[claim.id for claim, _ in OBSERVABLE])
def test_the_claim_is_confirmed_on_every_case_of_the_panel(claim: Claim, kind: str) -> None:
    """Each residual lies within its own error, on laws, on arrays and, of claims that speak of them, on generators."""
    evidence = claim.evidence(kind, [case for case in CASES.values() if claim.runs_on(case)])
    open_ones = [(o.case.name, str(o.residual), o.reason) for o in evidence.outcomes if o.verdict is not Verdict.HOLDS]
    assert open_ones == []
    assert evidence.verdict is Verdict.HOLDS


@pytest.mark.parametrize("claim", [c for c in CLAIMS if "P" in c.statements], ids=lambda claim: claim.id)
def test_the_claim_is_proved(claim: Claim) -> None:
    """Every step of its derivation is."""
    evidence = claim.evidence("P", CASES.values())
    assert (evidence.verdict, evidence.reason) == (Verdict.HOLDS, "")
    assert evidence.derivation.title


@pytest.mark.parametrize(("claim", "control"), CONTROLS, ids=[f"{claim.id}-{c.text}" for claim, c in CONTROLS])
def test_the_control_is_refuted_on_its_named_case(claim: Claim, control: Statement) -> None:
    """Through a residual whose interval excludes it, and on a law of the panel."""
    assert control.cases
    for name in control.cases:
        evidence = judge(control, [CASES[name]])
        assert evidence.verdict is Verdict.REFUTED, evidence.reason
        assert evidence.residual is not None
        assert not evidence.worst.is_grid


@pytest.mark.parametrize(
    ("name", "counterfeit"), [(n, c) for n, several in COUNTERFEITS.items() for c in several], ids=lambda text: text
)
def test_the_same_judge_refutes_the_symbolic_counterfeit(name: str, counterfeit: str) -> None:
    """A proof that cannot fail proves nothing."""
    evidence = judge(Statement(counterfeit, lambda case: derive(name, counterfeit)), PANEL[:1])
    assert evidence.verdict is Verdict.REFUTED


# -- the ledger ----------------------------------------------------------------------------------------------------


def test_the_rows_are_the_ledgers() -> None:
    """In its order, with the evidence it asks for: gathered, or named as missing; one row gathers more."""
    assert [claim.id for claim in CLAIMS] == list(LEDGER)
    for claim in CLAIMS:
        more = {"N"} if claim.id == "objective.minimax" else set()  # its counterfeits are numbers, so the claim is too
        assert {*claim.statements, *claim.missing} == set(LEDGER[claim.id]) | more, claim.id


def test_a_claim_has_a_control_a_source_and_words() -> None:
    """A claim without a control does not count."""
    for claim in CLAIMS:
        assert claim.controls, claim.id
        assert all((claim.title, claim.source, claim.hypotheses)), claim.id
        assert all(control.text for control in claim.controls), claim.id


def test_groups_hold_the_claims_in_order() -> None:
    """The headings are those of the ledger, and no claim is left out of them."""
    assert tuple(claim for group in GROUPS for claim in group.claims) == CLAIMS
    assert [group.name for group in GROUPS] == [
        "divergences",
        "value_function",
        "proposition_1",
        "theorem_1",
        "proposition_2",
        "training",
        "objectives",
        "extensions",
    ]


def test_what_a_claim_uses_exists() -> None:
    """Ids of other claims, decided before it."""
    order = [claim.id for claim in CLAIMS]
    for claim in CLAIMS:
        assert all(order.index(used) < order.index(claim.id) for used in claim.uses), claim.id


def test_every_proof_is_somebodys_evidence() -> None:
    """No derivation is kept that no claim asks for."""
    assert {claim.id for claim in CLAIMS if "P" in claim.statements} == set(derivations)


# -- the panel -----------------------------------------------------------------------------------------------------


def test_the_panel_is_large_enough_and_named_apart() -> None:
    """At least 24 pairs, six of them also as arrays, each with a name of its own."""
    assert len(PANEL) >= 24
    assert len(ARRAY_CASES) == 6
    assert len(CASES) == len(PANEL) + len(ARRAY_CASES) + len(generator_cases())


def test_every_case_meets_the_hypotheses_of_many_claims() -> None:
    """A pair that no claim runs on would be there for show."""
    for case in CASES.values():
        assert sum(claim.applies(case) for claim in CLAIMS) >= 20, case.name


@pytest.mark.parametrize(
    ("names", "fact"),
    [
        ({"equal-normal", "equal-mixture"}, lambda case: case.is_equal),
        ({"uniform-disjoint", "point-masses", "generator-constant"}, lambda case: case.is_singular),
    ],
)
def test_hypotheses_are_read_off_the_laws(names: set[str], fact: Callable[[Any], bool]) -> None:
    """Equal and mutually singular pairs are found by the laws themselves."""
    assert {case.name for case in CASES.values() if fact(case)} == names


def test_a_case_remembers_what_it_was_asked() -> None:
    """A quantity that ten claims use is integrated once, and another option is another quantity."""
    case, asked = Case("mine", Normal(0, 1), Normal(1, 1)), []

    def functional(p: Any, q: Any, weight: float = 0.5) -> int:
        asked.append(weight)
        return len(asked)

    assert (case(functional), case(functional), case(functional, weight=0.25)) == (1, 1, 2)


def test_random_discriminators_follow_the_seed_and_nothing_else() -> None:
    """The same seed draws the same, whatever ran before; another seed draws another."""
    draws = [case.rng("D").random() for case in PANEL]
    assert [case.rng("D").random() for case in PANEL] == draws
    assert all(case.rng("D").random() != draw for case, draw in zip(seeded(PANEL, 7), draws, strict=True))
    assert len(set(draws)) == len(draws)


def test_no_seed_is_the_panel_itself() -> None:
    """Seed 0 keeps what the panel has computed already."""
    assert seeded(PANEL, 0) is PANEL


@pytest.mark.parametrize("seed", [1, 20260101])
def test_claims_with_random_discriminators_hold_for_other_seeds(seed: int) -> None:
    """What holds for every D holds for other draws of it."""
    cases = seeded((*PANEL[:6], *ARRAY_CASES), seed)
    for claim in CLAIMS:
        if claim.id.startswith(("value.", "prop1.")) and "N" in claim.statements:
            evidence = claim.evidence("N", cases)
            assert evidence.verdict in (Verdict.HOLDS, Verdict.SKIPPED), (claim.id, evidence.reason)


# -- a user's own pair ---------------------------------------------------------------------------------------------

OWN: list[tuple[str, str, set[str]]] = [
    ("norm(0, 1)", "gamma(3)", set()),
    ("expon(0, 1)", "uniform(0, 1)", set()),
    ("t(2)", "cauchy", set()),
    ("0.5*delta(0) + 0.5*norm(0, 1)", "0.5*delta(1) + 0.5*norm(0, 1)", set()),
    ("delta(0)", "norm(0, 1)", set()),
    ("beta(2, 3)", "beta(2, 3)", set()),
    # q's mass of a cell 1e-6 wide at its centre is a difference of cdfs near 1/2: too few digits are left
    # and twelve decades of scale are more than one flow, or one run, is resolved on
    ("norm(0, 1e-6)", "norm(0, 1e6)", {"kl.discrete-limit", "prop2.fisher-rao-flow", "prop2.repaired"}),
]


@pytest.mark.parametrize(("p_data", "p_g", "open_ones"), OWN, ids=[f"{p} v {q}" for p, q, _ in OWN])
def test_no_claim_is_refuted_on_a_pair_of_the_users(p_data: str, p_g: str, open_ones: set[str]) -> None:
    """A theorem holds off the panel too; what is asked of the panel alone is not asked here."""
    case = Case("your pair", parse_density(p_data), parse_density(p_g))
    found = {claim.id: claim.evidence("N", [case]).verdict for claim in CLAIMS if "N" in claim.statements}
    assert [name for name, verdict in found.items() if verdict is Verdict.REFUTED] == []
    assert {name for name, verdict in found.items() if verdict is Verdict.UNDECIDED} == open_ones


def test_laws_of_other_libraries_are_not_judged_by_their_cdfs() -> None:
    """A cdf that may be off by more than rounding refutes nothing: those statements are not run on it."""
    case = Case("your pair", parse_density("skewnorm(3)"), Normal(0.3, 2))
    found = {claim.id: claim.evidence("N", [case]) for claim in CLAIMS if "N" in claim.statements}
    assert found["kl.discrete-limit"].verdict is found["prop1.posterior"].verdict is Verdict.SKIPPED
    assert {outcome.statement.relation for outcome in found["thm1.criterion"].outcomes} == {"= 0"}


def test_noise_is_not_added_to_thousands_of_atoms() -> None:
    """Each atom would be a normal component, asked at the panels of all the others: memory grows with the square."""
    (claim,) = (claim for claim in CLAIMS if claim.id == "js.instance-noise")
    many, few = Discrete(range(500), [1 / 500] * 500), Discrete([0.0, 1.0], [0.5, 0.5])
    assert claim.applies(Case("few", few, few))
    assert not claim.applies(Case("many", many, few))


# -- the second routes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*PANEL, *ARRAY_CASES], ids=str)
def test_cells_are_nested_and_hold_all_the_mass(case: Any) -> None:
    """Each level refines the one before, and its masses sum to those of the laws."""
    for level in range(COARSEST, FINEST + 1):
        p, q, p_error, q_error = cell_masses(case, level)
        for masses, error, law in ((p, p_error, case.p_data), (q, q_error, case.p_g)):
            whole = law @ case.grid.weights if case.is_grid else 1.0
            assert np.all(np.abs(masses.sum(-1) - whole) <= 4e-16 + error.sum(-1))
        if not case.is_grid and level > COARSEST:
            assert np.isin(cell_ends(case, level - 1), cell_ends(case, level)).all()


FORMS = [
    (Normal(0, 1), Normal(0, 2), 0.31814718055994530942),  # log 2 - 3/8
    (Laplace(0, 1), Laplace(1, 2), 0.37708690114550275),
    (Logistic(0, 1), Logistic(2, 1), 0.62607057099866267),  # 2 coth(1) - 2
    (Exponential(1), Exponential(2), 0.19314718055994530942),  # log 2 - 1/2
    (Gamma(2, 1), Gamma(1, 1), 0.42278433509846713939),  # 1 - gamma
    (Beta(1, 1), Beta(2, 1), 0.30685281944005469058),  # 1 - log 2
    (Weibull(1, 1), Weibull(2, 1), 0.88406848434158765),  # 1 - log 2 + gamma
    (Uniform(0, 1), Uniform(-1, 2), 1.09861228866810969140),  # log 3
    (Cauchy(0, 1), Cauchy(1, 2), 0.22314355131420976),  # log(5/4)
]


@pytest.mark.parametrize(("p", "q", "exact"), FORMS, ids=[type(p).__name__ for p, *_ in FORMS])
def test_closed_forms_at_a_point_worked_by_hand(p: Any, q: Any, exact: float) -> None:
    """The formulas, against values that need no program."""
    assert kl_closed_form(p, q) is not None
    assert float(kl_closed_form(p, q)) == pytest.approx(exact, rel=2e-11)  # type: ignore[arg-type]


def test_no_closed_form_is_claimed_where_none_is_known() -> None:
    """Other families, other scales, other origins."""
    assert kl_closed_form(Normal(), Laplace()) is None
    assert kl_closed_form(Logistic(0, 1), Logistic(0, 2)) is None
    assert kl_closed_form(Gamma(1, 1, 0), Gamma(1, 1, 1)) is None
    assert kl_closed_form(Uniform(0, 2), Uniform(1, 3)) is None


def _dropped(claim: Claim, statement: Statement) -> list[str]:
    """Cases of the panel that a statement passes over for their names: under another name they would be judged."""

    def applies(case: Any) -> bool:
        return bool(claim.applies(case) and statement.applies(case))

    found = []
    for case in PANEL:
        unnamed = replace(case, name="yours", tags=case.tags - {"standard"})
        if applies(unnamed) and not applies(case):
            found.append(case.name)
    return found


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_case_that_is_passed_over_by_name_is_so_in_words(claim: Claim) -> None:
    """Each by its own name; or those that are taken, where these are the fewer."""
    for given in claim.statements.values():
        for statement in given if isinstance(given, tuple) else (given,):
            words, dropped = f"{claim.hypotheses} {statement.text}", _dropped(claim, statement)
            taken = [case.name for case in PANEL if claim.applies(case) and statement.applies(case)]
            assert all(name in words for name in dropped) or (taken and all(name in words for name in taken)), dropped
