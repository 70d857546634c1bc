"""The generalised inverse of a cdf that has no inverse in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.panels import Points

__all__ = ["bisected_quantile", "polished_quantile"]

Array = Any
_MOST_HALVINGS = 1100  # from the largest float to the smallest


def bisected_quantile(law: Any, u: Array, low: Array, high: Array) -> np.ndarray:
    """The least x in [low, high] with cdf(x) >= u, by bisection, for an array of u and brackets that hold them."""
    with np.errstate(all="ignore"):
        for _ in range(_MOST_HALVINGS):
            middle = _between(low, high)
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
