"""Groups: what looks alike at one depth is one loop, whatever it was written for."""

import math
import random

import pytest

from autograd import Value
from autograd.modes import tracing
from autograd.primitive import RAISED
from autograd.program.graph import program
from autograd.program.groups import plan
from autograd.program.normal import normal
from autograd.program.python import python_source
from autograd.program.symbol import Symbol, traced
from autograd.pullback import pull_back
from tests import plan_reference
from tests.random_programs import random_point, random_program


def recorded(f, params, data):
    """Return the program of value and gradient by the parameters, times a seed, and the spaces of its inputs."""
    symbols = [Symbol(f"x{k}") for k in range(params + data + 1)]
    outputs, made = traced(tracing(quick=False)(_value_and_slopes), f, symbols, params)
    values = [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in outputs]
    return program(values, symbols, made), ["param"] * params + ["data"] * (data + 1)


def _value_and_slopes(f, symbols, params):
    out = f(*symbols[:-1])
    return [out * symbols[-1], *pull_back(out, symbols[-1], symbols[:params])]


def planned(f, params, data, strict):
    """Return the program and the plan of value and gradient."""
    recording, spaces = recorded(f, params, data)
    return recording, plan(normal(recording, spaces, strict), [True] * len(recording.outputs), strict)


def added(recording, params, rows):
    """Return the sums of the outputs over the rows, in order; None where a row raises or a sum is not finite."""
    run = python_source(recording).function()
    totals = [0.0] * len(recording.outputs)
    try:
        for row in rows:
            totals = [a + b for a, b in zip(totals, run(*params, *row), strict=True)]
    except RAISED:
        return None
    return totals if regular(totals) else None


def regular(numbers):
    return all(map(math.isfinite, numbers))


def random_case(seed):
    rng = random.Random(seed)
    params, data = rng.randint(1, 3), rng.randint(1, 2)
    rows = [[*random_point(rng, data, 0.05), 1.0] for _ in range(3)]
    return random_program(seed), random_point(rng, params, 0.05), rows


@pytest.mark.parametrize("seed", range(400))
def test_a_strict_plan_has_the_bits_of_the_program(seed):
    f, params, rows = random_case(seed)
    recording, made = planned(f, len(params), len(rows[0]) - 1, True)
    expected, got = added(recording, params, rows), plan_reference.run(made, params, rows)
    if expected is not None and regular(got):  # otherwise the rows themselves answer
        assert got == expected


@pytest.mark.parametrize("seed", range(400))
def test_a_fast_plan_agrees_to_rounding(seed):
    f, params, rows = random_case(seed)
    recording, made = planned(f, len(params), len(rows[0]) - 1, False)
    expected, got = added(recording, params, rows), plan_reference.run(made, params, rows)
    if expected is not None and regular(got) and max(map(abs, expected)) < 1e100:
        scale = 1e-9 * max(1.0, *map(abs, expected))
        assert got == pytest.approx(expected, rel=1e-6, abs=scale)
