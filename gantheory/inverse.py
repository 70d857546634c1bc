"""The inverse of a generator on each of its monotone branches, for many x at once.

Near a critical point it is the fold's expansion, which keeps its digits there; elsewhere Newton's method from the cubic
through a table of G, bracketed. All branches are solved in one sweep: a network takes many z in the time of a few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.folds import Fold
from gantheory.generators import Generator
from gantheory.panels import EPS, Points

__all__ = ["Branch", "Image", "flattened", "inverses"]

Array = Any
_FARTHEST = 1e140
_LAST_STEP = 1e-8  # of a cell of the table


@dataclass(frozen=True)
class Branch:
    """An interval of z on which G is strictly monotone and smooth.

    Attributes
    ----------
    z0, z1 : float
        Its ends, z0 < z1; one may be infinite.
    x0, x1 : float
        The values of G there, as limits.
    slope : float
        G' of a branch that is a straight line; 0 of any other.
    fold0, fold1 : Fold or None
        How G starts at an end where its derivative vanishes.
    """

    generator: Generator = field(repr=False)
    z0: float
    z1: float
    x0: float
    x1: float
    fold0: Fold | None
    fold1: Fold | None
    table: tuple[np.ndarray, np.ndarray] = field(repr=False)  # z and x, by increasing x
    slope: float = 0.0  # of a branch that is a straight line; 0 of any other

    @property
    def increasing(self) -> bool:
        return self.x1 > self.x0

    @property
    def low(self) -> float:
        return min(self.x0, self.x1)

    @property
    def high(self) -> float:
        return max(self.x0, self.x1)

    def holds(self, points: Points) -> np.ndarray:
        """Whether the branch takes the value x, decided on the anchored point; its upper end belongs to a fold only."""
        with np.errstate(invalid="ignore"):  # an infinite x from an infinite end
            above = (points.anchor - self.low) + points.offset >= 0
            to_top = (points.anchor - self.high) + points.offset
        top = self.fold1 if self.increasing else self.fold0
        return above & ((to_top < 0) if top is None else (to_top <= 0)) & np.isfinite(points.anchor)

    @cached_property
    def origin(self) -> tuple[float, float]:
        """A point (z, G(z)) from which a straight line is measured: an end, or else the knot of least |z|."""
        for z, x in ((self.z0, self.x0), (self.z1, self.x1)):
            if math.isfinite(z):
                return z, x
        k = int(np.argmin(np.abs(self.table[0])))
        return float(self.table[0][k]), float(self.table[1][k])

    def straight(self, anchor: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """z of points on a straight branch, as an offset from its nearer end: a pole of the prior may lie there."""
        start, x = self.origin
        if not math.isfinite(self.z0 + self.z1):
            return np.full(anchor.shape, start), ((anchor - x) + offset) / self.slope
        from0, from1 = (anchor - self.x0) + offset, (anchor - self.x1) + offset
        nearer = np.abs(from0) <= np.abs(from1)
        return np.where(nearer, self.z0, self.z1), np.where(nearer, from0, from1) / self.slope

    def near_folds(self, anchor: np.ndarray, offset: np.ndarray) -> Iterator[tuple[np.ndarray, Fold, np.ndarray]]:
        """For each fold at an end: which points its expansion holds, and their distances from the critical point."""
        free = np.ones(anchor.shape, bool)
        for fold in (self.fold0, self.fold1):
            if fold is not None:
                rise = fold.direction * ((anchor - fold.value) + offset)
                near = free & (rise < fold.highest)
                free &= ~near
                yield near, fold, fold.distance(rise[near])

    def start(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """For G(z) = x: a guess, z with G below and above x, and the step that is small enough to be the last."""
        nodes, values = self.table
        i = np.clip(np.searchsorted(values, x) - 1, 0, len(values) - 2)
        low, high = nodes[i], nodes[i + 1]  # low is where G is below x, whichever of the two is smaller
        z = self._guessed(x, i)
        self._bracketed(x, z, low, high)
        # the step after a small one would be its square; not so in an outermost cell, where G may begin like a root
        inner = np.isfinite(nodes[i] + nodes[i + 1]) & (i > 0) & (i < len(nodes) - 2)
        small = np.where(inner, _LAST_STEP * np.minimum(np.abs(high - low), np.abs(z)), 0.0)
        return z, low, high, small

    def _guessed(self, x: np.ndarray, i: np.ndarray) -> np.ndarray:
        """z at x within the i-th cells of the table, by the cubic through both ends that has 1/G' for slopes."""
        nodes, values, slopes = *self.table, self._inverse_slopes
        low, width = nodes[i], nodes[i + 1] - nodes[i]
        with np.errstate(all="ignore"):
            rise = values[i + 1] - values[i]
            t = (x - values[i]) / rise
            left, right = slopes[i] * rise - width, slopes[i + 1] * rise - width
            share = t + t * (1 - t) * ((1 - t) * left - t * right) / width
            share = np.where((share > 0) & (share < 1), share, t)
            return low + width * np.where(np.isfinite(share) & np.isfinite(width), share, 0.5)

    @cached_property
    def _inverse_slopes(self) -> np.ndarray:
        with np.errstate(all="ignore"):
            return 1.0 / self.generator.derivative(self.table[0])

    def _bracketed(self, x: np.ndarray, z: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Beyond the outermost node of an unbounded branch: double the distance until x lies between."""
        for end, inner, sign in ((low, high, -1.0), (high, low, 1.0)):
            where = np.flatnonzero(np.isinf(end))
            if not where.size:
                continue
            start = inner[where]
            step = np.where(np.isinf(end[where]), np.copysign(1.0 + np.abs(start), end[where]), 0.0)
            end[where] = start + step
            for _ in range(1000):
                with np.errstate(all="ignore"):
                    short = sign * (self.generator(end[where]) - x[where]) < -2 * EPS * np.abs(x[where])
                short &= np.abs(end[where]) < 1e300
                if not short.any():
                    break
                step = np.where(short, 2.0 * step, step)
                end[where] = np.where(short, end[where] + step, end[where])
            z[where] = 0.5 * (low[where] + high[where])


@dataclass(frozen=True, slots=True)
class Image(Points):
    """Points G(z) that know their z, and |G'| there: the density of their `law` needs no inverse on that branch."""

    z: Any = None
    slope: Any = None
    law: Any = None


def flattened(points: Points) -> Points:
    """The same points, of shape (n,)."""
    anchor, offset = np.broadcast_arrays(np.asarray(points.anchor, float), np.asarray(points.offset, float))
    return Points(anchor.ravel(), offset.ravel())


def inverses(
    branches: Sequence[Branch], points: Points, without: Sequence[np.ndarray] | None = None
) -> list[tuple[np.ndarray, Points, np.ndarray]]:
    """For each branch: which points it takes as values, the z of each of those, and |G'| there.

    Parameters
    ----------
    branches : sequence of Branch
    points : Points
        Of shape (n,).
    without : sequence of bool arrays (n,), optional
        For each branch, points whose z on it is known already and not wanted.
    """
    anchor, offset = points.anchor, points.offset
    found, asked = [], []
    for k, branch in enumerate(branches):
        here = branch.holds(points)
        if without is not None:
            here &= ~without[k]
        a, o = anchor[here], offset[here]
        z, moved, slope = np.empty(a.shape), np.zeros(a.shape), np.empty(a.shape)
        left = np.ones(a.shape, bool)
        for near, fold, d in branch.near_folds(a, o):
            z[near], moved[near], slope[near] = fold.z, fold.side * d, fold.slope(d)
            left &= ~near
        found.append((here, Points(z, moved), slope))
        if branch.slope:
            z[:], moved[:] = branch.straight(a, o)
            slope[:] = abs(branch.slope)
            continue
        x = (a + o)[left]
        if x.size:
            asked.append((z, slope, left, x, branch.start(x)))
    if asked:
        x = np.concatenate([one[3] for one in asked])
        starts = (np.concatenate(parts) for parts in zip(*(one[4] for one in asked), strict=True))
        solved, slopes = _solved(branches[0].generator, x, *starts)
        end = np.cumsum([len(one[3]) for one in asked])[:-1]
        for (z, slope, left, _, _), roots, rises in zip(
            asked, np.split(solved, end), np.split(slopes, end), strict=True
        ):
            z[left], slope[left] = roots, rises
    return found


def _solved(
    generator: Generator, x: np.ndarray, z: np.ndarray, low: np.ndarray, high: np.ndarray, small: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """G(z) = x by Newton's method between low and high, halved where it leaves them; and |G'| there."""
    active = np.arange(len(z))
    before = np.full(z.shape, np.inf)
    for _ in range(200):
        at = z[active]
        with np.errstate(all="ignore"):
            reached, slope = generator.value_and_derivative(at)
            apart = reached - x[active]
            below, above = np.where(apart < 0, at, low[active]), np.where(apart > 0, at, high[active])
            new = at - apart / slope
        low[active], high[active] = below, above
        a, b = np.minimum(below, above), np.maximum(below, above)
        inside = (new >= a) & (new <= b)
        if not inside.all():
            new = np.where(inside, new, _between(a, b))
        new = np.where(apart == 0, at, new)
        z[active] = new
        step = np.abs(new - at)
        lost = (step > 0.5 * before[active]) & (step <= 1e-10 * np.abs(new))  # in the rounding of G
        before[active] = step
        told = np.abs(apart) <= EPS * np.abs(x[active])  # x is no better known
        going = (step > np.maximum(small[active] * inside, 4 * EPS * np.abs(new))) & ~lost & ~told
        active = active[going]
        if not active.size:
            break
    far = np.abs(z) > _FARTHEST  # G' would underflow: what the density is there it is already here
    if far.any():
        z[far] = np.copysign(_FARTHEST, z[far])
    return z, np.abs(generator.derivative(z))


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A number between a < b: their middle, or where they lie on one side of 0 and far apart, in the logarithm."""
    outer, inner = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
    with np.errstate(all="ignore"):
        far = (a * b >= 0) & (outer > 16 * inner)
        size = np.where(inner > 0, np.sqrt(outer) * np.sqrt(inner), 1e-12 * outer)
    return np.where(far, np.where(b > 0, size, -size), 0.5 * a + 0.5 * b)
