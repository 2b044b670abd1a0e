"""Print the graph of a Value as a tree of characters, from the output down to the leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TextIO

from autograd import Value

from . import labels
from .kinds import Names, named_values
from .naming import names_of
from .trace import Graph, trace

MAX_LINES = 200
MAX_DEPTH = 50
ASCII = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|", "×": "x", "←": "<", "↑": "^", "…": "."})


def print_graph(
    root: Value,
    *,
    names: Names | None = None,
    fused: bool = False,
    max_lines: int = MAX_LINES,
    max_depth: int = MAX_DEPTH,
    file: TextIO | None = None,
) -> None:
    """Print the graph of `root` as a tree; a Value used twice is printed whole once and marked where it returns.

    `names=model.named_parameters()` says what Values are called; the others go by their labels, or by a number.
    At most `max_lines` lines and `max_depth` levels are printed, however deep the graph is; what is left out is said.

    >>> x = Value(3.0, label="x")
    >>> print_graph(x * x + 1)
    v3 = +  data 10  grad 0
    ├── v1 = *  data 9  grad 0
    │   ├── x  data 3  grad 0
    │   └── x  ↑ shown above
    └── 1
    """
    stream = sys.stdout if file is None else file
    text = tree(trace(root, fused), named_values(names), max_lines, max_depth)
    print(printable(text, stream), file=stream)


def printable(text: str, stream: TextIO) -> str:
    """Return `text` as `stream` can encode it: a terminal without box characters gets ASCII."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ASCII).encode(encoding, "replace").decode(encoding)
    return text


def tree(graph: Graph, named: Mapping[Value, str], max_lines: int = MAX_LINES, max_depth: int = MAX_DEPTH) -> str:
    """Return the tree of `graph` as text; `named` are the Values that were given a name."""
    lines = list(islice(_lines(graph, named, max_depth), max_lines + 1))
    if len(lines) > max_lines:
        lines[max_lines:] = [f"… the graph goes on: {len(graph.nodes):,} values in all"]
    return "\n".join(lines)


class _Branch(NamedTuple):
    node: Value
    indent: str  # of the line itself
    below: str  # of the lines under it
    depth: int


def _lines(graph: Graph, named: Mapping[Value, str], max_depth: int) -> Iterator[str]:
    names = names_of(graph, named)
    parents = graph.operands()
    shown: set[Value] = set()
    stack = [_Branch(graph.nodes[-1], "", "", 0)]
    while stack:
        branch = stack.pop()
        again = branch.node in shown
        cut = branch.depth >= max_depth and bool(parents[branch.node])
        yield branch.indent + _line(branch.node, names, again, cut)
        shown.add(branch.node)
        if not again and not cut:
            stack.extend(reversed(_below(branch, parents[branch.node])))


def _below(branch: _Branch, parents: list[Value]) -> list[_Branch]:
    last = len(parents) - 1
    return [
        _Branch(
            parent,
            branch.below + ("└── " if i == last else "├── "),
            branch.below + ("    " if i == last else "│   "),
            branch.depth + 1,
        )
        for i, parent in enumerate(parents)
    ]


def _line(v: Value, names: dict[Value, str], again: bool, cut: bool) -> str:
    name = names[v]
    if not v.parents and not v.requires_grad and name == labels.number(v.data):  # a constant
        return name
    if again:
        return f"{name}  ↑ shown above"
    operation = f" = {labels.shorten(labels.readable(v._op))}" if v.parents else ""
    numbers = f"  data {labels.number(v.data)}  grad {labels.number(v.grad)}"
    return name + operation + numbers + ("  … deeper" if cut else "")
