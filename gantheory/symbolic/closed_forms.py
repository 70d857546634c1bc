"""Closed forms of KL within the standard families: the log-ratio is linear in a few statistics, and their means
are known.

Each family contributes (1) the log-ratio of two of its densities, (2) the means of its statistics by Stein's
identity, by an antiderivative or by differentiating the normalisation, (3) the sum.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol, exp, log, loggamma, polygamma

from gantheory.symbolic.calculus import EPS, antiderivative, mean_log_ratio, named_value, stein
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.proof import Proof

__all__ = ["kl_closed_forms"]


def _positive(names: str) -> Any:
    return sympy.symbols(names, positive=True)


x: Any = Symbol("x", positive=True)
v: Any = Symbol("v", real=True)
log_x: Any = named_value("log x")
s1, s2, b1, b2, theta1, theta2, k1, k2 = _positive("σ1 σ2 b1 b2 θ1 θ2 k1 k2")


def _normal(proof: Proof, wrong: bool) -> None:
    shift = Symbol("Δ", real=True)
    v2 = named_value("v²")
    score = -v / s1**2
    mean = stein(proof, "E[v]", sympy.Integer(1), score, v, v, sympy.Integer(0), "Normal, v = x − μ1: f = 1")
    square = stein(proof, "E[v²]", v, score, v, v**2, s1**2, "Normal: f = v")
    ratio = log(s2 / s1) - v2 / (2 * s1**2) + (v2 + 2 * v * shift + shift**2) / (2 * s2**2)
    density = -log(s1) - v**2 / (2 * s1**2) + log(s2) + (v + shift) ** 2 / (2 * s2**2)
    proof.equal(ratio.subs(v2, v**2), density, "the log-ratio of two Normal densities", shown=named_value("log p/q"))
    first, second = (s1, s2) if not wrong else (s1**2, s2**2)
    claimed = log(second / first) + (first**2 + shift**2) / (2 * second**2) - Rational(1, 2)
    mean_log_ratio(proof, "KL(N₁ ‖ N₂)", ratio, {v: mean, v2: square}, claimed, "Normal")


def _exponential_and_gamma(proof: Proof) -> None:
    score = (k1 - 1) / x - 1 / theta1
    mean = stein(proof, "E[x]", x, score, x, x, k1 * theta1, "Gamma with shape k1, scale θ1: f = x")
    normalisation = loggamma(k1) + k1 * log(theta1)
    log_mean = proof.derivative(
        "E[log x]",
        normalisation,
        k1,
        polygamma(0, k1) + log(theta1),
        "∂/∂k1 of log ∫ x^(k1−1) e^(−x/θ1) dx = log Γ(k1) + k1 log θ1, under the integral",
        rule="differentiation in a parameter",
    )
    ratio = (k1 - k2) * log_x - x / theta1 + x / theta2
    ratio += loggamma(k2) - loggamma(k1) + k2 * log(theta2) - k1 * log(theta1)
    density = (k1 - 1) * log(x) - x / theta1 - normalisation
    density -= (k2 - 1) * log(x) - x / theta2 - loggamma(k2) - k2 * log(theta2)
    proof.equal(
        ratio.subs(log_x, log(x)), density, "the log-ratio of two Gamma densities", shown=named_value("log p/q")
    )
    claimed = (k1 - k2) * polygamma(0, k1) + loggamma(k2) - loggamma(k1) + k2 * log(theta2 / theta1)
    claimed += k1 * (theta1 - theta2) / theta2
    moments = {x: mean, log_x: log_mean}
    mean_log_ratio(proof, "KL(Gamma₁ ‖ Gamma₂)", ratio, moments, claimed, "Gamma")
    exponential = log(theta2 / theta1) + theta1 / theta2 - 1
    at_one = claimed.subs({k1: 1, k2: 1})
    proof.equal(at_one, exponential, "Exponential: shapes 1", shown=named_value("KL(Exp₁ ‖ Exp₂)"))


def _laplace(proof: Proof) -> None:
    d = Symbol("d", positive=True)
    absolute, absolute_shifted = named_value("|v|"), named_value("|v − d|")
    first = stein(proof, "E|v|", x, -1 / b1, x, x, b1, "Laplace, v = x − μ1: |v| is exponential with scale b1, f = |v|")
    tail = antiderivative(
        proof,
        "E[(v − d)⁺]",
        -(x - d + b1) * exp(-x / b1) / 2,
        (x - d) * exp(-x / b1) / (2 * b1),
        x,
        (d + EPS, d + 1 / EPS),
        b1 * exp(-d / b1) / 2,
        "−½(v − d + b1) e^(−v/b1), d = |μ1 − μ2|",
    )
    excess = named_value("(v − d)⁺")
    shifted = mean_log_ratio(
        proof,
        "E|v − d|",
        d + 2 * excess,
        {excess: tail},
        d + b1 * exp(-d / b1),
        "|v − d| = d − v + 2(v − d)⁺ and E[v] = 0",
    )
    ratio = log(b2 / b1) - absolute / b1 + absolute_shifted / b2
    claimed = log(b2 / b1) + (d + b1 * exp(-d / b1)) / b2 - 1
    mean_log_ratio(
        proof, "KL(Laplace₁ ‖ Laplace₂)", ratio, {absolute: first, absolute_shifted: shifted}, claimed, "Laplace"
    )


def _beta(proof: Proof) -> None:
    a1, a2, c1, c2 = _positive("a1 a2 b1 b2")
    log_x1 = named_value("log(1 − x)")

    def log_beta(a: Any, b: Any) -> Any:
        return loggamma(a) + loggamma(b) - loggamma(a + b)

    real = proof.derivative(
        "E[log x]",
        log_beta(a1, c1),
        a1,
        polygamma(0, a1) - polygamma(0, a1 + c1),
        "∂/∂a1 of log B(a1, b1), under the integral",
        rule="differentiation in a parameter",
    )
    fake = proof.derivative(
        "E[log(1 − x)]",
        log_beta(a1, c1),
        c1,
        polygamma(0, c1) - polygamma(0, a1 + c1),
        "∂/∂b1 of log B(a1, b1), under the integral",
        rule="differentiation in a parameter",
    )
    ratio = (a1 - a2) * log_x + (c1 - c2) * log_x1 + log_beta(a2, c2) - log_beta(a1, c1)
    claimed = log_beta(a2, c2) - log_beta(a1, c1) + (a1 - a2) * polygamma(0, a1) + (c1 - c2) * polygamma(0, c1)
    claimed += (a2 - a1 + c2 - c1) * polygamma(0, a1 + c1)
    mean_log_ratio(proof, "KL(Beta₁ ‖ Beta₂)", ratio, {log_x: real, log_x1: fake}, claimed, "Beta")


def _weibull(proof: Proof) -> None:
    l1, l2 = _positive("λ1 λ2")
    w, log_w, power = x, named_value("log w"), named_value("w^(k2/k1)")
    first = stein(
        proof, "E[w]", w, sympy.Integer(-1), w, w, sympy.Integer(1), "Weibull: w = (x/λ1)^k1 is exponential, f = w"
    )
    logarithm = proof.equal(
        polygamma(0, 1), -sympy.EulerGamma, "E[log w] = Γ′(1)/Γ(1), as for Gamma", shown=named_value("E[log w]")
    )
    moment, named_moment = sympy.gamma(1 + k2 / k1), named_value("E[w^(k2/k1)]")
    whole = proof.conclude("gamma integral", named_moment, "=", moment, (first,), "w has density e^(−w)")
    log_x_in_w = log(l1) + log_w / k1
    ratio = log(k1) - k1 * log(l1) + (k1 - 1) * log_x_in_w - w
    ratio -= log(k2) - k2 * log(l2) + (k2 - 1) * log_x_in_w - exp(k2 * (log(l1) - log(l2))) * power
    claimed = log(k1) - k1 * log(l1) - log(k2) + k2 * log(l2) + (k1 - k2) * (log(l1) - sympy.EulerGamma / k1)
    claimed += exp(k2 * (log(l1) - log(l2))) * sympy.gamma(1 + k2 / k1) - 1
    moments = {w: first, log_w: logarithm, power: whole}
    mean_log_ratio(proof, "KL(Weibull₁ ‖ Weibull₂)", ratio, moments, claimed, "Weibull")


def _uniform_and_logistic(proof: Proof) -> None:
    inner, outer = _positive("ℓ L")
    constant = named_value("KL(U₁ ‖ U₂)")
    reason = "Uniform on an interval of length ℓ inside one of length L: the log-ratio is constant"
    proof.equal(-log(inner) + log(outer), log(outer / inner), reason, shown=constant)
    a, w = _positive("a w")
    p, q = 1 / (1 + w) ** 2, a / (w + a) ** 2
    ratio = 2 * log(w + a) - 2 * log(1 + w) - log(a)
    proof.equal(
        log(p / q), ratio, "Logistic at equal scale, w = e^x, a = e^d: the log-ratio", shown=named_value("log p/q")
    )
    F = (
        -2 * log(w + a) / (1 + w)
        + 2 * log((1 + w) / (w + a)) / (a - 1)
        + 2 * (log(1 + w) + 1) / (1 + w)
        + log(a) / (1 + w)
    )
    claimed = log(a) * (a + 1) / (a - 1) - 2
    antiderivative(
        proof,
        "KL(Logistic₁ ‖ Logistic₂)",
        F,
        ratio * p,
        w,
        (EPS, 1 / EPS),
        claimed,
        "the antiderivative by parts; d·coth(d/2) − 2 = log(a)·(a + 1)/(a − 1) − 2",
    )


def kl_closed_forms(counterfeit: str | None = None) -> Derivation:
    """KL of two laws of one family."""
    proof = Proof(
        "kl.closed-forms",
        "closed forms of KL: Normal, Gamma, Exponential, Laplace, Beta, Weibull, nested Uniform, Logistic",
        hypotheses=(
            "p has the parameters with index 1, q those with index 2; scales and shapes are positive; Δ = μ1 − μ2",
            "f·p vanishes at both ends of the support wherever Stein's identity is used",
        ),
        counterfeit=counterfeit,
    )
    _normal(proof, counterfeit == "σ and σ² exchanged")
    if counterfeit is None:
        for family in (_exponential_and_gamma, _laplace, _beta, _weibull, _uniform_and_logistic):
            family(proof)
    return proof.derivation()
