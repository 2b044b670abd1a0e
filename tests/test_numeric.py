"""Formulas on floats: what is exact is compared exactly, by fractions; ulps are the matter of test_accuracy.py."""

import math
import random
from fractions import Fraction

import pytest

from autograd import numeric

INF, NAN = math.inf, math.nan


def floats(n, seed=0):
    rng = random.Random(seed)
    return [rng.uniform(-1, 1) * 10 ** rng.randint(-12, 12) for _ in range(n)]


@pytest.mark.parametrize("seed", range(5))
def test_a_difference_and_its_rounding_error_are_exact_together(seed):
    for a, b in zip(floats(200, seed), floats(200, seed + 100), strict=True):
        difference, error = numeric.two_difference(a, b)
        assert Fraction(difference) + Fraction(error) == Fraction(a) - Fraction(b)
        assert difference == a - b


def test_sums_are_added_left_to_right_on_every_python():
    # FAULTS N3: the builtin sum is compensated from Python 3.12 on
    assert numeric.left_to_right([0.1] * 10) == 0.9999999999999999
    assert numeric.left_to_right([1e16, 1.0, -1e16]) == 0.0
    assert numeric.left_to_right([]) == 0.0


def test_a_weighted_sum_begins_with_its_start():
    assert numeric.weighted_sum(1e16, [1.0, 1.0], [1.0, -1e16]) == 0.0
    assert numeric.weighted_sum(0.5, [1.0, 2.0], [3.0, 4.0]) == 11.5


@pytest.mark.parametrize("extreme, expected", [(numeric.largest, 3.0), (numeric.smallest, 1.0)])
def test_an_extreme_is_nan_if_one_is_nan_wherever_it_stands(extreme, expected):
    assert extreme(2.0, 1.0, 3.0) == expected
    for i in range(3):
        values = [2.0, 1.0, 3.0]
        values[i] = NAN
        assert extreme(*values) != extreme(*values)


def test_shares_add_up_to_one():
    assert numeric.shares([3.0, 1.0, 3.0], 3.0) == [0.5, 0.0, 0.5]
    assert numeric.shares([3.0], 3.0) == [1.0]
    assert all(s != s for s in numeric.shares([NAN, 1.0], NAN))


@pytest.mark.parametrize("values", [(0.0,), (1.0, 2.0), (1000.0, 1000.0), (-1000.0, 3.0, 3.0), (300.5, 300.25, -5.0)])
def test_softmax_adds_up_to_one(values):
    assert math.fsum(numeric.softmax(values)) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_the_slopes_of_cross_entropy_add_up_to_nothing(k):
    values = (3.0, -2.0, 40.0)
    slopes = numeric.cross_entropy_slopes(k, values)
    assert abs(math.fsum(slopes)) <= 1e-16
    assert slopes[k] < 0 <= min(s for i, s in enumerate(slopes) if i != k)


def test_logsumexp_neither_overflows_nor_underflows():
    # FAULTS N2
    assert numeric.logsumexp(1000.0, 1000.0) == 1000.0 + math.log(2)
    assert numeric.logsumexp(-1000.0, -1000.0) == -1000.0 + math.log(2)
    assert numeric.logsumexp(0.0, -800.0) == 0.0 + math.exp(-800)


@pytest.mark.parametrize(
    "k, values, loss",
    [
        (0, (1000.0, 0.0), 0.0),
        (1, (1000.0, 0.0), 1000.0),
        (0, (-800.0, 0.0), 800.0),
        (0, (INF, 0.0), 0.0),
        (1, (INF, 0.0), INF),
        (0, (INF, INF), math.log(2)),
        (0, (-INF, 0.0), INF),
        (1, (-INF, 0.0), 0.0),
        (0, (1.7e308, -1.7e308), 0.0),
        (1, (1.7e308, -1.7e308), INF),
    ],
)
def test_cross_entropy_at_the_edges(k, values, loss):
    # FAULTS N2
    assert numeric.cross_entropy(k, values) == loss


def test_cross_entropy_of_nan_is_nan():
    assert numeric.cross_entropy(0, (NAN, 1.0)) != numeric.cross_entropy(0, (NAN, 1.0))


@pytest.mark.parametrize("x", [1e200, -1e200, 1.7e308])
def test_cauchy_does_not_overflow_on_its_way(x):
    assert numeric.cauchy(x) == pytest.approx(0.0, abs=5e-324)
    assert numeric.cauchy(1e120) == pytest.approx(1e-240, rel=1e-15)


def test_the_cube_root_of_a_cube_is_exact_on_either_side_of_zero():
    for x in (*range(1, 2000), 208063, 2.0**-358, 2.0**341):
        assert (numeric.cbrt(float(x) ** 3), numeric.cbrt(-(float(x) ** 3))) == (x, -x)


@pytest.mark.parametrize("x", [0.0, -0.0, INF, -INF, NAN])
def test_the_cube_root_of_a_number_that_is_its_own(x):
    assert repr(numeric.cbrt(x)) == repr(x)


def test_the_direction_of_huge_and_tiny_vectors():
    for size in (1.0, 1e-320, 1e300, 1.7e308):
        direction = numeric.over_hypot(3 / 5 * size, 4 / 5 * size, 1, 1, 0)
        assert direction == pytest.approx(0.6, rel=1e-3 if size == 1e-320 else 1e-15)
    assert numeric.over_hypot(5e-324, 5e-324, 1, 1, 0) == pytest.approx(0.5**0.5, rel=1e-15)


@pytest.mark.parametrize(
    "x, y, k, coefficients, expected",
    [
        *[(1.0, 1.0, 2, (1, 0), 0.5), (1e300, 1e300, 2, (1, 0), 5e-301), (3.0, 4.0, 5, (1, -2, 3), 33 / 3125)],
        *[(0.0, 0.0, 1, (1, 0), 0.0), (0.0, 2.0**-1074, 1, (0, 0, 1), 2.0**-1074), (1e-320, 0.0, 2, (1, 0), INF)],
        # y**2 alone and 1 / hypot**3 alone are out of range
        *[(2.0**-58, 2.0**-598, 3, (0, 0, 1), 2.0**-1022), (1e-160, 1e-160, 4, (-1, 0, 1), 0.0)],
        *[(1.0, INF, 1, (1, 0), 0.0), (-INF, 1.0, 2, (0, 1), 0.0)],
    ],
)
def test_polynomials_over_powers_of_hypot(x, y, k, coefficients, expected):
    assert numeric.over_hypot(x, y, k, *coefficients) == pytest.approx(expected, rel=1e-15)


def test_over_hypot_passes_nan_on():
    assert all(math.isnan(numeric.over_hypot(*p, 1, 1, 0)) for p in [(NAN, 1.0), (1.0, NAN), (INF, 1.0)])


@pytest.mark.parametrize("x", [1.3, 1e300, 1e-300])
def test_what_an_exponent_lost_is_put_back(x):
    # 1/3 as a float is below one third: without the rest, 1e300 ** (1/3) is 26 ulp off
    lost = float(Fraction(1, 3) - Fraction(1 / 3))
    third = numeric.compensated(x ** (1 / 3), lost, math.log(x))
    assert Fraction(third) ** 3 / Fraction(x) == pytest.approx(1, rel=6e-16)


@pytest.mark.parametrize("x, y", [(-2.0, 0.5), (-1e-300, 1.5)])
def test_a_power_that_python_makes_complex_is_a_value_error(x, y):
    for power in (numeric.real_power, numeric.positive_power):
        with pytest.raises(ValueError):
            power(x, y)


@pytest.mark.parametrize(
    "x, y, expected",
    [
        *[(0.0, -1.0, INF), (-0.0, -1.0, -INF), (-0.0, -2.0, INF), (0.0, 0.0, 1.0), (NAN, 0.0, 1.0), (1.0, NAN, 1.0)],
        *[(-2.0, 0.5, NAN), (10.0, 400.0, INF), (-10.0, 401.0, -INF), (-10.0, 400.0, INF), (2.0, -INF, 0.0)],
        *[(-INF, 3.0, -INF), (-INF, 0.5, INF), (-INF, -0.5, 0.0), (0.5, INF, 0.0), (-1.0, INF, 1.0)],
    ],
)
def test_the_corners_of_ieees_power(x, y, expected):
    # IEEE 754-2019, 9.2.1
    assert repr(numeric.ieee_power(x, y)) == repr(expected)
