"""What installed libraries return under the names of the paper's quantities: measured by calling them on one pair."""

from gantheory.conventions.measure import conventions
from gantheory.conventions.table import Convention, Conventions

__all__ = ["Convention", "Conventions", "conventions"]
