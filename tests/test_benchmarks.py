"""The benchmarks still run: each is imported, and the smallest part of it is timed once."""

from __future__ import annotations

import importlib.util
import shutil
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


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the PATH")
def test_a_page_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its size, a load that takes time, and each request that is not for the page itself."""
    page = tmp_path / "index.html"
    page.write_text(f"<!doctype html><img src='missing.png'>{'x' * 2**20}", encoding="utf-8")
    measured = benchmark("page")
    assert measured.size(page) > 1
    seconds, others = measured.loads(page, 2)
    assert len(seconds) == 2
    assert min(seconds) > 0
    assert others == [(tmp_path / "missing.png").as_uri()] * 2
    measured.main(page, 1)
    size, _, requests = capsys.readouterr().out.splitlines()
    assert "1.00 MB" in size
    assert requests.endswith("DOES NOT HOLD")


def test_a_round_of_training_is_timed() -> None:
    """Seconds by the clock and of processor, both above 0."""
    clock, processor = benchmark("training").ours(16)()
    assert clock > 0
    assert processor > 0
