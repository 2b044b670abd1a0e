"""The transformer on plain Python Values: the program of `compiled_programs`, run as it stands, example by example."""

from __future__ import annotations

from typing import Any

import plain
from compiled_programs.catalogue import program

from autograd.structure import flatten, tree_map

from .contract import Run, inputs

VERSION = "plain.py"


def run(name: str, rows: int) -> Run:
    """Return the run; only the transformer takes the functions of another engine."""
    params, data = inputs(name, rows)
    loss = program(name).loss

    def gradient() -> tuple[Any, Any]:
        values = tree_map(plain.Value, params)
        out = plain.Value(0.0)
        for example in zip(*data, strict=True):
            out = out + loss(values, *example, engine=plain)
        out = out * (1.0 / rows)
        out.backward()
        return out, values

    def numbers() -> list[float]:
        out, values = gradient()
        return [out.data, *(value.grad for value in flatten(values)[0])]

    return Run(gradient, numbers)
