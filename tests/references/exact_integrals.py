"""Integrals of two laws in arbitrary precision: adaptive Gauss–Legendre panels, in offsets from each law's own places.

The line is cut at the anchors of both laws and at the midpoints between them; each half belongs to the anchor it
touches, and a point of it is (anchor, offset). Up to the smallest scale known there the offset runs linearly (or, from
a pole or a branch point, in its logarithm, from where nothing is left); beyond it, in its logarithm, so that a
component of sd 1e-8, its neighbourhood and a Cauchy tail are each a few panels. A panel is halved until its rule and
its halves' agree to ``tolerance`` of each integral. Total variation and Wasserstein-1 need no quadrature: they are sums
of cdf increments between crossings, found by scanning and root finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from exact_laws import Anchor, Law, Number
from mpmath import mp, mpf

NAMES = ("mass_p", "mass_q", "entropy_p", "entropy_q", "cross_entropy_pq", "kl_pq", "kl_qp", "js", "criterion")


@dataclass(frozen=True)
class Setting:
    """One way to compute; every reference value is computed in two that share no node and no panel."""

    digits: int  # working precision
    nodes: int  # of the Gauss–Legendre rule
    width: float  # of the first panels, in log(offset)
    tolerance: float  # log10 of what halving may change, relative to the integral
    floor: float  # log10 of the integrand that is left out in the tails
    step: float  # of the scan for crossings, in log10(offset)


@lru_cache(maxsize=8)
def legendre(n: int, digits: int) -> list[tuple[Number, Number]]:
    """Nodes and weights on [−1, 1], by Newton's method on the three-term recurrence."""
    with mp.workdps(digits + 15):
        rule = []
        for i in range(n):
            x = mp.cos(mp.pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
            for _ in range(40):
                value, slope = _legendre_value(n, x)
                x -= value / slope
                if abs(value / slope) < mpf(10) ** (-digits - 8):
                    break
            slope = _legendre_value(n, x)[1]
            rule.append((x, 2 / ((1 - x * x) * slope * slope)))
        return rule


def _legendre_value(n: int, x: Number) -> tuple[Number, Number]:
    before, value = mpf(1), x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1)


def log1p(x: Number) -> Number:
    """log(1 + x) for x in [0, 1], to full relative precision; mpmath's own is slower."""
    if x < mpf(10) ** (-mp.dps // 3):
        return x - x * x / 2 + x**3 / 3 - x**4 / 4
    return mp.log(1 + x)


def terms(p: Number, log_p: Number | None, q: Number, log_q: Number | None) -> list[Number]:
    """The integrands, in the order of ``NAMES``, at a point of a dominating measure.

    Where one density is zero and the other is not, KL is infinite and decided elsewhere: its term is left at 0.
    """
    zero = mpf(0)
    if log_p is None and log_q is None:
        return [zero] * len(NAMES)
    if log_p is None:
        return [zero, q, zero, -q * log_q, zero, zero, zero, q * mp.ln2 / 2, zero]
    if log_q is None:
        return [p, zero, -p * log_p, zero, zero, zero, zero, p * mp.ln2 / 2, zero]
    r = log_p - log_q
    if r >= 0:  # −log D* = log(1 + q/p) and −log(1 − D*) = log(1 + p/q), the small one first
        fake = log1p(q / p)
        real = fake + r
    else:
        real = log1p(p / q)
        fake = real - r
    ln2 = +mp.ln2
    js = zero if r == 0 else (p * (ln2 - fake) + q * (ln2 - real)) / 2
    return [p, q, -p * log_p, -q * log_q, -p * log_q, p * r, -q * r, js, -p * fake - q * real]


@dataclass(frozen=True)
class Piece:
    """Offsets sign·t (linear) or sign·exp(t) from an anchor, over the given edges in t."""

    at: Number
    sign: int
    logarithmic: bool
    edges: tuple[Number, ...]

    def place(self, t: Number) -> tuple[Number, Number]:
        """The offset at t and the length of dx/dt."""
        offset = mp.exp(t) if self.logarithmic else t
        return self.sign * offset, offset if self.logarithmic else mpf(1)


class Pair:
    """Two laws and a setting."""

    def __init__(self, p: Law, q: Law, setting: Setting, infinite: tuple[bool, bool]) -> None:
        self.p, self.q, self.setting = p, q, setting
        self.infinite = [False] * 4 + [infinite[0], infinite[0], infinite[1], False, False]
        self.anchors = merged(p.anchors() + q.anchors())

    def integrands(self, a: Number, h: Number) -> list[Number]:
        values = terms(*self.p.density(a, h), *self.q.density(a, h))
        return [mpf(0) if infinite else value for value, infinite in zip(values, self.infinite)]

    def integrals(self) -> dict[str, Number]:
        """Every integral of ``NAMES`` over the continuous parts, plus the sum over the atoms."""
        floor = self.setting.floor
        while True:  # an overlap of 1e-88 lies below the first floor: leave out less, until it does not
            columns = zip(*[*self._refined(list(self.pieces(floor))), *self._atoms()])
            sums = [mp.inf if inf else mp.fsum(c) for inf, c in zip(self.infinite, columns)]
            needed = min(float(mp.log10(abs(x))) for x in sums if x != 0) + self.setting.floor / 2
            if needed >= floor:
                return dict(zip(NAMES, sums))
            floor = needed + self.setting.floor / 4

    def _atoms(self) -> Iterator[list[Number]]:
        for at in sorted({*self.p.atoms, *self.q.atoms}):
            p, q = self.p.atoms.get(at, mpf(0)), self.q.atoms.get(at, mpf(0))
            yield terms(p, mp.log(p) if p else None, q, mp.log(q) if q else None)

    def _rule(self, piece: Piece, a: Number, b: Number) -> list[Number]:
        half, middle = (b - a) / 2, (a + b) / 2
        sums = [mpf(0)] * len(NAMES)
        for x, weight in legendre(self.setting.nodes, self.setting.digits):
            offset, length = piece.place(middle + half * x)
            factor = weight * length * half
            sums = [s + factor * value for s, value in zip(sums, self.integrands(piece.at, offset))]
        return sums

    def _refined(self, pieces: list[Piece]) -> list[list[Number]]:
        """The panels' integrals. Each sweep halves what its halves contradict, judged by the integrals found so far:
        a peak of 1e-5000 that the first panels missed shows itself, and then sets the measure for the rest.
        """
        done, doubt = [], [mpf(0)] * len(NAMES)
        panels = [(piece, a, b) for piece in pieces for a, b in pairwise(piece.edges)]
        active = [(panel, self._rule(*panel)) for panel in panels]
        for _ in range(200):
            if not active:
                break
            bounds = self._bounds(done + [whole for _, whole in active])
            halved, active = active, []
            for (piece, a, b), whole in halved:
                panels = [(piece, a, (a + b) / 2), (piece, (a + b) / 2, b)]
                left, right = [self._rule(*panel) for panel in panels]
                errors = [abs(w - x - y) for w, x, y in zip(whole, left, right)]
                if all(error <= bound for error, bound in zip(errors, bounds)):
                    done += [left, right]  # far more accurate than the error, which is the whole's
                    doubt = [d + error for d, error in zip(doubt, errors)]
                else:
                    active += [(panels[0], left), (panels[1], right)]
        if active or any(d > 1000 * bound for d, bound in zip(doubt, self._bounds(done))):
            raise ArithmeticError("the panels did not settle")
        return done

    def _bounds(self, rows: list[list[Number]]) -> list[Number]:
        sizes = [max(abs(mp.fsum(c)), mp.fsum(map(abs, c)) * mpf(10) ** -40) for c in zip(*rows)]
        return [size * mpf(10) ** self.setting.tolerance for size in sizes]

    def pieces(self, floor: float) -> Iterator[Piece]:
        """The line in pieces, without the tails where no integrand reaches 10^floor."""
        if not self.anchors:
            return
        places = [anchor.at for anchor in self.anchors]
        for i, anchor in enumerate(self.anchors):
            left = (anchor.at - places[i - 1]) / 2 if i else mp.inf
            right = (places[i + 1] - anchor.at) / 2 if i + 1 < len(places) else mp.inf
            for sign, reach in ((-1, left), (1, right)):
                probe = min(reach, anchor.scale) / 2
                if any(self.integrands(anchor.at, sign * probe)):  # else outside both supports
                    yield from self._side(anchor, sign, reach, mpf(10) ** floor)

    def _side(self, anchor: Anchor, sign: int, reach: Number, floor: Number) -> Iterator[Piece]:
        near = min(anchor.scale, reach)
        if anchor.singular:
            down = self._outward(anchor.at, sign, mp.log(near), -1, -mp.inf, floor)
            yield Piece(anchor.at, sign, True, tuple(reversed(down)))
        else:
            yield Piece(anchor.at, sign, False, (mpf(0), near * mpf(2) / 5, near))
        if near < reach:
            out = self._outward(anchor.at, sign, mp.log(near), 1, mp.log(reach), floor)
            yield Piece(anchor.at, sign, True, tuple(out))

    def _outward(self, at: Number, sign: int, start: Number, step: int, end: Number, floor: Number) -> list[Number]:
        """Edges in log(offset) from ``start`` to ``end``, or to where every integrand is below the floor."""
        width, edges = mpf(self.setting.width), [start]
        while edges[-1] * step < end * step:
            if len(edges) > 20:  # far out the integrand is a power: wider panels are enough, and halving watches them
                width = min(width * mpf(5) / 4, mpf(16))
            edges.append(edges[-1] + step * width)
            offset = mp.exp(edges[-1])
            if mp.isinf(end) and all(abs(v) * offset < floor for v in self.integrands(at, sign * offset)):
                break
        if mp.isfinite(end):
            edges[-1] = end
        return edges

    def total_variation(self) -> Number:
        """½ Σ |P(I) − Q(I)| over the intervals I where p − q keeps its sign, and the atoms."""
        places = {*self.p.atoms, *self.q.atoms}
        atoms = mp.fsum([abs(self.p.atoms.get(at, 0) - self.q.atoms.get(at, 0)) for at in places])
        cuts = self.crossings(self._log_ratio, [a.at for a in self.anchors]) if self.anchors else []
        excess = [mpf(0)] + [self.p.continuous_cdf(x) - self.q.continuous_cdf(x) for x in cuts]
        excess.append(self.p.continuous_mass() - self.q.continuous_mass() if self.anchors else mpf(0))
        return (atoms + mp.fsum([abs(b - a) for a, b in pairwise(excess)])) / 2

    def _log_ratio(self, x: Number) -> Number:
        (p, log_p), (q, log_q) = self.p.density(x, mpf(0)), self.q.density(x, mpf(0))
        return log_p - log_q if log_p is not None and log_q is not None else mp.sign(p - q)

    def wasserstein(self) -> Number:
        """Σ |∫ (F_p − F_q)| over the intervals where F_p − F_q keeps its sign; the laws must have means."""
        places = sorted({*(a.at for a in self.anchors), *self.p.atoms, *self.q.atoms})
        cuts = self.crossings(self._cdf_difference, places)
        areas = [mpf(0)] + [self.p.cumulative(x) - self.q.cumulative(x) for x in cuts]
        areas.append(self.q.mean() - self.p.mean())
        return mp.fsum([abs(b - a) for a, b in pairwise(areas)])

    def _cdf_difference(self, x: Number) -> Number:
        difference = self.p.cdf(x) - self.q.cdf(x)
        return difference if abs(difference) > mpf(10) ** (-mp.dps * 2 // 3) else mpf(0)  # rounding has no sign

    def crossings(self, f: Callable[[Number], Number], places: list[Number]) -> list[Number]:
        """Where f changes sign: its roots, and the places themselves where it jumps over zero."""
        found = list(places)  # a cut too many does no harm: neighbouring intervals of one sign add up
        with mp.workdps(max(30, mp.dps * 3 // 4)):
            points = [(x, f(x)) for x in self._scan(places)]
        points = [(x, y) for x, y in points if y != 0]
        for (a, fa), (b, fb) in pairwise(points):
            if fa * fb < 0 and not any(a < place < b for place in places):
                found.append(root(f, a, b))
        return sorted(found)

    def _scan(self, places: list[Number]) -> list[Number]:
        """Points at geometric distances from every place: dense where laws cross, sparse far out and near a pole."""
        step, scales, points = self.setting.step, {anchor.at: anchor for anchor in self.anchors}, set()
        for place in places:
            anchor = scales.get(place, Anchor(place, mpf(1)))
            exponents = [mpf(step) * i for i in range(round(-3 / step), round(2.4 / step))]
            exponents += [2.4 + 8 * mpf(step) * i for i in range(round(2.5 / step))]
            if anchor.singular:
                exponents += [-3 - 8 * mpf(step) * i for i in range(round(4 / step))]
            exponents.append(mpf(-25))  # no interval but this one straddles a place, where f may jump
            points |= {place + sign * anchor.scale * mpf(10) ** e for e in exponents for sign in (-1, 1)}
        points |= {(a + b) / 2 for a, b in pairwise(places)}
        return sorted(points.difference(places))


def root(f: Callable[[Number], Number], a: Number, b: Number) -> Number:
    """The root in [a, b] where f changes sign: bisection until it is near, then secants."""
    fa, fb = f(a), f(b)
    for _ in range(48):
        middle = (a + b) / 2
        value = f(middle)
        if value == 0:
            return middle
        if value * fa < 0:
            b, fb = middle, value
        else:
            a, fa = middle, value
    low, high = a, b
    for _ in range(30):
        if fa == fb or abs(b - a) <= mpf(10) ** (10 - mp.dps) * abs(b):
            break
        a, fa, b = b, fb, b - fb * (b - a) / (fb - fa)
        fb = f(b)
    if not low <= b <= high:
        raise ArithmeticError(f"the secants left [{low}, {high}]")
    return b


def merged(anchors: list[Anchor]) -> list[Anchor]:
    """One anchor a place: the smallest scale, the weakest decay, singular if any is."""
    by_place: dict[Number, list[Anchor]] = {}
    for anchor in anchors:
        by_place.setdefault(anchor.at, []).append(anchor)
    return [
        Anchor(at, min(a.scale for a in group), min(a.exponent for a in group), any(a.singular for a in group))
        for at, group in sorted(by_place.items())
    ]
