"""D* of an objective as a function of x, and what any D is worth: a(D) and b(D) at the points of an integral.

D* depends on u = p/q alone, and is read off the log-ratio. A D in (0, 1) that is stored as its logit is paid by its
logit: log(1 − D) is then right where D rounds to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import numbers
from gantheory.discriminator import Discriminator
from gantheory.errors import DomainError
from gantheory.expectation import on_grid, values_of
from gantheory.grid import as_grid
from gantheory.panels import EPS, Points, as_breakpoints
from gantheory.ratio import At, log_ratio_at

__all__ = ["OptimalScore", "Paid", "optimal_score", "paid"]

Array = Any
#: At the nodes of an integral: a(D), b(D), and the rounding of each.
Paid = Callable[[At], tuple[Array, Array, Array, Array]]


class OptimalScore:
    """D* for a pair of laws: x -> D*(p(x)/q(x)).

    Attributes
    ----------
    breakpoints : array
        None: where D* bends, so do the densities.
    """

    breakpoints: Any = ()

    def __init__(self, score: Callable[[Array], Array], ratio: Callable[[Points], tuple[Array, Array]]) -> None:
        self._score, self.ratio_at = score, ratio

    def __call__(self, x: Array, /) -> Array:
        return np.asarray(self._score(self.ratio_at(Points.at(numbers(x)))[0]))[()]


class OnGrid(OptimalScore):
    """D* at the points of a grid, and nowhere else."""

    def __init__(self, score: Callable[[Array], Array], grid: Any, r: np.ndarray) -> None:
        self.grid, self.r = grid, r
        super().__init__(score, self._looked_up)

    def _looked_up(self, points: Points) -> tuple[Array, Array]:
        x = np.asarray(points.x)
        index = np.minimum(np.searchsorted(self.grid.points, x), len(self.grid) - 1)
        if not np.array_equal(self.grid.points[index], x):
            raise DomainError("D* is known at the grid's points only; ask it there, or give laws in place of arrays.")
        return self.r[..., index], 4 * EPS * np.abs(np.nan_to_num(self.r[..., index]))


def optimal_score(score: Callable[[Array], Array], p_data: Any, p_g: Any, grid: Any) -> OptimalScore:
    """D* from its formula in r = log u."""
    if grid is None:
        return OptimalScore(score, log_ratio_at(as_density(p_data), as_density(p_g)))
    grid = as_grid(grid)
    p, q = on_grid("p_data", p_data, grid), on_grid("p_g", p_g, grid)
    with np.errstate(all="ignore"):
        r = np.where((p == 0) & (q == 0), 0.0, np.log(p) - np.log(q))
    return OnGrid(score, grid, r)


def paid(objective: Any, D: Any, grid: Any) -> tuple[Paid, Array]:
    """What a D of any kind is paid, and its breakpoints."""
    if isinstance(D, OptimalScore):
        return _by_ratio(objective, D, grid), ()
    if isinstance(D, Discriminator):
        return _by_logit(objective, D), D.breakpoints
    breakpoints = as_breakpoints(getattr(D, "breakpoints", ()))
    if grid is not None and not callable(D) and np.ndim(D) > 0:
        levels = objective.checked_scores(as_grid(grid).checked("D", D))
        return _by_values(objective, lambda at: levels), ()
    if callable(D):
        return _by_values(objective, lambda at: _told(objective, D, at)), breakpoints
    if isinstance(D, (int, float, np.number)) and not isinstance(D, bool):
        level = float(objective.checked_scores(np.float64(D)))
        return _by_values(objective, lambda at: np.full(np.shape(at.r), level)), ()
    raise DomainError(f"D is {D!r}; it must be a function of x, a number, a Discriminator or, with grid=, an array.")


def _told(objective: Any, D: Callable[[Array], Array], at: At) -> np.ndarray:
    """The user's numbers; where neither law has mass D need be none."""
    values = values_of("D", D, at.x)
    nowhere = np.isnan(values) & (np.asarray(at.log_p) < -690) & (np.asarray(at.log_q) < -690)
    inside = float(objective.optimal_value(0.0))
    return objective.checked_scores(np.where(nowhere, inside, values), at.x)


def _by_values(objective: Any, values: Callable[[At], Array]) -> Paid:
    def found(at: At) -> tuple[Array, Array, Array, Array]:
        y = values(at)
        real, fake = objective.losses_at(y)
        return real, fake, _rounding(real), _rounding(fake)

    return found


def _rounding(values: Array) -> Array:
    return 8 * EPS * (1.0 + np.where(np.isfinite(values), np.abs(values), 0.0))


def _by_ratio(objective: Any, D: OptimalScore, grid: Any) -> Paid:
    def found(at: At) -> tuple[Array, Array, Array, Array]:
        r, rounding = D.ratio_at(at.points)
        return objective.losses_at_best(r, rounding)

    return found


def _by_logit(objective: Any, D: Discriminator) -> Paid:
    logit = D.under_a_pair()

    def found(at: At) -> tuple[Array, Array, Array, Array]:
        level, rounding = logit(at)
        return objective.losses_at_logit(level, rounding)

    return found
