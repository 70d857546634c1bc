"""A number that says what its error is worth.

Every quantity of the package is an `Estimate`: a value, an error in the same unit, and the *basis* of that error.
``exact in estimate`` is the contract |value - exact| <= error in one expression, and arithmetic keeps it: an
operation encloses the result for every pair of exact operands, and adds what rounding the result costs.

The three bases, from the strongest: ``bound`` (the error holds by analysis), ``estimate`` (inferred from resolution,
and can be fooled), ``sample`` (a 99 % interval). An operation keeps the weaker of its operands' two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import isfinite
from typing import Any, Literal

import numpy as np

from gantheory.directed import (
    add_up,
    divide_up,
    exact_sum,
    float_with_radius,
    is_power_of_two,
    multiply_up,
    rounding_of,
    sum_towards,
)
from gantheory.errors import DomainError
from gantheory.interval_text import ascii_text, for_stream, interval_text, radius_text
from gantheory.notebook_tables import html_table

__all__ = ["Basis", "Estimate", "as_estimate", "ascii_text", "for_stream"]

Basis = Literal["bound", "estimate", "sample"]
_STRENGTH: dict[str, int] = {"bound": 0, "estimate": 1, "sample": 2}
_LARGEST = float(np.finfo(float).max)
_SMALLEST_NORMAL = float(np.finfo(float).tiny)
# numpy tests its exp, log, sqrt and power to within 4 units in the last place; a unit is at most eps * |v|
_MOST_SHOWN = 12  # elements of an array, in a notebook
_LIBRARY = 6 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimate:
    """A value with an error bar and the basis of that error.

    Parameters
    ----------
    value : float or ndarray
        Never nan. Infinities are values.
    error : float or ndarray, default 0.0
        Radius of the interval that holds the exact value, >= 0, broadcast to the value's shape.
    basis : {"bound", "estimate", "sample"}
        What the error is worth: it holds by analysis; it is inferred from resolution; it is a 99 % interval.

    Raises
    ------
    DomainError
        If the value or the error is nan, the error is negative, or the basis is unknown.

    Examples
    --------
    >>> a = Estimate(0.25, 1e-3)
    >>> 0.2505 in a, 0.26 in a
    (True, False)
    >>> print(a + 1)
    1.2500 ± 0.0011

    A comparison is True only where it is certain, so the negation of one is not the other:

    >>> b = Estimate(0.2505, 1e-3)
    >>> a < b, a >= b
    (False, False)
    """

    value: Any
    error: Any = 0.0
    basis: Basis = "bound"

    __array_ufunc__ = None  # numpy arrays defer to the methods here, so that no error is dropped in silence
    __hash__ = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.basis not in _STRENGTH:
            raise DomainError(f"basis is {self.basis!r}; it must be one of {', '.join(map(repr, _STRENGTH))}.")
        if type(self.value) is float and type(self.error) is float and isfinite(self.value) and self.error >= 0:
            return  # nearly every Estimate: nothing to convert and nothing to refuse
        value = np.asarray(self.value, dtype=float)
        error = np.asarray(self.error, dtype=float)
        if np.isnan(value).any():
            raise DomainError("value is nan; an Estimate holds numbers or infinities. Find where the nan came from.")
        if np.isnan(error).any() or (error < 0).any():
            raise DomainError(f"error is {self.error!r}; it must be >= 0 (inf where nothing is known).")
        value, error = np.broadcast_arrays(value, error)
        error = np.where(np.isinf(value), 0.0, error)
        scalar = value.ndim == 0
        object.__setattr__(self, "value", float(value) if scalar else _frozen(value))
        object.__setattr__(self, "error", float(error) if scalar else _frozen(error))

    # -- the interval ----------------------------------------

    @property
    def lower(self) -> Any:
        """Lower end of the interval, rounded outward."""
        return _plain(sum_towards(self.value, np.negative(self.error), -np.inf))

    @property
    def upper(self) -> Any:
        """Upper end of the interval, rounded outward."""
        return _plain(sum_towards(self.value, self.error, np.inf))

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    def __contains__(self, exact: Any) -> bool:
        """Whether |value - exact| <= error, exactly, for every element; ``inf in e`` for an infinite value.

        A float, an int, a Fraction and a Decimal are compared as they are, without a rounding.
        """
        if isinstance(exact, Decimal) and not exact.is_finite():
            exact = float(exact)
        if isinstance(exact, (int, Fraction, Decimal)) and not self.shape:
            if not np.isfinite(self.value):
                return False
            if isinstance(exact, Decimal) and not np.isinf(self.error):
                return self._holds_decimal(exact)
            return bool(np.isinf(self.error) or abs(Fraction(self.value) - Fraction(exact)) <= Fraction(self.error))
        exact = np.asarray(exact, dtype=float)
        infinite = np.isinf(self.value) | np.isinf(exact)
        gap, rest = exact_sum(self.value, -exact)
        rest = np.where(gap < 0, -rest, rest)  # |gap| + rest is the exact distance
        near = (np.abs(gap) < self.error) | ((np.abs(gap) == self.error) & (rest <= 0))
        return bool(np.all(np.where(infinite, np.equal(self.value, exact), near)))

    def _holds_decimal(self, exact: Decimal) -> bool:
        """As above; a Decimal such as 1e-1000000 makes a slow Fraction, and compares exactly as it is."""
        with localcontext(Context(prec=2200)):  # enough for the sum of any two floats
            value, error = Decimal(self.value), Decimal(self.error)
            return value - error <= exact <= value + error

    def __getitem__(self, index: Any) -> Estimate:
        return Estimate(np.asarray(self.value)[index], np.asarray(self.error)[index], self.basis)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an Estimate of one number has no length.")
        return self.shape[0]

    def __iter__(self) -> Iterator[Estimate]:
        return (self[index] for index in range(len(self)))

    # -- comparisons: True where certain (Arb's rule) ----------------------------------------

    def __lt__(self, other: Any) -> Any:
        return _plain(np.less(self.upper, as_estimate(other).lower))

    def __gt__(self, other: Any) -> Any:
        return _plain(np.greater(self.lower, as_estimate(other).upper))

    def __le__(self, other: Any) -> Any:
        return _plain(np.less_equal(self.upper, as_estimate(other).lower))

    def __ge__(self, other: Any) -> Any:
        return _plain(np.greater_equal(self.lower, as_estimate(other).upper))

    def __eq__(self, other: object) -> bool:
        """Structural: the same value, error and basis."""
        if not isinstance(other, Estimate):
            return NotImplemented
        same = np.array_equal(self.value, other.value) and np.array_equal(self.error, other.error)
        return bool(same and self.basis == other.basis)

    # -- arithmetic: every radius is rounded up, and what is exact in float64 stays exact ----------------

    def __neg__(self) -> Estimate:
        return Estimate(np.negative(self.value), self.error, self.basis)

    def __pos__(self) -> Estimate:
        return self

    def __abs__(self) -> Estimate:
        return Estimate(np.abs(self.value), self.error, self.basis)

    def __add__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        a, b, da, db = _four(self, other)
        _refuse((np.isinf(a) & np.isinf(b) & (a != b)) | _lost(a, db) | _lost(b, da), "inf - inf", self, other)
        total, rounding = exact_sum(a, b)
        return _held(total, add_up(da, db, np.abs(rounding)), np.isinf(a) | np.isinf(b), self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Estimate:
        return self + (-as_estimate(other))

    def __rsub__(self, other: Any) -> Estimate:
        return as_estimate(other) + (-self)

    def __mul__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        a, b, da, db = _four(self, other)
        _refuse((np.isinf(a) & (np.abs(b) <= db)) | (np.isinf(b) & (np.abs(a) <= da)), "0 * inf", self, other)
        with np.errstate(all="ignore"):
            product = a * b
        rounding = np.where((a == 0) | (b == 0), 0.0, rounding_of(product, is_power_of_two(a) | is_power_of_two(b)))
        moved = add_up(multiply_up(np.abs(a), db), multiply_up(np.abs(b), da), multiply_up(da, db))
        radius = add_up(moved, rounding)
        return _held(product, radius, np.isinf(a) | np.isinf(b), self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        a, b, da, db = _four(self, other)
        if np.any(np.abs(b) <= db):
            raise DomainError(f"the divisor {other} may be 0. Divide only by what is certainly not 0.")
        _refuse((np.isinf(a) & np.isinf(b)) | _lost(b, da), "inf / inf", self, other)
        with np.errstate(all="ignore"):
            quotient = a / b
        rounding = np.where(np.isinf(b) | (a == 0), 0.0, rounding_of(quotient, is_power_of_two(b)))
        size = np.maximum(sum_towards(np.abs(b), -db, -np.inf), 0.0)
        moved = add_up(da, multiply_up(add_up(np.abs(quotient), rounding), db))
        radius = np.where(np.isinf(b), 0.0, add_up(divide_up(moved, size), rounding))
        return _held(quotient, radius, np.isinf(a) | np.isinf(b), self, other)

    def __rtruediv__(self, other: Any) -> Estimate:
        return as_estimate(other) / self

    def __pow__(self, exponent: float) -> Estimate:
        """A real power of a constant exponent."""
        if isinstance(exponent, Estimate):
            raise DomainError("the exponent is an Estimate; write (exponent * base.log()).exp() instead.")
        power = float(exponent)
        if not np.isfinite(power):
            raise DomainError(f"the exponent is {exponent!r}; it must be finite.")
        if power == 0:
            return Estimate(np.ones(self.shape), 0.0, self.basis)
        if power == 1:
            return self
        away = np.greater(self.lower, 0) | (np.less(self.upper, 0) & power.is_integer())  # from the pole at 0
        inside = away if power < 0 else power.is_integer() or np.greater_equal(self.lower, 0)
        self._require(inside, f"the power {exponent}")
        result = self._image(lambda v: np.power(v, power), zero=0.0 if power > 0 else np.inf)
        # an even power falls and rises again: where the interval holds 0, so does its image
        across = (power % 2 == 0) & np.less(self.lower, 0) & np.greater(self.upper, 0)
        return Estimate(
            result.value, np.where(across, np.maximum(result.error, result.value), result.error), self.basis
        )

    def log(self) -> Estimate:
        """Natural logarithm; the whole interval must be positive."""
        self._require(np.greater(self.lower, 0), "log")
        return self._image(np.log, zero=1.0)

    def exp(self) -> Estimate:
        """Exponential."""
        return self._image(np.exp, zero=-np.inf)

    def sqrt(self) -> Estimate:
        """Square root; the interval must reach 0 or more, and is cut at 0: what is known to be >= 0 may round below."""
        self._require(np.greater_equal(self.upper, 0), "sqrt")
        return self._image(lambda v: np.sqrt(np.maximum(v, 0.0)), zero=0.0)

    def _require(self, condition: Any, operation: str) -> None:
        if not np.all(condition):
            raise DomainError(f"{operation} of {self}: the interval leaves the function's domain.")

    def _image(self, function: Callable[[Any], Any], *, zero: float) -> Estimate:
        """The image under a function that is monotone between the ends and the value, and exact at its `zero`."""
        reach = np.zeros(self.shape)
        with np.errstate(all="ignore"):
            centre = np.asarray(function(np.asarray(self.value)))
            for end in (self.value, self.lower, self.upper):
                image = np.asarray(function(np.asarray(end)))
                padding = np.maximum(multiply_up(np.abs(image), _LIBRARY), 4 * _SMALLEST_NORMAL * 2.0**-52)
                gap, rest = exact_sum(image, -centre)
                distance = add_up(np.abs(gap), np.abs(rest), np.where(np.equal(end, zero), 0.0, padding))
                reach = np.maximum(reach, np.where(np.isinf(image), np.inf, distance))
        return _held(centre, reach, np.isinf(self.value), self, self)

    # -- as a number ----------------------------------------

    def __float__(self) -> float:
        if self.shape:
            raise TypeError(f"an Estimate of shape {self.shape} is not one number; index it, or take np.asarray of it.")
        return float(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=True if copy is None else copy)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    def __str__(self) -> str:
        if self.shape:
            return (
                f"Estimate of shape {self.shape}, largest error {radius_text(float(np.max(self.error, initial=0.0)))}"
            )
        return interval_text(self.value, self.error)

    def __repr__(self) -> str:
        return f"Estimate({self.value!r}, {self.error!r}, {self.basis!r})"

    def _repr_html_(self) -> str:
        told = f"<span title='basis: {self.basis}'>{self}</span>"
        if len(self.shape) != 1 or not self.shape[0]:
            return told
        shown = range(min(len(self.value), _MOST_SHOWN))
        rest = f"{len(self.value) - _MOST_SHOWN} more" * (len(self.value) > _MOST_SHOWN)
        return html_table([], [[i, self[i]] for i in shown], above=f"{self}, basis {self.basis}", below=rest)


def as_estimate(number: Any) -> Estimate:
    """A plain number as an Estimate, exact or with the radius of its rounding to a float; an Estimate as it is."""
    if isinstance(number, Estimate):
        return number
    if isinstance(number, (int, np.integer, Fraction)) or (isinstance(number, Decimal) and number.is_finite()):
        return Estimate(*float_with_radius(Fraction(int(number) if isinstance(number, np.integer) else number)))
    if isinstance(number, (str, bytes)) or np.asarray(number).dtype.kind == "c":
        raise DomainError(
            f"{number!r} is no real number; an Estimate is combined with real numbers and with Estimates."
        )
    return Estimate(number)


def _held(value: Any, error: Any, infinite: Any, a: Estimate, b: Estimate) -> Estimate:
    """The result of an operation; where finite operands overflow, the largest float and nothing known."""
    beyond = np.isinf(value) & ~np.asarray(infinite)
    basis = a.basis if _STRENGTH[a.basis] >= _STRENGTH[b.basis] else b.basis
    return Estimate(np.where(beyond, np.copysign(_LARGEST, value), value), np.where(beyond, np.inf, error), basis)


def _four(a: Estimate, b: Estimate) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return np.asarray(a.value), np.asarray(b.value), np.asarray(a.error), np.asarray(b.error)


def _lost(infinite: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Where an infinity meets a number of which nothing is known, not even that it is finite."""
    return np.isinf(infinite) & np.isinf(error)


def _refuse(where: np.ndarray, form: str, a: Estimate, b: Estimate) -> None:
    if where.any():
        raise DomainError(f"{form} has no value, and {a} meets {b}. Decide the infinity before combining the two.")


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array


def _plain(outcome: Any) -> Any:
    """A numpy scalar as Python's own."""
    return outcome.item() if np.ndim(outcome) == 0 else outcome
