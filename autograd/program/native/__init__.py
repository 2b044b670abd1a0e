"""A plan as machine code: kernels written in LLVM's language, one for every shape of group, compiled by llvmlite."""

from .executor import Native, build

__all__ = ["Native", "build"]
