"""A generator G: z -> x with its derivative, from text or from any vectorised function.

The change of variables needs G' to rounding. A text is differentiated by the complex step: G(z + ih) = G(z) + ih G'(z)
to second order in h, and h = 1e-25 z leaves no second order (Squire and Trapp 1998). A function that computes on
complex arrays is differentiated in the same way; any other by Ridders' extrapolation of differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.expressions import NUMPY_CONSTANTS, NUMPY_FUNCTIONS, Expression, parse
from gantheory.mlp import MLP
from gantheory.panels import EPS
from gantheory.piecewise_linear import FUNCTIONS, PiecewiseLinear

__all__ = ["ContradictionError", "Generator", "as_generator", "by_differences", "contradiction"]

Array = Any
_STEP = 1e-25
_SMALLEST_STEP = 1e-200
_TOLD = 1e4 * EPS  # of the largest |G|, the slope that differences over steps of 0.01 and less no longer tell
_PROBES = np.array([-2.3, -1.1, -0.37, 0.23, 0.71, 1.9])


class ContradictionError(DomainError):
    """G does not move by what its derivative says."""


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
        return _checked(self.G(z.ravel().copy()), z.ravel()).reshape(z.shape)  # a G may work in place

    def value_and_derivative(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G(z) and G'(z) for z of shape (n,), in one pass where G has one."""
        if self.both is None:
            return self(z), self.derivative(z)
        x, slope = self.both(z.copy())
        return _checked(x, z), slope

    def derivative(self, z: Array) -> np.ndarray:
        """G'(z), of the shape of z."""
        z = np.asarray(z, dtype=float)
        with np.errstate(all="ignore"):
            slope = np.asarray(self.slope(z.ravel().copy()))
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
    together = _of_kind(_tried("G", G), _PROBES)
    ours = isinstance(G, (MLP, PiecewiseLinear))
    text = str(G) if ours else ""
    pieces = G.pieces() if isinstance(G, MLP) else G.bends() if isinstance(G, PiecewiseLinear) else None
    if not ours:
        name, given = getattr(G, "__name__", "G"), G
        G = _guarded("G", given)
        _not_by_batch(G, together)
        G.__name__ = name
        for method in ("derivative", "value_and_derivative"):
            if hasattr(given, method):
                setattr(G, method, getattr(given, method))
    slope, how = getattr(G, "derivative", None) if derivative is None else derivative, "given"
    if derivative is not None:
        _tried("derivative", slope)
    elif slope is not None and not _gives_numbers(slope):  # a method of that name that does something else
        slope = None
    if slope is None:
        slope, how = _found_slope(G)
    both = getattr(G, "value_and_derivative", None) if derivative is None else None
    return Generator(G, slope, text, how, both, pieces)


def _guarded(name: str, function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A user's function on copies of z, in case it works in place; what it raises is told in our words."""

    def called(z: Array) -> Array:
        try:
            found = function(np.array(z))
        except DomainError:
            raise
        except Exception as error:
            raise DomainError(
                f"{name} raised {type(error).__name__} on an array z ({error}); it must be defined, and vectorised, "
                f"wherever the prior lives: here from {np.real(z).min():.6g} to {np.real(z).max():.6g}."
            ) from error
        found = np.asarray(found) if isinstance(found, (list, tuple)) else found
        return found.astype(float) if getattr(found, "dtype", None) == np.bool_ else found

    return called


def _not_by_batch(G: Callable[[Array], Array], together: np.ndarray) -> None:
    """A G that looks at the whole batch, as batch normalisation does, is no function of z."""
    with np.errstate(all="ignore"):
        alone = np.concatenate([_of_kind(G(_PROBES[i : i + 1]), _PROBES[i : i + 1]) for i in range(len(_PROBES))])
        known = np.isfinite(alone + together)
        differ = known & (np.abs(alone - together) > 1e-6 * np.abs(together[known]).max(initial=0.0))
    if differ.any():
        i = int(np.flatnonzero(differ)[0])
        raise DomainError(
            f"G is {together[i]:.6g} at z = {_PROBES[i]} in a batch and {alone[i]:.6g} alone; it must be a function of "
            "each z. Switch batch statistics off: G.eval()."
        )


def _gives_numbers(slope: Any) -> bool:
    """Whether a method called derivative returns a real number for each z."""
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(slope(_PROBES.copy()))
        return found.shape == _PROBES.shape and found.dtype.kind in "fiu"
    except Exception:  # whatever it is for, it is not for this
        return False


def by_differences(generator: Generator) -> Generator:
    """The same generator, its derivative found by differences."""
    return replace(generator, slope=_differences(generator.G), differentiation="differences", both=None)


def _tried(name: str, function: Any) -> Any:
    """What a user's function returns for an array of z; whatever it raises is told in our words."""
    if not callable(function):
        raise DomainError(f"{name} is {function!r}; it must be a function of z.")
    try:
        with np.errstate(all="ignore"):
            return function(_PROBES.copy())  # it may work in place
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
        if x.dtype.kind not in "fiubcO":
            raise TypeError(f"its entries are {x.dtype}")
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
COMPLEX_FUNCTIONS: dict[str, Callable[..., Any]] = {
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
        found = expression.evaluate({"z": z, **NUMPY_CONSTANTS}, COMPLEX_FUNCTIONS)
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
    differences = _differences(G)
    slope = _complex_step(lambda z: np.asarray(G(z)))
    try:
        with np.errstate(all="ignore"):
            real, found = np.asarray(G(probes.copy())), np.asarray(G(probes + 1j * _STEP))
            same = np.iscomplexobj(found) and found.shape == real.shape
            seen = np.isfinite(real)
            if same and seen.any() and np.allclose(np.real(found)[seen], real[seen], rtol=1e-12, atol=0.0):
                numeric, exact = differences(probes)[seen], slope(probes)[seen]
                told = max(1e-7 * float(np.abs(numeric).max()), _TOLD * float(np.abs(real[seen]).max()))
                if np.allclose(exact, numeric, rtol=1e-5, atol=told):
                    return slope, "complex step"
    except Exception:  # whatever a user's function raises on complex numbers: it does not take them
        pass
    return differences, "differences"


def _differences(G: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Ridders' extrapolation of differences, central ones and those to either side, for all points at once.

    Beside a kink or a jump, or an end of where G lives, one of the sides knows nothing of it.
    """

    def at(z: np.ndarray) -> np.ndarray:
        return np.asarray(G(z.ravel()), dtype=float).reshape(z.shape)

    def slope(z: Array) -> Array:
        z = np.asarray(z, dtype=float)
        with np.errstate(all="ignore"):
            here = at(z)
            best, error = _extrapolated(lambda z, h: (at(z + h) - at(z - h)) / (2.0 * h), z, 1.96)
            scale = np.abs(best) + EPS * np.abs(here) / np.maximum(np.abs(z), 1e-3)
            poor = ~(error <= 1e-8 * scale)
            if not poor.any():
                return best
            some, x, doubt = z[poor], here[poor], error[poor] / np.abs(best[poor])
            rules = [(lambda z, h, s=s: s * (at(z + s * h) - x) / h, 1.4, 0.01) for s in (1.0, -1.0)]
            central = lambda z, h: (at(z + h) - at(z - h)) / (2.0 * h)  # noqa: E731
            rules += [(central, 1.96, 5e-4), (central, 1.96, 0.0)]  # near an end of where G lives, or near 0
            for quotient, ratio, longest in rules:
                one, apart = _extrapolated(quotient, some, ratio, longest)
                share = np.where(one == 0, np.where(apart == 0, 0.0, np.inf), apart / np.abs(one))
                better = ~(share >= 0.1 * doubt)  # the poorer rule must be clearly the better one
                best[poor], doubt = np.where(better, one, best[poor]), np.where(better, share, doubt)
        return best

    return slope


def _extrapolated(
    quotient: Callable[[np.ndarray, np.ndarray], np.ndarray], z: np.ndarray, ratio: float, longest: float = 0.01
) -> tuple[np.ndarray, np.ndarray]:
    """The limit of a difference quotient as its step falls by 1.4 each time, and how far its estimates are apart.

    G is asked once for the places of all steps.
    """
    longest_step = np.maximum((2.0 * longest or 0.02) * np.abs(z), longest or 1e-300)
    h = longest_step * (1.4 ** -np.arange(12.0)).reshape(12, *(1 for _ in z.shape))
    quotients = quotient(z, h)
    best, error, above = np.full(z.shape, np.nan), np.full(z.shape, np.inf), []
    for level in range(12):
        row, factor = [quotients[level]], 1.0
        for j in range(level):
            factor *= ratio
            row.append((factor * row[j] - above[j]) / (factor - 1.0))
            apart = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - above[j]))
            better = apart <= error
            best, error = np.where(better, row[-1], best), np.where(better, apart, error)
        above = row
    return best, error


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
