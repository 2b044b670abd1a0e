"""A model, its loss and its gradient as one program of an example: what `fit` compiles, and why it sometimes cannot."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from autograd import Value
from autograd.errors import AutogradError
from autograd.graph import topological_order
from autograd.modes import tracing
from autograd.ops import sum_row
from autograd.primitive import CONSTANT
from autograd.program.graph import program
from autograd.program.groups import plan
from autograd.program.normal import normal
from autograd.program.plan import Plan
from autograd.program.symbol import Symbol, traced
from autograd.pullback import pull_back
from autograd.structure import flatten

from .data import Batch, Dataset
from .module import Module

MOST_CLASSES = 100  # the loss is recorded once for each


class NotRecordable(Exception):  # noqa: N818 - no error: training goes on without compiling
    """Say in a sentence why a model or a loss cannot be recorded."""


class Recording:
    """The program of one example: the gradient of weight * loss by every parameter, the loss, and the scores.

    A row of data is the features, a 1 for the class of the label among 0 for the others, and the weight. The `plan` has
    the gradient as totals over the rows, the loss and the scores for every row. Raises NotRecordable.
    """

    def __init__(self, model: Module, loss: Callable[..., Any], data: Dataset, strict: bool = False):
        self.parameters, self.classes = model.parameters(), sorted(set(data.y))
        if len(self.classes) > MOST_CLASSES:
            raise NotRecordable(f"the loss would be recorded for each of {len(self.classes)} labels")
        self.marks = {c: [float(c == other) for other in self.classes] for c in self.classes}
        self.reduced: list[bool] = []
        self.rebuild: Callable[[list[Any]], Any] = list
        self.plan = self._plan(model, loss, len(data.X[0]), strict)

    def _plan(self, model: Module, loss: Callable[..., Any], features: int, strict: bool) -> Plan:
        n, before = len(self.parameters), random.getstate()
        symbols = [Symbol(f"x{k}") for k in range(n + features + len(self.classes) + 2)]
        try:
            (gradient, results), made = traced(tracing(not strict)(self._record), model, loss, symbols, n, features)
            outputs = [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in (*gradient, *results)]
        except (AutogradError, TypeError, AttributeError) as error:
            raise NotRecordable(str(error)) from error
        if random.getstate() != before:
            random.setstate(before)
            raise NotRecordable("the model or the loss draws random numbers")
        _check_leaves(outputs)
        spaces = ["param"] * n + ["data"] * (len(symbols) - n)
        self.reduced = [True] * n + [False] * len(results)
        return plan(normal(program(outputs, symbols, made), spaces, strict), self.reduced, strict)

    def _record(
        self, model: Module, loss: Callable[..., Any], symbols: list[Symbol], n: int, features: int
    ) -> tuple[list[Any], list[Any]]:
        """Return the gradient, and the loss with the scores: the loss of each class, added up with the row's marks."""
        marks: list[Any] = list(symbols[n + features :])
        seed, weight = marks.pop(), marks.pop()
        twin = deepcopy(model, {id(p): s for p, s in zip(self.parameters, symbols, strict=False)})
        scores = twin(list(symbols[n : n + features]))
        total: Any = 0.0
        for c, mark in zip(self.classes, marks, strict=True):
            total = total + loss([scores], [c]) * mark
        flat, self.rebuild = flatten(scores)
        return pull_back(total, weight * seed, symbols[:n]), [total, *flat]

    def rows(self, batch: Batch) -> array[float]:
        """Return the data of a batch, row by row; with the weights the gradient is that of the mean."""
        weight = 1.0 / len(batch[1])
        return array("d", [x for row, label in zip(*batch, strict=True) for x in (*row, *self.marks[label], weight)])

    def results(self, lanes: Sequence[Sequence[float]]) -> tuple[list[float], list[Any]]:
        """Return the losses and the scores of the rows from what the plan gives for each."""
        rows = [list(map(float, lane)) for lane in lanes]
        return [row[0] for row in rows], [self.rebuild(row[1:]) for row in rows]


def _check_leaves(outputs: Sequence[Value]) -> None:
    """Raise NotRecordable if a number that training changes would be frozen into the program."""
    for leaf in topological_order(Symbol("", sum_row, tuple(outputs)))[1]:
        if not isinstance(leaf, Symbol) and leaf.row is not CONSTANT and leaf.requires_grad:
            named = f" ({leaf.label})" if leaf.label else ""
            raise NotRecordable(f"the loss reads a parameter{named} that is not reached through the model")
