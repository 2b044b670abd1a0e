"""A matplotlib Figure that needs no pyplot: it draws without a display, keeps no global state and shows itself.

This file imports matplotlib, so it is itself imported only when a plot is asked for.
"""

from __future__ import annotations

import io
import os

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import files
from .labels import readable, shorten
from .render import FORMATS

TITLE_LENGTH = 80


class Plot(Figure):
    """Be a Figure; a notebook shows it, `save` writes it whole or not at all."""

    def __init__(self, width: float, height: float):
        super().__init__(figsize=(width, height), dpi=100, layout="constrained")

    def titled(self, title: str, xlabel: str, ylabel: str) -> Axes:
        """Return new axes; the texts are shown as they are, a `$` included."""
        axes = self.add_subplot()
        axes.set_title(shorten(readable(title), TITLE_LENGTH), parse_math=False, wrap=True)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        return axes

    def second(self, axes: Axes, ylabel: str, colour: str) -> Axes:
        """Return axes with a scale of their own on the right."""
        right = axes.twinx()
        right.set_ylabel(shorten(readable(ylabel)), parse_math=False, color=colour)
        right.tick_params(axis="y", labelcolor=colour)
        return right

    def finished(self, path: str | os.PathLike[str] | None) -> Plot:
        """Return the plot, written to `path` where there is one."""
        if path is not None:
            self.save(path)
        return self

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the plot to `path` as .svg, .png or .pdf and return the path."""
        return files.write(path, self.content(files.suffix_of(path, FORMATS)))

    def content(self, form: str) -> bytes:
        """Return the plot as svg, png or pdf."""
        buffer = io.BytesIO()
        self.savefig(buffer, format=form)
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.content("png")
