"""Say in words what a group of a plan computes, on what, and where it puts it.

    lane[0 to 4] = tanh(sum)
    5 equations of 4 terms
    + param[15 + i]
    + sum of 3: param[3i + j] * data[j]

The letters i, k, l, m count the members, innermost loop first; j counts the terms.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd.primitive import Row
from autograd.program.planning.plan import Access, Group, Plan, Segment

from .labels import number

MEMBERS = "iklm"


def title(group: Group) -> str:
    """Return where the results go, the operation, and what is applied to its result, as a call of calls."""
    text = _name(group.op)
    for row, place, others in group.post:
        operands = ["…"] * len(others)
        operands.insert(place, text)
        text = f"{row.name}({', '.join(operands)})"
    return f"{_target(group)} = {text}"


def lines(group: Group, plan: Plan) -> Iterator[str]:
    """Go over the operands of a group, a line for each run of terms, then those of what is applied to the result."""
    for segment in group.segments:
        yield _segment(group, segment, plan)
    for row, _, others in group.post:
        if others:
            yield f"{row.name}: " + ", ".join(_access(a, 1, plan) for a in others)


def size(group: Group) -> str:
    """Return how many members there are in each loop, and how many terms each has.

    >>> size(Group("sum", (5, 3), (Segment(4, Access("data")),), "lane", 0))
    '5 × 3 equations of 4 terms'
    """
    members = " × ".join(f"{size:,}" for size in group.dims)
    many = "" if group.members == 1 else "s"
    terms = "" if isinstance(group.op, Row) else f" of {group.terms:,} term{'' if group.terms == 1 else 's'}"
    return f"{members} equation{many}{terms}"


def _target(group: Group) -> str:
    last = group.slot + group.members - 1
    return f"{group.space}[{group.slot}]" if group.members == 1 else f"{group.space}[{group.slot} to {last}]"


def _name(op: str | Row) -> str:
    return op.name if isinstance(op, Row) else op


def _segment(group: Group, segment: Segment, plan: Plan) -> str:
    factors = [_access(a, segment.count, plan) for a in (segment.left, segment.right) if a]
    terms = f"sum of {segment.count:,}: " if segment.count > 1 and group.op == "sum" else ""
    sign = ("+ " if segment.sign == 1 else "- ") if group.op == "sum" else ""
    return sign + terms + " * ".join(factors)


def _access(access: Access, count: int, plan: Plan) -> str:
    parts = [*zip(access.strides, MEMBERS, strict=False), (access.step or 0, "j")]
    moving = [_times(step, letter) for step, letter in parts if step]
    if access.table:
        return f"{access.space}[{' + '.join([f'table of {len(access.table):,}', *moving]).replace('+ -', '- ')}]"
    if access.space == "const" and not moving:
        return number(plan.consts[access.base])
    base = [str(access.base)] if access.base or not moving else []
    return f"{access.space}[{' + '.join([*base, *moving]).replace('+ -', '- ')}]"


def _times(step: int | None, letter: str) -> str:
    return letter if step == 1 else f"-{letter}" if step == -1 else f"{step}{letter}"
