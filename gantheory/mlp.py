r"""Small networks z -> x on the line, many at once.

.. math:: a_0 = z, \quad a_l = s(W_l a_{l-1} + b_l), \quad G(z) = W_L a_{L-1} + b_L + c z

An ensemble's networks share their shape and lie along leading axes of the weights: one matrix product moves them
all. The derivative in z is carried forward beside the value: a'_l = s'(.) * (W_l a'_{l-1}), [1]_ in one variable. With
c = 0 and s = tanh the range is bounded; a linear skip c z gives p_g the whole line.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 3: G is a multilayer
   perceptron.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.densities.protocol import random_generator
from gantheory.errors import DomainError
from gantheory.piecewise_linear import FUNCTIONS, PiecewiseLinear

__all__ = ["MLP"]

Array = Any
_BLOCK = 1024  # columns at once: the activations of a layer stay in cache

# s, and s' as a function of s itself
_ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda a: 1.0 - a * a),
    "relu": (lambda u: np.maximum(u, 0.0), lambda a: (a > 0).astype(float)),
}


@dataclass(frozen=True, eq=False)
class MLP:
    """A multilayer perceptron of one variable, or an ensemble of them.

    Parameters
    ----------
    weights : sequence of array
        One a layer, of shape (..., out, in); in is 1 in the first layer and out is 1 in the last.
    biases : sequence of array
        One a layer, of shape (..., out).
    skip : array (...), default 0
        Weight of z itself in the output.
    activation : {"tanh", "relu"}
        Of every layer but the last.

    Raises
    ------
    DomainError
        If shapes do not fit each other, a number is not finite, or the activation is unknown.

    Examples
    --------
    >>> G = MLP([[[2.0]], [[3.0]]], [[0.0], [1.0]], skip=0.5)   # 3 tanh(2z) + 1 + z/2
    >>> float(G(np.array([1.0]))[0]), float(G.derivative(np.array([0.0]))[0])
    (4.3920827402274..., 6.5)
    >>> MLP.random(ensemble=64, rng=0)[5](np.zeros(3)).shape
    (3,)
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    skip: np.ndarray = 0.0  # type: ignore[assignment]
    activation: str = "tanh"

    def __post_init__(self) -> None:
        if self.activation not in _ACTIVATIONS:
            raise DomainError(f"activation is {self.activation!r}; it must be one of {', '.join(_ACTIVATIONS)}.")
        for name, layers in (("weights", self.weights), ("biases", self.biases)):
            if not isinstance(layers, (Sequence, np.ndarray)):
                raise DomainError(f"{name} is {layers!r}; it must be a sequence of arrays, one a layer.")
        weights = tuple(_numbers(f"weights[{i}]", w) for i, w in enumerate(self.weights))
        biases = tuple(_numbers(f"biases[{i}]", b) for i, b in enumerate(self.biases))
        if not weights or len(weights) != len(biases):
            raise DomainError(f"weights has {len(weights)} layers and biases {len(biases)}; a network has one each.")
        _fitting(weights, biases)
        skip = np.broadcast_to(_numbers("skip", self.skip), weights[0].shape[:-2])
        for name, given in (("weights", weights), ("biases", biases), ("skip", skip)):
            object.__setattr__(self, name, given)

    @classmethod
    def random(
        cls,
        hidden: Sequence[int] = (16, 16),
        *,
        ensemble: int | None = None,
        gain: float = 2.0,
        skip: float = 0.0,
        activation: str = "tanh",
        rng: Any = None,
    ) -> MLP:
        """Weights of variance gain**2/in and biases of variance 1, normal and independent.

        Parameters
        ----------
        hidden : sequence of int
            Widths of the hidden layers.
        ensemble : int, optional
            How many networks; by default one, without an ensemble axis.
        gain, skip : float
        activation : {"tanh", "relu"}
        rng : numpy.random.Generator, int or None
        """
        if not isinstance(hidden, Sequence) or not all(isinstance(w, (int, np.integer)) and w > 0 for w in hidden):
            raise DomainError(f"hidden is {hidden!r}; it must be a sequence of widths 1, 2, …, such as (16, 16).")
        if ensemble is not None and not (isinstance(ensemble, (int, np.integer)) and ensemble > 0):
            raise DomainError(f"ensemble is {ensemble!r}; it must be a number of networks 1, 2, …, or None for one.")
        gain, skip = (float(_numbers(name, number)) for name, number in (("gain", gain), ("skip", skip)))
        draw = random_generator(rng)
        lead = () if ensemble is None else (int(ensemble),)
        widths = (1, *hidden, 1)
        weights = [draw.normal(0.0, gain / np.sqrt(a), (*lead, b, a)) for a, b in pairwise(widths)]
        biases = [draw.normal(0.0, 1.0, (*lead, b)) for b in widths[1:]]
        return cls(tuple(weights), tuple(biases), np.full(lead, float(skip)), activation)

    def __getitem__(self, index: Any) -> MLP:
        """One network of an ensemble, or some of them."""
        if not self.shape:
            raise DomainError("a single network has no members; an ensemble has.")
        weights, biases = (tuple(array[index] for array in arrays) for arrays in (self.weights, self.biases))
        return MLP(weights, biases, self.skip[index], self.activation)

    def rescaled(self, *, inner: tuple[float, float] = (0.0, 1.0), outer: tuple[float, float] = (0.0, 1.0)) -> MLP:
        """The network of z ↦ shift + scale·G((z − from)/by), with inner = (from, by) and outer = (shift, scale).

        An affine map on either side of a network is absorbed by its first layer, its last layer and its skip.

        Examples
        --------
        >>> G = MLP([[[2.0]], [[3.0]]], [[0.0], [1.0]], skip=0.5)
        >>> float(G.rescaled(inner=(1.0, 2.0), outer=(10.0, 3.0))([3.0])[0] - (10 + 3 * G([1.0])[0]))
        0.0
        """
        (start, by), (shift, scale) = (_pair("inner", inner), _pair("outer", outer))
        weights, biases = list(self.weights), list(self.biases)
        biases[0] = biases[0] - weights[0][..., 0] * (start / by)
        weights[0] = weights[0] / by
        weights[-1] = scale * weights[-1]
        biases[-1] = shift + scale * (biases[-1] - (self.skip * (start / by))[..., None])
        return MLP(tuple(weights), tuple(biases), scale * self.skip / by, self.activation)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a single network has no len()")
        return self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the ensemble; () for a single network."""
        return self.weights[0].shape[:-2]

    def __str__(self) -> str:
        widths = "-".join(str(w.shape[-1]) for w in self.weights)
        several = f"{'x'.join(map(str, self.shape))} of " if self.shape else ""
        return f"{several}MLP({widths}-1, {self.activation})"

    def pieces(self) -> PiecewiseLinear | None:
        """A single relu network as the piecewise linear map that it is; None for others."""
        if self.activation != "relu" or self.shape:
            return None
        layer = [PiecewiseLinear.identity()]
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            layer = [FUNCTIONS["relu"](_combined(row, layer, level)) for row, level in zip(W, b, strict=True)]
        whole = _combined(self.weights[-1][0], layer, self.biases[-1][0])
        return (whole + float(self.skip) * PiecewiseLinear.identity()).bends()

    # -- forward ----------------------------------------

    def __call__(self, z: Array) -> np.ndarray:
        """G at numbers z of shape (n,): (..., n)."""
        return self._blocks(z, with_slope=False)[0]

    def derivative(self, z: Array) -> np.ndarray:
        """G' at numbers z of shape (n,): (..., n)."""
        return self._blocks(z, with_slope=True)[1]

    def value_and_derivative(self, z: Array) -> tuple[np.ndarray, np.ndarray]:
        """G and G' in one pass: half the work of the two apart."""
        x, slope = self._blocks(z, with_slope=True)
        return x, slope

    def _blocks(self, z: Array, *, with_slope: bool) -> tuple[np.ndarray, np.ndarray]:
        z = np.asarray(z, dtype=float)
        if z.ndim != 1:
            raise DomainError(f"z has shape {z.shape}; a network takes numbers of shape (n,).")
        x, slope = np.empty((*self.shape, len(z))), np.empty((*self.shape, len(z)) if with_slope else 0)
        for start in range(0, len(z), _BLOCK):
            part = slice(start, start + _BLOCK)
            found, rise = self._forward(z[part], with_slope)
            x[..., part] = found
            if with_slope:
                slope[..., part] = rise
        return x, slope

    def _forward(self, z: np.ndarray, with_slope: bool) -> tuple[np.ndarray, Any]:
        s, slope_of = _ACTIVATIONS[self.activation]
        a, rise = z[None, :], np.ones((1, len(z)))
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            a = s((W * a if W.shape[-1] == 1 else W @ a) + b[..., None])
            if with_slope:
                rise = (W * rise if W.shape[-1] == 1 else W @ rise) * slope_of(a)
        W, b = self.weights[-1], self.biases[-1]
        x = (W @ a)[..., 0, :] + b + self.skip[..., None] * z
        return x, (W @ rise)[..., 0, :] + self.skip[..., None] if with_slope else None


def _combined(weights: np.ndarray, maps: list[PiecewiseLinear], level: float) -> PiecewiseLinear:
    """The weighted sum of maps, and a constant."""
    z = np.unique(np.concatenate([one.z for one in maps]))
    x = weights @ np.array([one(z) for one in maps]) + level
    left, right = weights @ np.array([one.slopes for one in maps])
    return PiecewiseLinear(z, x, (float(left), float(right)))


def _numbers(name: str, values: Array) -> np.ndarray:
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise DomainError(f"{name} is {values!r}; it must be an array of numbers.") from None
    if not np.isfinite(array).all():
        raise DomainError(f"{name} holds nan or inf; a network's parameters are finite numbers.")
    array.setflags(write=False)
    return array


def _pair(name: str, given: Any) -> tuple[float, float]:
    """A shift and a scale that can be undone."""
    array = _numbers(name, given)
    if array.shape != (2,) or array[1] == 0:
        raise DomainError(f"{name} is {given!r}; it must be two numbers, a shift and a scale other than 0.")
    return float(array[0]), float(array[1])


def _fitting(weights: tuple[np.ndarray, ...], biases: tuple[np.ndarray, ...]) -> None:
    """Each layer takes what the one before gives, and all have the same ensemble axes."""
    width, lead = 1, weights[0].shape[:-2]
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        out = 1 if i == len(weights) - 1 else (W.shape[-2] if W.ndim >= 2 else 0)
        if W.shape != (*lead, out, width) or b.shape != (*lead, out):
            raise DomainError(
                f"weights[{i}] has shape {W.shape} and biases[{i}] {b.shape}; they must be {(*lead, out, width)} and "
                f"{(*lead, out)}: (..., out, in) and (..., out), from 1 input to 1 output."
            )
        width = out
