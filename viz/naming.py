"""Call the Values of a graph by a name in text: their label, or v and the number that the picture gives them too."""

from __future__ import annotations

from autograd import Value

from . import labels
from .trace import Graph

INFIX = {"+", "-", "*", "/", "**"}


def names_of(graph: Graph) -> dict[Value, str]:
    """Return a name for every node: the label, the number itself for a constant, otherwise v0, v1, ...

    >>> from viz.trace import trace
    >>> list(names_of(trace(Value(2.0, label="x") * 3)).values())
    ['x', '3', 'v2']
    """
    return {v: _name(v, i) for i, v in enumerate(graph.nodes)}


def _name(v: Value, i: int) -> str:
    if v.label:
        return labels.shorten(labels.readable(v.label))
    if not v.parents and not v.requires_grad:
        return labels.number(v.data)
    return f"v{i}"


def formula(op: str, parents: list[str]) -> str:
    """Return an operation as it would be written.

    >>> formula("*", ["w", "x"]), formula("**2", ["x"]), formula("tanh", ["v5"]), formula("neg", ["x"])
    ('w * x', 'x**2', 'tanh(v5)', '-x')
    """
    op = labels.shorten(labels.readable(op))
    if op in INFIX and len(parents) > 1:
        return f" {op} ".join(parents)
    if op.startswith("**") and len(parents) == 1:
        return parents[0] + op
    return f"-{parents[0]}" if op == "neg" else f"{op}({', '.join(parents)})"
