"""The closed list of named rules: what measure theory and analysis may contribute to a derivation.

A step that the zero test cannot decide on its own names one of these, and its premises are earlier, proved steps.
"""

from __future__ import annotations

from gantheory.errors import DomainError

__all__ = ["RULES", "named"]

RULES: dict[str, str] = {
    "linearity of the integral": "∫(αf + βg) = α∫f + β∫g where the right side is defined; ∫p = ∫q = 1.",
    "monotonicity of the integral": "f ≥ g almost everywhere implies ∫f ≥ ∫g.",
    "vanishing": "A nonnegative function with zero integral is zero almost everywhere.",
    "change of variables": "E_z[h(G(z))] = ∫ h dp_g, p_g the pushforward of p_z by any measurable G.",
    "Jensen": "φ convex, w a probability density: ∫ w φ(f) ≥ φ(∫ w f).",
    "tangent": "f″ > 0 on an interval and f(t₀) = f′(t₀) = 0 imply f > 0 at every other t.",
    "chord": "f″ > 0 on (a, b), f continuous on [a, b], f(a) = f(b) = 0 imply f ≤ 0 on [a, b].",
    "positive multiple": "A nonnegative quantity times a positive one is nonnegative, with the same zeros.",
    "substitution": "A statement for all values of its variables holds at each of them.",
    "transitivity": "Of =, ≥ and ≤ along a chain.",
    "weak duality": "sup_D inf_G V ≤ inf_G sup_D V.",
    "antisymmetry": "u ≤ v and v ≤ u give u = v.",
    "Taylor": "f(0) = f′(0) = 0 and |f‴| ≤ M on an interval about 0: |f(u) − f″(0)u²/2| ≤ M|u|³/6.",
    "fundamental theorem of calculus": "F′ = f on (a, b): ∫f = F(b−) − F(a+).",
    "Stein": "∫ (f·p)′ dx = 0 where f·p vanishes at both ends: E[f′ + f·(log p)′] = 0.",
    "differentiation in a parameter": "∂∫f = ∫∂f where ∂f has an integrable majorant (dominated convergence).",
    "constant derivative": "Equal derivatives on an interval and one equal value or limit give equal functions.",
    "dominated convergence": "fₙ → f, |fₙ| ≤ g, ∫g < ∞ imply ∫fₙ → ∫f.",
    "gamma integral": "∫ w^(s−1) e^(−w) dw = Γ(s) over w > 0, s > 0.",
    "intermediate value theorem": "A continuous function that changes its sign has a zero.",
    "sign of the slope": "f′ ≤ 0 before t₀, f′ ≥ 0 after it and f(t₀) = 0 imply f ≥ 0.",
    "definition": "A name that is new stands for what it is defined to be.",
    "area": "The area between two increasing graphs is the same along either axis: ∫|F − G| dx = ∫|F⁻¹ − G⁻¹| du.",
    "slope of a supremum": "f(u) = max over y of u·a(y) + b(y), attained at y* alone, has the slope a(y*).",
    "induction": "What holds at t = 0, and at t + 1 where it holds at t, holds at every whole t ≥ 0.",
    "squeeze": "u ≤ v ≤ w, where u and w have one limit: v has it too.",
    "Grönwall": "K′ ≤ −cK implies K(t) ≤ e^(−ct)·K(0).",
    "Leibniz": "d/dθ ∫ f dx over (a, b) = ∫ ∂f/∂θ dx + f(b)·b′ − f(a)·a′, f smooth up to moving ends.",
    "limit comparison": "y·f(y) → c ≠ 0 as y falls to 0: ∫ f dy over (y, 1) grows like c·log(1/y).",
}


def named(rule: str) -> str:
    """The rule's name, if it is on the list.

    >>> named("Jensen")
    'Jensen'
    """
    if rule not in RULES:
        raise DomainError(f"rule = {rule!r} is not on the closed list; use one of {', '.join(RULES)}")
    return rule
