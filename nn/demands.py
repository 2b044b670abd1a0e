"""What `fit` must be given: each wrong argument is a sentence that names what is allowed."""

from __future__ import annotations

from typing import Any

from .data import Dataset
from .losses import LOSSES
from .module import Module
from .optim import OPTIMIZERS, Optimizer


def check_arguments(model: Any, data: Any, loss: Any, metric: Any, optimizer: Any) -> None:
    """Raise TypeError for an argument of the wrong kind, ValueError for an optimiser of another model's parameters.

    >>> check_arguments(Module(), ([[0.0]], [1]), None, None, None)
    Traceback (most recent call last):
    TypeError: data must be a Dataset, got tuple: write Dataset(name, X, y), rows of numbers X and their classes y
    """
    _demand(isinstance(model, Module), f"model must be a Module, such as MLP(2, [16, 1]), got {_shown(model)}")
    rows = "write Dataset(name, X, y), rows of numbers X and their classes y"
    _demand(isinstance(data, Dataset), f"data must be a Dataset, got {type(data).__name__}: {rows}")
    _demand(callable(loss), f"loss must be one of nn's ({_losses()}) or a function like them, got {_shown(loss)}")
    _demand(callable(metric), f"metric must be a function such as nn.accuracy, got {_shown(metric)}")
    examples = " or ".join(f"{kind.__name__}(model.parameters(), lr=0.02)" for kind in OPTIMIZERS.values())
    _demand(isinstance(optimizer, Optimizer), f"optimizer must be made first, {examples}, got {_shown(optimizer)}")
    _check_owner(model, optimizer)


def _check_owner(model: Module, optimizer: Optimizer) -> None:
    if set(model.parameters()).isdisjoint(optimizer.parameters):
        raise ValueError(
            "the optimizer holds none of this model's parameters, so it would train nothing: the model was made anew, "
            f"so make the optimizer anew too, {type(optimizer).__name__}(model.parameters(), ...)"
        )


def _demand(met: bool, sentence: str) -> None:
    if not met:
        raise TypeError(sentence)


def _losses() -> str:
    return ", ".join(loss.__name__ for loss in LOSSES.values())


def _shown(given: object) -> str:
    if isinstance(given, type):
        return f"the class {given.__name__}"
    return repr(given) if isinstance(given, str) else type(given).__name__
