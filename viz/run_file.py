"""Read the `run.json` that a training leaves in its folder: plain finite numbers, checked before anything is drawn.

The file is how a training hands over to its pictures, so that neither side imports the other.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .errors import PictureError, RunFileError
from .labels import readable, shorten
from .tables import numbers, rows, same_length

FORMAT, VERSION = "glassgrad-run", 1
MAX_BYTES = 50_000_000
MAX_GRAPHS = 20
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
TAKEN = {"loss", "confusion", "boundary"}  # names of the other pictures


class Confusion(NamedTuple):
    """The confusion matrix: row = true class, column = predicted class."""

    labels: list[str]
    counts: list[list[float]]


class Boundary(NamedTuple):
    """The scores on a grid, one row per entry of `y`, and the data as (x, y, label)."""

    x: list[float]
    y: list[float]
    score: list[list[float]]
    points: list[list[float]]


class Formula(NamedTuple):
    """A graph to draw: an expression, the value of each name, and which names are parameters."""

    name: str
    expression: str
    values: dict[str, float]
    parameters: list[str]


class Run(NamedTuple):
    """Everything in a run.json."""

    title: str
    metric_name: str
    history: dict[str, list[float]]
    confusion: Confusion | None
    boundary: Boundary | None
    graphs: list[Formula]


def read_run(folder: str | os.PathLike[str]) -> Run:
    """Return what `folder`/run.json holds.

    Raises RunFileError for a file that is missing, larger than 50 MB, not JSON, of another format or version, or in
    which a number is missing or not finite.
    """
    path = os.path.join(folder, "run.json")
    try:
        return _run(_fields(_parsed(_bytes(path)), "the file"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunFileError(f"cannot read {path!r} ({reason}): give the folder that a training wrote") from None
    except PictureError as error:
        raise RunFileError(f"{path!r} is not the run.json of a training: {error}") from None


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise PictureError(f"it is larger than {MAX_BYTES:,} bytes")
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PictureError(f"it is not JSON ({shorten(readable(str(error)), 100)})") from None


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _run(data: Mapping[str, Any]) -> Run:
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        found = shorten(f"{data.get('format')!r} version {data.get('version')!r}")
        raise PictureError(f"its format must be {FORMAT!r} version {VERSION}, not {readable(found)}")
    graphs = _get(data, "graphs", list)
    if len(graphs) > MAX_GRAPHS:
        raise PictureError(f"graphs must be at most {MAX_GRAPHS}, got {len(graphs)}")
    return Run(
        _get(data, "title", str),
        _get(data, "metric_name", str),
        _history(_fields(data.get("history"), "history")),
        _optional(data, "confusion", _confusion),
        _optional(data, "boundary", _boundary),
        [_formula(_fields(graph, f"graphs[{i}]")) for i, graph in enumerate(graphs)],
    )


def _fields(value: Any, name: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise PictureError(f"{name} must be a JSON object, got {type(value).__name__}")


def _get(data: Mapping[str, Any], name: str, kind: type) -> Any:
    if isinstance(data.get(name), kind):
        return data[name]
    raise PictureError(f"{name!r} must be a {kind.__name__}, got {type(data.get(name)).__name__}")


def _optional(data: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], Any]) -> Any:
    return None if data.get(name) is None else read(_fields(data[name], name))


def _history(data: Mapping[str, Any]) -> dict[str, list[float]]:
    columns = {name: numbers(data.get(name), f"history.{name}") for name in ("epoch", "loss")}
    if data.get("metric"):
        columns["metric"] = numbers(data["metric"], "history.metric")
    same_length(columns)
    return columns


def _confusion(data: Mapping[str, Any]) -> Confusion:
    labels = _texts(data, "labels")
    counts = rows(data.get("counts"), "counts", len(labels))
    same_length({"counts": counts}, len(labels))
    return Confusion(labels, counts)


def _boundary(data: Mapping[str, Any]) -> Boundary:
    x, y = numbers(data.get("x"), "x"), numbers(data.get("y"), "y")
    score = rows(data.get("score"), "score", len(x))
    same_length({"score": score}, len(y))
    points = _get(data, "points", list)
    return Boundary(x, y, score, rows(points, "points", 3) if points else [])


def _formula(data: Mapping[str, Any]) -> Formula:
    name = _get(data, "name", str)
    if not FILE_NAME.fullmatch(name) or name in TAKEN:  # it becomes the name of a file
        raise PictureError(f"{shorten(readable(name))!r} cannot name a graph: use letters, digits, - and _")
    values = _fields(data.get("values"), "values")
    checked = dict(zip(values, numbers(list(values.values()), "values"), strict=True)) if values else {}
    return Formula(name, _get(data, "expression", str), checked, _texts(data, "parameters"))


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    texts = _get(data, name, list)
    if all(isinstance(text, str) for text in texts):
        return texts
    raise PictureError(f"{name!r} must be a list of texts")
