r"""Algorithm 1 step by step: whose turn it is, is the player's choice; what came of it is measured exactly.

.. math:: D \text{ ascends } \frac1m \sum_i \log D(x_i) + \log(1 - D(G(z_i))), \quad\text{then}\quad
          G \text{ descends } \frac1m \sum_i \log(1 - D(G(z_i)))

A `Training` is one position, as a `Game` is. k turns of D and one of G are a step of Algorithm 1, and a run of such
steps is that of `gantheory.algorithm_1`, to the bit: rates are constant here, which is ``constant=1`` there.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gantheory.algorithm_1 import State, discriminator, generator, initial_state, played
from gantheory.densities.conversion import as_density
from gantheory.discriminator import Discriminator
from gantheory.ensemble import Ensemble
from gantheory.errors import DomainError
from gantheory.play.by_hand import Score
from gantheory.preimage_masses import cells_of
from gantheory.pushforward import Pushforward
from gantheory.records import measured
from gantheory.tracking import Record, fixed_edges, logits_of, trajectory_of
from gantheory.training_settings import Settings, count, is_int
from gantheory.trajectory import Trajectory

__all__ = ["Training"]

_LAST = 10**9  # step of the run, which has no end of its own
_CHOSEN = ("k", "rate", "discriminator_rate", "loss", "batch")


@dataclass(frozen=True, eq=False)
class Training:
    """One position of a training run: `Training.begin` makes the first, every move the next.

    Attributes
    ----------
    p_data, prior : Density
    state : State
        G, D and their optimisers' moments.
    rng : int
        The run's.
    since : int
        Turns that D has had since G's last one.
    turns_of_D : int
        In all; those of G are ``state.step``.
    records : tuple of Record
        One for each move, at the number of turns that both have had by then.

    Examples
    --------
    >>> training = Training.begin("norm(3, 0.5)", k=3, seed=1)
    >>> training.turn("D").turn("D").turn("D").turn("G").state.step
    1
    >>> training = training.step(60)
    >>> training.state.step, training.turns_of_D
    (60, 180)
    >>> bool(training.score.value <= training.score.criterion)   # never past it
    True
    >>> training.trajectory.steps.tolist()
    [0, 240]
    """

    p_data: Any
    prior: Any
    state: State
    since: int = 0
    turns_of_D: int = 0
    records: tuple[Record, ...] = ()

    @classmethod
    def begin(
        cls, p_data: Any = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", prior: Any = "norm(0, 1)", *, seed: int = 0,
        rng: int = 0, **settings: Any,
    ) -> Training:  # fmt: skip
        """Random networks, before the first turn.

        Parameters
        ----------
        p_data, prior : Density or anything `as_density` accepts
            The law of the data, and that of z.
        seed : int
            Which one of the run's, as in ``train(seeds=[seed])``.
        rng : int
            Where the run's entropy comes from.
        **settings
            Of `gantheory.algorithm_1.Settings`: k, rate, discriminator_rate, loss, batch, hidden, optimizer and others;
            but steps, constant and order, for turns have no end, constant rates and one order.

        Raises
        ------
        ParseError, DomainError
            If a text is no law, or a setting is impossible.
        """
        for name in ("steps", "constant", "order"):
            if name in settings:
                raise DomainError(f"{name} is {settings[name]!r}; it is no setting of a run that is played by turns.")
        chosen = Settings(steps=_LAST, constant=1.0, **_known(settings))
        laws = as_density(p_data), as_density(prior)
        state = initial_state(chosen, *laws, seeds=[_index(seed)], rng=rng)
        return cls(*laws, state)._recorded()

    # -- turns ----------------------------------------

    def turn(self, player: str) -> Training:
        """One turn of ``"D"``, or of ``"G"``, which ends a step."""
        return self._played(player)

    def step(self, steps: int = 1) -> Training:
        """Steps of Algorithm 1: what is left of D's k turns, then G's; measured once, at the end."""
        steps, k = count("steps", steps, "how many steps G takes"), self.state.settings.k
        return self._played("D" * max(k - self.since, 0) + "G" + ("D" * k + "G") * (steps - 1))

    def _played(self, turns: str) -> Training:
        if self.stopped:
            return self
        state = played(self.state, self.p_data, self.prior, turns, since=self.since, updates=self.turns_of_D)
        since = len(turns) - turns.rfind("G") - 1 if "G" in turns else self.since + len(turns)
        of_D = self.turns_of_D + turns.count("D")
        return replace(self, state=state, since=since, turns_of_D=of_D)._recorded()

    def again(self, *, p_data: Any = None, prior: Any = None, seed: int | None = None, rng: Any = None) -> Training:
        """The beginning again, with the settings of now; with other laws, another seed or run where they are given."""
        laws = (
            self.p_data if p_data is None else as_density(p_data),
            self.prior if prior is None else as_density(prior),
        )
        seed = self.state.seeds[0] if seed is None else _index(seed)
        rng = self.state.entropy if rng is None else rng
        return Training(*laws, initial_state(self.state.settings, *laws, seeds=[seed], rng=rng))._recorded()

    def set(self, **settings: Any) -> Training:
        """Other rates, another k, loss or batch, from here on."""
        for name in settings:
            if name not in _CHOSEN:
                raise DomainError(f"{name} cannot be set on the way; {', '.join(_CHOSEN)} can, and begin() takes all.")
        return replace(self, state=replace(self.state, settings=replace(self.state.settings, **settings)))

    # -- what came of it ----------------------------------------

    @property
    def D(self) -> Discriminator:
        return logits_of(discriminator(self.state))[0]

    @property
    def p_g(self) -> Pushforward:
        """The exact law of G(z)."""
        return Pushforward(generator(self.state)[0], self.prior)

    @property
    def score(self) -> Score:
        """V, C, gap and 2·JSD as the last record has them."""
        return _score(self.records[-1])

    @property
    def scores(self) -> list[tuple[int, Score]]:
        """Of every record, with the number of turns."""
        return [(record[0], _score(record)) for record in self.records]

    @property
    def stopped(self) -> str | None:
        """Why the run cannot go on, where a network exploded; what is shown is its last good state."""
        return self.state.stopped[0]

    @property
    def trajectory(self) -> Trajectory:
        """The records as a run, whose steps are the turns of both, to be saved or read."""
        told = {"run": "Training", "prior": str(self.prior)}
        told |= {"seeds": list(self.state.seeds), "entropy": str(self.state.entropy)}
        return trajectory_of(self.p_data, fixed_edges(self.p_data), self.records, told, self.state.stopped)

    def _recorded(self) -> Training:
        laws = Ensemble(generator(self.state), self.prior)
        found = measured(self.p_data, laws, logits_of(discriminator(self.state)))
        record = (self.state.step + self.turns_of_D, found, cells_of(laws, fixed_edges(self.p_data)))
        return replace(self, records=(*self.records, record))


def _index(seed: Any) -> int:
    if not is_int(seed) or seed < 0:
        raise DomainError(f"seed is {seed!r}; it must be an int >= 0, as in train(seeds=[seed]); rng takes entropy.")
    return int(seed)


def _score(record: Record) -> Score:
    found = record[1]
    return Score(found["value"][0], found["criterion"][0], found["gap"][0], found["excess"][0])


def _known(settings: dict[str, Any]) -> dict[str, Any]:
    known = [name for name in Settings.__dataclass_fields__ if name not in ("steps", "constant", "order")]
    for name in settings:
        if name not in known:
            raise DomainError(f"a training has no setting {name!r}; it takes {', '.join(known)}.")
    return settings
