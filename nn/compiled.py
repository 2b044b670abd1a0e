"""A model, its loss and its gradient as one program of an example: what `fit` compiles, and why it sometimes cannot."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from typing import Any

from autograd import Value
from autograd.errors import AutogradError
from autograd.graph import topological_order
from autograd.modes import tracing
from autograd.ops import sum_row
from autograd.primitive import CONSTANT
from autograd.program.graph import program
from autograd.program.planning.groups import plan
from autograd.program.planning.normal import normal
from autograd.program.planning.plan import Plan
from autograd.program.symbol import Symbol, traced
from autograd.pullback import pull_back
from autograd.structure import flatten

from .data import Dataset
from .module import Module
from .optim import Optimizer

MOST_CLASSES = 100  # the loss is recorded once for each


class NotRecordable(Exception):  # noqa: N818 - no error: training goes on without compiling
    """Say in a sentence why a model or a loss cannot be recorded."""


class Recording:
    """The program of one example: weight * loss and its gradient, the loss, and the scores.

    A row of data is the features, a 1 for the class of the label among 0 for the others, and the weight. The `plan` has
    the weighted loss and its gradient as totals over the rows, then loss and scores for each. Raises NotRecordable.
    """

    def __init__(self, model: Module, loss: Callable[..., Any], data: Dataset, strict: bool = False):
        self.parameters, self.classes = model.parameters(), sorted(set(data.y))
        if len(self.classes) > MOST_CLASSES:
            raise NotRecordable(f"the loss would be recorded for each of {len(self.classes)} labels")
        self.marks = {c: [float(c == other) for other in self.classes] for c in self.classes}
        self.reduced: list[bool] = []
        self.columns = len(data.X[0]) + len(self.classes) + 1
        self.light: Sequence[int] = ()  # the rows of the last batch
        self.rebuild: Callable[[list[Any]], Any] = list
        self.plan = self._plan(model, loss, len(data.X[0]), strict)

    def _plan(self, model: Module, loss: Callable[..., Any], features: int, strict: bool) -> Plan:
        n = len(self.parameters)
        symbols = [Symbol(f"x{k}") for k in range(n + features + len(self.classes) + 2)]
        try:
            (gradient, results), made = traced(tracing(not strict)(self._record), model, loss, symbols, n, features)
            outputs = [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in (*gradient, *results)]
        except (AutogradError, TypeError, AttributeError) as error:
            raise NotRecordable(str(error)) from error
        _check_leaves(outputs)
        spaces = ["param"] * n + ["data"] * (len(symbols) - n)
        self.reduced = [True] * len(gradient) + [False] * len(results)
        return plan(normal(program(outputs, symbols, made), spaces, strict), self.reduced, strict)

    def _record(
        self, model: Module, loss: Callable[..., Any], symbols: list[Symbol], n: int, features: int
    ) -> tuple[list[Any], list[Any]]:
        """Return what is added up over a batch, loss and gradient, and what each row has, the loss and the scores.

        The loss of a row is that of each class, added up with the row's marks.
        """
        marks: list[Any] = list(symbols[n + features :])
        seed, weight = marks.pop(), marks.pop()
        twin = deepcopy(model, {id(p): s for p, s in zip(self.parameters, symbols, strict=False)})
        scores = twin(list(symbols[n : n + features]))
        total: Any = 0.0
        for c, mark in zip(self.classes, marks, strict=True):
            total = total + loss([scores], [c]) * mark
        flat, self.rebuild = flatten(scores)
        adjoint = weight * seed
        return [total * adjoint, *pull_back(total, adjoint, symbols[:n])], [total, *flat]

    def rows(self, data: Dataset, count: int) -> array[float]:
        """Return all rows as one run of numbers, weighted for batches of `count`."""
        rows = zip(data.X, data.y, strict=True)
        return array("d", [x for row, label in rows for x in (*row, *self.marks[label], 1.0 / count)])

    def weigh(self, numbers: array[float], cuts: Sequence[Sequence[int]]) -> None:
        """Give each row the weight that makes the gradient of its batch that of the mean: the last may be shorter."""
        for cut in (self.light, cuts[-1]):
            for i in cut:
                numbers[(i + 1) * self.columns - 1] = 1.0 / len(cuts[0] if cut is self.light else cut)
        self.light = cuts[-1]

    def batch(self, numbers: array[float], order: Sequence[int]) -> tuple[array[float], int]:
        """Return the numbers of the rows of one batch as one run, and its number of columns."""
        made = array("d")
        for i in order:
            made.extend(numbers[i * self.columns : (i + 1) * self.columns - 1])
            made.append(1.0 / len(order))
        return made, self.columns


def recorded_rule(optimizer: Optimizer, strict: bool) -> Plan:
    """Return the plan of an optimiser's rule: each row is a parameter, its gradient and its slots.

    Raises NotRecordable, also where the rule reads what changes from step to step past its arguments.
    """
    try:
        return _rule(optimizer, strict)
    except (AutogradError, TypeError, AttributeError) as error:
        raise NotRecordable(str(error)) from error


def _rule(optimizer: Optimizer, strict: bool) -> Plan:
    shared = [Symbol(f"h{k}") for k in range(len(optimizer.shared(0)))]
    own = [Symbol(name) for name in ("x", "g", *optimizer.slots)]
    twin: Any = copy(optimizer)
    twin._lr, twin.state = Symbol("lr"), {name: Symbol(name) for name in optimizer.state}  # neither is an input
    outputs, made = traced(tracing(not strict)(twin.rule), own[0], own[1], own[2:], shared)
    symbols = [*shared, *own, Symbol("seed")]
    spaces = ["param"] * len(shared) + ["data"] * (len(own) + 1)
    return plan(normal(program(list(outputs), symbols, made), spaces, strict), [False] * len(outputs), strict)


def _check_leaves(outputs: Sequence[Value]) -> None:
    """Raise NotRecordable if a number that training changes would be frozen into the program."""
    for leaf in topological_order(Symbol("", sum_row, tuple(outputs)))[1]:
        if not isinstance(leaf, Symbol) and leaf.row is not CONSTANT and leaf.requires_grad:
            named = f" ({leaf.label})" if leaf.label else ""
            raise NotRecordable(f"the loss reads a parameter{named} that is not reached through the model")
