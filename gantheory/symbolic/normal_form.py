"""The normal form behind the exact zero test: rational functions of symbols and of independent logarithms.

Every quantity is written in a coordinate that runs over the positive numbers (y in (0, 1) is s/(1 + s)). The
argument of each logarithm is then a rational function; it is factored over the integers, and

.. math:: \\log\\Big(c \\prod_i f_i^{k_i}\\Big) = \\sum_j v_j(c) \\log \\text{prime}_j + \\sum_i k_i \\log |f_i| .

The logarithms that remain are the generators. Those of distinct irreducible polynomials are algebraically
independent over the rational functions (Kolchin-Ostrowski), so that the rational function in symbols and generators
is cancelled to 0 where the expression vanishes. A cancellation to 0 is a proof whatever the generators are, so anything
else (pi, gamma(k), atan(x)) may be one more; a remainder decides nothing by itself, and only a witness refutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sympy
from sympy import ZZ
from sympy.polys.fields import FracElement, FracField
from sympy.polys.orderings import lex

from gantheory.symbolic.degrees import MOST_DEGREE, cancelled
from gantheory.symbolic.lambert import resolved

__all__ = ["Domains", "NormalForm", "OutsideClass", "boundary_value", "coordinates", "normal_form", "polynomial_sign"]

Domains = Mapping[sympy.Symbol, tuple[object, object]]

# Beyond this an integer may take long to factor, and no identity of the theory needs one.
LARGEST_INTEGER = 10**40


class OutsideClass(Exception):  # noqa: N818  (an answer, not an error: the zero test reports it as "undecided")
    """An expression that the zero test does not decide, and why."""


def coordinates(domains: Domains | None) -> dict[sympy.Symbol, sympy.Expr]:
    """Each symbol of an open interval as a rational function of one positive symbol.

    >>> y = sympy.Symbol("y", positive=True)
    >>> coordinates({y: (0, 1)})
    {y: s_y/(s_y + 1)}
    """
    result: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, (low, high) in (domains or {}).items():
        s = sympy.Symbol(f"s_{symbol.name}", positive=True)
        low, high = sympy.sympify(low, strict=True), sympy.sympify(high, strict=True)
        result[symbol] = low + s if high == sympy.oo else (low + high * s) / (1 + s)
    return result


def polynomial_sign(polynomial, positive: tuple[bool, ...]) -> int:
    """1 or -1 where every coefficient has that sign and a symbol of unknown sign has even exponents only, else 0.

    A quadratic without roots has a sign too: x² − x + 1 is positive.
    """
    signs, odd = set(), None
    for exponents, coefficient in polynomial.terms():
        odd = next((i for i, e in enumerate(exponents) if e % 2 and not positive[i]), odd)
        signs.add(1 if coefficient > 0 else -1)
    if odd is not None:
        return _definite(polynomial, positive, odd)
    if len(signs) != 1:
        degrees = [max(e[i] for e in polynomial.monoms()) for i in range(len(positive))] if signs else []
        squares = [i for i, degree in enumerate(degrees) if degree == 2]
        return next((sign for sign in (_definite(polynomial, positive, i) for i in squares) if sign), 0)
    # With a symbol of unknown sign the form is only >= 0 unless a term is free of all such symbols.
    strict = all(positive) or any(
        not any(e for e, known in zip(exponents, positive) if not known) for exponents, _ in polynomial.terms()
    )
    return signs.pop() if strict else 0


def _definite(polynomial, positive: tuple[bool, ...], index: int) -> int:
    """A v² + B v + C with 4AC > B² has the sign of A: (x − b)² + c² > 0."""
    coefficients = [polynomial.ring.zero, polynomial.ring.zero, polynomial.ring.zero]
    for exponents, coefficient in polynomial.terms():
        if exponents[index] > 2:
            return 0
        rest = tuple(0 if i == index else e for i, e in enumerate(exponents))
        coefficients[exponents[index]] += polynomial.ring({rest: coefficient})
    C, B, A = coefficients
    if not A or polynomial_sign(4 * A * C - B**2, positive) != 1:
        return 0
    return polynomial_sign(A, positive)


@dataclass
class _Logarithms:
    """The generators met so far, each with the expression that it stands for."""

    symbols: tuple[sympy.Symbol, ...]
    generators: dict[object, sympy.Symbol] = field(default_factory=dict)
    meaning: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    expanded: set[sympy.Expr] = field(default_factory=set)
    roots: dict[sympy.Symbol, tuple[sympy.Expr, int]] = field(default_factory=dict)  # R: (f, n), where R**n = f

    def __post_init__(self) -> None:
        self.field = FracField(self.symbols or (sympy.Dummy("unused"),), ZZ, lex)
        self.positive = tuple(bool(s.is_positive) for s in self.field.symbols)

    def generator(self, key: object, meaning: sympy.Expr) -> sympy.Symbol:
        if key not in self.generators:
            symbol = sympy.Dummy(f"L{len(self.generators)}", real=True)
            self.generators[key] = symbol
            self.meaning[symbol] = meaning
        return self.generators[key]

    def of_integer(self, n: int) -> dict[sympy.Symbol, int]:
        if n > LARGEST_INTEGER:
            raise OutsideClass(f"the integer {n} is too large to factor")
        return {self.logarithm(p, sympy.Integer(p)): k for p, k in sympy.factorint(n).items()}

    def logarithm(self, key: object, argument: sympy.Expr) -> sympy.Symbol:
        meaning = sympy.log(
            argument, evaluate=False
        )  # the argument is irreducible: nothing to evaluate, and much faster
        self.expanded.add(meaning)
        return self.generator(key, meaning)

    def expand(self, argument: sympy.Expr) -> sympy.Expr:
        """log(argument) as an integer combination of generators."""
        element = rational(argument, self.field)
        if not element:
            raise OutsideClass("the logarithm of 0")
        sign, powers = 1, {}
        for polynomial, side in ((element.numer, 1), (element.denom, -1)):
            content, factors = polynomial.factor_list()
            sign *= 1 if content > 0 else -1
            for generator, k in self.of_integer(abs(int(content))).items():
                powers[generator] = powers.get(generator, 0) + side * k
            for factor, k in factors:
                known = polynomial_sign(factor, self.positive)
                if k % 2 and not known:
                    raise OutsideClass(f"the sign of {factor.as_expr()} inside a logarithm is not known")
                sign *= known**k if k % 2 else 1
                generator = self.logarithm(factor, factor.as_expr() if known >= 0 else -factor.as_expr())
                powers[generator] = powers.get(generator, 0) + side * k
        if sign < 0:
            raise OutsideClass(f"log({argument}) has a negative argument")
        return sympy.Add(*(k * g for g, k in powers.items()))

    def substitute(self, expr: sympy.Expr) -> sympy.Expr:
        """`expr` with every logarithm expanded and every other function made a generator."""
        if expr.is_Rational or expr.is_Symbol:
            return expr
        if expr.is_Add or expr.is_Mul:
            return expr.func(*(self.substitute(a) for a in expr.args))
        if expr.is_Pow and expr.exp.is_Integer:
            return self.substitute(expr.base) ** expr.exp
        if isinstance(expr, sympy.log) and not expr.args[0].has(sympy.log, sympy.exp):
            try:
                return self.expand(self.substitute(expr.args[0]))
            except KeyError:  # the argument holds a generator, such as pi
                return self._log_of_product(expr)
        if isinstance(expr, sympy.exp):
            return self._exponential(expr)
        if expr.is_Pow and expr.exp.is_Rational:
            return self._root(expr)
        return self._opaque(expr)

    def _root(self, expr: sympy.Expr) -> sympy.Expr:
        """f**(k/n) by the n-th roots of the irreducible factors of f, where all of them are known to be positive."""
        order, power = expr.exp.q, expr.exp.p
        try:
            element = rational(self.substitute(expr.base), self.field)
        except KeyError:  # f holds a generator
            return self._opaque(expr)
        found: sympy.Expr = sympy.Integer(1)
        for polynomial, side in ((element.numer, 1), (element.denom, -1)):
            content, factors = polynomial.factor_list()
            if content < 0 or any(not polynomial_sign(factor, self.positive) for factor, _ in factors):
                return self._opaque(expr.base ** sympy.Rational(1, order)) ** power
            parts = [(sympy.Integer(int(content)), 1)] + [
                (f.as_expr() * polynomial_sign(f, self.positive), k) for f, k in factors
            ]
            for base, k in parts:
                found *= self._root_of(base, order) ** (side * k * power)
        return found

    def _root_of(self, base: sympy.Expr, order: int) -> sympy.Expr:
        if base == 1:
            return base
        generator = self.generator(("root", base, order), base ** sympy.Rational(1, order))
        self.roots[generator] = (base, order)
        return generator

    def _log_of_product(self, expr: sympy.Expr) -> sympy.Expr:
        for product in (expr.args[0], sympy.factor(expr.args[0])):  # what is factored may have parts of no known sign
            factors = sympy.Mul.make_args(product)
            if len(factors) > 1 and all(f.is_positive for f in factors):
                return sympy.Add(*(self.substitute(sympy.log(f)) for f in factors))
        base, exponent = expr.args[0].as_base_exp()
        if exponent != 1 and base.is_positive:
            return self.substitute(exponent * sympy.log(base))
        return self._opaque(expr)

    def _exponential(self, expr: sympy.Expr) -> sympy.Expr:
        result: sympy.Expr = sympy.Integer(1)
        for term in sympy.Add.make_args(sympy.expand(expr.args[0])):
            coefficient, rest = term.as_coeff_Mul()
            if not isinstance(coefficient, sympy.Rational):
                coefficient, rest = sympy.Integer(1), term
            if abs(coefficient.p) > MOST_DEGREE:  # e^(987/1000) is a generator, and not the power 987 of one
                size, rest = abs(coefficient), abs(coefficient) * rest
                coefficient = coefficient / size
            unit = sympy.exp(rest / coefficient.q)
            result *= self.generator(("exp", rest, coefficient.q), unit) ** coefficient.p
        return result

    def _opaque(self, expr: sympy.Expr) -> sympy.Expr:
        arguments = tuple(a if a.has(sympy.Function) else cancelled(a) for a in expr.args)
        meaning = expr.func(*arguments) if arguments else expr
        return self.generator((expr.func, arguments) if arguments else expr, meaning)


def rational(expr: sympy.Expr, K: FracField) -> FracElement:
    """The element of the field that `expr` is; arithmetic in the field cancels as it goes."""
    if expr.is_Rational:
        return K(int(expr.p)) / K(int(expr.q))
    if expr.is_Symbol:
        return K.gens[K.symbols.index(expr)] if expr in K.symbols else _unknown(expr)
    parts = [rational(a, K) for a in expr.args] if expr.is_Add or expr.is_Mul else []
    if expr.is_Add:
        return sum(parts[1:], parts[0])
    if expr.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if expr.is_Pow and expr.exp.is_Integer:
        base = rational(expr.base, K)
        if not base and expr.exp < 0:
            raise OutsideClass(f"1/({expr.base}) divides by an expression that is identically 0")
        return base ** int(expr.exp)
    raise OutsideClass(f"{expr} is not a rational function")


def _unknown(expr: sympy.Expr) -> FracElement:
    raise KeyError(expr)


@dataclass(frozen=True)
class NormalForm:
    """A fraction of polynomials in symbols and generators, and what each generator stands for."""

    element: FracElement
    meaning: Mapping[sympy.Symbol, sympy.Expr]
    logarithms: frozenset[sympy.Expr]  # the generators log|f|, whose argument the expansion found to be positive

    @property
    def is_zero(self) -> bool:
        return not self.element

    @cached_property
    def positive(self) -> tuple[bool, ...]:
        """Which symbols and generators are known to be positive: log 2 and log(1 + positive) are."""
        return tuple(self._is_positive(s) for s in self.element.field.symbols)

    @cached_property
    def is_real(self) -> bool:
        """Whether every generator is known to be real, which the sign of its square needs."""
        return all(m.is_extended_real or m in self.logarithms for m in self.meaning.values())

    def _is_positive(self, symbol: sympy.Symbol) -> bool:
        meaning = self.meaning.get(symbol, symbol)
        if not isinstance(meaning, sympy.log):
            return bool(meaning.is_positive)
        excess = normal_form(meaning.args[0] - 1)
        return (
            polynomial_sign(excess.element.numer, tuple(bool(s.is_positive) for s in excess.element.field.symbols)) > 0
        )

    def as_expr(self) -> sympy.Expr:
        return self.element.as_expr().xreplace(dict(self.meaning))


def _roots_removed(expr: sympy.Expr) -> sympy.Expr:
    """sqrt(s) for a positive symbol s: s becomes t**2, so that every power is whole."""
    orders: dict[sympy.Symbol, int] = {}
    for power in expr.atoms(sympy.Pow):
        if power.base.is_Symbol and power.base.is_positive and power.exp.is_Rational and not power.exp.is_Integer:
            orders[power.base] = int(sympy.ilcm(orders.get(power.base, 1), power.exp.q))
    return expr.subs({s: sympy.Symbol(f"{s.name}_root", positive=True) ** n for s, n in orders.items()})


def normal_form(expr: sympy.Expr, domains: Domains | None = None) -> NormalForm:
    """Write `expr` as one cancelled fraction, or raise `OutsideClass`.

    >>> a, b = sympy.symbols("a b", positive=True)
    >>> normal_form(sympy.log(4 * a / b) - 2 * sympy.log(2) - sympy.log(a) + sympy.log(b)).is_zero
    True
    """
    return _normal_form(sympy.sympify(expr, strict=True), tuple((domains or {}).items()))


@lru_cache(maxsize=4096)
def _normal_form(expr: sympy.Expr, domains: tuple) -> NormalForm:
    expr = _roots_removed(resolved(expr.xreplace(coordinates(dict(domains)))))
    symbols = sorted(expr.free_symbols, key=lambda s: s.name)
    for symbol in symbols:
        if not symbol.is_real:
            raise OutsideClass(f"the symbol {symbol} is not declared real or positive")
    logs = _Logarithms(tuple(symbols))
    substituted = logs.substitute(expr)
    names = (*symbols, *logs.meaning)
    element = rational(substituted, FracField(names or (sympy.Dummy("unused"),), ZZ, lex))
    return NormalForm(
        _whole_powers(element, logs.roots),
        logs.meaning,
        frozenset(logs.expanded),
    )


def _whole_powers(element: FracElement, roots: Mapping[sympy.Symbol, tuple[sympy.Expr, int]]) -> FracElement:
    """R**n written as f where R is an n-th root of f: what vanishes by that alone is then 0."""
    K = element.field
    for generator, (base, order) in roots.items():
        index, f = K.symbols.index(generator), rational(base, K).numer
        sides = [K.zero, K.zero]
        for i, polynomial in enumerate((element.numer, element.denom)):
            for exponents, coefficient in polynomial.terms():
                whole, rest = divmod(exponents[index], order)
                moved = tuple(rest if j == index else e for j, e in enumerate(exponents))
                sides[i] += K(polynomial.ring({moved: coefficient})) * K(f) ** whole
        if not sides[1]:
            raise OutsideClass("a divisor is identically 0")
        element = sides[0] / sides[1]
    return element


def _order(polynomial, index: int) -> int:
    return min((exponents[index] for exponents in polynomial.monoms()), default=0)


def boundary_value(expr: sympy.Expr, t: sympy.Symbol, domains: Domains | None = None) -> sympy.Expr:
    """The limit of `expr` as t falls to 0, with 0·log 0 = 0: a finite expression, or oo or -oo.

    Terms t**k·(log t)**n with k > 0 tend to 0; what is left at t = 0 may divide by t if its sign there is certain.

    >>> p, q = sympy.symbols("p q", positive=True)
    >>> boundary_value(q * sympy.log(q / (p + q)) + p * sympy.log(p / (p + q)), q)
    0
    >>> boundary_value(p * sympy.log(p / q), q), boundary_value(-((p - q) ** 2) / q, q)
    (oo, -oo)
    """
    roots = [power.exp.q for power in expr.atoms(sympy.Pow) if power.base == t and power.exp.is_Rational]
    if max(roots, default=1) > 1:  # a root of t falls to 0 as t does
        expr = expr.subs(t, t ** sympy.ilcm(1, *roots))
    form = normal_form(expr, domains)
    names = form.element.field.symbols
    if t not in names:
        return form.as_expr()
    outgrown = _outgrown(form, t)
    if outgrown is not None:
        return outgrown
    index = names.index(t)
    shift = _order(form.element.denom, index)
    pole = min(_order(form.element.numer, index), shift)
    numerator, denominator = _lowest(form.element.numer, index, pole), _lowest(form.element.denom, index, shift)
    at_zero = {g: _at_zero(meaning, t) for g, meaning in form.meaning.items()}
    log_t = next((g for g, meaning in form.meaning.items() if meaning == sympy.log(t)), None)
    value = sympy.expand(numerator) / denominator
    if pole < shift and not (log_t is not None and value.has(log_t)):
        return _infinite(value, 0, at_zero)
    if log_t is not None and value.has(log_t):
        leading = sympy.Poly(sympy.expand(numerator), log_t)
        return _infinite(leading.LC() / denominator, leading.degree(), at_zero)
    return value.xreplace(at_zero)


def _outgrown(form: NormalForm, t: sympy.Symbol) -> sympy.Expr | None:
    """The limit where exp(c/t), c > 0, occurs, which outgrows every power of t and of log t: 0, oo or -oo."""
    growing = [
        g for g, m in form.meaning.items() if isinstance(m, sympy.exp) and (m.args[0] * t).subs(t, 0).is_positive
    ]
    if not growing:
        return None
    index = form.element.field.symbols.index(growing[0])
    above, below = form.element.numer, form.element.denom
    high, low = max((m[index] for m in above.monoms()), default=0), min(m[index] for m in below.monoms())
    if len(growing) == 1 and high < low:
        return sympy.Integer(0)
    steepest = max(m[index] for m in below.monoms())
    signs = [
        polynomial_sign(_coefficient(part, index, k), form.positive) for part, k in ((above, high), (below, steepest))
    ]
    if len(growing) > 1 or high <= steepest or not all(signs) or not form.is_real:
        raise OutsideClass("the limit of an exponential is not known")
    return sympy.oo * signs[0] * signs[1]


def _coefficient(polynomial, index: int, power: int):
    """Of a power of one symbol, as a polynomial in the others."""
    terms = {
        tuple(0 if i == index else e for i, e in enumerate(m)): c for m, c in polynomial.terms() if m[index] == power
    }
    return polynomial.ring.from_dict(terms)


def _lowest(polynomial, index: int, shift: int) -> sympy.Expr:
    """The coefficient of t**shift, the lowest power that occurs or one below it."""
    return sympy.Add(
        *(
            sympy.Mul(int(c), *(s**e for j, (s, e) in enumerate(zip(polynomial.ring.symbols, m)) if j != index))
            for m, c in polynomial.terms()
            if m[index] == shift
        )
    )


def _at_zero(meaning: sympy.Expr, t: sympy.Symbol) -> sympy.Expr:
    if meaning == sympy.log(t):
        return meaning
    if isinstance(meaning, sympy.atan):
        above, below = sympy.fraction(sympy.together(meaning.args[0]))
        if below.subs(t, 0) == 0:
            side = normal_form(above.subs(t, 0) / sympy.cancel(below / t).subs(t, 0))
            sign = polynomial_sign(side.element.numer, side.positive) * polynomial_sign(
                side.element.denom, side.positive
            )
            if not sign:
                raise OutsideClass(f"the limit of {meaning} is not known")
            return sign * sympy.pi / 2
    value = meaning.subs(t, 0)
    if value.has(sympy.zoo, sympy.nan, sympy.oo, sympy.AccumBounds):
        raise OutsideClass(f"the limit of {meaning} is not known")
    return value


def _infinite(coefficient: sympy.Expr, degree: int, at_zero: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
    form = normal_form(coefficient.xreplace(dict(at_zero)))
    sign = polynomial_sign(form.element.numer, form.positive) * polynomial_sign(form.element.denom, form.positive)
    if not sign:
        raise OutsideClass("the sign of an infinite limit is not known")
    return sign * sympy.oo if degree % 2 == 0 else -sign * sympy.oo
