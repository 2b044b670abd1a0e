"""The benchmarks run, and what they compare computes the same. Nothing here looks at a time."""

import gc
import importlib
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
MODULES = (
    "cases",
    "compiled_cases",
    "compiled_run",
    "compiled_table",
    "compiled_worker",
    "engines",
    "processes",
    "programs",
    "run",
    "table",
    "worker",
)
PEERS_PYTHON = ROOT / ".venv-peers" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
TINY = {"readme": (), "moons": (6,), "moons_nn": (6,), "chain": (10,), "numbers_chain": (10,)}


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


@pytest.fixture
def ours(bench):
    return bench.engines.glassgrad()


def numbers(bench, engine, program):
    return bench.worker.numbers(bench.programs.PROGRAMS[program](engine, *TINY[program]))


def test_every_program_has_a_tiny_run_here(bench):
    assert set(TINY) == set(bench.programs.PROGRAMS)


def test_the_readme_expression_gives_the_numbers_micrograd_prints(bench, ours):
    assert [f"{x:.4f}" for x in numbers(bench, ours, "readme")] == ["24.7041", "138.8338", "645.5773"]


def test_the_chain_equals_a_loop_on_floats_and_its_derivative_in_closed_form(bench, ours):
    out, by_x, by_a, by_b = numbers(bench, ours, "chain")
    n, a, x, b = 5, 0.999, 0.5, 0.001
    assert out == bench.programs.alternate(x, 2 * n, a, b)
    assert by_x == pytest.approx(a**n, rel=1e-14)
    assert by_b == pytest.approx(sum(a**k for k in range(n)), rel=1e-14)
    assert by_a == pytest.approx(n * a ** (n - 1) * x + b * sum(k * a ** (k - 1) for k in range(1, n)), rel=1e-14)


def test_numbers_as_operands_give_the_same_as_values(bench, ours):
    assert numbers(bench, ours, "numbers_chain") == numbers(bench, ours, "chain")[:2]


def test_fused_neurons_give_the_same_step_as_single_operations(bench, ours):
    bench.run.compare(numbers(bench, ours, "moons"), numbers(bench, ours, "moons_nn"), "moons_nn")


@pytest.mark.parametrize("program", ["moons", "moons_nn"])
def test_training_lowers_the_loss(bench, ours, program):
    step = bench.programs.PROGRAMS[program](ours, 6)
    first = step()[0].data
    for _ in range(5):
        last = step()[0].data
    assert last < first


@pytest.mark.parametrize("peer", ["micrograd", "torch"])
def test_a_peer_computes_what_we_compute(bench, peer):
    python = str(PEERS_PYTHON) if PEERS_PYTHON.exists() else sys.executable
    try:
        bench.run.work(python, "version", peer)
    except bench.run.BenchmarkError:
        pytest.skip(f"{peer} is not installed: `python3 dev.py bench` installs the peers")
    bench.run.check_same_numbers(python, [peer])


def test_the_moons_are_the_same_every_time_and_half_of_each_class(bench):
    points, classes = bench.programs.two_moons()
    assert (points, classes) == bench.programs.two_moons()
    assert len(points) == 100 and sum(classes) == 0
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in points)


def test_an_operation_keeps_no_more_bytes_than_the_goal_allows(bench, ours):
    assert 0 < bench.worker.bytes_per_operation(ours, "chain", 1000) <= 176


def test_a_section_that_is_not_measured_stays_as_it_was(bench):
    both = bench.table.page({"eager": "first\n", "compiled": "### a\n\nsecond\n"})
    assert bench.table.page({"eager": "third\n"}, both) == both.replace("first", "third")
    assert bench.table.page({"compiled": "third\n"}, both) == both.replace("### a\n\nsecond", "third")
    assert "## Compiled" not in bench.table.page({"eager": "first\n"})


@pytest.mark.parametrize("wanted", [True, False])
def test_the_collector_is_as_asked_while_the_clock_runs(bench, wanted):
    seen = set()
    bench.worker.seconds(lambda: seen.add(gc.isenabled()), wanted, 1e-6)
    assert seen == {wanted}
    assert gc.isenabled()


# -- the run -----------------------------------------------------------------------------------------------------------


def test_a_worker_prints_json(bench):
    assert bench.run.work(sys.executable, "numbers", "glassgrad", "readme")[0] == pytest.approx(24.7041, abs=1e-4)


def test_other_numbers_than_ours_end_the_run(bench):
    with pytest.raises(bench.run.BenchmarkError, match="micrograd, moons: other numbers"):
        bench.run.compare([1.0, 2.0], [1.0, 2.1], "micrograd, moons")
    with pytest.raises(bench.run.BenchmarkError):
        bench.run.compare([1.0, 2.0], [1.0], "micrograd, moons")


@pytest.fixture
def fake(bench, monkeypatch):
    """Replace the measuring by made-up figures: ours 1 µs, micrograd 20, torch 5; return what was asked for."""
    asked = []

    def figure(python, engine, job, least):
        asked.append((engine, job))
        return {"glassgrad": 1e-6, "micrograd": 20e-6, "torch": 5e-6}[engine]

    monkeypatch.setattr(bench.run, "figure", figure)
    return asked


def test_engines_take_turns_and_no_job_runs_twice_a_round(bench, fake):
    engines = list(bench.cases.ENGINES)
    bench.run.measure("python", engines, quick=False)
    assert [engine for engine, _ in fake[:6]] == engines * 2
    for _, rounds, group in bench.cases.GROUPS:
        for asked in bench.run.jobs(group, engines):
            assert fake.count(asked) == rounds


def test_the_table_has_medians_ratios_and_goals(bench, fake):
    figures = bench.run.measure("python", list(bench.cases.ENGINES), quick=False)
    first, second = list(bench.table.table(figures))[:2]
    assert first[1:6] == ("1 µs", "20 µs", "5 µs", "20 (20 to 20)", "5")
    assert first[6:] == ("at least 2.5 (aim 4)", "yes, and the aim")
    assert second[1:4] == ("0.001 ms", "0.02 ms", "0.005 ms")


@pytest.mark.parametrize(
    ("over_micrograd", "reached", "expected"),
    [
        (True, 16.0, "yes, and the aim"),
        (True, 12.0, "yes"),
        (True, 9.9, "**no**"),
        (False, 9.0, "yes, and the aim"),
        (False, 12.0, "yes"),
        (False, 17.0, "**no**"),
    ],
)
def test_a_goal_is_met_from_the_right_side(bench, over_micrograd, reached, expected):
    limit, aim = (10, 15) if over_micrograd else (15, 10)
    assert bench.cases.Goal(over_micrograd, limit, aim).verdict(reached) == expected


def test_a_missing_peer_is_said_in_one_sentence_and_its_columns_left_out(bench, fake, monkeypatch, capsys):
    def work(python, task, engine, *arguments):
        if engine != "glassgrad":
            raise bench.run.BenchmarkError(f"version {engine}: No module named {engine!r}")
        return "0.1.0"

    monkeypatch.setattr(bench.run, "work", work)
    found = bench.run.versions(sys.executable)
    page = bench.table.section(bench.table.table(bench.run.measure("", list(found), True)), sys.executable, found)
    said = capsys.readouterr().out.splitlines()
    assert sum("is left out" in line for line in said) == 2
    assert "| what | glassgrad | goal | met |" in page
    assert "micrograd" not in page.split("- Machine")[1]


def test_a_short_run_prints_and_a_full_run_writes(bench, fake, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench.run, "check_same_numbers", lambda python, engines: None)
    output = tmp_path / "RESULTS.md"
    for options, written in ((["--quick"], False), ([], True)):
        monkeypatch.setattr(sys, "argv", ["run.py", "eager", "--output", str(output), *options])
        assert bench.run.main() == 0
        assert "| README expression" in capsys.readouterr().out
        assert output.exists() == written
    text = output.read_text(encoding="utf-8")
    assert all(
        part in text for part in ("- Machine: ", " cores", "- Python ", "`python3 dev.py bench eager`", "- Date: 20")
    )


def test_an_interpreter_that_is_not_there_is_said_in_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), "--peers", str(tmp_path / "python")], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("run.py: ") and len(done.stderr.splitlines()) == 1
