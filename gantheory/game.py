r"""The game of Goodfellow et al. (2014): V(G, D), the optimal discriminator, the criterion C(G), and the gap.

Everything goes through logits and the log-ratio: D*.logit *is* r = log p_data - log p_g, so D* is right where both
densities underflow, and log D is never the logarithm of a rounded probability.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.discriminator import (
    Discriminator,
    DLike,
    OfProbability,
    OnGrid,
    Optimal,
    as_discriminator,
    checked_probabilities,
    log_sigmoid,
)
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Basis, Estimate
from gantheory.expectation import Functional, on_grid, pair_expectation
from gantheory.grid import as_grid
from gantheory.integrals import Given, Terms
from gantheory.panels import EPS
from gantheory.ratio import At

__all__ = [
    "CRITERION",
    "Discriminator",
    "bernoulli_divergence",
    "criterion",
    "optimal_discriminator",
    "optimality_gap",
    "value",
]

Array = Any


def optimal_discriminator(p_data: Any, p_g: Any, /, *, grid: Any = None) -> Discriminator:
    r"""The discriminator that maximises V(G, ·), Proposition 1.

    .. math:: D^*_G(x) = \frac{p_{data}(x)}{p_{data}(x) + p_g(x)} = \sigma(r(x))                 \quad [1]_, eq. (2)

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (n,)
    grid : Grid or array, optional

    Returns
    -------
    Discriminator
        ½ outside both supports. With `grid`, it is known at the grid's points only.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> D = optimal_discriminator("norm(0, 1)", "norm(40, 1)")
    >>> float(D(20.0)), float(D.logit(100.0))
    (0.5, -3200.0)
    """
    if grid is None:
        return Optimal(as_density(p_data), as_density(p_g))
    grid = as_grid(grid)
    p, q = on_grid("p_data", p_data, grid), on_grid("p_g", p_g, grid)
    if p.shape != (len(grid),) or q.shape != (len(grid),):
        raise DomainError(
            f"p_data and p_g have shapes {p.shape} and {q.shape}; D* is that of one pair, of shape ({len(grid)},)."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logits = np.where((p == 0) & (q == 0), 0.0, np.log(p) - np.log(q))
    return OnGrid(grid, logits)


def value(p_data: Any, p_g: Any, D: DLike, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""The value of the game, in nats.

    .. math:: V(G, D) = E_{x\sim p_{data}}[\log D(x)] + E_{x\sim p_g}[\log(1 - D(x))]           \quad [1]_, eq. (1), (3)

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    D : Discriminator, callable, or float
        A callable gives probabilities, as in the paper. With `grid`, an array (..., n) of probabilities does too.
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [-inf, 0] nats, shape (...); -inf where D is 0 on p_data or 1 on p_g. With `grid`, of the restrictions.

    Raises
    ------
    DomainError
        If D leaves [0, 1] or is nan.
    ConvergenceError
        If the panels are exhausted before `rtol`; it carries the best estimate.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(value("norm(0, 1)", "norm(1, 1)", 0.5))  # -log 4 for every G
    -1.38629436111989... ± ...e-15
    """
    logit, discriminator = _logit_of(D, grid)

    def terms(at: At) -> Terms:
        level, rounding = logit(at)
        carried = (rounding * special.expit(-level), rounding * special.expit(level)) if np.any(rounding) else ()
        return Terms(log_sigmoid(level), log_sigmoid(-level), *carried)

    basis = "estimate" if grid is not None else discriminator.basis_for(p_data, p_g)
    functional = Functional(
        terms, False, basis=basis, breakpoints=discriminator.breakpoints, given=_given(discriminator, basis)
    )
    found = pair_expectation(p_data, p_g, functional, grid=grid, rtol=rtol, atol=atol, name="value")
    return _not_rounded_away("value", found, discriminator)


def _not_rounded_away(name: str, found: Estimate, discriminator: Discriminator) -> Estimate:
    """Refuse a number of which the probabilities' own rounding leaves too little."""
    if not isinstance(discriminator, OfProbability) or np.all(found.error <= 1e-6 * (1.0 + np.abs(found.value))):
        return found
    raise ConvergenceError(
        f"{name} cannot be told from D's probabilities: they round to 0 or 1 where the laws have mass. The best "
        f"estimate is {found}. Give D by its logit: Discriminator(logit).",
        found,
    )


def _logit_of(D: DLike, grid: Any) -> tuple[Callable[[At], tuple[Array, Array | float]], Discriminator]:
    """The logit of D at the nodes of a sweep, from a D of any kind."""
    if grid is not None and not callable(D) and np.ndim(D) > 0:
        levels = special.logit(checked_probabilities(as_grid(grid).checked("D", D)))
        return (lambda at: (levels, 0.0)), Discriminator.constant(0.5)
    discriminator = as_discriminator(D)
    if grid is not None and isinstance(discriminator, OnGrid) and discriminator.is_on(as_grid(grid)):
        return (lambda at: (discriminator.logits, 0.0)), discriminator
    return discriminator.under_a_pair(), discriminator


_OF_D = Given(1e200, 1.7e308, "Give D by its logit, Discriminator(logit).")


def _given(discriminator: Discriminator, basis: Basis) -> Given | None:
    """A function of x may overflow on its way; D* of the pair, a constant, and what is built of them do not."""
    knows = type(discriminator).logit_at is not Discriminator.logit_at
    return _OF_D if basis == "estimate" and not knows else None


def criterion(p_data: Any, p_g: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0) -> Estimate:
    r"""The virtual training criterion C(G) = max_D V(G, D), in nats.

    .. math:: C(G) = E_{x\sim p_{data}}\Big[\log\frac{p_{data}}{p_{data}+p_g}\Big]
                   + E_{x\sim p_g}\Big[\log\frac{p_g}{p_{data}+p_g}\Big]                          \quad [1]_, eq. (4)

    computed as eq. (4) itself, never as -log 4 + 2 JSD, so that it is accurate near its maximum 0.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [-log 4, 0] nats, shape (...); -log 4 iff p_g = p_data, 0 iff they are mutually singular.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted before `rtol`; it carries the best estimate.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(criterion("norm(0, 1)", "norm(0, 1)"))
    -1.38629436111989... ± ...e-16

    Two laws far apart, where -log 4 + 2 JSD would be 0 to rounding:

    >>> print(criterion("norm(0, 1)", "norm(40, 1)"))
    -1.724883428451...e-88 ± ...
    """
    return pair_expectation(p_data, p_g, CRITERION, grid=grid, rtol=rtol, atol=atol, name="criterion")


def _criterion(at: At) -> Terms:
    noise_p, noise_q = special.expit(-at.r) * at.rounding_r, special.expit(at.r) * at.rounding_r
    return Terms(log_sigmoid(at.r), log_sigmoid(-at.r), noise_p, noise_q)


# a unit of missing mass costs at most log 2 in p log D* + q log(1 - D*) = -(p + q) times a binary entropy
CRITERION = Functional(_criterion, defect=math.log(2.0))


def optimality_gap(
    p_data: Any, p_g: Any, D: DLike, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
) -> Estimate:
    r"""How far D is from its optimum, V(G, D*) - V(G, D) >= 0, in nats.

    .. math:: V(G, D^*) - V(G, D) = \int (p_{data} + p_g)\; kl(D^*(x)\|D(x)) \, d\mu

    with kl the Bernoulli divergence: an integral of non-negative terms, so that it is accurate as D nears D*.

    The identity holds pointwise: a log y + b log(1 - y) falls short of its maximum, at y* = a/(a + b), by exactly
    (a + b) kl(y*‖y).                                                                    [1]_, Proposition 1

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    D : Discriminator, callable giving probabilities, number, or (with `grid`) array of probabilities
    grid : Grid or array, optional
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In [0, inf] nats, shape (...); 0 iff D = D* almost everywhere on p_data + p_g.

    Raises
    ------
    DomainError
        If D is no probability or nan somewhere that a law has mass.
    ConvergenceError
        If the panels are exhausted before `rtol`, or D rounds to 0 or 1 where the gap is made.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(optimality_gap("norm(0, 1)", "norm(1, 1)", 0.5))  # 2 JSD
    0.22284296436947... ± ...e-15
    """
    logit, discriminator = _logit_of(D, grid)

    def terms(at: At) -> Terms:
        level, rounding = logit(at)
        gap, noise = bernoulli_divergence(at.r, level)
        apart = np.abs(level - at.r)
        apart = np.where(np.isfinite(apart), np.minimum(apart, 1e3), 0.0)  # infinite logits are exact
        moved = special.expit(at.r) * special.expit(-at.r) * at.rounding_r
        noise = noise + apart * moved + _slope_between(at.r, level, rounding) * rounding
        return Terms(gap, gap, noise, noise)

    basis = "estimate" if grid is not None else discriminator.basis_for(p_data, p_g)
    functional = Functional(
        terms, False, basis=basis, breakpoints=discriminator.breakpoints, given=_given(discriminator, basis)
    )
    found = pair_expectation(p_data, p_g, functional, grid=grid, rtol=rtol, atol=atol, name="optimality_gap")
    return _not_rounded_away("optimality_gap", found, discriminator)


def _slope_between(r: Array, level: Array, reach: Array | float) -> Array:
    """The largest |σ(a) − σ(r)|, the slope of kl(σ(r)‖σ(a)) in a, for a within reach of the level."""
    ends = np.where(np.isfinite(level), level - reach, level), np.where(np.isfinite(level), level + reach, level)
    low, high = (np.abs(special.expit(end) - special.expit(r)) for end in ends)
    return np.maximum(low, high)


def bernoulli_divergence(r: Array, level: Array) -> tuple[Array, Array]:
    """kl(s(r)‖s(level)) of two Bernoulli laws given by their logits, and its rounding.

    Accurate where the two are near each other: there it is a series in the cumulants of a Bernoulli variable.
    """
    d = level - r
    sigma, rest = special.expit(r), special.expit(-r)
    with np.errstate(all="ignore"):
        near = np.abs(d) < 0.03
        t = np.where(near, d, 0.0)
        v, skew = sigma * rest, rest - sigma
        # log(1 + s (e^t - 1)) - s t = sum over k >= 2 of kappa_k t**k/k!, each kappa_k a multiple of v
        series = 1.0 - v * (126.0 - v * (1680.0 - 5040.0 * v))
        for k, cumulant in (
            (7, skew * (1.0 - v * (60.0 - 360.0 * v))),
            (6, 1.0 - v * (30.0 - 120.0 * v)),
            (5, skew * (1.0 - 12.0 * v)),
            (4, 1.0 - 6.0 * v),
            (3, skew),
            (2, 1.0),
        ):
            series = cumulant + series * t / (k + 1)
        real = sigma * log_sigmoid(r), sigma * log_sigmoid(level)
        fake = rest * log_sigmoid(-r), rest * log_sigmoid(-level)
        of_real = np.where(sigma > 0, real[0] - real[1], 0.0)
        of_fake = np.where(rest > 0, fake[0] - fake[1], 0.0)
        noise = 4 * EPS * sum(np.where(np.isfinite(term), np.abs(term), 0.0) for term in (*real, *fake))
    gap = np.where(near, 0.5 * v * t * t * series, np.where(np.isnan(d), 0.0, np.maximum(of_real + of_fake, 0.0)))
    return gap, np.where(near, 0.0, noise)
