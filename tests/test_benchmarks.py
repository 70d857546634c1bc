"""The benchmarks still run: each is imported, and the smallest part of it is timed once."""

from __future__ import annotations

import importlib.util
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath as mp
import pytest
from test_references import references

from gantheory.certified import Enclosure, enclose_js_divergence

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


PAIRS = {  # of the references, made without either route, of floats
    "norm(0, 1)|norm(1, 1.5)": "normal-shift",
    "t(1.5, 0, 1)|cauchy(0, 1)": "student-cauchy",
    f"gamma({Fraction(0.1)}, 0, 1)|weibull_min(0.5, 0, 1)": "gamma-weibull",
    "beta(0.5, 0.5, 0, 1)|uniform(0, 1)": "arcsine-uniform",
    "cauchy(0, 1)|norm(0, 1)": "cauchy-normal",
    f"0.5*norm(-2, {Fraction(0.7)}) + 0.5*norm(2.5, 1)|norm(0, 2)": "mixture-normal",
}


@pytest.mark.parametrize("texts", PAIRS)
def test_the_reference_of_the_enclosures_is_one(texts: str) -> None:
    """mpmath's own numbers, to the digits that they claim, are those that were computed by another route."""
    module, case = benchmark("mpmath_reference"), references("panel")[PAIRS[texts]]
    p, q = texts.split("|")
    found = module.reference(p, q)
    for name, key in (("JSD", "js"), ("KL", "kl_pq"), ("TV", "tv")):
        value, error = found[name]
        with mp.workdps(60):
            exact = mp.mpf(case["values"][key])
            assert value == exact or abs(value - exact) <= error + mp.mpf(10) ** -48 * abs(exact), name
        assert module.digits_of(value, error) == 50, name


def test_an_enclosure_that_misses_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is off in its 25th digit, where no float would tell."""
    monkeypatch.syspath_prepend(FOLDER)
    module = benchmark("enclosures")
    texts = iter(["norm(0, 1)", "norm(1, 1.5)"] * 2)
    monkeypatch.setattr(module, "law", lambda rng: next(texts))
    assert module.main(1, with_reference=True) == (0, 0)

    def off(p: Any, q: Any, *, digits: int) -> Enclosure:
        found = enclose_js_divergence(p, q, digits=digits)
        return found if digits < 25 else found + Enclosure(Decimal("1e-26"), Decimal("1e-26"))

    monkeypatch.setitem(module.QUANTITIES, "JSD", (off, module.QUANTITIES["JSD"][1]))
    assert module.main(1, with_reference=True) == (0, 1)
    assert "MISSED      mpmath's JSD = 0.0992900966" in capsys.readouterr().out


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
