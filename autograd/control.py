"""Look into a graph and steer its backward pass: hooks, checkpoints, path sums, operation counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from . import ops
from .engine import Value, made_since, next_epoch, push_all
from .errors import GraphError
from .graph import check_fresh, topological_order
from .modes import current, recording
from .primitive import CONSTANT, NaryRow, Operand, Row, describe, number
from .program import program
from .pullback import pull_back


class Hook:
    """One hook on one Value; `remove()` takes it away."""

    def __init__(self, value: Value, call: Callable[[Any], Any]):
        self.value, self.call = value, call

    def remove(self) -> None:
        """Take this hook away and leave the others; a second call does nothing."""
        row = self.value.row
        if isinstance(row, HookedRow) and self in row.hooks:
            row.hooks.remove(self)
            self.value.row = row if row.hooks else row.inner


class HookedRow(Row):
    """The row of one Value with hooks: each sees the adjoint, in the order of registration, and may change it."""

    def __init__(self, inner: Row):
        self.__dict__.update(inner.__dict__)
        self.inner = inner
        self.hooks: list[Hook] = []
        self.push, self.derivatives = self._push, inner.derivatives  # type: ignore[method-assign]
        self.local = inner.local  # type: ignore[method-assign]

    def hooked(self, g: Any) -> Any:
        """Return the adjoint after all hooks."""
        for hook in list(self.hooks):
            changed = hook.call(g)
            g = g if changed is None else _adjoint(changed)
        return g

    def _push(self, v: Any, g: float) -> None:
        v.grad = _plain(self.hooked(g))
        self.inner.push(v, v.grad)


def register_hook(value: Value, hook: Callable[[Any], Any]) -> Hook:
    """Call `hook` with the adjoint of a computed Value during every backward pass (as PyTorch's Tensor.register_hook).

    What it returns replaces the adjoint, None leaves it; several hooks run in the order of registration. Raises
    GraphError for a leaf, whose gradient is read from `grad`, and TypeError for what is no Value (a Dual of forward
    mode has no adjoint) or cannot be called.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> hook = register_hook(y, lambda g: 10 * g)
    >>> (y + 1).backward()
    >>> x.grad
    60.0
    """
    if not _checked(value, "register_hook").parents:
        raise GraphError("a hook belongs to a computed Value; the gradient of a leaf is read from its grad")
    if not callable(hook):
        raise TypeError(f"a hook must be a function of the adjoint, got {describe(hook)}")
    if not isinstance(value.row, HookedRow):
        value.row = HookedRow(value.row)
    made = Hook(value, hook)
    value.row.hooks.append(made)
    return made


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return `f` as one node that keeps nothing inside and runs `f` again in the backward pass (as `jax.checkpoint`).

    f takes scalars and returns one; Values it closes over receive their gradients too. It must give the same number
    when it is run again: otherwise the backward pass raises GraphError. On a chain of n operations, cut into sqrt(n)
    pieces, memory falls from n to about 2 sqrt(n) for one more forward pass (Chen et al. 2016). Where no graph of
    floats is recorded (numbers, Duals, symbols, no_grad) it is `f` itself.

    >>> x = Value(2.0)
    >>> cube = checkpoint(lambda t: t * t * t)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """

    def apply(*args: Any) -> Any:
        if not current().recording or any(isinstance(arg, Operand) and type(arg) is not Value for arg in args):
            return f(*args)
        row = CheckpointRow(f, args)
        return row(*row.inputs) if row.nodes else row.out

    return apply


class CheckpointRow(NaryRow):
    """A function as one row: its derivatives come from running it again on the same Values.

    There is one for every call, so it keeps little: what all of them share is in the class.
    """

    latex, text, domain = r"\operatorname{checkpoint}", "", ""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]):
        self.f, self.args = f, args
        self.out, nodes = self.run()
        inside = set(nodes)
        reached = dict.fromkeys(p for v in nodes for p in v.parents if p not in inside and p.row is not CONSTANT)
        self.inputs = tuple(reached)
        self.at = _bits(v.data for v in self.inputs)
        self.name = self.symbol = f"checkpoint({getattr(f, '__name__', 'f')})"
        self.data = self.out.data if type(self.out) is Value else self.out
        self.nodes = bool(nodes)
        if nodes:
            self.out = None  # nothing inside is kept

    def define(self, *inputs: Any) -> Any:
        """Return what the function returns."""
        return self.f(*self.args)

    def formula(self, *floats: float) -> float:
        """Return the result; at other numbers, in a program, compute it from them."""
        if _bits(floats) == _bits(v.data for v in self.inputs):
            return self.data
        out, nodes = self.run()
        return program(out, self.inputs, nodes).evaluate(floats)[0]

    @recording()
    def run(self) -> tuple[Any, list[Value]]:
        """Run the function; return its result and the nodes that were made on the way, parents first."""
        epoch = next_epoch()
        out = self.f(*self.args)
        next_epoch()
        if not isinstance(out, (Operand, int, float)):
            raise GraphError(f"checkpoint: the function must return one scalar, got {describe(out)}")
        return out, made_since(out, epoch) if type(out) is Value else []  # what is no Value is returned as it is

    @recording()
    def again(self, inputs: Sequence[Any]) -> tuple[Any, list[Value]]:
        """Run the function again on these operands: its own, or others in a program."""
        out, nodes = self.run()
        self.check_repeats(out)
        if all(given is own for given, own in zip(inputs, self.inputs, strict=True)):
            return out, nodes
        recorded = program(out, self.inputs, nodes)
        epoch = next_epoch()
        (out,) = recorded.evaluate(inputs)
        return out, made_since(out, epoch) if isinstance(out, Value) else []

    def check_repeats(self, out: Any) -> None:
        """Raise GraphError if the function gives another number than at first: its derivative would be another too."""
        unwritten = _bits(v.data for v in self.inputs) == self.at
        if unwritten and type(out) is Value and _bits([out.data]) != _bits([self.data]):
            raise GraphError(
                f"{self.name} gave {self.data!r} at first and {out.data!r} when it was run again for the backward "
                "pass: it must give the same each time; draw random numbers and change constants outside of it"
            )

    def push(self, v: Any, g: float) -> None:
        """Run the function again and walk what it made, straight into the Values it was given."""
        out, nodes = self.again(v.parents)
        out.grad = g
        push_all(nodes)

    def all_partials(self, args: Sequence[float], out: float) -> list[float]:
        """Return all local derivatives on floats."""
        return [_plain(d) for d in self.pull(1.0, [Value(x) for x in args], out)]

    def all_derivatives(self, args: Sequence[Any], out: Any) -> list[Any]:
        """Return all local derivatives, for any operands."""
        return self.pull(1.0, args, out)

    def pull(self, g: Any, args: Sequence[Any], out: Any) -> list[Any]:
        """Return what each argument receives: the function is run again and walked back."""
        copies = [ops.identity(arg) for arg in args]  # an argument may depend on another: cut each off
        again, _ = self.again(copies)
        return pull_back(again, g, copies, stops=copies)


class PathSum(NamedTuple):
    """The sum over all paths of the product of local derivatives along each, and the number of paths."""

    value: float
    paths: int


def path_sum(root: Value, leaf: Value, limit: int = 1_000_000) -> PathSum:
    """Return d(root)/d(leaf) as the sum over all paths: what back-propagation equals and avoids.

    A path that meets an exact 0 ends there, as an adjoint does. Raises GraphError when there are more than `limit`
    paths: their number can double with every operation; and StaleGraphError as `backward` does.

    >>> a = Value(1.0)
    >>> b = a + a
    >>> c = b + b
    >>> path_sum(c, a)
    PathSum(value=4.0, paths=4)
    """
    counts = _paths(_checked(root, "path_sum"), _checked(leaf, "path_sum"))
    paths = counts.get(root, 0)
    if paths > limit:
        size = f"{paths:,}" if paths < 10**12 else f"about 10**{int(paths.bit_length() * 0.30103)}"
        raise GraphError(f"path_sum: {size} paths are more than limit={limit:,}; backward() visits each edge once")
    total, stack = 0.0, [(root, 1.0)] if paths else []
    while stack:
        v, product = stack.pop()
        if v is leaf:
            total += product
        else:
            stack.extend((p, part) for p, part in _onward(v, product) if counts.get(p))
    return PathSum(total, paths)


def _onward(v: Value, product: float) -> Iterator[tuple[Value, float]]:
    """Yield each parent with the product as far as it; an exact 0, or a branch not taken, ends a path."""
    check_fresh(v)
    slopes = v.row.local([p.data for p in v.parents], v.data)
    for p, d in zip(v.parents, slopes, strict=True):
        if product * d != 0.0 and not (v.row.selects and d == 0.0):
            yield p, product * d


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
    nodes, _ = topological_order(_checked(root, "count_operations"))
    edges = sum(p.row is not CONSTANT for v in nodes for p in v.parents)
    return Operations(len(nodes), 2 * edges, len(nodes) + 2 * edges)


def _checked(x: Any, name: str) -> Value:
    if not isinstance(x, Value):
        raise TypeError(f"{name}: expected a Value, got {type(x).__name__}")
    return x


def _bits(numbers: Iterable[float]) -> list[str]:
    return [x.hex() for x in numbers]


def _adjoint(x: Any) -> Any:
    return x if isinstance(x, Operand) else number(x, "the adjoint that a hook returns")


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Operand) and not isinstance(x, float) else x
