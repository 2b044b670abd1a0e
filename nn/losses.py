"""Losses: one number that says how wrong a prediction is; the arguments are (prediction, target).

Every loss takes one example or a batch. `reduction` is "mean" or "sum": over all elements, or all examples for
`cross_entropy`. Numbers in, a float out; a Value anywhere, a Value out. Targets may be data of a compiled function;
those of `hinge_loss` and `binary_cross_entropy_with_logits` are not checked then: they have no number yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any

import autograd
from autograd import relu, softplus
from autograd.errors import ShapeError
from autograd.primitive import Operand

from .choices import choose
from .inputs import REFUSED, listed

REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {"mean": autograd.mean, "sum": autograd.sum}


def mse_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""Return the squared error $\sum_i (p_i - t_i)^2$, divided by the number of elements for "mean".

    Scalars or lists of any depth, of the same shape. Raises ShapeError naming both lengths, TypeError for bool or text.

    >>> mse_loss([3.0, 1.0], [1.0, 1.0])
    2.0
    """
    return _reduce([(p - t) ** 2 for p, t in _pairs(prediction, target, "mse_loss")], reduction)


def hinge_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""Return the hinge loss $\max(0, 1 - y f)$ of raw scores f and targets y, each -1 or +1.

    Scalars or lists of any depth, of the same shape; labels 0 and 1 become such targets by `2 * y - 1`. Raises
    ValueError for another target, and as `mse_loss` does.

    >>> hinge_loss([0.5, 2.0], [1, -1], reduction="sum")
    3.5
    """
    pairs = _pairs(prediction, target, "hinge_loss")
    return _reduce([relu(1 - _sign(y) * f) for f, y in pairs], reduction)


def binary_cross_entropy_with_logits(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""Return $y\,\mathrm{softplus}(-x) + (1-y)\,\mathrm{softplus}(x)$ of logits x and targets y in [0, 1].

    Scalars or lists of any depth, of the same shape. Accurate for logits of any size (NUMERICS: no cancellation).
    Raises ValueError for a target outside [0, 1], and as `mse_loss` does.

    >>> binary_cross_entropy_with_logits(1000.0, 0), binary_cross_entropy_with_logits(1000.0, 1)
    (1000.0, 0.0)
    """
    pairs = _pairs(prediction, target, "binary_cross_entropy_with_logits")
    return _reduce([_binary(x, y) for x, y in pairs], reduction)


def cross_entropy(logits: Any, target: Any, reduction: str = "mean") -> Any:
    r"""Return $-\sum_k p_k \ln \mathrm{softmax}(z)_k$ of logits z and a target: a class or a list of probabilities p.

    One example: a list of C >= 2 logits and an int in 0..C-1 or a list of C probabilities. A batch: a list of such
    lists and a list of such targets. Raises ValueError for a class out of range or probabilities that are none,
    TypeError for a bool or float as a class, ShapeError naming both lengths.

    >>> round(cross_entropy([3.0, 0.0, 1.0], 0), 9)
    0.16984602
    >>> round(cross_entropy([[0.0, 0.0], [0.0, 0.0]], [0, [0.5, 0.5]]), 12)
    0.69314718056
    """
    rows = _logits(logits)
    if not rows or not _is_list(rows[0]):
        return _reduce([_example(rows, target)], reduction)
    targets = _same_length(rows, listed(target, "cross_entropy: target"), "cross_entropy")
    return _reduce([_example(_logits(z), t) for z, t in zip(rows, targets, strict=True)], reduction)


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": mse_loss,
    "hinge": hinge_loss,
    "bce": binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
}


def _reduce(items: list[Any], reduction: str) -> Any:
    reduced = choose("reduction", reduction, REDUCTIONS)
    return items[0] if len(items) == 1 else reduced(items)


def _is_list(x: Any) -> bool:
    return hasattr(x, "__iter__") and not isinstance(x, (*REFUSED, Operand))


def _pairs(prediction: Any, target: Any, name: str) -> list[tuple[Any, Any]]:
    pairs = list(_walk(prediction, target, name))
    if not pairs:
        raise ShapeError(f"{name}: expected at least one prediction, got an empty list")
    return pairs


def _walk(prediction: Any, target: Any, name: str) -> Iterator[tuple[Any, Any]]:
    if not _is_list(prediction) and not _is_list(target):
        yield _scalar(prediction, f"{name}: prediction"), _scalar(target, f"{name}: target")
        return
    if not _is_list(prediction) or not _is_list(target):
        given = f"{type(prediction).__name__} and {type(target).__name__}"
        raise TypeError(f"{name}: prediction and target must both be numbers or both be lists, got {given}")
    predictions, targets = list(prediction), list(target)
    for p, t in zip(predictions, _same_length(predictions, targets, name), strict=True):
        yield from _walk(p, t, name)


def _same_length(predictions: list[Any], targets: list[Any], name: str) -> list[Any]:
    if len(predictions) != len(targets):
        raise ShapeError(f"{name}: {len(predictions)} predictions need as many targets, got {len(targets)}")
    return targets


def _scalar(x: Any, role: str) -> Any:
    if isinstance(x, Operand):
        return x
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"{role} must be a number or a Value, got {type(x).__name__}")
    return float(x)


def _data(x: Any) -> float:
    return x.data if isinstance(x, Operand) else x


def _is_unknown(x: Any) -> bool:
    """Say whether `x` is recorded: a target that is data of a compiled function cannot be looked at."""
    return getattr(x, "symbolic", False)


def _sign(y: Any) -> Any:
    if not _is_unknown(y) and _data(y) not in (-1.0, 1.0):
        remedy = "; make labels 0 and 1 such targets, [2 * y - 1 for y in labels]" if _data(y) == 0.0 else ""
        raise ValueError(f"hinge_loss: target must be -1 or 1, got {_data(y):g}{remedy}")
    return y


def _binary(x: Any, y: Any) -> Any:
    if not _is_unknown(y) and not 0.0 <= _data(y) <= 1.0:
        raise ValueError(f"binary_cross_entropy_with_logits: target must be in [0, 1], got {_data(y)}")
    if isinstance(y, float) and y in (0.0, 1.0):
        return softplus(-x) if y else softplus(x)
    return y * softplus(-x) + (1 - y) * softplus(x)


def _logits(logits: Any) -> list[Any]:
    if isinstance(logits, Operand) or not _is_list(logits):
        raise TypeError(f"cross_entropy: the logits must be a list, one for each class, got {type(logits).__name__}")
    return list(logits)


def _example(logits: list[Any], target: Any) -> Any:
    if len(logits) < 2:
        raise ShapeError(f"cross_entropy: expected at least 2 logits, one for each class, got {len(logits)}")
    if not _is_list(target):
        return autograd.cross_entropy(logits, _class(target))
    weights = _probabilities(target, len(logits))
    return autograd.sum(p * autograd.cross_entropy(logits, k) for k, p in enumerate(weights) if p)


def _class(target: Any) -> Any:
    if isinstance(target, Operand):
        return target
    if isinstance(target, bool) or not isinstance(target, Integral):
        raise TypeError(f"cross_entropy: the target must be a class (an int), got {target!r}")
    return int(target)


def _probabilities(target: Any, count: int) -> list[float]:
    weights = [_scalar(p, "cross_entropy: a target probability") for p in target]
    if len(weights) != count:
        raise ShapeError(f"cross_entropy: {count} logits need {count} target probabilities, got {len(weights)}")
    if not all(isinstance(p, float) and p >= 0 for p in weights) or not abs(math.fsum(weights) - 1) < 1e-6:
        given = f"{weights}{_labels_of_a_batch(target)}"
        raise ValueError(f"cross_entropy: target probabilities must be numbers >= 0 with sum 1, got {given}")
    return weights


def _labels_of_a_batch(target: Any) -> str:
    if not all(isinstance(label, Integral) for label in target):
        return ""
    return "; if these are labels, one for each row, the logits must be a list of lists, one list for each row"
