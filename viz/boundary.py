"""Plot where a classifier of two inputs changes its mind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad

from .errors import PictureError
from .figure import Path, finished, new_figure, titled
from .labels import number
from .plots import COLOURS
from .tables import numbers, rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Score = Callable[[float, float], Any]
Grid = list[list[float]]

STEPS = 80  # points of the grid in each direction where the score is a function
MARKERS = "osD^vP*X"
MARGIN = 0.1  # of the width of the points, left free around them


def plot_decision_boundary(
    score: Score | Sequence[Sequence[float]],
    points: Iterable[Sequence[float]] = (),
    *,
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    classes: bool | None = None,
    title: str = "decision boundary",
    path: Path | None = None,
) -> Figure:
    """Return the plane coloured by what a classifier says, with the boundary and the data.

    `score` is a function of two floats (float or Value), or a grid: one list per entry of `y`, one number per entry of
    `x`. With `classes` false, a score > 0 means the second class, otherwise it is the number of the class; by default
    scores that are all whole numbers >= 0 are numbers of classes. `points` are the data, (x, y, label) each. `x` and
    `y` are the places on the axes; a function needs them only where there are no points. With `path` it is written too.
    Raises PictureError where lengths differ or something is not a finite number.

    >>> plot = plot_decision_boundary(lambda x, y: x - y, [(0, 1, 0), (1, 0, 1)])
    >>> len(plot.axes[0].collections) > 2
    True
    """
    data = _checked(points)
    across, up = _axis(x, data, 0, "x"), _axis(y, data, 1, "y")
    grid = _evaluated(score, across, up) if callable(score) else _given(score, across, up)
    is_class = _whole(grid) if classes is None else classes
    figure = new_figure(6.0, 5.0)
    axes = titled(figure, title, "x", "y")
    _colour_plane(axes, across, up, grid, is_class)
    _scatter(axes, data, is_class)
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    return finished(figure, path)


def _checked(points: Any) -> Grid:
    """Return the points as rows; what they must be is said in full, for a model's data come in another form."""
    try:
        given = list(points)
        return rows(given, "points", 3) if given else []
    except (TypeError, PictureError) as error:
        form = "points must be (x, y, label) each, such as [(*row, label) for row, label in zip(data.X, data.y)]"
        raise PictureError(f"{form}: {error}") from None


def _axis(given: Sequence[float] | None, data: Grid, column: int, name: str) -> list[float]:
    if given is not None:
        return numbers(given, name)
    if not data:
        raise PictureError(f"give the places on the {name} axis ({name}=[...]), or points to find them by")
    low, high = min(row[column] for row in data), max(row[column] for row in data)
    margin = MARGIN * (high - low) or 1.0
    step = (high - low + 2 * margin) / (STEPS - 1)
    return [low - margin + i * step for i in range(STEPS)]


@no_grad()
def _evaluated(score: Score, across: list[float], up: list[float]) -> Grid:
    return rows([[_scored(score, x, y) for x in across] for y in up], "score")


def _scored(score: Score, x: float, y: float) -> Any:
    try:
        found = score(x, y)
    except TypeError as error:
        form = "score must take two floats; of a model make such a function, lambda x, y: model([x, y])"
        raise PictureError(f"{form}: {error}") from error
    if isinstance(found, (list, tuple)):
        form = "score must return one number; of several outputs the class, nn.predicted_class(model([x, y]))"
        raise PictureError(f"{form}: got {type(found).__name__}")
    return found.data if isinstance(found, Value) else found


def _given(score: Sequence[Sequence[float]], across: list[float], up: list[float]) -> Grid:
    grid = rows(score, "score", len(across))
    if len(grid) != len(up):
        raise PictureError(f"score must have one row per entry of y ({len(up)}), got {len(grid)}")
    return grid


def _whole(grid: Grid) -> bool:
    return all(score >= 0 and score.is_integer() for row in grid for score in row)


def _class(x: float, is_class: bool) -> int:
    return int(x) if is_class else int(x > 0)


def _colour_plane(axes: Any, across: list[float], up: list[float], grid: Grid, is_class: bool) -> None:
    """Fill the region of each class, and between two classes draw the line where the score is 0."""
    if is_class:
        regions = [[score % len(COLOURS) for score in row] for row in grid]
        axes.pcolormesh(across, up, regions, cmap=_colour_map(), vmin=0, vmax=len(COLOURS) - 1, alpha=0.3, linewidth=0)
        return
    scores = [score for row in grid for score in row]
    axes.contourf(across, up, grid, levels=[min(-1.0, *scores), 0.0, max(1.0, *scores)], colors=COLOURS[:2], alpha=0.3)
    if min(scores) < 0 < max(scores):
        axes.contour(across, up, grid, levels=[0.0], colors="black", linewidths=1.2)


def _colour_map() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(COLOURS)


def _scatter(axes: Any, data: Grid, is_class: bool) -> None:
    labels = sorted({row[2] for row in data})
    for label in labels:
        k = _class(label, is_class)
        axes.scatter(
            [row[0] for row in data if row[2] == label],
            [row[1] for row in data if row[2] == label],
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            edgecolor="black",
            linewidth=0.6,
            s=28,
            label=f"class {number(label)}",
        )
    if labels:
        axes.legend(loc="best", framealpha=0.9)
