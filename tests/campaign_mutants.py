"""Break engine.py and ops.py in one place after the other, and see whether the tests notice (FAULTS C9).

cosmic-ray makes the mutants (see mutants.py). A mutant that no test notices is a survivor; mutant_survivors.txt holds
those that were looked at, with the reason why no test can notice them. A survivor that is not there is a failure.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import fresh
from outcome import Outcome

WHAT = "automatic mutants of engine.py and ops.py (cosmic-ray): every one noticed by a test, or listed with the reason"
QUICK, FULL = 3, 100_000  # places drawn: the full size is all there are
LONGEST = 3 * 3600  # seconds: in a full run no other mutant is tried then
FILES = ("engine.py", "ops.py")
# The fastest first: most mutants are noticed there, in a second, and the other files need not even be collected.
FIRST = ["tests/test_campaigns.py", "-k", "grid or integers or compiled"]
STAGES = (
    ("engine", "graph", "arithmetic", "primitive", "numeric", "modes"),
    ("ops", "types", "campaigns", "domains"),
    ("backward", "threads", "forward", "reverse", "memory", "accuracy"),
    ("custom", "pullback", "control", "higher", "gradcheck", "structure", "micrograd", "derivative_seeds", "seeds"),
    ("program_equations", "program_graph", "program_passes", "program_python", "program_symbol", "program_compile"),
    ("program_refusals", "program_batch"),
)
CAMPAIGNS = "types or interrupts or protocol"
# A quick run draws from these lines alone, and one campaign must notice.
HOT, NOTICES = ".grad += g", [["tests/test_campaigns.py", "-k", "integers"]]
OPTIONS = ["-q", "-p", "no:cacheprovider", "--tb=no"]
LIST = Path(__file__).with_name("mutant_survivors.txt")
CPU, WALL = 200, 3000  # seconds: a mutant that runs so long hangs (it waits, by the second), and is noticed
# A process for every mutant, forked from one that has imported what no mutant changes; it may ask for all the memory
# there is. Its exit status is 0 if all stages of tests pass.
SERVER = f"""
import json, os, resource, signal, sys
import hypothesis, mpmath, numpy, pytest
for line in sys.stdin:
    child = os.fork()
    if child:
        print(os.waitpid(child, 0)[1], flush=True)
        continue
    signal.alarm({WALL})
    resource.setrlimit(resource.RLIMIT_CPU, ({CPU}, {CPU}))
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os._exit(any(pytest.main(["-x", *{OPTIONS!r}, *stage]) for stage in json.loads(line)))
"""


def reasons():
    """Return the survivors that were looked at: {key: reason}."""
    lines = LIST.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


def copy_of_the_tree(folder):
    for name in ("autograd", "nn", "tests"):
        shutil.copytree(fresh.ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
    (Path(folder) / "setup.cfg").write_text("[tool:pytest]\n")


def stages():
    """Return the tests of each stage as arguments of pytest."""
    there = [[f"tests/test_{name}.py" for name in names if exists(name)] for names in STAGES]
    return [FIRST, *([*files, "-k", f"not campaigns or {CAMPAIGNS}"] for files in there)]


def exists(name):
    return (fresh.ROOT / "tests" / f"test_{name}.py").exists()


class Copy:
    """A copy of the tree, and the server that runs tests in it."""

    def __init__(self, folder):
        copy_of_the_tree(folder)
        self.source = Path(folder) / "autograd"
        self.server = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.server.communicate()

    def passes(self, tests):
        """Run the stages of tests; tell whether all pass."""
        print(json.dumps(tests), file=self.server.stdin, flush=True)
        return int(self.server.stdout.readline()) == 0

    def survives(self, mutant, tests):
        """Tell whether all stages of tests pass on one mutant."""
        path = self.source / mutant.file
        original = path.read_text("utf-8")
        path.write_text(mutant.text, "utf-8")
        for cached in path.parent.glob(f"__pycache__/{path.stem}.*"):
            cached.unlink()
        try:
            return self.passes(tests)
        finally:
            path.write_text(original, "utf-8")


def tried(places, tests):
    """Return (mutant, whether no test notices it) of each place, as many at once as there are processors."""
    import mutants

    idle, count, end = SimpleQueue(), os.cpu_count() or 1, time.monotonic() + LONGEST

    def survives(place):
        mutant = mutants.mutant(*place) if time.monotonic() < end else None
        if mutant is None:
            return None
        copy = idle.get()
        alive = copy.survives(mutant, tests)
        idle.put(copy)
        print(f"    {'survives' if alive else 'noticed'} {mutant.file}:{mutant.number}: {mutant.after}", flush=True)
        return mutant, alive

    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        for k in range(count):
            idle.put(stack.enter_context(Copy(f"{home}/{k}")))
        pool = stack.enter_context(ThreadPoolExecutor(count))
        return [result for result in pool.map(survives, places) if result]


def sound(tests):
    """Tell whether the tests pass without a mutant: otherwise they say nothing of one."""
    with tempfile.TemporaryDirectory() as home, Copy(f"{home}/0") as copy:
        return copy.passes(tests)


def places(quick):
    """Return (file, place) of every mutation that can be made; a quick run takes the hottest lines of the engine."""
    import mutants

    for path in (fresh.ROOT / "autograd" / name for name in FILES[: 1 if quick else None]):
        lines = path.read_text("utf-8").splitlines()
        for place in mutants.places(path):
            if not quick or HOT in lines[place[2] - 1]:
                yield path, place


def drawn(size, seed):
    """Return (places, how many there are)."""
    found = list(places(size == QUICK))
    random.Random(seed).shuffle(found)
    return found[:size], len(found)


def run(size, seed):
    if not hasattr(os, "fork"):
        return Outcome("", [], skipped="a process for every mutant is forked, which this system cannot")
    try:
        chosen, total = drawn(size, seed)
    except ModuleNotFoundError:
        return Outcome("", [], skipped="it needs cosmic-ray: `python -m pip install cosmic-ray` in .venv")
    tests = NOTICES if size == QUICK else stages()
    if not sound(tests):
        return Outcome("no mutants", ["the tests fail without a mutant"])
    results = tried(chosen, tests)
    alive, known = [mutant for mutant, lives in results if lives], reasons()
    faults = [f"{m.file}:{m.number} survives\n- {m.before}\n+ {m.after}" for m in alive if m.key not in known]
    listed = "\n".join(f"- `{m.key}`: {known[m.key]}" for m in alive if m.key in known)
    figure = f"{len(results) - len(alive)} noticed, {len(alive)} survive, {len(alive) - len(faults)} with a reason"
    return Outcome(f"{len(results):,} mutants of {total:,} places", faults, figure, report=listed)
