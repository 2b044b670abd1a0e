"""Vectors of neighbouring members: where there is one lane, and where totals take one lane after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .shapes import Copy, Operand, Run, operands
from .tiles import Offsets, Spot, Tile

if TYPE_CHECKING:
    from .kernels import Kernel


class Members(Tile):
    """Write the results of vectors of neighbouring members, where there is one lane."""

    def __init__(self, kernel: Kernel, offsets: Offsets):
        super().__init__(kernel, offsets, "0", 1)

    def write(self) -> None:
        """Write the results of the tile to where they belong."""
        spots = [(m, 0, 0) for m in range(0, self.shape.tile[0], self.shape.members)]
        for spot, result in zip(spots, self.results(spots), strict=True):
            self.keep(spot, self.posted(spot, result))

    def loaded(self, x: Operand, spot: Spot, along: str) -> str:
        """Load an operand: neighbours at once, others one by one."""
        if x.lies in ("members", "terms"):
            return self.writer.load_any(self.place(x, spot, along))
        if x.lies == "same":
            return self.writer.broadcast(self.place(x, spot, along))
        one = self.writer.on(self.writer.real, 1)
        places = [self.place(x, (spot[0] + k, *spot[1:]), along) for k in range(self.writer.width)]
        return self.writer.joined([one.load(place) for place in places])

    def run(self, run: Run, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return values with a run of terms; vectors of terms are added up by one tree for a vector of members."""
        if not run.along:
            return super().run(run, spots, values)
        w = self.writer
        self.writer = w.on(w.real, self.kernel.block.across)
        singles = [(spot[0] + k, 0, 0) for spot in spots for k in range(w.width)]
        sums = super().run(run, singles, [self.writer.number(0.0)] * len(singles))
        totals = [self.writer.totals(sums[k : k + w.width]) for k in range(0, len(sums), w.width)]
        self.writer = w
        return [w.binary("fadd", value, total) for value, total in zip(values, totals, strict=True)]

    def keep(self, spot: Spot, result: str) -> None:
        """Store results, or add them to totals."""
        w = self.writer
        place = w.place(self.kernel.result, self.offset(self.shape.result, spot))
        if self.shape.totals:
            self.put(w, w.binary("fadd", w.load_any(place), result), place, spot[0])
        else:
            w.store_any(result, place)


class InOrder(Members):
    """Write the totals of vectors of members, one lane after the other."""

    def __init__(self, kernel: Kernel, offsets: Offsets):
        copies = [x for x in operands(kernel.shape) if isinstance(x, Copy)]
        super().__init__(kernel, {**offsets, **{x.cursor: x.cursor.base for x in copies}})
        self.copies, self.lane = copies, "0"

    def write(self) -> None:
        """Add every lane to the totals."""
        w = self.writer
        for copy in self.copies:
            self.copy(copy)
        spots = [(0, q, 0) for q in range((*self.shape.tile, 1)[1])]
        places = [w.place(self.kernel.result, self.offset(self.shape.result, spot)) for spot in spots]
        for x in operands(self.shape):
            for spot in spots:
                self.settle(x, spot)

        def body(lane: str, totals: list[str]) -> list[str]:
            self.loads.clear()
            self.lane = lane
            results = [self.posted(spot, result) for spot, result in zip(spots, self.results(spots), strict=True)]
            return [w.binary("fadd", total, result) for total, result in zip(totals, results, strict=True)]

        before = [(w.vector, w.load_any(place)) for place in places]
        for spot, place, total in zip(spots, places, w.loop(self.kernel.block.lanes, body, before), strict=True):
            self.put(w, total, place, self.shape.tile[0] * spot[1])

    def loaded(self, x: Operand, spot: Spot, along: str) -> str:
        """Load an operand of the lane."""
        w = self.writer
        if x.lies == "lane":
            return w.broadcast(w.place(self.place(x, spot, along), w.whole("mul", self.lane, w.size)))
        if x.lies == "copy":
            return w.load(w.place(self.place(x, spot, along), w.whole("mul", self.lane, w.size * w.width)))
        return super().loaded(x, spot, along)

    def copy(self, x: Copy) -> None:
        """Copy an operand's members so that those of one lane are neighbours."""
        w, source, several = self.writer, x.source, x.cursor.strides[1] != "0"
        for q in range(self.shape.tile[1] if several else 1):
            spots = [(p, q, 0) for p in range(w.width)]

            def body(_: str, carried: list[str], q: int = q, spots: Sequence[Spot] = spots) -> list[str]:
                self.loads.clear()
                places = [self.place(source, spot, carried[0]) for spot in spots]
                self.squares(places, self.place(x, (0, q, 0), carried[1]))
                self.loads.clear()
                return [w.whole("add", at, step) for at, step in zip(carried, (source.step, x.step), strict=True)]

            for spot in spots:
                self.settle(source, spot)
            self.settle(x, (0, q, 0))
            w.loop(x.count, body, [("i64", "0"), ("i64", "0")])

    def squares(self, places: Sequence[str], target: str) -> None:
        """Turn members' vectors of lanes into lanes' vectors of members."""
        w, block = self.writer, self.kernel.block
        lanes = w.on(w.real, block.width)

        def square(v: str, _: list[str]) -> list[str]:
            at = self.kernel.bytes(v)
            rows = [lanes.load(w.place(place, at)) for place in places]
            columns = lanes.transposed(rows + rows[:1] * (block.width - len(rows)))
            start = w.whole("mul", v, block.width * w.width * w.size)
            for k, column in enumerate(columns):
                members = column if w.width == block.width else lanes.shuffle(column, "poison", range(w.width))
                w.store(members, w.place(w.place(target, start), k * w.width * w.size))
            return []

        w.loop(block.vectors, square)
