"""All programs by name, each with its loss, its parameters and its data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from . import (
    convolution,
    digits,
    gated,
    gaussian_mixture,
    mixture_density,
    moons,
    pendulum,
    pendulum_ring,
    recurrence,
    scaled,
    transformer,
    wide,
)


class Program(NamedTuple):
    """What a run needs: the loss of one example, parameters by seed, data by rows and seed."""

    loss: Callable[..., Any]
    params: Callable[[int], Any]
    data: Callable[[int, int], tuple[list[Any], ...]]


PROGRAMS: dict[str, Program] = {
    "moons": Program(moons.loss, moons.params, moons.data),
    "moons_shared": Program(moons.shared_loss, moons.params, moons.data),
    "digits": Program(digits.loss, digits.params, digits.data),
    "wide": Program(wide.loss, wide.params, wide.data),
    "transformer": Program(transformer.loss, transformer.params, transformer.data),
    "transformer_15": Program(transformer.loss, transformer.params, partial(transformer.data, tokens=15)),
    "recurrence": Program(recurrence.loss, recurrence.params, recurrence.data),
    "gated": Program(gated.loss, gated.params, gated.data),
    "convolution": Program(convolution.loss, convolution.params, convolution.data),
    "mixture_density": Program(mixture_density.loss, mixture_density.params, mixture_density.data),
    "pendulum": Program(pendulum.loss, pendulum.params, pendulum.data),
    "pendulum_ring": Program(pendulum_ring.loss, pendulum_ring.params, pendulum_ring.data),
    "gaussian_mixture": Program(gaussian_mixture.loss, gaussian_mixture.params, gaussian_mixture.data),
}

SIZES = (10**3, 10**4, 10**5, 10**6)

# Programs of about so many equations, gradient included.
SCALED = {f"mlp_{n}": Program(scaled.mlp_loss, partial(scaled.mlp_params, rows=n), partial(scaled.mlp_data, rows=n))
          for n in SIZES}  # fmt: skip
SCALED |= {f"recurrence_{n}": Program(recurrence.loss, recurrence.params, partial(scaled.recurrence_data, rows=n))
           for n in SIZES}  # fmt: skip


def program(name: str) -> Program:
    """Return a program of the catalogue, or one of those of any size."""
    return PROGRAMS.get(name) or SCALED[name]


def example(chosen: Program, seed: int = 0) -> tuple[Any, ...]:
    """Return the arguments of the loss for one example: the parameters and the first row of every column."""
    return (chosen.params(seed), *(column[0] for column in chosen.data(1, seed)))
