"""Grids, and pairs of arrays of densities on them: what a divergence of arrays is tested on."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import Discrete, Laplace, Law, Logistic, Mixture, Normal
from gantheory.grid import Grid
from gantheory.strategies.generators import TENTHS
from gantheory.strategies.laws import SCALES, SHARES, named, weights_of

__all__ = ["GRID_KINDS", "DrawnGrid", "counting", "grid_pairs", "grids", "on_grid", "panels", "points"]

Array = Any
_HALF = 9.0  # standard deviations to either side: what N(0, 1) has beyond them is 2e-19
_MOST_ATOMS = 6


def grids(*, kinds: Sequence[str] | None = None) -> SearchStrategy[Grid]:
    """Grids: a dominating measure made finite.

    Parameters
    ----------
    kinds : sequence of str, optional
        Names out of `GRID_KINDS`; a drawn example shrinks towards the first. All by default:

        - ``panels``: Gauss–Legendre nodes on panels of uneven width;
        - ``points``: sorted points of uneven step, as a user has them;
        - ``counting``: two to seven points, on which densities are probabilities;
        - ``panels and atoms``: both together, for laws with a density and atoms.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of `Grid`. The simplest is of panels on [-9, 9].

    Raises
    ------
    DomainError
        If a kind is unknown, or none is named.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(grids(kinds=["panels", "points"]))
    ... def test_the_weights_are_the_length(grid):
    ...     assert grid.integrate(1 + 0 * grid.points).value >= np.ptp(grid.points) * (1 - 1e-12)
    >>> test_the_weights_are_the_length()
    """
    chosen = named("kinds", kinds, tuple(GRID_KINDS))
    return st.one_of(*(st.one_of(st.builds(_SIMPLEST[name]), GRID_KINDS[name]()) for name in chosen))


def grid_pairs(*, kinds: Sequence[str] | None = None) -> SearchStrategy[tuple[Grid, Array, Array]]:
    """A grid and two densities on it, which the grid resolves.

    Parameters
    ----------
    kinds : sequence of str, optional
        As for `grids`. On ``counting`` grids the arrays are probability vectors, in which some entries may be 0.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Tuples (grid, p, q) of mass 1. The simplest is the standard normal density twice.

    Raises
    ------
    DomainError
        If a kind is unknown, or none is named.

    Examples
    --------
    scipy's ``jensenshannon`` of two probability vectors is the square root of the divergence, in nats:

    >>> from hypothesis import given
    >>> from scipy.spatial.distance import jensenshannon
    >>> from gantheory import js_divergence
    >>> @given(grid_pairs(kinds=["counting"]))
    ... def test_scipys_is_the_square_root(drawn):
    ...     grid, p, q = drawn
    ...     assert abs(jensenshannon(p, q) ** 2 - float(js_divergence(p, q, grid=grid))) < 1e-14
    >>> test_scipys_is_the_square_root()
    """
    chosen = named("kinds", kinds, tuple(GRID_KINDS))
    return st.one_of(
        *(
            st.one_of(st.builds(on_grid, *map(st.just, _standard_on(name))), GRID_KINDS[name]().flatmap(_pairs_on))
            for name in chosen
        )
    )


# -- what a failing test prints: calls that can be typed ---------------------------------------------------------------


class DrawnGrid(Grid):
    """A grid that shows itself as the call that makes it, not as hundreds of numbers.

    Examples
    --------
    >>> grid = points([1.0, 2.0]) + counting(2)
    >>> grid, len(grid)
    (points([1.0, 2.0], 0.0, 1.0, 200) + counting(2), 203)
    """

    def __init__(self, grid: Grid, call: str) -> None:
        super().__init__(grid.points, grid.weights, grid.poorer, grid.atomic, grid.in_order)
        object.__setattr__(self, "call", call)

    def __repr__(self) -> str:
        return vars(self)["call"]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """hypothesis writes out the fields of a dataclass that has no printer of its own."""
        printer.text(repr(self))

    def __add__(self, other: Grid) -> Grid:
        both = super().__add__(other)
        return DrawnGrid(both, f"{self!r} + {other!r}") if isinstance(other, DrawnGrid) else both


def panels(steps: Sequence[float], centre: float = 0.0, unit: float = 1.0, order: int = 24) -> Grid:
    """Panels over 18 units about a centre, their widths as the steps."""
    made = Grid.panels(_spread(steps, centre, unit), order=order)
    return DrawnGrid(made, f"panels({list(steps)!r}, {centre!r}, {unit!r}, {order!r})")


def points(steps: Sequence[float], centre: float = 0.0, unit: float = 1.0, number: int = 200) -> Grid:
    """Points over 18 units about a centre, a number of steps apart, which are these over and over."""
    made = Grid.from_points(_spread(np.resize(steps, number), centre, unit))
    return DrawnGrid(made, f"points({list(steps)!r}, {centre!r}, {unit!r}, {number!r})")


def counting(at: int | Sequence[float]) -> Grid:
    """Counting measure on some points; a number n stands for range(n)."""
    return DrawnGrid(Grid.counting(at), f"counting({at!r})")


def _spread(steps: Sequence[float] | Array, centre: float, unit: float) -> Array:
    """Numbers over 18 units about a centre, their distances as the steps."""
    share = np.concatenate([[0.0], np.cumsum(steps)]) / np.sum(steps)
    return centre + unit * _HALF * (2.0 * share - 1.0)


def on_grid(grid: Grid, p: Law, q: Law) -> tuple[Grid, Array, Array]:
    """Both laws as arrays on the grid, of mass 1 there."""

    def values(law: Law) -> Array:
        return np.where(np.asarray(grid.atomic), np.exp(law.log_masses_at(grid.points)), law.pdf(grid.points))

    return grid, grid.normalize(values(p)), grid.normalize(values(q))


def _pairs_on(grid: Grid) -> SearchStrategy[tuple[Grid, Array, Array]]:
    atoms, lines = (grid.points[grid.atomic == kind] for kind in (True, False))
    if not len(lines):
        one = _masses(atoms)
    elif not len(atoms):
        one = _smooth(lines)
    else:
        both = st.tuples(_smooth(lines), _masses(atoms), SHARES)
        one = both.map(lambda drawn: Mixture(drawn[:2], weights_of([1.0, drawn[2]])))
    return st.builds(on_grid, st.just(grid), one, one)


def _standard_on(name: str) -> tuple[Grid, Law, Law]:
    """The simplest grid of a kind, and one law twice."""
    grid, lines, atoms = _SIMPLEST[name](), Normal(0.0, 1.0), Discrete([0.0, 1.0], [0.5, 0.5])
    law = {"counting": atoms, "panels and atoms": Mixture([lines, atoms], [0.5, 0.5])}.get(name, lines)
    return grid, law, law


@st.composite
def _smooth(draw: st.DrawFn, points: Array) -> Law:
    """A law that lies within the points, and is wide enough for their steps."""
    low, high = float(points.min()), float(points.max())
    centre, unit = round(0.5 * (low + high), 6), round(0.5 * (high - low) / _HALF, 6)
    family: Any = draw(st.sampled_from([Normal, Logistic, Laplace]))
    return family(centre + unit * draw(TENTHS), unit * (1.0 + draw(st.integers(0, 10)) / 10))


def _masses(points: Array) -> SearchStrategy[Law]:
    """Probabilities of some of the points, the others having none."""
    parts = st.lists(st.tuples(st.sampled_from(points.tolist()), SHARES), min_size=1, unique_by=lambda part: part[0])
    return parts.map(lambda drawn: Discrete([x for x, _ in drawn], weights_of([share for _, share in drawn])))


# -- kinds -------------------------------------------------------------------------------------------------------------

_STEPS = st.sampled_from([1.0, 1.5, 2.0])


def _panels() -> SearchStrategy[Grid]:
    return st.builds(panels, st.lists(_STEPS, min_size=9, max_size=15), TENTHS, SCALES, st.sampled_from([24, 32]))


def _points() -> SearchStrategy[Grid]:
    """A few steps, over and over: uneven everywhere, and drawn in few numbers."""
    return st.builds(points, st.lists(_STEPS, min_size=1, max_size=5), TENTHS, SCALES, st.integers(200, 400))


def _counting() -> SearchStrategy[Grid]:
    several = st.lists(TENTHS, min_size=2, max_size=_MOST_ATOMS, unique=True).map(sorted)
    return st.builds(counting, st.one_of(st.integers(2, _MOST_ATOMS + 1), several))


def _panels_and_atoms() -> SearchStrategy[Grid]:
    return st.builds(operator.add, _panels(), _counting())


GRID_KINDS: dict[str, Callable[[], SearchStrategy[Grid]]] = {
    "panels": _panels,
    "points": _points,
    "counting": _counting,
    "panels and atoms": _panels_and_atoms,
}
_SIMPLEST: dict[str, Callable[[], Grid]] = {
    "panels": lambda: panels([1.0] * 9),
    "points": lambda: points([1.0]),
    "counting": lambda: counting(2),
    "panels and atoms": lambda: panels([1.0] * 9) + counting(2),
}
