"""Call the libraries on one pair, and decide by the numbers what each of them returns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from gantheory.conventions.libraries import LIBRARIES, Library
from gantheory.conventions.paper import name_of, quantities
from gantheory.conventions.table import Convention, Conventions
from gantheory.errors import DomainError, NotNormalizedError

__all__ = ["conventions"]

_P, _Q = (0.5, 0.3, 0.2), (0.2, 0.2, 0.6)  # no two of the quantities coincide on it


def conventions(p: Any = _P, q: Any = _Q, /, *, libraries: Sequence[str] | None = None) -> Conventions:
    """What installed libraries return on a pair of discrete laws, beside the paper's name of it.

    Parameters
    ----------
    p, q : array of shape (n,), optional
        The masses of two laws on 0, …, n − 1; each sums to 1. A pair on which no two quantities coincide by default.
    libraries : sequence of str, optional
        Which to ask, out of scipy, torch, TensorFlow Probability, POT and dit; all of them by default. Those that are
        installed are imported, which of a large one takes seconds.

    Returns
    -------
    Conventions
        A row for each function, with the quantity that its value equals to 1e-12; with all that it equals, where the
        pair does not tell them apart. Libraries that are not installed are named in `absent`.

    Raises
    ------
    DomainError
        If the laws are not two arrays of one length with masses ≥ 0, or a library is unknown.
    NotNormalizedError
        If a law does not sum to 1.

    Examples
    --------
    >>> table = conventions(libraries=["scipy"])
    >>> table["jensenshannon(p, q)"].quantity, table["entropy(p, q)"].quantity
    ('√JSD', 'KL(p‖q)')

    On p = q nothing is told apart, and the row says so:

    >>> conventions([0.5, 0.5], [0.5, 0.5], libraries=["scipy"])["rel_entr(p, q).sum()"].quantity[:24]
    'KL(p‖q) or KL(q‖p) or JS'
    """
    p, q = _masses("p", p), _masses("q", q)
    if p.shape != q.shape:
        raise DomainError(f"p has {len(p)} masses and q has {len(q)}; both must have one for each outcome.")
    known = quantities(p, q)
    rows: list[Convention] = []
    absent: list[str] = []
    for library in _chosen(libraries):
        found = _rows(library, p, q, known)
        if isinstance(found, str):
            absent.append(f"{library.name} {found}")
        else:
            rows += found
    return Conventions(tuple(map(float, p)), tuple(map(float, q)), tuple(rows), tuple(absent))


def _chosen(names: Any) -> list[Library]:
    known = {library.name: library for library in LIBRARIES}
    if names is None:
        return list(LIBRARIES)
    if isinstance(names, str) or not all(name in known for name in names):
        raise DomainError(f"libraries is {names!r}; it must be a sequence out of {', '.join(known)}.")
    return [known[name] for name in names]


def _masses(argument: str, masses: Any) -> np.ndarray:
    try:
        law = np.array(masses, dtype=float)
    except (TypeError, ValueError):
        raise DomainError(f"{argument} is {masses!r:.80}; it must be an array of masses, such as [0.5, 0.5].") from None
    if law.ndim != 1 or not law.size or not np.isfinite(law).all() or (law < 0).any():
        raise DomainError(f"{argument} is {masses!r:.80}; it must be an array of shape (n,) of masses >= 0.")
    if abs(law.sum() - 1.0) > 1e-13 * max(10, law.size):
        raise NotNormalizedError(
            f"{argument} sums to {law.sum()!r}; it must sum to 1, because some libraries normalise and others do not. "
            f"Divide it by {argument}.sum()."
        )
    return law


def _rows(library: Library, p: Any, q: Any, known: dict[str, float]) -> list[Convention] | str:
    """Its rows, or why there are none."""
    if find_spec(library.module) is None:
        return "is not installed"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecations within the library
            found = library.calls(p, q)
    except Exception as error:  # what a broken installation raises is its own affair
        return f"cannot be used here: {_one_line(error)}"
    number = _version(library.distribution)
    return [Convention(library.name, number, call, *_measured(run, known), trap) for call, run, trap in found]


def _measured(run: Callable[[], Any], known: dict[str, float]) -> tuple[float, str]:
    """What it returned, and the name of that."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a library's advice is what the traps are about
            value = float(run())
    except Exception as error:
        return float("nan"), f"raised {_one_line(error)}"
    return value, name_of(value, known)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # vendored
        return "of unknown version"
