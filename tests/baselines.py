"""The pictures that are compared as images, and how two images are compared.

They are drawn without their text, as matplotlib's own are, for a glyph is not the same in two versions of FreeType, and
the legend makes room for itself by the size of its glyphs. What the texts say has tests of its own.

After a change that is meant to be seen:

    python tests/baselines.py

It draws those that changed into tests/baselines, and names them. Look at each, and at what it replaces,
before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Annotation, Text
from PIL import Image

import gantheory as gt
from gantheory.estimate import Estimate
from gantheory.plotting import (
    plot_divergences,
    plot_game,
    plot_pushforward,
    plot_reading,
    plot_trajectory,
    plot_value,
)
from gantheory.plotting.animation import _Scene
from gantheory.reading import read_run

__all__ = ["FOLDER", "PICTURES", "TOLERANCE", "difference", "drawn", "pixels", "read"]

TOLERANCE = 4.0  # of 255, in the mean of a block
FOLDER = Path(__file__).parent / "baselines"
P_DATA, P_G = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "norm(0, 2)"
_SIZE, _DPI = (6.4, 4.0), 60
_CROWN = 0.2  # the legend's share of the height
_BLOCK = 4  # pixels: how a line is smoothed within so many is no difference


def _figure_1(ax: Any) -> Any:
    return plot_game(P_DATA, P_G, 0.6, generator="2*z", prior="norm(0, 1)", ax=ax)


def _atom_and_pole(ax: Any) -> Any:
    return plot_game("0.4*delta(1) + 0.6*beta(0.5, 0.5, 0, 2)", gt.Pushforward("relu(z)"), ax=ax)


def _value(ax: Any) -> Any:
    """Of a table that lacks some mass, so that errors are seen."""
    x = np.linspace(-4, 4, 41)
    p_data, p_g = gt.Tabulated(x, 0.991 * gt.Normal().pdf(x)), "0.4*delta(0) + 0.6*norm(1, 1)"
    return plot_value(p_data, p_g, {"D*": gt.optimal_discriminator(p_data, p_g), "a coin": 0.5, "real": 1.0}, ax=ax)


def _divergences(ax: Any) -> Any:
    """Of nested laws: each Kullback–Leibler divergence is infinite on one side."""
    return plot_divergences(gt.Uniform(0, 2), lambda t: gt.Uniform(-t, 2 + t), np.linspace(-0.95, 1.0, 27), ax=ax)


def _trajectory(ax: Any) -> Any:
    steps = np.arange(0, 13)
    excess = np.exp(-0.4 * steps)[:, None] * np.array([0.3, 0.4, 0.6, 0.9])
    given = {"excess": Estimate(excess, 0.3 * excess, "estimate"), "gap": Estimate(0.2 * excess)}
    given["criterion"] = given["excess"] - 1.3862943611198906
    return plot_trajectory(gt.Trajectory(gt.Normal(), steps, given), ax=ax)


def _reading(ax: Any) -> Any:
    """Hypotheses that hold, fail and are not shown."""
    steps = np.arange(0, 41.0)
    falls, rests = 0.5 * np.exp(-0.05 * steps), 0.2 + 0.3 * np.exp(-steps)
    values = np.stack([0.01 * falls, falls, rests], axis=1)
    excess = Estimate(values, 0.4 * values, "estimate")
    allowed = 0.25 * np.maximum(values, 0.02)
    return plot_reading(read_run(steps, excess, gap=Estimate(allowed * [0.1, 0.5, 4.0]), one_family=False), ax=ax)


def _pushforward(ax: Any) -> Any:
    return plot_pushforward(gt.Pushforward("max(z**3 - z, -0.8)"), samples=5000, rng=0, ax=ax)


def _frame(ax: Any) -> Any:
    """Of an animation, which makes a figure of its own."""
    p_data, p_g = "0.3*delta(0.4) + 0.7*beta(0.5, 0.5)", "0.6*delta(0.4) + 0.4*uniform(0, 1)"
    run = gt.mirror_descent(p_data, p_g, steps=1)
    scene = _Scene(run, 0)
    scene.show(1)
    return scene.ax


PICTURES: dict[str, Callable[[Any], Any]] = {
    "game": _figure_1,
    "game_atom_pole": _atom_and_pole,
    "value": _value,
    "divergences": _divergences,
    "trajectory": _trajectory,
    "reading": _reading,
    "pushforward": _pushforward,
    "frame": _frame,
}


def drawn(name: str) -> Figure:
    """A picture in the settings of matplotlib itself, at a fixed size, without its text."""
    fixed = mock.patch("gantheory.plotting.canvas.crown", return_value=_CROWN)
    with mpl.rc_context(), mpl.style.context("default"), fixed:
        ax = Figure(figsize=_SIZE, dpi=_DPI).subplots()
        figure = PICTURES[name](ax).figure
        figure.set_layout_engine("none")
        figure.set(size_inches=_SIZE, dpi=_DPI)
        figure.axes[0].set_position((0.05, 0.06, 0.9, 0.9))
        for legend in figure.findobj(Legend):
            legend.set_visible(False)
        for text in figure.findobj(Text):
            text.set_alpha(0.0) if isinstance(text, Annotation) and text.arrow_patch else text.set_visible(False)
    return figure


def pixels(figure: Figure) -> np.ndarray:
    """Red, green and blue of every pixel."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].astype(float)


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two pictures in the mean of a block, of 255."""
    if one.shape != other.shape:
        return 255.0
    return float(np.abs(_blocks(one) - _blocks(other)).max())


def _blocks(image: np.ndarray) -> np.ndarray:
    rows, columns = (n // _BLOCK for n in image.shape[:2])
    whole = image[: rows * _BLOCK, : columns * _BLOCK]
    return whole.reshape(rows, _BLOCK, columns, _BLOCK, 3).mean(axis=(1, 3))


def _regenerate() -> Iterator[str]:
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        path, image = FOLDER / f"{name}.png", pixels(drawn(name))
        change = difference(read(path), image) if path.exists() else 255.0
        if change > TOLERANCE:
            Image.fromarray(image.astype(np.uint8)).save(path, "png", optimize=True)
            yield f"{path}: changed by up to {change:.0f} of 255, {path.stat().st_size / 1024:.0f} KiB"


if __name__ == "__main__":
    for line in _regenerate():
        print(line)
