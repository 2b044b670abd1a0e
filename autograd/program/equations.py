"""What a program is: equations in topological order, and how to read and to evaluate them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, NamedTuple

from ..errors import ShapeError
from ..primitive import Row

# An operand of an equation: a variable by its number, or a constant.
Atom = int | float


class Equation(NamedTuple):
    """One line of a program: the result of `row` on `args`; ints are variables, floats are constants."""

    row: Row
    args: tuple[Atom, ...]


@dataclass(frozen=True)
class Program:
    """Equations in topological order; inputs are the variables 0 to n - 1, equation k defines variable n + k.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> print(program(w * x + 1, [w, x]))
    { lambda w x ; let
        a = mul w x
        b = add a 1.0
      in (b) }
    """

    inputs: tuple[str, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[Atom, ...]

    def __len__(self) -> int:
        return len(self.equations)

    def __str__(self) -> str:
        names = self.names()
        lines = [f"    {names[len(self.inputs) + k]} = {_line(e, names)}" for k, e in enumerate(self.equations)]
        outputs = " ".join(shown(atom, names) for atom in self.outputs)
        return "\n".join([f"{{ lambda {' '.join(self.inputs)} ; let", *lines, f"  in ({outputs}) }}"])

    def names(self) -> list[str]:
        """Return a name for every variable: the inputs' own, then a, b, ..., z, aa, ab, ... without those."""
        names, taken, k = list(self.inputs), set(self.inputs), 0
        while len(names) < len(self.inputs) + len(self.equations):
            name = _letters(k)
            k += 1
            if name not in taken and not iskeyword(name):
                names.append(name)
        return names

    def evaluate(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the outputs at `inputs`, floats or any operands: on Values this is the way back to a graph.

        Raises ShapeError for another number of inputs.

        >>> from autograd import Value
        >>> from autograd.program import program
        >>> x = Value(3.0)
        >>> program(x * x, [x]).evaluate([5.0])
        [25.0]
        """
        values = list(inputs)
        if len(values) != len(self.inputs):
            raise ShapeError(
                f"this program takes {len(self.inputs)} inputs ({' '.join(self.inputs)}), got {len(values)}"
            )
        for equation in self.equations:
            values.append(equation.row(*(_at(atom, values) for atom in equation.args)))
        return [_at(atom, values) for atom in self.outputs]

    def rewritten(self, rule: Callable[[Equation, list[Equation]], Equation | Atom]) -> Program:
        """Return the program with each equation replaced by what `rule` returns: an equation, or an atom in its place.

        The rule sees the arguments in the new numbering, and the new equations so far.
        """
        atoms: list[Atom] = list(range(len(self.inputs)))
        made: list[Equation] = []
        for equation in self.equations:
            new = rule(Equation(equation.row, tuple(_at(atom, atoms) for atom in equation.args)), made)
            if isinstance(new, Equation):
                made.append(new)
                new = len(self.inputs) + len(made) - 1
            atoms.append(new)
        return Program(self.inputs, tuple(made), tuple(_at(atom, atoms) for atom in self.outputs))


def shown(atom: Atom, names: Sequence[str]) -> str:
    """Return an atom as text: the name of a variable, or the number."""
    return names[atom] if isinstance(atom, int) else repr(atom)


def _at(atom: Atom, values: Sequence[Any]) -> Any:
    return values[atom] if isinstance(atom, int) else atom


def _line(equation: Equation, names: Sequence[str]) -> str:
    return " ".join([equation.row.name, *(shown(atom, names) for atom in equation.args)])


def _letters(k: int) -> str:
    word = ""
    while k >= 0:
        word = chr(ord("a") + k % 26) + word
        k = k // 26 - 1
    return word
