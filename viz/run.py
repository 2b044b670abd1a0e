"""Draw a training from the folder it left: the loss, the confusion matrix, the decision boundary, its graphs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from autograd.errors import AutogradError

from .boundary import plot_decision_boundary
from .draw import draw
from .errors import OutputError
from .expression import parse_expression
from .plots import plot_confusion, plot_loss
from .render import HOW_TO, engine_found
from .run_file import Formula, Run, read_run

TELLING = ("boundary.png", "confusion.png")


class Made(NamedTuple):
    """The files that were written, and in sentences what could not be drawn."""

    paths: list[str]
    lost: list[str]

    def first(self) -> str:
        """Return the picture to open first: the one that says most about the result."""
        best = [path for name in TELLING for path in self.paths if path.endswith(name)]
        return (best or self.paths)[0]


def draw_run(folder: str | os.PathLike[str]) -> Made:
    """Write loss.png, confusion.png, boundary.png and each graph as .svg and .png into `folder`, as data are there.

    What cannot be drawn, because an engine is missing or a graph is too large, is said and does not stop the others;
    without any engine a graph is written as .txt. Raises RunFileError for a run.json that is missing or not one, and
    OutputError where the folder cannot be written.
    """
    run = read_run(folder)
    forms = ("svg", "png") if engine_found() else ("txt",)
    made = Made([], [f"the graphs were written as text; {HOW_TO}"] if run.graphs and not engine_found() else [])
    for name, write in _pictures(run, forms):
        _make(made, os.path.join(folder, name), write)
    return made


def _make(made: Made, path: str, write: Callable[[str], object]) -> None:
    try:
        write(path)
        made.paths.append(path)
    except OutputError:
        raise
    except (AutogradError, ArithmeticError, ValueError) as error:
        made.lost.append(f"{os.path.basename(path)} was not made: {error}")


def _pictures(run: Run, forms: Sequence[str]) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield the file name of each picture and the function that writes it to a path."""
    loss = partial(plot_loss, run.history, metric_name=run.metric_name, title=run.title)
    yield "loss.png", lambda path: loss(path=path)
    if run.confusion:
        confusion = partial(plot_confusion, run.confusion.counts, run.confusion.labels)
        yield "confusion.png", lambda path: confusion(path=path)
    if run.boundary:
        x, y, score, points = run.boundary
        boundary = partial(plot_decision_boundary, score, points, x=x, y=y, title=run.title)
        yield "boundary.png", lambda path: boundary(path=path)
    for formula in run.graphs:
        for form in forms:
            yield f"{formula.name}.{form}", partial(_write_graph, formula)


def _write_graph(formula: Formula, path: str) -> None:
    root, leaves = parse_expression(formula.expression).evaluate(formula.values)
    root.backward()
    draw(root, names={name: leaves[name] for name in formula.parameters if name in leaves}).save(path)
