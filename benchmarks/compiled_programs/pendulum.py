"""A damped pendulum: 20 steps of Runge-Kutta, differentiated through, to find gravity and friction from its angles."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from autograd import sin

from .blackboard import total

STEPS = 20
EVERY = 5
DT = 0.1


def loss(params: Any, start: Any, seen: Any) -> Any:
    """Return the sum of squared differences from the 4 angles seen; `start` is angle and speed."""
    return mismatch(lambda state: slope(params, state), start, [[angle] for angle in seen])


def slope(params: Any, state: Any) -> list[Any]:
    """Return d(angle)/dt and d(speed)/dt."""
    angle, speed = state
    return [speed, -(params["gravity"] * sin(angle)) - params["friction"] * speed]


def mismatch(slope: Callable[[Any], list[Any]], start: Any, seen: Any) -> Any:
    """Return the sum of squared differences between the first numbers of the state and those seen, every 5 steps."""
    state, terms = start, []
    for wanted in seen:
        for _ in range(EVERY):
            state = runge_kutta(slope, state)
        terms += [(x - y) ** 2 for x, y in zip(state, wanted, strict=False)]
    return total(terms)


def runge_kutta(slope: Callable[[Any], list[Any]], state: Any) -> list[Any]:
    """Return the state one step later, by the classical method of order 4."""
    k1 = slope(state)
    k2 = slope([s + DT / 2 * k for s, k in zip(state, k1, strict=True)])
    k3 = slope([s + DT / 2 * k for s, k in zip(state, k2, strict=True)])
    k4 = slope([s + DT * k for s, k in zip(state, k3, strict=True)])
    slopes = zip(state, k1, k2, k3, k4, strict=True)
    return [s + DT / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in slopes]


def params(seed: int) -> dict[str, float]:
    """Return a guess at gravity (over length) and friction."""
    source = Random(seed)
    return {"gravity": source.uniform(5.0, 15.0), "friction": source.uniform(0.1, 0.5)}


def data(rows: int, seed: int) -> tuple[list[Any], ...]:
    """Return angles and speeds to start from, and four random angles each."""
    source = Random(seed)
    starts = [[source.uniform(-2.0, 2.0), source.uniform(-1.0, 1.0)] for _ in range(rows)]
    return starts, [[source.uniform(-2.0, 2.0) for _ in range(STEPS // EVERY)] for _ in range(rows)]
