"""The backward pass on a graph that carries Values, so that its result is a graph again.

It is the walk of `Value.backward` with rows in place of arithmetic: contributions are added in the same order, and a
local derivative follows IEEE 754 where it would raise. Results have the bits of `backward`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import ops
from .errors import GraphError
from .graph import check_fresh, topological_order
from .modes import differentiating
from .primitive import Row


@differentiating()
def pull_back(root: Any, seed: Any, wanted: Iterable[Any], stops: Iterable[Any] = ()) -> list[Any]:
    """Return d(root)/d(v) * `seed` for each v of `wanted`, as a graph; 0.0 where the root does not depend on it.

    The walk does not go on behind `stops`. Raises StaleGraphError as `backward` does.
    """
    targets = list(wanted)
    adjoints = all_adjoints(root, seed, targets, set(stops))
    # 0.0 + x turns -0.0 into 0.0: so `backward`, which adds to a gradient that begins at 0.0.
    return [0.0 + adjoints[v] if v in adjoints else 0.0 for v in targets]


@differentiating()
def all_adjoints(root: Any, seed: Any, wanted: Iterable[Any], stops: set[Any]) -> dict[Any, Any]:
    """Return the adjoint of every node on the way from `root` to something `wanted`."""
    adjoints: dict[Any, Any] = {root: seed}
    nodes, _ = topological_order(root)
    needed = _depending(nodes, set(wanted), stops)
    for v in reversed(nodes):
        if not v.symbolic:
            check_fresh(v)
        if v in adjoints and v in needed and v not in stops:
            _spread(v, adjoints, needed)
    return adjoints


def _depending(nodes: Sequence[Any], wanted: set[Any], stops: set[Any]) -> set[Any]:
    """Return the nodes through which something `wanted` is reached."""
    needed = set(wanted)
    for v in nodes:
        if v not in stops and any(p in needed for p in v.parents):
            needed.add(v)
    return needed


def _spread(v: Any, adjoints: dict[Any, Any], needed: set[Any]) -> None:
    g = adjoints[v] = v.row.hooked(adjoints[v])
    parts = contributions(v.row, g, v, [p in needed for p in v.parents])
    for p, part in zip(v.parents, parts, strict=True):
        if p in needed:
            adjoints[p] = adjoints[p] + part if p in adjoints else part


def contributions(row: Row, g: Any, out: Any, wanted: Sequence[bool]) -> list[Any]:
    """Return what each parent of `out`, made by `row`, receives from the adjoint `g`: g times the local derivative.

    Where it is not `wanted`, and could be left out, there is None.
    """
    args = out.parents
    if row.closed:
        raise GraphError(f"the operation {row.name!r} is a closure on numbers: it can be differentiated once only")
    if row.pull is not None:
        return row.pull(g, args, out)
    slopes = row.derivatives(args, out)
    return [times(g, d, row.selects) if want else None for d, want in zip(slopes, wanted, strict=True)]


def times(g: Any, d: Any, selects: bool) -> Any:
    """Return g * d, where an adjoint 0 (and a branch not taken, for rows that select) sends nothing."""
    if type(d) is float and d == 1.0:
        return g
    return (ops.gate if selects else ops.chain)(g, d)
