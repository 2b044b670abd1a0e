"""Start a worker and read what it prints: every engine has a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

HERE = Path(__file__).resolve().parent


class BenchmarkError(Exception):
    """One sentence that says why there is no figure."""


def answer(python: str, script: str, arguments: list[str], *, ours: bool, **variables: str) -> Any:
    """Return what a script of this folder prints; with `ours`, it can import glassgrad."""
    command = [python, str(HERE / script), *arguments]
    done = subprocess.run(command, env=surroundings(ours) | variables, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(sentence(arguments, done.stderr))
    return json.loads(done.stdout)


def surroundings(ours: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | ({"PYTHONPATH": str(HERE.parent)} if ours else {})


def sentence(arguments: list[str], errors: str) -> str:
    task = " ".join(takewhile(lambda argument: not argument.startswith("--"), arguments))
    return f"{task}: {(errors.strip().splitlines() or ['no word'])[-1]}"


class Worker:
    """A process that answers one question after the other, a line each, until it is let go."""

    def __init__(self, python: str, script: str, arguments: list[str]):
        self.arguments = arguments
        self.errors = TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - the worker's own
        self.process = subprocess.Popen(
            [python, str(HERE / script), *arguments],
            env=surroundings(ours=True), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip

    def ask(self, *question: str) -> Any:
        """Return the answer. Raises BenchmarkError where there is none."""
        assert self.process.stdin and self.process.stdout
        try:
            print(*question, sep="\t", file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            raise BenchmarkError(sentence(self.arguments, self.close())) from None

    def close(self) -> str:
        """Let the process go; return what it said of errors, the first time."""
        with contextlib.suppress(OSError):
            self.process.communicate()
        if self.errors.closed:
            return ""
        with self.errors:
            self.errors.seek(0)
            return self.errors.read()
