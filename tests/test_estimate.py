"""The contract |value - exact| <= error, kept by every operation and by what is printed: rationals are the oracle."""

from __future__ import annotations

import copy
import decimal
import io
import math
import operator
import pickle
import re
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gantheory.errors import DomainError
from gantheory.estimate import Estimate, as_estimate
from gantheory.interval_text import ascii_text, for_stream, interval_text, radius_text

LARGEST = float(np.finfo(float).max)
finite = st.floats(allow_nan=False, allow_infinity=False)
radii = st.floats(0.0, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 5e-324, 1e-16])
moderate = st.floats(-1e3, 1e3)
small = st.floats(0.0, 1.0) | st.floats(0.0, 1e-12)
OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv]


@st.composite
def members(draw: st.DrawFn, values: st.SearchStrategy[float] = finite, errors: st.SearchStrategy[float] = radii):
    """An Estimate and an exact number that it holds: an end of its interval, or a point inside."""
    estimate = Estimate(draw(values), draw(errors))
    share = Fraction(draw(st.integers(-8, 8)), 8)
    return estimate, Fraction(estimate.value) + share * Fraction(estimate.error)


def holds(estimate: Estimate, exact: Fraction) -> bool:
    """The contract in rational arithmetic, written here a second time."""
    return math.isinf(estimate.error) or abs(Fraction(estimate.value) - exact) <= Fraction(estimate.error)


# -- arithmetic ----------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
@given(members(), members())
@example((Estimate(1.0, 1e-300), Fraction(1) + Fraction(1e-300)), (Estimate(1.0, 1.0), Fraction(2)))
@example((Estimate(LARGEST), Fraction(LARGEST)), (Estimate(LARGEST), Fraction(LARGEST)))
@example((Estimate(5e-324), Fraction(5e-324)), (Estimate(0.5, 0.25), Fraction(3, 4)))
@example((Estimate(0.1), Fraction(0.1)), (Estimate(0.3), Fraction(0.3)))
@example((Estimate(0.0, 1.0), Fraction(1)), (Estimate(1.0, LARGEST), Fraction(LARGEST) + 1))
def test_an_operation_holds_the_exact_result(operation, left, right):
    """Over the whole range of float64, underflow and overflow included."""
    (a, x), (b, y) = left, right
    if operation is operator.truediv and abs(b.value) <= b.error:
        with pytest.raises(DomainError, match="may be 0"):
            a / b
        return
    assert holds(operation(a, b), operation(x, y))


@given(members(), st.integers(-6, 6))
@example((Estimate(0.0, 1.0), Fraction(1, 2)), 2)
@example((Estimate(-2.0, 1.0), Fraction(-1)), -3)
@example((Estimate(1e-200), Fraction(1e-200)), 2)
def test_a_natural_power_holds_the_exact_result(member, exponent):
    """Negative bases, intervals across 0 and negative exponents included."""
    estimate, x = member
    if exponent < 0 and abs(estimate.value) <= estimate.error:
        with pytest.raises(DomainError, match="leaves the function's domain"):
            estimate**exponent
    elif exponent >= 0 or min(abs(estimate.lower), abs(estimate.upper)) > 0:
        assert holds(estimate**exponent, x**exponent)


@given(members())
def test_sign_and_size_are_exact(member):
    """-x and |x| move no radius."""
    estimate, x = member
    assert holds(-estimate, -x)
    assert holds(abs(estimate), abs(x))
    assert (abs(estimate).error, (-estimate).error, +estimate) == (estimate.error, estimate.error, estimate)


FUNCTIONS = {
    "exp": (Estimate.exp, mpmath.exp, members(moderate, small)),
    "log": (Estimate.log, mpmath.log, members(st.floats(1e-300, 1e300), small)),
    "sqrt": (Estimate.sqrt, mpmath.sqrt, members(st.floats(-1.0, 1e300), small)),
    "** 2.5": (lambda e: e**2.5, lambda x: x**2.5, members(st.floats(0.0, 1e100), small)),
    "** -0.5": (lambda e: e**-0.5, lambda x: 1 / mpmath.sqrt(x), members(st.floats(1e-100, 1e100), small)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(st.data())
def test_a_function_holds_the_exact_image(name, data):
    """Against 400 digits, at both ends and inside."""
    function, exact, strategy = FUNCTIONS[name]
    estimate, x = data.draw(strategy)
    assume(x >= 0 or name == "exp")
    assume(name == "exp" or estimate.upper >= 0)
    assume(name in ("exp", "sqrt") or Fraction(estimate.value) > Fraction(estimate.error))
    image = function(estimate)
    with mpmath.workdps(400):
        distance = abs(mpmath.mpf(image.value) - exact(mpmath.mpf(x.numerator) / x.denominator))
        assert math.isinf(image.error) or distance <= image.error


@pytest.mark.parametrize(
    ("estimate", "exact"),
    [
        (Estimate(0.1) + 0.0, Estimate(0.1)),
        (Estimate(0.5) + 0.25, Estimate(0.75)),
        (Estimate(0.1) * 1, Estimate(0.1)),
        (-4 * Estimate(0.1), Estimate(-0.4)),
        (Estimate(0.3) / 2, Estimate(0.15)),
        (0 * Estimate(3.0, 0.5), Estimate(0.0)),
        (Estimate(1.0).log(), Estimate(0.0)),
        (Estimate(0.0).sqrt(), Estimate(0.0)),
        (Estimate(7.0, 0.5) ** 0, Estimate(1.0)),
        (Estimate(7.0, 0.5) ** 1, Estimate(7.0, 0.5)),
        (1 / Estimate(math.inf), Estimate(0.0)),
        (Estimate(math.inf) * -2, Estimate(-math.inf)),
        (Estimate(math.inf) + Estimate(1.0, 0.5), Estimate(math.inf)),
        (Estimate(-math.inf).exp(), Estimate(0.0)),
        (Estimate(math.inf).log(), Estimate(math.inf)),
    ],
)
def test_what_is_exact_stays_exact(estimate, exact):
    """No radius is added where floating point rounds nothing, nor at an infinity."""
    assert estimate == exact


@pytest.mark.parametrize(
    "overflow",
    [
        lambda: Estimate(1e308) * 10,
        lambda: Estimate(-1e308) - 1e308,
        lambda: Estimate(1e308) / 0.1,
        lambda: Estimate(800.0).exp(),
        lambda: Estimate(1e200) ** 2,
    ],
)
def test_an_overflow_is_no_infinity(overflow):
    """Finite operands have a finite result: where it is no float, nothing is known of it, and it says so."""
    result = overflow()
    assert (abs(result.value), result.error) == (LARGEST, math.inf)
    assert not result < math.inf
    assert not result > 0


@pytest.mark.parametrize(
    "refused",
    [
        lambda: Estimate(math.inf) - Estimate(math.inf),
        lambda: Estimate(math.inf) + (-math.inf),
        lambda: Estimate(math.inf) - Estimate(1.0, math.inf),
        lambda: Estimate(math.inf) * 0,
        lambda: Estimate(math.inf) * Estimate(0.5, 1.0),
        lambda: Estimate(math.inf) / Estimate(-math.inf),
        lambda: Estimate(1.0) / 0,
        lambda: 1 / Estimate(0.5, 0.5),
        lambda: Estimate(0.5, 0.5).log(),
        lambda: Estimate(-1.0).sqrt(),
        lambda: Estimate(0.1, 0.2) ** 0.5,
        lambda: Estimate(2.0) ** math.inf,
        lambda: Estimate(2.0) ** Estimate(2.0),
        lambda: Estimate(math.nan),
        lambda: Estimate(1.0, math.nan),
        lambda: Estimate(1.0, -1e-300),
        lambda: Estimate([1.0, math.nan]),
        lambda: Estimate(1.0, 0.0, "proof"),
        lambda: Estimate(1.0) + "1",
        lambda: Estimate(1.0) + 1j,
    ],
)
def test_what_has_no_value_is_refused(refused):
    """inf - inf, 0 * inf, a divisor that may be 0, a domain left, a nan: a DomainError, never a number."""
    with pytest.raises(DomainError):
        refused()


@pytest.mark.parametrize(
    "number", [Fraction(1, 3), Decimal("0.1"), 2**53 + 1, 10**400, -(10**400), 7, np.int64(2**53 + 1)]
)
def test_an_exact_number_keeps_its_rounding(number):
    """A third is no float: as an operand it brings the radius of its rounding."""
    estimate = as_estimate(number)
    exact = Fraction(int(number) if isinstance(number, np.integer) else number)
    assert holds(estimate, exact)
    assert holds(Estimate(1.0) + number, 1 + exact)
    assert (estimate.error == 0) == (abs(exact) < 1e308 and Fraction(float(exact)) == exact)


def test_the_weaker_basis_wins():
    """bound, estimate, sample: from the strongest to the weakest."""
    bound, estimate, sample = (Estimate(2.0, 0.1, basis) for basis in ("bound", "estimate", "sample"))
    for operation in OPERATIONS:
        assert operation(bound, estimate).basis == "estimate"
        assert operation(sample, estimate).basis == "sample"
        assert operation(1, sample).basis == "sample"
        assert operation(bound, 1).basis == "bound"
    assert estimate.log().basis == (estimate**2).basis == (-estimate).basis == "estimate"
    assert sample.exp().basis == abs(sample).basis == (sample**0).basis == "sample"


# -- the interval ----------------------------------------


@given(members(), finite)
@example((Estimate(1.0, 1e-300), Fraction(1)), math.nextafter(1.0, 2.0))
@example((Estimate(1.0, 2.0**-53), Fraction(1)), math.nextafter(1.0, 2.0))
def test_in_is_the_contract_to_the_last_bit(member, other):
    """`in` agrees with rational arithmetic for floats, Fractions and Decimals."""
    estimate, inside = member
    assert inside in estimate
    for point in (other, estimate.value, estimate.lower, estimate.upper):
        if math.isfinite(point):
            assert (point in estimate) == holds(estimate, Fraction(point))
            assert (Decimal(point) in estimate) == (point in estimate)


@given(members())
def test_the_ends_are_rounded_outward(member):
    """lower <= exact <= upper, and no more than one float too far."""
    estimate, exact = member
    assert estimate.lower <= exact <= estimate.upper
    for end, true in ((estimate.lower, Fraction(estimate.value) - Fraction(estimate.error)),):
        assert end in (-math.inf, LARGEST) or Fraction(math.nextafter(end, math.inf)) > true


def test_an_infinite_value_holds_itself_alone():
    """inf in e, and nothing else; a finite value holds no infinity and no nan."""
    assert math.inf in Estimate(math.inf)
    assert Decimal("Infinity") in Estimate(math.inf)
    assert -math.inf not in Estimate(math.inf)
    assert 10**400 not in Estimate(math.inf)
    assert math.inf not in Estimate(1.0, math.inf)
    assert math.nan not in Estimate(1.0, math.inf)
    assert 10**400 in Estimate(1.0, math.inf)


@given(members(), members())
def test_a_comparison_is_true_only_where_it_is_certain(left, right):
    """Whatever it says of the intervals is so of every pair of members; a bare number compares from either side."""
    (a, x), (b, y) = left, right
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert not compare(a, b) or compare(x, y)
        assert not compare(a, b.value) or compare(x, Fraction(b.value))
        assert not compare(b.value, a) or compare(Fraction(b.value), x)


def test_a_comparison_can_be_certain():
    """Ends that touch decide <=, not <."""
    assert Estimate(1.0, 0.5) < Estimate(2.0, 0.25)
    assert Estimate(1.0, 0.5) <= Estimate(2.0, 0.5)
    assert not Estimate(1.0, 0.5) < Estimate(2.0, 0.5)
    assert Estimate(math.inf) > Estimate(1e300, 1.0)
    assert Estimate(math.inf) <= math.inf
    assert not Estimate(math.inf) < math.inf


# -- arrays and Python ----------------------------------------


def test_arrays_go_elementwise():
    """Operations, indices, iteration and comparisons agree with those of the elements."""
    a, b = Estimate([1.0, 2.0, math.inf], 0.25), Estimate([4.0, 5.0, 6.0], [0.0, 0.5, 1.0])
    for operation in OPERATIONS:
        assert [operation(x, y) for x, y in zip(a, b, strict=True)] == list(operation(a, b))
    assert (a < b).tolist() == [True, True, False]
    assert [1.1, 1.9, math.inf] in a
    assert [1.1, 2.5, math.inf] not in a
    assert (a.shape, len(a), a[1], a.error.tolist()) == ((3,), 3, Estimate(2.0, 0.25), [0.25, 0.25, 0.0])


def test_numpy_defers_and_never_drops_an_error():
    """array + Estimate is an Estimate, and a ufunc is refused."""
    left = np.array([1.0, 2.0]) + Estimate(1.0, 0.5)
    assert left == Estimate([2.0, 3.0], 0.5)
    assert np.float64(2.0) * Estimate(1.0, 0.5) == Estimate(2.0, 1.0)
    with pytest.raises(TypeError, match="ufunc"):
        np.exp(Estimate(1.0))


def test_it_is_a_value():
    """Frozen, equal after pickle and copy, with arrays that cannot be written."""
    for estimate in (Estimate(1.0, 0.5, "sample"), Estimate([1.0, 2.0], 0.5)):
        assert pickle.loads(pickle.dumps(estimate)) == estimate  # noqa: S301  # our own bytes
        assert copy.deepcopy(estimate) == estimate
    with pytest.raises(AttributeError):
        Estimate(1.0).value = 2.0  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValueError, match="read-only"):
        Estimate([1.0]).value[0] = 2.0
    assert Estimate(1.0) != Estimate(1.0, 0.5)
    assert Estimate(1.0) != 1.0


def test_as_a_number_it_is_its_value():
    """float, format and np.asarray; an array is no float, and a number has no length."""
    estimate = Estimate(0.125, 0.5)
    assert (float(estimate), f"{estimate:.2f}", f"{estimate}") == (0.125, "0.12", "0.12 ± 0.51")
    assert np.asarray(Estimate([1.0, 2.0], 0.5)).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match="index it"):
        float(Estimate([1.0, 2.0]))
    with pytest.raises(TypeError, match="no length"):
        len(estimate)
    with pytest.raises(TypeError, match="no length"):
        list(estimate)


# -- printing ----------------------------------------


@given(finite, st.floats(0.0, allow_nan=False, allow_infinity=False, exclude_min=True), st.sampled_from([3, 28, 1200]))
@example(2e300, 1e-5, 28)
@example(1.7976931348623157e308, 5e-324, 28)
@example(0.0, 5e-324, 28)
@example(9.96, 0.0996, 28)
@example(-0.0, 9.9e-5, 28)
@example(0.1, 1e-30, 3)
def test_what_is_printed_contains_what_is_held(value, error, digits):
    """Ends included, whatever the decimal context of the thread, with a radius of two digits and at most 17 digits."""
    with decimal.localcontext() as context:
        context.prec = digits
        text = interval_text(value, error)
    shown, radius = (Fraction(part) for part in text.split(" ± "))
    assert shown - radius <= Fraction(value) - Fraction(error)
    assert shown + radius >= Fraction(value) + Fraction(error)
    value_digits, radius_digits = (_significant(part) for part in text.split(" ± "))
    assert len(value_digits) <= 17
    assert len(radius_digits.rstrip("0")) <= 2
    assert len(text) <= 54


@given(finite, radii)
def test_what_is_printed_is_no_wider_than_it_need_be(value, error):
    """The radius exceeds the error by a fifth at most, but where it is the float's own digits that are rounded."""
    assume(error > 0)
    shown, radius = (Fraction(part) for part in interval_text(value, error).split(" ± "))
    held = Fraction(error) + abs(shown - Fraction(value))
    assert held <= radius <= held * Fraction(11, 10)
    in_17_digits = abs(Fraction(value)) * Fraction(1, 10**15)
    assert radius <= Fraction(error) * Fraction(6, 5) or radius <= in_17_digits + 2 * Fraction(error)


def _significant(text: str) -> str:
    return re.sub(r"e.*|[-.]", "", text).lstrip("0")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.09929009660078177, 3.0e-16, "0.09929009660078177 ± 3.1e-16"),
        (0.25, 1e-3, "0.2500 ± 0.0011"),
        (0.25, 0.0, "0.25"),
        (-0.0, 0.0, "0.0"),
        (0.1, 1e-30, "0.1 ± 5.6e-18"),
        (123456.0, 789.0, "123460 ± 800"),
        (9.96, 0.0996, "9.96 ± 0.10"),
        (2e300, 1e-5, "2e300 ± 1.1e284"),
        (-1.724888981e-88, 1e-97, "-1.7248889810e-88 ± 1.1e-97"),
        (0.003, 5.0, "0 ± 5.1"),
        (1.0, math.inf, "1.0 ± ∞"),
        (math.inf, 0.0, "∞"),
        (-math.inf, 0.0, "-∞"),
        (3.0, 0.5, "3.00 ± 0.50"),
    ],
)
def test_prints_as_it_should(value, error, text):
    """The examples of the design, and the corners."""
    assert str(Estimate(value, error)) == text


@given(st.floats(0.0, allow_nan=False, allow_infinity=False))
def test_a_radius_is_rounded_up(error):
    """To two digits, never down, and by less than a tenth."""
    shown = Fraction(radius_text(error))
    assert Fraction(error) <= shown <= Fraction(error) * Fraction(11, 10)


def test_an_array_prints_its_shape_and_largest_error():
    """With the error rounded up, as everywhere."""
    assert str(Estimate([[1.0, 2.0]], 1e-3)) == "Estimate of shape (1, 2), largest error 0.0011"
    assert str(Estimate([])) == "Estimate of shape (0,), largest error 0"
    assert repr(Estimate(1.0, 0.5)) == "Estimate(1.0, 0.5, 'bound')"
    assert "basis: bound" in Estimate(1.0)._repr_html_()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "latin-1", "no-such-encoding"])
def test_a_stream_gets_what_it_can_show(encoding):
    """Nothing raises on a console that knows neither ± nor ∞."""
    for text in ("1.0 ± ∞", "−∞", "σ ± 1"):
        shown = for_stream(text, type("Stream", (), {"encoding": encoding}))
        assert shown.encode("ascii" if encoding.startswith("no") else encoding)
    assert for_stream("1 ± 2", io.TextIOWrapper(io.BytesIO(), "utf-8")) == "1 ± 2"
    assert ascii_text("1.0 ± ∞") == "1.0 +/- inf"
