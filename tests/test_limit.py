"""A graph is measured before it is laid out."""

import pytest

from autograd import Value
from viz import limit
from viz.errors import GraphTooLargeError
from viz.limit import limited_graph
from viz.trace import trace


def test_a_graph_within_the_limit_is_traced():
    x = Value(2.0)
    y = x * x
    assert limited_graph(y, fused=False, max_nodes=2) == trace(y)


@pytest.mark.parametrize("max_nodes", [0, 1, -5])
def test_a_limit_below_the_graph_refuses_it(max_nodes):
    x = Value(2.0)
    with pytest.raises(GraphTooLargeError, match="2 values and 2 edges"):
        limited_graph(x * x, fused=False, max_nodes=max_nodes)


# FAULTS V9
def test_a_graph_above_the_limit_is_refused_before_its_nodes_are_opened(monkeypatch):
    monkeypatch.setattr(limit, "trace", lambda *_: pytest.fail("it was opened"))
    x = Value(2.0)
    with pytest.raises(GraphTooLargeError):
        limited_graph(x * x, fused=False, max_nodes=1)
