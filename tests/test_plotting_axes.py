"""Pictures in the reader's own Axes: their scales, neighbours, sizes and styles; and what jumps, or has no number."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.figure import Figure
from test_plotting import axes, names, of

from gantheory.densities import Beta, Discrete, Exponential, Gamma, Mixture, Normal, Tabulated, Uniform
from gantheory.descent import mirror_descent
from gantheory.errors import ConvergenceError, DomainError
from gantheory.game import optimal_discriminator
from gantheory.plotting import (
    plot_divergences,
    plot_frames,
    plot_game,
    plot_pushforward,
    plot_reading,
    plot_trajectory,
    plot_value,
)
from gantheory.plotting.canvas import crown
from gantheory.plotting.ranges import thinned
from gantheory.pushforward import Pushforward
from gantheory.trajectory import Trajectory

RUN = mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=6)
PICTURES: dict[str, Any] = {
    "plot_game": lambda ax: plot_game(Normal(), Pushforward("z**3 - z"), ax=ax, show_criterion=True),
    "plot_value": lambda ax: plot_value(Normal(), Normal(1, 1), {"a coin": 0.5, "real": 1.0}, ax=ax),
    "plot_divergences": lambda ax: plot_divergences(Uniform(0, 1), lambda t: Uniform(t, t + 1), [0.5, 1, 2], ax=ax),
    "plot_trajectory": lambda ax: plot_trajectory(RUN, ax=ax),
    "plot_reading": lambda ax: plot_reading(RUN, ax=ax),
    "plot_frames": lambda ax: plot_frames(RUN, records=3, ax=ax),
    "plot_pushforward": lambda ax: plot_pushforward(Pushforward("relu(z)"), ax=ax),
}
of_every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


def arrows(ax: Any) -> list[Any]:
    return [text for text in ax.texts if text.get_gid() == "z -> x"]


# -- sizes, layouts and styles ----------------------------------------


@of_every_picture
@pytest.mark.parametrize("size", [(3.2, 2.4), (6.4, 4.8), (16, 9)])
def test_a_legend_stays_inside_and_above_the_curves(picture: Any, size: tuple[float, float]) -> None:
    """Whatever the size of the figure: it takes no more columns, and no larger type, than there is room for."""
    figure = Figure(figsize=size)
    ax = picture(figure.subplots())
    figure.draw_without_rendering()
    legend = ax.get_legend()
    if legend is None:
        return
    box, frame = legend.get_window_extent(), ax.get_window_extent()
    assert box.x0 >= frame.x0 - 1
    assert box.x1 <= frame.x1 + 1
    (left,) = [ax.spines["left"]]
    top = ax.transData.transform((0.0, max(left.get_bounds() or ax.get_ylim())))[1]
    if picture is PICTURES["plot_reading"]:  # whose scale runs down
        top = ax.transData.transform((1.0, -0.5))[1]
    if picture is not PICTURES["plot_divergences"]:
        assert box.y0 >= top


@of_every_picture
@pytest.mark.parametrize("layout", ["constrained", "tight"])
def test_pictures_beside_each_other_do_not_overlap(picture: Any, layout: str) -> None:
    """In a grid, after the layout: every piece of a picture is in its own cell. A warning would be an error."""
    figure = Figure(figsize=(12, 9), layout=layout)
    grid = figure.subplots(2, 2)
    for ax in grid.flat:
        picture(ax)
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in grid.flat]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert figure.bbox.padded(1).containsx(box.x0)
        assert figure.bbox.padded(1).containsy(box.y1)


@of_every_picture
def test_the_readers_lines_and_markers_are_honoured(picture: Any) -> None:
    """Twice as wide in rcParams is twice as wide in the picture, one by one; and nothing is changed but the width."""
    thin = picture(axes())
    with mpl.rc_context({"lines.linewidth": 3.0, "lines.markersize": 12.0}):
        thick = picture(axes())
    for one, other in zip(thin.lines, thick.lines, strict=True):
        assert other.get_linewidth() == pytest.approx(2.0 * one.get_linewidth())
        if one.get_marker() not in ("None", None, "", "|"):
            assert other.get_markersize() == pytest.approx(2.0 * one.get_markersize())


@of_every_picture
@pytest.mark.parametrize("style", ["dark_background", "seaborn-v0_8", "grayscale"])
def test_style_sheets_are_honoured(picture: Any, style: str) -> None:
    """They draw without a warning, and in the style's own face."""
    with mpl.style.context(style):
        ax = picture(axes())
        ax.figure.draw_without_rendering()
        assert ax.get_facecolor() == mpl.colors.to_rgba(mpl.rcParams["axes.facecolor"])


def test_a_legend_for_which_nothing_is_small_enough_is_drawn_all_the_same() -> None:
    """In the smallest type."""
    ax = Figure(figsize=(0.5, 0.4)).subplots()
    (line,) = ax.plot([0, 1], label="a name as long as a sentence, for which there is no room")
    assert 0 < crown(ax, [line] * 9, 4) < 0.6
    assert len(ax.get_legend().get_texts()) == 9


def test_a_title_is_as_wide_as_the_axes_at_most() -> None:
    """C(G) has 16 digits; a small figure sets them smaller."""
    widths = []
    for width in (2.5, 8.0):
        ax = plot_game(Normal(), Normal(1, 2), ax=Figure(figsize=(width, 3)).subplots(), show_criterion=True)
        widths.append(ax.title.get_window_extent().width / ax.bbox.width)
    assert widths[0] == pytest.approx(1.1, abs=0.1)
    assert widths[1] < 1.1


# -- scales and neighbours ----------------------------------------


@of_every_picture
def test_a_scale_that_a_picture_has_no_place_on_is_refused(picture: Any) -> None:
    """Before anything is drawn, with the remedy."""
    ax = axes()
    ax.set_yscale("logit" if picture is PICTURES["plot_trajectory"] else "log")
    with pytest.raises(DomainError, match=r'^ax has a log.* scale in y; .*ax\.set_yscale\("linear"\)'):
        picture(ax)
    assert not ax.lines
    assert ax.get_legend() is None


@of_every_picture
@pytest.mark.parametrize("projection", ["polar", "3d"])
def test_axes_of_another_projection_are_refused(picture: Any, projection: str) -> None:
    """They have no x and y to draw on."""
    with pytest.raises(DomainError, match=rf"^ax has the projection '{projection}'"):
        picture(Figure().add_subplot(projection=projection))


def test_a_log_scale_of_x_is_kept() -> None:
    """By the pictures for which it means something; a law that reaches 0 is drawn from its small quantiles on."""
    ax = axes()
    ax.set_xscale("log")
    plot_game(Gamma(0.3), Exponential(1), ax=ax)
    assert ax.get_xscale() == "log"
    assert 0 < ax.get_xlim()[0] < Gamma(0.3).ppf(0.001)
    x, density = of(ax, "p_g")
    assert (x[~np.isnan(density)] > 0).all()
    ax = axes()
    ax.set_xscale("log")
    plot_divergences(Normal(), lambda t: Normal(0, t), [0.1, 1, 10], ax=ax)
    assert ax.get_xlim() == (0.1, 10)
    ax = axes()
    ax.set_xscale("log")
    plot_trajectory(RUN, ax=ax)
    assert ax.get_xlim()[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (lambda ax: plot_game(Normal(), Exponential(1), ax=ax), r"laws reach down to -inf; give x=\(lo, hi\)"),
        (lambda ax: plot_game(Normal(), Exponential(1), ax=ax, x=(-1, 3)), r"^x begins at -1\.0"),
        (lambda ax: plot_game(Normal(), Pushforward("exp(z)"), ax=ax), r"log scale in x; .*linear"),
        (lambda ax: plot_divergences(Normal(), Normal, [0, 1], ax=ax), r"^values begins at .*0\.0"),
        (lambda ax: plot_trajectory(mirror_descent("norm", "norm", steps=0), ax=ax), r"no step above 0"),
    ],
)
def test_what_has_no_place_on_a_log_scale_is_refused(picture: Any, message: str) -> None:
    """With what would do."""
    ax = axes()
    ax.set_xscale("log")
    with pytest.raises(DomainError, match=message):
        picture(ax)


def test_shared_axes_show_both_pictures() -> None:
    """The second does not cut the first off; a picture that is drawn again has its own range."""
    left, right = Figure().subplots(1, 2, sharex=True, sharey=True)
    plot_game(Normal(5, 0.1), Normal(5, 0.2), ax=left)
    before = np.array([*left.get_xlim(), *left.get_ylim()])
    plot_game(Normal(0, 1), Normal(1, 1), ax=right)
    after = np.array([*left.get_xlim(), *left.get_ylim()])
    assert after[0] < 0 < before[0]
    assert after[1] == before[1]
    assert after[3] >= before[3]
    alone = axes()
    plot_game(Normal(50, 1), Normal(0, 1), ax=alone)
    alone.clear()
    plot_game(Normal(0, 1), Normal(0, 1), ax=alone)
    assert alone.get_xlim()[1] < 5


def test_a_graph_that_is_drawn_again_keeps_its_place() -> None:
    """It does not shrink each time."""
    ax = axes()
    for _ in range(2):
        ax.clear()
        plot_pushforward(Pushforward("z**2"), ax=ax)
        ax.figure.draw_without_rendering()
        width = ax.get_position().width
    assert width == pytest.approx(0.64 * ax.get_position(original=True).width)
    assert len(ax.child_axes) == 2


# -- jumps and poles ----------------------------------------


@pytest.mark.parametrize(
    ("p", "q", "jumps"),
    [
        (Uniform(0, 1), Normal(), {"p_data": [0, 1], "p_g": [], "D*": [0, 1]}),
        (Exponential(1), Normal(), {"p_data": [0], "p_g": [], "D*": [0]}),
        (Beta(0.5, 0.5), Uniform(0, 1), {"p_data": [0, 1], "p_g": [0, 1], "D*": []}),
        (Beta(2, 2), Normal(), {"p_data": [], "p_g": [], "D*": []}),
        (Mixture([Normal(0, 1), Normal(1, 1e-8)], [0.9, 0.1]), Normal(), {"p_data": [], "p_g": [], "D*": []}),
        (Normal(1e6, 1), Uniform(1e6, 1e6 + 1), {"p_data": [], "p_g": [1e6, 1e6 + 1], "D*": [1e6, 1e6 + 1]}),
    ],
)
def test_no_line_leads_over_a_jump(p: Any, q: Any, jumps: dict[str, list[float]]) -> None:
    """Curves are interrupted at jumps, the ends of a support and poles among them, and nowhere else."""
    ax = plot_game(p, q, ax=axes())
    for gid, marks in jumps.items():
        x, y = of(ax, gid)
        alive = np.ones(x.shape, dtype=bool) if gid != "D*" else p.pdf(x) + q.pdf(x) > 0
        where = np.isnan(y) & (alive | np.isin(x, marks))
        assert x[where].tolist() == marks


def test_a_table_of_steps_is_drawn_as_stairs() -> None:
    """With its risers: two dozen pieces that hang in the air are no picture."""
    stairs = Mixture([Uniform(k, k + 1) for k in range(30)], np.arange(1, 31) / 465)
    assert not np.isnan(of(plot_game(stairs, Uniform(0, 30), ax=axes()), "p_data")[1]).any()


def test_a_pole_that_rounding_makes_finite_is_infinite() -> None:
    """2z + 1 carries the pole of z at 1 to 3, where the density is 5e5 in floats."""
    ax = plot_pushforward(Pushforward("2*z + 1", "beta(0.5, 0.5)"), ax=axes())
    assert [text.get_text() for text in ax.child_axes[1].texts] == ["∞", "∞"]
    ax = plot_game(Uniform(1, 3), Pushforward("2*z + 1", "beta(0.5, 0.5)"), ax=axes())
    assert [text.get_text() for text in ax.texts].count("∞") == 2


def test_the_law_of_z_has_atoms_and_poles_too() -> None:
    """A stem, and a triangle at each pole."""
    below, _ = plot_pushforward(Pushforward("z**2", "0.5*delta(1) + 0.5*norm(0, 1)"), ax=axes()).child_axes
    (stems,) = [one for one in below.collections if one.get_gid() == "prior stems"]
    assert len(stems.get_segments()) == 1
    below, _ = plot_pushforward(Pushforward("z", "beta(0.5, 0.5)"), ax=axes()).child_axes
    assert [line.get_gid() for line in below.lines] == ["prior peak"] * 2


def test_a_law_of_atoms_alone_has_no_density() -> None:
    """Its bars are drawn, and no line."""
    _, beside = plot_pushforward(Pushforward("0*z + 2"), ax=axes()).child_axes
    assert [line.get_gid() for line in beside.lines] == ["atom"]
    assert beside.get_xlabel() == ""


# -- what a game may be given ----------------------------------------


def test_the_arrows_of_a_pushforward_are_its_own() -> None:
    """As many as asked for, and none with 0."""
    p_g = Pushforward("z**3 - z", "norm(0, 0.8)")
    drawn = arrows(plot_game(Normal(), p_g, ax=axes(), arrows=7))
    z = Normal(0, 0.8).ppf((np.arange(7) + 0.5) / 7)
    assert [arrow.xy[0] for arrow in drawn] == pytest.approx(z**3 - z)
    assert arrows(plot_game(Normal(), p_g, ax=axes(), arrows=0)) == []
    assert plot_game(Normal(), p_g, ax=axes(), arrows=0).get_xlabel() == "x"
    assert arrows(plot_game(Normal(), Normal(0, 2), ax=axes(), generator="2*z", prior="norm", arrows=0)) == []


def test_a_generator_may_have_a_pole() -> None:
    """The arrow that would go to infinity is left out, and only that."""
    p_g = Pushforward("1/z")
    assert len(arrows(plot_game(Normal(), p_g, ax=axes(), x=(-10, 10), arrows=5))) == 4
    own = plot_game(Normal(), p_g, ax=axes(), generator=lambda z: 1 / z, prior="norm", x=(-10, 10), arrows=5)
    assert len(arrows(own)) == 4


def test_arrays_are_laws_and_discriminators_at_x() -> None:
    """The same picture as of the laws that they tabulate."""
    x = np.linspace(-4, 4, 81)
    p, q = Tabulated(x, Normal().pdf(x)), Tabulated(x, Normal(0, 1.1).pdf(x))
    drawn = plot_game(list(Normal().pdf(x)), Normal(0, 1.1).pdf(x), optimal_discriminator(p, q)(x), x=x, ax=axes())
    for gid, law in (("p_data", p), ("p_g", q)):
        inner = slice(1, -1)  # at the ends the densities of a table jump
        assert of(drawn, gid)[1][inner] == pytest.approx(law.pdf(x)[inner])
    assert of(drawn, "D")[1][inner] == pytest.approx(of(drawn, "D*")[1][inner], rel=1e-12)


@pytest.mark.parametrize(
    ("D", "x", "message"),
    [
        ([0.5, 0.5], None, r"^D is an array of shape \(2,\), and x is None; give x="),
        ([0.5, 0.5, 0.5], (0.0, 1.0), r"^D is an array of shape \(3,\), and x has shape \(2,\)"),
        ([[0.5, 0.5, 0.5]], [[0.0, 1.0, 2.0]], r"^D is an array of shape \(1, 3\)"),
        ([0.5, 1.5, 0.5], [0.0, 1.0, 2.0], r"^D is 1\.5"),
        ([0.5, 0.5, 0.5], [0.0, 2.0, 1.0], r"increasing order"),
    ],
)
def test_arrays_without_their_points_are_refused(D: Any, x: Any, message: str) -> None:
    """As everywhere in the package, an array says nothing of where its values are."""
    with pytest.raises(DomainError, match=message):
        plot_game(Normal(), Normal(1, 1), D, x=x, ax=axes())


# -- numbers that there are none of ----------------------------------------


class Undeclared:
    """A user's law, on the whole line, which does not say how its tails fall."""

    def logpdf(self, x: Any) -> Any:
        return -np.log(np.cosh(np.asarray(x))) - np.log(np.pi)

    def support(self) -> tuple[float, float]:
        return (-np.inf, np.inf)


def test_what_could_not_be_decided_is_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the rest is drawn."""

    def refuses(p: Any, q: Any) -> Any:
        raise ConvergenceError("the tails are not known")

    monkeypatch.setattr("gantheory.plotting.divergences.kl_divergence", refuses)
    ax = plot_divergences(Normal(), lambda t: Normal(t, 1), [-1, 0, 1], ax=axes())
    assert of(ax, "KL(p||q) is undecided")[0].tolist() == [-1, 0, 1]
    assert np.isnan(of(ax, "KL(p||q)")[1]).all()
    assert not np.isnan(of(ax, "C")[1]).any()
    assert "KL(p||q) is infinite" not in names(ax)


def test_a_law_of_the_users_own_is_drawn() -> None:
    """With logpdf and support alone, by every picture of a pair."""
    law = Undeclared()
    for ax in (
        plot_game(law, "norm", ax=axes()),
        plot_value(law, "norm", {"a coin": 0.5}, ax=axes()),
        plot_divergences(law, lambda t: Normal(t, 1), [0, 1], ax=axes()),
    ):
        ax.figure.draw_without_rendering()
        assert ax.lines


def test_w1_has_no_scale_where_it_is_never_finite() -> None:
    """A triangle for each, as of any other."""
    ax = plot_divergences("cauchy", lambda t: Normal(t, 1), [0, 1], ax=axes())
    assert ax.child_axes == []
    assert of(ax, "W1 is infinite")[0].tolist() == [0, 1]


def test_an_error_that_is_wide_is_seen() -> None:
    """The band around C(G) and the bar of V are as wide as their errors, which a table of few points makes large."""
    x = np.linspace(-4, 4, 41)
    law = Tabulated(x, 0.995 * Normal().pdf(x))
    ax = plot_value(law, "norm(1, 1)", {"a coin": 0.5}, ax=axes())
    (band,) = [patch for patch in ax.patches if patch.get_gid() == "C error"]
    box = band.get_window_extent().transformed(ax.transData.inverted())
    assert box.width > 1e-3
    maximum = of(ax, "C")[0][0]
    assert box.x0 < maximum < box.x1
    assert ax.get_xlim()[1] >= box.x1
    told = ax.texts[0].get_text()
    assert "±" in told


def test_a_value_that_cannot_be_told_names_its_row() -> None:
    """Among many, which one to give by its logit."""
    with pytest.raises(ConvergenceError, match=r"^Ds\['mine'\]: value .*Discriminator\(logit\)") as caught:
        plot_value(
            "norm(0, 1e-6)",
            "norm(0, 1000)",
            {"a coin": 0.5, "mine": lambda x: 1 / (1 + np.exp(-np.clip(x, -700, 700)))},
        )
    assert caught.value.best is not None


def test_discrete_laws_are_stems_on_any_scale() -> None:
    """A log scale of x for the positive integers."""
    ax = axes()
    ax.set_xscale("log")
    plot_game(Discrete([1, 10, 100], [0.5, 0.3, 0.2]), Discrete([1, 10, 100], [0.2, 0.3, 0.5]), ax=ax)
    assert 0 < ax.get_xlim()[0] < 1
    assert ax.get_xlim()[1] > 100


def test_a_picture_of_a_trained_run_is_no_large_file() -> None:
    """Its law has some hundred steps: as SVG the picture was 4.4 MB, most of it in areas."""
    edges = np.concatenate([[-np.inf], np.linspace(-3, 3, 201), [np.inf]])
    masses = np.diff(Normal().cdf(edges))
    run = Trajectory.from_arrays(Normal(), [0, 1], edges, np.broadcast_to(masses, (2, 1, len(masses))))
    ax, written = plot_game(run.p_data, run.p_g(-1), ax=axes()), io.StringIO()
    ax.figure.savefig(written, format="svg")
    assert len(written.getvalue()) < 700_000


def test_an_area_is_its_curve() -> None:
    """Thinned to what can be seen, it ends where the curve does, and lies within a thousandth of it."""
    x, y = np.linspace(0, 1, 20_001), np.sin(np.linspace(0, 1, 20_001) * 9) + 1
    y[5000] = np.nan
    at, level = thinned(x, y, 1.0, 2.0)
    assert len(at) < 10_000  # two in each of the 4,800 cells that it crosses
    assert (at[[0, -1]] == x[[0, -1]]).all()
    assert at[np.isnan(level)].tolist() == [x[5000]]
    alive = ~np.isnan(level)
    assert np.nanmax(np.abs(np.interp(x, at[alive], level[alive]) - y)) < 2e-3
