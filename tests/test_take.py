"""take: a row by an index that is data, as on Values, in both modes, compiled, and refused where no row has it."""

import pytest

import autograd
from autograd import Value, compile, grad, gradcheck, ieee, jvp, take, tanh, value_and_grad
from autograd.errors import OutOfRangeError, ShapeError

ENGINES = ["python", "numpy", "native"]
TABLE = [[0.5, -1.0], [2.0, 0.25], [-3.0, 1.5]]


def engine(name):
    pytest.importorskip({"numpy": "numpy", "native": "llvmlite"}.get(name, "autograd"))
    return name


@pytest.mark.parametrize("rows", [[1.0, 2.0, 3.0], (1.0, 2.0, 3.0), ["a", "b", "c"], TABLE], ids=repr)
def test_a_plain_index_is_python_s_own(rows):
    assert [take(rows, k) for k in range(3)] == list(rows)
    assert take(rows, 1.0) is rows[1]


@pytest.mark.parametrize("index", [3, -1, 0.5, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("kind", [float, Value])
def test_an_index_that_no_row_has_is_an_index_error(index, kind):
    with pytest.raises(OutOfRangeError, match=r"take: the index must be a whole number from 0 to 2, got") as caught:
        take([1.0, 2.0, 3.0], kind(index))
    assert isinstance(caught.value, IndexError)


def test_under_ieee_a_recorded_index_that_no_row_has_gives_nan_and_a_plain_one_an_error():
    with ieee():
        assert take([1.0, 2.0], Value(5.0)).data != take([1.0, 2.0], Value(5.0)).data
        with pytest.raises(IndexError):
            take([1.0, 2.0], 5)


def test_nested_rows_come_back_in_their_form():
    rows = [{"w": [Value(1.0), 2.0], "b": (Value(3.0),)}, {"w": [4.0, 5.0], "b": (6.0,)}]
    found = take(rows, Value(1.0))
    assert [x.data for x in found["w"]] == [4.0, 5.0] and found["b"][0].data == 6.0


def test_rows_of_arrays_come_back_as_arrays():
    numpy = pytest.importorskip("numpy")
    assert take(numpy.array(TABLE), 1).tolist() == TABLE[1]
    found = take(numpy.array(TABLE), Value(2.0))
    assert found.shape == (2,) and [x.data for x in found] == TABLE[2]


@pytest.mark.parametrize(
    "rows, error, sentence",
    [
        ([], ShapeError, "at least one row, got none"),
        (3.0, TypeError, "expected a list or an array of rows, got float"),
        ([[1.0], 2.0], ShapeError, "row 1 has another form than row 0"),
        ([[1.0], [1.0, 2.0]], ShapeError, "row 1 has another form than row 0"),
        ([1.0, "a"], TypeError, "take: row 1 must be a real number, got str"),
    ],
)
def test_rows_that_cannot_be_taken_are_refused(rows, error, sentence):
    with pytest.raises(error, match=sentence):
        take(rows, Value(0.0))


@pytest.mark.parametrize("index", ["a", None, True, [1]])
def test_an_index_that_is_no_number_is_refused(index):
    with pytest.raises(TypeError, match="take: the index must be a real number, got"):
        take([1.0, 2.0], index)


def test_the_gradient_goes_to_the_row_that_is_taken_and_none_to_the_index():
    values, index = [Value(x) for x in (1.0, 2.0, 3.0)], Value(1.0)
    (take(values, index) * 5).backward()
    assert [v.grad for v in values] == [0.0, 5.0, 0.0] and index.grad == 0.0


def test_an_infinite_row_that_is_not_taken_sends_nothing():
    assert grad(lambda v: take([v[0] ** 0.5, v[1]], v[2] * 0.0 + 1.0))([0.0, 3.0, 1.0]) == [0.0, 1.0, 0.0]


def test_in_forward_mode_the_tangent_of_the_row_comes_through():
    assert jvp(lambda a, b, i: take([a * b, a], i), (2.0, 3.0, 0.0), (1.0, 0.0, 1.0))[1] == 3.0


def test_its_derivative_passes_the_check():
    assert gradcheck(lambda a, b: take([a * b, a + b, b * b], Value(2.0)), [1.5, -0.5])


def test_its_definition_is_the_same_number():
    for index in (0.0, 1.0, 2.0):
        assert autograd.ops.take_row.define(index, 0.5, -2.0, 3.0) == autograd.ops.take_row(index, 0.5, -2.0, 3.0)


def embedded(table, token, x):
    h = take(table, token)
    return tanh(h[0] * x + h[1])


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ENGINES)
def test_an_embedding_compiled_is_that_of_eager(name, strict):
    compiled = compile(embedded, engine=engine(name), strict=strict)
    tokens, xs = [2.0, 0.0, 0.0, 1.0], [0.1, -0.5, 0.7, 2.0]
    values, slopes = compiled.batch_value_and_grad(TABLE, tokens, xs, reduce=None)
    for k, (token, x) in enumerate(zip(tokens, xs, strict=True)):
        value, slope = value_and_grad(embedded)(TABLE, token, x)
        assert values[k] == pytest.approx(value, rel=1e-14)
        for found, expected in zip(slopes[k], slope, strict=True):
            assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("tokens, row", [([0.0, 3.0], 1), ([0.5, 0.0], 0), ([0.0, 0.0, -1.0], 2)])
def test_a_compiled_index_that_no_row_has_names_the_row_of_the_batch(name, tokens, row):
    compiled = compile(embedded, engine=engine(name))
    with pytest.raises(OutOfRangeError, match=rf"^row {row}: take: the index must be a whole number from 0 to 2, got"):
        compiled.batch(TABLE, tokens, [1.0] * len(tokens))
    assert compiled.batch(TABLE, [1.0], [1.0]) == pytest.approx(0.9780261147388136)
