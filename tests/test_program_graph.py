"""From a graph of Values to a program and back: what is recorded, how inputs are named, and `simplify`."""

import random

import pytest
from random_programs import bits, random_program

import autograd
from autograd import Value, gradients, sin, tanh
from autograd.errors import AutogradError, DivisionByZeroError, GraphError, StaleGraphError
from autograd.graph import topological_order
from autograd.program import program, python_source, simplify


def number(x):
    return x.data if isinstance(x, Value) else x


# -- recording ---------------------------------------------------------------------------------------------------------


def test_inputs_and_outputs_may_be_structures():
    p = {"w": [Value(2.0, label="w")], "b": Value(3.0, label="b")}
    recorded = program({"s": p["w"][0] + p["b"], "t": (p["b"],)}, p)
    assert recorded.inputs == ("w", "b")
    assert recorded.evaluate([5.0, 7.0]) == [12.0, 7.0]


def test_leaves_that_are_no_inputs_enter_as_the_constants_they_hold():
    x, w = Value(2.0), Value(5.0)
    recorded = program(w * x, [x])
    w.data = 100.0
    assert recorded.evaluate([3.0]) == [15.0]


def test_an_interior_value_may_be_an_input():
    x = Value(2.0)
    h = x * x
    recorded = program(sin(h) * h, [h])
    assert len(recorded) == 2
    assert recorded.evaluate([0.5]) == [(sin(Value(0.5)) * 0.5).data]


def test_a_value_used_twice_is_one_equation():
    x = Value(2.0)
    h = x * x
    assert len(program(h * h + h, [x])) == 3


def test_outputs_share_their_equations():
    x = Value(2.0)
    h = sin(x)
    recorded = program([h * 2, h * 3, h], [x])
    assert [e.row.name for e in recorded.equations] == ["sin", "mul", "mul"]


def test_an_input_given_twice_is_one_variable_or_refused():
    x = Value(2.0)
    try:
        recorded = program(x * x, [x, x])
    except GraphError:
        return
    assert recorded.evaluate([3.0, 3.0]) == [9.0]


def test_a_gradient_is_a_program_like_any_other():
    # SEEDS S1-38: symbol to symbol
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    slope = gradients(tanh(w * x), w, create_graph=True)
    recorded = program(slope, [w, x])
    assert recorded.evaluate([0.5, -1.5])[0] == autograd.grad(lambda u: tanh(u * -1.5))(0.5)


def test_a_graph_of_a_hundred_thousand_nodes_becomes_a_program():
    x = Value(0.5)
    y = x
    for _ in range(100_000):
        y = -y
    assert len(program(y, [x])) == 100_000


def test_a_closure_has_no_formula_and_is_refused_by_name():
    x = Value(3.0)
    y = Value(9.0, (x,), "mine")
    with pytest.raises(GraphError, match="program: the operation 'mine' is a closure on numbers and has no formula"):
        program(y * 2, [x])


def test_a_closure_before_an_input_does_not_matter():
    x = Value(3.0)
    y = Value(9.0, (x,), "mine")
    assert program(y * 2, [y]).evaluate([5.0]) == [10.0]


@pytest.mark.parametrize("foreign", [3.0, None, "x"], ids=repr)
def test_what_is_no_value_is_refused(foreign):
    x = Value(3.0)
    with pytest.raises(GraphError, match="program: inputs and outputs must be Values, got"):
        program(foreign, [x])
    with pytest.raises(GraphError, match="program: inputs and outputs must be Values, got"):
        program(x * x, [x, foreign])


def test_recording_changes_no_grad_and_no_graph():
    x = Value(3.0)
    y = x * x
    x.grad, y.grad = 1.0, 2.0
    program(y, [x])
    assert (x.grad, y.grad, y.parents) == (1.0, 2.0, (x, x))


# -- names -------------------------------------------------------------------------------------------------------------

LABELS = {
    "plain": ("w", "x"),
    "none": ("", ""),
    "equal": ("x", "x"),
    "no identifiers": ("layers[0].w", "3x"),
    "a keyword": ("lambda", "x"),
    "names of constants": ("None", "True"),
    "the name the other would get": ("x1", ""),
    "and the other way round": ("", "x0"),
    "the name of the function": ("run", "run_"),
    "the name of a module": ("math", "math_"),
    "names of builtins": ("abs", "max"),
    "names of formulas": ("gaussian", "real_power"),
    "names of numbers": ("inf", "nan"),
    "names of rows": ("dot_row0", "dot"),
    "names of guarded rows": ("ieee_log", "log"),
    "a name that cannot be assigned": ("__debug__", "__name__"),
    "letters that equations use": ("a", "b"),
    "one identifier for Python": ("ﬁ", "fi"),
    "other alphabets": ("ж", "λ"),
    "spaces and quotes": ("a b", "'\"\n"),
    "soft keywords": ("match", "_"),
    "names of the source": ("ArithmeticError", "ValueError"),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_any_labels_make_usable_names(labels):
    x, y = (Value(v, label=label) for v, label in zip((2.0, 3.0), labels, strict=True))

    def f(x, y):
        h = autograd.dot([x, y], [y, x]) + autograd.erf(x) * x**2.5
        return h + autograd.log(x) + autograd.maximum(x, abs(y))

    outputs = [f(x, y), gradients(f(x, y), x, create_graph=True)]
    recorded = program(outputs, [x, y])
    expected = [v.data for v in outputs]
    names = recorded.names()
    assert len(set(names)) == len(names)
    assert python_source(recorded).function()(2.0, 3.0) == tuple(expected)


@pytest.mark.parametrize("labels", [("w", "x"), ("a", "b"), ("ж", "λ"), ("rate", "match"), ("print", "sum")])
def test_labels_that_are_usable_are_used(labels):
    x, y = (Value(2.0, label=label) for label in labels)
    assert program(x * y, [x, y]).inputs == labels


def test_the_first_of_two_equal_labels_is_kept():
    x, y = Value(2.0, label="x"), Value(3.0, label="x")
    assert program(x * y, [x, y]).inputs[0] == "x"


# -- simplify ----------------------------------------------------------------------------------------------------------


def size(value):
    return len(topological_order(value)[0])


def test_simplifying_removes_superfluous_operations():
    x = Value(3.0, label="x")
    plain = x * 1 + (x * 1) * 0.5 - 0.0
    short = simplify(plain)
    assert (size(plain), size(short)) == (5, 2)
    assert short.data == plain.data


def test_the_leaves_stay_the_same_values():
    x, y = Value(3.0), Value(4.0)
    short = simplify((x * 1) * y)
    assert short.parents == (x, y)
    short.backward()
    assert (x.grad, y.grad) == (4.0, 3.0)


def test_a_leaf_and_a_constant_are_simple_already():
    x, c = Value(3.0), Value(4.0, requires_grad=False)
    assert simplify(x) is x
    assert simplify(x * 1) is x
    assert (simplify(c).data, simplify(c).requires_grad) == (4.0, False)
    assert (simplify(c * 2).data, simplify(c * 2).parents) == (8.0, ())


def test_the_gradient_graph_of_a_neuron_becomes_short():
    # SEEDS S1-43
    w, x, b = Value(0.5), Value(2.0), Value(-1.0)
    slope = gradients(tanh(w * x + b), w, create_graph=True)
    short = simplify(slope)
    assert bits(short.data) == bits(slope.data)
    assert size(short) < size(slope)
    assert bits(gradients(short, w)) == bits(gradients(slope, w))


def test_simplified_random_graphs_keep_numbers_and_gradients_bit_for_bit():
    rng, compared = random.Random(3), 0
    for seed in range(300):
        leaves = [Value(rng.uniform(-3, 3)) for _ in range(3)]
        try:
            out = random_program(seed)(*leaves)
        except AutogradError:
            continue
        short = simplify(out)
        assert bits(short.data) == bits(out.data), seed
        assert size(short) <= size(out)
        for leaf in leaves:
            assert bits(gradients(short, leaf)) == bits(gradients(out, leaf)), seed
        compared += 1
    assert compared > 150


def test_simplified_gradient_graphs_keep_their_bits():
    rng, compared = random.Random(3), 0
    for seed in range(150):
        leaves = [Value(rng.uniform(-3, 3)) for _ in range(3)]
        try:
            out = random_program(seed, length=8)(*leaves)
        except AutogradError:
            continue
        slope = gradients(out, leaves[0], create_graph=True)
        if isinstance(slope, Value):
            assert bits(simplify(slope).data) == bits(slope.data), seed
            compared += 1
    assert compared > 50


def test_simplifying_changes_no_grad_and_leaves_the_graph_alone():
    x = Value(3.0)
    y = x * 1
    x.grad = 5.0
    simplify(y * y)
    assert (x.grad, y.parents[0]) == (5.0, x)


def test_a_stale_graph_is_simplified_at_its_new_numbers_or_refused():
    x = Value(3.0)
    y = (x * 1) * x
    x.data = 4.0
    try:
        assert simplify(y).data == 16.0
    except GraphError:
        return


def test_simplifying_what_now_raises_says_so():
    x = Value(3.0)
    y = 1 / x * 1
    x.data = 0.0
    with pytest.raises((DivisionByZeroError, GraphError)):
        simplify(y)


@pytest.mark.parametrize("foreign", [3.0, None, "x"], ids=repr)
def test_simplifying_what_is_no_value_is_refused(foreign):
    with pytest.raises((TypeError, GraphError), match="must be"):
        simplify(foreign)


def test_a_stale_graph_is_not_simplified_to_another_number():
    x = Value(3.0, label="x")
    y = x * x * 1
    x.data = 5.0
    with pytest.raises(StaleGraphError, match="'x' was overwritten"):
        simplify(y)
