"""An expression computes what Python would, on Values."""

import math

import pytest

from autograd.errors import DivisionByZeroError, DomainError, FloatOverflowError
from viz.errors import ExpressionError
from viz.expression import parse_expression, parse_values

X, Y = 0.75, 1.25
RESULTS = {
    "x": X,
    "2": 2.0,
    "x + y - 1": X + Y - 1,
    "-x * y / 2": -X * Y / 2,
    "+x": X,
    "x**2": X**2,
    "x**y": X**Y,
    "2**x": 2**X,
    "x**-0.5": X**-0.5,
    "-x**2": -(X**2),
    "2*3 + x": 6 + X,
    "2 - 3 - 4": -5.0,
    "2**3**2": 512.0,
    "pow(x, 2)": X**2,
    "tanh(x)": math.tanh(X),
    "tanh(0.5)": math.tanh(0.5),
    "exp(log(x))": X,
    "atan2(x, y)": math.atan2(X, Y),
    "where(x - 1, x, y)": X,
    "clip(x, 0, 0.5)": 0.5,
    "sum(x, y, 1)": X + Y + 1,
    "sum([x, y, 1])": X + Y + 1,
    "sum([])": 0.0,
    "mean(x, y)": (X + Y) / 2,
    "max(x, y, 1)": Y,
    "min([x])": X,
    "dot([x, y], [2, 3])": 2 * X + 3 * Y,
    "neuron([x], [y], 1)": 1 + X * Y,
    "neuron((x,), (y,))": X * Y,
    "cross_entropy([x, x], 1)": math.log(2),
    "  x  ": X,
}


@pytest.mark.parametrize("text", RESULTS)
def test_an_expression_has_the_value_that_python_gives(text):
    expression = parse_expression(text)
    root, _ = expression.evaluate({name: value for name, value in [("x", X), ("y", Y)] if name in expression.names})
    assert root.data == pytest.approx(RESULTS[text], rel=1e-15)


def test_the_leaves_are_named_and_receive_their_gradients():
    root, leaves = parse_expression("w*x + w").evaluate({"w": 2.0, "x": 3.0})
    root.backward()
    assert {name: (v.label, v.grad) for name, v in leaves.items()} == {"w": ("w", 4.0), "x": ("x", 2.0)}


def test_a_whole_exponent_is_drawn_as_one():
    root, _ = parse_expression("x**2").evaluate({"x": 3.0})
    assert root._op == "**2"


def test_names_stand_in_the_order_of_appearance():
    assert parse_expression("b + w*x + b").names == ("b", "w", "x")


def test_a_name_may_be_that_of_a_function():
    root, _ = parse_expression("tanh(tanh)").evaluate({"tanh": 0.5})
    assert root.data == math.tanh(0.5)


def test_missing_values_are_named():
    with pytest.raises(ExpressionError, match=r"no value for w, b: give w=1\.5 b=1\.5"):
        parse_expression("w*x + b").evaluate({"x": 1.0})


def test_a_value_that_is_not_used_is_named():
    with pytest.raises(ExpressionError, match="q is not in the expression; its names: x"):
        parse_expression("x").evaluate({"x": 1.0, "q": 2.0})


@pytest.mark.parametrize(
    "text, error",
    [
        ("9**9**9", FloatOverflowError),
        ("9.0**9**9", FloatOverflowError),
        ("1/0", DivisionByZeroError),
        ("x/(x - x)", DivisionByZeroError),
        ("(-8)**(1/3)", DomainError),
        ("log(-x)", DomainError),
        ("exp(1000)", FloatOverflowError),
        ("cross_entropy([x, x], 2)", ValueError),
        ("cross_entropy([x, x], 0.5)", ExpressionError),
        ("cross_entropy([x, x], x)", ExpressionError),
    ],
)
def test_what_cannot_be_computed_is_refused_by_the_engine(text, error):
    expression = parse_expression(text)
    with pytest.raises(error):
        expression.evaluate(dict.fromkeys(expression.names, 2.0))


@pytest.mark.parametrize("text, value", [("w=-3", -3.0), ("w = 2.5e-3", 0.0025), ("w=.5", 0.5), ("w=1.", 1.0)])
def test_an_assignment_is_a_name_and_a_number(text, value):
    assert parse_values([text]) == {"w": value}


@pytest.mark.parametrize("text", ["w", "=3", "w=", "w=nan", "w=inf", "w=0x10", "w=1_0", "1=2", "w=x", "w=1=2", "a b=1"])
def test_anything_else_is_refused_with_the_form(text):
    with pytest.raises(ExpressionError, match=r"is not name=number, as in w=-3"):
        parse_values([text])


def test_a_name_given_twice_is_refused():
    with pytest.raises(ExpressionError, match="w is given twice"):
        parse_values(["w=1", "w=2"])


def test_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(ExpressionError, match="too large for a float"):
        parse_values(["w=1e999"])
