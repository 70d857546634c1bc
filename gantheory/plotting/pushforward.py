"""One generator taken apart: its graph branch by branch, the law of z below it, the law of x beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting.canvas import BLUE, DOTS, GREEN, ORANGE, PURPLE, SKY, VERMILION, as_axes, ink
from gantheory.plotting.ranges import bulk
from gantheory.pushforward import Pushforward

__all__ = ["plot_pushforward"]

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
_POINTS, _BINS = 801, 160


def plot_pushforward(p_g: Any, /, *, samples: int = 0, rng: Any = None, ax: Any = None) -> Any:
    """The law p_g of x = G(z), taken apart.

    In the middle the graph of G, each monotone branch in a colour of its own and flat pieces thick; a dot at each
    critical point, and a dotted line from it to the pole that it makes. Below, the density of z. To the right, on the
    same axis x, the density p_g, and a bar for each atom, as long as its mass.

    Parameters
    ----------
    p_g : Pushforward
    samples : int, default 0
        Size of a sample whose histogram is drawn behind p_g.
    rng : numpy.random.Generator, int or None
        From which it is drawn.
    ax : matplotlib Axes, optional
        By default that of a new figure. It shrinks, and the two others take what it leaves of its place.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If p_g is not the law of a generator, or samples is not a number of them.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = plot_pushforward(Pushforward("z**3 - z", "norm(0, 0.8)"), samples=10_000, rng=0)
    >>> [line.get_gid() for line in ax.lines]
    ['branch', 'branch', 'branch', 'critical point', 'critical point']
    """
    if not isinstance(p_g, Pushforward):
        raise DomainError(f'p_g is {p_g!r}; it must be the law of a generator: Pushforward("z**2", "norm(0, 1)").')
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < 0:
        raise DomainError(f"samples is {samples!r}; it must be a number of samples, or 0 for none.")
    ax = as_axes(ax)
    place = ax.get_position()
    ax.set_position((place.x0, place.y0 + 0.3 * place.height, 0.64 * place.width, 0.7 * place.height))
    z_lo, z_hi = bulk([p_g.prior])
    x_lo, x_hi = _values(p_g)
    _graph(ax, p_g, z_lo, z_hi)
    ax.set(xlim=(z_lo, z_hi), ylim=(x_lo, x_hi), ylabel="$x = G(z)$")
    below = ax.inset_axes((0.0, -0.34, 1.0, 0.24), sharex=ax)
    z = np.linspace(z_lo, z_hi, _POINTS)
    below.fill_between(z, p_g.prior.pdf(z), color=ink(), alpha=0.2, linewidth=0, gid="prior")
    below.set(xlabel="$z$", ylabel="$p_z$", yticks=[], ylim=(0, None))
    beside = ax.inset_axes((1.04, 0.0, 0.5, 1.0), sharey=ax)
    _density(beside, p_g, x_lo, x_hi, int(samples), rng)
    for side in (below, beside):
        side.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelbottom=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _values(p_g: Pushforward) -> tuple[float, float]:
    """The range of x that holds nearly all of p_g and everything that happens to it, with a margin."""
    special = np.concatenate([[pole.location for pole in p_g.poles()], p_g.atoms()[0]])
    ends = np.concatenate([p_g.ppf(np.array([0.02, 0.98])), special])
    margin = 0.08 * (np.ptp(ends) or 1.0)
    return float(ends.min() - margin), float(ends.max() + margin)


def _graph(ax: Any, p_g: Pushforward, z_lo: float, z_hi: float) -> None:
    for k, branch in enumerate(p_g.branches):
        z = np.linspace(max(branch.z0, z_lo), min(branch.z1, z_hi), _POINTS)
        if z[-1] > z[0]:
            ax.plot(z, p_g.generator(z), color=_COLOURS[k % len(_COLOURS)], linewidth=1.8, gid="branch")
    for flat in p_g.flats:
        ends = [max(flat.z0, z_lo), min(flat.z1, z_hi)]
        ax.plot(ends, [flat.value] * 2, color=ink(), linewidth=4, alpha=0.6, solid_capstyle="butt", gid="flat piece")
    folds = {fold.z: fold.value for b in p_g.branches for fold in (b.fold0, b.fold1) if fold is not None}
    for z_c, value in sorted(folds.items()):
        ax.plot(z_c, value, "o", color=ink(), markersize=4.5, gid="critical point")
        ax.hlines(value, z_c, z_hi, color=ink(), linestyle=DOTS, linewidth=0.9, alpha=0.7, gid="critical value")


def _density(ax: Any, p_g: Pushforward, lo: float, hi: float, samples: int, rng: Any) -> None:
    """p_g drawn sideways: towards a pole it leaves the picture."""
    poles = np.array([pole.location for pole in p_g.poles()])
    x = np.union1d(np.linspace(lo, hi, _POINTS), (poles[:, None] + (hi - lo) * np.array([-1e-6, 1e-6])).ravel())
    density = np.asarray(p_g.pdf(x))
    seen = density[np.isfinite(density) & (np.abs(x[:, None] - poles).min(axis=1, initial=np.inf) > 0.01 * (hi - lo))]
    top = 1.5 * float(seen.max(initial=0.0)) or 1.0
    if samples:
        draws = np.asarray(p_g.sample(samples, rng=rng))
        draws = draws[~np.isin(draws, p_g.atoms()[0])]  # those are the bars of the atoms
        counts, edges = np.histogram(draws, bins=_BINS, range=(lo, hi))
        height = counts / (samples * np.diff(edges))
        ax.stairs(height, edges, orientation="horizontal", fill=True, color=SKY, alpha=0.45, gid="histogram")
    ax.plot(np.minimum(density, 10.0 * top), x, color=GREEN, linewidth=1.5, gid="p_g")
    for pole in np.unique(poles):
        ax.axhline(pole, color=ink(), linestyle=DOTS, linewidth=0.9, alpha=0.7, gid="pole")
    for location, mass in zip(*p_g.atoms(), strict=True):
        ax.plot([0, top * mass], [location] * 2, color=VERMILION, linewidth=4, solid_capstyle="butt", gid="atom")
        inwards = 9 if location < 0.5 * (lo + hi) else -9  # clear of the density's own jump at the atom
        ax.annotate(
            f"mass {mass:.3g}", (0.0, location), (4, inwards), textcoords="offset points", va="center",
            fontsize="small", color=VERMILION,
        )  # fmt: skip
    ax.set(xlim=(0, top), xlabel="$p_g$")
    ax.tick_params(labelleft=False)
