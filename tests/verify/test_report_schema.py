"""The JSON report and its schema: real reports fit, broken ones do not, and no field is without a word of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from planted import QUICK, bad, good, planted, unknown

from gantheory.verify import run
from gantheory.verify.command_line import main

SCHEMA = json.loads(files("gantheory.verify").joinpath("report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "report_schema.md"


def errors(report: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(report)]


def unknown_fields(report: dict[str, Any]) -> Iterator[str]:
    """Fields that the schema has no word of."""
    parts = {"row": report["claims"]}
    parts["evidence"] = [evidence for row in report["claims"] for evidence in row["evidence"]]
    parts["outcome"] = [outcome for evidence in parts["evidence"] for outcome in evidence["outcomes"]]
    known = {name: set(SCHEMA["$defs"][name]["properties"]) for name in (*parts, "control")}
    yield from set(report) - set(SCHEMA["properties"])
    for name, found in parts.items():
        yield from (field for one in found for field in set(one) - known[name])
    controls = [control for row in report["claims"] for control in row["controls"]]
    yield from (field for one in controls for field in set(one) - known["control"] - known["evidence"])


def test_the_schema_is_one() -> None:
    """It obeys the schema of schemas."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "options",
    [
        ["thm1.jsd-form", "kl.infinite", "prop2.neural", "--level", "quick"],
        ["thm1", "--p-data", "cauchy", "--p-g", "norm(0,1)", "-q"],
        ["--objective", "log(D)", "log(1-D)", "-q"],
    ],
    ids=["ledger", "pair", "objective"],
)
def test_a_report_fits_its_schema(options: list[str], tmp_path: Path) -> None:
    """Of the ledger, of a pair with an infinite number, and of an objective; and every field is in the schema."""
    target = tmp_path / "report.json"
    assert main([*options, "--json", str(target)]) == 0
    report = json.loads(target.read_text(encoding="utf-8"))
    assert errors(report) == []
    assert list(unknown_fields(report)) == []


def test_a_report_of_what_goes_wrong_fits_too(ledger: Any, tmp_path: Path) -> None:
    """Refuted, undecided, and a control that stands."""
    ledger(planted("broken", bad), planted("open", unknown), planted("false", good, 0.0))
    target = tmp_path / "report.json"
    assert main(["--json", str(target), "-q"]) == 1
    report = json.loads(target.read_text(encoding="utf-8"))
    assert [row["verdict"] for row in report["claims"]] == ["refuted", "undecided", "holds"]
    assert errors(report) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], 2),
        (["exit_status"], 3),
        (["claims", 0, "verdict"], "true"),
        (["claims", 0, "evidence", 0, "kind"], "X"),
        (["claims", 0, "evidence", 1, "residual", "value"], "nan"),
        (["claims", 0, "controls", 0, "refuted"], "yes"),
        (["timings", "total"], -1),
        (["quantities", "criterion"], 0.5),
    ],
)
def test_a_report_that_is_broken_does_not_fit(path: list[Any], value: Any) -> None:
    """The schema is no rubber stamp: each planted fault is found, at its place."""
    report = json.loads(run(QUICK[0], level="quick").to_json())
    assert errors(report) == []
    broken = copy.deepcopy(report)
    at = broken
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert len(errors(broken)) == 1


def test_every_required_field_is_required() -> None:
    """A report without it does not fit."""
    report = json.loads(run(QUICK[0], level="quick").to_json())
    for field in SCHEMA["required"]:
        assert errors({name: content for name, content in report.items() if name != field})


def test_the_document_names_every_field() -> None:
    """A reader finds each of them in docs/report_schema.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    parts = [SCHEMA, *(part for part in SCHEMA["$defs"].values() if "properties" in part)]
    fields = {field for part in parts for field in part["properties"]}
    assert {field for field in fields if f"`{field}`" not in text and f'"{field}"' not in text} == set()
