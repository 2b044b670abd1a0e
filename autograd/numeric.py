"""Formulas on floats that need more than one line, and the names a formula may use.

Sources: Higham, Accuracy and Stability of Numerical Algorithms (two-difference, compensated products);
Blanchard, Higham & Higham 2021 (log-sum-exp); Maechler, log1mexp note (softplus and its relatives).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import inf, isfinite, isinf, nan

TINY = 1e-290  # below it a product may be subnormal, and short of digits
EXACT = 2.0**53  # whole numbers below are neighbours
LEAST = -(10**5)  # as the exponent of 0, which decides nothing
SPLITTER = 134217729.0  # 2**27 + 1 cuts a double into two halves whose products are exact (Dekker)


def real_power(x: float, y: float) -> float:
    """Return x ** y; where Python would answer with a complex number raise ValueError."""
    out = x**y
    if isinstance(out, complex):
        raise ValueError("a negative number to a fractional power is complex")
    return out


def positive_power(x: float, y: float) -> float:
    """Return x ** y for x >= 0: with a base below 0 there is no derivative by the exponent."""
    if x < 0:
        raise ValueError("negative base")
    return x**y


def ieee_divide(x: float, y: float) -> float:
    """Return x / y as IEEE 754 does for y = 0: a signed infinity, nan for 0 / 0."""
    return nan if x == 0 or x != x else math.copysign(inf, x) * math.copysign(1.0, y)


def ieee_power(x: float, y: float) -> float:
    """Return x ** y as IEEE 754's `pow` does: it never raises."""
    if x < 0 and isfinite(y) and not y.is_integer():
        return nan if isfinite(x) else inf if y > 0 else 0.0
    try:
        return x**y
    except (OverflowError, ZeroDivisionError):
        return math.copysign(inf, x) if y % 2 == 1 else inf


def power_derivative(x: float, y: float, n: int, m: int) -> float:
    """Return the derivative of x ** y, n times by x and m times by y: x ** (y - n) times a factor.

    At x = 0 the limit is taken (as PyTorch). Where the power itself would lose digits or overflow it is a root of it,
    several times.
    """
    if x != x or y != y:
        return nan
    if m and x <= 0:
        return _power_log_at_zero(x, y, n)
    logarithm = math.log(abs(x) if x != 0 else 1.0)
    factor = _power_factor(logarithm, y, n, m)
    if factor == 0:
        return 0.0
    if x < 0 and not whole(y):
        raise ValueError("negative base")
    special = x == 0 or isinf(x) or isinf(y)
    exponent, lost = two_difference(y, n)
    size = abs(exponent * logarithm)
    count = 1.0 if special or size < 660 else 2.0 if size < 1320 else 4.0  # a factor reaches 1e324 either way
    power = (x if special else abs(x)) ** (exponent / count)
    if special:
        return 0.0 if power == 0 and not isfinite(factor) else factor * power
    if power == 0:
        return 0.0
    signed = -factor if x < 0 and (whole(0.5 * y) if n % 2 else not whole(0.5 * y)) else factor
    several, last = power if count > 1 else 1.0, power if count > 2 else 1.0
    return _product([signed, compensated(power, lost, logarithm), several, last, last])


def compensated(power: float, lost: float, logarithm: float) -> float:
    """Return x ** (y + lost), where y + lost rounds to y, from x ** y and log(x); an infinity stays one."""
    return power + power * (lost * logarithm) if power < inf else power


def whole(x: float) -> bool:
    """Return whether x is a whole number."""
    size = abs(x)
    return isfinite(x) and (size >= EXACT / 2 or (size + EXACT / 2) - EXACT / 2 == size)


def _product(factors: Sequence[float]) -> float:
    """Return the product of what is not 0; exponents are added apart, so that nothing overflows on the way."""
    mantissa, exponent = 1.0, 0
    for factor in factors:
        m, e = math.frexp(factor)
        mantissa, exponent = mantissa * m, exponent + e
    return math.ldexp(mantissa, exponent)


def _power_log_at_zero(x: float, y: float, n: int) -> float:
    if x < 0:
        raise ValueError("negative base")
    if y > n or n == y == 0:
        return 0.0
    raise ZeroDivisionError("0.0 to a negative power")


def _power_factor(logarithm: float, y: float, n: int, m: int) -> float:
    """Return the sum over k of binomial(m, k) * P_k * log(x)**(m - k), P_k = d^k/dy^k of y (y - 1) ... (y - n + 1)."""
    taylor = [1.0] + [0.0] * m  # of the product at y, in powers of a step
    for i in range(n):
        taylor = [(y - i) * c + lower for c, lower in zip(taylor, [0.0, *taylor], strict=False)]
    total = taylor[0]
    for k in range(1, m + 1):
        total = total * logarithm + math.perm(m, k) * taylor[k]
    # At log(x) = 0 only the term without it is left, although another may be infinite.
    return math.factorial(m) * taylor[m] if m and logarithm == 0 else total


def ieee_power_derivative(x: float, y: float, n: int, m: int) -> float:
    """Return `power_derivative` where it raises: an infinity of the right sign, nan for a base below 0."""
    if m == 0:
        return _power_factor(0.0, y, n, 0) * ieee_power(x, y - n)
    if x < 0:
        return nan
    return math.copysign(inf, _power_factor(math.log(x or 1e-300), y, n, m))


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)); the exponential is that of -|x|, which does not overflow."""
    z = math.exp(-abs(x))
    return (1.0 if x >= 0 else z) / (1.0 + z)


def sigmoid_slope(x: float) -> float:
    """Return sigmoid(x) * sigmoid(-x), the derivative of sigmoid: both are made of the same exponential."""
    z = math.exp(-abs(x))
    return 1.0 / (1.0 + z) * (z / (1.0 + z))


def over_square(x: float, y: float) -> float:
    """Return x / y**2, the derivative of -x / y by y; a subnormal x / y is scaled up so that it keeps its digits."""
    out = x / y
    return out / y if abs(out) > TINY or abs(x) > 1e100 else x * 2.0**600 / y / y * 2.0**-600


def cbrt(x: float) -> float:
    """Return the cube root, within 0.667 ulp (FreeBSD's s_cbrt.c); `math.cbrt` came with Python 3.11.

    One step of Halley's method from a guess of 26 bits, whose square is exact.
    """
    if x == 0 or isinf(x):
        return x
    guess = _head(math.copysign(abs(x) ** (1 / 3), x))
    quotient = x / (guess * guess)
    return guess + guess * ((quotient - guess) / (2 * guess + quotient))


def cauchy(x: float) -> float:
    """Return 1 / (1 + x * x), also where x * x overflows; its rounding is put back, else derivatives miss 4 ulp."""
    return 1 / math.fsum((1.0, *two_square(x))) if abs(x) < 1e100 else 1 / x / x


def gaussian_derivative(x: float, n: int) -> float:
    """Return the n-th derivative of exp(-x * x): (-1)**n * H_n(x) * exp(-x * x), H_n the Hermite polynomials.

    The rounding of x * x is put back, else the tail would be 480 ulp off; far out two factors keep their digits where
    one would be subnormal.
    """
    if isinf(x):
        return 0.0
    hermite, before = 1.0, 0.0
    for k in range(n):
        hermite, before = -2 * x * hermite - 2 * k * before, hermite
    high, low = two_square(x)
    if high > 1600:
        return math.copysign(0.0, hermite)
    if high < 600:
        return hermite * (math.exp(-high) * (1 - low))
    half = math.exp(-high / 2)
    return hermite * half * (1 - low) * half


def over_hypot(x: float, y: float, k: int, *coefficients: int) -> float:
    """Return (c0 x**d + c1 x**(d-1) y + ... + cd y**d) / hypot(x, y)**k; 0 at the origin, the smallest subgradient.

    Powers of two are taken out of x, y and hypot and added apart, so that nothing over- or underflows on the way.
    """
    larger = math.frexp(max(abs(x), abs(y)))[1]
    square = math.fsum([*two_square(math.ldexp(x, -larger)), *two_square(math.ldexp(y, -larger))])
    if square == 0:
        return 0.0
    terms = _terms(math.frexp(x), math.frexp(y), coefficients)
    shared = max([exponent for _, exponent in terms])
    total = left_to_right([math.ldexp(term, exponent - shared) for term, exponent in terms])
    return scaled((total + 0.0) / square ** (k / 2), shared - k * larger)


def _terms(x: tuple[float, int], y: tuple[float, int], coefficients: Sequence[int]) -> list[tuple[float, int]]:
    """Return the terms of a homogeneous polynomial as (number, exponent of 2), as x and y are given."""
    (x_part, p), (y_part, q), degree = x, y, len(coefficients) - 1
    terms = [
        (c * x_part ** (degree - j) * y_part**j, (degree - j) * p + j * q) for j, c in enumerate(coefficients) if c
    ]
    return [(term, exponent if term != 0 else LEAST) for term, exponent in terms]


def scaled(x: float, exponent: int) -> float:
    """Return x * 2**exponent, an infinity where that overflows."""
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(inf, x)


def left_to_right(values: Sequence[float]) -> float:
    """Return the sum by plain additions, first to last: `sum` itself is compensated from Python 3.12 on."""
    total = -0.0  # the start that changes no bit
    for value in values:
        total += value
    return total if values else 0.0


def weighted_sum(total: float, weights: Sequence[float], inputs: Sequence[float]) -> float:
    """Return total + w0 * x0 + w1 * x1 + ..., added left to right."""
    for w, x in zip(weights, inputs, strict=True):
        total += w * x
    return total


def largest(*values: float) -> float:
    """Return the largest value, nan if one of them is nan."""
    return max(values) if all(map(float.__eq__, values, values)) else nan


def smallest(*values: float) -> float:
    """Return the smallest value, nan if one of them is nan."""
    return min(values) if all(map(float.__eq__, values, values)) else nan


def shares(values: Sequence[float], winner: float) -> list[float]:
    """Return 1/k for each of the k values equal to `winner`, 0 for the others; all nan for a nan."""
    if winner != winner:
        return [nan] * len(values)
    share = 1 / values.count(winner) if isinstance(values, (list, tuple)) else nan
    return [share if value == winner else 0.0 for value in values]


def logsumexp(*values: float) -> float:
    """Return log(sum(exp(values))): the largest term is taken out and never meets the others' rounding."""
    top = largest(*values)
    if not isfinite(top):
        return top
    return top + math.log1p(math.fsum(others(values, top)))


def others(values: Sequence[float], top: float) -> list[float]:
    """Return exp(value - top) of every value but one that is `top`."""
    powers = [exp_difference(value, top) for value in values]
    del powers[values.index(top)]
    return powers


def two_difference(a: float, b: float) -> tuple[float, float]:
    """Return a - b and what its rounding lost (Knuth); exact together unless a - b is infinite."""
    difference = a - b
    virtual = a - difference
    return difference, (a - (difference + virtual)) - (b - virtual)


def two_square(x: float) -> tuple[float, float]:
    """Return x * x and what its rounding lost (Dekker); exact together unless x * x over- or underflows."""
    high = x * x
    head = _head(x)
    tail = x - head
    return high, ((head * head - high) + 2 * head * tail) + tail * tail if isfinite(high) else 0.0


def _head(x: float) -> float:
    """Return the first 26 bits of x (Veltkamp)."""
    t = SPLITTER * x
    return t - (t - x)


def exp_difference(a: float, b: float) -> float:
    """Return exp(a - b) for a <= b; the rounding of a - b is put back. Of two infinities inf counts, -inf does not."""
    if isinf(b):
        return 1.0 if a == b > 0 else 0.0 if a == a else nan
    difference, error = two_difference(a, b)
    return 0.0 if isinf(difference) else math.exp(difference) * (1 + error)


def share(x: float, total: float) -> float:
    """Return x / total; 0 where there is nothing to share."""
    return x / total if total != 0 else 0.0


def softmax(values: Sequence[float]) -> list[float]:
    """Return exp(v) / sum of them all; infinities share it among themselves, all -inf share nothing."""
    top = largest(*values)
    powers = [exp_difference(value, top) for value in values]
    total = math.fsum(powers)
    return [share(power, total) for power in powers]


def cross_entropy(k: int, values: Sequence[float]) -> float:
    """Return -log(softmax(values)[k]); top - values[k] enters with its rounding, so small losses keep their digits."""
    top = largest(*values)
    if not isfinite(top):
        return infinite_cross_entropy(values[k], values)
    difference, error = two_difference(top, values[k])
    if isinf(difference):
        return inf
    return math.fsum([math.log1p(math.fsum(others(values, top))), error, difference])


def infinite_cross_entropy(target: float, values: Sequence[float]) -> float:
    """Return the cross-entropy where the largest value is infinite or nan: infinities share the probability."""
    top = largest(*values)
    return math.log(values.count(inf)) if target == inf else inf if top == inf else nan


def cross_entropy_slopes(k: int, values: Sequence[float]) -> list[float]:
    """Return softmax(values) - one_hot(k), with -sum of the others at k where p - 1 would cancel."""
    slopes = softmax(values)
    slopes[k] = 0.0
    slopes[k] = -math.fsum(slopes)
    return slopes


def taken(index: float, *values: float) -> float:
    """Return values[index]."""
    if not (index.is_integer() and 0 <= index < len(values)):
        raise ValueError("no value has this index")
    return values[int(index)]


def limited(x: float, low: float, high: float) -> float:
    """Return x limited to [low, high]."""
    if low > high:
        raise ValueError("the bounds are crossed")
    return low if x < low else high if x > high else x


# What a forward formula may use.
NAMES: dict[str, object] = {
    name: value for name, value in globals().items() if not name.startswith("_") and not name.isupper()
} | {"math": math, "abs": abs, "max": max, "min": min}
