"""What a formula can be translated to: a machine, which knows the words below for numbers of its own kind.

Its numbers may be floats (`FloatMachine`), arrays over lanes, or names of values in code that is being written. The
functions of this file are the words on floats, so that a formula that uses them runs as it stands.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ... import ops
from ...numeric import ieee_divide, ieee_power
from ...primitive import RAISED, Row

# Any number or truth value of a machine.
Number = Any
Truth = Any


class Machine(Protocol):
    """Know how to compute. No word raises: results are those of IEEE 754."""

    # C library functions that `call` computes at full speed, so that fast mode needs no formula for them.
    quick: frozenset[str]
    # Strict rows of more operands than that are called in Python.
    most: float

    def constant(self, x: float) -> Number:
        """Return the number `x`, the same in every lane."""

    def add(self, a: Number, b: Number) -> Number:
        """Return a + b."""

    def sub(self, a: Number, b: Number) -> Number:
        """Return a - b."""

    def mul(self, a: Number, b: Number) -> Number:
        """Return a * b."""

    def div(self, a: Number, b: Number) -> Number:
        """Return a / b."""

    def neg(self, a: Number) -> Number:
        """Return -a."""

    def fma(self, a: Number, b: Number, c: Number) -> Number:
        """Return a * b + c, rounded once or twice."""

    def absolute(self, a: Number) -> Number:
        """Return |a|."""

    def root(self, a: Number) -> Number:
        """Return the square root, nan below 0."""

    def rint(self, a: Number) -> Number:
        """Return the nearest whole number."""

    def scale(self, a: Number, k: Number) -> Number:
        """Return a * 2**k for 0.5 <= |a| < 2 and whole k, -1100 <= k <= 1100, or nan where a is; rounds when tiny."""

    def power2(self, k: Number) -> Number:
        """Return 2**k for whole k, -1022 <= k <= 1023; anything where k is nan."""

    def exponent(self, a: Number) -> Number:
        """Return the whole k with a = mantissa * 2**k for a normal a > 0; anything for other a."""

    def mantissa(self, a: Number) -> Number:
        """Return a / 2**exponent, in [1, 2), for a normal a > 0; anything for other a."""

    def copysign(self, a: Number, b: Number) -> Number:
        """Return |a| with the sign of b."""

    def compare(self, sign: str, a: Number, b: Number) -> Truth:
        """Return a < b, or <=, ==, !=, >, >= as `sign` says; with a nan only != is true."""

    def both(self, a: Truth, b: Truth) -> Truth:
        """Return a and b."""

    def either(self, a: Truth, b: Truth) -> Truth:
        """Return a or b."""

    def invert(self, a: Truth) -> Truth:
        """Return not a."""

    def select(self, c: Truth, a: Number, b: Number) -> Number:
        """Return a where c, otherwise b."""

    def call(self, name: str, *args: Number) -> Number:
        """Return the result of a function of the C library."""

    def own(self, row: Row, operands: Sequence[Number]) -> Number:
        """Return what the Python formula of `row` returns, nan where it raises."""


def fma(a: float, b: float, c: float) -> float:
    """Return a * b + c, here rounded twice."""
    return a * b + c


def root(a: float) -> float:
    """Return the square root, nan below 0."""
    return math.sqrt(a) if a >= 0 else math.nan


def rint(a: float) -> float:
    """Return the nearest whole number."""
    return float(round(a)) if math.isfinite(a) else a


def scale(a: float, k: float) -> float:
    """Return a * 2**k for |a| < 2 and whole k."""
    try:
        return math.ldexp(a, int(k))
    except RAISED:
        return a * math.inf


def power2(k: float) -> float:
    """Return 2**k for whole k, -1022 <= k <= 1023."""
    return math.ldexp(1.0, int(k)) if math.isfinite(k) else math.nan


def exponent(a: float) -> float:
    """Return the whole k with a = mantissa * 2**k."""
    return math.frexp(a)[1] - 1.0


def mantissa(a: float) -> float:
    """Return a / 2**exponent, in [1, 2)."""
    return math.frexp(a)[0] * 2.0


def divide(a: float, b: float) -> float:
    """Return a / b, infinite or nan for b = 0."""
    return a / b if b else ieee_divide(a, b)


# The functions of the C library that a machine can call, with IEEE 754's results where Python raises.
_LIBRARY = "exp expm1 log log2 log10 log1p sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc"
LIBRARY: dict[str, Callable[..., float]] = {name: ops.ROWS[name].ieee.formula for name in _LIBRARY.split()}
LIBRARY["pow"] = ieee_power

COMPARE = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt,
           ">=": operator.ge}  # fmt: skip


class FloatMachine:
    """Compute on plain floats: the reference for every other machine."""

    quick: frozenset[str] = frozenset()
    most = math.inf

    constant = staticmethod(float)
    add, sub, mul = staticmethod(operator.add), staticmethod(operator.sub), staticmethod(operator.mul)
    div, neg, absolute = staticmethod(divide), staticmethod(operator.neg), staticmethod(abs)
    fma, root, rint, scale = staticmethod(fma), staticmethod(root), staticmethod(rint), staticmethod(scale)
    power2, exponent, mantissa = staticmethod(power2), staticmethod(exponent), staticmethod(mantissa)
    copysign = staticmethod(math.copysign)
    both, either, invert = staticmethod(operator.and_), staticmethod(operator.or_), staticmethod(operator.not_)

    def compare(self, sign: str, a: float, b: float) -> bool:
        """Return a < b, or as `sign` says."""
        return COMPARE[sign](a, b)

    def select(self, c: bool, a: float, b: float) -> float:
        """Return a where c, otherwise b."""
        return a if c else b

    def call(self, name: str, *args: float) -> float:
        """Return the result of a function of the C library."""
        return LIBRARY[name](*args)

    def own(self, row: Row, operands: Sequence[float]) -> float:
        """Return what the Python formula of `row` returns, nan where it raises."""
        return outcome(row, operands)


def outcome(row: Row, operands: Sequence[float]) -> float:
    """Return the formula of `row`, nan where it raises."""
    try:
        return row.formula(*operands)
    except RAISED:
        return math.nan
