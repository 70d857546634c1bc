r"""Proved bounds of what an integral has beyond a distance, or beside an end at which a law is singular.

.. math:: \int_{y > R} p \le R^{-\nu} E_p[y^\nu], \qquad
          \int_{y > R} p\,|\log f| \le \sum_k B_k R^{k - \nu} E_p[y^\nu] \quad (k \le \nu)

with y = |x − c| towards infinity and y = 1/|x − a| beside an end a. A part of a mixture that is regular at a has a
bounded density there, which ball arithmetic encloses on the whole of [a, a + ε].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import acb, arb

from gantheory.certified.balls import Ball, ball
from gantheory.certified.laws import INFINITE, ExactLaw, Growth
from gantheory.certified.mixtures import parts_of
from gantheory.certified.places import Place

__all__ = ["Outskirt", "Terms", "growth_power", "moment_about", "tail_index"]

Terms = tuple[tuple[Ball, Fraction], ...]  # Σ factor · y^power

_LOGARITHMS = Fraction(1, 64)  # log u ≤ u^κ/κ with κ at most this


@dataclass(frozen=True)
class Outskirt:
    """What lies beyond a distance R from c on one side, or within 1/R of an end, on one side of it.

    Attributes
    ----------
    anchor : Fraction
        c, or the end.
    side : {1, -1}
    is_end : bool
        Whether it lies beside an end of finite x.
    inside : Fraction
        A point of the piece.
    """

    anchor: Fraction
    side: int
    is_end: bool
    inside: Fraction

    @property
    def end(self) -> Fraction | None:
        return self.anchor if self.is_end else None

    def parts(self, law: ExactLaw) -> list[tuple[Fraction, ExactLaw]]:
        """(weight, part) of the parts that live there."""
        return [(weight, part) for weight, part in parts_of(law) if part.lives_at(self.inside)]

    def _is_regular(self, part: ExactLaw) -> bool:
        return self.is_end and not part.is_singular_at(self.anchor)

    def is_reached(self, laws: tuple[ExactLaw, ...], R: Ball) -> bool:
        """Whether R is so far out that the bounds hold."""
        for law in laws:
            for _, part in self.parts(law):
                if self.is_end:
                    reached = self._is_regular(part) or R * ball(part.width(self.anchor)) >= 1
                else:
                    reached = ball(abs(part.location - self.anchor) + part.far) <= R
                if not reached:
                    return False
        return True

    def mass(self, p: ExactLaw, R: Ball) -> Ball:
        """An upper bound of p's mass there."""
        return self._sum(p, R, ((arb(1), Fraction(0)),))

    def logarithms(self, p: ExactLaw, laws: tuple[ExactLaw, ...], R: Ball) -> Ball:
        """An upper bound of ∫ p Σ |log f| there."""
        return self._sum(p, R, tuple(term for law in laws for term in self._absolute_log(law, p, R)))

    def polynomial(self, p: ExactLaw, terms: Terms, R: Ball) -> Ball:
        """An upper bound of ∫ p Σ factor · y^power there."""
        return self._sum(p, R, terms)

    def _sum(self, p: ExactLaw, R: Ball, terms: tuple[tuple[Ball, Fraction], ...]) -> Ball:
        total = arb(0)
        for weight, part in self.parts(p):
            if self._is_regular(part):
                density = self._density(part, R)
                if any(k >= 1 for _, k in terms):
                    return arb.pos_inf()
                total += ball(weight) * sum(
                    (factor * density * R ** (ball(k) - 1) / (1 - ball(k)) for factor, k in terms), arb(0)
                )
                continue
            best = None
            for nu in _orders(part.index(self.end), max(k for _, k in terms)):
                moment = self._moment(part, nu)
                found = sum((factor * R ** (ball(k) - ball(nu)) for factor, k in terms), arb(0)) * moment
                if found.is_finite() and (best is None or found.upper() < best.upper()):
                    best = found
            total += arb.pos_inf() if best is None else ball(weight) * best
        return total.upper()

    def _density(self, part: ExactLaw, R: Ball) -> Ball:
        """The largest density of a regular part within 1/R of the end."""
        reach = (1 / R).upper()
        offset = acb(arb(reach / 2, reach / 2))
        return part.log_density(Place(self.anchor, self.side, offset, None, self.inside, False)).real.exp().upper()

    def _moment(self, part: ExactLaw, nu: Fraction) -> Ball:
        """E[y^ν] of a part."""
        if self.is_end:
            return ball(part.scale) ** -ball(nu) * part.inverse_moment(self.anchor, nu)
        return moment_about(part, self.anchor, nu)

    # -- how large |log f| is ----------------------------------------

    def least_power(self, p: ExactLaw) -> Fraction:
        """A power of which p has the moment, and by which logarithms are bounded."""
        return min([_LOGARITHMS, *(part.index(self.end) / 4 for _, part in self.parts(p))])

    def _absolute_log(self, law: ExactLaw, p: ExactLaw, R: Ball) -> Iterator[tuple[Ball, Fraction]]:
        """|log f| ≤ Σ factor · y^power."""
        kappa, parts = self.least_power(p), self.parts(law)
        if self.is_end:
            for weight, part in parts:
                yield abs(ball(weight).log()).upper() + self._constant(part, R), Fraction(0)
                yield from () if self._is_regular(part) else self.terms(part, part.growth(self.end), kappa, R)
            return
        weight, slowest = min(parts, key=lambda pair: pair[1].power)
        growth = slowest.growth(None)
        tops = [abs(part.growth(None).top).upper() for _, part in parts]
        yield abs(ball(weight).log()).upper() + abs(growth.constant).upper() + sum(tops, arb(0)), Fraction(0)
        yield from self.terms(slowest, growth, kappa, R)

    def _constant(self, part: ExactLaw, R: Ball) -> Ball:
        if not self._is_regular(part):
            growth = part.growth(self.end)
            return abs(growth.constant).upper() + abs(growth.top).upper()
        reach = (1 / R).upper()
        offset = acb(arb(reach / 2, reach / 2))
        return abs(part.log_density(Place(self.anchor, self.side, offset, None, self.inside, False)).real).upper()

    def terms(self, part: ExactLaw, growth: Growth, kappa: Fraction, R: Ball) -> Iterator[tuple[Ball, Fraction]]:
        """In y, of |log f|: u is scale · y beside an end, and ≤ (1 + |location − c|/R) y/scale towards infinity."""
        scale = ball(part.scale)
        stretch = scale if self.is_end else (1 + ball(abs(part.location - self.anchor)) / R) / scale
        for factor, power in growth.terms:
            k = power or kappa
            yield factor * stretch ** ball(k) / (1 if power else ball(kappa)), k


def moment_about(law: ExactLaw, centre: Fraction, nu: Fraction) -> Ball:
    """An upper bound of E|X − centre|^ν, by Minkowski's inequality."""
    n, scale = ball(nu), ball(law.scale)
    away, own = ball(abs(law.location - centre)), law.moment(nu)
    if nu >= 1:
        return (scale * own ** (1 / n) + away) ** n
    return scale**n * own + (away**n if away > 0 else 0)


def _orders(index: Fraction, least: Fraction) -> list[Fraction]:
    """Some ν from `least` to below the index."""
    if index >= INFINITE:
        return [least + Fraction(2) ** i for i in range(1, 14)]
    if index <= least:
        return []
    return [least + (index - least) * share for share in (Fraction(7, 8), Fraction(63, 64))]


def growth_power(law: ExactLaw, outskirt: Outskirt) -> Fraction:
    """The power of y with which −log f grows over an outskirt, 0 for a logarithm: that of its slowest part."""
    return min(part.power_at(outskirt.end) for _, part in outskirt.parts(law))


def tail_index(law: ExactLaw, outskirt: Outskirt) -> Fraction:
    """E[y^ν] over the outskirt is finite for ν below it, and for no other."""
    return min(part.index(outskirt.end) for _, part in outskirt.parts(law))
