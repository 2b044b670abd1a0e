"""A call like one that was answered before: the same forms and as many rows, so that everything it needs is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments import Form, Numbers
from ..planning.plan import Irregular
from .call import Call
from .reading import Unlike, reader
from .results import Results
from .specialised import How, Specialised

MOST = 8  # calls that are kept ready: names of eight lengths, say


class Ready:
    """Answer calls like `call`, whose arguments were of these `forms`, as `program` did."""

    def __init__(self, program: Specialised, how: How, call: Call, forms: tuple[Form, ...], results: Results):
        self.program, self.how, self.results, self.rows = program, how, results, call.count or 1
        self.executor = program.straight if how.executor is None else how.executor
        self.forms = forms
        apart = [varies and how.executor is not None for varies in call.roles.order]
        self.read = reader(self.forms, apart, self.rows)

    def __call__(self, args: Sequence[Any]) -> list[Any] | None:
        """Return the parts of the result; None where the call is unlike the first, or Python has to answer it."""
        try:
            params, data = self.read(args)
            sums, lanes = self.executor(params, data, self.rows)
        except (Unlike, Irregular):
            return None
        self.program.how = self.how
        return self.results(sums, lanes)


class Recent:
    """The calls of one kind that were answered last."""

    def __init__(self) -> None:
        self.calls: list[Ready] = []

    def answer(self, args: Sequence[Any]) -> tuple[list[Any], Specialised] | None:
        """Return the parts of the result and the program that ran; None where no call like this is ready."""
        for ready in self.calls:
            made = ready(args)
            if made is not None:
                return made, ready.program
        return None

    def keep(self, program: Specialised, how: How, call: Call, args: Sequence[Any], results: Results) -> None:
        """Keep a call ready, unless one like it is: its arguments are not plain numbers then."""
        forms = tuple(Numbers().add(arg) for arg in args)
        if all(known.forms != forms for known in self.calls):
            self.calls = [Ready(program, how, call, forms, results), *self.calls[: MOST - 1]]
