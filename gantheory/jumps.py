"""Where a generator jumps, to the float: panels that close in on a jump are made of coordinates that round it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.generators import Generator
from gantheory.monotone import ends_of
from gantheory.panels import EPS, Panels

__all__ = ["jumps_within"]

Array = Any
_CLOSE = 1e-6  # of the numbers in a panel's coordinates, the width of one that closes in on something
_MOST = 256  # more are no jumps, but what cannot be followed
_MOST_HALVINGS = 200
_RISE = 4.0  # of the larger |G'| beside, what a smooth G moves by at the most


def jumps_within(generator: Generator, cells: Panels) -> np.ndarray:
    """Each float at which, or just before which, G jumps, in panels that closed in on something."""
    low, high = ends_of(cells)
    left, right = cells.anchor + low, cells.anchor + high
    reach = np.max(np.abs((left, right, low, high)), axis=0)
    close = high - low <= _CLOSE * reach
    if not close.any():
        return np.empty(0)
    nodes = np.asarray(cells.take(close).nodes()[0].x)
    beside = 8 * EPS * reach[close]  # a jump may lie just beyond the end, before a wide panel's first node
    z = np.unique(np.concatenate([nodes.ravel(), left[close] - beside, right[close] + beside]))
    x, steepness = _at(generator, z)
    start = np.flatnonzero(_jumps(z, x, steepness))
    if not len(start) or len(start) > _MOST:
        return np.empty(0)
    a, b = z[start], z[start + 1]
    for _ in range(_MOST_HALVINGS):
        middle = 0.5 * a + 0.5 * b
        if ((middle <= a) | (middle >= b)).all():
            break
        in_left = np.abs(_of(generator, middle) - _of(generator, a)) >= np.abs(
            _of(generator, b) - _of(generator, middle)
        )
        a, b = np.where(in_left, a, middle), np.where(in_left, middle, b)
    return _told(generator, a, b)


def _told(generator: Generator, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Neighbouring floats between which G still jumps: the second of them, or the first where G leaves it again."""
    z = np.stack([np.nextafter(a, -np.inf), a, b, np.nextafter(b, np.inf)], axis=1)
    x, steepness = (part.reshape(z.shape) for part in _at(generator, z.ravel()))
    most = steepness[:, [0, 3]].max(axis=1, keepdims=True)  # G' on the jump itself is no slope
    gaps = np.abs(np.diff(x, axis=1)) > 64 * EPS * np.abs(x).max(axis=1, keepdims=True) + 64 * most * np.diff(z, axis=1)
    real = gaps[:, 1] & np.isfinite(x).all(axis=1) & np.isfinite(most[:, 0])
    return np.unique(np.where(gaps[:, 0], a, b)[real])


def _jumps(z: np.ndarray, x: np.ndarray, steepness: np.ndarray) -> np.ndarray:
    """Between which neighbours G moves by more than its slopes say."""
    most = np.maximum(steepness[1:], steepness[:-1])
    rounding = 64 * EPS * np.maximum(np.abs(x[1:]), np.abs(x[:-1]))
    with np.errstate(invalid="ignore"):
        return np.abs(np.diff(x)) > _RISE * most * np.diff(z) + rounding


def _of(generator: Generator, z: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(generator.G(z), dtype=float)


def _at(generator: Generator, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(all="ignore"):
        return np.asarray(generator.G(z), dtype=float), np.abs(generator.derivative(z))
