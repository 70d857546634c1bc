"""How a GAN is trained: the settings of Algorithm 1, checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gantheory.backpropagation import Layout
from gantheory.errors import DomainError
from gantheory.optimizers import SGD, Adam, Optimizer

__all__ = ["RATES", "Settings", "count", "is_int"]

_CHOICES = {
    "loss": ("minimax", "non-saturating"),
    "order": ("alternating", "simultaneous"),
    "optimizer": ("adam", "sgd"),
    "activation": ("tanh", "relu"),
}
_MOST = {"steps": 10**9, "k": 10**4, "seeds": 10**5}
_WIDEST = 1024
RATES = {"adam": (2e-3, 7e-3), "sgd": (0.1, 0.3)}  # of G and D
_COUNTS = {
    "steps": "how many steps G takes",
    "k": "how many steps D takes for each of G's",
    "batch": "how many draws a minibatch has",
}


@dataclass(frozen=True)
class Settings:
    """How a GAN is trained; checked before anything runs.

    Parameters
    ----------
    steps : int
        Of the generator, in the whole run: the learning rate's schedule knows its end.
    k, batch : int
        Steps of D for each of G; draws in a minibatch.
    loss : {"minimax", "non-saturating"}
        The generator's.
    order : {"alternating", "simultaneous"}
        Whether G meets the D of the last update, or the one before it: for k = 1, descent of both at once.
    optimizer : {"adam", "sgd"}
    rate, discriminator_rate : float, optional
        Learning rates of G and of D, by default the optimiser's in `RATES`: D is the faster, to stay near D*.
    constant : float in [0, 1]
        The share of the run in which the rates are constant; then they fall linearly to 0. 1: they stay.
    betas, momentum : pair of float; float
        Of Adam; of SGD.
    hidden, discriminator_hidden : tuple of int
        Widths of the hidden layers of G and D, by default the same.
    activation : {"tanh", "relu"}
    gain : float
        Of the initial weights, see `MLP.random`.

    Raises
    ------
    DomainError
        If a setting is impossible.

    Examples
    --------
    >>> Settings(k=1, loss="non-saturating").batch
    256
    >>> Settings(k=0)
    Traceback (most recent call last):
    gantheory.errors.DomainError: k is 0; it must be an int >= 1 and <= 10,000: how many steps D takes for each of G's.
    """

    steps: int = 2000
    k: int = 5
    batch: int = 256
    loss: str = "minimax"
    order: str = "alternating"
    optimizer: str = "adam"
    rate: float | None = None
    discriminator_rate: float | None = None
    constant: float = 0.5
    betas: tuple[float, float] = (0.5, 0.99)
    momentum: float = 0.5
    hidden: tuple[int, ...] = (16, 16)
    discriminator_hidden: tuple[int, ...] | None = None
    activation: str = "tanh"
    gain: float = 1.0

    def __post_init__(self) -> None:
        for name, what in _COUNTS.items():
            object.__setattr__(self, name, count(name, getattr(self, name), what))
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise DomainError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(choices)}.")
        for name, rate in zip(("rate", "discriminator_rate"), RATES[self.optimizer], strict=True):
            if getattr(self, name) is None:
                object.__setattr__(self, name, rate)
        if self.discriminator_hidden is None:
            object.__setattr__(self, "discriminator_hidden", self.hidden)
        for name, most in (("rate", math.inf), ("discriminator_rate", math.inf), ("constant", 1.0), ("gain", math.inf)):
            object.__setattr__(self, name, _number(name, getattr(self, name), most))
        for name in ("hidden", "discriminator_hidden"):
            object.__setattr__(self, name, _widths(name, getattr(self, name)))
        if isinstance(self.betas, list):
            object.__setattr__(self, "betas", tuple(self.betas))
        SGD(self.momentum)  # each checks its own, whichever of the two is used
        Adam(self.betas)

    @property
    def rates(self) -> tuple[float, float]:
        """Of G and of D."""
        assert self.rate is not None
        assert self.discriminator_rate is not None
        return self.rate, self.discriminator_rate

    @property
    def rule(self) -> Optimizer:
        return SGD(self.momentum) if self.optimizer == "sgd" else Adam(self.betas)

    @property
    def layouts(self) -> tuple[Layout, Layout]:
        """Where the parameters of G, which has a linear skip, and of D lie in a row."""
        assert self.discriminator_hidden is not None
        return Layout(self.hidden, self.activation, True), Layout(self.discriminator_hidden, self.activation, False)

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name, tuples as lists."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def is_int(value: Any) -> bool:
    """A whole number, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def count(name: str, value: Any, what: str) -> int:
    """A whole number >= 1, checked, and not so large that no memory holds what it asks for."""
    most = _MOST.get(name, 10**6)
    if not is_int(value) or not 1 <= value <= most:
        raise DomainError(f"{name} is {value!r}; it must be an int >= 1 and <= {most:,}: {what}.")
    return int(value)


def _number(name: str, value: Any, most: float) -> float:
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not 0 <= value <= most or not math.isfinite(value):
        upper = f" and <= {most:g}" if math.isfinite(most) else ""
        raise DomainError(f"{name} is {value!r}; it must be a finite number >= 0{upper}.")
    return float(value)


def _widths(name: str, value: Any) -> tuple[int, ...]:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(is_int(w) and 1 <= w <= _WIDEST for w in value)
    ):
        raise DomainError(f"{name} is {value!r}; it must be a sequence of widths 1 to {_WIDEST}, such as (16, 16).")
    return tuple(int(width) for width in value)
