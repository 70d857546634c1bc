"""The gradient of C in a parameter where edges move or mass crosses a jump, and a location family of a log-concave law.

With the velocity v of the points G_θ(z), ∂q/∂θ = −∂(q·v)/∂x. Between two places a and b where nothing happens, at
speeds a′ and b′, Leibniz' rule and an integration by parts leave at each end c·e′ − g·q·v, with + above and − below:

.. math:: \\frac{dC}{d\\theta} = E_q[g'\\,v] + \\sum_e \\pm\\, p(e)\\,\\log D^*(e)\\,\\frac{de}{d\\theta}
          + \\sum_j q(j)\\,v(j)\\,\\big[g(j^+) - g(j^-)\\big], \\qquad g = \\log(1 - D^*) .

An edge e of p_g moves with its points, v = e′; a jump j of p_data stays, e′ = 0, and p_g's points cross it. The
pathwise gradient, which training follows, is the first term alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Symbol, exp, log

from gantheory.symbolic.bregman import SLOPE, C, slope
from gantheory.symbolic.calculus import between_ends, leibniz
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import p, q
from gantheory.symbolic.inequalities import combine
from gantheory.symbolic.proof import Proof

__all__ = ["edges", "log_concave"]

PATHWISE = "with D held at D* the gradient of V is that of C only where no edge and no fold of p_g moves"
p_x, q_x, v, v_x = sympy.symbols("p′ q′ v v′", real=True)
height: Any = Symbol("A", positive=True)
stretch: Any = Symbol("∂G/∂z", positive=True)
root: Any = Symbol("τ", positive=True)
x: Any = Symbol("x", positive=True)
theta: Any = Symbol("θ", positive=True)
length: Any = Symbol("λ", positive=True)
k: Any = Symbol("k", real=True)
c: Any = C(q).integrand
g: Any = slope(q)
IN_X = {p: p_x, q: q_x, v: v_x}
CONTINUITY = -(q_x * v + q * v_x)  # ∂q/∂θ at a fixed x
SHARE = log(p / (p + q))


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def rate(expr: Any, rates: Mapping[Any, Any]) -> Any:
    """The chain rule: each symbol changes at its rate."""
    return sympy.Add(*(sympy.diff(expr, symbol) * change for symbol, change in rates.items()))


def _end(name: str, side: str = "") -> dict[Any, Any]:
    """p and q beside an end, by their names there."""
    return {p: Symbol(f"p({name}{side})", positive=True), q: Symbol(f"q({name})", positive=True)}


def _moving(name: str) -> tuple[dict[Any, Any], Any]:
    """An edge of p_g, which moves with its points."""
    speed = _named(f"{name}′")
    return {**_end(name), v: speed}, speed


def _staying(name: str, side: str) -> tuple[dict[Any, Any], Any]:
    """One side of a jump of p_data, which p_g's points cross."""
    return {**_end(name, side), v: _named(f"v({name})")}, sympy.Integer(0)


def edges(counterfeit: str | None = None) -> Derivation:
    """dC/dθ = pathwise ± p(e)·log D*(e)·de/dθ at p_g's edges, + q·v·[g] at p_data's jumps."""
    proof = Proof(
        "prop2.edges",
        "dC/dθ = E_q[g′·v] + Σ ± p(e)·log D*(e)·de/dθ over the moving edges of p_g, + above and − below, and "
        "q·v·(g⁺ − g⁻) at each jump of p_data that p_g's points cross",
        hypotheses=(
            SLOPE,
            "p and q are smooth between the edges a < b of p_g, up to them, but for a jump of p at j; primes are ∂/∂x",
            "v = ∂G_θ/∂θ at the point, G_θ increasing in z; a and b move with their points: v(a) = a′, v(b) = b′",
            "p is continuous at a and b, and q at j, which does not move",
        ),
        slips=(PATHWISE,),
        counterfeit=counterfeit,
    )
    if counterfeit == "pathwise alone":
        proof.equal(c - q * g, 0, "the edge would add nothing", shown=_named("c(p, q) − q·g at the edge"))
        return proof.derivation()
    reason = "the mass q·dG of a cell of z is its own: it stays where ∂q/∂θ = −(q·v)′"
    carried = rate(q * stretch, {q: CONTINUITY + q_x * v, stretch: v_x * stretch})
    proof.equal(carried, 0, reason, shown=_named("d(q(G)·∂G/∂z)/dθ"))
    chain = proof.derivative("∂c/∂q", c, q, g, "C = ∫ c(p, q) dx over p_g's support")
    left_out = proof.limit(c.subs(q, root), root, 0, "and 0 outside it", shown=_named("c(p, q)"), where="q = 0")
    by_parts = rate(g, IN_X) * q * v - rate(g * q * v, IN_X)
    reason = f"= ∂c/∂θ, by lines 1 and {chain}"
    parts = proof.equal(by_parts, g * CONTINUITY, reason, shown=_named("g′·q·v − (g·q·v)′"))
    reason = "c·e′ − g·q·v = p·log D*·e′ at an edge of p_g, where v = e′"
    _between(proof, "(a, b)", _moving("a"), _moving("b"), (chain, left_out, parts), reason)
    _jump(proof, (chain, left_out, parts))
    _uniform(proof)
    _half_line(proof)
    _exponential(proof)
    _fold(proof)
    return proof.derivation()


def _between(proof: Proof, piece: str, lower: Any, upper: Any, premises: tuple[int, ...], reason: str) -> int:
    """d/dθ of ∫ c dx over a piece: the signs of the two ends are those of Leibniz' rule."""
    total, inside, path = (_named(f"{n} over {piece}") for n in ("d/dθ ∫ c dx", "∫ ∂c/∂θ dx", "E_q[g′·v]"))
    moved = leibniz(proof, total, inside, c, lower, upper, premises[:2], "each end at its own speed")
    integrated = f"line {premises[2]}, integrated"
    summed = between_ends(proof, inside, path, -g * q * v, lower, upper, premises[2:], integrated)
    claimed = path + _left(*upper) - _left(*lower)
    return combine(proof, total, "=", claimed, {moved: 1, summed: 1}, reason)


def _left(at: Mapping[Any, Any], speed: Any) -> Any:
    """What an end leaves: p log D* e′ at an edge of p_g, −g q v at one that stays."""
    return p.subs(at) * SHARE.subs(at) * speed if speed != 0 else (-g * q * v).subs(at)


def _jump(proof: Proof, premises: tuple[int, ...]) -> None:
    """A jump of p_data at j, which p_g's points cross: two pieces meet there."""
    before, after = _staying("j", "−"), _staying("j", "+")
    (low, low_speed), (high, high_speed) = _moving("a"), _moving("b")
    reason = "at j, which stays, −g·q·v is left"
    pieces = {
        _between(proof, "(a, j)", (low, low_speed), before, premises, reason): 1,
        _between(proof, "(j, b)", after, (high, high_speed), premises, reason): 1,
    }
    names = [_named(f"{name} over {piece}") for name in ("d/dθ ∫ c dx", "E_q[g′·v]") for piece in ("(a, j)", "(j, b)")]
    (at, _), (beyond, _) = before, after
    crossing = (q * v).subs(at) * (g.subs(beyond) - g.subs(at))
    ends = _left(high, high_speed) - _left(low, low_speed)
    reason = "q and v are the same on both sides of j, and g is not"
    combine(proof, names[0] + names[1], "=", names[2] + names[3] + ends + crossing, pieces, reason)


def _uniform(proof: Proof) -> None:
    """p uniform on (0, 1), p_g uniform on a part of it: g′ = 0, and an edge gives all of dC/dθ, above or below."""
    price = length * log(length) - (1 + length) * log(1 + length)
    where, flat = "p uniform on (0, 1), p_g on a part of it of length λ", {p: 1, q: 1 / length}
    proof.equal(length * c.subs(flat), price, "c is constant there, and 0 beyond", where=where, shown=_named("C(q)"))
    for part, edge, side, sign in (("(0, λ)", length, "upper", "+"), ("(1 − λ, 1)", 1 - length, "lower", "−")):
        claimed = (p * SHARE).subs(flat) * sympy.diff(edge, length) * (1 if sign == "+" else -1)
        reason = f"{sign}p·log D*·de/dλ: all of it at the {side} edge"
        proof.derivative(f"dC/dλ on {part}", price, length, claimed, reason)


def _half_line(proof: Proof) -> None:
    """p = Exp(1) and p_g uniform on (θ − 1, θ): the upper edge moves, and p_g's points cross p's jump at 0."""
    where = "p = Exp(1), p_g uniform on (θ − 1, θ), 0 < θ < 1"
    at_edge, at_jump = {p: exp(-theta), q: 1}, {p: 1, q: 1}
    path, edge, jump = (g.subs(at_edge) - g.subs(at_jump), (p * SHARE).subs(at_edge), g.subs(at_jump))
    reason = "dC/dθ, C = ∫ c(e^(−x), 1) dx over (0, θ): ∫ g′ dx, the edge at θ and the jump at 0, where g⁻ = 0"
    proof.equal(path + edge + jump, c.subs(at_edge), reason, where=where, shown=_named("E_q[g′·v] + edge + jump"))
    proof.compare(jump, "<", 0, "which the edge alone would leave out: g⁺ = −log 2", where=where)


def _exponential(proof: Proof) -> None:
    """p = Exp(1), G = θu, u uniform on (0, 1): the edge at θ turns the sign of the pathwise term."""
    where, at = "p = Exp(1), G = θu", {p: exp(-x), q: 1 / theta}
    beyond, slope_of_g = exp(x) / theta, sympy.diff(g.subs(at), x)
    proof.equal(slope_of_g, 1 / (1 + beyond), "g′ = D*, and v = u = x/θ", where=where, shown=_named("g′"))
    pull = x / (theta**2 * (1 + beyond))
    proof.equal(slope_of_g * (q * x / theta).subs(at), pull, "on (0, θ)", where=where, shown=_named("g′·q·v"))
    proof.compare(pull, ">", 0, "so the pathwise term is positive for every θ", where=where)
    edge = -p * log(1 + q / p)
    proof.equal(p * SHARE, edge, "1/D* = 1 + q/p", shown=_named("p·log D*"))
    reason = "at x = θ, where v = 1: the edge pulls the other way"
    proof.compare(edge.subs(at).subs(x, theta), "<", 0, reason, where=where)


def _fold(proof: Proof) -> None:
    """At a fold q = A/√y, y = τ² the distance from it: y·(g′·q·v) tends to a constant, so that ∫ g′·q·v dy diverges."""
    steep = height / root
    in_y = rate(g, {p: p_x, q: sympy.diff(steep, root) / (2 * root)}).subs(q, steep)
    shown = _named("y·g′·q at the fold")
    where = "q = A/√y, y = τ² falling to 0"
    near = proof.limit(root**2 * in_y * steep, root, -p / 2, "a fold that moves with v = 1", shown=shown, where=where)
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
            "differentiation under the integral, g·q falls to 0 at ±∞; θ < 0 by reflection",
        ),
        counterfeit=counterfeit,
    )
    at = Symbol("x", real=True)
    if counterfeit == "a bimodal p":
        slope_of_log = sympy.diff(-((at**2 - 1) ** 2), at)
        wanted = slope_of_log - slope_of_log.subs(at, at - theta)
        proof.compare(wanted, "<=", 0, "p = const·e^(−(x²−1)²): r′ would have one sign")
        return proof.derivation()
    score = _named("(log p)′")
    scores = {p: p * score, q: q * (score + k**2)}  # (log p)′(x − θ) is that of q
    ratio = proof.equal(rate(log(p / q), scores), -(k**2), "r = log p − log q", shown=_named("r′"))
    best = p / (p + q)
    reason = f"the slope of log(q/(p + q)), by the scores of line {ratio}: D*·k²"
    form = proof.equal(rate(g, scores), best * k**2, reason, shown=_named("g′"))
    sign = proof.compare(best * k**2, ">=", 0, "so g never falls", where="at every x")
    chain = proof.derivative("∂c/∂q", c, q, g, "C = ∫ c(p, q) dx")
    by_parts = rate(g, IN_X) * q - rate(g * q, IN_X)
    parts = proof.equal(by_parts, -g * q_x, "= ∂c/∂θ, since ∂q/∂θ = −q′", shown=_named("g′·q − (g·q)′"))
    name = _named("dC/dθ")
    reason = "∫ (g·q)′ dx = 0"
    flow = proof.conclude("differentiation in a parameter", name, "=", _named("E_q[g′]"), (chain, parts), reason)
    reason = "an average of g′ ≥ 0, positive where k ≠ 0"
    proof.conclude("monotonicity of the integral", name, ">", 0, (flow, form, sign), reason)
    normal = sympy.diff(-(at**2) / 2, at)
    proof.equal(normal - normal.subs(at, at - theta), -theta, "p Normal: k² = θ at every x", shown=_named("r′"))
    return proof.derivation()
