"""Is an expression identically zero, and has it one sign? Three answers, and no guess.

*proved* comes from the normal form alone (gantheory.symbolic.normal_form); *refuted* comes with a witness, a
rational point where interval arithmetic excludes the statement; everything else is *undecided*, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import sympy
from mpmath.ctx_iv import MPIntervalContext  # sympy stands on mpmath; intervals are the one thing it does not pass on

from gantheory.symbolic.normal_form import (
    Domains,
    NormalForm,
    OutsideClass,
    coordinates,
    normal_form,
    polynomial_sign,
)

__all__ = [
    "Decision",
    "Relation",
    "contradiction",
    "enclose",
    "is_zero",
    "refutation",
    "same_zero_set",
    "sign",
    "vanishes",
]

Relation = Literal["=", ">=", ">", "<=", "<"]

# Unequal and asymmetric, so that a false identity has little chance to hold by symmetry.
_VALUES = tuple(sympy.Rational(v) for v in ("1", "2", "1/2", "3", "1/3", "5/2", "1/9", "7", "9", "4/5"))


_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@dataclass(frozen=True)
class Decision:
    """What was found about a statement.

    Attributes
    ----------
    outcome : {"proved", "refuted", "undecided"}
    method : str
        How: the zero test, a form with positive coefficients, a named rule, a witness.
    reason : str
        Why it could not be decided, or what the witness shows.
    witness : mapping of str to sympy.Rational
        The rational point that refutes the statement.
    value : str
        lhs - rhs there, to the digits that interval arithmetic certifies.
    """

    outcome: Literal["proved", "refuted", "undecided"]
    method: str
    reason: str = ""
    witness: Mapping[str, sympy.Expr] = field(default_factory=dict)
    value: str = ""

    @property
    def proved(self) -> bool:
        """True where the statement is proved."""
        return self.outcome == "proved"

    @property
    def refuted(self) -> bool:
        """True where a witness contradicts the statement."""
        return self.outcome == "refuted"


def enclose(expr: sympy.Expr, digits: int = 40):
    """An interval that contains the value of an expression without symbols.

    >>> interval = enclose(sympy.log(2) - sympy.Rational(69, 100))
    >>> bool(interval > 0)
    True
    """
    context = MPIntervalContext()
    context.dps = digits

    def evaluate(e: sympy.Expr):
        if e.is_Rational:
            return context.mpf(int(e.p)) / context.mpf(int(e.q))
        if e is sympy.pi:
            return context.pi
        if e.is_Add or e.is_Mul:
            total = context.mpf(0 if e.is_Add else 1)
            for a in e.args:
                total = total + evaluate(a) if e.is_Add else total * evaluate(a)
            return total
        if isinstance(e, sympy.exp):
            return context.exp(evaluate(e.args[0]))
        if e.is_Pow and e.exp.is_Integer:
            return evaluate(e.base) ** int(e.exp)
        if isinstance(e, sympy.log) or e.is_Pow:
            base = evaluate(e.args[0])
            if not base > 0:
                raise OutsideClass(f"{e} has an argument that is not positive")
            return context.log(base) if isinstance(e, sympy.log) else context.exp(evaluate(e.exp) * context.log(base))
        raise OutsideClass(f"no interval arithmetic for {e}")

    return evaluate(sympy.sympify(expr))


def points(symbols: list[sympy.Symbol], count: int = 40) -> Iterator[dict[sympy.Symbol, sympy.Expr]]:
    """Small rational points, the simplest first, of either sign for a symbol that is declared of none."""
    for k in range(count):
        point = {}
        for i, symbol in enumerate(symbols):
            value = _VALUES[(i + k * (i + 1) + k * k // 7) % len(_VALUES)]
            upright = not symbol.is_negative and (symbol.is_positive or (k + i) % 2 == 0)
            point[symbol] = value if upright else -value
        yield point


def contradiction(expr: sympy.Expr, relation: str) -> str | None:
    """The certified value of a constant that contradicts `expr relation 0`, or None."""
    try:
        interval = enclose(expr)
    except (OutsideClass, ZeroDivisionError, ValueError):
        return None
    # An interval comparison is None where it is not certain, and then nothing is refuted.
    fails = {
        "=": (interval > 0) or (interval < 0),
        ">=": interval < 0,
        ">": interval <= 0,
        "<=": interval > 0,
        "<": interval >= 0,
    }
    return str(sympy.Float(interval.mid.a, 10)) if fails[relation] is True else None


def refutation(expr: sympy.Expr, relation: str, domains: Domains | None = None) -> Decision | None:
    """A rational point where `expr relation 0` certainly fails, if one of the first few is such."""
    change = coordinates(domains)
    moved = sympy.sympify(expr).xreplace(change)
    for point in points(sorted(moved.free_symbols, key=lambda s: s.name)):
        value = contradiction(moved.xreplace(point), relation)
        if value is not None:
            names = {s: change[s].xreplace(point) for s in change if s in expr.free_symbols}
            names |= {s: v for s, v in point.items() if s in expr.free_symbols}
            witness = {s.name: names[s] for s in sorted(names, key=lambda s: s.name)}
            return Decision("refuted", "witness", _shown(witness, value), witness, value)
    return None


def _shown(witness: Mapping[str, sympy.Expr], value: str) -> str:
    where = ", ".join(f"{name} = {v}" for name, v in witness.items())
    return f"at {where}: lhs − rhs = {value}" if where else f"lhs − rhs = {value}"


def is_zero(expr: sympy.Expr, domains: Domains | None = None) -> Decision:
    """Decide whether an expression vanishes identically.

    Parameters
    ----------
    expr : sympy.Expr
        Rational in real symbols and in logarithms of positive rational functions.
    domains : mapping of Symbol to (low, high), optional
        Open intervals of symbols that are not all of the positive numbers, such as ``{y: (0, 1)}``.

    Returns
    -------
    Decision
        *proved*: identically 0.  *refuted*: nonzero at the rational witness.  *undecided*: outside the class.

    Examples
    --------
    The gap identity of Proposition 1, on which a naive expansion fails:

    >>> a, b, y = sympy.symbols("a b y", positive=True)
    >>> u = a / (a + b)
    >>> gap = a * sympy.log(u / y) + b * sympy.log((1 - u) / (1 - y))
    >>> kl = u * sympy.log(u / y) + (1 - u) * sympy.log((1 - u) / (1 - y))
    >>> is_zero(gap - (a + b) * kl, {y: (0, 1)}).outcome
    'proved'
    >>> wrong = is_zero(gap - kl, {y: (0, 1)})
    >>> wrong.outcome, wrong.witness
    ('refuted', {'a': 2, 'b': 3, 'y': 5/7})

    Outside its class it does not guess:

    >>> is_zero(sympy.sin(a) ** 2 + sympy.cos(a) ** 2 - 1).outcome
    'undecided'
    """
    try:
        form = normal_form(expr, domains)
    except (OutsideClass, KeyError) as outside:
        return refutation(expr, "=", domains) or Decision("undecided", "zero test", str(outside))
    if form.is_zero:
        return Decision("proved", "zero test")
    found = refutation(expr, "=", domains)
    return found or Decision("undecided", "zero test", f"a remainder, and no witness: {form.as_expr()}")


def vanishes(expr: sympy.Expr, domains: Domains | None = None) -> bool:
    """Whether the normal form is 0; no witness is looked for where it is not."""
    try:
        return normal_form(expr, domains).is_zero
    except (OutsideClass, KeyError):
        return False


def _rational_sign(element, positive: tuple[bool, ...]) -> tuple[int, bool]:
    """(sign, strict) of a fraction: each factor of one sign, or to an even power; (0, False) where not known."""
    sign, strict = 1, True
    for polynomial in (element.numer, element.denom):
        content, factors = polynomial.factor_list()
        sign *= 1 if content > 0 else -1
        for factor, k in factors:
            known = polynomial_sign(factor, positive)
            if known:
                sign *= known**k
            elif k % 2 == 0:
                strict = False
            else:
                return 0, False
    return sign, strict


def _sign_of_form(form: NormalForm) -> tuple[int, bool]:
    if not form.is_real:
        raise OutsideClass("a part of the expression is not known to be real")
    return (0, True) if form.is_zero else _rational_sign(form.element, form.positive)


def _sign_of_factor(factor: sympy.Expr) -> tuple[int, bool]:
    """log A has the sign of A - 1; the rest is a form."""
    if isinstance(factor, sympy.log):
        return _sign_of_form(normal_form(factor.args[0] - 1))
    if factor.is_Pow and factor.exp.is_Integer and factor.has(sympy.log):
        sign, strict = _sign_of_factor(factor.base)
        return sign ** int(abs(factor.exp)), strict
    return _sign_of_form(normal_form(factor))


def _sign_of_terms(expr: sympy.Expr) -> tuple[int, bool]:
    """The common sign of the terms of a sum."""
    signs, strict = set(), False
    for term in sympy.Add.make_args(expr):
        product, firm = 1, True
        for factor in sympy.Mul.make_args(term):
            s, f = _sign_of_factor(factor)
            product, firm = product * s, firm and f
        signs.add(product)
        strict = strict or firm
    return (signs.pop(), strict) if len(signs) == 1 and 0 not in signs else (0, False)


def sign(expr: sympy.Expr, relation: Relation, domains: Domains | None = None) -> Decision:
    """Decide ``expr relation 0`` for all values of the symbols, by the signs of coefficients.

    Examples
    --------
    >>> a, y = sympy.symbols("a y", positive=True)
    >>> sign(-a / y**2 - 1 / (1 - y) ** 2, "<", {y: (0, 1)}).outcome
    'proved'
    >>> sign(a**3 - a + 1, ">").outcome        # true, and not seen by its coefficients
    'undecided'
    """
    expr = sympy.sympify(expr)
    if relation == "=":
        return is_zero(expr, domains)
    if not expr.free_symbols and contradiction(expr, _OPPOSITE[relation]) is not None:
        return Decision("proved", "interval arithmetic")  # a constant that is certainly not on the other side
    moved = expr.xreplace(coordinates(domains))
    reason = "no form with coefficients of one sign was found, and no witness against it"
    for attempt in (_sign_of_terms, lambda e: _sign_of_form(normal_form(e))):
        try:
            found, strict = attempt(moved)
        except (OutsideClass, KeyError) as outside:
            reason = str(outside)
            continue
        wanted = 1 if relation in (">", ">=") else -1
        if found == wanted and (strict or relation in (">=", "<=")):
            return Decision("proved", "coefficients of one sign")
        if found == 0 and strict and relation in (">=", "<="):
            return Decision("proved", "zero test")
    return refutation(expr, relation, domains) or Decision("undecided", "coefficients of one sign", reason)


def same_zero_set(left: sympy.Expr, right: sympy.Expr, domains: Domains | None = None) -> Decision:
    """Decide left = 0 iff right = 0: their quotient is a form of one strict sign.

    >>> p, q = sympy.symbols("p q", positive=True)
    >>> same_zero_set(p / (p + q) - sympy.Rational(1, 2), p - q).outcome
    'proved'
    """
    try:
        quotient = normal_form(left / right, domains)
        found, strict = _rational_sign(quotient.element, quotient.positive)
    except (OutsideClass, KeyError) as outside:
        return Decision("undecided", "zero test", str(outside))
    if found and strict:
        return Decision("proved", "zero test")
    return Decision("undecided", "zero test", f"the quotient {quotient.as_expr()} has no certain sign")
