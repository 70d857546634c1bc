"""The reading of a run as one picture: each seed's figures beside what Proposition 2 allows."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting.canvas import BLUE, DOTS, GREEN, ORANGE, VERMILION, as_axes, ink
from gantheory.reading import Hypothesis, Reading
from gantheory.trajectory import Trajectory

__all__ = ["plot_reading"]

_LEAST, _MOST = 1e-2, 1e2  # of a ratio that is shown at its size; what lies beyond is at the edge
_ROW = 0.22  # how far apart the marks of one seed are
_MARKS = (
    ("2·JSD at the end", "o", ink, 0),
    ("H1 capacity", "s", lambda: BLUE, 1),
    ("H2 D at its optimum", "D", lambda: ORANGE, 2),
    ("H3 improvement that does not fade", "^", lambda: GREEN, 3),
)


def plot_reading(run: Any, /, *, ax: Any = None) -> Any:
    """Each hypothesis of each seed as a mark at what is measured over what is allowed.

    Left of the line a hypothesis holds, and 2·JSD at the end has converged. A full mark holds or fails; an open one is
    not shown. What was not measured is not there. A mark at the edge lies there or beyond. The seed's outcome is its
    label.

    Parameters
    ----------
    run : Trajectory or Reading
    ax : matplotlib Axes, optional
        By default that of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If it is no run.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.contrasts import stalling_improvement
    >>> ax = plot_reading(stalling_improvement("norm(0, 1)", "norm(1, 1.5)", steps=20))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['0   H3 fails']
    """
    reading = run.reading() if isinstance(run, Trajectory) else run
    if not isinstance(reading, Reading):
        raise DomainError(f"run is of type {type(run).__name__}; it must be a Trajectory, or its reading().")
    ax = as_axes(ax)
    for label, marker, colour, place in _MARKS:
        ratios = [_ratio(reading, seed, place) for seed in range(len(reading))]
        _marks(ax, ratios, place, marker=marker, color=colour(), label=label)
    ax.axvline(1.0, color=ink(), linewidth=1.0, gid="allowed")
    for seed in range(1, len(reading)):
        ax.axhline(seed - 0.5, color=ink(), linestyle=DOTS, linewidth=0.6, alpha=0.4, gid="between seeds")
    ax.set(xscale="log", xlim=(_LEAST / 1.3, _MOST * 1.3), ylim=(len(reading) - 0.5, -0.5), ylabel="seed")
    ax.set_xlabel("measured / allowed")
    ax.set_yticks(
        range(len(reading)), [f"{i}   {outcome}" for i, outcome in zip(reading.labels, reading.outcomes, strict=True)]
    )
    for label, outcome in zip(ax.get_yticklabels(), reading.outcomes, strict=True):
        label.set_color(ink() if outcome in ("converged", "unfinished") else VERMILION)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, handletextpad=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _ratio(reading: Reading, seed: int, place: int) -> tuple[float | None, bool]:
    """Measured over allowed, and whether that is settled."""
    one = reading[seed]
    if place == 0:
        return float(one.excess.value) / reading.tolerance, True
    hypothesis: Hypothesis = (one.H1, one.H2, one.H3)[place - 1]
    return hypothesis.ratio, hypothesis.verdict != "not shown"


def _marks(ax: Any, ratios: list[tuple[float | None, bool]], place: int, **style: Any) -> None:
    """The marks of one kind: full ones, which the legend shows, and open ones."""
    for settled, name in ((True, ""), (False, " not shown")):
        held = [(r, seed) for seed, (r, s) in enumerate(ratios) if r is not None and s is settled]
        x, y = np.array(held, dtype=float).reshape(-1, 2).T
        ax.plot(
            np.clip(x, _LEAST, _MOST), y + _ROW * (place - 1.5), linestyle="none", markersize=5.5, clip_on=not held,
            fillstyle="full" if settled else "none", gid=style["label"] + name,
            **{**style, "label": style["label"] if settled else None},
        )  # fmt: skip
