"""Write many attributes at once: all of them or, if Ctrl-C comes between, none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Change = tuple[Any, str, Any]


def commit(changes: Iterable[Change]) -> None:
    """Set every (object, attribute, value); on any exception put the old values back and raise it again.

    >>> from types import SimpleNamespace as Thing
    >>> a, b = Thing(size=1), object()
    >>> commit([(a, "size", 2), (b, "size", 2)])
    Traceback (most recent call last):
    AttributeError: 'object' object has no attribute 'size'
    >>> a.size
    1
    """
    changes = list(changes)
    before = [getattr(thing, name) for thing, name, _ in changes]
    try:
        for thing, name, value in changes:
            setattr(thing, name, value)
    except BaseException:
        for (thing, name, _), value in zip(changes, before, strict=True):
            setattr(thing, name, value)
        raise
