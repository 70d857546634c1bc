"""Where the mass of a black-box density lies: a search over dyadic scales, then panels that are halved until they
agree.

Nothing is known of the density but its values, so the mass is the judge: the search widens its reach, then looks
closer, until what it has found adds up. A peak too narrow for the nodes is climbed where the log-density shows a
slope towards it (log-densities do over hundreds of scales, densities that underflow do not); one that shows none
leaves mass missing.

How noisy the density is in floats is measured: sixth differences over a spacing at which a smooth function has none.
That noise, which holds the rounding of the argument itself, is where halving stops.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.panels import EPS, GAUSS, KRONROD, Edges, Panels, Points, panels

__all__ = ["Resolved", "resolve"]

Array = Any
LogDensity = Callable[[Points], Array]
_NEAR = 2.0**-60  # how near an anchor the ladder begins, and how near where a strong pole may hold the missing mass
_NEAREST = 2.0**-1000
_REACHES = (2.0**8, 2.0**60, 2.0**1000)
_FINEST = 2.0**-24  # from here inward the ladder takes steps of 2**8: a pole is smooth in the logarithm
_SCAN = 64
_SETTLED = 1e-12
_WORTH_A_LOOK = 1e-8
_RTOL = 1e-13
_MOST_PANELS = 20_000
_MOST_ROUNDS = 80
_MOST_PEAKS = 32
_SIXTH = np.array([1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0]) / math.sqrt(924.0)


@dataclass(frozen=True)
class Resolved:
    """Panels, sorted along the line, with the mass of each; what halving and noise leave open."""

    cells: Panels
    masses: np.ndarray
    resolution: float
    noise: float
    log_density: LogDensity

    @property
    def mass(self) -> float:
        return math.inf if np.isinf(self.masses).any() else math.fsum(self.masses)

    @property
    def error(self) -> float:
        return self.resolution + self.noise

    # -- the panels' ends ------------------------------------------------------------------------------------------

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Offsets of the left and right ends from their anchors."""
        cells = self.cells
        graded = cells.scale != 0
        a = np.where(graded, cells.scale * np.exp(np.where(graded, cells.a, 0.0)), cells.a)
        b = np.where(graded, cells.scale * np.exp(np.where(graded, cells.b, 0.0)), cells.b)
        return np.minimum(a, b), np.maximum(a, b)

    @cached_property
    def edges(self) -> Edges:
        """The panels as edges for another integral over the same law; neighbours without any mass are joined."""
        left, right = self._ends
        held = np.concatenate([[True], (self.masses[1:] > 0) | (self.masses[:-1] > 0)])
        return Edges(
            np.unique(self.cells.anchor),
            np.append(self.cells.anchor[held], self.cells.anchor[-1]),
            np.append(left[held], right[-1]),
        )

    # -- the mass on either side of a point --------------------------------------------------------------------------

    @cached_property
    def _cumulated(self) -> np.ndarray:
        return np.concatenate([[0.0], np.cumsum(self.masses)])

    @cached_property
    def _cumulated_above(self) -> np.ndarray:
        return np.concatenate([np.cumsum(self.masses[::-1])[::-1], [0.0]])

    def below(self, points: Points) -> Array:
        """Mass to the left of each point."""
        index, s = self._located(points)
        return self._cumulated[index] + self._part(index, s, left=True)

    def above(self, points: Points) -> Array:
        """Mass to the right of each point."""
        index, s = self._located(points)
        return self._cumulated_above[index + 1] + self._part(index, s, left=False)

    def _located(self, points: Points) -> tuple[np.ndarray, np.ndarray]:
        """The panel of each point, and the point's coordinate there."""
        anchor, offset = np.broadcast_arrays(points.anchor, points.offset)
        left, right = self._ends
        lefts = self.cells.anchor + left
        index = np.clip(np.searchsorted(lefts, anchor + offset, side="right") - 1, 0, len(lefts) - 1)
        with np.errstate(invalid="ignore"):
            inner = np.clip((anchor - self.cells.anchor[index]) + offset, left[index], right[index])
        scale = self.cells.scale[index]
        with np.errstate(divide="ignore", invalid="ignore"):
            return index, np.where(scale != 0, np.log(inner / np.where(scale != 0, scale, 1.0)), inner)

    def _part(self, index: np.ndarray, s: np.ndarray, *, left: bool) -> np.ndarray:
        """Mass of the part of a panel to the left, or to the right, of coordinate s."""
        flat = index.ravel()
        cells, s = self.cells.take(flat), s.ravel()
        ascending = (cells.scale >= 0) == left  # a panel left of its anchor runs against the line
        part = Panels(cells.anchor, cells.scale, np.where(ascending, cells.a, s), np.where(ascending, s, cells.b))
        points, factor = part.nodes()
        return ((np.exp(self.log_density(points)) * factor) @ KRONROD).reshape(index.shape)

    def quantile(self, mass: Array) -> np.ndarray:
        """The point that has `mass` to its left: Newton's steps, kept inside a shrinking bracket."""
        mass = np.asarray(mass, dtype=float)
        target = np.clip(mass.ravel(), 0.0, self._cumulated[-1])
        index = np.clip(np.searchsorted(self._cumulated, target, side="left") - 1, 0, len(self.masses) - 1)
        cells = self.cells.take(index)
        sign = np.where(cells.scale >= 0, 1.0, -1.0)
        low, high = cells.a.copy(), cells.b.copy()
        s = 0.5 * (low + high)
        open_ = np.arange(len(s))
        for _ in range(100):
            part = cells.take(open_)
            excess = self._cumulated[index[open_]] + self._part(index[open_], s[open_], left=True) - target[open_]
            beyond = excess * sign[open_] > 0
            low[open_], high[open_] = np.where(beyond, low[open_], s[open_]), np.where(beyond, s[open_], high[open_])
            points, slope = part.points(s[open_][:, None])
            density = (np.exp(self.log_density(points)) * slope)[:, 0]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                step = s[open_] - sign[open_] * excess / density
            inside = (step > low[open_]) & (step < high[open_])
            step = np.where(inside, step, 0.5 * (low[open_] + high[open_]))
            moving = (np.abs(step - s[open_]) > 2 * EPS * np.abs(step)) & (np.abs(excess) > 2 * EPS * target[open_])
            s[open_] = np.where(np.abs(excess) > 2 * EPS * target[open_], step, s[open_])
            open_ = open_[moving]
            if not len(open_):
                break
        return cells.points(s[:, None])[0].x[:, 0].reshape(mass.shape)


def resolve(
    log_density: LogDensity, support: tuple[float, float], breakpoints: Sequence[float] = (), mass: float = 1.0
) -> Resolved:
    """Panels that hold the mass of a density, as far as it can be found.

    Parameters
    ----------
    log_density : callable
        Points -> log-density, -inf off the support.
    support : (float, float)
    breakpoints : sequence of float
        Points inside the support where something happens.
    mass : float
        What the density should add up to: the search goes on until it does, or ends.

    Returns
    -------
    Resolved
        The attempt whose mass came nearest. The caller judges it.
    """
    anchors = _anchors(support, breakpoints)
    best = _attempt(log_density, anchors, support, _REACHES[0], _NEAR)
    for reach in _REACHES[1:]:
        if _settled(best, mass):
            return best
        best = _nearer(best, _attempt(log_density, anchors, support, reach, _NEAR), mass)
    if _is_small(best, mass):
        return best
    best = _nearer(best, _attempt(log_density, anchors, support, reach, _NEAREST), mass)
    if _is_small(best, mass):
        return best
    scanned = _attempt(log_density, anchors, support, _REACHES[1], _NEAR, _SCAN)
    if len(scanned.edges.anchors) > len(anchors):  # peaks were found: the ladders at them need no scan
        scanned = _nearer(_attempt(log_density, scanned.edges.anchors, support, _REACHES[1], _NEAR), scanned, mass)
    return _nearer(best, scanned, mass)


def _is_small(found: Resolved, mass: float) -> bool:
    """Whether what is missing is not worth a closer look, or too much was found already."""
    return not found.mass < mass - _WORTH_A_LOOK - found.error


def _settled(found: Resolved, mass: float) -> bool:
    return abs(found.mass - mass) <= _SETTLED + min(found.error, 1e-6)


def _nearer(first: Resolved, second: Resolved, mass: float) -> Resolved:
    """The attempt whose mass is the nearer, the first unless the second is much nearer: it has the fewer panels."""
    nearer = abs(second.mass - mass) < 0.5 * abs(first.mass - mass)
    return second if nearer and not _settled(first, mass) else first


def _attempt(
    log_density: LogDensity,
    anchors: np.ndarray,
    support: tuple[float, float],
    reach: float,
    floor: float,
    scan: int = 1,
) -> Resolved:
    for _ in range(3):  # a peak beside a climbed one shows once the ladder of the first is there
        cells = panels(_ladders(anchors, support, reach, floor))
        if scan > 1:
            cells = _subdivided(cells, scan)
        peaks = np.setdiff1d(_narrow_peaks(log_density, cells), anchors)
        if not len(peaks):
            break
        anchors = np.union1d(anchors, peaks)
    return _refined(cells, log_density)


def _anchors(support: tuple[float, float], breakpoints: Sequence[float]) -> np.ndarray:
    low, high = support
    inside = [b for b in map(float, np.ravel(breakpoints)) if low < b < high]
    ends = [end for end in support if math.isfinite(end)]
    zero = [0.0] if low < 0 < high else []
    return np.unique([*inside, *ends, *zero])


def _ladders(anchors: np.ndarray, support: tuple[float, float], reach: float, floor: float) -> Edges:
    """Dyadic edges on both sides of every anchor, up to the middle towards the next one."""
    gaps = np.diff(anchors)
    left = np.concatenate([[anchors[0] - support[0]], 0.5 * gaps])
    right = np.concatenate([0.5 * gaps, [support[1] - anchors[-1]]])
    centre, offset = [], []
    for anchor, *limits in zip(anchors, left, right, strict=True):
        for sign, limit in zip((-1.0, 1.0), limits, strict=True):
            steps = sign * _ladder(float(anchor), float(limit), reach, floor)
            centre.append(np.full(steps.shape, anchor))
            offset.append(steps)
    return Edges(anchors, np.concatenate(centre), np.concatenate(offset))


def _ladder(anchor: float, limit: float, reach: float, floor: float) -> np.ndarray:
    if limit <= 0:
        return np.empty(0)
    top = limit if math.isfinite(limit) else reach
    floor = max(4 * math.ulp(anchor), floor * min(1.0, top))
    inward = min(1.0, top) * _FINEST
    dyadic = 2.0 ** np.arange(math.ceil(math.log2(inward)), min(60, math.log2(top)), 1.0)
    outer = 2.0 ** np.arange(60, math.log2(top), 8.0)
    inner = inward * 2.0 ** -np.arange(8.0, max(8.0, math.log2(inward / floor)), 8.0)
    even = top * np.arange(1, 8) / 8 if math.isfinite(limit) else np.empty(0)
    steps = np.concatenate([inner, dyadic, outer, even, [top]])
    return np.unique(steps[(steps > floor) & (steps <= top)])


def _subdivided(cells: Panels, parts: int) -> Panels:
    share = np.linspace(0.0, 1.0, parts + 1)
    s = cells.a[:, None] + (cells.b - cells.a)[:, None] * share
    repeated = [np.repeat(v, parts) for v in (cells.anchor, cells.scale)]
    a, b = s[:, :-1].ravel(), s[:, 1:].ravel()
    real = b > a
    return Panels(repeated[0][real], repeated[1][real], a[real], b[real])


# -- narrow peaks --------------------------------------------------------------------------------------------------


def _narrow_peaks(log_density: LogDensity, cells: Panels) -> np.ndarray:
    """Maxima of the log-density that are narrower than the nodes that show a slope towards them."""
    points, _ = cells.nodes()
    x = points.x.ravel()
    order = np.argsort(x, kind="stable")
    x, f = x[order], np.asarray(log_density(points), dtype=float).ravel()[order]
    with np.errstate(invalid="ignore"):
        higher = (f[1:-1] >= f[:-2]) & (f[1:-1] >= f[2:]) & ((f[1:-1] > f[:-2]) | (f[1:-1] > f[2:]))
    top = 1 + np.flatnonzero(higher & np.isfinite(f[1:-1]))
    top = top[np.argsort(-f[top], kind="stable")][:_MOST_PEAKS]
    if not len(top):
        return np.empty(0)
    bracket = x[top + 1] - x[top - 1]
    peak, height = _climbed(log_density, x[top - 1], x[top + 1])
    narrow = _scales(log_density, peak, height, bracket) < bracket / 8
    return np.unique(peak[narrow])


def _climbed(log_density: LogDensity, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest point of each bracket that has one peak: nine points, then nine about the best of them, and so on."""
    rows = np.arange(len(low))
    share = np.linspace(0.0, 1.0, 9)
    for _ in range(40):
        x = low[:, None] + (high - low)[:, None] * share
        f = log_density(Points.at(x))
        best = f.argmax(axis=1)
        peak, height = x[rows, best], f[rows, best]
        near = np.clip(best, 1, 7)
        low, high = x[rows, near - 1], x[rows, near + 1]
    return peak, height


def _scales(log_density: LogDensity, peak: np.ndarray, height: np.ndarray, bracket: np.ndarray) -> np.ndarray:
    """How far from each peak the log-density has fallen by 2, to a factor of 2."""
    distance = bracket[:, None] * 2.0 ** -np.arange(0.0, 80.0)
    near = [log_density(Points.at(peak[:, None] + sign * distance)) >= height[:, None] - 2.0 for sign in (-1, 1)]
    return distance[np.arange(len(peak)), (near[0] | near[1]).argmax(axis=1)]


# -- refinement ----------------------------------------------------------------------------------------------------


def _refined(cells: Panels, log_density: LogDensity) -> Resolved:
    masses, apart, noise = _applied(cells, log_density)
    for _ in range(_MOST_ROUNDS):
        if np.isinf(masses).any():
            break
        tolerance = max(_RTOL * math.fsum(masses), math.fsum(noise))
        middle = 0.5 * (cells.a + cells.b)
        divisible = (middle > cells.a) & (middle < cells.b)
        bad = (apart > 0.5 * tolerance / len(apart)) & (apart > noise) & divisible
        if math.fsum(apart) <= tolerance or not bad.any() or len(cells) + int(bad.sum()) > _MOST_PANELS:
            break
        halves = cells.take(bad).halves()
        new = _applied(halves, log_density)
        cells = Panels.joined([cells.take(~bad), halves])
        masses, apart, noise = (
            np.concatenate([old[~bad], added]) for old, added in zip((masses, apart, noise), new, strict=True)
        )
    found = Resolved(cells, masses, math.fsum(apart), math.fsum(noise), log_density)
    order = np.lexsort((found._ends[0], cells.anchor))
    return Resolved(cells.take(order), masses[order], found.resolution, found.noise, log_density)


def _applied(cells: Panels, log_density: LogDensity) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per panel: its mass, how far the poorer rule is from it, and the noise of the values."""
    points, factor = cells.nodes()
    log_f = log_density(points)
    with np.errstate(over="ignore", invalid="ignore"):
        f = np.exp(log_f) * factor
        masses, apart = f @ KRONROD, np.abs(f @ (GAUSS - KRONROD))
    masses = np.where(np.isinf(f).any(axis=1), np.inf, masses)
    size = np.where(np.isfinite(log_f), np.abs(log_f), 0.0)
    rounding = 4 * EPS * (1.0 + size)
    with np.errstate(invalid="ignore"):
        noise = np.maximum((f * rounding) @ KRONROD, masses * _roughness(cells, log_density))
    finite = np.isfinite(masses)
    return masses, np.where(finite, apart, 0.0), np.where(finite, noise, 0.0)


def _roughness(cells: Panels, log_density: LogDensity) -> np.ndarray:
    """Noise of the log-density in each panel, from the smoother of two places (a jump may lie in one)."""
    places = []
    for share in (0.381, 0.764):
        s = cells.a + share * (cells.b - cells.a)
        points, slope = cells.points(s[:, None])
        # no dyadic spacing: the seven points would round alike, and their noise would not show
        spacing = np.maximum(1.2347e-6 * (cells.b - cells.a), 7.6543 * EPS * np.abs(points.x[:, 0]) / np.ravel(slope))
        spread = cells.points(s[:, None] + spacing[:, None] * np.arange(-3.0, 4.0))[0]
        log_f = log_density(spread)
        known = np.isfinite(log_f).all(axis=1)
        places.append(4.0 * np.abs(np.where(known[:, None], log_f, 0.0) @ _SIXTH))
    return np.minimum(*places)
