"""The largest error of every fast formula against 400-bit arithmetic.

`PYTHONPATH=. python tests/fast_accuracy.py 4000` prints the table of the fast formulas. Oracles and points
are those of test_accuracy.py: special ones, subnormal ones, and as many random ones as asked for.
"""

import math
import sys
from fractions import Fraction

import test_accuracy as accuracy
from mpmath import mp, mpf

from autograd.ops import ROWS
from autograd.program.formulas.machine import FloatMachine
from autograd.program.formulas.translation import computed, translate

TARGET = 8  # ulp
# What fast mode computes by a text of its own, or by one that uses such a function.
MADE = (
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "tanh", "sigmoid", "log_sigmoid", "softplus", "hypot"),
    *("over_hypot(1,1,0)", "over_hypot(2,1,0)", "over_square", "cauchy", "exp_difference"),
    *("gaussian(0)", "gaussian(1)"),
    *("power(-2)", "power(-1)", "power(2)", "power(3)", "power(0.5)", "power(2.5)"),
)


class Twice(FloatMachine):
    """Round a * b + c twice, and run rows on floats."""

    def on(self, row, operands):
        return computed(row, list(operands), self, strict=False)


class Fused(Twice):
    """Round a * b + c once, as a processor with fused multiply-add does."""

    def fma(self, a, b, c):
        if not all(map(math.isfinite, (a, b, c))):
            return a * b + c
        exact = Fraction(a) * Fraction(b) + Fraction(c)
        return float(exact) if exact else a * b + c


MACHINES = {"twice": Twice(), "once": Fused()}


def translated(name):
    """Say whether fast mode has a formula for a row."""
    return translate(ROWS[name], list(ROWS[name].samples[0]), FloatMachine(), strict=False) is not None


def worst(name, machine):
    """Return (error in ulp, operands, result) where a fast formula is worst.

    The error is divided by the condition number where test_accuracy.py's target is that number.
    """
    row, oracle = ROWS[name], accuracy.ORACLES[name]
    found = (mpf(0), None, None)
    for operands in accuracy.points(oracle, name):
        got = machine.on(row, operands)
        exact = [*map(mpf, operands)]
        allowed = TARGET * (accuracy.condition(oracle.value, exact) if oracle.target is accuracy.CONDITION else 1)
        error = TARGET * accuracy.error(got, mpf(oracle.value(*exact)), allowed)
        found = max(found, (error, operands, got), key=lambda entry: entry[0])
    return found


def main(points):
    accuracy.POINTS = points
    print(f"largest error in ulp at {points:,} random points and the special ones; a * b + c rounded {list(MACHINES)}")
    with mp.workprec(accuracy.PRECISION):
        for name in MADE:
            errors = [f"{float(worst(name, machine)[0]):5.2f}" for machine in MACHINES.values()]
            print(f"{name:15}", *errors, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
