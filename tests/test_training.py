"""Runs of `train`: the same bytes beside any seeds and after any kill, other files refused, nothing odd begun."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gantheory import archive, training
from gantheory.archive import load_arrays, save_arrays
from gantheory.densities import Discrete, Empirical, Mixture, Normal, Tabulated
from gantheory.divergences import js_divergence
from gantheory.errors import CheckpointError, DomainError
from gantheory.training import train
from gantheory.trajectory import Trajectory

MIXTURE = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"
SMALL: dict[str, Any] = {"seeds": 2, "steps": 40, "k": 1, "batch": 32, "records": 4, "progress": False}


def run(p_data: Any = MIXTURE, /, *arguments: Any, **changes: Any) -> Trajectory:
    return train(p_data, *arguments, **{**SMALL, **changes})


def content(trajectory: Trajectory, folder: Path) -> bytes:
    """The bytes of the file that it saves."""
    path = folder / "content.npz"
    trajectory.save(path)
    found = path.read_bytes()
    path.unlink()
    return found


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


def test_a_checkpoint_changes_nothing(tmp_path: Path) -> None:
    """The run is the same with one, and a second call finds it done."""
    path = tmp_path / "run.npz"
    whole = content(run(), tmp_path)
    assert content(run(checkpoint=path), tmp_path) == whole
    before = [file.read_bytes() for file in (path, tmp_path / "run.npz.records")]
    assert content(run(checkpoint=str(path)), tmp_path) == whole
    assert [file.read_bytes() for file in (path, tmp_path / "run.npz.records")] == before


class Killed(BaseException):
    """What ends a process at once; unlike an error it is caught by nobody."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("write", range(10))
def test_a_kill_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int, moment: str) -> None:
    """Five records are ten files moved into place, records and state in turn.

    Killed before or after any of these moves, the run taken up ends in the bytes of an undisturbed one: the records are
    of the state's moment or of one later, and a later one is not read.
    """
    path, replace, count = tmp_path / "run.npz", os.replace, 0

    def killed(source: Any, target: Any) -> None:
        nonlocal count
        if count == write and moment == "before":
            raise Killed
        replace(source, target)
        count += 1
        if count == write + 1:
            raise Killed

    whole = content(run(), tmp_path)
    monkeypatch.setattr(archive.os, "replace", killed)
    with pytest.raises(Killed):
        run(checkpoint=path)
    monkeypatch.setattr(archive.os, "replace", replace)
    moved = write + (moment == "after")
    assert path.exists() == (moved >= 2)
    assert (tmp_path / "run.npz.records").exists() == (moved >= 1)
    assert content(run(checkpoint=path), tmp_path) == whole


@pytest.mark.parametrize(
    "changes", [{"oracle": True, "hidden": (4,)}, {"alignment": True, "hidden": (4,)}, {"rng": None}]
)
def test_a_run_of_any_kind_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    """With folds or alignments, or with an entropy that only the checkpoint knows."""
    path, save, count = tmp_path / "run.npz", training.save_checkpoint, 0

    def interrupted(*arguments: Any) -> None:
        nonlocal count
        save(*arguments)
        count += 1
        if count == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "save_checkpoint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=path, **changes)
    monkeypatch.setattr(training, "save_checkpoint", save)
    found = run(checkpoint=path, **changes)
    assert content(run(checkpoint=path, **changes), tmp_path) == content(found, tmp_path)
    assert found.excess.shape == (5, 2)
    if changes.get("rng", 0) is not None:
        assert content(run(**changes), tmp_path) == content(found, tmp_path)


def test_an_interrupt_from_the_progress_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Ctrl-C that falls between two records costs the steps since the last."""
    path, told = tmp_path / "run.npz", training._in_short
    seen = []

    def interrupted(found: Any) -> str:
        seen.append(told(found))
        if len(seen) == 2:
            raise KeyboardInterrupt
        return seen[-1]

    monkeypatch.setattr(training, "_in_short", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=path)
    monkeypatch.undo()
    assert content(run(checkpoint=path), tmp_path) == content(run(), tmp_path)


_SCRIPT = """
import sys
from gantheory.training import train
path, p_data, saved = sys.argv[1:]
train(p_data, seeds=2, steps=3000, k=1, batch=32, records=150, progress=False, checkpoint=path).save(saved)
"""


@pytest.mark.slow
def test_a_killed_process_ends_in_the_same_bytes(tmp_path: Path) -> None:
    """kill -9 twice, at moments that the run does not choose; the third process ends it."""
    path, saved = tmp_path / "run.npz", tmp_path / "saved.npz"
    command = [sys.executable, "-c", _SCRIPT, str(path), MIXTURE, str(saved)]
    for pause in (0.1, 0.43):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = subprocess.Popen(command)
        while not path.exists() or path.stat().st_mtime_ns == before:  # its first record
            assert process.poll() is None
            time.sleep(0.005)
        time.sleep(pause)
        process.kill()
        process.communicate()
        assert not saved.exists()  # it was in the middle
    assert subprocess.run(command, check=False).returncode == 0
    whole = train(MIXTURE, seeds=2, steps=3000, k=1, batch=32, records=150, progress=False)
    assert content(whole, tmp_path) == saved.read_bytes()


# -- files that are not this run's ----------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path]:
    path = tmp_path / "run.npz"
    run(checkpoint=path)
    return path, tmp_path / "run.npz.records"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"k": 2}, "k is 1 there and 2 here"),
        ({"rng": 1}, "rng is 0 there and 1 here"),
        ({"seeds": 3}, r"seeds is \[0, 1\] there and \[0, 1, 2\] here"),
        ({"records": 2}, r"records is \[0, 10, 20, 30, 40\] there and \[0, 20, 40\] here"),
        ({"oracle": True}, "oracle is False there and True here"),
        ({"alignment": True}, "alignment is False there and True here"),
        ({"steps": 80}, "steps is 40 there and 80 here"),
    ],
)
def test_another_runs_checkpoint_is_refused(kept: tuple[Path, Path], changes: dict[str, Any], words: str) -> None:
    """With what differs, and both files are as they were."""
    before = [file.read_bytes() for file in kept]
    with pytest.raises(CheckpointError, match=words):
        run(checkpoint=kept[0], **changes)
    assert [file.read_bytes() for file in kept] == before


def test_other_laws_are_another_run(tmp_path: Path) -> None:
    """By their text; two tables, whose text is one, by some of their draws."""
    tables = [
        Tabulated(np.linspace(-1, 1, 5), np.array([0.0, 0.5, 1.0, 0.5, 0.0])),
        Tabulated(np.linspace(-1, 1, 5), np.array([0.0, 0.6, 0.8, 0.6, 0.0])),
    ]
    assert str(tables[0]) == str(tables[1])
    run(tables[0], checkpoint=tmp_path / "run.npz")
    run(tables[0], checkpoint=tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=r"p_data is Tabulated\(.*draws: .* there and Tabulated"):
        run(tables[1], checkpoint=tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match="prior is norm"):
        run(tables[0], "expon", checkpoint=tmp_path / "run.npz")


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["truncated", "corrupt", "empty", "no .npz", "did not write"])
def test_a_damaged_file_is_refused_and_left(kept: tuple[Path, Path], which: int, damage: str) -> None:
    """State or records: what is wrong is said, and neither file is touched."""
    path, sound = kept[which], kept[which].read_bytes()
    if damage == "did not write":
        with path.open("wb") as file:
            np.savez(file, G=np.zeros(3))
    else:
        path.write_bytes({
            "truncated": sound[: len(sound) // 2],
            "corrupt": sound[:500] + bytes([sound[500] ^ 1]) + sound[501:],
            "empty": b"",
            "no .npz": b"not a zip at all",
        }[damage])  # fmt: skip
    before = [file.read_bytes() for file in kept]
    with pytest.raises(CheckpointError, match=damage):
        run(checkpoint=kept[0])
    assert [file.read_bytes() for file in kept] == before


def test_records_that_are_missing_or_of_another_moment(kept: tuple[Path, Path], tmp_path: Path) -> None:
    """Records of an earlier moment than the state's are too few; those of another run are none."""
    path, beside = kept
    state, records = path.read_bytes(), beside.read_bytes()
    beside.unlink()
    with pytest.raises(CheckpointError, match="is missing, the records of the run beside it"):
        run(checkpoint=path)
    arrays = load_arrays_of(records, tmp_path)
    earlier = {name: array[:2] if array.ndim else array for name, array in arrays.items()}
    save_arrays(beside, earlier, "records")
    with pytest.raises(CheckpointError, match="records up to"):
        run(checkpoint=path)
    others = tmp_path / "other.npz"
    run(checkpoint=others, rng=1)
    beside.write_bytes((tmp_path / "other.npz.records").read_bytes())
    with pytest.raises(CheckpointError, match="records of another run"):
        run(checkpoint=path)
    assert path.read_bytes() == state


def test_a_sound_file_with_unsound_records(kept: tuple[Path, Path], tmp_path: Path) -> None:
    """A checksum says that a file is whole, not that it holds records."""
    arrays = load_arrays(kept[1], "records")
    for change in (
        {"value": arrays["value"][:, :, :1]},
        {"cells": arrays["cells"][:, :, :-1]},
        {"names": np.array('["excess"]')},
        {"names": np.array("{")},
        {"steps": arrays["steps"] + 1},
    ):
        save_arrays(kept[1], {**arrays, **change}, "records")
        with pytest.raises(CheckpointError, match=r"Remove it and the checkpoint beside it"):
            run(checkpoint=kept[0])
    del arrays["error"]
    save_arrays(kept[1], arrays, "records")
    with pytest.raises(CheckpointError, match="holds no records"):
        run(checkpoint=kept[0])


def test_nothing_but_records_is_written_over(tmp_path: Path) -> None:
    """A file that stands where the records would, and is something else, is refused."""
    (tmp_path / "run.npz.records").write_text("my own notes")
    with pytest.raises(CheckpointError, match=r"no \.npz"):
        run(checkpoint=tmp_path / "run.npz")
    assert (tmp_path / "run.npz.records").read_text() == "my own notes"


def load_arrays_of(content: bytes, folder: Path) -> dict[str, Any]:
    (folder / "some").write_bytes(content)
    return load_arrays(folder / "some", "records")


# -- what is refused before anything runs ----------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"k": 0}, "k is 0"),
        ({"batch": 0}, "batch is 0"),
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
