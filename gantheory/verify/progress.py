"""Which claim is being decided, on a terminal's last line: a row comes when it is decided, and training is long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from gantheory.verify.transliteration import transliterated

__all__ = ["Progress"]


class Progress:
    """A line that is written over, and only where a person looks.

    Parameters
    ----------
    stream : text stream
        Standard error; anything but a terminal stays clean.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._shown = 0
        try:
            self.is_shown = stream.isatty()
        except (AttributeError, ValueError):
            self.is_shown = False

    def announced(self, chosen: Iterable[Any]) -> Iterator[Any]:
        """What is chosen, each told before it is decided."""
        chosen = tuple(chosen)
        for number, one in enumerate(chosen, 1):
            self._write(f" deciding {number} of {len(chosen)}: {one.claim.id} …")
            yield one
        self.clear()

    def clear(self) -> None:
        """The line is empty again, for what is to be read."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        if not self.is_shown:
            return
        text = transliterated(text, getattr(self.stream, "encoding", None))
        self.stream.write("\r" + text.ljust(self._shown) + "\r" * (not text))
        self.stream.flush()
        self._shown = len(text)
