"""The range of D, written by one positive number: D = Y(s), s > 0, so that a sign is a matter of coefficients.

An open interval has s/(1 + s) on it, a half-line s or log(1 + s), the line log s; the logarithm is taken where the
losses hold exponentials of D, which it turns into rational functions of s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from gantheory.errors import DomainError, ParseError
from gantheory.expressions import parse
from gantheory.symbolic.degrees import factored
from gantheory.symbolic.losses import SCORE

__all__ = ["Coordinate", "as_domain", "coordinate_of", "steepest"]

_LEAST, _MOST = 1e-40, 1e40  # beyond, exact ends are slow and floats near them few
s: Any = sympy.Symbol("s", positive=True)


@dataclass(frozen=True)
class Coordinate:
    """D = `image` as a function of `symbol`, over all values that the symbol's sign allows."""

    low: Any
    high: Any
    symbol: Any
    image: Any

    def of(self, expr: Any) -> Any:
        """An expression in D, written in the coordinate: of its roots each of one factor."""
        moved = expr.subs(SCORE, self.image)
        roots = [power for power in moved.atoms(sympy.Pow) if power.exp.is_Rational and not power.exp.is_Integer]
        return moved.xreplace({root: factored(root.base) ** root.exp for root in roots})

    @property
    def is_line(self) -> bool:
        """Whether D itself is the coordinate."""
        return self.symbol == SCORE

    def ends(self) -> tuple[Any, Any]:
        """The values of the coordinate where D is lowest and highest."""
        falls = not self.is_line and bool((sympy.diff(self.image, s).subs(s, 1)).is_negative)
        start = -sympy.oo if self.is_line else sympy.Integer(0)
        return (sympy.oo, start) if falls else (start, sympy.oo)

    def __str__(self) -> str:
        left, right = ("(" if end in (-sympy.oo, sympy.oo) else "[" for end in (self.low, self.high))
        right = ")" if right == "(" else "]"
        low, high = (str(end).replace("oo", "∞").replace("-", "−") for end in (self.low, self.high))
        return f"{left}{low}, {high}{right}"


def as_domain(domain: Any) -> tuple[Any, Any]:
    """The two ends of D's range, as exact numbers or infinities.

    >>> as_domain((0, 1)), as_domain(("-inf", 0.5)), as_domain(("-inf", "log(2)"))
    ((0, 1), (-oo, 1/2), (-oo, log(2)))
    """
    try:
        low, high = (None, None) if isinstance(domain, (str, bytes, set, frozenset, dict)) else domain
    except (TypeError, ValueError):
        low = high = None
    ends = tuple(_end(end) for end in (low, high))
    if any(end is not None and end.is_finite and end != 0 and not _LEAST <= abs(end) <= _MOST for end in ends):
        raise DomainError(
            f"domain has an end that is not {_LEAST:.0e} to {_MOST:.0e} in size; scale D, or use 0 or inf."
        )
    if None in ends or not bool(ends[0] < ends[1]):
        raise DomainError(
            f"domain = {domain!r} is no interval; give its two ends, the lower first: (0, 1), or (-inf, inf)."
        )
    return ends


def _end(end: Any) -> Any:
    if isinstance(end, str):
        return _read(end.strip().lower())
    if isinstance(end, sympy.Expr):
        return end if end.is_extended_real and end.is_number else None
    if isinstance(end, bool) or not isinstance(end, (int, float)) or end != end:
        return None
    if end in (float("inf"), float("-inf")):
        return sympy.oo if end > 0 else -sympy.oo
    return sympy.Rational(repr(end))  # as it is printed: 0.1 is a tenth


def _read(text: str) -> Any:
    """An end as text: a number, log(2), or an infinity."""
    if text in ("inf", "+inf", "-inf"):
        return -sympy.oo if text[0] == "-" else sympy.oo
    try:
        end = parse(text, names=("pi",), functions=("log", "exp", "sqrt")).evaluate(
            {"pi": sympy.pi}, {"log": sympy.log, "exp": sympy.exp, "sqrt": sympy.sqrt}, number=sympy.Rational
        )
    except ParseError:
        return None
    return end if end.is_extended_real and end.is_finite else None


def coordinate_of(low: Any, high: Any, *losses: Any) -> Coordinate:
    """The coordinate in which these losses are simplest.

    >>> coordinate_of(sympy.Integer(0), sympy.Integer(1)).image
    s/(s + 1)
    >>> coordinate_of(-sympy.oo, sympy.oo, sympy.exp(SCORE)).image
    log(s)
    >>> coordinate_of(-sympy.oo, sympy.oo, sympy.exp(SCORE / 1000)).of(sympy.exp(SCORE / 1000))
    s
    """
    grows = any(loss.has(sympy.exp) for loss in losses)
    rate = _rate(losses)
    step = sympy.log(1 + s) / rate if grows else s
    if low == -sympy.oo and high == sympy.oo:
        return Coordinate(low, high, s, sympy.log(s) / rate) if grows else Coordinate(low, high, SCORE, SCORE)
    if high == sympy.oo:
        return Coordinate(low, high, s, low + step)
    if low == -sympy.oo:
        return Coordinate(low, high, s, high - step)
    return Coordinate(low, high, s, (low + high * s) / (1 + s))


def steepest(*losses: Any) -> Any:
    """The power of s that the steepest exponential is in the coordinate of a line or a half-line.

    >>> steepest(sympy.exp(SCORE / 1000)), steepest(sympy.exp(SCORE * 1234 / 1000), sympy.exp(-SCORE))
    (1, 617)
    """
    rates = _rates(losses)
    return max((abs(rate) for rate in rates if rate.is_Rational), default=sympy.Integer(0)) / _rate(losses)


def _rates(losses: tuple[Any, ...]) -> set[Any]:
    """The κ of every e^(κD)."""
    inside = [sympy.expand(e.args[0]) for loss in losses for e in loss.atoms(sympy.exp)]
    return {sympy.diff(line, SCORE) for line in inside if line.has(SCORE)}


def _rate(losses: tuple[Any, ...]) -> Any:
    """The largest κ of which all rates are multiples: each exponential is then a power of s."""
    rates = _rates(losses)
    if not rates or not all(rate.is_Rational for rate in rates):
        return sympy.Integer(1)
    return sympy.Rational(sympy.igcd(0, *(r.p for r in rates)), sympy.ilcm(1, 1, *(r.q for r in rates)))
