"""Write a graph in the DOT language with the texts' colours, the chain rule on every edge and a box per module."""

from __future__ import annotations

from collections import defaultdict

import graphviz

from autograd import Value

from . import labels
from .dot import PlainWriter
from .flow import Flow, flows
from .kinds import CONSTANT, Path, Roles
from .palette import GREY, PALETTE
from .trace import Graph


class RichWriter(PlainWriter):
    """Write `graph` into `dot`; an edge carries its local derivative and, after backward, the adjoint that flowed."""

    styles = PALETTE

    def __init__(self, dot: graphviz.Digraph, graph: Graph, roles: Roles):
        super().__init__(dot, graph, roles)
        self.after_backward = any(v.grad != 0.0 for v in graph.nodes if v.parents)
        self.members: dict[Path, list[Value]] = defaultdict(list)
        for v in graph.nodes:
            self.members[roles.group[v]].append(v)

    def write(self) -> None:
        """Write the modules with their nodes, then the edges."""
        self.write_module(self.dot, ())
        self.write_edges()

    def write_module(self, box: graphviz.Digraph, path: Path) -> None:
        """Write the nodes of one module into its box, and the modules in it into boxes of their own."""
        self.write_nodes(box, self.members.get(path, ()))
        for inner in self.modules_in(path):
            with box.subgraph(name=f"cluster_{self.box_number(inner)}") as inner_box:
                inner_box.attr(label=labels.plain(inner[-1]), style="rounded", color=GREY, fontcolor=GREY)
                self.write_module(inner_box, inner)

    def modules_in(self, path: Path) -> list[Path]:
        """Return the modules one step inside `path`, in the order of their first node."""
        depth = len(path) + 1
        return list(dict.fromkeys(p[:depth] for p in self.members if p[: depth - 1] == path and len(p) >= depth))

    def box_number(self, path: Path) -> int:
        """Return a number for the box of `path` that no other box has."""
        prefixes = dict.fromkeys(p[:depth] for p in self.members for depth in range(1, len(p) + 1))
        return list(prefixes).index(path)

    def node_text(self, v: Value) -> str:
        """Return the record, or for a constant its number alone."""
        return labels.plain(labels.number(v.data)) if self.roles.kind(v) == CONSTANT else super().node_text(v)

    def edge_texts(self) -> list[str]:
        """Return the chain rule on every edge."""
        return [self.chain_rule(flow) for flow in flows(self.graph.edges)]

    def chain_rule(self, flow: Flow) -> str:
        """Return the local derivative and, once backward has run, the adjoint that flowed."""
        if flow.local is None:
            return ""
        local = f"× {labels.number(flow.local)}"
        if flow.adjoint is None or not self.after_backward:
            return local
        return rf"{local}\n← {labels.number(flow.adjoint)}"
