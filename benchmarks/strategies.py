"""How long the strategies take to draw, and after how many examples they find the slips planted in a toy library.

The draws are a property that does nothing; the slips are those of tests/toy_divergences.py. Hypothesis is made to draw
the same examples each time.

    python benchmarks/strategies.py [draws]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from gantheory.strategies import discriminators, generators, grid_pairs, law_pairs, laws, objectives

TESTS = Path(__file__).resolve().parents[1] / "tests"
STRATEGIES: dict[str, Callable[[], Any]] = {
    "law_pairs()": law_pairs,
    "laws()": laws,
    "generators()": generators,
    "discriminators()": discriminators,
    "grid_pairs()": grid_pairs,
    "objectives()": objectives,
}


def drawn(strategy: Any, draws: int) -> tuple[float, int]:
    """Seconds, and how many examples there were: fewer than asked where a strategy has no more."""
    seen = 0

    @settings(
        max_examples=draws,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def nothing(example: Any) -> None:
        nonlocal seen
        seen += 1

    start = time.perf_counter()
    nothing()
    return time.perf_counter() - start, seen


def examples_until_found(search: Callable[..., None], own: Callable[..., float], exact: Any) -> int:
    """How many pairs were tried until the slip was found."""
    tried = 0

    def counted(p: Any, q: Any) -> float:
        nonlocal tried
        tried += 1
        return own(p, q)

    try:
        search(counted, exact)
    except AssertionError:
        return tried - 1  # hypothesis runs what fails once more
    raise AssertionError(f"{own.__name__} was not found in {tried} examples")


def main(draws: int) -> None:
    for name, strategy in STRATEGIES.items():
        seconds, seen = drawn(strategy(), draws)
        print(f"{name:20}{seen:6} draws in {seconds:6.2f} s")
    sys.path.insert(0, str(TESTS))
    from test_planted_bugs import SLIPS, agrees

    print()
    for own, exact in SLIPS:
        print(f"{own.__name__:40} found by example {examples_until_found(agrees, own, exact):4}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
