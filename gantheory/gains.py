r"""What a step gained as a share of what it could have gained, and the least that a support allows.

Halving the distance to p, q ← (p + q)/2, at least halves JSD. A step whose gain is the share κ of the halving step's
therefore leaves at most 1 − κ/2 of the excess C + log 4 = 2·JSD, whatever kind of step it was:

.. math:: \kappa_t = \frac{C(q_t) - C(q_{t+1})}{C(q_t) - C(\frac{p+q_t}{2})}, \qquad
          C(q_t) + \log 4 \le \prod_{s<t}(1 - \tfrac{\kappa_s}{2})\,(C(q_0) + \log 4)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.errors import DomainError
from gantheory.estimate import Estimate, as_estimate
from gantheory.panels import EPS

__all__ = ["capacity_price", "gain_shares"]

Array = Any


def gain_shares(excess: Estimate, halfway: Estimate) -> tuple[Estimate, Estimate]:
    r"""κ from each record to the next, and the bound on the excess that the shares alone give.

    Any sequence of laws has them, records of a run among them: from one record to the next there may be many steps.

    Parameters
    ----------
    excess : Estimate (records, seeds)
        C(q_t) + log 4.
    halfway : Estimate (records, seeds) or (records − 1, seeds)
        C((p + q_t)/2) + log 4; the last record's is not needed.

    Returns
    -------
    kappa : Estimate (records − 1, seeds)
        At most 2. 0 where nothing is left to gain; 0 ± inf where the halving step's gain is not told from 0.
    bound : Estimate (records, seeds)
        In nats: C(q_0) + log 4 times the product of 1 − κ/2, and of 1 − κ for a step that lost.
    """
    now, gained = excess[:-1], excess[:-1] - excess[1:]
    halving = now - halfway[: now.shape[0]]
    known = np.asarray(halving.lower) > 0
    shares = gained / Estimate(np.where(known, halving.value, 1.0), np.where(known, halving.error, 0.0), halving.basis)
    unknown = np.where(np.equal(now.value, 0) & np.equal(now.error, 0), 0.0, np.inf)
    kappa = Estimate(np.where(known, shares.value, 0.0), np.where(known, shares.error, unknown), shares.basis)
    bounds = [excess[0]]
    for step in range(kappa.shape[0]):
        share, lost = kappa[step], np.asarray(kappa.value)[step] < 0
        told = np.isfinite(np.asarray(share.error))
        weight = np.where(lost, 1.0, 0.5)
        # a share whose sign is not told may have been a loss, which counts in full
        off = np.where(told, np.where(np.asarray(share.lower) < 0, 1.0 / weight, 1.0) * share.error, 0.0)
        factor = 1.0 - Estimate(share.value, off, share.basis) * weight
        noise = np.where(told, 0.0, np.asarray(gained.error)[step] + np.abs(np.asarray(gained.value)[step]))
        bounds.append(bounds[-1] * factor + Estimate(np.zeros_like(noise), noise, share.basis))
    value, error = (np.stack([np.asarray(getattr(b, part)) for b in bounds]) for part in ("value", "error"))
    return kappa, Estimate(value, error, kappa.basis)


def capacity_price(share: Estimate | float) -> Estimate:
    r"""The least excess C + log 4 of laws whose support holds a share a of p_data's mass, in nats.

    .. math:: a\log a - (1 + a)\log(1 + a) + \log 4

    It is reached by p_data conditioned on the support, and by no other law on it; 0 for a = 1, log 4 for a = 0.

    Parameters
    ----------
    share : Estimate or float
        a in [0, 1].

    Examples
    --------
    A normal law's share within one standard deviation:

    >>> print(f"{capacity_price(0.682689492137086):.4f}")
    0.2500
    """
    given = as_estimate(share)
    if np.any(np.asarray(given.value) < 0) or np.any(np.asarray(given.value) > 1):
        raise DomainError(f"share is {share!r}; a share of p_data's mass is in [0, 1].")
    ends = [_price(np.clip(end, 0.0, 1.0)) for end in (given.value, given.lower, given.upper)]
    spread = np.maximum(np.abs(ends[1] - ends[0]), np.abs(ends[2] - ends[0])) + 8 * EPS * ends[0]
    return Estimate(ends[0], spread, given.basis)


def _price(a: Array) -> Array:
    b = 1.0 - np.asarray(a, dtype=float)  # by what is left out, so that a small price keeps its digits
    return b * math.log(2.0) - (2.0 - b) * np.log1p(-0.5 * b) + special.xlog1py(1.0 - b, -b)
