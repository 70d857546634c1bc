"""Decide the paper's claims: ``python -m gantheory.verify`` at a terminal, ``run`` in Python.

The names are resolved when they are first asked for, so that ``--help`` needs no numerics.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.verify.command_line import main
    from gantheory.verify.runner import Control, Report, Row, run

__all__ = ["Control", "Report", "Row", "main", "run"]
_HOME = {"Control": "runner", "Report": "runner", "Row": "runner", "main": "command_line", "run": "runner"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
