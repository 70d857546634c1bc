"""Discriminators by their logits: of a user, constant, optimal for a pair, and given on a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import numbers
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.expectation import values_of
from gantheory.panels import EPS, Points, as_breakpoints
from gantheory.ratio import At, log_ratio_at

__all__ = ["DLike", "Discriminator", "as_discriminator", "log_sigmoid"]

Array = Any
DLike = Any  # Discriminator | Callable | float; with grid=, an array


class Discriminator:
    """A discriminator x -> D(x) in [0, 1], stored as its logit.

    Parameters
    ----------
    logit : callable
        x -> log D(x) - log(1 - D(x)), vectorised; ±inf where D is 1 or 0.
    breakpoints : array, optional
        Where the logit has kinks or jumps.

    Raises
    ------
    DomainError
        If the logit is not callable; later, where it is nan and a law has mass.

    Examples
    --------
    >>> D = Discriminator(lambda x: 2 * x)
    >>> float(D(0.0)), float(D.log_D(-400.0))
    (0.5, -800.0)
    """

    _said: ClassVar[str] = "the logit of D"  # what the user gave, in an error's words

    _said_to_be: str | None = None  # the call that made it, where that was not Discriminator(logit)

    def __init__(self, logit: Callable[[Array], Array], *, breakpoints: Array = ()) -> None:
        if not callable(logit):
            raise DomainError(f"logit is {logit!r}; it must be a function of x. A constant D is a plain number.")
        self._logit = logit
        self.breakpoints = as_breakpoints(breakpoints)
        self.basis: Basis = "estimate"

    @classmethod
    def from_probability(cls, D: Callable[[Array], Array], *, breakpoints: Array = ()) -> Discriminator:
        """A discriminator from its probabilities, which lose what lies within 1e-16 of 1.

        Parameters
        ----------
        D : callable
            x -> D(x) in [0, 1], vectorised.
        breakpoints : array, optional
            Where D has kinks or jumps.

        Raises
        ------
        DomainError
            If D is not callable; later, where it gives a number outside [0, 1], or nan where a law has mass.

        Examples
        --------
        >>> D = Discriminator.from_probability(lambda x: 1 / (1 + np.exp(-2 * x)))
        >>> float(D.logit(0.5))
        1.0
        """
        if not callable(D):
            raise DomainError(f"D is {D!r}; it must be a function of x. A constant D is a plain number.")
        return OfProbability(D, breakpoints=breakpoints)

    @classmethod
    def constant(cls, D: float) -> Discriminator:
        """The discriminator that gives every x the same probability D, 0 <= D <= 1."""
        level = float(special.logit(checked_probabilities(D)))
        self = cls(lambda x: np.full(np.shape(x), level))
        self.basis, self._said_to_be = "bound", f"Discriminator.constant({float(D)!r})"
        return self

    def __repr__(self) -> str:
        places = f", breakpoints={self.breakpoints.tolist()}" if len(self.breakpoints) else ""
        return self._said_to_be or f"{type(self).__name__}({self._logit!r}{places})"

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        """The logit at anchored points, and its rounding: none, a user's D is what it returns."""
        logit = values_of("the logit of D", self._logit, points.x)
        _refuse_nan(self._said, logit, points.x)
        return logit, 0.0

    def under_a_pair(self) -> Callable[[At], tuple[Array, Array | float]]:
        """The logit at the nodes of one integral and its rounding; where neither law has mass, D need be no number."""
        if type(self).logit_at is not Discriminator.logit_at:  # a logit of anchored points knows what it does
            return lambda at: self.logit_at(at.points)
        return lambda at: (self._told(at), 0.0)

    def _told(self, at: At) -> np.ndarray:
        return _told_where_massive(self._said, values_of("the logit of D", self._logit, at.x), at)

    def basis_for(self, p_data: Any, p_g: Any) -> Basis:
        """What the error of an integral of D under this pair is worth."""
        return self.basis

    def logit(self, x: Array, /) -> Array:
        """log D - log(1 - D)."""
        return np.asarray(self.logit_at(Points.at(numbers(x)))[0])[()]

    def __call__(self, x: Array, /) -> Array:
        return special.expit(self.logit(x))

    def log_D(self, x: Array, /) -> Array:
        """log D(x), accurate where D is near 0 or 1."""
        return log_sigmoid(self.logit(x))

    def log_one_minus_D(self, x: Array, /) -> Array:
        """log(1 - D(x)), accurate where D is near 0 or 1."""
        return log_sigmoid(-np.asarray(self.logit(x)))[()]


_NEAR, _ROUNDS_TO_1, _ROUNDS_TO_0, _MOST = 12.0, 37.0, 745.0, 1e3


class OfProbability(Discriminator):
    """D from its probabilities: what they round, the logit carries.

    A D that comes near to 1 and is 1 in floats is within 1e-16 of it, and its logit is anything from 36.7 on; one that
    jumps to 1 is 1. The first nodes that are seen tell which.
    """

    _said: ClassVar[str] = "D(x)"

    def __init__(self, D: Callable[[Array], Array], *, breakpoints: Array = ()) -> None:
        super().__init__(
            lambda x: special.logit(checked_probabilities(values_of("D", D, x), x)), breakpoints=breakpoints
        )
        self._said_to_be = f"Discriminator.from_probability({D!r})"

    def under_a_pair(self) -> Callable[[At], tuple[Array, Array | float]]:
        jumps: bool | None = None  # of this pair: another may live where D jumps

        def logit(at: At) -> tuple[Array, Array | float]:
            nonlocal jumps
            found = self._told(at)
            size = np.abs(found)
            if jumps is None:
                jumps = bool(np.isinf(size).any() and not (np.isfinite(size) & (size > _NEAR)).any())
            # an eps of D near 1 is eps/(1 - D) in the logit
            rounding = EPS * (1.0 + np.exp(np.clip(found, 0.0, 40.0)))
            saturated = np.isinf(size)
            if jumps:
                return found, np.where(saturated, 0.0, rounding)
            rounded = np.copysign(np.where(found > 0, _ROUNDS_TO_1, _ROUNDS_TO_0), found)
            return np.where(saturated, rounded, found), np.where(saturated, _MOST, rounding)

        return logit


class Optimal(Discriminator):
    """D* of a pair: its logit is the log-ratio, at anchored points too."""

    def __init__(self, p_data: Any, p_g: Any) -> None:
        ratio = log_ratio_at(p_data, p_g)
        super().__init__(lambda x: ratio(Points.at(x))[0])
        self.basis = "bound"
        self._ratio = ratio
        self._pair = p_data, p_g
        self._said_to_be = f"optimal_discriminator({p_data!r}, {p_g!r})"

    def basis_for(self, p_data: Any, p_g: Any) -> Basis:
        """For another pair it is a function like any: the panels do not know its scales."""
        if isinstance(p_data, np.ndarray) or isinstance(p_g, np.ndarray):
            return "estimate"
        return "bound" if (as_density(p_data), as_density(p_g)) == self._pair else "estimate"

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        return self._ratio(points)


class OnGrid(Discriminator):
    """D* of arrays: known at the grid's points, and by their index on the grid itself, where two may share an x."""

    def __init__(self, grid: Any, logits: np.ndarray) -> None:
        order = np.argsort(grid.points, kind="stable")
        points, sorted_logits = grid.points[order], logits[order]

        def logit(x: Array) -> Array:
            index = np.minimum(np.searchsorted(points, x), len(points) - 1)
            if not (points[index] == x).all():
                raise DomainError("D* of arrays is known at the grid's points only; use laws for D* everywhere.")
            return sorted_logits[index]

        super().__init__(logit)
        self.grid, self.logits = grid, logits
        self._said_to_be = f"<D* at {len(points)} points from {float(points[0])!r} to {float(points[-1])!r}>"

    def is_on(self, grid: Any) -> bool:
        return np.array_equal(self.grid.points, grid.points) and np.array_equal(self.grid.atomic, grid.atomic)


def log_sigmoid(logit: Array) -> Array:
    """log of the sigmoid, without overflow or cancellation."""
    return -np.logaddexp(0.0, -np.asarray(logit))


def checked_probabilities(D: Array, x: Array | None = None) -> np.ndarray:
    """Numbers in [0, 1]; nan is let through where there is an x, and refused where there is mass."""
    values = np.asarray(D, dtype=float)
    wrong = ~((values >= 0) & (values <= 1)) & ~(np.isnan(values) & (x is not None))
    if wrong.any():
        where = "" if x is None else f" at x = {float(np.broadcast_to(x, values.shape)[wrong][0])!r}"
        raise DomainError(
            f"D is {float(values[wrong][0])!r}{where}; a discriminator gives probabilities in [0, 1]. "
            "For logits: Discriminator(logit)."
        )
    return values


def _refuse_nan(name: str, values: Array, x: Array) -> None:
    if np.isnan(values).any():
        first = float(np.broadcast_to(np.asarray(x, dtype=float), np.shape(values))[np.isnan(values)][0])
        raise DomainError(
            f"{name} is nan at x = {first!r}; it must be a number where the laws have mass. For D* itself use "
            "optimal_discriminator(p_data, p_g), which does not divide 0 by 0."
        )


def _told_where_massive(name: str, values: Array, at: At) -> np.ndarray:
    """nan is 0 where both densities are below the smallest float, and refused elsewhere."""
    nowhere = np.isnan(values) & (np.asarray(at.log_p) < -690) & (np.asarray(at.log_q) < -690)
    values = np.where(nowhere, 0.0, values)
    _refuse_nan(name, values, at.x)
    return values


def as_discriminator(D: DLike) -> Discriminator:
    """A Discriminator as it is; a number as a constant; a callable as probabilities."""
    if isinstance(D, Discriminator):
        return D
    if callable(D):
        return Discriminator.from_probability(D)
    if isinstance(D, (int, float, np.number)) or (isinstance(D, np.ndarray) and D.ndim == 0):
        return Discriminator.constant(float(D))
    raise DomainError(
        f"D is {D!r}; it must be a Discriminator, a function giving probabilities, a number, or, with grid=, an array."
    )
