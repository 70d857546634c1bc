"""The coordinate z of a law of G(z): where its panels end, and x at points that are anchored in z.

Beside a preimage of a place where something happens in x, such as a pole of another law, x is an offset from that
place: a difference of two values of G would lose the distance to their rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.densities.protocol import Measure
from gantheory.inverse import Image, inverses
from gantheory.panels import EPS, Edges, Points

__all__ = ["LatentMeasure", "latent_measure"]

Array = Any
_SAME = 1e-12  # places of z this near to each other are one place, found twice
_BESIDE = 1e-3  # offsets in z up to which x is an offset as well
_TOLD_APART = 64 * EPS  # a scale of another law, this near to an anchor, is the anchor itself to rounding
_UNIT_NODES, _UNIT_WEIGHTS = np.polynomial.legendre.leggauss(6)
_UNIT_NODES, _UNIT_WEIGHTS = 0.5 * (1.0 + _UNIT_NODES), 0.5 * _UNIT_WEIGHTS


@dataclass(frozen=True)
class LatentMeasure(Measure):
    """The law of G(z) in its own coordinate t = z: mass p_z(z) dz at the point G(z).

    `passes` are the anchors, sorted, at which a branch passes through a place of x, and `places` those places.
    """

    passes: Array = ()
    places: Array = ()

    def points(self, t: Points) -> Points:
        x = self.law.image(t)
        if not len(self.passes):
            return x
        index = np.minimum(np.searchsorted(self.passes, t.anchor), len(self.passes) - 1)
        z, away = np.broadcast_arrays(t.anchor, t.offset)
        near = (self.passes[index] == t.anchor) & (np.abs(away) < _BESIDE * np.maximum(1.0, np.abs(z)))
        near &= np.asarray(x.offset) == 0  # a fold's own offset is kept
        if not near.any():
            return x
        anchor, offset = (np.array(np.broadcast_to(part, near.shape)) for part in (x.anchor, x.offset))
        # by the mean of G' between
        nodes = (z + away * _UNIT_NODES.reshape(-1, *[1] * z.ndim))[:, near].T
        rise = self.law.generator.derivative(nodes.ravel()).reshape(nodes.shape) @ _UNIT_WEIGHTS
        anchor[near] = np.broadcast_to(self.places[index], near.shape)[near]
        offset[near] = away[near] * rise
        return Image(anchor, offset, False, x.z, x.slope, x.law)

    def log_mass(self, t: Points) -> Array:
        """That of the prior on a branch; where G is constant it is an atom's, and elsewhere in `mass_error`."""
        found = self.law.prior.logpdf_at(t)
        held = np.zeros(np.shape(found), bool)
        for branch in self.law.branches:
            held |= ((t.anchor - branch.z0) + t.offset > 0) & ((t.anchor - branch.z1) + t.offset < 0)
        return np.where(held, found, -np.inf)


def latent_measure(law: Any, own: np.ndarray, places: np.ndarray, scales: np.ndarray) -> LatentMeasure:
    """The measure of a law of G(z).

    Parameters
    ----------
    law : Pushforward
    own : array
        Places of z where something happens: each stands for any preimage that is found some ulps away.
    places, scales : array
        x where something happens, and x that tell another law's scales.
    """
    hard, x, hard_error = _passes(law, places)
    soft, _, soft_error = _passes(law, _told_apart(scales, places))
    z = np.concatenate([own, hard, soft])
    error = np.concatenate([np.zeros(len(own)), hard_error, soft_error])
    rank = np.repeat([0, 1, 2], [len(own), len(hard), len(soft)])
    stands_for = _one_for_each(z, error, rank)
    passes, first = np.unique(stands_for[rank == 1], return_index=True)
    edges = law.prior.edges
    return LatentMeasure(law, Edges(np.unique(stands_for), edges.centre, edges.offset), (), passes, x[first])


def _told_apart(scales: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Those scales that are no place to rounding, as the innermost beside a pole are."""
    if not len(places) or not len(scales):
        return scales
    gap = np.abs(scales[:, None] - places).min(axis=1)
    return scales[gap > _TOLD_APART * np.abs(scales)]


def _passes(law: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each z at which a branch passes through one of the numbers x and does not end, that x, and z's own rounding."""
    points = Points.at(np.unique(x[np.isfinite(x)]))
    found: list[list[np.ndarray]] = [[np.empty(0)], [np.empty(0)], [np.empty(0)]]
    for branch, (here, z, slope) in zip(law.branches, inverses(law.branches, points), strict=True):
        at, inside = points.x[here], z.x
        goes_on = (at != branch.x0) & (at != branch.x1)
        with np.errstate(all="ignore"):
            error = 8 * EPS * (np.abs(inside) + np.abs(at) / slope)
        error = np.fmin(error, _SAME * np.maximum(1.0, np.abs(inside)))
        for kept, part in zip(found, (inside, at, error), strict=True):
            kept.append(part[goes_on])
    z, at, error = (np.concatenate(kept) for kept in found)
    return z, at, error


def _one_for_each(z: np.ndarray, error: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """For each z the one that stands for all that are the same to their errors: of the least rank."""
    if not len(z):
        return z
    order = np.argsort(z, kind="stable")
    apart = np.diff(z[order]) > np.maximum(error[order][1:], error[order][:-1])
    group = np.empty(len(z), int)
    group[order] = np.cumsum(np.append(0, apart))
    chosen = np.lexsort((z, rank, group))
    _, first = np.unique(group[chosen], return_index=True)
    return z[chosen[first]][group]
