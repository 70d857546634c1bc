"""The steps of Algorithm 1 for a block of seeds: minibatches, k updates of D, one of G, and what goes wrong.

A seed's draws come from a stream of its own, a function of the run's entropy, the seed's index and the step, made for a
fixed number of steps at a time. What a seed comes to depends neither on the seeds beside it nor on where a run was
halted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.optimizers import learning_rate
from gantheory.players import Player, Players, Workspace
from gantheory.training_settings import Settings

__all__ = ["SPREAD", "Block", "Frames", "Oracle", "stream"]

Array = Any
Oracle = Callable[[MLP, np.ndarray], tuple[Array, Array]]

SPREAD = 2.0  # sd of p_data in the networks' coordinates: at 1 the bumps of a mixture are too fine for tanh
_CHUNK = 16  # steps whose draws are made at once: part of what a stream is
_LARGEST = 1e6  # no parameter of a network that trains comes near it
_DRAWS, _FURTHER_DRAWS = 1, 2  # a stream's purpose; 0 is the initial weights


def stream(entropy: int, seed: int, *purpose: int) -> np.random.Generator:
    """A seed's own random numbers for a purpose: those of a spawned SeedSequence."""
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(seed, *purpose)))


@dataclass(frozen=True)
class Frames:
    """Centre and scale of p_data and of the prior, which the networks' coordinates are made with."""

    data: tuple[float, float]
    latent: tuple[float, float]

    def generator(self, network: MLP) -> MLP:
        """From z to x."""
        centre, scale = self.data
        return network.rescaled(inner=self.latent, outer=(centre, scale / SPREAD))

    def discriminator(self, network: MLP) -> MLP:
        """The logit as a function of x."""
        centre, scale = self.data
        return network.rescaled(inner=(centre, scale / SPREAD))


class Block:
    """Some seeds of a run, trained together by one thread.

    Parameters
    ----------
    settings : Settings
    seeds : sequence of int
        Their indices.
    entropy : int
    players : (ndarray, ndarray)
        Parameters of G and D, (seeds, size).
    moments : (ndarray, ndarray)
        The optimiser's, (seeds, moments, size).
    step : int
        Where they stand.
    stopped : sequence of str or None
    frames : Frames
    laws : (Density, Density)
        p_data and the prior.
    oracle : Oracle or None
    halt : threading.Event
        Set when the run is broken off.
    """

    def __init__(
        self,
        settings: Settings,
        seeds: Sequence[int],
        entropy: int,
        players: tuple[np.ndarray, np.ndarray],
        moments: tuple[np.ndarray, np.ndarray],
        *,
        step: int,
        stopped: Sequence[str | None],
        frames: Frames,
        laws: tuple[Any, Any],
        oracle: Oracle | None,
        halt: threading.Event,
    ) -> None:
        self.settings, self.seeds, self.entropy, self.step = settings, tuple(seeds), entropy, step
        self.stopped, self._rule = list(stopped), settings.rule
        self._frames, self._laws, self._oracle, self._halt = frames, laws, oracle, halt
        n = len(self.seeds)
        pieces = [array.reshape(n, -1) for array in (*players, *moments)]
        ends = np.cumsum([0, *(piece.shape[1] for piece in pieces)])
        # one row a seed holds all that changes, so that the last good state is one copy away
        self._memory = np.concatenate(pieces, axis=1)
        self._kept = self._memory.copy()
        self.G, self.D, *moments_of = (self._memory[:, a:b] for a, b in pairwise(ends))
        self.moments = tuple(part.reshape(moment.shape) for part, moment in zip(moments_of, moments, strict=True))
        self._parameters = self._memory[:, : ends[2]]
        self._first = -1  # the step that the draws at hand begin with

    def __len__(self) -> int:
        return len(self.seeds)

    def run(self, until: int, workspace: Workspace) -> None:
        """Step by step, to `until` or to a halt."""
        players = self._players(workspace)
        with np.errstate(all="ignore"):  # what overflows stops its seed, with a reason
            while self.step < until and not self._halt.is_set() and not all(self.stopped):
                np.copyto(self._kept, self._memory)
                self._take(self.step, players)
                self.step += 1
                self._stop_what_went_wrong()

    def ascend(self, j: int, count: int, workspace: Workspace) -> None:
        """One update of D alone, number j = 0, 1, … of this step of G's, and number `count` of all of D's.

        The k updates of a step followed by `descend` are that step. Those beyond have draws of their own.
        """
        with self._one_update():
            players, (x, z) = self._players(workspace), self._draws(self.step)
            players.differentiate_D(*((x[j], z[j]) if j < self.settings.k else self._further_draws(j)))
            self._update(players.D, 1, count)

    def descend(self, workspace: Workspace) -> None:
        """The update of G that ends a step."""
        with self._one_update():
            players = self._players(workspace)
            players.differentiate_G(self._draws(self.step)[1][-1])
            self._update(players.G, 0, self.step + 1)
            self.step += 1

    @contextmanager
    def _one_update(self) -> Iterator[None]:
        with np.errstate(all="ignore"):
            np.copyto(self._kept, self._memory)
            yield
            self._stop_what_went_wrong()

    def _players(self, workspace: Workspace) -> Players:
        settings = self.settings
        return Players(settings.layouts, self.G, self.D, settings.batch, settings.loss, workspace)

    # -- Algorithm 1 ----------------------------------------

    def _take(self, step: int, players: Players) -> None:
        """k updates of D and one of G."""
        settings, (x, z) = self.settings, self._draws(step)
        oracle = self._in_own_coordinates if self._oracle else None
        simultaneous = settings.order == "simultaneous" and oracle is None
        for j in range(settings.k if oracle is None else 0):
            players.differentiate_D(x[j], z[j])
            if simultaneous and j == settings.k - 1:
                players.differentiate_G(z[-1])
            self._update(players.D, 1, settings.k * step + j + 1)
        if not simultaneous:
            players.differentiate_G(z[-1], oracle)
        self._update(players.G, 0, step + 1)

    def _update(self, player: Player, which: int, count: int) -> None:
        """Of G (0) or D (1), each with its own count of updates, which Adam asks for."""
        settings = self.settings
        rate = learning_rate(settings.rates[which], self.step, settings.steps, settings.constant)
        self._rule.update(player.parameters, player.slopes, self.moments[which], rate=rate, count=count)

    def _in_own_coordinates(self, fake: np.ndarray) -> tuple[Array, Array]:
        """The oracle, which speaks of x: its logit, and the derivative in the networks' coordinate."""
        centre, scale = self._frames.data[0], self._frames.data[1] / SPREAD
        network = self._frames.generator(self.settings.layouts[0].network(self.G))
        found = [np.asarray(part, dtype=float) for part in self._oracle(network, centre + scale * fake)]  # type: ignore[misc]
        shapes = [part.shape for part in found]
        if shapes != [fake.shape] * 2:
            raise DomainError(
                f"oracle gave arrays of shapes {shapes}; it must give a logit and its derivative at each x, two arrays "
                f"of shape {fake.shape}."
            )
        return found[0], scale * found[1]

    # -- draws ----------------------------------------

    def _draws(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Minibatches of a step in the networks' coordinates: x (k, seeds, m) and z (k + 1, seeds, m)."""
        first = step - step % _CHUNK
        if first != self._first:
            self._first, s = first, self.settings
            self._z = np.empty((_CHUNK, s.k + 1, len(self.seeds), s.batch))
            self._x = np.empty((_CHUNK, s.k, len(self.seeds), s.batch)) if self._oracle is None else self._z
            for i, seed in enumerate(self.seeds):
                rng = stream(self.entropy, seed, _DRAWS, first // _CHUNK)
                self._z[:, :, i] = self._laws[1].sample((_CHUNK, s.k + 1, s.batch), rng=rng)
                if self._oracle is None:
                    self._x[:, :, i] = self._laws[0].sample((_CHUNK, s.k, s.batch), rng=rng)
            _standardize(self._z, self._frames.latent, 1.0)
            if self._oracle is None:
                _standardize(self._x, self._frames.data, SPREAD)
        return self._x[step - first], self._z[step - first]

    def _further_draws(self, j: int) -> tuple[np.ndarray, np.ndarray]:
        """A minibatch for an update of D beyond the k of its step: x and z, (seeds, m)."""
        found = []
        for law, frame, spread in zip(self._laws, (self._frames.data, self._frames.latent), (SPREAD, 1.0), strict=True):
            purpose = (_FURTHER_DRAWS, self.step, j, len(found))
            draws = [
                law.sample((self.settings.batch,), rng=stream(self.entropy, seed, *purpose)) for seed in self.seeds
            ]
            found.append(np.array(draws, dtype=float))
            _standardize(found[-1], frame, spread)
        return found[0], found[1]

    # -- what goes wrong ----------------------------------------

    def _stop_what_went_wrong(self) -> None:
        """Seeds whose numbers left the floats, or the sizes of a network that trains, go back and stay."""
        size = np.abs(self._parameters).max(axis=1)
        good = (size <= _LARGEST) & np.isfinite(self._memory.sum(axis=1))
        if good.all() and not any(self.stopped):
            return
        for i in np.flatnonzero(~good):
            if self.stopped[i] is None:
                self.stopped[i] = f"step {self.step}: {self._what(int(i))}"
        for i, reason in enumerate(self.stopped):
            if reason:
                self._memory[i] = self._kept[i]

    def _what(self, i: int) -> str:
        for name, parameters in (("D", self.D[i]), ("G", self.G[i])):
            if not np.isfinite(parameters).all():
                return f"a parameter of {name} is {parameters[~np.isfinite(parameters)][0]}"
            if np.abs(parameters).max() > _LARGEST:
                return f"a parameter of {name} is {parameters[np.abs(parameters).argmax()]:.3g}"
        return "a moment of the optimiser is not finite"


def _standardize(draws: np.ndarray, frame: tuple[float, float], spread: float) -> None:
    draws -= frame[0]
    draws *= spread / frame[1]
