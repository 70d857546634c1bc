"""One generator taken apart: its graph branch by branch, the law of z below it, the law of x beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, DOTS, GREEN, ORANGE, PURPLE, SKY, VERMILION, dot, ink, note, typeset, wide
from gantheory.plotting.ranges import at_jumps, broken, bulk, peaks, points_between, tallest, thinned, within
from gantheory.pushforward import Pushforward

__all__ = ["plot_pushforward"]

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
_POINTS, _BINS = 801, 160
_WIDTH, _HEIGHT = 0.64, 0.7  # of the graph, of the place that the Axes had
_BELOW, _BESIDE = (0.0, -0.34, 1.0, 0.24), (1.04, 0.0, 0.5, 1.0)  # in widths and heights of the graph


def plot_pushforward(p_g: Any, /, *, samples: int = 0, rng: Any = None, ax: Any = None) -> Any:
    """The law p_g of x = G(z), taken apart.

    In the middle the graph of G, each monotone branch in a colour of its own and flat pieces thick; a dot at each
    critical point, and a dotted line from it to the pole that it makes. Below, the density of z. To the right, on the
    same axis x, the density p_g, and a bar for each atom, as long as its mass on the scale above.

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
        That of the graph; the others are its ``child_axes``, the law of z first.

    Raises
    ------
    DomainError
        If p_g is not the law of a generator, samples is not a number of them, or ax has a log scale.

    Notes
    -----
    A density that leaves the picture, at a pole or a narrow peak, ends in a triangle with its supremum beside it.
    Curves are interrupted where they jump. The range of x is where the bulk of p_g lies.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = plot_pushforward(Pushforward("z**3 - z", "norm(0, 0.8)"), samples=10_000, rng=0)
    >>> [line.get_gid() for line in ax.lines]
    ['branch', 'branch', 'branch', 'critical point', 'critical point']

    What a flat piece of G maps to one x is an atom of p_g:

    >>> ax = plot_pushforward(Pushforward("relu(z)"))
    >>> [text.get_text() for text in ax.child_axes[1].texts]
    ['mass 0.5']
    """
    if not isinstance(p_g, Pushforward):
        raise DomainError(f'p_g is {p_g!r}; it must be the law of a generator: Pushforward("z**2", "norm(0, 1)").')
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < 0:
        raise DomainError(f"samples is {samples!r}; it must be a number of samples, or 0 for none.")
    ax = canvas.on_scales(ax)
    canvas.shrink(ax, _WIDTH, _HEIGHT)
    (z_lo, z_hi), (x_lo, x_hi) = bulk([p_g.prior]), _values(p_g)
    _draw_graph(ax, p_g, z_lo, z_hi)
    canvas.limits(ax, x=(z_lo, z_hi), y=(x_lo, x_hi))
    below, beside = ax.inset_axes(_BELOW, sharex=ax), ax.inset_axes(_BESIDE, sharey=ax)
    _draw_prior(below, p_g.prior, z_lo, z_hi)
    _draw_law(beside, p_g, x_lo, x_hi, int(samples), rng)
    for one in (ax, below, beside):
        one.spines[["top", "right"]].set_visible(False)
    ax.set_ylabel("$x = G(z)$")
    ax.tick_params(labelbottom=False)
    beside.tick_params(labelleft=False)
    return ax


def _values(p_g: Pushforward) -> tuple[float, float]:
    """The range of x that holds the bulk of p_g and what happens near it, with a margin."""
    lo, hi = bulk([p_g])
    special = np.concatenate([[pole.location for pole in p_g.poles()], p_g.atoms()[0]])
    ends = [lo, hi, *special[(special > lo - (hi - lo)) & (special < hi + (hi - lo))]]
    margin = 0.05 * (max(ends) - min(ends))
    return float(min(ends) - margin), float(max(ends) + margin)


def _draw_graph(ax: Any, p_g: Pushforward, z_lo: float, z_hi: float) -> None:
    for k, branch in enumerate(p_g.branches):
        z = np.linspace(max(branch.z0, z_lo), min(branch.z1, z_hi), _POINTS)
        if z[-1] > z[0]:
            graph = _without_ends_beyond_a_jump(p_g.generator, z)
            ax.plot(*graph, color=_COLOURS[k % len(_COLOURS)], linewidth=wide(1.8), gid="branch")
    for flat in p_g.flats:
        ends, style = [max(flat.z0, z_lo), min(flat.z1, z_hi)], {"color": ink(), "linewidth": wide(4), "alpha": 0.6}
        ax.plot(ends, [flat.value] * 2, solid_capstyle="butt", gid="flat piece", **style)
    folds = {fold.z: fold.value for b in p_g.branches for fold in (b.fold0, b.fold1) if fold is not None}
    for z_c, value in sorted(folds.items()):
        ax.plot(z_c, value, "o", color=ink(), markersize=dot(4.5), gid="critical point")
        ax.hlines(value, z_c, z_hi, gid="critical value", **_dotted())


def _without_ends_beyond_a_jump(G: Any, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A branch's graph; where G jumps at an end of it, its value there is of no branch."""
    x, ends = np.asarray(G(z), dtype=float), [0, -1]
    inside = np.asarray(G(z[ends] + np.array([1e-9, -1e-9]) * (z[-1] - z[0])), dtype=float)
    with np.errstate(invalid="ignore"):  # ∞ less ∞, at a pole
        jumps = np.abs(inside - x[ends]) > 0.01 * np.ptp(x[1:-1])
    return z, np.where(jumps[0] & (z == z[0]) | jumps[1] & (z == z[-1]), np.nan, x)


def _dotted() -> dict[str, Any]:
    return {"color": ink(), "linestyle": DOTS, "linewidth": wide(0.9), "alpha": 0.7}


def _curve(law: Any, lo: float, hi: float, top: float) -> tuple[np.ndarray, np.ndarray]:
    """The density, interrupted where it jumps, and no higher than twice the top."""
    points = points_between(lo, hi, [law.breakpoints()])
    density = np.asarray(law.pdf(points))
    points, density = points[np.isfinite(density)], density[np.isfinite(density)]  # a pole itself has no height
    jumps = at_jumps(law.pdf, law.breakpoints(), lo, hi, least=0.01 * top, most=2.0 * top)
    return broken(points, np.minimum(density, 2.0 * top), jumps)


def _peaks(law: Any, lo: float, hi: float, top: float) -> list[tuple[float, float]]:
    points = points_between(lo, hi, [law.breakpoints()])
    return peaks(law, points, np.asarray(law.pdf(points)), top)


def _draw_prior(ax: Any, prior: Any, lo: float, hi: float) -> None:
    top = tallest([prior], lo, hi) if prior.continuous_mass > 0 else 1.0
    if prior.continuous_mass > 0:
        z, density = _curve(prior, lo, hi, top)
        ax.fill_between(*thinned(z, density, hi - lo, top), color=ink(), alpha=0.2, linewidth=0, gid="prior")
    locations, masses = within(prior.atoms(), lo, hi)
    if len(locations):
        ax.vlines(locations, 0.0, top * masses, color=ink(), linewidth=wide(2.0), gid="prior stems")
    for z, _ in _peaks(prior, lo, hi, top):
        ax.plot(z, 0.9 * top, "^", color=ink(), markersize=dot(4.5), gid="prior peak")
    ax.set(xlabel="$z$", ylabel="$p_z$", yticks=[], ylim=(0, 1.05 * top))


def _draw_law(ax: Any, p_g: Pushforward, lo: float, hi: float, samples: int, rng: Any) -> None:
    """p_g drawn sideways: towards a pole it leaves the picture."""
    has_density = p_g.continuous_mass > 0
    top = tallest([p_g], lo, hi) if has_density else 1.0
    if samples:
        _draw_histogram(ax, p_g, lo, hi, samples, rng)
    if has_density:
        x, density = _curve(p_g, lo, hi, top)
        ax.plot(density, x, color=GREEN, linewidth=wide(1.5), gid="p_g")
        ax.fill_betweenx(*thinned(x, density, hi - lo, top), color=GREEN, alpha=0.1, linewidth=0)
    for pole in np.unique([pole.location for pole in p_g.poles()]):
        ax.axhline(pole, gid="pole", **_dotted())
    for at, supremum in _peaks(p_g, lo, hi, top) if has_density else ():
        ax.plot(top, at, ">", color=GREEN, markersize=dot(6), gid="p_g peak")
        note(ax, typeset(supremum), (top, at), -8, _inwards(at, lo, hi), color=GREEN)
    for location, mass in zip(*p_g.atoms(), strict=True):
        bar = {"color": VERMILION, "linewidth": wide(4), "solid_capstyle": "butt"}
        ax.plot([0, top * mass], [location] * 2, gid="atom", **bar)
        note(ax, f"mass {mass:.3g}", (0.0, location), 4, _inwards(location, lo, hi), color=VERMILION)
    ax.set(xlim=(0, 1.05 * top), xlabel="density $p_g$" if has_density else "")
    if len(p_g.atoms()[0]):
        above = ax.secondary_xaxis("top", functions=(lambda x: x / top, lambda mass: mass * top))
        above.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        above.set_xlabel("mass of an atom")
    ax.set_xticks(canvas.ticks(0.0, top, 3) if has_density else [])


def _inwards(at: float, lo: float, hi: float) -> float:
    """Points by which a note stands clear of what it is about, on the side of the middle."""
    return 9.0 if at < 0.5 * (lo + hi) else -9.0


def _draw_histogram(ax: Any, p_g: Pushforward, lo: float, hi: float, samples: int, rng: Any) -> None:
    draws = np.asarray(p_g.sample(samples, rng=rng))
    draws = draws[~np.isin(draws, p_g.atoms()[0])]  # those are the bars of the atoms
    counts, edges = np.histogram(draws, bins=_BINS, range=(lo, hi))
    height = counts / (samples * np.diff(edges))
    ax.stairs(height, edges, orientation="horizontal", fill=True, color=SKY, alpha=0.45, gid="histogram")
