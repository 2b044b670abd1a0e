"""What flows along one edge in the backward pass: the child's adjoint times the local derivative."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from autograd import Value
from autograd.errors import GraphError

Edge = tuple[Value, Value]


class Flow(NamedTuple):
    """One edge of the chain rule: `adjoint` = `local` * child.grad is what the child adds to parent.grad."""

    parent: Value
    child: Value
    local: float | None
    adjoint: float | None


def flows(edges: Iterable[Edge]) -> list[Flow]:
    """Return one Flow per (parent, child) pair; the pairs of one child stand in argument order, as `trace` lists them.

    Before `backward` every adjoint is 0.0; it is None for a parent that receives nothing, a constant. An operation
    defined by hand (`out._backward = closure`) has no local derivatives: there both are None.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> [(flow.local, flow.adjoint) for flow in flows([(x, y), (x, y)])]
    [(3.0, 3.0), (3.0, 3.0)]
    """
    result = []
    for child, pairs in groupby(edges, key=itemgetter(1)):
        for (parent, _), local in zip(pairs, _locals(child), strict=True):
            result.append(Flow(parent, child, local, _adjoint(parent, child, local)))
    return result


def _locals(child: Value) -> list[float] | list[None]:
    try:
        return [float(d) for d in child.row.local([p.data for p in child.parents], child.data)]
    except GraphError:
        return [None] * len(child.parents)


def _adjoint(parent: Value, child: Value, local: float | None) -> float | None:
    """Return what backward adds to parent.grad: an adjoint of 0.0 is not passed on, not even to an infinite slope."""
    if local is None or not receives(parent):
        return None
    if child.grad == 0.0 or (local == 0.0 and child.row.selects):  # the branch not taken gets nothing, not inf * 0
        return 0.0
    return local * child.grad


def receives(parent: Value) -> bool:
    """Say whether backward adds anything to parent.grad: it does for every Value but a constant."""
    return bool(parent.parents) or parent.requires_grad
