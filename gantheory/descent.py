r"""Descent of the criterion in function space, with the optimal discriminator at every step.

C is convex in p_g, with derivative log(1 − D*), and 1-smooth relative to the negative entropy. Mirror descent

.. math:: q_{t+1} = q_t\,(1 - D^*_t)^{-\eta}/Z_t, \qquad 0 < \eta \le 1,

therefore decreases C at every step, and for :math:`KL(p\|q_0) < \infty` it reaches its minimum:

.. math:: C(q_t) + \log 4 \le \min\Big(\frac{KL(p\|q_0)}{\eta t},\; \log 2\,(1 - \tfrac\eta2)^t\,KL(p\|q_0)\Big).

With η = 1 it is exactly q ← (p + q)/2. It is followed in r = log p − log q, where it reads

.. math:: r \leftarrow r - \eta\,(\operatorname{softplus}(r) - \log 2) + \zeta, \qquad
          \zeta = \log E_q[(1+u)^\eta] = \log\big(1 + E_q[(1+u)^\eta - 1 - \eta u]\big),

with :math:`u = \frac12(e^r - 1)`, for :math:`E_q[u] = \frac12\int(p - q) = 0`. Every term is of the size of r or
smaller, so that r keeps its relative accuracy as it goes to 0, and what quadrature does to the mass of q is taken back
at the next step.

References
----------
Lu, Freund, Nesterov, "Relatively smooth convex optimization by first-order methods", SIAM J. Optim. 28 (2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.cell_masses import law_of_cells
from gantheory.densities import Discrete, Mixture, Tabulated
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.grid import Grid
from gantheory.iterates import Iterate, mirrored
from gantheory.nodes import Nodes, Sum, nodes_of, relative_softplus
from gantheory.panels import EPS
from gantheory.path import Run, State, measured, resolved, start_of, together
from gantheory.trajectory import Trajectory

__all__ = ["mirror_descent", "mirror_path", "recorded_steps", "trajectory_on"]

Array = Any
_LOG_2 = Estimate(math.log(2.0), math.ulp(0.5))
_MOST_STEPS = 100_000
_LARGEST = 1e300  # sizes of r, so that their sums are finite


def mirror_descent(
    p_data: Any,
    p_g: Any,
    *,
    step: float = 1.0,
    steps: int = 40,
    records: Sequence[int] | None = None,
    grid: Any = None,
) -> Trajectory:
    r"""Mirror descent of C(G) in p_g-space from p_g, with D = D* at every step.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (n,) and (n,) or (seeds, n)
        The target, and where to start.
    step : float, default 1.0
        η in (0, 1]. At 1 it is the halving step q ← (p + q)/2.
    steps : int, default 40
    records : sequence of int, optional
        After which steps to measure; all of 0, …, steps by default.
    grid : Grid or array, optional
        The measure that the arrays are densities of. They are divided by their masses on it.

    Returns
    -------
    Trajectory
        ``criterion``, ``excess``, ``total_variation``, ``kl`` (KL(p‖q_t)), ``kappa``, ``kappa_bound``, ``price``; the
        bounds ``sublinear_bound``, ``linear_bound`` and ``bound``, the smaller of the two, in nats of the excess, inf
        where KL(p‖q_0) is; p_g at every record as a law: a Mixture for η = 1, and otherwise one whose density is known
        at every x.

    Raises
    ------
    DomainError
        If the step is not in (0, 1], the numbers of steps are not increasing and within range, or a law is one of G(z).

    Notes
    -----
    Where q_0 has no mass none appears for η < 1: the limit is p conditioned on the support of q_0, and the excess goes
    to ``price``.

    Examples
    --------
    >>> run = mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=40)
    >>> print(f"{run.excess.value[0, 0]:.6f} {run.excess.value[-1, 0]:.3e}")
    0.198580 1.018e-20
    >>> str(run.p_g(1))
    '0.5*norm(0.0, 1.0) + 0.5*norm(1.0, 1.5)'
    """
    eta = _step_size(step)
    at_steps = recorded_steps(steps, records)
    nodes, run = resolved(nodes_of(p_data, p_g, grid), lambda nodes: mirror_path(nodes, eta, at_steps))
    measurements = together(nodes, run)
    measurements |= _bounds(measurements["kl"][0] if at_steps[0] == 0 else _kl_at_start(nodes), eta, at_steps)
    settings = {"run": "mirror_descent", "step": eta, "steps": int(steps)}
    laws = None
    if nodes.grid is None:
        laws = _laws_of(nodes.p, nodes.q, eta, at_steps, [float(shift[0]) for shift in run.rest])
    return trajectory_on(nodes, run, at_steps, measurements, settings, laws)


def _step_size(step: Any) -> float:
    if isinstance(step, bool) or not isinstance(step, (int, float, np.floating)) or not 0 < step <= 1:
        raise DomainError(f"step is {step!r}; it must be in (0, 1]: 1 is the halving step.")
    return float(step)


def recorded_steps(steps: Any, records: Any) -> list[int]:
    """The numbers of the steps after which to measure, checked."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 0 <= steps <= _MOST_STEPS:
        raise DomainError(f"steps is {steps!r}; it must be an int between 0 and {_MOST_STEPS}.")
    if records is None:
        return list(range(int(steps) + 1))
    try:
        found = [int(one) for one in records]
        whole = all(one == given for one, given in zip(found, records, strict=True))
    except (TypeError, ValueError, OverflowError):
        found, whole = [], False
    if not found or not whole or sorted(set(found)) != found or found[0] < 0 or found[-1] > steps:
        raise DomainError(f"records is {records!r}; it must be increasing ints between 0 and steps = {steps}.")
    return found


def mirror_path(nodes: Nodes, eta: float, records: Sequence[int], names: Collection[str] | None = None) -> Run:
    """The path on these nodes, of any η (a negative one climbs), and what `measured` says or what is named of it.

    The rest of it is ζ of every step.
    """
    state, log_ratio = start_of(nodes), np.zeros_like(nodes.at.r)
    found, steering, densities, shifts = [], [], [], []
    with np.errstate(all="ignore"):
        for t in range(records[-1] + 1):
            if t in records:
                found.append(measured(nodes, state, names))
                densities.append(np.exp(state.log_q))
            if t == records[-1]:
                break
            total = _normalizer(nodes, state, eta)
            shift = np.log1p(total.value)
            r, log_ratio = mirrored(state.r, log_ratio, eta, shift[:, None])
            slack = (total.error / (1.0 + total.value))[:, None]
            state = _moved(nodes, state, r, log_ratio, eta, slack)
            steering.append(total)
            shifts.append(shift)
    return Run(found, steering, densities, shifts)


def _moved(nodes: Nodes, state: State, r: Array, log_ratio: Array, eta: float, slack: Array) -> State:
    """The next state: its log q by the shorter way, and its rounding."""
    at = nodes.at
    sigma = 1.0 / (1.0 + np.exp(-state.r))
    finite = np.isfinite(r)
    kept = np.where(np.isfinite(state.r), np.abs(state.r), 0.0) * np.where(state.r > 1.0, 1.0 - eta, 1.0)
    size = np.minimum(np.where(finite, np.abs(r), 0.0), _LARGEST) + np.minimum(kept, _LARGEST)
    rounding = np.where(finite, (1.0 - eta * sigma) * state.rounding + slack + 3 * EPS * size, 0.0)
    log_q = np.where(r > 0, at.log_p - r, at.log_q + log_ratio)
    return State(r, log_q, rounding)


def _normalizer(nodes: Nodes, state: State, eta: float) -> Sum:
    """E_q[(1 + u)**η − 1 − ηu] <= 0; under q where p is the smaller, and as a share of p where q is."""
    if eta == 1.0:
        nothing = np.zeros(nodes.seeds)
        return Sum(nothing, nothing, np.zeros((nodes.seeds, max(nodes.panels, 1))))
    r = state.r
    small = np.minimum(r, 1.0)
    soft, u = relative_softplus(small), 0.5 * np.expm1(small)
    under_q = np.exp(state.log_q) * (np.expm1(eta * soft) - eta * u)
    w = np.exp(-np.maximum(r, 0.0))
    lifted = np.where(np.isposinf(r), 0.0, np.exp(-(1.0 - eta) * np.maximum(r, 0.0)) * (0.5 * (1.0 + w)) ** eta)
    p = np.exp(nodes.at.log_p)
    value = np.where(r > 1.0, p * (lifted - w - 0.5 * eta * (1.0 - w)), under_q)
    size = np.where(r > 1.0, p, np.exp(state.log_q) * np.minimum(np.abs(u), 1.0))
    steep = np.where(r > 1.0, p * (lifted + w), 0.5 * eta * p * np.abs(np.expm1((eta - 1.0) * soft)))
    relative = np.where(r > 1.0, nodes.at.rounding_p, nodes.at.rounding_q)
    noise = np.abs(value) * relative + 4 * EPS * size + steep * state.rounding
    found = nodes.sum(value, noise)
    return replace(found, error=found.error + 2.0 * nodes.missing + nodes.defect * np.abs(found.value))


# -- bounds, laws and the trajectory ----------------------------------------


def _kl_at_start(nodes: Nodes) -> Estimate:
    found = measured(nodes, start_of(nodes))["kl"]
    return Estimate(found.value, found.error, nodes.basis)


def _bounds(kl: Estimate, eta: float, steps: Sequence[int]) -> dict[str, Estimate]:
    """KL/(ηt) and log 2 (1 − η/2)^t KL at the recorded steps, and the smaller of the two."""
    seeds = kl.shape
    rows: dict[str, list[Estimate]] = {"sublinear_bound": [], "linear_bound": [], "bound": []}
    for t in steps:
        linear = _LOG_2 * Estimate((1.0 - 0.5 * eta) ** t, 4 * EPS * (1 + t) * (1.0 - 0.5 * eta) ** t) * kl
        sublinear = kl * (1.0 / (eta * t)) if t else Estimate(np.full(seeds, np.inf))
        first = np.less_equal(linear.value, sublinear.value)
        smaller = [np.where(first, getattr(linear, part), getattr(sublinear, part)) for part in ("value", "error")]
        for name, row in (("sublinear_bound", sublinear), ("linear_bound", linear)):
            rows[name].append(row)
        rows["bound"].append(Estimate(smaller[0], smaller[1], kl.basis))
    return {
        name: Estimate(np.stack([one.value for one in row]), np.stack([one.error for one in row]), kl.basis)
        for name, row in rows.items()
    }


def _laws_of(p: Any, q: Any, eta: float, steps: Sequence[int], shifts: list[float]) -> Callable[[int, int], Any]:
    """p_g itself at every record."""

    def law(record: int, seed: int) -> Any:
        t = steps[record]
        if t == 0 or p == q:
            return q
        if eta == 1.0:
            return Mixture([p, q], [-math.expm1(-t * math.log(2.0)), 2.0**-t])
        return Iterate(p, q, eta, tuple(shifts[:t]))

    return law


def trajectory_on(
    nodes: Nodes,
    run: Run,
    steps: Sequence[float],
    measurements: dict[str, Estimate],
    settings: dict[str, Any],
    laws: Callable[[int, int], Any] | None,
) -> Trajectory:
    """The trajectory of a run on these nodes; of arrays, with p_g as a law on their grid."""
    if nodes.grid is None:
        edges = nodes.ends()
        if len(edges) > 1:
            edges = np.concatenate([[-np.inf], edges[1:-1], [np.inf]]) if nodes.panels else np.append(-np.inf, edges)
            masses = np.stack([nodes.masses(density, edges) for density in run.densities])
            return Trajectory(nodes.p, steps, measurements, edges, masses, None, settings, laws)
        return Trajectory(nodes.p, steps, measurements, None, None, None, settings, laws)
    grid, kept = nodes.grid, run.densities

    def law_on_grid(record: int, seed: int) -> Any:
        return _law_on(grid, kept[record][seed])

    return Trajectory(
        _law_on(grid, nodes.p[0]), steps, measurements, None, None, None, {**settings, "grid": len(grid)}, law_on_grid
    )


def _law_on(grid: Grid, density: np.ndarray) -> Any:
    """An array on a grid as a law: atoms, a broken line, or constant on the cells around the nodes."""
    atomic, weights = np.asarray(grid.atomic), np.asarray(grid.weights)
    if grid.in_order:
        return Tabulated(grid, density)
    parts, shares = [], []
    for held in (atomic, ~atomic):
        masses = (density * weights)[held]
        if masses.sum() > 0:
            x = np.asarray(grid.points)[held]
            order = np.argsort(x)
            shares.append(float(masses.sum()))
            share = masses[order] / shares[-1]
            parts.append(Discrete(x, masses / shares[-1]) if held is atomic else law_of_cells(_around(x[order]), share))
    return parts[0] if len(parts) == 1 else Mixture(parts, np.array(shares) / math.fsum(shares))


def _around(x: np.ndarray) -> np.ndarray:
    middle = 0.5 * (x[1:] + x[:-1])
    return np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])
