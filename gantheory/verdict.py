"""What may be said of a statement: it holds, it is refuted, it is undecided, or it was not run."""

from __future__ import annotations

from enum import Enum

__all__ = ["Verdict"]


class Verdict(Enum):
    """What a judge may say."""

    HOLDS = "holds"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
