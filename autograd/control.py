"""Look into a graph and steer its backward pass: hooks, checkpoints, path sums, operation counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, NamedTuple

from .engine import Value, adjoints
from .errors import GraphError
from .graph import topological_order
from .primitive import CONSTANT, LEAF, NaryRow, Row, describe
from .pullback import pull_back


class Hook:
    """A hook on one Value; `remove()` takes it away."""

    def __init__(self, value: Value, row: Row):
        self.value, self.row = value, row

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self.value.row = self.row


def register_hook(value: Value, hook: Callable[[Any], Any]) -> Hook:
    """Call `hook` with the adjoint of a computed Value during every backward pass (as PyTorch's Tensor.register_hook).

    What it returns replaces the adjoint, None leaves it. Raises GraphError for a leaf: there read `grad` afterwards.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> hook = register_hook(y, lambda g: 10 * g)
    >>> (y + 1).backward()
    >>> x.grad
    60.0
    """
    if not value.parents:
        raise GraphError("a hook belongs to a computed Value; the gradient of a leaf is read from its grad")
    original = value.row
    hooked = copy(original)

    def push(v: Any, g: float) -> None:
        changed = hook(g)
        if changed is not None:
            v.grad = g = float(changed)
        original.push(v, g)

    hooked.push, hooked.hook = push, hook  # type: ignore[method-assign]
    value.row = hooked
    return Hook(value, original)


def checkpoint(f: Callable[..., Any]) -> Callable[..., Value]:
    """Return `f` as one node that keeps nothing inside and runs `f` again in the backward pass (as `jax.checkpoint`).

    f takes and returns scalars; variables it closes over receive their gradients too. On a chain of n operations, cut
    into sqrt(n) pieces, memory falls from n to about 2 sqrt(n) for one more forward pass (Chen et al. 2016).

    >>> x = Value(2.0)
    >>> cube = checkpoint(lambda t: t * t * t)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """

    def apply(*args: Any) -> Value:
        copies = [_leaf(arg) for arg in args]
        inner = f(*copies)
        if not isinstance(inner, Value):
            raise GraphError(f"checkpoint: the function must return one Value, got {describe(inner)}")
        captured = [leaf for leaf in topological_order(inner)[1] if leaf.row is LEAF and leaf not in copies]
        return CheckpointRow(f, len(args), captured, inner.data)(*args, *captured)

    return apply


class CheckpointRow(NaryRow):
    """A function as one row: its derivatives come from running it again."""

    def __init__(self, f: Callable[..., Any], arity: int, captured: Sequence[Value], data: float):
        name = getattr(f, "__name__", "f")
        super().__init__(f"checkpoint({name})", lambda *args: data, self._slopes, self._graph, self._again)
        self.f, self.count, self.captured = f, arity, captured

    def _again(self, *args: Any) -> Any:
        return self.f(*args[: self.count])

    def _slopes(self, args: Sequence[float], out: float) -> list[float]:
        copies = [Value(x) for x in args[: self.count]]
        return adjoints(self.f(*copies), 1.0, [*copies, *self.captured])

    def _graph(self, args: Sequence[Any], out: Any) -> list[Any]:
        return pull_back(self.f(*args[: self.count]), 1.0, args)


class PathSum(NamedTuple):
    """The sum over all paths of the product of local derivatives along each, and the number of paths."""

    value: float
    paths: int


def path_sum(root: Value, leaf: Value, limit: int = 1_000_000) -> PathSum:
    """Return d(root)/d(leaf) as the sum over all paths: what back-propagation equals and avoids.

    Raises GraphError when there are more than `limit` paths: their number can double with every operation.

    >>> a = Value(1.0)
    >>> b = a + a
    >>> c = b + b
    >>> path_sum(c, a)
    PathSum(value=4.0, paths=4)
    """
    counts = _paths(root, leaf)
    paths = counts.get(root, 0)
    if paths > limit:
        raise GraphError(f"path_sum: {paths:,} paths are more than limit={limit:,}; backward() visits each edge once")
    total, stack = 0.0, [(root, 1.0)] if paths else []
    while stack:
        v, product = stack.pop()
        if v is leaf:
            total += product
            continue
        slopes = v.row.local([p.data for p in v.parents], v.data)
        stack.extend((p, product * d) for p, d in zip(v.parents, slopes, strict=True) if counts.get(p))
    return PathSum(total, paths)


def _paths(root: Value, leaf: Value) -> dict[Value, int]:
    """Return how many paths lead from each Value of the graph to `leaf`."""
    counts = {leaf: 1}
    for v in topological_order(root)[0]:
        if v is not leaf:
            counts[v] = sum(counts.get(p, 0) for p in v.parents)
    return counts


class Operations(NamedTuple):
    """How many operations each mode carries out on one graph."""

    forward: int
    backward: int
    forward_mode: int


def count_operations(root: Value) -> Operations:
    """Return the operations of a forward pass, of a backward pass, and of forward mode for ONE input direction.

    A node counts one; an edge to something that requires a gradient counts two backward (times the local derivative,
    added to the rest) and two in forward mode, local derivatives not counted. Forward mode repeats its passes for every
    input, reverse mode for every output.

    >>> w, x = Value(2.0), Value(3.0)
    >>> count_operations(w * x + 1)
    Operations(forward=2, backward=6, forward_mode=8)
    """
    nodes, _ = topological_order(root)
    edges = sum(p.row is not CONSTANT for v in nodes for p in v.parents)
    return Operations(len(nodes), 2 * edges, len(nodes) + 2 * edges)


def _leaf(x: Any) -> Value:
    return Value(x.data if isinstance(x, Value) else x)
