"""The chain rule as a table: one line per edge, from the output back to the leaves."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Sequence
from math import isclose
from typing import NamedTuple

from autograd import Value

from .flow import Flow, flows
from .kinds import Names, named_values
from .labels import number
from .limit import MAX_NODES, limited_graph
from .naming import formula, names_of
from .table import table
from .trace import Graph, check_fresh

HEAD = ("operation", "into", "local derivative", "× adjoint", "= adds")
BEFORE_BACKWARD = "The adjoints are there after backward(): call it, then explain again."


class Step(NamedTuple):
    """One line: `operation` sends `local` times `adjoint` into the parent called `into`."""

    operation: str
    into: str
    local: str
    adjoint: str
    adds: str


class Explanation:
    """Be the table: `str` gives it as text, a notebook as HTML; `sums` add up what met in one Value."""

    def __init__(self, steps: Sequence[Step], sums: Sequence[str]):
        self.steps, self.sums = tuple(steps), tuple(sums)

    def __str__(self) -> str:
        return "\n".join([table([HEAD, *self.steps]), *self.sums])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in HEAD)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in step)}</tr>" for step in self.steps)
        sums = "".join(f"<p>{html.escape(line)}</p>" for line in self.sums)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{sums}"


def explain(root: Value, *, names: Names | None = None, fused: bool = False, max_nodes: int = MAX_NODES) -> Explanation:
    """Return the chain rule of the graph of `root`, one line per edge in the order of the backward pass.

    A line says: the operation, into which of its operands, its local derivative, times its adjoint (its grad), and the
    product, which is added to the operand's grad. `names=model.named_parameters()` says what Values are called; the
    others go by their labels, or by a number. Raises GraphTooLargeError above `max_nodes` Values and
    StaleGraphError when a value was overwritten after the graph had used it.

    >>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
    >>> y = w * x
    >>> y.backward()
    >>> explain(y)
    operation   into  local derivative  × adjoint  = adds
    v2 = w * x  w     2                 1          2
    v2 = w * x  x     -3                1          -3
    """
    check_fresh(root)
    graph = limited_graph(root, fused, max_nodes)
    called, place = names_of(graph, named_values(names)), {v: i for i, v in enumerate(graph.nodes)}
    found = sorted(flows(graph.edges), key=lambda flow: -place[flow.child])
    operations = _operations(graph, called)
    steps = [_step(flow, operations, called) for flow in found]
    if not any(v.grad != 0.0 for v in graph.nodes if v.parents):
        return Explanation([step._replace(adjoint="", adds="") for step in steps], [BEFORE_BACKWARD])
    return Explanation(steps, _sums(found, called))


def _operations(graph: Graph, names: dict[Value, str]) -> dict[Value, str]:
    return {
        v: f"{names[v]} = {formula(v._op, [names[p] for p in operands])}"
        for v, operands in graph.operands().items()
        if operands
    }


def _step(flow: Flow, operations: dict[Value, str], names: dict[Value, str]) -> Step:
    local = "by hand" if flow.local is None else number(flow.local)
    adds = "nothing" if flow.adjoint is None else number(flow.adjoint)
    return Step(operations[flow.child], names[flow.parent], local, number(flow.child.grad), adds)


def _sums(found: Sequence[Flow], names: dict[Value, str]) -> list[str]:
    """Return a line for each Value that several edges lead into: its gradient is their sum."""
    parts: dict[Value, list[float]] = defaultdict(list)
    for flow in found:
        if flow.adjoint is not None:
            parts[flow.parent].append(flow.adjoint)
    return [_sum(names[v], v.grad, added) for v, added in parts.items() if len(added) > 1]


def _sum(name: str, grad: float, added: Sequence[float]) -> str:
    total = sum(added)
    line = f"grad of {name}: {' + '.join(map(number, added))} = {number(total)}"
    return line if isclose(total, grad, rel_tol=1e-9, abs_tol=1e-12) else f"{line}; with earlier passes {number(grad)}"
