"""Proposition 2 in symbols: every line proved, every line true of random laws, every counterfeit refuted at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic import RULES, bregman, edges, proposition_2, rates
from gantheory.symbolic.bregman import C, bregman_nonnegative, divergence, integral, mean, slope, w
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.functionals import D, Functional, equation, p, q, unfold
from gantheory.symbolic.inequalities import combine, define, valley
from gantheory.symbolic.proof import Proof
from gantheory.verify.transliteration import transliterated

DERIVATIONS: dict[str, Callable[..., Derivation]] = {
    "prop2.convex": bregman.convex,
    "prop2.gradient": bregman.gradient,
    "prop2.relative-smoothness": bregman.relative_smoothness,
    "prop2.step-identity": bregman.step_identity,
    "prop2.mirror-descent": proposition_2.mirror_descent,
    "prop2.repaired": proposition_2.repaired,
    "prop2.capacity-price": proposition_2.capacity_price,
    "prop2.linear-rate": rates.linear_rate,
    "prop2.fisher-rao-flow": rates.fisher_rao_flow,
    "prop2.edges": edges.edges,
    "prop2.log-concave": edges.log_concave,
}
FALSE = (
    ("prop2.convex", "concave"),
    ("prop2.convex", "the second variation without p"),
    ("prop2.gradient", "log D*"),
    ("prop2.relative-smoothness", "1/2-smooth"),
    ("prop2.step-identity", "without the 2"),
    ("prop2.mirror-descent", "thirds"),
    ("prop2.mirror-descent", "JSD always quartered"),
    ("prop2.mirror-descent", "a wrong-sign step"),
    ("prop2.repaired", "updated so as to improve"),
    ("prop2.capacity-price", "(1-a) log 4"),
    ("prop2.linear-rate", "(1-η)^t"),
    ("prop2.linear-rate", "e^(-t)"),
    ("prop2.fisher-rao-flow", "half the variance"),
    ("prop2.fisher-rao-flow", "q_0 without p's support"),
    ("prop2.edges", "pathwise alone"),
    ("prop2.log-concave", "a bimodal p"),
)
ALGEBRA = {
    "zero test",
    "coefficients of one sign",
    "interval arithmetic",
    "calculus",
    "calculus: a limit with 0·log 0 = 0",
}


@pytest.fixture(scope="module")
def proved() -> dict[str, Derivation]:
    return {name: function() for name, function in DERIVATIONS.items()}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_derivation_is_proved(name: str, proved: dict[str, Derivation]) -> None:
    """Under its claim's own name, every step decided in its favour by algebra, calculus or a rule of the list."""
    derivation = proved[name]
    assert derivation.name == name
    assert derivation.failures == ()
    for step in derivation.steps:
        assert step.reason
        assert all(0 < n < step.number for n in step.premises)
        parts = {part.removeprefix("stated: ") for part in step.decision.method.split(", ")}
        assert parts <= ALGEBRA | set(RULES)


def test_what_is_stated_is_little(proved: dict[str, Derivation]) -> None:
    """Limits in t, sums over steps and derivatives under the integral: each stated by name, and no other line."""
    stated = {name: [s.decision.method for s in d.steps if s.stated] for name, d in proved.items()}
    assert {name: len(lines) for name, lines in stated.items()} == {
        "prop2.convex": 1,
        "prop2.gradient": 1,
        "prop2.relative-smoothness": 1,
        "prop2.step-identity": 0,
        "prop2.mirror-descent": 2,
        "prop2.repaired": 4,
        "prop2.capacity-price": 0,
        "prop2.linear-rate": 3,
        "prop2.fisher-rao-flow": 4,
        "prop2.edges": 7,
        "prop2.log-concave": 2,
    }


@pytest.mark.parametrize(("name", "counterfeit"), FALSE)
def test_counterfeit_is_refuted_at_a_rational_point(name: str, counterfeit: str) -> None:
    """By a witness, not merely left unproved."""
    derivation = DERIVATIONS[name](counterfeit)
    assert derivation.refuted
    step = next(step for step in derivation.failures if step.refuted)
    assert float(step.decision.value) != 0
    assert all(value.is_Rational or isinstance(value, sympy.Tuple) for value in step.decision.witness.values())


@pytest.mark.parametrize("name", DERIVATIONS)
def test_text_and_latex(name: str, proved: dict[str, Derivation]) -> None:
    """No line wider than asked, no code among the formulas, ASCII for every character, balanced LaTeX."""
    text, latex = proved[name].text(width=96), proved[name]._repr_latex_()
    assert max(map(len, text.splitlines())) <= 96
    assert not any(word in text for word in ("**", "Int(", "Criterion", "Dummy", "Functional"))
    assert "?" not in transliterated(text, "ascii")
    assert latex.count("{") == latex.count("}")
    assert latex.count("\\left") == latex.count("\\right")


# -- the lines against laws on seven points, by numbers ----------------------------------------------------------------


def laws(seed: int) -> dict[str, Any]:
    """Random laws, and every symbol of the derivations as its definition has it on them."""
    rng = np.random.default_rng(seed)

    def law() -> Any:
        masses = rng.gamma(0.5, size=7) + 1e-3
        return masses / masses.sum()

    P, Q, eta = law(), law(), rng.uniform(0.05, 1)
    raw = Q ** (1 - eta) * (P + Q) ** eta
    v = rng.uniform(-1, 1, size=7)
    v = 0.45 * (v - (Q * v).sum())
    return {
        "p": P,
        "q": Q,
        "q′": law(),
        "q⁺": raw / raw.sum(),
        "p_S": law(),
        "D": rng.uniform(size=7),
        "v": v,
        "log Z": np.log(raw.sum()),
        "η": eta,
        "E_q[g]": (Q * np.log(Q / (P + Q))).sum(),
        **{name: rng.uniform(0.05, 0.95) for name in ("λ", "ε", "a", "t", "h")},
    }


def number(expr: Any, known: dict[str, Any]) -> Any:
    """The value of an expression, each functional being a sum over the points."""
    if isinstance(expr, Functional):
        return np.sum(_values(unfold(expr.integrand), known))
    if expr.has(Functional):
        parts = [number(a, known) for a in expr.args]
        return sum(parts) if expr.is_Add else np.prod(parts) if expr.is_Mul else parts[0] ** parts[1]
    return _values(expr, known)


def _values(expr: Any, known: dict[str, Any]) -> Any:
    symbols = sorted(expr.free_symbols, key=str)
    return sympy.lambdify(symbols, expr, "numpy")(*(known[s.name] for s in symbols)) + 0.0


def is_about_laws(step: Step, known: dict[str, Any]) -> bool:
    names = {str(s) for s in step.lhs.free_symbols | step.rhs.free_symbols}
    return step.relation != "iff" and (step.lhs.has(Functional) or step.rhs.has(Functional)) and names <= set(known)


@pytest.mark.parametrize("name", [n for n in DERIVATIONS if n not in ("prop2.edges", "prop2.log-concave")])
def test_lines_hold_on_random_laws(name: str, proved: dict[str, Derivation]) -> None:
    """Each line between integrals, summed over seven points for twenty laws: a route that knows no proof."""
    checked = 0
    for seed in range(20):
        known = laws(seed)
        for step in proved[name].steps:
            if is_about_laws(step, known):
                gap = number(step.lhs, known) - number(step.rhs, known)
                size = {"=": abs(gap), ">=": -gap, "<=": gap, ">": -gap, "<": gap}[step.relation]
                assert size <= 1e-12, (seed, step.text(), gap)
                checked += 1
    assert checked >= 60


def test_the_random_laws_would_see_a_false_line() -> None:
    """Half of the smoothness, and the Bregman identity without its 2, fail on the same laws."""
    for name, counterfeit in (("prop2.relative-smoothness", "1/2-smooth"), ("prop2.step-identity", "without the 2")):
        step = DERIVATIONS[name](counterfeit).steps[-1]
        gaps = [number(step.lhs, known) - number(step.rhs, known) for known in map(laws, range(20))]
        assert max(gaps if step.relation == "<=" else np.abs(gaps)) > 1e-3


# -- the checker's new rules refuse what is false ----------------------------------------------------------------------


def planted(**options: Any) -> Proof:
    return Proof("planted", "a planted error", **options)


def is_refused(proof: Proof) -> bool:
    return not proof.steps[-1].proved


def two_lines() -> tuple[Proof, int, int]:
    """KL(p‖q) ≥ 2·KL(p‖m), and C(p) = −log 4."""
    proof = planted()
    return proof, bregman_nonnegative(proof, p, q), proof.equal(C(p), -log(4), "the minimum", unit=p)


def test_a_sum_of_lines_takes_no_negative_multiple() -> None:
    """A negative multiple turns an inequality round; an equality may be read either way."""
    proof, line, least = two_lines()
    excess = divergence(p, q) - 2 * divergence(p, mean(q))
    combine(proof, excess + C(p), ">=", -log(4), {line: 1, least: 1}, "sound")
    assert proof.steps[-1].proved
    combine(proof, -excess, ">=", 0, {line: -1}, "turned round")
    assert is_refused(proof)
    combine(proof, excess, ">=", 0, {line: Symbol("x", real=True) ** 2 - 1}, "a multiple of no certain sign")
    assert is_refused(proof)


def test_a_sum_of_lines_is_checked_at_the_closed_end_too() -> None:
    """1 − 2η is ≥ 0 on 0 < η < ½ only."""
    eta = Symbol("η", positive=True)
    half = (0, Rational(1, 2))
    for domain, ends, holds in ((half, (), True), ((0, 1), (), False), (half, (1,), False)):
        proof = planted(domains={eta: domain})
        line = bregman_nonnegative(proof, p, q)
        excess = divergence(p, q) - 2 * divergence(p, mean(q))
        scaled = (1 - 2 * eta) * excess
        combine(proof, scaled, ">=", 0, {line: 1 - 2 * eta}, "scaled", also=tuple({eta: e} for e in ends))
        assert proof.steps[-1].proved is holds


def test_a_sum_of_lines_must_add_up() -> None:
    """A dropped factor, a strict conclusion from lines that are not, an equality from an inequality."""
    proof, line, least = two_lines()
    combine(proof, divergence(p, q) - divergence(p, mean(q)), ">=", 0, {line: 1}, "a factor dropped")
    assert is_refused(proof)
    combine(proof, divergence(p, q) - 2 * divergence(p, mean(q)), ">", 0, {line: 1}, "strict from nothing strict")
    assert is_refused(proof)
    combine(proof, divergence(p, q) - 2 * divergence(p, mean(q)), "=", 0, {line: 1}, "an equality")
    assert is_refused(proof)
    combine(proof, C(p) + log(4), "=", 0, {least: 1, 99: 1}, "from a line that is not there")
    assert is_refused(proof)


def test_a_density_is_no_constant_before_an_integral() -> None:
    """q·∫f is not ∫q·f."""
    proof, line, _ = two_lines()
    excess = divergence(p, q) - 2 * divergence(p, mean(q))
    combine(proof, q * excess, ">=", 0, {line: q}, "a density as coefficient")
    assert is_refused(proof)


def test_an_equivalence_adds_nothing() -> None:
    """An "iff" has no sides to add."""
    proof, line, _ = two_lines()
    excess = divergence(p, q) - 2 * divergence(p, mean(q))
    iff = proof.vanishing(equation(excess, 0), equation(p, q), line, "equality")
    combine(proof, excess, ">=", 0, {iff: 1}, "from an equivalence")
    assert is_refused(proof)


def test_the_equality_case_of_a_sum_is_that_of_its_one_inequality() -> None:
    """Twice a line is 0 where the line is; a sum of two lines, or 0 times one, says nothing of its zeros."""
    x = Symbol("x", real=True)
    proof, line, _ = two_lines()
    excess = divergence(p, q) - 2 * divergence(p, mean(q))
    for weights, factor, known in (({line: 2}, 2, True), ({line: x**2}, x**2, False), ({line: 0}, 0, False)):
        number = combine(proof, factor * excess, ">=", 0, weights, "a multiple")
        assert proof.steps[-1].proved
        assert (proof.nonnegative[number][1] is not None) is known


def test_a_definition_needs_a_new_name() -> None:
    """A name of an earlier line, of a density, of a sign, or of itself defines nothing."""
    proof = planted(domains={D: (0, 1)})
    proof.equal(Symbol("x", real=True) + 1, 1 + Symbol("x", real=True), "uses x")
    new = Symbol("κ", real=True)
    for name, expr in (
        (Symbol("x", real=True), p),
        (q, p),
        (D, p),
        (Symbol("y", real=True), 1 + Symbol("y", real=True)),
        (Symbol("s", positive=True), p - q),
    ):
        define(proof, name, expr, "not new")
        assert is_refused(proof)
    define(proof, new, p - q, "new")
    assert proof.steps[-1].proved
    define(proof, new, q - p, "no longer new")
    assert is_refused(proof)


SIDES = ((0, 1), (1, sympy.oo))


def valley_of(f: Any, before: Any, after: Any, *, at: int = 1, ranges: tuple[Any, Any] = SIDES) -> Proof:
    """A valley of f, claimed from two slopes that are given as functions of the one variable."""
    low, high = Symbol("b", positive=True), Symbol("B", positive=True)
    proof = planted(domains=dict(zip((low, high), ranges)))
    lines = [proof.compare(g.subs(w, s), ">=", 0, "a slope") for g, s in ((before, low), (after, high))]
    valley(proof, f, w, at, (low, lines[0]), (high, lines[1]), "a valley")
    return proof


def test_a_valley_needs_its_slopes_its_ranges_and_its_bottom() -> None:
    """w + 1/w − 2 falls to 0 at 1 and rises from it; each planted variant lacks one of the three."""
    f, fall = w + 1 / w - 2, 1 / w**2 - 1
    assert valley_of(f, fall, -fall).steps[-1].proved
    assert is_refused(valley_of(f + 1, fall, -fall))
    assert is_refused(valley_of(f, 2 * fall, -fall))
    assert is_refused(valley_of(-f, fall, -fall))
    assert is_refused(valley_of(f, fall, -fall, ranges=((0, Rational(1, 2)), (1, sympy.oo))))
    assert is_refused(valley_of(f, fall, -fall, ranges=((0, 1), (2, sympy.oo))))
    assert is_refused(valley_of(f, fall, -fall, at=2))


def test_the_edge_of_a_valley_is_kept_where_the_slopes_are_strict() -> None:
    """Only a strict fall and a strict rise say that the bottom is one point."""
    proof = valley_of(w + 1 / w - 2, 1 / w**2 - 1, 1 - 1 / w**2)
    assert proof.nonnegative[len(proof.steps)][1] is None


@pytest.mark.parametrize("twice", [1, 3])
def test_bregman_with_a_wrong_factor(twice: int) -> None:
    """Only 2·KL(m′‖m) makes the identity, and the laws that show it are printed."""
    proof = planted(densities=(p, q, bregman.OTHER))
    bregman.bregman_identity(proof, bregman.OTHER, q, "planted", twice=twice)
    assert proof.derivation().refuted
    assert "p = (" in proof.steps[-1].decision.reason


def test_five_times_the_divergence_of_the_means_is_too_much() -> None:
    """KL(p‖q) is nearly 4·KL(p‖m) for nearly equal laws: two-point laws refute 5."""
    proof, line, _ = two_lines()
    proof.chain(divergence(p, q), ">=", 5 * divergence(p, mean(q)), (line,), "too much")
    assert proof.steps[-1].refuted


def test_the_certificate_is_for_log_1_minus_d() -> None:
    """With log D* in its place the line is refuted."""
    proof, line, _ = two_lines()
    proof.chain(C(q) + log(4), "<=", integral((q - p) * log(p / (p + q))), (line,), "log D*")
    assert proof.steps[-1].refuted
    assert slope(q) == log(q / (p + q))
