r"""What is integrated, on balls: in terms of log p, log q and r = log p − log q, as everywhere in this toolkit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from gantheory.certified.balls import Ball, Complex, log1p
from gantheory.certified.integrals import Change, integral
from gantheory.certified.laws import ExactLaw
from gantheory.certified.pieces import Piece
from gantheory.certified.places import Place
from gantheory.certified.tails import Outskirt

__all__ = ["Criterion", "JensenShannon", "KullbackLeibler", "OfMasses", "alone", "softplus"]


def softplus(x: Complex | Ball, analytic: bool) -> Complex | Ball:
    """log(1 + e^x), as x + log(1 + e^−x) where that is smaller: the same function, analytic about the real line."""
    return x + log1p((-x).exp(), analytic) if x.real.mid() > 0 else log1p(x.exp(), analytic)


@dataclass(frozen=True)
class OfMasses:
    """Functionals whose integrand is at most `defect` (p + q)."""

    @property
    def defect(self) -> Ball:
        return arb(1)

    def integrand(self, p: ExactLaw | None, q: ExactLaw | None, place: Place) -> Complex | Ball:
        """On a stretch where p and q live, None standing for one that does not."""
        raise NotImplementedError(type(self).__name__)

    def vanishes(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        return not (p.lives_at(piece.inside) or q.lives_at(piece.inside))

    def over(self, p: ExactLaw | None, q: ExactLaw | None, change: Change, end: Fraction, goal: Ball) -> Ball:
        return integral(lambda place: self.integrand(p, q, place), change, Fraction(0), end, goal)

    def laws(self, p: ExactLaw, q: ExactLaw) -> tuple[ExactLaw, ...]:
        return (p, q)

    def beyond(self, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Ball:
        return (self.defect * (outskirt.mass(p, R) + outskirt.mass(q, R))).upper()


class JensenShannon(OfMasses):
    """½ p log(p/m) + ½ q log(q/m)."""

    @property
    def defect(self) -> Ball:
        return arb.const_log2() / 2

    def integrand(self, p: ExactLaw | None, q: ExactLaw | None, place: Place) -> Complex | Ball:
        if p is None or q is None:
            return alone(p, q).log_density(place).exp() * self.defect
        log_p, log_q = p.log_density(place), q.log_density(place)
        r, log_2 = log_p - log_q, arb.const_log2()
        low, high = softplus(-r, place.analytic), softplus(r, place.analytic)
        return (log_p.exp() * (log_2 - low) + log_q.exp() * (log_2 - high)) / 2


class Criterion(OfMasses):
    """p log D* + q log(1 − D*), which is 0 where one law lives alone. p log(1 + q/p) <= q."""

    def vanishes(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        return not (p.lives_at(piece.inside) and q.lives_at(piece.inside))

    def integrand(self, p: ExactLaw | None, q: ExactLaw | None, place: Place) -> Complex | Ball:
        assert p is not None
        assert q is not None
        log_p, log_q = p.log_density(place), q.log_density(place)
        r = log_p - log_q
        return -log_p.exp() * softplus(-r, place.analytic) - log_q.exp() * softplus(r, place.analytic)


class KullbackLeibler(OfMasses):
    """p r: not bounded by masses; |r| is at most |log p| + |log q|."""

    def vanishes(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        return not p.lives_at(piece.inside)

    def integrand(self, p: ExactLaw | None, q: ExactLaw | None, place: Place) -> Complex | Ball:
        assert p is not None
        assert q is not None, "KL is infinite, which is decided before anything is integrated"
        log_p = p.log_density(place)
        return log_p.exp() * (log_p - q.log_density(place))

    def beyond(self, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Ball:
        if not outskirt.parts(p):
            return arb(0)
        return outskirt.logarithms(p, (p, q), R).upper()


def alone(p: ExactLaw | None, q: ExactLaw | None) -> ExactLaw:
    found = q if p is None else p
    assert found is not None
    return found
