"""Which executor runs a plan, and why: machine code, NumPy over the rows, or plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..arguments import listed
from ..planning.plan import WIDE, Plan
from .report import share_of_large

ENGINES = ("auto", "python", "numpy", "native")
DTYPES = ("float64", "float32")
NEEDS = {"numpy": "numpy", "native": "llvmlite"}
MODULES = {"numpy": "..arrays.executor", "native": "..native"}

# So many equations, times rows, straight-line Python runs in the time that a call of the engine takes by itself.
SMALL = {"python": 0, "numpy": 3000, "native": 300}


def chosen_engine(engine: str, dtype: str) -> tuple[str, str]:
    """Return the engine and, in a sentence, why. Raises ImportError or ValueError where there is none."""
    if engine == "auto":
        return _best(dtype)
    if engine == "python" and dtype != "float64":
        raise ValueError(f"dtype={dtype!r} needs engine='native' or 'numpy': Python's own floats are float64")
    if engine in NEEDS and find_spec(NEEDS[engine]) is None:
        package = NEEDS[engine]
        raise ImportError(
            f"engine={engine!r} needs {package}: python3 -m pip install {package}, or leave the choice to engine='auto'"
        )
    return engine, "it was asked for"


def _best(dtype: str) -> tuple[str, str]:
    if find_spec("llvmlite"):
        return "native", "llvmlite is installed"
    if find_spec("numpy"):
        return "numpy", "llvmlite is not installed, NumPy is"
    if dtype != "float64":
        raise ValueError(f"dtype={dtype!r} needs llvmlite or NumPy: Python's own floats are float64")
    return "python", "neither llvmlite nor NumPy is installed"


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
