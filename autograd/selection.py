"""Choose one of several rows by an index that is data: what `rows[index]` is where the index has no number yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import ops
from .errors import ShapeError
from .numeric import taken
from .primitive import Operand, describe, number
from .program.arguments import Numbers, is_array, rebuilt


def take(rows: Any, index: Any) -> Any:
    """Return rows[index], where the index may be data of a compiled function: it is recorded.

    `rows` is a list, tuple or array of n >= 1 numbers, or of n rows of one form: lists, tuples, dicts or arrays. The
    gradient goes to the row that is taken; the index has none. Raises OutOfRangeError (an IndexError) unless the index
    is a whole number from 0 to n - 1, ShapeError where the rows differ in form.

    >>> take([[1.0, 2.0], [3.0, 4.0]], 1)
    [3.0, 4.0]
    >>> from autograd import Value
    >>> token = Value(0.0)
    >>> [x.data for x in take([[1.0, 2.0], [3.0, 4.0]], token)]
    [1.0, 2.0]
    """
    if not (isinstance(rows, (list, tuple)) or is_array(rows)):
        raise TypeError(f"take: expected a list or an array of rows, got {describe(rows)}")
    if len(rows) == 0:
        raise ShapeError("take: expected at least one row, got none")
    if not isinstance(index, Operand):
        return rows[_place(number(index, "take: the index"), len(rows))]
    return _recorded(rows, index)


def _place(index: float, n: int) -> int:
    """Return the index of a row as a whole number, whatever the mode: where there is no row, there is no nan either."""
    places = [float(k) for k in range(n)]
    try:
        return int(taken(index, *places))
    except ValueError as error:
        raise ops.take_row.refusal(error, [index, *places], ()) from None


def _recorded(rows: Sequence[Any], index: Any) -> Any:
    """Return the row, each of its numbers as one operation on the index and on that number of every row."""
    numbers = [Numbers(f"take: row {k}") for k in range(len(rows))]
    forms = [found.add(row) for found, row in zip(numbers, rows, strict=True)]
    for k, form in enumerate(forms):
        if form != forms[0]:
            raise ShapeError(f"take: row {k} has another form than row 0")
    columns = zip(*(found.listed() for found in numbers), strict=True)
    return rebuilt(forms[0], [ops.take_row(index, *column) for column in columns])
