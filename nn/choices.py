"""Find a row of one of the package's tables by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Row = TypeVar("Row")


def choose(kind: str, name: object, table: Mapping[str, Row]) -> Row:
    """Return the row called `name`.

    Raises ValueError that lists the known names; `kind` says what they are names of.

    >>> choose("shape", "round", {"round": 1, "square": 4})
    1
    >>> choose("shape", "oval", {"round": 1, "square": 4})
    Traceback (most recent call last):
    ValueError: unknown shape 'oval' (known: round, square)
    """
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown {kind} {name!r} (known: {', '.join(table)})")
    return table[name]
