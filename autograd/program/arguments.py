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
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from math import prod
from typing import Any

from ..primitive import Operand, number

Form = Any
PLAIN = frozenset((float, int))


def is_array(x: Any) -> bool:
    """Say whether `x` is a NumPy array with at least one axis; NumPy is not imported for that."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray) and x.ndim > 0


class Numbers:
    """The numbers of one or more structures in order: runs of floats, and arrays as they are.

    `role` and `advice` are for the sentence about what is no number.
    """

    def __init__(self, role: str = "an argument of a compiled function", advice: str = ""):
        self.role, self.advice = role, advice
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
        if kinds <= PLAIN:
            self.runs.append(tree if int not in kinds else list(map(float, tree)))
            return (type(tree), len(tree), None)
        return sequence(type(tree), tuple(map(self.add, tree)))

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
        if hasattr(x, "mask"):
            return doubles(x, self.role)  # which refuses it
        try:
            return number(x.item() if _is_lone(x) else x, self.role)
        except TypeError as error:
            raise TypeError(f"{error}{self.advice}") from None

    def listed(self) -> list[Any]:
        """Return all numbers as one list."""
        return list(chain.from_iterable(map(listed, self.runs)))

    def buffer(self) -> Any:
        """Return all numbers as one run of doubles."""
        return one_run(self.runs, self.arrays)


def one_run(runs: Sequence[Any], arrays: bool) -> Any:
    """Return runs of numbers as one of doubles; `arrays` says whether some are arrays. One array is handed on."""
    if not arrays:
        return array("d", runs[0] if len(runs) == 1 else chain.from_iterable(runs))
    if len(runs) == 1:
        return runs[0].ravel()
    try:
        whole = bytearray().join(runs)  # a fifth of the time that NumPy takes
    except (TypeError, BufferError):  # a list is among them, or numbers that do not lie side by side
        whole = bytearray().join(map(_buffer, runs))
    return memoryview(whole).cast("d") if whole else array("d")


def _buffer(run: Any) -> Any:
    if isinstance(run, (list, tuple)):
        return array("d", run)
    return run if run.flags.c_contiguous else run.copy()


def doubles(numbers: Any, role: str) -> Any:
    """Return an array of any real numbers as one of doubles. Raises TypeError for other things."""
    if hasattr(numbers, "mask"):
        raise TypeError(f"{role}: what is masked has no number; use .filled(...)")
    numbers = sys.modules["numpy"].asarray(numbers)  # a matrix has two axes however it is cut
    if numbers.dtype.char == "d" and numbers.dtype.isnative:
        return numbers
    if numbers.dtype.kind not in "fiu":
        raise TypeError(f"{role} must be an array of real numbers, got one of {numbers.dtype}")
    return numbers.astype("d")


def _is_lone(x: Any) -> bool:
    """Say whether `x` is an array without an axis."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray) and x.ndim == 0 and x.dtype.kind in "fiu"


def sequence(kind: type, forms: tuple[Form, ...]) -> Form:
    """Return the form of a list, or tuple, of children of these forms."""
    alike = all(form == forms[0] for form in forms)
    return (kind, len(forms), forms[0] if forms else None) if alike else (kind, None, forms)


def listed(run: Any) -> list[Any]:
    """Return a run of numbers as a list of Python's."""
    return run.tolist() if hasattr(run, "tolist") else run


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=4096)
def has_arrays(form: Form) -> bool:
    """Say whether an array is part of a structure."""
    return form is not None and (form[0] == "array" or any(map(has_arrays, _children(form))))


def _children(form: Form) -> Sequence[Form]:
    _, n, forms = form
    return [forms] * (n > 0) if isinstance(n, int) else forms


def levels(form: Form) -> list[tuple[Any, int]]:
    """Return kind and length of every level of lists of lists that are alike down to the numbers; else nothing.

    >>> levels((list, 2, (tuple, 3, None)))
    [(<class 'list'>, 2), (<class 'tuple'>, 3)]
    """
    found = []
    while form is not None:
        kind, n = form[:2]
        if kind in (dict, "array") or hasattr(kind, "_fields") or not n:
            return []
        found.append((kind, n))
        form = form[2]
    return found


def rebuilt(form: Form, numbers: Any, start: int = 0) -> Any:
    """Return the structure of this form whose numbers are `numbers` from `start` on.

    A list of numbers may hold any operands. In place of it there may be an array, a table of rows of numbers: then what
    is a number in the structure has an axis of rows, and what is an array has it in front of its own.

    >>> rebuilt((list, 2, (tuple, 2, None)), [1.0, 2.0, 3.0, 4.0])
    [(1.0, 2.0), (3.0, 4.0)]
    """
    return builder(form, start)(numbers)


def builder(form: Form, start: int = 0) -> Callable[[Any], Any]:
    """Return the function of some numbers that builds a structure of this form of them: see `rebuilt`."""
    if form is None:
        return partial(_at, k=start)
    if form[0] == "array":
        return _array_builder(form[1], slice(start, start + prod(form[1])))
    kind, n, forms = form
    if n is not None and kind is not dict:
        return partial(_alike, kind, n, forms, start)
    children = list(map(builder, forms, starts(forms, start)))
    if kind is dict:
        return lambda numbers: {key: build(numbers) for key, build in zip(n, children, strict=True)}
    return lambda numbers: _made(kind, [build(numbers) for build in children])


def _array_builder(shape: tuple[int, ...], part: slice) -> Callable[[Any], Any]:
    def build(numbers: Any) -> Any:
        if type(numbers) is list:
            return _array(shape, numbers[part])
        return numbers[..., part].reshape(*numbers.shape[:-1], *shape).copy()

    return build


def _at(numbers: Any, k: int) -> Any:
    return numbers[k] if type(numbers) is list else numbers[..., k].copy()


def _array(shape: tuple[int, ...], numbers: list[Any]) -> Any:
    plain = all(type(x) is float for x in numbers)
    filled = sys.modules["numpy"].empty(len(numbers), "d" if plain else object)
    filled[:] = numbers
    return filled.reshape(shape)


def _columns(table: Any) -> list[Any]:
    """Return the columns of a table: one copy of all is made, where each by itself would take 1 us."""
    return list(sys.modules["numpy"].moveaxis(table, -1, 0).copy())


def _alike(kind: Any, n: int, form: Form, start: int, numbers: Any) -> Any:
    if form is None:
        part = numbers[start : start + n] if type(numbers) is list else _columns(numbers[..., start : start + n])
        return _made(kind, part)
    return _made(kind, [rebuilt(form, numbers, start + k * size(form)) for k in range(n)])


def starts(forms: Sequence[Form], start: int = 0) -> Iterator[int]:
    """Go over where the numbers of each form begin, when they stand one after the other."""
    for form in forms:
        yield start
        start += size(form)


def _made(kind: Any, items: list[Any]) -> Any:
    if hasattr(kind, "_fields"):  # a named tuple
        return kind(*items)
    return tuple(items) if issubclass(kind, tuple) else items


def path(form: Form, k: int) -> str:
    """Return how to reach number k of a structure.

    >>> path((dict, ("a", "b"), (None, (list, 2, ("array", (3, 4))))), 18)
    "['b'][1][1, 1]"
    """
    if form is None:
        return ""
    if form[0] == "array":
        return str(_unravelled(form[1], k))
    kind, n, forms = form
    forms = forms if isinstance(n, tuple) or n is None else [forms] * n
    for name, child in zip(n if kind is dict else range(len(forms)), forms, strict=True):
        if k < size(child):
            return f"[{name!r}]{path(child, k)}"
        k -= size(child)
    raise IndexError(f"a structure of {size(form)} numbers has no number {k}")


def _unravelled(shape: tuple[int, ...], k: int) -> list[int]:
    places = []
    for n in reversed(shape):
        k, place = divmod(k, n)
        places.append(place)
    return places[::-1]
