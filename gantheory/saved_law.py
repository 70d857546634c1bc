"""The law of a saved run: its text, where that is read back as an equal law, or else some quantiles to know it by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.parsing import parse_density
from gantheory.errors import CheckpointError, DomainError, GanTheoryError, ParseError

__all__ = ["law_of", "quantiles_of", "text_of"]

_NEAR = 0.02  # of a law's width: a table of it may differ from it by that much


def text_of(law: Any) -> str | None:
    """The law's text, where it is read back as an equal law."""
    try:
        text = str(law)
        return text if parse_density(text) == law else None
    except GanTheoryError:
        return None


def quantiles_of(law: Any) -> list[float]:
    """Some quantiles: what is known of a law that has no text."""
    return np.asarray(law.ppf(np.array([0.05, 0.25, 0.5, 0.75, 0.95])), dtype=float).tolist()


def law_of(path: Any, text: str | None, p_data: Any, quantiles: Sequence[float] | None) -> Any:
    """The law of the run in `path`, which is the one that a caller gives, if he gives one."""
    if text is None and p_data is None:
        raise DomainError(f"{path} does not hold its p_data, which had no text; give it: load(path, p_data=...).")
    if text is None:
        law = as_density(p_data)
        apart = 0.0 if quantiles is None else np.abs(np.subtract(quantiles_of(law), quantiles)).max()
        if quantiles is not None and apart > _NEAR * max(quantiles[-1] - quantiles[0], 1e-300):
            raise DomainError(f"p_data is {law}, and the run in {path} is of another law. Give the run's own.")
        return law
    try:
        law = parse_density(text)
    except ParseError as error:
        raise CheckpointError(f"{path} names a p_data that cannot be read: {error}") from error
    if p_data is not None and as_density(p_data) != law:
        raise DomainError(f"p_data is {p_data!r}, and the run in {path} has {text}. Leave p_data out.")
    return law
