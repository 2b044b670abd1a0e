"""How a compiled function runs: what `compile` was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...lazy import lazy
from .engines import DTYPES, ENGINES, chosen_engine


@dataclass(frozen=True)
class Options:
    """How a compiled function runs: what `compile` was told."""

    engine: str = "auto"
    dtype: str = "float64"
    strict: bool = False
    threads: int = 1
    check: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for what is not possible, ImportError for what is not installed."""
        for name, given, allowed in (("engine", self.engine, ENGINES), ("dtype", self.dtype, DTYPES)):
            if given not in allowed:
                raise ValueError(f"compile: {name} must be one of {', '.join(allowed)}, got {given!r}")
        if type(self.threads) is not int or self.threads < 1:
            raise ValueError(f"compile: threads must be a whole number from 1 on, got {self.threads!r}")
        for name, switch in (("strict", self.strict), ("check", self.check)):
            if not isinstance(switch, bool):
                raise TypeError(f"compile: {name} must be True or False, got {switch!r}")
        if self.strict and self.dtype != "float64":
            raise ValueError(
                f"compile: strict=True means the bits of eager, which are float64: not dtype={self.dtype!r}"
            )
        _ = self.best

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what was asked for: another machine has other engines."""
        return Options, (self.engine, self.dtype, self.strict, self.threads, self.check)

    @lazy
    def best(self) -> tuple[str, str]:
        """The engine for all but little work, and why."""
        return chosen_engine(self.engine, self.dtype)

    @property
    def may_be_small(self) -> bool:
        """Whether Python may run what is little work."""
        return self.engine == "auto" and self.dtype == "float64"
