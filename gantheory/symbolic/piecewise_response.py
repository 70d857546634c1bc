"""The best D where both losses are piecewise linear and concave, as the hinge's are: the maximum stands at a corner.

Between two corners u·a(y) + b(y) is a line in y. A corner is best for those u for which the line before it does not
fall and the line after it does not rise; f is then a maximum of lines in u, one for each such corner.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import sympy

from gantheory.errors import DomainError
from gantheory.symbolic.best_response import RATIO, BestResponse
from gantheory.symbolic.coordinate import Coordinate
from gantheory.symbolic.losses import SCORE

__all__ = ["Piece", "pieces", "piecewise_best_response"]

_BENDS = (sympy.Abs, sympy.Min, sympy.Max)


@dataclass(frozen=True)
class Piece:
    """An interval of D on which both losses are lines, and their slopes."""

    low: Any
    high: Any
    real: Any
    fake: Any


def pieces(a: Any, b: Any, at: Coordinate) -> list[Piece] | None:
    """The intervals from low to high on which both are lines; None where they are not piecewise linear.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> line = coordinate_of(-sympy.oo, sympy.oo)
    >>> [(i.low, i.high, i.real, i.fake) for i in pieces(sympy.Min(0, SCORE - 1), sympy.Min(0, -SCORE - 1), line)]
    [(-oo, -1, 1, 0), (-1, 1, 1, -1), (1, oo, 0, -1)]
    """
    bends = {bend for loss in (a, b) for bend in loss.atoms(*_BENDS)}
    if not bends and not (_is_line(a) and _is_line(b)):
        return None
    crossings: set[Any] = set()
    for bend in bends:
        parts = bend.args if len(bend.args) > 1 else (bend.args[0], sympy.Integer(0))
        for i, first in enumerate(parts):
            for second in parts[i + 1 :]:
                inside = first - second
                if inside.has(*_BENDS):
                    return None
                if not _is_line(inside):
                    return None
                slope = sympy.diff(inside, SCORE)
                crossings |= {-inside.subs(SCORE, 0) / slope} if slope != 0 else set()
    edges = [at.low, *sorted(c for c in crossings if at.low < c < at.high), at.high]
    found = [Piece(low, high, *(_slope(x, low, high) for x in (a, b))) for low, high in itertools.pairwise(edges)]
    return None if any(slope is None for piece in found for slope in (piece.real, piece.fake)) else found


def _is_line(expr: Any) -> bool:
    return not expr.has(*_BENDS) and expr.is_polynomial(SCORE) and sympy.degree(expr, SCORE) <= 1


def _middle(low: Any, high: Any) -> Any:
    if low == -sympy.oo:
        return sympy.Integer(0) if high == sympy.oo else high - 1
    return low + 1 if high == sympy.oo else (low + high) / 2


def _slope(expr: Any, low: Any, high: Any) -> Any:
    """The slope of the line that it is there, or None."""
    point = _middle(low, high)
    line = expr.replace(lambda e: isinstance(e, _BENDS), lambda e: _chosen(e, point))
    return sympy.diff(line, SCORE) if _is_line(sympy.expand(line)) else None


def _chosen(bend: Any, point: Any) -> Any:
    if isinstance(bend, sympy.Abs):
        return bend.args[0] * sympy.sign(bend.args[0].subs(SCORE, point))
    pick = min if isinstance(bend, sympy.Min) else max
    return pick(bend.args, key=lambda part: part.subs(SCORE, point))


def piecewise_best_response(a: Any, b: Any, at: Coordinate) -> BestResponse | None:
    """D*(u) and f(u) where both losses are piecewise linear, or None where they are not.

    Raises
    ------
    DomainError
        Where the losses are not concave, or the maximum is not finite.

    >>> from gantheory.symbolic.coordinate import coordinate_of
    >>> line = coordinate_of(-sympy.oo, sympy.oo)
    >>> found = piecewise_best_response(sympy.Min(0, SCORE - 1), sympy.Min(0, -SCORE - 1), line)
    >>> found.f, found.kinks, found.corners
    (Max(-2, -2*u), (1,), (-1, 1))
    """
    found = pieces(a, b, at)
    if found is None:
        return None
    _bounded(found)
    _concave(found)
    corners = []
    for before, after in zip([None, *found], [*found, None]):
        place = after.low if after is not None else found[-1].high
        if place in (sympy.oo, -sympy.oo):
            continue
        start, end = (
            _best_from(before, sympy.Integer(0), sympy.oo, 1),
            _best_from(after, sympy.Integer(0), sympy.oo, -1),
        )
        low, high = max(start[0], end[0]), min(start[1], end[1])
        if low < high and not any(low == kept[0] for kept in corners):
            corners.append((low, high, place))
    corners.sort(key=lambda corner: corner[0])
    values = [tuple(loss.subs(SCORE, place) for loss in (SCORE, a, b)) for _, _, place in corners]
    if not all(number.is_finite for value in values for number in value):
        return None
    kinks = tuple(high for _, high, _ in corners[:-1])
    D_star, real, fake = (_by_ratio([v[i] for v in values], kinks) for i in range(3))
    f = sympy.Max(*(RATIO * v[1] + v[2] for v in values))
    return BestResponse(D_star, f, real, fake, tuple(place for _, _, place in corners), kinks)


def _best_from(piece: Piece | None, low: Any, high: Any, side: int) -> tuple[Any, Any]:
    """The u for which side·(u·a′ + b′) ≥ 0 on a piece."""
    if piece is None:
        return low, high
    real, fake = side * piece.real, side * piece.fake
    if real == 0:
        return (low, high) if fake >= 0 else (high, low)
    return (max(low, -fake / real), high) if real > 0 else (low, min(high, -fake / real))


def _by_ratio(values: list[Any], kinks: tuple[Any, ...]) -> Any:
    cases = [(value, kink > RATIO) for value, kink in zip(values, kinks)]
    return sympy.Piecewise(*cases, (values[-1], True))


def _bounded(found: list[Piece]) -> None:
    first, last = found[0], found[-1]
    up = last.high == sympy.oo and (last.real > 0 or last.fake > 0)
    down = first.low == -sympy.oo and (first.real < 0 or first.fake < 0)
    if up or down:
        raise DomainError(
            f"the objective is unbounded: u·a(D) + b(D) grows without end as D goes to {'∞' if up else '−∞'}, for some "
            "u = p/q; bound D by domain=(low, high), or use losses that fall off on either side. A D that is held to "
            'slopes of at most 1 is OBJECTIVES["wasserstein"]().'
        )


def _concave(found: list[Piece]) -> None:
    for before, after in itertools.pairwise(found):
        if after.real > before.real or after.fake > before.fake:
            raise DomainError(
                f"the objective is not concave: a loss bends upwards at D = {after.low}, so that a D with slope 0 need "
                "not be a maximum; use concave losses of D, such as min(0, D - 1)."
            )
