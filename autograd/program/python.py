"""A program as Python source: straight-line code on floats that needs the standard library (and numeric.py) alone."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

from .. import numeric
from ..primitive import Row
from .equations import Atom, Equation, Program

HEADER = "import math\nfrom math import inf, nan\n"


class Source:
    """The text of a function of floats, and the names it uses that are not the standard library's.

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
        self.helpers: dict[str, str] = {}
        names = [f"{name}_" if name in _RESERVED else name for name in program.names()]
        lines = [self._line(k, e, names) for k, e in enumerate(program.equations, len(program.inputs))]
        outputs = "".join(f"{_text(atom, names)}, " for atom in program.outputs).rstrip()
        body = "".join(f"    {line}\n" for line in [*lines, f"return ({outputs})"])
        define = f"def run({', '.join(names[: len(program.inputs)])}):\n{body}"
        imports = "".join(
            f"from autograd.numeric import {name}\n" for name in sorted(self.given) if name in numeric.NAMES
        )
        self.text = "\n\n".join([HEADER + imports, *self.helpers.values(), define])

    def function(self) -> Any:
        """Return the compiled function: floats in, a tuple of floats out."""
        namespace = dict(self.given)
        exec(compile(self.text, "<program>", "exec"), namespace)
        return namespace["run"]

    def _line(self, k: int, equation: Equation, names: Sequence[str]) -> str:
        return f"{names[k]} = {self._expression(equation, names)}"

    def _expression(self, equation: Equation, names: Sequence[str]) -> str:
        row, operands = equation.row, [_text(atom, names) for atom in equation.args]
        if row.formula_text is None:
            return self._call(row, operands)
        if row.guarded:
            return self._guarded(row, operands)
        return self._inlined(row.formula_text, operands)

    def _inlined(self, text: str, operands: Sequence[str]) -> str:
        self._note(text)
        tree = _Substitute(dict(zip("xyz", operands, strict=False))).visit(ast.parse(text, mode="eval"))
        return ast.unparse(tree)

    def _guarded(self, row: Row, operands: Sequence[str]) -> str:
        """Call a helper that returns the IEEE 754 limit where the formula raises."""
        name = "ieee_" + _identifier(row.name)
        self._note(f"({row.formula_text}, {row.limit_text})")
        names = ", ".join("xyz"[: len(operands)])
        self.helpers[name] = (
            f"def {name}({names}):\n    try:\n        return {row.formula_text}\n"
            f"    except (ArithmeticError, ValueError):\n        return {row.limit_text}\n"
        )
        return f"{name}({', '.join(operands)})"

    def _call(self, row: Row, operands: Sequence[str]) -> str:
        """Call a row whose formula is a function: one with many arguments, or a user's own."""
        name = "".join(c if c.isalnum() else "_" for c in row.name).strip("_")
        name = next(
            f"{name}_row{n}"
            for n in range(len(self.given) + 1)
            if self.given.get(f"{name}_row{n}", row.formula) == row.formula
        )
        self.given[name] = row.formula
        return f"{name}({', '.join(operands)})"

    def _note(self, text: str) -> None:
        used = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
        self.given |= {name: numeric.NAMES[name] for name in used & _HELPERS}


def python_source(program: Program) -> Source:
    """Return `program` as Python source."""
    return Source(program)


class _Substitute(ast.NodeTransformer):
    def __init__(self, operands: dict[str, str]):
        self.operands = operands

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.operands:
            return node
        return ast.parse(self.operands[node.id], mode="eval").body


def _text(atom: Atom, names: Sequence[str]) -> str:
    return names[atom] if isinstance(atom, int) else repr(atom)


def _identifier(name: str) -> str:
    return "".join(c if c.isalnum() else f"_{ord(c):x}" for c in name)


_BUILTIN = {"math", "abs", "max", "min", "inf", "nan"}
_HELPERS = set(numeric.NAMES) - _BUILTIN - set(vars(math))
_RESERVED = set(numeric.NAMES) | {"run", "math"}
