"""A Value is a number that remembers where it came from; `backward` walks that memory from output to leaves."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial, wraps
from itertools import repeat
from math import isfinite, isinf, isnan
from typing import Any

from . import ops
from .arithmetic import install
from .errors import GraphError, NonFiniteError, TraceError
from .frames import line_of_user
from .graph import LOCK, check_fresh, name_of, topological_order
from .modes import ACTIVE, current
from .numpy_names import in_place_of
from .primitive import CONSTANT, LEAF, RAISED, Operand, Row, describe, number
from .pullback import all_adjoints

NO_GRAD = "the grad of a leaf is not a number: set it to 0.0, as zero_grad() does, not to None"
FROZEN = (
    "a program is being recorded and a Value was written to: the program keeps the number it had; "
    "return the new value, or write outside the compiled function"
)

# How often data have been overwritten. A node carries the epoch of its making, a leaf that of its last writing or 0,
# an overwritten node that of its overwriting, negative.
_epoch = 0


class Value(Operand):
    """Be a scalar that records the operations applied to it.

    Shapes: `data` and `grad` are floats. `parents` are the Values it was computed from, in argument order and with
    repeats; () for a leaf. `row` is the operation, `label` a name for pictures and messages.
    Raises TypeError for what is not a real number (bool, str, None, complex, arrays, another Value).

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2
    >>> y.backward()
    >>> y.data, x.grad
    (11.0, 6.0)
    """

    # A symbol has no number: it is what a program is recorded on.
    symbolic = False

    __slots__ = ("_data", "grad", "first", "second", "row", "epoch", "mark", "label")

    _data: float
    grad: float
    # The parents without a tuple for every node, which saves 32 bytes and a third of a training step: `first` is the
    # only parent or the first of two, `second` the second or None. With no or many parents `first` is their tuple.
    first: Any
    second: Any
    row: Row
    epoch: int
    mark: object
    label: str

    def __init__(
        self,
        data: Any,
        _children: Iterable[Value] = (),
        _op: str = "",
        label: str = "",
        *,
        requires_grad: bool = True,
    ):
        self._data = number(data, "Value data")
        self.grad = 0.0
        self.first, self.second = _nodes(_children), None
        self.row = Closure(_op) if self.first else LEAF if requires_grad else CONSTANT
        self.epoch = _epoch if self.first else 0
        self.mark = None
        self.label = label

    @property
    def data(self) -> float:
        """The number. Writing one makes every graph that has used the old one stale: its `backward` raises."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        new = number(data, "Value data")
        if current().tracing:
            raise TraceError(FROZEN + line_of_user())
        with LOCK:  # stamped before and after: an interrupt or a reader in between never sees a fresh mixture
            _stamp(self)
            self._data = new
            _stamp(self)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values this one was computed from, in argument order and with repeats; () for a leaf."""
        first, second = self.first, self.second
        if second is not None:
            return (first, second)
        return first if type(first) is tuple else (first,)

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient arrives here: set it on a leaf; a computed Value asks its leaves."""
        if self.parents:
            return any(leaf.row is LEAF for leaf in topological_order(self)[1])
        return self.row is LEAF

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self.parents:
            raise GraphError(f"requires_grad of a computed Value (op {self._op!r}) follows its leaves; use detach()")
        self.row = LEAF if wanted else CONSTANT

    @property
    def local_gradients(self) -> tuple[Callable[[], float], ...]:
        """One closure per parent that returns d(this)/d(parent), and raises StaleGraphError as `backward` does.

        >>> x, y = Value(2.0), Value(5.0)
        >>> [d() for d in (x * y).local_gradients]
        [5.0, 2.0]
        """
        return tuple(_local_gradient(self, i) for i in range(len(self.parents)))

    def item(self) -> float:
        """Return the number, as PyTorch does."""
        return self._data

    def detach(self) -> Value:
        """Return a constant with the same number and no history."""
        return _constant(self._data)

    def backward(self, seed: float = 1.0, create_graph: bool = False) -> None:
        """Add d(this)/d(leaf) * `seed` to the grad of every leaf; computed nodes get theirs afresh.

        With `create_graph` the gradients of the leaves are Values that can be differentiated again (as in PyTorch).

        All or nothing: an error or an interrupt leaves the gradients of the leaves as they were.
        Raises StaleGraphError where a value was overwritten after it was used.

        >>> x = Value(2.0)
        >>> y = 3 * x
        >>> for _ in range(3):
        ...     y.backward()
        >>> x.grad
        9.0
        """
        start = _finite(number(seed, "seed"), "seed")
        if create_graph:
            return _backward_as_graph(self, start)
        with LOCK:
            nodes, leaves = topological_order(self)
            saved = list(map(_grad, leaves))
            # Ready before it is needed: a call straight into C is the one thing a second interrupt cannot come before.
            restore: Callable[[], object] = partial(deque, map(_grad_setter, leaves, saved), 0)
            try:
                _set_grads(nodes, repeat(0.0))
                _set_grads(leaves, repeat(0.0))
                self.grad = start
                (_push_watched if current().anomaly else push_all)(nodes)
                _set_grads(leaves, _totals(leaves, saved))
            except BaseException:
                restore()
                raise

    # -- micrograd's names ---------------------------------------------------------------------------------------------

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.parents

    @property
    def _op(self) -> str:
        return self.row.symbol

    @property
    def _backward(self) -> Callable[[], None]:
        return lambda: _push_one(self)

    @_backward.setter
    def _backward(self, closure: Callable[[], None]) -> None:
        if not self.parents:
            raise GraphError("a leaf has no parents to push to: name them, out = Value(data, (a, b), 'op')")
        self.row = Closure(self._op, closure)

    # -- being operated on ---------------------------------------------------------------------------------------------

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Value:
        """Record `row` on `args`: Values, and numbers that become constants."""
        epoch = _epoch  # before the data: a write in between makes the node stale, never silently wrong
        try:
            data, parents = [arg._data for arg in args], tuple(args)
        except AttributeError:
            parents = tuple([arg if isinstance(arg, Value) else _operand(row, i, arg) for i, arg in enumerate(args)])
            data = [p._data for p in parents]
        try:
            result = row.formula(*data)
        except RAISED as error:
            result = row.recover(error, data, [p.label for p in parents])
        if current().anomaly:
            _watch(row, parents, result)
        if current().ieee:
            row = row.ieee
        out = _node(row, parents, result, epoch) if current().recording else _constant(result)
        origins = current().origins
        if origins is not None:
            origins[out] = line_of_user()
        return out

    __lt__: Callable[[Value, Any], bool]  # these four compare data, see _comparison
    __le__: Callable[[Value, Any], bool]
    __gt__: Callable[[Value, Any], bool]
    __ge__: Callable[[Value, Any], bool]

    def __pos__(self) -> Value:
        return self

    def __float__(self) -> float:
        raise TypeError(
            "a Value is not turned into a float silently, its history would be lost: "
            "use v.data or v.item() for the number, autograd.exp(v) in place of math.exp(v)"
        )

    __int__ = __float__

    def __floordiv__(self, other: Any) -> Value:
        raise TypeError("// and % have no useful derivative: use v.data // n for the number")

    __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __floordiv__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Answer NumPy: `np.float64(2) * v` is `2.0 * v`; arrays and functions of NumPy are refused."""
        row = _NUMPY_OPERATORS.get(ufunc.__name__)
        if row is None or method != "__call__" or options:
            raise TypeError(f"np.{ufunc.__name__} cannot see a Value's history: use {in_place_of(ufunc.__name__)}")
        return row(*(_numpy_operand(x, ufunc.__name__) for x in inputs))

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self.grad!r}{name})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.parents:
            raise TypeError(
                f"a computed Value (op {self._op!r}) cannot be copied or pickled: its history would be torn; "
                "detach() it, or copy the leaves and compute it again"
            )
        return _leaf, (self._data, self.label, self.row is LEAF)


class Closure(Row):
    """What `out._backward = closure` puts in the row's place: the operation a micrograd tutorial defines by hand."""

    closed = True

    def __init__(self, symbol: str, closure: Callable[[], None] | None = None):
        self.name = self.symbol = self.latex = symbol
        self.closure = closure
        self.partials = ()

    def push(self, v: Value, g: float) -> None:
        """Call the closure; it reads the adjoint from `out.grad` and adds to its parents' by itself."""
        if self.closure is None:
            raise GraphError(f"nothing says how to differentiate {self.name!r}: assign out._backward = closure")
        self.closure()

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Refuse: a closure pushes products, it has no local derivatives by themselves."""
        raise GraphError(f"the operation {self.name!r} is a closure: it has no local gradients, call v._backward()")


# -- making nodes ------------------------------------------------------------------------------------------------------

_new = object.__new__


def _node(row: Row, parents: tuple[Value, ...], data: float, epoch: int) -> Value:
    out = _new(Value)
    out.epoch = epoch
    out._data = data
    out.grad = 0.0
    out.first, out.second = parents if len(parents) == 2 else (parents[0] if len(parents) == 1 else parents, None)
    out.row = row
    out.mark = None
    out.label = ""
    return out


def _constant(data: float) -> Value:
    return _node(CONSTANT, (), data, 0)


def _leaf(data: float, label: str, requires_grad: bool) -> Value:
    return Value(data, label=label, requires_grad=requires_grad)


def _nodes(children: Iterable[Value]) -> tuple[Value, ...]:
    parents = tuple(children)
    for child in parents:
        if not isinstance(child, Value):
            raise TypeError(f"the children of a Value must be Values, got {describe(child)}")
    return parents


def _operand(row: Row, i: int, x: Any) -> Value:
    return _constant(number(x, f"{row.name}: argument {i + 1}"))


def _numpy_operand(x: Any, operation: str) -> Any:
    if isinstance(x, Value):
        return x
    # To compare, NumPy wraps its scalars into arrays without a dimension.
    scalar = operation.startswith(("less", "greater")) and x.shape == ()
    return number(x.item() if scalar else x, f"{operation}: operand")


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    """Make a method that compares data; another kind of operand, a Dual say, is asked itself."""

    def method(self: Value, other: Any) -> bool:
        if isinstance(other, Value):
            return compare(self._data, other._data)
        if isinstance(other, Operand):
            return NotImplemented
        return compare(self._data, number(other, "the other side of a comparison"))

    return method


def _unary(row: Row) -> Callable[[Value], Value]:
    """Make the method of a row with one argument: the node is filled in place."""
    formula = row.formula

    def method(self: Value) -> Value:
        if ACTIVE:
            return row(self)
        out = _new(Value)
        out.epoch = _epoch
        try:
            out._data = formula(self._data)
        except RAISED as error:
            out._data = row.recover(error, (self._data,), (self.label,))
        out.grad = 0.0
        out.first = self
        out.second = None
        out.row = row
        out.mark = None
        out.label = ""
        return out

    return method


def _binary(row: Row) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    """Make the pair of methods, left and reflected, of a row with two arguments.

    The node is filled in place and the epoch is read before the data: 0.18 µs, against 0.5 through `row(self, other)`.
    """
    formula = row.formula

    def left(self: Value, other: Any) -> Value:
        if type(other) is not Value:
            other = _other(other, row)
            if type(other) is not Value:
                return other if other is NotImplemented else row(self, other)
        if ACTIVE:
            return row(self, other)
        out = _new(Value)
        out.epoch = _epoch
        try:
            out._data = formula(self._data, other._data)
        except RAISED as error:
            out._data = row.recover(error, (self._data, other._data), (self.label, other.label))
        out.grad = 0.0
        out.first = self
        out.second = other
        out.row = row
        out.mark = None
        out.label = ""
        return out

    def reflected(self: Value, other: Any) -> Any:  # other - self
        other = _other(other, row)
        if type(other) is Value:
            return left(other, self)
        return other if other is NotImplemented else row(other, self)

    return left, reflected


def _other(x: Any, row: Row) -> Any:
    """Return the other operand as a Value or another Operand; NotImplemented for what may know better itself."""
    if type(x) is float or type(x) is int:
        return _constant(float(x))
    if isinstance(x, Operand):
        return x
    if type(x).__module__ == "builtins" or hasattr(x, "shape"):
        return _constant(number(x, f"the operand of {row.symbol}"))
    try:
        return _constant(number(x, ""))
    except TypeError:
        return NotImplemented


@lru_cache(maxsize=1024, typed=True)
def _power(n: float) -> Callable[[Value], Value]:
    return _unary(ops.power(n))


def _pow(self: Value, n: Any) -> Value:
    """Return self ** n; a number belongs to the row, a Value is differentiated by."""
    return _power(n)(self) if type(n) in (int, float) else ops.pow(self, n)


install(Value, _unary, _binary, _pow)
for _compare in (operator.lt, operator.le, operator.gt, operator.ge):
    setattr(Value, f"__{_compare.__name__}__", _comparison(_compare))


@wraps(ops.neuron)
def neuron(w: Iterable[Any], x: Iterable[Any], b: Any = None, activation: Row | None = None) -> Any:
    # The usual case written out, lists of Values and a bias: 1.6 µs for 16 inputs against 4.2 through the row.
    if isinstance(w, list) and w and isinstance(x, list) and not ACTIVE:
        epoch = _epoch
        try:
            total = b._data
            for wi, xi in zip(w, x, strict=True):
                total += wi._data * xi._data
            row = ops.neuron_row(activation, True)
            result = total if activation is None else activation.formula(total)
            return _node(row, (b, *w, *x), result, epoch)
        except (AttributeError, TypeError, *RAISED):
            pass  # numbers, Duals, lists that differ, a domain left: the row itself says what is to be done
    return ops.neuron(w, x, b, activation)


_NUMPY_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": ops.add,
    "subtract": ops.sub,
    "multiply": ops.mul,
    "divide": ops.div,
    "true_divide": ops.div,
    "power": ops.pow,
    "negative": ops.neg,
    "less": lambda x, y: y > x if isinstance(y, Value) else x < y,
    "less_equal": lambda x, y: y >= x if isinstance(y, Value) else x <= y,
    "greater": lambda x, y: y < x if isinstance(y, Value) else x > y,
    "greater_equal": lambda x, y: y <= x if isinstance(y, Value) else x >= y,
}


# -- the backward pass -------------------------------------------------------------------------------------------------


def push_all(nodes: list[Value]) -> None:
    """Walk from the output to the leaves; an adjoint that is exactly 0 is not passed on.

    The two hottest rows are written out: 0.15 µs a node against 0.6 through `row.push`.
    """
    mul, add = ops.mul, ops.add
    for v in reversed(nodes):
        if v.epoch != _epoch:  # something was written since: perhaps nothing of this graph
            check_fresh(v)
        g = v.grad
        if g == 0.0:
            continue
        row = v.row
        if row is mul:
            x, y = v.first, v.second
            x.grad += g * y._data
            y.grad += g * x._data
        elif row is add:
            x, y = v.first, v.second
            x.grad += g
            y.grad += g
        else:
            row.push(v, g)


def _push_watched(nodes: list[Value]) -> None:
    """Walk as `push_all` does, and raise at the first adjoint that is nan or inf."""
    for v in reversed(nodes):
        _push_one(v)
        for p in v.parents:
            if p.row is not CONSTANT and not isfinite(p.grad):
                raise NonFiniteError(
                    f"backward of {v.row.name}: the gradient of {name_of(p)} became {p.grad} "
                    f"({v.row.name} of {', '.join(map(name_of, v.parents))} received {v.grad})"
                    f"{(current().origins or {}).get(v, '')}"
                )


def adjoints(root: Value, seed: float, wanted: Sequence[Value]) -> list[float]:
    """Return d(root)/d(v) * `seed` for each v of `wanted`; the grad of no Value changes."""
    with LOCK:
        nodes, leaves = topological_order(root)
        reached = nodes + leaves
        restore: Callable[[], object] = partial(deque, map(_grad_setter, reached, list(map(_grad, reached))), 0)
        try:
            _set_grads(reached, repeat(0.0))
            root.grad = seed
            (_push_watched if current().anomaly else push_all)(nodes)
            found = _grads_of(wanted, set(reached))
            restore()
        except BaseException:
            restore()  # a second time nothing is left to restore
            raise
        return found


def _grads_of(wanted: Sequence[Value], reached: set[Value]) -> list[float]:
    return [v.grad if v in reached else 0.0 for v in wanted]


def _backward_as_graph(root: Value, seed: float) -> None:
    nodes, leaves = topological_order(root)
    variables = [leaf for leaf in leaves if leaf.row is LEAF]
    flowed = all_adjoints(root, seed, [*nodes, *variables], set())
    totals = [_total(leaf, flowed[leaf]) for leaf in variables]
    # Computed nodes keep the number only: a graph of its own gradient would be a reference cycle.
    numbers = [_item(flowed[v]) for v in nodes]
    _set_grads((*nodes, *variables), (*numbers, *totals))


def _total(leaf: Value, part: Any) -> Any:
    if not isinstance(leaf.grad, (float, int, Value)):
        raise GraphError(NO_GRAD)
    return leaf.grad + (0.0 + part)


def _item(x: Any) -> float:
    return x._data if isinstance(x, Value) else x


def _push_one(v: Value) -> None:
    check_fresh(v)
    if v.grad != 0.0:
        v.row.push(v, v.grad)


def _local_gradient(v: Value, i: int) -> Callable[[], float]:
    def derivative() -> float:
        check_fresh(v)
        return v.row.local([p._data for p in v.parents], v._data)[i]

    return derivative


def _totals(leaves: list[Value], saved: list[float]) -> list[float]:
    try:
        return [old + leaf.grad if leaf.row is LEAF else old for leaf, old in zip(leaves, saved, strict=True)]
    except TypeError:
        raise GraphError(
            "the grad of a leaf is not a number: set it to 0.0, as zero_grad() does, not to None"
        ) from None


def _set_grads(nodes: Iterable[Value], grads: Iterable[float]) -> None:
    # One call into C: an interrupt comes before it or after it, never in between.
    deque(map(_grad_setter, nodes, grads), 0)


_grad = operator.attrgetter("grad")
_grad_setter = vars(Value)["grad"].__set__


def next_epoch() -> int:
    """Begin a new epoch and return it: nodes made from now on carry it."""
    global _epoch
    with LOCK:
        _epoch += 1
        return _epoch


def made_since(root: Value, epoch: int) -> list[Value]:
    """Return the computed nodes of the graph of `root` that were made in or after `epoch`, parents first."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack = [(root, False)]
    while stack:
        v, done = stack.pop()
        if done:
            order.append(v)
        elif v not in seen and v.parents and v.epoch >= epoch:
            seen.add(v)
            stack.append((v, True))
            stack.extend((p, False) for p in reversed(v.parents))
    return order


def _stamp(value: Value) -> None:
    global _epoch
    _epoch += 1
    value.epoch = -_epoch if value.parents else _epoch


def _watch(row: Row, parents: Sequence[Value], data: float) -> None:
    """Raise NonFiniteError where inf comes out of finite operands, or nan out of operands that are not nan."""
    born = isnan(data) and not any(isnan(p._data) for p in parents)
    if born or (isinf(data) and all(isfinite(p._data) for p in parents)):
        shown = row.show([p._data for p in parents], [p.label for p in parents])
        raise NonFiniteError(f"{row.name}: {shown} is {data}{line_of_user()}")


def _finite(x: float, role: str) -> float:
    if not isfinite(x):
        raise ValueError(f"{role} must be finite, got {x}")
    return x
