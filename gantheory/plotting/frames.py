"""p_g at a few records of a run, side by side: training as it would be printed."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting import canvas
from gantheory.plotting.stage import Stage, when
from gantheory.trajectory import Trajectory

__all__ = ["plot_frames"]

_GAP = 0.16  # between two frames, in widths of one
_SIZE = (2.1, 2.4)  # inches, of a frame in a figure of its own


def plot_frames(trajectory: Trajectory, /, *, records: int = 5, seed: int = 0, ax: Any = None) -> Any:
    """The laws p_g at some records of a run, from the first to the last, beside p_data, all on the same scales.

    The line is one seed's p_g; the band lies between the least and the greatest density of all seeds.

    Parameters
    ----------
    trajectory : Trajectory
    records : int, default 5
        How many; evenly spaced among those of the run.
    seed : int, default 0
    ax : matplotlib Axes, optional
        By default that of a new figure. It shrinks to the first frame, and the others take what it leaves of its place.

    Returns
    -------
    matplotlib Axes
        That of the first frame; the others are its ``child_axes``, in order.

    Raises
    ------
    DomainError
        If it is no Trajectory, it kept no p_g, there is no such seed, records is no number >= 2, or ax has a log scale.

    Notes
    -----
    An atom is a stem as high as its mass, on the scale at the right end (on the left one where no law has a density);
    atoms are those of the seed. A density that leaves the picture, at a pole or a narrow peak, ends in a triangle with
    its supremum beside it. Where the run kept the masses of cells their mean densities are drawn; the mass of an
    unbounded outer cell is not.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from gantheory.descent import mirror_descent
    >>> ax = plot_frames(mirror_descent("norm(0, 1)", "norm(2, 1.5)", steps=8), records=3)
    >>> [frame.get_title() for frame in (ax, *ax.child_axes)]
    ['step 0', 'step 4', 'step 8']

    Where the laws have atoms alone, the scale is that of their masses:

    >>> ax = plot_frames(mirror_descent("binom(4, 0.5)", "randint(0, 5)", steps=4), records=2)
    >>> ax.get_ylabel()
    'mass of an atom'
    """
    if not isinstance(trajectory, Trajectory):
        raise DomainError(
            f"trajectory is of type {type(trajectory).__name__}; it must be a Trajectory, as train gives."
        )
    if isinstance(records, bool) or not isinstance(records, (int, np.integer)) or records < 2:
        raise DomainError(f"records is {records!r}; it must be a number of pictures, at least 2.")
    chosen = np.unique(np.linspace(0, trajectory.records - 1, records).round().astype(int)).tolist()
    stage = Stage(trajectory, seed, chosen)
    ax = canvas.on_scales(canvas.as_axes(ax, (_SIZE[0] * len(chosen), _SIZE[1])))
    canvas.shrink(ax, 1.0 / (len(chosen) + _GAP * (len(chosen) - 1)), 1.0)
    stage.draw_scales(ax, stage.top / (1.0 - _draw_legend(ax, stage)), most=3)
    stage.name_left(ax)
    at = canvas.ticks(stage.lo, stage.hi, 3)
    ax.set_xticks(at, [canvas.typeset(float(x)) for x in at])  # short ones: those of two frames may meet
    frames = [ax, *(_beside(ax, place) for place in range(1, len(chosen)))]
    for frame, record in zip(frames, chosen, strict=True):
        _draw(frame, stage, record)
    stage.draw_masses_scale(frames[-1])
    return ax


def _draw_legend(ax: Any, stage: Stage) -> float:
    """Its share of the height."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **style) for style in stage.styles().values()]
    return canvas.crown(ax, handles, 2, handlelength=1.4, handletextpad=0.3, columnspacing=0.7)  # a frame is narrow


def _beside(ax: Any, place: int) -> Any:
    """The Axes of a later frame, which shares the first one's scales."""
    frame = ax.inset_axes((place * (1.0 + _GAP), 0.0, 1.0, 1.0), sharex=ax, sharey=ax)
    frame.tick_params(labelleft=False)
    return frame


def _draw(ax: Any, stage: Stage, record: int) -> None:
    if stage.trajectory.seeds > 1:
        stage.draw_band(ax, record)
    stage.draw_p_g(ax, record, fill=stage.trajectory.seeds == 1)
    stage.draw_p_data(ax)
    stage.trim(ax)
    canvas.entitle(ax, when(stage.trajectory, record), fontsize="medium")
