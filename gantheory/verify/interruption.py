"""Ctrl-C between two rows: what is finished is kept, whatever a library did with the signal."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["until_interrupted"]


def until_interrupted(rows: Iterator[Any]) -> Iterator[Any]:
    """The rows; a Ctrl-C that a library swallowed on its way here is raised again after the row that it fell into."""
    asked = threading.Event()

    def interrupt(number: int, frame: Any) -> None:
        asked.set()
        raise KeyboardInterrupt

    before = None
    with contextlib.suppress(ValueError):  # not in the main thread: nobody sends a signal there
        before = signal.signal(signal.SIGINT, interrupt)
    try:
        for row in rows:
            yield row
            if asked.is_set():
                raise KeyboardInterrupt
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
