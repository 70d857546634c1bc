"""What a page tells beside the report: how it was run, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """How a report came about.

    Attributes
    ----------
    command : str
        What was typed; empty for a report made in Python.
    case : Case or None
        The user's own pair.
    objective : Objective or None
        The objective that the claims are of.
    """

    command: str = ""
    case: Any = None
    objective: Any = None
