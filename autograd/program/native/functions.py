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
    """Be a row's Python function as a C function of where its numbers are; what it raises is kept, its result nan."""

    def __init__(self, row: Row, raised: list[BaseException], arity: int):
        self.function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)(self.guarded)
        self.numbers = ctypes.c_double * arity
        self.formula, self.raised = row.formula, raised
        self.address = ctypes.cast(self.function, ctypes.c_void_p).value or 0

    def guarded(self, place: int) -> float:
        """Return the row's result for the numbers there."""
        try:
            return float(self.formula(*self.numbers.from_address(place)))
        except BaseException as error:  # it cannot cross the machine code: the caller raises it
            self.raised.append(error)
            return math.nan
