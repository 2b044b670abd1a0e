"""Write a file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .errors import OutputError, PictureError


def suffix_of(path: str | os.PathLike[str], known: Sequence[str]) -> str:
    """Return the suffix of `path` without its dot; raise PictureError, which lists `known`, for any other.

    >>> suffix_of("neuron.SVG", ["svg", "png"])
    'svg'
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in known:
        raise PictureError(f"{os.fspath(path)!r}: the suffix must be one of {', '.join('.' + name for name in known)}")
    return suffix


def write(path: str | os.PathLike[str], content: bytes) -> str:
    """Write `content` to `path` and return the path; on any failure an existing file stays as it was.

    The bytes go to a new file in the same folder, which then takes the name in one step. Raises OutputError where the
    folder is missing or cannot be written, and for what is no ordinary writable file.
    """
    target = Path(os.path.realpath(path))
    try:
        _refuse_special(target)
        _replace(target, content)
    except OSError as error:
        raise OutputError(f"cannot write {os.fspath(path)!r}: {_reason(target, error)}") from None
    return os.fspath(path)


def _refuse_special(target: Path) -> None:
    if target.exists() and not target.is_file():
        raise OSError("It is no ordinary file")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _replace(target: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _mode(target: Path) -> int:
    # mkstemp makes a private file; a picture gets the rights of the file it replaces, or of any new file.
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(target: Path, error: OSError) -> str:
    if not target.parent.is_dir():
        return f"there is no folder {os.fspath(target.parent)!r}; make it first"
    if target.is_dir():
        return "it is a folder; give the name of a file"
    return f"{(error.strerror or str(error)).lower()}; choose another place"
