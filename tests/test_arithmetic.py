"""One table of methods: each does what its row does, on Values and on the floats of local derivatives."""

import math
import operator

import pytest

import autograd
from autograd import Value, arithmetic, ops
from autograd.primitive import IEEE

UNARY = dict(arithmetic.UNARY)
BINARY = {method: (reflected, row) for method, reflected, row in arithmetic.BINARY}
FUNCTIONS = dict(arithmetic.FUNCTIONS)


def samples_of(row):
    return [(point, x) for point in row.samples for x in [[Value(n) for n in point]]]


def results(out, leaves):
    for leaf in leaves:
        leaf.grad = 0.0
    out.backward()
    return out.data, out.row, [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("method", UNARY)
def test_a_method_without_argument_is_its_row(method):
    for _, leaves in samples_of(UNARY[method]):
        by_method, by_row = getattr(leaves[0], method)(), UNARY[method](leaves[0])
        assert by_method.parents == by_row.parents == (leaves[0],)
        assert results(by_method, leaves) == results(by_row, leaves)


@pytest.mark.parametrize("method", BINARY)
def test_an_operator_is_its_row(method):
    reflected, row = BINARY[method]
    for _, (x, y) in samples_of(row):
        left, right, by_row = getattr(x, method)(y), getattr(y, reflected)(x), row(x, y)
        assert left.parents == right.parents == by_row.parents == (x, y)
        assert results(left, [x, y]) == results(right, [x, y]) == results(by_row, [x, y])


@pytest.mark.parametrize("method", BINARY)
def test_an_operator_takes_a_number_on_either_side(method):
    reflected, row = BINARY[method]
    for (a, b), (x, y) in samples_of(row):
        assert getattr(x, method)(b).data == getattr(y, reflected)(a).data == row(a, b)


@pytest.mark.parametrize(
    "call", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow], ids=lambda call: call.__name__
)
def test_an_operator_has_the_bits_of_pythons(call):
    for a, b in ((1.3, 0.49), (0.1, 0.2), (7.0, -3.0), (1e308, 0.9), (5e-324, 0.5)):
        assert call(Value(a), b).data == call(Value(a), Value(b)).data == call(a, b)


def test_power_and_its_reflection():
    x = Value(3.0)
    assert (x**2).row is x.pow(2).row is ops.power(2)
    assert (2**x).parents[1] is x
    assert (2**x).data == 8.0
    assert (x ** Value(2.0)).row is ops.power_of


@pytest.mark.parametrize("method, other", [("maximum", 1.0), ("minimum", 1.0), ("atan2", 2.0), ("hypot", 2.0)])
def test_a_method_with_an_argument_is_its_function(method, other):
    x, y = Value(0.5), Value(other)
    function = getattr(autograd, method)
    assert results(getattr(x, method)(y), [x, y]) == results(function(x, y), [x, y])
    assert getattr(x, method)(other).data == function(0.5, other)


def test_clamp_is_clip_as_in_pytorch():
    assert Value(5.0).clamp(0.0, 1.0).data == Value(5.0).clip(min=0.0, max=1.0).data == 1.0
    assert Value(-5.0).clamp(max=1.0).data == -5.0


def test_every_method_python_or_pytorch_has_is_there():
    expected = [
        *("abs", "exp", "exp2", "log", "log2", "log10", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2", "hypot", "erf", "erfc", "tanh", "sigmoid"),
        *("relu", "sign", "maximum", "minimum", "clip", "clamp", "pow"),
    ]
    assert [name for name in expected if not callable(getattr(Value, name, None))] == []


@pytest.mark.parametrize("cls", [Value, IEEE])
def test_every_method_of_the_table_has_its_name_and_says_what_it_applies(cls):
    for name in (*UNARY, *BINARY, *(reflected for reflected, _ in BINARY.values()), *FUNCTIONS, "__pow__", "__rpow__"):
        method = getattr(cls, name)
        assert (method.__name__, method.__qualname__) == (name, f"{cls.__name__}.{name}")
        assert "Apply the operation" in method.__doc__


def test_abs_of_the_builtin_is_the_row():
    x = Value(-2.0)
    assert abs(x).row is ops.abs
    assert (-x).row is ops.neg


# -- floats that never raise -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, expected",
    [
        (lambda: IEEE(1.0) / IEEE(0.0), math.inf),
        (lambda: IEEE(1.0) / 0.0, math.inf),
        (lambda: -1.0 / IEEE(0.0), -math.inf),
        (lambda: 1.0 / IEEE(-0.0), -math.inf),
        (lambda: IEEE(0.0) / IEEE(0.0), math.nan),
        (lambda: IEEE(math.nan) / IEEE(0.0), math.nan),
        (lambda: IEEE(0.0) ** -1.0, math.inf),
        (lambda: IEEE(0.0) ** IEEE(-1.0), math.inf),
        (lambda: IEEE(-0.0) ** -3.0, -math.inf),
        (lambda: IEEE(-2.0) ** 0.5, math.nan),
        (lambda: IEEE(10.0) ** 400.0, math.inf),
        (lambda: IEEE(-10.0) ** 401.0, -math.inf),
        (lambda: 2.0 ** IEEE(5000.0), math.inf),
        (lambda: IEEE(1e308) * 10, math.inf),
        (lambda: IEEE(1e308) + IEEE(1e308), math.inf),
        (lambda: IEEE(2.0) - 3, -1.0),
        (lambda: -IEEE(2.0), -2.0),
        (lambda: abs(IEEE(-2.0)), 2.0),
        (lambda: ops.sqrt(IEEE(-1.0)), math.nan),
        (lambda: ops.log(IEEE(0.0)), -math.inf),
        (lambda: ops.exp(IEEE(1e4)), math.inf),
    ],
)
def test_an_ieee_float_follows_ieee_754(call, expected):
    got = call()
    assert type(got) is IEEE
    assert repr(float(got)) == repr(expected)
