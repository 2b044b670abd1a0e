"""What a function was given otherwise than as arguments: its closure, its globals, the object it is a method of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

PLAIN = (type, ModuleType, FunctionType, BuiltinFunctionType)  # what belongs to nobody in particular


def held_by(f: Callable[..., Any]) -> list[Any]:
    """Return what a function refers to, and the attributes of objects among it.

    Names that are not bound yet are left out.

    >>> w = [1.0, 2.0]
    >>> held_by(lambda x: w[0] * x)[2:]
    [[1.0, 2.0]]
    """
    function = getattr(f, "__func__", f)
    held = [f, getattr(f, "__self__", None), *_cells(function), *_globals(function)]
    return [*held, *(one for thing in held if not isinstance(thing, PLAIN) for one in _attributes(thing))]


def _attributes(thing: Any) -> Iterable[Any]:
    return getattr(thing, "__dict__", {}).values()


def _cells(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # not bound yet
            yield cell.cell_contents


def _globals(function: Any) -> list[Any]:
    code, names = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    return [] if code is None else [names[name] for name in code.co_names if name in names]
