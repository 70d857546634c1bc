"""A user's own training loop, recorded step by step: what comes out of it, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from gantheory.densities import Discrete, Normal, as_density
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.gains import gain_shares
from gantheory.mlp import MLP
from gantheory.tracking import Tracker, fixed_edges, logits_of
from gantheory.trajectory import Trajectory

ALWAYS = {"criterion", "excess", "total_variation", "coverage", "price", "kappa", "kappa_bound"}
OF_D = {"value", "gap", "discriminator_error"}


def shifted(*shifts: float) -> Tracker:
    """A run whose generator is z + a shift."""
    tracker = Tracker("norm(0, 1)")
    for step, shift in enumerate(shifts):
        tracker.record(10 * step, lambda z, shift=shift: z + shift)
    return tracker


def test_a_run_of_shifts_has_the_laws_own_numbers() -> None:
    """Every record is that of two normal laws; D* is given, and the gap is 0."""
    tracker, shifts = Tracker("norm(0, 1)"), (3.0, 1.0, 0.25)
    for step, shift in enumerate(shifts):
        logit = Discriminator(lambda x, a=shift: 0.5 * a * a - a * x)
        tracker.record(step, lambda z, a=shift: z + a, logit)
    run = tracker.trajectory
    assert isinstance(run, Trajectory)
    assert set(run.measurements) == ALWAYS | OF_D
    assert run.steps.tolist() == [0, 1, 2]
    for i, shift in enumerate(shifts):
        exact = 2 * js_divergence(Normal(), Normal(shift))
        assert abs(float(run.excess.value[i, 0]) - float(exact)) <= float(run.excess.error[i, 0]) + float(exact.error)
        assert float(run.gap.value[i, 0]) <= float(run.gap.error[i, 0]) + 1e-12
        assert float(run.discriminator_error.value[i, 0]) < 1e-9
        cells = np.diff(Normal(shift).cdf(run.edges))
        assert np.abs(np.asarray(run.masses)[i, 0] - cells).max() < 1e-12
    assert run.settings["run"] == "Tracker"


def test_kappa_is_the_share_of_the_halving_steps_gain() -> None:
    """From C at p_g and at (p + p_g)/2, by the functions of a pair; the bound holds."""
    run, laws = shifted(3.0, 1.0, 0.25).trajectory, [Normal(a) for a in (3.0, 1.0, 0.25)]
    now = [float(2 * js_divergence(Normal(), q)) for q in laws]
    halves = [float(2 * js_divergence("norm(0, 1)", f"0.5*norm(0, 1) + 0.5*norm({q.mu}, 1)")) for q in laws]
    for i in range(2):
        share = (now[i] - now[i + 1]) / (now[i] - halves[i])
        assert abs(float(run.kappa.value[i, 0]) - share) <= float(run.kappa.error[i, 0]) + 1e-9
    column = [Estimate(np.array(values)[:, None], np.zeros((3, 1)), "estimate") for values in (now, halves)]
    kappa, bound = gain_shares(*column)
    assert run.kappa.value == pytest.approx(kappa.value, rel=1e-8)
    assert run.kappa_bound.value == pytest.approx(bound.value, rel=1e-8)
    assert (run.excess.value <= run.kappa_bound.value + run.kappa_bound.error).all()


def test_a_step_back_has_a_negative_kappa() -> None:
    """It is counted as a loss."""
    tracker = Tracker("norm(0, 1)")
    for step, text in enumerate(("z + 2", "z + 1", "z + 2")):
        tracker.record(step, text)
    kappa = tracker.trajectory.kappa.value[:, 0]
    assert kappa[0] > 0 > kappa[1]


def test_what_generators_may_be() -> None:
    """A text, a function, a network, a list of these, an ensemble of networks: one run of each."""
    networks = MLP.random((4,), ensemble=2, rng=0, skip=1.0)
    D = MLP.random((4,), ensemble=2, rng=1)
    for G, logits, seeds in (
        ("2*z", 0.5, 1),
        (lambda z: 2 * z, lambda x: np.full(np.shape(x), 0.25), 1),
        (networks[0], D[0], 1),
        (networks, D, 2),
        (["3*z", networks[1]], [0.5, D[1]], 2),
        ([lambda z: z + 1], [Discriminator(lambda x: x)], 1),
    ):
        tracker = Tracker("norm(0, 1)", edges=[-1.0, 0.0, 1.0])
        tracker.record(0, G, logits)
        tracker.record(5, G, logits)
        run = tracker.trajectory
        assert run.excess.shape == (2, seeds)
        assert run.masses is not None
        assert np.asarray(run.masses).shape == (2, seeds, 4)
        assert (np.asarray(run.gap.value) > 0).all()
        assert len(tracker) == 2


def test_a_seed_of_an_ensemble_is_what_it_is_alone() -> None:
    """To the last bit."""
    G, D = MLP.random((8, 8), ensemble=3, rng=0, skip=1.0), MLP.random((8, 8), ensemble=3, rng=1)
    together, alone = Tracker("laplace(0, 1)"), Tracker("laplace(0, 1)")
    together.record(0, G, D)
    alone.record(0, G[1], D[1])
    for name, one in alone.trajectory.measurements.items():
        if name != "kappa":
            assert (one.value[:, 0] == together.trajectory.measurements[name].value[:, 1]).all(), name


def test_probabilities_are_those_of_their_logit() -> None:
    """A callable D gives probabilities, as in the paper."""
    by_number, by_logit = Tracker("norm(0, 1)"), Tracker("norm(0, 1)")
    by_number.record(0, "1.5*z", lambda x: 1 / (1 + np.exp(-0.3 * x)))
    by_logit.record(0, "1.5*z", Discriminator(lambda x: 0.3 * x))
    for name in OF_D:
        a, b = by_number.trajectory.measurements[name], by_logit.trajectory.measurements[name]
        assert abs(float(a.value[0, 0] - b.value[0, 0])) <= float(a.error[0, 0] + b.error[0, 0])


def test_data_of_atoms() -> None:
    """No continuous law comes near: C stays 0, whatever G does."""
    tracker = Tracker(Discrete([0.0, 1.0], [0.5, 0.5]))
    tracker.record(0, "z", 0.5)
    tracker.record(1, "0.1*z", 0.5)
    run = tracker.trajectory
    assert np.abs(run.criterion.value).max() <= 1e-12
    assert run.excess.value == pytest.approx(np.full((2, 1), math.log(4)), abs=1e-12)
    assert float(run.discriminator_error.value[0, 0]) >= 0.5


@pytest.mark.parametrize("p_data", ["norm(0, 1)", "cauchy(0, 1)", "expon", "0.5*norm(-40, 0.1) + 0.5*norm(40, 0.1)"])
def test_cells_hold_the_data_finely(p_data: str) -> None:
    """Increasing edges, open at both ends, and no bounded cell of the middle half holds a large part of it."""
    p = as_density(p_data)
    edges = fixed_edges(p)
    assert (np.diff(edges) > 0).all()
    assert np.isinf(edges[[0, -1]]).all()
    masses = np.diff(p.cdf(edges))
    assert masses[[0, -1]].max() < 2e-3
    assert masses.max() < (0.6 if "40" in p_data else 0.09)


def test_cells_of_data_that_is_one_point() -> None:
    """An atom has no width, and its cells are around it."""
    edges = fixed_edges(Discrete([3.0], [1.0]))
    assert (np.diff(edges) > 0).all()
    assert edges[1] < 3.0 < edges[-2]


# -- what is refused ----------------------------------------


@pytest.mark.parametrize("step", [0, -1, 0.5, True, "1", None])
def test_a_step_that_does_not_increase(step: Any) -> None:
    """The last record is named, and nothing is recorded."""
    tracker = shifted(1.0)
    with pytest.raises(DomainError, match="step is"):
        tracker.record(step, "z")
    assert len(tracker) == 1


def test_the_number_of_seeds_and_the_discriminator_stay() -> None:
    """A record that has more seeds, or lacks the D that was there, is refused with both numbers."""
    tracker = shifted(1.0)
    with pytest.raises(DomainError, match="2 seeds without D; the first one had 1 without"):
        tracker.record(1, ["z", "z"])
    with pytest.raises(DomainError, match="1 seeds with D; the first one had 1 without"):
        tracker.record(1, "z", 0.5)
    tracker = Tracker("norm(0, 1)")
    tracker.record(0, "z", 0.5)
    with pytest.raises(DomainError, match="without D"):
        tracker.record(1, "z")
    assert len(tracker) == 1


def test_as_many_discriminators_as_generators() -> None:
    """A single network beside an ensemble is one too few, as a list of three is one too many."""
    tracker, G = Tracker("norm(0, 1)"), MLP.random((2,), ensemble=2, rng=0)
    for D, count in ((MLP.random((2,), rng=1), 1), ([0.5] * 3, 3), (0.5, 1)):
        with pytest.raises(DomainError, match=f"D holds {count} discriminators beside 2 generators"):
            tracker.record(0, G, D)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((3,), "must be an ensemble"),
        (([],), "must be an ensemble"),
        (("z", "D"), "D is 'D'"),
        (("z", lambda x: 2.0 + 0 * x), "D is 2.0"),
        ((lambda z: np.full(z.shape, np.nan),), "nan"),
        ((lambda z: [1.0],), "shape"),
    ],
)
def test_what_is_no_generator_or_discriminator(arguments: tuple[Any, ...], words: str) -> None:
    """Refused in our words, and the run is as it was."""
    tracker = Tracker("norm(0, 1)")
    with pytest.raises(DomainError, match=words):
        tracker.record(0, *arguments)
    assert len(tracker) == 0


def test_an_empty_run_has_no_trajectory() -> None:
    """With the remedy."""
    with pytest.raises(DomainError, match=r"call record\(step, G, D\) first"):
        _ = Tracker("norm(0, 1)").trajectory


def test_edges_that_are_none() -> None:
    """Before anything is recorded."""
    with pytest.raises(DomainError, match="edges is"):
        Tracker("norm(0, 1)", edges=[1.0, 0.0])


def test_logits_take_any_shape() -> None:
    """A network takes rows; a discriminator what it is asked."""
    network = MLP.random((3,), rng=0)
    (D,) = logits_of(network)
    x = np.linspace(-1, 1, 6)
    assert (np.asarray(D.logit(x.reshape(2, 3))) == network(x).reshape(2, 3)).all()
    relu = MLP.random((3,), rng=0, activation="relu")
    assert len(logits_of(relu)[0].breakpoints) == 3


# -- what a user's D may do wrong ----------------------------------------


@pytest.mark.parametrize(
    ("D", "words"),
    [
        (lambda x: special.expit((x - x.mean()) / (1 + x.std())), r"in a batch and .* alone.*D\.eval\(\)"),
        (lambda x: np.random.default_rng().random(x.shape), "in a batch and"),
        (lambda x: special.expit(x[..., :1]), r"D returned shape \(1,\) for x of shape \(5,\)"),
        (lambda x: 1 / 0, "D raised ZeroDivisionError"),
        (lambda x: None, "D raised TypeError|nan"),
        ("0.5", "D is '0.5'"),
    ],
)
def test_a_discriminator_that_is_none_of_x(D: Any, words: str) -> None:
    """As a network left in training mode: no number is made of it."""
    with pytest.raises(DomainError, match=words):
        Tracker("norm(0, 1)").record(0, "z + 1", D)


def test_a_discriminator_of_arrays_of_one_axis() -> None:
    """As a matrix product makes it."""
    tracker = Tracker("norm(0, 1)")
    tracker.record(0, "z + 1", lambda x: special.expit(np.column_stack([x, x**2]) @ np.array([-1.0, 0.0]) + 0.5))
    assert float(tracker.trajectory.gap.value[0, 0]) < 1e-12  # it is D*


def test_edges_that_do_not_cover_p_g_are_completed() -> None:
    """Mass outside them is kept."""
    tracker = Tracker("norm(0, 1)", edges=[0.0, 1.0])
    tracker.record(0, "z")
    assert tracker.trajectory.edges.tolist() == [-np.inf, 0.0, 1.0, np.inf]
    assert float(np.sum(tracker.trajectory.masses)) == pytest.approx(1.0)


class Counted:
    """A generator that counts the z that it is asked for."""

    def __init__(self, G: Any) -> None:
        self.G, self.asked = G, 0

    def __call__(self, z: Any) -> Any:
        self.asked += np.size(z)
        return self.G(z)


@pytest.mark.parametrize("prior", ["norm(0, 1)", "cauchy(0, 1)"])
@pytest.mark.parametrize("turns", [100.0, 1000.0])
def test_a_record_of_a_G_of_many_turns_took_minutes(prior: str, turns: float) -> None:
    """sin(az) of a wide z is as good as the arcsine law, whose 2·JSD from N(0, 1) is 0.341360835992."""
    G, tracker = Counted(lambda z: np.sin(turns * z)), Tracker("norm(0, 1)", prior)
    tracker.record(0, G, lambda x: 0.5 + 0 * x)
    run = tracker.trajectory
    assert abs(float(run.excess.value[0, 0]) - 0.341360835992) <= float(run.excess.error[0, 0])
    assert abs(float(run.criterion.value[0, 0]) - (0.341360835992 - math.log(4))) <= float(run.criterion.error[0, 0])
    assert np.asarray(run.masses).sum() == pytest.approx(1.0, abs=1e-12)
    assert G.asked < 3e6


@pytest.mark.parametrize("prior", ["norm(0, 1)", "cauchy(0, 1)"])
def test_a_record_of_differences_that_are_rounding_took_a_minute(prior: str) -> None:
    """1 + 1e-12 z, of real z alone: its range holds no slope that differences could tell, and the error says so."""
    G, tracker = Counted(lambda z: 1e-12 * np.real(z) + 1), Tracker("norm(0, 1)", prior)
    tracker.record(0, G)
    law = prior.replace("(0, 1)", "(1, 1e-12)")
    excess, exact = tracker.trajectory.excess[0, 0], 2 * js_divergence(Normal(), law)
    assert abs(float(excess.value) - float(exact)) <= float(excess.error) + float(exact.error)
    assert G.asked < 4e7


def test_the_slope_of_a_nearly_constant_G_was_that_of_its_rounding() -> None:
    """1 + 1e-12 z takes complex z: the complex step tells its slope, where differences do not."""
    tracker = Tracker("norm(0, 1)")
    tracker.record(0, lambda z: 1e-12 * z + 1)
    excess, exact = tracker.trajectory.excess[0, 0], 2 * js_divergence(Normal(), Normal(1, 1e-12))
    assert abs(float(excess.value) - float(exact)) <= float(excess.error) + float(exact.error)
    assert float(excess.error) < 1e-9


def test_a_G_of_real_z_is_swept() -> None:
    """Known by differences alone, its pieces are polynomials to the differences' own rounding."""
    given, real = Tracker("norm(0, 1)"), Tracker("norm(0, 1)")
    given.record(0, "sin(5*z)")
    real.record(0, lambda z: np.sin(5 * np.real(z)))
    apart = (given.trajectory.excess - real.trajectory.excess)[0, 0]
    assert abs(float(apart.value)) <= float(apart.error) < 1e-9


@pytest.mark.parametrize(
    ("G", "said"),
    [
        (lambda z: np.where(z > 2, np.inf, z), r"G\(z\) is inf at z = 2\.0"),
        (lambda z: -1 / np.maximum(z, 0), r"G\(z\) is -inf at z = -3\."),
        (["z", lambda z: z * np.inf], r"G\(z\) of seed 1 is -inf at z = -3\."),
    ],
)
def test_an_infinite_G_was_said_to_make_x_nan(G: Any, said: str) -> None:
    """The message names G, its value, the z and the remedy."""
    with np.errstate(all="ignore"), pytest.raises(DomainError, match=said + ".*; it must be finite .*prior of smaller"):
        Tracker("norm(0, 1)").record(0, G)


def test_a_G_that_is_beyond_the_floats_far_out_was_said_to_make_x_nan() -> None:
    """exp(z**4) is inf where next to no z lies: the record is what is known of the others."""
    tracker = Tracker("norm(0, 1)")
    with np.errstate(all="ignore"):
        tracker.record(0, lambda z: np.exp(z**4))
    excess = tracker.trajectory.excess[0, 0]
    assert float(excess.lower) < math.log(4)
    assert float(excess.upper) > 0.5  # half of p_data lies below 0, where this p_g has nothing: log 2 at least


@pytest.mark.parametrize("D", [lambda x: x * np.nan, lambda x: np.where(x > 1, np.nan, 0.5)])
def test_probabilities_that_are_nan_were_called_a_logit(D: Any) -> None:
    """The user gave no logit: it is D(x) that is nan, and where."""
    with pytest.raises(DomainError, match=r"D\(x\) is nan at x = -?\d"):
        Tracker("norm(0, 1)").record(0, "z + 1", D)


@pytest.mark.parametrize("centre", [1e1, 1e4, 1e6, 1e12])
def test_an_opaque_G_far_from_0(centre: float) -> None:
    """Its values are rounded to a grain that the sweep does not see: the error says so, or all of the range is left."""
    tracker = Tracker(f"norm({centre!r}, 1)")
    tracker.record(0, lambda z: 2 * z + centre, 0.5)
    exact = 2 * js_divergence("norm(0, 1)", "norm(0, 2)")
    found = tracker.trajectory.excess[0, 0]
    assert abs(float(found.value) - float(exact.value)) <= float(found.error) + float(exact.error)


def test_a_figure_and_its_error_stay_within_the_range() -> None:
    """exp(z³) leaves the floats where there is mass: what is not known is known to be a criterion."""
    tracker = Tracker("norm(0, 1)")
    with np.errstate(all="ignore"):
        tracker.record(0, lambda z: np.exp(z**3))
    run = tracker.trajectory
    assert 0 <= float(run.excess.value[0, 0]) <= math.log(4)
    assert float(run.excess.error[0, 0]) <= math.log(4)
    assert float(run.criterion.error[0, 0]) <= math.log(4)


def test_a_step_is_an_int() -> None:
    """And says so of a float that is larger than the last."""
    tracker = Tracker("norm(0, 1)")
    tracker.record(3, "z")
    with pytest.raises(DomainError, match=r"step is 5\.0; it must be an int, larger than 3"):
        tracker.record(5.0, "z")  # type: ignore[arg-type]
