"""One step of training on a batch: with Values, or with the compiled program of an example."""

from __future__ import annotations

import gc
import math
import warnings
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import autograd
from autograd import Value
from autograd.errors import NonFiniteError
from autograd.program.engines import Executor, chosen_engine
from autograd.program.plan import Irregular
from autograd.structure import tree_map

from .choices import choose
from .compiled import NotRecordable, Recording
from .data import Batch, Dataset
from .metrics import accuracy, zero_one
from .module import Module
from .optim import Optimizer

ENGINES = ("auto", "eager", "numpy", "native")
WORTH = 500_000  # parameters times rows: on Values the work of about two seconds, several times that of compiling
CLOSE = 1e-9  # of the largest gradient: sums in another order differ by far less
PLAIN = (accuracy, zero_one)  # metrics that take numbers for scores


class EagerSteps:
    """Steps on Values, operation by operation."""

    def __init__(self, model: Module, loss: Callable[..., Any], metric: Callable[..., float], optimizer: Optimizer):
        self.model, self.loss, self.metric, self.optimizer = model, loss, metric, optimizer

    def __call__(self, batch: Batch) -> tuple[float, float]:
        """Return loss and metric of a batch and move the parameters; if this raises NonFiniteError, none has moved."""
        with _collector_paused():
            loss, scores = self.gradient(batch)
            self.optimizer.step()
            return loss, self.metric(scores, batch[1])

    def gradient(self, batch: Batch) -> tuple[float, list[Any]]:
        """Return loss and scores of a batch, with its gradient in the parameters."""
        scores = [self.model(row) for row in batch[0]]
        loss = self.loss(scores, batch[1])
        if not math.isfinite(loss.data):
            raise NonFiniteError(f"the loss is {loss.data}")
        self.optimizer.zero_grad()
        loss.backward()
        return loss.data, scores


class CompiledSteps:
    """Steps on the program of one example, run over the rows of a batch.

    Where a number is not finite, or an operation meets what it is not defined for, the step is taken on Values, which
    say in a sentence what it was.
    """

    def __init__(self, eager: EagerSteps, data: Dataset, rows: int, engine: str, strict: bool):
        self.eager, self.optimizer, self.strict = eager, eager.optimizer, strict
        self.recording = Recording(eager.model, eager.loss, data, strict)
        self.run = Executor(self.recording.plan, self.recording.reduced, engine, rows, "float64", 1)
        self.check((data.X[:rows], data.y[:rows]))

    def __call__(self, batch: Batch) -> tuple[float, float]:
        """Return loss and metric of a batch and move the parameters; if this raises NonFiniteError, none has moved."""
        try:
            loss, gradient, scores = self.gradient(batch)
        except Irregular:
            return self.eager(batch)
        for p, g in zip(self.recording.parameters, gradient, strict=True):
            p.grad = g
        self.optimizer.step()
        return loss, self._metric(scores, batch[1])

    def gradient(self, batch: Batch) -> tuple[float, list[float], list[Any]]:
        """Return loss, gradient and scores of a batch. Raises Irregular."""
        rows, labels = batch
        if self.strict:  # the backward pass meets the last row first
            rows, labels = rows[::-1], labels[::-1]
        parameters = array("d", [p.data for p in self.recording.parameters])
        gradient, lanes = self.run(parameters, self.recording.rows((rows, labels)), len(labels))
        losses, scores = self.recording.results(lanes)
        if self.strict:
            losses, scores = losses[::-1], scores[::-1]
        return float(autograd.mean(losses)), [float(g) for g in gradient], scores

    def check(self, batch: Batch) -> None:
        """Raise NotRecordable if the program does something else than model and loss do on Values."""
        loss, _ = self.eager.gradient(batch)
        expected = [loss, *(p.grad for p in self.recording.parameters)]
        try:
            found, gradient, _ = self.gradient(batch)
        except Irregular:
            return  # the step itself will be taken on Values
        bound = 0.0 if self.strict else CLOSE * max(map(abs, expected))
        if any(abs(a - b) > bound for a, b in zip(expected, [found, *gradient], strict=True)):
            to_the_bit = ", to the bit" if self.strict else ""
            raise NotRecordable(f"the loss of a batch is not the mean of the losses of its rows{to_the_bit}")

    def _metric(self, scores: list[Any], labels: list[int]) -> float:
        metric = self.eager.metric
        return metric(scores if metric in PLAIN else tree_map(_constant, scores), labels)


def _constant(x: float) -> Value:
    return Value(x, requires_grad=False)


@contextmanager
def _collector_paused() -> Iterator[None]:
    # A graph has no reference cycles: it is freed without the collector, which would only look through it again and
    # again. Measured on the digits: 0.80 s in place of 1.00 s for the same steps.
    enabled = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if enabled:
            gc.enable()


def steps_for(
    eager: EagerSteps, data: Dataset, rows: int, epochs: int, engine: str, strict: bool
) -> tuple[EagerSteps | CompiledSteps, str, str]:
    """Return what takes the steps, the name of its engine, and in a sentence why that one.

    Raises ValueError for an unknown engine, ImportError for one whose package is missing.
    """
    if choose("engine", engine, {name: name for name in ENGINES}) == "eager":
        return eager, "eager", "it was asked for"
    work = epochs * len(data) * len(eager.optimizer.parameters)
    if engine == "auto" and work < WORTH:
        return eager, "eager", f"so little work ({work:,} parameters times rows) is done before a program is compiled"
    found, why = chosen_engine(engine, "float64")
    if found == "python":
        return eager, "eager", why
    try:
        return CompiledSteps(eager, data, min(rows, len(data)), found, strict), found, why
    except NotRecordable as error:
        warnings.warn(f"training runs on Values, uncompiled: {error}", UserWarning, stacklevel=3)
        return eager, "eager", str(error)
