"""A picture as SVG for a page that is light or dark: its black is the page's ink, and its ground is the page's own."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

__all__ = ["as_svg"]

_INK = "#010203"  # no colour of a picture; it is replaced by the page's
_STYLE: dict[str, Any] = {
    "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 11.0,
    "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none", "legend.framealpha": 0.0,
    "svg.fonttype": "path", "svg.hashsalt": "gantheory", "axes.linewidth": 0.7,
}  # fmt: skip
# the page may have lighter ones for the dark, by these names
_COLOURS = {"#0072b2": "blue", "#009e73": "green", "#d55e00": "vermilion"}
_DECIMALS = re.compile(r"(\.\d\d)\d+")
_PATH = re.compile(r'(?<= d=")[^"]*')


def as_svg(draw: Callable[[Any], Any], name: str, *, size: tuple[float, float] = (7.2, 3.8)) -> str:
    """The SVG element of what `draw` puts into a Figure.

    Parameters
    ----------
    draw : callable
        ``draw(figure)``, of a new Figure, which pyplot does not know.
    name : str
        A word that no other picture of the page has: ids begin with it.
    size : tuple of float
        Inches; the element has no width, and is as wide as the page lets it.

    Returns
    -------
    str
        An ``svg`` element without a role or a title, which its place in the page gives it. Text is drawn as paths.

    Examples
    --------
    >>> picture = as_svg(lambda figure: figure.subplots().plot([0, 1], [0, 1]), "line")
    >>> picture[:20], "currentColor" in picture
    ('<svg viewBox="0 0 51', True)
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    return _adapted(written.getvalue(), name)


def _adapted(svg: str, name: str) -> str:
    """Without a prologue and with few decimals; each id is the picture's own."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None
    svg = f"<svg {box[0]}{svg[svg.index('>') :]}"
    svg = _PATH.sub(lambda path: _DECIMALS.sub(r"\1", path[0].replace("\n", "")), svg)
    svg = re.sub(r' id="([^"]*)"', rf' id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]*)"', rf'href="#{name}-\1"', svg).replace("xlink:href", "href")
    svg = svg.replace("url(#", f"url(#{name}-").replace(_INK, "currentColor")
    for colour, of_page in _COLOURS.items():
        svg = svg.replace(colour, f"var(--{of_page}, {colour})")
    return re.sub(r">\s+<", "><", svg)
