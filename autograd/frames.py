"""Where the user's program is: the innermost frame outside this project and what it calls on its way."""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from types import FrameType

OURS = frozenset(("autograd", "nn", "viz", "numpy", "contextlib", "functools"))


def frame_of_user() -> FrameType:
    """Return that frame; the outermost if all are ours."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        frame = frame.f_back
    return frame


def line_of_user() -> str:
    """Return ' (file:line: source)' of it."""
    frame = frame_of_user()
    file, line = frame.f_code.co_filename, frame.f_lineno
    return f" ({os.path.basename(file)}:{line}: {linecache.getline(file, line).strip()})".replace(": )", ")")


def warn_user(sentence: str, category: type[Warning] = UserWarning) -> None:
    """Warn, and name the user's line as the place."""
    frame = frame_of_user()
    seen = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__", "")
    warnings.warn_explicit(sentence, category, frame.f_code.co_filename, frame.f_lineno, module, seen)
