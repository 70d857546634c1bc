"""A run that is killed and taken up again ends in the bytes of an undisturbed one; other files are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gantheory.algorithm_1 import Settings, State, advance, initial_state, states
from gantheory.archive import load_arrays, save_arrays
from gantheory.checkpoint import load_checkpoint, save_checkpoint
from gantheory.densities import Normal
from gantheory.errors import CheckpointError, DomainError

P_DATA = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"
IDENTITY = {"p_data": P_DATA, "prior": "norm(0.0, 1.0)"}
SETTINGS = Settings(steps=400, k=2, batch=32)


def same(a: State, b: State) -> bool:
    """All that a run's rest depends on, to the last bit."""
    arrays = all(
        getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in ("G", "D", "G_moments", "D_moments")
    )
    words = ("settings", "step", "seeds", "entropy", "frames", "stopped")
    return arrays and all(getattr(a, name) == getattr(b, name) for name in words)


@pytest.fixture
def state() -> State:
    return advance(initial_state(SETTINGS, P_DATA, seeds=[0, 3, 8], rng=np.random.default_rng(1)), P_DATA, until=37)


@pytest.fixture
def path(tmp_path: Path, state: State) -> Path:
    save_checkpoint(tmp_path / "run.npz", state, IDENTITY)
    return tmp_path / "run.npz"


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_run_is_taken_up_to_the_same_bytes(tmp_path: Path, optimizer: str) -> None:
    """From any step, not only where draws are made."""
    settings = Settings(steps=60, k=2, batch=32, optimizer=optimizer)
    start = initial_state(settings, P_DATA, seeds=3)
    whole = advance(start, P_DATA, until=60)
    for step in (0, 5, 16, 59, 60):
        save_checkpoint(tmp_path / "run.npz", advance(start, P_DATA, until=step))
        taken_up = load_checkpoint(tmp_path / "run.npz", settings)
        assert taken_up.step == step
        assert same(advance(taken_up, P_DATA, until=60), whole)


def test_a_state_comes_back_as_it_was(path: Path, state: State) -> None:
    """Indices of seeds, 128 bits of entropy and reasons too."""
    assert same(load_checkpoint(path, SETTINGS, IDENTITY), state)
    assert state.entropy > 2**100


def test_a_stopped_seed_is_kept_with_its_reason(tmp_path: Path) -> None:
    """Taken up again, it stays stopped."""
    wild = Settings(steps=60, optimizer="sgd", rate=1e9, discriminator_rate=1e9, batch=32)
    stopped = advance(initial_state(wild, Normal(), seeds=2), Normal(), until=30)
    assert all(stopped.stopped)
    save_checkpoint(tmp_path / "run.npz", stopped)
    again = load_checkpoint(tmp_path / "run.npz", wild)
    assert same(again, stopped)
    assert advance(again, Normal(), until=60).stopped == stopped.stopped


# -- killed in the middle ----------------------------------------------------------------------------------------------

_RUN = """
import sys
from pathlib import Path
from gantheory.algorithm_1 import Settings, initial_state, states
from gantheory.checkpoint import load_checkpoint, save_checkpoint

path, p_data, settings = Path(sys.argv[1]), sys.argv[2], Settings(steps=6000, k=1, batch=32)
state = load_checkpoint(path, settings) if path.exists() else initial_state(settings, p_data, seeds=2)
print("begun at", state.step, flush=True)
for state in states(state, p_data, at=range(state.step, settings.steps + 1, 20)):
    save_checkpoint(path, state)
    print(state.step, flush=True)
"""


def _start(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _RUN, str(path), P_DATA]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_killed_run_ends_in_the_same_bytes(tmp_path: Path) -> None:
    """kill -9 in the middle, three times, at moments that the run does not choose: soon after it has come so far."""
    path, settings = tmp_path / "run.npz", Settings(steps=6000, k=1, batch=32)
    reached = []
    for enough, pause in ((200, 0.011), (900, 0.0), (1700, 0.023)):
        process = _start(path)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("begun at")
        assert any(int(line) >= enough for line in process.stdout)  # where the machine is slow, it waits
        time.sleep(pause)
        process.kill()
        process.communicate()
        reached.append(load_checkpoint(path, settings).step)
    assert reached == sorted(reached)
    assert 0 < reached[-1] < 6000  # it was in the middle
    process = _start(path)
    said = process.communicate()[0]
    assert process.returncode == 0
    assert said.splitlines()[0] == f"begun at {reached[-1]}"
    undisturbed = advance(initial_state(settings, P_DATA, seeds=2), P_DATA, until=6000)
    assert same(load_checkpoint(path, settings), undisturbed)
    assert [file.name for file in tmp_path.iterdir() if not file.name.startswith(".")] == ["run.npz"]


def test_a_caller_who_breaks_off_keeps_what_was_recorded(tmp_path: Path) -> None:
    """An exception between two records, as a Ctrl-C is, costs the steps since the last one only."""
    path, start = tmp_path / "run.npz", initial_state(SETTINGS, P_DATA, seeds=2)

    def broken_off() -> None:
        for state in states(start, P_DATA, at=range(0, 401, 50)):
            save_checkpoint(path, state)
            if state.step == 150:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    rest = advance(load_checkpoint(path, SETTINGS), P_DATA, until=400)
    assert same(rest, advance(start, P_DATA, until=400))


# -- files that are not this run's -------------------------------------------------------------------------------------


def test_another_runs_checkpoint_is_refused(path: Path) -> None:
    """Saying which settings and which words differ, from what to what."""
    other = Settings(steps=400, k=3, batch=32, rate=0.01)
    with pytest.raises(CheckpointError, match=r"k is 2 there and 3 here; rate is 0\.002 there and 0\.01 here"):
        load_checkpoint(path, other, IDENTITY)
    with pytest.raises(CheckpointError, match=r"prior is norm\(0\.0, 1\.0\) there and expon here"):
        load_checkpoint(path, SETTINGS, {**IDENTITY, "prior": "expon"})
    with pytest.raises(CheckpointError, match="rng is None there and 5 here"):
        load_checkpoint(path, SETTINGS, {**IDENTITY, "rng": "5"})
    with pytest.raises(DomainError, match="identity is"):
        load_checkpoint(path, SETTINGS, {"rng": 5})  # type: ignore[dict-item]


def test_what_is_no_checkpoint(path: Path, tmp_path: Path) -> None:
    """Truncated, flipped, foreign, of another kind, or none at all."""
    content = path.read_bytes()
    damaged = {
        "truncated": content[: len(content) // 2],
        "corrupt": content[:500] + bytes([content[500] ^ 1]) + content[501:],
        "empty": b"",
        "no .npz": b"not a zip at all",
    }
    for word, bad in damaged.items():
        (tmp_path / "bad.npz").write_bytes(bad)
        with pytest.raises(CheckpointError, match=word):
            load_checkpoint(tmp_path / "bad.npz", SETTINGS, IDENTITY)
    np.savez(tmp_path / "bad.npz", G=np.zeros(3))
    with pytest.raises(CheckpointError, match="did not write"):
        load_checkpoint(tmp_path / "bad.npz", SETTINGS, IDENTITY)
    save_arrays(tmp_path / "bad.npz", {"x": np.zeros(3)}, "trajectory")
    with pytest.raises(CheckpointError, match="trajectory"):
        load_checkpoint(tmp_path / "bad.npz", SETTINGS, IDENTITY)
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "none.npz", SETTINGS, IDENTITY)


def _tampered(path: Path, change: Any) -> None:
    """The same file with a right checksum over wrong contents, as another version might write it."""
    arrays = load_arrays(path, "checkpoint")
    words = json.loads(str(arrays["words"]))
    change(arrays, words)
    save_arrays(path, {**arrays, "words": np.array(json.dumps(words))}, "checkpoint")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays, words: words.update(version=9), "has the layout 9; this version reads 1"),
        (lambda arrays, words: words.pop("version"), "does not say which run"),
        (
            lambda arrays, words: arrays.update(G=arrays["G"][:, :-1]),
            r"G has shape \(3, 321\) and must have \(3, 322\)",
        ),
        (lambda arrays, words: arrays.pop("D_moments"), "no state of a run"),
        (lambda arrays, words: words.update(step=401), "step 401 of 400"),
        (lambda arrays, words: words.update(stopped=[None]), "reasons for 1 of 3 seeds"),
        (lambda arrays, words: words.update(frames=[1]), "no state of a run"),
    ],
)
def test_a_sound_file_with_unsound_contents(path: Path, change: Any, words: str) -> None:
    """A checksum says that a file is whole, not that it is a state."""
    _tampered(path, change)
    with pytest.raises(CheckpointError, match=words):
        load_checkpoint(path, SETTINGS, IDENTITY)


def test_an_earlier_checkpoint_survives_a_write_that_fails(
    path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is an error with a name, and the file is as it was."""
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save_checkpoint(path, advance(state, P_DATA, until=40), IDENTITY)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["run.npz"]
    assert load_checkpoint(path, SETTINGS, IDENTITY).step == 37
