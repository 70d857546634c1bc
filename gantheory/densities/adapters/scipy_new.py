"""scipy.stats' distributions in the new style (Normal, Uniform, Mixture, make_distribution, and what is built of them).

These objects turn parameters outside their domain into nan without a word, and lose their parameters when they are
pickled or copied: a Normal(mu=1, sigma=2) comes back as N(0, 1). They are read here, once. One that has to be kept,
because it is known by its methods only, is held so that it can be neither pickled nor copied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.densities.adapters.counted import counted
from gantheory.densities.foreign import Foreign
from gantheory.densities.location_scale import Normal
from gantheory.densities.mixture import Mixture
from gantheory.densities.protocol import Law
from gantheory.densities.tail_reading import middle_of, tails_read_off
from gantheory.densities.uniform import Uniform
from gantheory.errors import DomainError

__all__ = ["is_new_style", "new_style_law"]

_QUANTILES = np.array([1e-3, 0.25, 0.5, 0.75, 0.999])


def is_new_style(obj: Any) -> bool:
    return any(
        base.__name__ in ("_ProbabilityDistribution", "UnivariateDistribution", "Mixture")
        and base.__module__.startswith("scipy.stats")
        for base in type(obj).__mro__
    )


def new_style_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    kind = type(obj).__name__ if type(obj).__module__.startswith("scipy.stats") else ""
    if kind in ("Normal", "StandardNormal"):
        return Normal(*(_parameter(obj, kind, key) for key in ("mu", "sigma")))
    if kind == "Uniform":
        return Uniform(*(_parameter(obj, kind, key) for key in ("a", "b")))
    if kind == "Mixture":
        return Mixture([new_style_law(law, None, ()) for law in obj.components], np.ravel(obj.weights).tolist())
    name = f"{obj!r} of scipy.stats".replace("np.float64(", "(")
    low, high = (_number(end, name, "support") for end in obj.support())
    if any(base.__name__ == "DiscreteDistribution" for base in type(obj).__mro__):
        return counted(obj.pmf, (low, high), _number(obj.icdf(0.5), name, "median"), name, logpmf=obj.logpmf)
    points = [x for x in np.ravel(obj.icdf(_QUANTILES)) if math.isfinite(x)]
    return Foreign(
        _Held(obj.logpdf),
        (low, high) if support is None else support,
        np.concatenate([points, np.ravel(breakpoints)]),
        distribution=_Held(obj.cdf),
        survival=_Held(obj.ccdf),
        quantile=_Held(obj.icdf),
        ends=tails_read_off(obj.logpdf, (low, high) if support is None else support, *middle_of(points)),
        name=name,
    )


@dataclass(frozen=True)
class _Held:
    """A method of an object that does not survive pickle or copy."""

    method: Any

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.method(x)

    def __copy__(self) -> _Held:
        return self

    def __deepcopy__(self, memo: Any) -> _Held:
        return self

    def __reduce__(self) -> Any:
        raise DomainError(
            "a law of scipy.stats' new style cannot be pickled: scipy loses its parameters, and the copy would be "
            "another law. Use our own family, or the frozen distribution (scipy.stats.gamma(2)), which can."
        )


def _parameter(obj: Any, kind: str, key: str) -> float:
    return _number(getattr(obj, key), kind, key)


def _number(value: Any, name: str, key: str) -> float:
    if np.size(value) != 1:
        raise DomainError(f"{key} of {name} has shape {np.shape(value)}; it must be one number: one law at a time.")
    number = float(np.ravel(value)[0])
    if math.isnan(number):
        raise DomainError(
            f"{key} of {name} is nan; it must be a number. scipy's new style turns parameters outside their domain "
            "(sigma <= 0) into nan: check what was given."
        )
    return number
