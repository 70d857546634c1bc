r"""Optimisers: SGD with momentum, and Adam, on rows of parameters.

Both descend. They change the parameters (seeds, size) in place, with a gradient of the same shape and the moments
(seeds, moments, size) that they keep; every operation is elementwise, so that a row does not depend on its neighbours.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1: "The gradient-based
   updates can use any standard gradient-based learning rule. We used momentum in our experiments."
.. [2] Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning", ICML
   2013, eq. (1)–(2).
.. [3] Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980, algorithm 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gantheory.errors import DomainError

__all__ = ["SGD", "Adam", "Optimizer", "learning_rate"]


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent with classical momentum, the rule of [1]_, as [2]_ writes it.

    .. math:: v_{t+1} = \mu v_t - \varepsilon \nabla f(\theta_t), \qquad \theta_{t+1} = \theta_t + v_{t+1}

    Parameters
    ----------
    momentum : float in [0, 1)

    Examples
    --------
    >>> theta, moments = np.array([[1.0]]), np.zeros((1, 1, 1))
    >>> SGD(0.5).update(theta, np.array([[2.0]]), moments, rate=0.1, count=1)
    >>> float(theta[0, 0])
    0.8
    """

    momentum: float = 0.5
    moments: ClassVar[int] = 1

    def __post_init__(self) -> None:
        _decay("momentum", self.momentum)

    def update(
        self, parameters: np.ndarray, gradient: np.ndarray, moments: np.ndarray, *, rate: float, count: int
    ) -> None:
        v = moments[:, 0]
        v *= self.momentum
        gradient *= rate  # the gradient is used up
        v -= gradient
        parameters += v


@dataclass(frozen=True)
class Adam:
    r"""Adaptive moments, algorithm 1 of [3]_.

    .. math:: m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2, \quad
              \theta_t = \theta_{t-1} - \alpha\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    where :math:`\hat m_t = m_t/(1-\beta_1^t)` and :math:`\hat v_t = v_t/(1-\beta_2^t)`.

    Parameters
    ----------
    betas : pair of float in [0, 1)
    epsilon : float > 0

    Examples
    --------
    >>> theta, moments = np.array([[1.0]]), np.zeros((1, 2, 1))
    >>> Adam().update(theta, np.array([[2.0]]), moments, rate=0.1, count=1)   # the first step has the size of the rate
    >>> round(float(theta[0, 0]), 6)
    0.9
    """

    betas: tuple[float, float] = (0.5, 0.99)
    epsilon: float = 1e-8
    moments: ClassVar[int] = 2

    def __post_init__(self) -> None:
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise DomainError(f"betas is {self.betas!r}; it must be two numbers in [0, 1), such as (0.5, 0.99).")
        for name, beta in zip(("betas[0]", "betas[1]"), self.betas, strict=True):
            _decay(name, beta)
        if not isinstance(self.epsilon, (int, float)) or not 0 < self.epsilon < math.inf:
            raise DomainError(f"epsilon is {self.epsilon!r}; it must be a number > 0, such as 1e-8.")

    def update(
        self, parameters: np.ndarray, gradient: np.ndarray, moments: np.ndarray, *, rate: float, count: int
    ) -> None:
        (beta1, beta2), m, v = self.betas, moments[:, 0], moments[:, 1]
        step = (1.0 - beta1) * gradient
        m *= beta1
        m += step
        np.multiply(gradient, gradient, out=gradient)  # the gradient is used up
        gradient *= 1.0 - beta2
        v *= beta2
        v += gradient
        np.multiply(v, 1.0 / (1.0 - beta2**count), out=step)
        np.sqrt(step, out=step)
        step += self.epsilon
        np.divide(m, step, out=step)
        step *= rate / (1.0 - beta1**count)
        parameters -= step


Optimizer = SGD | Adam


def learning_rate(rate: float, step: int, steps: int, constant: float = 0.5) -> float:
    """The rate at a step of a run: constant at first, then falling linearly to 0 at the end.

    Parameters
    ----------
    rate : float
        At the start.
    step, steps : int
        Of how many.
    constant : float in [0, 1]
        The share of the run before the fall. 1 for a rate that stays.

    Examples
    --------
    >>> [learning_rate(0.1, step, 100) for step in (0, 50, 75)]
    [0.1, 0.1, 0.05]
    """
    return rate if constant == 1 else rate * min(1.0, (1.0 - step / steps) / (1.0 - constant))


def _decay(name: str, value: float) -> None:
    if not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise DomainError(f"{name} is {value!r}; it must be a number in [0, 1), such as 0.5.")
