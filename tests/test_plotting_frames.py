"""p_g at a few records of a run, and pictures as SVG for a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

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


def frames(run: Trajectory, **options: Any) -> list[Any]:
    """The frames of a picture, in order."""
    ax = plot_frames(run, **options)
    return [ax, *(one for one in ax.child_axes if one.get_title())]


def named(ax: Any) -> dict[str, Any]:
    return {artist.get_gid(): artist for artist in (*ax.lines, *ax.collections, *ax.patches)}


def stems(ax: Any, name: str) -> dict[float, float]:
    """Where they stand, and how high they are drawn."""
    return {head[0]: head[1] for _, head in named(ax)[f"{name} stems"].get_segments()}


def test_each_frame_shows_its_record() -> None:
    """p_g of the seed as the mean densities of its cells, all seeds as a band, p_data dotted."""
    shown = frames(cells(), records=2, seed=1)
    assert [ax.get_title() for ax in shown] == ["step 0", "step 10"]
    for ax, heights, ends in zip(
        shown, ([0.1, 0.2, 0.3, 0.4], [0.25] * 4), ([0.1, 0.2, 0.3, 0.4], [0.25] * 2), strict=True
    ):
        lines = named(ax)
        assert lines["p_g"].get_xdata().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        assert lines["p_g"].get_ydata()[1:-1:2] == pytest.approx(heights)
        x, density = lines["p_data"].get_data()
        inside = (x > 0.1) & (x < 3.9)
        assert inside.sum() > 100
        assert density[inside] == pytest.approx(0.25)
        corners = np.round(lines["all seeds"].get_paths()[0].vertices[:, 1], 12)
        assert set(corners) - {0.0} == set(ends)
    assert len({ax.get_ylim() for ax in shown}) == len({ax.get_xlim() for ax in shown}) == 1


def test_a_run_of_few_records_has_few_frames() -> None:
    """Each once; of a single seed there is no band."""
    shown = frames(mirror_descent("norm(0, 1)", "norm(2, 1.5)", steps=2), records=9)
    assert [ax.get_title() for ax in shown] == ["step 0", "step 1", "step 2"]
    assert not any("all seeds" in named(ax) for ax in shown)


def test_atoms_alone_are_stems_on_the_scale_of_masses() -> None:
    """Binomial against uniform on five points: every mass at its height, of both laws, and no curve at 0."""
    first, last = frames(mirror_descent("binom(4, 0.5)", "randint(0, 5)", steps=4), records=2)
    binomial = {x: mass / 16 for x, mass in enumerate([1, 4, 6, 4, 1])}
    for ax in (first, last):
        assert stems(ax, "p_data") == pytest.approx(binomial)
        assert max(line.get_ydata().size for line in ax.lines) == 0
    assert stems(first, "p_g") == pytest.approx(dict.fromkeys(range(5), 0.2))
    assert stems(last, "p_g") == pytest.approx(binomial, abs=0.02)
    assert first.get_ylabel() == "mass of an atom"


def test_atoms_among_densities_are_stems_on_the_right_scale() -> None:
    """0.3 and 0.6 of the way from 0 to 1, which stands at the right end."""
    run = mirror_descent("0.3*delta(0) + 0.7*norm(0, 1)", "0.6*delta(0) + 0.4*norm(2, 1)", steps=12)
    ax = plot_frames(run, records=3)
    shown = frames(run, records=3)
    (scale,) = (one for one in shown[-1].child_axes if one.get_ylabel() == "mass of an atom")
    assert not any(one.get_ylabel() for one in shown[1].child_axes)
    high = ax.spines["left"].get_bounds()[1]
    assert scale.spines["right"].get_bounds() == (0, 1)
    assert stems(shown[0], "p_data") == pytest.approx({0.0: 0.3 * high})
    assert stems(shown[0], "p_g") == pytest.approx({0.0: 0.6 * high})
    assert stems(shown[-1], "p_g") == pytest.approx({0.0: 0.3 * high}, rel=1e-3)


def test_poles_end_in_a_triangle_and_infinity() -> None:
    """Of Beta(1/2, 1/2) in every frame; of p_g, which starts as the uniform law, once it has them."""
    first, last = frames(mirror_descent("beta(0.5, 0.5)", "uniform(0, 1)", step=0.5, steps=12), records=2)
    assert [text.get_text() for text in first.texts] == ["∞"] * 2
    assert [text.get_text() for text in last.texts] == ["∞"] * 4
    for ax, of_p_g in ((first, []), (last, [0, 1])):
        high = ax.spines["left"].get_bounds()[1]
        assert named(ax)["p_data peak"].get_xdata() == pytest.approx([0, 1])
        assert (named(ax)["p_data peak"].get_ydata() < high).all()
        assert named(ax)["p_g peak"].get_xdata() == pytest.approx(of_p_g)


def test_frames_divide_the_place_that_they_are_given() -> None:
    """In one of two cells of a figure, from its left end to its right; the same when drawn again."""
    figure = Figure(figsize=(12, 3))
    ax, other = figure.subplots(1, 2)
    place = ax.get_position()
    assert plot_frames(cells(), records=2, ax=ax) is ax
    plot_frames(cells(), records=2, ax=ax)
    figure.draw_without_rendering()
    (first, last) = (one.get_position() for one in (ax, ax.child_axes[0]))
    assert (first.x0, first.height) == pytest.approx((place.x0, place.height))
    assert last.x1 == pytest.approx(place.x1)
    assert first.width == pytest.approx(last.width)
    assert first.x1 < last.x0
    assert not other.has_data()


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


def test_what_is_no_axes_is_refused() -> None:
    """A figure among them; and a log scale, on which a frame has no place."""
    with pytest.raises(DomainError, match=r"^ax is of type Figure"):
        plot_frames(cells(), ax=Figure())
    ax = Figure().subplots()
    ax.set_yscale("log")
    with pytest.raises(DomainError, match="ax has a log scale in y"):
        plot_frames(cells(), ax=ax)


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
