"""The programs through `autograd.compile`, with any of its engines, by its public functions alone."""

from __future__ import annotations

from array import array
from functools import cache, partial
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
    trained = cache(partial(training, function, params, columns))  # made when it is needed: that takes long
    return Run(gradient, lambda: flat(gradient()), lambda n: trained()[0](n), lambda: trained()[1]())


def compiled(name: str, rows: int, **options: Any) -> tuple[Any, Any, list[Any]]:
    """Return the compiled function, which has not been called yet, its parameters, and its columns of data."""
    params, data = inputs(name, rows)
    return autograd.compile(program(name).loss, **options), arrays(params), [numpy.array(column) for column in data]


def training(function: Any, params: Any, columns: list[Any]) -> tuple[Any, Any]:
    """Return `steps` and `parameters`: gradient descent on the mean loss of the batch, the fastest way there is."""
    native = function.options.best[0] == "native"
    return (in_machine_code if native else in_python)(function, params, columns)


def in_machine_code(function: Any, params: Any, columns: list[Any]) -> tuple[Any, Any]:
    """Return the same for machine code: n steps are one call, with the data brought in beforehand."""
    from autograd.program.native.training import Steps

    options, rows = function.options, len(columns[0])
    function.batch_value_and_grad(params, *columns)
    update = autograd.compile(descend, engine="native", strict=options.strict, batch=["p", "g"])
    update.batch(RATE, [1.0], [1.0], reduce=None)
    plans = function.last.planned.plan(True), update.last.planned.plan(False)
    numbers = array("d", flat(params))
    made = Steps(*plans, numbers, array("d"), batch=rows, dtype=options.dtype)
    made.load(numpy.concatenate([column.reshape(rows, -1) for column in columns], axis=1).ravel(), rows)

    def steps(n: int) -> None:
        made.run([0] * n, array("d", [RATE / rows]) * n)

    return steps, lambda: list(numbers)


def descend(rate: Any, p: Any, g: Any) -> Any:
    """Return a parameter one step further down; the gradient is the sum over the batch, the rate takes the mean."""
    return p - rate * g


def in_python(function: Any, params: Any, columns: list[Any]) -> tuple[Any, Any]:
    """Return the same as a loop in Python: one call a step."""
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
