"""The reading of a run: every way to end is read right, and a planted figure changes what is read."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats

from gantheory.algorithm_1 import Settings, discriminator, generator, initial_state, states
from gantheory.contrasts import projected_gradient, stalling_improvement
from gantheory.densities import Normal
from gantheory.descent import mirror_descent
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.families import Location
from gantheory.flows import fisher_rao_flow, wasserstein_flow
from gantheory.gains import capacity_price, gain_shares
from gantheory.parametric import descend
from gantheory.reading import Reading, SuccessRate, read_run, wilson_interval
from gantheory.reading.hypotheses import in_short
from gantheory.tracking import Tracker
from gantheory.training import train
from gantheory.trajectory import Trajectory

P, Q = "norm(0, 1)", "norm(1, 1.5)"
TAU = 0.02
STEPS = np.arange(0, 2001, 50)
_T = STEPS / STEPS[-1]
RNG = np.random.default_rng(0)
NOISE = np.exp(0.05 * RNG.standard_normal(len(STEPS)))
FALLS = 0.5 * np.exp(-2.0 * _T)  # 0.07 at the end, and still falling
RESTS = 0.2 + 0.3 * np.exp(-30.0 * _T)


def _read(excess: Any, *, gap: Any = 0.01, error: float = 1e-12, **given: Any) -> Reading:
    """A run of one seed, or of columns, with a D whose gap is this share of what is allowed."""
    value = np.asarray(excess, dtype=float).reshape(len(STEPS), -1)
    of = Estimate(value, error, "estimate")
    kappa, bound = gain_shares(of, 0.25 * of)
    measured = None
    if gap is not None:
        measured = Estimate(gap * 0.25 * np.maximum(value, given.get("tolerance", TAU)), 0.0, "estimate")
    return read_run(STEPS, of, kappa=kappa, kappa_bound=bound, gap=measured, **given)


# -- outcomes ----------------------------------------


def test_a_run_that_converged() -> None:
    """In function space: D = D*, every law is at hand, and Σκ is that of the run."""
    run = mirror_descent(P, Q, steps=10)
    reading = run.reading()
    (seed,) = reading
    assert reading.outcomes == ("converged",)
    assert (seed.H1.verdict, seed.H2.verdict, seed.H3.verdict) == ("holds", "holds", "holds")
    assert seed.H2.why == "D = D*"
    assert float(run.kappa.value.sum()) in seed.H3.figures["sum"]
    assert seed.H3.figures["bound"] == run.kappa_bound[-1, 0]
    assert seed.excess == run.excess[-1, 0]


@pytest.mark.parametrize("step", [0.01, 0.1, 0.25])
def test_a_run_that_is_not_finished(step: float) -> None:
    """All hypotheses hold, and C still falls: more steps of the same run converge."""
    short = mirror_descent(P, "norm(3, 1)", step=step, steps=6).reading()[0]
    assert (short.outcome, short.H1.holds, short.H2.holds, short.H3.holds) == ("unfinished", True, True, True)
    assert "still falls" in short.reason
    times = int(short.reason.split("about ")[1].split()[0])
    longer = mirror_descent(P, "norm(3, 1)", step=step, steps=6 * times, records=[0, 3 * times, 6 * times])
    assert longer.reading().outcomes == ("converged",)


@pytest.mark.parametrize("steps", [6, 12, 20, 40])
def test_improvement_that_fades(steps: int) -> None:
    """GAN14's wording: C improves at every step with D = D*, κ → 0, and H3 is what fails; where it ends is foreseen."""
    run = stalling_improvement(P, Q, steps=steps)
    (seed,) = run.reading()
    assert (np.diff(run.excess.value[:, 0]) < 0).all()
    assert (seed.outcome, seed.H1.verdict, seed.H2.verdict) == ("H3 fails", "holds", "holds")
    assert seed.H3.ratio is not None
    assert seed.H3.ratio > 1
    foreseen = float(seed.reason.split("2·JSD = ")[1].split(";")[0])
    assert foreseen == pytest.approx(0.0711, rel=0.15)


def test_a_criterion_that_rises() -> None:
    """With D = D* any rise beyond the error is told, with its steps."""
    (seed,) = projected_gradient(P, Q, steps=8).reading()
    assert seed.outcome == "H3 fails"
    assert seed.reason.startswith("C rose: 2·JSD from ")
    rising = 0.3 - 0.1 * _T
    rising[-4] += 0.0207  # a rise within the noise of a trained D, and beyond that of D*
    assert _read(rising, gap=0.01)[0].H3.holds
    assert _read(np.where(STEPS == 0, 0.2, 0.3 - 0.1 * _T), exact=True)[0].H3.holds  # a rise of the first half
    assert _read(rising, exact=True)[0].reason == "C rose: 2·JSD from 0.21 at step 1800 to 0.228 at step 1850"


def test_a_support_that_leaves_out_mass() -> None:
    """z bounded to [−1, 1] for a normal target: the price is the one of p_data's mass there, in closed form."""
    run = mirror_descent(P, "uniform(-1, 2)", step=0.5, steps=30)
    (seed,) = run.reading()
    exact = capacity_price(math.erf(math.sqrt(0.5)))
    assert seed.outcome == "H1 fails"
    assert abs(float(seed.H1.figures["price"].value) - float(exact.value)) < 1e-12
    assert seed.H1.ratio == pytest.approx(float(exact.value) / TAU)
    assert run.reading(tolerance=0.3).outcomes == ("converged",)


def test_flows_and_descent_in_parameters() -> None:
    """Supports apart stall with capacity there; a location family stops short; flows on smooth laws arrive."""
    assert fisher_rao_flow(P, Q, times=[0, 1, 2, 4]).reading().outcomes == ("converged",)
    assert wasserstein_flow(P, "norm(0.5, 0.8)", times=[0, 1, 2, 4]).reading().outcomes == ("converged",)
    apart = wasserstein_flow("uniform(0, 1)", "uniform(2, 1)", times=[0, 10, 50, 100]).reading()[0]
    assert (apart.outcome, apart.H1.verdict) == ("H3 fails", "holds")
    law = "0.7*norm(-3, 0.8) + 0.3*norm(3, 0.8)"
    stuck = descend(law, Location(law), 4.5)
    assert (stuck.reading().outcomes, stuck.reading()[0].H1.verdict) == (("H3 fails",), "not shown")
    assert stuck.reading(witness=0.0)[0].H1.verdict == "holds"  # θ = 0 is p_data


def test_a_starved_discriminator() -> None:
    """A gap of 2·JSD is that of D ≡ ½, four times what is allowed: H2 is named, and neither H1 nor H3."""
    seed = _read(RESTS * NOISE, gap=4.0)[0]
    assert (seed.outcome, seed.H1.verdict) == ("H2 fails", "not shown")
    assert seed.H2.ratio == pytest.approx(4.0)
    assert "4 times what is allowed" in seed.reason


@pytest.mark.parametrize(
    ("settings", "outcomes"),
    [
        ({"k": 5}, {"converged"}),
        ({"k": 1, "discriminator_rate": 7e-3 / 50}, {"H2 fails"}),
        ({"k": 5, "rate": 1e-5, "constant": 1.0}, {"unfinished"}),
    ],
    ids=["as it should", "a starved D", "a slow G"],
)
def test_networks_that_are_trained(settings: dict[str, Any], outcomes: set[str]) -> None:
    """Algorithm 1, tracked: with D near its optimum it arrives, and without it does not; a small rate is no failure."""
    p_data, at = "norm(3, 0.5)", range(0, 601, 30)
    state = initial_state(Settings(steps=600, **settings), p_data, seeds=4)
    tracker = Tracker(p_data)
    for reached in states(state, p_data, at=at):
        tracker.record(reached.step, generator(reached), discriminator(reached))
    reading = tracker.trajectory.reading()
    assert set(reading.outcomes) == outcomes
    assert reading.consistent


def test_starved_at_the_start_only() -> None:
    """The last half of the records is what counts, and its median."""
    gap = np.where(STEPS < 1000, 40.0, 0.1)[:, None]
    assert _read(FALLS, gap=gap)[0].H2.verdict == "holds"
    gap[-8:] = 40.0
    seed = _read(FALLS, gap=gap)[0]
    assert seed.H2.verdict == "holds"
    assert float(seed.H2.figures["worst"].value) == pytest.approx(10.0 * FALLS[-8], rel=1e-12)
    gap[-11:] = 40.0
    assert _read(FALLS, gap=gap)[0].H2.verdict == "fails"


def test_a_gap_that_its_error_hides() -> None:
    """Neither holds nor fails."""
    gap = Estimate(np.full((len(STEPS), 1), 0.004), 0.2, "estimate")
    seed = read_run(STEPS, Estimate(FALLS[:, None]), gap=gap)[0]
    assert (seed.outcome, seed.H2.verdict) == ("unfinished", "not shown")


def test_a_generator_too_small() -> None:
    """C rests above τ. Without a search H3 is what is seen to fail; with one that found no better, it is H1."""
    assert _read(RESTS).outcomes == ("H3 fails",)
    sought = _read(RESTS, witness=Estimate(0.21, 1e-6))[0]
    assert (sought.outcome, sought.H1.verdict) == ("H1 not shown", "not shown")
    found = _read(RESTS, witness=0.001)[0]
    assert (found.outcome, found.H1.verdict, found.H1.why) == ("H3 fails", "holds", "2·JSD = 0.001 outside the run")
    assert _read(RESTS, gap=4.0, witness=0.21).outcomes == ("H2 fails",)


def test_a_generator_too_small_that_still_comes_nearer() -> None:
    """ "Unfinished" says that all hypotheses hold: it is not said where a search for H1's witness found none."""
    assert _read(FALLS).outcomes == ("unfinished",)
    assert _read(FALLS, witness=0.001).outcomes == ("unfinished",)
    (sought,) = _read(FALLS, witness=0.03)
    assert (sought.outcome, sought.H1.verdict, sought.H3.verdict) == ("H1 not shown", "not shown", "holds")
    assert sought.reason.startswith("the best known is 2·JSD = 0.03 outside the run; C still falls")
    # a step that went to 0 is told beside it, and a rise is none of H1's doing
    rates = np.clip(4.0 * (0.625 - _T), 0.0, 1.0)
    levelled = FALLS[np.minimum(np.arange(len(STEPS)), 20)]
    (slowed,) = _read(levelled, rates=rates, witness=0.03)
    assert slowed.outcome == "H1 not shown"
    assert "the step size went to 0 at 2·JSD = 0.184" in slowed.reason
    assert _read(np.append(FALLS[:-1], 1.4 * FALLS[-1]), witness=0.03).outcomes == ("H3 fails",)
    assert _read(FALLS, gap=4.0, witness=0.03).outcomes == ("H2 fails",)


def test_noise_is_no_fall() -> None:
    """A run that wanders about a level is at rest, and one that falls through the same noise is not."""
    for seed in range(20):
        noise = np.exp(0.05 * np.random.default_rng(seed).standard_normal(len(STEPS)))
        assert _read(RESTS * noise).outcomes == ("H3 fails",)
        assert _read(FALLS * noise).outcomes == ("unfinished",)


def test_a_step_size_that_went_to_0() -> None:
    """What fades then is the step: the run is judged by its records before, and is unfinished."""
    rates = np.clip(4.0 * (0.625 - _T), 0.0, 1.0)
    levelled = FALLS[np.minimum(np.arange(len(STEPS)), 20)]
    assert _read(levelled).outcomes == ("H3 fails",)
    seed = _read(levelled, rates=rates)[0]
    assert seed.outcome == "unfinished"
    assert seed.reason.startswith("the step size went to 0")
    assert _read(RESTS, rates=rates).outcomes == ("H3 fails",)


def test_a_seed_that_was_stopped() -> None:
    """Its last good state is no success, however near."""
    reading = _read(np.stack([FALLS, 0.01 * FALLS], axis=1), stopped=[None, "nan in G at step 7"])
    assert reading.outcomes == ("unfinished", "stopped")
    assert reading[1].reason == "nan in G at step 7"
    assert reading.success == SuccessRate(0, 2)


def test_one_record_and_two() -> None:
    """Too few to tell a pace, and enough to tell that it converged."""
    assert mirror_descent(P, Q, steps=0).reading().outcomes == ("unfinished",)
    assert mirror_descent(P, Q, steps=1).reading()[0].H3.verdict == "not measured"
    assert mirror_descent(P, P, steps=0).reading().outcomes == ("converged",)


def test_an_oracle() -> None:
    """Its gap is 0 and was not measured; its steps are those of minibatches."""
    noisy = Estimate((FALLS * NOISE)[:, None], 1e-12, "estimate")
    found = {"criterion": noisy - math.log(4.0), "excess": noisy}
    for oracle, verdict in ((True, "holds"), (False, "not measured")):
        seed = Trajectory(Normal(), STEPS, found, settings={"run": "train", "oracle": oracle}).reading()[0]
        assert (seed.outcome, seed.H2.verdict) == ("unfinished", verdict)
    assert read_run(STEPS, noisy, exact=True).outcomes == ("H3 fails",)


# -- a witness is of the family, a support of the seed ----------------------------------------


def test_what_one_seed_reached_is_a_witness_for_all() -> None:
    """Of one family of generators; not of laws with supports of their own."""
    both = np.stack([RESTS, 0.01 * FALLS], axis=1)
    assert [seed.H1.verdict for seed in _read(both)] == ["holds", "holds"]
    assert _read(both)[0].H1.why == "2·JSD = 0.000677 at step 2000 of seed 1"
    assert [seed.H1.verdict for seed in _read(both, one_family=False)] == ["not shown", "holds"]
    x = np.linspace(-8, 8, 801)
    p = Normal().pdf(x)
    q = np.stack([np.where(np.abs(x) < 1, p, 0.0) / 0.677834, Normal(0.5, 1.0).pdf(x)])
    assert mirror_descent(p, q, step=0.5, steps=20, grid=x).reading().outcomes == ("H1 fails", "converged")


# -- runs of other tools ----------------------------------------


def test_a_run_of_another_tool() -> None:
    """From the masses of cells alone: no gap, and the criterion of the cells."""
    edges = np.concatenate([[-np.inf], np.linspace(-5, 5, 41), [np.inf]])
    laws = [Normal(2.0 * 0.6**t, 1.0) for t in range(9)]
    masses = np.stack([np.diff(law.cdf(edges)) for law in laws])
    reading = Trajectory.from_arrays(P, np.arange(9), edges, masses).reading()
    assert (reading.outcomes, reading[0].H2.verdict) == (("converged",), "not measured")
    assert reading.success == SuccessRate(1, 1)
    assert reading.success_given_H2 == SuccessRate(0, 0)
    short = Trajectory.from_arrays(P, np.arange(4), edges, masses[:4], gap=np.full(4, 1e-4)).reading()
    assert (short.outcomes, short[0].H2.verdict) == (("unfinished",), "holds")


def test_a_saved_run_reads_the_same(tmp_path: Any) -> None:
    """The learning rate's schedule, the stopped seeds and the gap are in the file."""
    excess = Estimate(np.stack([FALLS, RESTS], axis=1), 1e-12, "estimate")
    found = {"criterion": excess - math.log(4.0), "excess": excess, "gap": 0.01 * excess}
    settings = {"run": "train", "steps": 2000, "constant": 0.5}
    run = Trajectory(Normal(), STEPS, found, stopped=[None, "nan in D at step 9"], settings=settings)
    run.save(tmp_path / "run.npz")
    reading = Trajectory.load(tmp_path / "run.npz").reading()
    assert reading.outcomes == run.reading().outcomes == ("unfinished", "stopped")
    assert reading[0].reason.startswith("the step size went to 0")
    assert str(reading) == str(run.reading())


# -- planted figures ----------------------------------------


def test_a_planted_figure_changes_what_is_read() -> None:
    """Each in turn: the last excess, a gap, a price, a rise, the tolerance."""
    assert _read(FALLS).outcomes == ("unfinished",)
    assert _read(np.append(FALLS[:-1], 0.019)).outcomes == ("converged",)
    assert _read(FALLS, gap=1.01).outcomes == ("H2 fails",)
    price = Estimate(np.full((len(STEPS), 1), 0.03))
    assert _read(FALLS, price=price, one_family=False).outcomes == ("H1 fails",)
    assert _read(FALLS, price=0.5 * price, one_family=False).outcomes == ("unfinished",)
    assert _read(FALLS, price=price).outcomes == ("unfinished",)  # the support of a family moves
    assert _read(np.append(FALLS[:-1], 1.4 * FALLS[-1])).outcomes == ("H3 fails",)
    assert _read(FALLS, tolerance=0.07).outcomes == ("converged",)


def test_an_excess_that_its_error_takes_above_the_tolerance() -> None:
    """Is not called converged."""
    assert _read(FALLS, tolerance=0.07, error=0.01).outcomes == ("unfinished",)


def test_figures_that_contradict_each_other() -> None:
    """An excess above what the κ allow, or above log 4; a gap below 0; no run of ours is inconsistent."""
    assert _read(FALLS).consistent
    assert mirror_descent(P, "cauchy", steps=40).reading().consistent
    excess = Estimate(np.linspace(0.4, 0.1, 5)[:, None], 1e-9, "estimate")
    kappa, bound = gain_shares(excess, 0.25 * excess)
    assert read_run(np.arange(5), excess, kappa=kappa, kappa_bound=bound).consistent
    wrong = read_run(np.arange(5), excess, kappa=kappa, kappa_bound=0.5 * bound)
    assert not wrong.consistent
    assert "INCONSISTENT" in str(wrong)
    assert not read_run([0], Estimate([[1.5]], 0.1)).consistent
    assert not read_run([0], Estimate([[0.5]]), gap=Estimate([[-0.1]], 0.01)).consistent


# -- success ----------------------------------------


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 16), (15, 16), (16, 16), (3, 10), (640, 1000)])
@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_wilson_interval(successes: int, n: int, confidence: float) -> None:
    """As scipy has it, and where a normal test is at its limit."""
    low, high = wilson_interval(successes, n, confidence=confidence)
    exact = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-14)
    z = stats.norm.ppf(0.5 + 0.5 * confidence)
    for share in {low, high} - {0.0, 1.0}:
        assert abs(successes / n - share) == pytest.approx(z * math.sqrt(share * (1 - share) / n), rel=1e-9)


def test_nothing_is_known_of_no_seeds() -> None:
    """And counts that are none are refused."""
    assert wilson_interval(0, 0) == (0.0, 1.0)
    for wrong in ((2, 1), (-1, 1), (0.5, 1)):
        with pytest.raises(DomainError, match="successes is"):
            wilson_interval(*wrong)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="confidence is"):
        wilson_interval(1, 1, confidence=1.0)


def test_success_where_H2_held() -> None:
    """Seeds whose D was not at its optimum count in the one and not in the other."""
    gap = np.array([[0.1, 4.0, 0.1, 4.0]]) * np.ones((len(STEPS), 1))
    reading = _read(np.stack([0.01 * FALLS, 0.01 * FALLS, FALLS, FALLS], axis=1), gap=gap)
    assert reading.outcomes == ("converged", "converged", "unfinished", "H2 fails")
    assert (reading.success, reading.success_given_H2) == (SuccessRate(2, 4), SuccessRate(1, 2))


# -- as text ----------------------------------------


def test_a_reading_as_text() -> None:
    """A row for each seed, a line for each that did not converge, and in HTML no tag of anybody else's."""
    reading = _read(np.stack([FALLS, 0.01 * FALLS], axis=1), stopped=["<script>", None])
    lines = str(reading).splitlines()
    assert lines[0].startswith("Reading of a run: 2 seeds, 41 records, steps 0 to 2000; converged is 2·JSD ≤ τ = 0.02")
    assert lines[3].split()[:3] == ["0", "stopped", "0.0677"]
    assert lines[4].split()[:3] == ["1", "converged", "0.000677"]
    assert "seed 0, stopped: <script>" in lines
    assert "converged 1 of 2 (0.09 to 0.91)" in str(reading)
    text = reading._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert text.count("<tr>") == 3


def test_a_reading_is_carried_elsewhere() -> None:
    """Pickled, it reads the same."""
    reading = mirror_descent(P, Q, steps=4).reading()
    assert str(pickle.loads(pickle.dumps(reading))) == str(reading)  # noqa: S301 our own bytes


# -- bad input ----------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"tolerance": 0.0},
        {"tolerance": 2.0},
        {"tolerance": math.nan},
        {"tolerance": "0.02"},
        {"witness": [0.1, 0.2]},
        {"rates": np.ones(3)},
        {"rates": -np.ones(len(STEPS))},
        {"stopped": []},
        {"price": Estimate(np.zeros(3))},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(given: dict[str, Any]) -> None:
    """By its name."""
    with pytest.raises(DomainError, match=next(iter(given))):
        _read(FALLS, gap=None, **given)


def test_steps_and_an_excess_that_are_none() -> None:
    """Before anything is read of them."""
    with pytest.raises(DomainError, match="steps"):
        read_run([1, 0], Estimate(np.zeros((2, 1))))
    with pytest.raises(DomainError, match="excess"):
        read_run([0, 1], Estimate(np.zeros(2)))
    with pytest.raises(DomainError, match="kappa"):
        read_run([0, 1], Estimate(np.zeros((2, 1))), kappa=Estimate(np.zeros((2, 1))))


def test_seeds_are_called_by_their_own_names() -> None:
    """Seed 7 of a run is not its seed 1."""
    reading = train("norm(3, 0.5)", seeds=[4, 7], steps=4, records=2, progress=False).reading()
    assert reading.labels == (4, 7)
    assert "seed 4, " in str(reading)
    assert "seed 0" not in str(reading)
    assert "<td>7</td>" in reading._repr_html_()
    with pytest.raises(DomainError, match="labels"):
        read_run([0, 1], Estimate(np.ones((2, 2))), labels=[1])


def test_a_descent_that_comes_to_rest_has_no_improvement_left() -> None:
    """Where the gradient is 0, two records are enough to say so."""
    law = "0.5*norm(-4, 0.5) + 0.5*norm(4, 0.5)"
    read = descend(law, Location(law), [8.0]).reading()[0]
    assert read.outcome == "H3 fails"
    assert read.reason.startswith("the gradient is 0, at 2·JSD = 0.693")
    assert descend("norm(0, 1)", Location("norm(0, 1)"), [0.0]).reading().outcomes == ("converged",)


def test_another_tools_settings_are_its_own() -> None:
    """They tell no schedule and no oracle of ours, and cannot pass for a run of ours."""
    edges, masses = np.array([-np.inf, 0.0, np.inf]), np.tile([0.3, 0.7], (3, 1))
    settings = {"constant": 0.5, "steps": 10, "oracle": True, "seeds": ["a"]}
    run = Trajectory.from_arrays("norm(0, 1)", [0, 5, 10], edges, masses, settings=settings)
    plain = Trajectory.from_arrays("norm(0, 1)", [0, 5, 10], edges, masses)
    assert str(run.reading()) == str(plain.reading())
    with pytest.raises(DomainError, match="settings has the name 'run'"):
        Trajectory.from_arrays("norm(0, 1)", [0, 5, 10], edges, masses, settings={"run": "train"})


@pytest.mark.parametrize("changes", [{"tolerance": "0.02"}, {"tolerance": None}, {"witness": -1}, {"witness": np.inf}])
def test_a_tolerance_or_a_witness_that_is_none(changes: dict[str, Any]) -> None:
    run = mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=4)
    with pytest.raises(DomainError, match=next(iter(changes))):
        run.reading(**changes)


def test_a_bound_above_log_4_was_printed_beside_H3_that_holds() -> None:
    """A rise of C near its least value makes Σκ negative: that is said, and a bound that says nothing is left out."""
    fell = np.array([0.5, 0.02, 0.3, 0.02, 0.3, 0.02, 0.01, 0.008, 0.006, 0.004])[:, None]
    of = Estimate(fell, np.zeros_like(fell))
    kappa, bound = gain_shares(of, 0.25 * of)
    reading = read_run(np.arange(10), of, kappa=kappa, kappa_bound=bound)
    H3 = reading[0].H3
    assert H3.holds
    assert float(H3.figures["sum"].value) < 0
    assert float(H3.figures["bound"].value) > math.log(4)
    shown = str(reading)
    assert "\nΣκ < 0: " in shown
    row = next(line for line in shown.splitlines() if line.startswith("0 "))
    assert row.endswith(in_short(H3.figures["least"]))
    fine = read_run(np.arange(2), of[:2], kappa=kappa[:1], kappa_bound=bound[:2])
    assert "Σκ < 0" not in str(fine)
    assert in_short(bound[1, 0]) in str(fine)


def test_a_figure_of_which_nothing_is_known_is_a_question_mark() -> None:
    """0 ± ∞ is no gap of 0."""
    unknown = Estimate(np.zeros((3, 1)), np.full((3, 1), np.inf), "estimate")
    reading = read_run([0, 1, 2], Estimate(np.array([[0.3], [0.2], [0.1]])), gap=unknown)
    row = str(reading).splitlines()[3].split()
    assert row.count("?") == 2  # the median and the worst
