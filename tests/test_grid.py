"""A measure made finite: its rules, what it refuses, and the error contract of arrays on grids of every kind."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantheory.densities import Discrete, Mixture, Normal, parse_density
from gantheory.divergences import entropy, js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import DomainError, NotNormalizedError, ResolutionWarning
from gantheory.estimate import Estimate
from gantheory.game import criterion, optimal_discriminator, optimality_gap, value
from gantheory.grid import Grid, as_grid

P, Q = Normal(0.0, 1.0), Normal(1.0, 1.5)
UNEVEN = np.sinh(np.linspace(-3.5, 3.5, 601)) / np.sinh(3.5) * 11.0
GRIDS = {
    "fine": np.linspace(-12, 14, 2001),
    "coarse": np.linspace(-9, 11, 41),
    "uneven": UNEVEN,
    "even number of points": np.linspace(-10, 12, 200),
    "truncated": np.linspace(-3.2, 5.3, 501),
    "truncated on one side": np.linspace(-10, 4.6, 301),
    "panels": Grid.panels(np.linspace(-12, 14, 27)),
}


# -- rules ----------------------------------------


def test_trapezoid() -> None:
    """The user's own points carry trapezoidal weights; the rule is exact for linear functions."""
    grid = Grid.from_points([0.0, 1.0, 3.0, 4.0])
    assert grid.weights.tolist() == [0.5, 1.5, 1.5, 0.5]
    assert 12.0 in grid.integrate(2 * grid.points - 1)
    assert len(grid) == 4


def test_error_of_the_trapezoid_holds_a_curved_integral() -> None:
    """The difference to every other point bounds the error of a smooth function."""
    grid = Grid.from_points(np.linspace(0, 1, 101))
    assert math.e - 1 in grid.integrate(np.exp(grid.points))
    assert grid.integrate(np.exp(grid.points)).error < 1e-4


def test_counting() -> None:
    """Counting measure is a sum, exact to rounding; an int n means range(n)."""
    grid = Grid.counting(4)
    assert grid.points.tolist() == [0, 1, 2, 3]
    assert 1.0 in grid.integrate([0.1, 0.2, 0.3, 0.4])
    assert grid.integrate([0.1, 0.2, 0.3, 0.4]).error < 1e-14
    assert grid.atomic.all()  # type: ignore[union-attr]
    assert Grid.counting([2.5, -1.0]).points.tolist() == [2.5, -1.0]


@pytest.mark.parametrize("order", [2, 5, 16, 64])
def test_panels_have_the_degree_of_gauss(order: int) -> None:
    """n nodes a panel integrate polynomials up to degree 2n - 1, over uneven panels too."""
    grid = Grid.panels([0.0, 0.5, 2.0], order=order)
    assert len(grid) == 2 * order
    for power in range(0, 2 * order, max(1, order // 4)):
        exact = 2.0 ** (power + 1) / (power + 1)
        assert math.isclose(float(grid.integrate(grid.points**power)), exact, rel_tol=1e-13)


def test_panels_of_the_smooth_are_certain() -> None:
    """The poorer rule of the panels agrees on a smooth function, so that the error is small."""
    grid = Grid.panels([0.0, 1.0, 2.0])
    integral = grid.integrate(np.exp(grid.points))
    assert math.e**2 - 1 in integral
    assert integral.error < 1e-6


def test_both_measures_together() -> None:
    """A law with a density and atoms lives on lebesgue + counting."""
    grid = Grid.panels(np.linspace(-9, 9, 19)) + Grid.counting([0.0, 2.0])
    law = Mixture([Discrete([0.0, 2.0], [0.5, 0.5]), Normal()], [0.25, 0.75])
    values = np.append(0.75 * Normal().pdf(grid.points[:-2]), [0.125, 0.125])
    assert grid.atomic.sum() == 2  # type: ignore[union-attr]
    assert 1.0 in grid.integrate(values)
    on_laws = js_divergence(law, Normal())
    on_arrays = js_divergence(values, np.append(Normal().pdf(grid.points[:-2]), [0.0, 0.0]), grid=grid)
    tabulated = js_divergence(law, Normal(), grid=grid)
    assert float(on_laws) in on_arrays
    assert float(on_arrays) == pytest.approx(float(tabulated), abs=1e-14)
    with pytest.raises(TypeError):
        grid + 1  # type: ignore[operator]


def test_integrate_keeps_the_batch() -> None:
    """Values (..., n) give an Estimate of shape (...)."""
    grid = Grid.from_points(np.linspace(-10, 10, 501))
    batch = np.stack([[Normal(m, s).pdf(grid.points) for m in (0.0, 1.0, -1.0)] for s in (0.5, 1.0)])
    integral = grid.integrate(batch)
    assert integral.shape == (2, 3)
    assert integral.basis == "estimate"
    assert np.ones((2, 3)) in integral


def test_normalize() -> None:
    """Densities are divided by their own mass, each row by its own."""
    grid = Grid.from_points(np.linspace(-4, 4, 101))
    rows = grid.normalize(np.stack([np.exp(-(grid.points**2)), 5 * np.exp(-np.abs(grid.points))]))
    assert np.allclose(rows @ grid.weights, 1.0, rtol=1e-15)
    with pytest.raises(NotNormalizedError, match="values"):
        grid.normalize(np.zeros(101))


def test_grid_is_frozen() -> None:
    """Nodes and weights cannot be changed under a result."""
    grid = Grid.counting(3)
    with pytest.raises(ValueError, match="read-only"):
        grid.weights[0] = 2.0
    assert as_grid(grid) is grid


# -- arrays: the error contract ----------------------------------------


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("functional", [js_divergence, total_variation, criterion])
@pytest.mark.filterwarnings("ignore::gantheory.errors.ResolutionWarning")
def test_error_contract(functional: Any, name: str) -> None:
    """|value - exact| <= error for JSD, TV and C of arrays, on every grid, and the error is worth something."""
    grid = as_grid(GRIDS[name])
    exact = float(functional(P, Q))
    on_arrays = functional(P.pdf(grid.points), Q.pdf(grid.points), grid=GRIDS[name])
    assert exact in on_arrays
    assert on_arrays.basis == "estimate"
    assert on_arrays.error < 0.05


def test_finer_grids_have_smaller_errors() -> None:
    """The error follows the resolution."""
    errors = []
    for n in (101, 201, 401):
        x = np.linspace(-12, 14, n)
        errors.append(total_variation(P.pdf(x), Q.pdf(x), grid=x).error)
    assert errors[0] > errors[1] > errors[2]


def test_laws_are_tabulated_on_the_grid() -> None:
    """A law beside an array is read at the grid's points."""
    x = GRIDS["fine"]
    assert js_divergence(P, Q.pdf(x), grid=x) == js_divergence(P.pdf(x), Q.pdf(x), grid=x)


def test_batches_go_through_every_functional() -> None:
    """(3, n) against (n,) gives (3,), each its own pair's number."""
    x = GRIDS["fine"]
    rows = np.stack([Normal(m, 1.5).pdf(x) for m in (0.0, 1.0, -1.0)])
    one = P.pdf(x)
    half = np.full(x.shape, 0.5)
    for functional in (js_divergence, kl_divergence, total_variation, criterion, wasserstein_distance):
        batch = functional(rows, one, grid=x)
        assert batch.shape == (3,)
        for i, row in enumerate(rows):
            alone = functional(row, one, grid=x)
            assert float(batch[i]) == pytest.approx(float(alone), rel=1e-14)
    assert entropy(rows, grid=x).shape == (3,)
    assert value(rows, one, half, grid=x).shape == (3,)
    assert np.allclose(optimality_gap(rows, one, 0.5, grid=x), 2 * np.asarray(js_divergence(rows, one, grid=x)))


def test_probability_vectors() -> None:
    """Counting measure gives the sums of the textbooks, to rounding."""
    die, loaded = np.full(6, 1 / 6), np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.5])
    grid = Grid.counting(np.arange(1, 7))
    kl = sum(a * math.log(a / b) for a, b in zip(die, loaded, strict=True))
    assert math.isclose(float(kl_divergence(die, loaded, grid=grid)), kl, rel_tol=1e-14)
    assert 1 / 3 in total_variation(die, loaded, grid=grid)
    assert 0.0 in js_divergence(die, die, grid=grid)
    assert math.inf in kl_divergence(die, np.array([0, 0.2, 0.2, 0.2, 0.2, 0.2]), grid=grid)
    D = optimal_discriminator(die, loaded, grid=grid)
    assert math.isclose(float(D(6.0)), (1 / 6) / (1 / 6 + 0.5), rel_tol=1e-14)


def test_wasserstein_of_probability_vectors() -> None:
    """Moving 0.4 from 1 to 3 costs 0.8."""
    grid = Grid.counting([3.0, 1.0])  # unsorted points are sorted first
    assert 0.8 in wasserstein_distance([0.1, 0.9], [0.5, 0.5], grid=grid)


# -- what is refused, and what is warned of ----------------------------------------


def test_a_defect_above_one_percent_is_refused() -> None:
    """Mass missing on the grid is an error with a remedy; below 1 % it is part of the error."""
    x = np.linspace(-2.0, 2.0, 401)
    with pytest.raises(NotNormalizedError, match=r"p has mass 0\.95.*normalize\(p\)"):
        js_divergence(P.pdf(x), P.pdf(x), grid=x)
    x = np.linspace(-2.7, 2.7, 401)  # 0.7 % is missing
    result = js_divergence(P.pdf(x), Normal(0.1, 1.0).pdf(x), grid=x)
    assert float(js_divergence(P, Normal(0.1, 1.0))) in result
    assert result.error > 1e-3


def test_a_coarse_grid_warns() -> None:
    """Where half of the points give another mass, a ResolutionWarning says so."""
    x = np.linspace(-6.0, 6.0, 13)
    with pytest.warns(ResolutionWarning, match="too coarse for p"):
        entropy(Normal(0.0, 0.6).pdf(x), grid=x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        js_divergence(P.pdf(GRIDS["fine"]), P.pdf(GRIDS["fine"]), grid=GRIDS["fine"])


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Grid.from_points([0.0, 1.0]), "x has 2 points"),
        (lambda: Grid.from_points([]), "empty"),
        (lambda: Grid.from_points([0.0, 2.0, 1.0]), r"x\[1\] = .*2\.0.*Sort"),
        (lambda: Grid.from_points([0.0, 1.0, 1.0, 2.0]), "not strictly increasing"),
        (lambda: Grid.from_points([0.0, np.nan, 1.0]), "x of the grid must be finite"),
        (lambda: Grid.from_points([[0.0, 1.0], [2.0, 3.0]]), "one-dimensional"),
        (lambda: Grid.from_points(["a", "b", "c"]), "array of real numbers"),
        (lambda: Grid.counting([]), "empty"),
        (lambda: Grid.counting(0), "empty"),
        (lambda: Grid.counting([1.0, np.inf]), "points of the grid must be finite"),
        (lambda: Grid.panels([1.0]), "edges"),
        (lambda: Grid.panels([1.0, 0.0]), "strictly increasing"),
        (lambda: Grid.panels([0.0, 1.0], order=1), "order is 1"),
        (lambda: Grid.panels([0.0, 1.0], order=65), "order is 65"),
        (lambda: Grid([0.0, 1.0], [1.0, -1.0]), "weights"),
        (lambda: Grid([0.0, 1.0], [1.0]), r"weights of the grid has shape \(1,\)"),
        (lambda: Grid.counting(3).integrate([1.0, 2.0]), r"shape \(2,\).*3 points"),
        (lambda: Grid.counting(3).integrate(1.0), r"shape \(\)"),
        (lambda: Grid.counting(2).integrate([1.0, np.nan]), "nan"),
        (lambda: Grid.counting(2).integrate([1.0, np.inf]), "inf"),
        (lambda: Grid.counting(2).normalize([1.0, -1.0]), r"-1\.0"),
    ],
)
def test_refusals(build: Any, words: str) -> None:
    """Each refusal names the argument and what is wrong with it."""
    with pytest.raises(DomainError, match=words):
        build()


@given(st.floats(0.0, 1.0), st.floats(0.3, 3.0), st.integers(8, 200))
@example(0.5, 1.0, 100)
@example(0.0, 0.3046875, 10)  # a pulse of four points: two jumps share their differences
def test_jumps_between_points(phase: float, width: float, n: int) -> None:
    """A uniform law whose jumps lie anywhere between the points: entropies and JSD keep what they promise."""
    x = np.linspace(-4.0, 6.0, 10 * n + 1)
    a = phase * (x[1] - x[0])
    p = np.where((x >= a) & (x <= a + width), 1 / width, 0.0)
    mass = Grid.from_points(x).integrate(p)
    assert abs(mass.value - 1.0) <= mass.error * (1 + 1e-12)


def test_pulses_of_every_width() -> None:
    """A pulse of m points may be a law as wide as m - 1 cells or m + 1: half a cell at each jump, whatever m."""
    grid = Grid.from_points(np.arange(200.0))
    for m in range(1, 60):
        pulse = np.zeros(200)
        pulse[70 : 70 + m] = 1.0
        assert grid.integrate(pulse).error >= 1.0, m


def test_a_resolved_density_costs_no_more_than_before() -> None:
    """The differences of a normal density on 20 points a sigma vanish to rounding."""
    x = np.linspace(-12, 12, 481)
    found = Grid.from_points(x).integrate(np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi))
    assert abs(found.value - 1.0) <= found.error < 1e-13


# -- masses that are not 1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.991, 0.999999, 1.0, 1.0001, 1.009])
def test_a_density_off_by_a_factor(factor: float) -> None:
    """c·p in place of p moves KL and entropy by more than resolution: the true values of p are held all the same."""
    x = np.linspace(-14, 14, 2001)
    p, q = (np.exp(-0.5 * (x - mu) ** 2) / math.sqrt(2 * math.pi) for mu in (0.0, 1.0))
    assert 0.0 in kl_divergence(factor * p, p, grid=x)
    assert 0.5 in kl_divergence(factor * p, q, grid=x)
    assert 0.5 in kl_divergence(p, factor * q, grid=x)
    assert 0.5 * math.log(2 * math.pi * math.e) in entropy(factor * p, grid=x)


def test_a_zero_that_may_be_an_underflow_is_warned_of() -> None:
    """In float16 the tail of a density is 0: KL is inf, as for any q that is 0 where p is not; a warning says so."""
    x = np.linspace(-8, 8, 401)
    p, q = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi), np.exp(-0.5 * (2 * x) ** 2) * 2 / math.sqrt(2 * math.pi)
    with pytest.warns(ResolutionWarning, match="leave these points out"):
        found = kl_divergence(p, q.astype(np.float16), grid=x)
    assert found == Estimate(math.inf, 0.0, "estimate")


def test_masked_values_are_refused() -> None:
    """numpy would drop the mask without a word."""
    x = np.linspace(-8, 8, 401)
    p = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
    with pytest.raises(DomainError, match="array of real numbers"):
        js_divergence(np.ma.array(p, mask=np.abs(x) < 1), p, grid=x)


TRANSPORTED = [
    ("0.5*norm(-2,0.7)+0.5*norm(2.5,1)", "norm(0,2)", 12.0, 2001),
    ("0.5*norm(-.496,.809)+0.5*norm(2.812,.486)", "logistic(1.685,.399)", 27.4361, 5640),
    ("0.5*norm(-1.078,.934)+0.5*norm(2.462,1.278)", "0.5*norm(-.243,1.168)+0.5*norm(1.939,.505)", 28.1323, 651),
]


@pytest.mark.parametrize(("p", "q", "reach", "n"), TRANSPORTED)
def test_transport_on_a_grid_holds_that_of_the_laws(p: str, q: str, reach: float, n: int) -> None:
    """F_p − F_q bends within a cell, and changes its sign there: two rules on the same points do not show it."""
    x = np.linspace(-reach, reach, n)
    found = wasserstein_distance(parse_density(p).pdf(x), parse_density(q).pdf(x), grid=x)
    assert abs(found.value - wasserstein_distance(p, q).value) <= found.error
