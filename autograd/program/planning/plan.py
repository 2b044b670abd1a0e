"""What runs a program on many rows at once: groups of independent equations of one shape, and where numbers live.

A row of data is a lane. Numbers live in spaces, each an array:

    param   shared by all lanes        const   numbers of the program        data   one column of data per index
    once    computed from param and const alone, before any lane
    lane    computed for every lane    sum     added up over the lanes, and what is computed from that

A group in the space "sum" that reads "data" or "lane" adds its terms over all lanes to a slot that begins at 0. One
that reads only "param", "const", "once" and "sum" runs once, after all lanes have been added up, and sets its slot.

A group is one loop nest: member i writes to `slot + i` of `space`, and reads operands by its own number i and the
number j of a term, as an `Access` says. Members count with the first of `dims` running fastest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from ...primitive import Row

SPACES = ("param", "const", "data", "once", "lane", "sum")
WIDE = frozenset(("data", "lane"))  # with a number for every lane


class Irregular(ArithmeticError):  # noqa: N818 - not an error of the user's
    """Say that a run met what only the rows themselves can answer: a result outside a domain, an infinity, a nan."""


@dataclass(frozen=True)
class Access:
    """Say where term j of member i finds its operand.

    Affine, where `table` is empty: base + sum(i_d * strides[d]) + j * step, with i_d the number in dimension d.
    With a table the strides are those of some innermost dimensions, often of none, and o counts the members by the
    dimensions beyond: in a row table the base is table[o], in a full one, where step is None, table[o * count + j].
    """

    space: str
    base: int = 0
    strides: tuple[int, ...] = ()
    step: int | None = 0
    table: tuple[int, ...] = ()

    def index(self, i: int, j: int, dims: tuple[int, ...], count: int) -> int:
        """Return the index into the space for member `i` and term `j` of `count`."""
        total = j * (self.step or 0)
        for size, stride in zip(dims, self.strides, strict=False):
            i, place = divmod(i, size)
            total += place * stride
        if not self.table:
            return total + self.base
        return total + self.table[i * count + j if self.step is None else i]


@dataclass(frozen=True)
class Segment:
    """Be a run of `count` terms of one pattern: sign * left * right, or sign * left where right is None."""

    count: int
    left: Access
    right: Access | None = None
    sign: int = 1


@dataclass(frozen=True)
class Group:
    """Be independent equations of one shape.

    `op` is "sum" (of the terms of all segments, in order), "max" or "min" (of the plain terms), or a row, whose
    operands are one segment of one plain term each. `post` are rows applied to the result before it is stored, each
    with its place among the row's operands and the other operands: ((row, place, others), ...). `squares` says that a
    term of a member is a square: it may have been `x ** 2`, which raises where `x * x` is infinite.
    """

    op: str | Row
    dims: tuple[int, ...]
    segments: tuple[Segment, ...]
    space: str
    slot: int
    level: int = 0
    post: tuple[tuple[Row, int, tuple[Access, ...]], ...] = ()
    squares: bool = False

    @property
    def members(self) -> int:
        """The number of equations."""
        return prod(self.dims)

    @property
    def terms(self) -> int:
        """The number of terms, or operands, of each equation."""
        return sum(segment.count for segment in self.segments)

    @property
    def totals(self) -> bool:
        """Whether each equation adds up over all lanes."""
        return self.space == "sum" and any(access.space in WIDE for access in self.accesses())

    @property
    def phase(self) -> str:
        """When it runs: "once" before the lanes, "lanes" for every block of them, "after" them all."""
        if self.space == "once":
            return "once"
        return "lanes" if self.space == "lane" or self.totals else "after"

    def accesses(self) -> Iterator[Access]:
        """Go over all operands' accesses, segment by segment."""
        for segment in self.segments:
            yield from (a for a in (segment.left, segment.right) if a is not None)
        for _, _, others in self.post:
            yield from others


@dataclass
class Plan:
    """Be a whole program: groups in the order of execution, the sizes of the spaces, and where the outputs are.

    `outputs` are (space, index) pairs; "sum" means added up over the lanes, "lane" one number per lane. In a strict
    plan the terms of a sum are added in order, without fused multiply-add, and lanes one after the other.
    """

    params: int
    data: int
    consts: tuple[float, ...]
    once: int
    lanes: int
    sums: int
    groups: tuple[Group, ...]
    outputs: tuple[tuple[str, int], ...]
    strict: bool = False
