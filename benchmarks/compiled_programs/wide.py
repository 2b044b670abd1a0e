"""One large layer: 784 pixels, 64 hidden neurons, one output, squared error."""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import relu

from . import draws
from .blackboard import mlp

SIZES = [784, 64, 1]


def loss(params: Any, pixels: Any, target: Any) -> Any:
    """Return (score - target)**2."""
    (score,) = mlp(params, pixels, relu)
    return (score - target) ** 2


def params(seed: int) -> list[Any]:
    """Return two layers of weights and biases."""
    return draws.layers(Random(seed), SIZES)


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return random pictures, pixels from 0 to 1, and a number each to hit."""
    source = Random(seed)
    return [[source.random() for _ in range(SIZES[0])] for _ in range(rows)], draws.vector(source, rows)
