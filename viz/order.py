"""List the nodes of a graph as they are read: the left operand before the right one, both before their result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from autograd import Value


def reading_order(last: Value, parents: Callable[[Value], Sequence[Value]], known: Iterable[Value] = ()) -> list[Value]:
    """Return the nodes from which `last` is computed, `last` at the end.

    `parents` says where the walk goes on; it stops before `known` nodes. It is iterative: a graph may be a million
    nodes deep.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> [v.label or v._op for v in reading_order(a * b + a, lambda v: v.parents)]
    ['a', 'b', '*', '+']
    """
    order: list[Value] = []
    seen = set(known)
    stack = [(last, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(parents(node)))
    return order
