"""Generators: E_z[h(G(z))] = E_p_g[h] for any G, minibatches, what a map does to the JSD, and which z made an x.

The two sides of the first never meet before the claim: one is an integral over z that knows G only, the other an
integral over x that knows p_g's density and atoms only, poles included. P(branch | x) is weighed under the second, and
compared with the first restricted to the branch.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from gantheory.claims.routes import discriminators, is_law, middle, proof
from gantheory.claims.statement import Claim, Statement, together
from gantheory.densities.half_line import end_ladder
from gantheory.densities.protocol import Law, Tail
from gantheory.discriminator import as_discriminator
from gantheory.divergences import js_divergence
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.expectation import expectation
from gantheory.game import value
from gantheory.inverse import flattened, inverses
from gantheory.panel import is_standard
from gantheory.panels import Edges, Points
from gantheory.pushforward import Pushforward

__all__ = ["DATA_PROCESSING", "INVERSION", "MINIBATCH", "PUSHFORWARD"]


def has_generator(case: Any) -> bool:
    """p_g is the law of G(z)."""
    return is_law(case) and isinstance(case.p_g, Pushforward)


# -- change of variables -------------------------------------------------------------------------------------------


class _ByDensity(Law):
    """p_g as a density of x and atoms, integrated in x as any named law is; it knows no z."""

    basis = "estimate"

    def __init__(self, law: Pushforward, *, atoms: bool = True, branches: int | None = None, jacobian: bool = True):
        self._law, self._branches, self._jacobian = law, law.branches[:branches], jacobian
        self._atoms = law.atoms() if atoms else Law.atoms(self)
        self.mass_error = law.mass_error

    @property
    def continuous_mass(self) -> float:
        return self._law.continuous_mass

    @property
    def log_rounding(self) -> float:
        return self._law.log_rounding

    def logpdf_at(self, points: Points) -> np.ndarray:
        flat = flattened(points)
        total = np.full(flat.anchor.shape, -np.inf)
        for here, z, slope in inverses(self._branches, flat):
            with np.errstate(divide="ignore"):
                share = self._law.prior.logpdf_at(z) - (np.log(slope) if self._jacobian else 0.0)
            total[here] = np.logaddexp(total[here], share)
        return total.reshape(np.shape(points.x))

    def support(self) -> tuple[float, float]:
        return self._law.support()

    def tails(self) -> tuple[Tail, Tail]:
        return self._law.tails()

    def poles(self) -> tuple[Any, ...]:
        return self._law.poles()

    def atoms(self) -> tuple[Any, Any]:
        return self._atoms

    def ppf(self, u: Any, /) -> Any:
        return self._law.ppf(u)

    @cached_property
    def edges(self) -> Edges:
        """Those of p_g, down into its poles, and its median where it has no point of its own."""
        folds = [f for b in self._law.branches for f in (b.fold0, b.fold1) if f is not None]
        ladders = [Edges.at([f.value], f.value, f.direction * end_ladder(1.0 / f.order, f.highest)) for f in folds]
        own = self._law.edges
        return Edges.union([own, *ladders, Edges.at([] if len(own.anchors) else [float(self.ppf(0.5))])])


def _functions(case: Any) -> dict[str, Any]:
    """Bounded test functions h: a sigmoid, a bump, and log(1 − D) of a random D."""
    low, high = middle(case)
    centre, width = 0.5 * (low + high), max(high - low, 0.5)
    D = discriminators(case, "pushforward")["step"]
    return {
        "tanh": lambda x: np.tanh((x - centre) / width),
        "bump": lambda x: np.exp(-np.minimum(((x - low) / width) ** 2, 700.0)),
        "log(1 − D)": D.log_one_minus_D,
    }


def _in_z(case: Any, h: Any) -> Estimate:
    """E_z[h(G(z))], an integral over z; G's kinks and jumps are its breakpoints."""
    law = case.p_g
    ends = np.array([z for piece in (*law.branches, *law.flats) for z in (piece.z0, piece.z1) if math.isfinite(z)])
    return expectation(law.prior, lambda z: h(law.generator(z)), breakpoints=ends)


_SEEN = 1e-12  # mass that may lie where a density of x cannot be seen


def _pushforward_residuals(case: Any, **options: Any) -> Estimate:
    if case.p_g.huddled > _SEEN:
        raise ConvergenceError(
            f"a mass of {case.p_g.huddled:.2g} lies at one x to rounding, where G saturates: p_g's density cannot be "
            "integrated in x. Use a prior of lighter tails."
        )
    in_x = _ByDensity(case.p_g, **options)
    return together(*(_in_z(case, h) - expectation(in_x, h) for h in _functions(case).values()))


PUSHFORWARD = Claim(
    "value.pushforward",
    "E_z[h(G(z))] = E_p_g[h], p_g(x) = Σ p_z(z)/|G′(z)| over the z with G(z) = x, for any G",
    "GAN14 eq. 1–3; corrects the Notes, which ask for an injective G and drop the Jacobian",
    {
        "P": proof("value.pushforward", "p_g(x) = Σ p_z(z)/|G′(z)|, E_z[h(G(z))] = ∫ h p_g dμ"),
        "N": Statement("E_z[h(G(z))] − (∫ h p_g dx + Σ h(atom)·mass) = 0", _pushforward_residuals),
    },
    (
        Statement("one branch of a folding G", lambda case: _pushforward_residuals(case, branches=1),
                  cases=("generator-square",)),
        Statement("p_g(G(z)) = p_z(z)", lambda case: _pushforward_residuals(case, jacobian=False),
                  cases=("generator-affine",)),
    ),
    has_generator,
    "p_g is the law of a generator G(z)",
    generators=True,
)  # fmt: skip

# -- minibatches ---------------------------------------------------------------------------------------------------

_BATCHES, _SIZE = 2000, 128
_SIGMAS = 5.0  # a residual outside has a probability of 6e-7: a row has some thirty of them


def _minibatch_values(case: Any, D: Any, label: float) -> np.ndarray:
    """The minibatch estimates (1/m) Σ log D(x) + (1/m) Σ log(1 − D(G(z))) of Algorithm 1, and their CLT errors."""
    rng = case.rng("minibatch")
    D = as_discriminator(D)
    x, z = (law.sample((_BATCHES, _SIZE), rng=rng) for law in (case.p_data, case.p_g.prior))
    real = label * D.log_D(x) + (1.0 - label) * D.log_one_minus_D(x)
    fake = D.log_one_minus_D(case.p_g.generator(z))
    error = np.sqrt((real.var(axis=1, ddof=1) + fake.var(axis=1, ddof=1)) / _SIZE)
    return np.stack([real.mean(axis=1) + fake.mean(axis=1), error])


def _bias(case: Any, label: float = 1.0) -> Estimate:
    """Mean of the minibatch estimates less V(G, D), within five standard errors."""
    found = []
    for D in discriminators(case).values():
        estimates = _minibatch_values(case, D, label)[0]
        error = _SIGMAS * float(estimates.std(ddof=1)) / math.sqrt(_BATCHES)
        found.append(Estimate(float(estimates.mean()), error + 1e-13, "sample") - case(value, D))
    return together(*found)


def _coverage(case: Any) -> Estimate:
    """The share of minibatches whose 95 % interval holds V(G, D), less 95 %."""
    found = []
    for name, D in discriminators(case).items():
        if name == "0.3":  # a constant has no variance
            continue
        estimates, errors = _minibatch_values(case, D, 1.0)
        quantile = float(special.stdtrit(2 * _SIZE - 2, 0.975))
        share = float(np.mean(np.abs(estimates - case(value, D).value) <= quantile * errors))
        spread = _SIGMAS * math.sqrt(0.95 * 0.05 / _BATCHES)
        found.append(Estimate(share - 0.95, spread + _SKEW, "sample"))
    return together(*found)


_SKEW = 0.01  # what a batch of 128 bounded, skewed numbers may lack of the CLT's coverage (Berry–Esseen's order)

MINIBATCH = Claim(
    "value.minibatch",
    "the minibatch estimate of V(G, D) is unbiased, with the CLT's interval where the variance is finite",
    "GAN14 alg. 1",
    {
        "O": (
            Statement("mean of 2,000 minibatch estimates (m = 128) − V(G, D) = 0", _bias, tolerance=0.05),
            Statement("the share of 95 % intervals that hold V(G, D) − 0.95 = 0", _coverage, tolerance=0.05),
        )
    },
    (Statement("one-sided label 0.95", lambda case: _bias(case, 0.95), cases=("generator-affine",), tolerance=0.05),),
    has_generator,
    "p_g is the law of a generator G(z); log D and log(1 − D) have a variance",
    level={"O": "standard"},
    generators=True,
)

# -- data processing -----------------------------------------------------------------------------------------------

_INJECTIVE, _FOLDING = "z + tanh(2*z)", "z**2"
_PROCESSED = (
    "normal-shift", "normal-laplace", "mixture-normal", "cauchy-shift", "exponential-gamma", "uniform-overlap",
    "uniform-disjoint", "dice", "point-masses", "atom-normal", "exponential-normal",
)  # fmt: skip


def _processed(case: Any, T: str) -> Estimate:
    """JSD(p‖q) − JSD(T#p‖T#q)."""
    return case(js_divergence) - js_divergence(Pushforward(T, case.p_data), Pushforward(T, case.p_g))


def _can_be_mapped(case: Any) -> bool:
    """Two laws by name; of the panel, one of each kind."""
    if not is_law(case) or any(isinstance(law, Pushforward) for law in (case.p_data, case.p_g)):
        return False
    return not is_standard(case) or case.name in _PROCESSED


DATA_PROCESSING = Claim(
    "js.data-processing",
    "JSD(T#p‖T#q) ≤ JSD(p‖q), with equality for a T that is injective (p+q)-almost everywhere",
    "Csiszár",
    {
        "N": (
            Statement("JSD(p‖q) − JSD(T#p‖T#q) ≥ 0 for T(z) = z²", lambda case: _processed(case, _FOLDING), ">= 0"),
            Statement("JSD(p‖q) − JSD(T#p‖T#q) = 0 for T(z) = z + tanh(2z)", lambda case: _processed(case, _INJECTIVE)),
        )
    },
    (Statement("equality for T(z) = z²", lambda case: _processed(case, _FOLDING), cases=("normal-shift",)),),
    _can_be_mapped,
    "two laws that are named, or made of such; of the panel: " + ", ".join(_PROCESSED),
    level={"N": "standard"},
)

# -- inversion -----------------------------------------------------------------------------------------------------


def _folds(case: Any) -> bool:
    """More than one z for some x."""
    return has_generator(case) and len(case.p_g.branches) > 1


def _on_branch(case: Any, k: int, h: Any) -> Estimate:
    """E_z[h(G(z)), z on branch k], an integral over z."""
    law, branch = case.p_g, case.p_g.branches[k]
    ends = np.array([z for piece in (*law.branches, *law.flats) for z in (piece.z0, piece.z1) if math.isfinite(z)])

    def restricted(z: np.ndarray) -> np.ndarray:
        return np.where((z > branch.z0) & (z < branch.z1), h(law.generator(z)), 0.0)

    z, held = law.prior.atoms()  # an atom of z makes one of x: the density knows nothing of it
    return expectation(law.prior, restricted, breakpoints=ends) - float(np.sum(held * restricted(z)))


def _equal_weights(probability: np.ndarray) -> np.ndarray:
    possible = probability > 0
    return possible / possible.sum(axis=-1, keepdims=True)


def _inversion_residuals(case: Any, weights: Any = None) -> Estimate:
    """E_p_g[h(x) P(branch k | x)], an integral over x, less E_z[h(G(z)), z on branch k]."""
    law, h = case.p_g, _functions(case)["bump"]

    def residual(k: int) -> Estimate:
        def shared(x: np.ndarray) -> np.ndarray:
            probability = law.inversion(x).probability
            return h(x) * (probability if weights is None else weights(probability))[..., k]

        continuous = _ByDensity(law, atoms=False)
        return expectation(continuous, shared, rtol=1e-10) - _on_branch(case, k, h)

    return together(*(residual(k) for k in range(min(len(law.branches), 3))))


INVERSION = Claim(
    "latent.inversion",
    "P(z_i|x) = p_z(z_i)/|G′(z_i)| / p_g(x) over the branches: what an inference network has to learn",
    "Notes, future work 2, 4",
    {
        "P": proof("latent.inversion", "P(z_i|x) = p_z(z_i)/|G′(z_i)| / p_g(x)"),
        "N": Statement("E_p_g[h·P(branch|x)] − E_z[h(G(z)), z on the branch] = 0", _inversion_residuals),
    },
    (
        Statement(
            "equal weights on the branches",
            lambda case: _inversion_residuals(case, _equal_weights),
            cases=("generator-square",),
        ),
    ),
    _folds,
    "p_g is the law of a generator that folds",
    uses=("value.pushforward",),
    generators=True,
)
