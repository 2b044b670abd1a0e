"""A user's own operation: `@primitive` for the short form, `Function` in PyTorch's shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from .engine import Value
from .errors import GraphError, TraceError
from .modes import no_grad
from .primitive import IEEE, RAISED, Operand, Row, describe, number


class OwnRow(Row):
    """One operation of a user: a function of floats and one derivative for each argument, in x, y, ..., out."""

    def __init__(self, name: str, formula: Callable[..., float], partials: Sequence[Callable[..., Any]]):
        self.name = self.symbol = name
        self.latex = rf"\operatorname{{{name}}}"
        self.partials, self.arity, self.raises = tuple(partials), len(partials), True
        self.samples = self.kinks = ()
        self.domain = "x inside the domain"
        self.formula = lambda *args: number(formula(*args), f"the result of {name}")
        self.limit = lambda *args: float("nan")

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`, one per argument."""
        return [self._partial(partial, args, out) for partial in self.partials]

    def _partial(self, partial: Callable[..., Any], args: Sequence[float], out: float) -> float:
        try:
            return float(partial(*args, out))
        except RAISED:
            return float(partial(*map(IEEE, args), IEEE(out)))


def primitive(*partials: Callable[..., Any]) -> Callable[[Callable[..., float]], OwnRow]:
    """Make an operation of a function of floats, given one local derivative for each argument.

    Each derivative is a function of the arguments and the result, written with operators and autograd's functions, so
    that it works in every mode and to any order. Raises TypeError for a derivative that cannot be called.

    >>> from autograd import Value
    >>> @primitive(lambda x, out: 3 * x**2)
    ... def cube(x):
    ...     return x * x * x
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    for partial in partials:
        if not callable(partial):
            raise TypeError(f"primitive: a derivative must be a function of x, ..., out, got {describe(partial)}")
    return lambda f: OwnRow(f.__name__, f, partials)


class Context:
    """Carry what `forward` keeps for `backward`, as PyTorch's ctx does; other attributes may be set on it."""

    saved_values: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        """Keep values for `backward`, which finds them in `ctx.saved_values` (or PyTorch's `saved_tensors`)."""
        self.saved_values = values

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The saved values, under PyTorch's name."""
        return self.saved_values


class Function:
    """Be the base of an operation with static `forward(ctx, ...)` and `backward(ctx, g)`, as torch.autograd.Function.

    `forward` receives Values without history and returns one scalar or a tuple of them; `backward` receives the adjoint
    of each output and returns one gradient for each argument (None for none). Written with operators and autograd's
    functions it can be differentiated again.

    >>> from autograd import Value, relu, step
    >>> class MyReLU(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return relu(x)
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_values
    ...         return g * step(x)
    >>> x = Value(0.0)
    >>> MyReLU.apply(x).backward()
    >>> x.grad
    1.0
    """

    @staticmethod
    def forward(ctx: Context, *args: Any) -> Any:
        """Return the result; keep in `ctx` what `backward` needs."""
        raise NotImplementedError("a Function needs a static method forward(ctx, ...)")

    @staticmethod
    def backward(ctx: Context, *adjoints: Any) -> Any:
        """Return the adjoint of each argument."""
        raise NotImplementedError("a Function needs a static method backward(ctx, g)")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Carry out the operation: numbers for numbers, Values with history for Values."""
        if not any(isinstance(arg, Operand) for arg in args):
            outputs, several = _run_forward(cls, Context(), args)
            return tuple(outputs) if several else outputs[0]
        return _applied(cls, args)


class FunctionRow(Row):
    """Output number `k` of a Function. `ctx` is what one application kept; None in a program, which runs many times."""

    def __init__(self, function: type[Function], k: int, outputs: int, ctx: Context | None, inputs: Sequence[Any]):
        self.name = self.symbol = function.__name__ + (f".{k}" if outputs > 1 else "")
        self.latex = rf"\operatorname{{{function.__name__}}}"
        self.function, self.k, self.outputs, self.ctx, self.inputs = function, k, outputs, ctx, inputs
        self.arity, self.raises, self.partials, self.samples, self.kinks = len(inputs), True, (), (), ()
        self.domain, self.limit = "x inside the domain", lambda *args: float("nan")
        self.formula = lambda *args: _run_forward(function, Context(), args)[0][k]

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives: `backward` of the context that `forward` filled, at the adjoint 1."""
        with no_grad():
            return [_plain(d) for d in self._backward(self.ctx or self._filled([_constant(x) for x in args]))]

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives as a graph; where `backward` needs numbers a program calls it as it stands."""
        try:
            return self._backward(self._connected(args) if self.ctx else self._filled(args))
        except TraceError:
            return [SlopeRow(self, i)(*args) for i in range(len(args))]

    def _connected(self, args: Sequence[Any]) -> Context:
        """Return the kept context with the inputs themselves in place of what was saved of them."""
        ctx = copy(self.ctx) or Context()
        where = {id(constant): arg for constant, arg in zip(self.inputs, args, strict=True)}
        ctx.saved_values = tuple(where.get(id(saved), saved) for saved in ctx.saved_values)
        return ctx

    def _filled(self, args: Sequence[Any]) -> Context:
        ctx = Context()
        self.function.forward(ctx, *args)
        return ctx

    def _backward(self, ctx: Context) -> list[Any]:
        seeds = [1.0 if j == self.k else 0.0 for j in range(self.outputs)]
        given = self.function.backward(ctx, *map(_constant, seeds))
        adjoints = list(given) if isinstance(given, (tuple, list)) else [given]
        if len(adjoints) != self.arity:
            raise GraphError(f"{self.name}: backward must return {self.arity} adjoints, got {len(adjoints)}")
        return [0.0 if d is None else d for d in adjoints]


class SlopeRow(Row):
    """The local derivative by argument `i` of a Function that only runs on numbers, as a call in a program."""

    def __init__(self, row: FunctionRow, i: int):
        self.name = self.symbol = self.latex = f"{row.name}'{i}"
        self.arity, self.raises, self.partials, self.samples, self.kinks = row.arity, True, (), (), ()
        self.domain, self.limit = "x inside the domain", lambda *args: float("nan")
        self.formula = lambda *args: row.local(args, row.formula(*args))[i]

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Refuse: this backward reads numbers, so its own derivative is unknown to a program."""
        raise GraphError(f"{self.name} reads numbers in backward: write it with operators to differentiate it twice")


def _applied(function: type[Function], args: Sequence[Any]) -> Any:
    try:
        ctx, inputs = Context(), [_constant(arg) for arg in args]
        outputs, several = _run_forward(function, ctx, inputs)
    except TraceError:
        return _traced(function, args)
    return _results([FunctionRow(function, k, len(outputs), ctx, inputs) for k in range(len(outputs))], args, several)


def _traced(function: type[Function], args: Sequence[Any]) -> Any:
    try:
        given = function.forward(Context(), *args)
    except TraceError:  # forward reads numbers: then it is taken to have one result
        given = None
    several = isinstance(given, (tuple, list))
    outputs = len(given) if several else 1
    return _results([FunctionRow(function, k, outputs, None, args) for k in range(outputs)], args, several)


def _results(rows: Sequence[FunctionRow], args: Sequence[Any], several: bool) -> Any:
    results = tuple(row(*args) for row in rows)
    return results if several else results[0]


def _run_forward(function: type[Function], ctx: Context, args: Sequence[Any]) -> tuple[list[float], bool]:
    with no_grad():
        given = function.forward(ctx, *(arg if isinstance(arg, Value) else _constant(arg) for arg in args))
    several = isinstance(given, (tuple, list))
    return [_plain(y) for y in (given if several else [given])], several


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Operand) and not isinstance(x, float) else number(x, "a result")


def _constant(x: Any) -> Value:
    return Value(_plain(x), requires_grad=False)
