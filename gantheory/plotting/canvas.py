"""What the pictures have in common: colours, axes, text, and curves that end below the legend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = ["BLUE", "DASHES", "DOTS", "GREEN", "ORANGE", "PURPLE", "SKY", "VERMILION"]
__all__ += ["as_axes", "cut", "increasing", "ink", "note", "ticks", "typeset"]

Array = Any
# Okabe and Ito, "Color universal design", 2008
BLUE, GREEN, SKY = "#0072B2", "#009E73", "#56B4E9"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
DOTS, DASHES = (0, (1.0, 1.1)), (0, (4.5, 1.8))


def as_axes(ax: Any) -> Any:
    """The Axes that was given; without one, a new figure's, which pyplot shows."""
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(layout="constrained")[1]
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise DomainError(f"ax is of type {type(ax).__name__}; it must be one Axes, as plt.subplots() makes, or None.")
    return ax


def ink() -> Any:
    """The reader's own black, which is white in a dark style."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def cut(ax: Any, artist: Any, top: float) -> None:
    """Show an artist below the level `top` only: above it is the legend's place."""
    from matplotlib.patches import Rectangle

    low = ax.get_ylim()[0]
    artist.set_clip_path(Rectangle((0, low), 1, top - low, transform=ax.get_yaxis_transform()))


def note(ax: Any, text: str, at: tuple[float, float], aside: float, **options: Any) -> None:
    """A small label, some points to the right of a place (to the left where that is negative)."""
    ax.annotate(
        text, at, xytext=(aside, 0), textcoords="offset points", ha="right" if aside < 0 else "left", va="center",
        **{"fontsize": "small", **options},
    )  # fmt: skip


def ticks(lo: float, hi: float, most: int = 4) -> list[float]:
    """At most `most` + 1 round numbers in [lo, hi]."""
    from matplotlib.ticker import MaxNLocator

    return [t for t in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(lo, hi) if lo <= t <= hi]


def typeset(number: Any) -> str:
    """A number as print shows it, with a minus sign where that shows a hyphen."""
    if isinstance(number, float) and math.isfinite(number) and number != 0 and not 1e-3 <= abs(number) < 1e4:
        mantissa, exponent = f"{number:.1e}".split("e")
        return rf"${mantissa}\times10^{{{int(exponent)}}}$"
    text = "∞" if number == math.inf else f"{number:.3g}" if isinstance(number, float) else str(number)
    return text.replace("-", "−")


def increasing(name: str, given: Any) -> np.ndarray:
    """A sequence of at least two finite numbers in increasing order, as an array."""
    try:
        x = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        x = np.empty(0)
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all() or not (np.diff(x) > 0).all():
        raise DomainError(
            f"{name} is {given!r}; it must be a sequence of at least two finite numbers in increasing order: sort it."
        )
    return x
