r"""The Fenchel conjugate where it has no formula, as that of minimax with a smoothed label.

.. math:: f^*(t) = \sup_{u > 0}\, ut - f(u) = -b(D^*(u)) + u\,[t - a(D^*(u))]

The slope a(D*(u)) of f rises with u, so that the u at which it passes t is found by halving. To first order an error
in that u moves nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["conjugate_in_numbers"]

_FAR = 690.0  # log u, to where u has a float
_HALVINGS = 64  # from 2·690 down to rounding


def conjugate_in_numbers(objective: Any, t: Any) -> np.ndarray:
    """f*(t): −f(0) below the range of f′, and ∞ above it.

    Examples
    --------
    >>> from gantheory.objectives import OBJECTIVES
    >>> smooth = OBJECTIVES["label-smoothed"]()
    >>> smooth.conjugate is None, np.round(smooth.conjugate_at(np.array([-2.0, -0.5])), 9).tolist()
    (True, [0.116283584, 1.03115024])
    """
    t = np.asarray(t, dtype=float)
    low, high = np.full(t.shape, -_FAR), np.full(t.shape, _FAR)
    with np.errstate(all="ignore"):
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = objective.losses_at(objective.optimal_value(middle))[0] < t
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        real, fake = objective.losses_at(objective.optimal_value(low))
        rest = np.where(np.isfinite(real), np.exp(low) * (t - real), 0.0)
        return np.where(t > objective.slopes[1], np.inf, rest - fake)
