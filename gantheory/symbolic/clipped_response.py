"""The best D where it stops at an end of D's range: the stationary point, clipped.

h(D) = u·a(D) + b(D) has the slope u·a′(e) + b′(e) at an end e of the range, a line in u. Where h is concave, or rises
and then falls, e is the best D for just those u for which that slope points out of the range; between them the best D
is stationary. So f is made of at most three formulas, which join without a corner.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import sympy

from gantheory.symbolic.best_response import RATIO, BestResponse, Part, stationary_points, tidy
from gantheory.symbolic.coordinate import Coordinate, coordinate_of
from gantheory.symbolic.degrees import combined, over_one, within_reach
from gantheory.symbolic.evaluation import end_value
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.zero_test import Decision, is_zero, sign

__all__ = ["clipped_best_response", "over", "positive_over", "sides_of", "slope_at"]

Span = tuple[Any, Any]
_WHOLE: Span = (sympy.Integer(0), sympy.oo)


def over(low: Any, high: Any) -> dict[Any, Span]:
    """u in an interval, as the zero test is told of it."""
    return {} if (low, high) == _WHOLE else {RATIO: (low, high)}


def clipped_best_response(a: Any, b: Any, at: Coordinate) -> BestResponse | None:
    """D*(u) and f(u) by parts, or None where there is no formula for one of them.

    That h is concave, or has one hill, is proved elsewhere.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> unit = coordinate_of(sympy.Integer(0), sympy.Integer(1))
    >>> clipped_best_response(sympy.log(SCORE), -SCORE, unit).D_star
    Piecewise((u, u < 1), (1, True))
    """
    if (at.low, at.high) == (-sympy.oo, sympy.oo) or any(loss.has(sympy.Abs, sympy.Min, sympy.Max) for loss in (a, b)):
        return None
    ends = [_span_of(a, b, at, which) for which in (0, 1)]
    if None in ends:
        return None
    held = [(span, end) for span, end in zip(ends, (at.low, at.high)) if span]
    parts = [_part(a, b, span, end, True) for span, end in held]
    low = max([span[1] for span, _ in held if span[0] == 0], default=_WHOLE[0])
    high = min([span[0] for span, _ in held if span[0] != 0], default=_WHOLE[1])
    if low < high:
        stationary = next(_stationary(a, b, at, (low, high)), None)
        if stationary is None:
            return None
        parts.append(_part(a, b, (low, high), stationary, False))
    parts.sort(key=lambda part: part.low)
    if any(before.high != after.low for before, after in itertools.pairwise(parts)):
        return None
    return BestResponse(*(_joined(parts, name) for name in ("D_star", "f", "real", "fake")), parts=tuple(parts))


def _part(a: Any, b: Any, span: Span, D: Any, at_end: bool) -> Part:
    real, fake = (tidy(loss.subs(SCORE, D)) for loss in (a, b))
    return Part(*span, D, tidy(RATIO * real + fake), real, fake, at_end)


def _joined(parts: list[Part], name: str) -> Any:
    """One formula, by the value of u."""
    cases = [(getattr(part, name), part.high > RATIO) for part in parts[:-1]]
    return sympy.Piecewise(*cases, (getattr(parts[-1], name), True))


def _span_of(a: Any, b: Any, at: Coordinate, which: int) -> Span | tuple[()] | None:
    """The u for which the lower (0) or the upper end of the range is the best D; () for none, None for not known."""
    end = (at.low, at.high)[which]
    if end in (sympy.oo, -sympy.oo):
        return ()
    out = 1 if which else -1
    real, fake = (slope_at(loss, at, which) for loss in (a, b))
    if any(x is None or _is_long_sum(x) or not x.is_extended_real for x in (real, fake)):
        return None
    infinite = {out * x for x in (real, fake) if x in (sympy.oo, -sympy.oo)}
    if infinite:  # the slope is infinite for every u: it must point into the range
        return () if infinite == {-sympy.oo} else None
    return _where_positive(out * real, out * fake)


def _is_long_sum(number: Any) -> bool:
    """Whether it holds a sum with an e^0.12345: its sign, and that of what it bounds, is beyond the algebra."""
    return any(part.is_Add and not within_reach(part) for part in sympy.preorder_traversal(number))


def slope_at(loss: Any, at: Coordinate, which: int) -> Any:
    """The slope of a loss at an end of the range."""
    slope = sympy.diff(loss, SCORE)
    found = slope.subs(SCORE, (at.low, at.high)[which])
    return found if found.is_finite else end_value(at.of(slope), at.symbol, at.ends()[which])


def _where_positive(real: Any, fake: Any) -> Span | tuple[()]:
    """The u > 0 for which u·real + fake ≥ 0."""
    if real == 0:
        return _WHOLE if fake >= 0 else ()
    place = -fake / real
    if real > 0:
        return (max(place, _WHOLE[0]), sympy.oo)
    return (_WHOLE[0], place) if place > 0 else ()


def _stationary(a: Any, b: Any, at: Coordinate, span: Span) -> Iterator[Any]:
    """The D at which h has slope 0, inside the range for all u of an interval; most often there is one formula."""
    slope = RATIO * sympy.diff(a, SCORE) + sympy.diff(b, SCORE)
    seen = set()
    for place in (at, coordinate_of(-sympy.oo, sympy.oo, a, b)):
        for root in stationary_points(a, b, place):
            D = tidy(place.image.subs(place.symbol, root))
            if D not in seen and _inside(D, at, span) and is_zero(slope.subs(SCORE, D), over(*span)).proved:
                yield D
            seen.add(D)


def _inside(D: Any, at: Coordinate, span: Span) -> bool:
    """Whether a formula in u keeps within the range: at two places first, as most that do not fail there."""
    if D.free_symbols - {RATIO}:
        return False
    low, high = span
    tried = [low + 1, low + 40] if high == sympy.oo else [low + (high - low) / 7, high - (high - low) / 5]
    sides = sides_of(D, at)
    for u in tried:
        values = [side.subs(RATIO, u).evalf(30) for side in sides]
        if not all(value.is_extended_real and value > 0 for value in values):
            return False
    return all(positive_over(side, span).proved for side in sides)


def sides_of(D: Any, at: Coordinate) -> list[Any]:
    """How far D is above the lower and below the upper end of its range, where they are finite."""
    return [D - at.low] * (at.low != -sympy.oo) + [at.high - D] * (at.high != sympy.oo)


def positive_over(expr: Any, span: Span) -> Decision:
    """Whether a function of u is positive on an interval: by its sign, or as it leaves 0 at one end and is monotone."""
    whole = over_one(expr)
    found = [sign(form, ">", over(*span)) for form in (whole, combined(whole), expr)]
    proved = next((decision for decision in found if decision.proved), None)
    if proved is not None:
        return proved
    slope = over_one(sympy.diff(expr, RATIO))
    for relation, start in ((">", span[0]), ("<", span[1])):
        if (
            start not in _WHOLE
            and is_zero(expr.subs(RATIO, start)).proved
            and sign(slope, relation, over(*span)).proved
        ):
            return Decision("proved", "it is 0 at one end of the interval, and its slope has one sign")
    return found[0]
