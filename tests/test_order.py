"""The reading order lists operands before results, the left one first."""

from autograd import Value
from viz.order import reading_order


def parents(v):
    return v.parents


def test_operands_come_before_their_result_and_the_left_one_first():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    left, right = a * b, b * c
    root = left + right
    assert reading_order(root, parents) == [a, b, left, c, right, root]


def test_a_shared_node_is_listed_once():
    x = Value(2.0)
    y = x * x
    z = y * y
    assert reading_order(z, parents) == [x, y, z]


def test_the_walk_stops_before_known_nodes():
    x = Value(2.0)
    y = x * 2
    z = y + 1
    assert x not in reading_order(z, parents, [y])
    assert y not in reading_order(z, parents, [y])


# FAULTS V9
def test_a_chain_of_a_hundred_thousand_nodes_is_ordered_without_recursion():
    v = Value(0.0)
    for _ in range(100_000):
        v = v.tanh()
    order = reading_order(v, parents)
    assert len(order) == 100_001
    assert order[-1] is v
