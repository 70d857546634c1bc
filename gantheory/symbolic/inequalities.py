"""Inequalities from inequalities: sums of lines with coefficients, a valley, and names for what is defined on the way.

Each function adds one line to a derivation, like the methods of Proof, and checks all that carries it over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from gantheory.symbolic.derivation import Step
from gantheory.symbolic.functionals import Functional, equation, unfold
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.rules import named
from gantheory.symbolic.zero_test import Decision, is_zero, sign, vanishes

__all__ = ["combine", "define", "valley"]

_ABOVE, _STRICT = (">=", ">"), (">", "<")


def define(proof: Proof, name: sympy.Symbol, expr: Any, reason: str) -> int:
    """name = expr, where nothing is known of the name: no earlier line, no domain and no sign speaks of it."""
    expr = sympy.sympify(expr)
    used = {s for step in proof.steps for s in (*step.lhs.free_symbols, *step.rhs.free_symbols)}
    used |= {*proof.densities, *proof.domains, *expr.free_symbols}
    if not isinstance(name, sympy.Symbol) or name in used or name.is_nonnegative or name.is_nonpositive:
        decision = Decision("undecided", "definition", f"{name} is not new")
    else:
        decision = Decision("proved", named("definition"))
    return proof.add(name, "=", expr, reason, decision)


def combine(
    proof: Proof,
    lhs: Any,
    relation: Any,
    rhs: Any,
    premises: Mapping[int, Any],
    reason: str,
    *,
    also: Iterable[Mapping] = (),
) -> int:
    """lhs relation rhs is the sum of earlier lines, each times a number: ≥ 0 on an inequality, any on an equality.

    An equality may be read in either direction, so that its number is given up to its sign.
    The coefficients' signs are decided for all values of their symbols, and in each case of `also`: an interval's end.

    >>> x = sympy.Symbol("x", positive=True)
    >>> proof = Proof("example", "twice an inequality")
    >>> line = proof.compare(x + 1 / x, ">", 0, "positive")
    >>> proof.steps[combine(proof, 2 * x + 2 / x, ">", 0, {line: 2}, "twice") - 1].proved
    True
    >>> proof.steps[combine(proof, -x - 1 / x, ">", 0, {line: -1}, "turned round") - 1].proved
    False
    """
    lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
    difference = unfold(lhs - rhs) if relation in (*_ABOVE, "=") else unfold(rhs - lhs)
    numbers = {n: sympy.sympify(c) for n, c in premises.items()}
    cases = ({}, *also)
    decision = proof._unproved(tuple(numbers)) or _sum(proof, difference, relation, numbers, cases)
    number = proof.add(lhs, relation, rhs, reason, decision, tuple(numbers))
    if decision.proved and relation != "=":
        proof.nonnegative[number] = (difference, _equality_case(proof, numbers, cases))
    return number


def _sum(
    proof: Proof, difference: Any, relation: str, premises: Mapping[int, Any], cases: tuple[Mapping, ...]
) -> Decision:
    steps = {n: proof.steps[n - 1] for n in premises}
    strict = False
    for n, c in premises.items():
        step = steps[n]
        refusal = _refusal(proof, step, relation, c)
        if refusal:
            return Decision("undecided", "transitivity", refusal)
        if step.relation != "=":
            signs = [sign(c.subs(case), ">=", proof.domains) for case in cases]
            if not all(s.proved for s in signs):
                return Decision("undecided", "positive multiple", f"{c} is not seen to be ≥ 0 on step {n}")
            if step.relation in _STRICT:
                strict = strict or all(sign(c.subs(case), ">", proof.domains).proved for case in cases)
            difference -= c * _amount(step)
    if relation in _STRICT and not strict:
        return Decision("undecided", "transitivity", "no premise is strict")
    equalities = [c * _amount(steps[n]) for n, c in premises.items() if steps[n].relation == "="]
    # An equality may be read in either direction; there are never more than a few.
    for signs in itertools.product((1, -1), repeat=len(equalities)):
        rest = difference - sum((s * e for s, e in zip(signs, equalities)), sympy.Integer(0))
        if vanishes(sympy.expand(rest), proof.domains):
            return Decision("proved", f"{named('positive multiple')}, {named('transitivity')}")
    return Decision("undecided", "transitivity", "the premises do not add up to the conclusion")


def _refusal(proof: Proof, step: Step, relation: str, coefficient: Any) -> str:
    """Why this premise cannot be used, or nothing."""
    if step.relation == "iff":
        return "an equivalence is no inequality"
    if relation == "=" and step.relation != "=":
        return "an equality needs equalities"
    integrals = step.lhs.has(Functional) or step.rhs.has(Functional)
    bare = coefficient.replace(lambda e: isinstance(e, Functional), lambda e: sympy.Integer(1))
    if integrals and bare.free_symbols & set(proof.densities):
        return f"the coefficient {coefficient} of an integral is no constant"
    return ""


def _amount(step: Step) -> Any:
    """What the line says to be ≥ 0, or to be 0."""
    above = step.relation in (*_ABOVE, "=")
    return unfold(step.lhs - step.rhs if above else step.rhs - step.lhs)  # type: ignore[operator]


def _equality_case(proof: Proof, premises: Mapping[int, Any], cases: tuple[Mapping, ...]) -> Any:
    """The equality case of the one inequality of the sum, if it is one and its coefficient is positive."""
    inequalities = [n for n in premises if proof.steps[n - 1].relation != "="]
    if len(inequalities) != 1:
        return None
    coefficient = premises[inequalities[0]]
    positive = all(sign(coefficient.subs(case), ">", proof.domains).proved for case in cases)
    return proof.nonnegative.get(inequalities[0], (None, None))[1] if positive else None


def valley(
    proof: Proof,
    f: Any,
    variable: Any,
    at: Any,
    before: tuple[Any, int],
    after: tuple[Any, int],
    reason: str,
) -> int:
    """f ≥ 0 with f(at) = 0: one line says that −f′ ≥ 0 on all of (low, at), another that f′ ≥ 0 on (at, high).

    Each side is a symbol whose domain is that part of the variable's, and the line that speaks of it.
    """
    f, lines = sympy.sympify(f), (before[1], after[1])
    decision = proof._unproved(lines)
    low, high = proof.domains.get(variable, (0 if variable.is_positive else -sympy.oo, sympy.oo))
    if decision is None:
        start = is_zero(unfold(f).subs(variable, at), proof.domains)
        sides = ((before, -1, (low, at)), (after, 1, (at, high)))
        checks = [start, *(_slope(proof, f, variable, *side) for side in sides)]
        decision = next((c for c in checks if not c.proved), Decision("proved", named("sign of the slope")))
    number = proof.add(f, ">=", 0, reason, decision, lines)
    if decision.proved:
        strict = all(proof.steps[n - 1].relation in _STRICT for n in lines)
        proof.nonnegative[number] = (unfold(f), equation(variable, at) if strict else None)
    return number


def _slope(proof: Proof, f: Any, variable: Any, side: tuple[Any, int], toward: int, interval: tuple) -> Decision:
    symbol, line = side
    held = proof.nonnegative.get(line, (None, None))[0]
    if held is None:
        return Decision("undecided", "sign of the slope", f"step {line} is no inequality")
    found = proof.domains.get(symbol, (0 if symbol.is_positive else -sympy.oo, sympy.oo))
    if any(sympy.sympify(a) != sympy.sympify(b) for a, b in zip(found, interval)):
        return Decision("undecided", "sign of the slope", f"{symbol} does not range over {interval}")
    slope = sympy.diff(unfold(f), variable).subs(variable, symbol)
    same = is_zero(held - toward * slope, proof.domains)
    return same if same.proved else Decision("undecided", "sign of the slope", f"step {line} is about another slope")
