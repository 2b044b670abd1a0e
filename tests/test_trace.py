"""`trace` lists a graph in one order, with repeats, and opens fused nodes."""

import pytest

import autograd
from autograd import Value
from autograd.errors import StaleGraphError
from viz.trace import check_fresh, size, trace


def leaves(n):
    return [Value(0.5 + i, label=f"v{i}") for i in range(n)]


def test_it_unpacks_into_nodes_and_edges_as_micrograd():
    a, b = leaves(2)
    root = a * b
    nodes, edges = trace(root)
    assert set(nodes) == {a, b, root}
    assert set(edges) == {(a, root), (b, root)}


def test_a_value_used_twice_by_one_operation_has_two_edges():
    (x,) = leaves(1)
    y = x * x
    assert trace(y).edges == ((x, y), (x, y))


def test_edges_keep_the_order_of_the_operands():
    a, b = leaves(2)
    assert [parent for parent, _ in trace(a - b).edges] == [a, b]
    assert [parent for parent, _ in trace(b - a).edges] == [b, a]


def test_a_leaf_alone_is_a_graph():
    (x,) = leaves(1)
    assert trace(x) == ((x,), ())


def test_the_root_comes_last_and_parents_before_children():
    a, b, c = leaves(3)
    root = (a * b + c) * (a - c)
    nodes, edges = trace(root)
    place = {v: i for i, v in enumerate(nodes)}
    assert nodes[-1] is root
    assert all(place[parent] < place[child] for parent, child in edges)


@pytest.mark.parametrize("wrong", [3.0, None, "x", [Value(1.0)]])
def test_anything_but_a_value_is_refused_with_what_to_pass(wrong):
    with pytest.raises(TypeError, match="a picture needs the Value"):
        trace(wrong)


# FAULTS V9
def test_a_graph_a_million_deep_is_traced():
    v = Value(0.0)
    for _ in range(1_000_000):
        v = -v
    assert len(trace(v).edges) == 1_000_000


def fused_nodes():
    a, b, c = leaves(3)
    return {
        "neuron(tanh)": autograd.neuron([a, b], [c, 2.0], b, autograd.tanh),
        "neuron": autograd.neuron([a, b], [c, 2.0], b),
        "dot": autograd.dot([a, b], [b, c]),
        "sum": autograd.sum([a, b, c, a]),
        "fsum": autograd.fsum([a, b, c]),
        "mean": autograd.mean([a, b, c]),
        "max": autograd.max([a, b, c]),
        "min": autograd.min([a, b, c]),
        "logsumexp": autograd.logsumexp([a, b, c]),
        "cross_entropy": autograd.cross_entropy([a, b, c], 1),
    }


@pytest.mark.parametrize("name", fused_nodes())
def test_a_fused_node_is_opened_into_elementary_rows_with_the_same_number(name):
    node = fused_nodes()[name]
    nodes, _ = trace(node)
    assert all(v.row.define is None for v in nodes)
    assert nodes[-1].data == pytest.approx(node.data, rel=1e-12)


@pytest.mark.parametrize("name", fused_nodes())
def test_fused_keeps_a_fused_node_whole(name):
    node = fused_nodes()[name]
    assert trace(node, fused=True).nodes[-1] is node


def test_an_opened_node_keeps_label_and_gradient():
    a, b = leaves(2)
    out = autograd.dot([a, b], [b, a])
    out.label = "s"
    (out * 3).backward()
    last = trace(out).nodes[-1]
    assert (last.label, last.grad) == ("s", 3.0)


def test_opening_leaves_the_graph_as_it_was():
    a, b = leaves(2)
    out = autograd.dot([a, b], [b, a])
    out.backward()
    before = out.row, out.parents, out.grad, a.grad, b.grad
    trace(out)
    assert (out.row, out.parents, out.grad, a.grad, b.grad) == before


def test_what_uses_a_fused_node_uses_the_opened_one_in_the_picture():
    a, b = leaves(2)
    inner = autograd.dot([a, b], [b, a])
    outer = autograd.dot([inner, inner], [a, b]) + inner
    nodes, edges = trace(outer)
    assert inner not in nodes
    assert all(parent in nodes for parent, _ in edges)
    assert sum(not [edge for edge in edges if edge[0] is v] for v in nodes) == 1  # only the root leads nowhere


def test_a_definition_that_overflows_leaves_the_node_whole():
    logits = [Value(1000.0), Value(1001.0)]
    node = autograd.logsumexp(logits)
    assert trace(node).nodes[-1] is node


def test_ties_whose_definition_shares_the_gradient_otherwise_leave_the_node_whole():
    tied = [Value(1.0), Value(1.0), Value(1.0)]
    node = autograd.max(tied)
    node.backward()
    assert trace(node).nodes[-1] is node


def test_the_sum_of_one_value_stays_a_node():
    (x,) = leaves(1)
    node = autograd.sum([x])
    assert trace(node).nodes == (x, node)


def test_under_no_grad_a_fused_node_stays_whole():
    a, b = leaves(2)
    node = autograd.dot([a, b], [b, a])
    with autograd.no_grad():
        assert trace(node).nodes[-1] is node


def test_the_same_graph_gives_the_same_list_every_time():
    a, b, c = leaves(3)
    root = autograd.neuron([a, b], [b, c], c, autograd.tanh) * a
    once, again = trace(root), trace(root)
    assert [(v.data, v.label) for v in once.nodes] == [(v.data, v.label) for v in again.nodes]


def test_size_counts_values_and_edges_of_the_graph_as_it_is():
    a, b = leaves(2)
    assert size(autograd.dot([a, b], [a, b])) == (3, 4)


def test_operands_are_the_parents_that_the_picture_shows():
    a, b = leaves(2)
    outer = autograd.dot([a, a], [b, b]) - a
    graph = trace(outer)
    left, right = graph.operands()[outer]
    assert left in graph.nodes
    assert right is a


class TestStaleness:
    def test_a_fresh_graph_passes(self):
        a, b = leaves(2)
        check_fresh(a * b)

    def test_a_leaf_written_after_its_use_is_named(self):
        a, b = leaves(2)
        root = a * b
        a.data = 7.0
        with pytest.raises(StaleGraphError, match=r"'v0' was overwritten after '\*' had used it"):
            check_fresh(root)

    def test_a_computed_value_that_was_written_is_named(self):
        a, b = leaves(2)
        root = a * b
        root.data = 7.0
        with pytest.raises(StaleGraphError, match=r"the value 7\.0 was overwritten"):
            check_fresh(root)
