"""Write a program in the DOT language, a node for each equation."""

from __future__ import annotations

from collections.abc import Sequence

import graphviz

from autograd.program import Equation, Program
from autograd.program.equations import Atom, shown

from . import labels
from .legend import write_samples
from .palette import BLUE, PALETTE, Style

EQUATION: Style = {"shape": "box", "style": "filled,rounded", "fillcolor": BLUE}


class EquationWriter:
    """Write `program` into `dot`: v0, v1, ... are its variables, r0, r1, ... its results.

    `places` say where in the arguments of a compiled function each input is.
    """

    def __init__(self, dot: graphviz.Digraph, program: Program, places: Sequence[str] = ()):
        self.dot, self.program, self.names, self.places = dot, program, program.names(), places

    def write(self) -> None:
        """Write inputs, equations with what they read, and results."""
        for k, name in enumerate(self.program.inputs):
            said = [name, *self.places[k : k + 1]]
            self.dot.node(f"v{k}", labels.record(" = ".join(said)), **PALETTE["input"])
        for k, equation in enumerate(self.program.equations, len(self.program.inputs)):
            self._write(k, equation)
        for k, atom in enumerate(self.program.outputs):
            text = f"result {k + 1}: {shown(atom, self.names)}"
            self.dot.node(f"r{k}", labels.record(text), **PALETTE["output"])
            self._edge(atom, f"r{k}")

    def _write(self, k: int, equation: Equation) -> None:
        text = " ".join([self.names[k], "=", equation.row.name, *(shown(a, self.names) for a in equation.args)])
        self.dot.node(f"v{k}", labels.plain(text), tooltip=labels.tooltip(text), **EQUATION)
        for atom in equation.args:
            self._edge(atom, f"v{k}")

    def _edge(self, atom: Atom, end: str) -> None:
        if isinstance(atom, int):
            self.dot.edge(f"v{atom}", end)


def write_equation_legend(dot: graphviz.Digraph, program: Program) -> None:
    """Say what the boxes are."""
    samples = {"input": ("input", PALETTE["input"]), "equation": ("variable = operation operands", EQUATION)}
    write_samples(dot, samples | {"output": ("result", PALETTE["output"])}, r"an arrow leads to what reads it\l")
