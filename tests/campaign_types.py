"""What is no number, in every place where one may stand: a TypeError at the call (FAULTS 2.4, C22)."""

import decimal
import fractions
import math
import operator

import numpy as np
from graphs import BINARY, UNARY
from outcome import Outcome

import autograd
from autograd import Value

WHAT = "numbers of every type as operands give floats, what is no number gives a TypeError at the call, on either side"
QUICK, FULL = 1, 1

# The number 2 in every type that may enter.
TWOS = [
    *(2, 2.0, fractions.Fraction(2), np.float64(2), np.float32(2), np.float16(2)),
    *(np.int64(2), np.int32(2), np.int8(2), np.uint16(2), np.uint64(2), np.longdouble(2)),
]
FOREIGN = [
    *("2", b"2", bytearray(b"2"), None, 1j, True, False, np.bool_(True), [2.0], (2.0,), {2.0}, frozenset({2.0})),
    *({"a": 2.0}, decimal.Decimal(2), object(), float, math.sin, range(2), iter([2.0]), slice(2), ..., NotImplemented),
    *(np.array([1.0, 2.0]), np.array(2.0), np.array([[1]]), np.array([], float), np.complex128(1), np.str_("2")),
    *(np.datetime64("2020-01-01"), lambda: 2.0),
]
OPERATORS = {
    "x + y": operator.add,
    "x - y": operator.sub,
    "x * y": operator.mul,
    "x / y": operator.truediv,
    "x ** y": operator.pow,
}
COMPARISONS = {"x < y": operator.lt, "x <= y": operator.le, "x > y": operator.gt, "x >= y": operator.ge}


def of_list(function):
    return lambda x, y: function([x, y])


FUNCTIONS = {f"{name}(x, y)": getattr(autograd, name) for name in BINARY}
LISTS = {
    **{f"{name}([x, y])": of_list(getattr(autograd, name)) for name in ("sum", "fsum", "mean", "max")},
    "min([x, y])": lambda x, y: autograd.min([x, y]),
    "logsumexp([x, y])": lambda x, y: autograd.logsumexp([x, y]),
    "cross_entropy([x, y], 0)": lambda x, y: autograd.cross_entropy([x, y], 0),
    "dot([x], [y])": lambda x, y: autograd.dot([x], [y]),
    "neuron([x], [y], 1.0)": lambda x, y: autograd.neuron([x], [y], 1.0),
}
PAIRS = {**OPERATORS, **FUNCTIONS, **LISTS}
SINGLE = {
    "Value(x)": Value,
    **{f"{name}(x)": getattr(autograd, name) for name in UNARY},
    "clip(x, 0.0, 1.0)": lambda x: autograd.clip(x, 0.0, 1.0),
    "Value(1.0).backward(x)": lambda x: (Value(1.0) * 2).backward(x),
    "Value(1.0).data = x": lambda x: setattr(Value(1.0), "data", x),
}


def outcome(call, x):
    """Return what `call(x)` gives, as text with the type of its number, or the error that it raises."""
    try:
        got = call(x)
    except Exception as error:
        return repr(error)
    return f"{got!r} {type(got.data if isinstance(got, Value) else got).__name__}"


def accepted(what, call, two):
    """Return a text if `call`, given a 2 of some type, does not do what it does with 2.0."""
    got, expected = outcome(call, two), outcome(call, 2.0)
    return "" if got == expected else f"{what} with {type(two).__name__} is {got}, with 2.0 {expected}"


def refused(what, call, x):
    """Return a text if `call(x)` does anything but raise a TypeError."""
    try:
        got = call(x)
    except TypeError:
        return ""
    except Exception as error:
        return f"{what} with {x!r} raised {error!r}, expected a TypeError"
    return f"{what} with {x!r} gave {got!r}, expected a TypeError"


def places():
    """Return every place for a number: {what: function of it}; the other operand is a Value."""
    found = dict(SINGLE)
    for what, call in {**PAIRS, **COMPARISONS}.items():
        found[f"{what}, y foreign"] = lambda foreign, call=call: call(Value(3.0), foreign)
        found[f"{what}, x foreign"] = lambda foreign, call=call: call(foreign, Value(3.0))
    return found


def unknowable(what, x):
    """Tell whether a comparison is asked by an array without a dimension: NumPy hands its scalars over as such."""
    return what.partition(",")[0] in COMPARISONS and what.endswith("x foreign") and getattr(x, "shape", None) == ()


def run(size, seed):
    spots = places()
    checks = [accepted(what, call, two) for what, call in spots.items() for two in TWOS]
    checks += [refused(what, call, x) for what, call in spots.items() for x in FOREIGN if not unknowable(what, x)]
    return Outcome(f"{len(spots)} places x {len(TWOS) + len(FOREIGN)} types", [fault for fault in checks if fault])
