"""From a plan to its machine code, and how it is called: addresses are kept, the interpreter's lock is released."""

from __future__ import annotations

import ctypes
import os
import time
from array import array
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from ..planning.plan import WIDE, Irregular, Plan
from .assembly import PHASES, Assembly
from .cache import kept
from .driver import AT
from .functions import Own, addresses
from .llvm import Loaded, Target, object_code, target, version
from .memory import Workspace, address
from .shapes import Block
from .threads import Team

CHUNKS = 8  # parts of the rows that threads share; their totals are added in order, whatever the number of threads
SMALL, USUAL, FEW = 128, 64, 16  # rows that are one block; otherwise about so many, and no fewer
CACHE = 128 * 1024  # bytes of columns that a block has
REALS = {"float64": ("double", "d"), "float32": ("float", "f")}

_LOADED: WeakValueDictionary[tuple[str, Target], Loaded] = WeakValueDictionary()


def build(plan: Plan, *, rows: int, dtype: str = "float64", threads: int = 1) -> Native:
    """Return machine code that runs `plan`, on `threads` threads, best on about `rows` rows, right on any number.

    Raises ImportError without llvmlite.
    """
    host = target(os.environ.get("GLASSGRAD_FEATURES", ""))
    return Native(plan, block_of(plan, rows, dtype, host), host, threads)


def block_of(plan: Plan, rows: int, dtype: str, host: Target, small: int = SMALL, usual: int = USUAL) -> Block:
    """Return the block of lanes: all rows if they are few, otherwise an equal part of them."""
    real, code = REALS[dtype]
    size = array(code).itemsize
    across = host.bytes // size
    width, most = 1 if rows == 1 else across, most_lanes(plan, size) // across * across
    lanes = min(most, rows if rows <= small else usual)
    return Block(real, width, max(1, -(-rows // (-(-rows // lanes) * width))), host.accumulators, across)


def most_lanes(plan: Plan, size: int) -> int:
    """Return how many lanes a block has at most, for what they read and write to stay near the processor.

    A block of 128 lanes of a recurrence (960 columns) takes 127 us, eight blocks of 16 take 99. But every block goes
    over all totals once: where these are many, fewer blocks take less.
    """
    columns = plan.data + plan.lanes + 1
    return max(FEW, 4 * plan.sums // columns, CACHE // (columns * size))


def loaded(text: str, host: Target) -> tuple[Loaded, bool, int]:
    """Return the machine code of a text, whether it was at hand, and its bytes."""
    known = _LOADED.get((text, host))
    if known is not None:
        return known, True, known.size
    code, found = kept((text, repr(host), version()), lambda: object_code(text, host))
    made = _LOADED[text, host] = Loaded(code, host)
    return made, found, len(code)


class Native:
    """Be a plan as machine code."""

    def __init__(self, plan: Plan, block: Block, host: Target, threads: int = 1, by_column: bool = False):
        self.plan, self.block = plan, block
        self.chunks = 1 if plan.strict else CHUNKS
        started = time.perf_counter()
        self.assembly = Assembly(plan, block, self.chunks, by_column)
        emitted = time.perf_counter()
        self.code, self.from_cache, self.size = loaded(self.assembly.text, host)
        self.seconds = {"emit": emitted - started, "llvm": time.perf_counter() - emitted}
        self.raised: list[BaseException] = []
        self.own = [Own(row, self.raised, arity) for row, arity in self.assembly.own]
        self.shared = [place for place in plan.outputs if place[0] not in WIDE]
        self.kept = [place for place in plan.outputs if place[0] in WIDE]
        self.arrays = self._arrays()
        self.fixed = self._fixed()
        self.whole = self.function("whole", result=ctypes.c_int64)
        self.spare: list[Workspace] = []
        self.team = Team(self, threads) if threads > 1 else None

    def __call__(self, params: Any, data: Any, rows: int) -> tuple[array[float], array[float]]:
        """Return the outputs that all rows share, and the others, rows x outputs.

        `params` are doubles, `data` are runs of them, rows x columns, each with its number of columns; the seed is not
        among them. Raises Irregular where a result is not finite.
        """
        runs = array("q", [k for run, columns in data for k in (address(run), columns)])
        out = array("d", bytes(8 * rows * len(self.kept)))
        space = self.workspace()
        frame = space.frame
        frame[_ROWS], frame[_PARAMS], frame[_OUT] = rows, address(params), address(out)
        frame[_IN], frame[_RUNS] = address(runs), len(data)
        team = self.team if self.team and self.parts(rows) > 1 else None
        irregular = self.whole(space.address) if team is None else team.run(space, (params, data, runs, out))
        shared = space.shared[:]
        self.spare.append(space)
        if irregular or self.raised:
            self.forget()
            raise Irregular
        return shared, out

    def function(self, name: str, arguments: int = 1, result: Any = None) -> Callable[..., Any]:
        """Return a function of the machine code; its arguments are addresses and whole numbers."""
        return ctypes.CFUNCTYPE(result, *[ctypes.c_int64] * arguments)(self.code.address(name))

    def workspace(self) -> Workspace:
        """Return memory for one call at a time."""
        try:
            return self.spare.pop()
        except IndexError:  # not asked before: another thread might take it in between
            return Workspace(self.plan, self.block, self.assembly.scratch, len(self.shared), self.fixed)

    def parts(self, rows: int) -> int:
        """Return in how many chunks so many rows are worked on, whatever the number of threads."""
        return min(-(-rows // self.block.lanes), self.chunks)

    def forget(self) -> None:
        """Raise again what no program should catch among what rows' own functions raised; forget the rest."""
        errors, self.raised[:] = list(self.raised), []
        for error in errors:
            if not isinstance(error, Exception):
                raise error

    def _arrays(self) -> dict[str, array[Any]]:
        """Return the arrays that the machine code reads."""
        code = "d" if self.block.real == "double" else "f"
        return {
            "const": array(code, self.plan.consts), "tables": array("i", self.assembly.tables.indices),
            "functions": array("q", [*addresses(), *(own.address for own in self.own)]),
            "shared": array("q", self._ranges()), "kept": array("q", self._places(self.kept)),
            **{f"{phase} records": array("q", self.assembly.records[phase]) for phase in PHASES},
        }  # fmt: skip

    def _places(self, places: list[tuple[str, int]]) -> list[int]:
        """Return where outputs are: their space's address in the frame, and the bytes from it."""
        size, lanes = self.block.size, self.block.lanes
        return [k for name, at in places for k in (AT[name], at * size * (lanes if name in WIDE else 1))]

    def _ranges(self) -> list[int]:
        """Return where outputs that all rows share are, neighbours together: space, bytes from it, how many."""
        ranges: list[list[Any]] = []
        for name, at in self.shared:
            if ranges and ranges[-1][0] == name and sum(ranges[-1][1:]) == at:
                ranges[-1][2] += 1
            else:
                ranges.append([name, at, 1])
        return [k for name, at, count in ranges for k in (AT[name], at * self.block.size, count)]

    def _fixed(self) -> dict[str, int]:
        """Return what is the same in every frame."""
        counts = {f"{phase} count": self.assembly.counts[phase] for phase in PHASES}
        sizes = {"columns": self.plan.data, "params": self.plan.params,
                 "shared count": len(self._ranges()) // 3, "kept count": len(self.kept)}  # fmt: skip
        return counts | sizes | {name: a.buffer_info()[0] for name, a in self.arrays.items()}

    @property
    def source(self) -> list[str]:
        """The kernels' texts."""
        return self.assembly.kernels

    def stats(self) -> dict[str, Any]:
        """Return what was made: how much, how long it took, for what machine."""
        return {
            "groups": len(self.plan.groups), "kernels": len(self.source), "seconds": self.seconds,
            "from_cache": self.from_cache, "bytes": self.size, "width": self.block.width, "lanes": self.block.lanes,
        }  # fmt: skip


# Set by number in every call: by name they take 0.1 us each.
_ROWS, _PARAMS, _IN, _RUNS, _OUT = (AT[name] // 8 for name in ("rows", "params in", "rows in", "runs", "rows out"))
