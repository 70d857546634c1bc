"""Panels in (anchor, offset) coordinates, and the nodes of the Gauss–Kronrod pair (15, 31) on them.

A node is kept as a pair: an *anchor*, the nearest point where something happens (a centre, a kink, a jump, a pole),
and the *offset* from it. Their sum cannot say how near a node is to a pole at 1, or to a component of sd 1e-8 at 1; the
pair can, and laws are evaluated on the pair. A panel whose ends lie on one side of its anchor at a ratio of 4 or more
is integrated in the logarithm of the offset, which makes algebraic poles and power tails smooth.

The constants of the pair (Kronrod 1965) were computed to 50 digits from their definition, and the tests check their
degree of exactness.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = [
    "EPS",
    "GAUSS",
    "KRONROD",
    "NODES",
    "Edges",
    "Panels",
    "Points",
    "as_breakpoints",
    "coordinates_at",
    "panels",
    "panels_of",
    "real_array",
]

Array = Any
EPS = float(np.finfo(float).eps)
HALF_NODES = (
    0.0, 0.10114206691871749903, 0.2011940939974345223, 0.29918000715316881217, 0.3941513470775633699,
    0.48508186364023968069, 0.57097217260853884754, 0.65099674129741697053, 0.72441773136017004742,
    0.79041850144246593297, 0.8482065834104272162, 0.89726453234408190088, 0.93727339240070590431,
    0.96773907567913913426, 0.98799251802048542849, 0.99800229869339706029,
)  # fmt: skip


_HALF_KRONROD = (
    0.10133000701479154902, 0.10076984552387559504, 0.099173598721791959332, 0.096642726983623678505,
    0.093126598170825321225, 0.088564443056211770647, 0.083080502823133021038, 0.076849680757720378894,
    0.06985412131872825871, 0.062009567800670640285, 0.053481524690928087265, 0.044589751324764876608,
    0.035346360791375846222, 0.025460847326715320187, 0.015007947329316122538, 0.0053774798729233489878,
)  # fmt: skip


_HALF_GAUSS = (
    0.20257824192556127288, 0.0, 0.19843148532711157646, 0.0, 0.18616100001556221103, 0.0, 0.16626920581699393355,
    0.0, 0.13957067792615431445, 0.0, 0.10715922046717193501, 0.0, 0.070366047488108124709, 0.0,
    0.030753241996117268355, 0.0,
)  # fmt: skip


def _mirrored(half: Sequence[float], sign: float) -> np.ndarray:
    return np.array([sign * v for v in half[:0:-1]] + list(half))


NODES = _mirrored(HALF_NODES, -1.0)
KRONROD = _mirrored(_HALF_KRONROD, 1.0)
GAUSS = _mirrored(_HALF_GAUSS, 1.0)
_NEXT_TO_0 = 1e-290  # an anchor this near to 0 is 0: what lies between them are no ordinary floats
_SHARE = 1e-5
_GRADED = 4.0  # from this ratio of a panel's ends on, its coordinate is the logarithm of the offset


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the line as anchor + offset, broadcast together; `atomic` where they are atoms of mass."""

    anchor: Array
    offset: Array
    atomic: bool = False

    @property
    def x(self) -> Array:
        return self.anchor + self.offset

    @classmethod
    def at(cls, x: Array, *, atomic: bool = False) -> Points:
        x = np.asarray(x, dtype=float)
        return cls(x, np.zeros_like(x), atomic)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Where a law wants its panels to end.

    `anchors` are the points where something happens: every panel ends there, and nodes are offsets from them.
    `centre + offset` are softer edges that tell the law's scales; those of an unbounded law reach as far as it does.
    """

    anchors: Array
    centre: Array
    offset: Array

    @classmethod
    def at(cls, anchors: Array, centre: float = 0.0, offset: Array = ()) -> Edges:
        offset = np.asarray(offset, dtype=float)
        return cls(np.asarray(anchors, dtype=float), np.full(offset.shape, centre), offset)

    @classmethod
    def union(cls, edges: Sequence[Edges]) -> Edges:
        if len(edges) == 1:
            return edges[0]
        return cls(*(np.concatenate([getattr(e, name) for e in edges]) for name in ("anchors", "centre", "offset")))


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels [a, b] in the coordinate s: the offset is s where `scale` is 0, and scale * exp(s) elsewhere."""

    anchor: np.ndarray
    scale: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def __len__(self) -> int:
        return len(self.a)

    def points(self, s: np.ndarray) -> tuple[Points, Array]:
        """The points at coordinates s of shape (panels, k), and |d offset / ds| there."""
        if not self.scale.any():
            return Points(self.anchor[:, None], s), 1.0
        graded = (self.scale != 0)[:, None]
        # exp of a linear panel's coordinate is never used: keep it from overflowing
        offset = np.where(graded, self.scale[:, None] * np.exp(np.where(graded, s, 0.0)), s)
        return Points(self.anchor[:, None], offset), np.where(graded, np.abs(offset), 1.0)

    def nodes(self) -> tuple[Points, np.ndarray]:
        """Kronrod nodes of every panel, and the factor of their weights."""
        half = 0.5 * (self.b - self.a)
        s = (0.5 * (self.a + self.b))[:, None] + half[:, None] * NODES
        points, slope = self.points(s)
        return points, slope * half[:, None]

    def take(self, index: np.ndarray) -> Panels:
        return Panels(self.anchor[index], self.scale[index], self.a[index], self.b[index])

    def halves(self) -> Panels:
        """All left halves, then all right halves."""
        middle = 0.5 * (self.a + self.b)
        anchor, scale = (np.concatenate([part, part]) for part in (self.anchor, self.scale))
        return Panels(anchor, scale, np.concatenate([self.a, middle]), np.concatenate([middle, self.b]))

    def finer(self) -> Panels:
        """Halves; but a panel that ends on its anchor is cut at a small share of itself, the rest in the logarithm.

        A root or a logarithm at the anchor is smooth there: each cut gains five decades, where halves gain a factor 2.
        """
        on_anchor = (self.scale == 0) & ((self.a == 0) | (self.b == 0))
        if not on_anchor.any():
            return self.halves()
        outer = np.where(self.a == 0, self.b, self.a)[on_anchor]
        anchor, zero = self.anchor[on_anchor], np.zeros(len(outer))
        inner = _SHARE * outer
        innermost = Panels(anchor, zero, np.minimum(inner, 0.0), np.maximum(inner, 0.0))
        rest = Panels(anchor, outer, np.full(len(outer), math.log(_SHARE)), zero)
        return Panels.joined([self.take(~on_anchor).halves(), innermost, rest])

    def cut_at(self, index: np.ndarray, where: np.ndarray) -> Panels:
        """All panels, those of `index` cut at the coordinates `where`; one may be there several times."""
        owner = np.concatenate([np.arange(len(self)), index])
        order = np.lexsort((np.concatenate([self.a, where]), owner))
        owner, start = owner[order], np.concatenate([self.a, where])[order]
        last = np.append(owner[1:] != owner[:-1], True)
        stop = np.where(last, self.b[owner], np.append(start[1:], 0.0))
        return Panels(self.anchor[owner], self.scale[owner], start, stop)

    @classmethod
    def joined(cls, parts: Sequence[Panels]) -> Panels:
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("anchor", "scale", "a", "b")))


def coordinates_at(cells: Panels, nodes: np.ndarray) -> np.ndarray:
    return (0.5 * (cells.a + cells.b))[:, None] + (0.5 * (cells.b - cells.a))[:, None] * nodes


def real_array(values: Array) -> np.ndarray:
    """An array of floats; a TypeError or ValueError, for the caller to word, where the values are no real numbers."""
    if np.ma.is_masked(values):  # numpy would drop the mask without a word
        raise TypeError("masked values")
    array = np.asarray(values)
    if np.iscomplexobj(array):  # numpy would drop the imaginary part with a warning
        raise TypeError("complex numbers")
    return np.asarray(array, dtype=float)


def as_breakpoints(values: Array) -> np.ndarray:
    """The user's breakpoints, checked."""
    try:
        points = real_array(values).ravel()
    except (TypeError, ValueError):
        points = np.array([np.nan])
    if not np.isfinite(points).all():
        raise DomainError(f"breakpoints are {values!r}; they must be finite numbers, the x where something happens.")
    return points


@lru_cache(maxsize=256)
def panels_of(*edges: Edges) -> tuple[Edges, Panels]:
    """The edges of some laws together, and their panels: a pair of laws is asked for many quantities."""
    together = Edges.union(edges)
    return together, panels(together)


def panels(edges: Edges, breakpoints: Array = ()) -> Panels:
    """Cut the hull of all edges into panels, each an offset from the nearest anchor."""
    anchors = np.concatenate([edges.anchors, as_breakpoints(breakpoints)])
    anchors = np.unique(np.where(np.abs(anchors) < _NEXT_TO_0, 0.0, anchors))
    gap = 0.5 * np.diff(anchors)
    nearest = np.searchsorted(anchors[:-1] + gap, edges.centre + edges.offset)
    soft = (edges.centre - anchors[nearest]) + edges.offset
    cells = np.arange(len(anchors))
    cell = np.concatenate([cells, cells[1:], cells[:-1], nearest])
    offset = np.concatenate([np.zeros(len(anchors)), -gap, gap, soft])
    if len(gap):  # an edge rounded past the middle between two anchors belongs on the middle
        offset = np.clip(offset, np.append(-np.inf, -gap)[cell], np.append(gap, np.inf)[cell])
    order = np.lexsort((offset, cell))
    cell, offset = cell[order], offset[order]
    start, stop = offset[:-1], offset[1:]
    real = (cell[:-1] == cell[1:]) & (stop > start)
    return _coordinates(anchors[cell[:-1][real]], start[real], stop[real])


def _coordinates(anchor: np.ndarray, start: np.ndarray, stop: np.ndarray) -> Panels:
    """Linear panels, or graded ones where the ends lie on one side of the anchor and far apart in ratio."""
    right = (start > 0) & (stop >= _GRADED * start)
    left = (stop < 0) & (start <= _GRADED * stop)
    graded = right | left
    if not graded.any():
        return Panels(anchor, np.zeros_like(start), start, stop)
    outer = np.where(left, start, stop)
    inner = np.where(left, stop, start)
    # from 0, where the outer end is the scale itself: the logarithm of a ratio, not a difference of logarithms
    with np.errstate(divide="ignore"):  # a ratio that underflows
        start_log = np.maximum(np.log(np.where(graded, inner / np.where(graded, outer, 1.0), 1.0)), -700.0)
    return Panels(
        anchor,
        np.where(graded, outer, 0.0),
        np.where(graded, start_log, start),
        np.where(graded, 0.0, stop),
    )
