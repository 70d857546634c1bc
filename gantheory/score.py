r"""Scores s(x) = ∂ log p/∂x, and what a density does on either side of a point.

The gradient that training uses is an expectation of ∂_x log(1 - D*) = -D* (s_data - s_g): a difference of two scores.
Each family's score is its closed form. A law of G(z) is a sum over branches, each with the density p_z(z)/|G'(z)| and

.. math:: s_b(x) = \frac{1}{G'(z)}\Big(s_z(z) - \frac{G''(z)}{G'(z)}\Big),

weighted by the branch's share of the density.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.densities import (
    Beta,
    Cauchy,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
)
from gantheory.errors import DomainError
from gantheory.generators import Generator
from gantheory.inverse import Image, flattened, inverses
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.pushforward import Pushforward

__all__ = ["curvature", "density_beside", "has_score", "jumps_of", "score_at"]

Array = Any


def has_score(law: Any) -> bool:
    """Whether the score is known in closed form."""
    if isinstance(law, Mixture):
        return all(has_score(part) for part in law.components if part.continuous_mass > 0)
    if isinstance(law, Pushforward):
        straight = len(law.branches) == 1 and not law.flats
        return has_score(law.prior) and (law.generator.pieces is None or straight)
    return type(law) in _SCORES


def score_at(law: Any, points: Points) -> Array:
    """The score of the continuous part at anchored points, 0 where the density is 0.

    Raises
    ------
    DomainError
        If the law is of a kind whose score is not known.
    """
    with np.errstate(all="ignore"):
        if isinstance(law, Mixture):
            found = _of_mixture(law, points)
        elif isinstance(law, Pushforward):
            found = _of_generator(law, points)
        elif type(law) in _SCORES:
            found = np.asarray(_SCORES[type(law)](law, points))
        else:
            raise DomainError(
                f"the law is {law}, whose score ∂ log p/∂x is not known; use one of the package's families, or "
                "differences of the criterion: criterion_gradient(..., method='differences')."
            )
    return np.where(np.isnan(found), 0.0, found)


# -- the families ----------------------------------------


def _log_share_slope(k: float, u: Array) -> Array:
    """∂ log u**(k - 1)/∂u."""
    return np.zeros(np.shape(u)) if k == 1 else (k - 1.0) / u


def _half_line(law: Any, points: Points, fall: Callable[[Array], Array]) -> Array:
    z = law._z(points)
    return np.where(z > 0, (_log_share_slope(getattr(law, "shape", 1.0), z) - fall(z)) / law.scale, 0.0)


def _beta(law: Any, points: Points) -> Array:
    low, high = law._ends(points)
    inside = (low > 0) & (high > 0)
    return np.where(inside, (_log_share_slope(law.a, low) - _log_share_slope(law.b, high)) / law.scale, 0.0)


def _power_tail(law: Any, points: Points, df: float) -> Array:
    z = law._z(points)
    big = np.abs(z) > 1e150
    return np.where(big, -(df + 1.0) / np.where(big, z, 1.0), -(df + 1.0) * z / (df + z * z)) / law.scale


_SCORES: dict[type, Callable[[Any, Points], Array]] = {
    Normal: lambda law, points: -law._z(points) / law.sigma,
    Laplace: lambda law, points: -np.sign(law._z(points)) / law.scale,
    Logistic: lambda law, points: -np.tanh(0.5 * law._z(points)) / law.scale,
    Cauchy: lambda law, points: _power_tail(law, points, 1.0),
    StudentT: lambda law, points: _power_tail(law, points, law.df),
    Exponential: lambda law, points: _half_line(law, points, np.ones_like),
    Gamma: lambda law, points: _half_line(law, points, np.ones_like),
    Weibull: lambda law, points: _half_line(law, points, lambda z: law.shape * z ** (law.shape - 1.0)),
    Beta: _beta,
    Uniform: lambda law, points: np.zeros(np.shape(points.x)),
}


def _of_mixture(law: Mixture, points: Points) -> Array:
    parts = [(w, part) for w, part in zip(law.weights, law.components, strict=True) if part.continuous_mass > 0]
    logs = np.stack([np.broadcast_to(part.logpdf_at(points) + math.log(w), np.shape(points.x)) for w, part in parts])
    shares = np.exp(logs - logs.max(axis=0))
    scores = np.stack([np.broadcast_to(score_at(part, points), np.shape(points.x)) for _, part in parts])
    return np.where(shares > 0, shares * scores, 0.0).sum(axis=0) / shares.sum(axis=0)


# -- laws of G(z) ----------------------------------------


def _of_generator(law: Pushforward, points: Points) -> Array:
    shape, flat = np.shape(points.x), flattened(points)
    logs = np.full((len(law.branches) + 1, flat.anchor.size), -np.inf)
    scores = np.zeros(logs.shape)
    known = None
    if isinstance(points, Image) and points.law is law:
        z = Points(np.ravel(points.z.anchor), np.ravel(points.z.offset))
        logs[-1], scores[-1] = _of_branch(law, z, np.ravel(points.slope))
        known = [((z.anchor - b.z0) + z.offset > 0) & ((z.anchor - b.z1) + z.offset < 0) for b in law.branches]
    for k, (here, z, slope) in enumerate(inverses(law.branches, flat, known)):
        if z.anchor.size:
            logs[k, here], scores[k, here] = _of_branch(law, z, slope)
    most = logs.max(axis=0)
    shares = np.exp(logs - np.where(np.isfinite(most), most, 0.0))
    found = np.where(shares > 0, shares * scores, 0.0).sum(axis=0) / shares.sum(axis=0)
    return found.reshape(shape)


def _of_branch(law: Pushforward, z: Points, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log(p_z/|G'|) and its derivative in x, for |G'| known well beside a critical point too."""
    signed = np.copysign(slope, law.generator.derivative(z.x))
    log_share = law.prior.logpdf_at(z) - np.log(slope)
    score = (score_at(law.prior, z) - curvature(law.generator, z.x) / signed) / signed
    return np.where(np.isnan(log_share), -np.inf, log_share), score


def curvature(generator: Generator, z: np.ndarray) -> np.ndarray:
    """G'' at z of shape (n,): of a network by its own second derivative, else by differences of G'."""
    if generator.pieces is not None:
        return np.zeros(np.shape(z))
    if isinstance(generator.G, MLP):
        return network_jet(generator.G, z)[2]
    z = np.asarray(z, dtype=float)
    # G' by the complex step is right to rounding: two steps of Richardson's leave some 1e-11 of it
    rows = []
    for h in (4e-3, 2e-3, 1e-3):
        step = h * np.maximum(np.abs(z), 1.0)
        ends = z - step, z + step
        rows.append((generator.derivative(ends[1]) - generator.derivative(ends[0])) / (ends[1] - ends[0]))
    first = [(4.0 * b - a) / 3.0 for a, b in pairwise(rows)]
    return (16.0 * first[1] - first[0]) / 15.0


def network_jet(G: MLP, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """G, G' and G'' of one tanh network at z of shape (n,)."""
    z = np.asarray(z, dtype=float)
    a, rise, bend = z[None, :], np.ones((1, len(z))), np.zeros((1, len(z)))
    for W, b in zip(G.weights[:-1], G.biases[:-1], strict=True):
        u, du, ddu = W @ a + b[:, None], W @ rise, W @ bend
        a = np.tanh(u)
        slope = 1.0 - a * a
        rise, bend = slope * du, slope * ddu - 2.0 * a * slope * du * du
    W, b, skip = G.weights[-1], G.biases[-1], G.skip
    return (W @ a)[0] + b + skip * z, (W @ rise)[0] + skip, (W @ bend)[0]


# -- beside a point ----------------------------------------

_NEAR, _NEARER = 1e-140, 1e-280
_DECADES = math.log(_NEAR / _NEARER)


def density_beside(law: Any, x: float, side: int) -> tuple[float, float]:
    """How the density starts on one side of x: its limit (0, a number, inf), and a where it is like d**(a - 1).

    a is 1 for a number, inf where there is no density, below 1 at a pole and above it at a zero.
    """
    with np.errstate(all="ignore"):
        near, nearer = (
            float(np.ravel(law.logpdf_at(Points(np.full(1, x), np.full(1, side * d))))[0]) for d in (_NEAR, _NEARER)
        )
    if math.isinf(near) and math.isinf(nearer):
        return (0.0, math.inf) if near < 0 else (math.inf, 0.0)
    if abs(near - nearer) < 1e-6:
        return math.exp(near), 1.0
    return (0.0 if nearer < near else math.inf), 1.0 + (near - nearer) / _DECADES


def jumps_of(law: Any) -> np.ndarray:
    """Where the density of a law that is integrated in x jumps or has a pole."""
    found = []
    for x in np.unique(law.edges.anchors):
        left, right = (density_beside(law, float(x), side)[0] for side in (-1, 1))
        if math.isinf(left) or math.isinf(right) or abs(left - right) > 1e-9 * max(left, right):
            found.append(float(x))
    return np.array(found)
