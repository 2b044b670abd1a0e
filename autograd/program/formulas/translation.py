"""From a row's formula to any machine: the text of a formula, and of the functions it calls, is read and rewritten.

The text is Python: one expression in ops.py, a function of assignments, loops of assignments, `if ...: return` and
`return` in numeric.py and functions.py. What depends on constants alone is computed at once, and a loop over a known
range or over operands is written out. A branch becomes a `select`, so both sides run; `raise` becomes nan.
In strict mode a function of `math` becomes a call of the same function of the C library, in fast mode one from
functions.py. A row whose text says anything else has no formula here: `machine.own` calls it.
"""

from __future__ import annotations

import ast
import inspect
import math
import operator
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ... import numeric, ops
from ...ops import NeuronRow
from ...primitive import RAISED, Row
from . import functions, machine as words
from .machine import LIBRARY, Machine, Number, Truth


@dataclass(frozen=True)
class Constant:
    """Be a number, a truth value or a function that is known when a formula is translated."""

    value: Any


class FormulaError(Exception):
    """Say that a text has something a machine does not know."""


def translate(row: Row, operands: Sequence[Number | Constant], machine: Machine, strict: bool) -> Number | None:
    """Return the result of `row` on a machine's numbers, or None where the row has no formula a machine knows.

    Operands that are the same number in every lane and known may be given as `Constant`: x ** 2 is a product.

    >>> from autograd import ops
    >>> from autograd.program.formulas.machine import FloatMachine
    >>> translate(ops.sigmoid, [0.0], FloatMachine(), strict=True)
    0.5
    """
    if strict and len(operands) > machine.most:
        return None
    known = tuple(x if isinstance(x, Constant) else None for x in operands)
    return _Reader(machine, strict).row(row, operands) if _readable(row, known, machine.quick, strict) else None


@lru_cache(maxsize=4096)
def _readable(row: Row, known: tuple[Constant | None, ...], quick: frozenset[str], strict: bool) -> bool:
    """Say whether a row has a formula: it is tried, for a machine that writes code must not see half of one."""
    try:
        _Reader(_Trial(quick), strict).row(row, known)
    except FormulaError:
        return False
    return True


class _Trial:
    """Be a machine that does nothing."""

    def __init__(self, quick: frozenset[str]):
        self.quick = quick

    def __getattr__(self, word: str) -> Callable[..., None]:
        return lambda *args: None


def computed(row: Row, operands: Sequence[Number | Constant], machine: Machine, strict: bool) -> Number:
    """Return the result of `row` on a machine's numbers, from its Python formula where there is no other."""
    result = translate(row, operands, machine, strict)
    if result is not None:
        return result
    lifted = [machine.constant(x.value) if isinstance(x, Constant) else x for x in operands]
    return machine.own(row, lifted)


# Words that mean one method of a machine, by the function that stands for them on floats.
_WORDS: dict[Any, str] = {
    **{getattr(words, name): name for name in ("fma", "root", "rint", "scale", "power2", "exponent", "mantissa")},
    math.sqrt: "root",
    math.fabs: "absolute",
    abs: "absolute",
    math.copysign: "copysign",
    numeric.ieee_divide: "div",
}
_UNARY = {ast.Not: ("invert", operator.not_), ast.USub: ("neg", operator.neg)}
_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_KNOWN = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
          ast.Pow: operator.pow, ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv}  # fmt: skip
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">="}

# What fast mode puts in place: for functions of `math` and numeric.py, and for whole rows.
_FAST: dict[Any, Callable[..., Any]] = {
    getattr(math, name): getattr(functions, name)
    for name in ("exp", "expm1", "log", "log2", "log10", "log1p", "tanh", "hypot")
}
_FAST |= {numeric.over_hypot: functions.over_hypot, math.fsum: numeric.left_to_right}
# What has no text, or a faster one in Python than a machine can read; the bits are the same.
_ALWAYS: dict[Any, Callable[..., Any]] = {
    getattr(numeric, name): getattr(functions, name) for name in ("largest", "smallest", "others", "taken")
}
_ALWAYS |= {math.frexp: functions.frexp, math.ldexp: functions.ldexp, numeric.scaled: functions.ldexp}
_ALWAYS[numeric.infinite_cross_entropy] = functions.unknown
_STRICT = {math.fsum: functions.fsum}
_FAST_ROWS = {ops.ROWS[name].formula_text: getattr(functions, name) for name in ("exp2", "softplus", "log_sigmoid")}


def _listed(table: Mapping[Any, Any], kind: type[ast.AST]) -> Any:
    """Return what a table has for a sign. Raises FormulaError where it has nothing."""
    if kind not in table:
        raise FormulaError(kind.__name__)
    return table[kind]


class _Reader:
    """Translate texts to one machine; `inside` are the functions being read, to refuse one that calls itself."""

    def __init__(self, machine: Any, strict: bool):
        self.machine, self.strict = machine, strict
        self.inside: list[Any] = []

    def row(self, row: Row, operands: Sequence[Any]) -> Number:
        """Return the result of a row."""
        if not self.strict and row.formula_text in _FAST_ROWS:
            return self.lifted(self.function(_FAST_ROWS[row.formula_text], operands))
        if row.formula_text is not None:
            names = dict(zip("xyz", operands, strict=False))
            return self.lifted(self.expression(_parsed(row.formula_text), names, numeric.NAMES))
        names = {f"x{k}": operand for k, operand in enumerate(operands)}
        if isinstance(row, NeuronRow) and row.activation is not None:
            total = self.expression(_parsed(row.total_source(list(names))), names, numeric.NAMES)
            return self.row(row.activation, [total])
        text = row.source(list(names))
        if text is None:
            raise FormulaError(row.name)
        return self.lifted(self.expression(_parsed(text), names, numeric.NAMES))

    def lifted(self, x: Any) -> Number:
        """Return a number of the machine."""
        if isinstance(x, Constant) and isinstance(x.value, (int, float)):
            return self.machine.constant(float(x.value))
        if isinstance(x, (Constant, tuple)):
            raise FormulaError(repr(x))
        return x

    def function(self, function: Any, args: Sequence[Any]) -> Any:
        """Return the result of a Python function, from its text."""
        if function in self.inside:
            raise FormulaError(f"{function.__name__} calls itself")
        definition = _definition(function)
        self.inside.append(function)
        try:
            return self.block(definition.body, _bound(definition.args, args), function.__globals__)
        finally:
            self.inside.pop()

    def block(self, statements: Sequence[ast.stmt], names: dict[str, Any], known: Mapping[str, Any]) -> Any:
        """Return what a list of statements returns; both sides of a branch return, from copies of the names."""
        for k, statement in enumerate(statements):
            if isinstance(statement, ast.If):
                return self.branch(statement, statements[k + 1 :], names, known)
            if isinstance(statement, ast.Raise):
                return Constant(math.nan)
            if isinstance(statement, ast.Return) and statement.value is not None:
                return self.expression(statement.value, names, known)
            self.assignment(statement, names, known)
        raise FormulaError("nothing returned")

    def branch(self, statement: ast.If, rest: Sequence[ast.stmt], names: dict[str, Any], known: Any) -> Any:
        """Return the result of an `if` and of the statements after it."""
        test = _truth(self.expression(statement.test, names, known))
        sides = [[*statement.body, *rest], [*statement.orelse, *rest]]
        if isinstance(test, Constant):
            return self.block(sides[not test.value], names, known)
        return self.select(test, *(self.block(side, dict(names), known) for side in sides))

    def select(self, test: Any, a: Any, b: Any) -> Any:
        """Return one of two numbers, or of two equally long tuples."""
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return tuple(self.select(test, *pair) for pair in zip(a, b, strict=True))
        return self.machine.select(test, self.lifted(a), self.lifted(b))

    def run_through(self, node: ast.expr, names: Any, known: Any) -> Sequence[Any]:
        """Return what a loop runs through: a known range, or numbers."""
        items = self.expression(node, names, known)
        if isinstance(items, Constant) and isinstance(items.value, range):
            items = tuple(map(Constant, items.value))
        if not isinstance(items, tuple):
            raise FormulaError("a loop over what is not known")
        return items

    def loop(self, loop: ast.For, names: dict[str, Any], known: Any) -> None:
        """Carry out the assignments of a loop over a known range, or over numbers."""
        for item in self.run_through(loop.iter, names, known):
            self.bind(loop.target, item, names)
            for statement in loop.body:
                self.assignment(statement, names, known)

    def assignment(self, statement: ast.stmt, names: dict[str, Any], known: Any) -> None:
        """Carry out `name = ...`, `a, b = ...`, `name += ...` or a loop of them; pass over a docstring."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return
        if isinstance(statement, ast.For):
            self.loop(statement, names, known)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            right = self.expression(statement.value, names, known)
            names[statement.target.id] = self.operation(type(statement.op), names[statement.target.id], right)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self.bind(statement.target, self.expression(statement.value, names, known), names)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self.bind(statement.targets[0], self.expression(statement.value, names, known), names)
        else:
            raise FormulaError(type(statement).__name__)

    def bind(self, target: ast.expr, value: Any, names: dict[str, Any]) -> None:
        """Give a name, or each name of a tuple, its value."""
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, tuple) and len(value) == len(target.elts):
            for part, item in zip(target.elts, value, strict=True):
                self.bind(part, item, names)
        else:
            raise FormulaError("assignment")

    def expression(self, node: ast.expr, names: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
        """Return the value of an expression: a number of the machine, a Constant, a truth value, or a tuple."""
        read = getattr(self, "read_" + type(node).__name__, None)
        if read is None:
            raise FormulaError(type(node).__name__)
        return read(node, names, known)

    def read_Constant(self, node: ast.Constant, names: Any, known: Any) -> Any:  # noqa: N802 - named after the node
        """Return a number."""
        return Constant(node.value)

    def read_Name(self, node: ast.Name, names: Any, known: Any) -> Any:  # noqa: N802
        """Return what a name stands for."""
        if node.id in names:
            return names[node.id]
        scope = known if node.id in known else _BUILT_IN
        if node.id not in scope:
            raise FormulaError(node.id)
        return Constant(scope[node.id])

    def read_Attribute(self, node: ast.Attribute, names: Any, known: Any) -> Any:  # noqa: N802
        """Return an attribute of something known: math.exp."""
        owner = self.expression(node.value, names, known)
        if not isinstance(owner, Constant) or not hasattr(owner.value, node.attr):
            raise FormulaError(node.attr)
        return Constant(getattr(owner.value, node.attr))

    def read_Tuple(self, node: ast.Tuple, names: Any, known: Any) -> Any:  # noqa: N802
        """Return a tuple of values."""
        return tuple(self.items(node.elts, names, known))

    read_List = read_Tuple  # noqa: N815

    def read_ListComp(self, node: ast.ListComp, names: Any, known: Any) -> Any:  # noqa: N802
        """Return the items of a list that is one loop over what is known, or over numbers."""
        generator, found = node.generators[0], []
        for item in self.run_through(generator.iter, names, known):
            inside = dict(names)
            self.bind(generator.target, item, inside)
            if self.holds(generator.ifs, inside, known):
                found.append(self.expression(node.elt, inside, known))
        return tuple(found)

    def holds(self, tests: Sequence[ast.expr], names: Any, known: Any) -> bool:
        """Return whether all of some tests of what is known are true."""
        truths = [self.expression(test, names, known) for test in tests]
        if not all(isinstance(truth, Constant) for truth in truths):
            raise FormulaError("a list whose length is not known")
        return all(truth.value for truth in truths)

    def read_Subscript(self, node: ast.Subscript, names: Any, known: Any) -> Any:  # noqa: N802
        """Return one item of a tuple."""
        items, place = (self.expression(part, names, known) for part in (node.value, node.slice))
        if not isinstance(items, tuple) or not isinstance(place, Constant) or not 0 <= place.value < len(items):
            raise FormulaError(ast.unparse(node))
        return items[place.value]

    def read_UnaryOp(self, node: ast.UnaryOp, names: Any, known: Any) -> Any:  # noqa: N802
        """Return -a or not a."""
        operand = self.expression(node.operand, names, known)
        word, function = _listed(_UNARY, type(node.op))
        if isinstance(operand, Constant):
            return Constant(function(operand.value))
        return getattr(self.machine, word)(operand if word == "invert" else self.lifted(operand))

    def read_BinOp(self, node: ast.BinOp, names: Any, known: Any) -> Any:  # noqa: N802
        """Return a + b and the like."""
        left, right = (self.expression(side, names, known) for side in (node.left, node.right))
        return self.operation(type(node.op), left, right)

    def read_BoolOp(self, node: ast.BoolOp, names: Any, known: Any) -> Any:  # noqa: N802
        """Return `a and b`, `a or b`."""
        values = [self.expression(value, names, known) for value in node.values]
        return self.joined(values, isinstance(node.op, ast.And))

    def read_Compare(self, node: ast.Compare, names: Any, known: Any) -> Any:  # noqa: N802
        """Return a < b, also of a chain."""
        values = [self.expression(value, names, known) for value in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        return self.joined([self.compare(_listed(_COMPARE, type(op)), a, b) for op, a, b in pairs], True)

    def read_IfExp(self, node: ast.IfExp, names: Any, known: Any) -> Any:  # noqa: N802
        """Return `a if c else b`."""
        test = _truth(self.expression(node.test, names, known))
        if isinstance(test, Constant):
            return self.expression(node.body if test.value else node.orelse, names, known)
        return self.select(test, *(self.expression(side, names, known) for side in (node.body, node.orelse)))

    def read_Call(self, node: ast.Call, names: Any, known: Any) -> Any:  # noqa: N802
        """Return the result of a function."""
        function = self.expression(node.func, names, known)
        args = self.items(node.args, names, known)
        if not isinstance(function, Constant):
            raise FormulaError(ast.unparse(node))
        if function.value is zip:
            return tuple(zip(*args, strict=False))
        if node.keywords:
            raise FormulaError(ast.unparse(node))
        return self.called(function.value, args)

    def items(self, nodes: Sequence[ast.expr], names: Any, known: Any) -> list[Any]:
        """Return the values of some expressions; *values is several."""
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found.extend(self.expression(node.value, names, known))
            else:
                found.append(self.expression(node, names, known))
        return found

    def joined(self, truths: Sequence[Any], both: bool) -> Any:
        """Return whether all, or any, are true; what is known needs no word."""
        known = [truth.value for truth in truths if isinstance(truth, Constant)]
        if any(bool(value) != both for value in known):
            return Constant(not both)
        rest = [truth for truth in truths if not isinstance(truth, Constant)]
        if not rest:
            return Constant(both)
        join = self.machine.both if both else self.machine.either
        total = rest[0]
        for truth in rest[1:]:
            total = join(total, truth)
        return total

    def compare(self, sign: str, a: Any, b: Any) -> Any:
        """Return a < b, or as `sign` says."""
        if isinstance(a, Constant) and isinstance(b, Constant):
            return Constant(words.COMPARE[sign](a.value, b.value))
        return self.machine.compare(sign, self.lifted(a), self.lifted(b))

    def operation(self, kind: Any, a: Any, b: Any) -> Any:
        """Return a + b, or as `kind` says."""
        if isinstance(a, Constant) and isinstance(b, Constant):
            return self.evaluated(_listed(_KNOWN, kind), [a, b])
        if isinstance(a, tuple):
            return a * b.value if kind is ast.Mult else a + b
        if kind is ast.Pow:
            return self.power(a, b)
        return getattr(self.machine, _listed(_BINARY, kind))(self.lifted(a), self.lifted(b))

    def evaluated(self, function: Any, args: Sequence[Constant]) -> Any:
        """Return the result of a function of what is known."""
        try:
            found = function(*(arg.value for arg in args))
            return tuple(map(Constant, found)) if isinstance(found, tuple) else Constant(found)
        except (*RAISED, TypeError) as error:
            raise FormulaError(str(error)) from error

    def called(self, function: Any, args: Sequence[Any]) -> Any:
        """Return the result of a function: known, a word, of the C library, or one with a text."""
        if args and all(isinstance(arg, Constant) for arg in args):
            return self.evaluated(function, args)
        if function in _WORDS:
            return getattr(self.machine, _WORDS[function])(*map(self.lifted, args))
        if function in _ALWAYS:
            return self.function(_ALWAYS[function], args)
        if function in _HERE:
            return _HERE[function](self, *args)
        name = getattr(function, "__name__", "")
        if self.strict and function in _STRICT:
            return self.function(_STRICT[function], args)
        if not self.strict and function in _FAST and name not in self.machine.quick:
            return self.function(_FAST[function], args)
        if getattr(math, name, None) is function or (name in self.machine.quick and function in _FAST.values()):
            return self.in_c(name, args)
        return self.function(function, args)

    def length(self, items: Any) -> Constant:
        """Return the number of items of a tuple."""
        return Constant(len(items))

    def numbered(self, items: Any) -> Any:
        """Return the items of a tuple with their numbers."""
        return tuple((Constant(k), item) for k, item in enumerate(items))

    def greatest(self, *items: Any) -> Any:
        """Return the largest of some numbers, or of a tuple of them: the first of equal ones."""
        best, *rest = items[0] if isinstance(items[0], tuple) else items
        for item in rest:
            best = self.select(self.compare(">", item, best), item, best)
        return best

    def is_complex(self, x: Any, kind: Any) -> Constant:
        """Return that nothing is complex here: where Python's ** would be, C's pow is nan."""
        return Constant(False)

    def is_infinite(self, x: Any) -> Truth:
        """Return whether x is an infinity."""
        return self.compare("==", self.called(abs, [x]), Constant(math.inf))

    def is_finite(self, x: Any) -> Truth:
        """Return whether x is neither infinite nor nan."""
        return self.compare("<", self.called(abs, [x]), Constant(math.inf))

    def in_c(self, name: str, args: Sequence[Any]) -> Any:
        """Return the result of a function of the C library."""
        if name not in LIBRARY:
            raise FormulaError(name)
        return self.machine.call(name, *map(self.lifted, args))

    def power(self, x: Any, y: Any) -> Any:
        """Return x ** y: in fast mode from products, quotients and roots where y is known and small."""
        if isinstance(y, Constant) and y.value == 0:
            return Constant(1.0)
        if self.strict or not isinstance(y, Constant) or 2 * y.value % 1 or not -4 <= y.value <= 8:
            return self.in_c("pow", [x, y])
        return self.product_power(self.lifted(x), y.value)

    def power_derivative(self, x: Number, y: Any, n: Constant, m: Constant) -> Any:
        """Return the derivative of x ** y, in fast mode for a known y where y - n is exact."""
        if self.strict or m.value or not isinstance(y, Constant) or 2 * y.value % 1 or abs(y.value) > 2.0**50:
            return self.function(numeric.power_derivative, [x, y, n, m])
        factor = math.prod(y.value - k for k in range(n.value))
        if factor == 0:
            return self.operation(ast.Mult, Constant(0.0), x)
        return self.operation(ast.Mult, Constant(factor), self.power(x, Constant(y.value - n.value)))

    def product_power(self, x: Number, y: float) -> Number:
        """Return x ** y for y of 0.5, 1, 1.5 ... or their negatives; of 1 / x, so that nothing overflows on the way."""
        factors = [(self.machine.root(x), 1)] if y % 1 else []
        factors += [(x, int(abs(y)))] if abs(y) >= 1 else []
        if y < 0:
            factors = [(self.machine.div(self.machine.constant(1.0), factor), count) for factor, count in factors]
        several = [factor for factor, count in factors for _ in range(count)]
        total = several[0]
        for factor in several[1:]:
            total = self.machine.mul(total, factor)
        return total


# What the reader itself knows how to write.
_HERE: dict[Any, Callable[..., Any]] = {
    len: _Reader.length,
    enumerate: _Reader.numbered,
    max: _Reader.greatest,
    isinstance: _Reader.is_complex,
    math.isinf: _Reader.is_infinite,
    math.isfinite: _Reader.is_finite,
    numeric.ieee_power: _Reader.power,
    numeric.power_derivative: _Reader.power_derivative,
}
_BUILT_IN = {"abs": abs, "range": range, "zip": zip, "len": len, "enumerate": enumerate, "max": max,
             "isinstance": isinstance, "complex": complex}  # fmt: skip


def _truth(test: Any) -> Any:
    """Return a truth value; a tuple of numbers is true where there are any."""
    return Constant(bool(test)) if isinstance(test, tuple) else test


def _bound(parameters: ast.arguments, args: Sequence[Any]) -> dict[str, Any]:
    """Return the arguments of a function by name."""
    names = [parameter.arg for parameter in parameters.args]
    if len(args) < len(names) or (len(args) > len(names) and parameters.vararg is None):
        raise FormulaError(f"{len(args)} arguments")
    bound = dict(zip(names, args, strict=False))
    if parameters.vararg is not None:
        bound[parameters.vararg.arg] = tuple(args[len(names) :])
    return bound


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@lru_cache(maxsize=4096)
def _definition(function: Any) -> ast.FunctionDef:
    """Return the text of a function of this project; where only compiled files are installed there is none."""
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError) as error:
        raise FormulaError(str(function)) from error
    if not isinstance(definition, ast.FunctionDef):
        raise FormulaError(str(function))
    return definition
