"""Edges: kinks, the ends of domains, infinities and nan, row by row of FAULTS 2.5."""

import itertools
import math

import numpy as np
import pytest

import autograd
from autograd import Value, ieee
from autograd.errors import AutogradError, DivisionByZeroError, DomainError, FloatOverflowError
from autograd.ops import ROWS
from autograd.primitive import NaryRow

INF, NAN = math.inf, math.nan

# The 29 numbers at which implementations differ (FAULTS C7).
SPECIALS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.3, -1.3, 0.49, 0.99, 1.01, 5e-324, -5e-324, 2.2e-308, -2.2e-308),
    *(1e-300, -1e-300, 1e300, -1e300, 1.797e308, -1.797e308, INF, -INF, NAN, 709.78, -709.78, 745.2, -745.2, 2.0**53),
]


def gradients(f, *args):
    """Return the value of f and its gradients by every argument."""
    leaves = [Value(x) for x in args]
    out = f(*leaves)
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def same(got, expected):
    return got == expected or (got != got and expected != expected)


def assert_is(f, args, value, *grads):
    got, slopes = gradients(f, *args)
    assert same(got, value), f"value {got}, expected {value}"
    assert all(map(same, slopes, grads)), f"gradients {slopes}, expected {grads}"


def refuses(error, message):
    return pytest.raises(error, match=f"^{message}$")


# -- kinks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_at_zero_has_gradient_zero(zero):
    # FAULTS K1
    assert_is(autograd.relu, [zero], 0.0, 0.0)


def test_relu_passes_nan_on_with_a_gradient_of_nan():
    # FAULTS K2: the fault stays visible
    assert_is(autograd.relu, [NAN], NAN, NAN)


def test_a_fused_relu_passes_nan_on_as_the_plain_one_does():
    # FAULTS K2
    value, slopes = gradients(lambda w, x, b: autograd.neuron([w], [x], b, autograd.relu), NAN, 2.0, 1.0)
    assert value != value and slopes[2] != slopes[2]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_abs_at_zero_has_gradient_zero(zero):
    # FAULTS K3
    assert_is(abs, [zero], 0.0, 0.0)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_of_two_is_split_evenly(name):
    # FAULTS K4
    assert_is(getattr(autograd, name), [2.0, 2.0], 2.0, 0.5, 0.5)
    assert_is(getattr(autograd, name), [0.0, -0.0], 0.0, 0.5, 0.5)


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("name", ["max", "min"])
def test_a_tie_of_n_in_a_list_is_split_evenly(name, n):
    # FAULTS K4
    extreme = getattr(autograd, name)
    loser = -9.0 if name == "max" else 9.0
    assert_is(lambda *xs: extreme(xs), [2.0] * n + [loser], 2.0, *[1 / n] * n, 0.0)


@pytest.mark.parametrize("name", ["maximum", "minimum", "max", "min"])
@pytest.mark.parametrize("args", [(NAN, 1.0), (1.0, NAN), (NAN, NAN)])
def test_the_extreme_of_numbers_with_a_nan_is_nan(name, args):
    f = getattr(autograd, name)
    value, slopes = gradients(f if name.endswith("um") else lambda *xs: f(xs), *args)
    assert value != value
    assert all(slope != slope for slope in slopes)


def test_a_value_used_twice_in_a_tie_gets_the_whole_gradient():
    x = Value(2.0)
    autograd.max([x, x]).backward()
    assert x.grad == 1.0


@pytest.mark.parametrize("x, value, slope", [(0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.5, 0.5, 1.0), (2.0, 1.0, 0.0)])
def test_clip_has_gradient_one_on_the_closed_interval(x, value, slope):
    # FAULTS K5
    assert_is(lambda v: v.clip(0.0, 1.0), [x], value, slope)


def test_a_clip_with_one_bound_is_open_on_the_other_side():
    # FAULTS K5
    assert_is(lambda v: autograd.clip(v, min=0.0), [1e300], 1e300, 1.0)
    assert_is(lambda v: autograd.clip(v, max=0.0), [-INF], -INF, 1.0)


@pytest.mark.parametrize("name, at_zero", [("step", 1.0), ("positive", 0.0), ("sign", 0.0)])
def test_the_thresholds_differ_only_at_zero(name, at_zero):
    # FAULTS K30
    row = getattr(autograd, name)
    below = -1.0 if name == "sign" else 0.0
    assert [row(x) for x in (-2.0, -0.0, 0.0, 3.0)] == [below, at_zero, at_zero, 1.0]
    assert row(NAN) != row(NAN)
    assert_is(row, [0.0], at_zero, 0.0)
    assert_is(row, [2.0], 1.0, 0.0)


# -- the ends of domains -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [autograd.sqrt, Value.sqrt, lambda x: x**0.5], ids=["sqrt", "method", "power"])
def test_the_root_of_zero_has_an_infinite_slope(f):
    # FAULTS K7, FAULTS K15
    assert_is(f, [0.0], 0.0, INF)


def test_the_infinite_slope_of_a_root_times_nothing_is_nothing():
    # FAULTS K7
    assert_is(lambda x: x.sqrt() * 0.0, [0.0], 0.0, 0.0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: autograd.sqrt(-1.0), r"sqrt: x must be >= 0, got -1\.0"),
        (lambda: autograd.log(-1.0), r"log: x must be > 0, got -1\.0"),
        (lambda: autograd.log(Value(-1.0)), r"log: x must be > 0, got -1\.0"),
        (lambda: autograd.log(Value(-1.0, label="p")), r"log: x must be > 0, got -1\.0 \('p'\)"),
        (lambda: Value(-1.0, label="p").log(), r"log: x must be > 0, got -1\.0 \('p'\)"),
        (lambda: autograd.log2(-3), r"log2: x must be > 0, got -3\.0"),
        (lambda: autograd.log10(-3), r"log10: x must be > 0, got -3\.0"),
        (lambda: autograd.log1p(-1.5), r"log1p: x must be > -1, got -1\.5"),
        (lambda: autograd.asin(1.5), r"asin: x must be in \[-1, 1\], got 1\.5"),
        (lambda: autograd.acos(-1.5), r"acos: x must be in \[-1, 1\], got -1\.5"),
        (lambda: autograd.acosh(0.5), r"acosh: x must be >= 1, got 0\.5"),
        (lambda: autograd.atanh(2.0), r"atanh: x must be in \(-1, 1\), got 2\.0"),
        (lambda: autograd.sin(INF), r"sin: x must be finite, got inf"),
    ],
)
def test_an_argument_outside_the_domain_is_refused_at_the_forward_step(call, message):
    # FAULTS K8
    with refuses(DomainError, message):
        call()


def test_a_root_of_a_negative_number_never_turns_complex():
    # FAULTS K8
    with pytest.raises(DomainError, match=r"x must be >= 0 for a fractional exponent, got -2\.0 \('x'\)"):
        Value(-2.0, label="x") ** 0.5


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("name", ["log", "log2", "log10"])
def test_the_logarithm_of_zero_is_refused_and_minus_infinity_under_ieee(name, zero):
    # FAULTS K9
    log = getattr(autograd, name)
    with refuses(DomainError, rf"{name}: x must be > 0, got {zero}"):
        log(Value(zero))
    with ieee():
        value, slopes = gradients(log, zero)
    assert (value, slopes) == (-INF, [math.copysign(INF, zero)])


@pytest.mark.parametrize("a", [1.0, 0.0, INF])
def test_a_division_by_zero_is_refused(a):
    # FAULTS K10
    for call in (lambda: Value(a) / 0.0, lambda: a / Value(0.0), lambda: Value(a) / Value(0.0)):
        with refuses(DivisionByZeroError, rf"division by zero: {a} / 0\.0"):
            call()
    with pytest.raises(ZeroDivisionError):
        Value(a) / 0


def test_a_division_by_zero_under_ieee():
    # FAULTS K10
    def divide(x, y):
        return x / y

    with ieee():
        assert_is(divide, [1.0, 0.0], INF, INF, -INF)
        assert_is(divide, [-1.0, 0.0], -INF, INF, INF)
        assert_is(divide, [0.0, 0.0], NAN, INF, NAN)
        assert_is(divide, [1.0, -0.0], -INF, -INF, -INF)


@pytest.mark.parametrize("a, b, quotient", [(1.0, 5e-324, INF), (1e308, 1e-308, INF), (-1e308, 1e-308, -INF)])
def test_a_quotient_that_overflows_is_infinite_as_in_python(a, b, quotient):
    # FAULTS K11: + - * / overflow as Python's operators do, without an error
    assert (Value(a) / Value(b)).data == quotient == a / b


def test_a_quotient_is_rounded_once():
    # FAULTS K11: a * b**-1 would be rounded twice
    assert (Value(1e308) / 1e308).data == 1.0
    assert (Value(49.0) / 49.0).data == 1.0


@pytest.mark.parametrize("call", [lambda x: x + x, lambda x: x * 10, lambda x: x - (-x)])
def test_sums_and_products_overflow_to_infinity(call):
    # FAULTS K11
    assert call(Value(1.7e308)).data == INF


# -- powers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 0.0])
def test_zero_to_the_zero_is_one_with_slope_zero(n):
    # FAULTS K12
    assert_is(lambda x: x**n, [0.0], 1.0, 0.0)


@pytest.mark.parametrize("n, value, slope", [(2, 0.0, 0.0), (1, 0.0, 1.0), (1.0, 0.0, 1.0), (3, 0.0, 0.0)])
def test_zero_to_a_positive_whole_power(n, value, slope):
    # FAULTS K13
    assert_is(lambda x: x**n, [0.0], value, slope)


def test_zero_to_a_negative_power_is_refused_with_both_numbers():
    # FAULTS K14
    with pytest.raises(DivisionByZeroError, match=r"0\.0 \*\* -1"):
        Value(0.0) ** -1
    with pytest.raises(DivisionByZeroError, match=r"0\.0 \*\* -0\.5"):
        Value(0.0) ** -0.5
    with pytest.raises(DivisionByZeroError, match=r"0\.0 \*\* -1\.0"):
        Value(0.0) ** Value(-1.0)


def test_a_power_that_overflows_is_refused_with_both_numbers():
    with pytest.raises(FloatOverflowError, match=r"10\.0 \*\* 400 overflows"):
        Value(10.0) ** 400


@pytest.mark.parametrize("n", [3, 3.0])
def test_a_negative_base_may_have_a_whole_exponent(n):
    # FAULTS K16
    assert_is(lambda x: x**n, [-2.0], -8.0, 12.0)


def test_both_base_and_exponent_are_differentiated():
    # FAULTS K17
    assert_is(lambda x, y: x**y, [2.0, 3.0], 8.0, 12.0, 5.545177444479562)


def test_a_number_to_a_value():
    # FAULTS K17
    assert_is(lambda y: 2**y, [3.0], 8.0, 5.545177444479562)


@pytest.mark.parametrize(
    "x, y, value, by_x, by_y", [(0.0, 0.0, 1.0, 0.0, 0.0), (0.0, 2.0, 0.0, 0.0, 0.0), (0.0, 0.5, 0.0, INF, 0.0)]
)
def test_a_base_of_zero_with_an_exponent_that_is_differentiated(x, y, value, by_x, by_y):
    # FAULTS K18
    assert_is(lambda a, b: a**b, [x, y], value, by_x, by_y)


@pytest.mark.parametrize("y", [3.0, 0.5, -1.0])
def test_a_negative_base_with_a_value_as_exponent_is_refused(y):
    # FAULTS K19: there is no derivative by the exponent
    with pytest.raises(DomainError, match=r"pow: x must be >= 0 where the exponent is a Value.*got -2\.0, "):
        Value(-2.0) ** Value(y)


def test_a_negative_base_with_a_number_as_exponent_is_not_refused():
    # FAULTS K19
    assert (Value(-2.0) ** 3).data == -8.0


def test_powers_of_nan_follow_c_in_value_and_are_nan_in_slope():
    # FAULTS K20
    assert_is(lambda x, y: x**y, [1.0, NAN], 1.0, NAN, NAN)
    assert_is(lambda x: x**0, [NAN], 1.0, NAN)
    assert_is(lambda x: x**2, [NAN], NAN, NAN)


# -- overflow, underflow, infinities -----------------------------------------------------------------------------------


def test_an_exponential_that_overflows_is_refused():
    # FAULTS K21
    with refuses(FloatOverflowError, r"exp\(1000\.0\) overflows"):
        autograd.exp(1000.0)
    with refuses(FloatOverflowError, r"exp\(1000\.0 \('x'\)\) overflows"):
        Value(1000.0, label="x").exp()
    with ieee():
        assert autograd.exp(1000.0) == INF


def test_a_masked_logarithm_at_zero_has_gradient_zero():
    # FAULTS K23: PyTorch and JAX give nan
    with ieee():
        assert_is(lambda x: autograd.where(x > 0, autograd.log(x), 0.0), [0.0], 0.0, 0.0)
        assert_is(lambda x: autograd.where(x > 0, autograd.log(x), 0.0), [2.0], math.log(2), 0.5)


def test_the_branch_not_taken_gets_nothing_whatever_it_holds():
    # FAULTS K23
    for other in (INF, -INF, NAN):
        assert_is(lambda x, y: autograd.where(True, x, y), [2.0, other], 2.0, 1.0, 0.0)
        assert_is(lambda x, y: autograd.where(False, y, x), [2.0, other], 2.0, 1.0, 0.0)


def test_an_infinite_adjoint_adds_nothing_to_the_branch_not_taken():
    # FAULTS K23: inf * 0 would be nan
    with ieee():
        assert_is(lambda x, y: autograd.sqrt(autograd.where(True, x, y)), [0.0, 3.0], 0.0, INF, 0.0)
        assert_is(lambda x, y: autograd.sqrt(autograd.maximum(x, y)), [0.0, -3.0], 0.0, INF, 0.0)
        assert_is(lambda x: autograd.log(autograd.relu(x)), [-1.0], -INF, 0.0)


def test_abs_and_hypot_say_what_the_root_of_a_square_cannot():
    # FAULTS K24: sqrt(x*x) at 0 is inf * 0 by IEEE 754; abs and hypot have gradient 0 there
    value, slopes = gradients(lambda x: (x * x).sqrt(), 0.0)
    assert value == 0.0 and slopes[0] != slopes[0]
    assert_is(abs, [0.0], 0.0, 0.0)
    assert_is(lambda x: autograd.hypot(x, 0.0), [0.0], 0.0, 0.0)


def test_the_origin_of_hypot_and_atan2_has_gradient_zero():
    # FAULTS K25
    assert_is(autograd.hypot, [0.0, 0.0], 0.0, 0.0, 0.0)
    assert_is(autograd.atan2, [0.0, 0.0], 0.0, 0.0, 0.0)


def test_infinity_times_zero_is_nan_with_gradients_by_the_formula():
    # FAULTS K26
    assert_is(lambda x, y: x * y, [INF, 0.0], NAN, 0.0, INF)
    with autograd.detect_anomaly(), pytest.raises(FloatingPointError, match=r"mul: .* is nan"):
        Value(INF) * 0.0


def test_a_logsumexp_of_nothing_but_minus_infinity_has_gradient_zero():
    # FAULTS K27
    assert_is(lambda *xs: autograd.logsumexp(xs), [-INF, -INF], -INF, 0.0, 0.0)


@pytest.mark.parametrize(
    "args, slopes", [((INF, 0.0), (1.0, 0.0)), ((INF, INF), (0.5, 0.5)), ((INF, -INF, INF), (0.5, 0.0, 0.5))]
)
def test_a_logsumexp_with_infinities_splits_the_gradient_over_them(args, slopes):
    # FAULTS K27
    assert_is(lambda *xs: autograd.logsumexp(xs), args, INF, *slopes)


def test_minus_infinity_takes_no_part_in_a_logsumexp():
    # FAULTS K27
    assert_is(lambda *xs: autograd.logsumexp(xs), [1.5, -INF], 1.5, 1.0, 0.0)


def test_subnormal_numbers_are_not_flushed_to_zero():
    # FAULTS K28
    assert Value(5e-324).data == 5e-324
    assert_is(lambda x: x * 0.5, [5e-324], 0.0, 0.5)
    assert_is(lambda x, y: x * y, [2.0, 5e-324], 1e-323, 5e-324, 2.0)
    assert_is(lambda x: x * 1e-320, [1.0], 1e-320, 1e-320)


@pytest.mark.parametrize(
    "row, x, slope",
    [
        (autograd.tanh, 20.0, 1.6993417021166355e-17),
        (autograd.tanh, -20.0, 1.6993417021166355e-17),
        (autograd.sigmoid, 40.0, 4.248354255291589e-18),
        (autograd.sigmoid, -745.0, 5e-324),
        (autograd.softplus, -40.0, 4.248354255291589e-18),
        (autograd.log_sigmoid, 40.0, 4.248354255291589e-18),
    ],
)
def test_the_tails_of_activations_keep_their_slopes(row, x, slope):
    # FAULTS K29: PyTorch and JAX give 0 for tanh'(20); targets of 4 ulp are in test_accuracy.py
    _, slopes = gradients(row, x)
    assert slopes[0] == pytest.approx(slope, rel=2e-15)


def test_the_loss_of_a_sure_classifier_keeps_its_slope():
    # FAULTS K29: softmax - 1 would be exactly 0
    _, slopes = gradients(lambda *xs: autograd.cross_entropy(xs, 0), 401.0, 0.0)
    assert slopes[1] == pytest.approx(math.exp(-401), rel=1e-15)
    assert slopes[0] == -slopes[1]


# -- the whole grid of special numbers ---------------------------------------------------------------------------------


def arity(row):
    return len(row.samples[-1]) if isinstance(row, NaryRow) else len(row.partials)


def grid(row):
    """Return every special number, every pair of them, or for three and more arguments every third cell."""
    n = min(arity(row), 3)
    cells = itertools.product(SPECIALS, repeat=n) if n < 3 else itertools.product(SPECIALS[::4] + [NAN], repeat=3)
    odd = arity(row) - n
    return [(*cell, *[1.5] * odd) for cell in cells]


def only_ours(error):
    builtins = {ValueError: DomainError, ZeroDivisionError: DivisionByZeroError, OverflowError: FloatOverflowError}
    return sum(isinstance(error, builtin) and isinstance(error, ours) for builtin, ours in builtins.items()) == 1


def strict(row, args):
    """Return the result on floats, or the error if it is one of ours; let every other error through."""
    try:
        return row(*args)
    except AutogradError as error:
        return error


@pytest.mark.parametrize("name", ROWS)
def test_a_strict_forward_step_returns_a_float_or_raises_our_error_and_its_builtin(name):
    # FAULTS C7: never a TypeError, never complex, never another exception
    for args in grid(ROWS[name]):
        result = strict(ROWS[name], args)
        assert type(result) is float or only_ours(result), (args, result)


@pytest.mark.parametrize("name", ROWS)
def test_a_value_does_what_a_float_does_at_every_special_number(name):
    # FAULTS C7
    for args in grid(ROWS[name]):
        on_floats, on_values = strict(ROWS[name], args), strict(ROWS[name], list(map(Value, args)))
        if isinstance(on_floats, Exception):
            assert type(on_values) is type(on_floats) and str(on_values) == str(on_floats), args
        else:
            assert repr(on_values.data) == repr(on_floats), args


@pytest.mark.parametrize("name", ROWS)
def test_under_ieee_nothing_raises_and_the_gradients_are_floats(name):
    # FAULTS C7
    row = ROWS[name]
    with ieee():
        for args in grid(row):
            leaves = [Value(x) for x in args]
            out = row(*leaves)
            out.backward()
            assert type(out.data) is float and all(type(leaf.grad) is float for leaf in leaves), args


@pytest.mark.parametrize("name", ROWS)
def test_ieee_changes_nothing_where_the_strict_step_is_defined(name):
    row = ROWS[name]
    for args in grid(row):
        result = strict(row, args)
        with ieee():
            assert isinstance(result, Exception) or repr(row(*args)) == repr(result), args


PYTHON = {
    **{name: getattr(math, name) for name in ("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos")},
    **{name: getattr(math, name) for name in ("tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh")},
    **{name: getattr(math, name) for name in ("atanh", "atan2", "hypot", "erf", "erfc")},
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": abs,
    "exp2": lambda x: 2.0**x,
    "power(-1)": lambda x: x**-1.0,
    "power(2)": lambda x: x**2.0,
    "power(0.5)": lambda x: x**0.5,
    "power(2.5)": lambda x: x**2.5,
}


@pytest.mark.parametrize("name", PYTHON)
def test_a_forward_step_raises_exactly_where_python_raises_or_turns_complex(name):
    for args in grid(ROWS[name]):
        result = strict(ROWS[name], args)
        try:
            expected = PYTHON[name](*args)
        except (ValueError, ArithmeticError) as error:
            assert isinstance(result, type(error)), (args, result, error)
        else:
            if isinstance(expected, complex):
                assert isinstance(result, DomainError), (args, result)
            else:
                assert repr(result) == repr(expected), args


NUMPY = {
    **{name: getattr(np, name) for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin")},
    **{name: getattr(np, name) for name in ("cos", "tan", "sinh", "cosh", "tanh", "maximum", "minimum", "hypot")},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "atan2": np.arctan2,
    "sign": np.sign,
    **{f"power({n})": lambda x, n=n: np.power(x, float(n)) for n in (-2, -1, 0, 1, 2, 3, 2.5)},
}


@pytest.mark.parametrize("name", NUMPY)
def test_under_ieee_the_result_is_numpys(name):
    # finite results to a few ulp, nan and infinities exactly
    with ieee(), np.errstate(all="ignore"):
        for args in grid(ROWS[name]):
            got, expected = ROWS[name](*args), float(NUMPY[name](*map(np.float64, args)))
            near = math.isfinite(expected) and abs(got - expected) <= 4 * math.ulp(expected)
            assert near or same(got, expected), (args, got, expected)


def test_under_ieee_a_power_of_two_values_is_numpys_from_base_zero_on():
    with ieee(), np.errstate(all="ignore"):
        # without exponent 0.5, for which NumPy takes the square root: at -inf that is nan, pow is inf
        for x, y in itertools.product(SPECIALS, set(SPECIALS) - {0.5}):
            got, expected = autograd.ops.pow(Value(x), Value(y)).data, float(np.power(np.float64(x), np.float64(y)))
            near = math.isfinite(expected) and abs(got - expected) <= 4 * math.ulp(expected)
            assert near or same(got, expected), (x, y, got, expected)


@pytest.mark.parametrize("x", [0.0, -0.0])
def test_leaky_relu_and_elu_at_zero_have_the_slope_from_below(x):
    # FAULTS K6
    for f, slope in ((autograd.leaky_relu, 0.01), (lambda v: autograd.leaky_relu(v, 0.2), 0.2), (autograd.elu, 1.0)):
        v = Value(x)
        f(v).backward()
        assert (f(v).data, v.grad) == (0.0, slope)


def test_leaky_relu_and_elu_are_the_identity_above_zero_and_pass_nan_on():
    for f in (autograd.leaky_relu, autograd.elu):
        assert (f(1000.0), f(-0.5) < 0) == (1000.0, True)
        assert math.isnan(f(math.nan))
        assert autograd.gradcheck(f, -0.7) and autograd.gradcheck(f, 0.7)


@pytest.mark.parametrize("f", [autograd.leaky_relu, autograd.elu])
def test_leaky_relu_and_elu_of_nan_have_a_gradient_of_nan_as_relu_has(f):
    # FAULTS K2
    v = Value(NAN)
    f(v).backward()
    assert math.isnan(v.grad) and math.isnan(autograd.grad(f)(NAN)) and math.isnan(autograd.jvp(f, [NAN], [1.0])[1])


def test_xlogy_at_the_origin_is_zero_with_gradients_zero():
    # FAULTS K22
    x, y = Value(0.0), Value(0.0)
    out = autograd.xlogy(x, y)
    out.backward()
    assert (out.data, x.grad, y.grad) == (0.0, 0.0, 0.0)
    assert autograd.gradcheck(autograd.xlogy, [0.0, 3.0]) and autograd.gradcheck(autograd.xlogy, [2.0, 0.5])
    for bad in ((1.0, 0.0), (0.0, -1.0)):
        with pytest.raises(DomainError):
            autograd.xlogy(*map(Value, bad))
