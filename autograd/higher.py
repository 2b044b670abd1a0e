"""Jacobians and Hessians: compositions of forward and reverse mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .forward import jvp
from .reverse import chosen, grad, placed, vjp
from .structure import flatten


def jacfwd(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return the Jacobian of `f` by forward mode, one pass for each input: for few inputs (as `jax.jacfwd`).

    The result has the structure of the output, with the structure of the input in each place; for several argnums a
    tuple of inputs stands there.

    >>> jacfwd(lambda x: [x[0] * x[1], x[0] + x[1], x[1] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0], [0.0, 6.0]]
    """

    def jacobian(*args: Any) -> Any:
        g, x = _of_one_argument(f, args, argnums)
        inputs, rebuild = flatten(x)
        columns = [jvp(g, (x,), (rebuild(_one_hot(k, len(inputs))),))[1] for k in range(len(inputs))]
        outputs, rebuild_output = flatten(columns[0] if columns else g(x))
        rows = zip(*(flatten(column)[0] for column in columns), strict=True) if columns else [()] * len(outputs)
        return rebuild_output([rebuild(list(row)) for row in rows])

    return jacobian


def jacrev(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return the Jacobian of `f` by reverse mode, one pass for each output: for few outputs (as `jax.jacrev`).

    >>> jacrev(lambda x: [x[0] * x[1], x[0] + x[1], x[1] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0], [0.0, 6.0]]
    """

    def jacobian(*args: Any) -> Any:
        out, pull = vjp(*_of_one_argument(f, args, argnums))
        outputs, rebuild = flatten(out)
        return rebuild([pull(rebuild(_one_hot(k, len(outputs))))[0] for k in range(len(outputs))])

    return jacobian


jacobian = jacrev


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return the Hessian of a scalar function: forward over reverse (as `jax.hessian`).

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacfwd(grad(f, argnums), argnums)


def hvp(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    """Return the Hessian of `f` at `x` times the vector `v`, at the cost of a few evaluations of f (Pearlmutter 1994).

    `v` and the result have the structure of `x`.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [2.0, 3.0], [1.0, 0.0])
    [6.0, 4.0]
    """
    return jvp(grad(f), (x,), (v,))[1]


def _of_one_argument(
    f: Callable[..., Any], args: tuple[Any, ...], argnums: int | Sequence[int]
) -> tuple[Callable[[Any], Any], Any]:
    """Return `f` as a function of the chosen argument (of the tuple of them), and that argument."""
    others = chosen(args, argnums)
    if isinstance(argnums, int):
        return lambda x: f(*placed(args, argnums, [x])), others[0]
    return lambda x: f(*placed(args, argnums, x)), others


def _one_hot(k: int, n: int) -> list[float]:
    return [1.0 if i == k else 0.0 for i in range(n)]
