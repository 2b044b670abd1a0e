"""Steps of training as one call: the gradient of a batch, then the update of every parameter, again and again."""

from __future__ import annotations

import ctypes
import math
import os
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from ..planning.plan import Plan
from .driver import AT
from .executor import Native, block_of, loaded
from .llvm import target
from .memory import Buffer, address
from .writer import Writer

# The places in a job: what runs the gradient and the update, then what a caller sets.
JOB = (
    "gradient", "gradient frame", "update", "update frame", "batches", "results", "row", "hyper size",
    "extra", "extra size", "next", "params", "params size", "state", "state size", "numbers", "hyper", "losses",
    "limits", "norm size", "value size",
)  # fmt: skip
AT_JOB = {name: 8 * k for k, name in enumerate(JOB)}
BATCH = 24  # bytes of a batch's place: where its blocks begin, how many rows it has, where their outputs go
SMALL = 1e-6  # what is added to the gradient's norm before the limit is divided by it
LANES = 512  # parameters that are updated at once: their columns stay in the processor's nearest cache


class Steps:
    """Be the training of parameters, with the data in memory in the order in which machine code reads it.

    `gradient` has the outputs loss, one derivative for each parameter, then any others; its sums are over a batch.
    `update` is a plan whose rows are the parameters: its data are the columns p, g, s1, ... and the seed, its lane
    outputs the new p, s1, ...; its params are the hyper-parameters of a step and then the gradient's other outputs.
    `params`, and `state` (s1 of all parameters, then s2, ...) are updated in place. The gradient's norm is limited to
    `norm` before an update, then each of its numbers to `value`. Raises ImportError without llvmlite.
    """

    def __init__(
        self,
        gradient: Plan,
        update: Plan,
        params: array[float],
        state: array[float],
        *,
        batch: int,
        dtype: str = "float64",
        norm: float | None = None,
        value: float | None = None,
    ):
        host = target(os.environ.get("GLASSGRAD_FEATURES", ""))
        self.params, self.state, self.batch = params, state, batch
        self.gradient = Native(gradient, block_of(gradient, batch, dtype, host), host)
        self.update = Native(update, block_of(update, len(params), dtype, host, LANES, LANES), host, by_column=True)
        self.loop, _, _ = loaded(training(), host)
        self._steps = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(self.loop.address("steps"))
        self._load = self.gradient.function("load", 3)
        self._space, self._updating = self.gradient.workspace(), self.update.workspace()
        self.next = array("d", bytes(8 * (len(params) + len(state))))
        self.row = array("d", bytes(8 * update.params))
        self.resident, self.batches = Buffer(0), array("q")
        self.lanes = array("d")  # the gradient's outputs for each row, in the order of `load`
        self.limits = array("d", [norm or 0.0, value or 0.0])
        limited = {"norm size": norm is not None, "value size": value is not None}
        self.job = self._job(update.params, {name: given * len(params) for name, given in limited.items()})

    def load(self, data: Any, rows: int, order: Sequence[int] | None = None) -> None:
        """Bring in `rows` rows of numbers without the seed, in this order, cut into batches."""
        order = array("q", range(rows) if order is None else order)
        native, space = self.gradient, self._space
        runs, width = array("q", [address(data), native.plan.data - 1]), len(native.kept)
        space["rows in"], space["runs"], space["order"] = address(runs), 1, address(order)
        self.batches, self.lanes = array("q"), array("d", bytes(8 * rows * width))
        for place, first, count in self._places(rows):
            space["rows"] = count
            self._load(space.address, place, first)
            self.batches.extend((place, count, address(self.lanes) + 8 * first * width))
        self._set("batches", address(self.batches))

    def _places(self, rows: int) -> list[tuple[int, int, int]]:
        """Return for each batch where its blocks will be resident, its first row and how many it has."""
        block = self.gradient.block
        size = block.lanes * self.gradient.plan.data * block.size
        firsts = range(0, rows, self.batch)
        counts = [min(self.batch, rows - first) for first in firsts]
        ends = [0, *accumulate(-(-count // block.lanes) * size for count in counts)]
        if ends[-1] > self.resident.size:
            self.resident = Buffer(ends[-1])
        return [(self.resident.address + end, first, n) for end, first, n in zip(ends, firsts, counts, strict=False)]

    def run(self, numbers: Sequence[int], hyper: Any) -> tuple[array[float], int]:
        """Take a step on each of the batches with these numbers; return the losses, and how many steps were taken.

        `hyper` are the hyper-parameters, one row for each step. The first step whose loss, gradient or new parameter
        is not finite is not taken, and is the last; its loss is among the losses.
        """
        losses, chosen = array("d", bytes(8 * len(numbers))), array("q", numbers)
        self._set("numbers", address(chosen))
        self._set("hyper", address(hyper))
        self._set("losses", address(losses))
        taken = self._steps(self.job.buffer_info()[0], len(numbers)) if numbers else 0
        self.gradient.forget()
        return losses[: taken + 1], taken

    @property
    def derivatives(self) -> array[float]:
        """The gradient of the last step."""
        return self._space.shared[1 : 1 + len(self.params)]

    def _set(self, name: str, value: int) -> None:
        self.job[AT_JOB[name] // 8] = value

    def _job(self, width: int, limited: dict[str, int]) -> array[int]:
        """Return what machine code needs to know, and tell the frames where their numbers are."""
        n, results = len(self.params), self._space.shared
        extra = len(results) - 1 - n
        column = [address(self.params), address(results) + 8]
        column += [address(self.state) + 8 * k for k in range(0, len(self.state), n)]
        self._columns = array("q", column)
        self._targets = array("q", [address(self.next) + 8 * k for k in range(0, len(self.next), n)])
        updating = self._updating
        self._space["params in"], updating["params in"], updating["rows"] = address(self.params), address(self.row), n
        updating["rows in"], updating["rows out"] = address(self._columns), address(self._targets)
        values = {
            "gradient": self.gradient.code.address("whole"), "gradient frame": self._space.address,
            "update": self.update.code.address("whole"), "update frame": self._updating.address,
            "results": address(results), "row": address(self.row), "hyper size": width - extra,
            "extra": address(results) + 8 * (1 + n), "extra size": extra, "next": address(self.next),
            "params": address(self.params), "params size": n, "state": address(self.state),
            "state size": len(self.state), "limits": address(self.limits), **limited,
        }  # fmt: skip
        return array("q", [values.get(name, 0) for name in JOB])


def training() -> str:
    """Return the text of the loop over steps, the same for all programs."""
    return _Loop().text()


class _Loop:
    """Write the loop over steps."""

    def __init__(self) -> None:
        self.w = Writer("double", 1)

    def text(self) -> str:
        """Return the function: it runs n steps unless one goes wrong, and returns how many it ran."""
        w = self.w

        def body(carried: list[str]) -> tuple[str, list[str]]:
            done = self.step(carried[0])
            following = w.whole("add", carried[0], w.let(f"zext i1 {done} to i64"))
            more = w.let(f"icmp slt i64 {following}, %n")
            return w.let(f"and i1 {done}, {more}"), [following]

        (taken,) = w.repeat(body, [("i64", "0")])
        w.do(f"ret i64 {taken}")
        return w.function("steps", ("ptr %job", "i64 %n"), "i64")

    def step(self, k: str) -> str:
        """Take step k; return whether it was taken."""
        w, frame = self.w, self.pointer("gradient frame")
        batch = w.place(self.pointer("batches"), w.whole("mul", self.item("numbers", k), BATCH))
        for name, at in (("resident", 0), ("rows", 8), ("rows out", 16)):
            w.do(f"store i64 {w.load_whole(w.place(batch, at))}, ptr {w.place(frame, AT[name])}")
        regular = self.called("gradient", frame)
        w.store(w.load(self.pointer("results")), w.place(self.pointer("losses"), w.whole("mul", k, 8)))
        (taken,) = w.when(regular, lambda: [self.limited(k)], [("i1", "false")])
        return taken

    def limited(self, k: str) -> str:
        """Limit the gradient and update all parameters; return whether the gradient's norm and they are finite."""
        w, limits, gradient = self.w, self.pointer("limits"), self.w.place(self.pointer("results"), 8)
        norm = self.norm(gradient)
        small = w.binary("fdiv", w.load(limits), w.binary("fadd", norm, w.number(SMALL)))
        scale = self.least(w.number(1.0), small)
        self.changed(gradient, "norm size", lambda g: w.binary("fmul", g, scale))
        value = w.load(w.place(limits, 8))
        least = w.negative(value)
        self.changed(gradient, "value size", lambda g: self.least(self.greatest(g, least), value))
        finite = w.compare("olt", norm, w.number(math.inf))
        (taken,) = w.when(finite, lambda: [self.updated(k)], [("i1", "false")])
        return taken

    def norm(self, gradient: str) -> str:
        """Return the root of the sum of squares of the gradient, 0 where nobody limits it."""
        w = self.w

        def body(i: str, carried: list[str]) -> list[str]:
            g = w.load(w.place(gradient, w.whole("mul", i, 8)))
            return [w.binary("fadd", carried[0], w.binary("fmul", g, g))]

        (total,) = w.loop_if_any(self.count("norm size"), body, [(w.vector, w.number(0.0))])
        return w.intrinsic("sqrt", total)

    def changed(self, place: str, count: str, change: Callable[[str], str]) -> None:
        """Change so many numbers."""
        w = self.w

        def body(i: str, _: list[str]) -> list[str]:
            at = w.place(place, w.whole("mul", i, 8))
            w.store(change(w.load(at)), at)
            return []

        w.loop_if_any(self.count(count), body)

    def least(self, a: str, b: str) -> str:
        """Return the smaller of two numbers."""
        return self.w.select(self.w.compare("olt", b, a), b, a)

    def greatest(self, a: str, b: str) -> str:
        """Return the larger of two numbers."""
        return self.w.select(self.w.compare("ogt", b, a), b, a)

    def updated(self, k: str) -> str:
        """Update all parameters; return whether they are finite."""
        w, row, size = self.w, self.pointer("row"), self.count("hyper size")
        self.copy(w.place(self.pointer("hyper"), w.whole("mul", k, w.whole("mul", size, 8))), row, size)
        self.copy(self.pointer("extra"), w.place(row, w.whole("mul", size, 8)), self.count("extra size"))
        regular = self.called("update", self.pointer("update frame"))
        w.when(regular, self.adopted)
        return regular

    def adopted(self) -> list[str]:
        """Let the new parameters and their state take the place of the old."""
        source, n = self.pointer("next"), self.count("params size")
        self.copy(source, self.pointer("params"), n)
        self.copy(self.w.place(source, self.w.whole("mul", n, 8)), self.pointer("state"), self.count("state size"))
        return []

    def called(self, name: str, frame: str) -> str:
        """Call a plan's function; return whether the run was regular."""
        result = self.w.let(f"call i64 {self.pointer(name)}(ptr {frame})")
        return self.w.let(f"icmp eq i64 {result}, 0")

    def copy(self, source: str, target: str, count: str) -> None:
        """Copy doubles."""
        w = self.w

        def body(i: str, _: list[str]) -> list[str]:
            at = w.whole("mul", i, 8)
            w.store(w.load(w.place(source, at)), w.place(target, at))
            return []

        w.loop_if_any(count, body)

    def item(self, name: str, k: str) -> str:
        """Return whole number k of an array of the job."""
        return self.w.load_whole(self.w.place(self.pointer(name), self.w.whole("mul", k, 8)))

    def pointer(self, name: str) -> str:
        """Return an address of the job."""
        return self.w.load_pointer(self.w.place("%job", AT_JOB[name]))

    def count(self, name: str) -> str:
        """Return a whole number of the job."""
        return self.w.load_whole(self.w.place("%job", AT_JOB[name]))
