"""Reliability campaigns: long searches for a wrong number, one module `campaign_<name>.py` each.

Each has WHAT it does, a QUICK and a FULL size, and `run(size, seed)`, which returns an Outcome. Quick sizes run with
the tests; `python3 dev.py campaign --full` runs the full ones and writes what it saw into benchmarks/RELIABILITY.md.
"""

import argparse
import importlib
import platform
import random
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from outcome import SHOWN

NAMES = (
    *(
        "integers",
        "floats",
        "compiled",
        "native",
        "protocol",
        "accuracy",
        "grid",
        "types",
        "interrupts",
        "threads",
        "processes",
    ),
    *("depth", "files", "kills", "peers", "flags", "mutants"),
)
PAGE = Path(__file__).resolve().parent.parent / "benchmarks" / "RELIABILITY.md"
LIBRARIES = ("mpmath", "hypothesis", "cosmic-ray", "numpy")
HEAD = """\
# Reliability

What each campaign of `python3 dev.py campaign --full` saw in its last full run. A campaign that fails prints the
smallest program it can find and ends with status 1; `--seed` repeats a run.

| campaign | what | size | failures | seen | seed | seconds | versions |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def module(name):
    return importlib.import_module(f"campaign_{name}")


def run(name, full, seed):
    """Run one campaign and print what it saw; return its outcome and the seconds it took."""
    campaign = module(name)
    size = campaign.FULL if full else campaign.QUICK
    print(f"{name}: {campaign.WHAT} (seed {seed})", flush=True)
    start = time.perf_counter()
    outcome = campaign.run(size, seed)
    seconds = time.perf_counter() - start
    for text in filter(None, [outcome.report, *map(indented, outcome.failures[:SHOWN])]):
        print(text)
    print(f"    {sentence(outcome)}, {seconds:.1f} s", flush=True)
    return outcome, seconds


def sentence(outcome):
    if outcome.skipped:
        return f"skipped: {outcome.skipped}"
    return ", ".join(filter(None, [outcome.size, f"{len(outcome.failures)} failures", outcome.figure]))


def indented(failure):
    return "\n".join(f"    | {line}" for line in failure.splitlines())


def versions():
    """Return Python, system and the libraries that the campaigns measure with."""
    found = [f"Python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def row(name, outcome, seconds, seed):
    """Return the row of the table for one outcome."""
    seen = outcome.skipped or outcome.figure
    size, failures = (outcome.size, str(len(outcome.failures))) if not outcome.skipped else ("skipped", "")
    cells = [name, module(name).WHAT, size, failures, seen, str(seed), f"{seconds:.0f}", versions()]
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |\n"


def rows_of(text):
    """Return the rows of a page by name."""
    lines = [line for line in text.splitlines(keepends=True) if line.startswith("| ") and line.endswith(" |\n")]
    return {line.split(" | ")[0][2:]: line for line in lines if line.split(" | ")[0][2:] in NAMES}


def sections_of(text):
    """Return the reports of a page by name: what stands under a heading of its own."""
    parts = text.split("\n## ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}


def page(old, name, line, report):
    """Return the page with the row and the report of one campaign in place of its old ones."""
    rows, sections = {**rows_of(old), name: line}, {**sections_of(old), name: report}
    table = "".join(rows[key] for key in NAMES if key in rows)
    tail = "".join(f"\n## {key}\n\n{sections[key]}\n" for key in NAMES if sections.get(key))
    return HEAD + table + tail


def write(name, outcome, seconds, seed):
    old = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(old, name, row(name, outcome, seconds, seed), outcome.report), "utf-8")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="dev.py campaign", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; without: all")
    parser.add_argument("--full", action="store_true", help=f"full sizes, and write benchmarks/{PAGE.name}")
    parser.add_argument("--seed", type=int, help="repeat the run with this seed; without: a new one")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no campaign {unknown[0]!r}; there are {', '.join(NAMES)}")
    return options


def main(arguments=None):
    options = parse(arguments)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    failed = []
    for name in options.names or NAMES:
        outcome, seconds = run(name, options.full, seed)
        failed += [name] * bool(outcome.failures)
        if options.full:
            write(name, outcome, seconds, seed)
    print(f"failed with seed {seed}: {', '.join(failed)}" if failed else "no failures")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
