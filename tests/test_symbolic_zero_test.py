"""The exact zero test: true identities are proved, false ones refuted at a witness, and nothing outside is guessed."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import LambertW, Rational, exp, log, pi, sqrt

from gantheory.symbolic.normal_form import OutsideClass, boundary_value, coordinates
from gantheory.symbolic.zero_test import enclose, is_zero, same_zero_set, sign

a: Any
b: Any
c: Any
y: Any
a, b, c, y = sympy.symbols("a b c y", positive=True)
v: Any = sympy.Symbol("v", real=True)
UNIT = {y: (0, 1)}
u = a / (a + b)
GAP = a * log(u / y) + b * log((1 - u) / (1 - y)) - (a + b) * (u * log(u / y) + (1 - u) * log((1 - u) / (1 - y)))

TRUE = {
    "gap": (GAP, UNIT),
    "log of a sum": (log(a**2 + 2 * a * b + b**2) - 2 * log(a + b), {}),
    "log of integers": (log(12) - 2 * log(2) - log(3), {}),
    "log of a rational": (log(Rational(9, 8)) - 2 * log(3) + 3 * log(2), {}),
    "even power of unknown sign": (log((a - b) ** 2 / a) - log((b - a) ** 2) + log(a), {}),
    "quadratic of negative discriminant": (log((v - 1) ** 2 + a**2) - log(v**2 - 2 * v + 1 + a**2), {}),
    "product of logs": ((log(a) + log(b)) ** 2 - log(a * b) ** 2, {}),
    "quotient by a log": (log(a**2) / log(a) - 2, {}),
    "root": (log(sqrt(a) + a) - log(a) / 2 - log(1 + sqrt(a)), {}),
    "exponentials": (exp(-2 * a) * exp(2 * a + v) - exp(v), {}),
    "pi as a letter": ((pi + 1) ** 2 - pi**2 - 2 * pi - 1, {}),
    "log of a constant times": (log(pi * a) - log(pi) - log(a), {}),
    "root of a sum": (a * sqrt(a**2 / (1 + a**2)) + sqrt(1 / (1 + a**2)) - sqrt(1 + a**2), {}),
    "root of a square": (sqrt(a**2 + 2 * a + 1) - a - 1, {}),
    "root in a divisor": (1 / (sqrt(1 + a) - 1) - (sqrt(1 + a) + 1) / a, {}),
    "roots of an interval": (sqrt(y) * sqrt(1 - y) - sqrt(y - y**2), UNIT),
    "Lambert's W undone": (LambertW(exp(1 / a) / a) - 1 / a, {}),
    "the log of Lambert's W": (log(LambertW(a)) + LambertW(a) - log(a), {}),
    "nested quotients": (1 / (1 + 1 / (1 + a)) - (1 + a) / (2 + a), {}),
}
FALSE = {
    "gap and one term more": (GAP + a * log(y), UNIT),
    "log is not additive": (log(a + b) - log(a) - log(b), {}),
    "close to true": (log(a + b) - log(a + b + Rational(1, 10**12)), {}),
    "a constant": (log(2) - Rational(6931471805599453, 10**16), {}),
    "swapped": (a * log(b) - b * log(a), {}),
    "exponentials": (exp(a) - 1 - a, {}),
    "a root is not additive": (sqrt(1 + a) - 1 - sqrt(a), {}),
    "the other root": (sqrt(a**2 + 2 * a + 1) + a + 1, {}),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identity_is_proved(name: str):
    """Each identity cancels to 0, the ones that a naive expansion fails on among them."""
    assert is_zero(*TRUE[name]).outcome == "proved"


@pytest.mark.parametrize("name", FALSE)
def test_false_identity_is_refuted_at_its_witness(name: str):
    """The witness is rational, in range, and independent arithmetic agrees that the value there is not 0."""
    expr, domains = FALSE[name]
    decision = is_zero(expr, domains)
    assert decision.outcome == "refuted"
    assert all(value.is_Rational for value in decision.witness.values())
    at = expr.subs({s: decision.witness[s.name] for s in expr.free_symbols})
    assert abs(sympy.N(at, 40)) > 0
    assert sympy.N(at, 9) == pytest.approx(float(decision.value), rel=1e-6)
    assert all(0 < decision.witness[s.name] < 1 for s in domains if s.name in decision.witness)


def test_naive_expansion_does_not_see_the_gap_identity():
    """Why the normal form exists: expanding the logarithms leaves a remainder on the true identity."""
    assert sympy.expand(sympy.expand_log(GAP, force=True)) != 0
    assert is_zero(GAP, UNIT).proved


@pytest.mark.parametrize(
    "expr",
    [
        sympy.sin(a) ** 2 + sympy.cos(a) ** 2 - 1,
        sympy.gamma(a + 1) - a * sympy.gamma(a),
        log(1 - b**2) - log(1 - b) - log(1 + b),
        sympy.atan(a) + sympy.atan(1 / a) - pi / 2,
        sympy.erf(v) + sympy.erfc(v) - 1,
    ],
)
def test_outside_its_class_it_does_not_guess(expr: Any):
    """True identities of other functions, and logarithms whose argument may be negative, stay undecided."""
    assert is_zero(expr).outcome == "undecided"


def test_zero_denominator_is_undecided():
    """A quotient by an expression that is identically 0 says nothing."""
    hidden = (a + b) ** 2 - a**2 - 2 * a * b - b**2
    assert is_zero(a / hidden - a / hidden * 2).outcome == "undecided"


small = st.integers(-3, 3)
positive_forms = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4)).map(
    lambda t: t[0] * a + t[1] * b + t[2]
)


@pytest.mark.slow
@given(f=positive_forms, g=positive_forms, h=positive_forms, i=small, j=small, k=small)
def test_log_of_a_product_against_the_sum(f: Any, g: Any, h: Any, i: int, j: int, k: int):
    """log(fⁱgʲhᵏ), multiplied out first, is i·log f + j·log g + k·log h; with one term more it is not."""
    product = sympy.cancel(f**i * g**j * h**k)
    identity = c * log(product) - c * (i * log(f) + j * log(g) + k * log(h))
    assert is_zero(identity).proved
    wrong = is_zero(identity + log(1 + f))
    assert wrong.refuted


@pytest.mark.slow
@given(f=positive_forms, g=positive_forms)
def test_bernoulli_gap_at_any_pair_of_forms(f: Any, g: Any):
    """The gap identity holds with any positive quantities in place of a and b."""
    assert is_zero(GAP.subs({a: f, b: g}, simultaneous=True), UNIT).proved


@pytest.mark.parametrize(
    ("expr", "relation", "domains", "outcome"),
    [
        (a / y + b / (1 - y), ">", UNIT, "proved"),
        (-a / y**2, "<", UNIT, "proved"),
        ((a - b) ** 2 / a, ">=", {}, "proved"),
        ((a - b) ** 2 / a, ">", {}, "refuted"),
        (a * log((a + b) / a), ">", {}, "proved"),
        (log(y), "<", UNIT, "proved"),
        (log(y), ">", UNIT, "refuted"),
        (v**2 + 1, ">", {}, "proved"),
        (v, ">", {}, "refuted"),
        (a**2 - a + 1, ">", {}, "proved"),
        (a**2 - a * b + b**2, ">", {}, "proved"),
        (a**2 - 2 * a + 1, ">", {}, "refuted"),
        (a**3 - a + 1, ">", {}, "undecided"),
        (log(2) - log(3), "<", {}, "proved"),
        (a - a, ">=", {}, "proved"),
        (a - a, ">", {}, "refuted"),
    ],
)
def test_sign(expr: Any, relation: Any, domains: Any, outcome: str):
    """Coefficients of one sign prove; a certain counterexample refutes; the rest is undecided."""
    assert sign(expr, relation, domains).outcome == outcome


def test_limits_follow_the_convention_for_zero_times_log_zero():
    """q log q tends to 0, p log(p/q) to +∞, a pole to the infinity of its sign; of no certain sign it is refused."""
    assert boundary_value(b * log(b), b) == 0
    assert boundary_value(a * log(a / b), b) == sympy.oo
    assert boundary_value(-a * log(a / b), b) == -sympy.oo
    assert boundary_value(log(b / (a + b)) - log(b), b) == -log(a)
    assert boundary_value(exp(-a / b) / b, b) == 0
    assert boundary_value(a - b * exp(a / b), b) == -sympy.oo
    assert boundary_value((exp(2 * a / b) + 1) / (1 + exp(a / b)), b) == sympy.oo
    assert boundary_value(a / b, b) == sympy.oo
    assert boundary_value(a + sympy.sqrt(b) * log(b), b) == a
    assert boundary_value(a / sympy.sqrt(b), b) == sympy.oo
    assert boundary_value(log(2) - (a - b) ** 2 / b, b) == -sympy.oo
    for pole in ((a - 1) / b, log(1 + b) / b, log(a) / b, (a - 1) * exp(a / b), b * log(b) * exp(a / b)):
        with pytest.raises(OutsideClass):
            boundary_value(pole, b)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (Rational(-1, 2), Rational(1, 2)), (2, sympy.oo)])
def test_coordinates_run_over_the_interval(low: Any, high: Any):
    """The coordinate of an interval stays inside it and reaches near both ends."""
    image = coordinates({y: (low, high)})[y]
    (s,) = image.free_symbols
    near = [image.subs(s, Rational(1, 10**9)), image.subs(s, 10**9)]
    assert near[0] - low < Rational(1, 10**6)
    assert near[0] > low
    assert near[1] < high
    assert high == sympy.oo or high - near[1] < Rational(1, 10**6)


def test_enclosure_contains_the_value_and_refuses_the_rest():
    """Interval arithmetic brackets 50 digits of sympy; a logarithm of a negative number is refused."""
    expr = log(3) / sqrt(2) - exp(-pi)
    interval: Any = enclose(expr)
    assert float(interval.a) <= float(sympy.N(expr, 30)) <= float(interval.b)
    assert float(interval.b - interval.a) < 1e-30
    with pytest.raises(OutsideClass):
        enclose(log(3 - pi, evaluate=False))


def test_same_zero_set():
    """Quotients of one strict sign have the same zeros, others are not known to."""
    assert same_zero_set((a - b) / (a + b), a - b).proved
    assert not same_zero_set((a - b) ** 2 * (a - 1), a - b).proved


def test_a_negative_symbol_meets_no_positive_witness():
    """c < 0 is no false statement of a symbol that is declared negative."""
    c = sympy.Symbol("c", negative=True)
    assert not sign(c, "<").refuted
    assert sign(c, ">").refuted
