"""A call shared among threads: each runs some chunks of the rows, and their totals are added in the chunks' order.

So results do not depend on the number of threads. Machine code releases the interpreter's lock while it runs.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .memory import Buffer, Workspace

if TYPE_CHECKING:
    from .executor import Native

# What a helper's frame takes over from the caller's.
SHARED = ("rows", "rows in", "runs", "rows out", "param", "once", "resident")


class Team:
    """Be the threads that share the calls of one plan: the caller's and others."""

    def __init__(self, native: Native, threads: int):
        self.native, self.threads = native, threads
        self._pools: dict[int, ThreadPoolExecutor] = {}
        self._begin, self._fill, self._chunk = map(native.function, ("begin", "fill", "chunk"), (1, 1, 2))
        self._merge, self._finish = native.function("merge", 4), native.function("finish", result=ctypes.c_int64)

    def run(self, space: Workspace, given: tuple[Any, ...]) -> int:
        """Run a call; return whether it was irregular.

        `given` are the arrays whose addresses are in the frame. On Ctrl-C the caller leaves and lets go of them while
        threads still read and write: every thread holds them.
        """
        totals = space.totals(self.native.parts(space["rows"]))
        threads = min(self.threads, len(totals))
        self._begin(space.address)
        self._together(threads, lambda t: self._share(space, totals, range(t, len(totals), threads), given))
        self._together(threads, lambda t: self._add(space, totals, *self._part(space, t, threads)))
        return self._finish(space.address)

    def _together(self, threads: int, work: Callable[[int], None]) -> None:
        """Work with so many threads, of which the caller is one."""
        others = [self.pool().submit(work, t) for t in range(1, threads)]
        work(0)
        for other in others:
            other.result()

    def pool(self) -> ThreadPoolExecutor:
        """Return the other threads; a forked process has none of its parent's."""
        process = os.getpid()
        return self._pools.get(process) or self._pools.setdefault(process, ThreadPoolExecutor(self.threads - 1))

    def _share(self, space: Workspace, totals: list[Buffer], chunks: range, given: tuple[Any, ...]) -> None:
        """Run some chunks, each into totals of its own; `begin` has set those of the first to zero."""
        helper = self.native.workspace()
        for name in SHARED:
            helper[name] = space[name]
        for k in chunks:
            helper["sum"] = totals[k].address
            helper["flag"] = totals[k].address + space.flag
            if k:
                self._fill(helper.address)
            self._chunk(helper.address, k)
        self.native.spare.append(helper)

    def _part(self, space: Workspace, t: int, threads: int) -> tuple[int, int]:
        """Return which of the totals thread t adds up: from where, and how many; whole vectors."""
        across = self.native.block.across
        vectors = space["sums"] // across
        first, last = vectors * t // threads, vectors * (t + 1) // threads
        return first * across, (last - first) * across

    def _add(self, space: Workspace, totals: list[Buffer], first: int, count: int) -> None:
        """Add up the totals of all chunks in their order, each thread a part of them."""
        start = first * self.native.block.size
        for part in totals[1:]:
            self._merge(space.address, totals[0].address + start, part.address + start, count)
