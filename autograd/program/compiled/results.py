"""From the flat outputs of a program to what a compiled function returns: added up over rows, or row by row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from ..arguments import Form, builder, has_arrays, listed, size

T = TypeVar("T")
Builder = Callable[[Any], Any]


def added(rows: Iterable[Sequence[Any]], own: Sequence[bool]) -> tuple[list[Any], list[list[Any]]]:
    """Return the outputs added up in the order of the rows, and row by row those that each row has as its `own`."""
    sums: list[Any] = []
    lanes = []
    for k, row in enumerate(rows):
        part = [x for x, mine in zip(row, own, strict=True) if not mine]
        sums = part if k == 0 else [total + x for total, x in zip(sums, part, strict=True)]
        lanes.append([x for x, mine in zip(row, own, strict=True) if mine])
    return sums, lanes


def spread(facts: Sequence[T], forms: Sequence[Form]) -> list[T]:
    """Return for each number what is said of the part it belongs to."""
    return [fact for fact, form in zip(facts, forms, strict=True) for _ in range(size(form))]


class Results:
    """What a call returns, in parts of the forms `forms`: of the sums, or for each row of the lanes if it is its `own`.

    What rows have is a list ("each"), an array ("stacked"), or that of the only row ("first"). Numbers are divided by
    `divisor`: a mean is a sum over the number of rows.
    """

    def __init__(self, forms: Sequence[Form], own: Sequence[bool], rows: str = "each", divisor: float = 1.0):
        arrays = rows == "stacked" or any(map(has_arrays, forms))
        self.numbers = partial(_arrays if arrays else _lists, any(own), divisor)
        self.parts = []
        at = [0, 0]  # where the next part begins in the sums, and in the lanes
        for form, mine in zip(forms, own, strict=True):
            mine = mine and (size(form) > 0 or rows != "first")  # of nothing there may be no row
            build = builder(form, at[mine])
            self.parts.append((mine, ROWS[rows](build) if mine else build))
            at[mine] += size(form)

    def __call__(self, sums: Any, lanes: Any) -> list[Any]:
        """Return each part."""
        found = self.numbers(sums, lanes)
        return [build(found[mine]) for mine, build in self.parts]


def _arrays(rows: bool, divisor: float, sums: Any, lanes: Any) -> tuple[Any, Any]:
    numpy = sys.modules["numpy"]
    numbers, table = numpy.asarray(sums, "d"), numpy.asarray(lanes, "d") if rows else sums
    if divisor == 1:
        return numbers, table
    return numpy.divide(numbers, divisor), numpy.divide(table, divisor) if rows else sums


def _lists(rows: bool, divisor: float, sums: Any, lanes: Any) -> tuple[list[float], list[list[float]]]:
    numbers, table = listed(sums), listed(lanes) if rows else []
    if divisor == 1:
        return numbers, table
    return [x / divisor for x in numbers], [[x / divisor for x in row] for row in table]


def _each(build: Builder) -> Builder:
    return lambda table: [build(row) for row in table]


def _first(build: Builder) -> Builder:
    return lambda table: build(table[0])


ROWS = {"each": _each, "first": _first, "stacked": lambda build: build}
