"""Compare compiled programs with the peers: what each engine computes, how long it takes, and what compiling costs."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from compiled_cases import CONTESTS, CURVES, ENGINES, FIRST, OURS, QUICK, QUICK_CURVES, QUICK_FIRST, Contest, Key
from processes import BenchmarkError, Worker, answer

Times = dict[tuple[str, Key], list[float]]


class Seen(NamedTuple):
    """Everything the tables are made of."""

    versions: list[str]
    contests: list[Contest]
    times: Times
    first: dict[str, dict[str, Any]]  # by program: what was seen with the cache cold, and warm
    curves: dict[str, dict[str, Any]]
    left_out: list[str]


def look(python: str, quick: bool) -> Seen:
    """Measure everything, on an interpreter that has the peers; `quick` is one short round of little."""
    found = versions(python)
    contests, first, curves = (QUICK, QUICK_FIRST, QUICK_CURVES) if quick else (CONTESTS, FIRST, CURVES)
    contests = [c._replace(engines=tuple(e for e in c.engines if ENGINES[e].module in found)) for c in contests]
    left_out: list[str] = []
    times = compete(python, contests, 0.02 if quick else 0.5, left_out)
    seen = [first_results(python, programs, left_out) for programs in (first, curves)]
    return Seen(list(found.values()), contests, times, *seen, left_out)


def versions(python: str) -> dict[str, str]:
    """Return, by module, every engine that `python` can run; say which it cannot, and why."""
    found = {}
    for module in dict.fromkeys(engine.module for engine in ENGINES.values()):
        try:
            found[module] = work(python, "version", module)
        except BenchmarkError as problem:
            print(f"{module} is left out ({problem}); `python3 dev.py bench` installs the peers.")
    return found


def work(python: str, task: str, module: str, *arguments: str, **variables: str) -> Any:
    """Return what a worker prints."""
    return answer(python, "compiled_worker.py", [task, module, *arguments], ours=True, **variables)


def compete(python: str, contests: Iterable[Contest], least: float, left_out: list[str]) -> Times:
    """Return the times of all contests: engine after engine, then the next round.

    Before a contest the numbers of all its engines are compared; an engine that cannot run it is left out, with a
    sentence why.
    """
    times: Times = {}
    for contest in contests:
        with ExitStack() as stack:
            workers = checked(python, contest, left_out, stack)
            for k in range(contest.rounds):
                print(f"{contest.program}, {contest.task}, {contest.rows} rows: round {k + 1}", flush=True)
                for engine, worker in workers.items():
                    seen = worker.ask("seconds", str(least))
                    times.setdefault((engine, contest.key), []).append(seen["seconds"])
    return times


def worker(python: str, engine: str, contest: Contest, stack: ExitStack) -> Worker:
    """Return a process that runs one engine on a contest, until the stack is left."""
    module, options, _ = ENGINES[engine]
    arguments = [contest.task, module, contest.program, "--options", json.dumps(options), "--rows", str(contest.rows)]
    arguments += ["--threads", str(options.get("threads", 1)), *(["--wall"] if contest.wall else [])]
    started = Worker(python, "compiled_worker.py", arguments)
    stack.callback(started.close)
    return started


def checked(python: str, contest: Contest, left_out: list[str], stack: ExitStack) -> dict[str, Worker]:
    """Return the engines that can run the contest. Raises BenchmarkError where one computes other numbers."""
    right = apart(python, contest.reference, contest)
    if contest.reference != "eager Values":
        few = contest._replace(rows=3)
        compare(apart(python, "eager Values", few), apart(python, contest.reference, few), contest.reference, few)
    able = {}
    for engine in contest.engines:
        started = worker(python, engine, contest, stack)
        try:
            theirs = numbers(started)
        except BenchmarkError as problem:
            left_out.append(f"{engine}, {contest.rows} rows: {problem}")
            continue
        compare(right, theirs, engine, contest)
        able[engine] = started
    return able


def apart(python: str, engine: str, contest: Contest) -> array[float]:
    """Return what an engine computes, in a process that ends then."""
    with ExitStack() as stack:
        return numbers(worker(python, engine, contest, stack))


def numbers(started: Worker) -> array[float]:
    """Return what an engine computes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "numbers"
        started.ask("numbers", str(file))
        return array("d", file.read_bytes())


def compare(right: array[float], theirs: array[float], engine: str, contest: Contest) -> None:
    """Raise BenchmarkError where numbers differ by more than the engine may, measured by the largest of them."""
    allowed = ENGINES[engine].tolerance * max(map(abs, right))
    if len(right) != len(theirs) or not all(abs(a - b) <= allowed for a, b in zip(right, theirs, strict=True)):
        raise BenchmarkError(
            f"{engine}, {contest.program}, {contest.task}, {contest.rows} rows: other numbers than "
            f"{contest.reference}, so there is nothing to compare the times of"
        )


def first_results(python: str, programs: Iterable[str], left_out: list[str]) -> dict[str, dict[str, Any]]:
    """Return, by program, what the first gradient costs in a fresh process, with the cache cold and then warm."""
    found = {}
    module, options, _ = ENGINES[OURS]
    told = ["--options", json.dumps(options), "--rows", "16"]
    for program in programs:
        print(f"{program}: first result", flush=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                found[program] = {
                    cache: work(python, "first", module, program, *told, GLASSGRAD_CACHE=folder)
                    for cache in ("cold", "warm")
                }
        except BenchmarkError as problem:
            left_out.append(str(problem))
    return found
