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


def plot_value(p_data: Any, p_g: Any, Ds: Mapping[str, Any], /, *, ax: Any = None) -> Any:
    """V(G, D) of several discriminators against its maximum, C(G).

    One row for each D: a point at V(G, D) with its error bar, and a bar as long as the gap C(G) - V(G, D), which is the
    integral of `optimality_gap`, and not the difference of the two.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts
    Ds : mapping of str to Discriminator, callable or float
        The rows, from the top. A callable gives probabilities.
    ax : matplotlib Axes, optional
        By default that of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If Ds is empty, one of them is no discriminator, or ax has a log scale.
    ConvergenceError
        If a V cannot be told from the probabilities of its D; the message names the row.

    Notes
    -----
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
    maximum = criterion(p_data, p_g)
    rows = [_row(p_data, p_g, name, D) for name, D in Ds.items()]
    lowest = [float(v.lower) for v, _ in rows if math.isfinite(v.value)]
    if len(lowest) < len(rows):  # leave room for an arrow
        lowest.append(maximum.value - 1.0)
    span = (maximum.value - min(lowest)) or 1.0
    left = maximum.value - 1.3 * span

    ax = canvas.on_scales(ax)
    canvas.limits(ax, x=(left, max(float(maximum.upper), maximum.value + 0.06 * span)), y=(len(rows) - 0.5, -1.0))
    _draw_maximum(ax, maximum)
    for row, (v, gap) in enumerate(rows):
        _draw_row(ax, row, v, gap, left + 0.03 * span)
    ax.set_yticks(range(len(rows)), [str(name) for name in Ds])
    ax.set_xlabel("$V(G, D)$, nats")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    return ax


def _row(p_data: Any, p_g: Any, name: Any, D: Any) -> tuple[Estimate, Estimate]:
    try:
        return value(p_data, p_g, D), optimality_gap(p_data, p_g, D)
    except ConvergenceError as error:
        raise ConvergenceError(f"Ds[{name!r}]: {error}", error.best) from error


def _draw_maximum(ax: Any, maximum: Estimate) -> None:
    ax.axvline(maximum.value, color=BLUE, linewidth=wide(1.2), gid="C")
    if maximum.error > 0:
        band = {"color": BLUE, "alpha": 0.15, "linewidth": 0, "gid": "C error"}
        ax.axvspan(float(maximum.lower), float(maximum.upper), **band)
    told = f"{maximum.value:.4f}" if maximum.error < 5e-5 else str(maximum)
    label = f"max $V$ = $C(G)$ = {told}".replace("-", "−")
    note(ax, label, (maximum.value, -0.6), -6, color=BLUE, fontsize="medium")


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
    shown = typeset(float(gap.value)) if gap.value > gap.error else "0" if gap.error < 5e-4 else f"≤ {gap.upper:.1g}"
    note(ax, f"gap {shown}", (float(v.lower), row), -8)
