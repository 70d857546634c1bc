"""Families of generators that are integrated in z: networks, and what a text says.

Their laws are `Pushforward`s, exact with folds and edges; the velocity of a network's mass is its gradient in the
weights, by the backward rule of a multilayer perceptron, for each z.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.densities import as_density
from gantheory.errors import DomainError
from gantheory.expressions import NUMPY_CONSTANTS, parse
from gantheory.families import Family
from gantheory.generators import COMPLEX_FUNCTIONS
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.pushforward import Pushforward

__all__ = ["Generated", "Network"]

Array = Any


@dataclass(frozen=True)
class Network(Family):
    """G_θ a tanh network with a linear skip, θ its weights, biases and skip: `theta_of(network)` and back.

    Parameters
    ----------
    hidden : sequence of int
    prior : Density or anything `as_density` accepts

    Examples
    --------
    >>> family = Network((4,))
    >>> G = MLP.random((4,), skip=1.0, rng=0)
    >>> family.size, str(family.network(family.theta_of(G)))
    (14, 'MLP(1-4-1, tanh)')
    """

    hidden: Sequence[int] = (8,)
    prior: Any = "norm(0, 1)"

    def __post_init__(self) -> None:
        MLP.random(self.hidden, rng=0)  # refuses what is no sequence of widths
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        object.__setattr__(self, "prior", as_density(self.prior))

    @property
    def _shapes(self) -> list[tuple[int, ...]]:
        widths = (1, *self.hidden, 1)
        layers = list(zip(widths[1:], widths[:-1], strict=True))
        return [*layers, *((out,) for out, _ in layers), ()]

    @cached_property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        layers = len(self.hidden) + 1
        arrays = [*(f"W{i}" for i in range(1, layers + 1)), *(f"b{i}" for i in range(1, layers + 1)), "skip"]
        return tuple(
            name + "".join(f"[{i}]" for i in index)
            for name, shape in zip(arrays, self._shapes, strict=True)
            for index in np.ndindex(*shape)
        )

    def network(self, theta: Array) -> MLP:
        """The network of parameters θ."""
        theta, parts, at = self.checked(theta), [], 0
        for shape in self._shapes:
            count = math.prod(shape)
            parts.append(theta[at : at + count].reshape(shape))
            at += count
        layers = len(self.hidden) + 1
        return MLP(tuple(parts[:layers]), tuple(parts[layers : 2 * layers]), parts[-1])

    def theta_of(self, network: MLP) -> np.ndarray:
        """The parameters of a network of this shape."""
        if (
            network.shape
            or network.activation != "tanh"
            or [w.shape for w in network.weights] != self._shapes[: len(self.hidden) + 1]
        ):
            raise DomainError(f"the network is {network}; it must be one tanh network with hidden={self.hidden}.")
        return np.concatenate([np.ravel(a) for a in (*network.weights, *network.biases, network.skip)])

    def law(self, theta: Array) -> Any:
        return Pushforward(self.network(theta), self.prior)

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        z = np.ravel(t.x)
        G = self.network(theta)
        layers = [z[None, :]]
        for W, b in zip(G.weights[:-1], G.biases[:-1], strict=True):
            layers.append(np.tanh(W @ layers[-1] + b[:, None]))
        of_weights, of_biases = [], []
        back = np.ones((1, len(z)))  # ∂G/∂u of a layer, for each z
        for W, a in zip(G.weights[::-1], layers[::-1], strict=True):
            of_weights.append((back[:, None, :] * a[None, :, :]).reshape(-1, len(z)))
            of_biases.append(back)
            back = (W.T @ back) * (1.0 - a * a)
        found = np.concatenate([*of_weights[::-1], *of_biases[::-1], z[None, :]])
        return found.reshape(self.size, *np.shape(t.x))


@dataclass(frozen=True)
class Generated(Family):
    """G_θ from a text in z and the parameters' names, in the safe grammar.

    Parameters
    ----------
    text : str
    names : sequence of str
        The parameters, as they stand in the text.
    prior : Density or anything `as_density` accepts

    Examples
    --------
    >>> str(Generated("a*z", ["a"], "uniform(0, 1)").law(1.3))
    '(1.3)*z of uniform(0.0, 1.0)'
    """

    text: str
    names: Sequence[str]  # type: ignore[assignment]
    prior: Any = "norm(0, 1)"

    def __post_init__(self) -> None:
        names = (self.names,) if isinstance(self.names, str) else tuple(self.names)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "prior", as_density(self.prior))
        if not names or "z" in names or len(set(names)) != len(names):
            raise DomainError(f"names is {self.names!r}; it must name each parameter once, and z is the noise.")
        _ = self._expression

    @cached_property
    def _expression(self) -> Any:
        return parse(self.text, names=("z", *self.names, *NUMPY_CONSTANTS))

    def law(self, theta: Array) -> Any:
        numbers = dict(zip(self.names, self.checked(theta).tolist(), strict=True))
        pattern = r"\b(" + "|".join(map(re.escape, self.names)) + r")\b"
        return Pushforward(re.sub(pattern, lambda found: f"({numbers[found[0]]!r})", self.text), self.prior)

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        theta, z = self.checked(theta), np.asarray(t.x, dtype=float)
        found = []
        for i in range(self.size):
            at = theta.astype(complex)
            at[i] += 1e-100j
            names = {"z": z.astype(complex), **NUMPY_CONSTANTS, **dict(zip(self.names, at, strict=True))}
            values = self._expression.evaluate(names, COMPLEX_FUNCTIONS)
            found.append(np.imag(values) / 1e-100 + np.zeros(z.shape))
        return np.stack(found)
