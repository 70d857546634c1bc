"""The vectorised adaptive Gauss–Kronrod rule over panels.

The rule is the pair (15, 31) (Kronrod 1965). The difference of the two is the error of the poorer one; a corner inside
a panel makes it 0 for some of its places. So null rules have a say (Berntsen and Espelid 1991): the last Legendre
coefficients that 31 nodes show. A corner moves four of them in different phases, so that they are not small together,
and they are hardly smaller than the four before; those of a resolved function fall fast, and count less.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.panels import EPS, GAUSS, HALF_NODES, KRONROD, NODES, Panels, Points, coordinates_at

__all__ = [
    "Integral",
    "by_rows",
    "integrate",
    "resolution_of",
]

Array = Any


def _null_rules(count: int) -> np.ndarray:
    """The last Legendre coefficients: functionals that vanish on polynomials of lower degree, orthonormal, (31, k)."""
    root = np.sqrt(KRONROD)[:, None]
    basis, _ = np.linalg.qr(root * np.polynomial.legendre.legvander(NODES, len(NODES) - 1))
    return (root * basis)[:, -count:]


_FAULTS = np.column_stack([GAUSS - KRONROD, _null_rules(8)])
_MOST_PANELS = 40_000
_PLAIN_ROUNDS = 2
_MOST_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class Integral:
    """What the rule found: the value, what resolution and rounding leave open, and whether it met the tolerance."""

    value: float
    resolution: float
    rounding: float
    converged: bool

    @property
    def error(self) -> float:
        return self.resolution + self.rounding


def integrate(
    cells: Panels,
    integrand: Callable[[Points], tuple[Array, Array]],
    *,
    rtol: float = 1e-12,
    atol: float = 0.0,
    ends: bool = False,
) -> Integral:
    """Integrate over the panels, halving those that are not resolved.

    Parameters
    ----------
    cells : Panels
    integrand : callable
        Points -> (values, rounding errors of the values), of the points' shape.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).
    ends : bool
        Whether to look at the panels' ends too: a function that may jump between the last node and the end.

    Returns
    -------
    Integral
        An infinite integrand of positive measure makes the value infinite.
    """
    if not len(cells):
        return Integral(0.0, 0.0, 0.0, True)
    kronrod, apart, rounding = _apply(cells, integrand, ends)
    for round_ in range(_MOST_ROUNDS):
        infinite = kronrod[np.isinf(kronrod)]
        if infinite.size:
            return _infinite(infinite)
        value, noise, total = math.fsum(kronrod), math.fsum(rounding), math.fsum(apart)
        tolerance = max(rtol * abs(value), atol, noise)
        if total <= tolerance:
            return Integral(value, total, noise, True)
        bad = (apart > 0.5 * tolerance / len(apart)) & (apart > rounding) & _divisible(cells)
        if not bad.any() or len(cells) + int(bad.sum()) > _MOST_PANELS:
            break
        bad_cells = cells.take(bad)
        halves = bad_cells.halves() if round_ < _PLAIN_ROUNDS else bad_cells.finer()
        new = _apply(halves, integrand, ends)
        good = ~bad
        cells = Panels.joined([cells.take(good), halves])
        kronrod, apart, rounding = (
            np.concatenate([old[good], added]) for old, added in zip((kronrod, apart, rounding), new, strict=True)
        )
    value, noise, total = math.fsum(kronrod), math.fsum(rounding), math.fsum(apart)
    return Integral(value, total, noise, total <= 2 * max(rtol * abs(value), atol, noise))


def _apply(
    cells: Panels, integrand: Callable[[Points], tuple[Array, Array]], ends: bool = False
) -> tuple[np.ndarray, ...]:
    """Per panel: the Kronrod value, what it may be wrong by, and the rounding error."""
    points, factor = cells.nodes()
    values, noise = integrand(points)
    values = values * factor
    with np.errstate(invalid="ignore"):
        kronrod = values @ KRONROD
        apart = resolution_of(values)
        rounding = (noise * factor) @ KRONROD
    if np.isfinite(apart).all():
        return kronrod, apart + _missed_at_ends(cells, integrand, values, apart) if ends else apart, rounding
    if np.isnan(values).any():
        raise DomainError("the integrand is nan where the law has mass; define it there, or exclude it by the support.")
    # an infinite value at a Kronrod-only node meets a zero Gauss weight: the infinite nodes decide
    infinite = np.isinf(values).any(axis=1)
    kronrod = np.where(infinite, _signed_infinity(values), kronrod)
    return kronrod, np.where(infinite, 0.0, apart), np.where(infinite, 0.0, rounding)


def _extrapolation() -> np.ndarray:
    """Values at both ends of a panel from those at its nodes, by their polynomial of degree 30."""
    basis = np.polynomial.legendre.legvander(NODES, len(NODES) - 1)
    return np.linalg.solve(basis.T, np.polynomial.legendre.legvander(_NEAR_ENDS, len(NODES) - 1).T)


_NEAR_ENDS = np.array([-1.0 + 1e-9, 1.0 - 1e-9])
_TO_ENDS = _extrapolation()
_UNSEEN = 1.0 - HALF_NODES[-1]  # the share of half a panel beyond its last node


def _missed_at_ends(
    cells: Panels, integrand: Callable[[Points], tuple[Array, Array]], values: np.ndarray, apart: np.ndarray
) -> np.ndarray:
    """What a jump between the last node and the end of a panel would be worth, beyond what a smooth panel shows."""
    points, slope = cells.points(coordinates_at(cells, _NEAR_ENDS))
    with np.errstate(all="ignore"):
        found = integrand(points)[0] * slope * (0.5 * (cells.b - cells.a))[:, None]
        smooth = 100.0 * apart + 1e-11 * np.abs(values).max(axis=1)
        jump = np.abs(found - values @ _TO_ENDS) - smooth[:, None]
    # an anchor is where something is known to happen: a pole, a kink or a jump, on the end itself
    jump[np.stack([cells.a, cells.b], axis=1) == np.where(cells.scale == 0, 0.0, np.nan)[:, None]] = 0.0
    return _UNSEEN * np.where(np.isfinite(jump), np.maximum(jump, 0.0), 0.0).sum(axis=1)


def by_rows(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """rows @ matrix, each row by itself.

    BLAS adds up the last of an odd number of rows in another order than the others, and cuts many rows between threads:
    what a row comes to would depend, in its last bit, on the rows beside it.
    """
    return np.einsum("ij,j->i", rows, matrix) if matrix.ndim == 1 else (rows[:, None, :] @ matrix)[:, 0]


def resolution_of(values: np.ndarray) -> np.ndarray:
    """What Kronrod's sum of each row may be wrong by."""
    found = np.abs(by_rows(values, _FAULTS))
    before, last = found[:, 1:5].max(axis=1), found[:, 5:].max(axis=1)
    last = np.maximum(last - EPS * np.abs(values).max(axis=1), 0.0)  # what the values' own rounding makes
    # by trial over 200,000 corners, jumps and steps each: Kronrod's error was above this in 1 of 1,000, up to 4 times
    decay = np.minimum(1.0, 4.0 * last / np.where(before > 0, before, 1.0))
    return np.maximum(found[:, 0], 6.0 * last * decay)


def _signed_infinity(values: np.ndarray) -> np.ndarray:
    up, down = np.isposinf(values).any(axis=1), np.isneginf(values).any(axis=1)
    if (up & down).any():
        raise DomainError("the integrand is +inf and -inf where the law has mass: its integral has no value.")
    return np.where(up, np.inf, np.where(down, -np.inf, 0.0))


def _infinite(infinite: np.ndarray) -> Integral:
    if np.isposinf(infinite).any() and np.isneginf(infinite).any():
        raise DomainError("the integrand is +inf and -inf where the law has mass: its integral has no value.")
    return Integral(float(infinite[0]), 0.0, 0.0, True)


def _divisible(cells: Panels) -> np.ndarray:
    """Whether a panel still has floats between its ends."""
    middle = 0.5 * (cells.a + cells.b)
    return (middle > cells.a) & (middle < cells.b)
