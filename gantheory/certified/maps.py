r"""Elementary increasing maps G on balls: the inverse, the slope, and how fast |x| or 1/|x − end| grows with z.

.. math:: f_{G(Z)}(x) = f_Z(z)/G'(z), \quad z = G^{-1}(x)

Beside an end of the range, or the image of an end at which f_Z is singular, z is read from the distance and not from x.
With u = |x| towards infinity and u = 1/|x − e| towards a finite end e, exp, sinh, tanh and the logistic σ have
|z| ≤ 1 + log u and u ≤ 2 max(1, e^{rate |z|}); odd powers and arctan |z| ≤ u^{1/n} and u ≤ 2 max(1, |z|^n).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb

from gantheory.certified.balls import Ball, Complex, ball, log, log1p
from gantheory.certified.numbers import PI, constant, is_above
from gantheory.certified.places import Place

__all__ = ["ARCTAN", "EXP", "EXPIT", "Map", "Power", "SINH", "Standard", "TANH"]


@dataclass(frozen=True, slots=True)
class Standard:
    """y = (x − location)/scale at a place."""

    place: Place
    location: Fraction
    scale: Fraction

    @property
    def analytic(self) -> bool:
        return self.place.analytic

    def value(self) -> Complex | Ball:
        return self.place.minus(self.location) / ball(self.scale)

    def minus(self, number: Any) -> Complex | Ball:
        """y less an exact number."""
        return self.place.minus(_moved(number, self.location, self.scale)) / ball(self.scale)

    def beyond(self, number: Any) -> Complex | Ball:
        return self.place.beyond(_moved(number, self.location, self.scale)) / ball(self.scale)

    def log_beyond(self, number: Any) -> Complex | Ball:
        return self.place.log_beyond(_moved(number, self.location, self.scale)) - ball(self.scale).log()

    def is_above(self, number: Any) -> bool:
        return is_above(self.place.inside, _moved(number, self.location, self.scale))


@lru_cache(maxsize=4096)
def _moved(number: Any, location: Fraction, scale: Fraction) -> Any:
    return location + number * scale


@dataclass(frozen=True)
class Map:
    """An increasing function of the line onto its range.

    Attributes
    ----------
    low, high : exact number or None
        The ends of the range.
    rate : int
        u grows as e^{rate |z|}; 0 where it grows as a power of z.
    root : int
        n, where it does.
    slope_terms : (int, int)
        |log G′| ≤ the first + the second · log u.
    doubled : Fraction or None
        G(z) + G(−z), if that is a number.
    """

    name: str
    low: Any
    high: Any
    rate: int
    root: int
    slope_terms: tuple[int, int]
    doubled: Fraction | None = Fraction(0)

    def at(self, z: Any) -> Any:
        """G of an exact number."""
        return Fraction(0) if z == 0 else constant(self.name, self.of, z)

    def end(self, side: int) -> Any:
        """What z → side · ∞ goes to; None for an infinity."""
        return self.high if side > 0 else self.low

    def of(self, z: Ball) -> Ball:
        """G."""
        raise NotImplementedError(self.name)

    def slope(self, z: Ball) -> Ball:
        """G′, which rises or falls with |z − 0| only as its formula does: a ball's image contains all of it."""
        raise NotImplementedError(self.name)

    def inverse(self, y: Standard) -> Complex | Ball:
        raise NotImplementedError(self.name)

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        """log G′(z)."""
        raise NotImplementedError(self.name)

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        """z − c to its relative accuracy, where y − G(c) is known to its own."""
        raise NotImplementedError(self.name)


class _Exp(Map):
    def at(self, z: Any) -> Any:
        return Fraction(1) if z == 0 else Map.at(self, z)

    def of(self, z: Ball) -> Ball:
        return z.exp()

    def slope(self, z: Ball) -> Ball:
        return z.exp()

    def inverse(self, y: Standard) -> Complex | Ball:
        return y.log_beyond(Fraction(0))

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        return z

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        return log1p(y.minus(self.at(c)) * (-ball(c)).exp(), y.analytic)


class _Sinh(Map):
    def of(self, z: Ball) -> Ball:
        return z.sinh()

    def slope(self, z: Ball) -> Ball:
        return z.cosh()

    def inverse(self, y: Standard) -> Complex | Ball:
        return _asinh(y.value(), y.analytic)

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        x = acb(y.value())
        return log1p(x * x, y.analytic) / 2

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        return 2 * _asinh(y.minus(self.at(c)) / (2 * ((z + ball(c)) / 2).cosh()), y.analytic)


class _Tanh(Map):
    def of(self, z: Ball) -> Ball:
        return z.tanh()

    def slope(self, z: Ball) -> Ball:
        return z.sech() ** 2

    def inverse(self, y: Standard) -> Complex | Ball:
        return (y.log_beyond(Fraction(-1)) - y.log_beyond(Fraction(1))) / 2

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        return y.log_beyond(Fraction(-1)) + y.log_beyond(Fraction(1))

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        w = y.minus(self.at(c)) / (1 - y.value() * ball(c).tanh())
        return log1p(2 * w / (1 - w), y.analytic) / 2


class _Expit(Map):
    def at(self, z: Any) -> Any:
        return Fraction(1, 2) if z == 0 else Map.at(self, z)

    def of(self, z: Ball) -> Ball:
        return 1 / (1 + (-z).exp())

    def slope(self, z: Ball) -> Ball:
        return (z / 2).sech() ** 2 / 4

    def inverse(self, y: Standard) -> Complex | Ball:
        return y.log_beyond(Fraction(0)) - y.log_beyond(Fraction(1))

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        return y.log_beyond(Fraction(0)) + y.log_beyond(Fraction(1))

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        at, apart = self.of(ball(c)), y.minus(self.at(c))
        return log1p(apart / at, y.analytic) - log1p(-apart / (1 - at), y.analytic)


class _Arctan(Map):
    """z = cot of the distance to that end of (−π/2, π/2) on whose side the place lies."""

    def of(self, z: Ball) -> Ball:
        return z.atan()

    def slope(self, z: Ball) -> Ball:
        return 1 / (1 + z**2)

    def inverse(self, y: Standard) -> Complex | Ball:
        side, apart = self._apart(y)
        return side * apart.cos() / apart.sin()

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        return 2 * log(self._apart(y)[1].sin(), y.analytic)

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        apart, away = y.minus(self.at(c)), self._apart(y)[1].sin()
        return apart.sin() / away * (1 + ball(c) ** 2).sqrt()

    def _apart(self, y: Standard) -> tuple[int, Complex | Ball]:
        side = 1 if y.is_above(Fraction(0)) else -1
        return side, y.beyond(self.end(side))


class Power(Map):
    """z^n, n odd."""

    def __init__(self, n: int) -> None:
        super().__init__(f"z**{n}", None, None, 0, n, (n, 1))

    def at(self, z: Any) -> Any:
        return z**self.root if isinstance(z, Fraction) else Map.at(self, z)

    def of(self, z: Ball) -> Ball:
        return z**self.root

    def slope(self, z: Ball) -> Ball:
        return self.root * z ** (self.root - 1)

    def inverse(self, y: Standard) -> Complex | Ball:
        return (1 if y.is_above(Fraction(0)) else -1) * (y.log_beyond(Fraction(0)) / self.root).exp()

    def log_slope(self, y: Standard, z: Complex | Ball) -> Complex | Ball:
        return ball(self.root).log() + y.log_beyond(Fraction(0)) * (self.root - 1) / self.root

    def difference(self, y: Standard, z: Complex | Ball, c: Any) -> Complex | Ball:
        if c == 0:
            return z
        powers = (z ** (self.root - 1 - i) * ball(c) ** i for i in range(self.root))
        return y.minus(self.at(c)) / sum(powers, acb(0))


def _asinh(x: Complex | Ball, analytic: bool) -> Complex:
    """The odd function, by the sign of its middle: log(x + √(1 + x²)) about 1, where no digit is lost near 0."""
    x = acb(x)
    if x.real.mid() < 0:
        return -_asinh(-x, analytic)
    root = (1 + x * x).sqrt(analytic=analytic)
    return log1p(x + x * x / (1 + root), analytic)


EXP = _Exp("exp", Fraction(0), None, 1, 0, (1, 1), None)
SINH = _Sinh("sinh", None, None, 1, 0, (1, 1))
TANH = _Tanh("tanh", Fraction(-1), Fraction(1), 2, 0, (1, 1))
EXPIT = _Expit("expit", Fraction(0), Fraction(1), 1, 0, (1, 1), Fraction(1))
ARCTAN = _Arctan("arctan", -PI / 2, PI / 2, 0, 1, (1, 2))
