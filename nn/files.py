"""Write a file so that whoever reads it finds the old text or the new one, never a part: also after a crash.

The text goes into a new file in the same folder, is forced to the disk, and is then renamed in one step.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import stat
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Put `text`, as UTF-8, in the place of whatever `path` held. A link is followed.

    Raises OSError where that cannot be done; then `path` is as it was. Ctrl-C, too, leaves the old or the new text.
    """
    target = Path(os.path.realpath(path))
    check_writable(target)
    _remove_stale(target)
    temporary = target.with_name(f"{_prefix(target)}{os.getpid()}.{secrets.token_hex(8)}.tmp")
    try:
        _write(temporary, text.encode("utf-8"), _mode(target))
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def check_writable(path: Path) -> None:
    """Raise OSError if `path` exists but is no regular file that may be written: it must not be replaced."""
    if not path.exists():
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _mode(target: Path) -> int:
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666


def _write(path: Path, content: bytes, mode: int) -> None:
    # O_EXCL: a name that is taken, or a link laid in its place, is refused.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    # The rename itself must reach the disk; Windows cannot open a folder and needs no such thing.
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_stale(target: Path) -> None:
    # What a killed process left: files with our own prefix whose process is gone.
    for path in target.parent.glob(f"{glob.escape(_prefix(target))}*.tmp"):
        process = path.name.removeprefix(_prefix(target)).split(".")[0]
        if process.isdecimal() and not _is_alive(int(process)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere there is no harmless way to ask
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
