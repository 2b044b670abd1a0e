"""Record a function once and run it as straight-line Python, many times faster than on Values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine import Value
from ..errors import GraphError, TraceError
from ..modes import by_default
from ..primitive import RAISED, Operand, describe, number
from ..pullback import pull_back
from ..reverse import chosen
from ..structure import flatten, shape
from .equations import Program
from .graph import program
from .passes import simplified
from .python import Source
from .symbol import Symbol, traced


class Recorded:
    """One program of a function for one structure of arguments, with its source and the compiled function."""

    def __init__(self, program: Program, rebuild: Callable[[list[Any]], Any]):
        self.program, self.rebuild = program, rebuild
        self.source = Source(program)
        self.run = self.source.function()

    def __call__(self, inputs: Sequence[Any]) -> Any:
        if any(isinstance(x, Operand) for x in inputs):
            return self.rebuild(self.program.evaluate(inputs))
        try:
            return self.rebuild(list(self.run(*inputs)))
        except RAISED:
            # The rows themselves say it in a sentence: where, and what is allowed.
            return self.rebuild(self.program.evaluate(inputs))


class Compiled:
    """A function of nested lists, tuples and dicts of numbers, recorded once for each structure of its arguments.

    >>> from autograd import tanh
    >>> f = compile(lambda w, x: tanh(w[0] * x + w[1]))
    >>> f([0.5, -1.0], 2.0)
    0.0
    >>> f.value_and_grad([0.5, -1.0], 2.0)
    (0.0, [2.0, 1.0])
    """

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int] = 0):
        self.f, self.argnums = f, argnums
        self.last: Recorded | None = None
        self._values: dict[Any, Recorded] = {}
        self._gradients: dict[Any, Recorded] = {}

    def __repr__(self) -> str:
        return f"<compiled {getattr(self.f, '__name__', repr(self.f))}>"

    def __call__(self, *args: Any) -> Any:
        return self._run(self._values, self._record_value, args)

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """Return the value and the gradient by argument `argnums`, in that argument's structure."""
        chosen(args, self.argnums)  # says what is wrong with the numbers
        return self._run(self._gradients, self._record_gradient, args)

    @property
    def equations(self) -> str:
        """The program that ran last, as text."""
        return str(self._ran().program)

    @property
    def source(self) -> str:
        """The program that ran last, as Python source."""
        return self._ran().source.text

    def _ran(self) -> Recorded:
        if self.last is None:
            raise TraceError("nothing has been recorded yet: call the compiled function first")
        return self.last

    def _run(self, known: dict[Any, Recorded], record: Callable[..., Recorded], args: tuple[Any, ...]) -> Any:
        leaves, rebuild = flatten(args)
        inputs = [x if isinstance(x, Operand) else number(x, "an argument of a compiled function") for x in leaves]
        key = shape(args)
        if key not in known:
            known[key] = record(rebuild, len(leaves))
        recorded = self.last = known[key]
        return recorded(inputs)

    def _record_value(self, rebuild: Callable[[list[Any]], Any], n: int) -> Recorded:
        symbols = [Symbol(f"x{k}") for k in range(n)]
        out, made = traced(by_default()(self.f), *rebuild(symbols))
        outputs, rebuild_output = flatten(out)
        return Recorded(simplified(program(_values(outputs), symbols, made)), rebuild_output)

    def _record_gradient(self, rebuild: Callable[[list[Any]], Any], n: int) -> Recorded:
        symbols = [Symbol(f"x{k}") for k in range(n)]
        args = rebuild(symbols)
        wanted, rebuild_gradient = flatten(chosen(args, self.argnums))
        outputs, made = traced(by_default()(self._value_and_slopes), args, wanted)
        several = not isinstance(self.argnums, int)
        recorded = simplified(program(_values(outputs), symbols, made))
        return Recorded(recorded, lambda values: (values[0], _gradient(rebuild_gradient(values[1:]), several)))

    def _value_and_slopes(self, args: Sequence[Any], wanted: Sequence[Any]) -> list[Any]:
        (out,) = _values([_scalar(self.f(*args))])
        return [out, *pull_back(out, 1.0, wanted)]


def compile(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Compiled:
    """Return `f` as a compiled function: same structures of numbers in and out, same bits as on Values.

    `f` may contain loops, lists and closures; its graph must not depend on the numbers. It runs once for each structure
    of its arguments: Values it closes over are frozen then, with the numbers they have (make them arguments to vary
    them), and so is what it draws at random. Raises TraceError where it reads or compares a number while being
    recorded, and names what to use instead.

    >>> compile(lambda x: x * x)(3.0)
    9.0
    """
    if not callable(f):
        raise TypeError(f"compile: expected a function, got {describe(f)}")
    return Compiled(f, argnums)


def _gradient(slopes: tuple[Any, ...], several: bool) -> Any:
    return slopes if several else slopes[0]


def _values(outputs: Sequence[Any]) -> list[Value]:
    return [y if isinstance(y, Value) else Value(_number(y), requires_grad=False) for y in outputs]


def _scalar(out: Any) -> Any:
    if not isinstance(out, (Value, int, float)):
        raise GraphError(f"value_and_grad: the function must return one scalar, got {describe(out)}")
    return out


def _number(x: Any) -> float:
    try:
        return number(x, "")
    except TypeError:
        raise TypeError(f"a compiled function must return numbers, got {describe(x)}") from None
