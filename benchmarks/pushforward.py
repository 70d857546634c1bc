"""The law of a network, exactly, against a kernel estimate of its samples: time and error, interleaved in one run.

One tanh network 1-16-16-1 of a normal z: the masses of 4,000 cells and the density at their ends, by `Pushforward`; and
`scipy.stats.gaussian_kde` on 100,000 samples at the same points. Errors are of the cells' masses, summed: of the kernel
estimate from the exact masses; of those from the masses by `Ensemble`, which finds its preimages by other means.

    python benchmarks/pushforward.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from scipy import stats

from gantheory import Ensemble, Pushforward, criterion
from gantheory.mlp import MLP

_POINTS, _SAMPLES = 4001, 100_000


def timed(action: object) -> tuple[float, object]:
    start = time.perf_counter()
    found = action()  # type: ignore[operator]
    return time.perf_counter() - start, found


def main(rounds: int) -> None:
    networks = MLP.random(ensemble=64, rng=0)
    exact, kernel = [], []
    worst_mass, worst_kernel = 0.0, 0.0
    for k in range(rounds):
        law = Pushforward(networks[k % 8])  # a new one: what an earlier round left behind must not help
        x = np.linspace(*law.ppf(np.array([0.001, 0.999])), _POINTS)
        samples = law.sample(_SAMPLES, rng=k)
        took, (masses, _) = timed(lambda law=law, x=x: (np.diff(law.cdf(x)), law.pdf(x)))
        exact.append(took)
        took, density = timed(lambda x=x, samples=samples: stats.gaussian_kde(samples)(x))
        kernel.append(took)
        other = np.diff(Ensemble([networks[k % 8]]).cdf(x)[0])
        worst_mass = max(worst_mass, float(np.abs(masses - other).sum()))
        middle = 0.5 * (density[1:] + density[:-1]) * np.diff(x)
        worst_kernel = max(worst_kernel, float(np.abs(middle - masses).sum()))
    print(f"medians of {rounds} interleaved rounds, {_POINTS} points, {_SAMPLES} samples for the kernel estimate")
    ours, theirs = statistics.median(exact), statistics.median(kernel)
    print(f"masses and pdf of the law   {1e3 * ours:8.1f} ms   error of the masses {worst_mass:.1e}")
    print(f"gaussian_kde                {1e3 * theirs:8.1f} ms   error of the masses {worst_kernel:.1e}")
    print(f"ratio of times {theirs / ours:.0f}, of errors {worst_kernel / worst_mass:.0e}")
    together, single = [], []
    for _ in range(max(3, rounds // 5)):
        took, values = timed(lambda: criterion("norm(0, 1)", Ensemble(networks)))
        together.append(took)
        took, _ = timed(lambda: [criterion("norm(0, 1)", Pushforward(networks[i])) for i in range(64)])
        single.append(took)
    ours, theirs = statistics.median(together), statistics.median(single)
    print(f"C(G) of 64 networks in one sweep: {ours:.2f} s, largest error {values.error.max():.0e}")  # type: ignore[attr-defined]
    print(f"one after the other: {theirs:.2f} s, a ratio of {theirs / ours:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
