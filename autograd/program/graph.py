"""From a graph of Values to a program, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import count
from keyword import iskeyword
from typing import Any

from ..engine import Value
from ..errors import GraphError
from ..graph import check_fresh, topological_order
from ..primitive import CONSTANT, describe
from ..structure import flatten
from .equations import Atom, Equation, Program
from .passes import simplified


def program(outputs: Any, inputs: Any, made: Sequence[Value] | None = None) -> Program:
    """Return the equations that compute `outputs` from `inputs` (Values, or nested lists, tuples or dicts of them).

    Every other leaf that is reached enters as the constant it holds. `made` are all computed Values in the order in
    which they were made, where that is known; otherwise those that the outputs need are taken, in topological order.
    Raises GraphError for a closure given as `_backward`, which has no formula, and for what is no Value.

    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> print(program([x * y, x], [x, y]))
    { lambda x y ; let
        a = mul x y
      in (a x) }
    """
    leaves, ends = flatten(inputs)[0], flatten(outputs)[0]
    for v in (*leaves, *ends):
        if not isinstance(v, Value):
            raise GraphError(f"program: inputs and outputs must be Values, got {describe(v)}")
    atoms: dict[Value, Atom] = {v: k for k, v in enumerate(leaves)}
    equations: list[Equation] = []
    for v in _in_order(ends) if made is None else made:
        _record(v, atoms, equations, len(leaves))
    return Program(_names(leaves), tuple(equations), tuple(_atom(end, atoms) for end in ends))


def simplify(value: Value) -> Value:
    """Return a Value with the same number and gradients from fewer operations: the passes of passes.py, nothing else.

    Raises StaleGraphError where a value was overwritten after it was used, for the number would be another; GraphError
    for what is no Value.

    >>> x = Value(3.0, label="x")
    >>> simplify(x * 1 + (x * 1) * 0.5)._prev[1]._prev
    (Value(data=3.0, grad=0.0, label='x'), Value(data=0.5, grad=0.0))
    """
    if not isinstance(value, Value):
        raise GraphError(f"simplify: the argument must be a Value, got {describe(value)}")
    nodes, reached = topological_order(value)
    for v in nodes:
        if not v.symbolic:
            check_fresh(v)
    leaves = [leaf for leaf in reached if leaf.row is not CONSTANT]
    (out,) = simplified(program(value, leaves)).evaluate(leaves)
    return out if isinstance(out, Value) else Value(out, requires_grad=False)


def _in_order(ends: Sequence[Value]) -> list[Value]:
    return list(dict.fromkeys(v for end in ends for v in topological_order(end)[0]))


def _record(v: Value, atoms: dict[Value, Atom], equations: list[Equation], inputs: int) -> None:
    if v in atoms:
        return
    if v.row.closed:
        raise GraphError(f"program: the operation {v.row.name!r} is a closure on numbers and has no formula")
    equations.append(Equation(v.row, tuple([_atom(p, atoms) for p in v.parents])))
    atoms[v] = inputs + len(equations) - 1


def _atom(v: Value, atoms: dict[Value, Atom]) -> Atom:
    return atom if (atom := atoms.get(v)) is not None else v.data


def _names(leaves: Sequence[Value]) -> tuple[str, ...]:
    """Return a name for each input: its label where that is a name and not taken, otherwise x0, x1, ..."""
    names = [unicodedata.normalize("NFKC", leaf.label) for leaf in leaves]
    taken: set[str] = set()
    for k, name in enumerate(names):
        names[k] = name if _usable(name) and name not in taken else ""
        taken.add(names[k])
    for k, name in enumerate(names):
        names[k] = name or next(name for name in _numbered(k) if name not in taken)
    return tuple(names)


def _numbered(k: int) -> Iterator[str]:
    return (f"x{k}" + "_" * n for n in count())


def _usable(label: str) -> bool:
    return label.isidentifier() and not iskeyword(label) and not label.startswith("__")
