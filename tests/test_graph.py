"""The order of a graph: parents before children, each node once, the same at every call."""

import contextlib
import random
import sys

import autograd
from autograd import Value
from autograd.graph import edges, topological_order


def test_nodes_come_parents_first_and_the_root_last():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    product = a * b
    total = product + c
    root = total * product
    nodes, leaves = topological_order(root)
    assert nodes == [product, total, root]
    assert leaves == [a, b, c] or set(leaves) == {a, b, c}


def test_a_leaf_is_its_own_graph():
    x = Value(1.0)
    assert topological_order(x) == ([], [x])


def test_every_node_and_every_leaf_appears_once():
    x = Value(1.0)
    y = x
    for _ in range(60):  # 2**60 paths
        y = y * y
    nodes, leaves = topological_order(y)
    assert (len(nodes), leaves) == (60, [x])


def random_graph(seed):
    rng = random.Random(seed)
    values = [Value(rng.uniform(0.5, 2)) for _ in range(5)]
    for _ in range(60):
        a, b, c = (rng.choice(values) for _ in range(3))
        values.append(rng.choice([a + b, a * b, autograd.fsum([a, b, c]), -a, autograd.neuron([a, b], [b, c], a)]))
    return values[-1]


def test_in_random_graphs_every_parent_comes_before_its_child():
    for seed in range(100):
        root = random_graph(seed)
        nodes, leaves = topological_order(root)
        place = {v: i for i, v in enumerate([*leaves, *nodes])}
        assert len(place) == len(nodes) + len(leaves)
        assert nodes == [] or nodes[-1] is root
        assert all(place[p] < place[v] for v in nodes for p in v.parents)
        assert all(v.parents for v in nodes) and not any(v.parents for v in leaves)


def test_everything_that_can_be_reached_is_found():
    for seed in range(20):
        root = random_graph(seed)
        reached, stack = {root}, [root]
        while stack:
            for p in stack.pop().parents:
                if p not in reached:
                    reached.add(p)
                    stack.append(p)
        nodes, leaves = topological_order(root)
        assert {*nodes, *leaves} == reached


def test_the_order_is_the_same_at_every_call():
    root = random_graph(1)
    assert topological_order(root) == topological_order(root)


def test_leaves_are_met_in_the_same_order_at_every_call_and_in_every_copy_of_the_program():
    first, second = ([leaf.data for leaf in topological_order(random_graph(7))[1]] for _ in range(2))
    assert first == second


def test_the_order_of_a_part_is_not_disturbed_by_the_whole():
    x = Value(1.0)
    inner = x * x + 1
    before = topological_order(inner)
    outer = inner * 3 + x
    topological_order(outer)
    assert topological_order(inner) == before


def test_a_graph_that_grew_after_a_walk_is_walked_whole():
    x = Value(1.0)
    inner = x * x
    topological_order(inner)
    assert len(topological_order(inner + x)[0]) == 2


def test_an_interrupted_order_does_not_disturb_the_next_one():
    root = random_graph(3)
    expected = topological_order(root)
    for line in range(1, 400, 7):
        interrupt_at_line(line, root)
        assert topological_order(root) == expected


def interrupt_at_line(n, root):
    """Order the graph of `root`, interrupted before the n-th line."""

    def trace(frame, event, arg):
        nonlocal n
        n -= event == "line" and frame.f_code.co_filename == topological_order.__code__.co_filename
        if n == 0 and event == "line":
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            topological_order(root)
    finally:
        sys.settrace(before)


def test_edges_keep_operand_order_and_repeats():
    # FAULTS B9
    x, c = Value(2.0), Value(3.0)
    square = x * x
    root = square - c
    assert edges(root) == [(x, square), (x, square), (square, root), (c, root)]


def test_a_leaf_has_no_edges():
    assert edges(Value(1.0)) == []
