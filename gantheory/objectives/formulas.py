"""The two losses, from formulas or from functions: what of them is known in symbols, and how they are evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.errors import DomainError

__all__ = ["Formulas", "Numbers"]

Array = Any


def interval_words(low: float, high: float) -> str:
    """[0, 1], (−∞, ∞), [0.5, ∞)."""
    left = "(−∞" if low == -math.inf else f"[{low:g}".replace("-", "−")
    right = "∞)" if high == math.inf else f"{high:g}]".replace("-", "−")
    return f"{left}, {right}"


@dataclass(frozen=True)
class Formulas:
    """Losses with formulas; `found` is what `gantheory.symbolic.analysis.analyse` derives of them, when it is asked."""

    real: Any
    fake: Any
    ends_of_range: tuple[Any, Any]
    generator: Any = None

    @classmethod
    def of(cls, real: Any, fake: Any, domain: Any, generator: Any) -> Formulas:
        from gantheory.symbolic.analysis import read_objective
        from gantheory.symbolic.losses import loss, refuse_other_variables

        if callable(real) and not hasattr(real, "free_symbols"):
            raise DomainError("real is a function; for losses without formulas use Objective.numeric(a, b).")
        a, b, low, high = read_objective(real, fake, domain)
        refuse_other_variables(real=real, fake=fake, generator=generator)
        return cls(a, b, (low, high), None if generator is None else loss("generator", generator))

    @cached_property
    def found(self) -> Any:
        from gantheory.symbolic.analysis import analyse

        return analyse(self.real, self.fake, self.ends_of_range)

    @property
    def domain(self) -> tuple[float, float]:
        return float(self.ends_of_range[0]), float(self.ends_of_range[1])

    @property
    def range_words(self) -> str:
        return str(self.found.at)

    @property
    def words(self) -> str:
        from gantheory.symbolic.printing import text

        return f"a(D) = {text(self.real)}, b(D) = {text(self.fake)}"

    @property
    def strict(self) -> str:
        """ "proved", "refuted" or "undecided": f strictly convex at 1."""
        return self.found.strict.outcome

    @property
    def D_star(self) -> Any:
        return self.found.best.D_star if self.found.best else None

    @property
    def f(self) -> Any:
        return self.found.best.f if self.found.best else None

    @property
    def conjugate(self) -> Any:
        return self.found.conjugate

    @property
    def named(self) -> Any:
        return self.found.named

    @property
    def curvature(self) -> Any:
        return self.found.curvature

    @property
    def kinks(self) -> tuple[Any, ...]:
        return self.found.best.kinks if self.found.best else ()

    @property
    def joins(self) -> tuple[Any, ...]:
        return self.found.best.joins if self.found.best else ()

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """f(0) and f′(∞), None where a limit was not found."""
        found = (self.found.at_zero(), self.found.slopes[1])
        return tuple(None if end is None else float(end) for end in found)  # type: ignore[return-value]

    @property
    def slopes(self) -> tuple[Any, Any]:
        return self.found.slopes

    @cached_property
    def pull(self) -> Any:
        from gantheory.symbolic.own_loss import pull_at_rejection

        return pull_at_rejection(self.fake if self.generator is None else self.generator, self.found)

    @cached_property
    def own(self) -> Any:
        """F of the generator's loss, where D* has a closed form."""
        from gantheory.symbolic.own_loss import own_loss

        return own_loss(self.generator, self.found)

    @cached_property
    def own_derivation(self) -> Any:
        from gantheory.symbolic.own_loss import own_loss_derivation

        return None if self.own is None else own_loss_derivation(self.own, self.found)

    @cached_property
    def generator_at(self) -> Callable[[Array], Array]:
        return self._function(self.generator)

    @cached_property
    def derivation(self) -> Any:
        from gantheory.symbolic.objective_proof import derivation_of

        return derivation_of(self.found)

    @cached_property
    def real_at(self) -> Callable[[Array], Array]:
        return self._function(self.real)

    @cached_property
    def fake_at(self) -> Callable[[Array], Array]:
        return self._function(self.fake)

    def _function(self, expr: Any) -> Callable[[Array], Array]:
        from gantheory.symbolic.evaluation import function_of
        from gantheory.symbolic.losses import SCORE

        return function_of(expr, SCORE)

    @cached_property
    def conjugate_at(self) -> Callable[[Array], Array]:
        from gantheory.symbolic.evaluation import function_of
        from gantheory.symbolic.fenchel import SLOPE

        return function_of(self.conjugate, SLOPE)

    @cached_property
    def f_plain(self) -> Callable[[Array], Array]:
        from gantheory.symbolic.best_response import RATIO
        from gantheory.symbolic.evaluation import function_of

        return function_of(self.f, RATIO)

    def _on_log(self, expr: Any) -> Callable[[Array], Array]:
        from gantheory.symbolic.best_response import RATIO
        from gantheory.symbolic.evaluation import on_log_scale

        return on_log_scale(expr, RATIO)

    @cached_property
    def f_on_log(self) -> Callable[[Array], Array]:
        return self._with_ends(self._on_log(self.f), self.ends[0], None)

    @cached_property
    def f_over_u_on_log(self) -> Callable[[Array], Array]:
        from gantheory.symbolic.best_response import RATIO

        return self._with_ends(self._on_log(self.f / RATIO), None, self.ends[1])

    def _with_ends(self, function: Callable[[Array], Array], low: float | None, high: float | None) -> Any:
        """The limits at r = ±∞, as the envelope gives them."""

        def whole(r: Array) -> Array:
            found = function(r)
            found = found if low is None else np.where(np.isneginf(r), low, found)
            return found if high is None else np.where(np.isposinf(r), high, found)

        return whole

    @cached_property
    def D_on_log(self) -> Callable[[Array], Array]:
        return self._on_log(self.D_star)

    @cached_property
    def real_on_log(self) -> Callable[[Array], Array]:
        return self._on_log(self.found.best.real)

    @cached_property
    def fake_on_log(self) -> Callable[[Array], Array]:
        return self._on_log(self.found.best.fake)

    @cached_property
    def real_times_u_on_log(self) -> Callable[[Array], Array]:
        from gantheory.symbolic.best_response import RATIO

        return self._on_log(self.found.best.real * RATIO)

    @cached_property
    def fake_over_u_on_log(self) -> Callable[[Array], Array]:
        from gantheory.symbolic.best_response import RATIO

        return self._on_log(self.found.best.fake / RATIO)

    @cached_property
    def on_logit(self) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """The losses of D = s/(1 + s) as functions of its logit, log s."""
        from gantheory.symbolic.best_response import RATIO
        from gantheory.symbolic.losses import SCORE

        odds = RATIO / (1 + RATIO)
        return self._on_log(self.real.subs(SCORE, odds)), self._on_log(self.fake.subs(SCORE, odds))


def _vectorised(name: str, loss: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The loss as real numbers of the shape of D, or a clear error."""

    def at(D: Array) -> np.ndarray:
        D = np.asarray(D, dtype=float)
        try:
            with np.errstate(all="ignore"):
                found = np.asarray(loss(D))
        except Exception as error:  # the function is the caller's, and raises what it likes
            told = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
            raise DomainError(
                f"{name} raised {told} on an array of D; it must be vectorised: write np.log for math.log."
            ) from error
        if found.dtype.kind not in "fiub" or found.shape not in (D.shape, ()):
            raise DomainError(
                f"{name} gives {found.dtype} of shape {found.shape} for D of shape {D.shape}; it must give one real "
                "number for each D."
            )
        return np.broadcast_to(found.astype(float), D.shape)

    return at


@dataclass(frozen=True)
class Numbers:
    """Losses given as functions: nothing of them is known in symbols."""

    real: Callable[[Array], Array]
    fake: Callable[[Array], Array]
    domain: tuple[float, float]
    generator: Callable[[Array], Array] | None = None
    D_star: Any = None
    f: Any = None
    conjugate: Any = None
    named: Any = None
    curvature: Any = None
    derivation: Any = None
    strict: str = "undecided"
    kinks: tuple[Any, ...] = ()
    joins: tuple[Any, ...] = ()
    ends: tuple[float | None, float | None] = (None, None)
    slopes: tuple[Any, Any] = (None, None)
    pull: Any = None
    own: Any = None
    own_derivation: Any = None

    @classmethod
    def of(cls, a: Any, b: Any, domain: Any, generator: Any) -> Numbers:
        for name, loss in (("a", a), ("b", b), *([("generator", generator)] if generator is not None else [])):
            if not callable(loss):
                raise DomainError(
                    f"{name} is {loss!r}; it must be a function of D. Formulas go to Objective(real, fake)."
                )
        try:
            pair = () if isinstance(domain, (str, bytes, set, frozenset, dict)) else domain
            low, high = (float(end) for end in pair)
        except (TypeError, ValueError, OverflowError):
            low = high = math.nan
        if not low < high:
            raise DomainError(f"domain = {domain!r} is no interval; give its two ends, the lower first: (0, 1).")
        a, b = _vectorised("a", a), _vectorised("b", b)
        return cls(a, b, (low, high), None if generator is None else _vectorised("generator", generator))

    @property
    def words(self) -> str:
        return "losses given as functions"

    @property
    def range_words(self) -> str:
        return interval_words(*self.domain)

    @property
    def generator_at(self) -> Callable[[Array], Array]:
        assert self.generator is not None
        return self.generator

    @property
    def real_at(self) -> Callable[[Array], Array]:
        return self.real

    @property
    def fake_at(self) -> Callable[[Array], Array]:
        return self.fake

    @property
    def on_logit(self) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        from scipy.special import expit

        return lambda r: self.real(expit(r)), lambda r: self.fake(expit(r))
