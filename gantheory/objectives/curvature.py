r"""f″(1) in numbers, from the slope f′(u) = a(D*(u)) on either side of 1.

.. math:: f''(1) = \frac{d}{dr} a(D^*(e^r)) \Big|_{r=0}, \quad C = f(1) + \tfrac12 f''(1) \int \frac{(p-q)^2}{q} + \dots
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.estimate import Estimate

__all__ = ["curvature_in_numbers"]

_STEPS = np.array([0.04, 0.02, 0.01])
_NOISE = 1e-7  # of a D* that a search found, in a(D*)


def curvature_in_numbers(objective: Any) -> Estimate | None:
    """By differences on three scales; ∞ where the slope jumps, None where the two sides differ.

    Examples
    --------
    >>> from gantheory.objectives import Objective
    >>> half = Objective.numeric(lambda D: D, lambda D: -(D**2) / 4, domain=(-9, 9))     # f = u²
    >>> print(half.curvature)
    2.0000... ± ...
    """

    def slope(r: Any) -> np.ndarray:
        return objective.losses_at(objective.optimal_value(np.asarray(r)))[0]

    middle, right, left = float(slope(0.0)), slope(_STEPS), slope(-_STEPS)
    size = 1.0 + abs(middle)
    jump = float(right[-1] - left[-1])
    if jump > 0.5 * float(right[0] - left[0]) and jump > 1e-3 * size:
        return Estimate(math.inf, 0.0, "estimate")  # it would be a quarter if f′ were continuous
    after, before = (right - middle) / _STEPS, (middle - left) / _STEPS
    apart = np.abs(after - before)
    if apart[-1] > 0.75 * apart[0] and apart[-1] > 1e-2 * (np.abs(after[-1]) + np.abs(before[-1])):
        return None
    central = (right - left) / (2.0 * _STEPS)
    found = (4.0 * central[1] - central[0]) / 3.0
    error = abs(float(found) - float(central[-1])) + _NOISE * size / _STEPS[-1]
    return Estimate(float(found), error, "estimate")
