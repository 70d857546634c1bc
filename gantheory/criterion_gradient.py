r"""The gradient of C(G_θ), and the gradient that training uses: where they are one, and what parts them.

With D* held fixed, a generator's step follows the *pathwise* gradient

.. math:: E_z\big[\partial_x \log(1 - D^*)(G_\theta(z))\; \partial_\theta G_\theta(z)\big].

It is ∇_θ C(G_θ) where G is monotone and smooth, z has no edge and p_data no jump: the envelope theorem. It is not

- where an edge of p_g moves (z uniform). Then ∇C = pathwise + Σ ± p_data(e) log D*(e) de/dθ, + at a right edge: the
  boundary terms of Leibniz' rule and of the integration by parts. Mass that crosses a jump of p_data adds
  p_g v [log(1 - D*)] in the same way.
- where a fold moves. p_g has a pole |x - c|^{-1/2} there, ∂_x log(1 - D*) is like ∓|x - c|^{-1/2}, and their product
  diverges like a logarithm, while C stays differentiable.

∇C itself is found by two routes. One takes differences of C and extrapolates them. The other lets the line itself
move: C does not change when both laws are carried along, so along a vector field w that goes with every edge and pole
of p_g and rests at p_data's jumps,

.. math:: \nabla_\theta C = E_z\big[\partial_x\log(1-D^*)(G)\,(\partial_\theta G - w(G))\big]
          + E_{p_{data}}\big[\log D^*\,(s\,w + w')\big], \quad s = \partial_x \log p_{data},

in which nothing diverges; w = 0 gives the pathwise gradient back.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, algorithm 1 and Proposition 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities import as_density
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.families import Family
from gantheory.game import criterion
from gantheory.latent import is_latent
from gantheory.moving_law import Event, MovingLaw, vector_integral
from gantheory.panels import EPS, Points
from gantheory.score import score_at

__all__ = ["central_differences", "criterion_gradient", "edge_terms", "pathwise_gradient"]

Array = Any
_METHODS = ("moving frame", "differences")


def criterion_gradient(
    p_data: Any, family: Family, theta: Array, /, *, method: str = "moving frame", rtol: float = 1e-12
) -> Estimate:
    r"""The gradient of the criterion in the parameters, ∇_θ C(G_θ).

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : Family
    theta : array (size,)
    method : {"moving frame", "differences"}
        Two routes that share no formula. Differences need no score, and cost a dozen criteria for each parameter.
    rtol : float
        Of the integral of the absolute value of the integrand.

    Returns
    -------
    Estimate
        Of shape (size,), nats per unit of θ; basis "estimate".

    Raises
    ------
    DomainError
        If an edge of p_g crosses a jump of p_data, where C has a kink; if a score is not known; if p_g has atoms.
    ConvergenceError
        If the integral does not settle.

    Examples
    --------
    An edge moves, and the pathwise gradient has the wrong sign:

    >>> from gantheory.generator_families import Generated
    >>> family = Generated("a*z", ["a"], "uniform(0, 1)")
    >>> print(criterion_gradient("expon", family, 1.3)[0])
    -0.18734979590... ± ...
    >>> print(pathwise_gradient("expon", family, 1.3)[0])
    0.17809191446... ± ...
    """
    if method not in _METHODS:
        raise DomainError(f"method is {method!r}; it must be one of {', '.join(map(repr, _METHODS))}.")
    if method == "differences":
        p = as_density(p_data)
        return central_differences(lambda at: criterion(p, family.law(at)), family, theta)
    moving = MovingLaw(p_data, family, theta)
    _refuse_kinks(moving)
    return _in_moving_frame(moving, rtol)


def pathwise_gradient(
    p_data: Any, family: Family, theta: Array, /, *, loss: Any = "minimax", rtol: float = 1e-12
) -> Estimate:
    r"""The gradient that a generator follows when D* is held fixed.

    .. math:: E_z\big[\partial_x \ell(D^*(x))\big|_{x = G_\theta(z)}\; \partial_\theta G_\theta(z)\big]

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : Family
    theta : array (size,)
    loss : {"minimax", "non-saturating"} or callable
        ℓ(D) = log(1 - D), [1]_ eq. (1); -log D, section 3; or any ℓ of D in (0, 1), vectorised, taking complex arrays.
    rtol : float
        Of the integral of the absolute value of the integrand.

    Returns
    -------
    Estimate
        Of shape (size,); basis "estimate". ±inf where a fold or a pole of p_g moves within p_data's support, for the
        minimax loss: the expectation diverges logarithmically there, whatever a minibatch says.

    Raises
    ------
    DomainError
        If such divergences of both signs meet; if a score is not known; if p_g has atoms.
    ConvergenceError
        If the integral does not settle.

    Examples
    --------
    >>> from gantheory.families import Location
    >>> from gantheory.generator_families import Generated
    >>> print(pathwise_gradient("norm(0, 1)", Location("norm(0, 1)"), 1.0)[0])
    0.3979728671832... ± ...

    A fold moves, and there is no number:

    >>> print(pathwise_gradient("norm(1, 1)", Generated("z**2 + a", ["a"]), 0.0)[0])
    -∞
    """
    slope = _loss_slope(loss)
    moving = MovingLaw(p_data, family, theta)
    signs = _divergence(moving) if loss == "minimax" else np.zeros(family.size)
    if loss != "minimax":
        _refuse_poles(moving)
    kept = signs == 0

    def integrand(t: Points) -> tuple[Array, Array]:
        slope_in_x, mass, noise = _slope_of_loss(moving, t, slope)
        velocity = np.where(kept[:, None, None], moving.velocity(t), 0.0)
        value = mass * slope_in_x * velocity
        return _held(value), _held(np.abs(velocity) * mass * noise + 8 * EPS * np.abs(value))

    value, error = vector_integral(moving.cells(), integrand, rtol=rtol)
    return Estimate(np.where(kept, value, np.copysign(np.inf, signs)), np.where(kept, error, 0.0), "estimate")


def edge_terms(p_data: Any, family: Family, theta: Array, /) -> Estimate:
    r"""What the pathwise gradient leaves out where edges move or mass crosses jumps.

    .. math:: \sum_{e\ of\ p_g} p_{data}(e)\,\big[\log D^*(e^-) - \log D^*(e^+)\big]\,\frac{de}{d\theta}
              + \sum_{j\ of\ p_{data}} p_g(j)\,v(j)\,\big[\log(1-D^*)(j^+) - \log(1-D^*)(j^-)\big]

    At a right edge of p_g, D*(e⁺) = 1 and the first is + p_data(e) log D*(e⁻) de/dθ; at a left one the sign turns.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    family : Family
    theta : array (size,)

    Returns
    -------
    Estimate
        Of shape (size,), nats per unit of θ; ∇C - pathwise, where that is finite.

    Raises
    ------
    DomainError
        If an edge of p_g crosses a jump of p_data; if a pole of p_g moves, where no such terms exist.

    Examples
    --------
    >>> from gantheory.generator_families import Generated
    >>> print(edge_terms("expon", Generated("a*z", ["a"], "uniform(0, 1)"), 1.3)[0])
    -0.36544171... ± ...
    """
    moving = MovingLaw(p_data, family, theta)
    _refuse_kinks(moving)
    if np.any(_divergence(moving)):
        raise DomainError(
            "a fold or a pole of p_g moves within p_data's support: the pathwise gradient is infinite there, and no "
            "edge term makes it finite. Use criterion_gradient."
        )
    total, size = np.zeros(family.size), np.zeros(family.size)
    for event in moving.events:
        term = _edge_term(event) + _crossing(moving, event)
        total, size = total + term, size + np.abs(term)
    return Estimate(total, 64 * EPS * size, "estimate")


def _edge_term(event: Event) -> np.ndarray:
    """p [log D*(e-) - log D*(e+)] de/dθ at a jump of p_g where p_data is continuous."""
    p = event.p[0]
    if not event.of_p_g or p == 0 or math.isinf(max(event.q)):
        return np.zeros_like(event.velocity)
    return p * (event.log_D(-1) - event.log_D(1)) * event.velocity


def _crossing(moving: MovingLaw, event: Event) -> np.ndarray:
    """q (v - de/dθ) [log(1 - D*)] of the mass that crosses an event."""
    flux = moving.flux_through(event)
    if not flux.any():
        return flux
    return flux * (event.log_D(1, fake=True) - event.log_D(-1, fake=True))


# -- the loss, and where its slope is no number ----------------------------------------


def _loss_slope(loss: Any) -> Callable[[Array], Array]:
    """dℓ/da as a function of the logit a of D."""
    if loss == "minimax":
        return lambda a: -special.expit(a)
    if loss == "non-saturating":
        return lambda a: -special.expit(-a)
    if not callable(loss):
        raise DomainError(f"loss is {loss!r}; it must be 'minimax', 'non-saturating', or a function of D in (0, 1).")

    function: Callable[[Array], Array] = loss

    def slope(a: Array) -> Array:
        D, rest = special.expit(a), special.expit(-a)
        h = 1e-100
        return np.imag(function(D + 1j * h)) / h * D * rest

    _ = slope(np.array([-1.0, 0.5]))
    return slope


def _slope_of_loss(moving: MovingLaw, t: Points, slope: Callable[[Array], Array]) -> tuple[Array, Array, Array]:
    """∂_x ℓ(D*) at G(z), the mass there, and the rounding of the first."""
    x = moving.points(t)
    at = moving.pair(x)
    of_p, of_q = score_at(moving.p, x), score_at(moving.law, x)
    rise = slope(at.r)
    mass = np.exp(moving.log_mass(t))
    found = np.where(np.isneginf(at.log_p) & (rise == 0), 0.0, rise * (of_p - of_q))
    rounding = np.where(np.isfinite(at.r), np.minimum(at.rounding_r, 1.0), 0.0)
    return found, mass, 8 * EPS * np.abs(rise) * (np.abs(of_p) + np.abs(of_q)) + rounding * np.abs(found)


def _held(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)


def _divergence(moving: MovingLaw) -> np.ndarray:
    """For each parameter the sign of a divergence of the pathwise gradient at a pole, 0 where there is none.

    Where p and q are like d**(a - 1) and d**(b - 1), the integrand is like -(a - b) d**(max(a, b) - 2).
    """
    signs = np.zeros((2, moving.family.size), bool)
    for event in moving.events:
        velocity = event.velocity if event.of_p_g else moving.flux_through(event)
        for side, (a, b) in zip((-1, 1), event.exponents, strict=True):
            if a != b and max(a, b) <= 1.0:
                signs[0] |= -side * (a - b) * velocity > 0
                signs[1] |= -side * (a - b) * velocity < 0
    if (signs[0] & signs[1]).any():
        raise DomainError(
            "folds or poles move so that the pathwise gradient is +inf at one and -inf at another: it has no value. "
            "Use criterion_gradient."
        )
    return signs[0].astype(float) - signs[1]


def _refuse_poles(moving: MovingLaw) -> None:
    if any(event.of_p_g and math.isinf(max(event.q)) and event.moves.any() for event in moving.events):
        raise DomainError("a fold or a pole of p_g moves; for this loss its gradient there is not studied.")


def _refuse_kinks(moving: MovingLaw) -> None:
    """C is not differentiable where an edge of p_g moves across a jump of p_data."""
    for event in moving.events:
        if event.of_p_g and event.moves.any() and event.p_jumps:
            raise DomainError(
                f"an edge of p_g moves across a jump of p_data at x = {event.x!r}: C has a kink there, and "
                "no gradient. Move θ a little."
            )
        if not event.of_p_g and math.isinf(max(event.p)) and moving.flux_through(event).any():
            raise DomainError(
                f"mass of p_g crosses a pole of p_data at x = {event.x!r}; there, use "
                "criterion_gradient(..., method='differences')."
            )


# -- the moving frame ----------------------------------------


@dataclass(frozen=True)
class _Frame:
    """A vector field w on the line for each parameter: given velocities at the events, smooth between, 0 far off."""

    x: np.ndarray  # (n,), increasing
    w: np.ndarray  # (size, n), 0 at the first and the last

    @classmethod
    def of(cls, moving: MovingLaw) -> _Frame | None:
        """That of the events; None where nothing moves that would have to."""
        events = moving.events
        if not any(event.moves.any() for event in events):
            return None
        x, w = np.array([event.x for event in events]), np.stack([event.velocity for event in events], axis=1)
        low, high = (float(moving.p.ppf(u)) for u in (0.25, 0.75))
        reach = max(high - low, float(x[-1] - x[0]), 1e-12)
        rest = np.zeros((len(w), 1))
        x, first = np.unique(np.concatenate([[x[0] - reach], x, [x[-1] + reach]]), return_index=True)
        return cls(x, np.concatenate([rest, w, rest], axis=1)[:, first])

    def __call__(self, points: Points) -> tuple[np.ndarray, np.ndarray]:
        """w and w' at points, (size, ...)."""
        at = points.x
        i = np.clip(np.searchsorted(self.x, at, side="right") - 1, 0, len(self.x) - 2)
        width = self.x[i + 1] - self.x[i]
        t = np.clip(((points.anchor - self.x[i]) + points.offset) / width, 0.0, 1.0)
        step, slope = t * t * t * (10.0 - t * (15.0 - 6.0 * t)), 30.0 * t * t * (1.0 - t) ** 2 / width
        left, rise = self.w[:, i], self.w[:, i + 1] - self.w[:, i]
        return left + rise * step, rise * slope


def _in_moving_frame(moving: MovingLaw, rtol: float) -> Estimate:
    frame = _Frame.of(moving)
    slope = _loss_slope("minimax")

    def under_p_g(t: Points) -> tuple[Array, Array]:
        slope_in_x, mass, noise = _slope_of_loss(moving, t, slope)
        velocity = moving.velocity(t)
        size = np.abs(velocity)
        if frame is not None:
            w, _ = frame(moving.points(t))
            velocity, size = velocity - w, size + np.abs(w)
        value = mass * slope_in_x * velocity
        lost = 8 * EPS * mass * np.abs(slope_in_x) * size
        return _held(value), _held(np.abs(velocity) * mass * noise + lost)

    value, error = vector_integral(moving.cells(() if frame is None else frame.x), under_p_g, rtol=rtol)
    for event in moving.events:
        crossing = _crossing(moving, event)
        value, error = value + crossing, error + 64 * EPS * np.abs(crossing)
    if frame is not None:
        if is_latent(moving.p):
            raise DomainError(
                "p_data is itself the law of a generator, and an edge or fold of p_g moves; use "
                "criterion_gradient(..., method='differences')."
            )
        cells = moving.data_cells(frame.x)
        of_data, its_error = vector_integral(cells, _under_p_data(moving, frame), rtol=rtol)
        value, error = value + of_data, error + its_error
    return Estimate(value, error + 4 * EPS * np.abs(value), "estimate")


def _under_p_data(moving: MovingLaw, frame: _Frame) -> Callable[[Points], tuple[Array, Array]]:
    """p log D* (s w + w') and its rounding."""

    def integrand(x: Points) -> tuple[Array, Array]:
        w, slope = frame(x)
        log_D, rounding = moving.log_D_at(x)
        mass, score = np.exp(moving.p.logpdf_at(x)), score_at(moving.p, x)
        grows, size = score * w + slope, np.abs(score * w) + np.abs(slope)
        value = mass * log_D * grows
        return _held(value), _held(mass * size * (rounding + 8 * EPS * np.abs(log_D)))

    return integrand


# -- differences ----------------------------------------

_LEVELS = 7


def central_differences(quantity: Callable[[Array], Estimate], family: Family, theta: Array) -> Estimate:
    """The gradient of a number of θ, by Ridders' extrapolation of central differences of it.

    Parameters
    ----------
    quantity : callable
        θ -> Estimate of one number.
    family : Family
        Whose `steps` say how far to go at first.
    theta : array (size,)

    Returns
    -------
    Estimate
        Of shape (size,). The error counts that of the quantity and how far two extrapolations differ; at a kink it is
        half the difference of the slopes on its two sides.

    Raises
    ------
    ConvergenceError
        If the quantity is not finite beside θ.
    """
    theta = family.checked(theta)
    found = [_one_difference(quantity, theta, i, h) for i, h in enumerate(family.steps(theta))]
    value, error = np.array(found).T
    return Estimate(value, error, "estimate")


def _one_difference(quantity: Callable[[Array], Estimate], theta: np.ndarray, i: int, h: float) -> tuple[float, float]:
    best, error, better = math.nan, math.inf, 1
    above: list[tuple[float, float]] = []
    middle, bends = float(quantity(theta).value), []
    for level in range(_LEVELS):
        ends = [theta.copy(), theta.copy()]
        ends[0][i] -= h
        ends[1][i] += h
        width = float(ends[1][i] - ends[0][i])
        low, high = (quantity(end) for end in ends)
        if not (math.isfinite(low.value) and math.isfinite(high.value)):
            raise ConvergenceError(f"the quantity is not finite at {ends[0]} or {ends[1]}: it has no gradient there.")
        noise = float(low.error + high.error) + 2 * EPS * (abs(float(low.value)) + abs(float(high.value)))
        row = [((float(high.value) - float(low.value)) / width, noise / width)]
        bends.append(max(abs(float(high.value) + float(low.value) - 2.0 * middle) - 2.0 * noise, 0.0) / width)
        factor = 1.0
        for j in range(level):
            factor *= 4.0
            rest = factor - 1.0
            row.append(((factor * row[j][0] - above[j][0]) / rest, (factor * row[j][1] + above[j][1]) / rest))
            apart = max(abs(row[-1][0] - row[-2][0]), abs(row[-1][0] - above[j][0]))
            if 3.0 * apart + row[-1][1] < error:
                best, error, better = row[-1][0], 3.0 * apart + row[-1][1], level
        if level > better and row[-1][1] > 0.1 * error:  # halving h again would only add rounding
            break
        above, h = row, 0.5 * h
    # half the difference of the slopes on the two sides: of a smooth quantity it halves with h, at a kink it stays
    return best, max(error, bends[-1]) if bends[-1] > 0.8 * bends[-2] else error
