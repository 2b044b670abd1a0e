"""The same program with its sums in any order and association, wherever the bias then stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from autograd import Value
from autograd.ops import add, mul
from autograd.program import Equation, Program, program
from autograd.structure import flatten, tree_map


def scrambled(f: Callable[..., Any], args: tuple[Any, ...], seed: int) -> Callable[..., Any]:
    """Return a function that computes what `f`, recorded at `args`, computes to rounding.

    The terms of each sum are added in a random order and association, and the factors of products change places.
    """
    inputs = tree_map(Value, args)
    mixed = Mixer(program(f(*inputs), inputs), Random(seed)).mixed()

    def g(*args: Any) -> Any:
        return mixed.evaluate(flatten(args)[0])[0]

    return g


class Mixer:
    """Build a program anew: a sum that only another sum uses is not computed, its terms go into the other."""

    def __init__(self, recorded: Program, source: Random):
        self.recorded, self.source = recorded, source
        self.made: list[Equation] = []
        self.places: dict[Any, Any] = {}  # from old variables to new ones
        self.terms: dict[Any, list[Any]] = {}  # of the sums that wait for another

    def mixed(self) -> Program:
        """Return the program with its sums mixed."""
        inner = self.inner()
        for k, equation in enumerate(self.recorded.equations, len(self.recorded.inputs)):
            if equation.row is not add:
                self.places[k] = self.emit(equation.row, [self.place(atom) for atom in equation.args])
                continue
            left, right = (self.terms.pop(atom, None) or [self.place(atom)] for atom in equation.args)
            left += right
            if k in inner:
                self.terms[k] = left
            else:
                self.places[k] = self.total(left)
        return Program(self.recorded.inputs, tuple(self.made), tuple(map(self.place, self.recorded.outputs)))

    def inner(self) -> set[Any]:
        """Return the variables that one sum uses and nothing else."""
        uses = Counter(atom for equation in self.recorded.equations for atom in equation.args)
        uses.update(self.recorded.outputs)
        by_sums = {atom for equation in self.recorded.equations if equation.row is add for atom in equation.args}
        return {atom for atom in by_sums if uses[atom] == 1}

    def place(self, atom: Any) -> Any:
        """Return the new atom for an old one; constants and inputs stay."""
        return self.places.get(atom, atom) if isinstance(atom, int) else atom

    def total(self, parts: list[Any]) -> Any:
        """Return the variable that holds the sum of the parts, neighbours of a shuffled row added until one is left."""
        self.source.shuffle(parts)
        while len(parts) > 1:
            k = self.source.randrange(len(parts) - 1)
            parts[k : k + 2] = [self.emit(add, parts[k : k + 2])]
        return parts[0]

    def emit(self, row: Any, args: list[Any]) -> int:
        """Add an equation and return its variable."""
        if row is mul:
            self.source.shuffle(args)
        self.made.append(Equation(row, tuple(args)))
        return len(self.recorded.inputs) + len(self.made) - 1
