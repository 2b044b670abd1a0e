"""A Symbol is a Value without a number: operations on it are recorded, nothing is computed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from .. import ops
from ..arithmetic import install
from ..engine import Value
from ..errors import TraceError
from ..modes import STATE
from ..primitive import CONSTANT, LEAF, Row, number


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

    def __iter__(self) -> NoReturn:
        raise TraceError(
            f"one value cannot be unpacked: {self!r} is recorded as one (a Function that reads numbers is)"
        )

    def detach(self) -> Symbol:
        """Return the same number, cut off from differentiation."""
        return Symbol("", ops.stop_gradient, (self,))

    def __repr__(self) -> str:
        return f"Symbol({self.label or self._op!r})"

    def _refuse_number(self, *_: object, **__: object) -> NoReturn:
        raise TraceError(
            "a program is being recorded and this value has no number yet: .data, .item(), float() and formatting are "
            "not possible; compute with autograd's functions, and read numbers outside the compiled function"
        )

    def _refuse_branch(self, *_: object) -> NoReturn:
        raise TraceError(
            "a program is being recorded and cannot branch on a value that has no number yet: use positive(x), step(x) "
            "or where(positive(x), a, b) in place of `if x > 0`, maximum, relu, clip or logsumexp in place of max()"
        )

    data = property(_refuse_number, _refuse_number)
    grad = property(_refuse_number, _refuse_number)
    local_gradients = property(_refuse_number)
    item = __float__ = __int__ = __index__ = __round__ = __reduce__ = _refuse_number
    __format__ = _refuse_number
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _refuse_number
    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse_branch
    backward = _refuse_number


install(Symbol)


def _constant(row: Row, i: int, x: Any) -> Value:
    value = Value(number(x, f"{row.name}: argument {i + 1}"))
    value.row = CONSTANT
    return value
