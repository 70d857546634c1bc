"""Pictures of laws far apart, or narrower than a pixel: scales from the laws' own peaks, and everything to be seen."""

from __future__ import annotations

from typing import Any

import matplotlib.style
import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.colors import rgb_to_hsv, to_rgb, to_rgba
from matplotlib.figure import Figure
from test_plotting import axes, names, of

from gantheory.densities import Gamma, Normal, Uniform, as_density
from gantheory.discriminator import Discriminator
from gantheory.errors import ConvergenceError
from gantheory.game import criterion, optimal_discriminator
from gantheory.plotting import plot_game, plot_pushforward, plot_value
from gantheory.plotting.canvas import legible
from gantheory.plotting.ranges import short, tallest
from gantheory.pushforward import Pushforward

PEAK = Normal().pdf(0.0)
TWO_HALVES = "z + 500*sign(z)"


def top(ax: Any) -> float:
    """Where the left scale ends."""
    return ax.spines["left"].get_bounds()[1]


# -- the scale of densities ----------------------------------------


@pytest.mark.parametrize("apart", [5, 100, 200, 300, 500, 1000, 10_000, 1e6])
def test_the_scale_is_that_of_the_peaks(apart: float) -> None:
    """However much of the range is empty."""
    ax = plot_game(Normal(), Normal(apart, 1), ax=axes())
    assert PEAK < top(ax) < 1.1 * PEAK
    assert not [gid for gid in names(ax) if gid.endswith("peak")]


@pytest.mark.parametrize(
    ("p", "q", "peak"),
    [
        ("norm(0, 1)", "0.5*norm(0, 1) + 0.5*norm(2000, 1)", PEAK),
        ("expon", "norm(1000, 1)", 1.0),
        ("uniform(0, 1)", "uniform(1000, 1)", 1.0),
        ("norm(0, 1)", "cauchy(1000, 1)", PEAK),
        ("norm(0, 0.001)", "norm(1, 0.001)", 1000 * PEAK),
        ("norm(0, 1)", "0.5*delta(1000) + 0.5*norm(0, 1)", PEAK),
        ("norm(0, 1)", Pushforward(TWO_HALVES), PEAK),
        ("+".join(f"0.05*norm({1000 * k}, 1)" for k in range(20)), "norm(0, 1)", PEAK),
    ],
)
def test_the_scale_is_that_of_the_peaks_of_other_laws(p: Any, q: Any, peak: float) -> None:
    """Mixtures, heavy tails, atoms and images among them."""
    assert 0.98 * peak < top(plot_game(p, q, ax=axes())) < 1.1 * peak


def test_a_pole_far_from_the_other_law_is_cut_as_it_is_near() -> None:
    """At about the height at which the same law is cut alone."""
    near, far = as_density("beta(0.5, 0.5)"), as_density("beta(0.5, 0.5, 1000, 1)")
    assert tallest([near, far], -30, 1031) == pytest.approx(tallest([near], -0.03, 1.03), rel=0.35)


def test_a_law_that_is_narrow_beside_the_other_is_cut() -> None:
    """It would take the picture: what counts as empty is where neither lives."""
    ax = plot_game(Normal(0, 1), Normal(0, 1e-3), ax=axes())
    assert top(ax) < 2 * PEAK
    assert "p_g peak" in names(ax)


def test_a_generator_of_two_far_halves() -> None:
    """Its density has its peaks beside the graph, and no line leads over the jump of G."""
    ax = plot_pushforward(Pushforward(TWO_HALVES), ax=axes())
    beside = ax.child_axes[1]
    assert PEAK < beside.get_xlim()[1] < 1.2 * PEAK
    for line in ax.lines:
        if line.get_gid() == "branch":
            x = np.asarray(line.get_ydata(), dtype=float)
            assert np.nanmin(np.abs(x)) > 499
            assert np.isnan(x).sum() == 1


@pytest.mark.parametrize("size", [(5, 3.6), (8, 5)])
def test_a_layout_has_room_for_it(size: tuple[float, float]) -> None:
    """A warning, as of axes that have collapsed, would be an error."""
    figure = Figure(figsize=size, layout="constrained")
    ax = plot_game("norm(0, 1)", Pushforward(TWO_HALVES), ax=figure.subplots())
    figure.draw_without_rendering()
    assert ax.get_window_extent().height > 0.5 * figure.bbox.height


# -- D where densities are 0 in floats ----------------------------------------


@pytest.mark.parametrize("apart", [100, 200, 300, 1000, 10_000])
def test_d_star_falls_between_laws_far_apart(apart: float) -> None:
    """Its logit is known where both densities are below the smallest float."""
    x, level = of(plot_game(Normal(), Normal(apart, 1), ax=axes()), "D*")
    assert not np.isnan(level).any()
    assert (level == optimal_discriminator(Normal(), Normal(apart, 1))(x)).all()
    assert (level[x < 0.49 * apart] > 0.99).all()
    assert (level[x > 0.51 * apart] < 0.01).all()


def test_a_discriminator_that_divides_0_by_0_is_drawn_where_the_laws_live() -> None:
    """Between them it is no number, which says nothing against it."""
    p, q = Normal(), Normal(100, 1)

    def D(x: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return p.pdf(x) / (p.pdf(x) + q.pdf(x))

    x, level = of(plot_game(p, q, D, ax=axes()), "D")
    assert np.isnan(level[(x > 45) & (x < 55)]).all()
    assert not np.isnan(level[(x < 30) | (x > 70)]).any()
    straight = of(plot_game(p, q, Discriminator(lambda x: 50 - x), ax=axes()), "D")[1]
    assert not np.isnan(straight).any()


# -- what is narrower than a pixel ----------------------------------------


def test_a_law_narrower_than_a_pixel_is_seen() -> None:
    """With its sides, as a stem; and D* as a dash that is long enough, 1 on the one and 0 on the other."""
    ax = plot_game(Uniform(0, 1), Uniform(1000, 1001), ax=axes())
    for gid, low in (("p_data", 0.0), ("p_g", 1000.0)):
        x, density = of(ax, gid)
        here = (x > low - 1e-6) & (x < low + 1 + 1e-6)
        assert not np.isnan(density[here]).any()
        assert set(density[here]) == {0.0, 1.0}
    at, level = of(ax, "D* narrow")
    assert at == pytest.approx([0.5, 1000.5])
    assert level.tolist() == [1.0, 0.0]
    (dash,) = [line for line in ax.lines if line.get_gid() == "D* narrow"]
    assert dash.get_markersize() >= 6


def test_what_is_wide_enough_is_drawn_as_it_is() -> None:
    """Interrupted at its jumps, and without a dash."""
    ax = plot_game(Uniform(0, 1), Uniform(2, 3), ax=axes())
    assert "D* narrow" not in names(ax)
    assert np.isnan(of(ax, "p_data")[1]).sum() == 2


def test_the_short_pieces_of_a_curve() -> None:
    """Those between two gaps, with the middle of each."""
    x = np.array([0.0, 1.0, 2.0, 2.001, 2.002, 3.0, 5.0, 6.0])
    y = np.array([1.0, np.nan, 7.0, 8.0, 9.0, np.nan, 4.0, 4.0])
    at, level = short(x, y, 6.0)
    assert at == pytest.approx([0.0, 2.001])
    assert level.tolist() == [1.0, 8.0]
    assert short(x, np.full(8, np.nan), 6.0)[0].size == 0


# -- the edge of the picture ----------------------------------------


def test_what_a_density_reaches_at_the_edge_is_no_supremum() -> None:
    """The pole of gamma(0.6) is at 0, which neither a log scale shows nor a range that begins above it."""
    ax = axes()
    ax.set_xscale("log")
    plot_game("lognorm(1)", "gamma(0.6)", ax=ax)
    assert not [gid for gid in names(ax) if gid.endswith("peak")]
    assert "p_g peak" not in names(plot_game("norm(0, 1)", Gamma(0.6), x=(0.001, 3), ax=axes()))
    shown = plot_game("norm(0, 1)", Gamma(0.6), ax=axes())
    assert "∞" in [text.get_text() for text in shown.texts]


def test_a_supremum_at_the_edge_is_one() -> None:
    """Where the law itself says that it is greatest there."""
    ax = plot_game("0.5*expon(0, 0.001) + 0.5*expon(0, 1)", "expon", x=(0, 3), ax=axes())
    assert "p_data peak" in names(ax)


# -- room for text ----------------------------------------

LONG = {"D": 0.3, "a name of many words and more": 0.5, "unbreakable_name": 0.4}


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
@pytest.mark.parametrize(("size", "columns"), [((6.4, 4.8), 1), ((8, 2.4), 3), ((13, 2.6), 3)])
def test_what_is_told_of_a_gap_touches_neither_its_name_nor_its_dot(
    layout: Any, size: tuple[float, float], columns: int
) -> None:
    """In narrow Axes too, and names stay within the figure."""
    figure = Figure(figsize=size, layout=layout)
    for ax in np.ravel(figure.subplots(1, columns)):
        plot_value(Normal(), Normal(3, 1), LONG, ax=ax)
    figure.draw_without_rendering()
    for ax in figure.axes:
        told = [text for text in ax.texts if text.get_text().startswith("gap")]
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        for text, label, mark in zip(told, ax.get_yticklabels(), dots, strict=True):
            box, name = text.get_window_extent(), label.get_window_extent()
            middle = ax.transData.transform((float(np.ravel(mark.get_xdata())[0]), 0.0))[0]
            assert box.x1 < middle - 0.5 * mark.get_markersize() * figure.dpi / 72
            assert box.x0 > name.x1
            assert name.x0 > (0 if layout or columns == 1 else -figure.bbox.width)


def test_a_lesser_accuracy_may_be_asked_for() -> None:
    """As the error of a V that does not converge says."""

    def D(x: Any) -> Any:
        return 0.5 + 0.3 * np.sign(np.sin(400 * x))

    with pytest.raises(ConvergenceError, match=r"^Ds\['mine'\]: .*rtol=1e-12: .*Ask for less \(rtol=1e-6\)"):
        plot_value(Normal(), Normal(1, 1), {"mine": D}, ax=axes())
    ax = plot_value(Normal(), Normal(1, 1), {"mine": D}, rtol=1e-6, ax=axes())
    assert of(ax, "C")[0][0] == pytest.approx(criterion(Normal(), Normal(1, 1)).value, abs=1e-5)


def test_short_names_are_set_as_they_are() -> None:
    """In one line and in the reader's own size."""
    ax = plot_value(Normal(), Normal(3, 1), {"a coin": 0.5}, ax=axes())
    (label,) = ax.get_yticklabels()
    assert label.get_text() == "a coin"
    assert label.get_fontsize() == Figure().subplots().get_yticklabels()[0].get_fontsize()


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("color", ["#0072B2", "#009E73", "#D55E00", "#E69F00"])
def test_a_label_is_legible_on_its_face(style: str, color: str) -> None:
    """A contrast of 7 to 1, which is what WCAG asks of small text at its strictest, and still the colour's own hue."""
    with matplotlib.style.context(style):
        face = rcParams["axes.facecolor"]
        found = legible(color, face)
    light, dark = sorted((luminance(found), luminance(to_rgb(face))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 7.0
    own = rgb_to_hsv(to_rgb(color))
    assert rgb_to_hsv(found)[0] == pytest.approx(own[0], abs=0.03)


def luminance(rgb: Any) -> float:
    """After WCAG 2.1, written out."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_notes_are_legible_on_an_area_in_a_dark_style() -> None:
    """The mass of an atom over a histogram has a halo of the Axes' own face, and a colour that stands out from it."""
    with matplotlib.style.context("dark_background"):
        ax = plot_pushforward(Pushforward("clip(z, -1, 1.5)"), samples=1000, rng=0, ax=axes())
    for text in ax.child_axes[1].texts:
        (halo,) = text.get_path_effects()
        assert to_rgba(halo._gc["foreground"]) == ax.get_facecolor()  # matplotlib tells no other way
        assert luminance(to_rgb(text.get_color())) > 0.3
