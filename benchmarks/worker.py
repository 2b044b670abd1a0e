"""Measure one program with one engine, once, in this process, and print the figure as JSON.

run.py starts one for every figure: the cycle collector's cost grows with everything a process has loaded or made.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
import tracemalloc
import warnings
from timeit import Timer

from engines import ENGINES, Engine
from programs import OPERANDS, PROGRAMS, Step, alternate


def seconds(step: Step, collector: bool, least: float) -> float:
    """Return the mean processor time of one step, over `least` > 0 seconds or more.

    Freeing the graph is part of it. timeit switches the collector off; the set-up switches it on again.
    """
    timer = Timer(step, gc.enable if collector else gc.disable, timer=time.process_time)
    number, _ = timer.autorange()  # also warms up
    spent, count = 0.0, 0
    while spent < least:
        spent += timer.timeit(number)
        count += number
    return spent / count


def bytes_per_operation(engine: Engine, program: str, n: int = 10_000) -> float:
    """Return what a chain of n operations keeps allocated before its backward pass, as tracemalloc counts it."""
    x, operands = engine.Value(0.5), OPERANDS[program](engine)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    out = alternate(x, n, *operands)
    after = tracemalloc.get_traced_memory()[0]
    del out
    return (after - before) / n


def numbers(step: Step) -> list[float]:
    """Return the output and the gradients of the leaves after one step."""
    out, leaves = step()
    return [float(out.data), *(float(leaf.grad) for leaf in leaves)]


def measure(engine: Engine, options: argparse.Namespace) -> object:
    """Return what the task asks for."""
    if options.task == "version":
        return engine.version
    if options.task == "bytes":
        return bytes_per_operation(engine, options.program)
    sizes = [options.size] if options.size else []
    step = PROGRAMS[options.program](engine, *sizes)
    if options.task == "numbers":
        return numbers(step)
    return seconds(step, options.collector == "on", options.seconds)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["seconds", "bytes", "numbers", "version"])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("program", choices=PROGRAMS, nargs="?")
    parser.add_argument("--size", type=int)
    parser.add_argument("--collector", choices=["on", "off"], default="on")
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # torch warns that NumPy is missing; nothing here uses it
    print(json.dumps(measure(ENGINES[options.engine](), options)))


if __name__ == "__main__":
    main()
