"""How many random pairs of elementary laws are enclosed to ten digits, and in what time.

    python benchmarks/enclosures.py [pairs] [seed]

Every family, and mixtures of two; scales over four decades, shapes over two, weights down to 0.01. JSD, KL and TV of
each pair. Closed is what has its ten digits within 5 s; what does not close says so, what takes longer is named, and
both are counted. Beside the ordinary number, with its error, none may miss.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import gantheory as gt
from gantheory.certified import (
    Enclosure,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
)
from gantheory.errors import ConvergenceError

FAMILIES = {
    "norm": 0, "logistic": 0, "laplace": 0, "cauchy": 0, "t": 1, "uniform": 0, "expon": 0, "gamma": 1, "beta": 2,
    "weibull_min": 1,
}  # fmt: skip
QUANTITIES: tuple[tuple[Callable[..., Enclosure], Callable[..., Any]], ...] = (
    (enclose_js_divergence, gt.js_divergence),
    (enclose_kl_divergence, gt.kl_divergence),
    (enclose_total_variation, gt.total_variation),
)


WITHIN = 5.0  # s


def law(rng: random.Random, *, alone: bool = False) -> str:
    """A random elementary law as text, so that its parameters are exact."""
    family = rng.choice([*FAMILIES, *([] if alone else ["mixture", "mixture"])])
    if family == "mixture":
        weight = rng.choice(["0.5", "0.3", "0.01"])
        return f"{weight}*{law(rng, alone=True)} + {1 - Decimal(weight)}*{law(rng, alone=True)}"
    shapes = [f"{10 ** rng.uniform(-1, 1):.3g}" for _ in range(FAMILIES[family])]
    return f"{family}({', '.join([*shapes, f'{rng.gauss(0, 2):.4g}', f'{10 ** rng.uniform(-2, 2):.4g}'])})"


def missed(found: Enclosure, estimate: Any) -> bool:
    """Whether the ordinary number, within its error, and the enclosure have nothing in common."""
    value, error = float(estimate.value), float(estimate.error)
    if found.lower.is_infinite() or value == float("inf"):
        return not (found.lower.is_infinite() and value == float("inf"))
    return not (Decimal(value) - Decimal(error) <= found.upper and found.lower <= Decimal(value) + Decimal(error))


def main(pairs: int, seed: int = 0) -> None:
    rng, open_, late, misses, times = random.Random(seed), 0, 0, 0, []
    for _ in range(pairs):
        p, q = law(rng), law(rng)
        for enclose, quantity in QUANTITIES:
            start = time.perf_counter()
            try:
                found = enclose(p, q, digits=10)
            except ConvergenceError as error:
                open_ += 1
                print(f"not closed  {enclose.__name__}  {p}  |  {q}  {error}")
                continue
            finally:
                times.append(time.perf_counter() - start)
            if times[-1] > WITHIN:
                late += 1
                print(f"{times[-1]:.1f} s       {enclose.__name__}  {p}  |  {q}")
            try:
                wrong = missed(found, quantity(p, q))
            except ConvergenceError:  # the ordinary route gives up, and says so
                continue
            misses += wrong
            if wrong:
                print(f"MISSED      {enclose.__name__}  {p}  |  {q}  {found}")
    closed, asked = len(times) - open_ - late, len(times)
    print(
        f"{closed} of {asked} closed within {WITHIN:g} s ({closed / asked:.1%}); {open_} not closed, {late} not in time"
    )
    times.sort()
    print(f"{misses} missed; median {times[asked // 2]:.3f} s, longest {times[-1]:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
