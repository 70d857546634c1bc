"""Integrals of one variable inside a derivation: by an antiderivative, by Stein's identity, by a derivative in a
parameter, and between ends that move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gantheory.symbolic.normal_form import OutsideClass, boundary_value
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.rules import named
from gantheory.symbolic.zero_test import Decision, is_zero

__all__ = ["antiderivative", "between_ends", "constant_derivative", "leibniz", "mean_log_ratio", "stein"]

End = tuple[Mapping[Any, Any], Any]  # the values of the symbols there, and its speed

EPS: Any = sympy.Symbol("ε", positive=True)


def named_value(name: str) -> Any:
    """A real number that is shown by its name."""
    return sympy.Symbol(name, real=True)


def antiderivative(
    proof: Proof, name: str, F: Any, f: Any, x: Any, ends: tuple[Any, Any], claimed: Any, reason: str
) -> int:
    """∫ f dx = claimed: F′ = f exactly, and F at the two ends, each written as a function of ε falling to 0."""
    slope = proof.derivative(f"F′({x.name})", F, x, f, f"F = {reason}")
    try:
        low, high = (boundary_value(F.subs(x, end), EPS, proof.domains) for end in ends)
        decision = is_zero(high - low - claimed, proof.domains)
    except OutsideClass as outside:
        decision = Decision("undecided", "fundamental theorem of calculus", str(outside))
    if decision.proved:
        proved = proof.steps[slope - 1].proved
        decision = Decision("proved" if proved else "undecided", named("fundamental theorem of calculus"))
    return proof.add(named_value(name), "=", claimed, "F at the two ends", decision, (slope,))


def stein(proof: Proof, name: str, f: Any, score: Any, x: Any, statistic: Any, mean: Any, reason: str) -> int:
    """E[statistic] = mean, because f′ + f·(log p)′ is a constant multiple of mean − statistic.

    That f·p vanishes at both ends is the rule's, and stated.
    """
    identity = sympy.diff(f, x) + f * score
    share = sympy.cancel((identity / (mean - statistic)).subs(x, sympy.Integer(3)))
    decision = is_zero(identity - share * (mean - statistic), proof.domains)
    constant = not share.has(x) and share != 0
    if decision.proved:
        decision = Decision("proved" if constant else "undecided", f"zero test, stated: {named('Stein')}")
    return proof.add(named_value(name), "=", mean, reason, decision)


def constant_derivative(
    proof: Proof, name: str, parameter: Any, slope: Any, claimed: Any, premises: tuple[int, ...], reason: str
) -> int:
    """A quantity with a given derivative in a parameter, and one value or limit in common with `claimed`.

    The derivatives are compared; that the premises give the common value is stated.
    """
    exact = is_zero(sympy.diff(claimed, parameter) - slope, proof.domains)
    if exact.proved:
        missing = [n for n in premises if not proof.steps[n - 1].proved]
        rule = f"calculus, stated: {named('constant derivative')}"
        exact = Decision("undecided" if missing or not premises else "proved", rule)
    return proof.add(named_value(name), "=", claimed, reason, exact, premises)


def mean_log_ratio(
    proof: Proof, name: str, log_ratio: Any, moments: Mapping[Any, int], claimed: Any, reason: str
) -> int:
    """E[c₀ + Σ cᵢTᵢ] = c₀ + Σ cᵢE[Tᵢ]: each statistic is replaced by the mean that an earlier step proved."""
    statistics = tuple(moments)
    missing = [n for n in moments.values() if not proof.steps[n - 1].proved]
    linear = sympy.Poly(sympy.expand(log_ratio), *statistics) if statistics else None
    means = {T: proof.steps[n - 1].rhs for T, n in moments.items()}
    if missing or (linear is not None and linear.total_degree() > 1):
        decision = Decision("undecided", "linearity of the integral", "a statistic's mean is not proved")
    else:
        decision = is_zero(sympy.expand(log_ratio).xreplace(means) - claimed, proof.domains)
    if decision.proved:
        decision = Decision("proved", f"zero test, {named('linearity of the integral')}")
    return proof.add(named_value(name), "=", claimed, reason, decision, tuple(moments.values()))


def leibniz(
    proof: Proof, rate: Any, inside: Any, f: Any, lower: End, upper: End, premises: tuple[int, ...], reason: str
) -> int:
    """d/dθ ∫ f dx = ∫ ∂f/∂θ dx + f·b′ at the upper end − f·a′ at the lower: the signs are the rule's.

    >>> x, a, b = sympy.symbols("x a b", positive=True)
    >>> rate, inside = sympy.symbols("rate inside", real=True)
    >>> proof = Proof("example", "x from 1 to b, where b moves with speed 1")
    >>> line = proof.equal(sympy.diff(x, b), 0, "x does not know of b")
    >>> print(proof.steps[leibniz(proof, rate, inside, x, ({x: 1}, 0), ({x: b}, 1), (line,), "an end") - 1].text())
    rate = b + inside
    """
    (low, low_speed), (high, high_speed) = lower, upper
    rhs = inside + f.subs(high) * high_speed - f.subs(low) * low_speed
    return proof.conclude("Leibniz", rate, "=", rhs, premises, reason)


def between_ends(
    proof: Proof, left: Any, rest: Any, F: Any, lower: End, upper: End, premises: tuple[int, ...], reason: str
) -> int:
    """∫ (f + F′) dx = ∫ f dx + F at the upper end − F at the lower; f and F smooth between them."""
    rhs = rest + F.subs(upper[0]) - F.subs(lower[0])
    return proof.conclude("fundamental theorem of calculus", left, "=", rhs, premises, reason)
