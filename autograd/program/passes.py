"""Passes: each takes a program and returns an equal one, mostly shorter; equal to the bit, special values included.

The identities used are those that hold for every IEEE 754 number, nan, infinities and both zeros:

    identity x = x          neg (neg x) = x        x * 1 = 1 * x = x      x / 1 = x        x ** 1 = x
    x - 0.0 = x             x + -0.0 = -0.0 + x = x
    chain 1 x = x           chain 0 x = 0          where c x y = x or y for a constant c

x + 0.0 = x is not among them: it is 0.0 for x = -0.0. Nor is x * 0 = 0, nor x - x = 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from .. import ops
from ..primitive import RAISED, Row
from .equations import Atom, Equation, Program

Pass = Callable[[Program], Program]
# What takes the place of an equation, given those before it: itself, or an atom.
Rule = Callable[[Equation, list[Equation]], Equation | Atom]


def fold_constants(program: Program) -> Program:
    """Compute what depends on constants alone; an operation that raises stays, and raises when the program runs.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> print(fold_constants(program(x + Value(0.0).exp(), [x])))
    { lambda x ; let
        a = add x 1.0
      in (a) }
    """
    return program.rewritten(_folding(len(program.inputs)))


def identities(program: Program) -> Program:
    """Replace what an identity makes superfluous.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> print(identities(program(x * 1, [x])))
    { lambda x ; let
      in (x) }
    """
    return program.rewritten(_replacing(len(program.inputs)))


def common_subexpressions(program: Program) -> Program:
    """Compute equal expressions once.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> print(common_subexpressions(program(x * x + x * x, [x])))
    { lambda x ; let
        a = mul x x
        b = add a a
      in (b) }
    """
    return program.rewritten(_sharing(len(program.inputs)))


def dead_code(program: Program) -> Program:
    """Leave out what no output needs; an operation that may raise stays: the error is part of what a program does.

    >>> from dataclasses import replace
    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> both = program([x * 2, x * 3], [x])
    >>> len(both), len(dead_code(replace(both, outputs=both.outputs[:1])))
    (2, 1)
    """
    first = len(program.inputs)
    needed = {atom for atom in program.outputs if isinstance(atom, int)}
    needed |= {first + k for k, equation in enumerate(program.equations) if equation.row.raises}
    for k in reversed(range(len(program.equations))):
        if first + k in needed:
            needed |= {atom for atom in program.equations[k].args if isinstance(atom, int)}
    kept = iter([first + k in needed for k in range(len(program.equations))])
    return program.rewritten(lambda equation, made: equation if next(kept) else math.nan)


PASSES: dict[str, Pass] = {
    "constants": fold_constants,
    "identities": identities,
    "common subexpressions": common_subexpressions,
    "dead code": dead_code,
}


def simplified(program: Program, report: Callable[[str, int], None] = lambda name, removed: None) -> Program:
    """Return the program after all passes; doing them again would change nothing.

    A rule sees only what went before, so all of them are tried on an equation before the next one comes: one walk does
    for a chain of any length. `report` is called with the name of each pass and the number of equations it removed.

    >>> from autograd import Value
    >>> from autograd.program import program
    >>> x = Value(2.0, label="x")
    >>> print(simplified(program(x * 1 + x * 1, [x])))
    { lambda x ; let
        a = add x x
      in (a) }
    """
    rules = {name: rule(len(program.inputs)) for name, rule in RULES.items()}
    removed: Counter[str] = Counter()

    def rule(equation: Equation, made: list[Equation]) -> Equation | Atom:
        for name, one in rules.items():
            found = one(equation, made)
            if not isinstance(found, Equation):
                removed[name] += 1
                return found
        return equation

    short = program.rewritten(rule)
    left = dead_code(short)
    for name in PASSES:
        report(name, removed[name] if name in RULES else len(short) - len(left))
    return left


def _folding(inputs: int) -> Rule:
    return lambda equation, made: _folded(equation)


def _replacing(inputs: int) -> Rule:
    return lambda equation, made: _identity(equation, made, inputs)


def _sharing(inputs: int) -> Rule:
    seen: dict[object, int] = {}

    def rule(equation: Equation, made: list[Equation]) -> Equation | Atom:
        key = (equation.row, tuple(map(_exact, equation.args)))
        if key in seen:
            return seen[key]
        seen[key] = inputs + len(made)
        return equation

    return rule


# The rules of the passes that go forward; each is made for a number of inputs.
RULES: dict[str, Callable[[int], Rule]] = {
    "constants": _folding,
    "identities": _replacing,
    "common subexpressions": _sharing,
}


def _folded(equation: Equation) -> Equation | Atom:
    if any(isinstance(atom, int) for atom in equation.args):
        return equation
    try:
        return equation.row.formula(*equation.args)
    except RAISED:
        return equation


def _identity(equation: Equation, made: list[Equation], inputs: int) -> Equation | Atom:
    row, args = equation.row, equation.args
    if row is ops.identity or row is ops.power(1) or row is ops.power(1.0):
        return args[0]
    if row is ops.neg and isinstance(args[0], int) and args[0] >= inputs and made[args[0] - inputs].row is ops.neg:
        return made[args[0] - inputs].args[0]
    if row is ops.select and isinstance(args[0], float):
        return args[1] if args[0] != 0 else args[2]
    if len(args) != 2:
        return equation
    return _with_neutral(equation)


def _with_neutral(equation: Equation) -> Equation | Atom:
    (x, y), row = equation.args, equation.row
    if row is ops.chain and isinstance(x, float) and x in (0.0, 1.0):
        return y if x else 0.0
    neutral = _NEUTRAL.get(row)
    if neutral is None:
        return equation
    left, right = neutral
    if right is not None and _exact(y) == _exact(right):
        return x
    return y if left is not None and _exact(x) == _exact(left) else equation


# row: (what is neutral on the left, on the right)
_NEUTRAL: dict[Row, tuple[float | None, float | None]] = {
    ops.add: (-0.0, -0.0),
    ops.sub: (None, 0.0),
    ops.mul: (1.0, 1.0),
    ops.div: (None, 1.0),
    ops.div.ieee: (None, 1.0),
}


def _exact(atom: Atom) -> int | str:
    # 0.0 and -0.0 are equal but not the same constant.
    return atom if isinstance(atom, int) else atom.hex()
