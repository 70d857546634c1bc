r"""The hypotheses of Proposition 2 [1]_, as a run of finite length met them.

*If* G can represent p_data (H1), D is at its optimum (H2), and the criterion improves by shares κ that do not fade
(H3), *then* C → −log 4, for

.. math:: C(q_t) + \log 4 \le \prod_{s<t}\Big(1 - \frac{\kappa_s}{2}\Big)\,(C(q_0) + \log 4) .

What each asks of a run, for τ nats of the excess C + log 4 = 2·JSD, is a ratio of what is measured to what is allowed:

- H1, the least excess known over τ. Any record of the run is a witness for all its seeds, which share a family of
  generators; a witness from outside may be given. A search that finds none refutes nothing: *not shown*. Where p_g's
  support leaves out mass, no law on it comes below a price that is known: above τ, H1 *fails*.
- H2, the median over the last half of the records of the gap V(G,D*) − V(G,D) over max(¼·2·JSD, τ/4). At 4 times that
  D is worth no more than D ≡ ½, whose gap is 2·JSD itself.
- H3, the larger of two. *Rises*, in the last half of the records: where each step descends C itself, C may rise by its
  error alone; elsewhere, above τ, by H2's allowance, for a step that improves V(·,D) raises C by at most the gap of D
  at the new G. *Fading*: how far log C has to fall to log τ, over how far it would fall in ten doublings of the run.
  The falls over the last two doublings and their quotient give the next ones; as in Cauchy's condensation, they are
  equal for κ ∝ 1/t, whose sum is infinite, and die out where Σκ is finite.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.2, proposition 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.estimate import Estimate, as_estimate

__all__ = ["Hypothesis", "Measurements", "capacity", "improvement", "in_short", "optimum"]

Array = Any
_FEW = 5  # records, below which the noise of a pace is not known
_ALLOWED = 0.25  # the share of the excess, and of τ, that D may be short of its optimum by
_DOUBLINGS = 10  # of the run, after which C is to be at τ: a run a thousand times as long
_LARGEST_PACE = 2.0  # of a fall over its predecessor: log C falls in proportion to the steps
_WINDOW = 0.8  # log C at a time is its mean from this share of the time on
_TINY = 1e-300


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis of Proposition 2 as a run met it.

    Attributes
    ----------
    verdict : {"holds", "fails", "not shown", "not measured"}
    ratio : float or None
        What is measured over what is allowed: at most 1 where it holds; None where nothing was measured.
    why : str
        The figures in words.
    figures : mapping of str to Estimate
        H1 ``best`` and ``price``; H2 ``median`` and ``worst`` of the gap; H3 ``sum`` and ``least`` of κ, and ``bound``,
        what the κ alone say that the excess is at most. All but κ in nats.
    """

    verdict: str
    ratio: float | None
    why: str
    figures: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.verdict == "holds"


def check_tolerance(tolerance: Any) -> None:
    real = isinstance(tolerance, (int, float, np.floating)) and not isinstance(tolerance, bool)
    if not real or not 0 < tolerance < math.log(4.0):
        raise DomainError(f"tolerance is {tolerance!r}; it must be in nats of 2·JSD, between 0 and log 4 = 1.386.")


@dataclass(frozen=True, eq=False)
class Measurements:
    """What was measured of a run, of shapes that fit together."""

    steps: np.ndarray
    excess: Estimate
    optional: Mapping[str, Estimate]
    witness: Estimate | None
    rates: np.ndarray | None
    stopped: tuple[str | None, ...]
    exact: bool
    tolerance: float
    labels: Any = None
    at_rest: str | None = None

    def __post_init__(self) -> None:
        check_tolerance(self.tolerance)
        steps, excess = np.asarray(self.steps), self.excess
        if steps.ndim != 1 or not steps.size or not (np.diff(steps) > 0).all():
            raise DomainError(f"steps is {steps!r}; it must be one-dimensional and strictly increasing.")
        if not isinstance(excess, Estimate) or len(excess.shape) != 2 or len(excess) != len(steps):
            raise DomainError(f"excess is {excess!r}; it must be an Estimate of shape ({len(steps)} records, seeds).")
        given = {name: one for name, one in self.optional.items() if one is not None}
        for name, one in given.items():
            wanted = (len(steps) - 1, self.seeds) if name == "kappa" else excess.shape
            if not isinstance(one, Estimate) or one.shape != wanted:
                raise DomainError(f"{name} is {one!r}; it must be an Estimate of shape {wanted}.")
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "optional", MappingProxyType(given))
        object.__setattr__(self, "witness", self._of_every_seed(self.witness))
        object.__setattr__(self, "rates", self._of_every_record(self.rates))
        stopped = (None,) * self.seeds if self.stopped is None else tuple(self.stopped)
        if len(stopped) != self.seeds:
            raise DomainError(f"stopped has {len(stopped)} entries; it must have one for each of {self.seeds} seeds.")
        object.__setattr__(self, "stopped", stopped)
        labels = tuple(range(self.seeds) if self.labels is None else self.labels)
        if len(labels) != self.seeds:
            raise DomainError(f"labels is {self.labels!r}; it must name each of {self.seeds} seeds.")
        object.__setattr__(self, "labels", labels)

    def _of_every_seed(self, witness: Any) -> Estimate | None:
        if witness is None:
            return None
        witness = as_estimate(witness)
        if witness.shape not in ((), (self.seeds,)):
            raise DomainError(f"witness has shape {witness.shape}; it must be one number, or of shape ({self.seeds},).")
        if not (np.isfinite(witness.value) & (np.asarray(witness.upper) >= 0)).all():
            raise DomainError(f"witness is {witness}; it must be 2·JSD of a law, a finite number >= 0.")
        value, error = (np.broadcast_to(part, (self.seeds,)) for part in (witness.value, witness.error))
        return Estimate(value, error, witness.basis)

    def _of_every_record(self, rates: Any) -> np.ndarray | None:
        if rates is None:
            return None
        array = np.asarray(rates, dtype=float)
        if array.shape != np.shape(self.steps) or not (array >= 0).all() or not array.any():
            raise DomainError(f"rates is {rates!r}; it must hold a step size >= 0 of every record, and not 0 alone.")
        return array

    @property
    def seeds(self) -> int:
        return self.excess.shape[1]

    @property
    def late(self) -> slice:
        """The last half of the records."""
        return slice(len(self.steps) // 2, None)

    @property
    def allowance(self) -> np.ndarray:
        """What D may be short of its optimum by at each record, in nats."""
        return _ALLOWED * np.maximum(np.asarray(self.excess.value), self.tolerance)

    def best(self, seeds: Sequence[int]) -> tuple[Estimate, str]:
        """The least excess among the records of these seeds, and where it was."""
        upper = np.asarray(self.excess.upper)[:, list(seeds)]
        record, column = np.unravel_index(int(np.argmin(upper)), upper.shape)
        seed = seeds[int(column)]
        where = f"at step {self.steps[record]:g}" + f" of seed {self.labels[seed]}" * (self.seeds > 1)
        return self.excess[int(record), seed], where


def in_short(number: Any) -> str:
    """A number to three digits."""
    value = float(getattr(number, "value", number))
    return "∞" if value == math.inf else f"{value:.3g}".replace("-", "−", 1 if value < 0 else 0)


# -- H1 ----------------------------------------


def capacity(run: Measurements, seed: int, best: Estimate, where: str, *, fixed: bool) -> Hypothesis:
    """H1, with the best record there is; `fixed` says that p_g's support stays as it is."""
    if run.witness is not None and run.witness[seed].upper < best.upper:
        best, where = run.witness[seed], "outside the run"
    figures = {"best": best}
    said = f"2·JSD = {in_short(best)} {where}"
    if best.upper <= run.tolerance:
        return Hypothesis("holds", float(best.value) / run.tolerance, said, figures)
    if "price" in run.optional:
        prices = run.optional["price"][:, seed]
        figures["price"] = price = prices[int(np.argmin(prices.lower))]
        if price.lower > run.tolerance and fixed:  # the support of a family moves with its parameters
            why = f"p_g's support leaves out mass of p_data: every law on it has 2·JSD ≥ {in_short(price)}"
            return Hypothesis("fails", float(price.value) / run.tolerance, why, figures)
    return Hypothesis("not shown", float(best.value) / run.tolerance, f"the best known is {said}", figures)


# -- H2 ----------------------------------------


def optimum(run: Measurements, seed: int) -> Hypothesis:
    """H2: the gap over the last half of the records."""
    if "gap" not in run.optional:
        return Hypothesis("not measured", None, "no gap was measured")
    gap, allowed = run.optional["gap"][run.late][:, seed], run.allowance[run.late, seed]
    slack = _ALLOWED * np.asarray(run.excess.error)[run.late, seed]
    ends = ((gap.lower, allowed + slack), (gap.value, allowed), (gap.upper, np.maximum(allowed - slack, _TINY)))
    least, ratio, most = (float(np.median(np.asarray(end) / size)) for end, size in ends)
    # a median moves by no more than its numbers do
    median = Estimate(float(np.median(gap.value)), float(np.max(gap.error)), gap.basis)
    figures = {"median": median, "worst": gap[int(np.argmax(gap.value))]}
    verdict = "holds" if most <= 1 else "fails" if least > 1 else "not shown"
    of = f"the gap V(G,D*) − V(G,D) is {in_short(ratio)} times what is allowed"
    why = f"{of}: median {in_short(median)}, worst {in_short(figures['worst'])} nats over the last half"
    return Hypothesis(verdict, ratio, why if np.any(gap.value) or np.any(gap.error) else "D = D*", figures)


# -- H3 ----------------------------------------


def improvement(run: Measurements, seed: int) -> tuple[Hypothesis, bool]:
    """H3, and whether C has come to rest: it fails, and not for a rise."""
    figures, shares = _shares(run, seed)
    if run.at_rest is not None and run.excess[-1, seed].upper > run.tolerance:
        why = f"{run.at_rest}, at 2·JSD = {in_short(run.excess[-1, seed])}; {shares}"
        return Hypothesis("fails", math.inf, why, figures), True
    if len(run.steps) < 3:
        return Hypothesis("not measured", None, f"too few records to tell a pace; {shares}", figures), False
    rise, where = _rise(run, seed)
    if rise > 1:
        return Hypothesis("fails", rise, where, figures), False
    last = run.excess[-1, seed]
    if last.upper <= run.tolerance:
        return Hypothesis("holds", rise, f"C fell to 2·JSD = {in_short(last)}; {shares}", figures), False
    fading, at_best, said = _fading(run, seed)
    few = len(run.steps) < _FEW and not run.exact  # a noise that cannot be told is no certainty
    verdict = "holds" if fading <= 1 else "not shown" if at_best <= 1 or few else "fails"
    return Hypothesis(verdict, max(rise, fading), f"{said}; {shares}", figures), at_best > 1 and not few


def _shares(run: Measurements, seed: int) -> tuple[dict[str, Estimate], str]:
    """The figures of κ, over the steps whose κ is told, and Σκ in words."""
    if "kappa" not in run.optional or len(run.steps) < 2:
        return {}, "κ was not measured"
    kappa = run.optional["kappa"][:, seed]
    told = np.flatnonzero(np.isfinite(np.asarray(kappa.error)))
    if not told.size:
        return {}, "no κ is told from its error"
    values, errors = np.asarray(kappa.value)[told], np.asarray(kappa.error)[told]
    total = Estimate(math.fsum(values), math.fsum(errors) + 1e-15 * float(np.abs(values).sum()), kappa.basis)
    figures = {"sum": total, "least": kappa[int(told[np.argmin(values)])]}
    if "kappa_bound" in run.optional:
        figures["bound"] = run.optional["kappa_bound"][-1, seed]
    return figures, f"Σκ = {in_short(total)}"


def _rise(run: Measurements, seed: int) -> tuple[float, str]:
    """The worst rise of C in the last half over what is allowed, and where it was."""
    value, error = (np.asarray(part)[:, seed] for part in (run.excess.value, run.excess.error))
    allowed, before = error[1:] + error[:-1], value[:-1]
    if not run.exact:  # and among laws that pass for p_data C may wander
        allowed, before = allowed + run.allowance[:-1, seed], np.maximum(before, run.tolerance)
    rise = np.maximum(value[1:] - before, 0.0)
    ratio = np.where(rise > 0, rise / np.maximum(allowed, _TINY), 0.0)
    ratio[: len(ratio) // 2] = 0.0
    at = int(np.argmax(ratio))
    here, there = (f"{in_short(value[i])} at step {run.steps[i]:g}" for i in (at, at + 1))
    return float(ratio[at]), f"C rose: 2·JSD from {here} to {there}"


def _fading(run: Measurements, seed: int) -> tuple[float, float, str]:
    """How far log C has to fall over how far it would fall in ten doublings, the same at best, and in words."""
    here = float(run.excess[-1, seed].value)
    need = math.log(max(here, run.tolerance) / run.tolerance)
    (before, noise_before), (last, noise) = _falls(run, seed)
    at_best = _projected(last + noise, max(before - noise_before, noise), 1.0 if noise > 0 else _LARGEST_PACE)
    if last <= noise:
        ratio, words = math.inf, f"C no longer falls: 2·JSD stays at {in_short(here)}"
        return ratio, need / max(float(at_best[-1]), _TINY), words
    falls = _projected(last, max(before, noise), _LARGEST_PACE)
    ratio = need / max(float(falls[-1]), _TINY)
    words = f"C falls ever less, and would end at 2·JSD = {in_short(here * math.exp(-falls[-1]))}"
    if ratio <= 1:
        times = 2 ** (int(np.searchsorted(falls, need)) + 1)
        words = f"C still falls, and would be at τ in a run about {times} times as long"
    best = min(ratio, need / max(float(at_best[-1]), _TINY))
    return ratio, best, words + ", if its noise does not mislead" * (best <= 1 < ratio)


def _projected(last: float, before: float, most: float) -> np.ndarray:
    """How far log C would fall in the next doublings of the run, by the last two falls."""
    pace = min(last / max(before, _TINY), most)
    return np.cumsum(last * pace ** np.arange(1.0, _DOUBLINGS + 1))


def _falls(run: Measurements, seed: int) -> list[tuple[float, float]]:
    """How far log C fell from T/4 to T/2 and from there to T, and the noise of each."""
    count = len(run.steps)
    if run.rates is not None:  # later it is the step that fades
        count = max(int(np.flatnonzero(run.rates >= 0.5 * run.rates.max())[-1]) + 1, 3)
    times = (run.steps[:count] - run.steps[0]).astype(float)
    value = np.maximum(np.asarray(run.excess.value)[:count, seed], _TINY)
    log_C, error = np.log(value), np.asarray(run.excess.error)[:count, seed] / value
    ends = times[-1] * np.array([0.25, 0.5, 1.0])
    if run.exact:
        at = list(zip(np.interp(ends, times, log_C), np.interp(ends, times, error), strict=True))
    else:
        at = [_about(time, times, log_C, error) for time in ends]
    return [(a - b, e + d) for (a, e), (b, d) in pairwise(at)]


def _about(time: float, times: np.ndarray, log_C: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """The mean of log C at the end of a span of time, and its noise."""
    last = int(np.searchsorted(times, time, "right"))
    first = min(int(np.searchsorted(times, _WINDOW * time, "right")), last - 1)
    late = np.diff(log_C[(len(log_C) - 1) // 2 :], 2)  # a steady fall has no second differences
    scatter = math.sqrt(float(np.mean(late**2)) / 6.0) if len(log_C) >= 5 else 0.0
    noise = float(error[first:last].max()) + 2.0 * scatter / math.sqrt(last - first)
    return float(log_C[first:last].mean()), noise
