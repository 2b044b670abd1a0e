"""Open a fused node into the elementary operations it stands for.

`neuron(relu)` is one Value with many parents; its row carries its definition in elementary rows. The Values made here
belong to the picture: the graph itself is only read. Their gradients follow from the fused node's by the chain rule.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from autograd import Value, ieee

from .flow import flows
from .order import reading_order

Replaced = dict[Value, Value]


def open_fused(v: Value, replaced: Replaced) -> list[Value]:
    """Return the nodes that stand for `v`, parents first: `v` alone, or the opened ones when its row has a definition.

    `replaced` maps fused nodes to the opened Value in their place; it is read for the parents of `v`, and `v` is added.
    A definition that does not give the numbers of `v` (its exponential overflows, say) would make a wrong picture: then
    `v` stays whole.
    """
    parents = [replaced.get(parent, parent) for parent in v.parents]
    interior = _definition(v, parents)
    if not interior or not _agree(v, parents, interior):
        return [v]
    nodes = [node for inner in interior for node in open_fused(inner, replaced)]
    replaced[v] = nodes[-1]
    return nodes


def _definition(v: Value, parents: Sequence[Value]) -> list[Value]:
    if v.row.define is None:
        return []
    last = ieee()(v.row.define)(*parents)
    # The sum of one value is that value; under no_grad() nothing is recorded: neither can stand in place of v.
    if last in parents or not last.parents:
        return []
    last.label, last.grad = v.label, v.grad
    return [node for node in reading_order(last, lambda v: v.parents, parents) if node.parents]


def _agree(v: Value, parents: Sequence[Value], interior: Sequence[Value]) -> bool:
    """Carry the gradient of `v` back through `interior`; say whether the data and what reaches the parents agree."""
    whole = _received(v, parents)
    opened: dict[Value, float] = defaultdict(float)
    inside = set(interior)
    for node in reversed(interior):
        for parent, adjoint in _received(node, node.parents).items():
            if parent in inside:
                parent.grad += adjoint
            else:
                opened[parent] += adjoint
    return _close(v.data, interior[-1].data) and all(_close(whole[p], opened[p]) for p in whole)


def _received(child: Value, parents: Iterable[Value]) -> dict[Value, float]:
    """Return what each parent receives from `child` in all, a repeated parent once."""
    total: dict[Value, float] = defaultdict(float)
    for flow in flows((parent, child) for parent in parents):
        total[flow.parent] += flow.adjoint or 0.0
    return total


def _close(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-12) or (x != x and y != y)
