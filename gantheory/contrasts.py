r"""Two ways down that do not arrive: what Proposition 2 needs beyond D = D* and a criterion that improves.

GAN14 asks that "p_g is updated so as to improve the criterion". The laws

.. math:: q_t = p + (\tfrac12 + 2^{-t-1})(q_0 - p)

improve it strictly at every step, with D = D* throughout, and end halfway: their κ fade, and :math:`\sum\kappa_t` is
finite. And the gradient log(1 − D*) is of the right size for relative entropies, not for Euclid's distance: a projected
gradient step raises densities by the same amount where p has mass and where it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.densities import Mixture
from gantheory.descent import recorded_steps, trajectory_on
from gantheory.errors import DomainError
from gantheory.nodes import Nodes, halved, nodes_of
from gantheory.path import Run, State, measured, mixture_of, resolved, start_of, together
from gantheory.trajectory import Trajectory

__all__ = ["projected_gradient", "stalling_improvement"]

Array = Any
_ROUNDED = 1e-12  # what the masses of nodes add up to, less 1
_NO_DENSITY = -690.0
_LARGEST = 745.0  # -log of the smallest float: a gradient beyond it is one of densities that underflow


def stalling_improvement(
    p_data: Any, p_g: Any, *, steps: int = 40, records: Sequence[int] | None = None, grid: Any = None
) -> Trajectory:
    r"""Laws that improve the criterion at every step, with D = D*, and stop halfway: q_t = p + (½ + 2^{−t−1})(q_0 − p).

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays as for `mirror_descent`
    steps : int, default 40
    records : sequence of int, optional
    grid : Grid or array, optional

    Returns
    -------
    Trajectory
        As of `mirror_descent`, without its bounds; p_g at every record is a Mixture. ``excess`` falls strictly to that
        of (p + q_0)/2, and ``kappa_bound`` stays above it.

    Examples
    --------
    >>> run = stalling_improvement("norm(0, 1)", "norm(1, 1.5)", steps=20)
    >>> bool((np.diff(run.excess.value[:, 0]) < 0).all()), f"{run.excess.value[-1, 0]:.4f}"
    (True, '0.0711')
    """
    at_steps = recorded_steps(steps, records)

    def follow(nodes: Nodes) -> Run:
        states = [mixture_of(nodes, _share(t)) if t else start_of(nodes) for t in at_steps]
        with np.errstate(all="ignore"):
            return Run([measured(nodes, s) for s in states], [], [np.exp(s.log_q) for s in states])

    nodes, run = resolved(nodes_of(p_data, p_g, grid), follow)

    def law(record: int, seed: int) -> Any:
        share = _share(at_steps[record])
        return nodes.q if share == 1.0 or nodes.p == nodes.q else Mixture([nodes.p, nodes.q], [1.0 - share, share])

    settings = {"run": "stalling_improvement", "steps": int(steps)}
    return trajectory_on(nodes, run, at_steps, together(nodes, run), settings, law if nodes.grid is None else None)


def _share(t: int) -> float:
    return 0.5 + 2.0 ** (-t - 1)


def projected_gradient(
    p_data: Any,
    p_g: Any,
    *,
    step: float = 0.1,
    steps: int = 40,
    records: Sequence[int] | None = None,
    grid: Any = None,
) -> Trajectory:
    r"""The naive contrast: q ← Π(q − η log(1 − D*)), Π the Euclidean projection onto densities at the nodes.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays as for `mirror_descent`
    step : float, default 0.1
        η > 0, in units of density.
    steps : int, default 40
    records : sequence of int, optional
    grid : Grid or array, optional

    Returns
    -------
    Trajectory
        As of `mirror_descent`, without its bounds. The laws are those of the nodes: the step depends on the measure
        that carries the densities, the criterion may rise (κ < 0), and mass appears wherever D* is near 1, however
        little p has there. Its numbers are worth what the nodes resolve of laws with kinks: the basis is "estimate".

    Examples
    --------
    It gains at first, and then swings between two laws far from p for ever:

    >>> run = projected_gradient("norm(0, 1)", "norm(1, 1.5)", step=0.1, steps=4)
    >>> [f"{excess:.2f}" for excess in run.excess.value[:, 0]]
    ['0.20', '0.08', '1.38', '0.26', '1.38']
    """
    if isinstance(step, bool) or not isinstance(step, (int, float, np.floating)) or not 0 < step < np.inf:
        raise DomainError(f"step is {step!r}; it must be a finite number above 0.")
    at_steps = recorded_steps(steps, records)
    nodes, _ = resolved(nodes_of(p_data, p_g, grid), lambda nodes: Run([measured(nodes, start_of(nodes))], [], []))
    nodes = replace(nodes, basis="estimate")
    state, found, densities = start_of(nodes), [], []
    with np.errstate(all="ignore"):
        for t in range(at_steps[-1] + 1):
            if t in at_steps:
                found.append(measured(nodes, state))
                densities.append(np.exp(state.log_q))
            # log(1 − D*) less log ½, which moves nothing: where p = q it is 0, and leaves every digit of q
            gradient = np.maximum(halved(-state.r), -_LARGEST)
            q = _projected(np.exp(state.log_q) - float(step) * gradient, nodes.weights)
            log_q = np.log(q)
            r = nodes.at.log_p - log_q
            below = (nodes.at.log_p < _NO_DENSITY) & (log_q < _NO_DENSITY)  # the floats: neither is the larger
            state = State(np.where(np.isnan(r) | below, 0.0, r), log_q, state.rounding)
    run = Run(found, [], densities)
    settings = {"run": "projected_gradient", "step": float(step), "steps": int(steps)}
    return trajectory_on(nodes, run, at_steps, together(nodes, run), settings, None)


def _projected(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest densities: max(v − λ, 0) with the λ that makes the mass 1.

    λ is δ below the least value v_k that stays, and q = (v − v_k) + δ: where weights are many decades apart, as out in
    a heavy tail, v − λ itself would be rounding, and no mass.
    """
    order = np.argsort(-values, axis=-1)
    v = np.take_along_axis(values, order, axis=-1)
    total = np.cumsum(np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=-1), axis=-1)
    # Σ w (v − v_k) over the first k, by the steps between them: a sum without a negative term
    above = np.cumsum(total[:, :-1] * -np.diff(v, axis=-1), axis=-1)
    above = np.concatenate([np.zeros((len(v), 1)), above], axis=-1)
    last = np.maximum((above < 1.0).sum(axis=-1) - 1, 0)[:, None]
    least, used, weight = (np.take_along_axis(part, last, axis=-1) for part in (v, above, total))
    nearest = np.where(values >= least, (values - least) + (1.0 - used) / weight, 0.0)
    # what is a density is its own: the rounding of λ would be mass in every tail
    mass = np.sum(weights * values, axis=-1, keepdims=True)
    return np.where((v[:, -1:] >= 0) & (np.abs(mass - 1.0) <= _ROUNDED), values, nearest)
