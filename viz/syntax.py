"""Read a formula into a checked syntax tree; the text is parsed, never executed.

Only numbers, names, `+ - * / **` and calls of autograd's functions pass; length and depth are bounded.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Sequence

import autograd
from autograd.primitive import Row

from .errors import ExpressionError
from .labels import readable, shorten

MAX_LENGTH = 5_000
MAX_DEPTH = 200

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UAdd, ast.USub)

# What a function takes: x is a number, l a list of numbers; so "l|x+" is one list, or numbers one after the other.
ARGUMENTS = {
    "x": "one number",
    "xx?": "one number and a slope or scale",
    "xx": "two numbers",
    "xxx": "three numbers",
    "l|x+": "numbers, as in sum(a, b, c), or one list of them",
    "ll": "two lists, as in dot([w0, w1], [x0, x1])",
    "llx?": "two lists and a bias, as in neuron([w0, w1], [x0, x1], b)",
    "lx": "a list and the number of a class, as in cross_entropy([a, b, c], 0)",
}
_NAMES = {
    "x": "abs",
    "xx?": "elu leaky_relu",
    "xx": "pow xlogy",
    "xxx": "clip where",
    "l|x+": "fsum logsumexp max mean min sum",
    "ll": "dot",
    "llx?": "neuron",
    "lx": "cross_entropy",
}
_EXPORTED = {name: getattr(autograd, name) for name in autograd.__all__}
FUNCTIONS = {name: "x" * found.arity for name, found in _EXPORTED.items() if isinstance(found, Row) and found.arity}
FUNCTIONS |= {name: arguments for arguments, names in _NAMES.items() for name in names.split()}


def operands_first(text: str) -> list[ast.expr]:
    """Return the nodes of the tree that `text` writes, every node after its operands.

    Raises ExpressionError for what is not an expression of the kind above. Iterative, so that depth is a sentence.

    >>> [type(node).__name__ for node in operands_first("w*x")]
    ['Name', 'Name', 'BinOp']
    """
    order: list[ast.expr] = []
    stack = [(_tree(text), 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested deeper than {MAX_DEPTH} levels: use sum(a, b, ...)")
        _check(node)
        order.append(node)
        stack.extend((operand, depth + 1) for operand in operands(node))
    return order[::-1]


def operands(node: ast.expr) -> Sequence[ast.expr]:
    """Return the nodes that `node` is computed from."""
    if isinstance(node, ast.BinOp):
        return node.left, node.right
    if isinstance(node, ast.UnaryOp):
        return (node.operand,)
    if isinstance(node, ast.Call):
        return node.args
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else ()


def number(node: ast.Constant) -> float:
    """Return a literal as a float; raise ExpressionError where it is none, or too large for one."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"{shorten(repr(value))} is not a number")
    try:
        return finite(float(value))
    except OverflowError:
        return finite(math.inf)


def finite(x: float) -> float:
    """Return `x`; raise ExpressionError where a text was too large for a float."""
    if math.isinf(x):
        raise ExpressionError("a number in the expression is too large for a float (the largest is about 1.8e308)")
    return x


def _tree(text: str) -> ast.expr:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are read")
    shown = repr(shorten(readable(text), 60))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"{shown} is not an expression: {shorten(error.msg, 80)}") from None
    except (ValueError, MemoryError, RecursionError) as error:  # a NUL; a nesting that the parser itself refuses
        raise ExpressionError(f"{shown} is not an expression: {error or 'nested too deeply'}") from None
    _refuse_list([tree])
    return tree


def _check(node: ast.expr) -> None:
    if isinstance(node, ast.Call):
        _check_call(node)
        return
    _refuse_list(operands(node))
    if isinstance(node, ast.Constant):
        number(node)
    elif isinstance(node, (ast.BinOp, ast.UnaryOp)):
        _check_operator(node.op)
    elif not isinstance(node, (ast.Name, ast.List, ast.Tuple)):
        raise ExpressionError(f"only numbers, names, + - * / ** and calls are allowed, not {type(node).__name__}")


def _check_operator(operator: ast.AST) -> None:
    if isinstance(operator, ast.BitXor):
        raise ExpressionError("the power is written **, not ^: w**2 in place of w^2")
    if not isinstance(operator, OPERATORS):
        raise ExpressionError(f"only the operators + - * / ** are allowed, not {type(operator).__name__}")


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ExpressionError("only functions can be called, and without keywords, as in tanh(x)")
    name = node.func.id
    if name not in FUNCTIONS:
        raise ExpressionError(f"unknown function {shorten(name)!r}; known: {', '.join(sorted(FUNCTIONS))}")
    given = "".join("l" if _is_list(argument) else "x" for argument in node.args)
    if not re.fullmatch(FUNCTIONS[name], given):
        raise ExpressionError(f"{name} takes {ARGUMENTS[FUNCTIONS[name]]}")


def _refuse_list(nodes: Sequence[ast.expr]) -> None:
    if any(map(_is_list, nodes)):
        raise ExpressionError("a list may only stand in a call, as in sum([a, b])")


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple))
