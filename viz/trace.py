"""List the nodes and edges of a graph."""

from __future__ import annotations

from typing import NamedTuple

from autograd import Value
from autograd.errors import StaleGraphError
from autograd.graph import topological_order

from .flow import Edge
from .opening import Replaced, open_fused
from .order import reading_order


class Graph(NamedTuple):
    """Hold the nodes, parents before children and the root last, and the (parent, child) pairs, repeats kept."""

    nodes: tuple[Value, ...]
    edges: tuple[Edge, ...]

    def operands(self) -> dict[Value, list[Value]]:
        """Return the parents of each node as the picture shows them: opened Values in the place of fused ones."""
        found: dict[Value, list[Value]] = {v: [] for v in self.nodes}
        for parent, child in self.edges:
            found[child].append(parent)
        return found


def trace(root: Value, fused: bool = False) -> Graph:
    """Return the nodes and edges of the graph that computed `root`, in an order that never changes.

    Edges are (parent, child) pairs in argument order: `x * x` has two. A fused node such as `neuron(relu)` is opened
    into elementary operations unless `fused` is true; the Value in its place has its data, grad and label as they are
    now. Depth is no limit. Raises TypeError when `root` is not a Value.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> nodes, edges = trace(a * b + a)
    >>> [node.data for node in nodes]
    [2.0, 3.0, 6.0, 8.0]
    >>> [(parent.data, child.data) for parent, child in edges]
    [(2.0, 6.0), (3.0, 6.0), (6.0, 8.0), (2.0, 8.0)]
    """
    replaced: Replaced = {}
    for v in () if fused else topological_order(checked(root))[0]:
        open_fused(v, replaced)
    nodes = reading_order(replaced.get(checked(root), root), lambda v: _parents(v, replaced))
    return Graph(tuple(nodes), tuple((parent, child) for child in nodes for parent in _parents(child, replaced)))


def _parents(v: Value, replaced: Replaced) -> list[Value]:
    return [replaced.get(parent, parent) for parent in v.parents]


def size(root: Value) -> tuple[int, int]:
    """Return how many values and edges the graph of `root` has, a fused node counted as one.

    >>> x = Value(3.0)
    >>> size(x * x)
    (2, 2)
    """
    computed, leaves = topological_order(checked(root))
    return len(computed) + len(leaves), sum(len(v.parents) for v in computed)


def checked(root: object) -> Value:
    """Return `root` if it is a Value, otherwise raise TypeError that says what to pass."""
    if isinstance(root, Value):
        return root
    sentence = "a picture needs the Value at the end of a computation, a program or a compiled function"
    if isinstance(root, (list, tuple)):
        sentence += "; of several Values draw one, draw(out[0]), or all together, draw(autograd.sum(out))"
    raise TypeError(f"{sentence}; got {type(root).__name__}")


def check_fresh(root: Value) -> None:
    """Raise StaleGraphError if a value was overwritten after the graph had used it: its derivatives would be wrong.

    >>> x = Value(2.0, label="x")
    >>> y = x * x
    >>> x.data = 3.0
    >>> check_fresh(y)
    Traceback (most recent call last):
    autograd.errors.StaleGraphError: 'x' was overwritten after '*' had used it: compute the graph again, then draw it
    """
    for child in topological_order(checked(root))[0]:
        for v in (child, *child.parents):
            if abs(v.epoch) > child.epoch:  # the epoch of a node is that of its making, then that of its last writing
                name = repr(v.label) if v.label else f"the value {v.data!r}"
                use = "it was computed" if v is child else f"{child._op!r} had used it"
                raise StaleGraphError(f"{name} was overwritten after {use}: compute the graph again, then draw it")
