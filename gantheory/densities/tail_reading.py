"""How a density falls off, read off its own values far out: for a library's smooth families, not for any callable.

A power tail shows one slope of log f in log |x| however far one looks; a tail like exp(-c |x|**k) one slope of
log(-log f). What shows neither is unknown, and then nothing is decided by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.protocol import BOUNDED, UNKNOWN, Tail

__all__ = ["middle_of", "tail_read_off", "tails_read_off"]

Array = Any
_ALIKE, _UNLIKE = 1e-3, 1e-2  # slopes one after the other; between the two nothing is said
_STEADY = 0.1  # the growth of -log f, likewise
_SLOW = 0.06
_STEPS = 1.25 ** np.arange(0.0, 3000.0)
_SMALLEST_LOG = -690.0  # a library's logpdf may be the logarithm of its pdf


def tail_read_off(logs: np.ndarray, size: np.ndarray) -> Tail:
    """From log f and log |x| at some increasing |x|, the farthest at which both are numbers."""
    if len(logs) < 5:
        return UNKNOWN
    with np.errstate(all="ignore"):
        slopes = np.diff(logs) / np.diff(size)
        spread = np.ptp(slopes[-3:]) / abs(slopes[-1])
        if spread < _ALIKE and slopes[-1] < -1:
            return Tail("power", float(-slopes[-1] - 1.0), float(np.exp(logs[-1] - slopes[-1] * size[-1])))
        growth = np.diff(np.log(-logs)) / np.diff(size)  # of -log f, as a power of |x|
        steady = np.ptp(growth[-3:]) < _STEADY * abs(growth[-1]) and growth[-1] > 0
        # -log f like (log |x|)**2: between every power tail and every exp(-|x|**k)
        steady = steady or bool((growth[-3:] < _SLOW).all() and (np.diff(growth[-3:]) < 0).all() and growth[-1] > 0)
    return Tail("exponential", float(growth[-1])) if spread > _UNLIKE and steady else UNKNOWN


def tails_read_off(
    logpdf: Callable[[Array], Array], interval: tuple[float, float], centre: float, scale: float
) -> tuple[Tail, Tail]:
    """Both tails of a density on an interval, from values at centre ± scale, in ever larger steps."""
    found = []
    for side, end in zip((-1.0, 1.0), interval, strict=True):
        if math.isfinite(end):
            found.append(BOUNDED)
            continue
        with np.errstate(all="ignore"):
            x = centre + side * scale * _STEPS
            x = x[np.abs(x) < 1e290]
            try:
                logs = np.asarray(logpdf(x), dtype=float)
            except (ArithmeticError, ValueError):  # a library's function that gives up far out
                logs = np.full(x.shape, np.nan)
            size = np.log(np.abs(x))
        seen = np.logical_and.accumulate(np.isfinite(logs) & (logs > _SMALLEST_LOG))
        found.append(tail_read_off(logs[seen][-8:], size[seen][-8:]))
    return found[0], found[1]


def middle_of(points: Any) -> tuple[float, float]:
    """A centre and a scale, from some quantiles in order."""
    low, high = float(min(points)), float(max(points))
    return 0.5 * (low + high), max(high - low, 1e-300)
