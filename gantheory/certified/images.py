r"""Laws of G(z) for elementary monotone G: affine maps, which move location and scale, and the maps of `maps`.

.. math:: X = \ell + s\,G(Z): \quad \log f(x) = \log f_Z(z) - \log G'(z) - \log s, \qquad
          E[u^\nu] \le 2^\nu (1 + E[e^{\nu\,\mathrm{rate} |Z|}]) \ \text{or}\ 2^\nu (1 + E|Z|^{n\nu})

so that the moments, which bound the tails at both ends of the range, are those of Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb

from gantheory.certified.balls import Ball, Complex, ball, fraction, precision
from gantheory.certified.exponentials import exponential_moment, exponential_order
from gantheory.certified.laws import ExactLaw, Growth
from gantheory.certified.maps import Map, Standard
from gantheory.certified.places import Place
from gantheory.certified.tails import moment_about
from gantheory.errors import ConvergenceError

__all__ = ["ExactImage"]

_FINEST = Fraction(1, 128)  # log u ≤ u^κ/κ with κ at most this
_SKETCH, _MOST_BITS = 64, 2**14  # of what need not be sharp


@dataclass(frozen=True)
class ExactImage(ExactLaw):
    """The law of location + scale · G(Z), of an elementary law of Z."""

    base: ExactLaw
    map: Map
    location: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)

    def at(self, z: Any) -> Any:
        return self.location + self.scale * self.map.at(z)

    def _end(self, side: int) -> Any:
        """The end of the range on a side, where the law comes near it."""
        end, own = self.map.end(side), self.base.high if side > 0 else self.base.low
        if own is not None:
            return self.at(own)
        return None if end is None else self.location + self.scale * end

    @property
    def low(self) -> Fraction | None:  # type: ignore[override]
        return self._end(-1)

    @property
    def high(self) -> Fraction | None:  # type: ignore[override]
        return self._end(1)

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return _breaks(self)

    @property
    def centres(self) -> tuple[tuple[Fraction, Fraction], ...]:
        return _centres(self)

    def log_density(self, place: Place) -> Complex | Ball:
        y = Standard(place, self.location, self.scale)
        z = self.map.inverse(y)
        log_slope = self.map.log_slope(y, z)
        return self.base.log_density(self._place(place, y, z)) - log_slope - ball(self.scale).log()

    def _place(self, place: Place, y: Standard, z: Complex | Ball) -> Place:
        """Where z is: beside an end at which f_Z is singular, as a distance from it."""
        anchor, inside = _inside(self, place.inside)
        for c in self.base.breaks:
            if self.base.is_singular_at(c) and place.anchor == self.at(c):
                side = 1 if inside > c else -1
                return Place(c, side, side * self.map.difference(y, z, c), None, inside, place.analytic)
        return Place(anchor, 1, z - ball(anchor), None, inside, place.analytic)

    # -- ends ----------------------------------------

    def _origin(self, end: Any) -> tuple[Any, int]:
        """(z, side) of an end: (c, 0) of the image of an exact c, (None, side) of an end of the range."""
        for side in (-1, 1):
            if self.map.end(side) is not None and end == self.location + self.scale * self.map.end(side):
                return None, side
        return next(c for c in (*self.base.breaks, Fraction(0)) if end == self.at(c)), 0

    def is_singular_at(self, end: Fraction) -> bool:
        if end not in self.breaks:
            return False
        c, side = self._origin(end)
        return bool(side) or self.base.is_singular_at(c) or self._is_flat_at(c)

    def _is_flat_at(self, c: Any) -> bool:
        """Whether G′ = 0 there."""
        return c == 0 and self.map.root > 1

    def _sides(self, end: Any) -> tuple[int, ...]:
        """Where z goes."""
        own = {-1: self.base.low, 1: self.base.high}
        return tuple(side for side in (-1, 1) if own[side] is None and self._end(side) == end)

    def index(self, end: Fraction | None) -> Fraction:
        if end is not None and not self.is_singular_at(end):
            return ExactLaw.index(self, end)
        c: Any
        c, side = (None, 1) if end is None else self._origin(end)
        if side == 0:
            own = self.base.index(c) if self.base.is_singular_at(c) else Fraction(1)
            return own / self.map.root if self._is_flat_at(c) else own
        if self.map.rate:
            return min(exponential_order(self.base, side) for side in self._sides(end)) / self.map.rate
        return self.base.index(None) / self.map.root

    def moment(self, nu: Fraction) -> Ball:
        return self._moment(None, nu)

    def _moment(self, end: Any, nu: Fraction) -> Ball:
        if self.map.rate:
            own = sum((exponential_moment(self.base, side * self.map.rate * nu) for side in self._sides(end)), arb(1))
        else:
            own = 1 + moment_about(self.base, Fraction(0), nu * self.map.root)
        return arb(2) ** ball(nu) * own

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        """Beside the image of a singular c a bound within `_reach` of c only, where the least G′ is known; all that is
        within `width` of the end lies there.
        """
        c, side = self._origin(end)
        if side:
            return self._moment(end, nu)
        order = nu * self.map.root if self._is_flat_at(c) else nu
        if self.base.is_singular_at(c):
            own = ball(self.base.scale) ** -ball(order) * self.base.inverse_moment(c, order)
        else:
            own = self._regular_moment(c, order)
        return own if self._is_flat_at(c) else own * _slopes(self, c)[0] ** -ball(nu)

    def _regular_moment(self, c: Any, order: Fraction) -> Ball:
        """E|Z − c|^−μ ≤ w^−μ + 2 sup f w^{1 − μ}/(1 − μ), the largest density being that within w of c."""
        w = ball(_reach(self, c))
        most = sum((log_f.exp().upper() for log_f in self._beside(c)), arb(0))
        return w ** -ball(order) + most * w ** (1 - ball(order)) / (1 - ball(order))

    def _beside(self, c: Any) -> list[Ball]:
        """log f_Z within `_reach` of c, on either side where it lives."""
        w = _reach(self, c)
        return [
            self.base.log_density(
                Place(c, side, acb(ball(w / 2).union(arb(0)).union(ball(w))), None, c + side * w / 2, False)
            ).real
            for side in (-1, 1)
            if self.base.lives_at(c + side * w / 2)
        ]

    def width(self, end: Fraction) -> Fraction:
        c, side = self._origin(end)
        if side == 0:
            w = _reach(self, c)
            apart = w**self.map.root if self._is_flat_at(c) else min(_away(self.map, c, side * w) for side in (-1, 1))
        else:
            turn = self.map.at(self.base.location + side * self.base.far)
            apart = min(Fraction(1, 2), _lower(side * (self.map.end(side) - turn)))
        return self.scale * apart

    @property
    def far(self) -> Fraction:
        turns = [self.map.at(self.base.location + side * self.base.far) for side in self._sides(None)]
        return self.scale * max([Fraction(1), *(_upper(abs(turn)) for turn in turns)])

    # -- how large |log f| is ----------------------------------------

    def growth(self, end: Fraction | None) -> Growth:
        c, side = (None, 1) if end is None else self._origin(end)
        if side == 0:
            return self._growth_beside(c)
        own, (a, b) = self.base.growth(None), self.map.slope_terms
        constant = abs(own.constant).upper() + ball(a) + abs(ball(self.scale).log()).upper()
        terms = [(arb(b), Fraction(0))]
        for factor, power in own.terms:
            more, term = self._in_u(factor, power, end)
            constant, terms = constant + more, [*terms, term]
        top = own.top + abs(ball(self.scale).log())
        return Growth(constant, tuple(terms), top if end is None else abs(own.top).upper())

    def _in_u(self, factor: Ball, power: Fraction, end: Any) -> tuple[Ball, tuple[Ball, Fraction]]:
        """factor · (|z − location|/scale)^power as a constant and a term in u: (a + b)^m ≤ 2^m (a^m + b^m)."""
        scale, away = ball(self.base.scale), 1 + ball(abs(self.base.location))
        m, k = (ball(power), power) if power else (arb(1), Fraction(1))  # log u ≤ u
        if self.map.rate:  # |z| ≤ 1 + log u
            kappa = min(_FINEST, self.index(end) / 16)
            return factor * (2 * away / scale) ** m, (factor * (2 / (scale * ball(kappa))) ** m, k * kappa)
        if not power:  # |z − location|/scale ≤ u^{1/n} (1 + |location|)/scale
            return factor * abs((away / scale).log()), (factor / self.map.root, Fraction(0))
        return factor * (2 * away / scale) ** m, (factor * (2 / scale) ** m, power / self.map.root)

    def _growth_beside(self, c: Any) -> Growth:
        """|log f| ≤ |log f_Z| + |log G′|."""
        root = self.map.root if self._is_flat_at(c) else 1
        least, most = (arb(1), arb(1)) if root > 1 else _slopes(self, c)
        constant = abs(ball(self.scale).log()).upper() + abs(least.log()).upper() + abs(most.log()).upper()
        constant, terms = constant + ball(root).log(), [(arb(root - 1) / root, Fraction(0))]
        if self.base.is_singular_at(c):  # scale/|z − c| is at most scale · most · u, or scale · u^{1/n}
            own = self.base.growth(c)
            constant += abs(own.constant).upper() + abs(own.top).upper()
            for factor, _ in own.terms:
                constant += factor * abs((ball(self.base.scale) * most).log()).upper()
                terms.append((factor / root, Fraction(0)))
        else:
            constant += sum((abs(log_f).upper() for log_f in self._beside(c)), arb(0))
        return Growth(constant, tuple(terms), arb(0))

    @property
    def power(self) -> Fraction:
        return Fraction(0) if self.map.rate else self.base.power / self.map.root

    def power_at(self, end: Fraction | None) -> Fraction:
        """Of an image of infinity, which arctan brings to a finite end."""
        is_far = end is None or (end in self.breaks and self._origin(end)[1])
        return self.power if is_far else Fraction(0)


# -- what is asked for at every point, and does not depend on it ----------------------------------------


@lru_cache(maxsize=512)
def _breaks(law: ExactImage) -> tuple[Any, ...]:
    found = {law.at(c) for c in law.base.breaks} | {law._end(side) for side in (-1, 1)} - {None}
    if law.map.root > 1 and law.base.lives_at(Fraction(0)):
        found.add(law.at(Fraction(0)))
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _inside(law: ExactImage, x: Any) -> tuple[Any, Any]:
    """(anchor, inner point) of the piece of the line of z that a point x of a piece lies on."""
    below = [c for c in law.base.breaks if x > law.at(c)]
    above = [c for c in law.base.breaks if not x > law.at(c)]
    if below and above:
        return below[-1], (below[-1] + above[0]) / 2
    if below:
        return below[-1], below[-1] + law.base.scale
    return (above[0], above[0] - law.base.scale) if above else (law.base.location, law.base.location)


@lru_cache(maxsize=512)
def _reach(law: ExactImage, c: Fraction) -> Fraction:
    """How far beside c f_Z is looked at: within half the way to what else there is, and G′ = 0 is."""
    others = [*(b for b in law.base.breaks if b != c), *([Fraction(0)] if law.map.root > 1 and c != 0 else [])]
    return min([law.base.width(c), *(_lower(abs(b - c)) / 2 for b in others), Fraction(1, 2)])


@lru_cache(maxsize=512)
def _centres(law: ExactImage) -> tuple[tuple[Fraction, Fraction], ...]:
    """Of about the size of what the law does: no bound rests on it."""
    with precision(_SKETCH):
        z, spread = ball(law.base.location), ball(law.base.scale)
        middle = law.map.of(z)
        size = max(abs((law.map.of(z + side * spread) - middle).mid()) for side in (-1, 1))
        try:
            size = law.scale * min(Fraction(1), fraction(size.mid()))
            return ((law.location + law.scale * _rounded(middle), size),)
        except ConvergenceError:
            raise ConvergenceError(
                f"{law.map.name} of z about {float(z):.6g} is too large or too small a number to be reached."
            ) from None


def _slopes(law: ExactImage, c: Any) -> tuple[Ball, Ball]:
    """The least and the largest G′ within `_reach` of c."""
    w, found = ball(_reach(law, c)), []
    for k in range(-8, 8):
        found.append(law.map.slope(ball(c) + w * (arb(k) / 8).union(arb(k + 1) / 8)))
    least, most = found[0].lower(), found[0].upper()
    for one in found[1:]:
        least, most = least.min(one.lower()), most.max(one.upper())
    return least, most


def _away(map_: Map, c: Any, step: Fraction) -> Fraction:
    return _lower(abs(map_.at(c + step) - map_.at(c)))


def _lower(number: Any) -> Fraction:
    """A fraction that is at most as large as a number above 0, and above 0 too."""
    bits = _SKETCH
    while bits <= _MOST_BITS:
        with precision(bits):
            found = ball(number).lower()
        if found > 0:
            return fraction(found)
        bits *= 2
    raise ConvergenceError("an image has ends too near each other for their distance to be enclosed.")


def _upper(number: Any) -> Fraction:
    with precision(_SKETCH):
        return fraction(ball(number).upper())


def _rounded(x: Ball) -> Fraction:
    return fraction((x * 2**16).mid().floor()) / 2**16
