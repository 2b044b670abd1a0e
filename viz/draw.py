"""Draw the graph of a Value, or a program."""

from __future__ import annotations

from collections.abc import Iterable

from autograd import Value
from autograd.program import Compiled, Program
from autograd.program.planning.plan import Plan

from .dot import PlainWriter, place
from .drawing import Drawing, new_drawing
from .errors import PictureError
from .kinds import Names, Roles
from .legend import write_legend
from .limit import MAX_NODES, limited_graph
from .programs import Drawable, draw_program
from .rich import RichWriter
from .trace import check_fresh
from .tree import tree


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
    drawing = new_drawing(format, rankdir, "auto", tree(graph, roles.named), len(graph.nodes))
    PlainWriter(drawing, graph, roles).write()
    return drawing


def draw(
    root: Value | Drawable,
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
    """Return the picture of the graph of `root` with the chain rule on it, or of a program.

    Inputs and outputs are white, parameters red, operations blue; shapes and borders differ too. An edge carries its
    local derivative (×) and, after `backward`, the adjoint that flowed (←): local derivative times the child's grad.
    What arrives at a Value adds up to its grad. (1), (2) are the places of operands that may not be swapped.

    `names=model.named_parameters()` says which Values are the parameters, what they are called, and boxes them by
    the dots in their names; without it, every leaf that requires a gradient and is not in `inputs` is a parameter.
    `fused=True` keeps fused nodes whole. `engine` is "auto", "dot", "pygraphviz" or "text".
    Raises GraphTooLargeError above `max_nodes` Values (checked before any layout) and StaleGraphError when a
    value was overwritten after the graph had used it.

    A Program is drawn by its equations, up to 60 of them, otherwise by its groups: equal-looking equations of one
    depth, with their number, their terms, where they read, and how many numbers flow between them. A Plan is drawn by
    its groups, a compiled function by the program that ran last. `names`, `inputs` and `fused` are for Values alone.

    >>> w, x = Value(-3.0, label="w"), Value(2.0, label="x")
    >>> picture = draw(w * x, inputs=[x])
    >>> "fillcolor" in picture.source
    True
    """
    if isinstance(root, (Program, Plan, Compiled)):
        if names is not None or fused or list(inputs):
            raise PictureError("names, inputs and fused say how to draw Values; leave them out to draw a program")
        return draw_program(root, max_nodes, rankdir, legend, format, engine)
    check_fresh(root)
    graph = limited_graph(root, fused, max_nodes)
    roles = Roles(graph, names, inputs)
    drawing = new_drawing(format, rankdir, engine, tree(graph, roles.named), len(graph.nodes))
    writer = RichWriter(drawing, graph, roles)
    writer.write()
    if legend:
        kinds = {roles.kind(v) for v in graph.nodes} | ({"operation"} if graph.edges else set())
        places = any(place(child, 1) for _, child in graph.edges)
        write_legend(drawing, kinds, places, writer.after_backward)
    return drawing
