"""Gradients of functions and of graphs by reverse mode: `grad`, `value_and_grad`, `vjp`, `gradients`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from . import ops
from .engine import Value, adjoints
from .errors import GraphError, ShapeError
from .forward import Dual
from .graph import topological_order
from .modes import recording
from .primitive import INPUT, LEAF, Operand, describe, number, result
from .pullback import pull_back
from .structure import check_same, flatten, tree_map


def gradients(outputs: Any, inputs: Any, seeds: Any = None, create_graph: bool = False) -> Any:
    """Return d(outputs)/d(inputs) in the structure of `inputs`; no leaf's grad changes (as `torch.autograd.grad`).

    `outputs` is a Value or a list of n Values, `inputs` a Value or any structure of Values; `seeds` are the adjoints
    the outputs begin with, 1.0 each by default. With `create_graph` the result is Values that can be differentiated
    again. Raises GraphError for an input that requires no gradient.

    >>> x = Value(3.0)
    >>> (first,) = gradients(x**3, [x], create_graph=True)
    >>> first.data, gradients(first, x)
    (27.0, 18.0)
    """
    leaves, rebuild = flatten(inputs)
    for x in leaves:
        if not isinstance(x, Value) or not x.requires_grad:
            raise GraphError(f"gradients: inputs must be Values that require a gradient, got {x!r}")
    root, seed = _root(outputs, seeds)
    graph = create_graph or root.symbolic
    return rebuild(pull_back(root, seed, leaves) if graph else adjoints(root, seed, leaves))


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return the function that computes the gradient of `f` with respect to its argument `argnums` (as `jax.grad`).

    The argument is a scalar or a nested list, tuple or dict of scalars, and so is its gradient; for several argnums it
    is a tuple. f returns one scalar. Keyword arguments go to `f` as they are. Gradients are floats, or operands that
    can be differentiated again where `f` is used inside another differentiation.

    >>> grad(lambda w, x: w[0] * x + w[1] ** 2)([2.0, 3.0], 5.0)
    [5.0, 6.0]
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    return lambda *args, **kwargs: value_and_grad(f, argnums)(*args, **kwargs)[1]


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes `f` and its gradient together (as `jax.value_and_grad`).

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        out, pull = vjp(lambda *others: _scalar(f(*placed(args, argnums, others), **kwargs)), *chosen(args, argnums))
        slopes = pull(1.0)
        return out, slopes[0] if isinstance(argnums, int) else slopes

    return both


def _scalar(out: Any) -> Any:
    if not isinstance(out, (Operand, float, int)):
        raise GraphError(f"grad: the function must return one scalar, got {describe(out)}; for more use jacobian")
    return out


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return f(*primals) and the function that pulls a cotangent back to the primals (as `jax.vjp`).

    >>> out, pull = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> out, pull([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    leaves, rebuild = flatten(primals)
    inputs, out = _recorded(f, leaves, rebuild)
    outputs, rebuild_output = flatten(out)
    for x in map(_core, inputs):
        x.row = INPUT if x.row is LEAF else x.row  # from now on nothing can vary it

    def pull(cotangent: Any) -> tuple[Any, ...]:
        check_same(cotangent, out, "vjp: the cotangent")
        seeds = [s if isinstance(s, Operand) else number(s, "a cotangent") for s in flatten(cotangent)[0]]
        return rebuild(_pulled(outputs, seeds, inputs))

    return rebuild_output([_plain(y, inputs) for y in outputs]), pull


# -- inputs and outputs of a function under differentiation ------------------------------------------------------------


@recording()
def _recorded(f: Callable[..., Any], leaves: Sequence[Any], rebuild: Callable[[list[Any]], Any]) -> tuple[Any, Any]:
    """Return a node for each input, and what `f` makes of them."""
    inputs = [_fresh(leaf) for leaf in leaves]
    return inputs, tree_map(result, f(*rebuild(inputs)))


def _fresh(x: Any) -> Any:
    """Return a node of its own for one input; what `x` itself depends on stays connected to it."""
    if isinstance(x, Dual):
        return Dual(_fresh(x.primal), x.tangent, x.level)
    return ops.identity(x) if isinstance(x, Value) else Value(number(x, "an input"))


def _core(x: Any) -> Value:
    while isinstance(x, Dual):
        x = x.primal
    return x


def _pulled(outputs: Sequence[Any], seeds: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """Return the gradient of each input; through Duals component by component: forward over reverse."""
    duals = [y for y in outputs if isinstance(y, Dual)] + [s for s in seeds if isinstance(s, Dual)]
    if not duals:
        return _pulled_values(outputs, seeds, [_core(x) for x in inputs])
    level = max(dual.level for dual in duals)
    below, above = zip(*(_parts(y, level) for y in outputs), strict=True)
    seed_below, seed_above = zip(*(_parts(s, level) for s in seeds), strict=True)
    primals = _pulled(below, seed_below, inputs)
    tangents = _pulled((*above, *below), (*seed_below, *seed_above), inputs)
    return [Dual(p, t, level) for p, t in zip(primals, tangents, strict=True)]


def _parts(x: Any, level: int) -> tuple[Any, Any]:
    return (x.primal, x.tangent) if isinstance(x, Dual) and x.level == level else (x, 0.0)


def _pulled_values(outputs: Sequence[Any], seeds: Sequence[Any], inputs: Sequence[Value]) -> list[Any]:
    pairs = [(y, s) for y, s in zip(outputs, seeds, strict=True) if isinstance(y, Value) and not _zero(s)]
    if not pairs:
        return [0.0 for _ in inputs]
    root, seed = _root([y for y, _ in pairs], [s for _, s in pairs])
    if _depends_on_others(root, inputs) or isinstance(seed, Value):
        return pull_back(root, seed, inputs)
    return adjoints(root, seed, inputs)


def _zero(seed: Any) -> bool:
    return type(seed) in (float, int) and seed == 0


def _depends_on_others(root: Value, inputs: Sequence[Value]) -> bool:
    """Say whether the graph reaches a variable that is not an input: then the gradient is a function of that too."""
    own = set(inputs)
    return any(leaf.row is LEAF and leaf not in own for leaf in topological_order(root)[1])


def _plain(y: Any, inputs: Sequence[Any]) -> Any:
    """Return an output as a float if it depends on the inputs of this function alone."""
    if isinstance(y, Dual):
        return Dual(_plain(y.primal, inputs), _plain(y.tangent, inputs), y.level)
    if not isinstance(y, Value) or _depends_on_others(y, [_core(x) for x in inputs]):
        return y
    return y.data


def _root(outputs: Any, seeds: Any) -> tuple[Value, Any]:
    """Return one Value to begin from, and its seed: several outputs become the dot product with their seeds."""
    values, _ = flatten(outputs)
    if not values:
        raise ShapeError("gradients: expected at least one output, got none")
    begins = [1.0] * len(values) if seeds is None else [_seed(s) for s in flatten(seeds)[0]]
    if len(begins) != len(values):
        raise ShapeError(f"gradients: {len(values)} outputs need as many seeds, got {len(begins)}")
    if seeds is not None and not isinstance(outputs, Value):
        check_same(seeds, outputs, "gradients: the seeds")
    for y in values:
        if not isinstance(y, Value):
            raise GraphError(f"gradients: outputs must be Values, got {describe(y)}")
    if len(values) == 1:
        return values[0], begins[0]
    return recording()(ops.dot)(begins, values), 1.0


def _seed(x: Any) -> Any:
    if isinstance(x, Operand):
        return x
    seed = number(x, "a seed")
    if not isfinite(seed):
        raise ValueError(f"a seed must be finite, got {seed}")
    return seed


def chosen(args: Sequence[Any], argnums: int | Sequence[int]) -> tuple[Any, ...]:
    """Return the arguments of these numbers. Raises TypeError, IndexError or ValueError for wrong ones."""
    return tuple(args[n] for n in positions(len(args), argnums))


def placed(args: Sequence[Any], argnums: int | Sequence[int], others: Sequence[Any]) -> list[Any]:
    """Return the arguments with `others` in the places of these numbers."""
    result = list(args)
    for n, value in zip(positions(len(args), argnums), others, strict=True):
        result[n] = value
    return result


def positions(count: int, argnums: int | Sequence[int], option: str = "argnums") -> list[int]:
    """Return these numbers of `count` arguments, counted from the front. Raises as `chosen` does, of this option."""
    numbers: list[Any] = list(argnums) if isinstance(argnums, (list, tuple, range)) else [argnums]
    for n in numbers:
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"{option} must be an int or a tuple of ints, got {describe(n)}")
        if not -count <= n < count:
            raise IndexError(f"{option}: there are {count} arguments, got number {n}")
    positions = [n % count for n in numbers]
    if len(set(positions)) < len(positions):
        raise ValueError(f"{option}: each argument once, got {tuple(numbers)}")
    return positions
