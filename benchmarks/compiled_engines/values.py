"""The programs on our Values, operation by operation and example by example: the reference of all others."""

from __future__ import annotations

from compiled_programs.catalogue import program

import autograd
from autograd import Value
from autograd.structure import flatten, tree_map

from .contract import RATE, Run, inputs

VERSION = f"glassgrad {autograd.__glassgrad__}"


def run(name: str, rows: int) -> Run:
    """Return the run."""
    params, data = inputs(name, rows)
    values = tree_map(Value, params)
    leaves, loss = flatten(values)[0], program(name).loss

    def gradient() -> float:
        out = 0.0
        for leaf in leaves:
            leaf.grad = 0.0
        for example in zip(*data, strict=True):  # one by one, so that one example's graph is all that is held
            part = loss(values, *example) * (1.0 / rows)
            part.backward()
            out += part.data
        return out

    def numbers() -> list[float]:
        return [gradient(), *(leaf.grad for leaf in leaves)]

    def steps(n: int) -> None:
        for _ in range(n):
            gradient()
            for leaf in leaves:
                leaf.data -= RATE * leaf.grad

    return Run(gradient, numbers, steps, lambda: [leaf.data for leaf in leaves])
