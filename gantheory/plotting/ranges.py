"""Where to draw: the range of x in which laws live, and points dense enough wherever something happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting.canvas import increasing

__all__ = ["at_jumps", "broken", "bulk", "peaks", "points_between", "range_and_points", "short"]
__all__ += ["tallest", "thinned", "within"]

Array = Any
_MOST_MARKS = 200
_POINTS_BESIDE = 240  # on either side of a mark, and fewer of each where marks are many
_STAIRS = 12  # more jumps are the steps of a table or a histogram, and are drawn as stairs
_QUANTILES = (0.0005, 0.1, 0.9, 0.9995)
_PLACES, _EMPTY = 512, 0.25  # draws that tell where a law lives; less than this share of a range is a small part of it
_NARROW = 0.005  # of the range, two pixels: what lies between two jumps so near to each other is drawn with its sides
_BESIDE = 1e-12  # of the range: on either side of a jump


def range_and_points(
    x: Any, laws: Sequence[Any], breakpoints: Sequence[Array], *, log: bool = False
) -> tuple[float, float, np.ndarray]:
    """The ends of the picture and the points to draw at, from what the caller said of x."""
    if x is None:
        lo, hi = _positive_bulk(laws) if log else bulk(laws)
    else:
        x = increasing("x", x)
        lo, hi = float(x[0]), float(x[-1])
        if log and lo <= 0:
            raise DomainError(f"x begins at {lo!r}, and ax has a log scale in x; give x > 0, or a linear scale.")
        if len(x) > 2:
            return lo, hi, x
    points = points_between(lo, hi, [*breakpoints, *(law.breakpoints() for law in laws)])
    return lo, hi, np.union1d(points, np.geomspace(lo, hi, 1201)[1:-1]) if log else points


def _positive_bulk(laws: Sequence[Any]) -> tuple[float, float]:
    """For a log scale: between the quantiles at 1/2000, of laws that live above 0."""
    least = min(float(law.support()[0]) for law in laws)
    if least < 0 or any((np.asarray(law.atoms()[0]) <= 0).any() for law in laws):
        raise DomainError(
            f"ax has a log scale in x, and the laws reach down to {min(least, 0.0)!r}; give x=(lo, hi) with lo > 0, or "
            "a linear scale."
        )
    lo = min(float(law.ppf(0.0005)) for law in laws)
    hi = max(float(law.ppf(0.9995)) for law in laws)
    return max(lo, 1e-12 * hi) / 1.2, hi * 1.2


def bulk(laws: Sequence[Any]) -> tuple[float, float]:
    """Where laws live, with a margin: the union of their own ranges."""
    ends = [_bulk_of(law) for law in laws]
    lo, hi = min(a for a, _ in ends), max(b for _, b in ends)
    has_density = any(law.continuous_mass > 0 for law in laws)
    pad = (0.03 if has_density else 0.1) * (hi - lo) or 1.0  # stems keep away from the sides
    return lo - pad, hi + pad


def _bulk_of(law: Any) -> tuple[float, float]:
    return _middle(law, law.ppf(np.array(_QUANTILES)))


def _middle(law: Any, quantiles: Array) -> tuple[float, float]:
    """The quantiles at 1/2000, or one width of the central 80 % around it where that is nearer, as with heavy tails."""
    far_lo, lo, hi, far_hi = (float(q) for q in quantiles)
    width = hi - lo if hi > lo else far_hi - far_lo
    near_lo, near_hi = max(far_lo, lo - width), min(far_hi, hi + width)
    a, b = law.support()
    return (a if a > near_lo - 0.1 * width else near_lo), (b if b < near_hi + 0.1 * width else near_hi)


def points_between(lo: float, hi: float, breakpoints: Sequence[Array]) -> np.ndarray:
    """Evenly spaced points, and ever denser ones towards each breakpoint: a jump, a pole, a narrow peak."""
    marks = np.unique(np.concatenate([np.empty(0), *(np.asarray(b, dtype=float) for b in breakpoints)]))
    marks = marks[(marks >= lo) & (marks <= hi)][:_MOST_MARKS]
    number = int(np.clip(24 * _POINTS_BESIDE // max(len(marks), 1), 20, _POINTS_BESIDE))
    offsets = np.geomspace(1e-13, 0.05, number) * (hi - lo)
    around = marks[:, None] + np.concatenate([-offsets, [0.0], offsets])
    x = np.concatenate([np.linspace(lo, hi, 1201), around.ravel()])
    return np.unique(x[(x >= lo) & (x <= hi)])


def tallest(laws: Sequence[Any], lo: float, hi: float) -> float:
    """The largest density; but of a pole or a spike, a little more than what it reaches on 1.5 % of the range.

    Of a range that is empty for the most part, as between laws far apart, what counts is where laws live.
    """
    x = _lived_in(laws, lo, hi)
    common = max(float(np.quantile(law.pdf(x), 0.985)) for law in laws)
    x = points_between(lo, hi, [law.breakpoints() for law in laws])
    largest = max(float(np.max(law.pdf(x))) for law in laws)
    return (1.04 * largest if largest <= 6 * common else 1.5 * common) or 1.0


def _lived_in(laws: Sequence[Any], lo: float, hi: float) -> np.ndarray:
    """Evenly spread places: over the range, or over what laws live on where that is a small part of it."""
    x, lengths = (np.concatenate(parts) for parts in zip(*(_lengths(law, lo, hi) for law in laws)))
    even, total = np.linspace(0.0, 1.0, 1001)[1:-1], float(lengths.sum())
    if total == 0.0 or total > _EMPTY * (hi - lo):
        return lo + (hi - lo) * even
    order = np.argsort(x)
    reached = np.cumsum(lengths[order])
    return x[order][np.searchsorted(reached, even * reached[-1])]


def _lengths(law: Any, lo: float, hi: float) -> tuple[np.ndarray, np.ndarray]:
    """Draws in the law's bulk, and the length that each stands for: its mass over the density.

    For the law of a generator a draw is one value of it, and a quantile is a search among its branches.
    """
    x, share = np.asarray(law.sample(_PLACES, rng=0)), 1.0 / _PLACES
    a, b = _middle(law, np.quantile(x, _QUANTILES))
    lo, hi = max(a, lo), min(b, hi)
    x = x[(x >= lo) & (x <= hi) & ~np.isin(x, law.atoms()[0])]
    density = np.asarray(law.pdf(x))
    x, density = x[density > 0], density[density > 0]
    return x, np.minimum(share / density, hi - lo)


def at_jumps(f: Callable[[Array], Array], marks: Array, lo: float, hi: float, *, least: float, most: float) -> Array:
    """The marks at which f jumps by more than `least`, where what is above `most` counts as one height.

    Two that no eye can part are none: interrupted there, what lies between them would not be seen.
    """
    marks = np.unique(np.asarray(marks, dtype=float))
    marks = marks[(marks >= lo) & (marks <= hi)]
    aside = np.maximum(_BESIDE * (hi - lo), 4 * np.spacing(np.abs(marks)))
    below, above = (np.minimum(f(marks + side * aside), most) for side in (-1.0, 1.0))
    found = marks[np.abs(above - below) > least]
    near = np.diff(found) < _NARROW * (hi - lo)
    found = found[~(np.r_[False, near] | np.r_[near, False])] if len(found) else found
    return found if len(found) <= _STAIRS else np.empty(0)


def broken(x: Array, y: Array, jumps: Array) -> tuple[np.ndarray, np.ndarray]:
    """A curve that is interrupted where it jumps: no line leads from one of its pieces to the next."""
    kept = ~np.isin(x, jumps)
    x = np.concatenate([np.asarray(x, dtype=float)[kept], jumps])
    y = np.concatenate([np.asarray(y, dtype=float)[kept], np.full(len(jumps), np.nan)])
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def short(x: Array, y: Array, span: float) -> tuple[np.ndarray, np.ndarray]:
    """Of the pieces of an interrupted curve that are too short to be seen: the middle of each, and the level there."""
    alive = np.flatnonzero(~np.isnan(y))
    if not len(alive):
        return np.empty(0), np.empty(0)
    ends = np.flatnonzero(np.diff(alive) > 1)
    firsts, lasts = alive[np.r_[0, ends + 1]], alive[np.r_[ends, len(alive) - 1]]
    is_short = x[lasts] - x[firsts] < _NARROW * span
    middle = (firsts + lasts)[is_short] // 2
    return 0.5 * (x[firsts] + x[lasts])[is_short], y[middle]


def thinned(x: Array, y: Array, span: float, top: float) -> tuple[np.ndarray, np.ndarray]:
    """An outline without the points that no eye can part: a file holds every point of an area."""
    with np.errstate(invalid="ignore"):
        cells = np.stack([np.floor(2000.0 * np.asarray(x) / span), np.floor(1000.0 * np.asarray(y) / top)])
    same = (cells[:, 1:] == cells[:, :-1]).all(axis=0)  # a gap is like nothing
    kept = ~(np.r_[False, same] & np.r_[same, False])
    return x[kept], y[kept]


def within(atoms: tuple[Array, Array], lo: float, hi: float) -> tuple[np.ndarray, np.ndarray]:
    """The atoms that lie in the range."""
    locations, masses = (np.asarray(a, dtype=float) for a in atoms)
    inside = (locations >= lo) & (locations <= hi)
    return locations[inside], masses[inside]


def peaks(law: Any, x: Array, density: Array, top: float) -> list[tuple[float, float]]:
    """Where a density leaves the picture, and its supremum there: at a pole, ∞."""
    poles, span = np.array([pole.location for pole in law.poles()]), x[-1] - x[0]
    found = []
    for run in runs(x, density > 1.01 * top, 0.02 * span):
        peak = run.start + int(np.argmax(density[run]))
        beside = 1e-8 * span  # where rounding makes a pole finite, or no point is on it
        here = poles[(poles > x[run.start] - beside) & (poles < x[run.stop - 1] + beside)]
        here = here[here > 0] if x[0] > 0 else here  # 0 has no place on a log scale
        if len(here):
            found.append((float(here[np.argmin(np.abs(here - x[peak]))]), math.inf))
        elif peak in (0, len(x) - 1) and not (np.abs(law.breakpoints() - x[peak]) <= beside).any():
            continue  # it rises to the edge of the picture: what it reaches there is no supremum
        elif run.stop - run.start > 1:  # one point alone is rounding: a peak is resolved by its breakpoints
            found.append((float(x[peak]), float(density[peak])))
    return found


def runs(x: Array, is_high: Array, apart: float) -> list[slice]:
    """Stretches of points that are high; two of them nearer to each other than `apart` are one."""
    high = np.flatnonzero(is_high)
    if not len(high):
        return []
    cuts = np.flatnonzero(np.diff(x[high]) > apart)
    starts, stops = high[np.r_[0, cuts + 1]], high[np.r_[cuts, len(high) - 1]]
    return [slice(int(a), int(b) + 1) for a, b in zip(starts, stops)]
