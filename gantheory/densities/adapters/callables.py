"""A user's function or class, and what has a log_prob, as torch's distributions have."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.densities.foreign import Foreign, LogOf
from gantheory.densities.protocol import Law, Tail
from gantheory.errors import DomainError

__all__ = ["callable_law", "has_density", "has_log_prob", "is_array", "law_with_log_prob", "refused_array", "user_law"]

REAL_LINE = (-math.inf, math.inf)


def called(obj: Any, *names: str) -> Any:
    """The first of the named attributes, called if it is a method; None where there is none."""
    for name in names:
        value = getattr(obj, name, None)
        if value is not None:
            return value() if callable(value) else value
    return None


# -- a function --------------------------------------------------------------------------------------------------------


def callable_law(pdf: Any, support: Any, breakpoints: Any) -> Law:
    """A law from its density."""
    name = getattr(pdf, "__name__", "")
    name = "the pdf" if name in ("", "<lambda>") else f"the pdf {name}"
    return Foreign(LogOf(pdf, name), support or REAL_LINE, breakpoints, name=name)


# -- a class of the user's own -----------------------------------------------------------------------------------------


def has_density(obj: Any) -> bool:
    return callable(getattr(obj, "logpdf", None)) or callable(getattr(obj, "pdf", None))


def user_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    """An object with logpdf or pdf; what else it has of a Density's methods is used."""
    name = f"the law {type(obj).__name__}"
    log_density = obj.logpdf if callable(getattr(obj, "logpdf", None)) else LogOf(obj.pdf, f"pdf of {name}")
    interval = support if support is not None else called(obj, "support")
    tails = called(obj, "tails")
    atoms = called(obj, "atoms")
    return Foreign(
        log_density,
        REAL_LINE if interval is None else interval,
        _joined(called(obj, "breakpoints"), breakpoints),
        distribution=getattr(obj, "cdf", None),
        survival=getattr(obj, "sf", None),
        quantile=getattr(obj, "ppf", None),
        draw=_Draw(obj) if callable(getattr(obj, "sample", None)) else None,
        ends=None if tails is None else _checked_tails(tails, name),
        located=((), ()) if atoms is None else atoms,
        name=name,
    )


@dataclass(frozen=True)
class _Draw:
    law: Any

    def __call__(self, shape: Any, rng: np.random.Generator) -> Any:
        return self.law.sample(shape, rng=rng)


def _joined(own: Any, given: Any) -> np.ndarray:
    return np.concatenate([np.ravel(() if own is None else own), np.ravel(given)]).astype(float)


def _checked_tails(tails: Any, name: str) -> tuple[Tail, Tail]:
    if not (isinstance(tails, (tuple, list)) and len(tails) == 2 and all(isinstance(t, Tail) for t in tails)):
        raise DomainError(f"tails of {name} is {tails!r}; it must be two Tail, for the left end and the right.")
    return tails[0], tails[1]


# -- what has a log_prob -----------------------------------------------------------------------------------------------


def has_log_prob(obj: Any) -> bool:
    return callable(getattr(obj, "log_prob", None))


def law_with_log_prob(obj: Any, support: Any, breakpoints: Any) -> Law:
    """A distribution in torch's manner: log_prob, and mean, stddev, support and icdf where it has them."""
    name = f"the law {type(obj).__name__}"
    for shape in ("batch_shape", "event_shape"):
        if tuple(getattr(obj, shape, ())):
            raise DomainError(
                f"{shape} of {name} is {tuple(getattr(obj, shape))}; it must be (): "
                "one law on the line. Index the parameters."
            )
    domain = getattr(obj, "support", None)
    if getattr(domain, "is_discrete", False):
        raise DomainError(f"{name} is discrete; give Discrete(locations, masses), or the scipy.stats law of that name.")
    low, high = support if support is not None else _interval(domain)
    centre = [_number(obj, "mean"), _number(obj, "loc")]
    spread = _number(obj, "stddev")
    scales = [centre[0] + k * spread for k in (-1, 1)]
    points = [x for x in (*centre, *scales) if math.isfinite(x)]
    quantile = getattr(obj, "icdf", None)
    return Foreign(
        _Tensors(obj.log_prob, low, high),
        (low, high),
        _joined(points, breakpoints),
        quantile=_Tensors(quantile, 0.0, 1.0) if callable(quantile) and _answers(quantile) else None,
        name=name,
    )


@dataclass(frozen=True)
class _Tensors:
    """A function of tensors as one of arrays, -inf on the ends, where torch refuses to be asked."""

    function: Any
    low: float
    high: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        inside = (x > self.low) & (x < self.high)
        values = np.full(x.shape, -np.inf)
        values[inside] = _as_array(self.function(_as_tensor(self.function, x[inside])))
        return values


def _as_tensor(function: Any, x: np.ndarray) -> Any:
    owner = type(getattr(function, "__self__", function)).__module__.partition(".")[0]
    torch = sys.modules.get("torch") if owner in ("torch", "pyro") else None
    return x if torch is None else torch.as_tensor(x, dtype=torch.float64)


def _as_array(values: Any) -> np.ndarray:
    values = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    return np.asarray(values, dtype=float)


def _answers(quantile: Any) -> bool:
    try:
        return bool(np.isfinite(_as_array(quantile(_as_tensor(quantile, np.array([0.5]))))).all())
    except (NotImplementedError, TypeError, ValueError):
        return False


def _interval(domain: Any) -> tuple[float, float]:
    """The support from an attribute: two numbers, or a constraint with bounds."""
    domain = domain() if callable(domain) and not hasattr(domain, "check") else domain
    if isinstance(domain, (tuple, list)):
        return float(domain[0]), float(domain[1])
    low, high = (_bound(domain, side, end) for side, end in (("lower_bound", -math.inf), ("upper_bound", math.inf)))
    return low, high


def _bound(domain: Any, side: str, otherwise: float) -> float:
    value = getattr(domain, side, None)
    return otherwise if value is None else float(value)


def _number(obj: Any, name: str) -> float:
    try:
        return float(called(obj, name))
    except (TypeError, ValueError, NotImplementedError):
        return math.nan


# -- what is no law ----------------------------------------------------------------------------------------------------


def is_array(obj: Any) -> bool:
    return isinstance(obj, (np.ndarray, list, tuple, range)) or (hasattr(obj, "__array__") and not has_density(obj))


def refused_array(obj: Any, support: Any, breakpoints: Any) -> Law:
    shape = np.shape(obj)
    raise DomainError(
        f"law is an array of shape {shape}; it says nothing of where its values lie. Three ways: grid=x, if they are "
        "densities at the points x; grid=Grid.counting(x), if they are probabilities; Empirical(samples), if they are "
        "draws."
    )
