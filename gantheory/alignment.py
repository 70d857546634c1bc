r"""Whether training descends the criterion: the cosine of a step in G's parameters with −∇C.

.. math:: \cos\angle(\theta' - \theta,\ -\nabla_\theta C(G_\theta)), \qquad C(G) = \max_D V(G, D)          [1]_, eq. (4)

1 where the step goes straight down, 0 across, below 0 uphill: of an optimiser of Adam's kind, with D near its optimum,
it is far from 1, for each parameter has a rate of its own. It is taken in the coordinates that the networks are trained
in, where p_data and z are standardised; in others the angle would be another.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.algorithm_1 import State, generator
from gantheory.criterion_gradient import criterion_gradient
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.generator_families import Network
from gantheory.score import has_score

__all__ = ["alignment", "check_alignment"]

Array = Any


def check_alignment(p_data: Any, prior: Any, activation: str) -> None:
    """Refuse what ∇C is not known for, before anything runs."""
    if activation != "tanh":
        raise DomainError(f"activation is {activation!r}; the alignment with ∇C is known for tanh networks.")
    for name, law in (("p_data", p_data), ("the prior", prior)):
        if not has_score(law):
            raise DomainError(f"{name} is {law}, whose score is not known; leave alignment=True out.")


def alignment(p_data: Any, prior: Any, before: State, after: State) -> Estimate:
    r"""The cosine of each seed's step from one state to another with −∇C at the first, (seeds,).

    Parameters
    ----------
    p_data, prior : Density
    before, after : State
        Of one run.

    Returns
    -------
    Estimate
        In [−1, 1]; 0 ± 1 where there is no step, as of a seed that was stopped, or no gradient: where an edge of p_g
        crosses a jump of p_data, where an integral does not settle, or where ∇C is 0 within its error.

    Notes
    -----
    A gradient of a 1-16-16-1 network's 322 parameters takes some 60 ms, fifteen times the other measurements together.
    """
    to_own = _own_coordinates(before)
    networks, family = generator(before), Network(before.settings.hidden, prior)
    found = [
        _cosine(after.G[i] - before.G[i], _gradient(p_data, family, networks[i], to_own)) for i in range(len(before))
    ]
    values, errors = np.array(found).T
    return Estimate(values, errors, "estimate")


def _gradient(p_data: Any, family: Network, network: Any, to_own: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """∇C in the networks' own coordinates, and its error; None where there is none."""
    try:
        found = criterion_gradient(p_data, family, family.theta_of(network))
    except (ConvergenceError, DomainError):
        return None
    return to_own @ np.asarray(found.value), np.abs(to_own) @ np.asarray(found.error)


def _own_coordinates(state: State) -> np.ndarray:
    """(own, family): how the family's parameters, of the network from z to x, move with the networks' own."""
    size = state.G.shape[1]
    ends = np.concatenate([np.zeros((1, size)), np.eye(size)])
    G = generator(replace(state, G=ends))
    n = size + 1
    rows = np.concatenate([part.reshape(n, -1) for part in (*G.weights, *G.biases, G.skip)], axis=1)
    return rows[1:] - rows[0]  # an affine map of the parameters


def _cosine(step: np.ndarray, gradient: tuple[np.ndarray, np.ndarray] | None) -> tuple[float, float]:
    if gradient is None or not step.any():
        return 0.0, 1.0
    slope, error = gradient
    size, unsure = float(np.linalg.norm(slope)), float(np.linalg.norm(error))
    if not size > unsure:
        return 0.0, 1.0
    cosine = -float((step / np.linalg.norm(step)) @ (slope / size))
    return min(max(cosine, -1.0), 1.0), min(2.0 * unsure / size + 1e-14, 1.0)
