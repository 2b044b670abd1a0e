"""Call the Values of a graph by a name in text: the one given, their label, or v and the number of the picture."""

from __future__ import annotations

from collections.abc import Mapping

from autograd import Value

from . import labels
from .trace import Graph

INFIX = {"+", "-", "*", "/", "**"}


def names_of(graph: Graph, named: Mapping[Value, str]) -> dict[Value, str]:
    """Return a name for every node: the one in `named`, the label, a constant's number, otherwise v0, v1, ...

    A text has no boxes, so a dotted name is given whole: "layers.0.w.1".

    >>> from viz.trace import trace
    >>> w, x = Value(5.0), Value(2.0, label="x")
    >>> list(names_of(trace(w * x + 3), {w: "layers.0.w.1"}).values())
    ['layers.0.w.1', 'x', 'v2', '3', 'v4']
    """
    return {v: _name(v, i, named.get(v, "")) for i, v in enumerate(graph.nodes)}


def _name(v: Value, i: int, given: str) -> str:
    if given:  # two names may differ at their ends alone, so they are hardly ever cut
        return labels.shorten(labels.readable(given), labels.TOOLTIP_LENGTH)
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
