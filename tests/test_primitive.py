"""The row by itself: it computes on numbers and hands itself to whatever takes over."""

import fractions
import math
from typing import ClassVar

import numpy as np
import pytest

import autograd
from autograd import Value, ops
from autograd.errors import AutogradError, DivisionByZeroError, DomainError, FloatOverflowError
from autograd.primitive import IEEE, Operand, describe, number


class Tracer(Operand):
    """Take over and remember what came."""

    priority = 100
    seen: ClassVar[list] = []

    @classmethod
    def apply(cls, row, args):
        cls.seen.append((row, args))
        return "taken"


class Louder(Tracer):
    priority = 200


# -- calling a row -----------------------------------------------------------------------------------------------------


def test_on_numbers_a_row_returns_a_float():
    assert type(autograd.tanh(0.5)) is float
    assert autograd.tanh(0.5) == math.tanh(0.5)
    assert type(ops.add(1, 2)) is float
    assert ops.mul(fractions.Fraction(1, 2), np.float32(3)) == 1.5


def test_on_values_a_row_records_a_node():
    x = Value(0.5)
    y = autograd.tanh(x)
    assert (type(y), y.row, y.parents) == (Value, autograd.tanh, (x,))


def test_whatever_takes_over_receives_the_row_and_all_operands():
    t = Tracer()
    Tracer.seen.clear()
    assert ops.mul(2.0, t) == "taken"
    row, args = Tracer.seen.pop()
    assert row is ops.mul and list(args) == [2.0, t]


def test_the_highest_priority_takes_over_wherever_it_stands():
    Tracer.seen.clear()
    x, t, louder = Value(1.0), Tracer(), Louder()
    for args in ((x, t), (t, x), (t, louder), (louder, t), (x, louder)):
        assert ops.add(*args) == "taken"
    assert len(Tracer.seen) == 5


@pytest.mark.parametrize(
    "operate", [lambda v, t: v * t, lambda v, t: t + v, lambda v, t: v - t, lambda v, t: v / t, lambda v, t: v**t]
)
def test_operators_of_a_value_give_way_to_what_takes_over(operate):
    class Dual(Tracer):
        __radd__ = __add__ = lambda self, other: ops.add(self, other)

    assert operate(Value(1.0), Dual()) == "taken"


def test_an_operand_that_takes_nothing_over_says_so():
    with pytest.raises(NotImplementedError, match="Operand cannot take over tanh"):
        autograd.tanh(Operand())


def test_a_row_shows_its_name():
    assert repr(ops.add) == "<row add>"
    assert repr(ops.power(3)) == "<row power(3)>"


# -- a row of one's own ------------------------------------------------------------------------------------------------


def cube():
    return ops.row("cube", "x * x * x", "3.0 * x * x", samples=((2.0,),), domain="x finite")


def test_an_operation_is_added_by_one_row():
    row, x = cube(), Value(2.0)
    y = row(x * 1.0)
    y.backward()
    assert (y.data, x.grad, row(3)) == (8.0, 12.0, 27.0)
    assert autograd.gradcheck(row, 0.7)


def test_a_row_of_ones_own_may_use_other_rows_in_its_derivative():
    row = ops.row("log_cosh", "math.log(math.cosh(x))", "tanh(x)", samples=((0.5,),))
    assert autograd.gradcheck(row, 0.7)


def test_a_local_derivative_that_raises_is_evaluated_under_ieee():
    row = ops.row("root", "math.sqrt(x)", "0.5 / out", samples=((1.0,),))
    assert list(row.local((0.0,), 0.0)) == [math.inf]
    x = Value(0.0)
    row(x).backward()
    assert x.grad == math.inf


def test_a_row_that_selects_sends_nothing_into_the_branch_not_taken():
    first = ops.row("first", "x", "1.0", "0.0", selects=True, samples=((1.0, 2.0),))
    x, y = Value(1.0), Value(2.0)
    out = first(x, y)
    first.push(out, math.inf)
    assert (x.grad, y.grad) == (math.inf, 0.0)


@pytest.mark.parametrize(
    "formula, at, error, message",
    [
        ("math.log(x)", -1.0, DomainError, "mine: x must be > 0, got -1.0"),
        ("1.0 / x", 0.0, DivisionByZeroError, "division by zero: mine(0.0)"),
        ("math.exp(x)", 1e3, FloatOverflowError, "mine(1000.0) overflows"),
    ],
)
def test_what_a_formula_raises_becomes_a_sentence(formula, at, error, message):
    row = ops.row("mine", formula, "1.0", domain="x > 0", limit="-7.0")
    with pytest.raises(error) as caught:
        row(at)
    assert str(caught.value) == message
    assert isinstance(caught.value, AutogradError)
    with autograd.ieee():
        assert row(at) == row(Value(at)).data == -7.0


def test_an_error_names_labels_beside_numbers():
    with pytest.raises(DomainError, match=r"log: x must be > 0, got -1\.0 \('p'\)"):
        autograd.log(Value(-1.0, label="p"))


def test_a_type_error_in_a_formula_is_not_hidden():
    row = ops.row("mine", "x + None", "1.0")
    with pytest.raises(TypeError):
        row(1.0)


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "x", [2, 2.0, fractions.Fraction(2), np.int8(2), np.float32(2)], ids=lambda x: type(x).__name__
)
def test_a_real_number_becomes_a_float(x):
    assert (number(x, "x"), type(number(x, "x"))) == (2.0, float)


@pytest.mark.parametrize("x", ["2", None, True, 1j, [2], b"2", float], ids=repr)
def test_anything_else_is_refused_with_its_role(x):
    with pytest.raises(TypeError, match=r"^my role must be a real number, got "):
        number(x, "my role")


def test_a_description_says_what_to_do():
    assert describe("x") == "str"
    assert "use float(x)" in describe(True)
    assert "x.detach()" in describe(Value(1.0))
    assert describe(np.zeros((2, 3))).startswith("array of shape (2, 3)")


# -- IEEE floats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row, at", [(ops.log, -1.0), (ops.asin, 2.0), (ops.sin, math.inf), (ops.sqrt, -4.0)])
def test_a_row_on_an_ieee_float_gives_its_limit(row, at):
    got = row(IEEE(at))
    assert type(got) is IEEE and got != got


def test_an_ieee_float_is_a_float():
    assert isinstance(IEEE(1.5), float)
    assert IEEE(1.5) + 1 == 2.5
    assert type(ops.where(IEEE(1.0), 2.0, IEEE(3.0))) is IEEE
