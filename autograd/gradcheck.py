"""Compare the gradients of a function with finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .engine import Value
from .errors import GradcheckError, GraphError
from .primitive import number

# Steps of the tableau, the ratio of one to the next, and how many orders are extrapolated.
STEPS, SHRINK, ORDERS = 24, 1.6, 5


def gradcheck(
    f: Callable[..., Any],
    x: float | Sequence[float],
    *,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    raise_exception: bool = True,
) -> bool:
    """Check the gradient of `f` at `x` against central differences, extrapolated (Richardson 1911, Ridders 1982).

    `x` is a scalar, or a list of n scalars that `f` receives as n arguments; `f` returns one Value. Stay away from
    kinks. Raises GradcheckError with function, argument, point, expected and got; returns False instead if
    `raise_exception` is off.

    >>> from autograd import tanh
    >>> gradcheck(tanh, 0.5)
    True
    >>> gradcheck(lambda x, y: x * y, [2.0, 3.0])
    True
    """
    point = [number(xi, f"x[{i}]") for i, xi in enumerate(x if isinstance(x, Sequence) else [x])]
    for i, got in enumerate(_gradient(f, point)):
        expected = _difference(f, point, i)
        if not abs(got - expected) <= atol + rtol * abs(expected):
            if not raise_exception:
                return False
            name = getattr(f, "name", getattr(f, "__name__", repr(f)))
            raise GradcheckError(f"{name}, argument {i}, at {point}: expected {expected!r}, got {got!r}")
    return True


def _gradient(f: Callable[..., Any], point: Sequence[float]) -> list[float]:
    leaves = [Value(xi) for xi in point]
    out = f(*leaves)
    if not isinstance(out, Value):
        raise GraphError(f"gradcheck: the function must return one Value, got {type(out).__name__}")
    out.backward()
    return [leaf.grad for leaf in leaves]


def _difference(f: Callable[..., Any], point: Sequence[float], i: int) -> float:
    """Return the derivative by argument i: central differences at shrinking steps, extrapolated (Ridders 1982).

    Of all entries of the tableau the one that differs least from its neighbours is taken. A step that leaves the
    domain of f is passed over.
    """
    best, error = math.nan, math.inf
    row: list[float] = []
    widest = _widest_step(f, point, i)
    for k in range(STEPS):
        slope = _slope(f, point, i, widest / SHRINK**k)
        if slope is None:
            continue
        row, above = _extrapolated(slope, row), row
        for j, previous in enumerate(above[: len(row) - 1]):
            spread = max(abs(row[j + 1] - row[j]), abs(row[j + 1] - previous))
            if spread <= error:
                best, error = row[j + 1], spread
        if error <= 1e-12 * abs(best):
            break
    return best


def _widest_step(f: Callable[..., Any], point: Sequence[float], i: int) -> float:
    """Return a tenth of the argument, or as much less as the domain of f asks for."""
    h = max(abs(point[i]), 0.1) * 0.1
    while h > math.ulp(point[i]) and _slope(f, point, i, h) is None:
        h /= 8
    return h


def _extrapolated(slope: float, above: Sequence[float]) -> list[float]:
    """Return the next row of the tableau: entry j has an error of order h ** (2 * j + 2)."""
    row = [slope]
    for j, previous in enumerate(above[:ORDERS]):
        factor = SHRINK ** (2 * (j + 1))
        row.append((factor * row[j] - previous) / (factor - 1))
    return row


def _slope(f: Callable[..., Any], point: Sequence[float], i: int, h: float) -> float | None:
    up, down = point[i] + h, point[i] - h
    try:
        return (_at(f, point, i, up) - _at(f, point, i, down)) / (up - down)
    except (ArithmeticError, ValueError):
        return None


def _at(f: Callable[..., Any], point: Sequence[float], i: int, xi: float) -> float:
    return f(*(Value(xi if j == i else xj, requires_grad=False) for j, xj in enumerate(point))).data
