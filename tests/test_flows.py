"""Both flows: their dissipation against the measured fall of C, their bounds, and other ways to the same laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special
from scipy.integrate import solve_ivp

from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Logistic, Mixture, Normal, Uniform
from gantheory.descent import mirror_descent
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import ConvergenceError, DomainError
from gantheory.expectation import expectation
from gantheory.flows import FisherRaoLaw, fisher_rao_flow, wasserstein_flow
from gantheory.gains import capacity_price
from gantheory.game import criterion
from gantheory.grid import Grid
from gantheory.panel import PANEL
from gantheory.particle_flow import particle_flow
from gantheory.pushforward import Pushforward
from gantheory.ratio import log_ratio

P, Q = Normal(0, 1), Normal(1, 1.5)
NAMED = {case.name: case for case in PANEL}

# -- Fisher–Rao ----------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "normal-shift",
        "laplace-shift",
        "cauchy-shift",
        "student-cauchy",
        "gamma-weibull",
        "arcsine-beta",
        "poisson",
        "atom-atom",
    ],
)
def test_the_variance_is_the_fall_of_c(name: str) -> None:
    """To 1e-6 of it, and by its own error, down to an excess of 1e-16; no bound is crossed, C never rises."""
    case = NAMED[name]
    run = fisher_rao_flow(case.p_data, case.p_g, times=[0, 1, 5, 15, 35])
    assert (run.excess[1:] < run.excess[:-1]).all()
    seen = run.excess.value >= 1e-16
    assert seen.sum() >= 4
    assert (np.abs(run.dissipation.value / run.descent_rate.value - 1)[seen] < 1e-6).all()
    assert 0.0 in run.dissipation - run.descent_rate
    assert not (run.excess > run.bound).any()
    assert not (run.excess > run.kappa_bound).any()
    falls = 2.0 ** -run.steps[:, None]
    assert not (run.kl > run.kl[0] * falls * (1 + 1e-12)).any()


def test_a_die_against_an_independent_integrator() -> None:
    """dq/dt = −q(g − E_q g) for six masses, by scipy's DOP853."""
    fair, loaded = np.full(6, 1 / 6), np.array([0.1] * 5 + [0.5])

    def motion(t: float, q: np.ndarray) -> np.ndarray:
        g = np.log(q / (fair + q))
        return -q * (g - q @ g)

    times = [0.5, 3.0, 10.0]
    exact = solve_ivp(motion, (0, 10), loaded, method="DOP853", t_eval=times, rtol=1e-13, atol=1e-16).y.T
    run = fisher_rao_flow(Discrete(range(6), fair), Discrete(range(6), loaded), times=times)
    for record, masses in enumerate(exact):
        assert np.allclose(run.p_g(record).atoms()[1], masses, rtol=1e-11)
    arrays = fisher_rao_flow(fair, loaded, times=times, grid=Grid.counting(6))
    assert np.allclose(arrays.excess.value, run.excess.value, rtol=1e-11)


def test_it_is_the_limit_of_small_steps() -> None:
    """Mirror descent with η = 1/n for n steps comes nearer to the flow at t = 1 like 1/n."""
    exact = float(fisher_rao_flow(P, Q, times=[1]).excess[0, 0])
    apart = [float(mirror_descent(P, Q, step=1 / n, steps=n, records=[n]).excess[0, 0]) - exact for n in (16, 32, 64)]
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.1)
    assert apart[1] / apart[2] == pytest.approx(2, rel=0.05)


def test_the_law_of_the_flow_at_every_x() -> None:
    """Of mass 1, as far from p as the run says, with the run's masses in its cells."""
    for p, q in ((P, Q), ("t(3)", "norm(0, 1)"), ("beta(0.5, 0.5)", "unif")):
        q = Uniform(0, 1) if q == "unif" else q
        run = fisher_rao_flow(p, q, times=[0.3, 2])
        for record in (0, 1):
            law = run.p_g(record)
            assert isinstance(law, FisherRaoLaw)
            assert float(expectation(law, np.ones_like)) == pytest.approx(1, abs=1e-9)
            assert float(2 * js_divergence(p, law)) == pytest.approx(float(run.excess[record, 0]), rel=1e-9)
            assert float(total_variation(p, law)) == pytest.approx(float(run.total_variation[record, 0]), rel=1e-9)
            assert float(criterion(p, law)) == pytest.approx(float(run.criterion[record, 0]), rel=1e-9)
            assert float(kl_divergence(p, law)) == pytest.approx(float(run.kl[record, 0]), rel=1e-8)
            assert np.allclose(np.diff(law.cdf(run.edges)), run.masses[record, 0], rtol=0, atol=1e-9)


def test_mass_never_appears_along_it() -> None:
    """From U(1, 3) to U(0, 2) the flow ends at p on [1, 2], at the price of ½; laws apart do not move at all."""
    run = fisher_rao_flow(Uniform(0, 2), Uniform(1, 3), times=[0, 60])
    assert float(run.excess[1, 0]) == pytest.approx(float(capacity_price(0.5)), rel=1e-9)
    apart = fisher_rao_flow(Uniform(0, 1), Uniform(2, 3), times=[0, 5])
    assert np.allclose(apart.excess.value, math.log(4), rtol=1e-14)
    assert np.allclose(apart.dissipation.value, 0, atol=1e-14)
    still = fisher_rao_flow(P, P, times=[0, 3])
    assert np.array_equal(still.excess.value, np.zeros((2, 1)))


# -- Wasserstein ----------------------------------------


@pytest.mark.parametrize(
    ("p", "q", "times"),
    [
        (Normal(0, 1), Normal(0.5, 0.8), [0, 1, 5, 15]),
        (Normal(0, 1), Normal(0, 0.5), [0, 1, 8]),
        (Normal(1, 1.5), Normal(0, 1), [0, 1, 4]),
        (Logistic(0, 1), Logistic(2, 1), [0, 0.5, 3]),
        (Normal(0, 1), Normal(1, 1.5), [0, 0.25]),
        (Mixture([Normal(-1, 0.9), Normal(1, 1)]), Normal(0.2, 1), [0, 1]),
    ],
    ids=str,
)
def test_the_squared_speed_is_the_fall_of_c(p: Any, q: Any, times: list[float]) -> None:
    """To 1e-6 of it while the excess is above 1e-16; C falls, and the first record is the functionals' own."""
    run = wasserstein_flow(p, q, times=times)
    assert (run.excess[1:] < run.excess[:-1]).all()
    assert (run.excess.value > 1e-16).all()
    assert np.abs(run.dissipation.value / run.descent_rate.value - 1).max() < 1e-6
    assert 0.0 in run.dissipation - run.descent_rate
    assert 0.0 in run.excess[0, 0] - 2 * js_divergence(p, q)
    assert 0.0 in run.criterion[0, 0] - criterion(p, q)
    assert float(run.total_variation[0, 0]) == pytest.approx(float(total_variation(p, q)), rel=1e-3)
    assert np.allclose(run.masses.sum(axis=-1), 1, rtol=0, atol=1e-14)


def test_its_dissipation_at_the_start_by_another_route() -> None:
    """E_q[(σ(r) r')²] by the toolkit's own expectation, r' by a five-point rule."""
    r, h = log_ratio(P, Q), 1e-3

    def squared_speed(x: np.ndarray) -> np.ndarray:
        slope = (8 * (r(x + h) - r(x - h)) - (r(x + 2 * h) - r(x - 2 * h))) / (12 * h)
        return (special.expit(r(x)) * slope) ** 2

    exact = float(expectation(Q, squared_speed, rtol=1e-9))
    assert float(wasserstein_flow(P, Q, times=[0]).dissipation[0, 0]) == pytest.approx(exact, rel=1e-8)


def test_the_flow_against_the_equation_on_a_grid() -> None:
    """∂_t q = ∂_x(q ∂_x g) by conservative differences on 600 points: the excess at t = ½ to 1e-3."""
    p, q_0 = Normal(0, 1), Normal(0.5, 0.8)
    x = np.linspace(-6, 6, 601)
    h, dt = x[1] - x[0], 4e-5
    log_p, q = p.logpdf(x), q_0.pdf(x)
    for _ in range(round(0.5 / dt)):
        g = -np.logaddexp(0.0, log_p - np.log(q))
        flux = np.concatenate([[0.0], 0.5 * (q[1:] + q[:-1]) * np.diff(g) / h, [0.0]])
        q = np.maximum(q + dt * np.diff(flux) / h, 1e-300)
    exact = float(2 * js_divergence(p.pdf(x), q, grid=x))
    run = wasserstein_flow(p, q_0, times=[0.5])
    assert float(run.excess[0, 0]) == pytest.approx(exact, rel=1e-3)
    cdf = np.cumsum(q) * h
    assert float(run.p_g().cdf(0.5)) == pytest.approx(float(np.interp(0.5, x + h / 2, cdf)), abs=3e-3)


def test_it_stalls_on_supports_apart() -> None:
    """A perfect D has no gradient on p_g: at t = 1000 as at t = 0; nor has one of laws 40 sd apart, in floats."""
    for p, q in ((Uniform(0, 1), Uniform(2, 3)), (Normal(0, 1), Normal(40, 1))):
        run = wasserstein_flow(p, q, times=[0, 1000])
        assert float(run.excess[1, 0]) == float(run.excess[0, 0]) == pytest.approx(math.log(4), abs=1e-12)
        assert np.array_equal(run.descent_rate.value, np.zeros((2, 1)))
        assert float(run.dissipation[1, 0]) < 1e-300


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Normal(0, 1), Normal(0, 3)),  # far particles stay behind
        (Normal(0, 1), Normal(3, 1)),
        (Mixture([Normal(-2, 0.7), Normal(2.5, 1)]), Normal(0, 1)),
        (Laplace(0, 1), Normal(0.3, 0.7)),  # the speed jumps at 0
        (Normal(0, 1), Cauchy(0, 1)),
        (Normal(0, 1), Exponential()),  # an edge of p_g
    ],
    ids=str,
)
def test_particles_follow_where_a_spline_does_not(p: Any, q: Any) -> None:
    """The first record is the functionals' own; C falls by its dissipation; fewer particles stay within the errors."""
    run = wasserstein_flow(p, q, times=[0, 1, 3, 8])
    assert run.settings["method"] == "particles"
    assert 0.0 in run.excess[0, 0] - 2 * js_divergence(p, q)
    assert 0.0 in run.criterion[0, 0] - criterion(p, q)
    assert 0.0 in run.total_variation[0, 0] - total_variation(p, q)
    assert (run.excess[1:] < run.excess[:-1]).all()
    assert (run.excess.error < 0.02 * run.excess.value).all()
    assert np.asarray(run.dissipation.value)[1:] == pytest.approx(np.asarray(run.descent_rate.value)[1:], rel=1e-3)
    assert np.allclose(run.masses.sum(axis=-1), 1, rtol=0, atol=1e-14)
    coarser = wasserstein_flow(p, q, times=[0, 1, 3, 8], particles=32)
    assert (np.abs(run.excess.value - coarser.excess.value) <= run.excess.error + coarser.excess.error).all()


def test_both_methods_are_one_flow() -> None:
    """Where a spline keeps its digits, particles agree within their errors: the measurements and p_g."""
    p, q, times = Normal(0, 1), Normal(0.5, 0.8), np.array([0.0, 1.0, 4.0])
    run = wasserstein_flow(p, q, times=times)
    assert run.settings["method"] == "splines"
    found, masses = particle_flow(p, q, times, np.asarray(run.edges), particles=1000)
    for name in ("criterion", "excess", "total_variation", "dissipation"):
        assert (np.abs(found[name].value - run.measurements[name].value) <= 2 * found[name].error + 1e-9).all(), name
    assert np.abs(masses - np.asarray(run.masses)[:, 0]).max() < 1e-5


def test_a_flow_that_is_too_stiff_is_told() -> None:
    """A narrow start from an edge: the first steps are too short for either method."""
    with pytest.raises(ConvergenceError, match="too stiff for"):
        wasserstein_flow(Normal(0, 1), "expon(0, 0.001)", times=[0, 1])


# -- what is refused ----------------------------------------


def test_impossible_requests() -> None:
    """Times that do not increase or lie before the start; laws with atoms, of G(z), or with gaps."""
    for flow in (fisher_rao_flow, wasserstein_flow):
        for times in ([1, 0], [-1, 0], [], [0, math.nan], "now"):
            with pytest.raises(DomainError, match="times"):
                flow(P, Q, times=times)
        with pytest.raises(DomainError, match=r"G\(z\)|score"):
            flow(P, Pushforward("z**2", P), times=[0])
    with pytest.raises(DomainError, match="continuous law"):
        wasserstein_flow(P, Discrete([0.0], [1.0]), times=[0])
    with pytest.raises(DomainError, match="gaps"):
        wasserstein_flow(P, Mixture([Uniform(0, 1), Uniform(2, 3)]), times=[0])
    with pytest.raises(DomainError, match="particles"):
        wasserstein_flow(P, Q, times=[0], particles=2)


def test_a_start_too_wide_for_the_nodes_is_not_measured_by_them() -> None:
    """p between two of them: a spline saw log 2 where 2·JSD is 1.37."""
    for width in (100.0, 1000.0, 1e6):
        run = wasserstein_flow(Normal(0, 1), Normal(0, width), times=[0, 1])
        assert 0.0 in run.excess[0, 0] - 2 * js_divergence(Normal(0, 1), Normal(0, width))


@pytest.mark.parametrize("p_data", ["norm(0, 1)", "laplace(0, 1)", "norm(3, 0.5)"])
def test_a_uniform_start_was_refused(p_data: str) -> None:
    """Particles take it: C is the closed one at time 0 and falls, by what the formula says where that is finite."""
    run = wasserstein_flow(p_data, "uniform(-1, 2.5)", times=[0, 0.1, 1])
    assert run.settings["method"] == "particles"
    exact = 2 * js_divergence(p_data, "uniform(-1, 2.5)")
    value, error = (np.asarray(part)[:, 0] for part in (run.excess.value, run.excess.error))
    assert abs(value[0] - float(exact)) <= error[0] + float(exact.error)
    assert error[0] < 0.01 * value[0]
    assert (np.diff(value) < 0).all()
    apart = run.dissipation - run.descent_rate
    assert (np.abs(apart.value) <= apart.error).all()
    assert np.isfinite(apart.error[1:]).all()
    assert np.isinf(run.dissipation.error[0, 0]) or p_data == "norm(3, 0.5)"


def test_edges_of_both_laws_between_particles() -> None:
    """C of cells is off by as much as p_data jumps within them, and the error says so."""
    run = wasserstein_flow("uniform(0, 1)", "uniform(-1, 2.5)", times=[0])
    exact = 2 * js_divergence("uniform(0, 1)", "uniform(-1, 2.5)")
    assert abs(float(run.excess.value[0, 0]) - float(exact)) <= float(run.excess.error[0, 0])


def test_the_error_from_a_uniform_start_holds_what_more_particles_and_a_longer_reach_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From particles to 5 standard deviations of s, to more of them and to 5.2."""
    laws, times = (Laplace(0, 1), Uniform(-1, 2)), np.array([0.0, 0.1, 1.0])
    edges = np.array([-np.inf, 0.0, np.inf])
    found, _ = particle_flow(*laws, times, edges, particles=1024)
    monkeypatch.setattr("gantheory.particle_flow._EDGED", ((5.2, 5.0),))
    finer, _ = particle_flow(*laws, times, edges, particles=2000)
    for name, one in found.items():
        assert (np.abs(one.value - finer[name].value) <= one.error).all(), name
        assert (np.asarray(one.error)[1:] <= 2e-3 * np.abs(one.value)[1:]).all(), name
