"""Machine code: it computes what the plan says, whatever the sizes, the processor, the threads and the cache."""

import math
import os
import random
import subprocess
import sys
import threading
import weakref
from array import array
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("llvmlite", reason="the native engine needs llvmlite: pip install llvmlite")

from conftest import ROOT

import autograd
from autograd import ops
from autograd.primitive import Row
from autograd.program.native import Steps, build, cache, llvm
from autograd.program.native.executor import block_of
from autograd.program.planning.plan import Access, Group, Irregular, Plan, Segment
from tests import plan_reference
from tests.random_plans import random_plan


@pytest.fixture(autouse=True, scope="module")
def cache_of_the_tests(tmp_path_factory):
    """Keep machine code apart from the user's, but between the tests of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSGRAD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def numbers(plan, rows, seed=0):
    """Return random parameters and rows without the seed."""
    rng = random.Random(seed)
    params = [rng.gauss(0, 0.5) for _ in range(plan.params)]
    return params, [[rng.gauss(0, 0.5) for _ in range(plan.data - 1)] for _ in range(rows)]


def light_plan(strict):
    """Return the random plan that is the least work for the reference and has every kind of output."""
    plans = [random_plan(seed, strict) for seed in range(100)]
    return min(plans, key=lambda plan: sum(group.members * (group.terms + 1) for group in plan.groups))


def flat(rows):
    return array("d", [x for row in rows for x in row])


def one_run(rows):
    """Return rows as one run of numbers, with its number of columns."""
    return [(flat(rows), len(rows[0]))] if rows else []


def run(executor, params, rows):
    """Return the shared outputs, and those of the rows, as lists."""
    shared, kept = executor(array("d", params), one_run(rows), len(rows))
    return list(shared), list(kept)


def expected(plan, params, rows):
    """Return the same by the reference in plain Python."""
    out = plan_reference.run(plan, params, [[*row, 1.0] for row in rows])
    columns = [x for x in out if isinstance(x, list)]
    return [x for x in out if not isinstance(x, list)], [column[r] for r in range(len(rows)) for column in columns]


def near(a, b):
    return a == pytest.approx(b, rel=1e-9, abs=1e-9)


def one(space, at=0, stride=0):
    """Return the access of a group of one dimension."""
    return Access(space, at, (stride,))


def lane_plan(op, *operands, post=(), params=2, data=3, consts=(), strict=False):
    """Return the plan of one lane result of plain operands."""
    group = Group(op, (1,), tuple(Segment(1, x) for x in operands), "lane", 0, 0, post)
    return Plan(params, data, consts, 0, 1, 0, (group,), (("lane", 0),), strict)


@pytest.mark.parametrize("seed", range(40))
def test_a_fast_plan_gives_what_the_reference_gives_to_rounding(seed):
    plan = random_plan(seed)
    rng = random.Random(seed)
    params, rows = numbers(plan, rng.choice((1, 2, 7, 8, 9, 16, 17, 63, 100, 131)), seed)
    executor = build(plan, rows=rng.choice((1, len(rows), 40, 200)))
    for got, wanted in zip(run(executor, params, rows), expected(plan, params, rows), strict=True):
        assert near(got, wanted)


@pytest.mark.parametrize("seed", range(40, 80))
def test_a_strict_plan_has_the_bits_of_the_reference(seed):
    plan = random_plan(seed, strict=True)
    rng = random.Random(seed)
    params, rows = numbers(plan, rng.choice((1, 2, 7, 8, 9, 16, 17, 63, 100, 131)), seed)
    executor = build(plan, rows=rng.choice((1, len(rows), 40, 200)))
    assert run(executor, params, rows) == expected(plan, params, rows)


@pytest.mark.parametrize("expected_rows", [1, 5, 40, 130])
def test_any_number_of_rows_is_right_whatever_number_was_expected(expected_rows):
    plan = light_plan(strict=True)
    executor = build(plan, rows=expected_rows)
    for count in range(0, 131, 1 if expected_rows == 40 else 13):
        params, rows = numbers(plan, count, count)
        assert run(executor, params, rows) == expected(plan, params, rows), count


@pytest.mark.parametrize("seed", range(5))
def test_single_precision_agrees_to_its_rounding(seed):
    plan = random_plan(seed)
    params, rows = numbers(plan, 21, seed)
    wanted = expected(plan, params, rows)
    largest = max(map(abs, wanted[0] + wanted[1]))
    for got, exact in zip(run(build(plan, rows=21, dtype="float32"), params, rows), wanted, strict=True):
        assert got == pytest.approx(exact, rel=1e-3, abs=1e-4 * largest)


def test_groups_that_differ_in_numbers_alone_share_a_kernel():
    groups = [
        Group("sum", (6,), (Segment(5, Access("param", k, (1,), 2), Access("data", k, (0,), 1)),), "lane", 6 * k)
        for k in range(3)
    ]
    plan = Plan(20, 9, (), 0, 18, 0, tuple(groups), tuple(("lane", k) for k in range(18)))
    executor = build(plan, rows=16)
    assert executor.stats()["groups"] == 3 and executor.stats()["kernels"] == 1
    params, rows = numbers(plan, 16)
    assert near(run(executor, params, rows)[1], expected(plan, params, rows)[1])


def test_groups_that_differ_in_a_constant_of_their_row_share_no_kernel():
    groups = [
        Group(ops.power(n), (1,), (Segment(1, one("data", k)),), "lane", k) for k, n in enumerate((-1, -0.5, 2, 0.5))
    ]
    plan = Plan(0, 5, (), 0, 4, 0, tuple(groups), tuple(("lane", k) for k in range(4)))
    _, kept = run(build(plan, rows=1), [], [[2.0, 4.0, 3.0, 9.0]])
    assert kept == pytest.approx([0.5, 0.5, 9.0, 3.0])


def test_zeros_of_either_sign_are_two_constants():
    groups = [Group(ops.atan2, (1,), (Segment(1, one("data")), Segment(1, one("const", k))), "lane", k) for k in (0, 1)]
    plan = Plan(0, 2, (0.0, -0.0), 0, 2, 0, tuple(groups), (("lane", 0), ("lane", 1)))
    assert run(build(plan, rows=1), [], [[0.0]])[1] == [0.0, math.pi]


@pytest.mark.parametrize(("op", "wanted"), [("max", 3.0), ("min", -2.0)])
def test_an_extreme_takes_the_best_and_a_nan_before_everything(op, wanted):
    plan = lane_plan(op, one("data", 0), one("data", 1), one("param", 0))
    assert run(build(plan, rows=1), [0.5, 0.0], [[3.0, -2.0]])[1] == [wanted]
    for params, row in (([math.nan, 0.0], [1.0, 2.0]), ([1.0, 0.0], [math.nan, 2.0]), ([1.0, 0.0], [2.0, math.nan])):
        with pytest.raises(Irregular):
            run(build(plan, rows=1), params, [row])


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("rows", [1, 3, 64, 129])
@pytest.mark.parametrize("space", ["lane", "sum"])
def test_an_output_that_is_not_finite_is_irregular_in_any_row(number, rows, space):
    group = Group("sum", (1,), (Segment(1, one("data", 0), one("data", 1)),), space, 0)
    plan = Plan(0, 2, (), 0, 1, 1, (group,), ((space, 0),))
    executor = build(plan, rows=rows)
    run(executor, [], [[1.0]] * rows)
    for place in {0, rows // 2, rows - 1}:
        data = [[1.0]] * rows
        data[place] = [number]
        with pytest.raises(Irregular):
            run(executor, [], data)


def test_what_no_output_shows_and_no_row_forbids_is_regular():
    hidden = Group("sum", (1,), (Segment(1, one("data", 0), one("data", 1)),), "lane", 0)
    shown = Group("sum", (1,), (Segment(1, one("data", 0)),), "lane", 1)
    plan = Plan(0, 3, (), 0, 2, 0, (hidden, shown), (("lane", 1),))
    assert run(build(plan, rows=1), [], [[1e200, 1e200]])[1] == [1e200]


@pytest.mark.parametrize("rows", [1, 20, 70])
def test_a_row_that_may_raise_is_irregular_where_its_result_is_not_finite(rows):
    """The row's result is hidden behind a minimum, so that no output shows it."""
    logarithm = Group(ops.log, (1,), (Segment(1, one("data", 0)),), "lane", 0)
    least = Group("min", (1,), (Segment(1, one("lane", 0)), Segment(1, one("data", 0))), "lane", 1)
    plan = Plan(0, 2, (), 0, 2, 0, (logarithm, least), (("lane", 1),))
    executor = build(plan, rows=rows)
    assert run(executor, [], [[1.0]] * rows)[1] == [0.0] * rows
    data = [[1.0]] * (rows - 1) + [[math.inf]]
    with pytest.raises(Irregular):
        run(executor, [], data)


def own_row(function):
    """Return a row that only Python can compute."""
    row = Row("own", "x", "1.0", rows=vars(ops), formulas=ops.FORMULAS)
    row.formula, row.formula_text = function, None
    return row


def test_a_row_without_a_formula_is_called_lane_by_lane():
    seen = []

    def formula(x):
        seen.append(x)
        return math.gamma(x)

    plan = lane_plan(own_row(formula), one("data", 0), data=2)
    data = [[float(k + 1)] for k in range(11)]
    assert run(build(plan, rows=11), [], data)[1] == [math.gamma(k + 1) for k in range(11)]
    assert {x for (x,) in data} == set(seen)


def test_a_rows_own_function_gets_all_operands_also_as_one_run():
    row = own_row(lambda x, y, z: x + 10 * y + 100 * z)
    group = Group(row, (2,), (Segment(3, Access("data", 0, (1,), 1)),), "lane", 0)
    plan = Plan(0, 5, (), 0, 2, 0, (group,), (("lane", 0), ("lane", 1)))
    assert run(build(plan, rows=3), [], [[1.0, 2.0, 3.0, 4.0]] * 3)[1] == [321.0, 432.0] * 3


def test_what_a_rows_own_function_raises_is_irregular_but_an_interrupt_is_itself():
    def refuse(x):
        raise {1: ValueError, 2: KeyboardInterrupt}[int(x)]

    executor = build(lane_plan(own_row(refuse), one("data", 0), data=2), rows=1)
    with pytest.raises(Irregular):
        run(executor, [], [[1.0]])
    with pytest.raises(KeyboardInterrupt):
        run(executor, [], [[2.0]])


def test_two_plans_with_own_rows_of_one_name_call_their_own():
    executors = [build(lane_plan(own_row(f), one("data", 0), data=2), rows=1) for f in (math.gamma, math.lgamma)]
    assert [run(e, [], [[5.0]])[1] for e in executors] == [[math.gamma(5.0)], [math.lgamma(5.0)]]


@pytest.mark.parametrize("strict", [False, True])
def test_the_number_of_threads_changes_no_bit(strict):
    plan = light_plan(strict)
    params, rows = numbers(plan, 700)
    results = [run(build(plan, rows=700, threads=threads), params, rows) for threads in (1, 2, 3, 5)]
    assert results[1:] == results[:1] * 3
    assert near(results[0][0], expected(plan, params, rows)[0])


def test_threads_begin_every_call_at_zero():
    plan = light_plan(False)
    executor = build(plan, rows=700, threads=3)
    cases = [numbers(plan, rows, seed) for seed, rows in enumerate((700, 650, 90, 700))]
    for params, rows in cases:
        assert run(executor, params, rows) == run(build(plan, rows=700), params, rows)


@pytest.mark.parametrize(
    "columns, sums, rows, lanes", [(100, 0, 104, 104), (1000, 200, 104, 16), (1000, 50_000, 104, 104), (400, 0, 64, 32)]
)
def test_a_block_has_as_many_lanes_as_stay_near_the_processor(columns, sums, rows, lanes):
    plan = Plan(0, columns - 1, (), 0, 0, sums, (), ())
    assert block_of(plan, rows, "float64", llvm.Target("", "", 64, 16)).lanes == lanes


def test_threads_see_what_is_irregular():
    plan = random_plan(11)
    params, rows = numbers(plan, 700)
    rows[650][0] = math.nan
    with pytest.raises(Irregular):
        run(build(plan, rows=700, threads=2), params, rows)


def test_what_threads_work_on_outlives_a_call_that_ctrl_c_ended():
    class Pool:
        def submit(self, task, _):
            left.append(task)
            raise KeyboardInterrupt

    left, plan = [], random_plan(11)
    executor, (params, rows) = build(plan, rows=700, threads=2), numbers(plan, 700)
    executor.team.pool = Pool
    data = one_run(rows)
    held = weakref.ref(data[0][0])
    with suppress(KeyboardInterrupt):
        executor(array("d", params), data, 700)
    del data
    assert left and held() is not None


def test_one_executor_serves_several_threads_at_once():
    plan = random_plan(5)
    executor = build(plan, rows=50)
    cases = [numbers(plan, 50, seed) for seed in range(8)]
    alone = [run(executor, *case) for case in cases]
    barrier = threading.Barrier(8)

    def many(case):
        barrier.wait()
        return [run(executor, *case) for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(many, cases))
    assert all(got == wanted for several, wanted in zip(results, alone, strict=True) for got in several)


def test_results_are_the_callers_to_keep():
    plan = random_plan(6)
    executor = build(plan, rows=9)
    first, second = (run(executor, *numbers(plan, 9, seed)) for seed in (1, 2))
    params, rows = numbers(plan, 9, 1)
    kept = executor(array("d", params), one_run(rows), 9)
    run(executor, *numbers(plan, 9, 2))
    assert [list(part) for part in kept] == list(first) != list(second)


# Processors.

LOWERED = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
from tests.test_program_native import build, numbers, run
from tests.random_plans import random_plan
for seed in range(6):
    for strict in (False, True):
        plan = random_plan(seed, strict)
        executor = build(plan, rows=20)
        print(executor.stats()["width"], *(x.hex() for part in run(executor, *numbers(plan, 20)) for x in part))
"""


def lowered(features):
    """Return the vector widths and the results of some plans with a processor's features masked."""
    env = {**os.environ, "GLASSGRAD_FEATURES": features}
    script = LOWERED.format(root=str(ROOT))
    lines = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True).stdout
    table = [line.split() for line in lines.splitlines()]
    return {int(width) for width, *_ in table}, [[float.fromhex(x) for x in line] for _, *line in table]


@pytest.mark.parametrize(("features", "most"), [("sse2", 2), ("avx2", 4)])
def test_masked_features_give_narrower_vectors_and_the_same_results(features, most):
    widths, results = lowered(features)
    _, full = lowered("")
    assert max(widths) <= most
    assert results[1::2] == full[1::2]  # strict
    assert all(near(a, b) for a, b in zip(results[::2], full[::2], strict=True))


def test_features_that_are_not_known_are_refused(monkeypatch):
    monkeypatch.setenv("GLASSGRAD_FEATURES", "avx3")
    with pytest.raises(ValueError, match="avx2 or sse2, or not set, got 'avx3'"):
        build(random_plan(1), rows=1)


# The cache.

FRESH = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
from tests.test_program_native import build, numbers, run
from tests.random_plans import random_plan
plan = random_plan({seed})
executor = build(plan, rows=20)
print(executor.from_cache, *(x.hex() for part in run(executor, *numbers(plan, 20)) for x in part))
"""


def process(folder, seed=7):
    """Start a process that builds and runs a plan."""
    env = {**os.environ, "GLASSGRAD_CACHE": str(folder)}
    script = FRESH.format(root=str(ROOT), seed=seed)
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True)


def outcome(started):
    """Return whether a process found machine code, and its results."""
    out, _ = started.communicate(timeout=120)
    assert started.returncode == 0
    found, *results = out.split()
    return found == "True", results


def test_a_later_process_finds_the_machine_code(tmp_path):
    (first, results), (second, again) = outcome(process(tmp_path)), outcome(process(tmp_path))
    assert (first, second) == (False, True) and results == again


def test_damaged_machine_code_is_made_again(tmp_path):
    _, results = outcome(process(tmp_path))
    (file,) = tmp_path.glob("*.o")
    whole = file.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], whole[:200] + b"?" + whole[201:]):
        file.write_bytes(damaged)
        assert outcome(process(tmp_path)) == (False, results)
        assert file.read_bytes() == whole


def test_processes_at_once_share_a_cache(tmp_path):
    outcomes = [outcome(p) for p in [process(tmp_path) for _ in range(4)]]
    assert len({tuple(results) for _, results in outcomes}) == 1
    assert [path.suffix for path in tmp_path.iterdir()] == [".o"]


def test_a_folder_that_cannot_be_made_keeps_nothing_and_stops_nobody(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert outcome(process(tmp_path / "file" / "cache"))[0] is False


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner's number here")
def test_a_file_of_somebody_else_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))
    cache.kept(("a",), lambda: b"mine")
    monkeypatch.setattr(os, "getuid", lambda: -1)
    assert cache.kept(("a",), lambda: b"made") == (b"made", False)


def test_the_cache_can_be_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_CACHE", "off")
    assert cache.kept(("a",), lambda: b"code") == (b"code", False)
    assert cache.place() is None


def test_the_cache_stays_within_its_size_and_drops_what_was_used_longest_ago(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "MOST", 3 * (1000 + cache.DIGEST))
    for k in range(5):
        cache.kept((str(k),), lambda: b"x" * 1000)
        for age, path in enumerate(sorted(tmp_path.iterdir(), key=os.path.getmtime, reverse=True)):
            os.utime(path, (10**9 - age, 10**9 - age))
    assert len(list(tmp_path.iterdir())) == 3
    assert cache.kept(("4",), lambda: b"")[1] and not cache.kept(("0",), lambda: b"x")[1]


@pytest.mark.skipif(sys.platform == "win32", reason="the folder is another there")
def test_what_a_process_was_writing_when_it_was_killed_is_cleared_away(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))
    old, new = tmp_path / "a.part", tmp_path / "b.part"
    old.write_bytes(b"half"), new.write_bytes(b"half")
    os.utime(old, (0, 0))
    cache.kept(("a",), lambda: b"code")
    assert not old.exists() and new.exists()


def test_the_cache_is_where_caches_are(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache.place() == Path("/somewhere/glassgrad")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache.place() == Path("/home/me/.cache/glassgrad")


def test_without_llvmlite_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    llvm._binding.cache_clear()
    llvm.target.cache_clear()
    try:
        with pytest.raises(ImportError, match="pip install llvmlite"):
            build(random_plan(1), rows=1)
    finally:
        llvm._binding.cache_clear()


# Training.


def momentum():
    """Return the update v' = b v + g / n, p' = p - r v' of the hyper-parameters r, b and 1 / n."""
    velocity = Group(
        "sum",
        (1,),
        (Segment(1, one("param", 1), one("data", 2)), Segment(1, one("param", 2), one("data", 1))),
        "lane",
        0,
    )
    param = Group(
        "sum", (1,), (Segment(1, one("data", 0)), Segment(1, one("param", 0), one("lane", 0), -1)), "lane", 1, 1
    )
    return Plan(3, 4, (), 0, 2, 0, (velocity, param), (("lane", 1), ("lane", 0)))


def regression(n):
    """Return the plan of (w . x - y)**2 and its gradient by w; the data are x and y."""
    products = Segment(n, Access("param", 0, (0,), 1), Access("data", 0, (0,), 1))
    error = Group("sum", (1,), (products, Segment(1, one("data", n), None, -1)), "lane", 0)
    seeded = Group("sum", (1,), (Segment(1, one("lane", 0), one("data", n + 1)),), "lane", 1, 1)
    twice = Group("sum", (1,), (Segment(1, one("const"), one("lane", 1)),), "lane", 2, 2)
    loss = Group("sum", (1,), (Segment(1, one("lane", 0), one("lane", 1)),), "sum", 0, 2)
    slopes = Group("sum", (n,), (Segment(1, one("data", 0, 1), one("lane", 2)),), "sum", 1, 3)
    outputs = tuple(("sum", k) for k in range(n + 1))
    return Plan(n, n + 2, (2.0,), 0, 3, n + 1, (error, seeded, twice, loss, slopes), outputs)


def trained(n, rows, order, batches, size, hyper):
    """Return losses and parameters of the same training in plain Python."""
    params, velocity, losses = [0.1] * n, [0.0] * n, []
    for k, b in enumerate(batches):
        rate, decay, share = hyper[3 * k : 3 * k + 3]
        loss, slopes = 0.0, [0.0] * n
        for r in order[b * size : (b + 1) * size]:
            *x, y = rows[r]
            error = sum(w * v for w, v in zip(params, x, strict=True)) - y
            loss += error * error
            slopes = [s + 2 * error * v for s, v in zip(slopes, x, strict=True)]
        losses.append(loss)
        velocity = [decay * v + share * s for v, s in zip(velocity, slopes, strict=True)]
        params = [p - rate * v for p, v in zip(params, velocity, strict=True)]
    return losses, params, velocity


@pytest.mark.parametrize(("n", "count", "size"), [(1, 10, 10), (5, 37, 10), (5, 37, 1), (40, 300, 150), (600, 20, 7)])
def test_training_takes_the_steps_of_plain_python(n, count, size):
    rng = random.Random(n)
    rows = [[rng.gauss(0, 1) / math.sqrt(n) for _ in range(n + 1)] for _ in range(count)]
    order = rng.sample(range(count), count)
    batches = [k % -(-count // size) for k in range(9)]
    hyper = array("d", [x for k in range(9) for x in (0.01 + 0.001 * k, 0.9, 1 / size)])
    params, state = array("d", [0.1] * n), array("d", [0.0] * n)
    steps = Steps(regression(n), momentum(), params, state, batch=size)
    steps.load(flat(rows), count, order)
    losses, taken = steps.run(batches, hyper)
    wanted = trained(n, rows, order, batches, size, hyper)
    assert taken == 9
    assert near(list(losses), wanted[0]) and near(list(params), wanted[1]) and near(list(state), wanted[2])


def test_training_stops_before_a_step_whose_loss_is_not_finite():
    rows = [[0.1, 0.2], [0.3, 0.1], [math.nan, 1.0], [0.2, 0.2]]
    params, state = array("d", [0.1]), array("d", [0.0])
    steps = Steps(regression(1), momentum(), params, state, batch=1)
    steps.load(flat(rows), 4)
    hyper = array("d", [0.1, 0.9, 1.0] * 4)
    losses, taken = steps.run([0, 1, 2, 3], hyper)
    after = trained(1, rows, range(4), [0, 1], 1, hyper)
    assert taken == 2 and len(losses) == 3 and math.isnan(losses[2])
    assert near(list(params), after[1]) and near(list(state), after[2])


def test_training_stops_before_a_step_whose_parameters_are_not_finite():
    params, state = array("d", [0.5, 0.5]), array("d", [0.0, 0.0])
    steps = Steps(regression(2), momentum(), params, state, batch=1)
    steps.load(flat([[0.1, 0.2, 0.3]]), 1)
    _, taken = steps.run([0, 0], array("d", [0.1, 0.9, 1.0, 1e308, 1e308, 1e308]))
    kept = list(params)
    assert taken == 1
    steps.run([0], array("d", [0.0, 1.0, 0.0]))
    assert list(params) == kept


def test_an_update_may_read_what_else_the_gradient_gives():
    """A third output, the sum of squares of the derivatives, scales the step."""
    plan = regression(2)
    squares = Group("sum", (1,), (Segment(2, Access("sum", 1, (0,), 1), Access("sum", 1, (0,), 1)),), "sum", 3, 4)
    plan = Plan(2, 4, (2.0,), 0, 3, 4, (*plan.groups, squares), (*plan.outputs, ("sum", 3)))
    scaled = Group("sum", (1,), (Segment(1, one("param", 0), one("data", 1)),), "lane", 0)
    moved = Group(
        "sum", (1,), (Segment(1, one("data", 0)), Segment(1, one("param", 1), one("lane", 0), -1)), "lane", 1, 1
    )
    update = Plan(2, 3, (), 0, 2, 0, (scaled, moved), (("lane", 1),))
    params = array("d", [0.1, 0.1])
    steps = Steps(plan, update, params, array("d"), batch=1)
    steps.load(array("d", [1.0, 2.0, 1.0]), 1)
    steps.run([0], array("d", [0.01]))
    error = 0.1 + 0.2 - 1.0
    slopes = [2 * error, 4 * error]
    length = sum(s * s for s in slopes)
    assert near(list(params), [0.1 - 0.01 * length * s for s in slopes])


STRICT = {
    "a root below a line": lambda x: (x[0] * x[0] + 1e-5) ** -0.5 * x[1],
    "an exponent that is data": lambda x: (abs(x[0]) + 0.1) ** autograd.tanh(x[1]),
    "logsumexp": lambda x: autograd.logsumexp([*x, x[0] * 30]),
    "cross entropy": lambda x: autograd.cross_entropy([*x, x[1] * 30], 1),
    "fsum": lambda x: autograd.fsum([x[0], 1e16, x[1], -1e16]),
    "take": lambda x: autograd.take([x[0], x[1] * x[1]], autograd.step(x[2])),
    "hypot and atan2": lambda x: autograd.hypot(x[0], x[1]) + autograd.atan2(x[1], x[2]),
    "atan": lambda x: autograd.atan(x[0]) * x[1],
    "gates": lambda x: autograd.tanh(x[0]) * autograd.sigmoid(x[1]) + autograd.softplus(x[2]),
}


@pytest.mark.parametrize("f", STRICT.values(), ids=STRICT)
def test_strict_machine_code_has_the_bits_of_values(f):
    rng = random.Random(2)
    rows = [[rng.gauss(0, 1) * 10.0 ** rng.choice([-3, 0, 0, 2]) for _ in range(3)] for _ in range(40)]

    def loss(w, x):
        return f([a * b for a, b in zip(w, x, strict=True)])

    compiled = autograd.compile(loss, engine="native", strict=True)
    w = [1.0, -0.7, 1.3]
    values, slopes = compiled.batch_value_and_grad(w, rows, reduce=None)
    expected = [autograd.value_and_grad(loss)(w, row) for row in rows]
    assert (list(values), list(map(list, slopes))) == ([v for v, _ in expected], [g for _, g in expected])
    assert compiled.stats()["python runs instead"] == 0


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("f", [
    lambda x: autograd.sigmoid(x**2), lambda x: autograd.tanh(x**2 + 1.0),
    lambda x: (autograd.sum([1.0, 1.0, x]) ** 2) ** -1, lambda x: 1.0 - autograd.sign(x**2),
    lambda x: autograd.tanh(x**2) + autograd.tanh(x * autograd.sign(x)),
])  # fmt: skip
def test_a_square_that_overflows_raises_although_what_follows_is_finite(f, rows):
    for engine in ("native", "numpy"):
        compiled = autograd.compile(lambda p, x: p * f(x), engine=engine)
        assert compiled.batch(1.0, [1.0] * rows) == pytest.approx(f(1.0))
        with pytest.raises(OverflowError, match=r"\*\* 2 overflows"):
            compiled.batch_value_and_grad(1.0, [1.0] * (rows - 1) + [1e300])
