"""Machine code from LLVM's language, for this processor: the only file that imports llvmlite."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Target:
    """Be the processor that code is for: its name and features, and what follows from them."""

    name: str
    features: str
    bytes: int  # of a vector
    accumulators: int  # registers left beside operands


@cache
def target(lowered: str = "") -> Target:
    """Return the host, or what is left of it without the features that `lowered` masks: "avx2" or "sse2".

    Raises ImportError without llvmlite, ValueError for another word.
    """
    if lowered not in _MASKED:
        raise ValueError(f"GLASSGRAD_FEATURES must be avx2 or sse2, or not set, got {lowered!r}")
    binding = _binding()
    features = dict(binding.get_host_cpu_features())
    for prefix in _MASKED[lowered]:
        features |= {name: False for name in features if name.startswith(prefix)}
    size, accumulators = next((b, n) for name, b, n in _WIDTHS if not name or features.get(name))
    text = ",".join(f"{'+' if on else '-'}{name}" for name, on in sorted(features.items()))
    return Target("" if lowered else binding.get_host_cpu_name(), text, size, accumulators)


# Vectors by what the processor has: (feature, bytes of a vector, accumulators that leave room for operands).
_WIDTHS = (("avx512f", 64, 16), ("avx2", 32, 8), ("", 16, 8))
_MASKED = {
    "": (),
    "avx2": ("avx512", "avx10", "evex512"),
    "sse2": ("avx", "fma", "xop", "f16c", "sse3", "ssse3", "sse4", "vaes", "vpcl"),
}


@cache
def _binding() -> Any:
    try:
        from llvmlite import binding
    except ImportError:
        raise ImportError("the native engine needs llvmlite: pip install llvmlite, or choose another engine") from None
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


def version() -> str:
    """Return what the code depends on besides its text and its target."""
    import llvmlite

    return f"{llvmlite.__version__} {_binding().llvm_version_info} {_triple()}"


def _triple() -> str:
    triple = _binding().get_process_triple()
    return triple + "-elf" if sys.platform == "win32" else triple  # the loader knows ELF best


def _machine(target: Target) -> Any:
    machine = _binding().Target.from_triple(_triple())
    return machine.create_target_machine(cpu=target.name, features=target.features, opt=2, jit=True)


def object_code(text: str, target: Target) -> bytes:
    """Return machine code of a text, as an object file."""
    machine, module = _parsed(text, target)
    return machine.emit_object(module)


def instructions(text: str, target: Target) -> list[str]:
    """Return machine code of a text as an assembler reads it, an instruction each."""
    machine, module = _parsed(text, target)
    lines = machine.emit_assembly(module).splitlines()
    return [line.strip().replace("\t", " ") for line in lines if line.startswith("\t") and line[1:2] not in (".", "#")]


def _parsed(text: str, target: Target) -> tuple[Any, Any]:
    module = _binding().parse_assembly(text)
    module.triple = _triple()
    machine = _machine(target)
    module.data_layout = str(machine.target_data)
    return machine, module


class Loaded:
    """Keep machine code in memory, and say where its functions are."""

    def __init__(self, code: bytes, target: Target):
        binding = _binding()
        module = binding.parse_assembly("")
        module.triple = _triple()
        self.size = len(code)
        self.engine = binding.create_mcjit_compiler(module, _machine(target))
        self.engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self.engine.finalize_object()

    def address(self, name: str) -> int:
        """Return the address of a function."""
        return self.engine.get_function_address(name)
