"""The programs that are compiled and timed compute what they claim, on numbers and on Values."""

import importlib
import math
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace

import fast_bounds
import pytest

from autograd import Value, compile, value_and_grad
from autograd.numeric import left_to_right
from autograd.program import program
from autograd.structure import flatten, tree_map

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
MODULES = ("blackboard", "catalogue", "draws", "pendulum", "scrambled", "transformer")
NAMES = (
    *("moons", "moons_shared", "digits", "transformer", "recurrence", "gated", "convolution"),
    *("mixture_density", "pendulum", "pendulum_ring", "gaussian_mixture"),
)
LARGE = ("wide", "transformer_15")  # a second or more each


@pytest.fixture(scope="module")
def bench():
    """Import the programs from benchmarks/, which is a folder of scripts and no package; forget them afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        found = {name: importlib.import_module(f"compiled_programs.{name}") for name in MODULES}
        yield SimpleNamespace(
            **found, plain=importlib.import_module("plain"), programs=importlib.import_module("programs")
        )
    finally:
        sys.path.remove(str(FOLDER))
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in ("compiled_programs", "engines", "plain", "programs"):
                del sys.modules[name]


def example(bench, name, seed=0):
    timed = bench.catalogue.PROGRAMS[name]
    return timed.loss, bench.catalogue.example(timed, seed)


def zeros(args):
    return (tree_map(lambda x: 0.0, args[0]), *args[1:])


def test_the_catalogue_has_the_programs_tested_here(bench):
    assert set(bench.catalogue.PROGRAMS) == {*NAMES, *LARGE}


@pytest.mark.parametrize("name", NAMES)
def test_a_program_gives_the_same_bits_on_numbers_and_on_values(bench, name):
    loss, args = example(bench, name)
    out = loss(*tree_map(Value, args))
    assert out.data == loss(*args)
    assert math.isfinite(out.data)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "transformer"])
def test_the_gradient_is_the_slope_of_the_loss_in_a_random_direction(bench, name):
    loss, (params, *row) = example(bench, name)
    source = Random(5)
    leaves, rebuild = flatten(params)
    direction = [source.gauss(0, 1) for _ in leaves]
    _, gradient = value_and_grad(loss)(params, *row)
    ahead, behind = (
        loss(rebuild([x + h * d for x, d in zip(leaves, direction, strict=True)]), *row) for h in (1e-5, -1e-5)
    )
    slope = sum(g * d for g, d in zip(flatten(gradient)[0], direction, strict=True))
    assert (ahead - behind) / 2e-5 == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_scrambled_sums_give_the_same_loss_to_rounding(bench, name):
    loss, args = example(bench, name)
    mixed = [bench.scrambled.scrambled(loss, args, seed)(*args) for seed in range(2)]
    assert mixed == pytest.approx([loss(*args)] * 2, rel=1e-12)


def test_scrambling_keeps_every_operation_and_changes_which_terms_meet(bench):
    neuron, args = bench.blackboard.neuron, ([2.0] * 50, [3.0] * 50, 1.0)
    plain, *mixed = (recorded(f, args) for f in (neuron, *(bench.scrambled.scrambled(neuron, args, k) for k in (1, 2))))
    assert [sorted(e.row.name for e in p.equations) for p in mixed] == [["add"] * 50 + ["mul"] * 50] * 2
    assert len({str(p) for p in (plain, *mixed)}) == 3
    assert [p.evaluate([*args[0], *args[1], 1.0]) for p in mixed] == [[301.0]] * 2


def test_scrambling_computes_a_sum_that_is_used_twice_once(bench):
    f = lambda a, b, c: (a + b) * ((a + b) + c)  # noqa: E731

    def g(a, b, c):
        inner = a + b
        return inner * (inner + c)

    counts = [len(recorded(bench.scrambled.scrambled(h, (1.0, 2.0, 3.0), 1), (1.0, 2.0, 3.0))) for h in (f, g)]
    assert counts == [4, 3]


def recorded(f, args):
    values = tree_map(Value, args)
    return program(f(*values), flatten(values)[0])


@pytest.mark.parametrize("name", [*NAMES, *LARGE])
def test_data_and_parameters_are_the_same_for_the_same_seed_and_differ_for_another(bench, name):
    timed = bench.catalogue.PROGRAMS[name]
    assert timed.data(3, 7) == timed.data(3, 7) != timed.data(3, 8)
    assert all(len(column) == 3 for column in timed.data(3, 7))
    assert timed.params(7) == timed.params(7) != timed.params(8)


# -- as machine code ---------------------------------------------------------------------------------------------------

COMPILED = sorted({*NAMES, "wide"})
ROWS = 2
SHORT = {"wide": 20, "recurrence": 4, "gated": 3}  # as much of the first column's rows is used


@pytest.fixture
def native(monkeypatch, tmp_path):
    pytest.importorskip("llvmlite", reason="the native engine needs llvmlite: pip install llvmlite")
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))


@pytest.fixture
def small(bench, native, monkeypatch):
    """Return what gives loss, parameters and rows of a program, of a size that eager differentiates in a moment."""
    monkeypatch.setattr(bench.pendulum, "STEPS", 2)
    monkeypatch.setattr(bench.pendulum, "EVERY", 1)

    def made(name, mixed):
        timed = bench.catalogue.PROGRAMS[name]
        params = bench.draws.layers(Random(0), [20, 8, 1]) if name == "wide" else timed.params(0)
        columns = bench.transformer.data(ROWS, 0, tokens=2) if name == "transformer" else timed.data(ROWS, 0)
        if name in SHORT:
            columns = ([numbers[: SHORT[name]] for numbers in columns[0]], *columns[1:])
        args = (params, *(column[0] for column in columns))
        return bench.scrambled.scrambled(timed.loss, args, 1) if mixed else timed.loss, params, columns

    return made


def eagerly(loss, params, columns):
    """Return value and gradient of every row as flat numbers."""
    each = (value_and_grad(loss)(params, *row) for row in zip(*columns, strict=True))
    return [[value, *flatten(slopes)[0]] for value, slopes in each]


def texts(numbers):
    """Return numbers as text, which tells the two zeros apart."""
    return [*map(repr, numbers)]


@pytest.mark.parametrize("mixed", [False, True], ids=["plain", "scrambled"])
@pytest.mark.parametrize("name", COMPILED)
def test_strict_machine_code_of_a_program_has_the_bits_of_eager(small, name, mixed):
    loss, params, columns = small(name, mixed)
    rows = eagerly(loss, params, columns)
    compiled = compile(loss, engine="native", strict=True)
    value, slopes = compiled.batch_value_and_grad(params, *columns, reduce="sum")
    assert texts([value, *flatten(slopes)[0]]) == texts(left_to_right([0.0, *x]) for x in zip(*rows, strict=True))
    assert compiled.stats()["engine"] == "native" and compiled.stats()["python runs instead"] == 0


@pytest.mark.parametrize("mixed", [False, True], ids=["plain", "scrambled"])
@pytest.mark.parametrize("name", COMPILED)
def test_fast_machine_code_of_a_program_is_as_near_to_eager_as_rounding_allows(small, name, mixed):
    loss, params, columns = small(name, mixed)
    rows = eagerly(loss, params, columns)
    compiled = compile(loss, engine="native")
    values, slopes = compiled.batch_value_and_grad(params, *columns, reduce=None)
    got = [[value, *flatten(slope)[0]] for value, slope in zip(values, slopes, strict=True)]
    assert compiled.stats()["python runs instead"] == 0
    for found, eager, allowed in zip(got, rows, bounds_of(loss, params, columns), strict=True):
        largest = max(map(abs, eager))
        for x, y, bound in zip(found, eager, allowed, strict=True):
            assert abs(x - y) <= min(bound, 1e-12 * largest)


def bounds_of(loss, params, columns):
    """Return for every row how far value and gradient may be from eager's."""
    numbers = [flatten((params, *row)) for row in zip(*columns, strict=True)]
    rebuild, count = numbers[0][1], len(flatten(params)[0])

    def differentiated(leaves):
        weights, *row = rebuild(leaves)
        value, slopes = value_and_grad(loss)(weights, *row)
        return [value, *flatten(slopes)[0]]

    program = fast_bounds.quick_program(differentiated, len(numbers[0][0]))
    assert len(program.outputs) == 1 + count
    return [fast_bounds.bounds(program, leaves) for leaves, _ in numbers]


# -- each program by itself --------------------------------------------------------------------------------------------


def test_the_mean_over_moons_is_the_loss_of_micrograds_demo(bench):
    step = bench.programs.moons(SimpleNamespace(Value=Value, zero=0.0), 6)
    timed = bench.catalogue.PROGRAMS["moons"]
    source = Random(1337)
    model = bench.programs.MLP(SimpleNamespace(Value=float), source, [2, 16, 16, 1])
    params = [[[neuron.w for neuron in layer], [neuron.b for neuron in layer]] for layer in model.layers]
    rows = list(zip(*timed.data(6, 1), strict=True))
    assert sum(timed.loss(params, *row) for row in rows) / 6 == pytest.approx(step()[0].data, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "chances"), [("digits", 10), ("transformer", 27), ("transformer_15", 27), ("convolution", 4)]
)
def test_without_weights_every_class_is_equally_likely(bench, name, chances):
    loss, args = example(bench, name)
    assert loss(*zeros(args)) == pytest.approx(math.log(chances), rel=1e-14)


@pytest.mark.parametrize("name", ["wide", "recurrence", "gated"])
def test_without_weights_the_squared_error_is_that_of_zero(bench, name):
    loss, args = example(bench, name)
    assert loss(*zeros(args)) == args[-1] ** 2


@pytest.mark.parametrize(("name", "dimensions"), [("mixture_density", 1), ("gaussian_mixture", 4)])
def test_without_parameters_a_mixture_is_the_standard_normal_distribution(bench, name, dimensions):
    loss, args = example(bench, name)
    point = args[-1] if dimensions > 1 else [args[-1]]
    expected = 0.5 * sum(x * x for x in point) + dimensions * 0.5 * math.log(2 * math.pi)
    assert loss(*zeros(args)) == pytest.approx(expected, rel=1e-14)


def test_the_transformer_has_4192_parameters(bench):
    assert len(flatten(bench.transformer.params(0))[0]) == 4192


def test_the_transformer_does_not_see_the_letters_that_follow(bench):
    loss, (params, letters, following) = example(bench, "transformer")
    changed = [*letters[:-1], letters[0]]
    first, whole = (slice(0, 6), slice(0, 7))
    assert loss(params, letters[first], following[first]) == loss(params, changed[first], following[first])
    assert loss(params, letters[whole], following[whole]) != loss(params, changed[whole], following[whole])


def test_the_transformer_on_plain_values_has_our_loss_and_gradient(bench):
    loss, (params, *row) = example(bench, "transformer")
    number, gradient = value_and_grad(loss)(params, *row)
    values = tree_map(bench.plain.Value, params)
    out = loss(values, *row, engine=bench.plain)
    out.backward()
    assert out.data == pytest.approx(number, rel=1e-12)
    theirs = [value.grad for value in flatten(values)[0]]
    assert theirs == pytest.approx(flatten(gradient)[0], rel=1e-9, abs=1e-14)


def test_a_pendulum_without_friction_keeps_its_energy(bench):
    gravity, state = 9.0, [1.0, 0.5]
    before = 0.5 * state[1] ** 2 - gravity * math.cos(state[0])
    for _ in range(20):
        state = bench.pendulum.runge_kutta(
            lambda s: bench.pendulum.slope({"gravity": gravity, "friction": 0.0}, s), state
        )
    assert 0.5 * state[1] ** 2 - gravity * math.cos(state[0]) == pytest.approx(before, abs=1e-2)


def test_pendulums_without_springs_swing_alone(bench):
    ring, (params, start, seen) = example(bench, "pendulum_ring")
    params = {**params, "spring": [0.0] * 12}
    alone = bench.catalogue.PROGRAMS["pendulum"].loss
    parts = [
        alone(
            {"gravity": params["gravity"][k], "friction": params["friction"][k]},
            [start[k], start[12 + k]],
            [angles[k] for angles in seen],
        )
        for k in range(12)
    ]
    assert ring(params, start, seen) == pytest.approx(sum(parts), rel=1e-12)


def test_the_moons_are_half_of_each_class(bench):
    points, classes = bench.draws.two_moons(100)
    assert len(points) == 100 and sum(classes) == 0
