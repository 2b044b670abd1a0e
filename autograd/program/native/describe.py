"""From a group to its shape, on which the text of its kernel depends, and the numbers with which that is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from ...primitive import Row
from ..planning.plan import WIDE, Access, Group, Plan, Segment
from .shapes import POINTERS, Block, Copy, Cursor, Later, Operand, Run, Shape
from .tiling import along, lies, members_of, ordered, tile_of

INDEX = 4  # bytes of an index in a table
UNROLLED = 2  # a run of so many terms needs no loop


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
        """Return the shape, and the numbers: ints, or a row and how many operands for the number of its function."""
        self.numbers: list[Any] = []
        self.linear = [prod(group.dims[:d]) for d in range(len(group.dims))]
        self.ordered = ordered(group, self.block, self.plan.strict)
        self.members = members_of(group, self.block, self.plan.strict)
        self.tile = tile_of(group, self.block, self.plan.strict, self.members)
        row = isinstance(group.op, Row)
        post = self.later(group)
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
            own=self.number((group.op, group.terms)) if row else "",
            block=self.block,
            strict=self.plan.strict,
            watched=group.squares and not self.plan.strict,
            totals=group.totals,
            members=self.members,
            numbers=0,
        )
        return replace(shape, numbers=len(self.numbers)), self.numbers

    def later(self, group: Group) -> tuple[Later, ...]:
        """Describe the rows that are applied to the result."""
        return tuple(
            Later(row, place, tuple(map(self.other, others)), self.number((row, 1 + len(others))))
            for row, place, others in group.post
        )

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

    def other(self, access: Access) -> Operand | str:
        """Describe an operand of a row: a constant as its bits, so that x ** 2 may be x * x, and -0.0 not 0.0."""
        if access.space == "const" and not access.table and not any(access.strides):
            return self.plan.consts[access.base].hex()
        return self.operand(access, 1)

    def operand(self, access: Access, count: int, terms: int = 1) -> Operand:
        """Describe an access."""
        space, unit = self.number(POINTERS.index(access.space)), self.unit(access.space)
        lies = ("terms" if access.step else "same") if terms > 1 else self.lies(access)
        full = bool(access.table) and access.step is None and count > 1
        moves = bool(access.step) and count > 1
        step = str(INDEX) if full else self.number((access.step or 0) * terms * unit) if moves else "0"
        if access.table:
            cursor = self.cursor(self.tables.place(access.table), self.beyond(access, count if full else 1), INDEX)
            strides = [*access.strides, *(0 for _ in self.linear[len(access.strides) :])]
            shift = self.cursor(0, strides, unit) if any(strides) else None
            found = Operand(space, cursor, lies, "full" if full else "row", step, shift)
        else:
            found = Operand(space, self.cursor(access.base, access.strides, unit), lies, "", step)
        return self.copy(found, count) if lies == "copy" else found

    def beyond(self, access: Access, count: int) -> list[int]:
        """Return the strides in a table of what lies beyond the dimensions that have strides in the space."""
        inner = len(access.strides)
        return [0 if d < inner else n // self.linear[inner] * count for d, n in enumerate(self.linear)]

    def lies(self, access: Access) -> str:
        """Return what makes up a vector of an operand."""
        if self.block.lanes > 1 and not self.ordered:
            return "lanes" if access.space in WIDE else "same"
        found = "same" if self.members == 1 else lies(access)
        if not self.ordered or access.space not in WIDE:
            return found
        return "lane" if found == "same" else "copy"

    def copy(self, source: Operand, count: int) -> Copy:
        """Describe a copy: all lanes of every term, for each member of the second dimension if it varies there."""
        term = self.members * self.block.lanes * self.block.size
        varies = len(self.tile) > 1 and any(c.strides[1] != "0" for c in (source.cursor, source.shift) if c)
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
