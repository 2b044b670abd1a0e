"""Lists, tuples and dicts of scalars, nested: take them apart and put them together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import ShapeError

CONTAINERS = (dict, list, tuple)


def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """Return the scalars of `tree` from left to right, and the function that puts others in their places.

    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> rebuild([10.0, 20.0, 30.0])
    {'w': [10.0, 20.0], 'b': 30.0}
    """
    leaves: list[Any] = []
    build = _collect(tree, leaves)
    return leaves, lambda others: build(iter(others))


def tree_map(f: Callable[..., Any], tree: Any) -> Any:
    """Return `tree` with `f` applied to each of its scalars.

    >>> tree_map(lambda x: 2 * x, (1.0, [2.0]))
    (2.0, [4.0])
    """
    leaves, rebuild = flatten(tree)
    return rebuild([f(leaf) for leaf in leaves])


def _collect(tree: Any, leaves: list[Any]) -> Callable[[Any], Any]:
    if isinstance(tree, dict):
        keys, builders = list(tree), [_collect(child, leaves) for child in tree.values()]
        return lambda others: {key: build(others) for key, build in zip(keys, builders, strict=True)}
    if isinstance(tree, (list, tuple)) and _flat(tree):
        leaves.extend(tree)
        n = len(tree)
        return lambda others: _sequence(tree, [next(others) for _ in range(n)])
    if isinstance(tree, (list, tuple)):
        builders = [_collect(child, leaves) for child in tree]
        return lambda others: _sequence(tree, [build(others) for build in builders])
    leaves.append(tree)
    return next


def _flat(children: Iterable[Any]) -> bool:
    """Say whether there are scalars alone: their kinds are few, so long lists of them are taken at once."""
    return not any(issubclass(kind, CONTAINERS) for kind in set(map(type, children)))


def _sequence(like: Any, items: list[Any]) -> Any:
    if hasattr(like, "_fields"):  # a named tuple
        return type(like)(*items)
    return tuple(items) if isinstance(like, tuple) else items


def shape(tree: Any) -> Any:
    """Return what two structures have in common when their scalars correspond: kinds, lengths and keys in order.

    >>> shape([1.0, (2.0, 3.0)]) == shape([Ellipsis, ("a", "b")])
    True
    """
    if isinstance(tree, dict):
        return (dict, *((key, shape(child)) for key, child in tree.items()))
    if isinstance(tree, (list, tuple)):
        return (type(tree), *([None] * len(tree) if _flat(tree) else map(shape, tree)))
    return None


def check_same(given: Any, wanted: Any, role: str) -> None:
    """Raise ShapeError unless `given` has the structure of `wanted`; `role` says what it is."""
    if shape(given) != shape(wanted):
        raise ShapeError(f"{role} must have the structure of {_sketch(wanted)}, got {_sketch(given)}")


def _sketch(tree: Any) -> str:
    text = repr(tree_map(lambda leaf: Ellipsis, tree)).replace("Ellipsis", ".")
    return text if len(text) <= 60 else text[:57] + "..."
