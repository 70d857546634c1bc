r"""One side of a critical point, where the change of variables needs care.

At a critical point of order k, G(z_c ± d) - c = ± d^k K(d) and G' = d^{k-1} H(d) with H smooth and H(0) ≠ 0, so that
p_g has a pole |x - c|^{1/k - 1}. A difference G(z) - c and a derivative near its zero lose their digits; H does not. It
is interpolated on [0, reach] from derivatives away from the zero, and K(d) = \int_0^1 v^{k-1} H(v d) dv: distances from
the critical point and from the critical value then follow from each other to a relative 1e-13, however small they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

__all__ = ["Fold", "fold_at"]

Array = Any
_HERE = 20  # nodes of H and K
_INVERSE = 32  # nodes of the inverse
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(12)
_GAUSS_NODES, _GAUSS_WEIGHTS = 0.5 * (1.0 + _GAUSS_NODES), 0.5 * _GAUSS_WEIGHTS
_GOOD = 5e-14  # of the interpolant, between its nodes
_NOISY = 1e-7  # the same at most, where the rounding of G' itself leaves no better
_MANY = 200  # points, from which on Clenshaw's recurrence is the faster


# -- Chebyshev polynomials on [0, 1] ----------------------------------------


def _nodes(n: int) -> np.ndarray:
    return 0.5 * (1.0 + np.cos(np.pi * (np.arange(n) + 0.5) / n))


def _coefficients(values: np.ndarray) -> np.ndarray:
    """Of the polynomial through values at the nodes."""
    n = len(values)
    found = 2.0 / n * np.cos(np.arange(n)[:, None] * np.pi * (np.arange(n) + 0.5) / n) @ values
    found[0] *= 0.5
    return found


def _series(coefficients: np.ndarray, t: Array) -> np.ndarray:
    u = 2.0 * np.asarray(t) - 1.0
    if u.size > _MANY:
        return chebyshev.chebval(u, coefficients)
    with np.errstate(invalid="ignore"):  # beyond [0, 1] nobody looks
        return np.cos(np.arccos(u)[..., None] * np.arange(len(coefficients))) @ coefficients


_NODES = _nodes(_HERE)


@dataclass(frozen=True)
class Fold:
    """One side of a critical point.

    Attributes
    ----------
    z, value : float
        The critical point and the critical value.
    side, direction : int
        Whether this side lies to the right (1) or to the left (-1) of z, and its values above or below `value`.
    order : float
        k; 2 at a fold, 3 at an inflection with a horizontal tangent.
    reach : float
        How far from z the expansion holds.
    coefficients : ndarray
        Of |H| in Chebyshev polynomials on [0, reach].
    fault : float
        What it may be off by, of itself.
    """

    z: float
    side: int
    value: float
    direction: int
    order: float
    reach: float
    coefficients: np.ndarray
    fault: float = 0.0

    def _H(self, d: Array) -> np.ndarray:
        return _series(self.coefficients, np.asarray(d) / self.reach)

    def slope(self, d: Array) -> np.ndarray:
        """|G'| at the distance d from z."""
        return d ** (self.order - 1.0) * self._H(d)

    def rise(self, d: Array) -> np.ndarray:
        """|G - value| at the distance d from z."""
        d = np.asarray(d, dtype=float)
        return d**self.order * _series(self._K, d / self.reach)

    @cached_property
    def highest(self) -> float:
        """|G - value| at `reach`."""
        return float(self.rise(np.array(self.reach)))

    @cached_property
    def _K(self) -> np.ndarray:
        """Coefficients of K on [0, reach]."""
        inner = self._H(self.reach * _NODES[:, None] * _GAUSS_NODES)
        return _coefficients(inner @ (_GAUSS_WEIGHTS * _GAUSS_NODES ** (self.order - 1.0)))

    def distance(self, rise: Array) -> np.ndarray:
        """The d at which |G - value| is `rise`, at most `reach`: a smooth function of rise**(1/order), interpolated."""
        rise = np.asarray(rise, dtype=float)
        top, coefficients = self._inverse
        with np.errstate(invalid="ignore"):
            t = np.clip(rise ** (1.0 / self.order), 0.0, top)
        if coefficients is None:
            return self._solved(np.clip(rise, 0.0, None))
        return np.where(rise > 0, np.minimum(t * _series(coefficients, t / top), self.reach), 0.0)

    @cached_property
    def _inverse(self) -> tuple[float, np.ndarray | None]:
        """The largest t = rise**(1/order), and d/t in Chebyshev polynomials of t; None where they do not settle."""
        top = float(self.highest ** (1.0 / self.order))
        t = top * _nodes(_INVERSE)
        coefficients = _coefficients(self._solved(t**self.order) / t)
        settled = np.abs(coefficients[-3:]).max() <= 1e-14 * np.abs(coefficients[0])
        return top, coefficients if settled else None

    def _solved(self, rise: np.ndarray) -> np.ndarray:
        """Newton's method on log d, where the function is nearly a line."""
        with np.errstate(divide="ignore", invalid="ignore"):
            d = np.minimum((rise * self.order / self._H(0.0)) ** (1.0 / self.order), self.reach)
            for _ in range(8):
                found = self.rise(d)
                d = np.where(
                    rise > 0,
                    np.minimum(d * np.exp(np.log(rise / found) * found / (d * self.slope(d))), self.reach),
                    0.0,
                )
        return d


def fold_at(
    z: float, side: int, width: float, G: Callable[[Array], Array], slope: Callable[[Array], Array]
) -> Fold | None:
    """The fold on one side of z, if G' vanishes there like a power; `width` is where G' is known to be smooth."""
    near = width * 2.0 ** -np.arange(8.0, 12.0)
    with np.errstate(all="ignore"):
        sizes = np.abs(slope(z + side * near))
        exponents = np.log2(sizes[:-1] / sizes[1:])
    if not np.isfinite(exponents).all() or exponents[-1] < 0.02:
        return None
    order = 1.0 + exponents[-1]
    if abs(order - round(order)) < 0.02:
        order = float(round(order))
    with np.errstate(all="ignore"):
        H = float(sizes[-1] / near[-1] ** exponents[-1])
    if not math.isfinite(H) or _is_level(z, side, H, exponents[-1], slope):
        return None
    # one z at a time: a matrix product rounds differently beside other columns, and both sides share the value
    value = float(G(np.array([z]))[0])
    direction = int(side * np.sign(slope(np.array([z + side * 0.5 * width]))[0]))  # G itself may round onto the value
    best, least = None, _NOISY
    for reach in width * 4.0 ** -np.arange(5.0):
        fold = _interpolated(z, side, value, direction, order, reach, slope)
        between = reach * np.linspace(0.05, 1.0, 23)
        with np.errstate(all="ignore"):
            apart = np.abs(fold.slope(between) / np.abs(slope(z + side * between)) - 1.0).max()
        if (fold._H(between) > 0).all() and apart < least:
            best, least = replace(fold, fault=float(apart)), apart
            if apart < _GOOD:
                break
    return best


def _is_level(z: float, side: int, H: float, power: float, slope: Callable[[Array], Array]) -> bool:
    """Whether |G'| does not vanish at z but levels off close to it, farther away than z is rounded."""
    here = float(np.abs(slope(np.array([z])))[0])
    with np.errstate(all="ignore"):
        d = (0.01 * here / H) ** (1.0 / power)
    if not d > 8 * np.spacing(abs(z)):
        return False
    around = np.abs(slope(z + side * d * np.array([0.25, 0.5, 1.0])))
    return bool((np.abs(around - here) <= 0.2 * here).all())


def _interpolated(
    z: float, side: int, value: float, direction: int, order: float, reach: float, slope: Callable[[Array], Array]
) -> Fold:
    d = reach * _NODES
    with np.errstate(all="ignore"):
        H = np.abs(slope(z + side * d)) / d ** (order - 1.0)
    return Fold(z, side, value, direction, order, reach, _coefficients(H))
