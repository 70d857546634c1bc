"""The gradient of C in a parameter where an edge of p_g moves, and a location family of a log-concave law.

With the velocity v of the points G_θ(z), ∂q/∂θ = −∂(q·v)/∂x, and for a law on (−∞, e) with a moving edge e

.. math:: \\frac{dC}{d\\theta} = E_q[g'\\,v] + p(e)\\,\\log D^*(e)\\,\\frac{de}{d\\theta}, \\qquad g = \\log(1 - D^*) :

the pathwise gradient, which training follows, is the first term alone.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol, log

from gantheory.symbolic.bregman import SLOPE, C, slope
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import p, q
from gantheory.symbolic.inequalities import combine
from gantheory.symbolic.proof import Proof

__all__ = ["edges", "log_concave"]

PATHWISE = "with D held at D* the gradient of V is that of C only where no edge and no fold of p_g moves"
p_x, q_x, v, v_x = sympy.symbols("p′ q′ v v′", real=True)
height: Any = Symbol("A", positive=True)
root: Any = Symbol("τ", positive=True)
k: Any = Symbol("k", real=True)


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def edges(counterfeit: str | None = None) -> Derivation:
    """dC/dθ = pathwise + p(e)·log D*(e)·de/dθ."""
    proof = Proof(
        "prop2.edges",
        "dC/dθ = E_q[g′·v] + Σ ± p(e)·log D*(e)·de/dθ: the pathwise term, and one for each moving edge of p_g",
        hypotheses=(
            SLOPE,
            "p and q are smooth up to the upper edge e of q; primes are ∂/∂x; a lower edge enters with the sign −",
            "v = ∂G_θ/∂θ at the point, so that ∂q/∂θ = −(q·v)′, and v = de/dθ at e",
        ),
        slips=(PATHWISE,),
        counterfeit=counterfeit,
    )
    integrand, g = C(q).integrand, slope(q)
    left_out = integrand - q * g
    if counterfeit == "pathwise alone":
        proof.equal(left_out, 0, "the edge would add nothing", shown=_named("c(p, q) − q·g at the edge"))
        return proof.derivation()
    chain = proof.derivative("∂c/∂q", integrand, q, g, "C = ∫ c(p, q) dx over x < e; beyond it q = 0 and c = 0")
    g_x = sympy.diff(g, p) * p_x + sympy.diff(g, q) * q_x
    flux = g_x * q * v + g * (q_x * v + q * v_x)
    reason = "∂c/∂θ = g·∂q/∂θ = −(g·q·v)′ + g′·q·v, the product rule"
    moved = proof.equal(-g * (q_x * v + q * v_x), -flux + g_x * q * v, reason, shown=_named("∂c/∂θ"))
    rate, path, end, whole = (_named(n) for n in ("dC/dθ", "E_q[g′·v]", "c(p, q)·v at e", "q·g·v at e"))
    leibniz = proof.conclude("Leibniz", rate, "=", _named("∫ ∂c/∂θ dx") + end, (chain,), "the edge moves with v")
    reason = "integrate ∂c/∂θ: g·q·v vanishes at the other end"
    parts = (moved,)
    total = proof.conclude("fundamental theorem of calculus", _named("∫ ∂c/∂θ dx"), "=", path - whole, parts, reason)
    edge = proof.equal(left_out, p * log(p / (p + q)), "c − q·g = p·log D*", shown=_named("c(p, q) − q·g"))
    both = combine(proof, rate, "=", path + end - whole, {leibniz: 1, total: 1}, "put together")
    claimed = path + _named("p·log D*·v at e")
    proof.conclude("substitution", rate, "=", claimed, (both, edge), "the two terms at the edge are one")
    _exponential(proof)
    _fold(proof)
    return proof.derivation()


def _exponential(proof: Proof) -> None:
    """Two targets of G = θu, u uniform on (0, 1): the edge x = θ gives all of dC/dθ, or turns its sign."""
    x, theta = Symbol("x", positive=True), Symbol("θ", positive=True)
    where, price = "p uniform on (0, 1), G = θu, θ < 1", theta * log(theta) - (1 + theta) * log(1 + theta)
    flat = C(q).integrand.subs({p: 1, q: 1 / theta})
    proof.equal(theta * flat, price, "c is constant on (0, θ), and 0 beyond", where=where, shown=_named("C(q)"))
    reason = "all of it p·log D* at the edge: g′ = 0, and the pathwise term is 0"
    proof.derivative("dC/dθ there", price, theta, log(theta / (1 + theta)), reason)
    where, path = "p = Exp(1), G = θu", sympy.diff(slope(q).subs({p: sympy.exp(-x), q: 1 / theta}), x)
    beyond = sympy.exp(x) / theta
    proof.equal(path, 1 / (1 + beyond), "g′ = D*, and v = x/θ", where=where, shown=_named("g′"))
    proof.compare(1 / (1 + beyond), ">", 0, "so the pathwise term is positive for every θ", where=where)
    proof.compare(-log(1 + beyond), "<", 0, "and log D* = −log(1 + e^x/θ) is negative at x = θ", where=where)


def _fold(proof: Proof) -> None:
    """At a fold q = A/√y, y = τ² the distance from it: y·(g′·q·v) tends to a constant, so that ∫ g′·q·v dy diverges."""
    g = slope(q).subs(q, height / root)
    product = root**2 * (sympy.diff(g, root) / (2 * root)) * height / root
    shown = _named("y·g′·q at the fold")
    where = "q = A/√y, y = τ² falling to 0"
    near = proof.limit(product, root, -p / 2, "a fold that moves with v = 1", shown=shown, where=where)
    reason = "the pathwise term diverges logarithmically at a moving fold"
    left = _named("∫ g′·q dy over (y_0, 1), over log(1/y_0)")
    proof.conclude("limit comparison", left, "=", -p / 2, (near,), reason, where="y_0 → 0, p at the fold")


def log_concave(counterfeit: str | None = None) -> Derivation:
    """A log-concave p and q(x) = p(x − θ): dC/dθ = E_q[g′] has the sign of θ."""
    proof = Proof(
        "prop2.log-concave",
        "p log-concave, q(x) = p(x − θ), θ > 0: dC/dθ = E_q[g′] > 0, so C is strictly increasing in |θ|",
        hypotheses=(
            SLOPE,
            "p is positive and smooth on ℝ and log p concave: (log p)′(x) − (log p)′(x − θ) = −k² ≤ 0",
            "k is not 0 almost everywhere: else p(x) = const·p(x − θ) would have no finite mass",
            "differentiation under the integral; θ < 0 by reflection",
        ),
        counterfeit=counterfeit,
    )
    r, x, theta = Symbol("r", real=True), Symbol("x", real=True), Symbol("θ", positive=True)
    if counterfeit == "a bimodal p":
        slope_of_log = sympy.diff(-((x**2 - 1) ** 2), x)
        wanted = slope_of_log - slope_of_log.subs(x, x - theta)
        proof.compare(wanted, "<=", 0, "p = const·e^(−(x²−1)²): r′ would have one sign")
        return proof.derivation()
    best = sympy.exp(r) / (1 + sympy.exp(r))
    odds = Symbol("e^r", positive=True)
    form = proof.equal(slope(q).subs(p, odds * q), -log(1 + odds), "r = log p − log q", shown=_named("g"))
    chain = proof.derivative("dg/dr", -log(1 + sympy.exp(r)), r, -best, "which is −D*")
    reason = "g′ = (dg/dr)·r′ = D*·k², since r′ = (log p)′(x) − (log p)′(x − θ)"
    sign = proof.compare(p / (p + q) * k**2, ">=", 0, reason, where="at every x")
    name = _named("dC/dθ")
    reason = "∂q/∂θ = −q′ and ∫ g·(−q′) dx = ∫ g′·q dx"
    flow = proof.conclude("differentiation in a parameter", name, "=", _named("E_q[g′]"), (form, chain), reason)
    reason = "an average of g′ ≥ 0, positive where k ≠ 0"
    proof.conclude("monotonicity of the integral", name, ">", 0, (flow, sign), reason)
    score = sympy.diff(-(x**2) / 2, x)
    proof.equal(score - score.subs(x, x - theta), -theta, "p Normal: k² = θ at every x", shown=_named("r′"))
    return proof.derivation()
