"""The modes of a thread or task: recording or not, strict or IEEE, watching for anomalies or not, tracing a program."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, ParamSpec, TypeVar
from weakref import ref

P = ParamSpec("P")
R = TypeVar("R")


class Modes:
    """The modes of one thread or task: never changed, only replaced by others."""

    def __init__(
        self,
        recording: bool = True,
        ieee: bool = False,
        anomaly: bool = False,
        tracing: bool = False,
        quick: bool = False,
        origins: dict[Any, str] | None = None,
    ):
        self.recording, self.ieee, self.anomaly = recording, ieee, anomaly
        # A program is being recorded: no number may be overwritten; it may take the shorter formula of a derivative.
        self.tracing, self.quick = tracing, quick
        # With anomaly: the line of the user's program that made a node.
        self.origins = None if not anomaly else {} if origins is None else origins


DEFAULT = Modes()  # a new thread begins with these
_MODES = ContextVar("modes", default=DEFAULT)
current = _MODES.get

# A weak reference to all modes but the default that exist in any thread. While it is empty, an operation need not ask
# for its own: that is the whole cost of the modes on the fast path. What nobody holds any longer leaves it by itself.
ACTIVE: list[ref[Modes]] = []


def _changed(**changes: bool) -> Modes:
    """Return the modes of this thread with some of them changed."""
    new = Modes(**(vars(current()) | changes))
    if vars(new) == vars(DEFAULT):
        return DEFAULT
    ACTIVE.append(ref(new, ACTIVE.remove))
    return new


class Mode:
    """Set modes of this thread inside a `with` block or, as a decorator, while a function runs.

    The function runs in a copy of the context (`contextvars`), which Python throws away however the call ends, with all
    that was set in it: Ctrl-C at no point leaves a mode behind. A `with` cannot promise that for the moments in which
    it begins and ends, so everything in this project that needs a mode is decorated.
    """

    def __init__(self, **changes: bool):
        self.changes = changes
        self.saved: list[dict[str, bool]] = []

    def __call__(self, f: Callable[P, R]) -> Callable[P, R]:
        if isgeneratorfunction(f) or isasyncgenfunction(f) or iscoroutinefunction(f):
            raise TypeError(
                f"{f.__name__} runs after its call has returned, outside the mode: "
                "write `with` and the mode inside it, around what the mode is for"
            )

        @wraps(f)
        def inside(*args: P.args, **kwargs: P.kwargs) -> R:
            if self._holds():
                return f(*args, **kwargs)
            return copy_context().run(self._run, f, args, kwargs)

        return inside

    def __enter__(self) -> None:
        modes = vars(current())
        self.saved.append({name: modes[name] for name in self.changes})
        _MODES.set(_changed(**self.changes))

    def __exit__(self, *exception: object) -> None:
        _MODES.set(_changed(**self.saved.pop()))

    def _holds(self) -> bool:
        """Tell whether this changes nothing here: the fast path stays open then."""
        return self.changes.items() <= vars(current()).items()

    def _run(self, f: Callable[..., R], args: Any, kwargs: Any) -> R:
        _MODES.set(_changed(**self.changes))
        return f(*args, **kwargs)


def no_grad() -> Mode:
    """Stop recording: results inside are constants without parents (as `torch.no_grad`).

    >>> from autograd import Value
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    return Mode(recording=False)


def recording() -> Mode:
    """Record whatever mode is set outside: a function under differentiation answers for itself."""
    return Mode(recording=True)


def differentiating() -> Mode:
    """Record and follow IEEE 754, as every walk does that makes a graph of a derivative: it never raises."""
    return Mode(recording=True, ieee=True)


def tracing(quick: bool) -> Mode:
    """Record a program, with short formulas of derivatives or with the accurate ones, as in a new thread otherwise."""
    return Mode(recording=True, ieee=False, anomaly=False, tracing=True, quick=quick)


def ieee() -> Mode:
    """Follow IEEE 754 where the default raises: `1 / 0` is inf, `log(-1)` is nan (as PyTorch and JAX do).

    >>> from autograd import log
    >>> with ieee():
    ...     log(0.0)
    -inf
    """
    return Mode(ieee=True)


def detect_anomaly() -> Mode:
    """Raise NonFiniteError at the operation that makes the first nan or inf, forward or backward.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     Value(1e308, label="huge") * 10  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: mul: 1e+308 ('huge') * 10.0 is inf (...)
    """
    return Mode(anomaly=True)
