"""A recorded graph as a program: equations one can read, simplify, run, and turn into Python source.

The way of a compiled function; docs/compiled.md follows one neuron along it:

symbol.py, recording.py, refusals.py    a function is run once on symbols, or refused
closure.py, chance.py, collector.py     what it holds beside its arguments; whether it drew random numbers meanwhile
equations.py, graph.py, passes.py       what was recorded: equations, from a graph and back, simplified
python.py                               equations as Python source: the specification
arguments.py                            lists, dicts and arrays as flat numbers
planning/                               equations in normal form, in groups, with places for their numbers
formulas/                               the formulas of operations, for any executor
arrays/, native/                        the executors: NumPy, and machine code
compiled/                               what a user calls
"""

from .compiled.compile import Compiled, compile
from .equations import Equation, Program
from .graph import program, simplify
from .passes import PASSES, common_subexpressions, dead_code, fold_constants, identities, simplified
from .python import python_source

__all__ = [
    "PASSES",
    "Compiled",
    "Equation",
    "Program",
    "common_subexpressions",
    "compile",
    "dead_code",
    "fold_constants",
    "identities",
    "program",
    "python_source",
    "simplified",
    "simplify",
]
