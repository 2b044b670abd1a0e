"""Break engine.py and ops.py in one place after the other, and see whether the tests notice (FAULTS C9).

cosmic-ray makes the mutants (see mutants.py). A mutant that no test notices is a survivor; mutant_survivors.txt holds
those that were looked at, with the reason why no test can notice them. A survivor that is not there is a failure.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import fresh
from outcome import Outcome

WHAT = "automatic mutants of engine.py and ops.py (cosmic-ray): every one noticed by a test, or listed with the reason"
QUICK, FULL = 3, 100_000  # mutants drawn: the full size is all there are
FILES = ("engine.py", "ops.py")
# The fastest first: most mutants are noticed there, in a second, and the other files need not even be collected.
STAGES = (
    ("engine", "graph", "arithmetic", "primitive", "numeric", "modes"),
    ("ops", "types", "campaigns", "domains"),
    ("backward", "threads", "forward", "reverse", "memory", "accuracy"),
    ("custom", "pullback", "control", "higher", "gradcheck", "structure", "micrograd", "derivative_seeds", "seeds"),
    ("program_equations", "program_graph", "program_passes", "program_python", "program_symbol", "program_compile"),
)
CAMPAIGNS = "grid or integers or compiled or types or interrupts or protocol"
# A quick run draws from these lines alone, and one campaign must notice.
HOT, NOTICES = ".grad += g", [["tests/test_campaigns.py", "-k", "integers"]]
LIST = Path(__file__).with_name("mutant_survivors.txt")
# A mutant may ask for all the memory there is.
LIMITED = """
import runpy
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
except (ImportError, ValueError):
    pass
runpy.run_module("pytest", run_name="__main__")
"""
TIMEOUT = 150  # seconds for a stage: a mutant that runs so long hangs, and is noticed


def reasons():
    """Return the survivors that were looked at: {key: reason}."""
    lines = LIST.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


def copy_of_the_tree(folder):
    for name in ("autograd", "nn", "tests"):
        shutil.copytree(fresh.ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
    (Path(folder) / "setup.cfg").write_text("[tool:pytest]\n")


def stages(left_out=()):
    """Return the tests of each stage as arguments of pytest, without those that fail anyway."""
    deselected = [f"--deselect={test}" for test in left_out]
    chosen = ["-k", f"not campaigns or {CAMPAIGNS}"]
    there = [[f"tests/test_{name}.py" for name in names if exists(name)] for names in STAGES]
    return [[*files, *chosen, *deselected] for files in there]


def exists(name):
    return (fresh.ROOT / "tests" / f"test_{name}.py").exists()


def pytest(folder, tests, *options):
    """Run tests in a copy of the tree; return (exit status, what was printed)."""
    command = [sys.executable, "-c", LIMITED, "-q", "-p", "no:cacheprovider", "--tb=no", *tests, *options]
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return 1, "hangs"
    return done.returncode, done.stdout


def failing():
    """Return the tests that fail without any mutant: they can notice nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy_of_the_tree(folder)
        printed = "".join(pytest(folder, tests, "-rfE")[1] for tests in stages())
    return [line.split(" ")[1] for line in printed.splitlines() if line.startswith(("FAILED ", "ERROR "))]


def survives(mutant, folder, tests):
    """Run the stages of tests on one mutant; tell whether all pass."""
    path = Path(folder) / "autograd" / mutant.file
    original = path.read_text("utf-8")
    path.write_text(mutant.text, "utf-8")
    for cached in path.parent.glob(f"__pycache__/{path.stem}.*"):
        cached.unlink()
    try:
        return all(pytest(folder, stage, "-x")[0] == 0 for stage in tests)
    finally:
        path.write_text(original, "utf-8")


def survivors(mutants, tests):
    """Return the mutants that no test notices, trying as many at once as there are processors."""
    folders = SimpleQueue()
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for k in range(os.cpu_count() or 1):
            copy_of_the_tree(f"{home}/{k}")
            folders.put(f"{home}/{k}")

        def tried(mutant):
            folder = folders.get()
            try:
                alive = survives(mutant, folder, tests)
            finally:
                folders.put(folder)
            word = "survives" if alive else "noticed"
            print(f"    {word} {mutant.file}:{mutant.number}: {mutant.after}", flush=True)
            return alive

        return [mutant for mutant, alive in zip(mutants, pool.map(tried, mutants), strict=True) if alive]


def places(quick):
    """Return (file, place) of every mutation that can be made; a quick run takes the hottest lines of the engine."""
    import mutants

    for path in (fresh.ROOT / "autograd" / name for name in FILES[: 1 if quick else None]):
        lines = path.read_text("utf-8").splitlines()
        for place in mutants.places(path):
            if not quick or HOT in lines[place[2] - 1]:
                yield path, place


def drawn(size, seed):
    """Return (mutants, how many places there are)."""
    import mutants

    found = list(places(size == QUICK))
    random.Random(seed).shuffle(found)
    made = (mutants.mutant(path, place) for path, place in found[:size])
    return [mutant for mutant in made if mutant], len(found)


def run(size, seed):
    try:
        chosen, total = drawn(size, seed)
    except ModuleNotFoundError:
        return Outcome("", [], skipped="it needs cosmic-ray: `python -m pip install cosmic-ray` in .venv")
    left_out = [] if size == QUICK else failing()
    alive = survivors(chosen, NOTICES if size == QUICK else stages(left_out))
    known = reasons()
    faults = [f"{m.file}:{m.number} survives\n- {m.before}\n+ {m.after}" for m in alive if m.key not in known]
    listed = "\n".join(f"- `{m.key}`: {known[m.key]}" for m in alive if m.key in known)
    figure = f"{len(chosen) - len(alive)} noticed, {len(alive)} survive, {len(alive) - len(faults)} with a reason"
    if left_out:
        figure += f"; {len(left_out)} tests failed without a mutant and were left out"
    return Outcome(f"{len(chosen):,} mutants of {total:,} places", faults, figure, report=listed)
