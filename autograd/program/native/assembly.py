"""A plan taken apart: the text of its kernels, each once, and the numbers with which they are called."""

from __future__ import annotations

from dataclasses import replace

from ...primitive import Row
from ..plan import Group, Plan
from .driver import module
from .kernels import kernel
from .lanes import FUNCTIONS
from .shapes import Block, Describe, Tables, totals

PHASES = ("once", "lanes", "after")


class Assembly:
    """Hold what a plan becomes: a text, and arrays that the machine code of the text reads."""

    def __init__(self, plan: Plan, block: Block, chunks: int, by_column: bool = False):
        self.plan, self.block = plan, block
        self.alone = replace(block, width=1, vectors=1, accumulators=8)
        self.index: dict[str, int] = {}
        self.kernels: list[str] = []
        self.tables = Tables()
        self.own: list[tuple[Row, int]] = []  # rows whose Python functions are called, each with a number of operands
        self.records: dict[str, list[int]] = {phase: [] for phase in PHASES}
        self.counts = dict.fromkeys(PHASES, 0)
        for group in plan.groups:
            self.add(group)
        self.text = module(self.kernels, block, chunks, plan.data > 0, by_column)

    def add(self, group: Group) -> None:
        """Add the call of a group's kernel."""
        phase = phase_of(group)
        block = self.block if phase == "lanes" else self.alone
        shape, numbers = Describe(self.plan, block, self.tables)(group)
        text, called = kernel(shape)
        if text not in self.index:
            self.index[text] = len(self.kernels)
            self.kernels.append(text)
        record = [8 * self.index[text], 8 * (2 + len(numbers)), *(self.settled(n, group, called) for n in numbers)]
        self.records[phase] += record
        self.counts[phase] += 1

    def settled(self, number: int | Row, group: Group, called: frozenset[Row]) -> int:
        """Return a number, or where among the functions a row's Python function is; 0 where nobody calls it."""
        if not isinstance(number, Row):
            return number
        if number not in called:
            return 0
        entry = number, _operands(group, number)
        if entry not in self.own:
            self.own.append(entry)
        return 8 * (len(FUNCTIONS) + self.own.index(entry))


def _operands(group: Group, row: Row) -> int:
    """Return how many operands a row of a group has."""
    return next((1 + len(others) for post, _, others in group.post if post is row), len(group.segments))


def phase_of(group: Group) -> str:
    """Return when a group runs: before the lanes, for every block of them, or after all."""
    if group.space == "once":
        return "once"
    return "lanes" if group.space == "lane" or totals(group) else "after"
