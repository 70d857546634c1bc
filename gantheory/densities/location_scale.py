"""Location–scale families on the whole line, and those of them with light tails: Normal, Laplace, Logistic.

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

__all__ = ["Laplace", "LocationScale", "Logistic", "Normal"]

Array = Any
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
NORMAL_LADDER = np.array([2.0, 4.0, 6.5, 10.0, 17.0, 39.0])  # exp(-39**2/2) is 0 in floats
EXPONENTIAL_LADDER = np.array([2.0, 5.0, 10.0, 20.0, 40.0, 760.0])  # exp(-760) is 0 in floats
LARGEST_OFFSET = 1e290  # no panel reaches beyond


class LocationScale(Law):
    """A law that is a standard one moved by `loc` and stretched by `scale`."""

    _ladder = NORMAL_LADDER

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
    r"""Normal law.

    .. math:: p(x) = \frac{1}{\sigma\sqrt{2\pi}}\, e^{-(x-\mu)^2/2\sigma^2}

    Parameters
    ----------
    mu : float, default 0
    sigma : float, default 1
        Standard deviation (not the variance), > 0.

    Raises
    ------
    DomainError
        If a parameter is not a finite number, or `sigma` is not above 0.

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
    r"""Laplace law, exp(-|z|)/2.

    .. math:: p(x) = \tfrac{1}{2s}\, e^{-|z|}, \quad z = (x - loc)/s, \ s = scale

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
    >>> float(Laplace(0, 2).pdf(0.0))
    0.25
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
    r"""Logistic law, whose cdf is the sigmoid of z.

    .. math:: p(x) = \tfrac1s\,\sigma(z)\,\sigma(-z), \quad z = (x - loc)/s, \ s = scale

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
    >>> float(Logistic(0, 2).cdf(0.0))
    0.5
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
