"""Totals over all lanes in any order: sums of vectors in registers, then one tree of shuffles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .shapes import operands, simple
from .tiles import Offsets, Spot, Tile

if TYPE_CHECKING:
    from .kernels import Kernel


class Reduction(Tile):
    """Write the totals of some members over all lanes: in registers, then one tree of shuffles."""

    def __init__(self, kernel: Kernel, offsets: Offsets):
        super().__init__(kernel, offsets, "0", 1)
        self.first, self.second = (*kernel.shape.tile, 1)[:2]

    def write(self) -> None:
        """Add the totals to their slots."""
        spots = [(p, q, 0) for q in range(self.second) for p in range(self.first)]
        values = self.over_lanes(spots, [self.writer.number(0.0)] * len(spots))
        for start, stop in self.chunks():
            self.add(spots[start], start, values[start:stop])

    def over_lanes(self, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return the sums over the vectors of lanes."""
        vectors = self.kernel.block.vectors
        if vectors == 1:
            return self.accumulated(spots, values)
        for x in operands(self.shape):
            for spot in spots:
                self.settle(x, spot)

        def body(v: str, carried: list[str]) -> list[str]:
            self.loads.clear()
            self.lanes = self.kernel.bytes(v)
            return self.accumulated(spots, carried)

        return self.writer.loop(vectors, body, [(self.writer.vector, value) for value in values])

    def accumulated(self, spots: Sequence[Spot], values: list[str]) -> list[str]:
        """Return the sums with what one vector of lanes adds: products go to the sums themselves."""
        if simple(self.shape):
            return self.terms(spots, values)
        results = [self.posted(spot, result) for spot, result in zip(spots, self.results(spots), strict=True)]
        return [self.writer.binary("fadd", value, result) for value, result in zip(values, results, strict=True)]

    def chunks(self) -> list[tuple[int, int]]:
        """Return ranges of neighbouring members, as many as a power of two and at most a vector."""
        whole = len(self.shape.tile) == 1 or self.shape.cover[0] == "all"
        rows = (
            [(0, self.first * self.second)]
            if whole
            else [(q * self.first, (q + 1) * self.first) for q in range(self.second)]
        )
        chunks = []
        for start, stop in rows:
            while start < stop:
                size = min(self.writer.width, 1 << ((stop - start).bit_length() - 1))
                chunks.append((start, start + size))
                start += size
        return chunks

    def add(self, spot: Spot, first: int, values: Sequence[str]) -> None:
        """Add the totals of neighbouring members to theirs."""
        w = self.writer.on(self.writer.real, len(values))
        place = w.place(self.kernel.result, self.offset(self.shape.result, spot))
        totals = w.binary("fadd", w.load_any(place), self.writer.totals(values))
        if self.shape.watched and simple(self.shape):
            self.watch(w, totals)
        self.put(w, totals, place, first)
