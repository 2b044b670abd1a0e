"""Compare glassgrad with its peers: fresh processes in turn, medians, a table.

    python benchmarks/run.py [--peers PYTHON] [--quick] [--output FILE]

PYTHON is an interpreter that has the peers installed; every engine, ours too, runs on it. `python3 dev.py bench` makes
one and calls this.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from cases import GROUPS, Goal, Job, Row

HERE = Path(__file__).resolve().parent
ENGINES = ("glassgrad", "micrograd", "torch")
PEERS = ENGINES[1:]
HEADER = ("what", *ENGINES, "micrograd / ours (rounds)", "torch / ours", "goal", "met")

Figures = dict[tuple[str, Job], list[float]]


class BenchmarkError(Exception):
    """One sentence that says why there is no figure."""


# -- measuring -----------------------------------------------------------------------------------------------------


def work(python: str, task: str, engine: str, *arguments: str) -> object:
    """Return what a worker process prints."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if engine == "glassgrad":
        variables["PYTHONPATH"] = str(HERE.parent)
    command = [python, str(HERE / "worker.py"), task, engine, *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command[2:])}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return json.loads(done.stdout)


def versions(python: str) -> dict[str, str]:
    """Return the version of every engine that `python` can run; say which it cannot."""
    found = {}
    for engine in ENGINES:
        try:
            found[engine] = str(work(python, "version", engine))
        except BenchmarkError as problem:
            print(f"{engine} is left out ({problem}); `python3 dev.py bench` installs the peers.")
    return found


def check_same_numbers(python: str, engines: list[str]) -> None:
    """Raise BenchmarkError unless every engine computes the same data and gradients: else times mean nothing."""
    for program, size, others in (("readme", 0, engines), ("moons", 6, engines), ("chain", 10, engines)):
        arguments = [program, *(["--size", str(size)] if size else [])]
        ours = work(python, "numbers", "glassgrad", *arguments)
        for engine in others:
            compare(ours, work(python, "numbers", engine, *arguments), f"{engine}, {program}")
    through_nn = work(python, "numbers", "glassgrad", "moons_nn", "--size", "6")
    compare(through_nn, work(python, "numbers", "glassgrad", "moons", "--size", "6"), "moons_nn")


def compare(ours: object, theirs: object, what: str) -> None:
    """Raise BenchmarkError where two lists of numbers differ by more than rounding."""
    assert isinstance(ours, list) and isinstance(theirs, list)
    close = [math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs)]  # noqa: B905
    if len(ours) != len(theirs) or not all(close):
        raise BenchmarkError(f"{what}: another result than ours, so the times are not compared")


def figure(python: str, engine: str, job: Job, least: float) -> float:
    """Return one figure of one engine: seconds for each of the job's units, or bytes."""
    arguments = [job.program, *(["--size", str(job.size)] if job.size else [])]
    if job.task == "seconds":
        arguments += ["--collector", job.collector, "--seconds", str(least)]
    found = work(python, job.task, engine, *arguments)
    assert isinstance(found, float)
    return found / (job.size or 1) if job.task == "seconds" else found


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


# -- the table -----------------------------------------------------------------------------------------------------


def table(figures: Figures, engines: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row."""
    for _, _, group in GROUPS:
        for row in group:
            found = {engine: figures.get((engine, row.job(engine)), []) for engine in ENGINES}  # type: ignore[arg-type]
            cells = [shown(found[engine], row) for engine in ENGINES]
            ratios = [ratio(found, "micrograd", spread=True), ratio(found, "torch")]
            yield (row.what, *cells, *ratios, row.goal.text if row.goal else "", verdict(row.goal, found))


def shown(values: list[float], row: Row) -> str:
    """Return the median with its unit."""
    return f"{median(values) * row.scale:.3g} {row.unit}" if values else "–"


def ratio(found: dict[str, list[float]], peer: str, spread: bool = False) -> str:
    """Return how many times ours goes into the peer's, and the least and most of a round."""
    if not found[peer]:
        return "–"
    middle = median(found[peer]) / median(found["glassgrad"])
    rounds = [theirs / ours for theirs, ours in zip(found[peer], found["glassgrad"])]  # noqa: B905
    return f"{middle:.3g} ({min(rounds):.3g}-{max(rounds):.3g})" if spread else f"{middle:.3g}"


def verdict(goal: Goal | None, found: dict[str, list[float]]) -> str:
    """Return whether the goal, and the aim beyond it, was met."""
    if goal is None or (goal.kind == "times micrograd" and not found["micrograd"]):
        return ""
    ours = median(found["glassgrad"])
    if goal.kind == "times micrograd":
        reached = median(found["micrograd"]) / ours
        return "aim met" if reached >= goal.aim else "yes" if reached >= goal.least else "**no**"
    return "aim met" if ours <= goal.aim else "yes" if ours <= goal.least else "**no**"


def without_missing(rows: list[tuple[str, ...]], engines: list[str]) -> list[tuple[str, ...]]:
    """Leave out the columns of the peers that are missing."""
    missing = [peer for peer in PEERS if peer not in engines]
    kept = [i for i, name in enumerate(HEADER) if not any(name.startswith(peer) for peer in missing)]
    return [tuple(row[i] for i in kept) for row in rows]


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the first of which is the header, as a table."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def page(rows: list[tuple[str, ...]], python: str, found: dict[str, str]) -> str:
    """Return RESULTS.md."""
    named = ", ".join(f"{engine} {version}" for engine, version in found.items())
    return f"""# Results

Medians of processor time, each figure from a process of its own, the engines in turn; [README.md](README.md) says how.
Only the ratios mean something on another machine, or on this one at another hour.

{markdown(without_missing([HEADER, *rows], list(found)))}

- Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}
- Python {python_version(python)}; {named}
- Command: `python3 dev.py bench`
- Date: {datetime.date.today().isoformat()}
"""


def processor() -> str:
    """Return the name of the processor, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named.group(1) if named else platform.processor() or "unknown processor"


def python_version(python: str) -> str:
    """Return the version of another interpreter."""
    said = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]


def main() -> int:
    """Read the command line, measure, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("--peers", metavar="PYTHON", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--quick", action="store_true", help="one short round; prints the table, writes no file")
    parser.add_argument("--output", metavar="FILE", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    try:
        found = versions(options.peers)
        check_same_numbers(options.peers, list(found))
        text = page(list(table(measure(options.peers, list(found), options.quick), list(found))), options.peers, found)
    except (BenchmarkError, OSError) as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        return 2
    print(text)
    if not options.quick:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
