r"""Descent of the criterion in the parameters of G: where Proposition 2 holds, and where it stops short.

In function space C is convex, and every step with D* at its optimum that improves it enough leads to p_data [1]_,
Proposition 2. In parameter space C(G_θ) is what it is. A location family of a log-concave law has C strictly increasing
in |θ|: descent reaches -log 4 from anywhere. For p = 0.7 N(-3, 0.8²) + 0.3 N(3, 0.8²) and G_θ(x) = x + θ, x ~ p,
descent from θ = 4.5 ends at θ = 5.997, where C + log 4 = 0.775 and the gradient is 0, though θ = 0 is p_data itself.
A family that does not hold p_data ends at a Jensen–Shannon projection of it, or above one.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.2 and its last paragraph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.criterion_gradient import criterion_gradient, pathwise_gradient
from gantheory.densities import Mixture, as_density
from gantheory.divergences import js_divergence, total_variation
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.families import Family
from gantheory.game import criterion
from gantheory.quasi_newton import Change, Descent, Point, quasi_newton
from gantheory.trajectory import Trajectory, gain_shares

__all__ = ["Height", "descend", "height", "rise"]

Array = Any
_METHODS = ("criterion", "pathwise")


@dataclass(frozen=True)
class Height:
    """C(G_θ) by both of its ends: C itself, accurate near 0, and C + log 4 = 2 JSD, accurate near -log 4."""

    criterion: Estimate
    excess: Estimate


def height(p_data: Any, p_g: Any) -> Height | None:
    """C and C + log 4 of a pair; None where they cannot be told."""
    try:
        return Height(criterion(p_data, p_g), 2 * js_divergence(p_data, p_g))
    except (ConvergenceError, DomainError):
        return None


def rise(a: Height, b: Height) -> Change:
    """C at b less C at a, from the end of the scale that they are nearer to."""
    low, high = (a.excess, b.excess) if min(a.excess.value, b.excess.value) < 1.0 else (a.criterion, b.criterion)
    return Change(float(high.value) - float(low.value), float(high.error + low.error))


def descend(
    p_data: Any,
    family: Family,
    theta: Array,
    /,
    *,
    steps: int = 200,
    method: str = "criterion",
    rate: float = 0.5,
    tolerance: float = 0.0,
    records: int = 50,
) -> Trajectory:
    r"""Descend C(G_θ) from a θ, with D at its optimum at every step.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : Family
    theta : array (size,)
        Where to start.
    steps : int
    method : {"criterion", "pathwise"}
        Along ∇_θ C itself, by the BFGS method with a line search on C; or along the gradient that training uses, with
        D* held fixed, in plain steps θ ← θ - rate * units² * gradient that look at no criterion.
    rate : float
        For "pathwise". A unit of each parameter is ten times the family's own step.
    tolerance : float
        Ended where each |∂C/∂θ_i| times its unit is at most this; by default where it is 0 within its error.
    records : int
        How many points are recorded at most, the first and the last among them.

    Returns
    -------
    Trajectory
        Of one seed. Beside the measurements of every run it has ``slope``, the length of the gradient that it follows
        in the units, and ``alignment``, the cosine of the step from each record with -∇C in the units (the last
        record's is of the step that led there). Its settings hold ``theta`` at the records, the parameters' ``names``
        and why it ``ended``. p_g at a record is the law itself.

    Raises
    ------
    DomainError
        If a setting is impossible, the gradient has no value at the start (a fold moves, for "pathwise"), or C has a
        kink there.

    Examples
    --------
    >>> from gantheory.families import LocationScale
    >>> run = descend("norm(1, 2)", LocationScale("norm(0, 1)"), [0.0, 0.0])
    >>> print(run.p_g(), bool(run.excess.value[-1, 0] < 1e-20))
    norm(1.0..., 2.0...) True

    The gradient vanishes, and p_g is not p_data:

    >>> from gantheory.families import Location
    >>> run = descend("0.7*norm(-3, 0.8) + 0.3*norm(3, 0.8)", Location("0.7*norm(-3, 0.8) + 0.3*norm(3, 0.8)"), 4.5)
    >>> print(f"{run.settings['theta'][-1][0]:.3f}", f"{run.excess.value[-1, 0]:.3f}", run.settings["ended"])
    5.997 0.775 the gradient is 0
    """
    p = as_density(p_data)
    _checked(steps, method, rate, records)
    if not isinstance(family, Family):
        raise DomainError(f"family is {family!r}; it must be a Family, such as LocationScale('norm(0, 1)').")
    theta = family.checked(theta)
    units = 10.0 * family.steps(theta) if method == "pathwise" else 2.0 * family.steps(theta)

    def state(x: np.ndarray) -> Height | None:
        try:
            return height(p, family.law(x))
        except (ConvergenceError, DomainError):  # as where an exponent of a scale leaves the floats
            return None

    if state(theta) is None:
        raise DomainError(f"theta is {theta.tolist()}, where C cannot be told; start elsewhere.")
    if method == "criterion":
        found = quasi_newton(
            state, _with_errors(_gradient, p, family), rise, theta,
            units=units, steps=steps, tolerance=tolerance,
        )  # fmt: skip
    else:
        found = _plain_descent(state, p, family, theta, rate * units**2, steps, tolerance / units)
    return _trajectory(p, family, found, units, method, records)


def _checked(steps: Any, method: Any, rate: Any, records: Any) -> None:
    for name, count, least in (("steps", steps, 1), ("records", records, 2)):
        if not isinstance(count, (int, np.integer)) or count < least:
            raise DomainError(f"{name} is {count!r}; it must be a whole number >= {least}.")
    if method not in _METHODS:
        raise DomainError(f"method is {method!r}; it must be one of {', '.join(map(repr, _METHODS))}.")
    if not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
        raise DomainError(f"rate is {rate!r}; it must be a number > 0.")


def _gradient(p: Any, family: Family, x: np.ndarray) -> Any:
    """∇C by the moving frame, or by differences of C where its integral does not settle."""
    try:
        return criterion_gradient(p, family, x)
    except ConvergenceError:
        return criterion_gradient(p, family, x, method="differences")


def _with_errors(of: Any, p: Any, family: Family) -> Any:
    def gradient(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = of(p, family, x)
        return np.asarray(found.value), np.asarray(found.error)

    return gradient


def _plain_descent(
    state: Any, p: Any, family: Family, theta: np.ndarray, rates: np.ndarray, steps: int, tolerance: np.ndarray
) -> Descent:
    """θ ← θ - rate * pathwise gradient, for as long as it is finite."""
    gradient = _with_errors(pathwise_gradient, p, family)
    points, ended = [Point(theta, state(theta), *gradient(theta))], "the steps are used up"
    if np.isinf(points[0].gradient).any():
        raise DomainError(
            f"the pathwise gradient is infinite at theta = {theta.tolist()}: a fold or a pole of p_g moves. "
            "Use method='criterion'."
        )
    for _ in range(steps):
        here = points[-1]
        if here.is_stationary or np.all(np.abs(here.gradient) <= tolerance):
            ended = "the gradient is 0"
            break
        x = here.x - rates * here.gradient
        try:
            there = Point(x, state(x), *gradient(x))
        except (ConvergenceError, DomainError) as error:
            ended = f"the gradient has no value: {error}"
            break
        if there.state is None or np.isinf(there.gradient).any():
            ended = "the pathwise gradient is infinite, or C cannot be told"
            break
        points.append(there)
    return Descent(tuple(points), ended)


def _trajectory(p: Any, family: Family, found: Descent, units: np.ndarray, method: str, records: int) -> Trajectory:
    kept = np.unique(np.linspace(0, len(found.points) - 1, min(records, len(found.points))).round().astype(int))
    points = [found.points[k] for k in kept]
    laws = [family.law(point.x) for point in points]
    excess = _column([point.state.excess for point in points])
    halfway = _column([2 * js_divergence(p, Mixture([p, law])) for law in laws])
    kappa, bound = gain_shares(excess, halfway)
    slopes = [Estimate(point.gradient, point.error, "estimate") * units for point in points]
    norms = [math.hypot(*slope.value) for slope in slopes]
    measured = {
        "criterion": _column([point.state.criterion for point in points]),
        "excess": excess,
        "total_variation": _column([total_variation(p, law) for law in laws]),
        "kappa": kappa,
        "kappa_bound": bound,
        "slope": _column([Estimate(n, math.hypot(*s.error), "estimate") for n, s in zip(norms, slopes, strict=True)]),
    }
    measured["alignment"] = _column([_alignment(p, family, found.points, k, units, method) for k in kept])
    settings = {
        "run": "descend",
        "family": type(family).__name__,
        "method": method,
        "names": list(family.names),
        "theta": [point.x.tolist() for point in points],
        "ended": found.ended,
        "gradients": len(found.points),
    }
    return Trajectory(p, kept, measured, settings=settings, laws=lambda record, seed: laws[record])


def _alignment(p: Any, family: Family, points: Any, k: int, units: np.ndarray, method: str) -> Estimate:
    """The cosine of a step with -∇C; 0 ± 1 where there is no step or no gradient to compare."""
    if len(points) == 1:
        return Estimate(0.0, 1.0, "estimate")
    before, after = (points[k], points[k + 1]) if k + 1 < len(points) else (points[k - 1], points[k])
    slope, error = before.gradient, before.error
    if method == "pathwise":
        try:
            slope, error = _with_errors(criterion_gradient, p, family)(before.x)
        except (ConvergenceError, DomainError):
            return Estimate(0.0, 1.0, "estimate")
    step, slope, error = (after.x - before.x) / units, slope * units, error * units
    size = math.hypot(*slope)
    if size <= math.hypot(*error) or not step.any():
        return Estimate(0.0, 1.0, "estimate")
    cosine = -float((step / math.hypot(*step)) @ (slope / size))
    return Estimate(cosine, min(2.0 * math.hypot(*error) / size + 1e-14, 1.0), "estimate")


def _column(estimates: list[Estimate]) -> Estimate:
    """Numbers of one seed, a record each."""
    basis = "estimate" if any(e.basis == "estimate" for e in estimates) else "bound"
    return Estimate(
        np.array([[float(e.value)] for e in estimates]), np.array([[float(e.error)] for e in estimates]), basis
    )
