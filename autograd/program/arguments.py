"""Lists, tuples, dicts and arrays of numbers, nested: taken apart into flat numbers, and put together again.

The form of a structure is what two structures have in common when their numbers correspond; it is a key for programs:

    None                          one number
    ("array", shape)              a NumPy array
    (list, n, form)               a list (or tuple, or named tuple) of n children of one form
    (list, None, (form, ...))     one of children that differ
    (dict, keys, (form, ...))     a dict
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from math import prod
from typing import Any

from ..errors import ShapeError
from ..primitive import Operand, describe, number

Form = Any
_PLAIN = frozenset((float, int))


def is_array(x: Any) -> bool:
    """Say whether `x` is a NumPy array with at least one axis; NumPy is not imported for that."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray) and x.ndim > 0


class Numbers:
    """The numbers of one or more structures in order: runs of floats, and arrays as they are."""

    def __init__(self, role: str = "an argument of a compiled function"):
        self.role = role
        self.runs: list[Any] = []
        self.operands = False  # whether a Value, Dual or Symbol is among them
        self.arrays = False

    def add(self, tree: Any) -> Form:
        """Take the numbers of `tree` and return its form. Raises TypeError for what is no number."""
        if isinstance(tree, (list, tuple)):
            return self._add_sequence(tree)
        if isinstance(tree, dict):
            return (dict, tuple(tree), tuple(map(self.add, tree.values())))
        if is_array(tree):
            return self._add_array(tree)
        self.runs.append([self._one(tree)])
        return None

    def _add_sequence(self, tree: Sequence[Any]) -> Form:
        kinds = set(map(type, tree))
        if kinds <= _PLAIN:
            self.runs.append(tree if int not in kinds else list(map(float, tree)))
            return (type(tree), len(tree), None)
        return _sequence(type(tree), tuple(map(self.add, tree)))

    def _add_array(self, tree: Any) -> Form:
        if tree.dtype.kind == "O":
            self.runs.append([self._one(x) for x in tree.ravel().tolist()])
        else:
            self.runs.append(doubles(tree, self.role).ravel())
            self.arrays = True
        return ("array", tree.shape)

    def _one(self, x: Any) -> Any:
        if isinstance(x, Operand):
            self.operands = True
            return x
        return number(x.item() if _is_lone(x) else x, self.role)

    def listed(self) -> list[Any]:
        """Return all numbers as one list."""
        return list(chain.from_iterable(map(listed, self.runs)))

    def buffer(self) -> Any:
        """Return all numbers as one run of doubles; one array is handed on as it is."""
        if self.arrays:
            return self.runs[0] if len(self.runs) == 1 else sys.modules["numpy"].concatenate(self.runs)
        return array("d", chain.from_iterable(self.runs))


def doubles(numbers: Any, role: str) -> Any:
    """Return an array of any real numbers as one of doubles. Raises TypeError for other things."""
    if numbers.dtype.char == "d":
        return numbers
    if numbers.dtype.kind not in "fiu":
        raise TypeError(f"{role} must be an array of real numbers, got one of {numbers.dtype}")
    return numbers.astype("d")


def _is_matrix(rows: Any) -> bool:
    """Say whether these are lists of floats of one length: the usual case, told at once."""
    if set(map(type, rows)) != {list} or len(set(map(len, rows))) > 1:
        return False
    return set(map(type, chain.from_iterable(rows))) == {float}


def _is_lone(x: Any) -> bool:
    """Say whether `x` is an array without an axis."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray) and x.ndim == 0 and x.dtype.kind in "fiu"


def _sequence(kind: type, forms: tuple[Form, ...]) -> Form:
    alike = all(form == forms[0] for form in forms)
    return (kind, len(forms), forms[0] if forms else None) if alike else (kind, None, forms)


def listed(run: Any) -> list[Any]:
    """Return a run of numbers as a list of Python's."""
    return run.tolist() if hasattr(run, "tolist") else run


@cache
def size(form: Form) -> int:
    """Return how many numbers a structure of this form has.

    >>> size((list, 3, ("array", (2, 5))))
    30
    """
    if form is None:
        return 1
    kind, n, forms = (*form, None)[:3]
    if kind == "array":
        return prod(n)
    return n * size(forms) if isinstance(n, int) else sum(map(size, forms))


@cache
def has_arrays(form: Form) -> bool:
    """Say whether an array is part of a structure."""
    return form is not None and (form[0] == "array" or any(map(has_arrays, _children(form))))


def _children(form: Form) -> Sequence[Form]:
    _, n, forms = form
    return [forms] * (n > 0) if isinstance(n, int) else forms


def rebuilt(form: Form, numbers: Any, start: int = 0) -> Any:
    """Return the structure of this form whose numbers are `numbers` from `start` on.

    A list of numbers may hold any operands. An array of n axes holds its numbers along the last one; the others stay in
    front of every number.

    >>> rebuilt((list, 2, (tuple, 2, None)), [1.0, 2.0, 3.0, 4.0])
    [(1.0, 2.0), (3.0, 4.0)]
    """
    if form is None:
        return _at(numbers, start)
    if form[0] == "array":
        return _array(form[1], numbers, start)
    kind, n, forms = form
    if n is not None and kind is not dict:
        return _made(kind, _alike(n, forms, numbers, start))
    children = [rebuilt(f, numbers, at) for f, at in zip(forms, _starts(forms, start), strict=False)]
    return dict(zip(n, children, strict=True)) if kind is dict else _made(kind, children)


def _at(numbers: Any, k: int) -> Any:
    if type(numbers) is list:
        return numbers[k]
    return numbers.item(k) if numbers.ndim == 1 else numbers[..., k].copy()


def _array(shape: tuple[int, ...], numbers: Any, start: int) -> Any:
    stop = start + prod(shape)
    if type(numbers) is not list:
        return numbers[..., start:stop].reshape(*numbers.shape[:-1], *shape).copy()
    plain = all(type(x) is float for x in numbers[start:stop])
    filled = sys.modules["numpy"].empty(stop - start, "d" if plain else object)
    filled[:] = numbers[start:stop]
    return filled.reshape(shape)


def _alike(n: int, form: Form, numbers: Any, start: int) -> list[Any]:
    if form is None and (type(numbers) is list or numbers.ndim == 1):
        return listed(numbers[start : start + n])
    return [rebuilt(form, numbers, start + k * size(form)) for k in range(n)]


def _starts(forms: Sequence[Form], start: int) -> Iterator[int]:
    for form in forms:
        yield start
        start += size(form)


def _made(kind: Any, items: list[Any]) -> Any:
    if hasattr(kind, "_fields"):  # a named tuple
        return kind(*items)
    return tuple(items) if issubclass(kind, tuple) else items


class Rows:
    """The numbers of an argument that varies over rows: blocks of rows times columns, lists of lists or arrays."""

    def __init__(self, name: str):
        self.name = name
        self.blocks: list[Any] = []
        self.count: int | None = None
        self.operands = self.arrays = False

    def add(self, tree: Any) -> Form:
        """Take the rows of `tree`, along its first axis, and return the form of one row.

        Each entry of a dict or a named tuple has rows of its own. Raises ShapeError where the rows differ in form or
        in number.
        """
        if isinstance(tree, dict):
            return (dict, tuple(tree), tuple(map(self.add, tree.values())))
        if hasattr(tree, "_fields"):
            return _sequence(type(tree), tuple(map(self.add, tree)))
        if is_array(tree) and tree.dtype.kind != "O":
            return self._add_array(tree)
        if not isinstance(tree, (list, tuple)) and not is_array(tree):
            raise ShapeError(f"{self.name} varies over rows: expected a list or an array of rows, got {describe(tree)}")
        return self._add_list(tree)

    def _add_array(self, tree: Any) -> Form:
        self._counted(len(tree))
        self.blocks.append(doubles(tree, self.name).reshape(self.count, -1))
        self.arrays = True
        return ("array", tree.shape[1:]) if tree.ndim > 1 else None

    def _add_list(self, rows: Sequence[Any]) -> Form:
        self._counted(len(rows))
        if set(map(type, rows)) == {float}:
            self.blocks.append([[x] for x in rows])
            return None
        if _is_matrix(rows):
            self.blocks.append(rows)
            return (list, len(rows[0]), None)
        taken = [self._taken(k, row) for k, row in enumerate(rows)]
        self.blocks.append([run for _, run in taken])
        form = taken[0][0]
        for k, (found, _) in enumerate(taken):
            if found != form:
                raise ShapeError(f"{self.name}: row {k} has another shape than row 0")
        return form

    def _taken(self, k: int, row: Any) -> tuple[Form, Any]:
        numbers = Numbers(f"{self.name}, row {k},")
        form = numbers.add(row)
        self.operands |= numbers.operands
        return form, numbers.runs[0] if len(numbers.runs) == 1 else numbers.listed()

    def _counted(self, n: int) -> None:
        if n == 0:
            raise ShapeError(f"{self.name} varies over rows: expected at least one row, got none")
        if self.count not in (None, n):
            raise ShapeError(f"{self.name} must have as many rows in every part, got {self.count} and {n}")
        self.count = n

    def row(self, k: int) -> list[Any]:
        """Return the numbers of row k."""
        return list(chain.from_iterable(listed(block[k]) for block in self.blocks))


def table(blocks: Sequence[Any], arrays: bool) -> Any:
    """Return blocks side by side as one run of doubles, row by row; `arrays` says whether one of them is an array."""
    if not arrays:
        return array("d", chain.from_iterable(chain.from_iterable(parts) for parts in zip(*blocks, strict=True)))
    if len(blocks) == 1:
        return blocks[0].ravel()
    return sys.modules["numpy"].concatenate(blocks, axis=1).ravel()
