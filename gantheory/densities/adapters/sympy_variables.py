"""sympy.stats' random variables. What sympy.lambdify makes of a density forgets its support: here it is put back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.adapters.counted import counted
from gantheory.densities.foreign import Foreign
from gantheory.densities.half_line import Beta, Exponential, Gamma, Weibull
from gantheory.densities.location_scale import Laplace, Logistic, Normal
from gantheory.densities.mixture import Discrete
from gantheory.densities.power_tail import Cauchy, StudentT
from gantheory.densities.protocol import Law
from gantheory.densities.uniform import Uniform
from gantheory.errors import DomainError

__all__ = ["is_sympy", "sympy_law"]

#: sympy's distributions and our families of their parameters, in sympy's order.
_FAMILIES: dict[str, Callable[..., Law]] = {
    "NormalDistribution": Normal,
    "LaplaceDistribution": Laplace,
    "LogisticDistribution": Logistic,
    "CauchyDistribution": Cauchy,
    "StudentTDistribution": StudentT,
    "UniformDistribution": Uniform,
    "ExponentialDistribution": lambda rate: Exponential(1 / rate),
    "GammaDistribution": Gamma,
    "BetaDistribution": Beta,
    "WeibullDistribution": lambda scale, shape: Weibull(shape, scale),
}
_MOST_ATOMS = 1024  # each is evaluated by sympy, one by one


def is_sympy(obj: Any) -> bool:
    return any(base.__module__.startswith("sympy.") for base in type(obj).__mro__)


def sympy_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    """A random variable of sympy.stats: our family, its atoms, or its density within its set."""
    if type(obj).__name__ != "RandomSymbol":
        raise DomainError(
            f"law is {obj}, a sympy expression; it must be a random variable of sympy.stats, such as "
            "Normal('X', 0, 1). A density f(x) goes in as a callable: sympy.lambdify(x, f) with support=(a, b)."
        )
    distribution = getattr(obj.pspace, "distribution", None)
    if distribution is None:
        raise DomainError(f"law is {obj}, one of several joint variables; it must be a variable of its own.")
    if distribution.free_symbols - _own_symbols(distribution):
        free = ", ".join(sorted(map(str, distribution.free_symbols)))
        raise DomainError(
            f"law is {distribution} with the free symbols {free}; its parameters must be numbers. Put them in: "
            f".subs({{{', '.join(f'{s}: ...' for s in free.split(', '))}}}), or use gantheory.symbolic for formulas."
        )
    family = _FAMILIES.get(type(distribution).__name__)
    if family is not None:
        return family(*distribution.args)  # as they are: the enclosures ask for rational numbers
    kind = type(obj.pspace).__name__
    if kind == "SingleFinitePSpace":
        return _finite(obj)
    if kind == "SingleDiscretePSpace":
        return _countable(distribution)
    return _continuous(obj, distribution, support, breakpoints)


def _own_symbols(distribution: Any) -> set[Any]:
    """The bound variable of a density made by hand."""
    from sympy import Lambda

    return {symbol for part in distribution.args if isinstance(part, Lambda) for symbol in part.variables}


def _finite(obj: Any) -> Law:
    from sympy.stats import density

    probabilities: Any = density(obj)
    pairs = [(float(x), float(mass)) for x, mass in probabilities.dict.items()]
    return Discrete([x for x, _ in pairs], [mass for _, mass in pairs])


def _countable(distribution: Any) -> Law:
    from sympy import Symbol

    k = Symbol("k", integer=True)
    pmf = distribution.pdf(k)
    low, high = _ends(distribution.set)

    def at(points: np.ndarray) -> np.ndarray:
        return np.array([float(pmf.subs(k, int(i)).evalf()) for i in points])

    return counted(at, (low, high), low if math.isfinite(low) else 0.0, str(distribution), most=_MOST_ATOMS)


def _continuous(obj: Any, distribution: Any, support: Any, breakpoints: Any) -> Law:
    from sympy import Symbol, expand_log, lambdify, log
    from sympy.stats import density

    low, high = _ends(distribution.set) if support is None else support
    x = Symbol("x", real=True)
    of: Any = density(obj)
    pdf = of(x)
    spelled = expand_log(log(pdf), force=True)
    if pdf.has(_piecewise()):  # the logarithm of a Piecewise stays one, and is -inf where it is 0
        spelled = log(pdf)
    return Foreign(
        lambdify(x, spelled, modules=["scipy", "numpy"]),
        (low, high),
        breakpoints,
        name=str(distribution),
        key=("sympy.stats", str(distribution), low, high, *np.ravel(breakpoints).tolist()),
    )


def _piecewise() -> Any:
    from sympy import Piecewise

    return Piecewise


def _ends(domain: Any) -> tuple[float, float]:
    """The ends of a set that is an interval, or a range of integers."""
    from sympy import FiniteSet, Union

    if isinstance(domain, (Union, FiniteSet)):
        raise DomainError(f"the support {domain} is not an interval; give the pieces as a Mixture.")
    try:
        return float(domain.inf), float(domain.sup)
    except (AttributeError, TypeError, ValueError, NotImplementedError):
        raise DomainError(f"the support {domain} has no numbers for its ends; give support=(a, b).") from None
