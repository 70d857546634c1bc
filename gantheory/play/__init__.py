"""The game to be played in a notebook: bend D by hand, or train G and D turn by turn.

`game` and `training` show a table with buttons where ipywidgets is installed (``pip install gantheory[notebook]``),
and a still picture elsewhere. `Game` and `Training` are the same without a notebook: positions, and moves to new ones.

>>> from gantheory import play
>>> table = play.game("norm(0, 1)", "norm(1.5, 1)")      # in a notebook: the last line of a cell
>>> print(f"{table.position.ascend(3).score.gap:.3f}")
0.0...
"""

from __future__ import annotations

from typing import Any

from gantheory.play.by_hand import EXAMPLES, Game, Score
from gantheory.play.hand_display import GameDisplay
from gantheory.play.step_by_step import Training
from gantheory.play.turn_display import TrainingDisplay

__all__ = ["EXAMPLES", "Game", "GameDisplay", "Score", "Training", "TrainingDisplay", "game", "training"]


def game(p_data: Any = "norm(0, 1)", p_g: Any = None, *, generator: str | None = None, prior: Any = None) -> Any:
    """The game by hand: choose the laws, bend D, and watch V(G, D) climb to C(G) and never past it.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts
        By default norm(0, 1) and norm(1.5, 1). All that is chosen here can be chosen on the table.
    generator : str, optional
        G, a text in z, in the place of p_g.
    prior : Density or anything `as_density` accepts, optional
        The law of z, by default norm(0, 1).

    Returns
    -------
    GameDisplay
        The last line of a cell shows it. ``position`` is the `Game` that it stands at.

    Raises
    ------
    ParseError, DomainError, ConvergenceError
        As `Game.begin`.

    Examples
    --------
    >>> table = game("norm(0, 1)", generator="tanh(2*z) + 0.3*z")
    >>> table.play(lambda position: position.to_optimum())   # what the button does
    True
    >>> print(f"{table.position.score.value:.6f}")
    -1.235353

    What is no law is told on the table, which stays as it was:

    >>> table.play(lambda position: position.choose(p_data="nrom(0, 1)"))
    False
    >>> print(table.message)
    'nrom' ...
    """
    return GameDisplay(Game.begin(p_data, p_g, generator=generator, prior=prior))


def training(
    p_data: Any = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", prior: Any = "norm(0, 1)", *, seed: int = 0, rng: int = 0,
    **settings: Any,
) -> Any:  # fmt: skip
    """Algorithm 1 by turns: one D-step, one G-step, or a run of them, with D*, D, p_g, V, C, JSD and the gap.

    Parameters
    ----------
    p_data, prior : Density or anything `as_density` accepts
        The law of the data, and that of z.
    seed, rng : int
        Which run, as in ``train(seeds=[seed], rng=rng)``.
    **settings
        Of `gantheory.algorithm_1.Settings`: k, rate, discriminator_rate, loss, batch, hidden, optimizer and others.

    Returns
    -------
    TrainingDisplay
        The last line of a cell shows it. ``position`` is the `Training` that it stands at.

    Raises
    ------
    ParseError, DomainError
        As `Training.begin`.

    Examples
    --------
    >>> table = training("norm(3, 0.5)", k=3)
    >>> table.play(lambda position: position.turn("D"))      # what the button does
    True
    >>> print(table.position.since, "of", table.position.state.settings.k)
    1 of 3
    """
    return TrainingDisplay(Training.begin(p_data, prior, seed=seed, rng=rng, **settings))
