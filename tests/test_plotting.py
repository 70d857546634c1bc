"""The pictures: every artist shows the number that its name says, and nothing outside the Axes is touched."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
)
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import DomainError
from gantheory.game import criterion, optimal_discriminator, value
from gantheory.plotting import plot_divergences, plot_game, plot_value
from gantheory.plotting.ranges import bulk, points_between

AT_0 = Discrete([0.0], [1.0])
PAIRS = {
    "smooth": (Mixture([Normal(-2, 0.7), Normal(2.5, 1)]), Normal(0, 2)),
    "kinked": (Laplace(0, 1), Normal(0, 1)),
    "atom": (Mixture([AT_0, Normal(0, 1)], [0.3, 0.7]), Normal(0, 1)),
    "atoms": (Mixture([AT_0, Normal(0, 1)], [0.3, 0.7]), Mixture([AT_0, Normal(1, 1)], [0.6, 0.4])),
    "pole": (Beta(0.5, 0.5), Uniform(0, 1)),
    "poles": (Gamma(0.1, 1), Weibull(0.5, 1)),
    "heavy tail": (Cauchy(0, 1), StudentT(1.5)),
    "disjoint": (Uniform(0, 1), Uniform(2, 3)),
    "discrete": (Discrete(range(1, 7), [1 / 6] * 6), Discrete(range(1, 7), [0.1] * 5 + [0.5])),
    "point masses": (AT_0, Discrete([1.0], [1.0])),
    "density v atom": (Normal(0, 1), AT_0),
    "narrow": (Mixture([Normal(0, 1), Normal(1, 1e-8)], [0.9, 0.1]), Normal(0, 1)),
    "far apart": (Normal(0, 1), Normal(40, 1)),
    "farther apart": (Normal(0, 1), Normal(1000, 1)),
    "half-line": (Exponential(1), Normal(0, 1)),
}
of_every_pair = pytest.mark.parametrize(("p", "q"), PAIRS.values(), ids=PAIRS)
PICTURES: dict[str, Any] = {
    "plot_game": lambda p, q, ax: plot_game(p, q, 0.4, ax=ax, show_criterion=True),
    "plot_value": lambda p, q, ax: plot_value(p, q, {"coin": 0.5, "real": 1.0}, ax=ax),
    "plot_divergences": lambda p, q, ax: plot_divergences(p, lambda t: Mixture([p, q], [1 - t, t]), [0, 0.5, 1], ax=ax),
}


def axes() -> Any:
    """An Axes of a figure that pyplot does not know."""
    return Figure().subplots()


def of(ax: Any, gid: str):
    """The one line of that name, as x and y."""
    (line,) = [line for line in ax.lines if line.get_gid() == gid]
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def names(ax: Any) -> set:
    return {line.get_gid() for line in ax.lines}


def shown_levels(ax: Any, gid: str) -> tuple[np.ndarray, np.ndarray]:
    """Where a line stands on the left scale, and where its data are read on the right one."""
    (line,) = [line for line in ax.lines if line.get_gid() == gid]
    ax.figure.draw_without_rendering()  # only then are the scales where they will be
    (right,) = [child for child in ax.child_axes if child.get_ylabel().startswith("$D")]
    y = np.asarray(line.get_ydata(), dtype=float)
    pixels = line.get_transform().transform(np.column_stack([np.zeros_like(y), y]))[:, 1]
    return pixels, right.transData.transform(np.column_stack([np.zeros_like(y), y]))[:, 1]


# -- every picture, on every kind of pair ----------------------------------------


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
@of_every_pair
def test_returns_the_axes_that_it_was_given(picture, p, q):
    """And renders without a warning, in a figure that pyplot does not know."""
    ax = axes()
    assert picture(p, q, ax) is ax
    ax.figure.draw_without_rendering()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_touches_nothing_else(picture):
    """Neither rcParams nor pyplot's figures nor its current Axes."""
    plt.close("all")
    current: Any = plt.figure().subplots()
    before = mpl.rcParams.copy()
    picture(*PAIRS["atoms"], axes())
    assert mpl.rcParams == before
    assert plt.get_fignums() == [current.figure.number]
    assert plt.gca() is current
    assert not current.lines
    plt.close("all")


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_makes_a_figure_where_none_is_given(picture):
    """One, which pyplot shows."""
    plt.close("all")
    ax: Any = picture(Normal(), Normal(1, 1), None)
    assert plt.get_fignums() == [ax.figure.number]
    plt.close("all")


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("ax", ["axes", 3, np.empty((2, 2), dtype=object)])
def test_refuses_what_is_no_axes(picture, ax):
    """An array of Axes, as plt.subplots(2, 2) gives, among them."""
    with pytest.raises(DomainError, match=r"^ax is of type (str|int|ndarray); .*plt\.subplots"):
        picture(Normal(), Normal(1, 1), ax)


def test_importing_loads_no_matplotlib():
    """The module can be imported where matplotlib is slow to load or missing."""
    code = "import sys, gantheory.plotting; print([m for m in sys.modules if m.startswith('matplotlib')])"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root)
    assert done.stdout == "[]\n"


def test_a_dark_style_is_honoured():
    """Black is the reader's own black."""
    with mpl.rc_context({"text.color": "white"}):
        ax = plot_game(Normal(), Normal(1, 1), ax=axes())
    assert {line.get_color() for line in ax.lines if line.get_gid() == "p_data"} == {"white"}


# -- plot_game ----------------------------------------


@of_every_pair
def test_a_density_is_a_density(p, q):
    """What is drawn integrates to the law's continuous mass within the range, by the trapezoidal rule."""
    ax = plot_game(p, q, ax=axes())
    for gid, law in (("p_data", p), ("p_g", q)):
        assert (gid in names(ax)) == (law.continuous_mass > 0)
        if law.continuous_mass == 0:
            continue
        x, y = of(ax, gid)
        locations, masses = law.atoms()
        atomic = np.histogram(locations, np.nextafter(x, np.inf), weights=masses)[0]  # in (a, b] of two points
        between = np.diff(law.cdf(x)) - atomic
        drawn = 0.5 * (y[:-1] + y[1:]) * np.diff(x)
        gaps = np.isnan(drawn)  # on either side of a jump, no wider than its neighbours
        assert np.isin(x[np.isnan(y)], law.breakpoints()).all()
        poles = law.breakpoints()[np.isinf(law.pdf(law.breakpoints()))]  # the line has no point there
        gaps |= np.any([gaps, *((x[:-1] < pole) & (pole < x[1:]) for pole in poles)], axis=0)
        assert np.sum(drawn[~gaps]) == pytest.approx(np.sum(between[~gaps]), abs=2e-3)
        assert np.diff(x)[gaps].max(initial=0.0) < 1e-11 * (x[-1] - x[0])


@of_every_pair
def test_the_range_holds_the_bulk_of_both(p, q):
    """At least nine tenths of each law, tails or not; the axes show that range."""
    ax = plot_game(p, q, ax=axes())
    lo, hi = ax.get_xlim()
    for law in (p, q):
        outside = law.cdf(np.nextafter(lo, -np.inf)) + law.sf(hi)
        assert outside <= 0.1


def test_heavy_tails_leave_room_for_the_middle():
    """A Cauchy's quantiles at 1/2000 are 636 away; its bulk takes the picture."""
    lo, hi = bulk([Cauchy(0, 1)])
    assert 5 < hi < 20
    assert lo == pytest.approx(-hi)


@of_every_pair
def test_stems_stand_at_the_atoms(p, q):
    """As high as their masses, in the data and on the scale that they are read on."""
    ax = plot_game(p, q, ax=axes())
    for gid, law in (("p_data", p), ("p_g", q)):
        locations, masses = law.atoms()
        assert (f"{gid} atoms" in names(ax)) == (len(locations) > 0)
        if not len(locations):
            continue
        x, y = of(ax, f"{gid} atoms")
        assert (x == locations).all()
        assert (y == masses).all()
        foot_head_break = of(ax, f"{gid} stems")[1].reshape(-1, 3)
        assert (foot_head_break[:, :2] == np.column_stack([np.zeros_like(masses), masses])).all()
        pixels, on_right = shown_levels(ax, f"{gid} atoms")
        on_left = ax.transData.transform(np.column_stack([x, y]))[:, 1]
        has_density = p.continuous_mass + q.continuous_mass > 0
        np.testing.assert_allclose(pixels, on_right if has_density else on_left, rtol=1e-9)


def test_two_stems_at_one_place_stand_side_by_side():
    """Neither hides the other, and each is labelled with its mass."""
    ax = plot_game(*PAIRS["atoms"], ax=axes())
    at = [line.get_transform().transform([0.0, 0.0])[0] for line in ax.lines if str(line.get_gid()).endswith(" atoms")]
    assert at[1] - at[0] > 4
    assert {"0.3", "0.6"} <= {text.get_text() for text in ax.texts}


@of_every_pair
def test_the_line_is_the_discriminator(p, q):
    """Where there is a density, and broken elsewhere; circles at the atoms; read on the scale from 0 to 1."""
    ax, D = plot_game(p, q, ax=axes()), optimal_discriminator(p, q)
    has_density = p.continuous_mass + q.continuous_mass > 0
    assert ("D*" in names(ax)) == has_density
    if has_density:
        x, level = of(ax, "D*")
        alive = ~np.isnan(level)
        assert alive.sum() > 100
        assert (level[alive] == D(x[alive])).all()
        at_a_jump = ~alive & np.isin(x, np.concatenate([p.breakpoints(), q.breakpoints()]))
        assert (alive == (np.maximum(p.logpdf(x), q.logpdf(x)) > -np.inf))[~at_a_jump].all()
        pixels, on_right = shown_levels(ax, "D*")
        np.testing.assert_allclose(pixels[alive], on_right[alive], rtol=1e-9)
    locations = np.union1d(p.atoms()[0], q.atoms()[0])
    assert ("D* at atoms" in names(ax)) == (len(locations) > 0)
    if len(locations):
        x, level = of(ax, "D* at atoms")
        assert (x == locations).all()
        assert (level == D(locations)).all()


@pytest.mark.parametrize(("D", "level"), [(0.25, 0.25), (lambda x: 0 * x + 0.75, 0.75), (Discriminator(np.sign), None)])
def test_another_discriminator_is_drawn_beside_the_best(D, level):
    """D and D* both, each with its entry in the legend."""
    ax = plot_game(Normal(), Normal(1, 1), D, ax=axes())
    x, y = of(ax, "D")
    expected = 1 / (1 + np.exp(-np.sign(x))) if level is None else np.full_like(x, level)
    jumps = np.isnan(y)
    assert x[jumps].tolist() == ([0.0] if level is None else [])
    np.testing.assert_allclose(y[~jumps], expected[~jumps], rtol=1e-14)
    np.testing.assert_allclose(of(ax, "D*")[1], 1 / (1 + np.exp(of(ax, "D*")[0] - 0.5)), rtol=1e-12)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()][2:] == ["$D$", r"$D\!^*$"]


@pytest.mark.parametrize(
    ("name", "gid", "marks"),
    [
        ("pole", "p_data peak", {"∞": 2}),
        ("poles", "p_g peak", {"∞": 2}),
        ("narrow", "p_data peak", {r"$4.0\times10^{6}$": 1}),
    ],
)
def test_a_density_that_leaves_the_picture_says_so(name, gid, marks):
    """A triangle within the picture, and the supremum beside it."""
    ax = plot_game(*PAIRS[name], ax=axes())
    triangles = [line for line in ax.lines if line.get_gid() == gid]
    assert triangles
    assert all(0 < line.get_ydata()[0] < ax.get_ylim()[1] for line in triangles)
    texts = [text.get_text() for text in ax.texts]
    assert {mark: texts.count(mark) for mark in marks} == marks


@pytest.mark.parametrize(
    "name", ["smooth", "kinked", "heavy tail", "disjoint", "far apart", "farther apart", "half-line"]
)
def test_a_density_that_fits_is_not_cut(name):
    """The largest density of the pair is below the top of the left scale, and no triangle is drawn."""
    p, q = PAIRS[name]
    ax = plot_game(p, q, ax=axes())
    assert not [gid for gid in names(ax) if gid and gid.endswith("peak")]
    assert max(np.nanmax(of(ax, gid)[1]) for gid in ("p_data", "p_g")) <= ax.spines["left"].get_bounds()[1]


def test_arrows_carry_equal_masses_from_z_to_G():
    """Each starts under its z on the lower line and ends at G(z) on the upper one."""
    ax = plot_game(Normal(), Normal(1, 1.5), ax=axes(), generator=lambda z: 1 + 1.5 * z, prior=Normal(), arrows=7)
    arrows = [text for text in ax.texts if text.get_gid() == "z -> x"]
    z = Normal().ppf((np.arange(7) + 0.5) / 7)
    assert [arrow.xy[0] for arrow in arrows] == pytest.approx(1 + 1.5 * z)
    assert {arrow.xy[1] for arrow in arrows} == {0.0}
    (line,) = [child for child in ax.child_axes if not child.get_ylabel()]
    ax.figure.draw_without_rendering()
    starts = ax.transData.transform([arrow.get_position() for arrow in arrows])
    below = line.transData.transform(np.column_stack([z, np.zeros_like(z)]))
    np.testing.assert_allclose(starts[:, 0], below[:, 0], rtol=1e-9)


@pytest.mark.parametrize(
    ("generator", "prior", "p_g"),
    [
        ("2*z", Normal(), Normal(0, 2)),
        ("-log(1 - z)", Uniform(0, 1), Exponential(1)),
        ("relu(z)", Uniform(-1, 1), Mixture([AT_0, Uniform(0, 1)])),
        (lambda z: np.floor(6 * z) + 1, Uniform(0, 1), PAIRS["discrete"][0]),
    ],
)
def test_generators_that_reach_p_g(generator, prior, p_g):
    """Affine, monotone, flat and a staircase; an atom of p_g is reached too."""
    ax = plot_game(Normal(1, 1), p_g, ax=axes(), generator=generator, prior=prior, arrows=9)
    assert len([text for text in ax.texts if text.get_gid() == "z -> x"]) >= 7


@pytest.mark.parametrize("show", [True, False])
def test_the_criterion_on_request(show):
    """With its error, as print shows it."""
    ax = plot_game(Normal(), Normal(1, 1.5), ax=axes(), show_criterion=show)
    expected = f"$C(G)$ = {criterion(Normal(), Normal(1, 1.5))} nats".replace("-", "−")
    assert ax.get_title() == (expected if show else "")


def test_no_legend_on_request():
    """For the panels of a larger figure."""
    assert plot_game(Normal(), Normal(1, 1), ax=axes(), legend=False).get_legend() is None


def test_the_points_are_the_callers_own():
    """Two numbers are a range; more are the points."""
    x = np.linspace(-1, 1, 7)
    assert (of(plot_game(Normal(), Normal(1, 1), ax=axes(), x=x), "p_data")[0] == x).all()
    ax = plot_game(Normal(), Normal(1, 1), ax=axes(), x=(-1, 1))
    assert ax.get_xlim() == (-1, 1)
    assert len(of(ax, "p_g")[0]) > 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": [1.0]}, r"^x is \[1\.0\]; .*at least two .*: it has 1, give more\.$"),
        ({"x": [2.0, 1.0]}, r"increasing order: sort it, and give each number once\.$"),
        ({"x": [1.0, 1.0]}, r"increasing order: sort it, and give each number once\.$"),
        ({"x": [0.0, math.nan]}, r"finite .*: replace what is infinite or nan\.$"),
        ({"x": (0.0, math.inf)}, r"^x is \(0\.0, inf\); .*finite .*: replace what is infinite or nan\.$"),
        ({"x": "wide"}, r"^x is 'wide'; .*such as \(-3, 3\)\.$"),
        ({"generator": "2*z"}, r"^prior is None but generator is given"),
        ({"prior": Normal()}, r"^generator is None but prior is given"),
        ({"generator": "1 + z", "prior": Normal(), "arrows": -1}, r"^arrows is -1"),
        ({"arrows": 1.5}, r"^arrows is 1\.5"),
        ({"generator": "z", "prior": Normal()}, r"differs from p_g by 0\.3"),
        ({"generator": 3, "prior": Normal()}, r"^generator is 3"),
        ({"generator": "1/0 + z", "prior": Normal()}, r"^generator gives"),
        ({"generator": lambda z: math.exp(z), "prior": Normal()}, r"numpy's functions"),
        ({"D": 1.5}, r"^D is .*1\.5.*\[0, 1\]"),
        ({"D": "half"}, r"^D is 'half'"),
        ({"D": lambda x: x}, r"^D is .* at x = .*; .*\[0, 1\]"),
        ({"D": lambda x: np.full(np.shape(x), np.nan)}, r"D.*nan"),
    ],
)
def test_refuses(options, message):
    """One kind of error, which names the argument, its value and what is required."""
    with pytest.raises(DomainError, match=message):
        plot_game(Normal(), Normal(1, 1), ax=axes(), **options)


# -- plot_value ----------------------------------------


@of_every_pair
def test_values_and_gaps(p, q):
    """A point at V for each D, a bar from it to C(G), an arrow where V is -inf."""
    Ds = {"best": optimal_discriminator(p, q), "coin": 0.5, "0.6": 0.6, "sure": 1.0}
    ax = plot_value(p, q, Ds, ax=axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(Ds)
    points = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"}
    assert points == {i: value(p, q, D).value for i, D in enumerate(list(Ds.values())[:3])}
    bars = [line.get_xdata() for line in ax.lines if line.get_gid() == "gap"]
    maximum = criterion(p, q)
    assert (of(ax, "C")[0] == maximum.value).all()
    assert [bar[1] for bar in bars] == pytest.approx([maximum.value] * 3, abs=1e-11)
    assert of(ax, "V is -inf")[1] == [3]
    lo, hi = ax.get_xlim()
    assert all(lo < x < hi for x in points.values())


@pytest.mark.parametrize("D", [1.5, "half", lambda x: x, lambda x: np.full(np.shape(x), np.nan)])
def test_what_is_no_discriminator_names_its_row(D):
    """Among many, which one."""
    with pytest.raises(DomainError, match=r"^Ds\['mine'\]: D"):
        plot_value(Normal(), Normal(1, 1), {"a coin": 0.5, "mine": D}, ax=axes())


@pytest.mark.parametrize("Ds", [{}, [0.5], 0.5, None])
def test_values_of_what_is_no_table(Ds):
    """A dict, and not an empty one."""
    with pytest.raises(DomainError, match=r"^Ds is .* must be a dict"):
        plot_value(Normal(), Normal(1, 1), Ds, ax=axes())


# -- plot_divergences ----------------------------------------


def test_the_rows_are_the_functionals():
    """C(G), its other form, and every divergence, at every value of the parameter; W₁ on the scale of its own."""
    theta = np.linspace(-1, 2, 13)
    ax = plot_divergences(Normal(), lambda t: Normal(t, 1.5), theta, ax=axes())
    laws = [Normal(t, 1.5) for t in theta]
    expected = {
        "C": [criterion(Normal(), q).value for q in laws],
        "2 JSD": [2 * js_divergence(Normal(), q).value - math.log(4) for q in laws],
        "JSD": [js_divergence(Normal(), q).value for q in laws],
        "KL(p||q)": [kl_divergence(Normal(), q).value for q in laws],
        "KL(q||p)": [kl_divergence(q, Normal()).value for q in laws],
        "TV": [total_variation(Normal(), q).value for q in laws],
    }
    for gid, levels in expected.items():
        x, y = of(ax, gid)
        assert (x == theta).all()
        np.testing.assert_allclose(y, levels, rtol=1e-14)
    assert of(ax, "2 JSD")[1] == pytest.approx(of(ax, "C")[1], abs=1e-13)
    (right,) = ax.child_axes
    ax.figure.draw_without_rendering()
    pixels = ax.transData.transform(np.column_stack([theta, of(ax, "W1")[1]]))[:, 1]
    read = right.transData.inverted().transform(np.column_stack([np.zeros_like(pixels), pixels]))[:, 1]
    assert read == pytest.approx([wasserstein_distance(Normal(), q).value for q in laws], rel=1e-9)


def test_a_curve_that_goes_on_above_the_picture_has_an_arrow():
    """Where it is cut; and nowhere near an infinite value, which is marked as such."""
    ax = plot_divergences(Normal(), lambda t: Normal(t, 1), np.linspace(-4, 4, 33), ax=axes())
    x, height = of(ax, "KL(p||q) goes on")
    assert x == pytest.approx([-2.0, 2.0])  # t**2/2 = 2
    assert height == pytest.approx([2.0, 2.0])
    assert "KL(p||q) goes on" not in names(plot_divergences(Normal(), lambda t: Normal(t, 1), [-1, 1], ax=axes()))
    nested = plot_divergences(Uniform(0, 1), lambda t: Uniform(0, t), [0.5, 1, 2], ax=axes())
    assert not [gid for gid in names(nested) if gid and gid.endswith("goes on")]


def test_a_curve_that_is_above_the_picture_everywhere_has_one_too():
    """In the middle: the values that are shown have no other sign of it."""
    ax = plot_divergences(Normal(), lambda t: Normal(t, 1), [5, 6, 7], ax=axes())
    assert of(ax, "KL(q||p) goes on")[0].tolist() == [6.0]


def test_the_infinite_is_marked_and_not_drawn():
    """A triangle for each value of the parameter where a divergence is infinite, within the picture."""
    theta = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    ax = plot_divergences(Uniform(0, 1), lambda t: Uniform(t, t + 1), theta, ax=axes())
    for gid in ("KL(p||q)", "KL(q||p)"):
        assert np.isnan(of(ax, gid)[1]).tolist() == [True, True, False, True, True]
        x, height = of(ax, f"{gid} is infinite")
        assert x.tolist() == [-1, -0.5, 0.5, 1]
        assert (height < ax.get_ylim()[1]).all()
    assert of(ax, "C")[1].tolist()[::4] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("family", "values", "message"),
    [
        (Normal(), [0, 1], r"^family is Normal"),
        (lambda t: Normal(t), [], r"^values is \[\]"),
        (lambda t: Normal(t), [1, 0], r"increasing order"),
        (lambda t: Normal(t), [[0, 1]], r"^values is"),
        (lambda t: Normal(0, t), [0, 1], r"^sigma of Normal is 0\.0"),
    ],
)
def test_refuses_what_is_no_family(family, values, message):
    """The law's own errors come through."""
    with pytest.raises(DomainError, match=message):
        plot_divergences(Normal(), family, values, ax=axes())


# -- points ----------------------------------------


def test_points_see_what_is_narrow():
    """Both sides of a jump, and a peak of width 1e-8 in a range of 10."""
    law = Mixture([Normal(0, 1), Normal(1, 1e-8)], [0.9, 0.1])
    x = points_between(-5, 5, [law.breakpoints(), [0.5]])
    below, above = x[x < 0.5][-1], x[x > 0.5][0]
    assert 0.5 in x
    assert above - below < 1e-11
    assert np.max(law.pdf(x)) == pytest.approx(law.pdf(1.0))
    assert (np.diff(x) > 0).all()
