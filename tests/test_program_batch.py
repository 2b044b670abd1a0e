"""Compiled functions over rows: every engine gives what eager gives row by row, in every form, and names faults."""

import math
import random
import threading
import time
from collections import namedtuple

import pytest
from random_programs import outcome, random_point, random_program

import autograd
from autograd import Value, compile, grad, hvp, jvp, relu, tanh, value_and_grad
from autograd.errors import (
    AutogradError,
    CheckError,
    DomainError,
    FloatOverflowError,
    OutOfRangeError,
    ShapeError,
    TraceError,
)
from autograd.numeric import left_to_right
from autograd.program.compiled import specialised
from autograd.program.compiled.engines import SMALL
from autograd.program.compiled.executor import alike
from autograd.structure import flatten

MODULES = {"python": "autograd", "numpy": "numpy", "native": "llvmlite"}
ENGINES = [pytest.param(name, id=name) for name in MODULES]
Pair = namedtuple("Pair", "x y")

every_engine = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(autouse=True)
def installed(request):
    if "engine" in request.fixturenames:
        pytest.importorskip(MODULES[request.getfixturevalue("engine")])


def model(w, x, y):
    hidden = [relu(w[3 * i] * x[0] + w[3 * i + 1] * x[1] + w[3 * i + 2]) for i in range(4)]
    score = autograd.sum([w[12 + i] * h for i, h in enumerate(hidden)])
    return (tanh(score) - y) ** 2


RNG = random.Random(4)
W = [RNG.uniform(-1, 1) for _ in range(16)]
X = [[RNG.uniform(-1, 1), RNG.uniform(-1, 1)] for _ in range(21)]
Y = [RNG.uniform(-1, 1) for _ in range(21)]
EAGER = [value_and_grad(model)(W, x, y) for x, y in zip(X, Y, strict=True)]
SUMS = [left_to_right(column) for column in zip(*([value, *slopes] for value, slopes in EAGER), strict=True)]


def close(found, expected):
    return flatten(found)[0] == pytest.approx(flatten(expected)[0], rel=1e-11, abs=1e-14)


# -- values and gradients over rows ------------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 21])
def test_results_of_each_row_are_those_of_eager(engine, rows):
    compiled = compile(model, engine=engine)
    assert close(compiled.batch(W, X[:rows], Y[:rows], reduce=None), [value for value, _ in EAGER[:rows]])
    values, slopes = compiled.batch_value_and_grad(W, X[:rows], Y[:rows], reduce=None)
    assert close(values, [value for value, _ in EAGER[:rows]])
    assert close(slopes, [slope for _, slope in EAGER[:rows]])


@every_engine
@pytest.mark.parametrize("reduce, divisor", [("sum", 1), ("mean", 21)])
def test_results_are_added_up(engine, reduce, divisor):
    compiled = compile(model, engine=engine)
    expected = [x / divisor for x in SUMS]
    assert compiled.batch(W, X, Y, reduce=reduce) == pytest.approx(expected[0], rel=1e-12)
    value, slopes = compiled.batch_value_and_grad(W, X, Y, reduce=reduce)
    assert close([value, *slopes], expected)


def test_the_mean_is_what_is_asked_for_by_default():
    compiled = compile(model)
    assert compiled.batch(W, X, Y) == compiled.batch(W, X, Y, reduce="mean")
    assert compiled.batch_value_and_grad(W, X, Y) == compiled.batch_value_and_grad(W, X, Y, reduce="mean")


@every_engine
def test_a_strict_sum_has_the_bits_of_eager_results_added_in_the_order_of_the_rows(engine):
    value, slopes = compile(model, engine=engine, strict=True).batch_value_and_grad(W, X, Y, reduce="sum")
    assert [value, *slopes] == SUMS
    value, slopes = compile(model, engine=engine, strict=True).batch_value_and_grad(W, X, Y, reduce="mean")
    assert [value, *slopes] == [x / 21 for x in SUMS]


@every_engine
def test_strict_results_of_each_row_have_the_bits_of_eager(engine):
    found = compile(model, engine=engine, strict=True).batch_value_and_grad(W, X, Y, reduce=None)
    assert list(zip(*found, strict=True)) == EAGER


@every_engine
def test_one_example_is_what_eager_makes_of_it(engine):
    compiled, strict = compile(model, engine=engine), compile(model, engine=engine, strict=True)
    for x, y, (value, slopes) in zip(X, Y, EAGER, strict=True):
        assert compiled(W, x, y) == pytest.approx(value, rel=1e-11)
        assert close(compiled.value_and_grad(W, x, y), (value, slopes))
        assert (strict(W, x, y), strict.value_and_grad(W, x, y)) == (value, (value, slopes))


@every_engine
def test_more_rows_than_a_block_are_added_up_too(engine):
    xs = [math.sin(k) for k in range(1001)]
    compiled = compile(lambda w, x: tanh(w * x), engine=engine)
    value, slope = compiled.batch_value_and_grad(0.5, xs, reduce="sum")
    assert value == pytest.approx(math.fsum(math.tanh(0.5 * x) for x in xs), rel=1e-10)
    assert slope == pytest.approx(math.fsum(x * (1 - math.tanh(0.5 * x) ** 2) for x in xs), abs=1e-9)
    assert compiled.batch(0.5, xs, reduce=None) == pytest.approx([math.tanh(0.5 * x) for x in xs], rel=1e-13)


@every_engine
@pytest.mark.parametrize("strict", [False, True])
def test_the_same_call_has_the_same_bits_whatever_ran_before_and_on_any_number_of_threads(engine, strict):
    fresh = [compile(model, engine=engine, strict=strict, threads=n) for n in (1, 2)]
    results = [c.batch_value_and_grad(W, X * 40, Y * 40) for c in fresh]
    fresh[0].batch_value_and_grad(W, X[:3], Y[:3])
    fresh[0].batch_value_and_grad(W, X * 41, Y * 41)
    results.append(fresh[0].batch_value_and_grad(W, X * 40, Y * 40))
    assert results[0] == results[1] == results[2]


def test_how_many_rows_an_executor_is_made_for_depends_on_the_rows_alone():
    assert [alike(n) for n in (1, 2, 8, 9, 100, 128, 129, 1000)] == [1, 8, 8, 16, 104, 128, 48, 64]


# -- what varies -------------------------------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize("batch", ["x", ["x"], 0, (0,), -2])
def test_what_varies_may_be_named_or_numbered(engine, batch):
    compiled = compile(lambda x, w: w * x * x, argnums=1, batch=batch, engine=engine)
    assert compiled.batch_value_and_grad([1.0, 2.0, 3.0], 5.0, reduce="sum") == (70.0, 14.0)


@every_engine
def test_what_is_neither_differentiated_by_nor_varies_is_shared(engine):
    compiled = compile(lambda w, rate, x: w * rate * x, batch="x", engine=engine)
    assert compiled.batch_value_and_grad(2.0, 3.0, [1.0, 10.0], reduce="sum") == (66.0, 33.0)


@every_engine
@pytest.mark.parametrize("reduce, divisor", [("sum", 1), ("mean", 2), (None, 1)])
def test_the_gradient_by_what_varies_has_a_row_for_each_row(engine, reduce, divisor):
    compiled = compile(lambda w, x: w * x[0] * x[1], argnums=(0, 1), batch="x", engine=engine)
    _, (by_w, by_x) = compiled.batch_value_and_grad(2.0, [[1.0, 3.0], [5.0, 7.0]], reduce=reduce)
    assert by_w == ([3.0, 35.0] if reduce is None else 38.0 / divisor)
    assert by_x == [[6.0 / divisor, 2.0 / divisor], [14.0 / divisor, 10.0 / divisor]]


@every_engine
@pytest.mark.parametrize("reduce, expected", [("sum", [3.0, 6.0]), ("mean", [1.0, 2.0]), (None, [[1.0, 2.0]] * 3)])
def test_results_that_no_row_changes_are_there_for_every_row(engine, reduce, expected):
    compiled = compile(lambda w, x: [w, 2.0 * w], engine=engine)
    assert compiled.batch(1.0, [5.0, 6.0, 7.0], reduce=reduce) == expected
    constant = compile(lambda w, x: 1.0, engine=engine)
    assert constant.batch_value_and_grad(3.0, [5.0, 6.0], reduce="sum") == (2.0, 0.0)
    assert constant.batch_value_and_grad(3.0, [5.0, 6.0], reduce=None) == ([1.0, 1.0], [0.0, 0.0])


@every_engine
def test_a_penalty_counts_once_for_every_row(engine):
    compiled = compile(lambda w, x: w * x + 10 * w * w, engine=engine)
    assert compiled.batch_value_and_grad(2.0, [1.0, 3.0], reduce="sum") == (88.0, 84.0)
    assert compiled.batch_value_and_grad(2.0, [1.0, 3.0], reduce="mean") == (44.0, 42.0)


def test_without_anything_that_varies_there_is_a_sentence():
    compiled = compile(lambda x: x * x)
    for call in (compiled.batch, compiled.batch_value_and_grad):
        with pytest.raises(ValueError, match=r"nothing varies over rows: .* compile\(f, batch='x'\)"):
            call([1.0, 2.0])
    assert compiled(3.0) == 9.0


def test_a_name_that_is_no_argument_is_refused():
    with pytest.raises(ValueError, match="batch: model has no argument 'z', only w, x, y"):
        compile(model, batch="z")
    with pytest.raises(ValueError, match="batch: max has no argument 'x', only unnamed ones"):
        compile(max, batch="x")


def test_a_number_of_an_argument_that_is_not_there_is_refused():
    with pytest.raises(IndexError, match="there are 3 arguments, got number 3"):
        compile(model, batch=3).batch(W, X, Y)


@pytest.mark.parametrize("reduce", ["max", 0, True])
def test_another_reduction_is_refused(reduce):
    with pytest.raises(ValueError, match="reduce must be 'mean', 'sum' or None, got"):
        compile(model).batch(W, X, Y, reduce=reduce)


@pytest.mark.parametrize(
    "args, sentence",
    [
        ((W, X, Y[:3]), r"the same number of rows: argument 'x' has 21, argument 'y' has 3"),
        ((W, [], []), r"argument 'x' varies over rows: expected at least one row, got none"),
        ((W, [[1.0, 2.0], [1.0]], [1.0, 2.0]), r"argument 'x': row 1 has another shape than row 0"),
        ((W, [[1.0, 2.0], 1.0], [1.0, 2.0]), r"argument 'x': row 1 has another shape than row 0"),
        ((W, {}, {}), r"at least one row, got no numbers in what varies: argument 'x', argument 'y'"),
        ((W, 1.0, 1.0), r"argument 'x' varies over rows: expected a list or an array of rows, got float"),
        ((W, {"a": [1.0], "b": [1.0, 2.0]}, [1.0]), r"argument 'x' must have as many rows in every part, got 1 and 2"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_name(args, sentence):
    for call in (compile(model).batch, compile(model).batch_value_and_grad):
        with pytest.raises(ShapeError, match=sentence):
            call(*args)


def test_what_is_no_number_is_refused_by_name_and_row():
    with pytest.raises(TypeError, match="argument 'x', row 1, must be a real number, got str"):
        compile(model).batch(W, [[1.0, 2.0], [1.0, "2"]], [1.0, 2.0])


# -- forms -------------------------------------------------------------------------------------------------------------


def in_forms(p, row):
    return p["a"] * row["x"][0] + p["b"][0] * row["x"][1] * row["y"]


@every_engine
def test_dicts_and_named_tuples_have_rows_in_every_entry(engine):
    p, expected = {"a": 2.0, "b": (3.0,)}, (2 * 1 + 3 * 2 * 10 + 2 * 3 + 3 * 4 * 20, {"a": 4.0, "b": (100.0,)})
    compiled = compile(in_forms, engine=engine)
    rows = {"x": [[1.0, 2.0], [3.0, 4.0]], "y": [10.0, 20.0]}
    assert compiled.batch_value_and_grad(p, rows, reduce="sum") == expected
    pairs = compile(lambda p, row: in_forms(p, {"x": row.x, "y": row.y}), engine=engine)
    assert pairs.batch_value_and_grad(p, Pair(**rows), reduce="sum") == expected


@every_engine
def test_rows_of_nested_lists_and_tuples(engine):
    compiled = compile(lambda w, r: w * r[0] * r[1][0] + r[1][1], engine=engine)
    assert compiled.batch(2.0, [(1.0, [2.0, 3.0]), (4, [5, 6])], reduce=None) == [7.0, 46.0]


@every_engine
@pytest.mark.parametrize("strict", [False, True])
def test_the_gradient_by_an_argument_without_numbers_is_as_empty_in_every_row(engine, strict):
    options = {"engine": engine, "strict": strict}
    compiled = compile(lambda w, x, y: w * w * y, (0, 1), batch=(1, 2), **options)
    assert compiled.batch_value_and_grad(3.0, [[], []], [1.0, 2.0], reduce="sum") == (27.0, (18.0, [[], []]))
    assert compiled.value_and_grad(3.0, [], 1.0) == (9.0, (6.0, []))
    assert compile(lambda w, x: w * w, (0, 1), batch=1, **options).value_and_grad(3.0, {}) == (9.0, (6.0, {}))


@every_engine
def test_a_function_may_return_any_form(engine):
    compiled = compile(lambda w, x: {"s": w + x, "t": [w * x, (x,)]}, engine=engine)
    assert compiled(2.0, 3.0) == {"s": 5.0, "t": [6.0, (3.0,)]}
    assert compiled.batch(2.0, [3.0, 4.0], reduce="sum") == {"s": 11.0, "t": [14.0, (7.0,)]}
    assert compiled.batch(2.0, [3.0, 4.0], reduce=None) == [
        {"s": 5.0, "t": [6.0, (3.0,)]},
        {"s": 6.0, "t": [8.0, (4.0,)]},
    ]


@every_engine
def test_a_function_may_return_nothing_but_its_form(engine):
    assert compile(lambda w, x: {"none": []}, engine=engine).batch(2.0, [3.0] * 2, reduce=None) == [{"none": []}] * 2


@every_engine
def test_the_gradient_by_nothing_that_varies_is_nothing(engine):
    compiled = compile(lambda w, x: w * w, argnums=(0, 1), batch=1, engine=engine)
    assert compiled.value_and_grad(3.0, []) == (9.0, (6.0, []))
    assert compiled.value_and_grad(3.0, {}) == (9.0, (6.0, {}))


@every_engine
def test_of_what_varies_a_part_may_be_empty(engine):
    for args in ((3.0, {}, [1.0, 2.0]), (3.0, [1.0, 2.0], {})):
        compiled = compile(lambda w, x, y: w * (y if x == {} else x), engine=engine)
        assert [compiled.batch(*args, reduce="sum") for _ in range(2)] == [9.0, 9.0]


def layer(p, x, y):
    """Reads arrays by two indices, by rows and by length, as a loop over an array does."""
    out = p["b"][0]
    for i in range(len(p["w"])):
        out = out + tanh(autograd.dot(p["w"][i], x)) * p["w"][i, 0]
    return out * y


@every_engine
@pytest.mark.parametrize("kind", ["float64", "float32", "int64"])
def test_arrays_go_in_and_gradients_come_back_as_arrays_of_their_shape(engine, kind):
    numpy = pytest.importorskip("numpy")
    rng = numpy.random.default_rng(1)
    p = {"w": (3 * rng.normal(size=(3, 2))).astype(kind), "b": [0.5]}
    x, y = (3 * rng.normal(size=(5, 2))).astype(kind), (3 * rng.normal(size=5)).astype(kind)
    lists = {"w": p["w"].tolist(), "b": p["b"]}

    def plain(p, x, y):
        return layer({"w": _Rows(p["w"]), "b": p["b"]}, x, y)

    each = [value_and_grad(plain)(lists, a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    compiled = compile(layer, engine=engine)
    value, slopes = compiled.batch_value_and_grad(p, x, y, reduce="sum")
    assert type(value) is float and value == pytest.approx(sum(v for v, _ in each), rel=1e-12)
    assert slopes["w"].shape == (3, 2) and slopes["w"].dtype == "float64" and type(slopes["b"]) is list
    assert slopes["w"] == pytest.approx(sum(numpy.array(s["w"]) for _, s in each), rel=1e-11)
    values, slopes = compiled.batch_value_and_grad(p, x, y, reduce=None)
    assert values.shape == (5,) and slopes["w"].shape == (5, 3, 2) and slopes["b"][0].shape == (5,)
    assert slopes["w"] == pytest.approx(numpy.array([s["w"] for _, s in each]), rel=1e-11)
    value, slopes = compiled.value_and_grad(p, x[0], y[0])
    assert type(value) is float and slopes["w"] == pytest.approx(numpy.array(each[0][1]["w"]), rel=1e-11)


class _Rows(list):
    """A list that can be read by two indices, as an array can."""

    def __getitem__(self, at):
        return list.__getitem__(self, at[0])[at[1]] if isinstance(at, tuple) else list.__getitem__(self, at)


@every_engine
def test_results_for_each_row_are_a_list_for_lists_and_an_array_for_arrays(engine):
    numpy = pytest.importorskip("numpy")
    compiled = compile(lambda w, x: w * x[0] * x[1], engine=engine)
    rows = [[1.0, 2.0], [3.0, 4.0]]
    assert compiled.batch(2.0, rows, reduce=None) == [4.0, 24.0]
    found = compiled.batch(2.0, numpy.array(rows), reduce=None)
    assert isinstance(found, numpy.ndarray) and found.tolist() == [4.0, 24.0]
    assert compiled.batch(2.0, [numpy.array(row) for row in rows], reduce=None) == [4.0, 24.0]


@every_engine
def test_an_array_in_any_memory_order_is_read_right_and_left_alone(engine):
    numpy = pytest.importorskip("numpy")
    compiled = compile(lambda w, x: w[0, 1] * x[1] + w[1, 0] * x[0], engine=engine)
    w, x = numpy.array([[1.0, 2.0], [3.0, 4.0]]), numpy.array([[1.0, 10.0], [2.0, 20.0]])
    expected = compiled.batch(w, x, reduce=None).tolist()
    for other in (numpy.asfortranarray, lambda a: numpy.repeat(a, 2, axis=0)[::2], lambda a: a.astype(">f8")):
        assert compiled.batch(other(w), other(x), reduce=None).tolist() == expected
    w.flags.writeable = x.flags.writeable = False
    assert compiled.batch(w, x, reduce=None).tolist() == expected == [23.0, 46.0]


def test_results_are_the_callers_own():
    numpy = pytest.importorskip("numpy")
    compiled = compile(lambda w, x: autograd.dot(w, x), engine="numpy")
    w, x = numpy.array([1.0, 2.0]), numpy.array([[1.0, 2.0], [3.0, 4.0]])
    _, first = compiled.batch_value_and_grad(w, x, reduce="sum")
    first[:] = 0.0
    _, second = compiled.batch_value_and_grad(w, x, reduce="sum")
    assert second.tolist() == [4.0, 6.0] and w.tolist() == [1.0, 2.0]


def test_a_new_shape_is_a_new_program_and_a_known_one_is_not():
    numpy = pytest.importorskip("numpy")
    shapes = []

    def total(w, x):
        shapes.append(x.shape)
        return w * x.sum()

    compiled = compile(total, engine="python")
    for shape in ((2, 3), (2, 2), (5, 3), (1, 2)):
        compiled.batch(2.0, numpy.ones(shape))
    assert shapes == [(3,), (2,)]


# -- derivatives inside ------------------------------------------------------------------------------------------------

INSIDE = {
    "jvp": lambda w, x: jvp(lambda t: tanh(t * w[0]) * t, (x,), (w[1],))[1],
    "grad": lambda w, x: grad(lambda t: tanh(t * w[0]) * t)(x) + w[1],
    "hvp": lambda w, x: autograd.dot(hvp(lambda v: tanh(v[0] * x) * v[1] ** 2, w, [1.0, x]), w),
}


@every_engine
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", INSIDE)
def test_derivatives_inside_the_function_run_over_rows(engine, strict, name):
    f, w, xs = INSIDE[name], [0.7, -1.3], [0.1, -0.4, 2.0]
    values, slopes = compile(f, engine=engine, strict=strict).batch_value_and_grad(w, xs, reduce=None)
    each = [value_and_grad(f)(w, x) for x in xs]
    if strict:
        assert (values, slopes) == ([v for v, _ in each], [s for _, s in each])
    assert close([values, slopes], [[v for v, _ in each], [s for _, s in each]])


@every_engine
def test_a_batch_of_values_records_a_graph(engine):
    compiled = compile(lambda w, x: tanh(w * x), engine=engine)
    w = Value(0.5)
    compiled.batch(w, [1.0, 2.0], reduce="mean").backward()
    assert w.grad == pytest.approx(compiled.batch_value_and_grad(0.5, [1.0, 2.0])[1], rel=1e-14)


@pytest.mark.parametrize("in_array", [True, False])
def test_values_and_an_array_of_rows_record_a_graph(in_array):
    numpy = pytest.importorskip("numpy")
    kind = numpy.array if in_array else list
    compiled, rows = compile(lambda w, x: tanh(w[0] * x[0] + w[1] * x[1])), numpy.array([[1.0, 2.0], [3.0, -1.0]])
    w = [Value(0.5), Value(0.25)]
    compiled.batch(kind(w), rows, reduce="sum").backward()
    assert [v.grad for v in w] == pytest.approx(compiled.batch_value_and_grad([0.5, 0.25], rows, reduce="sum")[1])
    assert [v.data for v in compiled.batch(kind(w), rows, reduce=None)] == compiled.batch(
        [0.5, 0.25], rows.tolist(), reduce=None
    )
    assert compiled(kind(w), rows[0]).data == compiled([0.5, 0.25], rows[0])


# -- random programs, special numbers, errors --------------------------------------------------------------------------


@every_engine
def test_random_programs_over_rows_strictly_have_the_bits_of_eager_errors_included(engine):
    rng, errors = random.Random(6), 0
    for seed in range(60 if engine != "native" else 25):
        f = random_program(seed)
        point = random_point(rng, 2, 0.0)
        rows = [random_point(rng, 1, special)[0] for special in (0.0, 0.0, 0.5)]
        compiled = compile(lambda v, x: f(*v, x), engine=engine, strict=True)  # noqa: B023
        found = outcome(lambda: compiled.batch_value_and_grad(point, rows, reduce=None))  # noqa: B023
        expected = outcome(lambda: _row_by_row(lambda v, x: f(*v, x), point, rows))  # noqa: B023
        assert found == expected, (seed, point, rows)
        errors += isinstance(expected, tuple)
    assert errors < 50


def _row_by_row(f, point, rows):
    results = []
    for k, x in enumerate(rows):
        try:
            results.append(value_and_grad(f)(point, Value(x, requires_grad=False)))
        except AutogradError as error:
            raise type(error)(f"row {k}: {error}") from None
    return list(zip(*results, strict=True))


@every_engine
def test_random_programs_over_rows_are_those_of_eager_as_far_as_rounding_goes(engine):
    rng = random.Random(7)
    for seed in range(60 if engine != "native" else 25):
        f = random_program(seed, length=8)
        compiled = compile(lambda v, x: f(*v, x), engine=engine, check=True)  # noqa: B023
        point, rows = random_point(rng, 2, 0.0), random_point(rng, 3, 0.2)
        found = outcome(lambda: compiled.batch_value_and_grad(point, rows, reduce="sum"))  # noqa: B023
        assert found[0] != "CheckError", (seed, point, rows, found)


@every_engine
@pytest.mark.parametrize("reduce", ["sum", "mean", None])
def test_an_error_names_the_row(engine, reduce):
    compiled = compile(lambda w, x: w * autograd.log(x), engine=engine)
    for call in (compiled.batch, compiled.batch_value_and_grad):
        with pytest.raises(DomainError, match=r"^row 2: log: x must be > 0, got -1\.0$"):
            call(2.0, [1.0, 2.0, -1.0, 0.0], reduce=reduce)
    assert compiled.batch(2.0, [1.0, 1.0]) == 0.0


@every_engine
def test_an_operation_that_nothing_uses_raises_in_a_batch_too(engine):
    compiled = compile(lambda w, x: [autograd.log(x), w][1], engine=engine)
    with pytest.raises(DomainError, match=r"^row 1: log"):
        compiled.batch(2.0, [1.0, -1.0])


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_rows_that_answer_later_are_of_the_function_that_was_recorded(engine):
    factor = [1.0]
    compiled = compile(lambda w, x: tanh(w * x) * factor[0] * x, engine=engine)
    assert compiled.batch(2.0, [1e3, 1e3]) == 1e3
    factor[0] = 5.0
    assert compiled.batch(2.0, [1e3, 1e3]) == 1e3
    with pytest.raises(TraceError, match="<lambda> is not what it was when it was recorded"):
        compiled.batch(2.0, [math.inf, 1e3])
    factor[0] = 1.0
    assert compiled.batch(2.0, [math.inf, 1e3]) == math.inf


MASKED = {
    "sigmoid(log)": (lambda w, x: autograd.sigmoid(autograd.log(x)) * w, [1.0, -0.0]),
    "tanh of a quotient": (lambda w, x: tanh(w / x), [1.0, 0.0]),
    "a quotient below": (lambda w, x: x / (w / x), [1.0, 0.0]),
    "tanh of a power": (lambda w, x: tanh(w * x**3), [1.0, 1e200]),
    "one over exp": (lambda w, x: 1 / (1 + w * autograd.exp(x)), [1.0, 1000.0]),
}


@every_engine
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", MASKED)
def test_an_error_is_raised_though_what_follows_would_be_finite(engine, strict, name):
    f, rows = MASKED[name]
    compiled = compile(f, engine=engine, strict=strict)
    with pytest.raises(ArithmeticError if name != "sigmoid(log)" else DomainError, match="row 1"):
        compiled.batch(1.0, rows)


@every_engine
def test_infinities_and_nan_are_those_of_eager(engine):
    compiled = compile(lambda w, x: w * x * 1e300, engine=engine)
    found = compiled.batch(1e10, [1.0, -1.0, math.nan, 0.0], reduce=None)
    assert found[:2] == [math.inf, -math.inf] and found[2] != found[2] and found[3] == 0.0
    assert compiled.batch(1e10, [1.0, 2.0], reduce="sum") == math.inf


def test_calls_that_python_does_again_are_counted():
    pytest.importorskip("numpy")
    compiled = compile(lambda w, x: w * x * 1e300, engine="numpy")
    compiled.batch(1e10, [1.0, 2.0])
    assert compiled.stats()["python runs instead"] == 1


# -- engines and options -----------------------------------------------------------------------------------------------


def test_options_that_are_not_these_are_refused():
    for options, sentence in (
        ({"engine": "gpu"}, "compile: engine must be one of auto, python, numpy, native, got 'gpu'"),
        ({"dtype": "float16"}, "compile: dtype must be one of float64, float32, got 'float16'"),
        ({"threads": 0}, "compile: threads must be a whole number from 1 on, got 0"),
        ({"threads": True}, "compile: threads must be a whole number from 1 on, got True"),
        ({"batch": "w,x"}, r"several are a tuple: batch=\('x', 'y'\)"),
        ({"dtype": "float32", "engine": "python"}, "dtype='float32' needs engine='native' or 'numpy': Python's own"),
        ({"dtype": "float32", "strict": True}, "strict=True means the bits of eager, which are float64"),
    ):
        with pytest.raises(ValueError, match=sentence):
            compile(model, **options)


@pytest.mark.parametrize("engine, package", [("native", "llvmlite"), ("numpy", "numpy")])
def test_an_engine_that_is_not_installed_is_refused_with_what_to_do(engine, package, monkeypatch):
    monkeypatch.setattr("autograd.program.compiled.engines.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=f"engine='{engine}' needs {package}: python3 -m pip install {package}"):
        compile(model, engine=engine)
    with pytest.raises(ValueError, match="dtype='float32' needs llvmlite or NumPy"):
        compile(model, dtype="float32")


@pytest.mark.parametrize(
    "installed, engine, why",
    [
        (["llvmlite", "numpy"], "native", "llvmlite is installed"),
        (["numpy"], "numpy", "llvmlite is not installed, NumPy is"),
        ([], "python", "neither llvmlite nor NumPy is installed"),
    ],
)
def test_auto_takes_the_best_engine_there_is_and_says_why(installed, engine, why, monkeypatch):
    pytest.importorskip("llvmlite"), pytest.importorskip("numpy")
    monkeypatch.setattr("autograd.program.compiled.engines.find_spec", lambda name: name in installed or None)
    compiled = compile(model)
    compiled.batch_value_and_grad(W, X * 10, Y * 10)
    stats = compiled.stats()
    assert (stats["engine"], stats["why"]) == (engine, why)


def test_auto_runs_little_work_in_python_and_says_so():
    pytest.importorskip("llvmlite")
    compiled = compile(lambda w, x: w * x)
    assert (compiled(2.0, 3.0), compiled.batch(2.0, [3.0, 4.0])) == (6.0, 7.0)
    assert compiled.stats()["engine"] == "python"
    assert "equations, rows: 2) is done sooner in Python" in compiled.stats()["why"]
    compiled.batch(2.0, [1.0] * SMALL["native"])
    assert compiled.stats()["engine"] == "native"


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_float32_computes_with_fewer_digits(engine):
    compiled = compile(model, engine=engine, dtype="float32")
    value, slopes = compiled.batch_value_and_grad(W, X, Y, reduce="sum")
    assert [value, *slopes] == pytest.approx(SUMS, rel=1e-4, abs=1e-5)
    assert value != pytest.approx(SUMS[0], rel=1e-12)
    numpy = pytest.importorskip("numpy")
    assert compiled.batch_value_and_grad(numpy.array(W), numpy.array(X), numpy.array(Y))[1].dtype == "float64"


def test_groups_kernels_and_figures_tell_what_was_found():
    pytest.importorskip("llvmlite")
    compiled = compile(model, engine="native")
    compiled.batch_value_and_grad(W, X, Y)
    head, *lines = compiled.groups.splitlines()
    assert head.split() == ["level", "space", "operation", "members", "terms", "reads"]
    stats = compiled.stats()
    assert len(lines) == stats["groups"] and any("relu" in line for line in lines)
    assert len(compiled.kernels) == stats["kernels"] and all("define" in text for text in compiled.kernels)
    assert stats["equations"] > stats["passes"]["dead code"] > 0 and 0 < stats["in groups of 8 or more"] <= 1
    assert {"record", "plan", "build"} <= set(stats["seconds"]) and stats["nodes"] > 0
    assert "lambda" in compiled.equations and "def run(" in compiled.source


def test_the_figures_are_of_what_ran_and_not_of_what_they_need_themselves():
    compiled = compile(model, engine="numpy")
    compiled.batch_value_and_grad(W, X, Y)
    before = dict(compiled.last.seconds)
    seconds = compiled.stats()["seconds"]
    assert {name: seconds[name] for name in before} == before


def test_a_program_of_which_nothing_is_left_has_figures_too():
    compiled = compile(lambda x: x * 1)
    compiled(2.0)
    assert compiled.stats()["passes"]["dead code"] == 0


def test_rows_that_are_shared_or_vary_are_told_by_name_in_messages():
    with pytest.raises(ShapeError, match=r"'b' varies over rows: .*if it is shared by all rows, name what varies"):
        compile(lambda w, b, x: w * x + b).batch(1.0, 2.0, [1.0])
    with pytest.raises(IndexError, match="batch: there are 2 arguments, got number 5"):
        compile(lambda w, x: w * x, batch=5).batch(1.0, [1.0])
    assert compile(lambda w, x: w * x, batch=range(1, 2)).batch(2.0, [1.0, 2.0]) == 3.0


def test_the_python_engine_shows_its_source_as_its_kernel_and_the_groups_that_were_there():
    compiled = compile(model, engine="python")
    compiled.batch(W, X, Y)
    assert compiled.kernels == [compiled.source]
    assert "relu" in compiled.groups


def test_before_the_first_call_groups_kernels_and_figures_say_so():
    for ask in (lambda c: c.groups, lambda c: c.kernels, lambda c: c.stats()):
        with pytest.raises(TraceError, match="nothing has been recorded yet"):
            ask(compile(model))


def test_fast_programs_have_short_derivatives_and_strict_ones_the_accurate_ones():
    pytest.importorskip("numpy")
    fast, strict = (compile(lambda w, x: tanh(w * x), engine="numpy", strict=strict) for strict in (False, True))
    for compiled in (fast, strict):
        compiled.batch_value_and_grad(20.0, [1.0, 1.0])
    assert "sigmoid" in strict.groups and "sigmoid" not in fast.groups
    assert strict.batch_value_and_grad(20.0, [1.0])[1] == grad(tanh)(20.0) > 0.0
    assert "sigmoid" in fast.equations  # of the specification


@pytest.mark.parametrize("name, row", [(name, row) for name, row in autograd.ops.ROWS.items() if row.quick])
def test_the_short_derivatives_are_those_of_the_row(name, row):
    for point in row.samples:
        if point not in row.kinks:
            out = row(*point)
            short = [partial(*point, out) for partial in row.quick]
            assert short == pytest.approx(list(row.local(point, out)), rel=1e-10, abs=1e-10), point


@every_engine
@pytest.mark.parametrize("x, y", [(1e-160, 2e-160), (1e160, 2e160), (1e200, 1.0), (1.0, 1e160)])
@pytest.mark.parametrize("f", [autograd.atan2, autograd.hypot, lambda x, y: autograd.asinh(x) + autograd.asinh(y)])
def test_short_derivatives_keep_their_digits_where_a_square_would_over_or_underflow(engine, f, x, y):
    found = compile(lambda v: f(*v), engine=engine).value_and_grad([x, y])
    expected = value_and_grad(lambda v: f(*v))([x, y])
    assert flatten(found)[0] == pytest.approx(flatten(expected)[0], rel=1e-14, abs=1e-300)


# -- check=True --------------------------------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize("rows", [1, 5, 40])
@pytest.mark.parametrize("strict", [False, True])
def test_a_checked_function_gives_the_same_results(engine, rows, strict):
    plain, checked = (compile(model, engine=engine, strict=strict, check=check) for check in (False, True))
    args = (W, (X * 2)[:rows], (Y * 2)[:rows])
    for reduce in ("mean", "sum", None):
        assert checked.batch(*args, reduce=reduce) == plain.batch(*args, reduce=reduce)
        found = checked.batch_value_and_grad(*args, reduce=reduce)
        assert found == plain.batch_value_and_grad(*args, reduce=reduce)
    assert checked.value_and_grad(W, X[0], Y[0]) == plain.value_and_grad(W, X[0], Y[0])


def wavering(change):
    """Return a function that changes after it has been recorded: what a wrong program would look like."""
    factor = [1.0]

    def f(w, x):
        return autograd.sum([w["a"][0] * x, w["a"][1] * factor[0]])

    compiled = compile(f, engine="python", check=True)
    w = {"a": [2.0, 3.0]}
    compiled(w, 5.0), compiled.value_and_grad(w, 5.0), compiled.batch(w, [5.0])
    factor[0] += change
    return compiled, w


def test_a_difference_is_raised_with_its_place_the_row_and_both_numbers():
    compiled, w = wavering(1.0)
    with pytest.raises(CheckError, match=r"^f, row 0: the value is 13\.0 compiled and 16\.0 eager, further apart than"):
        compiled(w, 5.0)
    with pytest.raises(CheckError, match=r"^f, row 1: the value is"):
        compiled.batch(w, [math.nan, 5.0], reduce=None)
    with pytest.raises(CheckError, match=r"^f, sum over rows 0, 1: the value is 26\.0 compiled and 32\.0 eager"):
        compiled.batch(w, [5.0, 5.0], reduce="mean")
    compiled, w = wavering(0.0)
    assert compiled.value_and_grad(w, 5.0) == (13.0, {"a": [5.0, 1.0]})


def test_a_wrong_gradient_is_named_by_its_place():
    factor = [1.0]
    compiled = compile(lambda w, x: w["a"][0] * x + w["a"][1] * (factor[0] - 1.0), engine="python", check=True)
    compiled.value_and_grad({"a": [2.0, 0.0]}, 5.0)
    factor[0] = 2.0
    with pytest.raises(CheckError, match=r"the gradient\['a'\]\[1\] is 0\.0 compiled and 1\.0 eager"):
        compiled.value_and_grad({"a": [2.0, 0.0]}, 5.0)


def test_cancellation_is_no_fault():
    pytest.importorskip("numpy")
    compiled = compile(lambda w, x: (w * x + 1e12) - 1e12 + x, engine="numpy", check=True)
    compiled.batch(0.1, [0.3, 0.7], reduce=None)


# -- the signs of zeros ------------------------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize(
    "f",
    [lambda x: autograd.atan2(x + 0.0, -1.0), lambda x: autograd.sum([x, 0.0]), lambda x: x * -0.0, lambda x: x - 0.0],
)
def test_strictly_zeros_keep_their_signs(engine, f):
    compiled = compile(f, engine=engine, strict=True)
    for x in (0.0, -0.0, 1.0):
        value, slope = compiled.value_and_grad(x)
        expected, wanted = value_and_grad(f)(x)
        assert (repr(value), repr(slope)) == (repr(float(expected)), repr(wanted))


@every_engine
@pytest.mark.parametrize(
    "f",
    [autograd.maximum, autograd.minimum, lambda a, b: autograd.max([a, b, a]), lambda a, b: autograd.min([b, a, a])],
)
def test_strictly_the_larger_of_two_zeros_is_that_of_eager(engine, f):
    compiled, eager = compile(f, argnums=(0, 1), engine=engine, strict=True), value_and_grad(f, (0, 1))
    for a in (0.0, -0.0, math.nan):
        for b in (0.0, -0.0, 1.0):
            assert repr(compiled.value_and_grad(a, b)) == repr(eager(a, b))


@every_engine
def test_a_sum_over_rows_begins_at_zero(engine):
    compiled = compile(lambda w, x: w * x, engine=engine, strict=True)
    assert repr(compiled.batch(-0.0, [1.0, 2.0, 3.0], reduce="sum")) == "0.0"
    assert repr(compiled.batch(-0.0, [1.0, 2.0, 3.0], reduce=None)) == "[-0.0, -0.0, -0.0]"


# -- what only a number in between shows -------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize("strict", [False, True])
def test_a_condition_on_an_adjoint_sees_the_zero_that_eager_has(engine, strict):
    def f(x):
        return autograd.where(autograd.grad(lambda t: autograd.sqrt(t) ** 2)(x), 1.0, 2.0)

    compiled = compile(f, engine=engine, strict=strict)
    assert f(Value(0.0)).data == compiled(0.0) == 2.0


@every_engine
@pytest.mark.parametrize(
    "f, x, error",
    [
        (lambda w, x: [x**2, w + x][1], 1e200, FloatOverflowError),
        (lambda w, x: [x**2 + 1.0, w + x][1], 1e200, FloatOverflowError),
        (lambda w, x: [autograd.take([1.0, 2.0], x), w + x][1], 5.0, OutOfRangeError),
    ],
)
def test_what_nothing_uses_raises_all_the_same(engine, f, x, error):
    compiled = compile(f, engine=engine)
    assert compiled(1.0, 1.0) == 2.0
    with pytest.raises(error):
        compiled(1.0, x)
    with pytest.raises(error, match="row 1: "):
        compiled.batch(1.0, [1.0, x])


@pytest.mark.parametrize("op", [autograd.logsumexp, autograd.fsum, autograd.max])
def test_rows_of_more_operands_than_a_c_function_takes_are_strict_too(op):
    pytest.importorskip("llvmlite")
    numbers = [math.sin(k) for k in range(1100)]
    found = compile(lambda w: op(w), engine="native", strict=True).value_and_grad(numbers)
    assert found == value_and_grad(lambda w: op(w))(numbers)


def test_what_is_checked_is_judged_by_the_engine_that_ran_it(monkeypatch):
    pytest.importorskip("llvmlite")
    verify = specialised.verify

    def after_another_thread(program, call, results):
        program.how = specialised.How("python", "another thread called it meanwhile", False, None)
        verify(program, call, results)

    monkeypatch.setattr(specialised, "verify", after_another_thread)
    compiled = compile(lambda w, x: autograd.tanh(w * x) / 3.0, engine="native", check=True)
    compiled.batch(0.7, [0.1 * k for k in range(15)], reduce="sum")


def test_two_threads_may_record_functions_that_call_compiled_ones():
    def make(engine):
        inner = compile(lambda t: t * 2)

        def f(x):
            time.sleep(0.05)
            return inner(x)

        return compile(f, engine=engine)

    functions = [make("auto"), make("python")]
    threads = [threading.Thread(target=f, args=(1.0,), daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def test_a_masked_number_is_refused():
    numpy = pytest.importorskip("numpy")
    masked = numpy.ma.array([1.0, 7.0], mask=[False, True])
    with pytest.raises(TypeError, match=r"what is masked has no number; use .filled"):
        compile(lambda w, x: w * x)(masked[1], 2.0)
