"""A function specialised to one shape of arguments: its program, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

from ..errors import AutogradError
from ..primitive import RAISED
from .arguments import Form
from .call import Call
from .equations import Program
from .python import Source
from .recording import Recorded, record


class Specialised:
    """Hold the program of `f`, or of its value and gradient, for arguments of these forms.

    `wanted` are the arguments to differentiate by, None for the value alone; `varying` those that differ from row to
    row. Everything is made when it is first needed.
    """

    def __init__(
        self, f: Callable[..., Any], forms: Sequence[Form], wanted: Sequence[int] | None, varying: Collection[int]
    ):
        self.f, self.forms, self.wanted, self.varying = f, forms, wanted, varying

    @cached_property
    def recorded(self) -> Recorded:
        """The program that is the specification: the bits of eager."""
        return record(self.f, self.forms, self.wanted)

    @property
    def program(self) -> Program:
        """The equations of one example."""
        return self.recorded.program

    @cached_property
    def source(self) -> Source:
        """The program as straight-line Python."""
        return Source(self.program)

    @cached_property
    def run(self) -> Callable[..., tuple[float, ...]]:
        """The program as a Python function."""
        return self.source.function()

    @cached_property
    def by_row(self) -> list[bool]:
        """Whether each part of the result belongs to a row also where rows are added up."""
        return [False, *(n in self.varying for n in self.wanted or ())]

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
