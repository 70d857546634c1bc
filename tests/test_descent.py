"""Mirror descent against its closed form and its bounds on every pair of the panel; what does not arrive."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest

from gantheory.contrasts import projected_gradient, stalling_improvement
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal, StudentT, Uniform
from gantheory.descent import mirror_descent, mirror_path
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.expectation import expectation
from gantheory.gains import capacity_price
from gantheory.game import criterion
from gantheory.grid import Grid
from gantheory.iterates import Iterate
from gantheory.nodes import half_phi, nodes_of, relative_softplus
from gantheory.panel import PANEL
from gantheory.pushforward import Pushforward

FINITE = [case for case in PANEL if np.isfinite(float(case(kl_divergence)))]
P, Q = Normal(0, 1), Normal(1, 1.5)


# -- functions of r ----------------------------------------


@pytest.mark.parametrize(
    "r", [0.0, 1e-300, 1e-12, -1e-5, 0.3, 0.999, 1.001, 1.499, 1.501, -40.0, 700.0, -math.inf, math.inf]
)
def test_functions_of_the_log_ratio(r: float) -> None:
    """softplus(r) − log 2 and φ(tanh(r/2))/2 to a few eps of themselves, down to r = 1e-300."""
    with mpmath.workdps(400):
        exact = mpmath.log1p(mpmath.exp(r)) - mpmath.log(2) if r != math.inf else mpmath.inf
        y = mpmath.mpf(r) / 2
        phi = y * mpmath.tanh(y) - mpmath.log(mpmath.cosh(y)) if math.isfinite(r) else mpmath.log(2)
        with np.errstate(all="ignore"):
            found, half = float(relative_softplus(np.array(r))), float(half_phi(np.array(r)))
        assert found == pytest.approx(float(exact), rel=5e-16, abs=0)
        assert half == pytest.approx(float(phi / 2), rel=2e-15, abs=0)


# -- the halving theorem ----------------------------------------


@pytest.mark.parametrize("case", FINITE, ids=str)
def test_the_halving_step_halves_the_error_exactly(case: Any) -> None:
    """q_t = p + 2^−t (q_0 − p) at every node, to 1e-12 of p + q_0, for t ≤ 40."""
    nodes = nodes_of(case.p_data, case.p_g)
    steps = [0, 1, 2, 5, 10, 20, 40]
    p, q_0 = np.exp(nodes.at.log_p), np.exp(nodes.at.log_q)
    for t, q in zip(steps, mirror_path(nodes, 1.0, steps).densities, strict=True):
        exact = -math.expm1(-t * math.log(2.0)) * p + 2.0**-t * q_0
        assert (np.abs(q - exact) <= 1e-12 * (p + q_0) + 1e-300).all()  # below it floats lose their digits


def _excess_of_discrete(p: list[float], q: list[float], t: int) -> mpmath.mpf:
    with mpmath.workdps(60):
        total, share = mpmath.mpf(0), mpmath.mpf(2) ** -t
        p, q = [[mpmath.mpf(one) / mpmath.fsum(map(mpmath.mpf, law)) for one in law] for law in (p, q)]
        for a, b in zip(p, q, strict=True):
            b = a + share * (b - a)
            total += a * mpmath.log(2 * a / (a + b)) + b * mpmath.log(2 * b / (a + b))
        return total


def test_excess_of_1e_24_against_60_digits() -> None:
    """On a die: the value is inside its own error, which is 1e-12 of it."""
    fair, loaded = [1 / 6] * 6, [0.1] * 5 + [0.5]
    run = mirror_descent(Discrete(range(1, 7), fair), Discrete(range(1, 7), loaded), steps=40)
    for t in (1, 10, 40):
        exact = float(_excess_of_discrete(fair, loaded, t))
        assert exact in run.excess[t, 0]
        assert float(run.excess.error[t, 0]) < 1e-12 * exact
    assert float(run.excess[40, 0]) == pytest.approx(1.654e-25, rel=1e-3)


def test_excess_of_1e_20_against_quadrature_of_50_digits() -> None:
    """N(0, 1) from N(1, 1.5²) at t = 40, by mpmath."""
    with mpmath.workdps(50):

        def integrand(x: Any) -> Any:
            p = mpmath.npdf(x)
            q = p + mpmath.mpf(2) ** -40 * (mpmath.npdf(x, 1, 1.5) - p)
            return p * mpmath.log(2 * p / (p + q)) + q * mpmath.log(2 * q / (p + q))

        exact = mpmath.quad(integrand, list(range(-30, 32, 2)))
    found = mirror_descent(P, Q, steps=40, records=[40]).excess[0, 0]
    assert float(exact) in found
    assert found.error < 1e-11 * float(found)


# -- bounds ----------------------------------------


@pytest.mark.parametrize("case", FINITE, ids=str)
def test_no_bound_is_crossed(case: Any) -> None:
    """C never rises, and KL/(ηt), the linear rate and Π(1 − κ/2) are above it, for four step sizes."""
    for step in (0.1, 0.25, 0.5, 1.0):
        run = mirror_descent(case.p_data, case.p_g, step=step, steps=40, records=[0, 1, 2, 3, 6, 12, 40])
        # a fall that rounding hides is none (far-apart at η = 0.1), and a rise is one
        assert not (run.criterion[1:] > run.criterion[:-1]).any()
        assert not (run.excess[1:] > run.excess[:-1]).any()
        for bound in (run.bound, run.sublinear_bound, run.linear_bound, run.kappa_bound):
            assert not (run.excess > bound).any()
        fall = np.array([(1 - step / 2) ** float(t) for t in run.steps])[:, None]
        assert not (run.kl > run.kl[0] * fall * (1 + 1e-14)).any()
        assert not (run.kappa < -1e-9).any()
        assert (run.excess.error <= 1e-9 * run.excess.value + 1e-30).all()


@pytest.mark.parametrize("step", [0.1, 0.25, 0.5, 1.0])
def test_every_step_gains(step: float) -> None:
    """Strictly, at each of 40 steps; and with D = D* each κ is at least a quarter of η."""
    run = mirror_descent(P, Q, step=step)
    assert (run.excess[1:] < run.excess[:-1]).all()
    assert (run.kappa > step / 4).all()
    assert np.array_equal(run.steps, np.arange(41))


def test_ratios_of_the_halving_step() -> None:
    """¼ in the limit where ∫(q_0 − p)²/p < ∞, and ½ from a Cauchy start; never above ½."""
    light = mirror_descent("logistic(0, 1)", "logistic(2, 1)").excess.value[:, 0]
    heavy = mirror_descent(P, Cauchy(0, 1)).excess.value[:, 0]
    assert light[40] / light[39] == pytest.approx(0.25, abs=1e-9)
    assert heavy[40] / heavy[39] == pytest.approx(0.5, abs=0.02)
    for excess in (light, heavy):
        assert (excess[1:] <= 0.5 * excess[:-1]).all()


def test_the_start_is_measured_as_the_functionals_do() -> None:
    """C, 2·JSD, TV and KL of the first record and of one on the way, by their own quadratures."""
    for p, q in (
        (P, Q),
        (Laplace(0, 1), Normal(0.5, 1)),
        (Mixture([Discrete([0.0], [1.0]), P], [0.3, 0.7]), Normal(1, 1)),
    ):
        for step in (1.0, 0.5):
            run = mirror_descent(p, q, step=step, steps=3)
            for record in (0, 3):
                law = run.p_g(record)
                for name, functional, factor in (
                    ("criterion", criterion, 1), ("excess", js_divergence, 2), ("total_variation", total_variation, 1)
                ):  # fmt: skip
                    assert 0.0 in getattr(run, name)[record, 0] - factor * functional(p, law)
        assert np.isinf(run.kl.value[0, 0]) == np.isinf(float(kl_divergence(p, q)))


# -- where q_0 has no mass ----------------------------------------


def test_mass_never_appears_for_small_steps() -> None:
    """U(0, 2) from U(1, 3): the limit is p on [1, 2], and the excess goes to the price of ½; for η = 1 to 0."""
    run = mirror_descent(Uniform(0, 2), Uniform(1, 3), step=0.5, steps=200, records=[0, 1, 20, 200])
    assert np.array_equal(run.bound.value, np.full((4, 1), np.inf))
    assert 0.0 in run.price[3, 0] - capacity_price(0.5)
    assert not (run.excess < run.price).any()
    assert float(run.excess[3, 0]) == pytest.approx(float(capacity_price(0.5)), rel=1e-12)
    law = run.p_g()
    assert law.support() == (1.0, 3.0)
    assert np.allclose(law.pdf(np.array([0.5, 1.5, 2.5])), [0.0, 1.0, 0.0], atol=1e-10)
    whole = mirror_descent(Uniform(0, 2), Uniform(1, 3), steps=40)
    assert float(whole.excess[40, 0]) < 1e-11
    assert float(whole.price[0, 0]) > 0
    assert float(whole.price[1, 0]) == 0


def test_equal_and_singular_laws() -> None:
    """p = p_g stays where it is with excess 0; laws apart stay at log 4 for η < 1."""
    run = mirror_descent(P, P, step=0.5, steps=4)
    assert np.array_equal(run.excess.value, np.zeros((5, 1)))
    assert np.array_equal(run.kappa.value, np.zeros((4, 1)))
    assert run.p_g() == P
    apart = mirror_descent(Uniform(0, 1), Uniform(2, 3), step=0.5, steps=3)
    assert np.allclose(apart.excess.value, math.log(4.0), rtol=1e-14)
    assert np.allclose(apart.criterion.value, 0.0, atol=1e-14)


# -- the laws on the way ----------------------------------------


def test_an_iterate_is_a_law_at_every_x() -> None:
    """Of mass 1, with the masses of the run in its cells, a ppf, equal after a copy; it is what the recursion says."""
    run = mirror_descent(P, Q, step=0.5, steps=6)
    law = run.p_g()
    assert isinstance(law, Iterate)
    assert 1.0 in expectation(law, np.ones_like) + 0.0
    assert run.edges is not None
    assert run.masses is not None
    assert np.allclose(np.diff(law.cdf(run.edges)), run.masses[-1, 0], rtol=0, atol=1e-13)
    u = np.array([1e-9, 0.1, 0.5, 0.9])
    assert np.allclose(law.cdf(law.ppf(u)), u, rtol=1e-6, atol=1e-12)
    assert pickle.loads(pickle.dumps(law)) == copy.deepcopy(law) == law  # noqa: S301
    x = np.array([-30.0, -1.0, 0.0, 2.5, 40.0])
    log_q, log_p = Q.logpdf(x), P.logpdf(x)
    for shift in law.shifts:  # log q ← (1 − η) log q + η log(p + q)/2 − ζ
        log_q = 0.5 * log_q + 0.5 * (np.logaddexp(log_p, log_q) - math.log(2.0)) - shift
    assert np.allclose(law.logpdf(x), log_q, rtol=1e-13, atol=1e-13)


def test_iterates_of_laws_with_atoms_poles_and_power_tails() -> None:
    """Each is a law of the toolkit: of mass 1, and as far from p as the run says."""
    pairs = (
        (Mixture([Discrete([0.0], [1.0]), P], [0.3, 0.7]), Mixture([Discrete([0.0], [1.0]), Q], [0.6, 0.4])),
        ("beta(0.5, 0.5)", "beta(2, 5)"),
        ("t(1.5)", "cauchy(0, 1)"),
        (P, Cauchy(0, 1)),
    )
    for p, q in pairs:
        run = mirror_descent(p, q, step=0.5, steps=3)
        law = run.p_g()
        assert float(law.cdf(np.inf)) == pytest.approx(1.0, abs=1e-12)
        assert 0.0 in run.excess[3, 0] - 2 * js_divergence(p, law)
        assert 0.0 in run.kl[3, 0] - kl_divergence(p, law)


# -- arrays ----------------------------------------


def test_arrays_on_a_counting_measure_are_laws_of_atoms() -> None:
    """The same numbers as of Discrete, alone and in a batch of starts."""
    fair, starts = np.full(6, 1 / 6), np.array([[0.1] * 5 + [0.5], [0.5] + [0.1] * 5, [1 / 6] * 6])
    run = mirror_descent(fair, starts, step=0.5, steps=5, grid=Grid.counting(6))
    assert run.excess.shape == (6, 3)
    for seed, start in enumerate(starts):
        alone = mirror_descent(Discrete(range(6), fair), Discrete(range(6), start), step=0.5, steps=5)
        assert np.allclose(run.excess.value[:, seed], alone.excess.value[:, 0], rtol=1e-12, atol=1e-16)
        assert np.allclose(run.p_g(3, seed).atoms()[1], alone.p_g(3).atoms()[1], rtol=1e-13)


def test_arrays_on_points_of_the_line() -> None:
    """A trapezoidal grid, and one of Gauss panels, come to the laws' numbers within their errors."""
    x = np.linspace(-12, 14, 2001)
    exact = mirror_descent(P, Q, step=0.5, steps=4)
    for grid in (Grid.from_points(x), Grid.panels(np.linspace(-12, 14, 41))):
        run = mirror_descent(P.pdf(grid.points), Q.pdf(grid.points), step=0.5, steps=4, grid=grid)
        for name in ("criterion", "excess", "total_variation"):
            found, true = getattr(run, name), getattr(exact, name)
            assert (np.abs(found.value - true.value) <= found.error + 1e-9).all()
        assert float(run.p_g(2).cdf(0.5)) == pytest.approx(float(exact.p_g(2).cdf(0.5)), abs=2e-3)


# -- what does not arrive ----------------------------------------


def test_improvement_alone_stalls() -> None:
    """C falls strictly at every step with D = D*, Σκ is finite, and the excess ends at that of (p + q_0)/2."""
    run = stalling_improvement(P, Q, steps=40)
    assert (run.excess[1:] < run.excess[:-1]).all()
    assert float(run.excess[40, 0]) == pytest.approx(2 * float(js_divergence(P, Mixture([P, Q]))), rel=1e-9)
    assert not (run.excess > run.kappa_bound).any()
    assert float(np.sum(run.kappa.value)) < 2
    assert 0.0 in run.excess[5, 0] - 2 * js_divergence(P, run.p_g(5))
    assert str(run.p_g(1)) == "0.25*norm(0.0, 1.0) + 0.75*norm(1.0, 1.5)"


def test_euclidean_steps_swing() -> None:
    """They gain, lose all of it and more, and never come near p; the bound of their κ holds all the same."""
    run = projected_gradient(P, Q, step=0.1, steps=10)
    assert float(run.excess[1, 0]) < float(run.excess[0, 0])
    assert bool((run.excess[2::2] > 1.3).all())
    assert float(np.min(run.kappa.value)) < -1
    assert not (run.excess > run.kappa_bound).any()
    assert float(run.p_g(2).cdf(np.inf)) == 1.0


def test_euclidean_steps_on_a_die_arrive() -> None:
    """Where densities are bounded away from 0 the naive step does well: the failure is of the line's tails."""
    grid = Grid.counting(6)
    run = projected_gradient(np.full(6, 1 / 6), np.array([0.1] * 5 + [0.5]), step=0.1, steps=60, grid=grid)
    assert float(run.excess[-1, 0]) < 1e-6


# -- what is refused ----------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"step": 0.0}, {"step": 1.5}, {"step": math.nan}, {"step": True}, {"step": "1"}, {"steps": -1}, {"steps": 2.5},
     {"steps": 10**9}, {"records": [1, 0]}, {"records": []}, {"records": [41]}, {"records": [0.5]}, {"records": 3}],
    ids=str,
)  # fmt: skip
def test_impossible_settings(options: dict[str, Any]) -> None:
    """Named, with their value and what is required."""
    with pytest.raises(DomainError, match=next(iter(options))):
        mirror_descent(P, Q, **options)


def test_laws_that_live_in_z_and_arrays_without_a_grid() -> None:
    """A law of G(z) is no path in x; arrays need their measure."""
    with pytest.raises(DomainError, match=r"a law of G\(z\)"):
        mirror_descent(P, Pushforward("z**2", P))
    with pytest.raises(DomainError):
        mirror_descent(np.ones(3) / 3, np.ones(3) / 3)
    with pytest.raises(DomainError, match="step"):
        projected_gradient(P, Q, step=-1)


def test_an_excess_at_the_foot_of_the_floats_ends() -> None:
    """2·JSD of some 1e-314, whose digits no finer panel finds: a value within its error of the bound, and at once."""
    run = mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=600, records=[0, 600])
    last = run.excess[-1]
    assert 0.0 <= float(last.value[0]) < 1e-300
    assert float(last.lower[0]) <= float(run.measurements["bound"].upper[-1, 0])


@pytest.mark.parametrize(("p", "q"), [(Normal(0, 1), Normal(1, 1.5)), (Normal(0, 1), Laplace(0, 1))], ids=str)
def test_both_tails_of_an_iterate_keep_their_digits(p: Any, q: Any) -> None:
    """The right one is added up from the right, not what the left lacks of 1."""
    law = mirror_descent(p, q, step=0.5, steps=3).p_g()
    for x in (5.0, 8.0, 12.0):
        for end, found in ((x, law.sf(x)), (-x, law.cdf(-x))):
            sign = math.copysign(1.0, end)
            exact = mpmath.quad(lambda t, s=sign: float(law.pdf(s * float(t))), [x, x + 1, x + 3, x + 8, x + 40])
            assert float(found) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(("p", "q"), [(Normal(), Cauchy()), (Cauchy(), Normal()), (StudentT(3), Cauchy())], ids=str)
def test_a_projection_onto_nodes_many_decades_apart(p: Any, q: Any) -> None:
    """Far nodes of a heavy tail weigh 1e140: the mass is 1 all the same, and no excess above log 4."""
    run = projected_gradient(p, q, steps=10)
    assert np.asarray(run.masses).sum(axis=-1) == pytest.approx(1.0, abs=1e-12)
    assert float(run.excess.value.max()) <= math.log(4) + 1e-12


def test_the_projected_gradient_rests_at_p_data() -> None:
    """A constant gradient moves nothing, and is rounding in no tail."""
    assert (projected_gradient("norm(0, 1)", "norm(0, 1)", steps=10).excess.value < 1e-30).all()
