"""The page as a whole: its head, the verdicts, the figures and how it was run, in one file without anything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gantheory.claims import OF_AN_OBJECTIVE, group_of
from gantheory.claims.statement import Verdict
from gantheory.estimate import Estimate
from gantheory.verify.numbers import NAMES
from gantheory.verify.page.figures import figures_of
from gantheory.verify.page.frame import facts, figures_section, top, whole
from gantheory.verify.page.markup import Markup, joined, link, tag
from gantheory.verify.page.mathml import formula
from gantheory.verify.page.rows import KINDS, MARKS, row_details, verdict_of
from gantheory.verify.page.setting import Setting
from gantheory.verify.page.steps import derivation
from gantheory.verify.page.words import words
from gantheory.verify.reports import write
from gantheory.verify.table import counted

__all__ = ["page_text", "write_page"]

_TITLE = "The theory of generative adversarial nets, decided"
_STATUS = {
    0: "every claim that ran holds, and every counterfeit is refuted",
    1: "something is refuted or undecided, or a counterfeit is not refuted",
    2: "interrupted: what was finished is here",
    4: "some of the user’s own claims could not be run",
    5: "nothing ran that counts",
}


def write_page(report: Any, path: Path, setting: Setting | None = None) -> None:
    """Write the page; an earlier one is replaced as a whole, or stays."""
    write(page_text(report, setting), str(path))


def page_text(report: Any, setting: Setting | None = None) -> str:
    """The page.

    Parameters
    ----------
    report : Report
    setting : Setting, optional
        How it was run, where that was on a command line.
    """
    setting = setting or Setting()
    figures = figures_of(report, setting)
    main = (_own(report, setting), _verdicts(report, setting), figures_section(figures), _run(report, setting))
    return whole(
        f"{_head_line(report)} — gantheory",
        _header(report, setting, bool(figures)),
        *main,
        version=report.environment.get("gantheory", ""),
        start=("verdicts", "Skip to the verdicts"),
    )


# -- the head --------------------------------------------------------------------------------------------------


def _header(report: Any, setting: Setting, has_figures: bool) -> Markup:
    places = {"verdicts": "Verdicts", **({"figures": "Figures"} if has_figures else {}), "run": "How it was run"}
    return top(
        _TITLE if setting.objective is None else "An objective of a discriminator, decided",
        places,
        tag("p", _head_line(report), class_="lead"),
        tag("p", _second_line(report), class_="aside"),
        _failures(report),
    )


def _head_line(report: Any) -> str:
    """What the terminal's last line says."""
    return ("Interrupted. " if report.interrupted else "") + counted(report)


def _second_line(report: Any) -> str:
    refuted = sum(control.refuted for control in report.controls)
    seconds = report.timings.get("total")
    took = f" · {seconds:.1f} s" if seconds is not None else ""
    return f"counterfeits refuted: {refuted} of {len(report.controls)} · level {report.environment.get('level')}{took}"


def _failures(report: Any) -> Markup | None:
    """What a reader must not miss: which rows fail, and what could not be run."""
    failed = [row for row in report.rows if row.fails(allow_undecided=report.allow_undecided)]
    said = [tag("li", link(row.claim.id), " ", words(_why(row))) for row in failed]
    said += [tag("li", problem) for problem in report.problems]
    if report.interrupted:
        left = f"{len(report.rows)} of {report.selected} claims were decided before the run was interrupted."
        said = [tag("li", left), *said]
    return tag("div", tag("ul", *said), class_="failures") if said else None


def _why(row: Any) -> str:
    if row.standing:
        return f"a counterfeit is not refuted: {row.standing[0].statement.text}"
    return f"{row.verdict.value}: {row.reason or row.claim.title}"


# -- the user's own --------------------------------------------------------------------------------------------


def _own(report: Any, setting: Setting) -> Markup | None:
    parts = [_objective(setting.objective), _numbers(report, setting.case)]
    found = [part for part in parts if part is not None]
    return tag("section", *found, id="own", aria_labelledby="own-title") if found else None


def _objective(objective: Any) -> Markup | None:
    if objective is None:
        return None
    from gantheory.verify.objective_report import theorem

    rows = [joined(tag("dt", label), tag("dd", words(content))) for label, content in theorem(objective)]
    proof = objective.derivation
    return joined(
        tag("h2", "The theorem it comes to", id="own-title"),
        formula(_found(objective), "") if objective.has_closed_form else None,
        tag("dl", *rows, class_="facts"),
        None if proof is None else tag("details", tag("summary", "The proof, step by step"), derivation(proof)),
    )


def _found(objective: Any) -> str:
    """D*, f and its conjugate, for a typesetter."""
    from gantheory.symbolic.printing import latex

    parts = [rf"D^* = {latex(objective.D_star)}", rf"f(u) = {latex(objective.f)}"]
    parts += [rf"f^*(t) = {latex(objective.conjugate)}"] if objective.conjugate is not None else []
    return r", \qquad ".join(parts)


def _numbers(report: Any, case: Any) -> Markup | None:
    if not report.quantities:
        return None
    from gantheory.verify.own_pair import laws_of

    laws = [tag("p", words(name), " = ", tag("code", text)) for name, text in (laws_of(case) if case else ())]
    rows = [
        tag("tr", tag("th", words(NAMES[name][0]), scope="row"), *_number(found))
        for name, found in report.quantities.items()
    ]
    head = tag("tr", *(tag("th", title, scope="col") for title in ("quantity", "value and error", "basis")))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers")
    units = tag("p", "In nats; TV is a number without a unit, W₁ in units of x.", class_="aside")
    title = tag("h2", "The numbers of the pair", id="own-title")
    return joined(title, *laws, tag("div", table, class_="scrolls"), units)


def _number(found: Any) -> tuple[Markup, Markup]:
    if not isinstance(found, Estimate):
        return tag("td", str(found)), tag("td", "")
    several = found.shape[0] if found.shape else 0
    shown = ", ".join(str(found[i]) for i in range(min(4, several))) + ", …" * (several > 4) if several else str(found)
    return tag("td", shown), tag("td", found.basis)


# -- the verdicts ----------------------------------------------------------------------------------------------


def _verdicts(report: Any, setting: Setting) -> Markup:
    used_by: dict[str, list[str]] = defaultdict(list)
    for row in report.rows:
        for used in row.claim.uses:
            used_by[used].append(row.claim.id)
    present = [row.claim.id for row in report.rows]
    groups: dict[str, tuple[Any, list[Any]]] = {}
    for row in report.rows:
        group = group_of(row.claim) if setting.objective is None else OF_AN_OBJECTIVE
        groups.setdefault(group.name, (group, []))[1].append(row)
    sections = [
        tag(
            "section",
            tag("h3", group.title, " ", tag("small", words(group.headline)), id=f"group-{name}"),
            *(row_details(row, used_by, present, name) for row in rows),
            class_="group",
            aria_labelledby=f"group-{name}",
        )
        for name, (group, rows) in groups.items()
    ]
    columns = ("verdict", "claim", "by", "cases, worst residual", "counterfeit refuted")
    return tag(
        "section",
        tag("h2", "Verdicts", id="verdicts-title"),
        _filter(report, [group for group, _ in groups.values()]),
        tag("p", *(tag("span", name) for name in columns), class_="columns", aria_hidden="true"),
        *sections,
        _legend(report),
        id="verdicts",
        aria_labelledby="verdicts-title",
    )


def _filter(report: Any, groups: list[Any]) -> Markup:
    """Hidden until the script is there to make it work."""
    verdicts = dict.fromkeys(word for word in MARKS if any(verdict_of(row) == word for row in report.rows))
    kinds = [
        k
        for k in KINDS
        if any(e.kind == k and e.verdict is not Verdict.SKIPPED for r in report.rows for e in r.evidence)
    ]
    return tag(
        "form",
        _choice("group", "Group", [(group.name, group.title) for group in groups]),
        _choice("verdict", "Verdict", [(word, word) for word in verdicts]),
        _choice("kinds", "Evidence", [(kind, KINDS[kind]) for kind in kinds]),
        tag("label", tag("span", "Text"), tag("input", type="search", name="text", autocomplete="off")),
        tag("button", "Open all", type="button", id="open-all"),
        tag("output", f"{len(report.rows)} of {len(report.rows)} rows", id="shown", aria_live="polite"),
        id="filter",
        role="search",
        aria_label="Filter the verdicts",
        hidden=True,
    )


def _choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> Markup:
    every = tag("option", "all", value="")
    return tag(
        "label",
        tag("span", label),
        tag("select", every, *(tag("option", shown, value=value) for value, shown in options), name=name),
    )


_SOURCES = {
    "GAN14": "GAN14 is Goodfellow et al., Generative Adversarial Nets, NIPS 2014",
    "Notes": "the Notes are the Chinese study notes of it that the project was founded on",
}


def _legend(report: Any) -> Markup:
    missing = any(row.claim.missing for row in report.rows)
    cited = " ".join(row.claim.source for row in report.rows)
    sources = [said for name, said in _SOURCES.items() if name in cited]
    return tag(
        "p",
        "P proved: zero tests and signs; measure theory by rules stated by name. C certified by ball arithmetic. "
        "N numerical: each residual lies within its own error bound: evidence, not proof. O observed over draws. n+k "
        "pairs: k more as arrays on grids, whose residuals are as wide as the grids are coarse.",
        " A letter in lower case: the ledger asks for it, and it is not built yet." if missing else None,
        f" {'; '.join(sources)}." if sources else None,
        class_="aside",
    )


# -- how it was run ----------------------------------------------------------------------------------------------


_CASES = {"pairs": "pairs of laws", "grids": "on grids", "generators": "generators"}


def _run(report: Any, setting: Setting) -> Markup:
    environment = dict(report.environment)
    seconds = report.timings.get("total")
    told = {
        "Command": tag("code", setting.command) if setting.command else None,
        "Exit status": f"{report.exit_status}: {_STATUS[report.exit_status]}",
        "Level": str(environment.pop("level", "")),
        "Seed": str(environment.pop("seed", "")),
        "Duration": f"{seconds:.1f} s" if seconds is not None else None,
        "Written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Cases": ", ".join(f"{environment.pop(name, 0)} {said}" for name, said in _CASES.items()),
        "Environment": ", ".join(f"{name} {found}" for name, found in environment.items()),
    }
    return facts("How it was run", "run", told)
