"""What the table shows: rows of jobs and goals, in groups whose jobs take turns."""

from __future__ import annotations

from typing import NamedTuple

ENGINES = ("glassgrad", "micrograd", "torch")
PEERS = ENGINES[1:]


class Job(NamedTuple):
    """One thing for a worker to do; seconds are divided by `size` if there is one."""

    task: str
    program: str
    size: int = 0
    collector: str = "on"


Figures = dict[tuple[str, Job], list[float]]


class Goal(NamedTuple):
    """What ours must reach: at least so many times micrograd, or at most so much; `aim` is what we want beyond it."""

    over_micrograd: bool
    limit: float
    aim: float | None = None
    unit: str = ""
    scale: float = 1.0

    @property
    def text(self) -> str:
        """Return the goal as the table shows it."""
        sign = "at least" if self.over_micrograd else "at most"
        aim = f" (aim {self.aim * self.scale:g})" if self.aim is not None else ""
        return f"{sign} {self.limit * self.scale:g}{self.unit}{aim}"

    def verdict(self, reached: float) -> str:
        """Return whether the figure reached meets the goal, or even the aim."""
        sign = -1 if self.over_micrograd else 1
        if self.aim is not None and sign * reached <= sign * self.aim:
            return "yes, and the aim"
        return "yes" if sign * reached <= sign * self.limit else "**no**"


class Row(NamedTuple):
    """One row of the table: our job and, where they differ, micrograd's and torch's; None where there is none."""

    what: str
    unit: str
    scale: float
    ours: Job
    micrograd: Job | None
    torch: Job | None
    goal: Goal | None = None

    def job(self, engine: str) -> Job | None:
        """Return the job of this engine."""
        return {"glassgrad": self.ours, "micrograd": self.micrograd, "torch": self.torch}[engine]


LINEAR = Goal(False, 0.8e-6, unit=" µs", scale=1e6)
README = Job("seconds", "readme")
MOONS, MOONS_NN = Job("seconds", "moons"), Job("seconds", "moons_nn")
MOONS_OFF = MOONS._replace(collector="off")


def chain_rows(size: int, power: int) -> list[Row]:
    """Return the rows of one chain, collector on and off."""
    rows = []
    for collector in ("on", "off"):
        job = Job("seconds", "chain", size, collector)
        goal = LINEAR if collector == "off" else None
        what = f"chain of 10^{power}, each operation, collector {collector}"
        rows.append(Row(what, "µs", 1e6, job, job, job if collector == "on" else None, goal))
    return rows


def longest_chain() -> Row:
    job = Job("seconds", "chain", 10**7, "off")
    return Row("chain of 10^7, each operation, collector off", "µs", 1e6, job, None, None, LINEAR)


def bytes_row(what: str, program: str, goal: Goal | None = None) -> Row:
    job = Job("bytes", program)
    return Row(what, "bytes", 1.0, job, job, None, goal)  # tracemalloc does not see what torch allocates


# (name, rounds, rows): within a group the engines take turns, and a job that several rows need is done once a round.
GROUPS: list[tuple[str, int, list[Row]]] = [
    ("README", 9, [
        Row("README expression, forward and backward", "µs", 1e6, README, README, README, Goal(True, 2.5, 4)),
    ]),
    ("moons", 9, [
        Row("moons step, operation by operation", "ms", 1e3, MOONS, MOONS, MOONS, Goal(True, 10, 15)),
        Row("the same, ours with the collector off, micrograd's on", "ms", 1e3, MOONS_OFF, MOONS, None, Goal(True, 20)),
        Row("the same, both off", "ms", 1e3, MOONS_OFF, MOONS_OFF, None),
        Row("moons step, ours through nn", "ms", 1e3, MOONS_NN, MOONS, MOONS, Goal(True, 80, 130)),
    ]),
    ("chains of 10^3", 5, chain_rows(10**3, 3)),
    ("chains of 10^4", 5, chain_rows(10**4, 4)),
    ("chains of 10^5", 5, chain_rows(10**5, 5)),
    ("chains of 10^6", 3, chain_rows(10**6, 6)),
    ("chain of 10^7", 3, [longest_chain()]),
    ("bytes", 1, [
        bytes_row("bytes per operation before backward, Values as operands", "chain", Goal(False, 176, 128)),
        bytes_row("the same, plain numbers as operands", "numbers_chain"),
    ]),
]  # fmt: skip
