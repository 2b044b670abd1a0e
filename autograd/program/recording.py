"""Run a function once on symbols: the program of one example, of its value or of its value and gradient."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from .. import ops
from ..engine import Value
from ..errors import GraphError
from ..modes import Mode, recording
from ..primitive import describe
from ..pullback import pull_back
from .arguments import Form, Numbers, rebuilt, size
from .equations import Program
from .graph import program
from .symbol import Symbol, traced

FROZEN = (
    "{name} drew random numbers while it was recorded: every run of the program has the same ones; draw outside and "
    "hand the numbers over as an argument"
)


@dataclass(frozen=True)
class Recorded:
    """The program of one example as it was recorded.

    `forms` are the forms of what it puts out in order: what the function returns, then the gradient by each argument
    asked for.
    """

    program: Program
    forms: tuple[Form, ...]


def record(
    f: Callable[..., Any],
    forms: Sequence[Form],
    wanted: Sequence[int] | None = None,
    seeded: bool = False,
    quick: bool = False,
) -> Recorded:
    """Return the program of `f` on arguments of these forms; `wanted` are the arguments to differentiate by, if any.

    A `seeded` program has one more input, the last, by which every output is multiplied. A `quick` one has the short
    formulas of derivatives. Raises GraphError where a gradient is wanted and f returns no scalar, TypeError where f
    returns no numbers.
    """
    starts = [sum(map(size, forms[:k])) for k in range(len(forms) + 1)]
    symbols = [Symbol(f"x{k}") for k in range(starts[-1])]
    seeds = [Symbol("seed")] if seeded else []
    args = [rebuilt(form, symbols, start) for form, start in zip(forms, starts, strict=False)]
    with _afresh(quick), _watched(f), traced() as made:
        outputs, found = _outputs(f(*args), wanted is not None)
        targets = [x for n in wanted or () for x in symbols[starts[n] : starts[n + 1]]]
        slopes = [] if wanted is None else pull_back(outputs[0], seeds[0] if seeded else 1.0, targets)
        outputs = [ops.mul(y, seed) for y in outputs for seed in seeds] or outputs
    whole = program(_values([*outputs, *slopes]), [*symbols, *seeds], made)
    return Recorded(whole, (found, *(forms[n] for n in wanted or ())))


def _outputs(out: Any, scalar: bool) -> tuple[list[Value], Form]:
    if scalar and not isinstance(out, (Value, int, float)):
        raise GraphError(f"value_and_grad: the function must return one scalar, got {describe(out)}")
    numbers = Numbers("what a compiled function returns")
    form = numbers.add(out)
    return _values(numbers.listed()), form


def _values(outputs: Sequence[Any]) -> list[Value]:
    return [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in outputs]


@contextmanager
def _afresh(quick: bool) -> Iterator[None]:
    """Record as by default, whatever modes are set outside: the program outlives them."""
    with ExitStack() as stack:
        modes = {"ieee": False, "anomaly": False, "tracing": True, "quick": quick}
        for mode in (recording(), *(Mode(name, value) for name, value in modes.items())):
            stack.enter_context(mode)
        yield


@contextmanager
def _watched(f: Callable[..., Any]) -> Iterator[None]:
    """Warn where `f` draws random numbers."""
    before = _random_states()
    yield
    if _random_states() != before:
        warnings.warn(FROZEN.format(name=named(f)), stacklevel=2)


def _random_states() -> tuple[Any, ...]:
    numpy = sys.modules.get("numpy.random")
    return (random.getstate(), None if numpy is None else str(numpy.get_state(legacy=False)))


def named(f: Callable[..., Any]) -> str:
    """Return the name of a function for a message."""
    return getattr(f, "__name__", repr(f))
