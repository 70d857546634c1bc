"""What training follows: the gradients of the two losses through D = σ(a), and what a loss at fixed D* descends.

With D* = p/(p + q) held fixed, a generator's loss ℓ(D*) is the derivative in q of

.. math:: \\int p\\,F(q/p)\\,d\\mu, \\qquad F'(w) = \\ell\\Big(\\frac{1}{1+w}\\Big),

so that minimax descends C, and the non-saturating loss −log D descends 2·KL(m‖p) = KL(q‖p) − 2·JSD(p‖q).
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol, exp, log, oo

from gantheory.symbolic.bregman import C, divergence, integral, mean, w
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import JSD, equation, p, q
from gantheory.symbolic.jensen_shannon import LAWS
from gantheory.symbolic.proof import Proof

__all__ = ["non_saturating", "own_loss", "saturation", "vanishing"]

FIXED = "D* is held fixed while p_g moves; E_z[h(G)] = ∫ q·h dμ, so that a loss h enters ∂/∂q as it is"
ENVELOPE = "p_g moves without moving edge or fold (prop2.envelope); a constant in ∂/∂q changes nothing, since ∫∂q = 0"
APART = (
    'Arjovsky & Bottou\'s theorem 2.5 is read as "the −2·JSD pushes the laws apart": KL(q‖p) − 2·JSD is 2·KL(m‖p), '
    "convex, ≥ 0, and 0 only at p_g = p_data"
)
BEST: Any = p / (p + q)
jsd: Any = JSD
EDGE: Any = Symbol("ε", positive=True)
SHAPE: Any = Symbol("s", positive=True)
SHAPE_SLOPE, MOVE = sympy.symbols("s′ ∂G", real=True)


def _named(name: str) -> Any:
    return Symbol(name, real=True)


def saturation(counterfeit: str | None = None) -> Derivation:
    """|∂ log(1 − D)| = D·|∂a| and |∂ log D| = (1 − D)·|∂a|, D = σ(a)."""
    a, change = sympy.symbols("a ∂a", real=True)
    size = sympy.Abs(change)
    proof = Proof(
        "alg1.saturation",
        "|∂ log(1−D)| = D·|∂a| and |∂ log D| = (1−D)·|∂a|, where a = logit D",
        hypotheses=("D = σ(a) = 1/(1 + e^(−a)); ∂ is a derivative in any parameter of G",),
        counterfeit=counterfeit,
    )
    odds = Symbol("e^a", positive=True)
    at_odds = odds / (1 + odds)
    proof.equal(log(1 - at_odds), -log(1 + odds), "1 − σ(a) = 1/(1 + e^a)", shown=_named("log(1 − D)"))
    proof.equal(log(at_odds), -log(1 + 1 / odds), "σ(a) = 1/(1 + e^(−a))", shown=_named("log D"))
    real, fake = 1 / (1 + exp(-a)), 1 / (1 + exp(a))
    proof.derivative("∂ log(1 − D)/∂a", -log(1 + exp(a)), a, -real, "which is −D")
    proof.derivative("∂ log D/∂a", -log(1 + exp(-a)), a, fake, "which is 1 − D")
    if counterfeit == "equal gradients":
        proof.equal(real * size, fake * size, "both losses would pull alike", shown=_named("|∂ log(1 − D)|"))
        return proof.derivation()
    for loss, pull, modulus, shown in (
        (-log(1 + exp(a)), "D", real * size, "|∂ log(1 − D)|"),
        (-log(1 + exp(-a)), "1 − D", fake * size, "|∂ log D|"),
    ):
        by_chain = sympy.Abs(sympy.diff(loss, a) * change)
        proof.equal(by_chain, modulus, f"the chain rule, and {pull} > 0", shown=_named(shown))
    ratio = _named("|∂ log(1 − D)| / |∂ log D|")
    proof.equal(real / fake, exp(a), "their ratio is D/(1 − D)", shown=ratio)
    where, early = "D = ε/(1 + ε) falling to 0", EDGE / (1 + EDGE)
    reason = "where D tells the samples apart the minimax loss pulls no more"
    proof.limit(early * size, EDGE, 0, reason, shown=_named("|∂ log(1 − D)|"), where=where)
    proof.limit((1 - early) * size, EDGE, size, "and the other pulls in full", shown=_named("|∂ log D|"), where=where)
    return proof.derivation()


def non_saturating(counterfeit: str | None = None) -> Derivation:
    """∂θ E[−log D*(G)] = ∂θ[KL(q‖p) − 2·JSD] = ∂θ 2·KL(m‖p)."""
    proof = Proof(
        "alg1.non-saturating",
        "−log D* with D* fixed descends KL(p_g‖p) − 2·JSD = 2·KL(m‖p), which is convex, ≥ 0, and 0 iff p_g = p",
        hypotheses=(LAWS, FIXED, ENVELOPE, "KL(q‖p) < ∞; p > 0 where q is"),
        slips=(APART,),
        counterfeit=counterfeit,
    )
    if counterfeit == "KL alone":
        proof.derivative("∂/∂q of q log(q/p)", q * log(q / p), q, log(q / p) + 1, "KL(q‖p), differentiated")
        change = sympy.diff(log(q / p) + log(BEST), q)
        reason = "log(q/p) and −log D* would differ by a constant"
        proof.equal(change, 0, reason, shown=_named("∂/∂q of log(q/p) + log D*"))
        return proof.derivation()
    both = 2 * divergence(mean(q), p)
    proof.equal(divergence(q, p) - 2 * jsd(p, q), both, "q log(q/p) − … = (p + q) log((p + q)/(2p))")
    twice, constant = (p + q) * log((p + q) / (2 * p)), 1 - log(2)
    reason = "2m = p + q; −log D* and a constant"
    first = proof.derivative("∂/∂q of 2m log(m/p)", twice, q, -log(BEST) + constant, reason)
    reason = "so this is what −log D* descends"
    loss = _named("∂θ E_z[−log D*(G_θ(z))]")
    proof.conclude("differentiation in a parameter", loss, "=", _named("∂θ 2·KL(m‖p)"), (first,), reason)
    second = proof.derivative("∂²/∂q² of 2m log(m/p)", twice, q, 1 / (p + q), "differentiate twice", order=2)
    proof.compare(1 / (p + q), ">", 0, f"convex in p_g, by line {second}")
    f = (1 + w) * log((1 + w) / 2) - (w - 1)
    curve = proof.tangent("f", f, w, 1, 1 / (1 + w), "(1+w) log((1+w)/2) ≥ w − 1, equality iff w = 1")
    centred = integral((p + q) * log((p + q) / (2 * p)) - q + p)
    balanced = proof.same_mass(both, centred, p - q, "∫p = ∫q = 1")
    whole = proof.monotone(centred, ">=", 0, curve, "integrate p·f(q/p)", at={w: q / p}, weight=p)
    proof.chain(both, ">=", 0, (balanced, whole), "nothing pushes the laws apart")
    proof.vanishing(equation(centred, 0), equation(p, q), whole, "and 0 only at p_g = p_data")
    return proof.derivation()


def own_loss(counterfeit: str | None = None) -> Derivation:
    """A loss ℓ at fixed D* descends ∫ p·F(q/p), F′(w) = ℓ(1/(1+w)); proper where ℓ is strictly decreasing."""
    proof = Proof(
        "alg1.own-loss",
        "ℓ(D*) with D* fixed descends ∫ p·F(q/p) dμ, F′(w) = ℓ(1/(1+w)); it is proper wherever ℓ strictly decreases",
        hypotheses=(LAWS, FIXED, ENVELOPE, "ℓ is differentiable on (0, 1)"),
        counterfeit=counterfeit,
    )
    if counterfeit == "LSGAN(-1,1,0) descends Pearson":
        triangular, score = (p - q) ** 2 / (p + q) / 2, (p - q) / (p + q)
        claimed = sympy.diff(score**2 / 2, q)
        reason = "½(D* − 0)², D* = (p−q)/(p+q), would be ∂/∂q of ½(p−q)²/(p+q) up to a constant"
        proof.derivative("∂²/∂q² of ½(p−q)²/(p+q)", triangular, q, claimed, reason, order=2)
        return proof.derivation()
    _rule(proof)
    for name, loss, law, F in (
        ("minimax: log(1 − D)", lambda D: log(1 - D), C(q).integrand, w * log(w) - (1 + w) * log(1 + w)),
        ("non-saturating: −log D", lambda D: -log(D), (p + q) * log((p + q) / p) - q, (1 + w) * log(1 + w) - w),
        ("least squares (0, 1, 1): ½(D − 1)²", lambda D: (D - 1) ** 2 / 2, None, None),
    ):
        _instance(proof, name, loss, law, F)
    _symmetric_targets(proof)
    return proof.derivation()


def _rule(proof: Proof) -> None:
    """∂/∂q of p·F(q/p) is F′(q/p), and F″ has the sign of −ℓ′."""
    slope_of_f, fall = Symbol("F′(q/p)", real=True), Symbol("−ℓ′(D*)", positive=True)
    at_q = sympy.diff(q / p, q)
    proof.equal(p * slope_of_f * at_q, slope_of_f, "the chain rule, w = q/p", shown=_named("∂/∂q of p·F(q/p)"))
    proof.equal(1 / (1 + q / p), BEST, "1/(1 + w) = D*, so that this is ℓ(D*)", shown=_named("1/(1 + q/p)"))
    turn = proof.derivative("d/dw of 1/(1+w)", 1 / (1 + w), w, -1 / (1 + w) ** 2, "differentiate")
    second, shown = fall / (1 + w) ** 2, _named("F″(w)")
    bent = proof.equal(-fall * sympy.diff(1 / (1 + w), w), second, f"the chain rule, by line {turn}", shown=shown)
    curved = proof.compare(second, ">", 0, "F is convex where ℓ falls", where="−ℓ′(D*) > 0")
    left = _named("∫ p·F(q/p) dμ")
    reason = "F strictly convex: equality only where q/p is constant, that is at p_g = p_data"
    proof.conclude("Jensen", left, ">=", _named("F(1)"), (bent, curved), reason)


def _instance(proof: Proof, name: str, loss: Any, law: Any, F: Any) -> None:
    """F′ and F″ for one loss, and the functional of p and q where it has a name."""
    slope_of_f = loss(1 / (1 + w))
    if F is not None:
        proof.derivative("F′(w)", F, w, slope_of_f, name)
        proof.equal(p * F.subs(w, q / p), law, f"p·F(q/p), {name.split(':')[0]}", shown=_named("its integrand"))
    second = sympy.factor(sympy.together(sympy.diff(slope_of_f, w)))
    proof.compare(second, ">", 0, f"F″(w) > 0: proper ({name})")


def _symmetric_targets(proof: Proof) -> None:
    """Least squares with targets (−1, 1, 0): ℓ = ½(2D* − 1)² = ½((p − q)/(p + q))², and F is concave below 1."""
    below = Symbol("b", positive=True)
    proof.domains[below] = (0, 1)

    def rate(ratio: Any) -> Any:
        return ((1 - ratio) / (1 + ratio)) ** 2 / 2

    reason = "least squares (−1, 1, 0): the best score lies between −1 and 1"
    proof.equal(2 * BEST - 1, (p - q) / (p + q), reason, shown=_named("2D* − 1"))
    reason = "F′(w) = ½((1−w)/(1+w))²"
    proof.equal(((p - q) / (p + q)) ** 2 / 2, rate(q / p), reason, shown=_named("½(2D* − 1)²"))
    bent, where = sympy.diff(rate(below), below), "w = b < 1"
    proof.equal(bent, -2 * (1 - below) / (1 + below) ** 3, "F turns", where=where, shown=_named("F″(b)"))
    proof.compare(-2 * (1 - below) / (1 + below) ** 3, "<", 0, "F is concave there", where=where)
    both = rate(1 + below) - rate(1 - below)
    claimed = -4 * below**3 / (4 - below**2) ** 2
    reason = "q/p = 1 ± b on the halves of p: the slope in b of ∫ p·F(q/p) dμ is half of this"
    proof.equal(both, claimed, reason, where="0 < b < 1", shown=_named("F′(1 + b) − F′(1 − b)"))
    proof.compare(claimed, "<", 0, "so it lies below F(1): not proper", where="0 < b < 1")


def vanishing(counterfeit: str | None = None) -> Derivation:
    """Supports apart: JSD = log 2, a perfect D exists, and its gradient on G is 0."""
    proof = Proof(
        "alg1.vanishing",
        "supports a positive distance apart: JSD = log 2, a perfect D exists, and its gradient on G is 0",
        hypotheses=(
            "the closed supports of p and q are a positive distance apart, so that a smooth D may be 1 near p's and "
            "ε·s near q's, s > 0 smooth; ε = 0 is the perfect D",
        ),
        counterfeit=counterfeit,
    )
    if counterfeit == "slightly overlapping supports":
        proof.equal(jsd(p, q), log(2), "JSD would be log 2 where the laws overlap")
        return proof.derivation()
    limits = []
    for present, absent in ((p, q), (q, p)):
        where = f"where {absent.name} = 0"
        shown = _named(f"JSD's integrand on {present.name}")
        integrand = jsd(p, q).integrand.subs(absent, EDGE)
        limits.append(proof.limit(integrand, EDGE, present * log(2) / 2, "0·log 0 = 0", shown=shown, where=where))
    value = _named("JSD(p ‖ q)")
    proof.conclude("linearity of the integral", value, "=", log(2), tuple(limits), "½ log 2 from each law, of mass 1")
    for absent, best in ((q, 1), (p, 0)):
        where = f"where {absent.name} = 0"
        proof.limit(BEST.subs(absent, EDGE), EDGE, best, "D* is perfect", shown=_named("D*"), where=where)
        loss = C(q).integrand.subs(absent, EDGE)
        proof.limit(loss, EDGE, 0, "and loses nothing: V(G, D*) = 0", shown=_named("c(p, q)"), where=where)
    _pull(proof)
    return proof.derivation()


def through_generator(loss: Any, D: Any) -> Any:
    """∂/∂θ of loss(D(G_θ(z))) by the chain rule: D is given by a shape s, of which s and s′ remain, and ∂G."""
    theta, at = Symbol("θ", real=True), sympy.Dummy("x", real=True)
    shape, G = sympy.Function("s", real=True), sympy.Function("G", real=True)(theta)
    slope = sympy.Subs(shape(at).diff(at), at, G).doit()
    pull = sympy.diff(loss(D(shape(G))), theta).doit()
    return pull.xreplace({slope: SHAPE_SLOPE, G.diff(theta): MOVE}).xreplace({shape(G): SHAPE})


def _pull(proof: Proof) -> None:
    """D = ε·s near p_g's support, perfect at ε = 0: what either loss then says to G."""
    near = "D = ε·s on a neighbourhood of p_g's support"
    perfect = f"{near}, ε falling to 0"
    early = through_generator(lambda D: log(1 - D), lambda s: EDGE * s)
    claimed, shown = -EDGE * SHAPE_SLOPE * MOVE / (1 - EDGE * SHAPE), _named("∂ log(1 − D(G))")
    proof.equal(early, claimed, "−D′(G)·∂G/(1 − D(G)), the chain rule", shown=shown, where=near)
    reason = "the perfect D is 0 on a neighbourhood, so that D′ = 0 there too: no gradient on G"
    proof.limit(early, EDGE, 0, reason, shown=shown, where=perfect)
    reason = "and a nearly perfect one pulls in proportion to ε, no more"
    proof.limit(early / EDGE, EDGE, -SHAPE_SLOPE * MOVE, reason, shown=_named("∂ log(1 − D(G))/ε"), where=perfect)
    other = through_generator(lambda D: -log(D), lambda s: EDGE * s)
    reason = "ε cancels: −log D pulls as before, as long as D > 0"
    proof.equal(other, -SHAPE_SLOPE * MOVE / SHAPE, reason, shown=_named("∂(−log D(G))"), where=near)
    reason = "but at the perfect D it has no value, and no gradient"
    proof.limit(-log(EDGE * SHAPE), EDGE, oo, reason, shown=_named("−log D(G)"), where=perfect)
