"""Functions of a standard normal number s: B-splines on its bulk, straight in its tails, and a law's quantiles at s."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

__all__ = ["DEGREE", "INNER", "splines", "standard_quantile"]

DEGREE = 5
INNER = 6.5  # in standard deviations: beyond, a spline is the straight line that it ends with


def splines(s: np.ndarray, pieces: int, degree: int = DEGREE) -> list[np.ndarray]:
    """The B-splines on equal pieces of [−6½, 6½], straight beyond, and two derivatives, (points, splines)."""
    inner = np.clip(s, -INNER, INNER)[:, None]
    h = 2.0 * INNER / pieces
    knots = -INNER + h * np.arange(-degree, pieces + degree + 1)
    place = np.minimum(np.floor((inner[:, 0] + INNER) / h).astype(int), pieces - 1) + degree
    values = [np.eye(len(knots) - 1)[place]]
    for k in range(1, degree + 1):  # Cox and de Boor
        below = values[-1]
        rising = (inner - knots[: -k - 1]) / (k * h) * below[:, :-1]
        values.append(rising + (knots[k + 1 :] - inner) / (k * h) * below[:, 1:])
    rise = -np.diff(values[degree - 1], 1, axis=1) / h
    bend = np.diff(values[degree - 2], 2, axis=1) / h**2
    outside = np.abs(s)[:, None] > INNER
    return [values[degree] + (s[:, None] - inner) * rise, rise, np.where(outside, 0.0, bend)]


def standard_quantile(law: Any, s: np.ndarray) -> np.ndarray:
    """x with P(X <= x) = Φ(s), by the smaller of the two tails."""
    x = np.array(law.ppf(special.ndtr(np.minimum(s, 0.0))), dtype=float)
    right = s > 0
    low = np.full(int(right.sum()), float(law.ppf(0.5)))
    tail = special.ndtr(-s[right])
    end = law.support()[1]
    width = np.ones_like(low)
    for _ in range(1100):
        high = np.minimum(low + width, end)
        short = (law.sf(high) > tail) & (high < end)
        if not short.any():
            break
        width = np.where(short, 2.0 * width, width)
    for _ in range(200):
        middle = 0.5 * (low + high)
        if ((middle <= low) | (middle >= high)).all():
            break
        above = law.sf(middle) > tail
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    x[right] = 0.5 * (low + high)
    return x
