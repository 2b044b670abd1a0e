"""Read a data set from a CSV file, strictly: whatever is not a plain decimal number is refused with its place.

The format: UTF-8, fields parted by commas, the first line names the columns, the last column is the class (an integer
or a name). A byte order mark and Windows line ends, as spreadsheets write them, are accepted. Quotes are not.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from autograd.errors import AutogradError

from .data import Dataset

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NAME = re.compile(r"-?[0-9]+|(?!(nan|inf|infinity|null|none|na)$)[^\W\d]([\w .()/%-]*[\w)%])?", re.IGNORECASE)


class CSVError(AutogradError, ValueError):
    """Say what is wrong in a CSV file, and where: file:line:column."""


def load_csv(path: str | os.PathLike[str]) -> Dataset:
    """Return the data set in a CSV file, named after the file; classes are sorted (integers by size).

    Raises CSVError naming file, line and column (counted from 1), OSError where the file cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sticks.csv").write_text("length,kind\\n1.5,long\\n0.5,short\\n")
    ...     load_csv(folder + "/sticks.csv")
    Dataset(name='sticks', X=[[1.5], [0.5]], y=[0, 1], features=['length'], classes=['long', 'short'])
    """
    lines = _lines(path)
    header = _header(path, lines)
    rows = [_fields(path, number, line, len(header)) for number, line in enumerate(lines[1:], 2)]
    classes = _classes([row[-1] for row in rows])
    numbers = [[decimal(x, f"{path}:{i}:{j}") for j, x in enumerate(row[:-1], 1)] for i, row in enumerate(rows, 2)]
    return Dataset(Path(path).stem, numbers, [classes.index(row[-1]) for row in rows], header[:-1], classes)


def decimal(text: str, place: str) -> float:
    """Return a plain decimal number such as -1.5e-3: no nan, inf, blanks, underscores or other digits.

    Raises CSVError that begins with `place`.

    >>> decimal("-1.5e-3", "here")
    -0.0015
    >>> decimal("1_000", "data.csv:2:1")
    Traceback (most recent call last):
    nn.table.CSVError: data.csv:2:1: expected a plain decimal number, got '1_000'
    """
    if not NUMBER.fullmatch(text):
        raise CSVError(f"{place}: expected a plain decimal number, got {_short(text)}")
    if not math.isfinite(float(text)):
        raise CSVError(f"{place}: {_short(text)} is too large for a float")
    return float(text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _lines(path: str | os.PathLike[str]) -> list[str]:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CSVError(f"{path}:{line}: not UTF-8 (byte {error.object[error.start]:#04x}): save it as UTF-8") from None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if len(lines) < 2:
        raise CSVError(
            f"{path}: expected a line of column names and at least one row, got {len(lines) * bool(text)} lines"
        )
    return lines


def _header(path: object, lines: list[str]) -> list[str]:
    names = lines[0].split(",")
    for j, name in enumerate(names, 1):
        if NUMBER.fullmatch(name) or not NAME.fullmatch(name):
            raise CSVError(f"{path}:1:{j}: expected the name of a column, got {_short(name)}")
    if len(names) < 2 or len(set(names)) < len(names):
        raise CSVError(f"{path}:1: expected two or more different column names, got {_short(lines[0])}")
    return names


def _fields(path: object, number: int, line: str, width: int) -> list[str]:
    fields = line.split(",")
    if len(fields) != width:
        raise CSVError(f"{path}:{number}: expected {width} fields, got {len(fields) if line else 'an empty line'}")
    if not NAME.fullmatch(fields[-1]):
        raise CSVError(f"{path}:{number}:{width}: expected a class (an integer or a name), got {_short(fields[-1])}")
    return fields


def _classes(labels: list[str]) -> list[str]:
    found = set(labels)
    if all(label.lstrip("-").isdigit() for label in found):
        return sorted(found, key=int)
    return sorted(found)
