"""The checker: each method states one line, decides it, and adds it to the derivation whatever was found.

Of a named rule it is checked that its premises are earlier lines and that they are proved; transitivity, antisymmetry,
linearity, tangents, chords and the comparisons check what carries them over as well. What `conclude` adds is *stated*:
weak duality, Taylor's formula with its remainder, substitution and their like stand in the derivation under their name,
in their own words, and the summary counts them apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from gantheory.errors import DomainError
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.functionals import Functional, equation, integrand, p, q, unfold
from gantheory.symbolic.normal_form import Domains, OutsideClass, boundary_value
from gantheory.symbolic.rules import named
from gantheory.symbolic.two_point_laws import refuted_by_laws
from gantheory.symbolic.zero_test import Decision, is_zero, same_zero_set, sign, vanishes

__all__ = ["Proof"]

_T = sympy.Symbol("t_edge", positive=True)


def _absolute(expr: sympy.Expr) -> sympy.Expr:
    """|f − g| without its bars, where the sign of f − g is known once it is expanded."""
    return expr.replace(sympy.Abs, lambda inside: sympy.Abs(sympy.expand(inside)))


def _moved(equality: Any, at: Mapping) -> Any:
    return None if equality is None else equation(equality.lhs.subs(at), equality.rhs.subs(at))


class Proof:
    """Collects checked steps.  `unit` is the density that a constant is multiplied by under the integral."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        hypotheses: Iterable[str] = (),
        slips: Iterable[str] = (),
        domains: Domains | None = None,
        counterfeit: str | None = None,
        densities: tuple[sympy.Symbol, ...] = (p, q),
        unit: sympy.Expr | None = None,
    ) -> None:
        self.header = (name, title, tuple(hypotheses), tuple(slips), counterfeit)
        self.domains = dict(domains or {})
        self.densities = densities
        self.unit = unit if unit is not None else (p + q) / 2
        self.steps: list[Step] = []
        # What later rules may rest on: line -> (expression >= 0, its equality case), and line -> (convex f, variable).
        self.nonnegative: dict[int, tuple[sympy.Expr, sympy.Basic | None]] = {}
        self.convex_functions: dict[int, tuple[sympy.Expr, sympy.Symbol]] = {}
        self.limits: dict[int, tuple[sympy.Expr, sympy.Symbol]] = {}  # line -> (expression, what falls to 0 in it)

    def derivation(self) -> Derivation:
        name, title, hypotheses, slips, counterfeit = self.header
        return Derivation(name, title, tuple(self.steps), hypotheses, slips, counterfeit)

    def add(
        self,
        lhs: Any,
        relation: str,
        rhs: Any,
        reason: str,
        decision: Decision,
        premises: tuple[int, ...] = (),
        where: str = "",
    ) -> int:
        number = len(self.steps) + 1
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        self.steps.append(Step(number, lhs, relation, rhs, reason, decision, premises, where))
        return number

    def _unproved(self, premises: tuple[int, ...]) -> Decision | None:
        missing = [n for n in premises if not (0 < n <= len(self.steps) and self.steps[n - 1].proved)]
        return Decision("undecided", "premise", f"step {missing[0]} is not proved") if missing else None

    # Algebra and calculus ------------------------------------------------------------------------------------------

    def equal(
        self,
        lhs: Any,
        rhs: Any,
        reason: str,
        *,
        shown: Any = None,
        under: tuple[Mapping, ...] = ({},),
        where: str = "",
        unit: Any = None,
    ) -> int:
        """lhs = rhs, as functions or as integrals (then also where one of the densities is 0).

        `shown` is a name for the left side, where that is long: a symbol, of which nothing else is known.
        """
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        if shown is not None and (not isinstance(shown, sympy.Symbol) or lhs.has(shown) or rhs.has(shown)):
            raise DomainError(f"shown = {shown} is no name for the left side; it must be a symbol of its own")
        decision = Decision("undecided", "zero test", "no case was given")
        for case in under:
            decision = self._decide_equal(unfold(lhs), unfold(rhs), case, unit)
            if not decision.proved:
                break
        return self.add(lhs if shown is None else shown, "=", rhs, reason, decision, where=where)

    def _decide_equal(self, lhs: Any, rhs: Any, case: Mapping, unit: Any = None) -> Decision:
        if not (lhs.has(Functional) or rhs.has(Functional)):
            return is_zero((lhs - rhs).subs(case), self.domains)
        try:
            left, right = (_absolute(integrand(side, unit or self.unit).subs(case)) for side in (lhs, rhs))
            decision = self._agree(left, right, self._edges(left))
        except OutsideClass as outside:
            decision = Decision("undecided", "zero test", str(outside))
        if decision.proved:
            rule = "change of variables" if "MeanLatent" in sympy.srepr(lhs - rhs) else "linearity of the integral"
            return Decision("proved", f"zero test, {named(rule)}")
        return self._refuted_by_laws(lhs - rhs, "=") or Decision("undecided", "zero test", decision.reason)

    def _edges(self, expr: sympy.Expr) -> list[tuple[Any, Any]]:
        """Where the formulas hold by the convention 0·log 0 = 0: a density is 0, an interval's variable at an end."""
        edges: list[tuple[Any, Any]] = []
        for s in sorted(expr.free_symbols, key=lambda s: s.name):
            if s in self.densities:
                edges.append((s, _T))
            elif s in self.domains:
                low, high = self.domains[s]
                edges += [(s, low + _T), (s, high - _T)]
        return edges

    def _agree(self, left: sympy.Expr, right: sympy.Expr, edges: list[tuple[Any, Any]]) -> Decision:
        """Equal where all is positive, and with a limit (perhaps infinite, and then the same for both) at each edge."""
        decision = is_zero(left - right, self.domains)
        for symbol, near in edges if decision.proved else []:
            self._limit_at(left, symbol, near)
        return decision

    def _limit_at(self, expr: sympy.Expr, symbol: sympy.Symbol, near: sympy.Expr) -> sympy.Expr:
        domains = {s: d for s, d in self.domains.items() if s != symbol}
        if symbol in self.domains:
            near = near.subs(_T, _T / (1 + _T))
        return boundary_value(expr.subs(symbol, near), _T, domains)

    def _refuted_by_laws(self, difference: sympy.Expr, relation: str) -> Decision | None:
        return refuted_by_laws(difference, relation, self.densities, self.unit)

    def compare(self, lhs: Any, relation: Any, rhs: Any, reason: str, *, where: str = "") -> int:
        """A pointwise inequality, by coefficients of one sign."""
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        difference = unfold(lhs if rhs == 0 else lhs - rhs)
        decision = sign(difference, relation, self.domains)
        number = self.add(lhs, relation, rhs, reason, decision, where=where)
        if decision.proved:
            self.nonnegative[number] = (difference if relation in (">", ">=") else -difference, None)
        return number

    def zero_on_edges(self, lhs: Any, strict: int, limits: tuple[int, ...], reason: str) -> int:
        """lhs ≥ 0, and 0 exactly where a density is: positive by the strict line, with the limit 0 by the others."""
        expr = unfold(sympy.sympify(lhs))
        decision = self._unproved((strict, *limits))
        if decision is None:
            held, _ = self.nonnegative.get(strict, (None, None))
            complete = self.steps[strict - 1].relation in (">", "<") and held is not None
            complete = complete and is_zero(held - expr, {}).proved
            complete = complete and all(any(self._falls_to_0(n, expr, s) for n in limits) for s in self.densities)
            decision = Decision("proved" if complete else "undecided", "the cases of a positive density and of none")
        number = self.add(lhs, ">=", 0, reason, decision, (strict, *limits))
        if decision.proved:
            self.nonnegative[number] = (expr, equation(sympy.prod(self.densities), 0))
        return number

    def _falls_to_0(self, number: int, expr: sympy.Expr, density: sympy.Symbol) -> bool:
        """Whether a line says that the expression has the limit 0 where the density has."""
        f, t = self.limits.get(number, (None, None))
        return f is not None and f == expr.subs(density, t) and self.steps[number - 1].rhs == 0

    def derivative(
        self, name: str, f: Any, variable: Any, claimed: Any, reason: str, *, order: int = 1, rule: str = ""
    ) -> int:
        """The derivative of f, as sympy differentiates and the zero test compares; a rule may say what else it is."""
        decision = is_zero(sympy.diff(unfold(f), variable, order) - claimed, self.domains)
        if decision.proved:
            decision = Decision("proved", f"calculus, stated: {named(rule)}" if rule else "calculus")
        return self.add(sympy.Symbol(name, real=True), "=", claimed, reason, decision)

    def limit(self, f: Any, t: Any, claimed: Any, reason: str, *, shown: Any = None, where: str = "") -> int:
        """The limit of f as t falls to 0."""
        claimed = sympy.sympify(claimed)
        try:
            found = boundary_value(unfold(f), t, self.domains)
            finite = not found.has(sympy.oo, -sympy.oo) and claimed.is_finite is not False
            decision = is_zero(found - claimed, self.domains) if finite else self._same_infinity(found, claimed)
        except OutsideClass as outside:
            decision = Decision("undecided", "calculus", str(outside))
        if decision.proved:
            decision = Decision("proved", "calculus: a limit with 0·log 0 = 0")
        number = self.add(f if shown is None else shown, "=", claimed, reason, decision, where=where)
        self.limits[number] = (unfold(f), t)
        return number

    def _same_infinity(self, found: Any, claimed: Any) -> Decision:
        return Decision("proved" if found == claimed else "undecided", "calculus", f"the limit is {found}")

    def same_zeros(self, left: Any, right: Any, reason: str) -> int:
        """left = 0 iff right = 0."""
        decision = same_zero_set(left.lhs - left.rhs, right.lhs - right.rhs, self.domains)
        return self.add(left, "iff", right, reason, decision)

    # Named rules ---------------------------------------------------------------------------------------------------

    def conclude(
        self, rule: str, lhs: Any, relation: str, rhs: Any, premises: tuple[int, ...], reason: str, *, where: str = ""
    ) -> int:
        """A conclusion of a named rule from proved steps: stated, not checked; the rule says what it needs of them."""
        decision = self._unproved(premises) or Decision("proved", f"stated: {named(rule)}")
        if not premises:
            decision = Decision("undecided", named(rule), "a named rule needs a premise")
        return self.add(lhs, relation, rhs, reason, decision, premises, where)

    def antisymmetry(self, lhs: Any, rhs: Any, above: tuple[int, ...], below: tuple[int, ...], reason: str) -> int:
        """lhs = rhs, where the premises `above` add up to lhs ≥ rhs, and those `below` to lhs ≤ rhs."""
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        decision = self._unproved((*above, *below))
        if decision is None:
            checks = (self._adds_up(unfold(lhs - rhs), ">=", above), self._adds_up(unfold(lhs - rhs), "<=", below))
            decision = next((c for c in checks if not c.proved), Decision("proved", named("antisymmetry")))
        return self.add(lhs, "=", rhs, reason, decision, (*above, *below))

    def chain(self, lhs: Any, relation: Any, rhs: Any, premises: tuple[int, ...], reason: str) -> int:
        """Transitivity: the premises' differences, added up, are the conclusion's."""
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        decision = self._unproved(premises) or self._adds_up(unfold(lhs - rhs), relation, premises)
        if not decision.proved and (lhs - rhs).has(Functional):
            decision = self._refuted_by_laws(unfold(lhs - rhs), relation) or decision
        return self.add(lhs, relation, rhs, reason, decision, premises)

    def _adds_up(self, difference: sympy.Expr, relation: str, premises: tuple[int, ...]) -> Decision:
        equalities = []
        steps = [self.steps[n - 1] for n in premises]
        if any(step.relation == "iff" for step in steps):
            return Decision("undecided", "transitivity", "an equivalence is no inequality")
        if relation in (">", "<") and not any(step.relation in (">", "<") for step in steps):
            return Decision("undecided", "transitivity", "no premise is strict")
        for step in steps:
            amount = unfold(step.lhs - step.rhs)  # type: ignore[operator]
            if step.relation == "=":
                equalities.append(amount)
            else:
                difference -= amount if step.relation[0] == relation[0] else -amount
        # An equality may be read in either direction; there are never more than a few.
        for signs in itertools.product((1, -1), repeat=len(equalities)):
            total = difference - sum((s * e for s, e in zip(signs, equalities)), sympy.Integer(0))
            if vanishes(sympy.expand(total), self.domains):
                return Decision("proved", named("transitivity"))
        return Decision("undecided", "transitivity", "the premises do not add up to the conclusion")

    def tangent(self, name: str, f: Any, variable: Any, at: Any, second: Any, reason: str) -> int:
        """f ≥ 0 with equality at one point of the interval only: value 0, slope 0, a positive second derivative."""
        shown, f = f, unfold(f)
        argument = f"({variable.name})"
        start = sympy.Symbol(f"{name}({at})", real=True)
        value = self.equal(f.subs(variable, at), 0, f"the value at {variable.name} = {at}", shown=start)
        slope = is_zero(sympy.diff(f, variable).subs(variable, at), self.domains)
        flat = self.add(sympy.Symbol(f"{name}′({at})", real=True), "=", 0, "the slope there", slope)
        self.derivative(f"{name}″{argument}", f, variable, second, "differentiate twice", order=2)
        formula = len(self.steps)
        curved = self.compare(second, ">", 0, f"so {name} is strictly convex")
        self.convex_functions[curved] = (f, variable)
        premises = (value, flat, formula, curved)
        decision = self._unproved(premises) or self._within(variable, at) or Decision("proved", named("tangent"))
        number = self.add(shown, ">=", 0, reason, decision, premises)
        if decision.proved:
            self.nonnegative[number] = (f, equation(variable, at))
        return number

    def _within(self, variable: sympy.Symbol, at: Any) -> Decision | None:
        """None where the point certainly lies in the variable's interval."""
        at = sympy.sympify(at)
        low, high = self.domains.get(variable, (0 if variable.is_positive else -sympy.oo, sympy.oo))
        ends = [at - low] if low != -sympy.oo else []
        ends += [high - at] if high != sympy.oo else []
        inside = all(sign(end, ">", self.domains).proved or is_zero(end, self.domains).proved for end in ends)
        return None if inside else Decision("undecided", "tangent", f"{at} is not seen to lie in the interval")

    def convex(self, f: Any, variable: Any, reason: str) -> int:
        """f″ > 0 by coefficients of one sign; later rules may use f's convexity."""
        f = unfold(f)
        number = self.compare(sympy.together(sympy.diff(f, variable, 2)), ">", 0, reason)
        if self.steps[-1].proved:
            self.convex_functions[number] = (f, variable)
        return number

    def chord(self, f: Any, variable: Any, curved: int, reason: str) -> int:
        """f ≥ 0 on [low, high]: f is minus the convex function of the premise plus a line, and 0 at both ends."""
        shown, f = f, unfold(f)
        decision = self._unproved((curved,))
        phi, own = self.convex_functions.get(curved, (None, None))
        if decision is None and (phi is None or own != variable):
            decision = Decision("undecided", "chord", f"step {curved} shows no convexity in {variable}")
        if decision is None:
            low, high = self.domains[variable]
            near = _T / (1 + _T)
            checks = [is_zero(sympy.diff(f + phi, variable, 2), self.domains)]
            ends = [boundary_value(f.subs(variable, e), _T) for e in (low + near, high - near)]
            checks += [is_zero(end, {}) for end in ends]
            decision = next((c for c in checks if not c.proved), Decision("proved", named("chord")))
        number = self.add(shown, ">=", 0, reason, decision, (curved,))
        if decision.proved:
            self.nonnegative[number] = (f, None)
        return number

    def same_mass(self, lhs: Any, rhs: Any, difference: Any, reason: str) -> int:
        """lhs = rhs, whose integrands differ by a combination of densities with weights of sum 0."""
        exact = is_zero(integrand(rhs, self.unit) - integrand(lhs, self.unit) - difference, self.domains)
        linear = sympy.Poly(difference, *self.densities)
        balanced = linear.total_degree() <= 1 and linear.eval(dict.fromkeys(self.densities, 1)) == 0
        if exact.proved:
            balanced = balanced and linear.eval(dict.fromkeys(self.densities, 0)) == 0
            outcome = "proved" if balanced else "undecided"
            exact = Decision(outcome, f"zero test, {named('linearity of the integral')}")
        return self.add(lhs, "=", rhs, reason, exact)

    def scale(self, premise: int, factor: Any, reason: str) -> int:
        """An equality times a constant."""
        step = self.steps[premise - 1]
        lhs, rhs = factor * step.lhs, factor * step.rhs  # type: ignore[operator]
        missing = self._unproved((premise,))
        exact = step.relation == "=" and not factor.free_symbols
        decision = missing or Decision("proved" if exact else "undecided", named("linearity of the integral"))
        return self.add(lhs, "=", rhs, reason, decision, (premise,))

    def _carried(self, premise: int, wanted: Any, at: Mapping, weight: Any) -> Decision:
        """`wanted` = weight × (the premise at the substitution `at`), weight > 0, the substitution in range."""
        missing = self._unproved((premise,))
        if missing or premise not in self.nonnegative:
            return missing or Decision("undecided", "premise", f"step {premise} is no inequality")
        expr, _ = self.nonnegative[premise]
        checks = [is_zero(wanted - weight * expr.subs(at), self.domains), sign(weight, ">", self.domains)]
        for symbol, image in at.items():
            low, high = self.domains.get(symbol, (0 if symbol.is_positive else -sympy.oo, sympy.oo))
            checks += [sign(image - low, ">", self.domains)] if low != -sympy.oo else []
            checks += [sign(high - image, ">", self.domains)] if high != sympy.oo else []
        return next((c for c in checks if not c.proved), checks[0])

    def scaled(
        self, lhs: Any, relation: Any, rhs: Any, premise: int, reason: str, *, at: Any = None, weight: Any = 1
    ) -> int:
        """A pointwise inequality that is a positive multiple of an earlier one, at other values of its variables."""
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        wanted = unfold(lhs - rhs if relation in (">=", ">") else rhs - lhs)
        decision = self._carried(premise, wanted, at or {}, sympy.sympify(weight))
        if decision.proved:
            decision = Decision("proved", named("positive multiple"))
        number = self.add(lhs, relation, rhs, reason, decision, (premise,))
        if decision.proved:
            equality = self.nonnegative[premise][1]
            self.nonnegative[number] = (wanted, _moved(equality, at or {}))
        return number

    def monotone(
        self, lhs: Any, relation: Any, rhs: Any, premise: int, reason: str, *, at: Any = None, weight: Any = 1
    ) -> int:
        """∫f ≥ ∫g from f ≥ g; where a density is 0 the limit of f − g must be ≥ 0 too."""
        lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
        greater, lesser = (unfold(lhs), unfold(rhs)) if relation in (">=", ">") else (unfold(rhs), unfold(lhs))
        try:
            wanted = integrand(greater, self.unit) - integrand(lesser, self.unit)
            decision = self._carried(premise, wanted, at or {}, sympy.sympify(weight))
            if decision.proved:
                self._extends_to_edges(wanted)
        except OutsideClass as outside:
            decision = Decision("undecided", "monotonicity of the integral", str(outside))
        if decision.proved:
            decision = Decision("proved", named("monotonicity of the integral"))
        elif not decision.refuted or premise not in self.nonnegative:
            decision = self._refuted_by_laws(unfold(lhs - rhs), relation) or decision
        else:
            decision = self._refuted_by_laws(unfold(lhs - rhs), relation) or Decision(
                "undecided", "premise", decision.reason
            )
        number = self.add(lhs, relation, rhs, reason, decision, (premise,))
        if decision.proved:
            equality = self.nonnegative[premise][1]
            self.nonnegative[number] = (unfold(greater - lesser), _moved(equality, at or {}))
        return number

    def _extends_to_edges(self, expr: sympy.Expr) -> None:
        """Where a density is 0 the integrand is a limit, and a limit of nonnegative values is one; it must exist."""
        for symbol in self.densities:
            if expr.has(symbol):
                self._limit_at(expr, symbol, _T)

    def vanishing(self, left: sympy.Equality, right: sympy.Equality, premise: int, reason: str) -> int:
        """∫f = ∫g iff f = g almost everywhere, where f ≥ g is the premise with its equality case."""
        decision = self._unproved((premise,))
        if decision is None:
            wanted, equality = self.nonnegative.get(premise, (sympy.Integer(1), None))
            difference = unfold(left.lhs - left.rhs)
            same = any(self._same_functional(difference, side * wanted) for side in (1, -1))
            if equality is None or not same:
                decision = Decision("undecided", "vanishing", "the premise is another inequality")
            else:
                decision = same_zero_set(equality.lhs - equality.rhs, right.lhs - right.rhs, self.domains)
        if decision.proved:
            decision = Decision("proved", named("vanishing"))
        return self.add(left, "iff", right, reason, decision, (premise,), where="almost everywhere")

    def _same_functional(self, left: sympy.Expr, right: sympy.Expr) -> bool:
        try:
            return vanishes(integrand(left, self.unit) - integrand(right, self.unit), self.domains)
        except OutsideClass:
            return False

    def jensen(self, lhs: Any, f: Any, inner: Any, premises: tuple[int, int], weight: Any, reason: str) -> int:
        """lhs = ∫ w·φ(inner) ≥ φ(mean): the premises show φ convex and mean = ∫ w·inner; w is a density of mass 1."""
        convex, average = premises
        mean = self.steps[average - 1].lhs
        shown, lhs = lhs, unfold(lhs)
        decision = self._unproved(premises)
        if decision is None and convex not in self.convex_functions:
            decision = Decision("undecided", "Jensen", f"step {convex} shows no convexity")
        if decision is None and weight not in self.densities:
            decision = Decision("undecided", "Jensen", f"the mass of {weight} is not known to be 1")
        if decision is None:
            phi, variable = self.convex_functions[convex]
            checks = (
                is_zero(integrand(lhs, self.unit) - weight * phi.subs(variable, inner), self.domains),
                is_zero(unfold(f(variable)) - phi, self.domains),
                is_zero(integrand(self.steps[average - 1].rhs, self.unit) - weight * inner, self.domains),  # type: ignore[arg-type]
            )
            decision = next((c for c in checks if not c.proved), Decision("proved", named("Jensen")))
        return self.add(shown, ">=", f(mean), reason, decision, premises)
