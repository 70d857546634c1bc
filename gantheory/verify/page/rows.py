"""The rows of the page: a claim in one line, which opens to all that was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gantheory.claims.statement import Evidence, Outcome, Statement, Verdict
from gantheory.verify.page.markup import Markup, anchor, joined, link, tag
from gantheory.verify.page.mathml import formula, math_in_lines
from gantheory.verify.page.steps import derivation
from gantheory.verify.page.words import words
from gantheory.verify.table import cases_cell, controls_cell, in_words, kinds_cell

__all__ = ["KINDS", "MARKS", "row_details", "verdict_of"]

KINDS = {"P": "proved", "C": "certified", "N": "numerical", "O": "observed"}
_RESTS_ON = {
    "P": "by zero tests and signs, and rules of measure theory that are stated by name",
    "C": "by ball arithmetic: enclosures that are proved",
    "N": "each residual lies within its own error bound: evidence, not proof",
    "O": "over draws: a statistic with its interval",
}
# the word of a verdict in the page -> its mark: never colour alone
MARKS = {"holds": "✓", "refuted": "✗", "undecided": "?", "not run": "–", "uncounted": "○", "untrusted": "!"}
_RELATIONS = {"= 0": "= 0", ">= 0": "≥ 0", "> 0": "> 0"}


def verdict_of(row: Any) -> str:
    """A row's verdict in a word."""
    if row.verdict is Verdict.HOLDS and (row.standing or not row.counts):
        return "untrusted" if row.standing else "uncounted"
    return "not run" if row.verdict is Verdict.SKIPPED else row.verdict.value


def row_details(row: Any, used_by: Mapping[str, list[str]], present: Iterable[str], group: str) -> Markup:
    """The row of a claim."""
    claim, verdict = row.claim, verdict_of(row)
    kinds = " ".join(e.kind for e in row.evidence if e.verdict is not Verdict.SKIPPED)
    body = tag(
        "div",
        formula(claim.latex, claim.title) if claim.latex else None,
        tag("p", words(row.reason), class_="reason") if row.reason else None,
        _facts(row, used_by, present),
        *(_evidence(evidence, row) for evidence in row.evidence if evidence.verdict is not Verdict.SKIPPED),
        _controls(row),
        _command(row),
        class_="body",
    )
    failed = " failed" * row.fails()
    return tag(
        "details", _summary(row, verdict), body, id=anchor(claim.id), class_=f"row{failed}",
        data_group=group, data_verdict=verdict, data_kinds=kinds, data_text=f"{claim.id} {claim.title} {claim.source}",
    )  # fmt: skip


def _summary(row: Any, verdict: str) -> Markup:
    mark = tag("span", MARKS[verdict], class_="mark", aria_hidden="true")
    cases, controls = cases_cell(row).removesuffix(", simplest:"), controls_cell(row)
    if row.verdict is not Verdict.HOLDS and not row.standing:
        controls = ""
    return tag(
        "summary",
        tag("span", mark, " ", verdict, class_=f"verdict {verdict.replace(' ', '-')}"),
        tag("span", tag("code", row.claim.id), tag("span", words(row.claim.title), class_="title"), class_="claim"),
        tag("span", kinds_cell(row), class_="by"),
        tag("span", *(tag("span", words(part)) for part in cases.split("  ", 1)), class_="cases"),
        tag("span", words(controls), class_="control"),
    )


# -- what it rests on ------------------------------------------------------------------------------------------


def _facts(row: Any, used_by: Mapping[str, list[str]], present: Iterable[str]) -> Markup:
    claim, here = row.claim, set(present)

    def links(ids: Iterable[str]) -> Markup | None:
        found = [part for id in ids for part in (link(id, id in here), Markup(", "))]
        return joined(*found[:-1]) if found else None

    rest = {
        "Hypotheses": words(claim.hypotheses),
        "Source": words(claim.source),
        "Uses": links(claim.uses),
        "Used by": links(used_by.get(claim.id, ())),
        "Not built yet": ", ".join(KINDS[kind] for kind in claim.missing),
    }
    return tag("dl", *(joined(tag("dt", name), tag("dd", told)) for name, told in rest.items() if told), class_="facts")


def _evidence(evidence: Evidence, row: Any) -> Markup:
    head = tag(
        "h4", tag("span", KINDS[evidence.kind].capitalize(), class_="kind"), tag("small", _RESTS_ON[evidence.kind])
    )
    if evidence.derivation is not None:
        return tag("section", head, derivation(evidence.derivation))
    digits = words(in_words(evidence)) if evidence.kind == "C" and evidence.verdict is Verdict.HOLDS else None
    outside = f"{evidence.skipped} cases lie outside the hypotheses." if evidence.skipped else None
    return tag(
        "section",
        head,
        _counterexample(evidence) if evidence.verdict is Verdict.REFUTED else None,
        tag("p", digits, class_="digits") if digits else None,
        _statements(evidence, row.claim),
        tag("p", outside, class_="aside") if outside else None,
    )


def _counterexample(evidence: Evidence) -> Markup | None:
    found = evidence.deciding
    if found is None:
        return None
    must = _RELATIONS[found.statement.relation]
    said = f"Refuted, most simply on {found.case.name}: {found.case.laws}. The residual of “{found.statement.text}” is "
    return tag("p", said, tag("b", str(found.residual)), f" and must be {must}.", class_="counterexample")


def _statements(evidence: Evidence, claim: Any) -> Markup:
    """A line for each statement: on how many cases, and where its residual came nearest to a refutation."""
    given = claim.statements[evidence.kind]
    rows = [_statement(statement, evidence) for statement in (given if isinstance(given, tuple) else (given,))]
    return _table(("statement", "must be", "cases", "worst case", "residual there"), rows)


def _statement(statement: Statement, evidence: Evidence) -> list[Markup | str]:
    own = [
        o for o in evidence.outcomes if (o.statement.text, o.statement.relation) == (statement.text, statement.relation)
    ]
    shown = math_in_lines(statement.latex, display=False) if statement.latex else None
    start: list[Markup | str] = [shown or words(statement.text), _RELATIONS[statement.relation]]
    worst = _worst(own)
    if worst is None:
        return [*start, "0", "no case meets its hypotheses", ""]
    told = statement.told(worst.case) if statement.told is not None and worst.verdict is Verdict.HOLDS else ""
    said = "" if worst.verdict is Verdict.HOLDS else f"{worst.verdict.value}: "
    residual = str(worst.residual) if worst.residual is not None else worst.reason
    return [*start, str(len({o.case.name for o in own})), worst.case.name, said + (told or residual)]


def _worst(outcomes: list[Outcome]) -> Outcome | None:
    """The outcome that speaks for its statement, as the judge of several would choose it."""
    order = (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.HOLDS)
    verdict = next((v for v in order if any(o.verdict is v for o in outcomes)), None)
    return None if verdict is None else replace(_NO_EVIDENCE, verdict=verdict, outcomes=tuple(outcomes)).deciding


_NO_EVIDENCE = Evidence("N", Verdict.SKIPPED)


def _controls(row: Any) -> Markup | None:
    if not row.counts:
        said = "None: a check that was never seen to refute anything shows nothing, and the claim does not count."
        return tag("section", tag("h4", "Counterfeits"), tag("p", said))
    if not row.controls:
        return None
    head = tag("h4", tag("span", "Counterfeits", class_="kind"), tag("small", "that the same judge must refute"))
    lines = [
        (words(c.statement.text), _RELATIONS[c.statement.relation], *_found(c.evidence), _refuted(c))
        for c in row.controls
    ]
    return tag("section", head, _table(("counterfeit", "must be", "case", "residual there", "verdict"), lines))


def _found(evidence: Evidence) -> tuple[str, str]:
    if evidence.worst is None:
        return "", evidence.reason
    return evidence.worst.name, str(evidence.residual) if evidence.residual is not None else evidence.reason


def _refuted(control: Any) -> Markup:
    said, kind = (
        ("✓ refuted", "holds") if control.refuted else (f"✗ not refuted, {control.evidence.verdict.value}", "refuted")
    )
    return tag("span", said, class_=f"verdict {kind}")


def _table(head: Iterable[str], rows: Iterable[Iterable[Markup | str]]) -> Markup:
    top = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in head)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in cells)) for cells in rows))
    return tag("div", tag("table", top, body), class_="scrolls")


def _command(row: Any) -> Markup:
    return tag(
        "div",
        tag("code", row.command),
        tag(
            "button",
            "Copy",
            type="button",
            class_="copy",
            hidden=True,
            aria_label=f"Copy: {row.command}",
        ),
        tag("small", f"{row.seconds:.2f} s"),
        class_="command",
    )
