r"""What is measured of a run with networks at each record: exact p_g, C(G), and what Proposition 2 asks of D and G.

.. math:: V(G,D),\quad V(G,D^*) - V(G,D),\quad C(G),\quad
          C\text{ at } \tfrac12(p_{data} + p_g),\quad \sup|D - D^*|

p_g is computed from the generator, never estimated from its draws. All seeds are measured in one sweep where their laws
can be had in one; elsewhere one after the other.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.densities.mixture import Mixture
from gantheory.discriminator import Discriminator, DLike, as_discriminator, log_sigmoid
from gantheory.divergences import TOTAL_VARIATION, js_divergence, js_terms, total_variation
from gantheory.ensemble import Ensemble, Sweep
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.gains import capacity_price, gain_shares
from gantheory.game import CRITERION, bernoulli_divergence, criterion, optimality_gap, value
from gantheory.integrals import Functional, Terms
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.ratio import At, log_ratio_at
from gantheory.trajectory import Trajectory

__all__ = ["Measured", "Tracker", "fixed_edges", "measured"]

Array = Any
Measured = Mapping[str, Estimate]  # by name, each of shape (seeds,)
LOG_2, LOG_4 = math.log(2.0), math.log(4.0)
_CELLS = 160
_LIVES = 1e-12  # a law's mass in a panel, below which it does not live there
_ALONE = 1e-8  # rtol of one member's integrals
_COVERED = math.log(10.0)


# -- integrands that no other file has ----------------------------------------


def _halfway(at: At) -> Terms:
    """2·JSD of p and (p + q)/2, against p and q themselves: the middle of these two is (3p + q)/4."""
    r = -np.log1p(0.5 * np.expm1(-at.r))
    found = js_terms(replace(at, r=np.where(np.isposinf(at.r), LOG_2, np.where(np.isneginf(at.r), -np.inf, r))))
    half = np.asarray(found.under_p)
    return Terms(3.0 * half, half, 3.0 * np.asarray(found.noise_p), np.asarray(found.noise_p))


def _twice_js(at: At) -> Terms:
    found = js_terms(at)
    return Terms(*(2.0 * np.asarray(part) for part in found))


def _covered(at: At) -> Terms:
    return Terms((at.r <= _COVERED).astype(float), None, np.zeros(np.shape(at.r)))


_HALFWAY = Functional(_halfway, defect=LOG_2)
_EXCESS = Functional(_twice_js, defect=LOG_2)
_COVERAGE = Functional(_covered, defect=1.0)


# -- one record ----------------------------------------


def measured(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None = None, *, rtol: float = 1e-9) -> Measured:
    """What is known of the laws of an ensemble against p_data, and of a discriminator for each.

    Parameters
    ----------
    p_data : Density
    laws : Ensemble
    D : sequence of Discriminator, optional
        One for each member.
    rtol : float

    Returns
    -------
    mapping of str to Estimate (seeds,)
        criterion, excess, halfway, total_variation, coverage, price; with D value, gap and discriminator_error.
    """
    if laws.in_one_sweep(p_data):
        return _in_one_sweep(laws.sweep(p_data), D, rtol)
    return _one_by_one(p_data, laws, D)


def _in_one_sweep(sweep: Sweep, D: Sequence[Discriminator] | None, rtol: float) -> Measured:
    found = {
        "criterion": sweep.expectation(CRITERION, rtol, 1e-12),
        "excess": sweep.expectation(_EXCESS, rtol, 1e-15),
        "halfway": sweep.expectation(_HALFWAY, rtol, 1e-15),
        "total_variation": sweep.expectation(TOTAL_VARIATION, 1e-6, 1e-9),
        "coverage": sweep.expectation(_COVERAGE, 1e-6, 1e-6),
        "price": _prices(sweep.support_mass),
    }
    if D is None:
        return found
    levels = _Levels(D)
    worth = levels.largest(sweep.at)
    found["value"] = sweep.expectation(Functional(levels.value, False, defect=worth), rtol, 1e-12)
    found["gap"] = sweep.expectation(Functional(levels.gap, False, defect=worth), rtol, 1e-15)
    found["discriminator_error"] = _sup(sweep, levels)
    return found


def _prices(mass: np.ndarray) -> Estimate:
    found = [capacity_price(Estimate(min(max(float(a), 0.0), 1.0), 1e-15, "estimate")) for a in mass]
    return _stacked(found)


def _stacked(found: Sequence[Estimate]) -> Estimate:
    values, errors = (np.array([float(getattr(one, part)) for one in found]) for part in ("value", "error"))
    return Estimate(values, errors, "estimate")


class _Levels:
    """The logits of an ensemble's discriminators at the nodes of a sweep, and what is integrated of them."""

    def __init__(self, D: Sequence[Discriminator]) -> None:
        self.D = D

    def __call__(self, at: At) -> np.ndarray:
        owner, x = at.points.owner, np.asarray(at.points.x)  # type: ignore[attr-defined]
        found = np.empty(np.broadcast_shapes(x.shape, np.shape(at.r)))
        for i in np.unique(owner):
            rows = owner == i
            found[rows] = np.asarray(self.D[i].logit(x[rows].ravel())).reshape(-1, x.shape[1])
        return found

    def largest(self, at: At) -> float:
        """What a unit of mass that is missing may be worth, by the logits where there is mass."""
        level = np.abs(self(at))
        held = np.maximum(at.log_p, at.log_q) > -60.0
        return LOG_2 + float(level[held & np.isfinite(level)].max(initial=0.0))

    def value(self, at: At) -> Terms:
        level = self(at)
        return Terms(log_sigmoid(level), log_sigmoid(-level))

    def gap(self, at: At) -> Terms:
        level = self(at)
        gap, noise = bernoulli_divergence(at.r, level)
        apart = np.abs(level - at.r)
        apart = np.where(np.isfinite(apart), np.minimum(apart, 1e3), 0.0)  # infinite logits are exact
        noise = noise + apart * special.expit(at.r) * special.expit(-at.r) * at.rounding_r
        return Terms(gap, gap, noise, noise)


def _sup(sweep: Sweep, levels: _Levels) -> Estimate:
    """sup |D − D*| over the nodes of panels where either law lives: what lies between nodes is not seen."""
    at, factor = sweep.at, sweep.factor
    lives = (np.exp(np.maximum(at.log_p, at.log_q)) * factor).max(axis=1) > _LIVES
    apart = np.where(lives, np.abs(special.expit(levels(at)) - special.expit(at.r)).max(axis=1), 0.0)
    largest = np.zeros(sweep.size)
    np.maximum.at(largest, at.points.owner, apart)  # type: ignore[attr-defined]
    steps = np.abs(np.diff(special.expit(levels(at)) - special.expit(at.r), axis=1)).max(axis=1)
    between = np.zeros(sweep.size)
    np.maximum.at(between, at.points.owner, np.where(lives, steps, 0.0))  # type: ignore[attr-defined]
    return Estimate(largest, np.minimum(between, 1.0), "estimate")


# -- one after the other ----------------------------------------


def _one_by_one(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None) -> Measured:
    rows = [_of_one(p_data, law, None if D is None else D[i]) for i, law in enumerate(laws)]
    return {name: _stacked([row[name] for row in rows]) for name in rows[0]}


def _of_one(p_data: Any, p_g: Any, D: Discriminator | None) -> dict[str, Estimate]:
    held = sum(float(p_data.cdf(b) - p_data.cdf(np.nextafter(a, -np.inf))) for a, b in p_g.intervals())
    held += sum(float(p_data.cdf(x) - p_data.cdf(np.nextafter(x, -np.inf))) for x in p_g.atoms()[0])
    found = {
        "criterion": _best(lambda: criterion(p_data, p_g, rtol=_ALONE)),
        "excess": _best(lambda: 2 * js_divergence(p_data, p_g, rtol=_ALONE)),
        "halfway": _best(lambda: 2 * js_divergence(p_data, Mixture([p_data, p_g], [0.5, 0.5]), rtol=_ALONE)),
        "total_variation": _best(lambda: total_variation(p_data, p_g, rtol=1e-6)),
        "coverage": _coverage(p_data, p_g),
        "price": _prices(np.array([held]))[0],
    }
    if D is not None:
        found["value"] = _best(lambda: value(p_data, p_g, D, rtol=_ALONE))
        found["gap"] = _best(lambda: optimality_gap(p_data, p_g, D, rtol=_ALONE))
        found["discriminator_error"] = _sup_of_one(p_data, p_g, D)
    return found


def _best(quantity: Callable[[], Estimate]) -> Estimate:
    """A quantity, or what is known of it where it did not come to rest."""
    try:
        return quantity()
    except ConvergenceError as error:
        best = getattr(error, "best", None)
        return best if isinstance(best, Estimate) else Estimate(LOG_2, LOG_2, "estimate")


def _quantiles(p_data: Any, p_g: Any) -> np.ndarray:
    u = (np.arange(2000) + 0.5) / 2000
    return np.concatenate([p_data.ppf(u), p_g.ppf(u)])


def _sup_of_one(p_data: Any, p_g: Any, D: Discriminator) -> Estimate:
    x = np.sort(_quantiles(p_data, p_g))
    apart = special.expit(D.logit(x)) - special.expit(log_ratio_at(p_data, p_g)(Points.at(x))[0])
    return Estimate(float(np.abs(apart).max()), min(float(np.abs(np.diff(apart)).max()), 1.0), "estimate")


def _coverage(p_data: Any, p_g: Any) -> Estimate:
    x = p_data.ppf((np.arange(4000) + 0.5) / 4000)
    held = log_ratio_at(p_data, p_g)(Points.at(x))[0] <= _COVERED
    changes = np.count_nonzero(np.diff(held))
    return Estimate(float(np.mean(held)), (changes + 1) / 4000, "estimate")


# -- a run ----------------------------------------


def fixed_edges(p_data: Any, cells: int = _CELLS) -> np.ndarray:
    """Edges of the cells that p_g is kept on: equal ones over twice the central 99.8 % of p_data, and two unbounded."""
    low, high = (float(x) for x in p_data.ppf(np.array([0.001, 0.999])))
    wide = max(high - low, 1e-9 * max(abs(low), abs(high), 1e-300))
    return np.concatenate([[-np.inf], np.linspace(low - 0.5 * wide, high + 0.5 * wide, cells + 1), [np.inf]])


class Tracker:
    r"""Measures a run of any training loop, by its generator and its discriminator at chosen steps.

    Parameters
    ----------
    p_data, prior : Density or anything `as_density` accepts
    edges : array, optional
        Increasing edges of the cells on which p_g is kept.

    Notes
    -----
    `measured` says what a record holds. The trajectory is read by `Trajectory.reading`.

    Examples
    --------
    >>> tracker = Tracker("norm(0, 1)", "norm(0, 1)")
    >>> for step, theta in enumerate([3.0, 1.0, 0.2]):          # your loop
    ...     tracker.record(step, lambda z, theta=theta: z + theta, lambda x: 1 / (1 + np.exp(x)))
    >>> run = tracker.trajectory
    >>> run.excess.value[:, 0].round(4)
    array([1.0536, 0.2228, 0.01  ])
    """

    def __init__(self, p_data: Any, prior: Any = "norm(0, 1)", *, edges: Array | None = None) -> None:
        self.p_data, self.prior = as_density(p_data), as_density(prior)
        self.edges = fixed_edges(self.p_data) if edges is None else np.asarray(edges, dtype=float)
        self._records: list[tuple[int, Measured, np.ndarray]] = []

    def __len__(self) -> int:
        return len(self._records)

    def record(self, step: int, G: Any, D: Any = None) -> None:
        """Measure a generator, or one of each seed, and the discriminators beside them.

        Parameters
        ----------
        step : int
            Larger than that of the last record.
        G : callable, text, MLP, or a sequence of these
            What `Pushforward` accepts: z -> G(z), vectorised, in float64. An MLP with an ensemble axis is one of each
            seed.
        D : callable, Discriminator, or a sequence of these, optional
            A callable gives probabilities; `Discriminator(logit)` keeps those near 0 and 1.

        Raises
        ------
        DomainError
            If the step does not increase, the number of seeds changes, or a D is missing that was there before.
        """
        laws = Ensemble(_members(G), self.prior)
        D = None if D is None else _discriminators(D, len(laws))
        self._check(step, len(laws), D is not None)
        found = measured(self.p_data, laws, D)
        below = laws.cdf(self.edges)
        self._records.append((int(step), found, np.diff(below, axis=1)))

    def _check(self, step: int, seeds: int, has_D: bool) -> None:
        if not isinstance(step, (int, np.integer)) or (self._records and step <= self._records[-1][0]):
            last = f"larger than {self._records[-1][0]}, that of the last record" if self._records else "an int"
            raise DomainError(f"step is {step!r}; it must be {last}.")
        if self._records:
            before = self._records[0][1]
            if seeds != before["excess"].shape[0] or has_D != ("gap" in before):
                raise DomainError(
                    f"record {step} has {seeds} seeds {'with' if has_D else 'without'} D; the first one had "
                    f"{before['excess'].shape[0]} {'with' if 'gap' in before else 'without'}."
                )

    @property
    def trajectory(self) -> Trajectory:
        """What was recorded so far.

        Raises
        ------
        DomainError
            If nothing was.
        """
        return trajectory_of(self.p_data, self.edges, self._records, {"run": "Tracker", "prior": str(self.prior)})


def trajectory_of(
    p_data: Any,
    edges: np.ndarray,
    records: Sequence[tuple[int, Measured, np.ndarray]],
    settings: Mapping[str, Any],
    stopped: Sequence[str | None] | None = None,
) -> Trajectory:
    """The records of a run as one object, with what follows from successive ones."""
    if not records:
        raise DomainError("nothing was recorded; call record(step, G, D) first.")
    steps = np.array([step for step, _, _ in records])
    found = {name: _over_records([one[name] for _, one, _ in records]) for name in records[0][1]}
    kappa, bound = gain_shares(found["excess"], found.pop("halfway"))
    masses = np.stack([cells for _, _, cells in records])
    found |= {"kappa": kappa, "kappa_bound": bound}
    return Trajectory(p_data, steps, found, edges, masses, stopped, settings)


def _over_records(found: Sequence[Estimate]) -> Estimate:
    values, errors = (np.stack([np.asarray(getattr(one, part)) for one in found]) for part in ("value", "error"))
    return Estimate(values, errors, "estimate")


def _members(G: Any) -> Any:
    if isinstance(G, MLP):
        return G if G.shape else [G]
    return [G] if callable(G) or isinstance(G, str) else G


def _discriminators(D: Any, seeds: int) -> list[Discriminator]:
    if isinstance(D, MLP):
        return logits_of(D)
    given: list[DLike] = [D] if callable(D) or np.isscalar(D) else list(D)
    if len(given) != seeds:
        raise DomainError(f"D holds {len(given)} discriminators beside {seeds} generators; it must hold one for each.")
    return [as_discriminator(one) for one in given]


def logits_of(network: MLP) -> list[Discriminator]:
    """A network, or an ensemble of them, as discriminators by their logits."""
    members = [network[i] for i in range(len(network))] if network.shape else [network]
    return [Discriminator(_of_any_shape(member)) for member in members]


def _of_any_shape(network: MLP) -> Callable[[Array], Array]:
    return lambda x: network(np.ravel(x)).reshape(np.shape(x))
