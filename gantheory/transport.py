"""The Wasserstein-1 distance of two laws on the line: the area between their distribution functions.

On the line the optimal plan is the monotone one, so that W_1 = integral |F_p - F_q| dx (Vallender 1974). The difference
is taken between the smaller tails, where it is accurate, and its sign changes are found: the rule meets no kink.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.power_tail import PowerTail
from gantheory.densities.protocol import Tail
from gantheory.errors import ConvergenceError
from gantheory.estimate import Basis, Estimate
from gantheory.expectation import beyond_atoms, together_on_grid, tolerances
from gantheory.grid import Grid, as_grid
from gantheory.integrals import How, estimated
from gantheory.panels import EPS, Edges, Points, panels
from gantheory.splitting import split_at_roots

__all__ = ["wasserstein_distance"]

Array = Any


def wasserstein_distance(p: Any, q: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""Wasserstein-1 distance, in the units of x.

    .. math:: W_1(p, q) = \int |F_p(x) - F_q(x)| \, dx

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    grid : Grid or array, optional
        Its points need no order: they are sorted first.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [0, inf], in the units of x, shape (...); +inf where the difference of the tails has no integral.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted, a law does not say how its tails decay, or a law of countably many atoms meets a
        density.

    Examples
    --------
    >>> print(wasserstein_distance("norm(0, 1)", "norm(1, 1)"))
    1.000000000000... ± ...e-15
    >>> print(wasserstein_distance("cauchy(0, 1)", "cauchy(0, 2)"))
    ∞
    """
    tolerances(rtol, atol)
    if grid is not None:
        return _wasserstein_on_grid(p, q, as_grid(grid))
    p, q = as_density(p), as_density(q)
    if p == q:
        return Estimate(0.0)
    if any(_moment_is_infinite(t, u) for t, u in zip(p.tails(), q.tails(), strict=True)):
        return Estimate(math.inf)
    if p.continuous_mass == 0 and q.continuous_mass == 0:
        return _between_atoms(p, q)
    if any(any(law.is_cut()) for law in (p, q)):
        raise ConvergenceError(
            "wasserstein_distance of an unbounded law of atoms from a law with a density counts every atom, and leaves "
            "out what was not counted. Truncate the law: Discrete(k, pmf / pmf.sum()) for the k that you want."
        )
    edges = Edges.union([p.edges, q.edges, Edges.at(np.union1d(p.atoms()[0], q.atoms()[0]))])

    def integrand(points: Points) -> tuple[Array, Array]:
        difference, noise = _cdf_difference(p, q, points)
        return np.abs(difference), noise

    basis: Basis = "estimate" if "estimate" in (p.basis, q.basis) else "bound"
    with np.errstate(all="ignore"):
        cells = split_at_roots(panels(edges), lambda points: _cdf_difference(p, q, points)[0])
        return estimated(
            cells, integrand, edges, (p, q), How(rtol, atol, basis, "wasserstein_distance", 1.0, of_density=False)
        )


def _between_atoms(p: Any, q: Any) -> Estimate:
    """The sum of |F_p - F_q| over the gaps between atoms, and what atoms that were not counted would add."""
    x = np.union1d(p.atoms()[0], q.atoms()[0])
    points = Points.at(x[:-1])
    difference, noise = _cdf_difference(p, q, points)
    gaps = np.diff(x)
    beyond = 0.0
    for law in (p, q):
        locations, masses = law.atoms()
        beyond += beyond_atoms(locations, masses * np.abs(locations - float(law.ppf(0.5))), law)
    error = float(np.sum(noise * gaps)) + 4 * EPS * float(np.sum(np.abs(difference) * gaps)) + beyond
    defect = getattr(p, "mass_error", 0.0) + getattr(q, "mass_error", 0.0)
    basis: Basis = "estimate" if "estimate" in (p.basis, q.basis) else "bound"
    return Estimate(
        math.fsum(np.abs(difference) * gaps), error + defect * float(x[-1] - x[0]) * bool(defect > 1e-12), basis
    )


def _cdf_difference(p: Any, q: Any, points: Points) -> tuple[Array, Array]:
    """F_p - F_q from the smaller tails, and its rounding; far out in power tails of one shape, from the density."""
    below_p, below_q = p.cdf_at(points), q.cdf_at(points)
    above_p, above_q = p.sf_at(points), q.sf_at(points)
    left = below_p + below_q < above_p + above_q
    difference = np.where(left, below_p - below_q, above_q - above_p)
    rounding = 16 * EPS * np.where(left, below_p + below_q, above_p + above_q)
    if not (isinstance(p, PowerTail) and p.same_shape(q)):
        return difference, rounding
    far, there, its_rounding = p.cdf_difference_far_out(q, points)
    return np.where(far, there, difference), np.where(far, its_rounding, rounding)


def _moment_is_infinite(t: Tail, u: Tail) -> bool:
    """Whether |F_p - F_q| is not integrable in a tail."""
    if not (t.is_known and u.is_known):
        raise ConvergenceError(
            "wasserstein_distance is decided by the tails, and a law does not say how its tails decay. "
            "Give the law a tails() method, or restrict it with support=(a, b)."
        )
    heavy = [v for v in (t, u) if v.kind == "power" and v.power <= 1]
    if not heavy:
        return False
    # tails of one leading term cancel to the next order, which is integrable
    return not (t.kind == u.kind == "power" and t.power == u.power and math.isclose(t.weight, u.weight, rel_tol=1e-13))


def _wasserstein_on_grid(p: Any, q: Any, grid: Any) -> Estimate:
    """W_1 of the measures that put mass w_i p_i and w_i q_i at the points."""
    order = np.argsort(grid.points, kind="stable")
    p, q = together_on_grid(p, q, grid)
    missing = grid.mass_defect("p", p) + grid.mass_defect("q", q)
    x, density = grid.points[order], (p - q)[..., order]
    span = x[-1] - x[0]
    fine, apart = _moved(x, density, grid.weights[order])
    error = np.abs(fine - _moved(x, density, grid.poorer[order])[0])
    if grid.in_order:
        half = np.arange(0, len(x), 2)
        coarse = _moved(x[half], density[..., half], Grid.from_points(x[half]).weights)[0] if len(half) > 2 else 0.0
        error = np.maximum(error, np.abs(fine - coarse)) + _within_cells(x, density, apart)
        error = error + grid.resolution(p - q) * span
    return Estimate(fine, error + missing * span + 1e-15 * len(x) * span, "estimate")


def _moved(x: Array, density: Array, weights: Array) -> tuple[Array, Array]:
    """The area between two step functions, and their distance in each cell: F_p - F_q at its middle by trapezoids."""
    apart = np.cumsum(density * weights, axis=-1)[..., :-1]
    return np.abs(apart) @ np.diff(x), apart


def _within_cells(x: Array, density: Array, apart: Array) -> Array:
    """What the middle of a cell does not say of it: F_p - F_q bends there, or changes its sign."""
    squared = np.diff(x) ** 2
    bends = np.abs(np.diff(density, axis=-1)) @ squared / 8.0
    crosses = np.abs(apart) < 0.5 * np.diff(x) * np.maximum(np.abs(density[..., 1:]), np.abs(density[..., :-1]))
    steep = np.maximum(np.abs(density[..., 1:]), np.abs(density[..., :-1]))
    return bends + np.where(crosses, steep, 0.0) @ squared / 4.0
