"""The benchmarks still run: each is imported, and the smallest part of it is timed once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


def benchmark(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_every_benchmark_is_up_to_date(path: Path) -> None:
    """What it imports is there, and it has a main."""
    assert callable(benchmark(path.stem).main)


def test_a_round_of_training_is_timed() -> None:
    """Seconds by the clock and of processor, both above 0."""
    clock, processor = benchmark("training").ours(16)()
    assert clock > 0
    assert processor > 0
