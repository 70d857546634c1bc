"""What the pictures have in common: colours, axes and their limits, text, and curves that end below the legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = ["BLUE", "DASHES", "DOTS", "GREEN", "ORANGE", "PURPLE", "SKY", "VERMILION"]
__all__ += ["as_axes", "crown", "cut", "dot", "entitle", "increasing", "ink", "legible", "limits", "note"]
__all__ += ["on_scales", "outwards", "shrink", "ticks", "typeset", "wide", "width_of"]

Array = Any
# Okabe and Ito, "Color universal design", 2008
BLUE, GREEN, SKY = "#0072B2", "#009E73", "#56B4E9"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
DOTS, DASHES = (0, (1.0, 1.1)), (0, (4.5, 1.8))
_MOST_OF_HEIGHT = 0.3  # a legend that takes more is set in smaller type
_CONTRAST = 7.0
_MARGIN = 0.03  # of the height, between the curves and the legend


def as_axes(ax: Any, size: tuple[float, float] | None = None) -> Any:
    """The Axes that was given; without one, a new figure's, which pyplot shows."""
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise DomainError(f"ax is of type {type(ax).__name__}; it must be one Axes, as plt.subplots() makes, or None.")
    if ax.name != "rectilinear":
        raise DomainError(f"ax has the projection {ax.name!r}; it must be rectilinear, as plt.subplots() makes it.")
    return ax


def on_scales(ax: Any, *, x: Sequence[str] = ("linear",), y: Sequence[str] = ("linear",)) -> Any:
    """The Axes, if its scales are among those that the picture can be drawn on."""
    ax = as_axes(ax)
    for axis, found, allowed in (("x", ax.get_xscale(), x), ("y", ax.get_yscale(), y)):
        if found not in allowed:
            raise DomainError(
                f"ax has a {found} scale in {axis}; this picture needs one that is {' or '.join(allowed)}: "
                f'ax.set_{axis}scale("{allowed[0]}").'
            )
    return ax


def shrink(ax: Any, width: float, height: float) -> None:
    """Leave an Axes so much of its place, in the upper left corner; of a picture that is drawn again, of the same."""
    place = ax.get_axes_locator()
    corner = _Corner(ax, place.place if isinstance(place, _Corner) else place, width, height)
    ax.set_axes_locator(corner)
    ax.apply_aspect(corner(ax, None))  # a legend asks how wide it is before the first drawing


class _Corner:
    """Puts an Axes into the upper left corner of its place, wherever a layout moves that."""

    def __init__(self, ax: Any, place: Any, width: float, height: float) -> None:
        self._ax, self.place, self._width, self._height = ax, place, width, height

    def __call__(self, ax: Any, renderer: Any) -> Any:
        from matplotlib.transforms import Bbox

        place = self.place(ax, renderer) if self.place else ax.get_position(original=True)
        low = place.y0 + (1.0 - self._height) * place.height
        return Bbox.from_bounds(place.x0, low, self._width * place.width, self._height * place.height)

    def get_subplotspec(self) -> Any:
        """For tight_layout, which asks the locator."""
        return self._ax.get_subplotspec()


def limits(ax: Any, *, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None) -> None:
    """Set the limits; of axes that are shared with another picture, far enough for both."""
    for ends, shared, was, put in (
        (x, ax.get_shared_x_axes(), ax.get_xlim, ax.set_xlim),
        (y, ax.get_shared_y_axes(), ax.get_ylim, ax.set_ylim),
    ):
        if ends is None:
            continue
        lo, hi = ends
        if any(other is not ax and other.has_data() for other in shared.get_siblings(ax)):
            lo, hi = min(lo, *was()), max(hi, *was())
        put(lo, hi)


def ink() -> Any:
    """The reader's own black, which is white in a dark style."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def wide(points: float) -> float:
    """A width beside lines of 1.5 points, in proportion to the reader's own lines."""
    import matplotlib as mpl

    return points * mpl.rcParams["lines.linewidth"] / 1.5


def dot(points: float) -> float:
    """The size of a marker beside those of 6 points, in proportion to the reader's own."""
    import matplotlib as mpl

    return points * mpl.rcParams["lines.markersize"] / 6.0


def crown(ax: Any, handles: Sequence[Any], most: int, **asked: Any) -> float:
    """The legend, in at most so many columns, within the top of the Axes; and the share of the height that it takes."""
    width, height = ax.bbox.width, ax.bbox.height
    asked = {"handlelength": 2.4, "columnspacing": 1.4, **asked}
    for columns, options in _settings(len(handles), most):
        legend = ax.legend(
            handles=handles, loc="upper center", ncols=columns, frameon=False, borderaxespad=0.0, **{**asked, **options}
        )
        box = legend.get_window_extent()
        if box.width <= width and box.height <= _MOST_OF_HEIGHT * height:
            break
    return min(box.height / height, 0.5) + _MARGIN


def _settings(entries: int, most: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbers of columns and sizes of type, from the most legible on; the last is for what nothing fits."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties

    size = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points()
    most = min(most, entries)
    for share in (1.0, 0.85, 0.7, 0.55):
        tight = {} if share == 1.0 else {"handletextpad": 0.4, "labelspacing": 0.2}
        for columns in range(most, 0, -1):
            yield columns, {"fontsize": share * size, **tight}
    yield max(1, (most + 1) // 2), {"fontsize": 0.5 * size, "handletextpad": 0.4, "labelspacing": 0.2}


def cut(ax: Any, artist: Any, top: float) -> None:
    """Show an artist below the level `top` only: above it is the legend's place."""
    from matplotlib.patches import Rectangle

    low = ax.get_ylim()[0]
    artist.set_clip_path(Rectangle((0, low), 1, top - low, transform=ax.get_yaxis_transform()))


def note(ax: Any, text: str, at: tuple[float, float], aside: float, up: float = 0.0, **options: Any) -> Any:
    """A small label, some points to the right of a place (to the left where that is negative), and above it."""
    from matplotlib.patheffects import withStroke

    halo = withStroke(linewidth=4.0, foreground=ax.get_facecolor())  # it stays legible on a curve, and on an area
    if "color" in options:
        options["color"] = legible(options["color"], ax.get_facecolor())
    return ax.annotate(
        text, at, xytext=(aside, up), textcoords="offset points", ha="right" if aside < 0 else "left", va="center",
        path_effects=[halo], **{"fontsize": "small", "zorder": 4, **options},
    )  # fmt: skip


def legible(color: Any, face: Any) -> Any:
    """A colour with as much of the reader's black in it as small type needs on a face: a contrast of 7, after WCAG."""
    from matplotlib.colors import to_rgb

    own, black = np.array(to_rgb(color)), np.array(to_rgb(ink()))
    for share in np.linspace(0.0, 1.0, 21):
        mixed = (1.0 - share) * own + share * black
        light = sorted((_luminance(mixed), _luminance(np.array(to_rgb(face)))))
        if (light[1] + 0.05) / (light[0] + 0.05) >= _CONTRAST:
            return tuple(mixed.tolist())
    return color  # a style whose own black is not legible on its face


def _luminance(rgb: np.ndarray) -> float:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def width_of(ax: Any, text: str, **options: Any) -> float:
    """Of a text as it would be set, in pixels."""
    trial = ax.text(0.0, 0.0, text, **options)
    width = trial.get_window_extent().width
    trial.remove()
    return float(width)


def outwards(at: float, lo: float, hi: float) -> int:
    """The side on which a note stands clear of the middle; at the edge of the picture, the other one."""
    near_lo, near_hi = at - lo < 0.12 * (hi - lo), hi - at < 0.12 * (hi - lo)
    is_left = at < 0.5 * (lo + hi)
    return 1 if near_lo or not (is_left or near_hi) else -1


def entitle(ax: Any, text: str, **options: Any) -> None:
    """A title, in smaller type where the Axes are narrow."""
    title = ax.set_title(text, **options)
    width = title.get_window_extent().width
    if width > 1.1 * ax.bbox.width:
        title.set_fontsize(title.get_fontsize() * max(1.1 * ax.bbox.width / width, 0.4))


def ticks(lo: float, hi: float, most: int = 4) -> list[float]:
    """At most `most` + 1 round numbers in [lo, hi]."""
    from matplotlib.ticker import MaxNLocator

    return [t for t in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(lo, hi) if lo <= t <= hi]


def typeset(number: Any) -> str:
    """A number as print shows it, with a minus sign where that shows a hyphen."""
    if isinstance(number, float) and math.isfinite(number) and number != 0 and not 1e-3 <= abs(number) < 1e4:
        mantissa, exponent = f"{number:.1e}".split("e")
        return rf"${mantissa}\times10^{{{int(exponent)}}}$"
    text = "∞" if number == math.inf else f"{number:.3g}" if isinstance(number, float) else str(number)
    return text.replace("-", "−")


def increasing(name: str, given: Any) -> np.ndarray:
    """A sequence of at least two finite numbers in increasing order, as an array."""
    try:
        x = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        x = np.empty((0, 0))
    if x.ndim != 1:
        remedy = "such as (-3, 3)"
    elif len(x) < 2:
        remedy = f"it has {len(x)}, give more"
    elif not np.isfinite(x).all():
        remedy = "replace what is infinite or nan"
    elif not (np.diff(x) > 0).all():
        remedy = "sort it, and give each number once"
    else:
        return x
    raise DomainError(
        f"{name} is {given!r}; it must be a sequence of at least two finite numbers in increasing order: {remedy}."
    )
