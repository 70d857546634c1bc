"""A discrete law of another library, its atoms counted out one by one until nothing is left of the mass."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gantheory.densities.mixture import Discrete
from gantheory.errors import ConvergenceError, DomainError, NotNormalizedError
from gantheory.estimate import Basis, Estimate

__all__ = ["Counted", "counted"]

Array = Any
_NEGLIGIBLE = 1e-18  # a block of this mass, twice as long as all before it, is the last
_LARGEST_DEFECT = 1e-9
MOST_ATOMS = 2**18
_EPS = float(np.finfo(float).eps)
_MOST_FURTHER = 4096


class Counted(Discrete):
    """Atoms of a law of another library. `mass_error` is what they lack of 1, before they were divided by their sum.

    `further` are atoms whose masses are below the smallest float, and their logarithms; `cut` says at which side the
    law goes on beyond what was counted.
    """

    basis: ClassVar[Basis] = "estimate"
    mass_error: float
    further: tuple[tuple[float, ...], tuple[float, ...]]
    cut: tuple[bool, bool]

    def __init__(
        self,
        locations: Any,
        masses: Any,
        name: str = "",
        further: Any = ((), ()),
        cut: tuple[bool, bool] = (False, False),
        mass_error: float | None = None,
    ) -> None:
        super().__init__(locations, masses)
        defect = abs(math.fsum(masses) - 1.0) if mass_error is None else mass_error
        logs = tuple(tuple(np.asarray(part, dtype=float).tolist()) for part in further)
        for key, value in (("mass_error", defect), ("_name", name), ("further", logs), ("cut", cut)):
            object.__setattr__(self, key, value)

    _name: str

    def __reduce__(self) -> tuple[Any, ...]:
        return Counted, (self.locations, self.masses, self._name, self.further, self.cut, self.mass_error)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Discrete) and (self.locations, self.masses) == (other.locations, other.masses)
        return same if isinstance(other, Discrete) else NotImplemented

    __hash__ = Discrete.__hash__

    def log_masses_at(self, x: Array) -> Array:
        found = super().log_masses_at(x)
        locations, logs = (np.asarray(part) for part in self.further)
        if not len(locations):
            return found
        index = np.minimum(np.searchsorted(locations, x), len(locations) - 1)
        return np.where(locations[index] == x, logs[index], found)

    @cached_property
    def atom_rounding(self) -> float:  # type: ignore[override]
        """A library's probability is the exponential of terms of the size of log k!, each rounded."""
        k = max(abs(float(self.ppf(u))) for u in (1e-9, 1 - 1e-9))
        return _EPS * (16.0 + k * math.log1p(k))

    def is_cut(self) -> tuple[bool, bool]:
        return self.cut

    def __str__(self) -> str:
        return self._name or super().__str__()


def counted(
    pmf: Callable[[np.ndarray], np.ndarray],
    support: tuple[float, float],
    start: float,
    name: str,
    *,
    logpmf: Callable[[np.ndarray], np.ndarray] | None = None,
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
    origin = next((end for end in (low, high) if math.isfinite(end)), 0.0)  # a shift by a fraction moves every atom
    start = min(max(origin + math.floor(start - origin), low), high)
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
    first, last = locations[held].min(), locations[held].max()
    further = [_further(logpmf, first - 1, -1, low), _further(logpmf, last + 1, 1, high)]
    order = np.argsort(np.concatenate([k for k, _ in further]))
    logs = tuple(np.concatenate(part)[order] for part in zip(*further, strict=True))
    return Counted(locations[held], masses[held], text, logs, (first > low, last < high))


def _further(logpmf: Any, start: float, sign: int, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Atoms beyond the smallest float, by their logarithms, where the law says them."""
    k = start + sign * np.arange(_MOST_FURTHER)
    k = k[(k <= end) if sign > 0 else (k >= end)]
    if logpmf is None or not k.size:
        return np.empty(0), np.empty(0)
    with np.errstate(all="ignore"):
        logs = np.asarray(logpmf(k), dtype=float)
    said = np.isfinite(logs)
    return k[said], logs[said]


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
