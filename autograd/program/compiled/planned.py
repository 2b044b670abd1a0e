"""The plans of one recorded program, and the executors made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ...lazy import lazy
from ..planning.form import Form
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
        self._plans: dict[bool, Plan] = {}
        self.executors: dict[tuple[bool, int], Executor] = {}  # by whether results are added up, and for how many rows

    @lazy
    def form(self) -> Form:
        """The program in normal form."""
        return normal(self.program, self.spaces, self.options.strict)

    def plan(self, reduced: bool) -> Plan:
        """Return the plan of the program, with its results added up over the rows or not."""
        if reduced not in self._plans:
            with self.timed("plan"):
                self._plans[reduced] = plan(self.form, [not own for own in self.own[reduced]], self.options.strict)
        return self._plans[reduced]

    def executor(self, reduced: bool, rows: int) -> Executor:
        """Return what runs the plan for about so many rows."""
        key = (reduced, alike(rows))
        if key not in self.executors:
            made = self.plan(reduced)
            with self.timed("build"):
                self.executors[key] = self._built(made, reduced, key[1])
        return self.executors[key]

    def _built(self, made: Plan, reduced: bool, rows: int) -> Executor:
        totals, (engine, _), options = [not own for own in self.own[reduced]], self.options.best, self.options
        return Executor(made, totals, engine, rows, options.dtype, options.threads)
