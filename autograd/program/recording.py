"""Run a function once on symbols: the program of one example, of its value or of its value and gradient."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import ops
from ..engine import Value
from ..errors import GraphError, TraceError
from ..frames import line_of_error, warn_user
from ..modes import tracing
from ..primitive import LEAF, describe
from ..pullback import pull_back
from .arguments import Form, Numbers, rebuilt, size, starts
from .chance import drawn_since, random_states
from .closure import held_by
from .collector import collector_paused
from .equations import Program
from .graph import program
from .refusals import INDEX
from .symbol import Symbol, traced

FROZEN = (
    "{name} drew random numbers while it was recorded: every run of the program has the same ones, and the programs of "
    "its value, of its gradient and of other shapes each have their own; draw outside and hand the numbers over as an "
    "argument"
)
CLOSED = (
    "{name} uses Values that are not its arguments ({count}): every run of the program has the numbers they have now; "
    "make them arguments to vary them, or use their .data"
)
REFERENCES = getattr(sys, "getrefcount", lambda v: 0)  # only CPython counts them
RETURNED = "; numbers may be in lists, tuples, dicts and arrays; is a `return` missing?"


@dataclass(frozen=True)
class Recorded:
    """The program of one example as it was recorded.

    `forms` are the forms of what it puts out in order: what the function returns, then the gradient by each argument
    asked for.
    """

    program: Program
    forms: tuple[Form, ...]


@collector_paused()
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
    first = list(starts(forms))
    symbols = [Symbol(f"x{k}") for k in range(sum(map(size, forms)))]
    seed = Symbol("seed") if seeded else None
    args = [rebuilt(form, symbols, start) for form, start in zip(forms, first, strict=True)]
    targets = None if wanted is None else [x for n in wanted for x in symbols[first[n] : first[n] + size(forms[n])]]
    before = random_states(held_by(f))
    (outputs, form), made = traced(tracing(quick)(_outputs), f, args, targets, seed)
    if drawn_since(before):
        warn_user(FROZEN.format(name=named(f) + _line(f)))
    _warn_of_frozen(f, made)
    whole = program(outputs, symbols if seed is None else [*symbols, seed], made)
    return Recorded(whole, (form, *(forms[n] for n in wanted or ())))


def _warn_of_frozen(f: Callable[..., Any], made: Sequence[Value]) -> None:
    """Warn where a program uses Values that are no arguments: those of a model that goes on learning, perhaps."""
    uses = Counter(p for v in made for p in v.parents if p.row is LEAF and not p.symbolic)
    if uses and (count := _held_elsewhere(uses)):
        warn_user(CLOSED.format(name=named(f) + _line(f), count=count))


def _held_elsewhere(uses: Counter[Value]) -> int:
    """Return how many of these are referred to by more than their uses: f did not make them, or keeps them."""
    uses[Value(0.0)] = 0  # one that nobody else refers to
    *counts, alone = [REFERENCES(v) - n for v, n in uses.items()]
    return sum(count > alone for count in counts)


def _outputs(
    f: Callable[..., Any], args: Sequence[Any], targets: Sequence[Value] | None, seed: Value | None
) -> tuple[list[Value], Form]:
    """Return what `f` returns, multiplied by the seed, and its gradient; and the form of what it returns."""
    out = _called(f, args)
    if targets is not None and not isinstance(out, (Value, int, float)):
        raise GraphError(f"value_and_grad: the function must return one scalar, got {describe(out)}")
    numbers = Numbers(f"what {named(f)} returns", RETURNED)
    form = numbers.add(out)
    outputs = _values(numbers.listed())
    slopes = [] if targets is None else pull_back(outputs[0], 1.0 if seed is None else seed, targets)
    scaled = outputs if seed is None else [ops.mul(y, seed) for y in outputs]
    return _values([*scaled, *slopes]), form


def _called(f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Return f(*args); what goes wrong with the kinds of its arguments names the user's line."""
    try:
        return f(*args)
    except TypeError as error:
        raise TypeError(f"{error}{line_of_error(error)}") from error
    except IndexError as error:
        if "only integers" not in str(error):  # NumPy's words for an index that is none of its own kinds
            raise
        raise TraceError(INDEX + line_of_error(error)) from error


def _values(outputs: Sequence[Any]) -> list[Value]:
    return [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in outputs]


def _line(f: Callable[..., Any]) -> str:
    code = getattr(f, "__code__", None)
    return "" if code is None else f" ({os.path.basename(code.co_filename)}:{code.co_firstlineno})"


def named(f: Callable[..., Any]) -> str:
    """Return the name of a function for a message."""
    return getattr(f, "__name__", repr(f))
