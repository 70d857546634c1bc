"""The controls of the game that is played by hand: laws by name or by a generator, p_g's place, and the bends of D."""

from __future__ import annotations

from typing import Any

from gantheory.densities.conversion import as_density
from gantheory.play.bent import MOST_BENT, MOST_KNOTS
from gantheory.play.by_hand import EXAMPLES, MOST_SHARE, Game
from gantheory.play.display import Display
from gantheory.plotting.boards import board_of_game

__all__ = ["GameDisplay"]

_OWN = "your own"
_LAW, _GENERATOR = "a law", "G(z)"


class GameDisplay(Display):
    """A `Game` on a table: every control is a move, and every move shows V, C and the gap.

    Examples
    --------
    `gantheory.play.game` makes one. Where there is no notebook it is its numbers:

    >>> from gantheory.play.by_hand import Game
    >>> table = GameDisplay(Game.begin("norm(0, 1)", "norm(1.5, 1)"))
    >>> table.play(lambda position: position.ascend(20))
    True
    >>> print(table)
    p_data = norm(0.0, 1.0);  p_g = norm(1.5, 1.0)
    V(G, D)                -0.94...
    C(G) = V(G, D*)        -0.94395...
    gap = C(G) − V(G, D)   0.00...
    2·JSD = C(G) + log 4   0.44234...
    log 4                  1.386294361119891
    ...
    """

    position: Game

    def _drawn(self, position: Game, caption: str = "") -> bytes:
        return board_of_game(
            position.p_data, position.p_g, position.D, position.score, position.history, position.knots,
            generator=position.map, prior=position.prior, caption=caption,
        )  # fmt: skip

    def _state(self) -> str:
        game = self.position
        return f"p_data = {game.p_data};  p_g = {game.p_g}"

    # -- controls ----------------------------------------

    def _controls(self) -> list[Any]:
        w = self._w
        return [
            w.HBox(self._laws(), layout={"flex_flow": "row wrap"}),
            w.HBox(self._places(), layout={"flex_flow": "row wrap"}),
            self._told,
            self._image,
            w.HBox([self._bends(), self._moves()], layout={"flex_flow": "row wrap"}),
            self._numbers,
        ]

    def _laws(self) -> list[Any]:
        w, names = self._w, [_OWN, *EXAMPLES]
        style = {"description_width": "initial"}
        self.example = self._on(w.Dropdown(options=names, description="example", style=style), _of_example)
        self.p_data = self._on(self._text("p_data", ""), lambda game, text: game.choose(p_data=text))
        self.kind = w.Dropdown(options=[_LAW, _GENERATOR], description="p_g is", layout={"width": "130px"}, style=style)
        self._on(self.kind, lambda game, kind: self._of_kind(game, kind))
        self.p_g = self._on(self._text("p_g", "norm(1.5, 1)"), lambda game, text: game.choose(p_g=text))
        self.generator = self._text("G(z) =", "tanh(2*z) + 0.3*z")
        self.prior = self._text("z ~", "norm(0, 1)", "180px")
        self._on(self.generator, lambda game, text: game.choose(generator=text, prior=self.prior.value))
        self._on(self.prior, lambda game, text: game.choose(generator=self.generator.value, prior=text))
        return [self.example, self.p_data, self.kind, self.p_g, self.generator, self.prior]

    def _places(self) -> list[Any]:
        w, style = self._w, {"description_width": "initial"}
        self.loc = w.FloatSlider(0.0, min=-5.0, max=5.0, step=0.05, description="shift p_g by", style=style)
        self.scale = w.FloatLogSlider(1.0, min=-1.0, max=1.0, step=0.02, description="stretch it by", style=style)
        self._on(self.loc, lambda game, loc: game.move(loc=loc))
        self._on(self.scale, lambda game, scale: game.move(scale=scale))
        return [self.loc, self.scale]

    def _bends(self) -> Any:
        self.bends = [self._bend(i) for i in range(MOST_KNOTS)]
        return self._w.HBox([self._w.Label("bend D at x ="), *self.bends])

    def _bend(self, i: int) -> Any:
        slider = self._w.FloatSlider(
            0.0, min=-MOST_BENT, max=MOST_BENT, step=0.05, orientation="vertical", readout=False,
            layout={"height": "130px", "width": "62px"},
        )  # fmt: skip
        return self._on(slider, lambda game, level: game.bend(i, level))

    def _moves(self) -> Any:
        w, style = self._w, {"description_width": "initial"}
        self.share = w.FloatSlider(
            0.0, min=0.0, max=MOST_SHARE, step=0.01, description="share of D*'s logit", style=style
        )  # fmt: skip
        self._on(self.share, lambda game, share: game.lean(share))
        self.half = self._button("D = ½", lambda game: game.to_half(), "Begin again, at V = −log 4")
        self.up = self._button("one step of ascent", lambda game: game.ascend(), "Gradient ascent on V in the bends")
        self.optimum = self._button("D*", lambda game: game.to_optimum(), "The optimum: V = C(G)")
        return w.VBox([self.share, w.HBox([self.half, self.up, self.optimum])])

    # -- from the position ----------------------------------------

    def _sync(self) -> None:
        game = self.position
        if not self.message:  # a text that was refused stays to be mended
            self._sync_texts()
        self._show_fields()
        self.loc.value, self.scale.value, self.share.value = game.loc, game.scale, game.share
        for i, slider in enumerate(self.bends):
            there = i < len(game.knots)
            slider.layout.display = None if there else "none"
            slider.description = f"{game.knots[i]:.3g}" if there else ""
            slider.value = float(game.bends[i]) if there else 0.0

    def _sync_texts(self) -> None:
        game = self.position
        self.p_data.value = str(game.p_data)
        self.kind.value = _LAW if game.generator is None else _GENERATOR
        if game.generator is None:
            self.p_g.value = str(game.chosen)
        else:
            self.generator.value, self.prior.value = game.generator, str(game.prior)
        self.example.value = _example_of(game)

    def _show_fields(self) -> None:
        """Those of the kind that is chosen, also where its text was refused: there it is to be mended."""
        is_law = self.kind.value == _LAW
        for control, shown in ((self.p_g, is_law), (self.generator, not is_law), (self.prior, not is_law)):
            control.layout.display = None if shown else "none"

    def _of_kind(self, game: Game, kind: str) -> Game:
        """p_g by the text that stands in the other field."""
        if kind == _LAW:
            return game.choose(p_g=self.p_g.value)
        return game.choose(generator=self.generator.value, prior=self.prior.value)

    def _pace(self, *, is_slow: bool) -> None:
        for slider in (self.loc, self.scale, self.share, *self.bends):
            slider.continuous_update = not is_slow


def _of_example(game: Game, name: str) -> Game:
    return game if name == _OWN else Game.begin(**EXAMPLES[name])


def _example_of(game: Game) -> str:
    """The example that these laws are, if they are one."""
    for name, texts in EXAMPLES.items():
        laws = (str(as_density(texts[key])) if key in texts else None for key in ("p_data", "p_g", "prior"))
        if (*laws, texts.get("generator")) == _told(game):
            return name
    return _OWN


def _told(game: Game) -> tuple[str | None, ...]:
    if game.generator is None:
        return str(game.p_data), str(game.chosen), None, None
    return str(game.p_data), None, str(game.prior), game.generator
