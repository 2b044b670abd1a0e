"""The text around the kernels: what runs a plan's records over blocks of lanes, and brings numbers in and out.

Everything is found through a frame, an array of addresses and counts. A record is one call: the kernel's place in the
table of kernels, the bytes to the next record, the numbers the kernel takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from .llvm import Writer
from .shapes import POINTERS, Block

# The places in a frame: what kernels are given, then what a caller sets, then what is fixed. "part" is where a chunk's
# totals go before they are added to "total"; both end with a vector that is the irregular flag. "resident" are blocks
# of rows that were brought in before; "order" says which row comes when; "block" is where a block is brought in.
FRAME = (
    *POINTERS, "rows", "rows in", "rows out", "params in", "shared out", "resident", "order", "total", "part",
    "once records", "once count", "lanes records", "lanes count", "after records", "after count", "columns", "params",
    "sums", "shared", "shared count", "kept", "kept count", "params copy", "block",
)  # fmt: skip
AT = {name: 8 * k for k, name in enumerate(FRAME)}
PLACE, RANGE = 16, 24  # bytes of an output's place: its space's in the frame, its offset; and how many there are


def module(kernels: Sequence[str], block: Block, chunks: int, seeded: bool, by_column: bool) -> str:
    """Return the whole text: the kernels, a table of them, and the functions a caller knows.

    A call is `whole`; or `begin`, `chunk` on any thread for every chunk, `merge` in order, and `finish`. Data comes
    and results go row by row, or where `by_column`, as one array for each column.
    """
    parts = [text.replace("KERNEL", f"kernel{k}", 1) for k, text in enumerate(kernels)]
    names = ", ".join(f"ptr @kernel{k}" for k in range(len(kernels)))
    table = f"@kernels = internal constant [{len(kernels)} x ptr] [{names}]"
    driver = (Columns if by_column else Rows)(block, chunks, seeded)
    return "\n".join([table, *parts, *driver.functions()])


class Driver:
    """Write the functions around the kernels, one after the other."""

    def __init__(self, block: Block, chunks: int, seeded: bool):
        self.block, self.chunks, self.seeded = block, chunks, seeded
        self.target = self.columns = ""  # where the data of a block go, and how many of them come from outside
        self.new()

    def functions(self) -> list[str]:
        """Return the functions."""
        part = ("i64 %start", "i64 %valid")
        return [
            self.function("records", self.records, "ptr %first", "i64 %n"),
            self.function("fill", self.fill, "ptr %sums"),
            self.function("lanes_in", self.lanes_in, *part),
            self.function("lanes_out", self.lanes_out, *part),
            self.function("begin", self.begin, seen=""),
            self.function("chunk", self.chunk, "i64 %k", seen=""),
            self.function("merge", self.merge, seen=""),
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
        self.each(w.whole("smin", parts, 1), lambda k: self.call("chunk", f"i64 {k}"))

        def more(k: str) -> None:
            self.add_to("part")
            self.call("fill", f"ptr {self.pointer('part')}")
            self.call("chunk", f"i64 {w.whole('add', k, 1)}")
            self.call("merge")

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

    def seed(self, v: str) -> None:
        """Store 1 for real rows and 0 for others in one vector of the last column."""
        w, first = self.lanes, self.w.whole("mul", v, self.lanes.width)
        real = w.below(range(w.width), w.whole("sub", "%valid", first))
        w.store(w.select(real, w.number(1.0), w.number(0.0)), self.slot(self.columns, first))

    def lanes_in(self) -> None:
        """Bring the data of some rows into columns of lanes."""
        raise NotImplementedError

    def lanes_out(self) -> None:
        """Hand out the results of some rows."""
        raise NotImplementedError


class Rows(Driver):
    """Bring numbers in and out row by row."""

    ordered = False

    def functions(self) -> list[str]:
        """Return the functions, and one that brings rows in beforehand, in any order."""
        functions = super().functions()
        self.ordered = True
        return [
            *functions,
            self.function("ordered_in", self.lanes_in, "i64 %start", "i64 %valid"),
            self.function("load", self.load, "ptr %target", "i64 %first", seen=""),
        ]

    def load(self) -> None:
        """Bring in the blocks of `rows` rows, from the row `first` of the order on, to where they will be resident."""
        w, lanes, rows = self.w, self.block.lanes, self.count("rows")
        size = w.whole("mul", self.count("columns"), lanes * w.size)

        def body(b: str) -> None:
            self.put("data", self.at("%target", (b, size)))
            start = w.whole("mul", b, lanes)
            valid = w.whole("smin", w.whole("sub", rows, start), lanes)
            self.call("ordered_in", f"i64 {w.whole('add', start, '%first')}", f"i64 {valid}")

        self.each(self.blocks(), body)

    def lanes_in(self) -> None:
        """Bring in squares of full vectors first, then the rest; then the seed."""
        w = self.w
        self.source, self.target = self.pointer("rows in"), self.pointer("data")
        self.columns = w.whole("sub", self.count("columns"), int(self.seeded))
        full = w.let(f"icmp eq i64 %valid, {self.block.lanes}")
        width = self.lanes.width
        done = w.let(f"select i1 {full}, i64 {self.whole_vectors(self.columns, width)}, i64 0") if width > 1 else "0"
        if width > 1:
            self.each(done, self.squares, width)
        self.each(w.whole("sub", self.columns, done), lambda c: self.column(w.whole("add", c, done)))
        if self.seeded:
            self.each(self.block.vectors, lambda v: self.seed(v))

    def row(self, k: str) -> str:
        """Return the address of a row of the data."""
        if self.ordered:
            k = self.w.load_whole(self.at(self.pointer("order"), (k, 8)))
        return self.at(self.source, (self.w.whole("mul", k, self.columns), 8))

    def squares(self, column: str) -> None:
        """Bring in some columns of a full block."""
        w, wide = self.lanes, self.lanes.on("double")

        def square(lane: str) -> None:
            first = w.whole("add", "%start", lane)
            places = [self.at(self.row(w.whole("add", first, k)), (column, 8)) for k in range(w.width)]
            rows = [wide.converted(wide.load_any(place), w) for place in places]
            for k, vector in enumerate(w.transposed(rows)):
                w.store(vector, self.slot(w.whole("add", column, k), lane))

        self.each(self.block.lanes, square, w.width)

    def column(self, column: str) -> None:
        """Bring in one column; lanes beyond the last row repeat the first of all rows."""
        w = self.w

        def lane(k: str) -> None:
            inside = w.let(f"icmp slt i64 {k}, %valid")
            row = w.let(f"select i1 {inside}, i64 {w.whole('add', k, '%start')}, i64 0")
            self.narrow(self.at(self.row(row), (column, 8)), self.slot(column, k))

        self.each(self.block.lanes, lane)

    def lanes_out(self) -> None:
        """Store results row by row; one that is not finite turns the flag into a nan."""
        w, one, table, count = self.w, self.one, self.pointer("kept"), self.count("kept count")
        flag = self.pointer("flag")

        def row(i: str, carried: list[str]) -> list[str]:
            lane = w.whole("mul", i, w.size)

            def output(k: str, so_far: list[str]) -> list[str]:
                target, bad = so_far
                value = one.load_any(w.place(self.output(self.at(table, (k, PLACE))), lane))
                self.double.store_any(one.converted(value, self.double), target)
                return [w.place(target, 8), one.multiply_add(value, one.number(0.0), bad)]

            return w.loop(count, output, [("ptr", carried[0]), (one.vector, carried[1])])

        out = self.at(self.pointer("rows out"), (w.whole("mul", "%start", count), 8))
        some = w.let(f"icmp sgt i64 {count}, 0")
        rows = w.let(f"select i1 {some}, i64 %valid, i64 0")
        _, bad = w.loop_if_any(rows, row, [("ptr", out), (one.vector, one.load_any(flag))])
        one.store_any(bad, flag)


class Columns(Driver):
    """Bring numbers in and out column by column: "rows in" and "rows out" are addresses of columns."""

    def lanes_in(self) -> None:
        """Bring in full vectors first, then the rest; lanes beyond the last row repeat the first of the block."""
        w = self.w
        table, self.target = self.pointer("rows in"), self.pointer("data")
        self.columns = w.whole("sub", self.count("columns"), int(self.seeded))
        wide = self.lanes.on("double")
        done = self.whole_vectors("%valid", wide.width)

        def column(c: str) -> None:
            source = self.at(w.load_pointer(self.at(table, (c, 8))), ("%start", 8))

            def vector(k: str) -> None:
                values = wide.load_any(self.at(source, (k, 8)))
                self.lanes.store(wide.converted(values, self.lanes), self.slot(c, k))

            def rest(i: str) -> None:
                k = w.whole("add", i, done)
                inside = w.let(f"icmp slt i64 {k}, %valid")
                self.narrow(self.at(source, (w.let(f"select i1 {inside}, i64 {k}, i64 0"), 8)), self.slot(c, k))

            self.each(done, vector, wide.width)
            self.each(w.whole("sub", self.block.lanes, done), rest)

        self.each(self.columns, column)
        if self.seeded:
            self.each(self.block.vectors, lambda v: self.seed(v))

    def lanes_out(self) -> None:
        """Store results column by column."""
        w, table, targets, flag = self.w, self.pointer("kept"), self.pointer("rows out"), self.pointer("flag")

        def column(k: str, flags: list[str]) -> list[str]:
            target = self.at(w.load_pointer(self.at(targets, (k, 8))), ("%start", 8))
            return [self.copied(self.output(self.at(table, (k, PLACE))), target, "%valid", flags[0])]

        (flags,) = w.loop_if_any(self.count("kept count"), column, [(w.vector, w.load(flag))])
        w.store(flags, flag)
