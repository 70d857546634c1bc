"""A run: how far p_g was from p_data at each record, and what theory says that it was at most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, DASHES, DOTS, ORANGE, PURPLE, VERMILION, dot, wide
from gantheory.trajectory import Trajectory

__all__ = ["plot_trajectory"]

_LOG_4 = math.log(4.0)
_SMALLEST = 1e-300  # below it a double loses its digits
_STYLES: dict[str, dict[str, Any]] = {
    "excess": {"label": r"$C(G) + \log 4$", "color": BLUE, "linewidth": 2.0},
    "bound": {"label": "bound in theory", "color": VERMILION, "linestyle": DASHES, "linewidth": 1.5},
    "kappa_bound": {
        "label": r"bound by $\kappa$",
        "color": PURPLE,
        "linestyle": (0, (6, 1.5, 1, 1.5)),
        "linewidth": 1.5,
    },
    "gap": {"label": "$V(G, D^*) - V(G, D)$", "color": ORANGE, "linestyle": DOTS, "linewidth": 2.0},
}


def plot_trajectory(trajectory: Trajectory, /, *, ax: Any = None) -> Any:
    r"""The excess C(G) + log 4 = 2 JSD of a run against its steps, on a log scale, beside its bounds and its gap.

    Of several seeds each is a thin line, and their median the thick one; of the bounds and the gap only the medians are
    drawn. A bound that holds for every seed holds for the medians.

    Parameters
    ----------
    trajectory : Trajectory
        ``bound``, ``kappa_bound`` and ``gap`` are drawn where the run measured them.
    ax : matplotlib Axes, optional
        By default that of a new figure. Its scale in y becomes a log one; a log scale in x is kept.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If the run is no Trajectory, or ax has a scale that it cannot be drawn on.

    Notes
    -----
    Bands are the errors; a median lies between the median of the lower and the median of the upper ends. An excess that
    is 0 has no place on the scale: there is a triangle at its foot. A cross ends a seed that was stopped. Bounds leave
    the picture at its top, and what is below every excess and gap at its foot.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.descent import mirror_descent
    >>> ax = plot_trajectory(mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=10))
    >>> [line.get_gid() for line in ax.lines]
    ['kappa_bound', 'bound', 'excess']
    """
    if not isinstance(trajectory, Trajectory):
        raise DomainError(
            f"trajectory is of type {type(trajectory).__name__}; it must be a Trajectory: mirror_descent(...), or "
            "Trajectory.from_arrays(...) of a run of your own."
        )
    ax = canvas.on_scales(ax, x=("linear", "log", "symlog"), y=("linear", "log"))
    rows = {name: _median(trajectory.measurements[name]) for name in _STYLES if name in trajectory.measurements}
    rows = {name: one for name, one in rows.items() if name == "excess" or np.isfinite(one.value).any()}
    low, top = _range(trajectory, rows.get("gap"))
    _draw_frame(ax, trajectory, low, top, _draw_legend(ax, rows))
    for name in reversed(rows):  # the excess last, above its bounds
        _draw_row(ax, trajectory, name, rows[name], low, top)
    _mark_stopped(ax, trajectory, low)
    return ax


def _style(name: str) -> dict[str, Any]:
    return {**_STYLES[name], "linewidth": wide(_STYLES[name]["linewidth"])}


def _draw_legend(ax: Any, rows: Any) -> float:
    """Its share of the height."""
    from matplotlib.lines import Line2D

    return canvas.crown(ax, [Line2D([], [], **_style(name)) for name in rows], 2)


def _median(measured: Estimate) -> Estimate:
    """Over the seeds: between the medians of the ends."""
    value, lower, upper = (
        np.median(np.asarray(end), axis=1) for end in (measured.value, measured.lower, measured.upper)
    )
    finite = np.isfinite(value)
    with np.errstate(invalid="ignore"):  # ∞ less ∞
        spread = np.where(finite, np.maximum(upper - value, value - lower), 0.0)
    return Estimate(value, spread, measured.basis)


def _range(trajectory: Trajectory, gap: Estimate | None) -> tuple[float, float]:
    """The scale's ends, at least a factor of 10 apart: all excesses, and the median gap as far as two decades below."""
    excess = _shown(trajectory.excess)
    if not excess.size:
        return 1e-17, 1.25 * _LOG_4
    low, top = float(excess.min()), float(excess.max())
    beside = _shown(gap) if gap is not None else excess
    if beside.size:
        low, top = min(low, max(float(beside.min()), 0.01 * low)), max(top, float(beside.max()))
    return min(0.7 * low, 0.125 * top), 1.25 * top


def _shown(measured: Estimate) -> np.ndarray:
    """What has a place on a log scale."""
    values = np.ravel(measured.value)
    return values[np.isfinite(values) & (values > _SMALLEST)]


def _draw_frame(ax: Any, trajectory: Trajectory, low: float, top: float, crown: float) -> None:
    if ax.get_yscale() != "log":
        ax.set_yscale("log")
    canvas.limits(ax, y=(low, top * (top / low) ** (crown / (1.0 - crown))))
    if top >= _LOG_4:
        ax.axhline(_LOG_4, color=canvas.ink(), linewidth=wide(0.6), alpha=0.5, gid="log 4")
        canvas.note(ax, "log 4", (1.0, _LOG_4), 3, xycoords=ax.get_yaxis_transform())
    _mark_decades(ax, low, top)
    steps = np.asarray(trajectory.steps)
    first, last = _ends(steps, log=ax.get_xscale() == "log")
    canvas.limits(ax, x=(first, last))
    if steps.dtype.kind in "iu" and ax.get_xscale() == "linear":
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("step" if steps.dtype.kind in "iu" else "$t$")
    ax.set_ylabel("nats")
    ax.spines[["top", "right"]].set_visible(False)


def _ends(steps: np.ndarray, *, log: bool) -> tuple[float, float]:
    """Of the axis of steps, with a margin; step 0 has no place on a log scale."""
    if not log:
        margin = 0.02 * (steps[-1] - steps[0]) or 0.5
        return float(steps[0] - margin), float(steps[-1] + margin)
    shown = steps[steps > 0]
    if not len(shown):
        raise DomainError("ax has a log scale in x, and the run has no step above 0; give ax a linear scale.")
    margin = (shown[-1] / shown[0]) ** 0.02 if len(shown) > 1 else 2.0
    return float(shown[0] / margin), float(shown[-1] * margin)


def _mark_decades(ax: Any, low: float, top: float) -> None:
    """At most eight powers of ten, or 1, 2 and 5 times them where there are fewer than three."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(top))
    marks = {10.0**k: rf"$10^{{{k}}}$" for k in range(first, last + 1)}
    if len(marks) < 3:
        marks = {m * 10.0**k: f"{m * 10.0**k:g}" for k in range(first - 1, last + 1) for m in (1, 2, 5)}
    kept = [level for level in marks if low <= level <= top]
    kept = kept[:: max(1, math.ceil(len(kept) / 8))]
    ax.set_yticks(kept, [marks[level] for level in kept])
    ax.tick_params(axis="y", which="minor", left=False, labelleft=False)
    ax.spines["left"].set_bounds(low, top)


def _draw_row(ax: Any, trajectory: Trajectory, name: str, row: Estimate, low: float, top: float) -> None:
    style, steps = _style(name), np.asarray(trajectory.steps)
    if len(steps) == 1:  # a line of one point is not to be seen
        style |= {"marker": "o", "markersize": dot(4.5)}
    artists = []
    if name == "excess" and trajectory.seeds > 1:
        thin = {"color": style["color"], "linewidth": wide(0.7), "alpha": 0.4, "gid": "seed"}
        artists += ax.plot(steps, _on_scale(trajectory.excess.value), **thin)
    level, lower, upper = (_on_scale(end) for end in (row.value, row.lower, row.upper))
    artists += ax.plot(steps, level, gid=name, **style)
    foot = np.where(np.isnan(lower), low, lower)  # an error as large as its value reaches down to 0
    seen = ~np.isnan(upper) & (level <= top)
    band = {"color": style["color"], "alpha": 0.15, "linewidth": 0, "gid": f"{name} error"}
    artists.append(ax.fill_between(steps, foot, np.minimum(upper, 10.0 * top), where=seen, **band))
    for artist in artists:
        canvas.cut(ax, artist, top)
    gone = np.less_equal(row.value, _SMALLEST)
    if name == "excess" and gone.any():
        ax.plot(
            steps[gone], np.full(int(gone.sum()), low), "v", color=style["color"], markersize=dot(4.5), clip_on=False,
            gid="excess is 0",
        )  # fmt: skip


def _on_scale(values: Any) -> np.ndarray:
    """nan where a log scale has no place."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values) & (values > _SMALLEST), values, np.nan)


def _mark_stopped(ax: Any, trajectory: Trajectory, low: float) -> None:
    for seed, reason in enumerate(trajectory.stopped or ()):
        if reason is not None:
            last = max(float(np.asarray(trajectory.excess.value)[-1, seed]), low)
            ax.plot(trajectory.steps[-1], last, "x", color=canvas.ink(), markersize=dot(6), gid="stopped")
