"""A Symbol is a Value without a number: operations on it are recorded, nothing is computed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import ops
from ..arithmetic import install
from ..engine import Value
from ..modes import STATE
from ..primitive import CONSTANT, LEAF, Row, number
from .refusals import BRANCH, INDEX, NUMBER, UNPACK, refusal


class _Tape(threading.local):
    """The symbols of one thread in the order in which they were made; None while nobody asks."""

    made: list[Symbol] | None = None


_TAPE = _Tape()


@contextmanager
def traced() -> Iterator[list[Symbol]]:
    """Collect every symbol that is made inside, in order: what a function does, also what it does not return."""
    outside, _TAPE.made = _TAPE.made, []
    try:
        yield _TAPE.made
    finally:
        _TAPE.made = outside


class Symbol(Value):
    """Stand for an input of a program, or for what is computed from one."""

    __slots__ = ()
    priority = 1
    symbolic = True

    def __init__(self, label: str = "", row: Row = LEAF, parents: tuple[Value, ...] = ()):
        self.row, self.label, self.epoch, self.mark = row, label, 0, None
        self.first, self.second = parents if len(parents) == 2 else (parents[0] if len(parents) == 1 else parents, None)
        if _TAPE.made is not None and parents:
            _TAPE.made.append(self)

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Symbol:
        """Record `row` on `args`; numbers become constants."""
        parents = tuple(arg if isinstance(arg, Value) else _constant(row, i, arg) for i, arg in enumerate(args))
        out = cls("", row.ieee if STATE.ieee else row, parents)
        return out if STATE.recording else cls("", ops.stop_gradient, (out,))

    def detach(self) -> Symbol:
        """Return the same number, cut off from differentiation."""
        return Symbol("", ops.stop_gradient, (self,))

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
