"""Only a formula is read; everything else is one sentence, and nothing is ever executed."""

import pytest

import autograd
from autograd.primitive import Row
from viz.errors import ExpressionError
from viz.syntax import FUNCTIONS, operands_first

NOT_EXPRESSIONS = {
    "": "is not an expression",
    "tanh(": "is not an expression",
    "x +": "is not an expression",
    "x y": "is not an expression",
    "x\n+1": "is not an expression",
    "x := 3": "is not an expression",
    "import os": "is not an expression",
    "\x00": "is not an expression",
    "\ud800": "is not an expression",
    "(" * 3000: "is not an expression",
    "-" * 4000 + "x": "not an expression|deeper than",
    "x**" * 1500 + "x": "not an expression|deeper than",
    "9" * 4900: "not an expression|too large",
    "1+" * 2000 + "1": r"nested deeper than 200 levels: use sum\(a, b, ...\)",
    "x" * 5001: "5,001 characters; at most 5,000",
    "1e999": "too large for a float",
    "9" * 400: "too large for a float",
    "True": "True is not a number",
    "'x'": "'x' is not a number",
    "2j": "2j is not a number",
    "None": "None is not a number",
    "...": "Ellipsis is not a number",
    "x.real": "not Attribute",
    "x[0]": "not Subscript",
    "lambda: 1": "not Lambda",
    "x if x else y": "not IfExp",
    "x and y": "not BoolOp",
    "x < y": "not Compare",
    "{x}": "not Set",
    "{1: x}": "not Dict",
    "f'{x}'": "not JoinedStr",
    "tanh(*x)": "not Starred",
    "[x for x in y]": "not ListComp",
    "x^2": r"the power is written \*\*, not \^: w\*\*2 in place of w\^2",
    "x % 2": r"only the operators \+ - \* / \*\* are allowed, not Mod",
    "x // 2": "not FloorDiv",
    "x @ y": "not MatMult",
    "~x": "not Invert",
    "not x": "not Not",
    "__import__('os')": "unknown function '__import__'; known: abs, acos",
    "eval(x)": "unknown function 'eval'",
    "Value(1)": "unknown function 'Value'",
    "no_grad()": "unknown function 'no_grad'",
    "x.tanh()": "only functions can be called",
    "(lambda: 1)()": "only functions can be called",
    "tanh(x=1)": "without keywords",
    "tanh()": "tanh takes one number",
    "tanh(x, y)": "tanh takes one number",
    "tanh([x])": "tanh takes one number",
    "atan2(x)": "atan2 takes two numbers",
    "sum()": "sum takes numbers",
    "sum([x], y)": "sum takes numbers",
    "dot(x, y)": "dot takes two lists",
    "[x]": "a list may only stand in a call",
    "(x, y)": "a list may only stand in a call",
    "[x] + 1": "a list may only stand in a call",
    "sum([[x]])": "a list may only stand in a call",
}


@pytest.mark.parametrize("text", NOT_EXPRESSIONS, ids=lambda text: ascii(text[:30]))
def test_what_is_no_expression_is_refused_with_a_sentence(text):
    with pytest.raises(ExpressionError, match=NOT_EXPRESSIONS[text]) as refused:
        operands_first(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_operands_come_first():
    assert [type(node).__name__ for node in operands_first("tanh(w*x + 1)")] == [
        "Name",
        "Name",
        "BinOp",
        "Constant",
        "BinOp",
        "Call",
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_autograds(name):
    assert callable(getattr(autograd, name))


def test_every_operation_of_the_engine_can_be_written():
    shadowing = {"abs", "max", "min", "pow", "sum"}
    operations = {name for name in autograd.__all__ if is_operation(getattr(autograd, name))}
    assert set(FUNCTIONS) == operations | shadowing


def is_operation(f):
    return isinstance(f, Row) or getattr(f, "__module__", "") == "autograd.ops"


def test_a_sum_of_two_hundred_terms_can_be_read():
    assert len(operands_first("+".join("x" * 200))) == 399
