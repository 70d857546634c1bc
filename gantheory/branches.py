"""The monotone branches of a generator over the support of its prior, and its flat pieces.

The support is covered with the prior's own panels. A panel is halved until G' is resolved on it (its last Legendre
coefficients vanish), and cut where G' changes its sign, also where two zeros lie between neighbouring nodes. What does
not become resolved is a kink, on which the panels close in. Between cuts G is strictly monotone, or constant.

This finds every critical point of a G that the nodes resolve. It is no proof that there is no other: a G' that dips
below 0 between all nodes of a panel on which it looks smooth is not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.folds import Fold, fold_at
from gantheory.generators import Generator
from gantheory.monotone import ends_of, in_order, is_resolved, refined, sign_at, slope_at, split_where_it_touches
from gantheory.panels import EPS, Panels, Points, panels
from gantheory.splitting import split_at_changes, split_at_roots

__all__ = ["Branch", "Flat", "Resolved", "resolved"]

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
        above = (points.anchor - self.low) + points.offset >= 0
        to_top = (points.anchor - self.high) + points.offset
        top = self.fold1 if self.increasing else self.fold0
        return above & ((to_top < 0) if top is None else (to_top <= 0)) & np.isfinite(points.anchor)

    def inverse(self, points: Points) -> tuple[Points, np.ndarray]:
        """The z of each x on the branch, and |G'| there."""
        anchor, offset = (np.asarray(a, dtype=float) for a in np.broadcast_arrays(points.anchor, points.offset))
        z, moved, slope = np.empty(anchor.shape), np.zeros(anchor.shape), np.empty(anchor.shape)
        left = np.ones(anchor.shape, bool)
        for fold in (self.fold0, self.fold1):
            if fold is None:
                continue
            rise = fold.direction * ((anchor - fold.value) + offset)
            near = left & (rise < fold.rise(np.array(fold.reach)))
            d = fold.distance(rise[near])
            z[near], moved[near], slope[near] = fold.z, fold.side * d, fold.slope(d)
            left &= ~near
        if left.any():
            z[left], slope[left] = self._solved((anchor + offset)[left])
        return Points(z, moved), slope

    def _solved(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G(z) = x by Newton's method between neighbours of the table, halved where it leaves them."""
        nodes, values = self.table
        i = np.clip(np.searchsorted(values, x) - 1, 0, len(values) - 2)
        low, high = nodes[i], nodes[i + 1]  # low is where G is below x, whichever of the two is smaller
        z = self._guessed(x, i)
        self._bracketed(x, z, low, high)
        # a step of this size is the last: the one after it would be its square
        small = np.where(np.isfinite(nodes[i] + nodes[i + 1]), _LAST_STEP * np.abs(high - low), 0.0)
        active = np.arange(len(z))
        before = np.full(z.shape, np.inf)
        for _ in range(200):
            at = z[active]
            with np.errstate(all="ignore"):
                reached, slope = self.generator.value_and_derivative(at)
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
        return z, np.abs(self.generator.derivative(z))

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


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A number between a < b: their middle, or where they lie on one side of 0 and far apart, in the logarithm."""
    outer, inner = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
    far = (a * b >= 0) & (outer > 16 * inner)
    with np.errstate(all="ignore"):
        size = np.where(inner > 0, np.sqrt(outer) * np.sqrt(inner), 1e-12 * outer)
    return np.where(far, np.where(b > 0, size, -size), 0.5 * a + 0.5 * b)


@dataclass(frozen=True)
class Flat:
    """An interval of z on which G is constant: an atom of p_g."""

    z0: float
    z1: float
    value: float


@dataclass(frozen=True)
class Resolved:
    """What a generator does to the support of a prior."""

    branches: tuple[Branch, ...]
    flats: tuple[Flat, ...]
    critical_points: np.ndarray


def resolved(generator: Generator, prior: Any, breakpoints: Array = ()) -> Resolved:
    """Branches and flat pieces of G over the support of the prior's continuous part."""
    if prior.continuous_mass == 0:
        return Resolved((), (), np.empty(0))
    cells = refined(generator, prior, panels(prior.edges, breakpoints))
    cells = split_at_changes(split_at_roots(cells, slope_at(generator)), sign_at(generator))
    cells = split_where_it_touches(cells, generator)
    return _assembled(generator, prior, in_order(cells))


# -- panels ----------------------------------------


# -- from panels to branches ----------------------------------------


def _assembled(generator: Generator, prior: Any, cells: Panels) -> Resolved:
    low, high = ends_of(cells)
    left, right = cells.anchor + low, cells.anchor + high
    # a sliver beside a cut, made by the cut's own rounding or closed in on a kink, is no interval of its own
    width = right - left
    beside = np.maximum(np.append(width[1:], 0.0), np.append(0.0, width[:-1]))
    kept = width > 1e-13 * beside
    cells, left, right, width = cells.take(kept), left[kept], right[kept], width[kept]
    # neighbours' ends are one number, though an exponential may have rounded them apart
    near = 64 * EPS * np.maximum(np.abs(left[1:]), np.abs(right[:-1])) + 4e-13 * np.maximum(width[1:], width[:-1])
    left[1:] = np.where(np.abs(left[1:] - right[:-1]) <= near, right[:-1], left[1:])
    sign = sign_at(generator)
    middle = Points(0.5 * (left + right), np.zeros_like(left))
    signs = sign(middle)
    points, _ = cells.nodes()
    nodes = np.sort(points.x, axis=1)
    kinked = ~is_resolved(generator, cells)
    groups = _groups(generator, left, right, signs, kinked)
    branches, flats = [], []
    for group in groups:
        z0, z1 = float(left[group[0]]), float(right[group[-1]])
        smooth = [i for i in group if not kinked[i]]
        if signs[group[0]] == 0 or (smooth and not _moves(generator, nodes[smooth])):
            flats.append(Flat(z0, z1, float(generator(np.array([0.5 * (z0 + z1)]))[0])))
            continue
        if smooth:
            branches.append(_branch(generator, z0, z1, nodes[smooth].ravel(), right[smooth] - left[smooth]))
    branches = [reaching(branch, prior.edges.anchors) for branch in branches]
    if branches:
        outer = sorted(branches, key=lambda b: b.z0)
        low, high = prior.support()
        first, last = outer[0], outer[-1]
        if math.isinf(low) and first.z0 == left[0]:
            outer[0] = unbounded(first, -1)
            last = outer[-1]
        if math.isinf(high) and last.z1 == right[-1]:
            outer[-1] = unbounded(last, 1)
        branches = outer
    critical = sorted({fold.z for b in branches for fold in (b.fold0, b.fold1) if fold is not None})
    return Resolved(tuple(branches), tuple(flats), np.array(critical))


def _groups(
    generator: Generator, left: np.ndarray, right: np.ndarray, signs: np.ndarray, kinked: np.ndarray
) -> list[list[int]]:
    """Neighbouring panels of one branch: of one sign, with no kink, jump, gap or touching zero between them."""
    groups: list[list[int]] = []
    for i in range(len(left)):
        if groups and not kinked[i] and not kinked[groups[-1][-1]] and signs[i] == signs[groups[-1][-1]]:
            before = groups[-1][-1]
            if signs[i] == 0 or _continues(generator, left[before], right[before], left[i], right[i]):
                groups[-1].append(i)
                continue
        groups.append([i])
    return groups


def _continues(generator: Generator, a: float, b: float, c: float, d: float) -> bool:
    """Whether G goes on smoothly from [a, b] to [c, d]: no gap, no jump, no kink, and a derivative that is not 0."""
    if abs(c - b) > 8 * EPS * max(abs(b), abs(c)):
        return False
    step = 1e-9 * min(b - a, d - c)
    z = np.array([a, b - step, b, c + step, d])
    with np.errstate(all="ignore"):
        x, slope = generator.G(z), np.abs(generator.derivative(z))
        ahead, behind = slope[3], slope[1]
        rise = abs(x[3] - x[1])
    if not np.isfinite([*x[1:4], ahead, behind]).all():
        return False
    smooth = abs(ahead - behind) <= 1e-6 * max(ahead, behind) and slope[2] > 1e-12 * max(slope[0], slope[4])
    return smooth and rise <= 4 * step * max(ahead, behind) + 64 * EPS * abs(x[2])


def _branch(generator: Generator, z0: float, z1: float, nodes: np.ndarray, widths: np.ndarray) -> Branch:
    x0, x1 = _limit(generator, z0, nodes[0]), _limit(generator, z1, nodes[-1])
    folds = []
    for z, side, width in ((z0, 1, widths[0]), (z1, -1, widths[-1])):
        folds.append(fold_at(z, side, 0.5 * float(width), generator, generator.derivative))
    z = np.concatenate([[z0], nodes, [z1]])
    x = np.concatenate([[x0], generator(nodes), [x1]])
    return Branch(generator, z0, z1, x0, x1, folds[0], folds[1], _increasing(z, x))


def _moves(generator: Generator, nodes: np.ndarray) -> bool:
    """Whether G differs between the nodes by more than its own rounding; a saturated network does not."""
    x = generator(nodes.ravel())
    return bool(np.ptp(x) > 4 * EPS * np.abs(x).max())


def _increasing(z: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The table by strictly increasing x: rounding may have made neighbours equal, or changed their order."""
    if x[-1] < x[0]:
        z, x = z[::-1], x[::-1]
    kept = np.concatenate([[True], np.diff(np.maximum.accumulate(x)) > 0])
    return z[kept], x[kept]


def unbounded(branch: Branch, side: int) -> Branch:
    """The branch followed to z = ±inf, where G is monotone as far as it can be seen; as it is where it is not."""
    generator, end, towards = (
        branch.generator,
        branch.z1 if side > 0 else branch.z0,
        branch.x1 if side > 0 else branch.x0,
    )
    away = end + side * max(abs(end), 1.0) * (2.0 ** np.arange(0.0, 200.0, 2.0) - 1.0)
    with np.errstate(all="ignore"):
        x = np.asarray(generator.G(away), dtype=float)
    up = 1.0 if branch.increasing == (side > 0) else -1.0
    last = int(np.argmin(np.isfinite(x))) if not np.isfinite(x).all() else len(x)
    overflows = last < len(x) and x[last] == up * math.inf
    x = x[:last]
    steps = up * np.diff(x)
    if (len(x) < 4 and not overflows) or (steps < 0).any():
        return branch
    limit = up * math.inf
    if not overflows and ((steps[-3:] <= 4 * EPS * np.abs(x[-3:])).all() or steps[-1] < 1e-3 * steps.max()):
        ratio = steps[-1] / steps[-2] if steps[-2] > 0 else 0.0
        limit = float(x[-1] + up * steps[-1] * ratio / (1.0 - ratio)) if ratio < 1 else float(x[-1])
        limit = 0.0 if abs(limit) < 1e-12 * abs(x[0]) else limit
    if limit == towards:
        return branch
    beyond = (up * (x - towards) > 0) & (up * (limit - x) > 0) & np.append(True, steps > 0)
    further = _with_nodes(branch, side, away[:last][beyond], x[beyond])
    return _moved_end(further, side, side * math.inf, limit)


def _with_nodes(branch: Branch, side: int, z: np.ndarray, x: np.ndarray) -> Branch:
    """The branch with further nodes of its table beyond its end, where G goes on rising or falling."""
    nodes, values = branch.table
    if branch.increasing == (side > 0):
        return replace(branch, table=(np.append(nodes, z), np.append(values, x)))
    return replace(branch, table=(np.append(z[::-1], nodes), np.append(x[::-1], values)))


def reaching(branch: Branch, anchors: np.ndarray) -> Branch:
    """The branch up to an anchor at which G is infinite: a last sliver without mass was left out."""
    for side, end in ((-1, branch.z0), (1, branch.z1)):
        near = anchors[(side * (anchors - end) > 0) & (np.abs(anchors - end) <= 1e-18 * (1.0 + np.abs(anchors)))]
        if near.size and math.isfinite(end):
            with np.errstate(all="ignore"):
                there = float(np.asarray(branch.generator.G(near[:1]), dtype=float)[0])
            if math.isinf(there):
                up = 1.0 if branch.increasing == (side > 0) else -1.0
                branch = _moved_end(branch, side, float(near[0]), up * math.inf)
    return branch


def _moved_end(branch: Branch, side: int, z: float, x: float) -> Branch:
    nodes, values = (array.copy() for array in branch.table)
    last = -1 if branch.increasing == (side > 0) else 0
    nodes[last], values[last] = z, x
    if side > 0:
        return replace(branch, z1=z, x1=x, fold1=None, table=(nodes, values))
    return replace(branch, z0=z, x0=x, fold0=None, table=(nodes, values))


def _limit(generator: Generator, z: float, inside: float) -> float:
    """G at the end of a branch; where it is no number there, its limit from inside."""
    with np.errstate(all="ignore"):
        x = float(np.asarray(generator.G(np.array([z])), dtype=float)[0])
        towards = float(generator(np.array([inside]))[0])
        if math.isfinite(x):
            return x
        near = float(np.asarray(generator.G(np.array([z + (inside - z) * 1e-6])), dtype=float)[0])
    return math.copysign(math.inf, near - towards)
