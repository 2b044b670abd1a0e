"""Check the plain numbers that a plot is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from .errors import PictureError


def numbers(values: Any, name: str) -> list[float]:
    """Return a list of n >= 1 finite floats; raise PictureError for anything else.

    >>> numbers([1, 2.5], "loss")
    [1.0, 2.5]
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise PictureError(f"{name} must be a list of numbers, got {type(values).__name__}")
    found = [_finite(value, f"{name}[{i}]") for i, value in enumerate(values)]
    if not found:
        raise PictureError(f"{name} must hold at least one number, got an empty list")
    return found


def rows(values: Any, name: str, width: int | None = None) -> list[list[float]]:
    """Return a list of n >= 1 lists of `width` numbers each (by default as many as the first has).

    >>> rows([[1, 2], [3, 4]], "counts")
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise PictureError(f"{name} must be a list of lists of numbers, got {type(values).__name__}")
    found = [numbers(row, f"{name}[{i}]") for i, row in enumerate(values)]
    same_length({f"{name}[{i}]": row for i, row in enumerate(found)}, width)
    if not found:
        raise PictureError(f"{name} must hold at least one row, got none")
    return found


def same_length(columns: Mapping[str, Sequence[Any]], length: int | None = None) -> None:
    """Raise PictureError unless every column is as long as the first (or `length`)."""
    for name, column in columns.items():
        length = len(column) if length is None else length
        if len(column) != length:
            raise PictureError(f"{name} must have {length} entries, got {len(column)}")


def _finite(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise PictureError(f"{name} must be a number, got {type(value).__name__}")
    if not math.isfinite(value):
        raise PictureError(f"{name} must be finite, got {value}")
    return float(value)
