"""JSD, KL and TV of two elementary laws by mpmath, to 50 digits where it can: nothing of gantheory is used.

    python benchmarks/mpmath_reference.py "norm(0, 1)" "norm(1, 1.5)"

The line is cut at every end, kink and centre of a part, and where the densities cross. On either side of a cut, and
towards infinity, the variable is w, the logarithm of the distance, and the rule is the double exponential one for
half-lines, w = exp(t - exp(-t)), its step halved until two of them agree to 52 digits. What the last two differ by,
added up over the pieces, is the error that is returned: of the coarser of the two, where the finer is the value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import mpmath as mp

WORKING = 90  # digits: a few decades above what is asked for are lost to cancellation
AGREED = mp.mpf(10) ** -52
FINEST = 9  # steps of 2**-9
NEGLIGIBLE = mp.mpf(10) ** -70
LEAST = -5000  # a logarithm of what adds nothing to 50 digits
SCANNED = 160  # places on a half-piece at which the sign of log p/q is looked at

Number = Any  # an mpf


class Part(NamedTuple):
    """A weight times a law of u = (x - loc)/scale; its tail is ("power", index), ("exponential", power) or none."""

    weight: Fraction
    loc: Fraction
    scale: Fraction
    low: Fraction | None
    high: Fraction | None
    log_density: Callable[[Number, Number], Number]  # of u, and of 1 - u for what has two ends
    norm: Number
    tail: tuple[str, Fraction]

    def lives(self, x: Number) -> bool:
        return (self.low is None or x > _mpf(self.low)) and (self.high is None or x < _mpf(self.high))

    def log_at(self, anchor: Any, offset: Number) -> Number:
        """Of the weighted density at anchor + offset: the distance from an end that is the anchor is the offset."""
        u = (_apart(anchor, self.loc) + offset) / _mpf(self.scale)
        rest = (_apart(self.loc + self.scale, anchor) - offset) / _mpf(self.scale)
        return self.log_density(u, rest) + self.norm


def _mpf(number: Any) -> Number:
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mp.mpf(number)


def _apart(a: Any, b: Any) -> Number:
    return _mpf(a - b) if isinstance(a, Fraction) and isinstance(b, Fraction) else _mpf(a) - _mpf(b)


def law_of(text: str) -> list[Part]:
    """Of ``family(shapes, loc, scale)``, or a sum of such with weights."""
    parts = re.findall(r"(?:([\d.]+)\*)?(\w+)\(([^)]*)\)", text)
    return [_part(family, [Fraction(n.strip()) for n in numbers.split(",")], Fraction(weight or 1))
            for weight, family, numbers in parts]  # fmt: skip


def _part(family: str, numbers: list[Fraction], weight: Fraction) -> Part:
    *shapes, loc, scale = numbers
    a = _mpf(shapes[0]) if shapes else mp.mpf(1)
    b = _mpf(shapes[-1]) if shapes else mp.mpf(1)
    power = shapes[0] if shapes else Fraction(1)
    log = mp.log
    light, none = ("exponential", Fraction(1)), ("none", Fraction(0))
    table: dict[str, tuple[Any, Any, Any]] = {
        "norm": (lambda u, _: -u * u / 2, -log(2 * mp.pi) / 2, ("exponential", Fraction(2))),
        "logistic": (lambda u, _: -abs(u) - 2 * mp.log1p(_exp(-abs(u))), 0, light),
        "laplace": (lambda u, _: -abs(u), -log(2), light),
        "cauchy": (lambda u, _: -mp.log1p(u * u), -log(mp.pi), ("power", Fraction(1))),
        "t": (lambda u, _: -(a + 1) / 2 * mp.log1p(u * u / a),
              mp.loggamma((a + 1) / 2) - mp.loggamma(a / 2) - log(a * mp.pi) / 2, ("power", power)),
        "uniform": (lambda u, _: mp.mpf(0), 0, none),
        "expon": (lambda u, _: -u, 0, light),
        "gamma": (lambda u, _: (a - 1) * log(u) - u, -mp.loggamma(a), light),
        "beta": (lambda u, v: (a - 1) * log(u) + (b - 1) * log(v),
                 mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b), none),
        "weibull_min": (lambda u, _: (a - 1) * log(u) - u**a, log(a), ("exponential", power)),
    }  # fmt: skip
    log_density, norm, tail = table[family]
    low = loc if family in ("uniform", "expon", "gamma", "beta", "weibull_min") else None
    high = loc + scale if family in ("uniform", "beta") else None
    return Part(weight, loc, scale, low, high, log_density, norm + log(_mpf(weight)) - log(_mpf(scale)), tail)


def _exp(x: Number) -> Number:
    return mp.exp(x) if x > LEAST else mp.mpf(0)


def _log_density(law: list[Part], anchor: Any, offset: Number, inside: Number) -> Number | None:
    """None where nothing of it lives: `inside` is a point of the piece."""
    logs = [part.log_at(anchor, offset) for part in law if part.lives(inside)]
    if len(logs) < 2:
        return logs[0] if logs else None
    top = max(logs)
    return top + log_sum if (log_sum := mp.log(mp.fsum(_exp(one - top) for one in logs))) else top


class Stretch(NamedTuple):
    """x = anchor + side · length · e^(± w), w > 0: up to infinity with +, and down to the anchor with −."""

    anchor: Any
    side: int
    length: Number
    outward: bool

    def offset(self, w: Number) -> Number:
        return self.side * self.length * mp.exp(w if self.outward else -w)

    @property
    def inside(self) -> Number:
        return _mpf(self.anchor) + self.offset(mp.mpf(1))


def _stretches(cuts: list[Any]) -> Iterator[Stretch]:
    """Both halves of every piece between cuts, and both tails, in x first and then in the logarithm."""
    for a, b in pairwise(cuts):
        half = _apart(b, a) / 2
        yield Stretch(a, 1, half, False)
        yield Stretch(b, -1, half, False)
    reach = max(mp.mpf(1), *(abs(_mpf(cut)) for cut in cuts)) / 4
    for end, side in ((cuts[0], -1), (cuts[-1], 1)):
        yield Stretch(end, side, reach, False)
        yield Stretch(end, side, reach, True)


# -- what is integrated ----------------------------------------


def _terms(p: list[Part], q: list[Part], stretch: Stretch, w: Number) -> tuple[Number, ...]:
    """The integrands of JSD, KL and TV in w."""
    offset, inside = stretch.offset(w), stretch.inside
    log_p, log_q = (_log_density(law, stretch.anchor, offset, inside) for law in (p, q))
    one, other = (mp.mpf(0) if log is None else _exp(log) for log in (log_p, log_q))
    if log_p is None or log_q is None:
        jsd, kl = (one + other) * mp.log(2) / 2, mp.mpf(0)  # of KL where q is 0: decided, not integrated
    else:
        r = log_p - log_q
        jsd = (one * (mp.log(2) - _softplus(-r)) + other * (mp.log(2) - _softplus(r))) / 2
        kl = one * r
    return tuple(value * abs(offset) for value in (jsd, kl, abs(one - other) / 2))


def _softplus(r: Number) -> Number:
    return max(r, mp.mpf(0)) + mp.log1p(_exp(-abs(r)))


def _at(p: list[Part], q: list[Part], stretch: Stretch, t: Number) -> list[Number]:
    w = mp.exp(t - mp.exp(-t))
    slope = w * (1 + mp.exp(-t))
    return [value * slope for value in _terms(p, q, stretch, w)]


def _integrated(p: list[Part], q: list[Part], stretch: Stretch) -> tuple[list[Number], list[Number]]:
    """The three integrals over a stretch, and what the last two steps differ by."""
    total = [mp.mpf(0)] * 3
    before: list[Number] | None = None
    gap = [mp.inf] * 3
    for level in range(3, FINEST + 1):
        h, first = mp.mpf(2) ** -level, before is None
        for direction in (1, -1):  # from t = 0 outward, until nothing is added any more
            k, idle = (0 if direction > 0 else 1) if first else 1, 0
            while idle < (6 if first else 3):
                added = _at(p, q, stretch, direction * k * h)
                total = [a + b for a, b in zip(total, added, strict=True)]
                quiet = all(abs(b) <= NEGLIGIBLE * max(abs(a), NEGLIGIBLE) for a, b in zip(total, added, strict=True))
                idle = idle + 1 if quiet and (direction < 0 or k * h > 3) else 0
                k += 1 if first else 2
        value = [h * one for one in total]
        if before is not None:
            gap = [abs(a - b) for a, b in zip(value, before, strict=True)]
            if all(g <= AGREED * abs(v) or g <= AGREED**2 for g, v in zip(gap, value, strict=True)):
                return value, gap
        before = value
    assert before is not None
    return before, gap


def _log_ratio(p: list[Part], q: list[Part], stretch: Stretch, w: Number) -> Number:
    log_p, log_q = (_log_density(law, stretch.anchor, stretch.offset(w), stretch.inside) for law in (p, q))
    return log_p - log_q  # type: ignore[operator]  # asked where both live


def _crossings(p: list[Part], q: list[Part], cuts: list[Any]) -> list[Number]:
    """Where log p − log q changes its sign. One that is missed shows: two steps do not agree on TV."""
    found = []
    for stretch in _stretches(cuts):
        ratio = partial(_log_ratio, p, q, stretch)

        if not all(any(part.lives(stretch.inside) for part in law) for law in (p, q)):
            continue
        places = [mp.mpf(40) * (mp.mpf(k) / SCANNED) ** 2 for k in range(SCANNED + 1)]
        signs = [mp.sign(ratio(w)) for w in places]
        for (a, b), (one, other) in zip(pairwise(places), pairwise(signs), strict=True):
            if one * other < 0:
                w = mp.findroot(ratio, (a, b), solver="anderson", tol=mp.mpf(10) ** (-2 * WORKING + 20), maxsteps=400)
                found.append(_mpf(stretch.anchor) + stretch.offset(w))
    return found


def is_infinite(p: list[Part], q: list[Part]) -> bool:
    """KL: p lives where q does not, or its power tail lacks the moment with which −log q grows."""
    cuts = _cuts(p, q)
    points = [_mpf(cuts[0]) - 1, _mpf(cuts[-1]) + 1, *((_mpf(a) + _mpf(b)) / 2 for a, b in pairwise(cuts))]
    for x in points:
        if any(part.lives(x) for part in p) and not any(part.lives(x) for part in q):
            return True
    for x in points[:2]:
        heavy = [part.tail[1] for part in p if part.lives(x) and part.tail[0] == "power"]
        grows = [part.tail[1] if part.tail[0] == "exponential" else 0 for part in q if part.lives(x)]
        if heavy and min(heavy) <= min(grows):
            return True
    return False


def _cuts(p: list[Part], q: list[Part]) -> list[Any]:
    ends = {end for part in (*p, *q) for end in (part.loc, part.low, part.high) if end is not None}
    return sorted(ends)


def reference(first: str, second: str) -> dict[str, tuple[Number, Number]]:
    """JSD, KL and TV with their errors; KL may be infinite."""
    with mp.workdps(WORKING):
        p, q = law_of(first), law_of(second)
        cuts = _cuts(p, q)
        cuts = sorted([*cuts, *_crossings(p, q, cuts)], key=_mpf)
        values, errors = [mp.mpf(0)] * 3, [mp.mpf(0)] * 3
        for stretch in _stretches(cuts):
            if any(part.lives(stretch.inside) for part in (*p, *q)):
                found, gap = _integrated(p, q, stretch)
                values = [a + b for a, b in zip(values, found, strict=True)]
                errors = [a + b for a, b in zip(errors, gap, strict=True)]
        answer = dict(zip(("JSD", "KL", "TV"), zip(values, errors, strict=True), strict=True))
        if is_infinite(p, q):
            answer["KL"] = (mp.inf, mp.mpf(0))
        return answer


def digits_of(value: Number, error: Number) -> int:
    """How many digits of the value the error leaves, at most 50."""
    if mp.isinf(value):
        return 50
    if not mp.isfinite(error) or error >= abs(value):
        return 0
    return 50 if not error else min(50, int(-mp.log10(error / abs(value))))


def main(first: str = "norm(0, 1)", second: str = "norm(1, 1.5)") -> None:
    for name, (value, error) in reference(first, second).items():
        print(f"{name:3s} {mp.nstr(value, 50)}  ± {mp.nstr(error, 3)}  ({digits_of(value, error)} digits)")


if __name__ == "__main__":
    main(*sys.argv[1:])
