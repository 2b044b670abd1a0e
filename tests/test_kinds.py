"""Inputs, parameters, constants and outputs are told apart, and names group them into modules."""

import pytest

import autograd
from autograd import Value
from viz.kinds import Roles
from viz.trace import trace


def neuron():
    w, x, b = Value(1.0, label="w"), Value(2.0, label="x"), Value(3.0, label="b")
    return w, x, b, (w * x + b).tanh()


def test_without_names_every_leaf_that_requires_a_gradient_is_a_parameter():
    w, x, b, out = neuron()
    roles = Roles(trace(out))
    assert [roles.kind(v) for v in (w, x, b, out)] == ["parameter"] * 3 + ["output"]


def test_inputs_say_which_leaves_are_not_parameters():
    w, x, b, out = neuron()
    roles = Roles(trace(out), inputs=[x])
    assert [roles.kind(v) for v in (w, x, b)] == ["parameter", "input", "parameter"]


def test_with_names_the_named_values_are_the_parameters():
    w, x, b, out = neuron()
    roles = Roles(trace(out), names={"w": w, "b": b})
    assert [roles.kind(v) for v in (w, x, b)] == ["parameter", "input", "parameter"]


def test_a_plain_number_is_a_constant_and_a_labelled_one_an_input():
    x = Value(2.0, requires_grad=False, label="x")
    out = x * 3
    roles = Roles(trace(out))
    assert [roles.kind(v) for v in trace(out).nodes] == ["input", "constant", "output"]


def test_values_between_are_neither_inputs_nor_outputs():
    _, _, _, out = neuron()
    graph = trace(out)
    assert [Roles(graph).kind(v) for v in graph.nodes if v.parents] == ["value", "value", "output"]


@pytest.mark.parametrize(
    "name, module, short",
    [
        ("w", (), "w"),
        ("layers.1.neurons.0.w.2", ("layers.1", "neurons.0"), "w.2"),
        ("0.weight.0.1", ("0",), "weight.0.1"),
        ("", (), ""),
        ("..", (), ".."),
        ("a.b", ("a",), "b"),
    ],
)
def test_a_dotted_name_is_split_into_module_and_short_name(name, module, short):
    v = Value(1.0, label="label")
    roles = Roles(trace(v), names=[(name, v)])
    assert (roles.group[v], roles.name(v)) == (module, short)


def test_an_operation_belongs_to_the_module_of_its_parameters():
    (w, _x, b, out), target = neuron(), Value(1.0, label="t")
    loss = out - target
    graph = trace(loss)
    roles = Roles(graph, names={"layer.w": w, "layer.b": b})
    groups = {v._op: roles.group[v] for v in graph.nodes if v.parents}
    assert groups == {"*": ("layer",), "+": ("layer",), "tanh": ("layer",), "-": ()}


def test_two_fused_layers_are_two_groups():
    w, v, x = Value(1.0), Value(2.0), Value(3.0)
    graph = trace(autograd.dot([v, v], [autograd.dot([w, w], [x, x])] * 2))
    roles = Roles(graph, names={"one.w": w, "two.w": v})
    assert {roles.group[node] for node in graph.nodes if node.parents} == {("one",), ("two",)}


def test_the_first_of_two_names_counts():
    v = Value(1.0)
    assert Roles(trace(v), names=[("a.w", v), ("b.w", v)]).group[v] == ("a",)


def test_a_name_of_ten_thousand_steps_makes_no_ten_thousand_boxes():
    v = Value(1.0)
    assert len(Roles(trace(v), names={".".join("a" * 10_000): v}).group[v]) < 20


@pytest.mark.parametrize("names", [[(1, Value(1.0))], {"w": 1.0}, [("w", None)]])
def test_names_that_are_no_pairs_of_text_and_value_are_refused(names):
    with pytest.raises(TypeError, match="names must"):
        Roles(trace(Value(1.0)), names=names)


def test_inputs_must_be_values():
    with pytest.raises(TypeError, match="inputs must hold Values"):
        Roles(trace(Value(1.0)), inputs=["x"])
