"""Every operation, one row each: the only file to touch to add one.

A row reads: name, forward formula, one local derivative per argument, then what it needs besides.

In a forward formula: x, y, z are the arguments as floats; `math`, `abs` and everything in numeric.py may be used, and
`a if c else b`. In a local derivative: x, y, z are the arguments, out the result; operators and the rows of this
file may be used, nothing else. So the same text runs on floats, on Values and on Duals, and can be compiled. A
derivative that needs a branch calls a row of its own, whose forward formula has the branch.
`domain` is where the formula is defined; `limit` its IEEE 754 result where it raises; `samples` are test points;
`kinks` have no derivative; a row that `selects` sends nothing into the branch it did not take; `quick` are shorter
derivatives for fast programs.

The formulas were chosen for accuracy over the whole double range: 1 - tanh(x)**2, say, is 0 from x = 20 on.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from . import numeric
from .errors import OutOfRangeError, ShapeError
from .modes import current
from .primitive import CONSTANT, FloatFunction, Leaf, NaryRow, Operand, Row, describe, number

# What the package exports; builtins' names are reached as autograd.sum ...
__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "clip",
    "cos",
    "cosh",
    "cross_entropy",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fsum",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "positive",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "where",
    "xlogy",
]

LN2 = math.log(2.0)
LOG2E = 1.4426950408889634  # 1 / log(2)
LOG10E = 0.4342944819032518  # 1 / log(10)
TWO_OVER_SQRT_PI = 1.1283791670955126

UNARY = ((-2.5,), (-1.3,), (-0.49,), (0.0,), (0.49,), (0.99,), (1.3,), (30.0,))
POSITIVE = ((1e-3,), (0.49,), (1.0,), (1.3,), (50.0,))
INSIDE = ((-0.99,), (-0.49,), (0.0,), (0.3,), (0.9,))
BINARY = ((1.3, 0.49), (-1.3, 2.5), (0.7, -0.7), (-3.0, -0.5))
POWERS = ((1.3, 2.5), (0.49, -1.3), (0.7, 3.0))
LISTS = ((0.5,), (1.3, -0.49), (3.0, 0.0, 1.0), (-2.0, 0.25, 0.75, 4.0))


# What the names in a local derivative mean on floats: the rows' formulas themselves, which saves 1 µs a call.
FORMULAS: dict[str, Any] = {name: value for name, value in globals().items() if name.isupper()}
inf, nan = math.inf, math.nan  # an exponent of a constant power may be one
FORMULAS |= {"inf": inf, "nan": nan}


def row(name: str, formula: str, *partials: str, **more: Any) -> Row:
    """Make one row whose derivatives may name every row of this file."""
    made = Row(name, formula, *partials, rows=globals(), formulas=FORMULAS, **more)
    if name.isidentifier():
        FORMULAS[name] = made.formula
    return made


# Arithmetic.
add = row("add", "x + y", "1.0", "1.0", symbol="+", latex="{x} + {y}", samples=BINARY)
sub = row("sub", "x - y", "1.0", "-1.0", symbol="-", latex="{x} - {y}", samples=BINARY)
mul = row("mul", "x * y", "y", "x", symbol="*", latex=r"{x} \cdot {y}", samples=BINARY)
div = row("div", "x / y", "1.0 / y", "-over_square(x, y)", symbol="/", latex=r"\frac{x}{y}",
          limit="ieee_divide(x, y)", quick=("1.0 / y", "-out / y"), samples=BINARY)  # fmt: skip
neg = row("neg", "-x", "-1.0", latex="-{x}", samples=UNARY)
abs = row("abs", "abs(x)", "sign(x)", latex=r"\lvert {x} \rvert", samples=UNARY, kinks=((0.0,),))

identity = row("identity", "x", "1.0", latex="{x}", samples=UNARY)
stop_gradient = row("stop_gradient", "x", "0.0", latex="{x}", samples=UNARY, kinks=UNARY)
# An adjoint that is exactly 0 sends nothing, not even against an infinite derivative (the strong zero of Enzyme).
chain = row("chain", "x * y if x != 0 else 0.0", "y", "x", symbol="·", latex=r"{x} \cdot {y}", samples=BINARY)
# The same where the row selects: the branch not taken gets nothing, not even of an infinite adjoint.
gate = row("gate", "x * y if x != 0 and y != 0 else 0.0", "y", "x", symbol="·", latex=r"{x} \cdot {y}", samples=BINARY)

# Exponentials and logarithms.
exp = row("exp", "math.exp(x)", "out", latex="e^{x}", limit="math.inf", samples=UNARY)
exp2 = row("exp2", "2.0 ** x", "out * LN2", latex="2^{x}", limit="math.inf", samples=UNARY)
expm1 = row("expm1", "math.expm1(x)", "exp(x)", latex="e^{x} - 1", limit="math.inf", quick=("out + 1.0",),
            samples=UNARY)  # fmt: skip
log = row("log", "math.log(x)", "1.0 / x", latex=r"\ln {x}",
          domain="x > 0", limit="-inf if x == 0 else nan", samples=POSITIVE)  # fmt: skip
log2 = row("log2", "math.log2(x)", "LOG2E / x", latex=r"\log_2 {x}",
           domain="x > 0", limit="-inf if x == 0 else nan", samples=POSITIVE)  # fmt: skip
log10 = row("log10", "math.log10(x)", "LOG10E / x", latex=r"\log_{10} {x}",
            domain="x > 0", limit="-inf if x == 0 else nan", samples=POSITIVE)  # fmt: skip
log1p = row("log1p", "math.log1p(x)", "1.0 / (1.0 + x)", latex=r"\ln(1 + {x})",
            domain="x > -1", limit="-inf if x == -1 else nan", samples=INSIDE)  # fmt: skip
sqrt = row("sqrt", "math.sqrt(x)", "0.5 / (out + 0.0)", latex=r"\sqrt{x}",  # + 0.0: the slope at -0.0 is +inf too
           domain="x >= 0", samples=POSITIVE)  # fmt: skip
cbrt = row("cbrt", "cbrt(x)", "1.0 / (3.0 * out * out)", latex=r"\sqrt[3]{x}",
           samples=((-30.0,), (-0.49,), (1e-3,), (1.3,), (50.0,)))  # fmt: skip

# Trigonometric and hyperbolic functions and their inverses.
sin = row("sin", "math.sin(x)", "cos(x)", latex=r"\sin {x}", domain="x finite", samples=UNARY)
cos = row("cos", "math.cos(x)", "-sin(x)", latex=r"\cos {x}", domain="x finite", samples=UNARY)
tan = row("tan", "math.tan(x)", "1.0 + out * out", latex=r"\tan {x}", domain="x finite", samples=UNARY)
asin = row("asin", "math.asin(x)", "1.0 / sqrt((1.0 - x) * (1.0 + x))", latex=r"\arcsin {x}",
           domain="x in [-1, 1]", samples=INSIDE)  # fmt: skip
acos = row("acos", "math.acos(x)", "-1.0 / sqrt((1.0 - x) * (1.0 + x))", latex=r"\arccos {x}",
           domain="x in [-1, 1]", samples=INSIDE)  # fmt: skip
atan = row("atan", "math.atan(x)", "cauchy(x)", latex=r"\arctan {x}", quick=("1.0 / (1.0 + x * x)",), samples=UNARY)
sinh = row("sinh", "math.sinh(x)", "cosh(x)", latex=r"\sinh {x}", limit="math.copysign(inf, x)", samples=UNARY)
cosh = row("cosh", "math.cosh(x)", "sinh(x)", latex=r"\cosh {x}", limit="math.inf", samples=UNARY)
tanh = row("tanh", "math.tanh(x)", "4.0 * sigmoid_slope(2.0 * x)", latex=r"\tanh {x}",
           quick=("1.0 - out * out",), samples=UNARY)  # fmt: skip
asinh = row("asinh", "math.asinh(x)", "1.0 / hypot(1.0, x)", latex=r"\operatorname{arsinh} {x}",
            samples=UNARY)  # fmt: skip
acosh = row("acosh", "math.acosh(x)", "1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))", latex=r"\operatorname{arcosh} {x}",
            domain="x >= 1", samples=((1.01,), (1.3,), (50.0,)))  # fmt: skip
atanh = row("atanh", "math.atanh(x)", "1.0 / ((1.0 - x) * (1.0 + x))", latex=r"\operatorname{artanh} {x}",
            domain="x in (-1, 1)", limit="math.copysign(inf, x) if abs(x) == 1 else nan", samples=INSIDE)  # fmt: skip
atan2 = row("atan2", "math.atan2(x, y)", "over_hypot(2, 0, 1)(x, y)", "-over_hypot(2, 1, 0)(x, y)",
            quick=("y / hypot(x, y) / hypot(x, y)", "-x / hypot(x, y) / hypot(x, y)"), samples=BINARY,
            kinks=((0.0, 0.0),))  # fmt: skip
hypot = row("hypot", "math.hypot(x, y)", "over_hypot(1, 1, 0)(x, y)", "over_hypot(1, 0, 1)(x, y)",
            quick=("x / out", "y / out"), samples=BINARY, kinks=((0.0, 0.0),))  # fmt: skip
erf = row("erf", "math.erf(x)", "TWO_OVER_SQRT_PI * gaussian(0)(x)", quick=("TWO_OVER_SQRT_PI * exp(-x * x)",),
          samples=UNARY)  # fmt: skip
erfc = row("erfc", "math.erfc(x)", "-TWO_OVER_SQRT_PI * gaussian(0)(x)", quick=("-TWO_OVER_SQRT_PI * exp(-x * x)",),
           samples=UNARY)  # fmt: skip

# Activations.
sigmoid = row("sigmoid", "sigmoid(x)", "sigmoid_slope(x)", latex=r"\sigma({x})", quick=("out * (1.0 - out)",),
              samples=UNARY)  # fmt: skip
log_sigmoid = row("log_sigmoid", "(x if x < 0 else 0.0) - math.log1p(math.exp(-abs(x)))", "sigmoid(-x)",
                  latex=r"\ln \sigma({x})", samples=UNARY)  # fmt: skip
softplus = row("softplus", "(x if x > 0 else 0.0) + math.log1p(math.exp(-abs(x)))", "sigmoid(x)",
               latex=r"\ln(1 + e^{x})", samples=UNARY)  # fmt: skip
relu = row("relu", "0.0 if x < 0 else x", "positive(out)", symbol="ReLU",
           latex=r"\max(0, {x})", samples=UNARY, kinks=((0.0,),), selects=True)  # fmt: skip

# Branches: constant almost everywhere, nan at nan.
step = row("step", "(1.0 if x >= 0 else 0.0) if x == x else x", "0.0", samples=UNARY, kinks=((0.0,),))
positive = row("positive", "(1.0 if x > 0 else 0.0) if x == x else x", "0.0", samples=UNARY, kinks=((0.0,),))
sign = row("sign", "(1.0 if x > 0 else -1.0 if x < 0 else 0.0) if x == x else x", "0.0",
           samples=UNARY, kinks=((0.0,),))  # fmt: skip
greater = row("greater", "(1.0 if x > y else 0.0 if x < y else 0.5) if x == x and y == y else nan", "0.0", "0.0",
              symbol="greater", samples=BINARY, kinks=((1.0, 1.0),))  # fmt: skip
inside = row("inside", "(1.0 if y <= x <= z else 0.0) if x == x else x", "0.0", "0.0", "0.0",
             samples=((0.5, -1.0, 1.0), (2.0, -1.0, 1.0)), kinks=((1.0, -1.0, 1.0),))  # fmt: skip
equal = row("equal", "(1.0 if x == y else 0.0) if x == x and y == y else nan", "0.0", "0.0",
            samples=BINARY, kinks=((1.0, 1.0),))  # fmt: skip
nonzero = row("nonzero", "0.0 if x == 0 else 1.0", "0.0", samples=UNARY, kinks=((0.0,),))
select = row("where", "y if x != 0 else z", "0.0", "nonzero(x)", "1.0 - nonzero(x)", selects=True,
             samples=((1.0, 1.3, 0.49), (0.0, 1.3, 0.49)), kinks=((0.0, 1.3, 0.49),))  # fmt: skip
maximum = row("maximum", "x if x > y or x != x else y", "greater(x, y)", "greater(y, x)",
              selects=True, samples=BINARY, kinks=((1.0, 1.0),))  # fmt: skip
minimum = row("minimum", "x if x < y or x != x else y", "greater(y, x)", "greater(x, y)",
              selects=True, samples=BINARY, kinks=((1.0, 1.0),))  # fmt: skip
clamp = row("clip", "limited(x, y, z)", "inside(x, y, z)", "positive(y - x)", "positive(x - z)",
            domain="min <= max", selects=True, samples=((0.5, -1.0, 1.0), (2.0, -1.0, 1.0), (-2.0, -1.0, 1.0)),
            kinks=((1.0, -1.0, 1.0), (-1.0, -1.0, 1.0)))  # fmt: skip

# Rows that other rows' derivatives need.
sigmoid_slope = row("sigmoid_slope", "sigmoid_slope(x)", "-out * tanh(0.5 * x)", latex=r"\sigma'({x})", samples=UNARY)
cauchy = row("cauchy", "cauchy(x)", "-2.0 * (x * out) * out", latex=r"\frac{1}{1 + {x}^2}", samples=UNARY)
over_square = row("over_square", "over_square(x, y)", "1.0 / y / y", "-2.0 * out / y",
                  limit="ieee_divide(x, y * y)", samples=BINARY)  # fmt: skip
exp_difference = row("exp_difference", "exp_difference(x, y)", "out", "-out", latex="e^{{x} - {y}}", limit="math.inf",
                     samples=((1.0, 1.3), (-3.0, 0.49)))  # fmt: skip
share = row("share", "share(x, y)", "1.0 / y", "-over_square(x, y)", latex=r"\frac{x}{y}",
            quick=("1.0 / y", "-out / y"), samples=BINARY)  # fmt: skip
power_of = row("pow", "positive_power(x, y)", "power_by(1, 0)(x, y)", "power_by(0, 1)(x, y)",
               symbol="**", latex="{x}^{y}", limit="ieee_power(x, y)",
               domain="x >= 0 where the exponent is a Value (a negative base needs a plain number: x ** 3)",
               samples=POWERS)  # fmt: skip


# Families: a function that returns a row, made on demand, whose derivatives are members again.
@cache
def power_by(n: int, m: int) -> Row:
    """Return the row of the derivative of x ** y, n times by x and m times by y."""
    return row(f"power_by({n},{m})", f"power_derivative(x, y, {n}, {m})",
               f"power_by({n + 1}, {m})(x, y)", f"power_by({n}, {m + 1})(x, y)",
               limit=f"ieee_power_derivative(x, y, {n}, {m})", domain="x > 0 for a fractional exponent",
               samples=POWERS)  # fmt: skip


@cache
def gaussian(n: int) -> Row:
    """Return the row of the n-th derivative of exp(-x * x)."""
    return row(f"gaussian({n})", f"gaussian_derivative(x, {n})", f"gaussian({n + 1})(x)", samples=UNARY)


@cache
def over_hypot(k: int, *coefficients: int) -> Row:
    """Return the row (c0 x**d + c1 x**(d-1) y + ... + cd y**d) / hypot(x, y)**k: derivatives of hypot and atan2.

    The polynomial of a derivative is (x**2 + y**2) P' - k x P. Its whole coefficients cancel exactly where the terms
    of the text would leave rounding errors.
    """
    by_x = _over_hypot_slope(k, coefficients)
    by_y = _over_hypot_slope(k, coefficients[::-1])[::-1]
    return row(f"over_hypot({_listed(k, *coefficients)})", f"over_hypot(x, y, {_listed(k, *coefficients)})",
               f"over_hypot({_listed(k + 2, *by_x)})(x, y)", f"over_hypot({_listed(k + 2, *by_y)})(x, y)",
               samples=BINARY, kinks=((0.0, 0.0),))  # fmt: skip


def _listed(*numbers: int) -> str:
    return ",".join(map(str, numbers))


def _over_hypot_slope(k: int, coefficients: Sequence[int]) -> list[int]:
    """Return the coefficients of (x**2 + y**2) dP/dx - k x P."""
    degree = len(coefficients) - 1
    made = [0] * (degree + 3)
    for j, c in enumerate(coefficients):
        made[j] += (degree - j - k) * c
        made[j + 2] += (degree - j) * c
    return made[: degree + 2]


FORMULAS["over_hypot"] = lambda k, *c: lambda x, y: numeric.over_hypot(x, y, k, *c)
FORMULAS["power_by"] = lambda n, m: lambda x, y: numeric.power_derivative(x, y, n, m)
FORMULAS["gaussian"] = lambda n: lambda x: numeric.gaussian_derivative(x, n)


@lru_cache(maxsize=1024, typed=True)
def power(n: float) -> Row:
    """Return the row x ** n of a constant exponent: the exponent has no derivative, so x may be negative.

    >>> power(3)(-2.0)
    -8.0
    """
    y = number(n, "the exponent")
    slope = f"power_by(1, 0)(x, {y!r})"
    if y.is_integer():
        slope = {0.0: "0.0 * sign(x)", 1.0: "1.0", 2.0: "2.0 * x"}.get(y, f"{y!r} * x ** {y - 1!r}")
    domain = "x >= 0 for a fractional exponent"
    quick = () if y.is_integer() else (f"{y!r} * x ** {y - 1!r}",)
    return row(f"power({n})", f"real_power(x, {y!r})", slope, symbol=f"**{n}", latex=f"{{x}}^{{{n}}}",
               domain=domain, limit=f"ieee_power(x, {y!r})", quick=quick, samples=POSITIVE)  # fmt: skip


def pow(x: Any, y: Any) -> Any:
    """Return x ** y; a number as exponent belongs to the row, a Value is differentiated by.

    Raises DomainError for a negative x where y is a Value: there d/dy is not defined.

    >>> pow(2.0, 3.0)
    8.0
    """
    if isinstance(y, Operand):
        return power_of(x, y)
    number(y, "the exponent")  # before the cache of rows, which would say "unhashable"
    return power(y)(x)


def where(condition: Any, x: Any, y: Any) -> Any:
    """Return `x` where `condition` is true or not 0, otherwise `y`; the branch not taken gets no gradient.

    >>> where(2 > 1, 5.0, 7.0)
    5.0
    """
    truth = isinstance(condition, bool) or type(condition).__name__ in ("bool_", "bool")  # NumPy's too
    return select(float(condition) if truth else condition, x, y)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """Return `x` limited to [min, max]; the gradient is 1 on the closed interval (as `torch.clamp`).

    Raises ValueError without any bound, or when min > max.

    >>> clip(3.0, 0.0, 1.0)
    1.0
    """
    if min is None and max is None:
        raise ValueError("clip: give min, max or both")
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    return clamp(x, low, high)


def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """Return x for x > 0, otherwise slope * x; the derivative at 0 is `slope` (as `torch.nn.functional.leaky_relu`).

    >>> leaky_relu(-2.0, 0.1)
    -0.2
    """
    return where(positive(x), relu(x), slope * x)  # not x: the derivative of relu is nan at nan


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Return x for x > 0, otherwise alpha * (exp(x) - 1); the derivative at 0 is `alpha` (Clevert et al. 2016).

    >>> round(elu(-1.0), 10)
    -0.6321205588
    """
    return where(positive(x), relu(x), alpha * expm1(clip(x, max=0.0)))


def xlogy(x: Any, y: Any) -> Any:
    """Return x * log(y), and 0 with gradients 0 at x = y = 0, as entropies need it (as `torch.xlogy`).

    Raises DomainError for y < 0, and for y = 0 unless x = 0.

    >>> xlogy(0.0, 0.0), xlogy(2.0, 1.0)
    (0.0, 0.0)
    """
    return x * log(where(maximum(nonzero(x), nonzero(y)), y, 1.0))


# Rows with any number of arguments.
def _chain(*args: Any) -> Any:
    total = args[0]
    for arg in args[1:]:
        total = total + arg
    return total


def _plain_sum(*args: float) -> float:
    return numeric.left_to_right(args)


def _exact_sum(*args: float) -> float:
    return math.fsum(args)


def _mean(*args: float) -> float:
    return numeric.left_to_right(args) / len(args)


def _extreme(pair: Row) -> FloatFunction:
    def define(*args: Any) -> Any:
        best = args[0]
        for arg in args[1:]:
            best = pair(best, arg)
        return best

    return define


def _log_of_sum(*args: Any) -> Any:
    return log(_chain(*map(exp, args)))


def _shares(args: Sequence[float], out: float) -> list[float]:
    return numeric.shares(list(args), out)


def _equal_shares(args: Sequence[Any], out: Any) -> list[Any]:
    ties = [equal(arg, out) for arg in args]
    return [tie / sum_row(*ties) for tie in ties]


def _softmax(args: Sequence[Any], out: Any = None) -> list[Any]:
    top = max_row(*args)
    powers = [exp_difference(arg, top) for arg in args]
    total = fsum_row(*powers)
    return [share(power, total) for power in powers]


def _ones(args: Sequence[Any], out: Any) -> list[float]:
    return [1.0] * len(args)


def _equal_parts(args: Sequence[Any], out: Any) -> list[float]:
    return [1.0 / len(args)] * len(args)


sum_row = NaryRow("sum", _plain_sum, _ones, _ones, _chain, symbol="+", samples=LISTS,
                  text="left_to_right([{args}])")  # fmt: skip
fsum_row = NaryRow("fsum", _exact_sum, _ones, _ones, _chain, symbol="+",
                   domain="sum free of inf - inf", limit=_plain_sum, samples=LISTS,
                   text="math.fsum([{args}])", limit_text="left_to_right(args)")  # fmt: skip
mean_row = NaryRow("mean", _mean, _equal_parts, _equal_parts, lambda *args: _chain(*args) / len(args), samples=LISTS,
                   text="left_to_right([{args}]) / {n}.0")  # fmt: skip
max_row = NaryRow("max", numeric.largest, _shares, _equal_shares, _extreme(maximum), text="largest({args})",
                  samples=LISTS, kinks=((1.0, 1.0),), selects=True)  # fmt: skip
min_row = NaryRow("min", numeric.smallest, _shares, _equal_shares, _extreme(minimum), text="smallest({args})",
                  samples=LISTS, kinks=((1.0, 1.0),), selects=True)  # fmt: skip
logsumexp_row = NaryRow("logsumexp", numeric.logsumexp, lambda args, out: numeric.softmax(args), _softmax, _log_of_sum,
                        latex=r"\ln \sum e^{x_i}", samples=LISTS, selects=True,
                        text="logsumexp({args})")  # fmt: skip


class TakeRow(NaryRow):
    """The value with the number `index`: the arguments are (index, *values)."""

    def refusal(self, error: Exception, args: Sequence[float], labels: Sequence[str]) -> Exception:
        """Return the error for an index that no value has."""
        return OutOfRangeError(f"take: the index must be a whole number from 0 to {len(args) - 2}, got {args[0]!r}")


def _one_hot(args: Sequence[Any], out: Any) -> list[Any]:
    return [0.0, *(equal(args[0], float(i)) for i in range(len(args) - 1))]


take_row = TakeRow("take", numeric.taken, _one_hot, _one_hot,
                   lambda index, *values: _chain(*(select(equal(index, float(i)), value, 0.0)
                                                   for i, value in enumerate(values))),
                   text="taken({args})", domain="index a whole number", selects=True,
                   samples=((1.0, 0.5, -2.0, 3.0), (0.0, 1.3, 0.49)), kinks=((1.0, 0.5, -2.0, 3.0), (0.0, 1.3, 0.49)),
                   )  # fmt: skip


class NeuronRow(NaryRow):
    """One neuron in one node: activation(b + w0*x0 + w1*x1 + ...), added left to right, bias first.

    The arguments are (b, *w, *x), or (*w, *x) without a bias.
    """

    def __init__(self, activation: Row | None, bias: bool):
        if activation is not None and not (isinstance(activation, Row) and activation.arity == 1):
            allowed = "a row of one argument such as relu or None"
            raise TypeError(f"neuron: activation must be {allowed}, got {activation!r}")
        self.activation, self.bias = activation, int(bias)
        inner = activation.name if activation else ""
        name = "dot" if not (bias or inner) else f"neuron({inner})" if inner else "neuron"
        samples = LISTS[2:3] if bias else LISTS[3:]
        super().__init__(name, self._forward, self._partials, self._derivatives, self._define, samples=samples)
        self.pull = self._pull
        self.raises = activation is not None and activation.raises
        self.limit = lambda *args: activation.limit(self.weigh(args)) if activation else math.nan

    def source(self, operands: Sequence[str]) -> str | None:
        """Return a neuron without activation as Python text."""
        return self.total_source(operands) if self.activation is None else None

    def total_source(self, operands: Sequence[str]) -> str:
        """Return the sum before the activation as Python text."""
        b, w, x = self.split(operands)
        return f"weighted_sum({b[0] if b else '-0.0'}, [{', '.join(w)}], [{', '.join(x)}])"

    def recover(self, error: Exception, args: Sequence[float], labels: Sequence[str] = ()) -> float:
        """Let the activation say what it does with the sum."""
        if self.activation is None:
            raise error
        return self.activation.recover(error, [self.weigh(args)])

    def split(self, args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        """Return ((b,) or (), weights, inputs)."""
        start, middle = self.bias, self.bias + len(args) // 2
        return args[:start], args[start:middle], args[middle:]

    def weigh(self, args: Sequence[float]) -> float:
        """Return the sum before the activation; -0.0 is the start that changes no bit."""
        b, w, x = self.split(args)
        return numeric.weighted_sum(b[0] if b else -0.0, w, x)

    def _forward(self, *args: float) -> float:
        total = self.weigh(args)
        return self.activation.formula(total) if self.activation else total

    def _define(self, *args: Any) -> Any:
        b, w, x = self.split(args)
        total = _chain(*b, *map(mul, w, x))
        return self.activation(total) if self.activation else total

    def slope(self, args: Sequence[float], out: float) -> float:
        """Return the derivative of the activation; that of relu is read off the result, `args` may be empty."""
        if self.activation is None:
            return 1.0
        if self.activation is relu:
            return positive.formula(out)
        return self.activation.local([self.weigh(args)], out)[0]

    def _partials(self, args: Sequence[float], out: float) -> list[float]:
        slope = self.slope(args, out)
        b, w, x = self.split(args)
        return [slope for _ in b] + [slope * xi for xi in x] + [slope * wi for wi in w]

    def _slope(self, args: Sequence[Any], out: Any) -> Any:
        if self.activation is None:
            return 1.0
        if self.activation is relu:
            return positive(out)
        total = neuron_row(None, bool(self.bias))(*args)
        return self.activation.derivatives((total,), out)[0]

    def _derivatives(self, args: Sequence[Any], out: Any) -> list[Any]:
        slope = self._slope(args, out)
        b, w, x = self.split(args)
        return [slope for _ in b] + [slope * xi for xi in x] + [slope * wi for wi in w]

    def _pull(self, g: Any, args: Sequence[Any], out: Any) -> list[Any]:
        # First through the activation, as in `push`: adjoint * (slope * x) would have other bits.
        slope = self._slope(args, out)
        if self.activation is not None:
            g = gate(g, slope) if self.activation.selects else chain(g, slope)
        b, w, x = self.split(args)
        return [g for _ in b] + [chain(g, xi) for xi in x] + [chain(g, wi) for wi in w]

    def push(self, v: Any, g: float) -> None:
        """Send `g` through the activation, then to b, w and x: written out, it runs once per weight."""
        slope = self.slope(() if self.activation is relu else [p._data for p in v.parents], v._data)
        if slope == 0.0 and self.activation is not None and self.activation.selects:
            return
        g *= slope
        if g != 0.0:
            self._push_sum(v, g)

    def _push_sum(self, v: Any, g: float) -> None:
        b, weights, inputs = self.split(v.parents)
        for bias in b:
            bias.grad += g
        for w, x in zip(weights, inputs, strict=True):
            w.grad += g * x._data
        if inputs[0].row is CONSTANT:  # data: half of the work of a first layer saved
            weights, inputs = _varying(weights, inputs)
        for w, x in zip(weights, inputs, strict=True):
            x.grad += g * w._data


def _varying(weights: Sequence[Any], inputs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    kept = [(w, x) for w, x in zip(weights, inputs, strict=True) if x.row is not CONSTANT]
    return [w for w, _ in kept], [x for _, x in kept]


neuron_row = cache(NeuronRow)


def _cross_entropy_slopes(k: int, args: Sequence[Any]) -> list[Any]:
    slopes = _softmax(args)
    slopes[k] = -fsum_row(*slopes[:k], *slopes[k + 1 :])
    return slopes


class CrossEntropyRow(NaryRow):
    """-log(softmax(logits)[k]) of one class k; the arguments are the logits."""

    def __init__(self, k: int):
        self.k = k
        super().__init__(
            f"cross_entropy({k})",
            lambda *args: numeric.cross_entropy(k, args),
            lambda args, out: numeric.cross_entropy_slopes(k, args),
            lambda args, out: _cross_entropy_slopes(k, args),
            lambda *args: _log_of_sum(*args) - args[k],
            latex=rf"-\ln \operatorname{{softmax}}_{{{k}}}",
            text=f"cross_entropy({k}, [{{args}}])",
            samples=[point for point in LISTS if len(point) > k],
        )


cross_entropy_row = cache(CrossEntropyRow)


def _items(values: Iterable[Any], name: str, least: int = 1) -> Sequence[Any]:
    if type(values) in (list, tuple) and len(values) >= least:  # type: ignore[arg-type]
        return values  # type: ignore[return-value]
    if isinstance(values, (str, bytes, dict, set, frozenset, Operand)) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list of Values or numbers, got {describe(values)}")
    items = list(values)
    if len(items) < least:
        raise ShapeError(f"{name}: expected at least one value, got an empty list")
    return items


def sum(values: Iterable[Any]) -> Any:
    """Return the sum of a list of n in one node, added left to right; 0.0 for an empty list.

    >>> sum([1.0, 2.0, 3.5])
    6.5
    """
    return sum_row(*_items(values, "sum", 0))


def fsum(values: Iterable[Any]) -> Any:
    """Return the exactly rounded sum of a list of n in one node (`math.fsum`, Shewchuk 1997).

    >>> fsum([0.1] * 10)
    1.0
    """
    return fsum_row(*_items(values, "fsum", 0))


def mean(values: Iterable[Any]) -> Any:
    """Return the mean of a list of n >= 1 in one node.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return mean_row(*_items(values, "mean"))


def max(values: Iterable[Any]) -> Any:
    """Return the largest of a list of n >= 1; ties share the gradient evenly; nan if one is nan.

    >>> max([1.0, 3.0, 2.0])
    3.0
    """
    return max_row(*_items(values, "max"))


def min(values: Iterable[Any]) -> Any:
    """Return the smallest of a list of n >= 1; ties share the gradient evenly; nan if one is nan.

    >>> min([1.0, 3.0, 2.0])
    1.0
    """
    return min_row(*_items(values, "min"))


def logsumexp(values: Iterable[Any]) -> Any:
    """Return log(sum(exp(values))) of a list of n >= 1 without overflow.

    >>> round(logsumexp([1000.0, 1000.0]), 10)
    1000.6931471806
    """
    return logsumexp_row(*_items(values, "logsumexp"))


def cross_entropy(logits: Iterable[Any], k: Any) -> Any:
    """Return -log(softmax(logits)[k]) for a list of n >= 1 logits and a class 0 <= k < n.

    The class is an int, or data of a compiled function: a Value or symbol, which gets no gradient. Raises ValueError
    for an int out of range, OutOfRangeError for such data, TypeError for another class.

    >>> round(cross_entropy([3.0, 0.0, 1.0], 0), 10)
    0.1698460196
    """
    values = _items(logits, "cross_entropy")
    if isinstance(k, Operand):
        return _of_class(k, values)
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"cross_entropy: the class must be an int, got {describe(k)}")
    if not 0 <= k < len(values):
        raise ValueError(f"cross_entropy: label {k} out of range 0..{len(values) - 1}")
    return cross_entropy_row(int(k))(*values)


def _of_class(k: Any, values: Sequence[Any]) -> Any:
    """Return the entropy of a class that is data: that of every class is known, and one is taken, to the bit."""
    if current().quick:
        own = take_row(k, *values)
        return logsumexp_row(*(sub(value, own) for value in values))
    return take_row(k, *(cross_entropy_row(j)(*values) for j in range(len(values))))


def dot(w: Iterable[Any], x: Iterable[Any]) -> Any:
    """Return w0*x0 + w1*x1 + ... of two lists of n >= 1 in one node, added left to right.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    return neuron(w, x)


def neuron(w: Iterable[Any], x: Iterable[Any], b: Any = None, activation: Row | None = None) -> Any:
    """Return activation(b + w0*x0 + w1*x1 + ...) of two lists of n >= 1 in one node, added left to right, b first.

    `activation` is a row of one argument (relu, tanh, sigmoid ...) or None. Raises ShapeError where the lists differ.

    >>> neuron([1.0, 2.0], [3.0, 4.0], -20.0, relu)
    0.0
    """
    weights, inputs = _items(w, "neuron: w"), _items(x, "neuron: x")
    if len(weights) != len(inputs):
        raise ShapeError(f"neuron: {len(weights)} weights need {len(weights)} inputs, got {len(inputs)}")
    bias = () if b is None else (b,)
    return neuron_row(activation, b is not None)(*bias, *weights, *inputs)


# The table of rows: what tests, accuracy checks and translations go over. Of a family it holds some members.
MEMBERS = (
    *map(power, (-2, -1, 0, 1, 2, 3, 0.5, 2.5)),
    *(neuron_row(None, False), neuron_row(None, True), neuron_row(relu, True), neuron_row(tanh, True)),
    cross_entropy_row(0),
    *(power_by(1, 0), power_by(0, 1), power_by(1, 1), power_by(2, 0), gaussian(0), gaussian(1), gaussian(2)),
    *(over_hypot(1, 1, 0), over_hypot(2, 1, 0), over_hypot(3, 0, 0, 1), over_hypot(4, -1, 0, 1)),
)
_FOUND = [
    found for found in builtins.list(globals().values()) if isinstance(found, Row) and not isinstance(found, Leaf)
]
ROWS: dict[str, Row] = {found.name: found for found in (*_FOUND, *MEMBERS)}
