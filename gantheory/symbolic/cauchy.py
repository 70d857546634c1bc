"""The whole GAN game of two Cauchy laws in closed form: KL, JSD, C and TV are functions of

.. math:: \\chi = \\frac{(x_1-x_2)^2 + (\\gamma_1-\\gamma_2)^2}{2\\gamma_1\\gamma_2} .

One integral carries it, ∫ log((x − b)² + c²) dx/(π(1 + x²)) = log(b² + (c + 1)²), proved by differentiating in c.
Square roots are avoided by coordinates: γ₁ = g₁², γ₂ = g₂², and R² = (x₁ − x₂)² + (γ₁ + γ₂)².
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol, atan, log, pi

from gantheory.symbolic.calculus import EPS, antiderivative, constant_derivative, named_value
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.proof import Proof

__all__ = ["cauchy_game"]

x: Any = Symbol("x", real=True)
b: Any = Symbol("b", real=True)
c: Any = Symbol("c", positive=True)
d: Any = Symbol("d", real=True)
y1, y2, g, g1, g2, R = sympy.symbols("γ1 γ2 g g1 g2 R", positive=True)


def log_integral(b: Any, c: Any) -> Any:
    """∫ log((x − b)² + c²) dx/(π(1 + x²)), once proved."""
    return log(b**2 + (c + 1) ** 2)


def _the_integral(proof: Proof) -> int:
    near, far = b**2 + (c - 1) ** 2, b**2 + (c + 1) ** 2
    F = b * c * log((x**2 + 1) / ((x - b) ** 2 + c**2)) + c * (b**2 + c**2 - 1) * atan(x)
    F = (F + (b**2 - c**2 + 1) * atan((x - b) / c)) / (near * far)
    f = c / (((x - b) ** 2 + c**2) * (x**2 + 1))
    convolution = antiderivative(
        proof, "∫ c/(((x−b)²+c²)(x²+1)) dx", F, f, x, (-1 / EPS, 1 / EPS), pi * (1 + c) / far, "partial fractions"
    )
    both = log_integral(b, 1 / EPS) + 2 * log(EPS)
    start = proof.limit(
        both, EPS, 0, "c = 1/ε: both sides are 2 log c + o(1)", shown=named_value("log(b²+(c+1)²) − 2 log c")
    )
    dominated = proof.conclude(
        "dominated convergence",
        named_value("I(b, c) − 2 log c"),
        "=",
        0,
        (start,),
        "in the limit c → ∞: log(1 + (x−b)²/c²) ≤ log(1 + (x−b)²) for c ≥ 1, which is integrable",
    )
    doubled = proof.scale(convolution, 2 / pi, "∂/∂c of log((x−b)²+c²) is 2c/((x−b)²+c²), against 1/(π(1+x²))")
    slope = proof.conclude(
        "differentiation in a parameter",
        named_value("∂I(b, c)/∂c"),
        "=",
        2 * (1 + c) / far,
        (doubled,),
        "under the integral",
    )
    return constant_derivative(
        proof,
        "I(b, c)",
        c,
        2 * (1 + c) / far,
        log_integral(b, c),
        (slope, start, dominated),
        "I = ∫ log((x−b)²+c²)/(π(1+x²)) dx",
    )


def _chi(distance_squared: Any, first: Any, second: Any) -> Any:
    return (distance_squared + (first - second) ** 2) / (2 * first * second)


def _kl(proof: Proof, wrong: bool) -> None:
    # x = x1 + γ1·u makes p standard: log((x−x2)²+γ2²) = 2 log γ1 + log((u−b)²+c²), b = (x2−x1)/γ1, c = γ2/γ1.
    value = log(y1 / y2) + log_integral(d / y1, y2 / y1) - log_integral(0, 1)
    chi = d**2 / (2 * y1 * y2) if wrong else _chi(d**2, y1, y2)
    proof.equal(value, log(1 + chi / 2), "log γ1/γ2 + I(d/γ1, γ2/γ1) − I(0, 1)", shown=named_value("KL(p ‖ q)"))
    if not wrong:
        other = log(y2 / y1) + log_integral(d / y2, y1 / y2) - log_integral(0, 1)
        proof.equal(other, log(1 + chi / 2), "the other way round: the same", shown=named_value("KL(q ‖ p)"))


def _jsd(proof: Proof) -> None:
    y1, y2 = g1**2, g2**2
    total, squared = y1 + y2, R**2 - (g1**2 + g2**2) ** 2
    # p + q = (γ1+γ2)/π · Q/(Q1·Q2), and Q = (x−x₀)² + (g1·g2·R/(γ1+γ2))² is of the same kind as Q1 and Q2.
    u, sep = Symbol("u", real=True), Symbol("s", real=True)
    first, second = u**2 + y1**2, (u - sep) ** 2 + y2**2
    centre, height = y1 * sep / total, y1 * y2 * (1 + sep**2 / total**2)
    proof.equal(
        y1 * second + y2 * first, total * ((u - centre) ** 2 + height), "p + q: one quadratic over the product of two"
    )
    root = g1 * g2 * R / total
    proof.equal(root**2, height.subs(sep**2, squared), "its height, with R² = d² + (γ1+γ2)²")

    def against_m(own: Any) -> Any:
        """KL(own ‖ m) = log(2·own/(γ1+γ2)) + log R² − log((x₀−x_own)² + (height + own)²)."""
        offset = own**2 * squared / total**2
        return log(2 * own / total) + log(R**2) - log(offset + (root + own) ** 2)

    kappa = R / (2 * g1 * g2)
    proof.equal(kappa**2, 1 + _chi(squared, y1, y2) / 2, "κ = √(1 + χ/2) = R/(2√(γ1γ2))", shown=named_value("κ²"))
    jsd = (against_m(y1) + against_m(y2)) / 2
    proof.equal(jsd, log(2 * kappa / (kappa + 1)), "½KL(p‖m) + ½KL(q‖m), log(2κ/(κ+1))", shown=named_value("JSD"))
    criterion = -log(4) + 2 * log(2 * kappa / (kappa + 1))
    proof.equal(-log(4) + 2 * jsd, criterion, "eq. (6)", shown=named_value("C(G)"))


def _total_variation(proof: Proof) -> None:
    a, e, f, height, centre = Symbol("a", positive=True), Symbol("e", real=True), Symbol("f", real=True), c, b
    h = (1 + e * f) / a  # the Möbius map (a·x + e)/(f·x + h) of determinant 1
    below = (f * centre + h) ** 2 + f**2 * height**2
    moved = ((a * centre + e) * (f * centre + h) + a * f * height**2) / below
    image = (a * x + e) / (f * x + h)
    law = height / ((x - centre) ** 2 + height**2)
    new = (height / below) / ((image - moved) ** 2 + (height / below) ** 2)
    carried = proof.equal(
        law, new / (f * x + h) ** 2, "Möbius maps of ℝ carry Cauchy laws to Cauchy laws, so f-divergences stay"
    )
    b2, c2 = Symbol("b2", real=True), Symbol("c2", positive=True)
    before = ((centre - b2) ** 2 + (height - c2) ** 2) / (2 * height * c2)
    below2 = (f * b2 + h) ** 2 + f**2 * c2**2
    moved2 = ((a * b2 + e) * (f * b2 + h) + a * f * c2**2) / below2
    after = ((moved - moved2) ** 2 + (height / below - c2 / below2) ** 2) / (2 * (height / below) * (c2 / below2))
    unchanged = proof.equal(after, before, "and leave χ as it is", shown=named_value("χ after the map"))
    turned = -b / (b**2 + c**2)
    crossing = proof.compare(
        -(b * turned), ">=", 0, "a rotation about i by 0 and by a quarter turn moves Re z₂ from b to −b/(b²+c²)"
    )
    onto_axis = proof.conclude(
        "intermediate value theorem",
        named_value("Re z₂"),
        "=",
        0,
        (carried, crossing),
        "so some rotation puts both laws at location 0, at scales 1 and g² ≥ 1",
    )
    p, q = 1 / (1 + x**2), g**2 / (x**2 + g**4)
    proof.equal(p - q, (g**2 - 1) * (g**2 - x**2) / ((1 + x**2) * (x**2 + g**4)), "p > q exactly on |x| < g")
    F = atan(x) - atan(x / g**2)
    antiderivative(
        proof, "π·TV", F, p - q, x, (-g + 0 * EPS, g + 0 * EPS), 2 * (atan(g) - atan(1 / g)), "∫ over |x| < g"
    )
    gap = (g**2 - 1) / (2 * g)
    start = proof.equal(
        (atan(g) - atan(1 / g)).subs(g, 1), atan(gap.subs(g, 1)), "equal at g = 1", shown=named_value("at g = 1")
    )
    slope = sympy.diff(atan(g) - atan(1 / g), g)
    arc = constant_derivative(proof, "atan g − atan 1/g", g, slope, atan(gap), (start,), "equal derivatives in g")
    half_chi = _chi(sympy.Integer(0), sympy.Integer(1), g**2) / 2
    square = proof.equal(gap**2, half_chi, "χ/2 for the scales 1 and g²", shown=named_value("((g²−1)/(2g))²"))
    chi = Symbol("χ", positive=True)
    proof.conclude(
        "substitution",
        named_value("TV"),
        "=",
        2 / pi * atan(sympy.sqrt(chi / 2)),
        (onto_axis, unchanged, arc, square),
        "χ is unchanged by the map",
    )


def cauchy_game(counterfeit: str | None = None) -> Derivation:
    """KL, JSD, C and TV of two Cauchy laws."""
    proof = Proof(
        "js.cauchy-game",
        "two Cauchy laws: KL = log(1 + χ/2), JSD = log(2κ/(κ+1)) with κ = √(1 + χ/2), TV = (2/π) atan √(χ/2)",
        hypotheses=(
            "χ = ((x1−x2)² + (γ1−γ2)²)/(2γ1γ2), d = x1 − x2; γ1 = g1², γ2 = g2² where roots are needed",
            "log((x−b)²+c²) and its derivative in c are dominated near each c > 0 by integrable functions",
        ),
        domains={},
        counterfeit=counterfeit,
    )
    if counterfeit == "(x1-x2)²/(2γ1γ2) for χ":
        _kl(proof, True)
        return proof.derivation()
    _the_integral(proof)
    _kl(proof, False)
    _jsd(proof)
    _total_variation(proof)
    return proof.derivation()
