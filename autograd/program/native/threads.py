"""A call shared among threads: each runs some chunks of the rows, and their totals are added in the chunks' order.

So results do not depend on the number of threads. Machine code releases the interpreter's lock while it runs.
"""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .driver import AT
from .memory import Buffer, Workspace

if TYPE_CHECKING:
    from .executor import Native

# What a helper's frame takes over from the caller's.
SHARED = ("rows", "rows in", "runs", "rows out", "param", "once", "resident")


class Team:
    """Be the threads that share the calls of one plan."""

    def __init__(self, native: Native, threads: int):
        self.native, self.threads, self.process = native, threads, 0
        self._begin, self._merge = native.function("begin"), native.function("merge")
        self._chunk, self._finish = native.function("chunk", 2), native.function("finish", result=ctypes.c_int64)

    def run(self, space: Workspace, given: tuple[Any, ...]) -> int:
        """Run a call; return whether it was irregular.

        `given` are the arrays whose addresses are in the frame. On Ctrl-C the caller leaves and lets go of them while
        threads still read and write: every thread holds them.
        """
        parts = self.native.parts(space.frame[AT["rows"] // 8])
        self._begin(space.address)
        totals = [space.buffers["total"], *(Buffer(space.buffers["total"].size) for _ in range(parts - 1))]
        threads = min(self.threads, parts)
        list(self.pool().map(lambda t: self._share(space, totals, range(t, parts, threads), given), range(threads)))
        for total in totals[1:]:
            space.frame[AT["part"] // 8] = total.address
            self._merge(space.address)
        space.frame[AT["part"] // 8] = space.buffers["part"].address
        return self._finish(space.address)

    def pool(self) -> ThreadPoolExecutor:
        """Return the threads; a forked process has none of its parent's."""
        if self.process != os.getpid():
            self.process, self._pool = os.getpid(), ThreadPoolExecutor(self.threads)
        return self._pool

    def _share(self, space: Workspace, totals: list[Buffer], chunks: range, given: tuple[Any, ...]) -> None:
        """Run some chunks, each into totals of its own."""
        helper = self.native.workspace()
        for name in SHARED:
            helper.frame[AT[name] // 8] = space.frame[AT[name] // 8]
        for k in chunks:
            helper.frame[AT["sum"] // 8] = totals[k].address
            helper.frame[AT["flag"] // 8] = totals[k].address + space.flag
            self._chunk(helper.address, k)
        self.native.spare.append(helper)
