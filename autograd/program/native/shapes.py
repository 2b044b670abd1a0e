"""What a kernel's text depends on, its `Shape`, apart from the numbers of one group: bases, strides, sizes, tables.

The numbers are arguments of the kernel, so that groups of one shape share it. In a shape a number is the name of the
argument that brings it: "%n0" is the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import prod
from typing import Any

from ...primitive import Row
from ..plan import SPACES, Access, Group, Plan

# Addresses a kernel is given: the plan's spaces, then tables of indices, functions to call, and the irregular flag.
POINTERS = (*SPACES, "tables", "functions", "flag")
WIDE = frozenset(("data", "lane"))  # spaces with a number for every lane
INDEX = 4  # bytes of an index in a table
UNROLLED = 2  # a run of so many terms needs no loop


@dataclass(frozen=True)
class Block:
    """Be the block of lanes that kernels work on: `vectors` of `width` lanes each."""

    real: str
    width: int
    vectors: int
    accumulators: int

    @property
    def size(self) -> int:
        """Bytes of a number."""
        return 8 if self.real == "double" else 4

    @property
    def lanes(self) -> int:
        """Rows in a block."""
        return self.width * self.vectors


@dataclass(frozen=True)
class Cursor:
    """Be an address that moves with the members: `base` and for each dimension a stride, in bytes, "0" where none."""

    base: str
    strides: tuple[str, ...]


@dataclass(frozen=True)
class Operand:
    """Be where a term finds a number: at a cursor in a space, or where a table says to which the cursor points.

    `wide` means a vector of lanes, otherwise one number for all lanes. `step` are the bytes from one term to the next.
    """

    space: str
    cursor: Cursor
    wide: bool
    table: str = ""  # "row": one index for the member, "full": one for every term
    step: str = "0"


@dataclass(frozen=True)
class Run:
    """Be a segment: `count` terms, a number or a name."""

    count: int | str
    sign: int
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Later:
    """Be a row applied to the result: its other operands, and its Python function's place among the functions."""

    row: Row
    place: int
    others: tuple[Operand | float, ...]
    own: str


@dataclass(frozen=True)
class Shape:
    """Be everything that a kernel's text depends on."""

    op: str | Row
    space: str
    dims: tuple[str, ...]
    tile: tuple[int, ...]  # members of the innermost dimensions done at once
    cover: tuple[str, ...]  # whether that is "all" of the dimension, a divisor of it ("even"), or else ("")
    runs: tuple[Run, ...]  # the terms of a sum or an extreme
    given: tuple[Operand | float, ...]  # the operands of a row
    post: tuple[Later, ...]
    result: Cursor
    own: str
    block: Block
    strict: bool
    numbers: int  # how many a kernel takes


@dataclass
class Tables:
    """Collect the tables of indices of a plan; equal ones are kept once."""

    indices: list[int] = field(default_factory=list)
    known: dict[tuple[int, ...], int] = field(default_factory=dict)

    def place(self, table: tuple[int, ...]) -> int:
        """Return where a table begins."""
        if table not in self.known:
            self.known[table] = len(self.indices)
            self.indices.extend(table)
        return self.known[table]


class Describe:
    """Take a group apart into its shape and its numbers."""

    def __init__(self, plan: Plan, block: Block, tables: Tables):
        self.plan, self.block, self.tables = plan, block, tables

    def __call__(self, group: Group) -> tuple[Shape, list[Any]]:
        """Return the shape, and the numbers: ints, or a row in place of the number of its Python function."""
        self.numbers: list[Any] = []
        self.linear = [prod(group.dims[:d]) for d in range(len(group.dims))]
        self.tile = tile_of(group, self.block, self.plan.strict)
        row = isinstance(group.op, Row)
        post = tuple(
            Later(row, place, tuple(map(self.other, others)), self.number(row)) for row, place, others in group.post
        )
        shape = Shape(
            op=group.op,
            space=group.space,
            dims=tuple(map(self.number, group.dims)),
            tile=self.tile,
            cover=tuple(map(_cover, self.tile, group.dims)),
            runs=() if row else tuple(map(self.run, group.segments)),
            given=tuple(self.other(a) for a in _single(group)) if row else (),
            post=post,
            result=self.cursor(group.slot, self.linear, self.unit(group.space)),
            own=self.number(group.op) if row else "",
            block=self.block,
            strict=self.plan.strict,
            numbers=0,
        )
        return _counted(shape, len(self.numbers)), self.numbers

    def number(self, value: Any) -> str:
        """Make a number an argument and return its name."""
        self.numbers.append(value)
        return f"%n{len(self.numbers) - 1}"

    def unit(self, space: str) -> int:
        """Return the bytes from one index of a space to the next."""
        return self.block.size * (self.block.lanes if space in WIDE else 1)

    def run(self, segment: Any) -> Run:
        """Describe a run of terms."""
        count: int | str = segment.count if segment.count <= UNROLLED else self.number(segment.count)
        left = self.operand(segment.left, segment.count)
        if segment.right is None:
            return Run(count, segment.sign, (left,))
        right = left if segment.right == segment.left else self.operand(segment.right, segment.count)
        return Run(count, segment.sign, (left, right))

    def other(self, access: Access) -> Operand | float:
        """Describe an operand of a row: a constant number as itself, so that x ** 2 can become x * x."""
        if access.space == "const" and not access.table and not any(access.strides):
            return self.plan.consts[access.base]
        return self.operand(access, 1)

    def operand(self, access: Access, count: int) -> Operand:
        """Describe an access."""
        unit, wide = self.unit(access.space), access.space in WIDE
        space = self.number(POINTERS.index(access.space))
        if access.table:
            return self.looked_up(access, count, space, wide)
        moves = bool(access.step) and count > 1
        step = self.number((access.step or 0) * unit) if moves else "0"
        return Operand(space, self.cursor(access.base, access.strides, unit), wide, step=step)

    def looked_up(self, access: Access, count: int, space: str, wide: bool) -> Operand:
        """Describe an access through a table: the cursor moves in the tables."""
        full = access.step is None and count > 1
        strides = [n * (count if full else 1) for n in self.linear]
        cursor = self.cursor(self.tables.place(access.table), strides, INDEX)
        if full:
            return Operand(space, cursor, wide, "full", str(INDEX))
        moves = bool(access.step) and count > 1
        step = self.number((access.step or 0) * self.unit(access.space)) if moves else "0"
        return Operand(space, cursor, wide, "row", step)

    def cursor(self, base: int, strides: Sequence[int], unit: int) -> Cursor:
        """Describe an address; whether it moves within the tile is part of the text, by how much is a number."""
        names = [
            "0" if stride == 0 and d < len(self.tile) else self.number(stride * unit)
            for d, stride in enumerate(strides)
        ]
        return Cursor(self.number(base * unit), tuple(names))


def _cover(tile: int, n: int) -> str:
    return "all" if tile == n else "even" if n % tile == 0 else ""


def _single(group: Group) -> Iterator[Access]:
    """Go over the accesses of a row's operands, one by one."""
    for segment in group.segments:
        a, n = segment.left, segment.count
        for j in range(n):
            if not a.table:
                yield replace(a, base=a.base + j * (a.step or 0))
            else:
                yield replace(a, table=a.table[j::n] if a.step is None else tuple(k + j * a.step for k in a.table))


def _counted(shape: Shape, numbers: int) -> Shape:
    return Shape(**{**vars(shape), "numbers": numbers})


def tile_of(group: Group, block: Block, strict: bool) -> tuple[int, ...]:
    """Return how many members of the innermost dimensions are done at once, so that they fill the accumulators."""
    if totals(group) and not strict:
        return _sum_tile(group.dims, block)
    if isinstance(group.op, Row):
        return (1,)
    return (_even(group.dims[0], max(1, min(8, block.accumulators // vector_tile(block)))),)


def totals(group: Group) -> bool:
    """Say whether a group adds up over the lanes."""
    return group.space == "sum" and any(access.space in WIDE for access in group.accesses())


def simple(group: Group | Shape) -> bool:
    """Say whether a group is a sum of products and nothing else."""
    return group.op == "sum" and not group.post


def _sum_tile(dims: tuple[int, ...], block: Block) -> tuple[int, ...]:
    """Return members of the first dimension, a tree of shuffles full or all there are, and of the second."""
    if len(dims) == 1:
        return (_even(dims[0], block.accumulators),)
    first = min(dims[0], max(block.width, 2))
    return first, _even(dims[1], max(1, block.accumulators // first))


@cache
def vector_tile(block: Block) -> int:
    """Return how many vectors of lanes are done at once: with the least overlap, about as many as members."""
    most, near = block.accumulators // 2, block.accumulators**0.5
    return min(range(1, most + 1), key=lambda tile: (-(-block.vectors // tile) * tile, abs(tile - near)))


def _even(n: int, most: int) -> int:
    """Return the tile of at most `most` that covers n in the fewest tiles with the least overlap."""
    return -(-n // -(-n // most))


def operands(shape: Shape) -> Iterator[Operand]:
    """Go over all distinct operands."""
    found = [*(x for run in shape.runs for x in run.operands), *shape.given]
    found += [x for later in shape.post for x in later.others]
    yield from dict.fromkeys(x for x in found if isinstance(x, Operand))
