"""The game's quantities as sympy expressions: closed where a closed form is known, an integral where not.

The names are the numerical ones. Laws are sympy.stats variables, or densities written in the symbol x
that are positive on a stated interval; parameters may stay free, if they are declared positive (or real).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Integral, Rational, Sum, exp, log, oo, sqrt

from gantheory.errors import DomainError
from gantheory.symbolic.laws import SymbolicLaw, X, as_symbolic_law, contains, overlap, written_out
from gantheory.symbolic.moments import mean

__all__ = ["criterion", "js_divergence", "kl_divergence", "optimal_discriminator", "optimality_gap", "value"]

HALF = Rational(1, 2)
Support = tuple[Any, Any] | None


def _pair(p: Any, q: Any, support: Support) -> tuple[SymbolicLaw, SymbolicLaw]:
    return as_symbolic_law(p, "p", support), as_symbolic_law(q, "q", support)


def _log_ratio(p: SymbolicLaw, q: SymbolicLaw) -> Any:
    """r = log p − log q, its polynomial part expanded so that like terms cancel."""
    return sympy.expand(p.log_pdf() - q.log_pdf(), log=False)


def _total(law: SymbolicLaw, integrand: Any, low: Any = None, high: Any = None) -> Any:
    """An unevaluated integral over the law's support, or sum over its integers."""
    ends = (X, law.low if low is None else low, law.high if high is None else high)
    return Sum(integrand, ends) if law.discrete else Integral(integrand, ends)


def kl_divergence(p: Any, q: Any, /, *, support: Support = None) -> Any:
    r"""Kullback-Leibler divergence in nats, as an expression.

    .. math:: KL(p\|q) = \int p \log(p/q)

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
    support : (a, b), optional
        Where densities given as formulas are positive; the whole line unless given.

    Returns
    -------
    sympy.Expr
        Closed within the standard families and between many of them; ``oo`` where p is not absolutely continuous with
        respect to q, or where the tails make it so; an unevaluated integral otherwise.

    Raises
    ------
    DomainError
        For what is no law, or supports whose ends cannot be compared.

    Examples
    --------
    >>> from sympy import symbols
    >>> from sympy.stats import Cauchy, Exponential, Normal, Uniform
    >>> mu = symbols("mu", real=True)
    >>> kl_divergence(Normal("P", 0, 1), Normal("Q", mu, 1))
    mu**2/2
    >>> kl_divergence(Uniform("P", 0, 2), Uniform("Q", 0, 1)), kl_divergence(Cauchy("P", 0, 1), Normal("Q", 0, 1))
    (oo, oo)

    A formula needs its support, or its mass is taken over the whole line:

    >>> x = symbols("x", positive=True)
    >>> kl_divergence(2 * x, 3 * x**2, support=(0, 1)).doit()
    -log(3) + 1/2 + log(2)
    """
    first, second = _pair(p, q, support)
    if first.discrete != second.discrete:
        return oo
    if first.finite or second.finite:
        return _finite_kl(first, second)
    if not contains(second, first):
        return oo
    ratio = _log_ratio(first, second)
    closed = mean(first, ratio)
    if closed is None:
        return _total(first, first.pdf * ratio)
    return closed if closed.is_infinite else _tidy(closed)


def _finite_kl(p: SymbolicLaw, q: SymbolicLaw) -> Any:
    if not (p.finite and q.finite):
        return _mixed_kl(p, q)
    if any(point not in q.masses for point in p.masses):
        return oo
    return _tidy(sympy.Add(*(mass * log(mass / q.masses[point]) for point, mass in p.masses.items())))


def _mixed_kl(p: SymbolicLaw, q: SymbolicLaw) -> Any:
    """One law on finitely many points, the other on infinitely many integers."""
    if not p.finite:
        return oo
    masses = {point: _mass_at(q, point) for point in p.masses}
    if any(m == 0 for m in masses.values()):
        return oo
    return _tidy(sympy.Add(*(mass * log(mass / masses[point]) for point, mass in p.masses.items())))


def _mass_at(law: SymbolicLaw, point: Any) -> Any:
    if law.finite:
        return law.masses.get(point, sympy.Integer(0))
    inside = point.is_integer and law.low <= point <= law.high
    return law.pdf.subs(X, point) if inside else sympy.Integer(0)


def _tidy(expr: Any) -> Any:
    """Cosmetic only: the value is right before and after."""
    return sympy.expand(expr, log=not expr.free_symbols)


def optimal_discriminator(p: Any, q: Any, /, *, support: Support = None) -> Any:
    r"""D* = p/(p + q) as an expression in x, eq. (2) of [1]_.

    .. math:: D^*(x) = \frac{p(x)}{p(x) + q(x)} = \sigma(\log p(x) - \log q(x))

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
    support : (a, b), optional
        Where densities given as formulas are positive.

    Returns
    -------
    sympy.Expr
        In the real symbol x; 1 where only p is positive, 0 where only q is, ½ outside both supports.

    Raises
    ------
    DomainError
        As for `kl_divergence`, and for a continuous law beside a discrete one, which no formula in x separates.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014.

    Examples
    --------
    >>> from sympy.stats import Normal, Uniform
    >>> optimal_discriminator(Normal("P", 0, 1), Normal("Q", 1, 1))
    1/(exp(x - 1/2) + 1)
    >>> optimal_discriminator(Uniform("P", 0, 2), Uniform("Q", 1, 3)).subs(sympy.Symbol("x", real=True), Rational(1, 2))
    1
    """
    first, second = _pair(p, q, support)
    if first.discrete != second.discrete:
        raise DomainError(
            "p and q: one is discrete and the other continuous; D* is 1 at the atoms and 0 elsewhere, or the reverse"
        )
    if first.finite or second.finite:
        cases = [(_share(first, second, point), sympy.Eq(X, point)) for point in _points(first, second)]
        return sympy.Piecewise(*cases, (HALF, True))
    whole = first.low == second.low == -oo and first.high == second.high == oo
    both = overlap(first, second)
    inside = 1 / (1 + exp(-_log_ratio(first, second)))
    if whole:
        return inside
    cases = [] if both is None else [(inside, _between(*both))]
    cases += [
        (sympy.Integer(1), _between(first.low, first.high)),
        (sympy.Integer(0), _between(second.low, second.high)),
    ]
    return sympy.Piecewise(*cases, (HALF, True))


def _between(low: Any, high: Any) -> Any:
    conditions = [low <= X] if low != -oo else []
    conditions += [high >= X] if high != oo else []
    return sympy.And(*conditions)


def _points(p: SymbolicLaw, q: SymbolicLaw) -> list[Any]:
    if not (p.finite and q.finite):
        raise DomainError("p and q: one has finitely many points and the other infinitely many; give both as FiniteRV")
    return sorted(set(p.masses) | set(q.masses), key=sympy.default_sort_key)


def _share(p: SymbolicLaw, q: SymbolicLaw, point: Any) -> Any:
    return _mass_at(p, point) / (_mass_at(p, point) + _mass_at(q, point))


def _over_both(
    p: SymbolicLaw, q: SymbolicLaw, h: Callable[[Any, Any], Any], alone: Any, inside: Callable[[Any], Any]
) -> Any:
    """∫ h(p, q) where h is alone·p or alone·q as soon as the other is 0; `inside` is h by the log-ratio."""
    if p.discrete != q.discrete:
        return 2 * alone
    if p.finite and q.finite:
        terms = (h(_mass_at(p, x), _mass_at(q, x)) for x in _points(p, q))
        return _tidy(sympy.Add(*terms))
    if p.finite or q.finite:
        raise DomainError("p and q: one has finitely many points and the other infinitely many; give both as FiniteRV")
    both = overlap(p, q)
    if both is None:
        return 2 * alone
    if not (p.pdf.has(X) or q.pdf.has(X)):
        width = both[1] - both[0]
        outside = alone * (2 - (p.pdf + q.pdf) * width)
        return _tidy(sympy.cancel(outside) + h(p.pdf, q.pdf) * width)
    ratio = _log_ratio(p, q)
    total = _total(p, inside(ratio), *both)
    for law in (p, q):
        if alone != 0 and (law.low, law.high) != both:
            total += alone * (1 - _total(law, law.pdf, *both))
    return total


def js_divergence(p: Any, q: Any, /, *, support: Support = None) -> Any:
    r"""Jensen-Shannon divergence in nats, as an expression: the divergence, not its square root.

    .. math:: \tfrac12 KL(p\|m) + \tfrac12 KL(q\|m), \quad m = \tfrac12(p+q)

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
    support : (a, b), optional
        Where densities given as formulas are positive.

    Returns
    -------
    sympy.Expr
        Closed for equal laws, disjoint supports, Uniform, Cauchy and finite laws; an unevaluated integral otherwise.

    Raises
    ------
    DomainError
        As for `kl_divergence`.

    Examples
    --------
    >>> from sympy.stats import Cauchy, Normal, Uniform
    >>> js_divergence(Uniform("P", 0, 1), Uniform("Q", 2, 3))
    log(2)
    >>> js_divergence(Cauchy("P", 0, 1), Cauchy("Q", 1, 2)).evalf(12)
    0.0542306615982

    Two Normal laws have none; the integral is exact, and evaluates:

    >>> jsd = js_divergence(Normal("P", 0, 1), Normal("Q", 1, 1))
    >>> isinstance(jsd, Integral), jsd.evalf(12)
    (True, 0.111421482185)
    """
    first, second = _pair(p, q, support)
    if first == second:
        return sympy.Integer(0)
    if first.family == second.family == "CauchyDistribution":
        kappa = _cauchy_kappa(first, second)
        return log(2 * kappa / (kappa + 1))

    def h(a: Any, b: Any) -> Any:
        return sum((HALF * f * log(2 * f / (a + b)) for f in (a, b) if f != 0), sympy.Integer(0))

    def inside(r: Any) -> Any:
        return HALF * first.pdf * log(2 / (1 + exp(-r))) + HALF * second.pdf * log(2 / (1 + exp(r)))

    return _over_both(first, second, h, HALF * log(2), inside)


def _cauchy_kappa(p: SymbolicLaw, q: SymbolicLaw) -> Any:
    """√(1 + χ/2); js.cauchy-game proves what follows from it."""
    (x1, g1), (x2, g2) = p.parameters, q.parameters
    return sqrt((x1 - x2) ** 2 + (g1 + g2) ** 2) / (2 * sqrt(g1 * g2))


def criterion(p: Any, q: Any, /, *, support: Support = None) -> Any:
    r"""C(G) = max over D of V(G, D), eq. (4) of the 2014 paper, as an expression.

    .. math:: C(G) = \int p \log\frac{p}{p+q} + \int q \log\frac{q}{p+q}

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
        p = p_data, q = p_g.
    support : (a, b), optional
        Where densities given as formulas are positive.

    Returns
    -------
    sympy.Expr
        Between -log 4 (only at q = p) and 0 (only for mutually singular laws).

    Raises
    ------
    DomainError
        As for `kl_divergence`.

    Examples
    --------
    >>> from sympy.stats import Normal, Uniform
    >>> criterion(Normal("P", 0, 1), Normal("Q", 0, 1)), criterion(Uniform("P", 0, 1), Uniform("Q", 2, 3))
    (-log(4), 0)
    >>> criterion(Uniform("P", 0, 2), Uniform("Q", 1, 3))
    -log(2)
    """
    first, second = _pair(p, q, support)
    if first == second:
        return -log(4)
    if first.family == second.family == "CauchyDistribution":
        kappa = _cauchy_kappa(first, second)
        return 2 * log(kappa / (kappa + 1))

    def h(a: Any, b: Any) -> Any:
        return sum((f * log(f / (a + b)) for f in (a, b) if f != 0), sympy.Integer(0))

    def inside(r: Any) -> Any:
        return -first.pdf * log(1 + exp(-r)) - second.pdf * log(1 + exp(r))

    return _over_both(first, second, h, sympy.Integer(0), inside)


def _discriminator(D: Any) -> Any:
    if not isinstance(D, sympy.Basic | int | float):
        raise DomainError(f"D = {D!r} is not an expression; give one in the symbol x with values in [0, 1]")
    D = sympy.sympify(D, strict=True)
    named = [s for s in D.free_symbols if s.name == "x"]
    D = D.subs(named[0], X) if named else D
    if D.is_number and not (D >= 0 and D <= 1):
        raise DomainError(f"D = {D} is not a probability; give an expression in x with values in [0, 1]")
    if isinstance(D, sympy.logic.boolalg.Boolean) or D.is_extended_real is False:
        raise DomainError(f"D = {D} is not real; give an expression in x with values in [0, 1]")
    return D


def _mean_or_integral(law: SymbolicLaw, h: Any) -> Any:
    if law.finite:
        return _tidy(sympy.Add(*(mass * h.subs(X, point) for point, mass in law.masses.items())))
    closed = mean(law, h)
    return _total(law, law.pdf * h) if closed is None else closed


def value(p: Any, q: Any, D: Any, /, *, support: Support = None) -> Any:
    r"""V(G, D), eq. (3) of the 2014 paper, as an expression.

    .. math:: V(G, D) = \int p \log D + \int q \log(1 - D)

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
        p = p_data, q = p_g.
    D : number or expression in x
        With values in [0, 1].
    support : (a, b), optional
        Where densities given as formulas are positive.

    Returns
    -------
    sympy.Expr
        At most 0; ``-oo`` where D is 0 on a set that p charges, or 1 on one that q does.

    Raises
    ------
    DomainError
        For a constant D outside [0, 1], and as for `kl_divergence`.

    Examples
    --------
    >>> from sympy import exp, symbols
    >>> from sympy.stats import Normal
    >>> P, Q = Normal("P", 0, 1), Normal("Q", 1, 1)
    >>> value(P, Q, Rational(1, 2))
    -log(4)
    >>> x = symbols("x", real=True)
    >>> value(P, Q, exp(-x**2)).args[0]        # E[log D] is closed, the other term is an integral
    -1
    """
    first, second = _pair(p, q, support)
    D = _discriminator(D)
    if not D.has(X):
        if D in (0, 1):
            return -oo
        return -log(4) if HALF == D else log(D) + log(1 - D)
    return _mean_or_integral(first, written_out(log(D))) + _mean_or_integral(second, written_out(log(1 - D)))


def optimality_gap(p: Any, q: Any, D: Any, /, *, support: Support = None) -> Any:
    r"""V(G, D*) - V(G, D), the measurable size of "D is not at its optimum", as an expression.

    .. math:: \int (p+q)\, \mathrm{kl}(D^* \| D) \ge 0

    Parameters
    ----------
    p, q : sympy.stats variable, or a density in the symbol x
        p = p_data, q = p_g.
    D : number or expression in x
        With values in [0, 1].
    support : (a, b), optional
        Where densities given as formulas are positive.

    Returns
    -------
    sympy.Expr
        0 iff D = D* wherever p + q > 0.

    Raises
    ------
    DomainError
        As for `value`.

    Examples
    --------
    >>> from sympy.stats import Normal, Uniform
    >>> P, Q = Normal("P", 0, 1), Normal("Q", 1, 1)
    >>> optimality_gap(P, Q, optimal_discriminator(P, Q))
    0
    >>> optimality_gap(Uniform("P", 0, 2), Uniform("Q", 1, 3), Rational(1, 2))
    log(2)
    """
    first, second = _pair(p, q, support)
    D = _discriminator(D)
    if D in (0, 1):
        return oo

    def h(a: Any, b: Any, d: Any = D) -> Any:
        return sum((f * log(f / ((a + b) * chance)) for f, chance in ((a, d), (b, 1 - d)) if f != 0), sympy.Integer(0))

    if first.finite and second.finite:
        terms = (h(_mass_at(first, x), _mass_at(second, x), D.subs(X, x)) for x in _points(first, second))
        return _tidy(sympy.Add(*terms))
    if first.discrete == second.discrete and optimal_discriminator(first, second) == D:
        return sympy.Integer(0)
    best, chosen = criterion(first, second), value(first, second, D)
    if not (best.has(Integral, Sum) or chosen.has(Integral, Sum)):
        return _tidy(best - chosen) if chosen != -oo else oo
    ratio = _log_ratio(first, second)
    if sympy.expand(1 / D - 1 - exp(-ratio)) == 0:
        return sympy.Integer(0)
    return _gap_integral(first, second, D, ratio)


def _gap_integral(p: SymbolicLaw, q: SymbolicLaw, D: Any, ratio: Any) -> Any:
    log_D, log_other = written_out(log(D)), written_out(log(1 - D))
    both = overlap(p, q) if p.discrete == q.discrete else None
    if both is None:
        return -_mean_or_integral(p, log_D) - _mean_or_integral(q, log_other)
    inside = p.pdf * (-log(1 + exp(-ratio)) - log_D) + q.pdf * (-log(1 + exp(ratio)) - log_other)
    total = _total(p, inside, *both)
    for law, h in ((p, log_D), (q, log_other)):
        step = 1 if law.discrete else 0  # a sum counts both of its ends
        for low, high in ((law.low, both[0] - step), (both[1] + step, law.high)):
            if (low not in (high, oo) and high != -oo) or (law.discrete and low == high and high.is_finite):
                if law.discrete and (high - low).is_negative:
                    continue
                total -= _total(law, law.pdf * h, low, high)
    return total
