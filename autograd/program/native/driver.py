"""The text around the kernels: what runs a plan's records over blocks of lanes, and brings numbers in and out.

Everything is found through a frame, an array of addresses and counts. A record is one call: the kernel's place in the
table of kernels, the bytes to the next record, the numbers the kernel takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from .shapes import POINTERS, Block
from .writer import Writer

# The places in a frame: what kernels are given, then what a caller sets, then what is fixed. "rows in" is a table: of
# "runs" of rows x columns, where each begins and how many columns it has; or by column, where each column begins.
# "part" is where a chunk's totals go before they are added to "total"; both end with a vector that is the irregular
# flag. "resident" are blocks of rows that were brought in before; "order" says which row comes when; "block" is where a
# block is brought in.
FRAME = (
    *POINTERS, "rows", "rows in", "runs", "rows out", "params in", "shared out", "resident", "order", "total", "part",
    "once records", "once count", "lanes records", "lanes count", "after records", "after count", "columns", "params",
    "sums", "shared", "shared count", "kept", "kept count", "params copy", "block",
)  # fmt: skip
AT = {name: 8 * k for k, name in enumerate(FRAME)}
PLACE, RANGE = 16, 24  # bytes of an output's place: its space's in the frame, its offset; and how many there are
RUN = 16  # bytes of an entry of "rows in"


class Driver:
    """Write the functions around the kernels, one after the other."""

    def __init__(self, block: Block, chunks: int, seeded: bool):
        self.block, self.chunks, self.seeded = block, chunks, seeded
        # Where a run of data, or all of them, begins and goes in a block, and how many columns it has.
        self.source = self.target = self.columns = ""
        self.new()

    def functions(self) -> list[str]:
        """Return the functions."""
        part = ("i64 %start", "i64 %valid")
        return [
            self.function("records", self.records, "ptr %first", "i64 %n"),
            self.function("fill", self.fill, seen=""),
            self.function("lanes_in", self.lanes_in, *part),
            self.function("lanes_out", self.lanes_out, *part),
            self.function("begin", self.begin, seen=""),
            self.function("chunk", self.chunk, "i64 %k", seen=""),
            self.function("merge", self.merge, "ptr %total", "ptr %part", "i64 %count", seen=""),
            self.function("finish", self.finish, result="i64", seen=""),
            self.function("whole", self.whole, result="i64", seen=""),
        ]

    def new(self) -> None:
        """Begin a function."""
        self.w = Writer(self.block.real, self.block.across)
        self.one, self.double, self.wide = self.w.on(self.block.real, 1), self.w.on("double", 1), self.w.on("double")
        self.lanes = self.w.on(self.block.real, self.block.width)

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

        self.w.loop_if_any(count, once, step=step)

    def run(self, phase: str) -> None:
        """Call the function that runs the records of a phase."""
        self.call("records", f"ptr {self.pointer(phase + ' records')}", f"i64 {self.count(phase + ' count')}")

    def narrow(self, source: str, target: str) -> None:
        """Copy a double to a number of our kind."""
        self.one.store(self.double.converted(self.double.load_any(source), self.one), target)

    def slot(self, column: str, lane: str | int) -> str:
        """Return the address of a number of the block's data."""
        return self.at(self.target, (column, self.block.lanes * self.w.size), (lane, self.w.size))

    def whole_vectors(self, count: str, width: int) -> str:
        """Return `count` without what is left of the last vector."""
        return self.w.whole("mul", self.w.whole("sdiv", count, width), width)

    # The functions.

    def records(self) -> None:
        """Run n records."""
        w = self.w

        def body(_: str, carried: list[str]) -> list[str]:
            (record,) = carried
            kernel = w.load_pointer(w.place("@kernels", w.load_whole(record)))
            w.do(f"call void {kernel}(ptr %frame, ptr {w.place(record, 16)})")
            return [w.place(record, w.load_whole(w.place(record, 8)))]

        w.loop_if_any("%n", body, [("ptr", "%first")])

    def fill(self) -> None:
        """Set the totals that rows are added to, and their flag, to zero."""
        zero, sums = self.w.number(0.0), self.pointer("sum")
        self.each(self.count("sums"), lambda i: self.w.store(zero, self.at(sums, (i, self.w.size))), self.w.width)

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
        self.call("fill")
        self.run("once")

    def add_to(self, name: str) -> None:
        """Let totals go to one of the two places, and the flag behind them."""
        place = self.pointer(name)
        self.put("sum", place)
        flag = self.w.whole("sub", self.w.whole("mul", self.count("sums"), self.w.size), self.w.width * self.w.size)
        self.put("flag", self.w.place(place, flag))

    def chunk(self) -> None:
        """Run the blocks of chunk k."""
        w, lanes = self.w, self.block.lanes
        rows, first, last = self.count("rows"), *map(self.bound, ("%k", w.whole("add", "%k", 1)))
        resident = self.pointer("resident")
        here = w.let(f"icmp ne ptr {resident}, null")

        def body(k: str) -> None:
            b = w.whole("add", first, k)
            start = w.whole("mul", b, lanes)
            part = f"i64 {start}", f"i64 {w.whole('smin', w.whole('sub', rows, start), lanes)}"
            self.bring(here, self.at(resident, (b, w.whole("mul", self.count("columns"), lanes * w.size))), part)
            self.run("lanes")
            self.call("lanes_out", *part)

        self.each(w.whole("sub", last, first), body)

    def bring(self, here: str, resident: str, part: tuple[str, str]) -> None:
        """Let the data of a block be what is there already, or bring it in."""
        w = self.w
        self.put("data", w.let(f"select i1 {here}, ptr {resident}, ptr {self.pointer('block')}"))
        absent = w.let(f"xor i1 {here}, true")

        def load() -> list[str]:
            self.call("lanes_in", *part)
            return []

        w.when(absent, load)

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
        """Add some of a chunk's totals, whole vectors of them, to the totals."""
        w = self.w

        def body(i: str) -> None:
            place = self.at("%total", (i, w.size))
            w.store(w.binary("fadd", w.load(place), w.load(self.at("%part", (i, w.size)))), place)

        self.each("%count", body, w.width)

    def whole(self) -> None:
        """Run everything on one thread."""
        w = self.w
        self.call("begin")
        parts = self.parts()
        self.each(w.whole("smin", parts, 1), lambda k: self.call("chunk", f"i64 {k}"))

        def more(k: str) -> None:
            self.add_to("part")
            self.call("fill")
            self.call("chunk", f"i64 {w.whole('add', k, 1)}")
            both = (f"ptr {self.pointer(name)}" for name in ("total", "part"))
            self.call("merge", *both, f"i64 {self.count('sums')}")

        self.each(w.whole("sub", parts, 1), more)
        w.do(f"ret i64 {w.let('call i64 @finish(ptr %frame)')}")

    def finish(self) -> None:
        """Compute what follows from the totals, hand out what all rows share; return whether the run was irregular."""
        w = self.w
        self.add_to("total")
        self.run("after")
        table = self.pointer("shared")

        def hand_out(k: str, carried: list[str]) -> list[str]:
            entry, (target, flags) = self.at(table, (k, RANGE)), carried
            count = w.load_whole(w.place(entry, 16))
            flags = self.copied(self.output(entry), target, count, flags)
            return [self.at(target, (count, 8)), flags]

        start = [("ptr", self.pointer("shared out")), (w.vector, w.load(self.pointer("flag")))]
        _, flags = w.loop_if_any(self.count("shared count"), hand_out, start)
        total = functools.reduce(lambda a, b: self.one.binary("fadd", a, b), [w.lane(flags, k) for k in range(w.width)])
        irregular = self.one.compare("uno", total, total)
        w.do(f"ret i64 {w.let(f'zext i1 {irregular} to i64')}")

    def copied(self, source: str, target: str, count: str, flags: str) -> str:
        """Store outputs as doubles, in vectors and then one by one; return the flag, which shows what is not finite."""
        w, whole = self.w, self.whole_vectors(count, self.w.width)

        def copy(one: Writer, wide: Writer, i: str, bad: str) -> list[str]:
            values = one.load_any(self.at(source, (i, w.size)))
            wide.store_any(one.converted(values, wide), self.at(target, (i, 8)))
            return [one.multiply_add(values, one.number(0.0), bad)]

        def rest(i: str, bad: list[str]) -> list[str]:
            return copy(self.one, self.double, w.whole("add", i, whole), bad[0])

        (flags,) = w.loop_if_any(whole, lambda i, bad: copy(w, self.wide, i, bad[0]), [(w.vector, flags)], w.width)
        if w.width == 1:
            return flags
        (bad,) = w.loop_if_any(w.whole("sub", count, whole), rest, [(self.one.vector, self.one.number(0.0))])
        return w.binary("fadd", flags, w.spread(bad))

    def output(self, entry: str) -> str:
        """Return the address of an output."""
        space = self.w.load_pointer(self.w.place("%frame", self.w.load_whole(entry)))
        return self.w.place(space, self.w.load_whole(self.w.place(entry, 8)))

    def seed(self, column: str, v: str) -> None:
        """Store 1 for real rows and 0 for others in one vector of a column."""
        w, first = self.lanes, self.w.whole("mul", v, self.lanes.width)
        real = w.below(range(w.width), w.whole("sub", "%valid", first))
        w.store(w.select(real, w.number(1.0), w.number(0.0)), self.slot(column, first))

    def lanes_in(self) -> None:
        """Bring the data of some rows into columns of lanes."""
        raise NotImplementedError

    def lanes_out(self) -> None:
        """Hand out the results of some rows."""
        raise NotImplementedError
