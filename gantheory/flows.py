r"""The two gradient flows of the criterion in p_g-space: of reweighing mass, and of moving it.

With D = D* and g = log(1 − D*), the derivative of C in p_g,

.. math:: \partial_t q = -q\,(g - E_q g), \qquad \frac{dC}{dt} = -\mathrm{Var}_q[g] \quad\text{(Fisher–Rao)}

.. math:: \partial_t q = \partial_x(q\,\partial_x g), \ \frac{dC}{dt} = -E_q|\partial_x g|^2 \quad\text{(Wasserstein)}

The first is the limit η → 0 of mirror descent: where KL(p‖q_0) < ∞, KL(p‖q_t) ≤ 2^{−t} KL(p‖q_0). It is followed here,
in r = log p − log q, where it reads dr/dt = −(softplus(r) − log 2) + E_q[softplus(r) − log 2]. The second is what a
generator of unlimited capacity does (`gantheory.quantile_flow`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.cell_masses import increasing
from gantheory.descent import trajectory_on
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.iterates import Iterate
from gantheory.nodes import Nodes, Sum, half_phi, nodes_of, relative_softplus, rest_of
from gantheory.panels import EPS
from gantheory.path import Run, State, measured, resolved, start_of, together
from gantheory.quantile_flow import wasserstein_flow
from gantheory.trajectory import Trajectory

__all__ = ["FisherRaoLaw", "fisher_rao_flow", "wasserstein_flow"]

Array = Any
_LONGEST_STEP = 0.5
_RTOL = 1e-10  # of the nodes, as the integrator's own
_SUBSTEPS = (2, 4, 6, 8, 10)
_SHORT = 0.05  # a step that three columns take as well
_APART = 1 / 64  # of the times that C is differenced at
_LONGEST_TIME = 1e4
_AS_INFINITE = 1e200  # an r beyond it is one of densities that have no mass for ever


def fisher_rao_flow(p_data: Any, p_g: Any, *, times: Sequence[float], grid: Any = None) -> Trajectory:
    r"""The Fisher–Rao flow of C(G) from p_g, with D = D* at every time.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (n,) and (n,) or (seeds, n)
    times : sequence of float
        Increasing, >= 0: when to measure.
    grid : Grid or array, optional

    Returns
    -------
    Trajectory
        As of `mirror_descent`; ``bound`` is log 2 · 2^{−t} KL(p‖q_0). And ``dissipation``, Var_q[g] at the time, beside
        ``descent_rate``, −dC/dt as measured by differences of C between q_{t−3/64}, …, q_{t+3/64} of the flow.

    Raises
    ------
    DomainError
        If the times are not increasing and >= 0, or a law is one of G(z).

    Notes
    -----
    Integrated by the extrapolated midpoint rule of order 10 (Gragg), with steps of ½ at most: the rates of change of r
    are at most 1 per unit of time, so that the flow is not stiff. The last two columns of its table give the error.

    Examples
    --------
    >>> run = fisher_rao_flow("norm(0, 1)", "norm(1, 1.5)", times=[0, 1, 10])
    >>> print(f"{run.excess.value[2, 0]:.6f} {run.dissipation.value[1, 0] / run.descent_rate.value[1, 0]:.9f}")
    0.000021 1.000000000
    """
    at_times = increasing("times", times, finite=True)
    if at_times[0] < 0 or at_times[-1] > _LONGEST_TIME:
        raise DomainError(f"times is {times!r}; they must be between 0 and {_LONGEST_TIME:g}.")
    nodes, run = resolved(nodes_of(p_data, p_g, grid), lambda nodes: _flow_run(nodes, at_times), rtol=_RTOL)
    # the integrator's error is what its last two orders differ by: inferred, whatever the laws' own is worth
    measurements = {name: Estimate(one.value, one.error, "estimate") for name, one in together(nodes, run).items()}
    for name in ("dissipation", "descent_rate"):
        found = [record[name] for record in run.records]
        values, errors = (np.stack([getattr(one, part) for one in found]) for part in ("value", "error"))
        measurements[name] = Estimate(values, errors, "estimate")
    measurements["bound"] = _bound(nodes, at_times)
    law = _laws_of(nodes, at_times, run.rest) if nodes.grid is None else None
    return trajectory_on(nodes, run, at_times.tolist(), measurements, {"run": "fisher_rao_flow"}, law)


def _bound(nodes: Nodes, times: np.ndarray) -> Estimate:
    """log 2 · 2**−t KL(p‖q_0)."""
    start = measured(nodes, start_of(nodes))["kl"]
    kl = Estimate(start.value, start.error, nodes.basis)
    rows = [kl * Estimate(math.log(2.0) * 2.0**-t, 4 * EPS * 2.0**-t) for t in times]
    return Estimate(np.stack([row.value for row in rows]), np.stack([row.error for row in rows]), nodes.basis)


# -- the integrator ----------------------------------------


class _Motion:
    """dr/dt, and d(log q)/dt beside it, on some nodes; it keeps E_q[softplus(r) − log 2] of every evaluation."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes, self.means = nodes, []

    def __call__(self, r: np.ndarray, log_ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = _mean_softplus(self.nodes, r, self.nodes.at.log_q + log_ratio).value[:, None]
        self.means.append(mean)
        return _moves(r, mean)


def _moves(r: Array, mean: Array) -> tuple[Array, Array]:
    soft = relative_softplus(r)
    return np.where(np.isfinite(r), mean - soft, 0.0), np.where(np.isposinf(r), 0.0, soft - mean)


def _log_q(nodes: Nodes, r: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """log q by the shorter way."""
    return np.where(r > 0, nodes.at.log_p - r, log_q)


def _mean_softplus(nodes: Nodes, r: np.ndarray, log_q: np.ndarray) -> Sum:
    """E_q[log(1 + u) − u] <= 0, u = (e**r − 1)/2, which is E_q[log(1 + u)] for laws of mass 1."""
    small = np.minimum(r, 1.0)
    soft = relative_softplus(small)
    under_q = np.exp(log_q) * (soft - 0.5 * np.expm1(small))
    w = np.exp(-np.maximum(r, 0.0))
    large = np.where(np.isfinite(r), np.maximum(r, 1.0), 1.0)
    under_p = np.exp(nodes.at.log_p) * (w * relative_softplus(large) - 0.5 * (1.0 - w))
    value = np.where(r > 1.0, under_p, under_q)
    size = np.where(r > 1.0, np.exp(nodes.at.log_p), np.exp(log_q) * np.abs(np.expm1(small)))  # what cancels
    return nodes.sum(value, 2 * EPS * size)


def _midpoint(y: Any, length: float, motion: Callable[..., Any]) -> tuple[Any, Any]:
    """One extrapolated step of the modified midpoint rule: where it leads, and by how much its last columns differ."""
    table: list[np.ndarray] = []
    difference: Any = 0.0
    first = np.stack(motion(*y))
    columns = len(_SUBSTEPS) if abs(length) > _SHORT else 3
    for k, count in enumerate(_SUBSTEPS[:columns]):
        h = length / count
        before, now = y, y + h * first
        for _ in range(count - 1):
            before, now = now, before + 2.0 * h * np.stack(motion(*now))
        row = [0.5 * (now + before + h * np.stack(motion(*now)))]
        for j in range(k):
            ratio = (count / _SUBSTEPS[k - 1 - j]) ** 2 - 1.0
            row.append(row[j] + (row[j] - table[j]) / ratio)
        if k:
            difference = np.abs(row[-1] - row[-2])
        table = row
    return table[-1], difference


def _stepped(y: Any, length: float, motion: Callable[..., Any], error: Any = 0.0) -> tuple[Any, Any]:
    """As many steps as the length asks for, and what an error of r has become; infinities of r stay where they are."""
    held = np.where(np.abs(y[0]) < _AS_INFINITE, y[0], np.copysign(np.inf, y[0]))
    for _ in range(count := max(1, math.ceil(abs(length) / _LONGEST_STEP))):
        finite = np.where(np.isfinite(held), y[0], 0.0)

        def moved(r: Array, log_ratio: Array) -> tuple[Array, Array]:
            return motion(np.where(np.isfinite(held), r, held), log_ratio)

        y, difference = _midpoint(np.stack([finite, y[1]]), length / count, moved)
        slowest = special.expit(np.minimum(finite, y[0]))  # an error of r falls at the rate σ(r)
        error = error * np.exp(-slowest * length / count) + difference[0] + 4 * EPS * np.abs(y[0])
        y[0] = np.where(np.isfinite(held), y[0], held)
    return y, np.where(np.isfinite(held), error, 0.0)


def _flow_run(nodes: Nodes, times: np.ndarray) -> Run:
    """The flow on these nodes; the rest of it is the means of every evaluation, up to each record."""
    start = start_of(nodes)
    motion, steering = _Motion(nodes), []
    y, error, now = np.stack([start.r, np.zeros_like(start.r)]), start.rounding, 0.0
    found, densities, until = [], [], []
    with np.errstate(all="ignore"):
        for time in times:
            mean = _mean_softplus(nodes, y[0], _log_q(nodes, y[0], nodes.at.log_q + y[1]))
            if time > now:
                y, error = _stepped(y, float(time - now), motion, error)
                error = error + np.where(np.isfinite(y[0]), float(time - now) * mean.error[:, None], 0.0)
                now = float(time)
            until.append(len(motion.means))
            state = State(y[0], _log_q(nodes, y[0], nodes.at.log_q + y[1]), error)
            record = measured(nodes, state)
            record["dissipation"] = _variance(nodes, state)
            record["descent_rate"] = _descent_rate(nodes, y, record["excess"])
            steering.append(mean)
            found.append(record)
            densities.append(np.exp(state.log_q))
    means = [float(mean[0, 0]) for mean in motion.means]
    return Run(found, steering, densities, [tuple(means[:count]) for count in until])


def _variance(nodes: Nodes, state: State) -> Sum:
    """Var_q[g], with the mean taken off first."""
    with np.errstate(all="ignore"):
        mean = _mean_softplus(nodes, state.r, state.log_q).value[:, None]
        apart = np.where(np.isposinf(state.r), 0.0, relative_softplus(state.r) - mean)
        value = np.where(np.exp(state.log_q) > 0, np.exp(state.log_q) * apart**2, 0.0)
        seen = state.seen(nodes)
        noise = value * (seen.rounding_q + 8 * EPS) + 2.0 * np.exp(state.log_q) * np.abs(apart) * state.rounding
    found = nodes.sum(value, np.where(np.isfinite(noise), noise, 0.0))
    return Sum(found.value, found.error + nodes.missing, found.of_panels)


def _descent_rate(nodes: Nodes, y: np.ndarray, excess: Sum) -> Sum:
    """−dC/dt by central differences along the flow, of order 6; the difference from order 4 is its error."""
    at = {}
    for k in (-3, -2, -1, 1, 2, 3):
        moved, local = _stepped(y, k * _APART, _Motion(nodes))
        log_q = _log_q(nodes, moved[0], nodes.at.log_q + moved[1])
        density = np.exp(nodes.at.log_p) + np.exp(log_q)
        value = 2.0 * density * half_phi(moved[0])
        size = np.where(np.isfinite(moved[0]), np.abs(moved[0]), 0.0)
        at[k] = nodes.sum(value, 0.25 * density * rest_of(moved[0]) * size * (local + 4 * EPS * size))
    one, two, three = (at[-k].value - at[k].value for k in (1, 2, 3))
    six, four = (45.0 * one - 9.0 * two + three) / (60.0 * _APART), (8.0 * one - two) / (12.0 * _APART)
    noise = (45.0 * _both(at, 1) + 9.0 * _both(at, 2) + _both(at, 3)) / (60.0 * _APART)
    return Sum(six, np.abs(six - four) + noise, np.zeros_like(excess.of_panels))


def _both(at: dict[int, Sum], k: int) -> np.ndarray:
    return at[-k].error + at[k].error


# -- p_g at every x ----------------------------------------


@dataclass(frozen=True)
class FisherRaoLaw(Iterate):
    """q_t of the Fisher–Rao flow at every x: the same steps, with the means that the nodes gave.

    `step` is the time, `shifts` the means of every evaluation, and `lengths` the times between the records.
    """

    lengths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.step >= 0:
            raise DomainError(f"step is {self.step!r}; it is a time, >= 0.")

    def _follow(self, r: Array, log_ratio: Array) -> tuple[Array, Array]:
        means: Iterator[float] = iter(self.shifts)
        y = np.stack(np.broadcast_arrays(np.asarray(r, dtype=float), np.asarray(log_ratio, dtype=float)))
        for length in self.lengths:
            y, _ = _stepped(y, length, lambda r, log_ratio: _moves(r, next(means)))
        return y[0], y[1]

    @property
    def _weight(self) -> float:  # type: ignore[override]
        return math.exp(-self.step)


def _laws_of(nodes: Nodes, times: np.ndarray, means: list[tuple[float, ...]]) -> Callable[[int, int], Any]:
    lengths = np.diff(np.concatenate([[0.0], times]))

    def law(record: int, seed: int) -> Any:
        if times[record] == 0 or nodes.p == nodes.q:
            return nodes.q
        kept = tuple(float(length) for length in lengths[: record + 1] if length > 0)
        return FisherRaoLaw(nodes.p, nodes.q, float(times[record]), means[record], kept)

    return law
