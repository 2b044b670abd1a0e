"""Formulas on any machine: the same text gives the bits of Python in strict mode, and few ulp in fast mode."""

import math
import random

import pytest

from autograd import custom, numeric, ops
from autograd.program.formulas import functions, translation as formulas
from autograd.program.formulas.machine import FloatMachine, outcome
from autograd.program.formulas.translation import Constant, computed, translate
from tests.random_programs import SPECIAL, bits

CALLED = {"hypot"}  # rows that a strict machine calls in Python: CPython's own hypot is no function of C's


# Where three partial sums do not settle the last bit of an exact sum, or infinities share, the formula is nan.
UNSURE = {"fsum", "logsumexp", "cross_entropy(0)", "over_hypot(1,1,0)", "over_hypot(2,1,0)", "over_hypot(3,0,0,1)"}


class Recorder(FloatMachine):
    """Note the words that a formula uses."""

    def __init__(self):
        self.words = []

    def __getattribute__(self, word):
        if word in FloatMachine.__dict__ and word not in ("quick", "most"):
            self.words.append(word)
        return object.__getattribute__(self, word)


def words(row, operands, strict):
    machine = Recorder()
    translate(row, operands, machine, strict)
    return [word for word in machine.words if word != "constant"]


def points(row, seed):
    """Return operands for a row, special and usual ones."""
    rng = random.Random(seed)
    samples = row.samples
    count = len(samples[0])
    wide = [[rng.choice(SPECIAL) if rng.random() < 0.3 else rng.gauss(0, 3) for _ in range(count)] for _ in range(200)]
    return [*samples, *wide]


@pytest.mark.parametrize("name", sorted(ops.ROWS))
def test_a_strict_formula_has_the_bits_of_the_row_or_there_is_none(name):
    row = ops.ROWS[name]
    assert (translate(row, list(row.samples[0]), FloatMachine(), True) is None) == (name in CALLED)
    for operands in points(row, name):
        expected = outcome(row, operands)
        if math.isfinite(expected):
            got = computed(row, operands, FloatMachine(), True)
            assert bits(got) == bits(expected) or (name in UNSURE and math.isnan(got)), operands


@pytest.mark.parametrize("name", sorted(ops.ROWS))
def test_where_a_row_raises_its_formula_is_not_finite(name):
    row = ops.ROWS[name]
    for operands in points(row, name):
        if outcome(row, operands) != outcome(row, operands):
            for strict in (True, False):
                assert not math.isfinite(computed(row, operands, FloatMachine(), strict)), operands


@pytest.mark.parametrize("name", sorted(ops.ROWS))
def test_a_fast_formula_is_close_to_the_row(name):
    row = ops.ROWS[name]
    for operands in points(row, name):
        expected = outcome(row, operands)
        if math.isfinite(expected) and all(abs(x) < 700 for x in operands):
            scale = max(map(abs, operands)) if row.arity is None else 0.0
            assert computed(row, operands, FloatMachine(), False) == pytest.approx(
                expected, rel=2e-14, abs=1e-323 + 1e-15 * scale
            ), operands


def test_a_known_exponent_becomes_products_and_roots():
    for exponent, expected in ((3.0, ["mul"] * 2), (0.5, ["root"]), (-1.0, ["div"]), (-0.5, ["root", "div"])):
        assert words(ops.power(exponent), [1.5], strict=False) == expected
        assert words(ops.power(exponent), [1.5], strict=True) == ["call"]
    for exponent in (9.0, -5.0, 0.3):  # so many factors would lose more digits than allowed
        assert words(ops.power(exponent), [1.5], strict=False) == ["call"]


def test_exponents_keep_apart_what_a_group_must_not_mix():
    assert translate(ops.power(-1), [4.0], FloatMachine(), False) == 0.25
    assert translate(ops.power(-0.5), [4.0], FloatMachine(), False) == 0.5


@pytest.mark.parametrize("x", [1e-160, 1e-110, 3e-309, 1e110, 1e155, 1e206])
@pytest.mark.parametrize("y", [-4.0, -3.5, -2.0, -1.5, -0.5, 1.5, 2.0, 2.5, 8.0])
def test_a_power_overflows_and_underflows_only_where_the_result_does(x, y):
    expected = numeric.ieee_power(x, y)
    got = translate(ops.power(y), [x], FloatMachine(), False)
    assert got == expected or abs(got - expected) <= 8 * math.ulp(expected)


def test_the_derivative_of_a_power_by_its_base_needs_no_call_where_the_exponent_is_known():
    row = ops.power_by(1, 0)
    assert "call" not in words(row, [2.0, Constant(-0.5)], strict=False)
    assert translate(row, [4.0, Constant(-0.5)], FloatMachine(), False) == -0.5 * 4.0**-1.5
    assert translate(row, [4.0, Constant(0.0)], FloatMachine(), False) == 0.0


def test_a_machine_sees_nothing_of_a_formula_that_fails_half_way():
    assert words(ops.hypot, [1.0, 2.0], strict=True) == []


def test_one_exponential_is_enough_for_a_sigmoid():
    assert words(ops.sigmoid, [-1.5], strict=True).count("call") == 1


def exact(values):
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return math.nan


def sums(kind, rng):
    """Return lists of numbers whose exact sum is hard to round."""
    n = rng.randint(1, 12)
    if kind == "softmax":
        return [math.exp(-rng.expovariate(0.05)) for _ in range(n)]
    if kind == "ties":
        return [rng.choice([1, -1]) * 2.0 ** rng.choice([0, 1, -52, -53, -54, -105, -106, -107]) for _ in range(n)]
    if kind == "cancelling":
        values = [rng.uniform(-1, 1) for _ in range(n)]
        return rng.sample(values + [-x for x in values[1:]], 2 * n - 1)
    if kind == "wide":
        return [math.ldexp(rng.uniform(-1, 1), rng.randint(-1070, 1020)) for _ in range(n)]
    return [rng.choice([0.0, -0.0, 0.1, 1e16, -1e16, math.inf, math.nan]) for _ in range(n)]


@pytest.mark.parametrize("kind", ["softmax", "ties", "cancelling", "wide", "special"])
def test_an_exact_sum_has_the_bits_of_fsum_or_is_nan_where_python_must_be_asked(kind):
    rng, unknown = random.Random(kind), 0
    for _ in range(2000):
        values = sums(kind, rng)
        expected, got = exact(values), functions.fsum(values)
        if math.isfinite(expected) and math.isnan(got):
            unknown += 1
        elif math.isfinite(expected) or math.isfinite(got):
            assert bits(got) == bits(expected), values
    assert unknown == 0 or kind == "wide"


@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.5, 5e-324, -3e-310, 2.0**-1022, 1.7e308, math.inf, -math.inf])
def test_numbers_come_apart_and_together_as_in_the_math_module(x):
    assert functions.frexp(x) == math.frexp(x)
    for e in (-3000, -1080, -600, -1, 0, 1, 52, 600, 2100):
        try:
            assert bits(functions.ldexp(x, float(e))) == bits(math.ldexp(x, e))
        except OverflowError:
            assert abs(functions.ldexp(x, float(e))) == math.inf


@pytest.mark.parametrize("y", [-0.5, 0.5, -1.5, 2.5, 1 / 3, -1.0, 3.0, 0.0, 300.5])
def test_the_derivative_of_a_power_has_its_bits_where_the_exponent_is_known(y):
    rng = random.Random(3)
    for x in [*SPECIAL, *(math.ldexp(rng.uniform(-1, 1), rng.randint(-1070, 1020)) for _ in range(300))]:
        for row in (ops.power_by(1, 0), ops.power_by(2, 0), ops.power_by(1, 1)):
            expected, got = outcome(row, [x, y]), translate(row, [x, Constant(y)], FloatMachine(), True)
            assert bits(got) == bits(expected) or not (math.isfinite(expected) or math.isfinite(got)), (row, x)


def test_a_users_own_operation_is_called():
    @custom.primitive(lambda x, out: 2.0)
    def twice(x):
        return 2 * x

    assert translate(twice, [1.0], FloatMachine(), True) is None
    assert computed(twice, [1.5], FloatMachine(), False) == 3.0


def test_a_function_that_calls_itself_is_refused():
    reader = formulas._Reader(FloatMachine(), strict=True)
    with pytest.raises(formulas.FormulaError, match="again calls itself"):
        reader.function(again, [1.0])


def again(x):
    return again(x)


def test_without_its_text_a_function_is_called(monkeypatch):
    def missing(function):
        raise OSError

    forget()
    monkeypatch.setattr(formulas.inspect, "getsource", missing)
    try:
        assert translate(ops.cauchy, [1.0], FloatMachine(), True) is None
        assert computed(ops.cauchy, [1.0], FloatMachine(), True) == 0.5
    finally:
        forget()


def forget():
    formulas._definition.cache_clear()
    formulas._readable.cache_clear()
