"""Compare derivatives of first and second order, in both modes, with finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .engine import Value
from .errors import GradcheckError, GraphError
from .forward import jvp
from .graph import topological_order
from .primitive import describe, number
from .reverse import grad, gradients

# Steps of the tableau, the ratio of one to the next, and how many orders are extrapolated.
STEPS, SHRINK, ORDERS = 24, 1.6, 5
SIDES = {None: (1.0, -1.0), "right": (1.0, 0.0), "left": (0.0, -1.0)}


def gradcheck(
    f: Callable[..., Any],
    x: float | Sequence[float],
    *,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    side: str | None = None,
    raise_exception: bool = True,
) -> bool:
    """Check the gradient of `f` at `x`, in reverse and in forward mode, against differences (Ridders 1982).

    `x` is a scalar, or a list of n scalars that `f` receives as n arguments; `f` returns one scalar. At a kink ask for
    one `side`, "right" or "left": the derivative there must then be the one-sided one. Raises GradcheckError with
    function, argument, point, expected and got; returns False instead if `raise_exception` is off. Raises ValueError
    at a point that is not finite.

    >>> from autograd import tanh
    >>> gradcheck(tanh, 0.5)
    True
    >>> gradcheck(lambda x, y: x * y, [2.0, 3.0])
    True
    """
    if side not in SIDES:
        raise ValueError(f"gradcheck: side must be None, 'right' or 'left', got {side!r}")
    point = _point(x)
    reverse, closed = _reverse(f, point)
    for i in range(len(point)):
        expected = _difference(f, point, i, side)
        # An operation defined by a closure only pushes: it has no forward mode.
        for mode, got in [("reverse", reverse[i])] + ([] if closed else [("forward", _forward(f, point, i))]):
            if not abs(got - expected) <= atol + rtol * abs(expected):
                if not raise_exception:
                    return False
                name = f"{_name(f)} ({mode} mode)"
                raise GradcheckError(f"{name}, argument {i}, at {point}: expected {expected!r}, got {got!r}")
    return True


def gradgradcheck(f: Callable[..., Any], x: float | Sequence[float], **options: Any) -> bool:
    """Check the second derivatives of `f` at `x`: each component of its gradient is gradchecked with the same options.

    >>> from autograd import tanh
    >>> gradgradcheck(tanh, 0.5)
    True
    """
    n = len(_point(x))
    return all(gradcheck(_component(f, k), x, **options) for k in range(n))


def _component(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    def component(*args: Any) -> Any:
        return grad(f, argnums=k)(*args)

    component.__name__ = f"d/dx{k} of {_name(f)}"
    return component


def _point(x: float | Sequence[float]) -> list[float]:
    point = [number(xi, f"x[{i}]") for i, xi in enumerate(x if isinstance(x, Sequence) else [x])]
    for i, xi in enumerate(point):
        if not math.isfinite(xi):
            raise ValueError(f"gradcheck: x[{i}] must be finite, as differences are taken there, got {xi}")
    return point


def _name(f: Callable[..., Any]) -> str:
    owner = getattr(f, "__self__", None)
    if isinstance(owner, type):  # Function.apply
        return owner.__name__
    return getattr(f, "name", getattr(f, "__name__", repr(f)))


def _reverse(f: Callable[..., Any], point: Sequence[float]) -> tuple[list[float], bool]:
    """Return the gradient in reverse mode, and whether the graph has an operation that is a closure."""
    leaves = [Value(xi) for xi in point]
    out = f(*leaves)
    if not isinstance(out, Value):
        return [0.0 for _ in point], False  # a constant function
    return gradients(out, leaves), any(v.row.closed for v in topological_order(out)[0])


def _forward(f: Callable[..., Any], point: Sequence[float], i: int) -> float:
    tangents = [1.0 if j == i else 0.0 for j in range(len(point))]
    return _number(jvp(f, point, tangents)[1])


def _difference(f: Callable[..., Any], point: Sequence[float], i: int, side: str | None) -> float:
    """Return the derivative by argument i: differences at shrinking steps, extrapolated to step 0.

    Two first steps are tried, for functions that vary over about 1 and for those that vary with the argument. Of all
    entries of the tableaus the one that differs least from its neighbours is taken.
    """
    widest = _widest_step(f, point, i, side)
    found = [_tableau(f, point, i, h, side) for h in {widest, min(widest, abs(point[i]) / 10 or widest)}]
    # A slope of exactly 0 may only say that the step was too wide to see the argument.
    return min(found, key=lambda entry: (entry[0] == 0, entry[1]))[0]


def _tableau(f: Callable[..., Any], point: Sequence[float], i: int, h: float, side: str | None) -> tuple[float, float]:
    """Return the best entry and how far it is from its neighbours, relative to it."""
    best, error = math.nan, math.inf
    row: list[float] = []
    for k in range(STEPS):
        slope = _slope(f, point, i, h / SHRINK**k, side)
        if slope is None:
            continue
        row, above = _extrapolated(slope, row, 2 if side is None else 1), row
        for j, previous in enumerate(above[: len(row) - 1]):
            spread = max(abs(row[j + 1] - row[j]), abs(row[j + 1] - previous))
            if spread <= error:
                best, error = row[j + 1], spread
        if error <= 1e-12 * abs(best):
            break
    return best, error / abs(best) if best else error


def _widest_step(f: Callable[..., Any], point: Sequence[float], i: int, side: str | None) -> float:
    """Return a tenth of the argument, or as much less as the domain of f asks for."""
    h = max(abs(point[i]), 0.1) * 0.1
    while h > math.ulp(point[i]) and _slope(f, point, i, h, side) is None:
        h /= 8
    return h


def _extrapolated(slope: float, above: Sequence[float], power: int) -> list[float]:
    """Return the next row of the tableau: entry j has an error of order h ** (power * (j + 1))."""
    row = [slope]
    for j, previous in enumerate(above[:ORDERS]):
        factor = SHRINK ** (power * (j + 1))
        row.append((factor * row[j] - previous) / (factor - 1))
    return row


def _slope(f: Callable[..., Any], point: Sequence[float], i: int, h: float, side: str | None) -> float | None:
    up, down = (point[i] + h * share for share in SIDES[side])
    try:
        return (_at(f, point, i, up) - _at(f, point, i, down)) / (up - down)
    except (ArithmeticError, ValueError):
        return None


def _at(f: Callable[..., Any], point: Sequence[float], i: int, xi: float) -> float:
    return _number(f(*(Value(xi if j == i else xj, requires_grad=False) for j, xj in enumerate(point))))


def _number(x: Any) -> float:
    if isinstance(x, (int, float)):
        return float(x)
    if not isinstance(x, Value):
        raise GraphError(f"gradcheck: the function must return one scalar, got {describe(x)}")
    return x.data
