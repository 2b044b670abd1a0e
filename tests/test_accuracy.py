"""Every row and every local derivative against arbitrary precision, in units in the last place (ulp).

Targets for glibc; elsewhere the math library may be one ulp worse. A result among the subnormal numbers may be off by
one unit of the smallest of them. A derivative without a target of its own may be off by 4 ulp times its condition
number, where that is above 1: no formula can know its argument better than the argument is given. What counts as an
argument there is what is rounded: x, y, and in third derivatives of x ** y also log(x).
"""

import math
import platform
import random
from collections import namedtuple

import mpmath
import oracles
import pytest
from mpmath import mp, mpf

import autograd
from autograd.ops import ROWS

POINTS = 300
PRECISION = 400  # bits
HUGE, TINY, SMALLEST = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324
SLACK = 0 if platform.libc_ver()[0] == "glibc" else 1
CONDITION = None  # in place of a target: 4 ulp times the condition number

Oracle = namedtuple("Oracle", "value slopes target targets where", defaults=(2, None, lambda *args: True))


@pytest.fixture(autouse=True)
def high_precision():
    with mp.workprec(PRECISION):
        yield


def both(slope):
    """Return (slope(x, y), slope(y, x)) as a pair of functions: the derivatives of a symmetric operation."""
    return [slope, lambda x, y: slope(y, x)]


def exp(x):
    return mp.exp(min(max(x, -4000), 4000))  # beyond, every float is 0 or inf


def power(x, y):
    return mp.power(x, y) if x <= 0 or y in (1, 2, 3, -1, -2) else exp(y * mp.log(x))


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def softplus(x):
    return (x if x > 0 else mpf(0)) + mp.log1p(exp(-abs(x)))


def sigmoid_curve(x):
    return -sigmoid(x) * sigmoid(-x) * mp.tanh(x / 2)


def step_like(at_zero):
    return lambda x: mpf(1) if x > 0 else mpf(at_zero) if x == 0 else mpf(0)


def greater(x, y):
    return mpf(1) if x > y else mpf(0) if x < y else mpf(0.5)


def inside(x, low, high):
    return mpf(1) if low <= x <= high else mpf(0)


def power_slope(x, y):
    return mpf(0) if y == 0 else y * power(x, y - 1)


def power_log(x, y):
    return power(x, y) * mp.log(x)


def hypot(x, y):
    return mp.sqrt(x * x + y * y)


def direction(x, y):
    return x / hypot(x, y)


def falling(n):
    """Return the coefficients of y (y - 1) ... (y - n + 1), the constant one first."""
    found = [mpf(1)]
    for k in range(n):
        found = [a - k * b for a, b in zip([mpf(0), *found], [*found, mpf(0)], strict=True)]
    return found


def polynomial(coefficients, y, k):
    """Return the k-th derivative of a polynomial at y."""
    return mp.fsum(c * mp.ff(i, k) * y ** (i - k) for i, c in enumerate(coefficients) if i >= k)


def power_by(n, m):
    """Return the function that differentiates x ** y n times by x and m times by y.

    In third derivatives log(x), itself rounded, meets sums that cancel though x and y have no say in it, as in
    x**(y - 1) * log(x) * (2 + y * log(x)). There it counts as an argument of the condition number.
    """

    def derivative(x, y, logarithm=None):
        log = mp.log(x) if logarithm is None else logarithm
        factors = (mp.binomial(m, k) * polynomial(falling(n), y, k) * log ** (m - k) for k in range(m + 1))
        return power(x, y - n) * mp.fsum(factors)

    if n + m >= 3:
        derivative.rounded = lambda x, y: (x, y, mp.log(x))
    return derivative


def power_family(n, m, target=None):
    return Oracle(power_by(n, m), [power_by(n + 1, m), power_by(n, m + 1)], target, CONDITION, positive_base)


def hermite(n):
    """Return the n-th derivative of exp(-x * x)."""
    return lambda x: (-1) ** n * mp.hermite(n, x) * gaussian(x)


def turn(x, y):
    return x / (x * x + y * y)


def gaussian(x):
    return exp(-x * x)


def normal(x):
    return 2 / mp.sqrt(mp.pi) * gaussian(x)


def cauchy(x):
    return 1 / (1 + x * x)


def erf(x):
    with mp.workprec(200):  # erfc(9) is below 1e-36, erfc(30) below 1e-390
        return mp.erf(x) if abs(x) < 9 else mp.sign(x)


def erfc(x):
    with mp.workprec(200):
        return mpf(2) if x < -9 else mp.erfc(x) if x < 30 else mpf(0)


def zero(*args):
    return mpf(0)


def one(*args):
    return mpf(1)


def minus(slope):
    return lambda *args: -slope(*args)


def above(bound):
    return lambda *args: args[0] > bound


def within_one(x):
    return abs(x) < 1


def not_zero(*args):
    return args[0] != 0


def not_origin(x, y):
    return x != 0 or y != 0


def positive_base(x, y):
    return x > 0


def ordered(x, low, high):
    return low <= high


def constant_power(n, target=1):
    where = above(0) if n != int(n) else not_zero if n < 0 else lambda x: True
    return Oracle(lambda x: power(x, n), [lambda x: power_slope(x, mpf(n))], target, [3], where)


def by_name(name):
    """Return the oracle of a row of one argument that mpmath has under the same name."""
    function = oracles.named(name)
    return Oracle(function, [oracles.slope(function)], where=oracles.defined(name))


# name: value, derivatives, target of the value, targets of the derivatives, where it is defined
ORACLES = {
    "add": Oracle(lambda x, y: x + y, [one, one], 0.5, [0, 0]),
    "sub": Oracle(lambda x, y: x - y, [one, minus(one)], 0.5, [0, 0]),
    "mul": Oracle(lambda x, y: x * y, [lambda x, y: y, lambda x, y: x], 0.5, [0, 0]),
    "div": Oracle(
        lambda x, y: x / y, [lambda x, y: 1 / y, lambda x, y: -x / y / y], 0.5, [0.5, 2], lambda x, y: y != 0
    ),
    "neg": Oracle(lambda x: -x, [minus(one)], 0, [0]),
    "abs": Oracle(abs, [mp.sign], 0, [0]),
    "exp": Oracle(exp, [exp], 1, [1]),
    "exp2": Oracle(lambda x: power(mpf(2), x), [lambda x: power(mpf(2), x) * mp.log(2)]),
    "expm1": Oracle(mp.expm1, [exp], 1, [1]),
    "log": Oracle(mp.log, [lambda x: 1 / x], 1, [0.5], above(0)),
    "log2": Oracle(lambda x: mp.log(x) / mp.log(2), [lambda x: 1 / (x * mp.log(2))], 2, CONDITION, above(0)),
    "log10": Oracle(lambda x: mp.log(x) / mp.log(10), [lambda x: 1 / (x * mp.log(10))], 2, CONDITION, above(0)),
    "log1p": Oracle(mp.log1p, [lambda x: 1 / (1 + x)], 1, CONDITION, above(-1)),
    "sqrt": Oracle(mp.sqrt, [lambda x: 1 / (2 * mp.sqrt(x))], 0.5, [2], above(0)),
    "sin": Oracle(mp.sin, [mp.cos], 1, [1]),
    "cos": Oracle(mp.cos, [lambda x: -mp.sin(x)], 1, [1]),
    "tan": Oracle(mp.tan, [lambda x: 1 / mp.cos(x) ** 2], 1, [3]),
    "asin": Oracle(mp.asin, [lambda x: 1 / mp.sqrt((1 - x) * (1 + x))], 2, [3], within_one),
    "acos": Oracle(mp.acos, [lambda x: -1 / mp.sqrt((1 - x) * (1 + x))], 2, [3], within_one),
    "atan": Oracle(mp.atan, [cauchy], 2, [3]),
    "sinh": Oracle(mp.sinh, [mp.cosh], 2, [2]),
    "cosh": Oracle(mp.cosh, [mp.sinh], 2, [2]),
    "tanh": Oracle(mp.tanh, [lambda x: 1 / mp.cosh(x) ** 2], 2, [4]),
    "asinh": Oracle(mp.asinh, [lambda x: 1 / hypot(1, x)], 2, CONDITION),
    "acosh": Oracle(mp.acosh, [lambda x: 1 / mp.sqrt((x - 1) * (x + 1))], 2, [3], above(1)),
    "atanh": Oracle(mp.atanh, [lambda x: 1 / ((1 - x) * (1 + x))], 2, [3], within_one),
    "atan2": Oracle(mp.atan2, [lambda x, y: turn(y, x), minus(turn)], 1, CONDITION, not_zero),
    "hypot": Oracle(hypot, both(direction), 1, CONDITION, not_origin),
    "erf": Oracle(erf, [normal]),
    "erfc": Oracle(erfc, [minus(normal)], 4),
    "sigmoid": Oracle(sigmoid, [lambda x: sigmoid(x) * sigmoid(-x)], 2, [4]),
    "log_sigmoid": Oracle(lambda x: -softplus(-x), [lambda x: sigmoid(-x)], 2, [2]),
    "softplus": Oracle(softplus, [sigmoid], 2, [2]),
    "relu": Oracle(lambda x: x if x > 0 else mpf(0), [step_like(0)], 0, [0]),
    "step": Oracle(step_like(1), [zero], 0, [0]),
    "positive": Oracle(step_like(0), [zero], 0, [0]),
    "sign": Oracle(mp.sign, [zero], 0, [0]),
    "greater": Oracle(greater, [zero, zero], 0, [0, 0]),
    "inside": Oracle(inside, [zero] * 3, 0, [0] * 3, ordered),
    "nonzero": Oracle(lambda x: mpf(x != 0), [zero], 0, [0]),
    "where": Oracle(
        lambda c, x, y: x if c != 0 else y,
        [zero, lambda c, x, y: mpf(c != 0), lambda c, x, y: mpf(c == 0)],
        0,
        [0, 0, 0],
    ),
    "maximum": Oracle(max, both(greater), 0, [0, 0]),
    "minimum": Oracle(min, both(lambda x, y: greater(y, x)), 0, [0, 0]),
    "clip": Oracle(
        lambda x, low, high: min(max(x, low), high),
        [inside, lambda x, low, high: mpf(x < low), lambda x, low, high: mpf(x > high)],
        0,
        [0, 0, 0],
        ordered,
    ),
    "over_square": Oracle(
        lambda x, y: x / y**2, [lambda x, y: 1 / y**2, lambda x, y: -2 * x / y**3], 2, CONDITION, lambda x, y: y != 0
    ),
    "sigmoid_slope": Oracle(lambda x: sigmoid(x) * sigmoid(-x), [sigmoid_curve], 4),
    "cauchy": Oracle(cauchy, [lambda x: -2 * x * cauchy(x) ** 2], 3),
    "gaussian(0)": Oracle(gaussian, [hermite(1)], 2, [4]),
    "gaussian(1)": Oracle(hermite(1), [hermite(2)], 4),
    "gaussian(2)": Oracle(hermite(2), [hermite(3)], CONDITION),
    # d/dx and d/dy of each by hand; x y / hypot**3 and the like have no sums, so that none can cancel
    "over_hypot(1,1,0)": Oracle(
        direction,
        [lambda x, y: y * y / hypot(x, y) ** 3, lambda x, y: -x * y / hypot(x, y) ** 3],
        4,
        CONDITION,
        not_origin,
    ),
    "over_hypot(2,1,0)": Oracle(
        turn,
        [lambda x, y: (y - x) * (y + x) / (x * x + y * y) ** 2, lambda x, y: -2 * x * y / (x * x + y * y) ** 2],
        4,
        CONDITION,
        not_origin,
    ),
    "over_hypot(3,0,0,1)": Oracle(
        lambda x, y: y * y / hypot(x, y) ** 3,
        [
            lambda x, y: -3 * x * y * y / hypot(x, y) ** 5,
            lambda x, y: y * (2 * x * x - y * y) / hypot(x, y) ** 5,
        ],
        CONDITION,
        CONDITION,
        not_origin,
    ),
    "over_hypot(4,-1,0,1)": Oracle(
        lambda x, y: (y - x) * (y + x) / (x * x + y * y) ** 2,
        [
            lambda x, y: 2 * x * (x * x - 3 * y * y) / (x * x + y * y) ** 3,
            lambda x, y: 2 * y * (3 * x * x - y * y) / (x * x + y * y) ** 3,
        ],
        CONDITION,
        CONDITION,
        not_origin,
    ),
    "power_by(1,0)": power_family(1, 0, 3),
    "power_by(0,1)": power_family(0, 1, 3),
    "power_by(1,1)": power_family(1, 1),
    "power_by(2,0)": power_family(2, 0),
    "identity": Oracle(lambda x: x, [one], 0, [0]),
    "stop_gradient": Oracle(lambda x: x, [zero], 0, [0]),
    "chain": Oracle(lambda x, y: x * y, [lambda x, y: y, lambda x, y: x], 0.5, [0, 0]),
    "gate": Oracle(lambda x, y: x * y, [lambda x, y: y, lambda x, y: x], 0.5, [0, 0]),
    "equal": Oracle(lambda x, y: mpf(x == y), [zero, zero], 0, [0, 0]),
    "share": Oracle(
        lambda x, y: x / y, [lambda x, y: 1 / y, lambda x, y: -x / y / y], 0.5, [0.5, 2], lambda x, y: y != 0
    ),
    "exp_difference": Oracle(
        lambda x, y: exp(x - y), [lambda x, y: exp(x - y), lambda x, y: -exp(x - y)], 4, [4, 4], lambda x, y: x <= y
    ),
    "pow": Oracle(power, [power_slope, power_log], 1, [3, 3], positive_base),
    "power(-2)": constant_power(-2),
    "power(-1)": constant_power(-1),
    "power(0)": constant_power(0, 0),
    "power(1)": constant_power(1, 0),
    "power(2)": constant_power(2),
    "power(3)": constant_power(3),
    "power(0.5)": constant_power(0.5),
    "power(2.5)": constant_power(2.5),
}

# Rows that are not written out above, and that mpmath has under the same name.
for _name, _row in ROWS.items():
    if _name not in ORACLES and _row.arity == 1 and oracles.named(_name):
        ORACLES[_name] = by_name(_name)

# Rows of a list have tests of their own below; a neuron with an activation is bit for bit its definition (test_ops.py).
LISTS = {"sum", "fsum", "mean", "max", "min", "take", "logsumexp", "dot", "neuron", "cross_entropy(0)"}
BY_DEFINITION = {"neuron(relu)", "neuron(tanh)"}

SPECIAL = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, math.pi / 2, math.pi, math.e, 709.78, -709.78, 745.1, -745.1, -36.0, 37.5),
    *(math.nextafter(1, 0), math.nextafter(1, 2), math.nextafter(-1, 0), math.nextafter(-1, -2), 22.0, 300.0, 26.5),
    *(SMALLEST, -SMALLEST, TINY, -TINY, 1e-310, 1e-300, 1e-160, 1e-8, 1e8, 1e154, 1e160, 1e300, -1e300, HUGE, -HUGE),
]


def draw(rng):
    """Draw one float: moderate, of any size down to the subnormals, near +-1, or of the size where exp runs out."""
    sign = rng.choice((-1, 1))
    return rng.choice(
        (
            lambda: rng.uniform(-4, 4),
            lambda: sign * 10 ** rng.uniform(-322, 308),
            lambda: sign * 10 ** rng.uniform(-18, 3),
            lambda: sign * (1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-16, 0)),
            lambda: rng.uniform(-750, 750),
        )
    )()


def points(oracle, name):
    """Return special points, points where digits cancel, and POINTS random ones inside the domain."""
    n, rng = len(oracle.slopes), random.Random(name)
    found = [p for p in special_points(n, rng) if oracle.where(*p)]
    least = len(found) + POINTS
    while len(found) < least:
        p = tuple(draw(rng) for _ in range(n))
        if oracle.where(*p):
            found.append(p)
    return found


def special_points(n, rng):
    if n == 1:
        return [(x,) for x in SPECIAL]
    if n == 2:
        pairs = [(x, y) for x in SPECIAL[::2] for y in SPECIAL[1::3]]
        close = [(x, x * (1 + k * 2.0**-52)) for x in map(abs, SPECIAL) for k in (0, 1, -3)]
        return [p for x, y in pairs + close if max(abs(x), abs(y)) <= HUGE for p in ((x, y), (y, -x))]
    return [tuple(rng.choice(SPECIAL) for _ in range(n)) for _ in range(60)]


def error(got, true, target):
    """Return how far `got` is from `true`, in units of what is allowed: above 1 is a fault."""
    if math.isinf(got):
        return 0 if got * true > 0 and abs(true) >= HUGE else math.inf
    if math.isnan(got) or (abs(true) > HUGE and abs(got) < HUGE):
        return math.inf
    magnitude = mp.mag(true) if true else -2000
    unit, allowed = mpf(2) ** max(magnitude - 53, -1074), target if magnitude > -1022 else max(target, 1)
    distance = abs(mpf(got) - true) / unit
    return distance / allowed if allowed else (0 if distance == 0 else math.inf)


def condition(function, args):
    """Return how many times larger a relative change of an argument comes out."""
    args = getattr(function, "rounded", lambda *args: args)(*args)
    at, h, total = function(*args), mpf(2) ** -100, mpf(0)
    if not at:
        return mpf(1)
    for i, x in enumerate(args):
        up, down = ([*args[:i], x * (1 + d), *args[i + 1 :]] for d in (h, -h))
        total += abs((function(*up) - function(*down)) / (2 * h * at))
    return max(mpf(1), total)


def judge(function, target, args, got):
    """Return the error of `got` in units of what is allowed at `args`."""
    exact = [mpf(x) for x in args]
    allowed = 4 * condition(function, exact) if target is CONDITION else target + (SLACK if target else 0)
    return error(got, mpf(function(*exact)), allowed)


def report(faults):
    """Return a sentence with the worst of `faults`: (error, arguments, got)."""
    ratio, args, got = max(faults, key=lambda fault: fault[0])
    return f"{len(faults)} points above target, worst {mpmath.nstr(mpf(ratio), 4)} times the target at {args}: {got!r}"


def faults_of_value(name):
    row, oracle = ROWS[name], ORACLES[name]
    with autograd.ieee():
        judged = [
            (judge(oracle.value, oracle.target, p, got), p, got) for p in points(oracle, name) for got in [row(*p)]
        ]
    return [fault for fault in judged if fault[0] > 1]


def faults_of_slope(name, i):
    row, oracle = ROWS[name], ORACLES[name]
    target = oracle.targets[i] if oracle.targets is not None else CONDITION
    with autograd.ieee():
        judged = [
            (judge(oracle.slopes[i], target, p, got), p, got)
            for p in points(oracle, name)
            for got in [row.local(p, row(*p))[i]]
            if math.isfinite(row(*p))
        ]
    return [fault for fault in judged if fault[0] > 1]


SLOPES = [(name, i) for name, oracle in ORACLES.items() for i in range(len(oracle.slopes))]


def test_every_row_has_an_oracle():
    assert set(ROWS) == set(ORACLES) | LISTS | BY_DEFINITION


@pytest.mark.parametrize("name", ORACLES)
def test_the_value_of_a_row_is_within_its_target(name):
    faults = faults_of_value(name)
    assert not faults, report(faults)


@pytest.mark.parametrize("name, i", SLOPES, ids=[f"{name}-{i}" for name, i in SLOPES])
def test_the_local_derivative_of_a_row_is_within_its_target(name, i):
    # FAULTS K29: tanh'(20), sigmoid'(40) and the rest of the tails are no zeros
    faults = faults_of_slope(name, i)
    assert not faults, report(faults)


# -- rows of a list: plain additions may be off by n rounding errors of the largest partial sum, the others by ulps ----


UNIT = mpf(2) ** -53
SCALES = (1e-300, 1e-3, 1.0, 5.0, 300.0, 1e3, 1e150)


def lists(name, scales=SCALES, least=1):
    """Return POINTS lists of 1 to 6 floats, mixed in size, some with ties and with one large term."""
    rng = random.Random(name)
    for _ in range(POINTS):
        scale = rng.choice(scales)
        xs = [rng.uniform(-1, 1) * scale * 10 ** rng.uniform(-3, 0) for _ in range(rng.randint(least, 6))]
        yield rng.choice((xs, [*xs, xs[0]], [*xs, 30 * scale], [*xs, -xs[0]]))


def pairs(name):
    for xs in lists(name, least=2):
        half = len(xs) // 2
        yield xs[:half], xs[half : 2 * half]


def exact_sum(xs):
    return mp.fsum(map(mpf, xs))


def softmax(xs, k):
    return 1 / mp.fsum(exp(mpf(x) - mpf(xs[k])) for x in xs)


def logsumexp(xs):
    top = mpf(max(xs))
    rest = [exp(mpf(x) - top) for x in xs]
    rest.remove(1)
    return top + mp.log1p(mp.fsum(rest))


def surprise(xs, k):
    """Return -log(softmax(xs)[k]); where k is the largest, without cancellation."""
    others = [mpf(x) for i, x in enumerate(xs) if i != k]
    if max(xs) > xs[k]:
        return logsumexp(xs) - mpf(xs[k])
    return mp.log1p(mp.fsum(exp(x - mpf(xs[k])) for x in others))


@pytest.mark.parametrize("name, divide", [("sum", False), ("mean", True)])
def test_plain_additions_lose_at_most_one_rounding_each(name, divide):
    for xs in lists(name):
        n = len(xs) if divide else 1
        bound = len(xs) * UNIT * exact_sum(map(abs, xs)) / n + mpf(SMALLEST)
        assert abs(mpf(ROWS[name](*xs)) - exact_sum(xs) / n) <= bound, xs


@pytest.mark.parametrize("bias", [None, 0.7, -1e3])
def test_a_dot_product_loses_at_most_one_rounding_for_each_operation(bias):
    for w, x in pairs("dot"):
        terms = [mpf(wi) * mpf(xi) for wi, xi in zip(w, x, strict=True)] + ([] if bias is None else [mpf(bias)])
        bound = 2 * len(terms) * UNIT * exact_sum(map(abs, terms)) + len(terms) * mpf(SMALLEST)
        assert abs(mpf(autograd.neuron(w, x, bias)) - mp.fsum(terms)) <= bound, (w, x)


def test_fsum_is_the_sum_rounded_once():
    for xs in lists("fsum"):
        assert error(autograd.fsum(xs), exact_sum(xs), 0.5) <= 1, xs


@pytest.mark.parametrize("name, choose", [("max", max), ("min", min)])
def test_the_extreme_of_a_list_is_one_of_its_numbers(name, choose):
    assert all(ROWS[name](*xs) == choose(xs) for xs in lists(name))


def test_logsumexp_is_within_its_target():
    # near 0 every form is ill-conditioned: there the bound is absolute
    for xs in lists("logsumexp"):
        true = logsumexp(xs)
        near_zero = abs(mpf(autograd.logsumexp(xs)) - true) <= 4 * UNIT * max(map(abs, xs))
        assert near_zero or error(autograd.logsumexp(xs), true, 8 + SLACK) <= 1, xs


def test_the_derivatives_of_logsumexp_are_within_their_target():
    for xs in lists("softmax"):
        got = ROWS["logsumexp"].local(xs, autograd.logsumexp(xs))
        for k, slope in enumerate(got):
            assert error(slope, softmax(xs, k), 4 + SLACK) <= 1, (xs, k, slope)


def test_cross_entropy_keeps_its_digits_however_small_the_loss():
    for xs in lists("cross_entropy"):
        for k in range(len(xs)):
            got = autograd.cross_entropy(xs, k)
            assert error(got, surprise(xs, k), 3 + SLACK) <= 1, (xs, k, got)


def test_the_derivatives_of_cross_entropy_are_within_their_target():
    for xs in lists("cross_entropy slopes"):
        leaves = [autograd.Value(x) for x in xs]
        autograd.cross_entropy(leaves, 0).backward()
        rest = [softmax(xs, k) for k in range(1, len(xs))]
        for leaf, true in zip(leaves, [-mp.fsum(rest), *rest], strict=True):
            assert error(leaf.grad, true, 4 + SLACK) <= 1, (xs, leaf, true)


@pytest.mark.parametrize("name", ["log", "tan", "asin", "acosh", "atanh"])
def test_an_oracle_found_by_name_is_the_one_that_is_written_out(name):
    for (x,) in points(ORACLES[name], name)[::5]:
        found, written = by_name(name), ORACLES[name]
        assert found.where(x)
        for f, g in ((found.value, written.value), (found.slopes[0], written.slopes[0])):
            expected = g(mpf(x))
            assert abs(f(mpf(x)) - expected) <= mpf(2) ** -60 * abs(expected) + mpf(2) ** -1200, (f, x)


def test_an_oracle_found_by_name_is_real_and_defined_where_the_row_is():
    assert oracles.named("cbrt")(mpf(-8)) == -2
    assert oracles.named("no_such_function") is None
    assert [oracles.defined("log")(x) for x in (-1.0, 0.0, 1e-300)] == [False, False, True]


def test_the_judge_sees_one_wrong_digit():
    assert error(math.nextafter(1 / 3, 1), mpf(1) / 3, 0.5) > 1
    assert error(1 / 3, mpf(1) / 3, 0.5) <= 1
    assert error(0.0, mpf(2) ** -1000, 4) > 1
    assert error(math.inf, mpf(1e300), 4) > 1
    assert error(math.nan, mpf(0), 4) > 1
