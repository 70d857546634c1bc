r"""G and D at play: the slopes of the minibatch value of the game in the parameters of both.

.. math:: \hat V = \frac1m \sum_i \log D(x_i) + \log(1 - D(G(z_i)))                         [1]_, algorithm 1

D ascends it. G descends its second term, or :math:`-\frac1m \sum_i \log D(G(z_i))`. With a the logit of D, log D has
the slope σ(−a) in a, and log(1 − D) the slope −σ(a): no logarithm is taken, and no probability is rounded to 0 or 1 on
the way to the parameters.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gantheory.backpropagation import Backpropagation, Layout

__all__ = ["LogitAndSlope", "Player", "Players", "Workspace"]

Array = Any
LogitAndSlope = Callable[[np.ndarray], tuple[Array, Array]]


class Player:
    """One network of each seed: its parameters (seeds, size), which are not copied, and their slopes."""

    def __init__(self, layout: Layout, parameters: np.ndarray) -> None:
        self.layout, self.parameters, self.slopes = layout, parameters, np.empty(parameters.shape)
        self.layers, self.slope_layers = layout.layers(parameters), layout.layers(self.slopes)


class Workspace:
    """The arrays in which slopes are worked out, for so many seeds at a time. They hold nothing between two calls."""

    def __init__(self, layouts: tuple[Layout, Layout], seeds: int, m: int) -> None:
        self.generate = Backpropagation(layouts[0], seeds, m)
        self.judge, self.judge_both = (Backpropagation(layouts[1], seeds, n) for n in (m, 2 * m))
        self.logits, self.logits_of_both = np.empty((seeds, 1, m)), np.empty((seeds, 1, 2 * m))


class Players:
    """The two networks of some seeds.

    Parameters
    ----------
    layouts : (Layout, Layout)
        Of G and of D.
    G, D : ndarray (seeds, size)
        Parameters; slopes are taken where these rows stand at the time of the call.
    m : int
        Draws in a minibatch.
    loss : {"minimax", "non-saturating"}
        G's.
    workspace : Workspace, optional
        One that no other thread is using; a new one, if not given.

    Examples
    --------
    >>> layout = Layout((), skip=False)                             # D's logit is wx + b, and G(z) = wz + b
    >>> G, D = np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]])       # D = ½ everywhere
    >>> players = Players((layout, layout), G, D, 2)
    >>> players.differentiate_D(np.array([[3.0, 5.0]]), np.array([[1.0, 1.0]]))
    >>> players.D.slopes.tolist()                                    # of −V̂: −½·(mean of x − mean of G(z)), and 0
    [[-1.5, 0.0]]
    """

    def __init__(
        self,
        layouts: tuple[Layout, Layout],
        G: np.ndarray,
        D: np.ndarray,
        m: int,
        loss: str = "minimax",
        workspace: Workspace | None = None,
    ) -> None:
        self.G, self.D, self._m, self._loss = Player(layouts[0], G), Player(layouts[1], D), m, loss
        self._at = Workspace(layouts, len(G), m) if workspace is None else workspace

    def differentiate_D(self, x: np.ndarray, z: np.ndarray) -> None:
        """Slopes of −V̂, which D descends, to ``D.slopes``; x and z of shape (seeds, m)."""
        m, at, logits = self._m, self._at, self._at.logits_of_both
        at.judge_both.z[:, 0, :m] = x
        at.generate.z[:, 0] = z
        at.generate.forward(self.G.layers, at.judge_both.z[:, :, m:])
        at.judge_both.forward(self.D.layers, logits)
        real, fake = logits[..., :m], logits[..., m:]
        np.negative(real, out=real)
        special.expit(logits, out=logits)
        real *= -1.0 / m  # of −log D, −σ(−a)
        fake *= 1.0 / m  # of −log(1 − D), σ(a)
        at.judge_both.backward(self.D.layers, logits, self.D.slope_layers)

    def differentiate_G(self, z: np.ndarray, oracle: LogitAndSlope | None = None) -> None:
        """Slopes of G's loss, which it descends, to ``G.slopes``; of D's own logit, or of an oracle's."""
        at = self._at
        at.generate.z[:, 0] = z
        fake = at.generate.forward(self.G.layers, at.judge.z)
        if oracle is None:
            logits = at.judge.forward(self.D.layers, at.logits)
            slopes = at.judge.backward(self.D.layers, self._of_logits(logits), with_input=True)
            assert slopes is not None
        else:
            at.logits[:, 0], rise = oracle(fake[:, 0])
            slopes = self._of_logits(at.logits) * np.asarray(rise)[:, None]
        at.generate.backward(self.G.layers, slopes, self.G.slope_layers)

    def _of_logits(self, logits: np.ndarray) -> np.ndarray:
        """Slopes of G's loss in the logits a: −σ(a) of log(1 − D), −σ(−a) of −log D."""
        if self._loss == "non-saturating":
            np.negative(logits, out=logits)
        special.expit(logits, out=logits)
        logits *= -1.0 / self._m
        return logits
