"""A function specialised to one shape of arguments: its program, its plans, and what runs them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import AutogradError
from ..primitive import RAISED
from .arguments import Form, size
from .call import Call, Roles
from .engines import DTYPES, ENGINES, SMALL, Executor, alike, chosen_engine
from .equations import Program
from .groups import plan
from .normal import normal
from .passes import simplified
from .plan import Irregular, Plan
from .python import Source, is_called
from .recording import Recorded, named, record
from .results import spread

CALLED = "compile: {f} uses operations without a formula, which are called in Python for every row: {names}"


@dataclass(frozen=True)
class Options:
    """How a compiled function runs: what `compile` was told."""

    engine: str = "auto"
    dtype: str = "float64"
    strict: bool = False
    threads: int = 1
    check: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for what is not possible, ImportError for what is not installed."""
        for name, given, allowed in (("engine", self.engine, ENGINES), ("dtype", self.dtype, DTYPES)):
            if given not in allowed:
                raise ValueError(f"compile: {name} must be one of {', '.join(allowed)}, got {given!r}")
        if type(self.threads) is not int or self.threads < 1:
            raise ValueError(f"compile: threads must be a whole number from 1 on, got {self.threads!r}")
        _ = self.best

    @cached_property
    def best(self) -> tuple[str, str]:
        """The engine for all but little work, and why."""
        return chosen_engine(self.engine, self.dtype)

    @property
    def may_be_small(self) -> bool:
        """Whether Python may run what is little work."""
        return self.engine == "auto" and self.dtype == "float64"


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
        self.seconds: dict[str, float] = {}
        self.engine, self.why = "python", "nothing has run yet"
        self.ran: Executor | None = None
        self.irregular = 0  # calls that the Python executor did again
        self.passes: dict[str, int] = {}  # how many equations each has removed
        self._plans: dict[bool, Plan] = {}
        self._executors: dict[tuple[bool, int], Executor] = {}

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

    @property
    def _first(self) -> Recorded:
        """The recording that will be needed in any case: to record twice would double the time to a first result."""
        return self.recorded if self.options.best[0] == "python" else self._seeded

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

    def attempt(self, call: Call, reduced: bool) -> tuple[Any, Any] | None:
        """Return what an executor makes of a call; None where the Python executor is to run it."""
        executor = None if call.operands else self.executor(reduced, call.count or 1)
        if executor is None:
            return None
        try:
            return executor(call.params(), call.data(), call.count or 1)
        except Irregular:
            self.irregular += 1
            return None

    def executor(self, reduced: bool, rows: int) -> Executor | None:
        """Return what runs the plan for about so many rows; None where the Python executor is to do it."""
        size, options = len(self._first.program), self.options
        engine, self.why = options.best
        if engine != "python" and options.may_be_small and size * rows < SMALL:
            engine, self.why = "python", f"so little work ({size} equations, rows: {rows}) is done sooner in Python"
        self.engine = engine
        if engine == "python":
            self.ran = None
            return None
        key = (reduced, alike(rows))
        if key not in self._executors:
            self._executors[key] = self._built(engine, *key)
        self.ran = self._executors[key]
        return self.ran

    def _built(self, engine: str, reduced: bool, rows: int) -> Executor:
        made, total = self.plan(reduced), self._totals(reduced)
        with self._timed("build"):
            return Executor(made, total, engine, rows, self.options.dtype, self.options.threads)

    def plan(self, reduced: bool) -> Plan:
        """Return the plan of the program, with its results added up over the rows or not."""
        if reduced not in self._plans:
            program, spaces = self._seeded.program, self._spaces()
            total = self._totals(reduced)
            with self._timed("plan"):
                self._plans[reduced] = plan(normal(program, spaces, self.options.strict), total, self.options.strict)
        return self._plans[reduced]

    @cached_property
    def _seeded(self) -> Recorded:
        """The program for plans: its seed is 0 in the lanes that only fill a vector up."""
        with self._timed("record"):
            made = self._record(seeded=True, quick=not self.options.strict)
        if called := _called(made.program):
            warnings.warn(CALLED.format(f=named(self.f), names=", ".join(called)), stacklevel=2)
        return made

    def _spaces(self) -> list[str]:
        spaces = ["data" if varies else "param" for varies in self.roles.order]
        return [space for space, form in zip(spaces, self.inputs, strict=True) for _ in range(size(form))] + ["data"]

    def _totals(self, reduced: bool) -> list[bool]:
        return [not own for own in spread(self.own[reduced], self.forms)]

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def _called(program: Program) -> list[str]:
    """Return the names of the user's own operations, which have no formula."""
    rows = {equation.row for equation in program.equations}
    return sorted({row.name for row in rows if is_called(row)})
