"""V(G, D) of several discriminators against its maximum over all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gantheory.densities.conversion import as_density
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion, optimality_gap, value
from gantheory.plotting.canvas import BLUE, VERMILION, as_axes, ink, note

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
        If Ds is empty, or one of them is no discriminator.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.game import optimal_discriminator
    >>> Ds = {"D*": optimal_discriminator("norm(0, 1)", "norm(1, 1)"), "a coin": 0.5}
    >>> ax = plot_value("norm(0, 1)", "norm(1, 1)", Ds)
    >>> [text.get_text() for text in ax.texts]
    ['max $V$ = $C(G)$ = −1.1635', 'gap 0', 'gap 0.223']
    """
    if not isinstance(Ds, Mapping) or not Ds:
        raise DomainError(f"Ds is {Ds!r}; it must be a dict of names and discriminators, such as {{'a coin': 0.5}}.")
    p_data, p_g = as_density(p_data), as_density(p_g)
    maximum = criterion(p_data, p_g).value
    rows = [(value(p_data, p_g, D), optimality_gap(p_data, p_g, D)) for D in Ds.values()]
    least = min(v.value for v, _ in rows)
    if math.isinf(least):  # leave room for an arrow
        least = min([maximum - 1.0, *(v.value for v, _ in rows if math.isfinite(v.value))])
    span = (maximum - least) or 1.0
    left = maximum - 1.3 * span

    ax = as_axes(ax)
    ax.axvline(maximum, color=BLUE, linewidth=1.2, gid="C")
    label = f"max $V$ = $C(G)$ = {maximum:.4f}".replace("-", "−")
    note(ax, label, (maximum, -0.6), -6, color=BLUE, fontsize="medium")
    for row, (v, gap) in enumerate(rows):
        _draw_row(ax, row, v, gap, left + 0.03 * span)
    ax.set_yticks(range(len(rows)), [str(name) for name in Ds])
    ax.set_ylim(len(rows) - 0.5, -1.0)
    ax.set_xlim(left, maximum + 0.06 * span)
    ax.set_xlabel("$V(G, D)$, nats")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    return ax


def _draw_row(ax: Any, row: int, v: Estimate, gap: Estimate, left: float) -> None:
    if math.isinf(v.value):
        ax.plot(left, row, "<", color=VERMILION, markersize=7, gid="V is -inf")
        note(ax, "−∞", (left, row), 8)
        return
    ends = [v.value, v.value + gap.value]
    ax.plot(ends, [row, row], color=VERMILION, linewidth=3, alpha=0.4, solid_capstyle="butt", gid="gap")
    ax.errorbar(v.value, row, xerr=v.error, fmt="o", color=ink(), markersize=6, capsize=3, gid="V")
    note(ax, f"gap {gap.value:.3g}" if gap.value > gap.error else "gap 0", (v.value, row), -8)
