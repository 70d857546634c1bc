"""Means under the standard families of what their log-ratios are made of: powers, log x, |x − c|, log of a
quadratic.

Each mean is proved in gantheory.symbolic.closed_forms or cauchy, or is a definition; where none is known the answer
is None and the caller keeps an integral.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Abs, Rational, digamma, exp, gamma, log, oo, pi, sqrt

from gantheory.symbolic.laws import SymbolicLaw, X

__all__ = ["mean"]

Mean = Any  # an expression, or None where no closed form is known


def mean(law: SymbolicLaw, expr: Any) -> Mean:
    """E[expr] in closed form, or None.

    >>> from sympy.stats import Gamma
    >>> from gantheory.symbolic.laws import as_symbolic_law
    >>> k, theta = sympy.symbols("k theta", positive=True)
    >>> mean(as_symbolic_law(Gamma("G", k, theta), "p"), X)
    k*theta
    """
    constants, infinite = sympy.Integer(0), sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(expr)):
        factor, statistic = term.as_independent(X, as_Add=False)
        expected = sympy.Integer(1) if statistic == 1 else _statistic(law, statistic)
        if expected is None:
            return None
        if expected.is_infinite:
            infinite += factor * expected
        else:
            constants += factor * expected
    if infinite == 0:
        return constants
    return infinite if infinite in (oo, -oo) else None


def _statistic(law: SymbolicLaw, statistic: Any) -> Mean:
    family = _FAMILIES.get(law.family)
    return family(statistic, *law.parameters) if family else None


def _power(statistic: Any) -> Any:
    """a where the statistic is x**a, else None."""
    base, exponent = statistic.as_base_exp()
    return exponent if base == X and not exponent.has(X) else None


def _whole_power(statistic: Any) -> int | None:
    exponent = _power(statistic)
    return int(exponent) if exponent is not None and exponent.is_Integer and 0 < exponent <= 8 else None


def _distance(statistic: Any) -> Any:
    """(scale, c) where the statistic is |scale·(x − c)|."""
    if not isinstance(statistic, Abs):
        return None
    inside = sympy.Poly(statistic.args[0], X) if statistic.args[0].is_polynomial(X) else None
    if inside is None or inside.degree() != 1:
        return None
    slope, start = inside.all_coeffs()
    return Abs(slope), -start / slope


def _raw(centre: Any, central: Callable[[int], Any], n: int) -> Any:
    """E[x**n] from the moments of x − centre."""
    return sympy.expand(sum(sympy.binomial(n, k) * centre ** (n - k) * central(k) for k in range(n + 1)))


def _normal(statistic: Any, mu: Any, sigma: Any) -> Mean:
    n = _whole_power(statistic)
    if n is not None:
        return _raw(mu, lambda k: sigma**k * sympy.factorial2(k - 1) if k % 2 == 0 else sympy.Integer(0), n)
    distance = _distance(statistic)
    if distance is not None:
        scale, c = distance
        shift = mu - c
        bell = sigma * sqrt(2 / pi) * exp(-(shift**2) / (2 * sigma**2))
        return scale * (bell + shift * sympy.erf(shift / (sigma * sqrt(2))))
    return None


def _log_normal(statistic: Any, mu: Any, sigma: Any) -> Mean:
    return _normal(statistic.subs(log(X), X), mu, sigma) if not statistic.subs(log(X), 1).has(X) else None


def _gamma(statistic: Any, k: Any, theta: Any) -> Mean:
    if statistic == log(X):
        return digamma(k) + log(theta)
    exponent = _power(statistic)
    if exponent is None:
        return None
    if (k + exponent).is_positive:
        ratio = sympy.rf(k, exponent).doit() if exponent.is_Integer and exponent > 0 else gamma(k + exponent) / gamma(k)
        return theta**exponent * ratio
    return oo if (k + exponent).is_nonpositive else None


def _exponential(statistic: Any, rate: Any) -> Mean:
    return _gamma(statistic, sympy.Integer(1), 1 / rate)


def _weibull(statistic: Any, scale: Any, k: Any) -> Mean:
    if statistic == log(X):
        return log(scale) - sympy.EulerGamma / k
    exponent = _power(statistic)
    return (
        scale**exponent * gamma(1 + exponent / k) if exponent is not None and (1 + exponent / k).is_positive else None
    )


def _beta(statistic: Any, a: Any, b: Any) -> Mean:
    if statistic in (log(X), log(1 - X)):
        return digamma(a if statistic == log(X) else b) - digamma(a + b)
    n = _whole_power(statistic)
    return sympy.prod((a + k) / (a + b + k) for k in range(n)) if n is not None else None


def _uniform(statistic: Any, low: Any, high: Any) -> Mean:
    width = high - low
    n = _whole_power(statistic)
    if n is not None:
        return (high ** (n + 1) - low ** (n + 1)) / ((n + 1) * width)
    if statistic == log(X) and low.is_nonnegative:
        return (_x_log_x(high) - _x_log_x(low)) / width
    if statistic == log(1 - X) and (1 - high).is_nonnegative:
        return (_x_log_x(1 - low) - _x_log_x(1 - high)) / width
    distance = _distance(statistic)
    if distance is not None:
        scale, c = distance
        return scale * ((high - c) * Abs(high - c) - (low - c) * Abs(low - c)) / (2 * width)
    return None


def _x_log_x(x: Any) -> Any:
    """The antiderivative of log, 0 at 0."""
    return sympy.Integer(0) if x == 0 else x * log(x) - x


def _laplace(statistic: Any, mu: Any, b: Any) -> Mean:
    n = _whole_power(statistic)
    if n is not None:
        return _raw(mu, lambda k: b**k * sympy.factorial(k) if k % 2 == 0 else sympy.Integer(0), n)
    distance = _distance(statistic)
    if distance is not None:
        scale, c = distance
        return scale * (Abs(mu - c) + b * exp(-Abs(mu - c) / b))
    return None


def _cauchy(statistic: Any, x0: Any, g: Any) -> Mean:
    n = _whole_power(statistic)
    if n is not None:
        return oo if n % 2 == 0 else None
    if isinstance(statistic, Abs):
        return oo if _distance(statistic) is not None else None
    if isinstance(statistic, log) and statistic.args[0].is_polynomial(X):
        quadratic = sympy.Poly(statistic.args[0], X)
        if quadratic.degree() == 2:
            top, linear, start = quadratic.all_coeffs()
            centre = -linear / (2 * top)
            height_squared = sympy.factor(sympy.cancel(start / top - centre**2))
            height = sympy.powdenest(sqrt(height_squared), force=True)
            if height_squared.is_positive or height.is_positive:
                return log(top) + log(sympy.factor((x0 - centre) ** 2 + (g + height) ** 2))
    return None


def _student(statistic: Any, nu: Any) -> Mean:
    if statistic == log(1 + X**2 / nu):
        return digamma((nu + 1) / 2) - digamma(nu / 2)
    n = _whole_power(statistic)
    if n is None or (n % 2 and not (nu - n).is_positive):
        return None
    if n % 2:
        return sympy.Integer(0)
    if (nu - n).is_positive:
        half = Rational(1, 2)
        return nu ** (n // 2) * gamma((n + 1) * half) * gamma((nu - n) * half) / (sqrt(pi) * gamma(nu * half))
    return oo if (nu - n).is_nonpositive else None


def _logistic(statistic: Any, mu: Any, s: Any) -> Mean:
    n = _whole_power(statistic)
    if n == 1:
        return mu
    if n == 2:
        return mu**2 + s**2 * pi**2 / 3
    if not isinstance(statistic, log):
        return None
    # log(1 + A e^(−x/s)) = log(1 + a e^(−y)), x = μ + s·y: the mean of log(w + a) − log w is a log a/(a − 1).
    growth = sympy.expand(statistic.args[0] - 1, power_exp=False)
    exponent = sympy.expand(sympy.expand_log(log(growth), force=True))
    if exponent.diff(X).equals(-1 / s) is not True:
        return None
    log_a = sympy.cancel(exponent + X / s - mu / s)
    if log_a == 0:
        return sympy.Integer(1)
    return log_a / (1 - exp(-log_a))


_FAMILIES: dict[str, Callable[..., Mean]] = {
    "NormalDistribution": _normal,
    "LogNormalDistribution": _log_normal,
    "ExponentialDistribution": _exponential,
    "GammaDistribution": _gamma,
    "BetaDistribution": _beta,
    "UniformDistribution": _uniform,
    "LaplaceDistribution": _laplace,
    "CauchyDistribution": _cauchy,
    "StudentTDistribution": _student,
    "LogisticDistribution": _logistic,
    "WeibullDistribution": _weibull,
    "PoissonDistribution": lambda statistic, rate: rate if statistic == X else None,
}
