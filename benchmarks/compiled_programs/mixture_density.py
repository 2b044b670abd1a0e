"""A mixture density network: a hidden layer of 16 tells, from x, the mixture of 5 normal distributions y is drawn from.

After Bishop, "Mixture Density Networks" (1994).
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

from autograd import exp, tanh

from . import draws
from .blackboard import log_sum_exp, mlp

PARTS = 5
SIZES = [1, 16, 3 * PARTS]
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def loss(params: Any, x: Any, y: Any) -> Any:
    """Return -log p(y | x); the outputs are scores of the parts, their means, and logarithms of their widths."""
    out = mlp(params, [x], tanh)
    scores, means, widths = out[:PARTS], out[PARTS : 2 * PARTS], out[2 * PARTS :]
    densities = [
        score - 0.5 * ((y - mean) * exp(-width)) ** 2 - width - HALF_LOG_TWO_PI
        for score, mean, width in zip(scores, means, widths, strict=True)
    ]
    return log_sum_exp(scores) - log_sum_exp(densities)


def params(seed: int) -> list[Any]:
    """Return two layers of weights and biases."""
    return draws.layers(Random(seed), SIZES)


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return points of Bishop's curve: y from 0 to 1, x = y + 0.3 sin(2 pi y) + noise."""
    source = Random(seed)
    ys = [source.random() for _ in range(rows)]
    return [y + 0.3 * math.sin(2 * math.pi * y) + source.uniform(-0.1, 0.1) for y in ys], ys
