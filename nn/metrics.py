"""Metrics: plain numbers that say how often a classifier is right. They have no gradient.

A score is a Value or number (class 1 if it is > 0, else class 0) or a list, one for each class (the largest wins).
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

from autograd import Value
from autograd.errors import ShapeError

from .inputs import listed, size


def predicted_class(scores: Any) -> int:
    """Return the class a model's output stands for; of equal scores the first.

    >>> predicted_class([0.1, 0.7, 0.2]), predicted_class(-0.3), predicted_class(Value(0.3))
    (1, 0, 1)
    """
    if isinstance(scores, (Value, int, float)):
        return int(_number(scores) > 0)
    numbers = [_number(score) for score in listed(scores, "the scores")]
    return numbers.index(max(numbers))


def accuracy(predictions: Any, targets: Any) -> float:
    """Return the share of right classes among n >= 1 scores and targets (0, 1, ..., or -1 and +1 for one score).

    Raises ShapeError naming both lengths.

    >>> accuracy([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 1, 1])
    0.6666666666666666
    """
    pairs = _pairs(predictions, targets)
    return sum(predicted == true for predicted, true in pairs) / len(pairs)


def zero_one(predictions: Any, targets: Any) -> float:
    """Return the mean 0-1 loss: the share of wrong classes. Arguments and errors as in `accuracy`.

    >>> zero_one([0.5, -0.5], [-1, -1])
    0.5
    """
    pairs = _pairs(predictions, targets)
    return sum(predicted != true for predicted, true in pairs) / len(pairs)


def confusion_matrix(predictions: Any, targets: Any, classes: int) -> list[list[int]]:
    """Return counts[true class][predicted class].

    Raises ShapeError naming both lengths, ValueError for a class that is not in 0..classes-1.

    >>> confusion_matrix([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 1, 1], 2)
    [[1, 0], [1, 1]]
    """
    counts = [[0] * size(classes, "classes") for _ in range(classes)]
    for predicted, true in _pairs(predictions, targets):
        if max(predicted, true) >= classes:
            raise ValueError(f"class {max(predicted, true)} out of range 0..{classes - 1}")
        counts[true][predicted] += 1
    return counts


def _number(score: Any) -> float:
    return score.data if isinstance(score, Value) else float(score)


def _pairs(predictions: Any, targets: Any) -> list[tuple[int, int]]:
    predictions, targets = listed(predictions, "the predictions"), listed(targets, "the targets")
    if not predictions or len(predictions) != len(targets):
        raise ShapeError(f"expected as many predictions as targets, got {len(predictions)} and {len(targets)}")
    return [(predicted_class(p), _class(t)) for p, t in zip(predictions, targets, strict=True)]


def _class(target: Any) -> int:
    if isinstance(target, bool) or not isinstance(target, Integral) or target < -1:
        raise ValueError(f"a target must be a class 0, 1, ... (or -1), got {target!r}")
    return max(int(target), 0)
