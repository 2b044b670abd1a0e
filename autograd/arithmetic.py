"""Which methods there are: one table of method names and rows. Value, Dual and IEEE floats install theirs from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .primitive import IEEE, Row

# (method, reflected method, row)
BINARY: tuple[tuple[str, str, Row], ...] = (
    ("__add__", "__radd__", ops.add),
    ("__sub__", "__rsub__", ops.sub),
    ("__mul__", "__rmul__", ops.mul),
    ("__truediv__", "__rtruediv__", ops.div),
)

# (method, row)
UNARY: tuple[tuple[str, Row], ...] = (("__neg__", ops.neg), ("__abs__", ops.abs)) + tuple(
    (row.name, row)
    for row in (
        *(ops.abs, ops.exp, ops.exp2, ops.log, ops.log2, ops.log10, ops.log1p, ops.expm1, ops.sqrt, ops.cbrt),
        *(ops.sin, ops.cos, ops.tan, ops.sinh, ops.cosh, ops.asin, ops.acos, ops.atan, ops.asinh, ops.acosh, ops.atanh),
        *(ops.erf, ops.erfc, ops.tanh, ops.sigmoid, ops.relu, ops.sign),
    )
)

# (method, function of self and more)
FUNCTIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("pow", ops.pow),
    ("clip", ops.clip),
    ("clamp", ops.clip),
    ("atan2", ops.atan2),
    ("hypot", ops.hypot),
    ("maximum", ops.maximum),
    ("minimum", ops.minimum),
)


def unary(row: Row) -> Callable[..., Any]:
    """Make the method of a row with one argument."""

    def method(self: Any) -> Any:
        return row(self)

    return method


def binary(row: Row) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make the pair of methods, left and reflected, of a row with two arguments."""

    def left(self: Any, other: Any) -> Any:
        return row(self, other)

    def reflected(self: Any, other: Any) -> Any:  # other - self
        return row(other, self)

    return left, reflected


def calling(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method that passes itself and its arguments on."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    return method


def install(
    cls: type,
    unary: Callable[[Row], Callable[..., Any]] = unary,
    binary: Callable[[Row], tuple[Callable[..., Any], Callable[..., Any]]] = binary,
    power: Callable[[Any, Any], Any] | None = None,
) -> None:
    """Give `cls` every method of the table; a class that needs speed brings its own factories."""
    for name, row in UNARY:
        _set(cls, name, unary(row), row.name)
    for name, reflected_name, row in BINARY:
        left, reflected = binary(row)
        _set(cls, name, left, row.name)
        _set(cls, reflected_name, reflected, row.name)
    for name, function in FUNCTIONS:
        _set(cls, name, calling(function), getattr(function, "name", name))
    _set(cls, "__pow__", power or calling(ops.pow), "pow")
    _set(cls, "__rpow__", binary(ops.power_of)[1], "pow")


def _set(cls: type, name: str, method: Callable[..., Any], operation: str) -> None:
    method.__name__, method.__qualname__ = name, f"{cls.__name__}.{name}"
    method.__doc__ = f"Apply the operation `{operation}` of ops.py."
    setattr(cls, name, method)


install(IEEE)
