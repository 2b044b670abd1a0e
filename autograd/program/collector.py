"""Python's collector of reference cycles, paused where many objects are made and none of them is part of a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from running meanwhile, and set it going again if it was on; also a decorator.

    >>> with collector_paused():
    ...     gc.isenabled()
    False
    """
    running = gc.isenabled()
    try:
        gc.disable()  # inside: Ctrl-C must not come between this and `finally`
        yield
    finally:
        if running:
            gc.enable()
