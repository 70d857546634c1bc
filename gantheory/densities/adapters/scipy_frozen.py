"""scipy.stats' frozen distributions, continuous and discrete, and its gaussian_kde."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.adapters.callables import REAL_LINE
from gantheory.densities.adapters.counted import counted
from gantheory.densities.empirical import Kernels
from gantheory.densities.foreign import Foreign
from gantheory.densities.given import Named, exact, keep, rounded_from
from gantheory.densities.mixture import Discrete
from gantheory.densities.protocol import Law
from gantheory.densities.scipy_names import FAMILIES, bound
from gantheory.densities.tail_reading import middle_of, tails_read_off
from gantheory.errors import ConvergenceError, DomainError

__all__ = ["frozen_law", "is_frozen", "is_gaussian_kde", "is_unfrozen", "kde_law", "unfrozen_law"]

_QUANTILES = np.array([1e-3, 0.25, 0.5, 0.75, 0.999])


def is_frozen(obj: Any) -> bool:
    """A frozen distribution of one variable: it has its generator, `dist`, and the parameters given to it."""
    return all(hasattr(obj, name) for name in ("dist", "args", "kwds")) and hasattr(obj.dist, "freeze")


def is_unfrozen(obj: Any) -> bool:
    """A generator such as scipy.stats.norm itself."""
    return all(hasattr(obj, name) for name in ("freeze", "shapes", "support")) and callable(obj)


def unfrozen_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    if getattr(obj, "shapes", None) and not hasattr(obj, "xk"):
        raise DomainError(
            f"{obj.name} of scipy.stats is a family with shape parameters {obj.shapes}; give them: "
            f"{obj.name}({obj.shapes})."
        )
    return frozen_law(obj.freeze(), support, breakpoints)


def frozen_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    """Our own family where it is one, exactly; atoms; or the density with its quantiles as breakpoints."""
    dist, name = obj.dist, str(obj.dist.name)
    shapes = tuple(s.strip() for s in (dist.shapes or "").split(",") if s.strip())
    discrete = hasattr(dist, "pmf")
    parameters = (*shapes, "loc") if discrete else (*shapes, "loc", "scale")
    given = bound(name, parameters, obj.args, obj.kwds)
    values = {key: _scalar(key, name, value) for key, value in given.items()}
    ours = type(dist).__module__.startswith("scipy.stats")
    if ours and not discrete and name in FAMILIES:
        law = FAMILIES[name].law(*values.values())
        if rounded_from(plain := {key: np.ravel(value)[0] for key, value in given.items()}):
            keep(law, Named(name, {key: exact(value) for key, value in plain.items()}))
        return law
    low, high = (float(end) for end in obj.support())
    if math.isnan(low) or math.isnan(high):
        given = ", ".join(f"{key}={value!r}" for key, value in values.items())
        raise DomainError(f"{name}({given}) of scipy.stats has no support; its parameters must lie in its domain.")
    if name == "vonmises" and math.isinf(high - low):  # a law of the circle: scipy repeats its density on every turn
        low, high = (values["loc"] + turn * math.pi * values["scale"] for turn in (-1.0, 1.0))
    text = f"{name}({', '.join(map(repr, values.values()))})" if ours and _is_public(dist, name) else ""
    if discrete:
        return _discrete(obj, (low, high), name, text)
    points = [x for x in np.ravel(obj.ppf(_QUANTILES)) if math.isfinite(x)]
    return Foreign(
        obj.logpdf,
        (low, high) if support is None else support,
        np.concatenate([points, np.ravel(breakpoints)]),
        distribution=obj.cdf,
        survival=obj.sf,
        quantile=obj.ppf,
        ends=tails_read_off(obj.logpdf, (low, high) if support is None else support, *middle_of(points)),
        name=text or f"{name} of scipy.stats",
        key=("scipy.stats", text, *np.ravel(breakpoints).tolist()) if text and support is None else None,
    )


def _is_public(dist: Any, name: str) -> bool:
    """Whether scipy.stats.NAME is this very family, so that its text can be read back."""
    from scipy import stats

    return type(getattr(stats, name, None)) is type(dist) and not hasattr(dist, "_histogram")


def _scalar(key: str, name: str, value: Any) -> float:
    if np.size(value) != 1:
        raise DomainError(f"{key} of {name} has shape {np.shape(value)}; it must be one number: one law at a time.")
    return float(np.ravel(value)[0])


def _discrete(obj: Any, support: tuple[float, float], name: str, text: str) -> Law:
    if hasattr(obj.dist, "xk"):  # a table of values, which need not be integers
        locations = np.ravel(obj.dist.xk) + float(obj.support()[0] - np.min(obj.dist.xk))
        return Discrete(locations, np.ravel(obj.dist.pk))
    if math.isfinite(support[0]):  # before the median: scipy sums up to it, and of a heavy tail without end
        seen = float(np.sum(obj.pmf(support[0] + np.arange(2.0**16))))
        if seen < 0.5 and not math.isfinite(float(obj.std())):
            raise ConvergenceError(
                f"the first 65536 atoms of {name} hold a mass of {seen:.3g}; its tail is too heavy to be counted. "
                "Truncate the law: Discrete(k, pmf / pmf.sum()) for the k that you want."
            )
    return counted(obj.pmf, support, float(obj.ppf(0.5)), f"{name} of scipy.stats", logpmf=obj.logpmf, text=text)


def is_gaussian_kde(obj: Any) -> bool:
    return type(obj).__name__ == "gaussian_kde" and type(obj).__module__.startswith("scipy.stats")


def kde_law(obj: Any, support: Any, breakpoints: Any) -> Law:
    """The same kernels at the same places."""
    if obj.d != 1:
        raise DomainError(f"gaussian_kde has {obj.d} dimensions; it must have 1: a law on the line.")
    if support is not None and tuple(support) != REAL_LINE:
        raise DomainError("support of a gaussian_kde is the whole line; leave support= out.")
    return Kernels(obj.dataset[0], math.sqrt(float(obj.covariance[0, 0])), obj.weights)
