"""Elementary functions for fast mode, on the words of machine.py: a few ulp from the truth over the whole range.

They run on floats as they stand; translation.py reads their text and translates it to any machine, where both branches
of `a if c else b` are computed. A function that returns early would be a branch too, so the special values come last.

Sources: exp and expm1 by Cody and Waite's reduction, Software Manual for the Elementary Functions, 1980; log by
Tang's s = f / (2 + f) in the arrangement of fdlibm's e_log.c; log1p by Kahan's correction, HP-15C Advanced Functions
Handbook, 1982. The coefficients are Chebyshev fits made with `mpmath.chebyfit`.

Largest error in ulp at 4,000 random points of all sizes and the special ones, subnormal results included, a * b + c
rounded twice and once (`PYTHONPATH=. python tests/fast_accuracy.py 4000`; 8 are allowed):

    exp    0.90 0.95    log    0.68 0.68    tanh         2.38 2.38    hypot         1.60 1.60    x**-2   1.80 1.80
    exp2   0.92 0.95    log2   1.14 1.14    sigmoid      1.57 1.57    x / hypot     1.89 1.55    x**3    1.17 1.17
    expm1  1.06 1.99    log10  1.44 1.44    log_sigmoid  1.33 1.33    x / hypot**2  1.90 1.90    x**2.5  1.86 1.86
                        log1p  0.69 0.69    softplus     1.24 1.24
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign, inf, nan

from ...numeric import exp_difference, two_difference
from .machine import exponent, fma, mantissa, power2, rint, root, scale

LOG2E = 1.4426950408889634
LOG10E = 0.4342944819032518
# Two parts of log(2) and of log10(2): the first has 32 bits, so that its product with an exponent is exact.
LN2_HIGH, LN2_LOW = 0.6931471806019545, -4.2009150726810846e-11
LOG10_2_HIGH, LOG10_2_LOW = 0.3010299956658855, -1.9043128467164274e-12
SQRT2 = 1.4142135623730951
SMALLEST_NORMAL = 2.0**-1022


def _exp_tail(r: float) -> float:
    """Return (exp(r) - 1 - r) / r**2 for |r| <= log(2) / 2."""
    p = fma(r, 2.510038549551032e-08, 2.7620088445409746e-07)
    p = fma(r, p, 2.7557268459997064e-06)
    p = fma(r, p, 2.4801521295954376e-05)
    p = fma(r, p, 0.00019841269863053618)
    p = fma(r, p, 0.0013888888917213717)
    p = fma(r, p, 0.008333333333330062)
    p = fma(r, p, 0.04166666666662413)
    p = fma(r, p, 0.16666666666666669)
    return fma(r, p, 0.5000000000000001)


def _small_expm1(x: float, k: float) -> float:
    """Return exp(x - k * log(2)) - 1 for the nearest whole k."""
    r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
    return fma(r * r, _exp_tail(r), r)


def exp(x: float) -> float:
    """Return exp(x) = 2**k * exp(r) with |r| <= log(2) / 2."""
    x = -746.0 if x < -746.0 else x
    x = 710.0 if x > 710.0 else x
    k = rint(x * LOG2E)
    return scale(1.0 + _small_expm1(x, k), k)


def exp2(x: float) -> float:
    """Return 2**x."""
    x = -1080.0 if x < -1080.0 else x
    x = 1025.0 if x > 1025.0 else x
    k = rint(x)
    r = (x - k) * 0.6931471805599453
    return scale(1.0 + fma(r * r, _exp_tail(r), r), k)


def expm1(x: float) -> float:
    """Return exp(x) - 1; 2**(k - 1) is taken, for 2**1024 is too large, but not for k = 0: half of x may round."""
    x = -50.0 if x < -50.0 else x
    x = 710.0 if x > 710.0 else x
    k = rint(x * LOG2E)
    half, small = power2(k - 1.0), _small_expm1(x, k)
    return small if k == 0.0 else 2.0 * fma(half, small, half - 0.5)


def _exp_below(x: float) -> float:
    """Return expm1(x) for -50 <= x <= 0."""
    k = rint(x * LOG2E)
    power = power2(k)
    return fma(power, _small_expm1(x, k), power - 1.0)


def tanh(x: float) -> float:
    """Return -e / (2 + e) with e = expm1(-2 |x|), and the sign of x."""
    twice = -2.0 * abs(x)
    e = _exp_below(-50.0 if twice < -50.0 else twice)
    return copysign(e / (2.0 + e), x)


def softplus(x: float) -> float:
    """Return max(x, 0) + log1p(exp(-|x|))."""
    return (0.0 if x < 0.0 else x) + _log1p_of_fraction(exp(-abs(x)))


def log_sigmoid(x: float) -> float:
    """Return min(x, 0) - log1p(exp(-|x|))."""
    return (0.0 if x > 0.0 else x) - _log1p_of_fraction(exp(-abs(x)))


def _log_tail(z: float) -> float:
    """Return 2 atanh(s) / s - 2 for z = s**2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1)."""
    p = fma(z, 0.14616721179861816, 0.15331699633543858)
    p = fma(z, p, 0.18182889786191042)
    p = fma(z, p, 0.2222221112572281)
    p = fma(z, p, 0.28571428626031065)
    p = fma(z, p, 0.3999999999989938)
    return z * fma(z, p, 0.666666666666667)


def _log_of(k: float, f: float, rest: float) -> float:
    """Return k * log(2) + log(1 + f) + rest for sqrt(1/2) <= 1 + f <= sqrt(2): log(1 + f) = 2 atanh(f / (2 + f))."""
    s = f / (2.0 + f)
    half = 0.5 * f * f
    low = fma(s, half + _log_tail(s * s), fma(k, LN2_LOW, rest))
    return k * LN2_HIGH - ((half - low) - f)


def _parts(x: float) -> tuple[float, float]:
    """Return k and f with x = 2**k * (1 + f) and sqrt(1/2) <= 1 + f <= sqrt(2)."""
    tiny = x < SMALLEST_NORMAL
    x = x * 2.0**54 if tiny else x
    k = exponent(x) - (54.0 if tiny else 0.0)
    m = mantissa(x)
    high = m > SQRT2
    return (k + 1.0 if high else k), (0.5 * m if high else m) - 1.0


def log(x: float) -> float:
    """Return log(x)."""
    k, f = _parts(x)
    return _log_of(k, f, 0.0) if 0.0 < x < inf else _log_special(x)


def log2(x: float) -> float:
    """Return log2(x)."""
    k, f = _parts(x)
    return k + _log_of(0.0, f, 0.0) * LOG2E if 0.0 < x < inf else _log_special(x)


def log10(x: float) -> float:
    """Return log10(x)."""
    k, f = _parts(x)
    small = fma(k, LOG10_2_LOW, _log_of(0.0, f, 0.0) * LOG10E)
    return fma(k, LOG10_2_HIGH, small) if 0.0 < x < inf else _log_special(x)


def _log_special(x: float) -> float:
    """Return the logarithm of 0, a negative number, inf or nan."""
    return -inf if x == 0.0 else x if x > 0.0 else nan


def log1p(x: float) -> float:
    """Return log(u) + c / u with u = 1 + x rounded and c what the rounding lost."""
    u = 1.0 + x
    lost = 1.0 - (u - x) if x > 1.0 else x - (u - 1.0)
    k, f = _parts(u)
    return _log_of(k, f, lost / u) if -1.0 < x < inf else _log_special(u)


def _log1p_of_fraction(x: float) -> float:
    """Return log1p(x) for 0 <= x <= 1, or nan."""
    u = 1.0 + x
    high = u > SQRT2
    f = (0.5 * u if high else u) - 1.0
    return _log_of(1.0 if high else 0.0, f, (x - (u - 1.0)) / u)


def hypot(x: float, y: float) -> float:
    """Return the longer side times sqrt(1 + ratio**2), which does not overflow on the way."""
    x, y = abs(x), abs(y)
    long, short = (x if x > y else y), (y if x > y else x)
    ratio = short / long
    finite = long * root(fma(ratio, ratio, 1.0))
    return finite if 0.0 < long < inf else x + y


def over_hypot(x: float, y: float, k: int, *coefficients: int) -> float:
    """Return (c0 x**d + c1 x**(d-1) y + ... + cd y**d) / hypot(x, y)**k with d <= k, 0 at the origin.

    A power of two makes the longer side about 1. From d = 2 on a product of two short sides may be subnormal.
    """
    x_size, y_size = abs(x), abs(y)
    unit = power2(-_exponent_of_side(x_size if x_size > y_size else y_size))
    x, y = x * unit, y * unit
    degree, total = len(coefficients) - 1, 0.0
    for j in range(degree + 1):
        total = total + _term(coefficients[j], x, degree - j, y, j)
    square = fma(x, x, y * y)
    ratio = total / square ** (k / 2)
    for _ in range(k - degree):
        ratio = ratio * unit
    return ratio if square != 0.0 else 0.0


def _term(c: int, x: float, p: int, y: float, q: int) -> float:
    """Return c * x**p * y**q."""
    return c * (x**p * y**q) if c != 0 else 0.0


def _exponent_of_side(long: float) -> float:
    """Return the exponent of a number >= 0, within what `power2` takes with either sign."""
    k = exponent(long)
    return -1022.0 if long < SMALLEST_NORMAL else 1022.0 if k > 1022.0 else k


def largest(*values: float) -> float:
    """Return the largest value, nan if one of them is nan; of equal ones the first."""
    best = -inf
    for value in values:
        best = value if value > best or value != value else best
    return best


def smallest(*values: float) -> float:
    """Return the smallest value, nan if one of them is nan; of equal ones the first."""
    best = inf
    for value in values:
        best = value if value < best or value != value else best
    return best


def others(values: Sequence[float], top: float) -> Sequence[float]:
    """Return exp(value - top) of every value, but 0 for the first that is `top`."""
    powers: Sequence[float] = []
    found = False
    for value in values:
        first = value == top and not found
        powers = [*powers, 0.0 if first else exp_difference(value, top)]
        found = found or first
    return powers


def unknown(*numbers: object) -> float:
    """Return nan, which says that Python must be asked."""
    return nan


def taken(index: float, *values: float) -> float:
    """Return values[index], nan where there is none."""
    found = nan
    for place, value in enumerate(values):
        found = value if index == place else found
    return found


def frexp(x: float) -> tuple[float, float]:
    """Return m and e with x = m * 2**e and 0.5 <= |m| < 1; x and 0 where x is 0 or not finite."""
    tiny = abs(x) < SMALLEST_NORMAL
    size = abs(x) * 2.0**54 if tiny else abs(x)
    regular = 0.0 < size < inf
    e = exponent(size) - (53.0 if tiny else -1.0)
    return (copysign(0.5 * mantissa(size), x) if regular else x), (e if regular else 0.0)


def ldexp(x: float, e: float) -> float:
    """Return x * 2**e, rounded once."""
    m, k = frexp(x)
    k = k + e
    k = -1100.0 if k < -1100.0 else k
    return scale(m, 1100.0 if k > 1100.0 else k)


def _two_sum(a: float, b: float) -> tuple[float, float]:
    """Return a + b and what its rounding lost (Knuth)."""
    return two_difference(a, -b)


def fsum(values: Sequence[float]) -> float:
    """Return the sum as `math.fsum` rounds it, exactly once, nan where three partial sums are too few to tell.

    Every addition hands what it lost to the next partial sum. The last bit is right if the three, made disjoint, leave
    nothing (`rest`), or so little that it cannot change the sign of the lowest, which breaks a tie.
    """
    high, middle, low, rest = 0.0, 0.0, 0.0, 0.0
    for value in values:
        high, lost = _two_sum(high, value)
        middle, lost = _two_sum(middle, lost)
        low, lost = _two_sum(low, lost)
        rest += abs(lost)
    for _ in range(3):
        middle, low = _two_sum(middle, low)
        high, middle = _two_sum(high, middle)
    middle, low = _two_sum(middle, low)
    further = high + 2.0 * middle
    onward = (middle > 0.0 and low > 0.0) or (middle < 0.0 and low < 0.0)
    tie = onward and further - high == 2.0 * middle
    known = rest == 0.0 or 2.0 * rest < abs(low)
    return ((further if tie else high) if known else nan) + 0.0
