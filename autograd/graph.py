"""The order of a graph: every walk of the project begins here."""

from __future__ import annotations

import threading
from typing import Any

from .errors import StaleGraphError

# One lock for the process: a walk writes marks and gradients into nodes that several threads may share.
LOCK = threading.RLock()


def topological_order(root: Any) -> tuple[list[Any], list[Any]]:
    """Return the computed nodes of the graph of `root`, parents first, and its leaves in the order first met.

    Depth first without recursion, so a graph may be a million nodes deep. A node stays on the stack while its parents
    are being ordered; the objects `entered` and `done` in its mark belong to this walk alone.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> y = x * x + 1
    >>> [node._op for node in topological_order(y)[0]]
    ['*', '+']
    """
    with LOCK:
        return _order(root)


def _order(root: Any) -> tuple[list[Any], list[Any]]:
    # A function of its own: CPython 3.13 may leave a lock held when Ctrl-C meets a loop directly inside its `with`.
    entered, done = object(), object()
    nodes: list[Any] = []
    leaves: list[Any] = []
    stack = [root]
    push, pop = stack.append, stack.pop
    while stack:
        v = pop()
        if v.mark is done:
            continue
        if v.mark is entered:
            v.mark = done
            nodes.append(v)
            continue
        first, second = v.first, v.second  # v.parents, without building the tuple
        many = type(first) is tuple
        if many and not first:
            v.mark = done
            leaves.append(v)
            continue
        v.mark = entered
        push(v)
        if many:
            stack.extend([p for p in reversed(first) if p.mark is not done])
            continue
        if second is not None and second.mark is not done:
            push(second)
        if first.mark is not done:  # on top: operands are ordered as they are written
            push(first)
    return nodes, leaves


def edges(root: Any) -> list[tuple[Any, Any]]:
    """Return every (parent, child) pair of the graph of `root` in topological order; `x * x` has two."""
    nodes, _ = topological_order(root)
    return [(parent, node) for node in nodes for parent in node.parents]


def check_fresh(v: Any) -> None:
    """Raise StaleGraphError if a parent of `v` was written after `v` was made, or `v` itself was."""
    if v.epoch < 0:
        raise StaleGraphError(f"{name_of(v)} is computed ({v.row.name}) but was overwritten: compute it again")
    for p in v.parents:
        if abs(p.epoch) > v.epoch:
            raise StaleGraphError(
                f"{name_of(p)} was overwritten after {v.row.name} had used it: run the forward pass again"
            )


def name_of(v: Any) -> str:
    """Return what to call a Value in a message: its label, or its number."""
    return f"Value {v.label!r}" if v.label else f"Value({v._data!r})"
