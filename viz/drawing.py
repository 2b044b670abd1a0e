"""A graphviz.Digraph that makes its pixels with whatever engine is there, and shows itself in a notebook."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import graphviz

from . import files
from .errors import PictureError
from .render import FORMATS, HOW_TO, candidates, render
from .svg import scalable

DIRECTIONS = ("LR", "TB")
SUFFIXES = (*FORMATS, "dot", "gv", "txt")
FONT = {"fontname": "Helvetica,Arial,sans-serif", "fontsize": "12"}
SMALL = 60  # nodes
MIME = {"image/svg+xml": "svg", "image/png": "png", "application/pdf": "pdf", "text/plain": "txt"}


class Drawing(graphviz.Digraph):
    """Be the picture of one graph.

    `source` is the DOT text, `text` the same graph as a tree of characters. `save("neuron.svg")` writes a file by its
    suffix: .svg, .png, .pdf, .dot, .gv or .txt. `render` and `pipe` are those of graphviz.Digraph with our
    engines behind them, and leave no other file. A notebook shows the picture, or the text when no engine is there.
    """

    pixels = "auto"  # the engine; `engine` is Digraph's name for the layout program
    text = ""
    small = False  # then a notebook also gets a png, which GitHub and untrusted notebooks can show

    def __repr__(self) -> str:
        return f"<Drawing of {self.text.splitlines()[0] if self.text else 'nothing'}: save('name.svg') writes it>"

    def content(self, form: str) -> bytes:
        """Return the picture as svg, png, pdf, dot (gv) or txt.

        Raises PictureError for any other format and NoEngineError when no engine can make it here.
        """
        if form not in SUFFIXES:
            raise PictureError(f"unknown format {form!r}; choose one of {', '.join(SUFFIXES)}")
        if form not in FORMATS:
            return (self.text + "\n" if form == "txt" else self.source).encode()
        picture = render(self.source, form, self.pixels)
        return scalable(picture.decode()).encode() if form == "svg" else picture

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> bytes | str:
        """Return the picture as bytes, or as str with an `encoding`."""
        content = self.content(format or self.format)
        return content.decode(encoding) if encoding else content

    def write(self, path: str | os.PathLike[str], form: str | None = None) -> str:
        """Write the picture to `path`, in the format `form` or that of the suffix, and return the path."""
        return files.write(path, self.content(form or files.suffix_of(path, SUFFIXES)))

    def save(self, filename: str | os.PathLike[str] | None = None, directory: str | None = None, **_: Any) -> str:
        """Write the picture to `filename` by its suffix and return the path.

        Raises PictureError for an unknown suffix and OutputError where the folder is missing or cannot be written.
        """
        return self.write(os.path.join(directory or "", filename or "Digraph.gv"))

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike[str] | None = None,
        **_: Any,
    ) -> str:
        """Write `filename.format` and return its path; with `view`, open it.

        Unlike graphviz.Digraph this writes no second file, so there is nothing to clean up.
        """
        form = format or (files.suffix_of(outfile, SUFFIXES) if outfile else self.format)
        path = outfile or os.path.join(directory or "", f"{os.fspath(filename or 'Digraph.gv')}.{form}")
        written = self.write(path, form)
        if view:
            self._view(written, format=form, quiet=True)
        return written

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, bytes | str]:
        """Return what a notebook shows; this never raises: without an engine it is the text and how to get one."""
        wanted = set(self._shown() if include is None else include) - set(exclude or ())
        found = {mime: self._try(form) for mime, form in MIME.items() if mime in wanted}
        bundle = {mime: content for mime, content in found.items() if content}
        if len(bundle) < len(found) and "text/plain" in bundle:
            bundle["text/plain"] = f"{self.text}\n{HOW_TO}"
        return bundle

    def _shown(self) -> list[str]:
        forms = {self.format, "txt"} | ({"png"} if self.small else set())
        return [mime for mime, form in MIME.items() if form in forms]

    def _try(self, form: str) -> bytes | str | None:
        try:
            return self.content(form) if form in ("png", "pdf") else self.content(form).decode()
        except Exception:
            return None


def new_drawing(format: str, rankdir: str, engine: str, text: str, nodes: int) -> Drawing:
    """Return an empty drawing of so many nodes, with the same as `text`. Raises PictureError for an unknown option."""
    if rankdir not in DIRECTIONS:
        raise PictureError(f"unknown rankdir {rankdir!r}; choose one of {', '.join(DIRECTIONS)}")
    if format not in SUFFIXES:
        raise PictureError(f"unknown format {format!r}; choose one of {', '.join(SUFFIXES)}")
    candidates(engine)
    drawing = Drawing(format=format, graph_attr=FONT | {"rankdir": rankdir}, node_attr=FONT, edge_attr=FONT)
    drawing.pixels, drawing.text, drawing.small = engine, text, nodes <= SMALL
    return drawing
