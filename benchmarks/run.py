"""Compare glassgrad with its peers: fresh processes in turn, medians, tables.

    python benchmarks/run.py [eager | compiled] [--peers PYTHON] [--quick] [--output FILE]

Without a part both are measured; a part that is not keeps its section of the page. PYTHON is an interpreter that has
the peers installed; every engine, ours too, runs on it. `python3 dev.py bench` makes one and calls this.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import compiled_run
import compiled_table
from cases import GROUPS, PEERS, Figures, Job, Row
from processes import HERE, BenchmarkError, answer
from table import TITLES, page, section, table


def work(python: str, task: str, engine: str, *arguments: str) -> Any:
    """Return what a worker process prints."""
    return answer(python, "worker.py", [task, engine, *arguments], ours=engine == "glassgrad")


def versions(python: str) -> dict[str, str]:
    """Return the version of every engine that `python` can run; say which of the peers it cannot."""
    found = {"glassgrad": work(python, "version", "glassgrad")}
    for peer in PEERS:
        try:
            found[peer] = work(python, "version", peer)
        except BenchmarkError as problem:
            print(f"{peer} is left out ({problem}); `python3 dev.py bench` installs the peers.")
    return found


def check_same_numbers(python: str, engines: list[str]) -> None:
    """Raise BenchmarkError unless every engine computes the same data and gradients: else times mean nothing."""
    for task in (["readme"], ["moons", "--size", "6"], ["chain", "--size", "10"]):
        ours = work(python, "numbers", "glassgrad", *task)
        for engine in engines:
            compare(ours, work(python, "numbers", engine, *task), f"{engine}, {task[0]}")
    moons, fused = (work(python, "numbers", "glassgrad", name, "--size", "6") for name in ("moons", "moons_nn"))
    compare(moons, fused, "moons_nn")


def compare(ours: list[float], theirs: list[float], what: str) -> None:
    """Raise BenchmarkError where two lists of numbers differ by more than rounding."""
    close = [math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs, strict=False)]
    if len(ours) != len(theirs) or not all(close):
        raise BenchmarkError(f"{what}: other numbers than ours, so there is nothing to compare the times of")


def figure(python: str, engine: str, job: Job, least: float) -> float:
    """Return one figure of one engine: seconds (divided by the job's size, if it has one) or bytes."""
    arguments = [job.program, *(["--size", str(job.size)] if job.size else [])]
    if job.task == "seconds":
        arguments += ["--collector", job.collector, "--seconds", str(least)]
    found: float = work(python, job.task, engine, *arguments)
    return found / (job.size or 1)


def jobs(group: list[Row], engines: list[str]) -> list[tuple[str, Job]]:
    """Return every (engine, job) the rows of a group need, none twice."""
    wanted = [(engine, row.job(engine)) for row in group for engine in engines]
    return [(engine, job) for engine, job in dict.fromkeys(wanted) if job]


def measure(python: str, engines: list[str], quick: bool) -> Figures:
    """Return the figures of all groups: within a group engine after engine, then the next round."""
    figures: Figures = {}
    for name, rounds, group in GROUPS:
        for i in range(1 if quick else rounds):
            print(f"{name}: round {i + 1}", flush=True)
            for engine, job in jobs(group, engines):
                figures.setdefault((engine, job), []).append(figure(python, engine, job, 0.2 if quick else 2.0))
    return figures


def eager(python: str, quick: bool) -> str:
    """Return the section on the engines that compute operation by operation."""
    found = versions(python)
    check_same_numbers(python, list(found))
    return section(table(measure(python, list(found), quick)), python, found)


def compiled(python: str, quick: bool) -> str:
    """Return the section on compiled programs."""
    return compiled_table.section(compiled_run.look(python, quick), python)


PARTS = {"eager": eager, "compiled": compiled}


def main() -> int:
    """Read the command line, measure, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("part", nargs="?", choices=TITLES, help="measure this part only")
    parser.add_argument("--peers", metavar="PYTHON", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--quick", action="store_true", help="one short round; prints the tables, writes no file")
    parser.add_argument("--output", metavar="FILE", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    parts = [options.part] if options.part else list(PARTS)
    previous = options.output.read_text(encoding="utf-8") if options.output.exists() and not options.quick else ""
    try:
        text = page({part: PARTS[part](options.peers, options.quick) for part in parts}, previous)
    except (BenchmarkError, OSError) as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        return 2
    print(text)
    if not options.quick:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
