"""Which slots the results of groups take: neighbouring ones, used again once their last reader has run."""

from __future__ import annotations

from heapq import heappop, heappush


class Slots:
    """Ranges of slots in use until a level, and the free ranges between them.

    >>> slots = Slots()
    >>> slots.take(4, until=1), slots.take(2, until=3)
    (0, 4)
    >>> slots.release(2)
    >>> slots.take(3, until=5), slots.take(2, until=5), slots.size
    (0, 6, 8)
    """

    def __init__(self) -> None:
        self.size = 0
        self._free: list[tuple[int, int]] = []  # (start, stop), in order, with gaps between them
        self._busy: list[tuple[int, int, int]] = []  # a heap of (until, start, stop)

    def take(self, count: int, until: int) -> int:
        """Return the start of `count` neighbouring slots that stay taken up to the level `until`."""
        start = next((a for a, b in self._free if b - a >= count), None)
        if start is None:
            start = self._free.pop()[0] if self._free and self._free[-1][1] == self.size else self.size
            self.size = start + count
        else:
            self._free = [
                (a + count if a == start else a, b) for a, b in self._free if (a, b) != (start, start + count)
            ]
        heappush(self._busy, (until, start, start + count))
        return start

    def release(self, level: int) -> None:
        """Free what was taken until a level before `level`."""
        done = []
        while self._busy and self._busy[0][0] < level:
            done.append(heappop(self._busy)[1:])
        if done:
            self._free = _merged([*self._free, *done])


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for a, b in sorted(ranges):
        if merged and merged[-1][1] == a:
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    return merged
