"""Float graphs against 200-bit arithmetic: the error of value and gradients is at most 2 n u G (FAULTS C2).

n is the number of operations, u = 2**-53. G adds over all paths the products of the local derivatives' magnitudes; the
magnitude of a derivative d of an argument x includes what it changes while x moves by its own rounding error:
|d| + |dd/dx| F(x). F is the same for values: F(v) = |v| + sum of |d| F(argument), 0 for a leaf.

A step is not taken where first-order error analysis says nothing: too near to a kink, to the end of a domain, or where
so much cancelled that only half of the digits are left.
"""

from typing import NamedTuple

from graphs import BINARY, UNARY, Graph, Step, operations, run as run_graph, shrunk, source
from mpmath import mp, mpf
from outcome import Outcome, failures_of, rngs
from test_accuracy import ORACLES

from autograd import Value

WHAT = "float graphs of 5 to 60 operations against mpmath (200 bits): value and gradients within 2 n u G"
QUICK, FULL = 60, 100_000
BITS, UNIT = 200, mpf(2) ** -53
LARGEST, DIGITS = mpf(10) ** 6, mpf(10) ** -8
STEP = mpf(2) ** -60
UNDERFLOW = mpf(2) ** -1021  # the smallest float in units of u: what a result below all floats is off by

POWERS = (2, 3, -1, 0.5, 2.5)
NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "-x": "neg", **{f"x ** {n}": f"power({n})" for n in POWERS}}
CONSTANT = {"step", "sign", "positive"}  # nothing to differentiate
OPERATIONS = operations(
    {
        **{name: f"autograd.{name}(x)" for name in UNARY if name not in CONSTANT},
        **{name: f"autograd.{name}(x, y)" for name in BINARY},
        **{symbol: f"x {symbol} y" for symbol in "+-*/"},
        **{f"x ** {n}": f"x ** {n}" for n in POWERS},
        "-x": "-x",
        "sum": "autograd.sum([x, y, z])",
        "fsum": "autograd.fsum([x, y, z])",
        "mean": "autograd.mean([x, y, z])",
        "logsumexp": "autograd.logsumexp([x, y, z])",
        "cross_entropy": "autograd.cross_entropy([x, y, z], 0)",
        "dot": "autograd.dot([x], [y])",
        "neuron": "autograd.neuron([x], [y], z)",
    }
)


def softmax(k):
    return lambda *xs: mp.exp(xs[k]) / mp.fsum(map(mp.exp, xs))


def logsumexp(*xs):
    return mp.log(mp.fsum(map(mp.exp, xs)))


# Operations of a list: value, derivatives.
LISTS = {
    "sum": (lambda *xs: mp.fsum(xs), [lambda *xs: mpf(1)] * 3),
    "fsum": (lambda *xs: mp.fsum(xs), [lambda *xs: mpf(1)] * 3),
    "mean": (lambda *xs: mp.fsum(xs) / 3, [lambda *xs: mpf(1) / 3] * 3),
    "logsumexp": (logsumexp, [softmax(k) for k in range(3)]),
    "cross_entropy": (
        lambda x, y, z: mp.log1p(mp.exp(y - x) + mp.exp(z - x)),
        [lambda *xs: -softmax(1)(*xs) - softmax(2)(*xs), softmax(1), softmax(2)],
    ),
    "dot": (lambda x, y: x * y, [lambda x, y: y, lambda x, y: x]),
    "neuron": (lambda x, y, z: z + x * y, [lambda x, y, z: y, lambda x, y, z: x, lambda x, y, z: mpf(1)]),
}


LINEAR = {"+", "-", "-x", "sum", "fsum", "mean"}  # derivatives that do not move


def largest_sum(name, xs):
    """Return what the roundings inside an operation are relative to: the terms of its sum, where it has one."""
    if name == "neuron":
        return abs(xs[0] * xs[1]) + abs(xs[2])
    return mp.fsum(map(abs, xs)) if name in ("sum", "mean", "logsumexp") else mpf(0)


class Exact(NamedTuple):
    """A variable in high precision: its value, F in units of u, and of each argument the derivative and magnitude."""

    data: mpf
    error: mpf
    slopes: tuple = ()
    magnitudes: tuple = ()


def oracle(name):
    """Return (value, derivatives, where it is defined)."""
    if name in LISTS:
        return (*LISTS[name], lambda *args: True)
    found = ORACLES[NAMES.get(name, name)]
    return found.value, found.slopes, found.where


def exact_step(name, args, n):
    """Return the variable that an operation makes of exact arguments; None where the analysis says nothing."""
    value, slopes, where = oracle(name)
    xs = [arg.data for arg in args]
    if not where(*xs) or (name in ("maximum", "minimum") and unclear(xs[0] - xs[1], args[0].error + args[1].error, n)):
        return None
    data = value(*xs)
    if not mp.isfinite(data) or abs(data) > LARGEST or unclear(data, abs(data), n):
        return None
    local = tuple(slope(*xs) for slope in slopes)
    own = UNDERFLOW + largest_sum(name, xs) + abs(data)
    error = own + mp.fsum(abs(d) * arg.error for d, arg in zip(local, args, strict=True))
    if unclear(data, error, n):
        return None
    changes = [mpf(0) if name in LINEAR else movement(*pair, xs, args) for pair in zip(slopes, local, strict=True)]
    if any(2 * n * UNIT * change > mpf(10) ** -6 * max(1, abs(d)) for d, change in zip(local, changes, strict=True)):
        return None
    return Exact(data, error, local, tuple(map(total, local, changes)))


def total(slope, change):
    return UNDERFLOW + abs(slope) + change


def unclear(x, error, n):
    return 2 * n * UNIT * error >= DIGITS * abs(x)


def movement(slope, at, xs, args):
    """Return how far a derivative, now `at`, moves in units of u while every argument moves by its own error."""
    moved = mpf(0)
    for i, (x, arg) in enumerate(zip(xs, args, strict=True)):
        if arg.error:
            moved += abs(slope(*xs[:i], x * (1 + STEP), *xs[i + 1 :]) - at) / abs(x * STEP) * arg.error
    return moved


def random_graph(rng):
    return random_case(rng)[0]


def random_case(rng):
    """Draw one to five leaves and 5 to 60 operations that can be judged; return the graph and its exact variables."""
    n = rng.randint(5, 60)
    leaves = [rng.uniform(-3, 3) for _ in range(rng.randint(1, 5))]
    made, steps = [Exact(mpf(x), mpf(0)) for x in leaves], []
    for _ in range(20 * n):
        name = rng.choice(list(OPERATIONS))
        args = tuple(rng.randrange(max(0, len(made) - 12), len(made)) for _ in OPERATIONS[name].names)
        found = exact_step(name, [made[i] for i in args], n)
        if found is not None:
            made.append(found)
            steps.append(Step(name, args))
        if len(steps) == n:
            break
    return Graph(tuple(leaves), tuple(steps)), made


def exact(graph):
    """Return every variable in high precision; None where a step says nothing."""
    made = [Exact(mpf(x), mpf(0)) for x in graph.leaves]
    for name, args in graph.steps:
        found = exact_step(name, [made[i] for i in args], max(5, len(graph.steps)))
        if found is None:
            return None
        made.append(found)
    return made


def gradients(graph, made):
    """Return (exact gradient, G) of every variable."""
    slopes, sizes = [mpf(0)] * len(made), [mpf(0)] * len(made)
    slopes[-1] = sizes[-1] = mpf(1)
    for k in reversed(range(len(graph.steps))):
        v = len(graph.leaves) + k
        for i, d, m in zip(graph.steps[k].args, made[v].slopes, made[v].magnitudes, strict=True):
            slopes[i] += d * slopes[v]
            sizes[i] += m * sizes[v] + UNDERFLOW
    return slopes, sizes


def ratio(got, true, size):
    """Return the error in units of u G."""
    distance = abs(mpf(got) - true)
    return float(distance / (UNIT * size)) if size else (0.0 if distance == 0 else float("inf"))


def worst_ratio(graph, made=None):
    """Return the largest error of a value or a gradient, in units of u G; 0 where the graph cannot be judged."""
    with mp.workprec(BITS):
        made = made or exact(graph)
        if made is None or not graph.steps:
            return 0.0
        values = run_graph(graph, OPERATIONS, list(map(Value, graph.leaves)))
        values[-1].backward()
        slopes, sizes = gradients(graph, made)
        of_values = [ratio(v.data, e.data, e.error) for v, e in zip(values, made, strict=True) if e.error]
        of_slopes = [ratio(v.grad, d, m) for v, d, m in zip(values, slopes, sizes, strict=True)]
        return max(of_values + of_slopes)


class Check:
    """Judge cases (graph, exact variables) and remember the worst of them."""

    def __init__(self):
        self.worst, self.steps = 0.0, 0

    def __call__(self, case):
        graph, made = case
        found = worst_ratio(graph, made)
        if found > self.worst:
            self.worst, self.steps = found, len(graph.steps)
        allowed = 2 * max(5, len(graph.steps))
        return f"{found:.1f} u G, allowed {allowed}" if found > allowed else ""


def minimal(case):
    check = Check()
    small = shrunk(case[0], lambda candidate: check((candidate, None)) != "")
    return f"{source(small, OPERATIONS)}\nv{len(small.steps) - 1}.backward()\n# error {check((small, None))}"


def run(size, seed):
    check = Check()
    with mp.workprec(BITS):
        faults = failures_of(map(random_case, rngs(size, seed)), check, minimal)
    return Outcome(f"{size:,} graphs", faults, f"largest error {check.worst:.1f} u G, at {check.steps} operations")
