"""What may enter a Value and what is refused, with the type named: row by row of FAULTS 2.4."""

import decimal
import fractions
import math
import operator
import re

import fresh
import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.numpy_names import in_place_of

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}

# The number 2 in every type that may enter.
TWOS = [
    2,
    2.0,
    fractions.Fraction(2),
    np.float64(2),
    np.float32(2),
    np.float16(2),
    np.int64(2),
    np.int8(2),
    np.uint16(2),
]

FOREIGN = [
    *("2", b"2", None, 1j, True, np.bool_(True), [2.0], (2.0,), {2.0}, {"a": 2.0}, decimal.Decimal(2), object(), float),
    *(np.array([1.0, 2.0]), np.array(2.0), np.complex128(1), math.sin, range(2), np.array([[1]])),
]


def kind(x):
    return f"{type(x).__name__}"


twos = pytest.mark.parametrize("two", TWOS, ids=kind)
foreign = pytest.mark.parametrize("x", FOREIGN, ids=[f"{kind(x)}{i}" for i, x in enumerate(FOREIGN)])
operations = pytest.mark.parametrize("operation", BINARY.values(), ids=BINARY)


# -- entering ----------------------------------------------------------------------------------------------------------


@twos
def test_a_real_number_enters_as_a_float(two):
    # FAULTS T1, FAULTS T4, FAULTS T7
    x = Value(two)
    assert (x.data, type(x.data), type(x.grad)) == (2.0, float, float)


def test_results_and_gradients_of_whole_numbers_are_floats():
    # FAULTS T1
    x, y = Value(3), Value(4)
    z = (x * y + 1).relu() ** 2
    z.backward()
    assert [type(v) for v in (z.data, z.grad, x.grad, y.grad)] == [float] * 4
    assert type(autograd.relu(-1)) is float


def test_a_whole_number_that_does_not_fit_is_rounded_or_refused():
    # FAULTS T1: as float() does
    assert Value(2**53 + 1).data == 2.0**53
    with pytest.raises(OverflowError):
        Value(2**2000)
    with pytest.raises(OverflowError):
        Value(1.0) + 2**2000


@foreign
def test_what_is_no_real_number_is_refused_with_its_type(x):
    # FAULTS T2, FAULTS T5, FAULTS T6, FAULTS T7, FAULTS T8
    with pytest.raises(
        TypeError, match=f"^Value data must be a real number, got .*{kind(x).replace('ndarray', 'array')}"
    ):
        Value(x)


@pytest.mark.parametrize("x", [True, False])
def test_a_truth_value_is_refused_with_what_to_do(x):
    # FAULTS T2
    with pytest.raises(TypeError, match=r"got bool; use float\(x\)"):
        Value(x)


def test_an_array_is_refused_with_its_shape():
    # FAULTS T5
    with pytest.raises(TypeError, match=r"array of shape \(2,\); a Value is a scalar"):
        Value(np.array([1.0, 2.0]))


def test_a_value_in_a_value_is_refused():
    # FAULTS T9
    with pytest.raises(TypeError, match=r"got Value; it is one already: use it as it is, or x\.detach\(\)"):
        Value(Value(1.0))


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_may_enter(x):
    # FAULTS T11
    assert repr(Value(x).data) == repr(x)


# -- as operands -------------------------------------------------------------------------------------------------------


@twos
@operations
def test_a_number_is_an_operand_on_either_side(operation, two):
    # FAULTS T4: also np.float64 * v, which NumPy tries first, and np.int64 exponents
    v = Value(3.0)
    for got, expected in (
        (operation(v, two), operation(3.0, 2.0)),
        (operation(two, v), operation(2.0, 3.0)),
    ):
        assert type(got) is Value
        assert (got.data, type(got.data)) == (expected, float)
        got.backward()
    assert type(v.grad) is float


@twos
def test_small_integers_of_numpy_do_not_wrap_around(two):
    # FAULTS T4: np.int8(100) + np.int8(100) is -56
    assert (Value(np.int8(100)) + np.int8(100)).data == 200.0
    assert (Value(np.int8(100)) * two).data == 200.0


@twos
def test_a_number_can_be_compared(two):
    v = Value(3.0)
    assert [v > two, two < v, v < two, two >= v] == [True, True, False, False]


@twos
def test_equal_numbers_are_neither_above_nor_below(two):
    # a survivor of the mutants: < in place of <=
    v = Value(2.0)
    assert [v < two, v <= two, v > two, v >= two] == [False, True, False, True]


@foreign
@operations
def test_what_is_no_real_number_is_refused_as_an_operand_on_either_side(operation, x):
    # FAULTS T2, FAULTS T5, FAULTS T6, FAULTS T8, FAULTS T10
    for call in (lambda: operation(Value(2.0), x), lambda: operation(x, Value(2.0))):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("x", ["2", None, True, [2.0]], ids=repr)
@pytest.mark.parametrize("symbol, operation", [("+", operator.add), ("*", operator.mul), ("/", operator.truediv)])
def test_a_refused_operand_is_named_with_the_operation(symbol, operation, x):
    # FAULTS T8, FAULTS T10
    expected = rf"the operand of \{symbol} must be a real number, got {kind(x)}"
    with pytest.raises(TypeError, match=expected):
        operation(Value(2.0), x)
    with pytest.raises(TypeError, match=expected):
        operation(x, Value(2.0))


@foreign
def test_what_is_no_real_number_is_refused_by_functions(x):
    # FAULTS T8, FAULTS T10
    with pytest.raises(TypeError, match="tanh: argument 1 must be a real number, got"):
        autograd.tanh(x)
    with pytest.raises(TypeError, match="hypot: argument 2 must be a real number, got"):
        autograd.hypot(Value(1.0), x)


def test_a_missing_input_is_named_with_its_place():
    # FAULTS T10: b, w0, w1, x0, x1
    with pytest.raises(TypeError, match="neuron: argument 5 must be a real number, got NoneType"):
        autograd.neuron([Value(1.0), Value(2.0)], [Value(3.0), None], Value(0.0))


def test_an_array_times_a_value_is_refused_with_its_shape():
    # FAULTS T5
    for call in (lambda: Value(2.0) * np.array([1, 2]), lambda: np.array([1, 2]) * Value(2.0)):
        with pytest.raises(TypeError, match=r"array of shape \(2,\)"):
            call()


def test_an_array_as_exponent_is_refused_with_its_shape():
    # FAULTS T5
    with pytest.raises(TypeError, match=r"array of shape \(2,\)"):
        Value(2.0) ** np.array([1, 2])


@pytest.mark.parametrize("n", ["2", None, True, [2.0], 1j], ids=repr)
def test_an_exponent_that_is_no_number_is_refused_with_its_type(n):
    # FAULTS T6, FAULTS T8
    with pytest.raises(TypeError, match=f"exponent must be a real number, got {kind(n)}"):
        Value(2.0) ** n


def test_a_class_that_knows_values_may_answer_for_itself():
    class Money:
        def __radd__(self, other):
            return "money"

    assert Value(1.0) + Money() == "money"
    with pytest.raises(TypeError):
        Value(1.0) * Money()


# -- leaving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [float, int, math.exp, math.sin, math.floor, round, complex], ids=kind)
def test_a_value_does_not_turn_into_a_number_silently(call):
    # FAULTS T3
    with pytest.raises(TypeError):
        call(Value(1.0))


@pytest.mark.parametrize("call", [float, math.exp])
def test_the_refusal_names_the_ways_out(call):
    # FAULTS T3
    with pytest.raises(TypeError, match=r"v\.data or v\.item\(\) .* autograd\.exp\(v\)"):
        call(Value(1.0))


def test_a_value_is_true_like_any_object():
    # FAULTS T3: as DESIGN decides, no __bool__
    assert bool(Value(0.0)) is True
    assert not hasattr(Value, "__bool__")


def test_a_value_is_not_equal_to_its_number():
    # FAULTS T3
    assert (Value(1.0) == 1.0) is False


@pytest.mark.parametrize(
    "call",
    [
        lambda v: v // 2,
        lambda v: 2 // v,
        lambda v: v % 2,
        lambda v: 2 % v,
        lambda v: divmod(v, 2),
        lambda v: divmod(2, v),
    ],
)
def test_floor_division_and_remainder_are_refused_with_a_reason(call):
    # FAULTS T3
    with pytest.raises(TypeError, match="// and % have no useful derivative"):
        call(Value(7.0))


def test_plus_and_abs_and_the_builtin_max_work():
    # FAULTS T3
    x = Value(-2.0)
    assert (+x).data == -2.0
    assert abs(x).data == 2.0
    assert max(x, Value(1.0)).data == 1.0


@pytest.mark.parametrize("call", [lambda v: pow(v, 2, 5), lambda v: v @ v, lambda v: v << 1, lambda v: v & v])
def test_other_operators_are_type_errors(call):
    # FAULTS T13
    with pytest.raises(TypeError):
        call(Value(2.0))


@pytest.mark.parametrize("call", [len, iter, lambda v: v[0], lambda v: v(), list])
def test_a_value_is_no_container_and_no_function(call):
    with pytest.raises(TypeError):
        call(Value(2.0))


# -- NumPy -------------------------------------------------------------------------------------------------------------


def test_sum_and_mean_of_numpy_keep_the_history():
    # FAULTS T14
    x, y = Value(1.0), Value(3.0)
    total, mean = np.sum([x, y]), np.mean([x, y])
    assert (total.data, mean.data) == (4.0, 2.0)
    mean.backward()
    assert (x.grad, y.grad) == (0.5, 0.5)


@pytest.mark.parametrize("name", ["exp", "tanh", "sqrt", "log", "sin"])
def test_a_function_of_numpy_is_refused_with_the_method_to_call(name):
    # FAULTS T14
    with pytest.raises(TypeError, match=rf"np\.{name} cannot see a Value's history: use autograd\.{name}\(v\)"):
        getattr(np, name)(Value(1.0))


def test_what_is_named_in_place_of_a_function_of_numpy_exists():
    for name in sorted(set(np.__all__)):
        function = getattr(np, name)
        if isinstance(function, np.ufunc) and (found := re.match(r"autograd\.(\w+)", in_place_of(name))):
            assert callable(getattr(autograd, found[1]))
    assert in_place_of("isnan") == "it on v.data, a plain number"


def test_an_operation_of_numpy_is_the_operator():
    # FAULTS T4
    v = Value(3.0)
    assert np.multiply(2.0, v).parents[1] is v
    assert np.negative(v).data == -3.0
    assert np.add(v, v).data == 6.0


@pytest.mark.parametrize("a, b", [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)])
@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal"])
def test_a_comparison_of_numpy_compares_the_data_whichever_side_is_a_value(name, a, b):
    compare = getattr(np, name)
    for left, right in ((Value(a), np.float64(b)), (np.float64(a), Value(b)), (Value(a), Value(b))):
        assert compare(left, right) is bool(compare(a, b))


def test_numbers_of_numpy_are_not_kept():
    # FAULTS T4
    y = np.float64(2) * Value(np.float32(0.5))
    assert [type(p.data) for p in y.parents] == [float, float]


def test_an_array_of_values_is_a_list_of_values():
    # FAULTS T5: elementwise by Python's operators
    x = Value(2.0)
    products = np.array([x, x]) * np.array([Value(3.0), Value(4.0)])
    assert [p.data for p in products] == [6.0, 8.0]


# -- optimised Python --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [("-O",), ("-OO",), ("-X", "dev", "-W", "error")], ids=" ".join)
def test_no_check_is_an_assertion(options):
    # FAULTS T12
    program = """
        import autograd
        from autograd import Value
        from autograd.errors import *
        def refused(call, error):
            try:
                call()
            except error:
                return True
            return False
        x = Value(2.0)
        y = x * x
        x.data = 3.0
        print(refused(lambda: Value("2"), TypeError), refused(lambda: Value(True), TypeError),
              refused(lambda: x ** "2", TypeError), refused(y.backward, StaleGraphError),
              refused(lambda: Value(1.0) / 0, ZeroDivisionError), refused(lambda: autograd.log(-1), ValueError),
              refused(lambda: autograd.dot([1.0], [1.0, 2.0]), ShapeError),
              refused(lambda: x.backward(float("nan")), ValueError))
    """
    assert fresh.run(program, *options).split() == ["True"] * 8
