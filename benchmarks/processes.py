"""Start a worker and read what it prints: every figure comes from a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import takewhile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class BenchmarkError(Exception):
    """One sentence that says why there is no figure."""


def answer(python: str, script: str, arguments: list[str], *, ours: bool, **variables: str) -> Any:
    """Return what a script of this folder prints; with `ours`, it can import glassgrad."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if ours:
        kept["PYTHONPATH"] = str(HERE.parent)
    command = [python, str(HERE / script), *arguments]
    done = subprocess.run(command, env=kept | variables, capture_output=True, text=True)
    if done.returncode:
        task = " ".join(takewhile(lambda argument: not argument.startswith("--"), arguments))
        raise BenchmarkError(f"{task}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return json.loads(done.stdout)
