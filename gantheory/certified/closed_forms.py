r"""The game of two Cauchy laws in closed form, on balls; and Proposition 1's lemma by its second derivative.

.. math:: \chi = \frac{(x_1 - x_2)^2 + (\gamma_1 - \gamma_2)^2}{2\gamma_1\gamma_2}, \quad
          KL = \log(1 + \chi/2), \quad TV = \tfrac2\pi \arctan\sqrt{\chi/2}, \quad
          C = -\log 4 + 2 \log\frac{2\sqrt{2 + \chi}}{\sqrt{2 + \chi} + \sqrt2}

.. [1] Nielsen and Okamura, "On f-divergences between Cauchy distributions", 2021, arXiv:2101.12459.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from flint import arb

from gantheory.certified.balls import ball, bits_of, enclosure_of, precision
from gantheory.certified.enclosure import Enclosure, whole_digits
from gantheory.certified.laws import ExactCauchy
from gantheory.certified.reading import exact_law
from gantheory.errors import DomainError

__all__ = ["enclose_cauchy_game", "enclose_curvature"]

_GUARD = 40


def enclose_cauchy_game(p: Any, q: Any, /, *, digits: int = 30) -> dict[str, Enclosure]:
    """KL, TV, JSD and the criterion of two Cauchy laws, each from χ alone.

    Raises
    ------
    DomainError
        If one of the laws is no Cauchy law.

    Examples
    --------
    >>> print(enclose_cauchy_game("cauchy(0, 1)", "cauchy(1, 1)")["KL"].digits())  # log(5/4)
    0.2231435513142097557662950903…
    """
    digits = whole_digits(digits)
    laws = exact_law(p, "p"), exact_law(q, "q")
    if not all(isinstance(law, ExactCauchy) for law in laws):
        raise DomainError(f"p is {p} and q is {q}; the closed form is that of two Cauchy laws.")
    first, second = laws
    apart = (first.location - second.location) ** 2 + (first.scale - second.scale) ** 2
    chi = apart / (2 * first.scale * second.scale)
    with precision(2 * bits_of(digits) + _GUARD):  # twice, for what cancels where χ is small
        x = ball(chi)
        root = (2 + x).sqrt()
        # log(2√(2+χ)/(√(2+χ) + √2)) = −log(1 − (√(2+χ) − √2)/(2√(2+χ))), and √(2+χ) − √2 = χ/(√(2+χ) + √2)
        jsd = -(-x / (root + arb(2).sqrt()) / (2 * root)).log1p()
        found = {
            "KL": (x / 2).log1p(),
            "TV": 2 / arb.pi() * (x / 2).sqrt().atan(),
            "JSD": jsd,
            "criterion": 2 * jsd - 2 * arb.const_log2(),
        }
        return {name: enclosure_of(value, digits) for name, value in found.items()}


def enclose_curvature(a: Fraction, b: Fraction, *, pieces: int = 64) -> Enclosure:
    r"""The range of the second derivative of a log y + b log(1 − y) over all of (0, 1), from above.

    .. math:: -\frac{a}{y^2} - \frac{b}{(1 - y)^2}

    Its lower end is −∞. Where the upper end is below 0 the function is strictly concave on the whole interval, and
    a/(a + b), where the derivative vanishes, is its only maximum: the lemma of Proposition 1 of [1]_.

    Parameters
    ----------
    a, b : Fraction or int
        Two densities at a point, >= 0.
    pieces : int, default 64
        Equal intervals that cover [0, 1]: the more, the nearer the upper end comes to the true one.

    Raises
    ------
    DomainError
        If a weight is below 0: its term is largest at the other end of a piece, and what is returned would be no bound.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> enclose_curvature(Fraction(1), Fraction(3)).upper < 0
    True
    """
    for name, weight in (("a", a), ("b", b)):
        if not weight >= 0:
            raise DomainError(
                f"{name} is {weight}; it must be >= 0, as a density is: the curvature of -a log y - b log(1 - y) is "
                "that of a log y + b log(1 - y) with its sign turned."
            )
    with precision(80):
        largest = arb.neg_inf()
        for k in range(pieces):
            y = ball(Fraction(k, pieces)).union(ball(Fraction(k + 1, pieces)))
            # −a/y² ≤ −a/sup y², which an end at 0 does not spoil
            high = -ball(a) / y.upper() ** 2 - ball(b) / (1 - y.lower()) ** 2
            largest = largest.max(high.upper())
        return Enclosure(Decimal("-Infinity"), enclosure_of(largest, 20).upper)
