"""The rows of an argument that varies over them: blocks of rows times columns."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import copy
from itertools import chain
from typing import Any

from ...errors import ShapeError
from ...primitive import describe
from ..arguments import Form, Numbers, doubles, is_array, listed, sequence


class Rows:
    """The numbers of an argument that varies over rows: blocks of rows times columns, lists of lists or arrays."""

    def __init__(self, name: str):
        self.name = name
        self.blocks: list[Any] = []
        self.count: int | None = None
        self.operands = self.arrays = False

    def add(self, tree: Any) -> Form:
        """Take the rows of `tree`, along its first axis, and return the form of one row.

        Each entry of a dict or a named tuple has rows of its own. Raises ShapeError where the rows differ in form or
        in number.
        """
        if isinstance(tree, dict):
            return (dict, tuple(tree), tuple(map(self.add, tree.values())))
        if hasattr(tree, "_fields"):
            return sequence(type(tree), tuple(map(self.add, tree)))
        if is_array(tree) and tree.dtype.kind != "O":
            return self._add_array(tree)
        if not isinstance(tree, (list, tuple)) and not is_array(tree):
            raise ShapeError(
                f"{self.name} varies over rows: expected a list or an array of rows, got {describe(tree)}; "
                "if it is shared by all rows, name what varies: compile(f, batch='x')"
            )
        return self._add_list(tree)

    def _add_array(self, tree: Any) -> Form:
        self._counted(len(tree))
        self.blocks.append(doubles(tree, self.name).reshape(self.count, -1))
        self.arrays = True
        return ("array", tree.shape[1:]) if tree.ndim > 1 else None

    def _add_list(self, rows: Sequence[Any]) -> Form:
        self._counted(len(rows))
        if set(map(type, rows)) == {float}:
            self.blocks.append([[x] for x in rows])
            return None
        if _is_matrix(rows):
            self.blocks.append(rows)
            return (list, len(rows[0]), None)
        taken = [self._taken(k, row) for k, row in enumerate(rows)]
        self.blocks.append([run for _, run in taken])
        form = taken[0][0]
        for k, (found, _) in enumerate(taken):
            if found != form:
                raise ShapeError(f"{self.name}: row {k} has another shape than row 0")
        return form

    def _taken(self, k: int, row: Any) -> tuple[Form, Any]:
        numbers = Numbers(f"{self.name}, row {k},")
        form = numbers.add(row)
        self.operands |= numbers.operands
        return form, numbers.runs[0] if len(numbers.runs) == 1 else numbers.listed()

    def _counted(self, n: int) -> None:
        if n == 0:
            raise ShapeError(f"{self.name} varies over rows: expected at least one row, got none")
        if self.count not in (None, n):
            raise ShapeError(f"{self.name} must have as many rows in every part, got {self.count} and {n}")
        self.count = n

    def only(self, rows: Sequence[int]) -> Rows:
        """Return some of the rows."""
        part = copy(self)
        part.count = len(rows)
        part.blocks = [block[list(rows)] if is_array(block) else [block[k] for k in rows] for block in self.blocks]
        return part

    def row(self, k: int) -> list[Any]:
        """Return the numbers of row k."""
        return list(chain.from_iterable(listed(block[k]) for block in self.blocks))


def as_run(block: Any) -> tuple[Any, int]:
    """Return a block as one run of doubles, row by row, and its number of columns."""
    if is_array(block):
        return block.ravel(), block.shape[1]
    return array("d", chain.from_iterable(block)), len(block[0])


def _is_matrix(rows: Any) -> bool:
    """Say whether these are lists of floats of one length: the usual case, told at once."""
    if set(map(type, rows)) != {list} or len(set(map(len, rows))) > 1:
        return False
    return set(map(type, chain.from_iterable(rows))) == {float}
