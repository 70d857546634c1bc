r"""Backpropagation through small networks of one variable, many at once.

.. math:: u_l = W_l a_{l-1} + b_l, \quad a_l = s(u_l), \qquad
          \delta_{l-1} = (W_l^{T} \delta_l) \odot s'(u_{l-1}), \quad
          \partial_{W_l} = \sum_n \delta_l a_{l-1}^{T}, \quad \partial_{b_l} = \sum_n \delta_l

Each network of an ensemble has its own batch. All parameters of a network lie in one row of numbers, so that an
optimiser is a few lines on an array of shape (seeds, size). A layer's bias is the last column of its matrix, against a
row of ones: the sums over the batch are matrix products, and every product is one network's own. What a network comes
to is therefore the same to the last bit whatever stands beside it.

Arrays are written once and used again: at these sizes memory traffic costs as much as arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.mlp import MLP

__all__ = ["Backpropagation", "Gradient", "Layers", "Layout", "gradient"]

Array = Any


@dataclass(frozen=True)
class Layers:
    """The matrices (..., out, in + 1) of a row of parameters, biases last, and the skip (..., 1, 1); views of it."""

    matrices: tuple[np.ndarray, ...]
    skip: np.ndarray | None

    @cached_property
    def transposed(self) -> tuple[np.ndarray, ...]:
        """What sends a slope back through a layer; biases do not."""
        return tuple(W[..., :-1].swapaxes(-1, -2) for W in self.matrices)


@dataclass(frozen=True)
class Layout:
    """Where the parameters of a network lie in a row: layer by layer, each as out × (in + 1), and the skip last.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    activation : {"tanh", "relu"}
    skip : bool
        Whether there is a skip among the parameters.

    Examples
    --------
    >>> Layout((16, 16), "tanh", True).size
    322
    """

    hidden: tuple[int, ...]
    activation: str = "tanh"
    skip: bool = True

    @classmethod
    def of(cls, network: MLP) -> Layout:
        """That of a network, its skip included."""
        return cls(tuple(W.shape[-2] for W in network.weights[:-1]), network.activation, True)

    @property
    def widths(self) -> tuple[int, ...]:
        return (1, *self.hidden, 1)

    @property
    def size(self) -> int:
        """How many parameters."""
        return sum(b * (a + 1) for a, b in pairwise(self.widths)) + self.skip

    def layers(self, row: np.ndarray) -> Layers:
        """Views of rows (..., size): what is written to them is written to the row."""
        matrices, start = [], 0
        for a, b in pairwise(self.widths):
            matrices.append(row[..., start : start + b * (a + 1)].reshape(*row.shape[:-1], b, a + 1))
            start += b * (a + 1)
        return Layers(tuple(matrices), row[..., start:, None] if self.skip else None)

    def row(self, network: MLP) -> np.ndarray:
        """The parameters of a network, or of several, as rows (..., size)."""
        row = np.empty((*network.shape, self.size))
        layers = self.layers(row)
        for matrix, W, b in zip(layers.matrices, network.weights, network.biases, strict=True):
            matrix[..., :-1], matrix[..., -1] = W, b
        if layers.skip is not None:
            layers.skip[..., 0, 0] = network.skip
        return row

    def network(self, row: np.ndarray) -> MLP:
        """The network, or the ensemble, that rows (..., size) are the parameters of."""
        layers = self.layers(np.asarray(row))
        skip = 0.0 if layers.skip is None else layers.skip[..., 0, 0]
        weights, biases = (tuple(M[..., part] for M in layers.matrices) for part in (slice(-1), -1))
        return MLP(weights, biases, skip, self.activation)  # type: ignore[arg-type]


class Backpropagation:
    """Forward and backward passes of an ensemble, in arrays that are allocated once.

    Parameters
    ----------
    layout : Layout
    seeds, n : int
        How many networks, and how many numbers each is given.

    Attributes
    ----------
    z : ndarray (seeds, 1, n)
        The batch of each network: write to it, then call `forward`.
    """

    def __init__(self, layout: Layout, seeds: int, n: int) -> None:
        self.layout = layout
        self._inputs = [np.ones((seeds, width + 1, n)) for width in layout.widths[:-1]]
        self._below = [a[:, :-1] for a in self._inputs]  # without the row of ones
        self._batches = [a.swapaxes(-1, -2) for a in self._inputs]
        self._slopes = [np.empty((seeds, width, n)) for width in layout.widths[:-1]]
        spare = np.empty(seeds * max(layout.widths[:-1]) * n)  # one for all levels, so that it stays in cache
        self._spare = [spare[: seeds * width * n].reshape(seeds, width, n) for width in layout.widths[:-1]]
        self.z = self._below[0]

    def forward(self, layers: Layers, out: np.ndarray) -> np.ndarray:
        """The networks at their batches, written to `out` of shape (seeds, 1, n)."""
        for W, a, above in zip(layers.matrices, self._inputs, self._below[1:], strict=False):
            np.matmul(W, a, out=above)
            if self.layout.activation == "tanh":
                np.tanh(above, out=above)
            else:
                np.maximum(above, 0.0, out=above)
        np.matmul(layers.matrices[-1], self._inputs[-1], out=out)
        if layers.skip is not None:
            out += np.multiply(layers.skip, self.z, out=self._spare[0])
        return out

    def backward(
        self, layers: Layers, upstream: np.ndarray, into: Layers | None = None, *, with_input: bool = False
    ) -> np.ndarray | None:
        """Slopes of Σ upstream · network(z): in the parameters, written to `into`; in z, (seeds, 1, n), if asked for.

        After `forward`, at the same parameters. What is given back is valid until the next call.
        """
        delta = upstream
        for level in range(len(layers.matrices) - 1, -1, -1):
            if into is not None:
                np.matmul(delta, self._batches[level], out=into.matrices[level])
            if level == 0 and not with_input:
                break
            back, W = self._slopes[level], layers.transposed[level]
            # from one number to many, and to one: a product that no matrix library is needed for
            (np.multiply if delta.shape[1] == 1 else np.matmul)(W, delta, out=back)
            if level > 0:
                self._through_activation(level, back)
            delta = back
        if layers.skip is not None:
            if into is not None and into.skip is not None:
                np.matmul(upstream, self.z.swapaxes(-1, -2), out=into.skip)
            if with_input:
                delta += np.multiply(layers.skip, upstream, out=self._spare[0])
        return delta if with_input else None

    def _through_activation(self, level: int, slope: np.ndarray) -> None:
        """Multiply by s'(u), known from a = s(u) itself."""
        a, spare = self._below[level], self._spare[level]
        if self.layout.activation == "tanh":
            np.multiply(a, a, out=spare)
            np.subtract(1.0, spare, out=spare)
        else:
            np.greater(a, 0.0, out=spare)
        slope *= spare


@dataclass(frozen=True)
class Gradient:
    """Slopes of a number in a network's parameters and in its input, in the network's own shapes."""

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    skip: np.ndarray
    z: np.ndarray


def gradient(network: MLP, z: Array, upstream: Array) -> Gradient:
    r"""The gradient of :math:`\sum_n u_n G_\theta(z_n)` in the parameters and in z, u held fixed.

    With u the slope of a loss in the network's outputs it is the gradient of the loss: the chain rule's last step.

    Parameters
    ----------
    network : MLP
        One network, or an ensemble with one axis.
    z, upstream : array (n,) or (seeds, n)
        One batch for all, or one for each.

    Returns
    -------
    Gradient
        ``weights``, ``biases`` and ``skip`` in the network's own shapes; ``z`` of shape (n,) or (seeds, n).

    Raises
    ------
    DomainError
        If the shapes do not fit.

    Examples
    --------
    >>> G = MLP([[[2.0]], [[3.0]]], [[0.0], [1.0]], skip=0.5)   # 3 tanh(2z) + 1 + z/2
    >>> found = gradient(G, [0.0], [1.0])
    >>> float(found.weights[1][0, 0]), float(found.weights[0][0, 0]), float(found.biases[0][0]), float(found.z[0])
    (0.0, 0.0, 3.0, 6.5)
    """
    if len(network.shape) > 1:
        raise DomainError(f"network has ensemble axes {network.shape}; one axis at most: flatten them.")
    seeds = network.shape[0] if network.shape else 1
    z, upstream = np.asarray(z, dtype=float), np.asarray(upstream, dtype=float)
    for name, given in (("z", z), ("upstream", upstream)):
        if given.ndim not in (1, 1 + len(network.shape)) or given.shape[:-1] not in ((), network.shape):
            raise DomainError(f"{name} has shape {given.shape}; it must be (n,), or (seeds, n) for an ensemble.")
    if z.shape[-1] != upstream.shape[-1]:
        raise DomainError(f"z has {z.shape[-1]} numbers and upstream {upstream.shape[-1]}; they must be as many.")
    layout, n = Layout.of(network), z.shape[-1]
    passes, layers = Backpropagation(layout, seeds, n), layout.layers(layout.row(network).reshape(seeds, -1))
    passes.z[:, 0] = z
    passes.forward(layers, np.empty((seeds, 1, n)))
    rows = np.empty((seeds, layout.size))
    each = np.ascontiguousarray(np.broadcast_to(upstream, (seeds, n)))[:, None]
    slope = passes.backward(layers, each, layout.layers(rows), with_input=True)
    assert slope is not None
    found = layout.layers(rows.reshape(*network.shape, -1))
    assert found.skip is not None
    weights, biases = (tuple(M[..., part] for M in found.matrices) for part in (slice(-1), -1))
    return Gradient(weights, biases, found.skip[..., 0, 0], slope[:, 0].reshape(*network.shape, n))
