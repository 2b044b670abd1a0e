"""The moons step in C: moons.c compiled for this machine, in blocks of the size that is fastest for the batch."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from compiled_programs.moons import L2

from autograd.structure import flatten

from .contract import RATE, Run, inputs

SOURCE = Path(__file__).resolve().parent.parent / "moons.c"
COMPILER = os.environ.get("CC", "cc")
# Vectors in a block, and the tile of accumulators: rows of weights x vectors.
SHAPES = [(1, 4, 1), (4, 4, 2), (8, 2, 4), (13, 2, 13)]
ALIGNED = 64

if shutil.which(COMPILER) is None:
    raise ImportError(f"no C compiler {COMPILER!r}")
VERSION = subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def run(name: str, rows: int) -> Run:
    """Return the run of the fastest shape; there is no gradient without a step."""
    if name != "moons":
        raise ValueError("only the moons step is written in C")
    with tempfile.TemporaryDirectory() as folder:  # what is loaded stays loaded
        made = [Steps(build(shape, folder), rows) for shape in SHAPES]
    fastest = min(made, key=lambda steps: steps.seconds(max(1, 20_000 // rows)))
    fastest.restart()
    return Run(None, None, fastest, lambda: list(fastest.params))


def build(shape: tuple[int, int, int], folder: str) -> ctypes.CDLL:
    """Compile moons.c with blocks and tiles of this shape."""
    library = os.path.join(folder, "moons_{}_{}_{}.so".format(*shape))
    sizes = [f"-D{name}={size}" for name, size in zip(("BLOCK", "TILE", "SPAN"), shape, strict=True)]
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([COMPILER, *flags, *sizes, "-o", library, str(SOURCE)], check=True, capture_output=True)
    return ctypes.CDLL(library)


class Steps:
    """Training steps of one compiled shape on one batch, padded to whole blocks."""

    def __init__(self, library: ctypes.CDLL, rows: int):
        self.steps = library.steps
        self.steps.restype = ctypes.c_double
        params, (points, labels) = inputs("moons", rows)
        self.start = flatten(params)[0]
        padding = -rows % library.block_lanes()
        self.padded = rows + padding
        columns = [[*column, *[0.0] * padding] for column in (*zip(*points, strict=True), labels, [1.0 / rows] * rows)]
        self.params, self.gradient = aligned(self.start), aligned(self.start)
        self.points = aligned([*columns[0], *columns[1]])
        self.labels, self.share = aligned(columns[2]), aligned(columns[3])

    def __call__(self, n: int) -> float:
        arrays = (self.params, self.gradient, self.points, self.labels, self.share)
        sizes = (ctypes.c_long(self.padded), ctypes.c_long(n), ctypes.c_double(RATE), ctypes.c_double(L2))
        loss: float = self.steps(*arrays, *sizes)
        return loss

    def restart(self) -> None:
        """Go back to the parameters of the beginning."""
        self.params[:] = self.start

    def seconds(self, n: int) -> float:
        """Return the least processor time of n steps in a few trials."""
        trials = []
        for _ in range(5):
            before = time.process_time()
            self(n)
            trials.append(time.process_time() - before)
        return min(trials)


def aligned(numbers: list[float]) -> Any:
    """Return an array of doubles that begins at an address whole vectors may be read from."""
    n = len(numbers)
    memory = ctypes.create_string_buffer(8 * n + ALIGNED)
    array = (ctypes.c_double * n).from_buffer(memory, -ctypes.addressof(memory) % ALIGNED)
    array[:] = numbers
    return array
