"""The door: anything that is a law somewhere becomes a `Density` here, once."""

from __future__ import annotations

from typing import Any

from gantheory.densities.adapters import adapted
from gantheory.densities.parsing import parse_density
from gantheory.densities.protocol import Density, Law
from gantheory.errors import DomainError

__all__ = ["as_density"]


def as_density(law: Any, /, *, support: Any = None, breakpoints: Any = ()) -> Density:
    """A law of this package for anything that stands for one. Every function that takes a law calls this.

    Parameters
    ----------
    law : Density, str, or an object of another library
        - one of our own laws is returned as it is;
        - a text is read by `parse_density`: ``"norm(0, 1)"``, ``"0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"``;
        - a distribution of scipy.stats, frozen or in the new style, continuous or discrete, or a gaussian_kde;
        - a random variable of sympy.stats;
        - an object with ``log_prob``, as torch's distributions are;
        - an object with ``logpdf`` (or ``pdf``) and ``support``; its breakpoints, cdf, sf, ppf, tails, atoms and sample
          are used where it has them;
        - a callable is a probability density.

        Families that are ours are recognised and are exact; of everything else the mass is checked, and the basis of
        what is computed from it is "estimate".
    support : (float, float), optional
        Where a callable's density is not 0. It is not asked outside.
    breakpoints : sequence of float, optional
        Centres, kinks, jumps and poles of a callable's density: where its mass lies is then known, not looked for.

    Raises
    ------
    NotNormalizedError
        If the mass found is not 1 to within 1e-6.
    DomainError
        If the law is an array, a class or a number, or its density is negative, complex or nan somewhere.
    ParseError
        If a text is not a law.
    ConvergenceError
        If the mass could not be resolved, or a discrete law's atoms do not end; it carries the best estimate.

    Examples
    --------
    >>> as_density("norm(0, 1)")
    Normal(mu=0.0, sigma=1.0)
    >>> import numpy as np
    >>> law = as_density(lambda x: 6 * x * (1 - x), support=(0, 1))
    >>> law.mass_error < 1e-14, round(float(law.cdf(0.25)), 9)
    (True, 0.15625)

    A density that was not divided by its mass is refused, and the message says by what it should have been:

    >>> as_density(lambda x: np.exp(-x**2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gantheory.errors.NotNormalizedError: the pdf has mass 1.77245385 where it was looked for; it must be 1...
    """
    if isinstance(law, Law):
        return _as_it_is(law, support, breakpoints)
    if isinstance(law, str):
        return _as_it_is(parse_density(law), support, breakpoints)
    return adapted(law, support, breakpoints)


def _as_it_is(law: Law, support: Any, breakpoints: Any) -> Density:
    if support is not None or len(breakpoints):
        raise DomainError(
            f"law is {law}, which knows its own support and breakpoints; leave support= and breakpoints= out."
        )
    return law
