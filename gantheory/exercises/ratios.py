"""Where one density passes a multiple of another, even where both are below every float."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.panels import Points
from gantheory.ratio import At, pair_at

__all__ = ["passes"]

_NEAR, _FAR = -300, 150  # powers of ten: of the distance from a breakpoint, and of x; the square of x is a float still
_A_DECADE = 24


def passes(p: Any, q: Any, level: float) -> str:
    """Where the density p is certainly above level·q, in words; "" where that is nowhere seen.

    The log-densities are compared, on either side of every breakpoint and out to 10¹⁵⁰. What grows as slowly as a small
    power of x is not above the level there, but grows on.

    Parameters
    ----------
    p, q : Law
        Of their continuous parts.
    level : float

    Examples
    --------
    >>> from gantheory.densities import as_density
    >>> passes(as_density("norm(0.05, 1)"), as_density("norm(0, 1)"), 2.0)
    'at x = 14.68 p_data is 2.081 times p_g'
    >>> passes(as_density("t(3)"), as_density("t(3.001)"), 2.0)
    'towards x = −∞ p_data/p_g grows without end'
    >>> passes(as_density("uniform(0, 1)"), as_density("uniform(0, 2)"), 2.0)
    ''
    """
    at, anchors = pair_at(p, q), _anchors(p, q)
    with np.errstate(all="ignore"):
        seen = at(_around(p, q, anchors))
        above = np.isfinite(seen.log_p) & (seen.r - seen.rounding_r > math.log(level))
        if above.any():
            x, r = np.asarray(seen.x)[above], seen.r[above]
            nearest = int(np.argmin(np.abs(x)))
            return f"at x = {_told(x[nearest])} p_data is {np.exp(r[nearest]):.4g} times p_g"
        ends = [(sign * math.inf, 0.0, sign * 10.0 ** np.array([50.0, 100.0, 150.0])) for sign in (-1, 1)]
        ends += [(a, a, sign * 10.0 ** np.array([-100.0, -200.0, -300.0])) for a in anchors for sign in (-1, 1)]
        growing = [end for end, anchor, offsets in ends if _grows(at(Points(anchor, offsets)))]
    return f"towards x = {_told(growing[0])} p_data/p_g grows without end" if growing else ""


def _told(x: float) -> str:
    return f"{x:.4g}".replace("inf", "∞").replace("-", "−")


def _anchors(p: Any, q: Any) -> np.ndarray:
    """0, the medians and every breakpoint."""
    ends = [end for law in (p, q) for end in law.support() if math.isfinite(end)]
    middles = [float(law.ppf(0.5)) for law in (p, q)]
    return np.unique(np.concatenate([[0.0], middles, ends, *(np.asarray(law.breakpoints()) for law in (p, q))]))


def _around(p: Any, q: Any, anchors: np.ndarray) -> Points:
    """Points on either side of each anchor; of a law that knows numbers x only, none that rounds to the anchor."""
    powers = 10.0 ** (np.arange(_NEAR * _A_DECADE, _FAR * _A_DECADE + 1) / _A_DECADE)
    anchor, offset = (np.ravel(a) for a in np.meshgrid(anchors, np.concatenate([-powers, powers]), indexing="ij"))
    if any(law.basis != "bound" for law in (p, q)):
        apart = anchor + offset != anchor
        anchor, offset = anchor[apart], offset[apart]
    return Points(anchor, offset)


def _grows(seen: At) -> bool:
    """Whether the log-ratio at three points, each far beyond the last, rises by more than its rounding from each."""
    if not (np.isfinite(seen.log_p) & np.isfinite(seen.r)).all():
        return False
    rise, rounding = np.diff(seen.r), np.asarray(seen.rounding_r) + np.zeros(3)
    return bool((rise > rounding[1:] + rounding[:-1]).all())
