"""p_g at a few records of a run, and pictures as SVG for a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from gantheory.descent import mirror_descent
from gantheory.errors import DomainError
from gantheory.plotting import plot_frames, plot_game
from gantheory.plotting.vector import as_svg
from gantheory.trajectory import Trajectory


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def cells() -> Trajectory:
    """Two seeds, two records, four bounded cells."""
    masses = np.array([[[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]], [[0.25] * 4, [0.25] * 4]])
    return Trajectory.from_arrays("uniform(0, 4)", [0, 10], [0.0, 1.0, 2.0, 3.0, 4.0], masses)


def test_each_frame_shows_its_record() -> None:
    """p_g of the seed as the mean densities of its cells, all seeds as a band, p_data dotted."""
    axes = plot_frames(cells(), records=2, seed=1)
    assert [ax.get_title() for ax in axes] == ["step 0", "step 10"]
    for ax, height in zip(axes, (0.3, 0.25), strict=True):
        lines = {line.get_gid(): line for line in ax.lines}
        x = lines["p_g"].get_xdata()
        assert np.allclose(lines["p_g"].get_ydata()[(x > 2.1) & (x < 2.9)], height)
        assert np.allclose(lines["p_data"].get_ydata()[(x > 0.1) & (x < 3.9)], 0.25)
        assert [band.get_gid() for band in ax.collections] == ["all seeds"]
    assert len({ax.get_ylim() for ax in axes}) == len({ax.get_xlim() for ax in axes}) == 1


def test_a_run_of_few_records_has_few_frames() -> None:
    """Each once; of a single seed there is no band."""
    axes = plot_frames(mirror_descent("norm(0, 1)", "norm(2, 1.5)", steps=2), records=9)
    assert [ax.get_title() for ax in axes] == ["step 0", "step 1", "step 2"]
    assert not any(len(ax.collections) for ax in axes)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("a run",), {}, "must be a Trajectory"),
        ((), {"records": 1}, "records is 1"),
        ((), {"records": True}, "records is True"),
        ((), {"seed": 7}, "seed is 7"),
    ],
)
def test_bad_input_is_told(arguments: tuple[object, ...], options: dict[str, int], said: str) -> None:
    """The argument, its value and what is required."""
    with pytest.raises(DomainError, match=said):
        plot_frames(*(arguments or (cells(),)), **options)


def test_a_picture_is_one_svg_element_of_the_pages_colours() -> None:
    """Its black is the page's ink, its ids are its own, and the reader's settings stay as they were."""
    before = dict(mpl.rcParams)
    first, second = (
        as_svg(lambda figure: plot_game("norm(0, 1)", "norm(1, 1)", ax=figure.subplots()), name)
        for name in ("one", "two")
    )
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []
    root = ElementTree.fromstring(first.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids
    assert all(id is not None and id.startswith("one-") for id in ids)
    assert not set(ids) & set(re.findall(r' id="([^"]*)"', second))
    used = re.findall(r'href="#([^"]*)"', first) + re.findall(r"url\(#([^)]*)\)", first)
    assert used
    assert set(used) <= set(ids)
    assert "currentColor" in first
    assert "var(--green, #009e73)" in first
    assert "#010203" not in first
    assert "http" not in first


def test_a_picture_is_the_same_twice() -> None:
    """No date, and no ids by chance."""
    pictures = {as_svg(lambda figure: figure.subplots().plot([0, 1], [0, 1]), "line") for _ in range(2)}
    assert len(pictures) == 1
