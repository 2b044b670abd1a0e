"""Random straight-line programs of scalars, the same for the same seed, and how to compare what they do."""

import math
import random
import struct

import autograd
from autograd.errors import AutogradError
from autograd.structure import flatten

# What one operation does to the newest number.
UNARY = (
    *(autograd.tanh, autograd.sigmoid, autograd.relu, autograd.sin, autograd.cos, autograd.exp, autograd.softplus),
    *(autograd.log_sigmoid, autograd.erf, autograd.atan, autograd.sign, autograd.positive, autograd.step),
    *(autograd.log, autograd.sqrt, autograd.cosh, autograd.expm1, autograd.log1p, autograd.asinh, autograd.abs),
    *(lambda x: -x, lambda x: x**2, lambda x: x**3, lambda x: x**-1, lambda x: x**0.5, lambda x: 1.0 - x),
)
# What it does to the newest and to one other.
BINARY = (
    *(lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x**y),
    *(autograd.maximum, autograd.minimum, autograd.hypot, autograd.atan2),
    *(lambda x, y: autograd.where(autograd.positive(x), x, y), lambda x, y: autograd.clip(x, -1.0, 1.0) + y),
)
# What it does to a list.
LISTS = (
    *(autograd.sum, autograd.mean, autograd.max, autograd.min, autograd.logsumexp, autograd.fsum),
    *(lambda v: autograd.cross_entropy(v, 0), lambda v: autograd.dot(v, v)),
    *(lambda v: autograd.neuron(v, v, v[0], autograd.tanh), lambda v: autograd.neuron(v, v, v[0], autograd.relu)),
)
CONSTANTS = (1.0, 0.0, -0.0, 2.0, -0.5)
SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 20.0, 709.0, -745.0, 5e-324, 2.2e-308, 1e308, -1e308),
    *(math.inf, -math.inf, math.nan),
)


def random_program(seed, length=14):
    """Return a function of operands; every operation uses the newest result, so nothing is in vain.

    Give it Values: of floats alone Python's own operators would compute a part.
    """

    def program(*xs):
        rng = random.Random(seed)
        pool = list(xs)
        for _ in range(rng.randint(3, length)):
            pool.append(_operation(rng, pool))
        return pool[-1]

    return program


def _operation(rng, pool):
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(UNARY)(pool[-1])
    if kind < 0.8:
        operation = rng.choice(BINARY)
        return operation(pool[-1], rng.choice(pool) if rng.random() < 0.8 else rng.choice(CONSTANTS))
    operation = rng.choice(LISTS)
    return operation([pool[-1], *(rng.choice(pool) for _ in range(rng.randint(1, 4)))])


def random_point(rng, n, special=0.3):
    """Return n numbers, a share of them special."""
    return [rng.choice(SPECIAL) if rng.random() < special else rng.uniform(-3, 3) for _ in range(n)]


def bits(x):
    """Return the bits of a float; all nans are one."""
    return "nan" if x != x else struct.pack("<d", x).hex()


def outcome(f):
    """Return the bits of what `f` returns, numbers or Values, or the type and the sentence of the error it raises."""
    try:
        result = f()
    except (AutogradError, ArithmeticError, ValueError) as error:
        return type(error).__name__, str(error)
    return [bits(getattr(x, "data", x)) for x in flatten(result)[0]]
