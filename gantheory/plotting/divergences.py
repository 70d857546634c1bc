"""The criterion and the divergences as p_g moves along a family of laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion
from gantheory.plotting import canvas
from gantheory.plotting.canvas import BLUE, DOTS, GREEN, ORANGE, PURPLE, VERMILION

__all__ = ["plot_divergences"]

Array = Any
_LOG_4 = Estimate(math.log(4.0), 2.3e-16)
_MOST = 2.0  # nats; the Kullback–Leibler divergences would take the picture from the others
_STYLES: dict[str, dict[str, Any]] = {
    "C": {"label": "$C(G)$", "color": BLUE, "linewidth": 2.2},
    "JSD": {"label": r"$-\log 4 + 2\,$JSD", "color": VERMILION, "ls": "none", "marker": "o", "fillstyle": "none"},
    "KL(p||q)": {"label": r"KL$(p_{\mathrm{data}}\Vert p_g)$", "color": ORANGE, "linestyle": (0, (5, 1.5))},
    "KL(q||p)": {"label": r"KL$(p_g\Vert p_{\mathrm{data}})$", "color": PURPLE, "linestyle": (0, (6, 1.5, 1, 1.5))},
    "TV": {"label": "TV", "color": GREEN, "linestyle": DOTS, "linewidth": 1.8},
}


def plot_divergences(p_data: Any, family: Callable[[float], Any], values: Array, /, *, ax: Any = None) -> Any:
    """C(G), the divergences and the total variation as p_g moves along a family of laws.

    C(G), eq. (4) of [1]_, is the line, and -log 4 + 2 JSD, eq. (6), the circles on it: two computations that share no
    integrand.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : callable
        theta -> p_g, a Density or anything `as_density` accepts.
    values : sequence of float
        The values of theta, in increasing order.
    ax : matplotlib Axes, optional
        By default that of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DomainError
        If the family is not callable, or the values do not increase.

    Notes
    -----
    The Kullback–Leibler divergences leave the picture at 2 nats; where one is infinite there is a triangle instead.
    The bands are the errors: on the package's own laws, thinner than the lines.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = plot_divergences("norm(0, 1)", lambda theta: f"norm({theta}, 1)", [-1.0, 0.0, 1.0])
    >>> {line.get_gid(): line.get_ydata() for line in ax.lines}["C"].round(3)
    array([-1.163, -1.386, -1.163])
    """
    theta = canvas.increasing("values", values)
    if not callable(family):
        raise DomainError(f"family is {family!r}; it must be a function theta -> p_g, such as lambda t: Normal(t, 1).")
    p_data = as_density(p_data)
    laws = [as_density(family(float(t))) for t in theta]
    rows = {
        "C": [criterion(p_data, q) for q in laws],
        "JSD": [2 * js_divergence(p_data, q) - _LOG_4 for q in laws],
        "KL(p||q)": [kl_divergence(p_data, q) for q in laws],
        "KL(q||p)": [kl_divergence(q, p_data) for q in laws],
        "TV": [total_variation(p_data, q) for q in laws],
    }
    finite = [e.value for row in rows.values() for e in row if math.isfinite(e.value)]
    top = min(max(1.05, 1.05 * max(finite)), _MOST)
    infinite = [gid for gid, row in rows.items() if any(math.isinf(e.value) for e in row)]
    ceiling = top + 0.15 * len(infinite)
    ax = canvas.as_axes(ax)
    _draw_frame(ax, theta, top, ceiling)
    for gid, row in rows.items():
        _draw_row(ax, gid, theta, row, top)
    for i, gid in enumerate(infinite):
        is_infinite = np.array([math.isinf(e.value) for e in rows[gid]])
        _mark_infinite(ax, gid, theta[is_infinite], ceiling - 0.15 * i)
    ax.legend(loc="upper center", ncols=3, frameon=False, borderaxespad=0.0, handlelength=2.4, columnspacing=1.4)
    return ax


def _draw_frame(ax: Any, theta: Array, top: float, ceiling: float) -> None:
    lowest, steps = -_LOG_4.value, np.arange(-1.0, top + 0.01, 0.5)
    for level in (lowest, 0.0):
        ax.axhline(level, color=canvas.ink(), linewidth=0.6, alpha=0.4)
    ax.set_xlim(theta[0], theta[-1])
    ax.set_ylim(lowest - 0.12, ceiling + 0.24 * (ceiling - lowest))
    ax.set_yticks([lowest, *steps], ["−log 4", *(f"{t:g}".replace("-", "−") for t in steps)])
    ax.set_xlabel(r"$\theta$")
    ax.set_ylabel("nats")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_row(ax: Any, gid: str, theta: Array, row: list[Estimate], top: float) -> None:
    levels = np.array([e.value if math.isfinite(e.value) else np.nan for e in row])
    errors = np.array([e.error for e in row])
    style = dict(_STYLES[gid])
    if style.get("marker"):
        style["markevery"] = max(1, len(theta) // 14)
    (line,) = ax.plot(theta, levels, gid=gid, **style)
    band = ax.fill_between(theta, levels - errors, levels + errors, color=style["color"], alpha=0.2, linewidth=0)
    for artist in (line, band):
        canvas.cut(ax, artist, top)


def _mark_infinite(ax: Any, gid: str, theta: Array, height: float) -> None:
    color = _STYLES[gid]["color"]
    ax.plot(theta, np.full(theta.shape, height), "^", color=color, markersize=4.5, gid=f"{gid} is infinite")
    canvas.note(ax, "∞", (1.0, height), 4, xycoords=ax.get_yaxis_transform(), color=color)
