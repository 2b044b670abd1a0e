"""A plan as machine code, by LLVM: one kernel for each shape of group, called with the numbers of each group.

describe.py    a group: its shape and its numbers         shapes.py, tiling.py
kernels.py     a shape: the text of a kernel              tiles.py, reduction.py, members.py, lanes.py, writer.py
driver.py      around kernels: blocks, numbers in, out    transfer.py
assembly.py    a plan: one text, and arrays of numbers
llvm.py        a text: machine code                       cache.py keeps it
executor.py    a call from Python                         memory.py, functions.py, threads.py
training.py    many steps in one call
"""

from .executor import Native, build
from .training import Steps

__all__ = ["Native", "Steps", "build"]
