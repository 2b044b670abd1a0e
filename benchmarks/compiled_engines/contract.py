"""What one engine offers for one program and one batch, and the numbers it starts from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from compiled_programs.catalogue import program

SEED = 1
RATE = 0.05


class Run(NamedTuple):
    """One program on one batch.

    `gradient()` computes the mean loss and its gradient and has finished when it returns; `numbers()` returns both,
    flat. `steps(n)` does n steps of gradient descent from where the last call ended, the way the engine is fastest;
    `parameters()` says, flat, where that is.
    """

    gradient: Callable[[], Any] | None
    numbers: Callable[[], list[float]] | None
    steps: Callable[[int], Any] | None = None
    parameters: Callable[[], list[float]] | None = None


def inputs(name: str, rows: int) -> tuple[Any, tuple[list[Any], ...]]:
    """Return the parameters and the columns of data of a program, nested lists of floats."""
    chosen = program(name)
    return chosen.params(SEED), chosen.data(rows, SEED)
