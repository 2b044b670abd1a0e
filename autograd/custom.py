"""A user's own operation: `@primitive` for the short form, `Function` in PyTorch's shape."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from threading import local
from typing import Any

from .engine import Value
from .errors import GraphError, TraceError
from .forward import Dual
from .modes import differentiating, ieee, no_grad, recording
from .primitive import IEEE, RAISED, Operand, Row, describe, number
from .program import program
from .program.chance import random_states, restore
from .program.closure import held_by
from .program.symbol import traced
from .structure import tree_map


class UserRow(Row):
    """What all rows of users' operations share: nobody knows their domains, so each may raise."""

    partials: tuple[Callable[..., Any], ...] = ()
    domain, raises = "x inside the domain", True

    def __init__(self, name: str, arity: int):
        self.name = self.symbol = name
        self.latex = rf"\operatorname{{{name}}}"
        self.arity = arity


class OwnRow(UserRow):
    """One operation of a user: a function of floats and one derivative for each argument, in x, y, ..., out."""

    def __init__(self, name: str, formula: Callable[..., float], partials: Sequence[Callable[..., Any]]):
        super().__init__(name, len(partials))
        self.partials = tuple(partials)
        self.formula = lambda *args: number(formula(*args), f"the result of {name}")

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`, one per argument; where a derivative raises, IEEE 754 rules."""
        return [self._partial(i, args, out) for i in range(len(args))]

    def _partial(self, i: int, args: Sequence[float], out: float) -> float:
        try:
            slope = self.partials[i](*args, out)
        except RAISED:
            slope = self.partials[i](*map(IEEE, args), IEEE(out))
        return float(slope) if type(slope) is IEEE else number(slope, f"the derivative {i} of {self.name}")


def primitive(*partials: Callable[..., Any]) -> Callable[[Callable[..., float]], OwnRow]:
    """Make an operation of a function of floats, given one local derivative for each argument.

    Each derivative is a function of the arguments and the result, written with operators and autograd's functions, so
    that it works in every mode and to any order. Both must depend on their arguments alone: a compiled function records
    the derivative once, and calls the function once for equal arguments. Raises TypeError for a derivative that cannot
    be called, and where their number or their parameters do not fit the function.

    >>> from autograd import Value
    >>> @primitive(lambda x, out: 3 * x**2)
    ... def cube(x):
    ...     return x * x * x
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """

    def make(f: Callable[..., float]) -> OwnRow:
        if not callable(f):
            raise TypeError(f"primitive: write @primitive(derivative, ...) above a function, got {describe(f)}")
        name = getattr(f, "__name__", "function")
        _check_parameters(f, len(partials), f"primitive: {name} has {len(partials)} derivatives")
        for i, partial in enumerate(partials):
            _check_parameters(partial, len(partials) + 1, f"primitive: derivative {i} of {name} takes x, ..., out")
        return OwnRow(name, f, partials)

    for partial in partials:
        if not callable(partial):
            raise TypeError(f"primitive: a derivative must be a function of x, ..., out, got {describe(partial)}")
    return make


def _check_parameters(f: Callable[..., Any], count: int, what: str) -> None:
    try:
        inspect.signature(f).bind(*range(count))
    except ValueError:  # a function of C without a signature
        return
    except TypeError:
        raise TypeError(f"{what}: it must take {count} argument{'s' * (count != 1)}") from None


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
        """Carry out the operation: numbers for numbers, Values with history for Values.

        `forward` runs once. What is no Value (a number, an option) is handed over as it is and gets no gradient.
        """
        places = [i for i, arg in enumerate(args) if isinstance(arg, Operand)]
        operands = [args[i] for i in places]
        try:
            run = Application(cls, args, places, [Value(_plain(arg)) for arg in operands])
        except TraceError:
            return _traced(cls, args, places, operands)
        if not operands:
            return run.results([_plain(y) for y in run.outputs])
        return run.results([FunctionRow(cls, k, run)(*operands) for k in range(len(run.outputs))])


class Application:
    """One run of a Function's forward on variables of its own, and what it kept."""

    def __init__(self, function: type[Function], args: Sequence[Any], places: Sequence[int], inputs: Sequence[Any]):
        self.function, self.args, self.places, self.inputs = function, list(args), places, list(inputs)
        self.ctx = Context()
        for place, value in zip(places, inputs, strict=True):
            self.args[place] = value
        given = _forward(function, self.ctx, self.args)
        self.several = isinstance(given, (tuple, list))
        self.outputs = list(given) if self.several else [given]

    def named(self, k: int) -> str:
        """Return the name of output number `k`."""
        return self.function.__name__ + (f".{k}" if self.several else "")

    def results(self, values: Sequence[Any]) -> Any:
        """Return one result as it is, several as a tuple."""
        return tuple(values) if self.several else values[0]

    def slopes(self, ctx: Context, k: int) -> list[Any]:
        """Return the derivatives of output `k` by the operands: `backward` at the adjoint 1 of that output."""
        seeds = [Value(1.0 if j == k else 0.0, requires_grad=False) for j in range(len(self.outputs))]
        given = self.function.backward(ctx, *seeds)
        adjoints = list(given) if isinstance(given, (tuple, list)) else [given]
        if len(adjoints) != len(self.args):
            name = self.function.__name__
            raise GraphError(f"{name}: backward must return {len(self.args)} adjoints, got {len(adjoints)}")
        return [self._slope(adjoints[i]) for i in self.places]

    @no_grad()
    @ieee()
    def numbers(self, k: int) -> list[float]:
        """Return the derivatives of output `k` at the numbers of this run."""
        return [_plain(d) for d in self.slopes(self.ctx, k)]

    def _slope(self, given: Any) -> Any:
        role = f"a gradient that {self.function.__name__}.backward returns"
        return 0.0 if given is None else _settled(given) if isinstance(given, Operand) else number(given, role)

    def connected(self, args: Sequence[Any]) -> Context:
        """Return the context with what was kept computed again from `args`, so that it can be differentiated."""
        ctx = Context()
        for name, kept in vars(self.ctx).items():
            setattr(ctx, name, self._again(kept, args))
        return ctx

    def _again(self, kept: Any, args: Sequence[Any]) -> Any:
        return tree_map(lambda one: self._value_again(one, args), kept)

    def _value_again(self, kept: Any, args: Sequence[Any]) -> Any:
        return program(kept, self.inputs).evaluate(args)[0] if isinstance(kept, Value) else kept

    def at(self, args: Sequence[float]) -> Application:
        """Return this run, or another one if these are other numbers."""
        if [x.data.hex() for x in self.inputs] == [x.hex() for x in args]:
            return self
        return Application(self.function, self.args, self.places, list(map(Value, args)))


@recording()
def _forward(function: type[Function], ctx: Context, args: Sequence[Any]) -> Any:
    return function.forward(ctx, *args)


class FunctionRow(UserRow):
    """Output number `k` of one application of a Function."""

    def __init__(self, function: type[Function], k: int, run: Application):
        super().__init__(run.named(k), len(run.inputs))
        self.k, self.run = k, run
        self.formula = self._value

    def _value(self, *args: float) -> float:
        """Return the result; on other numbers, in a program, run forward again."""
        return _plain(self.run.at(args).outputs[self.k])

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives, of what forward kept; where backward would raise, IEEE 754 rules."""
        return self.run.at(args).numbers(self.k)

    @differentiating()
    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives as a graph over `args`."""
        return self.run.slopes(self.run.connected(args), self.k)


class WrittenRow(UserRow):
    """Output number `k` of a Function whose forward could be recorded: (that record, *operands) -> the record.

    Forward and backward stem from one run, so what that run drew at random is the same in both.
    """

    domain, raises = "", False

    def __init__(self, k: int, run: Application):
        super().__init__(run.named(k), len(run.inputs) + 1)
        self.k, self.run = k, run
        self.formula = lambda record, *operands: record

    @no_grad()
    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`: of the operands alone."""
        return [_plain(d) for d in self.derivatives([Value(x) for x in args], out)]

    @ieee()
    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives as a graph: of the operands alone."""
        return [0.0, *self.run.slopes(self.run.connected(args[1:]), self.k)]


class CalledRow(UserRow):
    """The one result of a Function that reads numbers, in a program: it is called anew at every run."""

    def __init__(self, function: type[Function], args: Sequence[Any], places: Sequence[int]):
        super().__init__(function.__name__, len(places))
        self.function, self.args, self.places, self.latest = function, args, places, local()
        self.formula = lambda *floats: _plain(self._run(floats, anew=True).outputs[0])

    def _run(self, floats: Sequence[float], anew: bool = False) -> Application:
        """Return the run for these numbers; backward takes the one that forward has just made."""
        kept = getattr(self.latest, "run", None)
        if anew or kept is None or kept.at(floats) is not kept:
            kept = self.latest.run = Application(self.function, self.args, self.places, list(map(Value, floats)))
        return kept

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`."""
        return self._run(args).numbers(0)

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives as calls."""
        return [SlopeRow(self, i)(*args) for i in range(len(args))]


class SlopeRow(UserRow):
    """The local derivative by operand `i` of a Function that only runs on numbers, as a call in a program."""

    def __init__(self, row: CalledRow, i: int):
        super().__init__(f"{row.name}'{i}", len(row.places))
        self.formula = lambda *args: row.local(args, 0.0)[i]

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Refuse: this backward reads numbers, so its own derivative is unknown to a program."""
        raise GraphError(f"{self.name} reads numbers in backward: write it with operators to differentiate it twice")


def _traced(function: type[Function], args: Sequence[Any], places: Sequence[int], operands: Sequence[Any]) -> Any:
    before = random_states(held_by(function.forward))
    try:
        run = Application(function, args, places, [_innermost(x) for x in operands])
        traced(ieee()(run.slopes), run.ctx, 0)  # a trial, not part of the program
    except TraceError:  # forward or backward reads numbers: it is called, and taken to have one result
        restore(before)  # what the trial drew no run uses
        return CalledRow(function, args, places)(*operands)
    return run.results([WrittenRow(k, run)(y, *operands) for k, y in enumerate(run.outputs)])


def _settled(x: Any) -> Any:
    """Return a Value that depends on no variable as the number it is, also inside Duals."""
    if isinstance(x, Dual):
        return Dual(_settled(x.primal), _settled(x.tangent), x.level)
    return x.data if isinstance(x, Value) and not x.symbolic and not x.requires_grad else x


def _innermost(x: Any) -> Value:
    """Return the symbol under the tangents of Duals."""
    while not isinstance(x, (Value, float)):
        x = x.primal
    return Value(x) if isinstance(x, float) else x


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Operand) and not isinstance(x, float) else number(x, "a result of a Function")
