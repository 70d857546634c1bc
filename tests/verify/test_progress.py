"""The line that says which claim is being decided: on a terminal only, and gone before anything is to be read."""

from __future__ import annotations

import io
from types import SimpleNamespace

from gantheory.verify.progress import Progress

CHOSEN = [SimpleNamespace(claim=SimpleNamespace(id=name)) for name in ("prop2.neural", "kl.infinite")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_what_is_decided() -> None:
    """Number, of how many, and which; the longer line is written over whole."""
    stream = Terminal()
    assert list(Progress(stream).announced(CHOSEN)) == CHOSEN
    shown = stream.getvalue().split("\r")
    assert shown[1] == " deciding 1 of 2: prop2.neural ..." if stream.encoding else " deciding 1 of 2: prop2.neural …"
    assert "2 of 2: kl.infinite" in shown[2]
    assert len(shown[2]) == len(shown[1])
    assert not shown[-2].strip()


def test_a_pipe_stays_clean() -> None:
    """Nothing is written."""
    stream = io.StringIO()
    assert list(Progress(stream).announced(CHOSEN)) == CHOSEN
    assert stream.getvalue() == ""
