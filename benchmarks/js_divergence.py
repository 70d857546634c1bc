"""One Jensen–Shannon divergence, against scipy.integrate.quad: time and true error, interleaved in one run.

Two baselines are meant, and named: quad (default tolerances) over *frozen scipy.stats laws*, which is how the integral
is usually written, and quad over *hand-written scalar pdfs*, which is how it is written by someone who has to wait for
it. The true error of each is against 30 digits from mpmath.

    python benchmarks/js_divergence.py [rounds]
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import mpmath
import numpy as np
from scipy import stats
from scipy.integrate import quad

from gantheory import Laplace, Mixture, Normal, js_divergence

Part = tuple[float, str, float, float]
Parts = list[Part]  # weight, family, location, scale
PAIRS: dict[str, tuple[Parts, Parts]] = {
    "N(0,1) v N(1,1.5)": ([(1.0, "normal", 0.0, 1.0)], [(1.0, "normal", 1.0, 1.5)]),
    "3 normals v 3 normals": (
        [(0.3, "normal", -2.0, 0.5), (0.4, "normal", 0.0, 1.0), (0.3, "normal", 3.0, 0.7)],
        [(0.5, "normal", -1.0, 0.5), (0.3, "normal", 1.0, 1.0), (0.2, "normal", 4.0, 0.7)],
    ),
    "Laplace(0,1) v N(0,1)": ([(1.0, "laplace", 0.0, 1.0)], [(1.0, "normal", 0.0, 1.0)]),
}
FROZEN = {"normal": stats.norm, "laplace": stats.laplace}
OURS = {"normal": Normal, "laplace": Laplace}


def frozen_pdf(parts: Parts) -> Callable[[float], float]:
    laws = [(w, FROZEN[family](loc, scale)) for w, family, loc, scale in parts]
    if len(laws) == 1:
        return laws[0][1].pdf
    return lambda x: sum(w * law.pdf(x) for w, law in laws)


def scalar_pdf(parts: Parts) -> Callable[[float], float]:
    def pdf(x: float) -> float:
        total = 0.0
        for w, family, loc, scale in parts:
            z = (x - loc) / scale
            shape = math.exp(-0.5 * z * z) / 2.5066282746310002 if family == "normal" else 0.5 * math.exp(-abs(z))
            total += w * shape / scale
        return total

    return pdf


def by_quad(p: Callable[[float], float], q: Callable[[float], float]) -> float:
    def integrand(x: float) -> float:
        a, b = p(x), q(x)
        m = 0.5 * (a + b)
        return 0.5 * ((a * math.log(a / m) if a > 0 else 0.0) + (b * math.log(b / m) if b > 0 else 0.0))

    return quad(integrand, -np.inf, np.inf)[0]


def ours(parts: Parts) -> Normal | Laplace | Mixture:
    laws = [OURS[family](loc, scale) for _, family, loc, scale in parts]
    return laws[0] if len(laws) == 1 else Mixture(laws, [part[0] for part in parts])


def exact(p: Parts, q: Parts) -> mpmath.mpf:
    def pdf(parts: Parts, x: mpmath.mpf) -> mpmath.mpf:
        total = mpmath.mpf(0)
        for w, family, loc, scale in parts:
            z = (x - mpmath.mpf(loc)) / mpmath.mpf(scale)
            shape = mpmath.npdf(z) if family == "normal" else mpmath.exp(-abs(z)) / 2
            total += mpmath.mpf(w) * shape / scale
        return total / mpmath.fsum(mpmath.mpf(part[0]) for part in parts)

    def integrand(x: mpmath.mpf) -> mpmath.mpf:
        a, b = pdf(p, x), pdf(q, x)
        return (a * mpmath.log(2 * a / (a + b)) + b * mpmath.log(2 * b / (a + b))) / 2

    return mpmath.quad(integrand, [mpmath.mpf(k) / 2 for k in range(-20, 21)] + [14, 20, 40, 80]) + mpmath.quad(
        integrand, [-80, -40, -20, -14, -10]
    )


def seconds(call: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def main(rounds: int) -> None:
    mpmath.mp.dps = 30
    print(f"medians of {rounds} interleaved rounds; quad is scipy.integrate.quad at its default tolerances\n")
    print(f"{'pair':24}{'ours':>9}{'quad, frozen':>14}{'ratio':>7}{'quad, scalar':>14}{'ratio':>7}   true errors")
    for name, (p, q) in PAIRS.items():
        calls = {
            "ours": (partial(js_divergence, ours(p), ours(q)), 20),
            "frozen": (partial(by_quad, frozen_pdf(p), frozen_pdf(q)), 1),
            "scalar": (partial(by_quad, scalar_pdf(p), scalar_pdf(q)), 1),
        }
        truth = exact(p, q)
        errors = " ".join(f"{float(abs(mpmath.mpf(float(call())) - truth)):8.1e}" for call, _ in calls.values())
        times: dict[str, list[float]] = {key: [] for key in calls}
        for _ in range(rounds):
            for key, (call, count) in calls.items():
                times[key].append(seconds(call, count))
        t = {key: statistics.median(values) for key, values in times.items()}
        print(
            f"{name:24}{t['ours'] * 1e6:6.0f} µs{t['frozen'] * 1e3:11.1f} ms{t['frozen'] / t['ours']:7.0f}"
            f"{t['scalar'] * 1e3:11.2f} ms{t['scalar'] / t['ours']:7.1f}   {errors}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
