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
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError
from gantheory.folds import fold_at
from gantheory.generators import Generator
from gantheory.inverse import Branch
from gantheory.jumps import jumps_within
from gantheory.monotone import (
    ends_of,
    in_order,
    mass_between,
    masses_of,
    refined,
    seen_of,
    sign_at,
    slope_at,
    split_where_it_dips,
    typical_size,
)
from gantheory.panels import EPS, Panels, Points, panels
from gantheory.piecewise_linear import PiecewiseLinear
from gantheory.splitting import split_at_changes, split_at_roots

__all__ = ["Flat", "Resolved", "resolved"]

Array = Any
_MOST_TURNS = 10_000  # a branch for each: a law of more takes minutes
_MOST_LEFT = 16  # turns that are the rounding of G' beside a cut
_BLIND = 2e-13  # of z, the width of a panel on which few floats lie
_TRIFLE = 1e-15  # of the prior's mass, what G does on which is rounding
_CLOSED = 1e-12  # the same, across which two branches meet
_NARROW = 1e-9  # of z, the width of a flat piece that is one of rounding
_ROUGH = 1e-6  # of the largest G', its last coefficients on such a panel where something happens


@dataclass(frozen=True)
class Flat:
    """An interval of z on which G is constant: an atom of p_g.

    `rounded` where G only stands still to its own rounding, as tanh far out: the atom is one of floats.
    """

    z0: float
    z1: float
    value: float
    rounded: bool = False


@dataclass(frozen=True)
class Resolved:
    """What a generator does to the support of a prior."""

    branches: tuple[Branch, ...]
    flats: tuple[Flat, ...]
    critical_points: np.ndarray
    complete: bool = False
    dips: np.ndarray = field(default_factory=lambda: np.empty(0))  # where |G'| comes near to 0, and not there


def resolved(generator: Generator, prior: Any, breakpoints: Array = ()) -> Resolved:
    """Branches and flat pieces of G over the support of the prior's continuous part."""
    if prior.continuous_mass == 0:
        return Resolved((), (), np.empty(0), True)
    if generator.pieces is not None:
        return _of_pieces(generator, generator.pieces, prior)
    cells = panels(prior.edges, breakpoints)
    scale = typical_size(generator, cells)
    cells = refined(generator, prior, cells, scale)
    jumps = np.setdiff1d(jumps_within(generator, cells), breakpoints)
    if len(jumps):  # again, with nodes that are offsets from them
        return resolved(generator, prior, np.union1d(breakpoints, jumps))
    cells = _cut_at_turns(generator, cells, scale)
    cells, dips = split_where_it_dips(cells, generator)
    cells = refined(generator, prior, cells, scale)  # what is left of a cut panel
    return replace(_assembled(generator, prior, in_order(cells), scale), dips=dips)


def _cut_at_turns(generator: Generator, cells: Panels, scale: float) -> Panels:
    """Cut where G' changes its sign. Were a turn of a resolved G left within a panel, a branch would run over it."""
    cells = split_at_roots(cells, slope_at(generator), most=_MOST_TURNS)
    cells = split_at_changes(cells, sign_at(generator), most=_MOST_TURNS)
    seen = seen_of(generator, cells, scale)
    signs = sign_at(generator)(cells.nodes()[0])
    turns = (signs[:, 1:] * signs[:, :-1] < 0).sum(axis=1)[seen.resolved & ~seen.still & ~seen.slight]
    if turns.sum() > _MOST_LEFT:
        raise ConvergenceError(
            f"G = {generator} turns more often than can be followed, {_MOST_TURNS:,} times where the prior lives. "
            "Use a smoother G, or a prior of smaller support."
        )
    return cells


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


def _assembled(generator: Generator, prior: Any, cells: Panels, scale: float) -> Resolved:
    cells, left, right = _without_slivers(cells)
    seen = seen_of(generator, cells, scale)
    middle = 0.5 * (left + right)
    points, _ = cells.nodes()
    nodes = np.sort(points.x, axis=1)
    # G may stand still to its rounding where its derivative says which way it goes, as a saturated tanh does
    signs = sign_at(generator)(Points(middle, np.zeros_like(left)))
    signs = np.where(seen.still & (sign_at(generator)(points) != signs[:, None]).any(axis=1), 0.0, signs)
    places = np.max(np.abs((left, right, left - cells.anchor, right - cells.anchor)), axis=0)
    blind = (right - left <= _BLIND * places) & (seen.apart > _ROUGH)
    kinked = ~seen.still & (~(seen.agrees | seen.follows) | blind)
    spread = float(np.ptp(prior.ppf(np.array([0.25, 0.75]))))
    narrow = right - left <= _NARROW * np.maximum(np.maximum(np.abs(left), np.abs(right)), spread)
    kinked |= (seen.still & narrow) | ((signs == 0) & (masses_of(prior, cells) < _TRIFLE))  # an atom of rounding
    groups = _groups(generator, left, right, signs, kinked, generator(middle), places)
    left, right = _meeting(left, right, kinked, np.where(seen.agrees, seen.apart, 1.0 + seen.apart), prior)
    branches, flats = [], []
    for group in groups:
        z0, z1 = float(left[group[0]]), float(right[group[-1]])
        if kinked[group[0]]:
            continue
        if z1 - z0 <= 64 * EPS * max(abs(z0), abs(z1)):  # between two findings of one critical point
            continue
        if signs[group[0]] == 0 or not _moves(generator, nodes[group]):
            flats.append(Flat(z0, z1, float(generator(middle[group[:1]])[0]), _fades(generator, z0, z1)))
        else:
            branches.append(_branch(generator, (z0, z1), nodes[group].ravel(), right[group] - left[group], spread))
    if branches:
        branches = sorted(branches, key=lambda b: b.z0)
        low, high = prior.support()
        outer = float(left.min()), float(right.max())
        if math.isinf(low) and branches[0].z0 == outer[0]:
            branches[0] = unbounded(branches[0], -1)
        if math.isinf(high) and branches[-1].z1 == outer[1]:
            branches[-1] = unbounded(branches[-1], 1)
    critical = np.unique([fold.z for b in branches for fold in (b.fold0, b.fold1) if fold is not None])
    apart = np.append(True, np.diff(critical) > 64 * EPS * np.abs(critical[1:])) if len(critical) else []
    return Resolved(tuple(branches), tuple(flats), np.array(critical)[np.array(apart, bool)])


def _without_slivers(cells: Panels) -> tuple[Panels, np.ndarray, np.ndarray]:
    """Panels with their ends. A sliver beside a cut, made by the cut's own rounding, is no interval of its own."""
    low, high = ends_of(cells)
    left, right = cells.anchor + low, cells.anchor + high
    while True:  # slivers lie beside slivers
        width = right - left
        before, after = np.append(np.inf, width[:-1]), np.append(width[1:], np.inf)
        kept = (width > 1e-13 * np.minimum(before, after)) & (width > 0)
        if kept.all() or not kept.any():
            break
        cells, left, right = cells.take(kept), left[kept], right[kept]
    # neighbours' ends are one number, though an exponential may have rounded them apart
    near = 64 * EPS * np.maximum(np.abs(left[1:]), np.abs(right[:-1])) + 4e-13 * np.minimum(width[1:], width[:-1])
    left[1:] = np.where(np.abs(left[1:] - right[:-1]) <= near, right[:-1], left[1:])
    return cells, left, right


def _meeting(
    left: np.ndarray, right: np.ndarray, kinked: np.ndarray, roughness: np.ndarray, prior: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of sound panels across what has no mass: both sides of a kink, jump or pole end at one point.

    It is an anchor of the prior, or lies in the roughest panel between; outermost panels reach as far as the prior.
    """
    start, stop = left[0], right[-1]
    left, right = left.copy(), right.copy()
    sound = np.flatnonzero(~kinked)
    if not sound.size:
        return left, right
    for i, j in pairwise(sound.tolist()):
        a, b = right[i], left[j]
        if a < b and (mass_between(prior, a, b) <= _CLOSED or b - a <= 10 * _NARROW * max(abs(a), abs(b))):
            anchors = prior.edges.anchors[(prior.edges.anchors >= a) & (prior.edges.anchors <= b)]
            if len(anchors):
                right[i] = left[j] = anchors[0]
            elif j > i + 1:
                k = i + 1 + int(np.argmax(roughness[i + 1 : j]))
                right[i] = left[j] = 0.5 * (left[k] + right[k]) if roughness[k] > _ROUGH else 0.5 * (a + b)
            else:
                right[i] = left[j] = 0.5 * (a + b)
    low, high = (end if math.isfinite(end) else own for end, own in zip(prior.support(), (start, stop), strict=True))
    if mass_between(prior, low, float(left[sound[0]])) <= _CLOSED:
        left[sound[0]] = min(low, left[sound[0]])
    if mass_between(prior, float(right[sound[-1]]), high) <= _CLOSED:
        right[sound[-1]] = max(high, right[sound[-1]])
    return left, right


def _groups(
    generator: Generator,
    left: np.ndarray,
    right: np.ndarray,
    signs: np.ndarray,
    kinked: np.ndarray,
    x: np.ndarray,
    places: np.ndarray,
) -> list[list[int]]:
    """Neighbouring panels of one branch: of one sign, with no kink, jump, gap or touching zero between them."""
    groups: list[list[int]] = []
    for i in range(len(left)):
        before = groups[-1][-1] if groups else -1
        if groups and not kinked[i] and not kinked[before] and signs[i] == signs[before]:
            flat = signs[i] == 0 and abs(x[i] - x[before]) <= 64 * EPS * max(abs(x[i]), abs(x[before]))
            ends, reach = (left[before], right[before], left[i], right[i]), max(places[before], places[i])
            if flat or (signs[i] and _continues(generator, ends, reach)):
                groups[-1].append(i)
                continue
        groups.append([i])
    return groups


def _continues(generator: Generator, ends: tuple[float, ...], reach: float) -> bool:
    """Whether G goes on smoothly from [a, b] to [c, d]: no gap, no jump, no kink, and a derivative that is not 0.

    `reach` is the largest number in the coordinates, whose rounding is that of a panel's nodes.
    """
    a, b, c, d = ends
    if abs(c - b) > 8 * EPS * max(abs(b), abs(c)):
        return False
    width = min(b - a, d - c)
    behind, ahead, follows = _across(generator, b, c, 1e-9 * width)
    if not (abs(ahead - behind) <= 1e-6 * max(ahead, behind) and follows):
        return False
    told = 64 * EPS * reach
    if 1e-9 * width > told:
        return True
    # so small a step is no float, and in a panel of few floats a jump may lie before its first node; where G' is steady
    # a longer one tells
    behind, ahead, follows = _across(generator, b, c, min(0.5 * width, told))
    return follows or abs(ahead - behind) > 0.1 * max(ahead, behind)


def _across(generator: Generator, b: float, c: float, step: float) -> tuple[float, float, bool]:
    """|G'| a step before and after, and whether G' is not 0 between and G moves by what it says."""
    z = np.array([b - step, b, c + step])
    with np.errstate(all="ignore"):
        x, slope = generator.G(z), generator.derivative(z)
        size = np.abs(slope)
        short = abs((x[2] - x[0]) - (z[2] - z[0]) * 0.5 * (slope[0] + slope[2]))
    if not np.isfinite([*x, size[0], size[2]]).all():
        return 0.0, math.inf, False
    follows = size[1] >= 0.5 * max(size[0], size[2])
    follows &= short <= 0.1 * step * size.max() + 64 * EPS * (abs(x[1]) + abs(b) * size.max())
    return float(size[0]), float(size[2]), bool(follows)


def _branch(
    generator: Generator, ends: tuple[float, float], nodes: np.ndarray, widths: np.ndarray, spread: float
) -> Branch:
    z0, z1 = ends
    x0, x1 = (_limit(generator, z, nodes, spread) for z in ends)
    folds = []
    for z, side, width in ((z0, 1, widths[0]), (z1, -1, widths[-1])):
        folds.append(fold_at(z, side, 0.5 * float(width), generator, generator.derivative))
    z = np.concatenate([[z0], nodes, [z1]])
    x = np.concatenate([[x0], generator(nodes), [x1]])
    return Branch(generator, z0, z1, x0, x1, folds[0], folds[1], _increasing(z, x))


def _fades(generator: Generator, z0: float, z1: float) -> bool:
    """Whether G' is not 0 on a flat piece, or falls to 0 smoothly towards its end, where that of relu or clip jumps."""
    width = min(z1 - z0, 1.0 + abs(z0), 1.0 + abs(z1))
    middle = z0 + 0.5 * width if math.isfinite(z0) else z1 - 0.5 * width
    if (generator.derivative(middle + 0.3 * width * np.array([-1.0, 0.1, 1.0])) != 0).any():
        return True
    for end, side in ((z0, -1.0), (z1, 1.0)):
        slopes = np.abs(generator.derivative(end + side * width * np.array([1e-3, 1.0])))
        if 0 < slopes[0] < 1e-3 * slopes[1]:
            return True
    return False


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
    with np.errstate(all="ignore"):
        away = end + side * max(abs(end), 1.0) * (2.0 ** np.arange(0.0, 200.0, 2.0) - 1.0)
        away = away[np.isfinite(away)]
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


def _moved_end(branch: Branch, side: int, z: float, x: float) -> Branch:
    nodes, values = (array.copy() for array in branch.table)
    last = -1 if branch.increasing == (side > 0) else 0
    nodes[last], values[last] = z, x
    if side > 0:
        return replace(branch, z1=z, x1=x, fold1=None, table=(nodes, values))
    return replace(branch, z0=z, x0=x, fold0=None, table=(nodes, values))


def _limit(generator: Generator, z: float, nodes: np.ndarray, spread: float) -> float:
    """The limit of G at the end z of a branch, from inside: G(z) itself, or what G tends to, or an infinity."""
    inside = float(nodes[np.argmin(np.abs(np.abs(nodes - z) - 0.5 * spread))])
    steps = (inside - z) * 2.0 ** -np.arange(1.0, 60.0)
    # what happens at z happens as near to it as the floats of the panels around could say
    steps = steps[np.abs(steps) >= 64 * EPS * max(abs(z), spread)]
    with np.errstate(all="ignore"):
        here = float(np.asarray(generator.G(np.array([z])), dtype=float)[0])
        x = generator(np.append(inside, z + steps))
        moves = np.diff(x)
        if len(moves) < 8 or not np.isfinite(x).all():
            return here if not math.isnan(here) else float(x[-1])
        late, early = float(np.abs(moves[-4:]).sum()), float(np.abs(moves[-8:-4]).sum())
        grows = late >= 0.97 * early  # a logarithm gains as much with each octave
        if grows and late >= max(0.01 * float(np.ptp(x)), 1e-9 * float(np.abs(x).max())):
            return math.copysign(math.inf, float(moves[-1]))
        continues = abs(here - float(x[-1])) <= 4 * late + 64 * EPS * abs(float(x[-1]))
    return here if continues else float(2.0 * x[-1] - x[-2])  # the step that is left is as long as the last one
