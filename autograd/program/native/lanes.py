"""The words of formulas as instructions on vectors of lanes: a machine for `translation.translate`.

Its numbers are doubles, also where a kernel's are floats, so that a formula chosen for doubles keeps its accuracy; only
arithmetic and comparisons need not be. Functions are called by their addresses, which are no part of the code: so it
can be kept, and LLVM cannot rewrite what it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...primitive import Row
from ..formulas.machine import LIBRARY
from .writer import Writer

COMPARE = {"<": "olt", "<=": "ole", "==": "oeq", "!=": "une", ">": "ogt", ">=": "oge"}
FUNCTIONS = tuple(LIBRARY)  # the functions of the C library, in the order of their addresses


class Lanes:
    """Compute on names of vectors."""

    quick: frozenset[str] = frozenset()
    most = 500.0  # they are written out one by one; LLVM takes 2.5 s for 500, 87 s for 3,000

    def __init__(self, writer: Writer, functions: str, own: str):
        self.writer, self.functions, self.at = writer, functions, own
        self.called: set[Row] = set()  # rows whose Python functions are called

    def constant(self, x: float) -> str:
        """Return the number `x`."""
        return self.writer.number(x)

    def add(self, a: str, b: str) -> str:
        """Return a + b."""
        return self.writer.binary("fadd", a, b)

    def sub(self, a: str, b: str) -> str:
        """Return a - b."""
        return self.writer.binary("fsub", a, b)

    def mul(self, a: str, b: str) -> str:
        """Return a * b."""
        return self.writer.binary("fmul", a, b)

    def div(self, a: str, b: str) -> str:
        """Return a / b."""
        return self.writer.binary("fdiv", a, b)

    def neg(self, a: str) -> str:
        """Return -a."""
        return self.writer.negative(a)

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a * b + c."""
        return self.writer.multiply_add(a, b, c)

    def absolute(self, a: str) -> str:
        """Return |a|."""
        return self.writer.intrinsic("fabs", a)

    def root(self, a: str) -> str:
        """Return the square root."""
        return self.writer.intrinsic("sqrt", a)

    def rint(self, a: str) -> str:
        """Return the nearest whole number, for |a| < 2**51: the sum with 1.5 * 2**52 has no room for a fraction."""
        return self.sub(self.add(a, self.constant(1.5 * 2.0**52)), self.constant(1.5 * 2.0**52))

    def scale(self, a: str, k: str) -> str:
        """Return a * 2**k as a product with two powers of two, of which one alone would overflow."""
        half = self.rint(self.mul(k, self.constant(0.5)))
        return self.mul(self.mul(a, self.power2(half)), self.power2(self.sub(k, half)))

    def power2(self, k: str) -> str:
        """Return 2**k: its exponent's bits, which the sum with 2**52 + 2**51 + 1023 leaves in the lowest places."""
        bits = self.writer.bits(self.add(k, self.constant(1.5 * 2.0**52 + 1023.0)))
        return self.writer.real_of(self.writer.integer("shl", bits, 52))

    def exponent(self, a: str) -> str:
        """Return the whole k with a = mantissa * 2**k: the exponent's bits under those of 2**52, less both offsets."""
        bits = self.writer.integer("lshr", self.writer.bits(a), 52)
        raised = self.writer.real_of(self.writer.integer("or", bits, 0x433 << 52))
        return self.sub(raised, self.constant(2.0**52 + 1023.0))

    def mantissa(self, a: str) -> str:
        """Return a / 2**exponent: the same digits under the exponent of 1."""
        bits = self.writer.integer("and", self.writer.bits(a), (1 << 52) - 1)
        return self.writer.real_of(self.writer.integer("or", bits, 0x3FF << 52))

    def copysign(self, a: str, b: str) -> str:
        """Return |a| with the sign of b."""
        return self.writer.intrinsic("copysign", a, b)

    def compare(self, sign: str, a: str, b: str) -> str:
        """Return a < b, or as `sign` says."""
        return self.writer.compare(COMPARE[sign], a, b)

    def both(self, a: str, b: str) -> str:
        """Return a and b."""
        return self.writer.truth("and", a, b)

    def either(self, a: str, b: str) -> str:
        """Return a or b."""
        return self.writer.truth("or", a, b)

    def invert(self, a: str) -> str:
        """Return not a."""
        return self.writer.truth("xor", a, self.writer.true)

    def select(self, c: str, a: str, b: str) -> str:
        """Return a where c, otherwise b."""
        return self.writer.select(c, a, b)

    def call(self, name: str, *args: str) -> str:
        """Return a function of the C library, lane by lane."""
        return self.each(str(8 * FUNCTIONS.index(name)), args)

    def own(self, row: Row, operands: Sequence[str]) -> str:
        """Return the Python formula of `row`, lane by lane."""
        self.called.add(row)
        return self.each(self.at, operands, self.writer.call_on_array)

    def each(self, offset: str, args: Sequence[str], call: Callable[[str, list[str]], str] | None = None) -> str:
        """Call the function whose address is `offset` bytes into the functions on every lane."""
        w = self.writer
        function = w.load_pointer(w.place(self.functions, offset))
        lanes = [[w.lane(arg, k) for arg in args] for k in range(w.width)]
        return w.joined([(call or w.call)(function, numbers) for numbers in lanes])
