"""The location–scale families with power tails: Cauchy, StudentT.

Their mass is followed in even steps of the logarithm of the distance from the centre, out to the largest floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.location_scale import LARGEST_OFFSET, NORMAL_LADDER, LocationScale
from gantheory.densities.protocol import Tail, as_floats, finite, positive, probabilities
from gantheory.densities.quantile import polished_quantile
from gantheory.panels import EPS, Edges, Points

__all__ = ["Cauchy", "PowerTail", "StudentT"]

Array = Any
_LOG_REACH = 640.0  # power tails are followed to exp(640) scales


def _power_ladder(index: float, start: float) -> np.ndarray:
    """Edges for a density that falls like u**(-1 - index) beyond `start`: even steps of its logarithm."""
    step = 6.0 / index
    logs = math.log(start) + np.append(step * np.arange(8), [step * 20])
    logs = logs[logs < _LOG_REACH]
    return np.exp(np.append(logs, _LOG_REACH))


class PowerTail(LocationScale):
    """A standard density that falls like |z|**(-1 - power)."""

    @property
    def _power(self) -> float:
        raise NotImplementedError(type(self).__name__)

    def cdf_difference_far_out(self, other: Any, points: Points) -> tuple[Array, Array, Array]:
        """Where the two cdfs cancel, F_p - F_q as the integral of f0 from z_q to z_p, and its rounding.

        Three Gauss nodes: over a share h of |z| the rest is below (h (power + 7))**6/2e6 of the difference.
        """
        z = self._z(points)
        stretched = z * ((self._scale - other._scale) / other._scale)
        shifted = (self._loc - other._loc) / other._scale
        step = stretched + shifted  # z_q - z_p
        far = (np.abs(step) * (self._power + 7.0) < 0.05 * np.abs(z)) & (np.abs(z) > 10.0)
        nodes = z + step * _GAUSS_NODES.reshape(-1, *[1] * np.ndim(z))
        height = np.tensordot(_GAUSS_WEIGHTS, np.exp(self._log_standard(nodes)), axes=1)
        size = np.abs(stretched) + abs(shifted)
        return far, -step * height, height * (1e-14 * np.abs(step) + 4 * EPS * size + EPS * self.log_rounding * size)


_GAUSS_NODES = np.array([0.5 - math.sqrt(0.15), 0.5, 0.5 + math.sqrt(0.15)])
_GAUSS_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0


@dataclass(frozen=True)
class Cauchy(PowerTail):
    r"""Cauchy law.

    .. math:: p(x) = \frac{1}{\pi s\,(1 + z^2)}, \quad z = (x - loc)/s, \ s = scale

    Parameters
    ----------
    loc : float, default 0
    scale : float, default 1

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `scale` is not above 0.

    Examples
    --------
    >>> float(Cauchy().cdf(1.0))
    0.75
    """

    loc: float = 0.0
    scale: float = 1.0

    _ladder = np.concatenate([[1.0, 3.0], _power_ladder(1.0, 10.0)])

    def __post_init__(self) -> None:
        finite("Cauchy", loc=self.loc)
        positive("Cauchy", scale=self.scale)
        as_floats(self)

    @property
    def _power(self) -> float:
        return 1.0

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
class StudentT(PowerTail):
    r"""Student's t law.

    .. math:: p(x) \propto (1 + z^2/df)^{-(df + 1)/2}, \quad z = (x - loc)/scale

    Parameters
    ----------
    df : float
        Degrees of freedom, > 0.
    loc : float, default 0
    scale : float, default 1

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `df` or `scale` is not above 0.

    Examples
    --------
    >>> print(f"{StudentT(1.0).cdf(1.0):.12f}")  # df = 1 is the Cauchy law
    0.750000000000
    """

    df: float
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        finite("StudentT", loc=self.loc)
        positive("StudentT", df=self.df, scale=self.scale)
        as_floats(self)

    @property
    def _power(self) -> float:
        return self.df

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
        body = NORMAL_LADDER[start > 1.5 * NORMAL_LADDER]
        ladder = np.concatenate([[1.0], body, _power_ladder(self.df, start)])
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
        u = probabilities(u)
        return polished_quantile(self, u, self.loc + self.scale * special.stdtrit(self.df, u))

    def tails(self) -> tuple[Tail, Tail]:
        # f0 ~ exp(constant) * (z**2/df)**(-(df + 1)/2)
        log_weight = self._log_constant + 0.5 * (self.df + 1) * math.log(self.df) + self.df * math.log(self.scale)
        tail = Tail("power", self.df, math.exp(log_weight) if log_weight < 700 else math.inf)
        return tail, tail

    def __str__(self) -> str:
        return f"t({self.df!r}, {self.loc!r}, {self.scale!r})"
