"""The picture of one generator taken apart shows what the law says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from gantheory.densities import Normal
from gantheory.errors import DomainError
from gantheory.plotting import plot_pushforward
from gantheory.pushforward import Pushforward


@pytest.fixture
def ax() -> Any:
    """An Axes of a figure of its own, which nobody shows."""
    return Figure(figsize=(8, 4)).subplots()


def _gids(ax: Any) -> list[str]:
    return [artist.get_gid() for artist in ax.get_children() if artist.get_gid()]


def test_a_generator_is_taken_apart(ax: Any) -> None:
    """Every branch, critical point, critical value and pole is drawn where the law says."""
    law = Pushforward("z**3 - z", Normal(0, 0.8))
    assert plot_pushforward(law, samples=20_000, rng=0, ax=ax) is ax
    below, beside = ax.child_axes
    assert _gids(ax).count("branch") == 3
    dots = [line.get_xydata()[0] for line in ax.lines if line.get_gid() == "critical point"]
    assert np.allclose(dots, [[-(3**-0.5), 2 / 27**0.5], [3**-0.5, -2 / 27**0.5]], atol=1e-12)
    poles = sorted(line.get_ydata()[0] for line in beside.lines if line.get_gid() == "pole")
    assert np.allclose(poles, [-2 / 27**0.5, 2 / 27**0.5], atol=1e-12)
    assert _gids(below) == ["prior"]
    (curve,) = (line for line in beside.lines if line.get_gid() == "p_g")
    density, x = curve.get_data()
    inside = density < 5
    assert np.allclose(density[inside], law.pdf(np.asarray(x)[inside]), rtol=1e-12)
    (histogram,) = (patch for patch in beside.patches if patch.get_gid() == "histogram")
    values, edges, _ = histogram.get_data()
    masses = law.probability(edges[:-1], edges[1:])
    assert np.abs(values * np.diff(edges) - masses).max() < 5 * 0.5 / math.sqrt(20_000)


def test_flat_pieces_are_drawn_as_atoms(ax: Any) -> None:
    """A thick piece of the graph, and a bar of the atom's mass, which the histogram leaves out."""
    plot_pushforward(Pushforward("clip(z, -1, 1)"), samples=1000, rng=0, ax=ax)
    _, beside = ax.child_axes
    assert _gids(ax).count("flat piece") == 2
    assert _gids(beside).count("atom") == 2
    assert [text.get_text() for text in beside.texts] == ["mass 0.159", "mass 0.159"]


def test_what_is_no_generator_is_not_drawn(ax: Any) -> None:
    """A named law has no z, and a sample has a size."""
    with pytest.raises(DomainError, match="law of a generator"):
        plot_pushforward(Normal(0, 1), ax=ax)
    with pytest.raises(DomainError, match="samples is -1"):
        plot_pushforward(Pushforward("z"), samples=-1, ax=ax)
