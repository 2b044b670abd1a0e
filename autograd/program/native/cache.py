"""Machine code kept on disk, so that a later process need not make it again.

A file is named by a hash of all that the code depends on, begins with a hash of what follows, and is written under
another name first: two processes cannot disturb each other, and a damaged file is made again. A file of another user's
is not read. Where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FORMAT = "glassgrad native 1"
MOST = 256 * 2**20  # bytes kept; beyond, what was used longest ago goes
SUFFIX, UNFINISHED = ".o", ".part"
ABANDONED = 3600  # seconds after which nobody is writing a file any more
DIGEST = 32


def kept(parts: tuple[str, ...], make: Callable[[], bytes]) -> tuple[bytes, bool]:
    """Return the code that `parts` name, and whether it was on disk; otherwise it is made and kept."""
    folder = place()
    if folder is None:
        return make(), False
    path = folder / (hashlib.sha256("\0".join((FORMAT, *parts)).encode()).hexdigest() + SUFFIX)
    code = _read(path)
    if code is not None:
        return code, True
    code = make()
    with contextlib.suppress(OSError):
        _write(path, code)
        _trim(folder)
        _sweep(folder)
    return code, False


def place() -> Path | None:
    """Return the folder: GLASSGRAD_CACHE, or the user's folder for caches; None where that is "off" or unknown."""
    given = os.environ.get("GLASSGRAD_CACHE", "")
    if given:
        return None if given == "off" else Path(given)
    try:
        return _users() / "glassgrad"
    except RuntimeError:  # there is no home
        return None


def _users() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _read(path: Path) -> bytes | None:
    """Return what is in a file if it is whole, and mark it as used."""
    try:
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            return None
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:DIGEST], content[DIGEST:]
    if hashlib.sha256(code).digest() != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return code


def _write(path: Path, code: bytes) -> None:
    """Write a file under a name of its own, then give it the right one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _trim(folder: Path) -> None:
    """Remove what was used longest ago until the rest fits."""
    files = sorted(((s.st_mtime, s.st_size, p) for p in folder.glob("*" + SUFFIX) if (s := _status(p))), reverse=True)
    total = 0
    for _, size, path in files:
        total += size
        if total > MOST:
            with contextlib.suppress(OSError):
                path.unlink()


def _sweep(folder: Path) -> None:
    """Remove what processes were writing when they were killed."""
    for path in folder.glob("*" + UNFINISHED):
        status = _status(path)
        if status is not None and time.time() - status.st_mtime > ABANDONED:
            with contextlib.suppress(OSError):
                path.unlink()


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
