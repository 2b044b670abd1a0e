"""A plan made ready to run by one engine, and its results put in order."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..arguments import listed
from ..planning.plan import WIDE, Plan
from .report import share_of_large

MODULES = {"numpy": "..arrays.executor", "native": "..native"}


def alike(rows: int) -> int:
    """Return how many rows an executor for `rows` is made for: 1, or a block of at most 128 rows.

    It depends on the number of rows alone, and so do the results, to the bit.
    """
    blocks = 1 if rows <= 128 else -(-rows // 64)
    return 1 if rows == 1 else 8 * -(-rows // (8 * blocks))


class Executor:
    """A plan made ready by one engine, for about so many rows; several threads may run it at once."""

    def __init__(self, plan: Plan, reduced: Sequence[bool], engine: str, rows: int, dtype: str, threads: int):
        self.plan, self.reduced = plan, reduced
        self.made = import_module(MODULES[engine], __package__).build(plan, rows=rows, dtype=dtype, threads=threads)
        self.apart = [space in WIDE for space, _ in plan.outputs]
        # Without outputs there is no telling the rows by them.
        self.plain = bool(reduced) and all(apart != total for apart, total in zip(self.apart, reduced, strict=True))
        self.whole = not any(self.apart)

    def __call__(self, params: Any, data: Any, rows: int) -> tuple[Any, Any]:
        """Return the reduced outputs, and row by row the others. Raises Irregular where only the rows can answer."""
        sums, lanes = self.made(params, data, rows)
        if self.plain and self.whole:
            return sums, ()
        lanes = () if self.whole else _by_row(lanes, rows)
        return (sums, lanes) if self.plain else self._sorted(sums, lanes, rows)

    @property
    def source(self) -> list[str]:
        """The texts of the kernels, where there are any."""
        return getattr(self.made, "source", [])

    def stats(self) -> dict[str, Any]:
        """Return what is known of the plan and of its machine code."""
        plain = {"groups": len(self.plan.groups), "in groups of 8 or more": share_of_large(self.plan.groups)}
        return plain | (self.made.stats() if hasattr(self.made, "stats") else {})

    def _sorted(self, sums: Any, lanes: Any, rows: int) -> tuple[list[float], list[list[float]]]:
        """Return outputs that no row changes where they belong: once for each row, or as often as there are rows."""
        totals, columns = iter(listed(sums)), iter(zip(*listed(lanes), strict=True))
        found = [next(columns) if apart else next(totals) for apart in self.apart]
        reduced: list[Any] = []
        own: list[Any] = []
        for (space, _), x, total in zip(self.plan.outputs, found, self.reduced, strict=True):
            if total:
                reduced.append(x if space == "sum" else x * rows)
            else:
                own.append(x if space in WIDE else (x,) * rows)
        return reduced, [list(row) for row in zip(*own, strict=True)] or [[] for _ in range(rows)]


def _by_row(lanes: Any, rows: int) -> Any:
    if hasattr(lanes, "reshape"):
        return lanes.reshape(rows, -1)
    return memoryview(lanes).cast("B").cast(lanes.typecode, (rows, len(lanes) // rows))
