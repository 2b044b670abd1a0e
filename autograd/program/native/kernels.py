"""The text of a kernel from its shape: loops over members, a tile of them in registers, a loop over terms."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from ...primitive import Row
from ..formulas import Constant, computed
from .lanes import Lanes
from .llvm import Writer
from .shapes import POINTERS, Cursor, Operand, Run, Shape, operands, simple, vector_tile

# What a tile is given: where every cursor stands, in bytes.
Offsets = dict[Cursor, str]
# A place in a tile: the member in its two dimensions, the vector of lanes.
Spot = tuple[int, int, int]


@functools.cache
def kernel(shape: Shape) -> tuple[str, frozenset[Row]]:
    """Return the text of a shape's kernel, with KERNEL for its name, and the rows whose Python functions it calls."""
    code = Kernel(shape)
    code.write()
    return code.writer.function("KERNEL", ("ptr %pointers", "ptr %numbers"), seen="internal "), frozenset(code.called)


class Kernel:
    """Write one kernel."""

    def __init__(self, shape: Shape):
        self.shape, self.block = shape, shape.block
        self.writer = Writer(self.block.real, self.block.width)
        self.called: set[Row] = set()
        self.spaces: dict[str, str] = {}
        self.skipped: dict[int, str] = {}  # how many members of a tile the one before has done, by dimension
        self.totals = shape.space == "sum" and any(x.wide for x in operands(shape))
        self.in_tree = self.totals and not shape.strict

    def write(self) -> None:
        """Write the whole function."""
        w, shape = self.writer, self.shape
        for k in range(shape.numbers):
            w.let(f"load i64, ptr {w.place('%numbers', 8 * k)}, align 8", f"%n{k}")
        for x in operands(shape):
            self.spaces[x.space] = w.load_pointer(w.place("%pointers", w.whole("mul", x.space, 8)))
        self.result, self.tables, self.functions, self.flag = (
            w.load_pointer(w.place("%pointers", 8 * POINTERS.index(name)))
            for name in (shape.space, "tables", "functions", "flag")
        )
        cursors = dict.fromkeys([shape.result, *(x.cursor for x in operands(shape))])
        inner = (1, 0) if len(shape.tile) == 2 else (0,)
        order = [*range(len(shape.dims) - 1, len(inner) - 1, -1), *reversed(inner)]
        self.over(order, {cursor: cursor.base for cursor in cursors})
        w.do("ret void")

    def over(self, order: Sequence[int], offsets: Offsets) -> None:
        """Write loops over the dimensions in this order, and the tile inside."""
        if not order:
            return self.tile(offsets)
        d, *rest = order
        step, cover = (self.shape.tile[d], self.shape.cover[d]) if d < len(self.shape.tile) else (1, "even")
        if cover == "all":
            return self.over(rest, offsets)

        def body(i: str, _: list[str]) -> list[str]:
            at = i if cover == "even" else self.pulled_back(i, self.shape.dims[d], step, d)
            self.over(rest, {cursor: self.moved(offset, at, cursor.strides[d]) for cursor, offset in offsets.items()})
            return []

        self.writer.loop(self.shape.dims[d], body, step=step)
        return None

    def pulled_back(self, i: str, size: str | int, step: int, d: int) -> str:
        """Return where a tile begins: the last one overlaps the one before, so that every tile is whole."""
        last = self.writer.whole("sub", size, step)
        at = self.writer.whole("smin", i, last)
        self.skipped[d] = self.writer.whole("sub", i, at)
        return at

    def moved(self, offset: str, i: str | int, stride: str) -> str:
        """Return an offset `i` strides further on."""
        if stride == "0" or i == 0:
            return offset
        return self.writer.whole("add", offset, stride if i == 1 else self.writer.whole("mul", stride, i))

    def tile(self, offsets: Offsets) -> None:
        """Write what is done for one tile of members: a tree of sums over all lanes, or vectors of results."""
        if self.in_tree:
            return Reduction(self, offsets).write()
        vectors = self.block.vectors
        step = 1 if isinstance(self.shape.op, Row) or self.totals else vector_tile(self.block)

        def body(v: str | int, _: list[str]) -> list[str]:
            at = v if vectors % step == 0 else self.pulled_back(str(v), vectors, step, -1)
            Tile(self, offsets, self.bytes(at), step).write()
            return []

        if step == vectors:
            body(0, [])
        else:
            self.writer.loop(vectors, body, step=step)
        return None

    def bytes(self, v: str | int) -> str | int:
        """Return the bytes from the first vector of a slot to vector v."""
        size = self.block.width * self.block.size
        return v * size if isinstance(v, int) else self.writer.whole("mul", v, size)


class Tile:
    """Write the results of some members in some vectors of lanes."""

    def __init__(self, kernel: Kernel, offsets: Offsets, lanes: str | int, vectors: int):
        self.kernel, self.shape, self.writer = kernel, kernel.shape, kernel.writer
        self.offsets, self.lanes, self.vectors = offsets, lanes, vectors
        self.anchors: dict[tuple, str] = {}
        self.loads: dict[tuple, str] = {}

    # Where operands are.

    def place(self, x: Operand, spot: Spot, along: str) -> str:
        """Return the address of an operand, before the vector; `along` are bytes to the term."""
        place = self.writer.place(self.anchor(x, spot), along)
        return self.at_index(x, self.writer.load_whole(place, "i32")) if x.table == "full" else place

    def anchor(self, x: Operand, spot: Spot) -> str:
        """Return the address of a member's first operand; in a full table, that of its first index."""
        key = (x, self.varying(x.cursor, spot))
        if key not in self.anchors:
            offset = self.offset(x.cursor, spot)
            entry = self.writer.place(self.kernel.tables if x.table else self.kernel.spaces[x.space], offset)
            self.anchors[key] = self.at_index(x, self.writer.load_whole(entry, "i32")) if x.table == "row" else entry
        return self.anchors[key]

    def at_index(self, x: Operand, index: str) -> str:
        """Return the address of an index into a space."""
        unit = self.writer.size * (self.kernel.block.lanes if x.wide else 1)
        return self.writer.place(self.kernel.spaces[x.space], self.writer.whole("mul", index, unit))

    def offset(self, cursor: Cursor, spot: Spot) -> str:
        """Return where a cursor stands for a member of the tile."""
        out = self.offsets[cursor]
        for i, stride in zip(self.varying(cursor, spot), cursor.strides, strict=False):
            out = self.kernel.moved(out, i, stride)
        return out

    def varying(self, cursor: Cursor, spot: Spot) -> tuple[int, ...]:
        """Return the places in the tile on which a cursor depends, 0 for the others."""
        pairs = zip(spot, cursor.strides, range(len(self.shape.tile)), strict=False)
        return tuple(i if stride != "0" else 0 for i, stride, _ in pairs)

    def load(self, x: Operand, spot: Spot, along: str = "0") -> str:
        """Return an operand as a vector; equal ones of a tile are loaded once."""
        key = (x, self.varying(x.cursor, spot), spot[2] if x.wide else 0, along)
        if key not in self.loads:
            place = self.place(x, spot, along)
            self.loads[key] = (
                self.writer.load(self.in_lanes(place, spot[2])) if x.wide else self.writer.broadcast(place)
            )
        return self.loads[key]

    def in_lanes(self, place: str, v: int) -> str:
        """Return the address of vector v of a slot."""
        return self.writer.place(self.writer.place(place, self.lanes), self.kernel.bytes(v))

    # What is computed.

    def write(self) -> None:
        """Write the results of the tile to where they belong."""
        spots = [(m, 0, v) for m in range(self.shape.tile[0]) for v in range(self.vectors)]
        for spot, result in zip(spots, self.results(spots), strict=True):
            self.keep(spot, self.posted(spot, result))

    def results(self, spots: Sequence[Spot]) -> list[str]:
        """Return the operation's results."""
        op = self.shape.op
        if isinstance(op, Row):
            return [self.row(op, [self.operand(x, spot) for x in self.shape.given], self.shape.own) for spot in spots]
        start = {"sum": -0.0, "max": -math.inf, "min": math.inf}[op]
        return self.terms(spots, [self.writer.number(start)] * len(spots))

    def terms(self, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return values with all terms, run by run."""
        for run in self.shape.runs:
            values = self.run(run, spots, values)
        return values

    def run(self, run: Run, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return values with a run of terms."""
        moving = [x for x in dict.fromkeys(run.operands) if x.step != "0"]
        if isinstance(run.count, int):
            for j in range(run.count):
                values = self.term(run, spots, values, {x: self.kernel.moved("0", j, x.step) for x in moving})
            return values

        def body(_: str, carried: list[str]) -> list[str]:
            self.loads.clear()
            along = dict(zip(moving, carried, strict=False))
            results = self.term(run, spots, carried[len(moving) :], along)
            self.loads.clear()
            return [*(self.writer.whole("add", along[x], x.step) for x in moving), *results]

        for x in run.operands:  # addresses that no term changes are found outside
            for spot in spots:
                self.anchor(x, spot)
        start = [*(("i64", "0") for _ in moving), *((self.writer.vector, value) for value in values)]
        return self.writer.loop(run.count, body, start)[len(moving) :]

    def term(self, run: Run, spots: Sequence[Spot], values: list[str], along: dict[Operand, str]) -> list[str]:
        """Return values with one more term."""
        return [
            self.extended(value, run.sign, [self.load(x, spot, along.get(x, "0")) for x in run.operands])
            for spot, value in zip(spots, values, strict=True)
        ]

    def extended(self, value: str, sign: int, factors: list[str]) -> str:
        """Return a sum or an extreme with one more operand."""
        w = self.writer
        if self.shape.op in ("max", "min"):
            return self.extreme("ogt" if self.shape.op == "max" else "olt", value, factors[0])
        if len(factors) == 2 and not self.shape.strict:
            left = factors[0] if sign == 1 else w.negative(factors[0])
            return w.multiply_add(left, factors[1], value)
        term = w.binary("fmul", *factors) if len(factors) == 2 else factors[0]
        return w.binary("fadd" if sign == 1 else "fsub", value, term)

    def extreme(self, sign: str, best: str, x: str) -> str:
        """Return x where it is better than the best or a nan: a nan stays, as nothing is better than it."""
        w = self.writer
        return w.select(w.truth("or", w.compare(sign, x, best), w.compare("uno", x, x)), x, best)

    def operand(self, x: Operand | float, spot: Spot) -> str | Constant:
        """Return an operand of a row."""
        return self.load(x, spot) if isinstance(x, Operand) else Constant(x)

    def posted(self, spot: Spot, result: str) -> str:
        """Return a result after the rows that follow it."""
        for later in self.shape.post:
            operands = [self.operand(x, spot) for x in later.others]
            operands.insert(later.place, result)
            result = self.row(later.row, operands, later.own)
        return result

    def row(self, row: Row, operands: Sequence[str | Constant], own: str) -> str:
        """Return a row's result; where the row may raise, a result that is not finite turns the flag into a nan."""
        w = self.writer
        machine = Lanes(w, self.kernel.functions, own)
        given = [x if isinstance(x, Constant) else w.converted(x, machine.writer) for x in operands]
        result = machine.writer.converted(computed(row, given, machine, self.shape.strict), w)
        self.kernel.called |= machine.called
        if row.raises:
            w.store(w.multiply_add(result, w.number(0.0), w.load(self.kernel.flag)), self.kernel.flag)
        return result

    def keep(self, spot: Spot, result: str) -> None:
        """Store a result, or add its lanes to a total one after the other."""
        w = self.writer
        place = w.place(self.kernel.result, self.offset(self.shape.result, spot))
        if not self.kernel.totals:
            return w.store(result, self.in_lanes(place, spot[2]))
        before = w.let(f"load {w.real}, ptr {place}")
        total = before
        for k in range(w.width):
            total = w.let(f"fadd {w.real} {total}, {w.lane(result, k)}")
        if 0 in self.kernel.skipped:  # a member that the tile before has done
            done = w.let(f"icmp slt i64 {spot[0]}, {self.kernel.skipped[0]}")
            total = w.let(f"select i1 {done}, {w.real} {before}, {w.real} {total}")
        return w.do(f"store {w.real} {total}, ptr {place}")


class Reduction(Tile):
    """Write the totals of some members over all lanes: in registers, then one tree of shuffles."""

    def __init__(self, kernel: Kernel, offsets: Offsets):
        super().__init__(kernel, offsets, "0", 1)
        self.first, self.second = (*kernel.shape.tile, 1)[:2]

    def write(self) -> None:
        """Add the totals to their slots."""
        spots = [(p, q, 0) for q in range(self.second) for p in range(self.first)]
        values = self.over_lanes(spots, [self.writer.number(0.0)] * len(spots))
        for start, stop in self.chunks():
            self.add(spots[start], start, values[start:stop])

    def over_lanes(self, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return the sums over the vectors of lanes."""
        vectors = self.kernel.block.vectors
        if vectors == 1:
            return self.accumulated(spots, values)
        for x in operands(self.shape):
            for spot in spots:
                self.anchor(x, spot)

        def body(v: str, carried: list[str]) -> list[str]:
            self.loads.clear()
            self.lanes = self.kernel.bytes(v)
            return self.accumulated(spots, carried)

        return self.writer.loop(vectors, body, [(self.writer.vector, value) for value in values])

    def accumulated(self, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return the sums with what one vector of lanes adds: products go to the sums themselves."""
        if simple(self.shape):
            return self.terms(spots, values)
        results = [self.posted(spot, result) for spot, result in zip(spots, self.results(spots), strict=True)]
        return [self.writer.binary("fadd", value, result) for value, result in zip(values, results, strict=True)]

    def chunks(self) -> list[tuple[int, int]]:
        """Return ranges of neighbouring members, as many as a power of two and at most a vector."""
        whole = len(self.shape.tile) == 1 or self.shape.cover[0] == "all"
        rows = (
            [(0, self.first * self.second)]
            if whole
            else [(q * self.first, (q + 1) * self.first) for q in range(self.second)]
        )
        chunks = []
        for start, stop in rows:
            while start < stop:
                size = min(self.writer.width, 1 << ((stop - start).bit_length() - 1))
                chunks.append((start, start + size))
                start += size
        return chunks

    def add(self, spot: Spot, start: int, values: Sequence[str]) -> None:
        """Add the totals of neighbouring members to theirs."""
        w = self.writer
        kind, total = w.totals(values)
        place = w.place(self.kernel.result, self.offset(self.shape.result, spot))
        before = w.let(f"load {kind}, ptr {place}, align {w.size}")
        after = w.let(f"fadd {kind} {before}, {total}")
        done = self.done(start, len(values))
        if done:
            after = w.let(f"select {w.truths(len(values))} {done}, {kind} {before}, {kind} {after}")
        w.do(f"store {kind} {after}, ptr {place}, align {w.size}")

    def done(self, start: int, count: int) -> str:
        """Return which members the tile before has added already, nothing if none can be."""
        w = self.writer
        tests = []
        for d, skipped in sorted(self.kernel.skipped.items()):
            numbers = [(start + k) % self.first if d == 0 else (start + k) // self.first for k in range(count)]
            tests.append(w.below(numbers, skipped))
        return functools.reduce(lambda a, b: w.let(f"or {w.truths(count)} {a}, {b}"), tests) if tests else ""
