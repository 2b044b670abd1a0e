"""Programs of any size, to see what compiling costs: a wide MLP has longer loops, a long recurrence has more of them.

`mlp_1000` and `recurrence_1000` record about a thousand equations, gradient included.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

from autograd import tanh

from . import draws, recurrence
from .blackboard import mlp


def mlp_loss(params: Any, x: Any, target: Any) -> Any:
    """Return (score - target)**2 of two hidden layers of one width."""
    (score,) = mlp(params, x, tanh)
    return (score - target) ** 2


def mlp_width(rows: int) -> int:
    """Return the width of the two hidden layers, and of the input, for about so many equations."""
    return max(2, round(math.sqrt(rows / 11)))


def mlp_params(seed: int, rows: int) -> list[Any]:
    """Return three layers of weights and biases."""
    width = mlp_width(rows)
    return draws.layers(Random(seed), [width, width, width, 1])


def mlp_data(count: int, seed: int, rows: int) -> tuple[list[Any], ...]:
    """Return random inputs and a number each to hit."""
    source = Random(seed)
    return draws.matrix(source, count, mlp_width(rows)), draws.vector(source, count)


def recurrence_data(count: int, seed: int, rows: int) -> tuple[list[Any], ...]:
    """Return sequences long enough for so many equations, and a number each to hit."""
    source, steps = Random(seed), max(1, round(rows / 520))
    return [draws.matrix(source, steps, recurrence.INPUTS) for _ in range(count)], draws.vector(source, count)
