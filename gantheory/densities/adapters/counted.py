"""A discrete law of another library, its atoms counted out one by one until nothing is left of the mass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from gantheory.densities.mixture import Discrete
from gantheory.errors import ConvergenceError, DomainError, NotNormalizedError
from gantheory.estimate import Basis, Estimate

__all__ = ["Counted", "counted"]

_NEGLIGIBLE = 1e-18  # a block of this mass, twice as long as all before it, is the last
_LARGEST_DEFECT = 1e-9
MOST_ATOMS = 2**18


class Counted(Discrete):
    """Atoms of a law of another library. `mass_error` is what they lack of 1, before they were divided by their sum."""

    basis: ClassVar[Basis] = "estimate"
    mass_error: float

    def __init__(self, locations: Any, masses: Any, name: str = "") -> None:
        super().__init__(locations, masses)
        object.__setattr__(self, "mass_error", abs(math.fsum(masses) - 1.0))
        object.__setattr__(self, "_name", name)

    _name: str

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.locations, self.masses, self._name, self.mass_error)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Discrete) and (self.locations, self.masses) == (other.locations, other.masses)
        return same if isinstance(other, Discrete) else NotImplemented

    __hash__ = Discrete.__hash__

    def __str__(self) -> str:
        return self._name or super().__str__()


def _restored(locations: Any, masses: Any, name: str, mass_error: float) -> Counted:
    law = Counted(locations, masses, name)
    object.__setattr__(law, "mass_error", mass_error)
    return law


def counted(
    pmf: Callable[[np.ndarray], np.ndarray],
    support: tuple[float, float],
    start: float,
    name: str,
    *,
    text: str = "",
    most: int = MOST_ATOMS,
) -> Counted:
    """The atoms of a law on integers, counted outward from `start` in blocks of doubling length.

    Raises
    ------
    ConvergenceError
        If more than 1e-9 of the mass is beyond the first `most` atoms, as for a heavy tail.
    """
    low, high = support
    start = min(max(math.floor(start), low), high)
    parts = [_block(pmf, start, start, low, high, name)]
    for sign in (1, -1):
        length, position = 64, start + sign
        while low <= position <= high and sum(len(k) for k, _ in parts) <= most:
            end = position + sign * (length - 1)
            parts.append(_block(pmf, min(position, end), max(position, end), low, high, name))
            if math.fsum(parts[-1][1]) < _NEGLIGIBLE and length > 64:
                break
            position, length = end + sign, 2 * length
    locations, masses = (np.concatenate(part) for part in zip(*parts, strict=True))
    total = math.fsum(masses)
    if total > 1 + _LARGEST_DEFECT:
        raise NotNormalizedError(f"the probabilities of {name} sum to {total!r}; they must sum to 1.")
    if 1 - total > _LARGEST_DEFECT:
        best = Estimate(min(total, 1.0), max(1 - total, 0.0), "estimate")
        raise ConvergenceError(
            f"{len(locations)} atoms of {name} hold a mass of {total!r}; they must hold all but {_LARGEST_DEFECT:g} of "
            "it. Truncate the law: Discrete(k, pmf / pmf.sum()) for the k that you want.",
            best,
        )
    held = masses > 0
    return Counted(locations[held], masses[held], text)


def _block(
    pmf: Callable[[np.ndarray], np.ndarray], first: float, last: float, low: float, high: float, name: str
) -> tuple[np.ndarray, np.ndarray]:
    k = np.arange(max(first, low), min(last, high) + 1)
    with np.errstate(all="ignore"):
        masses = np.asarray(pmf(k), dtype=float)
    if np.isnan(masses).any() or (masses < 0).any():
        raise DomainError(
            f"the probability of {name} at {k[np.isnan(masses) | (masses < 0)][0]!r} is nan or negative; check its "
            "parameters."
        )
    return k.astype(float), masses
