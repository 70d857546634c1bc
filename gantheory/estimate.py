"""A number that says what its error is worth.

Every quantity of the package is an `Estimate`: a value, an error in the same unit, and the *basis* of that error.
``exact in estimate`` is the contract |value - exact| <= error in one expression, and arithmetic keeps it: an
operation encloses the result for every pair of exact operands, and adds what rounding the result costs.

The three bases, from the strongest: ``bound`` (the error holds by analysis), ``estimate`` (inferred from resolution,
and can be fooled), ``sample`` (a 99 % interval). An operation keeps the weaker of its operands' two.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

import numpy as np

from gantheory.errors import DomainError

__all__ = ["Basis", "Estimate"]

Basis = Literal["bound", "estimate", "sample"]
_STRENGTH: dict[str, int] = {"bound": 0, "estimate": 1, "sample": 2}
_EPS = float(np.finfo(float).eps)
_TINY = 5e-324


def _weaker(a: Basis, b: Basis) -> Basis:
    return a if _STRENGTH[a] >= _STRENGTH[b] else b


def _rounding(value: np.ndarray) -> np.ndarray:
    """Half a unit in the last place of a finite value, doubled; zero where the value is exact."""
    return np.where(np.isfinite(value) & (value != 0), np.abs(value) * _EPS, 0.0)


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
        value = np.asarray(self.value, dtype=float)
        error = np.asarray(self.error, dtype=float)
        if self.basis not in _STRENGTH:
            raise DomainError(f"basis is {self.basis!r}; it must be one of {', '.join(map(repr, _STRENGTH))}.")
        if np.isnan(value).any():
            raise DomainError("value is nan; an Estimate holds numbers or infinities. Find where the nan came from.")
        if np.isnan(error).any() or (error < 0).any():
            raise DomainError(f"error is {self.error!r}; it must be >= 0 (inf where nothing is known).")
        error = np.where(np.isinf(value), 0.0, error) if np.isinf(value).any() else error
        if value.ndim == 0 and error.ndim == 0:
            object.__setattr__(self, "value", float(value))
            object.__setattr__(self, "error", float(error))
        else:
            value, error = np.broadcast_arrays(value, error)
            object.__setattr__(self, "value", _frozen(value))
            object.__setattr__(self, "error", _frozen(error))

    # -- the interval ----------------------------------------

    @property
    def lower(self) -> Any:
        """Lower end of the interval, rounded outward."""
        return _outward(self.value, self.error, -1)

    @property
    def upper(self) -> Any:
        """Upper end of the interval, rounded outward."""
        return _outward(self.value, self.error, +1)

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    def __contains__(self, exact: Any) -> bool:
        """Whether |value - exact| <= error for every element; ``inf in e`` for an infinite value."""
        if isinstance(exact, Decimal) and self.shape == ():
            return self._contains_decimal(exact)
        exact = np.asarray(exact, dtype=float)
        infinite = np.isinf(self.value) | np.isinf(exact)
        with np.errstate(invalid="ignore"):
            near = np.abs(np.asarray(self.value) - exact) <= self.error
        return bool(np.all(np.where(infinite, np.asarray(self.value) == exact, near)))

    def _contains_decimal(self, exact: Decimal) -> bool:
        if not math.isfinite(self.value) or not exact.is_finite():
            return Decimal(self.value) == exact
        return math.isinf(self.error) or abs(Decimal(self.value) - exact) <= Decimal(self.error)

    def __getitem__(self, index: Any) -> Estimate:
        return Estimate(np.asarray(self.value)[index], np.asarray(self.error)[index], self.basis)

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

    # -- arithmetic ----------------------------------------

    def __neg__(self) -> Estimate:
        return Estimate(-self.value, self.error, self.basis)

    def __pos__(self) -> Estimate:
        return self

    def __abs__(self) -> Estimate:
        return Estimate(np.abs(self.value), self.error, self.basis)

    def __add__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        a, b = np.asarray(self.value), np.asarray(other.value)
        if (np.isinf(a) & np.isinf(b) & (np.sign(a) != np.sign(b))).any():
            raise DomainError("inf - inf has no value. Decide the two infinities apart before adding them.")
        total = a + b
        return Estimate(total, self.error + other.error + _rounding(total), _weaker(self.basis, other.basis))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Estimate:
        return self + (-as_estimate(other))

    def __rsub__(self, other: Any) -> Estimate:
        return as_estimate(other) + (-self)

    def __mul__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        a, b = np.asarray(self.value), np.asarray(other.value)
        if ((np.isinf(a) & (b == 0)) | (np.isinf(b) & (a == 0))).any():
            raise DomainError("0 * inf has no value. Decide the infinity before multiplying.")
        product = a * b
        with np.errstate(invalid="ignore"):
            radius = np.abs(a) * other.error + np.abs(b) * self.error + np.multiply(self.error, other.error)
        radius = np.where(np.isinf(product), 0.0, np.nan_to_num(radius, nan=0.0, posinf=np.inf))
        exact = (np.abs(a) == 1) | (np.abs(b) == 1) | (a == 0) | (b == 0)
        return Estimate(product, radius + np.where(exact, 0.0, _rounding(product) + _TINY), self._with(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Estimate:
        other = as_estimate(other)
        if np.any(np.abs(other.value) <= other.error):
            raise DomainError(f"the divisor {other} may be 0. Divide only by what is certainly not 0.")
        a, b = np.asarray(self.value), np.asarray(other.value)
        if (np.isinf(a) & np.isinf(b)).any():
            raise DomainError("inf / inf has no value.")
        quotient = a / b
        size = np.abs(b) - other.error
        with np.errstate(invalid="ignore"):
            radius = (self.error + np.abs(quotient) * other.error) / size
        radius = np.where(np.isinf(b) | np.isinf(quotient), 0.0, radius)
        return Estimate(quotient, radius + _rounding(quotient) + _TINY * (quotient != 0), self._with(other))

    def __rtruediv__(self, other: Any) -> Estimate:
        return as_estimate(other) / self

    def __pow__(self, exponent: float) -> Estimate:
        """A real power of a constant exponent."""
        if isinstance(exponent, Estimate):
            raise DomainError("the exponent is an Estimate; write (exponent * base.log()).exp() instead.")
        if float(exponent).is_integer() and exponent >= 0:
            return self._monotone_pieces(lambda v: np.power(v, exponent), even=int(exponent) % 2 == 0)
        self._require(np.greater(self.lower, 0) if exponent < 0 else np.greater_equal(self.lower, 0), f"** {exponent}")
        return self._image(lambda v: np.power(v, exponent))

    def log(self) -> Estimate:
        """Natural logarithm; the whole interval must be positive."""
        self._require(np.greater(self.lower, 0), "log")
        return self._image(np.log)

    def exp(self) -> Estimate:
        """Exponential."""
        return self._image(np.exp)

    def sqrt(self) -> Estimate:
        """Square root; the value must be >= 0, and an interval that reaches below 0 is cut there."""
        self._require(np.greater_equal(self.value, 0), "sqrt")
        return self._image(lambda v: np.sqrt(np.maximum(v, 0.0)))

    def _with(self, other: Estimate) -> Basis:
        return _weaker(self.basis, other.basis)

    def _require(self, condition: Any, operation: str) -> None:
        if not np.all(condition):
            raise DomainError(f"{operation} of {self}: the interval leaves the function's domain.")

    def _image(self, function: Callable[[Any], Any]) -> Estimate:
        """The image under a monotone function, by the interval's two ends."""
        with np.errstate(over="ignore"):
            centre, low, high = function(self.value), function(self.lower), function(self.upper)
        with np.errstate(invalid="ignore"):
            radius = np.maximum(np.abs(high - centre), np.abs(centre - low))
        radius = np.where(np.isinf(centre), 0.0, radius)
        # the library's functions are right to within two units in the last place, here counted three times
        return Estimate(centre, radius + 6 * _rounding(np.asarray(centre)), self.basis)

    def _monotone_pieces(self, function: Callable[[Any], Any], *, even: bool) -> Estimate:
        result = self._image(function)
        if not even:
            return result
        across = np.less(self.lower, 0) & np.greater(self.upper, 0)
        return Estimate(result.value, np.where(across, np.maximum(result.error, result.value), result.error), self.basis)

    # -- as a number ----------------------------------------

    def __float__(self) -> float:
        return float(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    # -- printing ----------------------------------------

    def __str__(self) -> str:
        if self.shape:
            return f"Estimate of shape {self.shape}, largest error {np.max(self.error, initial=0.0):.1e}"
        return _interval_text(self.value, self.error)

    def __repr__(self) -> str:
        return f"Estimate({self.value!r}, {self.error!r}, {self.basis!r})"

    def _repr_html_(self) -> str:
        return f"<span title='basis: {self.basis}'>{self}</span>"


def as_estimate(number: Any) -> Estimate:
    """A plain number as an exact Estimate; an Estimate as it is."""
    return number if isinstance(number, Estimate) else Estimate(number)


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array


def _plain(truth: Any) -> Any:
    return bool(truth) if np.ndim(truth) == 0 else truth


def _outward(value: Any, error: Any, sign: int) -> Any:
    """value + sign * error, one float further out unless the sum is exact."""
    total = np.add(value, np.multiply(sign, error))
    further = np.where(np.equal(error, 0), total, np.nextafter(total, sign * np.inf))
    return float(further) if np.ndim(further) == 0 else further


def _interval_text(value: float, error: float) -> str:
    """The value to the digits that its error leaves, and the radius to two digits, rounded up.

    The radius printed covers the radius held and what rounding the value for print adds, so that the
    sentence on the screen is true.
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if error == 0:
        return repr(value)
    if math.isinf(error):
        return f"{value!r} ± ∞"
    exact, radius = Decimal(value), Decimal(error)
    for _ in range(2):  # a carry (9.96 -> 10) moves the last place once
        place = Decimal(1).scaleb(radius.adjusted() - 1)
        shown = _quantize(exact, place, ROUND_HALF_EVEN)
        radius = _quantize(Decimal(error) + abs(exact - shown), place, ROUND_CEILING)
    # more digits than a float carries say nothing: show the float itself
    digits = repr(value) if -place.adjusted() > 17 - min(exact.adjusted(), 0) and value else _decimal_text(shown)
    if digits == repr(value):
        radius = _quantize(Decimal(error) + abs(exact - Decimal(digits)), place, ROUND_CEILING)
    return f"{digits} ± {_radius_text(radius)}"


def _quantize(number: Decimal, place: Decimal, rounding: str) -> Decimal:
    quotient = (number / place).to_integral_value(rounding=rounding)
    return quotient * place


def _decimal_text(number: Decimal) -> str:
    if number == 0 or -5 <= number.adjusted() < 16:
        return f"{number:f}"
    return f"{number:e}"


def _radius_text(radius: Decimal) -> str:
    text = f"{radius:.1e}" if not -4 <= radius.adjusted() < 4 else f"{radius:f}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def ascii_text(text: str) -> str:
    """The same interval for a stream that cannot show ±, ∞ or −."""
    return text.replace("±", "+/-").replace("∞", "inf").replace("−", "-")


def for_stream(text: str, stream: Any = None) -> str:
    """The text as the stream can show it."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ascii_text(text)
    return text
