"""Panels in (anchor, offset) coordinates, and the vectorised adaptive Gauss–Kronrod rule over them.

A node is kept as a pair: an *anchor*, the nearest point where something happens (a centre, a kink, a jump, a pole),
and the *offset* from it. Their sum cannot say how near a node is to a pole at 1, or to a component of sd 1e-8 at 1; the
pair can, and laws are evaluated on the pair. A panel whose ends lie on one side of its anchor at a ratio of 4 or more
is integrated in the logarithm of the offset, which makes algebraic poles and power tails smooth.

The rule is the Gauss–Kronrod pair (15, 31) (Kronrod 1965; the constants were computed to 50 digits from their
definition, and the tests check their degree of exactness). The difference of the two is the error of the poorer one; a
corner inside a panel makes it 0 for some of its places. So null rules have a say (Berntsen and Espelid 1991): the last
Legendre coefficients that 31 nodes show. A corner moves four of them in different phases, so that they are not small
together, and they are hardly smaller than the four before; those of a resolved function fall fast, and count less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = [
    "Edges",
    "Integral",
    "Panels",
    "Points",
    "as_breakpoints",
    "integrate",
    "panels",
    "panels_of",
    "resolution_of",
    "split_at_changes",
    "split_at_roots",
]

Array = Any
EPS = float(np.finfo(float).eps)
_HALF_NODES = (
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


NODES = _mirrored(_HALF_NODES, -1.0)
KRONROD = _mirrored(_HALF_KRONROD, 1.0)
GAUSS = _mirrored(_HALF_GAUSS, 1.0)


def _null_rules(count: int) -> np.ndarray:
    """The last Legendre coefficients: functionals that vanish on polynomials of lower degree, orthonormal, (31, k)."""
    root = np.sqrt(KRONROD)[:, None]
    basis, _ = np.linalg.qr(root * np.polynomial.legendre.legvander(NODES, len(NODES) - 1))
    return (root * basis)[:, -count:]


_FAULTS = np.column_stack([GAUSS - KRONROD, _null_rules(8)])


_GRADED = 4.0  # from this ratio of a panel's ends on, its coordinate is the logarithm of the offset
_NEXT_TO_0 = 1e-290  # an anchor this near to 0 is 0: what lies between them are no ordinary floats
_MOST_PANELS = 40_000
_MOST_ROUNDS = 80


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


def as_breakpoints(values: Array) -> np.ndarray:
    """The user's breakpoints, checked."""
    try:
        points = np.asarray(values, dtype=float).ravel()
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


@dataclass(frozen=True, slots=True)
class Integral:
    """What the rule found: the value, what resolution and rounding leave open, and whether it met the tolerance."""

    value: float
    resolution: float
    rounding: float
    converged: bool

    @property
    def error(self) -> float:
        return self.resolution + self.rounding


def integrate(
    cells: Panels,
    integrand: Callable[[Points], tuple[Array, Array]],
    *,
    rtol: float = 1e-12,
    atol: float = 0.0,
    ends: bool = False,
) -> Integral:
    """Integrate over the panels, halving those that are not resolved.

    Parameters
    ----------
    cells : Panels
    integrand : callable
        Points -> (values, rounding errors of the values), of the points' shape.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).
    ends : bool
        Whether to look at the panels' ends too: a function that may jump between the last node and the end.

    Returns
    -------
    Integral
        An infinite integrand of positive measure makes the value infinite.
    """
    if not len(cells):
        return Integral(0.0, 0.0, 0.0, True)
    kronrod, apart, rounding = _apply(cells, integrand, ends)
    for _ in range(_MOST_ROUNDS):
        infinite = kronrod[np.isinf(kronrod)]
        if infinite.size:
            return _infinite(infinite)
        value, noise, total = math.fsum(kronrod), math.fsum(rounding), math.fsum(apart)
        tolerance = max(rtol * abs(value), atol, noise)
        if total <= tolerance:
            return Integral(value, total, noise, True)
        bad = (apart > 0.5 * tolerance / len(apart)) & (apart > rounding) & _divisible(cells)
        if not bad.any() or len(cells) + int(bad.sum()) > _MOST_PANELS:
            break
        halves = cells.take(bad).halves()
        new = _apply(halves, integrand, ends)
        good = ~bad
        cells = Panels.joined([cells.take(good), halves])
        kronrod, apart, rounding = (
            np.concatenate([old[good], added]) for old, added in zip((kronrod, apart, rounding), new, strict=True)
        )
    value, noise, total = math.fsum(kronrod), math.fsum(rounding), math.fsum(apart)
    return Integral(value, total, noise, total <= 2 * max(rtol * abs(value), atol, noise))


def _apply(
    cells: Panels, integrand: Callable[[Points], tuple[Array, Array]], ends: bool = False
) -> tuple[np.ndarray, ...]:
    """Per panel: the Kronrod value, what it may be wrong by, and the rounding error."""
    points, factor = cells.nodes()
    values, noise = integrand(points)
    values = values * factor
    with np.errstate(invalid="ignore"):
        kronrod = values @ KRONROD
        apart = resolution_of(values)
        rounding = (noise * factor) @ KRONROD
    if np.isfinite(apart).all():
        return kronrod, apart + _missed_at_ends(cells, integrand, values, apart) if ends else apart, rounding
    if np.isnan(values).any():
        raise DomainError("the integrand is nan where the law has mass; define it there, or exclude it by the support.")
    # an infinite value at a Kronrod-only node meets a zero Gauss weight: the infinite nodes decide
    infinite = np.isinf(values).any(axis=1)
    kronrod = np.where(infinite, _signed_infinity(values), kronrod)
    return kronrod, np.where(infinite, 0.0, apart), np.where(infinite, 0.0, rounding)


def _extrapolation() -> np.ndarray:
    """Values at both ends of a panel from those at its nodes, by their polynomial of degree 30."""
    basis = np.polynomial.legendre.legvander(NODES, len(NODES) - 1)
    return np.linalg.solve(basis.T, np.polynomial.legendre.legvander(_NEAR_ENDS, len(NODES) - 1).T)


_NEAR_ENDS = np.array([-1.0 + 1e-9, 1.0 - 1e-9])
_TO_ENDS = _extrapolation()
_UNSEEN = 1.0 - _HALF_NODES[-1]  # the share of half a panel beyond its last node


def _missed_at_ends(
    cells: Panels, integrand: Callable[[Points], tuple[Array, Array]], values: np.ndarray, apart: np.ndarray
) -> np.ndarray:
    """What a jump between the last node and the end of a panel would be worth, beyond what a smooth panel shows."""
    points, slope = cells.points(_coordinates_at(cells, _NEAR_ENDS))
    with np.errstate(all="ignore"):
        found = integrand(points)[0] * slope * (0.5 * (cells.b - cells.a))[:, None]
        smooth = 100.0 * apart + 1e-11 * np.abs(values).max(axis=1)
        jump = np.abs(found - values @ _TO_ENDS) - smooth[:, None]
    # an anchor is where something is known to happen: a pole, a kink or a jump, on the end itself
    jump[np.stack([cells.a, cells.b], axis=1) == np.where(cells.scale == 0, 0.0, np.nan)[:, None]] = 0.0
    return _UNSEEN * np.where(np.isfinite(jump), np.maximum(jump, 0.0), 0.0).sum(axis=1)


def resolution_of(values: np.ndarray) -> np.ndarray:
    """What Kronrod's sum of each row may be wrong by."""
    found = np.abs(values @ _FAULTS)
    before, last = found[:, 1:5].max(axis=1), found[:, 5:].max(axis=1)
    last = np.maximum(last - EPS * np.abs(values).max(axis=1), 0.0)  # what the values' own rounding makes
    # by trial over 200,000 corners, jumps and steps each: Kronrod's error was above this in 1 of 1,000, up to 4 times
    decay = np.minimum(1.0, 4.0 * last / np.where(before > 0, before, 1.0))
    return np.maximum(found[:, 0], 6.0 * last * decay)


def _signed_infinity(values: np.ndarray) -> np.ndarray:
    up, down = np.isposinf(values).any(axis=1), np.isneginf(values).any(axis=1)
    if (up & down).any():
        raise DomainError("the integrand is +inf and -inf where the law has mass: its integral has no value.")
    return np.where(up, np.inf, np.where(down, -np.inf, 0.0))


def _infinite(infinite: np.ndarray) -> Integral:
    if np.isposinf(infinite).any() and np.isneginf(infinite).any():
        raise DomainError("the integrand is +inf and -inf where the law has mass: its integral has no value.")
    return Integral(float(infinite[0]), 0.0, 0.0, True)


def _divisible(cells: Panels) -> np.ndarray:
    """Whether a panel still has floats between its ends."""
    middle = 0.5 * (cells.a + cells.b)
    return (middle > cells.a) & (middle < cells.b)


_WITH_ENDS = np.concatenate([[-1.0 + 1e-13, -1.0 + 2e-4], NODES, [1.0 - 2e-4, 1.0 - 1e-13]])
_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)


_GRADES = np.exp(-3.0 * np.arange(1, 11))


def split_at_changes(cells: Panels, label: Callable[[Points], Array], *, graded: bool = False) -> Panels:
    """Cut every panel where a label of its points changes, as its nodes and ends show, each place by bisection.

    A corner of the integrand then lies on a panel's end, where the rule does not see it. `graded` panels become shorter
    towards it, down to 1e-13: the corner is round, and nobody says how closely.
    """
    done: list[Panels] = []
    places: list[np.ndarray] = []
    for _ in range(4):  # two changes between neighbouring nodes are found one after the other
        s = _coordinates_at(cells, _WITH_ENDS)
        labels = label(cells.points(s)[0])
        index, k = np.nonzero(labels[:, :-1] != labels[:, 1:])
        if not index.size:
            break
        where = _last_of_label(cells.take(index), s[index, k], s[index, k + 1], labels[index, k], label)
        touched = np.isin(np.arange(len(cells)), index)
        places.append(where)
        done.append(cells.take(~touched))
        cells = cells.cut_at(index, where).take(np.repeat(touched, 1 + np.bincount(index, minlength=len(cells))))
    cells = Panels.joined([*done, cells]) if done else cells
    return _graded(cells, np.concatenate(places)) if graded and places else cells


def _graded(cells: Panels, places: np.ndarray) -> Panels:
    """Panels that end at one of the places, cut ever shorter towards it."""
    index, where = [], []
    for end, other in ((cells.a, cells.b), (cells.b, cells.a)):
        here = np.flatnonzero(np.isin(end, places))
        index.append(np.repeat(here, len(_GRADES)))
        where.append((end[here, None] + (other - end)[here, None] * _GRADES).ravel())
    return cells.cut_at(np.concatenate(index), np.concatenate(where))


def split_at_roots(cells: Panels, function: Callable[[Points], Array]) -> Panels:
    """Cut every panel at the sign changes of `function`, also where two of them lie between neighbouring nodes."""

    def sign(points: Points) -> Array:
        with np.errstate(invalid="ignore"):
            return function(points) > 0

    return split_at_changes(_split_at_dips(cells, function), sign)


def _split_at_dips(cells: Panels, function: Callable[[Points], Array]) -> Panels:
    """Cut at a place of the other sign between two nodes of one sign, where the nodes around say that one may be."""
    s = _coordinates_at(cells, _WITH_ENDS)
    with np.errstate(all="ignore"):
        f = function(cells.points(s)[0])
        side = np.where(f > 0, 1.0, -1.0)
        up = np.nan_to_num(f * side[:, 1:2], posinf=1e300, neginf=-1e300)
        slope = np.diff(up, axis=1) / np.diff(s, axis=1)
        into, out, step = slope[:, :-2], slope[:, 2:], np.diff(s, axis=1)[:, 1:-1]
        left, right = up[:, 1:-2], up[:, 2:-1]
        # where the lines through both neighbours meet, below a function that is convex there
        lowest = left + into * (right - left - out * step) / (into - out)
        here = (
            (side[:, 1:-2] == side[:, 2:-1]) & (side[:, 1:2] == side[:, 1:-2]) & (into < 0) & (out > 0) & (lowest < 0)
        )
    index, k = np.nonzero(here)
    if not index.size:
        return cells
    some, towards = cells.take(index), side[index, k + 1]
    where, least = _minimum(some, s[index, k + 1], s[index, k + 2], lambda p: towards[:, None] * function(p))
    crosses = least < 0
    return cells.cut_at(index[crosses], where[crosses])


def _minimum(
    cells: Panels, low: np.ndarray, high: np.ndarray, function: Callable[[Points], Array]
) -> tuple[np.ndarray, np.ndarray]:
    """Golden-section search in each panel, until the function is below 0 or the interval is at rounding."""

    def at(s: np.ndarray) -> np.ndarray:
        return function(cells.points(s[:, None])[0])[:, 0]

    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    fa, fb = at(a), at(b)
    for _ in range(60):
        left = fa < fb
        low, high = np.where(left, low, a), np.where(left, b, high)
        a, b = np.where(left, high - _GOLDEN * (high - low), b), np.where(left, a, low + _GOLDEN * (high - low))
        new = at(np.where(left, a, b))
        fa, fb = np.where(left, new, fb), np.where(left, fa, new)
        if (np.minimum(fa, fb) < 0).all():
            break
    return np.where(fa < fb, a, b), np.minimum(fa, fb)


def _coordinates_at(cells: Panels, nodes: np.ndarray) -> np.ndarray:
    return (0.5 * (cells.a + cells.b))[:, None] + (0.5 * (cells.b - cells.a))[:, None] * nodes


def _last_of_label(
    cells: Panels, low: np.ndarray, high: np.ndarray, labels: np.ndarray, label: Callable[[Points], Array]
) -> np.ndarray:
    """Between low, which has the label, and high, which has not: where the label is lost."""
    for _ in range(50):
        middle = 0.5 * (low + high)
        same = label(cells.points(middle[:, None])[0])[:, 0] == labels
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)
