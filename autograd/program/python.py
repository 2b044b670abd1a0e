"""A program as Python source: straight-line code on floats, for the standard library and autograd.numeric alone."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .. import numeric
from ..ops import NeuronRow
from ..primitive import Row
from .equations import Equation, Program, shown

HEADER = "import math\nfrom math import inf, nan\n"


class Source:
    """The text of a function of floats; `given` are the user's own operations, which it calls by name.

    >>> from autograd import Value, tanh
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> print(python_source(program(tanh(x * 3), [x])).text)
    import math
    from math import inf, nan
    <BLANKLINE>
    <BLANKLINE>
    def run(x):
        a = x * 3.0
        b = math.tanh(a)
        return (b,)
    <BLANKLINE>
    """

    def __init__(self, program: Program):
        self.given: dict[str, Any] = {}
        self.used: set[str] = set()
        self.helpers: dict[str, str] = {}
        names = _variables(program)
        lines = [self._line(k, e, names) for k, e in enumerate(program.equations, len(program.inputs))]
        outputs = "".join(f"{shown(atom, names)}, " for atom in program.outputs).rstrip()
        body = "".join(f"    {line}\n" for line in [*lines, f"return ({outputs})"])
        define = f"def run({', '.join(names[: len(program.inputs)])}):\n{body}"
        imports = "".join(f"from autograd.numeric import {name}\n" for name in sorted(self.used & _HELPERS))
        self.text = "\n\n".join([HEADER + imports, *self.helpers.values(), define])

    def function(self) -> Any:
        """Return the compiled function: floats in, a tuple of floats out."""
        namespace = dict(self.given)
        exec(compile(self.text, "<program>", "exec"), namespace)
        return namespace["run"]

    def _line(self, k: int, equation: Equation, names: Sequence[str]) -> str:
        operands = [shown(atom, names) for atom in equation.args]
        return f"{names[k]} = {self._expression(equation.row, operands)}"

    def _expression(self, row: Row, operands: Sequence[str]) -> str:
        if isinstance(row, NeuronRow) and row.activation is not None:
            activation = row.activation.ieee if row.guarded else row.activation
            return self._activated(activation, row.total_source(operands))
        text = row.source(operands)
        if text is None:
            return self._call(row, operands)
        if row.guarded:
            return self._guarded(row, operands)
        self.used |= _names(text)
        return text

    def _activated(self, activation: Row, total: str) -> str:
        self.used |= _names(total)
        if activation.guarded or activation.formula_text is None:
            return self._expression(activation, [total])
        return f"(lambda x: {self._expression(activation, ['x'])})({total})"

    def _guarded(self, row: Row, operands: Sequence[str]) -> str:
        """Call a helper that returns the IEEE 754 limit where the formula raises."""
        name = _named("ieee", row)
        parameters = "*args" if row.arity is None else ", ".join("xyz"[: len(operands)])
        formula = row.source(["*args"]) if row.arity is None else row.formula_text
        self.used |= _names(f"({formula}, {row.limit_text})")
        body = (
            f"({parameters}):\n    try:\n        return {formula}\n"
            f"    except (ArithmeticError, ValueError):\n        return {row.limit_text}\n"
        )
        while self.helpers.get(name, f"def {name}{body}") != f"def {name}{body}":
            name += "_"  # another row of the same name
        self.helpers[name] = f"def {name}{body}"
        return f"{name}({', '.join(operands)})"

    def _call(self, row: Row, operands: Sequence[str]) -> str:
        """Call a user's own operation by a name of its own."""
        name, n = _named("own", row), 0
        while self.given.get(f"{name}_{n}", row.formula) != row.formula:
            n += 1
        self.given[f"{name}_{n}"] = row.formula
        return f"{name}_{n}({', '.join(operands)})"


def python_source(program: Program) -> Source:
    """Return `program` as Python source: its `text`, and the `function()` that it defines.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> python_source(program(x * x, [x])).function()(3.0)
    (9.0,)
    """
    return Source(program)


def is_called(row: Row) -> bool:
    """Say whether an operation has no text and is called: a user's own."""
    if isinstance(row, NeuronRow):
        return row.activation is not None and is_called(row.activation)
    return row.source(("x", "y", "z")[: row.arity or 3]) is None


def _variables(program: Program) -> list[str]:
    """Return the names of the variables, changed where the text needs the name for something else."""
    taken = set(_RESERVED)
    names = []
    for name in program.names():
        while name in taken or name.startswith(("ieee__", "own__")):
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _named(kind: str, row: Row) -> str:
    return f"{kind}__" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in row.name)


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}


_HELPERS = set(numeric.NAMES) - {"math", "abs", "max", "min", "inf", "nan"}
_RESERVED = set(numeric.NAMES) | {"run", "math", "inf", "nan", "ArithmeticError", "ValueError"}
