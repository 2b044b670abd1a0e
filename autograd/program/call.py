"""The arguments of one call of a compiled function: one example, or rows of examples that share the other arguments."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

from ..errors import ShapeError
from .arguments import Form, Numbers, Rows, is_array, listed, table


class Call:
    """Hold the arguments as flat numbers; `forms` are their forms, of one row where an argument varies.

    `count` is the number of rows, None for a call on one example. Raises TypeError for what is no number, ShapeError
    where the arguments differ in the number of rows.
    """

    def __init__(self, args: Sequence[Any], varying: Collection[int], names: Sequence[str], batched: bool):
        self.varying = varying
        kinds = [Rows(names[n]) if batched and n in varying else Numbers() for n in range(len(args))]
        self.parts: list[Any] = kinds
        self.forms: tuple[Form, ...] = tuple(part.add(arg) for part, arg in zip(kinds, args, strict=True))
        self.operands = any(part.operands for part in kinds)
        self.count = _common_count([part for part in kinds if isinstance(part, Rows)])
        self.arrays = any(is_array(block) for part in kinds if isinstance(part, Rows) for block in part.blocks)

    def inputs(self) -> list[Any]:
        """Return all numbers of one example."""
        return list(chain.from_iterable(part.listed() for part in self.parts))

    def rows(self) -> Any:
        """Go over the rows; each is the numbers of one example."""
        shared = [None if isinstance(part, Rows) else part.listed() for part in self.parts]
        for k in range(self.count or 0):
            numbers = (part.row(k) if run is None else run for part, run in zip(self.parts, shared, strict=True))
            yield list(chain.from_iterable(numbers))

    def params(self) -> Any:
        """Return the numbers that all rows share as one run of doubles."""
        return _joined([part.buffer() for n, part in enumerate(self.parts) if n not in self.varying])

    def data(self) -> Any:
        """Return the numbers that vary, row by row, as one run of doubles."""
        parts = [self.parts[n] for n in range(len(self.parts)) if n in self.varying]
        if self.count is None:
            return _joined([part.buffer() for part in parts])
        return table([block for part in parts for block in part.blocks], self.count)


def _common_count(parts: Sequence[Rows]) -> int | None:
    for part in parts:
        if part.count != parts[0].count:
            raise ShapeError(
                f"all arguments that vary need the same number of rows: {parts[0].name} has {parts[0].count}, "
                f"{part.name} has {part.count}"
            )
    return parts[0].count if parts else None


def _joined(runs: Sequence[Any]) -> Any:
    """Return runs of doubles as one; a single one is handed on as it is."""
    if len(runs) == 1:
        return runs[0]
    joined = array("d")
    for run in runs:
        joined.extend(listed(run))
    return joined
