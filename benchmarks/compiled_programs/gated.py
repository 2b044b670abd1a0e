"""A gated recurrent unit (GRU) unrolled over 12 steps: state of 8, three inputs a step, squared error at the end.

Gates as in Cho and others, "Learning Phrase Representations using RNN Encoder-Decoder" (2014), equations 5 to 8.
"""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import sigmoid, tanh

from . import draws
from .blackboard import neuron

STEPS = 12
WIDTH = 8
INPUTS = 3
GATES = ("update", "reset", "new")


def loss(params: Any, sequence: Any, target: Any) -> Any:
    """Return (score of the last state - target)**2; the sequence is 12 x 3."""
    state = [0.0] * WIDTH
    for inputs in sequence:
        state = cell(params, state, inputs)
    return (neuron(params["score"], state, params["bias"]) - target) ** 2


def cell(params: Any, state: Any, inputs: Any) -> list[Any]:
    """Return the next state: between the old one and a new one, as the update gate says."""
    update = [sigmoid(x) for x in gate(params["update"], [*state, *inputs])]
    reset = [sigmoid(x) for x in gate(params["reset"], [*state, *inputs])]
    kept = [r * s for r, s in zip(reset, state, strict=True)]
    new = [tanh(x) for x in gate(params["new"], [*kept, *inputs])]
    return [u * s + (1 - u) * n for u, s, n in zip(update, state, new, strict=True)]


def gate(layer: Any, inputs: Any) -> list[Any]:
    """Return one neuron for each place of the state, without activation."""
    weights, biases = layer
    return [neuron(w, inputs, b) for w, b in zip(weights, biases, strict=True)]


def params(seed: int) -> dict[str, Any]:
    """Return [weights, biases] of each gate, and what makes a score of the last state."""
    source = Random(seed)
    gates = {name: draws.layers(source, [WIDTH + INPUTS, WIDTH])[0] for name in GATES}
    return {**gates, "score": draws.vector(source, WIDTH, 0.5), "bias": 0.0}


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return sequences of 12 x 3 numbers and a number each to hit."""
    source = Random(seed)
    return [draws.matrix(source, STEPS, INPUTS) for _ in range(rows)], draws.vector(source, rows)
