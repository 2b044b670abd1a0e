"""What cannot be recorded: each refusal names the user's line and what to write instead, as a user would meet it."""

import functools
import math
import operator
import random
import re
import sys
import threading
import warnings

import conftest
import pytest

import autograd
from autograd import Value, compile, primitive
from autograd.errors import TraceError

numpy = pytest.importorskip("numpy")
OUTSIDE = Value(2.0)


def branch(a, b):
    if a > b:
        return a
    return b


def halving(a, b):
    while a > 0.1:
        a = a / 2
    return a


def softmax(a, b):
    top = max(v.data for v in [a, b])
    return autograd.exp(a - top)


def equality(a, b):
    if b == 2:
        return a
    return b


def backwards(a, b):
    (a * b).backward()
    return a


def writing(a, b):
    OUTSIDE.data = 3.0
    return OUTSIDE * a


def printing(a, b):
    print(f"{a.data:.2f}")
    return a


# name: function, a part of the line that is to be named, what is to be written instead
REFUSED = {
    "if": (branch, "if a > b:", "where(positive(x), a, b)"),
    "while": (halving, "while a > 0.1:", "a fixed number of steps, in which where(condition, new, old)"),
    "max": (lambda a, b: max([a, b]), "max([a, b])", "autograd.max(values)"),
    "min": (lambda a, b: min(a, b), "min(a, b)", "autograd.minimum(a, b)"),
    "sorted": (lambda a, b: sorted([a, b])[0], "sorted([a, b])", "sort pairs by minimum and maximum"),
    "bool": (lambda a, b: a if bool(b) else b, "bool(b)", "where(positive(x), a, b)"),
    "the largest of arrays": (lambda a, b: numpy.array([a, b]).max(), ".max()", "autograd.max(values)"),
    "data": (lambda a, b: a * b.data, "b.data", "compute with autograd's functions"),
    "float": (lambda a, b: a * float(b), "float(b)", "compute with autograd's functions"),
    "math.exp": (lambda a, b: a * math.exp(b), "math.exp(b)", "autograd.exp"),
    "the largest number": (softmax, "max(v.data for v in [a, b])", "exp(v - logsumexp(values))"),
    "printing": (printing, 'print(f"{a.data:.2f}")', "print it outside the compiled function"),
    "an index": (lambda a, b: [a, a][b], "[a, a][b]", "take(rows, index)"),
    "range": (lambda a, b: [a for _ in range(b)], "range(b)", "len() of an argument"),
    "equality": (equality, "if b == 2:", "where(x - 1, b, a) is a where x is 1"),
    "a number on the left": (lambda a, b: a if 2.0 != b else b, "2.0 != b", "where(x - 1, b, a)"),  # noqa: SIM300
    "NumPy's number": (lambda a, b: a if b == numpy.float64(2) else b, "b == numpy.float64(2)", "where(x - 1, b, a)"),
    "in a list of numbers": (lambda a, b: a if b in [1, 2] else b, "b in [1, 2]", "where(positive(x), a, b)"),
    "two, of which one": (lambda a, b: max(0, a), "max(0, a)", "autograd.maximum(a, b) of two"),
    "the place of the largest": (lambda a, b: [a, b].index(max(a, b)), ".index(max(a, b))", "outside the compiled"),
    "an index as a whole number": (lambda a, b: [a, a][int(b)], "[a, a][int(b)]", "here: take(rows, index)"),
    "backward": (backwards, "(a * b).backward()", "value_and_grad of the compiled function"),
    "remainder": (lambda a, b: a * (b % 2), "b % 2", "compute it outside and hand it over as an argument"),
    "rounding": (lambda a, b: a * round(b), "round(b)", "compute it outside and hand it over as an argument"),
    "a float of it": (lambda a, b: a * float(b), "float(b)", "here: b as it is"),
    "data to be held fast": (lambda a, b: a * b.data, "b.data", "b.detach() is the number without its derivative"),
    "writing": (writing, "OUTSIDE.data = 3.0", "write outside the compiled function"),
}


@pytest.mark.parametrize("f, line, instead", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("call", ["one", "gradient", "batch"])
def test_a_refusal_names_the_users_line_and_what_to_write_instead(f, line, instead, call):
    compiled = compile(f)
    calls = {"one": compiled, "gradient": compiled.value_and_grad, "batch": lambda a, b: compiled.batch(a, [b, b])}
    with pytest.raises(TraceError, match="a program is being recorded") as caught:
        calls[call](1.0, 2.0)
    said = str(caught.value)
    assert instead in said
    assert re.search(r"\(test_program_refusals\.py:\d+: .*" + re.escape(line), said), said


def test_the_line_is_the_users_also_where_the_value_meets_numpys_own_code():
    with pytest.raises(TraceError, match=r"test_program_refusals\.py:\d+: .*numpy\.max"):
        compile(lambda v: numpy.max(v))(numpy.array([1.0, 2.0]))


def test_after_a_refused_writing_the_value_is_as_before():
    with pytest.raises(TraceError):
        compile(writing)(1.0, 2.0)
    assert OUTSIDE.data == 2.0
    OUTSIDE.data = 2.0


def test_a_value_may_be_written_to_while_another_thread_records():
    inside, done = threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        done.wait(10)
        return x * 2

    thread = threading.Thread(target=lambda: compile(slow)(1.0))
    thread.start()
    inside.wait(10)
    x = Value(1.0)
    x.data = 5.0
    done.set()
    thread.join()
    assert x.data == 5.0


@pytest.mark.parametrize("draw", [random.random, lambda: random.gauss(0, 1), lambda: numpy.random.rand()])
def test_random_numbers_drawn_while_recording_are_frozen_and_a_warning_says_so(draw):
    compiled = compile(lambda x: x * draw())
    with pytest.warns(UserWarning, match=r"<lambda> \(test_program_refusals.py:\d+\) drew random numbers while"):
        first = compiled(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(1.0) == first


@pytest.mark.parametrize("make", [random.Random, numpy.random.default_rng, numpy.random.RandomState])
def test_a_generator_of_the_users_own_is_noticed_too(make):
    generator = make(1)

    class Model:
        def __init__(self):
            self.generator = generator

        def __call__(self, x):
            return self.generator.normal() * x if hasattr(generator, "normal") else self.generator.random() * x

    with pytest.warns(UserWarning, match="drew random numbers"):
        compile(lambda x: x * (generator.random() if hasattr(generator, "random") else generator.rand()))(1.0)
    model = Model()
    with pytest.warns(UserWarning, match="drew random numbers"):
        compile(lambda x: model(x))(1.0)


def test_a_warning_names_the_users_line_as_its_place():
    with pytest.warns(UserWarning, match="drew random numbers") as seen:
        compile(lambda x: x * random.random())(1.0)
    assert {warning.filename for warning in seen} == {__file__}


class Holder:
    def __init__(self, value):
        self.values = {"w": [value]}

    def method(self, x):
        return self.values["w"][0] * x


def test_values_of_elsewhere_are_noticed_wherever_they_are_kept():
    value = Value(2.0)
    holder = Holder(value)
    functions = [
        holder.method, lambda x: holder.method(x), lambda x, w=value: w * x, functools.partial(operator.mul, value)
    ]  # fmt: skip
    for f in functions:
        with pytest.warns(UserWarning, match=r"uses Values that are not its arguments \(1\)"):
            compile(f)(3.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compile(lambda x: Value(2.0) * x + Value(1.0))(3.0) == 7.0


def test_a_function_that_draws_nothing_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compile(lambda x: x * random.Random(1).random())(1.0) == random.Random(1).random()


def test_a_users_own_operation_runs_as_a_call_and_a_notice_says_so():
    @primitive(lambda x, out: 3 * x**2)
    def cube(x):
        return x * x * x

    compiled = compile(lambda w, x: w * cube(x), engine="numpy")
    with pytest.warns(UserWarning, match="<lambda> uses operations without a formula, which are called .*: cube"):
        assert compiled.batch(2.0, [1.0, 2.0], reduce=None) == [2.0, 16.0]
    assert compiled.stats()["called"] == ["cube"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled.batch(2.0, [1.0, 2.0])


def test_the_python_engine_gives_no_notice_of_what_it_calls():
    cube = primitive(lambda x, out: 3 * x**2)(lambda x: x**3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compile(lambda x: cube(x), engine="python")(2.0) == 8.0


def test_a_script_that_branches_ends_with_the_sentence(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "from autograd import compile\n\n\n"
        "def loss(w, x):\n    if x > 0:\n        return w * x\n    return -w * x\n\n\n"
        "print(compile(loss).batch(1.0, [1.0, -1.0]))\n",
        "utf-8",
    )
    done = conftest.run([sys.executable, script], env={"PYTHONPATH": str(conftest.ROOT)})
    last = done.stdout.strip().splitlines()[-1]
    assert "TraceError: a program is being recorded and cannot branch" in last
    assert last.endswith("(train.py:5: if x > 0:)")


# -- arguments of the wrong kind ---------------------------------------------------------------------------------------


def total(w, x):
    return sum(a * b for a, b in zip(w, x, strict=True))


def filled(w):
    out = numpy.zeros(2)
    out[0] = w * 2
    return out[0]


@pytest.mark.parametrize(
    "f, args, sentence",
    [
        (
            total,
            ([1.0], [[2.0], [3.0]][:1]),
            r"got list \(test_program_refusals.py:\d+: return .*'x' holds rows, call",
        ),
        (lambda w, flag: w if flag else 2 * w, (1.0, True), "got bool; .* an option is fixed before: compile"),
        (lambda w, kind: w, (1.0, "relu"), "'kind' must be a real number, got str; an option is fixed before: compile"),
        (lambda w: numpy.arcsin(w), (1.0,), r"use autograd.asin\(v\) \(test_program_refusals.py:"),
        (lambda w, i: w[i], (numpy.ones(2), 1.0), r"take\(rows, index\) selects"),
        (filled, (1.0,), "here: an array of NumPy's holds plain numbers: fill a list"),
        (lambda w: numpy.array(w, dtype=float)[0], ([1.0],), "here: leave it a list"),
        (lambda w: sum(map(math.exp, w)), ([1.0],), "here: autograd.exp"),
        (math.exp, (1.0,), r"has no number yet.*\(test_program_refusals.py:"),
        (lambda w: math.gamma(w), (1.0,), "here: write it with autograd's functions"),
    ],
)
def test_what_is_wrong_with_an_argument_is_said_with_the_users_line_and_what_to_do(f, args, sentence):
    with pytest.raises((TypeError, TraceError), match=sentence):
        compile(f)(*args)


def test_an_index_error_of_the_users_own_is_left_as_it_is():
    with pytest.raises(IndexError, match=r"^list index out of range$"):
        compile(lambda w: [w][3])(1.0)
