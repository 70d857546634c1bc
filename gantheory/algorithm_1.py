r"""Algorithm 1 of Goodfellow et al. (2014), on an ensemble of seeds: minibatches, k steps of D, one step of G.

For each step, k times: m draws of p_data, m of the prior, and D ascends

.. math:: \frac1m \sum_i \log D(x_i) + \log(1 - D(G(z_i)));

then m new draws of the prior, and G descends

.. math:: \frac1m \sum_i \log(1 - D(G(z_i))) \quad\text{(minimax)} \qquad\text{or}\qquad
          -\frac1m \sum_i \log D(G(z_i)) \quad\text{(non-saturating)}.

Both networks live in standardised coordinates: y = 2(x − c)/s, in which p_data has mean 0 and sd 2, and z less its mean
over its sd. `generator` and `discriminator` give them back as networks of z and of x.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1 and section 3.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np

from gantheory.backpropagation import Layout
from gantheory.densities.conversion import as_density
from gantheory.densities.protocol import random_generator
from gantheory.errors import DomainError
from gantheory.minibatches import Block, Frames, Oracle, stream
from gantheory.mlp import MLP
from gantheory.players import Workspace
from gantheory.standardization import centre_and_scale
from gantheory.training_settings import Settings, count, is_int

__all__ = [
    "Oracle",
    "Settings",
    "State",
    "advance",
    "discriminator",
    "generator",
    "initial_state",
    "played",
    "states",
]

_SEEDS_AT_ONCE = 8  # in one block, so that their activations stay in cache
_WEIGHTS = 0  # a stream's purpose


@dataclass(frozen=True, eq=False)
class State:
    """Where a run is: all that the rest of it depends on, but for p_data and the prior.

    There are no generators' states among it: a seed's random numbers are a function of `entropy`, its index and the
    step.

    Attributes
    ----------
    settings : Settings
    step : int
        How many steps G has taken.
    seeds : tuple of int
        Indices of the seeds.
    entropy : int
        That of the run.
    G, D : ndarray (seeds, size)
        Parameters in the networks' own coordinates, in the order of a `Layout`.
    G_moments, D_moments : ndarray (seeds, moments, size)
        The optimiser's.
    frames : Frames
        Centre and scale of p_data and of the prior.
    stopped : tuple of str or None
        Why a seed was stopped and at which step, and None where it was not. What is kept of it is its last good state.
    """

    settings: Settings
    step: int
    seeds: tuple[int, ...]
    entropy: int
    G: np.ndarray
    D: np.ndarray
    G_moments: np.ndarray
    D_moments: np.ndarray
    frames: Frames
    stopped: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.seeds)


def initial_state(
    settings: Settings, p_data: Any, prior: Any = "norm(0, 1)", *, seeds: int | Sequence[int] = 16, rng: Any = 0
) -> State:
    """Random networks, before the first step.

    Parameters
    ----------
    settings : Settings
    p_data, prior : Density or anything `as_density` accepts
    seeds : int or sequence of int
        How many; or which. Seed 5 is the same alone and among a thousand.
    rng : numpy.random.Generator, int or None
        Where the run's entropy comes from.

    Raises
    ------
    DomainError
        If a law is none, or `seeds` or `rng` is not what it must be.

    Examples
    --------
    >>> state = initial_state(Settings(steps=20), "norm(3, 0.5)", seeds=4)
    >>> state = advance(state, "norm(3, 0.5)", until=20)
    >>> str(generator(state)), state.step, state.stopped
    ('4 of MLP(1-16-16-1, tanh)', 20, (None, None, None, None))
    """
    indices, entropy = _indices(seeds), _entropy(rng)
    frames = Frames(centre_and_scale(p_data), centre_and_scale(prior))
    layouts = settings.layouts
    G, D = (np.empty((len(indices), layout.size)) for layout in layouts)
    for i, seed in enumerate(indices):
        rng = stream(entropy, seed, _WEIGHTS)
        for rows, layout in zip((G, D), layouts, strict=True):
            rows[i] = layout.row(_random_network(layout, settings.gain, rng))
    G_moments, D_moments = (np.zeros((len(indices), settings.rule.moments, layout.size)) for layout in layouts)
    return State(settings, 0, indices, entropy, G, D, G_moments, D_moments, frames, (None,) * len(indices))


def _random_network(layout: Layout, gain: float, rng: np.random.Generator) -> MLP:
    return MLP.random(layout.hidden, gain=gain, skip=float(layout.skip), activation=layout.activation, rng=rng)


def _indices(seeds: Any) -> tuple[int, ...]:
    seeds = seeds.tolist() if isinstance(seeds, np.ndarray) else seeds
    if not isinstance(seeds, Sequence):
        return tuple(range(count("seeds", seeds, "how many, or a sequence of their indices")))
    if not seeds or not all(is_int(seed) and seed >= 0 for seed in seeds) or len(set(seeds)) < len(seeds):
        raise DomainError(f"seeds is {seeds!r}; it must be a number, or a sequence of distinct indices 0, 1, ….")
    return tuple(int(seed) for seed in seeds)


def _entropy(rng: Any) -> int:
    """The run's own, from what a caller may give."""
    if is_int(rng) and rng >= 0:
        return int(rng)
    words = random_generator(rng).integers(0, 2**32, size=4, dtype=np.uint32)
    return int.from_bytes(words.astype("<u4").tobytes(), "little")


def generator(state: State) -> MLP:
    """The generators, as an ensemble of networks from z to x."""
    return state.frames.generator(state.settings.layouts[0].network(state.G))


def discriminator(state: State) -> MLP:
    """The discriminators' logits, as an ensemble of networks of x."""
    return state.frames.discriminator(state.settings.layouts[1].network(state.D))


def advance(
    state: State,
    p_data: Any,
    prior: Any = "norm(0, 1)",
    *,
    until: int,
    oracle: Oracle | None = None,
    threads: int | None = None,
) -> State:
    """The state after step `until`; arguments as in `states`."""
    (found,) = states(state, p_data, prior, at=[until], oracle=oracle, threads=threads)
    return found


def played(
    state: State, p_data: Any, prior: Any, turns: str, *, since: int = 0, updates: int | None = None
) -> State:  # fmt: skip
    """The state after some updates of one network at a time, in any order.

    Parameters
    ----------
    state : State
    p_data, prior : Density or anything `as_density` accepts
        The laws that `initial_state` was given.
    turns : str
        Whose they are: ``"DDG"``. G's turn ends a step. k turns of D and one of G are a step of Algorithm 1, to the
        bit; D's turns beyond k have draws of their own.
    since : int, default 0
        Turns that D has had since G's last one.
    updates : int, optional
        Turns that D has had in all; k a step, if not given.

    Raises
    ------
    DomainError
        If a turn is neither D's nor G's, or the order is "simultaneous", where neither plays alone.

    Examples
    --------
    >>> start = initial_state(Settings(steps=40, k=2), "expon", seeds=1)
    >>> by_hand = played(start, "expon", "norm(0, 1)", "DDGDDG")
    >>> bool((by_hand.G == advance(start, "expon", until=2).G).all())
    True
    """
    if not set(turns) <= {"D", "G"}:
        raise DomainError(f"turns is {turns!r}; it must be a text of D and G, such as 'DDDDDG'.")
    if state.settings.order != "alternating":
        raise DomainError(f"order is {state.settings.order!r}; turns are taken in the order 'alternating'.")
    block = _block(state, slice(None), (as_density(p_data), as_density(prior)), None, threading.Event())
    workspace = Workspace(state.settings.layouts, len(block), state.settings.batch)
    count = state.settings.k * state.step + since if updates is None else updates
    for turn in turns:
        if all(block.stopped):
            break
        if turn == "D":
            count += 1
            block.ascend(since, count, workspace)
        else:
            block.descend(workspace)
        since = since + 1 if turn == "D" else 0
    return _collected(state, [block], block.step)


def states(
    state: State,
    p_data: Any,
    prior: Any = "norm(0, 1)",
    *,
    at: Iterable[int],
    oracle: Oracle | None = None,
    threads: int | None = None,
) -> Iterator[State]:
    """The states of a run after each of the steps `at`, as soon as they are reached.

    Parameters
    ----------
    state : State
        Where to begin. It is not changed.
    p_data, prior : Density or anything `as_density` accepts
        The laws that `initial_state` was given.
    at : iterable of int
        Not decreasing, from ``state.step`` to ``state.settings.steps``.
    oracle : callable, optional
        A discriminator in D's place. ``oracle(G, x)`` is given some of the generators, an ensemble of networks from z
        to x, and their draws x of shape (seeds, m); it gives a logit and its derivative at x, both of that shape. D is
        not trained. Threads call it at the same time, unless ``threads=1``.
    threads : int, optional
        As many as there are processors, if not given. The numbers do not depend on it.

    Raises
    ------
    DomainError
        If a step lies outside the run, or a law is none.

    Examples
    --------
    >>> start = initial_state(Settings(steps=40, k=1), "expon", seeds=2)
    >>> [state.step for state in states(start, "expon", at=range(0, 41, 20))]
    [0, 20, 40]
    """
    from threadpoolctl import threadpool_limits

    laws = as_density(p_data), as_density(prior)
    threads = _processors() if threads is None else count("threads", threads, "how many work at the same time")
    size = min(_SEEDS_AT_ONCE, math.ceil(len(state) / threads))
    halt = threading.Event()
    parts = [slice(start, start + size) for start in range(0, len(state), size)]
    blocks = [_block(state, part, laws, oracle, halt) for part in parts]
    spare: dict[int, list[Workspace]] = {len(block): [] for block in blocks}

    def run(block: Block, until: int) -> None:
        try:  # as many workspaces as there are threads: a thousand seeds need no more memory for them than sixteen
            workspace = spare[len(block)].pop()
        except IndexError:
            workspace = Workspace(state.settings.layouts, len(block), state.settings.batch)
        block.run(until, workspace)
        spare[len(block)].append(workspace)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for until in at:
                _check_within_run(until, state)
                with threadpool_limits(1, user_api="blas"):  # a BLAS with threads of its own fights these
                    list(pool.map(run, blocks, repeat(until)))
                state = _collected(state, blocks, until)
                yield state
        finally:  # after a Ctrl-C, or when the caller has seen enough
            halt.set()


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _block(state: State, part: slice, laws: tuple[Any, Any], oracle: Oracle | None, halt: threading.Event) -> Block:
    return Block(
        state.settings,
        state.seeds[part],
        state.entropy,
        (state.G[part], state.D[part]),
        (state.G_moments[part], state.D_moments[part]),
        step=state.step,
        stopped=state.stopped[part],
        frames=state.frames,
        laws=laws,
        oracle=oracle,
        halt=halt,
    )


def _check_within_run(until: Any, state: State) -> None:
    if not is_int(until) or not state.step <= until <= state.settings.steps:
        raise DomainError(
            f"a state is asked for at step {until!r}; it must be an int between {state.step}, where the run stands, "
            f"and {state.settings.steps}, where it ends: Settings(steps=…) says where."
        )


def _collected(state: State, blocks: list[Block], until: int) -> State:
    """What the blocks have come to, as one state of its own."""
    G, D = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("G", "D"))
    G_moments, D_moments = (np.concatenate([block.moments[i] for block in blocks]) for i in (0, 1))
    stopped = tuple(reason for block in blocks for reason in block.stopped)
    return replace(
        state, step=int(until), G=G, D=D, G_moments=G_moments, D_moments=D_moments, stopped=stopped
    )  # fmt: skip
