"""Matplotlib figures without pyplot: they need no display, keep no global state and show themselves in a notebook."""

from __future__ import annotations

import io
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from . import files
from .errors import NoEngineError
from .labels import readable, shorten
from .render import FORMATS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Path = str | os.PathLike[str]

TITLE_LENGTH = 80


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches; raise NoEngineError where matplotlib is missing."""
    return _figure_class()(figsize=(width, height), dpi=100, layout="constrained")


@cache
def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise NoEngineError('plots need matplotlib: pip install "glassgrad[plots]"') from None

    class Plot(Figure):
        def _repr_png_(self) -> bytes:
            return content(self, "png")

    return Plot


def titled(figure: Figure, title: str, xlabel: str, ylabel: str) -> Axes:
    """Return new axes; the texts are shown as they are, a `$` included."""
    axes = figure.add_subplot()
    axes.set_title(shorten(readable(title), TITLE_LENGTH), parse_math=False, wrap=True)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return axes


def second(axes: Axes, ylabel: str, colour: str) -> Axes:
    """Return axes in the same place with a scale of their own on the right."""
    right = axes.twinx()
    right.set_ylabel(shorten(readable(ylabel)), parse_math=False, color=colour)
    right.tick_params(axis="y", labelcolor=colour)
    return right


def finished(figure: Figure, path: Path | None) -> Figure:
    """Return the figure, written to `path` (.svg, .png, .pdf) where there is one."""
    if path is not None:
        files.write(path, content(figure, files.suffix_of(path, FORMATS)))
    return figure


def content(figure: Figure, form: str) -> bytes:
    """Return the figure as svg, png or pdf."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form)
    return buffer.getvalue()
