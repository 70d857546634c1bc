"""The exit status that a script trusts, bad input, and which claims a line of words selects."""

from __future__ import annotations

from typing import Any

import pytest
from planted import QUICK, bad, good, planted, unknown

from gantheory.claims import CLAIMS
from gantheory.errors import ParseError
from gantheory.verify.command_line import main
from gantheory.verify.selection import keyword

# -- the exit status -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("residual", "control", "options", "status"),
    [
        (good, 1.0, [], 0),
        (bad, 1.0, [], 1),
        (unknown, 1.0, [], 1),
        (unknown, 1.0, ["--allow-undecided"], 0),
        (bad, 1.0, ["--allow-undecided"], 1),
        (good, 0.0, [], 1),  # a counterfeit that coincides with the truth
        (good, float("nan"), [], 1),  # a counterfeit that cannot be computed is not refuted
        (good, float("nan"), ["--allow-undecided"], 1),
    ],
)
def test_the_exit_status_says_how_it_ended(
    ledger: Any, residual: Any, control: Any, options: list[str], status: int
) -> None:
    """0 only where every claim that ran holds and every control is refuted."""
    ledger(planted("claim", residual, control))
    assert main(options) == status


def test_a_standing_control_is_named(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The row says which counterfeit was not refuted, where, and what came of it."""
    ledger(planted("claim", good, 0.0))
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "NOT REFUTED: a counterfeit" in out
    assert " untrusted planted.claim" in out
    assert "1 claim: 0 hold · 1 UNTRUSTED" in out
    assert "control not refuted on normal-shift" in out
    assert "controls refuted: 0 of 1" in out


def test_a_refuted_row_shows_the_simplest_counterexample(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The pair in the user's words, the residual with its error, and the command that runs it again."""
    ledger(planted("claim", bad))
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "REFUTED   planted.claim" in out
    assert "norm(0.0, 1.0) v norm(1.0, 1.5)" in out
    assert "0.00100000000000000 ± 1.1e-16, must be = 0" in out
    assert "python -m gantheory.verify planted.claim::normal-shift -v" in out


def test_nothing_selected_is_5(capsys: pytest.CaptureFixture[str]) -> None:
    """An expression that no claim matches, and a case outside every hypothesis."""
    assert main(["-k", "no such claim".replace(" ", "-")]) == 5
    assert main(["js.cauchy-game::dice", "-q"]) == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_maxfail_stops_the_run(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is not run, and the summary says how many there were."""
    ledger(*(planted(name, bad) for name in "abcd"))
    assert main(["--maxfail", "2"]) == 1
    assert "2 of 4 claims" in capsys.readouterr().out


def test_an_error_of_our_own_is_3_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug is not a verdict."""
    monkeypatch.setattr("gantheory.verify.runner.decide", lambda *args, **options: 1 / 0)
    assert main([*QUICK]) == 3
    err = capsys.readouterr().err
    assert err.startswith("gantheory.verify: internal error: ZeroDivisionError")
    assert err.count("\n") == 1


# -- bad input -----------------------------------------------------------------------------------------------------

BAD = [
    ["--p-data", "norm(0,1)"],
    ["--p-g", "norm(0,1)"],
    ["--p-data", "norm(0,-1)", "--p-g", "norm(0,1)"],
    ["--p-data", "norm(0,nan)", "--p-g", "norm(0,1)"],
    ["--p-data", "nosuchlaw(1)", "--p-g", "norm(0,1)"],
    ["--p-data", "__import__('os').system('true')", "--p-g", "norm(0,1)"],
    ["--p-data", "(" * 5000, "--p-g", "norm(0,1)"],
    ["--p-data", "", "--p-g", "norm(0,1)"],
    ["--p-data", "norm(0,1)", "--p-g", "norm(0,1)", "--grid", "x.csv"],
    ["--grid", "no/such/file.csv"],
    ["--grid", "."],
    ["no.such-claim"],
    ["thm1.jsd-form::no-such-case"],
    ["thm1.jsd-form::"],
    ["-k", "thm1 and"],
    ["-k", "(" * 400],
    ["-k", "not " * 120 + "x"],
    ["-k", "x" * 600],
    ["-k", ""],
    ["--level", "huge"],
    ["--seed", "-1"],
    ["--seed", "1.5"],
    ["--maxfail", "many"],
    ["--no-such-option"],
    ["--js", "x"],
    ["--json", "no/such/directory/report.json"],
    ["--json", "."],
    ["--junitxml", ""],
    ["--json", "-", "--junitxml", "-"],
    ["-q", "-v"],
]


@pytest.mark.parametrize("argv", BAD, ids=lambda argv: " ".join(argv)[:40])
def test_bad_input_is_one_line_and_exit_4(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Never a traceback, and nothing on standard output."""
    assert main([*argv]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gantheory.verify: ")
    assert err.count("\n") == 1


def test_a_misspelt_name_is_met_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """The remedy is in the message."""
    assert main(["thm1.jsd-from"]) == 4
    assert "did you mean thm1.jsd-form?" in capsys.readouterr().err


# -- selection -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "text", "wanted"),
    [
        ("thm1", "thm1.saddle", True),
        ("THM1", "thm1.saddle", True),
        ("not thm1", "thm1.saddle", False),
        ("thm1 and not saddle", "thm1.saddle", False),
        ("a or b and c", "a", True),
        ("(a or b) and c", "a", False),
        ("not (a or b)", "c", True),
        ("not not a", "a", True),
        ("js.bounds", "js.bounds 0", True),
    ],
)
def test_keywords_are_substrings_joined_by_and_or_not(expression: str, text: str, wanted: bool) -> None:
    """As in pytest's -k."""
    assert keyword(expression)(text) is wanted


def test_a_keyword_expression_is_no_code() -> None:
    """It is read by hand: what looks like a call is two words without a joint."""
    with pytest.raises(ParseError, match="should end or join"):
        keyword("__import__('os')")


def test_a_group_a_family_and_a_claim_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    """`theorem_1`, `thm1` and `thm1.saddle` are all words for claims; the ledger's order is kept."""
    assert main(["--list", "theorem_1"]) == 0
    by_group = capsys.readouterr().out
    assert main(["--list", "thm1"]) == 0
    assert capsys.readouterr().out == by_group
    assert main(["--list", "thm1.saddle", "thm1.criterion"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["thm1.criterion", "thm1.saddle"]


def test_the_list_names_every_claim_and_with_v_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is run."""
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [claim.id for claim in CLAIMS]
    assert main(["--list", "-v"]) == 0
    assert "::normal-shift" in capsys.readouterr().out


def test_a_claim_can_be_run_on_one_case(capsys: pytest.CaptureFixture[str]) -> None:
    """The controls still run on their own."""
    assert main(["thm1.jsd-form::dice", "thm1.jsd-form::poisson", "-vv"]) == 0
    out = capsys.readouterr().out
    assert "2 pairs" in out
    assert "controls refuted: 3 of 3" in out
