"""The door: anything that is a law somewhere becomes a `Density` here, once."""

from __future__ import annotations

from typing import Any

from gantheory.densities.protocol import Density, Law
from gantheory.errors import DomainError

__all__ = ["as_density"]


def as_density(law: Any, /, *, support: Any = None, breakpoints: Any = ()) -> Density:
    if isinstance(law, Law):
        return law
    raise DomainError(f"{law!r} is not a law.")
