"""What a campaign hands back: how much it did, what failed, and the figure it saw."""

import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

SHOWN = 5  # minimal programs per campaign: the others fail for the same few reasons


class Outcome(NamedTuple):
    """`size` says what was done, `failures` holds one text each, `skipped` is the reason where nothing was done."""

    size: str
    failures: list[str]
    figure: str = ""
    skipped: str = ""
    report: str = ""


def rngs(size: int, seed: int) -> Iterable[random.Random]:
    """Yield a generator of its own for each case, so that a case does not depend on those before it."""
    return (random.Random(f"{seed}:{k}") for k in range(size))


def failures_of(cases: Iterable, check: Callable[[object], str], minimal: Callable[[object], str]) -> list[str]:
    """Return a text for each case that `check` finds fault with; the first few are made minimal."""
    failures: list[str] = []
    for case in cases:
        fault = check(case)
        if fault:
            failures.append(minimal(case) if len(failures) < SHOWN else fault)
    return failures
