"""The generalised inverse of a cdf that has no inverse in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.panels import Points

__all__ = ["bisected_quantile", "polished_quantile"]

Array = Any
_HALVINGS, _MOST_STEPS = 50, 120  # of lengths; then of the count of floats between, which ends beside 0 as elsewhere


def bisected_quantile(law: Any, u: Array, low: Array, high: Array) -> np.ndarray:
    """The least x in [low, high] with cdf(x) >= u, by bisection, for an array of u and brackets that hold them."""
    with np.errstate(all="ignore"):
        for step in range(_MOST_STEPS):
            middle = _between(low, high) if step < _HALVINGS else _middle_float(low, high)
            done = (middle <= low) | (middle >= high)
            if done.all():
                break
            enough = _reaches(law, middle, u)
            low, high = np.where(enough | done, low, middle), np.where(enough & ~done, middle, high)
        return np.where(_reaches(law, low, u), low, high)


def polished_quantile(law: Any, u: Array, x: Array) -> np.ndarray:
    """Quantiles that a library's inverse found, one Newton step nearer: it may stop at 1e-12."""
    points = Points.at(x)
    with np.errstate(all="ignore"):
        missed = np.where(u < 0.5, u - law.cdf_at(points), law.sf_at(points) - (1.0 - u))
        step = missed / np.exp(law.logpdf_at(points))
        low, high = law.support()
        good = np.isfinite(step) & (np.abs(step) < 1e-6 * np.abs(x)) & (low < x + step) & (x + step < high)
    return np.where(good, x + step, x)


def _reaches(law: Any, x: Array, u: Array) -> Array:
    """Whether cdf(x) >= u, decided in the smaller of the two tails, where the difference is visible."""
    points = Points.at(x)
    return np.where(u < 0.5, law.cdf_at(points) >= u, law.sf_at(points) <= 1.0 - u)


def _between(low: Array, high: Array) -> Array:
    """The middle of two numbers, infinite ends included."""
    middle = 0.5 * low + 0.5 * high
    unbounded = ~np.isfinite(low) | ~np.isfinite(high)
    if np.any(unbounded):
        up = np.where(low > 0, 2 * low + 1, 1.0)
        down = np.where(high < 0, 2 * high - 1, -1.0)
        middle = np.where(np.isfinite(low), up, np.where(np.isfinite(high), down, 0.0))
        middle = np.where(unbounded, middle, 0.5 * low + 0.5 * high)
    return middle


def _middle_float(low: Array, high: Array) -> Array:
    """The float with as many floats below it as above, between two: of one sign they are counted by their bits."""
    ends = [np.asarray(end, dtype=float) + 0.0 for end in (low, high)]  # −0 is 0
    counts = [np.where(end < 0, -np.abs(end).view(np.int64), np.abs(end).view(np.int64)) for end in ends]
    middle = counts[0] // 2 + counts[1] // 2 + (counts[0] & counts[1] & 1)
    size = np.abs(middle).view(np.float64)
    return np.where(middle < 0, -size, size)
