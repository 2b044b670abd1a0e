"""Gradients limited before a step: all together to a length, or each to an interval. Names and rules are PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value

from .commit import commit
from .inputs import listed
from .optim import at_least_zero

SMALL = 1e-6  # PyTorch adds it to the norm


def clip_grad_norm_(parameters: Any, max_norm: float) -> float:
    r"""Scale the gradients of `parameters` so that their norm is at most `max_norm`; return the norm they had.

    All are multiplied by $\min(1, \text{max\_norm} / (\lVert g \rVert_2 + 10^{-6}))$ (as
    `torch.nn.utils.clip_grad_norm_`). Where one is nan or infinite, all stay as they are: the optimiser says which it
    is. `parameters` are Values, (name, Value) pairs, or one Value. Raises ValueError for a negative, nan or infinite
    `max_norm`, TypeError for what is not a Value or number.

    >>> x, y = Value(0.0), Value(0.0)
    >>> x.grad, y.grad = 30.0, 40.0
    >>> clip_grad_norm_([x, y], 5.0)
    50.0
    >>> round(x.grad, 6), round(y.grad, 6)
    (3.0, 4.0)
    """
    max_norm, values = at_least_zero(max_norm, "max_norm"), _values(parameters)
    gradients = [p.grad for p in values]
    norm = _norm(gradients)
    if math.isfinite(norm):
        scale = min(1.0, max_norm / (norm + SMALL))
        _put(values, [g * scale for g in gradients])
    return norm


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Limit each gradient of `parameters` to [-clip_value, clip_value] (as `torch.nn.utils.clip_grad_value_`).

    Arguments and errors are those of `clip_grad_norm_`; a nan stays.

    >>> x = Value(0.0)
    >>> x.grad = -30.0
    >>> clip_grad_value_(x, 0.5)
    >>> x.grad
    -0.5
    """
    limit, values = at_least_zero(clip_value, "clip_value"), _values(parameters)
    if all(math.isfinite(p.grad) for p in values):
        _put(values, [min(max(p.grad, -limit), limit) for p in values])


@dataclass(frozen=True)
class Limits:
    """What is done to gradients before every step: the norm is limited first, then each value; None limits nothing."""

    norm: float | None = None
    value: float | None = None

    def __call__(self, parameters: Sequence[Value]) -> None:
        """Limit the gradients of `parameters`."""
        if self.norm is not None:
            clip_grad_norm_(parameters, self.norm)
        if self.value is not None:
            clip_grad_value_(parameters, self.value)


def limits(norm: float | None, value: float | None) -> Limits:
    """Return the limits. Raises ValueError or TypeError for what cannot be one."""
    pairs = (("clip_grad_norm", norm), ("clip_grad_value", value))
    return Limits(*(None if x is None else at_least_zero(x, name) for name, x in pairs))


def _norm(gradients: Sequence[float]) -> float:
    """Return the root of the sum of squares, of shares of the largest where a square would overflow."""
    norm = math.sqrt(_squares(gradients))
    largest = max(map(abs, gradients), default=0.0)
    if norm != math.inf or largest == math.inf:
        return norm
    return largest * math.sqrt(_squares([g / largest for g in gradients]))


def _squares(numbers: Iterable[float]) -> float:
    total = 0.0
    for x in numbers:  # one after the other, as machine code does
        total += x * x
    return total


def _values(parameters: Any) -> list[Value]:
    items: list[Any] = [parameters] if isinstance(parameters, Value) else listed(parameters, "the parameters")
    values: list[Any] = [item[1] if isinstance(item, tuple) and len(item) == 2 else item for item in items]
    for p in values:
        if not isinstance(p, Value):
            raise TypeError(f"a parameter must be a Value or a (name, Value) pair, got {type(p).__name__}")
    return values


def _put(values: Sequence[Value], gradients: Sequence[float]) -> None:
    commit((p, "grad", g) for p, g in zip(values, gradients, strict=True))
