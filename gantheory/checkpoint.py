"""A training run on disk: its state, whole or not at all, and taken up again to the same bytes.

A `State` is all that the rest of a run depends on: parameters, the optimiser's moments, the step, and the entropy that
every draw is a function of. The file also says which run it is of. A run is taken up by the same run only: the settings
and whatever the caller names as its identity, such as the laws, are compared word by word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from gantheory.algorithm_1 import State
from gantheory.archive import load_arrays, save_arrays
from gantheory.errors import CheckpointError, DomainError
from gantheory.minibatches import Frames
from gantheory.training_settings import Settings

__all__ = ["load_checkpoint", "save_checkpoint"]

_KIND = "checkpoint"
_ARRAYS = ("G", "D", "G_moments", "D_moments")
_VERSION = 1


def save_checkpoint(path: str | os.PathLike[str], state: State, identity: Mapping[str, str] | None = None) -> None:
    """Write a state, in the place of an earlier one.

    Parameters
    ----------
    path : str or path
    state : State
    identity : mapping of str to str, optional
        Which run it is of, such as ``{"p_data": str(p_data), "prior": str(prior), "rng": "0"}``.

    Raises
    ------
    DomainError
        If `identity` is no mapping of texts.
    CheckpointError
        If the file cannot be written. An earlier one is as it was.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from gantheory.algorithm_1 import initial_state
    >>> path, settings = pathlib.Path(tempfile.mkdtemp()) / "run.npz", Settings(steps=20)
    >>> save_checkpoint(path, initial_state(settings, "expon", seeds=2), {"p_data": "expon"})
    >>> load_checkpoint(path, settings, {"p_data": "expon"}).step
    0
    >>> load_checkpoint(path, Settings(steps=20, batch=64), {"p_data": "expon"})
    Traceback (most recent call last):
    gantheory.errors.CheckpointError: ...: batch is 256 there and 64 here. ...
    """
    words = {
        "version": _VERSION,
        "settings": state.settings.as_dict(),
        "identity": _checked(identity),
        "step": state.step,
        "seeds": list(state.seeds),
        "entropy": state.entropy,
        "frames": [list(state.frames.data), list(state.frames.latent)],
        "stopped": list(state.stopped),
    }
    arrays = {name: getattr(state, name) for name in _ARRAYS}
    save_arrays(path, {"words": np.array(json.dumps(words)), **arrays}, _KIND)


def load_checkpoint(
    path: str | os.PathLike[str], settings: Settings, identity: Mapping[str, str] | None = None
) -> State:
    """The state of a run that has these settings and this identity.

    Parameters
    ----------
    path : str or path
    settings : Settings
    identity : mapping of str to str, optional
        As it was saved.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    CheckpointError
        If it is corrupt, truncated, foreign or another run's, saying what is wrong.
    """
    arrays = load_arrays(path, _KIND)
    try:
        words = json.loads(str(arrays["words"]))
        version = words["version"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} does not say which run it is of ({error}). Remove it to begin anew.") from error
    if version != _VERSION:
        raise CheckpointError(f"{path} has the layout {version!r}; this version reads {_VERSION}.")
    _same(path, {**words["settings"], **words["identity"]}, {**settings.as_dict(), **_checked(identity)})
    try:
        return _state(words, arrays, settings)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise CheckpointError(f"{path} is no state of a run ({error}). Remove it to begin anew.") from error


def _checked(identity: Any) -> dict[str, str]:
    found = dict(identity) if isinstance(identity, Mapping) else {} if identity is None else None
    if found is None or not all(isinstance(word, str) for pair in found.items() for word in pair):
        raise DomainError(f"identity is {identity!r}; it must be a mapping of names to texts.")
    return found


def _same(path: Any, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Every setting and every word of the identity."""
    different = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    if different:
        what = "; ".join(f"{name} is {there.get(name)} there and {here.get(name)} here" for name in different)
        raise CheckpointError(
            f"{path} is a checkpoint of another run: {what}. Ask for that run, or give another path for this one."
        )


def _state(words: dict[str, Any], arrays: dict[str, Any], settings: Settings) -> State:
    data, latent = words["frames"]
    state = State(
        settings=settings,
        step=words["step"],
        seeds=tuple(words["seeds"]),
        entropy=words["entropy"],
        frames=Frames(tuple(data), tuple(latent)),
        stopped=tuple(words["stopped"]),
        **{name: arrays[name] for name in _ARRAYS},
    )
    n, moments, sizes = len(state.seeds), settings.rule.moments, [layout.size for layout in settings.layouts]
    shapes = [(n, sizes[0]), (n, sizes[1]), (n, moments, sizes[0]), (n, moments, sizes[1])]
    for name, shape in zip(_ARRAYS, shapes, strict=True):
        if arrays[name].shape != shape or arrays[name].dtype != float:
            raise ValueError(f"{name} has shape {arrays[name].shape} and must have {shape}")
    if len(state.stopped) != n or not 0 <= state.step <= settings.steps:
        raise ValueError(f"step {state.step} of {settings.steps}, and reasons for {len(state.stopped)} of {n} seeds")
    return state
