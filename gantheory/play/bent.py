r"""A discriminator bent by hand: D* at a share, and a curve of straight pieces on top of it.

.. math:: \operatorname{logit} D(x) = s\, r(x) + \sum_i b_i \varphi_i(x), \qquad r = \operatorname{logit} D^*

with :math:`\varphi_i` the hat functions of the knots, which sum to 1. D = ½ is s = 0, b = 0, and D* is s = 1, b = 0. V
is concave in (s, b): log σ is concave, and the logit is linear in them. So no bend is a dead end on the way up.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, Proposition 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.mixture import Mixture
from gantheory.discriminator import Discriminator
from gantheory.expectation import Functional, Terms, pair_expectation
from gantheory.panels import Points
from gantheory.ratio import At

__all__ = ["MOST_BENT", "MOST_KNOTS", "Bent", "ascended", "knots_of"]

Array = Any
MOST_KNOTS = 7
MOST_BENT = 8.0  # in logits: D = 0.99966
_RTOL, _ATOL = 1e-8, 1e-12
_APART = 1e-9  # of their range: knots nearer to each other are one


class Bent(Discriminator):
    """D with the logit s·r + the curve through (knots, bends), which is constant beyond the outermost knots."""

    def __init__(self, optimal: Discriminator, share: float, knots: np.ndarray, bends: np.ndarray) -> None:
        super().__init__(lambda x: self.logit_at(Points.at(x))[0], breakpoints=knots)
        self._optimal, self._share, self._knots, self._bends = optimal, share, knots, bends

    def __repr__(self) -> str:
        return f"<D of {self._share:g} of D*'s logit, bent at {len(self._knots)} knots>"

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        curve = np.interp(points.x, self._knots, self._bends)
        if self._share == 0:  # r may be infinite
            return curve, 0.0
        r, rounding = self._optimal.logit_at(points)
        return self._share * r + curve, self._share * rounding


def knots_of(p_data: Any, p_g: Any) -> np.ndarray:
    """At most seven places of equal mass of both laws; of few atoms and nothing else, these.

    Examples
    --------
    >>> from gantheory.densities import Uniform, parse_density
    >>> knots_of(Uniform(0, 1), Uniform(0, 1)).round(3).tolist()
    [0.071, 0.214, 0.357, 0.5, 0.643, 0.786, 0.929]
    >>> knots_of(parse_density("binom(2, 0.5)"), parse_density("randint(0, 3)")).tolist()
    [0.0, 1.0, 2.0]
    """
    both = Mixture([p_data, p_g], [0.5, 0.5])
    atoms = np.unique(np.concatenate([p_data.atoms()[0], p_g.atoms()[0]]))
    if both.continuous_mass == 0 and len(atoms) <= MOST_KNOTS:
        return atoms
    found = np.unique(both.ppf((np.arange(MOST_KNOTS) + 0.5) / MOST_KNOTS))
    apart = np.diff(found, prepend=-np.inf) > _APART * np.ptp(found)
    return found[apart]


def ascended(p_data: Any, p_g: Any, D: Discriminator, knots: np.ndarray, bends: np.ndarray) -> np.ndarray:
    r"""The bends after one step of gradient ascent on V, the longest that is sure not to lower it.

    .. math:: b_i + \frac{4}{w_i} \frac{\partial V}{\partial b_i}, \quad
              \frac{\partial V}{\partial b_i} = E_{p_{data}}[(1 - D)\varphi_i] - E_{p_g}[D\varphi_i], \quad
              w_i = E_{p_{data}}[\varphi_i] + E_{p_g}[\varphi_i]

    The Hessian of −V is E[D(1 − D)φφᵀ], and D(1 − D) ≤ ¼. As Σφ = 1, it is at most diag(w)/4, which is the curvature
    that the step allows for; bends that reach their end of the scale stay there.
    """
    moved = bends.copy()
    for i, hat in enumerate(np.eye(len(knots))):
        weight = _integral(p_data, p_g, knots, lambda at, hat=hat: (_hat(at, knots, hat), _hat(at, knots, hat)))
        if weight > 0:
            slope = _integral(p_data, p_g, knots, lambda at, hat=hat: _slopes(at, D, _hat(at, knots, hat)))
            moved[i] += 4.0 * slope / weight
    return np.clip(moved, -MOST_BENT, MOST_BENT)


def _integral(p_data: Any, p_g: Any, knots: np.ndarray, terms: Any) -> float:
    functional = Functional(lambda at: Terms(*terms(at)), False, basis="estimate", breakpoints=knots)
    return float(pair_expectation(p_data, p_g, functional, rtol=_RTOL, atol=_ATOL, name="slope of V"))


def _hat(at: At, knots: np.ndarray, hat: np.ndarray) -> np.ndarray:
    return np.interp(at.x, knots, hat)


def _slopes(at: At, D: Discriminator, hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    level = D.logit_at(at.points)[0]
    return special.expit(-level) * hat, -special.expit(level) * hat
