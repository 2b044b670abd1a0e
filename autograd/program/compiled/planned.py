"""The plans of one recorded program, and the executors made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ..planning.groups import plan
from ..planning.normal import normal
from ..planning.plan import Plan
from ..recording import Recorded
from .executor import Executor, alike
from .options import Options

Timer = Callable[[str], AbstractContextManager[Any]]


class Planned:
    """Hold a program with a seed, whose inputs are in `spaces`.

    `own` says of each output, added up over rows or not, whether every row has one of its own. There is a plan for
    either, and an executor of it for each size of block.
    """

    def __init__(
        self,
        recorded: Recorded,
        spaces: Sequence[str],
        own: Mapping[bool, Sequence[bool]],
        options: Options,
        timed: Timer,
    ):
        self.program, self.spaces, self.own, self.options, self.timed = recorded.program, spaces, own, options, timed
        self.nodes = 0  # of the normal form that was planned last
        self.last = False  # whether that was for results added up
        self._plans: dict[bool, Plan] = {}
        self._executors: dict[tuple[bool, int], Executor] = {}

    def plan(self, reduced: bool) -> Plan:
        """Return the plan of the program, with its results added up over the rows or not."""
        self.last = reduced
        if reduced not in self._plans:
            with self.timed("plan"):
                form = normal(self.program, self.spaces, self.options.strict)
                self.nodes = len(form)
                self._plans[reduced] = plan(form, [not own for own in self.own[reduced]], self.options.strict)
        return self._plans[reduced]

    def executor(self, reduced: bool, rows: int) -> Executor:
        """Return what runs the plan for about so many rows."""
        key = (reduced, alike(rows))
        if key not in self._executors:
            made = self.plan(reduced)
            with self.timed("build"):
                self._executors[key] = self._built(made, reduced, key[1])
        self.last = reduced
        return self._executors[key]

    def _built(self, made: Plan, reduced: bool, rows: int) -> Executor:
        totals, (engine, _), options = [not own for own in self.own[reduced]], self.options.best, self.options
        return Executor(made, totals, engine, rows, options.dtype, options.threads)
