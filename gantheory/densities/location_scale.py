"""The location–scale families on the whole line: Normal, Laplace, Logistic, Cauchy, StudentT; and Uniform.

Each is f0((x - loc)/scale)/scale for a standard density f0. For two laws of one family the log-ratio
log(scale_q/scale_p) + log f0(z_p) - log f0(z_q) is written through the exact difference z_q - z_p, so that it keeps its
relative accuracy for nearly equal laws, where the difference of two logpdfs would be wrong systematically.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.protocol import Law, Tail, as_floats, finite, log_of_ratio, positive, probabilities
from gantheory.panels import Edges, Points

__all__ = ["Cauchy", "Laplace", "LocationScale", "Logistic", "Normal", "StudentT", "power_ladder"]

Array = Any
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_NORMAL_LADDER = np.array([2.0, 4.0, 6.5, 10.0, 17.0, 39.0])  # exp(-39**2/2) is 0 in floats
EXPONENTIAL_LADDER = np.array([2.0, 5.0, 10.0, 20.0, 40.0, 760.0])  # exp(-760) is 0 in floats
_LOG_REACH = 640.0  # power tails are followed to exp(640) scales
LARGEST_OFFSET = 1e290  # or to here


def power_ladder(index: float, start: float) -> np.ndarray:
    """Edges for a density that falls like u**(-1 - index) beyond `start`: even steps of its logarithm."""
    step = 6.0 / index
    logs = math.log(start) + np.append(step * np.arange(8), [step * 20])
    logs = logs[logs < _LOG_REACH]
    return np.exp(np.append(logs, _LOG_REACH))


class LocationScale(Law):
    """A law that is a standard one moved by `loc` and stretched by `scale`."""

    _ladder = _NORMAL_LADDER

    @property
    def _loc(self) -> float:
        return self.loc  # type: ignore[attr-defined]

    @property
    def _scale(self) -> float:
        return self.scale  # type: ignore[attr-defined]

    def _z(self, points: Points) -> Array:
        return ((points.anchor - self._loc) + points.offset) / self._scale

    def _log_standard(self, z: Array) -> Array:
        raise NotImplementedError(type(self).__name__)

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        """log f0(z) - log f0(z + difference), to a relative error of a few eps."""
        raise NotImplementedError(type(self).__name__)

    def _steepness(self, z: Array, other: Array) -> Array | float:
        """A bound of |(log f0)'| between two points."""
        return 1.0

    def logpdf_at(self, points: Points) -> Array:
        return self._log_standard(self._z(points)) - math.log(self._scale)

    def same_shape(self, other: Any) -> bool:
        """Whether the two differ by location and scale alone."""
        return type(other) is type(self)

    def log_ratio_at(self, other: Any, points: Points) -> tuple[Array, Array]:
        """log p - log q for a q of the same family through exact differences, and the size of what was added up.

        The log-ratio is right to a few eps times that size.
        """
        z = self._z(points)
        stretch, shift = self._scale - other._scale, self._loc - other._loc
        stretched = z * (stretch / other._scale)
        shifted = shift / other._scale
        difference = stretched + shifted
        log_scale = log_of_ratio(other._scale, self._scale)
        change = self._log_standard_difference(z, difference)
        # the two parts of z_q - z_p may cancel: what each is uncertain by, times how steep log f0 is there
        moved = (np.abs(stretched) + abs(shifted)) * self._steepness(z, z + difference)
        size = np.abs(change) + moved + abs(log_scale)
        return log_scale + change, size

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self._scale))

    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    @cached_property
    def edges(self) -> Edges:
        ladder = np.minimum(self._scale * self._ladder, LARGEST_OFFSET)
        return Edges.at([self._loc], self._loc, np.concatenate([-ladder[::-1], ladder]))


@dataclass(frozen=True)
class Normal(LocationScale):
    """Normal law.

    Parameters
    ----------
    mu : float, default 0
    sigma : float, default 1
        Standard deviation (not the variance), > 0.

    Examples
    --------
    >>> float(Normal(0, 2).pdf(0.0))
    0.1994711402007163...
    """

    mu: float = 0.0
    sigma: float = 1.0

    def __post_init__(self) -> None:
        finite("Normal", mu=self.mu)
        positive("Normal", sigma=self.sigma)
        as_floats(self)

    @property
    def _loc(self) -> float:
        return self.mu

    @property
    def _scale(self) -> float:
        return self.sigma

    def _log_standard(self, z: Array) -> Array:
        with np.errstate(over="ignore"):
            return -0.5 * z * z - _LOG_SQRT_2PI

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        with np.errstate(over="ignore"):
            return difference * (z + 0.5 * difference)

    def _steepness(self, z: Array, other: Array) -> Array | float:
        return np.maximum(np.abs(z), np.abs(other))

    def cdf_at(self, points: Points) -> Array:
        return special.ndtr(self._z(points))

    def sf_at(self, points: Points) -> Array:
        return special.ndtr(-self._z(points))

    def ppf(self, u: Array, /) -> Array:
        return self.mu + self.sigma * special.ndtri(probabilities(u))

    def tails(self) -> tuple[Tail, Tail]:
        return Tail("exponential", 2.0), Tail("exponential", 2.0)

    def __str__(self) -> str:
        return f"norm({self.mu!r}, {self.sigma!r})"


@dataclass(frozen=True)
class Laplace(LocationScale):
    """Laplace law, exp(-|z|)/2.

    Parameters
    ----------
    loc : float, default 0
    scale : float, default 1
    """

    loc: float = 0.0
    scale: float = 1.0

    _ladder = EXPONENTIAL_LADDER

    def __post_init__(self) -> None:
        finite("Laplace", loc=self.loc)
        positive("Laplace", scale=self.scale)
        as_floats(self)

    def _log_standard(self, z: Array) -> Array:
        return -np.abs(z) - math.log(2.0)

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        other = z + difference
        # on one side of both centres |z + d| - |z| is d itself, up to its sign
        return np.where(z * other >= 0, np.where(z + other >= 0, difference, -difference), np.abs(other) - np.abs(z))

    def cdf_at(self, points: Points) -> Array:
        return _laplace_cdf(self._z(points))

    def sf_at(self, points: Points) -> Array:
        return _laplace_cdf(-self._z(points))

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        with np.errstate(divide="ignore"):
            return self.loc + self.scale * np.where(u < 0.5, np.log(2 * u), -np.log(2 * (1 - u)))

    def tails(self) -> tuple[Tail, Tail]:
        return Tail("exponential", 1.0), Tail("exponential", 1.0)

    def __str__(self) -> str:
        return f"laplace({self.loc!r}, {self.scale!r})"


def _laplace_cdf(z: Array) -> Array:
    half = 0.5 * np.exp(-np.abs(z))
    return np.where(z < 0, half, 1.0 - half)


@dataclass(frozen=True)
class Logistic(LocationScale):
    """Logistic law, whose cdf is the sigmoid of z.

    Parameters
    ----------
    loc : float, default 0
    scale : float, default 1
    """

    loc: float = 0.0
    scale: float = 1.0

    _ladder = np.array([2.0, 5.0, 9.0, 16.0, 30.0, 60.0, 760.0])

    def __post_init__(self) -> None:
        finite("Logistic", loc=self.loc)
        positive("Logistic", scale=self.scale)
        as_floats(self)

    def _log_standard(self, z: Array) -> Array:
        size = np.abs(z)
        return -size - 2.0 * np.log1p(np.exp(-size))

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        # by symmetry z >= 0 may be taken, and then no exponential overflows where d is moderate
        flip = np.where(z < 0, -1.0, 1.0)
        size, step = z * flip, difference * flip
        exact = step + 2.0 * np.log1p(special.expit(-size) * np.expm1(np.minimum(-step, 1.0)))
        return np.where(step > -1.0, exact, self._log_standard(z) - self._log_standard(z + difference))

    def cdf_at(self, points: Points) -> Array:
        return special.expit(self._z(points))

    def sf_at(self, points: Points) -> Array:
        return special.expit(-self._z(points))

    def ppf(self, u: Array, /) -> Array:
        return self.loc + self.scale * special.logit(probabilities(u))

    def tails(self) -> tuple[Tail, Tail]:
        return Tail("exponential", 1.0), Tail("exponential", 1.0)

    def __str__(self) -> str:
        return f"logistic({self.loc!r}, {self.scale!r})"


@dataclass(frozen=True)
class Cauchy(LocationScale):
    """Cauchy law.

    Parameters
    ----------
    loc : float, default 0
    scale : float, default 1
    """

    loc: float = 0.0
    scale: float = 1.0

    _ladder = np.concatenate([[1.0, 3.0], power_ladder(1.0, 10.0)])

    def __post_init__(self) -> None:
        finite("Cauchy", loc=self.loc)
        positive("Cauchy", scale=self.scale)
        as_floats(self)

    def _log_standard(self, z: Array) -> Array:
        return -2.0 * _log_hypot(z) - math.log(math.pi)

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        return _log_power_difference(z, difference, 1.0)

    def _steepness(self, z: Array, other: Array) -> Array | float:
        return _power_steepness(z, other, 1.0)

    def cdf_at(self, points: Points) -> Array:
        return _cauchy_cdf(self._z(points))

    def sf_at(self, points: Points) -> Array:
        return _cauchy_cdf(-self._z(points))

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            near_end = np.where(u < 0.25, -1.0 / np.tan(np.pi * u), 1.0 / np.tan(np.pi * (1.0 - u)))
        z = np.where((u > 0.25) & (u < 0.75), np.tan(np.pi * (u - 0.5)), near_end)
        return self.loc + self.scale * np.where(u == 0, -np.inf, np.where(u == 1, np.inf, z))

    def tails(self) -> tuple[Tail, Tail]:
        tail = Tail("power", 1.0, self.scale / math.pi)
        return tail, tail

    def __str__(self) -> str:
        return f"cauchy({self.loc!r}, {self.scale!r})"


def _cauchy_cdf(z: Array) -> Array:
    with np.errstate(divide="ignore"):
        far = -np.arctan(1.0 / np.where(z == 0, 1.0, z)) / np.pi  # accurate for z -> -inf, where 1/2 + arctan cancels
    return np.where(z < -1, far, 0.5 + np.arctan(z) / np.pi)


def _log_power_difference(z: Array, difference: Array, df: float) -> Array:
    """log((df + (z + d)**2)/(df + z**2)): exact where d is small, and free of overflow."""
    size = np.hypot(math.sqrt(df), z)
    ratio = (difference / size) * ((2 * z + difference) / size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ratio > -0.5, np.log1p(ratio), 2 * np.log(np.hypot(math.sqrt(df), z + difference) / size))


def _log_hypot(t: Array) -> Array:
    """½ log(1 + t**2), accurate near 0 and without overflow."""
    size = np.abs(t)
    with np.errstate(over="ignore", divide="ignore"):
        return np.where(size < 1e100, 0.5 * np.log1p(size * size), np.log(size))


def _power_steepness(z: Array, other: Array, df: float) -> Array:
    """(df + 1)|t|/(df + t**2) is at most (df + 1)/(2 sqrt(df)), and falls like (df + 1)/|t|.

    The two points lie at one order of magnitude far out, where their distance is a share of each.
    """
    nearest = np.minimum(np.abs(z), np.abs(other))
    return (df + 1.0) / np.maximum(nearest, 2.0 * math.sqrt(df))


@dataclass(frozen=True)
class StudentT(LocationScale):
    """Student's t law.

    Parameters
    ----------
    df : float
        Degrees of freedom, > 0.
    loc : float, default 0
    scale : float, default 1
    """

    df: float
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        finite("StudentT", loc=self.loc)
        positive("StudentT", df=self.df, scale=self.scale)
        as_floats(self)

    @cached_property
    def _log_constant(self) -> float:
        if self.df < 40:
            return float(-special.betaln(0.5, 0.5 * self.df) - 0.5 * math.log(self.df))
        # log G(x + ½) - log G(x) - ½ log x by its asymptotic series, where the two would cancel
        x = 0.5 * self.df
        series = -1 / 8 + (1 / 192 - (1 / 640 - (17 / 14336 - 31 / (18432 * x**2)) / x**2) / x**2) / x**2
        return series / x - 0.5 * math.log(2 * math.pi)

    @cached_property
    def edges(self) -> Edges:
        start = 3.0 * math.sqrt(max(self.df, 1.0))
        body = _NORMAL_LADDER[start > 1.5 * _NORMAL_LADDER]
        ladder = np.concatenate([[1.0], body, power_ladder(self.df, start)])
        ladder = np.minimum(self.scale * ladder, LARGEST_OFFSET)
        return Edges.at([self.loc], self.loc, np.concatenate([-ladder[::-1], ladder]))

    def _log_standard(self, z: Array) -> Array:
        return self._log_constant - (self.df + 1.0) * _log_hypot(z / math.sqrt(self.df))

    def _log_standard_difference(self, z: Array, difference: Array) -> Array:
        return 0.5 * (self.df + 1.0) * _log_power_difference(z, difference, self.df)

    def _steepness(self, z: Array, other: Array) -> Array | float:
        return _power_steepness(z, other, self.df)

    def same_shape(self, other: Any) -> bool:
        return type(other) is StudentT and other.df == self.df

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self.scale)) + abs(self._log_constant)

    def cdf_at(self, points: Points) -> Array:
        return special.stdtr(self.df, self._z(points))

    def sf_at(self, points: Points) -> Array:
        return special.stdtr(self.df, -self._z(points))

    def ppf(self, u: Array, /) -> Array:
        return self.loc + self.scale * special.stdtrit(self.df, probabilities(u))

    def tails(self) -> tuple[Tail, Tail]:
        # f0 ~ exp(constant) * (z**2/df)**(-(df + 1)/2)
        log_weight = self._log_constant + 0.5 * (self.df + 1) * math.log(self.df) + self.df * math.log(self.scale)
        tail = Tail("power", self.df, math.exp(log_weight) if log_weight < 700 else math.inf)
        return tail, tail

    def __str__(self) -> str:
        return f"t({self.df!r}, {self.loc!r}, {self.scale!r})"
