"""Draw the graph of a Value."""

from __future__ import annotations

from collections.abc import Iterable

from autograd import Value

from .dot import PlainWriter, place
from .drawing import SUFFIXES, Drawing
from .errors import PictureError
from .kinds import Names, Roles
from .legend import write_legend
from .limit import MAX_NODES, limited_graph
from .render import candidates
from .rich import RichWriter
from .trace import Graph, check_fresh
from .tree import tree

DIRECTIONS = ("LR", "TB")
SMALL = 60  # Values
FONT = {"fontname": "Helvetica,Arial,sans-serif", "fontsize": "12"}


def draw_dot(
    root: Value, format: str = "svg", rankdir: str = "LR", *, fused: bool = False, max_nodes: int = MAX_NODES
) -> Drawing:
    """Return micrograd's picture of the graph of `root`: a record `label | data | grad` per Value, black on white.

    The result is a `graphviz.Digraph`: `.source` is the DOT text, `.render("neuron")` writes neuron.svg, a notebook
    shows it. `rankdir` is "LR" or "TB". Raises GraphTooLargeError above `max_nodes` Values.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> print(draw_dot(a * b).source)  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    graph = limited_graph(root, fused, max_nodes)
    roles = Roles(graph)
    drawing = _drawing(graph, roles, format, rankdir, "auto")
    PlainWriter(drawing, graph, roles).write()
    return drawing


def draw(
    root: Value,
    *,
    names: Names | None = None,
    inputs: Iterable[Value] = (),
    fused: bool = False,
    max_nodes: int = MAX_NODES,
    rankdir: str = "LR",
    legend: bool = True,
    format: str = "svg",
    engine: str = "auto",
) -> Drawing:
    """Return the picture of the graph of `root` with the chain rule on it.

    Inputs and outputs are white, parameters red, operations blue; shapes and borders differ too. An edge carries its
    local derivative (×) and, after `backward`, the adjoint that flowed (←): local derivative times the child's grad.
    What arrives at a Value adds up to its grad. (1), (2) are the places of operands that may not be swapped.

    `names=model.named_parameters()` says which Values are the parameters, what they are called, and boxes them by
    the dots in their names; without it, every leaf that requires a gradient and is not in `inputs` is a parameter.
    `fused=True` keeps fused nodes whole. `engine` is "auto", "dot", "pygraphviz" or "text".
    Raises GraphTooLargeError above `max_nodes` Values (checked before any layout) and StaleGraphError when a
    value was overwritten after the graph had used it.

    >>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
    >>> picture = draw(w * x, inputs=[x])
    >>> "fillcolor" in picture.source
    True
    """
    check_fresh(root)
    graph = limited_graph(root, fused, max_nodes)
    roles = Roles(graph, names, inputs)
    drawing = _drawing(graph, roles, format, rankdir, engine)
    writer = RichWriter(drawing, graph, roles)
    writer.write()
    if legend:
        kinds = {roles.kind(v) for v in graph.nodes} | ({"operation"} if graph.edges else set())
        places = any(place(child, 1) for _, child in graph.edges)
        write_legend(drawing, kinds, places, writer.after_backward)
    return drawing


def _drawing(graph: Graph, roles: Roles, format: str, rankdir: str, engine: str) -> Drawing:
    if rankdir not in DIRECTIONS:
        raise PictureError(f"unknown rankdir {rankdir!r}; choose one of {', '.join(DIRECTIONS)}")
    if format not in SUFFIXES:
        raise PictureError(f"unknown format {format!r}; choose one of {', '.join(SUFFIXES)}")
    candidates(engine)
    drawing = Drawing(format=format, graph_attr=FONT | {"rankdir": rankdir}, node_attr=FONT, edge_attr=FONT)
    drawing.pixels, drawing.text, drawing.small = engine, tree(graph, roles.named), len(graph.nodes) <= SMALL
    return drawing
