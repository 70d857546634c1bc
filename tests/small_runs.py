"""A run of `train` small enough for a test, and the bytes it comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
