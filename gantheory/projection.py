r"""Best fits: the law of a family that is nearest to p_data, in each divergence's own sense of near.

A family that does not hold p_data cannot reach C = -log 4, and what is best depends on the divergence: KL(p‖q) covers
every mode of p, KL(q‖p) prefers one, the Jensen–Shannon divergence, which the GAN of [1]_ descends, lies between. The
experiment is that of [2]_: the best normal law for a mixture of two, under each divergence, and every divergence at
every optimum. An infinite value is reported as one: Pearson's ∫(p-q)²/q is, where q's tails are lighter than p²'s.

For D_f(p‖q) = ∫ q f(p/q) and a family without edges, the gradient is that of its mass's motion at velocity v,

.. math:: \nabla_\theta D_f(p\|q_\theta) = -\int q\,u^2 f''(u)\,(s_p - s_q)\,v\,dx
          + \sum_j q(j)\,v(j)\,[\Phi(u)]_{j^-}^{j^+}, \quad u = p/q,\ s = \partial_x\log,\ \Phi = f - u f',

where the sum is over the jumps of p.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.
.. [2] Nowozin, Cseke and Tomioka, "f-GAN", NIPS 2016, arXiv:1606.00709, section 4 and table 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gantheory.densities import Mixture, Normal, as_density
from gantheory.densities.location_scale import LocationScale as LocationScaleLaw
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.families import Family, LocationScale
from gantheory.moving_law import Event, MovingLaw, vector_integral
from gantheory.panels import EPS, Points
from gantheory.pearson import cells_of_both, finite_or_0, middle_and_width, pearson_divergence
from gantheory.quasi_newton import Change, quasi_newton
from gantheory.ratio import At
from gantheory.score import score_at

__all__ = ["DIVERGENCES", "Fit", "NoFitError", "ProjectionTable", "best_fit", "pearson_divergence", "projection_table"]

Array = Any


class NoFitError(DomainError):
    """No start leads to a minimum: what is infinite, or missing, there."""


# -- the divergences, and their gradients ----------------------------------------


@dataclass(frozen=True)
class _Divergence:
    """A divergence of p_data and p_g, log(q u² f''(u)), and Φ(u) = f(u) - u f'(u)."""

    name: str
    of: Callable[[Any, Any], Estimate]
    log_weight: Callable[[At], Array]
    potential: Callable[[float], float]


def _jeffreys(p: Any, q: Any) -> Estimate:
    return kl_divergence(p, q) + kl_divergence(q, p)


def _log_harmonic(at: At) -> Array:
    """log of a quarter of the harmonic mean, pq/(2(p + q))."""
    return np.minimum(at.log_p, at.log_q) - np.log1p(np.exp(-np.abs(at.r))) - math.log(2.0)


DIVERGENCES: Mapping[str, _Divergence] = {
    "kl": _Divergence("KL(p‖q)", kl_divergence, lambda at: at.log_p, lambda u: -u),
    "reverse kl": _Divergence(
        "KL(q‖p)", lambda p, q: kl_divergence(q, p), lambda at: at.log_q, lambda u: 1.0 - math.log(u)
    ),
    "js": _Divergence("JSD", js_divergence, _log_harmonic, lambda u: -0.5 * math.log1p(u)),
    "jeffreys": _Divergence(
        "Jeffreys", _jeffreys, lambda at: np.logaddexp(at.log_p, at.log_q), lambda u: 1.0 - u - math.log(u)
    ),
    "pearson": _Divergence(
        "Pearson", pearson_divergence, lambda at: 2.0 * at.log_p - at.log_q + math.log(2.0), lambda u: 1.0 - u * u
    ),
}


def _gradient(p: Any, family: Family, divergence: _Divergence, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    moving = MovingLaw(p, family, theta)
    jumps = sum((_across(moving, event, divergence) for event in moving.events), np.zeros(family.size))

    def integrand(x: Points) -> tuple[Array, Array]:
        at = moving.pair(x)
        of_p, of_q = score_at(p, x), score_at(moving.law, x)
        weight = np.exp(divergence.log_weight(at))
        velocity = moving.velocity(x)
        value = -weight * (of_p - of_q) * velocity
        size = weight * (np.abs(of_p) + np.abs(of_q)) * np.abs(velocity)
        return finite_or_0(value), finite_or_0(8 * EPS * size + 2.0 * (at.rounding_q + at.rounding_p) * np.abs(value))

    cells = cells_of_both(p, moving.law) if divergence.name == "Pearson" else moving.cells()
    value, error = vector_integral(cells, integrand)
    return value + jumps, error + 16 * EPS * np.abs(jumps)


def _across(moving: MovingLaw, event: Event, divergence: _Divergence) -> np.ndarray:
    """What mass of p_g that crosses a jump of p_data adds to the gradient."""
    if event.moves.any():
        raise NoFitError(
            f"an edge or a fold of p_g moves at x = {event.x:g}; give a family of smooth laws on the line."
        )
    flux = moving.flux_through(event)
    if not flux.any():
        return flux
    if math.isinf(max(event.p)):
        raise NoFitError(
            f"p_data has a pole at x = {event.x:g}, which mass of p_g crosses; best_fit is for laws without."
        )
    left, right = (divergence.potential(p / q) for p, q in zip(event.p, event.q, strict=True))
    return flux * (right - left)


# -- fits ----------------------------------------


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
        If a setting is impossible, or p_data has atoms or a score that is not known; NoFitError, which is one, if no
        start leads to a minimum, saying why.

    Examples
    --------
    Two modes are alike, and the reverse divergence cannot choose:

    >>> fit = best_fit("0.5*norm(-4, 1) + 0.5*norm(4, 1)", divergence="reverse kl")
    >>> sorted(round(float(one.theta.value[0]), 6) for one in (fit, *fit.ties))
    [-3.999602, 3.999602]
    """
    p = as_density(p_data)
    if len(p.atoms()[0]):
        raise DomainError(f"p_data is {p}, which has atoms; best_fit is for laws with a density.")
    if not isinstance(divergence, str) or divergence not in DIVERGENCES:
        raise DomainError(f"divergence is {divergence!r}; it must be one of {', '.join(map(repr, DIVERGENCES))}.")
    family = LocationScale(f"{family}(0, 1)") if isinstance(family, str) else family
    if not isinstance(family, Family):
        raise DomainError(
            f"family is {family!r}; it must be the name of a location–scale law, or a Family of laws in x."
        )
    chosen = DIVERGENCES[divergence]
    found: list[Fit] = []
    reasons: list[str] = []
    for start in _starts(p, family) if starts is None else _given(starts):
        start = family.checked(start)
        if not family.law(start).in_x:
            raise DomainError(f"family is {family!r}, whose laws are integrated in z; best_fit is for laws in x.")
        try:
            fit = _descended(p, family, divergence, chosen, start)
        except NoFitError as error:
            reasons.append(str(error))
            continue
        if not any(_same(fit, one) for one in found):
            found.append(fit)
    if not found:
        raise NoFitError(f"no start leads to a minimum of {chosen.name}: {reasons[0] if reasons else 'there is none.'}")
    found.sort(key=lambda fit: (float(fit.value.value), *np.asarray(fit.theta.value)))
    best, rest = found[0], found[1:]
    slack = 1e-13 * (1.0 + abs(float(best.value.value)))
    ties = tuple(
        one for one in rest if one.value.value - best.value.value <= one.value.error + best.value.error + slack
    )
    return Fit(divergence, best.theta, best.law, best.value, ties, tuple(found))


def _given(starts: Any) -> list[Array]:
    try:
        return list(starts)
    except TypeError:
        raise DomainError(f"starts is {starts!r}; it must be a list of parameters, [theta, ...].") from None


def _starts(p: Any, family: Family) -> list[np.ndarray]:
    if not isinstance(family, LocationScale):
        raise DomainError(f"starts of {type(family).__name__} are not known; give starts=[theta, ...].")
    centre, width = middle_and_width(family.prior)
    places = [(middle_and_width(part)) for part in p.components] if isinstance(p, Mixture) else []
    whole = middle_and_width(p)
    places += [(float(p.ppf(u)), scale * whole[1]) for u in (0.1, 0.5, 0.9) for scale in (0.5, 1.5)]
    return [np.array([x - centre * s / width, math.log(s / width)]) for x, s in places if s > 0]


def _descended(p: Any, family: Family, name: str, divergence: _Divergence, start: np.ndarray) -> Fit:
    """The local minimum below a start; a NoFitError where there is none."""

    def value(theta: np.ndarray) -> Estimate | None:
        try:
            found = divergence.of(p, family.law(theta))
        except (ConvergenceError, DomainError):
            return None
        return found if math.isfinite(found.value) else None

    def change(a: Estimate, b: Estimate) -> Change:
        return Change(float(b.value) - float(a.value), float(a.error + b.error))

    if value(start) is None:
        raise NoFitError(
            f"{divergence.name} is infinite, or cannot be told, at {family.law(start)}; give starts=... of your own."
        )
    units = 2.0 * family.steps(start)
    try:
        path = quasi_newton(
            value, lambda theta: _gradient(p, family, divergence, theta), change, start, units=units, steps=200
        )
        last = path.points[-1]
        step = 1e-4 * units
        ends = [(_gradient(p, family, divergence, last.x + s)[0], _gradient(p, family, divergence, last.x - s)[0])
                for s in np.diag(step)]  # fmt: skip
    except ConvergenceError as error:
        raise NoFitError(f"from {family.law(start)}, {error}") from error
    hessian = np.array([(high - low) / (2.0 * h) for (high, low), h in zip(ends, step, strict=True)])
    hessian = 0.5 * (hessian + hessian.T) * np.outer(units, units)
    curvature = np.linalg.eigvalsh(hessian)
    if not curvature[0] > 1e-7 * max(curvature[-1], 1e-300):
        raise NoFitError(
            f"{divergence.name} falls for ever, or has a saddle, below {family.law(start)}; give other starts=..."
        )
    open_ended = (np.abs(last.gradient) + 4.0 * last.error) * units
    error = units * (np.abs(np.linalg.inv(hessian)) @ open_ended) + 4 * EPS * np.abs(last.x)
    if np.any(error > 1e-3 * units):
        raise NoFitError(f"no minimum is told to 3 digits below {family.law(start)}; give starts=... of your own.")
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
        parameters = [_parameters(fit) for fit in self.fits.values()]
        rows += [[name, *(f"{_plain(found[name]):.6f}" for found in parameters)] for name in parameters[0]]
        rows += [[row, *(_shown(cell) for cell in cells.values())] for row, cells in self.values.items()]
        return "\n".join("".join(cell.rjust(width) for cell in row) for row in rows)


def _parameters(fit: Fit) -> dict[str, float]:
    """The fitted law's own, such as μ and σ; θ where it is no law of two parameters."""
    law = fit.law
    if isinstance(law, LocationScaleLaw) and len(fields(law)) == 2:  # type: ignore[arg-type]
        names = ("μ", "σ") if isinstance(law, Normal) else ("location", "scale")
        values = (float(getattr(law, field.name)) for field in fields(law))  # type: ignore[arg-type]
        return dict(zip(names, values, strict=True))
    return {f"θ{i}": float(theta) for i, theta in enumerate(np.ravel(fit.theta.value))}


def _plain(number: float) -> float:
    """Without the sign of a number that six places show as 0."""
    return 0.0 if abs(number) < 5e-7 else number


def _shown(cell: Any) -> str:
    if not isinstance(cell, Estimate):
        return "?"
    if math.isinf(cell.value):
        return "∞"
    if abs(cell.value) < 5e-7:
        return "0.000000"
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
