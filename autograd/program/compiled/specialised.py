"""A function specialised to one shape of arguments: its program, its plans, and what runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...errors import AutogradError, TraceError
from ...frames import warn_user
from ...lazy import lazy
from ...primitive import RAISED
from ..arguments import Form, listed, path, size
from ..equations import Program
from ..passes import simplified
from ..planning.plan import Irregular, Plan
from ..python import Source, is_called
from ..recording import Recorded, named, record
from .call import Call, Roles
from .checking import verify
from .engines import SMALL
from .executor import Executor
from .options import Options
from .planned import Planned
from .report import after_passes, groups_table, peak_bytes
from .results import added, spread

CHANGED = (
    "compile: {f} is not what it was when it was recorded: it reads a number that has changed since, or draws random "
    "ones; hand them over as arguments, or compile it anew"
)
CALLED = "compile: {f} uses operations without a formula, which are called in Python for every row: {names}"


class How(NamedTuple):
    """How a call runs: by what engine and why, by the plan of results added up or not, and by what executor of it.

    Without an executor it is straight-line Python.
    """

    engine: str
    why: str
    reduced: bool
    executor: Executor | None


class Outcome(NamedTuple):
    """What a call came to: outputs added up, if any are, and those of every row.

    `repeats` says that a call like it comes to it in the same way: no row had to answer in place of the executor.
    """

    sums: Any
    lanes: Any
    reduced: bool
    how: How
    repeats: bool


class Specialised:
    """Hold the program of `f`, or of its value and gradient, for arguments of the forms `inputs`.

    Everything is made when it is first needed. Several threads may call it at once: what a call needs of itself, it
    hands on.
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
        self.how = How("python", "nothing has run yet", False, None)
        self.answered = False  # whether an executor has: the function may have changed since
        self.irregular = 0  # calls that the Python executor did again

    # -- the specification ---------------------------------------------------------------------------------------------

    @lazy
    def recorded(self) -> Recorded:
        """The program as it was recorded, with the bits of eager."""
        self._check_unchanged()
        with self._timed("record"):
            return self._record()

    def _check_unchanged(self) -> None:
        """Raise TraceError if this recording would be of another function than that which has answered already."""
        if self.answered and str(self.seeded.program) != str(self._record_seeded().program):
            raise TraceError(CHANGED.format(f=named(self.f)))

    def _record(self, **options: bool) -> Recorded:
        return record(self.f, self.inputs, self.roles.wanted if self.gradient else None, **options)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The form of each part of the result."""
        return self._first.forms

    @property
    def places(self) -> list[str]:
        """Where in the arguments each input of the program is: "p['w'][0]"."""
        arguments = zip(self.roles.titles, self.inputs, strict=True)
        return [title + path(form, k) for title, form in arguments for k in range(size(form))]

    @lazy
    def seeded(self) -> Recorded:
        """The program with a seed, as plans need it."""
        with self._timed("record"):
            return self._record_seeded()

    def _record_seeded(self) -> Recorded:
        return self._record(seeded=True, quick=not self.options.strict)

    @property
    def _first(self) -> Recorded:
        """The recording that is needed in any case: to make both would double the time to a first result."""
        return self.recorded if self.options.best[0] == "python" else self.seeded

    @lazy
    def program(self) -> Program:
        """The equations of one example, simplified: the same bits."""
        recorded = self.recorded
        with self._timed("simplify"):
            return simplified(recorded.program, self.passes.__setitem__)

    @lazy
    def source(self) -> Source:
        """The program as straight-line Python."""
        return Source(self.program)

    @lazy
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

    def straight(self, inputs: Any, data: Any, rows: int) -> tuple[list[Any], list[Any]]:
        """Be an executor of one example in plain Python; data is among the inputs. `one` can say what is wrong."""
        try:
            return [], [list(self.run(*listed(inputs)))]  # numbers of NumPy's raise nowhere: 1 / 0 is inf
        except RAISED:
            raise Irregular from None

    def each(self, call: Call) -> Iterator[list[Any]]:
        """Go over the outputs for each row, with the Python executor; an error names the row."""
        for k, inputs in enumerate(call.rows()):
            try:
                yield self.one(inputs, call.operands)
            except AutogradError as error:
                raise type(error)(f"row {k}: {error}") from None

    # -- plans and executors -------------------------------------------------------------------------------------------

    def results(self, call: Call, reduced: bool) -> Outcome:
        """Return the outputs of a call, added up where that is asked for and possible."""
        found = self.outputs(call, reduced)
        if self.options.check and not call.operands:
            verify(self, call, found)
        return found

    def outputs(self, call: Call, reduced: bool) -> Outcome:
        """Return the same, unchecked."""
        how = self.how = self._how(call, reduced)
        if how.executor is not None:
            try:
                return self._executed(call, how, how.executor)
            except Irregular:
                self.irregular += 1
        if call.count is None:
            repeats = not (how.executor or call.operands)
            return Outcome([], [self.one(call.inputs(), call.operands)], False, how, repeats)
        return Outcome(*added(self.each(call), spread(self.own[reduced], self.forms)), reduced, how, False)

    def _executed(self, call: Call, how: How, executor: Executor) -> Outcome:
        sums, lanes = executor(call.params(), call.data(), call.count or 1)
        self.answered = True
        if not len(lanes) and any(self.own[how.reduced]):  # parts without a number are a part of every row too
            return Outcome(sums, [[]] * (call.count or 1), how.reduced, how, False)
        return Outcome(sums, lanes, how.reduced, how, True)

    def _how(self, call: Call, reduced: bool) -> How:
        rows = call.like or call.count or 1
        engine, why = self._engine(rows)
        in_python = call.operands or engine == "python"
        return How(engine, why, reduced, None if in_python else self._executor(reduced, rows))

    def _executor(self, reduced: bool, rows: int) -> Executor:
        """Return what runs the plan; the first time, give notice of what Python does in it."""
        if self.called and not self.planned.executors:
            warn_user(CALLED.format(f=named(self.f), names=", ".join(self.called)))
        return self.planned.executor(reduced, rows)

    @property
    def length(self) -> int:
        """How many equations were recorded."""
        return len(self._first.program)

    def _engine(self, rows: int) -> tuple[str, str]:
        """Return the engine for so many rows, and why."""
        equations = self.length
        if self.options.may_be_small and equations * rows < SMALL[self.options.best[0]]:
            return "python", f"so little work ({equations} equations, rows: {rows}) is done sooner in Python"
        return self.options.best

    @lazy
    def planned(self) -> Planned:
        """The program as plans: its seed is 0 in the lanes that only fill a vector up."""
        spaces = spread(["data" if varies else "param" for varies in self.roles.varies], self.inputs)
        own = {reduced: spread(parts, self.forms) for reduced, parts in self.own.items()}
        return Planned(self.seeded, [*spaces, "data"], own, self.options, self._timed)

    @lazy
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
        return groups_table(self.plan)

    @property
    def plan(self) -> Plan:
        """The plan that ran last, or would have if Python had not."""
        return self.planned.plan(self.how.reduced)

    @property
    def kernels(self) -> list[str]:
        """The source texts of what ran last."""
        executor = self.how.executor
        return [self.source.text] if executor is None else executor.source

    def stats(self) -> dict[str, Any]:
        """Return the figures of how this was made and runs."""
        seconds, peak = dict(self.seconds), peak_bytes()  # of what has run: the figures below make more
        recorded, _ = len(self.recorded.program), self.program
        engine, why, _, executor = self.how
        found = {
            "engine": engine, "why": why, "equations": recorded, "passes": after_passes(recorded, self.passes),
            "called": self.called, "python runs instead": self.irregular,
        }  # fmt: skip
        made = {} if executor is None else executor.stats() | {"nodes": len(self.planned.form)}
        within = made.pop("seconds", {})
        if executor is not None:
            seconds["build"] = max(0.0, seconds["build"] - sum(within.values()))
        return found | made | {"seconds": seconds | within, "peak_bytes": peak}
