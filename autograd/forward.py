"""Forward mode: a Dual carries a number and its tangent through the same rows, inputs to outputs; no graph is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NoReturn

from .arithmetic import install
from .modes import ieee
from .primitive import IEEE, Operand, Row, describe, number, result
from .pullback import times
from .structure import check_same, flatten, tree_map

# Every differentiation gets a level of its own. Where Duals of two levels meet, the younger one is outside and the
# older one counts as a constant: without levels the inner d/dy of x * d/dy(x + y) would see the tangent of x.
_levels = count(1)


class Dual(Operand):
    """Be `primal` + `tangent` * epsilon with epsilon**2 = 0; both may be floats, Values or Duals of older levels."""

    __slots__ = ("level", "primal", "tangent")
    priority = 2

    def __init__(self, primal: Any, tangent: Any, level: int):
        self.primal, self.tangent, self.level = primal, tangent, level

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Dual:
        """Apply `row` to the primals; the tangent is the sum of local derivative times tangent."""
        level = max(arg.level for arg in args if isinstance(arg, Dual))
        primals = [primal_at(arg, level) for arg in args]
        tangents = [tangent_at(arg, level) for arg in args]
        out = row(*primals)
        return Dual(out, _tangent(row, primals, tangents, out), level)

    def __repr__(self) -> str:
        return f"Dual(primal={self.primal!r}, tangent={self.tangent!r})"

    def __lt__(self, other: Any) -> bool:
        return self.primal < _primal(other)

    def __le__(self, other: Any) -> bool:
        return self.primal <= _primal(other)

    def __gt__(self, other: Any) -> bool:
        return self.primal > _primal(other)

    def __ge__(self, other: Any) -> bool:
        return self.primal >= _primal(other)

    def __pos__(self) -> Dual:
        return self

    def __float__(self) -> NoReturn:
        float(self.data)  # a symbol says it its own way
        raise TypeError("a Dual is not turned into a float silently, its tangent would be lost: use autograd.exp(x)")

    __int__ = __float__

    def __floordiv__(self, other: Any) -> NoReturn:
        raise TypeError("// and % have no useful derivative")

    __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __floordiv__

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    @property
    def data(self) -> float:
        """The number itself, without any tangent."""
        return self.primal if type(self.primal) is float else self.primal.data


install(Dual)


def primal_at(x: Any, level: int) -> Any:
    """Return `x` without its tangent of this level."""
    return x.primal if isinstance(x, Dual) and x.level == level else x


def tangent_at(x: Any, level: int) -> Any:
    """Return the tangent of `x` at this level, 0.0 for a constant."""
    return x.tangent if isinstance(x, Dual) and x.level == level else 0.0


def _primal(x: Any) -> Any:
    if isinstance(x, Dual):
        return x.primal
    return x if isinstance(x, Operand) else number(x, "the other side of a comparison")


def _tangent(row: Row, primals: Sequence[Any], tangents: Sequence[Any], out: Any) -> Any:
    total: Any = 0.0
    for tangent, derivative in zip(tangents, _derivatives(row, primals, out), strict=True):
        if type(tangent) is not float or tangent != 0.0:
            part = times(tangent, derivative, row.selects)
            total = part if type(total) is float and total == 0.0 else total + part
    return total


def _derivatives(row: Row, primals: Sequence[Any], out: Any) -> Sequence[Any]:
    if not any(isinstance(x, Operand) for x in primals):
        return row.local([float(x) for x in primals], out)
    return _ieee_derivatives(row, primals, out)


@ieee()
def _ieee_derivatives(row: Row, primals: Sequence[Any], out: Any) -> Sequence[Any]:
    # A number beside other operands may divide by itself: as an IEEE float it does not raise.
    operands = [x if isinstance(x, Operand) else IEEE(x) for x in primals]
    return [float(d) if type(d) is IEEE else d for d in row.derivatives(operands, out)]


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return f(*primals) and its derivative along `tangents` (as `jax.jvp`).

    Each primal is a scalar or a nested list, tuple or dict of scalars, each tangent has its primal's structure.
    Raises ShapeError where they differ.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    level = next(_levels)
    for role, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (list, tuple)):
            raise TypeError(f"jvp: {role} must be a list or tuple, one for each argument, got {describe(given)}")
    check_same(list(tangents), list(primals), "jvp: the tangents")
    leaves, rebuild = flatten(tuple(primals))
    directions, _ = flatten(tuple(tangents))
    duals = [Dual(_operand(x), _operand(t), level) for x, t in zip(leaves, directions, strict=True)]
    out = tree_map(result, f(*rebuild(duals)))
    return tree_map(lambda y: primal_at(y, level), out), tree_map(lambda y: tangent_at(y, level), out)


def derivative(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function x -> df/dx of a scalar x, by forward mode; f may return any structure of scalars.

    >>> derivative(lambda x: x**3)(2.0)
    12.0
    >>> derivative(derivative(lambda x: x**3))(2.0)
    12.0
    """
    return lambda x: jvp(f, (x,), (1.0,))[1]


def _operand(x: Any) -> Any:
    return x if isinstance(x, Operand) else number(x, "an input")
