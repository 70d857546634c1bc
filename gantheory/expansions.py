r"""An ensemble of generators as polynomials on intervals: one row of numbers an interval, for all generators together.

From its left or right end z_0 on, at the distance d, a monotone piece of G is

.. math:: |G(z_0 \pm d) - G(z_0)| = d^k K(d), \qquad |G'| = d^{k-1} H(d), \qquad K(d) = \int_0^1 v^{k-1} H(vd)\,dv

with k = 1, or k = 2 where z_0 is a critical point. H is a polynomial through values of G', so that nothing is lost
beside a critical value; the inverse d/u of u = (d^k K)^{1/k} is one too, good enough for Newton's method to start from.
A thousand intervals cost as many calls of numpy as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError
from gantheory.panels import EPS
from gantheory.quadrature import by_rows

__all__ = ["Expansions", "clenshaw", "expansions_of"]

Array = Any
_COUNT = 20  # of Chebyshev nodes of H
_INVERSE = 24  # of the inverse
_SAMPLES = 41  # where G' is looked at for changes of sign
_RESOLVED = 2e-13  # of the largest coefficient, what the last ones may be
_DEEP = 0.1  # of the largest |G'| around, below which a dip makes a peak of p_g
_NOISE = 2e-14  # of the steepest G', what its rounding may make of them
_NOISE_OF_DIFFERENCES = 5e-12  # the same, where G' is known by differences
_MOST_ROUNDS = 14
_MOST_INTERVALS = 4096  # of one generator to be halved at once: more are noise, or turns that take minutes
_MOST_STEPS = 60


# -- Chebyshev polynomials on [0, 1], one a row ----------------------------------------


def _nodes(n: int) -> np.ndarray:
    return 0.5 * (1.0 + np.cos(np.pi * (np.arange(n) + 0.5) / n))


def _to_coefficients(n: int) -> np.ndarray:
    """(n, n): from values at the nodes."""
    found = 2.0 / n * np.cos(np.arange(n)[None, :] * np.pi * (np.arange(n) + 0.5)[:, None] / n)
    found[:, 0] *= 0.5
    return found


def _basis(n: int, t: np.ndarray) -> np.ndarray:
    """(n, len(t)): the polynomials at t."""
    return np.cos(np.arange(n)[:, None] * np.arccos(np.clip(2.0 * t - 1.0, -1.0, 1.0)))


def clenshaw(coefficients: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Polynomials of shape (rows, n) at t of shape (rows, k)."""
    u = 4.0 * t - 2.0
    b1 = np.zeros_like(u)
    b2 = np.zeros_like(u)
    for c in coefficients.T[:0:-1]:
        np.subtract(u * b1, b2, out=b2)
        b2 += c[:, None]
        b1, b2 = b2, b1
    return 0.5 * u * b1 - b2 + coefficients[:, :1]


_NODES = _nodes(_COUNT)
_FIT = _to_coefficients(_COUNT)
_SEEN = np.linspace(0.0, 1.0, _SAMPLES)
_AT_SEEN = _basis(_COUNT, _SEEN)


def _mean_of(order: int) -> np.ndarray:
    """(n, n): from the coefficients of H to those of K."""
    nodes, weights = np.polynomial.legendre.leggauss(_COUNT)
    v, weights = 0.5 * (1.0 + nodes), 0.5 * weights
    inner = _basis(_COUNT, np.ravel(_NODES[:, None] * v)).reshape(_COUNT, _COUNT, _COUNT)
    return (inner @ (weights * v ** (order - 1.0))) @ _FIT


_MEANS = {1: _mean_of(1), 2: _mean_of(2)}


# -- one row an interval ----------------------------------------


@dataclass(frozen=True, eq=False)
class Expansions:
    """Monotone pieces of an ensemble of generators, sorted by generator.

    Attributes
    ----------
    owner : int array (rows,)
        The generator.
    z, width : array (rows,)
        Where the piece starts, and how far it reaches from there, in the direction of `side`, 1 or -1.
    x, beyond : array (rows,)
        G at the start and at the other end.
    order : array (rows,)
        k: 2 where the piece starts from a critical point, else 1.
    peak : bool array (rows,)
        Whether p_g has a pole, or nearly one, at x: the piece starts where G' vanishes, or comes close to it.
    H, K : array (rows, 20)
    inverse : array (rows, 24)
        d/u in u/top, and `top` the largest u.
    fault : array (rows,)
        What H may be off by.
    """

    owner: np.ndarray
    z: np.ndarray
    side: np.ndarray
    width: np.ndarray
    x: np.ndarray
    beyond: np.ndarray
    order: np.ndarray
    peak: np.ndarray
    H: np.ndarray
    K: np.ndarray
    top: np.ndarray
    inverse: np.ndarray
    fault: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, index: np.ndarray) -> Expansions:
        return Expansions(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def low(self) -> np.ndarray:
        return np.minimum(self.x, self.beyond)

    @property
    def high(self) -> np.ndarray:
        return np.maximum(self.x, self.beyond)

    def distances(self, rise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """d and |G'| where |G - x| is `rise`, (rows, k); a rise of |beyond - x| is at the other end, to rounding."""
        k = self.order[:, None]
        full = np.abs(self.beyond - self.x)[:, None]
        stretch = self.top[:, None] ** k / full  # what the values' rounding makes of a short rise
        u = np.clip(rise * stretch, 0.0, self.top[:, None] ** k) ** (1.0 / k)
        d = np.clip(u * clenshaw(self.inverse, u / self.top[:, None]), 0.0, self.width[:, None])
        d, H = _solved(self, u, d)
        return d, d ** (k - 1.0) * H / stretch

    def at(self, d: np.ndarray) -> np.ndarray:
        """z at the distance d."""
        return self.z[:, None] + self.side[:, None] * d


def _solved(rows: Expansions, u: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """u(d) = u by Newton's method, kept between what is known to be too small and too large; and H there."""
    H = np.empty_like(d)
    active = np.arange(len(d))
    low, high = np.zeros_like(d), np.broadcast_to(rows.width[:, None], d.shape).copy()
    for _ in range(_MOST_STEPS):
        part = rows if len(active) == len(rows) else rows.take(active)
        at, wanted, k, width = d[active], u[active], part.order[:, None], part.width[:, None]
        t = at / width
        K = np.maximum(clenshaw(part.K, t), 1e-300)
        here = np.maximum(clenshaw(part.H, t), 1e-300)
        reached = at * np.where(k == 2.0, np.sqrt(K), K)
        slope = np.where(k == 2.0, 0.5 * here / np.sqrt(K), here)
        step = (wanted - reached) / slope
        low[active] = np.where(reached < wanted, at, low[active])
        high[active] = np.where(reached > wanted, at, high[active])
        new = at + step
        out = (new < low[active]) | (new > high[active])
        d[active] = np.where(out, 0.5 * (low[active] + high[active]), new)
        H[active] = here
        # the step after a small one would be its square; H is then taken where it was, and moved along
        moved = np.abs(step) > 1e-9 * np.abs(new) + 1e-300
        going = (moved | out) & (np.abs(d[active] - at) > 4e-16 * width)
        active = active[going.any(axis=1)]
        if not active.size:
            break
    return d, np.maximum(clenshaw(rows.H, d / rows.width[:, None]), 1e-300)


# -- from generators to rows ----------------------------------------


def expansions_of(generators: Sequence[Any], ends: np.ndarray) -> Expansions:
    """Every monotone piece of every generator between the outermost of some ends.

    Raises
    ------
    ConvergenceError
        If a derivative is not resolved.
    """
    owner, left, right = (
        np.repeat(np.arange(len(generators)), len(ends) - 1),
        np.tile(ends[:-1], len(generators)),
        np.tile(ends[1:], len(generators)),
    )
    owner, left, right, coefficients, steepest = _resolved(generators, owner, left, right)
    row, places, vanishes = _turning_points(coefficients, owner)
    turns = owner[row], left[row] + (right - left)[row] * places, vanishes
    return _assembled(generators, _pieces(owner, left, right, *turns), steepest)


def _slopes(generators: Sequence[Any], owner: np.ndarray, z: np.ndarray) -> np.ndarray:
    """G' at z of shape (rows, k); the rows of one generator stand together."""
    found = np.empty_like(z)
    for i, rows in _runs(owner):
        found[rows] = generators[i].derivative(z[rows].ravel()).reshape(-1, z.shape[1])
    return found


def _runs(owner: np.ndarray) -> list[tuple[int, slice]]:
    """For each generator with rows, where they are."""
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.empty(0, int)
    return [
        (int(owner[a]), slice(int(a), int(b))) for a, b in zip(starts, np.append(starts[1:], len(owner)), strict=True)
    ]


def _resolved(
    generators: Sequence[Any], owner: np.ndarray, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Intervals on which G' is a polynomial to rounding, its coefficients, and each generator's steepest G'."""
    done, steepest, noise = [], np.zeros(len(generators)), _noise(generators)
    for _ in range(_MOST_ROUNDS):
        z = left[:, None] + (right - left)[:, None] * _NODES
        slopes = _slopes(generators, owner, z)
        found = by_rows(slopes, _FIT)
        np.maximum.at(steepest, owner, np.abs(slopes).max(axis=1))
        bad = _fault(found) > np.maximum(_RESOLVED * np.abs(found).max(axis=1), (noise * steepest)[owner])
        done.append((owner[~bad], left[~bad], right[~bad], found[~bad]))
        if not bad.any():
            break
        if np.bincount(owner[bad]).max() > _MOST_INTERVALS:
            raise _unresolved(left[bad], right[bad])
        middle = 0.5 * (left + right)[bad]
        owner = np.repeat(owner[bad], 2)
        left, right = (np.stack(pair, axis=1).ravel() for pair in ((left[bad], middle), (middle, right[bad])))
    else:
        raise _unresolved(left, right)
    owner, left, right, found = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.lexsort((left, owner))
    return owner[order], left[order], right[order], found[order], steepest


def _noise(generators: Sequence[Any]) -> np.ndarray:
    """What rounding makes of each G', of its steepest."""
    return np.array([_NOISE_OF_DIFFERENCES if G.differentiation == "differences" else _NOISE for G in generators])


def _unresolved(left: np.ndarray, right: np.ndarray) -> ConvergenceError:
    return ConvergenceError(f"G' is not resolved on {len(left)} intervals as short as {(right - left).min():.2g}.")


def _fault(coefficients: np.ndarray) -> np.ndarray:
    """What the polynomial may be off by: twice what its last coefficients are."""
    return 2.0 * np.abs(coefficients[:, -3:]).sum(axis=1)


def _turning_points(coefficients: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and places in [0, 1] where a polynomial changes its sign, or nearly: |G'| dips; and which of the two.

    Between two places looked at, it may change its sign twice: that is seen where it dips.
    """
    seen = by_rows(coefficients, _AT_SEEN)
    meet = np.flatnonzero(owner[1:] == owner[:-1])
    seen[meet, -1] = seen[meet + 1, 0] = 0.5 * (seen[meet, -1] + seen[meet + 1, 0])  # one number, and one sign
    sign = seen >= 0
    row, i = np.nonzero(sign[:, 1:] != sign[:, :-1])
    low, high = _SEEN[i], _SEEN[i + 1]
    size = np.abs(seen)
    dips = (size[:, 1:-1] <= size[:, :-2]) & (size[:, 1:-1] <= size[:, 2:])
    dips &= (sign[:, 1:-1] == sign[:, :-2]) & (sign[:, 1:-1] == sign[:, 2:])
    dip_row, j = np.nonzero(dips)
    up = sign[dip_row, j + 1]
    lowest = _lowest(coefficients[dip_row], _SEEN[j + 1], up)
    value = clenshaw(coefficients[dip_row], lowest[:, None])[:, 0]
    twice = (value >= 0) != up
    deep = ~twice & (np.abs(value) < _DEEP * size.max(axis=1)[dip_row])
    row = np.concatenate([row, dip_row[twice], dip_row[twice]])
    low = np.concatenate([low, _SEEN[j[twice]], lowest[twice]])
    high = np.concatenate([high, lowest[twice], _SEEN[j[twice] + 2]])
    places = np.concatenate([_bisected(coefficients[row], low, high), lowest[deep]])
    return np.concatenate([row, dip_row[deep]]), places, np.arange(len(places)) < len(row)


def _lowest(coefficients: np.ndarray, t: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Where |polynomial| is least within one spacing of t, by golden section."""
    spacing, shrink = _SEEN[1], 0.6180339887498949
    a, b = t - spacing, t + spacing
    sign = np.where(up, 1.0, -1.0)
    for _ in range(24):
        c, d = b - shrink * (b - a), a + shrink * (b - a)
        values = sign[:, None] * clenshaw(coefficients, np.stack([c, d], axis=1))
        left = values[:, 0] < values[:, 1]
        a, b = np.where(left, a, c), np.where(left, d, b)
    return 0.5 * (a + b)


def _bisected(coefficients: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The change of sign between two places: regula falsi with halved weights (Illinois)."""
    f_low, f_high = (clenshaw(coefficients, t[:, None])[:, 0] for t in (low, high))
    at_end, end = (f_low >= 0) == (f_high >= 0), np.where(np.abs(f_low) < np.abs(f_high), low, high)
    for step in range(_MOST_STEPS):
        with np.errstate(all="ignore"):
            t = high - f_high * (high - low) / (f_high - f_low)
        t = np.where((t > low) & (t < high) & (step % 4 != 3), t, 0.5 * (low + high))
        f = clenshaw(coefficients, t[:, None])[:, 0]
        same = (f >= 0) == (f_high >= 0)
        f_low, f_high = np.where(same, 0.5 * f_low, f), np.where(same, f, 0.5 * f_high)
        low, high = np.where(same, low, t), np.where(same, t, high)
        if (high - low <= 1e-16).all() or (f == 0).all():
            break
    return np.where(at_end, end, 0.5 * (low + high))  # in rounding, the neighbour's sign was the other one


def _pieces(
    owner: np.ndarray, left: np.ndarray, right: np.ndarray, of_turn: np.ndarray, turns: np.ndarray, vanishes: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Owner, start, side, width, order and peak of monotone pieces, each of which starts from its turning point."""
    parts = []
    for i, rows in _runs(owner):
        own = of_turn == i
        ends = np.append(left[rows], right[rows][-1])
        parts.append(_starts(i, turns[own & vanishes], turns[own & ~vanishes], ends))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _assembled(generators: Sequence[Any], pieces: tuple[np.ndarray, ...], steepest: np.ndarray) -> Expansions:
    """The rows of some pieces, halved where H is not resolved."""
    noise_of = _noise(generators)
    for _ in range(_MOST_ROUNDS):
        owner, z, side, width, order, peak = pieces
        d = width[:, None] * _NODES
        steepness = np.abs(_slopes(generators, owner, z[:, None] + side[:, None] * d))
        H = by_rows(steepness / d ** (order[:, None] - 1.0), _FIT)
        of_z = EPS * np.abs(z) * np.abs(H).max(axis=1) * (order - 1.0)  # G'' by how far a critical point is rounded
        noise = (noise_of * steepest)[owner] + of_z
        noise = noise / (0.01 * width) ** (order - 1.0)
        bad = _fault(H) > np.maximum(10 * _RESOLVED * np.abs(H).max(axis=1), noise)
        if not bad.any():
            break
        pieces = _halved(bad, *pieces)
    else:
        raise ConvergenceError(f"G' is not resolved beside {int(bad.sum())} critical points.")
    x, beyond = _values(generators, owner, z, z + side * width)
    infinite = ~np.isfinite(beyond - x)
    if infinite.any():
        raise ConvergenceError(f"G is beyond the floats near z = {z[infinite][0]:.6g}.")
    K = np.where(order[:, None] == 2, by_rows(H, _MEANS[2]), by_rows(H, _MEANS[1]))
    top = (width**order * np.maximum(K.sum(axis=1), 1e-300)) ** (1.0 / order)
    bare = Expansions(owner, z, side, width, x, beyond, order, peak, H, K, top, np.zeros((len(z), _INVERSE)), _fault(H))
    return _inverted(bare)


def _starts(i: int, critical: np.ndarray, dips: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, ...]:
    """The pieces of one generator: cut at ends, at turning points, and between two of them."""
    critical, dips = (turns[(turns > ends[0]) & (turns < ends[-1])] for turns in (critical, dips))
    turns = np.unique(np.concatenate([critical, dips]))
    kept = np.ones(len(ends), bool)
    if len(turns):  # beside a critical point, by the length of its interval, an end would leave a piece near a fold
        at = np.searchsorted(ends, turns).clip(1, len(ends) - 1)
        for near in (at - 1, at):
            kept[near[np.abs(ends[near] - turns) < 0.25 * (ends[at] - ends[at - 1])]] = False
        kept[[0, -1]] = True
    stops = np.unique(np.concatenate([ends[kept], turns, 0.5 * (turns[1:] + turns[:-1])]))
    a, b = stops[:-1], stops[1:]
    backwards = np.isin(b, turns) & ~np.isin(a, turns)
    start, side = np.where(backwards, b, a), np.where(backwards, -1.0, 1.0)
    order = np.where(np.isin(start, critical), 2.0, 1.0)
    return np.full(len(a), i), start, side, b - a, order, np.isin(start, turns)


def _halved(
    bad: np.ndarray, owner: np.ndarray, z: np.ndarray, side: np.ndarray, width: np.ndarray, *rest: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The far half of a bad piece becomes a piece of its own, of order 1 and with no peak, next to the near half."""
    near, far = np.where(bad, 0.5 * width, width), np.flatnonzero(bad)
    again = np.argsort(np.concatenate([np.arange(len(z)), far]), kind="stable")
    order, peak = rest
    pairs = (
        (owner, owner[far]),
        (z, z[far] + side[far] * near[far]),
        (side, side[far]),
        (near, width[far] - near[far]),
        (order, np.ones(len(far))),
        (peak, np.zeros(len(far), bool)),
    )
    return tuple(np.concatenate(pair)[again] for pair in pairs)


def _values(
    generators: Sequence[Any], owner: np.ndarray, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """G at both ends of every piece, the same number where two pieces meet."""
    x, beyond = np.empty_like(a), np.empty_like(b)
    for i, rows in _runs(owner):
        stops = np.sort(np.concatenate([a[rows], b[rows]]))
        # ends that rounding keeps apart are one
        stops = stops[np.append(True, np.diff(stops) > 1e-14 * (stops[-1] - stops[0]))]
        values = generators[i](stops)
        for ends, into in ((a[rows], x), (b[rows], beyond)):
            k = np.searchsorted(stops, ends).clip(1, len(stops) - 1)
            k = np.where(np.abs(stops[k - 1] - ends) <= np.abs(stops[k] - ends), k - 1, k)
            into[rows] = values[k]
    return x, beyond


def _inverted(rows: Expansions) -> Expansions:
    """With the polynomials of the inverse, through solutions at their nodes."""
    t = np.broadcast_to(_nodes(_INVERSE), (len(rows), _INVERSE))
    u = t * rows.top[:, None]
    d, _ = _solved(rows, u, t * rows.width[:, None])
    inverse = by_rows(d / u, _to_coefficients(_INVERSE))
    return Expansions(*(inverse if f.name == "inverse" else getattr(rows, f.name) for f in fields(rows)))
