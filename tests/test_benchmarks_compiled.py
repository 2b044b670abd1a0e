"""The engines of the compiled benchmark compute the same, take turns, and end in the tables, whatever the times are."""

import importlib
import math
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
MODULES = ("compiled_cases", "compiled_run", "compiled_table", "compiled_worker", "processes", "table", "cases")
PEERS_PYTHON = ROOT / ".venv-peers" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PYTHON = str(PEERS_PYTHON) if PEERS_PYTHON.exists() else sys.executable
BY_HAND = ("moons", "digits", "transformer", "recurrence")


@pytest.fixture(scope="module")
def bench():
    """Import the modules of benchmarks/, which is a folder of scripts and no package; forget them afterwards."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    finally:
        sys.path.remove(str(FOLDER))
        for name in [name for name in sys.modules if name.partition(".")[0] in (*MODULES, "compiled_programs")]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def installed(bench):
    return bench.compiled_run.versions(PYTHON)


def contest(bench, program, task, engines=(), rows=3):
    return bench.compiled_cases.Contest(program, task, rows, engines, 1)


def able(bench, contest, left_out):
    """Return the engines that compute the right numbers."""
    with ExitStack() as stack:
        return list(bench.compiled_run.checked(PYTHON, contest, left_out, stack))


# -- what the engines compute ------------------------------------------------------------------------------------------


def engines_of(bench, installed, program, task):
    """Return the installed engines that take part in such a contest, without what needs half a minute."""
    held = {e for c in bench.compiled_cases.CONTESTS if (c.program, c.task) == (program, task) for e in c.engines}
    engines = bench.compiled_cases.ENGINES
    slow = {
        "torch.compile",
        *(e for e in held if program in ("transformer", "recurrence") and engines[e].module == "ours"),
    }
    return tuple(e for e in engines if e in held - slow and engines[e].module in installed)


@pytest.mark.parametrize(("program", "task"), [*((program, "gradient") for program in BY_HAND), ("moons", "steps")])
def test_every_engine_that_is_installed_computes_what_eager_values_compute(bench, installed, program, task):
    engines = engines_of(bench, installed, program, task)
    left_out = []
    assert (able(bench, contest(bench, program, task, engines), left_out), left_out) == (list(engines), [])


def test_the_large_layer_by_hand_has_the_gradient_of_eager_values(bench, installed):
    if "numpy_peer" not in installed:
        pytest.skip("NumPy is not installed")
    assert able(bench, contest(bench, "wide", "gradient", ("NumPy by hand",)), []) == ["NumPy by hand"]


def test_other_numbers_end_the_run_and_nan_is_another_number(bench):
    here = contest(bench, "moons", "gradient")
    bench.compiled_run.compare([1.0, 200.0], [1.0, 200.0 + 1e-8], "JAX", here)
    bench.compiled_run.compare([1.0, 200.0], [1.0, 200.1], "JAX float32", here)
    for theirs in ([1.0, 200.1], [1.0], [1.0, math.nan], [math.nan, 200.0]):
        with pytest.raises(bench.processes.BenchmarkError, match="JAX, moons, gradient, 3 rows: other numbers"):
            bench.compiled_run.compare([1.0, 200.0], theirs, "JAX", here)


def test_a_step_in_c_stands_still_for_points_that_only_fill_a_block(bench, installed):
    if "c_peer" not in installed:
        pytest.skip("there is no C compiler")
    for rows in (1, 105):
        assert able(bench, contest(bench, "moons", "steps", ("C",), rows), []) == ["C"]


def test_a_worker_answers_until_it_is_let_go_and_says_why_it_cannot(bench):
    with ExitStack() as stack:
        here = contest(bench, "moons", "gradient")
        worker = bench.compiled_run.worker(PYTHON, "eager Values", here, stack)
        first = bench.compiled_run.numbers(worker)
        assert worker.ask("seconds", "0.0")["seconds"] > 0
        assert bench.compiled_run.numbers(worker) == first
        other = bench.compiled_run.worker(PYTHON, "eager Values", here._replace(program="mars"), stack)
        with pytest.raises(bench.processes.BenchmarkError, match=r"gradient values mars: .*mars"):
            other.ask("seconds", "0.0")


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_the_time_of_one_repetition_is_that_of_a_batch_over_its_number(bench):
    now = [0.0]

    def action(n):
        now[0] += 0.25 * n

    assert bench.compiled_worker.seconds(action, 10.0, lambda: now[0]) == 0.25
    assert bench.compiled_worker.seconds(action, 0.01, lambda: now[0]) == 0.25  # longer than the time that is wanted


def test_steps_are_done_in_chunks_that_are_counted(bench):
    done = []
    action, chunk = bench.compiled_worker.in_chunks(done.append)
    done.clear()
    action(3)
    assert done == [chunk] * 3 and 1 <= chunk <= 100


# -- the run and the tables --------------------------------------------------------------------------------------------


@pytest.fixture
def fake(bench, monkeypatch):
    """Replace the workers: ours takes 1 µs, strict 1.5, any other engine 5; return what was asked for."""
    asked = []

    class Fake:
        def __init__(self, engine):
            self.engine = engine

        def ask(self, *question):
            asked.append((self.engine, *question))
            return {"seconds": {"native": 1e-6, "native strict": 1.5e-6}.get(self.engine, 5e-6)}

    def checked(python, contest, left_out, stack):
        return {engine: Fake(engine) for engine in contest.engines}

    monkeypatch.setattr(bench.compiled_run, "checked", checked)
    return asked


def seen(bench, contests, left_out=()):
    times = bench.compiled_run.compete("python", contests, 1.0, list(left_out))
    stats = {"equations": 986, "passes": {"dead code": 980}, "nodes": 407, "groups": 16, "kernels": 12}
    stats |= {"in groups of 8 or more": 0.982, "seconds": {"record": 0.01, "llvm": 0.2}}
    cost = {"import": 0.1, "first": 0.3, "peak": 5e7, "stats": stats}
    first = {"moons": {"cold": cost, "warm": {**cost, "first": 0.05}}}
    return bench.compiled_run.Seen(["glassgrad 0"], contests, times, first, first, list(left_out))


def test_engines_take_turns_in_every_round(bench, fake):
    engines = ("native", "JAX")
    bench.compiled_run.compete("python", [contest(bench, "moons", "steps", engines)._replace(rounds=2)], 1.0, [])
    assert fake == [(engine, "seconds", "1.0") for engine in (*engines, *engines)]


def test_every_goal_is_about_a_contest_that_is_held(bench):
    held = {(engine, c.key) for c in bench.compiled_cases.CONTESTS for engine in c.engines}
    for goal in bench.compiled_cases.GOALS:
        assert {goal.above, goal.below} <= held


def test_the_tables_have_times_ratios_goals_and_costs(bench, fake):
    text = bench.compiled_table.section(seen(bench, bench.compiled_cases.CONTESTS), sys.executable)
    lines = text.splitlines()
    assert "### moons: one training step" in lines
    assert any(line.startswith("| 10,000 | 1 µs | 1.5 µs (1.5) | 5 µs (5) |") for line in lines)
    assert "| native / C, moons, steps, B = 100 | 0.2 (0.2 to 0.2) | at most 1 (aim 0.7) | yes, and the aim |" in lines
    assert "| PyTorch / ours, moons, steps, B = 100 | 5 (5 to 5) | at least 60 | **no** |" in lines
    assert "| moons | 986 | 0.1 | 0.3 | 0.05 | record 0.01, llvm 0.2 | 50 |" in lines
    assert "| moons | 986 | 980 | 407 | 16 | 12 | 98.2% |" in lines
    assert "- Command: `python3 dev.py bench compiled`" in lines


def test_an_engine_that_fails_is_left_out_with_its_sentence(bench, monkeypatch):
    def numbers(engine):
        if engine == "torch.compile":
            raise bench.processes.BenchmarkError("steps torch_peer moons: no compiler")
        return [1.0, 2.0]

    monkeypatch.setattr(bench.compiled_run, "worker", lambda python, engine, contest, stack: engine)
    monkeypatch.setattr(bench.compiled_run, "numbers", numbers)
    left_out = []
    here = contest(bench, "moons", "steps", ("JAX", "torch.compile"))
    assert able(bench, here, left_out) == ["JAX"]
    assert left_out == ["torch.compile, 3 rows: steps torch_peer moons: no compiler"]
    text = bench.compiled_table.section(bench.compiled_run.Seen([], [], {}, {}, {}, left_out), sys.executable)
    assert "### Left out\n\n- torch.compile, 3 rows: steps torch_peer moons: no compiler\n" in text


@pytest.mark.parametrize(("ratio", "met"), [(0.6, "yes, and the aim"), (0.9, "yes"), (1.1, "**no**")])
def test_a_goal_is_met_from_the_right_side(bench, ratio, met):
    key = ("moons", "steps", 1, False)
    assert bench.compiled_cases.within("native", "C", key, 1.0, 0.7).verdict(ratio) == met
    assert bench.compiled_cases.over("JAX", "moons", 1, 1 / 1.0, 1 / 0.7).verdict(1 / ratio) == met


def test_a_quick_run_measures_whatever_is_installed_and_writes_nothing(tmp_path):
    output = tmp_path / "RESULTS.md"
    command = [sys.executable, str(FOLDER / "run.py"), "compiled", "--quick", "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "### moons: one training step" in done.stdout
    assert not output.exists()
