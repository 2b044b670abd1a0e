"""Sums of products of a fast plan with NumPy: matrix products where members share operands, else element by element.

A layer's members read the same inputs with weights of their own: their products are one matrix product, or one for each
position. A weight's gradient is a sum over lanes of a product of two rows: over all weights, one matrix product too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ..planning.plan import WIDE, Access, Group, Segment

Array = Any
Spaces = dict[str, Array]
Part = Callable[[Spaces], Array]
# How many products may stand in memory at once: so many stay in the processor's cache.
PRODUCTS = 2**18


class FastSum:
    """Add up the terms of a group in any order; of one with `total`, over the lanes as well."""

    def __init__(self, numpy: Any, group: Group, total: bool):
        self.parts = [(segment.sign, part(numpy, segment, group.dims, total)) for segment in group.segments]

    def __call__(self, spaces: Spaces) -> Array:
        """Return the sums, members x lanes; totals are members x 1."""
        result: Array = 0.0
        for sign, run in self.parts:
            result = result + run(spaces) if sign == 1 else result - run(spaces)
        return result


def part(numpy: Any, segment: Segment, dims: Sequence[int], total: bool) -> Part:
    """Return what computes one segment's sums: the fastest way that fits."""
    operands = [
        (access.space, indices(numpy, access, dims, segment.count))
        for access in (segment.left, segment.right)
        if access is not None
    ]
    lanes = [space in WIDE for space, _ in operands]
    if len(operands) == 2 and lanes[0] != lanes[1]:
        shared, lane = operands if lanes[1] else operands[::-1]
        found = _layer(numpy, shared, lane)
        return _over_lanes(found) if found and total else found or _elementwise(numpy, operands, total)
    if lanes == [True, True] and total:
        return _outer(numpy, *operands) or _elementwise(numpy, operands, total)
    return _elementwise(numpy, operands, total)


def _layer(numpy: Any, shared: tuple[str, Array], lane: tuple[str, Array]) -> Part | None:
    """Return matrix products of weights with what equally many members read of every lane, where that is so."""
    rows, which, sizes = numpy.unique(lane[1], axis=0, return_inverse=True, return_counts=True)
    if sizes[0] < 2 or (sizes != sizes[0]).any():
        return None
    order = numpy.argsort(which.ravel(), kind="stable")
    weights = shared[1][order].reshape(len(rows), sizes[0], -1)
    back = numpy.argsort(order)

    def run(spaces: Spaces) -> Array:
        values = spaces[shared[0]][weights][..., 0] @ spaces[lane[0]][rows]
        return values.reshape(len(back), -1)[back]

    return run


def _outer(numpy: Any, left: tuple[str, Array], right: tuple[str, Array]) -> Part | None:
    """Return, for each term, one matrix product of all left with all right rows, where few of its results are vain."""
    pairs = [[numpy.unique(table[:, j], return_inverse=True) for _, table in (left, right)]
             for j in range(left[1].shape[1])]  # fmt: skip
    if any(len(rows) * len(columns) > 4 * len(left[1]) for (rows, _), (columns, _) in pairs):
        return None

    def run(spaces: Spaces) -> Array:
        total: Array = 0.0
        for (rows, i), (columns, j) in pairs:
            total = total + (spaces[left[0]][rows] @ spaces[right[0]][columns].T)[i, j]
        return total[:, None]

    return run


def _over_lanes(run: Part) -> Part:
    return lambda spaces: run(spaces).sum(axis=1, keepdims=True)


def _elementwise(numpy: Any, operands: Sequence[tuple[str, Array]], total: bool) -> Part:
    """Return what gathers all operands and multiplies them, so many members at a time that they stay small."""
    form = ",".join(["mjl"] * len(operands)) + ("->m" if total else "->ml")
    members, terms = operands[0][1].shape

    def run(spaces: Spaces) -> Array:
        lanes = max(spaces[space].shape[1] for space, _ in operands)
        size = max(1, PRODUCTS // (lanes * max(1, terms)))
        parts = [
            numpy.einsum(form, *(spaces[space][table[k : k + size]] for space, table in operands))
            for k in range(0, members, size)
        ]
        return numpy.concatenate(parts).reshape(members, -1)

    return run


def indices(numpy: Any, access: Access, dims: Sequence[int], count: int) -> Array:
    """Return the index of every operand, members x terms."""
    members = numpy.arange(prod(dims))
    places = numpy.arange(count) * (access.step or 0) + numpy.zeros((prod(dims), 1), int)
    size = 1
    for d, stride in zip(dims, access.strides, strict=False):
        places += (members // size % d * stride)[:, None]
        size *= d
    if not access.table:
        return places + access.base
    table = numpy.array(access.table).reshape(-1, count if access.step is None else 1)
    return places + table[members // size]
