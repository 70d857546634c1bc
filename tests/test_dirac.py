"""The Dirac-GAN: its eigenvalues by differences of its own steps, and its trajectories by their exact laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from gantheory.densities import Discrete
from gantheory.dirac import METHODS, DiracGAN
from gantheory.discriminator import Discriminator
from gantheory.errors import ConvergenceError, DomainError
from gantheory.game import value

LOSSES = ("logistic", "bilinear")
ALL = [(method, loss) for method in METHODS for loss in LOSSES]
DAMPED = [(m, f) for m, f in ALL if m in ("r1", "r2", "consensus") or (m, f) == ("instance noise", "logistic")]


def potential(theta: float, psi: float) -> float:
    """V = f(0) + f(-θψ) for the logistic f, as the game's own value of δ₀, δ_θ and D of logit ψx."""
    return float(value(Discrete([0.0], [1.0]), Discrete([theta], [1.0]), Discriminator(lambda x: psi * x)))


@pytest.mark.parametrize(("theta", "psi"), [(0.8, 0.5), (-1.3, 0.7), (0.4, -2.0)])
def test_the_field_is_that_of_the_game(theta: float, psi: float) -> None:
    """(−∂V/∂θ, ∂V/∂ψ), by central differences of V(G, D)."""
    h = 1e-5
    expected = [
        -(potential(theta + h, psi) - potential(theta - h, psi)) / (2 * h),
        (potential(theta, psi + h) - potential(theta, psi - h)) / (2 * h),
    ]
    assert np.allclose(DiracGAN().field(theta, psi), expected, atol=1e-9)


@pytest.mark.parametrize(("method", "loss"), ALL)
def test_the_jacobian_is_that_of_the_field(method: str, loss: str) -> None:
    """At the equilibrium, by central differences."""
    game, h = DiracGAN(method, loss, strength=0.7), 1e-5
    found = np.column_stack([(game.field(*(h * e)) - game.field(*(-h * e))) / (2 * h) for e in np.eye(2)])
    assert np.allclose(found, game.jacobian(), atol=1e-9)


@pytest.mark.parametrize(("method", "loss"), ALL)
@pytest.mark.parametrize("step", [0.05, 0.5, 2.5])
def test_the_multipliers_are_those_of_a_step(method: str, loss: str, step: float) -> None:
    """Eigenvalues of a step's derivative by differences; those of a wrong step are not."""
    game, h = DiracGAN(method, loss, step, 0.7), 1e-5
    A = np.column_stack(
        [(np.array(game.after(*(h * e))) - np.array(game.after(*(-h * e)))) / (2 * h) for e in np.eye(2)]
    )
    mu = game.multipliers()
    assert np.trace(A) == pytest.approx(np.sum(mu).real, abs=1e-8)
    assert np.linalg.det(A) == pytest.approx(np.prod(mu).real, abs=1e-8)
    sizes = np.sort(np.abs(np.linalg.eigvals(A)))[::-1]
    assert np.all(np.abs(sizes - game.moduli().value) <= game.moduli().error + 1e-4 * step)
    other = DiracGAN(method, loss, 1.01 * step, 0.7).multipliers()
    assert abs(np.prod(other).real - np.prod(mu).real) + abs(np.sum(other) - np.sum(mu)) > 1e-6


def test_eigenvalues_of_the_paper() -> None:
    """±i/2 for the logistic f, ±i for the bilinear; with R1, -γ/2 ± √(γ²/4 - 1/4)."""
    assert DiracGAN().eigenvalues().tolist() == [-0.5j, 0.5j]
    assert DiracGAN(loss="bilinear").eigenvalues().tolist() == [-1j, 1j]
    gamma = 0.6
    expected = -gamma / 2 + np.array([-1, 1]) * np.emath.sqrt(gamma**2 / 4 - 0.25)
    assert np.allclose(DiracGAN("r1", strength=gamma).eigenvalues(), expected)
    noise = 0.9  # f''(0) σ² ± √(f''(0)² σ⁴ - f'(0)²), f''(0) = -1/4
    expected = -(noise**2) / 4 + np.array([-1, 1]) * np.emath.sqrt(noise**4 / 16 - 0.25)
    assert np.allclose(DiracGAN("instance noise", strength=noise).eigenvalues(), expected)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("step", [0.05, 0.2, 1.0])
def test_simultaneous_steps_grow_by_the_exact_law(loss: str, step: float) -> None:
    """|(θ, ψ)|² is multiplied by 1 + h² f'(-θψ)², at every step."""
    game = DiracGAN("simultaneous", loss, step)
    path = game.trajectory((0.8, 0.5), 40)
    size = np.sum(path**2, axis=1)
    t = -path[:-1, 0] * path[:-1, 1]
    slope = special.expit(-t) if loss == "logistic" else np.ones(40)
    assert np.allclose(size[1:] / size[:-1], 1 + (step * slope) ** 2, rtol=1e-14)
    assert np.allclose([game.growth(*at) for at in path[:-1].tolist()], 1 + (step * slope) ** 2, rtol=1e-15)
    assert size[-1] > size[0]


def test_alternating_steps_cycle_on_the_bilinear_game() -> None:
    """θ² + ψ² + hθψ is kept to rounding for 5,000 steps, so the orbit is bounded."""
    game = DiracGAN("alternating", "bilinear", 0.5)
    path = game.trajectory((1.0, 0.5), 5000)
    kept = game.first_integral(*path.T)
    assert np.ptp(kept) < 1e-12
    assert np.sum(path**2, axis=1).max() <= kept[0] / (1 - 0.25) + 1e-9


def test_alternating_steps_drift_out_on_the_logistic_game() -> None:
    """Neutral to first order, and yet outward: slower with smaller steps."""
    drifts = []
    for step in (0.3, 0.5):
        game = DiracGAN("alternating", "logistic", step)
        assert game.moduli().value.tolist() == [1.0, 1.0]
        size = np.hypot(*game.trajectory((1.0, 1.0), 20_000).T)
        drifts.append(size[-2000:].max() - size[:200].max())
    assert 0.1 < drifts[0] < drifts[1]


@pytest.mark.parametrize(("method", "loss"), DAMPED)
def test_damped_methods_arrive(method: str, loss: str) -> None:
    """|1 + hλ| < 1, and a run decays at that rate."""
    game = DiracGAN(method, loss, 0.1)
    assert np.all(game.moduli() < 1.0)
    path = game.trajectory((0.6, 0.4), 800)
    size = np.hypot(*path.T)
    assert size[-1] < 1e-4
    rate = (size[700] / size[400]) ** (1 / 300)
    assert rate == pytest.approx(float(game.moduli().value[0]), abs=3e-3)


def test_noise_does_not_help_the_bilinear_game() -> None:
    """f'' = 0: the eigenvalues stay on the imaginary axis, and simultaneous steps spiral out."""
    game = DiracGAN("instance noise", "bilinear", 0.1)
    assert np.all(game.moduli() > 1.0)
    assert np.hypot(*game.trajectory((0.6, 0.4), 1000)[-1]) > 1.0


def test_too_large_a_step_undoes_a_penalty() -> None:
    """|1 + hλ| < 1 for small h only."""
    assert np.all(DiracGAN("r1", step=0.5).moduli() < 1.0)
    assert bool(DiracGAN("r1", step=5.0).moduli()[0] > 1.0)
    assert bool(DiracGAN("alternating", "bilinear", 2.5).moduli()[0] > 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DiracGAN("adam"), "method"),
        (lambda: DiracGAN(loss="hinge"), "loss"),
        (lambda: DiracGAN(step=0.0), "step"),
        (lambda: DiracGAN("r1", strength=-1.0), "strength"),
        (lambda: DiracGAN(step=math.inf), "step"),
        (lambda: DiracGAN().trajectory([1.0], 5), "start"),
        (lambda: DiracGAN().trajectory([1.0, math.nan], 5), "start"),
        (lambda: DiracGAN().trajectory("ab", 5), "start"),
        (lambda: DiracGAN().trajectory([1.0, 1.0], -1), "steps"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    """The argument is named."""
    with pytest.raises(DomainError, match=message):
        call()


def test_a_trajectory_that_leaves_the_floats() -> None:
    """It is said where, and what was before is kept: no nan is returned."""
    with pytest.raises(ConvergenceError, match="leaves the floats at step 991 of 5000") as caught:
        DiracGAN("simultaneous", "bilinear", step=1.0).trajectory([5.0, 5.0], 5000)
    assert caught.value.best.shape == (991, 2)
    assert np.isfinite(caught.value.best).all()
