"""A program as Python source: every row translates, the text runs alone, and its numbers are those of the program."""

import ast
import builtins
import math
import random
import sys

import conftest
import pytest
from random_programs import SPECIAL, bits, outcome, random_point, random_program

import autograd
from autograd import Function, Value, compile, ieee, ops, primitive
from autograd.ops import ROWS
from autograd.primitive import RAISED
from autograd.program import Equation, Program, program, python_source, simplified
from autograd.program.symbol import Symbol
from autograd.pullback import pull_back

SPECIALS = [*SPECIAL, 1.5, -2.5, 1e-310, -3.0]
every_row = pytest.mark.parametrize("name", ROWS)


def one_row(row, n):
    """Return the program that applies one row to its inputs."""
    return Program(tuple(f"v{k}" for k in range(n)), (Equation(row, tuple(range(n))),), (n,))


def points_of(name, count=60):
    n = len(ROWS[name].samples[-1])
    rng = random.Random(name)
    return n, [[x] * n for x in SPECIALS] + [[rng.choice(SPECIALS) for _ in range(n)] for _ in range(count)]


def run_or_raise(run, point):
    """Return the bits of the results, or "raises"."""
    try:
        return [bits(x) for x in run(*point)]
    except RAISED:
        return "raises"


def alone(text):
    """Return the function `run` of a source text that knows nothing but what it imports."""
    namespace = {}
    exec(text, namespace)
    return namespace["run"]


# -- rows --------------------------------------------------------------------------------------------------------------


@every_row
def test_every_row_translates_and_keeps_its_bits_at_special_numbers(name):
    n, points = points_of(name)
    recorded = one_row(ROWS[name], n)
    run = python_source(recorded).function()
    for point in points:
        assert run_or_raise(run, point) == run_or_raise(lambda *x: recorded.evaluate(x), point), point


@every_row
def test_the_ieee_twin_of_every_row_translates_and_never_raises(name):
    n, points = points_of(name)
    row = ROWS[name].ieee
    run = python_source(one_row(row, n)).function()
    for point in points:
        with ieee():
            expected = bits(ROWS[name](*point))
        assert bits(run(*point)[0]) == expected, point


@every_row
def test_the_source_of_every_row_runs_alone(name):
    n, points = points_of(name, 20)
    for row in (ROWS[name], ROWS[name].ieee):
        source = python_source(one_row(row, n))
        run, known = alone(source.text), source.function()
        for point in points:
            assert run_or_raise(run, point) == run_or_raise(known, point), point


@every_row
def test_every_row_takes_constants_in_its_place(name):
    _, points = points_of(name)
    for point in points[: len(SPECIALS)]:
        recorded = Program(("unused",), (Equation(ROWS[name], tuple(point)),), (1,))
        run = python_source(recorded).function()
        assert run_or_raise(run, [0.0]) == run_or_raise(lambda *x, r=recorded: r.evaluate(x), [0.0]), point


@every_row
def test_the_local_derivatives_of_every_row_translate(name):
    # the derivative is a graph of rows, guarded by IEEE arithmetic
    n, points = points_of(name, 20)
    symbols = [Symbol(f"v{k}") for k in range(n)]
    slopes = [d if isinstance(d, Value) else Value(d) for d in pull_back(ROWS[name](*symbols), 1.0, symbols)]
    recorded = program(slopes, symbols)
    run = python_source(recorded).function()
    for point in points:
        expected = run_or_raise(lambda *x: recorded.evaluate(x), point)
        assert run_or_raise(run, point) == expected, point


# -- the text ----------------------------------------------------------------------------------------------------------


def source_of(f, n=2):
    symbols = [Symbol("xyzuvw"[k]) for k in range(n)]
    out = f(*symbols)
    return python_source(simplified(program(out, symbols)))


def test_the_text_is_straight_line_code_that_can_be_read():
    text = source_of(lambda x, y: autograd.tanh(x * y + 1)).text
    assert text == (
        "import math\n"
        "from math import inf, nan\n"
        "\n\n"
        "def run(x, y):\n"
        "    a = x * y\n"
        "    b = a + 1.0\n"
        "    c = math.tanh(b)\n"
        "    return (c,)\n"
    )


def test_operators_and_conditions_are_written_out():
    text = source_of(lambda x, y: autograd.relu(x - y) / -x).text
    for part in ("x - y", "0.0 if", "/"):
        assert part in text


EVERYTHING = {
    "operators": lambda x, y: x * y / 3 - (x + 1) ** 2 - (-x) ** 3,
    "functions": lambda x, y: autograd.exp(x) + autograd.erf(y) + autograd.softplus(x * y),
    "lists": lambda x, y: autograd.logsumexp([x, y, x * y]) + autograd.mean([x, y]) + autograd.max([x, y]),
    "neurons": lambda x, y: autograd.neuron([x, y], [y, x], x, autograd.relu) + autograd.dot([x], [y]),
    "nested neurons": lambda x, y: autograd.neuron([x], [autograd.neuron([y], [x], y, autograd.tanh)], y, autograd.exp),
    "classes": lambda x, y: autograd.cross_entropy([x, y, x * y], 2) + autograd.cross_entropy([x, y], 0),
    "sums": lambda x, y: autograd.fsum([x, y, 1e16, -1e16]) * autograd.sum([x, y]) * autograd.min([x, y, x]),
    "powers": lambda x, y: x**2.5 + x**-2 + abs(x) ** y,
    "branches": lambda x, y: autograd.where(autograd.positive(x), autograd.log(x), y) + autograd.clip(x, -1, 1),
    "constants": lambda x, y: x * math.inf + y * -math.inf + x * 1e-320 - (-0.0) * y,
    "no operation": lambda x, y: x,
    "gradients": lambda x, y: autograd.grad(lambda t: autograd.logsumexp([t, y * t]) * autograd.log(t))(x),
    "second derivatives": lambda x, y: autograd.hvp(lambda p: autograd.tanh(p[0] * p[1]), [x, y], [1.0, 2.0]),
    "everything at once": lambda x, y: [random_program(k, 30)(x, y, x * y) for k in (3, 5)],
}
every_kind = pytest.mark.parametrize("f", EVERYTHING.values(), ids=EVERYTHING)


@every_kind
def test_the_text_runs_alone(f):
    source = source_of(f)
    rng = random.Random(1)
    for special in (0.0, 0.5) * 20:
        point = random_point(rng, 2, special)
        assert run_or_raise(alone(source.text), point) == run_or_raise(source.function(), point)


@every_kind
def test_the_text_imports_the_standard_library_and_numeric_alone(f):
    tree = ast.parse(source_of(f).text)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {"math", "functools", "autograd.numeric"}
    assert all(isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign)) for node in tree.body)


def names_in(tree):
    """Return the names that a text defines or imports, and those that it reads."""
    defined, read = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (defined if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            defined.add(node.name)
        elif isinstance(node, (ast.arg, ast.alias)):
            defined.add(node.arg if isinstance(node, ast.arg) else node.asname or node.name)
    return defined, read


@every_kind
def test_every_name_of_the_text_is_defined_in_it(f):
    defined, read = names_in(ast.parse(source_of(f).text))
    assert read - defined <= set(dir(builtins))


@every_kind
def test_the_text_is_the_same_every_time(f):
    assert source_of(f).text == source_of(f).text


def test_the_text_runs_in_another_process_without_the_engine(tmp_path):
    text = source_of(lambda x, y: autograd.logsumexp([x, autograd.tanh(y)]) + autograd.log(x)).text
    script = tmp_path / "alone.py"
    script.write_text(text + "\nprint(run(0.5, -1.5)[0].hex())\n", "utf-8")
    done = conftest.run([sys.executable, script], env={"PYTHONPATH": str(conftest.ROOT)})
    expected = compile(lambda x, y: autograd.logsumexp([x, autograd.tanh(y)]) + autograd.log(x))(0.5, -1.5)
    assert done.stdout.strip() == expected.hex(), done.stdout


def test_no_text_of_a_label_reaches_the_code():
    x = Value(2.0, label="x):\n    import os\n#")
    text = python_source(program(x * x, [x])).text
    assert "import os" not in text


def test_a_long_program_translates():
    x = Value(0.5)
    y = x
    for _ in range(5000):
        y = y * 0.999 + 0.001
    recorded = program(y, [x])
    assert python_source(recorded).function()(0.5) == (y.data,)


def test_a_row_with_thousands_of_arguments_translates():
    xs = [Value(float(k)) for k in range(3000)]
    recorded = program(autograd.sum(xs), xs)
    assert python_source(recorded).function()(*[1.0] * 3000) == (3000.0,)


def test_many_variables_have_names_that_are_not_used_otherwise():
    # after some thousand letters come abs, max, min, inf, nan, run, exp, log ...
    x = Value(0.5)
    y, total = x, x
    for _ in range(20_000):
        y = -y
        total = y
    run = python_source(program([autograd.erf(total) + abs(total)], [x])).function()
    assert run(0.5) == (math.erf(0.5) + 0.5,)


# -- own operations ----------------------------------------------------------------------------------------------------


def test_a_users_own_operation_is_called():
    calls = []

    @primitive(lambda x, out: 2 * x)
    def square(x):
        calls.append(x)
        return x * x

    run = source_of(lambda x, y: square(x) + square(y)).function()
    calls.clear()
    assert run(2.0, 3.0) == (13.0,)
    assert sorted(calls) == [2.0, 3.0]


def test_an_own_operation_may_be_the_activation_of_a_neuron():
    square = primitive(lambda x, out: 2 * x)(lambda x: x * x)
    source = source_of(lambda x, y: autograd.neuron([x], [y], 1.0, square))
    assert source.function()(2.0, 3.0) == (49.0,)


@pytest.mark.parametrize("activation", [autograd.exp, autograd.log, autograd.sinh])
def test_a_guarded_neuron_guards_its_activation(activation):
    row = ops.neuron_row(activation, True).ieee
    run = alone(python_source(one_row(row, 3)).text)
    for total in (1000.0, -1000.0, 0.0, 0.5):
        assert bits(run(0.0, total, 1.0)[0]) == bits(activation.ieee(total))


def test_imports_are_in_the_order_of_the_alphabet():
    text = source_of(lambda x, y: autograd.logsumexp([x, y]) + autograd.erf(x) + autograd.max([x, y]) + x**y).text
    imports = [line for line in text.splitlines() if line.startswith("from autograd")]
    assert len(imports) > 2 and imports == sorted(imports)


def test_operations_of_one_name_stay_apart():
    def make(factor):
        @primitive(lambda x, out: factor)
        def scale(x):
            return factor * x

        return scale

    twice, thrice = make(2.0), make(3.0)
    source = source_of(lambda x, y: twice(x) + thrice(y) * twice(y))
    assert source.function()(1.0, 1.0) == (8.0,)


def test_rows_of_one_name_stay_apart():
    first = ops.row("mine", "math.sqrt(x)", "0.5 / out", domain="x >= 0")
    second = ops.row("mine", "math.log(x)", "1.0 / x", domain="x > 0")
    equations = (Equation(first.ieee, (0,)), Equation(second.ieee, (0,)), Equation(ops.add, (1, 2)))
    recorded = Program(("x",), equations, (3,))
    assert python_source(recorded).function()(4.0) == (2.0 + math.log(4.0),)


@pytest.mark.parametrize("name", ["<lambda>", "a b", "1st", "größe", "class", "x'y", "run", "math"])
def test_an_operation_of_any_name_can_be_called(name):
    own = primitive(lambda x, out: 2.0)(lambda x: 2 * x)
    own.name = own.symbol = name
    recorded = Program(("x",), (Equation(own, (0,)),), (1,))
    assert python_source(recorded).function()(3.0) == (6.0,)


def test_two_names_that_look_alike_as_identifiers_stay_apart():
    plus = primitive(lambda x, out: 1.0)(lambda x: x + 1)
    minus = primitive(lambda x, out: 1.0)(lambda x: x - 1)
    plus.name, minus.name = "a+b", "a-b"
    recorded = Program(("x",), (Equation(plus, (0,)), Equation(minus, (0,)), Equation(ops.mul, (1, 2))), (3,))
    assert python_source(recorded).function()(3.0) == (8.0,)


def test_a_function_is_called_with_its_own_forward():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    run = source_of(lambda x, y: Double.apply(x) * y).function()
    assert run(3.0, 5.0) == (30.0,)


def test_the_errors_of_an_own_operation_come_through():
    @primitive(lambda x, out: 1.0)
    def mine(x):
        raise KeyError("mine")

    run = source_of(lambda x, y: mine(x)).function()
    with pytest.raises(KeyError):
        run(1.0, 2.0)


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_random_programs_keep_their_bits_as_source():
    rng, errors = random.Random(8), 0
    for seed in range(300):
        symbols = [Symbol(name) for name in "xyz"]
        recorded = program(random_program(seed)(*symbols), symbols)
        run = python_source(recorded).function()
        for special in (0.0, 0.5, 1.0):
            point = random_point(rng, 3, special)
            expected = run_or_raise(lambda *x: recorded.evaluate(x), point)  # noqa: B023
            assert run_or_raise(run, point) == expected, (seed, point)
            errors += expected == "raises"
    assert 50 < errors < 850


def test_results_are_floats():
    run = source_of(lambda x, y: [x, autograd.step(x), x * y]).function()
    assert {type(value) for value in run(1.0, 2.0)} == {float}


def test_the_source_of_a_compiled_function_is_the_text_that_runs():
    compiled = compile(lambda v: autograd.logsumexp(v))
    value = compiled([1.0, 2.0])
    assert alone(compiled.source)(1.0, 2.0) == (value,)
    value, slopes = compiled.value_and_grad([1.0, 2.0])
    assert alone(compiled.source)(1.0, 2.0) == (value, *slopes)


def test_the_outcome_of_an_error_in_the_text_is_python_s_own():
    run = source_of(lambda x, y: autograd.log(x) / y).function()
    assert outcome(lambda: run(-1.0, 1.0))[0] == "ValueError"
    assert outcome(lambda: run(1.0, 0.0))[0] == "ZeroDivisionError"
