"""How a formula shows: one Unicode line in a terminal, LaTeX in a notebook."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from gantheory.symbolic import functionals as f
from gantheory.symbolic.labels import label_latex

__all__ = ["latex", "text"]

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_HALVES = {sympy.Rational(1, 2): "½", sympy.Rational(1, 4): "¼", sympy.Rational(3, 4): "¾"}
_RELATIONS = {"=": "=", ">=": "≥", "<=": "≤", ">": ">", "<": "<", "iff": "⇔"}
_LATEX_RELATIONS = {"=": "=", ">=": r"\ge", "<=": r"\le", ">": ">", "<": "<", "iff": r"\iff"}


class _Text(StrPrinter):
    """One line: a·log(y) + b·log(1 − y), ∫ p·log(D) dμ, KL(p ‖ m)."""

    def _print_Functional(self, expr: f.Functional) -> str:
        return f"{expr.name_text}({expr.separator.join(self._print(a) for a in expr.args)})"

    # sympy looks a function up by its own name, not by its base's
    _print_KL = _print_JSD = _print_Entropy = _print_CrossEntropy = _print_TotalVariation = _print_Functional

    def _print_Int(self, expr: f.Functional) -> str:
        inside = self._print(expr.args[0])
        return f"∫ [{inside}] dμ" if expr.args[0].is_Add else f"∫ {inside} dμ"

    def _print_MeanData(self, expr: f.Functional) -> str:
        return f"E_data[{self._print(expr.args[0])}]"

    def _print_MeanLatent(self, expr: f.Functional) -> str:
        return f"E_z[{self._print(expr.args[0])} ∘ G]"

    def _print_Value(self, expr: f.Functional) -> str:
        return f"V(G, {self._print(expr.args[0])})"

    def _print_phi(self, expr: sympy.Function) -> str:
        return f"φ({self._print(expr.args[0])})"

    def _print_bernoulli_kl(self, expr: sympy.Function) -> str:
        return f"kl({self._print(expr.args[0])} ‖ {self._print(expr.args[1])})"

    def _print_Add(self, expr: sympy.Expr, order: str | None = None) -> str:
        terms = expr.args if isinstance(expr, sympy.Add) and not expr.is_commutative else self._as_ordered_terms(expr)
        # 1 − y and not −y + 1: a positive term leads where there is one.
        terms = sorted(terms, key=lambda t: t.could_extract_minus_sign())
        out = ""
        for term in terms:
            negative = term.could_extract_minus_sign()
            shown = self.parenthesize(-term if negative else term, PRECEDENCE["Add"] + (1 if negative else 0))
            out += (" − " if negative else " + ") + shown if out else ("−" if negative else "") + shown
        return out

    def _print_Mul(self, expr: sympy.Expr) -> str:
        if expr.could_extract_minus_sign():
            return "−" + self.parenthesize(-expr, PRECEDENCE["Mul"], strict=True)
        numerator, denominator = sympy.fraction(expr, exact=True)
        if denominator != 1 and not (denominator.is_Integer and sympy.Rational(1, denominator) in _HALVES):
            return f"{self._factors(numerator)}/{self._divisor(denominator)}"
        return self._factors(expr)

    def _divisor(self, denominator: sympy.Expr) -> str:
        return self.parenthesize(denominator, PRECEDENCE["Mul"])

    def _factors(self, expr: sympy.Expr) -> str:
        factors = expr.as_ordered_factors()
        shown = [self._factor(a) for a in factors]
        return "·".join(shown)

    def _factor(self, factor: sympy.Expr) -> str:
        if isinstance(factor, f.Int):
            return f"({self._print(factor)})"
        return self._print(factor) if factor.is_Rational else self.parenthesize(factor, PRECEDENCE["Mul"])

    def _print_Rational(self, expr: sympy.Rational) -> str:
        return _HALVES.get(expr) or super()._print_Rational(expr).replace("-", "−")

    def _print_Integer(self, expr: sympy.Integer) -> str:
        return super()._print_Integer(expr).replace("-", "−")

    def _print_Half(self, expr: sympy.Expr) -> str:
        return "½"

    def _print_Pow(self, expr: sympy.Expr, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent == sympy.Rational(1, 2):
            return f"√{self.parenthesize(base, PRECEDENCE['Atom'], strict=True)}"
        if exponent.is_Integer and exponent > 1:
            return self.parenthesize(base, PRECEDENCE["Atom"], strict=True) + str(exponent).translate(_SUPERSCRIPT)
        if exponent.is_negative:
            return f"1/{self._divisor(1 / expr)}"
        return f"{self.parenthesize(base, PRECEDENCE['Pow'])}^{self.parenthesize(exponent, PRECEDENCE['Pow'])}"

    def _print_polygamma(self, expr: sympy.Function) -> str:
        return f"ψ({self._print(expr.args[1])})" if expr.args[0] == 0 else super()._print_Function(expr)

    def _print_loggamma(self, expr: sympy.Function) -> str:
        return f"log Γ({self._print(expr.args[0])})"

    def _print_gamma(self, expr: sympy.Function) -> str:
        return f"Γ({self._print(expr.args[0])})"

    def _print_EulerGamma(self, expr: sympy.Expr) -> str:
        return "γ"

    def _print_exp(self, expr: sympy.Function) -> str:
        return f"e^{self.parenthesize(expr.args[0], PRECEDENCE['Atom'], strict=True)}"

    def _print_ExpBase(self, expr: sympy.Function, exp: str | None = None) -> str:
        return self._print_exp(expr)

    def _print_Exp1(self, expr: sympy.Expr) -> str:
        return "e"

    def _print_LambertW(self, expr: sympy.Function) -> str:
        return f"W({', '.join(self._print(a) for a in expr.args)})"

    def _print_Infinity(self, expr: sympy.Expr) -> str:
        return "∞"

    def _print_NegativeInfinity(self, expr: sympy.Expr) -> str:
        return "−∞"

    def _print_Pi(self, expr: sympy.Expr) -> str:
        return "π"

    def _print_Max(self, expr: sympy.Expr) -> str:
        return f"{type(expr).__name__.lower()}({', '.join(self._print(a) for a in expr.args)})"

    _print_Min = _print_Max

    def _print_Piecewise(self, expr: sympy.Expr) -> str:
        cases: Any = expr.args
        shown = [f"{self._print(value)} for {self._print(condition)}" for value, condition in cases[:-1]]
        return ", ".join([*shown, f"{self._print(cases[-1][0])} elsewhere"])

    def _print_Abs(self, expr: sympy.Expr) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Relational(self, expr: sympy.Expr) -> str:
        relation = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {relation} {self._print(expr.rhs)}"


class _Latex(LatexPrinter):
    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:
        shown = label_latex(expr.name)  # a step's own name for a quantity is no name of a variable
        return super()._print_Symbol(expr, style) if shown is None else shown

    def _print_loggamma(self, expr: sympy.Function, exp: str | None = None) -> str:
        return rf"\log\Gamma\left({self._print(expr.args[0])}\right)"

    def _print_polygamma(self, expr: sympy.Function, exp: str | None = None) -> str:
        return rf"\psi\left({self._print(expr.args[1])}\right)"

    def _functional(self, name: str, expr: f.Functional, bar: str = ", ") -> str:
        inside = bar.join(self._print(a) for a in expr.args)
        return rf"{name}\left({inside}\right)"

    def _print_Functional(self, expr: f.Functional, exp: str | None = None) -> str:
        bar = r"\,\middle\|\," if "‖" in expr.separator else ", "
        shown = self._functional(rf"\mathrm{{{expr.name_text}}}", expr, bar)
        return shown if exp is None else rf"{shown}^{{{exp}}}"

    _print_KL = _print_JSD = _print_Entropy = _print_CrossEntropy = _print_TotalVariation = _print_Functional

    def _print_Int(self, expr: f.Functional) -> str:
        inside = self._print(expr.args[0])
        return rf"\int \left[{inside}\right] d\mu" if expr.args[0].is_Add else rf"\int {inside}\, d\mu"

    def _print_phi(self, expr: sympy.Function, exp: str | None = None) -> str:
        return rf"\varphi\left({self._print(expr.args[0])}\right)" + (f"^{{{exp}}}" if exp else "")

    def _print_bernoulli_kl(self, expr: sympy.Function) -> str:
        u, v = (self._print(a) for a in expr.args)
        return rf"\mathrm{{kl}}\left({u}\,\middle\|\,{v}\right)"

    def _print_MeanData(self, expr: f.Functional) -> str:
        return rf"\mathbb{{E}}_{{x \sim p}}\left[{self._print(expr.args[0])}\right]"

    def _print_MeanLatent(self, expr: f.Functional) -> str:
        return rf"\mathbb{{E}}_{{z}}\left[\left({self._print(expr.args[0])}\right) \circ G\right]"

    def _print_Value(self, expr: f.Functional) -> str:
        return rf"V\left(G, {self._print(expr.args[0])}\right)"


def text(expr: sympy.Basic) -> str:
    """One Unicode line.

    >>> a, y = sympy.symbols("a y", positive=True)
    >>> text(-a / y**2 - a * sympy.log(1 - y))
    '−a·log(1 − y) − a/y²'
    """
    return _Text().doprint(expr)


def latex(expr: sympy.Basic) -> str:
    r"""LaTeX with natural logarithms written \log.

    >>> p, m = sympy.symbols("p m", positive=True)
    >>> print(latex(f.KL(p, m)))
    \mathrm{KL}\left(p\,\middle\|\,m\right)
    """
    return _Latex().doprint(expr)


def relation_text(relation: str) -> str:
    """≥ for >=, ⇔ for iff."""
    return _RELATIONS[relation]


def relation_latex(relation: str) -> str:
    r"""\ge for >=, \iff for iff."""
    return _LATEX_RELATIONS[relation]


__all__ += ["relation_latex", "relation_text"]
