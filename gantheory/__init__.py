"""The theory of generative adversarial nets, decided on one-dimensional laws with an error bar on every number.

The front door: it names what is public and computes nothing. A name loads its module when it is first asked for, so
that ``import gantheory`` costs nothing, and ``--help`` little.

>>> import gantheory as gt
>>> gt.parse_density("norm(0, 1)") == gt.Normal(0.0, 1.0)
True
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.brackets import js_divergence_bracket as js_divergence_bracket
    from gantheory.capacity import capacity_witness as capacity_witness
    from gantheory.contrasts import projected_gradient as projected_gradient
    from gantheory.contrasts import stalling_improvement as stalling_improvement
    from gantheory.conventions import conventions as conventions
    from gantheory.counterexample import find_counterexample as find_counterexample
    from gantheory.criterion_gradient import criterion_gradient as criterion_gradient
    from gantheory.criterion_gradient import edge_terms as edge_terms
    from gantheory.criterion_gradient import pathwise_gradient as pathwise_gradient
    from gantheory.densities import Beta as Beta
    from gantheory.densities import Cauchy as Cauchy
    from gantheory.densities import Density as Density
    from gantheory.densities import Discrete as Discrete
    from gantheory.densities import Empirical as Empirical
    from gantheory.densities import Exponential as Exponential
    from gantheory.densities import Gamma as Gamma
    from gantheory.densities import Laplace as Laplace
    from gantheory.densities import Logistic as Logistic
    from gantheory.densities import Mixture as Mixture
    from gantheory.densities import Normal as Normal
    from gantheory.densities import StudentT as StudentT
    from gantheory.densities import Tabulated as Tabulated
    from gantheory.densities import Uniform as Uniform
    from gantheory.densities import Weibull as Weibull
    from gantheory.densities import as_density as as_density
    from gantheory.densities import parse_density as parse_density
    from gantheory.descent import mirror_descent as mirror_descent
    from gantheory.dirac import DiracGAN as DiracGAN
    from gantheory.divergences import cross_entropy as cross_entropy
    from gantheory.divergences import entropy as entropy
    from gantheory.divergences import f_divergence as f_divergence
    from gantheory.divergences import js_divergence as js_divergence
    from gantheory.divergences import kl_divergence as kl_divergence
    from gantheory.divergences import total_variation as total_variation
    from gantheory.divergences import wasserstein_distance as wasserstein_distance
    from gantheory.ensemble import Ensemble as Ensemble
    from gantheory.errors import CheckError as CheckError
    from gantheory.errors import CheckpointError as CheckpointError
    from gantheory.errors import ConvergenceError as ConvergenceError
    from gantheory.errors import DomainError as DomainError
    from gantheory.errors import GanTheoryError as GanTheoryError
    from gantheory.errors import NotNormalizedError as NotNormalizedError
    from gantheory.errors import ParseError as ParseError
    from gantheory.errors import ResolutionWarning as ResolutionWarning
    from gantheory.estimate import Estimate as Estimate
    from gantheory.expectation import expectation as expectation
    from gantheory.flows import fisher_rao_flow as fisher_rao_flow
    from gantheory.flows import wasserstein_flow as wasserstein_flow
    from gantheory.game import Discriminator as Discriminator
    from gantheory.game import criterion as criterion
    from gantheory.game import optimal_discriminator as optimal_discriminator
    from gantheory.game import optimality_gap as optimality_gap
    from gantheory.game import value as value
    from gantheory.grid import Grid as Grid
    from gantheory.mlp import MLP as MLP
    from gantheory.objectives import OBJECTIVES as OBJECTIVES
    from gantheory.objectives import Objective as Objective
    from gantheory.parametric import descend as descend
    from gantheory.projection import best_fit as best_fit
    from gantheory.projection import projection_table as projection_table
    from gantheory.pushforward import Pushforward as Pushforward
    from gantheory.ratio import log_ratio as log_ratio
    from gantheory.tracking import Tracker as Tracker
    from gantheory.training import train as train
    from gantheory.trajectory import Trajectory as Trajectory
    from gantheory.trajectory import capacity_price as capacity_price
    from gantheory.versions import show_versions as show_versions

__version__ = "0.1.0"

# module: the public names that live there. The imports above say the same to a type checker; a test compares the two.
_ROOMS = {
    "brackets": "js_divergence_bracket",
    "densities": (
        "Beta Cauchy Density Discrete Empirical Exponential Gamma Laplace Logistic Mixture Normal StudentT "
        "Tabulated Uniform Weibull as_density parse_density"
    ),
    "divergences": (
        "cross_entropy entropy f_divergence js_divergence kl_divergence total_variation wasserstein_distance"
    ),
    "ensemble": "Ensemble",
    "errors": (
        "CheckError CheckpointError ConvergenceError DomainError GanTheoryError NotNormalizedError ParseError "
        "ResolutionWarning"
    ),
    "estimate": "Estimate",
    "expectation": "expectation",
    "pushforward": "Pushforward",
    "capacity": "capacity_witness",
    "conventions": "conventions",
    "counterexample": "find_counterexample",
    "contrasts": "projected_gradient stalling_improvement",
    "criterion_gradient": "criterion_gradient edge_terms pathwise_gradient",
    "descent": "mirror_descent",
    "dirac": "DiracGAN",
    "flows": "fisher_rao_flow wasserstein_flow",
    "mlp": "MLP",
    "objectives": "OBJECTIVES Objective",
    "parametric": "descend",
    "projection": "best_fit projection_table",
    "tracking": "Tracker",
    "training": "train",
    "trajectory": "Trajectory capacity_price",
    "versions": "show_versions",
    "ratio": "log_ratio",
    "game": "Discriminator criterion optimal_discriminator optimality_gap value",
    "grid": "Grid",
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}
_SUBMODULES = {
    *_ROOMS,
    "certified",
    "claims",
    "exercises",
    "expressions",
    "algorithm_1",
    "checkpoint",
    "reading",
    "families",
    "optimizers",
    "panel",
    "piecewise_linear",
    "play",
    "plotting",
    "strategies",
    "symbolic",
    "verify",
} - _HOME.keys()
__all__ = ["__version__", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        setattr(sys.modules[__name__], name, found)  # once: from here on it is an ordinary attribute
        return found
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])


def __dir__() -> list[str]:
    return sorted({name for name in globals() if name.startswith("__")} | _HOME.keys() | _SUBMODULES)


class _FrontDoor(ModuleType):
    """A package in which a public name wins over the file of the same name.

    Importing a submodule binds it on its package: without this, ``gantheory.expectation`` would be the function or the
    file, by what had been imported before. The file stays where Python keeps it, in ``sys.modules``.
    """

    def __setattr__(self, name: str, bound: Any) -> None:
        if name in _HOME and isinstance(bound, ModuleType):
            bound = getattr(bound, name)
        super().__setattr__(name, bound)


sys.modules[__name__].__class__ = _FrontDoor
