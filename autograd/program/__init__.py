"""A recorded graph as a program: equations one can read, simplify, run, and turn into Python source."""

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
