"""From the flat outputs of a program to what a compiled function returns: added up over rows, or row by row."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from ..arguments import Form, has_arrays, listed, rebuilt, size

T = TypeVar("T")


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


def parts(
    forms: Sequence[Form], own: Sequence[bool], sums: Any, lanes: Any, stacked: bool = False, divisor: int = 1
) -> list[Any]:
    """Return each part in its form: of the sums, or for each row of the lanes (a list of them, or stacked arrays).

    Numbers are divided by `divisor`: a mean is a sum over the number of rows.
    """
    if stacked or any(map(has_arrays, forms)):
        numbers, table = _arrays(sums, lanes, any(own), divisor)
    else:
        numbers, table = _lists(sums, lanes, any(own), divisor)
    made, at = [], [0, 0]  # where the next part begins in the sums, and in the lanes
    for form, mine in zip(forms, own, strict=True):
        made.append(_each(form, table, at[1], stacked) if mine else rebuilt(form, numbers, at[0]))
        at[mine] += size(form)
    return made


def _arrays(sums: Any, lanes: Any, rows: bool, divisor: int) -> tuple[Any, Any]:
    numpy = sys.modules["numpy"]
    numbers, table = (_doubles(numpy.asarray(x)) for x in (sums, lanes if rows else ()))
    return (numbers, table) if divisor == 1 else (numbers / divisor, table / divisor)


def _doubles(numbers: Any) -> Any:
    return numbers.astype("d") if numbers.dtype.char == "f" else numbers


def _lists(sums: Any, lanes: Any, rows: bool, divisor: int) -> tuple[list[Any], list[list[Any]]]:
    numbers, table = listed(sums), [listed(row) for row in lanes] if rows else []
    if divisor == 1:
        return numbers, table
    return [x / divisor for x in numbers], [[x / divisor for x in row] for row in table]


def _each(form: Form, table: Any, start: int, stacked: bool) -> Any:
    return rebuilt(form, table, start) if stacked else [rebuilt(form, row, start) for row in table]
