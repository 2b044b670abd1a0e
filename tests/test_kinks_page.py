"""Every row of the tables in docs/kinks.md is what the program does, in every mode."""

import re
from contextlib import nullcontext
from math import inf, nan

import pytest
from conftest import ROOT

import autograd
from autograd import Value, compile, errors, grad, gradients, ieee, jvp

PAGE = (ROOT / "docs" / "kinks.md").read_text("utf-8")
NAMES = {**vars(autograd), "inf": inf, "nan": nan}


def rows():
    """Return every row: the title of its section, then its cells."""
    sections = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return [(title, *cells(line)) for title, text in sections for line in re.findall(r"^\| `.*\|$", text, re.MULTILINE)]


def cells(line):
    return [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]


ROWS = rows()
COMPUTED = [pytest.param(*row[:6], id=f"{row[1]} at {row[2]}, {row[0]}") for row in ROWS if len(row) > 4]
REFUSED = [pytest.param(*row[1:], id=f"{row[1]} at {row[2]}") for row in ROWS if len(row) == 4]


def function(expression, at):
    """Return the expression as a function of as many of x, y, z as there are numbers, and these."""
    point = [float(eval(number, NAMES)) for number in at.split(",")]
    return eval(f"lambda {', '.join('xyz'[: len(point)])}: {expression}", NAMES), point


def shown(numbers):
    return ", ".join("0" if x == 0 else f"{x:.6g}" for x in numbers)


def numbers(found):
    return [x.data if isinstance(x, Value) else x for x in found]


def forward(f, point):
    """Return the value and, one by one, the derivatives by forward mode."""
    units = [[1.0 if i == k else 0.0 for i in range(len(point))] for k in range(len(point))]
    found = [jvp(f, point, unit) for unit in units]
    return found[0][0], [tangent for _, tangent in found]


def in_reverse(f, point):
    """Return the value, and the gradient in each of the ways there are."""
    leaves = [Value(x) for x in point]
    out = f(*leaves)
    out.backward()
    every = tuple(range(len(point)))
    value, compiled = compile(f, every).value_and_grad(*point)
    as_graph = gradients(f(*leaves), leaves, create_graph=True)
    found = [[v.grad for v in leaves], grad(f, every)(*point), numbers(as_graph), compiled]
    return [out.data, value], found


def test_the_page_has_rows_of_all_kinds():
    assert len(COMPUTED) > 70 and len(REFUSED) > 10
    assert len({row[0] for row in ROWS}) == 7


@pytest.mark.parametrize("title, expression, at, value, reverse, tangents", COMPUTED)
def test_a_row_is_what_the_program_does(title, expression, at, value, reverse, tangents):
    # FAULTS K1 to K7, K12, K13, K15 to K18, K20, K22 to K27
    f, point = function(expression, at)
    with ieee() if "ieee()" in title else nullcontext():
        values, slopes = in_reverse(f, point)
        primal, derivatives = forward(f, point)
    assert [shown([x]) for x in (*values, primal)] == [value] * 3
    assert [shown(found) for found in slopes] == [reverse] * 4
    assert shown(derivatives) == tangents


@pytest.mark.parametrize("expression, at, error", REFUSED)
def test_what_is_refused_is_refused_in_every_mode(expression, at, error):
    # FAULTS K8 to K11, K14, K19, K21
    f, point = function(expression, at)
    for attempt in (lambda: f(*map(Value, point)), lambda: forward(f, point), lambda: compile(f)(*point)):
        with pytest.raises(getattr(errors, error)):
            attempt()


def test_what_is_refused_has_a_row_under_ieee_754_too():
    under_ieee = {row[1:3] for row in ROWS if "ieee()" in row[0]}
    assert under_ieee == {row[1:3] for row in ROWS if len(row) == 4}


def test_where_0_meets_an_infinity_the_modes_say_0_or_nan_and_nothing_else():
    # No number of one mode contradicts a number of the other.
    for row in ROWS:
        if row[0].startswith("Where an exact 0"):
            assert {row[4], row[5]} <= {"0", "nan"} and "0" in row[4:6]
