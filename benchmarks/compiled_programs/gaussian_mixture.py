"""The negative log-likelihood of a mixture of 8 normal distributions in 4 dimensions, with axes of different widths."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from autograd import exp

from . import draws
from .blackboard import log_sum_exp, total

PARTS = 8
DIMENSIONS = 4
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def loss(params: Any, point: Any) -> Any:
    """Return -log p(point)."""
    parts = zip(params["scores"], params["means"], params["widths"], strict=True)
    densities = [score + log_density(point, means, widths) for score, means, widths in parts]
    return log_sum_exp(params["scores"]) - log_sum_exp(densities)


def log_density(point: Any, means: Any, widths: Any) -> Any:
    """Return the logarithm of one normal density; `widths` are logarithms of the standard deviations."""
    axes = zip(point, means, widths, strict=True)
    return total([-0.5 * ((x - m) * exp(-w)) ** 2 - w - HALF_LOG_TWO_PI for x, m, w in axes])


def params(seed: int) -> dict[str, Any]:
    """Return scores of the parts, their means, and logarithms of their widths."""
    source = Random(seed)
    return {
        "scores": draws.vector(source, PARTS),
        "means": draws.matrix(source, PARTS, DIMENSIONS, 2.0),
        "widths": draws.matrix(source, PARTS, DIMENSIONS, 0.3),
    }


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return points in four dimensions."""
    return (draws.matrix(Random(seed), rows, DIMENSIONS, 2.0),)
