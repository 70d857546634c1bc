"""Integrals of one variable inside a derivation: by an antiderivative, by Stein's identity, by a derivative in a
parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gantheory.symbolic.normal_form import OutsideClass, boundary_value
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.rules import named
from gantheory.symbolic.zero_test import Decision, is_zero

__all__ = ["antiderivative", "constant_derivative", "mean_log_ratio", "stein"]

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
    """E[statistic] = mean, because f′ + f·(log p)′ is a constant multiple of mean − statistic."""
    identity = sympy.diff(f, x) + f * score
    share = sympy.cancel((identity / (mean - statistic)).subs(x, sympy.Integer(3)))
    decision = is_zero(identity - share * (mean - statistic), proof.domains)
    constant = not share.has(x) and share != 0
    if decision.proved:
        decision = Decision("proved" if constant else "undecided", named("Stein"))
    return proof.add(named_value(name), "=", mean, reason, decision)


def constant_derivative(
    proof: Proof, name: str, parameter: Any, slope: Any, claimed: Any, premises: tuple[int, ...], reason: str
) -> int:
    """A quantity with a given derivative in a parameter, and one value or limit in common with `claimed`."""
    exact = is_zero(sympy.diff(claimed, parameter) - slope, proof.domains)
    if exact.proved:
        missing = [n for n in premises if not proof.steps[n - 1].proved]
        exact = Decision("undecided" if missing or not premises else "proved", named("constant derivative"))
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
