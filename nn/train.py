"""Train a model: epochs of shuffled batches, a progress bar, and an end that loses nothing.

Seeded and reproducible bit for bit: the order of the examples depends on `seed` alone.
"""

from __future__ import annotations

import gc
import math
import random
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.errors import FloatOverflowError, NonFiniteError
from autograd.frames import warn_user

from .clip import limits
from .commit import commit
from .data import Dataset, cuts
from .demands import check_arguments
from .metrics import accuracy
from .module import Module
from .optim import Optimizer
from .steps import CompiledSteps, EagerSteps, Steps, steps_for

# A loss a thousand times the best, and above the first, for so many epochs in a row has run away.
FACTOR, PATIENCE = 1000.0, 3


class Epoch(NamedTuple):
    """One epoch: its number from 1, the mean loss and metric over its batches, and the learning rate."""

    epoch: int
    loss: float
    metric: float
    rate: float


@dataclass
class History:
    """What happened: plain numbers, so that no graph is kept alive.

    `best` is the `state_dict` with which the epoch of the lowest loss began: the weights that loss was measured on
    (after Ctrl-C, if the unfinished epoch has a lower one, the weights of its last step).
    `outcome` is "finished", "interrupted" (Ctrl-C) or "diverged". `engine` is what took the steps, `reason` why;
    `seconds` what "compiling" and "training" took, and about what the steps take "on Values" where they were compiled.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)
    outcome: str = "finished"
    engine: str = "eager"
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def best_loss(self) -> float:
        """Return the lowest loss of an epoch, infinite before the first."""
        return min((epoch.loss for epoch in self.epochs), default=math.inf)

    def columns(self) -> dict[str, list[float]]:
        """Return the epochs as lists: epoch, loss, metric, rate."""
        return {name: [getattr(epoch, name) for epoch in self.epochs] for name in Epoch._fields}


class DivergenceWarning(UserWarning):
    """Say that training was stopped because the loss ran away."""


def fit(
    model: Module,
    data: Dataset,
    *,
    loss: Callable[[list[Any], list[int]], Any],
    optimizer: Optimizer,
    epochs: int = 20,
    batch_size: int = 32,
    seed: int = 0,
    metric: Callable[[list[Any], list[int]], float] = accuracy,
    schedule: Callable[[float], float] | None = None,
    clip_grad_norm: float | None = None,
    clip_grad_value: float | None = None,
    progress: bool | None = None,
    history: History | None = None,
    engine: str = "auto",
    strict: bool = False,
) -> History:
    """Train `model` in place and return the History.

    `loss` and `metric` take the outputs of a batch and its labels, as `cross_entropy`, `mse_loss` and `accuracy` do; a
    Dataset has labels 0, 1, ..., so that the hinge loss is `lambda scores, labels: hinge_loss(scores, [2 * y - 1 for y
    in labels])`. `schedule` maps the share of training done, 0 to 1,
    to a factor on the learning rate. `clip_grad_norm` limits the norm of the gradient before every step, and
    `clip_grad_value` each of its numbers, as `clip_grad_norm_` and `clip_grad_value_` do. `progress` shows a bar: None
    means on a terminal only. A `history` given is continued.

    `engine` is "native" (machine code, needs llvmlite), "numpy", "eager" (on Values, operation by operation), or
    "auto": compiled where there is enough to do and the model can be recorded, which one that changes its attributes
    from call to call, or draws random numbers, cannot. What was chosen and why is in the history. Compiled training
    does the same to rounding, with `strict` to the bit. The loss is recorded once then: a number of elsewhere that it
    reads stays what it was. Machine code takes many steps at once, so that `metric` is called for them afterwards: it
    must be a function of scores and labels, and what it reads or changes of the model is that of a later step.

    Ctrl-C ends training early and returns: the model holds the weights of the last complete step, `history.best` the
    best ones. A loss that runs away ends it with a DivergenceWarning, a loss or gradient that is nan or infinite raises
    NonFiniteError; in both cases the best weights are put back. Raises ValueError for epochs or a batch size below 1
    or an optimizer of another model, TypeError for an argument of the wrong kind, ShapeError where the model has
    another number of outputs than a loss of nn needs.

    >>> from nn import MLP, SGD, binary_cross_entropy_with_logits, make_xor
    >>> model = MLP(2, [4, 1], activation="tanh", seed=0)
    >>> sgd = SGD(model.named_parameters(), lr=0.3, momentum=0.9)
    >>> history = fit(model, make_xor(), loss=binary_cross_entropy_with_logits, optimizer=sgd, epochs=100)
    >>> history.epochs[-1].metric
    1.0
    """
    check_arguments(model, data, loss, metric, optimizer)
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs must be an int >= 1, got {epochs!r}")
    count = epochs * len(cuts(len(data), batch_size, random.Random(seed)))
    rates = [optimizer.lr * (schedule(i / epochs) if schedule else 1.0) for i in range(epochs)]
    history = history or History()
    begun = time.perf_counter()
    eager = EagerSteps(model, data, loss, metric, optimizer, limits(clip_grad_norm, clip_grad_value))
    run = _Run(model, data, eager, optimizer, batch_size, random.Random(seed), history)
    try:
        run.steps, history.engine, history.reason = steps_for(eager, batch_size, epochs, engine, strict)
    except KeyboardInterrupt:
        history.reason = "it was interrupted before the first step"
        run.interrupted()
        return history
    history.seconds = {"compiling": time.perf_counter() - begun}
    if isinstance(run.steps, CompiledSteps):
        history.seconds["on Values"] = count * run.steps.seconds_on_values
    with _bar(count, progress) as bar:
        return run.train(rates, bar)


@dataclass
class _Run:
    """The state of one call of `fit`."""

    model: Module
    data: Dataset
    steps: Steps
    optimizer: Optimizer
    batch_size: int
    rng: random.Random
    history: History
    running: float = math.inf  # the mean loss of the epoch at work

    def train(self, rates: list[float], bar: Any) -> History:
        """Train one epoch per rate; on a bad end put the best weights back."""
        self.history.outcome, rate_before, collecting = "finished", self.optimizer.lr, gc.isenabled()
        begun = time.perf_counter()
        try:
            self._settled(rates, bar)
        except KeyboardInterrupt:
            self.interrupted()
        except (NonFiniteError, FloatOverflowError) as error:
            self._restore()
            raise NonFiniteError(self._sentence(error)) from error
        finally:
            self.optimizer.lr = rate_before
            self.history.seconds["training"] = time.perf_counter() - begun
            if collecting:
                gc.enable()  # Ctrl-C may have come just before a step did it
        return self.history

    def _settled(self, rates: list[float], bar: Any) -> None:
        try:
            self._epochs(rates, bar)
        finally:
            self.steps.settle()

    def _epochs(self, rates: list[float], bar: Any) -> None:
        for rate in rates:
            self.optimizer.lr = rate
            self._record(self.model.state_dict(), *self._epoch(bar))
            if self._ran_away():
                self._restore()
                self.history.outcome = "diverged"
                warn_user(f"the loss ran away: {self._sentence('stopped')}", DivergenceWarning)
                return

    def _epoch(self, bar: Any) -> tuple[float, float]:
        seen, loss, metric, self.running = 0, 0.0, 0.0, math.inf
        order = cuts(len(self.data), self.batch_size, self.rng)
        for cut, (batch_loss, batch_metric) in zip(order, self.steps.epoch(order), strict=True):
            weight = len(cut)
            seen, loss, metric = seen + weight, loss + weight * batch_loss, metric + weight * batch_metric
            self.running = loss / seen
            bar.set_postfix(loss=self.running, metric=metric / seen, rate=self.optimizer.lr, refresh=False)
            bar.update()
        return self.running, metric / seen

    def _record(self, start: dict[str, float], loss: float, metric: float) -> None:
        # The weights an epoch ends with are measured by the next one only: they may already have run away.
        epoch = Epoch(len(self.history.epochs) + 1, loss, metric, self.optimizer.lr)
        best = start if loss < self.history.best_loss else self.history.best
        commit([(self.history, "epochs", [*self.history.epochs, epoch]), (self.history, "best", best)])

    def interrupted(self) -> None:
        """Note that Ctrl-C came, and keep the weights as the best if they are."""
        self.history.outcome = "interrupted"
        if not self.history.best or self.running < self.history.best_loss:
            self.history.best = self.model.state_dict()

    def _ran_away(self) -> bool:
        losses = [epoch.loss for epoch in self.history.epochs]
        limit = max(FACTOR * self.history.best_loss, losses[0])
        return len(losses) >= PATIENCE and min(losses[-PATIENCE:]) > limit

    def _restore(self) -> None:
        if self.history.best:
            self.model.load_state_dict(self.history.best)

    def _sentence(self, what: object) -> str:
        place, rate = len(self.history.epochs) + 1, self.optimizer.lr
        return f"{what} (epoch {place}); a learning rate below {rate:g} may help"


class _Silent:
    """A progress bar that shows nothing."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def set_postfix(self, **values: object) -> None:
        """Show nothing."""

    def update(self) -> None:
        """Show nothing."""


def _bar(steps: int, progress: bool | None) -> Any:
    if progress is False:
        return _Silent()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tqdm.auto warns about widgets that a notebook may lack
            from tqdm.auto import tqdm
    except ImportError:
        return _Silent()
    return tqdm(total=steps, unit="step", disable=None if progress is None else not progress)
