"""A user's own claims: the page's six lines, the same runner, and one clear line for each thing that is wrong."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gantheory.claims import CLAIMS, Claim, Statement, Verdict
from gantheory.errors import DomainError
from gantheory.panel import PANEL, Case
from gantheory.verify import run
from gantheory.verify.command_line import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "claims_of_your_own.md").read_text(encoding="utf-8")
HEAD = """from gantheory.claims import Claim, Statement
true = Statement("0 = 0", lambda case: 0.0)
false = Statement("1 = 0", lambda case: 1.0, cases="normal-shift")
"""
GOOD = 'mine = Claim("mine.first", statements=true, controls=false)\n'


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a file of claims into an empty directory, and stand there."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "mine.py") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def stated(residual: Any, relation: Any = "= 0") -> Claim:
    """A claim of the test's own, with a counterfeit that falls."""
    return Claim(
        "mine.first", statements=Statement("x", residual, relation), controls=Statement("1 = 0", lambda c: 1.0)
    )


# -- the page --------------------------------------------------------------------------------------------------


def test_the_six_lines_of_the_page_give_the_table_of_the_page(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Column by column; only the time is left out there."""
    file, table = re.findall(r"^```(?:python)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[:2]
    assert len(file.splitlines()) <= 6
    assert main(["--claims", written(file)]) == 0
    said = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [line for line in table.splitlines() if line]
    assert [line for line in shown[:-1] if line not in said] == []
    assert any(line.startswith(shown[-1]) for line in said)
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["mine.py"]  # nothing is left beside it


# -- what runs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ([], ["mine.first", "mine.second"]),
        (["mine.second"], ["mine.second"]),
        (["mine"], ["mine.first", "mine.second"]),
        (["own", "thm1.saddle"], ["mine.first", "mine.second", "thm1.saddle"]),
        (["thm1.saddle", "mine.first"], ["mine.first", "thm1.saddle"]),
        (["thm1.saddle"], ["thm1.saddle"]),
        (["-k", "second"], ["mine.second"]),
        (["-k", "other"], ["mine.second"]),
    ],
    ids=" ".join,
)
def test_alone_or_beside_the_ledger(
    arguments: list[str], ids: list[str], written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ids the file alone; with ids what they name, of both."""
    file = written(
        HEAD + GOOD + 'two = Claim("mine.second", "other words", statements=true, controls=(false, false))\n'
    )
    assert main(["--list", "--claims", file, *arguments]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ids


def test_they_stand_in_the_same_table_and_report(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Under a heading of their own, with the command that runs each again."""
    file = written(HEAD + GOOD, "my claims.py")
    assert main(["--claims", file, "mine.first::dice", "value.constant-half", "--json", "report.json"]) == 0
    out = capsys.readouterr().out
    assert out.index("Claims of your own") < out.index("mine.first") < out.index("The value function")
    rows = json.loads(Path("report.json").read_text(encoding="utf-8"))["claims"]
    assert [row["id"] for row in rows] == ["mine.first", "value.constant-half"]
    assert rows[0]["command"] == "python -m gantheory.verify --claims 'my claims.py' mine.first::dice -v"
    assert rows[1]["command"].endswith("verify value.constant-half -v")
    assert all(row["counts"] for row in rows)


def test_a_pair_of_ones_own(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The claim is decided on it, and the command gives the pair again."""
    file = written(HEAD.replace("0.0", "1e-3") + GOOD)
    assert main(["--claims", file, "--p-data", "norm", "--p-g", "laplace"]) == 1
    out = capsys.readouterr().out
    assert "fails on 1 of 1 pair" in out
    assert "--claims mine.py mine.first --p-data norm --p-g laplace -v" in out


def test_a_list_named_claims_has_the_last_word(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What it leaves out is not run."""
    file = written(HEAD + GOOD + 'CLAIMS = [Claim("mine.second", statements=true, controls=false)]\n')
    assert main(["--list", "--claims", file]) == 0
    assert capsys.readouterr().out.split()[0] == "mine.second"


def test_what_is_imported_from_the_ledger_is_not_ones_own(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its tuple nor one of its claims under another name; the same claim under two names is one."""
    lines = "from gantheory.claims import CLAIMS\ntheirs = CLAIMS[0]\nboth = [mine]\n"
    assert main(["--list", "--claims", written(HEAD + GOOD + lines)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{'mine.first':30}0 = 0"]


def test_two_files_and_a_file_beside_them(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A file imports its neighbour; a neighbour called like a library shadows nothing; prints are no output."""
    written(HEAD, "statements_beside_the_claims.py")
    written("raise RuntimeError('shadowed')", "json.py")
    first = written("from statements_beside_the_claims import *\nprint('loud')\n" + GOOD)
    second = written(HEAD + GOOD.replace("first", "second"), "second.py")
    assert main(["--claims", first, "--claims", second, "--json", "-"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)["claims"]] == ["mine.first", "mine.second"]
    sys.modules.pop("statements_beside_the_claims")


# -- counterfeits ----------------------------------------------------------------------------------------------


def test_a_claim_without_a_control_does_not_count(
    written: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so in the table, in both reports and in the exit status; beside one that counts it harms nothing."""
    alone = 'alone = Claim("mine.alone", statements=true)\n'
    arguments = ["--claims", written(HEAD + alone), "--json", "report.json", "--junitxml", "report.xml"]
    assert main(arguments) == 5
    out = capsys.readouterr().out
    assert "uncounted mine.alone" in out
    assert "no control: does not count" in out
    assert "1 claim: 0 hold · 1 without a control, which does not count" in out
    assert json.loads(Path("report.json").read_text(encoding="utf-8"))["claims"][0]["counts"] is False
    assert ElementTree.parse("report.xml").getroot().get("skipped") == "1"
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--claims", written(HEAD + GOOD + alone)]) == 0
    assert re.search(r"uncounted mine\.alone .* none$", capsys.readouterr().out, re.MULTILINE)
    assert main(["--claims", written(HEAD.replace("0.0", "1.0") + alone)]) == 1  # a refuted one is refuted


def test_a_control_without_a_case_is_tried_where_its_claim_applies() -> None:
    """A counterfeit that falls outside the hypotheses only is not refuted."""

    def is_dice(case: Any) -> bool:
        return case.name == "dice"

    off_dice = Statement("1 = 0 off the dice", lambda case: 0.0 if is_dice(case) else 1.0)
    on_dice = Statement("1 = 0 on the dice", lambda case: 1.0 if is_dice(case) else 0.0)
    claim = Claim(
        "mine.dice", statements=Statement("x", lambda case: 0.0), controls=(off_dice, on_dice), applies=is_dice
    )
    assert [control.refuted for control in run(claims=claim)["mine.dice"].controls] == [False, True]


# -- what goes wrong -------------------------------------------------------------------------------------------

BROKEN = [
    ("mine = (\n", "mine.py, line 1: SyntaxError: '(' was never closed"),
    ("x = 1\ny = 1 / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero; `python mine.py` shows"),
    ("import no_such_module_anywhere\n", "mine.py, line 1: ModuleNotFoundError"),
    ("raise SystemExit('stop')\n", "mine.py, line 1: SystemExit: stop"),
    ("x = 1\n", "mine.py, line 1: holds no claim; give one a name at module level: mine = Claim("),
    ("\0", "mine.py, line 1: "),
    (HEAD + 'Claim("mine.first", statements=true)\n', "mine.py, line 4: no name holds the claim 'mine.first'; give it"),
    (HEAD + 'mine = Claim("mine.first")\n', "mine.py, line 4: DomainError: claim 'mine.first' has the statements ()"),
    (HEAD + 'mine = Claim("a b", statements=true)\n', "mine.py, line 4: a claim's id is 'a b'; it must be one word"),
    (HEAD + 'mine = Claim("thm1.saddle", statements=true)\n', "line 4: the id 'thm1.saddle' is the ledger's; choose"),
    (HEAD + 'mine = Claim("theorem_1", statements=true)\n', "line 4: the id 'theorem_1' is the ledger's; choose"),
    (HEAD + "CLAIMS = []\n", "mine.py, line 4: CLAIMS is empty; it must hold claims"),
    (HEAD + "CLAIMS = 7\n", "mine.py, line 4: CLAIMS is 7; it must be a list of claims"),
    (HEAD + "CLAIMS = [true]\n", "mine.py, line 4: CLAIMS holds Statement("),
    (
        HEAD + 'mine = Claim("mine.first", statements=true, controls=Statement("x", lambda c: 1.0, cases="dise"))\n',
        "line 4: the control 'x' of 'mine.first' names the case 'dise', and the panel has none so called; did you mean",
    ),
]


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said[:40] for _, said in BROKEN])
def test_a_file_that_cannot_be_run_is_one_line_and_the_rest_runs(
    text: str, said: str, written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone it is exit 4; beside a claim of the ledger that one is decided, and the exit is still no 0."""
    file = written(text)
    assert main(["--claims", file]) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert main(["--claims", file, "value.constant-half", "--json", "report.json"]) == 4
    out, err = capsys.readouterr()
    assert "1 claim: 1 hold" in out
    assert said in err
    problems = json.loads(Path("report.json").read_text(encoding="utf-8"))["problems"]
    assert [said in problem for problem in problems] == [True]


def test_a_claim_named_of_a_broken_file_is_told_and_the_rest_runs(
    written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every file could be read, a name that nobody has is a slip of the keyboard as ever."""
    assert main(["--claims", written("("), "mine.first", "value.constant-half"]) == 4
    out, err = capsys.readouterr()
    assert "1 claim: 1 hold" in out
    assert "'mine.first' is not run" in err
    assert main(["--claims", written(HEAD + GOOD), "mine.frist"]) == 4
    assert "did you mean mine.first?" in capsys.readouterr().err


def test_a_second_claim_of_one_id_is_told_with_its_line(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The first is decided."""
    file = written(HEAD + GOOD + GOOD.replace("mine =", "again ="))
    assert main(["--claims", file]) == 4
    out, err = capsys.readouterr()
    assert "1 claim: 1 hold" in out
    assert "mine.py, line 5: the id 'mine.first' stands here a second time" in err


def test_files_that_are_none(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing one, a directory, and a report that would overwrite the claims."""
    assert main(["--claims", "no/such.py"]) == main(["--claims", "."]) == 4
    assert capsys.readouterr().err.count("is no file; it must be a python file that holds claims.") == 2
    file = written(HEAD + GOOD)
    assert main(["--claims", file, "--json", file]) == 4
    assert "is the file of --claims" in capsys.readouterr().err
    assert Path(file).read_text(encoding="utf-8") == HEAD + GOOD


RAISING = [
    ("lambda case: 1 / 0", "mine.py, line 2: ZeroDivisionError: division by zero; mend the check"),
    ("lambda case: exit('bye')", "mine.py, line 2: SystemExit: bye; mend the check"),
    ("lambda case: case.p_g > 0", "mine.py, line 2: TypeError: '>' not supported"),
    ("lambda p, q: 0.0", "mine.py, line 2: TypeError: "),
    ("lambda case: True", "mine.py, line 2: the check gave True; it must give the residual"),
    ("lambda case: None", "mine.py, line 2: the check gave None; it must give the residual"),
]


@pytest.mark.parametrize(("check", "said"), RAISING, ids=[check for check, _ in RAISING])
def test_a_check_that_raises_is_undecided_with_its_line(
    check: str, said: str, written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never a refutation, and the claim beside it is decided."""
    lines = f'from gantheory.claims import Claim, Statement\nodd = Statement("x", {check})\n'
    claims = 'bad = Claim("mine.bad", statements=odd, controls=false)\n' + GOOD
    assert main(["--claims", written(lines + HEAD + claims)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert said in out
    assert "2 claims: 1 hold · 1 undecided" in out


def test_hypotheses_that_raise_are_told_too(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With the word for what raised."""
    lines = HEAD + 'mine = Claim("mine.first", statements=true, controls=false, applies=lambda case: case.no)\n'
    assert main(["--claims", written(lines)]) == 1
    assert "has no attribute 'no'; mend the applies" in " ".join(capsys.readouterr().out.split())


# -- from Python -----------------------------------------------------------------------------------------------


def test_run_takes_claims() -> None:
    """Alone, beside the ledger, on cases of one's own; with a command that can be typed again."""
    mine = stated(lambda case: 1e-3)
    report = run(claims=[mine])
    assert [row.claim.id for row in report.rows] == ["mine.first"]
    row = report["mine.first"]
    assert (row.verdict, report.exit_status) == (Verdict.REFUTED, 1)
    assert row.command == "gantheory.verify.run('mine.first::normal-shift', claims=[...])"
    assert "Claims of your own" in str(report)
    case = Case("one", "norm", "laplace")
    report = run("mine.first", "value.constant-half", claims=mine, cases=[case])
    assert [row.claim.id for row in report.rows] == ["mine.first", "value.constant-half"]


def test_the_location_is_that_of_the_check() -> None:
    """Not of the code that it calls, and not of the runner."""

    def check(case: Any) -> Any:
        return Case("a", "norm", "no such law")

    reason = run(claims=stated(check), cases=PANEL[:1])["mine.first"].reason
    assert re.search(rf"test_own_claims\.py, line {check.__code__.co_firstlineno + 1}: ParseError", reason)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (7, "claims is 7; it must be a Claim or a sequence"),
        (["x"], "claims holds 'x'; it must hold claims"),
        ([stated(float)] * 2, "the id 'mine.first' stands here a second time"),
        (CLAIMS[:1], f"the id {CLAIMS[0].id!r} is the ledger's"),
    ],
)
def test_claims_that_cannot_be_run_raise(claims: Any, said: str) -> None:
    """In Python an error is an exception."""
    with pytest.raises(DomainError, match=re.escape(said)):
        run(claims=claims)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, r"claim 'x' has the statements \(\); it must have one"),
        ({"statements": {}}, "it must have one for each kind"),
        ({"statements": {"Q": Statement("x", float)}}, "out of P, C, N, O"),
        ({"statements": float}, "has statements = <class 'float'>; it must be a Statement"),
        ({"statements": Statement("x", float), "controls": "x"}, "has controls = 'x'; it must be a Statement"),
    ],
)
def test_a_claim_is_checked_where_it_is_written(arguments: dict[str, Any], said: str) -> None:
    """The message holds the id, the value and the remedy."""
    with pytest.raises(DomainError, match=said):
        Claim("x", **arguments)


def test_a_check_is_a_function() -> None:
    """A number in its place is met where it stands."""
    with pytest.raises(DomainError, match=r"check is 0\.5; it must be a function of a case"):
        Statement("x", 0.5)  # type: ignore[arg-type]
