"""The moons step on micrograd: the model of its demo, operation by operation."""

from __future__ import annotations

from random import Random
from typing import Any

import engines
from compiled_programs.moons import L2, SIZES
from programs import MLP

from .contract import RATE, Run, inputs

ENGINE = engines.micrograd()
VERSION = f"micrograd {ENGINE.version}"


def run(name: str, rows: int) -> Run:
    """Return the run: training steps of the moons model and nothing else."""
    if name != "moons":
        raise ValueError("micrograd runs the moons step only")
    params, (points, labels) = inputs(name, rows)
    model = MLP(ENGINE, Random(0), SIZES)
    leaves = in_order(model)
    for leaf, number in zip(leaves, (x for w, b in params for x in (*(y for row in w for y in row), *b)), strict=True):
        leaf.data = number

    def steps(n: int) -> None:
        for _ in range(n):
            step(model, leaves, points, labels)

    return Run(None, None, steps, lambda: [leaf.data for leaf in leaves])


def in_order(model: MLP) -> list[Any]:
    """Return the parameters in the order of our nested lists: a layer's weights, then its biases."""
    return [
        value
        for layer in model.layers
        for value in (*(w for neuron in layer for w in neuron.w), *(neuron.b for neuron in layer))
    ]


def step(model: MLP, leaves: list[Any], points: list[Any], labels: list[float]) -> None:
    """Do one step of gradient descent on the mean margin loss plus L2."""
    inputs = [list(map(ENGINE.Value, point)) for point in points]
    losses = [(1 + -label * model(x)).relu() for label, x in zip(labels, inputs, strict=True)]
    loss = sum(losses) * (1.0 / len(losses)) + L2 * sum(leaf * leaf for leaf in leaves)
    for leaf in leaves:
        leaf.grad = 0.0
    loss.backward()
    for leaf in leaves:
        leaf.data -= RATE * leaf.grad
