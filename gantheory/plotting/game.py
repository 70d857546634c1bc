"""Figure 1 of the paper, for any two laws and any discriminator, drawn right: each curve is what its name says.

References
----------
.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, Figure 1.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.densities.tabulated import Tabulated
from gantheory.discriminator import Discriminator, as_discriminator, checked_probabilities
from gantheory.errors import DomainError
from gantheory.game import criterion, optimal_discriminator
from gantheory.plotting import canvas
from gantheory.plotting.arrows import arrows_of
from gantheory.plotting.canvas import BLUE, DASHES, DOTS, GREEN, SKY, cut, dot, ink, note, ticks, typeset, wide
from gantheory.plotting.ranges import at_jumps, broken, peaks, range_and_points, short, tallest, thinned, within

__all__ = ["plot_game"]

Array = Any
Style = dict[str, Any]
_NAMES = {"p_data": r"$p_{\mathrm{data}}$", "p_g": r"$p_g$", "D": r"$D$", "D*": r"$D\!^*$"}
_LEAST = -690.0  # of a log-density: one below it is that of a float near the smallest
_DEPTH = 0.5  # how far below x the line of z is, in heights of the curves


def plot_game(
    p_data: Any,
    p_g: Any,
    /,
    D: Any = None,
    *,
    ax: Any = None,
    generator: Callable[[Array], Array] | str | None = None,
    prior: Any = None,
    x: Array = None,
    arrows: int = 15,
    show_criterion: bool = False,
    legend: bool = True,
) -> Any:
    """The two densities, the discriminator, and how the generator carries z to x: Figure 1 of [1]_.

    p_data is dotted, p_g solid green, and D dashed blue, on the scale from 0 to 1 on the right.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts
        With `x`, arrays of densities there too.
    D : Discriminator, callable, float or array, optional
        A callable gives probabilities; an array, those at `x`, between which D is linear. By default D*; where another
        is given, D* is the thin line beside it.
    ax : matplotlib Axes, optional
        By default that of a new figure. A log scale in x is kept.
    generator : callable or str, optional
        G, vectorised; as text, in the variable z. It needs `prior`, and must carry it to p_g. By default that of p_g,
        where p_g is a `Pushforward`.
    prior : Density or anything `as_density` accepts, optional
        The law of z.
    x : sequence of float, optional
        The two ends of the range to draw, or the points to draw at. By default, where the bulk of both laws lies.
    arrows : int, default 15
        Number of arrows z -> x; each stands for the same share of the prior's mass. With 0 there is no z.
    show_criterion : bool, default False
        Write C(G) and its error above the picture.
    legend : bool, default True

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If D leaves [0, 1], x does not increase, the generator does not carry the prior to p_g, or ax has a log scale
        in y.

    Notes
    -----
    An atom is a stem as high as its mass, on the right scale (on the left one where neither law has a density), and D
    at an atom is an open circle. A density that leaves the picture, at a pole or a narrow peak, ends in a triangle with
    its supremum beside it. D is drawn where p_data + p_g > 0: V does not depend on it elsewhere. Curves are interrupted
    where they jump; one with more than a dozen jumps, as of a histogram, is drawn as stairs. What is narrower than a
    pixel keeps its sides, as a stem, and D there is a dash.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, Figure 1.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = plot_game("norm(0, 1)", "norm(1, 2)", generator="1 + 2*z", prior="norm(0, 1)", show_criterion=True)
    >>> ax.get_title()[:20]
    '$C(G)$ = −1.12994441'

    A law with an atom, and a discriminator that is known at points:

    >>> x = np.linspace(-3, 3, 61)
    >>> ax = plot_game("0.3*delta(0) + 0.7*norm(0, 1)", "norm(0, 1)", 1 / (1 + np.exp(-x)), x=x)
    >>> [line.get_gid() for line in ax.lines if line.get_gid().endswith("atoms")]
    ['p_data atoms', 'D* at atoms', 'D at atoms']

    Arrows that do not lead to p_g would make a wrong picture:

    >>> plot_game("norm(0, 1)", "norm(1, 2)", generator="1 + z", prior="norm(0, 1)")
    Traceback (most recent call last):
        ...
    gantheory.errors.DomainError: generator carries prior to a law that differs from p_g by 0.16 in a probability; ...
    """
    laws = {"p_data": _as_law("p_data", p_data, x), "p_g": _as_law("p_g", p_g, x)}
    discriminators = {} if D is None else {"D": _as_drawn(D, x)}
    discriminators["D*"] = optimal_discriminator(*laws.values())
    route = arrows_of(generator, prior, laws["p_g"], arrows)
    ax = canvas.on_scales(ax, x=("linear",) if route else ("linear", "log"))
    marks = [discriminator.breakpoints for discriminator in discriminators.values()]
    lo, hi, points = range_and_points(x, list(laws.values()), marks, log=ax.get_xscale() == "log")
    scene, styles = _Scene(laws, lo, hi), _styles(is_optimal=D is None)
    crown = _draw_legend(ax, {name: styles[name] for name in (*laws, *discriminators)}) if legend else 0.02
    scene.draw_frame(ax, crown, with_z=route is not None)
    for name in laws:
        scene.draw_density(ax, name, points, styles[name])
        scene.draw_atoms(ax, name, styles[name])
    for name in reversed(discriminators):  # D above D*
        scene.draw_discriminator(ax, name, discriminators[name], points, styles[name])
    if route is not None:
        route.draw(ax, lo, hi, -_DEPTH * scene.top)
    if show_criterion:
        canvas.entitle(ax, f"$C(G)$ = {typeset(criterion(*laws.values()))} nats")
    return ax


def _is_array(given: Any) -> bool:
    return isinstance(given, (np.ndarray, list, tuple)) and np.ndim(given) > 0


def _at_points(name: str, given: Any, x: Any) -> np.ndarray:
    """The points that an array's values are at."""
    shape = np.shape(given)
    if x is None or np.shape(x) != shape or len(shape) != 1 or shape[0] < 3:
        where = "x is None" if x is None else f"x has shape {np.shape(x)}"
        raise DomainError(
            f"{name} is an array of shape {shape}, and {where}; give x=, the points that its values are at: at least "
            "three, one for each of them."
        )
    return canvas.increasing("x", x)


def _as_law(name: str, law: Any, x: Any) -> Any:
    return Tabulated(_at_points(name, law, x), law) if _is_array(law) else as_density(law)


def _as_drawn(D: Any, x: Any) -> Discriminator:
    if not _is_array(D):
        return as_discriminator(D)
    points, levels = _at_points("D", D, x), checked_probabilities(np.asarray(D, dtype=float))
    return Discriminator.from_probability(lambda at: np.interp(at, points, levels))


def _styles(*, is_optimal: bool) -> dict[str, Style]:
    asked = {"color": BLUE, "linestyle": DASHES, "linewidth": wide(2.0)}
    return {
        "p_data": {"color": ink(), "linestyle": DOTS, "linewidth": wide(2.0)},
        "p_g": {"color": GREEN, "linestyle": "-", "linewidth": wide(2.0)},
        "D": asked,
        "D*": asked if is_optimal else {"color": SKY, "linestyle": "-", "linewidth": wide(1.2)},
    }


def _draw_legend(ax: Any, styles: dict[str, Style]) -> float:
    """Its share of the height."""
    from matplotlib.lines import Line2D

    return canvas.crown(ax, [Line2D([], [], label=_NAMES[name], **style) for name, style in styles.items()], 4)


class _Scene:
    """Two laws on a range of x, and the two scales that show them: densities on the left, 0 to 1 on the right."""

    def __init__(self, laws: dict[str, Any], lo: float, hi: float) -> None:
        self.laws, self.lo, self.hi = laws, lo, hi
        self.atoms = {name: within(law.atoms(), lo, hi) for name, law in laws.items()}
        self.locations = np.union1d(self.atoms["p_data"][0], self.atoms["p_g"][0])
        self.has_density = any(law.continuous_mass > 0 for law in laws.values())
        self.top = tallest(list(laws.values()), lo, hi) if self.has_density else self._largest_mass()

    def _largest_mass(self) -> float:
        return 1.1 * max((float(np.max(masses)) for _, masses in self.atoms.values() if len(masses)), default=1.0)

    def draw_frame(self, ax: Any, crown: float, *, with_z: bool) -> None:
        """Limits, scales and their names; `crown` is the legend's share of the height."""
        top, bottom = self.top, -(1.2 * _DEPTH if with_z else 0.03) * self.top
        ceiling = (1.02 * top - crown * bottom) / (1.0 - crown)
        canvas.limits(ax, x=(self.lo, self.hi), y=(bottom, ceiling))
        right = ax.secondary_yaxis("right", functions=(lambda y: y / top, lambda d: d * top))
        right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        reach = top * ax.get_ylim()[1] / ceiling  # higher than the top where a neighbour shares the scale
        ax.set_yticks(ticks(0, reach))
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines["left"].set_bounds(0, reach)
        right.spines["right"].set_bounds(0, 1)
        middle = (0.5 * top - bottom) / (ceiling - bottom)
        ax.set_ylabel("density" if self.has_density else "mass of an atom", y=middle)
        shows_masses = self.has_density and len(self.locations) > 0
        right.set_ylabel("$D(x)$, mass of an atom" if shows_masses else "$D(x)$", y=middle)
        if with_z:
            ax.spines["bottom"].set_position(("data", 0.0))
        else:
            ax.set_xlabel("x", style="italic")

    def right_scale(self, ax: Any) -> Any:
        """The transform of what is read on the right."""
        from matplotlib.transforms import Affine2D

        return Affine2D().scale(1.0, self.top) + ax.transData

    def draw_density(self, ax: Any, name: str, points: Array, style: Style) -> None:
        law = self.laws[name]
        if law.continuous_mass == 0:
            return
        density = law.pdf(points)
        is_finite = np.isfinite(density)  # a pole itself has no height
        jumps = self._jumps(law.pdf, law.breakpoints(), 0.01 * self.top, 2 * self.top)
        x, y = broken(points[is_finite], density[is_finite], jumps)
        (line,) = ax.plot(x, y, gid=name, **style)
        # a polygon may not reach a million heights up: renderers overflow
        outline = thinned(x, np.minimum(y, 2 * self.top), self.hi - self.lo, self.top)
        area = ax.fill_between(*outline, color=style["color"], alpha=0.1, linewidth=0)
        for artist in (line, area):
            cut(ax, artist, 1.01 * self.top)
        self._mark_peaks(ax, name, points, density, style)

    def _jumps(self, f: Any, marks: Array, least: float, most: float) -> Array:
        return at_jumps(f, marks, self.lo, self.hi, least=least, most=most)

    def _mark_peaks(self, ax: Any, name: str, points: Array, density: Array, style: Style) -> None:
        """A triangle and the supremum where a density leaves the picture, each law's at a height of its own."""
        height = self.top * (0.97 if name == "p_data" else 0.87)
        for at, supremum in peaks(self.laws[name], points, density, self.top):
            ax.plot(at, height, "^", color=style["color"], markersize=dot(6), gid=f"{name} peak")
            aside = 8 * canvas.outwards(at, self.lo, self.hi)
            note(ax, typeset(supremum), (at, height), aside, color=style["color"])

    def draw_atoms(self, ax: Any, name: str, style: Style) -> None:
        """A stem for each atom; two at one place stand side by side."""
        from matplotlib.transforms import ScaledTranslation

        locations, masses = self.atoms[name]
        if not len(locations):
            return
        side = -1 if name == "p_data" else 1
        shared = len(np.intersect1d(self.atoms["p_data"][0], self.atoms["p_g"][0])) > 0
        aside = ScaledTranslation(side * 2.2 / 72 if shared else 0.0, 0.0, ax.figure.dpi_scale_trans)
        transform = (self.right_scale(ax) if self.has_density else ax.transData) + aside
        stems = np.full((2, 3, len(locations)), np.nan)  # x and y of foot, head, and a break
        stems[0, :2], stems[1, :2] = locations, (np.zeros_like(masses), masses)
        ax.plot(*stems.transpose(0, 2, 1).reshape(2, -1), transform=transform, gid=f"{name} stems", **style)
        ax.plot(
            locations, masses, "o", color=style["color"], markersize=dot(4.5), transform=transform, gid=f"{name} atoms"
        )
        if self.has_density and len(locations) <= 4:
            for at, mass in zip(locations, masses):
                is_crowded = at - self.lo < 0.1 * (self.hi - self.lo)  # the scale is on its left
                aside, up = (7, 6 - 6 * side) if shared and is_crowded else (5 * (1 if is_crowded else side), 6)
                note(ax, f"{mass:.3g}", (at, mass), aside, up, xycoords=transform, color=style["color"])

    def draw_discriminator(self, ax: Any, name: str, D: Any, points: Array, style: Style) -> None:
        """A line where there is a density, a circle at each atom."""

        def level(x: Array) -> np.ndarray:
            levels = np.full(x.shape, np.nan)
            log_density = np.maximum(*(law.logpdf(x) for law in self.laws.values()))
            seen = log_density > _LEAST
            levels[seen] = D(x[seen]) if seen.any() else np.nan
            beyond = ~seen & (log_density > -np.inf)
            with suppress(DomainError):  # where densities are 0 in floats, a D of one's own need be no number
                levels[beyond] = D(x[beyond]) if beyond.any() else np.nan
            return levels

        marks = np.concatenate([D.breakpoints, *(law.breakpoints() for law in self.laws.values())])
        x = points[~np.isin(points, self.locations)]
        x, levels = broken(x, level(x), self._jumps(level, marks, 0.01, 1.0))
        transform = self.right_scale(ax)
        if not np.isnan(levels).all():
            ax.plot(x, levels, transform=transform, gid=name, **style)
        at, there = short(x, levels, self.hi - self.lo)
        if len(at):  # as long as can be seen
            dash = {"color": style["color"], "markersize": dot(9), "markeredgewidth": style["linewidth"]}
            ax.plot(at, there, "_", transform=transform, gid=f"{name} narrow", **dash)
        if len(self.locations):
            ax.plot(
                self.locations, D(self.locations), "o", markerfacecolor=ax.get_facecolor(), markeredgewidth=wide(1.5),
                markeredgecolor=style["color"], markersize=dot(6), transform=transform, gid=f"{name} at atoms",
            )  # fmt: skip
