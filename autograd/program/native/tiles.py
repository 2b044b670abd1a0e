"""What a kernel does for one tile of members: it loads operands, works in registers, and stores results.

A `Tile` is some members times some vectors of lanes; reduction.py and members.py have tiles of other kinds.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...primitive import Row
from ..formulas.translation import Constant, computed
from .lanes import Lanes
from .shapes import Cursor, Operand, Run
from .writer import Writer

if TYPE_CHECKING:
    from .kernels import Kernel

# What a tile is given: where every cursor stands, in bytes.
Offsets = dict[Cursor, str]
# A place in a tile: the member in its two dimensions, the vector of lanes.
Spot = tuple[int, int, int]


class Tile:
    """Write the results of some members in some vectors of lanes."""

    def __init__(self, kernel: Kernel, offsets: Offsets, lanes: str | int, vectors: int):
        self.kernel, self.shape, self.writer = kernel, kernel.shape, kernel.writer
        self.offsets, self.lanes, self.vectors = offsets, lanes, vectors
        self.anchors: dict[tuple, str] = {}
        self.loads: dict[tuple, str] = {}

    # Where operands are.

    def place(self, x: Operand, spot: Spot, along: str = "0") -> str:
        """Return the address of an operand, before the vector; `along` are bytes to the term."""
        if x.table == "row":
            return self.writer.place(self.shifted(x, spot, self.indexed(x, spot, "0", self.anchors)), along)
        if x.table == "full":
            return self.shifted(x, spot, self.indexed(x, spot, along, self.loads))
        return self.writer.place(self.anchor(x, spot), along)

    def anchor(self, x: Operand, spot: Spot) -> str:
        """Return the address of a member's first operand, or of its first index in a table."""
        key = (x, self.varying(x.cursor, spot))
        if key not in self.anchors:
            start = self.kernel.tables if x.table else self.kernel.spaces[x.space]
            self.anchors[key] = self.writer.place(start, self.offset(x.cursor, spot))
        return self.anchors[key]

    def settle(self, x: Operand, spot: Spot) -> None:
        """Find the addresses that no term changes."""
        self.anchor(x, spot)
        if x.table == "row":
            self.indexed(x, spot, "0", self.anchors)
        if x.shift:
            self.moved_by(x.shift, spot)

    def indexed(self, x: Operand, spot: Spot, along: str, known: dict[tuple, str]) -> str:
        """Return the address that a table says."""
        key = ("index", x, self.varying(x.cursor, spot), along)
        if key not in known:
            w = self.writer
            unit = w.size * (self.kernel.block.lanes if x.lies in ("lanes", "lane") else 1)
            index = w.load_whole(w.place(self.anchor(x, spot), along), "i32")
            known[key] = w.place(self.kernel.spaces[x.space], w.whole("mul", index, unit))
        return known[key]

    def shifted(self, x: Operand, spot: Spot, place: str) -> str:
        """Return an address that a table says, moved with the member."""
        return self.writer.place(place, self.moved_by(x.shift, spot)) if x.shift else place

    def moved_by(self, shift: Cursor, spot: Spot) -> str:
        """Return by how much a shift moves the operand of a member."""
        key = ("shift", shift, self.varying(shift, spot))
        if key not in self.anchors:
            self.anchors[key] = self.offset(shift, spot)
        return self.anchors[key]

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
        shift = self.varying(x.shift, spot) if x.shift else ()
        key = (x, self.varying(x.cursor, spot), shift, along, spot[2] if x.lies == "lanes" else 0)
        if key not in self.loads:
            self.loads[key] = self.loaded(x, spot, along)
        return self.loads[key]

    def loaded(self, x: Operand, spot: Spot, along: str) -> str:
        """Load an operand."""
        if x.lies == "lanes":
            return self.writer.load(self.in_lanes(self.place(x, spot, along), spot[2]))
        return self.writer.broadcast(self.place(x, spot, along))

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
                self.settle(x, spot)
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

    def operand(self, x: Operand | str, spot: Spot) -> str | Constant:
        """Return an operand of a row."""
        return self.load(x, spot) if isinstance(x, Operand) else Constant(float.fromhex(x))

    def posted(self, spot: Spot, result: str) -> str:
        """Return a result after the rows that follow it."""
        if self.shape.watched:
            self.watch(self.writer, result)
        for later in self.shape.post:
            operands = [self.operand(x, spot) for x in later.others]
            operands.insert(later.place, result)
            result = self.row(later.row, operands, later.own)
        return result

    def row(self, row: Row, operands: Sequence[str | Constant], own: str) -> str:
        """Return a row's result; where the row may raise, a result that is not finite turns the flag into a nan."""
        w = self.writer
        machine = Lanes(w if _arithmetic(row) else w.on("double"), self.kernel.functions, own)
        given = [x if isinstance(x, Constant) else w.converted(x, machine.writer) for x in operands]
        result = machine.writer.converted(computed(row, given, machine, self.shape.strict), w)
        self.kernel.called |= machine.called
        if row.raises:
            self.watch(w, result)
        return result

    def watch(self, w: Writer, result: str) -> None:
        """Turn the flag into a nan where a result is not finite."""
        w.store_any(w.multiply_add(result, w.number(0.0), w.load_any(self.kernel.flag)), self.kernel.flag)

    def keep(self, spot: Spot, result: str) -> None:
        """Store a result."""
        place = self.writer.place(self.kernel.result, self.offset(self.shape.result, spot))
        self.writer.store(result, self.in_lanes(place, spot[2]))

    def put(self, w: Writer, totals: str, place: str, first: int) -> None:
        """Store the totals of neighbouring members, but not of those that the tile before has done."""
        done = self.done(first, w.width)
        w.store_any(w.select(done, w.load_any(place), totals) if done else totals, place)

    def done(self, first: int, count: int) -> str:
        """Return which members the tile before has done, nothing if none can be."""
        w, width, tests = self.writer, self.shape.tile[0], []
        for d, skipped in sorted(self.kernel.skipped.items()):
            numbers = [k % width if d == 0 else k // width for k in range(first, first + count)]
            tests.append(w.below(numbers, skipped))
        return functools.reduce(lambda a, b: w.let(f"or {w.truths(count)} {a}, {b}"), tests) if tests else ""


def _arithmetic(row: Row) -> bool:
    """Say whether a row calls no function: then it needs no more digits than its operands have."""
    return row.formula_text is not None and not re.search(r"\w\(|\*\*", row.formula_text)
