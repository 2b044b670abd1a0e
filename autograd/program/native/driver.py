"""The text around the kernels: what runs a plan's records over blocks of rows, and brings numbers in and out.

Everything is found through a frame, an array of addresses and counts. A record is one call: the kernel's place in the
table of kernels, the bytes to the next record, the numbers the kernel takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from .llvm import Writer
from .shapes import POINTERS, Block

# The places in a frame: what kernels are given, then what a caller sets, then what is fixed. "part" is where a chunk's
# totals go before they are added to "total"; both end with a vector that is the irregular flag.
FRAME = (
    *POINTERS, "rows", "rows in", "rows out", "params in", "shared out", "total", "part",
    "once records", "once count", "lanes records", "lanes count", "after records", "after count", "columns", "params",
    "sums", "shared", "shared count", "kept", "kept count", "params copy",
)  # fmt: skip
AT = {name: 8 * k for k, name in enumerate(FRAME)}
PLACE = 16  # bytes of an output's place: its space's in the frame, its offset


def module(kernels: Sequence[str], block: Block, chunks: int, seeded: bool) -> str:
    """Return the whole text: the kernels, a table of them, and the functions a caller knows.

    A call is `whole`; or `begin`, `chunk` on any thread for every chunk, `merge` in order, and `finish`.
    """
    parts = [text.replace("KERNEL", f"kernel{k}", 1) for k, text in enumerate(kernels)]
    names = ", ".join(f"ptr @kernel{k}" for k in range(len(kernels)))
    table = f"@kernels = internal constant [{len(kernels)} x ptr] [{names}]"
    return "\n".join([table, *parts, *Driver(block, chunks, seeded).functions()])


class Driver:
    """Write the functions around the kernels, one after the other."""

    def __init__(self, block: Block, chunks: int, seeded: bool):
        self.block, self.chunks, self.seeded = block, chunks, seeded
        self.new()

    def functions(self) -> list[str]:
        """Return the functions."""
        return [
            self.function("records", self.records, "ptr %first", "i64 %n"),
            self.function("fill", self.fill, "ptr %sums"),
            self.function("rows_in", self.rows_in, "i64 %start", "i64 %valid"),
            self.function("rows_out", self.rows_out, "i64 %start", "i64 %valid"),
            self.function("begin", self.begin, seen=""),
            self.function("chunk", self.chunk, "i64 %k", seen=""),
            self.function("merge", self.merge, seen=""),
            self.function("finish", self.finish, result="i64", seen=""),
            self.function("whole", self.whole, result="i64", seen=""),
        ]

    def new(self) -> None:
        """Begin a function."""
        self.w = Writer(self.block.real, self.block.width)
        self.one = self.w.on(self.block.real, 1)
        self.double = self.w.on("double", 1)

    def function(
        self, name: str, body: Callable[[], None], *arguments: str, result: str = "void", seen: str = "internal "
    ) -> str:
        """Return a function; `body` writes it."""
        self.new()
        body()
        if result == "void":
            self.w.do("ret void")
        return self.w.function(name, ("ptr %frame", *arguments), result, seen)

    # What the functions are made of.

    def pointer(self, name: str) -> str:
        """Return an address of the frame."""
        return self.w.load_pointer(self.w.place("%frame", AT[name]))

    def count(self, name: str) -> str:
        """Return a whole number of the frame."""
        return self.w.load_whole(self.w.place("%frame", AT[name]))

    def put(self, name: str, address: str) -> None:
        """Set an address of the frame."""
        self.w.do(f"store ptr {address}, ptr {self.w.place('%frame', AT[name])}")

    def call(self, name: str, *arguments: str) -> None:
        """Call another of the functions on the same frame."""
        self.w.do(f"call void @{name}({', '.join(('ptr %frame', *arguments))})")

    def at(self, base: str, *products: tuple[str | int, str | int]) -> str:
        """Return the address of base plus a sum of products."""
        for a, b in products:
            base = self.w.place(base, self.w.whole("mul", a, b))
        return base

    def each(self, count: str | int, body: Callable[[str], None], step: int = 1) -> None:
        """Write a loop over 0, step, ... below count, of which there may be none."""

        def once(i: str, _: list[str]) -> list[str]:
            body(i)
            return []

        self.w.unless_empty(count, lambda: self.w.loop(count, once, step=step))

    def run(self, phase: str) -> None:
        """Call the function that runs the records of a phase."""
        self.call("records", f"ptr {self.pointer(phase + ' records')}", f"i64 {self.count(phase + ' count')}")

    # The functions.

    def records(self) -> None:
        """Run n records."""
        w = self.w

        def body(_: str, carried: list[str]) -> list[str]:
            (record,) = carried
            kernel = w.load_pointer(w.place("@kernels", w.load_whole(record)))
            w.do(f"call void {kernel}(ptr %frame, ptr {w.place(record, 16)})")
            return [w.place(record, w.load_whole(w.place(record, 8)))]

        w.unless_empty("%n", lambda: w.loop("%n", body, [("ptr", "%first")]))

    def fill(self) -> None:
        """Set totals and their flag to zero."""
        zero = self.w.number(0.0)
        self.each(self.count("sums"), lambda i: self.w.store(zero, self.at("%sums", (i, self.w.size))), self.w.width)

    def begin(self) -> None:
        """Set the totals to zero, make the parameters numbers of our kind, compute what no row changes."""
        w = self.w
        given = self.pointer("params in")
        if self.block.real == "double":
            self.put("param", given)
        else:
            copy = self.pointer("params copy")
            self.put("param", copy)
            self.each(self.count("params"), lambda i: self.narrow(self.at(given, (i, 8)), self.at(copy, (i, w.size))))
        self.add_to("total")
        self.call("fill", f"ptr {self.pointer('total')}")
        self.run("once")

    def add_to(self, name: str) -> None:
        """Let totals go to one of the two places, and the flag behind them."""
        place = self.pointer(name)
        self.put("sum", place)
        flag = self.w.whole("sub", self.w.whole("mul", self.count("sums"), self.w.size), self.w.width * self.w.size)
        self.put("flag", self.w.place(place, flag))

    def narrow(self, source: str, target: str) -> None:
        """Copy a double to a number of our kind."""
        self.one.store(self.double.converted(self.double.load_any(source), self.one), target)

    def chunk(self) -> None:
        """Run the blocks of chunk k."""
        w, lanes = self.w, self.block.lanes
        rows, first, last = self.count("rows"), *map(self.bound, ("%k", w.whole("add", "%k", 1)))

        def body(b: str) -> None:
            start = w.whole("mul", w.whole("add", first, b), lanes)
            valid = w.whole("smin", w.whole("sub", rows, start), lanes)
            self.call("rows_in", f"i64 {start}", f"i64 {valid}")
            self.run("lanes")
            self.call("rows_out", f"i64 {start}", f"i64 {valid}")

        self.each(w.whole("sub", last, first), body)

    def blocks(self) -> str:
        """Return the number of blocks."""
        lanes = self.block.lanes
        return self.w.whole("sdiv", self.w.whole("add", self.count("rows"), lanes - 1), lanes)

    def parts(self) -> str:
        """Return the number of chunks, which does not depend on the number of threads."""
        return self.w.whole("smin", self.blocks(), self.chunks)

    def bound(self, k: str) -> str:
        """Return the first block of chunk k."""
        return self.w.whole("sdiv", self.w.whole("mul", k, self.blocks()), self.parts())

    def merge(self) -> None:
        """Add a chunk's totals to the totals."""
        w, part, total = self.w, self.pointer("part"), self.pointer("total")

        def body(i: str) -> None:
            place = self.at(total, (i, w.size))
            w.store(w.binary("fadd", w.load(place), w.load(self.at(part, (i, w.size)))), place)

        self.each(self.count("sums"), body, w.width)

    def whole(self) -> None:
        """Run everything on one thread."""
        w = self.w
        self.call("begin")
        parts = self.parts()
        w.unless_empty(parts, lambda: self.call("chunk", "i64 0"))

        def more(k: str) -> None:
            self.add_to("part")
            self.call("fill", f"ptr {self.pointer('part')}")
            self.call("chunk", f"i64 {w.whole('add', k, 1)}")
            self.call("merge")

        self.each(w.whole("sub", parts, 1), more)
        w.do(f"ret i64 {w.let('call i64 @finish(ptr %frame)')}")

    def finish(self) -> None:
        """Compute what follows from the totals, hand out what all rows share; return whether the run was irregular."""
        self.add_to("total")
        self.run("after")
        table, out = self.pointer("shared"), self.pointer("shared out")
        self.each(self.count("shared count"), lambda k: self.hand_out(table, k, "0", self.at(out, (k, 8))))
        w = self.w
        flags = w.load(self.pointer("flag"))
        total = functools.reduce(lambda a, b: self.one.binary("fadd", a, b), [w.lane(flags, k) for k in range(w.width)])
        irregular = self.one.compare("uno", total, total)
        w.do(f"ret i64 {w.let(f'zext i1 {irregular} to i64')}")

    def hand_out(self, table: str, k: str, lane: str, target: str) -> None:
        """Store an output as a double; one that is not finite turns the flag into a nan."""
        w, one = self.w, self.one
        entry = self.at(table, (k, PLACE))
        space = w.load_pointer(w.place("%frame", w.load_whole(entry)))
        value = one.load_any(w.place(w.place(space, w.load_whole(w.place(entry, 8))), lane))
        flag = self.pointer("flag")
        one.store(one.multiply_add(value, one.number(0.0), one.load_any(flag)), flag)
        self.double.do(f"store double {one.converted(value, self.double)}, ptr {target}")

    def rows_out(self) -> None:
        """Store the outputs of rows, row by row."""
        w, table, count = self.w, self.pointer("kept"), self.count("kept count")
        out = self.at(self.pointer("rows out"), (w.whole("mul", "%start", count), 8))

        def row(i: str) -> None:
            lane, place = w.whole("mul", i, w.size), self.at(out, (w.whole("mul", i, count), 8))
            self.each(count, lambda k: self.hand_out(table, k, lane, self.at(place, (k, 8))))

        w.unless_empty(count, lambda: self.each("%valid", row))

    def rows_in(self) -> None:
        """Load rows as columns of lanes: squares of full vectors first, then the rest; then the seed."""
        w = self.w
        self.source, self.target = self.pointer("rows in"), self.pointer("data")
        self.columns = self.count("columns")
        full = w.let(f"icmp eq i64 %valid, {self.block.lanes}")
        squares = w.whole("mul", w.whole("sdiv", self.columns, w.width), w.width)
        done = w.let(f"select i1 {full}, i64 {squares}, i64 0") if w.width > 1 else "0"
        if w.width > 1:
            self.each(done, self.squares, w.width)
        self.each(w.whole("sub", self.columns, done), lambda c: self.column(w.whole("add", c, done)))
        if self.seeded:
            self.each(self.block.vectors, self.seed)

    def squares(self, column: str) -> None:
        """Load some columns of a full block."""
        w = self.w
        wide = w.on("double", w.width)

        def square(lane: str) -> None:
            row = w.whole("add", "%start", lane)
            rows = []
            for k in range(w.width):
                place = w.whole("mul", w.whole("add", row, k), self.columns)
                rows.append(wide.converted(wide.load_any(self.at(self.source, (place, 8), (column, 8))), w))
            for k, vector in enumerate(w.transposed(rows)):
                w.store(vector, self.slot(w.whole("add", column, k), lane))

        self.each(self.block.lanes, square, w.width)

    def slot(self, column: str, lane: str) -> str:
        """Return the address of a number of the data."""
        return self.at(self.target, (column, self.block.lanes * self.w.size), (lane, self.w.size))

    def column(self, column: str) -> None:
        """Load one column; lanes beyond the last row repeat the first of all rows."""
        w = self.w

        def lane(k: str) -> None:
            inside = w.let(f"icmp slt i64 {k}, %valid")
            row = w.let(f"select i1 {inside}, i64 {w.whole('add', k, '%start')}, i64 0")
            place = w.whole("add", w.whole("mul", row, self.columns), column)
            self.narrow(self.at(self.source, (place, 8)), self.slot(column, k))

        self.each(self.block.lanes, lane)

    def seed(self, v: str) -> None:
        """Store 1 for real rows and 0 for others in one vector of the last column."""
        w = self.w
        first = w.whole("mul", v, w.width)
        real = w.below(range(w.width), w.whole("sub", "%valid", first))
        w.store(w.select(real, w.number(1.0), w.number(0.0)), self.slot(self.columns, first))
