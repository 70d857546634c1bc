"""The tables of the game: a control is a move, a refusal is told and loses nothing, and a picture stands for them."""

from __future__ import annotations

import base64
import io
import math
import sys
import time
import warnings
from typing import Any

import matplotlib.image
import numpy as np
import pytest

import gantheory as gt
from gantheory import play
from gantheory.errors import ConvergenceError
from gantheory.play import display
from gantheory.play.display import MISSING, in_time
from gantheory.plotting import boards

WIDGET = "application/vnd.jupyter.widget-view+json"
SMALL: Any = {"batch": 64, "hidden": (8,), "k": 3}


@pytest.fixture
def without_widgets(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)


def size(png: bytes) -> tuple[int, ...]:
    return matplotlib.image.imread(io.BytesIO(png)).shape[:2]


def numbers(table: Any) -> str:
    return table._numbers.value


# -- by hand ----------------------------------------


def test_a_slider_bends_d():
    """Its value is the level of the bend, and picture and numbers follow."""
    table = play.game("norm(0, 1)", "norm(1.5, 1)")
    before = table._image.value
    table.bends[1].value = 2.5
    assert table.position.bends.tolist() == [0, 2.5, 0, 0, 0, 0, 0]
    assert table._image.value != before
    assert str(table.position.score.value) in numbers(table)
    assert str(table.position.score.gap) in numbers(table)


def test_the_buttons():
    """Ascent, the optimum, and D = ½; the controls show what came of it."""
    table = play.game()
    table.up.click()
    assert table.bends[0].value == table.position.bends[0] > 0
    assert float(table.position.score.value) > -math.log(4)
    table.optimum.click()
    assert (table.share.value, table.bends[0].value) == (1.0, 0.0)
    assert 0.0 in table.position.score.gap
    table.half.click()
    assert table.share.value == 0.0
    assert -math.log(4) in table.position.score.value


def test_a_share_and_a_place():
    """Sliders of D*'s share, and of p_g's location and scale."""
    table = play.game("norm(0, 1)", "norm(1, 1)")
    table.share.value = 0.5
    assert table.position.share == 0.5
    table.loc.value = -1.0
    assert table.position.p_g == gt.Normal(0.0, 1.0)
    table.scale.value = 2.0
    assert table.position.p_g == gt.Normal(1.0, 2.0)
    assert len(table.position.history) == 1


@pytest.mark.parametrize("name", play.EXAMPLES)
def test_the_examples(name):
    """Each is chosen by its name, and its texts stand in the fields."""
    table = play.game("norm(0, 3)")
    assert table.example.value == "your own"
    table.example.value = name
    assert table.message == ""
    texts = play.EXAMPLES[name]
    assert table.position.generator == texts.get("generator")
    assert table.p_data.value == str(gt.parse_density(texts["p_data"]))
    hidden = [control.layout.display == "none" for control in (table.p_g, table.generator, table.prior)]
    assert hidden == [True, False, False] if "generator" in texts else [False, True, True]
    shown = [slider for slider in table.bends if slider.layout.display != "none"]
    assert len(shown) == len(table.position.knots)
    assert table.example.value == name
    table.p_data.value = "norm(0, 5)"
    assert table.example.value == "your own"


def test_laws_as_text_and_a_generator():
    """p_g by its name, by G(z), and by its name again."""
    table = play.game()
    table.p_g.value = "laplace(1, 2)"
    assert table.position.p_g == gt.Laplace(1.0, 2.0)
    table.kind.value = "G(z)"
    assert table.position.generator == table.generator.value != ""
    table.generator.value = "z**2"
    table.prior.value = "uniform(0, 1)"
    assert str(table.position.p_g) == "z**2 of uniform(0.0, 1.0)"
    table.kind.value = "a law"
    assert table.position.p_g == gt.Laplace(1.0, 2.0)


def test_a_refused_generator_can_be_mended():
    """Its field is there, although the game still has the last law."""
    table = play.game()
    table.kind.value = "G(z)"
    table.generator.value = "z +"
    table.kind.value = "a law"
    table.generator.value, table.message = "z + )", ""
    table.kind.value = "G(z)"
    assert table.message
    assert table.position.generator is None
    assert table.generator.layout.display is None
    table.generator.value = "z + 1"
    assert table.position.generator == "z + 1"


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("p_data", "nrom(0, 1)", "Did you mean norm?"),
        ("p_g", "norm(0, -1)", "-1"),
        ("p_data", "<b>norm</b>", "b"),
        ("generator", "sin(1e7*z)", "turns so often"),
        ("generator", "z +* 1", "z +* 1"),
    ],
)
def test_a_bad_text_is_told_and_loses_nothing(field, text, told):
    """The text stays to be mended; position, picture and numbers are the last good ones."""
    table = play.game()
    if field == "generator":
        table.kind.value = "G(z)"
    table.bends[0].value = 1.0
    position, picture, shown = table.position, table._image.value, numbers(table)
    getattr(table, field).value = text
    assert told in table.message
    assert 'role="alert"' in table._told.value
    assert "<b>" not in table._told.value
    assert getattr(table, field).value == text
    assert (table.position, table._image.value, numbers(table)) == (position, picture, shown)
    table.bends[0].value = 2.0  # the next good move takes the message away
    assert table.message == ""
    assert "alert" not in table._told.value
    assert getattr(table, field).value != text


def test_a_number_that_cannot_be_had_is_told(monkeypatch):
    """A ConvergenceError is a line; an error of another kind says which."""
    table = play.game()
    position = table.position

    def fails(error: Exception) -> Any:
        def move(_: Any) -> Any:
            raise error

        return move

    assert not table.play(fails(ConvergenceError("criterion is not resolved.")))
    assert table.message == "criterion is not resolved."
    assert not table.play(fails(KeyError("spam")))
    assert table.message == "KeyError: 'spam'"
    assert table.position is position


def test_a_picture_that_cannot_be_drawn_is_no_move():
    """Position and picture belong together."""
    table = play.game()
    position = table.position
    table._drawn = lambda position, caption="": 1 / 0
    assert not table.play(lambda game: game.to_optimum())
    assert table.message == "ZeroDivisionError: division by zero"
    assert table.position is position


def test_a_slow_move_is_given_up(monkeypatch):
    """The table is free again, and stays as it was."""
    assert in_time(lambda: "in time", 30.0) == "in time"
    with pytest.raises(ConvergenceError, match="takes longer than"):
        in_time(lambda: time.sleep(2.0), 0.01)
    at = [0]

    def counts() -> None:
        while True:
            at[0] += 1
            time.sleep(1e-3)

    with pytest.raises(ConvergenceError):
        in_time(counts, 0.05)
    time.sleep(0.2)
    ended = at[0]
    time.sleep(0.1)
    assert at[0] == ended  # it does not go on beside the next move
    table = play.game()
    position = table.position
    monkeypatch.setattr(display, "in_time", lambda work: in_time(lambda: time.sleep(2.0), 0.01))
    table.up.click()
    assert "stays as it was" in table.message
    assert table.position is position


def test_sliders_of_a_slow_law_wait(monkeypatch):
    """They are read when they are let go, and on their way again where moves are quick."""
    table = play.game()
    monkeypatch.setattr(display, "SLOW", -1.0)
    table.up.click()
    assert not table.bends[0].continuous_update
    monkeypatch.setattr(display, "SLOW", math.inf)
    table.up.click()
    assert table.bends[0].continuous_update


# -- by turns ----------------------------------------


def test_the_turns():
    """One of D, one of G, a step, and many; each is a record."""
    table = play.training("norm(3, 0.5)", **SMALL)
    table.turn_of_D.click()
    assert (table.position.since, table.position.turns_of_D) == (1, 1)
    assert "1 of D since G" in table._told.value
    table.turn_of_G.click()
    table.step.click()
    assert (table.position.state.step, table.position.turns_of_D) == (2, 4)
    table.many.value = 7
    table.run.click()
    assert table.position.state.step == 9
    assert len(table.position.records) == 1 + 3 + 7
    assert str(table.position.score.excess) in numbers(table)


def test_a_run_is_drawn_on_its_way():
    """Some twenty pictures, however long it is, and the number of steps that was asked for."""
    table = play.training("norm(3, 0.5)", **SMALL)
    table._run(25)
    assert table.position.state.step == 25
    assert len(table.position.records) == 1 + 13


def test_settings_and_the_beginning():
    """Rates, k, loss; other laws, another seed, reset."""
    table = play.training("norm(3, 0.5)", **SMALL)
    table.k.value, table.rate.value, table.discriminator_rate.value, table.loss.value = 2, 0.01, 0.02, "non-saturating"
    settings = table.position.state.settings
    assert (settings.k, settings.rates, settings.loss) == (2, (0.01, 0.02), "non-saturating")
    table.step.click()
    table.again.click()
    assert (table.position.state.step, table.position.state.settings) == (0, settings)
    table.seed.value = 3
    assert table.position.state.seeds == (3,)
    table.p_data.value = "laplace(0, 1)"
    table.prior.value = "uniform(0, 1)"
    assert (str(table.position.p_data), str(table.position.prior)) == ("laplace(0.0, 1.0)", "uniform(0.0, 1.0)")
    table.prior.value = "uniform(0,"
    assert table.message
    assert str(table.position.prior) == "uniform(0.0, 1.0)"


def test_a_run_that_stops_says_so():
    """With the reason, the last good state and what to do."""
    table = play.training("norm(3, 0.5)", optimizer="sgd", rate=1e9, **SMALL)
    table._run(5)
    assert table.position.stopped
    assert "last good state" in table._told.value


# -- where there are no widgets ----------------------------------------


@pytest.mark.parametrize("make", [play.game, lambda: play.training("norm(3, 0.5)", **SMALL)])
def test_a_display_carries_its_picture(make):
    """A page that cannot show the widget shows the position that it stood at."""
    table = make()
    bundle = table._repr_mimebundle_()
    assert set(bundle) == {WIDGET, "image/png", "text/plain"}
    assert bundle[WIDGET]["model_id"] == table.widget.model_id
    assert size(base64.b64decode(bundle["image/png"]))[1] >= 700
    assert f"{table.position.score.criterion}" in bundle["text/plain"]
    assert MISSING not in bundle["text/plain"]


@pytest.mark.parametrize("make", [play.game, lambda: play.training("norm(3, 0.5)", **SMALL)])
def test_without_ipywidgets_there_is_a_still(without_widgets, make):
    """The same picture, and what to install; moves work as before."""
    table = make()
    bundle = table._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    assert table.widget is None
    assert "pip install 'gantheory[notebook]'" in repr(table)
    before = repr(table)
    move = (lambda game: game.to_optimum()) if isinstance(table.position, play.Game) else lambda t: t.turn("D")
    assert table.play(move)
    assert repr(table) != before
    assert not table.play(lambda _: gt.parse_density("nrom"))
    assert "nrom" in table.message


def test_the_caption_of_a_still_is_its_numbers(without_widgets, monkeypatch):
    """They stand in the picture itself, with what to install."""
    told = []
    monkeypatch.setattr(boards, "_parts", _listening(boards._parts, told))
    table = play.game("norm(0, 1)", "norm(1, 1)")
    table._repr_mimebundle_()
    assert MISSING in told[0]
    assert f"C = {table.position.score.criterion}" in told[0]


def _listening(function: Any, told: list[str]) -> Any:
    def heard(caption: str, **options: Any) -> Any:
        told.append(caption)
        return function(caption, **options)

    return heard


@pytest.mark.slow
def test_a_notebook_keeps_the_picture():
    """A real kernel without a front end: widget and picture, and not a word on stderr."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = ["from gantheory import play\nplay.game()", "play.training('norm(3, 0.5)', batch=64)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own packages
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert set(output.data) == {WIDGET, "image/png", "text/plain"}


# -- the pictures ----------------------------------------


def drawn(monkeypatch: Any, table: Any) -> Any:
    """The figure of a table's picture."""
    figures = []
    monkeypatch.setattr(boards, "_png", lambda figure: figures.append(figure) or b"")
    table._drawn(table.position)
    return figures[0]


def test_the_climb_shows_v_under_its_ceiling(monkeypatch):
    """V after each move, C as a line, and a thermometer that ends at V."""
    table = play.game("norm(0, 1)", "norm(1.5, 1)")
    table.up.click()
    table.up.click()
    axes = drawn(monkeypatch, table).axes[1]
    lines = {line.get_gid(): line for line in axes.lines}
    score = table.position.score
    assert lines["V"].get_ydata().tolist() == list(table.position.history)
    assert lines["C"].get_ydata()[0] == float(score.criterion)
    assert lines["-log 4"].get_ydata()[0] == pytest.approx(-math.log(4))
    bars = [patch for patch in axes.patches if patch.get_gid() == "thermometer"]
    assert bars[0].get_y() + bars[0].get_height() == pytest.approx(float(score.value))
    assert axes.get_ylim()[0] < -math.log(4)


def test_a_deep_v_leaves_the_climb_and_nothing_else(monkeypatch):
    """D that is wrong throughout: the scale ends at −3.5 nats, and the gap fills the thermometer."""
    table = play.game("norm(0, 1)", "norm(3, 1)")
    table.play(lambda game: game.bend_all([-8.0, -8, -8, 0, 8, 8, 8]))
    axes = drawn(monkeypatch, table).axes[1]
    assert float(table.position.score.value) < -6
    assert -4.5 < axes.get_ylim()[0] < -3.5
    heights = {patch.get_gid(): patch.get_height() for patch in axes.patches}
    assert heights["thermometer"] == 0
    assert heights["gap"] > 3


def test_the_trace_shows_both_numbers(monkeypatch):
    """2·JSD and the gap at the number of turns of both."""
    table = play.training("norm(3, 0.5)", **SMALL)
    table.step.click()
    lines = {line.get_gid(): line for line in drawn(monkeypatch, table).axes[1].lines}
    assert lines["excess"].get_xdata().tolist() == [0, 4]
    assert lines["gap"].get_ydata()[-1] == float(table.position.score.gap)


def test_pyplot_knows_no_figure_of_the_game():
    """No figure stays open, whatever is moved."""
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    table = play.game()
    table.up.click()
    assert plt.get_fignums() == before


def test_pictures_are_png_of_one_size():
    """A picture that changes its size would make the page jump; arrows of z need more room."""
    table = play.game("norm(0, 1)", "norm(1, 1)")
    before = size(table._image.value)
    table.bends[3].value = 4.0
    assert size(table._image.value) == before
    assert np.less(before, size(play.game(generator="2*z")._image.value))[0]
