"""p_g at a few records of a run, side by side: training as it would be printed."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting.canvas import DOTS, GREEN, ink, ticks, typeset
from gantheory.plotting.ranges import bulk
from gantheory.trajectory import Trajectory

__all__ = ["plot_frames"]

_POINTS = 241


def plot_frames(trajectory: Trajectory, /, *, records: int = 5, seed: int = 0, figure: Any = None) -> Any:
    """The densities of p_g at some records of a run, from the first to the last, beside p_data.

    The line is one seed's p_g; the band lies between the least and the greatest density of all seeds.

    Parameters
    ----------
    trajectory : Trajectory
    records : int, default 5
        How many; evenly spaced among those of the run.
    seed : int, default 0
    figure : matplotlib Figure, optional
        By default a new one, which pyplot shows.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    DomainError
        If it is no Trajectory, it kept no p_g, there is no such seed, or records is no number >= 2.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.descent import mirror_descent
    >>> axes = plot_frames(mirror_descent("norm(0, 1)", "norm(2, 1.5)", steps=8), records=3)
    >>> [ax.get_title() for ax in axes]
    ['step 0', 'step 4', 'step 8']
    """
    if not isinstance(trajectory, Trajectory):
        raise DomainError(
            f"trajectory is of type {type(trajectory).__name__}; it must be a Trajectory, as train gives."
        )
    if isinstance(records, bool) or not isinstance(records, (int, np.integer)) or records < 2:
        raise DomainError(f"records is {records!r}; it must be a number of pictures, at least 2.")
    chosen = np.unique(np.linspace(0, trajectory.records - 1, records).round().astype(int))
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(2.1 * len(chosen), 2.2), layout="constrained")
    p_data, first, last = trajectory.p_data, trajectory.p_g(0, seed), trajectory.p_g(-1, seed)
    lo, hi = bulk([p_data, first, last])
    x = np.linspace(lo, hi, _POINTS)
    axes = figure.subplots(1, len(chosen), sharey=True, squeeze=False)[0]
    top = 1.35 * _common(p_data.pdf(x))
    for ax, record in zip(axes, chosen, strict=True):
        _draw(ax, trajectory, int(record), seed, x, top)
        ax.set(xlim=(lo, hi), ylim=(0.0, top))
        ax.set_xticks(ticks(lo, hi, 3))
        ax.set_xlabel("x", style="italic")
    axes[0].set_yticks(ticks(0.0, top, 3))
    axes[0].set_ylabel("density")
    return list(axes)


def _draw(ax: Any, run: Trajectory, record: int, seed: int, x: np.ndarray, top: float) -> None:
    every = np.stack([np.minimum(run.p_g(record, one).pdf(x), 10.0 * top) for one in range(run.seeds)])
    if run.seeds > 1:
        band = every.min(axis=0), every.max(axis=0)
        ax.fill_between(x, *band, step="mid", color=GREEN, alpha=0.2, linewidth=0, gid="all seeds")
    ax.plot(x, every[seed], color=GREEN, linewidth=1.4, gid="p_g")
    ax.plot(x, run.p_data.pdf(x), color=ink(), linestyle=DOTS, linewidth=1.2, gid="p_data")
    step = run.steps[record]
    ax.set_title(f"step {step}" if isinstance(step, np.integer) else f"t = {typeset(float(step))}", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)


def _common(density: Any) -> float:
    """The greatest value, without poles."""
    finite = np.asarray(density)[np.isfinite(density)]
    return float(finite.max(initial=0.0)) or 1.0
