"""That D* is the maximum of h(D) = u·a(D) + b(D): where the slope vanishes, at a corner, or at an end of the range.

h is concave, or its slope a′·(u − U), U = −b′/a′, changes its sign once, or it is made of lines. Each is decided in the
coordinate of D's range, for every u.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol

from gantheory.symbolic.analysis import Analysis, sign_on_domain, turning_ratio
from gantheory.symbolic.best_response import RATIO, Part
from gantheory.symbolic.calculus import named_value
from gantheory.symbolic.clipped_response import positive_over, sides_of, slope_at
from gantheory.symbolic.degrees import combined, factored, over_one
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.piecewise_response import pieces
from gantheory.symbolic.printing import text
from gantheory.symbolic.proof import Proof

__all__ = ["at_a_corner", "at_best", "by_parts", "own_symbol", "single_peaked", "stationary"]

u = RATIO
_UPRIGHT: Any = Symbol("D", positive=True)


def _sign_of_slope(
    proof: Proof, found: Analysis, f: Any, relation: Any, shown: str, reason: str, *, order: int = 1
) -> int:
    """The sign of a derivative of f for every D inside the range."""
    slope = factored(sympy.diff(f, SCORE, order))
    decision = sign_on_domain(slope, relation, found.at)
    f, slope, D = (_shown(expr, found) for expr in (f, slope, SCORE))
    if found.at.low != -sympy.oo and (found.at.low < 0 or found.at.high != sympy.oo):
        proof.domains[D] = (found.at.low, found.at.high)  # √(1 − D) is then a root of something positive
    line = proof.derivative(shown, f, D, slope, "differentiate" if order == 1 else "differentiate twice", order=order)
    return proof.add(slope, relation, 0, reason, decision, (line,), where=f"D inside {found.at}")


def _shown(expr: Any, found: Analysis) -> Any:
    """With a D that is known to be positive where its range is: the zero test then takes roots of it."""
    return expr.xreplace({SCORE: _UPRIGHT}) if found.at.low >= 0 else expr


def stationary(proof: Proof, found: Analysis, label: str = "") -> None:
    """The slope vanishes at D*, which lies in the range, and changes its sign from + to − there."""
    assert found.best is not None
    a, b, star = found.real, found.fake, found.best.D_star
    slope = u * sympy.diff(a, SCORE) + sympy.diff(b, SCORE)
    whole, D, fall = (_shown(expr, found) for expr in (u * a + b, SCORE, slope))
    proof.derivative(label + "h′(D), h(D) = u·a(D) + b(D)", whole, D, fall, "differentiate")
    proof.equal(
        at_best(slope, found), 0, f"the slope vanishes at D* = {text(star)}", shown=named_value(label + "h′(D*)")
    )
    for end, side in ((found.at.low, star - found.at.low), (found.at.high, found.at.high - star)):
        if end not in (sympy.oo, -sympy.oo):
            proof.compare(combined(over_one(side)), ">", 0, "D* lies in the range of D")
    if sign_on_domain(sympy.diff(slope, SCORE), "<", found.at).proved:
        reason = "h is strictly concave: D* is its maximum, and alone"
        _sign_of_slope(proof, found, u * a + b, "<", label + "h″(D)", reason, order=2)
        return
    single_peaked(proof, found, label)


def at_best(expr: Any, found: Analysis) -> Any:
    """An expression in D at D*, by way of the coordinate, in which roots are whole."""
    assert found.best is not None
    return expr.subs(SCORE, found.best.D_star)


def single_peaked(proof: Proof, found: Analysis, label: str = "") -> tuple[int, ...]:
    """h′ = a′·(u − U), U = −b′/a′: with a′ and U′ of one sign, h rises before U(D) = u and falls after it."""
    a, b = sympy.diff(found.real, SCORE), sympy.diff(found.fake, SCORE)
    U = turning_ratio(found.real, found.fake)
    whole, product = _shown(u * a + b, found), _shown(a * (u - U), found)
    proof.equal(whole, product, "h′ = a′·(u − U), U = −b′/a′", shown=named_value(label + "h′(D)"))
    relation = ">" if sign_on_domain(a, ">", found.at).proved else "<"
    first = _sign_of_slope(proof, found, found.real, relation, label + "a′(D)", "a is monotone")
    second = _sign_of_slope(proof, found, U, relation, label + "U′(D)", "and U in the same direction")
    h_peak, h = named_value(label + "h(D*)"), named_value(label + "h(D)")
    proof.conclude("sign of the slope", h_peak, ">=", h, (first, second), "h rises before D* and falls after it")
    return first, second


def own_symbol(proof: Proof, part: Part) -> tuple[Any, str]:
    """u on the interval of a part, by a symbol that the zero test knows to lie there, and that interval in words."""
    if (part.low, part.high) == (0, sympy.oo):
        return u, ""
    high = "" if part.high == sympy.oo else f" < {text(part.high)}"
    low = "" if part.low == 0 else f"{text(part.low)} < "
    symbol = Symbol(f"u_{2 if part.low != 0 and part.high == sympy.oo else 0 if part.low == 0 else 1}", positive=True)
    proof.domains[symbol] = (part.low, part.high)
    return symbol, f"{low}{symbol.name}{high}"


def by_parts(proof: Proof, found: Analysis, label: str = "") -> None:
    """Where the best D stops at an end of the range, h′ points out of it there; elsewhere D* is stationary."""
    assert found.best is not None
    a, b = (sympy.diff(loss, SCORE) for loss in (found.real, found.fake))
    if sign_on_domain(u * sympy.diff(a, SCORE) + sympy.diff(b, SCORE), "<", found.at).proved:
        whole, reason = u * found.real + found.fake, "h is strictly concave"
        shape: tuple[int, ...] = (_sign_of_slope(proof, found, whole, "<", label + "h″(D)", reason, order=2),)
    else:
        shape = single_peaked(proof, found, label)
    for part in found.best.parts:
        symbol, where = own_symbol(proof, part)
        if part.at_end:
            lines = (_points_out(proof, found, part, symbol, where),)
        else:
            lines = _rests(proof, found, part, symbol, where)
        best, other = named_value(f"{label}h(D*), {symbol.name}"), named_value(f"{label}h(D), {symbol.name}")
        reason = f"D* = {text(part.D_star.subs(u, symbol))} is the maximum"
        proof.conclude("sign of the slope", best, ">=", other, (*shape, *lines), reason, where=where)


def _points_out(proof: Proof, found: Analysis, part: Part, symbol: Any, where: str) -> int:
    """At an end that is the best D, h falls from it into the range."""
    which = 0 if part.D_star == found.at.low else 1
    real, fake = (slope_at(loss, found.at, which) for loss in (found.real, found.fake))
    relation, words = (("<=", "does not rise"), (">=", "does not fall"))[which]
    reason = f"h′({text(part.D_star)}): h {words} at this end of the range"
    return proof.compare(symbol * real + fake, relation, 0, reason, where=where)


def _rests(proof: Proof, found: Analysis, part: Part, symbol: Any, where: str) -> tuple[int, ...]:
    """The slope is 0 at D*, which lies inside the range."""
    slope = u * sympy.diff(found.real, SCORE) + sympy.diff(found.fake, SCORE)
    D = part.D_star.subs(u, symbol)
    at_rest = slope.subs(SCORE, part.D_star).subs(u, symbol)
    lines = [proof.equal(at_rest, 0, f"the slope vanishes at D* = {text(D)}", shown=named_value("h′(D*)"), where=where)]
    for side in sides_of(part.D_star, found.at):
        decision = positive_over(side, (part.low, part.high))
        lines.append(proof.add(side.subs(u, symbol), ">", 0, "D* lies in the range of D", decision, where=where))
    return tuple(lines)


def at_a_corner(proof: Proof, found: Analysis, label: str = "") -> None:
    """Between two kinks of f one corner of h is the best: h does not fall before it and does not rise after it."""
    assert found.best is not None
    parts = pieces(found.real, found.fake, found.at) or []
    limits = [sympy.Integer(0), *found.best.kinks, sympy.oo]
    for low, high, corner in zip(limits, limits[1:], found.best.corners):
        ratio = Symbol(f"u_{limits.index(low)}", positive=True)
        if (low, high) != (0, sympy.oo):
            proof.domains[ratio] = (low, high)
        where = f"{text(low)} < {ratio.name} < {text(high)}"
        for piece in parts:
            before = piece.high <= corner
            slope = ratio * piece.real + piece.fake
            side = f"before D = {text(corner)}" if before else f"after D = {text(corner)}"
            span = f"({text(piece.low)}, {text(piece.high)})"
            relation, moves = (">=", "does not fall") if before else ("<=", "does not rise")
            proof.compare(slope, relation, 0, f"h′(D) on {span}: h {moves} {side}", where=where)
