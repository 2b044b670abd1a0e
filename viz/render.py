"""Turn DOT into pixels with the first engine that is there.

First the program `dot`, a process of its own; then pygraphviz, whose wheels carry Graphviz. The third engine, "text",
needs nothing: it is the drawing as a tree of characters.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from .errors import NoEngineError, PictureError

FORMATS = ("svg", "png", "pdf")
TIMEOUT = 60.0  # seconds for one layout by the program dot
HOW_TO = (
    'for pictures install Graphviz: pip install "glassgrad[dot]" (Linux with glibc, macOS, Windows on x64), '
    "or the program: apt install graphviz (Debian, Ubuntu), brew install graphviz (macOS), "
    "winget install graphviz (Windows)"
)

# Graphviz as a library keeps global state.
_LOCK = threading.Lock()


class _MissingError(Exception):
    """Say that an engine is not on this machine, or does not work."""


def render(source: str, form: str, engine: str = "auto") -> bytes:
    """Return the picture of the DOT text `source` as svg, png or pdf.

    `engine` is "auto", "dot", "pygraphviz" or "text". Raises PictureError for another engine, NoEngineError when none
    of the engines asked for works here or when a layout takes longer than a minute.
    """
    reasons = []
    for name in candidates(engine):
        try:
            return ENGINES[name](source, form)
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


def _dot(source: str, form: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise _MissingError("no such program on PATH")
    try:
        done = subprocess.run([program, f"-T{form}"], input=source.encode(), capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise NoEngineError(f"dot was stopped after {TIMEOUT:g} s; draw a smaller part of the graph") from None
    except OSError as error:  # not runnable; in a browser there are no processes at all
        raise _MissingError(str(error)) from None
    if done.returncode != 0 or not done.stdout:
        raise _MissingError(done.stderr.decode(errors="replace").strip()[:200] or f"exit status {done.returncode}")
    return done.stdout


def _pygraphviz(source: str, form: str) -> bytes:
    try:
        from pygraphviz import AGraph
    except (ImportError, OSError):
        raise _MissingError("not installed") from None
    with _LOCK, _quiet():
        return AGraph(string=source).draw(format=form, prog="dot")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the font library inside Graphviz writes off the terminal; an error still comes as an exception."""
    try:
        saved = os.dup(2)
    except OSError:  # there is no standard error to keep clean
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


ENGINES: dict[str, Callable[[str, str], bytes]] = {"dot": _dot, "pygraphviz": _pygraphviz}
