"""The NumPy executor: strict plans give the bits of the Python executor, fast plans its numbers to rounding."""

import math
import random
import sys
from array import array
from itertools import pairwise

import fast_accuracy
import plan_reference
import pytest
import test_accuracy as accuracy
from mpmath import mp
from test_program_groups import added, planned, random_case, regular

from autograd import ops
from autograd.primitive import Row
from autograd.program.arrays import executor as arrays, products
from autograd.program.formulas.translation import computed
from autograd.program.planning.plan import Access, Group, Irregular, Plan, Segment

numpy = pytest.importorskip("numpy")


def one_run(rows):
    """Return the data of the rows as one run, without the seed that ends each, and its number of columns."""
    return [(array("d", [x for row in rows for x in row[:-1]]), len(rows[0]) - 1)]


def run(plan, params, rows, **options):
    return arrays.build(plan, rows=len(rows), **options)(array("d", params), one_run(rows), len(rows))


def sums(plan, params, rows):
    """Return the outputs, or None where the rows themselves must answer."""
    try:
        return run(plan, params, rows)[0].tolist()
    except Irregular:
        return None


# -- recorded programs ----


@pytest.mark.parametrize("seed", range(300))
def test_a_strict_program_has_the_bits_of_the_python_executor(seed):
    f, params, rows = random_case(seed)
    recording, plan = planned(f, len(params), len(rows[0]) - 1, True)
    expected, got = added(recording, params, rows), sums(plan, params, rows)
    if got is not None:
        assert got == expected
    else:  # a row raised, or a result was not finite on the way
        assert expected is None or not regular(plan_reference.run(plan, params, rows)) or any_checked(plan)


def any_checked(plan):
    rows = [row for group in plan.groups for row in (group.op, *(row for row, _, _ in group.post))]
    return any(isinstance(row, Row) and row.raises for row in rows)


@pytest.mark.parametrize("seed", range(300))
def test_a_fast_program_agrees_with_the_python_executor_to_rounding(seed):
    f, params, rows = random_case(seed)
    recording, plan = planned(f, len(params), len(rows[0]) - 1, False)
    expected, got = added(recording, params, rows), sums(plan, params, rows)
    if expected is not None and got is not None and max(map(abs, expected)) < 1e100:
        assert got == pytest.approx(expected, rel=1e-6, abs=1e-9 * max(1.0, *map(abs, expected)))


def perceptron(sizes, activation):
    """Return the squared error of a network whose parameters come first, then the inputs, then the target."""

    def loss(*numbers):
        queue = iter(numbers)
        weights = [[[next(queue) for _ in range(m + 1)] for _ in range(n)] for m, n in pairwise(sizes)]
        *x, target = queue
        for layer in weights:
            x = [activation(ops.dot(w[1:], x) + w[0]) for w in layer]
        return (x[0] - target) ** 2

    return loss, sum((m + 1) * n for m, n in pairwise(sizes))


def network(rows, seed=1, activation=ops.tanh, sizes=(3, 5, 4, 1)):
    rng = random.Random(seed)
    loss, count = perceptron(sizes, activation)
    params = [rng.gauss(0, 0.5) for _ in range(count)]
    return loss, params, [[*(rng.gauss(0, 1) for _ in range(sizes[0] + 1)), 1.0] for _ in range(rows)]


@pytest.mark.parametrize("rows", [1, 7, 50])
@pytest.mark.parametrize("activation", [ops.tanh, ops.relu, ops.sigmoid, ops.softplus])
def test_a_network_over_many_rows_has_the_bits_of_its_rows_added_in_order(rows, activation, monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK", 1000)  # several blocks
    loss, params, data = network(rows, activation=activation)
    recording, plan = planned(loss, len(params), len(data[0]) - 1, True)
    assert sums(plan, params, data) == added(recording, params, data)


@pytest.mark.parametrize("count", [1, 100, 2**18])
def test_a_fast_network_gives_the_same_however_the_work_is_cut(count, monkeypatch):
    monkeypatch.setattr(products, "PRODUCTS", count)
    monkeypatch.setattr(arrays, "BLOCK", 40 * count)
    loss, params, data = network(30)
    recording, plan = planned(loss, len(params), len(data[0]) - 1, False)
    assert sums(plan, params, data) == pytest.approx(added(recording, params, data), rel=1e-12)


def test_single_precision_is_good_to_six_digits():
    loss, params, data = network(20)
    recording, plan = planned(loss, len(params), len(data[0]) - 1, False)
    got = run(plan, params, data, dtype="float32")[0]
    assert got.dtype == numpy.float32
    assert got.tolist() == pytest.approx(added(recording, params, data), rel=1e-4, abs=1e-4)


def test_one_executor_serves_any_number_of_rows_none_included():
    loss, params, data = network(9)
    recording, plan = planned(loss, len(params), len(data[0]) - 1, True)
    execute = arrays.build(plan, rows=100)
    for count in (9, 1, 4):
        assert execute(params, one_run(data[:count]), count)[0].tolist() == added(recording, params, data[:count])
    assert not execute(params, [], 0)[0].any()


# -- plans made by hand, at random ----

TERMS = {"data": 4, "lane": 6, "param": 5, "const": 3, "once": 2}


def random_access(rng, dims, count, spaces):
    """Return an access inside its space: affine, a table of rows, or a full table."""
    space = rng.choice(spaces)
    size, members = TERMS[space], math.prod(dims)
    kind = rng.random()
    if kind < 0.3:
        return Access(space, step=None, table=tuple(rng.randrange(size) for _ in range(members * count)))
    if kind < 0.6:
        return Access(space, step=0, table=tuple(rng.randrange(size) for _ in range(members)))
    stride = 1 if dims[0] <= size else 0
    room = size - 1 - stride * (dims[0] - 1)
    return Access(space, rng.randint(0, room), (stride, *[0] * (len(dims) - 1)), 0)


def random_group(rng, space, slot, members, spaces):
    dims = rng.choice([(members,), (members // 2, 2)] if members % 2 == 0 else [(members,)])
    op = rng.choice(["sum", "sum", "max", "min", ops.tanh, ops.maximum, ops.exp]) if space != "sum" else "sum"
    counts = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))] if op == "sum" else [1] * rng.randint(1, 3)
    if not isinstance(op, str):
        counts = [1] * op.arity
    segments = tuple(
        Segment(
            count,
            random_access(rng, dims, count, spaces),
            random_access(rng, dims, count, spaces) if op == "sum" and rng.random() < 0.7 else None,
            rng.choice((1, -1)) if op == "sum" else 1,
        )
        for count in counts
    )
    post = ((ops.sigmoid, 0, ()), (ops.sub, 1, (random_access(rng, dims, 1, spaces),))) if rng.random() < 0.3 else ()
    return Group(op, dims, segments, space, slot, post=post if space == "lane" else ())


def random_plan(seed, strict):
    rng = random.Random(seed)
    first, more = ("data", "param", "const", "once"), ("data", "param", "const", "once", "lane")
    groups = (
        random_group(rng, "once", 0, 2, ("param", "const")),
        random_group(rng, "lane", 0, 6, first),
        random_group(rng, "lane", 6, 4, more),
        Group("sum", (4,), (Segment(1, Access("lane", 6, (1,)), Access("data", 3, (0,))),), "sum", 0),
        random_group(rng, "sum", 4, 2, ("lane",)),
        Group("sum", (2,), (Segment(2, Access("sum", 0, (1,), 2), Access("param", 0, (1,))),), "sum", 6),
    )
    outputs = (*(("sum", k) for k in range(8)), ("lane", 7), ("once", 1), ("param", 4), ("data", 2), ("const", 0))
    plan = Plan(5, 4, (0.5, -1.5, 2.0), 2, 10, 8, groups, outputs, strict)
    params = [rng.gauss(0, 1) for _ in range(5)]
    return plan, params, [[*(rng.gauss(0, 1) for _ in range(3)), 1.0] for _ in range(rng.choice((1, 2, 5)))]


def split(plan, outputs):
    """Return the reference's outputs as an executor does: those of all rows, then those of each row."""
    shared = [out for out in outputs if not isinstance(out, list)]
    return shared, [list(row) for row in zip(*(out for out in outputs if isinstance(out, list)), strict=True)]


@pytest.mark.parametrize("seed", range(200))
def test_a_strict_plan_has_the_bits_of_the_reference(seed):
    plan, params, rows = random_plan(seed, True)
    found, lanes = run(plan, params, rows)
    assert (found.tolist(), lanes.tolist()) == split(plan, plan_reference.run(plan, params, rows))


@pytest.mark.parametrize("seed", range(200))
def test_a_fast_plan_agrees_with_the_reference(seed):
    plan, params, rows = random_plan(seed, False)
    found, lanes = run(plan, params, rows)
    expected, each = split(plan, plan_reference.run(plan, params, rows))
    assert found.tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert lanes == pytest.approx(numpy.array(each), rel=1e-12, abs=1e-12)


# -- functions ----


@pytest.mark.parametrize("name", fast_accuracy.MADE)
def test_a_function_of_numpy_is_within_8_ulp_too(name, monkeypatch):
    monkeypatch.setattr(accuracy, "POINTS", 100)
    with numpy.errstate(all="ignore"), mp.workprec(accuracy.PRECISION):
        error, operands, got = fast_accuracy.worst(name, OnArrays(numpy, strict=False))
    assert error <= fast_accuracy.TARGET, (operands, got)


class OnArrays(arrays.NumpyMachine):
    """Run rows on arrays of several lanes: NumPy computes those otherwise than single numbers."""

    def on(self, row, operands):
        results = computed(row, [numpy.full(9, x) for x in operands], self, strict=False)
        return float(numpy.broadcast_to(results, 9)[4])


# -- what is refused ----


def column(row, post=()):
    group = Group(row, (1,), (Segment(1, Access("data", 0, (0,))),), "lane", 0, post=post)
    return Plan(0, 2, (), 0, 1, 0, (group,), (("lane", 0),))


@pytest.mark.parametrize("row", [ops.log, ops.sqrt, ops.div, ops.exp])
def test_a_row_outside_its_domain_is_left_to_the_rows_themselves(row):
    x = 1000.0 if row is ops.exp else -1.0
    plan = column(row) if row is not ops.div else column(ops.power(-1))
    with pytest.raises(Irregular):
        run(plan, [], [[0.0 if row is ops.div else x, 1.0]])


def test_a_row_that_never_raises_may_be_infinite_on_the_way_but_not_in_the_end():
    inverse = (ops.div.ieee, 1, (Access("const", 0, (0,)),))
    plan = column(ops.exp.ieee, (inverse,))
    plan.consts = (1.0,)
    assert run(plan, [], [[1000.0, 1.0]])[1].tolist() == [[0.0]]
    with pytest.raises(Irregular):
        run(column(ops.exp.ieee), [], [[1000.0, 1.0]])


def test_without_numpy_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match="the NumPy engine needs NumPy: pip install numpy"):
        arrays.build(column(ops.tanh), rows=1)
