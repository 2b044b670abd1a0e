"""Plot a training and its result: the curve of the loss, the confusion matrix.

The functions take plain numbers, so they know nothing of models, and return a matplotlib Figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import PictureError
from .figure import Path, finished, new_figure, second, titled
from .labels import number, readable, shorten
from .tables import numbers, rows, same_length

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# One colour per class, told apart by readers who do not see red too: the palette of Okabe and Ito.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#555555")
FEW = 30  # up to here every epoch gets a dot


def plot_loss(
    history: Mapping[str, Sequence[float]] | Sequence[float],
    *,
    metric_name: str = "metric",
    title: str = "training",
    path: Path | None = None,
) -> Figure:
    """Return the curve of the loss and, where there is one, of the metric.

    `history` is a list of losses, or lists of equal lengths: {"loss": [...], "epoch": [...], "metric": [...]}, of which
    only "loss" must be there. With `path` (.svg, .png, .pdf) it is written too.
    Raises PictureError for lists that are empty, of different lengths or hold anything but finite numbers.

    >>> plot_loss([0.7, 0.4, 0.2]).axes[0].get_ylabel()
    'loss'
    """
    columns = history if isinstance(history, Mapping) else {"loss": history}
    losses = numbers(columns.get("loss", ()), "loss")
    epochs = numbers(columns.get("epoch", range(1, len(losses) + 1)), "epoch")
    metric = numbers(columns["metric"], "metric") if "metric" in columns else []
    same_length({"loss": losses, "epoch": epochs, "metric": metric or losses})
    figure = new_figure(6.4, 4.0)
    axes: Any = titled(figure, title, "epoch", "loss")
    axes.xaxis.get_major_locator().set_params(integer=True)
    _curve(axes, epochs, losses, COLOURS[0])
    if metric:
        _curve(second(axes, metric_name, COLOURS[1]), epochs, metric, COLOURS[1], "--")
    return finished(figure, path)


def plot_confusion(
    counts: Sequence[Sequence[float]],
    labels: Sequence[object] | None = None,
    *,
    title: str = "confusion matrix",
    path: Path | None = None,
) -> Figure:
    """Return the confusion matrix of n classes: row = true class, column = predicted class.

    `counts` is n lists of n numbers >= 0, `labels` n names (0, 1, ... by default). With `path` it is written too.
    Raises PictureError where the lists are not square, a count is negative or the labels are not n.

    >>> plot_confusion([[5, 1], [0, 4]]).axes[0].get_xlabel()
    'predicted class'
    """
    table = _square(counts)
    names = [shorten(readable(str(label)), 16) for label in (range(len(table)) if labels is None else labels)]
    same_length({"labels": names}, len(table))
    side = max(3.4, 0.48 * len(table) + 1.2)
    figure = new_figure(side + 0.3, side)
    axes = titled(figure, title, "predicted class", "true class")
    axes.imshow(table, cmap="Blues", vmin=0)
    axes.set_xticks(range(len(table)), names, rotation=90 if max(map(len, names)) > 3 else 0, parse_math=False)
    axes.set_yticks(range(len(table)), names, parse_math=False)
    _write_counts(axes, table)
    return finished(figure, path)


def _curve(axes: Any, x: list[float], y: list[float], colour: str, line: str = "-") -> None:
    axes.plot(x, y, line, color=colour, marker="o" if len(x) <= FEW else None, markersize=3)


def _square(counts: Sequence[Sequence[float]]) -> list[list[float]]:
    table = rows(counts, "counts", len(counts) if isinstance(counts, Sequence) else None)
    if min(map(min, table)) < 0:
        raise PictureError("counts must be >= 0")
    return table


def _write_counts(axes: Any, table: list[list[float]]) -> None:
    dark = max(map(max, table)) / 2
    for i, row in enumerate(table):
        for j, count in enumerate(row):
            colour = "white" if count > dark else "black" if count or i == j else "#b0b0b0"
            axes.text(j, i, number(count), ha="center", va="center", color=colour)
