r"""The Dirac-GAN: the smallest game on which training by gradients may fail to converge.

p_data = δ₀, p_g = δ_θ, and a linear discriminator with logit D(x) = ψx. With f increasing and concave,

.. math:: V(\theta, \psi) = f(0) + f(-\theta\psi), \qquad
          v(\theta, \psi) = (-\partial_\theta V,\ \partial_\psi V) = f'(-\theta\psi)\,(\psi, -\theta)

f(t) = log s(t), s the sigmoid, is the game of [1]_; f(t) = t is WGAN's. ([2]_, (6), has -ψ for ψ, and so f'(θψ).)
v is at right angles to (θ, ψ), and the equilibrium (0, 0) has the eigenvalues ±i f'(0): ±i/2 for the logistic f. Hence

- simultaneous steps multiply |(θ, ψ)|² by exactly 1 + h² f'(-θψ)², at every step: they spiral out;
- alternating steps have |μ| = 1 at (0, 0) while h f'(0) < 2. For the bilinear f, θ² + ψ² + h θψ is a first integral:
  they cycle. The logistic f drifts outward;
- penalties on D's slope at the data or at p_g (R1, R2: here both are γψ²/2), instance noise where f'' < 0, and
  consensus (v - γ ∇½|v|²) give real parts < 0, and |1 + hλ| < 1 for small h: they converge.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.
.. [2] Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?", ICML 2018,
   arXiv:1801.04406, section 2 and lemmas 2.3 to 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.panels import EPS

__all__ = ["METHODS", "DiracGAN"]

Array = Any
METHODS = ("simultaneous", "alternating", "r1", "r2", "instance noise", "consensus")
_LOSSES = ("logistic", "bilinear")
_MOST_STEPS = 10**6
_LARGEST = 1e150  # its square is a float
_ROOTS, _WEIGHTS = special.roots_hermitenorm(64)
_WEIGHTS = _WEIGHTS / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True)
class DiracGAN:
    r"""The game, a method of training it, and its step.

    Parameters
    ----------
    method : {"simultaneous", "alternating", "r1", "r2", "instance noise", "consensus"}
        The regularised ones take simultaneous steps.
    loss : {"logistic", "bilinear"}
        f(t) = log s(t), or f(t) = t.
    step : float, default 0.1
        h > 0, of both players.
    strength : float, default 1
        γ of the penalties and of consensus; the standard deviation of the noise.

    Raises
    ------
    DomainError
        If a name is unknown, or a number is not above 0.

    Examples
    --------
    >>> plain, penalised = DiracGAN(), DiracGAN("r1")
    >>> plain.eigenvalues(), print(plain.moduli()[0])
    1.00124921972503... ± ...
    (array([0.-0.5j, 0.+0.5j]), None)
    >>> bool(penalised.moduli()[0] < 1.0)
    True
    >>> bool(abs(penalised.trajectory([1.0, 1.0], 2000)[-1]).max() < 1e-9)
    True
    """

    method: str = "simultaneous"
    loss: str = "logistic"
    step: float = 0.1
    strength: float = 1.0

    def __post_init__(self) -> None:
        for name, value, known in (("method", self.method, METHODS), ("loss", self.loss, _LOSSES)):
            if value not in known:
                raise DomainError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, known))}.")
        for name, value in (("step", self.step), ("strength", self.strength)):
            if not isinstance(value, (int, float, np.floating)) or not 0 < value < math.inf:
                raise DomainError(f"{name} is {value!r}; it must be a number > 0.")
            object.__setattr__(self, name, float(value))

    # -- f ----------------------------------------

    def slope(self, t: Array) -> Array:
        """f'(t)."""
        return np.ones(np.shape(t)) if self.loss == "bilinear" else special.expit(-np.asarray(t, dtype=float))

    def bend(self, t: Array) -> Array:
        """f''(t)."""
        t = np.asarray(t, dtype=float)
        return np.zeros(t.shape) if self.loss == "bilinear" else -special.expit(t) * special.expit(-t)

    # -- the field ----------------------------------------

    def field(self, theta: float, psi: float) -> np.ndarray:
        """The direction (dθ, dψ) in which the players go, what regularises them included."""
        if self.method == "instance noise":
            return self._noisy_field(theta, psi)
        t = -theta * psi
        rise = float(self.slope(t))
        found = rise * np.array([psi, -theta])
        if self.method in ("r1", "r2"):  # D's slope is ψ at every x, so the two penalties are one
            found[1] -= self.strength * psi
        if self.method == "consensus":
            # ½|v|² = ½ f'(t)² (θ² + ψ²)
            size, bend = theta * theta + psi * psi, float(self.bend(t))
            found -= self.strength * rise * (rise * np.array([theta, psi]) - bend * size * np.array([psi, theta]))
        return found

    def _noisy_field(self, theta: float, psi: float) -> np.ndarray:
        """Both laws are blurred by the same normal noise ε: V = E f(ψε) + E f(-ψ(θ + ε))."""
        noise = self.strength * _ROOTS
        real, fake = self.slope(psi * noise), self.slope(-psi * (theta + noise))
        return np.array([psi * (_WEIGHTS @ fake), _WEIGHTS @ (noise * real) - _WEIGHTS @ ((theta + noise) * fake)])

    def after(self, theta: float, psi: float) -> tuple[float, float]:
        """(θ, ψ) after one step; alternating, ψ sees the new θ."""
        h = self.step
        new_theta = theta + h * float(self.field(theta, psi)[0])
        seen = new_theta if self.method == "alternating" else theta
        return new_theta, psi + h * float(self.field(seen, psi)[1])

    def trajectory(self, start: Array, steps: int) -> np.ndarray:
        """(θ, ψ) at every step, of shape (steps + 1, 2).

        Raises
        ------
        DomainError
            If the start is no pair of finite numbers, or steps is no whole number >= 0.
        ConvergenceError
            If it leaves the floats, as it may where the method diverges; its `best` holds the steps until there.
        """
        try:
            at = np.asarray(start, dtype=float)
        except (TypeError, ValueError):
            at = np.array(np.nan)
        if at.shape != (2,) or not np.isfinite(at).all():
            raise DomainError(f"start is {start!r}; it must be two finite numbers (θ, ψ).")
        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 0 <= steps <= _MOST_STEPS:
            raise DomainError(f"steps is {steps!r}; it must be a whole number >= 0 and <= {_MOST_STEPS:,}.")
        found = np.empty((steps + 1, 2))
        found[0] = at
        for i in range(steps):
            with np.errstate(all="ignore"):
                found[i + 1] = self.after(*found[i].tolist())
            if not np.abs(found[i + 1]).max() < _LARGEST:
                raise ConvergenceError(
                    f"the trajectory leaves the floats at step {i + 1} of {steps}: the method diverges with "
                    f"step={self.step:g}. Take fewer steps or a smaller one; `best` of this error holds those before.",
                    found[: i + 1],
                )
        return found

    # -- theory ----------------------------------------

    def jacobian(self) -> np.ndarray:
        """That of the field at the equilibrium (0, 0), [2]_, lemmas 2.3, 3.1 and 3.2."""
        rise, bend = float(self.slope(0.0)), float(self.bend(0.0))
        damping = {
            "r1": (0.0, -self.strength),
            "r2": (0.0, -self.strength),
            "instance noise": (0.0, 2.0 * bend * self.strength**2),
            "consensus": (-self.strength * rise * rise,) * 2,
        }.get(self.method, (0.0, 0.0))
        return np.array([[damping[0], rise], [-rise, damping[1]]])

    def eigenvalues(self) -> np.ndarray:
        """λ of the Jacobian, by imaginary and then real part."""
        return _eigenvalues(self.jacobian())

    def multipliers(self) -> np.ndarray:
        """μ of one step, linearised at (0, 0): 1 + hλ, and of alternating steps those of their product."""
        J, h = self.jacobian(), self.step
        if self.method != "alternating":
            return 1.0 + h * self.eigenvalues()
        first, second = np.eye(2), np.eye(2)
        first[0], second[1] = first[0] + h * J[0], second[1] + h * J[1]
        return _eigenvalues(second @ first)

    def moduli(self) -> Estimate:
        """|μ|, largest first: below 1 the method converges near the equilibrium, above 1 it does not."""
        if self.method == "alternating" and self.step * float(self.slope(0.0)) < 2.0:
            return Estimate(np.ones(2))  # a pair of conjugates whose product, the determinant, is 1
        sizes = np.sort(np.abs(self.multipliers()))[::-1]
        # the square root in a double eigenvalue halves the digits
        J = self.jacobian()
        apart = abs((J[0, 0] - J[1, 1]) ** 2 + 4.0 * J[0, 1] * J[1, 0])
        loose = 1.0 / max(math.sqrt(apart), math.sqrt(EPS)) if apart < 1.0 else 1.0
        return Estimate(sizes, 16 * EPS * (1.0 + sizes) * (1.0 + self.step * loose))

    def growth(self, theta: float, psi: float) -> float:
        """1 + h² f'(-θψ)², by which a simultaneous step without a penalty multiplies θ² + ψ², exactly."""
        return 1.0 + (self.step * float(self.slope(-theta * psi))) ** 2

    def first_integral(self, theta: Array, psi: Array) -> Array:
        """θ² + ψ² + hθψ, which alternating steps on the bilinear game keep."""
        return theta * theta + psi * psi + self.step * theta * psi


def _eigenvalues(J: np.ndarray) -> np.ndarray:
    """Of a real 2 × 2 matrix, by its trace and determinant."""
    half, apart = 0.5 * (J[0, 0] + J[1, 1]), 0.5 * (J[0, 0] - J[1, 1])
    root = np.sqrt(complex(apart * apart + J[0, 1] * J[1, 0]))
    return np.array(sorted([half - root, half + root], key=lambda z: (z.imag, z.real)))
