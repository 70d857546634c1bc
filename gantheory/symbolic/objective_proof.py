"""The theorem of an objective, with its proof: D* and that it is the maximum; f, its optimum, divergence and conjugate.

Written for any (a, b) that `analyse` has a closed form for. What is decided by algebra is decided by the zero test and
by signs of coefficients in the coordinate of D's range; Jensen's inequality enters as the tangent of f at u = 1.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol

from gantheory.symbolic.analysis import Analysis, sign_on_domain, turning_ends, turning_ratio
from gantheory.symbolic.best_response import RATIO, cases_of, tidy
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.fenchel import SLOPE
from gantheory.symbolic.functionals import Int, equation, p, q
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.proof import Proof

__all__ = ["LAWS", "add_reached", "derivation_of", "objective_proof"]

LAWS = "p = p_data and q = p_g are densities with respect to one measure μ; u = p/q"
u = RATIO


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def objective_proof(
    found: Analysis, name: str, title: str = "", *, slips: tuple[str, ...] = (), counterfeit: str | None = None
) -> Proof:
    """A proof with no steps yet, under what is given."""
    return Proof(
        name,
        title or f"D maximises ∫ p·a(D) + q·b(D), a = {_text(found.real)}, b = {_text(found.fake)}",
        hypotheses=(LAWS, f"D is measurable with values in {found.at}"),
        slips=slips,
        counterfeit=counterfeit,
    )


def derivation_of(
    found: Analysis, *, name: str = "objective", title: str = "", counterfeit: str | None = None
) -> Derivation:
    """The checked steps for one objective.

    Examples
    --------
    >>> from gantheory.symbolic.analysis import analyse
    >>> proof = derivation_of(analyse("log(D)", "log(1 - D)"))
    >>> proof.proved, len(proof.steps) > 8
    (True, True)
    """
    proof = objective_proof(found, name, title, counterfeit=counterfeit)
    if found.best is None:
        _implicit(proof, found)
        return proof.derivation()
    add_reached(proof, found)
    if not found.best.corners and found.strict.proved:
        _least(proof, found)
    _divergence(proof, found)
    return proof.derivation()


def add_reached(proof: Proof, found: Analysis, *, label: str = "") -> None:
    """D* is the maximum, f is what it reaches, and f* is its conjugate; `label` is put before the names of lines."""
    assert found.best is not None
    (_at_a_corner if found.best.corners else _stationary)(proof, found, label)
    _envelope(proof, found, label)
    _conjugate(proof, found, label)


def _text(expr: Any) -> str:
    from gantheory.symbolic.printing import text

    return text(expr)


def _sign_of_slope(
    proof: Proof, found: Analysis, f: Any, relation: Any, shown: str, reason: str, *, order: int = 1
) -> int:
    """The sign of a derivative of f for every D inside the range."""
    slope = sympy.factor(sympy.together(sympy.diff(f, SCORE, order)))
    decision = sign_on_domain(slope, relation, found.at)
    f, slope, D = (_shown(expr, found) for expr in (f, slope, SCORE))
    line = proof.derivative(shown, f, D, slope, "differentiate" if order == 1 else "differentiate twice", order=order)
    return proof.add(slope, relation, 0, reason, decision, (line,), where=f"D inside {found.at}")


def _shown(expr: Any, found: Analysis) -> Any:
    """With a D that is known to be positive where its range is: the zero test then takes roots of it."""
    return expr.xreplace({SCORE: Symbol("D", positive=True)}) if found.at.low >= 0 else expr


def _stationary(proof: Proof, found: Analysis, label: str = "") -> None:
    """The slope vanishes at D*, which lies in the range, and changes its sign from + to − there."""
    assert found.best is not None
    a, b, star = found.real, found.fake, found.best.D_star
    slope = u * sympy.diff(a, SCORE) + sympy.diff(b, SCORE)
    whole, D, fall = (_shown(expr, found) for expr in (u * a + b, SCORE, slope))
    proof.derivative(label + "h′(D), h(D) = u·a(D) + b(D)", whole, D, fall, "differentiate")
    proof.equal(_at_best(slope, found), 0, f"the slope vanishes at D* = {_text(star)}", shown=_named(label + "h′(D*)"))
    for end, side in ((found.at.low, star - found.at.low), (found.at.high, found.at.high - star)):
        if end not in (sympy.oo, -sympy.oo):
            proof.compare(sympy.logcombine(sympy.together(side), force=True), ">", 0, "D* lies in the range of D")
    if sign_on_domain(sympy.diff(slope, SCORE), "<", found.at).proved:
        reason = "h is strictly concave: D* is its maximum, and alone"
        _sign_of_slope(proof, found, u * a + b, "<", label + "h″(D)", reason, order=2)
        return
    _single_peaked(proof, found, label)


def _at_best(expr: Any, found: Analysis) -> Any:
    """An expression in D at D*, by way of the coordinate, in which roots are whole."""
    assert found.best is not None
    return expr.subs(SCORE, found.best.D_star)


def _single_peaked(proof: Proof, found: Analysis, label: str = "") -> tuple[int, ...]:
    """h′ = a′·(u − U), U = −b′/a′: with a′ and U′ of one sign, h rises before U(D) = u and falls after it."""
    a, b = sympy.diff(found.real, SCORE), sympy.diff(found.fake, SCORE)
    U = turning_ratio(found.real, found.fake)
    whole, product = _shown(u * a + b, found), _shown(a * (u - U), found)
    proof.equal(whole, product, "h′ = a′·(u − U), U = −b′/a′", shown=_named(label + "h′(D)"))
    relation = ">" if sign_on_domain(a, ">", found.at).proved else "<"
    first = _sign_of_slope(proof, found, found.real, relation, label + "a′(D)", "a is monotone")
    second = _sign_of_slope(proof, found, U, relation, label + "U′(D)", "and U in the same direction")
    h_peak, h = _named(label + "h(D*)"), _named(label + "h(D)")
    proof.conclude("sign of the slope", h_peak, ">=", h, (first, second), "h rises before D* and falls after it")
    return first, second


def _implicit(proof: Proof, found: Analysis) -> None:
    """Without a closed form: D* is where U(D) = u, and f″ = a′/U′ > 0 there."""
    if not found.strict.proved:
        expr = sympy.diff(found.real, SCORE)
        proof.add(expr, ">", 0, "f has no closed form here, and a′ and U′ no certain sign", found.strict)
        return
    lines = _single_peaked(proof, found)
    U, (start, end) = found.at.of(turning_ratio(found.real, found.fake)), turning_ends(found.real, found.fake, found.at)
    edge = Symbol("ε", positive=True)
    ends = [
        proof.limit(
            U.subs(found.at.symbol, place), edge, value, "U at an end of the range", shown=_named(f"U, {side} end")
        )
        for place, value, side in ((edge, start, "one"), (1 / edge, end, "the other"))
    ]
    reason = "f′(u) = a(D*), D* = U⁻¹(u) moves with u: f is strictly convex about 1, though it has no closed form"
    between = f"{_text(min(start, end))} < u < {_text(max(start, end))}"
    second = _named("f″(u) = a′(D*)/U′(D*)")
    proof.conclude("slope of a supremum", second, ">", 0, (*lines, *ends), reason, where=between)


def _at_a_corner(proof: Proof, found: Analysis, label: str = "") -> None:
    """Between two kinks of f one corner of h is the best: h does not fall before it and does not rise after it."""
    from gantheory.symbolic.piecewise_response import pieces

    assert found.best is not None
    parts = pieces(found.real, found.fake, found.at) or []
    limits = [sympy.Integer(0), *found.best.kinks, sympy.oo]
    for low, high, corner in zip(limits, limits[1:], found.best.corners):
        ratio = Symbol(f"u_{limits.index(low)}", positive=True)
        if (low, high) != (0, sympy.oo):
            proof.domains[ratio] = (low, high)
        where = f"{_text(low)} < {ratio.name} < {_text(high)}"
        for piece in parts:
            before = piece.high <= corner
            slope = ratio * piece.real + piece.fake
            side = f"before D = {_text(corner)}" if before else f"after D = {_text(corner)}"
            span = f"({_text(piece.low)}, {_text(piece.high)})"
            relation, moves = (">=", "does not fall") if before else ("<=", "does not rise")
            proof.compare(slope, relation, 0, f"h′(D) on {span}: h {moves} {side}", where=where)


def _envelope(proof: Proof, found: Analysis, label: str = "") -> None:
    """f, its slope and its value at 1."""
    best = found.best
    assert best is not None
    if best.corners:
        for i, (corner, line) in enumerate(zip(best.corners, _lines(found))):
            claimed = u * found.real.subs(SCORE, corner) + found.fake.subs(SCORE, corner)
            proof.equal(
                line, claimed, f"h at the corner D = {_text(corner)}", shown=_named(f"{label}f(u), piece {i + 1}")
            )
        proof.equal(best.f.subs(u, 1), found.optimum, "the value at u = 1", shown=_named(label + "f(1)"))
        return
    reached = _at_best(u * found.real + found.fake, found)
    proof.equal(reached, best.f, "put D* in: the criterion is ∫ q·f(p/q)", shown=_named(label + "f(u)"))
    proof.derivative(
        label + "f′(u)", best.f, u, best.real, "the slope is a(D*): D* moves, and to first order changes nothing"
    )
    proof.equal(best.f.subs(u, 1), found.optimum, "the value at u = 1, p_g = p_data", shown=_named(label + "f(1)"))


def _lines(found: Analysis) -> list[Any]:
    assert found.best is not None
    return [u * x + y for x, y in zip(cases_of(found.best.real), cases_of(found.best.fake))]


def _least(proof: Proof, found: Analysis) -> None:
    """∫ q f(p/q) ≥ f(1), equality iff p = q: f lies above its tangent at 1."""
    best = found.best
    assert best is not None
    start, slope = found.optimum, best.real.subs(u, 1)
    above = best.f - start - slope * (u - 1)
    second = sympy.factor(sympy.together(sympy.diff(best.real, u)))
    curve = proof.tangent("g", above, u, 1, second, "f lies above its tangent at u = 1, and touches it only there")
    centred, inside = (Int(tidy(q * side.subs(u, p / q))) for side in (above, best.f))
    whole = proof.monotone(centred, ">=", 0, curve, "integrate q·g(p/q)", at={u: p / q}, weight=q)
    balance = (start / 2 - slope) * (p - q)
    balanced = proof.same_mass(inside - start, centred, balance, "∫p = ∫q = 1: the tangent's slope integrates to 0")
    proof.chain(inside, ">=", start, (balanced, whole), "no p_g gets below f(1)")
    proof.vanishing(equation(centred, 0), equation(p, q), whole, "and only p_g = p_data attains it: proper")


def _divergence(proof: Proof, found: Analysis) -> None:
    """∫ q f(p/q) is a constant and a multiple of a named divergence."""
    best, known = found.best, found.named
    assert best is not None
    if known is None:
        return
    if best.corners:
        _total_variation(proof, found)
        return
    slope = best.real.subs(u, 1) - known.factor * sympy.diff(known.f, u).subs(u, 1)
    rest = found.optimum + slope * (u - 1) + known.factor * (known.f - known.f.subs(u, 1))
    proof.equal(rest, best.f, f"f is {known}, and a multiple of u − 1, which ∫p = ∫q removes", shown=_named("f(u)"))


def _total_variation(proof: Proof, found: Analysis) -> None:
    best, known = found.best, found.named
    assert best is not None
    assert known is not None
    gap = Symbol("v", positive=True)
    proof.domains[gap] = (0, 1)
    reason = f"so that ∫ q·f(p/q) = {known}"
    lines = _lines(found)
    slope = (sympy.diff(lines[0], u) + sympy.diff(lines[-1], u)) / 2
    for value, line in ((1 - gap, lines[0]), (1 + gap, lines[-1])):
        claimed = found.optimum + slope * (value - 1) + known.factor * gap / 2
        shown = _named(f"f({_text(value)})")
        proof.equal(line.subs(u, value), claimed, f"|u − 1| = v; {reason}", where="0 < v < 1", shown=shown)


def _conjugate(proof: Proof, found: Analysis, label: str = "") -> None:
    """Fenchel's equality u·f′(u) = f(u) + f*(f′(u)), and the bound's slope, which vanishes at T* = f′(u)."""
    best, star = found.best, found.conjugate
    assert best is not None
    if star is None or best.corners:
        return
    T = best.real
    shown = _named(label + "f*(T*), T* = f′(u)")
    proof.equal(star.subs(SLOPE, T), -best.fake, "f*(a(D)) = −b(D)", shown=shown)
    proof.equal(
        u * T - star.subs(SLOPE, T), best.f, "the bound u·t − f*(t) is f(u) at t = T*", shown=_named(label + "(f*)*(u)")
    )
    reason = "(f*)′(T*) = u: the bound has its maximum there"
    proof.equal(sympy.diff(star, SLOPE).subs(SLOPE, T), u, reason, shown=_named(label + "(f*)′(T*)"))
