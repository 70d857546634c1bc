"""The lower line of Figure 1: a generator, and the arrows z -> G(z)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.errors import DomainError
from gantheory.expressions import NUMPY_CONSTANTS, NUMPY_FUNCTIONS, parse
from gantheory.plotting.canvas import ink, ticks
from gantheory.plotting.ranges import bulk
from gantheory.pushforward import Pushforward

__all__ = ["Arrows", "arrows_of"]

Array = Any
_WIDTH = 0.72  # of the line of z, of the range of x: arrows that spread show that G does
_MANY = 4096
_TOLERANCE = 0.01  # of a probability: what so many images tell of a generator with some ten folds


def arrows_of(generator: Any, prior: Any, p_g: Any, number: Any) -> Arrows | None:
    """The arrows that were asked for, or those of p_g's own generator, or none."""
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, np.integer)) or number < 0:
        raise DomainError(f"arrows is {number!r}; it must be a whole number, and 0 for no arrows.")
    if generator is None and prior is None:
        own = isinstance(p_g, Pushforward) and number > 0
        return Arrows(p_g.generator, p_g.prior, None, int(number)) if own else None
    if generator is None or prior is None:
        missing, given = ("generator", "prior") if generator is None else ("prior", "generator")
        raise DomainError(f"{missing} is None but {given} is given; arrows z -> x need both, or neither.")
    made = Arrows(as_generator(generator), as_density(prior), p_g, max(int(number), 1))
    return made if number else None


class Arrows:
    """Arrows from z to x that carry the same mass each: their heads are as dense as p_g."""

    def __init__(self, generator: Callable[[Array], Array], prior: Any, p_g: Any, number: int) -> None:
        self.prior, self._generator = prior, generator
        self.z = self._equally_likely(number)
        self.x = self._images(self.z)
        if p_g is not None:
            self._must_reach(p_g)

    def _equally_likely(self, n: int) -> np.ndarray:
        return np.asarray(self.prior.ppf((np.arange(n) + 0.5) / n))

    def _images(self, z: np.ndarray) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):  # a pole of G is an infinite x
                x = np.asarray(self._generator(z), dtype=float)
        except (TypeError, ValueError) as error:
            raise DomainError(f"generator fails on an array of z with {error}; use numpy's functions in it.") from error
        if x.shape != z.shape or np.isnan(x).any() or np.isinf(x).sum() > 1 + _TOLERANCE * len(x):
            raise DomainError(
                f"generator gives shape {x.shape}, or nan or ∞, for {z.shape} z; it must give a finite number for each."
            )
        return x

    def _must_reach(self, p_g: Any) -> None:
        """The images of many equally likely z have p_g's cdf, to what their number can tell."""
        x = np.sort(self._images(self._equally_likely(_MANY)))
        x = x[np.isfinite(x)]
        nudge = 1e-9 * (1.0 + np.abs(x))  # an atom may be hit to rounding only
        above = np.searchsorted(x, x, side="right") / _MANY - p_g.cdf(x + nudge)
        below = p_g.cdf(x - nudge) - np.searchsorted(x, x, side="left") / _MANY
        off = max(float(np.max(above)), float(np.max(below)))
        if off > _TOLERANCE:
            raise DomainError(
                f"generator carries prior to a law that differs from p_g by {off:.2g} in a probability; p_g must be "
                "the law of generator(z). Pass that law as p_g, or leave generator and prior out."
            )

    def draw(self, ax: Any, lo: float, hi: float, level: float) -> None:
        """The line of z at a height `level` below that of x, centred under it, and the arrows between them."""
        z_lo, z_hi = bulk([self.prior])
        slope = _WIDTH * (hi - lo) / (z_hi - z_lo)
        start = lo + 0.5 * (1.0 - _WIDTH) * (hi - lo)

        def to_z(x: Array) -> Array:
            return z_lo + (np.asarray(x) - start) / slope

        def to_x(z: Array) -> Array:
            return start + (np.asarray(z) - z_lo) * slope

        line = ax.secondary_xaxis(level, functions=(to_z, to_x), transform=ax.transData)
        line.set_xticks(ticks(z_lo, z_hi, 6))
        line.spines["bottom"].set_bounds(z_lo, z_hi)
        line.tick_params(pad=2)
        _clear_labels(ax)
        shade = {"arrowstyle": "-|>", "color": ink(), "alpha": 0.45, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
        for x, z in zip(self.x, self.z):
            if lo <= x <= hi and z_lo <= z <= z_hi:
                ax.annotate("", (x, 0.0), xytext=(to_x(z), level), arrowprops=shade, gid="z -> x", zorder=1)
        for name, at, drop in (("x", (lo, 0.0), -6), ("z", (start, level), -3)):
            ax.annotate(name, at, (-10, drop), textcoords="offset points", ha="right", va="top", style="italic")


def _clear_labels(ax: Any) -> None:
    """The labels of x stay legible among the arrows that pass behind them."""
    from matplotlib.patheffects import withStroke

    ax.tick_params(axis="x", pad=6)
    for label in ax.get_xticklabels():
        label.set_path_effects([withStroke(linewidth=3.5, foreground=ax.get_facecolor())])


def as_generator(generator: Any) -> Callable[[Array], Array]:
    """A function of z, from itself or from its text."""
    if isinstance(generator, str):
        expression = parse(generator, names=("z", *NUMPY_CONSTANTS))
        return lambda z: expression.evaluate({"z": z, **NUMPY_CONSTANTS}, NUMPY_FUNCTIONS) + np.zeros(np.shape(z))
    if not callable(generator):
        raise DomainError(f"generator is {generator!r}; it must be a function z -> x, or its text such as '2*z + 1'.")
    return generator
