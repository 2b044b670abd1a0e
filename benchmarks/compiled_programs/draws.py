"""Random numbers by seed, in nested lists of plain floats, by the standard library alone."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random


def vector(source: Random, n: int, scale: float = 1.0) -> list[float]:
    """Return n numbers of a normal distribution."""
    return [source.gauss(0.0, scale) for _ in range(n)]


def matrix(source: Random, rows: int, columns: int, scale: float = 1.0) -> list[list[float]]:
    """Return rows x columns numbers of a normal distribution."""
    return [vector(source, columns, scale) for _ in range(rows)]


def layers(source: Random, sizes: list[int]) -> list[list[list]]:
    """Return [weights, biases] of each layer of an MLP; weights[k] is what neuron k multiplies its inputs by."""
    return [
        [matrix(source, nout, nin, 1.0 / math.sqrt(nin)), vector(source, nout, 0.1)] for nin, nout in pairwise(sizes)
    ]


def one_hot(k: int, n: int) -> list[float]:
    """Return n numbers, 1.0 in place k and 0.0 elsewhere."""
    return [1.0 if i == k else 0.0 for i in range(n)]


def two_moons(n: int = 100, seed: int = 1, noise: float = 0.1) -> tuple[list[list[float]], list[int]]:
    """Return n points of two interleaved half circles and their classes -1 and 1, in plain Python."""
    source = Random(seed)
    points, classes = [], []
    for i in range(n):
        upper, angle = i % 2 == 0, math.pi * (i // 2) / max(n // 2 - 1, 1)
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + source.gauss(0, noise), y + source.gauss(0, noise)])
        classes.append(-1 if upper else 1)
    return points, classes
