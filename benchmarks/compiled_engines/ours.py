"""The programs through `autograd.compile`, with any of its engines, by its public functions alone."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy
from compiled_programs.catalogue import program

import autograd

from .arrays import arrays, flat
from .contract import RATE, Run, inputs

VERSION = f"glassgrad {autograd.__glassgrad__}, NumPy {numpy.__version__}"


def run(name: str, rows: int, **options: Any) -> Run:
    """Return the run; `options` are those of `autograd.compile`."""
    function, params, columns = compiled(name, rows, **options)
    gradient = partial(function.batch_value_and_grad, params, *columns)
    return Run(gradient, lambda: flat(gradient()), *training(function, params, columns))


def compiled(name: str, rows: int, **options: Any) -> tuple[Any, Any, list[Any]]:
    """Return the compiled function, which has not been called yet, its parameters, and its columns of data."""
    params, data = inputs(name, rows)
    return autograd.compile(program(name).loss, **options), arrays(params), [numpy.array(column) for column in data]


def training(function: Any, params: Any, columns: list[Any]) -> tuple[Any, Any]:
    """Return `steps` and `parameters`: gradient descent on the mean loss of the batch."""
    state = SimpleNamespace(params=params)

    def steps(n: int) -> None:
        for _ in range(n):
            _, slopes = function.batch_value_and_grad(state.params, *columns)
            state.params = combined(state.params, slopes)

    return steps, lambda: flat(state.params)


def combined(params: Any, slopes: Any) -> Any:
    """Return the parameters one step further down."""
    if isinstance(params, dict):
        return {key: combined(params[key], slopes[key]) for key in params}
    if isinstance(params, list):
        return [combined(p, g) for p, g in zip(params, slopes, strict=True)]
    return params - RATE * slopes
