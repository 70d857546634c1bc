r"""How often runs converge, from a few seeds.

The share s of all seeds that would converge is not known; k of n did. Wilson's interval holds the shares that a normal
test would not reject,

.. math:: |k/n - s| \le z\,\sqrt{s(1-s)/n},

which stays in [0, 1] and keeps its width where all or none of the seeds converged.

.. [1] Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from gantheory.errors import DomainError

__all__ = ["SuccessRate", "wilson_interval"]


@dataclass(frozen=True)
class SuccessRate:
    """How many of n seeds converged, and the Wilson interval of the share at 95 %.

    Examples
    --------
    >>> print(SuccessRate(15, 16))
    15 of 16 (0.72 to 0.99)
    """

    successes: int
    n: int

    def __post_init__(self) -> None:
        wilson_interval(self.successes, self.n)

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.successes, self.n)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.successes} of {self.n} ({low:.2f} to {high:.2f})"


def wilson_interval(successes: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share, from successes among n independent trials.

    Parameters
    ----------
    successes, n : int
        With n = 0 nothing is known: (0, 1).
    confidence : float in (0, 1)

    Raises
    ------
    DomainError
        If the successes are not between 0 and n, or the confidence is not in (0, 1).

    Examples
    --------
    >>> low, high = wilson_interval(15, 16)
    >>> f"{low:.4f} {high:.4f}"
    '0.7167 0.9889'
    """
    whole = all(isinstance(count, (int, np.integer)) for count in (successes, n))
    if not whole or not 0 <= successes <= n:
        raise DomainError(f"successes is {successes!r} of n = {n!r}; it must be a whole number between 0 and n.")
    if not 0 < confidence < 1:
        raise DomainError(f"confidence is {confidence!r}; it must be in (0, 1).")
    if n == 0:
        return 0.0, 1.0
    z2, share = float(special.ndtri(0.5 + 0.5 * confidence)) ** 2 / n, successes / n
    middle = (share + 0.5 * z2) / (1.0 + z2)
    half = math.sqrt(z2 * (share * (1.0 - share) + 0.25 * z2)) / (1.0 + z2)
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)
