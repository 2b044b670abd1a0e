"""Compare the gradients of a function with finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from .engine import Value
from .errors import GradcheckError, GraphError
from .primitive import number


def gradcheck(
    f: Callable[..., Any],
    x: float | Sequence[float],
    *,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    raise_exception: bool = True,
) -> bool:
    """Check the gradient of `f` at `x` against central differences, extrapolated (Richardson 1911).

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
    """Return the derivative by argument i: central differences at h, h/2, h/4, extrapolated twice, error O(h**6)."""
    h = 1e-2 * max(abs(point[i]), 0.1)
    slopes = [_slope(f, point, i, h / 2**k) for k in range(3)]
    once = [(4 * fine - coarse) / 3 for coarse, fine in pairwise(slopes)]
    return (16 * once[1] - once[0]) / 15


def _slope(f: Callable[..., Any], point: Sequence[float], i: int, h: float) -> float:
    up, down = (_at(f, point, i, point[i] + d) for d in (h, -h))
    return (up - down) / (2 * h)


def _at(f: Callable[..., Any], point: Sequence[float], i: int, xi: float) -> float:
    return f(*(Value(xi if j == i else xj, requires_grad=False) for j, xj in enumerate(point))).data
