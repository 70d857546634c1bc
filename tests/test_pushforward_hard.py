"""Generators that are hard to follow: poles, jumps, saturation, heavy tails, near-critical points, and two at once.

Each is a way in which a law of G(z) could be plausible and wrong. Laws are checked against exact values where there are
some, and against samples of G itself within Kolmogorov's bound elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import interpolate, special, stats

from gantheory.densities import Cauchy, Gamma, Laplace, Normal, StudentT, Uniform
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import ConvergenceError, DomainError
from gantheory.game import criterion
from gantheory.mlp import MLP
from gantheory.pushforward import Pushforward

N = stats.norm
SAMPLED: dict[str, tuple[Any, Any]] = {
    "a pole between panels": ("1/(z - 0.3)", "norm(0, 1)"),
    "two poles": ("1/(z**2 - 0.5)", "norm(0, 1)"),
    "many poles": ("sin(3*z)/cos(3*z)", "norm(0, 1)"),
    "a pole at the centre": ("1/z", "norm(0, 1)"),
    "sign": ("sign(z)", "norm(0, 1)"),
    "round": (np.round, "norm(0, 1)"),
    "floor": (np.floor, "norm(0, 1)"),
    "a step": (lambda z: z > 0.37, "norm(0, 1)"),
    "a gap in x": ("z + sign(z)", "norm(0, 1)"),
    "a gap beside an anchor": ("z + sign(z)", "norm(0.1, 1.1)"),
    "a jump that nobody named": (lambda z: np.where(z > 0.123, z + 1, z), "norm(0, 1)"),
    "a jump down": (lambda z: np.where(z < 0, z**2, -1 - z**2), "norm(0, 1)"),
    "nearly a jump": ("z - 0.05*tanh(100000*(z - 0.777))", "norm(0, 1)"),
    "nearly a sign": ("tanh(1000000*z)", "norm(0.3, 1)"),
    "saturation under t": ("tanh(z)", "t(3)"),
    "saturation under Cauchy": ("tanh(z)", "cauchy(0, 1)"),
    "erf": ("erf(z)", "t(30)"),
    "an algebraic sigmoid": ("z/(1 + abs(z))", "t(3)"),
    "softplus": ("softplus(z)", "t(3)"),
    "log": ("log(abs(z))", "cauchy(0, 1)"),
    "cancelling saturation": ("tanh(50*z) + tanh(50*(z - 1))", "uniform(-30, 90)"),
    "Huber's loss": (lambda z: np.where(np.abs(z) < 2.5, z**2 / 2, 2.5 * np.abs(z) - 3.125), "norm(0, 1)"),
    "abs as a function": (lambda z: np.abs(z), "norm(0, 1)"),
    "a leaky relu": (lambda z: np.where(z.real > 0, z.real, 0.1 * z.real), "norm(0, 1)"),
    "the end of a root": (lambda z: np.sqrt(z.real), "uniform(0, 1)"),
    "the end of a logarithm": (lambda z: -np.log(z.real), "uniform(0, 1)"),
    "logit": ("log(z/(1 - z))", "uniform(0, 1)"),
    "a cube root": (np.cbrt, "norm(0, 1)"),
    "an essential zero": ("exp(-1/z**2)", "norm(0, 1)"),
    "a network under Laplace": (MLP.random((8,), rng=3, gain=3.0), "laplace(0, 1)"),
    "a network under t": (MLP.random(rng=1), "t(3)"),
    "a saturated network": (MLP.random(rng=4, gain=6.0), "norm(0, 1)"),
    "a law of another generator": ("z**2", Pushforward("exp(z)")),
    "in place": (lambda z: np.multiply(z, 2, out=z), "norm(0, 1)"),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_follow_the_cdf(name: str) -> None:
    """Within Kolmogorov's bound at 1 in 10,000, and no mass is lost."""
    G, prior = SAMPLED[name]
    law = Pushforward(G, prior)
    drawn = np.sort(law.sample(100_000, rng=1))
    at = np.quantile(drawn, np.linspace(0.005, 0.995, 199))
    below, upto = (np.searchsorted(drawn, at, side=side) / len(drawn) for side in ("left", "right"))
    found = law.cdf(at)
    bound = 2.23 / math.sqrt(len(drawn))
    atoms = law.rounded_atoms  # tanh is -1 in floats where it is not in truth
    far = np.ones(len(at), bool) if not len(atoms) else (np.abs(at[:, None] - atoms) > 1e-12).all(axis=1)
    assert (found[far] <= upto[far] + bound).all()
    assert (found[far] >= below[far] - bound).all()
    assert law.mass_error <= 1e-11
    assert (float(law.cdf(np.inf)), float(law.sf(np.inf)), float(law.cdf(-np.inf))) == (1.0, 0.0, 0.0)


PAIRS: list[tuple[Any, Any, Any, Any]] = [
    (Pushforward("z"), Pushforward("2*z + 1"), Normal(), Normal(1.0, 2.0)),
    (Pushforward("exp(z)"), Pushforward("exp(z + 1)"), Normal(), Normal(1.0, 1.0)),
    (Pushforward("z**3", "laplace(0.3, 1)"), Pushforward("z**3"), Laplace(0.3, 1.0), Normal()),
    (Pushforward("1/(z - 0.3)"), Cauchy(), Normal(-0.3, 1.0), Cauchy()),
    (Pushforward("2*z - 1", "t(3)"), StudentT(3.0, -1.0, 2.0), StudentT(3.0), StudentT(3.0)),
    (Pushforward("1000000 + z"), Normal(1e6, 1.0), Normal(), Normal()),
    (Pushforward(special.ndtr), Uniform(), Uniform(), Uniform()),
]


@pytest.mark.parametrize("i", range(len(PAIRS)))
def test_an_increasing_map_of_both_changes_nothing(i: int) -> None:
    """JSD, TV and C of two laws of G(z) are those of the laws that one map makes them of."""
    p, q, same_p, same_q = PAIRS[i]
    for functional in (js_divergence, total_variation, criterion):
        found, exact = functional(p, q), functional(same_p, same_q)
        assert abs(found.value - exact.value) <= found.error + exact.error
        assert found.error <= 1e-9


def test_two_networks_meet_their_bracket() -> None:
    """Each p_g is asked for at the other's points: a point that knows its z says nothing of another G."""
    from gantheory.brackets import js_divergence_bracket

    a, b = (Pushforward(MLP.random(rng=seed, skip=0.5)) for seed in (1, 2))
    lower, upper = js_divergence_bracket(a, b, cells=4096)
    assert lower.value - lower.error <= js_divergence(a, b).value <= upper.value + upper.error


def test_transport_between_two_lines() -> None:
    """W₁ of laws whose edges name no anchor of their own."""
    found, exact = (
        wasserstein_distance(Pushforward("z"), Pushforward("2*z + 1")),
        wasserstein_distance(Normal(), Normal(1.0, 2.0)),
    )
    assert abs(found.value - exact.value) <= found.error + exact.error


@pytest.mark.parametrize(
    ("G", "exact"), [("sqrt(z)", 1 - math.log(2)), ("sqrt(1 - z)", 1 - math.log(2)), ("z**0.25", 3 - math.log(4))]
)
def test_a_law_that_begins_at_the_end_of_the_support(G: str, exact: float) -> None:
    """KL(U(0, 1)‖p_g) is finite: p_g = 2x, or 4x³."""
    found = kl_divergence("uniform(0, 1)", Pushforward(G, "uniform(0, 1)"), rtol=1e-9)
    assert abs(found.value - exact) <= found.error + 1e-12


@pytest.mark.parametrize("small", [1e-6, 1e-11, 1e-14, 1e-20])
def test_a_critical_point_that_is_nearly_one(small: float) -> None:
    """z³ + εz has no pole, and KL tends to that of z³ as ε goes to 0."""
    law = Pushforward(f"z**3 + {small}*z")
    assert float(law.pdf(0.0)) == pytest.approx(N.pdf(0) / small, rel=1e-9)  # finite
    found, limit = (kl_divergence(one, Cauchy()) for one in (law, Pushforward("z**3")))
    assert abs(found.value - limit.value) <= 3 * math.sqrt(small) + found.error + limit.error


def test_a_narrow_pole_is_not_seen_as_one_branch() -> None:
    """1/(z - 0.3) has two branches, to minus and to plus infinity."""
    law = Pushforward("1/(z - 0.3)")
    assert [(b.x0, b.x1) for b in law.branches] == [(0.0, -math.inf), (math.inf, 0.0)]
    x = np.array([-50.0, -1.0, 0.2, 7.0])
    assert law.pdf(x) == pytest.approx(N.pdf(1 / x + 0.3) / x**2, rel=1e-11)


@pytest.mark.parametrize("breakpoints", [(), (0.3,)])
def test_a_jump_has_a_limit_on_either_side(breakpoints: tuple[float, ...]) -> None:
    """Named or not."""
    law = Pushforward(lambda z: np.where(z > 0.3, z + 2, z), breakpoints=breakpoints)
    assert law.intervals() == pytest.approx(np.array([[-np.inf, 0.3], [2.3, np.inf]]), abs=1e-13)


def test_two_routes_on_a_gap_beside_an_anchor() -> None:
    """The jump of z + sign(z) lies at a z that is no sum of the prior's mean and an offset."""
    law = Pushforward("z + sign(z)", "norm(0.1, 1.1)")
    C, jsd = criterion("norm(0, 1)", law), js_divergence("norm(0, 1)", law)
    assert abs(C.value + math.log(4) - 2 * jsd.value) <= C.error + 2 * jsd.error + 1e-15
    assert law.intervals() == pytest.approx(np.array([[-np.inf, -1.0], [1.0, np.inf]]), abs=1e-13)


def test_kl_from_atoms_of_rounding_is_not_called_infinite() -> None:
    """tanh(z) of a Cauchy z is 1 in floats on a mass of 0.0009: no value is better than ∞."""
    with pytest.raises(ConvergenceError, match="in floats only"):
        kl_divergence(Pushforward("tanh(z)", "cauchy(0, 1)"), Normal())
    exact = math.log(math.sqrt(2 * math.pi) / math.pi) + math.pi**2 / 24
    found = kl_divergence(Pushforward("atan(z)", "cauchy(0, 1)"), Normal())
    assert abs(found.value - exact) <= found.error


@pytest.mark.parametrize(
    "derivative",
    [np.zeros_like, lambda z: 2 * z + 0.001, lambda z: np.where((z > 0) & (z < 1), 4.0, 2.0) * z],
)
def test_a_derivative_that_is_false_somewhere(derivative: Callable[[Any], Any]) -> None:
    """G moves by what its derivative says, on every panel."""
    with pytest.raises(DomainError, match="is not that of G"):
        Pushforward(lambda z: z**2, derivative=derivative)


def test_a_method_called_derivative_that_does_something_else() -> None:
    """scipy's splines return a spline: it is not used."""
    knots = np.linspace(-40, 40, 81)
    law = Pushforward(interpolate.CubicSpline(knots, knots + np.sin(knots) / 2))
    assert float(law.cdf(0.0)) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize(
    ("G", "message"),
    [
        (lambda z: z - z.mean(), "in a batch"),
        (lambda z: z if (np.abs(z) < 5).all() else 1 / 0, "raised ZeroDivisionError"),
        (lambda z: np.array(["a"] * len(z)), "no array"),
        (lambda z: np.where(np.abs(z) < 3, z, np.nan), "returned nan"),
    ],
)
def test_functions_that_are_no_generators(G: Any, message: str) -> None:
    """Told in our words, with what to do."""
    with pytest.raises(DomainError, match=message):
        Pushforward(G)


def test_a_g_that_works_in_place_changes_nothing_of_ours() -> None:
    """It is given copies."""

    def G(z: Any) -> Any:
        z *= 2
        z += 1
        return z

    law = Pushforward(G)
    assert float(law.cdf(1.0)) == 0.5
    assert float(Pushforward(G).cdf(1.0)) == 0.5


def test_equal_laws_have_a_distance_that_is_0() -> None:
    """-z of a normal z is that law: √JSD is 0 to a small error, so that claims on it are decided."""
    found = js_divergence("norm(0, 1)", Pushforward("-z"))
    assert found.value == 0
    assert math.sqrt(found.error) <= 1e-9


@pytest.mark.parametrize(
    ("centre", "prior"), [(0.0, Normal(0.4, 0.1)), (0.7, Normal(0.2, 1.0)), (0.7, Normal(0.21, 1.0))]
)
def test_a_pole_of_p_data_within_the_range_of_G(centre: float, prior: Normal) -> None:
    """p_data ~ (x - 1/2)^(-1/2): nodes some 1e-17 from the pole are told apart from it, in x and in z."""
    p_data, p_g = Gamma(0.5, 1.0, 0.5), Pushforward(f"abs(z - {centre})", prior)
    with mpmath.workdps(30):
        mu, sigma = mpmath.mpf(prior.mu), mpmath.mpf(prior.sigma)

        def q(x: Any) -> Any:
            return mpmath.npdf(centre + x, mu, sigma) + mpmath.npdf(centre - x, mu, sigma)

        def game(t: Any) -> Any:  # x = 1/2 + t²
            p, other = mpmath.exp(-t * t) / (mpmath.sqrt(mpmath.pi) * t), q(mpmath.mpf(0.5) + t * t)
            both = (p * mpmath.log(p / (p + other)) if p else 0) + (
                other * mpmath.log(other / (p + other)) if other else 0
            )
            return 2 * t * both

        exact = mpmath.quad(game, [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5])
    C, jsd = criterion(p_data, p_g), js_divergence(p_data, p_g)
    assert abs(C.value - float(exact)) <= C.error
    assert abs(2 * jsd.value - math.log(4) - float(exact)) <= 2 * jsd.error + 1e-15
    assert max(C.error, jsd.error) < 1e-12


@settings(max_examples=100)
@given(st.floats(-4.0, 4.0), st.floats(0.05, 5.0), st.floats(-1.5, 1.5), st.sampled_from([1.0, -1.0, 1e-3]))
@example(-2.1, 1.3, (0.1 + 2.1) / 1.3, 1.0)
@example(2.762002242838225, 1.0, 0.0, 1.0)
def test_a_jump_anywhere_ends_a_branch(mu: float, sigma: float, place: float, height: float) -> None:
    """Between any two floats: also where it lies between a narrow panel's end and its first node."""
    at = round(mu + sigma * place, 3)
    p_g = Pushforward(f"z + {height}*sign(z - ({at}))", Normal(mu, sigma))
    assert len(p_g.branches) == 2
    assert [p_g.branches[0].z1, p_g.branches[1].z0] == pytest.approx([at, at], rel=1e-15, abs=1e-15)
    ends = [p_g.branches[0].x1, p_g.branches[1].x0]
    assert ends == pytest.approx([at - height, at + height], rel=1e-15, abs=1e-15)
    if height > 0:
        assert p_g.pdf(at) == 0.0
        assert p_g.cdf(at) == pytest.approx(Normal(mu, sigma).cdf(at), abs=1e-15)


@pytest.mark.slow
def test_a_generator_of_thousands_of_turns() -> None:
    """All of them are found, or it is refused: sin(1000z) is arcsine, and no branch is longer than half a period."""
    p_g = Pushforward("sin(1000*z)")
    assert max(b.z1 - b.z0 for b in p_g.branches) < 1.000001 * math.pi / 1000
    x = np.array([-0.9, 0.3, 0.99])
    assert p_g.cdf(x) == pytest.approx(0.5 + np.arcsin(x) / np.pi, abs=1e-13)
    with pytest.raises(ConvergenceError, match="turns more often than can be followed"):
        Pushforward("sin(5000*z)")
