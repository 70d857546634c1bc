"""What both displays are: a position, its picture, its numbers, and what went wrong; with widgets, or still.

A display never loses a position. What fails leaves the last one and says why; so does a move that takes longer than a
reader waits. Where no widget can be shown, as on a page that a notebook was exported to, the picture stands for it.
"""

from __future__ import annotations

import base64
import ctypes
import html
import math
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from gantheory.errors import ConvergenceError, GanTheoryError
from gantheory.notebook_tables import html_table
from gantheory.play.by_hand import Score

__all__ = ["MISSING", "SLOW", "Display", "in_time", "widgets"]

MISSING = "The buttons need ipywidgets: pip install 'gantheory[notebook]'"
_LOG_4 = f"{math.log(4):.15f}"
_STILL = "A still picture; run the cell in Jupyter to play."
_PATIENCE = 15.0  # seconds; a move takes a tenth of one
SLOW = 0.6  # seconds, above which a slider is read when it is let go, and not on its way


def widgets() -> Any:
    """ipywidgets, or None where it is not installed."""
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


class _GivenUpError(BaseException):
    """Raised in a thread whose result nobody waits for any more; no handler of errors stops it."""


def in_time(work: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """What the work returns or raises, or a ConvergenceError where it takes too long; it is broken off then.

    Examples
    --------
    >>> in_time(lambda: 1 + 1)
    2
    """
    found: list[Any] = []

    def run() -> None:
        try:
            found.append((work(), None))
        except BaseException as error:
            found.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        if not found and thread.ident is not None:  # at its next step in Python, also where a reader interrupts
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_GivenUpError))
    if not found:
        raise ConvergenceError(
            f"this takes longer than {seconds:g} s and was given up; the game stays as it was. Give simpler laws."
        )
    result, error = found[0]
    if error is not None:
        raise error
    return result


class Display:
    """A position with its picture, shown by widgets where there are any.

    Attributes
    ----------
    position : Game or Training
        The one that is shown.
    widget : ipywidgets.Widget or None
    message : str
        What went wrong with the last move, if anything did.
    """

    def __init__(self, position: Any) -> None:
        self.position, self.message, self.widget = position, "", None
        self._quiet = False  # while controls are set to what the position says
        self._w = widgets()
        self._picture = self._drawn(position) if self._w else b""
        if self._w:
            self._image = self._w.Image(value=self._picture, format="png", layout={"max_width": "100%"})
            self._numbers, self._told = self._w.HTML(), self._w.HTML()
            self.widget = self._w.VBox(self._controls())
            self._show()

    # -- of each display ----------------------------------------

    def _drawn(self, position: Any, caption: str = "") -> bytes:
        raise NotImplementedError

    def _controls(self) -> list[Any]:
        """The rows of the display, its image, numbers and message among them."""
        raise NotImplementedError

    def _sync(self) -> None:
        """Set the controls to what the position says."""
        raise NotImplementedError

    def _state(self) -> str:
        """The position in one line."""
        raise NotImplementedError

    # -- moves ----------------------------------------

    def play(self, move: Callable[[Any], Any]) -> bool:
        """Make a move and show what came of it; where it fails, say so and keep the position."""
        begun = time.perf_counter()

        def work() -> tuple[Any, bytes]:
            after = move(self.position)
            return after, self._drawn(after) if self.widget is not None else b""

        try:
            self.position, self._picture = in_time(work)
            self.message = ""
        except Exception as error:  # the last door before a reader: a callback's error would not be seen
            self.message = str(error) if isinstance(error, GanTheoryError) else f"{type(error).__name__}: {error}"
        if self.widget is not None:
            self._show()
            self._pace(is_slow=time.perf_counter() - begun > SLOW)
        return not self.message

    def _pace(self, *, is_slow: bool) -> None:
        """Sliders of a slow position are read when they are let go."""

    def _show(self) -> None:
        with self._quietly():
            self._sync()
        self._image.value = self._picture
        self._numbers.value = html_table([], _rows(self.position.score))
        told = f'<p role="alert" style="color:#B00020">{html.escape(self.message)}</p>' if self.message else ""
        self._told.value = told + f"<p>{html.escape(self._state())}</p>"

    @contextmanager
    def _quietly(self) -> Any:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _on(self, control: Any, move: Callable[[Any, Any], Any]) -> Any:
        """A control whose new value is a move."""

        def changed(change: Any) -> None:
            if not self._quiet:
                self.play(lambda position: move(position, change["new"]))

        control.observe(changed, names="value")
        return control

    def _button(self, text: str, move: Callable[[Any], Any], hint: str) -> Any:
        button = self._w.Button(description=text, tooltip=hint, layout={"width": "auto"})
        button.on_click(lambda _: self.play(move))
        return button

    def _text(self, name: str, value: str, width: str = "260px") -> Any:
        return self._w.Text(
            value, description=name, continuous_update=False, layout={"width": width},
            style={"description_width": "initial"},
        )  # fmt: skip

    # -- without widgets ----------------------------------------

    def __repr__(self) -> str:
        numbers = "\n".join(f"{name:<23}{number}" for name, number in _rows(self.position.score))
        return f"{self._state()}\n{numbers}\n{_STILL if self._w else MISSING}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widget, and a picture of the position for pages that show none."""
        lines = [self._state(), _in_short(self.position.score), _STILL if self._w else MISSING]
        still = base64.b64encode(self._drawn(self.position, "\n".join(lines))).decode("ascii")
        live = self.widget._repr_mimebundle_() if self.widget is not None else {}
        return {**live, "text/plain": repr(self), "image/png": still}


def _rows(score: Score) -> list[tuple[str, str]]:
    return [
        ("V(G, D)", str(score.value)),
        ("C(G) = V(G, D*)", str(score.criterion)),
        ("gap = C(G) − V(G, D)", str(score.gap)),
        ("2·JSD = C(G) + log 4", str(score.excess)),
        ("log 4", _LOG_4),
    ]


def _in_short(score: Score) -> str:
    V, C, gap, excess = score.value, score.criterion, score.gap, score.excess
    return f"V = {V};  C = {C};  log 4 = {_LOG_4}\ngap = C − V = {gap};  2·JSD = {excess}"
