"""Panels cut where a label of points changes, and where a function of them has a root or touches zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.panels import NODES, Panels, Points, coordinates_at

__all__ = ["split_at_changes", "split_at_roots"]

Array = Any

_WITH_ENDS = np.concatenate([[-1.0 + 1e-13, -1.0 + 2e-4], NODES, [1.0 - 2e-4, 1.0 - 1e-13]])
_MOST_CHANGES = 4000  # of a label at once: beyond, it is the sign of rounding
_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_GRADES = np.exp(-3.0 * np.arange(1, 11))


def split_at_changes(
    cells: Panels, label: Callable[[Points], Array], *, graded: bool = False, most: int = _MOST_CHANGES
) -> Panels:
    """Cut every panel where a label of its points changes, as its nodes and ends show, each place by bisection.

    Where there are more than `most` changes at once, none is cut.

    A corner of the integrand then lies on a panel's end, where the rule does not see it. `graded` panels become shorter
    towards it, down to 1e-13: the corner is round, and nobody says how closely.
    """
    done: list[Panels] = []
    places: list[np.ndarray] = []
    for _ in range(4):  # two changes between neighbouring nodes are found one after the other
        s = coordinates_at(cells, _WITH_ENDS)
        labels = label(cells.points(s)[0])
        index, k = np.nonzero(labels[:, :-1] != labels[:, 1:])
        if not index.size or index.size > most:
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


def split_at_roots(cells: Panels, function: Callable[[Points], Array], *, most: int = _MOST_CHANGES) -> Panels:
    """Cut every panel at the sign changes of `function`, also where two of them lie between neighbouring nodes."""

    def sign(points: Points) -> Array:
        with np.errstate(invalid="ignore"):
            return function(points) > 0

    return split_at_changes(_split_at_dips(cells, function), sign, most=most)


def _split_at_dips(cells: Panels, function: Callable[[Points], Array]) -> Panels:
    """Cut at a place of the other sign between two nodes of one sign, where the nodes around say that one may be."""
    s = coordinates_at(cells, _WITH_ENDS)
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


def _last_of_label(
    cells: Panels, low: np.ndarray, high: np.ndarray, labels: np.ndarray, label: Callable[[Points], Array]
) -> np.ndarray:
    """Between low, which has the label, and high, which has not: where the label is lost."""
    for _ in range(50):
        middle = 0.5 * (low + high)
        same = label(cells.points(middle[:, None])[0])[:, 0] == labels
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)
