r"""D at its optimum, in the place of a discriminator: D* of the exact p_g, for each generator of a run.

.. math:: \mathrm{logit}\,D^*(x) = \log p_{data}(x) - \log p_g(x), \qquad
          p_g(x) = \sum_{z:\ G(z) = x} \frac{p_z(z)}{|G'(z)|}

It is what Proposition 2 asks of D [1]_. Its slope in x, which G's gradient takes, is the difference of two scores; that
of p_g is the mean of s(z) = (∂ log p_z − G''/G')/G' over the preimages of x, by their shares of the density.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, Proposition 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.ensemble import Ensemble
from gantheory.errors import ConvergenceError, DomainError
from gantheory.expansions import Expansions
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.pushforward import Pushforward
from gantheory.ratio import log_ratio_at
from gantheory.score import has_score, network_jet, score_at

__all__ = ["optimal"]

Array = Any


class optimal:  # noqa: N801 - called like the function optimal_discriminator, which it is of an ensemble
    """D* of the exact p_g as a discriminator for each generator: its logit and the logit's slope at given x.

    At a fold of G, at the distance d, p_g is like 1/√d, D* like √d, and the slope of its logit like 1/(2d). The mean of
    the gradient that a minibatch estimates is then infinite, though each minibatch's own is a number.

    Parameters
    ----------
    p_data, prior : Density

    Raises
    ------
    DomainError
        If the score of p_data or of the prior is not known.

    Notes
    -----
    For eight tanh networks 1-16-16-1 and 256 x each it takes about 2 ms a network; for relu networks, or a prior of
    heavy tails, where laws are taken one by one, about 15 ms. What one network is given does not depend on the others.
    """

    def __init__(self, p_data: Any, prior: Any) -> None:
        for name, law in (("p_data", p_data), ("the prior", prior)):
            if not has_score(law):
                raise DomainError(
                    f"{name} is {law}, whose score ∂ log p/∂x is not known; for oracle=True use laws of the package's "
                    "families and mixtures of them."
                )
        self.p_data, self.prior = p_data, prior

    def __call__(self, G: MLP, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logit and slope for x of shape (networks, m); nan for a network that is too steep to be resolved."""
        laws = Ensemble(G, self.prior)
        if G.activation != "tanh" or not laws.is_smooth:
            found = [self._of_one(G[i], x[i]) for i in range(len(x))]
            return np.stack([one[0] for one in found]), np.stack([one[1] for one in found])
        try:
            rows = laws.expansions
        except ConvergenceError:  # the others are not to know of it
            if len(x) == 1:
                return np.full(x.shape, np.nan), np.full(x.shape, np.nan)
            halves = [self(G[i : i + 1], x[i : i + 1]) for i in range(len(x))]
            return np.concatenate([half[0] for half in halves]), np.concatenate([half[1] for half in halves])
        with np.errstate(all="ignore"):
            return self._of_rows(G, rows, x)

    def _of_rows(self, G: MLP, rows: Expansions, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By the monotone pieces of all networks at once."""
        own = x[rows.owner]
        row, k = np.nonzero((own >= rows.low[:, None]) & (own < rows.high[:, None]))
        part = rows.take(row)
        d, slope = part.distances(np.abs(own[row, k] - part.x)[:, None])
        z, steepness = part.at(d)[:, 0], slope[:, 0]
        logit, rise = np.empty(x.shape), np.empty(x.shape)
        ends = np.searchsorted(part.owner, np.arange(len(x) + 1))
        up = np.where(part.beyond > part.x, part.side, -part.side)
        for i in range(len(x)):
            of = slice(ends[i], ends[i + 1])
            log_q, score = self._law_at(G[i], z[of], up[of] * steepness[of], k[of], x.shape[1])
            points = Points.at(x[i])
            logit[i] = self.p_data.logpdf_at(points) - log_q
            rise[i] = score_at(self.p_data, points) - score
        return _numbers(logit), np.where(np.isfinite(rise), rise, 0.0)

    def _law_at(self, G: MLP, z: np.ndarray, slope: np.ndarray, k: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
        """log p_g and its score at m places x, from their preimages z: z[j] is one of place k[j]."""
        points = Points.at(z)
        share = np.exp(self.prior.logpdf_at(points)) / np.abs(slope)
        score = (score_at(self.prior, points) - network_jet(G, z)[2] / slope) / slope
        q = np.bincount(k, share, m)
        weighted = np.bincount(k, np.where(share > 0, share * score, 0.0), m)
        return np.log(q), weighted / q

    def _of_one(self, G: MLP, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points = Points.at(x)
        try:
            p_g = Pushforward(G, self.prior)
        except ConvergenceError:
            return np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        with np.errstate(all="ignore"):
            logit = log_ratio_at(self.p_data, p_g)(points)[0]
            slope = score_at(self.p_data, points) - score_at(p_g, points)
        return _numbers(np.asarray(logit)), np.where(np.isfinite(slope), slope, 0.0)


def _numbers(logit: np.ndarray) -> np.ndarray:
    """Infinite logits as the largest ones that are of any consequence: 0 times them is 0."""
    return np.clip(logit, -1e3, 1e3)
