"""The command line as a process: help, pipes that close, and Ctrl-C."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from planted import good, planted

from gantheory.claims import CLAIMS
from gantheory.estimate import Estimate
from gantheory.verify.command_line import main
from gantheory.verify.table import Table

COMMAND = [sys.executable, "-m", "gantheory.verify"]


def test_help_needs_no_numerics() -> None:
    """`--help` is read far more often than it is worth waiting for."""
    code = (
        "import sys; from gantheory.verify import main; status = main(['--help']);"
        "print(sorted({'numpy', 'scipy', 'sympy', 'matplotlib', 'hypothesis'} & set(sys.modules)), file=sys.stderr);"
        "sys.exit(status)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert time.perf_counter() - start < 5  # 0.1 s where nothing else runs
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "--p-data" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="there are no SIGPIPE and no head on Windows")
def test_a_reader_may_leave_early() -> None:
    """`| head -1` gets its line, and nothing complains."""
    done = subprocess.run(
        f"'{sys.executable}' -m gantheory.verify value --level quick | head -1",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("gantheory ")
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise on Windows")
def test_ctrl_c_keeps_the_finished_rows(tmp_path: Path) -> None:
    """Exit 2, with the rows that were finished in the table and in the report."""
    target = tmp_path / "report.json"
    process = subprocess.Popen(
        [*COMMAND, "--json", str(target)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(" holds"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "interrupted" in out
    assert "Traceback" not in err
    report = json.loads(target.read_text(encoding="utf-8"))
    assert report["interrupted"] is True
    assert 1 <= len(report["claims"]) < len(CLAIMS)


def test_a_stream_that_breaks_closes_the_table() -> None:
    """And is not written to again."""

    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    table = Table(Broken())
    table.line("one")
    table.line("two")
    assert not table.is_open


def test_a_ctrl_c_that_a_library_swallows_is_not_lost(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It interrupts after the row in which it came: exit 2, and the rows before it are there."""

    def swallowing() -> Estimate:
        with contextlib.suppress(BaseException):
            signal.raise_signal(signal.SIGINT)
        return Estimate(0.0)

    ledger(planted("first", swallowing), planted("second", good))
    assert main([]) == 2
    out = capsys.readouterr().out
    assert "interrupted" in out
    assert "planted.first" in out
    assert "planted.second" not in out
