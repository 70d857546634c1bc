r"""Algorithm 1, run and tracked: networks trained on minibatches, and what they made of p_g measured exactly.

.. math:: \theta_D \leftarrow \theta_D + h\,\nabla\,\tfrac1m\sum\log D(x_i) + \log(1 - D(G(z_i)))
          \quad (k\text{ times}), \qquad \theta_G \leftarrow \theta_G - h\,\nabla\,\tfrac1m\sum \log(1 - D(G(z_i)))

At recorded steps the run is measured (`gantheory.tracking`). A checkpoint, written at every record, holds all that the
rest of a run depends on: taken up again after a Ctrl-C or a kill, it ends in the same bytes as an undisturbed run.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.algorithm_1 import Settings, State, discriminator, generator, initial_state, states
from gantheory.archive import load_arrays, save_arrays
from gantheory.checkpoint import load_checkpoint, save_checkpoint
from gantheory.densities.conversion import as_density
from gantheory.ensemble import Ensemble
from gantheory.errors import CheckpointError, DomainError
from gantheory.estimate import Estimate
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.pushforward import Pushforward
from gantheory.ratio import log_ratio_at
from gantheory.score import score_at
from gantheory.tracking import Measured, fixed_edges, logits_of, measured, trajectory_of
from gantheory.trajectory import Trajectory

__all__ = ["Settings", "optimal", "train"]

Array = Any
_KIND = "records"
Record = tuple[int, Measured, Any]


def train(
    p_data: Any,
    prior: Any = "norm(0, 1)",
    *,
    seeds: int | Sequence[int] = 16,
    steps: int = 2000,
    k: int = 5,
    batch: int = 256,
    loss: str = "minimax",
    hidden: Sequence[int] = (16, 16),
    optimizer: str = "adam",
    rng: Any = 0,
    records: int | Sequence[int] = 50,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    oracle: bool = False,
    **settings: Any,
) -> Trajectory:
    r"""Train G against D by Algorithm 1 for an ensemble of seeds, and track p_g, C(G) and the optimality of D.

    Parameters
    ----------
    p_data, prior : Density or anything `as_density` accepts
        The law of the data, and that of z.
    seeds : int or sequence of int
        How many, or which: seed 5 is the same alone and among a thousand.
    steps : int
        Of G.
    k : int
        Steps of D for one of G.
    batch : int
        m, draws in a minibatch.
    loss : {"minimax", "non-saturating"}
        Of G.
    hidden : sequence of int
        Widths of the hidden layers; G has a linear skip, so that its range is the line.
    optimizer : {"adam", "sgd"}
    rng : numpy.random.Generator, int or None
    records : int or sequence of int
        How many records after the first one, evenly spaced, or at which steps.
    checkpoint : path, optional
        Where the state is written at every record; a file of this run is taken up, another run's is refused.
    progress : bool, optional
        Whether to show JSD and gap on stderr; on a terminal or in a notebook if not given.
    oracle : bool, default False
        D* of the exact p_g in D's place. It costs some milliseconds a step and seed. Where G folds, the pole of p_g
        makes the minibatch gradient infinite in mean: ``settings["folds"]`` says on how many records it did.
    **settings
        Further fields of `gantheory.algorithm_1.Settings`: rate, discriminator_rate, constant, betas, momentum, order,
        discriminator_hidden, activation, gain.

    Returns
    -------
    Trajectory
        criterion, excess = 2·JSD, total_variation, coverage, price, kappa and its bound, and, but for an oracle's run,
        value, gap = V(G, D*) − V(G, D) and discriminator_error, each of shape (records, seeds); p_g as cell masses.

    Raises
    ------
    DomainError
        If a setting is impossible, before anything runs.
    CheckpointError
        If the file at `checkpoint` is corrupt, truncated, foreign or another run's. It is left as it is.

    Notes
    -----
    A seed whose weights are no numbers any more, or explode, stops at its last good state, and the others go on:
    ``trajectory.stopped`` says why. Same seed, same bytes, on one machine and one numpy.

    Examples
    --------
    >>> run = train("norm(3, 0.5)", seeds=2, steps=300, records=3, rng=0)
    >>> run.steps.tolist(), run.excess.shape
    ([0, 100, 200, 300], (4, 2))
    >>> bool((run.excess.value[-1] < run.excess.value[0]).all())
    True
    """
    p_data, prior = as_density(p_data), as_density(prior)
    asked = Settings(
        steps=steps, k=k, batch=batch, loss=loss, hidden=tuple(hidden), optimizer=optimizer, **settings
    )  # fmt: skip
    at = _recorded(records, asked.steps)
    identity = {"p_data": str(p_data), "prior": str(prior), "rng": repr(rng), "records": repr(at), "D": str(oracle)}
    run = _Run(p_data, prior, at, identity, checkpoint, oracle)
    start = run.begin(asked, seeds, rng)
    for state in _shown(run.go(start), progress, run):
        run.keep(state)
    return run.trajectory()


def _recorded(records: Any, steps: int) -> list[int]:
    """Steps to record, from 0 to the last."""
    if np.ndim(records) == 0:
        if not isinstance(records, (int, np.integer)) or records is True or records < 1:
            raise DomainError(f"records is {records!r}; it must be 1 or more, or the steps themselves.")
        return sorted({round(steps * i / min(records, steps)) for i in range(min(records, steps) + 1)})
    try:
        found = sorted({int(step) for step in records})
    except (TypeError, ValueError):
        raise DomainError(f"records is {records!r}; it must be a number of records, or the steps themselves.") from None
    if not found or found[0] < 0 or found[-1] > steps:
        raise DomainError(f"records is {records!r}; they must be steps between 0 and {steps}.")
    return sorted({*found, 0, steps})


class _Run:
    """One run: its records, and its checkpoint where it has one."""

    def __init__(
        self, p_data: Any, prior: Any, at: list[int], identity: dict[str, str], checkpoint: Any, oracle: bool
    ) -> None:
        self.p_data, self.prior, self.at, self.identity = p_data, prior, at, identity
        self.path = None if checkpoint is None else Path(checkpoint)
        self.edges = fixed_edges(p_data)
        self.records: list[Record] = []
        self.folds = 0
        self.oracle = optimal(p_data, prior) if oracle else None
        self.state: State | None = None

    def begin(self, settings: Settings, seeds: Any, rng: Any) -> State:
        """A new state, or that of the checkpoint with the records up to it."""
        fresh = initial_state(settings, self.p_data, self.prior, seeds=seeds, rng=rng)
        self.identity["seeds"] = repr(list(fresh.seeds))
        if self.path is None or not self.path.exists():
            return fresh
        state = load_checkpoint(self.path, settings, self.identity)
        self.records = _loaded(self._beside, state.step, self.at)
        self.state = state
        return state

    @property
    def _beside(self) -> Path:
        """The file of the records, next to that of the state."""
        assert self.path is not None
        return self.path.with_name(self.path.name + ".records")

    def go(self, state: State) -> Iterator[State]:
        done = {step for step, _, _ in self.records}
        left = [step for step in self.at if step >= state.step and step not in done]
        return states(state, self.p_data, self.prior, at=left, oracle=self.oracle)

    def keep(self, state: State) -> None:
        """Measure a state, and write both files: first the records, of which only those up to the state are read."""
        G = generator(state)
        laws = Ensemble(G, self.prior)
        found = measured(self.p_data, laws, None if self.oracle else logits_of(discriminator(state)))
        self.records.append((state.step, found, np.diff(laws.cdf(self.edges), axis=1)))
        self.state = state
        if self.path is not None:
            _save(self._beside, self.records)
            save_checkpoint(self.path, state, self.identity)

    def trajectory(self) -> Trajectory:
        state = self.state
        assert state is not None
        told = {key: list(v) if isinstance(v, tuple) else v for key, v in state.settings.as_dict().items()}
        told |= {"run": "train", "prior": str(self.prior), "entropy": str(state.entropy), "oracle": bool(self.oracle)}
        if self.oracle is not None:
            told["folds"] = self.oracle.folded
        return trajectory_of(self.p_data, self.edges, self.records, told, state.stopped)


# -- the records on disk ----------------------------------------


def _save(path: Path, records: Sequence[Record]) -> None:
    names = list(records[0][1])
    arrays = {
        "names": np.array(json.dumps(names)),
        "steps": np.array([step for step, _, _ in records]),
        "cells": np.stack([cells for _, _, cells in records]),
    }
    for part in ("value", "error"):
        arrays[part] = np.stack([[np.asarray(getattr(one[name], part)) for name in names] for _, one, _ in records])
    save_arrays(path, arrays, _KIND)


def _loaded(path: Path, step: int, at: Sequence[int]) -> list[Record]:
    """The records up to a step; they must be there, for the state is of a later moment than any of them."""
    try:
        arrays = load_arrays(path, _KIND)
        names = json.loads(str(arrays["names"]))
        found: list[Record] = [
            (int(s), {name: Estimate(v, e, "estimate") for name, v, e in zip(names, value, error, strict=True)}, cells)
            for s, value, error, cells in zip(
                arrays["steps"], arrays["value"], arrays["error"], arrays["cells"], strict=True
            )
            if s <= step
        ]
    except FileNotFoundError:
        raise CheckpointError(
            f"{path} is missing, the records of the run beside it. Remove both, and begin anew."
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} holds no records of a run ({error}). Remove both files, and begin anew."
        ) from error
    if [s for s, _, _ in found] != [s for s in at if s <= step]:
        raise CheckpointError(f"{path} lacks records up to step {step}. Remove both files, and begin anew.")
    return found


# -- D at its optimum ----------------------------------------


class optimal:  # noqa: N801
    """D* of the exact p_g as a discriminator for each generator: its logit and the logit's slope at given x."""

    def __init__(self, p_data: Any, prior: Any) -> None:
        self.p_data, self.prior, self.folded = p_data, prior, 0

    def __call__(self, G: MLP, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logit, slope = np.empty_like(x), np.empty_like(x)
        for i in range(len(x)):
            p_g, points = Pushforward(G[i], self.prior), Points.at(x[i])
            self.folded += bool(len(p_g.critical_points))
            with np.errstate(all="ignore"):
                logit[i] = log_ratio_at(self.p_data, p_g)(points)[0]
                slope[i] = score_at(self.p_data, points) - score_at(p_g, points)
        return logit, np.where(np.isfinite(slope), slope, 0.0)


# -- progress ----------------------------------------


def _shown(run: Iterator[State], progress: bool | None, of: _Run) -> Iterator[State]:
    """The states of a run, with a bar on stderr that says how far p_g and D are."""
    from tqdm import tqdm

    hidden = None if progress is None else not progress
    total = of.at[-1]
    with tqdm(total=total, disable=hidden, file=sys.stderr, unit="step", leave=False, dynamic_ncols=True) as bar:
        for state in run:
            yield state  # kept by the caller before it asks for the next one
            bar.update(state.step - bar.n)
            bar.set_postfix_str(_in_short(of.records[-1][1]))


def _in_short(found: Measured) -> str:
    excess = np.asarray(found["excess"].value)
    told = f"2·JSD {np.median(excess):.2g} (worst {excess.max():.2g})"
    return told + (f", gap {np.median(np.asarray(found['gap'].value)):.2g}" if "gap" in found else "")
