"""Set rows of texts in columns."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows` as lines with their columns aligned to the left.

    >>> print(table([("name", "data"), ("w", "-3")]))
    name  data
    w     -3
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
