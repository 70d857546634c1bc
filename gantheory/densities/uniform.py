"""The uniform law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.densities.protocol import BOUNDED, Law, Tail, as_floats, finite, positive, probabilities
from gantheory.panels import Edges, Points

__all__ = ["Uniform"]

Array = Any


@dataclass(frozen=True)
class Uniform(Law):
    r"""Uniform law on [a, b]; its text, as in scipy, is ``uniform(a, b - a)``.

    .. math:: p(x) = 1/(b - a) \text{ on } [a, b]

    Parameters
    ----------
    a, b : float
        Ends of the support, a < b.

    Raises
    ------
    DomainError
        If an end is not a finite number, or a is not below b.

    Examples
    --------
    >>> float(Uniform(0, 4).pdf(1.0)), str(Uniform(1, 4))
    (0.25, 'uniform(1.0, 3.0)')
    """

    a: float = 0.0
    b: float = 1.0

    def __post_init__(self) -> None:
        finite("Uniform", a=self.a, b=self.b)
        positive("Uniform", **{"b - a": float(self.b) - float(self.a)})
        as_floats(self)

    @property
    def _width(self) -> float:
        return self.b - self.a

    def logpdf_at(self, points: Points) -> Array:
        from_a = (points.anchor - self.a) + points.offset
        to_b = (self.b - points.anchor) - points.offset
        return np.where((from_a >= 0) & (to_b >= 0), -math.log(self._width), -np.inf)

    @property
    def log_rounding(self) -> float:
        return 4.0 + abs(math.log(self._width))

    def cdf_at(self, points: Points) -> Array:
        return np.clip(((points.anchor - self.a) + points.offset) / self._width, 0.0, 1.0)

    def sf_at(self, points: Points) -> Array:
        return np.clip(((self.b - points.anchor) - points.offset) / self._width, 0.0, 1.0)

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        return np.where(u < 0.5, self.a + self._width * u, self.b - self._width * (1 - u))

    def support(self) -> tuple[float, float]:
        return self.a, self.b

    def tails(self) -> tuple[Tail, Tail]:
        return BOUNDED, BOUNDED

    @cached_property
    def edges(self) -> Edges:
        return Edges.at([self.a, self.b])

    def __str__(self) -> str:
        if self.a + self._width == self.b:
            return f"uniform({self.a!r}, {self._width!r})"
        return f"uniform(a={self.a!r}, b={self.b!r})"  # no width reaches b from a in floats
