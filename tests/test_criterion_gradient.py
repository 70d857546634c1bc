"""∇C by two routes, the gradient that training uses beside it, and what parts the two: edges, jumps and folds."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from gantheory.criterion_gradient import central_differences, criterion_gradient, edge_terms, pathwise_gradient
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
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.families import Affine, Family, Line, Location, LocationScale, NormalMixture
from gantheory.generator_families import Generated, Network
from gantheory.mlp import MLP
from gantheory.moving_law import MovingLaw
from gantheory.panels import Points
from gantheory.pushforward import Pushforward
from gantheory.score import curvature, density_beside, has_score, jumps_of, score_at

TWO = Mixture([Normal(-2, 0.7), Normal(2.5, 1)])
AT_0 = np.zeros(2)


def tanh_network(hidden: tuple[int, ...], skip: float, gain: float, seed: int) -> tuple[Network, np.ndarray]:
    family = Network(hidden)
    return family, family.theta_of(MLP.random(hidden, skip=skip, gain=gain, rng=seed))


def along(pair: tuple[Network, np.ndarray], seed: int = 0) -> Line:
    family, theta = pair
    return Line(family, theta, np.random.default_rng(seed).normal(size=family.size))


def agree(a: Estimate, b: Estimate) -> None:
    """Two routes differ by no more than their errors, which are small."""
    size = np.abs(np.asarray(b.value)).max()
    assert np.all(np.abs(a.value - b.value) <= a.error + b.error)
    assert np.all(np.asarray(a.error) <= 1e-9 * (1 + size))


# -- numbers known apart ----------------------------------------


def test_a_moving_edge_turns_the_sign() -> None:
    """Exp(1) against G = θu at θ = 1.3, to 30 digits by mpmath: pathwise + edge = ∇C."""
    with mpmath.workdps(30):
        theta = mpmath.mpf("1.3")

        def p(x: Any) -> Any:
            return mpmath.exp(-x)

        pathwise = mpmath.quad(lambda u: p(theta * u) / (p(theta * u) + 1 / theta) * u, [0, 1])
        edge = p(theta) * mpmath.log(p(theta) / (p(theta) + 1 / theta))
        slope = mpmath.diff(
            lambda t: mpmath.quad(
                lambda x: p(x) * mpmath.log(p(x) / (p(x) + 1 / t)) + mpmath.log(1 / (1 + t * p(x))) / t, [0, t]
            ),
            theta,
        )
    family = Generated("a*z", ["a"], "uniform(0, 1)")
    found = [f("expon", family, 1.3) for f in (pathwise_gradient, edge_terms, criterion_gradient)]
    for estimate, exact in zip(found, (pathwise, edge, slope), strict=True):
        assert abs(float(estimate.value[0]) - float(exact)) <= estimate.error[0] + 1e-16
        assert estimate.error[0] < 1e-12
    assert float(slope) == pytest.approx(-0.187349796, abs=5e-10)
    assert float(pathwise) > 0.178
    assert float(found[0].value[0] + found[1].value[0]) == pytest.approx(float(slope), abs=1e-13)


@pytest.mark.parametrize("method", ["moving frame", "differences"])
def test_a_moving_fold_leaves_the_criterion_differentiable(method: str) -> None:
    """z² + θ against N(1, 1) at θ = 0."""
    found = criterion_gradient("norm(1, 1)", Generated("z**2 + a", ["a"]), 0.0, method=method)
    assert float(found.value[0]) == pytest.approx(0.0176090519729, abs=1e-12)
    assert abs(found.value[0] - 0.0176090519729) <= found.error[0] + 5e-14


# derivatives of C itself in each parameter, by mpmath's diff of its integral to 30 digits
EXACT: list[tuple[Any, Family, Any, list[float]]] = [
    (TWO, LocationScale(Normal(0, 2)), AT_0, [-0.02894428862822248936914, -0.2157861964296842517974]),
    (Normal(0, 1), Location(Exponential(1)), 0.1, [0.4612187503530739585581]),
    (Cauchy(0, 1), Location(Cauchy(0, 2)), 1.0, [0.09442719099991587856367]),
    (Normal(1, 1), Generated("z**2 + a", ["a"]), 0.0, [0.0176090519728689748357]),
    (Normal(1, 1), Generated("z**2 + a", ["a"]), 0.4, [0.1648535093703373467271]),
]


@pytest.mark.parametrize(("p", "family", "theta", "exact"), EXACT, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("method", ["moving frame", "differences"])
def test_errors_hold(p: Any, family: Family, theta: Any, exact: list[float], method: str) -> None:
    """|value − exact| <= error, and the error is small."""
    found = criterion_gradient(p, family, theta, method=method)
    assert np.array(exact) in found
    assert np.all(found.error < (1e-12 if method == "moving frame" else 1e-9))


def test_a_moving_fold_makes_the_pathwise_gradient_infinite() -> None:
    """It is said, and no plausible number comes out; by the sign of the motion."""
    for text, sign in (("z**2 + a", -1), ("z**2 - a", 1), ("a - z**2", 1)):
        found = pathwise_gradient("norm(1, 1)", Generated(text, ["a"]), 0.0)
        assert np.isinf(found.value).all()
        assert np.sign(found.value[0]) == sign
    with pytest.raises(DomainError, match="infinite"):
        edge_terms("norm(1, 1)", Generated("z**2 + a", ["a"]), 0.0)


def test_a_fold_that_rests_does_no_harm() -> None:
    """a z²: the critical value stays at 0, and the pathwise gradient is that of C."""
    family = Generated("a*z**2", ["a"])
    agree(
        pathwise_gradient("norm(1, 1)", family, 0.8),
        criterion_gradient("norm(1, 1)", family, 0.8, method="differences"),
    )


def test_folds_of_both_signs_have_no_value() -> None:
    """+inf at one fold and -inf at another."""
    with pytest.raises(DomainError, match="no value"):
        pathwise_gradient("norm(0, 1)", Generated("z**3 - a*z + sin(3*z)", ["a"]), 1.0)


def test_a_normal_shift_to_thirty_digits() -> None:
    """dC/dμ of N(0, 1) against N(1, 1) is within its error, by mpmath."""
    with mpmath.workdps(30):
        r = lambda x: mpmath.mpf(1) / 2 - x  # noqa: E731
        density = lambda x: mpmath.npdf(x, 1, 1)  # noqa: E731
        exact = mpmath.quad(lambda x: density(x) / (1 + mpmath.exp(-r(x))), [-15, -5, 0, 1, 2, 7, 17])
    found = pathwise_gradient(Normal(0, 1), Location(Normal(0, 1)), 1.0)
    assert abs(float(found.value[0]) - float(exact)) <= found.error[0] + 1e-16
    assert found.error[0] < 1e-13


# -- two routes ----------------------------------------

PAIRS: dict[str, tuple[Any, Family, Any]] = {
    "normal": (Normal(0, 1), LocationScale(Normal(1, 1.5)), AT_0),
    "mixture": (TWO, LocationScale(Normal(0, 2)), AT_0),
    "cauchy": (Cauchy(0, 1), LocationScale(Cauchy(1, 2)), AT_0),
    "student": (StudentT(3), LocationScale(Logistic()), [0.5, 0.2]),
    "laplace": (Laplace(0, 1), Affine(Laplace(0, 1)), [2.0, 1.0]),
    "two normals": (TWO, NormalMixture(), [0.3, -1.0, 2.0, 0.0, 0.1]),
    "affine of uniform": (Exponential(1), Affine("uniform(0, 1)"), [1.3, 0.2]),
    "jump crossed": (Uniform(0, 1), LocationScale(Normal(0.3, 0.5)), AT_0),
    "edge among normals": (Normal(0, 1), LocationScale(Exponential(1)), [0.1, 0.0]),
    "uniform edges": (Uniform(0, 2), LocationScale(Uniform(1, 3)), AT_0),
    "both cross": (Uniform(0, 1), LocationScale(Exponential(0.5)), [-0.3, 0.1]),
    "fold": (Normal(1, 1), Generated("a*z**2 + b", ["a", "b"]), [0.7, 0.3]),
    "folds": (Normal(0, 1), Generated("a*z**3 - b*z", ["a", "b"], Normal(0, 0.8)), [1.0, 1.0]),
    "fold of exponential data": (Exponential(1), Generated("z**2 + a", ["a"]), 0.4),
    "fold on a branch": (Laplace(0, 1), Generated("z**2 + a*z + b", ["a", "b"], Normal(0.5, 1)), [0.3, -1.0]),
    "sine": (Normal(0, 1), Generated("a*sin(2*pi*z) + b", ["a", "b"], Uniform(0, 1)), [1.0, 0.2]),
    "edge of a curve": (Normal(0, 1), Generated("a*exp(z)", ["a"], Uniform(-1, 1)), 0.5),
    "uniform prior, fold": (Normal(0, 1), Generated("a*z**2 + z", ["a"], Uniform(-1, 2)), 0.7),
    "network": (Normal(0, 1), along(tanh_network((4,), 6.0, 1.0, 0)), 0.0),
    "network with folds": (TWO, along(tanh_network((8, 8), -0.3, 1.5, 3), 1), 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_the_moving_frame_meets_differences_of_the_criterion(name: str) -> None:
    """A formula without a difference, and differences without a formula."""
    p, family, theta = PAIRS[name]
    agree(criterion_gradient(p, family, theta), criterion_gradient(p, family, theta, method="differences"))


@pytest.mark.parametrize("name", [n for n in PAIRS if not any(w in n for w in ("fold", "sine"))])
def test_pathwise_and_edge_terms_are_the_gradient(name: str) -> None:
    """Where no fold moves; the terms are 0 where no edge does."""
    p, family, theta = PAIRS[name]
    found = pathwise_gradient(p, family, theta) + edge_terms(p, family, theta)
    agree(found, criterion_gradient(p, family, theta, method="differences"))


@pytest.mark.parametrize(("hidden", "skip", "gain"), [((3,), 6.0, 1.0), ((8,), 5.0, 0.7), ((4, 4), 8.0, 0.7)])
def test_the_envelope_theorem_for_networks_without_folds(hidden: tuple[int, ...], skip: float, gain: float) -> None:
    """To 1e-8 relative, in random directions of the weights; z is normal."""
    pair = tanh_network(hidden, skip, gain, 0)
    assert not len(pair[0].law(pair[1]).critical_points)
    for seed in range(2):
        line = along(pair, seed)
        slope = criterion_gradient("norm(1, 4)", line, 0.0, method="differences")
        found = pathwise_gradient("norm(1, 4)", line, 0.0)
        assert float(found.value[0]) == pytest.approx(float(slope.value[0]), rel=1e-8)


@pytest.mark.parametrize(
    ("seed", "skip", "gain", "folds"),
    [(0, 0.0, 1.0, 1), (6, 0.0, 1.0, 2), (4, 0.0, 1.5, 4), (7, 0.5, 1.5, 2), (8, 0.0, 1.5, 6)],
)
def test_the_gradient_of_large_networks_with_folds(seed: int, skip: float, gain: float, folds: int) -> None:
    """All 321 parameters of 1-16-16-1 networks in one pass, against differences along a random direction.

    Found wrong here once: a fold's value that a matrix product rounds by its columns, a fold at z = 20 whose pole no
    float shows, and preimages of one fold that are some ulps apart.
    """
    family, theta = tanh_network((16, 16), skip, gain, seed)
    assert len(family.law(theta).critical_points) == folds
    gradient = criterion_gradient(TWO, family, theta)
    line = along((family, theta), seed)
    by_differences = criterion_gradient(TWO, line, 0.0, method="differences")
    found = float(line.direction @ gradient.value)
    allowed = float(np.abs(line.direction) @ gradient.error) + float(by_differences.error[0])
    assert abs(found - float(by_differences.value[0])) <= allowed < 1e-5 * max(abs(found), 1.0)


def test_every_part_of_a_networks_gradient() -> None:
    """All eight parameters of a small network, with and without folds."""
    for skip, folds in ((6.0, 0), (-0.3, 2)):
        family, theta = tanh_network((2,), skip, 1.0, 3)
        assert len(family.law(theta).critical_points) == folds
        agree(
            criterion_gradient(Normal(0, 1), family, theta),
            criterion_gradient(Normal(0, 1), family, theta, method="differences"),
        )


def test_a_gradient_off_by_a_half_per_mille_is_caught() -> None:
    """The check that passes the true gradient refuses a planted one."""
    p, family, theta = PAIRS["mixture"]
    wrong = 1.0005 * pathwise_gradient(p, family, theta)
    with pytest.raises(AssertionError):
        agree(wrong, criterion_gradient(p, family, theta, method="differences"))


def test_the_gradient_vanishes_at_p_data() -> None:
    """And nearly equal laws keep their digits: ∇C is like δ/4 of a shift δ."""
    for p in (Normal(0, 1), TWO, Cauchy(0, 1)):
        found = criterion_gradient(p, LocationScale(p), AT_0)
        assert np.all(np.abs(found.value) <= found.error)
    shifted = criterion_gradient(Normal(0, 1), Location(Normal(0, 1)), 1e-8)
    assert float(shifted.value[0]) == pytest.approx(0.5e-8, abs=float(shifted.error[0]) + 1e-20)


# -- other losses ----------------------------------------


def test_the_non_saturating_gradient_is_that_of_the_divergence_to_the_mean() -> None:
    """∇ 2 KL(m‖p), for a normal family and a mixture."""
    p, family = TWO, LocationScale(Normal(0, 2))
    of = central_differences(lambda at: 2 * kl_divergence(Mixture([p, family.law(at)]), p), family, AT_0)
    agree(pathwise_gradient(p, family, AT_0, loss="non-saturating"), of)


def test_minimax_and_non_saturating_add_up() -> None:
    """log(1 − D) + (−log D) = −logit D: the sum is the gradient of KL(p_g‖p_data)."""
    p, family = Normal(0, 1), LocationScale(Normal(1, 1.5))
    parts = [pathwise_gradient(p, family, AT_0, loss=loss) for loss in ("minimax", "non-saturating")]
    found = parts[0] + parts[1]
    exact = np.array([1.0, -1.0 + 1.5**2 + 1.0])  # KL = -log σ + (σ² + μ²)/2; μ = e^s + a, σ = 1.5 e^s
    assert np.all(np.abs(found.value - exact) <= found.error + 1e-14)


def test_a_loss_as_a_function_is_the_loss_by_name() -> None:
    """ℓ(D) = log(1 − D) and −log D, differentiated by the complex step."""
    p, family = Normal(0, 1), LocationScale(Normal(1, 1.5))
    for name, loss in (("minimax", lambda D: np.log(1 - D)), ("non-saturating", lambda D: -np.log(D))):
        by_name, given = (pathwise_gradient(p, family, AT_0, loss=one) for one in (name, loss))
        assert np.allclose(by_name.value, given.value, rtol=1e-11)


# -- where there is no gradient ----------------------------------------


def test_a_kink_is_refused() -> None:
    """An edge of p_g on one of p_data: C falls on one side and rises on the other."""
    with pytest.raises(DomainError, match="kink"):
        criterion_gradient(Uniform(0, 1), Location(Uniform(0, 1)), 0.0)
    with pytest.raises(DomainError, match="kink"):
        edge_terms(Exponential(1), Location(Exponential(2)), 0.0)


def test_poles_of_data() -> None:
    """Mass that crosses a pole of p_data: the pathwise gradient is infinite, the frame refuses, differences do not."""
    p, family = Gamma(0.5, 1), Location(Normal(0, 1))
    assert np.isinf(pathwise_gradient(p, family, 0.3).value[0])
    with pytest.raises(DomainError, match="pole of p_data"):
        criterion_gradient(p, family, 0.3)
    assert abs(criterion_gradient(p, family, 0.3, method="differences").value[0]) < 1.0


def test_a_moving_pole_diverges() -> None:
    """An arcsine law that is moved among normal data."""
    with pytest.raises(DomainError, match="no value"):
        pathwise_gradient(Normal(0, 1), LocationScale(Beta(0.5, 0.5)), AT_0)
    found = pathwise_gradient(Normal(0, 1), Location(Beta(0.5, 3)), 0.0)
    assert np.isneginf(found.value).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: criterion_gradient("norm", Location("norm"), 0.0, method="magic"), "method"),
        (lambda: criterion_gradient("norm", "norm", 0.0), "family"),
        (lambda: criterion_gradient("norm", Location("norm"), [0.0, 1.0]), "theta"),
        (lambda: criterion_gradient("norm", Location("norm"), math.nan), "theta"),
        (lambda: pathwise_gradient("norm", Location("norm"), 0.0, loss="mine"), "loss"),
        (lambda: criterion_gradient("norm", Location("delta(0)"), 0.0), "atoms"),
        (lambda: criterion_gradient("norm", Location("skewnorm(3)"), 0.0), "score"),
        (lambda: criterion_gradient("norm", Generated("relu(a*z) + z", ["a"]), 1.0), "score"),
    ],
)  # fmt: skip
def test_bad_input(call: Any, message: str) -> None:
    """The argument is named."""
    with pytest.raises(DomainError, match=message):
        call()


def test_differences_of_what_is_not_finite() -> None:
    """No number of an infinite divergence."""
    with pytest.raises(ConvergenceError, match="not finite"):
        central_differences(lambda at: Estimate(math.inf), Location("norm"), 0.0)


def test_differences_say_what_a_kink_leaves_open() -> None:
    """Two uniform laws: 2 JSD has the slopes ∓2 log 2 on the two sides of 0, and any number between is no gradient."""
    family = Location(Uniform(0, 1))
    found = central_differences(lambda at: 2 * js_divergence(Uniform(0, 1), family.law(at)), family, 0.0)
    assert found.error[0] == pytest.approx(2 * math.log(2.0), rel=0.05)


# -- scores ----------------------------------------

LAWS = [
    Normal(1, 2), Laplace(0.3, 2), Logistic(0, 2), Cauchy(1, 2), StudentT(3), Exponential(2), Gamma(2.5, 2),
    Weibull(1.5, 2), Beta(2, 5), Uniform(0, 1), Mixture([Normal(-1, 0.5), Laplace(1, 1)], [0.3, 0.7]),
    Pushforward("z**2 - z"), Pushforward(MLP.random(skip=0.5, rng=2)), Pushforward("z + tanh(2*z)", Laplace()),
]  # fmt: skip


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_scores_are_slopes_of_log_densities(law: Any) -> None:
    """By central differences of the log-density, extrapolated once."""
    x, h = np.array([0.11, 0.37, 0.71]), 1e-4

    def rise(h: float) -> Any:
        return (law.logpdf(x + h) - law.logpdf(x - h)) / (2 * h)

    expected = (4 * rise(h / 2) - rise(h)) / 3
    assert has_score(law)
    assert np.allclose(score_at(law, Points.at(x)), expected, rtol=1e-7, atol=1e-8)


def test_scores_are_0_where_there_is_no_density() -> None:
    """Off the support, and of a law of atoms."""
    assert score_at(Exponential(1), Points.at(np.array([-1.0])))[0] == 0.0
    assert score_at(Mixture([Uniform(0, 1), Uniform(3, 4)]), Points.at(np.array([2.0])))[0] == 0.0
    assert not has_score(Discrete([0.0], [1.0]))


def test_curvature_of_texts_and_networks() -> None:
    """G'' by differences of the complex step, and a network's own."""
    z = np.linspace(-2, 2, 9)
    assert np.allclose(curvature(Pushforward("sin(z) + z**3").generator, z), -np.sin(z) + 6 * z, rtol=1e-9, atol=1e-9)
    G = MLP.random((5, 4), rng=0, gain=1.0)
    h = 1e-4
    expected = (G.derivative(z + h) - G.derivative(z - h)) / (2 * h)
    assert np.allclose(curvature(Pushforward(G).generator, z), expected, atol=1e-6)


def test_densities_beside_a_point() -> None:
    """Jumps, zeros and poles are told apart, with their exponents."""
    assert density_beside(Exponential(2), 0.0, 1) == (0.5, 1.0)
    assert density_beside(Exponential(2), 0.0, -1) == (0.0, math.inf)
    assert density_beside(Gamma(0.25), 0.0, 1) == (math.inf, pytest.approx(0.25))
    assert density_beside(Gamma(3), 0.0, 1) == (0.0, pytest.approx(3.0))
    assert density_beside(Pushforward("z**2"), 0.0, 1) == (math.inf, pytest.approx(0.5))
    assert jumps_of(Normal(0, 1)).tolist() == jumps_of(Laplace(0, 1)).tolist() == jumps_of(Gamma(2)).tolist() == []
    assert jumps_of(Mixture([Uniform(0, 1), Uniform(0.5, 2)])).tolist() == [0.0, 0.5, 1.0, 2.0]


def test_events_know_which_of_them_move() -> None:
    """The critical value of z² + θ, and the jump of the data, which rests."""
    moving = MovingLaw("expon", Generated("z**2 + a", ["a"]), 0.4)
    assert [(event.x, event.of_p_g, event.velocity.tolist()) for event in moving.events] == [
        (0.0, False, [0.0]),
        (0.4, True, [1.0]),
    ]
    assert as_density("expon") == moving.p
