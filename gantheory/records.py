r"""What is measured of a run with networks at one record: exact p_g, C(G), and what Proposition 2 asks of D and G.

.. math:: V(G,D),\quad V(G,D^*) - V(G,D),\quad C(G),\quad
          C\text{ at } \tfrac12(p_{data} + p_g),\quad \sup|D - D^*|

p_g is computed from the generator, never estimated from its draws. All seeds are measured in one sweep where their laws
can be had in one; elsewhere one after the other. What a seed's record says does not depend on the seeds beside it.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.mixture import Mixture
from gantheory.discriminator import Discriminator, log_sigmoid
from gantheory.divergences import TOTAL_VARIATION, js_divergence, js_terms
from gantheory.ensemble import Ensemble, Sweep
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.expectation import pair_expectation
from gantheory.gains import capacity_price
from gantheory.game import CRITERION, bernoulli_divergence, criterion, optimality_gap, value
from gantheory.integrals import Functional, Terms
from gantheory.mlp import MLP
from gantheory.panels import Points
from gantheory.ratio import At, log_ratio_at
from gantheory.unresolved import guesses, in_range, may_be_followed, unknown

__all__ = ["Measured", "folds_of", "measured"]

Array = Any
Measured = Mapping[str, Estimate]  # by name, each of shape (seeds,)
LOG_2 = math.log(2.0)
_LIVES = 1e-6  # a law's mass about a node, below which it does not live there
_ALONE = 1e-8  # rtol of one member's integrals
_COVERED = math.log(10.0)
_FAR, _GRAIN = 8.0, 1e9  # of p_data's quartiles: where the rounding of an opaque G tells, and where nothing else does
_POOR = 1e-6  # an error of 2·JSD that is worth the time of the exact law
_MOST_PIECES, _MOST_BRANCHES = 600, 64  # of one G, in a sweep and alone: the time goes with their square


def measured(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None = None, *, rtol: float = 1e-9) -> Measured:
    """What is known of the laws of an ensemble against p_data, and of a discriminator for each.

    A network too steep for the sweep, as one that diverges, or a function that turns some hundred times, is not taken
    apart at a cost of minutes: its record says how far the measurement may be off, which is as far as it can be.

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

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> found = measured(Normal(0, 1), Ensemble(["z", "2*z"]))
    >>> print(found["excess"].value.round(6))
    [0.       0.185467]
    """
    found = _measured(p_data, laws, D, rtol)
    return {name: in_range(name, one) for name, one in found.items()}


def _measured(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None, rtol: float) -> Measured:
    if not (laws.is_smooth and p_data.in_x and not p_data.rounds_x):
        alone = [Ensemble([generator], laws.prior) for generator in laws.generators]
        return _joined([_of_its_law(p_data, one, None if D is None else D[i]) for i, one in enumerate(alone)])
    try:
        found = _in_one_sweep(p_data, laws, D, rtol)
    except ConvergenceError:  # of one member at least, and the others are not to know of it
        if len(laws) > 1:
            return _in_halves(p_data, laws, D, rtol)
        return _joined([_of_a_steep_one(p_data, laws, None if D is None else D[0])])
    return _without_gaps(found, p_data, laws, D)


def folds_of(laws: Ensemble) -> Estimate:
    """How many folds each generator has where z lives, (seeds,): critical points, at which p_g has a pole."""
    try:
        found = _folds(laws)
    except ConvergenceError:
        if len(laws) > 1:
            return _one_after_the_other([folds_of(half) for half in laws.halves()])
        return Estimate(np.zeros(1), np.full(1, np.inf), "estimate")
    return Estimate(np.array(found, dtype=float), np.zeros(len(laws)), "estimate")


def _folds(laws: Ensemble) -> list[int]:
    if not laws.is_smooth:
        return [len(law.critical_points) for law in laws]
    rows = laws.expansions
    return [len(np.unique(rows.z[(rows.owner == i) & (rows.order == 2)])) for i in range(len(laws))]


def _in_halves(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None, rtol: float) -> Measured:
    halves = laws.halves()
    beside = [None, None] if D is None else [D[: len(halves[0])], D[len(halves[0]) :]]
    found = [_measured(p_data, half, own, rtol) for half, own in zip(halves, beside, strict=True)]
    return {name: _one_after_the_other([part[name] for part in found]) for name in found[0]}


def _joined(rows: Sequence[Mapping[str, Estimate]]) -> Measured:
    return {name: _stacked([row[name] for row in rows]) for name in rows[0]}


def _stacked(found: Sequence[Estimate]) -> Estimate:
    values, errors = (np.array([float(getattr(one, part)) for one in found]) for part in ("value", "error"))
    return Estimate(values, errors, "estimate")


def _one_after_the_other(found: Sequence[Estimate]) -> Estimate:
    values, errors = (np.concatenate([getattr(one, part) for one in found]) for part in ("value", "error"))
    return Estimate(values, errors, "estimate")


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


def _nothing(at: At) -> Terms:
    return Terms(np.zeros(np.shape(at.r)), None)


_HALFWAY = Functional(_halfway, defect=LOG_2)
_EXCESS = Functional(_twice_js, defect=LOG_2)
_COVERAGE = Functional(_covered, defect=1.0)
_VARIATION = TOTAL_VARIATION._replace(kink=None)  # six digits come sooner by halving than by looking for where p = q
_MASS = Functional(_nothing, False, defect=1.0)  # its error is that of p_g's mass


# -- all members in one sweep ----------------------------------------


def _in_one_sweep(p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None, rtol: float) -> dict[str, Estimate]:
    with np.errstate(all="ignore"):  # a G that gives nan is told by its own error
        if np.bincount(laws.expansions.owner).max() > _MOST_PIECES:
            raise ConvergenceError(f"G has more than {_MOST_PIECES} pieces.")
        sweep = laws.sweep(p_data)
    found = {
        "criterion": sweep.expectation(CRITERION, rtol, 1e-12),
        "excess": sweep.expectation(_EXCESS, rtol, 1e-15),
        "halfway": sweep.expectation(_HALFWAY, rtol, 1e-15),
        "total_variation": sweep.expectation(TOTAL_VARIATION, 1e-4, 1e-6),
        "coverage": sweep.expectation(_COVERAGE, 1e-6, 1e-6),
        "price": _prices(_held(p_data, laws)),
    }
    if D is None:
        return found
    levels = _Levels(D, sweep)
    missing = np.asarray(sweep.expectation(_MASS, 1.0, 1.0).error) * levels.largest()
    for name, terms, atol in (("value", levels.value, 1e-12), ("gap", levels.gap, 1e-15)):
        one = sweep.expectation(Functional(terms, False), rtol, atol)
        found[name] = Estimate(one.value, one.error + missing, "estimate")
    found["discriminator_error"] = levels.sup()
    return found


def _without_gaps(
    found: dict[str, Estimate], p_data: Any, laws: Ensemble, D: Sequence[Discriminator] | None
) -> Measured:
    """A member with a number that is none, as where D is 0 on p_data, is taken alone: there an infinity is a value.

    So is a function that the sweep does not resolve, as z³, whose critical point is of a higher order; and one whose
    values lie far from 0, where their rounding is more than the sweep knows of.
    """
    network = np.array([isinstance(generator.G, MLP) for generator in laws.generators])
    told = network | ((np.asarray(found["excess"].error) <= _POOR) & ~laws.contradicted)
    told &= ~_is_far(p_data, laws, _FAR)
    for one in found.values():
        told &= np.isfinite(one.value) & np.isfinite(one.error)
    if told.all():
        return found
    rows = [
        {name: one[i] for name, one in found.items()}
        if told[i]
        else _of_one_in_time(p_data, laws, i, None if D is None else D[i])
        for i in range(len(laws))
    ]
    return _joined(rows)


def _is_far(p_data: Any, laws: Ensemble, ratio: float) -> np.ndarray:
    """Members that are no text, with values many times p_data's own scale: they are rounded to a grain that tells."""
    rows, size = laws.expansions, np.zeros(len(laws))
    np.maximum.at(size, rows.owner, np.maximum(np.abs(rows.low), np.abs(rows.high)))
    low, high = (float(x) for x in p_data.ppf(np.array([0.25, 0.75])))
    opaque = np.array([not generator.text for generator in laws.generators])
    return opaque & (size > ratio * (high - low)) & (high > low)


def _of_one_in_time(p_data: Any, laws: Ensemble, i: int, D: Discriminator | None) -> Mapping[str, Estimate]:
    """By the exact law; where that does not come to rest, or G is all but its rounding, what is known."""
    one = Ensemble([laws.generators[i]], laws.prior)
    if _is_far(p_data, laws, _GRAIN)[i]:
        return guesses(p_data, one, D)
    try:
        return _of_one(p_data, laws[i], D)
    except ConvergenceError:
        return guesses(p_data, one, D)


def _held(p_data: Any, laws: Ensemble) -> np.ndarray:
    """p_data's mass within the range of each G, where z may lie anywhere in the prior's support."""
    rows, ends = laws.expansions, [float(end) for end in laws.prior.support()]
    held = np.empty(len(laws))
    for i, generator in enumerate(laws.generators):
        own = rows.owner == i
        if isinstance(generator.G, MLP):
            far = _limits(generator.G, [end for end in ends if math.isinf(end)])
            low, high = min(rows.low[own].min(), *far, math.inf), max(rows.high[own].max(), *far, -math.inf)
            pieces = [(low, high)]
        else:
            pieces = laws[i].intervals() if np.isinf(ends).any() else [(rows.low[own].min(), rows.high[own].max())]
        held[i] = sum(_mass(p_data, a, b) for a, b in pieces)
    return held


def _limits(network: MLP, ends: Sequence[float]) -> list[float]:
    """G(±inf) of a tanh network: where its skip leads, or the value of its saturated layers."""
    skip = float(network.skip)
    if skip:
        return [math.copysign(math.inf, end * skip) for end in ends]
    with np.errstate(all="ignore"):
        return network(np.copysign(1e290, np.array(ends, dtype=float))).tolist()


def _mass(p: Any, low: float, high: float) -> float:
    """Of the closed interval."""
    return float(p.cdf(high) - p.cdf(np.nextafter(low, -np.inf))) if math.isfinite(low) else float(p.cdf(high))


def _prices(mass: np.ndarray) -> Estimate:
    shares = [Estimate(min(max(float(a), 0.0), 1.0), 1e-15, "estimate") for a in mass]
    return _stacked([capacity_price(share) for share in shares])


class _Levels:
    """The logits of an ensemble's discriminators at the nodes of a sweep, and what is made of them."""

    def __init__(self, D: Sequence[Discriminator], sweep: Sweep) -> None:
        self.D, self.sweep = D, sweep
        self._logits = [one.under_a_pair() for one in D]
        self._at_nodes = self._evaluated(sweep.at)

    def __call__(self, at: At) -> tuple[np.ndarray, np.ndarray]:
        return self._at_nodes if at is self.sweep.at else self._evaluated(at)

    def _evaluated(self, at: At) -> tuple[np.ndarray, np.ndarray]:
        """Logits, and what they may be off by."""
        shape = np.broadcast_shapes(np.shape(at.points.x), np.shape(at.r))
        level, rounding = np.empty(shape), np.zeros(shape)
        owner = at.points.owner  # type: ignore[attr-defined]
        for i in np.unique(owner):
            rows = owner == i
            level[rows], rounding[rows] = self._logits[i](_rows(at, rows, shape))
        return level, rounding

    def largest(self) -> np.ndarray:
        """What a unit of mass that is missing may be worth, by the logits where there is mass."""
        at, size = self.sweep.at, np.abs(self(self.sweep.at)[0])
        held = (np.maximum(at.log_p, at.log_q) > -60.0) & np.isfinite(size)
        return LOG_2 + self._worst(np.where(held, size, 0.0))

    def value(self, at: At) -> Terms:
        level, rounding = self(at)
        return Terms(
            log_sigmoid(level), log_sigmoid(-level), special.expit(-level) * rounding, special.expit(level) * rounding
        )

    def gap(self, at: At) -> Terms:
        level, rounding = self(at)
        gap, noise = bernoulli_divergence(at.r, level)
        apart = np.abs(level - at.r)
        apart = np.where(np.isfinite(apart), np.minimum(apart, 1e3), 0.0)  # infinite logits are exact
        noise = noise + apart * special.expit(at.r) * special.expit(-at.r) * at.rounding_r
        noise = noise + np.minimum(apart, 1.0) * rounding
        return Terms(gap, gap, noise, noise)

    def sup(self) -> Estimate:
        """sup |D − D*| over the nodes where either law lives, and p_data's atoms.

        What lies between two nodes is not seen: the error is what the difference moves by from one to the next.
        """
        at, factor = self.sweep.at, self.sweep.factor
        lives = np.exp(np.maximum(at.log_p, at.log_q)) * factor > _LIVES
        apart = special.expit(self(at)[0]) - special.expit(at.r)
        largest = self._worst(np.where(lives, np.abs(apart), 0.0))
        between = self._worst(np.where(lives[:, 1:] & lives[:, :-1], np.abs(np.diff(apart, axis=1)), 0.0))
        atoms = self.sweep.p.atoms()[0]
        if len(atoms):  # where no p_g of a sweep has one: D* is 1
            beside = np.array([float((1.0 - special.expit(D.logit(atoms))).max()) for D in self.D])
            largest = np.maximum(largest, beside)
        return Estimate(largest, np.minimum(between, 1.0), "estimate")

    def _worst(self, values: np.ndarray) -> np.ndarray:
        """The largest number of each member's rows."""
        found = np.zeros(self.sweep.size)
        np.maximum.at(found, self.sweep.at.points.owner, values.max(axis=1))  # type: ignore[attr-defined]
        return found


def _rows(at: At, rows: np.ndarray, shape: tuple[int, ...]) -> At:
    """Some rows of a pair at points."""
    anchor, offset, *rest = (
        np.broadcast_to(part, shape)[rows]
        for part in (at.points.anchor, at.points.offset, at.log_p, at.log_q, at.r)
    )  # fmt: skip
    roundings = [np.broadcast_to(part, shape)[rows] for part in (at.rounding_p, at.rounding_q, at.rounding_r)]
    return At(Points(anchor, offset, at.points.atomic), *rest, *roundings)


# -- one after the other ----------------------------------------


def _of_a_steep_one(p_data: Any, laws: Ensemble, D: Discriminator | None) -> Mapping[str, Estimate]:
    """A function of z that is no network is given the time that the exact law takes, where that is seconds."""
    if not isinstance(laws.generators[0].G, MLP) and may_be_followed(laws):
        try:
            return _of_one(p_data, laws[0], D)
        except ConvergenceError:
            pass
    return guesses(p_data, laws, D)


def _of_its_law(p_data: Any, laws: Ensemble, D: Discriminator | None) -> Mapping[str, Estimate]:
    """By the exact law of the one member, but where that takes minutes."""
    return _of_one(p_data, laws[0], D) if may_be_followed(laws) else guesses(p_data, laws, D)


def _of_one(p_data: Any, p_g: Any, D: Discriminator | None) -> dict[str, Estimate]:
    """By the functions of one pair; where one of them does not come to rest, or takes minutes, what is known."""
    if p_g.generator.pieces is None and len(p_g.branches) > _MOST_BRANCHES:
        return guesses(p_data, Ensemble([p_g.generator], p_g.prior), D)
    ranges = p_g.intervals().tolist()
    apart = [x for x in p_g.atoms()[0] if not any(a <= x <= b for a, b in ranges)]
    held = sum(_mass(p_data, a, b) for a, b in [*ranges, *zip(apart, apart, strict=True)])
    middle = Mixture([p_data, p_g], [0.5, 0.5])
    found = {
        "criterion": _told("criterion", lambda: criterion(p_data, p_g, rtol=_ALONE)),
        "excess": _told("excess", lambda: 2 * js_divergence(p_data, p_g, rtol=_ALONE)),
        "halfway": _told("halfway", lambda: 2 * js_divergence(p_data, middle, rtol=_ALONE)),
        "total_variation": _told(
            "total_variation", lambda: pair_expectation(p_data, p_g, _VARIATION, rtol=1e-6, name="TV")
        ),
        "coverage": _coverage(p_data, p_g),
        "price": _prices(np.array([held]))[0],
    }
    if D is not None:
        found["value"] = _told("value", lambda: value(p_data, p_g, D, rtol=_ALONE))
        found["gap"] = _told("gap", lambda: optimality_gap(p_data, p_g, D, rtol=_ALONE))
        found["discriminator_error"] = _sup_of_one(p_data, p_g, D)
    return found


def _told(name: str, quantity: Callable[[], Estimate]) -> Estimate:
    try:
        return quantity()
    except ConvergenceError as error:
        best = error.best
        known = isinstance(best, Estimate) and not np.isnan(best.value) and not np.isnan(best.error)
        return best if known else unknown(name)


def _coverage(p_data: Any, p_g: Any) -> Estimate:
    n = 4000
    held = log_ratio_at(p_data, p_g)(Points.at(p_data.ppf((np.arange(n) + 0.5) / n)))[0] <= _COVERED
    changes = np.count_nonzero(np.diff(held))
    return Estimate(float(np.mean(held)), (changes + 1) / n, "estimate")


def _sup_of_one(p_data: Any, p_g: Any, D: Discriminator) -> Estimate:
    """sup |D − D*| over quantiles of both laws, and their atoms."""
    far = np.geomspace(_LIVES, 1e-3, 20)
    u = np.concatenate([far, (np.arange(2000) + 0.5) / 2000, 1.0 - far])
    fake = p_g.generator(p_g.prior.ppf(u))  # a quantile of p_g itself would be bisected
    x = np.unique(np.concatenate([p_data.ppf(u), fake, p_data.atoms()[0], p_g.atoms()[0]]))
    apart = special.expit(D.logit(x)) - special.expit(log_ratio_at(p_data, p_g)(Points.at(x))[0])
    step = float(np.abs(np.diff(apart)).max(initial=0.0))
    return Estimate(float(np.abs(apart).max()), min(step, 1.0), "estimate")
