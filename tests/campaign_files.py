"""Damaged model files: truncations and replaced bytes are refused, or change nothing that is read (FAULTS F3, C16)."""

import random
import tempfile
from pathlib import Path

from outcome import Outcome

from autograd.errors import CheckpointError
from nn import MLP
from nn.checkpoint import load, save

WHAT = "model file: every truncation, and one byte replaced: refused with CheckpointError, or not one bit differs"
QUICK, FULL = 300, 10_000  # replaced bytes


def state(model):
    return [(name, x.hex()) for name, x in model.state_dict().items()]


def fault_of(path, content, expected, what):
    """Return a text if loading `content` does anything but refuse it or give the expected model."""
    path.write_bytes(content)
    try:
        got = state(load(path))
    except CheckpointError:
        return ""
    except Exception as error:
        return f"{what}: load raised {error!r}"
    return "" if got == expected else f"{what}: load gave another model"


def damaged(content, flips, rng):
    """Yield (what, damaged content): every truncation, then `flips` times one byte replaced by another."""
    for length in range(len(content)):
        yield f"the first {length} of {len(content)} bytes", content[:length]
    for _ in range(flips):
        i, change = rng.randrange(len(content)), rng.randrange(1, 256)
        flipped = bytearray(content)
        flipped[i] ^= change
        yield f"byte {i} replaced by {bytes(flipped[i : i + 1])!r}", bytes(flipped)


def run(size, seed):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model = MLP(2, [2, 1], seed=seed)
        save(model, path, {"epoch": 3})
        content, expected = path.read_bytes(), state(model)
        faults = [fault_of(path, bad, expected, what) for what, bad in damaged(content, size, rng)]
    return Outcome(f"{len(content):,} truncations, {size:,} flips", [fault for fault in faults if fault])
