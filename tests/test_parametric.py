"""Families of generators, the descent of C in their parameters, and where it ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    Uniform,
    as_density,
)
from gantheory.divergences import js_divergence
from gantheory.errors import DomainError
from gantheory.families import Affine, Family, Line, Location, LocationScale, NormalMixture, moved
from gantheory.generator_families import Generated, Network
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.parametric import descend, height, rise
from gantheory.projection import best_fit
from gantheory.pushforward import Pushforward
from gantheory.quasi_newton import Change, quasi_newton

BIMODAL = Mixture([Normal(-3, 0.8), Normal(3, 0.8)], [0.7, 0.3])
TWO = Mixture([Normal(-2, 0.7), Normal(2.5, 1)])

# -- families ----------------------------------------

FAMILIES: list[tuple[Family, Any]] = [
    (Location(Laplace(0.3, 1.2)), [0.7]),
    (LocationScale(Normal(0.5, 2)), [0.3, -0.4]),
    (LocationScale(Gamma(2, 1)), [0.3, 0.2]),
    (Affine(Uniform(-1, 1)), [1.5, 0.3]),
    (Affine(Cauchy(0, 1)), [0.5, -1.0]),
    (NormalMixture(1), [0.3, 0.2]),
    (NormalMixture(3), [0.3, -0.2, -1.0, 0.0, 2.0, 0.1, -0.3, 0.4]),
    (Line(NormalMixture(2), [0.1, -1.0, 1.0, 0.0, 0.3], [1.0, 0.5, -0.5, 0.2, 0.1]), [0.2]),
]


@pytest.mark.parametrize(("family", "theta"), FAMILIES, ids=lambda one: type(one).__name__)
def test_velocities_obey_the_continuity_equation(family: Family, theta: Any) -> None:
    """∂_θ F = −q v: the mass below x changes by what flows through it."""
    theta, h = np.array(theta), 1e-5
    law = family.law(theta)
    x = np.asarray(law.ppf(np.array([0.05, 0.3, 0.6, 0.9])))
    velocity = family.velocity(theta, Points.at(x), law)
    for i in range(family.size):
        step = h * np.eye(family.size)[i]
        flow = (family.law(theta + step).cdf(x) - family.law(theta - step).cdf(x)) / (2 * h)
        assert np.allclose(flow, -law.pdf(x) * velocity[i], atol=1e-9)


def test_velocities_of_a_mixture_far_out() -> None:
    """Where densities and both tails underflow, the velocity of the last component's mass is still its own."""
    family = NormalMixture(2)
    theta = np.array([0.0, -1.0, 1.0, 0.0, 0.0])
    velocity = family.velocity(theta, Points.at(np.array([-60.0, 60.0])), family.law(theta))
    assert np.isfinite(velocity).all()
    assert velocity[2, 1] == pytest.approx(1.0)
    assert velocity[1, 0] == pytest.approx(1.0)


def test_networks_velocities_are_their_gradients() -> None:
    """Every weight, bias and skip, by central differences of the network itself."""
    family = Network((4, 3))
    theta, z, h = family.theta_of(MLP.random((4, 3), skip=0.7, rng=3, gain=1.0)), np.linspace(-2, 2, 7), 1e-5
    velocity = family.velocity(theta, Points.at(z), None)
    for i in range(family.size):
        step = h * np.eye(family.size)[i]
        expected = (family.network(theta + step)(z) - family.network(theta - step)(z)) / (2 * h)
        assert np.allclose(velocity[i], expected, atol=1e-8)
    assert family.names[0] == "W1[0][0]"
    assert family.names[-1] == "skip"
    assert len(family.names) == family.size == 4 + 12 + 3 + 4 + 3 + 1 + 1


def test_texts_velocities() -> None:
    """By the complex step, of kinks too."""
    family = Generated("a*tanh(2*z) + b*abs(z)", ["a", "b"])
    z = np.array([-1.0, 0.5])
    assert np.allclose(family.velocity([1.0, 2.0], Points.at(z), None), [np.tanh(2 * z), np.abs(z)])
    assert str(family.law([1.0, -2.0]).generator) == "(1.0)*tanh(2*z) + (-2.0)*abs(z)"


@pytest.mark.parametrize(
    "law",
    [Normal(1, 2), Laplace(1, 2), Uniform(0, 2), Exponential(2), Beta(2, 3), TWO, Discrete([0, 1], [0.3, 0.7])],
    ids=str,
)
def test_moved_laws_are_of_their_own_family(law: Any) -> None:
    """P(3 + 0.5 X <= x) = P(X <= 2 (x - 3)); turned round, as a law of G(z) where the family is not closed under it."""
    x = np.array([2.5, 3.2, 3.5, 4.1])
    found = moved(law, 3.0, 0.5)
    assert type(found) is type(law)
    assert np.allclose(found.cdf(x), law.cdf(2 * (x - 3.0)), atol=1e-14)
    turned = moved(law, 0.0, -1.0)
    assert np.allclose(turned.cdf(x + 0.01), law.sf(-x - 0.01), atol=1e-12)


def test_a_turned_generator_is_a_generator() -> None:
    """A negative slope: the law of G(z), and the same gradient's coordinates in z."""
    family = Affine("gamma(2)")
    law = family.law([-2.0, 1.0])
    assert isinstance(law, Pushforward)
    assert np.allclose(family.velocity([-2.0, 1.0], Points.at(np.array([0.5])), law), [[0.5], [1.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Location("norm").law([1.0, 2.0]), "theta"),
        (lambda: Location("norm").law("x"), "theta"),
        (lambda: Affine("norm").law([0.0, 1.0]), "slope is 0"),
        (lambda: LocationScale("norm").law([0.0, 900.0]), "log scale"),
        (lambda: NormalMixture(0), "components"),
        (lambda: Network((0,)), "hidden"),
        (lambda: Network((4,)).theta_of(MLP.random((3,), rng=0)), "network"),
        (lambda: Network((4,)).theta_of(MLP.random((4,), rng=0, activation="relu")), "network"),
        (lambda: Generated("a*z", ["a", "a"]), "names"),
        (lambda: Generated("a*z", ["z"]), "names"),
        (lambda: Generated("a*z + __import__", ["a"]), "__import__"),
    ],
)
def test_bad_families(call: Any, message: str) -> None:
    """The argument is named."""
    with pytest.raises(ValueError, match=message):
        call()


# -- descent ----------------------------------------


def test_the_bimodal_family_stops_short() -> None:
    """From θ = 4.5 it ends at θ = 5.997 with C + log 4 = 0.775 and zero gradient, though θ = 0 is p_data."""
    run = descend(BIMODAL, Location(BIMODAL), 4.5)
    theta = run.settings["theta"][-1][0]
    assert theta == pytest.approx(5.997, abs=5e-4)
    assert float(run.excess.value[-1, 0]) == pytest.approx(0.775, abs=5e-4)
    assert abs(run.slope.value[-1, 0]) <= run.slope.error[-1, 0] * 2 < 1e-13
    assert run.settings["ended"] == "the gradient is 0"
    for side in (-1e-3, 1e-3):  # a minimum, not a saddle
        nearby = 2 * js_divergence(BIMODAL, Location(BIMODAL).law(theta + side))
        assert nearby > run.excess[-1, 0]
    assert descend(BIMODAL, Location(BIMODAL), 2.0).excess.value[-1, 0] < 1e-20


@pytest.mark.parametrize("law", [Normal(0, 1), Laplace(0, 1), Logistic(0, 1)], ids=str)
@pytest.mark.parametrize("start", [-40.0, 0.3, 60.0])
def test_log_concave_location_families_arrive_from_anywhere(law: Any, start: float) -> None:
    """Where C is -1e-88 too, and its gradient as small."""
    run = descend(law, Location(law), start)
    assert run.excess.value[-1, 0] < 1e-25
    assert abs(run.settings["theta"][-1][0]) < 1e-10


REALISABLE: list[tuple[Any, Family, Any, Any]] = [
    (Normal(1, 2), LocationScale(Normal(0, 1)), [-3.0, -1.0], [1.0, math.log(2)]),
    (Logistic(-1, 0.5), LocationScale(Logistic(0, 1)), [2.0, 0.5], [-1.0, math.log(0.5)]),
    (Cauchy(1, 2), LocationScale(Cauchy(0, 1)), [0.0, 0.0], [1.0, math.log(2)]),
    (Normal(3, 0.5), Affine(), [1.0, 0.0], [0.5, 3.0]),
    (TWO, NormalMixture(), [0.0, -1.0, 1.0, 0.0, 0.0], [0.0, -2.0, 2.5, math.log(0.7), 0.0]),
]


@pytest.mark.parametrize(("p", "family", "start", "exact"), REALISABLE, ids=lambda one: type(one).__name__)
def test_realisable_families_arrive(p: Any, family: Family, start: Any, exact: Any) -> None:
    """At the parameters of p_data, to 1e-9."""
    run = descend(p, family, start)
    assert run.excess.value[-1, 0] < 1e-20
    assert np.allclose(run.settings["theta"][-1], exact, atol=1e-9)


def test_an_unrealisable_family_ends_at_the_projection() -> None:
    """A normal law for a mixture of two: the best of all by multistart."""
    run = descend(TWO, LocationScale(Normal(0, 1)), [0.0, 0.0])
    best = best_fit(TWO, "norm", "js")
    assert np.allclose(run.settings["theta"][-1], best.theta.value, atol=1e-9)
    assert float(run.excess.value[-1, 0]) == pytest.approx(2 * float(best.value), abs=1e-13)
    assert run.excess.value[-1, 0] > 0.2


def test_a_run_is_measured() -> None:
    """C falls at every record, C + log 4 = 2 JSD, p_g is the law itself, and kappa's bound is above the excess."""
    run = descend(TWO, LocationScale(Normal(0, 1)), [3.0, 1.0], records=6)
    assert run.records <= 6
    assert run.seeds == 1
    assert np.all(np.diff(run.criterion.value[:, 0]) <= 1e-15)
    assert run.alignment.value[0, 0] == pytest.approx(1.0)  # the first step is along the gradient
    assert np.all(np.abs(run.alignment.value) <= 1.0 + 1e-12)
    assert np.allclose(run.criterion.value + math.log(4), run.excess.value, atol=1e-12)
    assert run.p_g() == LocationScale(Normal(0, 1)).law(run.settings["theta"][-1])
    assert run.settings["names"] == ["location", "log scale"]
    assert np.all(run.excess.value <= run.kappa_bound.value + run.kappa_bound.error + 1e-12)
    with pytest.raises(AttributeError, match="gap"):
        _ = run.gap


def test_the_gradient_of_training_arrives_too() -> None:
    """Plain pathwise steps, where nothing moves that should not: the same end."""
    run = descend(Normal(1, 2), Affine(), [1.0, 0.0], method="pathwise")
    assert np.allclose(run.settings["theta"][-1], [2.0, 1.0], atol=1e-8)


def test_the_gradient_of_training_goes_wrong_at_a_moving_edge() -> None:
    """G = θu against Exp(1): the pathwise steps raise C, descent of C lowers it."""
    family = Generated("a*z", ["a"], "uniform(0, 1)")
    astray = descend(Exponential(1), family, 1.3, method="pathwise", steps=5, rate=0.2)
    down = descend(Exponential(1), family, 1.3, steps=20)
    assert astray.criterion.value[-1, 0] > astray.criterion.value[0, 0] + 0.01
    assert down.criterion.value[-1, 0] < down.criterion.value[0, 0] - 0.01
    assert np.all(astray.alignment.value < -0.99)  # straight up
    assert astray.settings["theta"][-1][0] < 1.3 < down.settings["theta"][-1][0]


def test_a_network_with_folds_descends() -> None:
    """Along ∇C itself, where the pathwise gradient has no value."""
    family = Network((4,))
    start = family.theta_of(MLP.random((4,), skip=-0.3, gain=1.5, rng=1))
    assert len(family.law(start).critical_points)
    run = descend(TWO, family, start, steps=12)
    assert run.excess.value[-1, 0] < 0.5 * run.excess.value[0, 0]
    assert np.all(np.diff(run.excess.value[:, 0]) < 0)
    with pytest.raises(DomainError, match=r"no value|infinite"):
        descend(TWO, family, start, method="pathwise")


def test_a_kink_ends_a_descent() -> None:
    """An edge that reaches one of p_data has nowhere to go; the run says so."""
    run = descend(Exponential(1), Affine("uniform(0, 1)"), [1.3, 0.2], steps=60)
    assert run.settings["ended"] == "no step along the gradient descends"
    assert abs(run.settings["theta"][-1][1]) < 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps"),
        ({"records": 1}, "records"),
        ({"method": "adam"}, "method"),
        ({"rate": 0.0}, "rate"),
        ({"rate": math.nan}, "rate"),
    ],
)
def test_impossible_settings(options: dict[str, Any], message: str) -> None:
    """Refused before anything runs."""
    with pytest.raises(DomainError, match=message):
        descend("norm", Location("norm"), 1.0, **options)


def test_heights_are_told_from_both_ends() -> None:
    """Differences of C near 0 and near -log 4."""
    near, nearer = height(Normal(0, 1), Normal(1e-8, 1)), height(Normal(0, 1), Normal(1e-9, 1))
    far, farther = height(Normal(0, 1), Normal(40, 1)), height(Normal(0, 1), Normal(41, 1))
    assert rise(near, nearer).value == pytest.approx(-0.25e-16, rel=0.02)
    assert 0 < rise(far, farther).value < 1e-80
    assert height(Normal(0, 1), as_density("skewnorm(3)")) is not None


# -- the method ----------------------------------------


def _valley(x: np.ndarray) -> float:
    return float((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)


def _valley_slope(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bend = x[1] - x[0] ** 2
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * bend, 200 * bend]), np.full(2, 1e-13)


def test_quasi_newton_on_rosenbrocks_valley() -> None:
    """From (-1.2, 1) to (1, 1)."""
    found = quasi_newton(
        _valley, _valley_slope, lambda a, b: Change(b - a, 1e-16), np.array([-1.2, 1.0]), units=np.ones(2), steps=200
    )
    assert found.ended == "the gradient is 0"
    assert np.allclose(found.points[-1].x, 1.0, atol=1e-12)


def test_quasi_newton_says_that_its_steps_are_used_up() -> None:
    """And gives as many points as it made steps."""
    found = quasi_newton(
        _valley, _valley_slope, lambda a, b: Change(b - a, 1e-16), np.array([-1.2, 1.0]), units=np.ones(2), steps=3
    )
    assert found.ended == "the steps are used up"
    assert len(found.points) == 4


def test_quasi_newton_does_not_go_up() -> None:
    """A gradient of the wrong sign ends the descent where it is."""
    found = quasi_newton(
        _valley, lambda x: (-_valley_slope(x)[0], np.zeros(2)), lambda a, b: Change(b - a, 0.0),
        np.array([-1.2, 1.0]), units=np.ones(2), steps=20,
    )  # fmt: skip
    assert found.ended == "no step along the gradient descends"
    assert len(found.points) == 1


def test_a_family_by_its_name_alone_is_refused() -> None:
    with pytest.raises(DomainError, match="family is 'norm'"):
        descend("norm(0, 1)", "norm", [0.0, 1.0])
