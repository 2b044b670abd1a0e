"""The checker itself: right gradients pass, wrong ones are reported with everything needed to find the fault."""

import math

import pytest

import autograd
from autograd import Value, gradcheck, ops
from autograd.errors import GradcheckError, GraphError


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
