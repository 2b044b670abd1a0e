"""Compute a formula such as `tanh(w*x + b)` on Values, so that it can be differentiated and drawn.

Every number becomes a float before anything is computed, so `9**9**9` overflows in a sentence and fills no memory.
"""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import autograd
from autograd import Value

from .errors import ExpressionError
from .labels import readable, shorten
from .syntax import FUNCTIONS, finite, number, operands, operands_first

OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: autograd.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


class Expression:
    """Be a formula that was read: `names` are its variables in order of appearance; `evaluate` computes it.

    >>> expression = parse_expression("tanh(w*x + b)")
    >>> expression.names
    ('w', 'x', 'b')
    >>> root, leaves = expression.evaluate({"w": -3.0, "x": 2.0, "b": 6.5})
    >>> root.backward()
    >>> root.data == autograd.tanh(0.5), leaves["b"].grad == root.local_gradients[0]()
    (True, True)
    """

    def __init__(self, nodes: Sequence[ast.expr]):
        self.nodes = nodes  # operands before the operation that takes them
        self.names = tuple(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))

    def evaluate(self, values: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
        """Return the result and the Value of every name.

        Raises ExpressionError when `values` and the names differ, and what the operations raise.
        """
        self._check(values)
        leaves = {name: Value(values[name], label=name) for name in self.names}
        stack: list[Any] = []
        for node in self.nodes:
            start = len(stack) - len(operands(node))
            stack[start:] = [_value(node, stack[start:], leaves)]
        root = stack.pop()
        return root if isinstance(root, Value) else Value(root, requires_grad=False), leaves

    def _check(self, values: Mapping[str, float]) -> None:
        missing = [name for name in self.names if name not in values]
        if missing:
            raise ExpressionError(f"no value for {_list(missing)}: give {' '.join(f'{name}=1.5' for name in missing)}")
        unused = [name for name in values if name not in self.names]
        if unused:
            raise ExpressionError(f"{_list(unused)} is not in the expression; its names: {_list(self.names) or 'none'}")


def parse_expression(text: str) -> Expression:
    """Return the formula that `text` writes.

    Raises ExpressionError for what is not one: bad syntax, an unknown function (the known are listed), anything but
    numbers, names, + - * / ** and calls, more than 5,000 characters or 200 levels.

    >>> parse_expression("__import__('os').getcwd()")
    Traceback (most recent call last):
    viz.errors.ExpressionError: only functions can be called, and without keywords, as in tanh(x)
    """
    return Expression(operands_first(text))


def parse_values(assignments: Iterable[str]) -> dict[str, float]:
    """Return {name: number} from texts such as "w=-3".

    Raises ExpressionError for anything else, for a name given twice and for what is not a finite number.

    >>> parse_values(["w=-3", "x=2.5"])
    {'w': -3.0, 'x': 2.5}
    """
    values: dict[str, float] = {}
    for assignment in assignments:
        name, x = _assigned(assignment)
        if name in values:
            raise ExpressionError(f"{name} is given twice")
        values[name] = x
    return values


def _assigned(assignment: str) -> tuple[str, float]:
    name, _, text = (part.strip() for part in assignment.partition("="))
    name = unicodedata.normalize("NFKC", name)  # as Python reads names
    if name.isidentifier() and NUMBER.fullmatch(text):
        return name, finite(float(text))
    raise ExpressionError(f"{shorten(readable(assignment), 60)!r} is not name=number, as in w=-3")


def _value(node: ast.expr, given: list[Any], leaves: Mapping[str, Value]) -> Any:
    if isinstance(node, ast.Constant):
        return number(node)
    if isinstance(node, ast.Name):
        return leaves[node.id]
    if isinstance(node, ast.Call):
        return _call(node.func.id, given)  # type: ignore[attr-defined]
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return _operate(OPERATIONS[type(node.op)], given)
    return given


def _operate(operation: Callable[..., Any], given: list[Any]) -> Any:
    if operation is autograd.pow:
        return autograd.pow(given[0], _whole(given[1]))
    if any(isinstance(x, Value) for x in given):
        return operation(*given)
    return operation(Value(given[0]), *given[1:]).data  # through a Value: 1/0 is refused in the engine's words


def _call(name: str, given: list[Any]) -> Any:
    function = getattr(autograd, name)
    if name == "pow":
        return function(given[0], _whole(given[1]))
    if name == "cross_entropy":
        return function(given[0], _class(given[1]))
    one_list = FUNCTIONS[name] == "l|x+" and not isinstance(given[0], list)
    return function(given) if one_list else function(*given)


def _whole(x: Any) -> Any:
    """Return a whole number as an int: an exponent is drawn as **2, not as **2.0."""
    return int(x) if isinstance(x, float) and x.is_integer() and abs(x) < 2**53 else x


def _class(x: Any) -> int:
    k = _whole(x)
    if isinstance(k, int):
        return k
    raise ExpressionError("the class of cross_entropy must be a whole number, as in cross_entropy([a, b], 1)")


def _list(names: Iterable[str]) -> str:
    return ", ".join(shorten(name) for name in names)
