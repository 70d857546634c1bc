"""Panels on each of which a generator is resolved, and strictly monotone or constant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError
from gantheory.generators import ContradictionError, Generator
from gantheory.panels import EPS, KRONROD, NODES, Panels, Points, coordinates_at
from gantheory.quadrature import resolution_of

__all__ = [
    "Seen",
    "ends_of",
    "in_order",
    "mass_between",
    "masses_of",
    "is_narrow",
    "refined",
    "seen_of",
    "sign_at",
    "slope_at",
    "typical_size",
    "split_where_it_dips",
]

_MOST_CELLS = 20_000
_NEGLIGIBLE = 1e-22  # of the prior's mass, in a panel that is left as it is
_SMALL = 1e-13  # the same, beside an anchor, after a panel has been halved many times
_GOOD = 1e-9  # of G', in its last coefficients
_FALSE = 1e-4  # of the prior's mass, on which G and a smooth derivative disagree
_GOOD_OF_DIFFERENCES = 1e-6  # the same, where G' itself is known to some nine digits
_NOISY = 0.1  # the same, where it is the rounding of G'
_AGREES = 1e-8  # of what G moves, by how much its derivative may say otherwise
_INSET = np.array([-1.0 + 2e-10, 1.0 - 2e-10])  # ends from inside: what happens on an end belongs to neither side
_NOTHING = 1e-270  # what G moves where its derivative, by a step of 1e-25 of z, is lost
_TOUCHES = 16 * EPS  # of the largest |G'| around: a zero without a change of sign


def slope_at(generator: Generator) -> Any:
    return lambda points: generator.derivative(np.asarray(points.x))


def sign_at(generator: Generator) -> Any:
    """-1, 0 or 1: G falls, is constant, or rises."""

    def sign(points: Points) -> np.ndarray:
        z = np.asarray(points.x)
        with np.errstate(all="ignore"):
            return np.nan_to_num(np.sign(generator.derivative(z)))

    return sign


@dataclass(frozen=True, slots=True)
class Seen:
    """What the nodes of panels show of G.

    `apart` is what the last coefficients of G' are, of the largest; `agrees` whether G moves by what its derivative
    says; `still` whether it is constant to its own rounding; `noise` what the rounding of z makes of `apart`; `known`
    whether G is finite; `slight` whether it moves by less than what its terms are rounded by; `off` how
    far G and its derivative are apart, of what G moves.
    """

    apart: np.ndarray
    noise: np.ndarray
    agrees: np.ndarray
    still: np.ndarray

    known: np.ndarray
    slight: np.ndarray
    off: np.ndarray
    good: float = _GOOD

    @property
    def follows(self) -> np.ndarray:
        """Whether G moves by what a noisy derivative says, but for as much noise."""
        near = self.agrees | (self.off <= np.minimum(3.0 * self.apart, 0.01))
        return self.known & (self.apart <= _NOISY) & near

    @property
    def resolved(self) -> np.ndarray:
        return self.still | (self.agrees & (self.apart <= np.maximum(self.good, self.noise)))


def typical_size(generator: Generator, cells: Panels) -> float:
    """Of G, halfway between the smallest and the largest: terms of this size may cancel where G is small."""
    with np.errstate(all="ignore"):
        size = np.abs(generator(np.asarray(cells.nodes()[0].x)))
    return float(np.median(size[np.isfinite(size)])) if np.isfinite(size).any() else 0.0


def seen_of(generator: Generator, cells: Panels, scale: float = 0.0) -> Seen:
    """G and G' at the nodes, and G at both ends, where a jump would hide; `scale` is the size that terms of G have."""
    points, factor = cells.nodes()
    ends = cells.points(coordinates_at(cells, _INSET))[0]
    with np.errstate(all="ignore"):
        z = np.asarray(points.x)
        x, slopes = (found.reshape(z.shape) for found in generator.value_and_derivative(z.ravel()))
        from_end, to_end = generator(np.asarray(ends.x)).T
        known = np.isfinite(x).all(axis=1) & np.isfinite(from_end) & np.isfinite(to_end)
        slopes, size = slopes * factor, np.maximum(np.abs(from_end), np.abs(to_end))
        top, moves = np.abs(slopes).max(axis=1), np.abs(slopes) @ KRONROD
        # z itself is rounded: where G' moves by its own size within 1e6 spacings of z, no panel can resolve it further
        wide = np.maximum(z.max(axis=1) - z.min(axis=1), 5e-324)
        steepness = np.abs(np.diff(slopes, axis=1)).sum(axis=1) / wide
        of_z = EPS * np.abs(z).max(axis=1)
        forwards = np.where(cells.scale < 0, -1.0, 1.0)  # the coordinate of a graded panel may run against z
        short = np.abs(forwards * (to_end - from_end) - slopes @ KRONROD)
        rounding = 256 * EPS * np.maximum(size, scale) + 64 * of_z * moves / wide + _NOTHING
        agrees = known & (short <= _AGREES * moves + rounding)
        still = known & (np.ptp(x, axis=1) <= 4 * EPS * size) & ~(moves > 256 * EPS * size)
        top = np.where(top > 0, top, np.inf)
        slight = moves <= 256 * EPS * scale
        off = np.where(moves > 0, short / moves, 0.0)
        good = _GOOD if generator.differentiation != "differences" else _GOOD_OF_DIFFERENCES
        return Seen(resolution_of(slopes) / top, 64 * of_z * steepness / top, agrees, still, known, slight, off, good)


def refined(generator: Generator, prior: Any, cells: Panels, scale: float = 0.0) -> Panels:
    """Panels on which G' is resolved, or which are too narrow to be halved; those without mass are left out.

    Where halving gains nothing, the rounding of G' is all that is left to see, and the panel is resolved as it is.
    """
    done = []
    before = np.full(len(cells), np.inf)
    for round_ in range(70):
        if not len(cells):
            break
        seen = seen_of(generator, cells, scale)
        good = seen.resolved | (seen.follows & (seen.apart > 0.25 * before) & (round_ > 2))
        good |= seen.agrees & seen.slight & (round_ > 5)
        small = np.where((cells.scale != 0) & (round_ > 7), _SMALL, _NEGLIGIBLE)  # beside an anchor, which is known
        idle = ~good & (masses_of(prior, cells) < small)
        finished = good | (is_narrow(cells) & ~idle)
        done.append(cells.take(finished))
        left = ~finished & ~idle
        all_cells, cells, before = cells, cells.take(left), seen.apart[left]
        false = left & seen.known & ~seen.agrees & (seen.apart <= _GOOD)
        # jumps are few, and disagree on few panels; where the derivative is false all halves disagree
        if np.count_nonzero(false) > 100 and float(masses_of(prior, all_cells.take(false)).sum()) > _FALSE:
            _contradicted(generator, all_cells.take(false))
        if len(cells) and sum(map(len, done)) + 2 * len(cells) > _MOST_CELLS:
            _refuse(generator, cells)
        if round_ == 5:
            cells = _graded_from_anchors(cells)
            before = np.full(len(cells), np.inf)
        cells, before = cells.halves(), np.concatenate([before, before])
    return Panels.joined([*done, cells])


def _contradicted(generator: Generator, cells: Panels) -> None:
    """Say where G does not move by what its derivative says, though both look smooth."""
    points, factor = cells.nodes()
    z, ends = np.asarray(points.x), np.sort(np.asarray(cells.points(coordinates_at(cells, _INSET))[0].x), axis=1)
    with np.errstate(all="ignore"):
        moved = float(np.diff(generator(ends[0]))[0])
    said = float((generator.derivative(z[0]) * factor[0]) @ KRONROD)
    raise ContradictionError(
        f"the derivative ({generator.differentiation}) is not that of G = {generator}: from z = {ends[0, 0]:.6g} to "
        f"{ends[0, 1]:.6g} it says that G moves by {said:.6g}, and G moves by {moved:.6g}. "
        + (
            "Leave derivative out, and it is found."
            if generator.differentiation == "given"
            else "G jumps too often to be followed; name its jumps with breakpoints=, or use a smoother G."
        )
    )


def _refuse(generator: Generator, cells: Panels) -> None:
    """Say why panels do not come to an end."""
    points, _ = cells.nodes()
    with np.errstate(all="ignore"):
        beyond = np.isinf(np.asarray(generator.G(points.x.ravel()), dtype=float))
    if beyond.any():
        raise ConvergenceError(
            f"G = {generator} is beyond the largest float where the prior has mass, as at z = "
            f"{float(points.x.ravel()[beyond][0]):.6g}. Use a prior of smaller support, or lighter tails."
        )
    raise ConvergenceError(
        f"G = {generator} oscillates past what can be resolved, as at z = {float(np.asarray(points.x)[0, 15]):.6g}: "
        f"{_MOST_CELLS} panels do not hold G'. Use a prior of smaller support, or a smoother G."
    )


def is_narrow(cells: Panels) -> np.ndarray:
    """Whether no more than a few floats lie between a panel's ends."""
    low, high = ends_of(cells)
    places = (cells.anchor + low, cells.anchor + high, low, high)  # z, and the offsets that it is made of
    return high - low <= 4 * EPS * np.max(np.abs(places), axis=0)


def _graded_from_anchors(cells: Panels) -> Panels:
    """Panels that touch their anchor and are still not resolved: in the logarithm of the offset, down to 1e-290."""
    parts = []
    for end, other in ((cells.a, cells.b), (cells.b, cells.a)):
        here = (cells.scale == 0) & (end == 0)
        anchor, other = cells.anchor[here], other[here]
        innermost = np.maximum(16 * EPS * np.abs(anchor), 1e-290)  # nearer than that, z is the anchor
        start = np.log(innermost / np.abs(other))
        parts.append(Panels(anchor, other, start, np.zeros_like(start)))
    rest = (cells.scale != 0) | ((cells.a != 0) & (cells.b != 0))
    return Panels.joined([cells.take(rest), *parts])


def ends_of(cells: Panels) -> tuple[np.ndarray, np.ndarray]:
    """Offsets of both ends of each panel, the smaller first."""
    with np.errstate(over="ignore"):
        a, b = (np.where(cells.scale != 0, cells.scale * np.exp(np.where(cells.scale != 0, s, 0.0)), s)
                for s in (cells.a, cells.b))  # fmt: skip
    return np.minimum(a, b), np.maximum(a, b)


def masses_of(prior: Any, cells: Panels) -> np.ndarray:
    """The prior's mass of each panel, from the smaller of the two tails."""
    low, high = ends_of(cells)
    return _mass(prior, Points(cells.anchor, low), Points(cells.anchor, high))


def mass_between(prior: Any, a: float, b: float) -> float:
    """The prior's mass between two numbers; 0 where they are no interval."""
    return float(_mass(prior, Points.at(np.array([a])), Points.at(np.array([b])))[0]) if a < b else 0.0


def _mass(prior: Any, a: Points, b: Points) -> np.ndarray:
    with np.errstate(all="ignore"):
        below, above = prior.cdf_at(b) - prior.cdf_at(a), prior.sf_at(a) - prior.sf_at(b)
        return np.where(prior.cdf_at(b) < 0.5, below, above)


def in_order(cells: Panels) -> Panels:
    low, _ = ends_of(cells)
    return cells.take(np.lexsort((low, cells.anchor)))


def split_where_it_dips(cells: Panels, generator: Generator) -> tuple[Panels, np.ndarray]:
    """Cut where |G'| comes down to 0 or close to it, and does not change its sign; and the z where it is not 0.

    There p_g has a pole of the order of z**3's, or higher, or a peak that looks like one from afar.
    """
    points, factor = cells.nodes()
    slopes = np.abs(generator.derivative(points.x) * factor)
    top = slopes.max(axis=1, keepdims=True)
    dips = (slopes[:, 1:-1] <= slopes[:, :-2]) & (slopes[:, 1:-1] <= slopes[:, 2:]) & (slopes[:, 1:-1] < 0.05 * top)
    index, k = np.nonzero(dips)
    if not index.size:
        return cells, np.empty(0)
    half, middle = 0.5 * (cells.b - cells.a)[index], 0.5 * (cells.a + cells.b)[index]
    some, places = cells.take(index), (middle + half * NODES[k], middle + half * NODES[k + 2])

    def size(s: np.ndarray) -> np.ndarray:
        points, factor = some.points(s[:, None])
        with np.errstate(all="ignore"):
            return np.abs(generator.derivative(points.x) * factor)[:, 0] * half

    touching, lowest = _touching(some, *places, generator), _lowest(size, *places)
    where = np.where(size(touching) <= size(lowest), touching, lowest)
    least = size(where)
    around = 0.1 * np.sqrt(least / top[index, 0])[:, None] * np.linspace(-1.0, 1.0, 6)  # where a smooth dip is level
    levels = np.stack([size(where + half * step) for step in around.T], axis=1)
    level = (np.abs(levels - least[:, None]) <= 0.2 * least[:, None]).all(axis=1)
    apart = (least > 0) & ((least > _TOUCHES * top[index, 0]) | level)
    return cells.cut_at(index, where), np.asarray(some.points(where[:, None])[0].x)[apart, 0]


def _lowest(size: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where a size is least, by golden section, all places at once."""
    shrink = 0.6180339887498949
    a, b = high - shrink * (high - low), low + shrink * (high - low)
    for _ in range(45):
        left = size(a) < size(b)
        low, high = np.where(left, low, a), np.where(left, b, high)
        a, b = high - shrink * (high - low), low + shrink * (high - low)
    return 0.5 * (low + high)


def _touching(cells: Panels, low: np.ndarray, high: np.ndarray, generator: Generator) -> np.ndarray:
    """Where |G'| is least: a zero of even order is one of sqrt|G'| with a change of sign, and the secant finds it."""

    def root(s: np.ndarray) -> np.ndarray:
        points, _ = cells.points(s[:, None])
        return np.sqrt(np.abs(generator.derivative(points.x)))[:, 0]

    for _ in range(60):
        with np.errstate(all="ignore"):
            left, right = root(low), root(high)
            middle = low + (high - low) * np.where(left + right > 0, left / (left + right), 0.5)
        width = 0.05 * (high - low)
        low, high = np.maximum(middle - width, low), np.minimum(middle + width, high)
        if (high - low <= 4 * EPS * np.maximum(np.abs(low), np.abs(high))).all():
            break
    return 0.5 * (low + high)
