"""A convolutional classifier of signals of 32 samples: two convolutions with pooling between, four classes.

8 channels of width 5, ReLU, pairs averaged; 8 channels of width 5, ReLU, mean over positions; four scores.
"""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import relu

from . import draws
from .blackboard import cross_entropy, neuron, total

SAMPLES = 32
CHANNELS = 8
SPAN = 5
CLASSES = 4


def loss(params: Any, signal: Any, target: Any) -> Any:
    """Return the cross-entropy of four scores; `target` is one-hot."""
    x = convolve(params["first"], [signal])
    x = [[0.5 * (channel[i] + channel[i + 1]) for i in range(0, len(channel) - 1, 2)] for channel in x]
    x = convolve(params["second"], x)
    means = [total(channel) * (1.0 / len(channel)) for channel in x]
    weights, biases = params["scores"]
    return cross_entropy([neuron(w, means, b) for w, b in zip(weights, biases, strict=True)], target)


def convolve(layer: Any, channels: Any) -> list[list[Any]]:
    """Return ReLU of each kernel at every position where it fits; kernels are channels x span, laid out in a row."""
    kernels, biases = layer
    positions = range(len(channels[0]) - SPAN + 1)
    windows = [[x for channel in channels for x in channel[i : i + SPAN]] for i in positions]
    return [[relu(neuron(w, window, b)) for window in windows] for w, b in zip(kernels, biases, strict=True)]


def params(seed: int) -> dict[str, Any]:
    """Return [kernels, biases] of both convolutions, and [weights, biases] of the scores."""
    source = Random(seed)
    return {
        "first": draws.layers(source, [SPAN, CHANNELS])[0],
        "second": draws.layers(source, [CHANNELS * SPAN, CHANNELS])[0],
        "scores": draws.layers(source, [CHANNELS, CLASSES])[0],
    }


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return signals of 32 samples and one-hot classes."""
    source = Random(seed)
    return draws.matrix(source, rows, SAMPLES), [draws.one_hot(source.randrange(CLASSES), CLASSES) for _ in range(rows)]
