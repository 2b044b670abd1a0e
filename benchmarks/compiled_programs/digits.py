"""The classifier of handwritten digits: 64 pixels, 32 hidden neurons, 10 classes, cross-entropy."""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import relu

from . import draws
from .blackboard import cross_entropy, mlp

SIZES = [64, 32, 10]


def loss(params: Any, pixels: Any, target: Any) -> Any:
    """Return the cross-entropy of the ten scores; `target` is one-hot."""
    return cross_entropy(mlp(params, pixels, relu), target)


def params(seed: int) -> list[Any]:
    """Return two layers of weights and biases."""
    return draws.layers(Random(seed), SIZES)


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return random pictures, pixels from 0 to 1 in steps of 1/16, and one-hot classes."""
    source = Random(seed)
    pictures = [[source.randrange(17) / 16 for _ in range(SIZES[0])] for _ in range(rows)]
    return pictures, [draws.one_hot(source.randrange(SIZES[-1]), SIZES[-1]) for _ in range(rows)]
