r"""Algorithm 1, run and tracked: networks trained on minibatches, and what they made of p_g measured exactly.

.. math:: \theta_D \leftarrow \theta_D + h\,\nabla\,\tfrac1m\sum\log D(x_i) + \log(1 - D(G(z_i)))
          \quad (k\text{ times}), \qquad \theta_G \leftarrow \theta_G - h\,\nabla\,\tfrac1m\sum \log(1 - D(G(z_i)))

At recorded steps the run is measured (`gantheory.records`). A checkpoint, written at every record, holds all that the
rest of a run depends on: taken up again after a Ctrl-C or a kill, it ends in the same bytes as an undisturbed run.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.algorithm_1 import Settings, State, discriminator, generator, initial_state, states
from gantheory.alignment import alignment, check_alignment
from gantheory.archive import as_path, exclusive, load_arrays, save_arrays
from gantheory.checkpoint import load_checkpoint, save_checkpoint
from gantheory.densities.conversion import as_density
from gantheory.densities.parsing import parse_density
from gantheory.ensemble import Ensemble
from gantheory.errors import CheckpointError, DomainError, GanTheoryError
from gantheory.estimate import Estimate
from gantheory.oracle import optimal
from gantheory.preimage_masses import cells_of
from gantheory.records import Measured, folds_of, measured
from gantheory.standardization import centre_and_scale, standardized
from gantheory.tracking import Record, fixed_edges, logits_of, trajectory_of
from gantheory.training_settings import is_int
from gantheory.trajectory import Trajectory

__all__ = ["Settings", "optimal", "train"]

Array = Any
_KIND = "records"
_MOST_RECORDS = 10**5
_FAR, _TOO_FAR = 1e4, 1e7  # centres in scales: where x is moved to 0, and where a law that cannot be is refused


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
    alignment: bool = False,
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
        A run is taken up from its checkpoint by the same int, or a generator in the same state; with None, any run is.
    records : int or sequence of int
        How many records after the first one, evenly spaced, or at which steps.
    checkpoint : path, optional
        Where the state is written at every record, and in a file next to it the records. What is there of this run is
        taken up, another run's is refused.
    progress : bool, optional
        Whether to show JSD and gap on stderr; on a terminal or in a notebook if not given.
    oracle : bool, default False
        D* of the exact p_g in D's place, at some 2 ms a step and seed. Where G folds, the pole of p_g makes the
        minibatch gradient infinite in mean: ``folds`` says where it did. See `gantheory.oracle`.
    alignment : bool, default False
        Whether to measure the cosine of the step from each record to the next with −∇C, the last record repeating the
        one before. It costs some 60 ms a record and seed, and asks for tanh networks. See `gantheory.alignment`.
    **settings
        Further fields of `gantheory.algorithm_1.Settings`: rate, discriminator_rate, constant, betas, momentum, order,
        discriminator_hidden, activation, gain.

    Returns
    -------
    Trajectory
        criterion, excess = 2·JSD, total_variation, coverage, price, kappa and its bound, and, but for an oracle's run,
        value, gap = V(G, D*) − V(G, D) and discriminator_error, each of shape (records, seeds); p_g as cell masses.
        An oracle's run has folds, the number of G's critical points; with alignment=True there is alignment.

    Raises
    ------
    DomainError
        If a setting is impossible or unknown, before anything runs.
    CheckpointError
        If the file at `checkpoint` is corrupt, truncated, foreign, another run's, or being written by a run that goes
        on. It is left as it is.

    Notes
    -----
    A seed whose weights are no numbers any more, or explode, stops at its last good state, which its further records
    repeat, and the others go on: ``trajectory.stopped`` says why. Same seed, same bytes, on one machine and one numpy.
    Networks of tanh are measured in some 4 ms a record and seed, of relu in some 100.

    Examples
    --------
    >>> run = train("norm(3, 0.5)", seeds=2, steps=300, records=3, rng=0)
    >>> run.steps.tolist(), run.excess.shape
    ([0, 100, 200, 300], (4, 2))
    >>> bool((run.excess.value[-1] < run.excess.value[0]).all())
    True
    """
    p_data, prior = as_density(p_data), as_density(prior)
    asked = _settings({
        "steps": steps, "k": k, "batch": batch, "loss": loss, "hidden": hidden, "optimizer": optimizer, **settings,
    })  # fmt: skip
    for name, choice in (("progress", progress), ("oracle", oracle), ("alignment", alignment)):
        if not isinstance(choice, (bool, np.bool_)) and (name, choice) != ("progress", None):
            raise DomainError(f"{name} is {choice!r}; it must be True or False.")
    run = _Run(p_data, prior, _recorded(records, asked.steps), checkpoint, oracle=bool(oracle), aligned=bool(alignment))
    if alignment:
        check_alignment(p_data, prior, asked.activation)
    with run.alone():
        start = run.begin(asked, seeds, rng)
        for state in _shown(run.go(start), progress, run):
            run.keep(state)
    return run.trajectory()


def _settings(asked: Mapping[str, Any]) -> Settings:
    known = [field.name for field in fields(Settings)]
    for name in asked:
        if name not in known:
            raise DomainError(f"train has no setting {name!r}; beside its own arguments it takes {', '.join(known)}.")
    return Settings(**asked)


def _recorded(records: Any, steps: int) -> list[int]:
    """Steps to record, from 0 to the last."""
    if np.ndim(records) == 0:
        if not is_int(records) or not 1 <= records <= _MOST_RECORDS:
            raise DomainError(
                f"records is {records!r}; it must be an int >= 1 and <= {_MOST_RECORDS:,}, or the steps themselves."
            )
        count = min(int(records), steps)
        return [round(steps * i / count) for i in range(count + 1)]
    found = list(records)
    if not found or not all(is_int(step) and 0 <= step <= steps for step in found):
        raise DomainError(f"records is {records!r}; it must be a number, or steps between 0 and {steps}.")
    return sorted({*map(int, found), 0, steps})


class _Run:
    """One run: its records, and its checkpoint where it has one."""

    def __init__(self, p_data: Any, prior: Any, at: list[int], checkpoint: Any, *, oracle: bool, aligned: bool) -> None:
        self.p_data, self.at, self.aligned = p_data, at, aligned
        self.path = _path(checkpoint)
        self.edges = fixed_edges(p_data)
        self.law, self.unit = _at_home("p_data", p_data)
        self.prior, _ = _at_home("prior", prior)  # G's coordinate is z in the prior's units
        self.oracle = optimal(self.law, self.prior) if oracle else None
        self.told_prior = str(prior)
        self.identity = {"p_data": _told(p_data), "prior": _told(prior), "records": repr(at)}
        self.identity |= {"oracle": str(oracle), "alignment": str(aligned)}
        self.records: list[Record] = []
        self.state: State | None = None

    def begin(self, settings: Settings, seeds: Any, rng: Any) -> State:
        """A new state, or that of the checkpoint with the records up to it."""
        fresh = initial_state(settings, self.law, self.prior, seeds=seeds, rng=rng)
        self.identity["seeds"] = repr(list(fresh.seeds))
        self.identity["rng"] = "None" if rng is None else str(fresh.entropy)
        if self.path is None:
            return fresh
        if not self.path.exists():
            if self._beside.exists():
                self._refuse_others(load_arrays(self._beside, _KIND), self._of(fresh))
            return fresh
        self.state = load_checkpoint(self.path, settings, self.identity)
        upto = [step for step in self.at if step <= self.state.step]
        self.records = _loaded(self._beside, upto, self._of(self.state), len(self.edges) - 1)
        return self.state

    def _refuse_others(self, arrays: Any, of: str) -> None:
        """Nothing is written over but the records of this run, of which a kill has left no state yet."""
        if str(arrays.get("of")) != of:
            raise CheckpointError(
                f"{self._beside} holds the records of another run, whose checkpoint is gone. "
                "Remove it, or give another path for this run."
            )

    def alone(self) -> AbstractContextManager[None]:
        """No other run writes this one's files meanwhile."""
        return nullcontext() if self.path is None else exclusive(self.path, self._beside)

    @property
    def _beside(self) -> Path:
        """The file of the records, next to that of the state."""
        assert self.path is not None
        return self.path.with_name(self.path.name + ".records")

    def _of(self, state: State) -> str:
        """Which run records are of: rng=None alone does not say."""
        words = {**state.settings.as_dict(), **self.identity, "entropy": str(state.entropy)}
        return json.dumps(words, sort_keys=True)

    def go(self, state: State) -> Iterator[State]:
        left = self.at[len(self.records) :]
        return states(state, self.law, self.prior, at=left, oracle=self.oracle)

    def keep(self, state: State) -> None:
        """Measure a state, and write the records first: a kill before the state leaves one more, which is not read."""
        laws = Ensemble(generator(state), self.prior)
        found = dict(measured(self.law, laws, None if self.oracle else logits_of(discriminator(state))))
        if self.oracle is not None:
            found["folds"] = folds_of(laws)
        if self.aligned:  # of the step that led here
            found["alignment"] = alignment(self.law, self.prior, self.state or state, state)
        centre, scale = self.unit
        self.records.append((state.step, found, cells_of(laws, (self.edges - centre) / scale)))
        self.state = state
        if self.path is not None:
            _save(self._beside, self.records, self._of(state))
            save_checkpoint(self.path, state, self.identity)

    def trajectory(self) -> Trajectory:
        state = self.state
        assert state is not None
        told = {key: list(v) if isinstance(v, tuple) else v for key, v in state.settings.as_dict().items()}
        told |= {"run": "train", "prior": self.told_prior, "seeds": list(state.seeds), "entropy": str(state.entropy)}
        told |= {"oracle": self.oracle is not None}
        records = _of_the_next_step(self.records) if self.aligned else self.records
        return trajectory_of(self.p_data, self.edges, records, told, state.stopped)


def _at_home(name: str, given: Any) -> tuple[Any, tuple[float, float]]:
    """The law to train on, and the centre and scale of x in its units: the given one but for a law far from 0.

    There the rounding of x is no small part of the law's scale, and nothing that is measured depends on units.
    """
    centre, scale = centre_and_scale(given)
    if abs(centre) <= _FAR * scale:
        return given, (0.0, 1.0)
    law = standardized(given, centre, scale)
    if law.in_x and not law.rounds_x:
        return law, (centre, scale)
    if abs(centre) > _TOO_FAR * scale:
        raise DomainError(
            f"{name} is {given}, at {centre:g} with a scale of {scale:g}: floats cannot tell its values apart. "
            f"Give the law of {'x' if name == 'p_data' else 'z'} minus a constant."
        )
    return given, (0.0, 1.0)


def _of_the_next_step(records: Sequence[Record]) -> list[Record]:
    """Each record with the alignment of the step from it; the last one with that of the step to it."""
    led_here = [found["alignment"] for _, found, _ in records]
    leads_on = [*led_here[1:], led_here[-1]]
    return [
        (step, {**found, "alignment": one}, cells) for (step, found, cells), one in zip(records, leads_on, strict=True)
    ]


# -- which run it is, and where it is kept ----------------------------------------


def _told(law: Any) -> str:
    """A law by its text; where no text says all of it, such as a table's, with a digest of some draws."""
    text = str(law)
    try:
        if parse_density(text) == law:
            return text
    except GanTheoryError:
        pass
    draws = np.ascontiguousarray(law.sample((1024,), rng=0), dtype=float)
    return f"{text} (its draws: {hashlib.sha256(draws.tobytes()).hexdigest()[:12]})"


def _path(checkpoint: Any) -> Path | None:
    if checkpoint is None:
        return None
    path = as_path("checkpoint", checkpoint)
    try:  # before a lock is laid beside it
        if path.is_dir():
            raise CheckpointError(f"{path} is no ordinary file but a folder; give the path of a file in it.")
        if not path.parent.is_dir():
            raise CheckpointError(f"{path} lies in no folder that exists; make {path.parent} first.")
        path.with_name(path.name + ".records").exists()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be used ({error.strerror or error}). Give another path.") from error
    return path


# -- the records on disk ----------------------------------------


def _save(path: Path, records: Sequence[Record], of: str) -> None:
    names = list(records[0][1])
    arrays = {
        "of": np.array(of),
        "names": np.array(json.dumps(names)),
        "steps": np.array([step for step, _, _ in records]),
        "cells": np.stack([cells for _, _, cells in records]),
    }
    for part in ("value", "error"):
        arrays[part] = np.stack([[np.asarray(getattr(one[name], part)) for name in names] for _, one, _ in records])
    save_arrays(path, arrays, _KIND)


def _loaded(path: Path, upto: Sequence[int], of: str, cells: int) -> list[Record]:
    """The records up to the state's step, written before it."""
    remedy = "Remove it and the checkpoint beside it, and begin anew."
    try:
        arrays = load_arrays(path, _KIND)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing, the records of the run beside it. {remedy}") from None
    try:
        if str(arrays["of"]) != of:
            raise CheckpointError(f"{path} holds the records of another run than the checkpoint beside it. {remedy}")
        names, steps = json.loads(str(arrays["names"])), arrays["steps"].tolist()
        value, error, masses = arrays["value"], arrays["error"], arrays["cells"]
        shape = (len(steps), len(names), masses.shape[1])
        if value.shape != shape or error.shape != shape or masses.shape != (len(steps), shape[2], cells):
            raise ValueError(f"shapes {value.shape}, {error.shape} and {masses.shape}")
        found: list[Record] = []
        for i in range(len(upto)):
            one = {name: Estimate(value[i, j], error[i, j], "estimate") for j, name in enumerate(names)}
            found.append((steps[i], one, masses[i]))
    except (KeyError, TypeError, ValueError, IndexError) as bad:
        raise CheckpointError(f"{path} holds no records up to the checkpoint's step ({bad}). {remedy}") from bad
    if steps[: len(upto)] != list(upto):
        raise CheckpointError(f"{path} lacks records up to step {upto[-1]}. {remedy}")
    return found


# -- progress ----------------------------------------


def _shown(run: Iterator[State], progress: bool | None, of: _Run) -> Iterator[State]:
    """The states of a run, with a bar on stderr that says how far p_g and D are."""
    from tqdm import tqdm

    hidden = None if progress is None else not progress
    if sys.stderr is None:  # as in a program without a console
        hidden = True
    begun = 0 if of.state is None else of.state.step
    with tqdm(
        total=of.at[-1], initial=begun, disable=hidden, file=sys.stderr, unit="step", leave=False, dynamic_ncols=True
    ) as bar:
        for state in run:
            yield state  # kept by the caller before it asks for the next one
            bar.update(state.step - bar.n)
            bar.set_postfix_str(_in_short(of.records[-1][1]))


def _in_short(found: Measured) -> str:
    excess = np.asarray(found["excess"].value)
    told = f"2·JSD {np.median(excess):.2g} (worst {excess.max():.2g})"
    return told + (f", gap {np.median(np.asarray(found['gap'].value)):.2g}" if "gap" in found else "")
