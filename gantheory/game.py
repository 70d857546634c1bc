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
from gantheory.densities.protocol import numbers
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Basis, Estimate
from gantheory.expectation import Functional, on_grid, pair_expectation, values_of
from gantheory.grid import as_grid
from gantheory.integrals import Given, Terms
from gantheory.quadrature import EPS, Points, as_breakpoints
from gantheory.ratio import At, log_ratio_at

__all__ = ["Discriminator", "criterion", "optimal_discriminator", "optimality_gap", "value"]

Array = Any
DLike = Any  # Discriminator | Callable | float; with grid=, an array


class Discriminator:
    """A discriminator x -> D(x) in [0, 1], stored as its logit.

    Parameters
    ----------
    logit : callable
        x -> log D(x) - log(1 - D(x)), vectorised; ±inf where D is 1 or 0.
    breakpoints : array, optional
        Where the logit has kinks or jumps.

    Examples
    --------
    >>> D = Discriminator(lambda x: 2 * x)
    >>> float(D(0.0)), float(D.log_D(-400.0))
    (0.5, -800.0)
    """

    def __init__(self, logit: Callable[[Array], Array], *, breakpoints: Array = ()) -> None:
        if not callable(logit):
            raise DomainError(f"logit is {logit!r}; it must be a function of x. A constant D is a plain number.")
        self._logit = logit
        self.breakpoints = as_breakpoints(breakpoints)
        self.basis: Basis = "estimate"

    @classmethod
    def from_probability(cls, D: Callable[[Array], Array], *, breakpoints: Array = ()) -> Discriminator:
        """A discriminator from its probabilities, which lose what lies within 1e-16 of 1."""

        if not callable(D):
            raise DomainError(f"D is {D!r}; it must be a function of x. A constant D is a plain number.")
        return _OfProbability(D, breakpoints=breakpoints)

    @classmethod
    def constant(cls, D: float) -> Discriminator:
        """The discriminator that gives every x the same probability."""
        level = float(special.logit(_probabilities(D)))
        self = cls(lambda x: np.full(np.shape(x), level))
        self.basis = "bound"
        return self

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        """The logit at anchored points, and its rounding: none, a user's D is what it returns."""
        logit = values_of("the logit of D", self._logit, points.x)
        _refuse_nan("the logit of D", logit, points.x)
        return logit, 0.0

    def under_a_pair(self) -> Callable[[At], tuple[Array, Array | float]]:
        """The logit at the nodes of one integral and its rounding; where neither law has mass, D need be no number."""
        if type(self).logit_at is not Discriminator.logit_at:  # a logit of anchored points knows what it does
            return lambda at: self.logit_at(at.points)
        return lambda at: (self._told(at), 0.0)

    def _told(self, at: At) -> np.ndarray:
        return _told_where_massive("the logit of D", values_of("the logit of D", self._logit, at.x), at)

    def basis_for(self, p_data: Any, p_g: Any) -> Basis:
        """What the error of an integral of D under this pair is worth."""
        return self.basis

    def logit(self, x: Array, /) -> Array:
        """log D - log(1 - D)."""
        return np.asarray(self.logit_at(Points.at(numbers(x)))[0])[()]

    def __call__(self, x: Array, /) -> Array:
        return special.expit(self.logit(x))

    def log_D(self, x: Array, /) -> Array:
        """log D(x), accurate where D is near 0 or 1."""
        return log_sigmoid(self.logit(x))

    def log_one_minus_D(self, x: Array, /) -> Array:
        """log(1 - D(x)), accurate where D is near 0 or 1."""
        return log_sigmoid(-np.asarray(self.logit(x)))[()]


class _OfProbability(Discriminator):
    """D from its probabilities: what they round, the logit carries.

    A D that comes near to 1 and is 1 in floats is within 1e-16 of it, and its logit is anything from 36.7 on; one that
    jumps to 1 is 1. The first nodes that are seen tell which.
    """

    def __init__(self, D: Callable[[Array], Array], *, breakpoints: Array = ()) -> None:
        super().__init__(lambda x: special.logit(_probabilities(values_of("D", D, x), x)), breakpoints=breakpoints)

    def under_a_pair(self) -> Callable[[At], tuple[Array, Array | float]]:
        jumps: bool | None = None  # of this pair: another may live where D jumps

        def logit(at: At) -> tuple[Array, Array | float]:
            nonlocal jumps
            found = self._told(at)
            size = np.abs(found)
            if jumps is None:
                jumps = bool(np.isinf(size).any() and not (np.isfinite(size) & (size > _NEAR)).any())
            # an eps of D near 1 is eps/(1 - D) in the logit
            rounding = EPS * (1.0 + np.exp(np.clip(found, 0.0, 40.0)))
            saturated = np.isinf(size)
            if jumps:
                return found, np.where(saturated, 0.0, rounding)
            rounded = np.copysign(np.where(found > 0, _ROUNDS_TO_1, _ROUNDS_TO_0), found)
            return np.where(saturated, rounded, found), np.where(saturated, _MOST, rounding)

        return logit


_NEAR, _ROUNDS_TO_1, _ROUNDS_TO_0, _MOST = 12.0, 37.0, 745.0, 1e3


class _Optimal(Discriminator):
    """D* of a pair: its logit is the log-ratio, at anchored points too."""

    def __init__(self, p_data: Any, p_g: Any) -> None:
        ratio = log_ratio_at(p_data, p_g)
        super().__init__(lambda x: ratio(Points.at(x))[0])
        self.basis = "bound"
        self._ratio = ratio
        self._pair = p_data, p_g

    def basis_for(self, p_data: Any, p_g: Any) -> Basis:
        """For another pair it is a function like any: the panels do not know its scales."""
        if isinstance(p_data, np.ndarray) or isinstance(p_g, np.ndarray):
            return "estimate"
        return "bound" if (as_density(p_data), as_density(p_g)) == self._pair else "estimate"

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        return self._ratio(points)


class _OnGrid(Discriminator):
    """D* of arrays: known at the grid's points, and by their index on the grid itself, where two may share an x."""

    def __init__(self, grid: Any, logits: np.ndarray) -> None:
        order = np.argsort(grid.points, kind="stable")
        points, sorted_logits = grid.points[order], logits[order]

        def logit(x: Array) -> Array:
            index = np.minimum(np.searchsorted(points, x), len(points) - 1)
            if not (points[index] == x).all():
                raise DomainError("D* of arrays is known at the grid's points only; use laws for D* everywhere.")
            return sorted_logits[index]

        super().__init__(logit)
        self.grid, self.logits = grid, logits

    def is_on(self, grid: Any) -> bool:
        return np.array_equal(self.grid.points, grid.points) and np.array_equal(self.grid.atomic, grid.atomic)


def log_sigmoid(logit: Array) -> Array:
    """log of the sigmoid, without overflow or cancellation."""
    return -np.logaddexp(0.0, -np.asarray(logit))


def _probabilities(D: Array, x: Array | None = None) -> np.ndarray:
    """Numbers in [0, 1]; nan is let through where there is an x, and refused where there is mass."""
    values = np.asarray(D, dtype=float)
    wrong = ~((values >= 0) & (values <= 1)) & ~(np.isnan(values) & (x is not None))
    if wrong.any():
        where = "" if x is None else f" at x = {float(np.broadcast_to(x, values.shape)[wrong][0])!r}"
        raise DomainError(
            f"D is {float(values[wrong][0])!r}{where}; a discriminator gives probabilities in [0, 1]. "
            "For logits: Discriminator(logit)."
        )
    return values


def _refuse_nan(name: str, values: Array, x: Array) -> None:
    if np.isnan(values).any():
        first = float(np.broadcast_to(np.asarray(x, dtype=float), np.shape(values))[np.isnan(values)][0])
        raise DomainError(
            f"{name} is nan at x = {first!r}; it must be a number where the laws have mass. For D* itself use "
            "optimal_discriminator(p_data, p_g), which does not divide 0 by 0."
        )


def _told_where_massive(name: str, values: Array, at: At) -> np.ndarray:
    """nan is 0 where both densities are below the smallest float, and refused elsewhere."""
    nowhere = np.isnan(values) & (np.asarray(at.log_p) < -690) & (np.asarray(at.log_q) < -690)
    values = np.where(nowhere, 0.0, values)
    _refuse_nan(name, values, at.x)
    return values


def as_discriminator(D: DLike) -> Discriminator:
    """A Discriminator as it is; a number as a constant; a callable as probabilities."""
    if isinstance(D, Discriminator):
        return D
    if callable(D):
        return Discriminator.from_probability(D)
    if isinstance(D, (int, float, np.number)) or (isinstance(D, np.ndarray) and D.ndim == 0):
        return Discriminator.constant(float(D))
    raise DomainError(
        f"D is {D!r}; it must be a Discriminator, a function giving probabilities, a number, or, with grid=, an array."
    )


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
        return _Optimal(as_density(p_data), as_density(p_g))
    grid = as_grid(grid)
    p, q = on_grid("p_data", p_data, grid), on_grid("p_g", p_g, grid)
    if p.shape != (len(grid),) or q.shape != (len(grid),):
        raise DomainError(
            f"p_data and p_g have shapes {p.shape} and {q.shape}; D* is that of one pair, of shape ({len(grid)},)."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logits = np.where((p == 0) & (q == 0), 0.0, np.log(p) - np.log(q))
    return _OnGrid(grid, logits)


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
    if not isinstance(discriminator, _OfProbability) or np.all(found.error <= 1e-6 * (1.0 + np.abs(found.value))):
        return found
    raise ConvergenceError(
        f"{name} cannot be told from D's probabilities: they round to 0 or 1 where the laws have mass. The best "
        f"estimate is {found}. Give D by its logit: Discriminator(logit).",
        found,
    )


def _logit_of(D: DLike, grid: Any) -> tuple[Callable[[At], tuple[Array, Array | float]], Discriminator]:
    """The logit of D at the nodes of a sweep, from a D of any kind."""
    if grid is not None and not callable(D) and np.ndim(D) > 0:
        levels = special.logit(_probabilities(as_grid(grid).checked("D", D)))
        return (lambda at: (levels, 0.0)), Discriminator.constant(0.5)
    discriminator = as_discriminator(D)
    if grid is not None and isinstance(discriminator, _OnGrid) and discriminator.is_on(as_grid(grid)):
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
    return pair_expectation(p_data, p_g, _CRITERION, grid=grid, rtol=rtol, atol=atol, name="criterion")


def _criterion(at: At) -> Terms:
    noise_p, noise_q = special.expit(-at.r) * at.rounding_r, special.expit(at.r) * at.rounding_r
    return Terms(log_sigmoid(at.r), log_sigmoid(-at.r), noise_p, noise_q)


# a unit of missing mass costs at most log 2 in p log D* + q log(1 - D*) = -(p + q) times a binary entropy
_CRITERION = Functional(_criterion, defect=math.log(2.0))


def optimality_gap(
    p_data: Any, p_g: Any, D: DLike, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
) -> Estimate:
    r"""How far D is from its optimum, V(G, D*) - V(G, D) >= 0, in nats.

    .. math:: V(G, D^*) - V(G, D) = \int (p_{data} + p_g)\; kl(D^*(x)\|D(x)) \, d\mu

    with kl the Bernoulli divergence: an integral of non-negative terms, so that it is accurate as D nears D*.

    Parameters, errors and the grid are those of `value`.

    Returns
    -------
    Estimate
        In [0, inf] nats, shape (...); 0 iff D = D* almost everywhere on p_data + p_g.

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
        noise = noise + apart * moved + np.minimum(apart, 1.0) * rounding
        return Terms(gap, gap, noise, noise)

    basis = "estimate" if grid is not None else discriminator.basis_for(p_data, p_g)
    functional = Functional(
        terms, False, basis=basis, breakpoints=discriminator.breakpoints, given=_given(discriminator, basis)
    )
    found = pair_expectation(p_data, p_g, functional, grid=grid, rtol=rtol, atol=atol, name="optimality_gap")
    return _not_rounded_away("optimality_gap", found, discriminator)


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
