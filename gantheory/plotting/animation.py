"""A run as a moving picture: p_g on its way to p_data."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.plotting.canvas import typeset
from gantheory.plotting.stage import Stage, when
from gantheory.trajectory import Trajectory

__all__ = ["animate_training"]

_SIZE, _DPI = (6.4, 3.6), 80
_FASTEST = 50  # a GIF counts in hundredths of a second, and no browser shows one of them
_HEADROOM = 1.2  # above the densities is the place of the numbers
_PAUSE = 1.0  # seconds on the last picture


def animate_training(
    trajectory: Trajectory, path: str | os.PathLike[str], /, *, seed: int = 0, fps: float = 10
) -> Path:
    """A GIF of p_g against p_data over the records of a run, with the step and JSD(p_data‖p_g) in each picture.

    Where the run knows p_g itself its density is drawn, and an atom as a stem as high as its mass; where it kept the
    masses of cells, their mean densities. The scales are the same in all pictures.

    Parameters
    ----------
    trajectory : Trajectory
        In function space, in parameters, of a network, or of another tool.
    path : str or path
        Of the file, which ends in .gif. It is written whole, or not at all; an earlier one is replaced.
    seed : int, default 0
    fps : float, default 10
        Records shown in a second, at most 50. The last one stays for another second.

    Returns
    -------
    Path

    Raises
    ------
    DomainError
        If the file cannot be written, which is found out before anything is drawn; if there is no such seed, fps is not
        in (0, 50], or the run kept no p_g.

    Notes
    -----
    A density that leaves the picture at its top, at a pole or a narrow peak, is cut there, and a triangle marks it. The
    mass of an unbounded outer cell is not drawn: the run does not say where in it the mass lies.

    Examples
    --------
    >>> import tempfile
    >>> from gantheory.descent import mirror_descent
    >>> run = mirror_descent("norm(0, 1)", "norm(2, 1.5)", steps=3)
    >>> animate_training(run, Path(tempfile.mkdtemp()) / "run.gif").name
    'run.gif'
    """
    _check(trajectory, seed, fps)
    path = _gif(path)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.{secrets.token_hex(4)}.gif")
    try:
        beside.touch(exist_ok=False)
        _write(_Scene(trajectory, int(seed)), beside, fps)
        os.replace(beside, path)
    except OSError as error:
        raise DomainError(
            f"path is {os.fspath(path)!r}, which cannot be written ({error.strerror or error}); give a file in a "
            "folder that is there and may be written to."
        ) from error
    finally:  # after a Ctrl-C too
        _forget(beside)
    return path


def _check(trajectory: Any, seed: Any, fps: Any) -> None:
    if not isinstance(trajectory, Trajectory):
        raise DomainError(
            f"trajectory is of type {type(trajectory).__name__}; it must be a Trajectory: mirror_descent(...), or "
            "Trajectory.from_arrays(...) of a run of your own."
        )
    if isinstance(fps, bool) or not isinstance(fps, (int, float, np.number)) or not 0 < fps <= _FASTEST:
        raise DomainError(f"fps is {fps!r}; it must be a number of records a second, in (0, {_FASTEST}].")
    trajectory.p_g(0, seed)  # refuses a seed that is not there, and a run without p_g


def _gif(path: Any) -> Path:
    try:
        found = Path(path)
    except TypeError:
        found = Path()
    if found.suffix.lower() != ".gif":
        raise DomainError(f"path is {path!r}; it must be the path of a file that ends in .gif.")
    return found


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):  # its folder is none
        path.unlink(missing_ok=True)


def _write(scene: _Scene, path: Path, fps: float) -> None:
    """Picture after picture; of equal ones in a row a GIF keeps one, and how long it is shown."""
    from matplotlib.animation import PillowWriter

    writer = PillowWriter(fps=fps)  # type: ignore[arg-type]  # which divides by it
    with writer.saving(scene.figure, str(path), _DPI):
        for record in range(scene.trajectory.records):
            scene.show(record)
            writer.grab_frame()
        for _ in range(round(_PAUSE * fps)):
            writer.grab_frame()


class _Scene:
    """p_data, p_g and the two numbers, in a figure that pyplot does not know."""

    def __init__(self, trajectory: Trajectory, seed: int) -> None:
        from matplotlib.figure import Figure

        self.trajectory, self.seed = trajectory, seed
        self.stage = Stage(trajectory, seed, range(trajectory.records))
        self.figure = Figure(figsize=_SIZE, layout="constrained")
        self.ax = self.figure.subplots()
        self.stage.draw_scales(self.ax, _HEADROOM * self.stage.top)
        self.stage.name_left(self.ax)
        self.stage.draw_masses_scale(self.ax)
        self.stage.draw_p_data(self.ax)
        (self.step, self.jsd) = (
            self.ax.text(at, 0.985, "", transform=self.ax.transAxes, ha=side, va="top")
            for at, side in ((0.015, "left"), (0.985, "right"))
        )
        self.p_g: dict[str, Any] = {}
        self.show(0)
        self.ax.legend(loc="upper center", ncols=2, frameon=False, borderaxespad=0.1)
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")  # the axes stay where they are

    def show(self, record: int) -> None:
        """The picture of a record."""
        for artist in (*self.p_g.pop("notes", ()), *self.p_g.values()):
            artist.remove()
        self.p_g = self.stage.draw_p_g(self.ax, record)
        self.step.set_text(when(self.trajectory, record))
        self.jsd.set_text(_told(0.5 * self.trajectory.excess[record, self.seed]))


def _told(jsd: Estimate) -> str:
    """The divergence, or what it is at most where it is not told from 0."""
    if float(jsd.value) > float(jsd.error) or float(jsd.upper) == 0 or not math.isfinite(float(jsd.upper)):
        return f"JSD = {typeset(float(jsd.value))} nats"
    return f"JSD ≤ {typeset(float(jsd.upper))} nats"
