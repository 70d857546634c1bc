"""The theorem of an objective, with its proof: D* and that it is the maximum; f, its optimum, divergence and conjugate.

Written for any (a, b) that `analyse` has a closed form for. What is decided by algebra is decided by the zero test and
by signs of coefficients in the coordinate of D's range; Jensen's inequality enters as the tangent of f at u = 1.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol

from gantheory.symbolic.analysis import Analysis, turning_ends, turning_ratio
from gantheory.symbolic.best_response import RATIO, Part, cases_of, tidy
from gantheory.symbolic.calculus import named_value
from gantheory.symbolic.clipped_response import positive_over
from gantheory.symbolic.degrees import factored
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.fenchel import SLOPE
from gantheory.symbolic.functionals import Int, equation, p, q
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.maximum_proof import at_a_corner, at_best, by_parts, own_symbol, single_peaked, stationary
from gantheory.symbolic.printing import text
from gantheory.symbolic.proof import Proof

__all__ = ["LAWS", "add_reached", "derivation_of", "objective_proof"]

LAWS = "p = p_data and q = p_g are densities with respect to one measure μ; u = p/q"
u = RATIO


def objective_proof(
    found: Analysis, name: str, title: str = "", *, slips: tuple[str, ...] = (), counterfeit: str | None = None
) -> Proof:
    """A proof with no steps yet, under what is given."""
    return Proof(
        name,
        title or f"D maximises ∫ p·a(D) + q·b(D), a = {text(found.real)}, b = {text(found.fake)}",
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
    if found.best.parts:
        _least_by_parts(proof, found)
    elif not found.best.corners and found.strict.proved:
        _least(proof, found)
    _divergence(proof, found)
    return proof.derivation()


def add_reached(proof: Proof, found: Analysis, *, label: str = "") -> None:
    """D* is the maximum, f is what it reaches, and f* is its conjugate; `label` is put before the names of lines."""
    assert found.best is not None
    if found.best.parts:
        by_parts(proof, found, label)
        _envelope_by_parts(proof, found, label)
    else:
        (at_a_corner if found.best.corners else stationary)(proof, found, label)
        _envelope(proof, found, label)
    _conjugate(proof, found, label)


def _implicit(proof: Proof, found: Analysis) -> None:
    """Without a closed form: D* is where U(D) = u, and f″ = a′/U′ > 0 there."""
    if not found.strict.proved:
        expr = sympy.diff(found.real, SCORE)
        proof.add(expr, ">", 0, "f has no closed form here, and a′ and U′ no certain sign", found.strict)
        return
    lines = single_peaked(proof, found)
    U, (start, end) = found.at.of(turning_ratio(found.real, found.fake)), turning_ends(found.real, found.fake, found.at)
    edge = Symbol("ε", positive=True)
    ends = [
        proof.limit(
            U.subs(found.at.symbol, place), edge, value, "U at an end of the range", shown=named_value(f"U, {side} end")
        )
        for place, value, side in ((edge, start, "one"), (1 / edge, end, "the other"))
    ]
    reason = "f′(u) = a(D*), D* = U⁻¹(u) moves with u: f is strictly convex about 1, though it has no closed form"
    between = f"{text(min(start, end))} < u < {text(max(start, end))}"
    second = named_value("f″(u) = a′(D*)/U′(D*)")
    proof.conclude("slope of a supremum", second, ">", 0, (*lines, *ends), reason, where=between)


def _envelope(proof: Proof, found: Analysis, label: str = "") -> None:
    """f, its slope and its value at 1."""
    best = found.best
    assert best is not None
    if best.corners:
        for i, (corner, line) in enumerate(zip(best.corners, _lines(found))):
            claimed = u * found.real.subs(SCORE, corner) + found.fake.subs(SCORE, corner)
            proof.equal(
                line, claimed, f"h at the corner D = {text(corner)}", shown=named_value(f"{label}f(u), piece {i + 1}")
            )
        proof.equal(best.f.subs(u, 1), found.optimum, "the value at u = 1", shown=named_value(label + "f(1)"))
        return
    reached = at_best(u * found.real + found.fake, found)
    proof.equal(reached, best.f, "put D* in: the criterion is ∫ q·f(p/q)", shown=named_value(label + "f(u)"))
    proof.derivative(
        label + "f′(u)", best.f, u, best.real, "the slope is a(D*): D* moves, and to first order changes nothing"
    )
    proof.equal(best.f.subs(u, 1), found.optimum, "the value at u = 1, p_g = p_data", shown=named_value(label + "f(1)"))


def _envelope_by_parts(proof: Proof, found: Analysis, label: str) -> None:
    assert found.best is not None
    for part in found.best.parts:
        symbol, where = own_symbol(proof, part)
        reached = (u * found.real + found.fake).subs(SCORE, part.D_star)
        f, reached, slope = (expr.subs(u, symbol) for expr in (part.f, reached, part.real))
        shown = named_value(f"{label}f({symbol.name})")
        proof.equal(reached, f, "put D* in: the criterion is ∫ q·f(p/q)", shown=shown, where=where)
        proof.derivative(f"{label}f′({symbol.name})", f, symbol, slope, "the slope is a(D*)")
    reached = found.best.f.subs(u, 1)
    proof.equal(reached, found.optimum, "the value at u = 1, p_g = p_data", shown=named_value(label + "f(1)"))


def _least_by_parts(proof: Proof, found: Analysis) -> None:
    """f bends on one side of 1 at least, or is a line about 1."""
    assert found.best is not None
    beside = [part for part in found.best.parts if part.low <= 1 <= part.high]
    bent: Part | None = next((part for part in beside if not part.at_end), None)
    part = bent or beside[0]
    symbol, where = own_symbol(proof, part)
    second = tidy(sympy.diff(part.real, u))
    if bent is None:
        proof.equal(second.subs(u, symbol), 0, "f″: f is a line about u = 1, so that it is not proper", where=where)
        return
    decision = positive_over(second, (part.low, part.high))
    curved = proof.add(second.subs(u, symbol), ">", 0, "f″: f bends beside u = 1", decision, where=where)
    total, start = named_value("∫ q·f(p/q) dμ"), named_value("f(1)")
    reason = "f, convex, is no line about 1, and u = p/q has the mean 1: equality only at p_g = p_data, proper"
    proof.conclude("Jensen", total, ">=", start, (curved,), reason)


def _lines(found: Analysis) -> list[Any]:
    assert found.best is not None
    return [u * x + y for x, y in zip(cases_of(found.best.real), cases_of(found.best.fake))]


def _least(proof: Proof, found: Analysis) -> None:
    """∫ q f(p/q) ≥ f(1), equality iff p = q: f lies above its tangent at 1."""
    best = found.best
    assert best is not None
    start, slope = found.optimum, best.real.subs(u, 1)
    above = best.f - start - slope * (u - 1)
    second = factored(sympy.diff(best.real, u))
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
    proof.equal(
        rest, best.f, f"f is {known}, and a multiple of u − 1, which ∫p = ∫q removes", shown=named_value("f(u)")
    )


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
        shown = named_value(f"f({text(value)})")
        proof.equal(line.subs(u, value), claimed, f"|u − 1| = v; {reason}", where="0 < v < 1", shown=shown)


def _conjugate(proof: Proof, found: Analysis, label: str = "") -> None:
    """Fenchel's equality u·f′(u) = f(u) + f*(f′(u)), and the bound's slope, which vanishes at T* = f′(u)."""
    best, star = found.best, found.conjugate
    assert best is not None
    if star is None or best.corners:
        return
    part = next((part for part in best.parts if not part.at_end), None)
    ratio, where = (u, "") if part is None else own_symbol(proof, part)
    T, fake, f = (expr.subs(u, ratio) for expr in ((part or best).real, (part or best).fake, (part or best).f))
    shown = named_value(label + "f*(T*), T* = f′(u)")
    proof.equal(star.subs(SLOPE, T), -fake, "f*(a(D)) = −b(D)", shown=shown, where=where)
    reached, shown = ratio * T - star.subs(SLOPE, T), named_value(label + "(f*)*(u)")
    proof.equal(reached, f, "the bound u·t − f*(t) is f(u) at t = T*", shown=shown, where=where)
    reason = "(f*)′(T*) = u: the bound has its maximum there"
    slope = sympy.diff(star, SLOPE).subs(SLOPE, T)
    proof.equal(slope, ratio, reason, shown=named_value(label + "(f*)′(T*)"), where=where)
