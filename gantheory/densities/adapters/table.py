"""The table of the door: who an object is, and who reads it. The first row that knows the object takes it.

A predicate looks at names and attributes only, so that no library is imported unless one of its objects was given.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from gantheory.densities.adapters import callables, scipy_frozen, scipy_new, sympy_variables
from gantheory.densities.protocol import Law
from gantheory.errors import DomainError

__all__ = ["ADAPTERS", "adapted"]


def _is_class(obj: Any) -> bool:
    return isinstance(obj, type)


def _refused_class(obj: Any, support: Any, breakpoints: Any) -> Law:
    raise DomainError(f"law is the class {obj.__name__}; it must be a law: give its parameters, {obj.__name__}(...).")


def _is_number(obj: Any) -> bool:
    return obj is None or isinstance(obj, numbers.Number)


def _refused_number(obj: Any, support: Any, breakpoints: Any) -> Law:
    remedy = "" if obj is None else f" A point mass is Discrete([{obj!r}], [1.0])."
    raise DomainError(f"law is {obj!r}; it must be a law: a Density, a text such as 'norm(0, 1)', or a pdf.{remedy}")


def _is_several(obj: Any) -> bool:
    return getattr(obj, "dim", 1) not in (1, None) and type(obj).__module__.startswith("scipy.stats")


def _refused_several(obj: Any, support: Any, breakpoints: Any) -> Law:
    raise DomainError(f"law is {type(obj).__name__} of {obj.dim} variables; it must be a law on the line.")


#: (who it is, who reads it), from the particular to the general.
ADAPTERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Any, Any], Law]], ...] = (
    (_is_class, _refused_class),
    (_is_number, _refused_number),
    (scipy_new.is_new_style, scipy_new.new_style_law),
    (scipy_frozen.is_frozen, scipy_frozen.frozen_law),
    (scipy_frozen.is_unfrozen, scipy_frozen.unfrozen_law),
    (scipy_frozen.is_gaussian_kde, scipy_frozen.kde_law),
    (_is_several, _refused_several),
    (sympy_variables.is_sympy, sympy_variables.sympy_law),
    (callables.is_array, callables.refused_array),
    (callables.has_density, callables.user_law),
    (callables.has_log_prob, callables.law_with_log_prob),
    (callable, callables.callable_law),
)


def adapted(obj: Any, support: Any = None, breakpoints: Any = ()) -> Law:
    """The law that an object of another library, a class or a function stands for."""
    for is_one, adapter in ADAPTERS:
        if is_one(obj):
            return adapter(obj, support, breakpoints)
    raise DomainError(
        f"law is {obj!r}, of type {type(obj).__name__}; it must be a law: a Density, a text such as 'norm(0, 1)', a "
        "distribution of scipy.stats or sympy.stats, a class with logpdf and support, or a pdf."
    )
