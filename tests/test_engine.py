"""The node: what a Value holds, what it refuses, and micrograd's names for it."""

import math
import operator

import pytest

import autograd
from autograd import Value
from autograd.errors import GraphError


def test_a_new_value_has_a_float_a_zero_gradient_and_no_parents():
    x = Value(3)
    assert (x.data, x.grad, x.parents, x.label, x._op) == (3.0, 0.0, (), "", "")
    assert type(x.data) is type(x.grad) is float
    assert x.requires_grad is True


def test_a_result_remembers_its_operands_in_order():
    x, y = Value(3.0), Value(4.0)
    assert (x - y).parents == (x, y)
    assert (y - x).parents == (y, x)


def test_a_repeated_operand_is_two_edges():
    # FAULTS B9
    x = Value(3.0)
    assert (x * x).parents == (x, x)
    assert len((x + x).local_gradients) == 2


def test_parents_cannot_be_changed():
    y = Value(2.0) * 3
    assert type(y.parents) is tuple
    with pytest.raises(AttributeError):
        y.parents = ()


def test_local_gradients_tell_the_whole_lesson():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    z.grad = 1.0
    for p, d in zip(z.parents, z.local_gradients, strict=True):
        p.grad += d() * z.grad
    assert (x.grad, y.grad) == (5.0, 2.0)


def test_local_gradients_of_a_leaf_are_none():
    assert Value(2.0).local_gradients == ()


def test_local_gradients_are_closures_of_no_argument_that_can_be_asked_again():
    gradients = (Value(2.0) ** 3).local_gradients
    assert [d() for d in gradients] == [d() for d in gradients] == [12.0]


def test_item_is_the_number():
    assert Value(2.5).item() == 2.5
    assert type(Value(2).item()) is float


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute", ["Grad", "dta", "value", "_grad", "__dict__"])
def test_a_misspelt_attribute_is_refused(attribute):
    # FAULTS M4
    with pytest.raises(AttributeError):
        setattr(Value(1.0), attribute, 3.0)


def test_an_augmented_assignment_makes_a_new_value():
    # FAULTS M3
    a = b = Value(1.0)
    a += 1
    assert b is not a
    assert (a.data, b.data, a.parents[0]) == (2.0, 1.0, b)


@pytest.mark.parametrize("method", ["__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__"])
def test_there_is_no_operation_in_place(method):
    # FAULTS M3
    assert not hasattr(Value, method)


@pytest.mark.parametrize("data", ["3", None, True, 1j, [1.0], Value(1.0)], ids=repr)
def test_what_may_not_enter_may_not_be_written_either(data):
    # FAULTS M5
    x = Value(1.0)
    with pytest.raises(TypeError, match="Value data must be a real number, got"):
        x.data = data
    assert x.data == 1.0


@pytest.mark.parametrize("data", [2, 2.5, -0.0, math.inf])
def test_a_written_number_is_stored_as_a_float(data):
    # FAULTS M5
    x = Value(1.0)
    x.data = data
    assert repr(x.data) == repr(float(data))


def test_a_gradient_that_is_no_number_loses_nothing():
    x, y = Value(2.0), Value(3.0)
    z = x * y
    x.grad, y.grad = "wrong", 0.5
    with pytest.raises(GraphError, match=r"the grad of a leaf is not a number: set it to 0\.0"):
        z.backward()
    assert (x.grad, y.grad) == ("wrong", 0.5)


# -- printing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [0.1, 1e-300, 5e-324, -0.0, 1 / 3, 1.7976931348623157e308])
def test_the_number_can_be_read_back_from_the_repr(data):
    # FAULTS D7
    text = repr(Value(data))
    assert text == f"Value(data={data!r}, grad=0.0)"
    assert repr(float(text[11:].split(",")[0])) == repr(data)


def test_a_label_is_shown():
    assert repr(Value(2.0, label="x")) == "Value(data=2.0, grad=0.0, label='x')"
    assert str(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_the_repr_of_a_deep_graph_is_short():
    # FAULTS D7
    y = Value(1.0)
    for _ in range(5000):
        y = y + 1
    assert repr(y) == "Value(data=5001.0, grad=0.0)"


def test_a_format_is_the_numbers():
    # FAULTS T13
    x = Value(3.14159)
    assert (f"{x:.2f}", f"{x:>8.1f}", f"{x}") == ("3.14", "     3.1", repr(x))


# -- identity and order ------------------------------------------------------------------------------------------------


def test_equality_is_identity():
    # FAULTS B11
    a, b = Value(2.0), Value(2.0)
    assert a == a and a != b and (a == 2.0) is False
    assert a in [b, a] and a not in [b]


def test_equal_numbers_are_two_members_of_a_set():
    # FAULTS B11
    nan = math.nan
    assert len({Value(2.0), Value(2.0)}) == len({Value(nan), Value(nan)}) == 2


def test_equal_leaves_receive_their_own_gradients():
    # FAULTS B11: leaves merged by value would get 0, 0
    a, b = Value(2.0), Value(2.0)
    (a * 3 + b * 5).backward()
    assert (a.grad, b.grad) == (3.0, 5.0)


def test_a_value_stays_in_a_dictionary_while_its_number_changes():
    # FAULTS B11
    x = Value(2.0)
    names = {x: "x"}
    x.data = 3.0
    assert names[x] == "x"


def test_comparisons_compare_numbers_and_give_bool():
    a, b = Value(1.0), Value(2.0)
    assert (a < b, a <= b, a > b, a >= b) == (True, True, False, False)
    assert (a < 2, a < 2, a >= 1, a >= 1.0, a > 1) == (True, True, True, True, False)
    assert type(a < b) is bool


def test_comparisons_with_nan_are_false():
    a, nan = Value(1.0), Value(math.nan)
    assert not any((a < nan, a <= nan, a > nan, a >= nan, nan < a, nan <= nan))


def test_values_can_be_sorted_and_the_builtin_max_finds_one():
    values = [Value(3.0), Value(1.0), Value(2.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[0]


@pytest.mark.parametrize("other", ["1", None, [1], True], ids=repr)
def test_a_comparison_with_something_foreign_is_a_type_error(other):
    with pytest.raises(TypeError):
        operator.lt(Value(1.0), other)
    with pytest.raises(TypeError):
        operator.ge(other, Value(1.0))


# -- micrograd's protocol ----------------------------------------------------------------------------------------------


def test_micrograds_constructor_takes_children_operation_and_label_in_order():
    a, b = Value(2.0), Value(-3.0)
    c = Value(-6.0, (a, b), "*", "c")
    assert (c.data, c._prev, c._op, c.label) == (-6.0, (a, b), "*", "c")
    assert a._prev == ()


@pytest.mark.parametrize(
    "make, op",
    [
        (lambda x: x + 1, "+"),
        (lambda x: x * 2, "*"),
        (lambda x: x**2, "**2"),
        (lambda x: x**-1, "**-1"),
        (lambda x: x.relu(), "ReLU"),
        (lambda x: x.tanh(), "tanh"),
        (lambda x: x.exp(), "exp"),
        (lambda x: x, ""),
    ],
)
def test_the_operation_is_written_as_in_micrograd(make, op):
    assert make(Value(2.0))._op == op


def test_children_may_be_any_iterable_of_values():
    a, b = Value(1.0), Value(2.0)
    assert Value(3.0, [a, b], "+").parents == Value(3.0, iter((a, b)), "+").parents == (a, b)
    assert set(Value(3.0, {a, b}, "+").parents) == {a, b}


@pytest.mark.parametrize("children", [(1.0,), ("x",), (None,)], ids=repr)
def test_children_that_are_no_values_are_refused(children):
    with pytest.raises(TypeError, match="the children of a Value must be Values, got"):
        Value(3.0, children, "+")


def lecture():
    """Return the neuron of micrograd's lecture and its nodes by name."""
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    x1w1, x2w2 = x1 * w1, x2 * w2
    both = x1w1 + x2w2
    n = both + b
    return n.tanh(), n, both, x1w1, x2w2, (x1, x2, w1, w2, b)


def test_node_by_node_by_hand_as_the_lecture_does():
    o, n, both, x1w1, x2w2, leaves = lecture()
    o.grad = 1.0
    for node in (o, n, both, x1w1, x2w2):
        node._backward()
    by_hand = [leaf.grad for leaf in leaves]
    assert [round(g, 4) for g in by_hand] == [-1.5, 0.5, 1.0, 0.0, 0.5]
    for leaf in leaves:
        leaf.grad = 0.0
    o.backward()
    assert [leaf.grad for leaf in leaves] == by_hand


def test_the_topological_order_of_the_lecture_by_hand():
    o, *_, leaves = lecture()
    topo, visited = [], set()

    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build_topo(child)
            topo.append(v)

    build_topo(o)
    o.grad = 1.0
    for node in reversed(topo):
        node._backward()
    assert [round(leaf.grad, 4) for leaf in leaves] == [-1.5, 0.5, 1.0, 0.0, 0.5]


def test_calling_backward_of_a_leaf_by_hand_does_nothing():
    x = Value(2.0)
    x.grad = 1.0
    x._backward()
    assert x.grad == 1.0


def my_tanh(x):
    """Return tanh the way every micrograd tutorial defines an operation."""
    t = (math.exp(2 * x.data) - 1) / (math.exp(2 * x.data) + 1)
    out = Value(t, (x,), "tanh")

    def _backward():
        x.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def test_an_operation_defined_by_a_closure_is_walked_like_any_other():
    x, y = Value(0.5), Value(0.5)
    out = my_tanh(x * 2) * x
    (autograd.tanh(y * 2) * y).backward()
    for _ in range(2):
        out.backward()
    assert x.grad == pytest.approx(2 * y.grad, rel=1e-14)


def test_a_closure_can_be_called_by_hand():
    x = Value(0.5)
    out = my_tanh(x)
    out.grad = 1.0
    out._backward()
    assert x.grad == pytest.approx(1 - math.tanh(0.5) ** 2)


def test_a_closure_in_the_middle_receives_its_whole_adjoint():
    x = Value(0.5)
    middle = my_tanh(x)
    (middle * 3 + middle * middle).backward()
    t = math.tanh(0.5)
    assert x.grad == pytest.approx((3 + 2 * t) * (1 - t * t))


def test_assigning_backward_replaces_the_derivative_of_a_built_in_operation():
    x = Value(2.0)
    y = x * 3
    y._backward = lambda: setattr(x, "grad", x.grad + 100.0 * y.grad)
    y.backward()
    assert (x.grad, y._op) == (100.0, "*")


def test_a_node_without_a_derivative_says_what_to_assign():
    x = Value(2.0)
    with pytest.raises(GraphError, match=r"nothing says how to differentiate 'sq': assign out\._backward = closure"):
        Value(4.0, (x,), "sq").backward()
    assert x.grad == 0.0


def test_a_closure_has_no_local_gradients_and_says_so():
    with pytest.raises(GraphError, match="'tanh' is a closure: it has no local gradients"):
        [d() for d in my_tanh(Value(0.5)).local_gradients]


def test_a_closure_on_a_leaf_is_refused():
    with pytest.raises(GraphError, match="a leaf has no parents to push to"):
        Value(2.0)._backward = lambda: None


def test_a_label_can_be_given_afterwards():
    x = Value(2.0)
    x.label = "x"
    assert "label='x'" in repr(x)


def test_equal_numbers_compare_as_numbers_do():
    x, y = Value(3.0), Value(3.0)
    assert (x <= y, x >= y, x < y, x > y) == (True, True, False, False)
    assert (x <= 3, x >= 3, x < 3, x > 3) == (True, True, False, False)


def test_what_neither_side_knows_is_refused_by_python_on_either_side_of_a_value():
    class Thing:
        pass

    for meet in (lambda: Thing() - Value(1.0), lambda: Value(1.0) - Thing()):
        with pytest.raises(TypeError, match="unsupported operand type"):
            meet()


def test_no_method_of_a_function_of_numpys_takes_a_value():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"np\.add cannot see a Value's history"):
        numpy.add.outer(Value(1.0), 2.0)


def test_a_power_is_shown_with_the_exponent_that_was_written():
    x = Value(3.0)
    assert [(x**n)._op for n in (7, 7.0, 7)] == ["**7", "**7.0", "**7"]
    assert [autograd.ops.power(n).symbol for n in (11, 11.0)] == ["**11", "**11.0"]


@pytest.mark.parametrize("module", ["__main__", "array", "zoo"])
def test_a_class_that_knows_better_what_a_value_is_answers_itself(module):
    kind = type("Kind", (), {"__radd__": lambda self, v: ("added", v.data), "__module__": module})
    assert Value(2.0) + kind() == ("added", 2.0)


def test_the_neuron_that_is_written_out_is_described_as_its_row():
    assert autograd.neuron.__doc__ == autograd.ops.neuron.__doc__
