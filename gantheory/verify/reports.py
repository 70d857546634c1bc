"""Reports for machines: JSON (docs/report_schema.md), JUnit XML, and a notebook's table; no kill can spoil them.

Each is written to a temporary file beside its target, flushed to the disk and moved into place: a reader sees the old
file or the new one, never half of one.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

import numpy as np

from gantheory import notebook_tables
from gantheory.claims.statement import Evidence, Outcome, Verdict
from gantheory.estimate import Estimate

__all__ = ["html_table", "json_text", "junit_text", "write"]

_CONTROL_CHARACTERS = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 forbids


def json_text(report: Any) -> str:
    """The report as JSON: no nan, infinities as strings."""
    content = {
        "schema": 1,
        "exit_status": report.exit_status,
        "interrupted": report.interrupted,
        "problems": list(report.problems),
        "selected": report.selected,
        "claims": [_row(row) for row in report.rows],
        "quantities": {name: _quantity(value) for name, value in report.quantities.items()},
        "environment": dict(report.environment),
        "timings": dict(report.timings),
    }
    return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def _row(row: Any) -> dict[str, Any]:
    claim = row.claim
    return {
        "id": claim.id,
        "title": claim.title,
        "source": claim.source,
        "hypotheses": claim.hypotheses,
        "uses": list(claim.uses),
        "verdict": row.verdict.value,
        "counts": row.counts,
        "reason": row.reason,
        "evidence": [_evidence(evidence) for evidence in row.evidence],
        "missing": list(claim.missing),
        "controls": [
            {"text": control.statement.text, "refuted": control.refuted, **_evidence(control.evidence)}
            for control in row.controls
        ],
        "seconds": round(row.seconds, 4),
        "command": row.command,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "verdict": evidence.verdict.value,
        "cases": evidence.cases,
        "skipped": evidence.skipped,
        "worst": None if evidence.worst is None else evidence.worst.name,
        "residual": _quantity(evidence.residual),
        "reason": evidence.reason,
        "derivation": None if evidence.derivation is None else evidence.derivation.title,
        "outcomes": [_outcome(outcome) for outcome in evidence.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    said = {"case": outcome.case.name, "statement": outcome.statement.text, "verdict": outcome.verdict.value}
    return {**said, "relation": outcome.statement.relation, "residual": _quantity(outcome.residual)}


def _quantity(quantity: Any) -> Any:
    if isinstance(quantity, Estimate):
        return {"value": _number(quantity.value), "error": _number(quantity.error), "basis": quantity.basis}
    return {"value": None, "reason": quantity} if isinstance(quantity, str) else None


def _number(value: Any) -> Any:
    """A float, a string for an infinity, or nested lists of them."""
    if np.ndim(value):
        return [_number(element) for element in np.asarray(value)]
    value = float(value)
    return value if math.isfinite(value) else str(value)


def junit_text(report: Any) -> str:
    """The report as JUnit XML: a test case for each piece of evidence and for each control."""
    suite = ElementTree.Element("testsuite", name="gantheory.verify")
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for row in report.rows:
        share = row.seconds / max(1, len(row.evidence) + len(row.controls))
        for evidence in row.evidence:
            tag, message = _junit_outcome(evidence, row, report.allow_undecided)
            _testcase(suite, row.claim.id, f"{row.claim.id} [{evidence.kind}]", share, tag, message, counts)
        for control in row.controls:
            tag = "" if control.refuted else "failure"
            message = "" if control.refuted else f"the control was not refuted but {control.evidence.verdict.value}"
            name = f"{row.claim.id} [control: {control.statement.text}]"
            _testcase(suite, row.claim.id, name, share, tag, message, counts)
        if not row.counts:
            _testcase(
                suite, row.claim.id, f"{row.claim.id} [control]", 0.0, "skipped", "none: it does not count", counts
            )
    for problem in report.problems:
        _testcase(suite, "own", problem, 0.0, "error", problem, counts)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", f"{sum(row.seconds for row in report.rows):.4f}")
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _junit_outcome(evidence: Evidence, row: Any, allow_undecided: bool) -> tuple[str, str]:
    if evidence.verdict is Verdict.HOLDS:
        return "", ""
    if evidence.verdict is Verdict.SKIPPED or (evidence.verdict is Verdict.UNDECIDED and allow_undecided):
        return "skipped", evidence.reason
    where = f" on {evidence.worst.name}:" if evidence.worst is not None else ""
    where += f" {evidence.residual}" if evidence.residual is not None else ""
    message = f"{evidence.verdict.value}{where} {evidence.reason}".strip()
    return ("failure" if evidence.verdict is Verdict.REFUTED else "error"), f"{message}\n{row.command}"


def _testcase(
    suite: Any, claim: str, name: str, seconds: float, tag: str, message: str, counts: dict[str, int]
) -> None:
    group = f"gantheory.{claim.partition('.')[0]}"
    element = ElementTree.SubElement(suite, "testcase", classname=group, name=_clean(name), time=f"{seconds:.4f}")
    if tag:
        counts[tag] += 1
        ElementTree.SubElement(element, tag, message=_clean(message))


def _clean(text: str) -> str:
    return _CONTROL_CHARACTERS.sub("", text)


def write(text: str, target: str, stdout: TextIO | None = None) -> None:
    """Write a report; ``-`` is standard output. A regular file is replaced as a whole or not at all."""
    if target == "-":
        stream = stdout or sys.stdout
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(text)
        else:  # JSON and XML are UTF-8, whatever the terminal speaks
            stream.flush()
            buffer.write(text.encode("utf-8"))
        stream.flush()
        return
    path = Path(target)
    if path.exists() and not path.is_file():  # a pipe or a device has no name to be moved to
        path.write_text(text, encoding="utf-8")
        return
    _replace(path, text)


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def html_table(report: Any) -> str:
    """The report as a table for a notebook, verdicts by their words and no colour alone."""
    refuted = sum(control.refuted for control in report.controls)
    holds = f"{report.count(Verdict.HOLDS)} of {len(report.rows)} hold"
    holds += f", {report.uncounted} without a control, which does not count" * bool(report.uncounted)
    return notebook_tables.html_table(
        ("verdict", "claim", "what it says", "by", "evidence", "controls"),
        [_cells(row) for row in report.rows],
        above="\n".join(f"{name} = {quantity}" for name, quantity in report.quantities.items()),
        below=f"{holds}; controls refuted: {refuted} of {len(report.controls)}",
    )


def _cells(row: Any) -> tuple[str, ...]:
    from gantheory.verify.table import cases_cell, controls_cell, kinds_cell

    return (row.verdict.value, row.claim.id, row.claim.title, kinds_cell(row), cases_cell(row), controls_cell(row))
