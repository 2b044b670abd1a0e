"""Run a plan in plain Python, lane by lane, as its definition says: what the executors are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from autograd.numeric import largest, smallest
from autograd.primitive import RAISED, Row
from autograd.program.planning.plan import Access, Group, Plan

EXTREMES = {"max": largest, "min": smallest}
LANES = {"data", "lane"}


def run(plan: Plan, params: Sequence[float], rows: Sequence[Sequence[float]]) -> list:
    """Return the outputs of a plan; `rows` are the lanes' data, the seed included. A lane output is a list."""
    spaces = {
        "param": list(params),
        "const": list(plan.consts),
        "once": [0.0] * plan.once,
        "sum": [0.0] * plan.sums,
        "lane": [0.0] * plan.lanes,
    }
    _run([group for group in plan.groups if group.space == "once"], spaces)
    kept: dict[tuple[str, int], list[float]] = {place: [] for place in plan.outputs if place[0] in LANES}
    for row in rows:
        spaces["data"] = list(row)
        _run([group for group in plan.groups if _per_lane(group)], spaces)
        for (space, index), column in kept.items():
            column.append(spaces[space][index])
    _run([group for group in plan.groups if group.space == "sum" and not _per_lane(group)], spaces)
    return [kept[place] if place in kept else spaces[place[0]][place[1]] for place in plan.outputs]


def _per_lane(group: Group) -> bool:
    return group.space == "lane" or (group.space == "sum" and any(a.space in LANES for a in group.accesses()))


def _run(groups: Sequence[Group], spaces: dict[str, list[float]]) -> None:
    for group in groups:
        results = [_posted(group, i, _result(group, i, spaces), spaces) for i in range(group.members)]
        for i, result in enumerate(results):
            before = spaces["sum"][group.slot + i] if group.space == "sum" and _per_lane(group) else -0.0
            spaces[group.space][group.slot + i] = before + result


def _result(group: Group, i: int, spaces: dict[str, list[float]]) -> float:
    terms = [
        (segment.sign, *(_at(a, i, j, group.dims, segment.count, spaces) for a in (segment.left, segment.right) if a))
        for segment in group.segments
        for j in range(segment.count)
    ]
    if group.op == "sum":
        return _sum(terms)
    operands = [value for _, value in terms]
    return _row(group.op, operands) if isinstance(group.op, Row) else EXTREMES[group.op](*operands)


def _row(row: Row, operands: Sequence[float]) -> float:
    try:
        return row.formula(*operands)
    except RAISED:
        return nan


def _sum(terms: Sequence[Sequence[float]]) -> float:
    total = -0.0
    for sign, left, *right in terms:
        product = left * right[0] if right else left
        total = total + product if sign == 1 else total - product
    return total


def _posted(group: Group, i: int, result: float, spaces: dict[str, list[float]]) -> float:
    for row, place, others in group.post:
        operands = [_at(a, i, 0, group.dims, 1, spaces) for a in others]
        operands.insert(place, result)
        result = _row(row, operands)
    return result


def _at(a: Access, i: int, j: int, dims: tuple[int, ...], count: int, spaces: dict[str, list[float]]) -> float:
    return spaces[a.space][a.index(i, j, dims, count)]
