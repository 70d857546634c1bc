"""Which z made an x, and with what probability: an inference network's target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.branches import Flat
from gantheory.densities.protocol import numbers
from gantheory.errors import DomainError
from gantheory.panels import Points

__all__ = ["Preimages", "inverted"]

Array = Any


@dataclass(frozen=True)
class Preimages:
    """Which z made an x, and with what probability: an inference network's target.

    Attributes
    ----------
    z, probability : ndarray
        Of shape (..., k). Where x is an atom made of a flat piece, z is the prior's median there.
    """

    z: np.ndarray
    probability: np.ndarray


def inverted(law: Any, x: Array) -> Preimages:
    """The preimages of x under the generator of a law, and their probabilities."""
    x = numbers(x)
    z, logs = _columns(law, np.ravel(x))
    most = logs.max(axis=1, initial=-np.inf)
    if np.isneginf(most).any():
        none = float(np.ravel(x)[np.isneginf(most)][0])
        raise DomainError(f"x is {none!r}, which G = {law.generator} makes of no z; its support is {law.support()}.")
    weights = np.exp(logs - most[:, None])  # the densities themselves may be below the smallest float
    probability = weights / weights.sum(axis=1, keepdims=True)
    if x.ndim:
        return Preimages(z.reshape(*x.shape, -1), probability.reshape(*x.shape, -1))
    order = np.argsort(z[0])
    order = order[probability[0][order] > 0]
    return Preimages(z[0][order], probability[0][order])


def _middle(law: Any, flat: Flat) -> float:
    """The median of the prior on a flat piece, which may have no end."""
    below = float(law.prior.cdf(max(flat.z0, -1e308)))
    return float(law.prior.ppf(min(below + 0.5 * law.mass_on(flat.z0, flat.z1), 1.0)))


def _columns(law: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each x: the z of every branch, flat piece and atom of the prior, its log-weight; atoms outweigh all."""
    z_atoms, held = law.prior.atoms()
    z = np.full((len(x), len(law.branches) + len(law.flats) + len(z_atoms)), np.nan)
    logs = np.full(z.shape, -np.inf)
    moved = np.zeros(x.shape)
    for fold in (f for b in law.branches for f in (b.fold0, b.fold1) if f is not None):
        moved[x == fold.value] = 1e-20 * fold.direction * fold.highest  # the limit, where both weights are infinite
    for k, (here, found, slope) in enumerate(law.inverses_at(Points(x, moved))):
        z[here, k], logs[here, k] = found.x, law.share(found, slope)
    atomic = [(_middle(law, f), f.value, law.mass_on(f.z0, f.z1)) for f in law.flats]
    atomic += list(zip(z_atoms, law.generator(z_atoms), held, strict=True))
    for k, (at, value, mass) in enumerate(atomic, len(law.branches)):
        made = x == value
        with np.errstate(divide="ignore"):
            z[made, k], logs[made, k] = at, np.log(mass)
    on_atom = np.isfinite(logs[:, len(law.branches) :]).any(axis=1)
    z[on_atom, : len(law.branches)], logs[on_atom, : len(law.branches)] = np.nan, -np.inf
    return z, logs
