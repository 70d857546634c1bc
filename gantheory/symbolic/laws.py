"""Laws in symbols: a sympy.stats variable, or a density written in x, as one object with its support.

A log-density is written out term by term before anything is done with it; the raw log(p/q) of two densities is
unusable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Rational, Symbol, oo

from gantheory.errors import DomainError, NotNormalizedError

__all__ = ["SymbolicLaw", "as_symbolic_law", "overlap"]

X: Any = Symbol("x", real=True)
_WAYS = "a sympy.stats variable such as Normal('X', 0, 1), or a density in the symbol x with support=(a, b)"


@dataclass(frozen=True)
class SymbolicLaw:
    """A density in `X` on (low, high), or masses at points.

    Attributes
    ----------
    family : str
        The name of the sympy.stats distribution, such as "NormalDistribution"; "" for a density given as a formula.
    parameters : tuple of Expr
    pdf : Expr
        The density (or the mass at an integer x) inside the support.
    low, high : Expr
        The ends of the support.
    masses : mapping of Expr to Expr
        Of a law on finitely many points.
    discrete : bool
        Whether the reference measure counts.
    """

    family: str
    parameters: tuple[Any, ...]
    pdf: Any
    low: Any
    high: Any
    masses: Mapping[Any, Any] = field(default_factory=dict)
    discrete: bool = False

    def log_pdf(self, x: Any = X) -> Any:
        """log p, written out term by term."""
        return written_out(sympy.log(self.pdf)).subs(X, x)

    @property
    def finite(self) -> bool:
        """Whether the law sits on finitely many points."""
        return bool(self.masses)


def written_out(expr: Any) -> Any:
    """Logarithms of products, powers and exponentials as sums: right inside the support, where each factor is > 0."""
    return sympy.expand_log(sympy.expand_power_base(expr, force=True), force=True)


def as_symbolic_law(law: Any, name: str, support: tuple[Any, Any] | None = None) -> SymbolicLaw:
    """Read an argument once: what it is, and where it lives.

    >>> from sympy.stats import Exponential
    >>> law = as_symbolic_law(Exponential("E", 2), "p")
    >>> law.pdf, law.low, law.high
    (2*exp(-2*x), 0, oo)
    """
    if support is not None and not (isinstance(support, tuple | list) and len(support) == 2):
        raise DomainError(f"support = {support!r} is not an interval; give (a, b) with a < b")
    if isinstance(law, SymbolicLaw):
        return law
    if not isinstance(law, sympy.Basic | int | float):
        raise DomainError(f"{name} = {law!r} is not a law in symbols; give {_WAYS}")
    space = getattr(law, "pspace", None)
    if space is not None:
        return _variable(law, space, name)
    return _formula(sympy.sympify(law, strict=True), name, support)


def _variable(variable: Any, space: Any, name: str) -> SymbolicLaw:
    distribution = getattr(space, "distribution", None)
    if distribution is None or variable != getattr(space, "value", None):
        raise DomainError(f"{name} = {variable} is not a single variable of a known distribution; give {_WAYS}")
    family, parameters = type(distribution).__name__, tuple(distribution.args)
    if hasattr(distribution, "dict") and not callable(distribution.dict):
        masses = {sympy.sympify(k): sympy.sympify(v) for k, v in distribution.dict.items() if v != 0}
        return SymbolicLaw(family, parameters, None, min(masses), max(masses), masses, discrete=True)
    support = distribution.set
    pdf = distribution.pdf(X)
    if isinstance(pdf, sympy.Piecewise):
        pdf = pdf.args[0].expr  # the branch inside the support, which `support` states
    if family == "StudentTDistribution":
        nu = parameters[0]
        pdf = _student(nu)
    return SymbolicLaw(
        family, parameters, pdf, support.inf, support.sup, discrete=bool(support.is_subset(sympy.S.Integers))
    )


def _student(nu: Any) -> Any:
    half = Rational(1, 2)
    normalisation = sympy.gamma((nu + 1) * half) / (sympy.sqrt(nu * sympy.pi) * sympy.gamma(nu * half))
    return normalisation * (1 + X**2 / nu) ** (-(nu + 1) * half)


def _formula(pdf: Any, name: str, support: tuple[Any, Any] | None) -> SymbolicLaw:
    free = [s for s in pdf.free_symbols if s.name == "x"]
    if len(free) != 1:
        raise DomainError(f"{name} = {pdf} is not a density in the symbol x; give {_WAYS}")
    low, high = (sympy.sympify(end, strict=True) for end in (support or (-oo, oo)))
    if (high - low).is_extended_positive is not True:
        raise DomainError(f"support = ({low}, {high}) is not an interval; give (a, b) with a < b")
    pdf = pdf.subs(free[0], X)
    law = SymbolicLaw("", (), pdf, low, high)
    unknown = sorted(s.name for s in pdf.free_symbols - {X} if not s.is_real)
    if unknown:
        raise DomainError(f"{name} = {pdf} has parameters {', '.join(unknown)} not declared positive; declare them so")
    if not pdf.free_symbols - {X} and not (low.free_symbols | high.free_symbols):
        _check_mass(law, name)
    return law


def _check_mass(law: SymbolicLaw, name: str) -> None:
    """Without free parameters the density can be tested: ≥ 0 at a few points, and of mass 1 (to 1e-6)."""
    mass = sympy.Integral(law.pdf, (X, law.low, law.high)).evalf(8)
    if not mass.is_number or not abs(mass - 1) < Rational(1, 10**6):
        raise NotNormalizedError(
            f"{name} = {law.pdf} has mass {mass} on ({law.low}, {law.high}), not 1; divide it by its mass"
        )
    left = law.low if law.low.is_finite else sympy.Integer(-4)
    right = law.high if law.high.is_finite else sympy.Integer(4)
    for k in range(1, 16):
        point = left + (right - left) * Rational(k, 16) if left < right else law.low + k
        if (law.pdf.subs(X, point) < 0) == True:  # noqa: E712  (a sympy relation)
            raise DomainError(f"{name} = {law.pdf} is negative at x = {point}; a density is not")


def _at_most(left: Any, right: Any) -> bool:
    """left <= right, or an error where the assumptions do not say."""
    if left == right or left == -oo or right == oo:
        return True
    answer = (right - left).is_nonnegative
    if answer is None:
        raise DomainError(
            f"the ends of the supports {left} and {right} cannot be compared; "
            "give numbers, or symbols whose signs decide it"
        )
    return bool(answer)


def contains(outer: SymbolicLaw, inner: SymbolicLaw) -> bool:
    """Whether inner's support lies in outer's."""
    return _at_most(outer.low, inner.low) and _at_most(inner.high, outer.high)


def overlap(p: SymbolicLaw, q: SymbolicLaw) -> tuple[Any, Any] | None:
    """The interval where both densities are positive, or None."""
    low = q.low if _at_most(p.low, q.low) else p.low
    high = p.high if _at_most(p.high, q.high) else q.high
    return None if _at_most(high, low) else (low, high)


__all__ += ["X", "contains", "written_out"]
