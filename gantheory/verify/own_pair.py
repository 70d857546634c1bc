"""A pair of the user's own, from the command line: its laws, the words that give it again, and its numbers."""

from __future__ import annotations

import shlex
import warnings
from typing import Any

from gantheory.densities import parse_density
from gantheory.errors import GanTheoryError
from gantheory.estimate import Estimate
from gantheory.panel import Case
from gantheory.pushforward import Pushforward
from gantheory.verify.arrays import read_arrays
from gantheory.verify.numbers import quantities_of
from gantheory.verify.options import UsageError

__all__ = ["laws_of", "numbers_of", "own_pair", "parsed_law"]


def own_pair(options: Any) -> tuple[Any, str]:
    """The case that the options give, and the words that give it again; None and no words if they give none."""
    if options.grid is not None:
        return read_arrays(options.grid), f"--grid {shlex.quote(options.grid)}"
    if options.p_data is None:
        return None, ""
    p_data, words = parsed_law("--p-data", options.p_data), f"--p-data {shlex.quote(options.p_data)}"
    if options.generator is None:
        return Case("your pair", p_data, parsed_law("--p-g", options.p_g)), f"{words} --p-g {shlex.quote(options.p_g)}"
    text = options.prior if options.prior is not None else "norm(0, 1)"
    prior = parsed_law("--prior", text)
    try:
        p_g = Pushforward(options.generator, prior)
    except GanTheoryError as error:
        raise UsageError(f"--generator: {error}") from None
    words += f" --generator {shlex.quote(options.generator)} --prior {shlex.quote(text)}"
    return Case("your pair", p_data, p_g), words


def parsed_law(name: str, text: str) -> Any:
    """The law that an option gives."""
    try:
        return parse_density(text)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def laws_of(case: Any) -> tuple[tuple[str, str], ...]:
    """The laws of a case, each by its name and its text; none of arrays, which have no text."""
    return () if case.is_grid else (("p_data", str(case.p_data)), ("p_g", _in_words(case.p_g)))


def numbers_of(case: Any) -> tuple[dict[str, Estimate | str], tuple[str, ...]]:
    """The numbers of a case, and what was said while they were computed."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        quantities = quantities_of(case)
    return quantities, tuple(dict.fromkeys(str(warning.message) for warning in heard))


def _in_words(p_g: Any) -> str:
    """A law by its text; that of a generator with what G does: its branches, poles and atoms."""
    if not hasattr(p_g, "branches"):
        return str(p_g)
    poles = sorted({f"{pole.location:.6g}" for pole in p_g.poles()}, key=float)
    atoms = [f"{x:.6g} (mass {mass:.6g})" for x, mass in zip(*p_g.atoms(), strict=True)]
    parts = [f"{len(p_g.branches)} monotone branch{'es' * (len(p_g.branches) != 1)}"]
    parts += [f"pole{'s' * (len(poles) > 1)} at x = {_first(poles)}"] * bool(poles)
    parts += [f"atom{'s' * (len(atoms) > 1)} at x = {_first(atoms)}"] * bool(atoms)
    return f"the law of {p_g.generator}, z ~ {p_g.prior}: {'; '.join(parts)}"


def _first(found: list[str]) -> str:
    """The first of a long list."""
    return ", ".join(found[:6]) + f" and {len(found) - 6} more" * (len(found) > 6)
