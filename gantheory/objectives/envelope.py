r"""f without a formula: the upper envelope of the lines u·a(y) + b(y), one for each value y of D.

.. math:: f(u) = \sup_y\; u\,a(y) + b(y)

A few thousand lines give the envelope's corners; between two of them the maximum over y is refined by golden sections.
What makes an objective meaningless shows here too: a value that is no number, a maximum that runs away, a second hill.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gantheory.errors import DomainError
from gantheory.panels import EPS

__all__ = ["Envelope"]

Array = Any
_STEPS = 5601
_SMOOTH, _CORNERS = 32, 68  # golden sections: enough for a parabola; down to rounding, for a corner
_FAR, _NEAR = 690.0, 36.0  # how far out floats reach on a logarithmic scale: towards ∞ or 0, and towards another end
_RATIOS = (0.05, 0.25, 1.0, 4.0, 20.0)
_BACK, _INNER = 8, 120  # places from an end: where a rise towards it is read, and read again
_SHOWN = ((7.0, 14.0), (3.0, 5.0), (0.5, 1.0))  # two places towards an end, at which a sum without bound is told
_MIDDLE = 1.0  # of the logarithmic scale of an interval
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class Envelope:
    """f(u) and the y that attains it, for losses given as functions on an interval.

    Parameters
    ----------
    a, b : callable
        y -> a(y), b(y), vectorised; -inf is allowed at the ends of the interval.
    low, high : float
    meaningful : bool, default True
        Whether what makes an objective meaningless is refused; the envelope of a wrong conjugate may be anything.

    Raises
    ------
    DomainError
        If a loss is nan, the supremum is infinite, or u·a + b has more than one hill.

    Examples
    --------
    >>> minimax = Envelope(np.log, lambda y: np.log1p(-y), 0.0, 1.0)
    >>> float(minimax(1.0)[0]), -math.log(4.0)
    (-1.38629436111989..., -1.3862943611198906)
    """

    def __init__(
        self,
        a: Callable[[Array], Array],
        b: Callable[[Array], Array],
        low: float,
        high: float,
        *,
        meaningful: bool = True,
    ) -> None:
        self.a, self.b, self.low, self.high = a, b, low, high
        left = _FAR if low in (0.0, -math.inf) else _NEAR
        right = _FAR if high in (0.0, math.inf) else _NEAR
        self.t = np.linspace(-left, right, _STEPS) if low != -math.inf or high == math.inf else np.linspace(
            -_FAR, _NEAR if high else _FAR, _STEPS)  # fmt: skip
        y = self.score(self.t)
        self.real, self.fake = (_numbers(name, loss, y) for name, loss in (("real", a), ("fake", b)))
        if meaningful:
            self._refuse()
        self.places, self.turns = _upper_hull(self.real, self.fake)

    @property
    def size(self) -> float:
        """How far the losses go in the middle of the interval, the smaller of two that move: their unit."""
        middle = np.abs(self.t) < _MIDDLE
        held = [loss[middle & np.isfinite(loss)] for loss in (self.real, self.fake)]
        moves = [float(np.ptp(loss)) for loss in held if loss.size]
        return min((move for move in moves if move > 0), default=0.0)

    def score(self, t: Array) -> np.ndarray:
        """y at a place t of a logarithmic scale of the interval, increasing."""
        if self.low == -math.inf and self.high == math.inf:
            return np.sinh(t)
        if self.high == math.inf:
            return self.low + np.exp(t)
        if self.low == -math.inf:
            return self.high - np.exp(-np.asarray(t))
        width = self.high - self.low
        return np.where(t < 0, self.low + width * special.expit(t), self.high - width * special.expit(-np.asarray(t)))

    def __call__(self, u: Array, *, sections: int = _SMOOTH) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """f(u), the y that attains it, and how far f may be off."""
        u = np.asarray(u, dtype=float)
        index = self.places[np.searchsorted(self.turns, u)]
        step = self.t[1] - self.t[0]
        low, high = np.maximum(self.t[index] - step, self.t[0]), np.minimum(self.t[index] + step, self.t[-1])
        best_t, best = self.t[index], self._line(self.t[index], u)
        with np.errstate(all="ignore"):
            left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
            at_left, at_right = self._line(left, u), self._line(right, u)
            for _ in range(sections):
                rises = at_left < at_right
                low, high = np.where(rises, left, low), np.where(rises, high, right)
                left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
                at_left, at_right = self._line(left, u), self._line(right, u)
            for t, value in ((left, at_left), (right, at_right)):
                better = value > best
                best_t, best = np.where(better, t, best_t), np.where(better, value, best)
            y = self.score(best_t)
            # h is concave on the last bracket: a corner inside may hide as much again as its four values differ by
            values = np.stack([at_left, at_right, self._line(low, u), self._line(high, u)])
            bend = 2.0 * np.ptp(values, axis=0)
            return best, y, self._unsure(u, best_t, best) + np.where(np.isfinite(bend), bend, 0.0)

    def sharply(self, u: Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same to rounding, corners included."""
        return self(u, sections=_CORNERS)

    def check(self, name: str, loss: Callable[[Array], Array]) -> None:
        """Refuse another loss that is undefined somewhere on the interval."""
        _numbers(name, loss, self.score(self.t))

    @property
    def ends(self) -> tuple[float, float]:
        """f(0) = sup b and lim f(u)/u = sup a; infinite where a loss still rises at an infinite end of the interval."""
        return self._highest(self.fake, self.b), self._highest(self.real, self.a)

    def _highest(self, values: np.ndarray, loss: Callable[[Array], Array]) -> float:
        """The supremum of one loss, sought between the places at which it was looked at."""
        found, top = _supremum(values, self.low, self.high), int(np.argmax(np.where(np.isnan(values), -np.inf, values)))
        if not math.isfinite(found):
            return found
        low, high = self.t[max(top - 1, 0)], self.t[min(top + 1, len(self.t) - 1)]
        with np.errstate(all="ignore"):
            for _ in range(_CORNERS):
                left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
                at_left, at_right = (float(np.asarray(loss(self.score(np.array([t]))))[0]) for t in (left, right))
                found = max([found, *(one for one in (at_left, at_right) if math.isfinite(one))])
                low, high = (left, high) if at_left < at_right else (low, right)
        return found

    def _line(self, t: Array, u: Array) -> np.ndarray:
        y = self.score(t)
        with np.errstate(all="ignore"):
            found = u * self.a(y) + self.b(y)
        return np.where(np.isnan(found), -np.inf, found)

    def _unsure(self, u: Array, t: Array, best: Array) -> np.ndarray:
        """Rounding of the two terms; and, where y comes within floats of an end, how much f moves there."""
        y = self.score(t)
        size = np.abs(u * self.a(y)) + np.abs(self.b(y))
        rounding = 16 * EPS * np.where(np.isfinite(size), size, 0.0) + 16 * EPS
        edge = (t <= self.t[0] + 8.0) | (t >= self.t[-1] - 8.0)
        other = np.where(t < 0, t + 2.0, t - 2.0)
        moved = np.where(edge, np.abs(best - self._line(other, u)), 0.0)
        return rounding + np.where(np.isfinite(moved), moved, 0.0)

    # -- what makes an objective meaningless -------------------------------------------------------------------------

    def _refuse(self) -> None:
        if all(np.ptp(loss) == 0 for loss in (self.real, self.fake)):
            raise DomainError("a(D) and b(D) are constant: no D is better than another; use losses that depend on D.")
        for u in _RATIOS:
            with np.errstate(all="ignore"):
                h = u * self.real + self.fake
            told = np.flatnonzero(~np.isnan(h))  # ∞ − ∞ is where floats end, and not where D does
            self._refuse_unbounded(u, h[told[0] : told[-1] + 1] if len(told) else h, int(told[0]) if len(told) else 0)
            h = np.where(np.isnan(h), -np.inf, h)
            self._refuse_second_hill(u, h)
        self._refuse_escape()

    def _refuse_escape(self) -> None:
        """Towards an end a and −b grow alike, a → ±∞ and −b/a → c: u·a + b has no bound for u on one side of c."""
        held = np.flatnonzero(np.isfinite(self.real) & np.isfinite(self.fake))
        if len(held) <= _INNER + _BACK:
            return
        for end, first, way in ((self.low, held[0], 1), (self.high, held[-1], -1)):
            with np.errstate(all="ignore"):
                (a, b), (a_inner, b_inner) = (self._rise(first + way * back, way) for back in (0, _INNER))
                sizes = [1.0 + abs(float(values[first])) for values in (self.real, self.fake)]
                turn = -b / a
                both = a * b < 0 and abs(a) > 1e-6 * sizes[0] and abs(b) > 1e-6 * sizes[1]
                lasting = abs(a) >= 0.5 * abs(a_inner) and abs(turn + b_inner / a_inner) <= 1e-3 * turn
            if both and lasting:  # else a has a limit there, or b outgrows it
                self._unbounded(1.5 * turn if a > 0 else turn / 1.5, end)

    def _rise(self, place: int, way: int) -> np.ndarray:
        """What a and b gain towards an end over a few places."""
        return np.array([values[place] - values[place + way * _BACK] for values in (self.real, self.fake)])

    def _unbounded(self, u: float, y: float) -> None:
        seen = ""
        for sizes in _SHOWN if y in (self.low, self.high) else ():
            places = self.score(np.array(sizes) * (-1 if y == self.low else 1))
            with np.errstate(all="ignore"):
                values = u * self.a(places) + self.b(places)
            if np.isfinite(values).all():
                seen = ", ".join(f"{value:.4g} at D = {place:.7g}" for value, place in zip(values, places))
                seen = f"is {seen}, and "
                break
        raise DomainError(
            f"the objective is unbounded: at u = {u:.4g}, u·a(D) + b(D) {seen}grows without end as D goes to "
            f"{_end(y)}; bound D by domain=(low, high), or use losses that fall off on either side. For a D held to "
            'slopes of at most 1 there is OBJECTIVES["wasserstein"]().'
        )

    def _refuse_unbounded(self, u: float, h: np.ndarray, start: int) -> None:
        h = np.where(np.isnan(h), -np.inf, h)
        top, last = int(np.argmax(h)), len(h) - 1
        if h[last] == h[top]:
            top = last  # next to a finite end several places are one float
        ends = {0: self.low, last: self.high}
        runs = top in ends  # towards a finite end too: −log D has no maximum on (0, 1)
        if runs and np.isfinite(h[top]):
            inner = h[min(_BACK, last)] if top == 0 else h[max(top - _BACK, 0)]
            # what is still below 0 beside a finite end may have its maximum nearer to it than there are floats
            runs = h[top] - inner > 1e-6 * (1.0 + abs(inner)) and (h[top] > 0 or np.isinf(ends[top]))
        if np.isposinf(h[top]) or runs or not np.isfinite(h).any():
            self._unbounded(u, ends.get(top, float(self.score(self.t[start + top]))))

    def _refuse_second_hill(self, u: float, h: np.ndarray) -> None:
        held = h[np.isfinite(h)]
        y = self.score(self.t[np.isfinite(h)])
        size = 1e-9 * (1.0 + np.minimum(np.abs(held[1:]), np.abs(held[:-1])))
        moves = np.where(np.abs(np.diff(held)) <= size, 0.0, np.sign(np.diff(held)))
        falling = np.maximum.accumulate(moves < 0)
        if (falling & (moves > 0)).any():
            place = float(y[1:][falling & (moves > 0)][0])
            raise DomainError(
                f"the objective is not concave in D: {u:g}·a(D) + b(D) falls and rises again near D = {place:.4g}; "
                "use losses for which u·a(D) + b(D) has one maximum for every u = p/q > 0."
            )


def _supremum(values: np.ndarray, low: float, high: float) -> float:
    held = np.where(np.isnan(values), -np.inf, values)
    top, last = int(np.argmax(held)), len(held) - 1
    inner = held[min(top + 8, last)] if top < last / 2 else held[max(top - 8, 0)]
    at_end = (top == 0) or (top == last)
    far = at_end and (math.isinf(low if top == 0 else high) or not np.isfinite(held[top]))
    rises = far and not held[top] - inner <= 1e-6 * (1.0 + abs(inner))
    # towards a finite end a loss may still grow without bound, as −log D does
    steep = at_end and held[top] - inner > 0.5 * abs(held[top]) / len(held) and abs(held[top]) > 30.0
    return math.inf if rises or steep else float(held[top])


def _end(y: float) -> str:
    return "∞" if y == math.inf else "−∞" if y == -math.inf else f"{y:.4g}"


def _numbers(name: str, loss: Callable[[Array], Array], y: np.ndarray) -> np.ndarray:
    """The loss on the interval, an infinity being one that it falls to."""
    try:
        with np.errstate(all="ignore"):
            values = np.asarray(loss(y), dtype=float) + np.zeros(y.shape)
    except (TypeError, ValueError) as error:
        raise DomainError(
            f"{name} raised {type(error).__name__} on an array of D ({error}); it must be vectorised."
        ) from error
    inside = (np.abs(y) < 1e100) & np.isnan(values)
    if inside.any():
        plainest = y[inside][
            np.argmin(np.abs(np.log(np.abs(y[inside]) + 1e-300)))
        ]  # of the size of 1, or nearest to it
        raise DomainError(
            f"{name} is undefined at D = {float(plainest):.4g}; it must be a number for every D "
            "of the domain. Give the interval on which it is one: domain=(low, high)."
        )
    return np.where(np.isnan(values), -np.inf, values)


def _upper_hull(slopes: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which lines make the envelope for u > 0, from small u to large, and where one takes over from the next."""
    held = np.flatnonzero(np.isfinite(slopes) & np.isfinite(starts))
    order = held[np.lexsort((starts[held], slopes[held]))]
    places: list[int] = []
    turns: list[float] = []
    for i in order.tolist():
        while places:
            rise = slopes[i] - slopes[places[-1]]
            if rise <= 0:
                turn = -math.inf if starts[i] >= starts[places[-1]] else math.inf
            else:
                with np.errstate(over="ignore"):
                    turn = float((starts[places[-1]] - starts[i]) / rise)
            if turn <= (turns[-1] if turns else 0.0):
                places.pop()
                if turns:
                    turns.pop()
                continue
            break
        if not places:
            places, turns = [i], []
        elif turn < math.inf:
            places.append(i)
            turns.append(turn)
    return np.array(places), np.array(turns)
