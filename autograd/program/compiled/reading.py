"""Arguments of a known form, read at once: it is only checked that they have it, and their numbers are collected.

What `Call` finds out about any arguments costs as much as the machine code of a middling program: 13 us where a dict of
nine arrays and two arrays of rows are given. Readers, made once for a form, take 6.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from ...primitive import Operand
from ..arguments import Form, has_arrays

Read = Callable[[Any, list[Any]], None]  # appends the numbers of an argument to a list, in runs
PLAIN = frozenset((float, int))


class Unlike(Exception):  # noqa: N818 - it is no error
    """An argument has another form, or other than plain numbers in it: it must be looked at closely."""


class Reader:
    """Read arguments of the forms `forms`; those that vary over rows are rows x columns, side by side."""

    def __init__(self, forms: Sequence[Form], varies: Sequence[bool], rows: int):
        self.count, self.rows = len(forms), rows
        pairs = list(zip(range(self.count), forms, varies, strict=True))
        self.blocks = [(n, in_blocks(form) if rows > 1 else reading(form)) for n, form, varying in pairs if varying]
        self.runs = [(n, reading(form)) for n, form, varying in pairs if not varying]
        # Whether there are arrays among what all rows share, and among what varies.
        self.arrays = [any(has_arrays(form) for form, v in zip(forms, varies, strict=True) if v == of) for of in (0, 1)]

    def __call__(self, args: Sequence[Any]) -> tuple[Any, Any]:
        """Return what all rows share and what varies, as runs of doubles. Raises Unlike."""
        if len(args) != self.count:
            raise Unlike
        blocks: list[Any] = []
        runs: list[Any] = []
        for n, read in self.blocks:
            read(args[n], blocks)
        for n, read in self.runs:
            read(args[n], runs)
        return one_run(runs, self.arrays[0]), self._side_by_side(blocks)

    def _side_by_side(self, blocks: list[Any]) -> Any:
        if len(blocks) == 1 or self.rows == 1:
            return one_run(blocks, self.arrays[1])
        if self.arrays[1]:
            numpy = sys.modules["numpy"]
            return numpy.concatenate([numpy.reshape(block, (self.rows, -1)) for block in blocks], axis=1)
        columns = (zip(*[iter(block)] * (len(block) // self.rows), strict=True) for block in blocks)
        return array("d", chain.from_iterable(chain.from_iterable(zip(*columns, strict=True))))


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
    return memoryview(whole).cast("d")


def _buffer(run: Any) -> Any:
    if type(run) in (list, tuple):
        return array("d", run)
    return run if run.flags.c_contiguous else run.copy()


def in_blocks(form: Form) -> Read:
    """Return the reader of an argument that varies: one run for each part that has rows of its own."""
    if form[0] is dict or hasattr(form[0], "_fields"):
        return _children(form, in_blocks)
    read, arrays = reading(form), has_arrays(form)

    def read_block(tree: Any, blocks: list[Any]) -> None:
        runs: list[Any] = []
        read(tree, runs)
        joined = runs[0] if len(runs) == 1 else one_run(runs, arrays)
        blocks.append(sys.modules["numpy"].asarray(joined) if arrays else joined)

    return read_block


def reading(form: Form) -> Read:
    """Return the reader of structures of a form.

    >>> runs = []
    >>> reading((list, 2, (tuple, 2, None)))([(1.0, 2.0), (3.0, 4.0)], runs)
    >>> runs
    [[1.0, 2.0, 3.0, 4.0]]
    """
    if form is None:
        return _number
    if form[0] == "array":
        return _array(form[1])
    levels = _levels(form)
    return _lists(levels) if levels else _children(form, reading)


def _number(x: Any, runs: list[Any]) -> None:
    runs.append((x if type(x) is float else _float(x),))


def _float(x: Any) -> float:
    if type(x) is int:
        return float(x)
    if isinstance(x, Operand) or getattr(x, "dtype", None) != "d" or x.shape:
        raise Unlike
    return x.item()  # of NumPy: a scalar, or an array without an axis


def _array(shape: tuple[int, ...]) -> Read:
    numpy = sys.modules["numpy"]
    kind, double = numpy.ndarray, numpy.dtype("d")

    def read(tree: Any, runs: list[Any]) -> None:
        if type(tree) is not kind or tree.shape != shape or tree.dtype is not double:
            raise Unlike
        runs.append(tree)

    return read


def _levels(form: Form) -> list[tuple[Any, int]]:
    """Return kind and length of every level of lists of lists that are alike down to the numbers; else nothing."""
    levels = []
    while form is not None:
        kind, n = form[:2]
        if kind in (dict, "array") or hasattr(kind, "_fields") or not n:
            return []
        levels.append((kind, n))
        form = form[2]
    return levels


def _lists(levels: Sequence[tuple[Any, int]]) -> Read:
    (outer, length), *inner = levels

    def read(tree: Any, runs: list[Any]) -> None:
        if type(tree) is not outer or len(tree) != length:
            raise Unlike
        items: Any = tree
        for kind, n in inner:
            if set(map(type, items)) != {kind} or set(map(len, items)) != {n}:
                raise Unlike
            items = list(chain.from_iterable(items))
        if not PLAIN.issuperset(map(type, items)):
            raise Unlike
        runs.append(items)

    return read


def _children(form: Form, reader: Callable[[Form], Read]) -> Read:
    """Return the reader of a dict, or of a list whose items differ or are no lists of numbers."""
    kind, n, forms = form
    reads = [reader(f) for f in (forms if isinstance(n, tuple) or n is None else [forms] * n)]

    def read(tree: Any, runs: list[Any]) -> None:
        if type(tree) is not kind or len(tree) != len(reads) or (kind is dict and tuple(tree) != n):
            raise Unlike
        for read_child, child in zip(reads, tree.values() if kind is dict else tree, strict=True):
            read_child(child, runs)

    return read
