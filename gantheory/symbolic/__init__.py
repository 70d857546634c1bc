"""The theory in symbols: derivations as checked steps, and the game's quantities as sympy expressions."""

from gantheory.symbolic.catalogue import COUNTERFEITS, derivations, derive
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.quantities import (
    criterion,
    js_divergence,
    kl_divergence,
    optimal_discriminator,
    optimality_gap,
    value,
)
from gantheory.symbolic.rules import RULES
from gantheory.symbolic.zero_test import Decision, is_zero, sign

__all__ = [
    "COUNTERFEITS",
    "RULES",
    "Decision",
    "Derivation",
    "Step",
    "criterion",
    "derivations",
    "derive",
    "is_zero",
    "js_divergence",
    "kl_divergence",
    "optimal_discriminator",
    "optimality_gap",
    "sign",
    "value",
]
