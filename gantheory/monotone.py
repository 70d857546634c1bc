"""Panels on each of which a generator is resolved, and strictly monotone or constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError
from gantheory.generators import Generator
from gantheory.panels import EPS, NODES, Panels, Points
from gantheory.quadrature import resolution_of

__all__ = ["ends_of", "in_order", "is_resolved", "refined", "sign_at", "slope_at", "split_where_it_touches"]

_MOST_CELLS = 20_000
_NEGLIGIBLE = 1e-22  # of the prior's mass, in a panel that is left as it is
_GOOD = 1e-9  # of G', in its last coefficients
_TOUCHES = 1e-9  # of the largest |G'| around: a zero without a change of sign


def slope_at(generator: Generator) -> Any:
    return lambda points: generator.derivative(np.asarray(points.x))


def sign_at(generator: Generator) -> Any:
    """-1, 0 or 1: G falls, is constant, or rises."""

    def sign(points: Points) -> np.ndarray:
        z = np.asarray(points.x)
        with np.errstate(all="ignore"):
            found = np.sign(generator.derivative(z))
            if generator.differentiation != "differences":
                return np.nan_to_num(found)
            step = 1e-6 * np.maximum(np.abs(z), 1e-3)  # a difference of equal numbers may be rounding
            return np.where(generator(z - step) == generator(z + step), 0.0, np.nan_to_num(found))

    return sign


def refined(generator: Generator, prior: Any, cells: Panels) -> Panels:
    """Panels on which G' is resolved, or which are too narrow to be halved; those without mass are left out."""
    done = []
    for round_ in range(70):
        if not len(cells):
            break
        good = is_resolved(generator, cells)
        mass = _masses(prior, cells)
        idle = ~good & (mass < _NEGLIGIBLE)
        low, high = ends_of(cells)
        narrow = high - low <= 4 * EPS * np.maximum(np.abs(cells.anchor + low), np.abs(cells.anchor + high))
        finished = good | (narrow & ~idle)
        done.append(cells.take(finished))
        cells = cells.take(~finished & ~idle)
        if sum(map(len, done)) + 2 * len(cells) > _MOST_CELLS:
            points, _ = cells.nodes()
            with np.errstate(all="ignore"):
                beyond = np.isinf(np.asarray(generator.G(points.x.ravel()), dtype=float))
            if beyond.any():
                raise ConvergenceError(
                    f"G = {generator} is beyond the largest float where the prior has mass, as at z = "
                    f"{float(points.x.ravel()[beyond][0]):.6g}. Use a prior of smaller support, or lighter tails."
                )
            raise ConvergenceError(
                f"G = {generator} oscillates past what can be resolved: {_MOST_CELLS} panels do not hold G'. "
                "Use a prior of smaller support, or a smoother G."
            )
        if round_ == 5:
            cells = _graded_from_anchors(cells)
        cells = cells.halves()
    return Panels.joined([*done, cells])


def is_resolved(generator: Generator, cells: Panels) -> np.ndarray:
    points, factor = cells.nodes()
    with np.errstate(all="ignore"):
        slopes = generator.derivative(points.x) * factor
        if not np.isfinite(generator(points.x)).all():
            slopes = np.where(np.isfinite(generator(points.x)), slopes, np.nan)
        top = np.abs(slopes).max(axis=1)
        # z itself is rounded: where G' moves by its own size within 1e6 spacings of z, no panel can resolve it further
        z = np.sort(points.x, axis=1)
        steepness = np.abs(np.diff(slopes, axis=1)).sum(axis=1) / np.maximum(z[:, -1] - z[:, 0], 5e-324)
        noise = EPS * np.abs(z).max(axis=1) * steepness
        return resolution_of(slopes) <= np.maximum(_GOOD * top, 64 * noise)


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


def _masses(prior: Any, cells: Panels) -> np.ndarray:
    low, high = ends_of(cells)
    left, right = Points(cells.anchor, low), Points(cells.anchor, high)
    below = prior.cdf_at(right) - prior.cdf_at(left)
    above = prior.sf_at(left) - prior.sf_at(right)
    return np.where(prior.cdf_at(right) < 0.5, below, above)


def in_order(cells: Panels) -> Panels:
    low, _ = ends_of(cells)
    return cells.take(np.lexsort((low, cells.anchor)))


def split_where_it_touches(cells: Panels, generator: Generator) -> Panels:
    """Cut where G' comes down to 0 and does not change its sign: a pole of p_g of the order of z**3, or higher."""
    points, factor = cells.nodes()
    slopes = np.abs(generator.derivative(points.x) * factor)
    top = slopes.max(axis=1, keepdims=True)
    dips = (slopes[:, 1:-1] <= slopes[:, :-2]) & (slopes[:, 1:-1] <= slopes[:, 2:]) & (slopes[:, 1:-1] < 0.05 * top)
    index, k = np.nonzero(dips)
    if not index.size:
        return cells
    half, middle = 0.5 * (cells.b - cells.a)[index], 0.5 * (cells.a + cells.b)[index]
    where = _touching(cells.take(index), middle + half * NODES[k], middle + half * NODES[k + 2], generator)
    with np.errstate(all="ignore"):
        points, factor = cells.take(index).points(where[:, None])
        least = np.abs(generator.derivative(points.x) * factor)[:, 0] * half
    touches = least <= _TOUCHES * top[index, 0]
    return cells.cut_at(index[touches], where[touches])


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
