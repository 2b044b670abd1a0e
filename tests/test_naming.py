"""Values and operations are called what a reader would write."""

import pytest

from autograd import Value
from viz.naming import formula, names_of
from viz.trace import trace


@pytest.mark.parametrize(
    "op, operands, text",
    [
        ("+", ["a", "b"], "a + b"),
        ("-", ["a", "b"], "a - b"),
        ("+", ["a", "b", "c"], "a + b + c"),
        ("**", ["a", "b"], "a ** b"),
        ("**-1", ["a"], "a**-1"),
        ("neg", ["a"], "-a"),
        ("ReLU", ["a"], "ReLU(a)"),
        ("atan2", ["a", "b"], "atan2(a, b)"),
        ("+", ["a"], "+(a)"),
        ("", ["a"], "(a)"),
    ],
)
def test_an_operation_is_written_as_in_a_formula(op, operands, text):
    assert formula(op, operands) == text


def test_a_value_is_called_by_its_label_its_number_or_its_place():
    graph = trace(Value(2.0, label="x") * Value(3.0) + 0.5)
    assert list(names_of(graph, {}).values()) == ["x", "v1", "v2", "0.5000", "v4"]


def test_a_given_name_goes_before_the_label_and_is_whole():
    w, x = Value(2.0, label="old"), Value(3.0, label="x")
    assert list(names_of(trace(w * x), {w: "layers.0.w.1"}).values()) == ["layers.0.w.1", "x", "v2"]


def test_names_that_differ_at_their_ends_stay_different():
    model = "encoder.blocks.10.layers.0.neurons.15.w."
    graph = trace(Value(1.0) * Value(2.0))
    names = names_of(graph, {v: f"{model}{i}" for i, v in enumerate(graph.nodes)})
    assert list(names.values()) == [f"{model}{i}" for i in range(3)]
