"""From the flat outputs of a program to what a compiled function returns: added up over rows, or row by row."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from .arguments import Form, has_arrays, is_array, listed, rebuilt, size


def added(rows: Iterable[Sequence[Any]], own: Sequence[bool]) -> tuple[list[Any], list[list[Any]]]:
    """Return the outputs added up in the order of the rows, and row by row those that each row has as its `own`."""
    sums: list[Any] = []
    lanes = []
    for k, row in enumerate(rows):
        part = [x for x, mine in zip(row, own, strict=True) if not mine]
        sums = part if k == 0 else [total + x for total, x in zip(sums, part, strict=True)]
        lanes.append([x for x, mine in zip(row, own, strict=True) if mine])
    return sums, lanes


def scaled(numbers: Any, rows: int) -> Any:
    """Return numbers, or rows of numbers, divided by the number of rows."""
    if is_array(numbers):
        return numbers / rows
    return [scaled(x, rows) if isinstance(x, list) else x / rows for x in numbers]


def spread(own: Sequence[bool], forms: Sequence[Form]) -> list[bool]:
    """Return for each output what `own` says of the part it belongs to."""
    return [mine for mine, form in zip(own, forms, strict=True) for _ in range(size(form))]


def parts(forms: Sequence[Form], own: Sequence[bool], sums: Any, lanes: Any, stacked: bool) -> list[Any]:
    """Return each part in its form: of the sums, or for each row of the lanes (a list of them, or stacked arrays)."""
    sums, made, at = _handy(sums, forms), [], [0, 0]
    table = _table(lanes, stacked) if any(own) else []
    for form, mine in zip(forms, own, strict=True):
        made.append(_each(form, table, at[1]) if mine else rebuilt(form, sums, at[0]))
        at[mine] += size(form)
    return made


def _handy(numbers: Any, forms: Sequence[Form]) -> Any:
    """Return a list where lists are to be made, an array where arrays are."""
    if type(numbers) is list or not any(map(has_arrays, forms)):
        return listed(numbers)
    return sys.modules["numpy"].asarray(numbers)


def _table(lanes: Any, stacked: bool) -> Any:
    if not stacked:
        return [listed(row) for row in lanes]
    return lanes if is_array(lanes) else sys.modules["numpy"].array(lanes)


def _each(form: Form, table: Any, start: int) -> Any:
    return rebuilt(form, table, start) if is_array(table) else [rebuilt(form, row, start) for row in table]
