"""The suite under Python's switches: no assertions, warnings as errors, development mode (FAULTS T12, C23)."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fresh
from outcome import Outcome

WHAT = "the test suite under -O, -W error and -X dev"
QUICK, FULL = 0, 1  # 0: three files, 1: the whole suite
SWITCHES = (("-O",), ("-W", "error"), ("-X", "dev"))
FEW = ("test_engine.py", "test_arithmetic.py", "test_modes.py")
# -O: pytest's own notice that it would see no plain assert; those of tests it rewrites, so that they stay.
NOTICE = "ignore:assertions not in test modules or plugins:pytest.PytestConfigWarning"
# Tests of other processes (pip, kernels, campaigns) say nothing about this one's switches.
ELSEWHERE = ("test_campaigns.py", "test_packaging.py", "test_name_clash.py", "test_notebooks.py", "test_dev.py")


def command(switches, size):
    files = [f"tests/{name}" for name in FEW] if size == 0 else ["tests", "autograd", "nn", "viz"]
    left_out = [f"--ignore=tests/{name}" for name in ELSEWHERE]
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", "-W", NOTICE, *left_out]
    return [sys.executable, *switches, "-m", "pytest", *options, *files]


def suite(switches, size):
    """Run the suite under the switches; return (exit status, last line, failures)."""
    done = subprocess.run(
        command(switches, size),
        cwd=fresh.ROOT,
        env={**os.environ, "PYTHONPATH": str(fresh.ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    # What faulthandler says on stderr of a slow test comes after pytest's last line.
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return done.returncode, lines[-1].strip("= ") if lines else "nothing printed", failed


def run(size, seed):
    with ThreadPoolExecutor(len(SWITCHES)) as pool:
        results = list(pool.map(lambda switches: suite(switches, size), SWITCHES))
    faults, seen = [], []
    for switches, (status, last, failed) in zip(SWITCHES, results, strict=True):
        shown = " ".join(switches)
        seen.append(f"{shown}: {last}")
        faults += [f"python {shown} -m pytest: {line}" for line in (failed or [last] * bool(status))]
    return Outcome("three files" if size == 0 else "the suite", faults, "; ".join(seen))
