"""What gantheory raises, and what it warns of.

Every error is also the builtin that a caller would already catch, and its message names four things:
the argument, its value, what is required, and the remedy.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CheckError",
    "CheckpointError",
    "ConvergenceError",
    "DomainError",
    "GanTheoryError",
    "NotNormalizedError",
    "ParseError",
    "ResolutionWarning",
]


class GanTheoryError(Exception):
    """Base of every error of this package."""


class DomainError(GanTheoryError, ValueError):
    """An argument lies outside what the mathematics allows."""


class NotNormalizedError(GanTheoryError, ValueError):
    """A density whose total mass is not 1."""


class ParseError(GanTheoryError, ValueError):
    """A text that is not a law or an expression of the safe grammar."""


class ConvergenceError(GanTheoryError, RuntimeError):
    """A number that could not be had to the asked accuracy.

    Attributes
    ----------
    best : Estimate or None
        The best value reached, with the error it is worth.
    """

    def __init__(self, message: str, best: Any = None) -> None:
        super().__init__(message)
        self.best = best

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.args[0], self.best))


class CheckError(GanTheoryError, RuntimeError):
    """A check of a user's own claim that raised, or that gave no residual. The message says in which file and line."""


class CheckpointError(GanTheoryError, RuntimeError):
    """A checkpoint that is corrupt, foreign or truncated."""


class ResolutionWarning(UserWarning):
    """A user's grid is too coarse for what is asked of it."""
