"""Pictures of a run: every line shows the measurement that its name says, and every frame its record."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from gantheory.contrasts import projected_gradient, stalling_improvement
from gantheory.densities import Beta, Discrete, Mixture, Normal, Uniform
from gantheory.descent import mirror_descent
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.flows import fisher_rao_flow
from gantheory.plotting import animate_training, plot_trajectory
from gantheory.plotting.animation import _Scene
from gantheory.trajectory import Trajectory

P, Q = Mixture([Normal(-2, 0.7), Normal(2.5, 1)]), Normal(0, 2)
GRID = np.linspace(-5, 5, 201)
ATOMS = Mixture([Discrete([0.0], [1.0]), Normal(0, 1)], [0.3, 0.7])


def of_seeds(seeds: int = 5, records: int = 7, **given: Any) -> Trajectory:
    """A made-up run of several seeds, known by the masses of cells."""
    inner = np.linspace(-5, 6, 45)
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    shares = np.clip(np.exp(-0.6 * np.arange(records))[:, None] + 0.02 * np.arange(1, seeds + 1), 0, 1)
    laws = [[Mixture([P, Normal(0.5 * k, 2)], [1 - w, w]) for k, w in enumerate(row)] for row in shares]
    masses = [[np.diff(np.concatenate([[0.0], law.cdf(inner), [1.0]])) for law in row] for row in laws]
    return Trajectory.from_arrays(P, 50 * np.arange(records), edges, masses, **given)


RUNS = {
    "halving": mirror_descent(P, Q, steps=10),
    "half steps": mirror_descent(P, Q, step=0.5, steps=10),
    "stalling": stalling_improvement(P, Q, steps=6),
    "swinging": projected_gradient(P, Q, steps=4),
    "flow": fisher_rao_flow(P, Q, times=[0, 0.5, 2.5]),
    "seeds": of_seeds(gap=np.full((7, 5), 0.02)),
    "atoms": mirror_descent(ATOMS, Mixture([Discrete([0.0], [1.0]), Normal(2, 1)], [0.6, 0.4]), steps=4),
    "discrete": mirror_descent(Discrete(range(4), [0.25] * 4), Discrete(range(4), [0.4, 0.4, 0.1, 0.1]), steps=3),
    "poles": mirror_descent(Beta(0.5, 0.5), Uniform(0, 1), step=0.5, steps=4),
    "grid": mirror_descent(Normal(0, 1).pdf(GRID), Normal(1, 1.2).pdf(GRID), steps=3, grid=GRID),
    "there from the start": mirror_descent(P, P, steps=3),
    "one record": mirror_descent(P, Q, steps=0),
}
of_every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


def axes() -> Any:
    """An Axes of a figure that pyplot does not know."""
    return Figure().subplots()


def of(ax: Any, gid: str) -> np.ndarray:
    """The heights of the one line of that name."""
    (line,) = [line for line in ax.lines if line.get_gid() == gid]
    return np.asarray(line.get_ydata(), dtype=float)


def points_of(line: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = line.get_data()
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def gids(ax: Any) -> list[str]:
    return [line.get_gid() for line in ax.lines]


# -- plot_trajectory ----------------------------------------


@of_every_run
def test_every_run_is_drawn(run: Trajectory) -> None:
    """Into the Axes that was given, without a warning, with every excess inside the picture."""
    ax = axes()
    assert plot_trajectory(run, ax=ax) is ax
    ax.figure.draw_without_rendering()
    ax.figure.canvas.draw()
    low, high = ax.get_ylim()
    excess = np.asarray(run.excess.value)
    assert (excess[excess > 0] > low).all()
    assert excess.max() < high


@pytest.mark.parametrize("name", ["halving", "half steps", "stalling", "swinging", "flow"])
def test_lines_are_the_measurements(name: str) -> None:
    """Of one seed to the last bit, infinities left out; a bound only where there is one."""
    run = RUNS[name]
    ax = plot_trajectory(run, ax=axes())
    drawn = [gid for gid in ("excess", "bound", "kappa_bound") if gid in run.measurements]
    assert [gid for gid in gids(ax) if gid != "log 4"][::-1] == drawn
    for gid in drawn:
        values = np.asarray(run.measurements[gid].value)[:, 0]
        assert np.array_equal(of(ax, gid), np.where(np.isfinite(values), values, np.nan), equal_nan=True)
    (legend,) = [ax.get_legend()]
    assert len(legend.get_texts()) == len(drawn)


def test_a_bound_lies_above_the_excess() -> None:
    """What the picture is for."""
    for name in ("halving", "half steps"):
        ax = plot_trajectory(RUNS[name], ax=axes())
        assert (of(ax, "bound") >= of(ax, "excess")).all()
        assert (of(ax, "kappa_bound") >= of(ax, "excess") * (1 - 1e-12)).all()


def test_several_seeds_are_thin_lines_and_their_median() -> None:
    """And the gap's median where it was measured."""
    run = RUNS["seeds"]
    ax = plot_trajectory(run, ax=axes())
    assert gids(ax).count("seed") == run.seeds
    excess = np.asarray(run.excess.value)
    assert np.array_equal(of(ax, "excess"), np.median(excess, axis=1))
    seeds = [np.asarray(line.get_ydata()) for line in ax.lines if line.get_gid() == "seed"]
    assert np.array_equal(np.stack(seeds, axis=1), excess)
    assert np.array_equal(of(ax, "gap"), np.full(run.records, 0.02))


def test_a_band_holds_the_median_of_whatever_the_errors_allow() -> None:
    """Seeds whose errors are large: the median of any values within them lies in the band."""
    rng = np.random.default_rng(0)
    value, error = rng.uniform(0.1, 1.0, (6, 4)), rng.uniform(0.0, 0.09, (6, 4))
    excess = Estimate(value, error, "estimate")
    run = Trajectory(P, np.arange(6), {"criterion": excess - math.log(4), "excess": excess})
    ax = plot_trajectory(run, ax=axes())
    (band,) = [c for c in ax.collections if c.get_gid() == "excess error"]
    vertices = band.get_paths()[0].vertices
    for _ in range(50):
        median = np.median(value + error * rng.uniform(-1, 1, value.shape), axis=1)
        for step, height in enumerate(median):
            here = vertices[vertices[:, 0] == step, 1]
            assert here.min() <= height <= here.max()


def test_an_excess_of_0_is_a_triangle_at_the_foot() -> None:
    """It has no place on a log scale, and is not left out in silence."""
    ax = plot_trajectory(RUNS["there from the start"], ax=axes())
    assert np.array_equal(of(ax, "excess is 0"), np.full(4, ax.get_ylim()[0]))


def test_a_stopped_seed_ends_in_a_cross() -> None:
    """One, where its last good state is."""
    run = of_seeds(stopped=[None, None, "nan in the weights at step 120", None, None])
    ax = plot_trajectory(run, ax=axes())
    assert of(ax, "stopped").tolist() == [float(np.asarray(run.excess.value)[-1, 2])]


def test_the_axis_says_what_it_counts() -> None:
    """Steps, or times; and the log 4 of disjoint laws where a run comes near it."""
    assert plot_trajectory(RUNS["halving"], ax=axes()).get_xlabel() == "step"
    assert plot_trajectory(RUNS["flow"], ax=axes()).get_xlabel() == "$t$"
    assert "log 4" in gids(plot_trajectory(RUNS["swinging"], ax=axes()))
    assert "log 4" not in gids(plot_trajectory(RUNS["stalling"], ax=axes()))


def test_nothing_else_is_touched() -> None:
    """Neither rcParams nor pyplot's figures; without an Axes there is one figure more. A dark style is honoured."""
    plt.close("all")
    mpl.get_backend()  # which is found out when it is first asked for
    before = mpl.rcParams.copy()
    plot_trajectory(RUNS["seeds"], ax=axes())
    assert mpl.rcParams == before
    assert plt.get_fignums() == []
    ax = plot_trajectory(RUNS["halving"])
    assert plt.get_fignums() == [ax.figure.number]
    plt.close("all")
    with mpl.rc_context({"text.color": "white"}):
        dark = plot_trajectory(RUNS["swinging"], ax=axes())
    assert [line.get_color() for line in dark.lines if line.get_gid() == "log 4"] == ["white"]


@pytest.mark.parametrize("given", [None, "run.npz", [0.1, 0.2]])
def test_what_is_no_run_is_refused(given: Any, tmp_path: Path) -> None:
    """By both pictures."""
    with pytest.raises(DomainError, match="must be a Trajectory"):
        plot_trajectory(given, ax=axes())
    with pytest.raises(DomainError, match="must be a Trajectory"):
        animate_training(given, tmp_path / "run.gif")


def test_what_is_no_axes_is_refused() -> None:
    """An array of Axes among them."""
    with pytest.raises(DomainError, match=r"^ax is of type ndarray"):
        plot_trajectory(RUNS["halving"], ax=np.empty(2, dtype=object))


# -- animate_training ----------------------------------------


@of_every_run
def test_every_run_is_a_gif_of_its_records(run: Trajectory, tmp_path: Path) -> None:
    """A frame each, of one size, all shown for as long but for the last; and nothing else is left in the folder."""
    path = tmp_path / "run.gif"
    assert animate_training(run, str(path), fps=4) == path
    assert [one.name for one in tmp_path.iterdir()] == ["run.gif"]
    with Image.open(path) as gif:
        assert gif.format == "GIF"
        assert gif.n_frames == run.records  # type: ignore[attr-defined]
        assert gif.size == (512, 288)
        durations = []
        for record in range(run.records):
            gif.seek(record)
            durations.append(gif.info.get("duration"))
    assert durations == [250] * (run.records - 1) + [250 + 1000]


@pytest.mark.parametrize("name", ["half steps", "poles", "grid", "flow"])
def test_a_frame_shows_the_density_of_its_record(name: str) -> None:
    """Of the law itself, below the top, and p_data's own."""
    run = RUNS[name]
    scene = _Scene(run, 0)
    for record in (0, run.records - 1):
        scene.show(record)
        x, y = points_of(scene.p_g["line"])
        low = y < scene.stage.top
        assert low.sum() > 100
        assert np.array_equal(y[low], np.asarray(run.p_g(record).pdf(x))[low])
    x, y = points_of(next(line for line in scene.ax.lines if line.get_gid() == "p_data"))
    assert np.array_equal(y[y < scene.stage.top], np.asarray(run.p_data.pdf(x))[y < scene.stage.top])


def test_a_frame_of_cells_holds_their_masses() -> None:
    """The area of the stairs over each bounded cell is its mass, of the seed that was asked for."""
    run = RUNS["seeds"]
    scene = _Scene(run, 3)
    scene.show(2)
    x, y = points_of(scene.p_g["line"])
    areas = (y[1:-1:2] * (x[2::2] - x[1:-1:2]))[: np.asarray(run.edges).size - 3]
    assert areas == pytest.approx(np.asarray(run.masses)[2, 3, 1:-1], abs=1e-15)
    assert areas != pytest.approx(np.asarray(run.masses)[2, 0, 1:-1], abs=1e-3)


def test_atoms_are_stems_as_high_as_their_masses() -> None:
    """On the right scale beside a density, on the left one alone."""
    scene = _Scene(RUNS["atoms"], 0)
    ((foot, head),) = scene.p_g["stems"].get_segments()
    assert (foot.tolist(), head.tolist()) == ([0.0, 0.0], [0.0, pytest.approx(0.6 * scene.stage.top)])
    scene = _Scene(RUNS["discrete"], 0)
    assert [segment[1, 1] for segment in scene.p_g["stems"].get_segments()] == pytest.approx([0.4, 0.4, 0.1, 0.1])
    assert scene.ax.get_ylabel() == "mass of an atom"


def test_a_pole_is_marked_in_every_frame() -> None:
    """Of p_data from the start, of p_g when it has one; and no line leads over the end of a support."""
    scene = _Scene(RUNS["poles"], 0)
    (triangles,) = (line for line in scene.ax.lines if line.get_gid() == "p_data peak")
    assert triangles.get_xdata() == pytest.approx([0, 1])
    assert [text.get_text() for text in scene.ax.texts].count("∞") == 2
    assert len(scene.p_g["peaks"].get_xdata()) == 0
    assert points_of(scene.p_g["line"])[0][np.isnan(points_of(scene.p_g["line"])[1])].tolist() == [0, 1]
    scene.show(RUNS["poles"].records - 1)
    assert scene.p_g["peaks"].get_xdata() == pytest.approx([0, 1])
    assert [text.get_text() for text in scene.ax.texts].count("∞") == 4
    scene.show(0)  # what was drawn of another record is gone
    assert [text.get_text() for text in scene.ax.texts].count("∞") == 2


def test_the_numbers_in_a_frame_are_the_records() -> None:
    """JSD is half the excess; where it is not told from 0 a frame says what it is at most."""
    scene = _Scene(RUNS["halving"], 0)
    scene.show(1)
    jsd = 0.5 * float(RUNS["halving"].excess[1, 0].value)
    assert (scene.step.get_text(), scene.jsd.get_text()) == ("step 1", f"JSD = {jsd:.3g} nats")
    scene = _Scene(RUNS["flow"], 0)
    scene.show(2)
    assert scene.step.get_text() == "t = 2.5"
    excess = Estimate([[0.1], [1e-3]], [[0.0], [0.02]], "sample")
    run = Trajectory(P, [0, 1], {"criterion": excess, "excess": excess}, laws=lambda record, seed: Q)
    scene = _Scene(run, 0)
    scene.show(1)
    assert scene.jsd.get_text() == "JSD ≤ 0.0105 nats"
    assert _Scene(RUNS["there from the start"], 0).jsd.get_text() == "JSD = 0 nats"


def test_the_last_frame_differs_from_the_first(tmp_path: Path) -> None:
    """p_g has moved, in pixels."""
    with Image.open(animate_training(RUNS["halving"], tmp_path / "run.gif", fps=2)) as gif:
        first = np.asarray(gif.convert("RGB"), dtype=int)
        gif.seek(10)
        last = np.asarray(gif.convert("RGB"), dtype=int)
    assert (np.abs(first - last).max(axis=-1) > 60).mean() > 0.005


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Before anything is drawn, and with what is there left as it was."""
    run = RUNS["halving"]
    with pytest.raises(DomainError, match="cannot be written"):
        animate_training(run, tmp_path / "no such folder" / "run.gif")
    (tmp_path / "a file").write_text("kept")
    with pytest.raises(DomainError, match="cannot be written"):
        animate_training(run, tmp_path / "a file" / "run.gif")
    (tmp_path / "folder.gif").mkdir()
    with pytest.raises(DomainError, match="cannot be written"):
        animate_training(run, tmp_path / "folder.gif")
    for name in ("run.png", "run", ".gif"):
        with pytest.raises(DomainError, match=r"ends in \.gif"):
            animate_training(run, tmp_path / name)
    with pytest.raises(DomainError, match=r"ends in \.gif"):
        animate_training(run, None)  # type: ignore[arg-type]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a file", "folder.gif"]


def test_an_earlier_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And kept where drawing fails."""
    path = animate_training(RUNS["one record"], tmp_path / "run.gif")
    before = path.read_bytes()

    def fails(self: Any, record: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_Scene, "show", fails)
        with pytest.raises(KeyboardInterrupt):
            animate_training(RUNS["halving"], path)
    assert path.read_bytes() == before
    animate_training(RUNS["halving"], path)
    assert path.read_bytes() != before
    assert [one.name for one in tmp_path.iterdir()] == ["run.gif"]


@pytest.mark.parametrize("fps", [0, -1, 51, math.nan, "10", True, None])
def test_impossible_speeds_are_refused(fps: Any, tmp_path: Path) -> None:
    """A GIF counts in hundredths of a second."""
    with pytest.raises(DomainError, match=r"^fps is .*\(0, 50\]"):
        animate_training(RUNS["halving"], tmp_path / "run.gif", fps=fps)


def test_seeds_that_are_not_there_and_runs_without_p_g_are_refused(tmp_path: Path) -> None:
    """With the trajectory's own words."""
    with pytest.raises(DomainError, match="seed is 5"):
        animate_training(RUNS["seeds"], tmp_path / "run.gif", seed=5)
    excess = Estimate([[0.1]])
    bare = Trajectory(P, [0], {"criterion": excess, "excess": excess})
    with pytest.raises(DomainError, match="kept no p_g"):
        animate_training(bare, tmp_path / "run.gif")
    assert list(tmp_path.iterdir()) == []


def test_an_animation_touches_nothing_else(tmp_path: Path) -> None:
    """Neither rcParams nor pyplot's figures."""
    plt.close("all")
    mpl.get_backend()  # which is found out when it is first asked for
    before = mpl.rcParams.copy()
    animate_training(RUNS["one record"], tmp_path / "run.gif")
    assert mpl.rcParams == before
    assert plt.get_fignums() == []
