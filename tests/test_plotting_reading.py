"""The picture of a reading shows the reading's figures."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from small_runs import run

from gantheory.contrasts import stalling_improvement
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.plotting import plot_reading
from gantheory.plotting.canvas import VERMILION
from gantheory.reading import read_run

STEPS = np.arange(0, 41.0)


@pytest.fixture
def ax() -> Any:
    """An Axes of a figure of its own, which nobody shows."""
    return Figure(figsize=(7, 4)).subplots()


def _marks(ax: Any) -> dict[str, Any]:
    return {
        line.get_gid(): line.get_xydata() for line in ax.lines if line.get_gid()[0] in "2H" and len(line.get_xdata())
    }


def _reading() -> Any:
    falls, rests = 0.5 * np.exp(-0.05 * STEPS), 0.2 + 0.3 * np.exp(-STEPS)
    excess = Estimate(np.stack([0.01 * falls, falls, rests], axis=1))
    allowed = 0.25 * np.maximum(excess.value, 0.02)
    return read_run(STEPS, excess, gap=Estimate(allowed * [0.1, 0.5, 4.0]), one_family=False)


def test_each_figure_is_where_it_was_measured(ax: Any) -> None:
    """One mark a figure and seed, at measured over allowed, open where it is not shown; rows in the seeds' order."""
    reading = _reading()
    assert plot_reading(reading, ax=ax) is ax
    marks = _marks(ax)
    assert np.allclose(marks["2·JSD at the end"][:, 0], [s.excess.value / 0.02 for s in reading])
    assert np.allclose(marks["H2 D at its optimum"][:, 0], [0.1, 0.5, 4.0])
    assert marks["H1 capacity"].shape == (1, 2)
    assert np.allclose(marks["H1 capacity not shown"][:, 0], [s.H1.ratio for s in reading][1:])
    (open_mark,) = (line for line in ax.lines if line.get_gid() == "H1 capacity not shown")
    assert open_mark.get_fillstyle() == "none"
    assert (np.round(marks["2·JSD at the end"][:, 1]) == [0, 1, 2]).all()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_a_ratio_beyond_the_picture_is_at_its_edge(ax: Any) -> None:
    """An infinite one too."""
    plot_reading(stalling_improvement("norm(0, 1)", "norm(1, 1.5)", steps=20), ax=ax)
    assert _marks(ax)["H3 improvement that does not fade"][0, 0] == 100.0
    assert _marks(ax)["H1 capacity"][0, 0] == 0.01
    assert ax.get_xlim()[1] > 100.0


def test_outcomes_are_the_labels(ax: Any) -> None:
    """What failed stands out, and the rest is in the reader's own ink."""
    plot_reading(_reading(), ax=ax)
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == ["0   converged", "1   unfinished", "2   H2 fails"]
    assert [to_hex(label.get_color()) == VERMILION.lower() for label in labels] == [False, False, True]
    assert len(ax.get_legend().get_texts()) == 4


def test_rows_are_named_by_their_seeds() -> None:
    """Not by their place."""
    trained = run("norm(3, 0.5)", seeds=[5, 3])
    labels = [label.get_text() for label in plot_reading(trained).get_yticklabels()]
    assert [label.split()[0] for label in labels] == ["5", "3"]


def test_what_was_not_measured_is_not_there(ax: Any) -> None:
    """And is in the legend all the same."""
    plot_reading(read_run(STEPS, Estimate(np.full((41, 1), 0.3))), ax=ax)
    assert "H2 D at its optimum" not in _marks(ax)
    assert "H2 D at its optimum" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_readers_own_settings(ax: Any) -> None:
    """The line at 1 is white where text is."""
    before = dict(mpl.rcParams)
    with mpl.rc_context({"text.color": "white"}):
        plot_reading(_reading(), ax=ax)
    (line,) = (line for line in ax.lines if line.get_gid() == "allowed")
    assert line.get_color() == "white"
    assert dict(mpl.rcParams) == before


def test_what_is_no_run_is_not_drawn(ax: Any) -> None:
    """It says what would be."""
    with pytest.raises(DomainError, match="must be a Trajectory"):
        plot_reading([1, 2], ax=ax)
    with pytest.raises(DomainError, match="ax is"):
        plot_reading(_reading(), ax="here")
