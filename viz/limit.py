"""Refuse a graph that no layout could take, before any work is done on it."""

from __future__ import annotations

from autograd import Value

from .errors import GraphTooLargeError
from .trace import Graph, size, trace

MAX_NODES = 500
EDGES_PER_NODE = 4


def limited_graph(root: Value, fused: bool, max_nodes: int = MAX_NODES) -> Graph:
    """Return `trace(root, fused)` if it has at most `max_nodes` Values (and four times as many edges).

    Raises GraphTooLargeError, which says how many there are and what to do.
    """
    _refuse(*size(root), max_nodes)  # opening fused nodes multiplies them, so the graph is measured twice
    graph = trace(root, fused)
    _refuse(len(graph.nodes), len(graph.edges), max_nodes)
    return graph


def check_groups(groups: int, edges: int, max_nodes: int) -> None:
    """Raise GraphTooLargeError if so many groups of a plan, with so many edges, are too many."""
    if groups > max_nodes or edges > EDGES_PER_NODE * max_nodes:
        raise GraphTooLargeError(
            f"the plan has {groups:,} groups and {edges:,} edges, too many for max_nodes={max_nodes:,}: draw a smaller "
            "program of the same kind (fewer steps, one layer), or raise max_nodes"
        )


def _refuse(nodes: int, edges: int, max_nodes: int) -> None:
    if nodes <= max_nodes and edges <= EDGES_PER_NODE * max_nodes:
        return
    raise GraphTooLargeError(
        f"graph has {nodes:,} values and {edges:,} edges, too many for max_nodes={max_nodes:,}: draw a part of it "
        "(one example, one neuron), keep fused nodes whole with fused=True, or raise max_nodes "
        "(1,500 values take seconds to lay out, 4,000 minutes)"
    )
