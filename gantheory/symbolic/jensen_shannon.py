"""The Jensen–Shannon divergence: its bounds, its other forms, its size against total variation and for nearby laws.

Everything rests on JSD = ∫ m·φ(δ) dμ, δ = (p − q)/(p + q), m = (p + q)/2, and on φ″ > 0 = φ(0) = φ′(0).
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, Symbol, log, sqrt

from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.functionals import JSD, KL, Entropy, Int, TotalVariation, delta, equation, p, phi, q
from gantheory.symbolic.proof import Proof

__all__ = ["bounds", "entropy_form", "local", "mutual_information", "symmetric", "total_variation"]

LAWS = "p = p_data and q = p_g are densities with respect to one measure μ; m = (p + q)/2, δ = (p − q)/(p + q)"
MAXIMUM = 'entropy and divergence are not one formula: the Notes define entropy "as follows" by the formula of KL'
HALF = Rational(1, 2)
m: Any = Symbol("m", positive=True)
d: Any = Symbol("d", positive=True)
SPLIT = ({p: m * (1 + d), q: m * (1 - d)}, {p: m * (1 - d), q: m * (1 + d)})
EDGE: Any = Symbol("ε", positive=True)


def nonnegative_jsd(proof: Proof) -> int:
    """JSD ≥ 0, with the equality case p = q."""
    proof.domains[delta] = (-1, 1)
    signed = (p - q) / (p + q)
    proof.equal(JSD(p, q), Int((p + q) / 2 * phi(signed)), "JSD = ∫ m·φ(δ) dμ: p = m(1 + δ), q = m(1 − δ)")
    curve = proof.tangent("φ", phi(delta), delta, 0, 1 / (1 - delta**2), "φ(δ) ≥ 0, equality iff δ = 0")
    return proof.monotone(JSD(p, q), ">=", 0, curve, "integrate m·φ(δ) ≥ 0", at={delta: signed}, weight=(p + q) / 2)


def singular_equality(proof: Proof, loss: Any, vanishing: Any, form: tuple[Any, Any, Any] | None = None) -> int:
    """∫ loss ≥ 0, equal to 0 iff p·q = 0 almost everywhere; `form` states it for another functional."""
    apart = equation(p * q, 0)
    strict = proof.compare(loss, ">", 0, "log(1 + q/p) > 0 and log(1 + p/q) > 0", where="p, q > 0")
    limits = []
    for symbol in (p, q):
        shown, where = Symbol(f"loss at {symbol.name} = 0", real=True), f"{symbol.name} = 0"
        limits.append(proof.limit(loss.subs(symbol, EDGE), EDGE, 0, "0·log 0 = 0", shown=shown, where=where))
    everywhere = proof.zero_on_edges(loss, strict, tuple(limits), "so it is 0 exactly where one of them is")
    greater, lesser, weight = form or (Int(loss), 0, 1)
    whole = proof.monotone(greater, ">=", lesser, everywhere, "integrate", weight=weight)
    return proof.vanishing(vanishing, apart, whole, "equality iff p and q are mutually singular")


def bounds(counterfeit: str | None = None) -> Derivation:
    """0 ≤ JSD ≤ log 2."""
    proof = Proof(
        "js.bounds",
        "0 ≤ JSD ≤ log 2; = 0 iff p = q, = log 2 iff p and q are mutually singular",
        hypotheses=(LAWS,),
        counterfeit=counterfeit,
    )
    whole = nonnegative_jsd(proof)
    proof.vanishing(equation(JSD(p, q), 0), equation(p, q), whole, "equality only for equal laws")
    if counterfeit == "sqrt(JSD) <= log 2":
        proof.compare(sqrt(log(2)), "<=", log(2), "on disjoint laws, where JSD = log 2")
        return proof.derivation()
    loss = p * log((p + q) / p) + q * log((p + q) / q)
    proof.equal(log(2) - JSD(p, q), Int(loss) / 2, "log 2 = ∫ m log 2 dμ")
    singular_equality(proof, loss, equation(JSD(p, q), log(2)), (log(2), JSD(p, q), HALF))
    return proof.derivation()


def symmetric(counterfeit: str | None = None) -> Derivation:
    """JSD(p‖q) = JSD(q‖p)."""
    proof = Proof("js.symmetric", "JSD(p‖q) = JSD(q‖p)", hypotheses=(LAWS,), counterfeit=counterfeit)
    share = Rational(1, 3) if counterfeit == "1/3 p + 2/3 q" else HALF

    def skewed(f: Any, g: Any) -> Any:
        mean = share * f + (1 - share) * g
        return share * KL(f, mean) + (1 - share) * KL(g, mean)

    if counterfeit is None:
        proof.equal(JSD(p, q), skewed(p, q), "the definition: the mixture m weighs both laws alike")
    proof.equal(skewed(p, q), skewed(q, p), "exchange p and q")
    if counterfeit is None:
        proof.equal(JSD(p, q), JSD(q, p), "so the divergence is symmetric")
    return proof.derivation()


def entropy_form(counterfeit: str | None = None) -> Derivation:
    """JSD = H(m) − ½H(p) − ½H(q)."""
    share = Rational(1) if counterfeit == "without the 1/2" else HALF
    proof = Proof(
        "js.entropy-form",
        "JSD = H(m) − ½H(p) − ½H(q), m = (p + q)/2",
        hypotheses=(LAWS, "H(p) and H(q) are finite"),
        slips=(MAXIMUM,),
        counterfeit=counterfeit,
    )
    mean = (p + q) / 2
    proof.equal(
        JSD(p, q), Int(HALF * p * log(p) + HALF * q * log(q) - mean * log(mean)), "½p log m + ½q log m = m log m"
    )
    proof.equal(JSD(p, q), Entropy(mean) - share * Entropy(p) - share * Entropy(q), "the definition of entropy")
    return proof.derivation()


def mutual_information(counterfeit: str | None = None) -> Derivation:
    """JSD = I(X; Y)."""
    prior = Rational(1, 3) if counterfeit == "unequal priors" else HALF
    proof = Proof(
        "js.mutual-information",
        "JSD(p‖q) = I(X; Y): X is drawn from p where the fair label Y is real, from q where it is fake",
        hypotheses=(LAWS, "P(Y = real) = P(Y = fake) = ½"),
        counterfeit=counterfeit,
    )
    real, fake = prior * p, (1 - prior) * q
    marginal = real + fake
    information = real * log(real / (marginal * prior)) + fake * log(fake / (marginal * (1 - prior)))
    proof.equal(JSD(p, q), Int(information), "I(X; Y) = KL(joint ‖ product of the marginals)")
    if counterfeit is None:
        posterior = p / (p + q)
        uncertain = posterior * log(posterior) + (1 - posterior) * log(1 - posterior)
        proof.equal(JSD(p, q), log(2) + Int((p + q) / 2 * uncertain), "I = H(Y) − H(Y | X), P(real | x) = D*(x)")
    return proof.derivation()


def jensen_lower_bound(proof: Proof) -> tuple[int, int]:
    """The lines JSD = ∫ m·φ(|δ|) and ∫ m·φ(|δ|) ≥ φ(TV)."""
    proof.domains[d] = (0, 1)
    proof.densities = (*proof.densities, m)
    average = proof.equal(TotalVariation(p, q), Int(m * d), "TV = ∫ m·|δ| dμ, d = |δ|", under=SPLIT)
    rewritten = proof.equal(JSD(p, q), Int(m * phi(d)), "φ is even", under=SPLIT)
    proof.derivative("φ″(d)", phi(d), d, 1 / (1 - d**2), "differentiate twice", order=2)
    curved = proof.convex(phi(d), d, "φ is strictly convex")
    return rewritten, proof.jensen(Int(m * phi(d)), phi, d, (curved, average), m, "m has mass 1")


def total_variation(counterfeit: str | None = None) -> Derivation:
    """φ(TV) ≤ JSD ≤ TV·log 2."""
    proof = Proof(
        "js.total-variation",
        "φ(TV) ≤ JSD ≤ TV·log 2, both sharp; φ(d) = ½[(1+d) log(1+d) + (1−d) log(1−d)]",
        hypotheses=(LAWS, "TV = ½∫|p − q| dμ"),
        counterfeit=counterfeit,
    )
    tv, two_level = TotalVariation(p, q), {p: 1 + d, q: 1 - d}
    if counterfeit == "TV^2 <= JSD":
        proof.domains[d] = (0, 1)
        proof.compare(phi(d), ">=", d**2, "on two-level laws, where JSD = φ(d) and TV = d")
        return proof.derivation()
    rewritten, lower = jensen_lower_bound(proof)
    proof.chain(JSD(p, q), ">=", phi(tv), (rewritten, lower), "the lower bound")
    curved = proof.steps[lower - 1].premises[0]
    below_chord = proof.chord(d * log(2) - phi(d), d, curved, "φ(0) = 0 and φ(1) = log 2: φ(d) ≤ d·log 2 on [0, 1]")
    upper = proof.monotone(
        log(2) * Int(m * d), ">=", Int(m * phi(d)), below_chord, "integrate m·(d·log 2 − φ(d))", weight=m
    )
    average = proof.steps[lower - 1].premises[1]
    in_tv = proof.scale(average, log(2), "times log 2")
    proof.chain(tv * log(2), ">=", JSD(p, q), (in_tv, rewritten, upper), "the upper bound")
    proof.equal(JSD(p, q).integrand.subs(two_level), phi(d), "sharp below: two-level laws 1 ± d, TV = d, JSD = φ(d)")
    agree, apart = (Symbol(name, real=True) for name in ("JSD's integrand (equal)", "JSD's integrand (apart)"))
    proof.equal(JSD(m, m).integrand, 0, "sharp above: laws that agree on a part of mass 1 − d", shown=agree)
    reason = "and are apart on the rest: each side adds ½·d·log 2, and TV = d"
    proof.limit(JSD(d, EDGE).integrand, EDGE, d * log(2) / 2, reason, shown=apart)
    return proof.derivation()


def local(counterfeit: str | None = None) -> Derivation:
    """JSD(p‖p + εh) = ε²/8 ∫h²/p + O(ε³)."""
    u = Symbol("u", real=True)
    proof = Proof(
        "js.local",
        "JSD(p‖p + εh) = (ε²/8) ∫h²/p dμ + R, |R| ≤ (c³/3) ε³, for |h| ≤ c·p and 0 ≤ εc ≤ ½",
        hypotheses=("p is a density, ∫h dμ = 0, |h| ≤ c·p; u = εh/p lies in [−½, ½]",),
        domains={u: (-HALF, HALF)},
        counterfeit=counterfeit,
    )
    psi = HALF * (-log(1 + u / 2) + (1 + u) * log((1 + u) / (1 + u / 2)))
    proof.equal(JSD(p, p * (1 + u)).integrand, p * psi, "the integrand is p·ψ(u), q = p(1 + u)")
    proof.equal(psi.subs(u, 0), 0, "no constant term", shown=Symbol("ψ(0)", real=True))
    proof.equal(psi.diff(u).subs(u, 0), 0, "no linear term", shown=Symbol("ψ′(0)", real=True))
    second = Rational(1, 2) if counterfeit == "ε²/4" else Rational(1, 4)
    flat = proof.equal(psi.diff(u, 2).subs(u, 0), second, "the quadratic term", shown=Symbol("ψ″(0)", real=True))
    third = -(3 + 2 * u) / (2 * (1 + u) ** 2 * (2 + u) ** 2)
    proof.derivative("ψ‴(u)", psi, u, third, "differentiate three times", order=3)
    low = proof.compare(third, ">", -2, "on |u| < ½")
    high = proof.compare(third, "<", 0, "on |u| < ½")
    remainder, leading = Symbol("|ψ(u) − u²/8|", real=True), Symbol("|u|³/3", real=True)
    near = proof.conclude("Taylor", remainder, "<=", leading, (2, 3, flat, low, high), "|ψ‴| ≤ 2")
    proof.conclude(
        "monotonicity of the integral",
        Symbol("|JSD(p ‖ p + εh) − (ε²/8) ∫ h²/p dμ|", real=True),
        "<=",
        Symbol("ε³c³/3", real=True),
        (1, near),
        "integrate p·|u|³/3 ≤ p·(εc)³/3",
    )
    return proof.derivation()
