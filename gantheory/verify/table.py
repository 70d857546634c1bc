"""The table: one line a claim, in fixed columns so that it can stream, on any terminal.

Unicode goes through one transliteration table where the stream cannot show it; colour only where a person looks; below
100 columns the controls are counted, below 80 a claim takes two lines.
"""

from __future__ import annotations

import io
import os
import shutil
import textwrap
from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from typing import Any, TextIO

from gantheory.claims.statement import Evidence, Verdict
from gantheory.estimate import Estimate
from gantheory.verify.transliteration import transliterated

__all__ = ["Table", "cases_cell", "controls_cell", "counted", "in_words", "kinds_cell", "report_text"]

# it holds, and there is no counterfeit beside it; or there is one, which was not refuted
_UNCOUNTED, _UNTRUSTED = "uncounted", "untrusted"
_WORDS = {
    Verdict.HOLDS: "holds",
    Verdict.REFUTED: "REFUTED",
    Verdict.UNDECIDED: "undecided",
    Verdict.SKIPPED: "not run",
}
_COLOURS = {Verdict.HOLDS: "32", Verdict.REFUTED: "1;31", Verdict.UNDECIDED: "33", Verdict.SKIPPED: "2"}
_VERDICT, _BY = 10, 6  # widths of the columns
_WIDE, _COMPACT = (29, 30), (28, 28)  # those of the claim and of its cases
_INDENT = " " * 11
_OF_DIGITS = 60  # columns below which thirty digits have no line
_LEGEND = """P proved: zero tests and signs; measure theory by rules stated by name   C certified by ball arithmetic
N numerical: each residual lies within its own error bound: evidence, not proof   O observed over draws
n+k pairs: k more as arrays on grids, whose residuals are as wide as the grids are coarse (-vv)"""


# -- cells -----------------------------------------------------------------------------------------------------


def kinds_cell(row: Any) -> str:
    """The kinds of evidence gathered; in lower case those that the ledger asks for and that are not built yet."""
    if row.verdict is Verdict.SKIPPED:
        return ""
    ran = {evidence.kind: evidence.kind for evidence in row.evidence if evidence.verdict is not Verdict.SKIPPED}
    shown = {**{kind: kind.lower() for kind in row.claim.missing}, **ran}
    return " ".join(shown[kind] for kind in "PCNO" if kind in shown)


def cases_cell(row: Any) -> str:
    """Over how many cases, and the worst residual with its error."""
    if row.verdict is Verdict.SKIPPED:
        return row.reason
    numeric = [evidence for evidence in row.evidence if evidence.cases]
    numeric = [evidence for evidence in numeric if evidence.kind != "C"] or numeric
    if row.verdict is Verdict.HOLDS:
        if not numeric:
            return ""
        said = "" if numeric[0].kind == "C" else in_words(numeric[0])  # its digits have a line of their own
        return said or f"{_count(numeric[0])}  {short(numeric[0])}"
    told = next(evidence for evidence in row.evidence if evidence.verdict is row.verdict)
    if not told.cases:
        return told.reason
    failing = told.count(row.verdict)
    if row.verdict is Verdict.REFUTED:
        return f"fails on {failing} of {_count(told)}, simplest:"
    return f"{failing} of {told.cases}: {told.reason}   ({told.worst})"


def in_words(evidence: Evidence) -> str:
    """What a statistic came to, where a statement has words for it."""
    said = (o.statement.told(o.case) for o in evidence.outcomes if o.statement.told is not None)
    return next((words for words in said if words), "")


def _count(evidence: Evidence) -> str:
    """ "31 pairs", or "31+6 pairs" where six more are arrays on a grid."""
    cases = {outcome.case.name: getattr(outcome.case, "is_grid", False) for outcome in evidence.outcomes}
    grids = sum(cases.values())
    laws = len(cases) - grids
    if all("generator" in getattr(outcome.case, "tags", ()) for outcome in evidence.outcomes):
        return f"{laws} generator{'s' * (laws != 1)}"
    if not laws:
        return f"{grids} grid{'s' * (grids != 1)}"
    return f"{laws}{f'+{grids}' * bool(grids)} pair{'s' * (len(cases) != 1)}"


def short(evidence: Evidence) -> str:
    """The worst residual in a few characters, true as printed: rounding the value widens the radius."""
    residual = evidence.residual
    if residual is None:
        return ""
    if residual.value == float("inf"):
        return "∞"
    exact, radius = Decimal(residual.value), Decimal(residual.error)
    if evidence.deciding is not None and evidence.deciding.statement.relation != "= 0" and exact > 10 * radius:
        return f"least {residual.value:.2g}"
    shown = Decimal(f"{residual.value:.0e}")
    radius = _one_digit_up(radius + abs(exact - shown))
    return f"{_compact(shown)} ± {_compact(radius)}".replace("-", "−", 1 if shown < 0 else 0)


def _one_digit_up(number: Decimal) -> Decimal:
    if number == 0:
        return number
    place = Decimal(1).scaleb(number.adjusted())
    return (number / place).to_integral_value(rounding=ROUND_CEILING) * place


def _compact(number: Decimal) -> str:
    return "0" if number == 0 else f"{float(number):.0e}".replace("e-0", "e-").replace("e+00", "")


def controls_cell(row: Any) -> str:
    """The first counterfeit, and how many more; the one that stands, where one was not refuted."""
    if row.standing:
        return f"NOT REFUTED: {row.standing[0].statement.text}"
    if not row.counts:
        return "no control: does not count"
    if not row.controls:
        return "none"
    more = len(row.controls) - 1
    return row.controls[0].statement.text + f" (+{more})" * bool(more)


# -- the table -------------------------------------------------------------------------------------------------


def counted(report: Any) -> str:
    """How many claims hold, are refuted, and so on: the first words of the last line."""
    words = {
        Verdict.HOLDS: "hold",
        Verdict.REFUTED: "REFUTED",
        Verdict.UNDECIDED: "undecided",
        Verdict.SKIPPED: "not run",
    }
    counts = [f"{report.count(v)} {word}" for v, word in words.items() if report.count(v) or v is Verdict.HOLDS]
    counts += [f"{report.untrusted} UNTRUSTED"] * bool(report.untrusted)
    counts += [f"{report.uncounted} without a control, which does not count"] * bool(report.uncounted)
    of = f" of {report.selected}" if len(report.rows) < report.selected else ""
    return f"{len(report.rows)}{of} claim{'s' * (len(report.rows) != 1)}: {' · '.join(counts)}"


class Table:
    """Writes a run to a stream, line by line.

    Parameters
    ----------
    stream : text stream
    verbosity : int
        Negative: the summary and what failed. 0: the table. Positive: derivations and worst cases as well.
    """

    def __init__(self, stream: TextIO, *, verbosity: int = 0) -> None:
        self.stream, self.verbosity = stream, verbosity
        self.is_open = True
        self.encoding = getattr(stream, "encoding", None) or "utf-8"  # a stream in memory holds any text
        terminal = _is_terminal(stream)
        self.width = _columns(terminal)
        self._claim, self._cases = _WIDE if self.width >= 100 else _COMPACT
        self.colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._group = ""

    # -- lines

    def line(self, text: str = "", verdict: Verdict | None = None) -> None:
        """One line, its first word coloured as a verdict; a reader that has gone away (``| head``) is no error."""
        if not self.is_open:
            return
        shown = transliterated(" ".join(text.split("\n")), self.encoding).rstrip()
        if self.colour and verdict is not None:
            end = 1 + _VERDICT
            shown = f" \x1b[{_COLOURS[verdict]}m{shown[1:end]}\x1b[0m{shown[end:]}"
        try:
            self.stream.write(shown + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self.is_open = False

    def wrapped(self, text: str, indent: str = _INDENT) -> None:
        for part in text.splitlines():
            lead = indent + " " * (len(part) - len(part.lstrip()))
            fitted = textwrap.wrap(
                part.strip(),
                max(30, self.width),
                initial_indent=lead,
                subsequent_indent=lead + "  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line in fitted or [""]:
                self.line(line)

    def _fitted(self, text: str, width: int) -> str:
        """The text in at most this many characters as they will be shown."""
        shown = transliterated(text, self.encoding)
        return shown if len(shown) <= width else shown[: max(1, width - 2)].rstrip() + ".."

    # -- parts

    def head(self, facts: str) -> None:
        """What is about to run."""
        if self.verbosity < 0:
            return
        self.wrapped(facts, "")
        self.line()

    def columns(self) -> None:
        if self.verbosity >= 0 and self.width >= 80:
            last = "counterfeit refuted" if self.width >= 100 else "refuted"
            start = f" {'verdict':{_VERDICT}}{'claim':{self._claim}}{'by':{_BY}}"
            self.line(start + f"{'cases, worst residual':{self._cases}}{last}")

    def numbers(self, laws: Iterable[tuple[str, str]], quantities: Iterable[tuple[str, Any]]) -> None:
        """The user's own pair, and its numbers."""
        for name, law in laws:
            self.wrapped(f"{name:6} = {law}", " ")
        self.line()
        for name, quantity in quantities:
            if isinstance(quantity, Estimate):
                self.line(f" {name:24} = {_shown(quantity)}")
            else:
                self.wrapped(f"{name:24} : {quantity}", " ")
        self.line()

    def row(self, row: Any, group: Any) -> None:
        """One claim, under its group's heading."""
        if self.verbosity < 0 and not row.fails():
            return
        if group is not None and group.name != self._group and self.verbosity >= 0:
            self._group = group.name
            self.line()
            self.wrapped(f"{group.title}   {group.headline}", "")
        self._main_lines(row)
        self._certified(row)
        for evidence in row.evidence:
            if evidence.verdict is Verdict.REFUTED:
                self._counterexample(evidence)
        if row.verdict in (Verdict.REFUTED, Verdict.UNDECIDED) or row.standing:
            self._standing(row)
            self.wrapped(row.command)
        if self.verbosity > 0:
            self._details(row)

    def _main_lines(self, row: Any) -> None:
        said, shown = _WORDS[row.verdict], row.verdict
        if row.verdict is Verdict.HOLDS and row.standing:
            said, shown = _UNTRUSTED, Verdict.UNDECIDED
        elif row.verdict is Verdict.HOLDS and not row.counts:
            said, shown = _UNCOUNTED, Verdict.SKIPPED
        verdict = f"{said:{_VERDICT}}"
        kinds, cases, controls = kinds_cell(row), cases_cell(row), controls_cell(row)
        if row.verdict is not Verdict.HOLDS and not row.standing:
            controls = ""
        if self.width < 80:
            self.line(f" {verdict}{row.claim.id}", shown)
            self.wrapped(f"{kinds}  {cases}" if cases else kinds)
            return
        room = self.width - 1 - _VERDICT - self._claim - _BY
        start = f" {verdict}{row.claim.id:{self._claim - 1}} {kinds:{_BY}}"
        if row.verdict in (Verdict.UNDECIDED, Verdict.SKIPPED) or not controls:
            fitted = self._fitted(cases, room)
            self.line(start + fitted, shown)
            if fitted != transliterated(cases, self.encoding):
                self.wrapped(row.reason)
            return
        if self.width < 100 and not row.standing:
            controls = f"{len(row.controls)}/{len(row.controls)}" if row.counts else "none"
        cell = self._fitted(cases, self._cases - 1)
        self.line(start + f"{cell:{self._cases}}" + self._fitted(controls, max(8, room - self._cases)), shown)

    def _certified(self, row: Any) -> None:
        """The digits that ball arithmetic proved, of a pair that is named."""
        for evidence in row.evidence:
            said = in_words(evidence) if evidence.kind == "C" and evidence.verdict is Verdict.HOLDS else ""
            if said and self.verbosity >= 0 and self.width >= _OF_DIGITS:
                self.wrapped(f"C  {said}")

    def _counterexample(self, evidence: Evidence) -> None:
        found = evidence.deciding
        if found is None:
            self.wrapped(evidence.reason)
            return
        relation = found.statement.relation.replace(">=", "≥")
        self.wrapped(f"{found.case.laws}   {found.statement.text}:")
        self.wrapped(f"the residual is {found.residual}, must be {relation}")

    def _standing(self, row: Any) -> None:
        for control in row.standing:
            evidence = control.evidence
            said = f"{evidence.verdict.value} {_residual(evidence)}".strip()
            where = ", ".join(control.statement.cases) or "any case"
            self.wrapped(f"control not refuted on {where}: {control.statement.text}   {said} {evidence.reason}")

    def _details(self, row: Any) -> None:
        claim = row.claim
        self.wrapped(f"{claim.title}   {f'[{claim.source}]' * bool(claim.source)}")
        self.wrapped(f"for {claim.hypotheses}")
        for evidence in row.evidence:
            self._evidence(evidence, claim)
        for kind in claim.missing:
            self.wrapped(f"{kind}: not built yet")
        for control in row.controls:
            word = "refuted" if control.refuted else f"NOT REFUTED, {control.evidence.verdict.value}"
            worst = control.evidence.worst
            where = f" on {worst.name}: {_residual(control.evidence)}" if worst is not None else ""
            self.wrapped(f"control  {control.statement.text}   {word}{where} {control.evidence.reason}")
        self.wrapped(f"{row.seconds:.2f} s   {row.command}")

    def _evidence(self, evidence: Evidence, claim: Any) -> None:
        if evidence.verdict is Verdict.SKIPPED:
            self.wrapped(f"{evidence.kind}: not run: {evidence.reason}")
            return
        if evidence.derivation is not None:
            for line in evidence.derivation.text(max(40, self.width - len(_INDENT))).splitlines():
                self.line(_INDENT + line)
            return
        given = claim.statements[evidence.kind]
        for statement in given if isinstance(given, tuple) else (given,):
            self.wrapped(f"{evidence.kind}: {statement.text}   residual {statement.relation.replace('>=', '≥')}")
        if evidence.worst is not None:
            outside = f", {evidence.skipped} outside the hypotheses" if evidence.skipped else ""
            self.wrapped(f"   {_count(evidence)}{outside}; worst {evidence.worst.name}: {_residual(evidence)}")
        for outcome in evidence.outcomes if self.verbosity > 1 else ():
            said = outcome.residual if outcome.residual is not None else outcome.reason
            self.line(f"{_INDENT}   {outcome.verdict.value:10}{outcome.case.name:18} {said}")

    def foot(self, report: Any) -> None:
        """The counts, the time, and what the letters mean."""
        total = counted(report)
        refuted = sum(control.refuted for control in report.controls)
        stopped = "   interrupted" * report.interrupted
        self.line()
        controls = f"controls refuted: {refuted} of {len(report.controls)}"
        self.wrapped(f"{total}       {controls}      {report.timings['total']:.1f} s{stopped}", "")
        if self.verbosity >= 0:
            self._legend(report)

    def _legend(self, report: Any) -> None:
        self.wrapped(_LEGEND, "")
        missing = sorted({kind.lower() for row in report.rows for kind in row.claim.missing})
        if missing:
            self.wrapped(f"{' '.join(missing)} in lower case: the ledger asks for it, and it is not built yet.", "")
        if self.verbosity == 0:
            self.wrapped(
                "-v shows derivations and worst cases; --html writes a page, --json and --junitxml reports.", ""
            )


def _residual(evidence: Evidence) -> str:
    return "" if evidence.residual is None else str(evidence.residual)


def _shown(quantity: Estimate) -> str:
    if not quantity.shape:
        return f"{quantity}   ({quantity.basis})" if quantity.basis != "bound" else str(quantity)
    return ", ".join(str(quantity[i]) for i in range(min(4, quantity.shape[0]))) + ", …" * (quantity.shape[0] > 4)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _columns(terminal: bool) -> int:
    """The width to write for: a terminal's own, $COLUMNS, or 108 where nobody says."""
    if terminal or os.environ.get("COLUMNS", "").isdigit():
        return max(30, shutil.get_terminal_size((108, 24)).columns)
    return 108


def report_text(report: Any) -> str:
    """The table of a finished report."""
    from gantheory.claims import group_of

    stream = io.StringIO()
    table = Table(stream)
    for row in report.rows:
        table.row(row, group_of(row.claim))
    table.foot(report)
    return stream.getvalue()
