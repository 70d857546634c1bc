"""Pictures compared with those that were looked at and committed: few, small, and drawn in fixed settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from baselines import FOLDER, PICTURES, TOLERANCE, difference, drawn, pixels, read
from matplotlib.figure import Figure

HIDDEN = {  # what cannot be seen in its picture: the error is smaller than a pixel, or the bar has no length
    "divergences": {f"{row} error" for row in ("C", "2 JSD", "JSD", "KL(p||q)", "KL(q||p)", "TV", "W1")},
    "trajectory": {"gap error"},
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_that_was_looked_at(name: str) -> None:
    """Whatever the versions of matplotlib and FreeType; after a change that is meant: python tests/baselines.py."""
    found = difference(pixels(drawn(name)), read(FOLDER / f"{name}.png"))
    assert found <= TOLERANCE, f"{name} differs by {found:.0f} of 255; if it is meant: python tests/baselines.py"


def test_the_pictures_are_few_and_small() -> None:
    """One or two a function, and no picture that nothing draws."""
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PICTURES)
    assert len(PICTURES) <= 8
    assert max(path.stat().st_size for path in FOLDER.iterdir()) <= 40 * 1024


def artists(figure: Figure) -> Iterator[tuple[str, Any]]:
    """Whatever has a name and something to show."""
    for ax in (figure.axes[0], *figure.axes[0].child_axes):
        named = [one for one in (*ax.lines, *ax.collections, *ax.patches, *ax.texts) if one.get_gid()]
        for one in named:
            empty = hasattr(one, "get_ydata") and not np.isfinite(np.asarray(one.get_ydata(), dtype=float)).any()
            if not empty:
                yield one.get_gid(), one


@pytest.mark.parametrize("name", PICTURES)
def test_the_tester_is_tested(name: str) -> None:
    """A picture that lacks any one of its curves, marks, bands or arrows is told from the committed one."""
    figure, committed = drawn(name), read(FOLDER / f"{name}.png")
    changes: dict[str, float] = {}
    for gid, artist in artists(figure):
        artist.set_visible(False)
        changes[gid] = max(changes.get(gid, 0.0), difference(pixels(figure), committed))
        artist.set_visible(True)
    assert {gid for gid, change in changes.items() if change <= TOLERANCE} == HIDDEN.get(name, set())
    assert len(changes) > 3


def test_a_curve_that_has_moved_is_told() -> None:
    """By a hundredth of its height."""
    figure, committed = drawn("game"), read(FOLDER / "game.png")
    (line,) = [line for line in figure.axes[0].lines if line.get_gid() == "p_g"]
    line.set_ydata(1.01 * np.asarray(line.get_ydata(), dtype=float))
    assert difference(pixels(figure), committed) > TOLERANCE


def test_pictures_of_another_size_differ() -> None:
    """By all there is."""
    assert difference(np.zeros((8, 8, 3)), np.zeros((8, 16, 3))) == 255.0
