"""The table: fixed columns, any terminal, and no character that cannot be shown."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from planted import QUICK, bad, good, planted

from gantheory.claims import CLAIMS
from gantheory.claims.statement import Claim, Evidence, Statement, Verdict
from gantheory.estimate import Estimate
from gantheory.symbolic import derivations, derive
from gantheory.verify.command_line import main
from gantheory.verify.table import short
from gantheory.verify.transliteration import ASCII, transliterated


def test_columns_are_fixed_so_that_rows_can_stream(capsys: pytest.CaptureFixture[str]) -> None:
    """Each row has its words where the heading has them."""
    assert main(["prop1", "--level", "quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heading = next(line for line in lines if line.startswith(" verdict"))
    rows = [line for line in lines if line.startswith(" holds")]
    assert len(rows) == 5
    for row in rows:
        for title in ("verdict", "claim", "by", "counterfeit refuted"):
            start = heading.index(title)
            assert row[start - 1] == " "
            assert row[start] != " "


@pytest.mark.parametrize("columns", ["40", "79", "80", "99", "100", "160"])
def test_no_line_is_wider_than_the_terminal(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Narrow terminals get counts in place of controls, then two lines a claim."""
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["js.bounds", "value.constant-half"]) == 0
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= int(columns)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
def test_any_terminal_can_show_it(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the encoding lacks is transliterated; nothing raises, and no question mark stands for mathematics."""
    content = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(content, encoding=encoding))
    assert main(["thm1.jsd-form", "js.local", "-v"]) == 0
    text = content.getvalue().decode(encoding)
    assert "?" not in text
    assert ("JSD(p‖q)" in text or "JSD(p||q)" in text or "JSD(p_data" in text) is True


def test_the_table_of_transliterations_has_every_character_in_use() -> None:
    """Claims, controls and derivations."""
    texts = [claim.title + claim.source + claim.hypotheses for claim in CLAIMS]
    texts += [control.text for claim in CLAIMS for control in claim.controls]
    for claim in CLAIMS:
        for given in claim.statements.values():
            texts += [statement.text for statement in (given if isinstance(given, tuple) else (given,))]
    texts += [derive(name).text() for name in derivations]
    assert "?" not in transliterated("".join(texts), "ascii")
    assert all(value.isascii() for value in ASCII.values())


@pytest.mark.parametrize(
    ("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_people(environment: dict[str, str], is_coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, unless NO_COLOR or a dumb terminal says otherwise."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", stream)
    assert main([*QUICK]) == 0
    assert ("\x1b[" in stream.getvalue()) is is_coloured


def test_what_a_name_tells_the_terminal_is_shown_and_not_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Titles, statements and controls from a user's file, a law's own name, and a complaint."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from gantheory.claims import Claim, Statement\n"
        "check = Statement('x \\x1b[2J\\r\\u202e', lambda case: 0.0)\n"
        "control = Statement('bad\\x1b[5m\\nnext', lambda case: 1.0, cases=('normal-shift',))\n"
        "mine = Claim('mine.one', 't \\x1b[31m', 's\\x9b', {'N': check}, (control,))\n",
        encoding="utf-8",
    )
    main(["--claims", str(file), "-vv"])
    main(["--p-data", "\x1b[2J", "--p-g", "norm"])
    said = capsys.readouterr()
    assert not set(said.out + said.err) & set("\x1b\r\x9b\u202e")
    assert all(shown in said.out for shown in (r"x \x1b[2J", r"\u202e", r"bad\x1b[5m", r"t \x1b[31m", r"s\x9b"))


def test_a_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does a file."""
    assert main([*QUICK]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_evidence_that_was_not_gathered_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Enclosures belong to the standard level: at the quick one none is told as if it had been made."""
    assert main(["thm1.kl-form", "--level", "quick", "-v"]) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("C:")]
    assert told == ["C: not run: needs --level standard"]


def test_quiet_says_the_summary_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing failed."""
    assert main([*QUICK, "-q"]) == 0
    out = capsys.readouterr().out.strip()
    assert out.startswith("1 claim: 1 hold")
    assert out.count("\n") == 0


def test_quiet_shows_what_failed(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """And only that."""
    ledger(planted("fine", good), planted("broken", bad))
    assert main(["-q"]) == 1
    out = capsys.readouterr().out
    assert "planted.broken" in out
    assert "planted.fine" not in out


def test_verbose_shows_derivation_worst_case_and_control(capsys: pytest.CaptureFixture[str]) -> None:
    """What the row rests on."""
    assert main(["thm1.jsd-form", "-v"]) == 0
    out = capsys.readouterr().out
    assert "every one checked" in out
    assert "worst " in out
    assert "refuted on normal-shift: 0.09929009660078" in out
    assert "C  JSD = 0.0992900966007817597478256759973" in out


@pytest.mark.parametrize(
    ("residual", "text"),
    [
        (Estimate(0.0), "0 ± 0"),
        (Estimate(2.4e-16, 8e-16), "2e-16 ± 9e-16"),
        (Estimate(-2.6e-16, 8.1e-16), "−3e-16 ± 9e-16"),
        (Estimate(9.6e-17, 1e-16), "1e-16 ± 2e-16"),
        (Estimate(0.0, 9.4e-10), "0 ± 1e-9"),
    ],
)
def test_a_residual_in_few_characters_is_still_true(residual: Estimate, text: str) -> None:
    """What rounding the value costs is in the radius printed."""
    case = SimpleNamespace(name="one")
    statement = Statement("x = 0", lambda case: residual)
    from gantheory.claims.statement import Outcome

    outcome = Outcome(statement, case, Verdict.HOLDS, residual)
    assert short(Evidence("N", Verdict.HOLDS, 1, 0, case, residual, outcomes=(outcome,))) == text


def test_rows_of_another_level_are_not_run_and_say_why(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Skipped, with the level that they need."""
    late = Claim("planted.late", "t", "s", {"N": Statement("x", lambda case: 0.0)}, (), level={"N": "full"})
    ledger(planted("fine", good), late)
    assert main(["--level", "quick"]) == 0
    out = capsys.readouterr().out
    assert "not run   planted.late" in out
    assert "needs --level full" in out
    assert main(["--level", "full", "-q"]) == 0
