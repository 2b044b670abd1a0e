"""The loss of a batch, and what is wrong where a model's outputs or a loss are of another form than it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value
from autograd.errors import ShapeError

from .losses import LOSSES, cross_entropy

Loss = Callable[[list[Any], list[int]], Any]
OF_NUMBERS = [loss for loss in LOSSES.values() if loss is not cross_entropy]


def judged(loss: Loss, scores: list[Any], labels: list[int]) -> Value:
    """Return the loss of a batch.

    Raises ShapeError where a loss of nn needs another number of outputs, TypeError where a loss takes one prediction
    in place of a batch of them or returns no Value, and whatever the loss raises.

    >>> judged(cross_entropy, [Value(0.5), Value(2.0)], [0, 1])
    Traceback (most recent call last):
    autograd.errors.ShapeError: cross_entropy needs an output for each class, the model puts out one number: give its \
last layer a unit for each class, or take binary_cross_entropy_with_logits
    """
    _check_outputs(loss, scores[0], max(labels))
    try:
        found = loss(scores, labels)
    except (TypeError, AttributeError) as error:
        _explain(error, loss, scores[0], labels[0])
        raise
    if not isinstance(found, Value):
        raise TypeError(f"the loss must return one Value for the batch, such as a mean, got {type(found).__name__}")
    return found


def _check_outputs(loss: Loss, output: Any, label: int) -> None:
    count = len(output) if isinstance(output, (list, tuple)) else 0
    if loss is cross_entropy and not count:
        raise ShapeError(
            "cross_entropy needs an output for each class, the model puts out one number: give its last layer a unit "
            "for each class, or take binary_cross_entropy_with_logits"
        )
    if loss is cross_entropy and label >= count:
        raise ShapeError(
            f"cross_entropy needs an output for each class, the model puts out {count} and there is a class {label}: "
            f"give its last layer a unit for each class, at least {label + 1}"
        )
    if loss in OF_NUMBERS and count:
        raise ShapeError(
            f"{loss.__name__} needs one number for each row, the model puts out a list of {count}: give its last layer "
            "one unit, or take cross_entropy"
        )


def _explain(error: Exception, loss: Loss, output: Any, label: Any) -> None:
    """Raise TypeError if the loss takes one output and one label, and so failed on lists of them."""
    if "list" in str(error) and _takes_one(loss, output, label):
        raise TypeError(
            f"{error}: fit gives the loss two lists, the outputs of a batch and its labels, and this one takes one of "
            "each; write loss=lambda outputs, labels: autograd.mean([f(p, y) for p, y in zip(outputs, labels)])"
        ) from error


def _takes_one(loss: Any, output: Any, label: Any) -> bool:
    try:
        return isinstance(loss(output, label), Value)
    except Exception:
        return False
