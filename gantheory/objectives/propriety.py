"""Is an objective proper? By proof where there is one, in numbers where not, and with a pair of laws against it.

f is convex, so that g(h) = ½f(1 − h) + ½f(1 + h) − f(1) ≥ 0 never falls as h grows. f is strictly convex at 1 iff
g(h) > 0 for every h > 0; where g(h) = 0 the laws (½, ½) and (½(1 + h), ½(1 − h)) on two points
are told apart by nobody. In numbers a g that is 0 is one that would be seen, if it went on falling as it fell before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.verdict import Verdict

__all__ = ["judged", "same_value_pair"]

_HALF_WIDTHS = (0.98, 0.9, 0.7, 0.5, 0.25, 0.1, 0.03, 0.01, 0.003, 0.001)
_RESOLVED = 1e-9  # of the losses' own size: a g that is not known so well shows nothing
_PLAIN = 100.0  # times its error g would be
FAt = Callable[[Any], tuple[np.ndarray, np.ndarray]]


def _bends(f_at: FAt) -> list[tuple[float, float]]:
    """g and its error at every half-width."""
    h = np.array(_HALF_WIDTHS)
    (low, low_error), (middle, middle_error), (high, high_error) = (
        f_at(u) for u in (1.0 - h, np.ones(h.shape), 1.0 + h)
    )
    values, errors = 0.5 * (low + high) - middle, 0.5 * (low_error + high_error) + middle_error
    return list(zip(values.tolist(), errors.tolist(), strict=True))


def judged(strict: str, f_at: FAt, size: float) -> Verdict:
    """HOLDS where strict convexity at 1 is proved, or seen down to h = 0.001; REFUTED where f is a line near 1.

    Parameters
    ----------
    strict : {"proved", "refuted", "undecided"}
    f_at : callable
        u -> f(u) and its error.
    size : float
        Of the losses, in their own units.
    """
    if strict != "undecided":
        return Verdict.HOLDS if strict == "proved" else Verdict.REFUTED
    found = _bends(f_at)
    if all(value > error for value, error in found):
        return Verdict.HOLDS
    return Verdict.UNDECIDED if _flat(found, size) is None else Verdict.REFUTED


def _flat(found: list[tuple[float, float]], size: float) -> int | None:
    """The largest half-width at which g is 0 beyond doubt."""
    for i, (value, error) in enumerate(found):
        if not value > error:
            plain = abs(value) <= error <= _RESOLVED * size and _expected(found, i) > _PLAIN * error
            return i if plain else None
    return None


def _expected(found: list[tuple[float, float]], i: int) -> float:
    """What g would be if it went on falling as the power of h that it fell as; of a line everywhere it never fell."""
    if i < 2:
        return math.inf
    (first, last), (wide, near, here) = (found[i - 2][0], found[i - 1][0]), _HALF_WIDTHS[i - 2 : i + 1]
    power = max(1.0, math.log(first / last) / math.log(wide / near))
    return last * (here / near) ** power


def same_value_pair(f_at: FAt, size: float) -> tuple[Any, Any] | None:
    """Two laws on two points with the criterion of equal ones, and with simple masses."""
    from gantheory.densities import Discrete

    at = _flat(_bends(f_at), size)
    if at is None:
        return None
    h = min(
        _HALF_WIDTHS[at], 0.5
    )  # g never falls: it is 0 there too; under q = (½, ½) the ratios p/q are 1 + h and 1 − h
    return Discrete([0.0, 1.0], [0.5 * (1 + h), 0.5 * (1 - h)]), Discrete([0.0, 1.0], [0.5, 0.5])
