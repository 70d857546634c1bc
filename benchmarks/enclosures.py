"""How many random pairs of elementary laws are enclosed to ten digits, and in what time.

    python benchmarks/enclosures.py [pairs] [seed] [--reference]

Every family, and mixtures of two; scales over four decades, shapes over two, weights down to 0.01. JSD, KL and TV of
each pair. Closed is what has its ten digits within 5 s; what does not close says so, what takes longer is named, and
both are counted. None may miss the ordinary number, within its error.

With --reference none may miss an independent number of mpmath either (`mpmath_reference`, 50 digits where two of its
steps agree so far), and each pair is enclosed to thirty digits as well, so that the comparison is sharp. How many
references had how many digits is printed; one that has fewer than twelve is counted and not compared.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
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
QUANTITIES: dict[str, tuple[Callable[..., Enclosure], Callable[..., Any]]] = {
    "JSD": (enclose_js_divergence, gt.js_divergence),
    "KL": (enclose_kl_divergence, gt.kl_divergence),
    "TV": (enclose_total_variation, gt.total_variation),
}
WITHIN = 5.0  # s
SHARP = 30  # digits, beside a reference
FEWEST = 12  # digits of a reference that is compared


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


def misses(found: Enclosure, value: Any, error: Any) -> bool:
    """Whether an enclosure and mpmath's number, within its own error and 50 digits, have nothing in common."""
    import mpmath as mp

    with mp.workdps(90):
        low, high = (mp.mpf(str(end).replace("Infinity", "inf")) for end in (found.lower, found.upper))
        if mp.isinf(value) or mp.isinf(low):
            return not low == high == value
        error = error + abs(value) * mp.mpf(10) ** -50
        return value + error < low or value - error > high


class Beside:
    """The references of the pairs: how many digits they had, and what missed them."""

    def __init__(self) -> None:
        self.digits: Counter[int] = Counter()
        self.compared = self.missed = self.open = 0

    def pair(self, p: str, q: str) -> dict[str, Any]:
        from mpmath_reference import reference  # beside this file, which is where a script's modules are looked for

        return reference(p, q)

    def compare(self, name: str, p: str, q: str, found: Enclosure | None, value: Any, error: Any) -> None:
        """At ten digits, as it was enclosed, and at thirty."""
        from mpmath_reference import digits_of

        digits = digits_of(value, error)
        self.digits[digits] += 1
        if digits < FEWEST:
            print(f"{digits} digits    of mpmath's {name}  {p}  |  {q}")
            return
        enclosures = [] if found is None else [found]
        try:
            enclosures.append(QUANTITIES[name][0](p, q, digits=SHARP))
        except ConvergenceError:
            self.open += 1
        for one in enclosures:
            self.compared += 1
            if misses(one, value, error):
                self.missed += 1
                print(f"MISSED      mpmath's {name} = {value}  {p}  |  {q}  {one}")

    def __str__(self) -> str:
        bands = {"50": (50, 50), "30 to 49": (30, 49), f"{FEWEST} to 29": (FEWEST, 29), "fewer": (0, FEWEST - 1)}
        shown = [
            f"{sum(n for digits, n in self.digits.items() if a <= digits <= b)} with {name}"
            for name, (a, b) in bands.items()
        ]
        return (
            f"{self.missed} of {self.compared} enclosures missed mpmath's number ({self.open} did not close to {SHARP} "
            f"digits); references by their digits: {', '.join(shown)}"
        )


def main(pairs: int, seed: int = 0, *, with_reference: bool = False) -> tuple[int, int]:
    """The ordinary numbers and the references that were missed."""
    rng, open_, late, missed_, times, beside = random.Random(seed), 0, 0, 0, [], Beside()
    for _ in range(pairs):
        p, q = law(rng), law(rng)
        exact = beside.pair(p, q) if with_reference else {}
        for name, (enclose, quantity) in QUANTITIES.items():
            found, start = None, time.perf_counter()
            try:
                found = enclose(p, q, digits=10)
            except ConvergenceError as error:
                open_ += 1
                print(f"not closed  {name}  {p}  |  {q}  {error}")
            times.append(time.perf_counter() - start)
            if found is not None and times[-1] > WITHIN:
                late += 1
                print(f"{times[-1]:.1f} s       {name}  {p}  |  {q}")
            if exact:
                beside.compare(name, p, q, found, *exact[name])
            try:
                wrong = found is not None and missed(found, quantity(p, q))
            except ConvergenceError:  # the ordinary route gives up, and says so
                continue
            missed_ += wrong
            if wrong:
                print(f"MISSED      the ordinary {name}  {p}  |  {q}  {found}")
    closed, asked = len(times) - open_ - late, len(times)
    print(
        f"{closed} of {asked} closed within {WITHIN:g} s ({closed / asked:.1%}); {open_} not closed, {late} not in time"
    )
    times.sort()
    print(f"{missed_} missed the ordinary number; median {times[asked // 2]:.3f} s, longest {times[-1]:.2f} s")
    if with_reference:
        print(beside)
    return missed_, beside.missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pairs", type=int, nargs="?", default=200)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--reference", action="store_true", help="beside mpmath's numbers too: some minutes")
    options = parser.parse_args()
    main(options.pairs, options.seed, with_reference=options.reference)
