"""The controls of the neural GAN that is played by turns: one of D, one of G, a step of Algorithm 1, or many."""

from __future__ import annotations

from typing import Any

from gantheory.play.display import Display
from gantheory.play.step_by_step import Training
from gantheory.plotting.boards import board_of_training

__all__ = ["TrainingDisplay"]

_DRAWN = 20  # pictures of one run
_MOST_STEPS = 5000


class TrainingDisplay(Display):
    """A `Training` on a table: D, D* and p_g after every turn, and the numbers of the game.

    Examples
    --------
    `gantheory.play.training` makes one. Where there is no notebook it is its numbers:

    >>> table = TrainingDisplay(Training.begin("norm(3, 0.5)", k=3))
    >>> table.play(lambda position: position.step())
    True
    >>> print(str(table).splitlines()[0])
    1 steps of G, 3 of D; 0 of D since G's last, of k = 3

    A move that fails leaves the table as it was, and says why:

    >>> table.play(lambda position: position.turn("E")), table.message
    (False, "...'E'...")
    """

    position: Training

    def _drawn(self, position: Training, caption: str = "") -> bytes:
        return board_of_training(position.p_data, position.p_g, position.D, position.scores, caption=caption)

    def _state(self) -> str:
        training = self.position
        settings = training.state.settings
        if training.stopped:
            return f"stopped at {training.stopped}; this is the last good state. Reset, or give smaller rates."
        return (
            f"{training.state.step} steps of G, {training.turns_of_D} of D; "
            f"{training.since} of D since G's last, of k = {settings.k}"
        )

    # -- controls ----------------------------------------

    def _controls(self) -> list[Any]:
        rows = (self._begin(), self._settings(), self._turns())
        wrap = {"flex_flow": "row wrap"}
        return [*(self._w.HBox(row, layout=wrap) for row in rows), self._told, self._image, self._numbers]

    def _begin(self) -> list[Any]:
        self.p_data = self._on(self._text("p_data", "", "380px"), lambda t, text: t.again(p_data=text))
        self.prior = self._on(self._text("z ~", "", "180px"), lambda t, text: t.again(prior=text))
        self.seed = self._on(self._number("seed", 0, 0, 10**6), lambda t, seed: t.again(seed=seed))
        self.again = self._button("reset", lambda t: t.again(), "The same random networks, before the first turn")
        return [self.p_data, self.prior, self.seed, self.again]

    def _settings(self) -> list[Any]:
        w, style = self._w, {"description_width": "initial"}
        self.k = self._on(self._number("k", 5, 1, 100), lambda t, k: t.set(k=k))
        self.rate, self.discriminator_rate = (
            w.BoundedFloatText(0.0, min=0.0, max=1e6, description=name, layout={"width": "170px"}, style=style)
            for name in ("rate of G", "rate of D")
        )
        self._on(self.rate, lambda t, rate: t.set(rate=rate))
        self._on(self.discriminator_rate, lambda t, rate: t.set(discriminator_rate=rate))
        self.loss = w.Dropdown(
            options=["minimax", "non-saturating"], description="loss of G", style=style, layout={"width": "210px"}
        )
        self._on(self.loss, lambda t, loss: t.set(loss=loss))
        return [self.k, self.rate, self.discriminator_rate, self.loss]

    def _turns(self) -> list[Any]:
        self.turn_of_D = self._button("one D-step", lambda t: t.turn("D"), "D ascends once")
        self.turn_of_G = self._button("one G-step", lambda t: t.turn("G"), "G descends once")
        self.step = self._button("k D-steps + one G-step", lambda t: t.step(), "A step of Algorithm 1")
        self.many = self._number("steps", 100, 1, _MOST_STEPS)
        self.run = self._w.Button(description="run", tooltip="Steps of Algorithm 1", layout={"width": "auto"})
        self.run.on_click(lambda _: self._run(self.many.value))
        return [self.turn_of_D, self.turn_of_G, self.step, self.many, self.run]

    def _number(self, name: str, value: int, low: int, high: int) -> Any:
        return self._w.BoundedIntText(
            value,
            min=low,
            max=high,
            description=name,
            layout={"width": "130px"},
            style={"description_width": "initial"},
        )

    def _run(self, steps: int) -> None:
        """Many steps, drawn on the way; an interrupt of the kernel keeps what was drawn last."""
        size = max(1, -(-steps // _DRAWN))
        while steps > 0 and not self.position.stopped:
            part = min(size, steps)
            if not self.play(lambda t, part=part: t.step(part)):
                return
            steps -= part

    def _sync(self) -> None:
        training = self.position
        state = training.state
        if not self.message:
            self.p_data.value, self.prior.value = str(training.p_data), str(training.prior)
        self.seed.value, self.k.value, self.loss.value = state.seeds[0], state.settings.k, state.settings.loss
        self.rate.value, self.discriminator_rate.value = state.settings.rates
