"""What an operation is: one row with a forward formula and one local derivative per argument.

A row knows nothing of graphs. Called on plain numbers it returns its formula; called on anything else it hands itself
to that operand's `apply`: a Value records a node, a Dual carries a tangent, an IEEE float follows IEEE 754. Rows know
that something may take over, not what.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache
from numbers import Real
from operator import attrgetter
from typing import Any

from . import numeric
from .errors import AutogradError, DivisionByZeroError, DomainError, FloatOverflowError
from .lazy import lazy
from .modes import current

FloatFunction = Callable[..., float]

_FLOATS = {float}

# What `+ - * /` and the math module raise, and so what a formula may raise.
RAISED = (ArithmeticError, ValueError)


class Operand:
    """Be something that can take over an operation: the class of highest `priority` among the operands does."""

    __slots__ = ()
    priority = 0
    data: Any

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Any:
        """Carry out `row` on `args`, of which at least one is of this class."""
        raise NotImplementedError(f"{cls.__name__} cannot take over {row.name}")


class IEEE(float, Operand):
    """Be a float whose operations never raise: they follow IEEE 754.

    A local derivative that raises on floats is evaluated again on these.
    """

    __slots__ = ()
    priority = -1

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> IEEE:
        """Return the formula of `row`, or its limit where the formula raises."""
        floats = [float(arg) for arg in args]
        try:
            return IEEE(row.formula(*floats))
        except RAISED:
            return IEEE(row.limit(*floats))


def undefined(*floats: float) -> float:
    """Return nan: there is no other number where a formula raises."""
    return math.nan


class Row:
    """One operation.

    `formula` is written in x, y, z and the names of `math` and numeric.py; each of `partials` in x, y, z, out and the
    other rows: `rows` are these by name, `formulas` what stands for them on floats. `domain` says where the formula is
    defined ("x > 0"); `limit` gives the IEEE 754 result where it raises. `samples` are points at which tests compare
    derivatives; `kinks` are points at which there is none. A row that `selects` sends nothing into the branch it did
    not take. `quick` are derivatives for fast programs: shorter, but 1 - tanh(x)**2 loses digits where tanh is near 1.
    """

    arity: int | None = None
    # What a row with many arguments brings: its definition in elementary rows, and reverse mode on any operands
    # (adjoint, arguments, result -> what each argument receives) where that is not adjoint * derivative.
    define: Callable[..., Any] | None = None
    pull: Callable[..., list[Any]] | None = None
    selects = False
    guarded = False
    plain: Row | None = None  # of the twin for IEEE 754: the row itself
    closed = False
    raises = False
    quick: tuple[Callable[..., Any], ...] = ()
    formula_text: str | None = None
    limit_text = "nan"
    limit: FloatFunction = staticmethod(undefined)
    samples: Sequence[tuple[float, ...]] = ()
    kinks: Sequence[tuple[float, ...]] = ()

    def __init__(
        self,
        name: str,
        formula: str,
        *partials: str,
        rows: dict[str, Any],
        formulas: dict[str, Any],
        symbol: str = "",
        latex: str = "",
        domain: str = "",
        limit: str = "nan",
        samples: Sequence[tuple[float, ...]] = (),
        kinks: Sequence[tuple[float, ...]] = (),
        selects: bool = False,
        quick: Sequence[str] = (),
    ):
        names = ("x", "y", "z")[: len(partials)]
        self.arity = len(partials)
        self.name, self.symbol, self.domain = name, symbol or name, domain
        self.latex = latex or rf"\operatorname{{{name}}}({{{'}, {'.join(names)}}})"
        self.samples, self.kinks, self.selects = samples, kinks, selects
        self.raises = bool(domain) or limit != "nan"
        self.formula_text, self.partial_texts, self.limit_text = formula, partials, limit
        self.formula = _function(names, formula, numeric.NAMES)
        self.limit = _function(names, limit, numeric.NAMES)
        self.partials = tuple(_function((*names, "out"), text, rows) for text in partials)
        self.quick = tuple(_function((*names, "out"), text, rows) for text in quick)
        self.slopes: Callable[..., Any] = _function((*names, "out"), f"({', '.join(partials)},)", formulas)
        if self.arity in _PUSH:
            self.push = _PUSH[self.arity](self)  # type: ignore[assignment, method-assign]

    def __repr__(self) -> str:
        return f"<row {self.name}>"

    def __call__(self, *args: Any) -> Any:
        """Apply the operation: float for numbers, otherwise what the operand that takes over returns."""
        if self.arity not in (None, len(args)):
            raise TypeError(f"{self.name} takes {self.arity} argument{'s' * (self.arity != 1)}, got {len(args)}")
        taker = _taker(*map(type, args))
        if taker is float:
            return self.evaluate(args)
        if taker is None:
            return self.evaluate([number(arg, f"{self.name}: argument {i + 1}") for i, arg in enumerate(args)])
        return taker.apply(self, args)

    def evaluate(self, args: Sequence[float], labels: Sequence[str] = ()) -> float:
        """Return the formula at `args`; where it raises, the limit in IEEE mode and our sentence otherwise."""
        try:
            return self.formula(*args)
        except RAISED as error:
            return self.recover(error, args, labels)

    def recover(self, error: Exception, args: Sequence[float], labels: Sequence[str] = ()) -> float:
        """Return the IEEE 754 result in IEEE mode; otherwise raise `error` again as a sentence."""
        if current().ieee:
            return self.limit(*args)
        raise self.refusal(error, args, labels) from None

    def refusal(self, error: Exception, args: Sequence[float], labels: Sequence[str]) -> Exception:
        """Return our error for what the formula raised at `args`."""
        if isinstance(error, (AutogradError, TypeError)):
            return error
        if isinstance(error, ZeroDivisionError):
            return DivisionByZeroError(f"division by zero: {self.show(args, labels)}")
        if isinstance(error, OverflowError):
            return FloatOverflowError(f"{self.show(args, labels)} overflows")
        subject, _, rule = self.domain.partition(" ")
        return DomainError(f"{self.name}: {subject} must be {rule}, got {', '.join(_named(args, labels))}")

    def show(self, args: Sequence[float], labels: Sequence[str] = ()) -> str:
        """Return the operation with numbers in place of names: '1.0 / 0.0', 'exp(1000.0)'."""
        named = _named(args, labels)
        if self.symbol in ("+", "-", "*", "/", "**") and len(named) == 2:
            return f"{named[0]} {self.symbol} {named[1]}"
        if self.symbol.startswith("**"):  # a constant exponent
            return f"{named[0]} ** {self.symbol[2:]}"
        return f"{self.name}({', '.join(named)})"

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`, one per argument; this never raises."""
        try:
            return self.slopes(*args, out)
        except RAISED:
            numbers = [*map(IEEE, args), IEEE(out)]
            return tuple(float(partial(*numbers)) for partial in self.partials)

    def hooked(self, g: Any) -> Any:
        """Return the adjoint that is sent on: hooks may change it."""
        return g

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives at `args`, one per argument, for any operands: Values, Duals, symbols."""
        partials = self.quick if self.quick and current().quick else self.partials
        return [partial(*args, out) for partial in partials]

    def source(self, operands: Sequence[str]) -> str | None:
        """Return this operation as Python text on `operands`; None for a user's own, which is called."""
        if self.formula_text is None:
            return None
        return substituted(self.formula_text, operands)

    @lazy
    def ieee(self) -> Row:
        """This operation as IEEE 754 defines it: what is recorded in IEEE mode, and in every graph of a derivative."""
        if not self.raises:
            return self
        twin = copy(self)
        twin.formula, twin.guarded, twin.raises, twin.plain = self._guarded, True, False, self
        return twin

    def _guarded(self, *args: float) -> float:
        try:
            return self.formula(*args)
        except RAISED:
            return self.limit(*args)

    def push(self, v: Any, g: float) -> None:
        """Send the adjoint `g` of node `v` to its parents: reverse mode in one line."""
        parents = v.parents
        # _data, not data: the property would cost 40 ns an operand.
        for parent, local in zip(parents, self.local([p._data for p in parents], v._data), strict=True):
            if local or not self.selects:  # the branch not taken gets nothing, not inf * 0
                parent.grad += g * local


def _push_one(row: Row) -> Callable[[Any, float], None]:
    """Write out `push` for one argument: 0.3 µs a node against 1.1."""
    slopes, selects = row.slopes, row.selects

    def push(v: Any, g: float) -> None:
        x = v.first
        try:
            (dx,) = slopes(x._data, v._data)
        except RAISED:
            (dx,) = row.local((x._data,), v._data)
        if dx or not selects:
            x.grad += g * dx

    return push


def _push_two(row: Row) -> Callable[[Any, float], None]:
    """Write out `push` for two arguments."""
    slopes, selects = row.slopes, row.selects

    def push(v: Any, g: float) -> None:
        x, y = v.first, v.second
        try:
            dx, dy = slopes(x._data, y._data, v._data)
        except RAISED:
            dx, dy = row.local((x._data, y._data), v._data)
        if dx or not selects:
            x.grad += g * dx
        if dy or not selects:
            y.grad += g * dy

    return push


_PUSH = {1: _push_one, 2: _push_two}


class NaryRow(Row):
    """One operation on any number of arguments.

    `partials(args, out)` returns all local derivatives together, on floats; `derivatives(args, out)` writes the same in
    rows, for any operands. `define(*args)` writes the operation in elementary rows: that is how a picture opens it.
    `text` is the formula as Python, with {args} for the arguments.
    """

    def __init__(
        self,
        name: str,
        formula: FloatFunction,
        partials: Callable[[Sequence[Any], Any], Sequence[Any]],
        derivatives: Callable[[Sequence[Any], Any], Sequence[Any]],
        define: Callable[..., Any],
        *,
        text: str = "",
        limit_text: str = "nan",
        symbol: str = "",
        latex: str = "",
        domain: str = "",
        limit: FloatFunction = undefined,
        samples: Sequence[tuple[float, ...]] = (),
        kinks: Sequence[tuple[float, ...]] = (),
        selects: bool = False,
    ):
        self.name, self.symbol, self.domain = name, symbol or name, domain
        self.latex = latex or rf"\operatorname{{{name}}}"
        self.samples, self.kinks, self.selects, self.raises = samples, kinks, selects, bool(domain)
        self.formula, self.limit, self.define = formula, limit, define
        self.all_partials, self.all_derivatives = partials, derivatives
        self.text, self.limit_text = text, limit_text

    def source(self, operands: Sequence[str]) -> str | None:
        """Return this operation as Python text on `operands`; None for one that is called."""
        return self.text.format(args=", ".join(operands), n=len(operands)) or None

    def local(self, args: Sequence[float], out: float) -> Sequence[float]:
        """Return the local derivatives at `args`, one per argument; this never raises."""
        try:
            return self.all_partials(args, out)
        except RAISED:
            return [float(d) for d in self.all_derivatives([*map(IEEE, args)], IEEE(out))]

    def derivatives(self, args: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the local derivatives at `args`, one per argument, for any operands."""
        return self.all_derivatives(args, out)


class Leaf(Row):
    """What stands in a node that no operation made: there is nobody to push to."""

    def __init__(self, name: str):
        self.name, self.symbol, self.latex = name, "", ""
        self.partials = ()

    def push(self, v: Any, g: float) -> None:
        """Do nothing: a leaf has no parents."""


# A variable; a constant; an input of a differentiation that has ended, which nothing outside can vary.
LEAF, CONSTANT, INPUT = Leaf("leaf"), Leaf("constant"), Leaf("input")


def substituted(text: str, operands: Sequence[str]) -> str:
    """Return a formula with `operands` in place of x, y, z.

    >>> substituted("x * y", ["a", "-2.0"])
    'a * -2.0'
    """
    places = dict(zip("xyz", operands, strict=False))
    return ast.unparse(_Substitute(places).visit(ast.parse(text, mode="eval")))


class _Substitute(ast.NodeTransformer):
    def __init__(self, operands: dict[str, str]):
        self.operands = operands

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self.operands.get(node.id, node.id), mode="eval").body


def number(x: Any, role: str) -> float:
    """Return `x` as a float: int, float, Fraction and NumPy scalars may enter, nothing else.

    >>> number(3, "data")
    3.0
    >>> number("3", "data")
    Traceback (most recent call last):
    TypeError: data must be a real number, got str
    """
    if type(x) is float:
        return x
    if isinstance(x, Real) and not isinstance(x, bool):  # type: ignore[unreachable]
        return float(x)
    raise TypeError(f"{role} must be a real number, got {describe(x)}")


def result(x: Any) -> Any:
    """Return what a function under differentiation returned: an operand or a float. Raises TypeError otherwise."""
    return x if isinstance(x, Operand) else number(x, "a result of the function")


def describe(x: Any) -> str:
    """Return what `x` is, for an error message, with what to do where that is not plain."""
    name = type(x).__name__
    if isinstance(x, bool):
        return "bool; use float(x) if a truth value is meant as 0.0 or 1.0"
    if isinstance(x, Operand):
        return f"{name}; it is one already: use it as it is, or x.detach()"
    if getattr(x, "shape", ()):
        return f"array of shape {x.shape}; a Value is a scalar: take one element at a time"
    return name


_priority = attrgetter("priority")


@lru_cache(maxsize=256)  # to find it anew took a third of the time of recording
def _taker(*kinds: type) -> Any:
    """Return who takes over among operands of these types: float if all are floats, None if none can."""
    if set(kinds) == _FLOATS:
        return float
    return max((kind for kind in kinds if issubclass(kind, Operand)), key=_priority, default=None)


def _function(names: Sequence[str], text: str, namespace: dict[str, Any]) -> FloatFunction:
    # The text is the project's own and is compiled once, at import; it stays a text so that it can be translated.
    return eval(f"lambda {', '.join(names)}: {text}", namespace)


def _named(args: Sequence[float], labels: Sequence[str]) -> list[str]:
    padded = [*labels, *[""] * (len(args) - len(labels))]
    return [f"{arg!r} ({label!r})" if label else repr(arg) for arg, label in zip(args, padded, strict=True)]
