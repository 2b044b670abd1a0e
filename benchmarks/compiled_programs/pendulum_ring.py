"""Twelve pendulums in a ring, tied by springs: 20 steps of Runge-Kutta, differentiated through."""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import sin

from .pendulum import EVERY, STEPS, mismatch

PENDULUMS = 12


def loss(params: Any, start: Any, seen: Any) -> Any:
    """Return the sum of squared differences from the angles seen, 4 x 12; `start` is 12 angles, then 12 speeds."""
    return mismatch(lambda state: slope(params, state), start, seen)


def slope(params: Any, state: Any) -> list[Any]:
    """Return the derivatives of all angles, then of all speeds; spring k ties pendulums k and k + 1."""
    angles, speeds = state[:PENDULUMS], state[PENDULUMS:]
    pulls = [params["spring"][k] * (angles[(k + 1) % PENDULUMS] - angles[k]) for k in range(PENDULUMS)]
    return [*speeds] + [
        pulls[k] - pulls[k - 1] - params["gravity"][k] * sin(angles[k]) - params["friction"][k] * speeds[k]
        for k in range(PENDULUMS)
    ]


def params(seed: int) -> dict[str, list[float]]:
    """Return a guess at gravity (over length), friction and spring of each."""
    source = Random(seed)
    ranges = {"gravity": (5.0, 15.0), "friction": (0.1, 0.5), "spring": (0.5, 2.0)}
    return {name: [source.uniform(a, b) for _ in range(PENDULUMS)] for name, (a, b) in ranges.items()}


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return angles and speeds to start from, and random angles to hit."""
    source = Random(seed)
    starts = [[source.uniform(-1.0, 1.0) for _ in range(2 * PENDULUMS)] for _ in range(rows)]
    return starts, [
        [[source.uniform(-1.0, 1.0) for _ in range(PENDULUMS)] for _ in range(STEPS // EVERY)] for _ in range(rows)
    ]
