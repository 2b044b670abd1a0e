"""How the members of a group find their operands: nested loops and strides where there are any, else tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import gcd, prod
from typing import NamedTuple

from .plan import Access, Segment


class Place(NamedTuple):
    """Where a number is: a space and its place in it."""

    space: str
    at: int


# A term of a member: (sign, left, right), right None where it is no product.
Placed = tuple[int, Place, "Place | None"]
Rows = list[list[int]]  # an index for each member and term
# An index for each member, and the least size of a loop that may follow it.
Column = tuple[Sequence[int], int]
CRUMBS = 4  # smaller loops are not worth their while


class Operand(NamedTuple):
    """One side of a run of terms: its space and its indices; `step` is None where they follow no rule."""

    space: str
    rows: Rows
    step: int | None

    @property
    def bases(self) -> list[int]:
        """The index of the first term of each member."""
        return [row[0] for row in self.rows]


def kind(term: Placed) -> tuple[int, str, str]:
    """Return what makes terms alike: the sign and the spaces of the operands."""
    sign, left, right = term
    return sign, left.space, right.space if right else ""


def arranged(
    members: Sequence[Sequence[Placed]], others: Sequence[Sequence[Place]], apart: bool = False
) -> tuple[tuple[int, ...], tuple[Segment, ...], list[Access]]:
    """Return the sizes of the member loops, the segments of terms, and the access of every other operand.

    `members` are the terms of members that are alike, `others` the operands of what is applied to their results. Terms
    that stand `apart`, as the operands of a row do, are segments of their own.
    """
    cuts = pairwise(range(len(members[0]) + 1)) if apart else _alike(members[0])
    runs = [run for start, stop in cuts for run in _runs(members, start, stop)]
    sides = [operand for _, *operands in runs for operand in operands if operand is not None]
    posts = [Operand(column[0].space, [[place.at] for place in column], 0) for column in zip(*others, strict=True)]
    dims = _dims([(operand.bases, CRUMBS if operand.step is None else 2) for operand in (*sides, *posts)], len(members))
    segments = [
        Segment(len(left.rows[0]), _access(left, dims), _access(right, dims) if right else None, sign)
        for sign, left, right in runs
    ]
    return dims, tuple(segments), [_access(operand, dims) for operand in posts]


def _alike(terms: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Cut a list of terms where their kind changes."""
    kinds = [kind(term) for term in terms]
    cuts = [0, *(j for j in range(1, len(terms)) if kinds[j] != kinds[j - 1]), len(terms)]
    return pairwise(cuts)


def _runs(members: Sequence[Sequence[Placed]], start: int, stop: int) -> Iterator[tuple[int, Operand, Operand | None]]:
    """Cut terms of one kind into runs of constant steps, unless that leaves crumbs."""
    sign, left, right = members[0][start]
    lefts = [[term[1].at for term in member[start:stop]] for member in members]
    rights = [[term[2].at for term in member[start:stop]] for member in members] if right else None  # type: ignore[union-attr]
    steps = [_steps(lefts), _steps(rights) if rights else [0] * (stop - start - 1)]
    cuts = _cuts([step for step in steps if step is not None], stop - start)
    for a, b in pairwise(cuts):
        yield (
            sign,
            _operand(left.space, lefts, steps[0], a, b),
            _operand(right.space, rights, steps[1], a, b) if right and rights else None,
        )


def _steps(rows: Rows) -> list[int] | None:
    """Return the differences from term to term if they are the same for every member."""
    steps = _differences(rows[0])
    return steps if all(_differences(row) == steps for row in rows) else None


def _differences(row: Sequence[int]) -> list[int]:
    return [b - a for a, b in pairwise(row)]


def _cuts(steps: Sequence[Sequence[int]], count: int) -> list[int]:
    """Return where a run of constant steps ends; none if runs would be shorter than 4 on average."""
    cuts, start = [0], 0
    for j in range(1, count):
        if j > start + 1 and any(step[j - 1] != step[j - 2] for step in steps):
            cuts.append(j)
            start = j
    return [*cuts, count] if len(cuts) * 4 <= count + 3 else [0, count]


def _operand(space: str, rows: Rows, steps: Sequence[int] | None, a: int, b: int) -> Operand:
    part = rows if len(rows[0]) == b - a else [row[a:b] for row in rows]
    inner = set(steps[a : b - 1]) if steps is not None else set()
    constant = steps is not None and len(inner) <= 1
    return Operand(space, part, (inner.pop() if inner else 0) if constant else None)


def _dims(columns: Sequence[Column], members: int) -> tuple[int, ...]:
    """Return the sizes of nested loops, the first fastest, in which as many columns as possible are affine."""
    dims: list[int] = []
    while members > 1 and len(dims) < 3:
        size = _size(columns, members)
        if size == 1:
            break
        dims.append(size)
        columns = [(column[::size], least) for column, least in columns]
        members //= size
    if members > 1 or not dims:
        dims.append(members)
    return tuple(dims)


def _size(columns: Sequence[Column], members: int) -> int:
    """Return the size of the innermost loop: what the columns' runs have in common, leaving out those without any."""
    size = members
    for column, least in columns:
        common = gcd(size, _run(column))
        if common >= least and _regular(column, common):
            size = common
    return size


def _run(column: Sequence[int]) -> int:
    """Return how many members the first constant stride covers."""
    if len(column) < 2:
        return len(column)
    step = column[1] - column[0]
    return next((m + 1 for m, (a, b) in enumerate(pairwise(column)) if b - a != step), len(column))


def _regular(column: Sequence[int], size: int) -> bool:
    """Say whether every block of `size` members goes on by the stride of the first."""
    stride = column[1] - column[0]
    return all(b - a == stride or (m + 1) % size == 0 for m, (a, b) in enumerate(pairwise(column)))


def _access(operand: Operand, dims: tuple[int, ...]) -> Access:
    """Return affine access if the operand follows the loops, otherwise a table."""
    rows = operand.rows if operand.step is None else [row[:1] for row in operand.rows]
    strides = tuple(_strides(operand.bases, dims))
    inner = _inner(rows, dims, strides)
    if operand.step is not None and inner == len(dims):
        return Access(operand.space, rows[0][0], strides, operand.step)
    table = tuple(k for row in rows[:: prod(dims[:inner])] for k in row)
    return Access(operand.space, 0, strides[:inner], operand.step, table)


def _inner(rows: Rows, dims: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Return how many of the innermost dimensions have strides that hold for every term."""
    offsets = [0]
    for d, (size, stride) in enumerate(zip(dims, strides, strict=True)):
        offsets = [place * stride + offset for place in range(size) for offset in offsets]
        if not _hold(rows, offsets):
            return d
    return len(dims)


def _hold(rows: Rows, offsets: Sequence[int]) -> bool:
    """Say whether members are by these offsets beyond the first of their block."""
    n = len(offsets)
    for start in range(0, len(rows), n):
        first = rows[start]
        for row, offset in zip(rows[start : start + n], offsets, strict=True):
            if row != (first if offset == 0 else [k + offset for k in first]):
                return False
    return True


def _strides(column: Sequence[int], dims: tuple[int, ...]) -> Iterator[int]:
    for d, size in enumerate(dims):
        yield column[prod(dims[:d])] - column[0] if size > 1 else 0
