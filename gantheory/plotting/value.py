"""V(G, D) of several discriminators against its maximum over all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gantheory.densities.conversion import as_density
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion, optimality_gap, value
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, VERMILION, dot, ink, note, typeset, wide

__all__ = ["plot_value"]

_ASIDE = 11.0  # points, from the middle of a dot to the text beside it
_PAD = 8.0  # pixels, between a name and what is at its left
_PADS = 0.45  # inches, of a layout and of the ticks
_MOST_OF_CELL = 0.35  # of its place in a layout: what a name may take
_SMALLEST_TYPE = 0.5


def plot_value(p_data: Any, p_g: Any, Ds: Mapping[str, Any], /, *, rtol: float = 1e-12, ax: Any = None) -> Any:
    """V(G, D) of several discriminators against its maximum, C(G).

    One row for each D: a point at V(G, D) with its error bar, and a bar as long as the gap C(G) - V(G, D), which is the
    integral of `optimality_gap`, and not the difference of the two.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts
    Ds : mapping of str to Discriminator, callable or float
        The rows, from the top. A callable gives probabilities.
    rtol : float
        The accuracy that is asked of each number, as of `value`.
    ax : matplotlib Axes, optional
        By default that of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If Ds is empty, one of them is no discriminator, which the message names, or ax has a log scale.
    ConvergenceError
        If a V cannot be told from the probabilities of its D, or not to `rtol`; the message names the row.

    Notes
    -----
    A name for which there is no room is set in two lines, and in smaller type.
    An arrow at the left is V = -∞. The band around the line is the error of C(G), where it is wide enough to be seen.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.game import optimal_discriminator
    >>> Ds = {"D*": optimal_discriminator("norm(0, 1)", "norm(1, 1)"), "a coin": 0.5}
    >>> ax = plot_value("norm(0, 1)", "norm(1, 1)", Ds)
    >>> [text.get_text() for text in ax.texts]
    ['max $V$ = $C(G)$ = −1.1635', 'gap 0', 'gap 0.223']

    A D that is sure of what may not be drawn is infinitely wrong:

    >>> ax = plot_value("0.5*delta(0) + 0.5*norm(0, 1)", "norm(0, 1)", {"a coin": 0.5, "real": 1.0})
    >>> [text.get_text() for text in ax.texts][1:]
    ['gap 0.432', '−∞']
    """
    if not isinstance(Ds, Mapping) or not Ds:
        raise DomainError(f"Ds is {Ds!r}; it must be a dict of names and discriminators, such as {{'a coin': 0.5}}.")
    p_data, p_g = as_density(p_data), as_density(p_g)
    maximum = criterion(p_data, p_g, rtol=rtol)
    rows = [_row(p_data, p_g, name, D, rtol) for name, D in Ds.items()]
    lowest = [float(v.lower) for v, _ in rows if math.isfinite(v.value)]
    if len(lowest) < len(rows):  # leave room for an arrow
        lowest.append(maximum.value - 1.0)
    span = (maximum.value - min(lowest)) or 1.0
    left, right = maximum.value - 1.3 * span, max(float(maximum.upper), maximum.value + 0.06 * span)

    ax = canvas.on_scales(ax)
    ax.set_xlabel("$V(G, D)$, nats")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    _set_names(ax, [str(name) for name in Ds])
    left = min([left, *(_beside(ax, v, gap, right) for v, gap in rows if math.isfinite(v.value))])
    canvas.limits(ax, x=(left, right), y=(len(rows) - 0.5, -1.0))
    _draw_maximum(ax, maximum)
    for row, (v, gap) in enumerate(rows):
        _draw_row(ax, row, v, gap, left + 0.03 / 1.3 * (maximum.value - left))
    return ax


def _row(p_data: Any, p_g: Any, name: Any, D: Any, rtol: float) -> tuple[Estimate, Estimate]:
    try:
        return value(p_data, p_g, D, rtol=rtol), optimality_gap(p_data, p_g, D, rtol=rtol)
    except ConvergenceError as error:
        raise ConvergenceError(f"Ds[{name!r}]: {error}", error.best) from error
    except DomainError as error:
        raise DomainError(f"Ds[{name!r}]: {error}") from error


def _set_names(ax: Any, names: list[str]) -> None:
    """The names of the rows in the room that there is at the left: in two lines, and smaller, where it is narrow."""
    ax.set_yticks(range(len(names)), names)
    layout = ax.figure.get_layout_engine()
    edges = [other.bbox.x1 for other in ax.figure.axes if other.bbox.x1 <= ax.bbox.x0]
    room = _MOST_OF_CELL * _cell(ax) if layout else ax.bbox.x0 - max(edges, default=ax.figure.bbox.x0) - _PAD
    if _widest(ax) > room:
        ax.set_yticks(range(len(names)), [_in_two_lines(name) for name in names])
    sizes = [label.get_fontsize() for label in ax.get_yticklabels()]
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, _SMALLEST_TYPE):
        for label, size in zip(ax.get_yticklabels(), sizes, strict=True):
            label.set_fontsize(share * size)
        if _widest(ax) <= room:
            break
    if layout:  # what it takes for the names is not left for the gaps
        layout.execute(ax.figure.figure)


def _width(ax: Any) -> float:
    """Of the Axes, in pixels; and no more than a layout will leave when the pictures beside it have their names too."""
    if not ax.figure.get_layout_engine():
        return ax.bbox.width
    return max(min(ax.bbox.width, _cell(ax) - _widest(ax) - _PADS * ax.figure.dpi), 1.0)


def _cell(ax: Any) -> float:
    """The width of what a layout divides between the Axes and its names, in pixels."""
    place = ax.get_subplotspec()
    share = len(place.colspan) / place.get_gridspec().ncols if place else 1.0
    return ax.figure.bbox.width * share


def _widest(ax: Any) -> float:
    return max(label.get_window_extent().width for label in ax.get_yticklabels())


def _in_two_lines(name: str) -> str:
    """Cut after the space, or without one the hyphen or underscore, nearest to the middle; a formula is left whole."""
    for letters in (" ", "-_"):
        ends = [] if "$" in name else [at + 1 for at, letter in enumerate(name) if letter in letters]
        if ends:
            at = min(ends, key=lambda at: abs(2 * at - len(name)))
            return f"{name[:at].rstrip()}\n{name[at:]}"
    return name


def _beside(ax: Any, v: Estimate, gap: Estimate, right: float) -> float:
    """Where the Axes begin if there is room for what is told of a gap, left of its point."""
    wanted = canvas.width_of(ax, _told(gap), fontsize="small") + 1.3 * _ASIDE * ax.figure.dpi / 72.0
    share = min(wanted / _width(ax), 0.7)
    return (float(v.lower) - share * right) / (1.0 - share)


def _draw_maximum(ax: Any, maximum: Estimate) -> None:
    ax.axvline(maximum.value, color=BLUE, linewidth=wide(1.2), gid="C")
    if maximum.error > 0:
        band = {"color": BLUE, "alpha": 0.15, "linewidth": 0, "gid": "C error"}
        ax.axvspan(float(maximum.lower), float(maximum.upper), **band)
    from matplotlib.font_manager import FontProperties

    told = f"{maximum.value:.4f}" if maximum.error < 5e-5 else str(maximum)
    label = f"max $V$ = $C(G)$ = {told}".replace("-", "−")
    size = FontProperties(size="medium").get_size_in_points()
    room = (ax.transData.transform((maximum.value, 0.0))[0] - ax.bbox.x0) / canvas.width_of(ax, label, fontsize=size)
    note(ax, label, (maximum.value, -0.6), -6, color=BLUE, fontsize=size * min(max(room, _SMALLEST_TYPE), 1.0))


def _draw_row(ax: Any, row: int, v: Estimate, gap: Estimate, left: float) -> None:
    if math.isinf(v.value):
        ax.plot(left, row, "<", color=VERMILION, markersize=dot(7), gid="V is -inf")
        note(ax, "−∞", (left, row), 8)
        return
    ends = [v.value, v.value + gap.value]
    ax.plot(ends, [row, row], color=VERMILION, linewidth=wide(3), alpha=0.4, solid_capstyle="butt", gid="gap")
    ax.errorbar(
        v.value, row, xerr=v.error, fmt="o", color=ink(), markersize=dot(6), capsize=3, elinewidth=wide(1.0), gid="V"
    )
    note(ax, _told(gap), (float(v.lower), row), -_ASIDE)


def _told(gap: Estimate) -> str:
    shown = typeset(float(gap.value)) if gap.value > gap.error else "0" if gap.error < 5e-4 else f"≤ {gap.upper:.1g}"
    return f"gap {shown}"
