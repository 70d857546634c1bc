"""The criterion and the divergences as p_g moves along a family of laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, DASHES, DOTS, GREEN, ORANGE, PURPLE, SKY, VERMILION, dot, wide

__all__ = ["plot_divergences"]

Array = Any
Row = list[Estimate | None]
_LOG_4 = Estimate(math.log(4.0), 2.3e-16)
_MOST = 2.0  # nats; the Kullback–Leibler divergences would take the picture from the others
_CIRCLES = 14
_SHELF = 0.15  # nats: the height of a row of marks above the curves
_STYLES: dict[str, dict[str, Any]] = {
    "C": {"label": "$C(G)$", "color": BLUE, "linewidth": 2.2},
    "2 JSD": {"label": r"$-\log 4 + 2\,$JSD", "color": VERMILION, "ls": "none", "marker": "o", "fillstyle": "none"},
    "JSD": {"label": "JSD", "color": VERMILION, "linestyle": DASHES, "linewidth": 1.5},
    "KL(p||q)": {"label": r"KL$(p_{\mathrm{data}}\Vert p_g)$", "color": ORANGE, "linestyle": (0, (8, 1.5))},
    "KL(q||p)": {"label": r"KL$(p_g\Vert p_{\mathrm{data}})$", "color": PURPLE, "linestyle": (0, (6, 1.5, 1, 1.5))},
    "TV": {"label": "TV (no unit)", "color": GREEN, "linestyle": DOTS, "linewidth": 1.8},
    "W1": {"label": "$W_1$ (right)", "color": SKY, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "linewidth": 1.8},
}


def plot_divergences(p_data: Any, family: Callable[[float], Any], values: Array, /, *, ax: Any = None) -> Any:
    """C(G), the divergences, the total variation and W₁ as p_g moves along a family of laws.

    C(G), eq. (4) of [1]_, is the line, and -log 4 + 2 JSD, eq. (6), the circles on it: two computations that share no
    integrand. W₁, which is no number of nats, is read on the right, in units of x.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : callable
        theta -> p_g, a Density or anything `as_density` accepts.
    values : sequence of float
        The values of theta, in increasing order.
    ax : matplotlib Axes, optional
        By default that of a new figure. A log scale in x is kept.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If the family is not callable, the values do not increase, or ax has a scale that they have no place on.

    Notes
    -----
    The Kullback–Leibler divergences leave the picture at 2 nats, where an arrow says that they go on; where one is
    infinite there is a triangle instead, and a question mark where it could not be decided, as of a law that does not
    say how its tails fall. The bands are the errors: on the package's own laws, thinner than the lines.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = plot_divergences("norm(0, 1)", lambda theta: f"norm({theta}, 1)", [-1.0, 0.0, 1.0])
    >>> {line.get_gid(): line.get_ydata() for line in ax.lines}["C"].round(3)
    array([-1.163, -1.386, -1.163])

    Disjoint laws: the infinite is marked, and JSD no longer tells them apart by how far they are:

    >>> ax = plot_divergences("uniform(0, 1)", lambda theta: f"uniform({theta}, 1)", [1.0, 2.0, 3.0])
    >>> {line.get_gid(): line.get_ydata() for line in ax.lines}["JSD"].round(3)
    array([0.693, 0.693, 0.693])
    """
    theta = canvas.increasing("values", values)
    if not callable(family):
        raise DomainError(f"family is {family!r}; it must be a function theta -> p_g, such as lambda t: Normal(t, 1).")
    ax = canvas.on_scales(ax, x=("linear", "log"))
    if ax.get_xscale() == "log" and theta[0] <= 0:
        raise DomainError(f"values begins at {theta[0]!r}, and ax has a log scale in x; give values > 0.")
    rows = _rows(as_density(p_data), [as_density(family(float(t))) for t in theta])
    finite = [e.value for name, row in rows.items() if name != "W1" for e in _finite(row)]
    top = min(max(1.05, 1.05 * max(finite)), _MOST)
    marked = {name: marks for name, row in rows.items() if (marks := _marks(row))}
    ceiling = top + _SHELF * len(marked)
    _draw_frame(ax, theta, top, ceiling)
    unit = _draw_right(ax, rows["W1"], top)
    for name, row in rows.items():
        _draw_row(ax, name, theta, row, top, unit if name == "W1" else 1.0)
        if name.startswith("KL"):
            _mark_exits(ax, name, theta, row, top)
    for i, (name, marks) in enumerate(marked.items()):
        _mark(ax, name, theta, marks, ceiling - _SHELF * i)
    return ax


def _rows(p_data: Any, laws: list[Any]) -> dict[str, Row]:
    """Every quantity at every value of the parameter; None where it could not be decided."""
    jsd = [_decided(js_divergence, p_data, q) for q in laws]
    return {
        "C": [_decided(criterion, p_data, q) for q in laws],
        "2 JSD": [None if e is None else 2 * e - _LOG_4 for e in jsd],
        "JSD": jsd,
        "KL(p||q)": [_decided(kl_divergence, p_data, q) for q in laws],
        "KL(q||p)": [_decided(kl_divergence, q, p_data) for q in laws],
        "TV": [_decided(total_variation, p_data, q) for q in laws],
        "W1": [_decided(wasserstein_distance, p_data, q) for q in laws],
    }


def _decided(functional: Callable[..., Estimate], p: Any, q: Any) -> Estimate | None:
    try:
        return functional(p, q)
    except ConvergenceError:
        return None


def _finite(row: Row) -> list[Estimate]:
    return [e for e in row if e is not None and math.isfinite(e.value)]


def _marks(row: Row) -> dict[str, Array]:
    """Where a row is infinite, and where it is not known."""
    found = {
        "infinite": np.array([e is not None and math.isinf(e.value) for e in row]),
        "undecided": np.array([e is None for e in row]),
    }
    return {kind: where for kind, where in found.items() if where.any()}


def _style(name: str) -> dict[str, Any]:
    style = dict(_STYLES[name])
    return style | {"linewidth": wide(style.get("linewidth", 1.5)), "markersize": dot(6.0)}


def _draw_frame(ax: Any, theta: Array, top: float, ceiling: float) -> None:
    from matplotlib.lines import Line2D

    crown = canvas.crown(ax, [Line2D([], [], **_style(name)) for name in _STYLES], 4)
    lowest, steps = -_LOG_4.value, np.arange(-1.0, top + 0.01, 0.5)
    bottom = lowest - 0.12
    for level in (lowest, 0.0):
        ax.axhline(level, color=canvas.ink(), linewidth=wide(0.6), alpha=0.4)
    canvas.limits(ax, x=(theta[0], theta[-1]), y=(bottom, (ceiling + 0.05 - crown * bottom) / (1.0 - crown)))
    ax.set_yticks([lowest, *steps], ["−log 4", *(f"{t:g}".replace("-", "−") for t in steps)])
    ax.set_xlabel(r"$\theta$")
    ax.set_ylabel("nats")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_right(ax: Any, row: Row, top: float) -> float:
    """The scale of W₁, if it is ever finite; and how many nats high one unit of x is on it."""
    largest = max((float(e.value) for e in _finite(row)), default=0.0)
    if largest == 0.0:
        return 1.0
    unit = 0.97 * top / largest
    right = ax.secondary_yaxis("right", functions=(lambda y: y / unit, lambda w: w * unit))
    right.set_yticks(canvas.ticks(0.0, largest, 3))
    right.spines["right"].set_bounds(0.0, largest)
    middle = (0.5 * top - ax.get_ylim()[0]) / np.ptp(ax.get_ylim())
    right.set_ylabel("$W_1$, units of $x$", y=middle)
    return unit


def _draw_row(ax: Any, name: str, theta: Array, row: Row, top: float, unit: float) -> None:
    known = [e if e is not None and math.isfinite(e.value) else None for e in row]
    levels = unit * np.array([math.nan if e is None else e.value for e in known])
    errors = unit * np.array([0.0 if e is None else e.error for e in known])
    style = _style(name)
    if style.get("marker"):
        style["markevery"] = max(1, len(theta) // _CIRCLES)
    (line,) = ax.plot(theta, levels, gid=name, **style)
    band = {"color": style["color"], "alpha": 0.2, "linewidth": 0, "gid": f"{name} error"}
    for artist in (line, ax.fill_between(theta, levels - errors, levels + errors, **band)):
        canvas.cut(ax, artist, top)


def _mark_exits(ax: Any, name: str, theta: Array, row: Row, top: float) -> None:
    """An arrow where a curve goes on above the picture."""
    levels = np.array([math.nan if e is None or math.isinf(e.value) else e.value for e in row])
    low, high = levels[:-1], levels[1:]
    leaves = (np.minimum(low, high) <= top) & (np.maximum(low, high) > top)
    at = theta[:-1][leaves] + ((top - low) / (high - low))[leaves] * np.diff(theta)[leaves]
    above = np.flatnonzero(levels > top)
    if not len(at) and len(above):  # it is nowhere in the picture
        at = theta[above[[len(above) // 2]]]
    arrow = {"linestyle": "none", "marker": r"$\uparrow$", "markersize": dot(9.0), "clip_on": False}
    if len(at):
        ax.plot(at, np.full(len(at), top), color=_STYLES[name]["color"], gid=f"{name} goes on", **arrow)


def _mark(ax: Any, name: str, theta: Array, marks: dict[str, Array], height: float) -> None:
    color = _STYLES[name]["color"]
    for kind, where in marks.items():
        marker, told = {"infinite": ("^", "∞"), "undecided": ("$?$", "")}[kind]
        style = {"color": color, "linestyle": "none", "marker": marker, "markersize": dot(4.5), "clip_on": False}
        ax.plot(theta[where], np.full(int(where.sum()), height), gid=f"{name} is {kind}", **style)
        canvas.note(ax, told, (1.0, height), 4, xycoords=ax.get_yaxis_transform(), color=color)
