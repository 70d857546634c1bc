r"""V(G, D) on balls, for discriminators whose logit is known exactly: a constant, σ of a polynomial, D* of two laws.

.. math:: V(G, D) = \int p \log D + q \log(1 - D) = -\int p \log(1 + e^{-a}) + q \log(1 + e^a),
          \qquad a = \operatorname{logit} D
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

from flint import acb, arb

from gantheory.certified.balls import Ball, Complex, ball
from gantheory.certified.declines import excess, positive_part, rise
from gantheory.certified.functionals import OfMasses, softplus
from gantheory.certified.laws import ExactLaw
from gantheory.certified.pieces import Piece
from gantheory.certified.places import Place
from gantheory.certified.ratios import log_ratio
from gantheory.certified.tails import Outskirt, tail_index

__all__ = ["Constant", "Optimal", "Polynomial", "Value"]


@dataclass(frozen=True)
class Constant:
    """D ≡ share, in [0, 1]."""

    share: Fraction

    laws: tuple[ExactLaw, ...] = ()

    def is_hopeless(self, inside: Fraction) -> tuple[bool, bool]:
        """Whether D is 0, or 1, on the piece with this point: decided by what it is, not by a ball."""
        return self.share == 0, self.share == 1

    def logs(self, place: Place) -> tuple[Any, Any]:
        return tuple(ball(one).log() if one else arb.neg_inf() for one in (self.share, 1 - self.share))  # type: ignore

    def bound(self, outskirt: Outskirt, law: ExactLaw, of_real: bool, R: Ball) -> Ball:
        """Of ∫ p_data |log D| over an outskirt, or of ∫ p_g |log(1 − D)|."""
        chance = self.share if of_real else 1 - self.share
        return outskirt.polynomial(law, ((abs(ball(chance).log()).upper(), Fraction(0)),), R)


@dataclass(frozen=True)
class Polynomial:
    """logit D = Σ c_k x^k, the coefficients exact."""

    coefficients: tuple[Fraction, ...]

    laws: tuple[ExactLaw, ...] = ()

    def is_hopeless(self, inside: Fraction) -> tuple[bool, bool]:
        return False, False

    def logs(self, place: Place) -> tuple[Complex, Complex]:
        x, level = place.minus(Fraction(0)), acb(0)
        for c in reversed(self.coefficients):
            level = level * x + ball(c)
        return -softplus(-level, place.analytic), -softplus(level, place.analytic)

    def bound(self, outskirt: Outskirt, law: ExactLaw, of_real: bool, R: Ball) -> Ball:
        """|log D| ≤ log 2 + |logit D|; and ≤ log 2 where the logit has the sign that makes it small."""
        shifted, constant = self.about(outskirt.anchor, outskirt.side), (arb.const_log2(), Fraction(0))
        if outskirt.is_end:  # 1/y is at most 1/R
            sizes = [abs(c) / R**k for k, c in enumerate(shifted)]
            return outskirt.polynomial(law, (constant, *((size, Fraction(0)) for size in sizes)), R)
        falling = positive_part([-c for c in shifted] if of_real else shifted, R)
        return outskirt.polynomial(law, (constant, *falling), R)

    def about(self, anchor: Fraction, side: int) -> list[Ball]:
        """The coefficients in y, x = anchor + side · y."""
        powers, at = range(len(self.coefficients)), ball(anchor)
        return [
            side**j * sum((ball(self.coefficients[k] * comb(k, j)) * at ** (k - j) for k in powers if k >= j), arb(0))
            for j in powers
        ]


@dataclass(frozen=True)
class Optimal:
    """D* of two laws: p/(p + q), 1 where only p lives and 0 where only q does; ½ where neither."""

    p: ExactLaw
    q: ExactLaw

    @property
    def laws(self) -> tuple[ExactLaw, ...]:
        return (self.p, self.q)

    def is_hopeless(self, inside: Fraction) -> tuple[bool, bool]:
        p, q = (law.lives_at(inside) for law in (self.p, self.q))
        return q and not p, p and not q

    def logs(self, place: Place) -> tuple[Any, Any]:
        here = [law.lives_at(place.inside) for law in (self.p, self.q)]
        if not all(here):
            half = -arb.const_log2()
            return {(True, False): (arb(0), arb.neg_inf()), (False, True): (arb.neg_inf(), arb(0))}.get(
                (here[0], here[1]), (half, half)
            )
        r = log_ratio(self.p, self.q, place)
        return -softplus(-r, place.analytic), -softplus(r, place.analytic)

    def bound(self, outskirt: Outskirt, law: ExactLaw, of_real: bool, R: Ball) -> Ball:
        """|log D| ≤ log 2 + max(0, log q − log p), and the other way round."""
        constant = outskirt.polynomial(law, ((arb.const_log2(), Fraction(0)),), R)
        if not all(one.lives_at(outskirt.inside) for one in self.laws):
            return constant
        first, second = (self.p, self.q) if of_real else (self.q, self.p)
        return constant + excess(law, first, second, outskirt, R)

    def is_too_steep(self, law: ExactLaw, of_real: bool, outskirt: Outskirt) -> bool:
        """Whether ∫ p_data log D, or ∫ p_g log(1 − D), is −∞ over an outskirt: by the moment that the law lacks."""
        if not all(one.lives_at(outskirt.inside) for one in (law, *self.laws)):
            return False
        power = rise(self.p, self.q, outskirt) if of_real else rise(self.q, self.p, outskirt)
        return bool(power) and tail_index(law, outskirt) <= power


@dataclass(frozen=True)
class Value(OfMasses):
    """p log D + q log(1 − D)."""

    D: Constant | Polynomial | Optimal

    def laws(self, p: ExactLaw, q: ExactLaw) -> tuple[ExactLaw, ...]:
        return (p, q, *self.D.laws)

    def integrand(self, p: ExactLaw | None, q: ExactLaw | None, place: Place) -> Complex | Ball:
        total: Any = acb(0)
        for law, log_score in zip((p, q), self.D.logs(place), strict=True):
            if law is not None:
                total += law.log_density(place).exp() * log_score
        return total

    def beyond(self, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Ball:
        pairs = ((p, True), (q, False))
        return sum((self.D.bound(outskirt, law, real, R) for law, real in pairs if outskirt.parts(law)), arb(0)).upper()

    def vanishes(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        """D is 1 where p lives and 0 where q does: what is hopeless for the one is certain for the other."""
        no_p, no_q = self.D.is_hopeless(piece.inside)
        return (no_q or not p.lives_at(piece.inside)) and (no_p or not q.lives_at(piece.inside))

    def is_infinite(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        """Whether a law lives where D gives it no chance at all, or its tail is too heavy for D's logarithm."""
        inside = piece.inside
        if isinstance(self.D, Polynomial) and piece.length is None:
            power = Fraction(len(self.D.coefficients) - 1)
            rises = self.D.coefficients[-1] * piece.side ** int(power) > 0
            if power and (law := (q if rises else p)).lives_at(inside) and tail_index(law, piece.outskirt) <= power:
                return True
        if isinstance(self.D, Optimal) and (piece.length is None or piece.is_singular):
            outskirt = piece.outskirt
            if self.D.is_too_steep(p, True, outskirt) or self.D.is_too_steep(q, False, outskirt):
                return True
        pairs = zip((p, q), self.D.is_hopeless(inside), strict=True)
        return any(law.lives_at(inside) and hopeless for law, hopeless in pairs)
