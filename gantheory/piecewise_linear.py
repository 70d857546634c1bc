"""Continuous piecewise linear maps of the line: relu networks, clip, abs, tabulated maps. No root is searched for.

Sums, multiples, maxima and minima of such maps are such maps, with knots that are known in closed form. So is whatever
a text makes of them, and a relu network: `FUNCTIONS` build the map of an expression by evaluating it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from numbers import Real
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = ["FUNCTIONS", "PiecewiseLinear"]

Array = Any


@dataclass(frozen=True, eq=False)
class PiecewiseLinear:
    """A continuous map that is linear between knots, and beyond the outermost ones.

    Parameters
    ----------
    z, x : array (k,)
        The knots, strictly increasing, and the values there; k >= 1.
    slopes : (float, float), optional
        To the left of the first knot and to the right of the last. By default those of the outermost pieces.

    Raises
    ------
    DomainError
        If the knots are not finite and increasing, or the shapes differ.

    Examples
    --------
    >>> G = PiecewiseLinear([0.0, 1.0, 3.0], [0.0, 2.0, 1.0])   # a tabulated map
    >>> G(np.array([-1.0, 0.5, 2.0, 5.0])).tolist(), G.derivative(np.array([2.0])).tolist()
    ([-2.0, 1.0, 1.5, 0.0], [-0.5])

    Laws of such generators are exact:

    >>> from gantheory.pushforward import Pushforward
    >>> law = Pushforward(G, "norm(0, 1)")
    >>> law.complete, [(b.z0, b.z1) for b in law.branches]
    (True, [(-inf, 1.0), (1.0, inf)])
    """

    z: np.ndarray
    x: np.ndarray
    slopes: tuple[float, float] | None = None
    __array_ufunc__ = None  # numpy's numbers leave sums and products to the methods here

    def __post_init__(self) -> None:
        z, x = (_finite(name, values) for name, values in (("z", self.z), ("x", self.x)))
        if z.shape != x.shape:
            raise DomainError(f"z has {len(z)} knots and x {len(x)} values; there must be as many of each.")
        if not (np.diff(z) > 0).all():
            raise DomainError("z must be strictly increasing: knots in order, none twice.")
        inner = np.diff(x) / np.diff(z)
        slopes = self.slopes
        if slopes is None:
            slopes = (float(inner[0]), float(inner[-1])) if len(inner) else (0.0, 0.0)
        if _finite("slopes", slopes).shape != (2,):
            raise DomainError(f"slopes is {slopes!r}; it must be two numbers, one for either side of the knots.")
        for name, given in (("z", z), ("x", x), ("slopes", (float(slopes[0]), float(slopes[1])))):
            object.__setattr__(self, name, given)

    @classmethod
    def identity(cls) -> PiecewiseLinear:
        return cls(np.zeros(1), np.zeros(1), (1.0, 1.0))

    def __str__(self) -> str:
        return f"PiecewiseLinear({len(self.z)} knots)"

    def __call__(self, z: Array) -> np.ndarray:
        """Values at numbers z of shape (n,)."""
        z = np.asarray(z, dtype=float)
        left, right = self.slopes  # type: ignore[misc]
        inside = np.interp(z, self.z, self.x)
        beyond = np.where(z < self.z[0], left * (z - self.z[0]), 0.0) + np.where(
            z > self.z[-1], right * (z - self.z[-1]), 0.0
        )
        return inside + beyond

    def derivative(self, z: Array) -> np.ndarray:
        """The slope at numbers z; at a knot, that of the piece to its right."""
        return self._all_slopes[np.searchsorted(self.z, np.asarray(z, dtype=float), side="right")]

    @property
    def _all_slopes(self) -> np.ndarray:
        left, right = self.slopes  # type: ignore[misc]
        return np.concatenate([[left], np.diff(self.x) / np.diff(self.z), [right]])

    @property
    def turns(self) -> np.ndarray:
        """At which knots the map bends, by more than rounding."""
        slopes = self._all_slopes
        return np.abs(np.diff(slopes)) > 1e-12 * np.maximum(np.abs(slopes[1:]), np.abs(slopes[:-1]))

    def bends(self) -> PiecewiseLinear:
        """The same map without knots at which it does not bend."""
        kept = self.turns
        kept[0] |= not kept.any()
        return PiecewiseLinear(self.z[kept], self.x[kept], self.slopes)

    # -- arithmetic ----------------------------------------

    def _with(self, other: PiecewiseLinear, more: Array = ()) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The knots of both, and the values of each there."""
        z = np.union1d(np.union1d(self.z, other.z), more)
        return z, self(z), other(z)

    def __add__(self, other: Any) -> PiecewiseLinear:
        if isinstance(other, Real):
            return PiecewiseLinear(self.z, self.x + float(other), self.slopes)
        if not isinstance(other, PiecewiseLinear):
            return NotImplemented
        z, a, b = self._with(other)
        (a0, a1), (b0, b1) = self.slopes, other.slopes  # type: ignore[misc]
        return PiecewiseLinear(z, a + b, (a0 + b0, a1 + b1))

    __radd__ = __add__

    def __neg__(self) -> PiecewiseLinear:
        return -1.0 * self

    def __sub__(self, other: Any) -> PiecewiseLinear:
        return self + (-other)

    def __rsub__(self, other: Any) -> PiecewiseLinear:
        return -self + other

    def __mul__(self, factor: Any) -> PiecewiseLinear:
        if not isinstance(factor, Real):
            return NotImplemented
        left, right = self.slopes  # type: ignore[misc]
        return PiecewiseLinear(self.z, float(factor) * self.x, (float(factor) * left, float(factor) * right))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> PiecewiseLinear:
        if not isinstance(divisor, Real) or divisor == 0:
            return NotImplemented
        return self * (1.0 / float(divisor))

    def __pow__(self, exponent: Any) -> PiecewiseLinear:
        return self if exponent == 1 else NotImplemented

    def crossings(self, other: PiecewiseLinear) -> np.ndarray:
        """Where the two maps meet between their knots, and beyond the outermost ones."""
        z, a, b = self._with(other)
        apart = a - b
        with np.errstate(all="ignore"):
            between = z[:-1] - apart[:-1] * np.diff(z) / np.diff(apart)
            left, right = (s - t for s, t in zip(self.slopes, other.slopes, strict=True))  # type: ignore[arg-type]
            before, after = z[0] - apart[0] / left, z[-1] - apart[-1] / right
        met = between[(apart[:-1] * apart[1:] < 0) & np.isfinite(between)]
        outside = [c for c, beyond in ((before, before < z[0]), (after, after > z[-1])) if beyond and np.isfinite(c)]
        return np.concatenate([met, outside])

    def maximum(self, other: PiecewiseLinear) -> PiecewiseLinear:
        """The larger of the two everywhere."""
        z, a, b = self._with(other, self.crossings(other))
        ends = np.array([z[0] - 1.0, z[-1] + 1.0])
        larger = self(ends) >= other(ends)
        slopes = tuple(float(np.where(w, s, t)) for w, s, t in zip(larger, self.slopes, other.slopes, strict=True))  # type: ignore[arg-type]
        return PiecewiseLinear(z, np.maximum(a, b), slopes)  # type: ignore[arg-type]


def _finite(name: str, values: Array) -> np.ndarray:
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        array = np.array([np.nan])
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise DomainError(f"{name} is {values!r}; it must be finite numbers of shape (k,), k >= 1.")
    array.setflags(write=False)
    return array


def _maximum(*values: Any) -> Any:
    return reduce(_larger, values)


def _larger(a: Any, b: Any) -> Any:
    if isinstance(a, Real) and isinstance(b, Real):
        return max(a, b)
    return _map(a).maximum(_map(b))


def _map(value: Any) -> PiecewiseLinear:
    if isinstance(value, Real):
        return PiecewiseLinear(np.zeros(1), np.full(1, float(value)), (0.0, 0.0))
    if not isinstance(value, PiecewiseLinear):
        raise TypeError(f"{type(value).__name__} is no piecewise linear map")
    return value


def _minimum(*values: Any) -> Any:
    return -_maximum(*(-value for value in values))


#: The functions of an expression that keep maps piecewise linear.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda a: _maximum(a, -a),
    "clip": lambda a, low, high: _minimum(_maximum(a, low), high),
    "max": _maximum,
    "min": _minimum,
    "relu": lambda a: _maximum(a, 0.0),
}
