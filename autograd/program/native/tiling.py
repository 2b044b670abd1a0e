"""How much of a group is worked on at once: which members, how many vectors, and what makes up a vector."""

from __future__ import annotations

from functools import cache

from ...primitive import Row
from ..planning.plan import Access, Group, Segment
from .shapes import Block

ROW = 5  # what a row costs, in additions
CHAINS = 8  # sums that are added to in turn, so that one need not wait for the other


def lies(access: Access) -> str:
    """Return how the operands of neighbouring members lie."""
    if not access.strides:
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
    if group.totals:
        return _sum_tile(group.dims, block)
    return (1,) if row else (_even(n, _members(block, vector_tile(block))),)


def _fewest(most: int, n: int, members: int) -> int:
    """Return the number of vectors, of at most `most`, that covers n members with the least overlap."""
    return min(range(1, most + 1), key=lambda m: (-(-n // (m * members)) * m, -m))


def ordered(group: Group, block: Block, strict: bool) -> bool:
    """Say whether a group adds up over lanes one after the other."""
    return strict and block.lanes > 1 and group.totals


def _sum_tile(dims: tuple[int, ...], block: Block) -> tuple[int, ...]:
    """Return members of the first dimension, a tree of shuffles full or all there are, and of the second."""
    if len(dims) == 1:
        return (_even(dims[0], block.accumulators),)
    first = min(dims[0], max(block.width, 2))
    return first, _even(dims[1], max(1, block.accumulators // first))


@cache
def vector_tile(block: Block) -> int:
    """Return how many vectors of lanes are done at once: those with which products cost least.

    Of 13 vectors 2 with 8 members, done to 14, take 2.8 us for a step of which 1 takes 3.0.
    """
    return min(range(1, block.accumulators // 2 + 1), key=lambda tile: _cost(block, tile))


def _cost(block: Block, tile: int) -> float:
    """Return the multiply-adds of every vector, those done twice included, with their share of the loads."""
    return -(-block.vectors // tile) * tile * (1 + 1 / tile + 1 / _members(block, tile))


def _members(block: Block, tile: int) -> int:
    """Return how many members fill the accumulators beside a tile of vectors."""
    return max(1, min(8, block.accumulators // tile))


def _even(n: int, most: int) -> int:
    """Return the tile of at most `most` that covers n in the fewest tiles with the least overlap."""
    return -(-n // -(-n // most))
