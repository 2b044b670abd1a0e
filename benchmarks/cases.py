"""What the table shows: rows of jobs and goals, in groups whose jobs take turns."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """One thing for a worker to do; seconds are divided by `size` if there is one."""

    task: str
    program: str
    size: int = 0
    collector: str = "on"


class Goal(NamedTuple):
    """What ours must reach: `least` is the goal, `aim` what we want; times micrograd, or at most so many units."""

    kind: str
    least: float
    aim: float
    unit: str = ""
    scale: float = 1.0

    @property
    def text(self) -> str:
        """Return the goal as the table shows it."""
        sign = ">=" if self.kind == "times micrograd" else "<="
        return f"{sign} {self.least * self.scale:g}{self.unit} (aim {self.aim * self.scale:g})"


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


def times(least: float, aim: float) -> Goal:
    return Goal("times micrograd", least, aim)


README = Job("seconds", "readme")
MOONS, MOONS_NN = Job("seconds", "moons"), Job("seconds", "moons_nn")
MOONS_OFF = MOONS._replace(collector="off")


def chain_rows(size: int, power: int) -> list[Row]:
    """Return the rows of one chain, collector on and off."""
    rows = []
    for collector in ("on", "off"):
        job = Job("seconds", "chain", size, collector)
        goal = Goal("at most", 0.8e-6, 0.6e-6, " µs", 1e6) if size >= 10**6 and collector == "off" else None
        what = f"chain of 10^{power}, each operation, collector {collector}"
        rows.append(Row(what, "µs", 1e6, job, job, job if collector == "on" else None, goal))
    return rows


def longest_chain() -> Row:
    job = Job("seconds", "chain", 10**7, "off")
    goal = Goal("at most", 0.8e-6, 0.6e-6, " µs", 1e6)
    return Row("chain of 10^7, each operation, collector off", "µs", 1e6, job, None, None, goal)


def bytes_row(what: str, program: str, goal: Goal | None = None) -> Row:
    job = Job("bytes", program)
    return Row(what, "", 1.0, job, job, None, goal)  # tracemalloc does not see what torch allocates


# (name, rounds, rows)
GROUPS: list[tuple[str, int, list[Row]]] = [
    ("README", 9, [
        Row("README expression, forward and backward", "µs", 1e6, README, README, README, times(2.5, 4)),
    ]),
    ("moons", 9, [
        Row("moons step, operation by operation", "ms", 1e3, MOONS, MOONS, MOONS, times(10, 15)),
        Row("the same, ours with the collector off, micrograd's on", "ms", 1e3, MOONS_OFF, MOONS, None, times(20, 20)),
        Row("the same, both off", "ms", 1e3, MOONS_OFF, MOONS_OFF, None),
        Row("moons step, ours through nn", "ms", 1e3, MOONS_NN, MOONS, MOONS, times(80, 130)),
    ]),
    ("chains of 10^3", 5, chain_rows(10**3, 3)),
    ("chains of 10^4", 5, chain_rows(10**4, 4)),
    ("chains of 10^5", 5, chain_rows(10**5, 5)),
    ("chains of 10^6", 3, chain_rows(10**6, 6)),
    ("chain of 10^7", 3, [longest_chain()]),
    ("bytes", 1, [
        bytes_row("bytes per operation before backward, Values as operands", "chain", Goal("at most", 176, 128)),
        bytes_row("the same, plain numbers as operands", "numbers_chain"),
    ]),
]  # fmt: skip
