r"""Where a law lies and how wide it is: a centre and a scale, so that networks meet every law at the same size.

.. math:: x \mapsto (x - c)/s, \qquad c = E[x], \ s = \mathrm{sd}(x)

and, where those do not exist or are not known, the median and the quartiles' distance over that of N(0, 1).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.errors import GanTheoryError
from gantheory.expectation import expectation
from gantheory.families import moved

__all__ = ["centre_and_scale", "standardized"]

_NORMAL_QUARTILES = 1.3489795003921634  # their distance for N(0, 1)
_RTOL = 1e-9  # a scale is a choice: nine digits of it are plenty


def centre_and_scale(law: Any) -> tuple[float, float]:
    """Mean and standard deviation of a law; median and quartiles where a tail leaves it without them.

    Parameters
    ----------
    law : Density or anything `as_density` accepts

    Returns
    -------
    (float, float)
        The scale is 1 for a law that is one point.

    Examples
    --------
    >>> centre, scale = centre_and_scale("expon(0, 3)")
    >>> round(centre, 12), round(scale, 12)
    (3.0, 3.0)
    >>> centre, scale = centre_and_scale("cauchy(1, 2)")   # no mean
    >>> round(centre, 12), round(scale, 6)
    (1.0, 2.965204)
    """
    law = as_density(law)
    found = _by_moments(law) if _has_variance(law) else None
    return found or _by_quartiles(law)


def standardized(law: Any, centre: float, scale: float) -> Any:
    """The law of (x - centre)/scale, x of the law.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> standardized(Normal(1e6, 1e-3), 1e6, 1e-3)
    Normal(mu=0.0, sigma=1.0)
    """
    return moved(moved(law, -centre), 0.0, 1.0 / scale)  # two steps: the shift of a law far from 0 is nearly exact


def _has_variance(law: Any) -> bool:
    """As far as the tails say; a tail that is not known says no."""
    return all(tail.is_known and (tail.kind != "power" or tail.power > 2) for tail in law.tails())


def _by_moments(law: Any) -> tuple[float, float] | None:
    middle = float(law.ppf(0.5))
    with np.errstate(all="ignore"):
        try:  # from the median, so that a law far from 0 keeps its variance's digits
            mean = float(expectation(law, lambda x: x - middle, rtol=_RTOL))
            second = float(expectation(law, lambda x: (x - middle) ** 2, rtol=_RTOL))
        except GanTheoryError:
            return None
    variance = second - mean * mean
    if not math.isfinite(variance) or variance <= 0:
        return None
    scale = math.sqrt(variance)
    return middle + (mean if abs(mean) > _RTOL * scale else 0.0), scale  # a symmetric law is centred at its median


def _by_quartiles(law: Any) -> tuple[float, float]:
    low, middle, high = (float(x) for x in law.ppf(np.array([0.25, 0.5, 0.75])))
    width = (high - low) / _NORMAL_QUARTILES
    return middle, width if width > 0 else 1.0
