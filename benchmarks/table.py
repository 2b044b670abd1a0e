"""Turn figures into RESULTS.md: medians, ratios, goals."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from cases import ENGINES, GROUPS, PEERS, Figures, Goal, Row

HEADER = ("what", *ENGINES, "micrograd / ours (of a round)", "torch / ours", "goal", "met")


def table(figures: Figures) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row."""
    for _, _, group in GROUPS:
        for row in group:
            found = {engine: found_by(figures, engine, row) for engine in ENGINES}
            cells = [shown(found[engine], row) for engine in ENGINES]
            ratios = [ratio(found, "micrograd") + spread(found, "micrograd"), ratio(found, "torch")]
            yield (row.what, *cells, *ratios, row.goal.text if row.goal else "", verdict(row.goal, found))


def found_by(figures: Figures, engine: str, row: Row) -> list[float]:
    """Return the figures of one engine for one row, none if there is no such job or engine."""
    job = row.job(engine)
    return figures.get((engine, job), []) if job else []


def shown(values: list[float], row: Row) -> str:
    """Return the median with its unit."""
    return f"{three_digits(median(values) * row.scale)} {row.unit}" if values else "–"


def three_digits(x: float) -> str:
    """Return a number as a reader wants it: 1,390 or 14.2 or 0.563."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def ratio(found: dict[str, list[float]], peer: str) -> str:
    """Return how many times our median goes into the peer's."""
    return three_digits(median(found[peer]) / median(found["glassgrad"])) if found[peer] else "–"


def spread(found: dict[str, list[float]], peer: str) -> str:
    """Return the least and the greatest ratio of a round, if there were several."""
    ratios = sorted(theirs / ours for theirs, ours in zip(found[peer], found["glassgrad"], strict=False))
    return f" ({three_digits(ratios[0])} to {three_digits(ratios[-1])})" if len(ratios) > 1 else ""


def verdict(goal: Goal | None, found: dict[str, list[float]]) -> str:
    """Return whether the goal, and the aim beyond it, was met."""
    if goal is None or (goal.over_micrograd and not found["micrograd"]):
        return ""
    ours = median(found["glassgrad"])
    return goal.verdict(median(found["micrograd"]) / ours if goal.over_micrograd else ours)


def without_missing(rows: list[tuple[str, ...]], engines: Iterable[str]) -> list[tuple[str, ...]]:
    """Leave out the columns of the peers that are missing."""
    missing = [peer for peer in PEERS if peer not in engines]
    kept = [i for i, name in enumerate(HEADER) if not any(name.startswith(peer) for peer in missing)]
    return [tuple(row[i] for i in kept) for row in rows]


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the first of which is the header, as a table."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def section(rows: Iterable[tuple[str, ...]], python: str, found: dict[str, str]) -> str:
    """Return what RESULTS.md says of the eager engines."""
    named = [f"{engine} {version}" for engine, version in found.items()]
    return f"{markdown(without_missing([HEADER, *rows], found))}\n\n{footnote(python, named, 'eager')}"


def footnote(python: str, named: Iterable[str], part: str) -> str:
    """Return the machine, the versions and the command behind a section."""
    return f"""- Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}
- Python {python_version(python)}; {", ".join(dict.fromkeys(named))}
- Command: `python3 dev.py bench {part}`
- Date: {datetime.date.today().isoformat()}
"""


INTRODUCTION = """# Results

Medians, of processor time unless a table says otherwise, every engine in a process of its own, the engines in turn;
[README.md](README.md) says how.
Only the ratios mean something on another machine, or on this one at another hour.
"""
TITLES = {"eager": "Operation by operation", "compiled": "Compiled"}


def page(sections: dict[str, str], previous: str = "") -> str:
    """Return RESULTS.md; a section that was not measured stays as it was in the previous page."""
    kept = dict(re.findall(r"^## (.*)\n\n((?:(?!## ).*\n)*)", previous, re.MULTILINE))
    text = {title: sections.get(part) or kept.get(title, "").rstrip("\n") + "\n" for part, title in TITLES.items()}
    return "\n".join([INTRODUCTION, *(f"## {title}\n\n{body}" for title, body in text.items() if body.strip())])


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
