"""A plan as machine code: kernels written in LLVM's language, one for every shape of group, compiled by llvmlite."""

from .executor import Native, build
from .training import Steps

__all__ = ["Native", "Steps", "build"]
