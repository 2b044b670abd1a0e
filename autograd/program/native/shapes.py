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
from ..plan import SPACES, Access, Group, Plan, Segment

# Addresses a kernel is given: the plan's spaces, tables of indices, functions to call, the irregular flag, and memory
# for operands on their way.
POINTERS = (*SPACES, "tables", "functions", "flag", "scratch")
WIDE = frozenset(("data", "lane"))  # spaces with a number for every lane
INDEX = 4  # bytes of an index in a table
ROW = 5  # what a row costs, in additions
CHAINS = 8  # sums that are added to in turn, so that one need not wait for the other
UNROLLED = 2  # a run of so many terms needs no loop


@dataclass(frozen=True)
class Block:
    """Be the block of lanes that kernels work on: `vectors` of `width` lanes each.

    The processor's vectors hold `across` numbers: where there is one lane, those of neighbouring members.
    """

    real: str
    width: int
    vectors: int
    accumulators: int
    across: int

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

    `lies` says what makes up a vector: "lanes", or the numbers of neighbouring "members" or "terms", or of members
    that lie "apart", or one that is the "same" everywhere, or in one "lane", or a "copy" of members in one lane.
    `step` are the bytes from one term to the next.
    """

    space: str
    cursor: Cursor
    lies: str
    table: str = ""  # "row": one index for the member, "full": one for every term
    step: str = "0"


@dataclass(frozen=True)
class Copy(Operand):
    """Be an operand that is copied before it is used: then all members of one lane lie side by side."""

    source: Operand = field(kw_only=True)
    count: int | str = field(kw_only=True)  # of terms


@dataclass(frozen=True)
class Run:
    """Be a segment: `count` terms, a number or a name; of a run `along` its terms a vector at a time."""

    count: int | str
    sign: int
    operands: tuple[Operand, ...]
    along: bool = False


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
    totals: bool  # whether results are added up over the lanes
    members: int  # in a vector, where lanes are taken one after the other
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
        self.used = 0  # bytes that copies need

    def __call__(self, group: Group) -> tuple[Shape, list[Any]]:
        """Return the shape, and the numbers: ints, or a row in place of the number of its Python function."""
        self.numbers: list[Any] = []
        self.linear = [prod(group.dims[:d]) for d in range(len(group.dims))]
        self.ordered = ordered(group, self.block, self.plan.strict)
        self.members = members_of(group, self.block, self.plan.strict)
        self.tile = tile_of(group, self.block, self.plan.strict, self.members)
        row = isinstance(group.op, Row)
        post = tuple(
            Later(row, place, tuple(map(self.other, others)), self.number((row, 1 + len(others))))
            for row, place, others in group.post
        )
        shape = Shape(
            op=group.op,
            space=group.space,
            dims=tuple(map(self.number, group.dims)),
            tile=self.tile,
            cover=tuple(map(_cover, self.tile, group.dims)),
            runs=() if row else tuple(run for segment in group.segments for run in self.runs(group, segment)),
            given=tuple(self.other(a) for a in _single(group)) if row else (),
            post=post,
            result=self.cursor(group.slot, self.linear, self.unit(group.space)),
            own=self.number((group.op, len(group.segments))) if row else "",
            block=self.block,
            strict=self.plan.strict,
            totals=totals(group),
            members=self.members,
            numbers=0,
        )
        return replace(shape, numbers=len(self.numbers)), self.numbers

    def number(self, value: Any) -> str:
        """Make a number an argument and return its name."""
        self.numbers.append(value)
        return f"%n{len(self.numbers) - 1}"

    def unit(self, space: str) -> int:
        """Return the bytes from one index of a space to the next."""
        return self.block.size * (self.block.lanes if space in WIDE else 1)

    def runs(self, group: Group, segment: Segment) -> Iterator[Run]:
        """Describe a segment: one run, or one of vectors of terms and one of those that are left."""
        if not along(group, segment, self.block, self.plan.strict, self.members):
            yield self.run(segment)
            return
        n, rest = self.block.across, segment.count % self.block.across
        yield self.run(replace(segment, count=segment.count // n), n)
        if rest:
            left, right = (a and moved(a, segment.count - rest) for a in (segment.left, segment.right))
            yield self.run(Segment(rest, left or segment.left, right, segment.sign))

    def run(self, segment: Segment, terms: int = 1) -> Run:
        """Describe a run of terms, of so many at a time."""
        count: int | str = segment.count if segment.count <= UNROLLED else self.number(segment.count)
        left = self.operand(segment.left, segment.count, terms)
        if segment.right is None:
            return Run(count, segment.sign, (left,), terms > 1)
        right = left if segment.right == segment.left else self.operand(segment.right, segment.count, terms)
        return Run(count, segment.sign, (left, right), terms > 1)

    def other(self, access: Access) -> Operand | float:
        """Describe an operand of a row: a constant number as itself, so that x ** 2 can become x * x."""
        if access.space == "const" and not access.table and not any(access.strides):
            return self.plan.consts[access.base]
        return self.operand(access, 1)

    def operand(self, access: Access, count: int, terms: int = 1) -> Operand:
        """Describe an access."""
        space, unit = self.number(POINTERS.index(access.space)), self.unit(access.space)
        lies = ("terms" if access.step else "same") if terms > 1 else self.lies(access)
        full = bool(access.table) and access.step is None and count > 1
        moves = bool(access.step) and count > 1
        step = str(INDEX) if full else self.number((access.step or 0) * terms * unit) if moves else "0"
        strides = [n * (count if full else 1) for n in self.linear]
        cursor = (
            self.cursor(self.tables.place(access.table), strides, INDEX)
            if access.table
            else self.cursor(access.base, access.strides, unit)
        )
        found = Operand(space, cursor, lies, ("full" if full else "row") if access.table else "", step)
        return self.copy(found, count) if lies == "copy" else found

    def lies(self, access: Access) -> str:
        """Return what makes up a vector of an operand."""
        if self.block.lanes > 1 and not self.ordered:
            return "lanes" if access.space in WIDE else "same"
        found = "same" if self.members == 1 else lies(access)
        if not self.ordered or access.space not in WIDE:
            return found
        return "lane" if found == "same" else "copy"

    def copy(self, source: Operand, count: int) -> Copy:
        """Describe a copy: all terms, and in each all lanes, for each member of the second dimension."""
        term = self.members * self.block.lanes * self.block.size
        varies = len(self.tile) > 1 and source.cursor.strides[1] != "0"
        strides = ("0", self.number(count * term) if varies else "0")
        cursor, number = Cursor(self.number(self.used), strides), count if count <= UNROLLED else self.number(count)
        self.used += term * count * (self.tile[1] if varies else 1)
        space, step = self.number(POINTERS.index("scratch")), str(term) if count > 1 else "0"
        return Copy(space, cursor, "copy", step=step, source=replace(source, lies="lanes"), count=number)

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
        yield from (replace(a, table=a.table[j::n]) if a.step is None else moved(a, j) for j in range(n))


def moved(access: Access, j: int) -> Access:
    """Return where an operand is j terms further on."""
    if access.table:
        return replace(access, table=tuple(k + j * (access.step or 0) for k in access.table))
    return replace(access, base=access.base + j * (access.step or 0))


def lies(access: Access) -> str:
    """Return how the operands of neighbouring members lie."""
    if access.table:
        return "apart"
    return {0: "same", 1: "members"}.get(access.strides[0], "apart")


def along(group: Group, segment: Segment, block: Block, strict: bool, members: int) -> bool:
    """Say whether a segment's terms are added in vectors: where they lie side by side and the members do not."""
    operands = [a for a in (segment.left, segment.right) if a is not None]
    fits = group.op == "sum" and not strict and block.lanes == 1 and segment.count >= block.across > 1
    beside = fits and all(a.step in (0, 1) for a in operands)
    return beside and (members < block.across or any(lies(a) == "apart" for a in operands))


def members_of(group: Group, block: Block, strict: bool) -> int:
    """Return how many members make a vector where there is one lane: 1 where gathering costs more than it saves."""
    most = min(block.across, 1 << (group.dims[0].bit_length() - 1))
    if ordered(group, block, strict):
        return most
    if block.lanes > 1 or most == 1:
        return 1
    alone = together = 0.0
    for segment in group.segments:
        if along(group, segment, block, strict, most):
            continue
        kinds = [lies(a) for a in (segment.left, segment.right) if a is not None]
        alone += most * segment.count * (1 + len(kinds))
        together += segment.count * (1 + sum(2 * most if kind == "apart" else 1 for kind in kinds))
    rows = ROW * (len(group.post) + isinstance(group.op, Row))
    return most if together + rows < alone + most * rows else 1


def tile_of(group: Group, block: Block, strict: bool, members: int) -> tuple[int, ...]:
    """Return how many members of the innermost dimensions are done at once, so that they fill the accumulators."""
    n, row = group.dims[0], isinstance(group.op, Row)
    if block.lanes == 1:
        some = any(along(group, segment, block, strict, members) for segment in group.segments)
        most = 1 if row else max(1, block.accumulators // members) if some else 4
        return (members * _fewest(min(most, n // members), n, members),)
    if ordered(group, block, strict):
        return (members, *(_even(n, CHAINS) for n in group.dims[1:2]))
    if totals(group):
        return _sum_tile(group.dims, block)
    return (1,) if row else (_even(n, max(1, min(8, block.accumulators // vector_tile(block)))),)


def _fewest(most: int, n: int, members: int) -> int:
    """Return the number of vectors, of at most `most`, that covers n members with the least overlap."""
    return min(range(1, most + 1), key=lambda m: (-(-n // (m * members)) * m, -m))


def totals(group: Group) -> bool:
    """Say whether a group adds up over the lanes."""
    return group.space == "sum" and any(access.space in WIDE for access in group.accesses())


def ordered(group: Group, block: Block, strict: bool) -> bool:
    """Say whether a group adds up over lanes one after the other."""
    return strict and block.lanes > 1 and totals(group)


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
    """Go over all distinct operands, and what copies are made of."""
    found = [*(x for run in shape.runs for x in run.operands), *shape.given]
    found += [x for later in shape.post for x in later.others]
    found += [x.source for x in found if isinstance(x, Copy)]
    yield from dict.fromkeys(x for x in found if isinstance(x, Operand))
