"""The three modes of a thread: recording or not, strict or IEEE, watching for anomalies or not."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any


class _State(threading.local):
    """Hold the modes of one thread; a new thread begins with these."""

    recording = True
    ieee = False
    anomaly = False
    tracing = False  # a program is being recorded: numbers may not be overwritten
    quick = False  # and it may use the shorter of two formulas for a derivative
    origins: dict[Any, str] | None = None  # with anomaly: the line of the user's program that made a node


STATE = _State()

# One entry for every context that is open in any thread. While it is empty, an operation need not ask STATE:
# that is the whole cost of the modes on the fast path.
ACTIVE: list[str] = []


class Mode(ContextDecorator):
    """Set one mode of this thread inside a `with` block or a decorated function."""

    def __init__(self, name: str, value: bool):
        self.name, self.value = name, value
        self.saved: list[bool] = []

    def _recreate_cm(self) -> Mode:
        return Mode(self.name, self.value)  # a decorated function may run in several threads at once

    def __enter__(self) -> None:
        self.saved.append(getattr(STATE, self.name))
        ACTIVE.append(self.name)
        setattr(STATE, self.name, self.value)
        if self.name == "anomaly" and STATE.origins is None:
            STATE.origins = {}

    def __exit__(self, *exception: object) -> None:
        setattr(STATE, self.name, self.saved.pop())
        ACTIVE.remove(self.name)
        if not STATE.anomaly:
            STATE.origins = None


def no_grad() -> Mode:
    """Stop recording: results inside are constants without parents (as `torch.no_grad`).

    >>> from autograd import Value
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    return Mode("recording", False)


def recording() -> Mode:
    """Record whatever mode is set outside: a function under differentiation answers for itself."""
    return Mode("recording", True)


def ieee() -> Mode:
    """Follow IEEE 754 where the default raises: `1 / 0` is inf, `log(-1)` is nan (as PyTorch and JAX do).

    >>> from autograd import log
    >>> with ieee():
    ...     log(0.0)
    -inf
    """
    return Mode("ieee", True)


def detect_anomaly() -> Mode:
    """Raise NonFiniteError at the operation that makes the first nan or inf, forward or backward.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     Value(1e308, label="huge") * 10  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: mul: 1e+308 ('huge') * 10.0 is inf (...)
    """
    return Mode("anomaly", True)
