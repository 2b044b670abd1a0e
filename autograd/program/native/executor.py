"""From a plan to its machine code, and how it is called: addresses are kept, the interpreter's lock is released."""

from __future__ import annotations

import ctypes
import os
import time
from array import array
from typing import Any
from weakref import WeakValueDictionary

from ..plan import Irregular, Plan
from .assembly import PHASES, Assembly
from .cache import kept
from .driver import AT, FRAME
from .library import Own, library
from .llvm import Loaded, Target, object_code, target, version
from .shapes import Block

CHUNKS = 8  # parts of the rows that threads share; their totals are added in order, whatever the number of threads
SMALL, USUAL = 128, 64  # rows that are one block; otherwise about so many
LINE = 64  # bytes of a line of the processor's cache, to which buffers are aligned
REALS = {"float64": ("double", "d"), "float32": ("float", "f")}

_LOADED: WeakValueDictionary[tuple[str, Target], Loaded] = WeakValueDictionary()


def build(plan: Plan, *, rows: int, dtype: str = "float64", threads: int = 1) -> Native:
    """Return machine code that runs `plan`, best on about `rows` rows, right on any number.

    Raises ImportError without llvmlite.
    """
    host = target(os.environ.get("GLASSGRAD_FEATURES", ""))
    return Native(plan, block_of(rows, dtype, host), host, threads)


def block_of(rows: int, dtype: str, host: Target, small: int = SMALL, usual: int = USUAL) -> Block:
    """Return the block of lanes: all rows if they are few, otherwise an equal part of them."""
    real, code = REALS[dtype]
    width = 1 if rows == 1 else host.bytes // array(code).itemsize
    blocks = 1 if rows <= small else -(-rows // usual)
    return Block(real, width, max(1, -(-rows // (blocks * width))), host.accumulators if width > 1 else 8)


def loaded(text: str, host: Target) -> tuple[Loaded, bool, int]:
    """Return the machine code of a text, whether it was at hand, and its bytes."""
    known = _LOADED.get((text, host))
    if known is not None:
        return known, True, known.size
    code, found = kept((text, repr(host), version()), lambda: object_code(text, host))
    made = _LOADED[text, host] = Loaded(code, host)
    return made, found, len(code)


class Buffer:
    """Be memory that begins with a line of the cache."""

    def __init__(self, size: int):
        self.size = size
        self.memory = bytearray(size + LINE)
        start = ctypes.addressof((ctypes.c_char * len(self.memory)).from_buffer(self.memory))
        self.address = -(-start // LINE) * LINE


class Workspace:
    """Be the memory that one call works in, and the frame that says where everything is."""

    def __init__(self, native: Native):
        plan, block, size = native.plan, native.block, native.block.size
        sums = -(-plan.sums // block.width) * block.width + block.width  # the flag comes last
        self.shared = array("d", bytes(8 * len(native.shared)))
        self.buffers = {
            "block": Buffer(plan.data * block.lanes * size), "lane": Buffer(plan.lanes * block.lanes * size),
            "once": Buffer(plan.once * size), "total": Buffer(sums * size), "part": Buffer(sums * size),
            "params copy": Buffer(plan.params * size),
        }  # fmt: skip
        self.frame = array("q", bytes(8 * len(FRAME)))
        self.address = self.frame.buffer_info()[0]
        for name, number in (*native.fixed.items(), *((name, b.address) for name, b in self.buffers.items())):
            self.frame[AT[name] // 8] = number
        self.frame[AT["sums"] // 8] = sums
        self.frame[AT["shared out"] // 8] = self.shared.buffer_info()[0]


class Native:
    """Be a plan as machine code."""

    def __init__(self, plan: Plan, block: Block, host: Target, threads: int = 1, by_column: bool = False):
        self.plan, self.block, self.threads = plan, block, threads
        self.seconds: dict[str, float] = {}
        started = time.perf_counter()
        self.assembly = Assembly(plan, block, 1 if plan.strict else CHUNKS, by_column)
        emitted = time.perf_counter()
        self.code, self.from_cache, self.size = loaded(self.assembly.text, host)
        self.seconds = {"emit": emitted - started, "llvm": time.perf_counter() - emitted}
        self.raised: list[BaseException] = []
        self.own = [Own(row, self.raised, arity) for row, arity in self.assembly.own]
        self.shared = [place for place in plan.outputs if place[0] not in ("lane", "data")]
        self.kept = [place for place in plan.outputs if place[0] in ("lane", "data")]
        self.arrays = self._arrays()
        self.fixed = self._fixed()
        self._whole = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(self.code.address("whole"))
        self._spare = [self.workspace()]

    def __call__(self, params: Any, data: Any, rows: int) -> tuple[array[float], array[float]]:
        """Return the outputs that all rows share, and the others, rows x outputs.

        `params` and `data`, rows x columns without the seed, are flat buffers of doubles. Raises Irregular where a
        result is not finite.
        """
        out = array("d", bytes(8 * rows * len(self.kept)))
        space = self._spare.pop() if self._spare else self.workspace()
        frame = space.frame
        frame[_ROWS], frame[_PARAMS], frame[_IN], frame[_OUT] = rows, address(params), address(data), address(out)
        irregular = self._whole(space.address)
        shared = space.shared[:]
        self._spare.append(space)
        if irregular or self.raised:
            self._refuse()
        return shared, out

    def workspace(self) -> Workspace:
        """Return memory for one call at a time."""
        return Workspace(self)

    def forget(self) -> None:
        """Raise again what no program should catch among what rows' own functions raised; forget the rest."""
        errors, self.raised[:] = list(self.raised), []
        for error in errors:
            if not isinstance(error, Exception):
                raise error

    def _refuse(self) -> None:
        self.forget()
        raise Irregular

    def _arrays(self) -> dict[str, array[Any]]:
        """Return the arrays that the machine code reads."""
        code = "d" if self.block.real == "double" else "f"
        return {
            "const": array(code, self.plan.consts), "tables": array("i", self.assembly.tables.indices),
            "functions": array("q", [*library(), *(own.address for own in self.own)]),
            "shared": array("q", self._ranges()), "kept": array("q", self._places(self.kept)),
            **{f"{phase} records": array("q", self.assembly.records[phase]) for phase in PHASES},
        }  # fmt: skip

    def _places(self, places: list[tuple[str, int]]) -> list[int]:
        """Return where outputs are: their space's address in the frame, and the bytes from it."""
        size, lanes = self.block.size, self.block.lanes
        wide = ("data", "lane")
        return [k for name, at in places for k in (AT[name], at * size * (lanes if name in wide else 1))]

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


_ROWS, _PARAMS, _IN, _OUT = (AT[name] // 8 for name in ("rows", "params in", "rows in", "rows out"))


def address(numbers: Any) -> int:
    """Return where a buffer of doubles is."""
    if isinstance(numbers, array):
        return numbers.buffer_info()[0]
    return numbers.ctypes.data
