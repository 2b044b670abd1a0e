"""From the flat outputs of a program to what a compiled function returns: added up over rows, or row by row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from math import frexp
from typing import Any, TypeVar

from ..arguments import Form, builder, has_arrays, listed, size, starts
from .views import views

T = TypeVar("T")
Parts = Callable[[Any], list[Any]]  # numbers, one after the other -> the structures they are of


def added(rows: Iterable[Sequence[Any]], own: Sequence[bool]) -> tuple[list[Any], list[list[Any]]]:
    """Return the outputs added up in the order of the rows, and row by row those that each row has as its `own`."""
    sums: list[Any] = []
    lanes = []
    for row in rows:
        part = [x for x, mine in zip(row, own, strict=True) if not mine]
        begun = sums or [0.0] * len(part)  # as a gradient begins at 0.0
        sums = [total + x for total, x in zip(begun, part, strict=True)]
        lanes.append([x for x, mine in zip(row, own, strict=True) if mine])
    return sums, lanes


def spread(facts: Sequence[T], forms: Sequence[Form]) -> list[T]:
    """Return for each number what is said of the part it belongs to."""
    return [fact for fact, form in zip(facts, forms, strict=True) for _ in range(size(form))]


class Results:
    """What a call returns, in parts of the forms `forms`: of the sums, or for each row of the lanes if it is its `own`.

    What rows have is a list ("each"), an array ("stacked"), or that of the only row ("first"). Numbers are divided by
    `divisor`: a mean is a sum over the number of rows. `plain` numbers are no Values, Duals or symbols.
    """

    def __init__(
        self, forms: Sequence[Form], own: Sequence[bool], rows: str = "each", divisor: float = 1.0, plain: bool = True
    ):
        arrays = plain and (rows == "stacked" or any(map(has_arrays, forms)))
        parts, self.divided = (views, _arrays(divisor)) if arrays else (structures, _lists(divisor))
        # Of a part without numbers there may be no row.
        self.own = [mine and (size(form) > 0 or rows != "first") for form, mine in zip(forms, own, strict=True)]
        shared = tuple(form for form, mine in zip(forms, self.own, strict=True) if not mine)
        lanes = tuple(form for form, mine in zip(forms, self.own, strict=True) if mine)
        self.shared, self.lanes = parts(shared), ROWS[rows](lanes, parts) if lanes else None

    def __call__(self, sums: Any, lanes: Any) -> list[Any]:
        """Return each part."""
        shared = self.shared(self.divided(sums))
        if self.lanes is None:
            return shared
        parts = iter(shared), iter(self.lanes(self.divided(lanes)))
        return [next(parts[mine]) for mine in self.own]


def structures(forms: Sequence[Form]) -> Parts:
    """Return the function of a list of numbers, or a table of rows of them, that returns structures of these forms."""
    builders = list(map(builder, forms, starts(forms)))
    return lambda numbers: [build(numbers) for build in builders]


def _arrays(divisor: float) -> Callable[[Any], Any]:
    """Return the function that divides, in place where it can.

    Times the inverse of a power of two is the same to the bit, and takes a third of the time of many numbers.
    """
    numpy = sys.modules["numpy"]
    change, by = (numpy.multiply, 1 / divisor) if frexp(divisor)[0] == 0.5 else (numpy.divide, divisor)

    def divided(numbers: Any) -> Any:
        numbers = numpy.ascontiguousarray(numbers, "d")
        return numbers if divisor == 1 else change(numbers, by, numbers)

    return divided


def _lists(divisor: float) -> Callable[[Any], Any]:
    def divided(numbers: Any) -> Any:
        return [divided(x) if isinstance(x, list) else x / divisor for x in listed(numbers)]

    return listed if divisor == 1 else divided


def _each(forms: tuple[Form, ...], parts: Callable[[tuple[Form, ...]], Parts]) -> Parts:
    build = parts(forms)
    return lambda table: list(map(list, zip(*map(build, table), strict=True)))


def _first(forms: tuple[Form, ...], parts: Callable[[tuple[Form, ...]], Parts]) -> Parts:
    build = parts(forms)
    return lambda table: build(table[0])


ROWS = {"each": _each, "first": _first, "stacked": lambda forms, parts: structures(forms)}
