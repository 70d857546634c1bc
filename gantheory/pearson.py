r"""Pearson's χ² of two laws, which asks more of the tails than the other divergences do: p² against q."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from gantheory.densities import as_density
from gantheory.divergences import kl_divergence
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.moving_law import vector_integral
from gantheory.panels import EPS, Edges, Panels, Points, panels
from gantheory.ratio import pair_at

__all__ = ["cells_of_both", "finite_or_0", "middle_and_width", "pearson_divergence"]

Array = Any


def pearson_divergence(p: Any, q: Any, /, *, rtol: float = 1e-12) -> Estimate:
    r"""Pearson's χ² of a model q, the f-divergence of (u - 1)².

    .. math:: \chi^2(p\|q) = \int \frac{(p - q)^2}{q}\, dx

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts
        Without atoms.
    rtol : float

    Returns
    -------
    Estimate
        In [0, inf]; +inf where p is not dominated by q, or p² by q in a tail. Basis "estimate".

    Raises
    ------
    DomainError
        If a law has atoms.
    ConvergenceError
        If the integral does not settle.

    Examples
    --------
    >>> print(pearson_divergence("norm(0, 1)", "norm(1, 1)"))  # e - 1
    1.71828182845904... ± ...
    >>> print(pearson_divergence("norm(0, 1)", "norm(0, 0.7)"))  # 1/0.7² > 2
    ∞
    """
    p, q = as_density(p), as_density(q)
    if len(p.atoms()[0]) or len(q.atoms()[0]):
        raise DomainError(f"p is {p} and q is {q}; pearson_divergence is for laws without atoms: use f_divergence.")
    if p == q:
        return Estimate(0.0)
    if math.isinf(kl_divergence(p, q).value) or any(_diverges(p, q, side) for side in (-1, 1)):
        return Estimate(math.inf)
    pair = pair_at(p, q)

    def integrand(x: Points) -> tuple[Array, Array]:
        at = pair(x)
        big = at.r > 1.0
        far = at.r + np.log1p(-np.exp(-np.where(big, at.r, 1.0)))  # log |u - 1|
        near = np.log(np.abs(np.expm1(np.where(big, 0.0, at.r))))
        value = np.exp(at.log_q + 2.0 * np.where(big, far, near))
        steep = 2.0 * np.exp(at.log_q + at.r + np.where(big, far, near))  # dχ²/dr
        rounding = np.where(np.isfinite(at.r), at.rounding_r, 0.0)
        return finite_or_0(value)[None], finite_or_0(value * (at.rounding_q + 8 * EPS) + steep * rounding)[None]

    value, error = vector_integral(cells_of_both(p, q), integrand, rtol=rtol)
    return Estimate(float(value[0]), float(error[0]), "estimate")


def finite_or_0(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)


@lru_cache(maxsize=64)
def middle_and_width(law: Any) -> tuple[float, float]:
    """The median, and the distance of the quartiles."""
    low, middle, high = (float(law.ppf(u)) for u in (0.25, 0.5, 0.75))
    return middle, high - low


def _log_tail(p: Any, q: Any, x: Array) -> Array:
    """log(p²/q)."""
    with np.errstate(all="ignore"):
        return 2.0 * np.asarray(p.logpdf(x)) - np.asarray(q.logpdf(x))


def _diverges(p: Any, q: Any, side: int) -> bool:
    """Whether p²/q is not integrable in a tail: |x| p²/q does not fall there."""
    if math.isfinite(p.support()[(side + 1) // 2]):
        return False
    centre, width = middle_and_width(p)
    x = centre + side * (width + middle_and_width(q)[1]) * 10.0 ** np.arange(3.0, 9.0)
    log = _log_tail(p, q, x) + np.log(np.abs(x))
    return bool((np.diff(log) >= -1e-6).all())


def cells_of_both(p: Any, q: Any) -> Panels:
    """The panels of both laws, and beyond them to where p²/q has fallen below the floats."""
    ends = []
    centre, width = middle_and_width(p)
    for side in (-1, 1):
        x = centre + side * width * 2.0 ** np.arange(0.0, 100.0)
        low, high = p.support()
        seen = (x > low) & (x < high)
        ends += x[seen & (np.cumsum(_log_tail(p, q, x) < -800.0) <= 1)].tolist()
    return panels(Edges.union([p.edges, q.edges, Edges.at([], 0.0, ends)]))
