"""Algorithm 1's speed: seed-steps a second, median of several rounds; beside JAX where it is installed.

Networks 1-16-16-1 (tanh; G with its skip), minibatches of 256, k = 1, Adam, the minimax loss, float64, against
N(3, 0.5²). A seed-step is one update of G and k of D for one seed, its draws included; by the clock, and by the seconds
of processor that it took, which other work on the machine does not lengthen. The comparison is plain JAX on
the CPU: the same step under jit, vmap over seeds and scan over steps, compiled beforehand; rounds are interleaved.

Then what measuring a run costs: exact p_g's masses, C(G) and all else that a record holds, in milliseconds a record and
seed, of networks that were trained on a mixture; the oracle's D* for a minibatch; and one gradient of the criterion.

    python benchmarks/training.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.algorithm_1 import Settings, State, advance, discriminator, generator, initial_state
from gantheory.alignment import alignment
from gantheory.densities import as_density
from gantheory.ensemble import Ensemble
from gantheory.oracle import optimal
from gantheory.preimage_masses import cells_of
from gantheory.records import measured
from gantheory.tracking import fixed_edges, logits_of

_LAW, _BATCH = "norm(3, 0.5)", 256
_MIXTURE, _PRIOR = as_density("0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"), as_density("norm(0, 1)")
_SEED_STEPS = 12_800  # in a round
Seconds = tuple[float, float]


def since(start: Seconds, seed_steps: int) -> Seconds:
    """Seconds a seed-step by the clock, and of processor."""
    return (time.perf_counter() - start[0]) / seed_steps, (time.process_time() - start[1]) / seed_steps


def ours(seeds: int, k: int = 1) -> Callable[[], Seconds]:
    """Seconds a seed-step, each time that it is called."""
    state = initial_state(Settings(steps=10**9, k=k, batch=_BATCH), _LAW, seeds=seeds)

    def once() -> Seconds:
        steps = _SEED_STEPS // seeds
        start = time.perf_counter(), time.process_time()
        advance(state, _LAW, until=steps)
        return since(start, steps * seeds)

    return once


def jaxs(seeds: int) -> Callable[[], Seconds] | None:
    """The same of JAX; None where it is missing."""
    try:
        import jax
        from jax import numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)

    def network(p: Any, z: Any) -> Any:
        a = jnp.tanh(jnp.outer(z, p["W1"]) + p["b1"])
        a = jnp.tanh(a @ p["W2"] + p["b2"])
        return a @ p["W3"] + p["b3"] + p["c"] * z

    def random(key: Any) -> Any:
        one, two, three = jax.random.split(key, 3)
        W2 = jax.random.normal(two, (16, 16)) / 4
        W1, W3 = jax.random.normal(one, (16,)), jax.random.normal(three, (16,)) / 4
        return {"W1": W1, "b1": W1, "W2": W2, "b2": W1, "W3": W3, "b3": jnp.zeros(()), "c": jnp.zeros(())}

    def adam(p: Any, g: Any, m: Any, v: Any, t: Any, rate: float) -> Any:
        m = jax.tree.map(lambda m, g: 0.5 * m + 0.5 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, v, g)
        size = rate / (1 - 0.5**t)
        p = jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v / (1 - 0.99**t)) + 1e-8), p, m, v)
        return p, m, v

    def loss_of_D(D: Any, G: Any, x: Any, z: Any) -> Any:
        return jnp.mean(jax.nn.softplus(-network(D, x))) + jnp.mean(jax.nn.softplus(network(D, network(G, z))))

    def loss_of_G(G: Any, D: Any, z: Any) -> Any:
        return -jnp.mean(jax.nn.softplus(network(D, network(G, z))))

    def step(state: Any, _: Any) -> Any:
        G, D, m_G, v_G, m_D, v_D, t, key = state
        key, one, two, three = jax.random.split(key, 4)
        x, z, new_z = (jax.random.normal(of, (_BATCH,)) for of in (one, two, three))
        D, m_D, v_D = adam(D, jax.grad(loss_of_D)(D, G, 2 * x, z), m_D, v_D, t, 7e-3)
        G, m_G, v_G = adam(G, jax.grad(loss_of_G)(G, D, new_z), m_G, v_G, t, 2e-3)
        return (G, D, m_G, v_G, m_D, v_D, t + 1.0, key), None

    steps = _SEED_STEPS // seeds
    run = jax.jit(jax.vmap(lambda state: jax.lax.scan(step, state, None, length=steps)[0]))

    def beginning(key: Any) -> Any:
        G, D = random(key), random(jax.random.fold_in(key, 1))
        zero_G, zero_D = jax.tree.map(jnp.zeros_like, G), jax.tree.map(jnp.zeros_like, D)
        return G, D, zero_G, zero_G, zero_D, zero_D, jnp.ones(()), key

    states = jax.vmap(beginning)(jax.random.split(jax.random.key(0), seeds))
    jax.block_until_ready(run(states))  # compiled

    def once() -> Seconds:
        start = time.perf_counter(), time.process_time()
        jax.block_until_ready(run(states))
        return since(start, steps * seeds)

    return once


def records(state: State) -> Callable[[], Seconds]:
    """Seconds a seed for one record, everything that `train` measures included."""
    edges = fixed_edges(_MIXTURE)

    def once() -> Seconds:
        start = time.perf_counter(), time.process_time()
        laws = Ensemble(generator(state), _PRIOR)
        measured(_MIXTURE, laws, logits_of(discriminator(state)))
        cells_of(laws, edges)
        return since(start, len(state))

    return once


def oracles(state: State) -> Callable[[], Seconds]:
    """Seconds a seed for D* and its slope at a minibatch."""
    G, D_star = generator(state), optimal(_MIXTURE, _PRIOR)
    x = G(np.random.default_rng(0).normal(size=_BATCH))

    def once() -> Seconds:
        start = time.perf_counter(), time.process_time()
        D_star(G, x)
        return since(start, len(state))

    return once


def alignments(state: State) -> Callable[[], Seconds]:
    """Seconds a seed for the gradient of the criterion, and the angle of a step with it."""
    after = advance(state, _MIXTURE, until=state.step + 1)

    def once() -> Seconds:
        start = time.perf_counter(), time.process_time()
        alignment(_MIXTURE, _PRIOR, state, after)
        return since(start, len(state))

    return once


def measuring(rounds: int) -> None:
    print(f"\nmilliseconds a seed, medians of {rounds} rounds")
    print("                                  by the clock   best   of processor")
    for activation, seeds in (("tanh", 1), ("tanh", 16), ("tanh", 64), ("relu", 2)):
        settings = Settings(steps=400, k=2, activation=activation)
        state = advance(initial_state(settings, _MIXTURE, seeds=seeds), _MIXTURE, until=300)
        kinds = {"a record": records, "the oracle's D*": oracles}
        if seeds == 1:
            kinds["the angle with grad C"] = alignments
        for name, kind in kinds.items():
            once = kind(state)
            once()
            clock, processor = zip(*(once() for _ in range(rounds)), strict=True)
            figures = statistics.median(clock), min(clock), statistics.median(processor)
            row = "".join(f"{1e3 * seconds:9.2f}" for seconds in figures)
            print(f"{activation}, {seeds:2} seeds  {name:21}{row}", flush=True)


def main(rounds: int) -> None:
    print(f"seed-steps, medians of {rounds} interleaved rounds of {_SEED_STEPS:,}")
    print("                              a second   best   a processor second")
    for seeds in (1, 16, 64):
        runs = {"gantheory": ours(seeds), "gantheory, k = 5": ours(seeds, 5), "jax": jaxs(seeds)}
        timed: dict[str, list[Seconds]] = {name: [] for name, once in runs.items() if once}
        for _ in range(rounds):
            for name in timed:
                timed[name].append(runs[name]())  # type: ignore[misc]
        for name, seconds in timed.items():
            clock, processor = zip(*seconds, strict=True)
            rates = 1 / statistics.median(clock), 1 / min(clock), 1 / statistics.median(processor)
            print(f"{seeds:4} seeds  {name:18}" + "".join(f"{rate:9,.0f}" for rate in rates), flush=True)
        if "jax" not in timed:
            print(f"{seeds:4} seeds  jax is not installed")
    measuring(rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
