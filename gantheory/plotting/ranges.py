"""Where to draw: the range of x in which laws live, and points dense enough wherever something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.plotting.canvas import increasing

__all__ = ["bulk", "points_between", "range_and_points", "runs", "within"]

Array = Any
_MOST_MARKS = 200


def range_and_points(x: Any, laws: Sequence[Any], breakpoints: Sequence[Array]) -> tuple[float, float, np.ndarray]:
    """The ends of the picture and the points to draw at, from what the caller said of x."""
    if x is None:
        lo, hi = bulk(laws)
    else:
        x = increasing("x", x)
        lo, hi = float(x[0]), float(x[-1])
        if len(x) > 2:
            return lo, hi, x
    return lo, hi, points_between(lo, hi, [*breakpoints, *(law.breakpoints() for law in laws)])


def bulk(laws: Sequence[Any]) -> tuple[float, float]:
    """Where laws live, with a margin: the union of their own ranges."""
    ends = [_bulk_of(law) for law in laws]
    lo, hi = min(a for a, _ in ends), max(b for _, b in ends)
    has_density = any(law.continuous_mass > 0 for law in laws)
    pad = (0.03 if has_density else 0.1) * (hi - lo) or 1.0  # stems keep away from the sides
    return lo - pad, hi + pad


def _bulk_of(law: Any) -> tuple[float, float]:
    """The quantiles at 1/2000, or one width of the central 80 % around it where that is nearer, as with heavy tails."""
    far_lo, lo, hi, far_hi = (float(q) for q in law.ppf(np.array([0.0005, 0.1, 0.9, 0.9995])))
    width = hi - lo if hi > lo else far_hi - far_lo
    near_lo, near_hi = max(far_lo, lo - width), min(far_hi, hi + width)
    a, b = law.support()
    return (a if a > near_lo - 0.1 * width else near_lo), (b if b < near_hi + 0.1 * width else near_hi)


def points_between(lo: float, hi: float, breakpoints: Sequence[Array]) -> np.ndarray:
    """Evenly spaced points, and ever denser ones towards each breakpoint: a jump, a pole, a narrow peak."""
    marks = np.unique(np.concatenate([np.empty(0), *(np.asarray(b, dtype=float) for b in breakpoints)]))
    marks = marks[(marks >= lo) & (marks <= hi)][:_MOST_MARKS]
    offsets = np.geomspace(1e-13, 0.05, 240) * (hi - lo)
    around = marks[:, None] + np.concatenate([-offsets, [0.0], offsets])
    x = np.concatenate([np.linspace(lo, hi, 1201), around.ravel()])
    return np.unique(x[(x >= lo) & (x <= hi)])


def within(atoms: tuple[Array, Array], lo: float, hi: float) -> tuple[np.ndarray, np.ndarray]:
    """The atoms that lie in the range."""
    locations, masses = (np.asarray(a, dtype=float) for a in atoms)
    inside = (locations >= lo) & (locations <= hi)
    return locations[inside], masses[inside]


def runs(x: Array, is_high: Array, apart: float) -> list[slice]:
    """Stretches of points that are high; two of them nearer to each other than `apart` are one."""
    high = np.flatnonzero(is_high)
    if not len(high):
        return []
    cuts = np.flatnonzero(np.diff(x[high]) > apart)
    starts, stops = high[np.r_[0, cuts + 1]], high[np.r_[cuts, len(high) - 1]]
    return [slice(int(a), int(b) + 1) for a, b in zip(starts, stops)]
