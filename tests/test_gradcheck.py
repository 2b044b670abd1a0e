"""The checker itself: right gradients pass, wrong ones are reported with everything needed to find the fault."""

import math

import pytest

import autograd
from autograd import Function, Value, checkpoint, gradcheck, gradgradcheck, ops, primitive
from autograd.errors import DomainError, GradcheckError, GraphError
from autograd.ops import ROWS


def wrong(slope):
    """Return the row x * x with the derivative `slope`."""
    return ops.row("square", "x * x", slope, samples=((1.0,),))


@pytest.mark.parametrize("x", [0.3, -1.0, 2, [0.5], (0.5,)])
def test_a_right_gradient_passes(x):
    assert gradcheck(autograd.tanh, x) is True


def test_a_function_of_several_arguments_receives_them_one_by_one():
    assert gradcheck(lambda x, y, z: x * y + z**3, [2.0, -3.0, 0.5])


def test_a_whole_network_passes():
    def loss(*w):
        hidden = [autograd.neuron(w[i : i + 2], [0.3, -0.7], w[i + 2], autograd.tanh) for i in (0, 3)]
        return autograd.cross_entropy([h * w[6] for h in hidden], 1)

    assert gradcheck(loss, [0.1, -0.2, 0.3, 0.5, 0.7, -0.9, 1.1])


@pytest.mark.parametrize("slope", ["x", "-2.0 * x", "2.0 * x + 1e-5", "2.00001 * x", "0.0", "out", "1.0 / (x - 1.5)"])
def test_a_wrong_gradient_is_found(slope):
    with pytest.raises(GradcheckError):
        gradcheck(wrong(slope), 1.5)


def test_a_derivative_wrong_by_five_parts_in_ten_thousand_is_found():
    # PyTorch's default tolerance lets it pass
    with pytest.raises(GradcheckError):
        gradcheck(wrong("2.001 * x"), 1.5)


def test_the_report_names_function_argument_point_expected_and_got():
    with pytest.raises(
        GradcheckError, match=r"^square \(reverse mode\), argument 0, at \[1\.5\]: expected (3\.0|2\.99)\d*, got 1\.5$"
    ):
        gradcheck(wrong("x"), 1.5)


def test_the_report_of_a_plain_function_names_it():
    def mine(x, y):
        return x * wrong("x")(y)

    with pytest.raises(GradcheckError, match=r"^mine \(reverse mode\), argument 1, at \[2\.0, 1\.5\]: expected "):
        gradcheck(mine, [2.0, 1.5])


def test_a_report_is_an_assertion_error_too():
    with pytest.raises(AssertionError):
        gradcheck(wrong("x"), 1.5)


def test_without_exceptions_a_wrong_gradient_is_false():
    assert gradcheck(wrong("x"), 1.5, raise_exception=False) is False
    assert gradcheck(wrong("2.0 * x"), 1.5, raise_exception=False) is True


def test_a_nan_gradient_never_passes():
    with autograd.ieee(), pytest.raises(GradcheckError):
        gradcheck(lambda x: x * 0.0 + Value(math.nan) * x, 1.0)


def test_tolerances_can_be_widened():
    assert gradcheck(wrong("2.001 * x"), 1.5, rtol=1e-2)
    assert gradcheck(wrong("2.001 * x"), 1.5, atol=1e-2)


@pytest.mark.parametrize("result", [None, "1", [Value(1.0)]])
def test_a_function_that_returns_no_scalar_is_refused(result):
    with pytest.raises(GraphError, match="gradcheck: the function must return one scalar, got"):
        gradcheck(lambda x: result, 1.0)


@pytest.mark.parametrize("x", ["1", None, True, [1.0, None]], ids=repr)
def test_a_point_that_is_no_number_is_refused(x):
    with pytest.raises(TypeError, match="must be a real number, got"):
        gradcheck(autograd.tanh, x)


@pytest.mark.parametrize(
    "row, x",
    [
        (autograd.log, 1e-3),
        (autograd.log, 1e-8),
        (autograd.sqrt, 1e-3),
        (autograd.asin, -0.999),
        (autograd.atanh, 0.999),
        (autograd.acosh, 1.0001),
        (autograd.tan, 30.0),
        (autograd.sin, 1000.0),
        (autograd.exp, 700.0),
        (autograd.log, 1e8),
    ],
)
def test_the_step_fits_the_point(row, x):
    # near the end of a domain, and where the function turns quickly for the size of x
    assert gradcheck(row, x)


# -- both modes --------------------------------------------------------------------------------------------------------


def right_in_reverse_only(x):
    return x * x if isinstance(x, Value) else x * 4.0


def test_a_fault_in_forward_mode_alone_is_found_and_the_mode_named():
    with pytest.raises(GradcheckError, match=r"\(forward mode\), argument 0, at \[1\.5\]: expected .*, got 4\.0$"):
        gradcheck(right_in_reverse_only, 1.5)


def test_a_fault_in_reverse_mode_alone_is_found_and_the_mode_named():
    def f(x):
        return x.detach() * x if isinstance(x, Value) else x * x

    with pytest.raises(GradcheckError, match=r"^f \(reverse mode\), argument 0, at \[1\.5\]: expected .*, got 1\.5"):
        gradcheck(f, 1.5)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.arity in (1, 2)])
def test_a_wrong_sign_is_found_in_every_row_that_has_a_slope(name):
    row = ROWS[name]
    for point in row.samples:
        if point in row.kinks or not any(abs(d) > 1e-6 for d in row.local(point, row(*point))):
            continue
        texts = [f"-({text})" for text in row.partial_texts]
        wrong_row = ops.row(f"wrong {name}", row.formula_text, *texts, domain=row.domain, limit=row.limit_text)
        assert gradcheck(wrong_row, list(point), raise_exception=False) is False
        return


@pytest.mark.parametrize("error", [1e-5, 1e-6, 3e-7])
def test_a_relative_error_above_the_tolerance_is_found(error):
    wrong_row = ops.row("wrong", "math.sin(x)", f"cos(x) * {1 + error!r}")
    assert gradcheck(wrong_row, 0.7, raise_exception=False) is False
    assert gradcheck(wrong_row, 0.7, rtol=10 * error)


def test_an_argument_that_is_not_used_has_the_slope_zero():
    assert gradcheck(lambda x, y: x * x, [1.5, 2.5])


@pytest.mark.parametrize("constant", [3.0, 3, Value(3.0, requires_grad=False)], ids=["float", "int", "Value"])
def test_a_constant_function_passes(constant):
    assert gradcheck(lambda x: constant, 1.5)
    assert gradgradcheck(lambda x: constant, 1.5)


def test_every_wrong_argument_is_named_by_its_number():
    rows = [ops.row("f", "x * y", *slopes) for slopes in (("2.0 * y", "x"), ("y", "2.0 * x"))]
    for k, wrong_row in enumerate(rows):
        with pytest.raises(GradcheckError, match=f"argument {k}, at"):
            gradcheck(wrong_row, [2.0, 3.0])


def test_no_grad_attribute_changes_during_a_check():
    w = Value(5.0)
    w.grad = 7.0
    assert gradcheck(lambda x: w * x * x, 1.5)
    assert w.grad == 7.0


def test_a_function_with_a_value_of_a_closure_can_be_checked_in_second_order():
    w = Value(5.0)
    assert gradgradcheck(lambda x: w * x**3, 1.5)


# -- second order ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, point",
    [(name, x) for name, row in ROWS.items() for x in row.samples if x not in row.kinks and row.arity in (1, 2)],
    ids=lambda x: x if isinstance(x, str) else repr(x),
)
def test_every_row_passes_the_second_check(name, point):
    assert gradgradcheck(ROWS[name], list(point), rtol=1e-6)


@pytest.mark.parametrize(
    "name", [name for name, row in ROWS.items() if row.define and row.samples[-1] not in row.kinks]
)
def test_every_fused_row_passes_the_second_check(name):
    assert gradgradcheck(ROWS[name], list(ROWS[name].samples[-1]), rtol=1e-6)


def test_a_wrong_second_derivative_is_found_by_the_second_check_alone():
    second = ops.row("second", "2.0 * x", "3.0")
    first = primitive(lambda x, out: second(x))(lambda x: x * x)
    assert gradcheck(first, 1.5)
    with pytest.raises(GradcheckError, match=r"argument 0, at \[1\.5\]: expected (2\.0|1\.99)\d*, got 3\.0$"):
        gradgradcheck(first, 1.5)
    assert gradgradcheck(first, 1.5, raise_exception=False) is False


def test_the_report_of_the_second_check_names_component_argument_and_function():
    second = ops.row("second", "x * y", "y", "2.0 * x")

    @primitive(lambda x, y, out: second(x, y), lambda x, y, out: x * x / 2)
    def half(x, y):
        return x * x * y / 2

    with pytest.raises(GradcheckError, match=r"d/dx0 of half.*argument 1, at \[1\.5, 2\.5\]: expected .*, got 3\.0$"):
        gradgradcheck(half, [1.5, 2.5])


def test_the_second_check_looks_at_every_pair_of_arguments():
    assert gradgradcheck(lambda x, y, z: x * y * z + autograd.sin(x * y), [0.3, -0.7, 1.1])
    assert gradgradcheck(lambda *v: autograd.logsumexp(v) * v[0], [0.3, -0.7, 1.1])


def test_the_second_check_passes_options_on():
    with pytest.raises(ValueError, match="side must be None, 'right' or 'left', got 'up'"):
        gradgradcheck(autograd.tanh, 0.5, side="up")
    assert gradgradcheck(autograd.tanh, 0.5, rtol=1e-5, atol=1e-8)


def test_own_operations_checkpoints_and_compiled_functions_are_checked_by_the_same_call():
    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 3 * ctx.saved_values[0] ** 2

    cube = primitive(lambda x, out: 3 * x**2)(lambda x: x**3)
    for f in (Cube.apply, cube, checkpoint(lambda x: x**3), autograd.compile(lambda x: x**3)):
        assert gradcheck(f, 1.3) and gradgradcheck(f, 1.3)


# -- one side ----------------------------------------------------------------------------------------------------------

KINKS = {
    "abs": (autograd.abs, 0.0, -1.0, 1.0),
    "relu": (autograd.relu, 0.0, 0.0, 1.0),
    "clip below": (lambda x: autograd.clip(x, -1.0, 1.0), -1.0, 0.0, 1.0),
    "clip above": (lambda x: autograd.clip(x, -1.0, 1.0), 1.0, 1.0, 0.0),
    "maximum": (lambda x: autograd.maximum(2 * x, x), 0.0, 1.0, 2.0),
    "max": (lambda x: autograd.max([x, 0.0]), 0.0, 0.0, 1.0),
    "where": (lambda x: autograd.where(autograd.positive(x), x**2 + x, x), 0.0, 1.0, 1.0),
}


def with_slope(f, slope):
    """Return f with another derivative."""
    return primitive(lambda x, out: slope)(lambda x: f(Value(x)).data)


@pytest.mark.parametrize("f, x, left, right", KINKS.values(), ids=KINKS)
def test_at_a_kink_one_side_can_be_asked_for(f, x, left, right):
    for side, slope in (("left", left), ("right", right)):
        assert gradcheck(with_slope(f, slope), x, side=side)
        assert gradcheck(with_slope(f, slope + 0.5), x, side=side, raise_exception=False) is False


@pytest.mark.parametrize("f, x, left, right", KINKS.values(), ids=KINKS)
def test_at_a_kink_both_sides_together_pass_only_where_they_agree(f, x, left, right):
    assert gradcheck(with_slope(f, left), x, raise_exception=False) is (left == right)


def test_one_side_works_away_from_kinks_too():
    for side in ("left", "right"):
        assert gradcheck(autograd.tanh, 0.5, side=side)
        assert gradcheck(lambda x, y: x * autograd.exp(y), [1.5, -0.5], side=side)


@pytest.mark.parametrize(
    "row, x, side", [(autograd.sqrt, 1e-9, "right"), (autograd.log, 1e-6, "right"), (autograd.asin, 0.999, "left")]
)
def test_one_side_near_the_end_of_a_domain(row, x, side):
    assert gradcheck(row, x, side=side)


@pytest.mark.parametrize("side", ["up", "", 1, True])
def test_another_side_is_refused(side):
    with pytest.raises(ValueError, match="gradcheck: side must be None, 'right' or 'left', got"):
        gradcheck(autograd.tanh, 0.5, side=side)


# -- what the checker itself refuses -----------------------------------------------------------------------------------


def test_an_error_of_the_function_at_the_point_comes_through():
    with pytest.raises(DomainError, match=r"log: x must be > 0, got -1\.0"):
        gradcheck(autograd.log, -1.0)


def test_a_point_where_no_difference_can_be_taken_does_not_pass_silently():
    def only_here(x):
        if (x.data if hasattr(x, "data") else x) != 1.0:
            raise DomainError("elsewhere")
        return x * 2

    with pytest.raises(GradcheckError):
        gradcheck(only_here, 1.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_at_a_point_that_is_not_finite_nothing_passes(value):
    with pytest.raises((GradcheckError, DomainError, ValueError)):
        gradcheck(lambda x: x * 2, value)


def test_no_arguments_are_nothing_to_check():
    assert gradcheck(lambda: Value(3.0), []) is True


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
def test_the_check_works_at_every_scale(scale):
    assert gradcheck(lambda x: x * x / scale, 3.0 * scale)
    off = ops.row("off", f"x * x / {scale!r}", f"2.002 * x / {scale!r}")
    assert not gradcheck(off, 3.0 * scale, raise_exception=False)


@pytest.mark.parametrize("slope", [1e-4, 1e-12, 1e-30])
def test_a_small_derivative_that_is_wholly_wrong_is_found_with_atol_zero(slope):
    # the absolute tolerance of HIPS lets tiny derivatives be 100 % wrong
    assert gradcheck(ops.row("off", f"{slope!r} * x", f"{2 * slope!r}"), 1.5, atol=0.0, raise_exception=False) is False
    assert gradcheck(ops.row("right", f"{slope!r} * x", f"{slope!r}"), 1.5, atol=0.0)


def test_without_tolerances_an_exact_derivative_still_passes():
    assert gradcheck(lambda x: 3.0, 1.5, rtol=0.0, atol=0.0)


def square_by_closure(slope):
    """Return x * x with micrograd's way of saying the derivative."""

    def square(x):
        out = Value(x.data**2, (x,), "square")

        def backward():
            x.grad += slope * x.data * out.grad

        out._backward = backward
        return out

    return square


def test_an_operation_by_a_closure_is_checked_in_reverse_mode():
    # it only pushes: it has no forward mode
    assert gradcheck(square_by_closure(2), 1.5)
    with pytest.raises(GradcheckError, match=r"^square \(reverse mode\), argument 0, at .*: expected .*, got 4\.5"):
        gradcheck(square_by_closure(3), 1.5)


def test_the_difference_follows_the_argument_and_the_function():
    # both a step that fits the argument and one that fits the function are tried
    assert gradcheck(lambda x: autograd.log(x) * 1e-3, 1e-12)
    assert gradcheck(lambda x: autograd.sin(x) + 1000.0, 1e-12)
    assert gradcheck(lambda x: autograd.exp(x), 1e-300)
    assert gradcheck(lambda x: autograd.sin(1e3 * x), 0.5)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_point_that_is_not_finite_is_refused(x):
    with pytest.raises(ValueError, match=r"gradcheck: x\[1\] must be finite"):
        gradcheck(lambda a, b: a * b, [1.0, x])
