r"""Descent by the BFGS method with a line search that trusts gradients where values have no more digits to give.

.. math:: d_k = -H_k \nabla f(x_k), \qquad H_{k+1} = (I - \rho s y^T) H_k (I - \rho y s^T) + \rho s s^T, \quad
          s = x_{k+1} - x_k, \ y = \nabla f(x_{k+1}) - \nabla f(x_k), \ \rho = 1/y^T s               \quad [1]_, (6.17)

It runs in coordinates in which a unit is a change that the caller calls visible. Where f is so flat that its gradient
is 1e-80, the first step is of that length all the same, and is doubled while f falls.

.. [1] Nocedal and Wright, "Numerical Optimization", 2nd edition, Springer 2006, chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Change", "Descent", "Point", "quasi_newton"]

Array = Any
_ARMIJO = 1e-4
_TOLD = 2.0  # a gradient's own errors, within which it is 0


class Change(NamedTuple):
    """f(b) - f(a), and what rounding may add to it; inf where f(b) is not known."""

    value: float
    rounding: float = 0.0


@dataclass(frozen=True)
class Point:
    """x, what the caller knows of f there, and the gradient with its error."""

    x: np.ndarray
    state: Any
    gradient: np.ndarray
    error: np.ndarray

    @property
    def is_stationary(self) -> bool:
        """Whether every part of the gradient is 0 within its error."""
        return bool(np.all(np.abs(self.gradient) <= _TOLD * self.error))


@dataclass(frozen=True)
class Descent:
    """The points that a descent went through, and why it ended."""

    points: tuple[Point, ...]
    ended: str


def quasi_newton(
    state: Callable[[np.ndarray], Any],
    gradient: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    change: Callable[[Any, Any], Change],
    start: np.ndarray,
    *,
    units: np.ndarray,
    steps: int,
    tolerance: float = 0.0,
) -> Descent:
    """Descend from a point.

    Parameters
    ----------
    state : callable
        x -> what is to be known of f there; None where f has no value.
    gradient : callable
        x -> the gradient and its error, each (n,).
    change : callable
        (state at a, state at b) -> the Change of f from a to b.
    start, units : ndarray (n,)
    steps : int
    tolerance : float
        Also ended where each |gradient| * unit is at most this.
    """
    points = [_point(state, gradient, start)]
    H: np.ndarray | None = None
    for _ in range(steps):
        here = points[-1]
        if here.is_stationary or np.all(np.abs(here.gradient) * units <= tolerance):
            return Descent(tuple(points), "the gradient is 0")
        there = None
        for attempt in (H, None) if H is not None else (None,):
            there = _searched(state, gradient, change, here, _direction(here, attempt, units), attempt is None)
            if there is not None:
                H = attempt
                break
        if there is None:
            return Descent(tuple(points), "no step along the gradient descends")
        H = _updated(H, (there.x - here.x) / units, (there.gradient - here.gradient) * units)
        points.append(there)
    last = points[-1]
    return Descent(tuple(points), "the gradient is 0" if last.is_stationary else "the steps are used up")


def _point(state: Any, gradient: Any, x: np.ndarray) -> Point:
    slope, error = gradient(x)
    return Point(x, state(x), np.asarray(slope, float), np.asarray(error, float))


def _direction(here: Point, H: np.ndarray | None, units: np.ndarray) -> np.ndarray:
    slope = here.gradient * units
    if H is not None:
        found = -(H @ slope)
        if found @ slope < 0:
            return found * units
    size = float(np.abs(slope).max())
    slope = slope / size  # a square of 1e-200 is 0
    return -slope / math.sqrt(slope @ slope) * units


def _searched(
    state: Any, gradient: Any, change: Any, here: Point, direction: np.ndarray, is_first: bool
) -> Point | None:
    """The next point along a direction; None where no step descends."""
    expected = float(here.gradient @ direction)

    def at(share: float) -> tuple[Any, Change]:
        found = state(here.x + share * direction)
        return found, change(here.state, found) if found is not None else Change(math.inf)

    share, (_, moved) = 1.0, at(1.0)
    if moved.value <= _ARMIJO * expected and moved.value < 0:
        for _ in range(60 if is_first else 0):
            _, further = at(2.0 * share)
            if not further.value < moved.value:
                break
            share, moved = 2.0 * share, further
        return _point(state, gradient, here.x + share * direction)
    for _ in range(60):
        if abs(share * expected) <= 100.0 * moved.rounding:  # values say nothing more: gradients do
            found = _point(state, gradient, here.x + share * direction)
            if found.state is not None and abs(found.gradient @ direction) < 0.9 * abs(expected):
                return found
        # the parabola through what is known has its minimum here
        bend = moved.value - share * expected
        best = -0.5 * share * share * expected / bend if bend > 0 and math.isfinite(bend) else 0.1 * share
        share = min(max(best, 0.1 * share), 0.5 * share)
        _, moved = at(share)
        if moved.value <= _ARMIJO * share * expected and moved.value < 0:
            return _point(state, gradient, here.x + share * direction)
    return None


def _updated(H: np.ndarray | None, s: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """The BFGS update, left out where the curvature along the step is not positive."""
    sy, yy = float(s @ y), float(y @ y)
    if not sy > 1e-10 * math.sqrt(float(s @ s) * yy) or not yy > 0:
        return H
    if H is None:
        H = np.eye(len(s)) * (sy / yy)
    left = np.eye(len(s)) - np.outer(s, y) / sy
    return left @ H @ left.T + np.outer(s, s) / sy
