"""A plan taken apart: the text of its kernels, each once, and the numbers with which they are called."""

from __future__ import annotations

from dataclasses import replace

from ...primitive import Row
from ..planning.plan import Group, Plan
from .describe import Describe, Tables
from .kernels import kernel
from .lanes import FUNCTIONS
from .shapes import Block
from .transfer import module

PHASES = ("once", "lanes", "after")


class Assembly:
    """Hold what a plan becomes: a text, and arrays that the machine code of the text reads."""

    def __init__(self, plan: Plan, block: Block, chunks: int, by_column: bool = False):
        self.plan, self.block = plan, block
        self.alone = replace(block, width=1, vectors=1)
        self.index: dict[str, int] = {}
        self.kernels: list[str] = []
        self.tables = Tables()
        self.scratch = 0  # bytes that kernels need for operands on their way
        self.own: list[tuple[Row, int]] = []  # rows whose Python functions are called, each with a number of operands
        self.records: dict[str, list[int]] = {phase: [] for phase in PHASES}
        self.counts = dict.fromkeys(PHASES, 0)
        for group in plan.groups:
            self.add(group)
        self.text = module(self.kernels, block, chunks, plan.data > 0, by_column)

    def add(self, group: Group) -> None:
        """Add the call of a group's kernel."""
        phase = group.phase
        block = self.block if phase == "lanes" else self.alone
        describe = Describe(self.plan, block, self.tables)
        shape, numbers = describe(group)
        self.scratch = max(self.scratch, describe.used)
        text, called = kernel(shape)
        if text not in self.index:
            self.index[text] = len(self.kernels)
            self.kernels.append(text)
        record = [8 * self.index[text], 8 * (2 + len(numbers)), *(self.settled(n, called) for n in numbers)]
        self.records[phase] += record
        self.counts[phase] += 1

    def settled(self, number: int | tuple[Row, int], called: frozenset[Row]) -> int:
        """Return a number, or where among the functions that of a row with so many operands is; 0 if none calls it."""
        if isinstance(number, int):
            return number
        if number[0] not in called:
            return 0
        if number not in self.own:
            self.own.append(number)
        return 8 * (len(FUNCTIONS) + self.own.index(number))
