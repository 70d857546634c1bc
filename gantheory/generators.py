"""A generator G: z -> x with its derivative, from text or from any vectorised function.

The change of variables needs G' to rounding. A text is differentiated by the complex step: G(z + ih) = G(z) + ih G'(z)
to second order in h, and h = 1e-100 leaves no second order (Squire and Trapp 1998). A function that computes on complex
arrays is differentiated in the same way; any other by Ridders' extrapolation of central differences, to about 1e-11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.expressions import NUMPY_CONSTANTS, NUMPY_FUNCTIONS, Expression, parse
from gantheory.mlp import MLP
from gantheory.piecewise_linear import FUNCTIONS, PiecewiseLinear

__all__ = ["Generator", "as_generator"]

Array = Any
_STEP = 1e-100
_SMALLEST_STEP = 1e-200
_PROBES = np.array([-2.3, -1.1, -0.37, 0.23, 0.71, 1.9])


@dataclass(frozen=True)
class Generator:
    """A map of the line into itself that can be differentiated.

    Attributes
    ----------
    G, slope : callable
        z -> G(z) and z -> G'(z) on arrays of shape (n,).
    text : str
        The expression in z; empty for a function.
    differentiation : str
        How G' is found: "given", "complex step" or "differences".
    both : callable or None
        z -> (G(z), G'(z)), where G knows a way to have both that is shorter than one after the other.
    pieces : PiecewiseLinear or None
        G itself, where it is a continuous piecewise linear map and is known to be one.
    """

    G: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    text: str = ""
    differentiation: str = "given"
    both: Callable[[Array], tuple[np.ndarray, np.ndarray]] | None = None
    pieces: PiecewiseLinear | None = None

    def __call__(self, z: Array) -> np.ndarray:
        z = np.asarray(z, dtype=float)
        return _checked(self.G(z.ravel()), z.ravel()).reshape(z.shape)

    def value_and_derivative(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G(z) and G'(z) for z of shape (n,), in one pass where G has one."""
        if self.both is None:
            return self(z), self.derivative(z)
        x, slope = self.both(z)
        return _checked(x, z), slope

    def derivative(self, z: Array) -> np.ndarray:
        """G'(z), of the shape of z."""
        z = np.asarray(z, dtype=float)
        with np.errstate(all="ignore"):
            slope = np.asarray(self.slope(z.ravel()))
        if slope.shape != z.ravel().shape:
            raise DomainError(
                f"derivative returned shape {slope.shape} for z of shape {z.ravel().shape}; it must return a number "
                "for each z."
            )
        return slope.astype(float).reshape(z.shape)

    def __str__(self) -> str:
        return self.text or getattr(self.G, "__name__", "G")


def as_generator(G: Any, derivative: Callable[[Array], Array] | None = None) -> Generator:
    """A Generator as it is; a text in z; a function of z, its derivative given or found.

    Raises
    ------
    DomainError
        If G is no function of z, if it returns nan, complex numbers, float32 or another shape, or if the derivative
        that is given is not G's.
    """
    if isinstance(G, Generator):
        return G
    if isinstance(G, str):
        if derivative is not None:
            raise DomainError("derivative is given for a text, whose derivative is known; leave it out.")
        return _of_text(G)
    if not callable(G):
        raise DomainError(f'G is {G!r}; it must be a function of z, or a text such as "tanh(2*z) + 0.3*z".')
    _of_kind(_tried("G", G), _PROBES)
    slope, how = getattr(G, "derivative", None) if derivative is None else derivative, "given"
    if slope is not None:
        _tried("derivative", slope)
    else:
        slope, how = _found_slope(G)
    both = getattr(G, "value_and_derivative", None) if derivative is None else None
    ours = isinstance(G, (MLP, PiecewiseLinear))
    pieces = G.pieces() if isinstance(G, MLP) else G.bends() if isinstance(G, PiecewiseLinear) else None
    return Generator(G, slope, str(G) if ours else "", how, both, pieces)


def _tried(name: str, function: Any) -> Any:
    """What a user's function returns for an array of z; whatever it raises is told in our words."""
    if not callable(function):
        raise DomainError(f"{name} is {function!r}; it must be a function of z.")
    try:
        with np.errstate(all="ignore"):
            return function(_PROBES)
    except DomainError:
        raise
    except Exception as error:
        raise DomainError(
            f"{name} raised {type(error).__name__} on an array z ({error}); it must be vectorised: np.sin for "
            "math.sin, np.where for if, or np.vectorize around it."
        ) from error


def _checked(x: Any, z: np.ndarray) -> np.ndarray:
    """What G returned for an array z: as many float64 numbers, none of them nan."""
    x = _of_kind(x, z)
    if np.isnan(x).any():
        raise DomainError(
            f"G returned nan at z = {float(z[np.isnan(x)][0])!r}; it must be a number wherever the prior lives."
        )
    return x


def _of_kind(x: Any, z: np.ndarray) -> np.ndarray:
    """What G returned, as float64 numbers of z's shape."""
    try:
        x = np.asarray(x)
    except (TypeError, ValueError, RuntimeError) as error:  # a tensor that records gradients refuses
        raise DomainError(
            f"G returned {type(x).__name__}, which is no array ({error}); return numpy numbers: "
            "lambda z: G(torch.from_numpy(z)).detach().numpy()."
        ) from None
    if np.iscomplexobj(x):
        raise DomainError("G returned complex numbers; it must return real ones, as .real does.")
    if x.dtype in (np.float32, np.float16):
        raise DomainError(
            f"G returned {x.dtype}; the change of variables needs float64. Convert it once: G.double(), or "
            "G.astype(float64) for its weights."
        )
    if x.shape != z.shape:
        raise DomainError(
            f"G returned shape {x.shape} for z of shape {z.shape}; it must return one x for each z: "
            "G(z[:, None])[:, 0] for a network with a feature axis."
        )
    return x.astype(float)


# -- texts ----------------------------------------


def _by_real_part(pick: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def chosen(*values: Array) -> Array:
        return reduce(lambda a, b: np.where(pick(np.real(a), np.real(b)), a, b), values)

    return chosen


def _softplus(z: Array) -> Array:
    size = np.where(np.real(z) > 0, z, -z)
    return np.where(np.real(z) > 0, z, 0.0) + np.log1p(np.exp(-size))


def _expit(z: Array) -> Array:
    small = np.exp(np.where(np.real(z) > 0, -z, z))
    return np.where(np.real(z) > 0, 1.0, small) / (1.0 + small)


_MAXIMUM, _MINIMUM = _by_real_part(np.greater_equal), _by_real_part(np.less_equal)
# what numpy's functions are on z + ih: analytic ones as they are, the others by what they do to the real part
_COMPLEX_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **NUMPY_FUNCTIONS,
    "abs": lambda z: np.where(np.real(z) < 0, -z, z),
    "clip": lambda z, low, high: _MINIMUM(_MAXIMUM(z, low), high),
    "expit": _expit,
    "max": _MAXIMUM,
    "min": _MINIMUM,
    "relu": lambda z: np.where(np.real(z) > 0, z, 0.0),
    "sign": lambda z: np.sign(np.real(z)),
    "softplus": _softplus,
}


def _of_text(text: str) -> Generator:
    expression = parse(text, names=("z", *NUMPY_CONSTANTS))

    def G(z: Array) -> Array:
        return np.asarray(expression.evaluate({"z": z, **NUMPY_CONSTANTS})) + np.zeros(np.shape(z))

    def complex_G(z: Array) -> Array:
        found = expression.evaluate({"z": z, **NUMPY_CONSTANTS}, _COMPLEX_FUNCTIONS)
        return np.asarray(found) + np.zeros(np.shape(z), dtype=complex)

    return Generator(G, _complex_step(complex_G), text, "complex step", None, _pieces(expression))


def _pieces(expression: Expression) -> PiecewiseLinear | None:
    """The text as a piecewise linear map, where each of its operations keeps it one."""
    try:
        found = expression.evaluate({"z": PiecewiseLinear.identity(), **NUMPY_CONSTANTS}, FUNCTIONS)
    except (TypeError, DomainError, OverflowError):  # another function, or a product of two maps
        return None
    return found.bends() if isinstance(found, PiecewiseLinear) else None


def _complex_step(G: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def slope(z: Array) -> Array:
        z = np.asarray(z, dtype=float)
        h = _STEP * np.maximum(np.abs(z), _SMALLEST_STEP / _STEP)
        with np.errstate(all="ignore"):
            return np.imag(G(z + 1j * h)) / h

    return slope


# -- functions ----------------------------------------


def _found_slope(G: Callable[[Array], Array]) -> tuple[Callable[[Array], Array], str]:
    """The complex step where G computes on complex arrays as it does on real ones; differences elsewhere."""
    probes = _PROBES
    by_differences = _differences(G)
    slope = _complex_step(lambda z: np.asarray(G(z)))
    try:
        with np.errstate(all="ignore"):
            real, found = np.asarray(G(probes)), np.asarray(G(probes + 1j * _STEP))
            same = np.iscomplexobj(found) and found.shape == real.shape
            seen = np.isfinite(real)
            if same and seen.any() and np.allclose(np.real(found)[seen], real[seen], rtol=1e-12, atol=0.0):
                numeric, exact = by_differences(probes)[seen], slope(probes)[seen]
                if np.allclose(exact, numeric, rtol=1e-5, atol=1e-7 * float(np.abs(numeric).max())):
                    return slope, "complex step"
    except Exception:  # whatever a user's function raises on complex numbers: it does not take them
        pass
    return by_differences, "differences"


def _differences(G: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Ridders' extrapolation of central differences, for all points at once."""

    def slope(z: Array) -> Array:
        z = np.asarray(z, dtype=float)
        h = 0.02 * np.maximum(np.abs(z), 0.5)
        best, error, above = np.full(z.shape, np.nan), np.full(z.shape, np.inf), []
        for level in range(12):
            with np.errstate(all="ignore"):
                row = [(np.asarray(G(z + h)) - np.asarray(G(z - h))) / (2.0 * h)]
                factor = 1.0
                for j in range(level):
                    factor *= 1.96
                    row.append((factor * row[j] - above[j]) / (factor - 1.0))
                    apart = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - above[j]))
                    better = apart <= error
                    best, error = np.where(better, row[-1], best), np.where(better, apart, error)
            above, h = row, h / 1.4
        return best

    return slope


def contradiction(generator: Generator, z: np.ndarray) -> str:
    """Where a derivative that was given is not G's, in words; empty where it is."""
    with np.errstate(all="ignore"):
        said, seen = generator.derivative(z), _differences(generator.G)(z)
    scale = float(np.nanmax(np.abs(seen), initial=0.0))
    wrong = np.abs(said - seen) > 1e-3 * np.abs(seen) + 1e-5 * scale
    wrong &= np.isfinite(seen)
    if np.mean(wrong) <= 0.2:  # a kink between the two steps is no contradiction
        return ""
    i = int(np.flatnonzero(wrong)[0])
    return f"derivative is {said[i]:.6g} at z = {z[i]:.6g}, where differences of G say {seen[i]:.6g}"
