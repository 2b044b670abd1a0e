"""What is compared of compiled programs: contests whose engines take turns, and the goals."""

from __future__ import annotations

from typing import Any, NamedTuple


class Engine(NamedTuple):
    """A module of compiled_engines/, what its `run` is told, and how near to float64 its numbers must come."""

    module: str
    options: dict[str, Any]
    tolerance: float = 1e-9


SINGLE = {"dtype": "float32"}
NEAR = 1e-3

ENGINES: dict[str, Engine] = {
    "native": Engine("ours", {"engine": "native"}),
    "native, 2 threads": Engine("ours", {"engine": "native", "threads": 2}),
    "native strict": Engine("ours", {"engine": "native", "strict": True}),
    "native float32": Engine("ours", {"engine": "native", **SINGLE}, NEAR),
    "numpy": Engine("ours", {"engine": "numpy"}),
    "python": Engine("ours", {"engine": "python"}),
    "C": Engine("c_peer", {}),
    "JAX": Engine("jax_peer", {}),
    "JAX, a call a step": Engine("jax_peer", {"scan": False}),
    "JAX float32": Engine("jax_peer", SINGLE, NEAR),
    "PyTorch": Engine("torch_peer", {}),
    "PyTorch, 2 threads": Engine("torch_peer", {"threads": 2}),
    "PyTorch float32": Engine("torch_peer", SINGLE, NEAR),
    "torch.compile": Engine("torch_peer", {"compiled": True}),
    "NumPy by hand": Engine("numpy_peer", {}),
    "micrograd": Engine("micrograd_peer", {}),
    "plain Values": Engine("plain_peer", {}),
    "eager Values": Engine("values", {}),
}
OURS = "native"

NATIVE = ("native", "native strict", "native float32", "numpy")
PEERS = ("JAX", "JAX float32", "PyTorch", "PyTorch float32", "torch.compile", "NumPy by hand")
STEPPERS = (*NATIVE, "python", "C", "JAX", "JAX, a call a step", *PEERS[1:])
TWO = ("native", "native, 2 threads", "PyTorch", "PyTorch, 2 threads")


BY_HAND = ("moons", "digits", "wide", "transformer", "transformer_15", "recurrence")

Key = tuple[str, str, int, bool]


class Contest(NamedTuple):
    """One program on one batch. `task` is "gradient", one call from Python, or "steps", training steps in a loop.

    The clock is the processor time of the process; with `wall` it is the time that passes.
    """

    program: str
    task: str
    rows: int
    engines: tuple[str, ...]
    rounds: int = 3
    wall: bool = False

    @property
    def key(self) -> Key:
        """Return what its times are kept under."""
        return (self.program, self.task, self.rows, self.wall)

    @property
    def reference(self) -> str:
        """Return the engine that is right: Values, or where they take too long, what was checked against them."""
        return "NumPy by hand" if self.rows > 16 and self.program in BY_HAND else "eager Values"


def gradients(program: str, batches: tuple[int, ...], *engines: str) -> list[Contest]:
    """Return the contests for the gradient of a program at several batch sizes."""
    return [Contest(program, "gradient", rows, engines) for rows in batches]


CONTESTS: list[Contest] = [
    Contest("moons", "steps", 1, (*STEPPERS, "micrograd"), 5),
    Contest("moons", "steps", 100, (*STEPPERS, "micrograd"), 5),
    Contest("moons", "steps", 10_000, tuple(engine for engine in STEPPERS if engine != "python"), 5),
    *gradients("moons", (1, 100, 10_000), *NATIVE, *PEERS),
    *gradients("digits", (1, 16, 128), *NATIVE, "python", *PEERS),
    *gradients("wide", (1, 100, 1000), *NATIVE, *PEERS),
    Contest("wide", "gradient", 1000, TWO, wall=True),
    *gradients("transformer", (1, 16), *NATIVE, "python", *PEERS, "plain Values"),
    *gradients("transformer", (64,), *NATIVE, *PEERS),
    *gradients("transformer_15", (16,), *NATIVE, *PEERS),
    *gradients("recurrence", (1, 16, 128), *NATIVE, "python", *PEERS),
    Contest("digits", "steps", 16, (*NATIVE, "JAX", "PyTorch")),
    Contest("transformer", "steps", 16, (*NATIVE, "JAX", "PyTorch")),
    Contest("recurrence", "steps", 16, (*NATIVE, "JAX", "PyTorch")),
    *(contest for program in ("gated", "convolution", "mixture_density", "pendulum", "pendulum_ring",
                              "gaussian_mixture")
      for contest in gradients(program, (1, 16, 128), *NATIVE, "python", "eager Values")),
]  # fmt: skip

# Small enough for the tests: one contest of each kind, and every engine once.
QUICK: list[Contest] = [
    Contest("moons", "steps", 4, (*STEPPERS, "micrograd"), 1),
    Contest("moons", "gradient", 4, ("native", "native, 2 threads", "PyTorch, 2 threads", "eager Values"), 1, True),
    Contest("transformer", "gradient", 1, ("NumPy by hand", "plain Values"), 1),
]

# What compiling costs: programs whose first result is timed, and programs of growing size.
FIRST = ("moons", "digits", "wide", "transformer", "transformer_15", "recurrence", "gated", "convolution",
         "mixture_density", "pendulum", "pendulum_ring", "gaussian_mixture")  # fmt: skip
CURVES = tuple(f"{kind}_{10**k}" for kind in ("mlp", "recurrence") for k in (3, 4, 5, 6))
QUICK_FIRST, QUICK_CURVES = FIRST[:1], CURVES[:1]


class Goal(NamedTuple):
    """How often the time of `below` must go into the time of `above`, at least, or at most if `most`."""

    what: str
    above: tuple[str, Key]
    below: tuple[str, Key]
    limit: float
    aim: float | None = None
    most: bool = False

    @property
    def text(self) -> str:
        """Return the goal as the table shows it."""
        aim = f" (aim {self.aim:,g})" if self.aim is not None else ""
        return f"at {'most' if self.most else 'least'} {self.limit:,g}{aim}"

    def verdict(self, ratio: float) -> str:
        """Return whether a ratio meets the goal, or even the aim."""
        sign = 1 if self.most else -1
        if self.aim is not None and sign * ratio <= sign * self.aim:
            return "yes, and the aim"
        return "yes" if sign * ratio <= sign * self.limit else "**no**"


def over(peer: str, program: str, rows: int, limit: float, aim: float | None = None, task: str = "gradient") -> Goal:
    """Return the goal to be so many times as fast as a peer."""
    key = (program, task, rows, False)
    return Goal(f"{peer} / ours, {program}, {task}, B = {rows:,}", (peer, key), (OURS, key), limit, aim)


def within(ours: str, peer: str, key: Key, limit: float, aim: float | None = None) -> Goal:
    """Return the goal to take at most so many times as long as something else."""
    program, task, rows, _ = key
    return Goal(f"{ours} / {peer}, {program}, {task}, B = {rows:,}", (ours, key), (peer, key), limit, aim, most=True)


WIDE = ("wide", "gradient", 1000, True)

GOALS: list[Goal] = [
    within(OURS, "C", ("moons", "steps", 100, False), 1.0, 0.7),
    within(OURS, "C", ("moons", "steps", 10_000, False), 1.2, 0.9),
    over("JAX", "moons", 100, 4, task="steps"),
    over("PyTorch", "moons", 100, 60, task="steps"),
    over("plain Values", "transformer", 16, 25_000, 50_000),
    over("plain Values", "transformer", 1, 3_000, 10_000),
    over("JAX", "transformer", 16, 4),
    over("JAX", "transformer", 1, 4),
    over("PyTorch", "transformer", 16, 12),
    over("JAX", "recurrence", 16, 12),
    over("PyTorch", "recurrence", 16, 150),
    over("PyTorch", "wide", 1000, 1),
    Goal("one thread / two, wide, gradient, B = 1,000", (OURS, WIDE), ("native, 2 threads", WIDE), 1.7),
    *(within("native strict", OURS, (program, "gradient", 16, False), 2.0)
      for program in ("digits", "transformer", "recurrence", "gated", "convolution", "mixture_density", "pendulum",
                      "pendulum_ring", "gaussian_mixture")),
]  # fmt: skip
