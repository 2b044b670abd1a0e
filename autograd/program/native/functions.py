"""Addresses of functions for machine code: those of the C library, and Python's own for rows without a formula."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import sys
from functools import cache

from ...primitive import Row
from .lanes import FUNCTIONS


@cache
def addresses() -> list[int]:
    """Return the addresses of the C library's functions, in the order of FUNCTIONS."""
    name = "ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m")
    found = ctypes.CDLL(name)
    return [ctypes.cast(getattr(found, name), ctypes.c_void_p).value or 0 for name in FUNCTIONS]


class Own:
    """Be a row's Python function as a C function; what it raises is kept, and its result then is nan."""

    def __init__(self, row: Row, raised: list[BaseException], arity: int):
        kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)
        self.function = kind(self.guarded)
        self.formula, self.raised = row.formula, raised
        self.address = ctypes.cast(self.function, ctypes.c_void_p).value or 0

    def guarded(self, *numbers: float) -> float:
        """Return the row's result."""
        try:
            return float(self.formula(*numbers))
        except BaseException as error:  # it cannot cross the machine code: the caller raises it
            self.raised.append(error)
            return math.nan
