"""Reports for machines and notebooks: JSON, JUnit XML, HTML, and the report in Python."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from planted import QUICK, bad, good, planted, unknown

from gantheory.claims.statement import Claim, Statement, Verdict
from gantheory.densities import Normal
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.panel import Case
from gantheory.verify import run
from gantheory.verify.command_line import main
from gantheory.verify.reports import write

# -- reports -------------------------------------------------------------------------------------------------------


def test_json_has_schema_1_and_no_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row carries its verdict, evidence, controls and the command that runs it again."""
    target = tmp_path / "report.json"
    assert main(["thm1.jsd-form", "kl.infinite", "--json", str(target)]) == 0
    report = json.loads(target.read_text(encoding="utf-8"), parse_constant=lambda text: pytest.fail(text))
    assert report["schema"] == 1
    assert {"claims", "quantities", "environment", "timings"} <= set(report)
    assert [row["id"] for row in report["claims"]] == ["kl.infinite", "thm1.jsd-form"]
    row = report["claims"][1]
    assert row["verdict"] == "holds"
    assert row["missing"] == []
    assert [evidence["kind"] for evidence in row["evidence"]] == ["P", "C", "N"]
    assert set(row["evidence"][2]["residual"]) == {"value", "error", "basis"}
    assert [control["refuted"] for control in row["controls"]] == [True] * 3
    assert row["command"].startswith("python -m gantheory.verify thm1.jsd-form")
    assert list(tmp_path.iterdir()) == [target]


def test_infinities_are_strings(tmp_path: Path) -> None:
    """KL(Cauchy‖Normal) is one."""
    target = tmp_path / "report.json"
    main(["js.bounds", "--p-data", "cauchy", "--p-g", "norm(0,1)", "--json", str(target), "-q"])
    quantities = json.loads(target.read_text(encoding="utf-8"))["quantities"]
    assert quantities["kl_data_g"] == {"value": "inf", "error": 0.0, "basis": "bound"}


def test_a_report_on_standard_output_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The table goes to standard error."""
    assert main([*QUICK, "--json", "-"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_status"] == 0
    assert "value.constant-half" in err


def test_junit_counts_failures_errors_and_skips(ledger: Any, tmp_path: Path) -> None:
    """A refutation is a failure, an undecided claim an error, a standing control a failure; control characters go."""
    ledger(planted("fine", good), planted("bro\x07ken", bad), planted("open", unknown), planted("false", good, 0.0))
    target = tmp_path / "report.xml"
    assert main(["--junitxml", str(target), "-q"]) == 1
    suite = ElementTree.parse(target).getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8", "failures": "2", "errors": "1", "skipped": "0",
    }  # fmt: skip
    text = target.read_text(encoding="utf-8")
    assert "\x07" not in text
    assert "None" not in text


def test_what_is_counted_are_the_cases_that_ran(tmp_path: Path) -> None:
    """The panel of the level, or the user's own pair."""
    for words, pairs, generators in ((QUICK, 27, 8), ((*QUICK, "--p-data", "t(3)", "--p-g", "norm"), 1, 0)):
        target = tmp_path / "report.json"
        assert main([*words, "-q", "--json", str(target), "--html", str(tmp_path)]) == 0
        told = json.loads(target.read_text(encoding="utf-8"))["environment"]
        assert (told["pairs"], told["grids"], told["generators"]) == (pairs, 0, generators)
        assert f"{pairs} pairs of laws, 0 on grids, {generators} generators" in (tmp_path / "index.html").read_text(
            encoding="utf-8"
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_one_report_that_cannot_be_written_takes_no_other_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is written first, and the exit status tells."""
    junit = tmp_path / "report.xml"
    assert main([*QUICK, "-q", "--json", "/dev/full", "--junitxml", str(junit), "--html", str(tmp_path)]) == 4
    assert "/dev/full cannot be written: No space left" in capsys.readouterr().err
    assert ElementTree.parse(junit).getroot().get("failures") == "0"
    assert (tmp_path / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_interruption_before_the_first_row_replaces_no_report(
    ledger: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An earlier page says more than one without a row."""

    def stop() -> Estimate:
        raise KeyboardInterrupt

    page, target = tmp_path / "index.html", tmp_path / "report.json"
    for path in (page, target):
        path.write_text("the earlier one", encoding="utf-8")
    ledger(planted("first", stop))
    assert main(["-q", "--html", str(tmp_path), "--json", str(target)]) == 2
    assert "nothing was decided" in capsys.readouterr().err
    assert [path.read_text(encoding="utf-8") for path in (page, target)] == ["the earlier one"] * 2


def test_an_interruption_that_python_has_wrapped_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Python 3.11 does while it makes a class."""

    def wrapped(*_: Any) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr("gantheory.verify.command_line._verify", wrapped)
    assert main([]) == 2
    assert capsys.readouterr().err == "gantheory.verify: interrupted\n"


def test_an_undecided_claim_that_is_allowed_is_a_skip(ledger: Any, tmp_path: Path) -> None:
    """JUnit's readers see what the exit status says."""
    ledger(planted("open", unknown))
    target = tmp_path / "report.xml"
    assert main(["--junitxml", str(target), "--allow-undecided", "-q"]) == 0
    assert ElementTree.parse(target).getroot().get("skipped") == "1"


def test_a_report_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure between writing and moving leaves the old file and no debris."""
    target = tmp_path / "report.json"
    write("old", str(target))

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        write("new", str(target))
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]
    assert main([*QUICK, "-q", "--json", str(target)]) == 4


# -- in Python -----------------------------------------------------------------------------------------------------


def test_run_gives_the_same_report() -> None:
    """Rows by id, an exit status, JSON, and tables for a terminal and a notebook."""
    report = run("thm1.jsd-form", "value.constant-half")
    assert report.exit_status == 0
    assert report["thm1.jsd-form"].verdict is Verdict.HOLDS
    assert json.loads(report.to_json())["schema"] == 1
    assert "holds     thm1.jsd-form" in str(report)
    assert "<td" in report._repr_html_()
    with pytest.raises(KeyError):
        report["no.such"]


def test_run_on_a_case_of_ones_own_has_its_numbers() -> None:
    """As the command line has."""
    report = run("thm1.jsd-form", cases=[Case("mine", Normal(0, 1), Normal(40, 1))], level="quick")
    assert report.quantities["kl_data_g"].value == pytest.approx(800)
    assert report["thm1.jsd-form"].evidence[-1].cases == 1


@pytest.mark.parametrize("options", [{"level": "huge"}, {"rng": -1}, {"rng": "seed"}, {"rng": True}])
def test_run_refuses_what_it_cannot_mean(options: dict[str, Any]) -> None:
    """By the project's own error."""
    with pytest.raises(DomainError):
        run("thm1.jsd-form", **options)


def test_html_is_escaped() -> None:
    """Whatever a claim is called."""
    name = "<script>"
    claim = Claim(name, "<b>", "s", {"N": Statement("x", lambda case: 0.0)}, ())
    from gantheory.verify.runner import Report, Row

    text = Report((Row(claim, (claim.evidence("N", [Case("c", Normal(), Normal())]),)),))._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
