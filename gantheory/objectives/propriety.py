"""Is an objective proper? By proof where there is one, in numbers where not, and with a pair of laws against it.

f is convex, so that g(h) = ½f(1 − h) + ½f(1 + h) − f(1) ≥ 0 never falls as h grows. f is strictly convex at 1 iff
g(h) > 0 for every h > 0; where g(h) = 0 the laws (½, ½) and (½(1 + h), ½(1 − h)) on two points
are told apart by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.verdict import Verdict

__all__ = ["judged", "same_value_pair"]

_HALF_WIDTHS = (0.5, 0.25, 0.1, 0.03, 0.01, 0.003, 0.001)
FAt = Callable[[Any], tuple[np.ndarray, np.ndarray]]


def _bends(f_at: FAt, h: float) -> tuple[float, float]:
    """g(h) and its error."""
    values, errors = f_at(np.array([1.0 - h, 1.0, 1.0 + h]))
    return float(0.5 * (values[0] + values[2]) - values[1]), float(0.5 * (errors[0] + errors[2]) + errors[1])


def judged(strict: str, f_at: FAt) -> Verdict:
    """HOLDS where strict convexity at 1 is proved, or seen down to h = 0.001; REFUTED where f is a line near 1."""
    if strict == "proved":
        return Verdict.HOLDS
    if strict == "refuted":
        return Verdict.REFUTED
    found = [_bends(f_at, h) for h in _HALF_WIDTHS]
    if all(value > error for value, error in found):
        return Verdict.HOLDS
    flat = any(abs(value) <= error for value, error in found[:4])
    return Verdict.REFUTED if flat else Verdict.UNDECIDED


def same_value_pair(f_at: FAt) -> tuple[Any, Any] | None:
    """Two laws on two points with the criterion of equal ones, the furthest apart that were tried."""
    from gantheory.densities import Discrete

    for h in _HALF_WIDTHS:
        value, error = _bends(f_at, h)
        if abs(value) <= error:
            # under q = (½, ½) the ratios p/q are 1 + h and 1 − h
            return Discrete([0.0, 1.0], [0.5 * (1 + h), 0.5 * (1 - h)]), Discrete([0.0, 1.0], [0.5, 0.5])
    return None
