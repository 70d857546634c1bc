"""Laws of the toolkit and laws as text, with their parameters exact: a decimal in a text is that decimal.

A law has floats, and a record of what they were rounded from, which is what is read here: its text, Fractions and
Decimals. Floats are taken at their exact value. What has no rational value, such as pi, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gantheory.certified.coefficients import irrational, number_in, polynomial, rational, walk
from gantheory.certified.discriminators import Constant, Optimal, Polynomial
from gantheory.certified.generated import affine_image, image, logarithm
from gantheory.certified.identities import beta, weibull
from gantheory.certified.laws import (
    ExactCauchy,
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
    ExactUniform,
)
from gantheory.certified.maps import ARCTAN, EXP, EXPIT, SINH, TANH, Power
from gantheory.certified.mixtures import mixture_of
from gantheory.densities import (
    Beta,
    Cauchy,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.densities.given import Named, Parts, given
from gantheory.densities.scipy_names import FAMILIES, bound
from gantheory.errors import DomainError, GanTheoryError, NotNormalizedError, ParseError
from gantheory.expressions import Binary, Call, Expression, Name, Node, Unary, parse
from gantheory.mlp import MLP
from gantheory.piecewise_linear import PiecewiseLinear
from gantheory.pushforward import Pushforward

__all__ = ["as_computed", "exact_discriminator", "exact_law", "half_of_each", "is_elementary"]

_MAP_OF: dict[str, Callable[[ExactLaw], ExactLaw]] = {
    "exp": lambda law: image(law, EXP),
    "sinh": lambda law: image(law, SINH),
    "tanh": lambda law: image(law, TANH),
    "expit": lambda law: image(law, EXPIT),
    "atan": lambda law: image(law, ARCTAN),
    "log": logarithm,
}
_MAPS = "affine functions of z, exp, log, sinh, tanh, expit, atan and odd powers of such, and affine functions of those"
_KNOWN = "norm, logistic, laplace, cauchy, t, uniform, expon, gamma, beta, weibull_min, and mixtures of them"


def exact_law(law: Any, name: str = "law") -> ExactLaw:
    """A law with exact parameters, of anything that `as_density` takes.

    Parameters
    ----------
    law : Density, str, or an object of another library
        Decimals of a text, Fractions and Decimals are the numbers that they are, wherever they stand: in a family, a
        weight, a prior, a generator's text. A float is its binary value.
    name : str
        Of the argument, for messages.

    Returns
    -------
    ExactLaw
        What every ``enclose_...`` takes as a law too. Equal laws are equal, whichever way they were written.

    Raises
    ------
    DomainError
        If it is none of the elementary laws, nor their image by a map that is known; if it was made of a number of
        which no exact value is known, such as ``sympy.pi``.
    ParseError
        If a text is no law, or names a parameter that is no rational number.
    NotNormalizedError
        If the weights of a text, written exactly, do not sum to 1.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> exact_law("norm(0.1, 1)").location, exact_law(Normal(Fraction(1, 3), 1)).location
    (Fraction(1, 10), Fraction(1, 3))
    >>> exact_law(Normal(0.1, 1)).location  # the float
    Fraction(3602879701896397, 36028797018963968)
    >>> exact_law("t(1)") == exact_law("cauchy")
    True
    """
    return law if isinstance(law, ExactLaw) else _of_object(as_density(law), name)


def as_computed(law: Any, name: str = "law") -> ExactLaw:
    """The law that the ordinary numbers are of: with the floats that its parameters were rounded to."""
    return law if isinstance(law, ExactLaw) else _of_object(as_density(law), name, rounded=True)


def is_elementary(law: Any) -> bool:
    """Whether `exact_law` knows it.

    Examples
    --------
    >>> [is_elementary(law) for law in ("gamma(0.5)", "0.5*norm + 0.5*norm(1)", "poisson(3)", "norm(pi, 1)")]
    [True, True, False, False]
    """
    try:
        exact_law(law)
    except GanTheoryError:
        return False
    return True


def half_of_each(p: Any, q: Any) -> ExactLaw:
    r"""m = ½p + ½q with exact weights, the mean law of [1]_, section 4.1, that D\* compares with.

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        As `exact_law`.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> half_of_each("norm", "0.5*norm + 0.5*norm(1)").weights
    (Fraction(3, 4), Fraction(1, 4))
    >>> half_of_each("norm", "norm") == exact_law("norm")
    True
    """
    half = Fraction(1, 2)
    return mixture_of(((exact_law(p, "p"), half), (exact_law(q, "q"), half)))


# -- objects: what their floats were rounded from ----------------------------------------


def _of_object(law: Any, name: str, *, rounded: bool = False) -> ExactLaw:
    if isinstance(law, Pushforward):
        return _of_generator(law, name, rounded)
    if type(law) is not Mixture and type(law) not in _OBJECTS:
        raise DomainError(f"{name} is {law}; an enclosure knows {_KNOWN}.")
    record = None if rounded else given(law)
    if rounded and type(law) is Mixture:
        record = Parts(tuple(law.components), law.weights)
    match record:
        case Binary() | Call() | Name():
            return _of_text(record, name)
        case Named(family, parameters):
            return _BUILDERS[family](**{key: _known(key, number, law, name) for key, number in parameters.items()})
        case Parts(components, weights):
            return _of_parts(law, components, weights, name, rounded)
    build, attributes = _OBJECTS[type(law)]
    numbers = {attribute: Fraction(getattr(law, attribute)) for attribute in attributes} | (record or {})
    return build(*(_known(attribute, numbers[attribute], law, name) for attribute in attributes))


def _of_parts(law: Mixture, components: Sequence[Any], weights: Any, name: str, rounded: bool) -> ExactLaw:
    """The weights divided by their sum, as `Mixture` says."""
    shares = [_known("a weight", weight, law, name) for weight in weights or [1] * len(components)]
    parts = zip(components, shares, strict=True)
    laws = [(_of_object(part, name, rounded=rounded), share / sum(shares)) for part, share in parts if share]
    return mixture_of(laws)


def _known(parameter: str, number: Any, law: Any, name: str) -> Fraction:
    if isinstance(number, str):
        raise DomainError(
            f"{parameter} of {name} = {law} was given as {number}, of which no exact value is known; an enclosure is "
            "of exact parameters. Give a float, a Fraction or a Decimal, or the law as text."
        )
    return Fraction(number)


def _of_generator(p_g: Pushforward, name: str, rounded: bool) -> ExactLaw:
    """The law of G(z), G read from its text, whose numbers are exact."""
    if not p_g.generator.text or isinstance(p_g.generator.G, (MLP, PiecewiseLinear)):
        raise DomainError(f"{name} is {p_g}; an enclosure knows G as text, {_MAPS}.")
    node, prior = parse(p_g.generator.text, names=("z", "pi")).root, _of_object(p_g.prior, name, rounded=rounded)
    try:
        found = _generated(node, prior)
    except DomainError as error:
        raise DomainError(f"{name} is {p_g}: {error}") from None
    if found is None:
        number = irrational(node)
        why = f"{number} in G is no rational number; write the coefficients as decimals or fractions" if number else ""
        raise DomainError(f"{name} is {p_g}; {why or f'an enclosure knows {_MAPS}'}.")
    return found


def _generated(node: Node, prior: ExactLaw) -> ExactLaw | None:
    """The law of an expression in z; None where it is none of the maps that are known."""
    match node:
        case Name(name="z"):
            return prior
        case Call(name=name, args=(inner,)) if name in _MAP_OF:
            law = _generated(inner, prior)
            return None if law is None else _MAP_OF[name](law)
        case Binary(operator="**") if (n := number_in(node.right)) is not None and n % 2 == 1 and n > 0:
            law = _generated(node.left, prior)
            return law if law is None or n == 1 else image(law, Power(int(n)))
        case Binary(operator="/", left=one, right=Binary(operator="+") as below) if (c := number_in(one)) is not None:
            # 1/(1 + e^u) is σ(−u)
            for unit, term in ((below.left, below.right), (below.right, below.left)):
                if number_in(unit) == 1 and isinstance(term, Call) and term.name == "exp":
                    law = _generated(term.args[0], prior)
                    return (
                        None
                        if law is None
                        else affine_image(image(affine_image(law, Fraction(-1), Fraction(0)), EXPIT), c, Fraction(0))
                    )
    return _affine(node, prior)


def _affine(node: Node, prior: ExactLaw) -> ExactLaw | None:
    """An affine function of z, or of the one part of an expression in which z stands."""
    one, zero = Fraction(1), Fraction(0)
    try:
        shift, slope = polynomial(node, "z")
        return affine_image(prior, slope, shift)
    except (ValueError, ParseError):
        pass
    match node:
        case Unary():
            inner, slope, shift = node.operand, -one if node.operator == "-" else one, zero
        case Binary(operator="+" | "-" | "*" | "/"):
            left, right = number_in(node.left), number_in(node.right)
            if (left is None) == (right is None):
                return None
            inner, c = (node.right, left) if right is None else (node.left, right)
            slope, shift = _slope_and_shift(node.operator, c, is_first=right is None)
        case _:
            return None
    law = _generated(inner, prior) if slope else None
    return None if law is None else affine_image(law, slope, shift)


def _slope_and_shift(operator: str, c: Any, *, is_first: bool) -> tuple[Fraction, Fraction]:
    """Of c + u, c − u, c · u; of u + c, u − c, u · c, u/c. A slope of 0 for what is not affine."""
    one, zero = Fraction(1), Fraction(0)
    if operator == "*":
        return c, zero
    if operator == "/":
        return (zero, zero) if is_first or not c else (1 / c, zero)
    if operator == "+":
        return one, c
    return (-one, c) if is_first else (one, -c)


def _uniform(a: Fraction, b: Fraction) -> ExactUniform:
    return ExactUniform(a, b - a)


def _cauchy(loc: Fraction, scale: Fraction) -> ExactLaw:
    return ExactCauchy(loc, scale, Fraction(1))


# a law that two families share is of the simpler one, so that it equals itself


def _student(loc: Fraction, scale: Fraction, df: Fraction) -> ExactLaw:
    return _cauchy(loc, scale) if df == 1 else ExactStudentT(loc, scale, df)


def _gamma(loc: Fraction, scale: Fraction, shape: Fraction) -> ExactLaw:
    return ExactExponential(loc, scale) if shape == 1 else ExactGamma(loc, scale, shape)


_OBJECTS: dict[type, tuple[Callable[..., ExactLaw], tuple[str, ...]]] = {
    Normal: (ExactNormal, ("mu", "sigma")),
    Logistic: (ExactLogistic, ("loc", "scale")),
    Laplace: (ExactLaplace, ("loc", "scale")),
    Cauchy: (_cauchy, ("loc", "scale")),
    StudentT: (_student, ("loc", "scale", "df")),
    Uniform: (_uniform, ("a", "b")),
    Exponential: (ExactExponential, ("loc", "scale")),
    Gamma: (_gamma, ("loc", "scale", "shape")),
    Weibull: (weibull, ("loc", "scale", "shape")),
    Beta: (beta, ("loc", "scale", "a", "b")),
}

# -- text: decimals as they are written ----------------------------------------


def _of_text(node: Node, name: str) -> ExactLaw:
    if isinstance(node, Binary):
        terms = [_weighted(term, name) for term in _terms(node)]
        return _mixture([_of_text(law, name) for _, law in terms], [weight for weight, _ in terms])
    args, kwargs = (node.args, node.kwargs) if isinstance(node, Call) else ((), ())
    family = node.name if isinstance(node, (Call, Name)) else ""
    if family not in _BUILDERS:
        raise DomainError(f"{name} is {Expression(node)}; an enclosure knows {_KNOWN}.")
    named = {key: rational(value, name) for key, value in kwargs}
    values = [rational(value, name) for value in args]
    if family == "uniform" and named.keys() == {"a", "b"}:
        return _uniform(**named)
    given = bound(family, FAMILIES[family].parameters, values, named)
    return _BUILDERS[family](**{key: Fraction(value) for key, value in given.items()})


_BUILDERS: dict[str, Callable[..., ExactLaw]] = {
    "norm": lambda loc, scale: ExactNormal(loc, scale),
    "logistic": lambda loc, scale: ExactLogistic(loc, scale),
    "laplace": lambda loc, scale: ExactLaplace(loc, scale),
    "cauchy": _cauchy,
    "t": lambda df, loc, scale: _student(loc, scale, df),
    "uniform": lambda loc, scale: ExactUniform(loc, scale),
    "expon": lambda loc, scale: ExactExponential(loc, scale),
    "gamma": lambda a, loc, scale: _gamma(loc, scale, a),
    "beta": lambda a, b, loc, scale: beta(loc, scale, a, b),
    "weibull_min": lambda c, loc, scale: weibull(loc, scale, c),
}


def _terms(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.operator == "+":
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _weighted(term: Node, name: str) -> tuple[Fraction, Node]:
    """The weight and the law of a product; which factor is which, `as_density` has accepted."""
    assert isinstance(term, Binary)
    left, right = term.left, term.right
    is_law = any(isinstance(node, Call) or (isinstance(node, Name) and node.name != "pi") for node in walk(left))
    return (rational(right, name), left) if is_law else (rational(left, name), right)


def _mixture(components: Sequence[ExactLaw], weights: Sequence[Fraction]) -> ExactLaw:
    if sum(weights) != 1:
        raise NotNormalizedError(
            f"the weights of a mixture sum to {sum(weights)}; written exactly, they must sum to 1."
        )
    return mixture_of(zip(components, weights, strict=True))


# -- discriminators ----------------------------------------

_D_MAY_BE = (
    "D may be a number in [0, 1], 'expit(2*x - 1)' of a polynomial in x with decimals or fractions, or a pair of laws "
    "whose D* it is."
)


def exact_discriminator(D: Any) -> Constant | Polynomial | Optimal:
    """A number in [0, 1], the text "expit(polynomial in x)", or a pair of laws whose D* it is."""
    if isinstance(D, tuple) and len(D) == 2:
        return Optimal(exact_law(D[0], "D[0]"), exact_law(D[1], "D[1]"))
    if isinstance(D, str):
        root = parse(D, names=("x",)).root
        try:
            if isinstance(root, Call) and root.name == "expit":
                found = polynomial(root.args[0])
                return Polynomial(found[: 1 + max((k for k, c in enumerate(found) if c), default=0)])
            return _constant(rational(root, "D"))
        except ParseError as error:
            raise ParseError(f"{error} {_D_MAY_BE}") from None
    return _constant(D)


def _constant(D: Any) -> Constant:
    try:
        share = Fraction(D)
    except (TypeError, ValueError, OverflowError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise DomainError(f"D is {D if isinstance(D, Fraction) else repr(D)}. {_D_MAY_BE}")
    return Constant(share)
