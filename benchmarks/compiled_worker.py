"""Measure one engine on one compiled program in this process, and print what was seen as JSON.

compiled_run.py starts one for every engine of a contest, on one processor and with one thread unless the engine is told
otherwise, and asks it in turn with the others.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import warnings
from array import array
from collections.abc import Callable
from statistics import median
from typing import Any

STARTED = time.perf_counter()
BATCHES = 5
MOST_STEPS = 100
CHECKED_STEPS = 3


def pin(threads: int) -> None:
    """Keep this process to so many processors and libraries to so many threads; before any of them is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def seconds(action: Callable[[int], Any], least: float, clock: Callable[[], float]) -> float:
    """Return the median, over a few batches, of the time of one of the repetitions that `action` is told to do."""
    number, spent = 1, elapsed(action, 1, clock)
    while spent < least / BATCHES:
        number *= 2
        spent = elapsed(action, number, clock)
    batches = BATCHES if spent < least else 1
    return median(elapsed(action, number, clock) / number for _ in range(batches))


def elapsed(action: Callable[[int], Any], number: int, clock: Callable[[], float]) -> float:
    """Return the time that `number` repetitions take."""
    before = clock()
    action(number)
    return clock() - before


def repeated(call: Callable[[], Any]) -> Callable[[int], None]:
    """Return what calls so many times."""

    def action(n: int) -> None:
        for _ in range(n):
            call()

    return action


def in_chunks(steps: Callable[[int], Any]) -> tuple[Callable[[int], Any], int]:
    """Return what does so many chunks of training steps, and the steps in a chunk: up to 100 where they are short."""
    steps(1)
    chunk = max(1, min(MOST_STEPS, int(0.02 / elapsed(steps, 1, time.perf_counter))))
    steps(chunk)  # JAX compiles for every number of steps
    return repeated(lambda: steps(chunk)), chunk


class Stopwatch:
    """Take the time of a gradient or of a step."""

    def __init__(self, run: Any, task: str, wall: bool):
        self.clock = time.perf_counter if wall else time.process_time
        self.action, self.chunk = (repeated(run.gradient), 1) if task == "gradient" else in_chunks(run.steps)
        self.action(1)

    def seconds(self, least: float) -> float:
        """Return the seconds of one gradient or of one step."""
        return seconds(self.action, least, self.clock) / self.chunk


def numbers(run: Any, task: str) -> list[float]:
    """Return what must be the same for every engine: loss and gradient, or the parameters after a few steps."""
    if task == "gradient":
        return run.numbers()
    for _ in range(CHECKED_STEPS):
        run.steps(1)
    return run.parameters()


def serve(options: argparse.Namespace) -> None:
    """Answer questions: `numbers` and a file to write them to, or `seconds` and how long to measure at least."""
    run, watch = made(options), None
    for line in sys.stdin:
        question, what = line.rstrip("\n").split("\t")
        if question == "numbers":
            written(numbers(run, options.task), what)
            tell({})
        else:
            watch = watch or Stopwatch(run, options.task, options.wall)
            tell({"seconds": watch.seconds(float(what))})


def written(found: list[float], file: str) -> None:
    with open(file, "wb") as opened:
        array("d", found).tofile(opened)


def tell(what: Any) -> None:
    print(json.dumps(what), flush=True)


def made(options: argparse.Namespace) -> Any:
    """Return the run of an engine."""
    engine = importlib.import_module(f"compiled_engines.{options.module}")
    return engine.run(options.program, options.rows, **json.loads(options.options))


def first(options: argparse.Namespace) -> dict[str, Any]:
    """Return what it takes from the start of a process to the first gradient: seconds, memory, and what was made."""
    from compiled_engines import ours

    from autograd.program.compiled.report import peak_bytes

    imported = time.perf_counter()
    compiled, params, columns = ours.compiled(options.program, options.rows, **json.loads(options.options))
    before = time.perf_counter()
    compiled.batch_value_and_grad(params, *columns)
    done = time.perf_counter()
    peak = peak_bytes()  # before the figures, which take memory too
    return {"import": imported - STARTED, "first": done - before, "peak": peak, "stats": compiled.stats()}


def version(options: argparse.Namespace) -> str:
    """Return what an engine is, and of which version."""
    return importlib.import_module(f"compiled_engines.{options.module}").VERSION


TASKS = {
    "gradient": serve,
    "steps": serve,
    "first": lambda options: tell(first(options)),
    "version": lambda options: tell(version(options)),
}


def main() -> None:
    """Read the command line and do the task."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("module")
    parser.add_argument("program", nargs="?")
    parser.add_argument("--options", default="{}")
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()
    pin(options.threads)
    warnings.simplefilter("ignore")
    TASKS[options.task](options)


if __name__ == "__main__":
    main()
