r"""Best fits: the law of a family that is nearest to p_data, in each divergence's own sense of near.

A family that does not hold p_data cannot reach C = -log 4, and what is best depends on the divergence: KL(p‖q) covers
every mode of p, KL(q‖p) prefers one, the Jensen–Shannon divergence, which the GAN of [1]_ descends, lies between. The
experiment is that of [2]_: the best normal law for a mixture of two, under each divergence, and every divergence at
every optimum. An infinite value is reported as one: Pearson's ∫(p-q)²/q is, where q's tails are lighter than p²'s.

For D_f(p‖q) = ∫ q f(p/q) and a family without edges, the gradient is that of its mass's motion at velocity v,

.. math:: \nabla_\theta D_f(p\|q_\theta) = -\int q\,u^2 f''(u)\,(s_p - s_q)\,v\,dx, \quad u = p/q,\ s = \partial_x\log.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.
.. [2] Nowozin, Cseke and Tomioka, "f-GAN", NIPS 2016, arXiv:1606.00709, section 4 and table 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gantheory.densities import Mixture, as_density
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.families import Family, LocationScale
from gantheory.moving_law import MovingLaw, vector_integral
from gantheory.panels import EPS, Edges, Panels, Points, panels
from gantheory.quasi_newton import Change, quasi_newton
from gantheory.ratio import At, pair_at
from gantheory.score import score_at

__all__ = ["DIVERGENCES", "Fit", "NoFitError", "ProjectionTable", "best_fit", "pearson_divergence", "projection_table"]

Array = Any


# -- Pearson's divergence ----------------------------------------


def pearson_divergence(p: Any, q: Any, /, *, rtol: float = 1e-12) -> Estimate:
    r"""Pearson's χ² of a model q, the f-divergence of (u - 1)².

    .. math:: \chi^2(p\|q) = \int \frac{(p - q)^2}{q}\, dx

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts
        Without atoms.
    rtol : float

    Returns
    -------
    Estimate
        In [0, inf]; +inf where p is not dominated by q, or p² by q in a tail. Basis "estimate".

    Raises
    ------
    DomainError
        If a law has atoms.
    ConvergenceError
        If the integral does not settle.

    Examples
    --------
    >>> print(pearson_divergence("norm(0, 1)", "norm(1, 1)"))  # e - 1
    1.71828182845904... ± ...
    >>> print(pearson_divergence("norm(0, 1)", "norm(0, 0.7)"))  # 1/0.7² > 2
    ∞
    """
    p, q = as_density(p), as_density(q)
    if len(p.atoms()[0]) or len(q.atoms()[0]):
        raise DomainError(f"p is {p} and q is {q}; pearson_divergence is for laws without atoms: use f_divergence.")
    if p == q:
        return Estimate(0.0)
    if math.isinf(kl_divergence(p, q).value) or any(_diverges(p, q, side) for side in (-1, 1)):
        return Estimate(math.inf)
    pair = pair_at(p, q)

    def integrand(x: Points) -> tuple[Array, Array]:
        at = pair(x)
        big = at.r > 1.0
        far = at.r + np.log1p(-np.exp(-np.where(big, at.r, 1.0)))  # log |u - 1|
        near = np.log(np.abs(np.expm1(np.where(big, 0.0, at.r))))
        value = np.exp(at.log_q + 2.0 * np.where(big, far, near))
        steep = 2.0 * np.exp(at.log_q + at.r + np.where(big, far, near))  # dχ²/dr
        rounding = np.where(np.isfinite(at.r), at.rounding_r, 0.0)
        return _told(value)[None], _told(value * (at.rounding_q + 8 * EPS) + steep * rounding)[None]

    value, error = vector_integral(_cells(p, q), integrand, rtol=rtol)
    return Estimate(float(value[0]), float(error[0]), "estimate")


def _told(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)


@lru_cache(maxsize=64)
def _middle(law: Any) -> tuple[float, float]:
    """The median, and the distance of the quartiles."""
    low, middle, high = (float(law.ppf(u)) for u in (0.25, 0.5, 0.75))
    return middle, high - low


def _log_tail(p: Any, q: Any, x: Array) -> Array:
    """log(p²/q)."""
    with np.errstate(all="ignore"):
        return 2.0 * np.asarray(p.logpdf(x)) - np.asarray(q.logpdf(x))


def _diverges(p: Any, q: Any, side: int) -> bool:
    """Whether p²/q is not integrable in a tail: |x| p²/q does not fall there."""
    if math.isfinite(p.support()[(side + 1) // 2]):
        return False
    centre, width = _middle(p)
    x = centre + side * (width + _middle(q)[1]) * 10.0 ** np.arange(3.0, 9.0)
    log = _log_tail(p, q, x) + np.log(np.abs(x))
    return bool((np.diff(log) >= -1e-6).all())


def _cells(p: Any, q: Any) -> Panels:
    """The panels of both laws, and beyond them to where p²/q has fallen below the floats."""
    ends = []
    centre, width = _middle(p)
    for side in (-1, 1):
        x = centre + side * width * 2.0 ** np.arange(0.0, 100.0)
        low, high = p.support()
        seen = (x > low) & (x < high)
        ends += x[seen & (np.cumsum(_log_tail(p, q, x) < -800.0) <= 1)].tolist()
    return panels(Edges.union([p.edges, q.edges, Edges.at([], 0.0, ends)]))


# -- the divergences, and their gradients ----------------------------------------


@dataclass(frozen=True)
class _Divergence:
    """A divergence of p_data and p_g, and log(q u² f''(u))."""

    name: str
    of: Callable[[Any, Any], Estimate]
    log_weight: Callable[[At], Array]


def _jeffreys(p: Any, q: Any) -> Estimate:
    return kl_divergence(p, q) + kl_divergence(q, p)


def _log_harmonic(at: At) -> Array:
    """log of half the harmonic mean, pq/(2(p + q))."""
    return np.minimum(at.log_p, at.log_q) - np.log1p(np.exp(-np.abs(at.r))) - math.log(2.0)


DIVERGENCES: Mapping[str, _Divergence] = {
    "kl": _Divergence("KL(p‖q)", kl_divergence, lambda at: at.log_p),
    "reverse kl": _Divergence("KL(q‖p)", lambda p, q: kl_divergence(q, p), lambda at: at.log_q),
    "js": _Divergence("JSD", js_divergence, _log_harmonic),
    "jeffreys": _Divergence("Jeffreys", _jeffreys, lambda at: np.logaddexp(at.log_p, at.log_q)),
    "pearson": _Divergence("Pearson", pearson_divergence, lambda at: 2.0 * at.log_p - at.log_q + math.log(2.0)),
}


def _gradient(p: Any, family: Family, divergence: _Divergence, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    moving = MovingLaw(p, family, theta)
    if any(event.moves.any() or moving.flux_through(event).any() for event in moving.events):
        raise DomainError(
            "an edge or a fold of p_g moves, or mass crosses a jump of p_data; best_fit is for laws without."
        )

    def integrand(x: Points) -> tuple[Array, Array]:
        at = moving.pair(x)
        of_p, of_q = score_at(p, x), score_at(moving.law, x)
        weight = np.exp(divergence.log_weight(at))
        velocity = moving.velocity(x)
        value = -weight * (of_p - of_q) * velocity
        size = weight * (np.abs(of_p) + np.abs(of_q)) * np.abs(velocity)
        return _told(value), _told(8 * EPS * size + 2.0 * (at.rounding_q + at.rounding_p) * np.abs(value))

    cells = _cells(p, moving.law) if divergence.name == "Pearson" else moving.cells()
    return vector_integral(cells, integrand)


# -- fits ----------------------------------------


class NoFitError(DomainError):
    """No start has a finite divergence."""


@dataclass(frozen=True)
class Fit:
    """A law of a family that is nearest to p_data.

    Attributes
    ----------
    divergence : str
    theta : Estimate (size,)
        In the family's coordinates, with what the gradient's own error and the curvature leave open.
    law : Density
    value : Estimate
        The divergence there.
    ties : tuple of Fit
        Other laws whose value is the same within the errors.
    minima : tuple of Fit
        Every local minimum that the starts led to, this one first, by value.
    """

    divergence: str
    theta: Estimate
    law: Any
    value: Estimate
    ties: tuple[Fit, ...] = ()
    minima: tuple[Fit, ...] = ()

    def __str__(self) -> str:
        tied = f", tied with {', '.join(str(fit.law) for fit in self.ties)}" if self.ties else ""
        return f"{self.law}: {DIVERGENCES[self.divergence].name} = {self.value}{tied}"


def best_fit(
    p_data: Any, family: Family | str = "norm", divergence: str = "js", *, starts: Iterable[Array] | None = None
) -> Fit:
    r"""The law of a family that minimises a divergence from p_data, among all that the starts lead to.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : Family or str
        A location–scale law by name stands for its family: ``"norm"``, ``"laplace"``, ``"logistic"``, ``"cauchy"``.
    divergence : {"js", "kl", "reverse kl", "jeffreys", "pearson"}
        Each of (p_data, p_g); "kl" is KL(p_data‖p_g).
    starts : iterable of array (size,), optional
        By default, of a location–scale family: quantiles and components of p_data, with several scales.

    Returns
    -------
    Fit
        The global minimum as far as the starts show it; minima of equal value are listed as its ties.

    Raises
    ------
    DomainError
        If a setting is impossible; NoFitError, which is one, if no start has a finite value.

    Examples
    --------
    Two modes are alike, and the reverse divergence cannot choose:

    >>> fit = best_fit("0.5*norm(-4, 1) + 0.5*norm(4, 1)", divergence="reverse kl")
    >>> sorted(round(float(one.theta.value[0]), 6) for one in (fit, *fit.ties))
    [-3.999602, 3.999602]
    """
    p = as_density(p_data)
    if divergence not in DIVERGENCES:
        raise DomainError(f"divergence is {divergence!r}; it must be one of {', '.join(map(repr, DIVERGENCES))}.")
    family = LocationScale(f"{family}(0, 1)") if isinstance(family, str) else family
    if not isinstance(family, Family):
        raise DomainError(
            f"family is {family!r}; it must be the name of a location–scale law, or a Family of laws in x."
        )
    chosen = DIVERGENCES[divergence]
    found: list[Fit] = []
    for start in _starts(p, family) if starts is None else starts:
        start = family.checked(start)
        if not family.law(start).in_x:
            raise DomainError(f"family is {family!r}, whose laws are integrated in z; best_fit is for laws in x.")
        fit = _descended(p, family, divergence, chosen, start)
        if fit is not None and not any(_same(fit, one) for one in found):
            found.append(fit)
    if not found:
        raise NoFitError(f"{chosen.name} is infinite, or cannot be told, at every start; give starts=... of your own.")
    found.sort(key=lambda fit: (float(fit.value.value), *np.asarray(fit.theta.value)))
    best, rest = found[0], found[1:]
    slack = 1e-13 * (1.0 + abs(float(best.value.value)))
    ties = tuple(
        one for one in rest if one.value.value - best.value.value <= one.value.error + best.value.error + slack
    )
    return Fit(divergence, best.theta, best.law, best.value, ties, tuple(found))


def _starts(p: Any, family: Family) -> list[np.ndarray]:
    if not isinstance(family, LocationScale):
        raise DomainError(f"starts of {type(family).__name__} are not known; give starts=[theta, ...].")
    centre, width = _middle(family.prior)
    places = [(_middle(part)) for part in p.components] if isinstance(p, Mixture) else []
    whole = _middle(p)
    places += [(float(p.ppf(u)), scale * whole[1]) for u in (0.1, 0.5, 0.9) for scale in (0.5, 1.5)]
    return [np.array([x - centre * s / width, math.log(s / width)]) for x, s in places if s > 0]


def _descended(p: Any, family: Family, name: str, divergence: _Divergence, start: np.ndarray) -> Fit | None:
    """The local minimum below a start; None where the divergence is infinite there, or falls for ever."""

    def value(theta: np.ndarray) -> Estimate | None:
        try:
            found = divergence.of(p, family.law(theta))
        except (ConvergenceError, DomainError):
            return None
        return found if math.isfinite(found.value) else None

    def change(a: Estimate, b: Estimate) -> Change:
        return Change(float(b.value) - float(a.value), float(a.error + b.error))

    if value(start) is None:
        return None
    units = 2.0 * family.steps(start)
    try:
        path = quasi_newton(
            value, lambda theta: _gradient(p, family, divergence, theta), change, start, units=units, steps=200
        )
        last = path.points[-1]
        step = 1e-4 * units
        ends = [(_gradient(p, family, divergence, last.x + s)[0], _gradient(p, family, divergence, last.x - s)[0])
                for s in np.diag(step)]  # fmt: skip
    except (ConvergenceError, DomainError):
        return None
    hessian = np.array([(high - low) / (2.0 * h) for (high, low), h in zip(ends, step, strict=True)])
    hessian = 0.5 * (hessian + hessian.T) * np.outer(units, units)
    curvature = np.linalg.eigvalsh(hessian)
    if not curvature[0] > 1e-7 * max(curvature[-1], 1e-300):  # a saddle, or a slope that flattens out far away
        return None
    open_ended = (np.abs(last.gradient) + 4.0 * last.error) * units
    error = units * (np.abs(np.linalg.inv(hessian)) @ open_ended) + 4 * EPS * np.abs(last.x)
    if np.any(error > 1e-3 * units):
        return None
    return Fit(name, Estimate(last.x, error, "estimate"), family.law(last.x), last.state)


def _same(a: Fit, b: Fit) -> bool:
    return bool(np.all(np.abs(a.theta.value - b.theta.value) <= 1e-6 + a.theta.error + b.theta.error))


# -- the table ----------------------------------------


@dataclass(frozen=True)
class ProjectionTable:
    """The best law under each divergence, and every divergence at every one of them.

    Attributes
    ----------
    p_data : Density
    fits : dict
        By divergence.
    values : dict
        values[row][column] is the divergence `row` at the optimum of `column`: an Estimate, which may be infinite, or
        the reason why there is none.
    without : dict
        The divergences that have no best fit, and why: they are rows of `values` only.
    """

    p_data: Any
    fits: Mapping[str, Fit]
    values: Mapping[str, Mapping[str, Any]]
    without: Mapping[str, str]

    def __str__(self) -> str:
        names = list(self.fits)
        if not names:
            return "no divergence has a best fit"
        width = max(12, *(len(name) + 2 for name in self.values))
        rows = [["", *names]]
        size = np.asarray(next(iter(self.fits.values())).theta.value).size
        rows += [[f"θ{i}", *(f"{fit.theta.value[i]:.6f}" for fit in self.fits.values())] for i in range(size)]
        rows += [[row, *(_shown(cell) for cell in cells.values())] for row, cells in self.values.items()]
        return "\n".join("".join(cell.rjust(width) for cell in row) for row in rows)


def _shown(cell: Any) -> str:
    if not isinstance(cell, Estimate):
        return "?"
    if math.isinf(cell.value):
        return "∞"
    return f"{cell:.6f}" if cell.value < 1e6 else f"{cell:.4g}"


def projection_table(
    p_data: Any,
    family: Family | str = "norm",
    *,
    divergences: Sequence[str] = tuple(DIVERGENCES),
    starts: Iterable[Array] | None = None,
) -> ProjectionTable:
    r"""The best law of a family under several divergences, and each divergence at every optimum.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family, starts
        As in `best_fit`.
    divergences : sequence of str

    Returns
    -------
    ProjectionTable
        Each divergence is the least, along its row, at its own optimum.

    Examples
    --------
    >>> table = projection_table("0.5*norm(-1, 0.5) + 0.5*norm(1, 1)", divergences=("kl", "reverse kl"))
    >>> [f"{table.values['kl'][column].value:.6f}" for column in ("kl", "reverse kl")]
    ['0.115020', '0.131245']
    >>> table.fits["reverse kl"].law
    Normal(mu=0.16368..., sigma=1.17800...)
    """
    p = as_density(p_data)
    given = None if starts is None else list(starts)
    fits, without = {}, {}
    for name in divergences:
        try:
            fits[name] = best_fit(p, family, name, starts=given)
        except NoFitError as error:
            without[name] = str(error)
    values = {
        row: {column: _value_or_reason(DIVERGENCES[row].of, p, fit.law) for column, fit in fits.items()}
        for row in divergences
    }
    return ProjectionTable(p, fits, values, without)


def _value_or_reason(of: Callable[[Any, Any], Estimate], p: Any, q: Any) -> Any:
    try:
        return of(p, q)
    except ConvergenceError as error:
        return str(error)
