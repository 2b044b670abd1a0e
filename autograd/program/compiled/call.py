"""The arguments of one call of a compiled function: one example, or rows of examples that share the other arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from itertools import chain
from typing import Any

from ...errors import ShapeError
from ..arguments import Form, Numbers, one_run
from .rows import Rows, as_run

OPTION = "; an option is fixed before: compile(lambda w, x: f(w, x, option))"


class Roles:
    """What each of some arguments is for: which are differentiated by, which vary over rows, how each is called."""

    def __init__(self, names: Sequence[str], wanted: Sequence[int], varying: Collection[int], count: int):
        self.wanted, self.varying = wanted, frozenset(varying)
        unnamed = [f"argument {n}" for n in range(len(names), count)]
        self.titles = [*names[:count], *unnamed]
        self.names = [*(f"argument {name!r}" for name in names[:count]), *unnamed]
        self.varies = [n in self.varying for n in range(count)]


class Call:
    """Hold the arguments as flat numbers; `forms` are their forms, of one row where an argument varies.

    `count` is the number of rows, None for a call on one example. Raises TypeError for what is no number, ShapeError
    where the arguments differ in the number of rows.
    """

    def __init__(self, args: Sequence[Any], roles: Roles, batched: bool):
        self.roles = roles
        self.count: int | None = None
        self.like: int | None = None  # the number of rows that it is to be run as
        self.operands = self.arrays = False
        self.parts: list[Any] = []
        forms = []
        for arg, varies, name in zip(args, roles.varies, roles.names, strict=True):
            part: Any = Rows(name) if batched and varies else Numbers(name, OPTION)
            forms.append(part.add(arg))
            self.parts.append(part)
            self.operands |= part.operands
            if batched and varies:
                self._count(part)
        if batched and self.count is None:
            raise ShapeError(f"expected at least one row, got no numbers in what varies: {_those(roles)}")
        self.forms: tuple[Form, ...] = tuple(forms)

    def _count(self, part: Rows) -> None:
        self.arrays |= part.arrays
        if part.count is None:  # an empty dict
            return
        if self.count not in (None, part.count):
            first = next(part for part in self.parts if isinstance(part, Rows) and part.count)
            raise ShapeError(
                f"all arguments that vary need the same number of rows: {first.name} has {first.count}, "
                f"{part.name} has {part.count}"
            )
        self.count = part.count

    def inputs(self) -> list[Any]:
        """Return all numbers of one example."""
        return list(chain.from_iterable(part.listed() for part in self.parts))

    def only(self, rows: Sequence[int]) -> Call:
        """Return the call on some of the rows, to be run as if there were as many as here."""
        part = copy(self)
        part.count, part.like = len(rows), self.count
        part.parts = [one.only(rows) if isinstance(one, Rows) else one for one in self.parts]
        return part

    def rows(self) -> Iterator[list[Any]]:
        """Go over the rows; each is the numbers of one example."""
        if self.count is None:
            yield self.inputs()
        shared = [None if isinstance(part, Rows) else part.listed() for part in self.parts]
        for k in range(self.count or 0):
            numbers = (part.row(k) if run is None else run for part, run in zip(self.parts, shared, strict=True))
            yield list(chain.from_iterable(numbers))

    def params(self) -> Any:
        """Return the numbers that all rows share as one run of doubles."""
        parts = [part for part, varies in zip(self.parts, self.roles.varies, strict=True) if not varies]
        return one_run([run for part in parts for run in part.runs], any(part.arrays for part in parts))

    def data(self) -> list[tuple[Any, int]]:
        """Return the numbers that vary: runs of doubles, row by row, each with its number of columns."""
        parts = [part for part, varies in zip(self.parts, self.roles.varies, strict=True) if varies]
        if self.count is None:
            return [(buffer, len(buffer)) for buffer in (part.buffer() for part in parts)]
        return [as_run(block) for part in parts for block in part.blocks]


def _those(roles: Roles) -> str:
    return ", ".join(name for name, varies in zip(roles.names, roles.varies, strict=True) if varies)
