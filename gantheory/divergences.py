r"""Divergences of two laws, in nats: each is one line over the log-ratio r = log p - log q.

Conventions, because libraries disagree: the Jensen–Shannon *divergence* here is
JSD = ½ KL(p‖m) + ½ KL(q‖m) with m = (p + q)/2, at most log 2. It is not its square root (scipy's ``jensenshannon``),
not twice it plus a constant (the criterion C(G)), and not in bits. 0 log 0 = 0. Infinity is a value, decided by
supports, atoms and tails before anything is integrated.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.domination import decidedly, growth, kl_is_infinite
from gantheory.errors import DomainError, ResolutionWarning
from gantheory.estimate import Estimate
from gantheory.expectation import (
    Functional,
    law_expectation,
    off_by_a_factor,
    on_grid,
    pair_expectation,
    together_on_grid,
    tolerances,
)
from gantheory.f_divergences import f_divergence
from gantheory.grid import as_grid
from gantheory.integrals import Terms
from gantheory.ratio import At
from gantheory.transport import wasserstein_distance

__all__ = [
    "cross_entropy",
    "entropy",
    "f_divergence",
    "js_divergence",
    "js_terms",
    "kl_divergence",
    "TOTAL_VARIATION",
    "total_variation",
    "wasserstein_distance",
]

Array = Any
LOG_2 = math.log(2.0)


# -- entropies ----------------------------------------


def entropy(p: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""Entropy of a law with respect to Lebesgue measure and, for its atoms, counting measure.

    .. math:: H(p) = -\int p \log p \, d\mu

    Parameters
    ----------
    p : Density or anything `as_density` accepts; with `grid`, an array of shape (..., n)
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In nats, shape (...). Of the restriction to the grid, with `grid`.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted before `rtol`; it carries the best estimate.

    Examples
    --------
    >>> print(entropy("norm(0, 1)"))  # ½ log(2 pi e) = 1.41893853320467...
    1.41893853320467... ± ...e-14
    """
    tolerances(rtol, atol)
    if grid is not None:
        grid = as_grid(grid)
        values = on_grid("p", p, grid)
        missing = grid.mass_defect("p", values)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = grid.integrate(np.where(values > 0, -values * np.log(values), 0.0))
        return found + Estimate(0.0, off_by_a_factor(np.asarray(found.value)) * missing, "estimate")
    p = as_density(p)
    return decidedly("entropy", law_expectation(p, _minus_log, rtol=rtol, atol=atol, name="entropy"), p)


def _minus_log(at: At) -> Terms:
    return Terms(-at.log_p, None, at.rounding_p)


def cross_entropy(p: Any, q: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""Cross-entropy H(p, q) = H(p) + KL(p‖q): the mean code length of draws of p coded for q.

    .. math:: H(p, q) = -\int p \log q \, d\mu

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In nats, shape (...); +inf where `kl_divergence` is. Of the restrictions to the grid, with `grid`.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted, or a law does not say how its tails decay.

    Examples
    --------
    >>> print(cross_entropy("norm(0, 1)", "norm(0, 2)"))
    1.73708571376461... ± ...e-14
    """
    if grid is None:
        p, q = as_density(p), as_density(q)
        if kl_is_infinite(p, q):
            return Estimate(math.inf)
    functional = Functional(_cross_entropy, of_ratio=False, lost=growth(q), corners=True)
    found = pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="cross_entropy")
    return found if grid is not None else decidedly("cross_entropy", found, q)


def _cross_entropy(at: At) -> Terms:
    return Terms(-at.log_q, None, at.rounding_q)


# -- Kullback–Leibler ----------------------------------------


def kl_divergence(p: Any, q: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""Kullback–Leibler divergence of q from p, in nats.

    .. math:: KL(p\|q) = \int p \log\frac{p}{q} \, d\mu = E_p[r]

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    grid : Grid or array, optional
        The measure that the arrays are densities of. The value is that of the restrictions to it.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [0, inf] nats, shape (...); 0 iff p = q almost everywhere. +inf is decided by supports, atoms and tails.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted, or a law does not say how its tails decay.

    Examples
    --------
    >>> print(kl_divergence("norm(0, 1)", "norm(1, 1)"))
    0.50000000000000... ± ...e-15

    A truncated integral of this one is a finite number, and means nothing:

    >>> print(kl_divergence("cauchy(0, 1)", "norm(0, 1)"))
    ∞
    """
    if grid is None:
        p, q = as_density(p), as_density(q)
        if kl_is_infinite(p, q):
            return Estimate(math.inf)
    functional = _KL._replace(lost=growth(q))
    if grid is None and p.continuous_mass == 0 and q.continuous_mass == 0:
        functional = _KL_OF_ATOMS
    found = pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="kl_divergence")
    if grid is None:
        return decidedly("kl_divergence", found, q)
    if np.isinf(found.value).any():
        _warn_of_zeros(*together_on_grid(p, q, as_grid(grid)))
    return found


def _warn_of_zeros(p: np.ndarray, q: np.ndarray) -> None:
    """A density that falls off smoothly to the size of the smallest numbers may be 0 on the grid and not in truth."""
    zero = q == 0
    beside = np.zeros_like(zero)
    beside[..., 1:] |= zero[..., :-1]
    beside[..., :-1] |= zero[..., 1:]
    if (q * beside).max() < 1e-3 * q.max():
        warnings.warn(
            f"KL is inf since q is 0 at {int(np.count_nonzero(zero & (p > 0)))} points of the grid where p is not. q "
            "falls off smoothly towards them: if it has underflowed there, leave these points out.",
            ResolutionWarning,
            stacklevel=3,
        )


def _kl(at: At) -> Terms:
    return Terms(at.r, None, at.rounding_r)


_KL = Functional(_kl, corners=True)


def _kl_of_atoms(at: At) -> Terms:
    """p·(r − 1) + q, no term of which is negative: nearly equal masses keep their digits."""
    r = np.asarray(at.r)
    size = np.minimum(np.abs(r), 0.1)
    signed = np.copysign(size, r)
    # r + e^−r − 1 near 0, where its two parts cancel
    near = signed**2 * sum((-signed) ** k / math.factorial(k + 2) for k in range(9))
    whole = np.where(size < 0.1, near, r + np.expm1(-np.maximum(r, -700.0)))
    share = np.exp(np.minimum(r, 0.0))
    under_q = np.where(
        np.isneginf(r), 1.0, np.where(size < 0.1, share * near, r * share - np.expm1(np.minimum(r, 0.0)))
    )
    noise = np.where(np.isfinite(r), np.abs(r) * np.minimum(at.rounding_r, 1.0), 0.0)
    return Terms(
        np.where(r > 0, whole, 0.0),
        np.where(r > 0, 0.0, under_q),
        np.where(r > 0, noise, 0.0),
        np.where(r > 0, 0.0, share * noise),
    )


_KL_OF_ATOMS = Functional(_kl_of_atoms)


# -- Jensen–Shannon ----------------------------------------


def js_divergence(
    p: Any, q: Any, /, *, weight: float = 0.5, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
) -> Estimate:
    r"""Jensen–Shannon divergence of two laws, in nats.

    .. math:: JSD = \tfrac12 KL(p\|m) + \tfrac12 KL(q\|m) = \int m\,\varphi(\delta), \quad m = \tfrac12(p+q),
              \ \delta = \frac{p-q}{p+q} = \tanh\tfrac r2                                   \quad [1]_, eq. (6)

    with :math:`\varphi(\delta) = \tfrac12[(1+\delta)\log(1+\delta) + (1-\delta)\log(1-\delta)]`. The integrand is
    positive, so the value keeps its relative accuracy as p and q approach each other.

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    weight : float, default 0.5
        Weight w of p in the mixture: w KL(p‖m) + (1 - w) KL(q‖m), m = w p + (1 - w) q.
    grid : Grid or array, optional
        The measure that the arrays are densities of.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [0, log 2] nats for the weight ½, shape (...); 0 iff p = q almost everywhere.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted before `rtol`; it carries the best estimate.

    Notes
    -----
    The square root is a metric, this is not. scipy's ``jensenshannon`` returns the square root, and nan on many nearly
    equal pairs.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(js_divergence("norm(0, 1)", "norm(1, 1.5)"))
    0.099290096600781... ± ...e-15

    Nearly equal laws keep all their digits (the exact value is 1.25e-17 to 16 digits):

    >>> print(js_divergence("norm(0, 1)", "norm(1e-8, 1)"))
    1.25000000000000...e-17 ± ...e-31
    """
    if not isinstance(weight, (int, float, np.floating)) or not 0 < weight < 1:
        raise DomainError(f"weight is {weight!r}; it must lie strictly between 0 and 1.")
    w = float(weight)
    functional = _JS if w == 0.5 else Functional(_weighted_js(w), defect=_binary_entropy(w))
    return pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="js_divergence")


def js_terms(at: At) -> Terms:
    """½ phi(delta) under each law; its slope in r is ⅛ r sech²(r/2)."""
    size = np.minimum(np.abs(at.r), 800.0)
    w = np.exp(-size)
    delta = -np.expm1(-size) / (1.0 + w)
    rest = 4.0 * w / ((1.0 + w) * (1.0 + w))  # 1 - delta**2
    # near 0 the two terms are -delta²/2 and delta², which cancel by a factor of 3 at most
    near = 0.5 * np.log1p(-np.minimum(delta * delta, 0.9)) + 0.5 * delta * size
    far = LOG_2 - np.log1p(w) - size * w / (1.0 + w)
    half_phi = 0.5 * np.where(size < 1.5, near, far)
    noise = 0.125 * rest * (size + np.minimum(at.rounding_r, 1.0)) * at.rounding_r
    return Terms(half_phi, half_phi, noise, noise)


_JS = Functional(js_terms, defect=LOG_2 / 2)


def _binary_entropy(w: float) -> float:
    return -w * math.log(w) - (1 - w) * math.log1p(-w)


def _weighted_js(w: float) -> Callable[[At], Terms]:
    """w g(p/m - 1) + (1 - w) g(q/m - 1) under m, with g(t) = (1 + t) log(1 + t) - t >= 0."""

    def terms(at: At) -> Terms:
        # p/m - 1 = (1 - w)(p - q)/m and q/m - 1 = -w (p - q)/m
        grow, shrink = np.expm1(-np.maximum(at.r, 0.0)), np.expm1(np.minimum(at.r, 0.0))
        apart = np.where(at.r > 0, -grow / (w + (1 - w) * (1.0 + grow)), shrink / (w * (1.0 + shrink) + (1 - w)))
        spread = w * _bregman((1 - w) * apart) + (1 - w) * _bregman(-w * apart)
        noise = np.minimum(np.abs(at.r), 1.0) * at.rounding_r * np.isfinite(at.r)
        return Terms(w * spread, (1 - w) * spread, w * noise, (1 - w) * noise)

    return terms


def _bregman(t: Array) -> Array:
    """(1 + t) log(1 + t) - t, by its series where the two cancel."""
    small = np.abs(t) < 0.3
    s = np.where(small, t, 0.0)
    series = np.zeros_like(s)
    for k in range(32, 1, -1):  # sum of (-t)**k/(k (k - 1))
        series = series * -s + 1.0 / (k * (k - 1))
    u = np.where(small, 1.0, 1.0 + t)
    direct = np.where(u > 0, u * np.log(np.where(u > 0, u, 1.0)), 0.0) - t
    return np.where(small, s * s * series, direct)


# -- total variation ----------------------------------------


def total_variation(p: Any, q: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""Total variation distance, a metric in [0, 1].

    .. math:: TV(p, q) = \tfrac12\int |p - q| \, d\mu

    The crossings of p and q are found by bisection, so that the rule meets no kink.

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [0, 1], shape (...); 0 iff p = q almost everywhere, 1 iff they are mutually singular.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted before `rtol`; it carries the best estimate.

    Examples
    --------
    >>> print(total_variation("norm(0, 1)", "norm(1, 1)"))  # 2 Phi(1/2) - 1
    0.38292492254802... ± ...e-15
    """
    return pair_expectation(p, q, TOTAL_VARIATION, grid=grid, rtol=rtol, atol=atol, name="total_variation")


def _tv(at: At) -> Terms:
    half = 0.5 * np.abs(np.tanh(0.5 * at.r))
    w = np.exp(-np.abs(at.r))
    noise = w / ((1.0 + w) * (1.0 + w)) * at.rounding_r
    return Terms(half, half, noise, noise)


def _log_ratio_of(at: At) -> Array:
    return at.r


TOTAL_VARIATION = Functional(_tv, kink=_log_ratio_of, defect=0.5)
