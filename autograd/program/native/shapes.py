"""What a kernel's text depends on, its `Shape`, apart from the numbers of one group: bases, strides, sizes, tables.

The numbers are arguments of the kernel, so that groups of one shape share it. In a shape a number is the name of the
argument that brings it: "%n0" is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...primitive import Row
from ..planning.plan import SPACES, Group

# Addresses a kernel is given: the plan's spaces, tables of indices, functions to call, the irregular flag, and memory
# for operands on their way.
POINTERS = (*SPACES, "tables", "functions", "flag", "scratch")


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
    `step` are the bytes from one term to the next. What a table says may be `shifted` by the member.
    """

    space: str
    cursor: Cursor
    lies: str
    table: str = ""  # "row": one index for the member, "full": one for every term
    step: str = "0"
    shift: Cursor | None = None


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
    others: tuple[Operand | str, ...]
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
    given: tuple[Operand | str, ...]  # the operands of a row, known numbers by their bits
    post: tuple[Later, ...]
    result: Cursor
    own: str
    block: Block
    strict: bool
    watched: bool  # whether a result that is not finite turns the flag
    totals: bool  # whether results are added up over the lanes
    members: int  # in a vector, where lanes are taken one after the other
    numbers: int  # how many a kernel takes


def simple(group: Group | Shape) -> bool:
    """Say whether a group is a sum of products and nothing else."""
    return group.op == "sum" and not group.post


def operands(shape: Shape) -> Iterator[Operand]:
    """Go over all distinct operands, and what copies are made of."""
    found = [*(x for run in shape.runs for x in run.operands), *shape.given]
    found += [x for later in shape.post for x in later.others]
    found += [x.source for x in found if isinstance(x, Copy)]
    yield from dict.fromkeys(x for x in found if isinstance(x, Operand))
