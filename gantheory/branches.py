"""The monotone branches of a generator over the support of its prior, and its flat pieces.

The support is covered with the prior's own panels. A panel is halved until G' is resolved on it (its last Legendre
coefficients vanish), and cut where G' changes its sign, also where two zeros lie between neighbouring nodes. What does
not become resolved is a kink, on which the panels close in. Between cuts G is strictly monotone, or constant.

This finds every critical point of a G that the nodes resolve. It is no proof that there is no other: a G' that dips
below 0 between all nodes of a panel on which it looks smooth is not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.folds import fold_at
from gantheory.generators import Generator
from gantheory.inverse import Branch
from gantheory.monotone import ends_of, in_order, is_resolved, refined, sign_at, slope_at, split_where_it_touches
from gantheory.panels import EPS, Panels, Points, panels
from gantheory.piecewise_linear import PiecewiseLinear
from gantheory.splitting import split_at_changes, split_at_roots

__all__ = ["Flat", "Resolved", "resolved"]

Array = Any


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
    complete: bool = False


def resolved(generator: Generator, prior: Any, breakpoints: Array = ()) -> Resolved:
    """Branches and flat pieces of G over the support of the prior's continuous part."""
    if prior.continuous_mass == 0:
        return Resolved((), (), np.empty(0), True)
    if generator.pieces is not None:
        return _of_pieces(generator, generator.pieces, prior)
    cells = refined(generator, prior, panels(prior.edges, breakpoints))
    cells = split_at_changes(split_at_roots(cells, slope_at(generator)), sign_at(generator))
    cells = split_where_it_touches(cells, generator)
    return _assembled(generator, prior, in_order(cells))


def _of_pieces(generator: Generator, pieces: PiecewiseLinear, prior: Any) -> Resolved:
    """A branch for every piece that rises or falls and a flat for every one that does not, within the support."""
    low, high = prior.support()
    bends = pieces.z[pieces.turns & (pieces.z > low) & (pieces.z < high)]
    ends = np.concatenate([[low], bends, [high]])
    scales = np.concatenate([prior.edges.anchors, prior.edges.centre + prior.edges.offset])
    branches, flats = [], []
    for a, b in pairwise(ends.tolist()):
        anchor = a if math.isfinite(a) else b if math.isfinite(b) else 0.0
        inside = 0.5 * (a + b) if math.isfinite(a + b) else anchor + (1.0 if math.isfinite(a) else -1.0)
        slope = float(pieces.derivative(np.array([inside]))[0])
        nodes = np.unique([*np.clip(scales, a, b), anchor])
        nodes = nodes[np.isfinite(nodes)]
        x = pieces(nodes)
        if slope == 0:
            flats.append(Flat(a, b, float(x[0])))
            continue
        x0, x1 = (float(at) if math.isfinite(z) else z * slope for z, at in ((a, x[0]), (b, x[-1])))
        table = np.concatenate([[a], nodes, [b]]), np.concatenate([[x0], x, [x1]])
        table = table if slope > 0 else (table[0][::-1], table[1][::-1])
        branches.append(Branch(generator, a, b, x0, x1, None, None, table, slope))
    return Resolved(tuple(branches), tuple(flats), np.empty(0), True)


# -- from panels to branches ----------------------------------------


def _assembled(generator: Generator, prior: Any, cells: Panels) -> Resolved:
    low, high = ends_of(cells)
    left, right = cells.anchor + low, cells.anchor + high
    # a sliver beside a cut, made by the cut's own rounding or closed in on a kink, is no interval of its own
    while True:  # where G' is all rounding, slivers lie beside slivers
        width = right - left
        kept = width > 1e-13 * np.maximum(np.append(width[1:], 0.0), np.append(0.0, width[:-1]))
        if kept.all():
            break
        cells, left, right = cells.take(kept), left[kept], right[kept]
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
