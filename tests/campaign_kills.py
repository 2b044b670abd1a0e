"""kill -9 in the middle of saving a model: the file is whole, and no save reported as done is lost (FAULTS C15)."""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fresh
from outcome import Outcome

from autograd.errors import AutogradError
from nn.checkpoint import read, save
from nn.layers import MLP

WHAT = "kill -9 while a process saves a model again and again: a whole file, no reported save lost, no litter"
QUICK, FULL = 5, 100

PROGRAM = """
import sys
from nn import MLP
from nn.checkpoint import save
model, k = MLP(2, [16, 1], seed=0), int(sys.argv[2])
while True:
    k += 1
    save(model, sys.argv[1], {"save": k})
    print(k, flush=True)
"""


def killed_after(seconds, path, start):
    """Save from `start` on in a process of its own, kill it; return the last save that it reported done."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), str(start)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(fresh.ROOT)},
    )
    process.stdout.readline()  # the first save is done: the process is in its loop
    time.sleep(seconds)
    process.kill()
    reported = process.communicate()[0].split("\n")[:-1]  # a last line without its end was not reported
    return int(reported[-1]) if reported else start + 1


def fault_of(path, reported):
    """Return what is wrong with the file after a kill."""
    try:
        found = read(path).notes["save"]
    except (AutogradError, OSError) as error:
        return f"the file is not whole: {error}"
    return "" if found >= reported else f"save {reported} was reported done, the file holds {found}"


def run(size, seed):
    if os.name != "posix":
        return Outcome("", [], skipped="only POSIX systems have kill -9")
    rng, faults, litter, done = random.Random(seed), [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        for kill in range(size):
            reported = killed_after(rng.uniform(0, 0.03), path, done)
            fault = fault_of(path, reported)
            faults += [f"kill {kill + 1}: {fault}"] * bool(fault)
            litter += len(list(Path(folder).iterdir())) - 1
            done = max(reported, done)
        save(MLP(2, [16, 1], seed=0), path)
        left = [file.name for file in Path(folder).iterdir() if file != path]
    faults += [f"the next save left {left}"] * bool(left)
    return Outcome(f"{size} kills", faults, f"{done:,} saves reported, {litter} temporary files met and cleaned up")
