"""Text of LLVM's language through a few named helpers.

A `Writer` writes one function. Its values are names (text); a value is a vector of `width` reals, or one real where
`width` is 1, unless a helper says otherwise. Addresses and whole numbers have 64 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from copy import copy
from itertools import count

REALS = {"double": 8, "float": 4}  # and their bytes
ROOM = "%room"  # where the numbers are that a function reads from memory


# A value that a loop hands from run to run: its type and its first name.
Carried = tuple[str, str]


class Writer:
    """Write one function of the text."""

    def __init__(self, real: str, width: int):
        self.real, self.width, self.size = real, width, REALS[real]
        self.vector = f"<{width} x {real}>" if width > 1 else real
        self.lines: list[str] = []
        self.rooms: list[int] = []  # how many numbers the functions are given that read them from memory
        self.names = map("v{}".format, count())
        self.here = ["entry"]  # the stretch of code that is being written

    def on(self, real: str, width: int = 0) -> Writer:
        """Return a writer of the same function for vectors of another kind."""
        twin = copy(self)
        twin.real, twin.width, twin.size = real, width or self.width, REALS[real]
        twin.vector = twin.as_vector(real)
        return twin

    def name(self) -> str:
        """Return a new name."""
        return f"%{next(self.names)}"

    def let(self, text: str, name: str = "") -> str:
        """Name the result of an instruction."""
        name = name or self.name()
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """Write an instruction without a result."""
        self.lines.append(f"  {text}")

    def function(self, name: str, arguments: Sequence[str], result: str = "void", seen: str = "") -> str:
        """Return the whole text of the function."""
        head = f"define {seen}{result} @{name}({', '.join(arguments)}) nounwind {{\nentry:"
        rooms = [f"  {ROOM} = alloca double, i64 {max(self.rooms)}"] if self.rooms else []
        return "\n".join([head, *rooms, *self.lines, "}"])

    # Numbers and places.

    def number(self, x: float) -> str:
        """Return a number, the same in every lane."""
        literal = self.literal(x)
        return literal if self.width == 1 else f"splat ({self.real} {literal})"

    def literal(self, x: float) -> str:
        """Return one real as the text of its bits."""
        if self.real == "float":
            x = _single(x)
        return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"

    def place(self, pointer: str, offset: str | int) -> str:
        """Return the address `offset` bytes further on."""
        return pointer if offset in (0, "0") else self.let(f"getelementptr i8, ptr {pointer}, i64 {offset}")

    def whole(self, sign: str, a: str | int, b: str | int) -> str:
        """Return a whole number: a `sign` b for add, sub, mul, sdiv, or smin and smax."""
        if sign in ("smin", "smax"):
            return self.let(f"call i64 @llvm.{sign}.i64(i64 {a}, i64 {b})")
        return self.let(f"{sign} i64 {a}, {b}")

    # Loads and stores.

    def load(self, pointer: str) -> str:
        """Load a vector."""
        return self.let(f"load {self.vector}, ptr {pointer}, align {self.width * self.size}")

    def load_any(self, pointer: str) -> str:
        """Load a vector that need not be aligned."""
        return self.let(f"load {self.vector}, ptr {pointer}, align {self.size}")

    def broadcast(self, pointer: str) -> str:
        """Load one real into every lane."""
        return self.spread(self.let(f"load {self.real}, ptr {pointer}, align {self.size}"))

    def load_whole(self, pointer: str, kind: str = "i64") -> str:
        """Load a whole number: 64 bits, or fewer and extended."""
        if kind == "i64":
            return self.let(f"load i64, ptr {pointer}, align 8")
        return self.let(f"sext {kind} {self.let(f'load {kind}, ptr {pointer}')} to i64")

    def load_pointer(self, pointer: str) -> str:
        """Load an address."""
        return self.let(f"load ptr, ptr {pointer}, align 8")

    def store(self, value: str, pointer: str) -> None:
        """Store a vector."""
        self.do(f"store {self.vector} {value}, ptr {pointer}, align {self.width * self.size}")

    def store_any(self, value: str, pointer: str) -> None:
        """Store a vector where it need not be aligned."""
        self.do(f"store {self.vector} {value}, ptr {pointer}, align {self.size}")

    # Arithmetic.

    def binary(self, sign: str, a: str, b: str) -> str:
        """Return a `sign` b for fadd, fsub, fmul, fdiv."""
        return self.let(f"{sign} {self.vector} {a}, {b}")

    def negative(self, a: str) -> str:
        """Return -a."""
        return self.let(f"fneg {self.vector} {a}")

    def multiply_add(self, a: str, b: str, c: str) -> str:
        """Return a * b + c, rounded once where the processor can."""
        return self.intrinsic("fmuladd", a, b, c)

    def intrinsic(self, name: str, *args: str) -> str:
        """Return one of LLVM's functions of reals."""
        operands = ", ".join(f"{self.vector} {arg}" for arg in args)
        return self.let(f"call {self.vector} @llvm.{name}.{self.suffix}({operands})")

    @property
    def suffix(self) -> str:
        """How LLVM's functions on these vectors end."""
        real = "f64" if self.real == "double" else "f32"
        return real if self.width == 1 else f"v{self.width}{real}"

    def compare(self, sign: str, a: str, b: str) -> str:
        """Return truth values: olt, ole, oeq, une, ogt, oge, or uno where one is nan."""
        return self.let(f"fcmp {sign} {self.vector} {a}, {b}")

    def truth(self, sign: str, a: str, b: str) -> str:
        """Return and, or, xor of truth values."""
        return self.let(f"{sign} {self.as_vector('i1')} {a}, {b}")

    @property
    def true(self) -> str:
        """True in every lane."""
        return "true" if self.width == 1 else "splat (i1 true)"

    def select(self, c: str, a: str, b: str) -> str:
        """Return a where c, otherwise b."""
        return self.let(f"select {self.as_vector('i1')} {c}, {self.vector} {a}, {self.vector} {b}")

    def bits(self, a: str) -> str:
        """Return the bits of doubles as whole numbers."""
        return self.let(f"bitcast {self.vector} {a} to {self.as_vector('i64')}")

    def real_of(self, a: str) -> str:
        """Return doubles of their bits."""
        return self.let(f"bitcast {self.as_vector('i64')} {a} to {self.vector}")

    def integer(self, sign: str, a: str, k: int) -> str:
        """Return and, or, shl, lshr of whole numbers and a number."""
        number = str(k) if self.width == 1 else f"splat (i64 {k})"
        return self.let(f"{sign} {self.as_vector('i64')} {a}, {number}")

    def converted(self, a: str, to: Writer) -> str:
        """Return numbers of this kind as those of another writer's."""
        if to.real == self.real:
            return a
        return self.let(f"{'fpext' if self.size < to.size else 'fptrunc'} {self.vector} {a} to {to.vector}")

    def call(self, function: str, numbers: Sequence[str]) -> str:
        """Return the result of a C function of reals."""
        return self.let(f"call {self.real} {function}({', '.join(f'{self.real} {x}' for x in numbers)})")

    def call_on_array(self, function: str, numbers: Sequence[str]) -> str:
        """Return the result of a C function that is given where its reals are: there may be thousands."""
        self.rooms.append(len(numbers))
        for k, x in enumerate(numbers):
            self.do(f"store {self.real} {x}, ptr {self.place(ROOM, k * self.size)}")
        return self.let(f"call {self.real} {function}(ptr {ROOM})")

    def as_vector(self, kind: str) -> str:
        """Return the type of a vector of another kind, lane for lane."""
        return f"<{self.width} x {kind}>" if self.width > 1 else kind

    # Lanes.

    def spread(self, x: str) -> str:
        """Return a vector of one real."""
        if self.width == 1:
            return x
        first = self.let(f"insertelement {self.vector} poison, {self.real} {x}, i32 0")
        mask = f"<{self.width} x i32> zeroinitializer"
        return self.let(f"shufflevector {self.vector} {first}, {self.vector} poison, {mask}")

    def lane(self, x: str, k: int) -> str:
        """Return one lane."""
        return x if self.width == 1 else self.let(f"extractelement {self.vector} {x}, i32 {k}")

    def joined(self, parts: Sequence[str]) -> str:
        """Return a vector of as many reals."""
        if self.width == 1:
            return parts[0]
        out = "poison"
        for k, part in enumerate(parts):
            out = self.let(f"insertelement {self.vector} {out}, {self.real} {part}, i32 {k}")
        return out

    def shuffle(self, a: str, b: str, lanes: Sequence[int], width: int = 0) -> str:
        """Return lanes of two vectors of `width` lanes, those of b counted on from a's."""
        kind = f"<{width or self.width} x {self.real}>"
        mask = ", ".join(f"i32 {lane}" for lane in lanes)
        return self.let(f"shufflevector {kind} {a}, {kind} {b}, <{len(lanes)} x i32> <{mask}>")

    def totals(self, vectors: Sequence[str]) -> str:
        """Return a vector of the sums over lanes of 1, 2, 4, ... vectors, by one tree of shuffles."""
        n, width, values = len(vectors), self.width, list(vectors)
        while len(values) > 1:
            values = [self.folded(a, b, width) for a, b in zip(values[::2], values[1::2], strict=True)]
        while width > n:
            values, width = [self.folded(values[0], "", width)], width // 2
        one = n == 1 and self.width > 1
        return self.let(f"extractelement <1 x {self.real}> {values[0]}, i32 0") if one else values[0]

    def folded(self, a: str, b: str, width: int) -> str:
        """Return sums of neighbouring lanes: those of a, then those of b if there is one."""
        lanes = width if not b else 2 * width
        even, odd = (self.shuffle(a, b or "poison", range(k, lanes, 2), width) for k in (0, 1))
        return self.let(f"fadd <{lanes // 2} x {self.real}> {even}, {odd}")

    def transposed(self, rows: Sequence[str]) -> list[str]:
        """Return the columns of a square of as many vectors as lanes, exchanging ever larger blocks."""
        n, out = self.width, list(rows)
        for s in (1 << k for k in range(n.bit_length() - 1)):
            upper = [lane if not lane & s else n + lane - s for lane in range(n)]
            lower = [lane + s if not lane & s else n + lane for lane in range(n)]
            for k in (k for k in range(n) if not k & s):
                a, b = out[k], out[k + s]
                out[k], out[k + s] = self.shuffle(a, b, upper), self.shuffle(a, b, lower)
        return out

    def below(self, numbers: Sequence[int], limit: str) -> str:
        """Return which of some known whole numbers are below one that is not known."""
        n = len(numbers)
        if n == 1:
            return self.let(f"icmp slt i64 {numbers[0]}, {limit}")
        first = self.let(f"insertelement <{n} x i64> poison, i64 {limit}, i32 0")
        limits = self.let(f"shufflevector <{n} x i64> {first}, <{n} x i64> poison, <{n} x i32> zeroinitializer")
        known = ", ".join(f"i64 {k}" for k in numbers)
        return self.let(f"icmp slt <{n} x i64> <{known}>, {limits}")

    def truths(self, n: int) -> str:
        """Return the type of n truth values."""
        return "i1" if n == 1 else f"<{n} x i1>"

    # Control.

    def loop(
        self,
        count: str | int,
        body: Callable[[str, list[str]], list[str]],
        start: Sequence[Carried] = (),
        step: int = 1,
    ) -> list[str]:
        """Run `body(i, carried)` for i = 0, step, ... below `count` > 0; return what the last run hands on."""

        def counted(carried: list[str]) -> tuple[str, list[str]]:
            i, *others = carried
            results = body(i, others)
            following = self.whole("add", i, step)
            return self.let(f"icmp slt i64 {following}, {count}"), [following, *results]

        return self.repeat(counted, [("i64", "0"), *start])[1:]

    def repeat(self, body: Callable[[list[str]], tuple[str, list[str]]], start: Sequence[Carried]) -> list[str]:
        """Run `body(carried)`, which returns whether to run again and what to hand on; return the last of that."""
        before, head, after = self.here[0], f"head{next(self.names)}", f"after{next(self.names)}"
        self.enter(head)
        at, carried = len(self.lines), [self.name() for _ in start]
        again, results = body(carried)
        self.lines[at:at] = [
            f"  {name} = phi {kind} [{first}, %{before}], [{result}, %{self.here[0]}]"
            for name, (kind, first), result in zip(carried, start, results, strict=True)
        ]
        self.do(f"br i1 {again}, label %{head}, label %{after}")
        self.open(after)
        return results

    def loop_if_any(
        self,
        count: str | int,
        body: Callable[[str, list[str]], list[str]],
        start: Sequence[Carried] = (),
        step: int = 1,
    ) -> list[str]:
        """Write the same loop for a count that may be 0 or less: then the start is returned."""
        some = self.let(f"icmp sgt i64 {count}, 0")
        return self.when(some, lambda: self.loop(count, body, start, step), start)

    def when(self, condition: str, body: Callable[[], list[str]], otherwise: Sequence[Carried] = ()) -> list[str]:
        """Run `body` where a condition holds; return its results, or what is given otherwise."""
        before, inside, after = self.here[0], f"inside{next(self.names)}", f"over{next(self.names)}"
        self.do(f"br i1 {condition}, label %{inside}, label %{after}")
        self.open(inside)
        results = body()
        last = self.here[0]
        self.enter(after)
        return [
            self.let(f"phi {kind} [{first}, %{before}], [{result}, %{last}]")
            for (kind, first), result in zip(otherwise, results, strict=True)
        ]

    def enter(self, label: str) -> None:
        """End this stretch of code and go on to the next."""
        self.do(f"br label %{label}")
        self.open(label)

    def open(self, label: str) -> None:
        """Begin a stretch of code."""
        self.lines.append(f"{label}:")
        self.here[0] = label


def _single(x: float) -> float:
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")
