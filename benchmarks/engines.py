"""The engines compared: how each makes a leaf from a number, and what it calls no gradient."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple


class Engine(NamedTuple):
    """What a program needs to know of an engine; everything else is operators and methods of the same name."""

    version: str
    Value: Callable[[float], Any]
    zero: float | None = 0.0


def glassgrad() -> Engine:
    """Return this project's engine."""
    import autograd

    return Engine(autograd.__glassgrad__, autograd.Value)


def micrograd() -> Engine:
    """Return Andrej Karpathy's; its backward pass recurses once a node, so the recursion limit is raised."""
    from micrograd.engine import Value

    sys.setrecursionlimit(100_000_000)  # since Python 3.11 the frames of Python functions are not on the C stack
    return Engine(version("micrograd"), Value)


def torch() -> Engine:
    """Return PyTorch on tensors without dimensions, in double precision, on one thread."""
    import torch

    torch.set_num_threads(1)

    def leaf(data: float) -> torch.Tensor:
        return torch.tensor(data, dtype=torch.float64, requires_grad=True)

    return Engine(torch.__version__, leaf, zero=None)


ENGINES = {"glassgrad": glassgrad, "micrograd": micrograd, "torch": torch}
