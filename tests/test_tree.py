"""The tree in a terminal marks what is shared and ends, however large the graph is."""

import io

import pytest

import autograd
import nn
from autograd import Value
from viz import print_graph
from viz.tree import printable


def printed(root, **options):
    stream = io.StringIO()
    print_graph(root, file=stream, **options)
    return stream.getvalue().splitlines()


def test_a_shared_value_is_shown_whole_once_and_marked_where_it_returns():
    x = Value(3.0, label="x")
    square = x * x
    assert printed(square + square) == [
        "v2 = +  data 18  grad 0",
        "├── v1 = *  data 9  grad 0",
        "│   ├── x  data 3  grad 0",
        "│   └── x  ↑ shown above",
        "└── v1  ↑ shown above",
    ]


def test_operands_stand_in_their_order():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    assert [line[4:5] for line in printed(b - a)[1:]] == ["b", "a"]


def test_a_constant_is_its_number():
    assert printed(Value(1.0) + 0.5)[-1] == "└── 0.5000"


def test_fused_nodes_are_opened_unless_asked_otherwise():
    a = Value(1.0, label="a")
    node = autograd.dot([a, a], [a, a])
    assert "dot" not in "".join(printed(node))
    assert "dot" in printed(node, fused=True)[0]


def test_a_deep_graph_is_cut_and_says_so():
    v = Value(1.0)
    for _ in range(100_000):
        v = -v
    lines = printed(v)
    assert len(lines) == 51
    assert lines[-1].endswith("… deeper")


def test_a_wide_graph_is_cut_and_says_how_large_it_is():
    lines = printed(autograd.sum([Value(1.0) for _ in range(1000)]), fused=True)
    assert len(lines) == 201
    assert lines[-1] == "… the graph goes on: 1,001 values in all"


def test_the_limits_can_be_moved():
    v = Value(1.0)
    for _ in range(10):
        v = -v
    assert len(printed(v, max_lines=3)) == 4
    assert len(printed(v, max_depth=2)) == 3


def test_a_terminal_without_box_characters_gets_ascii():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert printable("├── x  ↑ shown above", stream) == "|-- x  ^ shown above"
    assert printable("重", stream) == "?"


def test_a_terminal_that_can_shows_the_text_as_it_is():
    assert printable("├── 重", io.StringIO()) == "├── 重"


def test_given_names_are_used_whole_and_labels_beside_them():
    model = nn.MLP(1, [1], seed=1)
    x = Value(2.0, label="x")
    lines = printed(model([x]), names=model.named_parameters(), fused=True)
    assert [line.split("  ")[0] for line in lines] == [
        "v3 = neuron",
        "├── layers.0.neurons.0.b",
        "├── layers.0.neurons.0.w.0",
        "└── x",
    ]


def test_a_constant_with_a_name_is_no_bare_number():
    frozen = Value(3.0, requires_grad=False)
    assert printed(Value(1.0) * frozen, names={"scale": frozen})[-1] == "└── scale  data 3  grad 0"


def test_names_that_are_no_pairs_of_str_and_value_are_refused():
    with pytest.raises(TypeError, match="names must hold Values, got float"):
        print_graph(Value(1.0), names={"w": 1.0})
