"""The reading of a run as one picture: each seed's figures beside what Proposition 2 allows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, DOTS, GREEN, ORANGE, VERMILION, dot, ink, wide
from gantheory.reading import Hypothesis, Reading
from gantheory.trajectory import Trajectory

__all__ = ["plot_reading"]

_LEAST, _MOST = 1e-2, 1e2  # of a ratio that is shown at its size; what lies beyond is at the edge
_ROW = 0.22  # how far apart the marks of one seed are
_TICKS = {0.01: "≤ 0.01", 0.1: "0.1", 1.0: "1", 10.0: "10", 100.0: "≥ 100"}
_LEGIBLE = 4.5  # points: labels of rows that are lower than that are left out
_MARKS = (
    ("2·JSD at the end", "o", ink, 0),
    ("H1 capacity", "s", lambda: BLUE, 1),
    ("H2 D at its optimum", "D", lambda: ORANGE, 2),
    ("H3 improvement that does not fade", "^", lambda: GREEN, 3),
)


def plot_reading(run: Any, /, *, ax: Any = None) -> Any:
    """Each hypothesis of each seed as a mark at what is measured over what is allowed.

    Left of the line a hypothesis holds, and 2·JSD at the end has converged. A full mark holds or fails; an open one is
    not shown. What was not measured is not there. A mark at the edge lies there or beyond. The bar of 2·JSD is its
    error. The seed's outcome is its label.

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
        If it is no run, or ax has a log scale in y.

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
    ax = canvas.on_scales(ax, x=("linear", "log"))
    row = _draw_frame(ax, reading)
    size = min(dot(5.5), max(0.5 * row, 2.0))
    _draw_errors(ax, reading)
    for label, marker, colour, place in _MARKS:
        ratios = [_ratio(reading, seed, place) for seed in range(len(reading))]
        _marks(ax, ratios, place, marker=marker, color=colour(), label=label, markersize=size)
    return ax


def _draw_frame(ax: Any, reading: Reading) -> float:
    """Limits, the line, the rows and their names; the height of a row in points."""
    from matplotlib.lines import Line2D

    seeds, labels = len(reading), [f"{i}   {o}" for i, o in zip(reading.labels, reading.outcomes, strict=True)]
    styles = [{"label": label, "marker": marker, "color": colour()} for label, marker, colour, _ in _MARKS]
    crown = canvas.crown(ax, [Line2D([], [], linestyle="none", markersize=dot(5.5), **style) for style in styles], 2)
    ax.set_xscale("log")
    canvas.limits(ax, x=(_LEAST / 1.3, _MOST * 1.3))
    ax.set_ylim(seeds - 0.5, -0.5 - seeds * crown / (1.0 - crown))
    ax.set_xticks(list(_TICKS), list(_TICKS.values()))
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set(xlabel="measured / allowed", ylabel="seed")
    ax.plot([1.0, 1.0], [-0.5, seeds - 0.5], color=ink(), linewidth=wide(1.0), gid="allowed")
    for seed in range(1, seeds):
        ax.axhline(seed - 0.5, color=ink(), linestyle=DOTS, linewidth=wide(0.6), alpha=0.4, gid="between seeds")
    row = (1.0 - crown) * ax.bbox.height / seeds * 72.0 / ax.figure.dpi
    shown = slice(None, None, max(1, math.ceil(_LEGIBLE / row)))
    ax.set_yticks(range(seeds)[shown], labels[shown])
    for label, outcome in zip(ax.get_yticklabels(), reading.outcomes[shown], strict=True):
        label.set_color(ink() if outcome in ("converged", "unfinished") else VERMILION)
        label.set_fontsize(min(label.get_fontsize(), max(row, _LEGIBLE)))
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["left"].set_bounds(-0.5, seeds - 0.5)
    return row


def _draw_errors(ax: Any, reading: Reading) -> None:
    """Of 2·JSD: the other figures are ratios without one."""
    for seed, one in enumerate(reading):
        ends = np.array([float(one.excess.lower), float(one.excess.upper)]) / reading.tolerance
        at = [seed + _ROW * (_MARKS[0][3] - 1.5)] * 2
        ax.plot(np.clip(ends, _LEAST, _MOST), at, color=ink(), linewidth=wide(1.0), alpha=0.6, gid="error of 2·JSD")


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
            np.clip(x, _LEAST, _MOST), y + _ROW * (place - 1.5), linestyle="none", clip_on=not held,
            fillstyle="full" if settled else "none", gid=style["label"] + name,
            **{**style, "label": style["label"] if settled else None},
        )  # fmt: skip
