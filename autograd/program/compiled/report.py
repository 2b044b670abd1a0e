"""What was found in a program, for people: its groups as a table, and the figures of how it was made and runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from ...primitive import Row
from ..planning.plan import Access, Group, Plan

HEAD = ("level", "space", "operation", "members", "terms", "reads")
# Groups of so many members or more are what makes a program fast.
LARGE = 8


def groups_table(plan: Plan) -> str:
    """Return one line per group: how deep it lies, what it computes, how often, and how it finds its operands."""
    lines = [HEAD, *map(_line, plan.groups)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEAD))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _line(group: Group) -> tuple[str, ...]:
    steps = " ".join([_name(group.op), *(_name(row) for row, _, _ in group.post)])
    size = " x ".join(map(str, group.dims)) if len(group.dims) > 1 else str(group.members)
    reads = ", ".join(dict.fromkeys(map(_reads, group.accesses())))
    return str(group.level), group.space, steps, size, str(group.terms), reads


def _name(op: str | Row) -> str:
    return op.name if isinstance(op, Row) else op


def _reads(access: Access) -> str:
    return f"{access.space} ({'table' if access.table else 'affine'})"


def share_of_large(groups: Iterable[Group]) -> float:
    """Return the part of all terms that is in groups of at least 8 members; 0.0 without any."""
    work = [(group.members * group.terms, group.members >= LARGE) for group in groups]
    return sum(terms for terms, large in work if large) / max(1, sum(terms for terms, _ in work))


def after_passes(recorded: int, removed: Mapping[str, int]) -> dict[str, int]:
    """Return how many equations are left after each pass, of how many each removed."""
    left = {}
    for name, count in removed.items():
        recorded -= count
        left[name] = recorded
    return left


def peak_bytes() -> int | None:
    """Return the most memory that this process has had; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
