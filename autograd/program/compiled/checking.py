"""Run eager beside a compiled function and compare: to the bit, or as closely as rounding lets one tell."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from math import inf, isfinite
from typing import Any

from ...engine import Value, adjoints
from ...errors import CheckError
from ...numeric import left_to_right
from ...ops import identity
from ...primitive import RAISED, Operand, Row
from ..arguments import Form, Numbers, listed, path, rebuilt, size, starts
from ..equations import Program
from ..recording import named
from .call import Call
from .results import spread

# Rows that are compared; of more rows, so many evenly spaced ones.
SAMPLE = 16
# Eager's results are shaken by so much at every operation: about 8000 (1000 in float32) roundings.
SHAKES = {"float64": 2.0**-40, "float32": 2.0**-14}


def sample(count: int) -> list[int]:
    """Return the rows to compare.

    >>> sample(3), sample(32)[:4]
    ([0, 1, 2], [0, 2, 4, 6])
    """
    return [k * count // min(count, SAMPLE) for k in range(min(count, SAMPLE))]


def eager(f: Callable[..., Any], forms: Sequence[Form], wanted: Sequence[int] | None, inputs: list[Any]) -> list[float]:
    """Return the outputs of a program of `f`, value and gradient, as eager computes them."""
    values = [Value(x) for x in inputs]
    first = list(starts(forms))
    args = [rebuilt(form, values, start) for form, start in zip(forms, first, strict=True)]
    numbers = Numbers()
    numbers.add(f(*args))
    outputs = numbers.listed()
    targets = [v for n in wanted or () for v in values[first[n] : first[n] + size(forms[n])]]
    slopes = adjoints(outputs[0], 1.0, targets) if targets and isinstance(outputs[0], Value) else [0.0] * len(targets)
    return [y.data if isinstance(y, Value) else y for y in (*outputs, *slopes)]


class Shaken(float, Operand):
    """Be a float whose operations are wrong at random by a relative `amount`: by as much as rounding might matter."""

    __slots__ = ()
    amount = 0.0
    source = random.Random()

    @classmethod
    def apply(cls, row: Row, args: Sequence[Any]) -> Shaken:
        """Return the formula of `row`, a little wrong."""
        floats = [float(arg) for arg in args]
        try:
            result = row.formula(*floats)
        except RAISED:
            result = row.limit(*floats)
        return cls(result * (1.0 + cls.source.choice((-1.0, 1.0)) * cls.amount))


def bounds(program: Program, inputs: Sequence[float], dtype: str) -> list[float]:
    """Return how far each output of a program may be off: as far as shaking every operation moves it, tried thrice."""

    class Here(Shaken):
        __slots__ = ()
        amount, source = SHAKES[dtype], random.Random(0)

    still = [float(y) for y in program.evaluate([Shaken(x) for x in inputs])]
    worst = [abs(y) * Here.amount for y in still]
    for _ in range(3):
        moved = program.evaluate([Here(x) if dtype == "float64" else Here.apply(identity, [x]) for x in inputs])
        worst = [max(bound, _distance(float(x), y)) for bound, x, y in zip(worst, moved, still, strict=True)]
    return worst


def _distance(x: float, y: float) -> float:
    """Return |x - y|; infinite where that says nothing."""
    return abs(x - y) if isfinite(x) and isfinite(y) else inf


class Expected:
    """What eager makes of some rows, and how far from it a compiled function may be."""

    def __init__(self, program: Any, rows: Sequence[list[float]], exact: bool):
        wanted = program.roles.wanted if program.gradient else None
        self.forms, self.name = program.forms, named(program.f)
        self.rows = [eager(program.f, program.inputs, wanted, inputs) for inputs in rows]
        self.allowed = [
            [0.0] * len(row) if exact else bounds(program.seeded.program, [*inputs, 1.0], program.options.dtype)
            for inputs, row in zip(rows, self.rows, strict=True)
        ]

    def compare(self, found: Sequence[float], outputs: Sequence[int], row: int | None, where: str) -> None:
        """Raise CheckError for the first of these outputs that is too far off, of one row or of the sum of all."""
        pick = _added if row is None else lambda rows: rows[row]
        expected, allowed, names = pick(self.rows), pick(self.allowed), list(_names(self.forms))
        for x, k in zip(found, outputs, strict=True):
            y, bound = expected[k], allowed[k]
            if not (x == y or (x != x and y != y) or abs(x - y) <= bound):
                raise CheckError(
                    f"{self.name}, {where}: {names[k]} is {x!r} compiled and {y!r} eager, further apart than {bound!r}"
                )


def _added(rows: Sequence[Sequence[float]]) -> list[float]:
    return [left_to_right(column) for column in zip(*rows, strict=True)]


def _names(forms: Sequence[Form]) -> Iterator[str]:
    for n, form in enumerate(forms):
        part = "the value" if n == 0 else "the gradient" if len(forms) == 2 else f"gradient {n}"
        for k in range(size(form)):
            yield part + path(form, k)


def verify(program: Any, call: Call, results: Any) -> None:
    """Raise CheckError where the results of a call are not those of eager; of many rows a sample is compared."""
    sums, lanes, reduced, how, _ = results
    chosen = [0] if call.count is None else sample(call.count)
    part = call if len(chosen) == (call.count or 1) else call.only(chosen)
    expected = Expected(program, list(part.rows()), program.options.strict or how.engine == "python")
    own = spread(program.own[reduced], program.forms)
    if part is not call:
        sums = program.outputs(part, reduced).sums
    totals, each = [k for k, mine in enumerate(own) if not mine], [k for k, mine in enumerate(own) if mine]
    expected.compare(listed(sums), totals, None, f"sum over rows {', '.join(map(str, chosen))}")
    found = listed(lanes)
    for k, row in enumerate(chosen if each else ()):
        expected.compare(listed(found[row]), each, k, f"row {row}")
