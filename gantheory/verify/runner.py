"""Run claims over cases and report: rows as they are decided, then the whole.

Nothing here judges. Each claim's statements, and each control, go to `gantheory.claims.judge`; the runner chooses the
cases, times the rows and adds up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gantheory import claims as ledger
from gantheory.claims.statement import Claim, Evidence, Statement, Verdict
from gantheory.errors import DomainError
from gantheory.panel import ARRAY_CASES, PANEL, QUICK_GENERATORS, generator_cases, seeded
from gantheory.verify.numbers import quantities_of
from gantheory.verify.own_claims import OwnClaims, checked_claims
from gantheory.verify.selection import LEVELS, Selected, checked_cases, checked_ids, select, unknown
from gantheory.versions import versions

__all__ = ["Control", "Report", "Row", "chosen_claims", "decide", "run"]

_KINDS = "PCNO"


@dataclass(frozen=True)
class Control:
    """A counterfeit and what the judge said of it; it must have been refuted."""

    statement: Statement
    evidence: Evidence

    @property
    def refuted(self) -> bool:
        return self.evidence.verdict is Verdict.REFUTED


@dataclass(frozen=True)
class Row:
    """One claim, decided.

    Attributes
    ----------
    claim : Claim
    evidence : tuple of Evidence
        One for each kind that the claim carries, in the order P, C, N, O.
    controls : tuple of Control
    seconds : float
    command : str
        What runs this row again.
    """

    claim: Claim
    evidence: tuple[Evidence, ...]
    controls: tuple[Control, ...] = ()
    seconds: float = 0.0
    command: str = ""

    @property
    def verdict(self) -> Verdict:
        """REFUTED if any evidence is, then UNDECIDED, then HOLDS; SKIPPED where nothing ran."""
        said = {evidence.verdict for evidence in self.evidence}
        order = (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.HOLDS)
        return next((verdict for verdict in order if verdict in said), Verdict.SKIPPED)

    @property
    def reason(self) -> str:
        """Why it is undecided or was not run."""
        return next((e.reason for e in self.evidence if e.verdict is self.verdict and e.reason), "")

    @property
    def standing(self) -> tuple[Control, ...]:
        """The controls that were not refuted."""
        return tuple(control for control in self.controls if not control.refuted)

    @property
    def counts(self) -> bool:
        """Whether a counterfeit stands beside the claim; without one, that it holds shows nothing."""
        return self.claim.counts

    def fails(self, *, allow_undecided: bool = False) -> bool:
        wrong = {Verdict.REFUTED} if allow_undecided else {Verdict.REFUTED, Verdict.UNDECIDED}
        return self.verdict in wrong or bool(self.standing)


@dataclass(frozen=True, repr=False)
class Report:
    """What a run found. It shows itself in a notebook; `to_json` and `to_html` are what the command line writes.

    Attributes
    ----------
    rows : tuple of Row
    quantities : dict
        The numbers of the user's own pair: name to Estimate, or to the reason why there is none.
    environment, timings : dict
    selected : int
        How many claims were to be run; more than there are rows if it was interrupted.
    interrupted, allow_undecided : bool
    problems : tuple of str
        What of the user's own claims could not be run, each in a line.
    """

    rows: tuple[Row, ...]
    quantities: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict)
    selected: int = 0
    interrupted: bool = False
    allow_undecided: bool = False
    problems: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 all that ran holds and every control is refuted; 1 not so; 2 interrupted; 4 problems; 5 nothing counts."""
        if self.interrupted:
            return 2
        if any(row.fails(allow_undecided=self.allow_undecided) for row in self.rows):
            return 1
        if self.problems:
            return 4
        return 5 if all(row.verdict is Verdict.SKIPPED or not row.counts for row in self.rows) else 0

    def count(self, verdict: Verdict) -> int:
        """How many rows have this verdict; one whose controls are missing, or stand, is not among those that hold."""
        apart = self.uncounted + self.untrusted if verdict is Verdict.HOLDS else 0
        return sum(row.verdict is verdict for row in self.rows) - apart

    @property
    def untrusted(self) -> int:
        """How many rows hold by a judge that did not refute their counterfeit."""
        return sum(row.verdict is Verdict.HOLDS and bool(row.standing) for row in self.rows)

    @property
    def uncounted(self) -> int:
        """How many rows hold and have no control, so that they do not count."""
        return sum(row.verdict is Verdict.HOLDS and not row.counts for row in self.rows)

    @property
    def controls(self) -> tuple[Control, ...]:
        return tuple(control for row in self.rows for control in row.controls)

    def __getitem__(self, claim_id: str) -> Row:
        """The row of a claim, by its id."""
        for row in self.rows:
            if row.claim.id == claim_id:
                return row
        raise KeyError(claim_id)

    def to_json(self) -> str:
        """The report as JSON text, schema 1."""
        from gantheory.verify.reports import json_text

        return json_text(self)

    def to_html(self) -> str:
        """The report as a page, which ``--html`` writes: one file without anything from elsewhere."""
        from gantheory.verify.page import page_text

        return page_text(self)

    def __repr__(self) -> str:
        return f"<Report: {len(self.rows)} of {self.selected} claims, exit status {self.exit_status}>"

    def __str__(self) -> str:
        from gantheory.verify.table import report_text

        return report_text(self)

    def _repr_html_(self) -> str:
        from gantheory.verify.reports import html_table

        return html_table(self)


def run(
    *ids: str,
    cases: Iterable[Any] | None = None,
    claims: Iterable[Claim] | Claim = (),
    level: str = "standard",
    rng: Any = 0,
) -> Report:
    """Decide claims, and give the report.

    Parameters
    ----------
    *ids : str
        ``CLAIM`` or ``CLAIM::CASE``, or the name of a group; every claim if none.
    cases : iterable of Case, optional
        The pairs to decide on, in place of the standard panel. The controls still run on the panel. With a single
        case its numbers are part of the report.
    claims : Claim or sequence of Claim
        Claims of one's own. With ids, those of the ledger that are named run beside them; without, they run alone.
    level : {"quick", "standard", "full"}
    rng : int, Generator or None, default 0
        The seed of what is drawn at random.

    Returns
    -------
    Report

    Raises
    ------
    DomainError
        For an id, a case or a level that does not exist; for a claim whose id is taken or no word.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> from gantheory.panel import Case
    >>> report = run("thm1.jsd-form", cases=[Case("mine", Normal(0, 1), Normal(1, 1))])
    >>> report["thm1.jsd-form"].verdict, report.exit_status
    (<Verdict.HOLDS: 'holds'>, 0)

    A claim of one's own, which is false, and the simplest pair that refutes it:

    >>> from gantheory.claims import Claim, Statement
    >>> from gantheory.divergences import js_divergence
    >>> text = "JSD ≤ ½"
    >>> mine = Claim("mine.half", statements=Statement(text, lambda case: 0.5 - case(js_divergence), ">= 0"))
    >>> row = run(claims=mine)["mine.half"]
    >>> row.verdict, row.evidence[0].worst.name, row.counts
    (<Verdict.REFUTED: 'refuted'>, 'cauchy-apart', False)
    """
    start = time.perf_counter()
    if level not in LEVELS:
        raise DomainError(f"level is {level!r}; it must be one of {', '.join(map(repr, LEVELS))}.")
    seed = seed_of(rng)
    own = None if cases is None else checked_cases(cases)
    here = standard_cases(seed, level) if own is None else own
    chosen, _ = chosen_claims(checked_ids(ids), OwnClaims(checked_claims(claims)), here)
    rows = tuple(decide(chosen, here, level=level, seed=seed))
    numbers = quantities_of(own[0]) if own is not None and len(own) == 1 else {}
    return Report(
        rows,
        numbers,
        environment(level, seed, here),
        timings(rows, time.perf_counter() - start),
        len(chosen),
    )


def chosen_claims(
    ids: Sequence[str], own: OwnClaims, cases: Iterable[Any], matches: Any = None
) -> tuple[tuple[Selected, ...], tuple[str, ...]]:
    """What to run, and what cannot be: the user's own claims, and with ids those of both that are named.

    Where a file could not be read in full, a name that nobody has is perhaps in it: the others run.
    """
    claims = (*own.claims, *ledger.CLAIMS) if ids or not (own.claims or own.problems) else own.claims
    groups = (replace(ledger.OWN, claims=own.claims), *ledger.GROUPS) if own.claims else ledger.GROUPS
    absent = unknown(ids, claims, groups) if own.problems else ()
    lost = tuple(f"{name!r} is not run: no claim that could be read is called so." for name in absent)
    named = [name for name in ids if name not in absent]
    if ids and not named:
        return (), own.problems + lost
    brought = {claim.id: own.words.get(claim.id, "claims=[...]") for claim in own.claims}
    chosen = select(named, claims, groups, cases, matches)
    return tuple(replace(one, words=brought.get(one.claim.id, "")) for one in chosen), own.problems + lost


def seed_of(rng: Any) -> int:
    """A seed from what a caller may give: an int, a Generator, or None for a fresh one."""
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return int(rng)
    if rng is None or isinstance(rng, np.random.Generator):
        return int(np.random.default_rng(rng).integers(2**32))
    raise DomainError(f"rng is {rng!r}; it must be an int >= 0, a numpy Generator or None.")


def standard_cases(seed: int = 0, level: str = "standard") -> tuple[Any, ...]:
    """The panel's pairs and quick generators; from the standard level on, the arrays and all generators.

    At the level "full" they say so: a claim on training counts four times as many seeds.
    """
    if level == "quick":
        pairs = tuple(case for case in PANEL if "thorough" not in case.tags)
        return seeded((*pairs, *generator_cases()[:QUICK_GENERATORS]), seed)
    cases = (*PANEL, *ARRAY_CASES, *generator_cases())
    if level == "full":
        cases = tuple(replace(case, tags=case.tags | {"full"}) for case in cases)
    return seeded(cases, seed)


def decide(
    chosen: Iterable[Selected], cases: Iterable[Any], *, level: str = "standard", seed: int = 0, pair: str = ""
) -> Iterator[Row]:
    """Rows, one by one as they are decided. `pair` is the part of a row's command that gives the user's own pair."""
    cases = tuple(cases)
    panel = {case.name: case for case in standard_cases(seed)}
    for one in chosen:
        start = time.perf_counter()
        here = tuple(case for case in cases if case.name in one.cases or not one.cases)
        here = tuple(case for case in here if one.cases or one.claim.runs_on(case, level))
        evidence = tuple(_gathered(one.claim, kind, here, level) for kind in _KINDS if kind in one.claim.statements)
        # a claim on runs that do not apply here trains no counterfeit either
        ran = any(e.verdict is not Verdict.SKIPPED for e in evidence) or not (
            one.claim.level or any(e.reason.startswith("needs") for e in evidence)
        )
        controls = tuple(Control(each, one.claim.controlled(each, panel)) for each in one.claim.controls if ran)
        yield Row(
            one.claim, evidence, controls, time.perf_counter() - start, _command(one, evidence, level, seed, pair)
        )


def _gathered(claim: Claim, kind: str, cases: tuple[Any, ...], level: str) -> Evidence:
    needed = claim.level.get(kind, "quick")
    if LEVELS.index(level) < LEVELS.index(needed):
        return Evidence(kind, Verdict.SKIPPED, reason=f"needs --level {needed}")  # type: ignore[arg-type]
    return claim.evidence(kind, cases)


def _command(one: Selected, evidence: tuple[Evidence, ...], level: str, seed: int, pair: str) -> str:
    """What runs the row again: on its counterexample alone, where it has one on the panel."""
    told = next(
        (e for e in evidence if e.verdict in (Verdict.REFUTED, Verdict.UNDECIDED) and e.worst is not None), None
    )
    target = one.claim.id
    if one.cases:
        target = " ".join(f"{one.claim.id}::{name}" for name in one.cases)
    elif told is not None and not pair:
        target = f"{one.claim.id}::{told.worst.name}"
    if one.words and not one.words.startswith("--"):  # handed over in Python, and no file brings it
        return f"gantheory.verify.run({', '.join(map(repr, target.split()))}, {one.words})"
    options = f" --level {level}" * (level != "standard") + f" --seed {seed}" * (seed != 0)
    words = " ".join(part for part in (one.words, target, pair) if part)
    return f"python -m gantheory.verify {words}{options} -v"


def timings(rows: Iterable[Row], total: float) -> dict[str, Any]:
    """Seconds in all, and of each claim."""
    return {"total": round(total, 3), "claims": {row.claim.id: round(row.seconds, 4) for row in rows}}


def counts_of(cases: Iterable[Any]) -> dict[str, int]:
    """How many cases are pairs of laws, how many more of them arrays on grids, and how many generators."""
    cases = tuple(cases)
    grids, generators = sum(case.is_grid for case in cases), sum("generator" in case.tags for case in cases)
    return {"pairs": len(cases) - grids - generators, "grids": grids, "generators": generators}


def environment(level: str, seed: int, cases: Iterable[Any]) -> dict[str, Any]:
    """What a reader needs to run it again."""
    found = versions()
    shown = {
        name: found[name]
        for name in ("gantheory", "numpy", "scipy", "sympy", "python-flint", "mpmath", "python", "platform")
    }
    return {**shown, "level": level, "seed": seed, **counts_of(cases)}
