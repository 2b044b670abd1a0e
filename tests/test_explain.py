"""The table of the chain rule has one line per edge, and its numbers are those of backward."""

import pytest

import autograd
from autograd import Value
from autograd.errors import StaleGraphError
from viz import explain
from viz.explain import BEFORE_BACKWARD
from viz.flow import flows
from viz.trace import trace


def neuron():
    w, x, b = Value(-3.0, label="w"), Value(2.0, label="x"), Value(6.5, label="b")
    out = (w * x + b).tanh()
    out.label = "out"
    return out


def test_there_is_one_line_per_edge_from_the_output_back():
    out = neuron()
    out.backward()
    table = explain(out)
    assert [(step.operation, step.into) for step in table.steps] == [
        ("out = tanh(v4)", "v4"),
        ("v4 = v2 + b", "v2"),
        ("v4 = v2 + b", "b"),
        ("v2 = w * x", "w"),
        ("v2 = w * x", "x"),
    ]


def test_a_line_is_local_derivative_times_adjoint():
    w, x = Value(-3.0, label="w"), Value(2.0, label="x")
    product = w * x
    (product * 10).backward()
    assert [step[2:] for step in explain(product).steps] == [("2", "10", "20"), ("-3", "10", "-30")]


def test_a_value_used_twice_gets_a_line_that_adds_up():
    x = Value(3.0, label="x")
    y = x * x + x
    y.backward()
    assert explain(y).sums == ("grad of x: 1 + 3 + 3 = 7",)


def test_what_earlier_passes_left_in_a_leaf_is_said():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    y.backward()
    assert explain(y).sums == ("grad of x: 3 + 3 = 6; with earlier passes 12",)


def test_before_backward_the_adjoints_are_left_out_and_it_says_what_to_do():
    table = explain(neuron())
    assert {(step.adjoint, step.adds) for step in table.steps} == {("", "")}
    assert str(table).endswith(BEFORE_BACKWARD)


def test_a_constant_receives_nothing():
    y = Value(3.0, label="x") * 2
    y.backward()
    assert explain(y).steps[1] == ("v2 = x * 2", "2", "3", "1", "nothing")


def test_fused_nodes_are_opened_or_kept_on_request():
    a = Value(2.0, label="a")
    node = autograd.dot([a, a], [a, a])
    assert len(explain(node).steps) == len(flows(trace(node).edges)) == 6
    assert explain(node, fused=True).steps[0].operation == "v1 = dot(a, a, a, a)"


def test_an_operation_defined_by_hand_says_so():
    x = Value(2.0, label="x")
    assert explain(Value(8.0, (x,), "cube")).steps[0].local == "by hand"


def test_a_stale_graph_is_refused():
    x = Value(2.0, label="x")
    y = x * x
    x.data = 5.0
    with pytest.raises(StaleGraphError):
        explain(y)


def test_the_text_is_a_table_and_so_is_the_html():
    out = neuron()
    out.backward()
    table = explain(out)
    lines = str(table).splitlines()
    assert lines[0].split("  ")[0] == "operation"
    assert len({line.find("v4 ") for line in lines[1:2]}) == 1
    assert repr(table) == str(table)
    assert table._repr_html_().count("<tr>") == 6


def test_a_leaf_alone_has_no_edges():
    assert explain(Value(1.0)).steps == ()


def test_given_names_stand_in_the_formulas_and_in_the_sums():
    w = Value(3.0)
    y = w * w
    y.backward()
    table = explain(y, names={"layers.0.w": w})
    assert table.steps[0][:2] == ("v1 = layers.0.w * layers.0.w", "layers.0.w")
    assert table.sums == ("grad of layers.0.w: 3 + 3 = 6",)
