"""Whether u·a(D) + b(D) is bounded above for every u > 0, and a u at which it is not.

Where a → ∞ and b → −∞ at one end of D's range, with −b/a → c < ∞, the sum has no bound for u > c; where a → −∞ and
b → ∞, for u < c. An objective may so be harmless near u = 1 and infinite where p is a thousand times q.
"""

from __future__ import annotations

import math
from typing import Any

import sympy

from gantheory.errors import DomainError
from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.degrees import over_one
from gantheory.symbolic.evaluation import end_value, function_of
from gantheory.symbolic.losses import SCORE

__all__ = ["refuse_unbounded"]

s: Any = sympy.Symbol("s", positive=True)
_BENDS = (sympy.Abs, sympy.Min, sympy.Max)
_SIZES = ((10**3, 10**6), (10, 100), (2, 4))  # of s, until the sum is a float at both
_CLEAR = sympy.Rational(3, 2)  # how far off the turning ratio the u that is shown lies, at least


def refuse_unbounded(a: Any, b: Any, at: Coordinate) -> None:
    """Raise where one end of the range is certainly an infinity of u·a + b for some u.

    Raises
    ------
    DomainError
        With the u, and two values of D on the way.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> unit = coordinate_of(sympy.Integer(0), sympy.Integer(1))
    >>> refuse_unbounded(sympy.log(SCORE), sympy.log(1 - SCORE), unit)
    >>> refuse_unbounded(-sympy.log(1 - SCORE), 2 * sympy.log(1 - SCORE) + sympy.log(SCORE), unit)
    Traceback (most recent call last):
    gantheory.errors.DomainError: the objective is unbounded where u = p/q is greater than 2: at u = 4, ...
    """
    if any(loss.has(*_BENDS) for loss in (a, b)):
        return
    for end, way in ((at.low, -1), (at.high, 1)):
        towards = _towards(end, way, at)
        found = _bad_ratio(*(loss.subs(SCORE, towards) for loss in (a, b)))
        if found is not None:
            raise DomainError(_words(a, b, end, towards, *found))


def _towards(end: Any, way: int, at: Coordinate) -> Any:
    """D as a function of s that goes to an end of its range as s grows."""
    if end in (sympy.oo, -sympy.oo):
        start = max(x for x in (way * at.low, way * at.high, -sympy.oo) if x != sympy.oo)
        return way * (s if start == -sympy.oo else start + s)
    width = at.high - at.low if sympy.oo not in (at.high, -at.low) else 1
    return end - way * width / (1 + s)


def _bad_ratio(A: Any, B: Any) -> tuple[Any, str] | None:
    """A u for which u·A + B has no bound as s grows, and for which u that is so."""
    real, fake = (end_value(x, s, sympy.oo) for x in (A, B))
    if None in (real, fake) or sympy.oo not in (real, fake):
        return None
    if -sympy.oo not in (real, fake):
        return sympy.Integer(1), "for every u = p/q"
    turn = end_value(over_one(-B / A), s, sympy.oo)
    if turn is None or not turn.is_extended_real:
        return None
    if real == sympy.oo:
        return (
            None
            if turn == sympy.oo
            else (sympy.floor(_CLEAR * turn) + 1, f"where u = p/q is greater than {_shown(turn)}")
        )
    if turn == sympy.oo:
        return sympy.Integer(1), "for every u = p/q"
    return (1 / (sympy.floor(_CLEAR / turn) + 1), f"where u = p/q is less than {_shown(turn)}") if turn > 0 else None


def _words(a: Any, b: Any, end: Any, towards: Any, ratio: Any, where: str) -> str:
    h = function_of(ratio * a + b, SCORE)
    pairs = [[float(towards.subs(s, size)) for size in sizes] for sizes in _SIZES]
    places = next((pair for pair in pairs if all(math.isfinite(h(y)) for y in pair)), pairs[-1])
    seen = ", ".join(f"{float(h(y)):.4g} at D = {y:.7g}" for y in places)
    return (
        f"the objective is unbounded {where}: at u = {ratio}, u·a(D) + b(D) is {seen}, and grows without end as D goes "
        f"to {_shown(end)}; bound D by domain=(low, high), or use losses that fall off on either side."
    )


def _shown(number: Any) -> str:
    from gantheory.symbolic.printing import text

    return text(number)
