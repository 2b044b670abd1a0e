"""Say how many numbers flow between the groups of a plan, from its leaves and to its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd.program.planning.plan import Group, Plan

LEAVES = ("param", "data")
OUTPUT = "output"

# A group by its number, a leaf or the outputs by name.
End = int | str


def streams(plan: Plan) -> dict[tuple[End, End], int]:
    """Return how many different numbers each end receives from each other; constants are not counted.

    >>> from autograd.program.planning.plan import Access, Plan, Segment
    >>> group = Group("sum", (2,), (Segment(3, Access("param", 0, (3,), 1), Access("data", 0, (0,), 1)),), "lane", 0)
    >>> streams(Plan(6, 3, (), 0, 2, 0, (group,), (("lane", 0),)))
    {('param', 0): 6, ('data', 0): 3, (0, 'output'): 1}
    """
    made_by: dict[tuple[str, int], int] = {}  # slots are used again: the last writer counts
    counts: Counter[tuple[End, End]] = Counter()
    for k, group in enumerate(plan.groups):
        for place in dict.fromkeys(_read(group)):
            _count(counts, place, made_by, k)
        made_by |= {(group.space, group.slot + i): k for i in range(group.members)}
    for place in dict.fromkeys(plan.outputs):
        _count(counts, place, made_by, OUTPUT)
    return dict(counts)


def _count(counts: Counter[tuple[End, End]], place: tuple[str, int], made_by: dict, target: End) -> None:
    source = place[0] if place[0] in LEAVES else made_by.get(place)
    if source is not None:
        counts[source, target] += 1


def _read(group: Group) -> Iterator[tuple[str, int]]:
    """Go over the places that a group reads, in the order of its accesses."""
    operands = [(a, s.count) for s in group.segments for a in (s.left, s.right) if a]
    operands += [(a, 1) for _, _, others in group.post for a in others]
    for access, count in operands:
        for i in range(group.members):
            for j in range(count):
                yield access.space, access.index(i, j, group.dims, count)
