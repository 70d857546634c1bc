"""The functionals of the theory, as expressions: each is one integral, linear in its integrand.

p = p_data and q = p_g stand for the values of two densities with respect to one measure mu at a point x, D for
D(x). A functional is unfolded into its integrand, so that an identity between functionals becomes an identity
between functions, which the zero test decides.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sympy
from sympy import Rational, Symbol, log

from gantheory.symbolic.normal_form import OutsideClass

__all__ = [
    "CrossEntropy",
    "D",
    "Entropy",
    "Functional",
    "Int",
    "JSD",
    "KL",
    "MeanData",
    "MeanLatent",
    "TotalVariation",
    "Value",
    "bernoulli_kl",
    "delta",
    "equation",
    "integrand",
    "p",
    "phi",
    "q",
    "unfold",
]

p: Any = Symbol("p", positive=True)
q: Any = Symbol("q", positive=True)
D: Any = Symbol("D", positive=True)
delta: Any = Symbol("δ", real=True)
HALF = Rational(1, 2)


class Functional(sympy.Function):
    """A linear integral functional; `integrand` is what stands under the integral."""

    name_text: ClassVar[str] = ""
    separator: ClassVar[str] = ", "
    is_real = True  # or infinite: a value, never an exception

    @property
    def integrand(self) -> sympy.Expr:
        raise NotImplementedError


class Int(Functional):
    """∫ F dμ."""

    @property
    def integrand(self) -> sympy.Expr:
        return self.args[0]


class KL(Functional):
    """∫ f log(f/g) dμ."""

    name_text, separator = "KL", " ‖ "

    @property
    def integrand(self) -> sympy.Expr:
        f, g = self.args
        return f * log(f / g)


class JSD(Functional):
    """½ KL(f‖m) + ½ KL(g‖m), m = (f + g)/2."""

    name_text, separator = "JSD", " ‖ "

    @property
    def integrand(self) -> sympy.Expr:
        f, g = self.args
        m = (f + g) / 2
        return HALF * f * log(f / m) + HALF * g * log(g / m)


class Entropy(Functional):
    """−∫ f log f dμ."""

    name_text = "H"

    @property
    def integrand(self) -> sympy.Expr:
        return -self.args[0] * log(self.args[0])


class CrossEntropy(Functional):
    """−∫ f log g dμ."""

    name_text = "H"

    @property
    def integrand(self) -> sympy.Expr:
        f, g = self.args
        return -f * log(g)


class TotalVariation(Functional):
    """½ ∫ |f − g| dμ."""

    name_text = "TV"

    @property
    def integrand(self) -> sympy.Expr:
        f, g = self.args
        return sympy.Abs(f - g) / 2


class Value(Functional):
    """V(G, D) = ∫ p log D + p_g log(1 − D) dμ, for D and the pair (p, q) of this module."""

    name_text = "V"

    @property
    def integrand(self) -> sympy.Expr:
        return p * log(self.args[0]) + q * log(1 - self.args[0])


class MeanData(Functional):
    """E of h(x), x drawn from p_data: ∫ p h dμ."""

    name_text = "E_data"

    @property
    def integrand(self) -> sympy.Expr:
        return p * self.args[0]


class MeanLatent(Functional):
    """E of h(G(z)), z drawn from p_z: by the change of variables ∫ q h dμ, whatever the measurable G."""

    name_text = "E_z"

    @property
    def integrand(self) -> sympy.Expr:
        return q * self.args[0]


def integrand(expr: sympy.Expr, unit: sympy.Expr) -> sympy.Expr:
    """The one integrand of a linear combination of functionals; a constant c becomes c times a density of mass 1."""
    if isinstance(expr, Functional):
        return expr.integrand
    if expr.is_Add:
        return sympy.Add(*(integrand(a, unit) for a in expr.args))
    functionals = [a for a in sympy.Mul.make_args(expr) if a.has(Functional)]
    if not functionals:
        return expr * unit
    if len(functionals) > 1 or not isinstance(functionals[0], Functional | sympy.Add):
        raise OutsideClass(f"{expr} is not linear in its integrals")
    return sympy.Mul(*(a for a in expr.args if a is not functionals[0])) * integrand(functionals[0], unit)


class phi(sympy.Function):  # noqa: N801  (the paper's letter)
    """φ(δ) = ½[(1+δ) log(1+δ) + (1−δ) log(1−δ)], the integrand of JSD against m."""

    nargs, is_real = 1, True

    def unfolded(self) -> sympy.Expr:
        d: Any = self.args[0]
        return HALF * ((1 + d) * log(1 + d) + (1 - d) * log(1 - d))


class bernoulli_kl(sympy.Function):  # noqa: N801  (shown as kl, its textbook name)
    """kl(u‖v) = u log(u/v) + (1−u) log((1−u)/(1−v))."""

    nargs, is_real = 2, True

    def unfolded(self) -> sympy.Expr:
        u, v = (a for a in self.args)
        return u * log(u / v) + (1 - u) * log((1 - u) / (1 - v))  # type: ignore[operator]


def unfold(expr: Any) -> Any:
    """φ and kl written out; what is decided is always the plain formula."""
    expr = sympy.sympify(expr, strict=True)
    if not expr.has(phi, bernoulli_kl):
        return expr
    return expr.replace(lambda e: isinstance(e, phi | bernoulli_kl), lambda e: e.unfolded())


def equation(left: Any, right: Any) -> sympy.Equality:
    """left = right as a statement, not evaluated to a truth value."""
    return sympy.Eq(left, right, evaluate=False)
