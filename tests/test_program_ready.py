"""Calls that are like one before: read at once, and answered by the executor that is at hand."""

import pickle
from collections import namedtuple
from fractions import Fraction
from math import inf

import pytest

import autograd
from autograd import Value
from autograd.program.arguments import Numbers, size
from autograd.program.compiled import compile as compiling
from autograd.program.compiled.reading import Unlike, reader
from autograd.program.compiled.views import views

numpy = pytest.importorskip("numpy")
MODULES = {"numpy": "numpy", "native": "llvmlite"}
Point = namedtuple("Point", "x y")


def form_of(tree):
    return Numbers().add(tree)


def read(tree, like=None):
    run, _ = reader([form_of(tree if like is None else like)], [False], 1)([tree])
    return [float(x) for x in run]


TREES = [
    2.5, 3, [1.0, 2.0], (1.0, 2), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [(1.0, 2.0), (3.0, 4.0)], [1.0, [2.0, 3.0]],
    {"a": [1.0], "b": {"c": 2.0}}, Point(1.0, [2.0, 3.0]), Point(1.0, 2.0), [Point(1.0, 2.0), Point(3.0, 4.0)],
    [], [[], []], {}, numpy.arange(6.0).reshape(2, 3), numpy.arange(6.0).reshape(2, 3).T,
    [numpy.ones(2), numpy.zeros(3)],
    numpy.float64(1.5), numpy.array(1.5), {"w": numpy.eye(2), "b": 0.5}, [{"a": 1.0}, {"a": 2.0}],
]  # fmt: skip


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_what_is_read_is_what_a_close_look_finds(tree):
    numbers = Numbers()
    numbers.add(tree)
    assert read(tree) == [float(x) for x in numbers.listed()]


UNLIKE = [
    ([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0], (1.0, 2.0)), ([1.0, 2.0], [1.0, [2.0]]), ([1.0], [True]),
    ([[1.0], [2.0]], [[1.0], [2.0, 3.0]]), ([[1.0], [2.0]], [[1.0], (2.0,)]), ([1.0], [Value(1.0)]), (1.0, Value(1.0)),
    (1.0, True), (1.0, "1"), (1.0, [1.0]), (1.0, Fraction(1, 2)), ([1.0], ["1"]), ([1.0], [None]),
    ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}), ({"a": 1.0}, {"a": 1.0, "b": 2.0}), ({"a": 1.0}, [1.0]),
    (Point(1.0, 2.0), (1.0, 2.0)), (numpy.ones(2), numpy.ones(3)), (numpy.ones(2), numpy.ones((2, 1))),
    (numpy.ones(2), numpy.ones(2, "f")), (numpy.ones(2), numpy.ones(2, int)), (numpy.ones(2), [1.0, 1.0]),
    ([1.0, 1.0], numpy.ones(2)), (1.0, numpy.ones(1)), (1.0, numpy.float32(1.0)), (1.0, numpy.bool_(True)),
]  # fmt: skip


@pytest.mark.parametrize(("known", "given"), UNLIKE, ids=str)
def test_anything_else_has_to_be_looked_at_closely(known, given):
    with pytest.raises(Unlike):
        read(given, known)


ROWS = [
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1.0, 2.0, 3.0], numpy.arange(6.0).reshape(3, 2), numpy.arange(3.0),
    numpy.arange(6.0).reshape(2, 3).T, {"a": [1.0, 2.0, 3.0], "b": [[4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]},
    Point([1.0, 2.0, 3.0], numpy.arange(6.0).reshape(3, 2)), [(1.0, [2.0, 3.0]), (4.0, [5.0, 6.0]), (7.0, [8.0, 9.0])],
    [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}], [numpy.ones(2), numpy.zeros(2), numpy.ones(2)],
]  # fmt: skip


def beside(runs):
    """Return the runs of three rows side by side."""
    return [[x for run, n in runs for x in list(map(float, run))[k * n : k * n + n]] for k in range(3)]


@pytest.mark.parametrize("more", [[], [[7.0, 8.0, 9.0]], [numpy.arange(3.0)]], ids=str)
@pytest.mark.parametrize("rows", ROWS, ids=str)
def test_rows_stand_one_after_the_other_with_the_columns_of_every_part(rows, more):
    f = compiling.compile(lambda p, *data: p)
    call = compiling.Call((1.0, rows, *more), f._roles(2 + len(more), False), batched=True)
    args = (1.0, rows, *more)
    params, data = reader([form_of(a) for a in args], call.roles.varies, 3)(args)
    assert list(params) == [1.0]
    assert beside(data) == beside(call.data())


def loss(w, x):
    return autograd.tanh(sum(a * b for a, b in zip(w, x, strict=True)))


W, X = [0.5, -1.0], [[1.0, 2.0], [0.25, -1.0], [3.0, 0.5]]


def compiled(**options):
    return compiling.compile(loss, **{"engine": "numpy", **options})


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
@pytest.mark.parametrize("name", ["batch", "batch_value_and_grad"])
def test_a_second_call_and_one_with_other_numbers_give_what_a_first_call_gives(name, reduce):
    f = compiled()
    for w, x in ((W, X), (W, X), ([2.0, 0.125], [[x + 1.0 for x in row] for row in X]), (W, X)):
        assert getattr(f, name)(w, x, reduce=reduce) == getattr(compiled(), name)(w, x, reduce=reduce)
    assert len(f._recent[name != "batch", True, reduce].calls) == 1


@pytest.mark.parametrize("engine", ["python", "numpy"])
def test_a_second_call_on_one_example_gives_what_a_first_call_gives(engine):
    f = compiled(engine=engine)
    for x in (*X, X[0]):
        assert f(W, x) == compiled(engine=engine)(W, x)
        assert f.value_and_grad(W, x) == compiled(engine=engine).value_and_grad(W, x)


def test_calls_of_other_forms_in_between_do_not_matter():
    f = compiled()
    expected = f.batch_value_and_grad(W, X)
    value, slopes = f.batch_value_and_grad(numpy.array(W), numpy.array(X))
    assert (value, slopes.tolist()) == expected
    assert f.batch_value_and_grad(tuple(W), X) == (expected[0], tuple(expected[1]))
    assert f.batch_value_and_grad(W, X[:2]) == compiled().batch_value_and_grad(W, X[:2])
    assert f.batch_value_and_grad([1, 2], X) == compiled().batch_value_and_grad([1.0, 2.0], X)
    assert f.batch_value_and_grad(W, X) == expected


def test_only_the_last_calls_are_kept_ready():
    f = compiled(engine="python")
    for n in [*range(1, 70), 5]:
        f([1.0] * n, [1.0] * n)
    kept = f._recent[False, False, None].calls
    assert [*kept] == [(n, n) for n in (*range(7, 70), 5)]


def test_calls_of_other_lengths_in_turn_are_all_answered_at_once(monkeypatch):
    f = compiled()
    expected = [f.batch(W, X[:1] * n) for n in range(1, 20)]
    monkeypatch.setattr(f, "_many_anew", None)
    assert [f.batch(W, X[:1] * n) for n in range(1, 20)] == expected


def test_no_more_is_made_for_calls_that_cannot_be_answered_at_once():
    w = {"a": numpy.ones(2, "f"), "b": numpy.ones(3)}
    g = compiling.compile(lambda w, x: (w["a"][0] + w["b"][1]) * x, engine="numpy")
    for _ in range(3):
        g.batch_value_and_grad(w, [1.0, 2.0])
    before = views.cache_info().misses
    g.batch_value_and_grad(w, [1.0, 2.0])
    assert views.cache_info().misses == before


def test_what_ran_last_is_what_the_figures_are_of():
    f = compiled()
    f.batch(W, X)
    f.batch_value_and_grad(W, X)
    longer = len(f.equations)
    f.batch(W, X)
    assert len(f.equations) < longer
    f.batch_value_and_grad(W, X)
    assert len(f.equations) == longer


def test_a_row_outside_a_domain_is_named_in_a_second_call_too():
    f = compiling.compile(lambda w, x: w * autograd.log(x), engine="numpy")
    assert f.batch(1.0, [1.0, 1.0]) == 0.0
    with pytest.raises(ValueError, match="row 1: log: x must be > 0"):
        f.batch(1.0, [1.0, -1.0])
    assert f.batch(2.0, [1.0, 1.0]) == 0.0


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_first_call_that_rows_had_to_answer_does_not_matter(engine):
    pytest.importorskip(MODULES[engine])
    f = compiling.compile(lambda w, x: w * x * x, engine=engine)
    for x, y in ((1e300, inf), (2.0, 4.0), (1e300, inf), (3.0, 9.0)):
        assert f(1.0, x) == f.value_and_grad(1.0, x)[0] == y
        assert f.batch(1.0, [x, x]) == y


def test_figures_are_of_the_engine_that_ran_last_in_a_second_call_too():
    f = compiling.compile(loss)
    for _ in range(2):
        f(W, X[0])
        assert f.stats()["engine"] == "python"
        f.batch(W, X * 300)
        assert f.stats()["engine"] != "python"


def test_a_call_of_another_kind_by_another_thread_in_the_middle_does_not_matter(monkeypatch):
    f, expected = compiled(), compiled().batch(W, X)

    def results(*args, plain=compiling.Results):
        monkeypatch.undo()
        assert f.batch(W, X, reduce=None) == compiled().batch(W, X, reduce=None)
        return plain(*args)

    monkeypatch.setattr(compiling, "Results", results)
    assert [f.batch(W, X) for _ in range(2)] == [expected, expected]


def test_a_number_outside_a_domain_is_named_in_a_second_call_too():
    f = compiling.compile(autograd.log, engine="python")
    assert f(1.0) == 0.0
    with pytest.raises(ValueError, match=r"log: x must be > 0, got -1\.0"):
        f(-1.0)


def test_a_number_of_an_array_outside_a_domain_is_named_in_a_second_call_too():
    f = compiling.compile(lambda w: 1 / w[0], engine="python")
    assert [type(f(numpy.array([x]))) for x in (1.0, 2.0)] == [float, float]
    with pytest.raises(ZeroDivisionError):
        f(numpy.array([0.0]))


def test_values_record_a_graph_in_a_second_call_too():
    f = compiled()
    f(W, X[0])
    w = [Value(v) for v in W]
    f(w, X[0]).backward()
    assert [v.grad for v in w] == pytest.approx(f.value_and_grad(W, X[0])[1], rel=1e-14)


def test_a_result_that_is_changed_changes_no_other():
    w, x = {"a": numpy.array(W), "b": numpy.array(W)}, numpy.array(X)
    g = compiling.compile(lambda w, x: loss(w["a"], x) + loss(w["b"], x), engine="numpy")
    g.batch_value_and_grad(w, x)
    _, one = g.batch_value_and_grad(w, x)
    kept = one["b"].copy()
    one["a"][:] = 7.0
    _, two = g.batch_value_and_grad(w, x)
    assert one["b"].tolist() == kept.tolist() == two["b"].tolist()
    assert x.tolist() == X


def test_the_caller_is_told_of_a_missing_argument_in_a_second_call_too():
    f = compiled()
    f.batch(W, X)
    with pytest.raises(ValueError, match="nothing varies over rows"):
        f.batch(W)


def test_a_size_is_what_a_reader_reads():
    for tree in TREES:
        assert size(form_of(tree)) == len(read(tree))


class Sub(list):
    pass


class Matrix(numpy.ndarray):
    """An array that has two axes whatever is done to it, as `numpy.matrix`."""

    def ravel(self):
        return self.reshape(1, -1)


ODD = [
    ({"a": numpy.zeros(0), "b": numpy.zeros((0, 3))}, "empty arrays"),
    (pickle.loads(pickle.dumps({"a": numpy.ones(2), "b": numpy.ones(3)})), "arrays from a file"),
    ({"a": numpy.ones((1, 2)).view(Matrix), "b": numpy.ones(2)}, "a matrix"),
    ({"a": numpy.ones((4, 2))[::2], "b": numpy.ones((2, 3)).T}, "arrays with gaps"),
]


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("w", [w for w, _ in ODD], ids=[name for _, name in ODD])
def test_a_second_call_with_odd_arguments_gives_what_a_first_call_gives(engine, w):
    pytest.importorskip(MODULES[engine])
    f = compiling.compile(lambda w, x: x * x + sum(v for part in w.values() for v in part.ravel()), engine=engine)
    first = f.batch_value_and_grad(w, [2.0, 3.0])
    for value, slopes in (f.batch_value_and_grad(w, [2.0, 3.0]), f.batch_value_and_grad(w, [2.0, 3.0])):
        assert value == first[0]
        assert {key: numpy.asarray(g).tolist() for key, g in slopes.items()} == {
            key: numpy.asarray(g).tolist() for key, g in first[1].items()
        }


def test_a_list_of_another_kind_beside_an_array_is_read_too():
    w = {"a": Sub([1.0, 2.0]), "b": numpy.array([3.0, 4.0])}
    assert read(w) == [1.0, 2.0, 3.0, 4.0]


def test_an_array_from_a_file_is_read_at_once():
    w = pickle.loads(pickle.dumps(numpy.arange(3.0)))
    assert w.dtype is not numpy.dtype("d")
    assert read(w, numpy.ones(3)) == [0.0, 1.0, 2.0]


def test_a_deeply_nested_gradient_is_put_together():
    w, path = numpy.ones(2), range(110)
    for _ in path:
        w = {"a": [w]}

    def bottom(w):
        for _ in path:
            w = w["a"][0]
        return w

    f = compiling.compile(lambda w, x: bottom(w)[0] * x, engine="numpy")
    for _ in range(2):
        assert bottom(f.value_and_grad(w, 2.0)[1]).tolist() == [2.0, 0.0]


def test_a_masked_array_is_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r"what is masked has no number; use .filled"):
        compiling.compile(lambda w: w[0])(numpy.ma.array([1.0, 2.0], mask=[False, True]))


def test_a_reader_is_no_reference_cycle():
    read = reader([None], [False], 1)
    assert "read" not in read.__globals__
