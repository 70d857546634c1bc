"""Runs of `train`: the same bytes beside any seeds, records of any law, and nothing odd begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_runs import content, run

from gantheory import training
from gantheory.densities import Discrete, Empirical, Mixture, Normal, Tabulated
from gantheory.divergences import js_divergence
from gantheory.errors import CheckpointError, DomainError
from gantheory.training import train

# -- the run ----------------------------------------


def test_what_a_run_measures() -> None:
    """Names, shapes, steps and cells; the first record is the networks' own beginning."""
    found = run()
    assert set(found.measurements) == {
        "criterion", "excess", "total_variation", "coverage", "price", "value", "gap", "discriminator_error",
        "kappa", "kappa_bound",
    }  # fmt: skip
    assert found.steps.tolist() == [0, 10, 20, 30, 40]
    assert found.excess.shape == (5, 2)
    assert np.asarray(found.masses).sum(axis=2) == pytest.approx(np.ones((5, 2)), abs=1e-12)
    assert found.stopped == (None, None)
    assert found.settings["run"] == "train"
    assert found.settings["seeds"] == [0, 1]
    identity = np.asarray(found.criterion.value) - np.asarray(found.value.value) - np.asarray(found.gap.value)
    error = np.asarray(found.criterion.error) + np.asarray(found.value.error) + np.asarray(found.gap.error)
    assert (np.abs(identity) <= error + 1e-15).all()  # V(G, D*) is C(G)


def test_training_comes_near_the_data() -> None:
    """N(3, 0.5²) in 600 steps: 2·JSD below 0.02 of both seeds, from more than 0.2."""
    found = train("norm(3, 0.5)", seeds=2, steps=600, records=2, progress=False)
    assert (np.asarray(found.excess.value)[0] > 0.1).all()
    assert (np.asarray(found.excess.value)[-1] < 0.02).all()
    exact = 2 * js_divergence("norm(3, 0.5)", found.p_g(-1, 0))  # p_g by its cells, to their width
    assert abs(float(found.excess.value[-1, 0]) - float(exact)) < 0.01


@pytest.mark.parametrize("order", [[0], [5, 3, 3], (2,), np.array([7])])
def test_records_at_chosen_steps(order: Any) -> None:
    """The beginning and the end are always among them."""
    found = run(records=order, steps=8)
    assert found.steps.tolist() == sorted({0, 8, *(int(i) for i in order)})


@pytest.mark.parametrize(
    ("p_data", "prior"),
    [
        ("norm(0, 1)", "uniform(-1, 2)"),
        ("norm(0, 1)", "expon"),
        ("cauchy(0, 1)", "norm(0, 1)"),
        ("norm(0, 1)", "cauchy(0, 1)"),
        ("uniform(0, 1)", "uniform(0, 1)"),
        ("gamma(0.5, 0, 1)", "logistic(0, 1)"),
        (Discrete([0.0, 1.0, 2.0], [0.5, 0.25, 0.25]), "norm(0, 1)"),
        (Mixture([Discrete([0.0], [1.0]), Normal()], [0.3, 0.7]), "norm(0, 1)"),
        (Tabulated(np.linspace(-1, 1, 5), np.array([0.0, 0.5, 1.0, 0.5, 0.0])), "norm(0, 1)"),
        (Empirical(np.random.default_rng(0).normal(size=50)), "norm(0, 1)"),
    ],
    ids=str,
)
def test_laws_of_any_kind(p_data: Any, prior: Any) -> None:
    """Numbers and errors that are numbers, whatever p_data and z are."""
    found = run(p_data, prior, records=1, steps=8)
    for name, one in found.measurements.items():
        assert np.isfinite(one.value).all(), name
        assert not np.isnan(one.error).any(), name
    assert np.asarray(found.masses).sum(axis=2) == pytest.approx(np.ones((2, 2)), abs=1e-9)


@pytest.mark.parametrize("changes", [{}, {"oracle": True}, {"alignment": True}])
def test_a_law_far_from_0_is_the_same_game(changes: dict[str, Any]) -> None:
    """What is measured does not depend on units, though floats at 1e6 tell only seven digits of a scale of 1e-3."""
    home, far = run("norm(0, 1)", **changes), run("norm(1e6, 1e-3)", **changes)
    for name, expected in home.measurements.items():
        found = far.measurements[name]
        assert np.asarray(found.value) == pytest.approx(np.asarray(expected.value), rel=1e-9, abs=1e-12), name
    assert np.asarray(far.masses) == pytest.approx(np.asarray(home.masses), abs=1e-6)  # on edges rounded at 1e6
    assert np.asarray(far.edges)[1:-1] == pytest.approx(1e6 + 1e-3 * np.asarray(home.edges)[1:-1], rel=1e-12)


def test_a_law_too_far_from_0_for_its_floats() -> None:
    """One that has no family to be moved in is refused, with the remedy."""
    law = stats.gumbel_r(1e9, 1.0)
    with pytest.raises(DomainError, match="cannot tell its values apart"):
        run(law)


def test_relu_networks() -> None:
    """They are measured one by one, with D's kinks known."""
    found = run("norm(0, 1)", activation="relu", hidden=(6,), records=1, steps=8)
    assert (np.asarray(found.gap.error) < 1e-6).all()


# -- the same bytes ----------------------------------------


def test_a_seed_is_the_same_beside_any_others() -> None:
    """Every array of the trajectory, whether 1, 2, 16 or 17 seeds run beside it."""
    changes: dict[str, Any] = {"steps": 20, "records": 2}
    whole = run(seeds=17, **changes)
    for seeds in (1, 2, 16, [16, 5]):
        part = run(seeds=seeds, **changes)
        own = list(range(seeds)) if isinstance(seeds, int) else seeds
        for name, one in part.measurements.items():
            for of in ("value", "error"):
                among = np.asarray(getattr(whole.measurements[name], of))[:, own]
                assert np.asarray(getattr(one, of)).tobytes() == among.tobytes(), (name, of, seeds)
        assert np.asarray(part.masses).tobytes() == np.asarray(whole.masses)[:, own].tobytes()


def test_another_rng_is_another_run(tmp_path: Path) -> None:
    """And the same one is the same run, as an int or as a generator in the same state."""
    first = content(run(rng=7), tmp_path)
    assert content(run(rng=7), tmp_path) == first
    assert content(run(rng=8), tmp_path) != first
    drawn = [content(run(rng=np.random.default_rng(7)), tmp_path) for _ in range(2)]
    assert drawn[0] == drawn[1] != first
    assert content(run(rng=None), tmp_path) != content(run(rng=None), tmp_path)


# -- what is refused before anything runs ----------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"k": 0}, "k is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"batch": 10**12}, "batch is 1000000000000; it must be an int >= 1 and <= 1,000,000"),
        ({"seeds": 10**12}, "seeds is 1000000000000"),
        ({"k": 10**20}, "k is 100000000000000000000"),
        ({"steps": 10**30}, "steps is 1000"),
        ({"hidden": (10**8,)}, r"hidden is \(100000000,\); it must be a sequence of widths 1 to 1024"),
        ({"records": 10**9, "steps": 10**9}, "records is 1000000000"),
        ({"checkpoint": ""}, "checkpoint is ''"),
        ({"checkpoint": "a\0b"}, "checkpoint is 'a"),
        ({"steps": 0}, "steps is 0"),
        ({"rate": -0.1}, r"rate is -0\.1"),
        ({"discriminator_rate": float("nan")}, "discriminator_rate is nan"),
        ({"records": 0}, "records is 0"),
        ({"records": 2.0}, r"records is 2\.0"),
        ({"records": True}, "records is True"),
        ({"records": "all"}, "records is 'all'"),
        ({"records": []}, r"records is \[\]"),
        ({"records": [0.5]}, r"records is \[0\.5\]"),
        ({"records": [41]}, r"records is \[41\]; .* between 0 and 40"),
        ({"records": [-1]}, r"records is \[-1\]"),
        ({"seeds": 0}, "seeds is 0"),
        ({"seeds": [1, 1]}, "seeds is"),
        ({"loss": "wasserstein"}, "loss is 'wasserstein'; it must be one of minimax, non-saturating"),
        ({"optimizer": "rmsprop"}, "optimizer is 'rmsprop'"),
        ({"hidden": 16}, "hidden is 16"),
        ({"hidden": (0,)}, r"hidden is \(0,\)"),
        ({"foo": 1}, "no setting 'foo'.* it takes steps, k, batch, loss"),
        ({"rng": "seed"}, "rng|seed"),
        ({"progress": "yes"}, "progress is 'yes'"),
        ({"oracle": 1}, "oracle is 1"),
        ({"alignment": None}, "alignment is None"),
        ({"alignment": True, "activation": "relu"}, "activation is 'relu'"),
        ({"checkpoint": 3}, "checkpoint is 3"),
    ],
)
def test_impossible_settings(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str) -> None:
    """Each is named, with its value and what it must be; no step is taken."""
    monkeypatch.setattr(training, "states", None)
    with pytest.raises(DomainError, match=words):
        run(**changes)


def test_a_checkpoint_in_no_folder(tmp_path: Path) -> None:
    """Not found out after the first record."""
    with pytest.raises(CheckpointError, match="lies in no folder"):
        run(checkpoint=tmp_path / "none" / "run.npz")
    with pytest.raises(CheckpointError, match="no ordinary file"):
        run(checkpoint=tmp_path)


def test_an_oracle_needs_scores() -> None:
    """D* has a slope where the laws' scores are known."""
    with pytest.raises(DomainError, match="p_data is Empirical"):
        run(Empirical(np.arange(5.0)), oracle=True)


# -- a seed that goes wrong ----------------------------------------


def test_a_seed_that_explodes_stops_and_the_others_go_on() -> None:
    """Its reason and step are told; from there on its records repeat its last good state."""
    found = run("norm(3, 0.5)", seeds=4, optimizer="sgd", rate=1e3, discriminator_rate=1e3, steps=60, records=6)
    stopped = [reason is not None for reason in found.stopped or ()]
    assert any(stopped)
    assert not all(stopped)
    for i, reason in enumerate(found.stopped or ()):
        excess, masses = np.asarray(found.excess.value)[:, i], np.asarray(found.masses)[:, i]
        if reason is None:
            assert len(set(np.asarray(found.value.value)[:, i].tolist())) == len(found.steps)
            continue
        at = int(reason.split(":")[0].removeprefix("step "))
        assert "a parameter of" in reason
        after = [r for r, step in enumerate(found.steps) if step >= at]
        assert len(after) >= 1
        assert all(excess[r] == excess[after[0]] for r in after)
        assert all((masses[r] == masses[after[0]]).all() for r in after)


def test_wild_networks_do_not_stop_a_run() -> None:
    """Rates that make every network steep: each record is there, and says how little is known."""
    found = run("norm(3, 0.5)", seeds=3, optimizer="sgd", rate=50.0, discriminator_rate=50.0, steps=20, records=2)
    for name, one in found.measurements.items():
        assert not np.isnan(one.value).any(), name
        assert not np.isnan(one.error).any(), name
    assert np.asarray(found.masses).sum(axis=2) == pytest.approx(np.ones((3, 3)), abs=1e-9)


# -- the oracle ----------------------------------------


def test_the_oracle_in_Ds_place() -> None:
    """With D* itself C falls, and there is no D to measure; folds are counted."""
    found = run("norm(3, 0.5)", oracle=True, steps=150, batch=128, records=3)
    excess = np.asarray(found.excess.value)
    assert (excess[-1] < 0.3 * excess[0]).all()
    assert "gap" not in found.measurements
    assert found.measurements["folds"].shape == (4, 2)
    assert found.settings["oracle"] is True


def test_the_oracles_seeds_do_not_depend_on_each_other() -> None:
    """Blocks of one, two and eight seeds: the same bytes."""
    changes: dict[str, Any] = {"oracle": True, "steps": 12, "records": 1, "batch": 16}
    whole = run(seeds=17, **changes)
    for seeds in ([0], [3, 16]):
        part = run(seeds=seeds, **changes)
        for name, one in part.measurements.items():
            among = np.asarray(whole.measurements[name].value)[:, seeds]
            assert np.asarray(one.value).tobytes() == among.tobytes(), name


# -- the alignment ----------------------------------------


def test_the_alignment_of_each_step() -> None:
    """A cosine for each record: of the step from it, and for the last of the step to it."""
    found = run("norm(3, 0.5)", alignment=True, hidden=(4,), records=3)
    cosine, error = np.asarray(found.alignment.value), np.asarray(found.alignment.error)
    assert cosine.shape == (4, 2)
    assert (np.abs(cosine) <= 1).all()
    assert (error < 1e-6).all()
    assert (cosine[-1] == cosine[-2]).all()
    plain = run("norm(3, 0.5)", hidden=(4,), records=3)
    assert (np.asarray(plain.excess.value) == np.asarray(found.excess.value)).all()


def test_plain_descent_with_the_oracle_goes_straight_down() -> None:
    """Where G does not fold, the gradient with D* held fixed is ∇C (Proposition 2's premise), and a fold breaks it.

    The cosine misses 1 by what a minibatch of 20,000 leaves; beside a fold its gradient has no finite mean.
    """
    found = run(
        "norm(3, 0.5)", seeds=4, oracle=True, alignment=True, optimizer="sgd", momentum=0.0, constant=1.0, rate=1e-3,
        steps=3, records=3, batch=20_000, hidden=(4,),
    )  # fmt: skip
    cosine, folded = np.asarray(found.alignment.value), (np.asarray(found.measurements["folds"].value) > 0).any(axis=0)
    assert folded.tolist() == [False, False, True, False]
    assert (cosine[:, ~folded] > 0.999).all()
    assert (cosine[:, folded] < 0.99).any()


# -- progress ----------------------------------------


def test_progress_is_shown_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with how far p_g and D are; silent elsewhere."""
    run(progress=False)
    run(progress=None)  # no terminal
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")
    run(progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2·JSD" in shown.err
    assert "gap" in shown.err
    assert "40/40" in shown.err


# -- the numbers of a run with the claims' settings ----------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("rng", [0, 1, 2])
@pytest.mark.parametrize(
    ("p_data", "least"), [("norm(3, 0.5)", 15), ("0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", 14), ("laplace(0, 1)", 15)]
)
def test_how_many_of_sixteen_seeds_converge(p_data: str, least: int, rng: int) -> None:
    """2·JSD ≤ 0.02 at the end, in most seeds of three targets, whatever --seed is; unstandardised 9 of 16 did."""
    run = train(p_data, seeds=16, steps=1000, records=2, rng=rng, progress=False)
    assert run.reading(tolerance=0.02).success.successes >= least


def test_a_prior_far_from_0_was_measured_for_seconds_and_not_resolved() -> None:
    """z is taken in its own units, as x is: the run is that of the prior at home."""
    settings: dict[str, Any] = {"seeds": 2, "steps": 20, "records": 2, "batch": 32}
    far = train("norm(0, 1)", "norm(1e9, 1)", **settings)
    assert (far.excess.error < 1e-9).all()
    assert far.settings["prior"] == "norm(1000000000.0, 1.0)"
    at_home = train("norm(0, 1)", **settings)  # in units that are known to the nine digits of the prior's moments
    assert far.excess.value == pytest.approx(at_home.excess.value, rel=1e-6)
