"""The rule and its panels: degree of exactness, anchored nodes, coverage, kinks, and what it refuses."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special

from gantheory.errors import DomainError
from gantheory.panels import EPS, GAUSS, KRONROD, NODES, Edges, Panels, Points, panels
from gantheory.quadrature import integrate
from gantheory.splitting import split_at_changes, split_at_roots


def on(function: Any, edges: Any, **tolerances: float) -> Any:
    """The integral of a function of x over panels between some anchors."""

    def integrand(points: Points) -> tuple[Any, Any]:
        values = function(points)
        return values, 2 * EPS * np.abs(values)

    options = {"rtol": 1e-12, "atol": 0.0} | tolerances
    return integrate(panels(edges), integrand, **options)


def ends(cells: Panels) -> np.ndarray:
    """The offsets of both ends of each panel."""
    points, _ = cells.points(np.stack([cells.a, cells.b], axis=1))
    return np.sort(np.broadcast_to(points.offset, (len(cells), 2)), axis=1)  # a graded panel may run inwards


# -- the rule ----------------------------------------


@pytest.mark.parametrize(("weights", "degree"), [(GAUSS, 29), (KRONROD, 46)], ids=["gauss-15", "kronrod-31"])
def test_degree_of_exactness(weights: np.ndarray, degree: int) -> None:
    """Each rule integrates its polynomials over [-1, 1] to rounding, summed exactly."""
    for power in range(degree + 1):
        exact = Fraction(2, power + 1) if power % 2 == 0 else Fraction(0)
        terms = (Fraction(w) * Fraction(x) ** power for w, x in zip(weights.tolist(), NODES.tolist(), strict=True))
        assert abs(sum(terms, Fraction(0)) - exact) < 4e-16, power


def test_degree_is_no_higher() -> None:
    """Higher even powers are missed, by the Gauss rule long before the other: their difference is an error."""
    assert abs(GAUSS @ NODES**30 - 2 / 31) > 1e-10
    assert abs(GAUSS @ NODES**60 - 2 / 61) > 1e3 * abs(KRONROD @ NODES**60 - 2 / 61) > 0


def test_rules_are_symmetric_and_positive() -> None:
    """Nodes are odd, weights even; the Gauss rule lives on every other node."""
    assert (-NODES[::-1] == NODES).all()
    assert (KRONROD[::-1] == KRONROD).all()
    assert (GAUSS[::-1] == GAUSS).all()
    assert (KRONROD > 0).all()
    assert ((GAUSS > 0) == (np.arange(31) % 2 == 1)).all()


# -- panels ----------------------------------------


@given(
    anchors=st.lists(st.integers(-6400, 6400).map(lambda k: k / 64), min_size=1, max_size=5),
    offsets=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12),
    centre=st.floats(-100, 100),
)
@example(anchors=[0.0], offsets=[1.0, 2.225073858507e-311], centre=0.0)
def test_panels_cover_the_hull_once(anchors: list[float], offsets: list[float], centre: float) -> None:
    """Around each anchor the panels are adjacent, and those of two neighbours meet half way."""
    cells = panels(Edges.at(anchors, centre, np.array(offsets)))
    span = ends(cells)
    every = sorted(set(anchors))
    hull = min(*every, centre + min(offsets)), max(*every, centre + max(offsets))
    scale = max(1.0, abs(hull[0]), abs(hull[1]))
    if hull[1] - hull[0] == 0:
        assert len(cells) == 0
        return
    assert (span[:, 0] < span[:, 1]).all()
    for anchor in every:
        own = span[cells.anchor == anchor]
        own = own[np.argsort(own[:, 0])]
        # a graded panel ends at e**-700 of its outer end: nearer to the anchor there are no ordinary floats
        assert np.allclose(own[1:, 0], own[:-1, 1], rtol=1e-12, atol=1e-300)
    assert abs(float(np.sum(span[:, 1] - span[:, 0])) - (hull[1] - hull[0])) <= 1e-12 * scale
    for low, high in itertools.pairwise(every):
        left, right = span[cells.anchor == low], span[cells.anchor == high]
        assert abs(left.max() + abs(right.min()) - (high - low)) <= 4 * EPS * scale


def test_every_anchor_ends_a_panel() -> None:
    """Anchors and breakpoints are ends of panels, with offset 0 exactly."""
    cells = panels(Edges.at([0.0, 1.0], 0.0, np.array([-3.0, 5.0])), breakpoints=[0.25])
    for anchor in (0.0, 0.25, 1.0):
        assert (ends(cells)[cells.anchor == anchor] == 0).any()


def test_halves_and_joined_keep_the_span() -> None:
    """Cutting and joining panels loses nothing."""
    cells = panels(Edges.at([0.0], 0.0, np.array([1e-6, 1.0, 2.0])))
    assert np.isclose(np.diff(ends(cells.halves())).sum(), np.diff(ends(cells)).sum(), rtol=1e-14)
    both = Panels.joined([cells.take(np.array([0])), cells.take(np.arange(1, len(cells)))])
    assert len(both) == len(cells)


# -- integrals ----------------------------------------


@pytest.mark.parametrize("exponent", [-0.5, -0.9, 0.3])
def test_poles_by_their_offset(exponent: float) -> None:
    """Integral of (1 - x)**k over [0, 1]: a node at 1 - 1e-30 is not 1."""
    edges = Edges.at([0.0, 1.0], 1.0, -np.exp(-np.arange(1.0, 600.0, 40.0)))

    def power(points: Points) -> Any:
        return np.abs((points.anchor - 1.0) + points.offset) ** exponent

    found = on(power, edges)
    assert found.converged
    assert abs(found.value - 1 / (1 + exponent)) <= found.error


def test_x_alone_would_lose_the_pole() -> None:
    """The same integral in x itself is off by more than its error: nodes next to 1 round to 1."""
    edges = Edges.at([0.0, 1.0], 1.0, -np.exp(-np.arange(1.0, 600.0, 40.0)))
    with np.errstate(divide="ignore"):
        found = on(lambda points: np.minimum(np.abs(1.0 - points.x), 1e300) ** -0.5, edges)
    assert not abs(found.value - 2.0) <= found.error or not math.isfinite(found.value)


def test_narrow_bump_next_to_an_anchor() -> None:
    """A bump of width 1e-12 at 1 has its area, because its offsets are exact."""
    width = 1e-12
    edges = Edges.at([0.0, 1.0, 2.0], 1.0, width * np.array([-10.0, -3.0, 3.0, 10.0]))

    def bump(points: Points) -> Any:
        return np.exp(-0.5 * (((points.anchor - 1.0) + points.offset) / width) ** 2)

    found = on(bump, edges)
    assert abs(found.value - width * math.sqrt(2 * math.pi)) <= found.error


def test_error_is_that_of_the_value() -> None:
    """|value - exact| <= error for a smooth, a steep and an oscillating integrand."""
    for function, exact in (
        (np.exp, math.e - 1),
        (lambda x: 1 / (1e-4 + x**2), 100 * math.atan(100.0)),
        (lambda x: np.cos(300 * x), math.sin(300.0) / 300),
    ):
        # a float x moves cos(300 x) by 3e-14
        found = on(lambda points, f=function: f(points.x), Edges.at([0.0, 1.0]), atol=3e-14)
        assert found.converged
        assert abs(found.value - exact) <= found.error + 1e-15 * abs(exact)


def test_no_panels_is_zero() -> None:
    """An empty sweep is 0, without error."""
    assert on(lambda points: points.x, Edges.at([1.0])).value == 0.0


def test_exhausted_panels_are_said() -> None:
    """A function that no rule resolves is not called converged."""
    found = on(lambda points: np.sign(np.sin(1e9 * points.x + 1.0)), Edges.at([0.0, 1.0]))
    assert not found.converged
    assert found.error > 1e-9


def test_rtol_is_met_or_exceeded() -> None:
    """A looser tolerance is met with fewer evaluations."""
    calls = []

    def rough(points: Points) -> Any:
        calls.append(np.size(points.offset))
        return np.sqrt(np.abs(points.x - 0.3))

    exact = (0.3**1.5 + 0.7**1.5) / 1.5
    loose = on(rough, Edges.at([0.0, 1.0]), rtol=1e-4)
    few = sum(calls)
    tight = on(rough, Edges.at([0.0, 1.0]), rtol=1e-10)
    assert sum(calls) - few > few
    for found, rtol in ((loose, 1e-4), (tight, 1e-10)):
        assert found.error <= rtol
        assert abs(found.value - exact) <= found.error


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_infinite_integrand_of_positive_measure(sign: float) -> None:
    """An integrand that is infinite on an interval has an infinite integral, of its sign."""
    found = on(lambda points: np.where(points.x > 0.5, sign * np.inf, 1.0), Edges.at([0.0, 1.0]))
    assert (found.value, found.error, found.converged) == (sign * math.inf, 0.0, True)


def test_nan_and_opposed_infinities_are_refused() -> None:
    """A nan, or +inf here and -inf there, has no integral."""
    with pytest.raises(DomainError, match="nan"):
        on(lambda points: np.where(points.x > 0.5, np.nan, 1.0), Edges.at([0.0, 1.0]))
    with pytest.raises(DomainError, match=r"\+inf and -inf"):
        on(lambda points: np.where(points.x > 0.5, np.inf, -np.inf), Edges.at([0.0, 1.0]))


# -- kinks ----------------------------------------


def test_a_planted_kink_is_found() -> None:
    """|x - c| is integrated to rounding once its kink ends a panel, and not before."""
    kink, exact = 0.3137, (0.3137**2 + (1 - 0.3137) ** 2) / 2
    cells = panels(Edges.at([0.0, 1.0]))

    def distance(points: Points) -> Any:
        return points.x - kink

    cut = split_at_roots(cells, distance)
    places = np.sort((cut.anchor[:, None] + ends(cut)).ravel())
    assert np.min(np.abs(places - kink)) <= 4 * EPS
    assert np.isclose(np.diff(ends(cut)).sum(), 1.0, rtol=1e-15)

    def one_sweep(some: Panels) -> float:
        points, factor = some.nodes()
        return float(np.sum((np.abs(distance(points)) * factor) @ KRONROD))

    assert abs(one_sweep(cut) - exact) <= 4 * EPS
    assert abs(one_sweep(cells) - exact) > 1e-5


def test_several_kinks_in_a_panel() -> None:
    """A panel with four roots is cut at each of them."""
    cells = panels(Edges.at([0.0, 1.0]))
    cut = split_at_roots(cells, lambda points: np.sin(4 * np.pi * points.x + 0.5))
    roots = (np.arange(1, 5) * np.pi - 0.5) / (4 * np.pi)
    places = (cut.anchor[:, None] + ends(cut)).ravel()
    for root in roots:
        assert np.min(np.abs(places - root)) <= 8 * EPS


def test_a_function_without_roots_cuts_nothing() -> None:
    """Panels without a sign change stay as they are."""
    cells = panels(Edges.at([0.0, 1.0, 3.0]))
    assert len(split_at_roots(cells, lambda points: points.x + 1.0)) == len(cells)


@given(st.floats(0.01, 0.99), st.floats(0.0, 6.0))
@example(0.5, 6.0)
@example(0.4271, 6.0)
def test_a_corner_inside_a_panel_is_counted(where: float, sharpness: float) -> None:
    """A round corner, wherever it lies between the nodes: Gauss and Kronrod may agree by chance, the error may not."""
    k = 10.0**sharpness
    one_panel = panels(Edges.at([0.0], 0.0, np.array([1.0])))
    assert len(one_panel) == 1

    def integrand(points: Points) -> tuple[Any, Any]:
        values = np.logaddexp(0.0, k * (points.x - where)) / k
        return values, 4 * EPS * values

    def primitive(u: float) -> float:
        """Of log(1 + exp u): -Li2(-exp u)."""
        return float(-special.spence(1 + math.exp(u))) if u <= 0 else u * u / 2 + math.pi**2 / 6 - primitive(-u)

    exact = (primitive(k * (1 - where)) - primitive(-k * where)) / k**2
    found = integrate(one_panel, integrand, rtol=1.0)  # the panel as it is, not halved
    assert abs(found.value - exact) <= 4 * found.error + 1e-15


def test_two_roots_between_neighbouring_nodes() -> None:
    """Roots 1e-4 apart, which no node separates, are found where the nodes around point below 0."""
    cells = panels(Edges.at([0.0, 1.0]))
    roots = np.array([0.3701, 0.3702])
    cut = split_at_roots(cells, lambda points: (points.x - roots[0]) * (points.x - roots[1]))
    ends = np.concatenate([cut.anchor + cut.a, cut.anchor + cut.b])
    assert np.abs(ends[:, None] - roots).min(axis=0).max() < 1e-9


def test_graded_panels_end_where_the_label_changes() -> None:
    """Towards the change they are ever shorter, on both sides of it, and none is lost."""
    cut = split_at_changes(panels(Edges.at([0.0, 1.0])), lambda points: points.x > 1 / 3, graded=True)
    left = np.sort(np.concatenate([cut.anchor + cut.a]))
    right = np.sort(np.concatenate([cut.anchor + cut.b]))
    assert np.array_equal(left[1:], right[:-1])
    assert np.diff(np.append(left, 1.0)).min() < 1e-12
    assert np.abs(left - 1 / 3).min() < 1e-10
