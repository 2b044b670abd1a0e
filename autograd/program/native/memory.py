"""The memory that machine code works in, and the frame that says where everything is."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Mapping
from typing import Any

from ..planning.plan import Plan
from .driver import AT, FRAME
from .shapes import Block

LINE = 64  # bytes of a line of the processor's cache, to which buffers are aligned


class Buffer:
    """Be memory that begins with a line of the cache, at first zero."""

    def __init__(self, size: int):
        self.size = size
        self.memory = bytearray(size + LINE)
        start = ctypes.addressof((ctypes.c_char * len(self.memory)).from_buffer(self.memory))
        self.address = -(-start // LINE) * LINE


class Workspace:
    """Be the memory of one call at a time; `fixed` is what is the same in every frame."""

    def __init__(self, plan: Plan, block: Block, scratch: int, shared: int, fixed: Mapping[str, int]):
        size, sums = block.size, -(-plan.sums // block.across) * block.across
        self.flag = sums * size  # bytes to the flag, which comes last
        totals = self.flag + block.across * size
        self.shared = array("d", bytes(8 * shared))
        self.buffers = {
            "block": Buffer(plan.data * block.lanes * size), "lane": Buffer(plan.lanes * block.lanes * size),
            "once": Buffer(plan.once * size), "total": Buffer(totals), "part": Buffer(totals),
            "params copy": Buffer(plan.params * size), "scratch": Buffer(scratch),
        }  # fmt: skip
        self.chunks = [self.buffers["total"]]  # the totals of each chunk, where threads share them
        self.frame = array("q", bytes(8 * len(FRAME)))
        self.address = address(self.frame)
        numbers = {"sums": sums + block.across, "shared out": address(self.shared)}
        places = {name: buffer.address for name, buffer in self.buffers.items()}
        for name, number in {**fixed, **numbers, **places}.items():
            self[name] = number

    def __getitem__(self, name: str) -> int:
        return self.frame[AT[name] // 8]

    def __setitem__(self, name: str, number: int) -> None:
        self.frame[AT[name] // 8] = number

    def totals(self, parts: int) -> list[Buffer]:
        """Return the memory for the totals of so many chunks; it is kept for the next call."""
        size = self.buffers["total"].size
        self.chunks += (Buffer(size) for _ in range(parts - len(self.chunks)))
        return self.chunks[:parts]


def address(numbers: Any) -> int:
    """Return where an array's numbers are."""
    if type(numbers) is array:
        return numbers.buffer_info()[0]
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(numbers))  # 0.3 us; the other way takes 1.2
    except (TypeError, ValueError):  # read-only, or empty
        return numbers.ctypes.data
