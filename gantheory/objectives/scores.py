"""D* of an objective as a function of x, and what any D is worth: a(D) and b(D) at the points of an integral.

D* depends on u = p/q alone, and is read off the log-ratio. A D in (0, 1) that is stored as its logit is paid by its
logit: log(1 − D) is then right where D rounds to 1. What D* is paid may be as large as u, where q is as small: it is
kept as a number times a power of e, which the density's own power of e meets before anything leaves the floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import numbers
from gantheory.discriminator import Discriminator
from gantheory.errors import ConvergenceError, DomainError
from gantheory.expectation import on_grid, values_of
from gantheory.grid import as_grid
from gantheory.panels import EPS, Points, as_breakpoints
from gantheory.ratio import At, log_ratio_at

__all__ = ["FARTHEST", "Losses", "OptimalScore", "Paid", "optimal_score", "paid"]

Array = Any
#: |log u| up to which f of losses without formulas is looked up.
FARTHEST = 600.0
_LOG_MOST = 709.0  # log of the largest float
_NOTHING = -100.0  # log of what a density times a loss may be and count for nothing


class Losses(NamedTuple):
    """a(D) = real · e^power_real and b(D) = fake · e^power_fake, with the rounding of `real` and of `fake`."""

    real: Array
    fake: Array
    noise_real: Array
    noise_fake: Array
    power_real: Array = 0.0
    power_fake: Array = 0.0


def losses_along(
    s: Array,
    both: Callable[[Array], tuple[Array, Array]],
    rounding: Array | None,
    powers: tuple[Array, Array] = (0.0, 0.0),
) -> Losses:
    """Two functions of s at numbers that are rounded so, each with what that moves it by; or of an s that is exact."""
    with np.errstate(all="ignore"):
        values = both(s)
        noise = [_rounding(value, power) for value, power in zip(values, powers)]
        if rounding is not None:
            shift = 1e6 * np.minimum(rounding, 1.0)
            moved = [np.abs(after - value) * shift for after, value in zip(both(np.asarray(s) + 1e-6), values)]
            noise = [own + np.where(np.isfinite(m), m, 0.0) for own, m in zip(noise, moved)]
    (real, fake), (noise_real, noise_fake), (power_real, power_fake) = values, noise, powers
    return Losses(real, fake, noise_real, noise_fake, power_real, power_fake)


def folded_losses(r: Array, folded: Callable[[Array], tuple[Array, Array]], rounding: Array | None = None) -> Losses:
    """The losses of D*, from u·a and b where u ≤ 1, and from a and b/u where u > 1."""
    r = np.asarray(r, dtype=float)
    finite = np.where(np.isfinite(r), r, 0.0)
    return losses_along(r, folded, rounding, (np.maximum(-finite, 0.0), np.maximum(finite, 0.0)))


def either(r: Array, folded: Callable[[Array], Array], plain: Callable[[Array], Array], side: int) -> Array:
    """The folded function at finite r on one side of 0, the plain one elsewhere."""
    there = (side * np.asarray(r) > 0) & np.isfinite(r)
    return np.where(there, folded(r), plain(r)) if there.any() else plain(r)


#: The losses at the nodes of an integral.
Paid = Callable[[At], Losses]


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
    def found(at: At) -> Losses:
        y = values(at)
        real, fake = objective.losses_at(y)
        for law, loss, log_mass in (("p_data", real, at.log_p), ("p_g", fake, at.log_q)):
            _refuse_overflow(objective, law, loss, log_mass, y)
        return Losses(real, fake, _rounding(real), _rounding(fake))

    return found


def _refuse_overflow(objective: Any, law: str, loss: Array, log_mass: Array, y: Array) -> None:
    """An infinite loss of a D inside its range is a number beyond the floats; times a small density it may be any."""
    low, high = objective.domain
    unknown = np.isinf(loss) & (y > low) & (y < high) & (np.asarray(log_mass) + _LOG_MOST > _NOTHING)
    if unknown.any():
        where = float(np.broadcast_to(y, np.shape(unknown))[unknown][0])
        raise ConvergenceError(
            f"the value cannot be told: the loss of D = {where:.6g} leaves the floats where {law} has mass. "
            "Give a D of smaller values, or the D that optimal_discriminator(p_data, p_g) gives."
        )


def _rounding(values: Array, power: Array = 0.0) -> Array:
    """Of values · e^power as of 1 + |values| · e^power, less that power."""
    return 8 * EPS * (np.exp(-np.asarray(power)) + np.where(np.isfinite(values), np.abs(values), 0.0))


def _by_ratio(objective: Any, D: OptimalScore, grid: Any) -> Paid:
    def found(at: At) -> Losses:
        r, rounding = D.ratio_at(at.points)
        if not (objective.has_closed_form or objective.is_bounded):
            refuse_beyond(at, np.isfinite(r) & (np.abs(r) > FARTHEST))
        return objective.losses_at_best(r, rounding)

    return found


def refuse_beyond(at: At, unknown: Array) -> None:
    """Where the losses are not known and either law has mass, neither is the integral."""
    if (unknown & (np.fmax(at.log_p, at.log_q) > _NOTHING)).any():
        raise ConvergenceError(
            f"the integral cannot be told: p/q leaves e^±{FARTHEST:.0f}, up to which an unbounded f without a formula "
            "is looked up, where there is mass. Use laws nearer to each other, or Objective(real, fake) with formulas."
        )


def _by_logit(objective: Any, D: Discriminator) -> Paid:
    logit = D.under_a_pair()

    def found(at: At) -> Losses:
        level, rounding = logit(at)
        return objective.losses_at_logit(level, rounding)

    return found
