"""Moving edges and crossed jumps in symbols: every term against C itself by numbers, and planted signs refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import integrate

from gantheory.criterion_gradient import criterion_gradient, edge_terms, pathwise_gradient
from gantheory.generator_families import Generated
from gantheory.symbolic import calculus, edges
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.functionals import p, q
from gantheory.symbolic.proof import Proof

THE_LINE = "d/dθ ∫ c dx over (a, j) + d/dθ ∫ c dx over (j, b)"


@pytest.fixture(scope="module")
def proved() -> Derivation:
    return edges.edges()


def line(derivation: Derivation, left: str, where: str = "") -> Step:
    """The one step whose left side and place begin so."""
    (step,) = (s for s in derivation.steps if s.text().startswith(f"{left} ") and s.where.startswith(where))
    return step


def at(expr: Any, **values: float) -> float:
    """The value of an expression at named symbols."""
    return float(expr.subs({s: values[s.name] for s in expr.free_symbols}))


def integral(f: Callable[[float], float], low: float, high: float) -> float:
    return integrate.quad(f, low, high, epsabs=1e-14, epsrel=1e-13)[0]


def test_the_known_number(proved: Derivation) -> None:
    """p = Exp(1), G = θu, θ = 1.3: ∇C = −0.187349796, of which the pathwise term is +0.178091914."""
    where, theta = "p = Exp(1), G = θu", 1.3
    pull = sympy.lambdify(edges.x, line(proved, "g′·q·v", where).rhs.subs(edges.theta, theta))
    pathwise = integral(pull, 0.0, theta)
    edge = at(line(proved, "−e^(−θ)·log(1 + e^θ/θ)", where).lhs, θ=theta)
    assert pathwise == pytest.approx(0.178091914, abs=5e-10)
    assert pathwise + edge == pytest.approx(-0.187349796, abs=5e-10)
    family = Generated("a*z", ["a"], "uniform(0, 1)")
    assert edge == pytest.approx(float(edge_terms("expon", family, theta).value[0]), rel=1e-12)


def test_the_crossed_jump_of_an_exponential_law(proved: Derivation) -> None:
    """p = Exp(1), p_g uniform on (θ − 1, θ): the line against the numerical ∇C, and the jump's share of it."""
    where, theta = "p = Exp(1), p_g uniform on (θ − 1, θ)", 0.6
    family = Generated("z - 1 + a", ["a"], "uniform(0, 1)")
    pathwise, left_out, whole = (
        float(f("expon", family, theta).value[0]) for f in (pathwise_gradient, edge_terms, criterion_gradient)
    )
    jump, other = at(line(proved, "−log(2)", where).lhs), np.exp(-theta)
    assert at(line(proved, "E_q[g′·v] + edge + jump", where).rhs, θ=theta) == pytest.approx(whole, rel=1e-9)
    assert left_out == pytest.approx(jump - other * np.log1p(1 / other), rel=1e-12)
    assert pathwise + left_out == pytest.approx(whole, rel=1e-9)


# p = 0.3·e^x below 0 and 0.7·e^(−x) above; q on (a, b) = (s − ½, s + ½)·θ + θ²/4, denser on the right


def real(x: float) -> float:
    return 0.3 * np.exp(x) if x < 0 else 0.7 * np.exp(-x)


def fake(x: float, theta: float) -> tuple[float, float]:
    """q and v at x, G_θ(z) = θ·(√z − ½) + θ²/4, z uniform: q is 2·(u)/θ at u = √z."""
    u = (x - theta**2 / 4) / theta + 0.5
    return 2 * u / theta, u - 0.5 + theta / 2


def criterion(theta: float) -> float:
    """∫ c(p, q) dx over p_g's support, in two pieces."""

    def integrand(x: float) -> float:
        P, (Q, _) = real(x), fake(x, theta)
        return P * np.log(P / (P + Q)) + (Q * np.log(Q / (P + Q)) if Q > 0 else 0.0)

    low, high = (theta * side / 2 + theta**2 / 4 for side in (-1, 1))
    return integral(integrand, low, -1e-15) + integral(integrand, 1e-15, high)


def pull(x: float, theta: float) -> float:
    """g′·q·v, with d/dx log(q/(p + q)) = D*·(q′/q − p′/p)."""
    P, (Q, velocity) = real(x), fake(x, theta)
    return P / (P + Q) * (2 / theta**2 / Q - (1 if x < 0 else -1)) * Q * velocity


def test_every_term_against_differences_of_the_criterion(proved: Derivation) -> None:
    """Both edges move, p_g's points cross p_data's jump, and v is not constant: the line's right side is dC/dθ."""
    theta, h = 0.8, 1e-4
    low, high = (theta * side / 2 + theta**2 / 4 for side in (-1, 1))
    pieces = [integral(lambda x: pull(x, theta), *piece) for piece in ((low + 1e-13, -1e-15), (1e-15, high))]
    values = {"a′": -0.5 + theta / 2, "b′": 0.5 + theta / 2, "p(a)": real(low), "p(b)": real(high)}
    values |= {"q(a)": 1e-300, "q(b)": fake(high, theta)[0], "q(j)": fake(0.0, theta)[0], "v(j)": fake(0.0, theta)[1]}
    values |= {"p(j−)": 0.3, "p(j+)": 0.7, "E_q[g′·v] over (a, j)": pieces[0], "E_q[g′·v] over (j, b)": pieces[1]}
    claimed = at(line(proved, THE_LINE).rhs, **values)
    found = (criterion(theta + h) - criterion(theta - h)) / (2 * h)
    assert claimed == pytest.approx(found, rel=1e-6)
    for left_out in ("b′", "v(j)"):
        assert at(line(proved, THE_LINE).rhs, **(values | {left_out: 0.0})) != pytest.approx(found, rel=1e-2)


# -- planted errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "turned",
    [lambda low, high: ((low[0], -low[1]), high), lambda low, high: (low, (high[0], -high[1])), lambda *e: e[::-1]],
    ids=["the lower end", "the upper end", "both exchanged"],
)
def test_a_wrong_sign_at_an_end_is_refused(turned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another sign in Leibniz' rule the terms of an end do not combine to p·log D*."""

    def wrong(proof: Proof, rate: Any, inside: Any, f: Any, lower: Any, upper: Any, *rest: Any) -> int:
        return calculus.leibniz(proof, rate, inside, f, *turned(lower, upper), *rest)

    monkeypatch.setattr(edges, "leibniz", wrong)
    assert not edges.edges().proved


@pytest.mark.parametrize("wrong", [-edges.CONTINUITY, edges.CONTINUITY / 2, -edges.q_x * edges.v])
def test_another_motion_of_the_mass_is_refused(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """∂q/∂θ is −(q·v)′: neither turned round, nor half of it, nor without q·v′."""
    monkeypatch.setattr(edges, "CONTINUITY", wrong)
    derivation = edges.edges()
    assert derivation.refuted
    assert derivation.steps[0].refuted


@pytest.mark.parametrize("wrong", [edges.slope(q) + 1, edges.slope(q) / 2, -edges.slope(q), sympy.log(p / (p + q))])
def test_another_slope_of_the_criterion_is_refused(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """g is log(1 − D*), and the parts do not meet with another."""
    monkeypatch.setattr(edges, "g", wrong)
    assert edges.edges().refuted


def test_leibniz_and_the_ends_against_a_polynomial() -> None:
    """d/dθ ∫ θ·x² dx from θ to θ³, and ∫ (x²)′ dx between them: the two rules, against what they integrate to."""
    x, theta = edges.x, edges.theta
    low, high = ({x: theta}, sympy.Integer(1)), ({x: theta**3}, 3 * theta**2)
    f, proof = theta * x**2, Proof("example", "a polynomial")
    known = proof.derivative("∂f/∂θ", f, theta, x**2, "the integrand")
    inside = sympy.integrate(x**2, (x, theta, theta**3))
    calculus.leibniz(proof, sympy.Symbol("rate"), inside, f, low, high, (known,), "both ends move")
    whole = sympy.diff(sympy.integrate(f, (x, theta, theta**3)), theta)
    assert sympy.expand(proof.steps[-1].rhs - whole) == 0
    calculus.between_ends(proof, sympy.Symbol("∫"), sympy.Integer(0), x**2, low, high, (known,), "F′ = 2x")
    assert sympy.expand(proof.steps[-1].rhs - sympy.integrate(2 * x, (x, theta, theta**3))) == 0


@pytest.mark.parametrize("wrong", [{p: p * edges.k}, {p: -p}, {p: p * edges.k**2}])
def test_a_score_of_the_wrong_side_is_refused(wrong: Any) -> None:
    """r′ = −k² and g′ = D*·k² hold for the scores s and s + k² of p and q only."""
    proof = Proof("planted", "a planted error")
    score = sympy.Symbol("s", real=True)
    scores = {p: p * score, q: q * (score + edges.k**2)}
    changed = {s: r.subs(wrong) if s == p else r for s, r in scores.items()}
    proof.equal(edges.rate(edges.g, changed), p / (p + q) * edges.k**2, "planted")
    assert proof.steps[-1].refuted
