"""Figure 1 of the paper, for any two laws and any discriminator, drawn right: each curve is what its name says.

References
----------
.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, Figure 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.discriminator import as_discriminator
from gantheory.game import criterion, optimal_discriminator
from gantheory.plotting.arrows import Arrows
from gantheory.plotting.canvas import BLUE, DASHES, DOTS, GREEN, SKY, as_axes, cut, ink, note, ticks, typeset
from gantheory.plotting.ranges import points_between, range_and_points, runs, within

__all__ = ["plot_game"]

Array = Any
Style = dict[str, Any]
_NAMES = {"p_data": r"$p_{\mathrm{data}}$", "p_g": r"$p_g$", "D": r"$D$", "D*": r"$D\!^*$"}
_HEADROOM = 1.2  # of the height of the curves: the legend stands above them
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
    D : Discriminator, callable or float, optional
        A callable gives probabilities. By default D*; where another is given, D* is the thin line beside it.
    ax : matplotlib Axes, optional
        By default that of a new figure.
    generator : callable or str, optional
        G, vectorised; as text, in the variable z. It needs `prior`, and must carry it to p_g.
    prior : Density or anything `as_density` accepts, optional
        The law of z.
    x : sequence of float, optional
        The two ends of the range to draw, or the points to draw at. By default, where the bulk of both laws lies.
    arrows : int, default 15
        Number of arrows z -> x; each stands for the same share of the prior's mass.
    show_criterion : bool, default False
        Write C(G) and its error above the picture.
    legend : bool, default True

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If D leaves [0, 1], x does not increase, or the generator does not carry the prior to p_g.

    Notes
    -----
    An atom is a stem as high as its mass, on the right scale (on the left one where neither law has a density), and D
    at an atom is an open circle. A density that leaves the picture, at a pole or a narrow peak, ends in a triangle with
    its supremum beside it. D is drawn where p_data + p_g > 0: V does not depend on it elsewhere.

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

    Arrows that do not lead to p_g would make a wrong picture:

    >>> plot_game("norm(0, 1)", "norm(1, 2)", generator="1 + z", prior="norm(0, 1)")
    Traceback (most recent call last):
        ...
    gantheory.errors.DomainError: generator carries prior to a law that differs from p_g by 0.16 in a probability; ...
    """
    laws = {"p_data": as_density(p_data), "p_g": as_density(p_g)}
    discriminators = {} if D is None else {"D": as_discriminator(D)}
    discriminators["D*"] = optimal_discriminator(*laws.values())
    route = None if generator is None and prior is None else Arrows(generator, prior, laws["p_g"], arrows)
    lo, hi, points = range_and_points(x, list(laws.values()), [d.breakpoints for d in discriminators.values()])
    ax, scene, styles = as_axes(ax), _Scene(laws, lo, hi), _styles(is_optimal=D is None)
    scene.draw_frame(ax, with_z=route is not None)
    for name in laws:
        scene.draw_density(ax, name, points, styles[name])
        scene.draw_atoms(ax, name, styles[name])
    for name in reversed(discriminators):  # D above D*
        scene.draw_discriminator(ax, name, discriminators[name], points, styles[name])
    if route is not None:
        route.draw(ax, lo, hi, -_DEPTH * scene.top)
    if legend:
        _draw_legend(ax, {name: styles[name] for name in (*laws, *discriminators)})
    if show_criterion:
        ax.set_title(f"$C(G)$ = {typeset(criterion(*laws.values()))} nats")
    return ax


def _styles(*, is_optimal: bool) -> dict[str, Style]:
    asked, beside = {"color": BLUE, "linestyle": DASHES, "linewidth": 2.0}, {"color": SKY, "linewidth": 1.2}
    return {
        "p_data": {"color": ink(), "linestyle": DOTS, "linewidth": 2.0},
        "p_g": {"color": GREEN, "linestyle": "-", "linewidth": 2.0},
        "D": asked,
        "D*": asked if is_optimal else beside,
    }


def _draw_legend(ax: Any, styles: dict[str, Style]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=_NAMES[name], **style) for name, style in styles.items()]
    ax.legend(
        handles=handles, loc="upper center", ncols=len(handles), frameon=False, borderaxespad=0.0,
        handlelength=2.4, columnspacing=1.6,
    )  # fmt: skip


class _Scene:
    """Two laws on a range of x, and the two scales that show them: densities on the left, 0 to 1 on the right."""

    def __init__(self, laws: dict[str, Any], lo: float, hi: float) -> None:
        self.laws, self.lo, self.hi = laws, lo, hi
        self.atoms = {name: within(law.atoms(), lo, hi) for name, law in laws.items()}
        self.locations = np.union1d(self.atoms["p_data"][0], self.atoms["p_g"][0])
        self.has_density = any(law.continuous_mass > 0 for law in laws.values())
        self.top = self._largest_density() if self.has_density else self._largest_mass()

    def _largest_density(self) -> float:
        """The largest density; but of a pole or a spike, a little more than what it reaches on 1.5 % of the range."""
        x = np.linspace(self.lo, self.hi, 1001)[1:-1]
        common = max(float(np.quantile(law.pdf(x), 0.985)) for law in self.laws.values())
        x = points_between(self.lo, self.hi, [law.breakpoints() for law in self.laws.values()])
        largest = max(float(np.max(law.pdf(x))) for law in self.laws.values())
        return (1.04 * largest if largest <= 6 * common else 1.5 * common) or 1.0

    def _largest_mass(self) -> float:
        return 1.1 * max((float(np.max(masses)) for _, masses in self.atoms.values() if len(masses)), default=1.0)

    def draw_frame(self, ax: Any, *, with_z: bool) -> None:
        """Limits, scales and their names."""
        top, bottom = self.top, -(1.2 * _DEPTH if with_z else 0.03) * self.top
        ax.set_xlim(self.lo, self.hi)
        ax.set_ylim(bottom, _HEADROOM * top)
        right = ax.secondary_yaxis("right", functions=(lambda y: y / top, lambda d: d * top))
        right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        ax.set_yticks(ticks(0, top))
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines["left"].set_bounds(0, top)
        right.spines["right"].set_bounds(0, 1)
        middle = (0.5 * top - bottom) / (_HEADROOM * top - bottom)
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
        x, y = points[is_finite], density[is_finite]
        (line,) = ax.plot(x, y, gid=name, **style)
        # a polygon may not reach a million heights up: renderers overflow
        area = ax.fill_between(x, np.minimum(y, 2 * self.top), color=style["color"], alpha=0.1, linewidth=0)
        for artist in (line, area):
            cut(ax, artist, 1.01 * self.top)
        self._mark_peaks(ax, name, points, density, style)

    def _mark_peaks(self, ax: Any, name: str, points: Array, density: Array, style: Style) -> None:
        """A triangle and the supremum where a density leaves the picture, each law's at a height of its own."""
        height = self.top * (0.97 if name == "p_data" else 0.87)
        for run in runs(points, density > 1.01 * self.top, 0.02 * (self.hi - self.lo)):
            peak = run.start + int(np.argmax(density[run]))
            ax.plot(points[peak], height, "^", color=style["color"], markersize=6, gid=f"{name} peak")
            aside = 7 if points[peak] < 0.5 * (self.lo + self.hi) else -7
            note(ax, typeset(float(density[peak])), (points[peak], height), aside, color=style["color"])

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
        ax.plot(locations, masses, "o", color=style["color"], markersize=4.5, transform=transform, gid=f"{name} atoms")
        if self.has_density and len(locations) <= 4:
            for at, mass in zip(locations, masses):
                note(ax, f"{mass:.3g}", (at, mass), 5 * side, xycoords=transform, color=style["color"])

    def draw_discriminator(self, ax: Any, name: str, D: Any, points: Array, style: Style) -> None:
        """A line where there is a density, a circle at each atom."""
        x = points[~np.isin(points, self.locations)]
        has_density = np.logical_or(*(law.pdf(x) > 0 for law in self.laws.values()))
        transform = self.right_scale(ax)
        if has_density.any():
            levels = np.full(x.shape, np.nan)
            levels[has_density] = D(x[has_density])
            ax.plot(x, levels, transform=transform, gid=name, **style)
        if len(self.locations):
            ax.plot(
                self.locations, D(self.locations), "o", markerfacecolor=ax.get_facecolor(), markeredgewidth=1.5,
                markeredgecolor=style["color"], markersize=6, transform=transform, gid=f"{name} at atoms",
            )  # fmt: skip
