r"""The masses that laws of G(z) put into the cells of a line, as masses of z and not as differences of a cdf.

.. math:: P[a < G(z) \le b] = \sum_{\text{pieces}} P_z[\text{between the preimages of } a \text{ and } b]

A difference of two cdfs is 0 where the upper tail is thin, or where a thin cell lies between two modes; and with one
cell at 0 where p_data has mass, KL(p_data‖p_g) is infinite. The prior is cut at 1e-18 on either side, which moves no
expectation; but it may be all that a far cell has, and where a cell is thin the tails are followed to 1e-300.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.ensemble import LEFT_OUT, Ensemble, outermost, prior_mass
from gantheory.errors import ConvergenceError
from gantheory.expansions import Expansions, expansions_of
from gantheory.panels import Points
from gantheory.pushforward import Pushforward
from gantheory.unresolved import guessed_cdf, may_be_followed

__all__ = ["cells_of"]

_LEAST = 1e-300  # of the prior, beyond what is followed of its tails
_TAIL_PIECES = 2
_THIN = 1e-15  # a cell's mass, below which the prior's tails are looked for in it


def cells_of(laws: Ensemble, edges: np.ndarray) -> np.ndarray:
    """The masses of each member in the cells (e_i, e_{i+1}] between edges, (seeds, cells).

    Examples
    --------
    >>> print(cells_of(Ensemble(["z", "z + 1"]), np.array([-12.0, -10.0, 10.0, 12.0])))
    [[7.61985302e-24 1.00000000e+00 7.61985302e-24]
     [1.91065957e-28 1.00000000e+00 1.12858840e-19]]
    """
    try:
        if not laws.is_smooth and len(laws) == 1:
            if not may_be_followed(laws):
                return np.diff(guessed_cdf(laws, edges))[None]
            return _of_branches(laws[0], edges)[None]
        if not laws.is_smooth:
            return np.concatenate([cells_of(half, edges) for half in laws.halves()])
        found = _of_rows(laws.prior, len(laws), laws.expansions, edges)
    except ConvergenceError:  # of one of them, and the others are not to know of it
        if len(laws) > 1:
            return np.concatenate([cells_of(half, edges) for half in laws.halves()])
        return np.diff(guessed_cdf(laws, edges))[None]
    thin = np.flatnonzero((found < _THIN).any(axis=1))
    for side in (-1, 1):
        found[thin] += _of_tail([laws.generators[i] for i in thin], laws.prior, side, edges)
    for i in np.flatnonzero(laws.faulty):
        found[i] = _of_branches(laws[int(i)], edges)
    return found


def _of_tail(generators: Sequence[Any], prior: Any, side: int, edges: np.ndarray) -> np.ndarray:
    """What the prior has beyond its outermost end, where G is followed there."""
    inner, outer = (outermost(prior, side, least) for least in (LEFT_OUT, _LEAST))
    if inner == outer or not generators:
        return np.zeros((len(generators), len(edges) - 1))
    try:
        with np.errstate(all="ignore"):
            rows = expansions_of(generators, np.sort(np.linspace(inner, outer, _TAIL_PIECES + 1)))
            return _of_rows(prior, len(generators), rows, edges)
    except ConvergenceError:  # as of one that overflows: no more than 1e-18 is left out
        if len(generators) == 1:
            return np.zeros((1, len(edges) - 1))
        return np.concatenate([_of_tail([G], prior, side, edges) for G in generators])


def _of_rows(prior: Any, size: int, rows: Expansions, edges: np.ndarray) -> np.ndarray:
    """Of the pieces of an ensemble of generators: each is cut at the preimages of the edges within it."""
    row, k = np.nonzero((edges > rows.low[:, None]) & (edges < rows.high[:, None]))
    part = rows.take(row)
    with np.errstate(all="ignore"):
        z = part.at(part.distances(np.abs(edges[k] - part.x)[:, None])[0])[:, 0]
    ends = np.stack([rows.z, rows.z + rows.side * rows.width])
    rises = rows.beyond > rows.x
    counts = np.bincount(row, minlength=len(rows))
    first = np.cumsum(counts + 1) - (counts + 1)  # where the cuts of a piece begin, and one more piece than cuts
    owner = np.repeat(np.arange(len(rows)), counts + 1)
    start, stop = np.empty(len(owner)), np.empty(len(owner))
    inside = np.arange(len(row)) + row
    start[first], stop[first + counts] = np.where(rises, ends[0], ends[1]), np.where(rises, ends[1], ends[0])
    start[inside + 1], stop[inside] = z, z
    cell = _first_cell(edges, rows.low, rows.high)[owner] + np.arange(len(owner)) - first[owner]
    found = np.zeros((size, len(edges) + 1))
    np.add.at(found, (rows.owner[owner], cell), np.maximum(prior_mass(prior, start, stop), 0.0))
    return found[:, 1:-1]


def _first_cell(edges: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The cell in which a piece begins, counted from the one below all edges; a flat one at an edge ends there."""
    return np.where(high > low, np.searchsorted(edges, low, side="right"), np.searchsorted(edges, low, side="left"))


def _of_branches(law: Pushforward, edges: np.ndarray) -> np.ndarray:
    """Of one exact law, by its branches and its atoms."""
    finite = edges[np.isfinite(edges)]  # what lies beyond these is at the ends of branches
    found = np.zeros(len(finite) + 1)
    for branch, (inside, z, _) in zip(law.branches, law.inverses_at(Points.at(finite)), strict=True):
        order = slice(None) if branch.increasing else slice(None, None, -1)
        z0, z1 = np.array([[branch.z0], [branch.z1]], dtype=float)
        anchor, offset = (
            np.concatenate([first, part[order], last])
            for part, first, last in ((z.anchor, z0, z1), (z.offset, np.zeros(1), np.zeros(1)))
        )
        masses = law.mass_between(Points(anchor[:-1], offset[:-1]), Points(anchor[1:], offset[1:]))
        start = np.count_nonzero(~inside & (finite <= branch.low))
        np.add.at(found, start + np.arange(len(masses)), masses[order])
    locations, masses = law.atoms()
    np.add.at(found, np.searchsorted(finite, locations, side="left"), masses)
    return found[1 if np.isfinite(edges[0]) else 0 : len(finite) if np.isfinite(edges[-1]) else None]
