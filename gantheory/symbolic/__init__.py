"""The theory in symbols: derivations as checked steps, and the game's quantities as sympy expressions."""

from gantheory.symbolic.catalogue import COUNTERFEITS, derivations, derive
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.zero_test import Decision, is_zero, sign

__all__ = ["COUNTERFEITS", "Decision", "Derivation", "Step", "derivations", "derive", "is_zero", "sign"]
