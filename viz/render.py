"""Turn DOT into pixels with the first engine that is there.

First the program `dot`, then pygraphviz, whose wheels carry Graphviz. Both run in a process of their own, so that a
layout that takes too long can be stopped. The third engine, "text", needs nothing: it is a tree of characters.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

from .errors import NoEngineError, PictureError

FORMATS = ("svg", "png", "pdf")
TIMEOUT = 30.0  # seconds for one layout
HOW_TO = (
    'for pictures install Graphviz: pip install "glassgrad[dot]" (Linux with glibc, macOS, Windows on x64), '
    "or the program: apt install graphviz (Debian, Ubuntu), brew install graphviz (macOS), "
    "winget install graphviz (Windows)"
)

# What the second process runs. It forgets the current folder first: a student's own file there may have any name.
_PYGRAPHVIZ = """
import sys
del sys.path[0]
from pygraphviz import AGraph
sys.stdout.buffer.write(AGraph(string=sys.stdin.buffer.read().decode()).draw(format=sys.argv[1], prog="dot"))
"""


class _MissingError(Exception):
    """Say that an engine is not on this machine, or does not work."""


def render(source: str, form: str, engine: str = "auto") -> bytes:
    """Return the picture of the DOT text `source` as svg, png or pdf.

    `engine` is "auto", "dot", "pygraphviz" or "text". Raises PictureError for another engine, NoEngineError when none
    of the engines asked for works here or when a layout takes longer than half a minute.
    """
    reasons = []
    for name in candidates(engine):
        try:
            return _run(name, ENGINES[name](form), source)
        except _MissingError as reason:
            reasons.append(f"{name}: {reason}")
    raise NoEngineError(f"no engine can write {form} here ({'; '.join(reasons) or 'text has no pixels'}); {HOW_TO}")


def candidates(engine: str) -> list[str]:
    """Return the engines to try, in order.

    >>> candidates("auto"), candidates("text")
    (['dot', 'pygraphviz'], [])
    """
    known = ["auto", *ENGINES, "text"]
    if engine not in known:
        raise PictureError(f"unknown engine {engine!r}; choose one of {', '.join(known)}")
    return [name for name in ENGINES if engine in ("auto", name)]


def engine_found() -> bool:
    """Say whether there is an engine for pictures at all."""
    return shutil.which("dot") is not None or find_spec("pygraphviz") is not None


def _dot(form: str) -> list[str]:
    program = shutil.which("dot")
    if program is None:
        raise _MissingError("no such program on PATH")
    return [program, f"-T{form}"]


def _pygraphviz(form: str) -> list[str]:
    if find_spec("pygraphviz") is None:
        raise _MissingError("not installed")
    return [sys.executable, "-c", _PYGRAPHVIZ, form]


ENGINES: dict[str, Callable[[str], list[str]]] = {"dot": _dot, "pygraphviz": _pygraphviz}


def _run(name: str, command: list[str], source: str) -> bytes:
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a console would flash up
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=TIMEOUT, creationflags=no_window
        )
    except subprocess.TimeoutExpired:
        raise NoEngineError(f"{name} was stopped after {TIMEOUT:g} s; draw a smaller part of the graph") from None
    except OSError as error:  # not runnable; in a browser there are no processes at all
        raise _MissingError(str(error)) from None
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _MissingError(said[-1][:200] if said else f"exit status {done.returncode}")
    return done.stdout
