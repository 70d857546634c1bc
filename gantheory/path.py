r"""What is measured at a law q of a path towards p, from r = log p − log q at common nodes.

.. math:: C + \log 4 = 2\,JSD = E_p[\varphi] + E_q[\varphi], \qquad
          KL(p\|q) = \int p\,(r + e^{-r} - 1), \qquad TV = \tfrac12\int|p - q|

Each integrand has one sign, TV's but for its crossings, so that the values keep their *relative* accuracy as q → p. The
criterion is eq. (4) itself, a route of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.estimate import Estimate
from gantheory.gains import capacity_price, gain_shares
from gantheory.integrals import Terms, weighted
from gantheory.nodes import LOG_2, Nodes, Sum, half_phi, halved, rest_of
from gantheory.panels import EPS, KRONROD, NODES
from gantheory.quadrature import resolution_of
from gantheory.ratio import At

__all__ = ["Run", "State", "measured", "mixture_of", "resolved", "start_of", "together"]

Array = Any
_RTOL = 1e-12
_MOST_ROUNDS = 14
_UNDERFLOW = float(np.finfo(float).tiny) / EPS  # sums below it hold terms that lost digits


@dataclass(frozen=True, slots=True)
class State:
    """A law q at the nodes: r = log p − log q, log q itself, and what rounding may have done to r, (seeds, nodes)."""

    r: np.ndarray
    log_q: np.ndarray
    rounding: np.ndarray

    def seen(self, nodes: Nodes) -> At:
        at = nodes.at
        size = np.where(np.isfinite(self.log_q), np.abs(self.log_q), 0.0)
        # log q is log p − r, or log q_0 and what was added, which hardly knows of r where p is nothing
        carried = np.where(self.r > 0, 1.0, np.minimum(1.0, 1e3 * special.expit(self.r)))
        of_q = np.where(self.r > 0, at.rounding_p, at.rounding_q) + carried * self.rounding + 4 * EPS * size
        return At(at.points, at.log_p, self.log_q, self.r, at.rounding_p, of_q, self.rounding)


def start_of(nodes: Nodes) -> State:
    """q_0 at the nodes."""
    at = nodes.at
    return State(at.r, at.log_q, np.where(np.isfinite(at.r), at.rounding_r, 0.0))


def mixture_of(nodes: Nodes, share: float) -> State:
    """The law (1 − share) p + share q_0 at the nodes, r relatively accurate for a small share too."""
    at = nodes.at
    with np.errstate(all="ignore"):
        # p/q_t = 1/(1 + share (q_0/p − 1)), or by the inverse ratio where q_0 is the larger
        below = at.r - math.log(share) - np.log1p((1.0 - share) / share * np.exp(np.minimum(at.r, 0.0)))
        r = np.where(at.r < -1.0, below, -np.log1p(share * np.expm1(-np.maximum(at.r, -1.0))))
        log_q = np.where(r > 0, at.log_p - r, at.log_q + (at.r - r))
        log_q = np.where(np.isneginf(at.r), at.log_q + math.log(share), log_q)
        moved = np.where(np.isfinite(r), share * np.exp(np.minimum(r - at.r, 0.0)), 0.0)
    rounding = np.where(np.isfinite(r), moved * np.where(np.isfinite(at.r), at.rounding_r, 0.0), 0.0)
    return State(r, log_q, rounding + 4 * EPS * np.where(np.isfinite(r), np.abs(r), 0.0))


# -- the measurements ----------------------------------------


def measured(nodes: Nodes, state: State, names: Collection[str] | None = None) -> dict[str, Sum]:
    """C, 2·JSD of q and of the law halfway to p, TV, KL(p‖q), and p's mass where q has none; or those named alone."""
    at = state.seen(nodes)
    sums: dict[str, Callable[[], Sum]] = {
        "criterion": lambda: nodes.sum(*weighted(at, _criterion)),
        "excess": lambda: nodes.sum(*weighted(at, _excess)),
        "halfway": lambda: nodes.sum(*weighted(_halfway(at), _excess)),
        "total_variation": lambda: _total_variation(nodes, at),
        "kl": lambda: nodes.sum(*_kl(at)),
        "left_out": lambda: nodes.sum(*weighted(at, lambda at: Terms(np.where(np.isposinf(at.r), 1.0, 0.0), None))),
    }
    with np.errstate(all="ignore"):
        found = {name: total() for name, total in sums.items() if names is None or name in names}
    costs = {"criterion": 2.0, "excess": LOG_2, "halfway": LOG_2, "total_variation": 0.5, "left_out": 1.0}
    return {name: _short_of(nodes, one, costs.get(name)) for name, one in found.items()}


def _halfway(at: At) -> At:
    """p against (p + q)/2, whose log is log q − log 2 where p vanishes."""
    r = np.where(np.isneginf(at.r), -np.inf, halved(at.r))
    log_m = np.where(np.isneginf(at.r), at.log_q - LOG_2, at.log_p - r)
    of_p, of_q = special.expit(at.r), special.expit(-at.r)  # their shares of m
    of_m = of_p * at.rounding_p + of_q * at.rounding_q
    return At(at.points, at.log_p, log_m, r, at.rounding_p, of_m, of_q * at.rounding_r)


def _short_of(nodes: Nodes, found: Sum, cost: float | None) -> Sum:
    """With what the masses that no node sees, and the laws' own defects, are worth; of a KL, its logarithm too."""
    finite = np.where(np.isfinite(found.value), np.abs(found.value), 0.0)
    missing = nodes.missing * (cost if cost is not None else 800.0)
    defect = nodes.defect * np.maximum(cost if cost is not None else 1.0 + finite, finite)
    return Sum(found.value, np.where(np.isfinite(found.value), found.error + missing + defect, 0.0), found.of_panels)


def _criterion(at: At) -> Terms:
    noise_p, noise_q = special.expit(-at.r) * at.rounding_r, special.expit(at.r) * at.rounding_r
    return Terms(special.log_expit(at.r), special.log_expit(-at.r), noise_p, noise_q)


def _excess(at: At) -> Terms:
    phi = 2.0 * half_phi(at.r)
    noise = 0.25 * rest_of(at.r) * (np.minimum(np.abs(at.r), 800.0) + np.minimum(at.rounding_r, 1.0)) * at.rounding_r
    return Terms(phi, phi, noise, noise)


def _kl(at: At) -> tuple[Array, Array]:
    """p (r + e**-r − 1) = q − p + p r, by its series near r = 0."""
    near = np.abs(at.r) < 0.5
    r = np.where(near, at.r, 0.0)
    series = np.zeros_like(r)
    for k in range(18, 1, -1):  # the sum of (-r)**k/k!
        series = (1.0 + series) * (-r) / k if k > 2 else (1.0 + series) * 0.5 * r * r
    p, q = np.exp(at.log_p), np.exp(at.log_q)
    far = np.where(p > 0, p * (np.where(p > 0, at.r, 0.0) - 1.0), 0.0) + q
    value = np.where(near, p * series, far)
    slope = np.where(near, np.abs(r), 1.0)
    of_p, of_q = p * (at.rounding_p + 6 * EPS), q * (at.rounding_q + 6 * EPS)
    noise = np.where(near, value * (at.rounding_p + 6 * EPS), of_p * (1.0 + np.where(p > 0, np.abs(at.r), 0.0)) + of_q)
    return value, np.where(np.isfinite(value), noise + p * slope * at.rounding_r, 0.0)


# -- the total variation, whose integrand has kinks ----------------------------------------


_TO_LEGENDRE = np.linalg.inv(np.polynomial.legendre.legvander(NODES, len(NODES) - 1)).T
_BARYCENTRIC = 1.0 / np.prod(2.0 * (NODES[:, None] - NODES) + np.eye(len(NODES)), axis=1)
_WITH_ENDS = np.concatenate([[-1.0], NODES, [1.0]])


def _antiderivative_at(s: np.ndarray) -> np.ndarray:
    """Values at s of the antiderivatives of the Legendre polynomials, (..., 31)."""
    n = len(NODES)
    v = np.polynomial.legendre.legvander(s, n)
    previous = np.concatenate([-np.ones((*np.shape(s), 1)), v[..., : n - 1]], axis=-1)
    return (v[..., 1:] - previous) / (2.0 * np.arange(n) + 1.0)


_BETWEEN = np.diff(_antiderivative_at(_WITH_ENDS), axis=0).T  # (31, 32): integrals from one node to the next


def _total_variation(nodes: Nodes, at: At) -> Sum:
    """½∫|p − q|: in a panel with a crossing the smooth p − q is integrated from root to root by its polynomial."""
    p, q = np.exp(at.log_p), np.exp(at.log_q)
    apart = 0.5 * (p + q) * np.tanh(0.5 * at.r)
    relative = np.where(at.r > 0, at.rounding_p, at.rounding_q) + 6 * EPS  # of the larger density
    noise = 0.25 * (p + q) * rest_of(at.r) * np.minimum(at.rounding_r, 1.0) + np.abs(apart) * relative
    found = nodes.sum(np.abs(apart), noise)
    if nodes.grid is not None:
        return Sum(found.value, found.error + _bends(nodes, apart), found.of_panels)
    k, n = nodes.panels, len(NODES)
    if not k:
        return found
    factor = nodes.weights[: k * n].reshape(k, n) / KRONROD
    smooth = (apart[0, : k * n].reshape(k, n)) * factor
    crossed = np.flatnonzero((smooth > 0).any(axis=1) & (smooth < 0).any(axis=1))
    if not crossed.size:
        return found
    rough = (np.abs(smooth[crossed]) @ KRONROD).sum()
    exact, slack = _between_roots(smooth[crossed])
    of_panels = found.of_panels.copy()
    error = float(found.error[0]) - of_panels[0, crossed].sum()
    of_panels[0, crossed] = resolution_of(smooth[crossed])
    error += of_panels[0, crossed].sum() + slack
    return Sum(found.value - rough + exact, np.array([max(error, 0.0)]), of_panels)


def _between_roots(values: np.ndarray) -> tuple[float, float]:
    """The integral over [-1, 1] of |f|, f the polynomials through values at the nodes, and its rounding."""
    coefficients = values @ _TO_LEGENDRE
    pieces = coefficients @ _BETWEEN
    legendre = np.polynomial.legendre.legvander(_WITH_ENDS[[0, -1]], len(NODES) - 1) @ coefficients.T
    signs = np.sign(np.concatenate([legendre[:1].T, values, legendre[1:].T], axis=1))
    row, column = np.nonzero(signs[:, :-1] * signs[:, 1:] < 0)
    low, high, sign = _WITH_ENDS[column], _WITH_ENDS[column + 1], signs[row, column]
    for _ in range(30):  # the integral of |f| is flat in the place of the root
        middle = 0.5 * (low + high)
        inverse = _BARYCENTRIC / (middle[:, None] - NODES)
        value = (inverse * values[row]).sum(axis=-1) / inverse.sum(axis=-1)
        same = np.sign(value) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    antiderivative = (_antiderivative_at(low) * coefficients[row]).sum(-1)
    start = (_antiderivative_at(_WITH_ENDS[column]) * coefficients[row]).sum(-1)
    stop = (_antiderivative_at(_WITH_ENDS[column + 1]) * coefficients[row]).sum(-1)
    total = np.abs(pieces)
    total[row, column] = np.abs(antiderivative - start) + np.abs(stop - antiderivative)
    return float(total.sum()), 64 * EPS * float(np.abs(values).max(axis=1).sum())


def _bends(nodes: Nodes, crossing: np.ndarray) -> np.ndarray:
    """What a grid misses of a kink between two of its points: for straight lines h a b/(a + b)."""
    grid = nodes.grid
    assert grid is not None
    left, right = np.abs(crossing[:, :-1]), np.abs(crossing[:, 1:])
    total = left + right
    kink = (np.sign(crossing[:, :-1]) * np.sign(crossing[:, 1:]) < 0) & (total > 0)
    width = np.where(np.asarray(grid.atomic)[1:] | np.asarray(grid.atomic)[:-1], 0.0, np.abs(np.diff(grid.points)))
    return np.where(kink, left * right / np.where(total > 0, total, 1.0), 0.0) @ width


# -- a run, and the nodes that resolve it ----------------------------------------


@dataclass(frozen=True)
class Run:
    """A path on some nodes: what was measured at its records, every other sum that it was steered by, and the rest."""

    records: list[dict[str, Sum]]
    steering: list[Sum]
    densities: list[np.ndarray]
    rest: Any = None


def resolved(nodes: Nodes, follow: Callable[[Nodes], Run], *, rtol: float = _RTOL) -> tuple[Nodes, Run]:
    """The path followed on nodes that resolve all that is measured on it, as far as halving panels gets them."""
    run = follow(nodes)
    for round_ in range(_MOST_ROUNDS):
        sums = [one for record in run.records for name, one in record.items() if name != "left_out"] + run.steering
        finer = nodes.refined(_unresolved(sums, rtol), round_)
        if finer is None:
            break
        nodes, run = finer, follow(finer)
    return nodes, run


def _unresolved(sums: Sequence[Sum], rtol: float) -> np.ndarray:
    of_panels = np.stack([one.of_panels[0] for one in sums])
    value = np.array([one.value[0] for one in sums])
    rounding = np.array([one.error[0] for one in sums]) - of_panels.sum(axis=1)
    tolerance = np.maximum(rtol * np.abs(np.where(np.isfinite(value), value, np.inf)), rounding)
    tolerance = np.maximum(tolerance, _UNDERFLOW)  # there digits are lost to the floats, and finer panels find none
    above = of_panels.sum(axis=1) > tolerance
    share = 0.5 * tolerance / of_panels.shape[1]
    return ((of_panels > share[:, None]) & above[:, None]).any(axis=0)


def together(nodes: Nodes, run: Run) -> dict[str, Estimate]:
    """The measurements of a run as Estimates of shape (records, seeds)."""

    def of(name: str) -> Estimate:
        value, error = (
            np.stack([getattr(record[name], part) for record in run.records]) for part in ("value", "error")
        )
        return Estimate(value, error, nodes.basis)

    left_out = of("left_out")
    excess, halfway = of("excess"), of("halfway")
    kappa, kappa_bound = gain_shares(excess, halfway)
    share = Estimate(np.clip(1.0 - np.asarray(left_out.value), 0.0, 1.0), left_out.error, nodes.basis)
    price = capacity_price(share)
    nothing = np.asarray(left_out.value) < 1e-100  # where log q is below the floats, and q no 0 in truth
    return {
        "criterion": of("criterion"),
        "excess": excess,
        "total_variation": of("total_variation"),
        "kl": of("kl"),
        "kappa": kappa,
        "kappa_bound": kappa_bound,
        "price": Estimate(np.where(nothing, 0.0, price.value), np.where(nothing, 0.0, price.error), nodes.basis),
    }
