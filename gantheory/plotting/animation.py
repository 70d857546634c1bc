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
from gantheory.plotting.canvas import DOTS, GREEN, cut, dot, ink, note, outwards, ticks, typeset, wide
from gantheory.plotting.ranges import at_jumps, broken, bulk, peaks, within
from gantheory.trajectory import Trajectory

__all__ = ["animate_training"]

Array = Any
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

        self.trajectory, self.seed, p_data = trajectory, seed, trajectory.p_data
        self.laws = [trajectory.p_g(record, seed) for record in range(trajectory.records)]
        self.lo, self.hi = bulk([p_data, self.laws[0], self.laws[-1]])
        self.x = self._points()
        self.outlines = [self._outline(record) for record in range(trajectory.records)]
        self.has_density = p_data.continuous_mass > 0 or any(law.continuous_mass > 0 for law in self.laws)
        self.top = self._top(np.asarray(p_data.pdf(self.x)))
        self.figure = Figure(figsize=_SIZE, layout="constrained")
        self.ax = self.figure.subplots()
        self._draw_frame()
        self._draw_p_data()
        (self.line,) = self.ax.plot([], [], gid="p_g", label="$p_g$", **_p_g())
        (self.area,) = self.ax.fill([0.0], [0.0], color=GREEN, alpha=0.15, linewidth=0)
        (self.peaks,) = self.ax.plot([], [], "^", color=GREEN, markersize=dot(6), gid="p_g peak")
        self.stems = self._stems([], [], _p_g(), "p_g stems")
        (self.step, self.jsd) = (
            self.ax.text(at, 0.985, "", transform=self.ax.transAxes, ha=side, va="top")
            for at, side in ((0.015, "left"), (0.985, "right"))
        )
        self.ax.legend(loc="upper center", ncols=2, frameon=False, borderaxespad=0.1)
        self.show(0)
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")  # the axes stay where they are

    # -- what is drawn ----------------------------------------

    def _points(self) -> np.ndarray:
        """Evenly spaced points, and one on either side of every place where a law has a corner."""
        marks = np.unique(np.concatenate([law.breakpoints() for law in (self.trajectory.p_data, *self.laws)]))
        aside = 1e-9 * (self.hi - self.lo)
        x = np.concatenate([np.linspace(self.lo, self.hi, 1201), marks - aside, marks + aside])
        return np.unique(x[(x >= self.lo) & (x <= self.hi)])

    def _outline(self, record: int) -> tuple[np.ndarray, np.ndarray]:
        """The density of p_g, or the mean densities of its cells as stairs."""
        if self.trajectory.laws is not None:
            return self._curve(self.laws[record])
        edges, masses = np.asarray(self.trajectory.edges), np.asarray(self.trajectory.masses)[record, self.seed]
        bounded = np.isfinite(edges[1:]) & np.isfinite(edges[:-1])
        heights = masses[bounded] / np.diff(edges)[bounded]
        ends = edges[np.isfinite(edges)]
        return np.repeat(ends, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])

    def _curve(self, law: Any) -> tuple[np.ndarray, np.ndarray]:
        """A density, interrupted where it jumps."""
        density = np.asarray(law.pdf(self.x), dtype=float)
        least = 0.02 * (_peak(density) or 1.0)
        jumps = at_jumps(law.pdf, law.breakpoints(), self.lo, self.hi, least=least, most=100.0 * least)
        return broken(self.x, density, jumps)

    def _top(self, density: np.ndarray) -> float:
        """As high as p_data, and as p_g at any record where that is not much higher."""
        if not self.has_density:
            laws = (self.trajectory.p_data, *self.laws)
            return 1.1 * max(float(np.max(law.atoms()[1], initial=0.0)) for law in laws)
        of_p_data = _peak(density)
        of_p_g = max(_peak(y) for _, y in self.outlines)
        return 1.04 * (max(of_p_data, min(of_p_g, 2.5 * of_p_data)) or of_p_g or 1.0)

    def _draw_frame(self) -> None:
        ax = self.ax
        ax.set_xlim(self.lo, self.hi)
        ax.set_ylim(0.0, _HEADROOM * self.top)
        ax.set_yticks(ticks(0.0, self.top))
        ax.set_xlabel("x", style="italic")
        ax.set_ylabel("density" if self.has_density else "mass of an atom", y=0.5 / _HEADROOM)
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines["left"].set_bounds(0.0, self.top)
        if self.has_density and any(len(law.atoms()[0]) for law in (self.trajectory.p_data, *self.laws)):
            scales: Any = (lambda y: y / self.top, lambda mass: mass * self.top)
            right = ax.secondary_yaxis("right", functions=scales)
            right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
            right.spines["right"].set_bounds(0, 1)
            right.set_ylabel("mass of an atom", y=0.5 / _HEADROOM)

    def _draw_p_data(self) -> None:
        p_data = self.trajectory.p_data
        x, density = self._curve(p_data)
        (line,) = self.ax.plot(
            x, np.minimum(density, 10.0 * self.top), gid="p_data", label=r"$p_{\mathrm{data}}$", zorder=3, **_p_data()
        )
        cut(self.ax, line, self.top)
        for at, supremum in peaks(p_data, self.x, np.asarray(p_data.pdf(self.x)), self.top):
            self.ax.plot(at, 0.97 * self.top, "^", color=ink(), markersize=dot(6), gid="p_data peak")
            note(self.ax, typeset(supremum), (at, 0.97 * self.top), 7 * outwards(at, self.lo, self.hi))
        self._stems(*within(p_data.atoms(), self.lo, self.hi), _p_data(), "p_data stems")

    def _stems(self, locations: Array, masses: Array, style: dict[str, Any], gid: str) -> Any:
        """Of p_data a little to the left, of p_g to the right: they may stand at one place."""
        from matplotlib.transforms import ScaledTranslation

        side = -1.5 if gid.startswith("p_data") else 1.5
        aside = ScaledTranslation(side / 72, 0.0, self.figure.dpi_scale_trans)
        found = self.ax.vlines([], [], [], gid=gid, transform=self.ax.transData + aside, **style)
        found.set_segments(self._segments(locations, masses))
        return found

    def _segments(self, locations: Array, masses: Array) -> list[list[tuple[float, float]]]:
        scale = self.top if self.has_density else 1.0
        return [[(float(x), 0.0), (float(x), float(mass) * scale)] for x, mass in zip(locations, masses, strict=True)]

    def show(self, record: int) -> None:
        """The picture of a record."""
        x, y = self.outlines[record]
        high = [at for at, _ in peaks(self.laws[record], x, y, self.top)]
        self.peaks.set_data(high, np.full(len(high), 0.87 * self.top))
        y = np.minimum(y, 10.0 * self.top)
        self.line.set_data(x, y)
        x, y = x[~np.isnan(y)], y[~np.isnan(y)]
        self.area.set_xy(np.column_stack([np.r_[x[0], x, x[-1]], np.r_[0.0, y, 0.0]]))
        self.stems.set_segments(self._segments(*within(self.laws[record].atoms(), self.lo, self.hi)))
        for artist in (self.line, self.area):
            cut(self.ax, artist, self.top)
        step = self.trajectory.steps[record]
        self.step.set_text(f"step {step}" if isinstance(step, np.integer) else f"t = {typeset(float(step))}")
        self.jsd.set_text(_told(0.5 * self.trajectory.excess[record, self.seed]))


def _p_data() -> dict[str, Any]:
    return {"color": ink(), "linestyle": DOTS, "linewidth": wide(2.0)}


def _p_g() -> dict[str, Any]:
    return {"color": GREEN, "linestyle": "-", "linewidth": wide(2.0)}


def _peak(density: np.ndarray) -> float:
    """The largest value; of a pole or a spike, a little more than what it reaches on 3 % of the range."""
    density = density[np.isfinite(density)]
    largest, common = (float(np.quantile(density, share)) for share in (1.0, 0.97)) if density.size else (0.0, 0.0)
    return largest if largest <= 4.0 * common or common == 0.0 else 1.5 * common


def _told(jsd: Estimate) -> str:
    """The divergence, or what it is at most where it is not told from 0."""
    if float(jsd.value) > float(jsd.error) or float(jsd.upper) == 0 or not math.isfinite(float(jsd.upper)):
        return f"JSD = {typeset(float(jsd.value))} nats"
    return f"JSD ≤ {typeset(float(jsd.upper))} nats"
