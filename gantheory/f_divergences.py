"""The f-divergence of any convex f, handed over as a function or as text.

Everything else of this package knows its integrand. Here f is a stranger: its limits at 0 and at infinity are read off
it (or given), its kink at u = 1 is looked for, and its rounding is guessed from its own size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation
from gantheory.expressions import NUMPY_FUNCTIONS, parse
from gantheory.integrals import Terms
from gantheory.panels import EPS
from gantheory.ratio import At

__all__ = ["f_divergence"]

Array = Any
_LARGEST_LOG = 690.0


def f_divergence(
    p: Any,
    q: Any,
    f: Callable[[Array], Array] | str,
    /,
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    grid: Any = None,
    rtol: float = 1e-12,
    atol: float = 0.0,
) -> Estimate:
    r"""The f-divergence of a convex f, in the units of f.

    .. math:: D_f(p\|q) = \int_{q>0} q\, f(p/q) \, d\mu + P(q = 0) \lim_{u\to\infty} f(u)/u

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
    f : callable or str
        u -> f(u) on u > 0, vectorised; as text, in the variable u (``"u*log(u)"`` is KL(p‖q)).
    at_zero : float, optional
        f(0), may be inf; by default the limit is read off f near 0.
    slope_at_infinity : float, optional
        lim f(u)/u, may be inf; by default it is read off f far out.
    grid, rtol, atol
        As in `js_divergence`.

    Returns
    -------
    Estimate
        Shape (...), at least f(1), which is 0 for a divergence proper; that is not asked of f. Basis "estimate": f is a
        function that the package does not know.

    Raises
    ------
    DomainError
        If f is nan on u > 0, is not convex, or is not a function of u.
    ConvergenceError
        If the integral does not settle, as where p's tail is too heavy for f.

    Examples
    --------
    >>> print(f_divergence("norm(0, 1)", "norm(1, 1)", "(u - 1)**2"))  # Pearson: e - 1
    1.7182818284590... ± ...
    """
    function = _as_function(f)
    _convex(function)
    zero = _limit(function, "at_zero", at_zero)
    infinity = _limit(lambda v: function(1.0 / v) * v, "slope_at_infinity", slope_at_infinity)

    low, high = _finite_range(function)

    def terms(at: At) -> Terms:
        u = np.exp(np.clip(at.r, low, high))
        with np.errstate(all="ignore"):
            values, nudged = (np.asarray(function(v), dtype=float) for v in (u, u * (1 + 1e-6)))
            if np.isnan(values).any():
                raise DomainError("f is nan at some u > 0; it must be a number (or inf) on the whole half-line u > 0.")
            slope = np.minimum(np.abs(nudged - values) * 1e6, 1e300)  # d f/d r = u f'(u)
            # f itself is taken to be right to a few eps of 1 + |f|: near u = 1 its terms cancel
            own = 4 * EPS * (1 + np.minimum(np.abs(values), 1e300))
            noise = np.where(np.isfinite(at.r), np.minimum(slope * (at.rounding_r + 4 * EPS) + own, 1e300), 0.0)
        # beyond the floats u at which f is one, f has its limit if that is finite; or else it is anybody's guess: as
        # far again as it moved on the way there
        above, below = at.r > high, at.r < low
        under_p = np.where(np.isposinf(at.r) | (above & math.isfinite(infinity)), infinity, values / u)
        under_q = np.where(np.isneginf(at.r) | (below & math.isfinite(zero)), zero, values)
        past = np.where(np.isfinite(at.r), np.maximum(at.r - high, low - at.r), 0.0)
        guess_p = np.where(above & (not math.isfinite(infinity)), np.minimum(past * np.abs(values / u), 1e300), 0.0)
        guess_q = np.where(below & (not math.isfinite(zero)), np.minimum(past * np.abs(values), 1e300), 0.0)
        rises = at.r > 0
        return Terms(
            np.where(rises, under_p, 0.0),
            np.where(rises, 0.0, under_q),
            np.where(rises, np.where(above, 0.0, 2 * noise / u) + guess_p, 0.0),
            np.where(rises, 0.0, np.where(below, 0.0, noise) + guess_q),
        )

    functional = Functional(terms, kink=(lambda at: at.r) if _bends_at_1(function) else None, basis="estimate")
    found = pair_expectation(p, q, functional, grid=grid, rtol=rtol, atol=atol, name="f_divergence")
    size = np.abs(found.value)
    with np.errstate(over="ignore"):  # what overflows here is beyond every tolerance
        hopeless = (found.error > 1e12 * (1.0 + size)) | ((size > 1e100) & (found.error > size))
    if np.any(np.isfinite(found.value) & hopeless):
        raise ConvergenceError(
            f"f_divergence cannot be told: p/q leaves the floats at which f is one, where there is mass. The best "
            f"estimate is {found}; it may be infinite. Use laws nearer to each other, or kl_divergence for KL.",
            found,
        )
    return found


def _finite_range(f: Callable[[Array], Array]) -> tuple[float, float]:
    """The logarithms of u between which f is finite, as far as floats go."""
    logs = np.linspace(0.0, _LARGEST_LOG, 691)
    with np.errstate(all="ignore"):
        up, down = (np.abs(np.asarray(f(np.exp(sign * logs)), dtype=float)) < 1e300 for sign in (1.0, -1.0))
    return -float(logs[np.argmin(down) - 1] if not down.all() else logs[-1]), float(
        logs[np.argmin(up) - 1] if not up.all() else logs[-1]
    )


def _as_function(f: Callable[[Array], Array] | str) -> Callable[[Array], Array]:
    if isinstance(f, str):
        expression = parse(f, names=("u",))
        return lambda u: np.asarray(expression.evaluate({"u": u}, NUMPY_FUNCTIONS)) + np.zeros(np.shape(u))
    if not callable(f):
        raise DomainError(f"f is {f!r}; it must be a function of u = p/q, or its text such as 'u*log(u)'.")
    return f


def _convex(f: Callable[[Array], Array]) -> None:
    """Refuse a function whose chords fall somewhere: by data processing and by Jensen it would be no divergence."""
    u = np.concatenate([10.0 ** np.linspace(-3.0, 3.0, 49), [0.9, 1.1]])
    u.sort()
    with np.errstate(all="ignore"):
        values = np.asarray(f(u), dtype=float)
        slopes = np.diff(values) / np.diff(u)
        noise = 1e-9 * (np.abs(slopes[1:]) + np.abs(slopes[:-1])) + 64 * EPS * np.abs(values[1:-1]) / np.diff(u)[:-1]
        falls = np.diff(slopes) < -noise
    falls &= np.isfinite(slopes[1:]) & np.isfinite(slopes[:-1])
    if falls.any():
        raise DomainError(
            f"f is not convex: its slope falls near u = {float(u[1:-1][falls][0]):.3g}. An f-divergence is of a convex "
            "f; for a concave one take -f, and the negative of the result."
        )


def _bends_at_1(f: Callable[[Array], Array]) -> bool:
    """Whether f has a kink at u = 1, as those of hinge or total-variation type do."""
    with np.errstate(all="ignore"):
        left, middle, right = np.asarray(f(np.array([1 - 1e-6, 1.0, 1 + 1e-6])), dtype=float)
    return bool(abs(right - 2 * middle + left) > 1e-8)


def _limit(function: Callable[[Array], Array], name: str, given: float | None) -> float:
    """The limit at 0, as given or read off ever smaller arguments."""
    if given is not None:
        if not isinstance(given, (int, float, np.floating)) or math.isnan(given):
            raise DomainError(f"{name} is {given!r}; it must be a number, inf allowed.")
        return float(given)
    u = 10.0 ** -np.arange(4.0, 300.0, 8.0)
    with np.errstate(all="ignore"):
        values = np.asarray(function(u), dtype=float)
    values = values[~np.isnan(values)]
    if len(values) >= 8:
        last = float(values[-1])
        with np.errstate(invalid="ignore"):
            step, before = abs(values[-1] - values[-2]), abs(values[-2] - values[-3])
        if math.isinf(last) or step <= 1e-12 * max(1.0, abs(last)):
            return last
        if step >= 0.99 * before:  # a logarithm grows by one step each 8 decades, a power by more
            return math.copysign(math.inf, last)
    raise DomainError(f"{name} cannot be read off f, which is nan or slow there; give it: {name}=... (inf is allowed).")
