r"""The game played by hand: two laws, a D that is bent, and V(G, D), which climbs to C(G) and never past it.

.. math:: C(G) = V(G, D) + \big(V(G, D^*) - V(G, D)\big), \qquad V(G, D^*) - V(G, D) \ge 0

A `Game` is one position. Every move gives a new one and changes nothing, so that a move which fails, or takes too long,
leaves the position as it was. V, C and the gap are three integrals of their own, each with its error.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, eq. (1)–(4), Proposition 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence
from gantheory.ensemble import Ensemble
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.families import moved
from gantheory.game import criterion, optimal_discriminator, optimality_gap, value
from gantheory.play.bent import MOST_BENT, Bent, ascended, knots_of
from gantheory.pushforward import Pushforward
from gantheory.training_settings import count, is_int
from gantheory.unresolved import may_be_followed

__all__ = ["EXAMPLES", "MOST_SHARE", "Game", "Score"]

_RTOL = 1e-8
_LONGEST = 400  # moves that are remembered
MOST_SHARE = 2.0
# p_data and p_g, or p_data, G and the law of z
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "two normal laws": {"p_data": "norm(0, 1)", "p_g": "norm(1.5, 1)"},
    "two bumps and one": {"p_data": "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "p_g": "norm(0, 2)"},
    "disjoint uniforms": {"p_data": "uniform(0, 1)", "p_g": "uniform(2, 1)"},
    "atoms": {"p_data": "binom(4, 0.5)", "p_g": "randint(0, 5)"},
    "Cauchy and normal": {"p_data": "cauchy(0, 1)", "p_g": "norm(0, 1)"},
    "a generator": {"p_data": "norm(0, 1)", "generator": "tanh(2*z) + 0.3*z", "prior": "norm(0, 1)"},
    "a fold and its pole": {"p_data": "expon(0, 1)", "generator": "z**2", "prior": "norm(0, 1)"},
    "flat pieces, atoms": {"p_data": "norm(0, 1)", "generator": "clip(z, -1, 1)", "prior": "norm(0, 1)"},
}


@dataclass(frozen=True)
class Score:
    """The numbers of a position, in nats: V(G, D), C(G), V(G, D*) − V(G, D), and 2·JSD = C(G) + log 4.

    Examples
    --------
    >>> score = Game.begin("uniform(0, 1)", "uniform(0, 2)").score     # D = ½
    >>> print(f"{score.value:.6f} + {score.gap:.6f} = {score.criterion:.6f}, of which 2·JSD is {score.excess:.6f}")
    -1.386294 + 0.431523 = -0.954771, of which 2·JSD is 0.431523
    """

    value: Estimate
    criterion: Estimate
    gap: Estimate
    excess: Estimate


@dataclass(frozen=True, eq=False)
class Game:
    """One position of the game: `Game.begin` makes the first, every move the next.

    Attributes
    ----------
    p_data, p_g : Density
    generator, prior : str and Density, or None
        G and the law of z, where p_g is that of G(z).
    loc, scale : float
        p_g is the law of loc + scale·x, x of the law that was chosen.
    share : float in [0, 2]
        Of D*'s logit in that of D.
    knots, bends : ndarray
        The curve that is added to it: its places, and its logits there.
    score : Score
    history : tuple of float
        V after each move with these laws.

    Examples
    --------
    >>> game = Game.begin("norm(0, 1)", "norm(1.5, 1)")           # D = ½
    >>> print(f"{game.score.value:.6f}, of at most {game.score.criterion:.6f}")
    -1.386294, of at most -0.943953
    >>> game = game.ascend(20)
    >>> print(f"{game.score.value:.6f}, short by {game.score.gap:.6f}")
    -0.94..., short by 0.00...
    >>> print(f"{game.to_optimum().score.gap:.6f}")
    0.000000

    What is no law leaves the game where it was:

    >>> game.choose(p_g="nrom(0, 1)")
    Traceback (most recent call last):
    gantheory.errors.ParseError: ...
    """

    p_data: Any
    p_g: Any
    generator: str | None
    prior: Any
    chosen: Any
    loc: float
    scale: float
    share: float
    knots: np.ndarray
    bends: np.ndarray
    score: Score
    history: tuple[float, ...] = ()

    @classmethod
    def begin(cls, p_data: Any = "norm(0, 1)", p_g: Any = None, *, generator: Any = None, prior: Any = None) -> Game:
        """A game at D = ½. p_g is a law, by default norm(1.5, 1), or that of G(z).

        Parameters
        ----------
        p_data, p_g : Density or anything `as_density` accepts
        generator : str, optional
            G, a text in z, in the place of p_g.
        prior : Density or anything `as_density` accepts, optional
            The law of z, by default norm(0, 1).

        Raises
        ------
        ParseError, DomainError
            If a text is no law or no generator, or p_g is given twice.
        ConvergenceError
            If a number of the game cannot be had.
        """
        if generator is not None and p_g is not None:
            raise DomainError(f"p_g is {p_g!r} and generator is {generator!r}; give one of the two.")
        if generator is None and prior is not None:
            raise DomainError(f"prior is {prior!r}, without a generator; give generator='...', a text in z.")
        law = as_density(p_data)
        if generator is None:
            return _at_half(law, as_density("norm(1.5, 1)" if p_g is None else p_g), None, None)
        z, chosen = _followed(generator, as_density("norm(0, 1)" if prior is None else prior))
        return _at_half(law, chosen, generator, z)

    def choose(self, *, p_data: Any = None, p_g: Any = None, generator: Any = None, prior: Any = None) -> Game:
        """Other laws, and D = ½ again; what is not given stays as it was chosen."""
        law = self.p_data if p_data is None else p_data
        if p_g is None and generator is None and self.generator is None:
            return Game.begin(law, self.chosen, prior=prior)
        if p_g is None:
            z = self.prior if prior is None else prior
            return Game.begin(law, generator=self.generator if generator is None else generator, prior=z)
        return Game.begin(law, p_g, generator=generator, prior=prior)

    def move(self, *, loc: float | None = None, scale: float | None = None) -> Game:
        """Shift and stretch p_g; the bends of D stay where they are."""
        loc = self.loc if loc is None else _number("loc", loc, -math.inf, math.inf)
        scale = self.scale if scale is None else _number("scale", scale, math.ulp(0.0), math.inf)
        chosen = self.chosen
        if (loc, scale) == (0.0, 1.0):
            p_g = chosen
        elif self.generator is not None:
            p_g = Pushforward(f"{loc!r} + {scale!r}*({self.generator})", self.prior)
        else:
            p_g = moved(chosen, loc, scale)
        return self._after((), p_g=p_g, loc=loc, scale=scale)

    # -- D ----------------------------------------

    @property
    def D(self) -> Discriminator:
        """The discriminator as it is bent now."""
        return _discriminator(self.p_data, self.p_g, self.share, self.knots, self.bends)

    @property
    def map(self) -> str | None:
        """G of the moved p_g, as a text in z."""
        return self.p_g.generator.text if self.generator is not None else None

    def bend(self, which: int, level: float) -> Game:
        """Bend D at one knot to a level in logits."""
        if not is_int(which) or not 0 <= which < len(self.knots):
            raise DomainError(
                f"which is {which!r}; it must be the number of a knot, 0 to {len(self.knots) - 1}: "
                "Game.knots has their places."
            )
        bends = self.bends.copy()
        bends[which] = _number("level", level, -MOST_BENT, MOST_BENT)
        return self._after(bends=bends)

    def bend_all(self, levels: Sequence[float]) -> Game:
        """Bend D at every knot."""
        if not isinstance(levels, (Sequence, np.ndarray)) or isinstance(levels, str) or np.ndim(levels) != 1:
            raise DomainError(f"levels is {levels!r}; it must be a sequence of {len(self.knots)} logits, one a knot.")
        if len(levels) != len(self.knots):
            raise DomainError(f"levels has {len(levels)} numbers; D has {len(self.knots)} knots: give one for each.")
        bends = np.array([_number("levels", level, -MOST_BENT, MOST_BENT) for level in levels])
        return self._after(bends=bends)

    def lean(self, share: float) -> Game:
        """Take another share of D*'s logit: below 1 D is too timid, above it too sure."""
        return self._after(share=_number("share", share, 0.0, MOST_SHARE))

    def ascend(self, steps: int = 1) -> Game:
        """Steps of gradient ascent on V in the bends, none of which lowers it."""
        game = self
        for _ in range(count("steps", steps, "how many to take")):
            bends = ascended(game.p_data, game.p_g, game.D, game.knots, game.bends)
            game = game._after(bends=bends)
        return game

    def to_optimum(self) -> Game:
        """D = D*."""
        return self._after(share=1.0, bends=np.zeros(len(self.knots)))

    def to_half(self) -> Game:
        """D = ½, with its knots where the laws are now."""
        knots = knots_of(self.p_data, self.p_g)
        return self._after(share=0.0, knots=knots, bends=np.zeros(len(knots)))

    def _after(self, history: tuple[float, ...] | None = None, **changes: Any) -> Game:
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        del kept["score"], kept["history"]
        return _scored(self.history if history is None else history, **{**kept, **changes})


def _at_half(p_data: Any, p_g: Any, generator: str | None, prior: Any) -> Game:
    knots = knots_of(p_data, p_g)
    return _scored(
        (), p_data=p_data, p_g=p_g, generator=generator, prior=prior, chosen=p_g, loc=0.0, scale=1.0, share=0.0,
        knots=knots, bends=np.zeros(len(knots)),
    )  # fmt: skip


def _scored(history: tuple[float, ...], **position: Any) -> Game:
    """A position with its numbers: all of them, or none where one cannot be had."""
    p_data, p_g = position["p_data"], position["p_g"]
    D = _discriminator(p_data, p_g, position["share"], position["knots"], position["bends"])
    score = Score(
        value(p_data, p_g, D, rtol=_RTOL),
        criterion(p_data, p_g, rtol=_RTOL),
        optimality_gap(p_data, p_g, D, rtol=_RTOL),
        2.0 * js_divergence(p_data, p_g, rtol=_RTOL),
    )
    return Game(**position, score=score, history=(*history, float(score.value))[-_LONGEST:])


def _discriminator(p_data: Any, p_g: Any, share: float, knots: np.ndarray, bends: np.ndarray) -> Discriminator:
    optimal = optimal_discriminator(p_data, p_g)
    return optimal if share == 1 and not bends.any() else Bent(optimal, share, knots, bends)


def _followed(generator: Any, z: Any) -> tuple[Any, Pushforward]:
    """The law of z and p_g; for a G that turns without end the game would wait minutes for every move."""
    if not isinstance(generator, str):
        raise DomainError(f"generator is {generator!r}; it must be a text in z, such as 'tanh(2*z)'. p_g takes others.")
    if not may_be_followed(Ensemble([generator], z)):
        raise DomainError(
            f"generator is {generator!r}, which turns so often where z lives that its law takes minutes; it must turn "
            "less often. js_divergence_bracket holds its JSD between two sides."
        )
    return z, Pushforward(generator, z)


def _number(name: str, given: Any, low: float, high: float) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if math.isinf(number) or not low <= number <= high:
        needed = f"number between {low:g} and {high:g}" if high < math.inf else "finite number" + " > 0" * (low > 0)
        raise DomainError(f"{name} is {given!r}; it must be a {needed}.")
    return number
