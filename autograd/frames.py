"""Where the user's program is: the innermost frame outside this project and what it calls on its way."""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from traceback import walk_tb
from types import FrameType

OURS = frozenset(("autograd", "nn", "viz", "numpy"))
LIBRARY = os.path.dirname(os.__file__) + os.sep  # Python's own modules: functools, heapq, ...
INSTALLED = os.path.join(LIBRARY, "site-packages")


def frame_of_user() -> FrameType:
    """Return that frame; the outermost if all are ours."""
    frame = sys._getframe(1)
    while frame.f_back and _is_ours(frame):
        frame = frame.f_back
    return frame


def line_of_user() -> str:
    """Return ' (file:line: source)' of it."""
    frame = frame_of_user()
    return _place(frame, frame.f_lineno)


def line_of_error(error: BaseException) -> str:
    """Return ' (file:line: source)' of the innermost of the user's frames that an error came through; "" if of none."""
    places = [(frame, line) for frame, line in walk_tb(error.__traceback__) if not _is_ours(frame)]
    return _place(*places[-1]) if places else ""


def _is_ours(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    plain = file.startswith(LIBRARY) and not file.startswith(INSTALLED)
    return plain or frame.f_globals.get("__name__", "").partition(".")[0] in OURS


def _place(frame: FrameType, line: int) -> str:
    file = frame.f_code.co_filename
    return f" ({os.path.basename(file)}:{line}: {linecache.getline(file, line).strip()})".replace(": )", ")")


def warn_user(sentence: str, category: type[Warning] = UserWarning) -> None:
    """Warn, and name the user's line as the place."""
    frame = frame_of_user()
    seen = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__", "")
    warnings.warn_explicit(sentence, category, frame.f_code.co_filename, frame.f_lineno, module, seen)
