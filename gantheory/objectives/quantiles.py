r"""Wasserstein distances from quantile functions: the area between two graphs, along the other axis.

.. math:: W_k(p, q)^k = \int_0^1 |Q_p(u) - Q_q(u)|^k\,du

The monotone plan is the best one on the line. The integral is taken in t = logit u, between the levels at which the
quantile functions jump or cross, by Gauss's rule on ever finer panels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.objectives.wasserstein import WassersteinObjective

__all__ = ["quantile_distance"]

_FAR = 36.0  # u within 2e-16 of 0 or 1
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_FINEST = 5


def quantile_distance(p: Any, q: Any, /, *, order: int = 1, rtol: float = 1e-9) -> Estimate:
    """W₁, or the W of another order, by quantiles.

    Raises
    ------
    ConvergenceError
        Where the quantiles' tails or jumps are not resolved to rtol.

    Examples
    --------
    >>> print(quantile_distance("norm(0, 1)", "norm(0, 2)", order=2))
    0.9999999999999... ± ...
    """
    p, q = as_density(p), as_density(q)
    edges = _edges(p, q)
    before = _integral(p, q, edges, order)
    error = np.inf
    for _ in range(_FINEST):
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[1:] + edges[:-1])]))
        found = _integral(p, q, edges, order)
        error = abs(found - before)
        before = found
        if error <= 0.1 * rtol * abs(found):
            break
    beyond = _beyond(p, q, order)
    result = Estimate(before, error + beyond + 1e-13 * (1.0 + abs(before)), "estimate")
    if not result.error <= rtol * (1.0 + abs(before)):
        raise ConvergenceError(
            f"the quantiles' distance did not settle to rtol={rtol:g}: the best estimate is {result}. Use "
            "wasserstein_distance, which integrates cdfs.",
            result,
        )
    return result if order == 1 else result ** (1.0 / order)


def _edges(p: Any, q: Any) -> np.ndarray:
    """Panels in t = logit u, with an end at every level where a quantile function jumps, bends or meets the other."""
    corners = WassersteinObjective().optimal_discriminator(p, q).breakpoints
    places = np.unique(np.concatenate([corners, *(_own(law) for law in (p, q))]))
    levels = [law.cdf(x) for law in (p, q) for x in (places, np.nextafter(places, -np.inf))]
    with np.errstate(divide="ignore"):
        t = special.logit(np.concatenate(levels))
    t = t[np.isfinite(t) & (np.abs(t) < _FAR)]
    return np.unique(np.concatenate([t, np.linspace(-_FAR, _FAR, 73)]))


def _own(law: Any) -> np.ndarray:
    return np.concatenate([law.atoms()[0], np.asarray(law.breakpoints(), dtype=float)])


def _gaps(p: Any, q: Any, t: np.ndarray, order: int) -> np.ndarray:
    u = special.expit(t)
    return np.abs(p.ppf(u) - q.ppf(u)) ** order


def _integral(p: Any, q: Any, edges: np.ndarray, order: int) -> float:
    half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    t = middle[:, None] + half[:, None] * _NODES
    share = special.expit(t) * special.expit(-t)
    return float(np.sum((_gaps(p, q, t, order) * share) @ _WEIGHTS * half))


def _beyond(p: Any, q: Any, order: int) -> float:
    """What is left out beyond |t| = 36, by how fast the integrand falls there."""
    t = np.array([-_FAR, -_FAR + 4.0, _FAR - 4.0, _FAR])
    held = _gaps(p, q, t, order) * special.expit(t) * special.expit(-t)
    total = 0.0
    for last, inner in ((held[0], held[1]), (held[3], held[2])):
        if last > 0:
            rate = np.log(inner / last) / 4.0
            total += last / rate if rate > 0 else np.inf
    return float(total)
