"""Fast functions: within 8 ulp of the truth over the whole range, subnormal results included, and right at the ends."""

import ast
import inspect
import math

import fast_accuracy
import pytest
import test_accuracy as accuracy
from mpmath import mp, mpf

import autograd.program.formulas.machine as words
from autograd.ops import ROWS
from autograd.program.formulas import functions
from autograd.program.formulas.machine import FloatMachine
from autograd.program.formulas.translation import translate

inf, nan = math.inf, math.nan


def fast(name, x):
    return translate(ROWS[name], [x], FloatMachine(), strict=False)


@pytest.fixture(autouse=True)
def high_precision(monkeypatch):
    monkeypatch.setattr(accuracy, "POINTS", 100)
    with mp.workprec(accuracy.PRECISION):
        yield


@pytest.mark.parametrize("rounded", fast_accuracy.MACHINES)
@pytest.mark.parametrize("name", [name for name in accuracy.ORACLES if fast_accuracy.translated(name)])
def test_a_fast_formula_is_within_8_ulp(name, rounded):
    error, operands, got = fast_accuracy.worst(name, fast_accuracy.MACHINES[rounded])
    assert error <= fast_accuracy.TARGET, (operands, got)


@pytest.mark.parametrize(
    "name, x, expected",
    [
        *[("exp", -inf, 0.0), ("exp", inf, inf), ("exp", 0.0, 1.0), ("exp", 710.0, inf), ("exp", -746.0, 0.0)],
        *[("exp2", -inf, 0.0), ("exp2", inf, inf), ("exp2", -1074.0, 5e-324), ("exp2", 10.0, 1024.0)],
        *[("expm1", -inf, -1.0), ("expm1", inf, inf), ("expm1", 5e-324, 5e-324), ("expm1", 0.0, 0.0)],
        *[("log", 0.0, -inf), ("log", inf, inf), ("log", 1.0, 0.0), ("log", 5e-324, math.log(5e-324))],
        *[("log2", 0.0, -inf), ("log2", inf, inf), ("log2", 1024.0, 10.0), ("log2", 5e-324, -1074.0)],
        *[("log10", 0.0, -inf), ("log10", inf, inf), ("log10", 1000.0, 3.0)],
        *[("log1p", -1.0, -inf), ("log1p", inf, inf), ("log1p", 5e-324, 5e-324)],
        *[("tanh", inf, 1.0), ("tanh", -inf, -1.0), ("tanh", 5e-324, 5e-324), ("tanh", 0.0, 0.0)],
        *[("sigmoid", inf, 1.0), ("sigmoid", -inf, 0.0), ("sigmoid", 0.0, 0.5)],
        *[("softplus", inf, inf), ("softplus", -inf, 0.0), ("log_sigmoid", inf, 0.0), ("log_sigmoid", -inf, -inf)],
    ],
)
def test_a_function_is_right_at_the_ends_of_its_range(name, x, expected):
    assert fast(name, x) == expected


UNARY = ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "tanh", "sigmoid", "softplus", "log_sigmoid")


@pytest.mark.parametrize("name", UNARY)
def test_nan_stays_nan(name):
    assert math.isnan(fast(name, nan))


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
def test_a_logarithm_below_its_domain_is_nan(name):
    assert all(math.isnan(fast(name, x)) for x in (-5e-324, -1.0, -1.5, -inf))
    assert math.isnan(fast("log1p", -1.5)) and math.isnan(fast("log1p", -inf))


def horner(name, exact, start, stop):
    """Return the largest error of a polynomial of functions.py, relative to `exact`, and that of a Chebyshev fit."""
    polynomial = getattr(functions, name)
    points = [start + (stop - start) * mpf(k) / 200 for k in range(201)]
    return max(abs(polynomial(x) / exact(x) - 1) for x in points if x)


def exp_tail(r):
    return (mp.expm1(r) - r) / r**2


def log_tail(z):
    return 2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2


def test_the_coefficients_fit_as_well_as_degree_and_rounding_allow():
    half, third = mp.log(2) / 2, ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
    assert horner("_exp_tail", exp_tail, -half, half) < 5e-16  # counts for r**2 / 2, at most 0.06 of the result
    assert horner("_log_tail", log_tail, mpf(0), third) < 5e-16


@pytest.mark.parametrize("name, base", [("LN2", mp.e), ("LOG10_2", 10)])
def test_the_first_part_of_a_constant_leaves_room_for_an_exponent(name, base):
    value = mp.log(2) / mp.log(base)
    high, low = getattr(functions, name + "_HIGH"), getattr(functions, name + "_LOW")
    assert (high * 2.0**34).is_integer() and abs(high + mpf(low) - value) < 2.0**-80


def test_every_function_says_what_it_returns_and_has_one_result():
    for function in vars(functions).values():
        if inspect.isfunction(function) and function.__module__ == functions.__name__:
            definition = ast.parse(inspect.getsource(function)).body[0]
            assert ast.get_docstring(definition).startswith("Return ")
            assert sum(isinstance(node, ast.Return) for node in ast.walk(definition)) == 1


def test_the_words_on_floats_take_numbers_apart_and_together():
    assert (words.exponent(12.0), words.mantissa(12.0)) == (3.0, 1.5)
    assert words.scale(1.5, -1074.0) == 1e-323 and words.scale(1.5, 1100.0) == inf
    assert words.power2(-1022.0) == 2.0**-1022 and math.isnan(words.scale(nan, nan))
    assert (words.rint(2.5), words.rint(-inf)) == (2.0, -inf)
