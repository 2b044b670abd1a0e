"""A recurrent network: 50 steps of tanh on a state of 8, three inputs a step, squared error at the end."""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import tanh

from . import draws
from .blackboard import neuron

STEPS = 50
WIDTH = 8
INPUTS = 3


def loss(params: Any, sequence: Any, target: Any) -> Any:
    """Return (score of the last state - target)**2; the sequence is 50 x 3."""
    state = params["start"]
    for inputs in sequence:
        state = [
            tanh(neuron(w, [*state, *inputs], b)) for w, b in zip(params["weights"], params["biases"], strict=True)
        ]
    return (neuron(params["score"], state, params["bias"]) - target) ** 2


def params(seed: int) -> dict[str, Any]:
    """Return start state, weights (8 x 11), biases, and what makes a score of the last state."""
    source = Random(seed)
    return {
        "start": draws.vector(source, WIDTH, 0.1),
        "weights": draws.matrix(source, WIDTH, WIDTH + INPUTS, 0.4),
        "biases": draws.vector(source, WIDTH, 0.1),
        "score": draws.vector(source, WIDTH, 0.5),
        "bias": 0.0,
    }


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return sequences of 50 x 3 numbers and a number each to hit."""
    source = Random(seed)
    return [draws.matrix(source, STEPS, INPUTS) for _ in range(rows)], draws.vector(source, rows)
