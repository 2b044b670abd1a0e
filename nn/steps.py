"""Steps of training: on Values operation by operation, or compiled, which does the same many times faster."""

from __future__ import annotations

import math
import random
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import is_
from typing import Any, TypeAlias

import autograd
from autograd import Value
from autograd.errors import DomainError, NonFiniteError
from autograd.frames import warn_user
from autograd.program.collector import collector_paused
from autograd.program.compiled.engines import chosen_engine
from autograd.program.compiled.executor import Executor
from autograd.program.planning.plan import Irregular, Plan
from autograd.structure import tree_map

from .agreement import NUDGE, agrees
from .choices import choose
from .clip import Limits
from .commit import commit
from .compiled import NotRecordable, Recording, recorded_rule
from .data import Dataset
from .judgement import judged
from .kept import Kept
from .metrics import accuracy, zero_one
from .module import Module
from .optim import Optimizer

ENGINES = ("auto", "eager", "numpy", "native")
# Parameters times rows times epochs: on Values the work of about two seconds, several times that of compiling.
WORTH = 500_000
PLAIN = (accuracy, zero_one)  # metrics that take numbers for scores
PATIENT = 0.05  # seconds of steps at once: so often the bar moves and Ctrl-C is heard

Cut = Sequence[int]  # the numbers of the rows of a batch
Result = tuple[float, float]  # loss and metric of a batch
Numbers: TypeAlias = "array[float]"


def _as_it_is(numbers: Numbers) -> Numbers:
    return numbers


def _nudged(numbers: Numbers) -> Numbers:
    """Return each number changed a little, by a share of its own."""
    rng = random.Random(0)
    return array("d", [x * (1 + NUDGE * rng.uniform(-1, 1)) for x in numbers])


def _mean_loss(lanes: Sequence[Sequence[float]]) -> float:
    return float(autograd.mean([lane[0] for lane in lanes]))


class Steps:
    """Steps that are taken one by one, each of which moves the model's parameters and the optimiser's state."""

    def epoch(self, cuts: Sequence[Cut]) -> Iterator[Result]:
        """Take a step on each batch, and go over their losses and metrics."""
        for cut in cuts:
            yield self.step(cut)

    def step(self, cut: Cut) -> Result:
        """Return loss and metric of a batch and move the parameters; if this raises NonFiniteError, none has moved."""
        raise NotImplementedError

    def settle(self) -> None:
        """Leave model and optimiser as they are after the last step: here they are."""


class EagerSteps(Steps):
    """Steps on Values."""

    def __init__(
        self,
        model: Module,
        data: Dataset,
        loss: Callable[..., Any],
        metric: Callable[..., float],
        optimizer: Optimizer,
        limits: Limits,
    ):
        self.model, self.data, self.loss, self.metric, self.optimizer = model, data, loss, metric, optimizer
        self.limits = limits

    def step(self, cut: Cut) -> Result:
        """Return loss and metric of a batch and move the parameters; if this raises NonFiniteError, none has moved."""
        # A graph is freed without the collector, which would only look through it again and again. Measured on the
        # digits: 0.80 s in place of 1.00 s for the same steps.
        with collector_paused():
            loss, scores = self.gradient(cut)
            self.limits(self.optimizer.parameters)
            self.optimizer.step()
            return loss, self.metric(scores, [self.data.y[i] for i in cut])

    def gradient(self, cut: Cut) -> tuple[float, list[Any]]:
        """Return loss and scores of a batch, with its gradient in the parameters."""
        scores = [self.model(self.data.X[i]) for i in cut]
        loss = judged(self.loss, scores, [self.data.y[i] for i in cut])
        if not math.isfinite(loss.data):
            raise NonFiniteError(f"the loss is {loss.data}")
        self.optimizer.zero_grad()
        loss.backward()
        return loss.data, scores


class CompiledSteps(Steps):
    """Steps whose gradient is that of a program, run over the rows of a batch; the optimiser moves the parameters.

    Where a number is not finite, or an operation meets what it is not defined for, the step is taken on Values, which
    say in a sentence what it was.
    """

    def __init__(self, eager: EagerSteps, rows: int, engine: str, strict: bool):
        self.eager, self.data, self.optimizer, self.strict = eager, eager.data, eager.optimizer, strict
        self.seconds_on_values = 0.0  # what the gradient of a batch takes there
        trials = (_odd(len(self.data), rows), range(rows))
        expected = self.tried(trials)
        self.recording = Recording(eager.model, eager.loss, eager.data, strict)
        self.numbers = self.recording.rows(eager.data, rows)
        self.run = Executor(self.recording.plan, self.recording.reduced, engine, rows, "float64", 1)
        for cut, numbers in zip(trials, expected, strict=True):
            self.check(cut, numbers)

    def step(self, cut: Cut) -> Result:
        """Return loss and metric of a batch and move the parameters; if this raises NonFiniteError, none has moved."""
        try:
            gradient, lanes = self.gradient(cut)
        except Irregular:
            return self.eager.step(cut)
        for p, g in zip(self.recording.parameters, gradient, strict=True):
            p.grad = g
        self.eager.limits(self.optimizer.parameters)
        self.optimizer.step()
        return self.result(cut, lanes)

    def gradient(self, cut: Cut, nudge: Callable[[Numbers], Numbers] = _as_it_is) -> tuple[Numbers, Sequence[Any]]:
        """Return the gradient of a batch, and for each row the loss and the scores. Raises Irregular."""
        order = self.ordered(cut)
        numbers, columns = self.recording.batch(self.numbers, order)
        parameters = array("d", [p.data for p in self.recording.parameters])
        sums, lanes = self.run(nudge(parameters), [(nudge(numbers), columns)], len(order))
        return array("d", sums[1:]), self.ordered(lanes.tolist())

    def ordered(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return rows in the order in which gradients are added up: strictly the last row first, as `backward` does."""
        return items[::-1] if self.strict else items

    def result(self, cut: Cut, lanes: Sequence[Sequence[float]]) -> Result:
        """Return the loss of a batch, the mean over its rows, and its metric."""
        metric, scores = self.eager.metric, [self.recording.rebuild(list(lane[1:])) for lane in lanes]
        given = scores if metric in PLAIN else tree_map(_constant, scores)
        return _mean_loss(lanes), metric(given, [self.data.y[i] for i in cut])

    def tried(self, cuts: Sequence[Cut]) -> list[list[float]]:
        """Return loss and gradient of batches on Values, to compare with; model and generators are then as before.

        Raises NotRecordable where that changed the model, or a number is one for training on Values to complain of.
        """
        kept = Kept(self.eager.model)
        try:
            found = [self.on_values(cut) for cut in cuts]
            if change := kept.change():
                raise NotRecordable(change)
            return found
        except (ArithmeticError, DomainError) as error:
            raise NotRecordable(f"the first rows already give no number: {error}") from error
        finally:
            kept.put_back()

    def on_values(self, cut: Cut) -> list[float]:
        """Return loss and gradient of a batch on Values."""
        parameters = self.eager.model.parameters()
        for p in parameters:
            p.grad = 0.0  # the optimiser may hold some of them only
        begun = time.perf_counter()
        loss, _ = self.eager.gradient(cut)
        self.seconds_on_values = time.perf_counter() - begun
        return [loss, *(p.grad for p in parameters)]

    def check(self, cut: Cut, expected: Sequence[float]) -> None:
        """Raise NotRecordable if the program does something else than model and loss do on Values."""
        try:
            same = self.same(expected, cut)
        except Irregular:
            return  # the step itself will be taken on Values
        if not same:
            mean = "the mean of the losses of its rows" + (", to the bit" if self.strict else "")
            raise NotRecordable(f"the loss of a batch is not {mean}, or not the same from call to call")

    def same(self, expected: Sequence[float], cut: Cut) -> bool:
        """Say whether loss and gradient of a batch are as expected. Raises Irregular."""
        found = self.loss_and_gradient(cut)
        if self.strict:
            return expected == found
        return agrees(expected, found, lambda: self.loss_and_gradient(cut, _nudged))

    def loss_and_gradient(self, cut: Cut, nudge: Callable[[Numbers], Numbers] = _as_it_is) -> list[float]:
        """Return the loss of a batch, the mean over its rows, and its gradient. Raises Irregular."""
        gradient, lanes = self.gradient(cut, nudge)
        return [_mean_loss(lanes), *gradient]


class NativeSteps(CompiledSteps):
    """Steps in machine code from batch to batch, with the parameters and the optimiser's state in arrays."""

    def __init__(self, eager: EagerSteps, rows: int, strict: bool, update: Plan):
        from autograd.program.native.training import Steps as MachineSteps  # needs llvmlite

        super().__init__(eager, rows, "native", strict)
        slots = self.optimizer.slots
        self.taken, self.at_once = 0, 1
        self.values = array("d", [p.data for p in self.recording.parameters])
        self.state = array("d", [x for slot in slots for x in self.optimizer.state[slot]])
        norm, value = eager.limits.norm, eager.limits.value
        self.native = MachineSteps(
            self.recording.plan, update, self.values, self.state, batch=rows, norm=norm, value=value
        )
        self.rows = rows

    def epoch(self, cuts: Sequence[Cut]) -> Iterator[Result]:
        """Take a step on each batch, some at once, and go over their losses and metrics."""
        self.recording.weigh(self.numbers, cuts)
        self.native.load(self.numbers, len(self.data), [i for cut in cuts for i in self.ordered(cut)])
        at = 0
        while at < len(cuts):
            for result in self._several(cuts, at):
                yield result
                at += 1
        self.settle()

    def _several(self, cuts: Sequence[Cut], at: int) -> Iterator[Result]:
        """Take steps from batch `at` on, and the one that machine code did not take on Values."""
        ahead = range(at, min(at + self.at_once, len(cuts)))
        begun = time.perf_counter()
        taken = self._run(ahead)
        self._adapt(time.perf_counter() - begun)
        for k in ahead[:taken]:
            yield self.result(cuts[k], self._lanes(k, len(cuts[k])))
        if taken < len(ahead):
            self.settle()
            yield self.eager.step(cuts[ahead[taken]])
            self._refresh()

    def _run(self, ahead: range) -> int:
        steps = self.optimizer.state["steps"] + self.taken
        hyper = array("d", [x for k in range(len(ahead)) for x in self.optimizer.shared(steps + k)])
        _, taken = self.native.run(ahead, hyper)
        self.taken += taken
        return taken

    def _adapt(self, seconds: float) -> None:
        if seconds < PATIENT / 2:
            self.at_once *= 2
        elif seconds > PATIENT:
            self.at_once = max(1, self.at_once // 2)

    def _lanes(self, k: int, count: int) -> Sequence[list[float]]:
        width, first = len(self.recording.reduced) - 1 - len(self.values), k * self.rows
        lanes = [list(self.native.lanes[j * width : (j + 1) * width]) for j in range(first, first + count)]
        return self.ordered(lanes)

    def settle(self) -> None:
        """Write parameters, gradients and the optimiser's state back: all, or on Ctrl-C none."""
        if not self.taken:
            return  # since they were written: what has changed there, such as the best weights put back, stays
        parameters, n = self.recording.parameters, len(self.values)
        slots = {slot: list(self.state[k * n : (k + 1) * n]) for k, slot in enumerate(self.optimizer.slots)}
        state = {"steps": self.optimizer.state["steps"] + self.taken, **slots}
        changes = [(p, "data", value) for p, value in zip(parameters, self.values, strict=True)]
        changes += [(p, "grad", g) for p, g in zip(parameters, self.native.derivatives, strict=True)]
        commit([*changes, (self.optimizer, "state", state), (self, "taken", 0)])

    def _refresh(self) -> None:
        """Read parameters and state again, after a step on Values."""
        self.values[:] = array("d", [p.data for p in self.recording.parameters])
        self.state[:] = array("d", [x for slot in self.optimizer.slots for x in self.optimizer.state[slot]])


def steps_for(eager: EagerSteps, rows: int, epochs: int, engine: str, strict: bool) -> tuple[Steps, str, str]:
    """Return what takes the steps, the name of its engine, and in a sentence why that one.

    Warns where the model cannot be recorded. Raises ValueError for an unknown engine, ImportError for one whose package
    is missing.
    """
    if choose("engine", engine, {name: name for name in ENGINES}) == "eager":
        return eager, "eager", "it was asked for"
    work = epochs * len(eager.data) * len(eager.optimizer.parameters)
    if engine == "auto" and work < WORTH:
        return (
            eager,
            "eager",
            f"so little work ({work:,} parameters times rows times epochs) is done before a program is compiled",
        )
    found, why = chosen_engine(engine, "float64")
    if found == "python":
        return eager, "eager", why
    try:
        return _compiled(eager, min(rows, len(eager.data)), found, strict), found, why
    except NotRecordable as error:
        warn_user(f"training runs on Values, uncompiled: {error}")
        return eager, "eager", str(error)


def _compiled(eager: EagerSteps, rows: int, engine: str, strict: bool) -> CompiledSteps:
    update = _update(eager, strict) if engine == "native" else None
    return CompiledSteps(eager, rows, engine, strict) if update is None else NativeSteps(eager, rows, strict, update)


def _update(eager: EagerSteps, strict: bool) -> Plan | None:
    """Return the plan of the optimiser's rule; None where the optimiser has to move the parameters itself."""
    if not _by_rule(eager.optimizer, eager.model):
        return None
    try:
        return recorded_rule(eager.optimizer, strict)
    except NotRecordable:
        return None


def _by_rule(optimizer: Optimizer, model: Module) -> bool:
    """Say whether a step is the rule for each of the model's parameters, in order, and nothing else."""
    own = [getattr(getattr(optimizer, name), "__func__", None) for name in ("step", "update")]
    parameters = model.parameters()
    same = len(parameters) == len(optimizer.parameters) and all(map(is_, parameters, optimizer.parameters))
    return same and own == [Optimizer.step, Optimizer.update]


def _odd(count: int, rows: int) -> Cut:
    """Return a few rows that are no batch: drawn at random and, where the data have enough, not as many as one has."""
    return random.Random(0).sample(range(count), min(count, 5 if rows == 7 else 7))


def _constant(x: float) -> Value:
    return Value(x, requires_grad=False)
