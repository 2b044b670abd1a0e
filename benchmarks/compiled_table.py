"""Turn what was seen of compiled programs into tables: times, goals, what compiling costs, what was found to group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from statistics import median
from typing import Any

from compiled_cases import ENGINES, GOALS, OURS, Contest, Goal
from compiled_run import Seen
from table import footnote, markdown, three_digits

TASKS = {"gradient": "loss and gradient of a batch, one call", "steps": "one training step"}

TIMES = "Medians, in brackets how many times ours; a process for each engine of a contest, in turn."
RATIOS = "Ratios of medians, in brackets the least and the greatest of a round."


def section(seen: Seen, python: str) -> str:
    """Return what RESULTS.md says of compiled programs."""
    parts = [
        TIMES,
        *times(seen),
        f"### Goals\n\n{RATIOS}\n\n" + markdown([("what", "ratio", "goal", "met"), *goals(seen)]),
        "### First result\n\n" + markdown([COSTS, *costs(seen.first)]),
        "### Compile time and memory by size\n\n" + markdown([COSTS, *costs(seen.curves)]),
        "### What was found\n\n" + markdown(list(found(seen.first))),
        *(["### Left out\n\n" + "\n".join(f"- {line}" for line in seen.left_out)] if seen.left_out else []),
        footnote(python, seen.versions, "compiled"),
    ]
    return "\n\n".join(parts)


def times(seen: Seen) -> Iterator[str]:
    """Yield a table for each program and task: a row for each batch, a column for each engine."""
    for (program, task, wall), group in groupby(seen.contests, lambda c: (c.program, c.task, c.wall)):
        contests = list(group)
        clock = ", time that passes" if wall else ""
        ran = {engine for contest in contests for engine in contest.engines if (engine, contest.key) in seen.times}
        engines = [engine for engine in ENGINES if engine in ran]
        rows = [("B", *engines), *(batch(seen, contest, engines) for contest in contests)]
        yield f"### {program}: {TASKS[task]}{clock}\n\n{markdown(rows)}"


def batch(seen: Seen, contest: Contest, engines: Iterable[str]) -> tuple[str, ...]:
    """Return the cells of one batch: the time, and in brackets how many times ours."""
    ours = seen.times.get((OURS, contest.key))
    return (f"{contest.rows:,}", *(cell(seen.times.get((engine, contest.key)), ours) for engine in engines))


def cell(times: list[float] | None, ours: list[float] | None) -> str:
    """Return a time in microseconds and its ratio to ours."""
    if not times:
        return "–"
    ratio = f" ({three_digits(median(times) / median(ours))})" if ours and times is not ours else ""
    return f"{three_digits(median(times) * 1e6)} µs{ratio}"


def goals(seen: Seen) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table of goals, those of which both sides ran."""
    for goal in GOALS:
        above, below = seen.times.get(goal.above), seen.times.get(goal.below)
        if above and below:
            yield judged(goal, above, below)


def judged(goal: Goal, above: list[float], below: list[float]) -> tuple[str, ...]:
    """Return the row of one goal: the ratio of medians, and the least and greatest of a round."""
    ratio = median(above) / median(below)
    of_a_round = sorted(a / b for a, b in zip(above, below, strict=True))
    spread = f" ({three_digits(of_a_round[0])} to {three_digits(of_a_round[-1])})" if len(above) > 1 else ""
    return goal.what, three_digits(ratio) + spread, goal.text, goal.verdict(ratio)


COSTS = ("program", "equations", "imports, s", "first result, s: cold", "warm", "stages of the cold one, s", "peak, MB")


def costs(seen: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield what the first result of each program costs, in a fresh process, with the cache cold and warm."""
    for program, found in seen.items():
        cold, warm = found["cold"], found["warm"]
        stages = ", ".join(f"{name} {three_digits(s)}" for name, s in cold["stats"]["seconds"].items())
        figures = (cold["import"], cold["first"], warm["first"])
        shown = [f"{cold['stats']['equations']:,}", *map(three_digits, figures), stages, f"{cold['peak'] / 1e6:,.0f}"]
        yield (program, *shown)


def found(seen: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield what the passes left of each program, the groups found, and the share of work in groups of at least 8."""
    passes = dict.fromkeys(name for found in seen.values() for name in found["cold"]["stats"]["passes"])
    yield ("program", "recorded", *passes, "normal form", "groups", "kernels", "work in groups of 8 or more")
    for program, result in seen.items():
        stats = result["cold"]["stats"]
        counts = [stats["equations"], *(stats["passes"].get(name, 0) for name in passes), stats["nodes"]]
        counts += [stats["groups"], stats["kernels"]]
        yield (program, *(f"{count:,}" for count in counts), f"{stats['in groups of 8 or more']:.1%}")
