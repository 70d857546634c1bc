"""scipy.stats' names of our families, with its order of parameters, for text laws and for scipy's own objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gantheory.densities.half_line import Beta, Exponential, Gamma, Weibull
from gantheory.densities.location_scale import Laplace, Logistic, Normal
from gantheory.densities.power_tail import Cauchy, StudentT
from gantheory.densities.protocol import Law
from gantheory.densities.uniform import Uniform
from gantheory.errors import DomainError

__all__ = ["FAMILIES", "Family", "bound"]


class Family(NamedTuple):
    """The shape parameters that precede (loc, scale) in scipy.stats, and our family of all of them in that order."""

    shapes: tuple[str, ...]
    law: Callable[..., Law]

    @property
    def parameters(self) -> tuple[str, ...]:
        return (*self.shapes, "loc", "scale")


FAMILIES: dict[str, Family] = {
    "norm": Family((), lambda loc, scale: Normal(loc, scale)),
    "laplace": Family((), Laplace),
    "logistic": Family((), Logistic),
    "cauchy": Family((), Cauchy),
    "t": Family(("df",), StudentT),
    "uniform": Family((), lambda loc, scale: Uniform(loc, loc + scale)),
    "expon": Family((), lambda loc, scale: Exponential(scale, loc)),
    "gamma": Family(("a",), lambda a, loc, scale: Gamma(a, scale, loc)),
    "beta": Family(("a", "b"), Beta),
    "weibull_min": Family(("c",), lambda c, loc, scale: Weibull(c, scale, loc)),
}


def bound(name: str, parameters: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the named parameters; loc is 0 and scale 1 where they are not given."""
    signature = f"{name}({', '.join(parameters)})"
    if len(args) > len(parameters):
        raise DomainError(f"{name} is given {len(args)} parameters; it takes {len(parameters)}: {signature}.")
    values = dict(zip(parameters, args, strict=False))
    for key, value in kwargs.items():
        if key not in parameters:
            raise DomainError(f"{name} has no parameter {key!r}; its parameters are those of scipy.stats: {signature}.")
        if key in values:
            raise DomainError(f"{key} of {name} is given twice; give it by position or by name: {signature}.")
        values[key] = value
    defaults = {"loc": 0.0, "scale": 1.0}
    missing = [key for key in parameters if key not in values and key not in defaults]
    if missing:
        raise DomainError(f"{' and '.join(missing)} of {name} must be given: {signature}, as in scipy.stats.")
    return {key: values.get(key, defaults.get(key)) for key in parameters}
