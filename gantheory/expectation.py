"""One operation: expectations under a law, and the sum of two under a pair of laws.

Everything in the theory is E_p[h(r)] + E_q[k(r)]: KL is E_p[r], the criterion is E_p[log s(r)] + E_q[log s(-r)] with s
the sigmoid, and so on. `pair_expectation` is that sum for two laws of any kind, or for arrays on a grid; it does not
know which functional it serves, and the functional does not know which kind of law it was given.

What an error is made of stands in `gantheory.integrals`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.ensemble import Ensemble
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Basis, Estimate
from gantheory.grid import Grid, as_grid
from gantheory.integrals import (
    Functional,
    Given,
    How,
    Terms,
    beyond_rounding,
    estimated,
    of_given,
    split_at_corners,
    summands,
    weighted,
)
from gantheory.latent import is_latent, latent_expectation
from gantheory.panels import EPS, Points, panels, panels_of, real_array
from gantheory.ratio import LARGEST, LARGEST_LOG, At, atoms_at, from_densities, masses_at, pair_at
from gantheory.splitting import split_at_roots

__all__ = [
    "beyond_atoms",
    "Functional",
    "Terms",
    "expectation",
    "law_expectation",
    "mutually_singular",
    "on_grid",
    "pair_expectation",
    "together_on_grid",
    "tolerances",
    "values_of",
]

Array = Any


_SWEPT = 1e-9  # an error of a sweep above which a member is asked itself
_NEGLIGIBLE = 1e-250  # below it, sums of atoms have lost their digits


def tolerances(rtol: float, atol: float) -> None:
    """Both tolerances are numbers that a result can meet."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not isinstance(value, (int, float, np.floating)) or not 0 <= value < math.inf:
            raise DomainError(f"{name} is {value!r}; it must be a finite number >= 0.")


# -- expectations under a pair----------------------------------------


def pair_expectation(
    p: Any, q: Any, functional: Functional, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0, name: str = ""
) -> Estimate:
    """E_p[h_p] + E_q[h_q] for the integrands of a functional."""
    tolerances(rtol, atol)
    if grid is not None:
        return _on_grid(p, q, functional, as_grid(grid))
    if isinstance(q, Ensemble):
        return _of_ensemble(p, q, functional, rtol, atol, name)
    p, q = as_density(p), as_density(q)
    if functional.of_ratio:
        decided = _decided(p, q, functional)
        if decided is not None:
            return decided
    with np.errstate(all="ignore"):
        continuous = _continuous_part(p, q, functional, rtol, atol, name)
        atoms = _atomic_part(p, q, functional)
    return continuous if atoms is None else continuous + atoms


def _of_ensemble(p: Any, ensemble: Ensemble, functional: Functional, rtol: float, atol: float, name: str) -> Estimate:
    """Of every member, (n,): in one sweep where the integrand is bounded by the masses and expansions are known."""
    p = as_density(p)
    numbers, left = np.empty((2, len(ensemble))), np.ones(len(ensemble), bool)
    if functional.of_ratio and functional.defect and ensemble.in_one_sweep(p):
        swept = ensemble.sweep(p).expectation(functional, rtol, atol)
        numbers = np.stack([swept.value, swept.error])
        left = numbers[1] > np.maximum(_SWEPT, 1e3 * np.maximum(rtol * np.abs(numbers[0]), atol))
        left |= ensemble.contradicted
    for i in np.flatnonzero(left):
        try:
            one = pair_expectation(p, ensemble[int(i)], functional, rtol=rtol, atol=atol, name=f"{name} of member {i}")
        except ConvergenceError as error:
            if numbers[1, i] < math.inf and np.any(~left) and not ensemble.contradicted[i]:
                continue  # the sweep's number, with the error that it has
            raise ConvergenceError(f"member {i}: {error}", error.best) from error
        numbers[:, i] = float(one.value), float(one.error)
    return Estimate(numbers[0], numbers[1], "estimate")


def _decided(p: Any, q: Any, functional: Functional) -> Estimate | None:
    """Equal laws have r = 0 and mutually singular ones r = ±inf: the value is h at that point."""
    if p == q:
        limits = (0.0, 0.0)
    elif mutually_singular(p, q):
        limits = (math.inf, -math.inf)
    else:
        return None
    one = Points.at(np.zeros(1))
    lost = 0.0 if p == q else sum(float(getattr(law, "mass_error", 0.0)) for law in (p, q))
    total = Estimate(0.0, functional.defect * lost, "estimate" if "estimate" in (p.basis, q.basis) else "bound")
    with np.errstate(all="ignore"):
        for r, under_p in zip(limits, (True, False), strict=True):
            at = At(one, np.zeros(1), np.zeros(1), np.full(1, r), 0.0, 0.0, 0.0)
            terms = functional.terms(at)
            term = terms.under_p if under_p else terms.under_q
            if term is not None:
                value = float(np.ravel(np.asarray(term) + np.zeros(1))[0])
                total = total + Estimate(value, 2 * EPS * abs(value) if math.isfinite(value) else 0.0)
    return total


def mutually_singular(p: Any, q: Any) -> bool:
    """Whether supports and atoms alone show that p and q live apart."""
    (at_p, _), (at_q, _) = p.atoms(), q.atoms()
    if len(at_p) and len(at_q) and np.isin(at_p, at_q).any():
        return False
    if len(at_p) and len(at_q) and (any(p.is_cut()) or any(q.is_cut())):
        return False  # atoms that were not counted may meet
    if p.continuous_mass == 0 or q.continuous_mass == 0:
        return True  # atoms meet no common atom, and a density gives them no mass
    return not any(low < end and start < high for low, high in p.intervals() for start, end in q.intervals())


def _continuous_part(p: Any, q: Any, functional: Functional, rtol: float, atol: float, name: str) -> Estimate:
    basis: Basis = "estimate" if "estimate" in (p.basis, q.basis, functional.basis) else "bound"
    how = How(rtol, atol, basis, name, functional.lost, functional.basis == "estimate")
    held = [law for law in (p, q) if law.continuous_mass > 0]
    if any(is_latent(law) for law in held):
        return latent_expectation(p, q, functional, how)
    if not held:
        return Estimate(0.0, 0.0, basis)
    pair = pair_at(p, q)
    edges, cells = panels_of(*(law.measure().edges for law in held))
    if np.size(functional.breakpoints):
        cells = panels(edges, functional.breakpoints)
    if functional.kink is not None:
        cells = split_at_roots(cells, lambda points: beyond_rounding(functional.kink, pair(points)))
    if functional.corners:
        cells = split_at_corners(cells, (p, q))

    def integrand(points: Points) -> tuple[Array, Array]:
        return weighted(pair(points), functional.terms)

    if functional.given is not None:
        return of_given(cells, pair, functional.terms, edges, (p, q), how, functional.given)
    return estimated(cells, integrand, edges, (p, q), how)


def _atomic_part(p: Any, q: Any, functional: Functional) -> Estimate | None:
    if not len(p.atoms()[0]) and not len(q.atoms()[0]):
        return None
    locations = np.union1d(p.atoms()[0], q.atoms()[0])
    at = atoms_at(p, q)(Points.at(locations, atomic=True))
    value, noise = summands(at, functional.terms, functional.given)
    error = 0.0 if np.isinf(value).any() else float(np.sum(noise)) + 2 * EPS * float(np.sum(np.abs(value)))
    defect = getattr(p, "mass_error", 0.0) + getattr(q, "mass_error", 0.0)
    return Estimate(_total(value), error + defect + beyond_atoms(locations, value, p, q))


def beyond_atoms(locations: np.ndarray, values: np.ndarray, *laws: Any) -> float:
    """What atoms that were not counted would add, by how the last octaves of those that were fall off."""
    beyond = 0.0
    for law in laws:
        own = np.isin(locations, law.atoms()[0])
        for side, sign in ((0, -1.0), (1, 1.0)):
            last = law.atoms()[1][-1 if side else 0] if len(law.atoms()[1]) else 0.0
            # a tail that has fallen so far falls fast, and leaves nothing
            if law.is_cut()[side] and last > 1e-40 and np.isfinite(values[own]).all():
                beyond += _beyond_side(sign * (locations[own] - float(law.ppf(0.5))), values[own])
    return beyond


def _beyond_side(away: np.ndarray, values: np.ndarray) -> float:
    """The same for one law at one side, by its atoms' distances from its median."""
    last, before = (
        math.fsum(np.abs(values[(away > share * away.max()) & (away <= 2 * share * away.max())]))
        for share in (0.5, 0.25)
    )
    if last >= 0.999 * before and last > _NEGLIGIBLE:
        raise ConvergenceError(
            f"the sum over atoms does not settle: its last octave adds {last:.2g}, the one before {before:.2g}. "
            "It may be infinite; truncate the law."
        )
    return last * last / (before - last) if last > _NEGLIGIBLE else last


def _total(values: np.ndarray) -> float:
    if np.isinf(values).any():
        if np.isposinf(values).any() and np.isneginf(values).any():
            raise DomainError("the integrand is +inf at one atom and -inf at another: its integral has no value.")
        return float(values[np.isinf(values)][0])
    return math.fsum(np.ravel(values))


# -- arrays on a grid----------------------------------------


def _on_grid(p: Any, q: Any, functional: Functional, grid: Grid) -> Estimate:
    p, q = together_on_grid(p, q, grid)
    missing = grid.mass_defect("p", p) + grid.mass_defect("q", q)
    with np.errstate(all="ignore"):
        at = from_densities(Points.at(grid.points), p, q)
        values, noise = summands(at, functional.terms, functional.given, grid.weights)
        values = np.where(grid.weights > 0, values, 0.0)
        total = _signed(values, values @ grid.weights)
        resolution = grid.resolution(np.where(np.isfinite(values), values, 0.0))
        if functional.kink is not None:
            resolution = resolution + _bends(values, functional.kink(at), grid)
        rounding = noise @ grid.weights + 4 * EPS * (np.abs(values) @ grid.weights)
        cost = functional.defect or off_by_a_factor(total)
        error = np.where(np.isfinite(total), resolution + rounding + cost * missing, 0.0)
    return Estimate(total, error, "estimate")


def off_by_a_factor(total: np.ndarray) -> np.ndarray:
    """What a unit of mass defect is worth where arrays are off by a factor: c p for p moves KL by log c and c - 1."""
    return 1.03 * (1.0 + np.abs(np.where(np.isfinite(total), total, 0.0)))  # 1.03: to second order, for c near 1


def _bends(values: np.ndarray, crossing: Array, grid: Grid) -> np.ndarray:
    """What a rule misses where an integrand that is 0 at a crossing has its kink there, between two points.

    For a straight line on either side it is h a b/(a + b), a and b its two ends; half the points may not see it.
    """
    between = np.sign(crossing[..., :-1]) * np.sign(crossing[..., 1:]) < 0
    left, right = np.abs(values[..., :-1]), np.abs(values[..., 1:])
    missed = np.where(between & (left + right > 0), left * right / np.where(left + right > 0, left + right, 1.0), 0.0)
    return missed @ np.where(grid.atomic[1:] | grid.atomic[:-1], 0.0, np.abs(np.diff(grid.points)))  # type: ignore[index]


def _signed(values: np.ndarray, total: np.ndarray) -> np.ndarray:
    up, down = np.isposinf(values).any(-1), np.isneginf(values).any(-1)
    if (up & down).any():
        raise DomainError("the integrand is +inf and -inf on the grid: its integral has no value.")
    return np.where(up, np.inf, np.where(down, -np.inf, np.where(up | down, 0.0, total)))


def together_on_grid(p: Any, q: Any, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Both densities on the grid, broadcast to one shape."""
    p, q = on_grid("p", p, grid), on_grid("q", q, grid)
    try:
        return tuple(np.broadcast_arrays(p, q))  # type: ignore[return-value]
    except ValueError:
        raise DomainError(f"p of shape {p.shape} and q of shape {q.shape} do not broadcast.") from None


def on_grid(name: str, law: Any, grid: Grid) -> np.ndarray:
    """An array of densities on the grid as it is; a law tabulated there, its atoms on the atomic points."""
    if not isinstance(law, str) and _is_array(law):
        return grid.densities(name, law)
    law = as_density(law)
    return np.where(np.asarray(grid.atomic), masses_at(law, grid.points), law.pdf(grid.points))


def _is_array(law: Any) -> bool:
    return isinstance(law, (np.ndarray, list, tuple)) or (hasattr(law, "__array__") and not hasattr(law, "logpdf"))


# -- expectations under one law----------------------------------------


def expectation(
    p: Any, h: Callable[[Array], Array], /, *, breakpoints: Array = (), rtol: float = 1e-12, atol: float = 0.0
) -> Estimate:
    r"""Expectation of a function under a law, atoms included.

    .. math:: E_p[h] = \int h \, dp

    Parameters
    ----------
    p : Density or anything `as_density` accepts
    h : callable
        x -> h(x), vectorised.
    breakpoints : array, optional
        Kinks, jumps and poles of h.
    rtol, atol : float
        Done when the error is at most max(rtol * |value|, atol, rounding).

    Returns
    -------
    Estimate
        In the units of h. Its basis is "estimate": h is a function that the package does not know.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted first; it carries the best estimate.

    Examples
    --------
    >>> print(expectation("norm(0, 2)", lambda x: x**2))
    4.00000000000000... ± ...e-14
    """
    tolerances(rtol, atol)

    if not callable(h):
        raise DomainError(f"h is {h!r}; it must be a function of x.")

    def terms(at: At) -> Terms:
        return Terms(values_of("h", h, at.x), None)

    return law_expectation(
        as_density(p), terms, breakpoints=breakpoints, rtol=rtol, atol=atol, basis="estimate", given=_OF_H
    )


_OF_H = Given(1e200, 1.7e308, "It overflows where the law still has mass: scale it down, or take its logarithm apart.")


def values_of(name: str, function: Callable[[Array], Array], x: Array) -> np.ndarray:
    """A user's function at an array of points: as many numbers."""
    try:
        found = function(x)
    except (TypeError, ValueError) as error:  # numpy's words where a function of one number meets an array
        if isinstance(error, DomainError):
            raise
        raise DomainError(
            f"{name} raised {type(error).__name__} on an array x ({error}); it must be vectorised: np.where for if, "
            "np.exp for math.exp, or np.vectorize around it."
        ) from error
    try:
        return np.broadcast_to(real_array(found), np.shape(x))
    except (TypeError, ValueError):
        raise DomainError(
            f"{name} returned {type(found).__name__} of shape {np.shape(found)} for x of shape {np.shape(x)}; "
            "it must return a real number for each x."
        ) from None


def law_expectation(
    p: Any,
    terms: Callable[[At], Terms],
    *,
    breakpoints: Array = (),
    rtol: float = 1e-12,
    atol: float = 0.0,
    basis: Basis = "bound",
    name: str = "the expectation",
    given: Given | None = None,
) -> Estimate:
    """E_p of a functional of one law at anchored points."""

    def at(points: Points) -> At:
        log_p = np.minimum(p.logpdf_at(points), LARGEST_LOG)
        rounding = (4 * EPS) * (np.minimum(np.abs(log_p), LARGEST) + p.log_rounding)
        return At(points, log_p, log_p, 0.0, rounding, rounding, 0.0)

    def integrand(points: Points) -> tuple[Array, Array]:
        return weighted(at(points), terms)

    basis = "estimate" if "estimate" in (basis, p.basis) else "bound"
    result = Estimate(0.0, 0.0, basis)
    with np.errstate(all="ignore"):
        if p.continuous_mass > 0 and is_latent(p):
            functional = Functional(terms, False, breakpoints=breakpoints, given=given)
            result = latent_expectation(p, p, functional, How(rtol, atol, basis, name))
        elif p.continuous_mass > 0:
            edges = p.measure().edges
            cells = split_at_corners(panels(edges, breakpoints), (p,))
            how = How(rtol, atol, basis, name, 0.0, basis == "estimate")
            if given is not None:
                result = of_given(cells, at, terms, edges, (p,), how, given)
            else:
                result = estimated(cells, integrand, edges, (p,), how)
        locations, masses = p.atoms()
        if len(locations):
            at_atoms = from_densities(Points.at(locations, atomic=True), masses, masses, p.atom_rounding)
            value, noise = summands(at_atoms, terms, given)
            error = 0.0 if np.isinf(value).any() else float(np.sum(noise)) + 2 * EPS * float(np.sum(np.abs(value)))
            result = result + Estimate(_total(value), error + beyond_atoms(locations, np.asarray(value), p), basis)
    return result
