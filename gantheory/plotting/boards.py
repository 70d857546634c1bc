"""The game as a picture of two parts: Figure 1 of the present position, and how V, C and the gap came to it.

They are drawn on figures of their own, which pyplot does not know, and are bytes of a PNG: a widget shows them, and a
notebook keeps them where there is none.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.plotting.canvas import BLUE, DASHES, DOTS, ORANGE, ink, ticks
from gantheory.plotting.game import plot_game
from gantheory.plotting.ranges import bulk

__all__ = ["board_of_game", "board_of_training"]

_SIZE, _DPI = (10.0, 3.7), 96
_LOG_4 = math.log(4.0)
_SHOWN = 60  # moves
_DEEPEST = -3.5  # nats; a V below it leaves the picture
_SMALLEST = 1e-12  # of 2·JSD and the gap, on a log scale


def board_of_game(
    p_data: Any, p_g: Any, D: Any, score: Any, history: Sequence[float], knots: Any, *, generator: Any = None,
    prior: Any = None, caption: str = "",
) -> bytes:  # fmt: skip
    """A position of the game that is played by hand: D beside D*, and V after each move under its ceiling C(G)."""
    figure, (left, right) = _parts(caption, with_z=generator is not None)
    plot_game(p_data, p_g, D, ax=left, generator=generator, prior=prior, arrows=13)
    low, high = left.get_xlim()
    inside = [float(x) for x in knots if low < x < high]
    left.vlines(inside, 0, 0.83 * left.get_ylim()[1], color=BLUE, linewidth=0.6, alpha=0.3, zorder=0, gid="knots")
    _draw_climb(right, score, history)
    return _png(figure)


def _draw_climb(ax: Any, score: Any, history: Sequence[float]) -> None:
    """V after each move and now, as a thermometer; above C nothing is."""
    V, C = float(score.value), float(score.criterion)
    moves = np.arange(max(len(history) - _SHOWN, 0), len(history))
    levels = np.array(history, dtype=float)[moves]
    low = max(min(-_LOG_4, float(levels.min())), _DEEPEST)
    room = max(C - low, 0.05)
    start, end = float(moves[0]), max(float(moves[-1]), float(moves[0]) + 8.0)
    ax.set_xlim(start - 0.04 * (end - start), end + 0.2 * (end - start))
    ax.set_ylim(low - 0.12 * room, C + 0.22 * room)
    ax.axhspan(C, C + room, facecolor=ink(), alpha=0.08, gid="out of reach")
    ax.axhline(C, color=ink(), linewidth=1.6, gid="C")
    ax.axhline(-_LOG_4, color=ink(), linewidth=1.0, linestyle=DOTS, gid="-log 4")
    ax.plot(moves, levels, color=BLUE, linewidth=1.6, marker="o", markersize=3, gid="V")
    place, width, foot = end + 0.1 * (end - start), 0.08 * (end - start), ax.get_ylim()[0]
    ax.bar(place, max(V - foot, 0.0), width, foot, color=BLUE, gid="thermometer")
    if V + 1e-3 * room < C:
        bar = {"facecolor": "none", "edgecolor": ORANGE, "hatch": "///"}
        ax.bar(place, C - max(V, foot), width, max(V, foot), gid="gap", **bar)
    for text, level, side in ((" $C(G)$", C, "bottom"), (r" $-\log 4$", -_LOG_4, "top")):
        ax.text(1.0, level, text, transform=ax.get_yaxis_transform(), va=side, fontsize="small")
    ax.set_yticks(ticks(foot, C + 0.2 * room, 5))
    ax.set_xticks([t for t in ticks(start, end, 5) if t == int(t)])
    ax.set_xlabel("move")
    ax.set_ylabel("$V(G, D)$, nats")
    ax.spines[["top", "right"]].set_visible(False)


def board_of_training(p_data: Any, p_g: Any, D: Any, scores: Sequence[tuple[int, Any]], *, caption: str = "") -> bytes:
    """A position of the neural GAN: both players, and 2·JSD and the gap after each move."""
    figure, (left, right) = _parts(caption)
    low, high = bulk([p_data])
    plot_game(p_data, p_g, D, ax=left, x=(low - 0.3 * (high - low), high + 0.3 * (high - low)))
    turns = [turn for turn, _ in scores]
    for name, label, style in (
        ("excess", r"$2\,\mathrm{JSD} = C(G) + \log 4$", {"color": BLUE}),
        ("gap", "$V(G, D^*) - V(G, D)$", {"color": ORANGE, "linestyle": DASHES}),
    ):
        found = np.array([float(getattr(score, name)) for _, score in scores])
        found = np.where(np.isfinite(found), np.maximum(found, _SMALLEST), np.nan)
        mark = "o" if len(turns) <= _SHOWN else ""
        right.plot(turns, found, label=label, linewidth=1.8, marker=mark, markersize=3, gid=name, **style)
    right.set_yscale("log")
    right.set_ylim(min(0.04, 0.7 * right.get_ylim()[0]), max(1.5, right.get_ylim()[1]))
    end = max(turns[-1], 10)
    right.set_xlim(-0.03 * end, 1.03 * end)
    right.set_xlabel("turns of both")
    right.set_ylabel("nats")
    right.spines[["top", "right"]].set_visible(False)
    right.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.0)
    return _png(figure)


def _parts(caption: str, *, with_z: bool = False) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    lines = caption.splitlines()
    height = _SIZE[1] + 0.8 * with_z + 0.22 * len(lines)
    figure = Figure((_SIZE[0], height), dpi=_DPI, layout="constrained")
    if lines:
        figure.supxlabel(caption, fontsize="small", ha="left", x=0.02)
    return figure, figure.subplots(1, 2, width_ratios=(2.1, 1.0))


def _png(figure: Any) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png")
    return held.getvalue()
