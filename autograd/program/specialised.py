"""A function specialised to one shape of arguments: its program, its plans, and what runs them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from ..errors import AutogradError
from ..primitive import RAISED
from .arguments import Form
from .call import Call, Roles
from .checking import verify
from .engines import SMALL, Executor
from .equations import Program
from .options import Options
from .passes import simplified
from .plan import Irregular
from .planned import Planned
from .python import Source, is_called
from .recording import Recorded, named, record
from .report import after_passes, groups_table, peak_bytes
from .results import added, spread

CALLED = "compile: {f} uses operations without a formula, which are called in Python for every row: {names}"


class Specialised:
    """Hold the program of `f`, or of its value and gradient, for arguments of the forms `inputs`.

    Everything is made when it is first needed.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        inputs: Sequence[Form],
        roles: Roles,
        gradient: bool,
        options: Options,
    ):
        self.f, self.inputs, self.roles, self.gradient, self.options = f, inputs, roles, gradient, options
        wanted = roles.wanted if gradient else ()
        # For each part of the result, added up or not: whether every row has one of its own.
        self.own = {True: [False, *(n in roles.varying for n in wanted)], False: [True] * (1 + len(wanted))}
        self.seconds: dict[str, float] = {}  # of each stage
        self.passes: dict[str, int] = {}  # how many equations each has removed
        self.engine, self.why = "python", "nothing has run yet"
        self.ran: Executor | None = None
        self.irregular = 0  # calls that the Python executor did again

    # -- the specification ---------------------------------------------------------------------------------------------

    @cached_property
    def recorded(self) -> Recorded:
        """The program as it was recorded, with the bits of eager."""
        with self._timed("record"):
            return self._record()

    def _record(self, **options: bool) -> Recorded:
        return record(self.f, self.inputs, self.roles.wanted if self.gradient else None, **options)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The form of each part of the result."""
        return self._first.forms

    @cached_property
    def seeded(self) -> Recorded:
        """The program with a seed, as plans need it."""
        with self._timed("record"):
            return self._record(seeded=True, quick=not self.options.strict)

    @property
    def _first(self) -> Recorded:
        """The recording that is needed in any case: to make both would double the time to a first result."""
        return self.recorded if self.options.best[0] == "python" else self.seeded

    @cached_property
    def program(self) -> Program:
        """The equations of one example, simplified: the same bits."""
        recorded = self.recorded
        with self._timed("simplify"):
            return simplified(recorded.program, self._removed)

    def _removed(self, name: str, count: int) -> None:
        self.passes[name] = self.passes.get(name, 0) + count

    @cached_property
    def source(self) -> Source:
        """The program as straight-line Python."""
        return Source(self.program)

    @cached_property
    def run(self) -> Callable[..., tuple[float, ...]]:
        """The program as a Python function."""
        return self.source.function()

    def one(self, inputs: Sequence[Any], operands: bool) -> list[Any]:
        """Return the outputs for one example, with the Python executor."""
        if operands:
            return self.program.evaluate(inputs)
        try:
            return list(self.run(*inputs))
        except RAISED:
            # The rows themselves say it in a sentence: where, and what is allowed.
            return self.program.evaluate(inputs)

    def each(self, call: Call) -> Iterator[list[Any]]:
        """Go over the outputs for each row, with the Python executor; an error names the row."""
        for k, inputs in enumerate(call.rows()):
            try:
                yield self.one(inputs, call.operands)
            except AutogradError as error:
                raise type(error)(f"row {k}: {error}") from None

    # -- plans and executors -------------------------------------------------------------------------------------------

    def results(self, call: Call, reduced: bool) -> tuple[Any, Any, bool]:
        """Return the outputs of a call that are added up, those of every row, and whether any were added up."""
        sums, lanes, reduced = self.outputs(call, reduced)
        if self.options.check and not call.operands:
            verify(self, call, reduced, sums, lanes)
        return sums, lanes, reduced

    def outputs(self, call: Call, reduced: bool) -> tuple[Any, Any, bool]:
        """Return the same, unchecked."""
        found = self._attempt(call, reduced)
        if found is not None:
            sums, lanes = found
            if not len(lanes) and any(self.own[reduced]):
                lanes = [[]] * (call.count or 1)  # parts without a number are a part of every row too
            return sums, lanes, reduced
        if call.count is None:
            return [], [self.one(call.inputs(), call.operands)], False
        return (*added(self.each(call), spread(self.own[reduced], self.forms)), reduced)

    def _attempt(self, call: Call, reduced: bool) -> tuple[Any, Any] | None:
        """Return what an executor makes of a call; None where the Python executor is to run it."""
        rows = call.count or 1
        self.engine, self.why = self._engine(call.like or rows)
        if call.operands or self.engine == "python":
            self.ran = None
            return None
        self.ran = self.planned.executor(reduced, call.like or rows)
        try:
            return self.ran(call.params(), call.data(), rows)
        except Irregular:
            self.irregular += 1
            return None

    def _engine(self, rows: int) -> tuple[str, str]:
        """Return the engine for so many rows, and why."""
        equations = len(self._first.program)
        if self.options.may_be_small and equations * rows < SMALL[self.options.best[0]]:
            return "python", f"so little work ({equations} equations, rows: {rows}) is done sooner in Python"
        return self.options.best

    @cached_property
    def planned(self) -> Planned:
        """The program as plans: its seed is 0 in the lanes that only fill a vector up."""
        if self.called:
            warnings.warn(CALLED.format(f=named(self.f), names=", ".join(self.called)), stacklevel=2)
        spaces = spread(["data" if varies else "param" for varies in self.roles.order], self.inputs)
        own = {reduced: spread(parts, self.forms) for reduced, parts in self.own.items()}
        return Planned(self.seeded, [*spaces, "data"], own, self.options, self._timed)

    @cached_property
    def called(self) -> list[str]:
        """The names of the user's own operations, which have no formula."""
        rows = {equation.row for equation in self._first.program.equations}
        return sorted({row.name for row in rows if is_called(row)})

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin

    # -- what was found ------------------------------------------------------------------------------------------------

    @property
    def groups(self) -> str:
        """The groups of the plan that ran last, as a table."""
        return groups_table(self.planned.plan(self.planned.last))

    @property
    def kernels(self) -> list[str]:
        """The source texts of what ran last."""
        return [self.source.text] if self.ran is None else self.ran.source

    def stats(self) -> dict[str, Any]:
        """Return the figures of how this was made and runs."""
        left = after_passes(len(self.recorded.program), [*self.passes.items()] if len(self.program) else [])
        found = {
            "engine": self.engine, "why": self.why, "rows": len(self.recorded.program), "passes": left,
            "called": self.called, "python runs instead": self.irregular,
        }  # fmt: skip
        made = {} if self.ran is None else self.ran.stats() | {"nodes": self.planned.nodes}
        seconds = self.seconds | made.pop("seconds", {})
        return found | made | {"seconds": seconds, "peak_bytes": peak_bytes()}
