"""The classifier of micrograd's demo: two inputs, two hidden layers of 16, a margin loss, and L2.

After micrograd's demo.ipynb (Andrej Karpathy, MIT licence).
"""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import relu

from . import draws
from .blackboard import mlp, total

SIZES = [2, 16, 16, 1]
L2 = 1e-4


def loss(params: Any, point: Any, label: Any) -> Any:
    """Return max(0, 1 - label * score) + L2 * (sum of squares of all parameters)."""
    (score,) = mlp(params, point, relu)
    return relu(1 - label * score) + L2 * squares(params)


def shared_loss(params: Any, point: Any, label: Any) -> Any:
    """Return the loss of the model that applies its inner layer twice."""
    first, inner, last = params
    (score,) = mlp([first, inner, inner, last], point, relu)
    return relu(1 - label * score) + L2 * squares(params)


def squares(params: Any) -> Any:
    """Return the sum of the squares of all weights and biases."""
    terms = []
    for weights, biases in params:
        for row, bias in zip(weights, biases, strict=True):
            terms += [w * w for w in row] + [bias * bias]
    return total(terms)


def params(seed: int) -> list[Any]:
    """Return three layers of weights and biases."""
    return draws.layers(Random(seed), SIZES)


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return points of two moons and their labels -1 and 1."""
    points, classes = draws.two_moons(rows, seed)
    return points, [float(label) for label in classes]
