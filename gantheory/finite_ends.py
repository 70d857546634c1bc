r"""Whether an integral of which nothing is known but its values converges beside the finite ends of the supports.

.. math:: g(x) \sim |x - e|^{a - 1}: \quad \int g \text{ converges iff } a > 0

A rule that halves its panels sees ever more of a divergent integral, and takes for the whole what it saw. Here the
exponent a is read off the integrand itself, |x - e| g at distances that fall geometrically as far as floats go.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError, DomainError
from gantheory.panels import Points

__all__ = ["beside_ends"]

Array = Any
_OFFSETS = np.exp(-np.arange(16.0, 640.0, 8.0))  # down to 1e-277
_FEWEST = 4
_SLOWEST = 1.0 / 64  # an exponent below it is told neither from 0 nor from a power of a logarithm
_NOISY = 1e-3
_SLOW = 1.0 / 8  # below it what lies nearer than floats reach is not nothing, and the rule does not see it
_FLAT = 1e-6  # of the exponent: what its rounding may be


def beside_ends(integrand: Callable[[Points], tuple[Array, Array]], laws: tuple[Any, ...], name: str) -> float:
    """What lies nearer to the ends than floats resolve; an infinity of its sign where the integral has none.

    Raises
    ------
    ConvergenceError
        If the integrand falls off too slowly for it to be told.
    """
    within, signs = 0.0, set()
    for end, side in _ends(laws):
        offsets, values, noise = _values(integrand, end, side)
        # where a ratio has left the floats the noise says so
        seen = np.isfinite(values) & (np.abs(values) > 1e-290) & (noise < _NOISY * np.abs(values))
        if not seen.any():
            continue
        size = np.log(np.abs(values[seen])) + np.log(offsets[seen])
        exponent = _exponent(offsets[seen], size)
        if exponent <= _FLAT:
            signs.add(math.copysign(1.0, values[seen][-1]))
        elif exponent < _SLOWEST:
            raise ConvergenceError(
                f"{name or 'the integral'} cannot be told: beside {end:g} the integrand falls off too slowly for it "
                "to be finite beyond doubt. It may be infinite; use laws of nearer exponents there."
            )
        elif exponent < _SLOW:
            within += 2.0 * math.exp(size[-1]) / exponent
    if len(signs) == 2:
        raise DomainError("the integral is +inf at one end and -inf at another: it has no value.")
    return signs.pop() * math.inf if signs else within


def _values(integrand: Callable[[Points], tuple[Array, Array]], end: float, side: float) -> tuple[Array, Array, Array]:
    """Offsets, the integrand there and its noise: as near to the end as another library's density has values."""
    offsets = _OFFSETS
    while True:
        try:
            found = integrand(Points(np.full(offsets.shape, end), side * offsets))
            values, noise = (np.broadcast_to(np.asarray(one, dtype=float), offsets.shape) for one in found)
            return offsets, values, noise
        except DomainError:
            if len(offsets) < _FEWEST:
                raise
            offsets = offsets[: len(offsets) // 2]


def _ends(laws: tuple[Any, ...]) -> list[tuple[float, float]]:
    """(end, the side on which there is mass)."""
    found = {(float(end), side) for law in laws if law.continuous_mass > 0 for interval in law.intervals()
             for end, side in zip(interval, (1.0, -1.0), strict=True) if math.isfinite(end)}  # fmt: skip
    found |= {(float(pole.location), float(pole.side)) for law in laws for pole in law.poles()}
    return sorted(found)


def _exponent(offsets: np.ndarray, size: np.ndarray) -> float:
    """a, over the innermost distances at which all are numbers; 1, which a bounded integrand has, of too few."""
    if len(size) < 6:
        return 1.0
    slopes = np.diff(size[-6:]) / np.diff(np.log(offsets[-6:]))
    return float(np.median(slopes))
