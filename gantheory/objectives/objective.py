r"""Any objective (a, b), not only the paper's: D maximises ∫ p·a(D) + q·b(D), and the generator minimises what that is.

.. math:: D^*(x) \text{ depends on } u = p/q \text{ only}, \qquad \max_D = \int q\,f(p/q), \qquad
          f(u) = \sup_y u\,a(y) + b(y)

f is convex, so that by Jensen the criterion is at least f(1), and p_g = p_data attains it. It is attained there alone
iff f is strictly convex at 1: the objective is then *proper*. The formulas are derived and proved in
`gantheory.symbolic`; where there are none, f is the upper envelope of the lines u·a(y) + b(y), in numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.f_divergences import f_divergence
from gantheory.objectives.conjugate import conjugate_in_numbers
from gantheory.objectives.criterion import criterion_of, gap_of, value_of
from gantheory.objectives.curvature import curvature_in_numbers
from gantheory.objectives.envelope import Envelope
from gantheory.objectives.formulas import Formulas, Numbers
from gantheory.objectives.own_loss import OwnLoss
from gantheory.objectives.propriety import judged, same_value_pair
from gantheory.objectives.refutation import Counterexample, counterexample
from gantheory.objectives.scores import (
    FARTHEST,
    Losses,
    OptimalScore,
    either,
    folded_losses,
    losses_along,
    optimal_score,
    paid,
)
from gantheory.panels import EPS
from gantheory.ratio import At
from gantheory.verdict import Verdict

__all__ = ["Objective"]

Array = Any


class Objective:
    """An objective for D, and what it amounts to.

    Parameters
    ----------
    real, fake : str, sympy expression in one variable
        a(D), paid where x is real, and b(D), where it is made. Text is read by the safe grammar, in the variable D.
    domain : (low, high), default (0, 1)
        The range of D; ``(-inf, inf)`` for a D that gives any number.
    generator : str or expression, optional
        A loss ℓ(D) of the generator's own, minimised with D held fixed; without one it minimises b(D).
    name : str, optional

    Raises
    ------
    ParseError, DomainError
        For text that is no expression in D, and for losses that are constant, undefined on the domain, unbounded, or
        have more than one maximum in D.

    Attributes
    ----------
    D_star, f, conjugate : sympy.Expr or None
        D*(u), f(u) and f*(t) in closed form; None where there is none that could be confirmed.
    is_proper : Verdict
        Whether p_g = p_data alone attains the least criterion.
    derivation : Derivation
        How that is known, step by step.

    Examples
    --------
    >>> minimax = Objective("log(D)", "log(1 - D)")
    >>> minimax.D_star, minimax.f
    (u/(u + 1), u*log(u/(u + 1)) - log(u + 1))
    >>> print(minimax.divergence_name, minimax.is_proper.value)
    −2·log(2) + 2·JSD(p‖q) holds
    >>> print(minimax.criterion("norm(0, 1)", "norm(0, 1)"))
    -1.386294361119890... ± ...

    Proper, but not the paper's game:

    >>> half = Objective("log(D)", "log(1 - D)/2")
    >>> half.D_star, half.is_proper.value, half.optimum
    (2*u/(2*u + 1), 'holds', Estimate(-0.954771..., ..., 'estimate'))

    An objective that D can make as large as it likes is none:

    >>> Objective("D", "-D", domain=(-float("inf"), float("inf")))  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    gantheory.errors.DomainError: the objective is unbounded: ...
    """

    def __init__(self, real: Any, fake: Any, *, domain: Any = (0, 1), generator: Any = None, name: str = "") -> None:
        losses = Formulas.of(real, fake, domain, generator)
        self._prepare(losses, name)
        _ = losses.found  # derived now: what it refuses is refused here

    @classmethod
    def numeric(
        cls,
        a: Callable[[Array], Array],
        b: Callable[[Array], Array],
        *,
        domain: Any = (0, 1),
        generator: Callable[[Array], Array] | None = None,
        name: str = "",
    ) -> Objective:
        """An objective from functions without a formula: everything is then found in numbers, and nothing is proved.

        Parameters
        ----------
        a, b : callable
            D -> a(D), b(D), vectorised.
        domain, generator, name
            As for `Objective`.

        Examples
        --------
        >>> minimax = Objective.numeric(np.log, lambda D: np.log1p(-D))
        >>> minimax.f is None, minimax.is_proper.value
        (True, 'holds')
        >>> print(minimax.criterion("norm(0, 1)", "norm(1, 1)"))  # the exact value is -1.163451396...
        -1.16345139...
        """
        self = cls.__new__(cls)
        self._prepare(Numbers.of(a, b, domain, generator), name)
        return self

    def _prepare(self, losses: Any, name: str) -> None:
        self._losses, self.name = losses, name
        self.domain: tuple[float, float] = losses.domain
        self._envelope = Envelope(losses.real_at, losses.fake_at, *self.domain)
        if losses.generator is not None:
            self._envelope.check("generator", losses.generator_at)

    def __repr__(self) -> str:
        return (
            f"<Objective {self.name + ': ' if self.name else ''}{self._losses.words}, D in {self._losses.range_words}>"
        )

    # -- what was derived --------------------------------------------------------------------------------------------

    @property
    def real(self) -> Any:
        """a, as an expression in D, or the function that was given."""
        return self._losses.real

    @property
    def fake(self) -> Any:
        """b."""
        return self._losses.fake

    @property
    def has_closed_form(self) -> bool:
        """Whether D* and f have formulas; otherwise the object works in numbers."""
        return self._losses.f is not None

    @property
    def D_star(self) -> Any:
        """D* as an expression in u = p/q, or None."""
        return self._losses.D_star

    @property
    def f(self) -> Any:
        """f as an expression in u, or None."""
        return self._losses.f

    @property
    def conjugate(self) -> Any:
        """f* as an expression in t on the range of f′, or None."""
        return self._losses.conjugate

    @property
    def divergence_name(self) -> Any:
        """The named divergence that the criterion is, with its factor and constant; None where f is none of them."""
        return self._losses.named

    @property
    def derivation(self) -> Any:
        """The proof of all this, as checked steps."""
        return self._losses.derivation

    @cached_property
    def is_proper(self) -> Verdict:
        """Whether the criterion's minimum f(1) is attained at p_g = p_data alone."""
        return judged(self._losses.strict, self.f_at, self._envelope.size)

    @cached_property
    def improper_pair(self) -> tuple[Any, Any] | None:
        """Two different laws with the criterion of equal ones, where the objective is not proper."""
        return same_value_pair(self.f_at, self._envelope.size) if self.is_proper is Verdict.REFUTED else None

    @cached_property
    def optimum(self) -> Estimate:
        """f(1), the least criterion."""
        value, error = self.f_at(np.array(1.0))
        return Estimate(float(value), float(error), "estimate")

    @cached_property
    def curvature(self) -> Estimate | None:
        """f″(1): to second order the criterion is f(1) + ½ f″(1) ∫ (p_data − p_g)²/p_g where p_g is near p_data.

        ∞ where f has a corner at 1; None where f″ jumps there.
        """
        exact = self.exact_curvature
        if exact is not None:
            return Estimate(float(exact), 4 * EPS * abs(float(exact)) if exact.is_finite else 0.0)
        if self.has_closed_form:
            return None
        return curvature_in_numbers(self)

    @property
    def exact_curvature(self) -> Any:
        """f″(1) as a sympy number, None where there is none."""
        return self._losses.curvature

    @property
    def kinks(self) -> tuple[float, ...]:
        """The u at which f has a corner."""
        return tuple(float(kink) for kink in self._losses.kinks)

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """f′(0+) and f′(∞), between which the conjugate is."""
        found = self._losses.slopes
        if None not in found:
            return float(found[0]), float(found[1])
        values = [float(self.losses_at(self.optimal_value(np.array(r)))[0]) for r in (-500.0, 500.0)]
        return values[0], values[1]

    def counterexample(
        self, *, conjugate_on: tuple[float, float] | None = None, **claimed: Any
    ) -> Counterexample | None:
        """The simplest u at which a claimed f, D_star, conjugate or optimum fails, or None where none was found.

        Parameters
        ----------
        f, D_star : str, expression or callable, in u
        conjugate : str, expression or callable, in t
        optimum : float
        conjugate_on : (low, high), optional
            Where the conjugate is claimed; on the range of f′ unless given.

        Examples
        --------
        >>> pearson = Objective("D", "-D**2/4 - D", domain=(-2, "inf"))
        >>> print(pearson.counterexample(conjugate="t**2/2 + t"))
        at u = 2: f**(u) would be 0.5, and is 1
        >>> pearson.counterexample(conjugate="t**2/4 + t") is None
        True
        """
        if not claimed:
            raise DomainError("nothing is claimed; give f=, D_star=, conjugate= or optimum=.")
        found = (counterexample(self, what, claim, conjugate_on) for what, claim in claimed.items())
        return next((one for one in found if one is not None), None)

    @property
    def is_bounded(self) -> bool:
        """Whether f(0) and lim f(u)/u are known to be finite, so that the criterion is finite for every pair."""
        return all(map(math.isfinite, self.ends))

    @cached_property
    def ends(self) -> tuple[float, float]:
        """f(0) and lim f(u)/u as u grows: what mass of p_g alone and of p_data alone is worth."""
        known = self._losses.ends if self.has_closed_form else (None, None)
        low, high = (seen if end is None else end for end, seen in zip(known, self._envelope.ends))
        return low, high

    @cached_property
    def answers_u(self) -> bool:
        """Whether D* depends on u at all."""
        return bool(np.ptp(self.optimal_value(np.array([-2.0, -0.3, 0.3, 2.0]))) > 1e-6)

    def constant_score(self) -> float:
        """A value inside the range of D: D* at u = ½."""
        return float(self.optimal_value(np.array(-math.log(2.0))))

    def envelope(self, u: Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """max over D of u·a(D) + b(D) in numbers, the D that attains it, and how far the maximum may be off."""
        return self._envelope.sharply(u)

    def conjugate_at(self, t: Array) -> np.ndarray:
        """f*(t) = sup over u ≥ 0 of u·t − f(u): −f(0) below the range of f′, ∞ above it, and nan where t is.

        By its formula in that range, in numbers where there is none.
        """
        if self.conjugate is None:
            return conjugate_in_numbers(self, t)
        low, high = self.slopes
        t = np.asarray(t, dtype=float)
        found = np.where(t < low, -self.ends[0], self._losses.conjugate_at(np.clip(t, low, high)))
        return np.where(t > high, np.inf, found)

    # -- the generator -----------------------------------------------------------------------------------------------

    @cached_property
    def own_loss(self) -> OwnLoss | None:
        """What the generator's own loss descends with D* held fixed; None where it has none of its own."""
        return None if self._losses.generator is None else OwnLoss(self)

    @cached_property
    def pull(self) -> Any:
        """|ℓ′(D*)|·dD/da where D rejects the samples (u → 0): 0 is a loss that saturates. None where not known.

        ℓ is the generator's own loss, or b; a is the unbounded score behind D (its logit, for a D in (0, 1)).
        """
        return self._losses.pull

    @property
    def saturates(self) -> bool | None:
        """Whether the generator's gradient fades where D is sure; None where it is not known."""
        return None if self.pull is None else bool(self.pull == 0)

    # -- numbers at u, at r = log u and at D -------------------------------------------------------------------------

    def f_at(self, u: Array) -> tuple[np.ndarray, np.ndarray]:
        """f(u) and how far it may be off."""
        with np.errstate(all="ignore"):  # u = 0 is as good as any
            r = np.log(np.asarray(u, dtype=float))
            below, above, own = self._folded(r)
            return np.where(r > 0, above * u, below), own * np.maximum(1.0, u)

    def _folded(self, r: Array) -> tuple[Array, Array, Array]:
        """f(u), f(u)/u and their rounding."""
        if self.has_closed_form:
            below, above = self._losses.f_on_log(r), self._losses.f_over_u_on_log(r)
            size = np.where(np.asarray(r) > 0, above, below)
            return below, above, 16 * EPS * (1.0 + np.where(np.isfinite(size), np.abs(size), 0.0))
        with np.errstate(all="ignore"):
            r = np.asarray(r, dtype=float)
            inside = np.clip(r, -FARTHEST, FARTHEST)
            f, _, error = self._envelope(np.exp(inside))
            over_u = f * np.exp(-inside)
            below = np.where(np.isneginf(r), self.ends[0], f)
            above = np.where(np.isposinf(r), self.ends[1], over_u)
            # farther on it is between what it is there and its limit: an infinite one leaves it unknown
            unsure = np.where(r < -FARTHEST, np.abs(self.ends[0] - f), np.abs(self.ends[1] - over_u))
            unsure = np.where(np.isfinite(r) & (np.abs(r) > FARTHEST), unsure, 0.0)
            return below, above, error * np.exp(-np.maximum(inside, 0.0)) + unsure

    def optimal_value(self, r: Array) -> np.ndarray:
        """D* where log(p/q) = r."""
        if self.has_closed_form:
            return self._losses.D_on_log(r)
        with np.errstate(all="ignore"):
            return self._envelope(np.exp(np.clip(r, -FARTHEST, FARTHEST)))[1]

    def losses_at(self, y: Array) -> tuple[Array, Array]:
        """a(D), b(D)."""
        with np.errstate(all="ignore"):
            return self._losses.real_at(y), self._losses.fake_at(y)

    def losses_at_best(self, r: Array, rounding: Array) -> Losses:
        """a(D*) and b(D*) where log(p/q) = r."""
        if self.has_closed_form:
            reals = (self._losses.real_times_u_on_log, self._losses.real_on_log, -1)
            fakes = (self._losses.fake_over_u_on_log, self._losses.fake_on_log, 1)
            return folded_losses(r, lambda s: (either(s, *reals), either(s, *fakes)), rounding)
        return folded_losses(r, self._folded_in_numbers)

    def _folded_in_numbers(self, r: Array) -> tuple[Array, Array]:
        """u·a(D*), or a(D*) where u > 1; and b(D*), or b(D*)/u."""
        near = np.where(
            np.isfinite(r), np.clip(r, -FARTHEST, FARTHEST), 0.0
        )  # beyond, u·a and b/u stay what they are there
        real, fake = self.losses_at(self.optimal_value(r))
        return real * np.exp(np.minimum(near, 0.0)), fake * np.exp(-np.maximum(near, 0.0))

    def losses_at_logit(self, level: Array, rounding: Array) -> Losses:
        """a(D), b(D) of a D in (0, 1) given by its logit."""
        if self.domain != (0.0, 1.0):
            raise DomainError(
                f"D is a Discriminator, which gives probabilities; D must lie in {self._losses.range_words} here. "
                "Give a function of x with values there."
            )
        real, fake = self._losses.on_logit
        return losses_along(level, lambda s: (real(s), fake(s)), rounding)

    def checked_scores(self, values: Array, x: Array | None = None) -> np.ndarray:
        """Numbers in the range of D, its ends included."""
        values = np.asarray(values, dtype=float)
        wrong = ~((values >= self.domain[0]) & (values <= self.domain[1]))
        if wrong.any():
            where = "" if x is None else f" at x = {float(np.broadcast_to(x, values.shape)[wrong][0])!r}"
            raise DomainError(
                f"D is {float(values[wrong][0])!r}{where}; its values must lie in {self._losses.range_words}. "
                "Change D, or the objective's domain=(low, high)."
            )
        return values

    # -- the four verbs ----------------------------------------------------------------------------------------------

    def value(
        self, p_data: Any, p_g: Any, D: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """∫ p·a(D) + q·b(D) for any D.

        Parameters
        ----------
        p_data, p_g : Density or anything `as_density` accepts; with `grid`, arrays of shape (..., n)
        D : callable, number, Discriminator (for a D in (0, 1)), or what `optimal_discriminator` gives
            With `grid`, an array of values does too.
        grid, rtol, atol
            As in `gantheory.value`.

        Examples
        --------
        >>> hinge = Objective("min(0, D - 1)", "min(0, -D - 1)", domain=(-float("inf"), float("inf")))
        >>> print(hinge.value("norm(0, 1)", "norm(1, 1)", 0.0))
        -2.000000000000000... ± ...
        """
        what, breakpoints = paid(self, D, grid)
        rtol = rtol if self.has_closed_form else max(rtol, 1e-8)
        return value_of(p_data, p_g, what, breakpoints, self.is_bounded, grid, rtol, atol)

    def optimal_discriminator(self, p_data: Any, p_g: Any, /, *, grid: Any = None) -> OptimalScore:
        """D*(x), which depends on p/q alone.

        Examples
        --------
        >>> half = Objective("log(D)", "log(1 - D)/2")
        >>> float(half.optimal_discriminator("norm(0, 1)", "norm(1, 1)")(0.5))
        0.6666666666666...
        """
        return optimal_score(self.optimal_value, p_data, p_g, grid)

    def criterion(
        self, p_data: Any, p_g: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """The maximum over D, ∫ p·a(D*) + q·b(D*); at least f(1).

        Raises
        ------
        ConvergenceError
            If the panels are exhausted, as where p's tail is too heavy for f.
        """
        rtol = rtol if self.has_closed_form else max(rtol, 1e-8)
        if self.kinks:
            # taken off its value and mean slope at the kink, f is 0 there: on a grid nothing is lost between two points
            rest = criterion_of(p_data, p_g, self._from_kink, self._kink, True, grid, rtol, atol)
            return self.optimum + rest
        found = criterion_of(p_data, p_g, self._folded, self._kink, self.is_bounded, grid, rtol, atol)
        if self.has_closed_form:
            return found
        # f(0) and the slope at infinity, which mass of one law alone is paid, were sought and not derived
        sought = sum(abs(end) for end in self.ends if math.isfinite(end))
        return Estimate(found.value, found.error + 64 * EPS * (1.0 + sought), "estimate")

    def _from_kink(self, r: Array) -> tuple[Array, Array, Array]:
        """f(u) − f(1) − c·(u − 1), c the mean slope at the first kink."""
        at = self.kinks[0]
        slope = float(np.mean(self.losses_at(self.optimal_value(math.log(at) + np.array([-1e-9, 1e-9])))[0]))
        below, above, own = self._folded(r)
        start, _ = self.f_at(np.array(1.0))
        with np.errstate(all="ignore"):
            u, w = np.exp(np.minimum(r, 0.0)), np.exp(np.minimum(-np.asarray(r), 0.0))
            return below - start - slope * (u - 1.0), above - start * w - slope * (1.0 - w), 2 * own

    def optimality_gap(
        self, p_data: Any, p_g: Any, D: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """criterion − value ≥ 0, as one integral of terms that are not negative.

        Examples
        --------
        >>> minimax = Objective("log(D)", "log(1 - D)")
        >>> print(minimax.optimality_gap("norm(0, 1)", "norm(1, 1)", 0.5))  # 2 JSD
        0.22284296436947... ± ...
        """
        what, breakpoints = paid(self, D, grid)
        rtol = rtol if self.has_closed_form else max(rtol, 1e-8)
        return gap_of(p_data, p_g, self._folded, what, breakpoints, grid, rtol, atol)

    def divergence(
        self, p_data: Any, p_g: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """∫ q f(p/q) by `f_divergence`, which is told f and nothing of D: the second road to the criterion."""
        ends = self.ends
        return f_divergence(
            p_data,
            p_g,
            self._plain_f,
            at_zero=ends[0],
            slope_at_infinity=ends[1],
            grid=grid,
            rtol=rtol,
            atol=atol,
        )

    def _plain_f(self, u: Array) -> Array:
        return self._losses.f_plain(u) if self.has_closed_form else self._envelope(u)[0]

    @property
    def _kink(self) -> Callable[[At], Array] | None:
        levels = [math.log(float(k)) for k in (*self._losses.kinks, *self._losses.joins)]
        if not levels:
            return None
        return lambda at: np.prod([at.r - level for level in levels], axis=0)
