"""Write a graph in the DOT language as micrograd draws it: a record node per Value, an ellipse per operation.

Node names are v0, v1, ... in topological order and o2, o3, ... for the operations that made them, so the same graph
always gives the same text and no label is ever part of a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import graphviz

from autograd import Value

from . import labels
from .kinds import Roles
from .palette import PLAIN
from .trace import Graph

# Swapping the operands of these changes nothing, so the place of an operand is not written on its edge.
COMMUTATIVE = {"+", "*", "maximum", "minimum", "max", "min", "mean", "hypot", "logsumexp"}


class PlainWriter:
    """Write `graph` into `dot`, black on white, one edge per use of a Value."""

    styles = PLAIN

    def __init__(self, dot: graphviz.Digraph, graph: Graph, roles: Roles):
        self.dot, self.graph, self.roles = dot, graph, roles
        self.number = {v: i for i, v in enumerate(graph.nodes)}

    def write(self) -> None:
        """Write nodes, then edges."""
        self.write_nodes(self.dot, self.graph.nodes)
        self.write_edges()

    def write_nodes(self, box: graphviz.Digraph, nodes: Iterable[Value]) -> None:
        """Write each Value into `box` and, before it, the operation that made it."""
        for v in nodes:
            if v.parents:
                box.node(f"o{self.number[v]}", labels.plain(v._op), **self.styles["operation"])
                box.edge(f"o{self.number[v]}", f"v{self.number[v]}")
            style = self.styles[self.roles.kind(v)]
            box.node(f"v{self.number[v]}", self.node_text(v), tooltip=self.tooltip(v), **style)

    def node_text(self, v: Value) -> str:
        """Return the record `{label | data | grad}`; without a label it has two fields."""
        name = labels.record_field(self.roles.name(v))
        fields = [name] * bool(name) + [f"data {labels.number(v.data)}", f"grad {labels.number(v.grad)}"]
        return graphviz.nohtml("{" + "|".join(fields) + "}")

    def tooltip(self, v: Value) -> str:
        """Return the whole label and the exact numbers, for the pointer that rests on the node."""
        text = f"{self.roles.name(v)} data={v.data!r} grad={v.grad!r}"
        return labels.tooltip(text.strip())

    def write_edges(self) -> None:
        """Write the edges in the order of `trace`."""
        used: Counter[Value] = Counter()
        for (parent, child), text in zip(self.graph.edges, self.edge_texts(), strict=True):
            used[child] += 1
            label = place(child, used[child]) + text
            self.dot.edge(f"v{self.number[parent]}", f"o{self.number[child]}", label.strip() or None)

    def edge_texts(self) -> list[str]:
        """Return what stands on each edge besides the place of the operand: here nothing."""
        return [""] * len(self.graph.edges)


def place(child: Value, position: int) -> str:
    """Return the place of an operand where swapping the operands would change the result, otherwise nothing."""
    return "" if len(child.parents) == 1 or child._op in COMMUTATIVE else f"({position}) "
