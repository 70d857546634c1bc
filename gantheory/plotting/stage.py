"""p_data and p_g of some records of a run, all on one range and the same scales, with their atoms and poles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.plotting import canvas
from gantheory.plotting.canvas import DOTS, GREEN, cut, dot, ink, note, outwards, ticks, typeset, wide
from gantheory.plotting.ranges import at_jumps, broken, bulk, peaks, within
from gantheory.trajectory import Trajectory

__all__ = ["Stage", "when"]

Array = Any
Curve = tuple[np.ndarray, np.ndarray]
_POINTS, _OF_A_BAND = 1201, 241
_HEIGHTS = {"p_data": 0.97, "p_g": 0.87}  # of the triangles, each law's at its own: both may have the same pole
_ASIDE = {"p_data": -1.5, "p_g": 1.5}  # points, of the stems: they may stand at one place


class Stage:
    """The laws of some records of one seed, and the two scales: densities on the left, masses of atoms on the right."""

    def __init__(self, trajectory: Trajectory, seed: int, records: Sequence[int]) -> None:
        self.trajectory, self.seed, self.p_data = trajectory, seed, trajectory.p_data
        self.laws = {record: trajectory.p_g(record, seed) for record in records}
        every = (self.p_data, *self.laws.values())
        self.lo, self.hi = bulk([self.p_data, self.laws[records[0]], self.laws[records[-1]]])
        self.x = self._points(every)
        self.outlines = {record: self._outline(record) for record in records}
        self.has_density = any(law.continuous_mass > 0 for law in every)
        self.has_atoms = any(len(law.atoms()[0]) for law in every)
        self.top = self._top(np.asarray(self.p_data.pdf(self.x)))

    def _points(self, laws: Sequence[Any]) -> np.ndarray:
        """Evenly spaced points, and one on either side of every place where a law has a corner."""
        marks = np.unique(np.concatenate([law.breakpoints() for law in laws]))
        aside = 1e-9 * (self.hi - self.lo)
        x = np.concatenate([np.linspace(self.lo, self.hi, _POINTS), marks - aside, marks + aside])
        return np.unique(x[(x >= self.lo) & (x <= self.hi)])

    def _outline(self, record: int) -> Curve:
        """The density of p_g, or the mean densities of its cells as stairs."""
        return self._curve(self.laws[record]) if self.trajectory.laws is not None else self._stairs(record, self.seed)

    def _curve(self, law: Any) -> Curve:
        """A density, interrupted where it jumps."""
        density = np.asarray(law.pdf(self.x), dtype=float)
        least = 0.02 * (_peak(density) or 1.0)
        jumps = at_jumps(law.pdf, law.breakpoints(), self.lo, self.hi, least=least, most=100.0 * least)
        return broken(self.x, density, jumps)

    def _stairs(self, record: int, seed: int) -> Curve:
        edges, masses = np.asarray(self.trajectory.edges), np.asarray(self.trajectory.masses)[record, seed]
        bounded = np.isfinite(edges[1:]) & np.isfinite(edges[:-1])
        heights = masses[bounded] / np.diff(edges)[bounded]
        ends = edges[np.isfinite(edges)]
        return np.repeat(ends, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])

    def _top(self, density: np.ndarray) -> float:
        """As high as p_data, and as p_g at any record where that is not much higher."""
        if not self.has_density:
            return 1.1 * max(float(np.max(law.atoms()[1], initial=0.0)) for law in (self.p_data, *self.laws.values()))
        of_p_data = _peak(density)
        of_p_g = max(_peak(y) for _, y in self.outlines.values())
        return 1.04 * (max(of_p_data, min(of_p_g, 2.5 * of_p_data)) or of_p_g or 1.0)

    # -- scales ----------------------------------------

    def draw_scales(self, ax: Any, ceiling: float, most: int = 4) -> None:
        """Limits and ticks; above the top, up to the ceiling, is the place of words."""
        canvas.limits(ax, x=(self.lo, self.hi), y=(0.0, ceiling))
        ax.set_yticks(ticks(0.0, self.top, most))
        self.trim(ax)

    def trim(self, ax: Any) -> None:
        ax.set_xlabel("x", style="italic")
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines["left"].set_bounds(0.0, self.top)

    def name_left(self, ax: Any) -> None:
        ax.set_ylabel("density" if self.has_density else "mass of an atom", y=self._middle(ax))

    def draw_masses_scale(self, ax: Any) -> None:
        """On the right, where stems stand among densities."""
        if not (self.has_density and self.has_atoms):
            return
        right = ax.secondary_yaxis("right", functions=(lambda y: y / self.top, lambda mass: mass * self.top))
        right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        right.spines["right"].set_bounds(0, 1)
        right.set_ylabel("mass of an atom", y=self._middle(ax))

    def _middle(self, ax: Any) -> float:
        return 0.5 * self.top / ax.get_ylim()[1]

    # -- laws ----------------------------------------

    def styles(self) -> dict[str, dict[str, Any]]:
        return {
            "p_data": {"color": ink(), "linestyle": DOTS, "linewidth": wide(2.0), "label": r"$p_{\mathrm{data}}$"},
            "p_g": {"color": GREEN, "linestyle": "-", "linewidth": wide(2.0), "label": "$p_g$"},
        }

    def draw_p_data(self, ax: Any) -> None:
        self._draw(ax, "p_data", self.p_data, self._curve(self.p_data))

    def draw_p_g(self, ax: Any, record: int, *, fill: bool = True) -> dict[str, Any]:
        """The artists, by name: a moving picture takes them away again."""
        x, y = self.outlines[record]
        drawn = self._draw(ax, "p_g", self.laws[record], (x, y))
        if not fill:
            return drawn
        shown = ~np.isnan(y) & (self.laws[record].continuous_mass > 0)
        x, y = x[shown], self._low(y[shown])
        around = [np.r_[x[:1], x, x[-1:]], np.r_[np.zeros(len(x[:1])), y, np.zeros(len(x[:1]))]]
        (drawn["area"],) = ax.fill(*around, color=GREEN, alpha=0.15, linewidth=0, gid="p_g area")
        cut(ax, drawn["area"], self.top)
        return drawn

    def draw_band(self, ax: Any, record: int) -> None:
        """Between the least and the greatest density of all seeds."""
        run = self.trajectory
        if run.laws is None:
            x, every = self.outlines[record][0], [self._stairs(record, seed)[1] for seed in range(run.seeds)]
        else:
            x = np.linspace(self.lo, self.hi, _OF_A_BAND)
            every = [np.asarray(run.p_g(record, seed).pdf(x)) for seed in range(run.seeds)]
        ends = self._low(np.min(every, axis=0)), self._low(np.max(every, axis=0))
        cut(ax, ax.fill_between(x, *ends, color=GREEN, alpha=0.2, linewidth=0, gid="all seeds"), self.top)

    def _low(self, y: np.ndarray) -> np.ndarray:
        """Renderers overflow at a million heights."""
        return np.minimum(y, 10.0 * self.top)

    def _draw(self, ax: Any, name: str, law: Any, outline: Curve) -> dict[str, Any]:
        style, (x, y) = self.styles()[name], outline
        over = {"zorder": 3} if name == "p_data" else {}
        shown = slice(None) if law.continuous_mass > 0 else slice(0)
        (line,) = ax.plot(x[shown], self._low(y[shown]), gid=name, **style, **over)
        cut(ax, line, self.top)
        height, high = _HEIGHTS[name] * self.top, peaks(law, x, y, self.top)
        at = [where for where, _ in high]
        marks = {"color": style["color"], "markersize": dot(6), "gid": f"{name} peak"}
        (triangles,) = ax.plot(at, np.full(len(at), height), "^", **marks)
        told = [self._note(ax, typeset(top), (where, height), style["color"]) for where, top in high]
        stems = self._draw_stems(ax, name, law, {k: v for k, v in style.items() if k != "label"})
        return {"line": line, "peaks": triangles, "stems": stems, "notes": told}

    def _note(self, ax: Any, text: str, at: tuple[float, float], colour: Any) -> Any:
        return note(ax, text, at, 7 * outwards(at[0], self.lo, self.hi), color=colour)

    def _draw_stems(self, ax: Any, name: str, law: Any, style: dict[str, Any]) -> Any:
        from matplotlib.transforms import ScaledTranslation

        aside = ScaledTranslation(_ASIDE[name] / 72, 0.0, ax.figure.dpi_scale_trans)
        locations, masses = within(law.atoms(), self.lo, self.hi)
        heights = masses * (self.top if self.has_density else 1.0)
        feet = np.zeros_like(heights)
        return ax.vlines(locations, feet, heights, gid=f"{name} stems", transform=ax.transData + aside, **style)


def when(trajectory: Trajectory, record: int) -> str:
    """The step of a record, or its time."""
    step = trajectory.steps[record]
    return f"step {step}" if isinstance(step, np.integer) else f"t = {typeset(float(step))}"


def _peak(density: np.ndarray) -> float:
    """The largest value; of a pole or a spike, a little more than what it reaches on 3 % of the range."""
    density = density[np.isfinite(density)]
    largest, common = (float(np.quantile(density, share)) for share in (1.0, 0.97)) if density.size else (0.0, 0.0)
    return largest if largest <= 4.0 * common or common == 0.0 else 1.5 * common
