"""The text of a kernel from its shape: loops over members, and inside a tile of them that is worked on in registers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ...primitive import Row
from .members import InOrder, Members
from .reduction import Reduction
from .shapes import POINTERS, Copy, Shape, operands
from .tiles import Offsets, Tile
from .tiling import vector_tile
from .writer import Writer


@lru_cache(4096)
def kernel(shape: Shape) -> tuple[str, frozenset[Row]]:
    """Return the text of a shape's kernel, with KERNEL for its name, and the rows whose Python functions it calls."""
    code = Kernel(shape)
    code.write()
    return code.writer.function("KERNEL", ("ptr %pointers", "ptr %numbers"), seen="internal "), frozenset(code.called)


class Kernel:
    """Write one kernel."""

    def __init__(self, shape: Shape):
        self.shape, self.block = shape, shape.block
        ordered = self.block.lanes == 1 or (shape.totals and shape.strict)
        self.writer = Writer(self.block.real, shape.members if ordered else self.block.width)
        self.called: set[Row] = set()
        self.spaces: dict[str, str] = {}
        self.skipped: dict[int, str] = {}  # how many members of a tile the one before has done, by dimension

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
        moving = [c for x in operands(shape) if not isinstance(x, Copy) for c in (x.cursor, x.shift) if c]
        cursors = dict.fromkeys([shape.result, *moving])
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
        if self.block.lanes == 1:
            return Members(self, offsets).write()
        if self.shape.totals:
            return (InOrder if self.shape.strict else Reduction)(self, offsets).write()
        vectors = self.block.vectors
        step = 1 if isinstance(self.shape.op, Row) else vector_tile(self.block)

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
        """Return the bytes from the first vector of lanes of a slot to vector v."""
        size = self.block.width * self.block.size
        return v * size if isinstance(v, int) else self.writer.whole("mul", v, size)
