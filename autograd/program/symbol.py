"""A Symbol is a Value without a number: operations on it are recorded, nothing is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar, copy_context
from itertools import repeat
from numbers import Real
from typing import Any

from .. import ops
from ..arithmetic import install
from ..engine import Value
from ..modes import current
from ..primitive import CONSTANT, LEAF, Row, number
from .refusals import BRANCH, INDEX, NUMBER, UNPACK, refusal

# The symbols of this thread in the order in which they were made; None while nobody asks.
TAPE: ContextVar[list[Symbol] | None] = ContextVar("tape", default=None)


def traced(f: Callable[..., Any], *args: Any) -> tuple[Any, list[Symbol]]:
    """Return f(*args) and every symbol made on the way, in order: what it does, also what it does not return."""
    made: list[Symbol] = []

    def run() -> Any:
        TAPE.set(made)
        return f(*args)

    return copy_context().run(run), made  # a context of its own: however the call ends, nothing stays behind


class Symbol(Value):
    """Stand for an input of a program, or for what is computed from one."""

    __slots__ = ()
    priority = 1
    symbolic = True

    def __init__(self, label: str = "", row: Row = LEAF, parents: tuple[Value, ...] = ()):
        self.row, self.label, self.epoch, self.mark = row, label, 0, None
        self.first, self.second = parents if len(parents) == 2 else (parents[0] if len(parents) == 1 else parents, None)
        tape = TAPE.get()
        if tape is not None and parents:
            tape.append(self)

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Symbol:
        """Record `row` on `args`; numbers become constants."""
        modes, parents = current(), tuple(args)
        if not all(map(isinstance, parents, repeat(Value))):
            parents = tuple(arg if isinstance(arg, Value) else _constant(row, i, arg) for i, arg in enumerate(args))
        out = cls("", row.ieee if modes.ieee else row, parents)
        return out if modes.recording else cls("", ops.stop_gradient, (out,))

    def detach(self) -> Symbol:
        """Return the same number, cut off from differentiation."""
        return Symbol("", ops.stop_gradient, (self,))

    def __eq__(self, other: object) -> bool:
        """Say whether both are the same symbol. Raises TraceError for a number: the answer would be frozen."""
        return self._refuse_branch() if isinstance(other, Real) else self is other

    __hash__ = Value.__hash__

    def __repr__(self) -> str:
        return f"Symbol({self.label or self._op!r})"

    _refuse_number = refusal(NUMBER)
    _refuse_branch = refusal(BRANCH)

    data = property(_refuse_number, _refuse_number)
    grad = property(_refuse_number, _refuse_number)
    local_gradients = property(_refuse_number)
    item = __float__ = __int__ = __round__ = __reduce__ = __format__ = _refuse_number
    __index__ = refusal(INDEX)
    __iter__ = refusal(UNPACK)
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _refuse_number
    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse_branch
    backward = _refuse_number


install(Symbol)


def _constant(row: Row, i: int, x: Any) -> Value:
    value = Value(number(x, f"{row.name}: argument {i + 1}"))
    value.row = CONSTANT
    return value
