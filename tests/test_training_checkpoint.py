"""A run's files: taken up after any kill to the same bytes, kept to one writer, refused where they are another's."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import MIXTURE, content, run

from gantheory import archive, training
from gantheory.archive import load_arrays, save_arrays
from gantheory.densities import Tabulated
from gantheory.errors import CheckpointError
from gantheory.training import train


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


# -- one writer ----------------------------------------


def test_a_file_has_one_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run on the same path is refused while the first goes on, which it does not disturb."""
    path, save = tmp_path / "run.npz", training.save_checkpoint
    begun, seen = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> None:
        save(*arguments)
        begun.set()
        assert seen.wait(60)

    monkeypatch.setattr(training, "save_checkpoint", slow)
    first = threading.Thread(target=run, kwargs={"checkpoint": path})
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(CheckpointError, match="is in use: another run is writing it"):
            run(checkpoint=path)
    finally:
        seen.set()
        first.join()
    assert content(run(checkpoint=path), tmp_path) == content(run(), tmp_path)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """Files half-written, of this run and of no other."""
    own = [tmp_path / ".run.npz.12.ab.tmp", tmp_path / ".run.npz.records.12.ab.tmp"]
    others = [tmp_path / ".runs.npz.12.ab.tmp", tmp_path / "notes.tmp"]
    for file in (*own, *others):
        file.write_bytes(b"half")
    run(checkpoint=tmp_path / "run.npz")
    assert [file.exists() for file in (*own, *others)] == [False, False, True, True]


def test_a_folder_that_takes_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything runs."""

    def refused(*_: Any, **__: Any) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    with pytest.raises(CheckpointError, match="no locks available"):
        run(checkpoint=tmp_path / "run.npz")
    assert not (tmp_path / "run.npz").exists()


def test_a_folder_that_takes_no_file_was_said_to_be_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc: the lock waits for a file that can never be made, and the folder is named."""
    from filelock import Timeout

    def waits(*_: Any, **__: Any) -> None:
        raise Timeout("run.npz.lock")

    def refused(*_: Any, **__: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("filelock.FileLock.acquire", waits)
    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(CheckpointError, match=r"run\.npz cannot be written: .* takes no file \(No such file"):
        run(checkpoint=tmp_path / "run.npz")


def test_records_of_another_run_are_not_written_over(tmp_path: Path) -> None:
    """Whose state is gone: refused, and left as they are."""
    path = tmp_path / "a.npz"
    run("norm(3, 0.5)", rng=7, checkpoint=path)
    path.unlink()
    records = path.with_name("a.npz.records")
    before = records.read_bytes()
    with pytest.raises(CheckpointError, match="records of another run"):
        run("norm(3, 0.5)", rng=8, checkpoint=path)
    assert records.read_bytes() == before
    run("norm(3, 0.5)", rng=7, checkpoint=path)  # their own run takes them


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    """Said in our words."""
    with pytest.raises(CheckpointError, match="cannot be used"):
        run("norm(3, 0.5)", checkpoint=tmp_path / ("x" * 300))


def test_training_without_a_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """sys.stderr is None in a program without one."""
    monkeypatch.setattr("sys.stderr", None)
    assert run("norm(3, 0.5)", progress=None).records == 5
