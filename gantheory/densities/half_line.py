"""Families with an end: Exponential, Gamma and Weibull on a half-line, Beta on an interval.

Their densities behave like u**(k - 1) at the distance u from an end: a pole for k < 1, a jump for k = 1, a zero for
k > 1. Panels are graded towards such an end (`end_ladder`), where a log-ratio is a logarithm of u even if p is smooth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.location_scale import EXPONENTIAL_LADDER, LARGEST_OFFSET
from gantheory.densities.protocol import (
    BOUNDED,
    Law,
    Pole,
    Tail,
    as_floats,
    finite,
    log_of_ratio,
    positive,
    probabilities,
)
from gantheory.densities.quantile import polished_quantile
from gantheory.panels import Edges, Points

__all__ = ["Beta", "Exponential", "Gamma", "Weibull"]

Array = Any
_BODY = np.array([-9.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 9.0])


def end_ladder(exponent: float, start: float) -> np.ndarray:
    """Edges towards an end where the mass of [0, u] is like u**exponent: to where it is 1e-18, or u is 1e-300."""
    step = 6.0 / min(exponent, 1.0)
    logs = np.maximum(math.log(start) - step * np.arange(8), -690.0)
    return np.exp(np.unique(logs))


class _HalfLine(Law):
    """A law of z = (x - loc)/scale on z > 0."""

    loc: float
    scale: float

    def _z(self, points: Points) -> Array:
        return ((points.anchor - self.loc) + points.offset) / self.scale

    def support(self) -> tuple[float, float]:
        return self.loc, math.inf

    def logpdf_at(self, points: Points) -> Array:
        z = self._z(points)
        inside = (z >= 0) & (z < np.inf)  # at infinity the logarithm of z and z itself would cancel
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return np.where(inside, self._log_standard(np.where(inside, z, 1.0)) - math.log(self.scale), -np.inf)

    def _log_standard(self, z: Array) -> Array:
        raise NotImplementedError(type(self).__name__)

    @cached_property
    def edges(self) -> Edges:
        return Edges.at([self.loc], self.loc, np.minimum(self.scale * np.unique(self._ladder()), LARGEST_OFFSET))

    def _ladder(self) -> np.ndarray:
        raise NotImplementedError(type(self).__name__)

    def _pole(self, exponent: float) -> tuple[Pole, ...]:
        return (Pole(self.loc, 1, exponent),) if exponent < 1 else ()


@dataclass(frozen=True)
class Exponential(_HalfLine):
    r"""Exponential law of mean `scale` (a rate r is scale 1/r), moved by `loc`.

    .. math:: p(x) = \tfrac1s\, e^{-(x - loc)/s} \text{ on } x > loc, \quad s = scale

    Parameters
    ----------
    scale : float, default 1
    loc : float, default 0

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `scale` is not above 0.

    Examples
    --------
    >>> float(Exponential(2.0).pdf(0.0))
    0.5
    """

    scale: float = 1.0
    loc: float = 0.0

    def __post_init__(self) -> None:
        finite("Exponential", loc=self.loc)
        positive("Exponential", scale=self.scale)
        as_floats(self)

    def _log_standard(self, z: Array) -> Array:
        return -z

    def _ladder(self) -> np.ndarray:
        return EXPONENTIAL_LADDER

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self.scale))

    def same_shape(self, other: Any) -> bool:
        return type(other) is Exponential and other.loc == self.loc

    def log_ratio_at(self, other: Any, points: Points) -> tuple[Array, Array]:
        return _scaled_log_ratio(1.0, self._z(points), log_of_ratio(self.scale, other.scale))

    def cdf_at(self, points: Points) -> Array:
        return -np.expm1(-np.maximum(self._z(points), 0.0))

    def sf_at(self, points: Points) -> Array:
        return np.exp(-np.maximum(self._z(points), 0.0))

    def ppf(self, u: Array, /) -> Array:
        with np.errstate(divide="ignore"):
            return self.loc - self.scale * np.log1p(-probabilities(u))

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, Tail("exponential", 1.0)

    def __str__(self) -> str:
        return f"expon({self.loc!r}, {self.scale!r})"


def _scaled_log_ratio(shape: float, z: Array, stretch: float, power: float = 1.0) -> tuple[Array, Array]:
    """The log-ratio of z**(shape - 1) exp(-z) to itself stretched, and the size of what was added up.

    The rounding of `stretch` is carried by expm1; where z is a power, that of its base is carried by the power.
    """
    constant, change = -shape * stretch, np.abs(z) * math.expm1(stretch)
    return constant + change, abs(constant) + np.abs(change) * (1.0 + abs(stretch) + 0.5 * abs(power - 1.0))


@dataclass(frozen=True)
class Gamma(_HalfLine):
    r"""Gamma law: density z**(shape - 1) exp(-z)/Gamma(shape), z = (x - loc)/scale.

    .. math:: p(x) = \frac{z^{a-1} e^{-z}}{s\,\Gamma(a)} \text{ on } z > 0, \quad a = shape, \ s = scale

    Parameters
    ----------
    shape : float
        > 0; below 1 the density has a pole at `loc`.
    scale : float, default 1
    loc : float, default 0

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `shape` or `scale` is not above 0.

    Examples
    --------
    >>> float(Gamma(0.5).pdf(0.0))  # a pole
    inf
    """

    shape: float
    scale: float = 1.0
    loc: float = 0.0

    def __post_init__(self) -> None:
        finite("Gamma", loc=self.loc)
        positive("Gamma", shape=self.shape, scale=self.scale)
        as_floats(self)

    @cached_property
    def _log_constant(self) -> float:
        return float(special.gammaln(self.shape))

    def _log_standard(self, z: Array) -> Array:
        return special.xlogy(self.shape - 1.0, z) - z - self._log_constant

    def _ladder(self) -> np.ndarray:
        k, sd = self.shape, math.sqrt(self.shape)
        body = k + sd * _BODY
        tail = k + max(sd, 1.0) * EXPONENTIAL_LADDER + EXPONENTIAL_LADDER
        start = min(0.5, 0.5 * k) if k < 1 else 0.25 * k
        return np.concatenate([end_ladder(k, start) if k != 1 else [], body[body > start], tail])

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self.scale)) + 3 * abs(self._log_constant)

    def same_shape(self, other: Any) -> bool:
        return type(other) is Gamma and other.loc == self.loc and other.shape == self.shape

    def log_ratio_at(self, other: Any, points: Points) -> tuple[Array, Array]:
        return _scaled_log_ratio(self.shape, self._z(points), log_of_ratio(self.scale, other.scale))

    def cdf_at(self, points: Points) -> Array:
        return special.gammainc(self.shape, np.maximum(self._z(points), 0.0))

    def sf_at(self, points: Points) -> Array:
        return special.gammaincc(self.shape, np.maximum(self._z(points), 0.0))

    def ppf(self, u: Array, /) -> Array:
        return self.loc + self.scale * special.gammaincinv(self.shape, probabilities(u))

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, Tail("exponential", 1.0)

    def poles(self) -> tuple[Pole, ...]:
        return self._pole(self.shape)

    def __str__(self) -> str:
        return f"gamma({self.shape!r}, {self.loc!r}, {self.scale!r})"


@dataclass(frozen=True)
class Weibull(_HalfLine):
    r"""Weibull law: P(X > x) = exp(-z**shape), z = (x - loc)/scale.

    .. math:: p(x) = \tfrac{k}{s}\, z^{k-1} e^{-z^k} \text{ on } z > 0, \quad k = shape, \ s = scale

    Parameters
    ----------
    shape : float
        > 0; below 1 the density has a pole at `loc`.
    scale : float, default 1
    loc : float, default 0

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `shape` or `scale` is not above 0.

    Examples
    --------
    >>> float(Weibull(2.0).sf(1.0))  # exp(-1)
    0.36787944117144233
    """

    shape: float
    scale: float = 1.0
    loc: float = 0.0

    def __post_init__(self) -> None:
        finite("Weibull", loc=self.loc)
        positive("Weibull", shape=self.shape, scale=self.scale)
        as_floats(self)

    def _log_standard(self, z: Array) -> Array:
        return special.xlogy(self.shape - 1.0, z) - z**self.shape + math.log(self.shape)

    def _ladder(self) -> np.ndarray:
        k = self.shape
        # for a large shape the mass lies within 1/k of the scale, and these edges with it
        rise = 10.0 ** -np.arange(18.0, 0.0, -1.0) if k > 1 else np.empty(0)
        body = np.concatenate([rise, [0.5, 1.0], EXPONENTIAL_LADDER]) ** (1.0 / k)
        return np.concatenate([end_ladder(k, 0.1 ** (1.0 / k)) if k != 1 else [], body[body < 1e280]])

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self.scale)) + 2 * abs(math.log(self.shape)) + self.shape

    def same_shape(self, other: Any) -> bool:
        return type(other) is Weibull and other.loc == self.loc and other.shape == self.shape

    def log_ratio_at(self, other: Any, points: Points) -> tuple[Array, Array]:
        z = np.maximum(self._z(points), 0.0)
        with np.errstate(over="ignore"):
            return _scaled_log_ratio(1.0, z**self.shape, self.shape * log_of_ratio(self.scale, other.scale), self.shape)

    def cdf_at(self, points: Points) -> Array:
        with np.errstate(over="ignore"):
            return -np.expm1(-(np.maximum(self._z(points), 0.0) ** self.shape))

    def sf_at(self, points: Points) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(-(np.maximum(self._z(points), 0.0) ** self.shape))

    def ppf(self, u: Array, /) -> Array:
        with np.errstate(divide="ignore"):
            return self.loc + self.scale * (-np.log1p(-probabilities(u))) ** (1.0 / self.shape)

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, Tail("exponential", self.shape)

    def poles(self) -> tuple[Pole, ...]:
        return self._pole(self.shape)

    def __str__(self) -> str:
        return f"weibull_min({self.shape!r}, {self.loc!r}, {self.scale!r})"


@dataclass(frozen=True)
class Beta(Law):
    r"""Beta law on [loc, loc + scale].

    .. math:: p(x) = \frac{z^{a-1}(1-z)^{b-1}}{s\,B(a, b)} \text{ on } 0 < z < 1, \quad z = (x - loc)/s, \ s = scale

    Parameters
    ----------
    a, b : float
        Exponents of the two ends, > 0; below 1 the density has a pole there.
    loc : float, default 0
    scale : float, default 1

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `a`, `b` or `scale` is not above 0.

    Examples
    --------
    >>> float(Beta(0.5, 0.5).cdf(0.5))
    0.5
    """

    a: float
    b: float
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        finite("Beta", loc=self.loc)
        positive("Beta", a=self.a, b=self.b, scale=self.scale)
        as_floats(self)

    @property
    def _end(self) -> float:
        return self.loc + self.scale

    @cached_property
    def _log_constant(self) -> float:
        return float(special.betaln(self.a, self.b)) + math.log(self._end - self.loc)

    def _ends(self, points: Points) -> tuple[Array, Array]:
        """Distances from the two ends, as shares of the width, each exact near its own end."""
        width = self._end - self.loc
        from_low = ((points.anchor - self.loc) + points.offset) / width
        to_high = ((self._end - points.anchor) - points.offset) / width
        return from_low, to_high

    def logpdf_at(self, points: Points) -> Array:
        low, high = self._ends(points)
        inside = (low >= 0) & (high >= 0)
        low, high = np.where(inside, low, 0.5), np.where(inside, high, 0.5)
        with np.errstate(divide="ignore"):
            # the logarithm of what is near 1 from its distance to 1, which is exact
            log_low = np.where(low > 0.5, special.xlog1py(self.a - 1.0, -high), special.xlogy(self.a - 1.0, low))
            log_high = np.where(high > 0.5, special.xlog1py(self.b - 1.0, -low), special.xlogy(self.b - 1.0, high))
            body = log_low + log_high - self._log_constant
        return np.where(inside, body, -np.inf)

    @property
    def log_rounding(self) -> float:
        return 4.0 + 3 * abs(self._log_constant) + abs(math.log(self.scale)) + self.a + self.b

    def cdf_at(self, points: Points) -> Array:
        low, high = self._ends(points)
        return _beta_cdf(self.a, self.b, low, high)

    def sf_at(self, points: Points) -> Array:
        low, high = self._ends(points)
        return _beta_cdf(self.b, self.a, high, low)

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        low = special.betaincinv(self.a, self.b, u)
        high = special.betaincinv(self.b, self.a, 1.0 - u)
        width = self._end - self.loc
        x = np.where(low < 0.5, self.loc + width * low, self._end - width * high)
        return polished_quantile(self, u, x)

    def support(self) -> tuple[float, float]:
        return self.loc, self._end

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, BOUNDED

    @cached_property
    def edges(self) -> Edges:
        width = self._end - self.loc
        mean = self.a / (self.a + self.b)
        sd = math.sqrt(mean * (1 - mean) / (self.a + self.b + 1))
        body = mean + sd * _BODY
        low = end_ladder(self.a, 0.25 * min(1.0, 4 * mean)) if self.a != 1 else np.empty(0)
        high = end_ladder(self.b, 0.25 * min(1.0, 4 * (1 - mean))) if self.b != 1 else np.empty(0)
        body = body[(body > 0.02 * mean) & (1 - body > 0.02 * (1 - mean))]
        return Edges.union(
            [
                Edges.at([self.loc], self.loc, width * np.append(low, body)),
                Edges.at([self._end], self._end, -width * high),
            ]
        )

    def poles(self) -> tuple[Pole, ...]:
        ends = (Pole(self.loc, 1, self.a), Pole(self._end, -1, self.b))
        return tuple(pole for pole in ends if pole.exponent < 1)

    def __str__(self) -> str:
        return f"beta({self.a!r}, {self.b!r}, {self.loc!r}, {self.scale!r})"


def _beta_cdf(a: float, b: float, low: Array, high: Array) -> Array:
    """I_low(a, b), from whichever end is the nearer, so that nothing is lost at a pole."""
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    return np.where(low < 0.5, special.betainc(a, b, low), special.betaincc(b, a, high))
