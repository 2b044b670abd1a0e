"""A fresh interpreter: for tests of what holds from the first line of a program to its last."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import autograd

ROOT = Path(autograd.__file__).parents[1]


def run(program: str, *options: str, **environment: str) -> str:
    """Run `program` in a new interpreter with these options and variables; return what it printed."""
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-3000:]}"
    return done.stdout
