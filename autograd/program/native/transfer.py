"""How numbers come into blocks of lanes and results go out: row by row, or column by column."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .driver import PLACE, RUN, Driver
from .shapes import Block


@cache
def _driver(block: Block, chunks: int, seeded: bool, by_column: bool) -> str:
    return "\n".join((Columns if by_column else Rows)(block, chunks, seeded).functions())


def module(kernels: Sequence[str], block: Block, chunks: int, seeded: bool, by_column: bool) -> str:
    """Return the whole text: the kernels, a table of them, and the functions a caller knows.

    A call is `whole`; or `begin`, for every chunk, on any thread, `fill` and `chunk`, `merge` in order, and `finish`.
    Data comes and results go row by row, or where `by_column`, as one array for each column.
    """
    parts = [text.replace("KERNEL", f"kernel{k}", 1) for k, text in enumerate(kernels)]
    names = ", ".join(f"ptr @kernel{k}" for k in range(len(kernels)))
    table = f"@kernels = internal constant [{len(kernels)} x ptr] [{names}]"
    return "\n".join([table, *parts, _driver(block, chunks, seeded, by_column)])


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
        """Bring in one run after the other, then the seed."""
        w, table = self.w, self.pointer("rows in")

        def run(k: str, carried: list[str]) -> list[str]:
            entry, (self.target,) = self.at(table, (k, RUN)), carried
            self.source, self.columns = w.load_pointer(entry), w.load_whole(w.place(entry, 8))
            self.run_in()
            return [self.slot(self.columns, 0)]

        (self.target,) = w.loop_if_any(self.count("runs"), run, [("ptr", self.pointer("data"))])
        if self.seeded:  # the column behind all runs
            self.each(self.block.vectors, lambda v: self.seed("0", v))

    def run_in(self) -> None:
        """Bring in squares of full vectors first, then the rest."""
        w, width = self.w, self.lanes.width
        full = w.let(f"icmp eq i64 %valid, {self.block.lanes}")
        done = w.let(f"select i1 {full}, i64 {self.whole_vectors(self.columns, width)}, i64 0") if width > 1 else "0"
        if width > 1:
            self.each(done, self.squares, width)
        self.each(w.whole("sub", self.columns, done), lambda c: self.column(w.whole("add", c, done)))

    def row(self, k: str) -> str:
        """Return the address of a row of the data."""
        if self.ordered:
            k = self.w.load_whole(self.at(self.pointer("order"), (k, 8)))
        return self.at(self.source, (self.w.whole("mul", k, self.columns), 8))

    def squares(self, column: str) -> None:
        """Bring in some columns of a run, for a full block."""
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
        w, one, count, flag = self.w, self.one, self.count("kept count"), self.pointer("flag")
        out = self.at(self.pointer("rows out"), (w.whole("mul", "%start", count), 8))
        some = w.let(f"icmp sgt i64 {count}, 0")
        rows = w.let(f"select i1 {some}, i64 %valid, i64 0")
        _, bad = w.loop_if_any(rows, self.row_out, [("ptr", out), (one.vector, one.load_any(flag))])
        one.store_any(bad, flag)

    def row_out(self, row: str, carried: list[str]) -> list[str]:
        """Store the results of a row; return where those of the next go, and the flag."""
        w, one, table, (target, flag) = self.w, self.one, self.pointer("kept"), carried
        lane = w.whole("mul", row, w.size)

        def output(k: str, so_far: list[str]) -> list[str]:
            target, bad = so_far
            value = one.load_any(w.place(self.output(self.at(table, (k, PLACE))), lane))
            self.double.store_any(one.converted(value, self.double), target)
            return [w.place(target, 8), one.multiply_add(value, one.number(0.0), bad)]

        return w.loop(self.count("kept count"), output, [("ptr", target), (one.vector, flag)])


class Columns(Driver):
    """Bring numbers in and out column by column: "rows in" and "rows out" are addresses of columns."""

    def lanes_in(self) -> None:
        """Bring in one column after the other, then the seed."""
        table, self.target = self.pointer("rows in"), self.pointer("data")
        self.columns = self.w.whole("sub", self.count("columns"), int(self.seeded))

        def column(c: str) -> None:
            self.source = self.at(self.w.load_pointer(self.at(table, (c, 8))), ("%start", 8))
            self.column(c)

        self.each(self.columns, column)
        if self.seeded:
            self.each(self.block.vectors, lambda v: self.seed(self.columns, v))

    def column(self, c: str) -> None:
        """Bring in full vectors first, then the rest; lanes beyond the last row repeat the first of the block."""
        w, wide = self.w, self.lanes.on("double")
        done = self.whole_vectors("%valid", wide.width)

        def vector(k: str) -> None:
            values = wide.load_any(self.at(self.source, (k, 8)))
            self.lanes.store(wide.converted(values, self.lanes), self.slot(c, k))

        def rest(i: str) -> None:
            k = w.whole("add", i, done)
            inside = w.let(f"icmp slt i64 {k}, %valid")
            self.narrow(self.at(self.source, (w.let(f"select i1 {inside}, i64 {k}, i64 0"), 8)), self.slot(c, k))

        self.each(done, vector, wide.width)
        self.each(w.whole("sub", self.block.lanes, done), rest)

    def lanes_out(self) -> None:
        """Store results column by column."""
        w, table, targets, flag = self.w, self.pointer("kept"), self.pointer("rows out"), self.pointer("flag")

        def column(k: str, flags: list[str]) -> list[str]:
            target = self.at(w.load_pointer(self.at(targets, (k, 8))), ("%start", 8))
            return [self.copied(self.output(self.at(table, (k, PLACE))), target, "%valid", flags[0])]

        (flags,) = w.loop_if_any(self.count("kept count"), column, [(w.vector, w.load(flag))])
        w.store(flags, flag)
